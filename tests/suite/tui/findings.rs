//! Findings on the screen: gone through one by one, each act one key, in the ledger and taken back.

use super::{Desk, Review, at, desk};
use docket::model::{Flag, MessageNumber};
use docket::review::findings::Verdict;
use docket::tui::action::View;

/// A chat in which three messages of seven hold personal data, one of them in two ways.
fn ward() -> Desk {
    let chat = "\
25/03/2021, 09:00 - Priya Shah: Morning. Bed list by ten please
25/03/2021, 09:01 - Tom Reed: NHS number 943 476 5919, please check the record before the ward round and tell me what you find there
25/03/2021, 09:02 - Priya Shah: Not here please
25/03/2021, 09:03 - Tom Reed: Her daughter rings from 07700 900456, write to dana@example.org
25/03/2021, 09:04 - Priya Shah: Stop
25/03/2021, 09:05 - Tom Reed: Once more: 07700 900 456
25/03/2021, 09:06 - Priya Shah: Enough
";
    desk(&[("WhatsApp Chat with Ward.txt", chat.to_owned())])
}

/// What is said of each finding, in their order.
fn verdicts(review: &Review) -> Vec<Option<Verdict>> {
    let looked = review.session.findings(&mut ()).unwrap();
    let mut texts = docket::findings::kept::Texts::default();
    let all: Vec<_> = looked.findings().iter().collect();
    all.iter()
        .map(|finding| looked.verdict(&review.session, finding, &mut texts))
        .collect()
}

#[test]
fn the_list_shows_what_is_pointed_at_where_and_why() {
    let desk = ward();
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut review = at(&desk, size, "", "gF");
        let name = format!("findings_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, review.screen());
        assert!(review.draw().is_empty(), "nothing is drawn at rest");
        assert_eq!(
            review.marked(),
            [
                "943 476 5919",
                "07700 900456",
                "dana@example.org",
                "07700 900 456"
            ]
        );
    }
    let review = at(&desk, (80, 24), "linear = true", "gF");
    insta::assert_snapshot!("findings_linear_80x24", review.screen());
    let small = at(&desk, (20, 5), "", "gF");
    assert!(!small.screen().is_empty());
}

#[test]
fn each_act_is_one_key_and_can_be_taken_back() {
    let desk = ward();
    let (yes, no) = (Some(Verdict::Confirmed), Some(Verdict::Dismissed));
    let mut review = at(&desk, (80, 24), "", "gF");
    // Confirmed, and on to the next that is open; what was said is seen beside it.
    review.press("a");
    assert_eq!(verdicts(&review), [yes, None, None, None]);
    assert!(
        review.screen().contains("943 476 5919  confirmed"),
        "{}",
        review.screen()
    );
    assert!(
        review.current_row().contains("07700 900456"),
        "{}",
        review.current_row()
    );
    // The value is dismissed wherever it stands, in whatever spelling.
    review.press("D");
    assert_eq!(verdicts(&review), [yes, no, None, no]);
    assert!(
        review.current_row().contains("dana@example.org"),
        "{}",
        review.current_row()
    );
    review.press("d");
    assert_eq!(verdicts(&review), [yes, no, no, no]);
    // Taken back for one, of which it was said; undo takes back that, and then the rest.
    review.press("kk");
    assert!(
        review.current_row().contains("07700 900456"),
        "{}",
        review.current_row()
    );
    review.press("x");
    assert_eq!(verdicts(&review), [yes, None, no, None]);
    review.press("u");
    assert_eq!(verdicts(&review), [yes, no, no, no]);
    review.press("uuu");
    assert_eq!(verdicts(&review), [None; 4]);
    assert!(
        !review.screen().contains("5919  confirmed"),
        "{}",
        review.screen()
    );
    review.press("<C-r>");
    assert_eq!(verdicts(&review), [yes, None, None, None]);
}

#[test]
fn a_finding_is_masked_and_flagged_from_the_list() {
    let desk = ward();
    let mut review = at(&desk, (80, 24), "", "gF");
    review.press("#");
    assert!(review.app.ask.is_some(), "it asks why");
    review.press("<Enter>");
    let masks = |review: &Review| {
        let masks = review.session.masks();
        masks
            .iter()
            .map(|(number, of)| (number.0, of.all().count()))
            .collect::<Vec<_>>()
    };
    assert_eq!(masks(&review), [(1, 1)]);
    assert!(
        review.screen().contains("943 476 5919  masked"),
        "{}",
        review.screen()
    );
    // The same reason at once for the next.
    review.press("j.");
    assert_eq!(masks(&review), [(1, 1), (3, 1)]);
    review.press("t");
    assert_eq!(
        review.session.marks().flags(MessageNumber(3)),
        [Flag::ThirdParty]
    );
    assert!(
        review.screen().contains("masked, flagged"),
        "{}",
        review.screen()
    );
    review.press("t");
    assert!(review.session.marks().flags(MessageNumber(3)).is_empty());
    // The flag on and off, and two masks.
    review.press("uuuu");
    assert!(masks(&review).is_empty());
}

#[test]
fn what_is_listed_is_chosen_and_the_place_is_kept() {
    let desk = ward();
    let mut review = at(&desk, (80, 24), "", "gFjj");
    assert!(
        review.current_row().contains("dana@example.org"),
        "{}",
        review.current_row()
    );
    // A later session stops where this one did, once it looks for findings.
    let place = review.app.place();
    let mut later = Review::with(&desk.session, (80, 24), true, &place);
    later.begin();
    assert_eq!(later.app.view, View::Findings, "it opens where it was left");
    assert_eq!(
        later.app.findings.window.cursor, 1,
        "the first of its message"
    );
    later.press("gtgF");
    assert_eq!(later.app.findings.window.cursor, 1);
    // Into the thread and back.
    review.press("<Enter>");
    assert_eq!(review.app.view, View::Messages);
    assert_eq!(review.app.current_message(), Some(MessageNumber(3)));
    review.press("q");
    assert_eq!(review.app.view, View::Findings);
    assert!(
        review.current_row().contains("dana@example.org"),
        "{}",
        review.current_row()
    );
    review.press("d");
    for (key, header) in [
        ("s", "0 confirmed of 4"),
        ("s", "1 dismissed of 4"),
        ("s", "all of 4"),
        ("s", "3 open of 4"),
    ] {
        review.press(key);
        assert!(
            review.screen().contains(header),
            "{header}: {}",
            review.screen()
        );
    }
    // What is not listed has no keys that act on it.
    review.press("s");
    let footer = review.screen().lines().last().unwrap().to_owned();
    assert!(
        footer.contains("others") && !footer.contains("confirm"),
        "{footer}"
    );
}

/// The rows of a screen with a finding's mark.
fn marked_rows(review: &Review) -> Vec<String> {
    let rows = review.rows();
    rows.into_iter().filter(|row| row.contains("·^")).collect()
}

#[test]
fn what_was_found_before_is_marked_unasked_and_nothing_is_looked_for() {
    let desk = ward();
    let review = at(&desk, (80, 24), "", "gt<Enter>");
    assert!(marked_rows(&review).is_empty());
    assert!(
        desk.session.findings_kept().unwrap().is_none(),
        "nobody asked"
    );
    // Found by a command, or by another session, before this one began.
    desk.session.findings(&mut ()).unwrap();
    let mut review = at(&desk, (80, 24), "", "gt<Enter>");
    assert_eq!(marked_rows(&review).len(), 3, "{}", review.screen());
    review.press("gg^");
    assert_eq!(review.app.current_message(), Some(MessageNumber(1)));
    // What is said of them here, and taken back, is seen at once in the list.
    review.press("gFdgt<Enter>");
    assert_eq!(marked_rows(&review).len(), 2, "{}", review.screen());
    review.press("u");
    assert_eq!(marked_rows(&review).len(), 3, "{}", review.screen());
}

#[test]
fn the_start_screen_tells_of_findings_and_looks_for_none() {
    let desk = ward();
    let mut review = at(&desk, (80, 24), "", "gh");
    let says = |review: &Review, words: &str| {
        assert!(
            review.screen().contains(words),
            "{words}: {}",
            review.screen()
        );
    };
    says(
        &review,
        "7  that nobody has looked through for findings; gF looks",
    );
    assert!(desk.session.findings_kept().unwrap().is_none());
    // The line leads to them, and each list is a way with a place of its own.
    let to_line = |review: &mut Review, words: &str| {
        for _ in 0..20 {
            if review.current_row().contains(words) {
                return;
            }
            review.press("j");
        }
        panic!("no line has {words}: {}", review.screen());
    };
    to_line(&mut review, "nobody has looked");
    review.press("<Enter>");
    assert_eq!(review.app.view, View::Findings);
    review.press("jda");
    review.press("ssjgh");
    says(&review, "2  with a finding that is open");
    says(&review, "findings 1 of 1, 1 undecided  dismissed");
    to_line(&mut review, "with a finding that is open");
    review.press("<Enter>");
    says(&review, "2 open of 4");
}

#[test]
fn the_details_tell_who_could_read_it() {
    let desk = ward();
    desk.session.findings(&mut ()).unwrap();
    let review = at(&desk, (120, 40), "", "gt<Enter>ggji");
    let screen = review.screen();
    assert!(screen.contains("could read"), "{screen}");
    let row = screen.lines().find(|row| row.contains("could read"));
    assert!(row.unwrap().contains("Priya Shah"), "{screen}");
    let plain = at(&desk, (120, 40), "", "gt<Enter>ggi");
    assert!(!plain.screen().contains("could read"), "{}", plain.screen());
}

#[test]
fn messages_with_open_findings_are_marked_and_gone_to() {
    let desk = ward();
    let mut review = at(&desk, (80, 24), "", "gt<Enter>gg^");
    assert!(
        review.status().contains("looking for findings"),
        "{}",
        review.status()
    );
    review.press("^");
    assert_eq!(review.app.current_message(), Some(MessageNumber(1)));
    assert!(
        review.current_row().starts_with("> ·^09:01"),
        "{}",
        review.current_row()
    );
    review.press("^^");
    assert_eq!(review.app.current_message(), Some(MessageNumber(5)));
    review.press("^");
    assert_eq!(
        review.app.current_message(),
        Some(MessageNumber(1)),
        "the first again"
    );
}

#[test]
fn the_flag_that_fits_is_put_on_and_none_where_none_does() {
    let chat = "\
25/03/2021, 09:00 - Priya Shah: That paper is marked SECRET
25/03/2021, 09:01 - Tom Reed: please delete the chat
";
    let desk = desk(&[("WhatsApp Chat with Desk.txt", chat.to_owned())]);
    let mut review = at(&desk, (80, 24), "", "gFt");
    let flags = |review: &Review, number| review.session.marks().flags(MessageNumber(number));
    assert_eq!(flags(&review, 0), [Flag::Classified], "{}", review.screen());
    review.press("Gt");
    assert!(flags(&review, 1).is_empty());
    assert!(
        review.status().contains("no flag is made for it"),
        "{}",
        review.screen()
    );
}
