//! Pictures of the screen. `INSTA_UPDATE=always cargo test` makes them again; look at each.

use super::{Review, two_chats};
use docket::tui::place::Place;

const SIZES: [(u16, u16); 4] = [(80, 24), (40, 8), (200, 50), (20, 5)];

fn picture(name: &str, keys: &str) {
    let desk = two_chats();
    for (width, height) in SIZES {
        let mut review = Review::start(&desk, width, height);
        review.press(keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
    }
}

#[test]
fn threads() {
    picture("threads", "");
}

#[test]
fn messages() {
    picture("messages", "/the order<Enter><Enter>ggop3jm");
}

#[test]
fn family() {
    picture("family", "/שלום<Enter><Enter>gg");
}

#[test]
fn range() {
    picture("range", "/the order<Enter><Enter>ggv4j");
}

#[test]
fn results() {
    picture("results", "/minister line<Enter>jj");
}

#[test]
fn typing() {
    picture("typing", "/from:priya is:un");
}

#[test]
fn mistake() {
    picture("mistake", "/lunch (or");
}

#[test]
fn confirm() {
    picture("confirm", "/the order<Enter><Enter>O");
}

#[test]
fn bundle() {
    picture("bundle", "/the order<Enter><Enter>5oqgb");
}

#[test]
fn help() {
    picture("help", "?");
}

#[test]
fn facts() {
    picture("facts", "gfFOI-2021-044");
}

#[test]
fn without_colour_only_weight_is_written() {
    let desk = two_chats();
    let start = Place {
        asked: true,
        ..Place::default()
    };
    let mut review = Review::with(&desk.session, (80, 24), false, &start);
    let frames = review.press("/the order<Enter><Enter>ggopmcrx");
    let text: String = frames
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    for code in text
        .split("\x1b[")
        .skip(1)
        .filter_map(|part| part.split_once('m'))
        .map(|(code, _)| code)
    {
        if code.chars().all(|c| c.is_ascii_digit() || c == ';') {
            for number in code.split(';').filter(|number| !number.is_empty()) {
                assert!(matches!(number, "0" | "1" | "2" | "4" | "7"), "{code}");
            }
        }
    }
    for letter in ["O", "P", "M", "C"] {
        assert!(
            review
                .rows()
                .iter()
                .any(|row| row.starts_with(&format!("  {letter} "))),
            "{}",
            review.screen()
        );
    }
}

#[test]
fn any_size_at_any_moment() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>100G");
    for (width, height) in [
        (20, 5),
        (500, 200),
        (21, 6),
        (1, 1),
        (200, 50),
        (40, 7),
        (80, 24),
    ] {
        review.resize(width, height);
        review.press("j");
        if width >= 20 && height >= 5 {
            assert!(
                !review.current_row().is_empty(),
                "{width}x{height}\n{}",
                review.screen()
            );
        }
    }
    assert!(
        review.status().contains("10") && review.status().contains("of 400"),
        "{}",
        review.status()
    );
}
