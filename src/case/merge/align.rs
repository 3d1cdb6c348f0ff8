//! The same messages in two tellings of one chat, whatever the two phones' clocks show and
//! whatever names they give to the senders.
//!
//! Texts that either telling has once are the first holds; those that stand in one order in both,
//! and whose clocks differ alike, say by how much one clock is ahead at each place, how much that
//! wavers, and who is who. With that known, the rest is paired by sender, text and time, the first
//! with the first. What is then left over is compared without its text.
//!
//! Two chats are one only where at least half of what was said while both go on is the same, by
//! everybody who says much, and more than one person says it or the title is one. That is decided
//! here too, because it rests on the same holds.

use super::clocks::{Clocks, LOOSEST, most_of, smooth};
use crate::model::{Kind, ParticipantId};
use std::collections::{BTreeMap, BTreeSet};

/// Clocks differ by a day and its zones at most; what differs by more is another message.
pub(super) const FARTHEST: i64 = 26 * 3600;
/// Around one clock difference the times of single messages waver by no more than this: a message
/// may reach a phone minutes after it was sent.
const WAVER: i64 = 600;
/// Fewer holds than this say nothing of the clocks.
const LEAST_HOLDS: usize = 3;
/// Letters that holds must have in all before they tell a chat from others like it.
const LEAST_LETTERS: u32 = 40;
/// Leftovers of one sender at one time that are looked at.
const MOST_TRIES: usize = 64;

/// One message as far as comparing needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Which it is: its number in the case, or its place among those read.
    pub at: u32,
    /// The clock time that its export shows, in seconds.
    pub clock: Option<i64>,
    /// Who sent it; who a line of the app is about does not count.
    pub sender: Option<ParticipantId>,
    /// Of its text.
    pub key: u64,
    /// How many letters its text has, as far as that can be counted here.
    pub letters: u8,
    /// What it is.
    pub kind: Kind,
}

impl Told {
    /// Whether somebody said it: what two chats can be told apart by.
    pub(super) fn is_said(&self) -> bool {
        self.sender.is_some() && self.kind.is_decidable()
    }
}

/// Two tellings of what may be one chat.
pub(super) struct Aligned<'a> {
    here: &'a [Told],
    there: &'a [Told],
    /// What stands at the same place on the other side.
    pub other_here: Vec<Option<u32>>,
    pub other_there: Vec<Option<u32>>,
    /// By which name a sender here goes there.
    names: BTreeMap<ParticipantId, ParticipantId>,
    /// Who holds speak for, by the name here: how many, and how many letters in all.
    holds: BTreeMap<ParticipantId, (u32, u32)>,
    clocks: Clocks,
    /// Seconds between two times that the clocks can tell apart.
    unit: i64,
}

fn get<T: Copy>(all: &[T], at: u32) -> Option<T> {
    all.get(usize::try_from(at).ok()?).copied()
}

/// Texts that were said once: their keys and places, by key.
fn once(told: &[Told]) -> Vec<(u64, u32)> {
    let mut keys: Vec<(u64, u32)> = (0u32..)
        .zip(told)
        .filter(|(_, told)| told.is_said() && told.clock.is_some())
        .map(|(at, told)| (told.key, at))
        .collect();
    keys.sort_unstable();
    let several = |at: usize| {
        let key = keys.get(at).map(|(key, _)| *key);
        let next = keys.get(at.wrapping_add(1)).map(|(key, _)| *key);
        let before = at.checked_sub(1).and_then(|at| keys.get(at));
        key == next || key == before.map(|(key, _)| *key)
    };
    let single: Vec<bool> = (0..keys.len()).map(|at| !several(at)).collect();
    let mut single = single.into_iter();
    keys.retain(|_| single.next().unwrap_or_default());
    keys
}

/// The longest run of pairs, ascending there as they stand, that ascends here too.
fn in_one_order(pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
    // Patience sorting: for each length, the run that ends lowest here, and what came before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let here = |at: usize| pairs.get(at).map_or(u32::MAX, |(here, _)| *here);
    for (at, (place, _)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| here(*end) < *place);
        before.push(
            length
                .checked_sub(1)
                .and_then(|last| ends.get(last).copied()),
        );
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        run.extend(pairs.get(at).copied());
        next = before.get(at).copied().flatten();
    }
    run.reverse();
    run
}

/// One leftover as pairing by time sorts it: sender there, key, time here, place, and by how many
/// seconds that time may be wrong.
type Waiting = (Option<ParticipantId>, u64, Option<i64>, u32, i64);

/// Pairs what has one sender and one key and stands near in time, the first with the first.
fn near(here: &[Waiting], there: &[Waiting], waver: i64) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let (mut h, mut t) = (here.iter().peekable(), there.iter().peekable());
    while let (Some(a), Some(b)) = (h.peek(), t.peek()) {
        let order = (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| match (a.2, b.2) {
            (Some(here), Some(there)) if (here - there).abs() <= waver + b.4 => {
                std::cmp::Ordering::Equal
            }
            (one, other) => one.cmp(&other),
        });
        match order {
            std::cmp::Ordering::Less => {
                h.next();
            }
            std::cmp::Ordering::Greater => {
                t.next();
            }
            std::cmp::Ordering::Equal => {
                pairs.push((a.3, b.3));
                h.next();
                t.next();
            }
        }
    }
    pairs
}

impl<'a> Aligned<'a> {
    /// Pairs the messages of two tellings; places are those in the slices. `nameless` are senders
    /// whose name each export gives to its own owner (`Me`): that it is the same says nothing.
    /// `unit` is what all times are multiples of, in seconds.
    pub(super) fn new(
        here: &'a [Told],
        there: &'a [Told],
        nameless: &BTreeSet<ParticipantId>,
        unit: i64,
    ) -> Aligned<'a> {
        let mut this = Aligned {
            unit,
            here,
            there,
            other_here: vec![None; here.len()],
            other_there: vec![None; there.len()],
            names: BTreeMap::new(),
            holds: BTreeMap::new(),
            clocks: Clocks {
                ahead: Vec::new(),
                waver: 0,
            },
        };
        let holds = this.find_holds();
        this.find_names(&holds, nameless);
        for (here, there) in holds {
            this.hold(here, there);
        }
        this.pair_near(0);
        let waver = this.clocks.waver;
        if waver > 0 {
            this.pair_near(waver);
        }
        if this.find_more_names() {
            this.pair_near(waver);
        }
        this
    }

    fn time_here(&self, there: u32) -> Option<i64> {
        let clock = get(self.there, there)?.clock?;
        Some(clock.saturating_sub(self.clocks.ahead(there)))
    }

    /// Finds what both have once, and what it says of the clocks.
    fn find_holds(&mut self) -> Vec<(u32, u32)> {
        let (one, other) = (once(self.here), once(self.there));
        let mut pairs = Vec::new();
        let (mut h, mut t) = (one.iter().peekable(), other.iter().peekable());
        while let (Some((a, here)), Some((b, there))) = (h.peek(), t.peek()) {
            if a == b {
                pairs.push((*here, *there));
            }
            let (step_here, step_there) = (a <= b, b <= a);
            if step_here {
                h.next();
            }
            if step_there {
                t.next();
            }
        }
        pairs.sort_unstable_by_key(|(_, there)| *there);
        let ahead = |(here, there): &(u32, u32)| {
            let here = get(self.here, *here)?.clock?;
            let there = get(self.there, *there)?.clock?;
            Some(there - here)
        };
        let is_near = |pair: &(u32, u32)| ahead(pair).is_some_and(|by| by.abs() <= FARTHEST);
        pairs.retain(is_near);
        let all = pairs.clone();
        let mut run = in_one_order(&pairs);
        // A text that comes again much later is no hold: its clock differs from its neighbours'.
        let by: Vec<i64> = run.iter().filter_map(ahead).collect();
        let mut around = smooth(&by).into_iter().zip(by);
        run.retain(|_| {
            around
                .next()
                .is_some_and(|(usual, by)| (usual - by).abs() <= WAVER)
        });
        if run.len() < LEAST_HOLDS {
            return all
                .into_iter()
                .filter(|pair| ahead(pair) == Some(0))
                .collect();
        }
        let by: Vec<i64> = run.iter().filter_map(ahead).collect();
        // How far each hold is from what those on its two sides show.
        let between = |three: &[i64]| match three {
            [before, at, after] => (at - (before + after) / 2).abs(),
            _ => 0,
        };
        let around = most_of(by.windows(3).map(between).collect());
        // Of two clocks that are not the same, one may turn its minute before the other.
        let turn = if by.iter().all(|by| *by == 0) {
            0
        } else {
            self.unit
        };
        let waver = around.max(turn).min(LOOSEST);
        let clocks: Vec<(u32, i64)> = run.iter().map(|(_, there)| *there).zip(by).collect();
        self.clocks = Clocks {
            ahead: clocks,
            waver,
        };
        // Those that stand in another order are holds too, where their clocks agree.
        all.into_iter()
            .filter(|(here, there)| {
                let here = get(self.here, *here).and_then(|told| told.clock);
                let there = self.time_here(*there);
                here.zip(there)
                    .is_some_and(|(here, there)| (here - there).abs() <= waver.max(LOOSEST))
            })
            .collect()
    }

    /// Who is who: by which name there most of the holds of a sender here go.
    fn find_names(&mut self, holds: &[(u32, u32)], nameless: &BTreeSet<ParticipantId>) {
        let mut counts: BTreeMap<ParticipantId, BTreeMap<ParticipantId, u32>> = BTreeMap::new();
        for (here, there) in holds {
            let sender = |told: Option<Told>| told.and_then(|told| told.sender);
            if let (Some(here), Some(there)) = (
                sender(get(self.here, *here)),
                sender(get(self.there, *there)),
            ) {
                *counts.entry(here).or_default().entry(there).or_default() += 1;
            }
        }
        for (here, there) in &counts {
            let all: u32 = there.values().sum();
            let most = there.iter().max_by_key(|(_, count)| **count);
            if let Some((name, count)) = most
                && count.saturating_mul(4) >= all.saturating_mul(3)
            {
                self.names.insert(*here, *name);
            }
        }
        let speakers = |told: &[Told]| -> BTreeSet<ParticipantId> {
            let said = told.iter().filter(|told| told.is_said());
            said.filter_map(|told| told.sender).collect()
        };
        let there = speakers(self.there);
        for sender in speakers(self.here) {
            if there.contains(&sender)
                && !nameless.contains(&sender)
                && !counts.contains_key(&sender)
            {
                self.names.insert(sender, sender);
            }
        }
    }

    fn hold(&mut self, here: u32, there: u32) {
        let (Some(one), Some(other)) = (get(self.here, here), get(self.there, there)) else {
            return;
        };
        if let (Some(sender), Some(name)) = (one.sender, other.sender)
            && self.names.get(&sender) == Some(&name)
        {
            let (count, letters) = self.holds.entry(sender).or_default();
            *count += 1;
            *letters += u32::from(one.letters);
            self.pair(here, there);
        }
    }

    fn pair(&mut self, here: u32, there: u32) {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        if let (Some(h), Some(t)) = (
            self.other_here.get_mut(place(here)),
            self.other_there.get_mut(place(there)),
        ) {
            (*h, *t) = (Some(there), Some(here));
        }
    }

    fn left_over(told: &[Told], other: &[Option<u32>]) -> Vec<u32> {
        (0u32..)
            .zip(told.iter().zip(other))
            .filter(|(_, (_, other))| other.is_none())
            .map(|(at, _)| at)
            .collect()
    }

    /// What is left over here: with the sender's name there.
    fn waiting_here(&self) -> Vec<Waiting> {
        let left = Aligned::left_over(self.here, &self.other_here).into_iter();
        let mut waiting: Vec<Waiting> = left
            .filter_map(|at| {
                let told = get(self.here, at)?;
                let name = match told.sender.filter(|_| told.is_said()) {
                    Some(sender) => Some(*self.names.get(&sender)?),
                    None => None,
                };
                Some((name, told.key, told.clock, at, 0))
            })
            .collect();
        waiting.sort_unstable();
        waiting
    }

    fn waiting_there(&self) -> Vec<Waiting> {
        let left = Aligned::left_over(self.there, &self.other_there).into_iter();
        let mut waiting: Vec<Waiting> = left
            .filter_map(|at| {
                let told = get(self.there, at)?;
                let sender = told.sender.filter(|_| told.is_said());
                Some((
                    sender,
                    told.key,
                    self.time_here(at),
                    at,
                    self.clocks.slack(at),
                ))
            })
            .collect();
        waiting.sort_unstable();
        waiting
    }

    fn pair_near(&mut self, waver: i64) {
        for (here, there) in near(&self.waiting_here(), &self.waiting_there(), waver) {
            self.pair(here, there);
        }
    }

    /// Finds the names of senders who said nothing that was said once, where at least half of what
    /// they said is what one sender there said at the same times. Says whether it found any.
    fn find_more_names(&mut self) -> bool {
        let nobody = |waiting: Vec<Waiting>| -> Vec<Waiting> {
            let mut waiting: Vec<Waiting> = waiting
                .into_iter()
                .map(|(_, key, time, at, slack)| (None, key, time, at, slack))
                .collect();
            waiting.sort_unstable();
            waiting
        };
        let unnamed = |sender: &ParticipantId| !self.names.contains_key(sender);
        let mut said: BTreeMap<ParticipantId, u32> = BTreeMap::new();
        let mut here: Vec<Waiting> = Vec::new();
        let window = self.common_window();
        for (at, told) in (0u32..).zip(self.here) {
            if let Some(sender) = told.sender.filter(unnamed)
                && told.is_said()
            {
                let is_common = window
                    .zip(told.clock)
                    .is_some_and(|((from, to), clock)| (from..=to).contains(&clock));
                *said.entry(sender).or_default() += u32::from(is_common);
                here.push((None, told.key, told.clock, at, 0));
            }
        }
        if here.is_empty() {
            return false;
        }
        here.sort_unstable();
        let there = nobody(
            self.waiting_there()
                .into_iter()
                .filter(|(sender, ..)| sender.is_some())
                .collect(),
        );
        let mut counts: BTreeMap<(ParticipantId, ParticipantId), u32> = BTreeMap::new();
        for (here, there) in near(&here, &there, self.clocks.waver) {
            if let (Some(one), Some(other)) = (
                get(self.here, here).and_then(|told| told.sender),
                get(self.there, there).and_then(|told| told.sender),
            ) {
                *counts.entry((one, other)).or_default() += 1;
            }
        }
        let mut found = false;
        let taken: BTreeSet<ParticipantId> = self.names.values().copied().collect();
        for ((one, other), count) in counts {
            let all = said.get(&one).copied().unwrap_or(u32::MAX);
            // A name that speaks for another already needs more than one word in common.
            let is_new = !taken.contains(&other) || count > 1;
            if count.saturating_mul(2) >= all && is_new && !self.names.contains_key(&one) {
                self.names.insert(one, other);
                found = true;
            }
        }
        found
    }

    /// The times here between which both say something.
    fn common_window(&self) -> Option<(i64, i64)> {
        let here = || {
            let said = self.here.iter().filter(|told| told.is_said());
            said.filter_map(|told| told.clock)
        };
        let there = || {
            (0u32..)
                .zip(self.there)
                .filter(|(_, told)| told.is_said())
                .filter_map(|(at, _)| self.time_here(at))
        };
        let from = here().min()?.max(there().min()?);
        let to = here().max()?.min(there().max()?);
        Some((from, to))
    }

    /// Whether the two are tellings of one chat.
    pub(super) fn is_one_chat(&self, same_title: bool) -> bool {
        let Some((from, to)) = self.common_window() else {
            // One of them holds lines of the app only: they must be the other's.
            let pairs = self.other_here.iter().flatten().count();
            let all = self.here.len().min(self.there.len());
            return same_title && pairs > 0 && pairs == all;
        };
        let (from, to) = (from - self.clocks.waver, to + self.clocks.waver);
        // By name there: how much is said here, there, and in both. Senders here whom nobody there
        // goes for are `None`.
        let mut said: BTreeMap<ParticipantId, (u32, u32, u32)> = BTreeMap::new();
        let mut unknown: BTreeMap<ParticipantId, u32> = BTreeMap::new();
        for (told, other) in self.here.iter().zip(&self.other_here) {
            let (Some(sender), Some(clock)) = (told.sender, told.clock) else {
                continue;
            };
            if !told.is_said() || !(from..=to).contains(&clock) {
                continue;
            }
            match self.names.get(&sender) {
                Some(name) => {
                    let counts = said.entry(*name).or_default();
                    counts.0 += 1;
                    counts.2 += u32::from(other.is_some());
                }
                None => *unknown.entry(sender).or_default() += 1,
            }
        }
        for (at, told) in (0u32..).zip(self.there) {
            if let (Some(sender), Some(time)) = (told.sender, self.time_here(at))
                && told.is_said()
                && (from..=to).contains(&time)
            {
                said.entry(sender).or_default().1 += 1;
            }
        }
        let same: u32 = said.values().map(|(_, _, same)| same).sum();
        let here: u32 =
            said.values().map(|(here, ..)| here).sum::<u32>() + unknown.values().sum::<u32>();
        let there: u32 = said.values().map(|(_, there, _)| there).sum();
        let least = here.min(there);
        let (holds, letters) = self
            .holds
            .values()
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        // Where much is told from everything else, each side may lack more.
        let share = if holds >= 20 && letters >= 20 * LEAST_LETTERS {
            5
        } else {
            2
        };
        if least == 0 || same.saturating_mul(share) < least {
            return false;
        }
        // A circular to many has one sender's messages in common and nobody else's.
        let differs = said.values().any(|(here, there, same)| {
            let least = *here.min(there);
            least >= 3 && same.saturating_mul(share) < least
        });
        if differs || self.has_strangers(&said, &unknown, same) {
            return false;
        }
        let speakers = said.values().filter(|(_, _, same)| *same > 0).count();
        let is_told_apart = letters >= LEAST_LETTERS || same >= 20;
        match (same_title, self.clocks.is_shifted()) {
            (true, false) => same >= 3 || same >= least || (same >= 2 && is_told_apart),
            (true, true) => same >= 3 && is_told_apart,
            (false, _) => same >= 3 && speakers >= 2 && is_told_apart,
        }
    }

    /// Whether on each side somebody speaks whom the other side does not have: then they are two
    /// chats with somebody who tells both the same.
    fn has_strangers(
        &self,
        said: &BTreeMap<ParticipantId, (u32, u32, u32)>,
        unknown: &BTreeMap<ParticipantId, u32>,
        same: u32,
    ) -> bool {
        // Who speaks on both sides under one name is no stranger, be it that nothing is the same.
        let alone = |counts: &(u32, u32, u32)| counts.0 == 0 || counts.1 == 0;
        let only_here: u32 = unknown.values().sum::<u32>()
            + said
                .values()
                .filter(|counts| alone(counts))
                .map(|one| one.0)
                .sum::<u32>();
        let only_there: u32 = said
            .values()
            .filter(|counts| alone(counts))
            .map(|one| one.1)
            .sum();
        let strangers = only_here.min(only_there);
        let here = unknown.len() + said.values().filter(|(here, ..)| *here > 0).count();
        let there = said.values().filter(|(_, there, _)| *there > 0).count();
        strangers > 0 && ((here <= 2 && there <= 2) || strangers.saturating_mul(10) > same)
    }

    /// Compares what is left over without its text: `differ` says whether a message here and one
    /// there, of one sender and time, are the same told otherwise, and whether they are to be
    /// paired. Gives those that only belong together, by place here and there.
    pub(super) fn pair_left_over(
        &mut self,
        differ: &dyn Fn(&Told, &Told) -> Option<Verdict>,
    ) -> Vec<(u32, u32)> {
        let mut left: BTreeMap<Option<ParticipantId>, Vec<(i64, u32)>> = BTreeMap::new();
        for (name, _, time, at, _) in self.waiting_here() {
            if let Some(time) = time {
                left.entry(name).or_default().push((time, at));
            }
        }
        for left in left.values_mut() {
            left.sort_unstable();
        }
        let mut beside = Vec::new();
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for there in Aligned::left_over(self.there, &self.other_there) {
            let (Some(told), Some(time)) = (get(self.there, there), self.time_here(there)) else {
                continue;
            };
            let sender = told.sender.filter(|_| told.is_said());
            let Some(left) = left.get(&sender) else {
                continue;
            };
            let waver = self.clocks.waver + self.clocks.slack(there);
            let from = left.partition_point(|(at, _)| *at < time.saturating_sub(waver));
            let found = left
                .get(from..)
                .into_iter()
                .flatten()
                .take_while(|(at, _)| *at <= time.saturating_add(waver))
                .take(MOST_TRIES)
                .filter(|(_, here)| !taken.contains(here))
                .find_map(|(_, here)| Some((*here, differ(&get(self.here, *here)?, &told)?)));
            match found {
                Some((here, Verdict::Same)) => {
                    taken.insert(here);
                    self.pair(here, there);
                }
                Some((here, Verdict::Beside)) => {
                    taken.insert(here);
                    beside.push((here, there));
                }
                None => {}
            }
        }
        beside
    }

    /// How much of what was said is the same.
    pub(super) fn same(&self) -> u32 {
        let said = self.here.iter().zip(&self.other_here);
        let same = said.filter(|(told, other)| told.is_said() && other.is_some());
        u32::try_from(same.count()).unwrap_or(u32::MAX)
    }
}

/// What two messages of one sender and time with different texts are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same, told otherwise.
    Same,
    /// Not the same, but one tells something of the other.
    Beside,
}
