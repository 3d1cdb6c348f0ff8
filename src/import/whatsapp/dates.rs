//! Which number of a date is the day, and what that rests on.
//!
//! One order holds for a whole file. The evidence, in this order: a number that can only be a
//! year; a first or second number over 12 anywhere in the file; how dates are written where only
//! some orders are; how time would run backwards under the other order; the language of the app.
//! Where none of it decides, the likelier order is taken and said to be assumed.

use super::header::{Between, HalfPlace, Header, Shape};
use crate::import::DateOrder;

const ORDERS: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];

/// Years that count as written in the Gregorian calendar. WhatsApp began in 2009; phones with a
/// wrong clock and imported chats write earlier ones.
const YEARS: std::ops::RangeInclusive<i64> = 1990..=2100;
/// The same years in the Buddhist calendar, which is 543 ahead.
const BUDDHIST: std::ops::RangeInclusive<i64> = 2533..=2643;

/// How the year of a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    /// As it stands; two digits are of this century.
    Gregorian,
    /// 543 ahead; two digits are of the 26th century.
    Buddhist,
}

/// Order and calendar of a file's dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    pub order: DateOrder,
    pub basis: String,
    pub assumed: bool,
    pub calendar: Calendar,
}

/// How the dates of a file would run under one order.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    valid: u64,
    /// Steps back by more than a day.
    back: u64,
    last: Option<i64>,
    first_day: i64,
    last_day: i64,
    /// Changes from one date to another.
    changes: u64,
}

/// What the dates of one shape show.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    count: u64,
    over_12: [u64; 3],
    over_31: [u64; 3],
    four_digits: [u64; 3],
    zero_before: [u64; 3],
    one_digit: [u64; 3],
    /// Two-digit last numbers of 52 and more: Buddhist years from 2552 (2009) on.
    late: u64,
    runs: [Run; 3],
    /// The date before, and how often it came without being counted yet.
    last: ([u16; 3], [u8; 3]),
    repeated: u64,
}

impl Evidence {
    /// Takes in one header. Messages of one day have one date: it is counted when it changes.
    pub(super) fn take(&mut self, header: &Header) {
        if self.last == (header.numbers, header.widths) {
            self.repeated += 1;
            return;
        }
        self.settle();
        self.last = (header.numbers, header.widths);
        self.repeated = 1;
    }

    /// Counts the date that is still held back; to be called before anything is asked.
    pub(super) fn settle(&mut self) {
        let times = std::mem::take(&mut self.repeated);
        if times == 0 {
            return;
        }
        let (numbers, widths) = self.last;
        self.count += times;
        let counters = self
            .over_12
            .iter_mut()
            .zip(&mut self.over_31)
            .zip(&mut self.four_digits)
            .zip(self.zero_before.iter_mut().zip(&mut self.one_digit));
        for ((number, width), (((over_12, over_31), four), (zero, one))) in
            numbers.iter().zip(widths).zip(counters)
        {
            let add = |counter: &mut u64, holds: bool| *counter += times * u64::from(holds);
            add(over_12, *number > 12);
            add(over_31, *number > 31);
            add(four, width == 4);
            add(zero, width == 2 && *number < 10);
            add(one, width == 1);
        }
        let late = |(number, width): (&u16, u8)| width == 2 && *number >= 52;
        if numbers.iter().zip(widths).any(late) {
            self.late += times;
        }
        for (order, run) in ORDERS.iter().zip(&mut self.runs) {
            let Some(day) = day(&numbers, &widths, *order, Calendar::Gregorian) else {
                continue;
            };
            run.valid += times;
            match run.last {
                None => (run.first_day, run.last_day) = (day, day),
                Some(last) => {
                    run.back += u64::from(day < last - 1);
                    run.changes += u64::from(day != last);
                    run.first_day = run.first_day.min(day);
                    run.last_day = run.last_day.max(day);
                }
            }
            run.last = Some(day);
        }
    }

    fn run(&self, order: DateOrder) -> &Run {
        let [dmy, mdy, ymd] = &self.runs;
        match order {
            DateOrder::Dmy => dmy,
            DateOrder::Mdy => mdy,
            DateOrder::Ymd => ymd,
        }
    }

    /// The usual width of the year, and whether day and month have leading zeros.
    pub(super) fn usual(&self) -> (u8, bool) {
        let four: u64 = self.four_digits.iter().sum();
        let zero: u64 = self.zero_before.iter().sum();
        let one: u64 = self.one_digit.iter().sum();
        let width = if four * 2 > self.count { 4 } else { 2 };
        (width, zero > 0 && one * 50 < self.count)
    }

    /// How the year is counted.
    fn calendar(&self) -> Calendar {
        // Two digits of 52 and more in nearly every date: no Gregorian year of WhatsApp.
        if self.late * 20 > self.count * 19 {
            Calendar::Buddhist
        } else {
            Calendar::Gregorian
        }
    }

    /// How many dates read under an order.
    pub(super) fn readable(&self, order: DateOrder) -> u64 {
        self.run(order).valid
    }

    /// The order of the file's dates. `language` is the app's language, where wording showed it.
    pub(super) fn decide(&self, shape: &Shape, language: Option<&str>) -> Decided {
        let calendar = self.calendar();
        let decided = |order, basis: String, assumed| Decided {
            order,
            basis,
            assumed,
            calendar,
        };
        let [first_4, _, third_4] = self.four_digits;
        let [first_31, _, third_31] = self.over_31;
        if shape.between == Between::Named {
            return decided(
                DateOrder::Ymd,
                "year, month and day are named".into(),
                false,
            );
        }
        if first_4 > third_4 || (first_4 == third_4 && first_31 > third_31) {
            return decided(
                DateOrder::Ymd,
                "the first number is a year in every date".into(),
                false,
            );
        }
        let [first, second, _] = self.over_12;
        let counted = |count: u64, which: &str| {
            format!(
                "the {which} number is over 12 in {count} of {} dates",
                self.count
            )
        };
        // Two-digit years first (`24-10-31`): the last number would have to be the day.
        let year_last = third_4 > 0 || third_31 > 0;
        if !year_last && self.run(DateOrder::Ymd).valid == self.count {
            let ymd = self.run(DateOrder::Ymd);
            let others_fail = self.run(DateOrder::Dmy).valid < self.count
                && self.run(DateOrder::Mdy).valid < self.count;
            let dmy = self.run(DateOrder::Dmy);
            if others_fail && shape.between != Between::NoYear {
                return decided(
                    DateOrder::Ymd,
                    "only year, month, day reads every date".into(),
                    false,
                );
            }
            if dmy.back >= 3 && ymd.back * 10 <= dmy.back && second == 0 {
                return decided(
                    DateOrder::Ymd,
                    format!(
                        "read as day, month, year the dates would run backwards {} times, as year, month, day {} times",
                        dmy.back, ymd.back
                    ),
                    true,
                );
            }
        }
        match (first, second) {
            (1.., 0) => return decided(DateOrder::Dmy, counted(first, "first"), false),
            (0, 1..) => return decided(DateOrder::Mdy, counted(second, "second"), false),
            (1.., 1..) => {
                let (order, some, other) = if first >= second {
                    (DateOrder::Dmy, first, second)
                } else {
                    (DateOrder::Mdy, second, first)
                };
                return decided(
                    order,
                    format!(
                        "{some} of {} dates read only in this order and {other} only in the other",
                        self.count
                    ),
                    some < other.saturating_mul(100),
                );
            }
            (0, 0) => {}
        }
        match shape.between {
            Between::Dot | Between::SpacedDot => {
                return decided(
                    DateOrder::Dmy,
                    "no locale writes the month first with full stops".into(),
                    false,
                );
            }
            Between::Dash => {
                return decided(
                    DateOrder::Dmy,
                    "no locale writes the month first with hyphens".into(),
                    false,
                );
            }
            _ => {}
        }
        if shape.clock != b':' {
            return decided(
                DateOrder::Dmy,
                "no locale that puts the month first writes times without a colon".into(),
                false,
            );
        }
        let zeros = |at: usize| {
            self.zero_before.get(at).is_some_and(|count| *count > 0)
                && self.one_digit.get(at).is_some_and(|count| *count == 0)
        };
        let padded = zeros(0) && zeros(1);
        if shape.half == HalfPlace::Nowhere && shape.bracket && padded && third_4 > 0 {
            return decided(
                DateOrder::Dmy,
                "brackets, leading zeros, years of four digits and a 24-hour clock: no locale that puts the month first writes so".into(),
                false,
            );
        }
        let (dmy, mdy) = (self.run(DateOrder::Dmy), self.run(DateOrder::Mdy));
        if dmy.back >= 5 && mdy.back * 10 <= dmy.back {
            return decided(
                DateOrder::Mdy,
                backwards("day first", dmy.back, mdy.back),
                false,
            );
        }
        if mdy.back >= 5 && dmy.back * 10 <= mdy.back {
            return decided(
                DateOrder::Dmy,
                backwards("month first", mdy.back, dmy.back),
                false,
            );
        }
        if let Some(language) = language.filter(|language| *language != "en") {
            return decided(
                DateOrder::Dmy,
                format!("the app's language is {language}, which does not put the month first"),
                false,
            );
        }
        let unproved = "no number in any date is over 12";
        // Neither proves anything alone: which order gives fewer steps back, then a shorter chat.
        if dmy.back != mdy.back && dmy.back.abs_diff(mdy.back) > 1 {
            let (order, name) = if dmy.back < mdy.back {
                (DateOrder::Dmy, "day first")
            } else {
                (DateOrder::Mdy, "month first")
            };
            return decided(
                order,
                format!("{unproved}; {name} lets time run backwards less often"),
                true,
            );
        }
        let (dmy_span, mdy_span) = (dmy.last_day - dmy.first_day, mdy.last_day - mdy.first_day);
        if dmy.changes >= 1 && (dmy_span * 4 < mdy_span || mdy_span * 4 < dmy_span) {
            let (order, name) = if dmy_span < mdy_span {
                (DateOrder::Dmy, "day first")
            } else {
                (DateOrder::Mdy, "month first")
            };
            return decided(
                order,
                format!("{unproved}; read {name} the days follow each other more closely"),
                true,
            );
        }
        let american = shape.between == Between::Slash
            && !padded
            && self.one_digit.iter().take(2).any(|count| *count > 0)
            && third_4 == 0;
        if american {
            return decided(
                DateOrder::Mdy,
                format!("{unproved}; short dates without leading zeros are mostly American"),
                true,
            );
        }
        decided(
            DateOrder::Dmy,
            format!("{unproved}; most of the world writes the day first"),
            true,
        )
    }
}

fn backwards(name: &str, back: u64, other: u64) -> String {
    format!("read {name}, time would run backwards {back} times; in this order {other} times")
}

/// The day of a date since 1970-01-01 under an order; `None` where it is no real date, or its year
/// is none that a chat can have.
pub(super) fn day(
    numbers: &[u16; 3],
    widths: &[u8; 3],
    order: DateOrder,
    calendar: Calendar,
) -> Option<i64> {
    let [first, second, third] = *numbers;
    let [first_width, _, third_width] = *widths;
    let (year, year_width, month, day) = match order {
        DateOrder::Dmy => (third, third_width, second, first),
        DateOrder::Mdy => (third, third_width, first, second),
        DateOrder::Ymd => (first, first_width, second, third),
    };
    let mut year = i64::from(year);
    year = match (year_width, calendar) {
        (1 | 2, Calendar::Gregorian) => 2000 + year,
        (1 | 2, Calendar::Buddhist) => 2500 + year - 543,
        _ if BUDDHIST.contains(&year) => year - 543,
        _ => year,
    };
    if !YEARS.contains(&year) {
        return None;
    }
    days(year, i64::from(month), i64::from(day))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` where there is no such date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day at their end.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_the_calendar() {
        use chrono::{Datelike, NaiveDate};
        let mut date = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap();
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        while date.year() <= 2100 {
            let expected = (date - epoch).num_days();
            let found = days(date.year().into(), date.month().into(), date.day().into());
            assert_eq!(found, Some(expected), "{date}");
            date = date.succ_opt().unwrap();
        }
        assert_eq!(days(2023, 2, 29), None);
        assert_eq!(days(2024, 13, 1), None);
        assert_eq!(days(2024, 0, 1), None);
        assert_eq!(days(2024, 4, 31), None);
    }

    #[test]
    fn buddhist_years_are_543_ahead() {
        let gregorian = day(
            &[31, 12, 2024],
            &[2, 2, 4],
            DateOrder::Dmy,
            Calendar::Gregorian,
        );
        let thai = day(
            &[31, 12, 2567],
            &[2, 2, 4],
            DateOrder::Dmy,
            Calendar::Gregorian,
        );
        let short = day(
            &[31, 12, 67],
            &[2, 2, 2],
            DateOrder::Dmy,
            Calendar::Buddhist,
        );
        assert!(gregorian.is_some());
        assert_eq!(gregorian, thai);
        assert_eq!(gregorian, short);
    }
}
