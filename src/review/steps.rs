//! What can be taken back and made again, read from the ledger.
//!
//! Each reviewer has their own steps: an undo takes back the reviewer's own last decision, whoever
//! decided what in between. A message belongs to the last decision on it that was not taken back; an
//! undo changes only messages that still belong to the decision it takes back, so that it never
//! overwrites what another reviewer decided since.

use super::ReviewError;
use super::decisions::Decisions;
use super::marks;
use super::marks::Markings;
use crate::case::changes::{self, Change};
use crate::case::ledger::{Actor, Entry, Reading, Recorded};
use crate::case::marks::{About, Marked, Reason, Said};
use crate::case::masks::{self, MaskChange};
use crate::case::people::{PeopleChange, Subject};
use crate::case::second::SecondAct;
use crate::model::Decision;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

/// A way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Undo,
    Redo,
}

/// What an entry changed of messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Acted {
    /// Decisions.
    pub(super) changes: Vec<Change>,
    /// Reasons, flags and notes.
    pub(super) marks: Vec<Marked>,
    /// Masks.
    pub(super) masks: Vec<MaskChange>,
}

impl Acted {
    /// The messages whose decision changed, or its reason.
    pub(super) fn decided(&self) -> RoaringBitmap {
        let reasons = self
            .marks
            .iter()
            .filter(|one| one.change.about == About::Reason);
        let changes = self.changes.iter().map(|change| &change.messages);
        union(changes.chain(reasons.map(|one| &one.messages)))
    }

    /// All messages that it changed.
    pub(super) fn all(&self) -> RoaringBitmap {
        let marks = self.marks.iter().map(|one| &one.messages);
        union(
            self.changes
                .iter()
                .map(|change| &change.messages)
                .chain(marks),
        ) | self.masked()
    }

    /// The messages whose masks changed.
    pub(super) fn masked(&self) -> RoaringBitmap {
        self.masks.iter().map(|change| change.number).collect()
    }

    /// What it changed but of these messages.
    #[must_use]
    pub(super) fn without(mut self, messages: &RoaringBitmap) -> Acted {
        if messages.is_empty() {
            return self;
        }
        for change in &mut self.changes {
            change.messages -= messages;
        }
        for one in &mut self.marks {
            one.messages -= messages;
        }
        self.masks
            .retain(|change| !messages.contains(change.number));
        self.changes.retain(|change| !change.messages.is_empty());
        self.marks.retain(|one| !one.messages.is_empty());
        self
    }

    /// Whether nothing changed.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.marks.is_empty() && self.masks.is_empty()
    }

    /// The bytes beside its entry.
    pub(super) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let sets: Vec<_> = self.marks.iter().map(|one| one.messages.clone()).collect();
        let data = changes::encode_with(&self.changes, &sets)?;
        masks::encode_after(data, &self.masks, &masks::reasons_of(&self.masks))
    }

    /// What changed of each topic.
    fn topics(&self) -> Touched {
        let mut topics = Touched::new();
        let decided = self.decided();
        if !decided.is_empty() {
            topics.insert(Topic::Decision, decided);
        }
        for one in &self.marks {
            if one.change.about != About::Reason {
                let topic = Topic::of(&one.change.about);
                *topics.entry(topic).or_default() |= &one.messages;
            }
        }
        if !self.masks.is_empty() {
            topics.insert(Topic::Masks, self.masked());
        }
        topics
    }
}

/// What two acts can be about both: then the later one holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// The decision, with its reason.
    Decision,
    /// A flag, or somebody's note.
    Mark(About),
    /// What is masked.
    Masks,
}

impl Topic {
    /// The topic of a mark.
    pub(super) fn of(about: &About) -> Topic {
        match about {
            About::Reason => Topic::Decision,
            about => Topic::Mark(about.clone()),
        }
    }
}

/// Messages by topic.
pub(super) type Touched = BTreeMap<Topic, RoaringBitmap>;

fn union<'a>(sets: impl Iterator<Item = &'a RoaringBitmap>) -> RoaringBitmap {
    sets.fold(RoaringBitmap::new(), |all, set| all | set)
}

/// What deciding so changes, for this reason: decisions, and reasons. A decision without a reason
/// takes the former one's away, where it changes anything; one with a reason gives it to what stands
/// so already too. Second words on what changes lapse.
pub(super) fn reasoned(
    decisions: &Decisions,
    marks: &Markings,
    wanted: &RoaringBitmap,
    decision: Decision,
    reason: Option<&Reason>,
) -> Acted {
    let changes = decisions.changes(wanted, decision);
    let reasons = match reason {
        Some(reason) => {
            let said = Said {
                reason: Some(reason.clone()),
                text: String::new(),
                word: None,
            };
            let wanted = wanted - decisions.undecidable();
            marks.changes(&wanted, &About::Reason, Some(&said))
        }
        None => {
            let changed = changes.iter().map(|change| &change.messages);
            let changed = changed.fold(RoaringBitmap::new(), |all, set| all | set);
            marks.changes(&changed, &About::Reason, None)
        }
    };
    let mut acted = Acted {
        changes,
        marks: reasons,
        masks: Vec::new(),
    };
    acted.lapse(marks, decisions.set(Decision::Mixed));
    acted
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
            // What docket keeps by itself is nobody's step.
            Entry::Second {
                act: SecondAct::Meanwhile(_),
                ..
            } => {}
            Entry::Decide { .. }
            | Entry::Mark { .. }
            | Entry::Redact { .. }
            | Entry::Second { .. }
            | Entry::People { .. }
            | Entry::Contacts { .. }
            | Entry::Me { .. }
            | Entry::Same { .. }
            | Entry::Findings { .. }
            | Entry::Rule { .. } => {
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

/// Whether an entry changes what holds for messages: a decision, a mark, an undo or a redo.
pub(super) fn decides(entry: &Entry) -> bool {
    told(entry).is_some()
}

/// How many messages an entry says it changed, if it changes any.
pub(super) fn told(entry: &Entry) -> Option<u32> {
    match entry {
        Entry::Decide { count, .. }
        | Entry::Mark { count, .. }
        | Entry::Redact { count, .. }
        | Entry::Second { count, .. }
        | Entry::Same { count, .. }
        | Entry::Undo { count, .. }
        | Entry::Redo { count, .. } => Some(*count),
        _ => None,
    }
}

/// What an entry changed of messages: nothing, where it is about something else.
pub(super) fn acted(reading: &Reading<'_>, recorded: &Recorded) -> Result<Acted, ReviewError> {
    if !decides(&recorded.entry) {
        return Ok(Acted::default());
    }
    let data = reading.data(recorded.seq)?.unwrap_or_default();
    masks::decode_after(&data, recorded.entry.mask_reasons())
        .and_then(|(data, masks)| {
            let (changes, marks) = marks::changes_of(&recorded.entry, data)?;
            Ok(Acted {
                changes,
                marks,
                masks,
            })
        })
        .map_err(|source| ReviewError::Data {
            seq: recorded.seq,
            source,
        })
}

/// As [`acted`], of the entry with this number.
pub(super) fn acted_by(reading: &Reading<'_>, seq: u64) -> Result<Acted, ReviewError> {
    match reading.entry(seq)? {
        Some(recorded) => acted(reading, &recorded),
        None => Ok(Acted::default()),
    }
}

/// The messages of which entries after `seen` changed this, of those entries that are `others`.
pub(super) fn changed_since(
    reading: &Reading<'_>,
    seen: u64,
    topic: &Topic,
    others: impl Fn(u64) -> bool,
) -> Result<RoaringBitmap, ReviewError> {
    let mut changed = RoaringBitmap::new();
    if reading.head()?.seq == seen {
        return Ok(changed);
    }
    for recorded in reading.entries(seen.saturating_add(1))? {
        if decides(&recorded.entry) && others(recorded.seq) {
            let topics = acted(reading, &recorded)?.topics();
            changed |= topics.get(topic).cloned().unwrap_or_default();
        }
    }
    Ok(changed)
}

/// The messages that no longer belong to entry `since`, by topic: those that a later entry changed,
/// unless that entry was itself taken back.
pub(super) fn touched_since(reading: &Reading<'_>, since: u64) -> Result<Touched, ReviewError> {
    let mut standing: BTreeMap<u64, Touched> = BTreeMap::new();
    for recorded in reading.entries(since.saturating_add(1))? {
        if !decides(&recorded.entry) {
            continue;
        }
        let topics = acted(reading, &recorded)?.topics();
        // A redo takes an undo back as an undo does a decision: the message is as it was.
        let taken_back = match recorded.entry {
            Entry::Undo { of, .. } | Entry::Redo { of, .. } => standing.get_mut(&of),
            _ => None,
        };
        match taken_back {
            Some(earlier) => {
                for (topic, set) in topics {
                    if let Some(earlier) = earlier.get_mut(&topic) {
                        *earlier -= set;
                    }
                }
            }
            None => {
                standing.insert(recorded.seq, topics);
            }
        }
    }
    let mut all = Touched::new();
    for (topic, set) in standing.into_values().flatten() {
        *all.entry(topic).or_default() |= set;
    }
    Ok(all)
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

/// The messages of which a later entry than `since` said which of them are one: see
/// [`touched_since`].
pub(super) fn same_touched_since(
    reading: &Reading<'_>,
    since: u64,
) -> Result<RoaringBitmap, ReviewError> {
    let mut standing: BTreeMap<u64, RoaringBitmap> = BTreeMap::new();
    for recorded in reading.entries(since.saturating_add(1))? {
        let changes = recorded.entry.same().iter();
        let set: RoaringBitmap = changes
            .flat_map(|change| change.messages())
            .map(|number| number.0)
            .collect();
        if set.is_empty() {
            continue;
        }
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
    let sets = standing.into_values();
    Ok(sets.fold(RoaringBitmap::new(), |all, set| all | set))
}

fn subjects(entry: &Entry) -> BTreeSet<Subject> {
    entry.people().iter().map(PeopleChange::subject).collect()
}

/// The decision, or the act on people or a rule, that a chain of undoes and redoes goes back to.
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
