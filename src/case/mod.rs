//! The folder on disk: originals, messages, index, ledger.

pub mod changes;
pub mod ledger;
pub mod words;

pub use words::WordQuery;
