//! The same mail in two mailboxes, or twice in one.
//!
//! A mail is another's copy where its Message-ID, its text and its sender's address are the same;
//! labels, folders and the recipients that a copy shows may differ. One with the same Message-ID
//! and another text or sender is another mail, and that is listed: somebody's programme gave the
//! id twice, or somebody changed the mail. A mail without an id is known again by its time, sender,
//! recipients and text, and only in another export.

use super::differ::{address, plain};
use super::key::key;
use super::pair::Pair;
use crate::case::columns::Row;
use crate::case::draft::Draft;
use crate::case::store::{Participant, Store};
use crate::model::{Extra, MessageNumber, ParticipantId};
use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// The channel of mails.
pub(super) const CHANNEL: &str = "email";

/// The mails of the case by what they are known by.
#[derive(Default)]
pub(super) struct Mails {
    known: HashMap<u64, Vec<u32>>,
    /// The number up to which the case's messages are among them.
    upto: u32,
}

/// One mail as comparing needs it.
struct Mail<'a> {
    row: Row<'a>,
    sender: String,
}

impl Mail<'_> {
    fn is(&self, other: &Mail<'_>) -> bool {
        let (one, two) = (&self.sender, &other.sender);
        // What a server calls its users within is no address.
        let told = one.contains('@') && two.contains('@');
        (!told || one == two)
            && (self.row.text == other.row.text || plain(self.row.text) == plain(other.row.text))
    }
}

/// The Message-ID in a message's extra, as its JSON writes it, without reading all of it.
fn id(json: &[u8]) -> Option<&[u8]> {
    const FIELD: &[u8] = b"\"message_id\":\"";
    let from = memchr::memmem::find(json, FIELD)?.checked_add(FIELD.len())?;
    let rest = json.get(from..)?;
    let end = memchr::memchr(b'"', rest)?;
    rest.get(..end)
        .filter(|id| !id.is_empty() && !id.ends_with(b"\\"))
}

/// What a mail is known by, and whether that is its id.
fn mark(
    row: &Row<'_>,
    json: &[u8],
    extra: &dyn Fn() -> Extra,
    sender: &str,
) -> Option<(u64, bool)> {
    let mut hasher = DefaultHasher::new();
    if let Some(id) = id(json) {
        (true, id).hash(&mut hasher);
        return Some((hasher.finish(), true));
    }
    let mut recipients: Vec<String> = extra()
        .recipients
        .iter()
        .map(|recipient| address(&recipient.who))
        .collect();
    recipients.sort();
    (false, row.time?, address(sender), recipients, key(row.text)).hash(&mut hasher);
    Some((hasher.finish(), false))
}

impl Mails {
    fn learn(&mut self, store: &Store) {
        let (from, to) = (self.upto, store.len());
        self.upto = to;
        for thread in store.threads() {
            if thread.channel != CHANNEL {
                continue;
            }
            for run in &thread.runs {
                for number in run.start.max(from)..run.end {
                    self.learn_one(store, number);
                }
            }
        }
    }

    fn learn_one(&mut self, store: &Store, number: u32) {
        let at = MessageNumber(number);
        if let Some(mail) = here(store, at)
            && let Some((mark, _)) = mark(
                &mail.row,
                store.extra_json(at),
                &|| store.extra(at),
                &mail.sender,
            )
        {
            self.known.entry(mark).or_default().push(number);
        }
    }

    /// Finds the mails of an export that the case has, or the export itself before.
    pub(super) fn find(&mut self, store: &Store, draft: &Draft, first: u32) -> Vec<Pair> {
        let threads = || {
            draft
                .threads
                .iter()
                .filter(|thread| thread.head.channel == CHANNEL)
        };
        if threads().next().is_none() {
            return Vec::new();
        }
        self.learn(store);
        let names: HashMap<ParticipantId, &Participant> = draft
            .participants
            .iter()
            .map(|participant| (participant.id, participant))
            .collect();
        let there = |at: u32| -> Option<Mail<'_>> {
            let row = draft
                .columns
                .row(at)
                .filter(|row| row.kind.is_decidable())?;
            let sender = row.participant.and_then(|id| {
                let known = store.participant(id).map(|known| known.name.as_str());
                known.or_else(|| names.get(&id).map(|known| known.name.as_str()))
            });
            Some(Mail {
                row,
                sender: address(sender.unwrap_or_default()),
            })
        };
        let mut own: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut pairs: Vec<(u32, Result<u32, u32>, bool)> = Vec::new();
        let mut taken: HashSet<u32> = HashSet::new();
        let mut all: Vec<u32> = threads()
            .flat_map(|thread| thread.runs.iter().cloned().flatten())
            .collect();
        all.sort_unstable();
        for at in all {
            let Some(mail) = there(at) else { continue };
            let json = draft.columns.extra_json(at);
            let Some((mark, by_id)) =
                mark(&mail.row, json, &|| draft.columns.extra(at), &mail.sender)
            else {
                continue;
            };
            let known = self.known.get(&mark).map(Vec::as_slice).unwrap_or_default();
            let is_copy = |number: &&u32| {
                (by_id || !taken.contains(*number))
                    && here(store, MessageNumber(**number)).is_some_and(|here| here.is(&mail))
            };
            if let Some(number) = known.iter().find(is_copy) {
                taken.insert(*number);
                pairs.push((at, Ok(*number), false));
                continue;
            }
            let before = own.entry(mark).or_default();
            if by_id {
                let is_copy = |other: &&u32| there(**other).is_some_and(|other| other.is(&mail));
                if let Some(other) = before.iter().find(is_copy) {
                    pairs.push((at, Err(*other), false));
                    continue;
                }
                // The id alone is the same: the first that has it is told of this one.
                match (known.first(), before.first()) {
                    (Some(number), _) => pairs.push((at, Ok(*number), true)),
                    (None, Some(other)) => pairs.push((at, Err(*other), true)),
                    (None, None) => {}
                }
            }
            before.push(at);
        }
        number_own(pairs, first)
    }
}

/// Gives those that an export has twice the number that the first of them gets.
fn number_own(pairs: Vec<(u32, Result<u32, u32>, bool)>, first: u32) -> Vec<Pair> {
    let known: roaring::RoaringBitmap = pairs
        .iter()
        .filter(|(_, _, beside)| !beside)
        .map(|(at, ..)| *at)
        .collect();
    pairs
        .into_iter()
        .map(|(at, of, beside)| {
            let number = of.unwrap_or_else(|other| {
                let before = u32::try_from(known.rank(other)).unwrap_or(0);
                first.saturating_add(other.saturating_sub(before))
            });
            Pair { at, number, beside }
        })
        .collect()
}

fn here(store: &Store, number: MessageNumber) -> Option<Mail<'_>> {
    let row = store.row(number).filter(|row| row.kind.is_decidable())?;
    let sender = row.participant.and_then(|id| store.participant(id));
    Some(Mail {
        row,
        sender: address(sender.map_or("", |known| known.name.as_str())),
    })
}
