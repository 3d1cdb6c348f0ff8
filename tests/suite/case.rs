//! The case from outside: import, merge, rebuild, check, on WhatsApp exports made here.

use docket::case::ledger::{Entry, Known};
use docket::case::{
    Actor, Case, CaseError, Disagree, ImportOptions, Outcome, Pattern, Progress, SourceReport,
    WordQuery,
};
use docket::check::{Verdict, overall};
use docket::import::{DateOrder, ReadOptions};
use docket::model::{Kind, MessageNumber, ThreadId};
use docket::text;
use proptest::prelude::*;
use std::collections::BTreeSet;
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
    let checks = case.check(true, &mut ());
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
