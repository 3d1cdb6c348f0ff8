//! Which messages may be one although the import did not find them so: because the clocks of two
//! phones drifted, or because a chat stands in two threads. Proposals only, each with what speaks
//! for it; and the pairs of two threads that a person says are one.

use super::ReviewError;
use super::session::Session;
use crate::case::{Message, Store};
use crate::model::{MessageNumber, SourceId, ThreadId};
use crate::people::Roster;
use crate::text;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

/// Seconds that two clocks may be apart, beside their usual shift.
const DRIFT: i64 = 15 * 60;
/// A text of so many letters is not said twice within [`DRIFT`] by chance.
const TELLING: usize = 20;
/// So many pairs between two threads tell as much.
const MANY: usize = 3;
/// Of more threads with the same people none are compared: their people tell nothing.
const MOST_THREADS: usize = 50;

/// Two messages that may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likely {
    /// The one with the lower number.
    pub one: MessageNumber,
    /// The other.
    pub other: MessageNumber,
    /// What speaks for it, in words.
    pub evidence: String,
}

/// What two threads have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// The messages that stand in both: of the one thread and of the other.
    pub pairs: Vec<(MessageNumber, MessageNumber)>,
    /// How many of the one are not in the other.
    pub only_one: u32,
    /// How many of the other are not in the one.
    pub only_other: u32,
    /// By how many seconds the other's clock is ahead.
    pub ahead: i64,
}

/// A message as it is compared.
struct Piece {
    number: MessageNumber,
    /// Its text, folded; where it has none, the names of its files.
    text: String,
    /// Who sent it: the person's number.
    sender: Option<u32>,
    /// Its local time in seconds.
    clock: Option<i64>,
}

impl Session {
    /// The messages that two threads have in common: the same text, or the same files, at the same
    /// time but for the usual shift of their clocks. Reads both threads: for a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] for a thread that does not exist; [`ReviewError::NotSame`] for one
    /// and itself, and where they have nothing in common.
    pub fn common(&self, one: ThreadId, other: ThreadId) -> Result<Common, ReviewError> {
        let cast = self.cast();
        let pieces = |thread: ThreadId| match cast.store.thread(thread) {
            None => Err(ReviewError::Missing(format!("thread {thread}"))),
            Some(_) => {
                let numbers = cast.store.thread_messages(thread);
                Ok(numbers
                    .filter_map(|number| piece(&cast.store, &cast.roster, number))
                    .collect::<Vec<_>>())
            }
        };
        let (here, there) = (pieces(one)?, pieces(other)?);
        if one == other {
            return Err(ReviewError::NotSame(format!(
                "{one} is one thread: give two"
            )));
        }
        let (pairs, ahead) = pair_up(&here, &there, |_, _| true);
        if pairs.is_empty() {
            return Err(ReviewError::NotSame(format!(
                "threads {one} and {other} have no message in common"
            )));
        }
        let left = |pieces: &[Piece]| {
            u32::try_from(pieces.len().saturating_sub(pairs.len())).unwrap_or(u32::MAX)
        };
        Ok(Common {
            only_one: left(&here),
            only_other: left(&there),
            pairs: pairs.iter().map(|(a, b)| (a.number, b.number)).collect(),
            ahead,
        })
    }

    /// Pairs of messages that may be one, by thread and place. Nothing is one by this. Reads every
    /// text of the threads that several exports tell of: for a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`] when cancelled.
    pub fn likely_same(&self, cancel: &AtomicBool) -> Result<Vec<Likely>, ReviewError> {
        let (cast, same) = (self.cast(), self.same());
        let (store, roster) = (&cast.store, &cast.roster);
        let mut found = Vec::new();
        let stopped = || match cancel.load(Ordering::Relaxed) {
            true => Err(ReviewError::Stopped),
            false => Ok(()),
        };
        // Short messages that stand twice in one thread, once from each export.
        for thread in store
            .threads()
            .iter()
            .filter(|thread| thread.sources.len() > 1)
        {
            stopped()?;
            let ahead = |source: SourceId| {
                let clocks = store.source(source).map(|source| source.clocks.iter());
                let mut clocks = clocks.into_iter().flatten();
                let shift = clocks.find(|clock| clock.thread == thread.id);
                shift.map_or(0, |shift| shift.ahead)
            };
            let mut by_source: BTreeMap<SourceId, Vec<Piece>> = BTreeMap::new();
            for number in store.thread_messages(thread.id) {
                let source = store.message(number).map(|message| message.source);
                let shown = piece(store, roster, number);
                if let (Some(source), Some(mut shown)) = (source, shown) {
                    shown.clock = shown.clock.map(|clock| clock - ahead(source));
                    by_source.entry(source).or_default().push(shown);
                }
            }
            let sources: Vec<_> = by_source.iter().collect();
            for (at, (one, here)) in sources.iter().enumerate() {
                for (other, there) in sources.iter().skip(at + 1) {
                    let is_new = |a: &Piece, b: &Piece| {
                        // What an export has as it is, it does not have otherwise besides.
                        !store.sources_of(a.number).contains(*other)
                            && !store.sources_of(b.number).contains(*one)
                            && sent_alike(a, b)
                    };
                    let (pairs, _) = pair_near(here, there, 0, &is_new);
                    found.extend(pairs.into_iter().map(|(a, b)| {
                        let told = format!("one thread, two exports; {}", evidence(a, b));
                        (a.number, b.number, told)
                    }));
                }
            }
        }
        // Messages of two threads with the same people.
        let mut by_people: BTreeMap<(&str, BTreeSet<u32>), Vec<ThreadId>> = BTreeMap::new();
        for thread in store.threads() {
            let people = thread.participants.iter();
            let people: BTreeSet<u32> = people.filter_map(|id| person(roster, *id)).collect();
            if people.len() > 1 {
                let key = (thread.channel.as_str(), people);
                by_people.entry(key).or_default().push(thread.id);
            }
        }
        for threads in by_people.into_values() {
            if !(2..=MOST_THREADS).contains(&threads.len()) {
                continue;
            }
            let pieces: Vec<Vec<Piece>> = threads
                .iter()
                .map(|thread| {
                    let numbers = store.thread_messages(*thread);
                    numbers
                        .filter_map(|number| piece(store, roster, number))
                        .collect()
                })
                .collect();
            for (at, here) in pieces.iter().enumerate() {
                for (of, there) in pieces.iter().enumerate().skip(at + 1) {
                    stopped()?;
                    let (pairs, _) = pair_up(here, there, sent_alike);
                    let is_telling = |one: &Piece| one.text.chars().count() >= TELLING;
                    let many = pairs.len() >= MANY;
                    let (Some(one), Some(other)) = (threads.get(at), threads.get(of)) else {
                        continue;
                    };
                    for (a, b) in pairs {
                        if many || is_telling(a) {
                            let told = format!(
                                "threads {one} and {other} with the same people; {}",
                                evidence(a, b)
                            );
                            found.push((a.number, b.number, told));
                        }
                    }
                }
            }
        }
        let mut likely: Vec<Likely> = found
            .into_iter()
            .filter(|(one, other, _)| {
                same.head(*one) != same.head(*other) && !same.is_apart(*one, *other)
            })
            .map(|(one, other, evidence)| Likely {
                one: one.min(other),
                other: one.max(other),
                evidence,
            })
            .collect();
        likely.sort_by_key(|likely| (store.position_of(likely.one), likely.other));
        likely.dedup_by_key(|likely| (likely.one, likely.other));
        Ok(likely)
    }
}

fn person(roster: &Roster, id: crate::model::ParticipantId) -> Option<u32> {
    roster.person(id).map(|person| person.number.0)
}

/// A message as it is compared; `None` for one that nobody decides on, or that shows nothing.
fn piece(store: &Store, roster: &Roster, number: MessageNumber) -> Option<Piece> {
    let message: Message<'_> = store.message(number)?;
    if !message.kind.is_decidable() {
        return None;
    }
    let text = match message.text.trim() {
        "" => {
            let files = store.extra(number).attachments;
            let names: Vec<_> = files.into_iter().map(|file| file.name).collect();
            names.join("\n")
        }
        text => text::fold(text),
    };
    let offset = i64::from(message.offset_minutes) * 60;
    (!text.trim().is_empty()).then(|| Piece {
        number,
        text,
        sender: message.participant.and_then(|id| person(roster, id)),
        clock: message.time.map(|time| time.saturating_add(offset)),
    })
}

fn sent_alike(one: &Piece, other: &Piece) -> bool {
    one.sender.is_some() && one.sender == other.sender
}

/// Pairs the messages of two threads, with the usual shift of the second's clock.
fn pair_up<'a>(
    here: &'a [Piece],
    there: &'a [Piece],
    fits: impl Fn(&Piece, &Piece) -> bool,
) -> (Vec<(&'a Piece, &'a Piece)>, i64) {
    let once = |pieces: &'a [Piece]| {
        let mut by_text: HashMap<&'a str, Option<&'a Piece>> = HashMap::new();
        for piece in pieces {
            by_text
                .entry(&piece.text)
                .and_modify(|known| *known = None)
                .or_insert(Some(piece));
        }
        by_text
    };
    let (left, right) = (once(here), once(there));
    let mut shifts: Vec<i64> = left
        .iter()
        .filter_map(|(text, one)| {
            let (one, other) = ((*one)?, (*right.get(text)?)?);
            fits(one, other).then_some(other.clock? - one.clock?)
        })
        .collect();
    shifts.sort_unstable();
    let ahead = shifts.get(shifts.len() / 2).copied().unwrap_or(0);
    pair_near(here, there, ahead, &fits)
}

/// Pairs messages of one text whose clocks are near each other but for this shift; each once.
fn pair_near<'a>(
    here: &'a [Piece],
    there: &'a [Piece],
    ahead: i64,
    fits: &impl Fn(&Piece, &Piece) -> bool,
) -> (Vec<(&'a Piece, &'a Piece)>, i64) {
    let mut by_text: HashMap<&str, Vec<(i64, &Piece)>> = HashMap::new();
    for piece in there {
        if let Some(clock) = piece.clock {
            let known = by_text.entry(&piece.text).or_default();
            known.push((clock - ahead, piece));
        }
    }
    for candidates in by_text.values_mut() {
        candidates.sort_by_key(|(clock, piece)| (*clock, piece.number));
    }
    let mut pairs = Vec::new();
    for one in here {
        let candidates = by_text.get_mut(one.text.as_str());
        let Some((clock, candidates)) = one.clock.zip(candidates) else {
            continue;
        };
        let first = candidates.partition_point(|(there, _)| *there < clock - DRIFT);
        let nearest = candidates
            .iter()
            .enumerate()
            .skip(first)
            .take_while(|(_, (there, _))| *there <= clock + DRIFT)
            .filter(|(_, (_, other))| fits(one, other))
            .min_by_key(|(at, (there, _))| ((there - clock).abs(), *at));
        if let Some((at, _)) = nearest {
            pairs.push((one, candidates.remove(at).1));
        }
    }
    (pairs, ahead)
}

/// What speaks for two being one.
fn evidence(one: &Piece, other: &Piece) -> String {
    let apart = one.clock.zip(other.clock).map_or(0, |(a, b)| (b - a).abs());
    let apart = match apart {
        seconds @ 0..60 => format!("{seconds} s apart"),
        seconds @ 60..3600 => format!("{} min apart", seconds / 60),
        seconds => format!("{} h {} min apart", seconds / 3600, seconds % 3600 / 60),
    };
    let sender = match sent_alike(one, other) {
        true => "the same sender",
        false => "other senders",
    };
    format!("the same words, {sender}, {apart}")
}
