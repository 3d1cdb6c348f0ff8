//! `result.json`.

use super::{Files, event_of};
use crate::import::json::{self, Opens, Part, Path, Piece, Take, Visitor, number, text};
use crate::import::records::{
    Threads, UNKNOWN_KIND, as_it_stands, duration, paragraphs, set_marks, set_written_at,
};
use crate::import::window::{Tiles, Window, blank};
use crate::import::{Export, ReadError, Record, Sink};
use crate::model::{Address, Direction, Kind, Marks, Reaction, Time};
use serde_json::Value;
use std::collections::HashMap;

/// Where chats stand: the document itself, or the lists of a whole account.
const LISTS: [&[&str]; 3] = [&[], &["chats", "list", "*"], &["left_chats", "list", "*"]];

/// Whether it is the beginning of such a file. Some programs write only a few of the keys.
pub(super) fn is_export(head: &[u8]) -> bool {
    let keys = json::outline(head);
    let has = |key: &str| keys.contains(key);
    // What stands before the chats of an account may be longer than the beginning.
    let account = has("about") && has("personal_information.user_id")
        || has("chats.list.*.messages") && (has("about") || has("chats.list.*.type"));
    let messages = ["messages.*", "chats.list.*.messages.*"]
        .iter()
        .any(|list| {
            let has = |key: &str| keys.contains(&format!("{list}.{key}"));
            has("type")
                && (has("date_unixtime")
                    || (has("date")
                        && (has("from") || has("from_id") || has("actor") || has("text"))))
        });
    let empty = has("name") && has("type") && has("id") && has("messages") && !has("messages.*");
    account || messages || empty && is_chat_type(head)
}

/// Whether the type of a chat stands in the beginning, in Telegram's words.
fn is_chat_type(head: &[u8]) -> bool {
    [
        "personal_chat",
        "bot_chat",
        "saved_messages",
        "private_group",
        "private_supergroup",
        "public_supergroup",
        "private_channel",
        "public_channel",
    ]
    .iter()
    .any(|kind| memchr::memmem::find(head, format!("\"{kind}\"").as_bytes()).is_some())
}

/// What stands beside the messages of a chat.
#[derive(Clone, Debug, Default)]
struct Chat {
    name: String,
    kind: String,
}

impl Chat {
    fn head(&self) -> (String, Option<bool>) {
        let title = match self.kind.as_str() {
            _ if !self.name.is_empty() => self.name.clone(),
            "saved_messages" => "Saved Messages".into(),
            "replies" => "Replies".into(),
            _ => "Deleted account".into(),
        };
        let group = match self.kind.as_str() {
            "" => None,
            "personal_chat" | "bot_chat" | "saved_messages" => Some(false),
            _ => Some(true),
        };
        (title, group)
    }
}

/// What is told of the account and its chats.
#[derive(Default)]
struct Account {
    /// Whose account it is, as messages name their senders; only an export of a whole account
    /// tells it.
    owner: Option<String>,
    chats: HashMap<String, Chat>,
}

/// The chat that a path is in or leads to, as the number of the document and of the chat.
fn chat_of(path: &Path) -> Option<String> {
    let list = LISTS
        .iter()
        .rev()
        .find(|list| path.begins(list) && path.parts.len() > list.len())?;
    let list_name = match path.parts.first() {
        Some(Part::Key(name)) if !list.is_empty() => name.as_str(),
        _ => "",
    };
    let index = path.index(2).unwrap_or_default();
    Some(format!("{} {list_name} {index}", path.document))
}

fn is_one_of(path: &Path, key: &str) -> bool {
    LISTS.iter().any(|list| {
        path.parts.len() == list.len().saturating_add(1)
            && path.begins(list)
            && path.key() == Some(key)
    })
}

fn is_message(path: &Path) -> bool {
    LISTS.iter().any(|list| {
        let length = list.len();
        path.parts.len() == length.saturating_add(2)
            && path.begins(list)
            && matches!(path.parts.get(length), Some(Part::Key(key)) if key == "messages")
            && path.index(length.saturating_add(1)).is_some()
    })
}

/// Whether what is looked for may stand inside.
fn leads(path: &Path) -> bool {
    LISTS.iter().any(|list| path.begins_to(list)) || is_one_of(path, "messages")
}

/// Reads the chats of these items; says whether one of them was cut short.
pub(super) fn read(
    export: &Export,
    items: &[u32],
    files: &Files<'_>,
    sink: &mut dyn Sink,
) -> Result<bool, ReadError> {
    let mut cut_short = false;
    let mut threads = Threads::new("telegram");
    for item in items {
        let account = meet(export, *item)?;
        let mut window = Window::new(export.open(*item)?, &export.item_name(*item));
        let mut messages = Messages {
            tiles: Tiles::new(sink, *item),
            threads: &mut threads,
            account: &account,
            files,
        };
        cut_short |= json::walk(&mut window, &mut messages)?.cut_short;
        messages.tiles.finish()?;
    }
    Ok(cut_short)
}

/// The names and kinds of the chats; in an export of hand-made order they may stand behind the
/// messages.
fn meet(export: &Export, item: u32) -> Result<Account, ReadError> {
    const OWNER: &[&str] = &["personal_information", "user_id"];
    #[derive(Default)]
    struct Meet(Account);
    impl Visitor for Meet {
        fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
            Ok(
                if is_one_of(path, "name") || is_one_of(path, "type") || path.is(OWNER) {
                    Take::Whole
                } else if path.begins_to(OWNER) || leads(path) && !is_one_of(path, "messages") {
                    Take::Enter
                } else {
                    Take::Pass
                },
            )
        }
        fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
            let Piece::Value(bytes) = piece else {
                return Ok(());
            };
            let value = json::parse(bytes).map(|(value, _)| value);
            if path.is(OWNER) {
                let number = value.as_ref().map(id_text).unwrap_or_default();
                self.0.owner = (!number.is_empty()).then(|| format!("user{number}"));
            } else if let (Some(key), Some(Value::String(text))) = (chat_of(path), value) {
                let chat = self.0.chats.entry(key).or_default();
                match path.key() {
                    Some("name") => chat.name = text,
                    _ => chat.kind = text,
                }
            }
            Ok(())
        }
    }
    let mut meet = Meet::default();
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    json::walk(&mut window, &mut meet)?;
    Ok(meet.0)
}

struct Messages<'r, 's> {
    tiles: Tiles<'s>,
    threads: &'r mut Threads,
    account: &'r Account,
    files: &'r Files<'r>,
}

impl Visitor for Messages<'_, '_> {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        Ok(if is_message(path) {
            Take::Whole
        } else if leads(path) {
            Take::Enter
        } else {
            Take::Pass
        })
    }

    fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let (bytes, reason) = match piece {
            Piece::Between(length) => return self.tiles.structure(length),
            Piece::Broken(bytes, reason) => (bytes, reason),
            Piece::Value(bytes) => match json::parse(bytes) {
                Some((value, damaged)) if value.is_object() => {
                    return self.message(path, bytes, &value, damaged);
                }
                Some(_) => (bytes, "A message should stand here."),
                None => (bytes, "It is not JSON here."),
            },
        };
        let thread = match chat_of(path) {
            Some(_) if is_message(path) => self.thread(path)?,
            _ => self.threads.unreadable(&mut self.tiles)?,
        };
        self.tiles.unreadable(thread, bytes, reason)
    }
}

impl Messages<'_, '_> {
    fn thread(&mut self, path: &Path) -> Result<u32, ReadError> {
        let key = chat_of(path).unwrap_or_default();
        let chat = self.account.chats.get(&key).cloned().unwrap_or_default();
        let key = format!("{} {key}", self.tiles.item());
        self.threads.of(&mut self.tiles, &key, || chat.head())
    }

    fn message(
        &mut self,
        path: &Path,
        bytes: &[u8],
        value: &Value,
        damaged: bool,
    ) -> Result<(), ReadError> {
        self.tiles.about(bytes.len())?;
        let thread = self.thread(path)?;
        let made = match text(value, "type") {
            "message" => message(value, self.files, self.tiles.item()),
            "service" => service(value, self.files, self.tiles.item()),
            "unsupported" => unsupported(),
            _ => {
                let reason = "It is of a type that Telegram Desktop does not write.";
                return self.tiles.unreadable(thread, bytes, reason);
            }
        };
        let mut record = Record { thread, ..made };
        if let Some(owner) = &self.account.owner
            && record.kind != Kind::System
        {
            let from = ["from_id", "actor_id"]
                .iter()
                .find_map(|key| value.get(*key));
            record.extra.direction = from.map(|from| {
                if sender_id(&id_text(from)) == *owner {
                    Direction::Sent
                } else {
                    Direction::Received
                }
            });
        }
        if !set_time(&mut record, bytes, value) && text(value, "type") != "unsupported" {
            let note = "Its date is not written as Telegram Desktop writes dates.";
            record.extra.notes.push(note.into());
        }
        if let Some(id) = value.get("id") {
            record.extra.message_id = id_text(id);
        }
        set_marks(&mut record, damaged);
        self.tiles.record(bytes.len(), record)
    }
}

fn id_text(id: &Value) -> String {
    match id {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => String::new(),
    }
}

/// The instant, where the export tells it; else the clock of the computer that exported.
fn set_time(record: &mut Record, bytes: &[u8], value: &Value) -> bool {
    let local = chrono::NaiveDateTime::parse_from_str(text(value, "date"), "%Y-%m-%dT%H:%M:%S")
        .ok()
        .map(|date| date.and_utc().timestamp());
    match (number(value, "date_unixtime"), local) {
        (Some(seconds), local) => {
            // The two differ by the offset of the clock; what differs by more is no offset.
            let offset = local
                .and_then(|local| local.checked_sub(seconds))
                .filter(|offset| offset % 900 == 0 && offset.abs() <= 16 * 3600)
                .and_then(|offset| i16::try_from(offset / 60).ok());
            record.time = Time::Instant {
                seconds,
                offset_minutes: offset,
            };
            let key = if local.is_some() {
                "date"
            } else {
                "date_unixtime"
            };
            set_written_at(record, bytes, &[key]);
            true
        }
        (None, Some(local)) => {
            record.time = Time::Local(local);
            set_written_at(record, bytes, &["date"]);
            true
        }
        (None, None) => false,
    }
}

/// Someone under a key (`from`), with their number beside it (`from_id`). Numbers tell apart
/// people of one name; where there is no name, the account was deleted.
fn who(value: &Value, key: &str) -> Option<String> {
    let name = text(value, key);
    let number = value
        .get(format!("{key}_id"))
        .map(id_text)
        .unwrap_or_default();
    let address = Address::new(name, &sender_id(&number));
    (!address.is_empty()).then(|| address.to_string())
}

/// `user123`; before 2021 a bare number stood there.
fn sender_id(number: &str) -> String {
    if number.starts_with(|sign: char| sign.is_ascii_digit()) {
        format!("user{number}")
    } else {
        number.to_owned()
    }
}

/// The words of a message: a string, or pieces of it, each a string or an object with a text. A
/// link that hides behind words stands behind them.
fn words(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(pieces)) => pieces
            .iter()
            .map(|piece| match piece {
                Value::String(text) => text.clone(),
                piece => {
                    let words = text(piece, "text");
                    match text(piece, "href") {
                        "" => words.to_owned(),
                        link if link == words => words.to_owned(),
                        link => format!("{words} ({link})"),
                    }
                }
            })
            .collect(),
        _ => String::new(),
    }
}

fn unsupported() -> Record {
    let mut record = blank(0);
    record.kind = Kind::NotExported;
    record.extra.notes.push(
        "Telegram Desktop did not know this kind of message and wrote only its number.".into(),
    );
    record
}

fn message(value: &Value, files: &Files<'_>, item: u32) -> Record {
    let mut record = blank(0);
    record.sender = who(value, "from");
    let body = words(value.get("text"));
    let mut about: Vec<String> = Vec::new();
    media(value, files, item, &mut record);
    if let Some(contact) = value.get("contact_information") {
        record.kind = Kind::Contact;
        let name = format!(
            "{} {}",
            text(contact, "first_name"),
            text(contact, "last_name")
        );
        about.push(name.trim().to_owned());
        about.push(text(contact, "phone_number").to_owned());
    }
    if value.get("location_information").is_some() || value.get("place_name").is_some() {
        record.kind = Kind::Location;
        about.push(text(value, "place_name").to_owned());
        about.push(text(value, "address").to_owned());
        let place = value.get("location_information").unwrap_or(&Value::Null);
        let degree = |key: &str| place.get(key).map(id_text).unwrap_or_default();
        let (latitude, longitude) = (degree("latitude"), degree("longitude"));
        if !latitude.is_empty() {
            about.push(format!("{latitude}, {longitude}"));
        }
        if let Some(period) = number(value, "live_location_period_seconds") {
            about.push(format!("live for {}", duration(period)));
        }
    }
    if let Some(poll) = value.get("poll") {
        record.kind = Kind::Poll;
        about.extend(poll_lines(poll));
        if poll.get("closed") == Some(&Value::Bool(true)) {
            record.extra.notes.push("The poll is closed.".into());
        }
    }
    for (key, word) in [("game_title", "Game"), ("invoice_information", "Invoice")] {
        let Some(found) = value.get(key) else {
            continue;
        };
        let title = found.as_str().unwrap_or_else(|| text(found, "title"));
        about.push(format!("{word}: {title}"));
        about.push(text(found, "description").to_owned());
        about.push(text(value, "game_description").to_owned());
        let amount = found.get("amount").map(id_text).unwrap_or_default();
        if !amount.is_empty() {
            about.push(format!("{amount} {}", text(found, "currency")));
        }
    }
    about.retain(|line| !line.is_empty());
    let about = about.join("\n");
    record.text = match (about.is_empty(), body.is_empty()) {
        (true, _) => body,
        _ => paragraphs([about.as_str(), body.as_str()]),
    };
    around(value, &mut record);
    if record.kind == Kind::Text && record.text.is_empty() {
        record.text = as_it_stands(value, AROUND);
        if record.text.is_empty() {
            record.kind = Kind::NotExported;
        } else {
            record.extra.notes.push(UNKNOWN_KIND.into());
        }
    }
    record
}

/// What stands around any message and is told elsewhere, or tells of nothing that was said.
const AROUND: &[&str] = &[
    "id",
    "type",
    "date",
    "date_unixtime",
    "edited",
    "edited_unixtime",
    "from",
    "from_id",
    "author",
    "text",
    "text_entities",
    "reactions",
    "reply_to_message_id",
    "reply_to_peer_id",
    "forwarded_from",
    "forwarded_from_id",
    "saved_from",
    "via_bot",
    "self_destruct_period_seconds",
];

fn poll_lines(poll: &Value) -> Vec<String> {
    let question = words(poll.get("question"));
    let mut lines = vec![question];
    for answer in poll
        .get("answers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let votes = number(answer, "voters").unwrap_or(0);
        let mut line = format!("• {}", words(answer.get("text")));
        if votes > 0 {
            line.push_str(&format!(" ({votes})"));
        }
        if answer.get("chosen") == Some(&Value::Bool(true)) {
            line.push_str(" ✓");
        }
        lines.push(line);
    }
    lines
}

/// What stands around the words: answers, forwards, edits, reactions.
fn around(value: &Value, record: &mut Record) {
    if value.get("edited").is_some() || value.get("edited_unixtime").is_some() {
        record.marks = record.marks.with(Marks::EDITED);
        let when = text(value, "edited");
        if !when.is_empty() {
            record.extra.notes.push(format!("It was edited at {when}."));
        }
    }
    if let Some(id) = value.get("reply_to_message_id").map(id_text) {
        match value.get("reply_to_peer_id").map(id_text) {
            Some(peer) => record
                .extra
                .notes
                .push(format!("It answers message {id} of another chat ({peer}).")),
            None => record.extra.reply_to.push(id),
        }
    }
    if value.get("forwarded_from").is_some() || value.get("forwarded_from_id").is_some() {
        record.extra.forwarded = Some(who(value, "forwarded_from").unwrap_or_default());
    } else if value.get("saved_from").is_some() {
        record.extra.forwarded = Some(text(value, "saved_from").to_owned());
    }
    for (key, about) in [("author", "Signed by"), ("via_bot", "Sent by way of")] {
        let name = text(value, key);
        if !name.is_empty() {
            record.extra.notes.push(format!("{about} {name}."));
        }
    }
    if let Some(seconds) = number(value, "self_destruct_period_seconds") {
        record.extra.notes.push(format!(
            "It was set to be deleted {} after it was seen.",
            duration(seconds)
        ));
    }
    for reaction in value
        .get("reactions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        reactions(reaction, &mut record.extra.reactions);
    }
}

/// One sign with its count and the last who put it there; the others are not named.
fn reactions(value: &Value, into: &mut Vec<Reaction>) {
    let sign = match text(value, "emoji") {
        "" => text(value, "type"),
        emoji => emoji,
    };
    let mut named = 0i64;
    for one in value
        .get("recent")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        named = named.saturating_add(1);
        into.push(Reaction {
            value: sign.to_owned(),
            who: who(one, "from").unwrap_or_default(),
            written: text(one, "date").to_owned(),
        });
    }
    let unnamed = number(value, "count").unwrap_or(1).saturating_sub(named);
    // A count is a number that someone wrote: more than this is no list of people.
    for _ in 0..unnamed.clamp(0, 1000) {
        into.push(Reaction {
            value: sign.to_owned(),
            who: String::new(),
            written: String::new(),
        });
    }
}

/// Photos and files, by the keys that they stand under.
fn media(value: &Value, files: &Files<'_>, item: u32, record: &mut Record) {
    let kind = match text(value, "media_type") {
        "sticker" => "sticker",
        "animation" => "gif",
        "video_message" | "video_file" => "video",
        "voice_message" | "audio_file" => "audio",
        _ => "document",
    };
    for (key, media) in [
        ("photo", "photo"),
        ("file", kind),
        ("contact_vcard", "contact"),
    ] {
        let path = text(value, key);
        if path.is_empty() {
            continue;
        }
        let content_type = if key == "file" {
            text(value, "mime_type")
        } else {
            ""
        };
        let mut file = files.attachment(item, path, media, content_type);
        let name = text(value, "file_name");
        if file.name.is_empty() && key == "file" {
            file.name = name.to_owned();
        }
        record.kind = Kind::Attachment;
        record.extra.attachments.push(file);
    }
    let sign = text(value, "sticker_emoji");
    if !sign.is_empty() {
        record
            .extra
            .notes
            .push(format!("The sticker stands for {sign}."));
    }
}

/// A line of the app. Its words are made of the action and what stands with it.
fn service(value: &Value, files: &Files<'_>, item: u32) -> Record {
    let mut record = blank(0);
    record.sender = who(value, "actor").or_else(|| who(value, "from"));
    let action = text(value, "action");
    if matches!(action, "phone_call" | "group_call" | "conference_call") {
        record.kind = Kind::Call;
        let mut line = match action {
            "phone_call" => "Call".to_owned(),
            _ => "Group call".to_owned(),
        };
        match text(value, "discard_reason") {
            "" | "hangup" => {}
            reason => line.push_str(&format!(", {reason}")),
        }
        let seconds = number(value, "duration_seconds").or_else(|| number(value, "duration"));
        if let Some(seconds) = seconds {
            line.push_str(&format!(", {}", duration(seconds)));
        }
        record.text = line;
        around(value, &mut record);
        return record;
    }
    record.kind = Kind::System;
    record.extra.event = event_of(action).to_owned();
    media(value, files, item, &mut record);
    record.kind = Kind::System;
    let mut words_of = vec![spoken(action, value)];
    words_of.push(words(value.get("text")));
    words_of.push(text(value, "information_text").to_owned());
    words_of.retain(|line| !line.is_empty());
    record.text = words_of.join("\n");
    if record.text.is_empty() {
        record.text = "(an action without words)".into();
    }
    around(value, &mut record);
    record
}

fn spoken(action: &str, value: &Value) -> String {
    let members = value
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|name| name.as_str().unwrap_or("a deleted account"))
        .collect::<Vec<_>>()
        .join(", ");
    let title = text(value, "title");
    match action {
        "" => String::new(),
        "create_group" => format!("created the group “{title}” with {members}"),
        "edit_group_title" => format!("changed the group's title to “{title}”"),
        "invite_members" => format!("added {members}"),
        "remove_members" => format!("removed {members}"),
        "join_group_by_link" => format!("joined by a link of {}", text(value, "inviter")),
        "pin_message" => "pinned a message".into(),
        "set_messages_ttl" => match number(value, "period") {
            None | Some(0) => "turned off deletion of messages after a time".into(),
            Some(86_400) => "set messages to be deleted after 1 day".into(),
            Some(seconds) if seconds % 86_400 == 0 => {
                format!("set messages to be deleted after {} days", seconds / 86_400)
            }
            Some(seconds) => format!("set messages to be deleted after {}", duration(seconds)),
        },
        action => {
            // What else stands there in words or numbers is told beside the action's own name.
            let shown = [
                "title",
                "new_title",
                "message_id",
                "score",
                "amount",
                "currency",
                "period",
                "schedule_date",
                "emoticon",
                "distance",
                "to",
                "months",
                "cost",
                "reason_domain",
                "reason_app_name",
                "inviter",
                "boosts",
                "stars",
                "gift_text",
            ];
            let mut details: Vec<String> = shown
                .iter()
                .filter_map(|key| Some((key, value.get(key).map(id_text)?)))
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| format!("{}: {value}", key.replace('_', " ")))
                .collect();
            if !members.is_empty() {
                details.push(members);
            }
            let action = action.replace('_', " ");
            if details.is_empty() {
                action
            } else {
                format!("{action} ({})", details.join("; "))
            }
        }
    }
}
