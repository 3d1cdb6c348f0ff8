//! The dry run: what would go, what would stay, and what stands in the way.

use super::block::{Block, Found, Missing, blocks};
use super::choice::{files_in, stale_of};
use super::counts::Counts;
use super::error::BundleError;
use super::mails;
use super::options::Options;
use super::select::Selection;
use crate::case::Message;
use crate::case::ledger::Head;
use crate::case::masks::Reach;
use crate::model::{MessageNumber, Stands, ThreadId};
use crate::review::Edition;
use roaring::RoaringBitmap;

/// What a bundle of the case's present state would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What was chosen.
    pub options: Options,
    /// The state it was made from; [`super::write`] refuses when the case has moved on.
    pub head: Head,
    /// All messages of the case.
    pub total: Counts,
    /// How many of the referred are official, context or mixed and on hold.
    pub held: u64,
    /// What is missing of the second look; what stays for it is among the referred.
    pub missing: Missing,
    /// Thread by thread, in the order of their numbers.
    pub threads: Vec<ThreadPlan>,
    /// Files that go, before those with the same bytes are joined.
    pub attachments: u64,
    /// Mails that go: each as it was too, where all of it may leave.
    pub mails: u64,
    /// Messages that go with something masked that is no record.
    pub masked: u64,
    /// Messages that go with something masked that is exempt.
    pub exempt: u64,
    /// Bytes that the bag will need at most, about.
    pub bytes: u64,
    /// What has changed since the earlier bundles, where it follows any.
    pub changes: Option<Vec<DayChange>>,
    /// What stands in the way; empty when the bundle can be written.
    pub blocks: Vec<Block>,
}

/// What becomes of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPlan {
    /// The thread.
    pub id: ThreadId,
    /// Its title: for the screen, not for the bag, where a thread that stays has none.
    pub title: String,
    /// Whether anything of it goes.
    pub handed_over: bool,
    /// Its messages.
    pub counts: Counts,
}

impl Plan {
    /// Whether the bundle can be written.
    pub fn is_ready(&self) -> bool {
        self.blocks.is_empty()
    }
}

/// Makes the plan of a selection.
pub(super) fn of(selection: &Selection, options: Options, changes: Option<Vec<DayChange>>) -> Plan {
    let store = &selection.store;
    let total = selection.total();
    let threads: Vec<ThreadPlan> = store
        .threads()
        .iter()
        .map(|thread| ThreadPlan {
            id: thread.id,
            title: thread.title.clone(),
            handed_over: selection.threads.contains(&thread.id),
            counts: selection.thread_counts(thread.id),
        })
        .collect();
    let kept_back = selection.held().saturating_add(selection.missing.kept);
    let stale = stale_of(store, &selection.masks, &selection.leaving);
    let mut blocks = blocks(
        &Found {
            undecided: total.undecided,
            refer: total.refer.saturating_sub(kept_back),
            held: selection.held(),
            missing: selection.missing,
            unmasked: &selection.unmasked,
            stale: &stale,
            is_empty: changes.is_none() && selection.decided_out.is_empty(),
        },
        options.partial,
    );
    if changes.as_ref().is_some_and(Vec::is_empty) {
        blocks.push(Block::Unchanged);
    }
    if check_balance(selection).is_err() {
        blocks.push(Block::Unbalanced);
    }
    let mails = mails::leaving(selection);
    // By their true masks, whatever the profile makes of them.
    let masked = |reach: Reach| {
        let leaving = selection.fold.masks.iter();
        let leaving = leaving.filter(|(number, _)| selection.leaving.contains(number.0));
        let with =
            leaving.filter(|(_, masks)| masks.all().any(|(_, one)| one.reason.reach == reach));
        with.count() as u64
    };
    let (attachments, bytes) = size(selection, &mails);
    Plan {
        options,
        head: selection.head,
        total,
        held: selection.held(),
        missing: selection.missing,
        threads,
        attachments,
        mails: mails.len(),
        masked: masked(Reach::Always),
        exempt: masked(Reach::Open),
        bytes,
        changes,
        blocks,
    }
}

/// Checks that every message is counted once, for each source, thread and day, against what the
/// store says of itself.
///
/// # Errors
/// [`BundleError::Unbalanced`] with the place that does not add up, by neutral numbers.
pub(super) fn check_balance(selection: &Selection) -> Result<(), BundleError> {
    let store = &selection.store;
    let fail = |place: String| Err(BundleError::Unbalanced { place });
    for (slot, counts) in &selection.slots {
        if !counts.balance() {
            return fail(format!("a day of thread {}", slot.thread));
        }
    }
    for source in store.sources() {
        let expected = store.numbers_of(source.id).len();
        if selection.source_counts(source.id).messages != expected {
            return fail(format!("source {}", source.id));
        }
    }
    for thread in store.threads() {
        let expected = store.thread_len(thread.id);
        if selection.thread_counts(thread.id).messages != u64::from(expected) {
            return fail(format!("thread {}", thread.id));
        }
    }
    let total = selection.total();
    let leaving = selection.leaving.len();
    if total.messages != u64::from(store.len()) || total.handed_over != leaving || !total.balance()
    {
        return fail("the case".to_owned());
    }
    Ok(())
}

/// Files that go, and the bytes that all will need: four forms of each text with its frame.
fn size(selection: &Selection, mails: &RoaringBitmap) -> (u64, u64) {
    /// What a message needs besides its text, in all four forms together.
    const FRAME: u64 = 2048;
    /// What a message that stays needs: its commitment, with its thread and day.
    const COMMITMENT: u64 = 128;
    let stays = u64::from(selection.store.len()).saturating_sub(selection.leaving.len());
    let (mut files, mut bytes) = (
        0_u64,
        stays.saturating_mul(COMMITMENT).saturating_add(1 << 20),
    );
    let has_open = selection.has_open_copy();
    for number in &selection.leaving {
        let number = MessageNumber(number);
        let Some(message) = selection.store.message(number) else {
            continue;
        };
        let text = message.text.len() as u64;
        // Quoted-printable can take three bytes for one, the other forms little more than one.
        let copies = 1 + u64::from(has_open);
        bytes = text
            .saturating_mul(7)
            .saturating_add(FRAME)
            .saturating_mul(copies)
            .saturating_add(bytes);
        if mails.contains(number.0) {
            bytes = bytes.saturating_add(message.span.length.into());
        }
        for (source, stands, _) in files_of(selection, number) {
            files += 1;
            let size = match stands {
                // Decoded, it is never longer than it stands there.
                Stands::Within(within) => within.span.length.into(),
                Stands::Item(item) => selection
                    .store
                    .source(source)
                    .and_then(|source| source.items.get(usize::try_from(item).ok()?))
                    .map_or(0, |item| item.size),
            };
            // Its open copy is hardly larger, packed anew or not.
            bytes = bytes.saturating_add(size.saturating_mul(2));
        }
    }
    (files, bytes)
}

/// Where the files of a message that leaves lie, and the names it gives them; those that the closed
/// master withholds are not among them.
pub(super) fn files_of(
    selection: &Selection,
    number: MessageNumber,
) -> Vec<(crate::model::SourceId, Stands, String)> {
    let is_decidable = |message: &Message<'_>| message.kind.is_decidable();
    if !selection
        .store
        .message(number)
        .as_ref()
        .is_some_and(is_decidable)
    {
        return Vec::new();
    }
    files_in(&selection.store, &selection.masks, number, Edition::Closed)
        .into_iter()
        .filter(|(_, withheld)| withheld.is_none())
        .filter_map(|(held, _)| Some((held.source, held.file.stands()?, held.file.name)))
        .collect()
}

/// What has changed on one day since the earlier bundles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayChange {
    /// `thread-0001`.
    pub thread: String,
    /// The local day: `2021-03-05`, or `undated`.
    pub day: String,
    /// Messages that were in none of them.
    pub new: Vec<u32>,
    /// Messages that leave otherwise: decided, masked or shown so.
    pub changed: Vec<u32>,
    /// Messages that are not to leave any more.
    pub withdrawn: Vec<u32>,
}
