//! What ends the reader of an export costs one record, whatever the format, and nothing after it.

use super::apart::{alone, given};
use docket::case::{Actor, Case, ImportOptions};
use docket::import::worker;
use docket::import::{
    About, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use docket::model::{Kind, MessageNumber, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Ends the process that reads a message with one of these texts.
struct Fatal {
    of: &'static dyn Importer,
    texts: Vec<String>,
}

/// Ends the process at a text.
struct Ends<'s>(&'s mut dyn Sink, &'s [String]);

impl Sink for Ends<'_> {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.0.thread(head)
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        if self.1.contains(&record.text) {
            std::process::abort();
        }
        self.0.record(record)
    }

    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.0.structure(item, span)
    }

    fn about(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.0.about(item, span)
    }

    fn progress(&mut self, bytes_read: u64) -> Result<(), ReadError> {
        self.0.progress(bytes_read)
    }
}

impl Importer for Fatal {
    fn name(&self) -> &'static str {
        self.of.name()
    }

    fn version(&self) -> u32 {
        self.of.version()
    }

    fn about(&self) -> About {
        self.of.about()
    }

    fn detect(&self, export: &Export) -> Detection {
        self.of.detect(export)
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        self.of.read(export, options, &mut Ends(sink, &self.texts))
    }
}

/// A reader whose importers end its process at the texts in a file.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn fatal_reader() {
    let Some(texts) = given() else { return };
    let texts: Vec<String> = serde_json::from_slice(&fs::read(texts).unwrap()).unwrap();
    TEXTS.set(texts).unwrap();
    let answers = fs::OpenOptions::new()
        .write(true)
        .open("/proc/self/fd/3")
        .unwrap();
    let asks = fs::File::open("/proc/self/fd/0").unwrap();
    worker::serve(asks, answers, &fatal).unwrap();
}

static TEXTS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();

fn fatal(name: &str) -> Option<&'static dyn Importer> {
    let of = docket::import::by_name(name)?;
    let texts = TEXTS.get()?.clone();
    Some(Box::leak(Box::new(Fatal { of, texts })))
}

/// Loads the samples with that reader.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn fatal_import() {
    let Some(folder) = given() else { return };
    let reader = folder.join("reader");
    let script = format!(
        "#!/bin/sh\nexport DOCKET_ALONE={}\nexec 3>&1 >/dev/null\nexec {} --exact suite::set_aside::fatal_reader --ignored --nocapture --test-threads=1\n",
        folder.join("texts").display(),
        std::env::current_exe().unwrap().display()
    );
    fs::write(&reader, script).unwrap();
    fs::set_permissions(&reader, fs::Permissions::from_mode(0o700)).unwrap();
    worker::read_with(reader, Vec::new());
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
