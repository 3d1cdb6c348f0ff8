//! Conversations as JSON, and Meta's mojibake.
//!
//! Every string of a download is written as if each byte of its UTF-8 were a character
//! (`\u00c3\u00a9` for `é`). That is mended string by string, and only where all of a string is
//! so: each character below U+0100, and together valid UTF-8. The download of encrypted chats is
//! said to be written once: a file with a character that no byte can stand for is left as it is.

use super::{Conversation, Form, Part, owner};
use crate::import::json::{
    Opens, Path, Piece, Take, Visitor, number, outline, parse, place_of, text, walk,
};
use crate::import::records::other_of_two;
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{Export, ReadError, Record};
use crate::model::{Kind, Marks, Reaction, Time};
use serde_json::Value;

/// How a file holds messages, by its first bytes.
pub(super) fn form_of(head: &[u8]) -> Option<Form> {
    let first = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'{') {
        return None;
    }
    let keys = outline(head);
    let has = |key: &str| keys.contains(key);
    let timed = has("messages.*.timestamp_ms") || has("messages.*.timestamp");
    if has("messages.*.sender_name") && timed {
        return Some(Form::Json);
    }
    if has("messages.*.senderName") && timed {
        return Some(Form::Encrypted);
    }
    let empty = has("messages") && !has("messages.*") && has("participants");
    if empty && has("thread_path") && has("participants.*.name") {
        return Some(Form::Json);
    }
    (empty && has("threadName")).then_some(Form::Encrypted)
}

/// Reads what a file says of its conversation as a whole; messages are passed over.
pub(super) fn survey(
    export: &Export,
    item: u32,
    form: Form,
    conversation: &mut Conversation,
) -> Result<(), ReadError> {
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let strings = Strings::of(export, item, form)?;
    walk(
        &mut window,
        &mut Survey {
            conversation,
            strings,
        },
    )?;
    Ok(())
}

/// Whether a file holds a character past U+00FF, as it is or as an escape: then its strings are
/// written once.
fn is_written_once(export: &Export, item: u32) -> Result<bool, ReadError> {
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    loop {
        window.at_least(SCAN)?;
        let bytes = window.bytes();
        // U+0100 begins with the byte C4 (RFC 3629, 3); an escape has its first two digits.
        let is_past = bytes.iter().any(|byte| *byte >= 0xC4)
            || memchr::memmem::find_iter(bytes, b"\\u").any(|at| {
                let digits = at.saturating_add(2)..at.saturating_add(4);
                bytes.get(digits).is_some_and(|digits| digits != b"00")
            });
        if is_past {
            return Ok(true);
        }
        // An escape may stand across the end.
        let taken = bytes.len().saturating_sub(4);
        if window.ended() || taken == 0 {
            return Ok(false);
        }
        window.take(taken);
    }
}

/// Bytes that are looked at together.
const SCAN: usize = 1 << 16;

/// How the strings of a file are written.
#[derive(Clone, Copy)]
struct Strings {
    once: bool,
}

impl Strings {
    fn of(export: &Export, item: u32, form: Form) -> Result<Strings, ReadError> {
        let once = form == Form::Encrypted && is_written_once(export, item)?;
        Ok(Strings { once })
    }

    fn read(self, text: &str) -> String {
        match self.once {
            true => text.to_owned(),
            false => mended(text),
        }
    }
}

struct Survey<'c> {
    conversation: &'c mut Conversation,
    strings: Strings,
}

impl Visitor for Survey<'_> {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        const KEYS: [&str; 6] = [
            "title",
            "threadName",
            "participants",
            "thread_path",
            "thread_type",
            "joinable_mode",
        ];
        Ok(match path.key() {
            None if path.parts.is_empty() => Take::Enter,
            Some(key) if path.parts.len() == 1 && KEYS.contains(&key) => Take::Whole,
            _ => Take::Pass,
        })
    }

    fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let Piece::Value(bytes) = piece else {
            return Ok(());
        };
        let (Some(key), Some((value, _))) = (path.key(), parse(bytes)) else {
            return Ok(());
        };
        let strings = self.strings;
        let words = value
            .as_str()
            .map(|text| strings.read(text))
            .unwrap_or_default();
        match key {
            "title" | "threadName" if self.conversation.title.is_empty() => {
                self.conversation.title = words;
            }
            "thread_path" => self.conversation.path = words,
            "thread_type" => self.conversation.group |= words == "RegularGroup",
            "participants" => {
                let names = value.as_array().into_iter().flatten().map(|one| {
                    let name = one.as_str().unwrap_or_else(|| text(one, "name"));
                    strings.read(name)
                });
                let names = names.filter(|name| !name.is_empty());
                self.conversation.meet(names.collect());
            }
            _ => {}
        }
        Ok(())
    }
}

/// Reads the messages of a file; whether it is whole.
pub(super) fn read(
    export: &Export,
    item: u32,
    form: Form,
    tiles: Tiles<'_>,
    part: &Part<'_>,
) -> Result<bool, ReadError> {
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let strings = Strings::of(export, item, form)?;
    let mut records = Records {
        tiles,
        part,
        strings,
    };
    let walked = walk(&mut window, &mut records)?;
    records.tiles.finish()?;
    Ok(!walked.cut_short)
}

struct Records<'s, 'p> {
    tiles: Tiles<'s>,
    part: &'p Part<'p>,
    strings: Strings,
}

impl Visitor for Records<'_, '_> {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        Ok(if path.is(&["messages", "*"]) {
            Take::Whole
        } else if path.parts.is_empty() || path.is(&["messages"]) {
            Take::Enter
        } else {
            Take::Pass
        })
    }

    fn piece(&mut self, _: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        match piece {
            Piece::Between(length) => self.tiles.structure(length),
            Piece::Broken(bytes, reason) => self.tiles.unreadable(self.part.thread, bytes, reason),
            Piece::Value(bytes) => {
                self.tiles.about(bytes.len())?;
                match record(bytes, self.part, self.strings) {
                    Some(mut record) => {
                        owner::tell(&mut record, self.part.owner);
                        self.tiles.record(bytes.len(), record)
                    }
                    None => {
                        let reason = "It is no message as Meta writes them.";
                        self.tiles.unreadable(self.part.thread, bytes, reason)
                    }
                }
            }
        }
    }
}

/// One message; `None` where it has neither a sender nor a time.
fn record(bytes: &[u8], part: &Part<'_>, strings: Strings) -> Option<Record> {
    let (value, damaged) = parse(bytes)?;
    let either = |one: &str, other: &str| {
        let found = text(&value, one);
        strings.read(if found.is_empty() {
            text(&value, other)
        } else {
            found
        })
    };
    let yes = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    let sender = either("sender_name", "senderName");
    let key = if value.get("timestamp_ms").is_some() {
        "timestamp_ms"
    } else {
        "timestamp"
    };
    let time = number(&value, key);
    if !value.is_object() || (sender.is_empty() && time.is_none()) {
        return None;
    }
    let mut record = blank(part.thread);
    if damaged {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    record.sender = (!sender.is_empty()).then_some(sender);
    match time {
        // Downloads of 2018 have seconds.
        Some(time) => {
            let seconds = if key == "timestamp" && time < 100_000_000_000 {
                time
            } else {
                time.div_euclid(1000)
            };
            record.time = Time::Instant {
                seconds,
                offset_minutes: None,
            };
        }
        None => record.extra.notes.push("It has no time.".into()),
    }
    if let Some(place) = place_of(bytes, &[key]) {
        let written = bytes.get(place.clone()).unwrap_or_default();
        set_written(&mut record, place.start, written);
    }
    record.text = either("content", "text");
    share(&value, strings, &mut record);
    attach(&value, part, strings, &mut record);
    for one in list(&value, "reactions") {
        record.extra.reactions.push(Reaction {
            value: strings.read(text(one, "reaction")),
            who: strings.read(text(one, "actor")),
            written: number(one, "timestamp").map_or_else(String::new, |time| time.to_string()),
        });
    }
    if let Some(label) = part.label {
        record.extra.labels.push(label.to_owned());
    }
    let kind = text(&value, "type");
    record.kind = if yes("is_unsent") || yes("isUnsent") {
        Kind::Deleted
    } else if kind == "Call" || value.get("call_duration").is_some() {
        call(&value, &mut record);
        Kind::Call
    } else if matches!(kind, "Subscribe" | "Unsubscribe") {
        users(&value, kind, strings, &mut record);
        Kind::System
    } else if !record.extra.attachments.is_empty() {
        Kind::Attachment
    } else if record.text.trim().is_empty() {
        Kind::NotExported
    } else {
        Kind::Text
    };
    if record.kind != Kind::System {
        record.extra.recipients = other_of_two(part.people, record.sender.as_deref());
    }
    for (key, note) in [
        ("is_taken_down", "Meta took it down."),
        (
            "is_geoblocked_for_viewer",
            "Meta does not show it where the account is.",
        ),
    ] {
        if yes(key) {
            record.extra.notes.push(note.into());
        }
    }
    Some(record)
}

/// The elements of the array at a key; the object there, where it is one.
fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key) {
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

/// A link that was shared: its address and words follow the text that does not hold them.
fn share(value: &Value, strings: Strings, record: &mut Record) {
    for one in list(value, "share") {
        for key in ["share_text", "link"] {
            let words = strings.read(text(one, key));
            if !words.trim().is_empty() && !record.text.contains(&words) {
                if !record.text.is_empty() {
                    record.text.push('\n');
                }
                record.text.push_str(&words);
            }
        }
    }
}

fn attach(value: &Value, part: &Part<'_>, strings: Strings, record: &mut Record) {
    const KEYS: [(&str, &str); 7] = [
        ("photos", "photo"),
        ("videos", "video"),
        ("audio_files", "audio"),
        ("gifs", "gif"),
        ("sticker", "sticker"),
        ("files", "document"),
        ("media", ""),
    ];
    for (key, media) in KEYS {
        for one in list(value, key) {
            let uri = strings.read(text(one, "uri"));
            let media = if media.is_empty() {
                media_of(&uri)
            } else {
                media
            };
            record
                .extra
                .attachments
                .push(part.files.attachment(&uri, media));
        }
    }
    if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
    }
}

/// What kind of file, by the ending of its name: encrypted chats do not say it.
fn media_of(uri: &str) -> &'static str {
    let ending = uri.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "webp" | "heic" => "photo",
        "gif" => "gif",
        "mp4" | "mov" | "webm" => "video",
        "mp3" | "m4a" | "aac" | "wav" | "ogg" | "opus" => "audio",
        _ => "document",
    }
}

/// A call: how long it was, or that it was missed.
fn call(value: &Value, record: &mut Record) {
    let missed = value
        .get("missed")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if missed {
        record.extra.event = "missed".into();
    }
    if let Some(seconds) = number(value, "call_duration") {
        if !record.text.is_empty() {
            record.text.push('\n');
        }
        let words = format!("{}:{:02}", seconds.div_euclid(60), seconds.rem_euclid(60));
        record.text.push_str(&words);
    }
}

/// Who was added to a group, or left it; their names follow the text that does not hold them.
fn users(value: &Value, kind: &str, strings: Strings, record: &mut Record) {
    let names: Vec<String> = list(value, "users")
        .iter()
        .map(|one| strings.read(text(one, "name")))
        .filter(|name| !name.is_empty())
        .collect();
    let own = names.len() == 1 && names.first() == record.sender.as_ref();
    record.extra.event = match (kind, own) {
        ("Subscribe", false) => "added",
        ("Subscribe", true) => "joined",
        (_, false) => "removed",
        (_, true) => "left",
    }
    .into();
    for name in names {
        if !record.text.contains(&name) {
            if !record.text.is_empty() {
                record.text.push('\n');
            }
            record.text.push_str(&name);
        }
    }
}

/// A string as it was before Meta encoded it a second time; itself where it was not.
pub(super) fn mended(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).ok())
        .collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_encoded_twice_is_mended() {
        let twice = |text: &str| text.bytes().map(char::from).collect::<String>();
        for text in ["", "plain", "é", "😆 “quoted”", "Zoë\n花子"] {
            assert_eq!(mended(&twice(text)), text);
        }
        // Written once: Latin-1 that is no UTF-8, and what has characters past it.
        for text in ["für", "café", "😆", "Ã© and 花"] {
            assert_eq!(mended(text), text);
        }
        // Cut in the middle of a character.
        let cut: String = twice("😆").chars().take(3).collect();
        assert_eq!(mended(&cut), cut);
    }
}
