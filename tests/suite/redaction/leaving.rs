//! What leaves under masks: the closed master, the open copy, and nothing of what is masked.

use super::{redact, set, words};
use crate::suite::tui::{Desk, chat, desk};
use docket::bundle::{self, Block, BundleError, Options, Written};
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber};
use docket::review::{How, Session, Spot, Target};
use std::path::{Path, PathBuf};

/// Six messages on two days: 1 is mixed, 2 is official with an exempt name, 5 is personal.
pub(super) fn mixed() -> Desk {
    let mut text = chat(
        &["Priya Shah", "Tom Reed"],
        &[
            "the quay opens on Monday, minutes to follow",
            "sign the contract; and Nadia Petrov is ill again, ring her on 07700 900461",
            "the complaint is from Leopold Grant, 14 Harbour Row",
        ],
        3,
    );
    for (time, who, said) in [
        ("09:00", "Tom Reed", "the pier is closed until Friday week"),
        ("09:10", "Priya Shah", "thank you, noted for the file"),
        (
            "09:20",
            "Tom Reed",
            "my mother in law comes for supper on Sunday, dreading it",
        ),
    ] {
        text.push_str(&format!("26/03/2021, {time} - {who}: {said}\n"));
    }
    let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
    let session = &desk.session;
    let decide = |target: Target, decision| {
        session.decide(&target, decision, How::Bulk, None).unwrap();
    };
    decide(set(0, 6), Decision::Official);
    decide(set(1, 2), Decision::Mixed);
    decide(set(5, 6), Decision::Personal);
    desk
}

pub(super) fn write(session: &Session, out: &Path) -> Result<Written, BundleError> {
    let plan = bundle::plan(session, &Options::default())?;
    bundle::write(session, &plan, out, &mut ())
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The files of a bag that hold these words, by their names there.
pub(super) fn places(bag: &Path, words: &str) -> Vec<String> {
    let holds = |path: &&PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes).replace("=\r\n", "");
        text.contains(words)
    };
    let all = files(bag);
    let found = all.iter().filter(holds);
    found
        .map(|path| path.strip_prefix(bag).unwrap().display().to_string())
        .collect()
}

#[test]
fn a_mixed_message_leaves_without_its_personal_span_and_an_exemption_makes_an_open_copy() {
    let desk = mixed();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let blocks = bundle::plan(session, &Options::default()).unwrap().blocks;
    let first = MessageNumber(1);
    assert_eq!(blocks, [Block::Mixed { count: 1, first }]);
    // An exemption is not enough: the closed master would have what is personal.
    assert_eq!(
        redact(session, &set(0, 6), &words("Nadia Petrov"), Some("foi-38")),
        1
    );
    let blocks = bundle::plan(session, &Options::default()).unwrap().blocks;
    assert_eq!(blocks, [Block::Mixed { count: 1, first }]);
    session.undo().unwrap();

    let all = Spot::Found(docket::review::Find::regex("and Nadia.*$").unwrap());
    assert_eq!(redact(session, &set(0, 6), &all, Some("personal")), 1);
    assert_eq!(
        redact(
            session,
            &set(0, 6),
            &words("Leopold Grant"),
            Some("foi-40-2")
        ),
        1
    );
    let bag = out.path().join("bag");
    write(session, &bag).unwrap();
    let checks = bundle::verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    for gone in ["Nadia", "07700 900461", "7700900461", "mother in law"] {
        assert_eq!(places(&bag, gone), [""; 0], "{gone}");
    }
    // The exempt name is in the closed master alone; the other day has one record.
    let folder = "data/records/whatsapp/thread-0000";
    assert_eq!(
        places(&bag, "Leopold Grant"),
        [
            "data/records/messages.jsonl".to_owned(),
            format!("{folder}/2021-03-25.eml"),
            format!("{folder}/2021-03-25.html"),
            format!("{folder}/2021-03-25.txt"),
        ]
    );
    let names: Vec<String> = files(&bag.join(folder))
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "2021-03-25.eml",
            "2021-03-25.html",
            "2021-03-25.txt",
            "2021-03-25_R.eml",
            "2021-03-25_R.html",
            "2021-03-25_R.txt",
            "2021-03-26.eml",
            "2021-03-26.html",
            "2021-03-26.txt",
        ]
    );
    let open = std::fs::read_to_string(bag.join(folder).join("2021-03-25_R.txt")).unwrap();
    assert!(open.contains("the complaint is from [redacted: FOI s40(2)], 14 Harbour Row"));
    assert!(
        open.contains("sign the contract; [redacted: personal]"),
        "{open}"
    );
    assert!(open.contains("open copy"), "{open}");
    let table = std::fs::read_to_string(bag.join("redactions.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with(&format!(
        "\"{folder}/2021-03-25.eml\",\"1\",\"text\",\"personal\",\"personal\",\"always\""
    )));
    assert!(rows[1].starts_with(&format!(
        "\"{folder}/2021-03-25_R.eml\",\"2\",\"text\",\"foi-40-2\",\"FOI s40(2)\",\"open\""
    )));

    // The same masks whatever they hide: nothing tells how long it was.
    assert!(!table.contains(&"Leopold Grant".len().to_string()));
    // A second bundle of the same state says the same.
    let again = out.path().join("again");
    write(session, &again).unwrap();
    for path in files(&bag) {
        let name = path.strip_prefix(&bag).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            std::fs::read(again.join(name)).unwrap()
        );
    }
}

#[test]
fn what_is_masked_is_told_wrongly_in_no_bag_that_verifies() {
    let desk = mixed();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let all = Spot::Found(docket::review::Find::regex("and Nadia.*$").unwrap());
    redact(session, &set(0, 6), &all, Some("personal"));
    redact(
        session,
        &set(0, 6),
        &words("Leopold Grant"),
        Some("foi-40-2"),
    );
    let bag = out.path().join("bag");
    write(session, &bag).unwrap();
    let whole = |name: &str| std::fs::read_to_string(bag.join(name)).unwrap();
    let messages = whole("data/records/messages.jsonl");
    let open = whole("data/records/messages_R.jsonl");
    let table = whole("redactions.csv");
    let cases = [
        (
            "data/records/messages.jsonl",
            messages.replace("[redacted: personal]", "her"),
        ),
        (
            "data/records/messages_R.jsonl",
            open.replace("[redacted: FOI s40(2)]", "Bo"),
        ),
        (
            "data/records/messages_R.jsonl",
            open.lines().skip(1).map(|l| format!("{l}\n")).collect(),
        ),
        ("data/records/messages_R.jsonl", messages.clone()),
        ("redactions.csv", table.replace("foi-40-2", "foi-41")),
        (
            "redactions.csv",
            table.lines().take(2).map(|l| format!("{l}\r\n")).collect(),
        ),
        (
            "redactions.csv",
            table.replace("2021-03-25_R", "2021-03-27_R"),
        ),
    ];
    for (name, text) in cases {
        let before = std::fs::read(bag.join(name)).unwrap();
        assert_ne!(before, text.as_bytes(), "{name}");
        std::fs::write(bag.join(name), text).unwrap();
        let redacted = bundle::verify(&bag).into_iter().any(|check| {
            let of_masks = ["redactions", "records"].contains(&check.name.as_str());
            of_masks && check.verdict == Verdict::Failed
        });
        assert!(redacted, "{name}");
        std::fs::write(bag.join(name), before).unwrap();
    }
    assert_eq!(overall(&bundle::verify(&bag)), Verdict::Ok);
}
