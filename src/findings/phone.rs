//! Telephone numbers: British ones as they are dialled, others with their country.

use super::reading::{Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// A number that can be dialled.
pub(super) struct Phone;

static ABOUT: About = About {
    id: "phone",
    version: 2,
    title: "phone number",
    data: Data::Contact,
    source: "Ofcom, National Telephone Numbering Plan: 01, 02, 03 and 07; ITU-T E.164 with a country",
    cue: "a word such as call or mobile",
};

/// Groups of digits that a number is written in, at most.
const MOST_GROUPS: usize = 7;
/// Digits of a number with its country, at most (ITU-T E.164), with the 0 that some write.
const MOST: usize = 17;

/// The digits of a national number, without the leading 0.
fn is_national(digits: &[u8]) -> bool {
    match digits {
        [1, ..] => matches!(digits.len(), 9 | 10),
        [2 | 3, ..] => digits.len() == 10,
        [7, 6, 2, 4, ..] => digits.len() == 10,
        [7, 6 | 0, ..] => false,
        [7, ..] => digits.len() == 10,
        _ => false,
    }
}

/// What digits with a country in front of them are.
fn is_abroad(digits: &[u8]) -> bool {
    match digits {
        [4, 4, 0, rest @ ..] | [4, 4, rest @ ..] => is_national(rest),
        [1..=9, ..] => (9..=15).contains(&digits.len()),
        _ => false,
    }
}

/// How a number begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// `+`.
    Plus,
    /// `00`.
    Zeros,
    /// `0`.
    Zero,
}

fn begin(reading: &Reading<'_>, start: usize) -> Option<(Begin, usize)> {
    let before = reading.byte_before(start);
    if before == b'+' {
        return Some((Begin::Plus, start - 1));
    }
    if before == b'_' || (before == b'(' && reading.byte_before(start - 1) == b'+') {
        return None;
    }
    match (reading.byte(start), reading.byte(start + 1)) {
        (b'0', b'0') => Some((Begin::Zeros, start)),
        (b'0', _) => Some((Begin::Zero, start)),
        _ => None,
    }
}

/// Whether this can stand between two groups of one number.
fn joins(between: &str) -> bool {
    between.len() <= 4
        && between.chars().all(|c| {
            matches!(
                c,
                ' ' | '-' | '.' | '(' | ')' | '\u{a0}' | '\u{2011}' | '\u{202f}'
            )
        })
}

impl Detector for Phone {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::between(1, 17)
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(first) = reading.code(at).filter(|code| code.digits) else {
            return;
        };
        let Some((begin, start)) = begin(reading, first.start) else {
            return;
        };
        // `0 7700 900123` only where a word says so.
        if begin == Begin::Zero
            && first.len() < 3
            && !(reading.code(at + 1).is_some_and(|next| next.len() >= 3)
                && reading.near(Cues::PHONE, start, first.end, 40, 24))
        {
            return;
        }
        let (mut held, mut count) = ([0_u8; MOST], 0);
        // The longest that is one: where it ends, and how many groups it has.
        let mut whole: Option<(usize, usize, usize)> = None;
        let mut last = first;
        for place in 0..MOST_GROUPS {
            let Some(code) = reading.code(at + place).filter(|code| code.digits) else {
                break;
            };
            if place > 0 {
                let between = reading.text.get(last.end..code.start).unwrap_or("x");
                if !joins(between) {
                    break;
                }
            }
            let Some(room) = held.get_mut(count..count + code.len()) else {
                break;
            };
            for (to, byte) in room.iter_mut().zip(reading.of(code).bytes()) {
                *to = byte - b'0';
            }
            count += code.len();
            let digits = held.get(..count).unwrap_or_default();
            last = code;
            let is_one = match begin {
                Begin::Plus => is_abroad(digits),
                Begin::Zeros => digits.get(2..).is_some_and(is_abroad),
                Begin::Zero => digits.get(1..).is_some_and(is_national),
            };
            if is_one {
                whole = Some((code.end, place + 1, count));
            }
        }
        let Some((end, groups, count)) = whole else {
            return;
        };
        // A decimal, a date or a longer number goes on. A plus begins anew, as after the account in
        // WhatsApp's contact cards: `waid=447700900123:+44 7700 900123`.
        let joined = begin != Begin::Plus
            && matches!(reading.byte_before(start), b'.' | b'/' | b'-' | b':')
            && reading.byte_before(start - 1).is_ascii_digit();
        let goes_on = matches!(reading.byte(end), b'/' | b':' | b'-' | b'.')
            && reading.byte(end + 1).is_ascii_digit();
        if joined || goes_on || reading.byte_before(start).is_ascii_alphanumeric() {
            return;
        }
        let told = reading.near(Cues::PHONE, start, end, 40, 16);
        let short = begin == Begin::Zero && count == 10;
        let far = if groups == 1 { 20 } else { 14 };
        let other = begin == Begin::Zero && reading.near(Cues::OTHER, start, end, far, 0);
        if (short || other || begin == Begin::Zeros) && !told {
            return;
        }
        let why = Why::ISSUED
            .and(told, Why::CUE)
            .and(groups > 1 || begin == Begin::Plus, Why::GROUPS);
        found.at(start, end, why);
    }
}
