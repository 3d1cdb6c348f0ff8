//! What a message is judged beside: neighbours, who was there, the same person elsewhere.

use crate::suite::tui::{Desk, Review, chat, desk, session};
use docket::case::Case;
use docket::case::ImportOptions;
use docket::case::ledger::{Actor, Known};
use docket::model::{Decision, MessageNumber, Role};
use docket::people::membership::{Basis, Change};
use docket::review::quality::QualityWanted;
use docket::review::sample::Wanted;
use docket::review::{How, Session, Target};
use docket::tui::details;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

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
        let roster = session.cast().roster;
        let present = context.present.into_iter();
        present
            .map(|one| (one.who.name(&store, &roster), one.basis))
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
    // In a chat of two there are the two.
    let two = ["Ada Example", "Grandma"].map(|name| (name.to_owned(), Basis::OfTwo));
    assert_eq!(there("dinner"), two);
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

/// A case with one of the sample exports.
fn sample(name: &str) -> (tempfile::TempDir, std::sync::Arc<Session>) {
    let folder = tempfile::tempdir().unwrap();
    let session = session(&folder.path().join("case"), "Ann Reviewer");
    let given = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports");
    let (case, options) = (session.case(), ImportOptions::default());
    case.import(&[given.join(name)], &options, session.actor(), &mut ())
        .unwrap();
    session.refresh().unwrap();
    (folder, session)
}

fn present(session: &Session, number: MessageNumber) -> Vec<(String, Basis)> {
    let (store, roster) = (session.store(), session.cast().roster);
    let present = session.context(number).unwrap().present.into_iter();
    present
        .map(|one| (one.who.name(&store, &roster), one.basis))
        .collect()
}

#[test]
fn answers_are_told_both_ways_in_slack_in_mails_and_in_signal() {
    for (name, answer, answered) in [
        (
            "DCR Response Slack export Mar 1 2024 - Mar 31 2024.zip",
            "Welcome. First lorry is yours then",
            "Hello all, Tess from Quillfeather",
        ),
        ("Mails Katharina.zip", "Steht in Rot an de", "mischen!"),
        (
            "signal-export-2024-04-02.zip",
            "Was fine in the end. Said",
            "Ha",
        ),
    ] {
        let (_folder, session) = sample(name);
        let answer = number(&session, answer);
        let context = session.context(answer).unwrap();
        let parent = context.answers.unwrap();
        let store = session.store();
        assert!(store.text(parent).unwrap().contains(answered), "{name}");
        let back = session.context(parent).unwrap();
        assert!(back.answered_by.contains(&answer), "{name}: {back:?}");
    }
}

#[test]
fn who_an_export_lists_is_told_and_that_it_does_not_say_since_when() {
    let (_folder, session) = sample("DCR Response Slack export Mar 1 2024 - Mar 31 2024.zip");
    let there = present(&session, number(&session, "Welcome. First lorry is yours"));
    let basis = |name: &str| there.iter().find(|(one, _)| one == name).map(|(_, it)| *it);
    assert!(matches!(
        basis("Ayesha Kirkbride"),
        Some(Basis::Line(Change::Joined, _))
    ));
    assert!(matches!(basis("Tess Harcourt-Lim"), Some(Basis::Wrote(_))));
    assert_eq!(basis("Rosalind Umarov-Pike"), Some(Basis::Listed));
    let (_folder, session) = sample("facebook-tamsinadeyemihart-2024-04-01-Kx7TqLpA.zip");
    let there = present(&session, number(&session, "for lost cats and facts"));
    let names: Vec<&str> = there.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"Glenys Pritchard"), "{there:?}");
    assert!(
        !names.contains(&"Tamsin Adeyemi-Hart"),
        "she is listed, and was added later: {there:?}"
    );
}

#[test]
fn a_mail_tells_who_was_on_it_and_who_was_not_any_more() {
    let mail = |id: &str, more: &str, text: &str| {
        format!(
            "From - Mon Mar 01 10:00:00 2021\nMessage-ID: <{id}@a.example>\nDate: Mon, 1 Mar 2021 10:0{id}:00 +0000\n{more}Subject: Quay\n\n{text}\n\n"
        )
    };
    let mails = [
        mail(
            "1",
            "From: Ann Lee <ann@a.example>\nTo: Bo Ek <bo@a.example>\nCc: Cy <cy@a.example>\n",
            "the first",
        ),
        mail(
            "2",
            "From: Bo Ek <bo@a.example>\nTo: Ann Lee <ann@home.example>\nBcc: Dora <dora@a.example>\nIn-Reply-To: <1@a.example>\n",
            "the second",
        ),
    ];
    let desk = desk(&[("mails.mbox", mails.concat())]);
    let session = &desk.session;
    let second = number(session, "the second");
    let bo = ("Bo Ek".to_owned(), Basis::Sent);
    let there = present(session, second);
    assert_eq!(there[0], bo);
    let roles: Vec<Basis> = there.iter().map(|(_, basis)| *basis).collect();
    let addressed = [Role::To, Role::Bcc].map(Basis::Addressed);
    assert_eq!(roles, [vec![Basis::Sent], addressed.to_vec()].concat());
    let context = session.context(second).unwrap();
    assert_eq!((context.is_new.len(), context.is_left_out.len()), (2, 2));
    let words = shown(session, second);
    assert!(
        words.contains("not on the one that it answers: Ann Lee"),
        "{words}"
    );
    assert!(
        words.contains("left out since that one: Ann Lee, Cy"),
        "{words}"
    );
    assert!(!words.contains("does not say who came"), "{words}");
}

/// The details of a message as one text.
fn shown(session: &Session, number: MessageNumber) -> String {
    let lines = details::of(session, number).lines;
    let lines = lines
        .iter()
        .map(|(label, words)| format!("{label}: {words}\n"));
    lines.collect()
}

#[test]
fn joined_names_are_one_person_there() {
    let desk = desk(&exports());
    let session = &desk.session;
    let at = number(session, "told the minister");
    let store = session.store();
    let id = |name: &str| {
        store
            .participants()
            .iter()
            .find(|one| one.name == name)
            .unwrap()
            .id
    };
    assert_eq!(present(session, at).len(), 3);
    session.join(&[id("Carol Danvers"), id("Ann Lee")]).unwrap();
    let there = present(session, at);
    assert_eq!(there.len(), 2, "{there:?}");
    assert!(there.iter().all(|(_, basis)| !basis.is_open()));
}

#[test]
fn what_a_blind_sample_hides_is_told_nowhere_until_it_is_decided() {
    let desk: Desk = desk(&[(
        "WhatsApp Chat with Quay.txt",
        chat(&["Ann", "Bo", "Cy"], &["one", "two"], 6),
    )]);
    let case = desk.session.case().layout().root().to_owned();
    let (ann, bo) = (session(&case, "Ann"), session(&case, "Bo"));
    let all = Target::Set((0..6).collect(), None);
    ann.decide(&all, Decision::Personal, How::Bulk, None)
        .unwrap();
    bo.refresh().unwrap();
    assert!(shown(&bo, MessageNumber(2)).contains("personal"));
    let wanted = QualityWanted {
        wanted: Wanted::parse("6 seed=7 is:decided").unwrap(),
        blind: true,
    };
    bo.draw_quality(&wanted, &AtomicBool::new(false)).unwrap();
    let words = shown(&bo, MessageNumber(2));
    assert!(words.contains("decided: hidden until"), "{words}");
    // Neither its own decision, nor that of the neighbours it names.
    assert!(!words.contains("personal"), "{words}");
    assert!(shown(&ann, MessageNumber(2)).contains("personal"));
}
