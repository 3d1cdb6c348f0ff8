//! From the clock time of an export to an instant, in the case's zone.

use crate::model::{Marks, Time};
use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use std::collections::HashMap;

/// The fact of a case that names the zone its clock times are read in, as the ledger keys it.
pub const TIME_ZONE: &str = "time-zone";

/// The zone of a case that nobody has given one.
pub const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Europe::London;

const DAY: i64 = 86_400;

/// An instant with what was needed to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    /// Seconds UTC.
    pub time: Option<i64>,
    /// Minutes east of UTC; `time` plus these is the clock time.
    pub offset_minutes: i16,
    /// [`Marks::AMBIGUOUS_TIME`], [`Marks::IMPOSSIBLE_TIME`] or none.
    pub marks: Marks,
}

/// Most days that are remembered: those of a century, and of no export more.
const DAYS: usize = 40_000;

/// Reads clock times in one zone. Remembers the days that had one offset throughout, the last one at
/// hand: messages come in order, and the exports of one import are mostly of the same years.
pub(super) struct Zone {
    zone: Tz,
    day: Option<(i64, i16)>,
    days: HashMap<i64, i16>,
}

fn clock(local: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(local, 0).map(|time| time.naive_utc())
}

fn minutes(offset: impl Offset) -> i16 {
    let seconds = offset.fix().local_minus_utc();
    i16::try_from(seconds.div_euclid(60)).unwrap_or_default()
}

impl Zone {
    pub(super) fn new(zone: Tz) -> Zone {
        Zone {
            zone,
            day: None,
            days: HashMap::new(),
        }
    }

    /// Resolves a time. A clock time that happened twice is read as the first; one that did not
    /// happen is read with the offset that held before the clocks changed.
    pub(super) fn resolve(&mut self, time: Time) -> Resolved {
        match time {
            Time::Unknown => Resolved {
                time: None,
                offset_minutes: 0,
                marks: Marks::default(),
            },
            Time::Instant {
                seconds,
                offset_minutes,
            } => Resolved {
                time: Some(seconds),
                offset_minutes: offset_minutes.unwrap_or_else(|| self.offset_at(seconds)),
                marks: Marks::default(),
            },
            Time::Local(local) => self.resolve_clock(local),
        }
    }

    fn offset_at(&self, seconds: i64) -> i16 {
        clock(seconds).map_or(0, |utc| minutes(self.zone.offset_from_utc_datetime(&utc)))
    }

    fn resolve_clock(&mut self, local: i64) -> Resolved {
        let day = local.div_euclid(DAY);
        let (offset_minutes, marks) = match self.day {
            Some((known, offset)) if known == day => (offset, Marks::default()),
            _ => match self.days.get(&day) {
                Some(offset) => {
                    self.day = Some((day, *offset));
                    (*offset, Marks::default())
                }
                None => self.look_up(local, day),
            },
        };
        Resolved {
            time: local.checked_sub(i64::from(offset_minutes) * 60),
            offset_minutes,
            marks,
        }
    }

    fn look_up(&mut self, local: i64, day: i64) -> (i16, Marks) {
        let Some(naive) = clock(local) else {
            return (0, Marks::default());
        };
        let (offset, marks) = match self.zone.offset_from_local_datetime(&naive) {
            LocalResult::Single(offset) => (minutes(offset), Marks::default()),
            LocalResult::Ambiguous(first, _) => (minutes(first), Marks::AMBIGUOUS_TIME),
            // No zone has skipped more than a day.
            LocalResult::None => (
                self.offset_at(local.saturating_sub(2 * DAY)),
                Marks::IMPOSSIBLE_TIME,
            ),
        };
        // The same offset a day before the day began and a day after it ended: no change between.
        let start = day.saturating_mul(DAY);
        let around = [
            start.saturating_sub(DAY),
            start,
            start.saturating_add(DAY),
            start.saturating_add(2 * DAY),
        ];
        self.day = around
            .iter()
            .all(|at| self.offset_at(*at) == offset)
            .then_some((day, offset));
        if let Some((day, offset)) = self.day {
            if self.days.len() >= DAYS {
                self.days.clear();
            }
            self.days.insert(day, offset);
        }
        (offset, marks)
    }
}

/// An instant as RFC 3339 with this offset: `2021-03-05T09:30:00+00:00`.
pub(super) fn rfc3339(time: i64, offset_minutes: i16) -> Option<String> {
    let offset = chrono::FixedOffset::east_opt(i32::from(offset_minutes) * 60)?;
    DateTime::from_timestamp(time, 0).map(|utc| utc.with_timezone(&offset).to_rfc3339())
}

/// As [`rfc3339`], with the offset that the zone has then.
pub(super) fn rfc3339_in(time: i64, zone: Tz) -> Option<String> {
    rfc3339(time, Zone::new(zone).offset_at(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use chrono_tz::Europe::London;
    use proptest::prelude::*;

    fn local(y: i32, m: u32, d: u32, h: u32, min: u32) -> i64 {
        NaiveDate::from_ymd_opt(y, m, d)
            .unwrap()
            .and_hms_opt(h, min, 0)
            .unwrap()
            .and_utc()
            .timestamp()
    }

    fn read(zone: Tz, at: i64) -> (String, Marks) {
        let resolved = Zone::new(zone).resolve(Time::Local(at));
        (
            rfc3339(resolved.time.unwrap(), resolved.offset_minutes).unwrap(),
            resolved.marks,
        )
    }

    #[test]
    fn winter_summer_and_the_nights_between() {
        let none = Marks::default();
        for (at, expected, marks) in [
            (local(2021, 3, 5, 9, 30), "2021-03-05T09:30:00+00:00", none),
            (local(2021, 7, 5, 9, 30), "2021-07-05T09:30:00+01:00", none),
            (local(2021, 3, 28, 0, 59), "2021-03-28T00:59:00+00:00", none),
            (
                local(2021, 3, 28, 1, 30),
                "2021-03-28T01:30:00+00:00",
                Marks::IMPOSSIBLE_TIME,
            ),
            (local(2021, 3, 28, 2, 0), "2021-03-28T02:00:00+01:00", none),
            (
                local(2021, 10, 31, 0, 59),
                "2021-10-31T00:59:00+01:00",
                none,
            ),
            (
                local(2021, 10, 31, 1, 30),
                "2021-10-31T01:30:00+01:00",
                Marks::AMBIGUOUS_TIME,
            ),
            (local(2021, 10, 31, 2, 0), "2021-10-31T02:00:00+00:00", none),
        ] {
            assert_eq!(read(London, at), (expected.to_owned(), marks));
        }
    }

    #[test]
    fn a_zone_that_skipped_a_day() {
        let (text, marks) = read(chrono_tz::Pacific::Apia, local(2011, 12, 30, 12, 0));
        assert_eq!(marks, Marks::IMPOSSIBLE_TIME);
        assert_eq!(text, "2011-12-30T12:00:00-10:00");
    }

    proptest! {
        #[test]
        fn clock_time_is_time_plus_offset(at in -5_000_000_000i64..10_000_000_000, zone in 0usize..chrono_tz::TZ_VARIANTS.len()) {
            let zone = chrono_tz::TZ_VARIANTS[zone];
            let resolved = Zone::new(zone).resolve(Time::Local(at));
            prop_assert_eq!(resolved.time.unwrap() + i64::from(resolved.offset_minutes) * 60, at);
        }

        #[test]
        fn remembering_changes_nothing(start in 1_600_000_000i64..1_700_000_000, steps in proptest::collection::vec(0i64..40_000, 1..60)) {
            for zone in [London, chrono_tz::Pacific::Apia, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe] {
                let mut one = Zone::new(zone);
                // The second time, as another export of the same days, and backwards.
                let times: Vec<i64> = steps.iter().scan(start, |at, step| { *at += step; Some(*at) }).collect();
                for at in times.iter().chain(times.iter().rev()) {
                    let fresh = Zone::new(zone).resolve(Time::Local(*at));
                    prop_assert_eq!(one.resolve(Time::Local(*at)), fresh);
                }
            }
        }
    }
}
