//! Who may be one person, and why. Proposes only: a reviewer accepts or dismisses, and what was
//! dismissed is not proposed again.

use super::keys::{Home, Keys, Name, profile};
use super::roster::handle;
use super::{Draft, Field, People, Person, Roster};
use crate::case::Store;
use crate::case::people::{ContactList, contact_handle, contact_id};
use crate::import::contacts::Contact;
use crate::import::{ME, phone};
use crate::model::{Handle, ParticipantId, Relation};
use crate::text::fold;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A name with initials that fits more people than these says too little.
const MOST_FITTING: usize = 3;
/// A name that more than so many bear says too little: a service's, or a word.
const MOST_NAMESAKES: usize = 20;
/// An address that more than so many names use may be a list's or an office's.
const MOST_NAMES: usize = 4;

/// A contact list with what was read from it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The list.
    pub list: ContactList,
    /// Its people.
    pub contacts: Arc<Vec<Contact>>,
}

/// How much a suggestion rests on, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Initials fit, or a number without its country.
    Weak,
    /// The name.
    Name,
    /// The number or address.
    Exact,
}

impl Strength {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Strength::Exact => "exact",
            Strength::Name => "name",
            Strength::Weak => "weak",
        }
    }
}

/// One side of a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A person of the case, by number.
    Person(ParticipantId),
    /// An entry of a contact list.
    Contact {
        /// Its id.
        id: String,
        /// What it says.
        contact: Contact,
        /// What they become who are accepted from its list.
        relation: Option<Relation>,
    },
}

/// Two that may be one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is called by: both sides with a plus between them, `4+17` or `1.12+4`.
    pub id: String,
    /// One of the two.
    pub one: Side,
    /// The other, by number.
    pub other: ParticipantId,
    /// Why, each in a few words.
    pub reasons: Vec<String>,
    /// What it rests on.
    pub strength: Strength,
}

impl Suggestion {
    /// Both sides in a line each: the names, numbers and addresses with their channels, and of a
    /// contact what its list says.
    pub fn sides(&self, store: &Store, roster: &Roster) -> (String, String) {
        let person = |number: ParticipantId| {
            let names: Vec<String> = roster
                .person(number)
                .into_iter()
                .flat_map(|person| &person.participants)
                .filter_map(|id| store.participant(*id))
                .map(|participant| format!("{} ({})", participant.name, participant.channel))
                .collect();
            let given = roster.person(number).filter(|person| person.is_named);
            let given = given.map_or_else(String::new, |person| format!("{}: ", person.name));
            format!("{given}{}", names.join(", "))
        };
        let one = match &self.one {
            Side::Person(number) => person(*number),
            Side::Contact {
                contact, relation, ..
            } => {
                let relation = relation.map(Relation::name).unwrap_or_default();
                let mut words = vec![contact.name.as_str(), relation];
                words.extend([contact.position.as_str(), contact.organisation.as_str()]);
                words.extend(
                    contact
                        .numbers
                        .iter()
                        .chain(&contact.addresses)
                        .map(String::as_str),
                );
                words.retain(|word| !word.is_empty());
                format!("contact: {}", words.join(", "))
            }
        };
        (one, person(self.other))
    }
}

/// What is known of a case when suggestions are asked for.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The messages.
    pub store: &'a Store,
    /// The ledger's word.
    pub people: &'a People,
    /// Both together.
    pub roster: &'a Roster,
    /// Where numbers without a country are at home.
    pub home: Option<&'a Home>,
    /// The lists that count.
    pub lists: &'a [Listed],
}

/// All suggestions, the strongest first.
pub fn suggest(known: Known<'_>) -> Vec<Suggestion> {
    let mut found = Found::of(known);
    found.numbers();
    found.addresses();
    found.names();
    found.initials();
    found.contacts();
    found.end()
}

/// How many contacts of a list match nobody of the case.
pub fn unmatched(known: Known<'_>, list: u32) -> u32 {
    let found = Found::of(known);
    let of_list = known.lists.iter().filter(|listed| listed.list.list == list);
    let contacts = of_list.flat_map(|listed| listed.contacts.iter());
    let alone = contacts.filter(|contact| found.matches(contact).is_empty());
    u32::try_from(alone.count()).unwrap_or(u32::MAX)
}

/// What two sides are called together, and why they may be one.
type Pairs = BTreeMap<(SideKey, ParticipantId), (Vec<String>, Strength)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SideKey {
    /// List and place in it, so that they stand in the list's order.
    Contact(u32, u32),
    Person(ParticipantId),
}

struct Found<'a> {
    known: Known<'a>,
    keys: Vec<(ParticipantId, Keys)>,
    /// Participants by number with country, by the end of the number, by address, by name.
    by_number: HashMap<String, Vec<ParticipantId>>,
    by_ending: HashMap<String, Vec<ParticipantId>>,
    by_address: HashMap<String, Vec<ParticipantId>>,
    by_name: HashMap<String, Vec<ParticipantId>>,
    /// Names without initials by each of their words.
    by_word: HashMap<String, Vec<ParticipantId>>,
    pairs: Pairs,
}

impl<'a> Found<'a> {
    fn of(known: Known<'a>) -> Found<'a> {
        let keys: Vec<(ParticipantId, Keys)> = known
            .store
            .participants()
            .iter()
            .map(|participant| (participant.id, Keys::of(&participant.name)))
            .collect();
        let mut found = Found {
            known,
            by_number: HashMap::new(),
            by_ending: HashMap::new(),
            by_address: HashMap::new(),
            by_name: HashMap::new(),
            by_word: HashMap::new(),
            pairs: Pairs::new(),
            keys: Vec::new(),
        };
        for (id, key) in &keys {
            if let Some(number) = &key.number {
                if let Some(whole) = found.international(number) {
                    found.by_number.entry(whole).or_default().push(*id);
                }
                let ending = phone::key(number);
                found.by_ending.entry(ending).or_default().push(*id);
            }
            if let Some(address) = &key.address {
                let address = address.clone();
                found.by_address.entry(address).or_default().push(*id);
            }
            if let Some(name) = &key.name {
                found.by_name.entry(name.key()).or_default().push(*id);
                if name.initials.is_empty() {
                    for word in &name.full {
                        found.by_word.entry(word.clone()).or_default().push(*id);
                    }
                }
            }
        }
        found.keys = keys;
        found
    }

    fn international(&self, number: &str) -> Option<String> {
        phone::international(number, self.known.home.map(|home| home.code.as_str()))
    }

    fn key(&self, id: ParticipantId) -> Option<&Keys> {
        let at = usize::try_from(id.0).ok()?;
        self.keys.get(at).map(|(_, keys)| keys)
    }

    fn number(&self, id: ParticipantId) -> &str {
        self.key(id)
            .and_then(|keys| keys.number.as_deref())
            .unwrap_or_default()
    }

    /// Why two spellings are one number.
    fn same_number(&self, one: &str, other: &str) -> String {
        let local = [one, other]
            .into_iter()
            .find(|number| phone::international(number, None).is_none());
        match (local, self.known.home) {
            (Some(local), Some(home)) if one.trim() != other.trim() => format!(
                "the same number: {} is taken to be of +{}, because {}",
                local.trim(),
                home.code,
                home.basis
            ),
            _ => "the same number".to_owned(),
        }
    }

    fn person(&self, id: ParticipantId) -> Option<&'a Person> {
        self.known.roster.person(id)
    }

    /// The participants that a person is, as the ledger names them.
    fn handles(&self, person: &Person) -> Vec<Handle> {
        handles(self.known.store, person)
    }

    fn is_dismissed(&self, one: &[Handle], other: &[Handle]) -> bool {
        one.iter()
            .any(|a| other.iter().any(|b| self.known.people.is_dismissed(a, b)))
    }

    /// Notes that two participants may be one person, unless they are or somebody said they are
    /// not. Says whether they may.
    fn pair(
        &mut self,
        one: ParticipantId,
        other: ParticipantId,
        reason: String,
        strength: Strength,
    ) -> bool {
        let (Some(one), Some(other)) = (self.person(one), self.person(other)) else {
            return false;
        };
        if one.number == other.number || self.is_dismissed(&self.handles(one), &self.handles(other))
        {
            return false;
        }
        let (low, high) = if one.number < other.number {
            (one, other)
        } else {
            (other, one)
        };
        let apart = low.relation != high.relation
            && low.relation != Relation::Unknown
            && high.relation != Relation::Unknown;
        let (reasons, best) = self
            .pairs
            .entry((SideKey::Person(low.number), high.number))
            .or_insert((Vec::new(), Strength::Weak));
        if apart && reasons.is_empty() {
            reasons.push("though they are marked differently".into());
        }
        if !reasons.contains(&reason) {
            reasons.insert(reasons.len() - usize::from(apart), reason);
        }
        *best = (*best).max(if apart { Strength::Weak } else { strength });
        true
    }

    /// Pairs everyone of a group with the first before them whom they may be.
    fn chain(
        &mut self,
        group: &[ParticipantId],
        strength: Strength,
        reason: impl Fn(&Self, ParticipantId, ParticipantId) -> String,
    ) {
        let mut seen = BTreeSet::new();
        for (at, id) in group.iter().enumerate() {
            let before = group.get(..at).unwrap_or_default();
            // One that this is already needs no other.
            if !seen.insert(self.person(*id).map(|person| person.number)) {
                continue;
            }
            for other in before {
                let reason = reason(self, *other, *id);
                if self.pair(*other, *id, reason, strength) {
                    break;
                }
            }
        }
    }

    fn numbers(&mut self) {
        for group in groups(&self.by_number) {
            self.chain(&group, Strength::Exact, |found, one, other| {
                found.same_number(found.number(one), found.number(other))
            });
        }
        // A number without its country that nobody has in the country it is taken to be of.
        for group in groups(&self.by_ending) {
            for (at, id) in group.iter().enumerate() {
                let number = self.number(*id).to_owned();
                let is_alone = self
                    .international(&number)
                    .and_then(|whole| self.by_number.get(&whole))
                    .is_none_or(|same| same.len() < 2);
                if phone::international(&number, None).is_some() || !is_alone {
                    continue;
                }
                let same = group.iter().enumerate().find(|(place, other)| {
                    *place != at && phone::same(self.number(**other), &number)
                });
                if let Some((_, other)) = same {
                    let reason = format!(
                        "the same number but for its country, which {} leaves out",
                        number.trim()
                    );
                    self.pair(*other, *id, reason, Strength::Weak);
                }
            }
        }
    }

    fn addresses(&mut self) {
        for group in groups(&self.by_address) {
            let names: BTreeSet<String> = group
                .iter()
                .filter_map(|id| Some(self.key(*id)?.name.as_ref()?.key()))
                .collect();
            if names.len() > MOST_NAMESAKES {
                continue;
            }
            if names.len() > MOST_NAMES {
                let reason = format!("the same address, which {} names use", names.len());
                self.chain(&group, Strength::Weak, |_, _, _| reason.clone());
            } else {
                self.chain(&group, Strength::Exact, |_, _, _| "the same address".into());
            }
        }
    }

    fn names(&mut self) {
        let mut names = groups(&self.by_name);
        names.retain(|group| group.len() <= MOST_NAMESAKES);
        for group in names {
            self.chain(&group, Strength::Name, |found, one, other| {
                let shown = |id: ParticipantId| {
                    let participant = found.known.store.participant(id);
                    participant.map_or("", |participant| participant.name.as_str())
                };
                let name = |id| fold(&crate::model::Address::parse(shown(id)).name);
                if shown(one) == ME && shown(other) == ME {
                    "both are the owner of their exports".into()
                } else if name(one).trim() == name(other).trim() {
                    "the same name".into()
                } else {
                    "the same words in the name".into()
                }
            });
        }
    }

    /// Those whose name a name with initials may be short for, if they are few.
    fn long_for(&self, short: &Name) -> Vec<ParticipantId> {
        let candidates = short
            .full
            .iter()
            .filter_map(|word| self.by_word.get(word))
            .min_by_key(|candidates| candidates.len());
        let fits = |id: &&ParticipantId| {
            self.key(**id)
                .and_then(|keys| keys.name.as_ref())
                .is_some_and(|long| short.is_short_for(long))
        };
        let mut people = BTreeSet::new();
        let mut fitting = Vec::new();
        for id in candidates.into_iter().flatten().filter(fits) {
            if let Some(person) = self.person(*id)
                && people.insert(person.number)
            {
                fitting.push(*id);
            }
        }
        if people.len() > MOST_FITTING {
            fitting.clear();
        }
        fitting
    }

    fn initials(&mut self) {
        let shorts: Vec<(ParticipantId, Name)> = self
            .keys
            .iter()
            .filter_map(|(id, keys)| Some((*id, keys.name.clone()?)))
            .filter(|(_, name)| !name.initials.is_empty())
            .collect();
        for (id, short) in shorts {
            for other in self.long_for(&short) {
                self.pair(
                    other,
                    id,
                    "the initials fit the name".into(),
                    Strength::Weak,
                );
            }
        }
    }

    /// The people that a contact matches, each with the reasons.
    fn matches(&self, contact: &Contact) -> BTreeMap<ParticipantId, (Vec<String>, Strength)> {
        let mut matches: BTreeMap<ParticipantId, (Vec<String>, Strength)> = BTreeMap::new();
        let mut add = |id: ParticipantId, reason: String, strength: Strength| {
            let Some(person) = self.person(id) else {
                return;
            };
            let (reasons, best) = matches
                .entry(person.number)
                .or_insert((Vec::new(), strength));
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            *best = (*best).max(strength);
        };
        for number in &contact.numbers {
            let whole = self.international(number);
            let mut is_exact = false;
            for id in whole
                .iter()
                .filter_map(|whole| self.by_number.get(whole))
                .flatten()
            {
                is_exact = true;
                add(
                    *id,
                    self.same_number(self.number(*id), number),
                    Strength::Exact,
                );
            }
            let alike = self
                .by_ending
                .get(&phone::key(number))
                .filter(|_| !is_exact);
            for id in alike.into_iter().flatten() {
                if phone::same(self.number(*id), number) {
                    let reason = "the same number but for its country".to_owned();
                    add(*id, reason, Strength::Weak);
                }
            }
        }
        for address in &contact.addresses {
            for id in self.by_address.get(&profile(address)).into_iter().flatten() {
                add(*id, "the same address".into(), Strength::Exact);
            }
        }
        for name in std::iter::once(&contact.name).chain(&contact.other_names) {
            let Some(name) = Name::of(name) else { continue };
            // A name of one word alone says too little in a list of many.
            if name.full.len() + name.initials.len() < 2 {
                continue;
            }
            for id in self.by_name.get(&name.key()).into_iter().flatten() {
                add(*id, "the same name".into(), Strength::Name);
            }
            for id in self.long_for(&name) {
                add(id, "the initials fit the name".into(), Strength::Weak);
            }
        }
        matches
    }

    fn contacts(&mut self) {
        for listed in self.known.lists {
            for contact in listed.contacts.iter() {
                let id = contact_id(listed.list.list, contact.row);
                for (number, (reasons, strength)) in self.matches(contact) {
                    let Some(person) = self.person(number) else {
                        continue;
                    };
                    let is_it = person.contact.as_deref() == Some(id.as_str());
                    if is_it || self.is_dismissed(&[contact_handle(&id)], &self.handles(person)) {
                        continue;
                    }
                    // Someone who is another entry of a list already is hardly this one.
                    let strength = match &person.contact {
                        Some(_) => Strength::Weak,
                        None => strength,
                    };
                    let key = SideKey::Contact(listed.list.list, contact.row);
                    self.pairs.insert((key, number), (reasons, strength));
                }
            }
        }
    }

    fn end(self) -> Vec<Suggestion> {
        let listed = |list: u32, row: u32| {
            let listed = self
                .known
                .lists
                .iter()
                .find(|listed| listed.list.list == list)?;
            let contact = listed.contacts.iter().find(|contact| contact.row == row)?;
            Some((contact.clone(), listed.list.relation))
        };
        let mut suggestions: Vec<Suggestion> = self
            .pairs
            .into_iter()
            .filter_map(|((one, other), (reasons, strength))| {
                let (called, one) = match one {
                    SideKey::Person(number) => (number.to_string(), Side::Person(number)),
                    SideKey::Contact(list, row) => {
                        let (contact, relation) = listed(list, row)?;
                        let id = contact_id(list, row);
                        let side = Side::Contact {
                            id: id.clone(),
                            contact,
                            relation,
                        };
                        (id, side)
                    }
                };
                Some(Suggestion {
                    id: format!("{called}+{other}"),
                    one,
                    other,
                    reasons,
                    strength,
                })
            })
            .collect();
        suggestions.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.strength));
        suggestions
    }
}

/// The groups of two or more, in the order of their first participant, so that every run finds the
/// same.
fn groups(by: &HashMap<String, Vec<ParticipantId>>) -> Vec<Vec<ParticipantId>> {
    let mut groups: Vec<Vec<ParticipantId>> = by
        .values()
        .filter(|group| group.len() > 1)
        .cloned()
        .collect();
    groups.sort();
    groups
}

/// The participants that a person is, as the ledger names them.
pub(super) fn handles(store: &Store, person: &Person) -> Vec<Handle> {
    person
        .participants
        .iter()
        .filter_map(|id| store.participant(*id))
        .map(handle)
        .collect()
}

/// Accepts a suggestion: two become one person; a contact gives its name and what it says of them
/// where nothing is said yet.
pub fn accept(draft: &mut Draft, known: Known<'_>, suggestion: &Suggestion) {
    let Some(other) = known.roster.person(suggestion.other) else {
        return;
    };
    let other = handles(known.store, other);
    match &suggestion.one {
        Side::Person(number) => {
            if let Some(one) = known.roster.person(*number) {
                draft.join(&[handles(known.store, one), other]);
            }
        }
        Side::Contact {
            id,
            contact,
            relation,
        } => {
            // Others who were found to be this contact are the same person.
            let same = draft.members_of_contact(id);
            let Some(person) = draft.join(&[same, other]) else {
                return;
            };
            draft.say_first(person, Field::Contact, id);
            if !contact.name.is_empty() && draft.say_first(person, Field::Name, &contact.name) {
                draft.say(person, Field::NameFrom, id);
            }
            draft.say_first(person, Field::Organisation, &contact.organisation);
            draft.say_first(person, Field::Position, &contact.position);
            if let Some(relation) = relation {
                draft.say_first(person, Field::Relation, relation.name());
            }
        }
    }
}

/// Dismisses a suggestion: it is not made again.
pub fn dismiss(draft: &mut Draft, known: Known<'_>, suggestion: &Suggestion) {
    let Some(other) = known.roster.person(suggestion.other) else {
        return;
    };
    let one = match &suggestion.one {
        Side::Person(number) => known
            .roster
            .person(*number)
            .and_then(|person| handles(known.store, person).into_iter().next()),
        Side::Contact { id, .. } => Some(contact_handle(id)),
    };
    let other = handles(known.store, other).into_iter().next();
    if let (Some(one), Some(other)) = (one, other) {
        draft.dismiss(&one, &other);
    }
}
