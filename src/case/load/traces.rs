//! What an import has left on the disk until the ledger tells of it.

use crate::case::ledger::LedgerError;
use crate::case::{CaseError, layout};
use std::path::PathBuf;

/// What one import has done so far that must be undone when it is stopped.
#[derive(Default)]
pub(super) struct Traces {
    /// Files sealed for it.
    pub(super) sealed: Vec<PathBuf>,
    /// Whether the ledger tells of it: from then on nothing is undone.
    is_told: bool,
}

impl Traces {
    /// The ledger has an entry that needs what was sealed.
    pub(super) fn tell(&mut self) {
        self.sealed.clear();
        self.is_told = true;
    }

    /// What is told of a failure, once what must be undone is undone.
    pub(super) fn failed(&mut self, error: CaseError) -> CaseError {
        if matches!(error, CaseError::Ledger(LedgerError::Unsure(_))) {
            // The entry may be there after all, and would miss what it tells of.
            self.sealed.clear();
        }
        self.undo_from(0);
        match error {
            CaseError::Stopped => error,
            other if self.is_told => CaseError::Unfinished(Box::new(other)),
            CaseError::Io { .. } | CaseError::IndexUnwritten(_) | CaseError::Index(_) => {
                CaseError::NotLoaded(Box::new(error))
            }
            other => other,
        }
    }

    /// Removes what was sealed after the first so many files.
    pub(super) fn undo_from(&mut self, kept: usize) {
        for path in self.sealed.drain(kept.min(self.sealed.len())..) {
            // What cannot be removed is found by `docket check` as a file that nothing refers to.
            let _ = layout::remove(&path);
        }
    }
}
