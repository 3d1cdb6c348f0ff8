//! The folder on disk: originals, messages, index, ledger.
