//! Names of people beside clinical words.

use super::reading::Reading;
use super::{About, Cues, Data, Detector, Found, Why};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A name after a title, after the word patient, or that begins with a known given name, beside
/// clinical words.
pub(super) struct Person;

static ABOUT: About = About {
    id: "person",
    version: 1,
    title: "name beside clinical words",
    data: Data::Health,
    source: "titles, a list of given names and of clinical words; no model",
    cue: "a clinical word",
};

/// Given names, one a line, in small letters, in the order of letters.
static GIVEN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("given_names.txt").lines().collect());

/// How far a clinical word may stand from a name.
const FAR: usize = 60;

/// Words with a capital that are no names of people.
const NEVER: &[&str] = &[
    "accident",
    "and",
    "april",
    "august",
    "bay",
    "bed",
    "board",
    "care",
    "centre",
    "clinic",
    "community",
    "council",
    "covid",
    "december",
    "department",
    "emergency",
    "february",
    "friday",
    "general",
    "health",
    "hospital",
    "house",
    "infirmary",
    "january",
    "july",
    "june",
    "lane",
    "march",
    "medical",
    "monday",
    "nhs",
    "november",
    "nurse",
    "october",
    "park",
    "patient",
    "pharmacy",
    "practice",
    "road",
    "royal",
    "saturday",
    "september",
    "service",
    "sister",
    "street",
    "sunday",
    "surgery",
    "team",
    "the",
    "this",
    "thursday",
    "trust",
    "tuesday",
    "unit",
    "university",
    "ward",
    "wednesday",
    "will",
    "with",
];

/// A word with a capital.
#[derive(Clone, Copy)]
struct Word<'t> {
    start: usize,
    end: usize,
    text: &'t str,
}

fn is_given(word: &str) -> bool {
    GIVEN.contains(word.to_lowercase().as_str())
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some()
        && !NEVER.contains(&word.to_lowercase().as_str())
}

/// The word that begins at this place: letters, with apostrophes and hyphens inside.
fn word_at<'t>(reading: &Reading<'t>, start: usize) -> Option<Word<'t>> {
    let rest = reading.text.get(start..)?;
    let length: usize = rest
        .chars()
        .take(40)
        .take_while(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-'))
        .map(char::len_utf8)
        .sum();
    let text = rest.get(..length)?;
    let text = text.trim_end_matches(['\'', '\u{2019}', '-']);
    let text = text
        .strip_suffix("'s")
        .or(text.strip_suffix("\u{2019}s"))
        .unwrap_or(text);
    (!text.is_empty()).then_some(Word {
        start,
        end: start + text.len(),
        text,
    })
}

/// The word after one blank; a full stop may stand before it, after a title or an initial.
fn next<'t>(reading: &Reading<'t>, at: usize) -> Option<Word<'t>> {
    let at = if reading.byte(at) == b'.' { at + 1 } else { at };
    if reading.byte(at) != b' ' {
        return None;
    }
    word_at(reading, at + 1)
}

/// The name that begins with a word: it and up to two that follow, where they can be names.
fn name_from(reading: &Reading<'_>, first: Word<'_>) -> usize {
    let mut end = first.end;
    for _ in 0..2 {
        match next(reading, end) {
            Some(word) if is_name(word.text) && reading.byte(end) == b' ' => end = word.end,
            _ => break,
        }
    }
    end
}

impl Detector for Person {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn cue(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(cue) = reading.cues.get(at) else {
            return;
        };
        let text = reading.text.get(cue.start..cue.end).unwrap_or_default();
        if cue.kinds.has_any(Cues::TITLE) {
            self.titled(reading, (cue.start, cue.end), text, found);
        }
        if !cue.kinds.has_any(Cues::CLINICAL) {
            return;
        }
        // `pt Smith`, `patient J. Smith`.
        if matches!(text.to_ascii_lowercase().as_str(), "pt" | "patient")
            && let Some(first) = next(reading, cue.end)
        {
            let initial = first.text.len() == 1 && first.text.chars().all(char::is_uppercase);
            let second = initial.then(|| next(reading, first.end)).flatten();
            match second {
                Some(second) if is_name(second.text) => {
                    found.at(first.start, name_from(reading, second), Why::CUE);
                }
                _ if is_name(first.text) => {
                    found.at(first.start, name_from(reading, first), Why::CUE);
                }
                _ => {}
            }
        }
        self.given(reading, cue.start, cue.end, found);
    }

    fn may_hold_others(&self) -> bool {
        true
    }
}

impl Person {
    /// `Mrs Smith` beside a clinical word. Doctors and professors are staff.
    fn titled(
        &self,
        reading: &Reading<'_>,
        (start, end): (usize, usize),
        title: &str,
        found: &mut Found<'_>,
    ) {
        let small = title.to_ascii_lowercase();
        let is_capital = title.starts_with(|c: char| c.is_ascii_uppercase());
        if matches!(small.as_str(), "dr" | "prof" | "sir" | "dame" | "rev") || !is_capital {
            return;
        }
        let Some(mut word) = next(reading, end) else {
            return;
        };
        if word.text.chars().count() == 1 {
            match next(reading, word.end) {
                Some(second) => word = second,
                None => return,
            }
        }
        if is_name(word.text) {
            let end = name_from(reading, word);
            if reading.near(Cues::CLINICAL, start, end, FAR, FAR) {
                found.at(start, end, Why::CUE.with(Why::FORM));
            }
        }
    }

    /// A given name and another word with a capital around a clinical word.
    fn given(&self, reading: &Reading<'_>, start: usize, end: usize, found: &mut Found<'_>) {
        let bytes = reading.text.as_bytes();
        let from = start.saturating_sub(FAR);
        let until = (end + FAR).min(bytes.len());
        let mut at = from;
        while at < until {
            let begins = reading.byte(at).is_ascii_uppercase()
                && !reading.byte_before(at).is_ascii_alphanumeric()
                && reading.text.is_char_boundary(at);
            if !begins {
                at += 1;
                continue;
            }
            let Some(first) = word_at(reading, at) else {
                at += 1;
                continue;
            };
            at = first.end;
            if first.start >= start && first.end <= end {
                continue;
            }
            let after = next(reading, first.end).filter(|_| reading.byte(first.end) == b' ');
            if let Some(second) = after
                && is_name(second.text)
                && is_name(first.text)
                && is_given(first.text)
            {
                let end = name_from(reading, first);
                found.at(first.start, end, Why::CUE.with(Why::ISSUED));
                at = end;
            } else if reading.byte(first.end) == b','
                && let Some(second) = next(reading, first.end + 1)
                && is_name(first.text)
                && is_given(second.text)
            {
                // `Smith, John`.
                found.at(first.start, second.end, Why::CUE.with(Why::ISSUED));
                at = second.end;
            }
        }
    }
}
