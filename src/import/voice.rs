//! Google Voice as Google Takeout exports it: one HTML page for each stretch of a conversation,
//! each call and each voicemail, with pictures and recordings beside it.
//!
//! The pages are undocumented; what is read here are their microformats: `hChatLog` with
//! `message`s, and `haudio` for calls. Times carry their offset. Pages of one set of numbers are
//! one thread.

use super::blocks::{Blocks, Element, Piece, Places, elements, has_class};
use super::markup::unescape;
use super::window::{Tiles, Window, blank, set_written};
use super::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head,
};
use crate::model::{
    Address, Attachment, AttachmentState, Direction, Kind, Marks, Recipient, Role, Time,
};
use memchr::memmem;
use std::collections::HashMap;

/// Reads Google Voice's pages.
pub struct Voice;

impl Importer for Voice {
    fn name(&self) -> &'static str {
        "google-voice"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Google Voice, by Google Takeout",
            channels: &["google-voice"],
            reads: &["the HTML pages of texts, calls and voicemails"],
            carries: &[
                "numbers and names, recipients, time with its offset, direction, pictures and recordings, transcripts of voicemails",
            ],
            lacks: &["what was deleted before, whether a text was read"],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "pages in the tests of public programs that read them; no real export was at hand",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random pages, read back equal",
                },
            ],
            export: &[
                "takeout.google.com: Deselect all, choose Google Voice, Next step, Create export; give docket the unpacked folder or the zip",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    /// Pictures and recordings are named after their page: `Ann - Text - 2015-03-20T03_59_29Z-1-1.jpg`.
    fn brings(&self, inside: &str) -> bool {
        let file = inside.rsplit('/').next().unwrap_or(inside);
        let time = file.rsplit_once(" - ").and_then(|(_, rest)| rest.get(..20));
        time.is_some_and(|time| time.ends_with('Z') && time.get(10..11) == Some("T"))
    }

    fn detect(&self, export: &Export) -> Detection {
        if pages(export).next().is_some() {
            Detection::Yes("a page of Google Voice: a chat log or a call with its numbers".into())
        } else {
            Detection::No("no page of Google Voice".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "Google Voice Takeout HTML".into(),
            ..Summary::default()
        };
        let items: Vec<u32> = pages(export).collect();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let mut threads = Threads::default();
        for item in items {
            let people = people_of(export, item, sink)?;
            let name = export.item_name(item);
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            let thread = threads.of(&mut tiles, &people, export, item)?;
            RECORDS.each(&mut window, &mut |piece| match piece {
                Piece::Between(bytes) => tiles.structure(bytes.len()),
                Piece::Broken(bytes) => {
                    tiles.unreadable(thread, bytes, "This record does not close.")
                }
                Piece::Block(bytes) => {
                    tiles.about(bytes.len())?;
                    let record = record(bytes, thread, &people, export, &name);
                    tiles.record(bytes.len(), record)
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// Messages, and what a call's page holds.
const RECORDS: Blocks = Blocks {
    element: "div",
    begins: |tag| has_class(&tag, "message") || has_class(&tag, "haudio"),
    nests: true,
};

fn pages(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let head = head(export, *item);
        let has = |mark: &[u8]| memmem::find(&head, mark).is_some();
        has(b"class=\"tel\"") && (has(b"hChatLog") || has(b"class=\"haudio\""))
    })
}

/// Someone on a page: their name, and their number from a `tel:` link.
fn address(element: &Element<'_>, block: &[u8]) -> Address {
    let number = element.tag.value("href").unwrap_or_default();
    let number = number.strip_prefix("tel:").unwrap_or(&number);
    let name = element.words(block);
    Address::new(if name == number { "" } else { &name }, number)
}

/// The people of a page but its owner: those it lists, and those who speak in it.
fn people_of(export: &Export, item: u32, sink: &mut dyn Sink) -> Result<Vec<Address>, ReadError> {
    let mut found: Vec<Address> = Vec::new();
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let mut places = Places::of(sink, item);
    RECORDS.each(&mut window, &mut |piece| {
        places.about(&piece)?;
        let (Piece::Between(bytes) | Piece::Block(bytes) | Piece::Broken(bytes)) = piece;
        for element in elements(bytes, |_| false) {
            if element.tag.is("a") && element.has_class("tel") {
                let one = address(&element, bytes);
                if one.name != ME && !one.is_empty() && !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whom a page is about by its file's name, and whether it says so: `+44 - 2015-03-20T03_59_29Z.html`
/// and `Ann - Text - 2015….html` begin with the name or number, ` - Placed - 2013….html` with
/// nothing where the other one withheld it.
fn partner_of(name: &str) -> (&str, bool) {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.strip_suffix(".html").unwrap_or(file);
    let Some((before, time)) = stem.rsplit_once(" - ") else {
        return (stem, false);
    };
    if !time.ends_with('Z') || !time.contains('T') {
        return (stem, false);
    }
    const KINDS: [&str; 6] = [
        "Text",
        "Placed",
        "Received",
        "Missed",
        "Voicemail",
        "Recorded",
    ];
    let partner = match before.rsplit_once(" - ") {
        Some((partner, kind)) if KINDS.contains(&kind) => partner,
        _ => before,
    };
    match partner.trim() {
        "" => (stem.trim_start_matches([' ', '-']), false),
        partner => (partner, true),
    }
}

/// The threads announced so far, by their numbers.
#[derive(Default)]
struct Threads {
    known: HashMap<Vec<String>, u32>,
    announced: u32,
}

impl Threads {
    fn of(
        &mut self,
        tiles: &mut Tiles<'_>,
        people: &[Address],
        export: &Export,
        item: u32,
    ) -> Result<u32, ReadError> {
        let mut key: Vec<String> = people
            .iter()
            .map(|one| {
                if one.address.is_empty() {
                    one.name.clone()
                } else {
                    one.address.clone()
                }
            })
            .collect();
        key.sort();
        let own = export.item_name(item);
        let (partner, known) = partner_of(&own);
        if key.is_empty() {
            // Nobody but the owner is on the page: its name says who the other one is.
            key.push(if known { partner } else { &own }.to_owned());
        }
        if let Some(thread) = self.known.get(&key) {
            return Ok(*thread);
        }
        let names: Vec<&str> = people
            .iter()
            .map(|one| {
                if one.name.is_empty() {
                    one.address.as_str()
                } else {
                    one.name.as_str()
                }
            })
            .collect();
        let title = if names.is_empty() {
            partner.to_owned()
        } else {
            names.join(", ")
        };
        tiles.thread(ThreadHead {
            title,
            channel: "google-voice".into(),
            group: Some(people.len() > 1),
            members: Vec::new(),
        })?;
        let thread = self.announced;
        self.announced = thread.saturating_add(1);
        self.known.insert(key, thread);
        Ok(thread)
    }
}

fn record(bytes: &[u8], thread: u32, people: &[Address], export: &Export, name: &str) -> Record {
    let mut record = blank(thread);
    let all = elements(bytes, |_| false);
    let call = all.first().is_some_and(|first| first.has_class("haudio"));
    // Where the text ends that was read: a quotation in it is a part of it.
    let mut text_end = 0;
    for element in &all {
        if element.tag.is("abbr") && (element.has_class("dt") || element.has_class("published")) {
            set_time(element, &mut record);
        } else if element.tag.is("a") && element.has_class("tel") && record.sender.is_none() {
            record.sender = Some(address(element, bytes))
                .filter(|one| !one.is_empty())
                .map(|one| {
                    if one.name == ME {
                        ME.into()
                    } else {
                        one.to_string()
                    }
                });
        } else if element.tag.is("q") || element.has_class("full-text") {
            if element.inside.start >= text_end {
                record.text = element.words(bytes);
                text_end = element.inside.end;
            }
        } else if element.tag.is("img") || element.tag.is("audio") || element.tag.is("video") {
            attach(element, "src", export, &mut record);
        } else if element.tag.is("a") && element.has_class("vcard") {
            attach(element, "href", export, &mut record);
        }
    }
    if call {
        set_call(&all, bytes, name, &mut record);
    } else {
        let mine = record.sender.as_deref() == Some(ME);
        record.extra.direction = Some(if mine {
            Direction::Sent
        } else {
            Direction::Received
        });
        let mut all: Vec<String> = people.iter().map(ToString::to_string).collect();
        if !mine {
            all.push(ME.into());
        }
        record.extra.recipients = super::records::others(&all, record.sender.as_deref());
        if record.extra.attachments.is_empty() && record.text.is_empty() {
            record.kind = Kind::NotExported;
        } else if !record.extra.attachments.is_empty() {
            record.kind = Kind::Attachment;
        }
    }
    if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
    }
    record
}

/// The title holds the exact time with its offset.
fn set_time(element: &Element<'_>, record: &mut Record) {
    let Some(title) = element.tag.attribute("title") else {
        return;
    };
    set_written(record, title.at, title.value);
    match chrono::DateTime::parse_from_rfc3339(unescape(title.value).0.trim()) {
        Ok(time) => {
            record.time = Time::Instant {
                seconds: time.timestamp(),
                offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
            };
        }
        Err(_) => record
            .extra
            .notes
            .push("Its time is not written as Google Voice writes times.".into()),
    }
}

/// A file that stands beside the page; the page names it without its ending.
fn attach(element: &Element<'_>, attribute: &str, export: &Export, record: &mut Record) {
    let Some(name) = element.tag.value(attribute).filter(|name| !name.is_empty()) else {
        return;
    };
    let item = (0u32..).zip(&export.items).find(|(_, item)| {
        let file = item.file_name();
        file == name
            || file
                .strip_prefix(&name)
                .is_some_and(|rest| rest.starts_with('.') && !rest.ends_with(".html"))
    });
    let media = match () {
        () if element.tag.is("img") => "photo",
        () if element.tag.is("audio") => "audio",
        () if element.tag.is("video") => "video",
        () => "contact",
    };
    record.extra.attachments.push(Attachment {
        name,
        state: AttachmentState::of(item.is_some()),
        item: item.map(|(number, _)| number),
        media: media.into(),
        content_type: String::new(),
        within: None,
    });
}

/// A call's page says what it was in its first words and in its labels.
/// Some pages have the labels after the call; the file's name says it too (`Ann - Missed - 2024…`).
fn set_call(all: &[Element<'_>], bytes: &[u8], name: &str, record: &mut Record) {
    let label = all
        .iter()
        .filter_map(|element| element.tag.value("href"))
        .find_map(|link| {
            Some(link.split_once("google.com/voice#")?.1.to_owned()).filter(|label| is_kind(label))
        });
    let named = name
        .rsplit(" - ")
        .nth(1)
        .map(str::to_ascii_lowercase)
        .filter(|kind| is_kind(kind));
    let label = label.or(named);
    let (event, direction) = match label.as_deref() {
        Some("placed") => ("outgoing", Some(Direction::Sent)),
        Some("received") => ("incoming", Some(Direction::Received)),
        Some("missed") => ("missed", Some(Direction::Received)),
        Some("voicemail") => ("voicemail", Some(Direction::Received)),
        Some("recorded") => ("recorded", None),
        _ => ("", None),
    };
    let heading = all
        .iter()
        .find(|element| element.has_class("fn"))
        .map(|element| element.words(bytes))
        .unwrap_or_default();
    let length = all
        .iter()
        .find(|element| element.has_class("duration"))
        .map(|element| element.words(bytes))
        .unwrap_or_default();
    let head = [heading.as_str(), length.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let transcript = std::mem::take(&mut record.text);
    record.text = super::with_subject(&head, transcript);
    record.kind = Kind::Call;
    record.extra.event = event.into();
    record.extra.direction = direction;
    if direction == Some(Direction::Received) {
        record.extra.recipients.push(Recipient {
            role: Role::To,
            who: ME.into(),
        });
    }
    if direction == Some(Direction::Sent) {
        record.extra.recipients = record
            .sender
            .replace(ME.into())
            .map(|who| Recipient {
                role: Role::To,
                who,
            })
            .into_iter()
            .collect();
    }
}

fn is_kind(label: &str) -> bool {
    matches!(
        label,
        "placed" | "received" | "missed" | "voicemail" | "recorded"
    )
}
