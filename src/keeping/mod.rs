//! Keeping a case: a copy of it in one file, and what came of such a file put back.
//!
//! A backup ([`backup()`]) is a plain tar, which any system unpacks: a manifest first, then the
//! truth of the case ([`crate::case::snapshot`]), each file with its size and SHA-256 in the
//! manifest. What is derived is left out and made again. The same state gives the same bytes.
//! [`restore()`] takes nothing but what [`backup()`] writes, and puts nothing in its place before all
//! of it is there, whole and on the disk.

mod backup;
pub mod doctor;
mod hidden;
mod manifest;
mod over;
pub mod purge;
mod restore;

pub use backup::{Backup, backup};
pub use restore::{Restored, restore};

use crate::case::{CaseError, LedgerError};
use std::io;
use std::path::{Path, PathBuf};

/// Why a case was not copied, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// There is something already.
    #[error("{path}: there is something here already; name what is not there yet")]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// A copy inside a case would be lost with it, and is in no backup of it.
    #[error("{path}: this is inside a case; name a place outside of it, best on another disk")]
    InsideCase {
        /// The target.
        path: PathBuf,
    },
    /// The target cannot be a name.
    #[error("{path}: this names no file or folder that can be made")]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// Not enough room.
    #[error(
        "{path}: {needed} bytes are needed and {free} are free; nothing was written; free some \
         space or name another disk"
    )]
    NoSpace {
        /// Where.
        path: PathBuf,
        /// Bytes that are needed, about.
        needed: u64,
        /// Bytes that are free there.
        free: u64,
    },
    /// The disk refused.
    #[error("{path}: {source}; {safe}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// What is safe.
        safe: &'static str,
    },
    /// An original is not what was sealed.
    #[error(
        "the original {sha256} is not what was sealed; no backup was written, because it would hold \
         the damage; docket check --full tells what is damaged, and an earlier backup may have it whole"
    )]
    Original {
        /// Its name.
        sha256: String,
    },
    /// What was written is not what is read back.
    #[error(
        "{path}: what was read back is not what was written; no backup was kept; the disk may be \
         failing: name another one"
    )]
    NotAsWritten {
        /// The target.
        path: PathBuf,
    },
    /// The file is encrypted.
    #[error(
        "this backup is encrypted, and docket holds no key: open it with age, age -d -i KEY FILE | \
         docket restore - --case DIR"
    )]
    Encrypted,
    /// The file is no backup, or not whole.
    #[error("{what}; nothing was put back; take another copy of the backup")]
    NoBackup {
        /// What is wrong with it.
        what: String,
    },
    /// Something stands in the way of a purge.
    #[error("nothing was purged: {0}")]
    InTheWay(String),
    /// What is handed over could not be set apart.
    #[error("{0}; no new case was made, and this one is as it was")]
    Apart(String),
    /// The person stopped it.
    #[error("stopped; nothing was written, and the case is as it was")]
    Stopped,
    /// The case cannot be read or written.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl KeepError {
    fn io<'a>(
        path: &'a Path,
        safe: &'static str,
    ) -> impl Fn(io::Error) -> KeepError + Copy + use<'a> {
        move |source| KeepError::Io {
            path: path.to_path_buf(),
            source,
            safe,
        }
    }
}
