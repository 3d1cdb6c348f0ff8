//! What stands in the ledger, read at one moment of it.

use super::{Hash, Head, LedgerError, Recorded};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use std::fmt;

/// One moment of the ledger; see [`Ledger::read`](super::Ledger::read).
pub struct Reading<'a> {
    pub(super) connection: &'a Connection,
}

impl Reading<'_> {
    /// As [`Ledger::entries`](super::Ledger::entries).
    ///
    /// # Errors
    /// As [`Ledger::entries`](super::Ledger::entries).
    pub fn entries(&self, from: u64) -> Result<Vec<Recorded>, LedgerError> {
        entries(self.connection, from, u64::MAX)
    }

    /// The entry with this number, without its data.
    ///
    /// # Errors
    /// As [`Ledger::entries`](super::Ledger::entries).
    pub fn entry(&self, seq: u64) -> Result<Option<Recorded>, LedgerError> {
        Ok(entries(self.connection, seq, seq)?.pop())
    }

    /// As [`Ledger::data`](super::Ledger::data).
    ///
    /// # Errors
    /// As [`Ledger::data`](super::Ledger::data).
    pub fn data(&self, seq: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        data(self.connection, seq)
    }

    /// As [`Ledger::head`](super::Ledger::head).
    ///
    /// # Errors
    /// As [`Ledger::head`](super::Ledger::head).
    pub fn head(&self) -> Result<Head, LedgerError> {
        head(self.connection)
    }
}

/// SQLite's integers are signed; a ledger never comes near the end of either.
pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn entries(
    connection: &Connection,
    from: u64,
    to: u64,
) -> Result<Vec<Recorded>, LedgerError> {
    select(connection, "seq BETWEEN ?1 AND ?2", from, to)
}

pub(super) fn select(
    connection: &Connection,
    which: &str,
    from: u64,
    to: u64,
) -> Result<Vec<Recorded>, LedgerError> {
    let read = LedgerError::database;
    let mut statement = connection
        .prepare(&format!(
            "SELECT seq, at, actor, body, data_sha256 IS NOT NULL, prev, hash
             FROM entry WHERE {which} ORDER BY seq"
        ))
        .map_err(read("be read"))?;
    let mut rows = statement
        .query([signed(from), signed(to)])
        .map_err(read("be read"))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().map_err(read("be read"))? {
        let seq: i64 = row.get(0).map_err(read("be read"))?;
        let seq = seq.unsigned_abs();
        let wrong = |what: &'static str| {
            move |e: &dyn fmt::Display| LedgerError::Entry {
                seq,
                reason: format!("its {what} cannot be read ({e})"),
            }
        };
        let actor: String = row.get(2).map_err(|e| wrong("actor")(&e))?;
        let body: String = row.get(3).map_err(|e| wrong("text")(&e))?;
        entries.push(Recorded {
            seq,
            at: row.get(1).map_err(|e| wrong("time")(&e))?,
            actor: serde_json::from_str(&actor).map_err(|e| wrong("actor")(&e))?,
            entry: serde_json::from_str(&body).map_err(|e| wrong("text")(&e))?,
            has_data: row.get(4).map_err(read("be read"))?,
            prev: Hash(row.get(5).map_err(|e| wrong("hash")(&e))?),
            hash: Hash(row.get(6).map_err(|e| wrong("hash")(&e))?),
        });
    }
    Ok(entries)
}

pub(super) fn data(connection: &Connection, seq: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    type Sealed = (Option<i64>, Option<[u8; 32]>);
    let found: Option<Sealed> = connection
        .query_row(
            "SELECT length(data), data_sha256 FROM entry WHERE seq = ?1",
            [signed(seq)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(LedgerError::database("be read"))?;
    let (length, seal) = found.unwrap_or_default();
    let data = match length {
        Some(_) => Some(read_data(connection, seq).map_err(LedgerError::database("be read"))?),
        None => None,
    };
    let actual: Option<[u8; 32]> = data.as_ref().map(|data| Sha256::digest(data).into());
    if actual != seal {
        return Err(LedgerError::Entry {
            seq,
            reason: "its data is not what was sealed".into(),
        });
    }
    Ok(data)
}

/// An entry's data, without the copy that SQLite would make of them.
fn read_data(connection: &Connection, seq: u64) -> rusqlite::Result<Vec<u8>> {
    let blob = connection.blob_open("main", "entry", "data", signed(seq), true)?;
    let mut data = vec![0; blob.len()];
    blob.read_at_exact(&mut data, 0)?;
    blob.close()?;
    Ok(data)
}

pub(super) fn head(connection: &Connection) -> Result<Head, LedgerError> {
    connection
        .query_row(
            "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1",
            [],
            |row| {
                Ok(Head {
                    seq: row.get::<_, i64>(0)?.unsigned_abs(),
                    hash: Hash(row.get(1)?),
                })
            },
        )
        .optional()
        .map(|head| head.unwrap_or(Head::START))
        .map_err(LedgerError::database("be read"))
}
