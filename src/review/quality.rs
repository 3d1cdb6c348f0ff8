//! Samples for quality: others' decisions, drawn at random for a second reviewer to decide again.
//!
//! Each draw is an entry of the ledger, with the seed, the query and what was drawn, so that it can
//! be drawn again, and cannot be taken back: whoever draws twice has two samples. The first word of
//! the second reviewer on a message of it, said of that message alone, is what the sample counts; a
//! decision that changed before they came to it is none that they saw, and stays out.

use super::deciders::is_same;
use super::error::ReviewError;
use super::marks::Markings;
use super::query::Query;
use super::sample::{self, Wanted, share};
use super::second::Word;
use super::session::{Session, number};
use super::steps::Acted;
use crate::case::ledger::{Entry, Recorded};
use crate::case::marks::{About, MarkChange, Marked, Said};
pub use crate::case::second::Draw;
use crate::model::{Decision, MessageNumber};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// A sample, with who drew it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The second reviewer.
    pub by: String,
    /// When, as the ledger has it.
    pub at: String,
    /// The sample.
    pub draw: Draw,
}

/// All samples of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples(Vec<Drawn>);

impl Samples {
    /// All of them, by number.
    pub fn all(&self) -> &[Drawn] {
        &self.0
    }

    /// The one of this number.
    pub fn get(&self, sample: u32) -> Option<&Drawn> {
        self.0.iter().find(|drawn| drawn.draw.sample == sample)
    }

    /// The last that a reviewer drew.
    pub fn last_of(&self, reviewer: &str) -> Option<&Drawn> {
        let mut own = self.0.iter().rev();
        own.find(|drawn| is_same(&drawn.by, reviewer))
    }

    fn next(&self) -> u32 {
        let last = self.0.iter().map(|drawn| drawn.draw.sample).max();
        last.unwrap_or(0).saturating_add(1)
    }

    /// Follows one entry of the ledger; those that are about something else change nothing.
    pub fn follow(&mut self, recorded: &Recorded) {
        if let Entry::Sample { draw } = &recorded.entry {
            self.0.push(Drawn {
                by: recorded.actor.name.clone(),
                at: recorded.at.clone(),
                draw: draw.clone(),
            });
        }
    }
}

/// Of how many the two reviewers say the same, or another thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Of how many.
    pub of: u32,
    /// How many.
    pub count: u32,
    /// Their share, from 0 to 1; 0 of none.
    pub share: f64,
    /// The lower bound of the 95% interval for the share in all that was drawn from; see
    /// [`sample::Estimate`].
    pub low: f64,
    /// The upper bound; 1 where nothing is known yet.
    pub high: f64,
}

impl Rate {
    /// Of `of` messages `count`; `is_all` where they are all there are.
    fn new(count: u32, of: u32, is_all: bool) -> Rate {
        let (value, low, high) = match of {
            0 => (0.0, 0.0, 1.0),
            _ => share(count, of, is_all),
        };
        Rate {
            of,
            count,
            share: value,
            low,
            high,
        }
    }

    /// In words: `48 of 50, 96.0% (95%: 86.5% to 98.9%)`.
    pub fn words(&self) -> String {
        if self.of == 0 {
            return "none looked at yet".into();
        }
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        format!(
            "{} of {}, {} (95%: {} to {})",
            self.count,
            self.of,
            percent(self.share),
            percent(self.low),
            percent(self.high)
        )
    }
}

/// What a sample for quality tells so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// How many messages were drawn.
    pub drawn: u32,
    /// How many were drawn from.
    pub population: u32,
    /// Of how many the second decision is given.
    pub given: u32,
    /// How many were decided anew before the second reviewer came to them: they count nowhere.
    pub changed: u32,
    /// Of those given, how many agree.
    pub agreed: Rate,
    /// The same for each first decision of which some were drawn.
    pub per: Vec<(Decision, Rate)>,
    /// Elusion: of those called personal, how many the second reviewer would hand over (official,
    /// mixed or context).
    pub elusion: Rate,
}

impl Quality {
    /// What the second words say of a sample.
    pub fn of(
        drawn: &Drawn,
        marks: &Markings,
        decision: impl Fn(MessageNumber) -> Decision,
    ) -> Quality {
        let about = About::Sampled {
            sample: drawn.draw.sample,
        };
        let words: Vec<(&Word, &RoaringBitmap)> = marks
            .each()
            .filter(|(of, ..)| **of == about)
            .filter_map(|(_, said, set)| Some((said.word.as_ref()?, set)))
            .collect();
        let count = |yes: &dyn Fn(&Word) -> bool| {
            let so = words.iter().filter(|(word, _)| yes(word));
            number(so.map(|(_, set)| set.len()).sum())
        };
        let given = count(&|_| true);
        let size = number(drawn.draw.drawn.len() as u64);
        let done = marks.about(&about);
        let is_open = |number: u32| done.is_none_or(|done| !done.contains(number));
        let changed =
            drawn.draw.drawn.iter().filter(|(number, then)| {
                is_open(*number) && decision(MessageNumber(*number)) != *then
            });
        let is_all = given >= drawn.draw.population;
        let called = |saw: Decision| {
            let of = count(&|word| word.saw == saw);
            let so = drawn.draw.drawn.iter().filter(|(_, then)| *then == saw);
            (of, is_all, so.count())
        };
        let per = Decision::ALL.into_iter().filter_map(|saw| {
            let (of, is_all, there) = called(saw);
            let agreed = count(&|word| word.saw == saw && word.would == saw);
            (there > 0).then(|| (saw, Rate::new(agreed, of, is_all)))
        });
        let would_leave = |word: &Word| {
            let leaves = [Decision::Official, Decision::Mixed, Decision::Context];
            word.saw == Decision::Personal && leaves.contains(&word.would)
        };
        let (personal, ..) = called(Decision::Personal);
        Quality {
            drawn: size,
            population: drawn.draw.population,
            given,
            changed: number(changed.count() as u64),
            agreed: Rate::new(count(&|word| word.saw == word.would), given, is_all),
            per: per.collect(),
            elusion: Rate::new(count(&would_leave), personal, is_all),
        }
    }

    /// Whether every message of it was looked at that could be.
    pub fn is_done(&self) -> bool {
        self.drawn > 0 && self.given + self.changed >= self.drawn && self.given > 0
    }

    /// In lines for a person.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "{} of {} looked at, drawn from {} decisions of others",
                self.given, self.drawn, self.population
            ),
            format!("agreed: {}", self.agreed.words()),
        ];
        for (decision, rate) in &self.per {
            lines.push(format!("  {:<9} {}", decision.name(), rate.words()));
        }
        if self
            .per
            .iter()
            .any(|(decision, _)| *decision == Decision::Personal)
        {
            lines.push(format!(
                "elusion: of those called personal, the second look would hand over {}",
                self.elusion.words()
            ));
        }
        if self.changed > 0 {
            lines.push(format!(
                "{} changed before they were looked at, and count nowhere",
                self.changed
            ));
        }
        lines
    }
}

/// A sample for quality that is asked for.
#[derive(Clone, Debug)]
pub struct QualityWanted {
    /// How many, the seed, and from what.
    pub wanted: Wanted,
    /// Whether the first decision is hidden until the second is given.
    pub blind: bool,
}

impl Session {
    /// Draws a sample of others' decisions and writes it to the ledger. Fewer come where there are
    /// fewer. Saved when this returns.
    ///
    /// # Errors
    /// [`ReviewError::NothingSaid`] where nobody else decided anything of it; otherwise when the
    /// search fails or the ledger cannot be written.
    pub fn draw_quality(
        &self,
        asked: &QualityWanted,
        cancel: &AtomicBool,
    ) -> Result<Drawn, ReviewError> {
        let wanted = &asked.wanted;
        let found = match &wanted.query {
            Some(query) => Some(self.search(query, cancel)?),
            None => None,
        };
        let (recorded, ()) = self.write(|writing, _| {
            let decisions = self.decisions();
            let mut from: RoaringBitmap = match found {
                Some(found) => found,
                None => (0..decisions.len()).collect(),
            };
            from -= decisions.undecidable();
            from -= decisions.set(Decision::Undecided);
            from -= self.deciders().own(&self.actor().name);
            if from.is_empty() {
                return Err(ReviewError::NothingSaid(
                    "nobody else has decided anything there: there is nothing to look at again",
                ));
            }
            let of = wanted.query.as_ref().map(Query::to_string);
            let drawn = sample::Sample::drawn(&decisions, &from, of.unwrap_or_default(), wanted);
            let draw = Draw {
                sample: self.samples().next(),
                seed: drawn.seed,
                size: wanted.size,
                of: drawn.of,
                population: drawn.population,
                blind: asked.blind,
                drawn: drawn.drawn,
            };
            let entry = Entry::Sample { draw };
            let recorded = writing.append(self.actor(), &entry, None)?;
            Ok((Some((recorded, Acted::default())), ()))
        })?;
        let made = recorded.and_then(|recorded| {
            let mut one = Samples::default();
            one.follow(&recorded);
            one.0.pop()
        });
        made.ok_or(ReviewError::Incomplete)
    }

    /// What a sample tells now.
    pub fn quality(&self, drawn: &Drawn) -> Quality {
        let decisions = self.decisions();
        Quality::of(drawn, &self.marks(), |number| decisions.decision(number))
    }

    /// What the word on one message means for the samples that this reviewer drew: each in which it
    /// is, and has no word yet, takes this one, if the decision is still the one that was drawn.
    pub(super) fn sampled(&self, message: u32, saw: Decision, would: Decision) -> Vec<Marked> {
        let marks = self.marks();
        let mut sampled = Vec::new();
        for drawn in self.samples().all() {
            let about = About::Sampled {
                sample: drawn.draw.sample,
            };
            let is_in = drawn
                .draw
                .drawn
                .binary_search_by_key(&message, |(number, _)| *number)
                .ok()
                .and_then(|at| drawn.draw.drawn.get(at))
                .is_some_and(|(_, then)| *then == saw);
            let is_said = marks.said(MessageNumber(message), &about).is_some();
            if !is_in || is_said || !is_same(&drawn.by, &self.actor().name) {
                continue;
            }
            let to = Said {
                reason: None,
                text: String::new(),
                word: Some(Word {
                    saw,
                    would,
                    answer: None,
                    lapsed: false,
                }),
            };
            sampled.push(Marked {
                change: MarkChange {
                    about,
                    from: None,
                    to: Some(to),
                },
                messages: RoaringBitmap::from_iter([message]),
            });
        }
        sampled
    }

    /// The messages of blind samples of this reviewer whose first decision is still hidden.
    pub fn hidden(&self) -> RoaringBitmap {
        let marks = self.marks();
        let mut hidden = RoaringBitmap::new();
        let samples = self.samples();
        let own = samples.all().iter();
        for drawn in own.filter(|drawn| drawn.draw.blind && is_same(&drawn.by, &self.actor().name))
        {
            let about = About::Sampled {
                sample: drawn.draw.sample,
            };
            let mut set: RoaringBitmap = drawn.draw.drawn.iter().map(|(n, _)| *n).collect();
            if let Some(said) = marks.about(&about) {
                set -= said;
            }
            hidden |= set;
        }
        hidden
    }
}
