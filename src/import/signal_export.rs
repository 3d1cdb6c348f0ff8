//! What the open-source `signal-export` writes from Signal Desktop: a folder for each chat, with
//! `chat.md`, `data.json` (an object a line), `index.html` and the files in `media/`.
//!
//! The three tell the same; one of them is read, `data.json` first. Read from carderne/signal-export
//! (`create.py`, `models.py`, `main.py`, and the page of `templates.py` up to 2025; the pages since
//! group messages and leave out times, and always stand beside a `chat.md`). Times are the clock of
//! the computer that exported. In `chat.md` a message begins with a line such as
//! `[2024-03-01 10:00:05] Me: text`, before 2023 `[2024-03-01, 10:00] Me: text`; a line of a body
//! that looks so is taken for one. Names are those of Signal Desktop, without numbers.

use super::blocks::{Blocks, Piece, elements, has_class};
use super::files::Files;
use super::json::{self, Path, text};
use super::lines::each_run;
use super::records::{Found, Threads, each_record, paragraphs, set_marks, set_written_at};
use super::window::{Tiles, Window, blank, set_written, text_of};
use super::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Direction, Kind, Marks, Reaction, Time};
use chrono::NaiveDateTime;
use memchr::memmem;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the program writes for a message that was deleted for everyone.
const DELETED: &str = "(This message was deleted)";
/// What it writes where it does not know who sent a message.
const NO_SENDER: &str = "No-Sender";

/// Reads what signal-export writes.
pub struct SignalExport;

/// The forms, the one that tells most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Json,
    Markdown,
    Html,
}

impl Importer for SignalExport {
    fn name(&self) -> &'static str {
        "signal-export"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "Signal Desktop, by signal-export",
            channels: &["signal"],
            reads: &[
                "the folders with data.json, chat.md or (to 2025) index.html that signal-export writes",
            ],
            carries: &[
                "sender's name, direction, local time, attachments, reactions, stickers, deletions, that a message answers another and the words it quotes",
            ],
            lacks: &[
                "numbers, which message another answers, the time zone, earlier wordings of edited messages, changes of groups; disappearing messages unless they were asked for",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "that program's own writer, and a chat of 2 messages in the tests of a public program",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random exports, read back equal",
                },
            ],
            export: &[
                "On a computer with Signal Desktop: sigexport OUTPUT; give docket the folder it writes. Signal's own export on the phone tells more",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p std::path::Path) -> Option<&'p std::path::Path> {
        file.parent()
    }

    fn brings(&self, inside: &str) -> bool {
        inside.starts_with("media/") || inside == "index.html" || inside == "chat.md"
    }

    fn detect(&self, export: &Export) -> Detection {
        match chats(export).values().next() {
            Some(_) => Detection::Yes("a chat as signal-export writes it".into()),
            None => Detection::No("no chat of signal-export".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let chats = chats(export);
        let mut summary = Summary {
            notes: vec![
                "signal-export leaves out disappearing messages, unless it was told to write them."
                    .into(),
            ],
            ..Summary::default()
        };
        let files = Files::of(export);
        let mut threads = Threads::new("signal");
        if let (1, Some((item, _))) = (chats.len(), chats.values().next()) {
            summary.chat_item = Some(*item);
        }
        for (title, (item, form)) in &chats {
            summary.shape = match form {
                Form::Json => "signal-export data.json",
                Form::Markdown => "signal-export chat.md",
                Form::Html => "signal-export index.html",
            }
            .into();
            let mut chat = Chat {
                title,
                files: &files,
                threads: &mut threads,
                tiles: Tiles::new(sink, *item),
            };
            match form {
                Form::Json => chat.json(export, *item)?,
                Form::Markdown => chat.markdown(export, *item)?,
                Form::Html => chat.html(export, *item)?,
            }
            chat.tiles.finish()?;
        }
        Ok(summary)
    }
}

/// The file that each chat is read from, by the chat's folder.
fn chats(export: &Export) -> BTreeMap<String, (u32, Form)> {
    let mut found: BTreeMap<String, (u32, Form)> = BTreeMap::new();
    for item in export.readable() {
        let Some(form) = form_of(&head(export, item)) else {
            continue;
        };
        let name = export.item_name(item);
        let folder = match name.rsplit_once('/') {
            Some((folder, _)) => folder.rsplit('/').next().unwrap_or(folder).to_owned(),
            // A chat's folder that was given alone is the export's own name.
            None if export.items.len() > 1 => export.name.clone(),
            None => name
                .rsplit_once('.')
                .map_or(name.clone(), |(stem, _)| stem.into()),
        };
        let known = found.entry(folder).or_insert((item, form));
        if form < known.1 {
            *known = (item, form);
        }
    }
    found
}

fn form_of(head: &[u8]) -> Option<Form> {
    if is_markdown(&String::from_utf8_lossy(head)) {
        return Some(Form::Markdown);
    }
    if head.starts_with(b"{") {
        let keys = json::outline(head);
        let all = [
            "date",
            "sender",
            "body",
            "quote",
            "reactions",
            "attachments",
        ];
        if all.iter().all(|key| keys.contains(*key)) {
            return Some(Form::Json);
        }
    }
    let has = |mark: &[u8]| memmem::find(head, mark).is_some();
    let page = has(b"../style.css") && has(b"<html");
    let old = has(b"class=\"msg") && has(b"class=\"date\"") && has(b"class=\"time\"");
    (page && old).then_some(Form::Html)
}

/// Whether it is the beginning of a `chat.md`. WhatsApp writes `[2024-03-01 10:00:05] Me: text` on
/// some phones too; but the program ends each body with two spaces, and each message with an empty
/// line. A time without seconds in brackets behind a comma is this program's alone.
fn is_markdown(head: &str) -> bool {
    let mut runs: Vec<String> = Vec::new();
    for line in head.lines() {
        if Header::parse(line).is_some() {
            runs.push(line.to_owned());
        } else if let Some(run) = runs.last_mut() {
            run.push('\n');
            run.push_str(line);
        } else {
            return false;
        }
    }
    // The head may end within the last.
    if runs.len() > 1 {
        runs.pop();
    }
    let ends = |run: &String| {
        let written = run.trim_end_matches('\n');
        let open = written.ends_with("  ") || written.ends_with(" -)") || written.ends_with(" ))");
        open || written.ends_with(DELETED)
    };
    let early = |run: &String| run.get(11..13) == Some(", ") && run.get(18..19) == Some("]");
    !runs.is_empty() && (runs.iter().all(ends) || runs.iter().all(early))
}

/// The first line of a message in `chat.md`.
struct Header<'a> {
    time: i64,
    /// Where the time ends, as written.
    end: usize,
    sender: &'a str,
    body: &'a str,
}

impl Header<'_> {
    fn parse(line: &str) -> Option<Header<'_>> {
        let (date, rest) = line.strip_prefix('[')?.split_once("] ")?;
        let time = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d, %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(date, form).ok())?;
        let (sender, body) = rest.split_once(':')?;
        Some(Header {
            time: time.and_utc().timestamp(),
            end: date.len().checked_add(1)?,
            sender,
            body: body.strip_prefix(' ').unwrap_or(body),
        })
    }
}

struct Chat<'r, 's> {
    title: &'r str,
    files: &'r Files<'r>,
    threads: &'r mut Threads,
    tiles: Tiles<'s>,
}

impl Chat<'_, '_> {
    fn thread(&mut self) -> Result<u32, ReadError> {
        let title = self.title.to_owned();
        self.threads
            .of(&mut self.tiles, &title.clone(), || (title, None))
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
        each_record(export, item, &[&[]], &mut |_: &Path, found| match found {
            Found::Structure(length) => self.tiles.structure(length),
            Found::About(length) => self.tiles.about(length),
            Found::Broken(bytes, reason) => self.broken(bytes, reason),
            Found::Record(bytes, value, damaged) => {
                match self.json_record(bytes, &value, damaged) {
                    Some(record) => self.give(bytes, record),
                    None => {
                        self.broken(bytes, "It has no sender and body as signal-export writes.")
                    }
                }
            }
        })
    }

    fn json_record(&self, bytes: &[u8], value: &Value, damaged: bool) -> Option<Record> {
        let mut record = blank(0);
        set_sender(&mut record, value.get("sender")?.as_str()?);
        let body = value.get("body")?.as_str()?.trim_end();
        let date = NaiveDateTime::parse_from_str(text(value, "date"), "%Y-%m-%dT%H:%M:%S%.f");
        match date {
            Ok(date) => record.time = Time::Local(date.and_utc().timestamp()),
            Err(_) => record
                .extra
                .notes
                .push("Its date is not written as signal-export writes dates.".into()),
        }
        set_written_at(&mut record, bytes, &["date"]);
        for file in array(value, "attachments") {
            let path = text(file, "path").replace("%20", " ");
            let mut file_of = self
                .files
                .attachment(&path, super::records::media_of_name(&path));
            file_of.name = text(file, "name").to_owned();
            record.extra.attachments.push(file_of);
        }
        for reaction in array(value, "reactions") {
            // A pair of name and emoji, which Python writes as an array.
            let part = |place: usize, key: &str| {
                let part = reaction.get(place).or_else(|| reaction.get(key));
                part.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            record.extra.reactions.push(Reaction {
                value: part(1, "emoji"),
                who: part(0, "name"),
                written: String::new(),
            });
        }
        let sticker = match value.get("sticker") {
            Some(Value::String(emoji)) => emoji.as_str(),
            Some(sticker) => text(sticker, "emoji"),
            None => "",
        };
        let quote = text(value, "quote").trim();
        note_quote(&mut record, !quote.is_empty());
        record.text = paragraphs([quote, body, sticker]);
        let flag = |key: &str| value.get(key) == Some(&Value::Bool(true));
        settle(&mut record);
        if flag("deleted") {
            record.kind = Kind::Deleted;
        } else if flag("call") {
            record.kind = Kind::Call;
        }
        set_marks(&mut record, damaged);
        Some(record)
    }

    fn markdown(&mut self, export: &Export, item: u32) -> Result<(), ReadError> {
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
        let begins = |line: &str| Header::parse(line).is_some();
        each_run(&mut window, &begins, &mut |bytes, first| {
            self.tiles.about(bytes.len())?;
            let (run, damaged) = text_of(bytes);
            if run.trim().is_empty() {
                return self.tiles.structure(bytes.len());
            }
            match Header::parse(&run).filter(|_| first) {
                Some(header) => {
                    let record = self.markdown_record(bytes, &header, damaged);
                    self.give(bytes, record)
                }
                None => self.broken(bytes, "It does not begin with a time and a name."),
            }
        })
    }

    fn markdown_record(&self, bytes: &[u8], header: &Header<'_>, damaged: bool) -> Record {
        let mut record = blank(0);
        record.time = Time::Local(header.time);
        set_written(&mut record, 1, bytes.get(1..header.end).unwrap_or_default());
        set_sender(&mut record, header.sender);
        let mut body = header.body.replace("\r\n", "\n");
        if body.trim() == DELETED {
            record.kind = Kind::Deleted;
            return record;
        }
        while let Some((name, path, rest)) = link(&body) {
            let path = path.replace("%20", " ");
            let mut file = self
                .files
                .attachment(&path, super::records::media_of_name(&path));
            file.name = name;
            record.extra.attachments.push(file);
            body = rest;
        }
        let mut lines: Vec<&str> = Vec::new();
        for line in body.lines() {
            let line = line.trim_end();
            let inside = |begin: &str, end: &str| {
                let inside = line.strip_prefix(begin)?.strip_suffix(end)?;
                Some(inside.to_owned())
            };
            if let Some(signs) = inside("(- ", " -)") {
                record
                    .extra
                    .reactions
                    .extend(signs.split(", ").map(reaction));
            } else if let Some(sticker) = inside("(( ", " ))") {
                record.extra.notes.push(format!("A sticker: {sticker}"));
            } else {
                lines.push(line);
            }
        }
        let quotes = lines
            .iter()
            .map(|line| line.trim_start())
            .find(|line| !line.is_empty());
        note_quote(
            &mut record,
            quotes.is_some_and(|line| line.starts_with("> ")),
        );
        let whole = lines.join("\n");
        record.text = whole.trim_matches('\n').trim_end().to_owned();
        settle(&mut record);
        set_marks(&mut record, damaged);
        record
    }

    fn html(&mut self, export: &Export, item: u32) -> Result<(), ReadError> {
        const RECORDS: Blocks = Blocks {
            element: "div",
            begins: |tag| has_class(&tag, "msg"),
            nests: false,
        };
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
        RECORDS.each(&mut window, &mut |piece| match piece {
            Piece::Between(bytes) => self.tiles.structure(bytes.len()),
            Piece::Broken(bytes) => self.broken(bytes, "This message does not close."),
            Piece::Block(bytes) => {
                self.tiles.about(bytes.len())?;
                match self.html_record(bytes) {
                    Some(record) => self.give(bytes, record),
                    None => self.broken(bytes, "It has no date and time of its own."),
                }
            }
        })
    }

    fn html_record(&self, bytes: &[u8]) -> Option<Record> {
        let mut record = blank(0);
        let all = elements(bytes, |_| false);
        let words = |class: &str| {
            all.iter()
                .find(|element| element.has_class(class))
                .map(|element| element.words(bytes).trim().to_owned())
        };
        let (date, time) = (words("date")?, words("time")?);
        let written = format!("{date} {time}");
        let parsed = NaiveDateTime::parse_from_str(&written, "%Y-%m-%d %H:%M:%S").ok()?;
        record.time = Time::Local(parsed.and_utc().timestamp());
        record.extra.time_as_written = Some(written);
        set_sender(&mut record, &words("sender")?);
        for element in &all {
            let path = ["src", "href"]
                .iter()
                .find_map(|key| element.tag.value(key));
            if let Some(path) = path.filter(|path| path.starts_with("./media/")) {
                let path = path.replace("%20", " ");
                let media = super::records::media_of_name(&path);
                let file = self.files.attachment(&path, media);
                if !record.extra.attachments.contains(&file) {
                    record.extra.attachments.push(file);
                }
            }
        }
        let reactions = words("reaction").unwrap_or_default();
        if !reactions.is_empty() {
            record.extra.notes.push(format!("Reactions: {reactions}"));
        }
        let quote = words("quote").unwrap_or_default();
        note_quote(&mut record, !quote.is_empty());
        record.text = paragraphs([
            super::records::quoted(&quote).as_str(),
            words("body").unwrap_or_default().as_str(),
        ]);
        settle(&mut record);
        set_marks(&mut record, false);
        Some(record)
    }
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn set_sender(record: &mut Record, sender: &str) {
    if sender != NO_SENDER && !sender.trim().is_empty() {
        record.sender = Some(sender.trim().to_owned());
    }
    record.extra.direction = Some(if sender == ME {
        Direction::Sent
    } else {
        Direction::Received
    });
}

/// What a message answers stands before its words; the program does not say which message it is.
fn note_quote(record: &mut Record, quotes: bool) {
    if quotes {
        let note = "It answers an earlier message, which it quotes.";
        record.extra.notes.push(note.into());
    }
}

/// The kind, once the rest is known.
fn settle(record: &mut Record) {
    if !record.extra.attachments.is_empty() {
        record.kind = Kind::Attachment;
        record.marks = record.marks.with(Marks::ATTACHMENT);
    } else if record.text.is_empty() && record.extra.notes.is_empty() {
        record.kind = Kind::NotExported;
    }
}

/// `Ben: 👍`.
fn reaction(written: &str) -> Reaction {
    let (who, value) = written.rsplit_once(": ").unwrap_or(("", written));
    Reaction {
        value: value.to_owned(),
        who: who.to_owned(),
        written: String::new(),
    }
}

/// The first `![name](./media/path)` or `[name](./media/path)` of a body, and the body without it.
fn link(body: &str) -> Option<(String, String, String)> {
    let middle = body.find("](./media/")?;
    let before = body.get(..middle)?;
    let begin = before.rfind('[')?;
    let name = before.get(begin.checked_add(1)?..)?;
    let rest = body.get(middle.checked_add(4)?..)?;
    // A path may hold brackets; two spaces end what the program writes.
    let end = rest.find(")  ").or_else(|| rest.find(')'))?;
    let path = rest.get(..end)?.trim_start_matches('/');
    let lead = before.get(..begin)?;
    let lead = lead.strip_suffix('!').unwrap_or(lead);
    let tail = rest.get(end.checked_add(1)?..)?;
    Some((name.to_owned(), path.to_owned(), format!("{lead}{tail}")))
}
