//! What a message is judged beside: neighbours, who was there, the same person elsewhere.

use crate::suite::tui::{Review, desk};
use docket::case::Case;
use docket::case::ledger::{Actor, Known};
use docket::model::MessageNumber;
use docket::people::membership::{Basis, Change};
use docket::review::Session;
use std::path::Path;
use std::process::Command;

const GROUP: &str = "\
27/03/2021, 08:00 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.
27/03/2021, 08:00 - Ada Example created group \"Quay works\"
27/03/2021, 08:01 - Ada Example added Carol Danvers
27/03/2021, 09:00 - Carol Danvers: shall we put the quay to tender
27/03/2021, 09:05 - Ada Example: yes, on Monday
27/03/2021, 09:06 - Ada Example: I told the minister
27/03/2021, 09:07 - Carol Danvers: good
27/03/2021, 09:20 - Carol Danvers left
27/03/2021, 11:30 - Ann Lee: what did I miss
28/03/2021, 09:00 - Ada Example added Nobody Known
28/03/2021, 09:05 - Ann Lee: later
";

const OTHER: &str = "\
27/03/2021, 07:59 - Ada Example: too early
27/03/2021, 08:30 - Ada Example: the minister wants the quay
27/03/2021, 09:30 - Grandma: and dinner?
27/03/2021, 10:06 - Ada Example: at eight
27/03/2021, 10:07 - Ada Example: too late
";

fn exports() -> [(&'static str, String); 2] {
    [
        ("WhatsApp Chat with Quay works.txt", GROUP.to_owned()),
        ("WhatsApp Chat with Grandma.txt", OTHER.to_owned()),
    ]
}

fn number(session: &Session, text: &str) -> MessageNumber {
    let store = session.store();
    let mut all = (0..store.len()).map(MessageNumber);
    all.find(|number| store.text(*number).unwrap().contains(text))
        .unwrap()
}

#[test]
fn neighbours_members_and_the_same_hour_elsewhere_are_found() {
    let desk = desk(&exports());
    let session = &desk.session;
    let at = |text: &str| number(session, text);
    let told = at("told the minister");
    let context = session.context(told).unwrap();
    assert_eq!(context.before, [at("put the quay"), at("on Monday")]);
    assert_eq!(context.after[0], at("good"));
    // Within an hour, both ends of it, in other threads, and nobody else's.
    assert_eq!(context.elsewhere, [at("minister wants"), at("at eight")]);
    assert!(!context.is_cut);
    let store = session.store();
    let there = |text: &str| -> Vec<(String, Basis)> {
        let context = session.context(at(text)).unwrap();
        let name = |id| store.participant(id).unwrap().name.clone();
        let present = context.present.into_iter();
        present
            .map(|one| (name(one.participant), one.basis))
            .collect()
    };
    let made = Basis::Line(Change::Created, at("created group"));
    let added = Basis::Line(Change::Added, at("added Carol"));
    let ann = |basis| ("Ann Lee".to_owned(), basis);
    assert_eq!(
        there("told the minister"),
        [
            ("Ada Example".to_owned(), made),
            ("Carol Danvers".to_owned(), added),
            ann(Basis::WroteLater(at("what did I miss")))
        ]
    );
    // She left before that; Ann is there, as she writes.
    assert_eq!(
        there("what did I miss"),
        [
            ("Ada Example".to_owned(), made),
            ann(Basis::Wrote(at("what did I miss")))
        ]
    );
    // Whom no message names cannot be told from the words around.
    assert_eq!(session.context(told).unwrap().unknown, (0, None));
    let later = session.context(at("later")).unwrap();
    assert_eq!(later.unknown, (1, Some(at("added Nobody"))));
    assert!(later.tells_of_members);
    // A chat without such lines says so.
    assert!(!session.context(at("dinner")).unwrap().tells_of_members);
    assert_eq!(session.context(MessageNumber(9_999)), None);
}

#[test]
fn the_details_name_what_is_beside_a_message_and_a_key_goes_there_and_back() {
    let desk = desk(&exports());
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut review = Review::start(&desk, width, height);
        review.press("/told<Enter>i");
        insta::assert_snapshot!(format!("context_{width}x{height}"), review.screen());
    }
    let mut review = Review::start(&desk, 80, 24);
    review.press("/told<Enter>e");
    assert!(review.status().contains("i shows the details first"));
    review.press("i");
    let screen = review.screen();
    assert!(
        screen.contains("[1] undecided; 09:00 Carol Danvers: shall we"),
        "{screen}"
    );
    // To the message before, in its thread, and back to the hit.
    review.press("2e");
    assert!(review.current_row().contains("on Monday"));
    review.press("<C-o>");
    assert!(
        review.current_row().contains("told the minister"),
        "{}",
        review.screen()
    );
    // In the thread, to another thread and back.
    review.press("<Enter>");
    review.happen(docket::tui::event::Event::Rest);
    review.press("5e");
    assert!(
        review.current_row().contains("minister wants"),
        "{}",
        review.screen()
    );
    review.press("<C-o>");
    assert!(
        review.current_row().contains("told the minister"),
        "{}",
        review.screen()
    );
    review.happen(docket::tui::event::Event::Rest);
    review.press("40e");
    assert!(
        review.status().contains("name no message [40]"),
        "{}",
        review.screen()
    );
}

#[test]
fn docket_show_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in exports() {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("DOCKET_CASE", folder.path().join("case"))
            .env("DOCKET_REVIEWER", "Ann")
            .output()
            .unwrap();
        let code = done.status.code().unwrap();
        (code, String::from_utf8(done.stdout).unwrap())
    };
    for (name, _) in exports() {
        assert_eq!(run(&["import", name]).0, 0);
    }
    assert_eq!(run(&["tag", "--yes", "official", "told"]).0, 0);
    let session = open(&folder.path().join("case"));
    let told = number(&session, "told the minister");
    let context = session.context(told).unwrap();
    drop(session);
    let (code, text) = run(&["show", &told.to_string()]);
    assert_eq!(code, 0, "{text}");
    for words in [
        "shall we put the quay",
        "Carol Danvers: added, message",
        "perhaps not yet: Ann Lee: first wrote later",
        "the same person elsewhere within an hour:",
        "decided: official on 1 message",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let (_, json) = run(&["show", &told.to_string(), "--json"]);
    let rows: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers = |list: &[MessageNumber]| -> Vec<u32> { list.iter().map(|n| n.0).collect() };
    assert_eq!(
        rows[0]["before"],
        serde_json::json!(numbers(&context.before))
    );
    assert_eq!(
        rows[0]["elsewhere"],
        serde_json::json!(numbers(&context.elsewhere))
    );
    assert_eq!(rows[0]["history"][0]["reviewer"], "Ann");
    assert_eq!(rows.len(), 1 + 1 + 2 + context.after.len() + 2);
    assert_eq!(run(&["show", "99999"]).0, 2);
}

fn open(case: &Path) -> Session {
    let actor = Actor {
        name: "Ann".into(),
        how: Known::Given,
    };
    Session::open(Case::open_or_create(case).unwrap(), actor).unwrap()
}
