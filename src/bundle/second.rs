//! What second reviewers said, as far as a bundle asks: what stands in the way, who countersigned
//! what leaves, and what the samples for quality tell, in numbers alone.

use super::select::Selection;
use crate::case::ledger::{Entry, Recorded};
use crate::case::marks::About;
use crate::case::second::SecondAct;
use crate::model::{Decision, MessageNumber};
use crate::review::Fold;
use crate::review::quality::{Quality, Rate};
use crate::review::second::Stand;
use crate::review::waiting::Needed;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// What is missing of the second look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Disagreements that nobody has answered, by messages.
    pub disagreed: u64,
    /// Messages that need a countersign and have none.
    pub unsigned: u64,
    /// Whether a sample for quality is needed, and none was looked at to its end.
    pub sample: bool,
    /// How many messages that would go stay for it, and count as referred.
    pub kept: u64,
}

/// The messages whose second look is missing, and what is missing.
pub(super) fn waiting(fold: &Fold) -> (RoaringBitmap, Missing) {
    let (needed, marks, decisions) = (fold.facts.countersign(), &fold.marks, &fold.decisions);
    let disagreed = marks.standing_so(Stand::Disagreed);
    let decided: &[Decision] = match needed {
        Needed::None | Needed::Sample => &[],
        Needed::Mixed => &[Decision::Mixed],
        Needed::All => &[
            Decision::Official,
            Decision::Personal,
            Decision::Mixed,
            Decision::Context,
        ],
    };
    let needs = decided.iter().map(|decision| decisions.set(*decision));
    let needs = needs.fold(RoaringBitmap::new(), |all, set| all | set);
    let looked = marks.standing_so(Stand::Countersigned) | marks.standing_so(Stand::Upheld);
    let unsigned = &(&needs - &looked) - &disagreed;
    let is_done = |quality: Quality| quality.is_done();
    let mut all = fold.samples.all().iter();
    let missing = Missing {
        disagreed: disagreed.len(),
        unsigned: unsigned.len(),
        sample: needed == Needed::Sample
            && !all.any(|drawn| is_done(Quality::of(drawn, marks, |one| decisions.decision(one)))),
        kept: 0,
    };
    (disagreed | unsigned, missing)
}

/// Who countersigned a message, and when; several names in the order of their entries.
pub(super) fn countersigned(
    selection: &Selection,
    said: &[(u64, String, RoaringBitmap)],
    number: MessageNumber,
) -> (String, String) {
    let words = selection.marks.words_on(number);
    let mut standing = Vec::new();
    for word in words
        .iter()
        .filter(|one| one.word.stand() == Stand::Countersigned)
    {
        let last = said
            .iter()
            .rev()
            .find(|(_, by, set)| by == word.by && set.contains(number.0));
        let seq = last.map_or(0, |(seq, ..)| *seq);
        standing.push((seq, word.by));
    }
    standing.sort_unstable();
    let names: Vec<&str> = standing.iter().map(|(_, by)| *by).collect();
    let times: Vec<&str> = standing
        .iter()
        .filter_map(|(seq, _)| Some(selection.entry(*seq)?.at.as_str()))
        .collect();
    (names.join("; "), times.join("; "))
}

/// Which entries countersigned what, in their order.
pub(super) fn countersigns<'a>(
    marked: impl Iterator<Item = (&'a Recorded, &'a About, &'a RoaringBitmap)>,
) -> Vec<(u64, String, RoaringBitmap)> {
    marked
        .filter_map(|(recorded, about, set)| {
            let About::Second { by } = about else {
                return None;
            };
            let signs = matches!(
                recorded.entry,
                Entry::Second {
                    act: SecondAct::Countersign,
                    ..
                }
            );
            signs.then(|| (recorded.seq, by.clone(), set.clone()))
        })
        .collect()
}

/// What the second look at a case came to, in numbers: no name, no query and no message of what
/// stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondLook {
    /// What needs a countersign: `none`, `mixed`, `sample` or `all`.
    pub needed: String,
    /// Messages of the whole case that a second reviewer agrees with.
    pub countersigned: u64,
    /// Disagreements that were left open.
    pub open: u64,
    /// Disagreements that were answered: the decision stands.
    pub upheld: u64,
    /// The samples for quality, in the order they were drawn.
    pub samples: Vec<SampleRow>,
}

/// One sample of [`SecondLook`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleRow {
    /// How many decisions it was drawn from.
    pub population: u32,
    /// How many were drawn.
    pub drawn: u32,
    /// How many were decided a second time.
    pub looked_at: u32,
    /// Whether the first decision was hidden until then.
    pub blind: bool,
    /// How many agree.
    pub agreed: u32,
    /// Their share, with the bounds of its 95% interval.
    pub rate: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Of those looked at, how many were called personal.
    pub personal: u32,
    /// How many of those the second look would hand over: elusion.
    pub eluded: u32,
    /// Their share, with the bounds of its 95% interval.
    pub elusion: f64,
    /// The lower bound.
    pub elusion_low: f64,
    /// The upper bound.
    pub elusion_high: f64,
}

impl Eq for SecondLook {}
impl Eq for SampleRow {}

impl SecondLook {
    /// Of a selection; `None` where nobody said a second word and none is needed.
    pub(super) fn of(selection: &Selection) -> Option<SecondLook> {
        let marks = &selection.marks;
        let count = |stand| marks.standing_so(stand).len();
        let look = SecondLook {
            needed: selection.needed.name().to_owned(),
            countersigned: count(Stand::Countersigned),
            open: count(Stand::Disagreed),
            upheld: count(Stand::Upheld),
            samples: selection
                .samples
                .all()
                .iter()
                .map(|drawn| {
                    let quality = Quality::of(drawn, marks, |one| selection.decision(one));
                    SampleRow::of(&quality, drawn.draw.blind)
                })
                .collect(),
        };
        let is_empty = selection.needed == Needed::None
            && look.countersigned + look.open + look.upheld == 0
            && look.samples.is_empty();
        (!is_empty).then_some(look)
    }
}

impl SampleRow {
    fn of(quality: &Quality, blind: bool) -> SampleRow {
        // Four digits after the point: the same in every reader.
        let rounded = |share: f64| (share * 10_000.0).round() / 10_000.0;
        let Rate {
            count: agreed,
            share,
            low,
            high,
            ..
        } = quality.agreed;
        let elusion = quality.elusion;
        SampleRow {
            population: quality.population,
            drawn: quality.drawn,
            looked_at: quality.given,
            blind,
            agreed,
            rate: rounded(share),
            low: rounded(low),
            high: rounded(high),
            personal: elusion.of,
            eluded: elusion.count,
            elusion: rounded(elusion.share),
            elusion_low: rounded(elusion.low),
            elusion_high: rounded(elusion.high),
        }
    }
}
