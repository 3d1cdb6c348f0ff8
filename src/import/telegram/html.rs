//! The pages `messages.html`, `messages2.html` and so on.

use super::Files;
use crate::import::blocks::{Blocks, Element, Piece, Whole, elements, has_class, inner};
use crate::import::records::Threads;
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{Export, ReadError, Record, Sink};
use crate::model::{Attachment, Direction, Kind, Marks, Reaction, Time};
use chrono::{NaiveDate, NaiveDateTime};
use memchr::memmem;
use std::ops::Range;

const RECORDS: Blocks = Blocks {
    element: "div",
    begins: |tag| has_class(&tag, "message"),
    nests: false,
};
/// The page that leads to all others in an export of a whole account.
const MAIN_PAGE: &str = "export_results.html";
/// What the program writes in place of a message it does not know.
const UNSUPPORTED: &str = "This message is not supported by this version of Telegram Desktop";

/// Whether it is the beginning of such a page.
pub(super) fn is_page(head: &[u8]) -> bool {
    let has = |mark: &[u8]| memmem::find(head, mark).is_some();
    has(b"<html") && has(b"class=\"page_body chat_page\"") && has(b"class=\"history\"")
}

pub(super) fn read(
    export: &Export,
    pages: &[u32],
    files: &Files<'_>,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    let mut threads = Threads::new("telegram");
    let owner = owner_of(export);
    let owner = owner.as_deref();
    for item in pages {
        let name = export.item_name(*item);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut tiles = Tiles::new(sink, *item);
        let mut page = Page {
            folder: folder.to_owned(),
            title: String::new(),
            last: None,
            last_forward: String::new(),
            day: String::new(),
            owner,
        };
        let mut window = Window::new(export.open(*item)?, &name);
        RECORDS.each(&mut window, &mut |piece| match piece {
            Piece::Between(bytes) => {
                page.look_for_title(bytes);
                tiles.structure(bytes.len())
            }
            Piece::Broken(bytes) => {
                page.last = None;
                let thread = page.thread(&mut threads, &mut tiles)?;
                tiles.unreadable(thread, bytes, "This message does not close.")
            }
            Piece::Block(bytes) => {
                tiles.about(bytes.len())?;
                let Some(record) = page.record(bytes, files, *item) else {
                    return tiles.structure(bytes.len());
                };
                let thread = page.thread(&mut threads, &mut tiles)?;
                tiles.record(bytes.len(), Record { thread, ..record })
            }
        })?;
        tiles.finish()?;
    }
    Ok(())
}

/// The name of the account, which the main page of a whole account's export tells
/// (`export_results.html`); one chat's export does not.
fn owner_of(export: &Export) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for (number, item) in (0u32..).zip(&export.items) {
        if item.file_name() != MAIN_PAGE || item.problem.is_some() {
            continue;
        }
        let bytes = crate::import::head(export, number);
        let all = elements(&bytes, |_| false);
        let about = all.iter().find(|one| one.has_class("personal_info"))?;
        let names = all
            .iter()
            .find(|one| one.has_class("names") && about.inside.contains(&one.inside.start))?;
        let within = |one: &&Element<'_>| names.inside.contains(&one.inside.start);
        let values = all
            .iter()
            .filter(within)
            .filter(|one| one.has_class("value"));
        let name: Vec<String> = values.map(|one| one.words(&bytes)).collect();
        found.push(name.join(" ").trim().to_owned());
    }
    // Of two accounts that were put together nobody can say which one is asked about.
    found.dedup();
    match found.as_slice() {
        [only] if !only.is_empty() => Some(only.clone()),
        _ => None,
    }
}

/// What is known on a page up to a message.
struct Page<'o> {
    folder: String,
    title: String,
    /// The sender of the message before, which a joined message has too; `None` where the message
    /// before has none that could be read.
    last: Option<Option<String>>,
    /// Whom the message before was forwarded from, which a joined forward has too.
    last_forward: String,
    /// The day, as its line writes it.
    day: String,
    /// The account's name, where the export tells it.
    owner: Option<&'o str>,
}

impl Page<'_> {
    fn look_for_title(&mut self, bytes: &[u8]) {
        if !self.title.is_empty() || memmem::find(bytes, b"page_header").is_none() {
            return;
        }
        let all = elements(bytes, |_| false);
        let named = all
            .iter()
            .skip_while(|element| !element.has_class("page_header"))
            .find(|element| element.has_class("text") && element.has_class("bold"));
        self.title = named
            .map(|element| element.words(bytes))
            .unwrap_or_default();
    }

    fn thread(&self, threads: &mut Threads, tiles: &mut Tiles<'_>) -> Result<u32, ReadError> {
        threads.of(tiles, &self.folder, || (self.title.trim().to_owned(), None))
    }

    /// A message; `None` for the line of a day, which is the page's own.
    fn record(&mut self, bytes: &[u8], files: &Files<'_>, item: u32) -> Option<Record> {
        let all = elements(bytes, |_| false);
        let first = all.first()?;
        let id = first.tag.value("id").unwrap_or_default();
        let id = id.strip_prefix("message").unwrap_or_default().to_owned();
        if first.has_class("service") {
            self.last = None;
            self.last_forward.clear();
            let words = all
                .iter()
                .find(|element| element.has_class("body") && element.has_class("details"))
                .map(|element| element.words(bytes))
                .unwrap_or_default();
            if id.starts_with('-') && (is_day(&words) || words == "No exported messages") {
                self.day = words;
                return None;
            }
            return Some(service(id, words, &self.day));
        }
        let mut message = Message {
            record: blank(0),
            about: Vec::new(),
            body: Vec::new(),
            forwarded: 0..0,
            whole: Whole::default(),
            item,
            files,
        };
        message.record.extra.message_id = id;
        for element in &all {
            message.take(element, &all, bytes);
        }
        let mut record = message.finish();
        if first.has_class("joined") {
            match &self.last {
                Some(sender) => record.sender.clone_from(sender),
                None => record.extra.notes.push(
                    "Its sender stands with the message before, which could not be read.".into(),
                ),
            }
        } else {
            self.last = Some(record.sender.clone());
        }
        // A forward that goes on after another of the same person does not name them again.
        match &mut record.extra.forwarded {
            Some(from) if from.is_empty() => from.clone_from(&self.last_forward),
            Some(from) => self.last_forward.clone_from(from),
            None => self.last_forward.clear(),
        }
        if let (Some(owner), Some(sender), None) =
            (self.owner, &record.sender, record.extra.direction)
        {
            record.extra.direction = Some(match sender == owner {
                true => Direction::Sent,
                false => Direction::Received,
            });
        }
        Some(record)
    }
}

/// `8 March 2024`.
fn is_day(words: &str) -> bool {
    NaiveDate::parse_from_str(words.trim(), "%d %B %Y").is_ok()
}

fn service(id: String, words: String, day: &str) -> Record {
    let mut record = blank(0);
    record.extra.message_id = id;
    if words.starts_with(UNSUPPORTED) {
        record.kind = Kind::NotExported;
        record.extra.notes.push(words);
    } else {
        record.kind = Kind::System;
        record.extra.event = event_of(&words).to_owned();
        record.text = words;
    }
    if !day.is_empty() {
        record.extra.time_as_written = Some(day.to_owned());
        record
            .extra
            .notes
            .push("The page tells only the day of it.".into());
    }
    record
}

/// The event of a line, by the program's own words.
fn event_of(words: &str) -> &'static str {
    const EVENTS: [(&str, &str); 12] = [
        (" created group ", "created"),
        (" created topic ", "created"),
        (" joined group ", "joined"),
        (" joined Telegram", "joined"),
        (" invited ", "added"),
        (" removed group photo", "icon"),
        (" changed group photo", "icon"),
        (" removed ", "removed"),
        (" changed group title ", "subject"),
        (" pinned ", "pinned"),
        ("auto-delete", "timer"),
        (" took a screenshot", "screenshot"),
    ];
    EVENTS
        .iter()
        .find(|(mark, _)| words.contains(mark))
        .map_or("", |(_, event)| event)
}

/// `08.03.2024 09:41:12 UTC+01:00`; before 2022 without the offset.
fn time_of(written: &str) -> Option<Time> {
    let (date, zone) = match written.trim().split_once(" UTC") {
        Some((date, zone)) => (date, Some(zone)),
        None => (written.trim(), None),
    };
    let local = NaiveDateTime::parse_from_str(date, "%d.%m.%Y %H:%M:%S").ok()?;
    let local = local.and_utc().timestamp();
    let Some(zone) = zone else {
        return Some(Time::Local(local));
    };
    let (sign, rest) = match zone.split_at_checked(1) {
        None => (1, ""),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let hours: i64 = if hours.is_empty() {
        0
    } else {
        hours.parse().ok()?
    };
    let minutes: i64 = minutes.parse().ok()?;
    if !(0..=18).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    let offset = sign * (hours * 60 + minutes);
    Some(Time::Instant {
        seconds: local - offset * 60,
        offset_minutes: i16::try_from(offset).ok(),
    })
}

/// Words as they were typed: the program sets them on a line of their own, and writes a line break
/// that was typed as `<br>`.
fn typed(content: &[u8]) -> String {
    let content = String::from_utf8_lossy(content);
    let content = content.strip_prefix('\n').unwrap_or(&content);
    let content = match content.rsplit_once('\n') {
        Some((words, rest)) if rest.trim_start_matches(' ').is_empty() => words,
        _ => content,
    };
    content
        .split("<br>")
        .map(|line| crate::import::html::to_text(&format!("<pre>{line}</pre>")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A message that is being read.
struct Message<'f> {
    record: Record,
    /// Words about what is not words: a poll, a place, a contact.
    about: Vec<String>,
    body: Vec<String>,
    /// Where the forwarded part stands.
    forwarded: Range<usize>,
    whole: Whole,
    item: u32,
    files: &'f Files<'f>,
}

impl Message<'_> {
    fn take(&mut self, element: &Element<'_>, all: &[Element<'_>], bytes: &[u8]) {
        let within = |range: &Range<usize>| range.contains(&element.inside.start);
        let has = |class: &str| element.has_class(class);
        // What stands in one of these was read with it.
        let read = [
            "from_name",
            "reply_to",
            "text",
            "signature",
            "media",
            "media_poll",
            "reaction",
        ]
        .into_iter()
        .filter(|class| has(class) && (*class != "text" || element.tag.is("div")))
        .any(|class| !self.whole.takes(class, element));
        if read {
            return;
        }
        if has("date") && has("details") && element.tag.is("div") {
            self.time(element);
        } else if has("forwarded") && has("body") {
            self.forwarded = element.inside.clone();
            self.record.extra.forwarded.get_or_insert_default();
        } else if has("from_name") {
            let name = self.name(element, bytes);
            if within(&self.forwarded) {
                self.record.extra.forwarded = Some(name);
                let dated = inner(all, element).iter().find(|one| one.has_class("date"));
                if let Some(first) = dated.and_then(|one| one.tag.value("title")) {
                    let note = format!("It was first sent at {first}.");
                    self.record.extra.notes.push(note);
                }
            } else if self.record.sender.is_none() {
                self.record.sender = Some(name).filter(|name| !name.is_empty());
            }
        } else if has("reply_to") {
            self.reply(element, bytes);
        } else if has("text") && element.tag.is("div") {
            self.body.push(typed(element.content(bytes)));
        } else if has("signature") {
            let name = element.words(bytes);
            self.record.extra.notes.push(format!("Signed by {name}."));
        } else if has("media") {
            self.media(element, bytes);
        } else if has("photo_wrap") {
            self.file(element, "photo");
        } else if has("sticker_wrap") {
            self.file(element, "sticker");
        } else if has("animated_wrap") {
            self.file(element, "gif");
        } else if has("video_file_wrap") {
            self.file(element, "video");
        } else if has("media_poll") {
            self.poll(element, all, bytes);
        } else if has("reaction") {
            self.reaction(element, bytes);
        }
    }

    fn time(&mut self, element: &Element<'_>) {
        let Some(title) = element.tag.attribute("title") else {
            return;
        };
        if self.record.written.is_some() {
            return;
        }
        set_written(&mut self.record, title.at, title.value);
        match element.tag.value("title").as_deref().and_then(time_of) {
            Some(time) => self.record.time = time,
            None => self
                .record
                .extra
                .notes
                .push("Its time is not written as Telegram Desktop writes times.".into()),
        }
    }

    /// A name; the time of a forward stands in the same element, and the bot it came by.
    fn name(&mut self, element: &Element<'_>, bytes: &[u8]) -> String {
        let content = element.content(bytes);
        let end = memmem::find(content, b"<span").unwrap_or(content.len());
        let content = content.get(..end).unwrap_or_default();
        let words = crate::import::html::to_text(&String::from_utf8_lossy(content));
        match words.split_once(" via @") {
            Some((name, bot)) => {
                let note = format!("Sent by way of @{}.", bot.trim());
                self.record.extra.notes.push(note);
                name.trim().to_owned()
            }
            None => words.trim().to_owned(),
        }
    }

    fn reply(&mut self, element: &Element<'_>, bytes: &[u8]) {
        let inside = elements(element.content(bytes), |_| false);
        let link = inside
            .iter()
            .find_map(|element| element.tag.value("href"))
            .unwrap_or_default();
        match link.split_once("#go_to_message") {
            Some((_, id)) => self.record.extra.reply_to.push(id.to_owned()),
            None => self.record.extra.notes.push(element.words(bytes)),
        }
    }

    /// What the program shows as a title, a description and a status.
    fn media(&mut self, element: &Element<'_>, bytes: &[u8]) {
        let content = element.content(bytes);
        let inside = elements(content, |_| false);
        let part = |class: &str| {
            inside
                .iter()
                .find(|element| element.has_class(class))
                .map(|element| element.words(content))
                .unwrap_or_default()
        };
        let (title, description, status) = (part("title"), part("description"), part("status"));
        let has = |class: &str| element.has_class(class);
        if has("media_call") {
            self.record.kind = Kind::Call;
            self.record.extra.direction = if status.starts_with("Outgoing") || status == "Cancelled"
            {
                Some(Direction::Sent)
            } else {
                Some(Direction::Received)
            };
            self.about.push(format!("Call, {}", status.to_lowercase()));
            return;
        }
        let kind = [
            ("media_contact", Kind::Contact),
            ("media_location", Kind::Location),
            ("media_live_location", Kind::Location),
            ("media_venue", Kind::Location),
            ("media_game", Kind::Text),
            ("media_invoice", Kind::Text),
        ]
        .into_iter()
        .find(|(class, _)| has(class));
        if let Some((_, kind)) = kind {
            self.record.kind = kind;
            self.about.extend([title, description, status]);
            if kind == Kind::Contact && element.tag.value("href").is_some() {
                self.file(element, "contact");
                self.record.kind = kind;
            }
            return;
        }
        if title.starts_with("Self-destructing ") {
            self.record.kind = Kind::ViewOnce;
            self.record.extra.notes.push(format!("{title}: {status}"));
            return;
        }
        let media = [
            ("media_photo", "photo"),
            ("media_video", "video"),
            ("media_voice_message", "audio"),
            ("media_audio_file", "audio"),
        ]
        .into_iter()
        .find(|(class, _)| has(class))
        .map_or("document", |(_, media)| media);
        if element.tag.value("href").is_some() {
            self.file(element, media);
            // A file may be kept under another name than it was sent with.
            let kept = self.record.extra.attachments.last();
            let is_other = kept.is_some_and(|file| file.name != title);
            if is_other && !title.is_empty() && has("media_file") && title != "File" {
                let note = format!("Its file was sent as {title}.");
                self.record.extra.notes.push(note);
            }
        } else {
            // The description says why there is no file: `Not included, change data ...`.
            let mut file = self
                .files
                .attachment(self.item, "(File not included)", media, "");
            file.name = title;
            self.attach(file);
            if !description.is_empty() {
                self.record
                    .extra
                    .notes
                    .push(format!("Its file: {description}"));
            }
        }
    }

    fn file(&mut self, element: &Element<'_>, media: &str) {
        let Some(link) = element.tag.value("href") else {
            return;
        };
        let file = self.files.attachment(self.item, &link, media, "");
        self.attach(file);
    }

    fn attach(&mut self, file: Attachment) {
        self.record.kind = Kind::Attachment;
        self.record.marks = self.record.marks.with(Marks::ATTACHMENT);
        self.record.extra.attachments.push(file);
    }

    fn poll(&mut self, element: &Element<'_>, all: &[Element<'_>], bytes: &[u8]) {
        self.record.kind = Kind::Poll;
        let mut whole = Whole::default();
        for one in inner(all, element) {
            let read = ["question", "answer", "total", "details"]
                .into_iter()
                .filter(|class| one.has_class(class))
                .any(|class| !whole.takes(class, one));
            if read {
                continue;
            }
            if one.has_class("question") {
                self.about.push(one.words(bytes));
            } else if one.has_class("answer") {
                let words = one.words(bytes);
                let words = words.strip_prefix("- ").unwrap_or(&words);
                self.about.push(format!("• {words}"));
            } else if one.has_class("total") {
                self.about.push(one.words(bytes));
            } else if one.has_class("details") && one.words(bytes).trim() == "Final results" {
                self.record.extra.notes.push("The poll is closed.".into());
            }
        }
    }

    /// One sign, with the pictures of those who put it there, or their number.
    fn reaction(&mut self, element: &Element<'_>, bytes: &[u8]) {
        let content = element.content(bytes);
        let inside = elements(content, |_| false);
        let value = inside
            .iter()
            .find(|element| element.has_class("emoji"))
            .map(|element| element.words(content))
            .unwrap_or_default();
        let names: Vec<String> = inside
            .iter()
            .filter(|element| element.has_class("userpic") || element.has_class("initials"))
            .filter_map(|element| element.tag.value("title"))
            .collect();
        let count = inside
            .iter()
            .find(|element| element.has_class("count"))
            .and_then(|element| element.words(content).trim().parse::<usize>().ok())
            .unwrap_or(1);
        let unnamed = count.saturating_sub(names.len()).min(1000);
        let who = names
            .into_iter()
            .chain(std::iter::repeat_n(String::new(), unnamed));
        for who in who {
            self.record.extra.reactions.push(Reaction {
                value: value.clone(),
                who,
                written: String::new(),
            });
        }
    }

    fn finish(self) -> Record {
        let mut record = self.record;
        let about: Vec<&str> = self
            .about
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        let about = about.join("\n");
        let body = self.body.join("\n\n");
        record.text = crate::import::records::paragraphs([about.as_str(), body.as_str()]);
        if record.kind == Kind::Text && record.text.is_empty() {
            record.kind = Kind::NotExported;
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::{Time, is_day, time_of};

    #[test]
    fn times_of_every_generation() {
        let instant = |seconds, offset_minutes| {
            Some(Time::Instant {
                seconds,
                offset_minutes: Some(offset_minutes),
            })
        };
        assert_eq!(
            time_of("08.03.2024 09:41:12 UTC+01:00"),
            instant(1_709_887_272, 60)
        );
        assert_eq!(
            time_of("08.03.2024 05:11:12 UTC-03:30"),
            instant(1_709_887_272, -210)
        );
        assert_eq!(
            time_of("08.03.2024 08:41:12 UTC"),
            instant(1_709_887_272, 0)
        );
        assert_eq!(
            time_of("08.03.2024 08:41:12"),
            Some(Time::Local(1_709_887_272))
        );
        assert_eq!(time_of("08.03.2024 08:41:12 UTC+99:00"), None);
        assert_eq!(time_of("8 March"), None);
        assert!(is_day("8 March 2024"));
        assert!(!is_day("8 March 2024 was fine"));
    }
}
