//! What the ledger says of messages that are one, beside what the import found: changes that can be
//! made, taken back and made again.
//!
//! The import's truth is `instances.rs`: copies that it found have no number of their own. What a
//! person says is between numbers. Of several that are one the lowest stands for all; the others
//! are its copies. A copy that the import found, and that is no copy, first gets a number
//! ([`OwnNumber`]); numbers given never change and are never taken back.

use crate::model::{MessageNumber, SourceId, Span};
use serde::{Deserialize, Serialize};

/// One change. It says what held before, so that entries can be replayed and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum SameChange {
    /// Which message stands for this one.
    StandsFor {
        /// The copy, or what was one.
        copy: MessageNumber,
        /// Before; `None`: it was a message of its own.
        from: Option<MessageNumber>,
        /// From now on.
        to: Option<MessageNumber>,
    },
    /// Whether somebody said that two are not the same.
    Apart {
        /// The lower of the two.
        one: MessageNumber,
        /// The other.
        other: MessageNumber,
        /// Before.
        from: bool,
        /// From now on.
        to: bool,
    },
}

impl SameChange {
    /// The change that takes it back.
    #[must_use]
    pub fn reversed(self) -> SameChange {
        match self {
            SameChange::StandsFor { copy, from, to } => SameChange::StandsFor {
                copy,
                from: to,
                to: from,
            },
            SameChange::Apart {
                one,
                other,
                from,
                to,
            } => SameChange::Apart {
                one,
                other,
                from: to,
                to: from,
            },
        }
    }

    /// The messages that it is about.
    pub fn messages(self) -> impl Iterator<Item = MessageNumber> {
        let (first, second, third) = match self {
            SameChange::StandsFor { copy, from, to } => (copy, from, to),
            SameChange::Apart { one, other, .. } => (one, Some(other), None),
        };
        [Some(first), second, third].into_iter().flatten()
    }
}

/// A copy that got a number of its own: where it stands, and the message that stands for it until
/// somebody says that the two are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnNumber {
    /// The message that the import took it for.
    pub copy_of: MessageNumber,
    /// The export that it stands in.
    pub source: SourceId,
    /// Which item of it.
    pub item: u32,
    /// Its bytes there.
    #[serde(flatten)]
    pub span: Span,
}
