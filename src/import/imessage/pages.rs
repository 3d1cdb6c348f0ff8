//! The `.html` files: a message is an element of a page.

use super::message::{
    Chat, Files, note_read, note_replies, reaction, set_sender, set_versions, settle, time_of,
};
use crate::import::blocks::{Blocks, Element, Piece, Whole, elements, has_class, inner};
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{ReadError, Record, html, with_subject};
use crate::model::{Kind, Time, Version};
use memchr::memmem;
use std::collections::{HashMap, HashSet};

pub(super) fn read_html(
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
    record.text = with_subject(&record.extra.subject, std::mem::take(&mut record.text));
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
fn link_of(element: &Element<'_>) -> String {
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
    element: &Element<'_>,
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
