//! When messages were sent: each day's messages as a set, and how many of them stand decided how.
//!
//! A day is one of the case's time zone, as in the query `on:2021-03-05`: the numbers here are those
//! that a search for the day finds. Which messages a day has is found once for a store; counts are
//! then operations on sets, and no message is looked at again.

use super::decisions::{Decisions, Tally};
use super::query::midnight;
use crate::case::Store;
use crate::model::{Decision, MessageNumber, ThreadId};
use chrono::{DateTime, Datelike, Days as Forward, NaiveDate};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much time one bar stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// A month.
    #[default]
    Month,
}

impl Step {
    /// The first day of the step that a day is in.
    fn first(self, day: NaiveDate) -> NaiveDate {
        match self {
            Step::Day => day,
            Step::Month => day.with_day(1).unwrap_or(day),
        }
    }

    /// A number that grows by one from step to step.
    fn count(self, day: NaiveDate) -> i64 {
        match self {
            Step::Day => i64::from(day.num_days_from_ce()),
            Step::Month => i64::from(day.year()) * 12 + i64::from(day.month0()),
        }
    }

    /// The words of a query that finds what was sent in the step of this day.
    pub fn query(self, day: NaiveDate) -> String {
        match self {
            Step::Day => day.format("on:%Y-%m-%d").to_string(),
            Step::Month => day.format("on:%Y-%m").to_string(),
        }
    }
}

/// The messages of each day that has some.
pub struct Days {
    store: Arc<Store>,
    days: Vec<(NaiveDate, RoaringBitmap)>,
    undated: RoaringBitmap,
}

/// The day on which a message was sent, in the case's time zone; `None` for one without a time.
pub fn day_of(store: &Store, number: MessageNumber) -> Option<NaiveDate> {
    day_at(store, store.time(number)?)
}

/// The day of a moment, in the case's time zone: seconds since 1970-01-01T00:00:00Z.
pub(super) fn day_at(store: &Store, time: i64) -> Option<NaiveDate> {
    let time = DateTime::from_timestamp(time, 0)?;
    Some(time.with_timezone(&store.zone()).date_naive())
}

impl std::fmt::Debug for Days {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Days")
            .field("days", &self.days.len())
            .finish_non_exhaustive()
    }
}

impl Days {
    /// Looks at the time of every message once: for a worker.
    pub fn of(store: Arc<Store>) -> Days {
        let mut days: BTreeMap<NaiveDate, RoaringBitmap> = BTreeMap::new();
        let mut undated = RoaringBitmap::new();
        // Messages that follow one another are mostly of one day: its bounds are kept.
        let mut current: Option<(NaiveDate, std::ops::Range<i64>)> = None;
        let mut gathered: Vec<u32> = Vec::new();
        let mut put = |day: NaiveDate, numbers: &mut Vec<u32>| {
            days.entry(day).or_default().extend(numbers.drain(..));
        };
        for (number, time) in (0u32..).zip(store.times()) {
            let Some(time) = time else {
                undated.insert(number);
                continue;
            };
            if let Some((_, bounds)) = &current
                && bounds.contains(&time)
            {
                gathered.push(number);
                continue;
            }
            if let Some((day, _)) = current.take() {
                put(day, &mut gathered);
            }
            let day = day_at(&store, time);
            match day.and_then(|day| Some((day, day.checked_add_days(Forward::new(1))?))) {
                Some((day, after)) => {
                    let zone = store.zone();
                    current = Some((day, midnight(zone, day)..midnight(zone, after)));
                    gathered.push(number);
                }
                None => {
                    undated.insert(number);
                }
            }
        }
        if let Some((day, _)) = current {
            put(day, &mut gathered);
        }
        Days {
            store,
            days: days.into_iter().collect(),
            undated,
        }
    }

    /// The messages that these are the days of.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The messages of a day; `None` where it has none.
    pub fn get(&self, day: NaiveDate) -> Option<&RoaringBitmap> {
        let at = self.days.binary_search_by_key(&day, |(day, _)| *day).ok()?;
        self.days.get(at).map(|(_, set)| set)
    }

    /// The nearest day with messages after or before a day.
    pub fn beside(&self, day: NaiveDate, forward: bool) -> Option<NaiveDate> {
        let at = if forward {
            self.days.partition_point(|(other, _)| *other <= day)
        } else {
            self.days
                .partition_point(|(other, _)| *other < day)
                .checked_sub(1)?
        };
        self.days.get(at).map(|(day, _)| *day)
    }
}

/// How the messages of one step stand. The parts add up to `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All messages.
    pub total: u32,
    /// Lines of the app and what cannot be read: never decided.
    pub never: u32,
    by: [u32; Decision::ALL.len()],
}

impl Counts {
    /// How the messages of a set stand.
    pub(super) fn of_set(set: &RoaringBitmap, decisions: &Decisions) -> Counts {
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let mut by = [0; Decision::ALL.len()];
        for (count, decision) in by.iter_mut().zip(Decision::ALL) {
            *count = small(set.intersection_len(decisions.set(decision)));
        }
        Counts {
            total: small(set.len()),
            never: small(set.intersection_len(decisions.undecidable())),
            by,
        }
    }

    /// How many stand so.
    pub fn of(&self, decision: Decision) -> u32 {
        let parts = Decision::ALL.into_iter().zip(self.by);
        parts
            .filter(|(part, _)| *part == decision)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn add(&mut self, other: &Counts) {
        self.total += other.total;
        self.never += other.never;
        for (sum, count) in self.by.iter_mut().zip(other.by) {
            *sum += count;
        }
    }

    /// A bar of at most `width` cells where `most` messages fill it: the decided first, then the
    /// undecided, then what is never decided (`None`), each with its number of cells. Whatever is
    /// there has a cell as long as there are enough.
    pub fn bar(&self, most: u32, width: u16) -> Vec<(Option<Decision>, u16)> {
        let decided = Decision::ALL
            .into_iter()
            .filter(|decision| *decision != Decision::Undecided)
            .map(|decision| (Some(decision), self.of(decision)));
        let parts: Vec<_> = decided
            .chain([
                (Some(Decision::Undecided), self.of(Decision::Undecided)),
                (None, self.never),
            ])
            .filter(|(_, count)| *count > 0)
            .collect();
        let full = u64::from(self.total) * u64::from(width);
        let cells = full.div_ceil(u64::from(most.max(1)));
        let cells = cells.max(parts.len() as u64).min(u64::from(width));
        // Each has a cell, and the rest is shared by size; what rounding leaves goes to the
        // largest.
        let spare = cells.saturating_sub(parts.len() as u64);
        let mut bar: Vec<(Option<Decision>, u64)> = parts
            .iter()
            .map(|(what, count)| {
                let share = (u64::from(*count) * spare).checked_div(u64::from(self.total));
                (*what, 1 + share.unwrap_or(0))
            })
            .take(usize::from(width))
            .collect();
        let given: u64 = bar.iter().map(|(_, cells)| cells).sum();
        if let Some((_, largest)) = bar.iter_mut().max_by_key(|(_, cells)| *cells) {
            *largest += cells.saturating_sub(given);
        }
        bar.into_iter()
            .map(|(what, cells)| (what, u16::try_from(cells).unwrap_or(u16::MAX)))
            .collect()
    }
}

impl From<Tally> for Counts {
    fn from(tally: Tally) -> Counts {
        Counts {
            total: tally.total,
            never: tally.system.saturating_add(tally.unreadable),
            by: Decision::ALL.map(|decision| tally.of(decision)),
        }
    }
}

/// One line of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A step with messages, by its first day.
    Bar(NaiveDate, Counts),
    /// So many steps without any, from the first day of the first to that of the last.
    Gap(NaiveDate, NaiveDate, u32),
}

impl Row {
    /// The first day.
    pub fn first(&self) -> NaiveDate {
        match self {
            Row::Bar(day, _) | Row::Gap(day, _, _) => *day,
        }
    }
}

/// Messages by day or month, from the first to the last, with the gaps between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// What one bar stands for.
    pub step: Step,
    /// Of which thread; `None` where it is not of one.
    pub thread: Option<ThreadId>,
    /// The lines, the earliest first.
    pub rows: Vec<Row>,
    /// The largest number of messages of one bar.
    pub most: u32,
    /// All messages.
    pub all: Counts,
    /// Those without a time, which have no bar.
    pub undated: Counts,
}

impl Chart {
    /// Counts the messages of a thread, or of all, as they stand.
    pub fn of(days: &Days, decisions: &Decisions, thread: Option<ThreadId>, step: Step) -> Chart {
        let within = thread.map(|thread| days.store.thread_set(thread));
        Chart {
            thread,
            ..Chart::within(days, decisions, within.as_ref(), step)
        }
    }

    /// Counts the messages of a set, or of all, as they stand.
    pub fn within(
        days: &Days,
        decisions: &Decisions,
        within: Option<&RoaringBitmap>,
        step: Step,
    ) -> Chart {
        let part = |set: &RoaringBitmap| match within {
            Some(within) => Counts::of_set(&(set & within), decisions),
            None => Counts::of_set(set, decisions),
        };
        let mut chart = Chart {
            step,
            ..Chart::default()
        };
        for (day, set) in &days.days {
            let counts = part(set);
            if counts.total > 0 {
                chart.put(step.first(*day), &counts);
            }
        }
        let undated = part(&days.undated);
        chart.all.add(&undated);
        chart.undated = undated;
        chart.most = chart
            .rows
            .iter()
            .map(|row| match row {
                Row::Bar(_, counts) => counts.total,
                Row::Gap(..) => 0,
            })
            .max()
            .unwrap_or(0);
        chart
    }

    fn put(&mut self, first: NaiveDate, counts: &Counts) {
        self.all.add(counts);
        match self.rows.last_mut() {
            Some(Row::Bar(last, sum)) if *last == first => {
                sum.add(counts);
                return;
            }
            Some(Row::Bar(last, _)) => {
                let last = *last;
                let empty = self.step.count(first) - self.step.count(last) - 1;
                if empty > 0
                    && let (Some(from), Some(to)) = (self.next(last), first.pred_opt())
                {
                    let empty = u32::try_from(empty).unwrap_or(u32::MAX);
                    self.rows.push(Row::Gap(from, self.step.first(to), empty));
                }
            }
            _ => {}
        }
        self.rows.push(Row::Bar(first, *counts));
    }

    /// The first day of the step after the one that begins on a day.
    fn next(&self, first: NaiveDate) -> Option<NaiveDate> {
        match self.step {
            Step::Day => first.succ_opt(),
            Step::Month => first.checked_add_months(chrono::Months::new(1)),
        }
    }

    /// The line that a day is in, or the nearest.
    pub fn row_of(&self, day: NaiveDate) -> u32 {
        let first = self.step.first(day);
        let after = self.rows.partition_point(|row| row.first() <= first);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(by: [u32; 6], never: u32) -> Counts {
        Counts {
            total: by.iter().sum::<u32>() + never,
            never,
            by,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn gaps_stand_between_bars() {
        let mut chart = Chart {
            step: Step::Month,
            ..Chart::default()
        };
        let one = counts([1, 0, 0, 0, 0, 0], 0);
        for first in ["2020-11-01", "2020-12-01", "2021-03-01", "2021-03-01"] {
            chart.put(day(first), &one);
        }
        assert_eq!(
            chart.rows,
            [
                Row::Bar(day("2020-11-01"), one),
                Row::Bar(day("2020-12-01"), one),
                Row::Gap(day("2021-01-01"), day("2021-02-01"), 2),
                Row::Bar(day("2021-03-01"), counts([2, 0, 0, 0, 0, 0], 0)),
            ]
        );
        assert_eq!(chart.row_of(day("2021-02-17")), 2);
        assert_eq!(chart.row_of(day("2021-03-31")), 3);
        assert_eq!(chart.row_of(day("1999-01-01")), 0);
        assert_eq!(chart.all.total, 4);
    }

    proptest! {
        #[test]
        fn a_bar_fits_and_shows_whatever_is_there(
            by in proptest::array::uniform6(0u32..5000),
            never in 0u32..50,
            more in 0u32..100_000,
            width in 1u16..200,
        ) {
            let counts = counts(by, never);
            let most = counts.total + more;
            let bar = counts.bar(most, width);
            let cells: u32 = bar.iter().map(|(_, cells)| u32::from(*cells)).sum();
            prop_assert!(cells <= u32::from(width));
            let parts = by.iter().chain([&never]).filter(|count| **count > 0).count();
            prop_assert_eq!(bar.len(), parts.min(usize::from(width)));
            if more == 0 && counts.total > 0 {
                prop_assert_eq!(cells, u32::from(width));
            }
        }
    }
}
