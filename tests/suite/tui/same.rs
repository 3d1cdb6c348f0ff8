//! "The same" and "not the same" by keys: the list of what may be one, a message and what it was
//! merged with, two marked messages.

use super::{Desk, Review, desk};
use docket::model::{Decision, MessageNumber};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];
/// Messages of the chat that two phones tell of.
const CHAT: u32 = 12;

fn line(minute: u32, sender: &str, text: &str) -> String {
    let (hour, minute) = (9 + minute / 60, minute % 60);
    format!("13/03/2021, {hour:02}:{minute:02} - {sender}: {text}\n")
}

fn text(at: u32) -> String {
    format!("item {at} of the plan needs another look")
}

fn sender(at: u32) -> &'static str {
    if at % 3 < 1 { "Ann Reviewer" } else { "Bo Ek" }
}

/// One chat from two phones, merged at import, and another with the same people that repeats some
/// of it.
fn three_chats() -> Desk {
    let chat = |ahead: u32| -> String {
        let lines = (0..CHAT).map(|at| line(at * 3 + ahead, sender(at), &text(at)));
        lines.collect()
    };
    let other: String = (0..6)
        .map(|at| match at % 2 {
            0 => line(10 + at / 2, sender(10 - at), &text(10 - at)),
            _ => line(10 + at / 2, "Bo Ek", &format!("something else, {at}")),
        })
        .collect();
    let desk = desk(&[
        ("WhatsApp Chat with Bo Ek.txt", chat(0)),
        ("WhatsApp Chat with Ann Reviewer.txt", chat(60)),
        ("WhatsApp Chat with Quay.txt", other),
    ]);
    let len = desk.session.store().len();
    assert_eq!(len, CHAT + 6, "what the tests rest on");
    desk
}

/// Puts the cursor on a message.
fn go_to(review: &mut Review, number: MessageNumber) {
    let store = review.session.store();
    let message = store.message(number).unwrap();
    let keys = format!("/in:{} \"{}\"<CR><CR>", message.thread, message.text);
    let keys = keys.replace("<CR>", "<Enter>").replace(' ', "<Space>");
    review.press(&keys);
    let current = review.app.current_message();
    assert_eq!(current, Some(number), "{}", review.screen());
}

/// The first two that may be one.
fn first_two(review: &Review) -> (MessageNumber, MessageNumber) {
    let proposed = review.session.likely_same(&Default::default()).unwrap();
    (proposed[0].one, proposed[0].other)
}

fn proposed(review: &Review) -> usize {
    review
        .session
        .likely_same(&Default::default())
        .unwrap()
        .len()
}

#[test]
fn the_list_of_what_may_be_the_same() {
    let desk = three_chats();
    for (width, height) in SIZES {
        let mut review = Review::start(&desk, width, height);
        review.press("gd");
        insta::assert_snapshot!(format!("same_{width}x{height}"), review.screen());
    }
    let mut review = Review::start(&desk, 80, 24);
    review.set("linear = true");
    review.press("gdj");
    insta::assert_snapshot!("same_linear_80x24", review.screen());
}

#[test]
fn one_key_says_the_same_and_one_says_apart() {
    let desk = three_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gd");
    assert_eq!(proposed(&review), 3, "{}", review.screen());
    let (one, other) = first_two(&review);
    review.press("&");
    let saved = format!("messages {one} and {other} are the same: saved");
    assert!(review.screen().contains(&saved), "{}", review.screen());
    assert_eq!(review.session.same().head(other), one);
    // It stands at the end of the list now, and the next proposal under the cursor.
    let next = first_two(&review);
    review.press("|");
    assert!(review.session.same().is_apart(next.0, next.1));
    assert_eq!(proposed(&review), 1);
    review.press("uu");
    assert!(review.session.same().is_empty());
    assert_eq!(proposed(&review), 3);
    // Said, and taken apart from the list.
    review.press("gg&G");
    let row = review.current_row();
    assert!(row.contains("said to be the same"), "{}", review.screen());
    review.press("|");
    assert!(review.session.same().is_apart(one, other));
    assert!(!review.session.same().is_copy(other));
}

#[test]
fn what_was_decided_differently_is_asked_for() {
    let desk = three_chats();
    let mut review = Review::start(&desk, 80, 24);
    let (one, other) = first_two(&review);
    go_to(&mut review, one);
    review.press("o");
    go_to(&mut review, other);
    review.press("p");
    review.press("gd&");
    insta::assert_snapshot!("same_which_holds_80x24", review.screen());
    review.press("<Esc>");
    assert!(!review.session.same().is_copy(other));
    review.press("&z");
    assert!(!review.session.same().is_copy(other));
    review.press("p");
    assert!(review.session.same().is_copy(other), "{}", review.screen());
    assert_eq!(review.session.decision(one), Decision::Personal);
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("u");
    assert_eq!(review.session.decision(one), Decision::Official);
    assert_eq!(review.session.decision(other), Decision::Personal);
}

#[test]
fn marked_messages_are_said_the_same_and_a_copy_keeps_its_place_quietly() {
    let desk = three_chats();
    let mut review = Review::start(&desk, 80, 24);
    let (one, other) = first_two(&review);
    go_to(&mut review, one);
    review.press("&");
    let status = review.status();
    assert!(status.contains("mark the other one"), "{status}");
    review.press("b");
    go_to(&mut review, other);
    review.press("&");
    let screen = review.screen();
    assert!(screen.contains("are the same"), "{screen}");
    assert!(!review.session.same().is_copy(other), "it asks first");
    review.press("y");
    assert!(review.session.same().is_copy(other));
    for (width, height) in SIZES {
        review.resize(width, height);
        insta::assert_snapshot!(format!("same_copy_{width}x{height}"), review.screen());
    }
    review.resize(80, 24);
    review.happen(docket::tui::event::Event::Rest);
    // Its details name the other, and the footer has the key to part them.
    review.press("i");
    let screen = review.screen();
    assert!(screen.contains("which stands for it"), "{screen}");
    assert!(screen.contains("| apart"), "{screen}");
    // A decision on the copy is one on the message that stands for it.
    review.press("o");
    assert_eq!(review.session.decision(one), Decision::Official);
    review.press("uk");
    assert_eq!(review.app.current_message(), Some(other));
    assert!(review.session.same().is_copy(other));
    review.press("|");
    let screen = review.screen();
    assert!(screen.contains("is not message"), "{screen}");
    review.press("y");
    assert!(!review.session.same().is_copy(other));
}

#[test]
fn a_range_is_said_the_same() {
    let desk = three_chats();
    let mut review = Review::start(&desk, 80, 24);
    let (_, other) = first_two(&review);
    go_to(&mut review, other);
    review.press("vk&y");
    assert_eq!(
        review.session.same().copies().len(),
        1,
        "{}",
        review.screen()
    );
}

#[test]
fn what_an_import_merged_is_taken_apart_and_back_and_never_missing() {
    let desk = three_chats();
    let mut review = Review::start(&desk, 120, 40);
    let before = review.session.differences();
    let first = MessageNumber(review.session.store().in_several().min().unwrap());
    go_to(&mut review, first);
    review.press("|");
    let screen = review.screen();
    assert!(screen.contains("and its copy are not the same"), "{screen}");
    review.press("y");
    let own = MessageNumber(review.session.store().len() - 1);
    assert_eq!(own.0, CHAT + 6, "a number of its own");
    assert!(review.session.same().is_apart(first, own));
    review.press("u");
    assert_eq!(review.session.same().head(own), first);
    assert_eq!(review.session.differences(), before);
    assert!(review.session.disagreements(own).is_empty());
}
