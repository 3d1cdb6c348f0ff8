//! One message of a Slack export.

use super::mrkdwn::{self, Names};
use super::{Workspace, blocks, emoji};
use crate::import::Record;
use crate::import::json::{number, text};
use crate::import::records::{attachment, duration, paragraphs, quoted, set_marks, set_written_at};
use crate::import::window::blank;
use crate::model::{Address, Kind, Marks, Reaction, Time, Version};
use serde_json::Value;

/// Most reactions without a name that are listed one by one.
const MOST_NAMELESS: u64 = 1000;

/// The record of a message; `None` where it has no time.
pub(super) fn record(
    bytes: &[u8],
    message: &Value,
    damaged: bool,
    thread: u32,
    workspace: &Workspace,
) -> Option<Record> {
    let ts = text(message, "ts");
    let mut record = blank(thread);
    record.time = time(ts)?;
    set_written_at(&mut record, bytes, &["ts"]);
    record.extra.message_id = ts.to_owned();
    let root = text(message, "thread_ts");
    if !root.is_empty() && root != ts {
        record.extra.reply_to.push(root.to_owned());
    }
    record.sender = sender(message, workspace);
    record.text = body(message, workspace);
    record.extra.forwarded = blocks::shared_from(message);
    if let Some(edited) = message.get("edited") {
        record.marks = record.marks.with(Marks::EDITED);
        let by = Some(text(edited, "user")).filter(|user| !user.is_empty());
        let by = by.map_or_else(String::new, |user| {
            let name = workspace.person(user).unwrap_or_else(|| user.to_owned());
            format!(" by {name}")
        });
        let written = text(edited, "ts");
        let when = match time(written) {
            Some(Time::Instant { seconds, .. }) => chrono::DateTime::from_timestamp(seconds, 0),
            _ => None,
        };
        let when = when.map(|when| format!(" at {} UTC", when.format("%Y-%m-%d %H:%M:%S")));
        let when = when.unwrap_or_default();
        if !(by.is_empty() && when.is_empty()) {
            record.extra.notes.push(format!("It was edited{when}{by}."));
        }
    }
    for file in files(message) {
        let item = workspace.files.get(text(file, "id")).copied();
        let name = [text(file, "name"), text(file, "title")];
        let name = name.iter().find(|name| !name.is_empty());
        let name = name.copied().unwrap_or_default();
        let mut one = attachment(name, text(file, "mimetype"), item);
        if text(file, "mode") == "tombstone" {
            one.media = String::new();
            let note = "A file of this message was deleted.";
            record.extra.notes.push(note.into());
        }
        record.extra.attachments.push(one);
    }
    set_reactions(&mut record, message, workspace);
    set_kind(&mut record, message, workspace);
    set_marks(&mut record, damaged);
    Some(record)
}

/// `1452837318.000002`: seconds since the epoch, and a number that makes it the message's name.
fn time(ts: &str) -> Option<Time> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(seconds) && digits(fraction)).then_some(())?;
    Some(Time::Instant {
        seconds: seconds.parse().ok()?,
        offset_minutes: None,
    })
}

fn files(message: &Value) -> impl Iterator<Item = &Value> {
    let many = message.get("files").and_then(Value::as_array);
    // Until 2018 a message had one file.
    let one = message.get("file").filter(|file| file.is_object());
    many.into_iter()
        .flatten()
        .chain(one.filter(|_| many.is_none()))
}

fn sender(message: &Value, workspace: &Workspace) -> Option<String> {
    let inner = |key: &str| message.get(key).unwrap_or(&Value::Null);
    let by_id = [
        text(message, "user"),
        text(inner("comment"), "user"),
        text(inner("message"), "user"),
        text(inner("previous_message"), "user"),
    ];
    let huddle = text(message, "subtype") == "huddle_thread";
    let by_id = Some(text(inner("room"), "created_by"))
        .filter(|_| huddle)
        .into_iter()
        .chain(by_id)
        .find(|id| !id.is_empty());
    if let Some(id) = by_id {
        return Some(workspace.shown(id));
    }
    let names = [
        text(message, "username"),
        text(inner("bot_profile"), "name"),
    ];
    let name = names.iter().find(|name| !name.is_empty());
    let id = text(message, "bot_id");
    match name {
        Some(name) => Some(Address::new(name, id).to_string()),
        None => Some(workspace.shown(id)).filter(|shown| !shown.is_empty()),
    }
}

/// What a message says, and below it what it shows of links, files of bots and shared messages.
fn body(message: &Value, workspace: &Workspace) -> String {
    let source = match text(message, "subtype") {
        "message_changed" => message.get("message").unwrap_or(message),
        "message_deleted" => message.get("previous_message").unwrap_or(message),
        _ => message,
    };
    let mut said = text(source, "text").to_owned();
    for (name, signs) in blocks::emoji(source) {
        said = said.replace(&name, &signs);
    }
    let said = mrkdwn::to_text(&said, workspace);
    let mut own = Vec::new();
    if said.trim().is_empty() || blocks::has_own_words(source) {
        let words = blocks::words(source, workspace);
        if !same_words(&said, &words) {
            own.push(words);
        }
    }
    let shown = blocks::attachments(source, workspace);
    let bare = said.trim().is_empty() && own.is_empty();
    own.push(if bare { shown } else { quoted(&shown) });
    paragraphs(std::iter::once(said.as_str()).chain(own.iter().map(String::as_str)))
}

/// Whether one text holds the other's words, white space aside.
fn same_words(said: &str, words: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    plain(said).contains(&plain(words))
}

fn set_reactions(record: &mut Record, message: &Value, workspace: &Workspace) {
    let all = message.get("reactions").and_then(Value::as_array);
    for reaction in all.into_iter().flatten() {
        let value = emoji::reaction(text(reaction, "name"));
        let users = reaction.get("users").and_then(Value::as_array);
        let users: Vec<&str> = users
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let count = reaction.get("count").and_then(Value::as_u64).unwrap_or(0);
        let nameless = count.saturating_sub(users.len() as u64).min(MOST_NAMELESS);
        let named = users.iter().map(|id| workspace.shown(id));
        let all = named.chain((0..nameless).map(|_| String::new()));
        record.extra.reactions.extend(all.map(|who| Reaction {
            value: value.clone(),
            who,
            written: String::new(),
        }));
    }
}

/// What a message is, by its subtype. One that is not known stays a message that is decided on.
fn set_kind(record: &mut Record, message: &Value, workspace: &Workspace) {
    let subtype = text(message, "subtype");
    let event = match subtype {
        "channel_join" | "group_join" | "app_conversation_join" => "joined",
        "channel_leave" | "group_leave" => "left",
        "channel_name" | "group_name" => "subject",
        "channel_topic" | "channel_purpose" | "group_topic" | "group_purpose" => "description",
        "channel_archive" | "group_archive" => "archived",
        "channel_unarchive" | "group_unarchive" => "unarchived",
        "pinned_item" => "pinned",
        "unpinned_item" => "unpinned",
        "bot_add" | "bot_enable" => "added",
        "bot_remove" | "bot_disable" => "removed",
        "channel_posting_permissions"
        | "channel_convert_to_private"
        | "channel_convert_to_public"
        | "channel_canvas_updated"
        | "tabbed_canvas_updated" => "settings",
        _ => "",
    };
    record.kind = match subtype {
        _ if !event.is_empty() => Kind::System,
        "tombstone" => Kind::Deleted,
        "huddle_thread" | "sh_room_created" | "sh_room_shared" => Kind::Call,
        "ekm_access_denied" => Kind::NotExported,
        "message_deleted" => {
            record
                .extra
                .notes
                .push("An entry of the workspace's log: this message was deleted.".into());
            let id = text(message, "deleted_ts");
            record.extra.reply_to = vec![id.to_owned()];
            Kind::Deleted
        }
        _ if !record.extra.attachments.is_empty() => Kind::Attachment,
        _ if record.text.trim().is_empty() => Kind::NotExported,
        _ => Kind::Text,
    };
    event.clone_into(&mut record.extra.event);
    if subtype == "message_changed" {
        record.marks = record.marks.with(Marks::EDITED);
        record.extra.notes.push(
            "An entry of the workspace's log: this message was edited, and this is its new text."
                .into(),
        );
        let before = ["previous_message", "original"];
        let before = before.iter().find_map(|key| message.get(*key));
        if let Some(before) = before {
            record.extra.versions.push(Version {
                text: mrkdwn::to_text(text(before, "text"), workspace),
                written: text(before, "ts").to_owned(),
            });
        }
    }
    if record.kind == Kind::Call {
        set_call(record, message, workspace);
    }
}

fn set_call(record: &mut Record, message: &Value, workspace: &Workspace) {
    record.extra.event = "group".into();
    let room = message.get("room").unwrap_or(&Value::Null);
    let mut head = String::from("Huddle");
    let ends = (number(room, "date_start"), number(room, "date_end"));
    if let (Some(start), Some(end)) = ends
        && end > start
    {
        head.push_str(", ");
        head.push_str(&duration(end.saturating_sub(start)));
    }
    let people = room.get("participant_history").or(room.get("participants"));
    let people: Vec<String> = people
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|id| workspace.person(id).unwrap_or_else(|| id.to_owned()))
        .collect();
    if !people.is_empty() {
        head.push_str(": ");
        head.push_str(&people.join(", "));
    }
    if room.is_object() {
        record.text = paragraphs([head.as_str(), record.text.as_str()]);
    }
}
