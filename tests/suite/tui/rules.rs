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
fn a_rule_is_changed_moved_and_removed_by_keys() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    // A thread, a filter in it, and a search can be kept.
    review.press("Ko Kits; business<Enter>");
    assert!(review.status().contains("rule 1 added: Kits"));
    review.press("/lunch<Enter>ggpKp Lunch<Enter>");
    review.press("gR");
    let queries = |review: &Review| -> Vec<(u32, String)> {
        let rules = review.session.rules();
        rules
            .all()
            .map(|(n, text)| (n.0, text.query.clone()))
            .collect()
    };
    let said = queries(&review);
    assert_eq!(said[0].1, "in:\"Test Kits\"");
    assert_eq!(said[1], (2, "lunch*".to_owned()));
    assert!(
        review
            .screen()
            .contains("because: business: other government business")
    );
    // The second goes first, and back.
    review.press("GK");
    assert_eq!(queries(&review)[0].0, 2, "{}", review.screen());
    assert!(review.current_row().contains("Lunch"));
    review.press("K");
    assert!(review.status().contains("it stands there already"));
    review.press("J");
    assert_eq!(queries(&review)[0].0, 1);
    // Its search first, then the rest; each is typed over what it was.
    review.press("e");
    assert!(
        review.screen().contains("its search: lunch*"),
        "{}",
        review.screen()
    );
    review.press(" from:ann<Enter>");
    assert!(
        review.screen().contains("rule: personal Lunch"),
        "{}",
        review.screen()
    );
    review.press("<C-u>m Meals; both<Enter>");
    assert!(
        review.screen().contains("lunch* from:ann are mixed"),
        "{}",
        review.screen()
    );
    assert!(review.status().contains("rule 2 changed: Meals: saved"));
    // Its exceptions, and nothing else.
    review.press("x");
    assert_eq!(
        review.app.current_reading().map(|r| r.len()),
        Some(1),
        "{}",
        review.screen()
    );
    review.press("gRG");
    // What it decided stays; what it says comes back.
    review.press("ayD");
    assert_eq!(queries(&review).len(), 1);
    assert!(review.decisions(Decision::Mixed) > 0);
    review.press("u");
    assert_eq!(queries(&review).len(), 2);
    // A search that is none changes nothing.
    review.press("Ge<C-u>(lunch<Enter>");
    assert!(
        review.status().contains("no query: "),
        "{}",
        review.screen()
    );
    assert_eq!(queries(&review)[1].1, "lunch* from:ann");
}

#[test]
fn at_the_start_it_is_told_what_a_rule_would_decide_of_what_came_since() {
    let desk = two_chats();
    Review::start(&desk, 80, 24).press("/lunch<Enter>Ko Lunch<Enter>");
    // Nothing came since: nothing is told.
    let review = Review::start(&desk, 80, 24);
    assert!(!review.screen().contains("rule"), "{}", review.screen());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("WhatsApp Chat with Canteen.txt");
    std::fs::write(
        &path,
        chat(&["Ann Reviewer", "Cook"], &["Lunch at one"], 41),
    )
    .unwrap();
    let session = &desk.session;
    let given = [path];
    let loaded = session
        .case()
        .import(&given, &ImportOptions::default(), session.actor(), &mut ());
    loaded.unwrap();
    session.refresh().unwrap();
    let mut review = Review::start(&desk, 80, 24);
    assert!(
        review
            .status()
            .contains("rule 1 would decide 41 new messages: gR"),
        "{}",
        review.screen()
    );
    review.press("j");
    assert!(review.screen().contains("rules: gR"), "{}", review.screen());
    assert_eq!(review.decisions(Decision::Official), 0);
    review.press("gRay<Esc>");
    assert_eq!(review.decisions(Decision::Official), 141);
    assert!(
        !review.screen().contains("rules: gR"),
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
