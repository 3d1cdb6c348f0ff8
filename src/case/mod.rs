//! The folder on disk: originals, messages, index, ledger.
//!
//! Two truths are kept apart here: what was said (`originals/`, sealed by SHA-256 and read-only)
//! and what was decided (the [`ledger`], which only grows). Everything under `derived/` is made
//! from the two and may be deleted at any time; [`Case::rebuild`] makes it again to the same state.

pub mod anchors;
mod batch;
mod carried;
pub mod changes;
mod check;
mod columns;
mod draft;
mod entry;
mod error;
pub mod exposure;
mod failure;
mod files;
pub mod findings;
mod held;
mod index;
mod instances;
mod kept;
mod layout;
pub mod ledger;
mod lexicons;
mod load;
mod map;
pub mod marks;
pub mod mask_reasons;
pub mod masks;
mod merge;
mod opening;
mod order;
mod originals;
mod part;
pub mod people;
mod progress;
mod reading;
pub mod reasons;
mod rebuild;
mod recast;
mod reconcile;
mod room;
pub mod rules;
pub mod same;
mod sealed;
pub mod second;
mod sequence;
pub mod snapshot;
mod source;
mod spans;
mod store;
pub mod values;
pub mod watch;
mod wording;
mod words;
mod zone;

pub use carried::Carried;
pub use error::CaseError;
pub use files::FileKind;
pub use instances::{Details, Differs, Instance};
pub use kept::{Kept, Loaded};
pub use layout::Layout;
pub(crate) use layout::{folder_of, free_space};
pub use ledger::{Actor, Ledger, LedgerError};
pub use load::{ImportOptions, Outcome, SourceReport};
pub use order::Order;
pub use progress::Progress;
pub use reconcile::{Also, Difference, Held};
pub use sealed::SealedFile;
pub use source::{Balance, ClockShift, Disagree, Disagreement, Form, Rename, Source, SourceItem};
pub use store::scan::{DEEPEST_PATTERN, LARGEST_PATTERN, Pattern};
pub use store::{Message, Participant, Store, Thread};
pub use values::{Addressed, Field};
pub use words::WordQuery;
pub use zone::{DEFAULT_ZONE, TIME_ZONE};

use crate::model::{MessageNumber, SourceId};
use opening::Wanted;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// How long, and how often, an opening waits for another session that is at work on the case.
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_millis(50);
const BUSY_WAITS: u32 = 60;

/// An opened case folder. All methods take `&self`; it can be shared between threads.
pub struct Case {
    layout: Layout,
    ledger: Ledger,
    store: RwLock<Arc<Store>>,
    was_mended: bool,
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
        // An empty ledger in its place would say that nothing was ever loaded or decided.
        if layout.has_lost_its_ledger() {
            return Err(CaseError::LedgerGone {
                path: layout.ledger(),
            });
        }
        let ledger = Ledger::open(&layout.ledger())?;
        let nothing = Store::of_parts(Vec::new(), DEFAULT_ZONE)?;
        let mut case = Case {
            layout,
            ledger,
            store: RwLock::new(Arc::new(nothing)),
            was_mended: false,
        };
        if !case.try_open()? {
            case.reload()?;
            case.was_mended = !case.store().is_empty();
        }
        Ok(case)
    }

    fn replace_store(&self, store: Store) {
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(store);
    }

    /// Opens the store that the ledger asks for, if the derived data are that.
    fn try_open(&self) -> Result<bool, CaseError> {
        let wanted = Wanted::read(&self.ledger)?;
        let opened = opening::open(&self.layout, &wanted)?;
        let is_open = opened.is_some();
        if let Some(store) = opened {
            self.replace_store(store);
        }
        Ok(is_open)
    }

    /// As [`Case::reload`], by one who holds the lock.
    fn reload_locked(&self) -> Result<(), CaseError> {
        if self.try_open()? {
            return Ok(());
        }
        rebuild::mend(
            &self.layout,
            &self.ledger,
            &Wanted::read(&self.ledger)?,
            &mut (),
        )?;
        if self.try_open()? {
            return Ok(());
        }
        Err(CaseError::inconsistent("what was made again is not whole"))
    }

    /// Whether derived data were missing or damaged when it was opened, and were made again.
    pub fn was_mended(&self) -> bool {
        self.was_mended
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

    /// Takes up what the ledger says now: another session's import, another zone, another order of
    /// dates. Derived data that are missing or damaged are made again first.
    ///
    /// # Errors
    /// When it cannot be read, or another session is at work on it for more than some seconds.
    pub fn reload(&self) -> Result<(), CaseError> {
        let mut waits = 0;
        loop {
            if self.try_open()? {
                return Ok(());
            }
            match self.layout.lock() {
                Ok(_lock) => return self.reload_locked(),
                // An import publishes its index a moment after its entry in the ledger.
                Err(CaseError::Busy { .. }) if waits < BUSY_WAITS => {
                    waits += 1;
                    std::thread::sleep(BUSY_WAIT);
                }
                Err(error) => return Err(error),
            }
        }
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

    /// Deletes everything derived and makes it again from the originals and the ledger, to the same
    /// state: every message has its number again. A newer importer may not know some of them:
    /// [`Source::not_carried`] lists them.
    ///
    /// # Errors
    /// When another session is at work on the case, an original cannot be read as it was, the disk
    /// refuses, or the person stopped it; then the former derived data stay.
    pub fn rebuild(&self, progress: &mut dyn Progress) -> Result<(), CaseError> {
        let _lock = self.layout.lock()?;
        rebuild::rebuild(
            &self.layout,
            &self.ledger,
            &Wanted::read(&self.ledger)?,
            progress,
        )?;
        self.reload_locked()
    }

    /// Sees that every original has the bytes that were sealed, before anything is settled for which
    /// they have to be read again.
    ///
    /// # Errors
    /// When one is missing or has other bytes, or the person stopped it.
    pub fn originals_hold(&self, progress: &mut dyn Progress) -> Result<(), CaseError> {
        rebuild::as_sealed(&self.layout, &Wanted::read(&self.ledger)?, 0, progress)
    }

    /// Notes where the ledger ends now, where that is not noted yet: what a cut-off end shows
    /// against. Each session and each command does it at its end, by letting go of the case.
    ///
    /// # Errors
    /// When it cannot be written; nothing else is touched, and the next session does it.
    pub fn note_head(&self) -> Result<(), CaseError> {
        anchors::note(&self.layout, self.ledger.head()?)
    }

    /// The heads of the ledger that were noted in the case.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn anchors(&self) -> Result<anchors::Anchors, CaseError> {
        anchors::read(&self.layout)
    }

    /// Reads a small file that a person gave, such as a list of contacts; `None` where it has more
    /// bytes than `most`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_small(path: &Path, most: u64) -> Result<Option<Vec<u8>>, CaseError> {
        let failed = |error| CaseError::io(path, error);
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }

    /// Seals bytes among the originals; gives their SHA-256 in hexadecimal. The ledger is to tell
    /// of them.
    ///
    /// # Errors
    /// When another session is loading, or the disk refuses.
    pub fn seal_small(&self, bytes: &[u8]) -> Result<String, CaseError> {
        let _lock = self.layout.lock()?;
        Ok(originals::seal_bytes(&self.layout, bytes)?.sha256)
    }

    /// The bytes of a small sealed file.
    ///
    /// # Errors
    /// When they cannot be read, or are not what was sealed.
    pub fn sealed_small(&self, sha256: &str) -> Result<Vec<u8>, CaseError> {
        let path = self.layout.original(sha256);
        let bytes = std::fs::read(&path).map_err(|error| CaseError::io(&path, error))?;
        if originals::hash(&bytes) != sha256 {
            return Err(CaseError::Damaged {
                path,
                reason: "this list of contacts is not what was sealed".into(),
            });
        }
        Ok(bytes)
    }

    /// Where the bytes of an item lie that stood packed in a file that was given.
    fn unpacked(&self, source: SourceId, item: u32) -> Option<PathBuf> {
        let store = self.store();
        let items = &store.source(source)?.items;
        let item = items.get(usize::try_from(item).ok()?)?;
        let sha256 = item.sha256.as_ref().filter(|_| item.is_carried)?;
        Some(self.layout.unpacked().join(sha256))
    }

    /// The line of its export on which a message begins, counted from 1 by line feeds, in the file
    /// as sealed or, of a zip, as unpacked. Takes time with the size of the export: the bytes
    /// before the message are read.
    ///
    /// # Errors
    /// When there is no such message, or the sealed file cannot be read.
    pub fn line_of(&self, number: MessageNumber) -> Result<u64, CaseError> {
        self.store().line_of(number).ok_or_else(|| {
            CaseError::Missing(format!(
                "the line of message {number} cannot be counted; run `docket check`"
            ))
        })
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

impl Drop for Case {
    fn drop(&mut self) {
        // What is saved is saved without it; a head that cannot be noted now is noted by the next
        // session, and `docket check` tells up to which entry the ledger is noted.
        let _ = self.note_head();
    }
}
