//! Lines that Signal wrote itself: changes of groups, names and timers, and calls.

use super::people::Book;
use crate::import::json::{number, text};
use crate::import::records::duration;
use serde_json::Value;

/// What an update says: its words, and the word for its event.
pub(super) struct Told {
    pub(super) words: String,
    pub(super) event: &'static str,
}

/// The update of a chat item that is neither a call nor unknown.
pub(super) fn told(update: &Value, book: &Book) -> Option<Told> {
    let (kind, value) = update.as_object()?.iter().next()?;
    let told = |words: String, event| Some(Told { words, event });
    match kind.as_str() {
        "groupChange" => {
            let changes = value.get("updates").and_then(Value::as_array)?;
            let mut event = "group";
            let mut words = Vec::new();
            for change in changes {
                for (kind, value) in change.as_object()? {
                    event = event_of(kind);
                    words.push(sentence(kind, value, book));
                }
            }
            told(words.join("\n"), event)
        }
        "simpleUpdate" => {
            let kind = text(value, "type").to_ascii_lowercase().replace('_', " ");
            told(capital(&kind), simple_event(&kind))
        }
        "expirationTimerChange" => told(timer(number(value, "expiresInMs")), "timer"),
        "profileChange" => told(
            format!(
                "Changed their name from {} to {}",
                text(value, "previousName"),
                text(value, "newName")
            ),
            "renamed",
        ),
        "pollTerminate" => told(
            format!("Closed the poll: {}", text(value, "question")),
            "poll-closed",
        ),
        "pinMessage" => told("Pinned a message".into(), "pinned"),
        kind => told(sentence(kind, value, book), ""),
    }
}

/// The words for a timer of so many milliseconds.
fn timer(milliseconds: Option<i64>) -> String {
    match milliseconds {
        None | Some(0) => "Disappearing messages: off".into(),
        Some(time) => {
            let seconds = time / 1000;
            let days = seconds / 86_400;
            let left = seconds % 86_400;
            if days > 0 && left == 0 {
                let unit = if days == 1 { "day" } else { "days" };
                format!("Disappearing messages: after {days} {unit}")
            } else {
                format!("Disappearing messages: after {}", duration(seconds))
            }
        }
    }
}

fn event_of(kind: &str) -> &'static str {
    match kind {
        "groupCreationUpdate" => "created",
        "groupNameUpdate" => "subject",
        "groupMemberAddedUpdate"
        | "selfInvitedToGroupUpdate"
        | "selfInvitedOtherUserToGroupUpdate"
        | "groupUnknownInviteeUpdate" => "added",
        "groupMemberJoinedUpdate"
        | "groupMemberJoinedByLinkUpdate"
        | "groupInvitationAcceptedUpdate" => "joined",
        "groupMemberLeftUpdate" => "left",
        "groupMemberRemovedUpdate" => "removed",
        "groupExpirationTimerUpdate" => "timer",
        _ => "group",
    }
}

fn simple_event(kind: &str) -> &'static str {
    match kind {
        "identity update" | "identity verified" | "identity default" => "security-code",
        "change number" => "number",
        "blocked" => "blocked",
        "unblocked" => "unblocked",
        _ => "",
    }
}

/// The words for what happens most.
fn plain(kind: &str, value: &Value, book: &Book) -> Option<String> {
    let who = |field: &str| Some(book.account(value.get(field)?.as_str()?));
    let by = || who("updaterAci").unwrap_or_else(|| "Someone".into());
    Some(match kind {
        "groupCreationUpdate" => format!("{} created the group", by()),
        "groupMemberAddedUpdate" => format!("{} added {}", by(), who("newMemberAci")?),
        "groupMemberRemovedUpdate" => {
            let remover = who("removerAci").unwrap_or_else(|| "Someone".into());
            format!("{remover} removed {}", who("removedAci")?)
        }
        "groupMemberLeftUpdate" => format!("{} left", who("aci")?),
        "groupMemberJoinedUpdate" => format!("{} joined", who("newMemberAci")?),
        "groupMemberJoinedByLinkUpdate" => format!("{} joined by the link", who("newMemberAci")?),
        "groupNameUpdate" => match text(value, "newGroupName") {
            "" => format!("{} removed the group's name", by()),
            name => format!("{} named the group “{name}”", by()),
        },
        "groupExpirationTimerUpdate" => {
            format!("{} ({})", timer(number(value, "expiresInMs")), by())
        }
        _ => return None,
    })
}

/// What an update says: for the rarer ones, `groupInviteLinkResetUpdate` with its fields as
/// `Group invite link reset (by: Ann)`.
fn sentence(kind: &str, value: &Value, book: &Book) -> String {
    if let Some(words) = plain(kind, value, book) {
        return words;
    }
    let bare = ["ChangeUpdate", "Update", "Change"]
        .iter()
        .find_map(|end| kind.strip_suffix(end))
        .unwrap_or(kind);
    let mut details = Vec::new();
    field_words(value, book, 0, &mut details);
    let head = capital(&spaced(bare));
    if details.is_empty() {
        head
    } else {
        format!("{head} ({})", details.join("; "))
    }
}

fn field_words(value: &Value, book: &Book, depth: u8, details: &mut Vec<String>) {
    let Some(fields) = value.as_object() else {
        return;
    };
    for (name, value) in fields {
        let account = ["Aci", "Pni", "ServiceId", "aci"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        match (account, value) {
            (Some(who), Value::String(account)) => {
                let who = match who {
                    "updater" | "remover" | "revoker" => "by".into(),
                    "" => "who".into(),
                    who => spaced(who),
                };
                details.push(format!("{who}: {}", book.account(account)));
            }
            (None, Value::String(text)) => details.push(format!("{}: {text}", spaced(name))),
            (None, Value::Number(number)) => details.push(format!("{}: {number}", spaced(name))),
            (None, Value::Bool(true)) => details.push(spaced(name)),
            (None, Value::Array(several)) if depth < 4 => {
                for one in several {
                    field_words(one, book, depth.saturating_add(1), details);
                }
            }
            _ => {}
        }
    }
}

/// `newGroupName` as `new group name`.
fn spaced(name: &str) -> String {
    let mut out = String::new();
    for sign in name.chars() {
        if sign.is_ascii_uppercase() {
            out.push(' ');
            out.push(sign.to_ascii_lowercase());
        } else {
            out.push(sign);
        }
    }
    out.trim().to_owned()
}

fn capital(words: &str) -> String {
    let mut signs = words.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

/// A call's words, and whether the owner made it, where that is told.
pub(super) fn call(update: &Value, book: &Book) -> Option<(String, Option<bool>, String)> {
    if let Some(call) = update.get("individualCall") {
        let kind = match text(call, "type") {
            "VIDEO_CALL" => "Video call",
            "AUDIO_CALL" => "Voice call",
            _ => "Call",
        };
        let outgoing = match text(call, "direction") {
            "OUTGOING" => Some(true),
            "INCOMING" => Some(false),
            _ => None,
        };
        return Some((with_state(kind, call), outgoing, String::new()));
    }
    let call = update.get("groupCall")?;
    let mut words = with_state("Group call", call);
    let begun = number(call, "startedCallTimestamp");
    if let (Some(begun), Some(ended)) = (begun, number(call, "endedCallTimestamp"))
        && ended > begun
    {
        words.push_str(&format!(", {}", duration((ended - begun) / 1000)));
    }
    let by = super::people::id(call.get("startedCallRecipientId"));
    let outgoing = (!by.is_empty()).then(|| book.is_self(&by));
    Some((words, outgoing, by))
}

pub(super) fn with_state(kind: &str, call: &Value) -> String {
    let state = text(call, "state").to_ascii_lowercase().replace('_', " ");
    match state.as_str() {
        "" | "generic" | "unknown state" => kind.to_owned(),
        state => format!("{kind}, {state}"),
    }
}
