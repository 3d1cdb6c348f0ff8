//! The people screen: lists, picks, joins, says, suggests; what is then in the ledger and on the
//! screen.

use super::{Desk, Review, chat, desk, session};
use docket::tui::event::{Done, Event};
use docket::tui::people::SayOfPeople;

const SIZES: [(u16, u16); 4] = [(80, 24), (40, 8), (200, 50), (20, 5)];

/// A group, a chat with one of its people under another name, and texts with him by number.
fn three_channels() -> Desk {
    let group = chat(
        &["Ann Reviewer", "+44 7700 900123", "Priya Shah", "Mum 👩‍👩‍👧"],
        &["The order goes out at noon", "Confirmed", "Thanks"],
        40,
    );
    let direct = chat(&["Kwame Mensah", "Ann Reviewer"], &["Lunch?", "At one"], 12);
    let texts = "<?xml version='1.0'?><smses count=\"2\"><sms address=\"07700 900123\" \
                 contact_name=\"Mensah, Kwame\" date=\"1614700000000\" type=\"1\" body=\"Call me\"/>\n\
                 <sms address=\"07700 900456\" contact_name=\"P. Shah\" date=\"1614700060000\" \
                 type=\"1\" body=\"Thank you\"/></smses>";
    desk(&[
        ("WhatsApp Chat with Kits.txt", group),
        ("WhatsApp Chat with Kwame Mensah.txt", direct),
        ("sms-20210331.xml", texts.into()),
    ])
}

fn picture(name: &str, keys: &str) {
    let desk = three_channels();
    for (width, height) in SIZES {
        let mut review = Review::start(&desk, width, height);
        review.press(keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
        while desk.session.undo().unwrap().is_some() {}
    }
}

#[test]
fn the_list() {
    picture("people", "gpvjv");
}

#[test]
fn one_person() {
    picture(
        "person",
        "gpjvjvJMr<C-u>Kwame<Enter>nkeep private<Enter><Enter>j",
    );
}

#[test]
fn suggestions() {
    picture("suggestions", "gj");
}

#[test]
fn accepting_all() {
    picture("accept", "gjA");
}

fn at(review: &Review) -> String {
    review.current_row()
}

/// Puts the cursor on the row with these words.
fn go(review: &mut Review, words: &str) {
    review.press("gg");
    for _ in 0..20 {
        if at(review).contains(words) {
            return;
        }
        review.press("j");
    }
    panic!("no row with {words}\n{}", review.screen());
}

#[test]
fn picked_people_are_joined_split_and_put_back() {
    let desk = three_channels();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gp");
    let before = desk.session.roster().people().len();
    go(&mut review, "Kwame Mensah");
    review.press("v");
    assert!(review.screen().contains("1 picked"), "{}", review.screen());
    go(&mut review, "+44 7700 900123");
    review.press("J");
    assert!(
        review.status().contains("2 names: saved"),
        "{}",
        review.status()
    );
    assert_eq!(desk.session.roster().people().len(), before - 1);
    go(&mut review, "Kwame Mensah (2 names)");
    review.press("<Enter>");
    let screen = review.screen();
    assert!(screen.contains("whatsapp  +44 7700 900123"), "{screen}");
    assert!(screen.contains("WhatsApp Chat with Kits.txt"), "{screen}");
    assert!(screen.contains("16 messages on whatsapp"), "{screen}");
    review.press("s");
    assert!(
        review.status().contains("go to the name"),
        "{}",
        review.status()
    );
    review.press("js");
    assert_eq!(desk.session.roster().people().len(), before);
    review.press("uu");
    assert!(
        review.status().contains("took back and saved: joined"),
        "{}",
        review.status()
    );
    review.press("<C-r>");
    assert_eq!(desk.session.roster().people().len(), before - 1);
}

#[test]
fn one_alone_is_not_joined() {
    let desk = three_channels();
    let mut review = Review::start(&desk, 80, 24);
    let head = desk.session.head();
    review.press("gpJ");
    assert!(
        review.status().contains("pick someone with v first"),
        "{}",
        review.status()
    );
    assert_eq!(desk.session.head(), head);
}

#[test]
fn who_they_are_is_said_and_searched() {
    let desk = three_channels();
    let mut review = Review::start(&desk, 100, 24);
    review.press("gp");
    go(&mut review, "Ann Reviewer");
    review.press("M");
    assert!(
        review.status().contains("marked: me: saved"),
        "{}",
        review.status()
    );
    go(&mut review, "Priya Shah");
    review.press("C");
    review.happen(Event::Paste("DCR; Director".into()));
    review.press("<Enter>");
    assert!(
        at(&review).contains("colleague") && at(&review).contains("Priya Shah, DCR"),
        "{}",
        at(&review)
    );
    review.press("m");
    assert!(
        review.screen().contains("person: Priya Shah"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains("of 10"), "{}", review.status());
    review.press("i");
    review.happen(Event::Rest);
    assert!(
        review
            .screen()
            .contains("Priya Shah; colleague, Director, DCR"),
        "{}",
        review.screen()
    );
    review.press("<Esc>");
    assert!(
        at(&review).contains("Priya Shah"),
        "back among the people: {}",
        review.screen()
    );
    review.press("/from:me<Enter>");
    assert!(review.status().contains("of 16"), "{}", review.status());
}

#[test]
fn a_name_that_was_given_is_taken_back_with_an_empty_one() {
    let desk = three_channels();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gp");
    go(&mut review, "Priya Shah");
    review.press("rPriya of Kits<Enter>");
    assert!(at(&review).contains("Priya of Kits"), "{}", at(&review));
    review.press("r<C-u><Enter>");
    assert!(at(&review).contains("Priya Shah"), "{}", at(&review));
}

#[test]
fn suggestions_are_accepted_and_dismissed_one_by_one_or_all_that_are_exact() {
    let desk = three_channels();
    let mut review = Review::start(&desk, 100, 30);
    review.press("gj");
    let screen = review.screen();
    assert!(screen.contains("exact: the same number"), "{screen}");
    assert!(
        screen.contains("Europe/London"),
        "the basis is told: {screen}"
    );
    assert!(
        screen.contains("name: the same words in the name"),
        "{screen}"
    );
    assert!(
        screen.contains("weak: the initials fit the name"),
        "{screen}"
    );
    assert!(review.status().contains("1 of 3"), "{}", review.status());
    review.press("Gd");
    assert!(
        review.status().contains("1 suggestion: saved"),
        "{}",
        review.status()
    );
    assert!(!review.screen().contains("weak"), "{}", review.screen());
    review.press("A");
    assert!(
        review.screen().contains("accept 1 suggestion"),
        "{}",
        review.screen()
    );
    review.press("A<Enter>");
    assert!(
        desk.session
            .roster()
            .people()
            .iter()
            .all(|p| p.participants.len() == 1)
    );
    review.press("y");
    assert!(
        desk.session
            .roster()
            .people()
            .iter()
            .any(|p| p.participants.len() == 2)
    );
    review.press("gga");
    assert!(
        desk.session
            .roster()
            .people()
            .iter()
            .any(|p| p.participants.len() == 3)
    );
    assert!(
        review.screen().contains("Nobody shares"),
        "{}",
        review.screen()
    );
    review.press("uuu");
    assert!(review.status().contains("1 of 3"), "{}", review.status());
}

#[test]
fn what_another_reviewer_says_comes_up_here() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("WhatsApp Chat with A.txt");
    std::fs::write(&given, chat(&["Ann", "Bob"], &["one", "two"], 4)).unwrap();
    let case = folder.path().join("case");
    let ann = session(&case, "Ann");
    ann.case()
        .import(&[given], &Default::default(), ann.actor(), &mut ())
        .unwrap();
    ann.refresh().unwrap();
    let start = docket::tui::place::Place {
        asked: true,
        ..Default::default()
    };
    let mut review = Review::with(&ann, (80, 24), true, &start);
    review.press("gp");
    let bo = session(&case, "Bo");
    let who = bo.roster().people()[0].number;
    SayOfPeople::Rename(who, "Somebody".into())
        .carry_out(&bo)
        .unwrap();
    ann.refresh().unwrap();
    review.happen(Event::Done(Box::new(Done::Others(Some(
        "Bo changed the case".into(),
    )))));
    assert!(review.screen().contains("Somebody"), "{}", review.screen());
}
