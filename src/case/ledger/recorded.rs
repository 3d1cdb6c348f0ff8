//! An entry as it stands in the ledger.

use super::chain::{Hash, Head};
use super::{Actor, Entry};

/// One entry as it stands in the ledger, without its data (see [`super::Ledger::data`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its number: 1 for the first, then without a gap.
    pub seq: u64,
    /// When it was recorded, by this machine's clock: RFC 3339, UTC, milliseconds.
    pub at: String,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub entry: Entry,
    /// Whether it has data.
    pub has_data: bool,
    /// The hash of the entry before.
    pub prev: Hash,
    /// Its own hash.
    pub hash: Hash,
}

impl Recorded {
    /// Where the ledger ended with it.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash,
        }
    }
}
