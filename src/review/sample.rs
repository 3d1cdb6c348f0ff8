//! A random sample of messages, drawn to be looked at again: how many of a decision, or of a search,
//! would a second look decide otherwise?
//!
//! The draw depends on nothing but its seed, the size and the messages drawn from, so that anybody
//! can draw it again. Every message is as likely as any other, and none comes twice (Floyd's way:
//! Bentley and Floyd, "A Sample of Brilliance", CACM 30(9), 1987). The numbers are those of
//! SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

use super::decisions::Decisions;
use super::query::Query;
use super::{ReviewError, Session};
use crate::model::{Decision, MessageNumber};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::AtomicBool;

/// The largest sample.
pub const LARGEST: u32 = 10_000;
/// Seeds that docket chooses are below this, so that they can be read out.
const SEEDS: u64 = 1_000_000;
/// The normal deviate of a two-sided 95% interval.
const Z: f64 = 1.959_964;

/// A sample and how its messages stood when it was drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// What it was drawn with.
    pub seed: u64,
    /// The query whose hits it was drawn from; empty for all messages.
    pub of: String,
    /// How many messages it was drawn from: those that somebody decides on.
    pub population: u32,
    /// The messages by number, each with its decision at that time.
    pub drawn: Vec<(u32, Decision)>,
}

/// What a sample tells of the messages that it was drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many were drawn.
    pub drawn: u32,
    /// How many of them are decided otherwise by now.
    pub otherwise: u32,
    /// Their share, from 0 to 1.
    pub share: f64,
    /// The bounds of the 95% interval for the share in all that the sample was drawn from: the
    /// score interval (Wilson, JASA 22, 1927). It takes no account of a sample being a large part
    /// of them, and is then too wide rather than too narrow; of all of them, it is the share.
    pub interval: (f64, f64),
}

impl Estimate {
    /// In a line: `2 of 50 decided otherwise, 4.0% (95%: 1.1% to 13.5%)`.
    pub fn words(&self) -> String {
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        format!(
            "{} of {} decided otherwise, {} (95%: {} to {})",
            self.otherwise,
            self.drawn,
            percent(self.share),
            percent(self.interval.0),
            percent(self.interval.1),
        )
    }
}

/// What is asked for: `50`, `50 is:personal`, `50 seed=7 in:cabinet`.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How many messages.
    pub size: u32,
    /// The seed, where one is given.
    pub seed: Option<u64>,
    /// Whose hits to draw from; `None` for all messages.
    pub query: Option<Query>,
}

impl Wanted {
    /// Reads what was typed.
    ///
    /// # Errors
    /// What cannot be understood, in a line for a person.
    pub fn parse(text: &str) -> Result<Wanted, String> {
        let (size, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let size = size
            .parse()
            .ok()
            .filter(|size| (1..=LARGEST).contains(size))
            .ok_or(format!(
                "first how many, from 1 to {LARGEST}: 50 is:personal"
            ))?;
        let mut rest = rest.trim();
        let mut seed = None;
        if let Some(given) = rest.strip_prefix("seed=") {
            let (digits, query) = given.split_once(' ').unwrap_or((given, ""));
            seed = Some(digits.parse().map_err(|_| "a seed is a number: seed=7")?);
            rest = query.trim();
        }
        let query = (!rest.is_empty())
            .then(|| super::query::parse(rest).map_err(|error| error.to_string()))
            .transpose()?;
        Ok(Wanted { size, seed, query })
    }
}

impl Sample {
    /// Draws from what a query finds in a case now. Fewer come where there are fewer.
    ///
    /// # Errors
    /// When the search fails.
    pub fn of(
        session: &Session,
        wanted: &Wanted,
        cancel: &AtomicBool,
    ) -> Result<Sample, ReviewError> {
        let decisions = session.decisions();
        let mut from = match &wanted.query {
            Some(query) => session.search(query, cancel)?,
            None => (0..decisions.len()).collect(),
        };
        from -= decisions.undecidable();
        let of = wanted
            .query
            .as_ref()
            .map_or_else(String::new, Query::to_string);
        Ok(Sample::drawn(&decisions, &from, of, wanted))
    }

    /// Draws from these messages, with a seed of docket's own where none is given.
    pub(super) fn drawn(
        decisions: &Decisions,
        from: &RoaringBitmap,
        of: String,
        wanted: &Wanted,
    ) -> Sample {
        let seed = wanted
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish() % SEEDS);
        Sample::draw(decisions, from, of, wanted.size, seed)
    }

    fn draw(
        decisions: &Decisions,
        from: &RoaringBitmap,
        of: String,
        size: u32,
        seed: u64,
    ) -> Sample {
        let population = u32::try_from(from.len()).unwrap_or(u32::MAX);
        let mut random = Random(seed);
        let mut ranks = RoaringBitmap::new();
        for last in population.saturating_sub(size)..population {
            let rank = random.up_to(last);
            if !ranks.insert(rank) {
                ranks.insert(last);
            }
        }
        let drawn = ranks
            .iter()
            .filter_map(|rank| from.select(rank))
            .map(|number| (number, decisions.decision(MessageNumber(number))))
            .collect();
        Sample {
            seed,
            of,
            population,
            drawn,
        }
    }

    /// The messages.
    pub fn set(&self) -> RoaringBitmap {
        self.drawn.iter().map(|(number, _)| *number).collect()
    }

    /// What it tells, as its messages stand now; `None` of an empty sample.
    pub fn estimate(&self, decisions: &Decisions) -> Option<Estimate> {
        let drawn = u32::try_from(self.drawn.len()).ok().filter(|n| *n > 0)?;
        let changed = self
            .drawn
            .iter()
            .filter(|(number, then)| decisions.decision(MessageNumber(*number)) != *then);
        let otherwise = u32::try_from(changed.count()).unwrap_or(u32::MAX);
        let (share, low, high) = share(otherwise, drawn, drawn >= self.population);
        Some(Estimate {
            drawn,
            otherwise,
            share,
            interval: (low, high),
        })
    }

    /// What it is a sample of, in words: `50 of 1204 (is:personal), seed 7`.
    pub fn describe(&self) -> String {
        let of = match self.of.as_str() {
            "" => String::new(),
            of => format!(" ({of})"),
        };
        format!(
            "{} of {}{of}, seed {}",
            self.drawn.len(),
            self.population,
            self.seed
        )
    }
}

/// The share of `hits` among `drawn`, which are more than none, and the bounds of its interval; see
/// [`Estimate::interval`].
pub(super) fn share(hits: u32, drawn: u32, is_all: bool) -> (f64, f64, f64) {
    let (hits, drawn) = (f64::from(hits), f64::from(drawn));
    let share = hits / drawn;
    let (low, high) = match is_all {
        true => (share, share),
        false => wilson(hits, drawn),
    };
    (share, low, high)
}

fn wilson(hits: f64, drawn: f64) -> (f64, f64) {
    let share = hits / drawn;
    let square = Z * Z;
    let middle = (share + square / (2.0 * drawn)) / (1.0 + square / drawn);
    let half = Z / (1.0 + square / drawn)
        * (share * (1.0 - share) / drawn + square / (4.0 * drawn * drawn)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `last`, each as likely.
    fn up_to(&mut self, last: u32) -> u32 {
        let sides = u64::from(last) + 1;
        // Numbers past the last whole multiple would favour the small ones.
        let whole = u64::MAX - u64::MAX % sides;
        loop {
            let number = self.next();
            if number < whole {
                return u32::try_from(number % sides).unwrap_or(last);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::review::decisions::Ground;

    fn decisions(len: u32) -> Decisions {
        Decisions::new(Ground {
            len,
            ..Ground::default()
        })
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first numbers of SplitMix64 from the seed 1234567, as its authors' code gives them.
        let mut random = Random(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_draw_is_of_its_size_without_repeats_and_the_same_again() {
        let decisions = decisions(5000);
        let from: RoaringBitmap = (0..5000).filter(|n| n % 3 == 0).collect();
        for size in [1, 50, 1666, 1667, 9999] {
            let sample = Sample::draw(&decisions, &from, String::new(), size, 7);
            let set = sample.set();
            assert_eq!(set.len(), u64::from(size.min(1667)));
            assert!(set.is_subset(&from));
            assert_eq!(
                sample,
                Sample::draw(&decisions, &from, String::new(), size, 7)
            );
        }
        let other = |seed| Sample::draw(&decisions, &from, String::new(), 50, seed).set();
        assert_ne!(other(7), other(8));
    }

    #[test]
    fn every_message_is_as_likely() {
        let decisions = decisions(20);
        let from: RoaringBitmap = (0..20).collect();
        let mut times = [0u32; 20];
        for seed in 0..4000 {
            for number in Sample::draw(&decisions, &from, String::new(), 5, seed).set() {
                times[number as usize] += 1;
            }
        }
        // A thousand each; five standard deviations are 137.
        assert!(times.iter().all(|n| n.abs_diff(1000) < 137), "{times:?}");
    }

    #[test]
    fn the_interval_is_wilsons() {
        // R: prop.test(2, 50, correct = FALSE) and prop.test(0, 50, correct = FALSE).
        let (low, high) = wilson(2.0, 50.0);
        assert!(
            (low - 0.01104).abs() < 1e-4 && (high - 0.13460).abs() < 1e-4,
            "{low} {high}"
        );
        let (low, high) = wilson(0.0, 50.0);
        assert!(
            low.abs() < 1e-12 && (high - 0.07135).abs() < 1e-4,
            "{low} {high}"
        );
    }

    #[test]
    fn of_all_the_share_is_known() {
        let decisions = decisions(10);
        let from: RoaringBitmap = (0..10).collect();
        let mut sample = Sample::draw(&decisions, &from, String::new(), 50, 1);
        sample.drawn[3].1 = Decision::Personal;
        let estimate = sample.estimate(&decisions).unwrap();
        assert_eq!((estimate.otherwise, estimate.interval), (1, (0.1, 0.1)));
        assert_eq!(
            estimate.words(),
            "1 of 10 decided otherwise, 10.0% (95%: 10.0% to 10.0%)"
        );
    }

    #[test]
    fn what_is_typed_is_read() {
        let wanted = Wanted::parse(" 50 seed=7 is:personal in:3").unwrap();
        assert_eq!((wanted.size, wanted.seed), (50, Some(7)));
        assert!(wanted.query.is_some());
        assert!(Wanted::parse("50").unwrap().query.is_none());
        for wrong in ["", "is:personal", "0", "10001", "5 seed=x", "5 is:nothing"] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
    }
}
