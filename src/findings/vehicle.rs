//! Registration marks of vehicles of Great Britain.

use super::reading::{Gap, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// The current form in capitals; older forms beside a word such as car.
pub(super) struct Vehicle;

static ABOUT: About = About {
    id: "vehicle",
    version: 2,
    title: "vehicle mark",
    data: Data::Vehicle,
    source: "DVLA, INF104: area, age and three letters since 2001; prefix and suffix letters before",
    cue: "a word such as reg, car or parked",
};

fn upper(text: &str, count: std::ops::RangeInclusive<usize>, never: &[u8]) -> bool {
    count.contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() && !never.contains(&byte))
}

fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `AB12 CDE`: the age is a year since 2001, or 50 more from September on.
fn is_current(area: &str, age: &str, rest: &str) -> bool {
    upper(area, 2..=2, b"IQZ")
        && digits(age, 2..=2)
        && age
            .parse::<u8>()
            .is_ok_and(|age| matches!(age, 2..=40 | 51..=90))
        && upper(rest, 3..=3, b"IQ")
}

impl Detector for Vehicle {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        let text = reading.of(code);
        if text.len() > 7 {
            return;
        }
        let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (head, rest) = text.split_at_checked(letters).unwrap_or((text, ""));
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(count).unwrap_or((rest, ""));
        // Three letters after it, with a blank between.
        let after = reading
            .text
            .get(code.end + 1..code.end + 4)
            .unwrap_or_default();
        let gap = reading.between(code.end, code.end + 1);
        // With a hyphen only where a word says so: so do parts and models.
        let dashed = gap == Gap::Dash && reading.near(Cues::CAR, code.start, code.end, 40, 24);
        let follows = (gap == Gap::Space || dashed)
            && after.bytes().all(|byte| byte.is_ascii_uppercase())
            && after.len() == 3
            && !reading.byte(code.end + 4).is_ascii_alphanumeric();
        let (end, last) = if tail.is_empty() && follows {
            (code.end + 4, after)
        } else {
            (code.end, tail)
        };
        let told = reading.near(Cues::CAR, code.start, end, 40, 24);
        if is_current(head, number, last) {
            found.at(
                code.start,
                end,
                Why::FORM.with(Why::ISSUED).and(told, Why::CUE),
            );
            return;
        }
        let is_prefix =
            upper(head, 1..=1, b"IOQUZ") && digits(number, 1..=3) && upper(last, 3..=3, b"IQ");
        if is_prefix && told {
            found.at(code.start, end, Why::CUE.with(Why::ISSUED));
            return;
        }
        // `ABC 123D`: three letters before it, or at its beginning.
        let before = code.start.checked_sub(4);
        let before = before.and_then(|from| reading.text.get(from..from + 3));
        let (start, first) = match before {
            Some(before) if head.is_empty() && reading.byte_before(code.start) == b' ' => {
                (code.start - 4, before)
            }
            _ => (code.start, head),
        };
        let is_suffix = upper(first, 3..=3, b"IQ")
            && !reading.byte_before(start).is_ascii_alphanumeric()
            && digits(number, 1..=3)
            && upper(tail, 1..=1, b"IOQUZ");
        if is_suffix && reading.near(Cues::CAR, start, code.end, 40, 24) {
            found.at(start, code.end, Why::CUE.with(Why::ISSUED));
        }
    }
}
