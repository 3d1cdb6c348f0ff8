//! What a view pages through: message numbers by position, a window at a time.
//!
//! A list of a thread, whole or filtered, is the thread's runs: a position is found by binary
//! search. A list of hits in time order walks the store's order by time as far as a view has
//! looked, so that the first screen of a million hits needs a few steps. No call takes time that
//! grows with the list, but for the first look at the far end of many hits (see
//! [`List::settle`]).

use super::decisions::Decisions;
use crate::case::Store;
use crate::model::{Decision, MessageNumber, ThreadId};
use chrono::NaiveDate;
use roaring::RoaringBitmap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Up to so many messages are sorted or looked at one by one rather than walked to.
const FEW: u64 = 8192;
/// Walked between two looks at the cancel flag.
const STRIDE: usize = 1 << 16;

/// Messages in the order of a view. Cheap to clone; holds its store, so that it stays whole when an
/// import makes a new one.
#[derive(Clone)]
pub struct List {
    store: Arc<Store>,
    shape: Shape,
}

#[derive(Clone)]
enum Shape {
    Thread(ThreadId, Arc<Runs>),
    Hits(Arc<Hits>),
}

impl List {
    /// A whole thread in the order it is shown; empty for one that does not exist.
    pub fn thread(store: Arc<Store>, thread: ThreadId) -> List {
        let runs = Runs::new(&store, thread, None);
        List {
            store,
            shape: Shape::Thread(thread, Arc::new(runs)),
        }
    }

    /// The messages of a thread that are in a set, in the order the thread is shown.
    pub fn filtered(store: Arc<Store>, thread: ThreadId, set: &RoaringBitmap) -> List {
        let runs = Runs::new(&store, thread, Some(set & store.thread_set(thread)));
        List {
            store,
            shape: Shape::Thread(thread, Arc::new(runs)),
        }
    }

    /// Messages of any threads, the earliest first; those without a time come before all others.
    pub fn hits(store: Arc<Store>, set: RoaringBitmap) -> List {
        let hits = Hits::new(&store, set, FEW);
        List {
            store,
            shape: Shape::Hits(Arc::new(hits)),
        }
    }

    /// The thread that the list is of; `None` for hits of any.
    pub fn thread_id(&self) -> Option<ThreadId> {
        match &self.shape {
            Shape::Thread(thread, _) => Some(*thread),
            Shape::Hits(_) => None,
        }
    }

    /// The messages that the list holds; `None` for a whole thread.
    pub fn set(&self) -> Option<&RoaringBitmap> {
        match &self.shape {
            Shape::Thread(_, runs) => runs.set.as_ref(),
            Shape::Hits(hits) => Some(&hits.set),
        }
    }

    /// The store whose messages it holds.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// How many messages it holds.
    pub fn len(&self) -> u32 {
        match &self.shape {
            Shape::Thread(_, runs) => runs.len,
            Shape::Hits(hits) => u32::try_from(hits.set.len()).unwrap_or(u32::MAX),
        }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message at a position, counted from 0.
    pub fn get(&self, position: u32) -> Option<MessageNumber> {
        match &self.shape {
            Shape::Thread(_, runs) => runs.get(position),
            Shape::Hits(hits) => hits.get(&self.store, position),
        }
        .map(MessageNumber)
    }

    /// The messages at these positions, as many as there are.
    pub fn window(&self, positions: Range<u32>) -> Vec<MessageNumber> {
        positions.map_while(|position| self.get(position)).collect()
    }

    /// Where a message stands in the list.
    pub fn position_of(&self, number: MessageNumber) -> Option<u32> {
        match &self.shape {
            Shape::Thread(_, runs) => runs.position_of(number.0),
            Shape::Hits(hits) => hits.position_of(&self.store, number.0),
        }
    }

    /// The first position from `from` on whose message is in `wanted`.
    pub fn next_in(&self, from: u32, wanted: &RoaringBitmap) -> Option<u32> {
        match &self.shape {
            Shape::Thread(_, runs) => runs.next_in(from, wanted),
            Shape::Hits(hits) => hits.next_in(&self.store, from, wanted),
        }
    }

    /// The last position before `before` whose message is in `wanted`.
    pub fn previous_in(&self, before: u32, wanted: &RoaringBitmap) -> Option<u32> {
        match &self.shape {
            Shape::Thread(_, runs) => runs.previous_in(before, wanted),
            Shape::Hits(hits) => hits.previous_in(&self.store, before, wanted),
        }
    }

    /// The first undecided position from `from` on.
    pub fn next_undecided(&self, from: u32, decisions: &Decisions) -> Option<u32> {
        self.next_in(from, decisions.set(Decision::Undecided))
    }

    /// The last undecided position before `before`.
    pub fn previous_undecided(&self, before: u32, decisions: &Decisions) -> Option<u32> {
        self.previous_in(before, decisions.set(Decision::Undecided))
    }

    /// The day of the message at a position, on the clock that its export shows; `None` for one
    /// without a time.
    pub fn day(&self, position: u32) -> Option<NaiveDate> {
        let message = self.store.message(self.get(position)?)?;
        let clock = message
            .time?
            .checked_add(i64::from(message.offset_minutes) * 60)?;
        chrono::DateTime::from_timestamp(clock, 0).map(|time| time.date_naive())
    }

    /// The position after `position` at which another day begins.
    ///
    /// Where a thread's times run backwards, days may come several times; then this is a place
    /// where the day changes, though not always the nearest.
    pub fn next_day(&self, position: u32) -> Option<u32> {
        let len = self.len();
        let today = self.day(position);
        let same = |position: u32| self.day(position) == today;
        let (mut last_same, mut step) = (position, 1u32);
        let mut other = loop {
            let probe = last_same.saturating_add(step);
            if probe >= len {
                let end = len.checked_sub(1).filter(|end| *end > last_same)?;
                if same(end) {
                    return None;
                }
                break end;
            }
            if !same(probe) {
                break probe;
            }
            last_same = probe;
            step = step.saturating_mul(2);
        };
        while other - last_same > 1 {
            let middle = last_same + (other - last_same) / 2;
            if same(middle) {
                last_same = middle;
            } else {
                other = middle;
            }
        }
        Some(other)
    }

    /// The position at which the day of `position` begins or, where that is `position` itself, the
    /// day before. `None` at the list's beginning. As for [`List::next_day`] where times run
    /// backwards.
    pub fn previous_day(&self, position: u32) -> Option<u32> {
        let mut first_same = position.min(self.len()).checked_sub(1)?;
        let day = self.day(first_same);
        let same = |position: u32| self.day(position) == day;
        let mut step = 1u32;
        let mut other = loop {
            let probe = first_same.saturating_sub(step);
            if !same(probe) {
                break probe;
            }
            first_same = probe;
            if probe == 0 {
                return Some(0);
            }
            step = step.saturating_mul(2);
        };
        while first_same - other > 1 {
            let middle = other + (first_same - other) / 2;
            if same(middle) {
                first_same = middle;
            } else {
                other = middle;
            }
        }
        Some(first_same)
    }

    /// Walks to the end of a list of hits, a piece at a time, so that a later jump there finds it
    /// done. For a worker thread; stops when `cancel` becomes true.
    pub fn settle(&self, cancel: &AtomicBool) {
        if let Shape::Hits(hits) = &self.shape {
            let mut place = 0usize;
            let end = self.store.by_time().len();
            while place < end && !cancel.load(Ordering::Relaxed) {
                place = place.saturating_add(STRIDE);
                drop(hits.walked(&self.store, |walked| walked.next >= place));
            }
        }
    }
}

/// A thread's messages, or some of them, as its runs in display order.
struct Runs {
    len: u32,
    runs: Vec<Run>,
    /// The runs by their first number, for the way back: first number and place in `runs`.
    by_start: Vec<(u32, usize)>,
    set: Option<RoaringBitmap>,
}

/// One run that holds messages of the list.
struct Run {
    numbers: Range<u32>,
    /// The list's position of its first message.
    position: u32,
    /// How many messages of the set have smaller numbers than the run; 0 without a set.
    below: u32,
}

/// How many messages of a set have a smaller number.
fn below(set: &RoaringBitmap, number: u32) -> u32 {
    let count = number.checked_sub(1).map_or(0, |last| set.rank(last));
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Runs {
    fn new(store: &Store, thread: ThreadId, set: Option<RoaringBitmap>) -> Runs {
        let mut runs = Vec::new();
        let mut position = 0u32;
        for numbers in store
            .thread(thread)
            .into_iter()
            .flat_map(|thread| &thread.runs)
        {
            let (below, count) = match &set {
                None => (0, numbers.end.saturating_sub(numbers.start)),
                Some(set) => {
                    let start = below(set, numbers.start);
                    (start, below(set, numbers.end).saturating_sub(start))
                }
            };
            if count > 0 {
                runs.push(Run {
                    numbers: numbers.clone(),
                    position,
                    below,
                });
                position = position.saturating_add(count);
            }
        }
        let mut by_start: Vec<_> = runs
            .iter()
            .enumerate()
            .map(|(place, run)| (run.numbers.start, place))
            .collect();
        by_start.sort_unstable();
        Runs {
            len: position,
            runs,
            by_start,
            set,
        }
    }

    /// The run that holds a position, and its place among the runs.
    fn run_at(&self, position: u32) -> Option<(usize, &Run)> {
        if position >= self.len {
            return None;
        }
        let place = self
            .runs
            .partition_point(|run| run.position <= position)
            .checked_sub(1)?;
        Some((place, self.runs.get(place)?))
    }

    fn get(&self, position: u32) -> Option<u32> {
        let (_, run) = self.run_at(position)?;
        let within = position - run.position;
        match &self.set {
            None => run.numbers.start.checked_add(within),
            Some(set) => set.select(run.below.checked_add(within)?),
        }
    }

    fn position_of(&self, number: u32) -> Option<u32> {
        let at = self
            .by_start
            .partition_point(|(start, _)| *start <= number)
            .checked_sub(1)?;
        let run = self.runs.get(self.by_start.get(at)?.1)?;
        if number >= run.numbers.end {
            return None;
        }
        match &self.set {
            None => Some(run.position + (number - run.numbers.start)),
            Some(set) if set.contains(number) => {
                Some(run.position + below(set, number).saturating_sub(run.below))
            }
            Some(_) => None,
        }
    }

    fn next_in(&self, from: u32, wanted: &RoaringBitmap) -> Option<u32> {
        let (place, _) = self.run_at(from)?;
        let mut start = self.get(from)?;
        self.wanted(wanted, |wanted| {
            for run in self.runs.iter().skip(place) {
                start = start.max(run.numbers.start);
                if run.numbers.contains(&start)
                    && let Some(found) = wanted.range(start..run.numbers.end).next()
                {
                    return self.position_of(found);
                }
                start = 0;
            }
            None
        })
    }

    fn previous_in(&self, before: u32, wanted: &RoaringBitmap) -> Option<u32> {
        let last = before.min(self.len).checked_sub(1)?;
        let (place, _) = self.run_at(last)?;
        // One past the last number to look at in this run.
        let mut end = self.get(last)?.saturating_add(1);
        self.wanted(wanted, |wanted| {
            for run in self.runs.iter().take(place + 1).rev() {
                end = end.min(run.numbers.end);
                if let Some(found) = wanted.range(run.numbers.start..end).next_back() {
                    return self.position_of(found);
                }
                end = u32::MAX;
            }
            None
        })
    }

    /// Calls `look` with what is wanted of this list.
    fn wanted<T>(&self, wanted: &RoaringBitmap, look: impl FnOnce(&RoaringBitmap) -> T) -> T {
        match &self.set {
            None => look(wanted),
            Some(set) => look(&(set & wanted)),
        }
    }
}

/// Messages of any threads by time.
struct Hits {
    set: RoaringBitmap,
    /// Up to so many messages are looked at one by one: [`FEW`].
    few: u64,
    walked: Mutex<Walked>,
}

/// How far the order by time was walked, and the hits met.
struct Walked {
    numbers: Vec<u32>,
    /// The next place of the order to look at.
    next: usize,
}

/// What the order by time is sorted by.
fn key(store: &Store, number: u32) -> (Option<i64>, u32) {
    (store.time(MessageNumber(number)), number)
}

impl Hits {
    fn new(store: &Store, set: RoaringBitmap, few: u64) -> Hits {
        let all = store.by_time().len();
        // A few hits are sorted at once; the walk to them might be long.
        let walked = if set.len() <= few {
            let mut numbers: Vec<u32> = set.iter().collect();
            numbers.sort_by_cached_key(|number| key(store, *number));
            Walked { numbers, next: all }
        } else {
            Walked {
                numbers: Vec::new(),
                next: 0,
            }
        };
        Hits {
            set,
            few,
            walked: Mutex::new(walked),
        }
    }

    /// Walks on until `enough` or the end.
    fn walked(&self, store: &Store, enough: impl Fn(&Walked) -> bool) -> MutexGuard<'_, Walked> {
        let mut walked = self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        let order = store.by_time();
        while !enough(&walked)
            && let Some(number) = order.get(walked.next)
        {
            walked.next += 1;
            if self.set.contains(number.0) {
                walked.numbers.push(number.0);
            }
        }
        walked
    }

    fn get(&self, store: &Store, position: u32) -> Option<u32> {
        let position = usize::try_from(position).ok()?;
        let walked = self.walked(store, |walked| walked.numbers.len() > position);
        walked.numbers.get(position).copied()
    }

    fn position_of(&self, store: &Store, number: u32) -> Option<u32> {
        if !self.set.contains(number) {
            return None;
        }
        let wanted = key(store, number);
        let order = store.by_time();
        let (mut place, mut end) = (0, order.len());
        while place < end {
            let middle = place + (end - place) / 2;
            if order
                .get(middle)
                .is_some_and(|number| key(store, number.0) < wanted)
            {
                place = middle + 1;
            } else {
                end = middle;
            }
        }
        let walked = self.walked(store, |walked| walked.next > place);
        let position = walked
            .numbers
            .partition_point(|number| key(store, *number) < wanted);
        u32::try_from(position).ok()
    }

    fn next_in(&self, store: &Store, from: u32, wanted: &RoaringBitmap) -> Option<u32> {
        let both = &self.set & wanted;
        let start = self.get(store, from)?;
        if both.len() <= self.few {
            let start = key(store, start);
            let found = both
                .iter()
                .map(|number| key(store, number))
                .filter(|key| *key >= start)
                .min()?;
            return self.position_of(store, found.1);
        }
        (from..)
            .map_while(|position| Some((position, self.get(store, position)?)))
            .find(|(_, number)| both.contains(*number))
            .map(|(position, _)| position)
    }

    fn previous_in(&self, store: &Store, before: u32, wanted: &RoaringBitmap) -> Option<u32> {
        let both = &self.set & wanted;
        let len = u32::try_from(self.set.len()).unwrap_or(u32::MAX);
        let last = before.min(len).checked_sub(1)?;
        if both.len() <= self.few {
            let end = key(store, self.get(store, last)?);
            let found = both
                .iter()
                .map(|number| key(store, number))
                .filter(|key| *key <= end)
                .max()?;
            return self.position_of(store, found.1);
        }
        (0..=last)
            .rev()
            .find(|position| self.get(store, *position).is_some_and(|n| both.contains(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Actor, Case, ImportOptions};

    /// A list that walks where another of the same messages is sorted at once.
    #[test]
    fn a_walk_gives_what_sorting_gives() {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for n in 0..500u32 {
            // Times that run backwards now and then.
            let minute = n * 7 - (n % 13) * 5;
            let (day, hour, minute) = (13 + minute / 1440, minute / 60 % 24, minute % 60);
            text += &format!("{day:02}/03/2021, {hour:02}:{minute:02} - Ann: number {n}\n");
        }
        let export = folder.path().join("WhatsApp Chat with Ann.txt");
        std::fs::write(&export, text).unwrap();
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        let actor = Actor {
            name: "Ann".into(),
            how: crate::case::ledger::Known::Given,
        };
        let options = ImportOptions::default();
        case.import(&[export], &options, &actor, &mut ()).unwrap();
        let store = case.store();
        assert_eq!(store.len(), 500);
        let set: RoaringBitmap = (0..500).filter(|n| n % 3 != 1).collect();
        let walking = || List {
            store: store.clone(),
            shape: Shape::Hits(Arc::new(Hits::new(&store, set.clone(), 0))),
        };
        let sorted = List::hits(store.clone(), set.clone());
        assert_eq!(walking().window(0..500), sorted.window(0..500));
        let wanted: RoaringBitmap = (0..500).filter(|n| n % 50 == 0).collect();
        for position in (0..sorted.len() + 3).step_by(7) {
            // Each starts its walk anew.
            assert_eq!(walking().get(position), sorted.get(position));
            assert_eq!(
                walking().next_in(position, &wanted),
                sorted.next_in(position, &wanted)
            );
            assert_eq!(
                walking().previous_in(position, &wanted),
                sorted.previous_in(position, &wanted)
            );
            if let Some(number) = sorted.get(position) {
                assert_eq!(walking().position_of(number), Some(position));
            }
        }
        let settled = walking();
        settled.settle(&AtomicBool::new(false));
        assert_eq!(settled.get(sorted.len() - 1), sorted.get(sorted.len() - 1));
    }
}
