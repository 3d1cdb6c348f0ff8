//! What stands in the way of a bundle.

use crate::model::MessageNumber;
use crate::review::Stale;
use roaring::RoaringBitmap;

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

/// What a bundle has to wait for, as it was found.
pub(super) struct Found<'a> {
    /// Messages that nobody has decided.
    pub(super) undecided: u64,
    /// Messages that somebody referred.
    pub(super) refer: u64,
    /// Messages on hold that would leave.
    pub(super) held: u64,
    /// What is missing of the second look.
    pub(super) missing: Missing,
    /// Mixed messages whose personal part is not masked.
    pub(super) unmasked: &'a RoaringBitmap,
    /// Messages whose masks have to be looked at again.
    pub(super) stale: &'a [(MessageNumber, Stale)],
    /// Whether nothing that was decided leaves.
    pub(super) is_empty: bool,
}

/// Why a bundle cannot be written now, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Block {
    /// Someone has yet to decide.
    #[error("undecided messages: {0}; decide them, or leave them behind with --partial")]
    Undecided(u64),
    /// A hold waits to be lifted.
    #[error(
        "messages on hold that would go: {0}; lift it with docket unflag hold, or leave them behind \
         with --partial"
    )]
    Hold(u64),
    /// A second reviewer disagrees, and nobody has answered.
    #[error(
        "disagreements open: {0}; answer them with docket uphold or decide anew, or leave them \
         behind with --partial"
    )]
    Disagreed(u64),
    /// The case asks for a second reviewer's countersign.
    #[error(
        "messages that need a countersign: {0}; docket countersign gives it, or leave them behind \
         with --partial"
    )]
    Unsigned(u64),
    /// The case asks for a sample that a second reviewer looked at.
    #[error(
        "no sample for quality was looked at to its end; docket sample --second draws one, or go \
         on with --partial"
    )]
    Sample,
    /// Someone has yet to look a second time.
    #[error(
        "messages that wait for a second look: {0}; decide them, or leave them behind with --partial"
    )]
    Refer(u64),
    /// Official and personal in one message, and the personal part is not masked.
    #[error(
        "mixed messages whose personal part is not masked: {count}, first message {first}; mask it \
         with docket redact for a reason that always stays behind, or decide each as official or \
         personal; docket search 'is:mixed -has:mask' lists those without any mask"
    )]
    Mixed {
        /// How many.
        count: u64,
        /// The first of them.
        first: MessageNumber,
    },
    /// What was masked is not what is there now.
    #[error(
        "masked messages to be looked at again: {count}, first message {first}: {}; docket redact \
         them anew, or docket unredact them",
        why.describe()
    )]
    Stale {
        /// How many.
        count: u64,
        /// The first of them.
        first: MessageNumber,
        /// Why, of the first.
        why: Stale,
    },
    /// There is nothing to hand over.
    #[error("no message is decided official or context; there is nothing to hand over")]
    Nothing,
    /// There is nothing to hand over that the receiver does not have.
    #[error("nothing is new or changed since the earlier bundles; there is nothing to hand over")]
    Unchanged,
    /// The counts contradict each other: a fault of docket or of the case.
    #[error("the messages do not add up; nothing may leave like this; run `docket check`")]
    Unbalanced,
}

/// What stands in the way, the balance apart; of a partial bundle, what still does.
pub(super) fn blocks(found: &Found<'_>, partial: bool) -> Vec<Block> {
    let missing = found.missing;
    let waits = [
        (found.undecided, Block::Undecided(found.undecided)),
        (found.held, Block::Hold(found.held)),
        (missing.disagreed, Block::Disagreed(missing.disagreed)),
        (missing.unsigned, Block::Unsigned(missing.unsigned)),
        (u64::from(missing.sample), Block::Sample),
        (found.refer, Block::Refer(found.refer)),
    ];
    let waits = waits
        .into_iter()
        .filter(|(count, _)| *count > 0 && !partial);
    let mut blocks: Vec<Block> = waits.map(|(_, block)| block).collect();
    if let Some(first) = found.unmasked.min() {
        blocks.push(Block::Mixed {
            count: found.unmasked.len(),
            first: MessageNumber(first),
        });
    }
    if let Some((first, why)) = found.stale.first() {
        blocks.push(Block::Stale {
            count: found.stale.len() as u64,
            first: *first,
            why: *why,
        });
    }
    if found.is_empty {
        blocks.push(Block::Nothing);
    }
    blocks
}
