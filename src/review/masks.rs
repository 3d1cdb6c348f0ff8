//! What is masked, as it stands: the fold of the ledger's redactions; how masks are laid on a text,
//! and how a text reads under them.

use super::marks::Mismatch;
use crate::case::ledger::{Entry, Recorded};
use crate::case::masks::{
    self, Mask, MaskChange, MaskReason, Masked, MessageMasks, Part, Reach, print_of,
};
use crate::model::MessageNumber;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::GraphemeCursor;

/// So many of the reasons that a reviewer used are remembered.
const RECENT: usize = 20;

/// The two copies that a bundle holds of what has masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// The closed master, for the department: without what is no record, with what is exempt.
    Closed,
    /// The open copy: without either.
    Open,
}

impl Edition {
    /// Whether a mask of this reach lies on it.
    pub fn masks(self, reach: Reach) -> bool {
        reach == Reach::Always || self == Edition::Open
    }
}

/// The masks of all messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Masks {
    by_message: BTreeMap<u32, MessageMasks>,
    /// Reasons that each reviewer used, by code, the last first.
    recent: BTreeMap<String, Vec<String>>,
}

impl Masks {
    /// The masks of a message, if it has any.
    pub fn of(&self, number: MessageNumber) -> Option<&MessageMasks> {
        self.by_message.get(&number.0)
    }

    /// The messages that have masks.
    pub fn messages(&self) -> RoaringBitmap {
        self.by_message.keys().copied().collect()
    }

    /// Every message that has masks, with them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (MessageNumber, &MessageMasks)> {
        let all = self.by_message.iter();
        all.map(|(number, masks)| (MessageNumber(*number), masks))
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.by_message.is_empty()
    }

    /// The same masks, each of everything that leaves.
    #[must_use]
    pub fn always(&self) -> Masks {
        let mut all = self.clone();
        let mut known: BTreeMap<MaskReason, Arc<MaskReason>> = BTreeMap::new();
        let masks = all.by_message.values_mut();
        let masks = masks.flat_map(|masks| &mut masks.parts);
        for mask in masks.flat_map(|masked| &mut masked.masks) {
            let reason = known
                .entry((*mask.reason).clone())
                .or_insert_with_key(|reason| {
                    Arc::new(MaskReason {
                        reach: Reach::Always,
                        ..reason.clone()
                    })
                });
            mask.reason = Arc::clone(reason);
        }
        all
    }

    /// The codes of the reasons that a reviewer used, the last first.
    pub fn recent(&self, reviewer: &str) -> &[String] {
        self.recent.get(reviewer).map_or(&[], Vec::as_slice)
    }

    /// Applies changes; gives the messages they changed.
    ///
    /// # Errors
    /// [`Mismatch`] when the masks before were not what a change says; then nothing is applied.
    pub fn apply(&mut self, changes: &[MaskChange]) -> Result<RoaringBitmap, Mismatch> {
        let nothing = MessageMasks::default();
        let mut changed = RoaringBitmap::new();
        for change in changes {
            let now = self.by_message.get(&change.number).unwrap_or(&nothing);
            if *now != change.from || !changed.insert(change.number) {
                return Err(Mismatch);
            }
        }
        for change in changes {
            match change.to.is_empty() {
                true => self.by_message.remove(&change.number),
                false => self.by_message.insert(change.number, change.to.clone()),
            };
        }
        Ok(changed)
    }

    /// Remembers what the reviewer of an entry used.
    pub fn remember(&mut self, recorded: &Recorded) {
        if let Entry::Redact {
            reason: Some(reason),
            ..
        } = &recorded.entry
        {
            let recent = self.recent.entry(recorded.actor.name.clone()).or_default();
            recent.retain(|code| *code != reason.code);
            recent.insert(0, reason.code.clone());
            recent.truncate(RECENT);
        }
    }
}

/// The form of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Kept {
    reasons: Vec<MaskReason>,
    hex: String,
    recent: BTreeMap<String, Vec<String>>,
}

impl From<Masks> for Kept {
    fn from(all: Masks) -> Kept {
        let changes = all.by_message.into_iter().map(|(number, to)| MaskChange {
            number,
            from: MessageMasks::default(),
            to,
        });
        let changes: Vec<MaskChange> = changes.collect();
        let reasons = masks::reasons_of(&changes);
        // Only what is longer than four gigabytes is refused, and nothing stands before it here.
        let bytes = masks::encode_after(Vec::new(), &changes, &reasons).unwrap_or_default();
        Kept {
            hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            reasons,
            recent: all.recent,
        }
    }
}

impl TryFrom<Kept> for Masks {
    type Error = Mismatch;

    fn try_from(kept: Kept) -> Result<Masks, Mismatch> {
        let hex = &kept.hex;
        let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2));
        let bytes = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok());
        let bytes: Vec<u8> = bytes.collect::<Option<_>>().ok_or(Mismatch)?;
        let (_, changes) = masks::decode_after(&bytes, &kept.reasons).map_err(|_| Mismatch)?;
        let mut all = Masks {
            recent: kept.recent,
            ..Masks::default()
        };
        all.apply(&changes)?;
        Ok(all)
    }
}

/// A run of bytes widened to whole characters as people see them; `None` where it is empty or
/// beyond the text.
pub fn whole_characters(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    if span.is_empty() || span.end > text.len() {
        return None;
    }
    let at = |place: usize| (0..=place).rev().find(|at| text.is_char_boundary(*at));
    let is_boundary = |place: usize| {
        let mut cursor = GraphemeCursor::new(place, text.len(), true);
        // The whole text is at hand, so that it never asks for more.
        cursor.is_boundary(text, 0).unwrap_or(true)
    };
    let mut start = at(span.start)?;
    if !is_boundary(start) {
        let mut cursor = GraphemeCursor::new(start, text.len(), true);
        start = cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0);
    }
    let mut end = (span.end..=text.len()).find(|at| text.is_char_boundary(*at))?;
    if !is_boundary(end) {
        let mut cursor = GraphemeCursor::new(end, text.len(), true);
        let next = cursor.next_boundary(text, 0).ok().flatten();
        end = next.unwrap_or(text.len());
    }
    Some(start..end)
}

/// Lays masks on a text, or with no reason takes them off: gives all masks that lie on it then.
///
/// - What was masked for another reason gets the new one, but what is no record stays so: a
///   personal span that an exemption is laid over does not come into the closed master.
/// - Masks for one reason that touch, or have only blanks between them, become one, so that they do
///   not tell how many words they hide.
/// - Spans are widened to whole characters; those that are empty or beyond the text are left out.
pub fn paint(
    text: &str,
    before: &[Mask],
    spans: &[Range<usize>],
    reason: Option<&Arc<MaskReason>>,
) -> Vec<Mask> {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut wanted: Vec<(u32, u32)> = spans
        .iter()
        .filter_map(|span| whole_characters(text, span.clone()))
        .map(|span| (narrow(span.start), narrow(span.end)))
        .collect();
    wanted.sort_unstable();
    wanted.dedup_by(|next, last| {
        let meets = next.0 <= last.1;
        if meets {
            last.1 = last.1.max(next.1);
        }
        meets
    });
    let is_kept = |mask: &&Mask| {
        reason.is_some_and(|new| new.reach == Reach::Open && mask.reason.reach == Reach::Always)
    };
    let kept: Vec<(u32, u32)> = before
        .iter()
        .filter(is_kept)
        .map(|mask| (mask.start, mask.end))
        .collect();
    let mut after: Vec<Mask> = Vec::new();
    for mask in before {
        let whole = is_kept(&mask);
        let left = match whole {
            true => vec![(mask.start, mask.end)],
            false => without((mask.start, mask.end), &wanted),
        };
        after.extend(left.into_iter().map(|(start, end)| Mask {
            start,
            end,
            reason: Arc::clone(&mask.reason),
        }));
    }
    if let Some(reason) = reason {
        for span in &wanted {
            let new = without(*span, &kept).into_iter();
            after.extend(new.map(|(start, end)| Mask {
                start,
                end,
                reason: Arc::clone(reason),
            }));
        }
    }
    after.sort_by_key(|mask| mask.start);
    after.dedup_by(|next, last| {
        let between = usize::try_from(last.end)
            .ok()
            .zip(usize::try_from(next.start).ok())
            .and_then(|(from, to)| text.get(from..to));
        let joins = next.reason == last.reason
            && between.is_some_and(|between| between.chars().all(char::is_whitespace));
        if joins {
            last.end = next.end;
        }
        joins
    });
    after
}

/// What is left of a span without these, which are in order and do not overlap.
fn without(span: (u32, u32), cuts: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let (mut start, end) = span;
    let mut left = Vec::new();
    let first = cuts.partition_point(|cut| cut.1 <= start);
    for cut in cuts.iter().skip(first).take_while(|cut| cut.0 < end) {
        if start < cut.0 {
            left.push((start, cut.0));
        }
        start = start.max(cut.1);
    }
    if start < end {
        left.push((start, end));
    }
    left
}

/// A text as it reads in an edition, and how many masks lie on it there. Where it is not the text
/// that was masked, all of it stays behind.
pub fn read_under<'a>(text: &'a str, masked: &Masked, edition: Edition) -> (Cow<'a, str>, u64) {
    let lying = masked
        .masks
        .iter()
        .filter(|mask| edition.masks(mask.reason.reach));
    if masked.of != print_of(text) {
        return match lying.max_by_key(|mask| mask.reason.reach == Reach::Always) {
            Some(mask) => (Cow::Owned(mask.reason.to_string()), 1),
            None => (Cow::Borrowed(text), 0),
        };
    }
    read_part(text, 0..text.len(), masked, edition)
}

/// As [`read_under`], of a run of bytes of the very text that was masked.
pub fn read_part<'a>(
    text: &'a str,
    run: Range<usize>,
    masked: &Masked,
    edition: Edition,
) -> (Cow<'a, str>, u64) {
    let (mut shown, mut done, mut count) = (String::new(), run.start, 0);
    for mask in &masked.masks {
        let (Ok(start), Ok(end)) = (usize::try_from(mask.start), usize::try_from(mask.end)) else {
            continue;
        };
        if !edition.masks(mask.reason.reach) || end <= run.start || start >= run.end {
            continue;
        }
        shown.push_str(text.get(done..start).unwrap_or_default());
        shown.push_str(&mask.reason.to_string());
        done = end;
        count += 1;
    }
    if count == 0 {
        return (Cow::Borrowed(text.get(run).unwrap_or_default()), 0);
    }
    shown.push_str(text.get(done..run.end).unwrap_or_default());
    (Cow::Owned(shown), count)
}

/// The masks of a message with those of one part changed: `None` takes the part's away.
pub(super) fn with_part(before: &MessageMasks, part: Part, masked: Option<Masked>) -> MessageMasks {
    let mut after = before.clone();
    after.parts.retain(|one| one.part != part);
    after.parts.extend(masked);
    after.parts.sort_by_key(|one| one.part);
    if after.is_empty() {
        after.wordings = 0;
    }
    after
}

/// For tests of what rests on masks.
#[cfg(test)]
pub(crate) use tests::{masked, reason};

#[allow(clippy::string_slice, clippy::single_range_in_vec_init)]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reason of this code.
    pub(crate) fn reason(code: &str, reach: Reach) -> Arc<MaskReason> {
        Arc::new(MaskReason {
            code: code.into(),
            label: code.to_uppercase(),
            reach,
            means: "x".into(),
        })
    }

    /// These masks on a message's text.
    pub(crate) fn masked(text: &str, masks: Vec<Mask>) -> Masked {
        Masked {
            part: Part::Text,
            of: print_of(text),
            masks,
        }
    }

    #[test]
    fn a_mask_is_of_one_width_and_a_personal_span_is_in_neither_copy() {
        let (personal, exempt) = (reason("p", Reach::Always), reason("e", Reach::Open));
        let text = "lunch with Tom, then sign for Acme Ltd";
        let masks = paint(text, &[], &[11..14], Some(&personal));
        let masks = paint(text, &masks, &[30..38], Some(&exempt));
        let all = masked(text, masks.clone());
        assert_eq!(
            read_under(text, &all, Edition::Closed).0,
            "lunch with [redacted: P], then sign for Acme Ltd"
        );
        assert_eq!(
            read_under(text, &all, Edition::Open).0,
            "lunch with [redacted: P], then sign for [redacted: E]"
        );
        // An exemption over all of it leaves the personal span what it is.
        let masks = paint(text, &masks, &[0..text.len()], Some(&exempt));
        let all = masked(text, masks);
        assert_eq!(
            read_under(text, &all, Edition::Closed).0,
            "lunch with [redacted: P], then sign for Acme Ltd"
        );
        assert_eq!(
            read_under(text, &all, Edition::Open).0,
            "[redacted: E][redacted: P][redacted: E]"
        );
        // Of a text that is not the one that was masked, nothing is shown.
        assert_eq!(
            read_under("other", &all, Edition::Closed).0,
            "[redacted: P]"
        );
    }

    #[test]
    fn neighbours_become_one_and_characters_stay_whole() {
        let one = reason("p", Reach::Always);
        let text = "Ann \u{1f469}\u{200d}\u{1f4bb} e\u{301}t Bo";
        let masks = paint(text, &[], &[0..3, 5..6], Some(&one));
        let man = masks.first().unwrap();
        assert_eq!(masks.len(), 1, "only a blank lies between");
        assert_eq!(
            &text[man.start as usize..man.end as usize],
            "Ann \u{1f469}\u{200d}\u{1f4bb}"
        );
        let at = text.find('\u{301}').unwrap();
        let span = whole_characters(text, at..at + 1).unwrap();
        assert_eq!(&text[span], "e\u{301}");
        assert_eq!(whole_characters(text, 3..3), None);
        assert_eq!(whole_characters(text, 0..999), None);
    }

    proptest! {
        /// The plain model: for each byte the reason of its mask.
        #[test]
        fn masks_agree_with_a_plain_model(
            text in "[ab \u{e9}\u{301}\u{1f44d}]{0,24}",
            acts in prop::collection::vec((0_usize..40, 0_usize..12, 0_usize..4), 0..9),
        ) {
            let reasons = [
                reason("p", Reach::Always),
                reason("e", Reach::Open),
                reason("f", Reach::Open),
            ];
            let mut model: Vec<Option<usize>> = vec![None; text.len()];
            let mut masks = Vec::new();
            for (start, length, which) in acts {
                let span = start..start + length;
                masks = paint(&text, &masks, std::slice::from_ref(&span), reasons.get(which));
                if let Some(span) = whole_characters(&text, span) {
                    for byte in &mut model[span] {
                        match which {
                            3 => *byte = None,
                            0 => *byte = Some(0),
                            which if *byte != Some(0) => *byte = Some(which),
                            _ => {}
                        }
                    }
                }
                // Blanks between two masks of one reason are masked with them.
                for start in 0..model.len() {
                    let blank = (start..model.len()).take_while(|at| model[*at].is_none());
                    let end = start + blank.count();
                    if start > 0 && start < end && end < model.len()
                        && model[start - 1].is_some() && model[start - 1] == model[end]
                        && text.get(start..end).is_some_and(|t| t.chars().all(char::is_whitespace))
                    {
                        let reason = model[end];
                        model[start..end].fill(reason);
                    }
                }
            }
            let mut drawn: Vec<Option<usize>> = vec![None; text.len()];
            let mut last: Option<&Mask> = None;
            for mask in &masks {
                prop_assert!(mask.start < mask.end);
                prop_assert!(last.is_none_or(|last| last.end <= mask.start));
                prop_assert!(last.is_none_or(
                    |last| last.end < mask.start || last.reason != mask.reason
                ));
                let which = reasons.iter().position(|reason| *reason == mask.reason);
                drawn[mask.start as usize..mask.end as usize].fill(which);
                last = Some(mask);
            }
            prop_assert_eq!(&drawn, &model);
            // What reads under the masks holds just what no mask lies on.
            if !masks.is_empty() {
                for (edition, hides) in [(Edition::Closed, 1), (Edition::Open, 3)] {
                    let all = masked(&text, masks.clone());
                    let (shown, _) = read_under(&text, &all, edition);
                    let bytes = text.bytes().zip(&model);
                    let open = bytes.filter(|(_, m)| m.is_none_or(|m| m >= hides));
                    let open: Vec<u8> = open.map(|(byte, _)| byte).collect();
                    let shown = ["[redacted: P]", "[redacted: E]", "[redacted: F]"]
                        .iter()
                        .fold(shown.into_owned(), |shown, mask| shown.replace(mask, ""));
                    prop_assert_eq!(shown.as_bytes(), open.as_slice());
                }
            }
        }
    }
}
