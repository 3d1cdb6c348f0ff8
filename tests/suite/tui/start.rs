//! The start screen and the ways through a case, each with its place.

use super::{Desk, Review, desk, session, two_chats};
use docket::model::Decision;
use docket::review::place::{MOST_STOPS, Place};
use docket::review::ways::Stop;
use docket::review::{How, Target};
use docket::settings::{Settings, Start};
use docket::tui::keymap::Keymap;

const SIZES: [(u16, u16); 5] = [(80, 24), (120, 40), (200, 50), (40, 8), (20, 5)];

/// Two chats, partly decided: a thread of family, and some of the business by hand.
fn begun() -> (Desk, Place) {
    let desk = two_chats();
    let store = desk.session.store();
    let mut threads = store.threads().iter();
    let family = threads.find(|thread| thread.title == "Family");
    let family = Target::Thread(family.unwrap().id);
    let decide = |target: &Target, decision| {
        let decided = desk.session.decide(target, decision, How::Thread, None);
        decided.unwrap();
    };
    decide(&family, Decision::Personal);
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>ggoopr");
    review.press("Q");
    let place = review.place.clone();
    (desk, place)
}

fn again(desk: &Desk, place: &Place, size: (u16, u16)) -> Review {
    Review::with_overview(&desk.session, size, place)
}

#[test]
fn the_start_screen() {
    let (desk, place) = begun();
    for (width, height) in SIZES {
        let review = again(&desk, &place, (width, height));
        insta::assert_snapshot!(format!("start_{width}x{height}"), review.screen());
    }
    let mut plain = Review::with(&desk.session, (80, 24), false, &place);
    plain.press("gh");
    assert_eq!(plain.screen(), again(&desk, &place, (80, 24)).screen());
}

#[test]
fn it_is_said_in_sentences_to_screen_readers() {
    let (desk, place) = begun();
    let mut review = again(&desk, &place, (80, 24));
    let mut settings = Settings::default();
    settings.linear = true;
    settings.start = Start::Overview;
    review.app = docket::tui::app::App::new(
        desk.session.clone(),
        docket::tui::theme::Theme::new(true),
        (80, 24),
        &place,
    )
    .with_settings(settings, Keymap::default());
    review.begin();
    insta::assert_snapshot!("start_linear", review.screen());
}

#[test]
fn a_case_where_nothing_was_done_opens_with_its_threads() {
    let desk = two_chats();
    let review = Review::start(&desk, 80, 24);
    assert!(
        review.screen().contains("last message"),
        "{}",
        review.screen()
    );
    let empty = super::desk(&[]);
    let mut review = Review::start(&empty, 80, 24);
    assert!(
        review.screen().contains("no messages"),
        "{}",
        review.screen()
    );
    review.press("gh<Enter>gh}j{G<Enter>ghkk<Enter>");
}

#[test]
fn a_case_opens_where_the_reviewer_stopped_and_one_key_shows_what_is_left() {
    let (desk, place) = begun();
    let mut review = Review::with(&desk.session, (80, 24), true, &place);
    let screen = review.screen();
    assert!(screen.contains("Test Kits"), "{screen}");
    assert!(review.status().contains("5 of 400"), "{screen}");
    assert!(
        screen.contains("where you stopped; gh: what is left"),
        "{screen}"
    );
    review.press("H");
    let screen = review.screen();
    assert!(screen.contains("What is left"), "{screen}");
    assert!(
        screen.contains("Go on: thread Test Kits, message 5 of 400"),
        "{screen}"
    );
    review.press("<Enter>");
    assert!(review.status().contains("5 of 400"), "{}", review.screen());
    // Whoever stopped on another way than a thread is on it again.
    review.press("/lunch<Enter>j");
    assert!(review.status().contains("2 of "), "{}", review.screen());
    review.press("Q");
    let place = review.place.clone();
    let review = Review::with(&desk.session, (80, 24), true, &place);
    let screen = review.screen();
    assert!(screen.contains("search: lunch*"), "{screen}");
    assert!(review.status().contains("2 of "), "{screen}");
}

#[test]
fn each_of_four_keys_goes_on_where_the_reviewer_stopped() {
    let (desk, place) = begun();
    for key in ["<Enter>", "<Esc>", "q", "<Tab>"] {
        let mut review = again(&desk, &place, (80, 24));
        assert!(
            review
                .screen()
                .contains("Go on: thread Test Kits, message 5 of 400")
        );
        review.press(key);
        assert!(
            review.status().contains("  5 of 400"),
            "{key}: {}",
            review.screen()
        );
    }
    // No key decides what is not on the screen.
    let mut review = again(&desk, &place, (80, 24));
    review.press("o");
    assert!(
        review.status().contains("is no key here"),
        "{}",
        review.status()
    );
    assert_eq!(review.decisions(Decision::Official), 2);
    // And to quit at once forgets nothing.
    review.press("Q");
    assert_eq!(review.place, place);
}

#[test]
fn its_lines_are_walked_and_entered() {
    let (desk, place) = begun();
    let mut review = again(&desk, &place, (80, 50));
    // What was referred.
    review.press("}}");
    assert!(
        review
            .current_row()
            .contains("1  referred for a second look"),
        "{}",
        review.screen()
    );
    review.press("<Enter>");
    assert!(
        review.screen().contains("search: is:refer"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains("1 of 1"), "{}", review.status());
    review.press("<Esc>");
    // The bundle.
    review.press("}<Enter>");
    assert!(
        review.screen().contains("In the way:"),
        "{}",
        review.screen()
    );
    review.press("<Esc>");
    // What is left by channel, as a list; a decision there counts on the way back.
    while !review.current_row().contains("whatsapp") {
        let before = review.current_row();
        review.press("j");
        assert_ne!(review.current_row(), before, "{}", review.screen());
    }
    assert!(
        review.current_row().contains("396 of"),
        "{}",
        review.screen()
    );
    review.press("<Enter>");
    assert!(
        review
            .screen()
            .contains("search: is:undecided channel:whatsapp"),
        "{}",
        review.screen()
    );
    assert!(
        review.status().contains("  1 of 396"),
        "{}",
        review.status()
    );
    review.press("p");
    // On to the next undecided of this way.
    assert!(
        review.status().contains("  2 of 396"),
        "{}",
        review.status()
    );
    review.press("gh");
    assert!(review.screen().contains("395 of"), "{}", review.screen());
    // Where that way was left, under its heading, and back to it.
    while !review.current_row().contains("search  1 of 395") {
        let before = review.current_row();
        review.press("k");
        assert_ne!(review.current_row(), before, "{}", review.screen());
    }
}

#[test]
fn a_thread_is_entered_at_its_first_undecided() {
    let (desk, place) = begun();
    let mut review = again(&desk, &place, (80, 50));
    while !review.current_row().contains("Test Kits") || review.current_row().contains("Go on") {
        let before = review.current_row();
        review.press("j");
        assert_ne!(review.current_row(), before, "{}", review.screen());
    }
    review.press("<Enter>");
    assert!(
        review.status().contains("  5 of 400"),
        "{}",
        review.screen()
    );
    review.press("<Esc>");
    assert!(
        review.screen().contains("What is left"),
        "{}",
        review.screen()
    );
}

#[test]
fn all_of_one_person_over_channels_and_joined_names() {
    let (desk, _) = begun();
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>");
    review.press("/the order<Enter><Enter>gggw");
    assert!(
        review.screen().contains("person: Priya Shah"),
        "{}",
        review.screen()
    );
    assert!(
        review.status().contains("  1 of 134"),
        "{}",
        review.status()
    );
    // Joined with another, one way has both.
    let names = desk.session.store();
    let number = |name: &str| {
        let at = names.participants().iter().position(|one| one.name == name);
        docket::model::ParticipantId(u32::try_from(at.unwrap()).unwrap())
    };
    let both = [number("Priya Shah"), number("Dayo ❤️")];
    desk.session.join(&both).unwrap();
    review.press("10j<Esc>gw");
    assert!(review.status().contains(" of 154"), "{}", review.screen());
    insta::assert_snapshot!("person_80x24", review.screen());
    // The same from the people screen, where it was left.
    review.press("5jgp");
    review.press("gg");
    assert!(
        review.current_row().contains("(2 names)"),
        "{}",
        review.screen()
    );
    review.press("m");
    assert!(
        review.status().contains("where you left it"),
        "{}",
        review.status()
    );
    assert!(
        review.status().contains("  7 of 154"),
        "{}",
        review.status()
    );
}

#[test]
fn a_month_and_the_next_undecided_in_it() {
    let (desk, _) = begun();
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>/the order<Enter><Enter>gggm");
    assert!(
        review.screen().contains("month: 2021-03"),
        "{}",
        review.screen()
    );
    let all = desk.session.store().len();
    assert!(
        review.status().contains(&format!("of {all}")),
        "{}",
        review.status()
    );
    review.press("<Tab>");
    let decisions = desk.session.decisions();
    let current = review.app.current_message().unwrap();
    assert_eq!(decisions.decision(current), Decision::Undecided);
    // The bar of the timeline leads to the same.
    review.press("gcgggm");
    let mut review = again(&desk, &Place::default(), (80, 24));
    review.press("<Esc><Esc>gcgggm");
    assert!(
        review.screen().contains("month: 2021-03"),
        "{}",
        review.screen()
    );
}

#[test]
fn files_by_kind_and_what_there_is_none_of_is_passed_over() {
    let lines = "25/03/2021, 12:00 - Ann: IMG-20210325-WA0001.jpg (file attached)\n\
                 25/03/2021, 12:01 - Ben: one\n\
                 25/03/2021, 12:02 - Ben: PTT-20210325-WA0002.opus (file attached)\n\
                 25/03/2021, 12:03 - Ann: two\n";
    let desk = desk(&[("WhatsApp Chat with Ben.txt", lines.to_owned())]);
    let mut review = Review::start(&desk, 80, 24);
    review.press("ge");
    let says = |review: &Review, words: &str, count: &str| {
        assert!(
            review.screen().contains(words),
            "{words}\n{}",
            review.screen()
        );
        assert!(review.status().contains(count), "{}", review.status());
    };
    says(&review, "files: of any kind", " 1 of 2");
    review.press("ge");
    says(&review, "files: pictures", " 1 of 1");
    // No document: on to the voice notes.
    review.press("ge");
    says(&review, "files: voice notes", " 1 of 1");
    review.press("ge");
    says(&review, "files: files that no export holds", " of 2");
    review.press("ge");
    says(&review, "files: of any kind", " of 2");
    insta::assert_snapshot!("files_80x24", review.screen());
    let mut none = Review::start(&two_chats(), 80, 24);
    none.press("ge");
    assert!(
        none.status().contains("no message here has a file"),
        "{}",
        none.status()
    );
}

#[test]
fn each_way_remembers_its_place_over_restarts() {
    let (desk, place) = begun();
    let mut review = again(&desk, &place, (80, 24));
    review.press("<Enter>");
    review.press("/lunch<Enter>6j");
    review.press("gw3j");
    review.press("gm9j");
    review.press("gt");
    review.press("/cat<Enter>2jQ");
    let place = review.place.clone();
    let ways: Vec<&str> = place.stops.iter().map(|stop| stop.way.as_str()).collect();
    assert_eq!(ways[0], "cat*", "{ways:?}");
    assert!(place.on_the_way);
    assert!(
        ways.contains(&"lunch*") && ways.contains(&"on:2021-03"),
        "{ways:?}"
    );
    assert!(ways.iter().any(|way| way.starts_with("from:#")), "{ways:?}");
    // Another session of the same reviewer goes on in the search.
    let folder = desk.session.case().layout().root().to_path_buf();
    let other = session(&folder, "Ann Reviewer");
    let mut review = Review::with_overview(&other, (80, 24), &place);
    assert!(
        review
            .screen()
            .contains("Go on: search cat*, message 3 of 15"),
        "{}",
        review.screen()
    );
    review.press("<Enter>");
    assert!(
        review.screen().contains("search: cat*"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains("  3 of 15"), "{}", review.status());
    // An earlier search, typed again, is where it was left.
    review.press("/lunch<Enter>");
    assert!(
        review.status().contains("  7 of 100"),
        "{}",
        review.status()
    );
    assert!(
        review.status().contains("where you left it"),
        "{}",
        review.status()
    );
}

#[test]
fn places_are_few_and_say_nothing_of_what_is_gone() {
    let (desk, _) = begun();
    let stops = (0..200)
        .map(|number| Stop {
            way: format!("in:{number}"),
            message: u32::MAX,
        })
        .collect();
    let place = Place {
        asked: true,
        on_the_way: true,
        stops,
        ..Place::default()
    };
    let mut review = again(&desk, &place, (80, 24));
    review.press("<Enter>");
    review.press("gh<Esc>/lunch<Enter>Q");
    assert_eq!(review.place.stops.len(), MOST_STOPS);
    assert_eq!(review.place.stops[0].way, "lunch*");
    let lost = Place {
        asked: true,
        on_the_way: true,
        stops: vec![Stop {
            way: "((".into(),
            message: 0,
        }],
        ..Place::default()
    };
    let mut review = again(&desk, &lost, (80, 24));
    review.press("<Enter>");
    assert!(review.current_row().contains('>'), "{}", review.screen());
}
