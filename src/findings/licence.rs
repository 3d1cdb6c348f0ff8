//! Numbers of driving licences of Great Britain.

use super::reading::{Cursor, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// Sixteen letters and digits that hold a surname, a date of birth and initials.
pub(super) struct Licence;

static ABOUT: About = About {
    id: "licence",
    version: 2,
    title: "driving licence number",
    data: Data::Identity,
    source: "DVLA, driver number: five of the surname, decade, month (and 50), day, year, initials, three",
    cue: "a word such as licence",
};

impl Detector for Licence {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::of(&[6]))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        // The surname stands in the run, or before it with a blank between.
        let start = match reading.byte(code.start).is_ascii_digit() {
            false => code.start,
            true if reading.byte_before(code.start) == b' ' && code.start >= 6 => code.start - 6,
            true => return,
        };
        if reading.byte_before(start).is_ascii_alphanumeric() {
            return;
        }
        let mut cursor = Cursor::new(reading, start);
        // In small letters only where a word says so.
        let told = reading.near(Cues::LICENCE, start, code.end, 40, 24);
        let Some(end) = read(&mut cursor, told) else {
            return;
        };
        found.at(start, end, Why::FORM.with(Why::DATE).and(told, Why::CUE));
    }
}

/// Where the number that begins at the cursor ends, if one does; in small letters too where `small`.
fn read(cursor: &mut Cursor<'_, '_>, small: bool) -> Option<usize> {
    let letter = |byte: u8| byte.is_ascii_uppercase() || small && byte.is_ascii_lowercase();
    let mut padded = false;
    for place in 0..5 {
        let byte = cursor.one(|byte| letter(byte) || byte == b'9')?;
        // Short names are filled with 9 at their end.
        if (padded && byte != b'9') || (place == 0 && byte == b'9') {
            return None;
        }
        padded = byte == b'9';
    }
    cursor.gap();
    cursor.digit()?;
    let month = cursor.digit()? * 10 + cursor.digit()?;
    let day = cursor.digit()? * 10 + cursor.digit()?;
    cursor.digit()?;
    if !matches!(month, 1..=12 | 51..=62) || !(1..=31).contains(&day) {
        return None;
    }
    cursor.gap();
    for _ in 0..2 {
        cursor.one(|byte| letter(byte) || byte == b'9')?;
    }
    cursor.one(|byte| letter(byte) || byte.is_ascii_digit())?;
    for _ in 0..2 {
        cursor.one(letter)?;
    }
    // Two digits of the issue may follow.
    let end = cursor.at;
    let mut after = *cursor;
    after.gap();
    let issue = after.digit().and_then(|_| after.digit());
    if issue.is_some() && after.ends() {
        return Some(after.at);
    }
    cursor.ends().then_some(end)
}
