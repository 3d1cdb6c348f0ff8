//! Dates of birth.

use super::reading::{Gap, Reading, Runs, is_date};
use super::{About, Cues, Data, Detector, Found, Why};

/// A date that a word tells to be of a birth; or one long past, beside clinical words.
pub(super) struct Birth;

static ABOUT: About = About {
    id: "dob",
    version: 2,
    title: "date of birth",
    data: Data::Birth,
    source: "written by hand: dates day first, year first, or with the month's name, beside words \
             such as DOB and born",
    cue: "a word such as DOB or born, or a clinical word,",
};

/// The months in small letters.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Years that people who are alive or lately dead were born in; beside clinical words only the
/// first of them.
const FIRST: u32 = 1890;
const LAST: u32 = 2035;
const LONG_PAST: u32 = 2012;

/// A date in a text.
struct Written {
    start: usize,
    end: usize,
    year: u32,
    /// Whether the year is written with four digits.
    whole_year: bool,
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// The year that is meant by two or four digits.
fn year(text: &str) -> Option<(u32, bool)> {
    let year = number(text)?;
    match text.len() {
        4 => Some((year, true)),
        // Two digits: which century does not matter for whether there is such a date but on leap
        // days.
        2 => Some((2000 + year, false)),
        _ => None,
    }
}

/// The number of the month that begins at this place, and where its name ends.
fn month_at(reading: &Reading<'_>, at: usize) -> Option<(u32, usize)> {
    let rest = reading.text.as_bytes().get(at..)?;
    let length = rest
        .iter()
        .take(10)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let name = reading.text.get(at..at + length)?.to_ascii_lowercase();
    let found = match name.as_str() {
        "sept" => Some(8),
        name if name.len() >= 3 => MONTHS.iter().position(|month| month.starts_with(name)),
        _ => None,
    };
    let number = u32::try_from(found?).ok()? + 1;
    Some((number, at + length))
}

/// The place after blanks, commas, full stops and `of`, at most a few.
fn after_blanks(reading: &Reading<'_>, at: usize) -> usize {
    let mut at = at;
    for _ in 0..3 {
        if matches!(reading.byte(at), b' ' | b',' | b'.' | b'-') {
            at += 1;
        }
    }
    match reading.text.get(at..at + 3) {
        Some("of ") => at + 3,
        _ => at,
    }
}

/// The number of the month whose name stands before this place, and where it begins.
fn month_before(reading: &Reading<'_>, at: usize) -> Option<(u32, usize)> {
    let end = at.checked_sub(1)?;
    let before = reading.text.as_bytes().get(end.saturating_sub(10)..end)?;
    let letters = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic());
    let start = end - letters.count();
    let (month, after) = month_at(reading, start)?;
    (after == end && matches!(reading.byte(end), b' ')).then_some((month, start))
}

/// The date that begins with the run at this place, if one does.
fn date_at(reading: &Reading<'_>, at: usize) -> Option<Written> {
    let code = reading.code(at)?;
    let next = |k: usize| reading.code(at + k).filter(|code| code.digits);
    let written = |start, end, (year, whole_year): (u32, bool), month, day| {
        let is_one = is_date(year, month, day)
            // The 29th of February of a year with two digits, in either century.
            || (!whole_year && is_date(year - 100, month, day));
        is_one.then_some(Written {
            start,
            end,
            year,
            whole_year,
        })
    };
    if code.digits
        && let (Some(second), Some(third)) = (next(1), next(2))
        && reading.gap(at) == reading.gap(at + 1)
        && matches!(
            reading.gap(at),
            Gap::Slash | Gap::Dash | Gap::Dot | Gap::Space
        )
        && !reading.joined_before(at, &[reading.gap(at)])
        && !reading.joined_after(at + 2, &[reading.gap(at)])
    {
        let (a, b, c) = (reading.of(code), reading.of(second), reading.of(third));
        if a.len() == 4 && b.len() <= 2 && c.len() <= 2 {
            return written(code.start, third.end, year(a)?, number(b)?, number(c)?);
        }
        if a.len() <= 2 && b.len() <= 2 {
            let (day, month) = (number(a)?, number(b)?);
            let read = written(code.start, third.end, year(c)?, month, day);
            // Month first, as some phones write it.
            return read.or_else(|| written(code.start, third.end, year(c)?, day, month));
        }
        return None;
    }
    // `3 March 1985`, `3rd of March, 1985`, `03Mar85`.
    let text = reading.of(code);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) {
        let day = number(text.get(..digits)?)?;
        let ordinal = text.get(digits..)?;
        // `03Mar85`, `12APR1984`.
        let letters = ordinal.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters >= 3
            && let Some((month, after)) = month_at(reading, code.start + digits)
            && after < code.end
        {
            let year = year(reading.text.get(after..code.end)?)?;
            return written(code.start, code.end, year, month, day);
        }
        if matches!(ordinal, "" | "st" | "nd" | "rd" | "th") {
            // `Oct 19, 1939`.
            if let Some((month, start)) = month_before(reading, code.start) {
                let last = reading
                    .code(at + 1)
                    .filter(|code| code.digits && code.len() == 4)?;
                let between = reading.text.get(code.end..last.start)?;
                if matches!(between, ", " | " " | ",") {
                    return written(start, last.end, year(reading.of(last))?, month, day);
                }
            }
            let (month, after) = month_at(reading, after_blanks(reading, code.end))?;
            let last = reading.code(at + 1).filter(|code| code.digits)?;
            if last.start == after_blanks(reading, after) {
                return written(code.start, last.end, year(reading.of(last))?, month, day);
            }
        }
        return None;
    }
    None
}

/// `03021958`, close behind a word that says so.
fn joined(reading: &Reading<'_>, at: usize) -> Option<Written> {
    let code = reading
        .code(at)
        .filter(|code| code.digits && code.len() == 8)?;
    let (rest, whole) = reading.of(code).split_at_checked(4)?;
    let (day, month) = rest.split_at_checked(2)?;
    let (day, month, year) = (number(day)?, number(month)?, number(whole)?);
    let is_one = is_date(year, month, day)
        && (FIRST..=LAST).contains(&year)
        && reading.near(Cues::BIRTH, code.start, code.end, 16, 0);
    is_one.then_some(Written {
        start: code.start,
        end: code.end,
        year,
        whole_year: true,
    })
}

impl Detector for Birth {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::of(&[1, 2, 4, 8]))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        // A date alone is nobody's.
        if !reading.told.has_any(Cues::BIRTH.or(Cues::CLINICAL)) {
            return;
        }
        let Some(date) = date_at(reading, at).or_else(|| joined(reading, at)) else {
            return;
        };
        if date.whole_year && !(FIRST..=LAST).contains(&date.year) {
            return;
        }
        let told = reading.near(Cues::BIRTH, date.start, date.end, 40, 16);
        let long_past = match date.whole_year {
            true => date.year <= LONG_PAST,
            // 41 to 99: a date of these years is of the last century.
            false => date.year > 2040,
        };
        let past = long_past && reading.near(Cues::CLINICAL, date.start, date.end, 60, 60);
        if told || past {
            found.at(date.start, date.end, Why::DATE.with(Why::CUE));
        }
    }
}
