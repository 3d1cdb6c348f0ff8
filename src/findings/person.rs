//! Names of people beside clinical words.

use super::hash::Fnv;
use super::reading::Reading;
use super::{About, Cues, Data, Detector, Found, Why};
use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

/// A name after a title, after the word patient, or that begins with a known given name, beside
/// clinical words.
pub(super) struct Person;

static ABOUT: About = About {
    id: "person",
    version: 2,
    title: "name beside clinical words",
    data: Data::Health,
    source: "titles, a list of given names and of clinical words; no model",
    cue: "a clinical word",
};

/// Given names, one a line, in small letters, in the order of letters.
static GIVEN: LazyLock<HashSet<&str, BuildHasherDefault<Fnv>>> =
    LazyLock::new(|| include_str!("given_names.txt").lines().collect());

/// How far a clinical word may stand from a name.
const FAR: usize = 60;

/// So many cues before a clinical word are looked at for the clinical word before it.
const NEAR: usize = 32;

/// Letters of a name that are looked at.
const LONGEST: usize = 40;

/// Words with a capital that are no names of people, in the order of letters.
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
    "chi",
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

/// Asks of a word in small letters; without memory of its own for words of ASCII.
fn small<T>(word: &str, ask: impl FnOnce(&str) -> T) -> T {
    let mut room = [0_u8; LONGEST];
    if let Some(room) = room.get_mut(..word.len()).filter(|_| word.is_ascii()) {
        room.copy_from_slice(word.as_bytes());
        room.make_ascii_lowercase();
        if let Ok(word) = std::str::from_utf8(room) {
            return ask(word);
        }
    }
    ask(&word.to_lowercase())
}

fn is_given(word: &str) -> bool {
    small(word, |word| GIVEN.contains(word))
}

fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some()
        && small(word, |word| NEVER.binary_search(&word).is_err())
}

/// The word that begins at this place: letters, with apostrophes and hyphens inside.
fn word_at<'t>(reading: &Reading<'t>, start: usize) -> Option<Word<'t>> {
    let rest = reading.text.get(start..)?;
    let length: usize = rest
        .chars()
        .take(LONGEST)
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

    fn cues(&self) -> Cues {
        Cues::TITLE.or(Cues::CLINICAL)
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
        if (text.eq_ignore_ascii_case("pt") || text.eq_ignore_ascii_case("patient"))
            && let Some(first) = next(reading, cue.end)
        {
            let initial = first.text.len() == 1 && first.text.chars().all(char::is_uppercase);
            let second = initial.then(|| next(reading, first.end)).flatten();
            match second {
                Some(second) if is_name(second.text) => {
                    found.at(first.start, name_from(reading, second), Why::CUE);
                }
                _ if is_name(first.text) => {
                    let end = name_from(reading, first);
                    // `pt SMITH, Anna`.
                    let given = next(reading, end + 1)
                        .filter(|given| reading.byte(end) == b',' && is_name(given.text));
                    let capitals = !first.text.chars().any(char::is_lowercase);
                    let end = given.filter(|_| capitals).map_or(end, |given| given.end);
                    found.at(first.start, end, Why::CUE);
                }
                _ => {}
            }
        }
        // What stands near the clinical word before as well was looked at from there.
        let before = reading.cues.get(..at).unwrap_or_default().iter().rev();
        let mut before = before.take(NEAR);
        let last = before.find(|cue| cue.kinds.has_any(Cues::CLINICAL));
        let from = cue.start.saturating_sub(FAR);
        let from = last.map_or(from, |last| from.max(last.end + FAR));
        self.given(reading, from, (cue.start, cue.end), found);
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
        if !reading.told.has_any(Cues::CLINICAL) {
            return;
        }
        let is_capital = title.starts_with(|c: char| c.is_ascii_uppercase());
        let staff = ["dr", "prof", "sir", "dame", "rev"];
        if !is_capital || staff.iter().any(|one| title.eq_ignore_ascii_case(one)) {
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
    /// In the text before `from` nothing is looked for.
    fn given(
        &self,
        reading: &Reading<'_>,
        from: usize,
        (start, end): (usize, usize),
        found: &mut Found<'_>,
    ) {
        let until = (end + FAR).min(reading.text.len());
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
