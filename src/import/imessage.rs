//! iMessage and texts of a Mac or an iPhone backup, as the open-source `imessage-exporter` writes
//! them: one `.html` or `.txt` file for each conversation, attachments beside them.
//!
//! Its two formats were read from that program's own tests and example page. Times are the clock
//! of the computer that exported. The program writes a reply twice: under the message that it
//! answers, and as a message of its own; here it is read where it is one of its own. In `.txt` a
//! message begins where a line is exactly a time, after an empty line: a body may hold such lines
//! only by accident.

use super::blocks::{Blocks, Piece, Whole, elements, has_class, inner};
use super::records::others;
use super::window::{Tiles, Window, after_empty_line, blank, set_written, text_of};
use super::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head, html,
};
use crate::model::{Attachment, AttachmentState, Direction, Kind, Marks, Reaction, Time, Version};
use chrono::NaiveDateTime;
use memchr::{memchr, memmem};
use std::collections::{HashMap, HashSet};

/// Longest message in a `.txt`.
const LONGEST: usize = 4 << 20;
/// What the program writes under an answer.
const ANSWER: &str = "This message responded to an earlier message.";
/// What it writes under a message that was deleted.
const DELETED: &str = "This message was deleted from the conversation!";

/// Reads what imessage-exporter writes.
pub struct IMessage;

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Html,
    Txt,
}

impl Importer for IMessage {
    fn name(&self) -> &'static str {
        "imessage-exporter"
    }

    fn version(&self) -> u32 {
        4
    }

    fn about(&self) -> About {
        About {
            title: "iMessage, by imessage-exporter",
            channels: &["imessage"],
            reads: &[
                "the .html and the .txt files that imessage-exporter writes, one for each conversation",
            ],
            carries: &[
                "sender, recipients in conversations of two, direction, local time, read receipts, attachments, reactions, answers, edits with earlier wordings, unsent messages, announcements",
            ],
            lacks: &["the time zone, the members of a group who said nothing"],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "that program's own tests and example page; no real export was at hand",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random pages, read back equal",
                },
            ],
            export: &[
                "Mac: imessage-exporter --format html --copy-method full; for an iPhone, make an unencrypted backup in Finder first and add --db-path and the backup's folder",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    /// The files that messages name are copied into a folder `attachments`.
    fn brings(&self, inside: &str) -> bool {
        inside
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| folder == "attachments")
    }

    fn detect(&self, export: &Export) -> Detection {
        match pages(export).next() {
            Some((_, Form::Html)) => {
                Detection::Yes("a page of messages as imessage-exporter writes it".into())
            }
            Some((_, Form::Txt)) => Detection::Yes(
                "it begins with a time such as `May 17, 2022  5:29:42 PM` on a line of its own"
                    .into(),
            ),
            None => Detection::No("no file of imessage-exporter".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let items: Vec<(u32, Form)> = pages(export).collect();
        let mut summary = Summary {
            shape: match items.first() {
                Some((_, Form::Txt)) => "imessage-exporter txt",
                _ => "imessage-exporter html",
            }
            .into(),
            ..Summary::default()
        };
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let files = Files::of(export);
        let names_owner = names_owner(export, &items)?;
        for (thread, (item, form)) in (0u32..).zip(items) {
            let name = export.item_name(item);
            let file = name.rsplit('/').next().unwrap_or(&name);
            let title = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            tiles.thread(ThreadHead {
                title: title.to_owned(),
                channel: "imessage".into(),
                group: title.contains(", ").then_some(true),
                members: Vec::new(),
            })?;
            let people = people_of(title);
            let chat = Chat {
                thread,
                people: &people,
                files: &files,
            };
            match form {
                Form::Html => read_html(&mut window, &mut tiles, &chat)?,
                Form::Txt => read_txt(&mut window, &mut tiles, &chat, names_owner)?,
            }
            tiles.finish()?;
        }
        Ok(summary)
    }
}

fn pages(export: &Export) -> impl Iterator<Item = (u32, Form)> + '_ {
    export.readable().filter_map(|item| {
        let bytes = head(export, item);
        let has = |mark: &[u8]| memmem::find(&bytes, mark).is_some();
        if starts_message(&bytes).is_some() {
            return Some((item, Form::Txt));
        }
        // The style sheet comes first and may be longer than the head: it names these classes.
        let styled = has(b".message") && has(b".received") && has(b".iMessage");
        let written = has(b"class=\"timestamp\"") && has(b"class=\"sender\"");
        (has(b"<html>") && (styled || written)).then_some((item, Form::Html))
    })
}

/// The files of the export by their names, to find attachments.
struct Files<'a> {
    names: HashMap<&'a str, Vec<(u32, &'a str)>>,
}

impl<'a> Files<'a> {
    fn of(export: &'a Export) -> Files<'a> {
        let mut names: HashMap<&str, Vec<(u32, &str)>> = HashMap::new();
        for (number, item) in (0u32..).zip(&export.items) {
            let named = names.entry(item.file_name()).or_default();
            named.push((number, item.name.as_str()));
        }
        Files { names }
    }

    /// The file that a message names by a path: the one whose own path ends like it.
    fn attachment(&self, path: &str) -> Attachment {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let found = self
            .names
            .get(name)
            .and_then(|named| match named.as_slice() {
                [(only, _)] => Some(*only),
                several => several
                    .iter()
                    .find(|(_, whole)| path.ends_with(whole) || whole.ends_with(path))
                    .map(|(number, _)| *number),
            });
        Attachment {
            name: name.to_owned(),
            state: AttachmentState::of(found.is_some()),
            item: found,
            media: String::new(),
            content_type: String::new(),
            within: None,
        }
    }
}

/// The time at the start of a line (`May 17, 2022  5:29:42 PM`), its length, and the time.
fn time_of(line: &str) -> Option<(usize, i64)> {
    // The hour may be padded with a space, and stands before two spaces or one.
    let mut words = 0;
    let mut length = 0usize;
    for part in line.split_inclusive(' ') {
        words += usize::from(!part.trim().is_empty());
        length = length.saturating_add(part.len());
        if words == 5 || length > 40 {
            break;
        }
    }
    let written = line.get(..length)?.trim_end();
    let tidy = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let time = NaiveDateTime::parse_from_str(&tidy, "%b %d, %Y %I:%M:%S %p").ok()?;
    Some((written.len(), time.and_utc().timestamp()))
}

/// Whether bytes begin with the first line of a message or an announcement in a `.txt`: the time's
/// length, the time, and what follows it on the line.
fn starts_message(bytes: &[u8]) -> Option<(usize, i64, &str)> {
    let end = memchr(b'\n', bytes).unwrap_or(bytes.len()).min(1 << 12);
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    if !line.starts_with(|sign: char| sign.is_ascii_uppercase()) {
        return None;
    }
    let (length, time) = time_of(line)?;
    Some((length, time, line.get(length..)?.trim()))
}

/// What the messages of a file are read with.
struct Chat<'c> {
    thread: u32,
    /// Those in it but its owner, as far as its name tells.
    people: &'c [String],
    files: &'c Files<'c>,
}

/// Those whom a file is called after. A group that has a name of its own is called after that and
/// a number (`Choir - 12`), and one of many people after the first of them.
fn people_of(title: &str) -> Vec<String> {
    let is_named = title.rsplit_once(" - ").is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if is_named || title == "orphaned" || title.ends_with(" others") {
        return Vec::new();
    }
    title.split(", ").map(str::to_owned).collect()
}

impl Chat<'_> {
    /// Says to whom a message went.
    fn address(&self, record: &mut Record) {
        // Who was in a group then, its file's name does not tell; whoever kept it was.
        let people = match (record.extra.direction, self.people) {
            (Some(Direction::Sent), [other]) => vec![other.clone()],
            (Some(Direction::Received), _) => vec![ME.into()],
            _ => return,
        };
        record.extra.recipients = others(&people, record.sender.as_deref());
    }
}

fn read_txt(
    window: &mut Window<'_>,
    tiles: &mut Tiles<'_>,
    chat: &Chat<'_>,
    names_owner: bool,
) -> Result<(), ReadError> {
    loop {
        window.at_least(1)?;
        if window.bytes().is_empty() {
            return Ok(());
        }
        let blank = window
            .bytes()
            .iter()
            .position(|byte| !matches!(byte, b'\n' | b'\r'))
            .unwrap_or(window.bytes().len());
        if blank > 0 {
            tiles.structure(blank)?;
            window.take(blank);
            continue;
        }
        let length = txt_end(window)?;
        tiles.about(length)?;
        let bytes = window.bytes().get(..length).unwrap_or_default();
        match starts_message(bytes) {
            Some(first) => {
                let mut record = txt_record(bytes, first, chat.thread, chat.files, names_owner);
                chat.address(&mut record);
                tiles.record(length, record)?;
            }
            None => tiles.unreadable(chat.thread, bytes, "It does not begin with a time.")?,
        }
        window.take(length);
    }
}

/// Whether the `.txt` files call their owner `Me`, as one of them at least shows. The exporting
/// person may have chosen another name, which stands in all of them then.
fn names_owner(export: &Export, items: &[(u32, Form)]) -> Result<bool, ReadError> {
    for (item, form) in items {
        if *form != Form::Txt {
            continue;
        }
        let mut window = Window::new(export.open(*item)?, &export.item_name(*item));
        loop {
            window.at_least(1)?;
            let bytes = window.bytes();
            if bytes.is_empty() {
                break;
            }
            let is_blank = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let empty = bytes.iter().take_while(|byte| is_blank(byte)).count();
            if empty > 0 {
                window.take(empty);
                continue;
            }
            let length = txt_end(&mut window)?;
            let bytes = window.bytes().get(..length).unwrap_or_default();
            if let Some((_, _, rest)) = starts_message(bytes)
                && (rest.is_empty() || rest.starts_with('('))
                && bytes
                    .split(|byte| *byte == b'\n')
                    .nth(1)
                    .map(<[u8]>::trim_ascii)
                    == Some(ME.as_bytes())
            {
                return Ok(true);
            }
            window.take(length);
        }
    }
    Ok(false)
}

/// Where the message at the window's start ends: at the next line that is a time after an empty
/// line.
fn txt_end(window: &mut Window<'_>) -> Result<usize, ReadError> {
    let mut from = 1usize;
    loop {
        let rest = window.bytes().get(from..).unwrap_or_default();
        match after_empty_line(rest) {
            Some(step) => {
                let place = from.saturating_add(step);
                window.at_least(place.saturating_add(1 << 12))?;
                let next = window.bytes().get(place..).unwrap_or_default();
                if next.is_empty() || starts_message(next).is_some() {
                    return Ok(place);
                }
                from = place.saturating_sub(1);
            }
            None => {
                from = window.bytes().len().saturating_sub(2).max(from);
                if !window.more()? {
                    return Ok(window.bytes().len());
                }
            }
        }
        if from > LONGEST {
            return Ok(from.min(window.bytes().len()));
        }
    }
}

fn txt_record(
    bytes: &[u8],
    (length, time, rest): (usize, i64, &str),
    thread: u32,
    files: &Files<'_>,
    names_owner: bool,
) -> Record {
    let mut record = blank(thread);
    record.time = Time::Local(time);
    set_written(&mut record, 0, bytes.get(..length).unwrap_or_default());
    let (text, damaged) = text_of(bytes);
    if damaged {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    if !rest.is_empty() && !rest.starts_with('(') {
        record.kind = Kind::System;
        record.text = text.get(length..).unwrap_or_default().trim().to_owned();
        return record;
    }
    note_read(&mut record, rest);
    let text = text.replace("\r\n", "\n");
    let mut lines = text.lines().skip(1);
    let sender = lines.next().unwrap_or_default().trim();
    set_sender(&mut record, sender, names_owner.then_some(sender == ME));
    let mut body: Vec<&str> = Vec::new();
    let mut tapbacks = false;
    let mut reply = false;
    let mut replies = 0u32;
    for line in lines {
        if let Some(inner) = line.strip_prefix("    ") {
            if time_of(inner).is_some() {
                reply = true;
                replies = replies.saturating_add(1);
            }
        } else if !line.is_empty() {
            reply = false;
        }
        if reply {
            continue;
        }
        match line {
            "Tapbacks:" => tapbacks = true,
            "" if tapbacks => tapbacks = false,
            _ if tapbacks => record.extra.reactions.push(reaction(line)),
            DELETED => record.extra.notes.push(DELETED.into()),
            ANSWER => record
                .extra
                .notes
                .push("It answers an earlier message.".into()),
            _ => body.push(line),
        }
    }
    while body.last().is_some_and(|line| line.is_empty()) {
        body.pop();
    }
    note_replies(&mut record, replies);
    set_body(&mut record, &body);
    for line in &body {
        let path = line.trim();
        let near = path.starts_with("attachments/") || path.starts_with("~/Library/");
        if near || path.contains("/Library/Messages/Attachments/") {
            record.extra.attachments.push(files.attachment(path));
        }
    }
    settle(&mut record);
    record
}

/// `Loved by Me`; a sticker's line is kept whole.
fn reaction(line: &str) -> Reaction {
    let (value, who) = line.trim().rsplit_once(" by ").unwrap_or((line.trim(), ""));
    Reaction {
        value: value.into(),
        who: who.into(),
        written: String::new(),
    }
}

/// `(Read by you after 1 hour, 49 seconds)` stands behind the time of a message.
fn note_read(record: &mut Record, written: &str) {
    let words = written.trim().strip_prefix('(');
    let words = words.and_then(|words| words.split(')').next());
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        record.extra.notes.push(format!("{words}."));
    }
}

fn note_replies(record: &mut Record, replies: u32) {
    if replies > 0 {
        record.extra.notes.push(format!(
            "{replies} answers stand under it; each is a message of its own as well."
        ));
    }
}

/// A body, with the earlier versions of an edited message:
/// `<time> first text`, then `Edited 5 seconds later: second text`.
fn set_body(record: &mut Record, body: &[&str]) {
    let first = body.first().and_then(|line| {
        let (length, _) = time_of(line)?;
        Some((line.get(..length)?, line.get(length..)?.trim_start()))
    });
    let edit = |line: &str| {
        let (when, text) = line.strip_prefix("Edited ")?.split_once(" later: ")?;
        Some((when.to_owned(), text.to_owned()))
    };
    let edited = body.iter().skip(1).any(|line| edit(line).is_some());
    let (Some((written, first)), true) = (first, edited) else {
        record.text = body.join("\n");
        return;
    };
    let mut versions = vec![Version {
        text: first.into(),
        written: written.into(),
    }];
    for line in body.iter().skip(1) {
        match (edit(line), versions.last_mut()) {
            (Some((when, text)), _) => versions.push(Version {
                text,
                written: format!("{when} later"),
            }),
            (None, Some(last)) => {
                last.text.push('\n');
                last.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    set_versions(record, versions);
}

fn set_versions(record: &mut Record, mut versions: Vec<Version>) {
    record.text = versions.pop().map(|last| last.text).unwrap_or_default();
    record.extra.versions = versions;
    record.marks = record.marks.with(Marks::EDITED);
}

fn set_sender(record: &mut Record, sender: &str, sent: Option<bool>) {
    record.sender = (!sender.is_empty()).then(|| sender.to_owned());
    record.extra.direction = match sent {
        Some(true) => Some(Direction::Sent),
        Some(false) => Some(Direction::Received),
        None => None,
    };
}

/// The kind, once everything is known.
fn settle(record: &mut Record) {
    if !record.extra.attachments.is_empty() {
        record.kind = Kind::Attachment;
        record.marks = record.marks.with(Marks::ATTACHMENT);
    } else if record.text.contains(" unsent this message part ") && record.text.lines().count() == 1
    {
        record.kind = Kind::Deleted;
    } else if record.text.is_empty() {
        record.kind = Kind::NotExported;
    }
}

fn read_html(
    window: &mut Window<'_>,
    tiles: &mut Tiles<'_>,
    chat: &Chat<'_>,
) -> Result<(), ReadError> {
    const RECORDS: Blocks = Blocks {
        element: "div",
        begins: |tag| has_class(&tag, "message") || has_class(&tag, "announcement"),
        nests: true,
    };
    let mut answered = HashMap::new();
    RECORDS.each(window, &mut |piece| match piece {
        Piece::Between(bytes) => tiles.structure(bytes.len()),
        Piece::Broken(bytes) => tiles.unreadable(chat.thread, bytes, "This record does not close."),
        Piece::Block(bytes) => {
            tiles.about(bytes.len())?;
            let mut record = html_record(bytes, chat.thread, chat.files, &mut answered);
            chat.address(&mut record);
            tiles.record(bytes.len(), record)
        }
    })
}

/// Reads a message or an announcement. `answered` grows by the answers that stand under it: the
/// id of each, and the id of what it answers.
fn html_record(
    bytes: &[u8],
    thread: u32,
    files: &Files<'_>,
    answered: &mut HashMap<String, String>,
) -> Record {
    let mut record = blank(thread);
    let all = elements(bytes, |tag| has_class(tag, "replies"));
    let announcement = all
        .first()
        .is_some_and(|first| first.has_class("announcement"));
    let mut sent = None;
    let mut unsent = false;
    let mut parts: Vec<String> = Vec::new();
    let mut versions: Vec<Version> = Vec::new();
    // What stands in an element that was read as a whole is not read again. (One without content,
    // such as a picture, may stand at its very end.)
    let mut read_to = 0usize;
    let mut whole = Whole::default();
    let mut named = HashSet::new();
    for element in &all {
        let read = [
            "timestamp",
            "sender",
            "subject",
            "deleted",
            "expressive",
            "shareplay",
            "shared_location",
            "message_part",
        ]
        .into_iter()
        .filter(|class| element.has_class(class))
        .any(|class| !whole.takes(class, element));
        if read {
            continue;
        }
        if element.has_class("timestamp") && record.written.is_none() {
            set_html_time(element.content(bytes), element.inside.start, &mut record);
            let words = element.words(bytes);
            let receipt = words.find('(').and_then(|at| words.get(at..));
            note_read(&mut record, receipt.unwrap_or_default());
        } else if let Some((_, id)) = link_of(element).split_once("message-guid=")
            && record.extra.message_id.is_empty()
        {
            record.extra.message_id = id.to_owned();
        } else if element.has_class("sent") || element.has_class("received") {
            sent = Some(element.has_class("sent"));
        } else if element.has_class("sender") && record.sender.is_none() {
            set_sender(&mut record, element.words(bytes).trim(), sent);
        } else if element.has_class("replies") {
            let under = elements(element.content(bytes), |tag| has_class(tag, "reply"));
            let replies = under.iter().filter(|one| one.has_class("reply"));
            let mut count = 0u32;
            for reply in replies {
                count = count.saturating_add(1);
                if let Some(id) = reply.tag.value("id") {
                    answered.insert(id, record.extra.message_id.clone());
                }
            }
            note_replies(&mut record, count);
        } else if element.has_class("subject") {
            record.extra.subject = element.words(bytes);
        } else if element.has_class("deleted") || element.has_class("expressive") {
            record.extra.notes.push(element.words(bytes));
        } else if element.has_class("shareplay") || element.has_class("shared_location") {
            parts.push(element.words(bytes));
        } else if element.has_class("reply_context") {
            record
                .extra
                .notes
                .push("It answers an earlier message.".into());
        } else if element.inside.start <= read_to {
            attach(element, files, &mut named, &mut record);
        } else if element.has_class("edited") {
            read_to = element.inside.end;
            versions = edits(element.content(bytes));
        } else if element.has_class("message_part") {
            let content = element.content(bytes);
            if memmem::find(content, b"class=\"edited\"").is_some() {
                continue;
            }
            read_to = element.inside.end;
            unsent |= memmem::find(content, b"class=\"unsent\"").is_some();
            parts.push(words_of(content));
        } else if element.has_class("reaction") && element.tag.is("span")
            || element.has_class("tapback") && element.tag.is("div")
        {
            read_to = element.inside.end;
            record.extra.reactions.push(reaction(&element.words(bytes)));
        }
    }
    if announcement {
        record.kind = Kind::System;
        let all = html::to_text(&String::from_utf8_lossy(bytes));
        record.text = time_of(&all)
            .and_then(|(length, _)| all.get(length..))
            .unwrap_or(&all)
            .trim()
            .to_owned();
        return record;
    }
    parts.retain(|part| !part.is_empty());
    if versions.len() > 1 {
        set_versions(&mut record, versions);
        if !parts.is_empty() {
            record.text = format!("{}\n{}", record.text, parts.join("\n"));
        }
    } else {
        parts.extend(versions.into_iter().map(|only| only.text));
        record.text = parts.join("\n");
    }
    record.text = super::with_subject(&record.extra.subject, std::mem::take(&mut record.text));
    if let Some(parent) = answered.get(&record.extra.message_id)
        && !parent.is_empty()
    {
        record.extra.reply_to.push(parent.clone());
    }
    settle(&mut record);
    if unsent && record.extra.attachments.is_empty() && parts.len() == 1 {
        record.kind = Kind::Deleted;
    }
    record
}

/// Where an element links to; empty where it does not.
fn link_of(element: &super::blocks::Element<'_>) -> String {
    element.tag.value("href").unwrap_or_default()
}

/// The words of a part of a message. A bubble's line breaks are what was typed.
fn words_of(content: &[u8]) -> String {
    let bubbles: Vec<String> = elements(content, |tag| has_class(tag, "bubble"))
        .iter()
        .filter(|element| element.has_class("bubble"))
        .map(|bubble| {
            let typed = String::from_utf8_lossy(bubble.content(content));
            html::to_text(&format!("<pre>{typed}</pre>"))
        })
        .collect();
    if bubbles.is_empty() {
        html::to_text(&String::from_utf8_lossy(content))
    } else {
        bubbles.join("\n")
    }
}

/// A time, which may stand in a link, followed by when it was read.
fn set_html_time(content: &[u8], at: usize, record: &mut Record) {
    let mut place = 0usize;
    for token in content.split_inclusive(|byte| matches!(byte, b'<' | b'>')) {
        let words = token.strip_suffix(b"<").unwrap_or(token);
        if let Ok(text) = std::str::from_utf8(words) {
            let lead = text.len().saturating_sub(text.trim_start().len());
            if let Some((length, time)) = time_of(text.trim_start()) {
                let begin = place.saturating_add(lead);
                let written = content.get(begin..begin.saturating_add(length));
                set_written(
                    record,
                    at.saturating_add(begin),
                    written.unwrap_or_default(),
                );
                record.time = Time::Local(time);
                return;
            }
        }
        place = place.saturating_add(token.len());
    }
}

/// The rows of an edited message: each with when it was edited, and its text.
fn edits(content: &[u8]) -> Vec<Version> {
    let mut versions = Vec::new();
    let all = elements(content, |_| false);
    let mut whole = Whole::default();
    let rows = all.iter().filter(|element| element.tag.is("tr"));
    for row in rows.filter(|row| whole.takes("tr", row)) {
        let mut version = Version {
            text: String::new(),
            written: String::new(),
        };
        let mut read = Whole::default();
        for element in inner(&all, row) {
            if element.has_class("timestamp") {
                if read.takes("timestamp", element) {
                    version.written = element.words(content);
                }
            } else if element.has_class("bubble") && read.takes("bubble", element) {
                let typed = String::from_utf8_lossy(element.content(content));
                version.text = html::to_text(&format!("<pre>{typed}</pre>"));
            }
        }
        versions.push(version);
    }
    if versions.is_empty() {
        versions.push(Version {
            text: words_of(content),
            written: String::new(),
        });
    }
    versions
}

/// A file that a part of a message shows or links to.
fn attach(
    element: &super::blocks::Element<'_>,
    files: &Files<'_>,
    named: &mut HashSet<String>,
    record: &mut Record,
) {
    let tag = &element.tag;
    let media = match () {
        () if tag.is("img") => "photo",
        () if tag.is("video") => "video",
        () if tag.is("audio") => "audio",
        () if tag.is("source") => "",
        () if tag.is("a") => "document",
        () => return,
    };
    let Some(path) = tag.value(if tag.is("a") { "href" } else { "src" }) else {
        return;
    };
    // Links to the web and to the Messages app are words; a video names its file twice.
    let foreign = path.is_empty()
        || path.starts_with("http:")
        || path.starts_with("https:")
        || path.starts_with("mailto:")
        || path.starts_with("tel:")
        || path.starts_with("sms:")
        || path.starts_with("data:");
    let mut attachment = files.attachment(&path);
    attachment.media = media.into();
    if !foreign && named.insert(attachment.name.clone()) {
        record.extra.attachments.push(attachment);
    }
}
