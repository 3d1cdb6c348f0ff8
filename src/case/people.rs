//! What the ledger says of people: changes that can be made, taken back and made again.
//!
//! A participant is named by its [`Handle`], never by its number: a newer importer may give other
//! numbers. Every change says what held before, so that entries can be replayed and checked.

use super::Store;
use crate::model::{Handle, ParticipantId, PersonId, SourceId};
use serde::{Deserialize, Serialize};

/// What a reviewer did with people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleAct {
    /// Names became one person.
    Join,
    /// Names were taken out of a person.
    Split,
    /// A person got a name.
    Rename,
    /// It was said what a person is to the custodian, or where they work.
    Mark,
    /// Suggestions were accepted.
    Accept,
    /// Suggestions were dismissed.
    Dismiss,
}

/// What is said of a person, one thing each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The name to show.
    Name,
    /// The entry of a list that the name was taken from; without it, the reviewer gave it.
    NameFrom,
    /// What they are to the custodian: the name of a [`crate::model::Relation`].
    Relation,
    /// Where they work.
    Organisation,
    /// As what.
    Position,
    /// The reviewer's notes.
    Notes,
    /// The entry of a contact list that they are: the list's number, a dot, its row.
    Contact,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum PeopleChange {
    /// Which person a participant is.
    Belongs {
        /// The participant.
        who: Handle,
        /// Before; `None` for nobody but itself.
        from: Option<PersonId>,
        /// From now on.
        to: Option<PersonId>,
    },
    /// What is said of a person.
    Says {
        /// The person.
        person: PersonId,
        /// What about.
        field: Field,
        /// Before.
        from: Option<String>,
        /// From now on.
        to: Option<String>,
    },
    /// Whether two are not one, whatever they have in common.
    Dismissed {
        /// One of the two.
        one: Handle,
        /// The other; of a contact, see [`contact_handle`].
        other: Handle,
        /// Before.
        from: bool,
        /// From now on.
        to: bool,
    },
    /// Whether a contact list counts.
    List {
        /// Its number.
        list: u32,
        /// Before.
        from: bool,
        /// From now on.
        to: bool,
    },
}

/// What a change is about: two changes of one subject follow one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Which person this participant is.
    Belongs(Handle),
    /// This of this person.
    Says(PersonId, Field),
    /// Whether these two are one.
    Dismissed(Handle, Handle),
    /// Whether this list counts.
    List(u32),
}

impl PeopleChange {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            PeopleChange::Belongs { who, .. } => Subject::Belongs(who.clone()),
            PeopleChange::Says { person, field, .. } => Subject::Says(*person, *field),
            PeopleChange::Dismissed { one, other, .. } => {
                Subject::Dismissed(one.clone(), other.clone())
            }
            PeopleChange::List { list, .. } => Subject::List(*list),
        }
    }

    /// The change that takes it back.
    #[must_use]
    pub fn reversed(self) -> PeopleChange {
        match self {
            PeopleChange::Belongs { who, from, to } => PeopleChange::Belongs {
                who,
                from: to,
                to: from,
            },
            PeopleChange::Says {
                person,
                field,
                from,
                to,
            } => PeopleChange::Says {
                person,
                field,
                from: to,
                to: from,
            },
            PeopleChange::Dismissed {
                one,
                other,
                from,
                to,
            } => PeopleChange::Dismissed {
                one,
                other,
                from: to,
                to: from,
            },
            PeopleChange::List { list, from, to } => PeopleChange::List {
                list,
                from: to,
                to: from,
            },
        }
    }
}

/// Who was said to be the custodian in an export, as the entry tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidMe {
    /// The number then.
    pub participant: ParticipantId,
    /// The name then; entries of the first dockets have none.
    pub name: Option<String>,
}

impl SaidMe {
    /// The number now: whoever bears the name in the export. Numbers are given while reading, and a
    /// newer docket may read more names.
    pub fn now(&self, store: &Store, source: SourceId) -> Option<ParticipantId> {
        let Some(name) = &self.name else {
            return Some(self.participant);
        };
        let is_named =
            |id: ParticipantId| store.participant(id).is_some_and(|one| one.name == *name);
        if is_named(self.participant) {
            return Some(self.participant);
        }
        let of = store.source(source)?;
        let channels: Vec<&str> = of
            .threads
            .iter()
            .filter_map(|id| store.thread(*id))
            .map(|thread| thread.channel.as_str())
            .collect();
        let mut all = store.participants().iter();
        let found = all.find(|one| one.name == *name && channels.contains(&one.channel.as_str()));
        found.map(|one| one.id)
    }
}

/// A file of contacts, sealed among the originals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactList {
    /// Its number: 1 for the first, never used again.
    pub list: u32,
    /// The name of the file.
    pub name: String,
    /// `vcard` or `csv`.
    pub format: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// How many contacts were read from it.
    pub contacts: u32,
    /// How many cards or rows could not be read.
    pub unreadable: u32,
    /// Which column is what, where a person said so: `name=Full name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What those who are accepted from it become; `None` leaves them as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<crate::model::Relation>,
}

/// The id of a contact: the list's number, a dot, its place in the list from 1 on.
pub fn contact_id(list: u32, row: u32) -> String {
    format!("{list}.{row}")
}

/// A contact in the place of a participant, where two are said not to be one.
pub fn contact_handle(id: &str) -> Handle {
    Handle {
        channel: "contacts".into(),
        name: id.to_owned(),
    }
}
