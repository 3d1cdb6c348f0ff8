//! Who is likely the custodian of an export, and why. Proposes only: nothing is said by itself.
//!
//! The one with whom all others speak is the custodian: someone who takes part in all threads of
//! an export, or whose chats of two bear the other one's name; someone who is the custodian of
//! another export, or bears the custodian's name. What holds for two people at once tells nothing.

use super::people::Cast;
use crate::case::Thread;
use crate::import::email;
use crate::model::{Address, ParticipantId, SourceId, ThreadId};
use crate::people::Person;
use crate::text::fold;
use std::collections::{BTreeMap, BTreeSet};

/// Someone who may be the custodian of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likely {
    /// One of their names in the export.
    pub participant: ParticipantId,
    /// What speaks for it, in a few words.
    pub reason: String,
    /// Whether that is more than that they take part.
    pub is_telling: bool,
}

/// What speaks for someone, the strongest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    /// A chat of two bears their name.
    Titled,
    /// They take part.
    Present,
    /// They are the custodian of another export.
    Elsewhere,
    /// They take part in all of several threads.
    Everywhere,
    /// Chats of two bear the other one's name.
    OtherSide,
    /// They bear the custodian's name.
    Named,
    /// The export says what they sent.
    Told,
}

/// What one person does in an export.
#[derive(Default)]
struct Part {
    participant: Option<ParticipantId>,
    threads: usize,
    is_titled: bool,
    is_other: bool,
}

/// What is known of a case when it is asked who is likely.
pub(super) struct Ground<'a> {
    cast: &'a Cast,
    /// Who takes part in each thread: whoever sent something, or was sent something.
    threads: BTreeMap<ThreadId, Vec<ParticipantId>>,
    /// In how many threads each person takes part, by number.
    everywhere: BTreeMap<ParticipantId, u32>,
    /// The exports that are each person's: said, or told by the export.
    owns: BTreeMap<ParticipantId, BTreeSet<SourceId>>,
    /// The same by name, folded: nobody may have joined them yet.
    owns_by_name: BTreeMap<String, BTreeSet<SourceId>>,
    custodian: Option<String>,
}

impl<'a> Ground<'a> {
    /// `owners` are those who sent what each export says was sent by its owner, by number.
    pub(super) fn of(
        cast: &'a Cast,
        custodian: Option<&str>,
        owners: &[BTreeSet<ParticipantId>],
    ) -> Ground<'a> {
        let store = &cast.store;
        let mut threads: BTreeMap<ThreadId, Vec<ParticipantId>> = BTreeMap::new();
        let by_name: BTreeMap<(&str, &str), ParticipantId> = store
            .participants()
            .iter()
            .map(|one| ((one.channel.as_str(), one.name.as_str()), one.id))
            .collect();
        let recipients = store.recipients();
        for thread in store.threads() {
            let named = recipients.get(&thread.id).into_iter().flatten();
            let named = named.filter_map(|name| by_name.get(&(thread.channel.as_str(), *name)));
            let all = thread.participants.iter().chain(named).copied();
            let all: BTreeSet<ParticipantId> = all.collect();
            threads.insert(thread.id, all.into_iter().collect());
        }
        let number = |id: ParticipantId| cast.roster.person(id).map_or(id, |person| person.number);
        let mut everywhere: BTreeMap<ParticipantId, u32> = BTreeMap::new();
        for people in threads.values() {
            let people: BTreeSet<ParticipantId> = people.iter().map(|id| number(*id)).collect();
            for person in people {
                *everywhere.entry(person).or_default() += 1;
            }
        }
        let mut owns: BTreeMap<ParticipantId, BTreeSet<SourceId>> = BTreeMap::new();
        let mut owns_by_name: BTreeMap<String, BTreeSet<SourceId>> = BTreeMap::new();
        for (source, owners) in store.sources().iter().zip(owners) {
            let said = cast.custodians.in_source(source.id).unwrap_or_default();
            // Where an export tells of several, it is of none of them more than of the others.
            let told = owners.iter().filter(|_| owners.len() == 1);
            for id in said.iter().chain(told) {
                owns.entry(number(*id)).or_default().insert(source.id);
                if let Some(person) = cast.roster.person(*id) {
                    let named = owns_by_name.entry(fold(person.name.trim())).or_default();
                    named.insert(source.id);
                }
            }
        }
        Ground {
            cast,
            threads,
            everywhere,
            owns,
            owns_by_name,
            custodian: custodian.map(|name| fold(name.trim())),
        }
    }

    /// Who may be the custodian of an export, the likeliest first. `owners` are those who sent what
    /// it says was sent by its owner.
    pub(super) fn likely(&self, source: SourceId, owners: &BTreeSet<ParticipantId>) -> Vec<Likely> {
        let Some(of) = self.cast.store.source(source) else {
            return Vec::new();
        };
        let parts = self.parts(&of.threads);
        let all = of.threads.len();
        let in_all = parts.values().filter(|part| part.threads == all).count();
        let others = |owned: Option<&BTreeSet<SourceId>>| {
            owned.is_some_and(|owned| owned.iter().any(|other| *other != source))
        };
        let elsewhere = |number: &ParticipantId| others(self.owns.get(number));
        let by_name = |number: &ParticipantId| {
            let person = self.cast.roster.person(*number);
            let name = person.map(|person| fold(person.name.trim()));
            others(name.and_then(|name| self.owns_by_name.get(&name)))
        };
        // Of two custodians in one chat each may have exported it.
        let known = parts
            .keys()
            .filter(|number| elsewhere(number) || by_name(number))
            .count();
        let mut likely: Vec<((Evidence, u32), Likely)> = Vec::new();
        for (number, part) in &parts {
            let (Some(participant), Some(person)) =
                (part.participant, self.cast.roster.person(*number))
            else {
                continue;
            };
            let everywhere = self.everywhere.get(number).copied().unwrap_or_default();
            let owner = owners.iter().any(|id| person.participants.contains(id));
            let (evidence, reason) = match () {
                () if owner && owners.len() == 1 => {
                    (Evidence::Told, "the export says what they sent".to_owned())
                }
                () if self.is_named(person) => {
                    (Evidence::Named, "bears the custodian's name".to_owned())
                }
                () if part.is_titled => (
                    Evidence::Titled,
                    "the chat bears this name: likely the other side".to_owned(),
                ),
                () if part.is_other => (
                    Evidence::OtherSide,
                    "the chat bears the other one's name".to_owned(),
                ),
                () if all > 1 && part.threads == all && in_all == 1 => (
                    Evidence::Everywhere,
                    format!("takes part in all {all} threads of this export, as no one else does"),
                ),
                () if elsewhere(number) && known == 1 => (
                    Evidence::Elsewhere,
                    "is the custodian of another export".to_owned(),
                ),
                () if by_name(number) && known == 1 => (
                    Evidence::Elsewhere,
                    "bears the name of another export's custodian".to_owned(),
                ),
                () => (
                    Evidence::Present,
                    format!("takes part in {everywhere} of the case's threads"),
                ),
            };
            let one = Likely {
                participant,
                reason,
                is_telling: evidence > Evidence::Present,
            };
            likely.push(((evidence, everywhere), one));
        }
        likely.sort_by_key(|(weight, one)| (std::cmp::Reverse(*weight), one.participant));
        // Two of whom the same holds, in an export of one chat with each: neither is likelier.
        let best = likely.first().map(|((evidence, _), _)| *evidence);
        let equal = likely
            .iter()
            .filter(|((evidence, _), _)| Some(*evidence) == best);
        let is_open = equal.count() > 1;
        for ((evidence, _), one) in &mut likely {
            one.is_telling &= !(is_open && Some(*evidence) == best);
        }
        likely.into_iter().map(|(_, one)| one).collect()
    }

    /// What each person does in these threads, by number.
    fn parts(&self, threads: &[ThreadId]) -> BTreeMap<ParticipantId, Part> {
        let (store, roster) = (&self.cast.store, &self.cast.roster);
        let mut parts: BTreeMap<ParticipantId, Part> = BTreeMap::new();
        for thread in threads.iter().filter_map(|id| store.thread(*id)) {
            let mut here: BTreeMap<ParticipantId, (ParticipantId, bool)> = BTreeMap::new();
            for id in self.threads.get(&thread.id).into_iter().flatten() {
                let number = roster.person(*id).map_or(*id, |person| person.number);
                let (_, bears) = here.entry(number).or_insert((*id, false));
                *bears |= self.bears_title(thread, *id);
            }
            let titled = here.values().filter(|(_, bears)| *bears).count();
            for (number, (id, bears)) in &here {
                let part = parts.entry(*number).or_default();
                part.participant = part.participant.or(Some(*id));
                part.threads += 1;
                part.is_titled |= *bears;
                part.is_other |= here.len() == 2 && titled == 1 && !bears;
            }
        }
        parts
    }

    /// Whether a chat of two is called after a participant. Mails are called after subjects.
    fn bears_title(&self, thread: &Thread, id: ParticipantId) -> bool {
        if thread.group == Some(true) || thread.channel == email::CHANNEL {
            return false;
        }
        let participant = self.cast.store.participant(id);
        participant.is_some_and(|of| {
            let name = fold(&Address::parse(&of.name).name);
            !name.is_empty() && fold(&thread.title).contains(&name)
        })
    }

    fn is_named(&self, person: &Person) -> bool {
        let Some(custodian) = self.custodian.as_deref().filter(|name| !name.is_empty()) else {
            return false;
        };
        let names = person
            .participants
            .iter()
            .filter_map(|id| self.cast.store.participant(*id))
            .map(|of| fold(&Address::parse(&of.name).name));
        names
            .chain([fold(&person.name)])
            .any(|name| !name.is_empty() && (custodian.contains(&name) || name.contains(custodian)))
    }
}
