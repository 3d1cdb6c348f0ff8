//! `withheld.csv`: how many messages stay behind, by thread, day and decision, and a commitment to
//! each; and the proof that opens one of them later.
//!
//! A commitment is the HMAC-SHA-256 (RFC 2104) of the message in a fixed form under a key of 32
//! bytes of its own. Without the key it tells nothing, not even whether two messages say the same;
//! with it, anybody can check that this is the message that was withheld then. A bare checksum
//! would be guessed at once for a text such as "yes".
//!
//! The keys come from one secret of the case, 32 random bytes that stand in the data of the ledger's
//! entry of the first bundle, sealed by its hash; no bundle holds it. Each key is derived from the
//! secret and from all that the message says (HMAC again), so that a second bundle of the same
//! state has the same bytes, the key of one message tells nothing of another's, and a message that
//! is read anew in another wording has another key.
//!
//! Commitments stand by thread and day, where the balance counts them anyway, but neither by
//! decision nor in the order of the messages: what a row may tell is that a message is one of so
//! many, which the counts tell too.
//!
//! They are written in base 32 (RFC 4648 section 6, without padding) and not in hexadecimal, because
//! long runs of digits would be taken for telephone numbers by the search for what must not leave.

use super::error::BundleError;
use super::layout::WITHHELD;
use super::profile::Profile;
use super::records::{date, day_name, moment, thread_id};
use super::select::Selection;
use super::table::Table;
use crate::case::ledger::Entry;
use crate::case::{Case, Store};
use crate::model::{Decision, Kind, MessageNumber};
use crate::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Characters of a commitment: 256 bits, five in each.
pub(super) const LENGTH: usize = 52;

/// What a key is derived for, so that the secret can serve for nothing else.
const PURPOSE: &[u8] = b"docket: key of a withheld message, 1\n";

/// The letters of base 32.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Most bytes of a proof that is read: more than any message has.
const LARGEST_PROOF: u64 = 1 << 28;

/// The secret of a case that all keys come from.
pub(super) struct Secret {
    bytes: [u8; 32],
    /// Whether it is not in the ledger yet.
    pub(super) is_new: bool,
}

impl Secret {
    /// The secret of a case, or a new one where no bundle was written yet.
    ///
    /// # Errors
    /// When the ledger cannot be read or the system gives no random bytes.
    pub(super) fn of(case: &Case, selection: &Selection) -> Result<Secret, BundleError> {
        if let Some(bytes) = kept(case, selection)? {
            return Ok(Secret {
                bytes,
                is_new: false,
            });
        }
        let mut bytes = [0; 32];
        let source = Path::new("/dev/urandom");
        File::open(source)
            .and_then(|mut file| file.read_exact(&mut bytes))
            .map_err(BundleError::io(source))?;
        Ok(Secret {
            bytes,
            is_new: true,
        })
    }

    /// What the ledger is to keep: nothing where it has it.
    pub(super) fn to_keep(&self) -> Option<&[u8]> {
        self.is_new.then_some(self.bytes.as_slice())
    }

    /// The key of a message.
    fn key(&self, canonical: &str) -> [u8; 32] {
        hmac(&self.bytes, &[PURPOSE, canonical.as_bytes()])
    }

    /// The commitment to a message.
    fn commit(&self, canonical: &str) -> [u8; 32] {
        hmac(&self.key(canonical), &[canonical.as_bytes()])
    }
}

/// The secret as the ledger has it; `None` before the first bundle.
fn kept(case: &Case, selection: &Selection) -> Result<Option<[u8; 32]>, BundleError> {
    let bundles = selection.entries();
    for recorded in bundles.filter(|one| one.has_data && matches!(one.entry, Entry::Bundle { .. }))
    {
        let data = case.ledger().data(recorded.seq)?;
        if let Some(bytes) = data.and_then(|data| <[u8; 32]>::try_from(data).ok()) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// What is committed to of a message: JSON with its fields in the order of their names and no
/// blanks.
#[derive(Serialize)]
struct Canonical<'a> {
    /// The names of its files.
    files: Vec<String>,
    kind: &'a str,
    /// Its number in the case.
    message: u32,
    /// As the export names them; empty where nobody is.
    sender: &'a str,
    text: &'a str,
    /// RFC 3339 with the offset that held; empty where the export gives none.
    time: String,
}

fn canonical(store: &Store, number: MessageNumber) -> Option<String> {
    let message = store.message(number)?;
    let sender = message.participant.and_then(|id| store.participant(id));
    let time = message
        .time
        .and_then(|time| moment(time, message.offset_minutes));
    let files = store.attachments(number).into_iter();
    serde_json::to_string(&Canonical {
        files: files.map(|held| held.file.name).collect(),
        kind: message.kind.name(),
        message: number.0,
        sender: sender.map_or("", |sender| &sender.name),
        text: message.text,
        time: time.map(|time| time.to_rfc3339()).unwrap_or_default(),
    })
    .ok()
}

/// The word of the table for why a message stays behind.
fn why(selection: &Selection, kind: Kind, number: MessageNumber) -> &'static str {
    match kind {
        Kind::System => "system",
        Kind::Unreadable => "unreadable",
        _ if selection.earlier.contains(number.0) => "earlier",
        _ if selection.is_set_aside(number) => "set_aside",
        _ if selection.fold.same.is_copy(number) => "copies",
        _ => match selection.decision(number) {
            Decision::Personal => "personal",
            Decision::Refer => "refer",
            Decision::Undecided => "undecided",
            Decision::Official => "official",
            Decision::Context => "context",
            Decision::Mixed => "mixed",
        },
    }
}

/// What stays behind of a thread's day: how many messages by why, and the commitments to them.
type OfDay = (BTreeMap<&'static str, u64>, Vec<[u8; 32]>);

/// `withheld.csv`, thread by thread and day by day: the counts, then the commitments in the order of
/// their letters.
pub(super) fn withheld(selection: &Selection, secret: &Secret, out: impl Write) -> csv::Result<()> {
    let store = &selection.store;
    let mut table = Table::new(out, WITHHELD)?;
    for thread in store.threads() {
        let mut days: BTreeMap<_, OfDay> = BTreeMap::new();
        for number in store.thread_messages(thread.id) {
            if selection.leaving.contains(number.0) {
                continue;
            }
            let (Some(message), Some(canonical)) =
                (store.message(number), canonical(store, number))
            else {
                continue;
            };
            let (counts, commitments) = days.entry(date(&message)).or_default();
            *counts
                .entry(why(selection, message.kind, number))
                .or_default() += 1;
            commitments.push(secret.commit(&canonical));
        }
        for (day, (counts, mut commitments)) in days {
            let row = |decision: &str, messages: u64, commitment: String| {
                [
                    thread_id(thread.id.0),
                    day_name(day),
                    decision.to_owned(),
                    messages.to_string(),
                    commitment,
                ]
            };
            for (decision, messages) in counts {
                table.row(&row(decision, messages, String::new()))?;
            }
            commitments.sort_unstable();
            for commitment in commitments {
                table.row(&row("", 1, base32(&commitment)))?;
            }
        }
    }
    table.end()
}

/// What opens one commitment: to be shown to whoever may see that one message, a judge for
/// instance, beside the bundle that they have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The form of this file; 1.
    pub docket_proof: u32,
    /// The message, exactly these bytes in UTF-8: JSON with its number, kind, sender, time, text and
    /// the names of its files.
    pub message: String,
    /// The key: 32 bytes in hexadecimal.
    pub key: String,
    /// The row of `withheld.csv` that it opens: the HMAC-SHA-256 of `message` under `key`, in base
    /// 32 without padding.
    pub commitment: String,
    /// The thread in which it stands: `thread-0001`.
    pub thread: String,
    /// The local day: `2021-03-05`, or `undated`.
    pub day: String,
}

/// Why there is no proof, or why it does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Nothing was committed to yet.
    #[error(
        "no bundle of this case was written yet, so there is nothing to prove; docket bundle writes one"
    )]
    NoBundle,
    /// There is no such message.
    #[error("there is no message {0} in the case")]
    NoMessage(u32),
    /// It needs no proof.
    #[error("message {0} is handed over; only what is withheld needs a proof")]
    HandedOver(u32),
    /// The file is no proof.
    #[error("{path}: {reason}; give a file that docket prove wrote")]
    NoProof {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The key does not fit the message.
    #[error("the proof contradicts itself: its commitment is not that of its message and key")]
    Contradicts,
    /// The bundle holds no such commitment.
    #[error(
        "no row of withheld.csv is opened by this proof: the bundle was made of another case, or \
         the message was read otherwise then"
    )]
    NoRow,
    /// The bundle cannot be read.
    #[error("{path}: {reason}; give the folder of a bundle")]
    NoBag {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The case cannot be read.
    #[error(transparent)]
    Case(#[from] BundleError),
}

/// Makes the proof of a message that stays behind, in the case's present state, from bundles by this
/// profile.
///
/// # Errors
/// When no bundle was written yet, when there is no such message, or when it is handed over.
pub fn prove(
    case: &Case,
    number: MessageNumber,
    profile: Option<Arc<Profile>>,
) -> Result<Proof, ProofError> {
    let selection = Selection::of(case, profile)?;
    let bytes = kept(case, &selection)?.ok_or(ProofError::NoBundle)?;
    let secret = Secret {
        bytes,
        is_new: false,
    };
    let store = &selection.store;
    let (Some(message), Some(canonical)) = (store.message(number), canonical(store, number)) else {
        return Err(ProofError::NoMessage(number.0));
    };
    if selection.leaving.contains(number.0) {
        return Err(ProofError::HandedOver(number.0));
    }
    Ok(Proof {
        docket_proof: 1,
        key: hex(&secret.key(&canonical)),
        commitment: base32(&secret.commit(&canonical)),
        message: canonical,
        thread: thread_id(message.thread.0),
        day: day_name(date(&message)),
    })
}

/// The row of `withheld.csv` that a proof opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The row's place in the table, the first row after the columns being 1.
    pub row: u64,
    /// Its thread.
    pub thread: String,
    /// Its day.
    pub day: String,
}

/// Checks a proof against a bundle: its commitment is that of its message under its key, and stands
/// in the table. That the table is what was sealed is for [`super::verify()`] to say.
///
/// # Errors
/// Why it does not hold.
pub fn check_proof(file: &Path, bag: &Path) -> Result<Opened, ProofError> {
    let no_proof = |reason: String| ProofError::NoProof {
        path: file.display().to_string(),
        reason,
    };
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|proof| proof.take(LARGEST_PROOF).read_to_end(&mut bytes))
        .map_err(|error| no_proof(error.to_string()))?;
    let proof: Proof =
        serde_json::from_slice(&bytes).map_err(|error| no_proof(error.to_string()))?;
    let key = unhex(&proof.key).ok_or_else(|| no_proof("its key is not 32 bytes".to_owned()))?;
    if base32(&hmac(&key, &[proof.message.as_bytes()])) != proof.commitment {
        return Err(ProofError::Contradicts);
    }
    let path = bag.join("withheld.csv");
    let no_bag = |reason: String| ProofError::NoBag {
        path: path.display().to_string(),
        reason,
    };
    let table = File::open(&path).map_err(|error| no_bag(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(io::BufReader::new(table));
    for (row, at) in reader.records().zip(1..) {
        let row = row.map_err(|error| no_bag(error.to_string()))?;
        let cell = |name: &str| {
            let at = WITHHELD.iter().position(|column| *column == name);
            at.and_then(|at| row.get(at)).unwrap_or_default()
        };
        if cell("commitment") == proof.commitment {
            return Ok(Opened {
                row: at,
                thread: cell("thread").to_owned(),
                day: cell("day").to_owned(),
            });
        }
    }
    Err(ProofError::NoRow)
}

/// HMAC-SHA-256 (RFC 2104) of parts that follow each other.
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    /// Bytes of a block of SHA-256.
    const BLOCK: usize = 64;
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let mut inner = Sha256::new();
    inner.update(padded(0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(padded(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// Bytes in base 32, without padding.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(LENGTH);
    let (mut held, mut bits) = (0u32, 0u32);
    let mut put = |value: u32| {
        let letter = usize::try_from(value & 31).ok();
        let letter = letter.and_then(|at| LETTERS.get(at)).copied();
        text.push(char::from(letter.unwrap_or(b'A')));
    };
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            put(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        put(held << (5 - bits));
    }
    text
}

/// Thirty-two bytes from hexadecimal.
fn unhex(text: &str) -> Option<[u8; 32]> {
    crate::case::ledger::Hash::from_hex(text).map(|hash| hash.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_their_standards() {
        // RFC 4648 section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(&[0xff; 32]).len(), LENGTH);
        // RFC 4231, test case 1, its key padded with zeros as RFC 2104 says.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            hex(&hmac(&key, &[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn each_message_has_a_key_and_a_commitment_of_its_own() {
        let of = |byte| Secret {
            bytes: [byte; 32],
            is_new: true,
        };
        let one = of(1);
        assert_eq!(one.commit("a"), one.commit("a"));
        assert_ne!(one.commit("a"), one.commit("b"));
        assert_ne!(one.key("a"), one.key("b"));
        assert_ne!(one.commit("a"), of(2).commit("a"));
        assert_ne!(one.commit("a"), hmac(&[1; 32], &[b"a"]));
    }
}
