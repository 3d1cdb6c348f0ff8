//! Importers in a process of their own.
//!
//! The same program, started again, forks a process for each export (`starter.rs`). That opens the one export
//! that it is to read, locks itself
//! ([`sandbox`](crate::sandbox)) and only then looks at the first byte. It answers through a pipe
//! with plain records (`wire.rs`), which are checked as they come: items and threads that exist,
//! spans that can be, texts that are text. What it says of bytes is held against the bytes by the
//! case, as ever.
//!
//! A crash, a hang or too much memory there ends that process and nothing else. It is started again,
//! told to say each step; so it is known which record ended it, that record is left out, and
//! its bytes become an exception that says why. Where an importer does not say which record it is at
//! ([`Sink::about`]), the rest of the item is left out.
//!
//! A file is open before the lock, so that nothing can be opened after it. The files of a folder may be more
//! than a process can hold open: they are the only ones that the lock leaves in reach, for reading.
//!
//! Who uses docket as a library reads in their own process, unless they say which program to start.

mod patched;
mod process;
mod said;
mod serve;
mod starter;
mod wire;

pub use starter::serve;

use super::export::{Export, Gap};
use super::{
    Given, Importer, Packet, Portion, ReadError, ReadOptions, Sink, Summary, Verdict, Wording,
};
use patched::Patched;
use process::{Gone, Process};
use said::{Answer, Ask, Files, Found, Setup, WirePath};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use wire::Event;

/// The argument with which docket's own program is a reader of exports.
pub const ARGUMENT: &str = "read-export-for-docket";

/// Seconds of the processor in which a reader that reads on must tell something, and bytes of an export
/// for each second more: some archives are unpacked before anything can be told of them.
const PATIENCE: u64 = 60;
const BYTES_A_SECOND: u64 = 1 << 20;
/// Most records of an export that are left out one by one, and most items whose rest is.
const MOST_GAPS: usize = 8;
/// Most files of a folder that looking at ended the reader.
const MOST_SKIPPED: usize = 64;

/// What is started as a reader.
struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// From now on exports are read by this program, which calls [`serve`] when it is started with
/// these arguments. Can be said once.
pub fn read_with(path: PathBuf, arguments: Vec<OsString>) {
    let _ = PROGRAM.set(Program { path, arguments });
}

/// Whether exports are read in a process of their own.
pub fn is_apart() -> bool {
    PROGRAM.get().is_some()
}

/// What is read, as the case has it.
pub(crate) struct Original<'a> {
    /// What a person calls it.
    pub name: &'a str,
    /// Its file, or the files of a folder, each by its name in it.
    pub files: Vec<(String, PathBuf)>,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Bytes of all.
    pub size: u64,
    /// Of its bytes, in hexadecimal.
    pub sha256: &'a str,
    /// Whether it is opened as an archive that holds several exports.
    pub is_archive: bool,
    /// Which of its items are meant then.
    pub portion: Option<&'a Portion>,
    /// The lists of wording that it is read with.
    pub wording: Vec<Wording>,
}

impl Original<'_> {
    fn files(&self) -> Files {
        let name = self.name.to_owned();
        match (self.is_folder, self.files.as_slice()) {
            (false, [(_, path)]) => Files::One {
                name,
                path: WirePath::of(path),
            },
            (_, files) => Files::Folder {
                name,
                files: files
                    .iter()
                    .map(|(name, path)| (name.clone(), WirePath::of(path)))
                    .collect(),
            },
        }
    }
}

/// How one pass over an export ended.
pub(crate) enum Passed {
    /// With this, be it an error.
    Done(Result<Summary, ReadError>),
    /// What came is to be forgotten, and the pass made again: the reader ended.
    Again,
}

/// The reader of one export after another; it stays for all that is asked of one.
#[derive(Default)]
pub(crate) struct Reader {
    /// Which export, by the hash of its bytes, and its name; an archive's own says nothing.
    of: (String, String),
    process: Option<Process>,
    /// A program without a reader: that of the export before.
    idle: Option<Process>,
    careful: bool,
    /// Which portion of it the gaps are of.
    portion: Option<Portion>,
    /// What is left out of it, in order, and why.
    gaps: Vec<(Gap, String)>,
}

impl Reader {
    /// Turns to an export, known by the hash of its bytes, and starts the program if need be.
    fn turn(&mut self, program: &Program, original: &Original<'_>) -> Result<Process, ReadError> {
        let name = if original.is_archive {
            ""
        } else {
            original.name
        };
        if (self.of.0.as_str(), self.of.1.as_str()) != (original.sha256, name) {
            let before = self.process.take().and_then(Process::without_reader);
            *self = Reader {
                of: (original.sha256.to_owned(), name.to_owned()),
                idle: before.or(self.idle.take()),
                ..Reader::default()
            };
        }
        if self.portion.as_ref() != original.portion {
            self.portion = original.portion.cloned();
            self.gaps.clear();
        }
        if let Some(process) = self.process.take() {
            return Ok(process);
        }
        let setup = Setup {
            files: original.files(),
            careful: self.careful,
            patience: PATIENCE.saturating_add(original.size / BYTES_A_SECOND),
            skipped: Vec::new(),
        };
        let process = match self.idle.take() {
            Some(idle) => Ok(idle),
            None => Process::start(program),
        };
        let told = process.and_then(|process| process.told(&setup));
        told.map_err(|error| {
            let reason = format!("cannot be read: docket cannot start its reader ({error})");
            refused(original.name, reason)
        })
    }

    /// Asks something whose answer has no records. Without a program to start there is no answer.
    fn ask(
        &mut self,
        original: &Original<'_>,
        ask: &Ask,
        waiting: &mut dyn FnMut() -> Result<(), ReadError>,
    ) -> Option<Result<Answer, ReadError>> {
        let mut process = match self.turn(PROGRAM.get()?, original) {
            Ok(process) => process,
            Err(error) => return Some(Err(error)),
        };
        process.ask(ask);
        let answer = process.answer(&mut |_| Ok(waiting()?));
        if answer.is_ok() {
            self.process = Some(process);
        }
        Some(match answer {
            Ok(answer) => unless_refused(answer),
            Err(Gone::Refused(error)) => Err(error),
            Err(Gone::Ended(why)) => {
                Err(refused(original.name, format!("cannot be read: it {why}")))
            }
        })
    }

    /// Has an export opened apart before anybody opens it here: what ends a reader ends no more than
    /// that.
    ///
    /// # Errors
    /// When it cannot be opened, or whoever waits has stopped it.
    pub(crate) fn open(
        &mut self,
        original: &Original<'_>,
        waiting: &mut dyn FnMut() -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let archive = original.is_archive;
        match self.ask(original, &Ask::Open { archive }, waiting) {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error),
        }
    }

    /// What stands in an archive, as [`packets`](super::packets) tells it. `None` where there is no
    /// program to start.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub(crate) fn packets(
        &mut self,
        original: &Original<'_>,
        folder: &str,
        waiting: &mut dyn FnMut() -> Result<(), ReadError>,
    ) -> Option<Result<Vec<Packet>, ReadError>> {
        let folder = folder.to_owned();
        let answer = self.ask(original, &Ask::Packets { folder }, waiting)?;
        Some(answer.and_then(|answer| {
            match answer {
                Answer::Packets(packets) if packets.iter().all(|(one, _)| one.is_sound()) => {
                    Ok(packets
                        .into_iter()
                        .map(|(portion, verdict)| Packet {
                            portion,
                            verdict: verdict.taken(),
                        })
                        .collect())
                }
                _ => Err(refused(original.name, UNEXPECTED.into())),
            }
        }))
    }

    /// What else stands in an archive, as [`beside`](super::beside) tells it of these items taken.
    /// `None` where there is no program to start.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub(crate) fn beside(
        &mut self,
        original: &Original<'_>,
        (export, format): (&Export, &str),
        taken: &dyn Fn(u32) -> bool,
        waiting: &mut dyn FnMut() -> Result<(), ReadError>,
    ) -> Option<Result<Option<String>, ReadError>> {
        PROGRAM.get()?;
        if !export.is_archive() {
            return Some(Ok(None));
        }
        let ask = Ask::Beside {
            format: format.to_owned(),
            portion: original.portion.cloned(),
            problems: export.problems(),
            taken: export.numbers().filter(|item| taken(*item)).collect(),
        };
        let answer = self.ask(original, &ask, waiting)?;
        Some(answer.and_then(|answer| match answer {
            Answer::Beside(beside) => Ok(beside),
            _ => Err(refused(original.name, UNEXPECTED.into())),
        }))
    }

    /// Reads an export into the sink, as [`Importer::read`] does. `export` is the same, open here:
    /// what of it cannot be read is shown from there. `None` where there is no program to start.
    pub(crate) fn read(
        &mut self,
        original: &Original<'_>,
        importer: &dyn Importer,
        (export, options): (&Export, &ReadOptions),
        sink: &mut dyn Sink,
    ) -> Option<Passed> {
        let mut process = match self.turn(PROGRAM.get()?, original) {
            Ok(process) => process,
            Err(error) => return Some(Passed::Done(Err(error))),
        };
        process.ask(&Ask::Read {
            format: importer.name().to_owned(),
            wording: original.wording.clone(),
            options: *options,
            portion: original.portion.cloned(),
            problems: export.problems(),
            gaps: self.gaps.iter().map(|(gap, _)| *gap).collect(),
        });
        let mut patched = Patched::new(export, &self.gaps, importer.name(), sink);
        let answer = process.answer(&mut |event| match event {
            Some(event) => patched.take(event),
            None => Ok(patched.wait()?),
        });
        let done = match answer {
            Ok(answer) => unless_refused(answer).and_then(|answer| match answer {
                Answer::Done(summary) => patched.finish(summary),
                _ => Err(refused(original.name, UNEXPECTED.into())),
            }),
            Err(Gone::Refused(error)) => return Some(Passed::Done(Err(error))),
            Err(Gone::Ended(why)) => {
                let culprit = patched.culprit();
                return Some(self.after_end(original, culprit, why));
            }
        };
        self.process = Some(process);
        Some(Passed::Done(done))
    }

    /// What is done after a reader ended: it is started again, saying each step; and once it is known
    /// what ended it, without that.
    fn after_end(
        &mut self,
        original: &Original<'_>,
        culprit: Option<Culprit>,
        why: String,
    ) -> Passed {
        if !self.careful {
            self.careful = true;
            return Passed::Again;
        }
        let records = self.gaps.iter().filter(|(gap, _)| gap.is_record).count();
        let left_out = culprit.and_then(|culprit| match culprit.record {
            Some(gap) if records < MOST_GAPS => Some(gap),
            _ if self.gaps.len() < records + MOST_GAPS => culprit.rest,
            _ => None,
        });
        let Some(gap) = left_out else {
            return Passed::Done(Err(refused(
                original.name,
                format!("cannot be read: it {why}"),
            )));
        };
        // The rest of an item takes in what was left out of it one by one.
        self.gaps
            .retain(|(known, _)| known.item != gap.item || known.end <= gap.begin);
        self.gaps.push((gap, why));
        self.gaps.sort_by_key(|(gap, _)| (gap.item, gap.begin));
        Passed::Again
    }
}

/// What is said of an answer to another question.
const UNEXPECTED: &str = "cannot be read: docket's reader answered what was not asked";

/// What ended a reader.
struct Culprit {
    /// The record that it was about to understand.
    record: Option<Gap>,
    /// The item that it was in, from where nothing is told of it.
    rest: Option<Gap>,
}

/// An answer, or why there is none.
fn unless_refused(answer: Answer) -> Result<Answer, ReadError> {
    match answer {
        Answer::Io { path, error } => Err(ReadError::Io {
            path,
            source: io::Error::other(error),
        }),
        Answer::Refused { path, reason } => Err(ReadError::Refused { path, reason }),
        answer => Ok(answer),
    }
}

fn refused(name: &str, reason: String) -> ReadError {
    ReadError::Refused {
        path: name.to_owned(),
        reason,
    }
}

/// Whether something is what stands at a path, or below it without a link on the way.
fn is_below(path: &Path, found: &Path) -> bool {
    let Ok(below) = found.strip_prefix(path) else {
        return false;
    };
    let mut way = path.to_owned();
    below.components().all(|part| {
        way.push(part);
        let is_link = std::fs::symlink_metadata(&way).is_ok_and(|found| found.is_symlink());
        matches!(part, Component::Normal(_)) && !is_link
    })
}

/// Says which exports stand at a path, as [`discover`](super::discover) does, in a process of its
/// own that can read what stands there and nothing else. A file that ends it is told as one that
/// cannot be read.
///
/// # Errors
/// [`ReadError::Stopped`] when `waiting` says so, and [`ReadError::Io`] when the process cannot be
/// asked or heard.
pub(crate) fn discover(
    path: &Path,
    waiting: &mut dyn FnMut() -> Result<(), ReadError>,
) -> Result<Vec<Given>, ReadError> {
    let Some(program) = PROGRAM.get() else {
        return Ok(super::discover(path));
    };
    let mut setup = Setup {
        files: Files::Look(WirePath::of(path)),
        careful: false,
        patience: PATIENCE,
        skipped: Vec::new(),
    };
    let unreadable = |why: String| {
        vec![Given {
            path: path.to_owned(),
            name: super::discover::own_name(path),
            files: Vec::new(),
            verdict: Verdict::Unreadable(why),
        }]
    };
    loop {
        let mut process = match Process::start(program).and_then(|new| new.told(&setup)) {
            Ok(process) => process,
            Err(error) => {
                let why = format!("cannot be read: docket cannot start its reader ({error})");
                return Ok(unreadable(why));
            }
        };
        process.ask(&Ask::Look);
        let mut last = None;
        let answer = process.answer(&mut |event| {
            if let Some(Event::Answer(path)) = event {
                last = Some(WirePath(path));
            }
            Ok(waiting()?)
        });
        match answer {
            Ok(Answer::Given(found)) => {
                let found: Vec<Given> = found.into_iter().map(Found::taken).collect();
                // What is told here is copied into the case: it must stand where the person said.
                let stands = |one: &Given| {
                    one.verdict.exports() == 0
                        || std::iter::once(&one.path)
                            .chain(one.files.iter().map(|(_, file)| file))
                            .all(|file| is_below(path, file))
                };
                if found.iter().all(stands) {
                    return Ok(found);
                }
                return Ok(unreadable(UNEXPECTED.into()));
            }
            Ok(Answer::Io { error, .. }) => return Ok(unreadable(error)),
            Ok(_) => return Ok(unreadable(UNEXPECTED.into())),
            Err(Gone::Refused(error)) => return Err(error),
            Err(Gone::Ended(_)) if !setup.careful => setup.careful = true,
            Err(Gone::Ended(why)) => match last {
                Some(last) if setup.skipped.len() < MOST_SKIPPED => {
                    setup
                        .skipped
                        .push((last, format!("cannot be read: looking at it {why}")));
                }
                _ => return Ok(unreadable(format!("cannot be read: looking at it {why}"))),
            },
        }
    }
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader says stands at a path is taken only where it does.
    #[test]
    fn only_what_stands_below_a_path_is_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let given = folder.path().join("given");
        std::fs::create_dir_all(given.join("a")).unwrap();
        std::fs::write(given.join("a/chat.txt"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", given.join("link")).unwrap();
        for inside in ["", "a", "a/chat.txt", "a/not there"] {
            assert!(is_below(&given, &given.join(inside)), "{inside}");
        }
        for outside in [
            "..",
            "../given/a",
            "a/../../x",
            "link",
            "link/passwd",
            "/etc/passwd",
        ] {
            assert!(!is_below(&given, &given.join(outside)), "{outside}");
        }
        let sound = |items: &[(u32, u32)]| {
            Portion {
                place: String::new(),
                items: items.to_vec(),
            }
            .is_sound()
        };
        assert!(sound(&[]) && sound(&[(0, 0), (2, 9)]));
        assert!(!sound(&[(0, u32::MAX)]) && !sound(&[(3, 2)]) && !sound(&[(4, 5), (5, 6)]));
    }
}
