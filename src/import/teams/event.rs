//! What Teams tells of an event: who joined, who called whom.
//!
//! Source: learn.microsoft.com, "eventMessageDetail" and its kinds. The sentence that people see
//! is made by the app and not in the data: what is written here is the kind's own name, and the
//! names that it holds.

use super::each;
use crate::import::Record;
use crate::import::json::text;
use crate::import::records::{attachment, duration};
use crate::model::Kind;
use serde_json::Value;

/// Sets what an event reports, as a record of its own kind.
pub(super) fn set(record: &mut Record, detail: &Value) {
    let kind = text(detail, "@odata.type");
    let kind = kind.rsplit('.').next().unwrap_or(kind);
    let kind = kind.strip_suffix("EventMessageDetail").unwrap_or(kind);
    let mut said = spaced(kind);
    let names: Vec<&str> = each(detail, "members")
        .map(|member| text(member, "displayName"))
        .chain(each(detail, "callParticipants").map(|one| {
            let person = one.get("participant").and_then(|set| set.get("user"));
            person.map_or("", |person| text(person, "displayName"))
        }))
        .filter(|name| !name.is_empty())
        .collect();
    const VALUES: [&str; 8] = [
        "chatDisplayName",
        "channelDisplayName",
        "channelDescription",
        "teamDisplayName",
        "teamDescription",
        "tabName",
        "callRecordingDisplayName",
        "operation",
    ];
    let values = VALUES.iter().map(|key| text(detail, key));
    let mut about: Vec<String> = values
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(seconds) = seconds(text(detail, "callDuration")) {
        about.push(duration(seconds));
    }
    about.extend(names.iter().map(|name| (*name).to_owned()));
    if !about.is_empty() {
        said = format!("{said}: {}", about.join(", "));
    }
    record.text = said;
    record.kind = Kind::System;
    record.extra.event = match kind {
        "membersAdded" => "added",
        "membersDeleted" => "removed",
        "membersJoined" => "joined",
        "membersLeft" => "left",
        "chatRenamed" | "channelRenamed" | "teamRenamed" => "subject",
        "channelDescriptionUpdated" | "teamDescriptionUpdated" => "description",
        "channelAdded" | "teamCreated" => "created",
        "conversationMemberRoleUpdated" => "admin",
        "messagePinned" => "pinned",
        "messageUnpinned" => "unpinned",
        "callStarted" | "callEnded" => {
            record.kind = Kind::Call;
            match text(detail, "callEventType") {
                "meeting" => "meeting",
                "" | "call" => "group",
                other => other,
            }
        }
        "callRecording" | "callTranscript" => {
            let name = match text(detail, "callRecordingDisplayName") {
                "" => "transcript",
                name => name,
            };
            record.extra.attachments.push(attachment(name, "", None));
            record.kind = Kind::Attachment;
            ""
        }
        _ => "settings",
    }
    .to_owned();
}

/// `membersAdded` as words.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for sign in name.chars() {
        if sign.is_uppercase() {
            words.push(' ');
        }
        words.extend(sign.to_lowercase());
    }
    if words.is_empty() {
        "event".clone_into(&mut words);
    }
    words.trim().to_owned()
}

/// A length of time as ISO 8601 writes it: `PT1H2M3.5S`.
fn seconds(written: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut number = String::new();
    for sign in written.strip_prefix("PT")?.chars() {
        let unit = match sign {
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => {
                number.push(sign);
                continue;
            }
        };
        let whole = number.split('.').next().unwrap_or_default();
        total = total.checked_add(whole.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_names_are_read() {
        assert_eq!(seconds("PT1H2M3.5S"), Some(3723));
        assert_eq!(seconds("PT26S"), Some(26));
        assert_eq!(seconds("26"), None);
        assert_eq!(seconds("PTxS"), None);
        assert_eq!(spaced("membersAdded"), "members added");
        assert_eq!(spaced(""), "event");
    }
}
