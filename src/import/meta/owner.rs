//! Whose download it is, by the account's own file in it. Pages stand in downloads without such
//! a file: whose they are is for a person to say.

use super::json::mended;
use crate::import::json::{parse, text};
use crate::import::{Export, ReadError, Record};
use crate::model::Direction;
use serde_json::Value;
use std::io::Read;

/// Longest file of an account that is read; real ones have some kilobytes.
const LONGEST: u64 = 4 << 20;

/// The name of the account, where the download holds the file that says it: of Facebook
/// `profile_information.json` (`profile_v2`, before 2020 `profile`, `name`, `full_name`), of
/// Instagram `personal_information.json` (`profile_user`, `string_map_data`, `Name`, `value`).
/// `None` where there is none, or files that do not agree.
pub(super) fn name(export: &Export) -> Result<Option<String>, ReadError> {
    let mut found: Option<String> = None;
    for (number, item) in (0u32..).zip(&export.items) {
        if !is_account(item.file_name()) || item.size > LONGEST {
            continue;
        }
        let mut bytes = Vec::new();
        let read = export.open(number)?.take(LONGEST).read_to_end(&mut bytes);
        // What cannot be read is told where it is accounted for.
        let value = read.ok().and_then(|_| parse(&bytes));
        let Some(name) = value.and_then(|(value, _)| in_file(&value)) else {
            continue;
        };
        match &found {
            Some(before) if *before != name => return Ok(None),
            _ => found = Some(name),
        }
    }
    Ok(found)
}

/// Whether a file of this name says whose account it is.
pub(super) fn is_account(file: &str) -> bool {
    matches!(
        file,
        "profile_information.json" | "personal_information.json"
    )
}

fn in_file(value: &Value) -> Option<String> {
    let facebook = ["profile_v2", "profile"].iter().find_map(|key| {
        let name = value.get(key)?.get("name")?;
        Some(name.as_str().unwrap_or_else(|| text(name, "full_name")))
    });
    let instagram = || {
        let user = value.get("profile_user")?.as_array()?.first()?;
        Some(text(user.get("string_map_data")?.get("Name")?, "value"))
    };
    let name = mended(facebook.or_else(instagram)?.trim());
    (!name.is_empty()).then_some(name)
}

/// Says of a message which way it went, where the account's name is known and stands in the
/// conversation for one person only.
pub(super) fn tell(record: &mut Record, owner: Option<&str>) {
    if let (Some(owner), Some(sender), true) =
        (owner, record.sender.as_deref(), record.kind.is_decidable())
    {
        record.extra.direction = Some(match sender == owner {
            true => Direction::Sent,
            false => Direction::Received,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_tell_their_names() {
        for (json, name) in [
            (
                r#"{"profile_v2":{"name":{"full_name":"Zo\u00c3\u00ab Ek","first_name":"Z"}}}"#,
                Some("Zo\u{eb} Ek"),
            ),
            (r#"{"profile":{"name":"Bo Ek"}}"#, Some("Bo Ek")),
            (
                r#"{"profile_user":[{"string_map_data":{"Name":{"value":"Cy Dow"},"Email":{"value":"c@x"}}}]}"#,
                Some("Cy Dow"),
            ),
            (r#"{"profile_user":[]}"#, None),
            (r#"{"profile_v2":{"name":{"full_name":" "}}}"#, None),
        ] {
            let value = parse(json.as_bytes()).map(|(value, _)| value);
            let found = value.as_ref().and_then(in_file);
            assert_eq!(found.as_deref(), name, "{json}");
        }
    }
}
