//! Addresses: a number, a name and a word for a street.

use super::birth::MONTHS;
use super::reading::{Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// `12 High Street`, with the flat before it.
pub(super) struct Address;

static ABOUT: About = About {
    id: "address",
    version: 1,
    title: "street address",
    data: Data::Address,
    source: "BS 7666-2 (street descriptors), as people write them",
    cue: "a word such as lives at or flat",
};

/// Words that end the name of a street, and are hardly anything else.
const STREETS: &[&str] = &[
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "brae",
    "close",
    "cres",
    "crescent",
    "drive",
    "gardens",
    "gdns",
    "lane",
    "mews",
    "rd",
    "road",
    "st",
    "street",
    "terrace",
    "wynd",
];

/// Words that end the name of a street and mean other things too.
const PERHAPS: &[&str] = &[
    "court", "gate", "green", "grove", "hill", "loan", "park", "place", "quay", "rise", "row",
    "square", "view", "walk", "way", "wharf",
];

/// Words that do not begin the name of a street after a number, beside the months and their first
/// three letters.
const NEVER: &[&str] = &[
    "am", "pm", "minutes", "hours", "days", "people", "of", "in", "on", "at", "to", "for", "from",
    "the", "and",
];

/// Whether a word in small letters does not begin the name of a street after a number.
fn begins_none(word: &str) -> bool {
    let is_month = |month: &&str| *month == word || word.len() == 3 && month.starts_with(word);
    NEVER.contains(&word) || MONTHS.iter().any(is_month)
}

/// Words of a street's name, at most.
const MOST_WORDS: usize = 4;

impl Detector for Address {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::between(1, 4))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        let text = reading.of(code);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let letters = text.len() - digits;
        if !(1..=4).contains(&digits)
            || letters > 1
            || !text
                .bytes()
                .skip(digits)
                .all(|byte| byte.is_ascii_alphabetic())
            || matches!(
                reading.byte_before(code.start),
                b'.' | b':' | b'#' | b'$' | b'-'
            )
            || reading
                .text
                .get(..code.start)
                .is_some_and(|text| text.ends_with('£'))
        {
            return;
        }
        let told = reading.near(Cues::HOME, code.start, code.start, 24, 0);
        let Some((end, is_sure)) = street(reading, code.end, told) else {
            return;
        };
        let comma = reading.byte(end) == b',';
        if !is_sure && !told && !comma {
            return;
        }
        let start = flat(reading, at).unwrap_or(code.start);
        let flat = start < code.start;
        let why = Why::default()
            .and(is_sure, Why::FORM)
            .and(told || flat, Why::CUE)
            .and(comma, Why::BESIDE);
        found.at(start, end, why);
    }

    fn may_hold_others(&self) -> bool {
        true
    }
}

/// Where the name of a street ends that begins here, and whether its last word is hardly anything
/// else. In small letters only where a word told of an address.
fn street(reading: &Reading<'_>, from: usize, told: bool) -> Option<(usize, bool)> {
    let mut at = from;
    for place in 0..=MOST_WORDS {
        if reading.byte(at) == b',' && place == 0 {
            at += 1;
        }
        if reading.byte(at) != b' ' {
            return None;
        }
        at += 1;
        let rest = reading.text.as_bytes().get(at..).unwrap_or_default();
        let letters = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'-');
        let length = rest.iter().take(24).take_while(letters).count();
        let word = reading.text.get(at..at + length)?;
        let small = word.to_ascii_lowercase();
        if place > 0 && reading.byte(at + length) != b'\'' {
            let is_sure = STREETS.contains(&small.as_str());
            if is_sure || PERHAPS.contains(&small.as_str()) {
                // `St` may begin a name that goes on: `4 Old St Johns Road`.
                let further = (small == "st").then(|| street(reading, at + length, told));
                return further.flatten().or(Some((at + length, is_sure)));
            }
        }
        let capital = word.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        if length < 2 || !(capital || told) || begins_none(&small) && place == 0 {
            return None;
        }
        at += length;
    }
    None
}

/// Where `Flat 3, ` begins before the run at this place.
fn flat(reading: &Reading<'_>, at: usize) -> Option<usize> {
    let before = reading.code(at.checked_sub(1)?)?;
    let start = reading.code(at)?.start;
    let between = reading.text.get(before.end..start)?;
    let word = before.start.checked_sub(5)?;
    let is_flat = reading
        .text
        .get(word..before.start)
        .is_some_and(|word| word.eq_ignore_ascii_case("flat "));
    (matches!(between, ", " | " " | ",") && is_flat).then_some(word)
}
