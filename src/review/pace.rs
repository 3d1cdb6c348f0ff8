//! How fast a reviewer decides, and how long the rest would take them: from the ledger's times.
//!
//! What counts is work message by message. A decision by one key on one message counts, and the time
//! since whatever the same reviewer did before it: the reading was done then. A pause of more than
//! [`BREAK`] is a break and counts as no time. One that led to a decision on many messages at once
//! (a range, a thread, the hits of a search, a rule) is not counted either way; those messages are
//! told apart. What is taken back is taken off again, and the time for it stays.
//!
//! The time is cut into stretches of `STRETCH`. How much they differ tells how far an estimate can
//! be trusted: its bounds are those within which 19 of 20 such estimates would hold if the messages
//! left were like those decided, which nobody can know. Below [`LEAST_STRETCHES`] or
//! [`LEAST_DECISIONS`], or where the stretches differ too much, nothing is estimated.

use crate::case::ledger::{Entry, How, LedgerError, Reading, Recorded};
use crate::model::Decision;
use chrono::DateTime;
use std::collections::{BTreeMap, VecDeque};

/// A longer pause is a break, in milliseconds: five minutes. Longer than a long mail takes to read,
/// shorter than a kettle.
pub const BREAK: i64 = 5 * 60 * 1000;
/// One stretch of work, in milliseconds: five minutes.
const STRETCH: i64 = 5 * 60 * 1000;
/// Only so many stretches back are looked at, four hours of work: who has learnt is faster.
const MOST_STRETCHES: usize = 48;
/// Fewer stretches tell nothing: twenty minutes of work.
pub const LEAST_STRETCHES: usize = 4;
/// Fewer decisions tell nothing.
pub const LEAST_DECISIONS: i64 = 50;
/// The normal deviate of a two-sided 95% interval.
const Z: f64 = 1.959_964;

/// The work of one reviewer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// Messages decided one by one in the time that counts, what was taken back taken off.
    pub decisions: i64,
    /// The time that counts, in milliseconds.
    pub worked: i64,
    /// Acts that decided many messages at once.
    pub bulk_acts: u32,
    /// The messages that they changed.
    pub bulk_messages: u64,
    /// When something was done last, in milliseconds since 1970.
    last: Option<i64>,
    /// The stretches that are full, the earliest first: decisions in each.
    stretches: VecDeque<i64>,
    /// The stretch that is being filled: its decisions and its time.
    open: (i64, i64),
    /// What each entry that counts added.
    added: BTreeMap<u64, i64>,
}

/// How long the rest would take, in minutes of work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// At the pace of the last hours.
    pub minutes: f64,
    /// At least so long, at a pace that is as good as can be expected.
    pub low: f64,
    /// At most so long.
    pub high: f64,
}

impl Pace {
    /// Messages a minute over all the time that counts; `None` where there is none.
    pub fn per_minute(&self) -> Option<f64> {
        (self.worked > 0 && self.decisions > 0)
            .then(|| self.decisions as f64 * 60_000.0 / self.worked as f64)
    }

    /// The decisions of the stretches that are looked at.
    fn decided_lately(&self) -> i64 {
        self.stretches.iter().sum()
    }

    /// Whether there is enough to go on.
    fn is_enough(&self) -> bool {
        self.stretches.len() >= LEAST_STRETCHES && self.decided_lately() >= LEAST_DECISIONS
    }

    /// How long so many messages would take; `None` where there is too little to go on.
    pub fn estimate(&self, left: u32) -> Option<Estimate> {
        if !self.is_enough() || left == 0 {
            return None;
        }
        let (n, left) = (self.stretches.len() as f64, f64::from(left));
        let mean = self.decided_lately() as f64 / n;
        let squares = self.stretches.iter().map(|d| (*d as f64 - mean).powi(2));
        let variance = squares.sum::<f64>() / (n - 1.0);
        // The stretches to come differ as those before did, so the bounds are those of the mean of
        // the coming ones.
        let coming = (left / mean).max(1.0);
        let spread = student(n - 1.0) * (variance * (1.0 / n + 1.0 / coming)).sqrt();
        if spread >= mean * 0.9 {
            return None;
        }
        let minutes = STRETCH as f64 / 60_000.0;
        Some(Estimate {
            minutes: left / mean * minutes,
            low: left / (mean + spread) * minutes,
            high: left / (mean - spread) * minutes,
        })
    }

    /// The pace, and how long so many messages would take, in a sentence or two.
    pub fn words(&self, left: u32) -> String {
        let too_little = format!(
            "no estimate of the time left yet: that takes {LEAST_DECISIONS} decisions one by one \
             in 20 minutes of steady work"
        );
        // A pace over less than a stretch is chance.
        let Some(per_minute) = self.per_minute().filter(|_| self.worked >= STRETCH) else {
            return too_little;
        };
        let worked = in_words(self.worked as f64 / 60_000.0);
        let decided = format!(
            "you decided {} one by one in {worked}: {per_minute:.1} a minute",
            self.decisions
        );
        match self.estimate(left) {
            _ if left == 0 => decided,
            None if self.is_enough() => {
                format!("{decided}; too uneven a pace to say how long the rest takes")
            }
            None => format!("{decided}; {too_little}"),
            Some(estimate) => {
                let (low, high) = (in_words(estimate.low), in_words(estimate.high));
                let spread = match low == high {
                    true => String::new(),
                    false => format!(" ({low} to {high})"),
                };
                let about = in_words(estimate.minutes);
                format!("about {about} left{spread} at your pace: {decided}")
            }
        }
    }

    /// Takes note of something that the reviewer did at a moment.
    fn act(&mut self, seq: u64, at: i64, did: Did) {
        let since = self.last.map(|last| at.saturating_sub(last));
        self.last = Some(at);
        // A clock that was set back tells no time.
        let time = since.filter(|time| (0..=BREAK).contains(time));
        match did {
            Did::Many(messages) => {
                self.bulk_acts = self.bulk_acts.saturating_add(1);
                self.bulk_messages = self.bulk_messages.saturating_add(messages);
            }
            Did::One(change) => {
                if let Some(time) = time {
                    self.added.insert(seq, change);
                    self.take(change, time);
                }
            }
            Did::Back(of) => {
                if let Some(change) = self.added.get(&of).map(|change| -change) {
                    self.added.insert(seq, change);
                    self.take(change, time.unwrap_or(0));
                }
            }
            Did::Other => self.take(0, time.unwrap_or(0)),
        }
    }

    fn take(&mut self, change: i64, time: i64) {
        self.decisions += change;
        self.worked += time;
        self.open.0 += change;
        self.open.1 += time;
        if self.open.1 >= STRETCH {
            // A stretch is as long as the act that filled it made it: put in proportion.
            let (decisions, time) = std::mem::take(&mut self.open);
            let whole = decisions.saturating_mul(STRETCH) / time.max(1);
            self.stretches.push_back(whole.max(0));
            while self.stretches.len() > MOST_STRETCHES {
                self.stretches.pop_front();
            }
        }
    }
}

/// The deviate that holds 19 of 20 for so many degrees of freedom (Student), by the first terms of
/// its expansion (Cornish and Fisher); right to a twentieth from three on.
fn student(freedom: f64) -> f64 {
    let cubed = Z.powi(3);
    let first = (cubed + Z) / (4.0 * freedom);
    let second = (5.0 * Z.powi(5) + 16.0 * cubed + 3.0 * Z) / (96.0 * freedom * freedom);
    Z + first + second
}

/// What an entry is to a pace.
enum Did {
    /// One message by one key: how much nearer to the end.
    One(i64),
    /// So many at once.
    Many(u64),
    /// An entry was taken back or made again.
    Back(u64),
    /// Something else of this work: a flag, a note, a reason.
    Other,
}

fn did(entry: &Entry) -> Option<Did> {
    Some(match entry {
        Entry::Decide {
            how: How::Key,
            decision,
            count,
            ..
        } => Did::One(match (decision, count) {
            (_, 0) => 0,
            (Decision::Undecided, _) => -1,
            _ => 1,
        }),
        Entry::Decide { count, .. } => Did::Many(u64::from(*count)),
        Entry::Undo { of, .. } | Entry::Redo { of, .. } => Did::Back(*of),
        Entry::Mark { .. } => Did::Other,
        _ => return None,
    })
}

/// The work of all reviewers, as far as the ledger was followed.
#[derive(Clone, Debug, Default)]
pub struct Paces {
    followed: u64,
    by: BTreeMap<String, Pace>,
}

impl Paces {
    /// Follows the entries that came since the last call; all of them at the first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn follow(&mut self, reading: &Reading<'_>) -> Result<(), LedgerError> {
        if reading.head()?.seq == self.followed {
            return Ok(());
        }
        for recorded in reading.entries(self.followed.saturating_add(1))? {
            self.take(&recorded);
        }
        Ok(())
    }

    fn take(&mut self, recorded: &Recorded) {
        self.followed = recorded.seq;
        let at = DateTime::parse_from_rfc3339(&recorded.at);
        if let (Some(did), Ok(at)) = (did(&recorded.entry), at) {
            let pace = self.by.entry(recorded.actor.name.clone()).or_default();
            pace.act(recorded.seq, at.timestamp_millis(), did);
        }
    }

    /// The work of everyone, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Pace)> {
        self.by.iter().map(|(name, pace)| (name.as_str(), pace))
    }

    /// The work of a reviewer.
    pub fn of(&self, reviewer: &str) -> Pace {
        self.by.get(reviewer).cloned().unwrap_or_default()
    }
}

/// Minutes of work in words, no finer than such an estimate is: `25 min`, `3 h`, `2 h 30 min`.
pub fn in_words(minutes: f64) -> String {
    let minutes = minutes.max(1.0).min(f64::from(u32::MAX)) as u64;
    let step = match minutes {
        0..10 => 1,
        10..60 => 5,
        60..300 => 10,
        300..600 => 30,
        _ => 60,
    };
    let rounded = (minutes + step / 2) / step * step;
    match (rounded / 60, rounded % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// One decision every so many seconds.
    fn steady(count: u64, seconds: i64) -> Pace {
        let mut pace = Pace::default();
        for n in 0..count {
            let at = i64::try_from(n).unwrap() * seconds * 1000;
            pace.act(n, at, Did::One(1));
        }
        pace
    }

    #[test]
    fn a_steady_pace_gives_a_narrow_estimate() {
        let pace = steady(301, 10);
        assert_eq!(pace.decisions, 300);
        assert_eq!(pace.worked, 3_000_000);
        assert!((pace.per_minute().unwrap() - 6.0).abs() < 1e-9);
        let estimate = pace.estimate(600).unwrap();
        assert!((estimate.minutes - 100.0).abs() < 1e-6, "{estimate:?}");
        assert!((estimate.high - estimate.low).abs() < 1e-6);
    }

    #[test]
    fn too_little_is_no_estimate() {
        assert_eq!(steady(60, 10).estimate(500), None);
        assert_eq!(steady(40, 60).estimate(500), None);
        assert_eq!(Pace::default().per_minute(), None);
        assert_eq!(steady(301, 10).estimate(0), None);
    }

    #[test]
    fn breaks_and_bulk_count_as_no_time() {
        let mut pace = steady(121, 10);
        let (decisions, worked) = (pace.decisions, pace.worked);
        let last = 120 * 10_000;
        // Lunch, then the next message; a thread at once after two minutes of thought.
        pace.act(500, last + 3_600_000, Did::One(1));
        pace.act(501, last + 3_720_000, Did::Many(400));
        assert_eq!((pace.decisions, pace.worked), (decisions, worked));
        assert_eq!((pace.bulk_acts, pace.bulk_messages), (1, 400));
        // What is taken back is taken off; that took its time.
        pace.act(502, last + 3_730_000, Did::One(1));
        pace.act(503, last + 3_735_000, Did::Back(502));
        assert_eq!((pace.decisions, pace.worked), (decisions, worked + 15_000));
        pace.act(504, last + 3_740_000, Did::Back(503));
        assert_eq!(pace.decisions, decisions + 1);
        // The bulk act is not of what can be taken back here.
        pace.act(505, last + 3_745_000, Did::Back(501));
        assert_eq!(pace.decisions, decisions + 1);
    }

    #[test]
    fn an_uneven_pace_has_wide_bounds_or_none() {
        let mut pace = Pace::default();
        let mut at = 0;
        for n in 0..400u64 {
            // Twenty minutes fast, twenty slow.
            at += if (n / 100).is_multiple_of(2) {
                6_000
            } else {
                24_000
            };
            pace.act(n, at, Did::One(1));
        }
        let estimate = pace.estimate(1000).unwrap();
        assert!(estimate.low < estimate.minutes * 0.8, "{estimate:?}");
        assert!(estimate.high > estimate.minutes * 1.2, "{estimate:?}");
    }

    #[test]
    fn the_pace_is_told_with_its_bounds_or_why_not() {
        assert_eq!(
            steady(301, 10).words(600),
            "about 1 h 40 min left at your pace: you decided 300 one by one in 50 min: 6.0 a minute"
        );
        let little = steady(41, 60).words(600);
        assert!(little.contains("1.0 a minute; no estimate"), "{little}");
        assert!(Pace::default().words(5).starts_with("no estimate"));
        assert!(steady(20, 1).words(5).starts_with("no estimate"));
        assert!(!steady(301, 10).words(0).contains("left"));
    }

    #[test]
    fn minutes_are_said_no_finer_than_they_are_known() {
        assert_eq!(in_words(0.2), "1 min");
        assert_eq!(in_words(23.0), "25 min");
        assert_eq!(in_words(58.0), "1 h");
        assert_eq!(in_words(128.0), "2 h 10 min");
        assert_eq!(in_words(320.0), "5 h 30 min");
        assert_eq!(in_words(6000.0), "100 h");
    }

    #[test]
    fn the_deviates_are_those_of_the_tables() {
        for (freedom, known) in [(4.0, 2.776), (9.0, 2.262), (29.0, 2.045)] {
            assert!((student(freedom) - known).abs() < 0.05, "{freedom}");
        }
    }
}
