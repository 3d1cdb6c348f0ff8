//! Which entries of the ledger decided a message: read once, then followed.

use super::ReviewError;
use super::steps::{changes_of, decides};
use crate::case::ledger::Reading;
use crate::model::MessageNumber;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// Up to so many messages an entry is noted with each of them, above it as a set.
const SMALL: u64 = 16;

/// For every message the entries that changed it.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The last entry followed.
    followed: u64,
    small: BTreeMap<u32, Vec<u64>>,
    large: Vec<(u64, RoaringBitmap)>,
}

impl History {
    /// Follows the entries that came since the last call; all of them at the first.
    pub(super) fn follow(&mut self, reading: &Reading<'_>) -> Result<(), ReviewError> {
        if reading.head()?.seq == self.followed {
            return Ok(());
        }
        for recorded in reading.entries(self.followed.saturating_add(1))? {
            if decides(&recorded.entry) {
                let mut all = RoaringBitmap::new();
                for change in changes_of(reading, recorded.seq)? {
                    all |= change.messages;
                }
                if all.len() <= SMALL {
                    for number in all {
                        self.small.entry(number).or_default().push(recorded.seq);
                    }
                } else {
                    self.large.push((recorded.seq, all));
                }
            }
            self.followed = recorded.seq;
        }
        Ok(())
    }

    /// The entries that changed a message, from the first to the last.
    pub(super) fn of(&self, number: MessageNumber) -> Vec<u64> {
        let mut entries = self.small.get(&number.0).cloned().unwrap_or_default();
        let large = self
            .large
            .iter()
            .filter(|(_, messages)| messages.contains(number.0));
        entries.extend(large.map(|(seq, _)| *seq));
        entries.sort_unstable();
        entries
    }
}
