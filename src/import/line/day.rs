//! The lines that name a day, and the clock times at the start of messages.

use crate::import::DateOrder;
use chrono::{Datelike, NaiveDate};

/// The days of the week from Monday, as LINE's languages write them; longer words first where one
/// begins another.
const WEEK: &[[&str; 7]] = &[
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    [
        "月曜日",
        "火曜日",
        "水曜日",
        "木曜日",
        "金曜日",
        "土曜日",
        "日曜日",
    ],
    ["月", "火", "水", "木", "金", "土", "日"],
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    ["週一", "週二", "週三", "週四", "週五", "週六", "週日"],
    [
        "星期一",
        "星期二",
        "星期三",
        "星期四",
        "星期五",
        "星期六",
        "星期日",
    ],
    ["월", "화", "수", "목", "금", "토", "일"],
    [
        "월요일",
        "화요일",
        "수요일",
        "목요일",
        "금요일",
        "토요일",
        "일요일",
    ],
    ["จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."],
    ["จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"],
    ["Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"],
    ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"],
    ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"],
    ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
];
/// The Buddhist calendar is this many years ahead.
const BUDDHIST: i32 = 543;
/// Longest line that can be a day's.
const LONGEST: usize = 64;

/// A line that names a day, not yet read: the order of its numbers is settled by the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    numbers: [u32; 3],
    /// The first number is the year; else the last is.
    year_first: bool,
    /// The days of the week that its word may stand for, one bit each from Monday; 0 where there
    /// is no word, or one of a language that is not known here.
    week: u8,
    /// Whether a word stands beside the date.
    named: bool,
    buddhist: bool,
}

impl Day {
    /// Reads a line without its line end: a date of three numbers, and before or after it at most
    /// one word, the day of the week: `Mon, 01/15/2024`, `2024/01/15(月)`, `2024/1/15周一`,
    /// `2024.01.15 Monday`, `Mon, 15/01/2567 BE`.
    pub(super) fn parse(line: &str) -> Option<Day> {
        let line = line.trim();
        if line.len() > LONGEST {
            return None;
        }
        let begin = line.find(|sign: char| sign.is_ascii_digit())?;
        let (before, rest) = line.split_at_checked(begin)?;
        let mut numbers = [0u32; 3];
        let mut widths = [0usize; 3];
        let mut rest = rest;
        let mut separators = ["", ""];
        for at in 0..3 {
            let end = rest
                .find(|sign: char| !sign.is_ascii_digit())
                .unwrap_or(rest.len());
            let (digits, after) = rest.split_at_checked(end)?;
            *numbers.get_mut(at)? = digits.parse().ok().filter(|_| digits.len() <= 4)?;
            *widths.get_mut(at)? = digits.len();
            rest = after;
            if at < 2 {
                let (separator, after) = separator(rest)?;
                *separators.get_mut(at)? = separator;
                rest = after;
            }
        }
        let words = separators == ["年", "月"] || separators == ["년", "월"];
        if words {
            rest = rest.strip_prefix(['日', '일'])?;
        } else if separators.first() != separators.get(1) {
            return None;
        }
        let [first, _, last] = widths;
        if (first == 4) == (last == 4) {
            return None;
        }
        let (after, buddhist) = match rest.trim().strip_suffix("BE") {
            Some(after) => (after, true),
            None => (rest, false),
        };
        let parts = [bare(before), bare(after)];
        let word = match parts {
            ["", word] | [word, ""] => word,
            _ => return None,
        };
        if word.chars().count() > 12 || word.chars().any(|sign| sign.is_ascii_digit()) {
            return None;
        }
        Some(Day {
            numbers,
            year_first: first == 4,
            week: week_of(word),
            named: !word.is_empty(),
            buddhist,
        })
    }

    /// Whether day and month of its date may stand in either order.
    pub(super) fn is_open(self) -> bool {
        !self.year_first
    }

    /// Whether a word stands beside the date that is a day of the week in some language.
    pub(super) fn is_certain(self) -> bool {
        self.week != 0
    }

    /// Whether a word stands beside the date.
    pub(super) fn is_named(self) -> bool {
        self.named
    }

    /// The date under this order of its numbers, if there is such a date and it was that day of
    /// the week.
    pub(super) fn date(self, order: DateOrder) -> Option<NaiveDate> {
        let [first, second, third] = self.numbers;
        let (year, month, day) = match (self.year_first, order) {
            (true, _) => (first, second, third),
            (false, DateOrder::Dmy) => (third, second, first),
            (false, _) => (third, first, second),
        };
        let mut year = i32::try_from(year).ok()?;
        if self.buddhist || year >= 2500 {
            year = year.checked_sub(BUDDHIST)?;
        }
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        let bit = 1u8 << date.weekday().num_days_from_monday();
        (self.week == 0 || self.week & bit != 0).then_some(date)
    }
}

/// What stands between two numbers of a date, and the rest.
fn separator(rest: &str) -> Option<(&str, &str)> {
    let sign = rest.chars().next()?;
    if !matches!(sign, '/' | '.' | '-' | '年' | '月' | '년' | '월') {
        return None;
    }
    let (separator, after) = rest.split_at_checked(sign.len_utf8())?;
    Some((separator, after.trim_start_matches(' ')))
}

/// A word without the signs around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|sign: char| sign.is_whitespace() || "()（）,、".contains(sign))
}

/// The days of the week that a word may stand for.
fn week_of(word: &str) -> u8 {
    let word = word.strip_prefix("วัน").unwrap_or(word);
    let lower = word.to_lowercase();
    WEEK.iter()
        .flat_map(|week| (0u8..).zip(week))
        .filter(|(_, known)| known.to_lowercase() == lower)
        .fold(0, |week, (day, _)| week | 1 << day)
}

/// A clock time at the start of a line: its length in bytes, and the minutes since midnight.
/// `15:04`, `3:04PM`, `3:04 pm`, `午後3:04`, `下午03:04`, `오후 3:04`.
pub(super) fn time_of(line: &str) -> Option<(usize, u32)> {
    const BEFORE: [(&str, bool); 6] = [
        ("午前", false),
        ("午後", true),
        ("上午", false),
        ("下午", true),
        ("오전", false),
        ("오후", true),
    ];
    const AFTER: [(&str, bool); 4] = [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)];
    let mut half = None;
    let mut rest = line;
    for (word, late) in BEFORE {
        if let Some(after) = line.strip_prefix(word) {
            half = Some(late);
            rest = after.trim_start_matches(' ');
        }
    }
    let (hour, after) = number(rest)?;
    let (minute, after) = number(after.strip_prefix(':')?).filter(|(_, rest)| {
        // Exactly two digits.
        after.len().checked_sub(rest.len()) == Some(3)
    })?;
    rest = after;
    if half.is_none() {
        let unspaced = rest.trim_start_matches([' ', '\u{A0}', '\u{202F}']);
        for (word, late) in AFTER {
            // A name may begin with the same letters: `10:00 Amina`.
            if half.is_none()
                && let Some((found, after)) = unspaced.split_at_checked(word.len())
                && found.eq_ignore_ascii_case(word)
                && !after.starts_with(char::is_alphanumeric)
            {
                half = Some(late);
                rest = after;
            }
        }
    }
    let hour = match half {
        Some(true) if hour < 12 => hour.checked_add(12)?,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    Some((line.len().checked_sub(rest.len())?, minutes))
}

/// One or two digits, and the rest.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|sign: char| !sign.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.len() > 2 {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(line: &str, order: DateOrder) -> Option<String> {
        Some(Day::parse(line)?.date(order)?.to_string())
    }

    #[test]
    fn days_in_their_languages() {
        for line in [
            "Mon, 01/15/2024",
            "2024/01/15(月)",
            "2024/01/15(Mon)",
            "2024/1/15周一",
            "2024/01/15（週一）",
            "2024/01/15（星期一）",
            "2024.01.15 Monday",
            "2024/01/15 Mon",
            "2024年1月15日 月曜日",
            "2024년 1월 15일 월요일",
            "Mon, 01/15/2567 BE",
            "2024/01/15",
        ] {
            assert_eq!(
                date(line, DateOrder::Mdy).as_deref(),
                Some("2024-01-15"),
                "{line}"
            );
        }
        assert_eq!(
            date("Tue, 06/01/2026", DateOrder::Dmy).as_deref(),
            Some("2026-01-06")
        );
        // It was no Tuesday under the other order.
        assert_eq!(date("Tue, 06/01/2026", DateOrder::Mdy), None);
        for line in [
            "2024/01/15(火)",
            "2024/13/15(月)",
            "on 2024/01/15 (Mon)",
            "01/15/24",
            "2024/01.15",
            "2024/01/15(月) 10:00",
            "15:04",
            "",
        ] {
            assert_eq!(date(line, DateOrder::Mdy), None, "{line}");
        }
    }

    #[test]
    fn times_of_both_clocks() {
        for (line, length, minutes) in [
            ("15:04\tx", 5, 904),
            ("3:04PM\tx", 6, 904),
            ("3:04 pm x", 7, 904),
            ("12:04AM\t", 7, 4),
            ("午後3:04\t", 10, 904),
            ("午後0:04\t", 10, 724),
            ("下午12:04\t", 11, 724),
            ("上午12:04\t", 11, 4),
            ("오후 3:04\t", 11, 904),
            ("下午15:04", 11, 904),
            ("10:00 Amina", 5, 600),
        ] {
            assert_eq!(time_of(line), Some((length, minutes)), "{line}");
        }
        for line in ["24:00\t", "3:60\t", "3:4\t", "003:04", "x3:04", "", ":04"] {
            assert_eq!(time_of(line), None, "{line}");
        }
    }
}
