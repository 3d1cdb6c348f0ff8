//! Readers of exports that do what a test wants: an importer whose records are looked at, and
//! changed, before they are told, and the program that reads with it.

use super::apart::given;
use docket::import::worker;
use docket::import::{
    About, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use docket::model::Span;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What is done with a record before it is told.
type Hear = dyn Fn(&mut Record) + Sync;

/// An importer that is listened to.
pub struct Overheard {
    pub of: &'static dyn Importer,
    pub hear: &'static Hear,
}

/// Hears the records on their way.
struct Hears<'s>(&'s mut dyn Sink, &'static Hear);

impl Sink for Hears<'_> {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.0.thread(head)
    }

    fn record(&mut self, mut record: Record) -> Result<(), ReadError> {
        (self.1)(&mut record);
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

impl Importer for Overheard {
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
        self.of.read(export, options, &mut Hears(sink, self.hear))
    }
}

/// Has exports read by an ignored test of this suite, which calls [`asks_and_answers`], with
/// `is_given` as what it is [`given`]; its program lies in `folder`.
pub fn read_with(folder: &Path, test: &str, is_given: &str) {
    let reader = folder.join("reader");
    // What the test's own frame prints is no answer.
    let script = format!(
        "#!/bin/sh\nexport DOCKET_ALONE={is_given}\nexec 3>&1 >/dev/null\nexec {} --exact {test} --ignored --nocapture --test-threads=1\n",
        std::env::current_exe().unwrap().display()
    );
    fs::write(&reader, script).unwrap();
    fs::set_permissions(&reader, fs::Permissions::from_mode(0o700)).unwrap();
    worker::read_with(reader, Vec::new());
}

/// The two ends of such a reader's pipes; `None` where the test was not started as one.
pub fn asks_and_answers() -> Option<(File, File)> {
    given()?;
    let asks = File::open("/proc/self/fd/0").unwrap();
    let answers = OpenOptions::new().write(true).open("/proc/self/fd/3");
    Some((asks, answers.unwrap()))
}
