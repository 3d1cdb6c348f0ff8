//! Times as they are printed.

use chrono::{DateTime, FixedOffset, SecondsFormat};

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
pub fn minute(seconds: Option<i64>, offset_minutes: i16) -> String {
    match clock(seconds, offset_minutes) {
        Some(time) => time.format("%Y-%m-%d %H:%M").to_string(),
        None => "no time".to_owned(),
    }
}

/// For a person, of a time that is RFC 3339 already: to the minute, without its offset.
pub fn written(rfc3339: &str) -> String {
    rfc3339.get(..16).unwrap_or(rfc3339).replace('T', " ")
}

/// RFC 3339 of an instant in a zone.
pub fn rfc3339_in(seconds: Option<i64>, zone: chrono_tz::Tz) -> Option<String> {
    let instant = DateTime::from_timestamp(seconds?, 0)?.with_timezone(&zone);
    Some(instant.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// The day of an instant in a zone: `2021-03-05`; empty where there is no time.
pub fn day_in(seconds: Option<i64>, zone: chrono_tz::Tz) -> String {
    seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(|instant| instant.with_timezone(&zone).format("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_their_offset() {
        assert_eq!(
            rfc3339(Some(1_614_952_931), 60).as_deref(),
            Some("2021-03-05T15:02:11+01:00")
        );
        assert_eq!(minute(Some(1_614_952_931), 0), "2021-03-05 14:02");
        assert_eq!(rfc3339(None, 0), None);
        assert_eq!(rfc3339(Some(i64::MAX), 0), None);
        assert_eq!(minute(None, 0), "no time");
        assert_eq!(
            day_in(Some(1_625_097_600), chrono_tz::Europe::London),
            "2021-07-01"
        );
    }
}
