//! How long messages waited to be captured: from the day they were sent to the day that docket has
//! them from.
//!
//! When an export was made no export says reliably. So two days bound it: it was made on the day of
//! its last message or later, and before it was loaded into the case. Where messages were copied to
//! an official account before, neither tells of it.
//!
//! Guidance in the United Kingdom asks for capture "as quickly as possible" and names no number of
//! days; twenty days are the limit of the United States (44 U.S.C. 2911: copied or forwarded to an
//! official account within 20 days).

use crate::case::{Source, Store};
use crate::model::{Decision, MessageNumber};
use crate::review::decisions::Decisions;
use crate::review::timeline::day_at;
use chrono::{DateTime, NaiveDate};
use roaring::RoaringBitmap;
use std::collections::HashMap;

/// More days than this are counted as over the limit.
pub const LIMIT: i64 = 20;

/// The steps that messages are counted in: the most days of each, and what it is called. What is
/// over the limit begins with a step of its own.
pub const STEPS: [(i64, &str); 7] = [
    (0, "the same day"),
    (1, "1 day"),
    (7, "2 to 7 days"),
    (LIMIT, "8 to 20 days"),
    (90, "21 to 90 days"),
    (365, "91 to 365 days"),
    (i64::MAX, "over a year"),
];

/// How long some messages waited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// How many messages have a day.
    pub messages: u64,
    /// How many fall into each of [`STEPS`].
    pub steps: [u64; STEPS.len()],
    /// How many waited more than [`LIMIT`] days.
    pub over: u64,
    /// The most days.
    pub longest: i64,
}

impl Waits {
    fn add(&mut self, days: i64) {
        let days = days.max(0);
        self.messages += 1;
        self.over += u64::from(days > LIMIT);
        self.longest = self.longest.max(days);
        let step = STEPS.iter().zip(&mut self.steps);
        if let Some((_, count)) = step.into_iter().find(|((most, _), _)| days <= *most) {
            *count += 1;
        }
    }
}

/// How long messages waited, at least and at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// To the day of their export's last message: it was made then or later.
    pub at_least: Waits,
    /// To the day on which their export was loaded and sealed: it was made before.
    pub at_most: Waits,
    /// The same of those that are official, mixed or context.
    pub records_at_least: Waits,
    /// The same of those that are official, mixed or context.
    pub records_at_most: Waits,
    /// Messages without a time, of which nothing can be told.
    pub undated: u64,
}

/// The moment at which an export was loaded, in seconds since 1970-01-01T00:00:00Z.
pub(super) fn loaded(source: &Source) -> Option<i64> {
    let at = DateTime::parse_from_rfc3339(&source.imported_at).ok()?;
    Some(at.timestamp())
}

/// Looks at every message that somebody decides on, once; of what several exports tell the first
/// counts.
pub(super) fn latency(store: &Store, decisions: &Decisions, copies: &RoaringBitmap) -> Latency {
    let records = [Decision::Official, Decision::Mixed, Decision::Context]
        .into_iter()
        .fold(RoaringBitmap::new(), |all, one| all | decisions.set(one));
    let day = |time: i64| day_at(store, time);
    let ends: HashMap<u32, (Option<NaiveDate>, Option<NaiveDate>)> = store
        .sources()
        .iter()
        .map(|source| {
            let days = (source.last.and_then(day), loaded(source).and_then(day));
            (source.id.0, days)
        })
        .collect();
    let mut latency = Latency::default();
    let skipped = decisions.undecidable() | copies;
    for source in store.sources() {
        let Some((made, loaded)) = ends.get(&source.id.0) else {
            continue;
        };
        for number in store.numbers_of(source.id) - &skipped {
            let Some(sent) = store.time(MessageNumber(number)).and_then(day) else {
                latency.undated += 1;
                continue;
            };
            let is_record = records.contains(number);
            let waits = [
                (made, &mut latency.at_least, &mut latency.records_at_least),
                (loaded, &mut latency.at_most, &mut latency.records_at_most),
            ];
            for (captured, all, of_records) in waits {
                let Some(captured) = captured else {
                    continue;
                };
                let days = captured.signed_duration_since(sent).num_days();
                all.add(days);
                if is_record {
                    of_records.add(days);
                }
            }
        }
    }
    latency
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_steps_and_twenty_one_is_over() {
        let mut waits = Waits::default();
        for days in [-1, 0, 1, 2, 7, 8, 20, 21, 90, 91, 365, 366, 9000] {
            waits.add(days);
        }
        assert_eq!(waits.steps, [2, 1, 2, 2, 2, 2, 2]);
        assert_eq!((waits.over, waits.longest, waits.messages), (6, 9000, 13));
    }
}
