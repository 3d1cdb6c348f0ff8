//! The table of the ledger and what guards it, as they stand in the file.

/// The table as the first ledgers have it. What stands after an entry's data is found by going
/// through all of them, tens of megabytes for an import of millions of messages, so new ledgers have
/// the data last. All else is the same, and both are read and written.
pub(super) const FORMER_TABLE: &str = "CREATE TABLE entry (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  data BLOB,
  data_sha256 BLOB,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT";

/// The table and what guards it. `replace` would delete without firing a delete trigger, so the
/// insert trigger takes nothing but the next entry of the chain.
pub(super) const SCHEMA: [(&str, &str); 4] = [
    (
        "entry",
        "CREATE TABLE entry (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL,
  data_sha256 BLOB,
  data BLOB
) STRICT",
    ),
    (
        "entry_follows",
        "CREATE TRIGGER entry_follows BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entry)
  OR NEW.prev IS NOT coalesce((SELECT hash FROM entry ORDER BY seq DESC LIMIT 1), zeroblob(32))
BEGIN SELECT raise(ABORT, 'the ledger only grows at its end'); END",
    ),
    (
        "entry_stays",
        "CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END",
    ),
    (
        "entry_holds",
        "CREATE TRIGGER entry_holds BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'the ledger only grows'); END",
    ),
];
