//! The chain of hashes that entries stand in, and the check of a whole ledger by it.

use super::schema::{FORMER_TABLE, SCHEMA};
use super::{Actor, Entry};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::fmt;

/// Bound into every hash, so that no hash of the ledger is a hash of anything else.
const DOMAIN: &[u8] = b"docket ledger entry 1\0";

/// SHA-256 of an entry and of all before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first entry.
    pub const GENESIS: Hash = Hash([0; 32]);

    /// The hash with this hexadecimal form of 64 digits.
    pub fn from_hex(hex: &str) -> Option<Hash> {
        let digits = hex.as_bytes();
        let mut bytes = [0u8; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let mut value = 0;
            for &digit in pair {
                value = value * 16 + char::from(digit).to_digit(16)?;
            }
            *byte = u8::try_from(value).ok()?;
        }
        Some(Hash(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a ledger ends. Kept elsewhere, it shows later whether the ledger was cut or rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 where there is none.
    pub seq: u64,
    /// Its hash; [`Hash::GENESIS`] where there is none.
    pub hash: Hash,
}

impl Head {
    /// Before the first entry.
    pub const START: Head = Head {
        seq: 0,
        hash: Hash::GENESIS,
    };
}

/// What [`super::Ledger::verify`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How many entries there are.
    pub entries: u64,
    /// Where the ledger ends.
    pub head: Head,
    /// What is wrong; empty when all holds. At most [`Verdict::MOST_FAULTS`].
    pub faults: Vec<Fault>,
}

impl Verdict {
    /// After this many faults the search ends.
    pub const MOST_FAULTS: usize = 100;

    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One thing that is wrong with a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq}: {what}")]
pub struct Fault {
    /// The entry; 0 for the file as a whole.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
}

/// The hash of an entry. Every part has its length before it, so that no two entries join alike.
pub(super) fn chain(
    prev: &Hash,
    seq: u64,
    at: &str,
    actor: &str,
    body: &str,
    data: Option<&[u8; 32]>,
) -> Hash {
    let mut sha = Sha256::new();
    sha.update(DOMAIN);
    sha.update(prev.0);
    sha.update(seq.to_le_bytes());
    for part in [at, actor, body] {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    match data {
        None => sha.update([0]),
        Some(seal) => {
            sha.update([1]);
            sha.update(seal);
        }
    }
    Hash(sha.finalize().into())
}

/// Looks at the whole ledger; see [`Ledger::verify`](super::Ledger::verify).
pub(super) fn verify(connection: &Connection, anchor: Option<Head>) -> rusqlite::Result<Verdict> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut fault = |seq: u64, what: String| {
        if faults.len() < Verdict::MOST_FAULTS {
            faults.push(Fault { seq, what });
        }
    };
    let sound: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        fault(0, format!("the database is damaged ({sound})"));
    }
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY rowid")?;
    let schema: Vec<(String, Option<String>)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, sql) in SCHEMA {
        let is_sound = |found: &str| found == sql || (name == "entry" && found == FORMER_TABLE);
        if !schema
            .iter()
            .any(|(n, s)| n == name && s.as_deref().is_some_and(is_sound))
        {
            fault(
                0,
                format!("its guard or table `{name}` is not as docket made it"),
            );
        }
    }
    if schema.len() > SCHEMA.len() {
        fault(
            0,
            "it holds tables or triggers that docket did not make".into(),
        );
    }

    let mut statement = connection.prepare(
        "SELECT seq, at, actor, body, data, data_sha256, prev, hash FROM entry ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let mut last = Head::START;
    let mut entries = 0;
    let mut anchored = anchor.is_none_or(|anchor| anchor == last);
    while let Some(row) = rows.next()? {
        entries += 1;
        let seq = row.get::<_, i64>(0)?.unsigned_abs();
        if seq != last.seq.saturating_add(1) {
            fault(
                seq,
                format!("it follows entry {}: entries are missing", last.seq),
            );
        }
        let text = |column: usize| row.get::<_, String>(column);
        let seal = |column: usize| row.get::<_, [u8; 32]>(column);
        let (Ok(at), Ok(actor), Ok(body), Ok(prev), Ok(hash)) =
            (text(1), text(2), text(3), seal(6), seal(7))
        else {
            fault(seq, "it is not in the form that docket writes".into());
            last.seq = seq;
            continue;
        };
        let data_seal: Option<Vec<u8>> = row.get(5)?;
        let actual: Option<[u8; 32]> = match row.get_ref(4)? {
            rusqlite::types::ValueRef::Blob(data) => Some(Sha256::digest(data).into()),
            _ => None,
        };
        if actual.as_ref().map(<[u8; 32]>::as_slice) != data_seal.as_deref() {
            fault(seq, "its data was changed".into());
        }
        if prev != last.hash.0 {
            fault(seq, "it does not follow the entry before it".into());
        }
        let expected = chain(&Hash(prev), seq, &at, &actor, &body, actual.as_ref());
        if expected.0 != hash {
            fault(seq, "its content is not what was sealed".into());
        }
        if serde_json::from_str::<Actor>(&actor).is_err()
            || serde_json::from_str::<Entry>(&body).is_err()
        {
            fault(seq, "this docket does not understand it".into());
        }
        last = Head {
            seq,
            hash: Hash(hash),
        };
        anchored = anchored || anchor == Some(last);
    }
    if let (Some(anchor), false) = (anchor, anchored) {
        let what = if anchor.seq > last.seq {
            format!(
                "the ledger ends at entry {}: later entries were cut off",
                last.seq
            )
        } else {
            "the ledger was rewritten: it is not what it was when its head was noted".into()
        };
        fault(anchor.seq, what);
    }
    Ok(Verdict {
        entries,
        head: last,
        faults,
    })
}
