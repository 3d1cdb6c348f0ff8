//! The reader's side: a process that is given one export, locks itself, and answers. `starter.rs` makes one
//! for each export.

use super::super::export::{Export, Gap};
use super::super::{self as import, Importer, ReadError, Record, Sink, Summary, ThreadHead};
use super::said::{Answer, Ask, Files, Found, FoundVerdict, Setup, WirePath};
use super::wire::{self, Event, GATHERED, Gathered};
use crate::guard;
use crate::model::Span;
use crate::sandbox::{self, Reach, patience};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where events go.
struct Pipe<W> {
    to: W,
    gathered: Gathered,
    /// Whether each event is told at once, so that it is known what ended the reader.
    careful: bool,
    sent: Instant,
}

impl<W: Write> Pipe<W> {
    fn put(&mut self, put: impl FnOnce(&mut Gathered)) -> io::Result<()> {
        put(&mut self.gathered);
        patience::tells();
        if self.careful || self.gathered.len() >= GATHERED {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.gathered.send(&mut self.to)?;
        self.sent = Instant::now();
        Ok(())
    }
}

/// Several ends of one pipe: the importer tells records, the export what is opened.
struct Shared<W> {
    pipe: Arc<Mutex<Pipe<W>>>,
    /// As [`Pipe::careful`].
    careful: bool,
}

impl<W> Clone for Shared<W> {
    fn clone(&self) -> Self {
        Shared {
            pipe: Arc::clone(&self.pipe),
            careful: self.careful,
        }
    }
}

impl<W: Write> Shared<W> {
    fn pipe(&self) -> MutexGuard<'_, Pipe<W>> {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: &Event<'_>) -> Result<(), ReadError> {
        let told = self.pipe().put(|to| to.event(event));
        told.map_err(|error| ReadError::Keep(error.into()))
    }

    fn answer(&self, answer: &Answer) -> io::Result<()> {
        let json = serde_json::to_vec(answer)?;
        let mut pipe = self.pipe();
        pipe.gathered.event(&Event::Answer(json));
        pipe.flush()
    }
}

impl<W: Write> Sink for Shared<W> {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.tell(&Event::Thread(head))
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.record_of(&record)
    }

    fn record_of(&mut self, record: &Record) -> Result<(), ReadError> {
        let told = self.pipe().put(|to| to.record(record));
        told.map_err(|error| ReadError::Keep(error.into()))
    }

    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.tell(&Event::Structure(item, span))
    }

    fn about(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        if self.careful {
            self.tell(&Event::About(item, span))?;
        }
        Ok(())
    }

    fn progress(&mut self, bytes_read: u64) -> Result<(), ReadError> {
        self.tell(&Event::Progress(bytes_read))?;
        let mut pipe = self.pipe();
        if pipe.sent.elapsed() >= Duration::from_millis(100) {
            pipe.flush()
                .map_err(|error| ReadError::Keep(error.into()))?;
        }
        Ok(())
    }
}

/// Takes one frame of JSON; `None` at the end of what is asked: a frame with nothing in it, or the pipe's.
fn take<T: serde::de::DeserializeOwned>(from: &mut dyn Read) -> io::Result<Option<T>> {
    let mut prefix = [0; wire::PREFIX];
    match from.read_exact(&mut prefix) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = wire::length_of(&prefix).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut json = vec![0; length.unwrap_or_default()];
    if json.is_empty() {
        return Ok(None);
    }
    from.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// What the reader was given, before and after it is opened as an export.
enum Given {
    File(String, File),
    Folder(Files),
    Place(std::path::PathBuf),
}

/// Answers what is asked of one export until nothing more is: reads asks from `from`, which must hold nothing
/// back for itself, and writes answers to `to`. The process is locked first, and stays so. `formats` finds an
/// importer.
///
/// # Errors
/// When a pipe is closed.
pub(super) fn read_one(
    from: &mut dyn Read,
    to: impl Write + Send + 'static,
    formats: &dyn Fn(&str) -> Option<&'static dyn Importer>,
) -> io::Result<()> {
    let Some(setup) = take::<Setup>(from)? else {
        return Ok(());
    };
    let pipe = Shared {
        careful: setup.careful,
        pipe: Arc::new(Mutex::new(Pipe {
            to,
            gathered: Gathered::new(),
            careful: setup.careful,
            sent: Instant::now(),
        })),
    };
    tell_faults(pipe.clone());
    let (given, reach) = match setup.files {
        Files::One { name, path } => match File::open(path.get()) {
            Ok(file) => (Given::File(name, file), Reach::Nothing),
            Err(error) => {
                return pipe.answer(&Answer::Io {
                    path: name,
                    error: error.to_string(),
                });
            }
        },
        Files::Folder { name, files } => {
            let reach = files.iter().map(|(_, path)| path.get().to_owned());
            let reach = Reach::These(reach.collect());
            (Given::Folder(Files::Folder { name, files }), reach)
        }
        Files::Look(path) => {
            let path = path.get().to_owned();
            (Given::Place(path.clone()), Reach::These(vec![path]))
        }
    };
    sandbox::lock_reader(&reach);
    patience::begin(patience::STUCK, setup.patience);
    let mut reader = Reader {
        given,
        opened: None,
        pipe: pipe.clone(),
        skipped: setup.skipped,
    };
    while let Some(ask) = take::<Ask>(from)? {
        patience::begin(patience::STUCK, setup.patience);
        let answer = reader.answer(ask, formats);
        let answer = answer.unwrap_or_else(Answer::of_error);
        pipe.answer(&answer)?;
    }
    Ok(())
}

/// Tells of a fault of docket's own where in its source it was met, and nothing else.
fn tell_faults<W: Write + Send + 'static>(pipe: Shared<W>) {
    let pipe = Mutex::new(pipe);
    std::panic::set_hook(Box::new(move |fault| {
        if guard::is_guarded() {
            return;
        }
        let place = fault
            .location()
            .map(|place| format!("{}:{}", place.file(), place.line()));
        // A fault while an event is put leaves the pipe locked: then there is nothing to tell with.
        if let Ok(shared) = pipe.try_lock()
            && shared.pipe.try_lock().is_ok()
        {
            let _ = shared.answer(&Answer::Fault(place.unwrap_or_default()));
        }
        std::process::abort();
    }));
}

struct Reader<W> {
    given: Given,
    opened: Option<Export>,
    pipe: Shared<W>,
    skipped: Vec<(WirePath, String)>,
}

impl<W: Write + Send + 'static> Reader<W> {
    fn answer(
        &mut self,
        ask: Ask,
        formats: &dyn Fn(&str) -> Option<&'static dyn Importer>,
    ) -> Result<Answer, ReadError> {
        Ok(match ask {
            Ask::Look => Answer::Given(self.look()),
            Ask::Open { archive } => {
                self.open(archive)?;
                Answer::Opened
            }
            Ask::Packets { folder } => {
                let packets = import::packets(self.open(true)?, &folder).into_iter();
                let told = packets.map(|one| (one.portion, FoundVerdict::of(one.verdict)));
                Answer::Packets(told.collect())
            }
            Ask::Beside {
                format,
                portion,
                problems,
                taken,
            } => {
                let export = self.export(portion, &problems, &[])?;
                let importer = formats(&format).ok_or_else(|| unknown(&format))?;
                let taken: std::collections::BTreeSet<u32> = taken.into_iter().collect();
                Answer::Beside(import::beside(export, importer, &|item| {
                    taken.contains(&item)
                }))
            }
            Ask::Read {
                format,
                wording,
                options,
                portion,
                problems,
                gaps,
            } => {
                let importer = formats(&format).ok_or_else(|| unknown(&format))?;
                let worded = match wording.as_slice() {
                    [] => None,
                    lists => importer.with_wording(lists),
                };
                let importer = worded.as_deref().unwrap_or(importer);
                let export = self.export(portion, &problems, &gaps)?;
                let summary: Summary = importer.read(&export, &options, &mut self.pipe.clone())?;
                Answer::Done(summary)
            }
        })
    }

    /// The export, opened once: of an archive with several, with what is within.
    fn open(&mut self, archive: bool) -> Result<&Export, ReadError> {
        let export = match self.opened.take() {
            Some(export) => export,
            None => match &self.given {
                Given::File(name, file) => {
                    let file = file.try_clone().map_err(|source| ReadError::Io {
                        path: name.clone(),
                        source,
                    })?;
                    match archive {
                        true => Export::archive_of(file, name)?,
                        false => Export::of_file(file, name)?,
                    }
                }
                Given::Folder(Files::Folder { name, files }) => {
                    let files = files.iter();
                    let files = files.map(|(name, path)| (name.clone(), path.get().to_owned()));
                    Export::from_files(name, files.collect())?
                }
                Given::Folder(_) | Given::Place(_) => return Err(unknown("")),
            },
        };
        Ok(self.opened.insert(export))
    }

    /// What of the export is asked for.
    fn export(
        &mut self,
        portion: Option<import::Portion>,
        problems: &[(u32, String)],
        gaps: &[Gap],
    ) -> Result<Export, ReadError> {
        let pipe = self.pipe.clone();
        let opened = self.open(portion.is_some())?;
        let mut export = match portion {
            Some(portion) => opened.portion(&portion),
            None => opened.clone(),
        };
        export.know_problems(problems);
        let is_careful = pipe.careful;
        Ok(export.watched(
            gaps,
            Arc::new(move |item| {
                if is_careful {
                    // If nobody takes it, the next record tells.
                    let _ = pipe.tell(&Event::Opened(item));
                }
            }),
        ))
    }

    fn look(&self) -> Vec<Found> {
        let Given::Place(path) = &self.given else {
            return Vec::new();
        };
        let pipe = self.pipe.clone();
        let watch = move |path: &Path| {
            let mut pipe = pipe.pipe();
            if pipe.careful {
                let json = serde_json::to_vec(&Answer::Looking(WirePath::of(path)));
                let _ = pipe.put(|to| to.event(&Event::Answer(json.unwrap_or_default())));
            } else if pipe.sent.elapsed() >= Duration::from_millis(100) {
                let _ = pipe.put(|to| to.event(&Event::Progress(0)));
                let _ = pipe.flush();
            }
        };
        let skipped = self.skipped.iter();
        let skipped = skipped.map(|(path, why)| (path.get().to_owned(), why.clone()));
        let found = import::discover_watched(path, skipped.collect(), Box::new(watch));
        found.into_iter().map(Found::of).collect()
    }
}

fn unknown(format: &str) -> ReadError {
    ReadError::Refused {
        path: format.to_owned(),
        reason: "is no format that docket reads".into(),
    }
}
