//! Dates as Google Takeout writes them: the full date and time in the account's language, as the
//! Unicode CLDR words them: `Monday, January 15, 2024 at 3:04:05 PM UTC`, `2015. február 15.,
//! vasárnap 21:54:36 UTC`, `2024年1月15日星期一 UTC 15:04:05`.
//!
//! Such a date names its month or marks its numbers (`月`), so its order is never guessed. A text
//! that leaves a number over, names no month or two, or a day that is none, is no date.

use crate::import::whatsapp::decimal;
use crate::model::Time;
use chrono::{NaiveDate, NaiveTime};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// Longest text that is read as a date; CLDR's longest has under a hundred characters.
const LONGEST: usize = 400;
/// What Buddhist years, which Thai dates count, are ahead of others.
const BUDDHIST: i32 = 543;
/// The years that a message can be from.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2200;

const MONTHS: &str = include_str!("months.txt");
const BEFORE_NOON: [&str; 7] = ["am", "a.m", "上午", "午前", "오전", "ص", "π.μ"];
const AFTER_NOON: [&str; 7] = ["pm", "p.m", "下午", "午後", "오후", "م", "μ.μ"];

/// The time that a date of Takeout's names; `None` where it cannot be read without guessing.
pub(super) fn read(date: &str) -> Option<Time> {
    if date.len() > LONGEST {
        return None;
    }
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(date.trim()) {
        return Some(Time::Instant {
            seconds: time.timestamp(),
            offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
        });
    }
    let (words, offset) = without_zone(date)?;
    let pieces = pieces(&words);
    let mut found = Found::default();
    found.units(&pieces)?;
    found.clock(&pieces)?;
    found.day(&pieces, &words)?;
    found.time(offset)
}

/// What a number is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A number, how many digits it is written with, and whether a `:` or `.` and another number
    /// follow at once.
    Number {
        value: u32,
        digits: usize,
        joined: bool,
    },
    /// Letters in a row, in lower case.
    Word(&'a str),
}

/// The text in lower case with ASCII digits, without its zone, and the zone's minutes east of UTC.
fn without_zone(date: &str) -> Option<(String, i32)> {
    let plain: String = date
        .chars()
        .filter(|sign| !matches!(sign, '\u{200E}' | '\u{200F}' | '\u{61C}'))
        .flat_map(|sign| decimal(sign).unwrap_or(sign).to_lowercase())
        .collect();
    let at = plain.find("utc").or_else(|| plain.find("gmt"))?;
    let (before, zone) = plain.split_at_checked(at)?;
    let after = zone.get(3..)?;
    let (sign, rest) = match after.chars().next() {
        Some('+') => (1, after.get(1..)?),
        Some('-') => (-1, after.get(1..)?),
        Some('\u{2212}') => (-1, after.get('\u{2212}'.len_utf8()..)?),
        _ => return Some((format!("{before} {after}"), 0)),
    };
    let length = rest
        .find(|sign: char| !sign.is_ascii_digit() && sign != ':')
        .unwrap_or(rest.len());
    let (offset, rest) = rest.split_at_checked(length)?;
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
    let minutes = hours
        .parse::<i32>()
        .ok()?
        .checked_mul(60)?
        .checked_add(minutes.parse().ok()?)?;
    (minutes <= 18 * 60).then_some((format!("{before} {rest}"), sign * minutes))
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |is: fn(char) -> bool| rest.find(|sign: char| !is(sign)).unwrap_or(rest.len());
        let taken = if first.is_ascii_digit() {
            let digits = length(|sign| sign.is_ascii_digit());
            let (number, tail) = rest.split_at_checked(digits).unwrap_or((rest, ""));
            let mut next = tail.chars();
            let joined = matches!(next.next(), Some(':' | '.'))
                && next.next().is_some_and(|sign| sign.is_ascii_digit());
            found.push(Piece::Number {
                value: number.parse().unwrap_or(u32::MAX),
                digits,
                joined,
            });
            digits
        } else if is_letter(first) {
            // A full stop inside is part of `p.m.`.
            let mut end = length(is_letter);
            while rest.get(end..).is_some_and(|tail| {
                tail.starts_with('.') && tail.chars().nth(1).is_some_and(is_letter)
            }) {
                let tail = rest.get(end.saturating_add(1)..).unwrap_or_default();
                let more = tail.find(|sign: char| !is_letter(sign));
                end = end
                    .saturating_add(1)
                    .saturating_add(more.unwrap_or(tail.len()));
            }
            found.push(Piece::Word(rest.get(..end).unwrap_or_default()));
            end
        } else {
            first.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    found
}

/// Letters, and what is written over and under them.
fn is_letter(sign: char) -> bool {
    sign.is_alphabetic()
        || unicode_normalization::char::is_combining_mark(sign)
        || sign == '\u{200C}'
        || sign == '\u{200D}'
}

#[derive(Debug, Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    /// Places in the pieces that have been understood.
    used: HashSet<usize>,
}

impl Found {
    /// Numbers that a sign behind them names: `2024年`, `3시`, `15 นาฬิกา`, `04 min`; and `tháng 1`.
    fn units(&mut self, pieces: &[Piece<'_>]) -> Option<()> {
        for (at, pair) in pieces.windows(2).enumerate() {
            let (place, value, word) = match pair {
                // In Vietnamese the word stands before its number.
                [Piece::Word("tháng"), Piece::Number { value, .. }] => (at + 1, *value, "月"),
                [Piece::Number { value, .. }, Piece::Word(word)] => (at, *value, *word),
                _ => continue,
            };
            let unit = match word {
                "h" | "นาฬิกา" => &mut self.hour,
                "min" | "นาที" => &mut self.minute,
                "s" | "วินาที" => &mut self.second,
                _ => match word.chars().next()? {
                    '年' | '년' => {
                        self.year = Some(i32::try_from(value).ok()?);
                        self.used.insert(place);
                        continue;
                    }
                    '月' | '월' => &mut self.month,
                    '日' | '일' => &mut self.day,
                    '時' | '时' | '시' => &mut self.hour,
                    '分' | '분' => &mut self.minute,
                    '秒' | '초' => &mut self.second,
                    _ => continue,
                },
            };
            if unit.replace(value).is_some() {
                return None;
            }
            self.used.insert(place);
        }
        Some(())
    }

    /// `15:04:05`, `3.04.05`, and the half of the day.
    fn clock(&mut self, pieces: &[Piece<'_>]) -> Option<()> {
        for (at, run) in pieces.windows(2).enumerate() {
            let [
                Piece::Number {
                    value: hour,
                    joined: true,
                    ..
                },
                Piece::Number {
                    value: minute,
                    digits: 2,
                    joined,
                },
            ] = run
            else {
                continue;
            };
            if self.used.contains(&at) {
                continue;
            }
            if self.hour.is_some() {
                return None;
            }
            (self.hour, self.minute) = (Some(*hour), Some(*minute));
            self.used.extend([at, at + 1]);
            if *joined {
                let Some(Piece::Number {
                    value,
                    digits: 2,
                    joined: false,
                }) = pieces.get(at + 2)
                else {
                    return None;
                };
                self.second = Some(*value);
                self.used.insert(at + 2);
            }
        }
        let half = |names: &[&str]| {
            pieces.iter().any(|piece| match piece {
                Piece::Word(word) => names.contains(word),
                Piece::Number { .. } => false,
            })
        };
        // Vietnamese marks the halves `SA` and `CH`; elsewhere those may be words.
        let here = pieces.contains(&Piece::Word("tháng"));
        let split = |one: &str, other: &str| {
            pieces
                .windows(2)
                .any(|pair| pair == [Piece::Word(one), Piece::Word(other)])
        };
        let before = half(&BEFORE_NOON) || split("a", "m") || here && half(&["sa"]);
        let after = half(&AFTER_NOON) || split("p", "m") || here && half(&["ch"]);
        let hour = self.hour?;
        self.hour = match (before, after) {
            (false, false) => Some(hour),
            (true, true) => None,
            _ if !(1..=12).contains(&hour) => None,
            _ => Some(hour % 12 + if after { 12 } else { 0 }),
        };
        self.hour.map(|_| ())
    }

    /// The day, month and year that are left: the month by its name.
    fn day(&mut self, pieces: &[Piece<'_>], text: &str) -> Option<()> {
        if self.month.is_none() {
            self.month = Some(month(pieces)?);
        }
        for (at, piece) in pieces.iter().enumerate() {
            let Piece::Number { value, digits, .. } = piece else {
                continue;
            };
            if self.used.contains(&at) {
                continue;
            }
            match digits {
                4 if self.year.is_none() => self.year = Some(i32::try_from(*value).ok()?),
                1 | 2 if self.day.is_none() => self.day = Some(*value),
                _ => return None,
            }
        }
        let thai = text
            .chars()
            .any(|sign| matches!(sign, '\u{E00}'..='\u{E7F}'));
        if thai && self.year.is_some_and(|year| year > *YEARS.end()) {
            self.year = self.year.map(|year| year - BUDDHIST);
        }
        Some(())
    }

    fn time(&self, offset: i32) -> Option<Time> {
        let year = self.year.filter(|year| YEARS.contains(year))?;
        let date = NaiveDate::from_ymd_opt(year, self.month?, self.day?)?;
        let clock =
            NaiveTime::from_hms_opt(self.hour?, self.minute?, self.second.unwrap_or_default())?;
        let local = date.and_time(clock).and_utc().timestamp();
        Some(Time::Instant {
            seconds: local.checked_sub(i64::from(offset) * 60)?,
            offset_minutes: i16::try_from(offset).ok(),
        })
    }
}

/// A language's own words: the months that each word names, with the language; and the weekdays.
struct Words {
    months: HashMap<String, Vec<(&'static str, u32)>>,
    days: HashMap<String, &'static str>,
}

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words = Words {
            months: HashMap::new(),
            days: HashMap::new(),
        };
        for line in MONTHS.lines().filter(|line| !line.starts_with('#')) {
            let Some((head, names)) = line.split_once(": ") else {
                continue;
            };
            for (month, names) in (1..).zip(names.split(" | ")) {
                for name in names.split('/') {
                    let name = name.trim().to_lowercase();
                    match head.strip_suffix(" days") {
                        Some(language) => {
                            words.days.insert(name, language);
                        }
                        None => words.months.entry(name).or_default().push((head, month)),
                    }
                }
            }
        }
        words
    })
}

/// The one month that is named.
fn month(pieces: &[Piece<'_>]) -> Option<u32> {
    let words = words();
    let said: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Word(word) => Some(*word),
            Piece::Number { .. } => None,
        })
        .collect();
    let mut named: Vec<(&str, u32)> = said
        .iter()
        .filter_map(|word| words.months.get(*word))
        .flatten()
        .copied()
        .collect();
    let one = |named: &[(&str, u32)]| {
        let (_, first) = named.first()?;
        named
            .iter()
            .all(|(_, month)| month == first)
            .then_some(*first)
    };
    one(&named).or_else(|| {
        let spoken: HashSet<&str> = said
            .iter()
            .filter_map(|word| words.days.get(*word).copied())
            .collect();
        named.retain(|(language, _)| spoken.contains(language));
        one(&named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTERNOON: i64 = 1_705_331_045; // 2024-01-15T15:04:05Z

    fn at(date: &str) -> Option<i64> {
        match read(date)? {
            Time::Instant { seconds, .. } => Some(seconds),
            _ => None,
        }
    }

    #[test]
    fn one_moment_in_many_languages() {
        for date in [
            "Monday, January 15, 2024 at 3:04:05 PM UTC",
            "Monday, January 15, 2024 at 3:04:05\u{202f}PM UTC",
            "Monday 15 January 2024 at 15:04:05 UTC",
            "Monday 15 January 2024 at 3:04:05 pm UTC",
            "Monday, January 15, 2024 at 3:04:05 p.m. UTC",
            "Montag, 15. Januar 2024 um 15:04:05 UTC",
            "lundi 15 janvier 2024 à 15:04:05 UTC",
            "lundi 15 janvier 2024 à 15 h 04 min 05 s UTC",
            "lunes, 15 de enero de 2024, 15:04:05 UTC",
            "lunes, 15 de enero de 2024 a las 3:04:05 p. m. UTC",
            "lunedì 15 gennaio 2024 alle ore 15:04:05 UTC",
            "segunda-feira, 15 de janeiro de 2024 às 15:04:05 UTC",
            "maandag 15 januari 2024 om 15:04:05 UTC",
            "måndag 15 januari 2024 kl. 15:04:05 UTC",
            "mandag den 15. januar 2024 kl. 15.04.05 UTC",
            "maanantai 15. tammikuuta 2024 klo 15.04.05 UTC",
            "poniedziałek, 15 stycznia 2024 15:04:05 UTC",
            "понедельник, 15 января 2024\u{a0}г. в 15:04:05 UTC",
            "понеділок, 15 січня 2024\u{202f}р. о 15:04:05 UTC",
            "понеделник, 15 януари 2024 г. в 15:04:05 ч. UTC",
            "pondělí 15. ledna 2024 v 15:04:05 UTC",
            "2024. január 15., hétfő 15:04:05 UTC",
            "15 Ocak 2024 Pazartesi 15:04:05 UTC",
            "2024 m. sausio 15 d., pirmadienis 15:04:05 UTC",
            "pirmdiena, 2024. gada 15. janvāris 15:04:05 UTC",
            "Δευτέρα 15 Ιανουαρίου 2024 στις 3:04:05 μ.μ. UTC",
            "Senin, 15 Januari 2024 pukul 15.04.05 UTC",
            "Thứ Hai, 15 tháng 1, 2024 lúc 15:04:05 UTC",
            "2024年1月15日月曜日 15:04:05 UTC",
            "2024年1月15日月曜日 15時04分05秒 UTC",
            "2024年1月15日星期一 UTC 15:04:05",
            "2024年1月15日 星期一 下午3:04:05 [UTC]",
            "2024년 1월 15일 월요일 오후 3시 4분 5초 UTC",
            "วันจันทร์ที่ 15 มกราคม พุทธศักราช 2567 เวลา 15 นาฬิกา 04 นาที 05 วินาที UTC",
            "वारसोमवार, 15 जनवरी 2024 को 3:04:05 pm बजे UTC",
            "الاثنين، ١٥ يناير ٢٠٢٤ في ٣:٠٤:٠٥ م UTC",
            "יום שני, 15 בינואר 2024 בשעה 15:04:05 UTC",
            "Monday, 15 January 2024 at 17:04:05 GMT+2",
            "Monday, 15 January 2024 at 09:34:05 GMT\u{2212}05:30",
            "2024-01-15T15:04:05Z",
        ] {
            assert_eq!(at(date), Some(AFTERNOON), "{date}");
        }
    }

    #[test]
    fn noon_and_midnight() {
        let day = AFTERNOON - 15 * 3600 - 4 * 60 - 5;
        assert_eq!(at("January 15, 2024 at 12:00:00 AM UTC"), Some(day));
        assert_eq!(
            at("January 15, 2024 at 12:00:00 PM UTC"),
            Some(day + 43_200)
        );
        assert_eq!(at("2024년 1월 15일 오전 12시 0분 0초 UTC"), Some(day));
    }

    #[test]
    fn a_month_of_two_languages_needs_a_weekday() {
        let day = |month: u32| {
            let date = NaiveDate::from_ymd_opt(2024, month, 15)?;
            Some(date.and_hms_opt(15, 4, 5)?.and_utc().timestamp())
        };
        assert_eq!(at("utorak, 15. listopada 2024. u 15:04:05 UTC"), day(10));
        assert_eq!(at("piątek, 15 listopada 2024 15:04:05 UTC"), day(11));
        assert_eq!(at("15 listopada 2024 15:04:05 UTC"), None);
    }

    #[test]
    fn what_would_be_guessed_is_no_date() {
        for date in [
            "",
            "UTC",
            "yesterday",
            "Monday, January 15, 2024 at 3:04:05 PM",
            "Monday, Janufebruary 15, 2024 at 3:04:05 PM UTC",
            "January or March 15, 2024 at 3:04:05 PM UTC",
            "15/01/2024 15:04:05 UTC",
            "January 15, 16, 2024 at 15:04:05 UTC",
            "January 32, 2024 at 15:04:05 UTC",
            "January 15, 2024 at 25:04:05 UTC",
            "January 15, 2024 at 15:04:05 PM UTC",
            "January 15, 24 at 15:04:05 UTC",
            "دوشنبه ۲۵ دی ۱۴۰۲ ساعت ۱۵:۰۴:۰۵ UTC",
        ] {
            assert_eq!(at(date), None, "{date}");
        }
    }

    #[test]
    fn the_list_of_months_is_whole() {
        for line in MONTHS
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
        {
            let (head, names) = line.split_once(": ").unwrap();
            let count = if head.ends_with(" days") { 7 } else { 12 };
            assert_eq!(names.split(" | ").count(), count, "{head}");
        }
        let two: Vec<_> = words()
            .months
            .iter()
            .filter(|(_, of)| of.iter().any(|(_, month)| *month != of[0].1))
            .map(|(name, _)| name.as_str())
            .collect();
        // Where a name means two months, weekdays of those languages must be there.
        for name in two {
            for (language, _) in &words().months[name] {
                assert!(
                    words().days.values().any(|one| one == language),
                    "{name} {language}"
                );
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(date in proptest::prelude::any::<String>()) {
            read(&date);
        }
    }
}
