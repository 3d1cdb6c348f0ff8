//! Who could read personal data: for each message with some, who was in the conversation then.
//!
//! It counts what detectors point at and nobody dismissed, by kind of data, by day, by who posted it
//! and by who was there. Who was there follows from lines of the app, lists of members and messages
//! ([`crate::people::membership`]); where that leaves it open it is counted apart.

use super::findings::{Looked, Verdict};
use super::session::Session;
use super::timeline::day_at;
use crate::findings::kept::Texts;
use crate::findings::{Data, Finding};
use crate::model::{MessageNumber, Relation, ThreadId};
use crate::people::membership::Who;
use chrono::NaiveDate;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Findings.
    pub findings: u64,
    /// Messages with at least one of them.
    pub messages: u64,
}

/// Someone who posted personal data, or was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Someone {
    /// What to call them. Text from outside.
    pub name: String,
    /// What was said of them; `None` where nothing was, and so on no staff list.
    pub relation: Option<Relation>,
    /// Of what they posted; or of what was posted while they surely were there.
    pub amount: Amount,
    /// Of what was posted while they perhaps were there; 0 of those who posted.
    pub perhaps: Amount,
    /// The first message of it.
    pub first: MessageNumber,
}

impl Someone {
    /// Whether they are neither the custodian nor a colleague.
    pub fn is_stranger(&self) -> bool {
        self.relation.is_none_or(is_outside)
    }
}

/// Whether whoever is this is neither the custodian nor a colleague.
fn is_outside(relation: Relation) -> bool {
    !matches!(relation, Relation::Me | Relation::Colleague)
}

/// What one person posted in one conversation on one day, and how many could read it: a row of the
/// report that is asked for after a breach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The day in the case's time zone; `None`: messages without a time.
    pub day: Option<NaiveDate>,
    /// Where.
    pub thread: ThreadId,
    /// Who, by their place in [`Exposure::posted`]; `None` where the export names no sender.
    pub posted: Option<usize>,
    /// By kind of data, how many findings.
    pub data: BTreeMap<Data, u64>,
    /// Messages with at least one.
    pub messages: u64,
    /// The first of them.
    pub first: MessageNumber,
    /// How many others surely were there.
    pub readers: u64,
    /// How many others perhaps were there.
    pub perhaps: u64,
    /// How many of both are neither the custodian nor a colleague.
    pub strangers: u64,
}

/// Whether a finding is of personal data: what exposure counts.
pub fn is_personal(finding: &Finding) -> bool {
    finding
        .about()
        .is_some_and(|about| about.data.is_personal())
}

/// The exposure of the personal data in some messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// All of it.
    pub all: Amount,
    /// By kind of data.
    pub by_data: BTreeMap<Data, Amount>,
    /// By detector.
    pub by_type: BTreeMap<&'static str, Amount>,
    /// By day in the case's time zone; `None`: messages without a time.
    pub by_day: BTreeMap<Option<NaiveDate>, Amount>,
    /// Those who posted it, who posted most first.
    pub posted: Vec<Someone>,
    /// Those who were there, or perhaps were, who could read most first.
    pub exposed: Vec<Someone>,
    /// Messages of whose conversation nothing tells who was in it but who wrote.
    pub unknown: u64,
    /// By conversation: how much, and how many could read some of it.
    pub by_thread: BTreeMap<ThreadId, (Amount, u64)>,
    /// By day, conversation and who posted it: all of it once more, row by row.
    pub postings: Vec<Posting>,
}

impl Amount {
    fn add(&mut self, findings: u64) {
        self.findings += findings;
        self.messages += 1;
    }
}

/// A row while it is gathered.
#[derive(Default)]
struct Row {
    data: BTreeMap<Data, u64>,
    messages: u64,
    first: Option<MessageNumber>,
    readers: BTreeSet<Who>,
    perhaps: BTreeSet<Who>,
}

/// Of someone: what, and the first message of it.
#[derive(Default)]
struct Seen {
    amount: Amount,
    perhaps: Amount,
    first: Option<MessageNumber>,
}

impl Session {
    /// The exposure of what detectors point at in these messages, of those findings of which
    /// `wanted` says yes. For a worker thread: it reads the lines of each conversation once.
    pub fn exposure(
        &self,
        looked: &Looked,
        messages: &RoaringBitmap,
        wanted: &dyn Fn(&Finding) -> bool,
    ) -> Exposure {
        let cast = self.cast();
        let (store, roster) = (&cast.store, &cast.roster);
        let mut exposure = Exposure::default();
        let mut texts = Texts::default();
        let mut posted: BTreeMap<Who, Seen> = BTreeMap::new();
        let mut exposed: BTreeMap<Who, Seen> = BTreeMap::new();
        // Conversation by conversation, so that the lines of each are read once.
        let messages = messages - self.same().copies();
        let mut places: Vec<(ThreadId, u32, MessageNumber)> = messages
            .iter()
            .map(MessageNumber)
            .filter_map(|number| {
                let (thread, position) = store.position_of(number)?;
                Some((thread, position, number))
            })
            .collect();
        places.sort_unstable();
        let mut rows: BTreeMap<(Option<NaiveDate>, ThreadId, Option<Who>), Row> = BTreeMap::new();
        let mut readers: BTreeSet<Who> = BTreeSet::new();
        let mut of_thread = None;
        for (thread, _, number) in places {
            if of_thread != Some(thread) {
                readers.clear();
                of_thread = Some(thread);
            }
            let (mut count, mut data, mut types) = (0, BTreeMap::new(), BTreeMap::new());
            for finding in looked.findings().of_message(number) {
                let Some(about) = finding.about() else {
                    continue;
                };
                let said = looked.verdict(self, &finding, &mut texts);
                if said != Some(Verdict::Dismissed) && wanted(&finding) {
                    count += 1;
                    *data.entry(about.data).or_insert(0) += 1;
                    *types.entry(about.id).or_insert(0) += 1;
                }
            }
            if count == 0 {
                continue;
            }
            exposure.all.add(count);
            for (data, count) in &data {
                exposure.by_data.entry(*data).or_default().add(*count);
            }
            for (id, count) in types {
                exposure.by_type.entry(id).or_default().add(count);
            }
            let message = store.message(number);
            let time = message.and_then(|message| message.time);
            let day = time.and_then(|time| day_at(store, time));
            exposure.by_day.entry(day).or_default().add(count);
            let sender = message.and_then(|message| message.participant);
            let sender = sender
                .map(|id| Who::Participant(roster.person(id).map_or(id, |person| person.number)));
            if let Some(sender) = &sender {
                let seen = posted.entry(sender.clone()).or_default();
                seen.amount.add(count);
                seen.first.get_or_insert(number);
            }
            let (present, tells) = self.who_was_there(number);
            exposure.unknown += u64::from(!tells);
            let row = rows.entry((day, thread, sender.clone())).or_default();
            row.messages += 1;
            row.first.get_or_insert(number);
            for (data, count) in data {
                *row.data.entry(data).or_default() += count;
            }
            for (who, basis) in present {
                // Whoever posted it knew it.
                if Some(&who) == sender.as_ref() {
                    continue;
                }
                let seen = exposed.entry(who.clone()).or_default();
                match basis.is_open() {
                    true => seen.perhaps.add(count),
                    false => seen.amount.add(count),
                }
                seen.first.get_or_insert(number);
                match basis.is_open() {
                    true => row.perhaps.insert(who.clone()),
                    false => row.readers.insert(who.clone()),
                };
                readers.insert(who);
            }
            let of = exposure.by_thread.entry(thread).or_default();
            of.0.add(count);
            of.1 = readers.len() as u64;
        }
        let relation = |who: &Who| match who {
            Who::Participant(id) => roster
                .person(*id)
                .map(|person| person.relation)
                .filter(|relation| *relation != Relation::Unknown),
            Who::Named(_) => None,
            Who::Owner(_) => Some(Relation::Me),
        };
        let people = |seen: BTreeMap<Who, Seen>| {
            let mut people: Vec<(Who, Someone)> = seen
                .into_iter()
                .map(|(who, seen)| {
                    let someone = Someone {
                        name: who.name(store, roster),
                        relation: relation(&who),
                        amount: seen.amount,
                        perhaps: seen.perhaps,
                        first: seen.first.unwrap_or_default(),
                    };
                    (who, someone)
                })
                .collect();
            people.sort_by(|(_, one), (_, other)| {
                let key = |one: &Someone| (one.amount.messages, one.perhaps.messages);
                key(other)
                    .cmp(&key(one))
                    .then_with(|| one.name.cmp(&other.name))
            });
            people
        };
        let posted = people(posted);
        let place: BTreeMap<&Who, usize> =
            (0..).zip(&posted).map(|(at, (who, _))| (who, at)).collect();
        let is_stranger = |who: &&Who| relation(who).is_none_or(is_outside);
        let postings = rows.into_iter().map(|((day, thread, who), row)| {
            // Who was surely there once that day was there.
            let perhaps: BTreeSet<Who> = &row.perhaps - &row.readers;
            let strangers = row.readers.iter().chain(&perhaps).filter(is_stranger);
            Posting {
                day,
                thread,
                posted: who.and_then(|who| place.get(&who).copied()),
                data: row.data,
                messages: row.messages,
                first: row.first.unwrap_or_default(),
                strangers: strangers.count() as u64,
                readers: row.readers.len() as u64,
                perhaps: perhaps.len() as u64,
            }
        });
        exposure.postings = postings.collect();
        let alone = |people: Vec<(Who, Someone)>| people.into_iter().map(|(_, one)| one).collect();
        exposure.exposed = alone(people(exposed));
        exposure.posted = alone(posted);
        exposure
    }
}
