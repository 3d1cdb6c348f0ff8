//! Masking: parts of messages are masked or withheld for a reason, and shown again. Each act is one
//! entry of the ledger, however many messages it touches, with the same preview, undo and redo, and
//! the same care for what others did meanwhile as a decision.

use super::act::{Asking, Decided, Target};
use super::error::ReviewError;
use super::masks::{Masks, paint, whole_characters, with_part};
use super::query::MAX_PATTERN;
use super::session::{Session, number, tick};
use super::steps::{self, Acted, Topic};
use crate::case::ledger::Entry;
use crate::case::masks::{
    Mask, MaskChange, MaskReason, Masked, MessageMasks, Part, Reach, print_of, reasons_of,
};
use crate::case::{DEEPEST_PATTERN, Disagree, LARGEST_PATTERN, Progress, Store};
use crate::model::{Decision, MessageNumber};
use regex::Regex;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of given words made ready as a pattern: more is a mistake.
const LARGEST_WORDS: usize = 1 << 22;

/// What is to be masked, or shown again, of the messages of a target.
#[derive(Clone, Debug)]
pub enum Spot {
    /// Wherever this is found in a text, an earlier one included.
    Found(Find),
    /// A run of bytes of a part that is text.
    Span(Part, Range<usize>),
    /// A whole part; of a message that does not have it, nothing.
    Whole(Part),
    /// Of each message these places, by its number.
    Listed(Arc<BTreeMap<u32, Vec<Listed>>>),
    /// Whatever is masked; for showing again.
    Everything,
}

/// A place in a message: a run of bytes of a part that is text, or all of a part.
pub type Listed = (Part, Option<Range<usize>>);

/// Words or a pattern to be found in texts.
#[derive(Clone, Debug)]
pub struct Find {
    /// As it was given.
    pub given: String,
    pattern: Regex,
    /// Whether it has to stand alone, and not inside of a longer word or number.
    alone: bool,
}

impl Find {
    /// Finds words, whatever their case and the blanks between them, where they stand as whole
    /// words; and a telephone number in whatever spelling, with its country and without.
    ///
    /// # Errors
    /// [`ReviewError::Redaction`] where there are none.
    pub fn words(given: &str) -> Result<Find, ReviewError> {
        let words: Vec<String> = given.split_whitespace().map(regex::escape).collect();
        if words.is_empty() {
            return Err(ReviewError::Redaction(
                "which words? none were given".into(),
            ));
        }
        let pattern = number_pattern(given).unwrap_or_else(|| words.join(r"\s+"));
        Ok(Find {
            alone: true,
            ..Find::pattern(given, &format!("(?i){pattern}"))?
        })
    }

    /// Finds these letters, whatever their case, within words too.
    ///
    /// # Errors
    /// [`ReviewError::Redaction`] where there are none.
    pub fn anywhere(given: &str) -> Result<Find, ReviewError> {
        Find::pattern(given, &format!("(?i){}", regex::escape(given)))
    }

    /// Finds what a regular expression does.
    ///
    /// # Errors
    /// [`ReviewError::Redaction`] where it is none.
    pub fn regex(given: &str) -> Result<Find, ReviewError> {
        if given.chars().count() > MAX_PATTERN {
            return Err(ReviewError::Redaction(format!(
                "this pattern is longer than {MAX_PATTERN} characters"
            )));
        }
        Find::limited(given, given, LARGEST_PATTERN)
    }

    fn pattern(given: &str, pattern: &str) -> Result<Find, ReviewError> {
        Find::limited(given, pattern, LARGEST_WORDS)
    }

    fn limited(given: &str, pattern: &str, most: usize) -> Result<Find, ReviewError> {
        let made = regex::RegexBuilder::new(pattern)
            .size_limit(most)
            .nest_limit(DEEPEST_PATTERN)
            .build();
        let pattern = made.map_err(|error| {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or_default().trim().to_owned();
            ReviewError::Redaction(format!("this is no pattern: {last}"))
        })?;
        Ok(Find {
            given: given.to_owned(),
            pattern,
            alone: false,
        })
    }

    /// Where it stands in a text.
    pub fn spans(&self, text: &str) -> Vec<Range<usize>> {
        let joins = |edge: Option<char>, beyond: Option<char>| {
            edge.is_some_and(char::is_alphanumeric) && beyond.is_some_and(char::is_alphanumeric)
        };
        let stands_alone = |span: &Range<usize>| {
            let (Some(before), Some(here), Some(after)) = (
                text.get(..span.start),
                text.get(span.clone()),
                text.get(span.end..),
            ) else {
                return false;
            };
            !joins(here.chars().next(), before.chars().next_back())
                && !joins(here.chars().next_back(), after.chars().next())
        };
        self.pattern
            .find_iter(text)
            .map(|found| found.range())
            .filter(|span| !span.is_empty() && (!self.alone || stands_alone(span)))
            .collect()
    }
}

/// The pattern of a telephone number in whatever spelling; `None` where it is no number of seven
/// digits or more.
fn number_pattern(given: &str) -> Option<String> {
    const BETWEEN: &str = r"[\s().\-/\u{2011}]{0,3}";
    let is_between = |c: char| c.is_whitespace() || "+().-/\u{2011}".contains(c);
    let local = given.replace("(0)", "");
    let digits: String = local.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 7 || !local.chars().all(|c| c.is_ascii_digit() || is_between(c)) {
        return None;
    }
    let spelled = |digits: &str| {
        let digits: Vec<String> = digits.chars().map(String::from).collect();
        digits.join(BETWEEN)
    };
    let abroad = local.trim_start().starts_with('+') || digits.starts_with("00");
    let digits = match abroad {
        true => digits.strip_prefix("00").unwrap_or(&digits),
        false => &digits,
    };
    let mut ways = Vec::new();
    if abroad {
        // The digits of the country are one to three; without them a 0 may stand there.
        let home = r"(?:\(0\)\s?)?";
        ways.push(format!(r"(?:\+|00)?{}", spelled(digits)));
        for country in 1..=3 {
            let (Some(code), Some(rest)) = (digits.get(..country), digits.get(country..)) else {
                continue;
            };
            if rest.len() >= 9 {
                ways.push(format!(
                    r"(?:\+|00)?{}{BETWEEN}{home}{}",
                    spelled(code),
                    spelled(rest)
                ));
                ways.push(format!("0{BETWEEN}{}", spelled(rest)));
            }
        }
    } else {
        let rest = digits.strip_prefix('0').unwrap_or(digits);
        ways.push(spelled(digits));
        if rest.len() >= 9 {
            let country = format!(r"(?:\+|00)[1-9][0-9]{{0,2}}{BETWEEN}(?:\(0\)\s?)?");
            ways.push(format!("{country}{}", spelled(rest)));
        }
    }
    // The longest way first, so that the country is masked with the number.
    ways.sort_by_key(|way| std::cmp::Reverse(way.len()));
    Some(format!("(?:{})", ways.join("|")))
}

/// What masking would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskPreview {
    /// How many messages would change.
    pub count: u32,
    /// In how many threads.
    pub threads: u32,
    /// How many places were found in them.
    pub places: u64,
    /// How many messages have it already as it would be.
    pub already: u32,
    /// The messages that would change.
    pub messages: RoaringBitmap,
    /// The ledger's last entry that this preview knows of, for [`Asking::seen`].
    pub seen: u64,
}

/// Why what is masked of a message has to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// An export that came later tells it in other words.
    OtherWording,
    /// Its text is read otherwise than when it was masked.
    OtherText,
}

impl Stale {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Stale::OtherWording => "a later export tells it in other words",
            Stale::OtherText => "its text is read otherwise than when it was masked",
        }
    }
}

/// The text of a part, where it is one and the message has it.
pub fn text_of(store: &Store, message: MessageNumber, part: Part) -> Option<Cow<'_, str>> {
    match part {
        Part::Text => store.text(message).map(Cow::Borrowed),
        Part::Version(at) => {
            let versions = store.extra(message).versions;
            Some(Cow::Owned(versions.into_iter().nth(at.into())?.text))
        }
        _ => None,
    }
}

/// The bytes of a text from one character, as people see them, to another: counted from 1, both
/// included. `None` where it does not have them.
pub fn characters(text: &str, from: usize, to: usize) -> Option<Range<usize>> {
    let mut graphemes = text.grapheme_indices(true);
    let (start, first) = graphemes.nth(from.checked_sub(1)?)?;
    let (at, last) = match to.checked_sub(from)? {
        0 => (start, first),
        more => graphemes.nth(more - 1)?,
    };
    Some(start..at + last.len())
}

/// The parts of a message that are texts.
fn texts(store: &Store, message: MessageNumber) -> Vec<(Part, Cow<'_, str>)> {
    let mut texts = Vec::new();
    texts.extend(
        store
            .text(message)
            .map(|text| (Part::Text, Cow::Borrowed(text))),
    );
    let versions = store.extra(message).versions;
    let versions = (0_u16..).zip(versions);
    texts.extend(versions.map(|(at, version)| (Part::Version(at), Cow::Owned(version.text))));
    texts
}

/// Whether a message has a part that is withheld whole.
fn has(store: &Store, message: MessageNumber, part: Part) -> bool {
    match part {
        Part::Text | Part::Version(_) => {
            text_of(store, message, part).is_some_and(|text| !text.is_empty())
        }
        Part::File(at) => usize::from(at) < store.attachments(message).len(),
        Part::Recipients => !store.extra(message).recipients.is_empty(),
        Part::Reactions => !store.extra(message).reactions.is_empty(),
        Part::Forwarded => store.extra(message).forwarded.is_some(),
        Part::Labels => !store.extra(message).labels.is_empty(),
    }
}

/// How many other wordings of a message the exports of the case have.
fn wordings(store: &Store, message: MessageNumber) -> u32 {
    let is_other = |what: Disagree| {
        matches!(
            what,
            Disagree::Edited
                | Disagree::ToldDifferently
                | Disagree::PresentHere
                | Disagree::OtherContent
        )
    };
    let other = store
        .also_told(message)
        .filter(|at| at.differs.iter().any(is_other));
    number(other.count() as u64)
}

/// Why what is masked of a message has to be looked at again, if it has.
pub fn stale(store: &Store, message: MessageNumber, masks: &MessageMasks) -> Option<Stale> {
    let is_same = |masked: &Masked| {
        !masked.part.is_text()
            || text_of(store, message, masked.part).is_some_and(|text| print_of(&text) == masked.of)
    };
    if !masks.parts.iter().all(is_same) {
        return Some(Stale::OtherText);
    }
    (wordings(store, message) > masks.wordings).then_some(Stale::OtherWording)
}

/// The masks of one message after an act, and how many places it named.
fn after(
    store: &Store,
    message: MessageNumber,
    before: &MessageMasks,
    spot: &Spot,
    reason: Option<&Arc<MaskReason>>,
) -> (MessageMasks, u64) {
    if let Spot::Listed(listed) = spot {
        return after_list(store, message, before, listed, reason);
    }
    let mut masks = before.clone();
    let mut places = 0;
    let mut lay = |part: Part, text: &str, spans: &[Range<usize>]| {
        let of = print_of(text);
        let standing = masks.parts.iter().find(|masked| masked.part == part);
        // Masks on a text that is no longer there say nothing of this one.
        let standing = standing.filter(|masked| masked.of == of);
        let standing = standing.map_or(&[][..], |masked| masked.masks.as_slice());
        let painted = paint(text, standing, spans, reason);
        places += spans.len() as u64;
        let masked = (!painted.is_empty()).then_some(Masked {
            part,
            of,
            masks: painted,
        });
        masks = with_part(&masks, part, masked);
    };
    match spot {
        Spot::Found(find) => {
            for (part, text) in texts(store, message) {
                let spans = find.spans(&text);
                if !spans.is_empty() {
                    lay(part, &text, &spans);
                }
            }
        }
        Spot::Span(part, span) => {
            if let Some(text) = text_of(store, message, *part)
                && whole_characters(&text, span.clone()).is_some()
            {
                lay(*part, &text, std::slice::from_ref(span));
            }
        }
        Spot::Whole(part) if has(store, message, *part) => match text_of(store, message, *part) {
            Some(text) => lay(*part, &text, std::slice::from_ref(&(0..text.len()))),
            None => {
                places += 1;
                let masked = reason.map(|reason| Masked {
                    part: *part,
                    of: 0,
                    masks: vec![Mask {
                        start: 0,
                        end: 1,
                        reason: Arc::clone(reason),
                    }],
                });
                masks = with_part(&masks, *part, masked);
            }
        },
        Spot::Whole(_) | Spot::Listed(_) => {}
        Spot::Everything => {
            places += before.all().count() as u64;
            if reason.is_none() {
                masks = MessageMasks::default();
            }
        }
    }
    if !masks.is_empty() && places > 0 {
        masks.wordings = wordings(store, message);
    }
    (masks, places)
}

/// As [`after`], for a list of places: one after another.
fn after_list(
    store: &Store,
    message: MessageNumber,
    before: &MessageMasks,
    listed: &BTreeMap<u32, Vec<Listed>>,
    reason: Option<&Arc<MaskReason>>,
) -> (MessageMasks, u64) {
    let (mut masks, mut places) = (before.clone(), 0);
    for (part, span) in listed.get(&message.0).into_iter().flatten() {
        let spot = match span {
            Some(span) => Spot::Span(*part, span.clone()),
            None => Spot::Whole(*part),
        };
        let (next, named) = after(store, message, &masks, &spot, reason);
        masks = next;
        places += named;
    }
    (masks, places)
}

/// All that an act would change: the changes, the places named in the messages that change, and the
/// messages that have it already.
fn changes(
    store: &Store,
    standing: &Masks,
    wanted: &RoaringBitmap,
    spot: &Spot,
    reason: Option<&Arc<MaskReason>>,
    mut look: impl FnMut(u64) -> Result<(), ReviewError>,
) -> Result<(Vec<MaskChange>, u64, u32), ReviewError> {
    let nothing = MessageMasks::default();
    let (mut changes, mut places, mut already) = (Vec::new(), 0, 0);
    for (done, message) in (0_u64..).zip(wanted) {
        if done % 4096 == 0 {
            look(done)?;
        }
        let before = standing.of(MessageNumber(message)).unwrap_or(&nothing);
        if reason.is_none() && before.is_empty() {
            continue;
        }
        let (to, named) = after(store, MessageNumber(message), before, spot, reason);
        if to != *before {
            places += named;
            changes.push(MaskChange {
                number: message,
                from: before.clone(),
                to,
            });
        } else if named > 0 {
            already += 1;
        }
    }
    Ok((changes, places, already))
}

fn messages_of(changes: &[MaskChange]) -> RoaringBitmap {
    changes.iter().map(|change| change.number).collect()
}

impl Session {
    /// The reason for masks of this code, or of what it shows in a mask, as the case's list has it
    /// now; case, blanks and signs do not matter.
    ///
    /// # Errors
    /// [`ReviewError::NoSuchMaskReason`]; otherwise when the list cannot be read.
    pub fn mask_reason(&self, wanted: &str) -> Result<MaskReason, ReviewError> {
        let bare = |text: &str| -> String {
            let letters = text.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let (_, reasons) = self.case().mask_reasons()?;
        let is_it = |reason: &&MaskReason| {
            bare(&reason.code) == bare(wanted) || bare(&reason.label) == bare(wanted)
        };
        reasons
            .iter()
            .find(is_it)
            .cloned()
            .ok_or_else(|| ReviewError::NoSuchMaskReason(wanted.to_owned()))
    }

    /// The reasons for masks that can be used now, those that this reviewer used last first.
    ///
    /// # Errors
    /// When the case's list cannot be read or does not follow its form.
    pub fn mask_reasons(&self) -> Result<Vec<MaskReason>, ReviewError> {
        let (_, mut reasons) = self.case().mask_reasons()?;
        let masks = self.masks();
        let recent = masks.recent(&self.actor().name);
        let place = |reason: &MaskReason| recent.iter().position(|code| *code == reason.code);
        reasons.sort_by_key(|reason| place(reason).unwrap_or(usize::MAX));
        Ok(reasons)
    }

    /// Whether a message is mixed, and what is personal in it is not masked: it does not leave then.
    pub fn waits_for_mask(&self, message: MessageNumber) -> bool {
        let is_personal = |masks: &MessageMasks| {
            let mut all = masks.all();
            all.any(|(_, mask)| mask.reason.reach == Reach::Always)
        };
        self.decision(message) == Decision::Mixed
            && !self.masks().of(message).is_some_and(is_personal)
    }

    /// The messages that wait so.
    pub fn waiting_for_masks(&self) -> RoaringBitmap {
        let decisions = self.decisions();
        let mixed = decisions.set(Decision::Mixed).iter();
        mixed
            .filter(|number| self.waits_for_mask(MessageNumber(*number)))
            .collect()
    }

    /// What masking would do, or with no reason showing again. Changes nothing.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such message or thread; [`ReviewError::Stopped`].
    pub fn plan_redaction(
        &self,
        target: &Target,
        spot: &Spot,
        reason: Option<&MaskReason>,
        progress: &mut dyn Progress,
    ) -> Result<MaskPreview, ReviewError> {
        let (seen, store, masks) = (self.head().seq, self.store(), self.masks());
        let wanted = self.meant(target)?;
        let reason = reason.cloned().map(Arc::new);
        let total = wanted.len();
        let (changes, places, already) =
            changes(&store, &masks, &wanted, spot, reason.as_ref(), |done| {
                tick(progress, done, total)
            })?;
        let messages = messages_of(&changes);
        Ok(MaskPreview {
            count: number(messages.len()),
            threads: self.decisions().threads_of(&messages),
            places,
            already,
            messages,
            seen,
        })
    }

    /// Masks, or with no reason shows again, as far as this session has seen what others masked.
    /// Saved, which is to say on the disk, when this returns.
    ///
    /// # Errors
    /// When there is no such message, or the ledger cannot be written; [`ReviewError::Stopped`].
    /// Nothing has changed then.
    pub fn redact(
        &self,
        target: &Target,
        spot: &Spot,
        reason: Option<&MaskReason>,
        asking: &Asking,
        progress: &mut dyn Progress,
    ) -> Result<Decided, ReviewError> {
        let seen = asking.seen.unwrap_or_else(|| self.head().seq);
        let shared = reason.cloned().map(Arc::new);
        let mut conflicts = RoaringBitmap::new();
        let (recorded, count) = self.write(|writing, _| {
            let (store, masks) = (self.store(), self.masks());
            let wanted = self.meant(target)?;
            let total = wanted.len();
            let unseen =
                steps::changed_since(writing, seen, &Topic::Masks, |seq| !self.is_own(seq))?;
            let (mut changes, places, _) =
                changes(&store, &masks, &wanted, spot, shared.as_ref(), |done| {
                    tick(progress, done, total)
                })?;
            conflicts = messages_of(&changes) & &unseen;
            changes.retain(|change| !unseen.contains(change.number));
            let count = number(changes.len() as u64);
            if changes.is_empty() {
                return Ok((None, count));
            }
            let mut acted = Acted {
                masks: changes,
                ..Acted::default()
            };
            acted.lapse(&self.marks(), self.decisions().set(Decision::Mixed));
            let entry = Entry::Redact {
                reason: reason.cloned(),
                count,
                places,
                how: asking.how,
                query: target.query().map(str::to_owned),
                find: match spot {
                    Spot::Found(find) => Some(find.given.clone()),
                    _ => None,
                },
                masks: reasons_of(&acted.masks),
                marks: acted.marks.iter().map(|one| one.change.clone()).collect(),
            };
            let recorded = writing.append(self.actor(), &entry, Some(&acted.encode()?))?;
            tick(progress, total, total)?;
            Ok((Some((recorded, acted)), count))
        })?;
        Ok(Decided {
            recorded,
            count,
            conflicts,
            word: None,
        })
    }
}

/// A redaction in a few words: `masked for FOI s40(2) on 12 messages`.
pub(super) fn in_words(reason: Option<&MaskReason>, count: u32) -> String {
    let messages = if count == 1 { "message" } else { "messages" };
    match reason {
        Some(reason) => format!("masks ({}) on {count} {messages}", reason.label),
        None => format!("masks taken off {count} {messages}"),
    }
}

#[allow(clippy::string_slice, clippy::single_range_in_vec_init)]
#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(find: &Find, text: &'a str) -> Vec<&'a str> {
        find.spans(text)
            .into_iter()
            .map(|span| &text[span])
            .collect()
    }

    #[test]
    fn characters_are_counted_as_people_do() {
        let text = "e\u{301}t \u{1f469}\u{200d}\u{1f4bb}!";
        assert_eq!(&text[characters(text, 1, 1).unwrap()], "e\u{301}");
        assert_eq!(
            &text[characters(text, 4, 5).unwrap()],
            "\u{1f469}\u{200d}\u{1f4bb}!"
        );
        for (from, to) in [(0, 1), (3, 2), (1, 6), (6, 6)] {
            assert_eq!(characters(text, from, to), None);
        }
    }

    #[test]
    fn words_are_found_whole_and_numbers_in_any_spelling() {
        let ann = Find::words("ann  lee").unwrap();
        assert_eq!(
            found(&ann, "Ann Lee and ANN\nLEE, not Joann Lee nor Ann Leeds"),
            ["Ann Lee", "ANN\nLEE"]
        );
        let home = Find::words("07700 900123").unwrap();
        let abroad = Find::words("+44 7700 900123").unwrap();
        let text =
            "07700900123, +44 7700 900123; +44 (0)7700-900-123 0044 7700 900 123 107700900123";
        let all = [
            "07700900123",
            "+44 7700 900123",
            "+44 (0)7700-900-123",
            "0044 7700 900 123",
        ];
        assert_eq!(found(&home, text), all);
        assert_eq!(found(&abroad, text), all);
        assert_eq!(found(&Find::words("a.b").unwrap(), "a.b axb"), ["a.b"]);
        assert!(Find::words("  ").is_err());
        assert!(Find::regex("(").is_err());
        for costly in [
            "x".repeat(1_001),
            r"\w{1000}".to_owned(),
            "(((a{100}){100}){100}){100}".to_owned(),
            format!("{}a{}", "(".repeat(65), ")".repeat(65)),
        ] {
            assert!(Find::regex(&costly).is_err(), "{costly}");
        }
        assert!(Find::regex(r"(\d{3}[ -]?){2}\d{4}|\p{Lu}\w+ (St|Rd)\.").is_ok());
        assert_eq!(found(&Find::regex("x*").unwrap(), "axxb"), ["xx"]);
    }
}
