//! The files of messages on the screen: what the list says of them, pictures and first texts.

use super::{Desk, Review, session};
use crate::suite::files::export;
use docket::case::ImportOptions;
use docket::tui::event::Event;

fn with_files() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("WhatsApp Chat - Kits.zip");
    export(&path);
    let session = session(&folder.path().join("case"), "Ann Reviewer");
    let options = ImportOptions::default();
    session
        .case()
        .import(&[path], &options, session.actor(), &mut ())
        .unwrap();
    session.refresh().unwrap();
    Desk {
        _folder: folder,
        session,
    }
}

/// A review of the thread, with pictures.
fn reading(desk: &Desk, width: u16, height: u16) -> Review {
    let mut review = Review::start(desk, width, height);
    review.set("pictures = 'half-blocks'\n");
    review.begin();
    review.press("gt<Enter>gg");
    review
}

#[test]
fn the_list_says_what_the_files_in_view_are() {
    let desk = with_files();
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut review = reading(&desk, width, height);
        assert!(review.app.wants_rest());
        review.happen(Event::Rest);
        assert!(!review.app.wants_rest(), "it is looked up once");
        insta::assert_snapshot!(format!("files_listed_{width}x{height}"), review.screen());
        assert!(review.draw().is_empty());
    }
}

#[test]
fn a_file_is_looked_at() {
    let desk = with_files();
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut review = reading(&desk, width, height);
        for (at, name) in ["picture", "page", "voice", "text", "missing"]
            .iter()
            .enumerate()
        {
            review.press(&format!("gg{}F", "j".repeat(at)));
            insta::assert_snapshot!(format!("file_{name}_{width}x{height}"), review.screen());
            assert!(review.draw().is_empty(), "a picture at rest costs nothing");
            review.press("q");
        }
    }
    let mut small = reading(&desk, 20, 5);
    small.press("F");
    assert!(!small.screen().is_empty());
}

/// Where the blocks of a picture stand, with their two colours.
fn blocks(review: &Review) -> Vec<(u16, u16, vt100::Color, vt100::Color)> {
    let (width, height) = review.app.size;
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    all.filter_map(|(x, y)| {
        let cell = review.cell(x, y);
        (cell.contents() == "▀").then(|| (x, y, cell.fgcolor(), cell.bgcolor()))
    })
    .collect()
}

#[test]
fn a_picture_is_drawn_and_gone_when_it_is_left() {
    let desk = with_files();
    let mut review = reading(&desk, 80, 24);
    review.press("F");
    let drawn = blocks(&review);
    assert_eq!(drawn.len(), 16 * 4, "{}", review.screen());
    let (red, blue) = (vt100::Color::Idx(196), vt100::Color::Idx(21));
    let (first, last) = (drawn[0], drawn[drawn.len() - 1]);
    // The rows between are mixed of both.
    assert_eq!((first.2, last.3), (red, blue));
    review.resize(60, 20);
    assert_eq!(blocks(&review).len(), 16 * 4);
    review.press("q");
    assert!(blocks(&review).is_empty());
    let grounds = (0..60).flat_map(|x| (0..20).map(move |y| (x, y)));
    let plain = vt100::Color::Default;
    assert!(
        grounds
            .into_iter()
            .all(|(x, y)| review.cell(x, y).bgcolor() == plain)
    );
}

#[test]
fn where_half_blocks_say_nothing_words_do() {
    let desk = with_files();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gt<Enter>ggF");
    assert!(blocks(&review).is_empty());
    assert!(
        review.screen().contains("picture PNG, 4 × 2"),
        "{}",
        review.screen()
    );
    review.set("linear = true\npictures = 'half-blocks'\n");
    review.begin();
    review.press("gt<Enter>ggF");
    assert!(blocks(&review).is_empty());
    assert!(
        review.screen().contains("picture PNG, 4 × 2"),
        "{}",
        review.screen()
    );
}

#[test]
fn a_message_without_a_file_says_so() {
    let desk = with_files();
    let mut review = reading(&desk, 80, 24);
    review.press("GF");
    assert!(
        review.status().contains("names no file"),
        "{}",
        review.status()
    );
}
