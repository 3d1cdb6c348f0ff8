//! Times as they are printed.

use crate::settings::{DateForm, Dates};
use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat};

/// An instant on the clock it was read with; `None` where there is no time or it is beyond what a
/// calendar can tell.
fn clock(seconds: Option<i64>, offset_minutes: i16) -> Option<DateTime<FixedOffset>> {
    let offset = FixedOffset::east_opt(i32::from(offset_minutes) * 60)?;
    let instant = DateTime::from_timestamp(seconds?, 0)?;
    Some(instant.with_timezone(&offset))
}

/// RFC 3339 with the offset: `2021-03-05T14:02:11+00:00`.
pub fn rfc3339(seconds: Option<i64>, offset_minutes: i16) -> Option<String> {
    Some(clock(seconds, offset_minutes)?.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// For a person: `2021-03-05 14:02`, or `no time`.
pub fn minute(dates: Dates, seconds: Option<i64>, offset_minutes: i16) -> String {
    match local(seconds, offset_minutes) {
        // Days in words differ in width; in a column the times stand under each other.
        Some(time) => {
            let room = if dates.form == DateForm::Words {
                Dates::SHORT
            } else {
                0
            };
            format!("{:<room$} {}", dates.short(time), time.format("%H:%M"))
        }
        None => "no time".to_owned(),
    }
}

/// An instant as the clock it was read with showed it.
pub fn local(seconds: Option<i64>, offset_minutes: i16) -> Option<NaiveDateTime> {
    Some(clock(seconds, offset_minutes)?.naive_local())
}

fn to_the_minute(dates: Dates, time: NaiveDateTime) -> String {
    format!("{} {}", dates.short(time), time.format("%H:%M"))
}

/// For a person, of a time that is RFC 3339 already: to the minute, without its offset.
pub fn written(dates: Dates, rfc3339: &str) -> String {
    match DateTime::parse_from_rfc3339(rfc3339) {
        Ok(time) => to_the_minute(dates, time.naive_local()),
        Err(_) => rfc3339.to_owned(),
    }
}

/// The same, the day alone.
pub fn written_day(dates: Dates, rfc3339: &str) -> String {
    match DateTime::parse_from_rfc3339(rfc3339) {
        Ok(time) => dates.short(time.naive_local()),
        Err(_) => rfc3339.to_owned(),
    }
}

/// RFC 3339 of an instant in a zone.
pub fn rfc3339_in(seconds: Option<i64>, zone: chrono_tz::Tz) -> Option<String> {
    let instant = DateTime::from_timestamp(seconds?, 0)?.with_timezone(&zone);
    Some(instant.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// The day of an instant in a zone: `2021-03-05`; empty where there is no time.
pub fn day_in(dates: Dates, seconds: Option<i64>, zone: chrono_tz::Tz) -> String {
    seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(|instant| dates.short(instant.with_timezone(&zone).naive_local()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn times_carry_their_offset() {
        assert_eq!(
            rfc3339(Some(1_614_952_931), 60).as_deref(),
            Some("2021-03-05T15:02:11+01:00")
        );
        let dates = Settings::default().printed_dates();
        assert_eq!(minute(dates, Some(1_614_952_931), 0), "2021-03-05 14:02");
        assert_eq!(
            written(dates, "2021-03-05T14:02:11+01:00"),
            "2021-03-05 14:02"
        );
        assert_eq!(written_day(dates, "2021-03-05T14:02:11Z"), "2021-03-05");
        assert_eq!(written_day(dates, "yesterday"), "yesterday");
        assert_eq!(rfc3339(None, 0), None);
        assert_eq!(rfc3339(Some(i64::MAX), 0), None);
        assert_eq!(minute(dates, None, 0), "no time");
        assert_eq!(
            day_in(dates, Some(1_625_097_600), chrono_tz::Europe::London),
            "2021-07-01"
        );
    }
}
