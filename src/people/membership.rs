//! Who was in a conversation, and when: from the lines of the app on who came and went, from who
//! wrote, from the export's own list of members, and from nothing else.
//!
//! Names that a reviewer joined are one person. A line on somebody whom it does not let us tell is
//! given itself, as a gap.

pub use super::told::{Change, Who};

use super::Roster;
use super::lines::{named, read, without_quotes};
use super::told::Told;
use crate::case::Store;
use crate::model::{Address, Kind, MessageNumber, ParticipantId, Role, SourceId, ThreadId};
use crate::text::fold;
use std::collections::BTreeMap;

/// What it rests on that someone was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A line before says so.
    Line(Change, MessageNumber),
    /// They wrote before, and no line says since that they went.
    Wrote(MessageNumber),
    /// A line after says that they did something there, left or were removed; none says when they
    /// came.
    LineLater(Change, MessageNumber),
    /// They sent it, and it says to whom.
    Sent,
    /// It was addressed to them.
    Addressed(Role),
    /// It is a chat of two, and they are one of them.
    OfTwo,
    /// The export lists them as a member and does not say since when.
    Listed,
    /// They wrote after, and no line says when they came: perhaps they were not there yet.
    WroteLater(MessageNumber),
}

impl Basis {
    /// The message that it rests on, if it rests on one.
    pub fn message(self) -> Option<MessageNumber> {
        match self {
            Basis::Line(_, number)
            | Basis::Wrote(number)
            | Basis::LineLater(_, number)
            | Basis::WroteLater(number) => Some(number),
            Basis::Sent | Basis::Addressed(_) | Basis::OfTwo | Basis::Listed => None,
        }
    }

    /// Whether it leaves open that they were there.
    pub fn is_open(self) -> bool {
        matches!(self, Basis::WroteLater(_) | Basis::Listed)
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
    /// Whether the export lists them.
    is_listed: bool,
}

/// Who came to one conversation, who went, and who wrote.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    ways: BTreeMap<Who, Way>,
    /// The positions of lines on somebody of whom they do not let us tell who they are.
    unknown: Vec<u32>,
    /// Whether any line tells of somebody who came or went.
    has_lines: bool,
    /// Whether the export lists the members.
    has_list: bool,
    /// Whether it is a chat of two.
    is_of_two: bool,
    names: Names,
}

impl Membership {
    /// Reads a conversation once; for a worker thread. `owner` is who is known to have made an
    /// export.
    pub fn of(
        store: &Store,
        roster: &Roster,
        owner: impl Fn(SourceId) -> Option<ParticipantId>,
        thread: ThreadId,
    ) -> Membership {
        let mut all = Membership::default();
        let Some(head) = store.thread(thread) else {
            return all;
        };
        let person = |id: ParticipantId| {
            let person = roster.person(id);
            Who::Participant(person.map_or(id, |person| person.number))
        };
        for one in store.participants() {
            if one.channel == head.channel {
                let is_of = head.participants.contains(&one.id);
                all.names.learn(&one.name, &person(one.id), is_of);
                let short = Address::parse(&one.name).name;
                all.names
                    .learn(short.trim_start_matches('~'), &person(one.id), is_of);
            }
        }
        for member in &head.members {
            let known = all.names.exactly(member);
            let who = known.unwrap_or_else(|| Who::Named(member.clone()));
            all.names.learn(member, &who, true);
            let short = Address::parse(member).name;
            all.names.learn(&short, &who, true);
            all.ways.entry(who).or_default().is_listed = true;
        }
        let known = |source| owner(source).map_or(Who::Owner(source), person);
        all.read(store, thread, person, |_| true, Some(&known));
        all.has_list = !head.members.is_empty();
        all.is_of_two = head.group == Some(false) && !all.has_lines && all.ways.len() <= 2;
        all
    }

    /// From these messages and lines alone, each name for itself, as the lines write it in full:
    /// what can be told of a part of a conversation to those who have no more of it.
    pub fn among(
        store: &Store,
        thread: ThreadId,
        counts: impl Fn(MessageNumber) -> bool,
    ) -> Membership {
        let mut all = Membership::default();
        let Some(head) = store.thread(thread) else {
            return all;
        };
        for one in store.participants() {
            if one.channel == head.channel {
                let is_of = head.participants.contains(&one.id);
                all.names.learn(&one.name, &Who::Participant(one.id), is_of);
            }
        }
        all.read(store, thread, Who::Participant, counts, None);
        all
    }

    /// Follows the messages and lines that count. `owner` is who made an export; without it lines
    /// are read by the names in them alone, whoever stands as their sender.
    fn read(
        &mut self,
        store: &Store,
        thread: ThreadId,
        person: impl Fn(ParticipantId) -> Who,
        counts: impl Fn(MessageNumber) -> bool,
        owner: Option<&dyn Fn(SourceId) -> Who>,
    ) {
        let sought = self.names.longest_first();
        for (position, number) in (0u32..).zip(store.thread_messages(thread)) {
            let Some(message) = store.message(number).filter(|_| counts(number)) else {
                continue;
            };
            let sender = message.participant.map(&person);
            if message.kind != Kind::System {
                if let Some(sender) = sender {
                    self.ways.entry(sender).or_default().wrote.push(position);
                }
                continue;
            }
            let Some(change) = Change::from_event(&store.extra(number).event) else {
                continue;
            };
            let text = without_quotes(&fold(message.text));
            let reader = owner.map_or(Who::Owner(message.source), |owner| owner(message.source));
            let sender = sender.filter(|_| owner.is_some());
            let told = read(
                change,
                &text,
                &named(&text, &sought),
                sender.as_ref(),
                &reader,
            );
            self.note(position, told);
        }
    }

    fn note(&mut self, position: u32, told: Told) {
        self.has_lines = true;
        for (who, change) in told.about {
            let way = self.ways.entry(who).or_default();
            let is_there = way.changes.last().is_some_and(|(_, last)| last.comes());
            // Who came before is there by that.
            if change != Change::Acted || !is_there {
                way.changes.push((position, change));
            }
        }
        if told.leaves_open {
            self.unknown.push(position);
        }
    }

    /// Who was there when the message at this position was sent, and what that rests on: what is
    /// sure first. `at` gives the message at a position.
    pub fn present(
        &self,
        position: u32,
        at: impl Fn(u32) -> Option<MessageNumber>,
    ) -> Vec<(Who, Basis)> {
        let basis = |way: &Way| {
            if self.is_of_two {
                return Some(Basis::OfTwo);
            }
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
                Some((line, change)) if change.was_there() => {
                    Some(Basis::LineLater(*change, at(*line)?))
                }
                Some(_) => None,
                None if way.is_listed => Some(Basis::Listed),
                None => Some(Basis::WroteLater(at(*way.wrote.first()?)?)),
            }
        };
        let present = self.ways.iter();
        let present = present.filter_map(|(who, way)| Some((who.clone(), basis(way)?)));
        let mut present: Vec<_> = present.collect();
        present.sort_by_key(|(_, basis)| basis.is_open());
        present
    }

    /// Everyone's stays, in the order of people and then of the conversation.
    pub fn stays(&self) -> Vec<Stay> {
        let mut all = Vec::new();
        for (who, way) in &self.ways {
            let Who::Participant(id) = who else {
                continue;
            };
            let changes = way.changes.iter();
            let changes = changes.filter(|(_, change)| *change != Change::Acted);
            let changes = changes.map(|(at, change)| (*at, Some(*change)));
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

    /// How many lines before this position are on somebody of whom they do not let us tell who they
    /// are, and the last.
    pub fn unknown_before(&self, position: u32) -> (usize, Option<u32>) {
        let upto = self.unknown.partition_point(|line| *line <= position);
        let last = upto.checked_sub(1).and_then(|at| self.unknown.get(at));
        (upto, last.copied())
    }

    /// Whom a name means that a message of the conversation gives.
    pub fn who(&self, name: &str) -> Who {
        let known = self.names.exactly(name);
        known.unwrap_or_else(|| Who::Named(name.to_owned()))
    }

    /// Whether the export says when somebody came or went, or who is in a chat of two.
    pub fn tells(&self) -> bool {
        self.has_lines || self.is_of_two
    }

    /// Whether the export lists the members, as they were when it was made.
    pub fn has_list(&self) -> bool {
        self.has_list
    }
}

/// Whom the names of a channel mean in one conversation.
#[derive(Clone, Debug, Default)]
struct Names {
    /// By the folded name: those who bear it, and whether they are of the conversation.
    bearers: BTreeMap<String, Vec<(Who, bool)>>,
}

impl Names {
    /// Learns a name.
    fn learn(&mut self, name: &str, who: &Who, is_of: bool) {
        let name = fold(name);
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        let bearers = self.bearers.entry(name.to_owned()).or_default();
        match bearers.iter_mut().find(|(known, _)| known == who) {
            Some((_, known)) => *known |= is_of,
            None => bearers.push((who.clone(), is_of)),
        }
    }

    /// The one whom a name means: of several, the one who is of the conversation.
    fn meant(bearers: &[(Who, bool)]) -> Option<Who> {
        let mut own = bearers.iter().filter(|(_, is_of)| *is_of);
        match (bearers, own.next(), own.next()) {
            ([(only, _)], ..) | (_, Some((only, _)), None) => Some(only.clone()),
            _ => None,
        }
    }

    /// The one who bears exactly this name.
    fn exactly(&self, name: &str) -> Option<Who> {
        self.bearers
            .get(fold(name).trim())
            .and_then(|bearers| Names::meant(bearers))
    }

    /// All of them: `Ann Lee` is not to be found as `Ann`.
    fn longest_first(&self) -> Vec<(String, Option<Who>)> {
        let bearers = self.bearers.iter();
        let bearers = bearers.map(|(name, of)| (name.clone(), Names::meant(of)));
        let mut all: Vec<_> = bearers.collect();
        all.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Who = Who::Participant(ParticipantId(1));
    const BO: Who = Who::Participant(ParticipantId(2));
    const CY: Who = Who::Participant(ParticipantId(3));

    fn at(position: u32) -> Option<MessageNumber> {
        Some(MessageNumber(position))
    }

    fn of(membership: &Membership, position: u32) -> Vec<(Who, Basis)> {
        membership.present(position, at)
    }

    fn told(about: &[(Who, Change)]) -> Told {
        let about = about.to_vec();
        Told {
            leaves_open: about.is_empty(),
            about,
        }
    }

    #[test]
    fn who_came_and_went_is_followed_and_what_is_open_is_said() {
        use Change::{Acted, Added, Created, Left, Removed};
        let mut group = Membership::default();
        group.note(0, told(&[(ANN, Created)]));
        group.note(2, told(&[(ANN, Acted), (BO, Added)]));
        group.note(5, told(&[(ANN, Acted), (BO, Removed)]));
        group.ways.entry(CY).or_default().wrote = vec![4, 9];
        let made = (ANN, Basis::Line(Created, MessageNumber(0)));
        assert_eq!(
            of(&group, 1),
            [made.clone(), (CY, Basis::WroteLater(MessageNumber(4)))]
        );
        let added = (BO, Basis::Line(Added, MessageNumber(2)));
        let wrote = (CY, Basis::Wrote(MessageNumber(4)));
        assert_eq!(of(&group, 4), [made.clone(), added, wrote.clone()]);
        assert_eq!(of(&group, 6), [made, wrote]);
        // Who writes after that is back.
        group.ways.entry(BO).or_default().wrote = vec![8];
        assert!(of(&group, 9).contains(&(BO, Basis::Wrote(MessageNumber(8)))));
        // One who left was there before, whoever let them in.
        group.ways.remove(&CY);
        group.note(7, told(&[(CY, Left)]));
        let went = (CY, Basis::LineLater(Left, MessageNumber(7)));
        assert!(of(&group, 3).contains(&went));
        assert!(!of(&group, 7).iter().any(|(who, _)| *who == CY));
        // What a line leaves open is counted.
        group.note(9, told(&[]));
        assert_eq!(group.unknown_before(8), (0, None));
        assert_eq!(group.unknown_before(20), (1, Some(9)));
    }

    #[test]
    fn a_list_of_members_says_who_and_not_since_when() {
        let mut group = Membership::default();
        group.ways.entry(ANN).or_default().is_listed = true;
        let bo = group.ways.entry(BO).or_default();
        (bo.is_listed, bo.wrote) = (true, vec![3]);
        assert_eq!(of(&group, 1), [(ANN, Basis::Listed), (BO, Basis::Listed)]);
        let wrote = (BO, Basis::Wrote(MessageNumber(3)));
        assert_eq!(of(&group, 3), [wrote, (ANN, Basis::Listed)]);
        group.note(5, told(&[(ANN, Change::Joined)]));
        assert_eq!(of(&group, 4).len(), 1, "she joined later");
    }

    #[test]
    fn a_name_means_the_one_of_the_conversation_or_nobody() {
        let mut names = Names::default();
        names.learn("Ann Lee <ann@a.example>", &ANN, false);
        names.learn("Ann Lee", &ANN, false);
        names.learn("Ann Lee", &BO, true);
        names.learn("Cy", &CY, false);
        assert_eq!(names.exactly("ann lee"), Some(BO));
        assert_eq!(names.exactly("Ann Lee <ann@a.example>"), Some(ANN));
        assert_eq!(names.exactly("Cy"), Some(CY));
        names.learn("Ann Lee", &ANN, true);
        assert_eq!(names.exactly("ann lee"), None);
    }

    #[test]
    fn stays_begin_and_end_where_lines_say_so_and_nowhere_else() {
        let mut group = Membership::default();
        let way = group.ways.entry(ANN).or_default();
        way.changes = vec![(2, Change::Added), (5, Change::Left), (9, Change::Joined)];
        way.wrote = vec![3, 4, 7];
        group.ways.entry(BO).or_default().wrote = vec![1, 8];
        group.ways.entry(CY).or_default().changes = vec![(6, Change::Removed)];
        let stay = |who: Who, came, went, wrote| Stay {
            participant: match who {
                Who::Participant(id) => id,
                other => panic!("{other:?}"),
            },
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
