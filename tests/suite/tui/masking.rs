//! Masking by keys alone: what is chosen on the screen is what is masked, and what leaves.

use super::{Desk, Review, chat, desk};
use docket::case::masks::Part;
use docket::model::{Decision, MessageNumber};
use docket::review::masks::read_under;
use docket::review::{Edition, How, Target};
use docket::tui::event::Event;
use docket::tui::place::Place;
use std::path::Path;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

/// A chat with mixed messages (1, 4, 6), official ones and a personal one.
fn quay() -> Desk {
    let mut text = chat(
        &["Priya Shah", "Tom Reed"],
        &[
            "the quay opens on Monday, minutes to follow",
            "sign the contract; and Nadia Petrov is ill again, ring her on 07700 900461",
            "the complaint is from Leopold Grant, 14 Harbour Row",
        ],
        3,
    );
    for (time, who, said) in [
        ("09:00", "Tom Reed", "the pier is closed until Friday week"),
        (
            "09:10",
            "Priya Shah",
            "会議は明日です e\u{301}te\u{301} \u{202e}👩\u{200d}💻 שלום Nadia Petrov too",
        ),
        (
            "09:20",
            "Tom Reed",
            "my mother in law comes for supper on Sunday, dreading it",
        ),
        ("09:30", "Tom Reed", "invoice sent; Nadia Petrov says hello"),
    ] {
        text.push_str(&format!("26/03/2021, {time} - {who}: {said}\n"));
    }
    let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
    let decide = |number: u32, decision| {
        let target = Target::Message(MessageNumber(number));
        desk.session
            .decide(&target, decision, How::Key, None)
            .unwrap();
    };
    for number in 0..7 {
        decide(number, Decision::Official);
    }
    for number in [1, 4, 6] {
        decide(number, Decision::Mixed);
    }
    decide(5, Decision::Personal);
    desk
}

/// The masking of the message that these words find.
fn at(desk: &Desk, words: &str, (width, height): (u16, u16)) -> Review {
    let mut review = Review::start(desk, width, height);
    review.press(&format!("/{words}<Enter>#"));
    review
}

fn shown(review: &Review, number: u32, edition: Edition) -> String {
    let (store, masks) = (review.session.store(), review.session.masks());
    let text = store.text(MessageNumber(number)).unwrap();
    let of = masks.of(MessageNumber(number));
    let of = of.and_then(|masks| masks.parts.iter().find(|one| one.part == Part::Text));
    of.map_or(text.to_owned(), |one| {
        read_under(text, one, edition).0.into_owned()
    })
}

fn files_with(folder: &Path, words: &str) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found += match path.is_dir() {
            true => files_with(&path, words),
            false => usize::from(
                String::from_utf8_lossy(&std::fs::read(&path).unwrap())
                    .replace("=\r\n", "")
                    .contains(words),
            ),
        };
    }
    found
}

#[test]
fn a_mixed_case_is_masked_and_written_by_keys_alone() {
    let desk = quay();
    let mut review = Review::start(&desk, 80, 24);
    // The mixed ones without a mask, the first of them opened.
    review.press("/is:mixed -has:mask<Enter>gg#");
    assert!(
        review.screen().contains("mixed: waits for its mask"),
        "{}",
        review.screen()
    );
    // From what is found to the end of the line, the reason by its name.
    review.press("/nadia<Enter>");
    assert!(review.status().contains("SPAN of 5"), "{}", review.status());
    review.press("$<Enter>pers<Enter>");
    assert_eq!(
        shown(&review, 1, Edition::Closed),
        "sign the contract; and [redacted: personal]"
    );
    assert!(
        review.status().contains("saved; Esc goes on to the next"),
        "{}",
        review.status()
    );
    // On to the next by itself; the last reason at once, on a span that is found.
    review.press("<Esc>");
    assert!(
        review.rows()[0].contains("masks of message 4"),
        "{}",
        review.screen()
    );
    review.press("/nadia petrov<Enter>.");
    assert!(
        shown(&review, 4, Edition::Closed).ends_with("שלום [redacted: personal] too"),
        "{}",
        review.screen()
    );
    review.press("<Esc>");
    assert!(review.rows()[0].contains("masks of message 6"));
    review.press("n.");
    assert_eq!(
        shown(&review, 6, Edition::Open),
        "invoice sent; [redacted: personal] says hello"
    );
    review.press("<Esc>");
    assert!(
        review.status().contains("nothing listed after it"),
        "{}",
        review.status()
    );
    let bag = desk.session.case().layout().root().with_file_name("bag");
    review.press("gb");
    assert!(
        review.screen().contains("Nothing is in the way"),
        "{}",
        review.screen()
    );
    review.press("w");
    review.happen(Event::Paste(bag.display().to_string()));
    review.press("<Enter>");
    assert!(bag.is_dir(), "{}", review.screen());
    assert_eq!(files_with(&bag, "Nadia"), 0);
    assert_eq!(files_with(&bag, "900461"), 0);
    assert!(files_with(&bag, "sign the contract; and [redacted: personal]") > 0);
}

#[test]
fn motions_choose_what_is_shown_whatever_the_text_holds() {
    let desk = quay();
    let mut review = at(&desk, "too", (80, 24));
    let text = review.session.store();
    let text = text.text(MessageNumber(4)).unwrap();
    // Each step takes what is shown as one, and the cursor stands on it.
    let mut seen = String::new();
    review.press("0");
    for _ in 0..80 {
        let sheet = review.app.masking.open.as_ref().unwrap();
        let units = &sheet.shape().unwrap().units;
        let unit = sheet.unit;
        seen.push_str(&text[units.source(unit..unit + 1)]);
        let (x, y) = review.cursor().unwrap();
        let cell = review.cell(x, y).contents().to_owned();
        let first = units.shown(unit..unit + 1);
        assert!(
            cell == " " || cell.is_empty() || first.as_str().starts_with(&cell),
            "{cell:?} {first:?}"
        );
        if unit + 1 == units.len() {
            break;
        }
        review.press("l");
    }
    assert_eq!(seen, text);
    // The mark of the hidden character alone, then the emoji alone.
    review.press("/👩<Enter><Esc>hv.");
    let first_use = review.screen();
    assert!(
        first_use.contains("why:"),
        "nothing was used yet: {first_use}"
    );
    review.press("personal<Enter>");
    assert!(
        shown(&review, 4, Edition::Closed).contains(" [redacted: personal]👩\u{200d}💻 שלום"),
        "{}",
        review.screen()
    );
    review.press("u");
    assert!(review.session.masks().is_empty());
    review.press("l.");
    assert!(
        shown(&review, 4, Edition::Closed).contains("\u{202e}[redacted: personal] שלום"),
        "{}",
        review.screen()
    );
    // One key takes the mask under the cursor off, and tells where there is none.
    review.press("x");
    assert!(review.session.masks().is_empty(), "{}", review.screen());
    review.press("x");
    assert!(review.status().contains("nothing is masked here"));
    review.press("uu<C-r>");
    // By word, from both sides.
    review.press("gg0w");
    let sheet = review.app.masking.open.as_ref().unwrap();
    assert_eq!(sheet.words(), Some("e\u{301}te\u{301}"));
    review.press("b");
    let sheet = review.app.masking.open.as_ref().unwrap();
    assert_eq!(sheet.words(), Some("会議は明日です"));
    review.press("e");
    assert_eq!(review.app.masking.open.as_ref().unwrap().unit, 6);
}

#[test]
fn words_are_masked_wherever_they_stand_after_a_count() {
    let desk = quay();
    let mut review = at(&desk, "contract", (80, 24));
    review.press("/nadia petrov<Enter>a");
    assert!(
        review
            .screen()
            .contains("t in this thread, l in the list, c in the whole case"),
        "{}",
        review.screen()
    );
    review.press("c");
    review.press("foi-40-2<Enter>");
    assert!(
        review
            .screen()
            .contains("3 places in 3 messages of 1 thread"),
        "{}",
        review.screen()
    );
    review.press("n");
    assert!(review.session.masks().is_empty());
    review.press("acfoi-40-2<Enter>y");
    assert_eq!(
        review.session.masks().messages().len(),
        3,
        "{}",
        review.screen()
    );
    // An exemption alone does not let a mixed message go.
    assert!(review.rows()[0].contains("mixed: waits for its mask"));
    review.press("u");
    assert!(review.session.masks().is_empty());
    // A thread below the threshold asks nothing.
    review.press("at<Enter>");
    assert_eq!(review.session.masks().messages().len(), 3);
    assert!(review.status().contains("saved"), "{}", review.status());
}

#[test]
fn masks_as_drawn() {
    let desk = quay();
    for size in SIZES {
        let mut review = at(&desk, "contract", size);
        review.press("/nadia petrov<Enter>");
        let name = |what: &str| format!("masks_{what}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name("span"), review.screen());
        review.press("<Enter>");
        insta::assert_snapshot!(name("why"), review.screen());
        review.press("foi-40-2<Enter>");
        review.press("/is ill again<Enter><Enter>personal<Enter>");
        insta::assert_snapshot!(name("both"), review.screen());
        review.press("uu");
        assert!(review.session.masks().is_empty());
    }
}

#[test]
fn a_screen_reader_is_told_what_is_masked() {
    let desk = quay();
    let mut review = Review::start(&desk, 80, 24);
    review.place = Place {
        asked: true,
        ..Place::default()
    };
    review.set("linear = true");
    review.press("gt<Enter>ggj#/nadia petrov<Enter><Enter>personal<Enter>");
    let last = review.rows().pop().unwrap();
    assert!(
        last.contains("masks (personal) on 1 message: saved"),
        "{last}"
    );
    assert!(!review.screen().contains('│') && !review.screen().contains('─'));
    review.press("h");
    let last = review.rows().pop().unwrap();
    assert!(
        last.contains("[redacted: personal], in neither copy"),
        "{last}"
    );
}
