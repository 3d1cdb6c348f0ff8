//! A new case without what is personal: what goes over, and that nothing else does.

mod mixtures;

use super::keeping::{Desk, shown, walk};
use docket::bundle::forms::search_folder;
use docket::bundle::{self, BundleError, Options};
use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::keeping::purge;
use docket::model::{Decision, MessageNumber};
use docket::review::{How, Session, Target};
use docket::text::fold;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// All files below a folder that hold one of these, in whatever case.
fn holding(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    walk(folder, &mut files);
    assert!(files.len() > 20, "{}", files.len());
    let mut found = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap().to_ascii_lowercase();
        for word in words {
            if memchr::memmem::find(&bytes, word.as_bytes()).is_some() {
                found.push(format!("{}: {word}", file.display()));
            }
        }
    }
    found
}

fn purged(desk: &Desk, new: &Path, more: &[&str]) -> Value {
    let arguments = [&["--json", "purge", new.to_str().unwrap(), "--yes"], more].concat();
    serde_json::from_str(desk.ends(0, &arguments).0.trim()).unwrap()
}

#[test]
fn a_purged_case_holds_what_is_handed_over_and_no_byte_of_the_rest() {
    let desk = Desk::new();
    desk.ends(0, &["note", "lunch", "about a quarrel at home", "--yes"]);
    desk.ends(0, &["facts", "reference=FOI-2021-044", "custodian=Ann"]);
    let before = shown(&desk, &desk.case());
    let head = desk.head();
    let new = desk.path("purged");
    let case = new.to_str().unwrap();
    // Without a yes, and without anybody to ask, nothing is made.
    let (_, told) = desk.ends(3, &["purge", case]);
    assert!(told.contains("50 personal") && !new.exists(), "{told}");
    let row = purged(&desk, &new, &[]);
    assert_eq!(
        (&row["messages"], &row["personal"]),
        (&100.into(), &50.into())
    );
    assert_eq!(row["from"].as_str().unwrap(), head);
    let counts: Vec<(u64, u64)> = row["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["kept"].as_u64().unwrap(),
                one["purged"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(counts, [(60, 30), (40, 20)]);
    // The old case is as it was.
    assert_eq!(shown(&desk, &desk.case()), before);
    assert_eq!(desk.head(), head);
    // In the new one is nothing of the rest, in no file of it, and nothing beside it.
    let nothing: [String; 0] = [];
    assert_eq!(holding(&new, &["lunch with", "rafe", "quarrel"]), nothing);
    assert!(!holding(&desk.case(), &["lunch with", "quarrel"]).is_empty());
    let beside = fs::read_dir(desk.folder.path()).unwrap();
    let hidden = beside.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".purged")
    });
    assert_eq!(hidden.count(), 0);
    // It is a case like any other: it checks, is made again, and says where it is from.
    desk.ends(0, &["check", "--full", "--case", case]);
    desk.ends(0, &["rebuild", "--case", case]);
    desk.ends(0, &["check", "--full", "--case", case]);
    let found = |query: &str, case: &str| {
        let out = desk.ends(0, &["--json", "search", query, "--case", case]).0;
        let texts = out.lines().map(|line| -> String {
            let row: Value = serde_json::from_str(line).unwrap();
            row["text"].as_str().unwrap().to_owned()
        });
        let mut texts: Vec<String> = texts.collect();
        texts.sort();
        texts
    };
    let old = desk.case();
    let old = old.to_str().unwrap();
    for query in ["is:official", "is:context"] {
        assert_eq!(found(query, case).len(), 50, "{query}");
        assert_eq!(found(query, case), found(query, old), "{query}");
    }
    let log = desk.ends(0, &["--json", "log", "--case", case]).0;
    let hash = head.split_once(':').unwrap().1.replace('-', "");
    assert!(log.contains("purged-from") && log.contains(&hash), "{log}");
    assert!(log.contains("FOI-2021-044"), "{log}");
    // Its one export is called what it is, and each former one by its name.
    let status = desk.ends(0, &["status", "--case", case]).0;
    assert!(status.contains("records of FOI-2021-044"), "{status}");
    assert!(!log.contains(".docket-"), "{log}");
    assert!(
        log.contains("60 of 90 messages of WhatsApp Chat with Quay works.txt"),
        "{log}"
    );
    // And the records can be handed over from it.
    let out = desk.path("handover");
    desk.ends(0, &["bundle", out.to_str().unwrap(), "--case", case]);
    // What is there already is left alone.
    desk.ends(3, &["purge", case, "--yes"]);
}

#[test]
fn what_must_not_be_lost_stands_in_the_way_of_a_purge() {
    let desk = Desk::new();
    desk.ends(0, &["tag", "undecided", "number 3", "--yes"]);
    let new = desk.path("purged");
    let case = new.to_str().unwrap();
    let (_, told) = desk.ends(3, &["purge", case, "--yes"]);
    assert!(told.contains("--leave-undecided"), "{told}");
    let row = purged(&desk, &new, &["--leave-undecided"]);
    assert!(row["undecided"].as_u64().unwrap() > 0, "{row}");
    desk.ends(0, &["check", "--full", "--case", case]);
    desk.ends(0, &["flag", "hold", "is:official", "--yes"]);
    let other = desk.path("other");
    let arguments = [
        "purge",
        other.to_str().unwrap(),
        "--leave-undecided",
        "--yes",
    ];
    let (_, told) = desk.ends(3, &arguments);
    assert!(told.contains("on hold") && !other.exists(), "{told}");
}

#[test]
fn what_a_purge_leaves_out_and_what_had_a_second_look_is_told() {
    let desk = Desk::new();
    for (text, reason) in [("paper", "personal"), ("budget", "foi-40-2")] {
        desk.ends(
            0,
            &[
                "redact",
                "is:official",
                "--text",
                text,
                "--reason",
                reason,
                "--yes",
            ],
        );
    }
    desk.ends(0, &["facts", "countersign=all"]);
    let new = desk.path("purged");
    let case = new.to_str().unwrap();
    let (_, told) = desk.ends(3, &["purge", case, "--yes"]);
    assert!(told.contains("countersign"), "{told}");
    desk.ends(
        0,
        &["--reviewer", "Second", "countersign", "is:decided", "--yes"],
    );
    let row = purged(&desk, &new, &[]);
    assert_eq!((&row["masked"], &row["exempt"]), (&50.into(), &50.into()));
    let log = desk.ends(0, &["--json", "log", "--case", case]).0;
    assert!(
        log.contains("countersign=all: all that went over had it"),
        "{log}"
    );
    assert!(
        log.contains("50 of them without what was masked as personal, 50 under 50 masks"),
        "{log}"
    );
    let nothing: [String; 0] = [];
    assert_eq!(holding(&new, &["lunch with", "paper"]), nothing);
    // What is exempt is masked in the open copy, and a bundle asks for no second look.
    let bags = ["old", "new"].map(|name| desk.path(name));
    let old = desk.case();
    for (bag, case) in bags.iter().zip([old.to_str().unwrap(), case]) {
        desk.ends(0, &["bundle", bag.to_str().unwrap(), "--case", case]);
        desk.ends(0, &["verify", bag.to_str().unwrap(), "--case", case]);
        let open = fs::read_to_string(bag.join("data/records/messages_R.jsonl")).unwrap();
        assert_eq!(open.matches("[redacted: FOI s40(2)]").count(), 50, "{open}");
        assert!(!open.contains("budget"), "{open}");
    }
}

#[test]
fn an_official_subject_in_small_letters_is_no_leak_and_a_private_text_there_is() {
    let subject = "Budget For The Quarterly Lunch";
    let mail = |at: u32, subject: &str, text: &str| {
        format!(
            "From ann@example.org Mon Mar  4 09:00:00 2024\nFrom: Ann Lee <ann@example.org>\n\
             To: bo@example.org\nSubject: {subject}\nMessage-ID: <{at}@example.org>\n\
             Date: Mon, 4 Mar 2024 09:{at:02}:00 +0000\nContent-Type: text/plain\n\n{text}\n\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("Archive.mbox");
    let mails = [
        mail(1, subject, "The paper is ready."),
        mail(2, "Home", &fold(subject)),
    ];
    fs::write(&given, mails.concat()).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    case.import(&[given], &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    let session = Session::open(case, actor).unwrap();
    for number in (0..session.store().len()).map(MessageNumber) {
        let is_private = session.store().text(number).unwrap().contains("Home");
        let decision = match is_private {
            true => Decision::Personal,
            false => Decision::Official,
        };
        let target = Target::Message(number);
        session.decide(&target, decision, How::Key, None).unwrap();
    }
    let purging = purge::plan(&session, false).unwrap();
    assert_eq!((purging.kept, purging.personal), (1, 1));
    let new = folder.path().join("new");
    purge::purge(&session, &purging, &new, &mut ()).unwrap();
    // The file of values has the subject in small letters, which are the private text.
    let mut files = Vec::new();
    walk(&new, &mut files);
    let values = files
        .iter()
        .find(|file| file.file_name().unwrap() == "values");
    let values = fs::read(values.unwrap()).unwrap();
    assert!(memchr::memmem::find(&values, fold(subject).as_bytes()).is_some());
    // Beside another value the same letters are a leak.
    let plan = bundle::plan(&session, &Options::default()).unwrap();
    let looked = |value: &str, folded: &str| {
        let made = tempfile::tempdir().unwrap();
        let part = made.path().join("derived/parts");
        fs::create_dir_all(&part).unwrap();
        let entry = [b"s", value.as_bytes(), &[0xFE], folded.as_bytes(), &[0xFF]].concat();
        fs::write(part.join("values"), entry).unwrap();
        search_folder(&session, &plan, made.path(), &mut ())
    };
    assert_eq!(looked(subject, &fold(subject)).unwrap(), 1);
    let leak = |found| matches!(found, Err(BundleError::Leak { .. }));
    assert!(leak(looked("Agenda", &fold(subject))));
    assert!(leak(looked(&fold(subject), &fold(subject))));
}

#[test]
fn a_message_is_told_in_a_purged_case_as_it_was_and_a_mail_is_known_again_there() {
    let mail = |at: u32, headers: &str, text: &str| {
        format!(
            "From ann@example.org Mon Mar  4 09:00:00 2024\nFrom: Ann Lee <ann@example.org>\n\
             To: bo@example.org\nSubject: Quay {at}\n{headers}\
             Date: Mon, 4 Mar 2024 09:{at:02}:00 +0000\nContent-Type: text/plain\n\n{text}\n\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("Archive.mbox");
    let all = [
        mail(1, "Message-ID: <1@example.org>\n", "The plan."),
        mail(
            2,
            "Message-ID: <2@example.org>\nReferences: <0@example.org> <1@example.org>\n",
            "The answer.",
        ),
        mail(
            3,
            "Message-ID: <3@example.org>\nIn-Reply-To: <4@example.org>\n",
            "To nobody.",
        ),
        mail(5, "", "Without a name."),
    ];
    fs::write(&mails, all.concat()).unwrap();
    let chat = folder.path().join("WhatsApp Chat with Quay.txt");
    let said = "05/03/2024, 08:01 - +44\u{a0}7700\u{a0}900417: the price <This message was edited>\n\
                05/03/2024, 08:02 - ~\u{202f}Bo: <Media omitted>\n\
                05/03/2024, 08:03 - ~\u{202f}Bo: IMG-20240305-WA0001.jpg (file attached)\n";
    fs::write(&chat, said).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    case.import(
        &[mails.clone(), chat],
        &ImportOptions::default(),
        &actor,
        &mut (),
    )
    .unwrap();
    let session = Session::open(case, actor.clone()).unwrap();
    let every = Target::Set((0..session.store().len()).collect(), None);
    session
        .decide(&every, Decision::Official, How::Bulk, None)
        .unwrap();
    let purging = purge::plan(&session, false).unwrap();
    let new = folder.path().join("new");
    purge::purge(&session, &purging, &new, &mut ()).unwrap();
    let made = Session::open(Case::open(&new).unwrap(), actor.clone()).unwrap();
    let bags = ["old-bag", "new-bag"].map(|name| folder.path().join(name));
    mixtures::handed_over(&session, &bags[0]);
    mixtures::handed_over(&made, &bags[1]);
    let before = mixtures::rows(&bags[0], "data/records/messages.jsonl", None);
    let after = mixtures::rows(&bags[1], "data/records/messages.jsonl", Some(&made));
    assert_eq!((before.len(), after.len()), (7, 7));
    let (mut marks, mut gone, mut names) = (0, 0, 0);
    for ((number, before), after) in before.into_iter().zip(after.into_values()) {
        marks += before.marks.len();
        gone += before
            .attachments
            .iter()
            .filter(|file| file.state != "present")
            .count();
        names += usize::from(
            before
                .sender
                .as_ref()
                .is_some_and(|name| name.contains('\u{a0}')),
        );
        assert_eq!(
            mixtures::says(before),
            mixtures::says(after),
            "message {number}"
        );
    }
    assert_eq!((marks, gone, names), (1, 2, 1));
    // No number of a case is taken for a name that holds in the whole world.
    let named = |number| made.store().extra(MessageNumber(number)).message_id;
    let names: Vec<String> = (0..made.store().len()).map(named).collect();
    assert!(
        names
            .iter()
            .all(|name| name.is_empty() || name.ends_with("@example.org"))
    );
    // Who says something on a day is no list of who was there.
    assert!(
        made.store()
            .threads()
            .iter()
            .all(|thread| thread.members.is_empty())
    );
    // The mailbox that it was made from holds nothing that it has not.
    made.case()
        .import(&[mails], &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    made.refresh().unwrap();
    assert_eq!(made.store().len(), 7);
}
