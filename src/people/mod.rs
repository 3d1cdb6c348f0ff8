//! Who is who: the people whom a reviewer made of the names, numbers and addresses that the
//! channels show.
//!
//! [`People`] is the fold of what the ledger says; [`Roster`] puts it beside the participants of a
//! case; [`suggest`] finds who may be one person, and why. Nothing is joined by itself.

mod keys;
mod lines;
pub mod membership;
mod roster;
pub mod suggest;
mod told;
mod whole;
mod wording;

pub use keys::Home;
pub use roster::{Custodians, NotOne, Person, Roster, own_name};

use crate::case::ledger::Entry;
use crate::case::people::{ContactList, Field, PeopleAct, PeopleChange, Subject};
use crate::model::{Handle, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the ledger says of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct People {
    /// Which person a participant is, by channel and name.
    belongs: BTreeMap<String, BTreeMap<String, PersonId>>,
    /// What is said of each person.
    said: BTreeMap<PersonId, BTreeMap<Field, String>>,
    /// Two that are not one.
    dismissed: BTreeSet<(Handle, Handle)>,
    /// All lists of contacts that were ever loaded, by number.
    lists: BTreeMap<u32, ContactList>,
    /// Those that count.
    active: BTreeSet<u32>,
    /// The number of the next person.
    next: u32,
}

/// A change that does not fit what held before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what it says of a person did not hold before it")]
pub struct Mismatch;

impl People {
    /// Which person a participant is, if it was ever joined or said anything of.
    pub fn person(&self, channel: &str, name: &str) -> Option<PersonId> {
        self.belongs.get(channel)?.get(name).copied()
    }

    /// What is said of a person.
    pub fn said(&self, person: PersonId, field: Field) -> Option<&str> {
        self.said.get(&person)?.get(&field).map(String::as_str)
    }

    /// Everyone who is some person's, in the order of channels and names.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str, PersonId)> {
        self.belongs.iter().flat_map(|(channel, names)| {
            names
                .iter()
                .map(|(name, person)| (channel.as_str(), name.as_str(), *person))
        })
    }

    /// Whether someone said that these two are not one.
    pub fn is_dismissed(&self, one: &Handle, other: &Handle) -> bool {
        !self.dismissed.is_empty() && self.dismissed.contains(&ordered(one, other))
    }

    /// The lists of contacts that count, by number.
    pub fn lists(&self) -> impl Iterator<Item = &ContactList> {
        self.active.iter().filter_map(|list| self.lists.get(list))
    }

    /// The number that the next list gets.
    pub fn next_list(&self) -> u32 {
        self.lists.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Follows one entry of the ledger; those that are about something else change nothing.
    ///
    /// # Errors
    /// [`Mismatch`] when it says that something held which did not; then nothing is changed.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        if let Entry::Contacts { list } = entry {
            self.lists.insert(list.list, list.clone());
        }
        let changes = entry.people();
        if changes.is_empty() {
            return Ok(());
        }
        for (done, change) in changes.iter().enumerate() {
            if let Err(mismatch) = self.apply(change) {
                for made in changes.iter().take(done).rev() {
                    self.apply(&made.clone().reversed())?;
                }
                return Err(mismatch);
            }
        }
        Ok(())
    }

    /// Whether what a change would change stands as it says.
    pub fn holds(&self, change: &PeopleChange) -> bool {
        match change {
            PeopleChange::Belongs { who, from, .. } => {
                self.person(&who.channel, &who.name) == *from
            }
            PeopleChange::Says {
                person,
                field,
                from,
                ..
            } => self.said(*person, *field) == from.as_deref(),
            PeopleChange::Dismissed {
                one, other, from, ..
            } => self.is_dismissed(one, other) == *from,
            PeopleChange::List { list, from, .. } => self.active.contains(list) == *from,
        }
    }

    fn apply(&mut self, change: &PeopleChange) -> Result<(), Mismatch> {
        if !self.holds(change) {
            return Err(Mismatch);
        }
        match change {
            PeopleChange::Belongs { who, to, .. } => {
                let names = self.belongs.entry(who.channel.clone()).or_default();
                match to {
                    Some(person) => {
                        names.insert(who.name.clone(), *person);
                        self.next = self.next.max(person.0.saturating_add(1));
                    }
                    None => {
                        names.remove(&who.name);
                        if names.is_empty() {
                            self.belongs.remove(&who.channel);
                        }
                    }
                }
            }
            PeopleChange::Says {
                person, field, to, ..
            } => {
                self.next = self.next.max(person.0.saturating_add(1));
                let said = self.said.entry(*person).or_default();
                match to {
                    Some(value) => said.insert(*field, value.clone()),
                    None => said.remove(field),
                };
                if said.is_empty() {
                    self.said.remove(person);
                }
            }
            PeopleChange::Dismissed { one, other, to, .. } => {
                let pair = ordered(one, other);
                if *to {
                    self.dismissed.insert(pair);
                } else {
                    self.dismissed.remove(&pair);
                }
            }
            PeopleChange::List { list, to, .. } => {
                if *to {
                    self.active.insert(*list);
                } else {
                    self.active.remove(list);
                }
            }
        }
        Ok(())
    }
}

fn ordered(one: &Handle, other: &Handle) -> (Handle, Handle) {
    if one <= other {
        (one.clone(), other.clone())
    } else {
        (other.clone(), one.clone())
    }
}

/// Changes in the making: each holds on top of those before it.
#[derive(Clone, Debug)]
pub struct Draft {
    people: People,
    changes: Vec<PeopleChange>,
    /// Who each person is, and which person each contact: for many changes at once.
    members: BTreeMap<PersonId, BTreeSet<Handle>>,
    contacts: BTreeMap<String, PersonId>,
}

impl Draft {
    /// On top of what holds.
    pub fn of(people: &People) -> Draft {
        let mut draft = Draft {
            people: people.clone(),
            changes: Vec::new(),
            members: BTreeMap::new(),
            contacts: BTreeMap::new(),
        };
        for (channel, name, person) in people.members() {
            let who = Handle {
                channel: channel.to_owned(),
                name: name.to_owned(),
            };
            draft.members.entry(person).or_default().insert(who);
        }
        for (person, said) in &people.said {
            if let Some(contact) = said.get(&Field::Contact) {
                draft.contacts.insert(contact.clone(), *person);
            }
        }
        draft
    }

    /// Everyone who is a person now.
    fn members(&self, person: PersonId) -> Vec<Handle> {
        let members = self.members.get(&person);
        members.into_iter().flatten().cloned().collect()
    }

    /// Everyone who is the person that an entry of a contact list is.
    pub fn members_of_contact(&self, contact: &str) -> Vec<Handle> {
        let person = self.contacts.get(contact);
        person.map_or_else(Vec::new, |person| self.members(*person))
    }

    /// What would hold.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// The changes.
    pub fn changes(self) -> Vec<PeopleChange> {
        self.changes
    }

    /// Adds a change, where what it says held before does; says whether it did.
    pub fn add(&mut self, change: PeopleChange) -> bool {
        if self.people.apply(&change).is_err() {
            return false;
        }
        match &change {
            PeopleChange::Belongs { who, from, to } => {
                if let Some(members) = from.and_then(|from| self.members.get_mut(&from)) {
                    members.remove(who);
                }
                if let Some(to) = to {
                    self.members.entry(*to).or_default().insert(who.clone());
                }
            }
            PeopleChange::Says {
                person,
                field: Field::Contact,
                from,
                to,
            } => {
                if let Some(from) = from {
                    self.contacts.remove(from);
                }
                if let Some(to) = to {
                    self.contacts.insert(to.clone(), *person);
                }
            }
            _ => {}
        }
        self.changes.push(change);
        true
    }

    /// The person that a participant is; one of its own where it is none yet.
    pub fn person_of(&mut self, who: &Handle) -> PersonId {
        if let Some(person) = self.people.person(&who.channel, &who.name) {
            return person;
        }
        let person = PersonId(self.people.next);
        self.belong(who, Some(person));
        person
    }

    /// Says which person a participant is.
    pub fn belong(&mut self, who: &Handle, to: Option<PersonId>) {
        let from = self.people.person(&who.channel, &who.name);
        if from != to {
            let who = who.clone();
            self.add(PeopleChange::Belongs { who, from, to });
        }
    }

    /// Says something of a person; an empty value takes it back.
    pub fn say(&mut self, person: PersonId, field: Field, value: &str) {
        let from = self.people.said(person, field).map(str::to_owned);
        let to = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        if from != to {
            self.add(PeopleChange::Says {
                person,
                field,
                from,
                to,
            });
        }
    }

    /// Says something of a person of whom it is not said yet.
    pub fn say_first(&mut self, person: PersonId, field: Field, value: &str) -> bool {
        let is_first = self.people.said(person, field).is_none();
        if is_first {
            self.say(person, field, value);
        }
        is_first
    }

    /// Says that two are not one.
    pub fn dismiss(&mut self, one: &Handle, other: &Handle) {
        if !self.people.is_dismissed(one, other) {
            let (one, other) = ordered(one, other);
            self.add(PeopleChange::Dismissed {
                one,
                other,
                from: false,
                to: true,
            });
        }
    }

    /// Makes one person of several groups of participants. The first of them that is a person
    /// already stays; what is said of the others, and not of it, is said of it from now on.
    pub fn join(&mut self, groups: &[Vec<Handle>]) -> Option<PersonId> {
        let known = groups.iter().flatten().find_map(|who| {
            let person = self.people.person(&who.channel, &who.name)?;
            Some(person)
        });
        let person = match known {
            Some(person) => person,
            None => self.person_of(groups.iter().flatten().next()?),
        };
        let others: BTreeSet<PersonId> = groups
            .iter()
            .flatten()
            .filter_map(|who| self.people.person(&who.channel, &who.name))
            .filter(|other| *other != person)
            .collect();
        for who in groups.iter().flatten() {
            self.belong(who, Some(person));
        }
        for before in others {
            // Whoever else that person is comes too.
            for who in &self.members(before) {
                self.belong(who, Some(person));
            }
            let said = self.people.said.get(&before).cloned().unwrap_or_default();
            // A name and where it comes from belong together.
            let named = self.people.said(person, Field::Name).is_some();
            for (field, value) in said {
                if !(field == Field::NameFrom && named) {
                    self.say_first(person, field, &value);
                }
            }
        }
        Some(person)
    }
}

/// An act in a few words: `joined 3 names`.
pub fn in_words(entry: &Entry) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    match entry {
        Entry::Contacts { list } => format!(
            "{} loaded from {}",
            counted(
                usize::try_from(list.contacts).unwrap_or(usize::MAX),
                "contact",
                "contacts"
            ),
            list.name
        ),
        Entry::People { act, changes } => {
            let subjects: BTreeSet<Subject> = changes.iter().map(PeopleChange::subject).collect();
            let names = subjects
                .iter()
                .filter(|subject| matches!(subject, Subject::Belongs(_)))
                .count();
            let said = |wanted: Field| {
                changes.iter().rev().find_map(|change| match change {
                    PeopleChange::Says { field, to, .. } if *field == wanted => Some(to.as_deref()),
                    _ => None,
                })
            };
            let people: BTreeSet<PersonId> = changes
                .iter()
                .filter_map(|change| match change {
                    PeopleChange::Says { person, .. } => Some(*person),
                    PeopleChange::Belongs { to, .. } => *to,
                    _ => None,
                })
                .collect();
            let persons = counted(people.len(), "person", "people");
            match act {
                PeopleAct::Join => {
                    format!(
                        "joined into one person: {}",
                        counted(names, "name", "names")
                    )
                }
                PeopleAct::Split => {
                    format!("taken out of a person: {}", counted(names, "name", "names"))
                }
                PeopleAct::Rename => match said(Field::Name).flatten() {
                    Some(name) => format!("named a person {name}"),
                    None => "a person's name taken back".into(),
                },
                PeopleAct::Mark => {
                    let mut words: Vec<String> = Vec::new();
                    for (field, label) in [
                        (Field::Relation, ""),
                        (Field::Organisation, "of "),
                        (Field::Position, "as "),
                    ] {
                        match said(field) {
                            Some(Some(value)) => words.push(format!("{label}{value}")),
                            Some(None) if field == Field::Relation => words.push("unknown".into()),
                            _ => {}
                        }
                    }
                    if said(Field::Notes).is_some() {
                        words.push("notes".into());
                    }
                    format!("{persons} marked: {}", words.join(", "))
                }
                PeopleAct::Accept => format!("suggestions accepted: {persons}"),
                PeopleAct::Dismiss => {
                    let pairs = subjects.len();
                    format!("dismissed: {}", counted(pairs, "suggestion", "suggestions"))
                }
            }
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
