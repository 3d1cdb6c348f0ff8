//! What can be taken back and made again, read from the ledger.
//!
//! Each reviewer has their own steps: an undo takes back the reviewer's own last decision, whoever
//! decided what in between. A message belongs to the last decision on it that was not taken back; an
//! undo changes only messages that still belong to the decision it takes back, so that it never
//! overwrites what another reviewer decided since.

use super::ReviewError;
use crate::case::changes::{self, Change};
use crate::case::ledger::{Actor, Entry, How, Reading, Recorded};
use crate::case::people::{PeopleChange, Subject};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

/// A way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Undo,
    Redo,
}

/// What one actor can take back and make again.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The last entry followed.
    followed: u64,
    /// Decisions and redoes that are not taken back, in order.
    done: Vec<u64>,
    /// Undoes that are not made again, in order; none once the actor decides anew.
    undone: Vec<u64>,
}

impl Steps {
    /// The entry that a step of this actor would take back: a decision or a redo, or for a redo an
    /// undo. Reads all entries at the first call, then the new ones.
    pub(super) fn last(
        steps: &mut Option<Steps>,
        reading: &Reading<'_>,
        actor: &Actor,
        step: Step,
    ) -> Result<Option<u64>, ReviewError> {
        let steps = steps.get_or_insert_default();
        for recorded in reading.entries(steps.followed.saturating_add(1))? {
            steps.follow(&recorded, actor);
        }
        Ok(match step {
            Step::Undo => steps.done.last().copied(),
            Step::Redo => steps.undone.last().copied(),
        })
    }

    fn follow(&mut self, recorded: &Recorded, actor: &Actor) {
        self.followed = recorded.seq;
        if recorded.actor.name != actor.name {
            return;
        }
        match recorded.entry {
            Entry::Decide { .. } | Entry::People { .. } | Entry::Contacts { .. } => {
                self.done.push(recorded.seq);
                self.undone.clear();
            }
            Entry::Undo { of, .. } => {
                self.done.retain(|seq| *seq != of);
                self.undone.push(recorded.seq);
            }
            Entry::Redo { of, .. } => {
                self.undone.retain(|seq| *seq != of);
                self.done.push(recorded.seq);
            }
            _ => {}
        }
    }
}

/// Whether an entry changes decisions: a decision, an undo or a redo.
pub(super) fn decides(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Decide { .. } | Entry::Undo { .. } | Entry::Redo { .. }
    )
}

/// How many messages an entry says it changed, if it changes decisions.
pub(super) fn told(entry: &Entry) -> Option<u32> {
    match entry {
        Entry::Decide { count, .. } | Entry::Undo { count, .. } | Entry::Redo { count, .. } => {
            Some(*count)
        }
        _ => None,
    }
}

/// What an entry changed.
pub(super) fn changes_of(reading: &Reading<'_>, seq: u64) -> Result<Vec<Change>, ReviewError> {
    let data = reading.data(seq)?.unwrap_or_default();
    changes::decode(&data).map_err(|source| ReviewError::Data { seq, source })
}

/// What an entry changed of decisions: nothing, where it is about something else.
pub(super) fn decided(reading: &Reading<'_>, seq: u64) -> Result<Vec<Change>, ReviewError> {
    match reading.entry(seq)? {
        Some(recorded) if decides(&recorded.entry) => changes_of(reading, seq),
        _ => Ok(Vec::new()),
    }
}

fn set_of(reading: &Reading<'_>, seq: u64) -> Result<RoaringBitmap, ReviewError> {
    let mut set = RoaringBitmap::new();
    for change in changes_of(reading, seq)? {
        set |= change.messages;
    }
    Ok(set)
}

/// The messages that entries after `seen` changed, of those entries that are `others`.
pub(super) fn changed_since(
    reading: &Reading<'_>,
    seen: u64,
    others: impl Fn(u64) -> bool,
) -> Result<RoaringBitmap, ReviewError> {
    let mut changed = RoaringBitmap::new();
    if reading.head()?.seq == seen {
        return Ok(changed);
    }
    for recorded in reading.entries(seen.saturating_add(1))? {
        if decides(&recorded.entry) && others(recorded.seq) {
            changed |= set_of(reading, recorded.seq)?;
        }
    }
    Ok(changed)
}

/// The messages that no longer belong to entry `since`: those that a later entry changed, unless
/// that entry was itself taken back.
pub(super) fn touched_since(
    reading: &Reading<'_>,
    since: u64,
) -> Result<RoaringBitmap, ReviewError> {
    let mut standing: BTreeMap<u64, RoaringBitmap> = BTreeMap::new();
    for recorded in reading.entries(since.saturating_add(1))? {
        let set = match recorded.entry {
            Entry::Decide { .. } | Entry::Undo { .. } | Entry::Redo { .. } => {
                set_of(reading, recorded.seq)?
            }
            _ => continue,
        };
        // A redo takes an undo back as an undo does a decision: the message is as it was.
        let taken_back = match recorded.entry {
            Entry::Undo { of, .. } | Entry::Redo { of, .. } => standing.get_mut(&of),
            _ => None,
        };
        match taken_back {
            Some(earlier) => *earlier -= set,
            None => {
                standing.insert(recorded.seq, set);
            }
        }
    }
    Ok(standing
        .into_values()
        .fold(RoaringBitmap::new(), |all, set| all | set))
}

/// What entries after `seen` changed of people, of those entries that are `others`.
pub(super) fn people_changed_since(
    reading: &Reading<'_>,
    seen: u64,
    others: impl Fn(u64) -> bool,
) -> Result<BTreeSet<Subject>, ReviewError> {
    if reading.head()?.seq == seen {
        return Ok(BTreeSet::new());
    }
    let entries = reading.entries(seen.saturating_add(1))?;
    Ok(entries
        .iter()
        .filter(|recorded| others(recorded.seq))
        .flat_map(|recorded| subjects(&recorded.entry))
        .collect())
}

/// What no longer belongs to entry `since` of what it changed of people: see [`touched_since`].
pub(super) fn people_touched_since(
    reading: &Reading<'_>,
    since: u64,
) -> Result<BTreeSet<Subject>, ReviewError> {
    let mut standing: BTreeMap<u64, BTreeSet<Subject>> = BTreeMap::new();
    for recorded in reading.entries(since.saturating_add(1))? {
        let set = subjects(&recorded.entry);
        if set.is_empty() {
            continue;
        }
        let taken_back = match recorded.entry {
            Entry::Undo { of, .. } | Entry::Redo { of, .. } => standing.get_mut(&of),
            _ => None,
        };
        match taken_back {
            Some(earlier) => earlier.retain(|subject| !set.contains(subject)),
            None => {
                standing.insert(recorded.seq, set);
            }
        }
    }
    Ok(standing.into_values().flatten().collect())
}

fn subjects(entry: &Entry) -> BTreeSet<Subject> {
    entry.people().iter().map(PeopleChange::subject).collect()
}

/// The decision, or the act on people, that a chain of undoes and redoes goes back to.
pub(super) fn decision_behind(reading: &Reading<'_>, seq: u64) -> Result<Recorded, ReviewError> {
    let mut seq = seq;
    loop {
        let Some(recorded) = reading.entry(seq)? else {
            return Err(ReviewError::Rewritten);
        };
        match recorded.entry {
            // Each goes back to an earlier entry; one that does not was never written by docket.
            Entry::Undo { of, .. } | Entry::Redo { of, .. } if of < seq => seq = of,
            Entry::Undo { .. } | Entry::Redo { .. } => return Err(ReviewError::Rewritten),
            _ => return Ok(recorded),
        }
    }
}

/// A decision or an act on people in a few words: `official on 12 messages of a thread`.
pub(super) fn in_words(entry: &Entry) -> String {
    let Entry::Decide {
        decision,
        count,
        how,
        ..
    } = entry
    else {
        return crate::people::in_words(entry);
    };
    let messages = if *count == 1 { "message" } else { "messages" };
    let of = match how {
        How::Key => "",
        How::Range => " in a range",
        How::Thread => " of a thread",
        How::Bulk => " at once",
    };
    format!("{} on {count} {messages}{of}", decision.name())
}
