//! The second reading: message by message, in the one shape that the survey found.

use super::again::Headers;
use super::chars::{clean_name, starts_with_mark};
use super::choose;
use super::dates::Decided;
use super::header::{self, End, Header};
use super::kinds::{Files, Judge, Wording};
use super::lines::{Ending, Line, Lines};
use super::survey::{Kept, Survey, local_time, may_be_quoted, without_end};
use super::words::Words;
use crate::import::{Export, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead};
use crate::model::{Extra, Kind, Marks, Span, Time};
use crate::text::{Encoding, counted};
use std::io::{self, Read};
use std::ops::ControlFlow;

/// Longest record in bytes; WhatsApp allows 65,536 characters in a message. What is longer goes on
/// in further records of its own.
const MAX_RECORD: u64 = 4 << 20;
/// Bytes of a text that is long.
const LONG: usize = 1 << 16;
/// How far before the message before it a line may lie before it is doubted: one day, in seconds.
const FAR_BEFORE: i64 = 86_400;
/// Bytes between two reports of progress.
const REPORT: u64 = 1 << 20;

/// What a failed read of an item means.
pub(super) fn failed(name: &str, source: io::Error) -> ReadError {
    match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            ReadError::Refused {
                path: name.into(),
                reason: format!("is damaged: {source}; copy the export again"),
            }
        }
        _ => ReadError::Io {
            path: name.into(),
            source,
        },
    }
}

/// Reads an export into a sink.
pub(super) fn read(
    export: &Export,
    options: &ReadOptions,
    words: &Words,
    sink: &mut dyn Sink,
) -> Result<Summary, ReadError> {
    let chosen = choose::chat_item(export, words)?;
    let Some(item) = chosen else {
        return Err(ReadError::Refused {
            path: export.name.clone(),
            reason: "holds no chat text; export the chat again".into(),
        });
    };
    let name = export.item(item).map_or("", |item| item.name.as_str());
    let mut stopped = None;
    let mut survey = Survey::read(export.open(item)?, words, |_| match sink.progress(0) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            stopped = Some(error);
            ControlFlow::Break(())
        }
    })
    .map_err(|source| failed(name, source))?;
    if let Some(error) = stopped {
        return Err(error);
    }
    let kept = survey.take_kept();
    let decided = survey.dates(options.date_order);
    let head = head(export, item, words, &survey);
    let group = group_sender(&survey, &head);
    sink.thread(head)?;
    let mut reading = Reading {
        name,
        item,
        survey: &survey,
        kept,
        decided: &decided,
        judge: Judge {
            wording: Wording::new(words),
            words,
            files: Files::new(export, item),
            marks: survey.marks,
            ios: survey
                .shape
                .is_some_and(|shape| matches!(shape.end, End::Bracket | End::Colon)),
            group,
        },
        words,
        parser: Headers::new(words),
        sink,
        rooms: Default::default(),
        raw: 0,
        last_time: None,
        counts: Counts::default(),
        encoding: Encoding::Utf8,
    };
    let stream = export.open(item)?;
    reading.run(stream)?;
    let (counts, encoding) = (reading.counts, reading.encoding);
    Ok(summary(item, &survey, decided, &counts, encoding))
}

/// What the thread is called and whether it is a group.
fn head(export: &Export, item: u32, words: &Words, survey: &Survey) -> ThreadHead {
    let name = |bytes: &[u8]| clean_name(&String::from_utf8_lossy(bytes));
    let notice = survey.notice_sender.as_deref().map(name);
    // On iOS the group's present name stands as the sender of the notice; in a chat of two, the
    // other person's name does.
    let group_name = notice
        .clone()
        .filter(|_| survey.group_events > 0)
        .or_else(|| survey.group_name.clone());
    let mut people: Vec<(String, u32)> = survey
        .names()
        .map(|(bytes, times)| (name(bytes), times))
        .filter(|(person, times)| {
            !person.is_empty()
                && Some(person) != group_name.as_ref()
                && (*times > 1 || survey.headers < 50)
        })
        .collect();
    people.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
    people.dedup_by(|(a, _), (b, _)| a == b);
    let named = choose::title_from_name(export, item, words);
    let group = if survey.group_events > 0 || people.len() > 2 {
        Some(true)
    } else if people.len() == 2
        && (survey.headers >= 20
            || named
                .as_ref()
                .is_some_and(|title| people.iter().any(|(person, _)| person == title)))
    {
        Some(false)
    } else {
        None
    };
    let title = named
        .or(group_name)
        .or_else(|| notice.filter(|_| group == Some(false)))
        .or_else(|| {
            let names: Vec<&str> = people.iter().take(2).map(|(person, _)| &**person).collect();
            (!names.is_empty() && people.len() <= 2).then(|| names.join(", "))
        })
        .unwrap_or_else(|| choose::stem(&export.name).to_owned());
    ThreadHead {
        title,
        channel: "whatsapp".into(),
        group,
        members: Vec::new(),
    }
}

/// The name that stands as sender of the app's lines in a group on iOS.
fn group_sender(survey: &Survey, head: &ThreadHead) -> Option<String> {
    let notice = survey.notice_sender.as_deref()?;
    (head.group == Some(true)).then(|| clean_name(&String::from_utf8_lossy(notice)))
}

/// What is counted while reading.
#[derive(Default)]
struct Counts {
    messages: u64,
    unreadable: u64,
    pasted: u64,
    damaged: u64,
    no_date: u64,
    too_long: u64,
    missing: u64,
}

/// A record whose end is not yet found.
struct Pending {
    /// Its first byte, as a place of the text.
    start: u64,
    header: Option<Header>,
    /// When its header says that it was sent: seconds on the local clock.
    time: Option<i64>,
    /// Whether it goes on over further lines.
    goes_on: bool,
    doubtful: bool,
    pasted: bool,
    /// Whether it goes on a record that was too long.
    continues: bool,
}

struct Reading<'a, 'w> {
    name: &'a str,
    item: u32,
    survey: &'a Survey,
    kept: Kept,
    decided: &'a Decided,
    judge: Judge<'w>,
    words: &'w Words,
    parser: Headers<'w>,
    sink: &'a mut dyn Sink,
    /// The room that the last message's sender and text stood in, for the next.
    rooms: (String, String),
    /// The next byte of the file that no record has.
    raw: u64,
    last_time: Option<i64>,
    counts: Counts,
    encoding: Encoding,
}

impl Reading<'_, '_> {
    fn run(&mut self, stream: impl Read) -> Result<(), ReadError> {
        let name = self.name;
        let limit = usize::try_from(MAX_RECORD).unwrap_or(usize::MAX);
        let mut lines = Lines::new(stream, limit).map_err(|source| failed(name, source))?;
        self.encoding = lines.encoding();
        if lines.bom() > 0 {
            let length = u32::from(lines.bom());
            self.raw = u64::from(length);
            self.sink.structure(self.item, Span { offset: 0, length })?;
        }
        let mut pending: Option<Pending> = None;
        let mut before = Ending::Cut;
        let mut told = 0;
        while let Some(line) = lines.next_line().map_err(|source| failed(name, source))? {
            let bytes = lines.slice(line.start, line.end);
            let known = self.kept.of(&line);
            let header = self.header(bytes, &line, known);
            let own = header.filter(|_| self.begins(&line, before));
            if let Some(header) = own {
                let time = local_time(&header, self.decided, self.survey);
                let doubtful = self.is_doubtful(bytes, &header, time);
                if let Some(pending) = pending.take() {
                    self.finish(&lines, &pending, line.start)?;
                }
                lines.keep_from(line.start);
                pending = Some(Pending {
                    start: line.start,
                    header: Some(header),
                    time,
                    goes_on: false,
                    doubtful,
                    pasted: false,
                    continues: false,
                });
            } else {
                let pasted = header.is_some() || self.looks_pasted(bytes, &line, known);
                let record = pending.get_or_insert(Pending {
                    start: line.start,
                    header: None,
                    time: None,
                    goes_on: false,
                    doubtful: false,
                    pasted: false,
                    continues: false,
                });
                record.pasted |= pasted;
                record.goes_on = true;
            }
            before = line.ending;
            if let Some(record) = pending.as_ref()
                && line.end - record.start >= MAX_RECORD
            {
                self.counts.too_long += 1;
                self.finish(&lines, record, line.end)?;
                lines.keep_from(line.end);
                pending = Some(Pending {
                    start: line.end,
                    header: None,
                    time: None,
                    goes_on: false,
                    doubtful: false,
                    pasted: false,
                    continues: true,
                });
            }
            if lines.bytes_read() - told > REPORT {
                told = lines.bytes_read();
                self.sink.progress(told)?;
            }
        }
        let total = lines.bytes_read();
        if let Some(record) = pending.as_ref() {
            let end = record.start + lines.rest_from(record.start);
            self.finish_last(&lines, record, end, total)?;
        }
        self.sink.progress(total)
    }

    /// The header of a line in the file's shape; `known`: its header in any, where the survey
    /// kept it.
    fn header(
        &mut self,
        bytes: &[u8],
        line: &Line,
        known: Option<Option<Header>>,
    ) -> Option<Header> {
        let shape = self.survey.shape.as_ref().filter(|_| line.first)?;
        let header = match known {
            // Where only a space ends the header, a line may read otherwise than the survey read it.
            _ if shape.end == End::Space => header::parse_in(bytes, self.words, shape),
            Some(header) => header,
            None => self.parser.parse(bytes),
        };
        header.filter(|header| header.shape == *shape)
    }

    /// Whether a line with a header may begin a message: where a carriage return and a line feed
    /// end every message, a line after a line feed alone is inside one.
    fn begins(&self, line: &Line, before: Ending) -> bool {
        line.start == 0 || !self.survey.crlf_ends || before == Ending::CrLf
    }

    /// Whether a line in the file's shape may still be pasted: its numbers are written otherwise
    /// than the file's, or it lies far back in time and its sender is nobody else's.
    fn is_doubtful(&mut self, bytes: &[u8], header: &Header, time: Option<i64>) -> bool {
        let last = self.last_time;
        if let Some(time) = time {
            self.last_time = Some(time);
        }
        if self.survey.crlf_ends {
            return false;
        }
        let usual = self.survey.year_width;
        let year = header.widths.iter().copied().max().unwrap_or(0).max(2);
        let unpadded = self.survey.padded && header.widths.contains(&1);
        if year != usual || unpadded {
            return true;
        }
        let far = matches!((time, last), (Some(time), Some(last)) if time < last - FAR_BEFORE);
        let rest = without_end(bytes.get(header.rest..).unwrap_or_default());
        far && self
            .survey
            .name_end(rest)
            .and_then(|end| rest.get(..end))
            .is_some_and(|name| self.survey.times(name) <= 1)
    }

    /// Whether a line inside a message looks like the first line of one in another shape.
    fn looks_pasted(&mut self, bytes: &[u8], line: &Line, known: Option<Option<Header>>) -> bool {
        if !line.first {
            return false;
        }
        let header = known.unwrap_or_else(|| self.parser.parse(bytes));
        header.is_some_and(|header| {
            let rest = without_end(bytes.get(header.rest..).unwrap_or_default());
            header.shape.end == End::Bracket || self.survey.name_end(rest).is_some()
        })
    }

    fn finish<R: Read>(
        &mut self,
        lines: &Lines<R>,
        record: &Pending,
        end: u64,
    ) -> Result<(), ReadError> {
        let bytes = lines.slice(record.start, end);
        let length = lines.raw_length(bytes);
        self.emit(lines, record, bytes, length)
    }

    /// The last record takes every byte that is left: half a character of UTF-16 too.
    fn finish_last<R: Read>(
        &mut self,
        lines: &Lines<R>,
        record: &Pending,
        end: u64,
        total: u64,
    ) -> Result<(), ReadError> {
        if total == self.raw {
            return Ok(());
        }
        let bytes = lines.slice(record.start, end);
        self.emit(lines, record, bytes, total.saturating_sub(self.raw))
    }

    fn emit<R: Read>(
        &mut self,
        lines: &Lines<R>,
        pending: &Pending,
        bytes: &[u8],
        length: u64,
    ) -> Result<(), ReadError> {
        let span = Span {
            offset: self.raw,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        self.raw += length;
        self.sink.about(self.item, span)?;
        let Some(header) = &pending.header else {
            self.counts.unreadable += 1;
            let note = if pending.continues {
                "goes on a message that is too long"
            } else {
                "stands before the first message"
            };
            let mut marks = Marks::default();
            let text = text(bytes, &mut marks);
            return self.sink.record(Record {
                thread: 0,
                item: self.item,
                span,
                written: None,
                time: Time::Unknown,
                sender: None,
                kind: Kind::Unreadable,
                marks,
                text,
                extra: Extra {
                    notes: vec![note.into()],
                    ..Extra::default()
                },
            });
        };
        self.counts.messages += 1;
        let record = self.message(lines, pending, header, bytes, span);
        let told = self.sink.record_of(&record);
        self.rooms = (record.sender.unwrap_or_default(), record.text);
        // What one long text took is not kept for all that follow.
        self.rooms.1.shrink_to(LONG);
        told
    }

    fn message<R: Read>(
        &mut self,
        lines: &Lines<R>,
        pending: &Pending,
        header: &Header,
        bytes: &[u8],
        span: Span,
    ) -> Record {
        let mut marks = Marks::default();
        let rest = without_last_end(bytes.get(header.rest..).unwrap_or_default());
        let end = match pending.goes_on {
            true => memchr::memchr(b'\n', rest),
            false => None,
        };
        let first_line = match end {
            Some(end) => without_end(rest.get(..end).unwrap_or_default()),
            None => rest,
        };
        let (sender, body) = self.split(first_line, rest, &mut marks);
        let mut body_text = std::mem::take(&mut self.rooms.1);
        body_text.clear();
        match std::str::from_utf8(body) {
            Ok(body) => body_text.push_str(body),
            Err(_) => body_text.push_str(&text(body, &mut marks)),
        }
        if self.survey.crlf_everywhere && memchr::memchr(b'\r', body).is_some() {
            body_text = body_text.replace("\r\n", "\n");
        }
        let judged = match &sender {
            None => self.judge.app_line(&body_text),
            Some(sender) => self
                .judge
                .message(sender, &body_text, starts_with_mark(bytes)),
        };
        let mut extra = judged.extra;
        marks = marks.with(judged.marks);
        self.counts.missing += extra
            .attachments
            .iter()
            .filter(|file| file.state == crate::model::AttachmentState::Missing)
            .count() as u64;
        if marks.has(Marks::DAMAGED) {
            self.counts.damaged += 1;
            extra
                .notes
                .push("holds bytes that are not text; each shows as U+FFFD".into());
        }
        if pending.pasted || pending.doubtful {
            self.counts.pasted += 1;
            marks = marks.with(Marks::PASTED);
            extra.notes.push(if pending.doubtful {
                "may be a line pasted into the message before it".into()
            } else {
                "a line inside looks like the first line of a message; it may be a pasted chat"
                    .into()
            });
        }
        let time = match pending.time {
            Some(time) => Time::Local(time),
            None => {
                self.counts.no_date += 1;
                extra
                    .notes
                    .push("the date or time cannot be read in this file's order".into());
                Time::Unknown
            }
        };
        let (from, to) = header.written;
        let before = lines.raw_length(bytes.get(..from).unwrap_or_default());
        let written = lines.raw_length(bytes.get(from..to).unwrap_or_default());
        let written = u16::try_from(before).ok().zip(u8::try_from(written).ok());
        if written.is_none() {
            let stretch = bytes.get(from..to).unwrap_or_default();
            extra.time_as_written = Some(String::from_utf8_lossy(stretch).into_owned());
        }
        Record {
            thread: 0,
            item: self.item,
            span,
            written,
            time,
            sender: sender.filter(|_| !judged.by_app),
            kind: judged.kind,
            marks,
            text: body_text,
            extra,
        }
    }

    /// The sender, if there is one, and the body.
    fn split<'b>(
        &mut self,
        first_line: &[u8],
        rest: &'b [u8],
        marks: &mut Marks,
    ) -> (Option<String>, &'b [u8]) {
        let end = self.survey.name_end(first_line).or_else(|| {
            // `Ann:.` with no space after the colon, where Ann is known.
            let end = memchr::memchr(b':', first_line)?;
            let name = first_line.get(..end)?;
            (self.survey.times(name) > 0).then_some(end)
        });
        let Some(end) = end else {
            return (None, rest);
        };
        let name = first_line.get(..end).unwrap_or_default();
        // A quote or a mark in the name: it may be a line of the app, with a colon in a group's name.
        if may_be_quoted(name) && self.survey.times(name) <= 1 {
            let line = String::from_utf8_lossy(first_line);
            if self.judge.is_app_line(&line) {
                return (None, rest);
            }
        }
        let mut clean = std::mem::take(&mut self.rooms.0);
        match std::str::from_utf8(name) {
            Ok(name) if name.is_ascii() => name.trim().clone_into(&mut clean),
            Ok(name) => clean = clean_name(name),
            Err(_) => clean = clean_name(&text(name, marks)),
        }
        if clean.is_empty() {
            return (None, rest);
        }
        let body = rest.get(end + 1..).unwrap_or_default();
        (Some(clean), body.strip_prefix(b" ").unwrap_or(body))
    }
}

/// A body without the line end that closes its record.
fn without_last_end(bytes: &[u8]) -> &[u8] {
    match bytes.strip_suffix(b"\n") {
        Some(line) => {
            let mut line = line;
            while let Some(shorter) = line.strip_suffix(b"\r") {
                line = shorter;
            }
            line
        }
        None => bytes,
    }
}

/// Bytes as text; where some are not UTF-8, U+FFFD stands for them and the mark is set.
fn text(bytes: &[u8], marks: &mut Marks) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            *marks = marks.with(Marks::DAMAGED);
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

/// What is said of the source as a whole.
fn summary(
    item: u32,
    survey: &Survey,
    decided: Decided,
    counts: &Counts,
    encoding: Encoding,
) -> Summary {
    let mut notes = Vec::new();
    let count = counts.messages;
    for cap in [10_000_u64, 40_000] {
        if (cap - 10..=cap + 10).contains(&count) {
            notes.push(format!(
                "{count} messages: WhatsApp stops an export near {cap}; older messages are probably missing"
            ));
        }
    }
    match survey.beginning {
        Some(place) if place <= 5 => {}
        _ if count == 0 => {}
        _ => notes.push(
            "the chat's beginning (the encryption notice or the group's creation) is not near the start; older messages may be missing".into(),
        ),
    }
    if survey.shape.is_none() {
        notes.push("no line begins as a message does; nothing could be read".into());
    }
    let mut note = |count: u64, one: &str, many: &str| {
        if count > 0 {
            notes.push(counted(count, one, many));
        }
    };
    note(
        counts.unreadable,
        "stretch of bytes belongs to no message and is listed as an exception",
        "stretches of bytes belong to no message and are listed as exceptions",
    );
    note(
        counts.too_long,
        "record was longer than 4 MiB and is cut into pieces",
        "records were longer than 4 MiB and are cut into pieces",
    );
    note(
        counts.damaged,
        "message holds bytes that are not text",
        "messages hold bytes that are not text",
    );
    note(
        counts.pasted,
        "message may hold, or be, lines of a pasted chat",
        "messages may hold, or be, lines of a pasted chat",
    );
    note(
        counts.no_date,
        "message has a date or time that cannot be read in this file's order",
        "messages have a date or time that cannot be read in this file's order",
    );
    note(
        counts.missing,
        "file that messages name is not in the export",
        "files that messages name are not in the export",
    );
    if survey.unknown_halves {
        notes.push(if survey.unknown_am.is_some() {
            "the words for morning and afternoon were told apart by their order within days".into()
        } else {
            "the words for morning and afternoon are not known; times are left open".into()
        });
    }
    if encoding != Encoding::Utf8 {
        notes.push(
            "the file is UTF-16, which WhatsApp does not write; another program made it".into(),
        );
    }
    Summary {
        shape: survey
            .shape
            .map(|shape| shape.describe())
            .unwrap_or_default(),
        date_order: survey.shape.map(|_| decided.order),
        date_order_basis: decided.basis,
        date_order_assumed: decided.assumed,
        chat_item: Some(item),
        notes,
    }
}
