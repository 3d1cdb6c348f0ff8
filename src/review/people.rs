//! What a reviewer does with people: joins names, says who they are, loads lists of contacts,
//! accepts and dismisses suggestions. Each act is one entry of the ledger, and is taken back and
//! made again with the same undo and redo as decisions.

use super::ReviewError;
use super::facts::Facts;
use super::session::Session;
use super::steps::{self, Acted};
use crate::case::ledger::{Entry, Reading, Recorded};
use crate::case::people::{ContactList, Field, PeopleAct, PeopleChange, Subject};
use crate::case::{Case, Store, TIME_ZONE};
use crate::import::contacts::{self, Contact, NoContacts};
use crate::model::{Handle, Kind, ParticipantId, PersonId, Relation, SourceId};
use crate::people::suggest::{self, Known, Listed, Side, Strength, Suggestion};
use crate::people::{Custodians, Draft, Home, People, Roster};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, PoisonError};

/// The longest name, organisation or position, in bytes.
const MAX_SAID: usize = 1_000;
/// The longest notes, in bytes.
const MAX_NOTES: usize = 10_000;

/// Who is who at one moment of a case.
#[derive(Clone)]
pub struct Cast {
    /// The messages.
    pub store: Arc<Store>,
    /// What the ledger says of people.
    pub people: Arc<People>,
    /// The facts.
    facts: Arc<Facts>,
    /// The participants, put together.
    pub roster: Arc<Roster>,
    /// Who the custodian is in each source.
    pub custodians: Arc<Custodians>,
}

impl Cast {
    /// Who the custodian is in a source: the name there where it was said for the source, else the
    /// person who is marked so and appears in it. `None` where it is not known.
    pub fn me(&self, source: SourceId) -> Option<String> {
        if let Some(said) = self.facts.me(&self.store, source) {
            return Some(self.store.participant(said)?.name.clone());
        }
        let first = self.custodians.in_source(source)?.first()?;
        Some(self.roster.person(*first)?.name.clone())
    }

    /// For each participant, by number, the exports of the threads in which it sent something, and
    /// of the messages that were addressed to it.
    pub fn sources(&self) -> Vec<BTreeSet<SourceId>> {
        let addressed = self.store.addressed();
        let mut sources = vec![BTreeSet::new(); self.store.participants().len()];
        for thread in self.store.threads() {
            for id in &thread.participants {
                if let Ok(at) = usize::try_from(id.0)
                    && let Some(sources) = sources.get_mut(at)
                {
                    sources.extend(thread.sources.iter().copied());
                }
            }
        }
        for (participant, sources) in self.store.participants().iter().zip(&mut sources) {
            let key = (participant.channel.as_str(), participant.name.as_str());
            if let Some(addressed) = addressed.get(&key) {
                sources.extend(&addressed.sources);
            }
        }
        sources
    }
}

/// What is said of people at once; `None` leaves what holds, an empty text takes it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marking {
    /// What they are to the custodian.
    pub relation: Option<Relation>,
    /// Where they work.
    pub organisation: Option<String>,
    /// As what.
    pub position: Option<String>,
    /// Notes: they stay in the case.
    pub notes: Option<String>,
}

/// What loading a list of contacts did.
#[derive(Clone, Debug, PartialEq)]
pub struct ListReport {
    /// The ledger's entry; `None` where the list was loaded before.
    pub recorded: Option<Recorded>,
    /// The list.
    pub list: ContactList,
    /// Cards or rows that could not be used: their place in the list, and why.
    pub unreadable: Vec<(u32, String)>,
    /// What each column was taken for.
    pub columns: Vec<String>,
    /// How many suggestions it gives, and how many of them by an exact number or address.
    pub suggestions: (u32, u32),
    /// How many contacts match nobody of the case.
    pub unmatched: u32,
}

/// What a person sent, and what was sent to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Messages per channel; lines of the app that name them are none.
    pub channels: BTreeMap<String, u32>,
    /// How many messages were addressed to them, where exports say so message by message.
    pub addressed: u32,
    /// The earliest time of what they sent, seconds UTC.
    pub first: Option<i64>,
    /// The latest.
    pub last: Option<i64>,
}

impl Sent {
    /// On all channels.
    pub fn total(&self) -> u32 {
        self.channels.values().sum()
    }
}

impl Session {
    /// Who is who now. Made anew when people, facts or messages changed, which takes time with the
    /// number of participants.
    pub fn cast(&self) -> Cast {
        let (store, people, facts) = (self.store(), self.people(), self.facts());
        let mut kept = self.cast.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cast) = &*kept
            && Arc::ptr_eq(&cast.store, &store)
            && Arc::ptr_eq(&cast.people, &people)
            && Arc::ptr_eq(&cast.facts, &facts)
        {
            return cast.clone();
        }
        let roster = Arc::new(Roster::of(&store, &people));
        let custodians = Custodians::of(&store, &roster, |source| facts.me(&store, source));
        let cast = Cast {
            store,
            people,
            facts,
            roster,
            custodians: Arc::new(custodians),
        };
        *kept = Some(cast.clone());
        cast
    }

    /// Puts anew together who is who, if somebody asked before: so that the work is done where
    /// something changed, and not where it is shown.
    pub(super) fn renew_cast(&self) {
        let asked = self.cast.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked = asked.is_some();
        drop(asked);
        if is_asked {
            self.cast();
        }
    }

    /// The participants, put together; see [`Session::cast`].
    pub fn roster(&self) -> Arc<Roster> {
        self.cast().roster
    }

    /// Who the custodian is in each source; see [`Session::cast`].
    pub fn custodians(&self) -> Arc<Custodians> {
        self.cast().custodians
    }

    /// What each person of a roster sent, in its order. Reads a column of all messages: for a worker
    /// thread.
    pub fn sent(&self, cast: &Cast) -> Vec<Sent> {
        let store = &cast.store;
        let count = store.participants().len();
        let mut each: Vec<(u32, Option<i64>, Option<i64>)> = vec![(0, None, None); count];
        let columns = store.senders().zip(store.times()).zip(store.kinds());
        for ((sender, time), kind) in columns {
            let Some(sender) = sender.filter(|_| !matches!(kind, Kind::System)) else {
                continue;
            };
            let at = usize::try_from(sender.0).unwrap_or(usize::MAX);
            let Some((messages, first, last)) = each.get_mut(at) else {
                continue;
            };
            *messages += 1;
            if let Some(time) = time {
                *first = Some(first.map_or(time, |first| first.min(time)));
                *last = Some(last.map_or(time, |last| last.max(time)));
            }
        }
        let addressed = store.addressed();
        let people = cast.roster.people().iter();
        people
            .map(|person| {
                let mut sent = Sent::default();
                for id in &person.participants {
                    let at = usize::try_from(id.0).unwrap_or(usize::MAX);
                    let (Some(participant), Some((messages, first, last))) =
                        (store.participant(*id), each.get(at))
                    else {
                        continue;
                    };
                    if *messages > 0 {
                        let channel = participant.channel.clone();
                        *sent.channels.entry(channel).or_default() += messages;
                    }
                    let key = (participant.channel.as_str(), participant.name.as_str());
                    sent.addressed += addressed.get(&key).map_or(0, |to| to.messages);
                    sent.first = sent.first.into_iter().chain(*first).min();
                    sent.last = sent.last.into_iter().chain(*last).max();
                }
                sent
            })
            .collect()
    }

    /// Makes one person of several participants, and of everyone these are already.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] for a participant that does not exist; otherwise when the ledger
    /// cannot be written. Nothing has changed then, here and below.
    pub fn join(&self, who: &[ParticipantId]) -> Result<Option<Recorded>, ReviewError> {
        self.act(PeopleAct::Join, |draft, cast| {
            let mut groups = Vec::new();
            for id in who {
                groups.push(group(cast, *id)?);
            }
            draft.join(&groups);
            Ok(())
        })
    }

    /// Takes participants out of the people they are.
    ///
    /// # Errors
    /// As [`Session::join`].
    pub fn split(&self, who: &[ParticipantId]) -> Result<Option<Recorded>, ReviewError> {
        self.act(PeopleAct::Split, |draft, cast| {
            for id in who {
                draft.belong(&handle(cast, *id)?, None);
            }
            Ok(())
        })
    }

    /// Gives a person a name, or takes it back with an empty one.
    ///
    /// # Errors
    /// As [`Session::join`], and [`ReviewError::Fact`] for a name that is too long.
    pub fn rename(&self, who: ParticipantId, name: &str) -> Result<Option<Recorded>, ReviewError> {
        fits("a name", name, MAX_SAID)?;
        self.act(PeopleAct::Rename, |draft, cast| {
            let person = draft.person_of(&handle(cast, who)?);
            draft.say(person, Field::Name, name);
            draft.say(person, Field::NameFrom, "");
            Ok(())
        })
    }

    /// Says what people are to the custodian, where they work, and notes.
    ///
    /// # Errors
    /// As [`Session::join`], and [`ReviewError::Fact`] for a text that is too long.
    pub fn mark(
        &self,
        who: &[ParticipantId],
        marking: &Marking,
    ) -> Result<Option<Recorded>, ReviewError> {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        fits("an organisation", &said(&marking.organisation), MAX_SAID)?;
        fits("a position", &said(&marking.position), MAX_SAID)?;
        fits("notes", &said(&marking.notes), MAX_NOTES)?;
        self.act(PeopleAct::Mark, |draft, cast| {
            for id in who {
                let person = draft.person_of(&handle(cast, *id)?);
                if let Some(relation) = marking.relation {
                    let word = match relation {
                        Relation::Unknown => "",
                        relation => relation.name(),
                    };
                    draft.say(person, Field::Relation, word);
                }
                for (field, text) in [
                    (Field::Organisation, &marking.organisation),
                    (Field::Position, &marking.position),
                    (Field::Notes, &marking.notes),
                ] {
                    if let Some(text) = text {
                        draft.say(person, field, text);
                    }
                }
            }
            Ok(())
        })
    }

    /// Who may be one person, and why; the strongest first. Reads the contact lists at the first
    /// call: for a worker thread.
    ///
    /// # Errors
    /// When a contact list cannot be read as it was sealed.
    pub fn suggestions(&self) -> Result<Vec<Suggestion>, ReviewError> {
        let cast = self.cast();
        let (lists, home) = (self.listed(&cast.people)?, home(&cast));
        Ok(suggest::suggest(known(&cast, &lists, home.as_ref())))
    }

    /// Accepts suggestions, by their ids: one entry of the ledger for all of them.
    ///
    /// # Errors
    /// As [`Session::join`], and [`ReviewError::Missing`] for one that is not suggested (any more).
    pub fn accept(&self, ids: &[String]) -> Result<Option<Recorded>, ReviewError> {
        self.settle(PeopleAct::Accept, ids, suggest::accept)
    }

    /// Dismisses suggestions, by their ids: they are not made again.
    ///
    /// # Errors
    /// As [`Session::accept`].
    pub fn dismiss(&self, ids: &[String]) -> Result<Option<Recorded>, ReviewError> {
        self.settle(PeopleAct::Dismiss, ids, suggest::dismiss)
    }

    fn settle(
        &self,
        act: PeopleAct,
        ids: &[String],
        settle: impl Fn(&mut Draft, Known<'_>, &Suggestion),
    ) -> Result<Option<Recorded>, ReviewError> {
        // Read before the ledger is held: lists are files.
        self.listed(&self.people())?;
        self.act(act, |draft, cast| {
            let (lists, home) = (self.listed(&cast.people)?, home(cast));
            let known = known(cast, &lists, home.as_ref());
            let suggestions = suggest::suggest(known);
            let by_id: BTreeMap<&str, &Suggestion> = suggestions
                .iter()
                .map(|suggestion| (suggestion.id.as_str(), suggestion))
                .collect();
            for id in ids {
                let found = by_id.get(id.as_str()).copied();
                let found = found.or_else(|| meant(&suggestions, cast, id));
                let Some(suggestion) = found else {
                    return Err(ReviewError::Missing(format!("suggestion {id}")));
                };
                settle(draft, known, suggestion);
            }
            Ok(())
        })
    }

    /// Loads a list of contacts: a vCard file, or a table (CSV) with a heading. It is sealed among
    /// the originals. Nobody is joined by it: it gives suggestions.
    ///
    /// `columns` say which column is what, as `part=Heading`, where the headings do not;
    /// `relation` is what those become who are accepted from it.
    ///
    /// # Errors
    /// [`ReviewError::Contacts`] where it is no such list; otherwise when it cannot be read or the
    /// case cannot be written.
    pub fn load_contacts(
        &self,
        path: &Path,
        columns: &[String],
        relation: Option<Relation>,
    ) -> Result<ListReport, ReviewError> {
        let refused = |source| ReviewError::Contacts {
            path: path.to_owned(),
            source,
        };
        let Some(bytes) = Case::read_small(path, contacts::LARGEST)? else {
            return Err(refused(NoContacts::TooLarge));
        };
        let read = contacts::read(&bytes, columns).map_err(refused)?;
        let sha256 = self.case().seal_small(&bytes)?;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let list = ContactList {
            list: 0,
            name: name.unwrap_or_default(),
            format: read.format.to_owned(),
            sha256,
            size: bytes.len() as u64,
            contacts: number(read.contacts.len()),
            unreadable: number(read.unreadable.len()),
            columns: columns.to_vec(),
            relation,
        };
        let (recorded, list) = self.write(|writing, _| {
            let people = self.people();
            let mut same = people.lists().filter(|known| {
                known.sha256 == list.sha256
                    && known.columns == list.columns
                    && known.relation == list.relation
            });
            if let Some(known) = same.next() {
                return Ok((None, known.clone()));
            }
            let list = ContactList {
                list: people.next_list(),
                ..list
            };
            let entry = Entry::Contacts { list: list.clone() };
            let recorded = writing.append(self.actor(), &entry, None)?;
            Ok((Some((recorded, Acted::default())), list))
        })?;
        let cast = self.cast();
        let (lists, home) = (self.listed(&cast.people)?, home(&cast));
        let known = known(&cast, &lists, home.as_ref());
        let prefix = format!("{}.", list.list);
        let of_list: Vec<Strength> = suggest::suggest(known)
            .into_iter()
            .filter(|suggestion| matches!(&suggestion.one, Side::Contact { id, .. } if id.starts_with(&prefix)))
            .map(|suggestion| suggestion.strength)
            .collect();
        let exact = of_list.iter().filter(|s| **s == Strength::Exact).count();
        Ok(ListReport {
            recorded,
            unmatched: suggest::unmatched(known, list.list),
            list,
            unreadable: read.unreadable,
            columns: read.columns,
            suggestions: (number(of_list.len()), number(exact)),
        })
    }

    /// The contact lists that count, as they are sealed; each is read once.
    fn listed(&self, people: &People) -> Result<Vec<Listed>, ReviewError> {
        let mut kept = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lists = Vec::new();
        for list in people.lists() {
            let contacts = match kept.get(&list.list) {
                Some(known) => known.clone(),
                None => {
                    let bytes = self.case().sealed_small(&list.sha256)?;
                    let read = contacts::read(&bytes, &list.columns).map_err(|source| {
                        ReviewError::Contacts {
                            path: self.case().layout().original(&list.sha256),
                            source,
                        }
                    })?;
                    let contacts: Arc<Vec<Contact>> = Arc::new(read.contacts);
                    kept.insert(list.list, contacts.clone());
                    contacts
                }
            };
            lists.push(Listed {
                list: list.clone(),
                contacts,
            });
        }
        Ok(lists)
    }

    /// Runs an act on people on top of everything that others wrote, unless they changed the same.
    fn act(
        &self,
        act: PeopleAct,
        make: impl FnOnce(&mut Draft, &Cast) -> Result<(), ReviewError>,
    ) -> Result<Option<Recorded>, ReviewError> {
        let seen = self.head().seq;
        let (recorded, ()) = self.write(|writing, _| {
            let cast = self.cast();
            let mut draft = Draft::of(&cast.people);
            make(&mut draft, &cast)?;
            let changes = draft.changes();
            // That somebody is a person of whom nothing is said is no news.
            let says = |change: &PeopleChange| matches!(change, PeopleChange::Says { .. });
            let of_words = matches!(act, PeopleAct::Rename | PeopleAct::Mark);
            if changes.is_empty() || (of_words && !changes.iter().any(says)) {
                return Ok((None, ()));
            }
            let theirs = steps::people_changed_since(writing, seen, |seq| !self.is_own(seq))?;
            let clash = |change: &PeopleChange| theirs.contains(&change.subject());
            if changes.iter().any(clash) {
                return Err(ReviewError::Meanwhile);
            }
            let entry = Entry::People { act, changes };
            let recorded = writing.append(self.actor(), &entry, None)?;
            Ok((Some((recorded, Acted::default())), ()))
        })?;
        Ok(recorded)
    }

    /// What takes back what an entry changed of people, and how many of its changes stay because
    /// something else was said since.
    pub(super) fn people_back(
        &self,
        reading: &Reading<'_>,
        of: u64,
    ) -> Result<(Vec<PeopleChange>, u64), ReviewError> {
        let Some(recorded) = reading.entry(of)? else {
            return Err(ReviewError::Rewritten);
        };
        let changes = recorded.entry.people().into_owned();
        if changes.is_empty() {
            return Ok((changes, 0));
        }
        let touched = steps::people_touched_since(reading, of)?;
        let mut draft = Draft::of(&self.people());
        let mut kept = BTreeSet::new();
        // A name stays with a person of whom something was said since: that was said of this name.
        let since: BTreeSet<PersonId> = touched
            .iter()
            .filter_map(|subject| match subject {
                Subject::Says(person, _) => Some(*person),
                _ => None,
            })
            .collect();
        for change in changes.into_iter().rev() {
            let subject = change.subject();
            let is_held = match &change {
                PeopleChange::Belongs { to: Some(to), .. } => since.contains(to),
                _ => false,
            };
            if is_held || touched.contains(&subject) || !draft.add(change.reversed()) {
                kept.insert(subject);
            }
        }
        Ok((draft.changes(), kept.len() as u64))
    }
}

fn known<'a>(cast: &'a Cast, lists: &'a [Listed], home: Option<&'a Home>) -> Known<'a> {
    Known {
        store: &cast.store,
        people: &cast.people,
        roster: &cast.roster,
        home,
        lists,
    }
}

fn home(cast: &Cast) -> Option<Home> {
    let (zone, _) = cast.facts.time_zone();
    let numbers = cast.store.participants().iter();
    let names = numbers.map(|participant| participant.name.as_str());
    Home::of(zone, cast.facts.get(TIME_ZONE).is_some(), names)
}

/// The suggestion that was called so before one of its sides became another person's.
fn meant<'a>(suggestions: &'a [Suggestion], cast: &Cast, id: &str) -> Option<&'a Suggestion> {
    let (one, other) = id.split_once('+')?;
    let number = |text: &str| {
        let id = ParticipantId(text.parse().ok()?);
        cast.roster.person(id).map(|person| person.number)
    };
    let other = number(other)?;
    suggestions.iter().find(|suggestion| match &suggestion.one {
        Side::Contact { id, .. } => id == one && suggestion.other == other,
        Side::Person(first) => {
            let one = number(one);
            (Some(*first) == one && suggestion.other == other)
                || (*first == other && Some(suggestion.other) == one)
        }
    })
}

fn handle(cast: &Cast, id: ParticipantId) -> Result<Handle, ReviewError> {
    match cast.store.participant(id) {
        Some(participant) => Ok(Handle {
            channel: participant.channel.clone(),
            name: participant.name.clone(),
        }),
        None => Err(ReviewError::Missing(format!("participant {id}"))),
    }
}

/// Everyone who is the same person as a participant, that one first.
fn group(cast: &Cast, id: ParticipantId) -> Result<Vec<Handle>, ReviewError> {
    let mut group = vec![handle(cast, id)?];
    if let Some(person) = cast.roster.person(id) {
        for other in person.participants.iter().filter(|other| **other != id) {
            group.push(handle(cast, *other)?);
        }
    }
    Ok(group)
}

fn fits(what: &str, text: &str, most: usize) -> Result<(), ReviewError> {
    if text.len() > most {
        return Err(ReviewError::Fact(format!(
            "{what} has at most {most} bytes"
        )));
    }
    Ok(())
}
