//! What there is to reconcile: messages that may be one, what exports disagree on, and what a
//! person said is one. What exports disagree on is worked out of the exports alone
//! (`case/reconcile.rs`); here a person's word is laid over it.

use super::ReviewError;
use super::alike::Likely;
use super::same::Sameness;
use super::session::Session;
use crate::case::{Difference, Disagree, Disagreement, Store};
use crate::model::{MessageNumber, SourceId};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One thing to reconcile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Two messages that may be one: a person has the word.
    Likely(Likely),
    /// What an export tells differently.
    Differs(Difference),
    /// A message, and one that a person said is the same.
    Same(MessageNumber, MessageNumber),
}

/// All there is to reconcile, with the messages that it was found in.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The messages.
    pub store: Arc<Store>,
    /// What may be one, then what differs, by thread and place, then what was said to be one.
    pub items: Vec<Item>,
}

impl Session {
    /// What exports disagree on, by thread and place, as far as no person's word settles it.
    pub fn differences(&self) -> Vec<Difference> {
        differences(&self.store(), &self.same())
    }

    /// What other exports tell differently of a message, as far as no person's word settles it.
    pub fn disagreements(&self, number: MessageNumber) -> Vec<Disagreement> {
        let (store, same) = (self.store(), self.same());
        let mut told = store.disagreements(number);
        told.retain(|one| !is_settled(&store, &same, number, one.source, one.what));
        told
    }

    /// All there is to reconcile. Reads every text of the threads that several exports tell of: for
    /// a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`] when cancelled.
    pub fn reconciliation(&self, cancel: &AtomicBool) -> Result<Reconciliation, ReviewError> {
        let likely = self.likely_same(cancel)?;
        let (store, same) = (self.store(), self.same());
        let differs = differences(&store, &same);
        let said = same
            .groups()
            .flat_map(|(head, copies)| copies.map(move |copy| Item::Same(head, copy)));
        let items = likely
            .into_iter()
            .map(Item::Likely)
            .chain(differs.into_iter().map(Item::Differs))
            .chain(said)
            .collect();
        Ok(Reconciliation { store, items })
    }
}

/// What exports disagree on, by thread and place, as far as no person's word settles it.
pub fn differences(store: &Store, same: &Sameness) -> Vec<Difference> {
    let mut all = store.differences();
    if !same.is_empty() {
        all.retain(|one| !is_settled(store, same, one.number, one.source, one.what));
    }
    all
}

/// Whether an export that does not have a message has one that is the same, as a person says.
fn is_settled(
    store: &Store,
    same: &Sameness,
    number: MessageNumber,
    source: SourceId,
    what: Disagree,
) -> bool {
    let head = same.head(number);
    let mut others = same.copies_of(head).chain([head]);
    what == Disagree::Missing
        && others.any(|other| other != number && store.sources_of(other).contains(&source))
}
