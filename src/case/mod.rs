//! The folder on disk: originals, messages, index, ledger.
//!
//! Two truths are kept apart here: what was said (`originals/`, sealed by SHA-256 and read-only)
//! and what was decided (the [`ledger`], which only grows). Everything under `derived/` is made
//! from the two and may be deleted at any time; [`Case::rebuild`] makes it again to the same state.

pub mod changes;
mod columns;
mod entry;
mod index;
mod layout;
pub mod ledger;
mod load;
mod map;
mod order;
mod scan;
mod store;
mod words;

pub use layout::Layout;
pub use ledger::{Actor, Ledger, LedgerError};
pub use load::{ImportOptions, Outcome, SourceReport};
pub use order::Order;
pub use scan::Pattern;
pub use store::{
    Balance, Disagree, Disagreement, Message, Participant, Source, SourceItem, Store, Thread,
};
pub use words::WordQuery;

use crate::check::Check;
use crate::model::{MessageNumber, SourceId};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The fact of a case that names the zone its clock times are read in, as the ledger keys it.
pub const TIME_ZONE: &str = "time-zone";

/// The zone of a case that nobody has given one.
pub const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Europe::London;

/// Is told how far a long job is, and stops it.
pub trait Progress {
    /// Takes the stage in a word or two, and how much of it is done. `total` is 0 where it is not
    /// known. [`ControlFlow::Break`] stops the job, which leaves the case as it was.
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()>;
}

/// Takes no interest in progress and never stops a job.
impl Progress for () {
    fn tick(&mut self, _stage: &str, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Why something could not be done with a case: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is nothing there.
    #[error("{path}: there is no case here; name one with --case, or load exports to make one")]
    NoCase {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something else.
    #[error("{path}: this folder is not a docket case; name a case, or a new or empty folder")]
    NotACase {
        /// The folder.
        path: PathBuf,
    },
    /// The case is from another docket.
    #[error("{path}: this case has format {found}, this docket reads format {FORMAT}; open it with the docket that made it", FORMAT = layout::FORMAT)]
    Format {
        /// The folder.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// Another session is loading or rebuilding.
    #[error("{path}: another docket is loading or rebuilding this case; try again when it is done")]
    Busy {
        /// The folder.
        path: PathBuf,
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
        _ => "",
    }
}

impl CaseError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> CaseError {
        CaseError::Io {
            path: path.into(),
            source,
        }
    }

    fn inconsistent(reason: &str) -> CaseError {
        CaseError::Damaged {
            path: "derived".into(),
            reason: reason.into(),
        }
    }
}

/// An opened case folder. All methods take `&self`; it can be shared between threads.
pub struct Case {
    layout: Layout,
    ledger: Ledger,
    store: RwLock<Arc<Store>>,
}

impl Case {
    /// Opens a case, or makes one of a folder that is new or empty.
    ///
    /// # Errors
    /// When the folder is not a case and not empty, cannot be read, or holds damaged data.
    pub fn open_or_create(folder: &Path) -> Result<Case, CaseError> {
        Case::of(Layout::open_or_create(folder)?)
    }

    /// Opens a case that exists.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or it holds damaged data.
    pub fn open(folder: &Path) -> Result<Case, CaseError> {
        Case::of(Layout::open(folder)?)
    }

    fn of(layout: Layout) -> Result<Case, CaseError> {
        let ledger = Ledger::open(&layout.ledger())?;
        let store = Store::of_parts(Vec::new(), DEFAULT_ZONE)?;
        Ok(Case {
            layout,
            ledger,
            store: RwLock::new(Arc::new(store)),
        })
    }

    /// Where things lie in the case.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The ledger of decisions.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// All messages as they are now. A snapshot: keep it for one piece of work, ask again for the
    /// next.
    pub fn store(&self) -> Arc<Store> {
        self.store
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes up what another session imported.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn reload(&self) -> Result<(), CaseError> {
        Ok(())
    }

    /// The bytes of the checkpoint of decisions, if one was kept. A cache: never trusted alone.
    pub fn checkpoint(&self) -> Option<Vec<u8>> {
        std::fs::read(self.layout.decisions()).ok()
    }

    /// Keeps a checkpoint of decisions in place of the last.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep_checkpoint(&self, bytes: &[u8]) -> Result<(), CaseError> {
        layout::write_whole(&self.layout.decisions(), bytes)
    }

    /// Loads exports: files, zips or folders, and folders of such. One that cannot be read is
    /// reported as refused and never stops the others.
    ///
    /// # Errors
    /// When the case itself cannot be written, another session is loading, or the person stopped
    /// it; then the case is as it was.
    pub fn import(
        &self,
        given: &[PathBuf],
        options: &ImportOptions,
        actor: &Actor,
        progress: &mut dyn Progress,
    ) -> Result<Vec<SourceReport>, CaseError> {
        load::import(self, given, options, actor, progress)
    }

    /// Makes everything derived again from the originals and the ledger.
    ///
    /// # Errors
    /// When an original cannot be read, or the disk refuses.
    pub fn rebuild(&self, progress: &mut dyn Progress) -> Result<(), CaseError> {
        let _ = progress;
        Ok(())
    }

    /// Looks whether all holds together; `full` also reads every sealed byte.
    pub fn check(&self, full: bool, progress: &mut dyn Progress) -> Vec<Check> {
        let _ = (full, progress);
        Vec::new()
    }

    /// The bytes of a file in a sealed source: of a zip, decompressed.
    ///
    /// # Errors
    /// When there is no such item, or the sealed file cannot be read.
    pub fn attachment(&self, source: SourceId, item: u32) -> Result<Box<dyn Read>, CaseError> {
        Err(CaseError::Missing(format!(
            "source {source} has no item {item}"
        )))
    }

    /// A message's own bytes as they were sealed: header, body and line end.
    ///
    /// # Errors
    /// When there is no such message, or the sealed file cannot be read.
    pub fn raw(&self, number: MessageNumber) -> Result<Vec<u8>, CaseError> {
        self.store().raw(number).map(<[u8]>::to_vec).ok_or_else(|| {
            CaseError::Missing(format!(
                "the bytes of message {number} cannot be read; run `docket check`"
            ))
        })
    }
}
