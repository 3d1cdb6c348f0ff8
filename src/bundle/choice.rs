//! Which messages leave, as sets: the rules of [`super::select`] as far as they ask for decisions,
//! flags, second words and masks alone. They are a few operations on sets, whatever the size of the
//! case; so [`Outlook`] says what a bundle would hold as often as somebody looks.

use super::block::{Block, Found, Missing, blocks};
use super::profile::Profile;
use crate::case::masks::{MaskReason, Part, Reach};
use crate::case::{Disagree, Held, Store};
use crate::model::{Decision, Flag, Kind, Marks, MessageNumber, ThreadId};
use crate::review::quality::Quality;
use crate::review::redacting::{Stale, stale};
use crate::review::second::Stand;
use crate::review::waiting::Needed;
use crate::review::{Edition, Fold, Masks, Session};
use roaring::RoaringBitmap;
use std::collections::BTreeSet;

/// What leaves, and what is kept back.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Messages decided official or context, and mixed ones whose personal part is masked.
    pub(super) decided_out: RoaringBitmap,
    /// Everything that leaves with content: those, and system lines of their threads.
    pub(super) leaving: RoaringBitmap,
    /// Threads that are handed over.
    pub(super) threads: BTreeSet<ThreadId>,
    /// Messages that would leave, were they not on hold.
    pub(super) on_hold: RoaringBitmap,
    /// Messages that would leave, were nothing missing of their second look.
    pub(super) kept: RoaringBitmap,
    /// What is missing of the second look.
    pub(super) missing: Missing,
    /// Messages decided mixed whose personal part is not masked.
    pub(super) unmasked: RoaringBitmap,
    /// What would leave, did the profile not leave it behind.
    pub(super) set_aside: RoaringBitmap,
}

impl Choice {
    /// Applies the rules to what the ledger says, and takes away what a profile leaves behind.
    pub(super) fn of(store: &Store, fold: &Fold, profile: Option<&Profile>) -> Choice {
        let decisions = &fold.decisions;
        let flagged = fold.marks.flagged(Flag::Hold);
        let mixed = decisions.set(Decision::Mixed);
        let plain = decisions.set(Decision::Official) | decisions.set(Decision::Context);
        let would_leave = &plain | mixed;
        let (waiting, mut missing) = waiting(fold);
        let on_hold = &would_leave & &flagged;
        let kept = (would_leave & waiting) - &on_hold;
        missing.kept = kept.len();
        let stays = &on_hold | &kept;
        let masked: RoaringBitmap = fold
            .masks
            .iter()
            .filter(|(number, _)| has_personal_mask(&fold.masks, *number))
            .map(|(number, _)| number.0)
            .collect();
        let mixed = mixed - &stays;
        let all = (plain - &stays) | (&mixed & &masked);
        let mut set_aside = RoaringBitmap::new();
        if profile.is_some_and(|profile| !profile.transitory) {
            set_aside |= &all & fold.marks.flagged(Flag::Transitory);
        }
        if profile.is_some_and(|profile| !profile.context) {
            set_aside |= &all & decisions.set(Decision::Context);
        }
        let decided_out = all - &set_aside;
        let mut leaving = decided_out.clone();
        let mut threads = BTreeSet::new();
        for thread in store.threads() {
            let set = store.thread_set(thread.id);
            if !set.is_disjoint(&decided_out) {
                threads.insert(thread.id);
                let lines = set & decisions.lines();
                if lines.is_disjoint(&flagged) {
                    leaving |= lines;
                }
            }
        }
        Choice {
            unmasked: mixed - masked,
            decided_out,
            leaving,
            threads,
            on_hold,
            kept,
            missing,
            set_aside,
        }
    }
}

/// Whether something that is no record was taken out of a message.
pub(super) fn has_personal_mask(masks: &Masks, number: MessageNumber) -> bool {
    masks.of(number).is_some_and(|masks| {
        let mut all = masks.all();
        all.any(|(_, mask)| mask.reason.reach == Reach::Always)
    })
}

/// The messages that leave whose masks have to be looked at again, and why.
pub(super) fn stale_of(
    store: &Store,
    masks: &Masks,
    leaving: &RoaringBitmap,
) -> Vec<(MessageNumber, Stale)> {
    masks
        .iter()
        .filter(|(number, _)| leaving.contains(number.0))
        .filter_map(|(number, masks)| Some((number, stale(store, number, masks)?)))
        .collect()
}

/// The files of a message that is decided on; each with the reason, where an edition withholds it.
pub(super) fn files_in(
    store: &Store,
    masks: &Masks,
    number: MessageNumber,
    edition: Edition,
) -> Vec<(Held, Option<MaskReason>)> {
    let masks = masks.of(number);
    let withheld = |at: u16| {
        let masks = masks.map_or(&[][..], |masks| masks.of(Part::File(at)));
        let mut reasons = masks.iter().map(|mask| &mask.reason);
        let why = reasons.find(|reason| edition.masks(reason.reach));
        why.map(|why| (**why).clone())
    };
    let files = store.attachments(number).into_iter();
    files
        .zip(0_u16..)
        .map(|(file, at)| (file, withheld(at)))
        .collect()
}

/// What a bundle of the case's present state would hold, in numbers: what [`super::plan()`] says of
/// the whole case, but for its size and its balance, without looking at every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// How many messages would go with their content.
    pub goes: u64,
    /// How many would stay.
    pub stays: u64,
    /// Files that would go, before those with the same bytes are joined.
    pub attachments: u64,
    /// What stands in the way, the balance apart; empty when nothing does.
    pub blocks: Vec<Block>,
}

/// Says what a bundle would hold, as far as the session has followed the ledger. Reads what
/// messages that leave have as files: for a worker thread.
pub fn outlook(session: &Session) -> Outlook {
    let (store, fold) = session.messages_and_fold();
    let choice = Choice::of(&store, &fold, None);
    let tally = fold.decisions.tally_all();
    let stale = stale_of(&store, &fold.masks, &choice.leaving);
    let goes = choice.leaving.len();
    Outlook {
        goes,
        stays: u64::from(store.len()).saturating_sub(goes),
        attachments: files(&store, &fold.masks, &choice.decided_out),
        blocks: blocks(
            &Found {
                undecided: tally.undecided.into(),
                refer: tally.refer.into(),
                held: choice.on_hold.len(),
                missing: choice.missing,
                unmasked: &choice.unmasked,
                stale: &stale,
                is_empty: choice.decided_out.is_empty(),
            },
            false,
        ),
    }
}

/// How many files of these messages leave. Only messages that can have one are looked at: those
/// that name a file, those whose file the app left out, and those that another export tells more
/// of.
fn files(store: &Store, masks: &Masks, decided_out: &RoaringBitmap) -> u64 {
    let columns = (0_u32..).zip(store.marks()).zip(store.kinds());
    let may =
        columns.filter(|((_, marks), kind)| marks.has(Marks::ATTACHMENT) || *kind == Kind::Omitted);
    let mut may: RoaringBitmap = may.map(|((number, _), _)| number).collect();
    let instances = store.instances();
    let told = instances.filter(|at| at.differs.has(Disagree::Attachment));
    may.extend(told.map(|at| at.number.0));
    may &= decided_out;
    let files = may.iter().map(|number| {
        let files = files_in(store, masks, MessageNumber(number), Edition::Closed);
        let goes = |(held, withheld): &(Held, Option<MaskReason>)| {
            withheld.is_none() && held.file.stands().is_some()
        };
        files.iter().filter(|file| goes(file)).count() as u64
    });
    files.sum()
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
