//! What second reviewers said, as far as a bundle asks: what stands in the way, who countersigned
//! what leaves, and what the samples for quality tell, in numbers alone.

use super::completeness::{SampleRow, SecondLook};
use super::select::Selection;
use crate::model::MessageNumber;
use crate::review::quality::{Quality, Rate};
use crate::review::second::Stand;
use crate::review::waiting::Needed;
use roaring::RoaringBitmap;

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
