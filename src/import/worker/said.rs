//! What is asked of a reader, and what it answers.

use super::super::export::Gap;
use super::super::{Given, Portion, ReadError, ReadOptions, Summary, Verdict, Wording, by_name};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A path as it goes to a reader: its bytes, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WirePath(pub(super) Vec<u8>);

impl WirePath {
    pub(super) fn of(path: &Path) -> WirePath {
        WirePath(path.as_os_str().as_encoded_bytes().to_vec())
    }

    #[cfg(unix)]
    pub(super) fn get(&self) -> &Path {
        use std::os::unix::ffi::OsStrExt;
        Path::new(std::ffi::OsStr::from_bytes(&self.0))
    }

    #[cfg(not(unix))]
    pub(super) fn get(&self) -> &Path {
        Path::new(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// What a reader is given.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Files {
    /// One file.
    One { name: String, path: WirePath },
    /// The files of a folder, each by its name in it.
    Folder {
        name: String,
        files: Vec<(String, WirePath)>,
    },
    /// A place where exports are looked for.
    Look(WirePath),
}

/// What a reader is told before it locks itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub(super) files: Files,
    /// Whether it says each step.
    pub(super) careful: bool,
    /// Seconds of the processor in which it must tell something.
    pub(super) patience: u64,
    /// Files that are not looked at, and why.
    pub(super) skipped: Vec<(WirePath, String)>,
}

/// What a reader is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Which exports stand at the place.
    Look,
    /// Whether it can be opened; an archive with what is within its items.
    Open { archive: bool },
    /// What stands in an archive, or in one folder of it.
    Packets { folder: String },
    /// What stands beside what was read.
    Beside {
        format: String,
        portion: Option<Portion>,
        problems: Vec<(u32, String)>,
        taken: Vec<u32>,
    },
    /// To read it.
    Read {
        format: String,
        wording: Vec<Wording>,
        options: ReadOptions,
        portion: Option<Portion>,
        problems: Vec<(u32, String)>,
        gaps: Vec<Gap>,
    },
}

/// What a reader answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Looking(WirePath),
    Given(Vec<Found>),
    Opened,
    Packets(Vec<(Portion, FoundVerdict)>),
    Beside(Option<String>),
    Done(Summary),
    /// It cannot be read from the disk.
    Io {
        path: String,
        error: String,
    },
    /// It is not what it seemed, or is damaged as a whole.
    Refused {
        path: String,
        reason: String,
    },
    /// A fault of docket's own, and where in its source.
    Fault(String),
}

impl Answer {
    pub(super) fn of_error(error: ReadError) -> Answer {
        match error {
            ReadError::Io { path, source } => Answer::Io {
                path,
                error: source.to_string(),
            },
            ReadError::Refused { path, reason } => Answer::Refused { path, reason },
            // The pipe is closed: nobody reads this.
            ReadError::Stopped | ReadError::Keep(_) => Answer::Refused {
                path: String::new(),
                reason: "was not read to its end".into(),
            },
        }
    }
}

/// [`Given`], as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) path: WirePath,
    pub(super) name: String,
    pub(super) files: Vec<(String, WirePath)>,
    pub(super) verdict: FoundVerdict,
}

/// [`Verdict`], as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FoundVerdict {
    Export { importer: String, evidence: String },
    Archive { exports: usize },
    NotAnExport(String),
    Unreadable(String),
}

impl FoundVerdict {
    pub(super) fn of(verdict: Verdict) -> FoundVerdict {
        match verdict {
            Verdict::Export { importer, evidence } => FoundVerdict::Export {
                importer: importer.to_owned(),
                evidence,
            },
            Verdict::Archive { exports } => FoundVerdict::Archive { exports },
            Verdict::NotAnExport(why) => FoundVerdict::NotAnExport(why),
            Verdict::Unreadable(why) => FoundVerdict::Unreadable(why),
        }
    }

    pub(super) fn taken(self) -> Verdict {
        match self {
            FoundVerdict::Export { importer, evidence } => match by_name(&importer) {
                Some(importer) => Verdict::Export {
                    importer: importer.name(),
                    evidence,
                },
                None => Verdict::Unreadable("its reader named no format of docket's".into()),
            },
            FoundVerdict::Archive { exports } => Verdict::Archive { exports },
            FoundVerdict::NotAnExport(why) => Verdict::NotAnExport(why),
            FoundVerdict::Unreadable(why) => Verdict::Unreadable(why),
        }
    }
}

impl Found {
    pub(super) fn of(given: Given) -> Found {
        let files = given.files.into_iter();
        Found {
            path: WirePath::of(&given.path),
            name: given.name,
            files: files
                .map(|(name, path)| (name, WirePath::of(&path)))
                .collect(),
            verdict: FoundVerdict::of(given.verdict),
        }
    }

    pub(super) fn taken(self) -> Given {
        let files = self.files.into_iter();
        Given {
            path: self.path.get().to_owned(),
            name: self.name,
            files: files
                .map(|(name, path)| (name, path.get().to_owned()))
                .collect(),
            verdict: self.verdict.taken(),
        }
    }
}
