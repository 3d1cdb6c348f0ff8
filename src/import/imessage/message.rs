//! What both forms tell of a message, and how.

use crate::import::records::others;
use crate::import::{Export, ME, Record};
use crate::model::{Attachment, AttachmentState, Direction, Kind, Marks, Reaction, Version};
use chrono::NaiveDateTime;
use std::collections::HashMap;

/// The files of the export by their names, to find attachments.
pub(super) struct Files<'a> {
    names: HashMap<&'a str, Vec<(u32, &'a str)>>,
}

impl<'a> Files<'a> {
    pub(super) fn of(export: &'a Export) -> Files<'a> {
        let mut names: HashMap<&str, Vec<(u32, &str)>> = HashMap::new();
        for (number, item) in (0u32..).zip(&export.items) {
            let named = names.entry(item.file_name()).or_default();
            named.push((number, item.name.as_str()));
        }
        Files { names }
    }

    /// The file that a message names by a path: the one whose own path ends like it.
    pub(super) fn attachment(&self, path: &str) -> Attachment {
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
pub(super) fn time_of(line: &str) -> Option<(usize, i64)> {
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

/// What the messages of a file are read with.
pub(super) struct Chat<'c> {
    pub(super) thread: u32,
    /// Those in it but its owner, as far as its name tells.
    pub(super) people: &'c [String],
    pub(super) files: &'c Files<'c>,
}

/// Those whom a file is called after. A group that has a name of its own is called after that and
/// a number (`Choir - 12`), and one of many people after the first of them.
pub(super) fn people_of(title: &str) -> Vec<String> {
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
    pub(super) fn address(&self, record: &mut Record) {
        // Who was in a group then, its file's name does not tell; whoever kept it was.
        let people = match (record.extra.direction, self.people) {
            (Some(Direction::Sent), [other]) => vec![other.clone()],
            (Some(Direction::Received), _) => vec![ME.into()],
            _ => return,
        };
        record.extra.recipients = others(&people, record.sender.as_deref());
    }
}

/// `Loved by Me`; a sticker's line is kept whole.
pub(super) fn reaction(line: &str) -> Reaction {
    let (value, who) = line.trim().rsplit_once(" by ").unwrap_or((line.trim(), ""));
    Reaction {
        value: value.into(),
        who: who.into(),
        written: String::new(),
    }
}

/// `(Read by you after 1 hour, 49 seconds)` stands behind the time of a message.
pub(super) fn note_read(record: &mut Record, written: &str) {
    let words = written.trim().strip_prefix('(');
    let words = words.and_then(|words| words.split(')').next());
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        record.extra.notes.push(format!("{words}."));
    }
}

pub(super) fn note_replies(record: &mut Record, replies: u32) {
    if replies > 0 {
        record.extra.notes.push(format!(
            "{replies} answers stand under it; each is a message of its own as well."
        ));
    }
}

pub(super) fn set_versions(record: &mut Record, mut versions: Vec<Version>) {
    record.text = versions.pop().map(|last| last.text).unwrap_or_default();
    record.extra.versions = versions;
    record.marks = record.marks.with(Marks::EDITED);
}

pub(super) fn set_sender(record: &mut Record, sender: &str, sent: Option<bool>) {
    record.sender = (!sender.is_empty()).then(|| sender.to_owned());
    record.extra.direction = match sent {
        Some(true) => Some(Direction::Sent),
        Some(false) => Some(Direction::Received),
        None => None,
    };
}

/// The kind, once everything is known.
pub(super) fn settle(record: &mut Record) {
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
