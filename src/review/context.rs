//! What a message is judged beside: its neighbours in its own thread, what it answers and what
//! answers it, who was there, and what the same person sent elsewhere at that hour.
//!
//! Everything here reads a window, never the case; who came and went in a thread is read once and
//! kept as long as that thread is asked about.

use super::session::Session;
use crate::case::Store;
use crate::model::{Decision, Extra, MessageNumber, ParticipantId, ThreadId};
use crate::people::Roster;
use crate::people::membership::{Basis, Membership, Who};
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
    pub who: Who,
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
    /// Whether the export tells who came and went, or to whom the message went.
    pub tells_of_members: bool,
    /// Whether the export lists the members, as they were when it was made.
    pub has_list: bool,
    /// Who is addressed, or sent it, and was not on the message that it answers.
    pub is_new: Vec<Who>,
    /// Who was on the message that it answers and is not on this one.
    pub is_left_out: Vec<Who>,
    /// How many lines before it tell of somebody and do not let us tell who, and the last of them.
    pub unknown: (usize, Option<MessageNumber>),
    /// What the same person sent in other threads within an hour, by time.
    pub elsewhere: Vec<MessageNumber>,
    /// Whether more of that hour was there than was looked at or given.
    pub is_cut: bool,
}

/// The membership that was asked for last.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<Asked>>);

#[derive(Debug)]
struct Asked {
    store: Arc<Store>,
    roster: Arc<Roster>,
    thread: ThreadId,
    membership: Arc<Membership>,
}

impl Session {
    /// Who came to a conversation and who went: read once, and kept as long as nothing changes of
    /// messages and people.
    fn membership(&self, thread: ThreadId) -> Arc<Membership> {
        let cast = self.cast();
        let (store, roster) = (cast.store, cast.roster);
        let mut known = self
            .known_members
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = &*known
            && Arc::ptr_eq(&asked.store, &store)
            && Arc::ptr_eq(&asked.roster, &roster)
            && asked.thread == thread
        {
            return asked.membership.clone();
        }
        let facts = self.facts();
        let owner = |source| facts.me(&store, source);
        let membership = Arc::new(Membership::of(&store, &roster, owner, thread));
        *known = Some(Asked {
            store,
            roster,
            thread,
            membership: membership.clone(),
        });
        membership
    }

    /// What a message is judged beside. For a worker thread: the first message of a thread takes a
    /// look at all of its lines, the next ones a window. `None` where there is no such message.
    pub fn context(&self, number: MessageNumber) -> Option<Context> {
        let store = self.store();
        let (thread, position) = store.position_of(number)?;
        let at = |position: u32| store.thread_message(thread, position);
        let beside = |positions: std::ops::RangeInclusive<u32>| positions.filter_map(at).collect();
        let membership = self.membership(thread);
        let extra = store.extra(number);
        let answers = extra
            .reply_to
            .last()
            .and_then(|name| store.named(name, thread));
        let mail = self.on_mail(&membership, number, &extra);
        let before = answers.map(|other| self.on_mail(&membership, other, &store.extra(other)));
        let before = before.filter(|before| !before.is_empty() && !mail.is_empty());
        let (is_new, is_left_out) = match &before {
            Some(before) => (not_in(&mail, before), not_in(before, &mail)),
            None => (Vec::new(), Vec::new()),
        };
        let is_addressed = !mail.is_empty();
        let present = match is_addressed {
            true => mail,
            false => membership.present(position, at),
        };
        let (unknown, last) = membership.unknown_before(position);
        let (elsewhere, is_cut) = self.elsewhere(&store, number, thread);
        Some(Context {
            before: position.checked_sub(1).map_or_else(Vec::new, |last| {
                beside(position.saturating_sub(BESIDE)..=last)
            }),
            after: beside(position.saturating_add(1)..=position.saturating_add(BESIDE)),
            answers,
            answered_by: answers_to(&store, number, thread, position),
            present: present
                .into_iter()
                .map(|(who, basis)| Present { who, basis })
                .collect(),
            tells_of_members: membership.tells() || is_addressed,
            has_list: membership.has_list(),
            is_new,
            is_left_out,
            unknown: (unknown, last.and_then(at)),
            elsewhere,
            is_cut,
        })
    }

    /// Who was there when a message was sent and what that rests on, those of whom it is sure first;
    /// and whether anything but who wrote tells of it.
    pub(super) fn who_was_there(&self, number: MessageNumber) -> (Vec<(Who, Basis)>, bool) {
        let store = self.store();
        let Some((thread, position)) = store.position_of(number) else {
            return (Vec::new(), false);
        };
        let membership = self.membership(thread);
        let mail = self.on_mail(&membership, number, &store.extra(number));
        if !mail.is_empty() {
            return (mail, true);
        }
        let at = |position: u32| store.thread_message(thread, position);
        let present = membership.present(position, at);
        let of_two = present.iter().any(|(_, basis)| *basis == Basis::OfTwo);
        (present, of_two || membership.tells())
    }

    /// Who was on a message that says to whom it went: its sender, then those addressed; nobody
    /// where it does not say so.
    fn on_mail(
        &self,
        membership: &Membership,
        number: MessageNumber,
        extra: &Extra,
    ) -> Vec<(Who, Basis)> {
        if extra.recipients.is_empty() {
            return Vec::new();
        }
        let store = self.store();
        let sender = store
            .message(number)
            .and_then(|message| message.participant);
        let sender = sender.and_then(|id| store.participant(id));
        let sender = sender.map(|sender| (membership.who(&sender.name), Basis::Sent));
        let addressed = extra.recipients.iter();
        let addressed = addressed.map(|one| (membership.who(&one.who), Basis::Addressed(one.role)));
        let mut all: Vec<(Who, Basis)> = Vec::new();
        for (who, basis) in sender.into_iter().chain(addressed) {
            if !all.iter().any(|(known, _)| *known == who) {
                all.push((who, basis));
            }
        }
        all
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

/// Those of one list who are not in another.
fn not_in(these: &[(Who, Basis)], those: &[(Who, Basis)]) -> Vec<Who> {
    let these = these.iter().map(|(who, _)| who);
    let these = these.filter(|who| !those.iter().any(|(other, _)| other == *who));
    these.cloned().collect()
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
