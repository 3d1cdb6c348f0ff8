//! Rules on the screen: kept from a search, listed, run with the confirming key, proposed again.

use super::{Review, chat, two_chats};
use docket::case::ImportOptions;
use docket::model::Decision;
use docket::tui::event::{Done, Event};

#[test]
fn a_search_is_kept_as_a_rule_and_run() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/lunch<Enter>");
    // One of them is decided by hand: it is the exception.
    review.press("ggp");
    review.press("Ko Lunch; they talk business<Enter>");
    assert!(
        review.status().contains("rule 1 added: Lunch: saved"),
        "{}",
        review.screen()
    );
    review.press("gR");
    for (width, height) in [(80, 24), (200, 50), (20, 5)] {
        let mut review = Review::start(&desk, width, height);
        review.press("gR");
        insta::assert_snapshot!(format!("rules_{width}x{height}"), review.screen());
    }
    assert!(
        review
            .screen()
            .contains("would decide 99, keeps 1 exception"),
        "{}",
        review.screen()
    );
    review.press("a");
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("n");
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("ay");
    assert_eq!(
        review.decisions(Decision::Official),
        99,
        "{}",
        review.screen()
    );
    assert_eq!(review.decisions(Decision::Personal), 1);
    review.press("<Enter>");
    assert!(review.screen().contains("Lunch?"), "{}", review.screen());
    review.press("uu");
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("gR");
    assert!(
        review.screen().contains("no rules yet"),
        "{}",
        review.screen()
    );
}

#[test]
fn after_an_import_the_status_says_what_a_rule_would_decide() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/lunch<Enter>Ko Lunch<Enter>gt");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("WhatsApp Chat with Canteen.txt");
    std::fs::write(
        &path,
        chat(&["Ann Reviewer", "Cook"], &["Lunch at one"], 41),
    )
    .unwrap();
    let session = &desk.session;
    let reports =
        session
            .case()
            .import(&[path], &ImportOptions::default(), session.actor(), &mut ());
    session.refresh().unwrap();
    let done = Done::Imported(reports.map_err(|e| e.to_string()));
    review.happen(Event::Done(Box::new(done)));
    assert!(
        review
            .status()
            .contains("rule 1 would decide 41 new messages: gR"),
        "{}",
        review.screen()
    );
    assert_eq!(review.decisions(Decision::Official), 0);
}
