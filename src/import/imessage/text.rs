//! The `.txt` files: a message begins where a line is exactly a time, after an empty line.

use super::message::{
    Chat, Files, note_read, note_replies, reaction, set_sender, set_versions, settle, time_of,
};
use crate::import::window::{Tiles, Window, after_empty_line, blank, set_written, text_of};
use crate::import::{Export, ME, ReadError, Record};
use crate::model::{Kind, Marks, Time, Version};
use memchr::memchr;

/// Longest message in a `.txt`.
const LONGEST: usize = 4 << 20;
/// What the program writes under an answer.
const ANSWER: &str = "This message responded to an earlier message.";
/// What it writes under a message that was deleted.
const DELETED: &str = "This message was deleted from the conversation!";

/// Whether bytes begin with the first line of a message or an announcement in a `.txt`: the time's
/// length, the time, and what follows it on the line.
pub(super) fn starts_message(bytes: &[u8]) -> Option<(usize, i64, &str)> {
    let end = memchr(b'\n', bytes).unwrap_or(bytes.len()).min(1 << 12);
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    if !line.starts_with(|sign: char| sign.is_ascii_uppercase()) {
        return None;
    }
    let (length, time) = time_of(line)?;
    Some((length, time, line.get(length..)?.trim()))
}

pub(super) fn read_txt(
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
pub(super) fn names_owner(
    export: &Export,
    items: impl Iterator<Item = u32>,
) -> Result<bool, ReadError> {
    for item in items {
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
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
