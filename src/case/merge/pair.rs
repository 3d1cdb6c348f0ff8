//! That messages of an export are messages that the case has.

use crate::case::draft::Draft;
use crate::case::spans::Standing;

/// That a message as read is one of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::case) struct Pair {
    /// Which it is, as read.
    pub at: u32,
    /// Its number; from the export's first new number on, a message of the same export.
    pub number: u32,
    /// Whether it is another message that only belongs to that one, and has a number of its own.
    pub beside: bool,
}

/// The known messages that the ledger tells of, as far as messages begin at their places.
pub(in crate::case) fn pairs_of(draft: &Draft, known: &[(Standing, u32, bool)]) -> Vec<Pair> {
    let mut begins: Vec<(u32, u64, u32)> = (0..draft.columns.len())
        .filter_map(|at| {
            let row = draft.columns.row(at)?;
            Some((row.item, row.span.offset, at))
        })
        .collect();
    begins.sort_unstable();
    known
        .iter()
        .filter_map(|((item, span), number, beside)| {
            let place = begins
                .binary_search_by_key(&(*item, span.offset), |(item, offset, _)| (*item, *offset))
                .ok()?;
            Some(Pair {
                at: begins.get(place)?.2,
                number: *number,
                beside: *beside,
            })
        })
        .collect()
}
