//! What the reconciliation screen shows, and what it asks to be said of messages that are one.

use super::window::Window;
use crate::case::Store;
use crate::case::ledger::{Head, Recorded};
use crate::model::{Decision, MessageNumber};
use crate::review::reconciling::{Item, Reconciliation};
use crate::review::{Apart, Clash, ReviewError, Same, Session};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The list, and what is under way.
#[derive(Default)]
pub struct ReconcileScreen {
    /// What there is to reconcile; `None` until it is known.
    pub found: Option<Reconciliation>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What that is of, known or asked for.
    pub asked: Option<(Arc<Store>, Head)>,
    /// How many words are on their way to the disk.
    pub saving: u32,
}

impl ReconcileScreen {
    /// How many there are.
    pub fn len(&self) -> u32 {
        let len = self.found.as_ref().map_or(0, |found| found.items.len());
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// Whether there are none, or none are known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one in this row, with the messages that it was found in.
    pub fn nth(&self, at: u32) -> Option<(&Store, &Item)> {
        let found = self.found.as_ref()?;
        let item = found.items.get(usize::try_from(at).ok()?)?;
        Some((&found.store, item))
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<&Item> {
        self.nth(self.window.cursor).map(|(_, item)| item)
    }
}

/// A question about messages that are one.
#[derive(Clone, Debug)]
pub enum SameAsk {
    /// The confirming key: what is about to be said, in words, and what it is.
    Sure(String, SayOfSame),
    /// What holds of those that were decided differently; and the entry of the ledger as of which
    /// they were.
    Holds(Vec<Clash>, u64),
}

/// What is to be said or looked up.
#[derive(Clone, Debug)]
pub enum SayOfSame {
    /// Look up what there is to reconcile.
    LookUp,
    /// The two of each pair are the same; of those that were decided differently this holds; as of
    /// this entry of the ledger.
    Same(
        Vec<(MessageNumber, MessageNumber)>,
        Option<Decision>,
        Option<u64>,
    ),
    /// These are not.
    Apart(Apart),
}

/// What came of it.
pub enum SameDone {
    /// What there is to reconcile.
    Found(Reconciliation),
    /// What became one; and the last entry of the ledger as of which the rest was left.
    Same(Same, u64),
    /// The entry that took messages apart, if they were not.
    Apart(Option<Recorded>),
}

impl SayOfSame {
    /// Carries it out.
    ///
    /// # Errors
    /// As the session.
    pub fn carry_out(self, session: &Session) -> Result<SameDone, ReviewError> {
        Ok(match self {
            SayOfSame::LookUp => SameDone::Found(session.reconciliation(&AtomicBool::new(false))?),
            SayOfSame::Same(pairs, decision, seen) => {
                let same = session.say_same(&pairs, decision, seen)?;
                SameDone::Same(same, session.head().seq)
            }
            SayOfSame::Apart(what) => SameDone::Apart(session.say_apart(what)?),
        })
    }
}
