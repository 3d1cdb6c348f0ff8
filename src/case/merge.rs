//! A later export of a chat that the case has already: which of its messages are new, where they
//! go, and what the two exports disagree on.
//!
//! Two exports are of one chat when their titles or their senders agree *and* at least half of
//! what was said while both go on is the same; chats that are only alike stay apart. The same
//! message is one of the same clock time, sender and text; where that occurs several times, the
//! first there is the first here, and so on. What is left over is compared without the sender (a
//! contact that was renamed), and then without the text (deleted, edited, a file left out).
//!
//! A message that the case knows is never changed. A new one is placed after the message that it
//! follows in its own export.

use super::batch::Draft;
use super::store::{Disagree, Disagreement, Store, Thread};
use crate::model::{Kind, Marks, MessageNumber, ParticipantId, SourceId, Span, ThreadId};
use crate::text;
use roaring::RoaringBitmap;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// What an export adds to the case.
pub(super) struct Plan {
    /// Which of its messages are new, counted from 0 as they were read; `None` where all are.
    pub keep: Option<RoaringBitmap>,
    /// Threads that are new or changed, whole.
    pub threads: Vec<Thread>,
    /// What it tells differently.
    pub disagreements: Vec<Disagreement>,
}

/// One message as far as comparing needs it.
#[derive(Clone, Copy)]
struct Told<'a> {
    /// The clock time, in the coarser of the two exports' units.
    time: Option<i64>,
    sender: Option<ParticipantId>,
    kind: Kind,
    marks: Marks,
    text: &'a str,
}

impl Told<'_> {
    fn hash(&self, with_sender: bool) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.time.hash(&mut hasher);
        if with_sender {
            self.sender.hash(&mut hasher);
        }
        self.text.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether somebody said it: what two chats can be told apart by.
    fn is_said(&self) -> bool {
        self.sender.is_some() && self.kind.is_decidable()
    }
}

fn clock(time: Option<i64>, offset_minutes: i16, unit: i64) -> Option<i64> {
    time.map(|time| (time + i64::from(offset_minutes) * 60).div_euclid(unit))
}

/// One side of a comparison: messages in the order of their export or thread.
struct Side<'a> {
    told: Vec<Told<'a>>,
    /// What stands at the same place on the other side.
    other: Vec<Option<u32>>,
}

impl<'a> Side<'a> {
    fn new(told: Vec<Told<'a>>) -> Side<'a> {
        Side {
            other: vec![None; told.len()],
            told,
        }
    }

    fn get(&self, at: u32) -> Option<&Told<'a>> {
        self.told.get(usize::try_from(at).ok()?)
    }

    fn is_matched(&self, at: usize) -> bool {
        self.other.get(at).copied().flatten().is_some()
    }

    /// Hashes of what is not matched yet, sorted, equal ones in their order.
    fn left_over(&self, with_sender: bool) -> Vec<(u64, u32)> {
        let mut hashes: Vec<_> = self
            .told
            .iter()
            .zip(&self.other)
            .zip(0u32..)
            .filter(|((_, other), _)| other.is_none())
            .map(|((told, _), at)| (told.hash(with_sender), at))
            .collect();
        hashes.sort_unstable();
        hashes
    }

    /// The times between which somebody says something.
    fn window(&self) -> Option<(i64, i64)> {
        let times = || {
            self.told
                .iter()
                .filter(|told| told.is_said())
                .filter_map(|told| told.time)
        };
        Some((times().min()?, times().max()?))
    }

    /// Who said how much in a time.
    fn said(&self, window: (i64, i64)) -> BTreeMap<Option<ParticipantId>, u32> {
        let mut said = BTreeMap::new();
        for told in &self.told {
            if told.is_said() && told.time.is_some_and(|t| t >= window.0 && t <= window.1) {
                *said.entry(told.sender).or_default() += 1;
            }
        }
        said
    }
}

/// Pairs equal hashes: the first with the first, the second with the second.
fn join(left: &[(u64, u32)], right: &[(u64, u32)]) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some((a, at)), Some((b, there))) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => {
                left.next();
            }
            std::cmp::Ordering::Greater => {
                right.next();
            }
            std::cmp::Ordering::Equal => {
                pairs.push((*at, *there));
                left.next();
                right.next();
            }
        }
    }
    pairs
}

/// An export's thread compared with one of the case.
struct Match<'a> {
    id: ThreadId,
    /// The thread's messages by position.
    numbers: Vec<u32>,
    here: Side<'a>,
    there: Side<'a>,
    /// Senders with another name in the export: in the case, there, how many messages.
    renamed: BTreeMap<ParticipantId, (ParticipantId, u32)>,
    /// How much of what was said is the same.
    same: u32,
}

impl<'a> Match<'a> {
    fn new(store: &'a Store, thread: &Thread, there: Vec<Told<'a>>, unit: i64) -> Match<'a> {
        let numbers: Vec<u32> = thread.runs.iter().cloned().flatten().collect();
        let told = numbers
            .iter()
            .filter_map(|number| store.message(MessageNumber(*number)))
            .map(|message| Told {
                time: clock(message.time, message.offset_minutes, unit),
                sender: message.participant,
                kind: message.kind,
                marks: message.marks,
                text: message.text,
            })
            .collect();
        let mut this = Match {
            id: thread.id,
            numbers,
            here: Side::new(told),
            there: Side::new(there),
            renamed: BTreeMap::new(),
            same: 0,
        };
        this.match_same();
        this.match_renamed();
        this
    }

    fn pair(&mut self, here: u32, there: u32) {
        let (Ok(h), Ok(t)) = (usize::try_from(here), usize::try_from(there)) else {
            return;
        };
        if self.here.get(here).is_some_and(Told::is_said) {
            self.same += 1;
        }
        if let (Some(h), Some(t)) = (self.here.other.get_mut(h), self.there.other.get_mut(t)) {
            (*h, *t) = (Some(there), Some(here));
        }
    }

    fn match_same(&mut self) {
        for (here, there) in join(&self.here.left_over(true), &self.there.left_over(true)) {
            let same = match (self.here.get(here), self.there.get(there)) {
                (Some(a), Some(b)) => a.time == b.time && a.sender == b.sender && a.text == b.text,
                _ => false,
            };
            if same {
                self.pair(here, there);
            }
        }
    }

    fn match_renamed(&mut self) {
        let senders_there: BTreeSet<_> = self.there.told.iter().map(|told| told.sender).collect();
        let senders_here: BTreeSet<_> = self.here.told.iter().map(|told| told.sender).collect();
        let Some(window) = self.there.window() else {
            return;
        };
        let said = self.here.said(window);
        let mut pairs: BTreeMap<(ParticipantId, ParticipantId), Vec<(u32, u32)>> = BTreeMap::new();
        for (here, there) in join(&self.here.left_over(false), &self.there.left_over(false)) {
            if let (Some(a), Some(b)) = (self.here.get(here), self.there.get(there))
                && let (Some(old), Some(new)) = (a.sender, b.sender)
                && a.time == b.time
                && a.text == b.text
                && a.is_said()
                && !senders_there.contains(&Some(old))
            {
                pairs.entry((old, new)).or_default().push((here, there));
            }
        }
        for ((old, new), pairs) in pairs {
            let count = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
            let all = said.get(&Some(old)).copied().unwrap_or_default();
            // A name that neither side shares with the other needs less evidence than one that
            // has said other things here under that very name.
            let is_known = senders_here.contains(&Some(new));
            if count.saturating_mul(2) < all || (is_known && count < 2) {
                continue;
            }
            if self.renamed.contains_key(&old) {
                continue;
            }
            self.renamed.insert(old, (new, count));
            for (here, there) in pairs {
                self.pair(here, there);
            }
        }
    }

    /// The name that a sender of the case has in the export.
    fn name_there(&self, sender: Option<ParticipantId>) -> Option<ParticipantId> {
        sender.map(|old| self.renamed.get(&old).map_or(old, |(new, _)| *new))
    }

    /// Whether the two are exports of one chat.
    fn is_one_chat(&self, same_title: bool) -> bool {
        let (Some(here), Some(there)) = (self.here.window(), self.there.window()) else {
            // One of them holds lines of the app only: they must be the other's.
            let pairs = self.here.other.iter().flatten().count();
            let all = self.here.told.len().min(self.there.told.len());
            return same_title && pairs > 0 && pairs == all;
        };
        let window = (here.0.max(there.0), here.1.min(there.1));
        let (said_here, said_there) = (self.here.said(window), self.there.said(window));
        let least = said_here
            .values()
            .sum::<u32>()
            .min(said_there.values().sum());
        let mut same: BTreeMap<Option<ParticipantId>, u32> = BTreeMap::new();
        for (told, other) in self.here.told.iter().zip(&self.here.other) {
            if told.is_said() && other.is_some() {
                *same.entry(told.sender).or_default() += 1;
            }
        }
        if least == 0 || self.same.saturating_mul(2) < least {
            return false;
        }
        // A circular to many has one sender's messages in common and nobody else's.
        let differs = said_here.iter().any(|(sender, count)| {
            let name = self.name_there(*sender);
            let least = said_there.get(&name).copied().unwrap_or(0).min(*count);
            least >= 3 && same.get(sender).copied().unwrap_or(0).saturating_mul(2) < least
        });
        if differs {
            return false;
        }
        if same_title {
            self.same >= 3 || self.same >= least
        } else {
            self.same >= 3 && same.len() >= 2
        }
    }
}

/// A thread of the case with the places of its new messages.
struct Placed {
    thread: Thread,
    /// Its messages by position.
    numbers: Vec<u32>,
    /// The new ones: the position that each stands before, and which it is as read; ascending.
    inserts: Vec<(u32, u32)>,
}

/// What a leftover of the case and one of the export, of one time and sender, are to each other.
fn differ(here: &Told<'_>, there: &Told<'_>, same_event: bool) -> Option<Disagree> {
    let is_file = |kind| matches!(kind, Kind::Attachment | Kind::Omitted | Kind::ViewOnce);
    let is_gone = |kind| matches!(kind, Kind::Deleted | Kind::NotExported);
    if !here.kind.is_decidable() || !there.kind.is_decidable() {
        let events = here.kind == Kind::System && there.kind == Kind::System && same_event;
        return events.then_some(Disagree::ToldDifferently);
    }
    match (is_gone(here.kind), is_gone(there.kind)) {
        (false, true) if there.kind == Kind::Deleted => Some(Disagree::DeletedSince),
        (false, true) | (true, true) => Some(Disagree::ToldDifferently),
        (true, false) => Some(Disagree::PresentHere),
        (false, false) => {
            let edited = here.marks.has(Marks::EDITED) || there.marks.has(Marks::EDITED);
            if is_file(here.kind) && is_file(there.kind) && here.kind != there.kind {
                Some(Disagree::ToldDifferently)
            } else if edited && is_file(here.kind) == is_file(there.kind) {
                Some(Disagree::Edited)
            } else {
                None
            }
        }
    }
}

/// An export that is compared with the case.
struct Export<'a> {
    store: &'a Store,
    draft: &'a Draft,
    source: SourceId,
    /// Which messages are new, where that has been decided before.
    given: Option<&'a RoaringBitmap>,
}

impl Export<'_> {
    fn name_of(&self, id: ParticipantId) -> String {
        self.store
            .participant(id)
            .or_else(|| self.draft.participants.iter().find(|known| known.id == id))
            .map(|participant| participant.name.clone())
            .unwrap_or_default()
    }
}

/// Plans what an export adds: its messages get the numbers from `first` on. `given` tells which of
/// them are new, where that has been decided before.
pub(super) fn plan(
    store: &Store,
    draft: &Draft,
    source: SourceId,
    first: u32,
    given: Option<&RoaringBitmap>,
) -> Plan {
    let export = Export {
        store,
        draft,
        source,
        given,
    };
    let mut plan = Plan {
        keep: given.cloned(),
        threads: Vec::new(),
        disagreements: Vec::new(),
    };
    let mut new_threads = Vec::new();
    let mut placed: Vec<Placed> = Vec::new();
    for (at, thread) in draft.threads.iter().enumerate() {
        let matches = find_matches(store, draft, at);
        if matches.is_empty() {
            new_threads.push(at);
            continue;
        }
        let keep = plan.keep.get_or_insert_with(|| {
            let mut all = RoaringBitmap::new();
            all.insert_range(0..draft.columns.len());
            all
        });
        let read: Vec<u32> = thread.runs.iter().cloned().flatten().collect();
        let differs = &mut plan.disagreements;
        placed.extend(settle(&export, &read, matches, keep, differs));
    }
    let number = |read: u32| match &plan.keep {
        Some(keep) => {
            first
                + u32::try_from(keep.rank(read))
                    .unwrap_or(u32::MAX)
                    .saturating_sub(1)
        }
        None => first + read,
    };
    for placed in placed {
        plan.threads
            .push(with_inserts(draft, source, placed, &number));
    }
    let mut id = u32::try_from(store.threads().len()).unwrap_or(u32::MAX);
    for at in new_threads {
        let Some(read) = draft.threads.get(at) else {
            continue;
        };
        let mut thread = Thread {
            id: ThreadId(id),
            title: read.head.title.clone(),
            channel: read.head.channel.clone(),
            group: read.head.group,
            sources: vec![source],
            runs: Vec::new(),
            participants: Vec::new(),
            first: None,
            last: None,
        };
        match given {
            // What reading took notice of need not be read again.
            None => {
                for run in &read.runs {
                    let start = number(run.start);
                    push_run(&mut thread.runs, start..start + (run.end - run.start));
                }
                thread.participants.clone_from(&read.participants);
                (thread.first, thread.last) = (read.first, read.last);
            }
            Some(given) => {
                let all = read.runs.iter().cloned().flatten();
                for read in all.filter(|read| given.contains(*read)) {
                    let new = number(read);
                    push_run(&mut thread.runs, new..new + 1);
                    take_notice(&mut thread, draft, read);
                }
            }
        }
        plan.threads.push(thread);
        id = id.saturating_add(1);
    }
    plan.threads.sort_by_key(|thread| thread.id);
    plan.disagreements
        .sort_by_key(|disagreement| (disagreement.number, disagreement.span.offset));
    plan
}

fn push_run(runs: &mut Vec<Range<u32>>, run: Range<u32>) {
    match runs.last_mut() {
        Some(last) if last.end == run.start => last.end = run.end,
        _ if run.start < run.end => runs.push(run),
        _ => {}
    }
}

/// Counts a new message's time and sender in its thread.
fn take_notice(thread: &mut Thread, draft: &Draft, read: u32) {
    if let Some(time) = draft.columns.time(read) {
        thread.first = Some(thread.first.map_or(time, |first| first.min(time)));
        thread.last = Some(thread.last.map_or(time, |last| last.max(time)));
    }
    if let Some(sender) = draft.columns.participant(read)
        && thread.participants.last() != Some(&sender)
        && !thread.participants.contains(&sender)
    {
        thread.participants.push(sender);
    }
}

fn with_inserts(
    draft: &Draft,
    source: SourceId,
    placed: Placed,
    number: &dyn Fn(u32) -> u32,
) -> Thread {
    let mut thread = placed.thread;
    let mut runs = Vec::new();
    let mut inserts = placed.inserts.iter().peekable();
    for (position, known) in (0u32..).zip(&placed.numbers) {
        while let Some((_, read)) = inserts.next_if(|(before, _)| *before <= position) {
            let new = number(*read);
            push_run(&mut runs, new..new + 1);
            take_notice(&mut thread, draft, *read);
        }
        push_run(&mut runs, *known..known + 1);
    }
    for (_, read) in inserts {
        let new = number(*read);
        push_run(&mut runs, new..new + 1);
        take_notice(&mut thread, draft, *read);
    }
    thread.runs = runs;
    if !thread.sources.contains(&source) {
        thread.sources.push(source);
    }
    thread
}

/// The messages of an export's thread as comparing needs them.
fn told_there<'a>(draft: &'a Draft, thread: usize, unit: i64) -> Vec<Told<'a>> {
    draft
        .threads
        .get(thread)
        .into_iter()
        .flat_map(|thread| thread.runs.iter().cloned().flatten())
        .filter_map(|at| draft.columns.row(at))
        .map(|row| Told {
            time: clock(row.time, row.offset_minutes, unit),
            sender: row.participant,
            kind: row.kind,
            marks: row.marks,
            text: row.text,
        })
        .collect()
}

/// Messages of a thread looked at before all of it is compared.
const SAMPLE: u32 = 512;

/// A thread of an export, with what a quick look at many threads of the case needs.
struct Newcomer<'a> {
    draft: &'a Draft,
    thread: usize,
    senders: BTreeSet<ParticipantId>,
    /// The clock time of each message, in minutes, and which it is; ascending.
    minutes: Vec<(i64, u32)>,
    has_seconds: bool,
    has_said: bool,
}

impl<'a> Newcomer<'a> {
    fn new(draft: &'a Draft, thread: usize) -> Newcomer<'a> {
        let mut this = Newcomer {
            draft,
            thread,
            senders: BTreeSet::new(),
            minutes: Vec::new(),
            has_seconds: false,
            has_said: false,
        };
        let runs = draft.threads.get(thread).map(|thread| &thread.runs);
        for at in runs.into_iter().flatten().cloned().flatten() {
            let sender = draft.columns.participant(at);
            if let Some(sender) = sender {
                this.senders.insert(sender);
            }
            this.has_said |=
                sender.is_some() && draft.columns.kind(at).is_some_and(Kind::is_decidable);
            if let Some(local) = draft.columns.clock(at) {
                this.has_seconds |= local.rem_euclid(60) != 0;
                this.minutes.push((local.div_euclid(60), at));
            }
        }
        this.minutes.sort_unstable();
        this
    }

    fn told(&self, unit: i64) -> Vec<Told<'a>> {
        told_there(self.draft, self.thread, unit)
    }

    /// The minutes of the first and the last message.
    fn window(&self) -> Option<(i64, i64)> {
        Some((self.minutes.first()?.0, self.minutes.last()?.0))
    }

    /// Whether it says this in this minute.
    fn says(&self, minute: i64, text: &str) -> bool {
        let from = self.minutes.partition_point(|(other, _)| *other < minute);
        self.minutes
            .get(from..)
            .into_iter()
            .flatten()
            .take_while(|(other, _)| *other == minute)
            .any(|(_, at)| self.draft.columns.text(*at) == text)
    }

    /// Whether a thread of the case goes on at the same time, give or take what zones make of it.
    fn meets(&self, thread: &Thread) -> bool {
        const DAY: i64 = 86_400;
        match (thread.first.zip(thread.last), self.window()) {
            (Some((first, last)), Some((from, to))) => {
                first.saturating_sub(DAY).div_euclid(60) <= to
                    && last.saturating_add(DAY).div_euclid(60) >= from
            }
            _ => true,
        }
    }

    /// A quick look at some messages: false where the two cannot be the same chat.
    fn may_be(&self, store: &Store, thread: &Thread) -> bool {
        let Some((first, last)) = self.window() else {
            return true;
        };
        let len = thread.len();
        let step = (len / SAMPLE).max(1);
        let (mut said, mut within, mut same) = (0u32, 0u32, 0u32);
        let mut position = 0;
        while position < len {
            let number = store.thread_message(thread.id, position);
            position = position.saturating_add(step);
            let Some(message) = number.and_then(|number| store.message(number)) else {
                continue;
            };
            if message.participant.is_none() || !message.kind.is_decidable() {
                continue;
            }
            said += 1;
            let minute = clock(message.time, message.offset_minutes, 60);
            if let Some(minute) = minute.filter(|minute| (first..=last).contains(minute)) {
                within += 1;
                same += u32::from(self.says(minute, message.text));
                if within >= 32 && same * 4 < within {
                    return false;
                }
            }
        }
        if said == 0 || !self.has_said {
            return true;
        }
        // All of a short thread was looked at; of a long one, few messages in common time say
        // nothing yet.
        same > 0 || (step > 1 && within < 16)
    }
}

/// The threads of the case that are the same chat, the one with most in common first.
fn find_matches<'a>(store: &'a Store, draft: &'a Draft, at: usize) -> Vec<Match<'a>> {
    let Some(read) = draft.threads.get(at) else {
        return Vec::new();
    };
    let title = text::fold(&read.head.title);
    let mut newcomer: Option<Newcomer<'a>> = None;
    let mut found = Vec::new();
    for thread in store.threads() {
        if thread.channel != read.head.channel {
            continue;
        }
        let newcomer = newcomer.get_or_insert_with(|| Newcomer::new(draft, at));
        if !newcomer.meets(thread) {
            continue;
        }
        let same_title = text::fold(&thread.title) == title;
        let mut participants = thread.participants.iter();
        if !same_title && !participants.any(|id| newcomer.senders.contains(id)) {
            continue;
        }
        if !newcomer.may_be(store, thread) {
            continue;
        }
        let seconds_here = store
            .thread_messages(thread.id)
            .take(1000)
            .filter_map(|number| store.time(number))
            .any(|time| time.rem_euclid(60) != 0);
        let unit = if seconds_here && newcomer.has_seconds {
            1
        } else {
            60
        };
        let compared = Match::new(store, thread, newcomer.told(unit), unit);
        if compared.is_one_chat(same_title) {
            found.push(compared);
        }
    }
    found.sort_by_key(|compared| std::cmp::Reverse(compared.same));
    found
}

/// Settles one thread of an export against the threads it matches: what is known leaves `keep`,
/// what differs is listed, and what is new gets its place.
fn settle(
    export: &Export<'_>,
    read: &[u32],
    mut matches: Vec<Match<'_>>,
    keep: &mut RoaringBitmap,
    disagreements: &mut Vec<Disagreement>,
) -> Vec<Placed> {
    // Which thread knows each message, and at which position.
    let mut owner: Vec<Option<(usize, u32)>> = vec![None; read.len()];
    for (index, compared) in matches.iter_mut().enumerate() {
        disagreements.extend(compared.settle_left_over(export, read, &owner));
        for (owner, here) in owner.iter_mut().zip(&compared.there.other) {
            if owner.is_none() {
                *owner = here.map(|here| (index, here));
            }
        }
    }
    if let Some(given) = export.given {
        for (read, owner) in read.iter().zip(&mut owner) {
            *owner = owner.filter(|_| !given.contains(*read));
        }
    } else {
        for (read, _) in read.iter().zip(&owner).filter(|(_, owner)| owner.is_some()) {
            keep.remove(*read);
        }
    }
    let mut inserts: Vec<Vec<(u32, u32)>> = vec![Vec::new(); matches.len()];
    let mut cursor: Option<(usize, u32)> = None;
    let mut leading: Vec<u32> = Vec::new();
    for ((at, read), owner) in read.iter().enumerate().zip(&owner) {
        match (owner, &mut cursor) {
            (None, _) if !keep.contains(*read) => {}
            (Some((index, here)), _) => {
                if let Some(inserts) = inserts.get_mut(*index) {
                    inserts.extend(leading.drain(..).map(|read| (*here, read)));
                }
                cursor = Some((*index, here + 1));
            }
            (None, None) => leading.push(*read),
            (None, Some((index, here))) => {
                if let Some(compared) = matches.get(*index) {
                    let time = compared.there.told.get(at).and_then(|told| told.time);
                    *here = compared.after_earlier(*here, time);
                }
                if let Some(inserts) = inserts.get_mut(*index) {
                    inserts.push((*here, *read));
                }
            }
        }
    }
    matches
        .into_iter()
        .zip(inserts)
        .filter_map(|(compared, mut inserts)| {
            inserts.sort_by_key(|(before, _)| *before);
            Some(Placed {
                thread: export.store.thread(compared.id)?.clone(),
                numbers: compared.numbers,
                inserts,
            })
        })
        .collect()
}

impl Match<'_> {
    /// Past the messages that only the case has and that are not later than `time`.
    fn after_earlier(&self, mut here: u32, time: Option<i64>) -> u32 {
        while let Some(told) = self.here.get(here) {
            let at = usize::try_from(here).unwrap_or(usize::MAX);
            let is_earlier = match (told.time, time) {
                (Some(told), Some(time)) => told <= time,
                _ => false,
            };
            if self.here.is_matched(at) || !is_earlier {
                break;
            }
            here += 1;
        }
        here
    }

    /// Compares what is left over without its text, lists all that differs, and takes what is the
    /// same message told differently for known.
    fn settle_left_over(
        &mut self,
        export: &Export<'_>,
        read: &[u32],
        owner: &[Option<(usize, u32)>],
    ) -> Vec<Disagreement> {
        let mut found = Vec::new();
        for (old, (new, count)) in &self.renamed {
            let first = self
                .here
                .told
                .iter()
                .zip(&self.here.other)
                .position(|(told, other)| told.sender == Some(*old) && other.is_some());
            let there = first.and_then(|at| self.here.other.get(at).copied().flatten());
            if let Some(at) = first.and_then(|at| u32::try_from(at).ok())
                && let Some(listed) = self.disagreement(export, read, at, there)
            {
                found.push(Disagreement {
                    what: Disagree::RenamedSender,
                    text: export.name_of(*new),
                    attachments: Vec::new(),
                    messages: *count,
                    ..listed
                });
            }
        }
        // What only the case has, by time and by the sender's name in the export.
        let mut left: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for ((told, other), at) in self.here.told.iter().zip(&self.here.other).zip(0u32..) {
            if other.is_none() && told.time.is_some() {
                let key = (told.time, self.name_there(told.sender));
                left.entry(key).or_default().push(at);
            }
        }
        let mut explained = BTreeSet::new();
        for ((at, owner), there) in owner.iter().enumerate().zip(0u32..) {
            if owner.is_some() || self.there.is_matched(at) {
                continue;
            }
            let Some(told) = self.there.get(there).copied() else {
                continue;
            };
            let Some(left) = left.get_mut(&(told.time, told.sender)) else {
                continue;
            };
            let differs = left.iter().enumerate().find_map(|(place, here)| {
                let known = self.here.get(*here)?;
                let same_event = || {
                    let number = self.numbers.get(usize::try_from(*here).ok()?)?;
                    let here = export.store.extra(MessageNumber(*number)).event;
                    let there = export.draft.columns.extra(*read.get(at)?).event;
                    Some(!here.is_empty() && here == there)
                };
                let what = differ(known, &told, same_event().unwrap_or(false))?;
                Some((place, *here, what))
            });
            if let Some((place, here, what)) = differs {
                left.remove(place);
                explained.insert(here);
                found.extend(
                    self.disagreement(export, read, here, Some(there))
                        .map(|listed| Disagreement { what, ..listed }),
                );
                if what != Disagree::PresentHere {
                    self.pair(here, there);
                }
            }
        }
        let matched = |at: &usize| self.here.is_matched(*at);
        let first = (0..self.here.told.len()).find(matched);
        let last = (0..self.here.told.len()).rev().find(matched);
        if let (Some(first), Some(last)) = (first, last) {
            for at in (first..=last).filter(|at| !matched(at)) {
                let Ok(at) = u32::try_from(at) else { break };
                if !explained.contains(&at) {
                    found.extend(self.disagreement(export, read, at, None));
                }
            }
        }
        found
    }

    /// A disagreement on the message at a position of the thread, as one that the export lacks
    /// until the caller says otherwise.
    fn disagreement(
        &self,
        export: &Export<'_>,
        read: &[u32],
        here: u32,
        there: Option<u32>,
    ) -> Option<Disagreement> {
        let as_read = there
            .and_then(|there| usize::try_from(there).ok())
            .and_then(|there| read.get(there).copied());
        let columns = &export.draft.columns;
        let row = as_read.and_then(|as_read| columns.row(as_read));
        Some(Disagreement {
            number: MessageNumber(*self.numbers.get(usize::try_from(here).ok()?)?),
            what: Disagree::MissingLater,
            source: export.source,
            item: row.map_or(0, |row| row.item),
            span: row.map_or(Span::default(), |row| row.span),
            text: row.map_or_else(String::new, |row| row.text.to_owned()),
            attachments: as_read
                .map(|as_read| columns.extra(as_read).attachments)
                .unwrap_or_default(),
            messages: 1,
        })
    }
}
