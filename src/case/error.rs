//! Why something could not be done with a case.

use super::ledger::LedgerError;
use std::path::{Path, PathBuf};

/// The version of the case folder that this program writes and reads.
pub const FORMAT: u32 = 1;

/// Why something could not be done with a case: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is nothing there.
    #[error("{path}: there is no case here; name one with --case, or load exports to make one")]
    NoCase {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something else, or is a file.
    #[error(
        "{path}: something else than a docket case is here; name a case, or a new or empty folder"
    )]
    NotACase {
        /// The folder.
        path: PathBuf,
    },
    /// The case is from another docket.
    #[error(
        "{path}: this case has format {found}, this docket reads format {FORMAT}; open it with the docket that made it"
    )]
    Format {
        /// The folder.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// There are originals, and no ledger that tells of them.
    #[error(
        "{path}: the ledger of this case is gone, and with it every decision; put it back from a copy of the case; nothing was changed"
    )]
    LedgerGone {
        /// Where it should lie.
        path: PathBuf,
    },
    /// A case in a case would be in no backup of that one, and be lost with what is derived.
    #[error("{path}: this is inside the case {case}; name a folder outside of it")]
    InsideCase {
        /// The folder.
        path: PathBuf,
        /// The case that it lies in.
        case: PathBuf,
    },
    /// Another session is loading or rebuilding.
    #[error("{path}: another docket is loading or rebuilding this case; try again when it is done")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// Not enough room for what was given.
    #[error(
        "{path}: {needed} bytes are needed at least and {free} are free; nothing was loaded; free some \
         space, or name a case on another disk"
    )]
    NoSpace {
        /// The case.
        path: PathBuf,
        /// Bytes that the copies need.
        needed: u64,
        /// Bytes that are free there.
        free: u64,
    },
    /// The disk refused.
    #[error("{path}: {source}{}", remedy(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Derived data do not hold together.
    #[error("{path}: {reason}; run `docket rebuild`")]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The index cannot be read or written.
    #[error("the search index: {0}; run `docket rebuild`")]
    Index(String),
    /// A list of wording does not follow its form.
    #[error("{path}: {reason}; mend it or take the file away, and load again")]
    Wording {
        /// The list.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A list of reasons does not follow its form.
    #[error("{path}:{line}: {reason}; docket reasons --check shows all that is wrong with it")]
    Reasons {
        /// The list.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A list of words to point at cannot be read.
    #[error("{path}:{line}: {reason}; mend it, or take the file away")]
    Lexicon {
        /// The list.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// There is a list of words to point at already.
    #[error("{0} is there already: edit it, or take it away first")]
    HasLexicon(PathBuf),
    /// There is a list of reasons already.
    #[error("{0} is there already: edit it, or take it away first")]
    HasReasons(PathBuf),
    /// An original has other bytes than were sealed.
    #[error(
        "{path}: this original is damaged, its bytes are not those that were sealed; put it back from a copy of the \
         case; nothing was made anew of it, and what is derived was left as it is"
    )]
    Altered {
        /// The sealed file.
        path: PathBuf,
    },
    /// What was imported cannot be read again as it was.
    #[error(
        "{path}: {reason}; open the case with the docket that loaded it, or put the file back from a copy"
    )]
    Unrepeatable {
        /// The sealed file, or the part to be made of it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The search index cannot be written.
    #[error(
        "the search index could not be written: {0}; see that the disk has room and is sound, and try again"
    )]
    IndexUnwritten(String),
    /// The disk refused while exports were loaded: nothing of them is in the case.
    #[error("{0}; nothing was loaded, and what was saved before is as it was")]
    NotLoaded(Box<CaseError>),
    /// The disk refused after exports were loaded.
    #[error(
        "{0}; what was given is loaded and saved all the same, and the rest is made when the case is next opened"
    )]
    Unfinished(Box<CaseError>),
    /// The truth of a case does not hold.
    #[error("{path}: {reason}; nothing was written; docket check tells more")]
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The person stopped the job; the case is as it was.
    #[error("stopped; the case is as it was")]
    Stopped,
    /// There is no such thing in the case.
    #[error("{0}")]
    Missing(String),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "; free some space and try again"
        }
        std::io::ErrorKind::PermissionDenied => "; check who may read and write it",
        std::io::ErrorKind::ReadOnlyFilesystem => "; choose a folder that can be written",
        _ if error.raw_os_error() == Some(INPUT_OUTPUT) => {
            "; the disk may be failing: see to it and try again"
        }
        _ => "",
    }
}

/// EIO: the disk failed. The same on every Unix, and no [`std::io::ErrorKind`] names it.
const INPUT_OUTPUT: i32 = 5;

impl CaseError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> CaseError {
        CaseError::Io {
            path: path.into(),
            source,
        }
    }

    pub(super) fn inconsistent(reason: &str) -> CaseError {
        CaseError::Damaged {
            path: "derived".into(),
            reason: reason.into(),
        }
    }
}
