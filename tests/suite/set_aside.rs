//! What ends the reader of an export costs one record, whatever the format, and nothing after it.

use super::apart::{alone, given};
use super::overheard::{Overheard, asks_and_answers, read_with};
use docket::case::{Actor, Case, ImportOptions};
use docket::import::worker;
use docket::import::{Importer, Record};
use docket::model::{Kind, MessageNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A reader whose importers end its process at the texts in a file.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn fatal_reader() {
    let Some(texts) = given() else { return };
    let texts: Vec<String> = serde_json::from_slice(&fs::read(texts).unwrap()).unwrap();
    TEXTS.set(texts).unwrap();
    let (asks, answers) = asks_and_answers().unwrap();
    worker::serve(asks, answers, &fatal).unwrap();
}

static TEXTS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();

/// Ends the process at one of the texts.
fn ends(record: &mut Record) {
    if TEXTS
        .get()
        .is_some_and(|texts| texts.contains(&record.text))
    {
        std::process::abort();
    }
}

fn fatal(name: &str) -> Option<&'static dyn Importer> {
    let of = docket::import::by_name(name)?;
    Some(Box::leak(Box::new(Overheard { of, hear: &ends })))
}

/// Loads the samples with that reader.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn fatal_import() {
    let Some(folder) = given() else { return };
    let texts = folder.join("texts").display().to_string();
    read_with(&folder, "suite::set_aside::fatal_reader", &texts);
    load_samples(&folder.join("again"));
}

fn load_samples(case: &Path) -> Case {
    let case = Case::open_or_create(case).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports");
    let ada = Actor {
        name: "Ada".into(),
        how: docket::case::ledger::Known::Given,
    };
    case.import(&[samples], &ImportOptions::default(), &ada, &mut ())
        .unwrap();
    case
}

/// What ends a reader costs a record whatever the format, and nothing after it.
#[test]
fn what_ends_a_reader_costs_one_record_of_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let case = load_samples(&folder.path().join("once"));
    let store = case.store();
    let all = || (0..store.len()).map(|n| store.message(MessageNumber(n)).unwrap());
    let mut times = BTreeMap::new();
    for message in all() {
        *times.entry(message.text).or_insert(0) += 1;
    }
    // Of each export one message in the middle whose text stands nowhere else.
    let mut chosen = BTreeMap::new();
    for source in store.sources() {
        let own: Vec<_> = all()
            .filter(|one| one.source == source.id && one.kind == Kind::Text)
            .filter(|one| one.text.len() > 12 && times[one.text] == 1)
            .collect();
        if let Some(one) = own.get(own.len() / 2) {
            chosen.insert((source.name.clone(), source.format.clone()), *one);
        }
    }
    let formats: BTreeSet<&str> = chosen.keys().map(|(_, format)| format.as_str()).collect();
    println!("{} exports of {formats:?}", chosen.len());
    assert!(formats.len() >= 20, "{formats:?}");
    let texts: Vec<&str> = chosen.values().map(|one| one.text).collect();
    fs::write(
        folder.path().join("texts"),
        serde_json::to_vec(&texts).unwrap(),
    )
    .unwrap();
    let output = alone("suite::set_aside::fatal_import", folder.path());
    assert!(output.status.success(), "{output:?}");
    let again = Case::open(&folder.path().join("again")).unwrap();
    let left = again.store();
    let mut lost = Vec::new();
    for source in left.sources() {
        let key = (source.name.clone(), source.format.clone());
        let Some(one) = chosen.get(&key) else {
            continue;
        };
        let aside: Vec<_> = (0..left.len())
            .map(|n| left.message(MessageNumber(n)).unwrap())
            .filter(|two| two.source == source.id && two.kind == Kind::Unreadable)
            .filter(|two| {
                let notes = left.extra(two.number).notes.clone();
                notes.iter().any(|note| note.contains("Was set aside"))
            })
            .collect();
        let is_that = aside
            .iter()
            .all(|two| (two.item, two.span) == (one.item, one.span));
        if aside.len() != 1 || !is_that {
            lost.push(format!(
                "{} ({}): {:?} and not {:?}",
                source.name,
                source.format,
                aside.iter().map(|two| two.span).collect::<Vec<_>>(),
                one.span
            ));
        }
    }
    for source in store.sources() {
        if !left.sources().iter().any(|one| one.name == source.name) {
            lost.push(format!("{} ({}): all of it", source.name, source.format));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}
