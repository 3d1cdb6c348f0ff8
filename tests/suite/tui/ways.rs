//! Ways through a case: the palette, the timeline, the day across threads, jumps, bookmarks and
//! samples.

use super::{Desk, Review, chat, desk, two_chats};
use docket::model::Decision;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

/// Two chats over a year, with months and days in which nothing was sent.
fn a_year() -> Desk {
    let line = |day: &str, hour: u32, who: &str, text: &str| {
        format!("{day}, {hour:02}:00 - {who}: {text}\n")
    };
    let days = [
        ("25/11/2020", 9),
        ("26/11/2020", 2),
        ("30/11/2020", 14),
        ("03/02/2021", 5),
        ("04/02/2021", 1),
        ("19/10/2021", 3),
    ];
    let mut kits = String::new();
    for (day, count) in days {
        for n in 0..count {
            let who = ["Priya Shah", "Ann Reviewer"][n as usize % 2];
            kits += &line(day, 8 + n % 12, who, "the test kits are on their way");
        }
    }
    let home = line("26/11/2020", 12, "Mum", "lunch on Sunday?")
        + &line("26/11/2020", 13, "Ann Reviewer", "yes")
        + &line("04/02/2021", 7, "Mum", "snow here");
    desk(&[
        ("WhatsApp Chat with Test Kits.txt", kits),
        ("WhatsApp Chat with Mum.txt", home),
    ])
}

fn pictures(name: &str, desk: &Desk, keys: &str) {
    for (width, height) in SIZES {
        let mut review = Review::start(desk, width, height);
        review.press(keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
    }
}

#[test]
fn the_palette() {
    let desk = two_chats();
    pictures("palette", &desk, ":next un");
    pictures("palette_typed", &desk, "<Enter>:12 undeci<Down>");
}

#[test]
fn the_palette_does_what_a_key_does_and_says_why_not() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press(":official<Enter>");
    assert!(
        review.status().contains("official works only in: messages"),
        "{}",
        review.screen()
    );
    review.press(":open<Enter>gg:3 personal<Enter>");
    assert_eq!(
        review.decisions(Decision::Personal),
        3,
        "{}",
        review.screen()
    );
    review.press(":undo<Enter>");
    assert_eq!(review.decisions(Decision::Personal), 0);
    review.press(":7<Enter>");
    assert!(review.status().contains(" 7 of "), "{}", review.status());
    // What was used last stands first, also in the next review.
    review.press(":");
    assert_eq!(first_name(&review), "undo");
    review.press("<Esc>Q");
    let mut again = Review::with(&desk.session, (80, 24), true, &review.place);
    again.press(":");
    assert_eq!(first_name(&again), "undo");
    again.press("no such thing<Enter>");
    assert!(again.status().contains("no action has that name"));
}

/// The name in the first row of the palette's list.
fn first_name(review: &Review) -> String {
    let row: String = review.rows()[1].chars().skip(15).take(20).collect();
    row.trim().to_owned()
}

#[test]
fn the_timeline() {
    let desk = a_year();
    let mut review = Review::start(&desk, 80, 24);
    review.press("j<Enter>gg20oq");
    review.press("k<Enter>ggpq");
    pictures("timeline_months", &desk, "gcgg");
    pictures("timeline_days", &desk, "gcggz");
    pictures("timeline_thread", &desk, "/mum<Esc>gcaz");
}

#[test]
fn a_bar_opens_its_days_and_a_day_its_messages() {
    let desk = a_year();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gcgg<Enter>j<Enter>");
    assert!(
        review.screen().contains("Thursday 26 November 2020"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains(" 1 of 4"), "{}", review.screen());
    assert!(review.screen().contains("lunch on Sunday?"));
    // Decided there, counted on the way back; a whole day is a search for it.
    review.press("*py");
    assert_eq!(review.decisions(Decision::Personal), 4);
    review.press("<Esc>");
    assert!(
        review.screen().contains("2020-11-26 Thu     4       done"),
        "{}",
        review.screen()
    );
    review.press("gl");
    assert!(
        review.screen().contains("on:2020-11-26"),
        "{}",
        review.screen()
    );
    review.press("<Esc>u");
    assert!(
        review.screen().contains("4     4 left"),
        "{}",
        review.screen()
    );
    // Over the gap to the next day with messages, and no further than the last.
    review.press("<Enter>}");
    assert!(review.screen().contains("Monday 30 November 2020"));
    review.press("9}");
    assert!(review.screen().contains("Tuesday 19 October 2021"));
    review.press("}");
    assert!(review.status().contains("this is the last day"));
}

#[test]
fn the_day_of_a_message_over_all_threads_and_back() {
    let desk = a_year();
    pictures("day", &desk, "/lunch<Enter><Enter>ga");
    let mut review = Review::start(&desk, 80, 24);
    review.press("/lunch<Enter><Enter>ga");
    assert!(review.status().contains(" 3 of 4"), "{}", review.status());
    review.press("<Enter>");
    assert!(review.screen().contains("snow here"), "{}", review.screen());
    review.press("<Esc><Esc>");
    assert!(review.screen().contains("Mum"), "{}", review.screen());
}

#[test]
fn the_timeline_of_a_thread_leads_into_it() {
    let desk = a_year();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/lunch<Enter><Enter>gcz");
    assert!(
        review.screen().contains("Mum  by day, 3 messages"),
        "{}",
        review.screen()
    );
    review.press("G<Enter>");
    assert!(review.status().contains(" 3 of 3"), "{}", review.screen());
    review.press("<Esc>a");
    assert!(
        review.screen().contains("all threads  by day, 37 messages"),
        "{}",
        review.screen()
    );
}

#[test]
fn an_empty_case_has_an_empty_timeline() {
    let desk = desk(&[]);
    let mut review = Review::start(&desk, 40, 8);
    review.press("gczajG<Enter>:<Enter>ga");
    let desk = super::desk(&[("WhatsApp Chat with A.txt", chat(&["Ann"], &["one"], 3))]);
    let mut review = Review::start(&desk, 40, 8);
    review.press("gc<Enter><Enter>");
    assert!(review.status().contains("1 of 3"), "{}", review.screen());
}

#[test]
fn jumps_go_back_and_forward_again() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>gg");
    let at = |review: &Review, place: &str| {
        assert!(
            review.status().contains(place),
            "{place}: {}",
            review.screen()
        );
    };
    // From the first to the last, and into the other thread.
    review.press("3j");
    at(&review, " 4 of 400");
    review.press("G");
    at(&review, "400 of 400");
    review.press("]");
    at(&review, " of 60");
    review.press("<C-o>");
    at(&review, "400 of 400");
    review.press("<C-o>");
    at(&review, " 4 of 400");
    review.press("2<C-n>");
    at(&review, " of 60");
    review.press("<C-n>");
    at(&review, "no jump after this one");
    review.press("2<C-o>");
    at(&review, " 4 of 400");
    // A jump from here forgets the way forward.
    review.press("G<C-n>");
    at(&review, "no jump after this one");
    review.press("<C-o>");
    at(&review, " 4 of 400");
    // Moving by lines is no jump.
    review.press("jjj9<C-o>");
    assert!(
        review.screen().contains("search: the order"),
        "{}",
        review.screen()
    );
    review.press("<C-o>");
    at(&review, "no jump before this one");
}

#[test]
fn bookmarks_are_the_reviewers_own_and_stay() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gk");
    assert!(review.status().contains("nothing is bookmarked"));
    let entries = desk.session.case().ledger().entries(1).unwrap().len();
    review.press("/the order<Enter><Enter>ggb9jb]ggb");
    assert_eq!(review.place.bookmarks.len(), 3);
    review.press("G'");
    assert!(review.status().contains(" 1 of 60"), "{}", review.screen());
    review.press("gk");
    assert!(review.status().contains("of 3"), "{}", review.screen());
    assert!(
        review.rows().iter().any(|row| row.starts_with(" '·")),
        "{}",
        review.screen()
    );
    review.press("Q");
    assert_eq!(
        desk.session.case().ledger().entries(1).unwrap().len(),
        entries,
        "the ledger knows nothing of them"
    );
    for (width, height) in SIZES {
        let mut again = Review::with(&desk.session, (width, height), true, &review.place);
        again.press("gkj");
        insta::assert_snapshot!(format!("bookmarks_{width}x{height}"), again.screen());
    }
    let mut again = Review::with(&desk.session, (80, 24), true, &review.place);
    again.press("gkbq");
    assert_eq!(again.place.bookmarks.len(), 2);
}

#[test]
fn a_sample_is_looked_at_and_then_tells_its_share() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter>*oy");
    assert_eq!(review.decisions(Decision::Official), 100);
    review.press("gn<C-u>20 seed=7 is:official<Enter>");
    assert!(
        review
            .screen()
            .contains("sample: 20 of 100 (is:official), seed 7"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains(" 1 of 20"));
    // One is decided otherwise, one as before; both lead on to the next.
    review.press("po");
    assert!(review.status().contains(" 3 of 20"), "{}", review.screen());
    assert!(
        review.screen().contains("2 looked at"),
        "{}",
        review.screen()
    );
    assert!(
        !review.screen().contains("otherwise"),
        "told when all is looked at"
    );
    // Away, out of docket, and on where it was left.
    review.press("Q");
    let mut again = Review::with(&desk.session, (120, 40), true, &review.place);
    again.press("gn");
    assert!(again.status().contains(" 3 of 20"), "{}", again.screen());
    again.press(&"o".repeat(17));
    assert!(
        again.screen().contains("19 looked at"),
        "{}",
        again.screen()
    );
    // To go on from the last is to have looked at it.
    again.press("j");
    assert!(
        again.status().contains("1 of 20 decided otherwise"),
        "{}",
        again.screen()
    );
    assert!(
        again
            .screen()
            .contains("1 of 20 decided otherwise, 5.0% (95%: 0.9% to 23.6%)"),
        "{}",
        again.screen()
    );
    again.press("Q");
    for (width, height) in SIZES {
        let mut done = Review::with(&desk.session, (width, height), true, &again.place);
        done.press("gn");
        insta::assert_snapshot!(format!("sample_{width}x{height}"), done.screen());
    }
    // In the sample, the key asks for another.
    again.press("gn<C-u>5 nothing like it<Enter>");
    assert!(
        again.status().contains("nothing to draw from"),
        "{}",
        again.screen()
    );
    again.press("gn<C-u>many<Enter>");
    assert!(
        again.status().contains("first how many"),
        "{}",
        again.screen()
    );
}

#[test]
fn nothing_is_copied_and_no_mouse_is_taken_unless_asked_for() {
    let desk = desk(&[(
        "WhatsApp Chat with A.txt",
        chat(&["Ann"], &["red \u{1b}[31m \u{202e}txt"], 9),
    )]);
    let mut review = Review::start(&desk, 80, 24);
    let wire = |frames: Vec<Vec<u8>>| String::from_utf8(frames.concat()).unwrap();
    let sent = wire(review.press("<Enter>ggY"));
    assert!(
        !sent.contains("]52;") && !sent.contains("?1000"),
        "{sent:?}"
    );
    assert!(review.status().contains("copying is off: zc allows it"));
    let sent = wire(review.press("zcY"));
    let code = sent.split("\x1b]52;c;").nth(1).unwrap();
    let code = code.split('\x1b').next().unwrap();
    // What is copied went through the escaping door: no ESC (Gw, sb, Eb ...) and no U+202E in it.
    let shown = docket::text::Shown::block("red \u{1b}[31m \u{202e}txt");
    assert!(!shown.as_str().contains(['\u{1b}', '\u{202e}']));
    assert_eq!(code.len(), shown.as_str().len().div_ceil(3) * 4);
    assert!(
        wire(review.press("zcY")).find("]52;").is_none(),
        "off again"
    );
    let on = wire(review.press("<F2>"));
    assert!(on.contains("\x1b[?1000h\x1b[?1006h"), "{on:?}");
    review.happen(docket::tui::event::Event::Wheel(true));
    review.happen(docket::tui::event::Event::Wheel(false));
    let off = wire(review.press("<F2>"));
    assert!(off.contains("\x1b[?1006l\x1b[?1000l"), "{off:?}");
}
