//! The current decision of every message: the fold of the ledger.
//!
//! One set of message numbers for each decision. Together they hold every decidable message exactly
//! once, so that counting, previewing and applying an act on a million messages are a few
//! operations on sets (tenths of a millisecond), and "the next undecided" is one step in a set. The
//! counts of every thread follow each change and are never made anew.

use crate::case::Store;
use crate::case::changes::Change;
use crate::case::ledger::{Hash, Head};
use crate::model::{Decision, Kind, MessageNumber, ThreadId};
use roaring::RoaringBitmap;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Where messages lie in a store, as far as deciding asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ground {
    /// How many messages there are; their numbers are `0..len`.
    pub len: u32,
    /// Lines of the app.
    pub system: RoaringBitmap,
    /// Bytes that no message could be made of.
    pub unreadable: RoaringBitmap,
    /// Copies of other messages, which stand for them.
    pub copies: RoaringBitmap,
    /// How many threads there are; their numbers are `0..threads`.
    pub threads: usize,
    /// Which thread each run of numbers belongs to, ascending and without overlap.
    pub runs: Vec<(Range<u32>, ThreadId)>,
}

/// Messages per run from which on runs are counted rather than messages looked up.
const MANY: u64 = 8;

impl Ground {
    /// Of a store's messages.
    pub(super) fn of(store: &Store) -> Ground {
        let (mut system, mut unreadable) = (Vec::new(), Vec::new());
        for (kind, number) in store.kinds().zip(0..) {
            match kind {
                Kind::System => system.push(number),
                Kind::Unreadable => unreadable.push(number),
                _ => {}
            }
        }
        // The numbers ascend, so that this is no error.
        let set =
            |numbers| RoaringBitmap::from_sorted_iter::<Vec<u32>>(numbers).unwrap_or_default();
        let mut runs: Vec<_> = store
            .threads()
            .iter()
            .flat_map(|thread| thread.runs.iter().map(|run| (run.clone(), thread.id)))
            .collect();
        runs.sort_unstable_by_key(|(run, _)| run.start);
        Ground {
            len: store.len(),
            system: set(system),
            unreadable: set(unreadable),
            copies: RoaringBitmap::new(),
            threads: store.threads().len(),
            runs,
        }
    }

    /// The messages that no one decides on.
    fn undecidable(&self) -> RoaringBitmap {
        &(&self.system | &self.unreadable) | &self.copies
    }

    /// The copies of messages that somebody decides on.
    fn plain_copies(&self) -> RoaringBitmap {
        &(&self.copies - &self.system) - &self.unreadable
    }

    /// Calls `count` with each thread and how many of the messages are in it; a thread may come
    /// several times.
    fn per_thread(&self, messages: &RoaringBitmap, mut count: impl FnMut(ThreadId, u32)) {
        // Many messages are counted run by run, few (or few ranges) are looked up.
        if messages.len() / MANY > self.runs.len() as u64 {
            for (run, thread) in &self.runs {
                let inside = messages.range_cardinality(run.clone());
                if inside > 0 {
                    count(*thread, u32::try_from(inside).unwrap_or(u32::MAX));
                }
            }
            return;
        }
        let mut ranges = messages.iter();
        while let Some(range) = ranges.next_range() {
            let mut start = *range.start();
            let end = *range.end();
            let first = self.runs.partition_point(|(run, _)| run.end <= start);
            for (run, thread) in self.runs.iter().skip(first) {
                if run.start > end {
                    break;
                }
                start = start.max(run.start);
                // `run.end` is one past its last number, and above `start` here.
                let last = end.min(run.end.saturating_sub(1));
                count(*thread, (last - start).saturating_add(1));
                start = run.end;
            }
        }
    }
}

/// How the messages of a thread, or of a case, stand. The parts add up to `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All messages.
    pub total: u32,
    /// Lines of the app.
    pub system: u32,
    /// Bytes that no message could be made of.
    pub unreadable: u32,
    /// Copies of other messages, which stand for them.
    pub copies: u32,
    /// Not decided yet.
    pub undecided: u32,
    /// Decided official.
    pub official: u32,
    /// Decided personal.
    pub personal: u32,
    /// Decided mixed.
    pub mixed: u32,
    /// Decided context.
    pub context: u32,
    /// Referred for a second look.
    pub refer: u32,
}

impl Tally {
    /// How many messages stand so.
    pub fn of(&self, decision: Decision) -> u32 {
        match decision {
            Decision::Undecided => self.undecided,
            Decision::Official => self.official,
            Decision::Personal => self.personal,
            Decision::Mixed => self.mixed,
            Decision::Context => self.context,
            Decision::Refer => self.refer,
        }
    }

    /// How many messages someone has to decide on, decided or not.
    pub fn decidable(&self) -> u32 {
        self.total
            .saturating_sub(self.system)
            .saturating_sub(self.unreadable)
            .saturating_sub(self.copies)
    }

    /// How many of them are decided.
    pub fn decided(&self) -> u32 {
        self.decidable().saturating_sub(self.undecided)
    }

    fn slot(&mut self, decision: Decision) -> &mut u32 {
        match decision {
            Decision::Undecided => &mut self.undecided,
            Decision::Official => &mut self.official,
            Decision::Personal => &mut self.personal,
            Decision::Mixed => &mut self.mixed,
            Decision::Context => &mut self.context,
            Decision::Refer => &mut self.refer,
        }
    }

    fn shift(&mut self, from: Decision, to: Decision, count: u32) {
        let slot = self.slot(from);
        *slot = slot.saturating_sub(count);
        let slot = self.slot(to);
        *slot = slot.saturating_add(count);
    }
}

/// A change that does not fit what holds: the ledger and its fold disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message {number} was to go from {from} but is {now}", from = .from.name(), now = .now.name())]
pub struct Disagreement {
    /// The first message that does not fit.
    pub number: MessageNumber,
    /// What the change says was there.
    pub from: Decision,
    /// What is there; `Undecided` also for a number that does not exist.
    pub now: Decision,
}

/// The current decision of every message. See the module's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    ground: Ground,
    undecidable: RoaringBitmap,
    undecided: RoaringBitmap,
    official: RoaringBitmap,
    personal: RoaringBitmap,
    mixed: RoaringBitmap,
    context: RoaringBitmap,
    refer: RoaringBitmap,
    all: Tally,
    threads: Vec<Tally>,
}

impl Decisions {
    /// Every message undecided.
    pub fn new(ground: Ground) -> Decisions {
        Decisions::standing(ground, &[])
    }

    /// These decisions, the rest undecided. What is not decidable on this ground is left out.
    fn standing(ground: Ground, sets: &[(Decision, RoaringBitmap)]) -> Decisions {
        let undecidable = ground.undecidable();
        let copies = ground.plain_copies();
        let mut undecided = RoaringBitmap::new();
        undecided.insert_range(0..ground.len);
        undecided -= &undecidable;
        let mut decisions = Decisions {
            threads: vec![Tally::default(); ground.threads],
            all: Tally {
                total: ground.len,
                system: count(&ground.system),
                unreadable: count(&ground.unreadable),
                copies: count(&copies),
                undecided: count(&undecided),
                ..Tally::default()
            },
            ground,
            undecidable,
            undecided,
            official: RoaringBitmap::new(),
            personal: RoaringBitmap::new(),
            mixed: RoaringBitmap::new(),
            context: RoaringBitmap::new(),
            refer: RoaringBitmap::new(),
        };
        let threads = &mut decisions.threads;
        for (run, thread) in &decisions.ground.runs {
            if let Some(tally) = at(threads, *thread) {
                tally.total += run.end.saturating_sub(run.start);
            }
        }
        decisions
            .ground
            .per_thread(&decisions.ground.system, |thread, count| {
                if let Some(tally) = at(threads, thread) {
                    tally.system += count;
                }
            });
        decisions
            .ground
            .per_thread(&decisions.ground.unreadable, |thread, count| {
                if let Some(tally) = at(threads, thread) {
                    tally.unreadable += count;
                }
            });
        decisions.ground.per_thread(&copies, |thread, count| {
            if let Some(tally) = at(threads, thread) {
                tally.copies += count;
            }
        });
        decisions
            .ground
            .per_thread(&decisions.undecided, |thread, count| {
                if let Some(tally) = at(threads, thread) {
                    tally.undecided += count;
                }
            });
        for (decision, set) in sets {
            let messages = set & &decisions.undecided;
            decisions.shift(&Change {
                from: Decision::Undecided,
                to: *decision,
                messages,
            });
        }
        decisions
    }

    /// The same decisions on another ground, such as one with more messages: those are undecided.
    #[must_use]
    pub fn on(self, ground: Ground) -> Decisions {
        let Decisions {
            official,
            personal,
            mixed,
            context,
            refer,
            ..
        } = self;
        Decisions::standing(
            ground,
            &[
                (Decision::Official, official),
                (Decision::Personal, personal),
                (Decision::Mixed, mixed),
                (Decision::Context, context),
                (Decision::Refer, refer),
            ],
        )
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        self.ground.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ground.len == 0
    }

    /// What holds for a message; `Undecided` for one that no one decides on or that does not exist.
    pub fn decision(&self, number: MessageNumber) -> Decision {
        Decision::ALL
            .into_iter()
            .find(|decision| self.set(*decision).contains(number.0))
            .unwrap_or_default()
    }

    /// The messages that stand so.
    pub fn set(&self, decision: Decision) -> &RoaringBitmap {
        match decision {
            Decision::Undecided => &self.undecided,
            Decision::Official => &self.official,
            Decision::Personal => &self.personal,
            Decision::Mixed => &self.mixed,
            Decision::Context => &self.context,
            Decision::Refer => &self.refer,
        }
    }

    /// The copies of other messages.
    pub fn copies(&self) -> &RoaringBitmap {
        &self.ground.copies
    }

    /// The lines of the app.
    pub fn lines(&self) -> &RoaringBitmap {
        &self.ground.system
    }

    /// Takes these for the copies. What is one from now on has no decision of its own: whoever
    /// makes it one takes that back first.
    pub(super) fn set_copies(&mut self, copies: RoaringBitmap) {
        if self.ground.copies != copies {
            let ground = Ground {
                copies,
                ..self.ground.clone()
            };
            *self = self.clone().on(ground);
        }
    }

    /// The messages that no one decides on: lines of the app, unreadable bytes, and copies of
    /// messages that are decided on.
    pub fn undecidable(&self) -> &RoaringBitmap {
        &self.undecidable
    }

    /// How a thread stands; all zero for one that does not exist.
    pub fn tally(&self, thread: ThreadId) -> Tally {
        usize::try_from(thread.0)
            .ok()
            .and_then(|n| self.threads.get(n))
            .copied()
            .unwrap_or_default()
    }

    /// How the whole case stands.
    pub fn tally_all(&self) -> Tally {
        self.all
    }

    /// In how many threads these messages are.
    pub fn threads_of(&self, messages: &RoaringBitmap) -> u32 {
        let mut seen = vec![false; self.ground.threads];
        self.ground.per_thread(messages, |thread, _| {
            if let Some(seen) = at(&mut seen, thread) {
                *seen = true;
            }
        });
        u32::try_from(seen.into_iter().filter(|seen| *seen).count()).unwrap_or(u32::MAX)
    }

    /// What would change if these messages were decided so: one change for each former decision.
    /// Messages that stand so already, and those that no one decides on, are not in it.
    pub fn changes(&self, messages: &RoaringBitmap, to: Decision) -> Vec<Change> {
        Decision::ALL
            .into_iter()
            .filter(|from| *from != to)
            .map(|from| Change {
                from,
                to,
                messages: messages & self.set(from),
            })
            .filter(|change| !change.messages.is_empty())
            .collect()
    }

    /// Applies changes and gives the messages they changed. Those that are not decidable on this
    /// ground (a newer importer reads them as a line of the app) are left as they are.
    ///
    /// # Errors
    /// [`Disagreement`] when a message does not stand as a change says; then nothing is applied.
    pub fn apply(&mut self, changes: &[Change]) -> Result<RoaringBitmap, Disagreement> {
        let mut all = RoaringBitmap::new();
        let mut fitting = Vec::with_capacity(changes.len());
        for change in changes {
            let messages = if self.undecidable.is_disjoint(&change.messages) {
                change.messages.clone()
            } else {
                &change.messages - &self.undecidable
            };
            if !messages.is_subset(self.set(change.from)) {
                let odd = (&messages - self.set(change.from))
                    .min()
                    .unwrap_or_default();
                let number = MessageNumber(odd);
                return Err(Disagreement {
                    number,
                    from: change.from,
                    now: self.decision(number),
                });
            }
            all |= &messages;
            fitting.push(Change {
                messages,
                ..change.clone()
            });
        }
        for change in &fitting {
            self.shift(change);
        }
        Ok(all)
    }

    /// Moves messages that stand at `from` to `to`.
    fn shift(&mut self, change: &Change) {
        *self.set_mut(change.from) -= &change.messages;
        *self.set_mut(change.to) |= &change.messages;
        self.all
            .shift(change.from, change.to, count(&change.messages));
        let threads = &mut self.threads;
        self.ground.per_thread(&change.messages, |thread, count| {
            if let Some(tally) = at(threads, thread) {
                tally.shift(change.from, change.to, count);
            }
        });
    }

    fn set_mut(&mut self, decision: Decision) -> &mut RoaringBitmap {
        match decision {
            Decision::Undecided => &mut self.undecided,
            Decision::Official => &mut self.official,
            Decision::Personal => &mut self.personal,
            Decision::Mixed => &mut self.mixed,
            Decision::Context => &mut self.context,
            Decision::Refer => &mut self.refer,
        }
    }

    /// The decisions as bytes for a checkpoint file, with the ledger's head that they belong to and
    /// with what else is kept beside them.
    ///
    /// # Errors
    /// Only where a set has no bytes to give, which none made in memory does.
    pub fn checkpoint(&self, head: Head, beside: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut bytes = CHECKPOINT.to_vec();
        bytes.extend_from_slice(&self.ground.len.to_le_bytes());
        bytes.extend_from_slice(&head.seq.to_le_bytes());
        bytes.extend_from_slice(&head.hash.0);
        for decision in Decision::ALL.into_iter().skip(1) {
            self.set(decision).serialize_into(&mut bytes)?;
        }
        bytes.extend_from_slice(beside);
        let seal = Sha256::digest(&bytes);
        bytes.extend_from_slice(&seal);
        Ok(bytes)
    }

    /// The decisions of a checkpoint on this ground, the head they belong to, and what was kept
    /// beside them; `None` when the bytes are damaged or from another docket. A checkpoint is only a shortcut: without it the
    /// ledger is replayed from its start.
    pub fn from_checkpoint(bytes: &[u8], ground: Ground) -> Option<(Decisions, Head, &[u8])> {
        let (content, seal) = bytes.split_last_chunk::<32>()?;
        if Sha256::digest(content).as_slice() != seal {
            return None;
        }
        let rest = content.strip_prefix(CHECKPOINT.as_slice())?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (hash, mut rest) = rest.split_first_chunk::<32>()?;
        if u32::from_le_bytes(*len) > ground.len {
            return None;
        }
        let mut sets = Vec::new();
        for decision in Decision::ALL.into_iter().skip(1) {
            sets.push((decision, RoaringBitmap::deserialize_from(&mut rest).ok()?));
        }
        let head = Head {
            seq: u64::from_le_bytes(*seq),
            hash: Hash(*hash),
        };
        Some((Decisions::standing(ground, &sets), head, rest))
    }
}

/// The first bytes of a checkpoint: what it is and its form.
const CHECKPOINT: &[u8; 18] = b"docket decisions 1";

fn count(messages: &RoaringBitmap) -> u32 {
    // Numbers are 32 bits wide, and a case holds fewer than all of them.
    u32::try_from(messages.len()).unwrap_or(u32::MAX)
}

fn at<T>(threads: &mut [T], thread: ThreadId) -> Option<&mut T> {
    threads.get_mut(usize::try_from(thread.0).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A thousand messages in five threads, two of which come in two runs.
    fn ground() -> Ground {
        let run = |range, thread| (range, ThreadId(thread));
        Ground {
            len: 1000,
            system: (0..1000).filter(|n| n % 11 == 3).collect(),
            unreadable: (0..1000)
                .filter(|n| n % 97 == 50)
                .filter(|n| n % 11 != 3)
                .collect(),
            copies: (500..520).collect(),
            threads: 5,
            runs: vec![
                run(0..100, 0),
                run(100..101, 1),
                run(101..400, 2),
                run(400..600, 0),
                run(600..999, 3),
                run(999..1000, 2),
            ],
        }
    }

    fn thread_of(ground: &Ground, number: u32) -> ThreadId {
        ground
            .runs
            .iter()
            .find(|(run, _)| run.contains(&number))
            .unwrap()
            .1
    }

    /// Counts everything anew, the slow way.
    fn recount(decisions: &Decisions, thread: Option<ThreadId>) -> Tally {
        let mut tally = Tally::default();
        for number in 0..decisions.len() {
            if thread.is_some_and(|thread| thread != thread_of(&decisions.ground, number)) {
                continue;
            }
            tally.total += 1;
            if decisions.ground.system.contains(number) {
                tally.system += 1;
            } else if decisions.ground.unreadable.contains(number) {
                tally.unreadable += 1;
            } else if decisions.ground.copies.contains(number) {
                tally.copies += 1;
            } else {
                *tally.slot(decisions.decision(MessageNumber(number))) += 1;
            }
        }
        tally
    }

    fn check(decisions: &Decisions) {
        assert_eq!(decisions.tally_all(), recount(decisions, None));
        for thread in 0..5 {
            let thread = ThreadId(thread);
            assert_eq!(decisions.tally(thread), recount(decisions, Some(thread)));
        }
        let sum: u64 = Decision::ALL.iter().map(|d| decisions.set(*d).len()).sum();
        assert_eq!(
            sum + decisions.undecidable().len(),
            u64::from(decisions.len())
        );
    }

    proptest! {
        #[test]
        fn sets_counts_and_checkpoints_agree(
            acts in proptest::collection::vec((0u8..6, 0u32..1000, 1u32..400, 1usize..7), 1..20),
        ) {
            let mut decisions = Decisions::new(ground());
            let mut plain = vec![Decision::Undecided; 1000];
            for (to, start, length, step) in acts {
                let to = Decision::from_code(to).unwrap();
                let messages: RoaringBitmap =
                    (start..(start + length).min(1000)).step_by(step).collect();
                let changes = decisions.changes(&messages, to);
                let changed = decisions.apply(&changes).unwrap();
                for number in messages {
                    let undecidable = decisions.undecidable().contains(number);
                    let slot = &mut plain[number as usize];
                    prop_assert_eq!(changed.contains(number), !undecidable && *slot != to);
                    if !undecidable {
                        *slot = to;
                    }
                }
            }
            for (number, decision) in (0..).zip(&plain) {
                prop_assert_eq!(decisions.decision(MessageNumber(number)), *decision);
            }
            check(&decisions);
            let head = Head { seq: 7, hash: Hash([9; 32]) };
            let bytes = decisions.checkpoint(head, b"beside").unwrap();
            let (again, noted, beside) = Decisions::from_checkpoint(&bytes, ground()).unwrap();
            prop_assert_eq!(noted, head);
            prop_assert_eq!(beside, b"beside");
            prop_assert_eq!(&again, &decisions);
        }

        #[test]
        fn a_damaged_checkpoint_is_left_aside(at in any::<prop::sample::Index>(), flip in 1u8..=255) {
            let head = Head { seq: 0, hash: Hash::GENESIS };
            let mut bytes = Decisions::new(ground()).checkpoint(head, b"beside").unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Decisions::from_checkpoint(&bytes, ground()).is_none());
        }
    }

    #[test]
    fn a_change_that_does_not_fit_changes_nothing() {
        let mut decisions = Decisions::new(ground());
        let fits = Change {
            from: Decision::Undecided,
            to: Decision::Official,
            messages: [1, 2].into_iter().collect(),
        };
        let odd = Change {
            from: Decision::Personal,
            to: Decision::Official,
            messages: [5].into_iter().collect(),
        };
        let before = decisions.clone();
        let disagreement = decisions.apply(&[fits, odd]).unwrap_err();
        assert_eq!(disagreement.number, MessageNumber(5));
        assert_eq!(decisions, before);
        let beyond = Change {
            from: Decision::Undecided,
            to: Decision::Official,
            messages: [1000].into_iter().collect(),
        };
        assert!(decisions.apply(&[beyond]).is_err());
    }

    #[test]
    fn more_messages_are_undecided_and_the_rest_stays() {
        let mut smaller = ground();
        smaller.len = 600;
        smaller.system.remove_range(600..);
        smaller.unreadable.remove_range(600..);
        smaller.runs.truncate(4);
        let mut decisions = Decisions::new(smaller);
        let messages = (90..500).collect();
        let changes = decisions.changes(&messages, Decision::Personal);
        decisions.apply(&changes).unwrap();
        let personal = decisions.set(Decision::Personal).clone();
        let decisions = decisions.on(ground());
        check(&decisions);
        assert_eq!(decisions.set(Decision::Personal), &personal);
        assert_eq!(decisions.len(), 1000);
    }
}
