//! Which messages are one, as the ledger says: the fold of a person's word, beside what the import
//! found (`case/reconcile.rs`).
//!
//! Of several messages that are one the lowest stands for all; the others are its copies. A copy is
//! counted as one and decided nowhere: whatever is asked of it is asked of the message that stands
//! for it, and what was decided or said of it before goes there with the entry that made it one.

use crate::case::ledger::Entry;
use crate::case::same::SameChange;
use crate::model::MessageNumber;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which messages are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Sameness {
    /// The message that stands for a copy.
    stands: BTreeMap<u32, u32>,
    /// The copies of each message that has any.
    copies: BTreeMap<u32, BTreeSet<u32>>,
    /// Two that are not the same, the lower first.
    apart: BTreeSet<(u32, u32)>,
}

/// A change that does not fit what held before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what it says of messages that are one did not hold before it")]
pub struct Mismatch;

impl Sameness {
    /// Whether nobody said anything and no copy has a number.
    pub fn is_empty(&self) -> bool {
        self.stands.is_empty()
    }

    /// The message that stands for this one; itself, unless it is a copy.
    pub fn head(&self, number: MessageNumber) -> MessageNumber {
        MessageNumber(self.stands.get(&number.0).copied().unwrap_or(number.0))
    }

    /// Whether it is a copy of another.
    pub fn is_copy(&self, number: MessageNumber) -> bool {
        self.stands.contains_key(&number.0)
    }

    /// All copies of all messages.
    pub fn copies(&self) -> RoaringBitmap {
        self.stands.keys().copied().collect()
    }

    /// The messages that have copies, each with them.
    pub fn groups(
        &self,
    ) -> impl Iterator<Item = (MessageNumber, impl Iterator<Item = MessageNumber>)> {
        self.copies.iter().map(|(head, copies)| {
            (
                MessageNumber(*head),
                copies.iter().copied().map(MessageNumber),
            )
        })
    }

    /// The copies of a message.
    pub fn copies_of(&self, number: MessageNumber) -> impl Iterator<Item = MessageNumber> {
        self.copies
            .get(&number.0)
            .into_iter()
            .flatten()
            .copied()
            .map(MessageNumber)
    }

    /// Whether somebody said that these two are not the same.
    pub fn is_apart(&self, one: MessageNumber, other: MessageNumber) -> bool {
        self.apart.contains(&pair(one, other))
    }

    /// What stands for these messages: a copy's place is taken by the message that stands for it.
    #[must_use]
    pub fn heads(&self, messages: RoaringBitmap) -> RoaringBitmap {
        if self.is_empty() {
            return messages;
        }
        let copies = self.copies();
        let named = &messages & &copies;
        let heads: RoaringBitmap = named
            .iter()
            .filter_map(|copy| self.stands.get(&copy).copied())
            .collect();
        (messages - copies) | heads
    }

    /// These messages, with all that are one with any of them.
    #[must_use]
    pub fn whole(&self, messages: RoaringBitmap) -> RoaringBitmap {
        if self.is_empty() {
            return messages;
        }
        let mut whole = messages.clone();
        for (head, copies) in &self.copies {
            if messages.contains(*head) || copies.iter().any(|copy| messages.contains(*copy)) {
                whole.insert(*head);
                whole.extend(copies.iter().copied());
            }
        }
        whole
    }

    /// Whether an entry changes any of it.
    pub fn concerns(entry: &Entry) -> bool {
        matches!(entry, Entry::OwnNumbers { .. }) || !entry.same().is_empty()
    }

    /// Follows one entry of the ledger; those that are about something else change nothing.
    ///
    /// # Errors
    /// [`Mismatch`] when it says that something held which did not, or makes a copy stand for
    /// another.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        if let Entry::OwnNumbers { first, copies, .. } = entry {
            for (at, copy) in (first.0..).zip(copies) {
                let head = self.head(copy.copy_of);
                self.set(at, Some(head.0));
            }
            return Ok(());
        }
        self.make(entry.same())
    }

    fn make(&mut self, changes: &[SameChange]) -> Result<(), Mismatch> {
        for change in changes {
            self.apply(*change)?;
        }
        // One stands for all, and nobody stands for it.
        let mut concerned = changes.iter().flat_map(|change| change.messages());
        match concerned.any(|number| self.is_copy(number) && self.copies.contains_key(&number.0)) {
            true => Err(Mismatch),
            false => Ok(()),
        }
    }

    /// Whether these changes can be made now.
    pub(super) fn allows(&self, changes: &[SameChange]) -> bool {
        self.clone().make(changes).is_ok()
    }

    /// What goes along with these changes and is not told of by them: the copies of what becomes
    /// the copy of another. (A copy may get its number after what is taken back here was said.)
    pub(super) fn along(&self, changes: &[SameChange]) -> Vec<SameChange> {
        let told: RoaringBitmap = changes
            .iter()
            .flat_map(|change| change.messages())
            .map(|number| number.0)
            .collect();
        let mut along = Vec::new();
        for change in changes {
            if let SameChange::StandsFor { copy: from, to, .. } = *change
                && to.is_some()
            {
                let copies = self.copies_of(from);
                along.extend(copies.filter(|copy| !told.contains(copy.0)).map(|copy| {
                    SameChange::StandsFor {
                        copy,
                        from: Some(from),
                        to,
                    }
                }));
            }
        }
        along
    }

    /// Whether what a change would change stands as it says.
    pub fn holds(&self, change: SameChange) -> bool {
        match change {
            SameChange::StandsFor { copy, from, .. } => {
                self.stands.get(&copy.0).copied() == from.map(|from| from.0)
            }
            SameChange::Apart {
                one, other, from, ..
            } => self.is_apart(one, other) == from,
        }
    }

    fn apply(&mut self, change: SameChange) -> Result<(), Mismatch> {
        if !self.holds(change) {
            return Err(Mismatch);
        }
        match change {
            SameChange::StandsFor { copy, to, .. } => self.set(copy.0, to.map(|to| to.0)),
            SameChange::Apart { one, other, to, .. } => {
                let pair = pair(one, other);
                if to {
                    self.apart.insert(pair);
                } else {
                    self.apart.remove(&pair);
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, copy: u32, head: Option<u32>) {
        let before = match head {
            Some(head) => {
                self.copies.entry(head).or_default().insert(copy);
                self.stands.insert(copy, head)
            }
            None => self.stands.remove(&copy),
        };
        if let Some(before) = before.filter(|before| Some(*before) != head)
            && let Some(copies) = self.copies.get_mut(&before)
        {
            copies.remove(&copy);
            if copies.is_empty() {
                self.copies.remove(&before);
            }
        }
    }

    /// Makes these two one, and whatever is one with either. `false` where they are.
    pub(super) fn join(&mut self, one: MessageNumber, other: MessageNumber) -> bool {
        self.apart.remove(&pair(one, other));
        let (one, other) = (self.head(one), self.head(other));
        if one == other {
            return false;
        }
        let (head, copy) = (one.min(other), one.max(other));
        let moved: Vec<_> = self.copies_of(copy).collect();
        for number in moved.into_iter().chain([copy]) {
            self.set(number.0, Some(head.0));
        }
        true
    }

    /// Takes one out of those that are one with it, and says of each of them that the two are not
    /// the same.
    pub(super) fn part(&mut self, number: MessageNumber) {
        let head = self.head(number);
        let others: Vec<_> = self
            .copies_of(head)
            .chain([head])
            .filter(|other| *other != number)
            .collect();
        if let Some(next) = others.iter().min().filter(|_| head == number) {
            for other in &others {
                self.set(other.0, Some(next.0).filter(|_| other != next));
            }
        }
        self.set(number.0, None);
        self.apart
            .extend(others.into_iter().map(|other| pair(number, other)));
    }

    /// Says of two that are not one that they are not.
    pub(super) fn keep_apart(&mut self, one: MessageNumber, other: MessageNumber) {
        self.apart.insert(pair(one, other));
    }

    /// What changes from these to those.
    pub(super) fn changes_to(&self, to: &Sameness) -> Vec<SameChange> {
        let copies: BTreeSet<u32> = self
            .stands
            .keys()
            .chain(to.stands.keys())
            .copied()
            .collect();
        let mut changes: Vec<SameChange> = copies
            .into_iter()
            .filter_map(|copy| {
                let of = |same: &Sameness| same.stands.get(&copy).copied().map(MessageNumber);
                let (from, to) = (of(self), of(to));
                let copy = MessageNumber(copy);
                (from != to).then_some(SameChange::StandsFor { copy, from, to })
            })
            .collect();
        let apart = self.apart.symmetric_difference(&to.apart);
        changes.extend(apart.map(|(one, other)| {
            let from = self.apart.contains(&(*one, *other));
            SameChange::Apart {
                one: MessageNumber(*one),
                other: MessageNumber(*other),
                from,
                to: !from,
            }
        }));
        changes
    }
}

/// Two messages, the lower first.
fn pair(one: MessageNumber, other: MessageNumber) -> (u32, u32) {
    (one.0.min(other.0), one.0.max(other.0))
}

/// The form in a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    stands: Vec<(u32, u32)>,
    apart: BTreeSet<(u32, u32)>,
}

impl From<Kept> for Sameness {
    fn from(kept: Kept) -> Sameness {
        let mut same = Sameness {
            apart: kept.apart,
            ..Sameness::default()
        };
        for (copy, head) in kept.stands {
            same.set(copy, Some(head));
        }
        same
    }
}

impl From<Sameness> for Kept {
    fn from(same: Sameness) -> Kept {
        Kept {
            stands: same.stands.into_iter().collect(),
            apart: same.apart,
        }
    }
}
