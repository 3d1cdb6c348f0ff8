//! The case from outside: import, merge, rebuild, check, on WhatsApp exports made here.

use docket::case::ledger::{Entry, Known};
use docket::case::{
    Actor, Case, CaseError, Disagree, ImportOptions, Outcome, Pattern, Progress, SourceReport,
    WordQuery,
};
use docket::check::{Verdict, overall};
use docket::import::{DateOrder, ReadOptions};
use docket::model::{Kind, MessageNumber, SourceId, ThreadId};
use docket::text;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn actor() -> Actor {
    Actor {
        name: "Ann".into(),
        how: Known::Given,
    }
}

/// One message of a made-up chat; minutes from the start of 13 March 2021, a Saturday.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    minute: u32,
    sender: String,
    text: String,
}

fn said(minute: u32, sender: &str, text: &str) -> Said {
    Said {
        minute,
        sender: sender.into(),
        text: text.into(),
    }
}

/// The chat as Android exports it.
fn export(chat: &[Said]) -> String {
    chat.iter()
        .map(|said| {
            let (day, minute) = (13 + said.minute / 1440, said.minute % 1440);
            format!(
                "{day:02}/03/2021, {:02}:{:02} - {}: {}\n",
                minute / 60,
                minute % 60,
                said.sender,
                said.text
            )
        })
        .collect()
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn case_folder(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    fn case(&self) -> Case {
        Case::open_or_create(&self.case_folder()).unwrap()
    }

    /// Puts an export into a folder of its own, so that two may have one name.
    fn put(&self, folder: &str, name: &str, text: &str) -> PathBuf {
        let folder = self.folder.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn import(case: &Case, paths: &[PathBuf]) -> Vec<SourceReport> {
    case.import(paths, &ImportOptions::default(), &actor(), &mut ())
        .unwrap()
}

fn import_one(case: &Case, path: &Path) -> SourceReport {
    let mut reports = import(case, &[path.into()]);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

/// The words of a thread as it is shown.
fn shown(case: &Case, thread: ThreadId) -> Vec<(String, String)> {
    let store = case.store();
    store
        .thread_messages(thread)
        .map(|number| {
            let message = store.message(number).unwrap();
            let sender = message
                .participant
                .map(|id| store.participant(id).unwrap().name.clone());
            (sender.unwrap_or_default(), message.text.to_owned())
        })
        .collect()
}

fn told(chat: &[Said]) -> Vec<(String, String)> {
    chat.iter()
        .map(|said| (said.sender.clone(), said.text.clone()))
        .collect()
}

fn assert_sound(case: &Case) {
    let checks = case.check(true, None, &mut ());
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
}

fn talk(count: u32) -> Vec<Said> {
    (0..count)
        .map(|at| {
            let sender = ["Ann Example", "Bo Sample", "Cy Specimen"][at as usize * 7 % 3];
            said(
                at * 3,
                sender,
                &format!("word{at} is what I say about item {}", at % 17),
            )
        })
        .collect()
}

const NAME: &str = "WhatsApp Chat with Ministers.txt";

#[test]
fn an_export_is_loaded_once() {
    let desk = Desk::new();
    let case = desk.case();
    let chat = talk(60);
    let path = desk.put("a", NAME, &export(&chat));
    let report = import_one(&case, &path);
    assert_eq!(report.outcome, Outcome::Loaded);
    assert_eq!(
        (report.messages, report.new, report.already_known),
        (60, 60, 0)
    );
    assert_eq!(report.bytes, export(&chat).len() as u64);
    assert_eq!(
        report.bytes,
        report.bytes_in_messages + report.bytes_in_structure + report.bytes_in_exceptions
    );
    assert_eq!(shown(&case, ThreadId(0)), told(&chat));
    let entries = case.ledger().entries(0).unwrap().len();

    let again = import_one(&case, &path);
    assert_eq!(again.outcome, Outcome::AlreadyKnown);
    assert_eq!(
        (again.messages, again.new, again.already_known),
        (60, 0, 60)
    );
    assert_eq!(case.store().len(), 60);
    assert_eq!(case.ledger().entries(0).unwrap().len(), entries);
    assert_sound(&case);
}

#[test]
fn a_zip_a_text_and_a_folder_of_one_chat_are_one_chat() {
    let desk = Desk::new();
    let case = desk.case();
    let text = export(&talk(40));
    let bare = desk.put("a", NAME, &text);
    let zip = desk.folder.path().join("WhatsApp Chat with Ministers.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(NAME, options).unwrap();
    std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    writer
        .start_file("IMG-20210313-WA0001.jpg", options)
        .unwrap();
    std::io::Write::write_all(&mut writer, b"not really a picture").unwrap();
    writer.finish().unwrap();
    let folder = desk.put("whole", NAME, &text);
    desk.put("whole", "IMG-20210313-WA0001.jpg", "not really a picture");

    let reports = import(&case, &[bare, zip, folder.parent().unwrap().into()]);
    assert_eq!(reports.len(), 3, "{reports:#?}");
    assert_eq!((reports[0].new, reports[0].already_known), (40, 0));
    assert_eq!((reports[1].new, reports[1].already_known), (0, 40));
    assert_eq!((reports[2].new, reports[2].already_known), (0, 40));
    assert!(reports.iter().all(|report| report.disagreements.is_empty()));
    let items: Vec<_> = reports[1]
        .items
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(items, [NAME, "IMG-20210313-WA0001.jpg"]);
    let store = case.store();
    assert_eq!(store.threads().len(), 1);
    assert_eq!(store.threads()[0].sources.len(), 3);
    let mut bytes = Vec::new();
    let mut picture = case
        .attachment(docket::model::SourceId(1), docket::model::Stands::Item(1))
        .unwrap();
    std::io::Read::read_to_end(&mut picture, &mut bytes).unwrap();
    assert_eq!(bytes, b"not really a picture");
    assert_sound(&case);
    rebuilt_equal(&case);
}

#[test]
fn raw_bytes_and_written_times_come_from_the_sealed_file() {
    let desk = Desk::new();
    let case = desk.case();
    let text = export(&talk(10));
    import(&case, &[desk.put("a", NAME, &text)]);
    let store = case.store();
    let all: Vec<u8> = (0..10)
        .flat_map(|number| case.raw(MessageNumber(number)).unwrap())
        .collect();
    assert_eq!(String::from_utf8(all).unwrap(), text);
    assert_eq!(store.written(MessageNumber(1)), "13/03/2021, 00:03");
    assert!(case.raw(MessageNumber(10)).is_err());
}

#[test]
fn what_cannot_be_loaded_stops_nothing_else() {
    let desk = Desk::new();
    let case = desk.case();
    let good = desk.put("a", NAME, &export(&talk(20)));
    let bad = desk.put("b", "notes.txt", "milk\nbread\n");
    let broken = desk.put("c", "chat.zip", "PK\u{3}\u{4}this is no zip");
    let gone = desk.folder.path().join("nowhere.txt");
    let reports = import(&case, &[bad, broken, gone, good]);
    let refused =
        |at: usize| matches!(&reports[at].outcome, Outcome::Refused(why) if !why.is_empty());
    assert!(refused(0) && refused(1) && refused(2), "{reports:#?}");
    assert_eq!(reports[3].outcome, Outcome::Loaded);
    assert_eq!(case.store().len(), 20);
    assert_sound(&case);
}

/// Stops at the given call.
struct StopAt(u32);

impl Progress for StopAt {
    fn tick(&mut self, _: &str, _: u64, _: u64) -> ControlFlow<()> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
}

/// Every file below a folder with its bytes, but for SQLite's and the lock.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !name.starts_with("ledger.sqlite") && !name.ends_with(".lock") {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_stopped_import_leaves_the_case_as_it_was() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(30)))]);
    let before = files(&desk.case_folder());
    let head = case.ledger().head().unwrap();
    let mut others = talk(35);
    for said in &mut others {
        said.text.push_str(" over there");
    }
    let more = desk.put("b", "WhatsApp Chat with Others.txt", &export(&others));
    let mut stopped = 0;
    for calls in 0.. {
        let done = case.import(
            std::slice::from_ref(&more),
            &ImportOptions::default(),
            &actor(),
            &mut StopAt(calls),
        );
        match done {
            Err(CaseError::Stopped) => {
                stopped += 1;
                assert_eq!(files(&desk.case_folder()), before, "after {calls} calls");
                assert_eq!(case.ledger().head().unwrap(), head);
                assert_eq!(case.store().len(), 30);
            }
            Err(error) => panic!("{error}"),
            Ok(_) => break,
        }
    }
    assert!(stopped >= 3, "{stopped}");
    assert_eq!(case.store().len(), 65);
    assert_sound(&case);
}

/// The state that a rebuild must give again.
fn state(case: &Case) -> Vec<(u32, u32, u32, String, String)> {
    let store = case.store();
    (0..store.len())
        .map(|number| {
            let number = MessageNumber(number);
            let message = store.message(number).unwrap();
            let (thread, position) = store.position_of(number).unwrap();
            assert_eq!(store.thread_message(thread, position), Some(number));
            let sender = message.participant.map(|id| store.participant(id).unwrap());
            (
                number.0,
                thread.0,
                position,
                format!("{:?} {:?}", message.time, sender),
                message.text.to_owned(),
            )
        })
        .collect()
}

/// The columns, texts and order of all parts; the index has random names in it.
fn columns(case: &Case) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(&case.layout().parts());
    let order = case.layout().order();
    found.insert(order.clone(), std::fs::read(&order).unwrap());
    found
}

fn rebuilt_equal(case: &Case) {
    let (before, state_before) = (columns(case), state(case));
    let sources = case.store().sources().to_vec();
    case.rebuild(&mut ()).unwrap();
    assert_eq!(columns(case), before);
    assert_eq!(state(case), state_before);
    assert_eq!(case.store().sources(), sources);
    assert_sound(case);
}

#[test]
fn derived_data_are_remade_whatever_is_missing() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(30)))]);
    import(&case, &[desk.put("b", NAME, &export(&talk(50)))]);
    assert_eq!(case.store().len(), 50);
    rebuilt_equal(&case);
    let (before, state_before) = (columns(&case), state(&case));
    let layout = case.layout().clone();
    drop(case);
    let victims = [
        layout.derived(),
        layout.parts(),
        layout.part(0),
        layout.part(1),
        layout.part(1).join("texts"),
        layout.part(0).join("manifest.json"),
        layout.index(),
        layout.order(),
    ];
    for victim in victims {
        if victim.is_dir() {
            std::fs::remove_dir_all(&victim).unwrap();
        } else {
            std::fs::remove_file(&victim).unwrap();
        }
        let case = Case::open(layout.root()).unwrap();
        assert_eq!(columns(&case), before, "{victim:?}");
        assert_eq!(state(&case), state_before, "{victim:?}");
        assert_sound(&case);
    }
    // A manifest is shown as it stands: one changed bit, here of a name, is as good as none.
    let manifest = layout.part(0).join("manifest.json");
    let mut bytes = std::fs::read(&manifest).unwrap();
    let at = bytes.windows(4).position(|four| four == b"name").unwrap();
    bytes[at + 7] ^= 1;
    std::fs::remove_file(&manifest).unwrap();
    std::fs::write(&manifest, &bytes).unwrap();
    let case = Case::open(layout.root()).unwrap();
    assert_eq!(columns(&case), before);
    assert_eq!(state(&case), state_before);
    assert_sound(&case);
    drop(case);
    // A file that was cut short is as good as missing.
    for victim in [layout.part(0).join("kind"), layout.order()] {
        let bytes = std::fs::read(&victim).unwrap();
        std::fs::remove_file(&victim).unwrap();
        std::fs::write(&victim, &bytes[..bytes.len() / 2]).unwrap();
        let case = Case::open(layout.root()).unwrap();
        assert_eq!(columns(&case), before, "{victim:?}");
        assert_sound(&case);
    }
}

#[test]
fn damage_is_found_by_a_full_check() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(30)))]);
    assert_sound(&case);
    let sealed = case
        .layout()
        .original(&case.store().sources()[0].sha256.clone());
    let index = std::fs::read_dir(case.layout().index())
        .unwrap()
        .flat_map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "pos"))
        .unwrap();
    for (victim, name) in [
        (sealed, "originals"),
        (case.layout().part(0).join("texts"), "columns"),
        (case.layout().part(0).join("participant"), "columns"),
        (index, "index"),
    ] {
        let whole = std::fs::read(&victim).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let swap = |bytes: &[u8]| {
            // Beside and renamed: a mapped file is never written.
            let beside = victim.with_extension("swap");
            std::fs::write(&beside, bytes).unwrap();
            std::fs::rename(&beside, &victim).unwrap();
        };
        swap(&bytes);
        let failed: Vec<_> = case
            .check(true, None, &mut ())
            .into_iter()
            .filter(|check| check.verdict == Verdict::Failed)
            .map(|check| check.name)
            .collect();
        // A damaged original also reads otherwise than the case has it.
        let expected = match name {
            "originals" => vec![name, "reading"],
            _ => vec![name],
        };
        assert_eq!(failed, expected, "{victim:?}");
        swap(&whole);
    }
    assert_sound(&case);
}

#[test]
fn a_part_that_no_entry_tells_of_is_swept() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(30)))]);
    // What a kill between the part and the ledger's entry leaves.
    let stray = case.layout().part(1);
    std::fs::create_dir(&stray).unwrap();
    std::fs::write(stray.join("texts"), "half").unwrap();
    let unfinished = case.layout().parts().join(".new");
    std::fs::create_dir(&unfinished).unwrap();
    let folder = case.layout().root().to_path_buf();
    drop(case);
    let case = Case::open(&folder).unwrap();
    assert_eq!(case.store().len(), 30);
    let reports = import(&case, &[desk.put("b", NAME, &export(&talk(31)))]);
    assert_eq!((reports[0].new, reports[0].already_known), (1, 30));
    assert_eq!(case.store().len(), 31);
    assert_sound(&case);
}

#[test]
fn only_one_session_loads_at_a_time() {
    let desk = Desk::new();
    let case = desk.case();
    let other = Case::open(&desk.case_folder()).unwrap();
    let path = desk.put("a", NAME, &export(&talk(5)));
    let held = case.layout().lock().unwrap();
    let refused = other.import(
        std::slice::from_ref(&path),
        &ImportOptions::default(),
        &actor(),
        &mut (),
    );
    assert!(matches!(refused, Err(CaseError::Busy { .. })));
    drop(held);
    import(&other, &[path]);
    assert_eq!(case.store().len(), 0);
    case.reload().unwrap();
    assert_eq!(case.store().len(), 5);
}

#[test]
fn other_folders_are_refused() {
    let desk = Desk::new();
    let path = desk.put("mine", "thesis.txt", "words");
    let refused = Case::open_or_create(path.parent().unwrap());
    assert!(matches!(refused, Err(CaseError::NotACase { .. })));
    // A file in the place of a folder.
    for refused in [Case::open(&path), Case::open_or_create(&path)] {
        assert!(matches!(refused, Err(CaseError::NotACase { .. })));
    }
    let refused = Case::open(&desk.folder.path().join("nowhere"));
    assert!(matches!(refused, Err(CaseError::NoCase { .. })));
    std::fs::write(
        desk.folder.path().join("mine/docket.json"),
        r#"{"docket_case":9}"#,
    )
    .unwrap();
    let refused = Case::open(path.parent().unwrap());
    assert!(matches!(refused, Err(CaseError::Format { found: 9, .. })));
}

/// An empty ledger in the place of a lost one would say that nothing was ever decided.
#[test]
fn a_lost_ledger_is_told_and_none_is_made_in_its_place() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(5)))]);
    drop(case);
    let ledger = desk.case_folder().join("ledger.sqlite");
    std::fs::remove_file(&ledger).unwrap();
    for open in [Case::open, Case::open_or_create] {
        let refused = open(&desk.case_folder());
        assert!(matches!(refused, Err(CaseError::LedgerGone { .. })));
        assert!(!ledger.exists());
    }
    std::fs::write(&ledger, "").unwrap();
    let refused = Case::open(&desk.case_folder());
    assert!(matches!(refused, Err(CaseError::LedgerGone { .. })));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_enter() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(5)))]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&desk.case_folder()), 0o700);
    for path in files(&case.layout().parts()).into_keys() {
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
    for path in files(&case.layout().originals()).into_keys() {
        assert_eq!(mode(&path), 0o400, "{path:?}");
    }
}

#[test]
fn the_order_of_dates_is_settled_from_the_sealed_original() {
    let desk = Desk::new();
    let case = desk.case();
    let text = "03/05/2021, 09:30 - Ann Example: hello\n04/05/2021, 09:31 - Bo Sample: good day\n";
    let path = desk.put("a", NAME, text);
    let source = import_one(&case, &path).source.unwrap();
    std::fs::remove_file(&path).unwrap();
    for (order, written) in [
        (DateOrder::Mdy, "2021-03-05"),
        (DateOrder::Dmy, "2021-05-03"),
    ] {
        let report = case.read_again(source, order, &actor(), &mut ()).unwrap();
        assert_eq!(report.outcome, Outcome::ReadAgain);
        assert_eq!(report.date_order, Some(order));
        assert!(!report.date_order_assumed, "{report:#?}");
        let store = case.store();
        let day = store.message(MessageNumber(0)).unwrap().time.unwrap();
        let day = chrono::DateTime::from_timestamp(day, 0).unwrap();
        assert_eq!(day.format("%Y-%m-%d").to_string(), written);
    }
    let entries = case.ledger().entries(1).unwrap().len();
    let report = case
        .read_again(source, DateOrder::Dmy, &actor(), &mut ())
        .unwrap();
    assert_eq!(report.outcome, Outcome::AlreadyKnown, "it is so already");
    assert_eq!(case.ledger().entries(1).unwrap().len(), entries);
    let nowhere = case.read_again(SourceId(7), DateOrder::Dmy, &actor(), &mut ());
    assert!(matches!(nowhere, Err(CaseError::Missing(_))));
    assert_sound(&case);
}

#[test]
fn lines_are_counted_in_the_sealed_bytes() {
    let text = "13/03/2021, 09:30 - Ann Example: one\n13/03/2021, 09:31 - Bo Sample: two\nlines\n\nand more\n13/03/2021, 09:32 - Ann Example: three\n";
    let utf16 = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let encodings: [Vec<u8>; 4] = [
        text.into(),
        text.replace('\n', "\r\n").into(),
        utf16.clone().flat_map(u16::to_le_bytes).collect(),
        utf16.flat_map(u16::to_be_bytes).collect(),
    ];
    for bytes in encodings {
        let desk = Desk::new();
        let case = desk.case();
        let path = desk.put("a", NAME, "");
        std::fs::write(&path, bytes).unwrap();
        import_one(&case, &path);
        let lines: Vec<_> = (0..3)
            .map(|number| case.line_of(MessageNumber(number)).unwrap())
            .collect();
        assert_eq!(lines, [1, 2, 6]);
        let none = case.line_of(MessageNumber(3));
        assert!(matches!(none, Err(CaseError::Missing(_))));
    }
}

#[test]
fn a_settled_order_of_dates_keeps_numbers() {
    let desk = Desk::new();
    let case = desk.case();
    // Neither part is above 12: the export does not decide.
    let text = "03/05/2021, 09:30 - Ann Example: hello\n04/05/2021, 09:31 - Bo Sample: good day\n";
    let path = desk.put("a", NAME, text);
    let report = import_one(&case, &path);
    assert!(report.date_order_assumed, "{report:#?}");
    let other = match report.date_order {
        Some(DateOrder::Dmy) => DateOrder::Mdy,
        _ => DateOrder::Dmy,
    };
    let before = case.store();
    let options = ImportOptions {
        read: ReadOptions {
            date_order: Some(other),
        },
        ..ImportOptions::default()
    };
    let reports = case.import(&[path], &options, &actor(), &mut ()).unwrap();
    assert_eq!(reports[0].outcome, Outcome::ReadAgain);
    assert_eq!(reports[0].date_order, Some(other));
    assert!(!reports[0].date_order_assumed);
    let after = case.store();
    for number in (0..2).map(MessageNumber) {
        assert_eq!(before.text(number), after.text(number));
        assert_ne!(before.time(number), after.time(number));
    }
    let entries = case.ledger().entries(0).unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| matches!(entry.entry, Entry::DateOrder { order, .. } if order == other))
    );
    assert_sound(&case);
    rebuilt_equal(&case);
}

#[test]
fn another_zone_moves_times_and_nothing_else() {
    let desk = Desk::new();
    let case = desk.case();
    import(&case, &[desk.put("a", NAME, &export(&talk(30)))]);
    let before = case.store();
    let fact = Entry::Fact {
        key: docket::case::TIME_ZONE.into(),
        from: None,
        to: Some("Asia/Kolkata".into()),
        basis: None,
    };
    case.ledger().append(&actor(), &fact, None).unwrap();
    case.reload().unwrap();
    let after = case.store();
    assert_eq!(after.zone(), chrono_tz::Asia::Kolkata);
    for number in (0..30).map(MessageNumber) {
        assert_eq!(
            before.time(number).unwrap() - after.time(number).unwrap(),
            (5 * 60 + 30) * 60
        );
        assert_eq!(before.text(number), after.text(number));
    }
    assert_sound(&case);
}

#[test]
fn a_later_export_says_what_it_tells_differently() {
    let desk = Desk::new();
    let case = desk.case();
    let first = talk(40);
    let mut later = first.clone();
    later[5].text = "This message was deleted".into();
    later[9].text = "word9 was never about that <This message was edited>".into();
    later.remove(20);
    for said in &mut later {
        if said.sender == "Cy Specimen" {
            said.sender = "Cyrus".into();
        }
    }
    later.push(said(200, "Cyrus", "one more thing"));
    import(&case, &[desk.put("a", NAME, &export(&first))]);
    let report = import_one(&case, &desk.put("b", NAME, &export(&later)));
    assert_eq!((report.new, report.already_known), (1, 39), "{report:#?}");
    let store = case.store();
    assert_eq!(store.threads().len(), 1);
    let told: BTreeSet<_> = store
        .differences()
        .into_iter()
        .map(|differs| (differs.number.0, differs.what.name()))
        .collect();
    let renamed = first.iter().position(|said| said.sender == "Cy Specimen");
    assert_eq!(
        told,
        BTreeSet::from([
            (5, Disagree::DeletedSince.name()),
            (9, Disagree::Edited.name()),
            (20, Disagree::Missing.name()),
            (
                u32::try_from(renamed.unwrap()).unwrap(),
                Disagree::RenamedSender.name()
            ),
        ])
    );
    let edited = store.disagreements(MessageNumber(9)).remove(0);
    assert!(edited.text.contains("never about that"));
    assert!(
        store
            .message(MessageNumber(9))
            .unwrap()
            .marks
            .has(docket::model::Marks::DISPUTED)
    );
    assert_eq!(store.message(MessageNumber(5)).unwrap().kind, Kind::Text);
    assert_sound(&case);
    rebuilt_equal(&case);
}

#[test]
fn what_was_deleted_since_comes_back_from_an_older_export() {
    let desk = Desk::new();
    let case = desk.case();
    let older = talk(20);
    let mut newer = older.clone();
    newer[7].text = "This message was deleted".into();
    import(&case, &[desk.put("a", NAME, &export(&newer))]);
    let report = import_one(&case, &desk.put("b", NAME, &export(&older)));
    assert_eq!((report.new, report.already_known), (1, 19));
    assert_eq!(report.disagreements.get("present-here"), Some(&1));
    let words: Vec<_> = shown(&case, ThreadId(0))
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(words.len(), 21);
    assert!(words.contains(&older[7].text));
    assert_sound(&case);
}

#[test]
fn chats_that_are_only_alike_stay_apart() {
    let desk = Desk::new();
    let case = desk.case();
    // One title, the same two people, other words.
    let one = talk(30);
    let two: Vec<_> = one
        .iter()
        .map(|told| {
            said(
                told.minute,
                &told.sender,
                &format!("{} elsewhere", told.text),
            )
        })
        .collect();
    // A circular: one sender tells the same to two people who answer differently.
    let circular = |name: &str| -> Vec<Said> {
        (0..12)
            .flat_map(|at| {
                [
                    said(at * 10, "Ann Example", &format!("notice {at}")),
                    said(at * 10 + 1, name, &format!("answer {at} from {name}")),
                ]
            })
            .collect()
    };
    let reports = import(
        &case,
        &[
            desk.put("a", NAME, &export(&one)),
            desk.put("b", NAME, &export(&two)),
            desk.put("c", "WhatsApp Chat with Dee.txt", &export(&circular("Dee"))),
            desk.put("d", "WhatsApp Chat with Eve.txt", &export(&circular("Eve"))),
        ],
    );
    assert_eq!(case.store().threads().len(), 4, "{reports:#?}");
    assert!(reports.iter().all(|report| report.already_known == 0));
    assert_sound(&case);
}

#[test]
fn a_direct_chat_whose_contact_was_saved_since_is_the_same() {
    let desk = Desk::new();
    let case = desk.case();
    let before: Vec<_> = (0..20)
        .map(|at| {
            let sender = if at % 2 == 0 {
                "Ann Example"
            } else {
                "+44 7700 900123"
            };
            said(at * 5, sender, &format!("line {at}"))
        })
        .collect();
    let after: Vec<_> = before
        .iter()
        .map(|told| {
            said(
                told.minute,
                &told.sender.replace("+44 7700 900123", "Dee"),
                &told.text,
            )
        })
        .chain([said(500, "Dee", "and one more")])
        .collect();
    import(
        &case,
        &[desk.put(
            "a",
            "WhatsApp Chat with +44 7700 900123.txt",
            &export(&before),
        )],
    );
    let report = import_one(
        &case,
        &desk.put("b", "WhatsApp Chat with Dee.txt", &export(&after)),
    );
    assert_eq!((report.new, report.already_known), (1, 20));
    assert_eq!(report.disagreements.get("renamed-sender"), Some(&10));
    assert_eq!(case.store().threads().len(), 1);
}

#[test]
fn two_parts_and_then_the_whole() {
    let desk = Desk::new();
    let case = desk.case();
    let whole = talk(90);
    import(&case, &[desk.put("a", NAME, &export(&whole[..40]))]);
    import(&case, &[desk.put("b", NAME, &export(&whole[50..]))]);
    let report = import_one(&case, &desk.put("c", NAME, &export(&whole)));
    assert_eq!((report.new, report.already_known), (10, 80));
    assert_sound(&case);
    rebuilt_equal(&case);
}

/// Words by which messages are looked for, and those that hold them, found the slow way.
fn slow(texts: &[String], words: &[String], prefix: bool) -> BTreeSet<u32> {
    (0u32..)
        .zip(texts)
        .filter(|(_, text)| {
            let all: Vec<String> = text::words(text).map(|word| word.folded).collect();
            all.windows(words.len().max(1)).any(|window| {
                window.iter().zip(words).enumerate().all(|(at, (a, b))| {
                    if prefix && at + 1 == words.len() {
                        a.starts_with(b.as_str())
                    } else {
                        a == b
                    }
                })
            })
        })
        .map(|(number, _)| number)
        .collect()
}

fn some_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[a-d]{1,3}",
        1 => Just("Straße".to_owned()),
        1 => Just("会議です".to_owned()),
        1 => Just("👍🏽".to_owned()),
        1 => Just("ประชุม".to_owned()),
    ];
    proptest::collection::vec(word, 1..8).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_and_the_scan_find_what_is_there(
        texts in proptest::collection::vec(some_text(), 3..40),
        split in any::<prop::sample::Index>(),
        queries in proptest::collection::vec((some_text(), 1usize..4, any::<bool>()), 1..12),
        pattern in prop_oneof![Just("a b"), Just("^a"), Just("[a-c]+d$"), Just("(?i)STRA"), Just(r"\bab\b"), Just("[^a]"), Just("会")],
    ) {
        let desk = Desk::new();
        let case = desk.case();
        let chat: Vec<_> = (0u32..).zip(&texts).map(|(at, text)| said(at, "Ann Example", text)).collect();
        let at = split.index(chat.len() - 1) + 1;
        import(&case, &[desk.put("a", NAME, &export(&chat[..at]))]);
        import(&case, &[desk.put("b", NAME, &export(&chat))]);
        let store = case.store();
        prop_assert_eq!(store.len() as usize, texts.len());
        let never = AtomicBool::new(false);
        let found: Vec<String> = (0..store.len()).map(|n| store.text(MessageNumber(n)).unwrap().to_owned()).collect();
        for (query, count, prefix) in queries {
            let words: Vec<String> = text::words(&query).take(count).map(|word| word.folded).collect();
            if words.is_empty() { continue; }
            let expected = slow(&found, &words, prefix);
            let query = WordQuery { words, prefix };
            let hits: BTreeSet<u32> = store.matches(&query, &never).unwrap().into_iter().collect();
            prop_assert_eq!(hits, expected, "{:?}", query);
        }
        let pattern = Pattern::regex(pattern, false).unwrap();
        let hits: BTreeSet<u32> = store.scan(&pattern, &never).into_iter().collect();
        let expected: BTreeSet<u32> = (0u32..).zip(&found).filter(|(_, text)| pattern.is_match(text)).map(|(n, _)| n).collect();
        prop_assert_eq!(hits, expected);
    }

    /// Two exports of one chat, each a stretch of it with messages missing: the case holds the
    /// union in the chat's order, and each export's count adds up.
    #[test]
    fn overlapping_exports_give_the_union(
        steps in proptest::collection::vec((0u32..3, 0usize..3, 0usize..6), 30..80),
        cut in 0usize..10,
        end in 20usize..30,
        lost in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let mut minute = 0;
        let words = ["ok", "yes", "no", "later", "fine by me", "see you"];
        let chat: Vec<Said> = steps.iter().enumerate().map(|(at, (step, sender, word))| {
            minute += step;
            let sender = ["Ann Example", "Bo Sample", "Cy Specimen"][*sender];
            // Short answers repeat; others say which they are.
            let text = if at % 3 == 0 { words[*word].to_owned() } else { format!("{} {at}", words[*word]) };
            said(minute, sender, &text)
        }).collect();
        let first: Vec<Said> = chat[..end].to_vec();
        let mut second: Vec<Said> = chat[cut..].to_vec();
        for index in lost {
            // Only messages that can be told from all others.
            let at = index.index(second.len());
            if second[at].text.ends_with(|c: char| c.is_ascii_digit()) {
                second.remove(at);
            }
        }
        let desk = Desk::new();
        let case = desk.case();
        import(&case, &[desk.put("a", NAME, &export(&first))]);
        let report = import_one(&case, &desk.put("b", NAME, &export(&second)));
        let mut expected: Vec<(String, String)> = told(&first);
        prop_assert_eq!(report.new + report.already_known, report.messages);
        prop_assert_eq!(case.store().threads().len(), 1);
        // The second export's messages after the overlap are new, in their order.
        let tail: Vec<_> = {
            let known = first.len() - cut - chat[cut..end].iter().filter(|said| !second.contains(said)).count();
            second[known..].to_vec()
        };
        expected.extend(told(&tail));
        let shown = shown(&case, ThreadId(0));
        let sort = |mut all: Vec<(String, String)>| { all.sort(); all };
        prop_assert_eq!(sort(shown.clone()), sort(expected));
        // Both exports stand in the thread in their own order.
        for export in [&first, &second] {
            let mut rest = shown.iter();
            for line in told(export) {
                prop_assert!(rest.any(|there| *there == line), "{:?} is out of place", line);
            }
        }
        let again = import_one(&case, &desk.put("c", NAME, &format!("\u{feff}{}", export(&second))));
        prop_assert_eq!(again.new, 0);
    }
}
