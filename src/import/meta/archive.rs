//! Facebook's oldest download, to 2018: all conversations in one page, or a page for each.
//!
//! A `div.thread` begins with the names of its people. In it stand, the newest first, a
//! `div.message` with `span.user` and `span.meta`, and after it its text in a `p`. A record is
//! what stands from one to the end of the last paragraph before the next. One conversation may
//! stand in several threads, and several conversations have the same people: each is a thread of
//! its own here.

use super::html::{file_of, outer};
use super::{Part, dates};
use crate::import::blocks::{Element, elements};
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{Export, ReadError, Record, ThreadHead, html};
use crate::model::{Kind, Marks};
use memchr::memmem;

const THREAD: &[u8] = b"<div class=\"thread\">";
const MESSAGE: &[u8] = b"<div class=\"message\">";
/// Longest message, and most bytes between two marks that are given at once.
const LONGEST: usize = 4 << 20;

/// Whether the first bytes of a page are those of such a download.
pub(super) fn is_page(head: &[u8]) -> bool {
    let has = |mark: &[u8]| memmem::find(head, mark).is_some();
    has(THREAD) && has(MESSAGE) && has(b"class=\"message_header\"") && has(b"class=\"meta\"")
}

/// Reads the conversations of a page; `announced` threads stand before them.
pub(super) fn read(
    export: &Export,
    item: u32,
    mut tiles: Tiles<'_>,
    part: &Part<'_>,
    announced: &mut u32,
) -> Result<(), ReadError> {
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let mut thread = None;
    loop {
        window.at_least(MESSAGE.len())?;
        if window.bytes().is_empty() {
            return tiles.finish();
        }
        let begins = |mark: &[u8]| window.bytes().starts_with(mark);
        let (is_thread, is_message) = (begins(THREAD), begins(MESSAGE));
        let end = next_mark(&mut window)?;
        let bytes = window.bytes().get(..end).unwrap_or_default();
        if is_thread || (is_message && thread.is_none()) {
            let names = bytes.get(THREAD.len()..).filter(|_| is_thread);
            thread = Some(announce(&mut tiles, names.unwrap_or_default(), announced)?);
        }
        if !is_message {
            tiles.structure(end)?;
            window.take(end);
            continue;
        }
        let number = thread.unwrap_or_default();
        let last = memmem::rfind(bytes, b"</p>").map(|at| at.saturating_add(4));
        let length = last.unwrap_or(end);
        let block = bytes.get(..length).unwrap_or_default();
        match record(block, part) {
            Some(record) => {
                let record = Record {
                    thread: number,
                    ..record
                };
                tiles.record(length, record)?;
            }
            None => tiles.unreadable(number, block, "It has neither a sender nor a time.")?,
        }
        window.take(length);
    }
}

/// Where the next mark stands after the window's start, or where to stop looking.
fn next_mark(window: &mut Window<'_>) -> Result<usize, ReadError> {
    let mut from = 1usize;
    loop {
        let bytes = window.bytes();
        let rest = bytes.get(from..).unwrap_or_default();
        let found = [THREAD, MESSAGE]
            .iter()
            .filter_map(|mark| memmem::find(rest, mark))
            .min();
        if let Some(step) = found {
            return Ok(from.saturating_add(step));
        }
        let length = bytes.len();
        // A mark may stand across the end of what is in memory.
        from = length.saturating_sub(MESSAGE.len()).max(from);
        if length >= LONGEST {
            return Ok(from);
        }
        if !window.more()? {
            return Ok(length);
        }
    }
}

/// Announces a thread by the names it begins with.
fn announce(tiles: &mut Tiles<'_>, names: &[u8], announced: &mut u32) -> Result<u32, ReadError> {
    let end = memchr::memchr(b'<', names).unwrap_or(names.len());
    let names = String::from_utf8_lossy(names.get(..end).unwrap_or_default());
    let names = html::to_text(&names);
    let title = names.trim();
    tiles.thread(ThreadHead {
        title: if title.is_empty() { "(no name)" } else { title }.to_owned(),
        channel: "messenger".into(),
        group: (!title.is_empty()).then(|| title.matches(", ").count() > 1),
        members: Vec::new(),
    })?;
    let number = *announced;
    *announced = number.saturating_add(1);
    Ok(number)
}

fn record(bytes: &[u8], part: &Part<'_>) -> Option<Record> {
    let all = elements(bytes, |_| false);
    let of = |class: &str| {
        all.iter()
            .find(|element| element.tag.is("span") && element.has_class(class))
    };
    let (user, meta) = (of("user"), of("meta"));
    if user.is_none() && meta.is_none() {
        return None;
    }
    let mut record = blank(0);
    if std::str::from_utf8(bytes).is_err() {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    let words = |element: &Element<'_>| element.words(bytes).trim().to_owned();
    record.sender = user.map(words).filter(|sender| !sender.is_empty());
    if let Some(meta) = meta {
        let written = words(meta);
        set_written(&mut record, meta.inside.start, meta.content(bytes));
        match dates::read(&written, part.date_order) {
            Some(seconds) => record.time = dates::time(seconds, &written),
            None => record
                .extra
                .notes
                .push("Its time is written in a way that is not known here.".into()),
        }
    }
    // What follows the box with the sender and the time.
    let begin = all.first().map_or(0, |first| outer(first, bytes).end);
    let mut shown = Vec::new();
    let mut place = begin;
    for element in all.iter().filter(|one| one.inside.start >= begin) {
        if element.inside.start < place {
            continue;
        }
        if let Some((address, media)) = file_of(element) {
            let attachment = part.files.attachment(&address, media);
            record.extra.attachments.push(attachment);
            // A link around a file is no words.
            let range = outer(element, bytes);
            shown.extend_from_slice(bytes.get(place..range.start).unwrap_or_default());
            place = place.max(range.end);
        }
    }
    shown.extend_from_slice(bytes.get(place..).unwrap_or_default());
    let words = html::to_text(&String::from_utf8_lossy(&shown));
    record.text = words.trim().to_owned();
    record.kind = if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
        Kind::Attachment
    } else if record.text.is_empty() {
        Kind::NotExported
    } else {
        Kind::Text
    };
    Some(record)
}
