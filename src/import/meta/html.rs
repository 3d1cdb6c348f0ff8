//! Conversations as pages, in three generations of Meta's classes: `_2lek` and its like to 2020,
//! `_a6-g` in a `div` since, and `_a6-g` in a `section`. A message is a box with its sender, its
//! content and its time; signs that people put on it are a list within the content.

use super::{Conversation, Part, dates};
use crate::import::blocks::{Blocks, Element, Piece, elements, has_class};
use crate::import::markup::Tag;
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{Export, ReadError, Record, html};
use crate::model::{Kind, Marks, Reaction};
use memchr::memmem;
use std::ops::Range;

/// The classes of a generation.
const SENDER: [&str; 2] = ["_a6-h", "_2lek"];
const CONTENT: [&str; 2] = ["_a6-p", "_2let"];
const TIME: [&str; 2] = ["_a6-o", "_2lem"];
const SIGNS: [&str; 2] = ["_a6-q", "_tqp"];
/// What stands in place of a message that was taken back.
const UNSENT: [&str; 3] = [
    "This message was unsent",
    "You unsent a message",
    "Message unsent",
];

/// Whether the first bytes of a page are those of a conversation.
pub(super) fn is_page(head: &[u8]) -> bool {
    let has = |mark: &str| memmem::find(head, mark.as_bytes()).is_some();
    (0..2).any(|generation| {
        [SENDER, CONTENT, TIME]
            .iter()
            .all(|classes| classes.get(generation).is_some_and(|class| has(class)))
            && has("role=\"main\"")
    }) && (has("_a6-g") || has("uiBoxWhite"))
}

fn is_box(tag: Tag<'_>) -> bool {
    has_class(&tag, "_a6-g") || (has_class(&tag, "_2lej") && has_class(&tag, "uiBoxWhite"))
}

/// The boxes of a page; one may hold others: what was shared.
fn boxes(sections: bool) -> Blocks {
    Blocks {
        element: if sections { "section" } else { "div" },
        begins: is_box,
        nests: true,
    }
}

/// Whether the boxes of a page are sections.
fn has_sections(export: &Export, item: u32) -> bool {
    let head = super::page_head(export, item);
    memmem::find(&head, b"<section class=\"_a6-g\"").is_some()
}

/// Reads what a page says of its conversation: its title, and a file's address.
pub(super) fn survey(
    export: &Export,
    item: u32,
    conversation: &mut Conversation,
) -> Result<(), ReadError> {
    let head = super::page_head(export, item);
    let all = elements(&head, |tag| tag.is("style"));
    if conversation.title.is_empty()
        && let Some(title) = all.iter().find(|element| element.tag.is("title"))
    {
        let words = String::from_utf8_lossy(title.content(&head)).into_owned();
        conversation.title = html::to_text(&format!("<p>{words}</p>")).trim().to_owned();
    }
    let address = all
        .iter()
        .filter_map(|element| element.tag.value("src").or(element.tag.value("href")))
        .find(|address| address.contains("messages/"));
    if conversation.address.is_empty() {
        conversation.address = address.unwrap_or_default();
    }
    Ok(())
}

/// Reads the messages of a page.
pub(super) fn read(
    export: &Export,
    item: u32,
    mut tiles: Tiles<'_>,
    part: &Part<'_>,
) -> Result<(), ReadError> {
    let blocks = boxes(has_sections(export, item));
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    blocks.each(&mut window, &mut |piece| match piece {
        Piece::Between(bytes) => tiles.structure(bytes.len()),
        Piece::Broken(bytes) => tiles.unreadable(part.thread, bytes, "This record does not close."),
        Piece::Block(bytes) => {
            tiles.about(bytes.len())?;
            match record(bytes, part) {
                Read::Message(record) => tiles.record(bytes.len(), *record),
                Read::Heading => tiles.structure(bytes.len()),
                Read::Neither => {
                    let reason = "It is a box with neither a sender nor a time.";
                    tiles.unreadable(part.thread, bytes, reason)
                }
            }
        }
    })?;
    tiles.finish()
}

/// What a box is.
enum Read {
    Message(Box<Record>),
    /// The participants, above the messages.
    Heading,
    Neither,
}

fn record(bytes: &[u8], part: &Part<'_>) -> Read {
    let all = elements(bytes, |_| false);
    let (mut sender, mut content, mut time) = (None, None, None);
    // Boxes within this one are parts of its content.
    let mut inner = 0usize;
    for element in all.iter().skip(1) {
        if element.inside.start < inner {
            continue;
        }
        let is = |classes: [&str; 2]| classes.iter().any(|class| element.has_class(class));
        if is_box(element.tag) {
            inner = element.inside.end;
        } else if is(SENDER) {
            sender = sender.or(Some(element));
        } else if is(CONTENT) {
            content = content.or(Some(element));
        } else if is(TIME) {
            time = time.or(Some(element));
        }
    }
    let mut record = blank(part.thread);
    let Some(time) = time else {
        let words = html::to_text(&String::from_utf8_lossy(bytes));
        return if sender.is_none() && words.trim_start().starts_with("Participants:") {
            Read::Heading
        } else {
            Read::Neither
        };
    };
    if std::str::from_utf8(bytes).is_err() {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    record.sender = sender
        .map(|sender| sender.words(bytes).trim().to_owned())
        .filter(|sender| !sender.is_empty());
    set_time(time, bytes, part, &mut record);
    if let Some(content) = content {
        set_content(content, &all, bytes, part, &mut record);
    }
    if let Some(label) = part.label {
        record.extra.labels.push(label.to_owned());
    }
    record.kind = if UNSENT
        .iter()
        .any(|words| record.text.trim_end_matches('.') == *words)
    {
        Kind::Deleted
    } else if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
        Kind::Attachment
    } else if record.text.trim().is_empty() {
        Kind::NotExported
    } else {
        Kind::Text
    };
    Read::Message(Box::new(record))
}

fn set_time(time: &Element<'_>, bytes: &[u8], part: &Part<'_>, record: &mut Record) {
    let words = time.words(bytes);
    let words = words.trim();
    match dates::read(words, part.date_order) {
        Some(seconds) => record.time = dates::time(seconds, words),
        None => record.extra.notes.push(
            "Its time is written in a way that is not known here, or its day and month may be \
             either."
                .into(),
        ),
    }
    // As it stands in the page, tags within left out.
    match memmem::find(time.content(bytes), words.as_bytes()) {
        Some(at) if !words.is_empty() => {
            let begin = time.inside.start.saturating_add(at);
            set_written(record, begin, words.as_bytes());
        }
        _ => record.extra.time_as_written = Some(words.to_owned()),
    }
}

/// The words of a message, its files and the signs on it. Lists of signs and the links around
/// files are no words.
fn set_content(
    content: &Element<'_>,
    all: &[Element<'_>],
    bytes: &[u8],
    part: &Part<'_>,
    record: &mut Record,
) {
    let mut shown = Vec::new();
    // Up to where the content was looked at, and shown.
    let mut place = content.inside.start;
    let within = all.iter().enumerate().filter(|(_, element)| {
        element.inside.start > content.inside.start && element.inside.end <= content.inside.end
    });
    for (number, element) in within {
        if element.inside.start < place {
            continue;
        }
        let range = outer(element, bytes);
        if element.tag.is("ul") && SIGNS.iter().any(|class| element.has_class(class)) {
            let signs = all.iter().skip(number);
            for sign in signs.take_while(|one| one.inside.start < element.inside.end) {
                if sign.tag.is("li") {
                    record.extra.reactions.push(reaction(&sign.words(bytes)));
                }
            }
        } else if let Some((address, media)) = file_of(element) {
            let attachment = part.files.attachment(&address, media);
            record.extra.attachments.push(attachment);
        } else {
            continue;
        }
        shown.extend_from_slice(bytes.get(place..range.start).unwrap_or_default());
        place = place.max(range.end);
    }
    shown.extend_from_slice(bytes.get(place..content.inside.end).unwrap_or_default());
    let words = html::to_text(&String::from_utf8_lossy(&shown));
    record.text = words.trim().to_owned();
}

/// The file that an element shows or links to, and what kind of file.
pub(super) fn file_of(element: &Element<'_>) -> Option<(String, &'static str)> {
    let tag = &element.tag;
    let (name, media) = match () {
        () if tag.is("img") => ("src", "photo"),
        () if tag.is("video") => ("src", "video"),
        () if tag.is("audio") => ("src", "audio"),
        () if tag.is("a") => ("href", "document"),
        () => return None,
    };
    let address = tag.value(name)?;
    let mut folders = address.split('/').rev().skip(1);
    let media = match folders.next()? {
        _ if address.contains("://") || address.starts_with("data:") => return None,
        "photos" => "photo",
        "videos" => "video",
        "audio" => "audio",
        "gifs" => "gif",
        "stickers_used" => "sticker",
        "files" => "document",
        _ => media,
    };
    Some((address, media))
}

/// An element with its tags.
pub(super) fn outer(element: &Element<'_>, bytes: &[u8]) -> Range<usize> {
    let before = bytes.get(..element.inside.start).unwrap_or_default();
    let begin = memchr::memrchr(b'<', before).unwrap_or(element.inside.start);
    let after = bytes.get(element.inside.end..).unwrap_or_default();
    let end = match after {
        [b'<', b'/', ..] => memchr::memchr(b'>', after).map_or(0, |end| end.saturating_add(1)),
        _ => 0,
    };
    begin..element.inside.end.saturating_add(end)
}

/// `❤Ben Okafor`, or `❤Ben Okafor (Jan 13, 2024 10:30 am)`: the sign is all before the name.
fn reaction(words: &str) -> Reaction {
    let words = words.trim().trim_start_matches("- ").trim();
    let (words, written) = words
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .filter(|(_, written)| dates::read(written, None).is_some())
        .unwrap_or((words, ""));
    let name = words.find(char::is_alphanumeric).unwrap_or(words.len());
    let (value, who) = words.split_at_checked(name).unwrap_or((words, ""));
    Reaction {
        value: value.trim().to_owned(),
        who: who.trim().to_owned(),
        written: written.to_owned(),
    }
}
