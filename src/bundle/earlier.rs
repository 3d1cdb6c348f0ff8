//! What earlier bundles of a case hold, as far as one that follows them asks.

use super::profile::Sets;
use super::records::jsonl::Row;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A conversation's day.
pub(super) type Slot = (String, String);

/// What an edition shows of a message: the SHA-256 of its row, without what is no content.
pub(super) type Print = [u8; 32];

/// A message as earlier bundles have it, in the two editions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    closed: Print,
    open: Print,
}

/// Earlier bundles of a case, the oldest first.
#[derive(Default)]
pub struct Earlier {
    pub(super) bundles: Vec<One>,
}

/// An earlier bundle.
pub(super) struct One {
    /// SHA-256 of its `tagmanifest-sha256.txt`.
    pub(super) seal: String,
    /// The case that it is of, as `bag-info.txt` has it.
    pub(super) case: String,
    /// The seal of the bundle that it follows; empty for the first.
    pub(super) follows: String,
    /// Which editions it has.
    pub(super) sets: Sets,
    /// Its messages, by day.
    pub(super) days: BTreeMap<Slot, BTreeMap<u32, Shown>>,
    /// The days of earlier ones that it takes back whole.
    pub(super) withdrawn: BTreeSet<Slot>,
    /// The files that messages of a day tell of, besides its records.
    pub(super) told: BTreeMap<Slot, BTreeSet<String>>,
    /// The checksums of its payload.
    pub(super) files: BTreeMap<String, String>,
}

impl Earlier {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bundles.is_empty()
    }

    /// The payload of the bundle with this seal.
    pub(super) fn files_of(&self, seal: &str) -> Option<&BTreeMap<String, String>> {
        let one = self.bundles.iter().find(|one| one.seal == seal)?;
        Some(&one.files)
    }

    /// The seal and the payload of the bundle that tells of a day last.
    pub(super) fn latest(&self, slot: &Slot) -> Option<(&str, &BTreeMap<String, String>)> {
        let mut bundles = self.bundles.iter().rev();
        let one =
            bundles.find(|one| one.days.contains_key(slot) || one.withdrawn.contains(slot))?;
        (!one.withdrawn.contains(slot) || one.days.contains_key(slot))
            .then_some((one.seal.as_str(), &one.files))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.bundles.len()
    }

    /// The seal of the last one; empty where there is none.
    pub(super) fn last_seal(&self) -> &str {
        self.bundles.last().map_or("", |last| last.seal.as_str())
    }

    /// What the receiver has of each day: of several bundles that tell of it, the last, and its
    /// place among them.
    pub(super) fn days(&self) -> BTreeMap<&Slot, (usize, &BTreeMap<u32, Shown>)> {
        let mut days = BTreeMap::new();
        for (at, one) in self.bundles.iter().enumerate() {
            for slot in &one.withdrawn {
                days.remove(slot);
            }
            for (slot, messages) in &one.days {
                days.insert(slot, (at, messages));
            }
        }
        days
    }
}

impl Shown {
    pub(super) fn new(closed: Print, open: Print) -> Shown {
        Shown { closed, open }
    }
}

/// Why a bundle cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// It does not verify.
    #[error("{path}: this bundle does not hold, so nothing can follow it: {reason}")]
    Broken {
        /// Its folder.
        path: PathBuf,
        /// The first check that failed.
        reason: String,
    },
    /// It is of another case.
    #[error("{path}: this bundle is not of this case; the ledger does not know it")]
    Foreign {
        /// Its folder.
        path: PathBuf,
    },
    /// It has other editions, so that a day of it cannot be held against the same day now.
    #[error(
        "{path}: this bundle has {there} and the new one {here}; follow it with a profile of the same sets"
    )]
    OtherSets {
        /// Its seal.
        path: PathBuf,
        /// What it has.
        there: &'static str,
        /// What the new one is to have.
        here: &'static str,
    },
    /// One is missing, or they are out of order.
    #[error(
        "{path}: this bundle follows another one than the one given before it; give all, the first one first"
    )]
    Order {
        /// Its folder.
        path: PathBuf,
    },
}

/// What all bundles of a case have in common: their `Bag-Group-Identifier`.
pub(super) fn group(case: &str) -> String {
    format!("docket-{case}")
}

/// The row of a message without what is no content: where files stand, which of its neighbours are
/// here, and how it was decided by whom.
pub(super) fn print(mut row: Row) -> Print {
    row.source.clear();
    row.reply_to.clear();
    row.answers = None;
    row.context_for.clear();
    row.original = None;
    row.original_left_out = None;
    for file in &mut row.attachments {
        file.state.clear();
        (file.path, file.sha256, file.bytes) = (None, None, None);
        (file.open_path, file.open_sha256, file.open_withheld) = (None, None, None);
    }
    // A row always has a JSON form.
    let bytes = serde_json::to_vec(&row).unwrap_or_default();
    Sha256::digest(bytes).into()
}
