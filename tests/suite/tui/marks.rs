//! Reasons, flags and notes by keys: what stands on the screen, and what is saved.

use super::{Desk, Review, two_chats};
use docket::model::{Decision, Flag, MessageNumber};
use docket::review::Query;
use std::sync::atomic::AtomicBool;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

/// The business thread, at its first message.
fn opened(width: u16, height: u16) -> (Desk, Review) {
    let desk = two_chats();
    let mut review = Review::start(&desk, width, height);
    review.press("/the order<Enter><Enter>gg");
    (desk, review)
}

fn count(review: &Review, query: &str) -> u64 {
    let query = Query::parse(query).unwrap();
    let found = review.session.search(&query, &AtomicBool::new(false));
    found.unwrap().len()
}

#[test]
fn a_flag_goes_on_and_off_with_one_key_and_the_last_used_is_first() {
    let (_desk, mut review) = opened(80, 24);
    review.press("tp");
    assert!(
        review.status().contains("privileged on 1 message: saved"),
        "{}",
        review.status()
    );
    assert!(
        review.screen().contains(">p· 09:00 Priya Shah"),
        "{}",
        review.screen()
    );
    review.press("th");
    assert!(review.screen().contains(">+· 09:00"), "{}", review.screen());
    // Enter takes the last used: off here, where it is on, and on for the next.
    review.press("t<Enter>jt<Enter>");
    assert_eq!(count(&review, "flag:hold"), 1);
    assert_eq!(count(&review, "flag:privileged"), 1);
    review.press("uu");
    assert_eq!(count(&review, "flag:hold flag:privileged"), 1);
    review.press("<C-r>");
    assert_eq!(count(&review, "flag:hold"), 0);
    // A range and a count.
    review.press("3ti");
    assert_eq!(count(&review, "flag:incident"), 3);
    review.press("v4jts");
    assert_eq!(count(&review, "flag:significant"), 5);
    // A whole thread asks first; so does everything listed.
    review.press("Tt");
    assert!(
        review
            .screen()
            .contains("flag transitory: the whole thread"),
        "{}",
        review.screen()
    );
    review.press("n");
    assert_eq!(count(&review, "flag:transitory"), 0);
    review.press("Tty");
    assert_eq!(count(&review, "flag:transitory"), 400);
    review.press("*t-ty");
    assert_eq!(count(&review, "flag:transitory"), 0);
    // Where a copy is held; the last place is offered.
    review.press("taEDRM 7<Enter>jta<Enter>");
    let marks = review.session.marks();
    let held = marks.find(|_, said| said.text == "EDRM 7");
    assert_eq!(held, marks.flagged(Flag::AlreadyHeld));
    assert_eq!(held.len(), 2);
    // None of it decides.
    assert_eq!(count(&review, "is:decided"), 0);
}

#[test]
fn a_reason_is_chosen_once_and_taken_by_the_next_decision() {
    let (_desk, mut review) = opened(80, 24);
    review.press("wfam<Enter>");
    assert!(
        review.status().contains("why: family"),
        "{}",
        review.status()
    );
    review.press("pp");
    assert_eq!(count(&review, "is:personal"), 2);
    assert_eq!(count(&review, "reason:family"), 1);
    // The last used is first; a bulk decision takes it too, and repeating repeats it.
    review.press("w<Enter>3p.");
    assert_eq!(count(&review, "reason:family"), 5);
    review.press("w<Enter>*o");
    assert!(
        review.screen().contains("why: family"),
        "{}",
        review.screen()
    );
    review.press("n");
    assert!(
        review.status().contains("why: family"),
        "{}",
        review.status()
    );
    review.press("<Esc>p");
    assert_eq!(count(&review, "reason:family"), 5);
    // Said afterwards: the same decision again, with a reason.
    review.press("ggwsocial<Enter>p");
    assert_eq!(count(&review, "reason:social"), 1);
    assert_eq!(review.decisions(Decision::Personal), 7);
    review.press("u");
    assert_eq!(count(&review, "reason:social"), 0);
    assert_eq!(count(&review, "reason:family"), 5);
    let path = review.session.case().layout().reasons();
    std::fs::write(path, "Bad line\n").unwrap();
    review.press("w");
    assert!(
        review.screen().contains("reasons.txt:1: `Bad` is no code"),
        "{}",
        review.screen()
    );
}

#[test]
fn a_note_is_written_changed_found_and_taken_off() {
    let (_desk, mut review) = opened(80, 24);
    review.press("aask Priya<Enter>");
    assert!(review.screen().contains("> ·*09:00"), "{}", review.screen());
    review.press("a about it<Enter>");
    assert_eq!(count(&review, "note:\"ask priya about it\""), 1);
    review.press("ja<Up><Enter>");
    assert_eq!(count(&review, "note:about"), 2);
    review.press("a<C-u><Enter>");
    assert_eq!(count(&review, "has:note"), 1);
    review.press("Aall of it is business<Enter>");
    let session = review.session.clone();
    let standing = session.standing(MessageNumber(0)).unwrap();
    assert_eq!(count(&review, "note:business"), 1, "{standing:?}");
    review.press("gga<Esc>");
    assert_eq!(count(&review, "has:note"), 1);
    review.press("u");
    assert_eq!(count(&review, "note:business"), 0);
}

#[test]
fn what_it_looks_like() {
    for (width, height) in SIZES {
        let (_desk, mut review) = opened(width, height);
        review.press("th");
        review.press("jtpaask Priya which contract<Enter>wlegal<Enter>jti");
        review.press("wfam<Enter>p");
        let mut picture = |name: &str, keys: &str| {
            review.press(keys);
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
        };
        picture("marks", "gg");
        picture("flags", "t");
        picture("reasons", "<Esc>w");
        picture("note", "<Esc>ja");
        picture("confirm", "<Esc>*ts");
    }
}
