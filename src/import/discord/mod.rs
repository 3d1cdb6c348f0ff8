//! Discord: conversations as DiscordChatExporter writes them, and the data package that Discord
//! itself hands to an account's owner.

mod exporter;
mod package;

pub use exporter::DiscordExporter;
pub use package::DiscordPackage;

use crate::model::{Address, Time};
use serde_json::Value;

/// The first second of 2015 in milliseconds, from which Discord's ids count
/// (discord.com/developers/docs/reference, "Snowflakes").
const EPOCH: u64 = 1_420_070_400_000;

/// The moment that an id was given, in seconds since 1970.
fn given_at(id: u64) -> Option<i64> {
    let milliseconds = (id >> 22).checked_add(EPOCH)?;
    i64::try_from(milliseconds / 1000).ok()
}

/// An account: the name that others see, and what tells it from others of that name. Since 2023 a
/// name is an account's alone and the number after `#` is 0; accounts that are gone share a name.
fn account(shown: &str, name: &str, number: &str, id: &str) -> Address {
    let alone = number.bytes().all(|digit| digit == b'0');
    let address = match (name, alone) {
        ("" | "Deleted User", _) => id.to_owned(),
        (name, true) => name.to_owned(),
        (name, false) => format!("{name}#{number}"),
    };
    Address::new(if shown.is_empty() { name } else { shown }, &address)
}

/// An id or another scalar as text: ids are written as strings or as numbers.
fn scalar(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A time with its offset, or without one where the message's id shows that it is UTC.
fn time_of(written: &str, id: &str) -> Option<Time> {
    let written = written.trim();
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f%:z"];
    if let Some(time) = zoned
        .iter()
        .find_map(|form| chrono::DateTime::parse_from_str(written, form).ok())
        .or_else(|| chrono::DateTime::parse_from_rfc3339(written).ok())
    {
        return Some(Time::Instant {
            seconds: time.timestamp(),
            offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
        });
    }
    let bare = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let clock = bare
        .iter()
        .find_map(|form| chrono::NaiveDateTime::parse_from_str(written, form).ok())?
        .and_utc()
        .timestamp();
    let given = id.parse().ok().and_then(given_at);
    Some(match given {
        Some(given) if given.abs_diff(clock) <= 1 => Time::Instant {
            seconds: clock,
            offset_minutes: Some(0),
        },
        _ => Time::Local(clock),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_when_they_were_given() {
        // The example of Discord's own documentation: 2016-04-30 11:18:25.796 UTC.
        assert_eq!(given_at(175_928_847_299_117_063), Some(1_462_015_105));
        assert!(given_at(u64::MAX).is_some());
    }

    #[test]
    fn a_time_without_a_zone_is_utc_where_the_id_says_so() {
        let instant = |offset| {
            Some(Time::Instant {
                seconds: 1_462_015_105,
                offset_minutes: Some(offset),
            })
        };
        let id = "175928847299117063";
        for (written, id, time) in [
            ("2016-04-30 11:18:25.796000+00:00", "", instant(0)),
            ("2016-04-30T13:18:25.796+02:00", "", instant(120)),
            ("2016-04-30T11:18:25Z", "", instant(0)),
            ("2016-04-30 11:18:25", id, instant(0)),
            ("2016-04-30 13:18:25", id, Some(Time::Local(1_462_022_305))),
            ("2016-04-30 11:18:25", "x", Some(Time::Local(1_462_015_105))),
            ("30 April", id, None),
        ] {
            assert_eq!(time_of(written, id), time, "{written}");
        }
    }

    #[test]
    fn accounts_of_one_name_are_told_apart() {
        for (account, shown) in [
            (account("Ben", "ben", "8778", "1"), "Ben <ben#8778>"),
            (account("Ben", "ben", "0000", "1"), "Ben <ben>"),
            (account("", "ben", "0", "1"), "ben"),
            (
                account("Deleted User", "Deleted User", "0000", "7"),
                "Deleted User <7>",
            ),
            (account("", "", "", "7"), "7"),
        ] {
            assert_eq!(account.to_string(), shown);
        }
    }
}
