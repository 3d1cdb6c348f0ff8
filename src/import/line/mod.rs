//! LINE's "Export chat history": one text file for each chat.
//!
//! LINE documents none of it; the forms here are those that public readers of such files know, in
//! Japanese, English, Chinese, Thai and Korean. On a phone: a first line with the chat's name, a
//! line that says when it was saved, and for each day an empty line, a line with the day, and its
//! messages as time, tab, name, tab, text; a line of the app has an empty name or none. A text of
//! several lines stands in quotation marks, its own doubled; older versions write its lines as
//! they are. On a computer there may be no first line, and spaces may stand for the tabs.
//!
//! Times are the clock of the device that exported. The order of day and month is settled by the
//! days of the week beside them. The export names no files and holds no reactions, replies or
//! edits; of what was taken back it keeps that it was.

mod day;
mod survey;
pub(super) mod words;

use super::lines::{Begins, LONGEST, bare, line_at, quoted_end, unquoted};
use super::records::others;
use super::window::{Tiles, Window, blank, set_written, text_of};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head,
};
use crate::model::{Direction, Kind, Marks, Time};
use chrono::NaiveDate;
use survey::{Mark, Shape, Survey};

/// Longest name that is looked for at the start of a line of the app, in characters.
const LONGEST_NAME: usize = 200;

/// Reads LINE's chat histories.
pub struct Line;

impl Importer for Line {
    fn name(&self) -> &'static str {
        "line"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "LINE, \"Export chat history\"",
            channels: &["line"],
            reads: &[
                "txt from phones, parted by tabs, with 12- and 24-hour clocks, in Japanese, English, Chinese, Thai and Korean",
                "txt from computers, without a first line, parted by tabs or spaces",
            ],
            carries: &[
                "sender, time on the exporting device's clock, calls, that a message was taken back; direction and recipient in a chat of two that is called after the other one",
            ],
            lacks: &[
                "files and stickers (only that there was one), reactions, replies, edits, who was in the chat and said nothing",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read such files, and their tests",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random chats in nine dialects, read back equal",
                },
            ],
            export: &[
                "LINE: open the chat, menu, Settings (Other settings on iPhone), Export chat history",
            ],
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        let mut found = export
            .readable()
            .map(|item| evidence(&head(export, item)))
            .filter(|found| !matches!(found, Detection::No(_)));
        found
            .next()
            .unwrap_or_else(|| Detection::No("no chat history of LINE".into()))
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut items: Vec<u32> = export
            .readable()
            .filter(|item| !matches!(evidence(&head(export, *item)), Detection::No(_)))
            .collect();
        if items.is_empty() {
            items.extend(export.readable().next());
        }
        let mut summary = Summary::default();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        for (thread, item) in (0u32..).zip(items) {
            let name = export.item_name(item);
            let mut survey = Survey::default();
            let mut title = None;
            let mut window = Window::new(export.open(item)?, &name);
            let mut first = true;
            while let Some(length) = line_at(&mut window, 0)? {
                let (line, _) = text_of(window.bytes().get(..length).unwrap_or_default());
                let line = bare(&line);
                let line = if first {
                    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
                    title = words::title_of(line).map(|(title, group)| (title.to_owned(), group));
                    line
                } else {
                    line
                };
                if !first || title.is_none() {
                    survey.take(line);
                }
                first = false;
                window.take(length);
            }
            let shape = survey.settle(
                title.as_ref().map(|(title, _)| title.as_str()),
                options,
                &mut summary,
            );
            summary.shape = if shape.tabs {
                "LINE txt, parted by tabs"
            } else {
                "LINE txt, parted by spaces"
            }
            .into();
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            tiles.thread(ThreadHead {
                title: title
                    .as_ref()
                    .map_or_else(|| stem(&name), |(title, _)| title.clone()),
                channel: "line".into(),
                group: match shape.senders.len() {
                    3.. => Some(true),
                    _ => title.as_ref().and_then(|(_, group)| *group),
                },
                members: Vec::new(),
            })?;
            let other = title
                .as_ref()
                .filter(|(title, group)| {
                    *group != Some(true)
                        && shape.senders.len() <= 2
                        && shape.senders.contains(title)
                })
                .map(|(title, _)| title.as_str());
            let reader = Reader {
                shape: &shape,
                thread,
                titled: title.is_some(),
                other,
            };
            reader.read(&mut window, &mut tiles)?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// Whether the first bytes of a file are those of a chat history.
fn evidence(head: &[u8]) -> Detection {
    let (text, _) = text_of(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head));
    let mut lines = text.lines();
    let first = lines.clone().next().unwrap_or_default();
    let titled = words::title_of(first).is_some();
    if titled {
        lines.next();
    }
    let mut before = Mark::Blank;
    let (mut days, mut messages) = (0u32, 0u32);
    // A day's line, and a message on the line after it.
    let mut begun = None;
    for line in lines {
        let mark = Mark::of(line);
        match mark {
            Mark::Day(day) => days = days.saturating_add(u32::from(day.is_certain())),
            Mark::Message { tab, .. } => {
                messages = messages.saturating_add(1);
                if matches!(before, Mark::Day(day) if day.is_certain()) {
                    begun = begun.or(Some(tab));
                }
            }
            Mark::Blank | Mark::Other => {}
        }
        before = mark;
    }
    let starts_with_day = matches!(Mark::of(first), Mark::Day(day) if day.is_certain());
    match begun {
        _ if titled && (days > 0 || messages > 0 || first.starts_with("[LINE]")) => {
            Detection::Yes("its first line is that of a chat history of LINE".into())
        }
        Some(true) if starts_with_day => Detection::Yes(
            "it begins with a day, then messages as time, tab, name, tab, text".into(),
        ),
        Some(false) if starts_with_day => {
            Detection::Maybe("it begins with a day, then messages as time, name, text".into())
        }
        _ => Detection::No("no chat history of LINE".into()),
    }
}

/// The name of a chat from the name of its file: `[LINE] Chat with Ben.txt`.
fn stem(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = stem.strip_prefix("[LINE]").unwrap_or(stem).trim();
    let stem = stem.strip_prefix("Chat with ").unwrap_or(stem);
    if stem.is_empty() { file } else { stem }.to_owned()
}

/// What is known at a place in the file.
#[derive(Default)]
struct Place {
    /// The day that stands above, with its line as written.
    day: Option<(NaiveDate, String)>,
    /// The last message's time of that day.
    minutes: u32,
    /// Whether an empty line, or nothing, stands before.
    blank: bool,
    messages: u64,
}

struct Reader<'a> {
    shape: &'a Shape,
    thread: u32,
    titled: bool,
    /// Of a chat of two that is called after the other one, their name: whoever else writes in it
    /// is the owner.
    other: Option<&'a str>,
}

impl Reader<'_> {
    fn read(&self, window: &mut Window<'_>, tiles: &mut Tiles<'_>) -> Result<(), ReadError> {
        window.at_least(3)?;
        if window.bytes().starts_with(b"\xEF\xBB\xBF") {
            tiles.structure(3)?;
            window.take(3);
        }
        let mut place = Place {
            blank: true,
            ..Place::default()
        };
        let mut number = 0u64;
        while let Some(length) = line_at(window, 0)? {
            number = number.saturating_add(1);
            let bytes = window.bytes().get(..length).unwrap_or_default();
            let (line, _) = text_of(bytes);
            let line = bare(&line);
            let mark = Mark::of(line);
            let before = place.blank;
            place.blank = matches!(mark, Mark::Blank);
            let headed = self.titled && number <= 2 && !self.shape.is_start(mark, before);
            let length = match mark {
                // The chat's name, and when it was saved: a date and a time.
                _ if headed && (number == 1 || digits(line) >= 6) => {
                    tiles.structure(length)?;
                    length
                }
                Mark::Blank => {
                    tiles.structure(length)?;
                    length
                }
                Mark::Day(day) if self.shape.accepts(day, before) => {
                    if let Some(date) = day.date(self.shape.order) {
                        place.day = Some((date, line.trim().to_owned()));
                        place.minutes = 0;
                        tiles.structure(length)?;
                    } else {
                        place.day = None;
                        let reason = "It seems to name a day, but there was no such day of the \
                                      week: the messages after it are without a date.";
                        tiles.unreadable(self.thread, bytes, reason)?;
                    }
                    length
                }
                Mark::Message {
                    time, minutes, tab, ..
                } if tab == self.shape.tabs && !self.runs_back(&place, minutes) => {
                    let body = self.body_at(line, time);
                    let (length, pasted) = self.end(window, length, body)?;
                    let bytes = window.bytes().get(..length).unwrap_or_default();
                    tiles.about(length)?;
                    let record = self.record(bytes, time, minutes, pasted, &place);
                    tiles.record(length, record)?;
                    place.minutes = minutes;
                    place.messages = place.messages.saturating_add(1);
                    length
                }
                _ => {
                    let reason = if place.messages == 0 {
                        "It stands before the first message."
                    } else {
                        "It belongs to no message."
                    };
                    tiles.unreadable(self.thread, bytes, reason)?;
                    length
                }
            };
            window.take(length);
        }
        Ok(())
    }

    /// Where spaces part a line, a line within a text may look like a message: one whose time is
    /// before the last message's of its day is none.
    fn runs_back(&self, place: &Place, minutes: u32) -> bool {
        !self.shape.tabs && place.day.is_some() && minutes < place.minutes
    }

    /// Where the text begins in the first line of a message, where a name stands before it.
    fn body_at(&self, line: &str, time: usize) -> Option<usize> {
        let begin = time.checked_add(1)?;
        let rest = line.get(begin..)?;
        let name = if self.shape.tabs {
            rest.find('\t')?
        } else {
            self.shape.name_end(rest)
        };
        let body = begin.checked_add(name)?.checked_add(1)?;
        (body <= line.len()).then_some(body)
    }

    /// Where the message at the window's start ends, given the length of its first line, and
    /// whether a line within it looks like a message of its own.
    fn end(
        &self,
        window: &mut Window<'_>,
        first: usize,
        body: Option<usize>,
    ) -> Result<(usize, bool), ReadError> {
        if let Some(body) = body
            && let Some(quoted) = quoted_end(window, body, self.shape)?
        {
            return Ok(quoted);
        }
        let (before, _) = text_of(window.bytes().get(..first).unwrap_or_default());
        let mut kept = first;
        let mut place = first;
        let mut blank = false;
        let mut pasted = false;
        while place < LONGEST
            && let Some(length) = line_at(window, place)?
        {
            let end = place.saturating_add(length);
            let (line, _) = text_of(window.bytes().get(place..end).unwrap_or_default());
            let mark = Mark::of(bare(&line));
            if self.shape.is_start(mark, blank) {
                // The first line has the time of the message that this one would follow.
                if self.shape.tabs || self.shape.follows(&before, &line) {
                    break;
                }
                pasted = true;
            }
            blank = matches!(mark, Mark::Blank);
            place = end;
            if !blank {
                kept = end;
            }
        }
        Ok((kept, pasted))
    }

    fn record(
        &self,
        bytes: &[u8],
        time: usize,
        minutes: u32,
        pasted: bool,
        place: &Place,
    ) -> Record {
        let mut record = blank(self.thread);
        let (text, damaged) = text_of(bytes);
        let text = bare(&text);
        if damaged {
            record.marks = record.marks.with(Marks::DAMAGED);
        }
        let clock = text.get(..time).unwrap_or_default();
        match &place.day {
            Some((day, written)) => {
                let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
                let seconds = i64::from(minutes).saturating_mul(60);
                record.time = Time::Local(midnight.saturating_add(seconds));
                record.extra.time_as_written = Some(format!("{written} {clock}"));
            }
            None => {
                set_written(&mut record, 0, clock.as_bytes());
                let note = "No day stands above it: when it was sent is not known.";
                record.extra.notes.push(note.into());
            }
        }
        if pasted {
            record.marks = record.marks.with(Marks::PASTED);
            let note = "A line in it looks like a message of its own: possibly a pasted chat.";
            record.extra.notes.push(note.into());
        }
        let first = text.lines().next().unwrap_or_default();
        let rest = text.get(time.saturating_add(1)..).unwrap_or_default();
        let (name, body) = match self.body_at(first, time) {
            Some(body) => {
                let name = text.get(time.saturating_add(1)..body.saturating_sub(1));
                (
                    name.unwrap_or_default(),
                    text.get(body..).unwrap_or_default(),
                )
            }
            None => ("", rest),
        };
        // A single line never stands in marks of LINE's own.
        record.text = if body.contains('\n') {
            unquoted(body)
        } else {
            body.to_owned()
        };
        if name.trim().is_empty() {
            self.set_line(&mut record);
        } else {
            record.sender = Some(name.trim().to_owned());
            let meaning = words::of_body(&record.text);
            record.kind = meaning.kind;
            record.extra.event = meaning.event.into();
            if let Some(attachment) = meaning.attachment {
                record.marks = record.marks.with(Marks::ATTACHMENT);
                record.extra.attachments.push(attachment);
            }
            if record.kind == Kind::Text && record.text.trim().is_empty() {
                record.kind = Kind::NotExported;
            }
        }
        self.tell(&mut record);
        record
    }

    /// Says which way a message of such a chat went, and to whom.
    fn tell(&self, record: &mut Record) {
        let (Some(other), Some(sender)) = (self.other, record.sender.as_deref()) else {
            return;
        };
        if !record.kind.is_decidable() {
            return;
        }
        let people: Vec<String> = self.shape.senders.iter().cloned().collect();
        record.extra.recipients = others(&people, Some(sender));
        record.extra.direction = Some(match sender == other {
            true => Direction::Received,
            false => Direction::Sent,
        });
    }

    /// A line of the app. One that says that a message was taken back names who did it.
    fn set_line(&self, record: &mut Record) {
        let meaning = words::of_line(&record.text);
        record.kind = meaning.kind;
        record.extra.event = meaning.event.into();
        if record.kind == Kind::Deleted {
            // The longest beginning that is a sender's name.
            let ends = record.text.char_indices().take(LONGEST_NAME);
            record.sender = ends
                .filter_map(|(end, _)| record.text.get(..end))
                .filter(|name| self.shape.senders.contains(*name))
                .last()
                .map(str::to_owned);
        }
    }
}

/// How many digits a line has.
fn digits(line: &str) -> usize {
    line.chars().filter(char::is_ascii_digit).count()
}
