//! Who could read personal data: for each message with some, who was in the conversation then.
//!
//! It counts what detectors point at and nobody dismissed, by kind of data, by day, by who posted it
//! and by who was there. Who was there follows from lines of the app, lists of members and messages
//! ([`crate::people::membership`]); where that leaves it open it is counted apart.

use super::findings::{Looked, Verdict};
use super::session::Session;
use crate::findings::kept::Texts;
use crate::findings::{Data, Finding};
use crate::model::{MessageNumber, Relation, ThreadId};
use crate::people::membership::Who;
use chrono::{DateTime, NaiveDate, TimeZone};
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
        !matches!(self.relation, Some(Relation::Me | Relation::Colleague))
    }
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
}

impl Amount {
    fn add(&mut self, findings: u64) {
        self.findings += findings;
        self.messages += 1;
    }
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
            for (data, count) in data {
                exposure.by_data.entry(data).or_default().add(count);
            }
            for (id, count) in types {
                exposure.by_type.entry(id).or_default().add(count);
            }
            let message = store.message(number);
            let time = message.and_then(|message| message.time);
            let day = time.and_then(|time| {
                let time = DateTime::from_timestamp(time, 0)?;
                Some(
                    store
                        .zone()
                        .from_utc_datetime(&time.naive_utc())
                        .date_naive(),
                )
            });
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
                readers.insert(who);
            }
            let of = exposure.by_thread.entry(thread).or_default();
            of.0.add(count);
            of.1 = readers.len() as u64;
        }
        let people = |seen: BTreeMap<Who, Seen>| {
            let mut people: Vec<Someone> = seen
                .into_iter()
                .map(|(who, seen)| Someone {
                    name: who.name(store, roster),
                    relation: match &who {
                        Who::Participant(id) => roster
                            .person(*id)
                            .map(|person| person.relation)
                            .filter(|relation| *relation != Relation::Unknown),
                        Who::Named(_) => None,
                        Who::Owner(_) => Some(Relation::Me),
                    },
                    amount: seen.amount,
                    perhaps: seen.perhaps,
                    first: seen.first.unwrap_or_default(),
                })
                .collect();
            people.sort_by(|one, other| {
                let key = |one: &Someone| (one.amount.messages, one.perhaps.messages);
                key(other)
                    .cmp(&key(one))
                    .then_with(|| one.name.cmp(&other.name))
            });
            people
        };
        exposure.posted = people(posted);
        exposure.exposed = people(exposed);
        exposure
    }
}
