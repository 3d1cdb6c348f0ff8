//! What importers of records share: of JSON, an item whose records stand at known places is laid out
//! end to end; of any, threads are announced once.

use super::json::{self, Opens, Part, Path, Piece, Take, Visitor};
use super::window::{Tiles, Window, set_written};
use super::{Export, ReadError, Record, Sink, ThreadHead};
use crate::model::{Attachment, AttachmentState, Marks, Recipient, Role, Time};
use serde_json::Value;
use std::collections::HashMap;

/// Places in a document, as [`Path::is`] reads them.
pub(super) type Places<'p> = &'p [&'p [&'p str]];

/// A run of an item.
pub(super) enum Found<'a> {
    /// So many bytes of the format's own.
    Structure(usize),
    /// So many bytes are about to be understood as a record; what they are comes next.
    About(usize),
    /// An object at one of the places, its bytes, and whether some of it could not be read.
    Record(&'a [u8], Value, bool),
    /// Bytes of which no record could be made, and why.
    Broken(&'a [u8], &'static str),
}

/// Takes the runs of an item.
pub(super) type TakeFound<'t> = dyn FnMut(&Path, Found<'_>) -> Result<(), ReadError> + 't;

/// Goes through an item and gives every byte of it: what stands at `places` as records, and where
/// no object stands there, as broken.
///
/// # Errors
/// As [`json::walk`].
pub(super) fn each_record(
    export: &Export,
    item: u32,
    places: Places<'_>,
    take: &mut TakeFound<'_>,
) -> Result<(), ReadError> {
    struct Records<'r, 't> {
        places: Places<'r>,
        take: &'r mut TakeFound<'t>,
    }
    impl Visitor for Records<'_, '_> {
        fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
            Ok(choose(path, self.places))
        }
        fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
            let found = match piece {
                Piece::Between(length) => Found::Structure(length),
                Piece::Broken(bytes, reason) => Found::Broken(bytes, reason),
                Piece::Value(bytes) => {
                    (self.take)(path, Found::About(bytes.len()))?;
                    match json::parse(bytes) {
                        Some((value @ Value::Object(_), damaged)) => {
                            Found::Record(bytes, value, damaged)
                        }
                        Some(_) => Found::Broken(bytes, "A record should stand here."),
                        None => Found::Broken(bytes, "It is not JSON here."),
                    }
                }
            };
            (self.take)(path, found)
        }
    }
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    json::walk(&mut window, &mut Records { places, take })?;
    Ok(())
}

fn choose(path: &Path, places: Places<'_>) -> Take {
    let leads = |place: &&[&str]| {
        path.parts.len() < place.len()
            && path
                .parts
                .iter()
                .zip(*place)
                .all(|(part, step)| match part {
                    _ if *step == "*" => true,
                    Part::Key(key) => key == step,
                    Part::Index(_) => false,
                })
    };
    if places.iter().any(|place| path.is(place)) {
        Take::Whole
    } else if places.iter().any(leads) {
        Take::Enter
    } else {
        Take::Pass
    }
}

/// Reads values at `places` of an item, without laying it out.
///
/// # Errors
/// When the item cannot be read.
pub(super) fn collect(
    export: &Export,
    item: u32,
    places: Places<'_>,
    take: &mut dyn FnMut(&Path, &Value),
) -> Result<(), ReadError> {
    struct Values<'r> {
        places: Places<'r>,
        take: &'r mut dyn FnMut(&Path, &Value),
    }
    impl Visitor for Values<'_> {
        fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
            Ok(choose(path, self.places))
        }
        fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
            if let Piece::Value(bytes) = piece
                && let Some((value, _)) = json::parse(bytes)
            {
                (self.take)(path, &value);
            }
            Ok(())
        }
    }
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    json::walk(&mut window, &mut Values { places, take })?;
    Ok(())
}

/// Lays out items that hold no messages but what messages refer to (names, channels): they are
/// structure, but for what is no JSON.
///
/// # Errors
/// As [`json::walk`], and what the sink refuses.
pub(super) fn lay_out_support(
    export: &Export,
    items: &[u32],
    threads: &mut Threads,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    for item in items {
        let mut tiles = Tiles::new(sink, *item);
        each_record(export, *item, &[], &mut |_, found| match found {
            Found::Structure(length) => tiles.structure(length),
            Found::About(length) => tiles.about(length),
            Found::Record(bytes, ..) => tiles.structure(bytes.len()),
            Found::Broken(bytes, reason) => {
                let thread = threads.unreadable(&mut tiles)?;
                tiles.unreadable(thread, bytes, reason)
            }
        })?;
        tiles.finish()?;
    }
    Ok(())
}

/// The threads announced so far.
pub(super) struct Threads {
    channel: &'static str,
    known: HashMap<String, u32>,
    announced: u32,
    unreadable: Option<u32>,
}

/// What a conversation is called, whether it is a group, and who is in it as the export lists them.
pub(super) struct Head {
    title: String,
    group: Option<bool>,
    members: Vec<String>,
}

impl From<(String, Option<bool>)> for Head {
    fn from((title, group): (String, Option<bool>)) -> Head {
        (title, group, Vec::new()).into()
    }
}

impl From<(String, Option<bool>, Vec<String>)> for Head {
    fn from((title, group, members): (String, Option<bool>, Vec<String>)) -> Head {
        Head {
            title,
            group,
            members,
        }
    }
}

impl Threads {
    /// None yet, all of this channel.
    pub(super) fn new(channel: &'static str) -> Threads {
        Threads {
            channel,
            known: HashMap::new(),
            announced: 0,
            unreadable: None,
        }
    }

    /// The number of the thread of this key; where it is new, it is announced with the head that
    /// is made for it.
    ///
    /// # Errors
    /// What the sink refuses.
    pub(super) fn of<H: Into<Head>>(
        &mut self,
        tiles: &mut Tiles<'_>,
        key: &str,
        head: impl FnOnce() -> H,
    ) -> Result<u32, ReadError> {
        if let Some(thread) = self.known.get(key) {
            return Ok(*thread);
        }
        let thread = self.announce(tiles, head().into())?;
        self.known.insert(key.to_owned(), thread);
        Ok(thread)
    }

    /// The thread of bytes that belong to none.
    ///
    /// # Errors
    /// What the sink refuses.
    pub(super) fn unreadable(&mut self, tiles: &mut Tiles<'_>) -> Result<u32, ReadError> {
        match self.unreadable {
            Some(thread) => Ok(thread),
            None => {
                let thread = self.announce(tiles, ("(unreadable)".into(), None).into())?;
                self.unreadable = Some(thread);
                Ok(thread)
            }
        }
    }

    fn announce(&mut self, tiles: &mut Tiles<'_>, head: Head) -> Result<u32, ReadError> {
        tiles.thread(ThreadHead {
            title: Some(head.title.trim().to_owned())
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| "(no name)".into()),
            channel: self.channel.into(),
            group: head.group,
            members: head.members,
        })?;
        let thread = self.announced;
        self.announced = thread.saturating_add(1);
        Ok(thread)
    }
}

/// Says where in a record's bytes its time stands.
pub(super) fn set_written_at(record: &mut Record, bytes: &[u8], keys: &[&str]) {
    if let Some(place) = json::place_of(bytes, keys)
        && let Some(written) = bytes.get(place.clone())
    {
        set_written(record, place.start, written);
    }
}

/// The instant of a date and time with its offset (RFC 3339).
pub(super) fn instant(written: &str) -> Option<Time> {
    let time = chrono::DateTime::parse_from_rfc3339(written.trim()).ok()?;
    Some(Time::Instant {
        seconds: time.timestamp(),
        offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
    })
}

/// A file that a message names; `item` is where the export holds it.
pub(super) fn attachment(name: &str, content_type: &str, item: Option<u32>) -> Attachment {
    let content_type = content_type.trim().to_ascii_lowercase();
    let media = match super::media_of(&content_type) {
        "" | "document" => media_of_name(name),
        media => media,
    };
    Attachment {
        name: name.to_owned(),
        state: match item {
            Some(_) => AttachmentState::Present,
            None => AttachmentState::Missing,
        },
        item,
        media: media.into(),
        content_type,
        within: None,
    }
}

/// The word for a kind of file by the ending of its name.
pub(super) fn media_of_name(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "webp" | "heic" | "heif" | "bmp" | "tif" | "tiff" | "svg" => {
            "photo"
        }
        "gif" => "gif",
        "mp4" | "mov" | "m4v" | "3gp" | "mkv" | "avi" | "webm" => "video",
        "mp3" | "m4a" | "aac" | "amr" | "ogg" | "oga" | "opus" | "wav" | "flac" => "audio",
        "vcf" => "contact",
        "" => "",
        _ => "document",
    }
}

/// Marks a record that holds files, or that was read with a loss.
pub(super) fn set_marks(record: &mut Record, damaged: bool) {
    if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
    }
    if damaged {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
}

/// Paragraphs that are not blank, with an empty line between them; where all are blank, they as
/// they are.
pub(super) fn paragraphs<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let all: Vec<&str> = parts.into_iter().collect();
    let said = all.iter().filter(|part| !part.trim().is_empty());
    let said: Vec<&str> = said.copied().collect();
    if said.is_empty() {
        all.concat()
    } else {
        said.join("\n\n")
    }
}

/// Of a conversation of two, the one whom a message went to. Who was in a larger one when a message
/// was sent, no list tells that was made later: see [`ThreadHead::members`].
pub(super) fn other_of_two(people: &[String], sender: Option<&str>) -> Vec<Recipient> {
    let known = sender.is_some_and(|sender| people.iter().any(|who| who == sender));
    match people.len() {
        2 if known => others(people, sender),
        _ => Vec::new(),
    }
}

/// Everyone but the sender, as those whom a message went to.
pub(super) fn others(people: &[String], sender: Option<&str>) -> Vec<Recipient> {
    people
        .iter()
        .filter(|who| !who.is_empty() && Some(who.as_str()) != sender)
        .map(|who| Recipient {
            role: Role::To,
            who: who.clone(),
        })
        .collect()
}

/// What is said of a message whose kind docket does not know, and which is shown so.
pub(super) const UNKNOWN_KIND: &str = "docket does not know this kind of message: what the export has of it is shown as it stands there.";
/// Most lines that are shown of such a message, and how deep they are looked for.
const MOST_LINES: usize = 200;
const DEEPEST: usize = 16;

/// What an object holds beside these keys, a line for each value: `todo list title: Shopping`. What is a
/// key to something encrypted is not shown.
pub(super) fn as_it_stands(value: &Value, known: &[&str]) -> String {
    let mut lines = Vec::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        if !known.contains(&key.as_str()) {
            stands(&key.replace('_', " "), value, 0, &mut lines);
        }
    }
    lines.join("\n")
}

fn stands(name: &str, value: &Value, depth: usize, lines: &mut Vec<String>) {
    if depth > DEEPEST || lines.len() >= MOST_LINES {
        return;
    }
    match value {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => lines.push(format!("{name}: {text}")),
        Value::Bool(_) | Value::Number(_) => lines.push(format!("{name}: {value}")),
        Value::Array(values) => {
            for value in values {
                stands(name, value, depth.saturating_add(1), lines);
            }
        }
        Value::Object(values) => {
            for (key, value) in values {
                if !key.to_ascii_lowercase().ends_with("key") {
                    let name = format!("{name} {}", key.replace('_', " "));
                    stands(&name, value, depth.saturating_add(1), lines);
                }
            }
        }
    }
}

/// Words of someone else, as a quotation.
pub(super) fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// How long something took, for a person: `2 h 5 min`, `14 min`, `20 s`.
pub(super) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
