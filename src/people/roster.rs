//! The people of a case: its participants, put together as the ledger says.

use super::{Field, People};
use crate::case::{Field as Addressed, Participant, Store};
use crate::model::{Address, Handle, ParticipantId, PersonId, Relation, SourceId};
use crate::text::fold;
use roaring::RoaringBitmap;
use std::collections::BTreeSet;

/// One person: one participant, or several that a reviewer joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The lowest number among the participants: what the person is called by.
    pub number: ParticipantId,
    /// The number in the ledger; `None` of a participant of which nothing was said.
    pub id: Option<PersonId>,
    /// The names, numbers and addresses, by number.
    pub participants: Vec<ParticipantId>,
    /// The name to show: the one given, else the most telling of the channels' own.
    pub name: String,
    /// Whether the name was given.
    pub is_named: bool,
    /// Whether the name given was taken from a contact list.
    pub is_listed: bool,
    /// What they are to the custodian.
    pub relation: Relation,
    /// Where they work; empty where nobody said.
    pub organisation: String,
    /// As what; empty where nobody said.
    pub position: String,
    /// The reviewer's notes.
    pub notes: String,
    /// The entry of a contact list that they are.
    pub contact: Option<String>,
}

impl Person {
    /// What they are and where they work, in a few words; empty where nothing was said.
    pub fn standing(&self) -> String {
        let mut words = Vec::new();
        if self.relation != Relation::Unknown {
            words.push(self.relation.name());
        }
        words.extend(
            [self.position.as_str(), self.organisation.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty()),
        );
        words.join(", ")
    }
}

/// Why words name no one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOne {
    /// Nobody bears them.
    Nobody,
    /// So many do; the first of them.
    Several(Vec<ParticipantId>),
}

/// Everyone who sent or was sent something in a case, as people. A snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    people: Vec<Person>,
    /// For each participant, by number, the place of its person.
    places: Vec<u32>,
}

impl Roster {
    /// Puts the participants of a case together.
    pub fn of(store: &Store, people: &People) -> Roster {
        let mut roster = Roster::default();
        let mut known = std::collections::BTreeMap::new();
        for participant in store.participants() {
            let id = people.person(&participant.channel, &participant.name);
            let next = roster.people.len();
            let place = match id {
                Some(id) => *known.entry(id).or_insert(next),
                None => next,
            };
            if place == next {
                roster.people.push(Person {
                    number: participant.id,
                    id,
                    ..Person::default()
                });
            }
            roster.places.push(u32::try_from(place).unwrap_or(u32::MAX));
            if let Some(person) = roster.people.get_mut(place) {
                person.participants.push(participant.id);
            }
        }
        for person in &mut roster.people {
            describe(person, store, people);
        }
        roster
    }

    /// All people, by number.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The person that a participant is.
    pub fn person(&self, participant: ParticipantId) -> Option<&Person> {
        let place = self.places.get(usize::try_from(participant.0).ok()?)?;
        self.people.get(usize::try_from(*place).ok()?)
    }

    /// Whether two participants are one person.
    pub fn is_one(&self, one: ParticipantId, other: ParticipantId) -> bool {
        let place = |id: ParticipantId| self.places.get(usize::try_from(id.0).ok()?);
        one == other || (place(one).is_some() && place(one) == place(other))
    }

    /// The one person whom words name: a number as it is listed, a name in full as a channel or
    /// the reviewer writes it, or else a part of a name that only one person bears.
    ///
    /// # Errors
    /// [`NotOne`] where nobody or several bear it.
    pub fn find(&self, store: &Store, words: &str) -> Result<&Person, NotOne> {
        if let Ok(number) = words.parse::<u32>()
            && words.len() <= 9
            && let Some(person) = self.person(ParticipantId(number))
        {
            return Ok(person);
        }
        let wanted = fold(words);
        let wanted = wanted.trim();
        let names = |person: &Person| -> Vec<String> {
            let own = person
                .participants
                .iter()
                .filter_map(|id| store.participant(*id))
                .map(|participant| fold(&participant.name));
            own.chain([fold(&person.name)]).collect()
        };
        for whole in [true, false] {
            let bears = |person: &&Person| {
                names(person).iter().any(|name| match whole {
                    true => name == wanted,
                    false => !wanted.is_empty() && name.contains(wanted),
                })
            };
            let mut found = self.people.iter().filter(bears);
            match (found.next(), found.next()) {
                (Some(one), None) => return Ok(one),
                (Some(one), Some(two)) => {
                    let numbers = [one, two].into_iter().chain(found.take(8));
                    return Err(NotOne::Several(numbers.map(|p| p.number).collect()));
                }
                (None, _) => {}
            }
        }
        Err(NotOne::Nobody)
    }
}

/// A participant as the ledger names it.
pub(super) fn handle(participant: &Participant) -> Handle {
    Handle {
        channel: participant.channel.clone(),
        name: participant.name.clone(),
    }
}

fn describe(person: &mut Person, store: &Store, people: &People) {
    let said = |field| {
        person
            .id
            .and_then(|id| people.said(id, field))
            .unwrap_or_default()
            .to_owned()
    };
    let given = said(Field::Name);
    let relation = Relation::from_name(&said(Field::Relation)).unwrap_or_default();
    let contact = Some(said(Field::Contact)).filter(|contact| !contact.is_empty());
    person.organisation = said(Field::Organisation);
    person.position = said(Field::Position);
    person.notes = said(Field::Notes);
    person.is_listed = !said(Field::NameFrom).is_empty();
    person.relation = relation;
    person.contact = contact;
    person.is_named = !given.is_empty();
    person.name = if person.is_named {
        given
    } else {
        own_name(
            person
                .participants
                .iter()
                .filter_map(|id| store.participant(*id)),
        )
    };
}

/// The most telling of several names: one of several words before one of one, a name before an
/// address, an address before a number; of equals the first.
pub fn own_name<'a>(participants: impl Iterator<Item = &'a Participant>) -> String {
    let mut best: Option<(u8, String)> = None;
    for participant in participants {
        let address = Address::parse(&participant.name);
        let name = address.name.trim_start_matches('~').trim();
        let rank = match name {
            _ if participant.is_number => 0,
            "" => 1,
            name if !name.chars().any(char::is_alphabetic) => 0,
            name if name.contains('@') && !name.contains(' ') => 1,
            name if name.contains(char::is_whitespace) => 3,
            _ => 2,
        };
        let shown = if name.is_empty() {
            participant.name.clone()
        } else {
            name.to_owned()
        };
        if best.as_ref().is_none_or(|(before, _)| rank > *before) {
            best = Some((rank, shown));
        }
    }
    best.map(|(_, name)| name).unwrap_or_default()
}

/// Who the custodian is in each source, where that is known: said for the source, or for a person
/// who appears in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custodians {
    /// By source: sorted; empty where it is not known.
    sources: Vec<Vec<ParticipantId>>,
}

impl Custodians {
    /// Puts together what was said for sources (`me`) and of people.
    ///
    /// What was said for a source holds there, for all the names of that person. Elsewhere the
    /// custodian is whoever is marked so and sent or received something in the source.
    pub fn of(
        store: &Store,
        roster: &Roster,
        me: impl Fn(SourceId) -> Option<ParticipantId>,
    ) -> Custodians {
        let marked: Vec<&Person> = roster
            .people
            .iter()
            .filter(|person| person.relation == Relation::Me)
            .collect();
        let marked_ids = marked
            .iter()
            .flat_map(|person| person.participants.iter().copied())
            .collect();
        let marked_ids = with_same_mailbox(store, marked_ids);
        let addresses: BTreeSet<String> = marked_ids
            .iter()
            .filter_map(|id| store.participant(*id))
            .map(|participant| address_of(&participant.name))
            .collect();
        let received = if addresses.is_empty() {
            RoaringBitmap::new()
        } else {
            store.with_value(&|field, value| {
                Addressed::RECIPIENTS.contains(&field) && addresses.contains(&address_of(value))
            })
        };
        let sources = store
            .sources()
            .iter()
            .map(|source| {
                if let Some(said) = me(source.id) {
                    let names = roster
                        .person(said)
                        .map_or_else(|| vec![said], |person| person.participants.clone());
                    return with_same_mailbox(store, names);
                }
                if marked_ids.is_empty() {
                    return Vec::new();
                }
                let sends = source
                    .threads
                    .iter()
                    .filter_map(|id| store.thread(*id))
                    .flat_map(|thread| &thread.participants)
                    .any(|id| marked_ids.binary_search(id).is_ok());
                let numbers = source.numbers.clone();
                let receives = || received.range_cardinality(numbers) > 0;
                if sends || receives() {
                    marked_ids.clone()
                } else {
                    Vec::new()
                }
            })
            .collect();
        Custodians { sources }
    }

    /// The custodian's names in a source; `None` where it is not known who that is.
    pub fn in_source(&self, source: SourceId) -> Option<&[ParticipantId]> {
        let known = self.sources.get(usize::try_from(source.0).ok()?)?;
        (!known.is_empty()).then_some(known.as_slice())
    }

    /// Whether a participant is the custodian in a source; `None` where that is not known.
    pub fn is_custodian(&self, source: SourceId, participant: ParticipantId) -> Option<bool> {
        let known = self.in_source(source)?;
        Some(known.binary_search(&participant).is_ok())
    }
}

/// These participants and all that have the same e-mail address as one of them, sorted: mails write
/// one mailbox with many names, and in small and large letters.
fn with_same_mailbox(store: &Store, mut ids: Vec<ParticipantId>) -> Vec<ParticipantId> {
    let of = |id: &ParticipantId| store.participant(*id).map(|one| address_of(&one.name));
    let addresses: BTreeSet<String> = ids
        .iter()
        .filter_map(of)
        .filter(|address| address.contains('@'))
        .collect();
    if !addresses.is_empty() {
        let all = store.participants().iter();
        let same = all.filter(|one| addresses.contains(&address_of(&one.name)));
        ids.extend(same.map(|one| one.id));
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The address of `Name <address>`, else the whole; folded.
pub(super) fn address_of(shown: &str) -> String {
    let address = Address::parse(shown);
    fold(if address.address.is_empty() {
        &address.name
    } else {
        &address.address
    })
}
