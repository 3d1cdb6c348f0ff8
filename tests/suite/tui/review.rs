//! Deciding, moving and finding by keys, and what the ledger holds afterwards.

use super::{Desk, Review, chat, desk, session, two_chats};
use docket::model::Decision;
use docket::tui::event::Event;
use docket::tui::keymap;
use proptest::prelude::*;
use std::sync::OnceLock;

/// The business thread, at its first message.
fn opened() -> (Desk, Review) {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>gg");
    (desk, review)
}

#[test]
fn one_key_decides_saves_and_goes_on() {
    let (_desk, mut review) = opened();
    review.press("o");
    assert_eq!(review.decisions(Decision::Official), 1);
    assert!(review.status().contains("2 of 400"), "{}", review.status());
    assert!(
        review.status().contains("official: saved"),
        "{}",
        review.status()
    );
    assert!(
        review.screen().contains("  O 09:00 Priya Shah"),
        "{}",
        review.screen()
    );
    review.press("pmcr");
    for decision in [
        Decision::Personal,
        Decision::Mixed,
        Decision::Context,
        Decision::Refer,
    ] {
        assert_eq!(review.decisions(decision), 1, "{decision:?}");
    }
    assert!(review.status().contains("6 of 400"));
    review.press("kx");
    assert_eq!(review.decisions(Decision::Refer), 0);
    assert!(
        review.status().contains("5 of 400"),
        "a cleared message keeps the cursor"
    );
}

#[test]
fn details_that_leave_no_room_for_the_list_keep_its_place() {
    for (height, settings) in [(24, "linear = true"), (12, "")] {
        let desk = two_chats();
        let mut review = Review::start(&desk, 80, height);
        review.set(settings);
        review.press("/the order<Enter><Enter>gg9j");
        let number = review.app.current_message();
        for _ in 0..2 {
            review.press("i");
            review.happen(Event::Rest);
            assert_eq!(review.app.current_message(), number, "{settings}");
            assert!(review.screen().contains("10 of 400"), "{}", review.screen());
        }
        // Steps go on from there while nothing but the details is seen.
        review.press("ij");
        review.happen(Event::Rest);
        assert!(review.screen().contains("11 of 400"), "{}", review.screen());
    }
}

#[test]
fn counts_ranges_and_repeats() {
    let (_desk, mut review) = opened();
    review.press("5o");
    assert_eq!(review.decisions(Decision::Official), 5);
    assert!(review.status().contains("6 of 400"), "{}", review.status());
    review.press("v3j");
    assert!(
        review.status().contains("RANGE of 4"),
        "{}",
        review.status()
    );
    review.press("p");
    assert_eq!(review.decisions(Decision::Personal), 4);
    assert!(review.status().contains("10 of 400") && !review.status().contains("RANGE"));
    review.press("..");
    assert_eq!(review.decisions(Decision::Personal), 6);
    review.press("3.");
    assert_eq!(review.decisions(Decision::Personal), 9);
}

#[test]
fn undo_and_redo_say_what_they_did_and_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("WhatsApp Chat with A.txt");
    std::fs::write(&given, chat(&["Ann", "Bob"], &["one", "two"], 30)).unwrap();
    let case = folder.path().join("case");
    let first = session(&case, "Ann");
    first
        .case()
        .import(&[given], &Default::default(), first.actor(), &mut ())
        .unwrap();
    first.refresh().unwrap();
    let start = docket::tui::place::Place {
        asked: true,
        ..Default::default()
    };
    let mut review = Review::with(&first, (80, 24), true, &start);
    review.press("<Enter>oop");
    let place = review.place.clone();
    drop(review);
    drop(first);

    let again = session(&case, "Ann");
    let mut review = Review::with(&again, (80, 24), true, &place);
    assert!(
        review.status().contains("4 of 30"),
        "the place is kept: {}",
        review.status()
    );
    review.press("u");
    assert!(
        review.status().contains("took back and saved: personal"),
        "{}",
        review.status()
    );
    assert!(
        review.current_row().contains("·"),
        "{}",
        review.current_row()
    );
    review.press("uu");
    assert_eq!(review.decisions(Decision::Undecided), 30);
    review.press("u");
    assert!(
        review.status().contains("nothing of yours to take back"),
        "{}",
        review.status()
    );
    review.press("<C-r><C-r><C-r>");
    assert_eq!(review.decisions(Decision::Official), 2);
    assert_eq!(review.decisions(Decision::Personal), 1);
}

#[test]
fn a_whole_thread_over_the_threshold_waits_for_y_and_for_nothing_else() {
    let (_desk, mut review) = opened();
    review.press("ooP");
    let words = "personal: 400 messages in 1 thread, of them 2 now official";
    assert!(review.screen().contains(words), "{}", review.screen());
    review.press("P<Enter>o<Space>");
    assert_eq!(review.decisions(Decision::Personal), 0);
    review.press("n");
    assert!(review.status().contains("nothing changed"));
    review.press("Py");
    assert_eq!(review.decisions(Decision::Personal), 400);
    assert!(
        review.status().contains("400 messages saved"),
        "{}",
        review.status()
    );
    review.press("u");
    assert_eq!(
        review.decisions(Decision::Official),
        2,
        "what was there before is back"
    );
    assert_eq!(review.decisions(Decision::Personal), 0);
}

#[test]
fn everything_found_is_decided_after_one_confirming_key() {
    let (_desk, mut review) = opened();
    review.press("/minister<Enter>*o");
    assert!(
        review
            .status()
            .contains("official: 100 messages in 1 thread"),
        "{}",
        review.status()
    );
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("y");
    assert_eq!(review.decisions(Decision::Official), 100);
    let log = review.session.case().ledger().entries(1).unwrap();
    let last = serde_json::to_string(&log.last().unwrap().entry).unwrap();
    assert!(
        last.contains("minister"),
        "the ledger keeps the query: {last}"
    );
}

#[test]
fn results_come_while_typing_and_a_mistake_is_shown_with_its_place() {
    let (_desk, mut review) = opened();
    review.press("/lun");
    assert!(
        review.screen().contains("100 messages in 1 thread"),
        "{}",
        review.screen()
    );
    assert!(review.screen().contains("Thanks. Lunch?"));
    review.press(" (x");
    assert!(
        review.rows().last().unwrap().contains("at 5:"),
        "{}",
        review.screen()
    );
    review.press("<Esc>");
    assert!(
        review.status().contains("1 of 400"),
        "Esc leaves all as it was: {}",
        review.status()
    );
}

#[test]
fn enter_takes_what_was_typed_and_not_what_was_found_before_it() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the");
    let mut late = Vec::new();
    for key in keymap::parse(" cat<Enter>") {
        late.extend(review.app.update(Event::Key(key)));
    }
    review.draw();
    assert!(review.screen().contains("/the cat"), "{}", review.screen());
    review.follow(late);
    review.draw();
    assert!(
        review.screen().contains("search: the cat"),
        "{}",
        review.screen()
    );
    review.press("*p");
    review.press("y");
    assert_eq!(review.decisions(Decision::Personal), 15);
}

#[test]
fn hits_are_gone_through_in_their_threads() {
    let (_desk, mut review) = opened();
    review.press("/lunch<Enter>jj<Enter>");
    assert!(review.status().contains("11 of 400"), "{}", review.status());
    review.press("n");
    assert!(review.status().contains("15 of 400"), "{}", review.status());
    assert!(review.status().contains("hit 4 of 100"));
    review.press("2N");
    assert!(review.status().contains("7 of 400"), "{}", review.status());
    review.press("q");
    assert!(
        review.status().contains("2 of 100"),
        "back at the hit: {}",
        review.status()
    );
}

#[test]
fn a_filter_leaves_what_matches_and_esc_shows_all_again() {
    let (_desk, mut review) = opened();
    review.press("6jflunch<Enter>");
    assert!(review.status().contains("2 of 100"), "{}", review.status());
    review.press("j<Esc>");
    assert!(
        review.status().contains("11 of 400"),
        "the cursor keeps its message: {}",
        review.status()
    );
}

#[test]
fn days_threads_and_the_undecided() {
    let (_desk, mut review) = opened();
    review.press("}");
    assert!(review.status().contains("91 of 400"), "{}", review.status());
    review.press("{");
    assert!(review.status().contains(" 1 of 400"), "{}", review.status());
    review.press("200G");
    assert!(review.status().contains("200 of 400"));
    review.press("ggo5jo<S-Tab>");
    assert!(review.status().contains("6 of 400"), "{}", review.status());
    review.press("<Tab>");
    assert!(review.status().contains("8 of 400"), "{}", review.status());
    let here = review.rows()[0].clone();
    review.press("]");
    let there = review.rows()[0].clone();
    review.press("[");
    assert!(here != there || review.status().contains("last thread"));
}

#[test]
fn a_finished_thread_leads_to_the_next_that_is_not() {
    let texts = ["a", "b"];
    let desk = desk(&[
        (
            "WhatsApp Chat with One.txt",
            chat(&["Ann", "Bob"], &texts, 3),
        ),
        (
            "WhatsApp Chat with Two.txt",
            chat(&["Cid", "Dot"], &texts, 3),
        ),
    ]);
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>ooo");
    let done = review.rows()[0].clone();
    review.press("<Tab>");
    assert_ne!(review.rows()[0], done);
    review.press("ooo<Tab>");
    assert!(
        review.status().contains("nothing is undecided"),
        "{}",
        review.status()
    );
}

#[test]
fn pasted_text_runs_no_keys() {
    let (_desk, mut review) = opened();
    review.happen(Event::Paste("oooO".into()));
    assert_eq!(review.decisions(Decision::Official), 0);
    assert!(
        review.status().contains("pasted text is ignored"),
        "{}",
        review.status()
    );
    review.press("/");
    review.happen(Event::Paste("lun\nch\u{1b}[2J".into()));
    assert!(
        review.status().contains("/lun ch[2J"),
        "{}",
        review.status()
    );
}

#[test]
fn lines_of_the_app_are_not_decided() {
    let text = "25/03/2021, 09:00 - Messages and calls are end-to-end encrypted.\n25/03/2021, 09:01 - Ann: hello\n";
    let desk = desk(&[("WhatsApp Chat with S.txt", text.into())]);
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>ggo");
    assert_eq!(review.decisions(Decision::Official), 0);
    assert!(
        review.status().contains("never decided"),
        "{}",
        review.status()
    );
}

#[test]
fn the_last_decision_of_another_session_is_not_overwritten_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("WhatsApp Chat with A.txt");
    std::fs::write(&given, chat(&["Ann", "Bob"], &["one", "two"], 9)).unwrap();
    let case = folder.path().join("case");
    let ann = session(&case, "Ann");
    ann.case()
        .import(&[given], &Default::default(), ann.actor(), &mut ())
        .unwrap();
    ann.refresh().unwrap();
    let bob = session(&case, "Bob");
    let start = docket::tui::place::Place {
        asked: true,
        ..Default::default()
    };
    let mut of_ann = Review::with(&ann, (80, 24), true, &start);
    let mut of_bob = Review::with(&bob, (80, 24), true, &start);
    of_bob.press("<Enter>p");
    of_ann.press("<Enter>o");
    assert_eq!(
        ann.decision(docket::model::MessageNumber(0)),
        Decision::Personal
    );
    // What to do stands at the end, and is read whole.
    assert!(
        of_ann.said().contains(
            "Bob decided this personal meanwhile; official by Ann is kept as a disagreement; \
             look, then decide again"
        ),
        "{}",
        of_ann.screen()
    );
    of_ann.press("o");
    assert_eq!(
        ann.decision(docket::model::MessageNumber(0)),
        Decision::Official,
        "seen, then decided"
    );
}

#[test]
fn what_was_done_is_told_with_its_count_however_large_the_thread() {
    let desk = two_chats();
    let told = "took back and saved: official on 400 messages of a thread";
    for (width, height) in [(80, 24), (60, 15), (40, 12)] {
        let mut review = Review::start(&desk, width, height);
        review.press("/the order<Enter><Enter>Oyu");
        assert!(review.said().contains(told), "{}", review.screen());
        // The next key gives the rows back.
        review.press("j");
        assert!(!review.said().contains(told), "{}", review.screen());
    }
}

#[test]
fn half_a_number_is_never_taken_for_a_whole_one() {
    let desk = two_chats();
    for width in 20..90 {
        let review = Review::start(&desk, width, 24);
        let header = review.rows().remove(0);
        let header = header.trim_end();
        let whole = ["2 threads", "2 threads, 460 messages, 460 undecided"];
        let is_whole = whole.iter().any(|words| header.ends_with(words));
        assert!(is_whole || header.ends_with('…'), "{header}");
    }
}

fn shared() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(two_chats)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_keys_lead_astray(
        keys in "(j|k|o|p|m|c|r|x|O|P|X|\\*o|\\*x|v|u|<C-r>|<Tab>|<S-Tab>|n|N|/lunch<Enter>|/the <Esc>|/x<Enter>|flunch<Enter>|f<Esc>|gg|G|3|17|<C-d>|<C-u>|<PgDn>|<C-e>|<C-y>|\\{|\\}|\\[|\\]|i|q|<Esc>|<Enter>|gl|gs|gb|gf|gr|gc|ga|a|b|'|gk|<C-o>|<C-n>|gn|gn<Enter>|gn is:personal<Enter>|:und<Enter>|:pers<Enter>|:3<Enter>|\\?|y|zz|zt|zb|\\.){0,60}",
        size in prop_oneof![Just((20, 5)), Just((40, 8)), Just((80, 24)), Just((200, 50))],
    ) {
        let desk = shared();
        let start = docket::tui::place::Place { asked: true, ..Default::default() };
        let mut review = Review::with(&desk.session, size, true, &start);
        for key in keymap::parse(&keys) {
            review.happen(Event::Key(key));
            review.happen(Event::Rest);
        }
        let decisions = desk.session.decisions();
        let sum: u64 = Decision::ALL.iter().map(|d| decisions.set(*d).len()).sum();
        prop_assert_eq!(sum, 460);
    }
}

#[test]
fn details_follow_when_the_keys_rest() {
    let (_desk, mut review) = opened();
    review.press("i");
    review.happen(Event::Rest);
    assert!(review.screen().contains("not yet"), "{}", review.screen());
    review.press(")))");
    assert!(
        review.screen().contains("25/03/2021, 09:00"),
        "{}",
        review.screen()
    );
    review.press("(((");
    assert!(!review.app.wants_rest());
    review.press("ok");
    assert!(review.app.wants_rest());
    review.happen(Event::Rest);
    assert!(
        review.screen().contains("official on 1 message;"),
        "{}",
        review.screen()
    );
    assert!(review.cost("j") <= 80, "the key itself draws no details");
}

#[test]
fn dates_that_do_not_tell_their_order_are_asked_about() {
    let text: String = (0..9)
        .map(|n| format!("0{}/0{}/2021, 09:00 - Ann: one\n", 1 + n % 3, 4 + n % 3))
        .collect();
    let desk = desk(&[("WhatsApp Chat with D.txt", text)]);
    assert!(desk.session.store().sources()[0].date_order_assumed);
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>ooqgsd");
    assert!(
        review.screen().contains("Which number is the day"),
        "{}",
        review.screen()
    );
    // What was given may be gone: the sealed original is read.
    std::fs::remove_file(&desk.session.store().sources()[0].path).unwrap();
    review.press("2");
    assert!(
        review.status().contains("dates read again as mdy: saved"),
        "{}",
        review.status()
    );
    let store = review.session.store();
    assert!(
        !store.sources()[0].date_order_assumed,
        "{}",
        review.screen()
    );
    assert_eq!(store.sources()[0].date_order.unwrap().name(), "mdy");
    assert_eq!(
        review.decisions(Decision::Official),
        2,
        "decisions stay with their messages"
    );
}

#[test]
fn a_question_that_comes_up_by_itself_takes_no_keys_from_what_is_typed() {
    let (desk, mut review) = opened();
    let later = tempfile::tempdir().unwrap();
    let path = later.path().join("WhatsApp Chat with L.txt");
    let text: String = (0..9)
        .map(|n| format!("0{}/0{}/2021, 09:00 - Ann: one\n", 1 + n % 3, 4 + n % 3))
        .collect();
    std::fs::write(&path, text).unwrap();
    review.press("/lunch");
    let session = desk.session.clone();
    let reports = session
        .case()
        .import(&[path], &Default::default(), session.actor(), &mut ())
        .unwrap();
    session.refresh().unwrap();
    let done = docket::tui::event::Done::Imported(Ok(reports));
    review.happen(Event::Done(Box::new(done)));
    assert!(review.status().starts_with("/lunch"), "{}", review.screen());
    review.press("<Esc>");
    assert!(
        review
            .status()
            .contains("the order of an export's dates is assumed"),
        "{}",
        review.status()
    );
}

#[test]
fn details_longer_than_their_pane_scroll() {
    let (_desk, mut review) = opened();
    review.press("okpkmkckrki");
    review.happen(Event::Rest);
    assert!(
        review.screen().contains("details, 1 to 7 of "),
        "{}",
        review.screen()
    );
    assert!(!review.screen().contains("taken as"));
    review.press(")))");
    assert!(review.screen().contains("taken as"), "{}", review.screen());
    assert!(review.status().contains("1 of 400"), "the cursor stays");
    review.press("j");
    review.happen(Event::Rest);
    assert!(
        review.screen().contains("details, 1 to 7 of "),
        "the next message's begin at the beginning: {}",
        review.screen()
    );
    let desk = desk(&[("WhatsApp Chat with Ann.txt", chat(&["Ann"], &["one"], 1))]);
    let mut review = Review::start(&desk, 200, 50);
    review.press("<Enter>i");
    review.happen(Event::Rest);
    assert!(
        review.screen().contains("── details ──") && review.screen().contains("taken as"),
        "{}",
        review.screen()
    );
    review.press(")");
    assert!(review.status().contains("all of the details is in view"));
}

#[test]
fn pages_and_lists_are_wrapped_and_never_cut() {
    let long = "WhatsApp Chat with the cell that looks after test kits, lines and deliveries.txt";
    let desk = desk(&[(long, chat(&["Ann"], &["one"], 3))]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for width in [80, 40] {
        let mut review = Review::start(&desk, width, 700);
        review.press("?");
        let screen = words(&review.screen());
        for action in docket::tui::action::ACTIONS {
            assert!(screen.contains(action.help), "{}\n{screen}", action.help);
        }
        review.press("qgs");
        let screen = words(&review.screen());
        assert!(screen.contains("by Ann Reviewer"), "{screen}");
        assert!(screen.contains("0 unreadable"), "{screen}");
        review.press("qgl");
        let screen = words(&review.screen());
        assert!(screen.contains("deliveries.txt"), "{screen}");
    }
}

#[test]
fn hits_are_marked_without_colour_in_the_results_and_in_the_thread() {
    let desk = two_chats();
    let start = docket::tui::place::Place {
        asked: true,
        ..Default::default()
    };
    let mut review = Review::with(&desk.session, (80, 24), false, &start);
    review.press("/lunch<Enter>");
    assert!(review.marked().iter().all(|hit| hit == "Lunch"));
    assert!(review.marked().len() > 2, "{:?}", review.marked());
    review.press("<Enter>");
    assert!(review.marked().iter().all(|hit| hit == "Lunch"));
    assert!(review.marked().len() > 2, "{:?}", review.marked());
}

#[test]
fn the_bundle_page_tells_what_would_go_now() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>Oygb");
    assert!(
        review.screen().contains("400  official"),
        "{}",
        review.screen()
    );
    review.press("u");
    assert!(
        review.screen().contains("  0  official"),
        "{}",
        review.screen()
    );
    review.press("<C-r>");
    assert!(
        review.screen().contains("400  official"),
        "{}",
        review.screen()
    );
}

#[test]
fn what_the_bundle_page_names_can_be_pressed_there() {
    let (_desk, mut review) = opened();
    review.press("P");
    assert!(review.screen().contains("400 messages in 1 thread"));
    review.press("ygb");
    assert!(review.screen().contains("Tab finds them"));
    review.press("<Tab>");
    assert!(review.status().contains("of 60"), "{}", review.screen());
    assert!(review.current_row().contains("·"), "{}", review.screen());
    review.press("gb/is:undecided<Enter>");
    assert!(review.screen().contains("search: is:undecided"));
    review.press("glgsglgs/");
    assert!(
        review.status().starts_with('/'),
        "nothing that is typed acts"
    );
    review.press("u<Esc>");
    assert_eq!(review.decisions(Decision::Personal), 400);
    review.press("<Esc><Esc><Esc>");
    assert!(
        review.screen().contains("the bundle"),
        "going to and fro leaves no trail: {}",
        review.screen()
    );
}
