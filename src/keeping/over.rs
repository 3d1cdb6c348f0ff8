//! What goes over into a purged case is held against what it was: each text is the closed master of
//! the one before, and what is exempt lies under its masks again.
//!
//! What is masked as personal is no longer there, so what stands behind it in a text has moved.
//! Masks of what is exempt are laid anew, each where its words stand now; then the open copy of each
//! such message has to read as it did.

use super::KeepError;
use crate::case::Store;
use crate::case::masks::{MaskReason, Masked, MessageMasks, Part, Reach};
use crate::model::MessageNumber;
use crate::review::masks::read_under;
use crate::review::redacting::{Listed, text_of};
use crate::review::{Asking, Edition, How, Session, Spot, Target};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A message that went over: its number before, and its number now.
pub(super) type Over = (MessageNumber, MessageNumber);

/// What is exempt and went over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exempt {
    /// Messages that have masks of it.
    pub(super) messages: u64,
    /// How many masks those were before.
    pub(super) masks: u64,
}

/// Lays the masks of what is exempt in the new case, and holds all texts against those of the old.
///
/// # Errors
/// [`KeepError::Apart`] for the first message that does not read as it did; otherwise when the new
/// case cannot be written.
pub(super) fn carry_over(
    old: &Session,
    made: &Session,
    over: &[Over],
) -> Result<Exempt, KeepError> {
    let (was, is) = (old.store(), made.store());
    let masks = old.masks();
    let mut wanted: BTreeMap<MaskReason, BTreeMap<u32, Vec<Listed>>> = BTreeMap::new();
    let mut exempt = Exempt::default();
    for (former, number) in over {
        let decided = is_decided(&was, *former);
        let Some(masks) = masks.of(*former) else {
            if decided && was.text(*former) != is.text(*number) {
                return Err(differs(*former));
            }
            continue;
        };
        if decided {
            same(&was, &is, *former, *number, masks, Part::Text)?;
        }
        let open = masks
            .all()
            .filter(|(_, mask)| mask.reason.reach == Reach::Open);
        let open = open.count() as u64;
        if open == 0 {
            continue;
        }
        exempt.messages += 1;
        exempt.masks += open;
        for masked in &masks.parts {
            for (reason, listed) in places(&was, &is, *former, *number, masks, masked)? {
                let places = wanted.entry((*reason).clone()).or_default();
                places.entry(number.0).or_default().push(listed);
            }
        }
    }
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: None,
    };
    for (reason, places) in wanted {
        let messages = places.keys().copied().collect();
        let target = Target::Set(messages, None);
        let spot = Spot::Listed(Arc::new(places));
        made.redact(&target, &spot, Some(&reason), &asking, &mut ())
            .map_err(super::purge::apart)?;
    }
    let (before, now) = (masks, made.masks());
    for (former, number) in over.iter().filter(|(former, _)| is_decided(&was, *former)) {
        let Some(masks) = before.of(*former) else {
            continue;
        };
        for masked in masks.parts.iter().filter(|masked| masked.part.is_text()) {
            let (Some(text), Some(moved)) = (
                text_of(&was, *former, masked.part),
                text_of(&is, *number, masked.part),
            ) else {
                continue;
            };
            let nothing = MessageMasks::default();
            let lying = now.of(*number).unwrap_or(&nothing);
            let lying = lying.parts.iter().find(|one| one.part == masked.part);
            let shown = lying.map_or(Cow::Borrowed(&*moved), |lying| {
                read_under(&moved, lying, Edition::Open).0
            });
            if read_under(&text, masked, Edition::Open).0 != shown {
                return Err(differs(*former));
            }
        }
    }
    Ok(exempt)
}

/// Whether it is no line of the app; those are without the names that may not be shown.
fn is_decided(store: &Store, number: MessageNumber) -> bool {
    let message = store.message(number);
    message.is_some_and(|message| message.kind.is_decidable())
}

fn differs(former: MessageNumber) -> KeepError {
    super::purge::apart(format!(
        "message {former} would not read in the new case as it is handed over; docket show \
         {former} shows it"
    ))
}

/// Holds a text against what the closed master of the one before says.
fn same(
    was: &Store,
    is: &Store,
    former: MessageNumber,
    number: MessageNumber,
    masks: &MessageMasks,
    part: Part,
) -> Result<(), KeepError> {
    let (Some(text), Some(now)) = (text_of(was, former, part), text_of(is, number, part)) else {
        return Err(differs(former));
    };
    let masked = masks.parts.iter().find(|masked| masked.part == part);
    let closed = masked.map_or(Cow::Borrowed(&*text), |masked| {
        read_under(&text, masked, Edition::Closed).0
    });
    match closed == now {
        true => Ok(()),
        false => Err(differs(former)),
    }
}

/// Where what is exempt of a part stands now, with its reasons; nothing where the part did not go
/// over.
fn places(
    was: &Store,
    is: &Store,
    former: MessageNumber,
    number: MessageNumber,
    masks: &MessageMasks,
    masked: &Masked,
) -> Result<Vec<(Arc<MaskReason>, Listed)>, KeepError> {
    let open = masked
        .masks
        .iter()
        .filter(|mask| mask.reason.reach == Reach::Open);
    let part = match masked.part {
        Part::File(at) => match file(was, is, former, number, masks, at)? {
            Some(at) => Part::File(at),
            None => return Ok(Vec::new()),
        },
        part => part,
    };
    if !part.is_text() {
        return Ok(open
            .map(|mask| (Arc::clone(&mask.reason), (part, None)))
            .collect());
    }
    // Earlier texts of a line that nobody sent do not go over.
    let Some(now) = text_of(is, number, part) else {
        return Ok(Vec::new());
    };
    let text = text_of(was, former, part).unwrap_or_default();
    if read_under(&text, masked, Edition::Closed).0 != now {
        // A line of the app in which a number stands for a name: all of it is masked.
        return match is_decided(was, former) {
            true => Err(differs(former)),
            false => Ok(open
                .map(|mask| (Arc::clone(&mask.reason), (part, None)))
                .take(1)
                .collect()),
        };
    }
    Ok(moved(masked)
        .into_iter()
        .map(|(reason, span)| (reason, (part, Some(span))))
        .collect())
}

/// Where the spans of what is exempt stand in the closed master of their text.
fn moved(masked: &Masked) -> Vec<(Arc<MaskReason>, Range<usize>)> {
    let mut places = Vec::new();
    let (mut done, mut at) = (0, 0);
    for mask in &masked.masks {
        let (Ok(start), Ok(end)) = (usize::try_from(mask.start), usize::try_from(mask.end)) else {
            continue;
        };
        at += start.saturating_sub(done);
        let length = match mask.reason.reach {
            Reach::Always => mask.reason.to_string().len(),
            Reach::Open => end.saturating_sub(start),
        };
        if mask.reason.reach == Reach::Open {
            places.push((Arc::clone(&mask.reason), at..at + length));
        }
        at += length;
        done = end;
    }
    places
}

/// The place that a file has now: those that are masked as personal are not there. A line of the app
/// has none.
fn file(
    was: &Store,
    is: &Store,
    former: MessageNumber,
    number: MessageNumber,
    masks: &MessageMasks,
    wanted: u16,
) -> Result<Option<u16>, KeepError> {
    if !is_decided(was, former) {
        return Ok(None);
    }
    let is_personal = |at: u16| {
        let mut masks = masks.of(Part::File(at)).iter();
        masks.any(|mask| mask.reason.reach == Reach::Always)
    };
    let (mut count, mut place) = (0_u16, None);
    for (at, _) in (0_u16..).zip(was.attachments(former)) {
        if is_personal(at) {
            continue;
        }
        if at == wanted {
            place = Some(count);
        }
        count = count.saturating_add(1);
    }
    match is.attachments(number).len() == usize::from(count) {
        true => Ok(place),
        false => Err(differs(former)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::masks::{masked, paint, reason};
    use proptest::prelude::*;

    proptest! {
        /// Laid anew on the closed master, what is exempt gives the open copy that was.
        #[test]
        fn what_is_exempt_is_found_in_the_closed_master(
            text in "[ab \u{e9}\u{1f44d}]{0,24}",
            acts in prop::collection::vec((0_usize..40, 0_usize..12, 0_usize..4), 0..9),
        ) {
            let reasons = [
                reason("p", Reach::Always),
                reason("e", Reach::Open),
                reason("f", Reach::Open),
            ];
            let mut masks = Vec::new();
            for (start, length, which) in acts {
                let span = start..start + length;
                masks = paint(&text, &masks, &[span], reasons.get(which));
            }
            let before = masked(&text, masks);
            let closed = read_under(&text, &before, Edition::Closed).0;
            let mut laid = Vec::new();
            for (reason, span) in moved(&before) {
                laid = paint(&closed, &laid, &[span], Some(&reason));
            }
            let after = masked(&closed, laid);
            prop_assert_eq!(&read_under(&closed, &after, Edition::Closed).0, &closed);
            prop_assert_eq!(
                read_under(&text, &before, Edition::Open).0,
                read_under(&closed, &after, Edition::Open).0
            );
        }
    }
}
