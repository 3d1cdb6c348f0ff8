//! Everything that the ledger says of a case, folded: what a session shows and what a bundle rests
//! on. There is no other fold.

use super::ReviewError;
use super::deciders::Deciders;
use super::decisions::{Decisions, Ground};
use super::facts::Facts;
use super::findings::Judged;
use super::marks::Markings;
use super::masks::Masks;
use super::quality::Samples;
use super::rules::Rules;
use super::same::Sameness;
use super::steps::{self, Acted};
use crate::case::ledger::{Entry, Head, Recorded};
use crate::case::marks::Marked;
use crate::case::{Case, Store};
use crate::model::Decision;
use crate::people::People;
use roaring::RoaringBitmap;
use std::sync::Arc;

/// What holds as of one entry of the ledger. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// The decision of every message.
    pub decisions: Arc<Decisions>,
    /// The facts of the case.
    pub facts: Arc<Facts>,
    /// Who is who.
    pub people: Arc<People>,
    /// Reasons, flags and notes.
    pub marks: Arc<Markings>,
    /// The rules.
    pub rules: Arc<Rules>,
    /// What is masked.
    pub masks: Arc<Masks>,
    /// Whose each decision is.
    pub deciders: Arc<Deciders>,
    /// The samples for quality.
    pub samples: Arc<Samples>,
    /// Which messages are one.
    pub same: Arc<Sameness>,
    /// What is said of findings.
    pub judged: Arc<Judged>,
    /// The last entry folded in.
    pub head: Head,
}

/// What a checkpoint keeps beside the decisions.
type Beside = (
    Facts,
    People,
    Markings,
    Rules,
    Masks,
    Deciders,
    Samples,
    Sameness,
    Judged,
);

/// What an entry changed of messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Followed {
    /// Those whose decision changed.
    pub decided: RoaringBitmap,
    /// Those of whose reasons, flags, notes and masks something changed.
    pub marked: RoaringBitmap,
    /// Those of them whose masks changed.
    pub masked: RoaringBitmap,
    /// How their marks changed.
    pub marks: Vec<Marked>,
}

impl Fold {
    /// Before the first entry.
    pub(super) fn start(ground: Ground) -> Fold {
        Fold {
            decisions: Arc::new(Decisions::new(ground)),
            facts: Arc::default(),
            people: Arc::default(),
            marks: Arc::default(),
            rules: Arc::default(),
            masks: Arc::default(),
            deciders: Arc::default(),
            samples: Arc::default(),
            same: Arc::default(),
            judged: Arc::default(),
            head: Head::START,
        }
    }

    /// From the checkpoint, if there is one that belongs to this ledger.
    pub(super) fn at_checkpoint(case: &Case, ground: &Ground) -> Result<Option<Fold>, ReviewError> {
        let Some(bytes) = case.checkpoint() else {
            return Ok(None);
        };
        let Some((mut decisions, head, beside)) =
            Decisions::from_checkpoint(&bytes, ground.clone())
        else {
            return Ok(None);
        };
        let Ok((facts, people, marks, rules, masks, deciders, samples, same, judged)) =
            serde_json::from_slice::<Beside>(beside)
        else {
            return Ok(None);
        };
        if case.ledger().hash_of(head.seq)? != Some(head.hash) {
            return Ok(None);
        }
        decisions.set_copies(same.copies());
        Ok(Some(Fold {
            decisions: Arc::new(decisions),
            facts: Arc::new(facts),
            people: Arc::new(people),
            marks: Arc::new(marks),
            rules: Arc::new(rules),
            masks: Arc::new(masks),
            deciders: Arc::new(deciders),
            samples: Arc::new(samples),
            same: Arc::new(same),
            judged: Arc::new(judged),
            head,
        }))
    }

    /// The bytes of a checkpoint; `None` where they cannot be made.
    pub(super) fn checkpoint(&self) -> Option<Vec<u8>> {
        let beside = (
            &*self.facts,
            &*self.people,
            &*self.marks,
            &*self.rules,
            &*self.masks,
            &*self.deciders,
            &*self.samples,
            &*self.same,
            &*self.judged,
        );
        let beside = serde_json::to_vec(&beside).ok()?;
        self.decisions.checkpoint(self.head, &beside).ok()
    }

    /// All of a ledger's entries, in order; `told` gets the place of each and what it changed.
    ///
    /// # Errors
    /// The number of the entry that cannot be read or does not follow from those before it, and
    /// why.
    pub fn replay(
        case: &Case,
        store: &Store,
        entries: &[Recorded],
        told: &mut dyn FnMut(usize, Followed),
    ) -> Result<Fold, (u64, ReviewError)> {
        let mut fold = Fold::start(Ground::of(store));
        for (place, recorded) in entries.iter().enumerate() {
            let acted = case
                .ledger()
                .read(|reading| steps::acted(reading, recorded));
            let followed = acted.and_then(|acted| fold.follow(recorded, &acted));
            told(place, followed.map_err(|error| (recorded.seq, error))?);
        }
        Ok(fold)
    }

    /// Folds in one entry; `acted` is what it changed of messages.
    ///
    /// # Errors
    /// When it does not follow from those before it. The fold is of no use then.
    pub(super) fn follow(
        &mut self,
        recorded: &Recorded,
        acted: &Acted,
    ) -> Result<Followed, ReviewError> {
        let entry = &recorded.entry;
        if !entry.people().is_empty() {
            Arc::make_mut(&mut self.people)
                .follow(entry)
                .map_err(|_| ReviewError::People(recorded.seq))?;
        }
        if !entry.findings().is_empty() {
            Arc::make_mut(&mut self.judged)
                .follow(entry)
                .map_err(|_| ReviewError::Findings(recorded.seq))?;
        }
        if Rules::concerns(entry) {
            Arc::make_mut(&mut self.rules)
                .follow(entry)
                .map_err(|_| ReviewError::Rules(recorded.seq))?;
        }
        let mut followed = Followed::default();
        // What ceases to be a copy is decided on again before decisions change, and what becomes
        // one is no more after it.
        let copies = Sameness::concerns(entry)
            .then(|| {
                let same = Arc::make_mut(&mut self.same);
                same.follow(entry)
                    .map_err(|_| ReviewError::Same(recorded.seq))?;
                Ok::<_, ReviewError>(same.copies())
            })
            .transpose()?;
        if let Some(copies) = &copies {
            let still = copies & self.decisions.copies();
            Arc::make_mut(&mut self.decisions).set_copies(still);
        }
        if !acted.changes.is_empty() {
            followed.decided = Arc::make_mut(&mut self.decisions)
                .apply(&acted.changes)
                .map_err(|source| ReviewError::Disagreement {
                    seq: recorded.seq,
                    source,
                })?;
        }
        if let Some(copies) = copies {
            Arc::make_mut(&mut self.decisions).set_copies(copies);
        }
        let decided = acted.decided();
        if !decided.is_empty() {
            let undecided = self.decisions.set(Decision::Undecided) | self.decisions.undecidable();
            Arc::make_mut(&mut self.deciders).follow(recorded, &decided, &undecided);
        }
        if steps::decides(entry) {
            let marks = Arc::make_mut(&mut self.marks);
            followed.marked = marks
                .apply(&acted.marks)
                .map_err(|_| ReviewError::Marks(recorded.seq))?;
            followed.marks.clone_from(&acted.marks);
            marks.remember(recorded);
            let masks = Arc::make_mut(&mut self.masks);
            let masked = masks
                .apply(&acted.masks)
                .map_err(|_| ReviewError::Masks(recorded.seq))?;
            followed.marked |= &masked;
            followed.masked = masked;
            masks.remember(recorded);
        }
        if matches!(entry, Entry::Fact { .. }) || entry.me().is_some() {
            Arc::make_mut(&mut self.facts).follow(entry);
        }
        if matches!(entry, Entry::Sample { .. }) {
            Arc::make_mut(&mut self.samples).follow(recorded);
        }
        self.head = Head {
            seq: recorded.seq,
            hash: recorded.hash,
        };
        Ok(followed)
    }

    /// The same on another ground, such as one with more messages.
    pub(super) fn on(&mut self, ground: Ground) {
        let copies = self.same.copies();
        let decisions = Decisions::clone(&self.decisions);
        self.decisions = Arc::new(decisions.on(Ground { copies, ..ground }));
    }
}
