//! National Insurance numbers.

use super::reading::{Cursor, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// Two letters, six digits and a letter from A to D; the last may be missing where a word tells.
pub(super) struct Nino;

static ABOUT: About = About {
    id: "nino",
    version: 2,
    title: "National Insurance number",
    data: Data::Identity,
    source: "HMRC, National Insurance Manual NIM39110: letters that are used, prefixes that are not",
    cue: "a word such as National Insurance or NI number",
};

/// Prefixes that are never given out.
const NEVER: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];

fn is_prefix(first: u8, second: u8) -> bool {
    let letter = |byte: u8, never: &[u8]| byte.is_ascii_uppercase() && !never.contains(&byte);
    letter(first, b"DFIQUV") && letter(second, b"DFIOQUV") && !NEVER.contains(&&[first, second])
}

impl Detector for Nino {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::of(&[2, 4, 6]))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        // The letters stand at the beginning of the run, or before it with one blank between.
        let is_letter = |at: usize| reading.byte(at).is_ascii_alphabetic();
        let start = if is_letter(code.start) {
            code.start
        } else if matches!(reading.byte_before(code.start), b' ' | b'-' | b'.') && code.start >= 3 {
            code.start - 3
        } else {
            return;
        };
        if reading.byte_before(start).is_ascii_alphanumeric() {
            return;
        }
        let mut cursor = Cursor::new(reading, start);
        let mut letters = [0u8; 2];
        for letter in &mut letters {
            let Some(byte) = cursor.one(|byte| byte.is_ascii_alphabetic()) else {
                return;
            };
            *letter = byte;
        }
        let [first, second] = letters.map(|byte| byte.to_ascii_uppercase());
        if !is_prefix(first, second) {
            return;
        }
        let (mut pairs, mut dotted) = (0, false);
        for _ in 0..3 {
            let from = cursor.at;
            cursor.gap();
            if cursor.at == from && cursor.one(|byte| byte == b'.').is_some() {
                dotted = true;
            }
            pairs += usize::from(cursor.at > from);
            if cursor.digit().is_none() || cursor.digit().is_none() {
                return;
            }
        }
        let digits_end = cursor.at;
        cursor.gap();
        if dotted && cursor.at == digits_end {
            cursor.one(|byte| byte == b'.');
        }
        let suffix = cursor.one(|byte| matches!(byte.to_ascii_uppercase(), b'A'..=b'D'));
        let upper = letters.iter().all(u8::is_ascii_uppercase);
        let whole = suffix.is_some_and(|suffix| suffix.is_ascii_uppercase() == upper)
            && cursor.ends()
            // `AB 12 34 56 a lot` ends before the article.
            && (upper || cursor.at == digits_end + 1);
        let end = if whole { cursor.at } else { digits_end };
        let told = reading.near(Cues::INSURANCE, start, end, 40, 24);
        let other = pairs == 0 && !told && reading.near(Cues::OTHER, start, end, 12, 0);
        if other || dotted && !told {
            return;
        }
        if !whole && (!told || reading.byte(digits_end).is_ascii_alphanumeric()) {
            return;
        }
        let why = Why::ISSUED
            .and(told, Why::CUE)
            .and(whole, Why::FORM)
            .and(pairs == 3, Why::GROUPS);
        found.at(start, end, why);
    }
}
