//! The folder on disk: originals, messages, index, ledger.

pub mod changes;
pub mod ledger;
