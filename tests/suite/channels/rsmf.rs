//! RSMF files, their zips and their manifests.

use super::{Taken, file, files, open, shared, take, take_with, walk};
use docket::bundle::{Options, plan, verify, write};
use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::import::{Verdict as Found, discover};
use docket::model::{AttachmentState, Decision, Direction, Kind, Marks, MessageNumber, Time};
use docket::review::{How, Session, Target};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::{Cursor, Write};

/// A zip of these files.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut out);
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    out.into_inner()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (number, three) in bytes.chunks(3).enumerate() {
        if number > 0 && number % 19 == 0 {
            out.push_str("\r\n");
        }
        let bits = three
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for index in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * index) & 63) as usize] as char;
            out.push(if index <= three.len() { sign } else { '=' });
        }
    }
    out
}

/// An RSMF file that carries this zip.
fn mail(zip: &[u8]) -> String {
    format!(
        "From: Collector <collector@example.org>\r\nX-RSMF-Generator: tests\r\nX-RSMF-Version: 2.0.0\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"RSMFEML\"\r\n\r\n--RSMFEML\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nA transcript.\r\n\r\n--RSMFEML\r\nContent-Type: application/octet-stream; name=rsmf.zip\r\nContent-Disposition: attachment;\r\n\tfilename=\"rsmf.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n\r\n--RSMFEML--\r\n",
        base64(zip)
    )
}

/// Two people, one conversation, and these events.
fn manifest(collection: Option<&str>, events: &[Value]) -> Vec<u8> {
    let mut manifest = json!({
        "version": "2.0.0",
        "participants": [
            {"id": "a", "display": "Amina Yusuf", "email": "amina@example.org", "avatar": "a.png"},
            {"id": "b", "display": "Ben Okafor"},
            {"id": "c", "display": "Cara", "account_id": "U123"}
        ],
        "conversations": [
            {"id": "q", "display": "Quay", "platform": "Slack", "type": "channel", "participants": ["a", "b", "c"], "custodian": "a"},
            {"id": "d", "platform": "Carrier pigeon", "type": "direct", "participants": ["a", "b"]}
        ],
        "events": events
    });
    if let Some(collection) = collection {
        manifest["eventcollectionid"] = json!(collection);
    }
    serde_json::to_vec_pretty(&manifest).unwrap()
}

fn events() -> Vec<Value> {
    vec![
        json!({"type": "join", "conversation": "q", "participant": "c", "timestamp": "2024-03-04T08:59:00Z"}),
        json!({"type": "message", "id": "1", "conversation": "q", "participant": "a", "timestamp": "2024-03-04T09:00:00.250+01:00", "body": "The tender is late", "direction": "outgoing", "importance": "high",
            "edits": [{"participant": "a", "timestamp": "2024-03-04T09:01:00Z", "previous": "The tendre is late", "new": "The tender is late"}],
            "reactions": [{"value": "👍", "count": 3, "participants": ["b"]}],
            "read_receipts": [{"participant": "b", "timestamp": "2024-03-04T09:05:00Z", "action": "read"}],
            "custom": [{"name": "Case", "value": "7"}]}),
        json!({"type": "message", "id": "2", "parent": "1", "conversation": "q", "participant": "b", "timestamp": "2024-03-04T09:02:00", "body": "Here it is", "direction": "incoming",
            "attachments": [{"id": "f1.pdf", "display": "tender.pdf", "size": 10}, {"id": "gone.png"}]}),
        json!({"type": "message", "id": "3", "conversation": "q", "participant": "b", "timestamp": "2024-03-04T09:03:00Z", "body": "never mind", "deleted": true}),
        json!({"type": "message", "conversation": "d", "participant": "z", "timestamp": "yesterday"}),
        json!({"type": "shout", "conversation": "d", "participant": "a", "body": "AH"}),
    ]
}

fn check(taken: &Taken) {
    assert_eq!((taken.importer, taken.counts()), ("rsmf", (5, 1)));
    assert_eq!(taken.threads.len(), 2);
    assert_eq!(
        (taken.title(0), taken.title(4)),
        ("Quay", "Amina Yusuf <amina@example.org>, Ben Okafor")
    );
    assert_eq!(
        (taken.threads[0].channel.as_str(), taken.threads[0].group),
        ("slack", Some(true))
    );
    assert_eq!(
        (taken.threads[1].channel.as_str(), taken.threads[1].group),
        ("rsmf", Some(false))
    );
    let [join, tender, reply, deleted, nobody, shout] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(
        (join.kind, join.extra.event.as_str()),
        (Kind::System, "joined")
    );
    assert_eq!(join.sender.as_deref(), Some("Cara <U123>"));
    assert_eq!(
        tender.time,
        Time::Instant {
            seconds: 1_709_539_200,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(tender.extra.direction, Some(Direction::Sent));
    assert!(tender.marks.has(Marks::EDITED));
    assert_eq!(tender.extra.versions.len(), 1);
    assert_eq!(tender.extra.versions[0].text, "The tendre is late");
    assert_eq!(
        tender.extra.versions[0].written,
        "2024-03-04T09:00:00.250+01:00"
    );
    let who: Vec<&str> = tender
        .extra
        .reactions
        .iter()
        .map(|one| one.who.as_str())
        .collect();
    assert_eq!(who, ["Ben Okafor", "", ""]);
    assert_eq!(
        tender.extra.notes,
        [
            "It was marked as important.",
            "Read by Ben Okafor 2024-03-04T09:05:00Z",
            "Case: 7"
        ]
    );
    assert_eq!(reply.extra.reply_to, ["1"]);
    assert_eq!(reply.kind, Kind::Attachment);
    assert_eq!(reply.time, Time::Local(1_709_542_920));
    assert_eq!(reply.extra.attachments[0].name, "tender.pdf");
    assert_eq!(reply.extra.attachments[1].state, AttachmentState::Missing);
    assert_eq!(
        (deleted.kind, deleted.text.as_str()),
        (Kind::Deleted, "never mind")
    );
    assert_eq!(
        (nobody.sender.as_deref(), nobody.time),
        (Some("z"), Time::Unknown)
    );
    assert_eq!(nobody.kind, Kind::NotExported);
    assert_eq!(nobody.extra.notes.len(), 2);
    assert!(shout.text.contains("shout"));
    assert!(
        taken
            .summary
            .notes
            .iter()
            .any(|note| note.contains("Carrier pigeon"))
    );
    assert!(
        taken
            .summary
            .notes
            .iter()
            .any(|note| note.contains("Amina Yusuf"))
    );
}

#[test]
fn a_file_its_zip_and_its_manifest_give_the_same() {
    let manifest = manifest(None, &events());
    let zip = zip(&[
        ("a.png", b"png"),
        ("rsmf_manifest.json", &manifest),
        ("f1.pdf", b"the tender"),
    ]);
    let mail = mail(&zip);
    for (name, bytes, items, present) in [
        ("day.rsmf", mail.as_bytes(), 4, Some(3)),
        ("rsmf.zip", zip.as_slice(), 3, Some(2)),
        ("rsmf_manifest.json", manifest.as_slice(), 1, None),
    ] {
        let (_dir, export) = file(name, bytes);
        assert_eq!(export.items.len(), items, "{name}");
        let taken = take(&export).unwrap();
        check(&taken);
        let attachment = &taken.records[2].extra.attachments[0];
        assert_eq!(attachment.item, present, "{name}");
        let (offset, length) = taken.records[1].written.unwrap();
        let begin = taken.records[1].span.offset as usize + usize::from(offset);
        assert_eq!(
            &manifest[begin..begin + usize::from(length)],
            b"2024-03-04T09:00:00.250+01:00"
        );
        if name == "day.rsmf" {
            assert_eq!(export.items[3].name, "day.rsmf/f1.pdf");
            // All of the mail is structure: `take` has checked that it lies end to end.
            assert!(taken.structure.iter().any(|(item, _)| *item == 0));
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut export.open(3).unwrap(), &mut bytes).unwrap();
            assert_eq!(bytes, b"the tender");
        }
    }
}

#[test]
fn slices_of_a_conversation_are_one_thread() {
    let slice = |collection: Option<&str>, day: u32| {
        let event = json!({"type": "message", "id": "1", "conversation": "q", "participant": "a", "timestamp": format!("2024-03-0{day}T09:00:00Z"), "body": format!("day {day}")});
        mail(&zip(&[(
            "rsmf_manifest.json",
            &manifest(collection, &[event]),
        )]))
    };
    for (collections, threads) in [
        ([Some("x"), Some("x")], 1),
        ([None, None], 1),
        ([Some("x"), Some("y")], 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (day, collection) in (1..).zip(collections) {
            std::fs::write(
                folder.path().join(format!("{day}.rsmf")),
                slice(collection, day),
            )
            .unwrap();
        }
        std::fs::write(
            folder.path().join("broken.rsmf"),
            mail(b"PK\x03\x04 no zip"),
        )
        .unwrap();
        let given = discover(folder.path());
        let exports: Vec<_> = given
            .iter()
            .filter(|one| matches!(one.verdict, Found::Export { .. }))
            .collect();
        assert_eq!(exports.len(), 1, "{given:?}");
        assert!(given.iter().any(
            |one| matches!(&one.verdict, Found::Unreadable(why) if why.contains("broken.rsmf"))
        ));
        let taken = take(&exports[0].open().unwrap()).unwrap();
        assert_eq!((taken.counts(), taken.threads.len()), ((2, 0), threads));
        assert_eq!(taken.texts(), ["day 1", "day 2"]);
    }
}

#[test]
fn only_what_is_official_leaves_a_file_that_carries_more() {
    let mut events = events();
    events.truncate(4);
    events.push(json!({"type": "message", "id": "9", "conversation": "d", "participant": "a", "timestamp": "2024-03-04T10:00:00Z", "body": "Bring the yellow towels",
        "attachments": [{"id": "children.png"}]}));
    let folder = tempfile::tempdir().unwrap();
    let zip = zip(&[
        ("rsmf_manifest.json", &manifest(Some("x"), &events)),
        ("f1.pdf", b"the tender"),
        ("children.png", b"the children"),
    ]);
    let given = folder.path().join("day.rsmf");
    std::fs::write(&given, mail(&zip)).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let reports = case
        .import(&[given], &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    assert_eq!(reports.len(), 1);
    drop(case);
    // The case stands by itself, and can be made again.
    let case = Case::open(&folder.path().join("case")).unwrap();
    case.rebuild(&mut ()).unwrap();
    let checks = case.check(true, None, &mut ());
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
    let session = Session::open(case, actor).unwrap();
    let store = session.store();
    assert_eq!(store.len(), 5);
    for number in (0..5).map(MessageNumber) {
        let personal = store.text(number).unwrap().contains("towels");
        let decision = if personal {
            Decision::Personal
        } else {
            Decision::Official
        };
        session
            .decide(&Target::Message(number), decision, How::Key, None)
            .unwrap();
        let raw = session.case().raw(number).unwrap();
        assert!(serde_json::from_slice::<Value>(&raw).is_ok());
    }
    for (key, value) in [
        ("reference", "HRB/2024/7"),
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
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(files.iter().any(|file| file == b"the tender"));
    for withheld in ["the children", "children.png", "yellow towels"] {
        let holds = |file: &&Vec<u8>| memchr::memmem::find(file, withheld.as_bytes()).is_some();
        assert_eq!(files.iter().filter(holds).count(), 0, "{withheld}");
    }
}

#[test]
fn the_makers_samples_are_read() {
    let Some(samples) = shared("samples/rsmf-official") else {
        return;
    };
    for (name, events) in [
        ("Documentation__Sample1__rsmf_manifest.json", 1),
        ("Documentation__Sample2__rsmf.zip", 1),
        ("Documentation__Sample3__message.eml", 1),
        ("Documentation__Sample3__sample.rsmf", 1),
        ("Documentation__Sample4__rsmf_manifest.json", 1),
    ] {
        let taken = take(&open(&samples.join(name))).unwrap();
        assert_eq!(
            (taken.importer, taken.counts()),
            ("rsmf", (events, 0)),
            "{name}"
        );
    }
    // Its schema names the same keys and is no manifest.
    let schema = open(&samples.join("RSMFManifestSchema__rsmf_schema_2_0_0.json"));
    assert!(super::detect(&schema).is_none());
}

#[test]
fn a_zip_with_mails_among_its_files_is_still_rsmf() {
    let letter = b"From: a@example.org\nTo: b@example.org\nSubject: x\n\ntext\n";
    let zip = zip(&[
        ("a.eml", letter),
        ("rsmf_manifest.json", &manifest(None, &events())),
    ]);
    let (_dir, export) = file("rsmf.zip", &zip);
    assert_eq!(take(&export).unwrap().importer, "rsmf");
    let (_dir, export) = files(
        "x",
        &[("1.rsmf", mail(&zip).as_bytes()), ("notes.txt", b"none")],
    );
    assert_eq!(take(&export).unwrap().counts(), (5, 1));
    let whole = mail(&zip);
    let cut = &whole.as_bytes()[..whole.len() / 2];
    // Of a file that is cut short, what is whole is read, and that it is cut is told.
    let (dir, export) = files("x", &[("cut.rsmf", cut), ("1.rsmf", whole.as_bytes())]);
    assert_eq!(take(&export).unwrap().counts(), (5, 1));
    let cut = docket::import::Export::from_file(&dir.path().join("0"), "cut.rsmf").unwrap();
    assert!(cut.notes[0].contains("ends early"), "{:?}", cut.notes);
}

/// One event of a random file: who, the words, seconds after the one before, how many signs.
type Said = (u8, String, i64, u8);

fn said() -> impl Strategy<Value = Vec<Said>> {
    proptest::collection::vec(
        (0u8..3, "\\PC{0,30}|(?s:.{0,30})", 0i64..100_000, 0u8..4),
        1..20,
    )
}

fn written(said: &[Said]) -> (Vec<u8>, Vec<i64>) {
    let mut clock = 1_700_000_000;
    let mut times = Vec::new();
    let events: Vec<Value> = said
        .iter()
        .map(|(who, body, later, signs)| {
            clock += later;
            times.push(clock);
            let time = chrono::DateTime::from_timestamp(clock, 0).unwrap();
            json!({"type": "message", "conversation": if *who == 0 { "d" } else { "q" }, "participant": (["a", "b", "c"][usize::from(*who)]), "body": body,
                "timestamp": time.to_rfc3339(), "reactions": [{"value": "x", "count": signs}], "edits": [{"participant": "a", "previous": body, "new": body}]})
        })
        .collect();
    (
        mail(&zip(&[(
            "rsmf_manifest.json",
            &manifest(Some("x"), &events),
        )]))
        .into_bytes(),
        times,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_files_read_back(said in said()) {
        let (mail, times) = written(&said);
        let (_dir, export) = file("x.rsmf", &mail);
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, ((who, body, _, signs), seconds)) in taken.records.iter().zip(said.iter().zip(times)) {
            prop_assert_eq!(&record.text, body);
            let name = ["Amina Yusuf <amina@example.org>", "Ben Okafor", "Cara <U123>"][usize::from(*who)];
            prop_assert_eq!(record.sender.as_deref(), Some(name));
            prop_assert_eq!(record.time, Time::Instant { seconds, offset_minutes: Some(0) });
            prop_assert_eq!(record.extra.reactions.len(), usize::from((*signs).max(1)));
            prop_assert_eq!(&record.extra.versions[0].text, body);
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        said in said(),
        packed in any::<bool>(),
        cut in 0usize..5000,
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let events: Vec<Value> = said.iter().map(|(_, body, ..)| json!({"type": "message", "conversation": "q", "body": body})).collect();
        let mut export = if packed { written(&said).0 } else { manifest(None, &events) };
        let at = cut % (export.len() + 1);
        let end = (at + bytes.len() / 2).min(export.len());
        export.splice(at..end, bytes);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rsmf");
        std::fs::write(&path, &export).unwrap();
        // A zip that is no longer one is refused as a whole; a damaged entry when it is read.
        if let Ok(export) = docket::import::Export::from_file(&path, "x.rsmf") {
            let read = take_with(docket::import::by_name("rsmf").unwrap(), &export);
            prop_assert!(packed || read.is_ok());
        }
    }
}
