//! Why there is no bundle.

use super::block::Block;
use super::earlier::EarlierError;
use crate::case::{CaseError, LedgerError};
use std::path::{Path, PathBuf};

/// Why there is no bundle. After an error, nothing that looks like one is left.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Something stands in the way: the plan says what.
    #[error("the bundle cannot be written: {}", reasons(.0))]
    Blocked(Vec<Block>),
    /// The case has moved on since the plan was made.
    #[error("the case has changed since the dry run; look at the plan again")]
    Moved,
    /// The counts contradict each other.
    #[error("{place} does not add up, so nothing may leave; run `docket check`")]
    Unbalanced {
        /// Which source, thread or day, by number.
        place: String,
    },
    /// There is something already.
    #[error("{path}: there is something here already; name a new folder")]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// A bundle inside a case would be lost with it, and be taken for part of it.
    #[error("{path}: this is inside a case; name a folder outside of it")]
    InsideCase {
        /// The target.
        path: PathBuf,
    },
    /// The target cannot be a folder's name.
    #[error("{path}: this is not the name of a new folder")]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// Not enough room.
    #[error(
        "{path}: {needed} bytes are needed and {free} are free; no bundle was written; free some space or name another disk"
    )]
    NoSpace {
        /// The target.
        path: PathBuf,
        /// Bytes the bundle needs at most, about.
        needed: u64,
        /// Bytes that are free there.
        free: u64,
    },
    /// The disk refused.
    #[error("{path}: {source}; no bundle was written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something that must not leave was found in what was written. A number, never a text.
    #[error(
        "{what} is not to be handed over, and its text was found in {file}; no bundle was written; \
         look at its decision, and at what the file is; what is masked has to be masked wherever it \
         is said"
    )]
    Leak {
        /// Which message, thread, person or source, by number.
        what: String,
        /// Where in the bag.
        file: String,
    },
    /// A file of the case is not what it was when it was loaded.
    #[error("a file of message {message}: {reason}; run `docket check`")]
    Attachment {
        /// The message.
        message: u32,
        /// What is wrong.
        reason: String,
    },
    /// An entry of the ledger does not follow from those before.
    #[error("entry {seq} of the ledger: {reason}; run `docket check`")]
    Ledger {
        /// The entry.
        seq: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record or table could not be put into its form.
    #[error("a table or record cannot be written: {0}")]
    Form(String),
    /// It could not be signed.
    #[error("not signed, so nothing was written: {0}")]
    Unsigned(String),
    /// The person stopped it.
    #[error("stopped; no bundle was written")]
    Stopped,
    /// An earlier bundle cannot be followed.
    #[error(transparent)]
    Earlier(#[from] EarlierError),
    /// The case cannot be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Append(#[from] LedgerError),
}

impl BundleError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> BundleError + '_ {
        move |source| BundleError::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}

fn reasons(blocks: &[Block]) -> String {
    let reasons: Vec<String> = blocks.iter().map(Block::to_string).collect();
    reasons.join("; ")
}
