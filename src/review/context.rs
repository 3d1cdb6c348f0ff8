//! What a message is judged beside: its neighbours in its own thread, what it answers and what
//! answers it, who was there, and what the same person sent elsewhere at that hour.
//!
//! Everything here reads a window, never the case; who came and went in a thread is read once and
//! kept as long as that thread is asked about.

use super::session::Session;
use crate::case::Store;
use crate::model::{Decision, MessageNumber, ParticipantId, ThreadId};
use crate::people::membership::{Basis, Membership};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How many neighbours on either side.
const BESIDE: u32 = 2;
/// How far on in the thread answers are looked for.
const ANSWERS_WITHIN: u32 = 200;
/// The same hour: so many seconds before and after.
const HOUR: i64 = 3_600;
/// How many messages of that hour are looked at, on either side.
const LOOKED_AT: usize = 2_000;
/// How many messages of one kind are given.
const MOST: usize = 8;

/// Someone who was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub participant: ParticipantId,
    /// What that rests on.
    pub basis: Basis,
}

/// What a message is judged beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The messages before it in its own thread, the nearest last.
    pub before: Vec<MessageNumber>,
    /// Those after it.
    pub after: Vec<MessageNumber>,
    /// The message that it answers.
    pub answers: Option<MessageNumber>,
    /// Those that answer it, as far as they stand among the next messages of the thread.
    pub answered_by: Vec<MessageNumber>,
    /// Who was in the conversation then; those of whom that is sure first.
    pub present: Vec<Present>,
    /// Whether the export tells at all who came and went.
    pub tells_of_members: bool,
    /// How many lines before it tell of somebody whom nothing else names, and the last of them.
    pub unknown: (usize, Option<MessageNumber>),
    /// What the same person sent in other threads within an hour, by time.
    pub elsewhere: Vec<MessageNumber>,
    /// Whether more of that hour was there than was looked at or given.
    pub is_cut: bool,
}

/// The membership that was asked for last.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<Asked>>);

/// A store, a thread in it, and who was there.
type Asked = (Arc<Store>, ThreadId, Arc<Membership>);

impl Known {
    fn of(&self, store: &Arc<Store>, thread: ThreadId) -> Arc<Membership> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, id, membership)) = &*known
            && Arc::ptr_eq(of, store)
            && *id == thread
        {
            return membership.clone();
        }
        let membership = Arc::new(Membership::of(store, thread));
        *known = Some((store.clone(), thread, membership.clone()));
        membership
    }
}

impl Session {
    /// What a message is judged beside. For a worker thread: the first message of a thread takes a
    /// look at all of its lines, the next ones a window. `None` where there is no such message.
    pub fn context(&self, number: MessageNumber) -> Option<Context> {
        let store = self.store();
        let (thread, position) = store.position_of(number)?;
        let at = |position: u32| store.thread_message(thread, position);
        let beside = |positions: std::ops::RangeInclusive<u32>| positions.filter_map(at).collect();
        let membership = self.known_members.of(&store, thread);
        let present = membership.present(position, at);
        let (unknown, last) = membership.unknown_before(position);
        let (elsewhere, is_cut) = self.elsewhere(&store, number, thread);
        let extra = store.extra(number);
        Some(Context {
            before: position.checked_sub(1).map_or_else(Vec::new, |last| {
                beside(position.saturating_sub(BESIDE)..=last)
            }),
            after: beside(position.saturating_add(1)..=position.saturating_add(BESIDE)),
            answers: extra
                .reply_to
                .last()
                .and_then(|name| store.named(name, thread)),
            answered_by: answers_to(&store, number, thread, position),
            present: present
                .into_iter()
                .map(|(participant, basis)| Present { participant, basis })
                .collect(),
            tells_of_members: membership.has_lines(),
            unknown: (unknown, last.and_then(at)),
            elsewhere,
            is_cut,
        })
    }

    /// What the sender of a message, under any name, sent in other threads within an hour.
    fn elsewhere(
        &self,
        store: &Store,
        number: MessageNumber,
        thread: ThreadId,
    ) -> (Vec<MessageNumber>, bool) {
        let message = store.message(number);
        let Some((sender, time)) =
            message.and_then(|message| Some((message.participant?, message.time?)))
        else {
            return (Vec::new(), false);
        };
        let cast = self.cast();
        let names: BTreeSet<ParticipantId> = match cast.roster.person(sender) {
            Some(person) => person.participants.iter().copied().collect(),
            None => BTreeSet::from([sender]),
        };
        let order = store.by_time();
        let time_at = |place: usize| order.get(place).and_then(|number| store.time(number));
        // The place of the first message that is not earlier than this.
        let place_of = |time: i64| {
            let (mut low, mut high) = (0, order.len());
            while low < high {
                let middle = low.midpoint(high);
                match time_at(middle) < Some(time) {
                    true => low = middle.saturating_add(1),
                    false => high = middle,
                }
            }
            low
        };
        let here = place_of(time);
        let from = place_of(time.saturating_sub(HOUR));
        let to = place_of(time.saturating_add(HOUR).saturating_add(1));
        let first = from.max(here.saturating_sub(LOOKED_AT));
        let last = to.min(here.saturating_add(LOOKED_AT));
        let mut found: Vec<MessageNumber> = (first..last)
            .filter_map(|place| order.get(place))
            .filter(|other| {
                store.message(*other).is_some_and(|other| {
                    other.thread != thread
                        && other.kind.is_decidable()
                        && other.participant.is_some_and(|id| names.contains(&id))
                })
            })
            .collect();
        let is_cut = first > from || last < to || found.len() > MOST;
        // The nearest in time, told in the order of time.
        let far = |other: &MessageNumber| store.time(*other).map_or(i64::MAX, |t| (t - time).abs());
        found.sort_by_key(far);
        found.truncate(MOST);
        found.sort_by_key(|other| (store.time(*other), *other));
        (found, is_cut)
    }
}

/// The messages among the next ones of the thread that answer this one.
fn answers_to(
    store: &Store,
    number: MessageNumber,
    thread: ThreadId,
    position: u32,
) -> Vec<MessageNumber> {
    let next = position.saturating_add(1)..=position.saturating_add(ANSWERS_WITHIN);
    let next = next.map_while(|position| store.thread_message(thread, position));
    let answers = next.filter(|other| {
        let extra = store.extra(*other);
        let name = extra.reply_to.last();
        name.and_then(|name| store.named(name, thread)) == Some(number)
    });
    answers.take(MOST).collect()
}

/// How a message stands, in the words of its neighbours' list: its decision, or nothing for one
/// that nobody decides on.
pub fn standing(session: &Session, number: MessageNumber) -> Option<Decision> {
    let store = session.store();
    let decidable = store.kind(number)?.is_decidable();
    decidable.then(|| session.decision(number))
}
