//! Outlook's `.msg` and `.pst`: what is written by another hand is read back, and damage costs
//! itself.

use super::{Taken, files, open, shared, take};
use crate::suite::patience::no_hang;
use crate::suite::samples::make::outlook as pst;
use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::import::Export;
use docket::model::{Direction, Kind, Role, Stands, Time};
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use std::time::Instant;
use tempfile::TempDir;

type Compound = cfb::CompoundFile<Cursor<Vec<u8>>>;

/// A mail as it is written into a `.msg`.
#[derive(Clone, Debug, Default)]
struct Written {
    class: String,
    subject: String,
    body: String,
    from: (String, String),
    /// Name, address, 1 to 3.
    to: Vec<(String, String, u32)>,
    /// Seconds since 1970.
    at: Option<i64>,
    files: Vec<(String, Vec<u8>)>,
    within: Option<Box<Written>>,
    unsent: bool,
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes streams and fixed properties of one storage.
struct Storage<'a> {
    file: &'a mut Compound,
    path: String,
    fixed: Vec<u8>,
}

impl<'a> Storage<'a> {
    fn new(file: &'a mut Compound, path: &str, head: usize) -> Storage<'a> {
        if !path.is_empty() {
            file.create_storage(path).unwrap();
        }
        Storage {
            file,
            path: path.to_owned(),
            fixed: vec![0; head],
        }
    }

    fn put(&mut self, name: &str, bytes: &[u8]) {
        let path = format!("{}/{name}", self.path);
        let mut stream = self.file.create_stream(path).unwrap();
        stream.write_all(bytes).unwrap();
    }

    fn text(&mut self, id: u16, text: &str) {
        self.put(&format!("__substg1.0_{id:04X}001F"), &wide(text));
    }

    fn value(&mut self, id: u16, kind: u16, value: u64) {
        self.fixed.extend_from_slice(&kind.to_le_bytes());
        self.fixed.extend_from_slice(&id.to_le_bytes());
        self.fixed.extend_from_slice(&6u32.to_le_bytes());
        self.fixed.extend_from_slice(&value.to_le_bytes());
    }

    fn end(mut self) {
        let fixed = std::mem::take(&mut self.fixed);
        self.put("__properties_version1.0", &fixed);
    }
}

fn ticks(seconds: i64) -> u64 {
    u64::try_from((seconds + 11_644_473_600) * 10_000_000).unwrap()
}

fn write_item(file: &mut Compound, path: &str, head: usize, mail: &Written) {
    let mut own = Storage::new(file, path, head);
    own.text(0x001A, &mail.class);
    own.text(0x0037, &mail.subject);
    own.text(0x1000, &mail.body.replace('\n', "\r\n"));
    own.text(0x0C1A, &mail.from.0);
    own.text(0x0C1E, "SMTP");
    own.text(0x0C1F, &mail.from.1);
    own.value(0x0E07, 3, if mail.unsent { 8 } else { 1 });
    if let Some(at) = mail.at {
        own.value(0x0039, 0x40, ticks(at));
    }
    own.end();
    for (number, (name, address, role)) in mail.to.iter().enumerate() {
        let path = format!("{path}/__recip_version1.0_#{number:08X}");
        let mut one = Storage::new(file, &path, 8);
        one.text(0x3001, name);
        one.text(0x3003, address);
        one.value(0x0C15, 3, u64::from(*role));
        one.end();
    }
    let mut number = 0;
    for (name, bytes) in &mail.files {
        let path = format!("{path}/__attach_version1.0_#{number:08X}");
        let mut one = Storage::new(file, &path, 8);
        one.text(0x3707, name);
        one.put("__substg1.0_37010102", bytes);
        one.value(0x3705, 3, 1);
        one.end();
        number += 1;
    }
    if let Some(within) = &mail.within {
        let path = format!("{path}/__attach_version1.0_#{number:08X}");
        let mut one = Storage::new(file, &path, 8);
        one.value(0x3705, 3, 5);
        one.end();
        write_item(file, &format!("{path}/__substg1.0_3701000D"), 24, within);
    }
}

fn msg(mail: &Written) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    write_item(&mut file, "", 32, mail);
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn mail() -> Written {
    Written {
        class: "IPM.Note".into(),
        subject: "RE: Zo\u{eb}'s \u{201C}quay\u{201D}".into(),
        body: "Dear all,\n\nFrom here on: na\u{ef}ve.\nFrom x\n".into(),
        from: ("Amina Yusuf".into(), "amina@example.com".into()),
        to: vec![
            ("Okafor, Ben".into(), "ben@example.com".into(), 1),
            ("\u{5f20}\u{4f1f}".into(), "wei@example.com".into(), 2),
            ("Cara".into(), "cara@example.com".into(), 3),
        ],
        at: Some(1_709_632_800),
        files: vec![("plan \u{2013} 1.pdf".into(), vec![0, 1, 2, 255])],
        ..Written::default()
    }
}

fn bytes_of(export: &Export, taken: &Taken, record: usize, file: usize) -> Vec<u8> {
    let within = taken.records[record].extra.attachments[file]
        .within
        .unwrap();
    let mut bytes = Vec::new();
    docket::import::within::open(export, within)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

#[test]
fn a_mail_is_read_with_all_that_belongs_to_it() {
    let mut outer = mail();
    outer.within = Some(Box::new(Written {
        subject: "The older one".into(),
        files: vec![("inner.txt".into(), b"inside".to_vec())],
        ..mail()
    }));
    let (_dir, export) = files("", &[("Minutes.msg", &msg(&outer))]);
    let taken = take(&export).unwrap();
    assert_eq!(taken.summary.shape, "msg");
    assert_eq!(taken.records.len(), 1);
    let record = &taken.records[0];
    assert_eq!(
        record.sender.as_deref(),
        Some("Amina Yusuf <amina@example.com>")
    );
    let people: Vec<(Role, &str)> = record
        .extra
        .recipients
        .iter()
        .map(|one| (one.role, one.who.as_str()))
        .collect();
    assert_eq!(
        people,
        [
            (Role::To, "Okafor, Ben <ben@example.com>"),
            (Role::Cc, "\u{5f20}\u{4f1f} <wei@example.com>"),
            (Role::Bcc, "Cara <cara@example.com>"),
        ]
    );
    assert_eq!(record.extra.subject, outer.subject);
    assert!(
        record.text.contains("na\u{ef}ve.\nFrom x"),
        "{}",
        record.text
    );
    assert!(
        record.text.contains("[Attached mail]\nFrom: Amina"),
        "{}",
        record.text
    );
    assert_eq!(
        record.time,
        Time::Instant {
            seconds: 1_709_632_800,
            offset_minutes: Some(0)
        }
    );
    let names: Vec<&str> = record
        .extra
        .attachments
        .iter()
        .map(|one| one.name.as_str())
        .collect();

    assert_eq!(bytes_of(&export, &taken, 0, 0), [0, 1, 2, 255]);
    assert!(names.contains(&"The older one.eml") && names.contains(&"inner.txt"));
}

#[test]
fn what_is_no_mail_says_what_it_is() {
    for (class, kind, words) in [
        ("IPM.Contact", Kind::Contact, "a contact"),
        ("IPM.Appointment", Kind::Text, "an appointment"),
        ("IPM.Task", Kind::Text, "a task"),
        ("IPM.StickyNote", Kind::Text, "a note"),
        ("IPM.DistList", Kind::Text, "a list of addresses"),
        ("IPM.Configuration.x", Kind::System, "no mail"),
        ("IPM.Note.SMIME", Kind::Attachment, ""),
        ("IPM.Schedule.Meeting.Request", Kind::Attachment, ""),
        ("REPORT.IPM.Note.NDR", Kind::Attachment, ""),
    ] {
        let written = Written {
            class: class.into(),
            ..mail()
        };
        let (_dir, export) = files("", &[("x.msg", &msg(&written))]);
        let taken = take(&export).unwrap();
        let record = &taken.records[0];
        let notes = record.extra.notes.join(" ");
        assert!(notes.contains(words), "{class}: {notes}");
        assert_eq!(notes.is_empty(), words.is_empty(), "{class}: {notes}");
        if kind != Kind::Attachment {
            assert_eq!(record.kind, kind, "{class}");
        }
    }
    let draft = Written {
        unsent: true,
        at: None,
        ..mail()
    };
    let (_dir, export) = files("", &[("x.msg", &msg(&draft))]);
    let taken = take(&export).unwrap();
    assert_eq!(taken.records[0].extra.unsent, "draft");
    assert_eq!(taken.records[0].extra.direction, Some(Direction::Sent));
    assert_eq!(taken.records[0].time, Time::Unknown);
}

fn actor() -> Actor {
    Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    }
}

#[test]
fn mails_in_a_folder_are_one_export_and_the_case_holds() {
    let folder = TempDir::new().unwrap();
    let given = folder.path().join("given");
    std::fs::create_dir_all(given.join("Sent Items")).unwrap();
    std::fs::write(given.join("1.msg"), msg(&mail())).unwrap();
    let answer = Written {
        subject: "Answer".into(),
        files: vec![("table.csv".into(), b"a,b".to_vec())],
        ..mail()
    };
    std::fs::write(given.join("Sent Items/2.msg"), msg(&answer)).unwrap();
    std::fs::write(
        given.join("3.eml"),
        "From: a@example.com\nTo: b@example.com\nSubject: plain\n\nx\n",
    )
    .unwrap();
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let reports = case
        .import(&[given], &ImportOptions::default(), &actor(), &mut ())
        .unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = &reports[0];
    assert_eq!((report.messages, report.exceptions), (3, 0));
    // The files as given, then what was unpacked from them.
    let names: Vec<(&str, bool)> = report
        .items
        .iter()
        .map(|item| (item.name.as_str(), item.is_carried))
        .collect();
    assert_eq!(
        names,
        [
            ("1.msg", false),
            ("3.eml", false),
            ("Sent Items/2.msg", false),
            ("1.eml", true),
            ("Sent Items/2.eml", true)
        ]
    );
    let attached = |case: &Case| {
        let store = case.store();
        let found = (0..store.len())
            .map(docket::model::MessageNumber)
            .find_map(|number| {
                let extra = store.extra(number);
                let file = extra
                    .attachments
                    .iter()
                    .find(|one| one.name == "table.csv")?;
                assert_eq!(extra.direction, Some(Direction::Sent));
                Some(file.stands().unwrap())
            });
        let stands: Stands = found.unwrap();
        let mut bytes = Vec::new();
        case.attachment(store.sources()[0].id, stands)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    };
    assert_eq!(attached(&case), b"a,b");
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    case.rebuild(&mut ()).unwrap();
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    assert_eq!(attached(&case), b"a,b");
    assert!(case.raw(docket::model::MessageNumber(0)).is_ok());
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z\u{e9}\u{4e00}\u{1F600}][a-z .,'\u{e9}-]{0,30}[a-z\u{e9}]"
        .prop_map(|word| word.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn any_mail() -> impl Strategy<Value = Written> {
    let person = || (word(), "[a-z]{1,9}@example\\.com");
    let file = (
        "[a-z \u{e9}]{1,20}x\\.[a-z]{3}",
        proptest::collection::vec(any::<u8>(), 0..9000),
    );
    (
        word(),
        proptest::collection::vec("[ -~\u{e9}\u{20ac}]{0,80}", 0..9),
        person(),
        proptest::collection::vec((person(), 1u32..4), 0..5),
        proptest::option::of(0i64..4_000_000_000),
        proptest::collection::vec(file, 0..3),
    )
        .prop_map(|(subject, lines, from, to, at, files)| Written {
            class: "IPM.Note".into(),
            subject,
            body: lines.join("\n"),
            from,
            to: to
                .into_iter()
                .map(|((name, address), role)| (name, address, role))
                .collect(),
            at,
            files: files
                .into_iter()
                .map(|(name, bytes)| (name.trim().to_owned(), bytes))
                .collect(),
            ..Written::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_mails_read_back(written in any_mail()) {
        let (_dir, export) = files("", &[("x.msg", &msg(&written))]);
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), 1);
        let record = &taken.records[0];
        prop_assert_eq!(&record.extra.subject, &written.subject);
        let sender = format!("{} <{}>", written.from.0, written.from.1);
        prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
        let body = record.text.strip_prefix(&written.subject).unwrap().trim();
        prop_assert_eq!(body, written.body.trim());
        let mut people: Vec<(u32, String)> = written
            .to
            .iter()
            .map(|(name, address, role)| (*role, format!("{name} <{address}>")))
            .collect();
        people.sort_by_key(|(role, _)| *role);
        let read: Vec<(u32, String)> = record
            .extra
            .recipients
            .iter()
            .map(|one| (one.role as u32 + 1, one.who.clone()))
            .collect();
        prop_assert_eq!(read, people);
        let time = written.at.map_or(Time::Unknown, |seconds| Time::Instant {
            seconds,
            offset_minutes: Some(0),
        });
        prop_assert_eq!(record.time, time);
        prop_assert_eq!(record.extra.attachments.len(), written.files.len());
        for (at, (name, bytes)) in written.files.iter().enumerate() {
            prop_assert_eq!(&record.extra.attachments[at].name, name);
            prop_assert_eq!(&bytes_of(&export, &taken, 0, at), bytes);
        }
    }

    #[test]
    fn damage_ends_in_a_stated_outcome(
        written in any_mail(),
        blows in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = msg(&written);
        for (place, byte) in blows {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 2) + 8);
        let (_dir, export) = files("folder", &[("x.msg", &bytes), ("y.msg", &bytes)]);
        if super::detect(&export).is_some_and(|importer| importer.name() == "email") {
            take(&export).unwrap();
        }
    }
}

#[test]
fn samples_of_real_files() {
    let Some(folder) = shared("samples") else {
        return;
    };
    for (name, messages, shape) in [
        ("msg/strangeDate.msg", 1, "msg"),
        ("msg/unicode.msg", 1, "msg"),
        ("pst/Empty.pst", 0, "pst"),
        ("pst/dist-list.pst", 4, "pst"),
        ("pst/passworded.pst", 3, "pst"),
    ] {
        let taken = take(&open(&folder.join(name))).unwrap();
        assert_eq!(taken.counts(), (messages, 0), "{name}");
        assert_eq!(taken.summary.shape, shape);
    }
    let export = open(&folder.join("msg/unicode.msg"));
    let taken = take(&export).unwrap();
    let files = &taken.records[0].extra.attachments;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["import OleFileIO.tif", "raised value error.tif"]);
    // Pictures begin as pictures do.
    assert!(matches!(
        &bytes_of(&export, &taken, 0, 0)[..2],
        b"II" | b"MM"
    ));
    let list = take(&open(&folder.join("pst/dist-list.pst"))).unwrap();
    let of = |words: &str| {
        let found = list
            .records
            .iter()
            .find(|record| record.text.contains(words));
        found.unwrap_or_else(|| panic!("{words}"))
    };
    assert_eq!(of("Member: ").text.matches("Member: ").count(), 3);
    assert_eq!(of("E-mail: ").kind, Kind::Contact);
    assert_eq!(
        of("Begins: 2016-08-02 15:00 UTC").extra.labels,
        ["Calendar"]
    );
}

#[test]
fn damage_in_real_files_ends_in_a_stated_outcome() {
    let Some(folder) = shared("samples/pst") else {
        return;
    };
    let whole = std::fs::read(folder.join("dist-list.pst")).unwrap();
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut outcomes = (0, 0, 0);
    for round in 0..120 {
        let mut bytes = whole.clone();
        // Where the trees and the head are, and anywhere.
        for _ in 0..=round % 30 {
            let place = if round % 2 == 0 {
                random(600)
            } else {
                random(bytes.len())
            };
            bytes[place] = random(256) as u8;
        }
        if round % 7 == 0 {
            bytes.truncate(random(whole.len()));
        }
        let begin = Instant::now();
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x.pst");
        std::fs::write(&path, &bytes).unwrap();
        match Export::from_file(&path, "x.pst") {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                outcomes.0 += 1;
            }
            Ok(export) if super::detect(&export).is_none() => outcomes.1 += 1,
            Ok(export) => {
                take(&export).unwrap();
                outcomes.2 += 1;
            }
        }
        no_hang(begin, "a data file");
    }
    println!("refused, no export, read: {outcomes:?}");
    assert!(outcomes.0 > 0 && outcomes.2 > 0);
}

/// The same mails in a folder of a data file, as the writer of the samples keeps them.
fn data_file(mails: &[Written]) -> Option<Vec<u8>> {
    let person = |(name, address, _): &(String, String, u32)| (name.clone(), address.clone());
    let items = mails.iter().map(|mail| {
        let of = |role| {
            mail.to
                .iter()
                .filter(move |one| one.2 == role)
                .map(person)
                .collect()
        };
        pst::Item::Mail(Box::new(pst::Mail {
            subject: mail.subject.clone(),
            from: mail.from.clone(),
            to: of(1),
            cc: of(2),
            bcc: of(3),
            sent: mail.at,
            body: mail.body.replace('\n', "\r\n"),
            files: mail.files.clone(),
            ..pst::Mail::default()
        }))
    });
    let folder = pst::Folder {
        name: "Inbox".into(),
        items: items.collect(),
    };
    // It lays out small files only.
    pst::write("Test", &[folder]).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_data_files_read_back(mails in proptest::collection::vec(any_mail(), 1..6)) {
        let Some(bytes) = data_file(&mails) else {
            return Ok(());
        };
        let (_dir, export) = files("", &[("x.pst", &bytes)]);
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.summary.shape.as_str(), "pst");
        prop_assert_eq!(taken.records.len(), mails.len());
        for (at, (record, written)) in taken.records.iter().zip(&mails).enumerate() {
            prop_assert_eq!(&record.extra.subject, &written.subject);
            let body = record.text.strip_prefix(&written.subject).unwrap().trim();
            prop_assert_eq!(body, written.body.trim());
            prop_assert_eq!(record.extra.recipients.len(), written.to.len());
            prop_assert_eq!(&record.extra.labels, &["Inbox"]);
            if let Some(seconds) = written.at {
                prop_assert_eq!(record.time, Time::Instant { seconds, offset_minutes: Some(0) });
            }
            for (number, (name, bytes)) in written.files.iter().enumerate() {
                prop_assert_eq!(&record.extra.attachments[number].name, name);
                prop_assert_eq!(&bytes_of(&export, &taken, at, number), bytes);
            }
        }
    }
}

#[test]
fn damage_in_a_data_file_costs_the_mail_it_stands_in() {
    let mails: Vec<Written> = (0..4)
        .map(|number| Written {
            subject: format!("Number {number}"),
            body: format!("The words of number {number}: {}", "quay ".repeat(40)),
            ..mail()
        })
        .collect();
    let mut bytes = data_file(&mails).unwrap();
    // The bytes of one body, encoded or not: found by what differs from a file without it.
    let mut other = mails.clone();
    other[2].body = other[2].body.replace("number 2", "number X");
    let without = data_file(&other).unwrap();
    let place = bytes
        .iter()
        .zip(&without)
        .position(|(a, b)| a != b)
        .unwrap();
    let last = bytes
        .iter()
        .zip(&without)
        .rposition(|(a, b)| a != b)
        .unwrap();
    assert!(place > 0x4400, "the head: {place:#x} to {last:#x}");
    let place = (place..last)
        .find(|at| bytes[*at] != without[*at] && *at > 0x4400)
        .unwrap();
    bytes[place] ^= 0x55;
    let (_dir, export) = files("", &[("x.pst", &bytes)]);
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (3, 1));
    let lost = taken
        .records
        .iter()
        .find(|record| record.kind == Kind::Unreadable)
        .unwrap();
    assert!(
        lost.text.contains("its checksum does not match"),
        "{}",
        lost.text
    );
}
