//! Who was in a conversation, and when: from the lines of the app on who came and went, from who
//! wrote, and from nothing else.
//!
//! What a line reports is known from its importer, in every language that it reads (`Extra::event`:
//! `created`, `added`, `joined`, `left`, `removed`); whom it is about is read from the names in it.
//! Where a line names two or more, the first is who did it and the others are whom it was done to:
//! so do the wordings of WhatsApp, Signal, Telegram, LINE, Teams and Messenger that add or remove.
//! A name that the case knows from nothing else cannot be told from the words around it: the line
//! is then given itself, as a gap.

use crate::case::Store;
use crate::model::{Kind, MessageNumber, ParticipantId, ThreadId};
use crate::text::fold;
use std::collections::BTreeMap;

/// What a line of the app says of someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They made the group.
    Created,
    /// They were added.
    Added,
    /// They joined.
    Joined,
    /// They left.
    Left,
    /// They were removed.
    Removed,
}

impl Change {
    /// The change that importers name so.
    fn from_event(event: &str) -> Option<Change> {
        Some(match event {
            "created" => Change::Created,
            "added" => Change::Added,
            "joined" => Change::Joined,
            "left" => Change::Left,
            "removed" => Change::Removed,
            _ => return None,
        })
    }

    /// Whether whom it is about is there after it.
    fn comes(self) -> bool {
        matches!(self, Change::Created | Change::Added | Change::Joined)
    }

    /// The name that importers give it.
    pub fn name(self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Added => "added",
            Change::Joined => "joined",
            Change::Left => "left",
            Change::Removed => "removed",
        }
    }

    /// What happened, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Change::Created => "made the group",
            Change::Added => "added",
            Change::Joined => "joined",
            Change::Left => "left",
            Change::Removed => "removed",
        }
    }
}

/// What it rests on that someone was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A line before says so.
    Line(Change, MessageNumber),
    /// They wrote before, and no line says since that they went.
    Wrote(MessageNumber),
    /// A line after says that they left or were removed; none says when they came.
    WentLater(Change, MessageNumber),
    /// They wrote after, and no line says when they came: perhaps they were not there yet.
    WroteLater(MessageNumber),
}

impl Basis {
    /// The message that it rests on.
    pub fn message(self) -> MessageNumber {
        match self {
            Basis::Line(_, number)
            | Basis::Wrote(number)
            | Basis::WentLater(_, number)
            | Basis::WroteLater(number) => number,
        }
    }

    /// Whether it leaves open that they were there.
    pub fn is_open(self) -> bool {
        matches!(self, Basis::WroteLater(_))
    }
}

/// A time that someone was in a conversation, as far as it is told; by positions in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Who.
    pub participant: ParticipantId,
    /// The line that says how they came; `None` where none does.
    pub came: Option<(u32, Change)>,
    /// The line that says how they went; `None` where none does: they may be there still.
    pub went: Option<(u32, Change)>,
    /// The first and the last message that they wrote meanwhile.
    pub wrote: Option<(u32, u32)>,
}

/// Someone's way through a conversation.
#[derive(Clone, Debug, Default)]
struct Way {
    /// What lines say, by position.
    changes: Vec<(u32, Change)>,
    /// The positions of the messages that were theirs, in order.
    wrote: Vec<u32>,
}

/// Who came to one conversation, who went, and who wrote.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    ways: BTreeMap<ParticipantId, Way>,
    /// The positions of lines on somebody whom no other message names.
    unknown: Vec<u32>,
    /// Whether any line tells of somebody who came or went.
    has_lines: bool,
}

impl Membership {
    /// Reads a conversation once; for a worker thread.
    pub fn of(store: &Store, thread: ThreadId) -> Membership {
        Membership::among(store, thread, |_| true)
    }

    /// The same from these messages and lines alone.
    pub fn among(
        store: &Store,
        thread: ThreadId,
        counts: impl Fn(MessageNumber) -> bool,
    ) -> Membership {
        let channel = store.thread(thread).map(|thread| thread.channel.as_str());
        let mut names: Vec<(String, ParticipantId)> = store
            .participants()
            .iter()
            .filter(|one| Some(one.channel.as_str()) == channel)
            .map(|one| (fold(&one.name), one.id))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        // `Ann Lee` is not found as `Ann`.
        names.sort_by_key(|(name, id)| (std::cmp::Reverse(name.len()), *id));
        let mut all = Membership::default();
        for (position, number) in (0u32..).zip(store.thread_messages(thread)) {
            let Some(message) = store.message(number).filter(|_| counts(number)) else {
                continue;
            };
            if message.kind != Kind::System {
                if let Some(sender) = message.participant {
                    all.ways.entry(sender).or_default().wrote.push(position);
                }
                continue;
            }
            let Some(change) = Change::from_event(&store.extra(number).event) else {
                continue;
            };
            all.has_lines = true;
            all.note(position, change, named(&fold(message.text), &names));
        }
        all
    }

    fn note(&mut self, position: u32, change: Change, named: Vec<ParticipantId>) {
        let mut put = |id: ParticipantId, change: Change| {
            let way = self.ways.entry(id).or_default();
            way.changes.push((position, change));
        };
        match (change, named.as_slice()) {
            (_, []) => self.unknown.push(position),
            (Change::Added | Change::Removed, [_, others @ ..]) if !others.is_empty() => {
                others.iter().for_each(|id| put(*id, change));
            }
            (Change::Created, [maker, ..]) => put(*maker, change),
            // One name is not enough to tell who added from who was added.
            (Change::Added | Change::Removed, _) => self.unknown.push(position),
            (_, all) => all.iter().for_each(|id| put(*id, change)),
        }
    }

    /// Who was there when the message at this position was sent, and what that rests on: what is
    /// sure first. `at` gives the message at a position.
    pub fn present(
        &self,
        position: u32,
        at: impl Fn(u32) -> Option<MessageNumber>,
    ) -> Vec<(ParticipantId, Basis)> {
        let basis = |way: &Way| {
            let wrote = |upto: usize| upto.checked_sub(1).and_then(|last| way.wrote.get(last));
            let before = wrote(way.wrote.partition_point(|own| *own <= position));
            let next = way.changes.partition_point(|(line, _)| *line <= position);
            let last = next.checked_sub(1).and_then(|last| way.changes.get(last));
            match last {
                Some((line, change)) if change.comes() => {
                    return Some(Basis::Line(*change, at(*line)?));
                }
                // Who writes after having left is back.
                Some((line, _)) => {
                    let back = before.filter(|own| *own > line)?;
                    return Some(Basis::Wrote(at(*back)?));
                }
                None => {}
            }
            if let Some(own) = before {
                return Some(Basis::Wrote(at(*own)?));
            }
            match way.changes.get(next) {
                Some((_, change)) if change.comes() => None,
                Some((line, change)) => Some(Basis::WentLater(*change, at(*line)?)),
                None => Some(Basis::WroteLater(at(*way.wrote.first()?)?)),
            }
        };
        let present = self.ways.iter();
        let present = present.filter_map(|(id, way)| Some((*id, basis(way)?)));
        let mut present: Vec<_> = present.collect();
        present.sort_by_key(|(id, basis)| (basis.is_open(), *id));
        present
    }

    /// Everyone's stays, in the order of people and then of the conversation.
    pub fn stays(&self) -> Vec<Stay> {
        let mut all = Vec::new();
        for (id, way) in &self.ways {
            let changes = way.changes.iter().map(|(at, change)| (*at, Some(*change)));
            let wrote = way.wrote.iter().map(|at| (*at, None));
            let mut steps: Vec<(u32, Option<Change>)> = changes.chain(wrote).collect();
            steps.sort_unstable_by_key(|(at, _)| *at);
            let mut open: Option<Stay> = None;
            let new = |came| Stay {
                participant: *id,
                came,
                went: None,
                wrote: None,
            };
            for (at, step) in steps {
                match step {
                    // Whoever is added while there is no line of their having come was there
                    // before and gone since.
                    Some(change) if change.comes() => {
                        if open.as_ref().is_none_or(|stay| stay.came.is_none()) {
                            all.extend(open.replace(new(Some((at, change)))));
                        }
                    }
                    Some(change) => {
                        let mut stay = open.take().unwrap_or_else(|| new(None));
                        stay.went = Some((at, change));
                        all.push(stay);
                    }
                    None => {
                        let stay = open.get_or_insert_with(|| new(None));
                        let first = stay.wrote.map_or(at, |(first, _)| first);
                        stay.wrote = Some((first, at));
                    }
                }
            }
            all.extend(open);
        }
        all
    }

    /// How many lines before this position are on somebody whom nothing else names, and the last.
    pub fn unknown_before(&self, position: u32) -> (usize, Option<u32>) {
        let upto = self.unknown.partition_point(|line| *line <= position);
        let last = upto.checked_sub(1).and_then(|at| self.unknown.get(at));
        (upto, last.copied())
    }

    /// Whether the export has any line on who came or went.
    pub fn has_lines(&self) -> bool {
        self.has_lines
    }
}

/// Whom a folded text names, in the order of the names in it; `names` the longest first.
fn named(text: &str, names: &[(String, ParticipantId)]) -> Vec<ParticipantId> {
    let mut found: Vec<(usize, usize, ParticipantId)> = Vec::new();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    for (name, id) in names {
        for (from, _) in text.match_indices(name.as_str()) {
            let to = from.saturating_add(name.len());
            let before = text.get(..from).and_then(|text| text.chars().next_back());
            let after = text.get(to..).and_then(|text| text.chars().next());
            // Where words are not parted by spaces, a particle may follow a name at once.
            let spaced = name.is_ascii();
            let touches = spaced
                && (is_letter(before.filter(char::is_ascii))
                    || is_letter(after.filter(char::is_ascii)));
            let taken = found.iter().any(|(a, b, _)| from < *b && *a < to);
            if !touches && !taken {
                found.push((from, to, *id));
            }
        }
    }
    found.sort_unstable();
    let mut ids = Vec::new();
    for (_, _, id) in found {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: ParticipantId = ParticipantId(1);
    const BO: ParticipantId = ParticipantId(2);
    const CY: ParticipantId = ParticipantId(3);

    #[test]
    fn names_are_found_in_the_lines_of_every_language() {
        let mut names = vec![
            ("ann".to_owned(), ParticipantId(7)),
            ("ann lee".to_owned(), ANN),
            ("bo ek".to_owned(), BO),
            (fold("田中"), CY),
        ];
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (line, ids) in [
            ("Ann Lee added Bo Ek", vec![ANN, BO]),
            ("Ann Lee hat Bo Ek hinzugefügt", vec![ANN, BO]),
            ("Ann Lee, Bo Ek'i ekledi", vec![ANN, BO]),
            ("أضاف Ann Lee Bo Ek", vec![ANN, BO]),
            ("Ann Leeが田中を追加しました", vec![ANN, CY]),
            ("Annabel left", vec![]),
            ("\u{202a}Bo Ek\u{202c} left", vec![BO]),
        ] {
            assert_eq!(named(&fold(line), &names), ids, "{line}");
        }
    }

    fn at(position: u32) -> Option<MessageNumber> {
        Some(MessageNumber(position))
    }

    fn of(membership: &Membership, position: u32) -> Vec<(ParticipantId, Basis)> {
        membership.present(position, at)
    }

    #[test]
    fn who_came_and_went_is_followed_and_what_is_open_is_said() {
        let mut group = Membership::default();
        group.note(0, Change::Created, vec![ANN]);
        group.note(2, Change::Added, vec![ANN, BO]);
        group.note(5, Change::Removed, vec![ANN, BO]);
        group.ways.entry(CY).or_default().wrote = vec![4, 9];
        let made = (ANN, Basis::Line(Change::Created, MessageNumber(0)));
        assert_eq!(
            of(&group, 1),
            [made, (CY, Basis::WroteLater(MessageNumber(4)))]
        );
        let added = (BO, Basis::Line(Change::Added, MessageNumber(2)));
        assert_eq!(
            of(&group, 4),
            [made, added, (CY, Basis::Wrote(MessageNumber(4)))]
        );
        assert_eq!(of(&group, 6), [made, (CY, Basis::Wrote(MessageNumber(4)))]);
        // Who writes after that is back.
        group.ways.entry(BO).or_default().wrote = vec![8];
        assert!(of(&group, 9).contains(&(BO, Basis::Wrote(MessageNumber(8)))));
        // One who left was there before, whoever let them in.
        group.ways.remove(&CY);
        group.note(7, Change::Left, vec![CY]);
        let went = (CY, Basis::WentLater(Change::Left, MessageNumber(7)));
        assert!(of(&group, 3).contains(&went));
        assert!(!of(&group, 7).iter().any(|(id, _)| *id == CY));
        // Whom a line is about that names one of two is not guessed.
        group.note(8, Change::Added, vec![ANN]);
        group.note(9, Change::Left, vec![]);
        assert_eq!(group.unknown_before(8), (1, Some(8)));
        assert_eq!(group.unknown_before(20), (2, Some(9)));
    }

    #[test]
    fn stays_begin_and_end_where_lines_say_so_and_nowhere_else() {
        let mut group = Membership::default();
        let way = group.ways.entry(ANN).or_default();
        way.changes = vec![(2, Change::Added), (5, Change::Left), (9, Change::Joined)];
        way.wrote = vec![3, 4, 7];
        group.ways.entry(BO).or_default().wrote = vec![1, 8];
        group.ways.entry(CY).or_default().changes = vec![(6, Change::Removed)];
        let stay = |participant, came, went, wrote| Stay {
            participant,
            came,
            went,
            wrote,
        };
        let (added, joined) = (Some((2, Change::Added)), Some((9, Change::Joined)));
        assert_eq!(
            group.stays(),
            [
                stay(ANN, added, Some((5, Change::Left)), Some((3, 4))),
                stay(ANN, None, None, Some((7, 7))),
                stay(ANN, joined, None, None),
                stay(BO, None, None, Some((1, 8))),
                stay(CY, None, Some((6, Change::Removed)), None),
            ]
        );
    }
}
