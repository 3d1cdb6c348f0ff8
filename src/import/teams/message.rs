//! One message of the Graph API.

use super::graph::Directory;
use super::{content, each, event, reaction};
use crate::import::blocks::elements;
use crate::import::json::text;
use crate::import::records::{attachment, instant, paragraphs, quoted, set_marks, set_written_at};
use crate::import::window::blank;
use crate::import::{Record, with_subject};
use crate::model::{Kind, Marks, Reaction};
use serde_json::Value;

/// The record of a message; `None` where it has no id and time.
pub(super) fn record(
    bytes: &[u8],
    message: &Value,
    damaged: bool,
    thread: u32,
    directory: &Directory,
) -> Option<Record> {
    let id = text(message, "id");
    let created = text(message, "createdDateTime");
    if id.is_empty() {
        return None;
    }
    let mut record = blank(thread);
    record.time = instant(created)?;
    set_written_at(&mut record, bytes, &["createdDateTime"]);
    if record.written.is_none() || record.extra.time_as_written.is_some() {
        record.extra.time_as_written = Some(created.to_owned());
    }
    id.clone_into(&mut record.extra.message_id);
    let root = text(message, "replyToId");
    if !root.is_empty() && root != id {
        record.extra.reply_to.push(root.to_owned());
    }
    record.sender = message
        .get("from")
        .map(|from| identity(from, directory))
        .filter(|name| !name.is_empty());
    let edited = text(message, "lastEditedDateTime");
    if !edited.is_empty() {
        record.marks = record.marks.with(Marks::EDITED);
        record
            .extra
            .notes
            .push(format!("It was edited at {edited}."));
    }
    let deleted = text(message, "deletedDateTime");
    if !deleted.is_empty() {
        record
            .extra
            .notes
            .push(format!("It was deleted at {deleted}."));
    }
    for one in each(message, "reactions") {
        record.extra.reactions.push(reaction_of(one, directory));
    }
    match text(message, "importance") {
        "" | "normal" => {}
        other => record.extra.labels.push(format!("importance: {other}")),
    }
    set_body(&mut record, message, directory);
    let detail = message.get("eventDetail").filter(|one| one.is_object());
    record.kind = match detail {
        _ if !text(message, "deletedDateTime").is_empty() => Kind::Deleted,
        _ if !record.extra.attachments.is_empty() => Kind::Attachment,
        _ if record.text.trim().is_empty() => Kind::NotExported,
        _ => Kind::Text,
    };
    if let Some(detail) = detail {
        event::set(&mut record, detail);
        let initiator = detail.get("initiator").map(|one| identity(one, directory));
        record.sender = record.sender.or(initiator.filter(|name| !name.is_empty()));
    }
    set_marks(&mut record, damaged);
    Some(record)
}

/// Someone as an identity set names them: a person, an app or a device.
fn identity(set: &Value, directory: &Directory) -> String {
    let part = |key: &str| set.get(key).filter(|one| one.is_object());
    let Some(one) = part("user").or(part("application")).or(part("device")) else {
        return String::new();
    };
    directory.shown(text(one, "id"), text(one, "displayName"))
}

fn reaction_of(one: &Value, directory: &Directory) -> Reaction {
    let who = one.get("user").map(|set| identity(set, directory));
    let value = match (text(one, "reactionType"), text(one, "displayName")) {
        ("custom", name) if !name.is_empty() => format!(":{name}:"),
        (word, _) => reaction(word).to_owned(),
    };
    Reaction {
        value,
        who: who.unwrap_or_default(),
        written: text(one, "createdDateTime").to_owned(),
    }
}

/// The text with what it quotes, forwards and shows as cards; and the files it names.
fn set_body(record: &mut Record, message: &Value, directory: &Directory) {
    let body = message.get("body").unwrap_or(&Value::Null);
    let (kind, written) = (text(body, "contentType"), text(body, "content"));
    let said = match written.trim() {
        "<systemEventMessage/>" => String::new(),
        _ => content::body(kind, written),
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for file in each(message, "attachments") {
        let inside: Value = serde_json::from_str(text(file, "content")).unwrap_or_default();
        match text(file, "contentType") {
            "messageReference" => {
                let id = match text(&inside, "messageId") {
                    "" => text(file, "id"),
                    id => id,
                };
                if !id.is_empty() && !record.extra.reply_to.iter().any(|one| one == id) {
                    record.extra.reply_to.push(id.to_owned());
                }
                let who = inside.get("messageSender").unwrap_or(&Value::Null);
                before.push(cited(&name_of(who), text(&inside, "messagePreview")));
            }
            "forwardedMessageReference" => {
                let who = inside.get("originalMessageSender").unwrap_or(&Value::Null);
                record.extra.forwarded = Some(identity(who, directory));
                let words = content::body("html", text(&inside, "originalMessageContent"));
                after.push(cited(&name_of(who), &words));
            }
            kind if kind.starts_with("application/vnd.microsoft.") => {
                after.push(card(&inside));
            }
            kind => {
                let name = match text(file, "name") {
                    "" => text(file, "contentUrl")
                        .rsplit('/')
                        .next()
                        .unwrap_or_default(),
                    name => name,
                };
                let kind = if kind.contains('/') { kind } else { "" };
                record.extra.attachments.push(attachment(name, kind, None));
            }
        }
    }
    if kind.eq_ignore_ascii_case("html") {
        inline_images(record, written);
    }
    let parts = before.iter().map(String::as_str);
    let parts = parts
        .chain([said.as_str()])
        .chain(after.iter().map(String::as_str));
    let subject = text(message, "subject").trim();
    record.text = with_subject(subject, paragraphs(parts));
    subject.clone_into(&mut record.extra.subject);
}

/// Pictures that were pasted into a message: the API keeps them as contents of their own.
fn inline_images(record: &mut Record, html: &str) {
    if !html.contains("<img") {
        return;
    }
    for element in elements(html.as_bytes(), |_| false) {
        let source = element.tag.value("src").unwrap_or_default();
        if element.tag.is("img") && source.contains("hostedContents/") {
            let name = element.tag.value("alt").filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "image".into());
            let one = attachment(&name, "image/*", None);
            record.extra.attachments.push(one);
        }
    }
}

fn name_of(set: &Value) -> String {
    let person = set.get("user").or(set.get("application"));
    person.map_or(String::new(), |one| text(one, "displayName").to_owned())
}

fn cited(name: &str, words: &str) -> String {
    match (name, words) {
        (_, "") => String::new(),
        ("", words) => quoted(words),
        (name, words) => quoted(&format!("{name}: {words}")),
    }
}

/// The words of a card.
fn card(inside: &Value) -> String {
    fn look<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| look(one, found)),
            Value::Object(all) => {
                for (key, one) in all {
                    match one {
                        Value::String(words)
                            if ["title", "subtitle", "text", "summary", "value", "altText"]
                                .contains(&key.as_str()) =>
                        {
                            found.push(words);
                        }
                        Value::Array(_) | Value::Object(_) => look(one, found),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    look(inside, &mut found);
    found.retain(|words| !words.trim().is_empty());
    found.join("\n")
}
