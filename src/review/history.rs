//! Which entries of the ledger decided or marked a message: read once, then followed.

use super::ReviewError;
use super::session::Session;
use super::steps::{self, Acted, acted, decides};
use crate::case::ledger::{Reading, Recorded};
use crate::model::MessageNumber;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// Up to so many messages an entry is noted with each of them, above it as a set.
const SMALL: u64 = 16;

/// For every message the entries that changed its decision, and those that changed its marks.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The last entry followed.
    followed: u64,
    decisions: Touches,
    marks: Touches,
}

/// For every message the entries that touched it.
#[derive(Debug, Default)]
struct Touches {
    small: BTreeMap<u32, Vec<u64>>,
    large: Vec<(u64, RoaringBitmap)>,
}

impl Touches {
    fn add(&mut self, seq: u64, messages: RoaringBitmap) {
        if messages.len() <= SMALL {
            for number in messages {
                self.small.entry(number).or_default().push(seq);
            }
        } else {
            self.large.push((seq, messages));
        }
    }

    fn of(&self, number: MessageNumber) -> Vec<u64> {
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

impl History {
    /// Follows the entries that came since the last call; all of them at the first.
    pub(super) fn follow(&mut self, reading: &Reading<'_>) -> Result<(), ReviewError> {
        if reading.head()?.seq == self.followed {
            return Ok(());
        }
        for recorded in reading.entries(self.followed.saturating_add(1))? {
            if decides(&recorded.entry) {
                let acted = acted(reading, &recorded)?;
                self.decisions.add(recorded.seq, acted.decided());
                if !acted.marks.is_empty() || !acted.masks.is_empty() {
                    self.marks.add(recorded.seq, acted.all());
                }
            }
            self.followed = recorded.seq;
        }
        Ok(())
    }

    /// The entries that changed a message's decision or its reason, from the first to the last.
    pub(super) fn of(&self, number: MessageNumber) -> Vec<u64> {
        self.decisions.of(number)
    }

    /// The entry that changed one of these messages last, of that message for which it is the oldest:
    /// the decision or, where `marks`, what is said beside it.
    pub(super) fn oldest(&self, messages: &RoaringBitmap, marks: bool) -> Option<u64> {
        let touches = if marks { &self.marks } else { &self.decisions };
        let last = |number: u32| touches.of(MessageNumber(number)).last().copied();
        messages.iter().filter_map(last).min()
    }

    /// The entries that may have changed what is said of a message, from the first to the last.
    pub(super) fn marks_of(&self, number: MessageNumber) -> Vec<u64> {
        self.marks.of(number)
    }
}

impl Session {
    /// The entries that changed what holds for a message, from the first to the last. The first
    /// call reads the whole ledger, later ones what is new: for a worker thread.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn history(&self, number: MessageNumber) -> Result<Vec<Recorded>, ReviewError> {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        self.case().ledger().read(|reading| {
            history.follow(reading)?;
            let mut entries = Vec::new();
            for seq in history.of(number) {
                entries.extend(reading.entry(seq)?);
            }
            Ok(entries)
        })
    }

    /// When the oldest was said of what holds for these messages: their decisions or, where `marks`,
    /// what is said beside them.
    pub(super) fn oldest(
        &self,
        messages: &RoaringBitmap,
        marks: bool,
    ) -> Result<Option<String>, ReviewError> {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        self.case().ledger().read(|reading| {
            history.follow(reading)?;
            let Some(seq) = history.oldest(messages, marks) else {
                return Ok(None);
            };
            Ok(reading.entry(seq)?.map(|recorded| recorded.at))
        })
    }

    /// The entries that may have changed what is said of a message beside its decision, with what
    /// they changed; as [`Session::history`].
    pub(super) fn marking(
        &self,
        number: MessageNumber,
    ) -> Result<Vec<(Recorded, Acted)>, ReviewError> {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        self.case().ledger().read(|reading| {
            history.follow(reading)?;
            let mut entries = Vec::new();
            for seq in history.marks_of(number) {
                if let Some(recorded) = reading.entry(seq)? {
                    let acted = steps::acted(reading, &recorded)?;
                    entries.push((recorded, acted));
                }
            }
            Ok(entries)
        })
    }
}
