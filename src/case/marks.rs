//! What the ledger says of messages beside their decisions: the reason of a decision, flags, notes.
//!
//! Each is about one thing ([`About`]), of which a message has one at most, with what was said of it
//! ([`Said`]). A change says what held before, so that entries can be replayed and checked, and an
//! undo brings back what was there, with its words. The JSON of an entry lists the changes; its data
//! hold the messages of each, in the same order.

use super::second::Word;
use crate::model::Flag;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// A reason: a code of the case's list, and what the list said it means when it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// The code, as queries and tables give it.
    pub code: String,
    /// What it means.
    pub means: String,
}

/// What can be said of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum About {
    /// Why it is decided as it is. Comes and goes with the decision.
    Reason,
    /// A flag.
    Flag {
        /// Which.
        flag: Flag,
    },
    /// A reviewer's note; each reviewer has their own, and changes nobody else's.
    Note {
        /// The reviewer.
        by: String,
    },
    /// A reviewer's note on the whole thread; it stands at the thread's first message.
    ThreadNote {
        /// The reviewer.
        by: String,
    },
    /// A second reviewer's word on the decision.
    Second {
        /// The second reviewer.
        by: String,
    },
    /// The word that was the first in a sample for quality: what the sample counts.
    Sampled {
        /// The sample.
        sample: u32,
    },
}

impl About {
    /// Whether it is a second reviewer's word, which belongs to a decision.
    pub fn is_second(&self) -> bool {
        matches!(self, About::Second { .. } | About::Sampled { .. })
    }
}

/// What is said: of a flag perhaps why and where, of a note its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Said {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The words of a note; of the flag `already-held`, where; of a second reviewer's word, the
    /// comment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What a second reviewer says of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<Word>,
}

/// A change of what is said of some messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkChange {
    /// What about.
    #[serde(flatten)]
    pub about: About,
    /// Before; `None`: nothing was said.
    pub from: Option<Said>,
    /// From now on; never the same as `from`.
    pub to: Option<Said>,
}

/// A change with its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The change.
    pub change: MarkChange,
    /// Message numbers; never empty.
    pub messages: RoaringBitmap,
}

impl Marked {
    /// The change that takes it back on these messages.
    #[must_use]
    pub fn reversed(&self, messages: RoaringBitmap) -> Marked {
        let MarkChange { about, from, to } = self.change.clone();
        Marked {
            change: MarkChange {
                about,
                from: to,
                to: from,
            },
            messages,
        }
    }
}
