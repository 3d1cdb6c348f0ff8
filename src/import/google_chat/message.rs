//! One message of Google Chat.

use super::{Account, dates, person};
use crate::import::Record;
use crate::import::json::text;
use crate::import::records::{attachment, paragraphs, quoted, set_marks, set_written_at};
use crate::import::window::blank;
use crate::model::{Direction, Kind, Marks, Reaction};
use serde_json::Value;

/// The key that Takeout writes a link's address under.
const ADDRESS: &str = "private_do_not_access_or_else_safe_url_wrapped_value";

/// The record of a message; `None` where it is none of Google Chat's.
pub(super) fn record(
    bytes: &[u8],
    message: &Value,
    damaged: bool,
    thread: u32,
    folder: &str,
    account: &Account,
) -> Option<Record> {
    let mut record = blank(thread);
    let deleted = text(message, "message_state") == "DELETED";
    let key = ["created_date", "deleted_date"]
        .into_iter()
        .find(|key| !text(message, key).is_empty());
    let sender = message.get("creator").map(person).unwrap_or_default();
    if key.is_none() && sender.is_empty() {
        return None;
    }
    if let Some(key) = key {
        set_written_at(&mut record, bytes, &[key]);
        match dates::read(text(message, key)) {
            Some(time) => record.time = time,
            None => record
                .extra
                .notes
                .push("Its date is in words that are not known.".into()),
        }
        if key == "deleted_date" {
            record.extra.time_basis = "deletion".into();
        }
    }
    if !sender.is_empty() {
        record.sender = Some(account.known(&sender));
        record.extra.direction = account.is_owner(&sender).map(|mine| {
            if mine {
                Direction::Sent
            } else {
                Direction::Received
            }
        });
    }
    set_ids(&mut record, message);
    let edited = text(message, "updated_date");
    if !edited.is_empty() && edited != text(message, "created_date") {
        record.marks = record.marks.with(Marks::EDITED);
        record
            .extra
            .notes
            .push(format!("It was edited at {edited}."));
    }
    for file in each(message, "attached_files") {
        let exported = text(file, "export_name");
        let name = match text(file, "original_name") {
            "" => exported,
            name => name,
        };
        let item = item_of(exported, folder, account);
        record.extra.attachments.push(attachment(name, "", item));
    }
    record.text = body(message);
    for reaction in each(message, "reactions") {
        set_reaction(&mut record, reaction, account);
    }
    record.kind = match call(message) {
        _ if deleted => Kind::Deleted,
        _ if !record.extra.attachments.is_empty() => Kind::Attachment,
        Some(status) if record.text.trim().is_empty() => {
            record.text = format!("Call {status}");
            status.clone_into(&mut record.extra.event);
            Kind::Call
        }
        _ if record.text.trim().is_empty() => Kind::NotExported,
        _ => Kind::Text,
    };
    let by = message
        .get("deletion_metadata")
        .map_or("", |deletion| text(deletion, "deletion_type"));
    if deleted && !by.is_empty() {
        let by = by.to_lowercase().replace('_', " ");
        record.extra.notes.push(format!("Deleted by: {by}."));
    }
    set_marks(&mut record, damaged);
    Some(record)
}

/// The elements of an array; none where it is not one.
fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Its id; the first message of its topic, and the message it quotes.
fn set_ids(record: &mut Record, message: &Value) {
    let id = text(message, "message_id");
    id.clone_into(&mut record.extra.message_id);
    let mut parts = id.rsplit('/');
    if let (Some(own), Some(topic), Some(space)) = (parts.next(), parts.next(), parts.next())
        && own != topic
    {
        record
            .extra
            .reply_to
            .push(format!("{space}/{topic}/{topic}"));
    }
    let quoted = message
        .get("quoted_message_metadata")
        .map_or("", |quoted| text(quoted, "message_id"));
    if !quoted.is_empty() && !record.extra.reply_to.iter().any(|one| one == quoted) {
        record.extra.reply_to.push(quoted.to_owned());
    }
}

/// The file beside the messages. Signs that a file system does not take become `_` on the disk.
fn item_of(exported: &str, folder: &str, account: &Account) -> Option<u32> {
    if exported.is_empty() {
        return None;
    }
    let path = |name: &str| match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    let find = |name: &str| account.files.get(&path(name)).copied();
    find(exported).or_else(|| {
        let plain = exported.replace(['?', '*', ':', '"', '<', '>', '|', '/', '\\'], "_");
        find(&plain)
    })
}

/// What it quotes, what it says, and the addresses of links that its words do not show.
fn body(message: &Value) -> String {
    let said = text(message, "text");
    let quote = message
        .get("quoted_message_metadata")
        .map(|one| {
            let who = one.get("creator").map(person).unwrap_or_default();
            let words = text(one, "text");
            match (who.name.as_str(), words) {
                (_, "") => String::new(),
                ("", words) => quoted(words),
                (name, words) => quoted(&format!("{name}: {words}")),
            }
        })
        .unwrap_or_default();
    let mut links: Vec<String> = Vec::new();
    for annotation in each(message, "annotations") {
        let part = |key: &str| annotation.get(key);
        let address = |of: &Value| {
            let url = of.get("url").unwrap_or(&Value::Null);
            text(url, ADDRESS).to_owned()
        };
        let meeting = part("video_call_metadata")
            .and_then(|call| call.get("meeting_space"))
            .map(|space| text(space, "meeting_url").to_owned());
        let link = part("url_metadata")
            .map(address)
            .or_else(|| part("interaction_data").map(address))
            .or(meeting)
            .filter(|link| !link.is_empty() && !said.contains(link.as_str()))
            .map(|link| format!("<{link}>"));
        links.extend(link.filter(|link| !links.contains(link)));
    }
    paragraphs([quote.as_str(), said, links.join("\n").as_str()])
}

/// `ended` where the message stands for a call.
fn call(message: &Value) -> Option<String> {
    each(message, "annotations").find_map(|annotation| {
        let call = annotation
            .get("gsuite_integration_metadata")?
            .get("call_data")?;
        let status = text(call, "call_status").to_lowercase();
        Some(status.strip_prefix("call_").unwrap_or(&status).to_owned())
    })
}

fn set_reaction(record: &mut Record, reaction: &Value, account: &Account) {
    let emoji = reaction.get("emoji").unwrap_or(&Value::Null);
    let custom = emoji.get("custom_emoji").unwrap_or(&Value::Null);
    let value = [
        text(emoji, "unicode"),
        text(custom, "short_code"),
        text(custom, "shortcode"),
    ]
    .into_iter()
    .find(|value| !value.is_empty())
    .unwrap_or("(own emoji)");
    let who: Vec<&str> = each(reaction, "reactor_emails")
        .filter_map(Value::as_str)
        .collect();
    let one = |who: String| Reaction {
        value: value.to_owned(),
        who,
        written: String::new(),
    };
    if who.is_empty() {
        record.extra.reactions.push(one(String::new()));
    }
    let named = who.iter().map(|mail| one(account.shown(mail)));
    record.extra.reactions.extend(named);
}
