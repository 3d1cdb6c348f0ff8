//! Whose each export is: what the exports tell themselves, what was said, what is still open, and
//! who is likely. Proposes only; nothing is said by itself.

use super::likely::Ground;
use super::people::Cast;
use super::session::Session;
use crate::model::{Direction, MessageNumber, ParticipantId, Relation, SourceId};
use crate::people::Person;
use crate::text::fold;
use std::collections::{BTreeMap, BTreeSet};

/// How it is known which messages of an export were sent and which received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The export tells it of every message.
    Told,
    /// Somebody said who the custodian is: the name.
    Said(String),
    /// It is not known of so many messages.
    Open(u32),
}

/// One export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfExport {
    /// The export.
    pub source: SourceId,
    /// What is known.
    pub known: Known,
    /// Where it is not known, who is likely the custodian, and why; `None` where nothing tells.
    pub likely: Option<(ParticipantId, String)>,
    /// Who may be the custodian, the likeliest first, each with what speaks for it.
    pub may_be: Vec<(ParticipantId, String)>,
}

/// Someone who may be the custodian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// One participant of each person of that name: whoever bears it on several channels.
    pub people: Vec<ParticipantId>,
    /// Whether they are marked as the custodian.
    pub is_me: bool,
    /// What speaks for it, in a few words.
    pub reason: String,
}

/// What is known of whose the exports of a case are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// The exports, by number.
    pub exports: Vec<OfExport>,
    /// Who may be the custodian of those that do not tell it: whoever is marked so, then the
    /// likeliest.
    pub candidates: Vec<Candidate>,
}

impl Whose {
    /// What is known of an export.
    pub fn of(&self, source: SourceId) -> Option<&OfExport> {
        self.exports.get(usize::try_from(source.0).ok()?)
    }

    /// The exports that tell it themselves.
    pub fn told(&self) -> Vec<SourceId> {
        self.which(|known| *known == Known::Told)
    }

    /// The exports of which it is not known.
    pub fn open(&self) -> Vec<SourceId> {
        self.which(|known| matches!(known, Known::Open(_)))
    }

    /// The exports of which somebody said it, by the custodian's name.
    pub fn said(&self) -> BTreeMap<&str, Vec<SourceId>> {
        let mut said: BTreeMap<&str, Vec<SourceId>> = BTreeMap::new();
        for export in &self.exports {
            if let Known::Said(name) = &export.known {
                said.entry(name).or_default().push(export.source);
            }
        }
        said
    }

    fn which(&self, wanted: impl Fn(&Known) -> bool) -> Vec<SourceId> {
        let found = self.exports.iter().filter(|export| wanted(&export.known));
        found.map(|export| export.source).collect()
    }
}

/// What the columns say of one export.
#[derive(Default)]
struct Column {
    /// How many messages the export does not say were sent or received.
    untold: u32,
    /// Who sent those.
    senders: BTreeSet<ParticipantId>,
    /// Who sent what it says was sent by its owner.
    owners: BTreeSet<ParticipantId>,
}

impl Session {
    /// Which way a message went, seen from the custodian: as the export tells it, else by who the
    /// custodian is in the export, said for it or of a person who appears in it.
    pub fn direction(&self, number: MessageNumber) -> Direction {
        let (store, custodians) = (self.store(), self.custodians());
        let Some(message) = store.message(number) else {
            return Direction::Unknown;
        };
        if message.kind.is_decidable()
            && let Some(told) = message.marks.told_direction()
        {
            return told;
        }
        let Some(sender) = message.participant.filter(|_| message.kind.is_decidable()) else {
            return Direction::None;
        };
        match custodians.is_custodian(message.source, sender) {
            None => Direction::Unknown,
            Some(true) => Direction::Sent,
            Some(false) => Direction::Received,
        }
    }

    /// Looks up whose the exports are. Reads columns of all messages: for a worker thread.
    pub fn whose(&self) -> Whose {
        let cast = self.cast();
        let columns = columns(&cast);
        let facts = self.facts();
        let owners: Vec<BTreeSet<ParticipantId>> =
            columns.iter().map(|column| column.owners.clone()).collect();
        let ground = Ground::of(&cast, facts.custodian(), &owners);
        let exports = cast
            .store
            .sources()
            .iter()
            .zip(&columns)
            .map(|(source, column)| {
                let known = match cast.me(source.id) {
                    _ if column.untold == 0 => Known::Told,
                    Some(name) => Known::Said(name),
                    None => Known::Open(column.untold),
                };
                let may_be = ground.likely(source.id, &column.owners);
                let likely = may_be
                    .first()
                    .filter(|one| one.is_telling && matches!(known, Known::Open(_)))
                    .map(|one| (one.participant, one.reason.clone()));
                let may_be = may_be.into_iter().map(|one| (one.participant, one.reason));
                OfExport {
                    source: source.id,
                    known,
                    likely,
                    may_be: may_be.collect(),
                }
            })
            .collect::<Vec<OfExport>>();
        let candidates = candidates(&cast, &columns, &exports, facts.custodian());
        Whose {
            exports,
            candidates,
        }
    }
}

fn columns(cast: &Cast) -> Vec<Column> {
    let store = &cast.store;
    let sources = store.sources();
    let mut columns: Vec<Column> = sources.iter().map(|_| Column::default()).collect();
    // The numbers of an export are one range, and the ranges follow each other.
    let mut ranges: Vec<(std::ops::Range<u32>, usize)> = sources
        .iter()
        .enumerate()
        .map(|(at, source)| (source.numbers.clone(), at))
        .filter(|(range, _)| !range.is_empty())
        .collect();
    ranges.sort_by_key(|(range, _)| range.start);
    let mut ranges = ranges.into_iter().peekable();
    let rows = store.senders().zip(store.kinds()).zip(store.marks());
    for (number, ((sender, kind), marks)) in (0u32..).zip(rows) {
        while ranges.next_if(|(range, _)| range.end <= number).is_some() {}
        let Some((_, at)) = ranges.peek().filter(|(range, _)| range.contains(&number)) else {
            continue;
        };
        let Some((column, sender)) = columns.get_mut(*at).zip(sender) else {
            continue;
        };
        if !kind.is_decidable() {
            continue;
        }
        match marks.told_direction() {
            None => {
                column.untold += 1;
                column.senders.insert(sender);
            }
            Some(crate::model::Direction::Sent) => {
                column.owners.insert(sender);
            }
            Some(_) => {}
        }
    }
    columns
}

/// What speaks for someone, the strongest first: marked, bears the custodian's name, likely owner
/// of exports, writes in exports, owner of exports that tell it.
type Weight = (bool, bool, usize, usize, usize);

/// Everyone who sends in an export that does not tell whose it is, put together by name.
fn candidates(
    cast: &Cast,
    columns: &[Column],
    exports: &[OfExport],
    custodian: Option<&str>,
) -> Vec<Candidate> {
    let bears = |person: &Person, names: &BTreeSet<ParticipantId>| {
        person.participants.iter().any(|id| names.contains(id))
    };
    let mut by_name: BTreeMap<(bool, String), Vec<&Person>> = BTreeMap::new();
    for person in cast.roster.people() {
        let key = match person.relation {
            // Whoever is marked stands for one custodian, whatever the names.
            Relation::Me => (true, String::new()),
            _ => (false, fold(person.name.trim())),
        };
        by_name.entry(key).or_default().push(person);
    }
    let wanted = custodian.map(|name| fold(name.trim()));
    let open = columns.iter().filter(|column| column.untold > 0).count();
    let mut found: Vec<(Weight, Candidate)> = Vec::new();
    for ((is_me, key), people) in &by_name {
        let is_me = *is_me;
        let any = |names| people.iter().any(|person| bears(person, names));
        let (open_ones, told): (Vec<&Column>, Vec<&Column>) =
            columns.iter().partition(|column| column.untold > 0);
        let sends = open_ones
            .iter()
            .filter(|column| any(&column.senders) || any(&column.owners))
            .count();
        let owns = told.iter().filter(|column| any(&column.owners)).count();
        if sends == 0 && !is_me {
            continue;
        }
        let mut names: Vec<&str> = Vec::new();
        for person in people {
            if !names.contains(&person.name.as_str()) {
                names.push(&person.name);
            }
        }
        let likely = exports
            .iter()
            .filter_map(|export| export.likely.as_ref())
            .filter(|(id, _)| people.iter().any(|person| person.participants.contains(id)))
            .count();
        let named = wanted.as_deref() == Some(key.as_str());
        let mut reason =
            format!("writes in {sends} of the {open} exports that do not say whose they are");
        if likely > 0 {
            reason += &format!("; likely the owner of {likely} of them");
        }
        match owns {
            0 => {}
            1 => reason += "; 1 export says that it is theirs",
            _ => reason += &format!("; {owns} exports say that they are theirs"),
        }
        if named {
            reason += "; bears the custodian's name";
        }
        found.push((
            (is_me, named, likely, sends, owns),
            Candidate {
                name: names.join(", "),
                people: people.iter().map(|person| person.number).collect(),
                is_me,
                reason,
            },
        ));
    }
    found.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}
