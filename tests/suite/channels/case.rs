//! Mails and texts through a case: found in folders, loaded, decided, handed over.

use super::walk;
use docket::bundle::{Options, plan, verify, write};
use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::import::discover;
use docket::model::{Decision, Direction, MessageNumber};
use docket::review::{How, Session, Target};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The mailbox of somebody with one official and one private mail, each with a file.
const MAILBOX: &str = "From amina@example.com Wed Mar 31 09:08:43 2021\nFrom: Amina Yusuf <amina@example.com>\nTo: Ben Okafor <ben@example.com>\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nMessage-ID: <1@example.com>\nSubject: Quay\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe tender is attached\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=tender.pdf\n\ndGhlIHRlbmRlcg==\n--b--\n\nFrom ben@example.com Wed Mar 31 09:09:43 2021\nFrom: Ben Okafor <ben@example.com>\nTo: Amina Yusuf <amina@example.com>\nDate: Wed, 31 Mar 2021 10:09:43 +0100\nMessage-ID: <2@example.com>\nSubject: Swimming with the children tomorrow\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBring the yellow towels please\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=children.png\n\ndGhlIGNoaWxkcmVu\n--b--\n";

/// A backup with one official and one private picture.
const TEXTS: &str = "<?xml version='1.0'?><smses count=\"2\"><mms date=\"1617181724000\" msg_box=\"2\" address=\"+447700900001\" contact_name=\"Cara\"><parts><part ct=\"text/plain\" text=\"The plan of the quay\"/><part ct=\"image/png\" name=\"plan.png\" data=\"dGhlIHBsYW4=\"/></parts></mms>\n<mms date=\"1617181725000\" msg_box=\"1\" address=\"+447700900001\" contact_name=\"Cara\"><parts><part ct=\"text/plain\" text=\"Our private garden party\"/><part ct=\"image/png\" name=\"party.png\" data=\"dGhlIHBhcnR5\"/></parts></mms></smses>";

#[test]
fn what_stands_within_an_official_message_leaves_and_nothing_around_it() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "given/mail.mbox", MAILBOX.as_bytes());
    put(folder.path(), "given/sms.xml", TEXTS.as_bytes());
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let given = [folder.path().join("given")];
    let options = ImportOptions::default();
    case.import(&given, &options, &actor, &mut ()).unwrap();
    let session = Session::open(case, actor).unwrap();
    let store = session.store();
    assert_eq!(store.len(), 4);
    for number in (0..4).map(MessageNumber) {
        let text = store.text(number).unwrap();
        let official = text.contains("tender") || text.contains("plan");
        let decision = if official {
            Decision::Official
        } else {
            Decision::Personal
        };
        session
            .decide(&Target::Message(number), decision, How::Key, None)
            .unwrap();
        let direction = match text {
            _ if text.contains("plan") => Direction::Sent,
            _ if text.contains("garden") => Direction::Received,
            _ => Direction::Unknown,
        };
        assert_eq!(session.direction(number), direction, "{text}");
    }
    for (key, value) in [
        ("reference", "HRB/2021/7"),
        ("department", "Department for Harbours"),
        ("custodian", "Amina Yusuf"),
    ] {
        session.set_fact(key, Some(value), None).unwrap();
    }
    let bag = folder.path().join("bag");
    let plan = plan(&session, &Options::default()).unwrap();
    assert!(plan.blocks.is_empty(), "{:?}", plan.blocks);
    write(&session, &plan, &bag, &mut ()).unwrap();
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
    let files: Vec<Vec<u8>> = walk(&bag)
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    let is_there = |bytes: &[u8]| files.iter().any(|file| file == bytes);
    assert!(is_there(b"the tender") && is_there(b"the plan"));
    // Whom the official text went to is a part of it; that she sent another is not told.
    let people = fs::read_to_string(bag.join("people.csv")).unwrap();
    let cara = people.lines().find(|line| line.contains("+447700900001"));
    assert!(
        cara.unwrap()
            .contains("\"0\",\"\",\"\",\"recipient\",\"1\"")
    );
    for withheld in [
        "the children",
        "dGhlIGNoaWxkcmVu",
        "children.png",
        "yellow towels",
        "Swimming",
        "the party",
        "dGhlIHBhcnR5",
        "party.png",
        "garden",
    ] {
        let holds = |file: &&Vec<u8>| memchr::memmem::find(file, withheld.as_bytes()).is_some();
        assert_eq!(files.iter().filter(holds).count(), 0, "{withheld}");
    }
}

#[test]
fn the_mails_of_a_folder_are_one_export() {
    let folder = TempDir::new().unwrap();
    let mail = |number: u32, answered: &str| {
        format!(
            "From: a@example.com\nTo: b@example.com\nMessage-ID: <{number}@example.com>\n{answered}\n\ntext {number}\n"
        )
    };
    let root = folder.path();
    put(root, "amina/cur/1:2,S", mail(1, "Subject: Plan").as_bytes());
    put(
        root,
        "amina/.Sent/cur/2:2,S",
        mail(2, "In-Reply-To: <1@example.com>").as_bytes(),
    );
    put(root, "amina/notes.txt", b"no mail");
    // Of one account alone: all of it.
    let given = discover(&root.join("amina"));
    assert_eq!(given.len(), 2);
    assert_eq!(given[0].path, root.join("amina"));
    assert_eq!(given[1].path, root.join("amina/notes.txt"));
    // Beside others: those of each folder.
    put(root, "ben/inbox/3.eml", mail(3, "Subject: x").as_bytes());
    put(root, "ben/sent/4.eml", mail(4, "Subject: y").as_bytes());
    put(root, "sms.xml", TEXTS.as_bytes());
    put(root, "x.mbox", MAILBOX.as_bytes());
    let names: Vec<_> = discover(root)
        .iter()
        .map(|one| (one.name.clone(), one.files.len()))
        .collect();
    assert_eq!(
        names,
        [
            ("amina", 2),
            ("notes.txt", 0),
            ("ben", 2),
            ("sms.xml", 0),
            ("x.mbox", 0),
        ]
        .map(|(name, files)| (name.to_owned(), files))
    );
    let export = discover(&root.join("amina"))[0].open().unwrap();
    let taken = super::take(&export).unwrap();
    assert_eq!(taken.records.len(), 2);
    assert_eq!(taken.threads.len(), 1);
    // And in a case: numbers, bytes and a rebuild hold over a folder.
    let case = Case::open_or_create(&root.join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let given = [root.join("amina"), root.join("ben")];
    case.import(&given, &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    assert_eq!(case.store().len(), 4);
    case.rebuild(&mut ()).unwrap();
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    let raw = case.raw(MessageNumber(0)).unwrap();
    assert!(raw.starts_with(b"From: a@example.com\n"));
}

/// A zip of stored entries, written by hand so that one may lie about its checksum.
fn zip_of(entries: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, whole) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let crc = if *whole { crc.sum() } else { !crc.sum() };
        let mut common = Vec::new();
        common.extend_from_slice(&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        common.extend_from_slice(&crc.to_le_bytes());
        common.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        common.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let place = body.len() as u32;
        body.extend_from_slice(b"PK\x03\x04");
        body.extend_from_slice(&common);
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(bytes);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&place.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (at, length, count) = (body.len(), directory.len(), entries.len() as u16);
    body.append(&mut directory);
    body.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    body.extend_from_slice(&count.to_le_bytes());
    body.extend_from_slice(&count.to_le_bytes());
    body.extend_from_slice(&(length as u32).to_le_bytes());
    body.extend_from_slice(&(at as u32).to_le_bytes());
    body.extend_from_slice(&[0, 0]);
    body
}

/// Several exports in one zip are sources of their own; what lies deeper than three zips in a
/// zip is told.
#[test]
fn every_export_of_a_zip_is_read_and_what_lies_deeper_is_told() {
    let folder = TempDir::new().unwrap();
    let mail = MAILBOX.as_bytes();
    let page = b"<html><body><div class=\"hChatLog hfeed\"><div class=\"message\"><abbr class=\"dt\" title=\"2015-03-19T20:59:29.127-07:00\">x</abbr>:\n<cite class=\"sender vcard\"><a class=\"tel\" href=\"tel:+447700900009\"><span class=\"fn\">Ben</span></a></cite>:\n<q>Hi</q>\n</div></div></body></html>\n";
    let voice = "Takeout/Voice/Calls/Ben - Text - 2015-03-20T03_59_29Z.html";
    let inner = zip_of(&[(voice, page, true)]);
    let deeper = zip_of(&[("notes.mbox", mail, true), ("voice.zip", &inner[..], true)]);
    let deepest = zip_of(&[("b.zip", &zip_of(&[("c.zip", &deeper[..], true)])[..], true)]);
    let mailbox = ("Takeout/Mail/Inbox.mbox", mail, true);
    for (name, entries, sources, tells) in [
        (
            "mixed.zip",
            vec![mailbox, (voice, &page[..], true)],
            2,
            false,
        ),
        (
            "nested.zip",
            vec![mailbox, ("voice.zip", &inner[..], true)],
            2,
            false,
        ),
        (
            "deep.zip",
            vec![mailbox, ("more.zip", &deeper[..], true)],
            3,
            false,
        ),
        (
            "deeper.zip",
            vec![mailbox, ("a.zip", &deepest[..], true)],
            2,
            true,
        ),
        (
            "plain.zip",
            vec![mailbox, ("notes.txt", &b"Buy milk"[..], true)],
            1,
            false,
        ),
    ] {
        put(folder.path(), name, &zip_of(&entries));
        let case = Case::open_or_create(&folder.path().join(name.replace('.', "-"))).unwrap();
        let actor = Actor {
            name: "Rita Reviewer".to_owned(),
            how: Known::Given,
        };
        let given = [folder.path().join(name)];
        let reports = case
            .import(&given, &ImportOptions::default(), &actor, &mut ())
            .unwrap();
        assert_eq!(
            case.store().sources().len(),
            sources,
            "{name}: {reports:#?}"
        );
        assert_eq!(
            reports.iter().any(|one| one.holds_more),
            tells,
            "{name}: {reports:#?}"
        );
        let told = reports
            .iter()
            .flat_map(|one| &one.notes)
            .any(|note| note.contains("was not read") && note.contains("google-voice"));
        assert_eq!(told, tells, "{name}");
        assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
        case.rebuild(&mut ()).unwrap();
        let store = case.store();
        assert_eq!(store.sources().iter().any(|one| one.holds_more), tells);
        assert_eq!(store.sources()[0].within.is_some(), sources > 1);
        assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    }
}

#[test]
fn a_damaged_entry_costs_itself_and_no_other() {
    let folder = TempDir::new().unwrap();
    let mail = MAILBOX.as_bytes();
    let takeout = |damaged: bool| {
        zip_of(&[
            ("Takeout/Mail/Inbox.mbox", mail, true),
            ("Takeout/Mail/Sent.mbox", mail, !damaged),
            ("Takeout/Mail/Work.mbox", mail, true),
        ])
    };
    put(folder.path(), "one.zip", &takeout(true));
    put(
        folder.path(),
        "two.zip",
        &zip_of(&[("Inbox.mbox", mail, false)]),
    );
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let given = [folder.path().join("one.zip"), folder.path().join("two.zip")];
    let options = ImportOptions::default();
    let reports = case.import(&given, &options, &actor, &mut ()).unwrap();
    assert_eq!(reports[0].messages, 4);
    assert_eq!(reports[0].items.len(), 3);
    let problems: Vec<bool> = reports[0]
        .items
        .iter()
        .map(|item| item.problem.is_some())
        .collect();
    assert_eq!(problems, [false, true, false]);
    let told = |note: &&String| note.contains("Sent.mbox") && note.contains("checksum");
    assert!(
        reports[0].notes.iter().any(|note| told(&note)),
        "{:?}",
        reports[0].notes
    );
    // What is damaged and alone is refused, with what to do.
    let refused = format!("{:?}", reports[1].outcome);
    assert!(
        refused.contains("Refused") && refused.contains("copy the zip again"),
        "{refused}"
    );
    case.rebuild(&mut ()).unwrap();
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    // Two mails, each in two mailboxes.
    assert_eq!(case.store().len(), 2);
}
