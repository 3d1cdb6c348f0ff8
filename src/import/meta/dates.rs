//! The times of pages, which Meta writes in the account's language: a month by its name, a day, a
//! year and a clock time, in any order: `Jan 13, 2024 10:30:05 am`, `13 de enero de 2024, 10:30`,
//! `24 апр. 2021 г., 22:05`; or three numbers.

use crate::import::DateOrder;
use crate::model::Time;
use chrono::{NaiveDate, NaiveTime};

/// How the months begin in the languages of Meta's pages, lower case, no marks; a month may begin
/// in several ways, parted by spaces.
const MONTHS: [&str; 12] = [
    "jan jän ene gen янв січ sty led oca tammi ιαν 1月",
    "feb fev fév fev лют фев lut úno şub helmi φεβ 2月",
    "mar mär mrt maa мар бер bře μαρ μάρ 3月",
    "apr abr avr апр кві kwi dub nis huhti απρ 4月",
    "may mai mag maj mei мая май тра kvě touko μαι μαΐ μάι 5月",
    "jun giu juin июн чер cze červen haz kesä ιουν 6月",
    "jul lug juil июл лип lip červenec tem heinä ιουλ 7月",
    "aug ago aoû авг сер sie srp ağu elo αυγ αύγ 8月",
    "sep set сен вер wrz zář eyl syys σεπ 9月",
    "oct okt ott out окт жов paź říj eki loka οκτ 10月",
    "nov ноя лис lis kas marras νοε νοέ 11月",
    "dec dez dic dic déc дек гру gru pro ara joulu δεκ 12月",
];
const LATE: [&str; 6] = ["pm", "p.m", "μμ", "μ.μ", "下午", "오후"];
const EARLY: [&str; 6] = ["am", "a.m", "πμ", "π.μ", "上午", "오전"];

/// Seconds since 1970 on the page's clock; `None` where it is no such time, or where the order of
/// three numbers is open and not given.
pub(super) fn read(written: &str, given: Option<DateOrder>) -> Option<i64> {
    let lower = written.to_lowercase();
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let mut month = None;
    let mut clock = Vec::new();
    let mut late = None;
    for word in lower.split(|sign: char| sign.is_whitespace() || matches!(sign, ',' | '،')) {
        if word.is_empty() {
            continue;
        }
        if word.contains(':') && clock.is_empty() {
            // A mark of the half day may stand right behind.
            let end = word
                .find(|sign: char| !sign.is_ascii_digit() && sign != ':')
                .unwrap_or(word.len());
            let (digits, rest) = word.split_at_checked(end)?;
            clock = digits
                .split(':')
                .map(|part| part.parse::<u32>().ok())
                .collect::<Option<Vec<_>>>()?;
            late = late.or(half(rest));
        } else if let Some(found) = half(word) {
            late = Some(found);
        } else if word.starts_with(|sign: char| sign.is_ascii_digit()) {
            for part in word.split(['/', '-', '.']) {
                let digits = part.trim_end_matches(|sign: char| !sign.is_ascii_digit());
                if let Ok(number) = digits.parse() {
                    numbers.push((number, digits.len()));
                }
            }
        } else {
            // A day of the week may begin like a month, and stands before it.
            month = month_of(word).or(month);
        }
    }
    let (year, month, day) = match (month, numbers.as_slice()) {
        (Some(month), [(day, _), (year, 4)] | [(year, 4), (day, _)]) => (*year, month, *day),
        (None, [(year, 4), (month, _), (day, _)]) => (*year, *month, *day),
        (None, [(first, _), (second, _), (year, 4)]) => match given {
            _ if *first > 12 => (*year, *second, *first),
            _ if *second > 12 => (*year, *first, *second),
            _ if lower.contains('.') => (*year, *second, *first),
            Some(DateOrder::Dmy) => (*year, *second, *first),
            Some(DateOrder::Mdy) => (*year, *first, *second),
            _ => return None,
        },
        _ => return None,
    };
    let (hour, minute, second) = match clock.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let hour = match late {
        Some(true) if hour < 12 => hour.checked_add(12)?,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    Some(date.and_time(time).and_utc().timestamp())
}

/// A page's time as it is kept: an instant where the page says how far its clock is from UTC
/// (`UTC+01`, `UTC-07:30`).
pub(super) fn time(seconds: i64, written: &str) -> Time {
    let offset = written.rsplit_once("UTC").and_then(|(_, rest)| {
        let (sign, digits) = match rest.trim().split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
        let (hours, minutes) = (hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?);
        let whole = hours.checked_mul(60)?.checked_add(minutes)?;
        (0..=14 * 60).contains(&whole).then(|| sign * whole)
    });
    match offset {
        Some(minutes) => Time::Instant {
            seconds: seconds.saturating_sub(i64::from(minutes).saturating_mul(60)),
            offset_minutes: Some(minutes),
        },
        None => Time::Local(seconds),
    }
}

/// Whether a word marks a half of the day: the later one?
fn half(word: &str) -> Option<bool> {
    let word = word.trim_end_matches('.');
    if LATE.contains(&word) {
        Some(true)
    } else if EARLY.contains(&word) {
        Some(false)
    } else {
        None
    }
}

/// The month that a word names or shortens: the one with the longest beginning that it has.
fn month_of(word: &str) -> Option<u32> {
    (1u32..)
        .zip(MONTHS)
        .flat_map(|(month, names)| names.split(' ').map(move |name| (month, name)))
        .filter(|(_, name)| word.starts_with(name))
        .max_by_key(|(_, name)| name.len())
        .map(|(month, _)| month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_their_languages() {
        for written in [
            "Jan 13, 2024 10:30:00 pm",
            "Jan 13, 2024, 10:30 PM",
            "Jan 13, 2024 at 10:30\u{202f}PM",
            "13 Jan 2024, 22:30",
            "Saturday, January 13, 2024 at 10:30pm",
            "13 de enero de 2024, 22:30",
            "ene. 13, 2024 10:30 p.m.",
            "13 janv. 2024, 22:30",
            "13.01.2024, 22:30",
            "13.01.2024 22:30:00",
            "2024-01-13 22:30",
            "13 янв. 2024 г., 22:30",
            "13 gen 2024, 22:30",
            "13 stycznia 2024 22:30",
            "mar. 13 janv. 2024, 22:30",
        ] {
            assert_eq!(read(written, None), Some(1_705_185_000), "{written}");
        }
        assert_eq!(read("01/02/2024 10:30", None), None);
        assert_eq!(
            read("01/02/2024 10:30", Some(DateOrder::Dmy)),
            read("1 Feb 2024 10:30", None)
        );
        for other in [
            "",
            "Jan 13, 2024",
            "10:30",
            "Jan 32, 2024 10:30",
            "yesterday 10:30",
        ] {
            assert_eq!(read(other, None), None, "{other}");
        }
    }

    #[test]
    fn a_page_may_say_how_far_its_clock_is_from_utc() {
        let instant = |seconds, minutes| Time::Instant {
            seconds,
            offset_minutes: Some(minutes),
        };
        assert_eq!(time(7200, "1:00 UTC+01"), instant(3600, 60));
        assert_eq!(time(0, "1:00 UTC-07:30"), instant(27_000, -450));
        for other in ["1:00", "1:00 UTC", "1:00 UTC+99", "1:00 UTC+x", "UTC\u{e9}"] {
            assert_eq!(time(5, other), Time::Local(5), "{other}");
        }
    }

    #[test]
    fn every_month_in_english_and_german() {
        for month in 1..=12u32 {
            let date = NaiveDate::from_ymd_opt(2024, month, 5).unwrap();
            let written = date.format("%B 5, 2024, 1:00 AM").to_string();
            let start = date.and_time(NaiveTime::MIN).and_utc().timestamp();
            assert_eq!(read(&written, None), Some(start + 3600), "{written}");
        }
        for (month, name) in (1..).zip([
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.",
            "Dez.",
        ]) {
            assert_eq!(month_of(&name.to_lowercase()), Some(month), "{name}");
        }
    }
}
