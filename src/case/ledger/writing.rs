//! Appending to the ledger while this session alone may write to it.

use super::chain::chain;
use super::reading::{Reading, signed};
use super::{Actor, Entry, LedgerError, Recorded};
use rusqlite::Connection;
use rusqlite::blob::ZeroBlob;
use rusqlite::types::ToSql;
use sha2::{Digest, Sha256};
use std::ops::Deref;

/// An entry's data of more bytes than this are written so many at a time.
pub(super) const PIECE: usize = 1 << 18;

/// The ledger while this session alone may write to it; see [`Ledger::write`](super::Ledger::write).
pub struct Writing<'a> {
    pub(super) reading: Reading<'a>,
}

impl<'a> Deref for Writing<'a> {
    type Target = Reading<'a>;

    fn deref(&self) -> &Reading<'a> {
        &self.reading
    }
}

impl Writing<'_> {
    /// Appends one entry. It is saved when the [`Ledger::write`](super::Ledger::write) around it has returned.
    ///
    /// # Errors
    /// [`LedgerError`] when the disk refuses.
    pub fn append(
        &mut self,
        actor: &Actor,
        entry: &Entry,
        data: Option<&[u8]>,
    ) -> Result<Recorded, LedgerError> {
        let last = self.head()?;
        let seq = last.seq.saturating_add(1);
        let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let who = serde_json::to_string(actor)?;
        let body = serde_json::to_string(entry)?;
        let seal: Option<[u8; 32]> = data.map(|data| Sha256::digest(data).into());
        let hash = chain(&last.hash, seq, &at, &who, &body, seal.as_ref());
        // SQLite copies what it is given, twice; it is given room for much, which is then filled.
        let much = data.filter(|data| data.len() > PIECE);
        let room = much.map(|data| ZeroBlob(data.len() as u64));
        let value: &dyn ToSql = match &room {
            Some(room) => room,
            None => &data,
        };
        self.reading
            .connection
            .execute(
                "INSERT INTO entry (seq, at, actor, body, data, data_sha256, prev, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                rusqlite::params![signed(seq), at, who, body, value, seal, last.hash.0, hash.0],
            )
            .and_then(|_| match (much, room) {
                (Some(data), Some(_)) => fill(self.reading.connection, seq, data),
                _ => Ok(()),
            })
            .map_err(LedgerError::database("be written"))?;
        Ok(Recorded {
            seq,
            at,
            actor: actor.clone(),
            entry: entry.clone(),
            has_data: data.is_some(),
            prev: last.hash,
            hash,
        })
    }
}

/// Writes an entry's data into the room made for them, piece by piece.
fn fill(connection: &Connection, seq: u64, data: &[u8]) -> rusqlite::Result<()> {
    let mut blob = connection.blob_open("main", "entry", "data", signed(seq), false)?;
    for (piece, at) in data.chunks(PIECE).zip((0..).step_by(PIECE)) {
        blob.write_at(piece, at)?;
    }
    blob.close()
}
