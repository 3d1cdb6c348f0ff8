//! Who the custodian is, asked once; whose a single export is; and which threads the table lists.

use super::{Desk, Review, chat, desk, two_chats};
use docket::review::whose::Known;

/// Chats of one phone, each with another person, and one of somebody else's phone.
fn phones() -> Desk {
    let with = |other: &str| chat(&["Ann Reviewer", other], &["one", "two"], 4);
    let exports: Vec<(String, String)> = ["Bo Ek", "Cy Dow", "Di Eve", "Em Fox", "Flo Gil"]
        .iter()
        .map(|other| (format!("WhatsApp Chat with {other}.txt"), with(other)))
        .chain([(
            "WhatsApp Chat with Zed.txt".to_owned(),
            chat(&["Hal Orr", "Zed"], &["three", "four"], 4),
        )])
        .collect();
    let exports: Vec<(&str, String)> = exports
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    desk(&exports)
}

#[test]
fn the_custodian_is_asked_once_and_holds_for_all_exports() {
    let desk = phones();
    let whose = desk.session.whose();
    assert_eq!((whose.told().len(), whose.open().len()), (0, 6));
    let first = whose.candidates.first().unwrap();
    assert_eq!(first.name, "Ann Reviewer");
    assert!(
        first.reason.contains("writes in 5 of the 6 exports")
            && first.reason.contains("likely the owner of 5"),
        "{}",
        first.reason
    );

    let mut review = Review::start(&desk, 80, 24);
    review.press("gf<Down><Down><Down><Down>");
    let screen = review.screen();
    assert!(
        screen.contains("perhaps Ann Reviewer: writes in 5"),
        "{screen}"
    );
    assert!(screen.contains("6 not known"), "{screen}");
    assert_eq!(
        desk.session.whose().open().len(),
        6,
        "nothing is said by itself"
    );
    review.press("ann<Enter>");
    let whose = desk.session.whose();
    assert_eq!(whose.open().len(), 1);
    assert_eq!(whose.said()["Ann Reviewer"].len(), 5);

    // What was said is shown, and can be taken back.
    review.press("gf<Down><Down><Down><Down>");
    assert!(review.screen().contains("> Me          Ann Reviewer"));
    review.press("<Left><Enter>");
    assert_eq!(desk.session.whose().open().len(), 6);
}

#[test]
fn an_export_can_be_another_persons() {
    let desk = phones();
    let mut review = Review::start(&desk, 80, 24);
    review.press("gs");
    assert!(
        review.screen().contains("likely Ann Reviewer"),
        "{}",
        review.screen()
    );
    review.press("G");
    review.press("w");
    assert!(
        review.screen().contains("Whose export is this?"),
        "{}",
        review.screen()
    );
    review.press("hal<Enter>");
    let whose = desk.session.whose();
    assert_eq!(whose.open().len(), 5);
    let last = whose.exports.last().unwrap();
    assert_eq!(last.known, Known::Said("Hal Orr".into()));
    assert!(
        review.screen().contains("custodian: Hal Orr"),
        "{}",
        review.screen()
    );
}

#[test]
fn the_table_lists_what_is_asked_for() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("ffami");
    assert!(
        !review.screen().contains("Test Kits"),
        "{}",
        review.screen()
    );
    review.press("<Enter>");
    assert!(
        review.status().contains("1 of 1, only: fami"),
        "{}",
        review.status()
    );
    review.press("<Esc>");
    assert!(review.screen().contains("Test Kits") && review.screen().contains("Family"));
    // A channel's name finds its threads; what finds none shows all again.
    review.press("fwhatsapp kits<Enter>");
    assert!(review.status().contains("1 of 1"), "{}", review.status());
    review.press("ffax<Enter>");
    assert!(review.status().contains("of 1") || review.status().contains("no thread"));
    review.press("f<C-u>zzz<Enter>");
    assert!(
        review.status().contains("no thread has these words"),
        "{}",
        review.status()
    );
    assert_eq!(review.app.order.len(), 2);

    // Family stands below by time, and above by what is left once the rest is decided.
    review.press("ggPy");
    review.press("ss");
    assert!(
        review.status().contains("most undecided first"),
        "{}",
        review.status()
    );
    let rows = review.rows();
    let row = |title: &str| rows.iter().position(|row| row.contains(title)).unwrap();
    assert!(row("Family") < row("Test Kits"), "{rows:?}");
    review.press("s");
    let rows = review.rows();
    let row = |title: &str| rows.iter().position(|row| row.contains(title)).unwrap();
    assert!(row("Test Kits") < row("Family"), "{rows:?}");
}
