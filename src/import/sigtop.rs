//! What the open-source `sigtop` writes from Signal Desktop: a file for each conversation, named
//! `Ben (+447700900123).json` or `Team (group).txt`.
//!
//! Read from tbvdm/sigtop (`fmt_json.go`, `fmt_text.go`, `fmt_text_short.go`). JSON holds the rows of
//! Signal Desktop's own table; since Signal Desktop 7.61 their text stands in a column that older
//! versions of sigtop do not write (its issue 85). `text` is written with headers and an offset,
//! `text-short` with a line a message and the clock of the computer that exported; in both a body
//! may hold lines that look like a message's first.

use super::json::{self, Path, number, text};
use super::lines::each_run;
use super::records::{
    Found, Threads, attachment, each_record, paragraphs, set_marks, set_written_at,
};
use super::window::{Tiles, Window, blank, set_written, text_of};
use super::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Address, Direction, Kind, Marks, Reaction, Time, Version};
use chrono::{DateTime, NaiveDateTime};
use memchr::memmem;
use serde_json::Value;

/// How the program names the one who exported.
const YOU: &str = "You";

/// The types of Signal Desktop's rows that nobody said (`ts/model-types.d.ts`).
const NOTICES: [&str; 17] = [
    "call-history",
    "change-number-notification",
    "chat-session-refreshed",
    "contact-removed-notification",
    "conversation-merge",
    "delivery-issue",
    "group-v1-migration",
    "group-v2-change",
    "joined-signal-notification",
    "keychange",
    "message-request-response-event",
    "phone-number-discovery",
    "profile-change",
    "timer-notification",
    "title-transition-notification",
    "universal-timer-notification",
    "verified-change",
];
/// The types of rows that someone said.
const SAID: [&str; 3] = ["incoming", "outgoing", "story"];

/// Reads what sigtop writes.
pub struct Sigtop;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    Short,
}

impl Importer for Sigtop {
    fn name(&self) -> &'static str {
        "sigtop"
    }

    fn version(&self) -> u32 {
        1
    }

    fn about(&self) -> About {
        About {
            title: "Signal Desktop, by sigtop",
            channels: &["signal"],
            reads: &[
                "the .json and .txt files (text and text-short) that sigtop export-messages writes",
            ],
            carries: &[
                "sender, direction, time (JSON: in UTC; text: with its offset), names of attachments, reactions, answers, edits with earlier wordings, deletions, calls",
                "disappearing messages that were still there",
            ],
            lacks: &[
                "JSON: names of those who write in a group, and, since Signal Desktop 7.61, the words themselves unless sigtop is as new",
                "text-short: seconds, the time zone, names of attachments, earlier wordings",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "that program's own writers; no real export was at hand",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random exports in all three forms, read back equal",
                },
            ],
            export: &[
                "On a computer with Signal Desktop: sigtop export-messages -f text; give docket the folder it writes. Signal's own export on the phone tells more",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn detect(&self, export: &Export) -> Detection {
        match chats(export).next() {
            Some((_, Form::Json)) => Detection::Yes("rows of Signal Desktop's messages".into()),
            Some((_, Form::Text)) => {
                Detection::Yes("a conversation with headers as sigtop writes it".into())
            }
            Some((_, Form::Short)) => Detection::Yes(
                "lines such as `2024-03-01 10:00 Ben: text`, as sigtop's text-short has".into(),
            ),
            None => Detection::No("no conversation of sigtop".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let chats: Vec<(u32, Form)> = chats(export).collect();
        let mut summary = Summary::default();
        if let [(only, _)] = chats.as_slice() {
            summary.chat_item = Some(*only);
        }
        let mut threads = Threads::new("signal");
        let mut wordless = 0u64;
        for (item, form) in chats {
            summary.shape = match form {
                Form::Json => "sigtop json",
                Form::Text => "sigtop text",
                Form::Short => "sigtop text-short",
            }
            .into();
            let name = export.item_name(item);
            let file = name.rsplit(['/', '\\']).next().unwrap_or(&name);
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            let mut chat = Chat {
                with: detailed(stem),
                threads: &mut threads,
                tiles: Tiles::new(sink, item),
                wordless: 0,
            };
            match form {
                Form::Json => chat.json(export, item)?,
                Form::Text => chat.text(export, item)?,
                Form::Short => chat.short(export, item)?,
            }
            wordless = wordless.saturating_add(chat.wordless);
            chat.tiles.finish()?;
        }
        if wordless > 0 {
            summary.notes.push(format!(
                "{wordless} of its messages hold neither words nor files. A sigtop that is older than Signal Desktop writes no words: if there are many, export again with a newer one."
            ));
        }
        Ok(summary)
    }
}

fn chats(export: &Export) -> impl Iterator<Item = (u32, Form)> + '_ {
    export
        .readable()
        .filter_map(|item| Some((item, form_of(&head(export, item))?)))
}

fn form_of(head: &[u8]) -> Option<Form> {
    if head.starts_with(b"[") {
        let keys = json::outline(head);
        let all = ["*.conversationId", "*.sent_at", "*.type"];
        return all
            .iter()
            .all(|key| keys.contains(*key))
            .then_some(Form::Json);
    }
    let (head, _) = text_of(head);
    let mut lines = head.lines();
    let first = lines.next()?;
    if first.starts_with("Conversation: ") {
        let second = lines.next()?;
        let third = lines.next()?;
        return (second.is_empty() && (third.starts_with("From: ") || third.starts_with("Type: ")))
            .then_some(Form::Text);
    }
    Line::parse(first)?;
    // One line alone may be anything; where there are two, both must be such.
    let next = lines.find(|line| line.starts_with(|sign: char| sign.is_ascii_digit()));
    match next {
        Some(next) => Line::parse(next).map(|_| Form::Short),
        None => Some(Form::Short),
    }
}

/// `Ben (+447700900123)` and `Team (group)`: the name, what stands behind it, and whether it is a
/// group.
fn detailed(written: &str) -> (Address, Option<bool>) {
    match written
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
    {
        Some((name, "group")) => (Address::new(name, ""), Some(true)),
        Some((name, detail)) => (Address::new(name, detail), Some(false)),
        None => (Address::new(written, ""), None),
    }
}

/// The first line of a message in `text-short`: `2024-03-01 10:00 Ben: text`.
struct Line<'a> {
    time: i64,
    sender: &'a str,
    body: &'a str,
}

impl Line<'_> {
    const TIME: usize = 16;

    fn parse(line: &str) -> Option<Line<'_>> {
        let (written, rest) = line.split_at_checked(Line::TIME)?;
        let time = NaiveDateTime::parse_from_str(written, "%Y-%m-%d %H:%M").ok()?;
        let (sender, body) = rest.strip_prefix(' ')?.split_once(':')?;
        // A clock that goes on is another format's, and so is a dash: WhatsApp on an Android phone
        // in Swedish writes `2024-03-01 10:00 - Ben: text`.
        let dashed = sender.starts_with(['-', '–']);
        if sender.is_empty() || dashed || !(body.is_empty() || body.starts_with(['\n', '\r', ' ']))
        {
            return None;
        }
        Some(Line {
            time: time.and_utc().timestamp(),
            sender,
            body: body.strip_prefix(' ').unwrap_or(body),
        })
    }
}

struct Chat<'r, 's> {
    /// With whom it is, by the name of its file.
    with: (Address, Option<bool>),
    threads: &'r mut Threads,
    tiles: Tiles<'s>,
    /// Rows without words or files.
    wordless: u64,
}

impl Chat<'_, '_> {
    fn thread(&mut self) -> Result<u32, ReadError> {
        let (with, group) = &self.with;
        let title = if with.name.is_empty() {
            with.address.clone()
        } else {
            with.name.clone()
        };
        let (key, group) = (with.to_string(), *group);
        self.threads.of(&mut self.tiles, &key, || (title, group))
    }

    fn give(&mut self, bytes: &[u8], record: Record) -> Result<(), ReadError> {
        let thread = self.thread()?;
        self.tiles.record(bytes.len(), Record { thread, ..record })
    }

    fn broken(&mut self, bytes: &[u8], reason: &str) -> Result<(), ReadError> {
        let thread = self.thread()?;
        self.tiles.unreadable(thread, bytes, reason)
    }

    fn json(&mut self, export: &Export, item: u32) -> Result<(), ReadError> {
        each_record(
            export,
            item,
            &[&["*"]],
            &mut |_: &Path, found| match found {
                Found::Structure(length) => self.tiles.structure(length),
                Found::About(length) => self.tiles.about(length),
                Found::Broken(bytes, reason) => self.broken(bytes, reason),
                Found::Record(bytes, value, damaged) => {
                    let record = self.row(bytes, &value, damaged);
                    if record.kind == Kind::NotExported {
                        self.wordless = self.wordless.saturating_add(1);
                    }
                    self.give(bytes, record)
                }
            },
        )
    }

    /// A row of Signal Desktop (`ts/model-types.d.ts`).
    fn row(&self, bytes: &[u8], value: &Value, damaged: bool) -> Record {
        let mut record = blank(0);
        let kind = text(value, "type");
        for key in ["sent_at", "timestamp", "received_at_ms"] {
            if let Some(time) = number(value, key) {
                record.time = Time::Instant {
                    seconds: time.div_euclid(1000),
                    offset_minutes: None,
                };
                set_written_at(&mut record, bytes, &[key]);
                record.extra.message_id = time.to_string();
                break;
            }
        }
        if record.time == Time::Unknown {
            record.extra.notes.push("It has no time.".into());
        }
        match kind {
            "outgoing" => {
                record.sender = Some(ME.into());
                record.extra.direction = Some(Direction::Sent);
            }
            "incoming" => {
                record.sender = Some(self.source(value)).filter(|sender| !sender.is_empty());
                record.extra.direction = Some(Direction::Received);
            }
            _ => {}
        }
        let body = text(value, "body");
        let sticker = value
            .get("sticker")
            .and_then(|sticker| sticker.get("data"))
            .map(|data| text(data, "emoji"))
            .unwrap_or_default();
        record.text = paragraphs([body, sticker]);
        for file in array(value, "attachments") {
            let mut file_of = attachment(text(file, "fileName"), text(file, "contentType"), None);
            if file.get("flags").and_then(Value::as_u64) == Some(1) {
                file_of.media = "audio".into();
            }
            record.extra.attachments.push(file_of);
        }
        for reaction in array(value, "reactions") {
            record.extra.reactions.push(Reaction {
                value: text(reaction, "emoji").to_owned(),
                who: text(reaction, "fromId").to_owned(),
                written: number(reaction, "timestamp")
                    .map_or(String::new(), |time| time.to_string()),
            });
        }
        if let Some(answered) = value.get("quote").filter(|quote| quote.is_object()) {
            match number(answered, "id") {
                Some(id) => record.extra.reply_to.push(id.to_string()),
                None => record
                    .extra
                    .notes
                    .push("It answers a message that Signal Desktop did not find.".into()),
            }
        }
        // The newest stands first, and is the text itself.
        let mut edits: Vec<Version> = array(value, "editHistory")
            .skip(1)
            .map(|edit| Version {
                text: text(edit, "body").to_owned(),
                written: number(edit, "timestamp").map_or(String::new(), |time| time.to_string()),
            })
            .collect();
        edits.reverse();
        if !edits.is_empty() {
            record.marks = record.marks.with(Marks::EDITED);
            record.extra.versions = edits;
        }
        row_kind(&mut record, value, kind);
        set_marks(&mut record, damaged);
        record
    }

    /// Who sent an incoming row: in a conversation of two the other; in a group the number or the
    /// account's id, which is all that a row has.
    fn source(&self, value: &Value) -> String {
        match &self.with {
            (with, Some(false)) => with.to_string(),
            _ => ["source", "sourceServiceId", "sourceUuid"]
                .iter()
                .map(|key| text(value, key))
                .find(|found| !found.is_empty())
                .unwrap_or_default()
                .to_owned(),
        }
    }

    fn text(&mut self, export: &Export, item: u32) -> Result<(), ReadError> {
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
        // A message begins with `From:` or, where nobody sent it, with `Type:`; a `Type:` behind a
        // `From:` is its second line.
        let from = std::cell::Cell::new(false);
        let begins = |line: &str| {
            let sent = line.starts_with("From: ");
            let untold = !from.get()
                && line
                    .strip_prefix("Type: ")
                    .is_some_and(|kind| NOTICES.contains(&kind) || SAID.contains(&kind));
            from.set(sent);
            sent || untold
        };
        let mut first = true;
        each_run(&mut window, &begins, &mut |bytes, begun| {
            self.tiles.about(bytes.len())?;
            let (run, damaged) = text_of(bytes);
            let head = std::mem::take(&mut first);
            if !begun && (run.trim().is_empty() || (head && run.starts_with("Conversation: "))) {
                if let Some(with) = run
                    .lines()
                    .next()
                    .and_then(|line| line.strip_prefix("Conversation: "))
                {
                    self.with = detailed(with);
                }
                return self.tiles.structure(bytes.len());
            }
            match text_record(&run, bytes).filter(|_| begun) {
                Some(mut record) => {
                    set_marks(&mut record, damaged);
                    self.give(bytes, record)
                }
                None => self.broken(bytes, "It has not the headers of a message."),
            }
        })
    }

    fn short(&mut self, export: &Export, item: u32) -> Result<(), ReadError> {
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
        let begins = |line: &str| Line::parse(line).is_some();
        each_run(&mut window, &begins, &mut |bytes, first| {
            self.tiles.about(bytes.len())?;
            let (run, damaged) = text_of(bytes);
            match Line::parse(&run).filter(|_| first) {
                Some(line) => {
                    let mut record = short_record(&line, bytes);
                    set_marks(&mut record, damaged);
                    self.give(bytes, record)
                }
                None if run.trim().is_empty() => self.tiles.structure(bytes.len()),
                None => self.broken(bytes, "It does not begin with a time and a name."),
            }
        })
    }
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn row_kind(record: &mut Record, value: &Value, kind: &str) {
    let flag = |key: &str| match value.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(flag)) => flag.as_u64() == Some(1),
        _ => false,
    };
    if flag("deletedForEveryone") {
        record.kind = Kind::Deleted;
    } else if flag("isViewOnce") {
        record.kind = Kind::ViewOnce;
    } else if kind == "call-history" {
        record.kind = Kind::Call;
        let details = value.get("callHistoryDetails").unwrap_or(&Value::Null);
        let parts = ["callMode", "type", "direction", "status"];
        let parts: Vec<&str> = parts
            .iter()
            .map(|part| text(details, part))
            .filter(|part| !part.is_empty())
            .collect();
        record.text = if parts.is_empty() {
            "Call".into()
        } else {
            format!("Call: {}", parts.join(", ").to_lowercase())
        };
    } else if !SAID.contains(&kind) {
        told_by_the_app(record, kind);
    } else if !record.extra.attachments.is_empty() {
        record.kind = Kind::Attachment;
    } else if record.text.is_empty() {
        record.kind = Kind::NotExported;
    }
}

/// A line that nobody said, by Signal's name for its kind.
fn told_by_the_app(record: &mut Record, kind: &str) {
    record.kind = Kind::System;
    record.extra.event = match kind {
        "timer-notification" => "timer",
        "group-v2-change" => "group",
        "keychange" => "security-code",
        _ => "",
    }
    .into();
    if record.text.is_empty() {
        record.text = kind.replace('-', " ");
    }
}

/// `Fri, 1 Mar 2024 10:00:05 +0000`.
fn set_time(record: &mut Record, run: &[u8], written: &str) {
    let Ok(time) = DateTime::parse_from_str(written, "%a, %d %b %Y %H:%M:%S %z") else {
        return;
    };
    record.time = Time::Instant {
        seconds: time.timestamp(),
        offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
    };
    // In the bytes as they are: in text, what is no UTF-8 has another length.
    if let Some(place) = memmem::find(run, written.as_bytes()) {
        set_written(record, place, written.as_bytes());
    }
}

/// A message of `text`: its headers, an empty line, its body; or the versions of an edited one,
/// each line of which begins with `|`.
fn text_record(run: &str, bytes: &[u8]) -> Option<Record> {
    let mut record = blank(0);
    let run = run.replace("\r\n", "\n");
    let (head, body) = run.split_once("\n\n").unwrap_or((&run, ""));
    let mut kind = None;
    let mut edited = false;
    for line in head.lines() {
        let (field, value) = line.split_once(": ")?;
        match field {
            "From" if value == YOU => record.sender = Some(ME.into()),
            "From" => record.sender = Some(detailed(value).0.to_string()),
            "Type" => kind = Some(value.to_owned()),
            "Sent" => {
                set_time(&mut record, bytes, value);
                record.extra.message_id = value.to_owned();
            }
            "Received" if record.time == Time::Unknown => {
                set_time(&mut record, bytes, value);
                record.extra.time_basis = "received".into();
            }
            "Received" => {}
            "Attachment" => {
                // `name (image/jpeg, 12 bytes)`
                let (name, rest) = value.rsplit_once(" (").unwrap_or((value, ""));
                let content_type = rest.split(',').next().unwrap_or_default();
                let name = if name == "no filename" { "" } else { name };
                record
                    .extra
                    .attachments
                    .push(attachment(name, content_type, None));
            }
            "Reaction" => {
                let (value, who) = value.split_once(" from ").unwrap_or((value, ""));
                record.extra.reactions.push(Reaction {
                    value: value.to_owned(),
                    who: detailed(who).0.to_string(),
                    written: String::new(),
                });
            }
            "Edited" => edited = true,
            _ => return None,
        }
    }
    let kind = kind.filter(|kind| {
        let known = [&NOTICES[..], &SAID, &["unknown"]].concat();
        known.contains(&kind.as_str())
    })?;
    record.extra.direction = match kind.as_str() {
        "outgoing" => Some(Direction::Sent),
        "incoming" => Some(Direction::Received),
        _ => None,
    };
    let body = body
        .strip_suffix("\n\n")
        .or(body.strip_suffix('\n'))
        .unwrap_or(body);
    if edited {
        let mut versions = edits(body);
        record.marks = record.marks.with(Marks::EDITED);
        record.text = versions
            .pop()
            .map(|version| version.text)
            .unwrap_or_default();
        record.extra.versions = versions;
    } else {
        record.text = without_quote(body, "> ", &mut record.extra.reply_to);
    }
    match kind.as_str() {
        kind if SAID.contains(&kind) => {
            if !record.extra.attachments.is_empty() {
                record.kind = Kind::Attachment;
            } else if record.text.is_empty() {
                record.kind = Kind::NotExported;
            }
        }
        "call-history" => {
            record.kind = Kind::Call;
            record.text = "Call".into();
        }
        kind => told_by_the_app(&mut record, kind),
    }
    Some(record)
}

/// A body without the message that it answers: a block of lines with a mark, which begins with
/// `> From: ` and ends at an empty line. When that was sent is its name here.
fn without_quote(body: &str, mark: &str, answered: &mut Vec<String>) -> String {
    let quote = format!("{mark}From: ");
    if !body.starts_with(&quote) {
        return body.to_owned();
    }
    let bare = mark.trim_end();
    let mut rest = body;
    while let Some((line, after)) = rest
        .split_once('\n')
        .or((!rest.is_empty()).then_some((rest, "")))
    {
        if !line.starts_with(bare) {
            break;
        }
        if let Some(sent) = line
            .strip_prefix(mark)
            .and_then(|line| line.strip_prefix("Sent: "))
        {
            answered.push(sent.to_owned());
        }
        rest = after;
    }
    rest.strip_prefix('\n').unwrap_or(rest).to_owned()
}

/// The versions of an edited message, the oldest first; the program writes the newest first.
fn edits(body: &str) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    let mut heads = false;
    for line in body.lines() {
        let line = line
            .strip_prefix("| ")
            .or(line.strip_prefix('|'))
            .unwrap_or(line);
        if line.starts_with("Version: ") {
            versions.push(Version {
                text: String::new(),
                written: String::new(),
            });
            heads = true;
            continue;
        }
        let Some(version) = versions.last_mut() else {
            continue;
        };
        if heads {
            if line.is_empty() {
                heads = false;
            } else if let Some(sent) = line.strip_prefix("Sent: ") {
                version.written = sent.to_owned();
            }
            continue;
        }
        version.text.push_str(line);
        version.text.push('\n');
    }
    for version in &mut versions {
        let text = version.text.trim_end_matches('\n');
        version.text = without_quote(text, "> ", &mut Vec::new());
    }
    versions.reverse();
    versions
}

fn short_record(line: &Line<'_>, bytes: &[u8]) -> Record {
    let mut record = blank(0);
    record.time = Time::Local(line.time);
    set_written(&mut record, 0, bytes.get(..Line::TIME).unwrap_or_default());
    let mine = line.sender == YOU;
    record.sender = Some(if mine { ME } else { line.sender }.to_owned());
    record.extra.direction = Some(if mine {
        Direction::Sent
    } else {
        Direction::Received
    });
    let body = line.body.replace("\r\n", "\n");
    let mut body = body.strip_suffix('\n').unwrap_or(&body).to_owned();
    if let Some((details, rest)) = body.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && let Some(found) = details_of(details)
    {
        if found.system {
            record.kind = Kind::System;
            record.text = details.trim_end_matches(" message").replace('-', " ");
            record.extra.direction = None;
            return record;
        }
        if found.edited {
            record.marks = record.marks.with(Marks::EDITED);
        }
        if let Some(answered) = found.answers {
            record.extra.notes.push(format!("It answers {answered}."));
        }
        for _ in 0..found.files {
            record.extra.attachments.push(attachment("", "", None));
        }
        body = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
    }
    record.text = body;
    if !record.extra.attachments.is_empty() {
        record.kind = Kind::Attachment;
    } else if record.text.is_empty() {
        record.kind = Kind::NotExported;
    }
    record
}

#[derive(Default)]
struct Details {
    system: bool,
    edited: bool,
    files: usize,
    answers: Option<String>,
}

/// `reply to Ben on 2024-03-01 10:00, edited, 2 attachments`, or `keychange message`. Words in
/// brackets that a person wrote are none of these.
fn details_of(written: &str) -> Option<Details> {
    let mut found = Details::default();
    if let Some(kind) = written.strip_suffix(" message") {
        found.system = NOTICES.contains(&kind);
        return found.system.then_some(found);
    }
    let mut rest = written;
    if let Some(answers) = rest.strip_prefix("reply to ") {
        // The time of the answered message ends this part.
        let (_, tail) = answers.rsplit_once(" on ")?;
        let (time, after) = tail.split_once(", ").unwrap_or((tail, ""));
        NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M").ok()?;
        let length = answers
            .len()
            .checked_sub(tail.len())?
            .checked_add(time.len())?;
        found.answers = answers.get(..length).map(str::to_owned);
        rest = after;
    }
    for part in rest.split(", ").filter(|part| !part.is_empty()) {
        match part {
            "edited" => found.edited = true,
            part => {
                let count = part
                    .strip_suffix(" attachments")
                    .or(part.strip_suffix(" attachment"))?;
                found.files = count
                    .parse()
                    .ok()
                    .filter(|count| (1..=1000).contains(count))?;
            }
        }
    }
    Some(found)
}
