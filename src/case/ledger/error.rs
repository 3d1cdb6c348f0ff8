//! Why the ledger could not be read or written, in a sentence that says what is safe.

use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why the ledger could not be read or written. After an error nothing of the act is saved, but for
/// [`LedgerError::Unsure`].
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be made or opened.
    #[error("{path}: cannot open the ledger: {reason}; check the folder's rights and the disk")]
    Open {
        /// The ledger's file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is something else, or from a newer docket.
    #[error("{path}: {reason}")]
    Form {
        /// The ledger's file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// The disk is full.
    #[error("the disk is full: nothing was saved; free some space and do it again")]
    Full,
    /// What this account may use of the disk is used up.
    #[error(
        "your share of the disk (its quota) is used up: nothing was saved; free some space of yours, or ask for more, and do it again"
    )]
    Quota,
    /// The case cannot be written, which even reading its ledger needs (its log, its lock).
    #[error(
        "the case cannot be written ({0}): nothing was saved, and what was saved before is safe; see to the folder's rights and to a disk that is read-only, or copy the case's folder to a disk that can be written"
    )]
    ReadOnly(rusqlite::Error),
    /// The case lies on storage that is read-only, and its ledger was not closed whole.
    #[error(
        "{path}: the case lies on storage that is read-only, and the last entries stand in the ledger's log, which cannot be read there; copy the case's folder to a disk that can be written, and open it there"
    )]
    LogOnReadOnly {
        /// The ledger's file.
        path: PathBuf,
    },
    /// Another session has held the ledger for too long.
    #[error("another docket is writing to this case: nothing was saved; do it again in a moment")]
    Busy,
    /// The disk failed in the moment of saving.
    #[error(
        "the disk failed while this was being saved ({0}): it may be saved or not; see to the disk, and look with `docket log` before you do it again"
    )]
    Unsure(rusqlite::Error),
    /// Reading or writing failed.
    #[error("the ledger could not {doing}: {source}; nothing was saved; run `docket check`")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// An entry cannot be understood.
    #[error("entry {seq} of the ledger: {reason}; run `docket check`")]
    Entry {
        /// Its number.
        seq: u64,
        /// What is wrong.
        reason: String,
    },
    /// An entry cannot be written as JSON.
    #[error("this cannot be written to the ledger: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl LedgerError {
    pub(super) fn database(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> LedgerError {
        move |source| match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                LedgerError::ReadOnly(source)
            }
            _ => LedgerError::Database { doing, source },
        }
    }

    /// Of a commit. What the log took without being sure that it lasts may be there again after
    /// the program has ended.
    pub(super) fn commit(source: rusqlite::Error) -> LedgerError {
        match source.sqlite_error_code() {
            Some(ErrorCode::SystemIoFailure) => LedgerError::Unsure(source),
            _ => LedgerError::database("be written")(source),
        }
    }
}
