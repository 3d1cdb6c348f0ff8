//! The second reviewer by keys: what stands on the screen, and what is saved.

use super::{Review, session, two_chats};
use docket::case::ledger::How;
use docket::model::{Decision, MessageNumber};
use docket::review::second::SecondAct;
use docket::review::{Asking, Query, Session, Target};
use docket::tui::event::{Done, Event};
use docket::tui::place::Place;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

/// The first messages of the business thread, decided by Ann, and Bo at work on them.
fn decided() -> (super::Desk, Arc<Session>) {
    let desk = two_chats();
    let ann = &desk.session;
    let thread = ann.store().position_of(first(ann)).unwrap().0;
    let decide = |from, to, decision| {
        let target = Target::Range(thread, from, to);
        ann.decide(&target, decision, How::Range, None).unwrap();
    };
    decide(0, 9, Decision::Official);
    decide(10, 14, Decision::Personal);
    decide(15, 16, Decision::Refer);
    let bo = session(ann.case().layout().root(), "Bo Second");
    (desk, bo)
}

/// The first message of business.
fn first(session: &Session) -> MessageNumber {
    let query = Query::parse("\"confirm the order\"").unwrap();
    let found = session.search(&query, &AtomicBool::new(false)).unwrap();
    MessageNumber(found.min().unwrap())
}

fn count(review: &Review, query: &str) -> u64 {
    let query = Query::parse(query).unwrap();
    let found = review.session.search(&query, &AtomicBool::new(false));
    found.unwrap().len()
}

/// The screen, with every time of today's clock as one.
fn undated(review: &Review) -> String {
    let screen = review.screen();
    let mut parts = screen.split("since ");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told += "since ";
        let (time, rest) = match part.split_once('Z') {
            Some((time, rest)) if time.len() == 16 => ("2026-01-01 00:00Z", rest),
            _ => ("", part),
        };
        told.push_str(time);
        told.push_str(rest);
    }
    told
}

fn bo_at_work(width: u16, height: u16) -> (super::Desk, Review) {
    let (desk, bo) = decided();
    let place = Place {
        asked: true,
        ..Place::default()
    };
    let mut review = Review::with(&bo, (width, height), false, &place);
    review.press("/the order<Enter><Enter>gg");
    (desk, review)
}

#[test]
fn s_countersigns_and_goes_on_and_d_disagrees_with_a_comment() {
    let (_desk, mut review) = bo_at_work(80, 24);
    assert!(
        review.current_row().contains(">aO"),
        "{}",
        review.current_row()
    );
    review.press("s");
    assert!(
        review.status().contains("countersigned: saved"),
        "{}",
        review.status()
    );
    assert!(review.screen().contains("aO+09:00"), "{}", review.screen());
    assert_eq!(count(&review, "countersigned-by:bo"), 1);
    // Again takes it off.
    review.press("ks");
    assert_eq!(count(&review, "is:countersigned"), 0);
    review.press("u");
    assert_eq!(count(&review, "is:countersigned"), 1);
    review.press("jdpnot ours<Enter>");
    assert!(
        review.status().contains("disagreed (personal): saved"),
        "{}",
        review.status()
    );
    assert_eq!(count(&review, "is:disagreed"), 1);
    assert!(review.screen().contains("aO!"), "{}", review.screen());
    // The decision stays; nobody answers their own.
    assert_eq!(count(&review, "is:personal"), 5);
    review.press("k=so<Enter>");
    assert!(
        review.said().contains(
            "nobody answers their own disagreement: take it back, or let another reviewer answer it"
        ),
        "{}",
        review.screen()
    );
    // A range, and everything listed after a question; the undecided are left out.
    review.press("gg4s");
    assert_eq!(count(&review, "is:countersigned"), 4);
    review.press("*s");
    assert!(
        review.screen().contains("countersigned: "),
        "{}",
        review.screen()
    );
    review.press("y");
    assert_eq!(count(&review, "is:countersigned"), 17);
    assert_eq!(count(&review, "is:disagreed"), 0);
    review.press("uu");
    assert_eq!(count(&review, "is:disagreed"), 1);
    // Esc leaves both questions.
    review.press("d<Esc>");
    review.press("dz<Esc>");
    assert_eq!(count(&review, "is:disagreed"), 1);
}

#[test]
fn the_first_reviewer_answers() {
    let (desk, review) = bo_at_work(80, 24);
    let (ann, bo) = (&desk.session, &review.session);
    let asking = Asking {
        how: How::Key,
        note: Some("not ours".into()),
        reason: None,
        seen: None,
    };
    let target = Target::Message(first(ann));
    let would = SecondAct::Disagree(Decision::Personal);
    bo.say_second(&target, would, &asking, &mut ()).unwrap();
    ann.refresh().unwrap();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gq");
    assert!(
        review.screen().contains("disagreement"),
        "{}",
        review.screen()
    );
    review.press("gg<Down>");
    review.press("<Enter>");
    assert!(review.current_row().contains("O!"), "{}", review.screen());
    // Nobody countersigns what they decided themselves.
    review.press("s");
    assert!(
        review
            .status()
            .contains("nobody countersigns their own decision"),
        "{}",
        review.status()
    );
    review.press("=as agreed<Enter>");
    assert_eq!(count(&review, "is:upheld"), 1);
    review.press("u");
    assert_eq!(count(&review, "is:disagreed"), 1);
}

#[test]
fn what_waits_at_every_size() {
    for (width, height) in SIZES {
        let (_desk, mut review) = bo_at_work(width, height);
        review.press("sdpnot ours<Enter>gq");
        insta::assert_snapshot!(format!("waiting_{width}x{height}"), undated(&review));
        review.press("<Enter>jj");
        let here = review.app.current_message();
        review.press("gqj<Enter>gqk<Enter>");
        assert_eq!(
            review.app.current_message(),
            here,
            "its place is remembered"
        );
    }
}

#[test]
fn a_group_that_waits_is_where_it_was_left_after_a_restart() {
    let (_desk, mut review) = bo_at_work(80, 24);
    review.press("sdpnot ours<Enter>gq");
    review.press("<Enter>jj");
    let here = review.app.current_message();
    assert!(here.is_some(), "{}", review.screen());
    review.press("gqgtQ");
    let place = review.place.clone();
    assert!(
        place
            .stops
            .iter()
            .any(|stop| Some(stop.message) == here.map(|here| here.0)),
        "{place:?}"
    );
    let mut review = Review::with(&review.session, (80, 24), false, &place);
    review.press("<Esc>gq<Enter>");
    assert_eq!(review.app.current_message(), here, "{}", review.screen());
    assert!(
        review.status().contains("where you left it"),
        "{}",
        review.status()
    );
}

#[test]
fn words_in_a_thread_at_every_size() {
    for (width, height) in SIZES {
        let (_desk, mut review) = bo_at_work(width, height);
        review.press("sdpnot ours<Enter>ssgg");
        insta::assert_snapshot!(format!("words_{width}x{height}"), review.screen());
        review.press("d");
        insta::assert_snapshot!(format!("words_would_{width}x{height}"), review.screen());
    }
}

#[test]
fn a_blind_sample_hides_the_first_decision_until_the_second_is_given() {
    let (desk, mut review) = bo_at_work(80, 24);
    review.press("gn<Backspace><Backspace><Backspace>6 --blind seed=7 is:official<Enter>");
    assert!(
        review.screen().contains("quality sample"),
        "{}",
        review.screen()
    );
    assert_eq!(review.session.samples().all().len(), 1);
    assert!(review.current_row().contains(">?") || review.current_row().contains("> ?"));
    review.press("i");
    review.happen(Event::Rest);
    assert!(
        review
            .screen()
            .contains("hidden until your second decision"),
        "{}",
        review.screen()
    );
    review.press("i");
    // The same key as ever; the first decision stays.
    review.press("o");
    assert_eq!(count(&review, "is:countersigned"), 1);
    review.press("p");
    assert_eq!(count(&review, "is:disagreed"), 1);
    assert_eq!(count(&review, "is:official"), 10);
    review.press("oooo");
    assert!(
        review.screen().contains("6 of 6: agreed 83.3%"),
        "{}",
        review.screen()
    );
    assert!(
        review.status().contains("agreed: 5 of 6, 83.3% (95%: "),
        "{}",
        review.status()
    );
    assert!(review.session.hidden().is_empty());
    drop(desk);
}

#[test]
fn a_conflict_is_told_with_both_names_and_both_are_kept() {
    let (desk, mut review) = bo_at_work(120, 40);
    let ann = &desk.session;
    let target = Target::Message(MessageNumber(first(ann).0 + 20));
    review.press("21G");
    let here = review.app.current_message().unwrap();
    assert_eq!(Target::Message(here), target);
    ann.decide(&target, Decision::Personal, How::Key, None)
        .unwrap();
    // Bo's screen does not know of it yet.
    review.press("o");
    let status = review.status();
    assert!(
        status.contains("Ann Reviewer decided this personal meanwhile")
            && status.contains("official by Bo Second is kept as a disagreement"),
        "{status}"
    );
    ann.refresh().unwrap();
    assert_eq!(ann.decision(here), Decision::Personal);
    let marks = ann.marks();
    let word = marks.words_on(here)[0].word.clone();
    assert_eq!(word.would, Decision::Official);
    // Keys go on working; decided again, now that it is seen, it is Bo's.
    review.press("o");
    assert_eq!(review.session.decision(here), Decision::Official);
    review.happen(Event::Done(Box::new(Done::Others(None))));
    review.press("jj");
}

#[test]
fn a_screen_reader_is_told_of_words() {
    let (_desk, mut review) = bo_at_work(80, 24);
    review.set("linear = true");
    review.press("/the order<Enter><Enter>ggsgg");
    assert!(review.screen().contains("aO+"), "{}", review.screen());
    review.press("gq");
    assert!(
        review.screen().contains("to countersign"),
        "{}",
        review.screen()
    );
}
