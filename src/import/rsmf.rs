//! RSMF, Relativity's short message format, 1.0 and 2.0: the form in which collected chats of any
//! app are handed to reviewers.
//!
//! An `.rsmf` file is a mail with a header `X-RSMF-Version`, a transcript as its text, and one
//! attachment `rsmf.zip`, which holds `rsmf_manifest.json` and the files it names, flat. The
//! entries of that zip are items of the export beside the file that carries it; messages stand in
//! the manifest, and all of the mail is structure. A manifest or an `rsmf.zip` alone is read too.
//! A conversation is usually cut into files of a day each: those of one `eventcollectionid` and
//! one conversation id are one thread.
//!
//! Rules are from Relativity's specification of both versions and its schema of 2.0. An event that
//! breaks them is an exception; but an id that is a number instead of a string is taken as its
//! digits. A time without an offset is taken as a clock's: nothing says which.

mod manifest;
pub mod own;
mod platform;

use super::files::Files;
use super::json::{
    Opens, Path, Piece, Take, Visitor, number, outline, parse, place_of, text, walk,
};
use super::records::other_of_two;
use super::window::{Tiles, Window, blank, set_written};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head,
};
use crate::model::{Direction, Kind, Marks, Reaction, Time, Version};
use manifest::{Manifest, Named, id_of, ids_of, list};
use platform::channel_of;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::Path as FilePath;

/// The name of the manifest in the zip.
const MANIFEST: &str = "rsmf_manifest.json";
/// Most notes of one kind on an event.
const MOST_NOTES: usize = 30;
/// Most signs on an event that are listed one by one.
const MOST_SIGNS: usize = 10_000;

/// Reads RSMF.
pub struct Rsmf;

impl Importer for Rsmf {
    fn name(&self) -> &'static str {
        "rsmf"
    }

    fn version(&self) -> u32 {
        5
    }

    fn about(&self) -> About {
        About {
            title: "RSMF, Relativity short message format",
            channels: platform::CHANNELS,
            reads: &["1.0.0 and 2.0.0: rsmf files, rsmf.zip or the manifest alone"],
            carries: &[
                "participants with addresses, in conversations of two the recipient, time, direction, attachments and where their size is another than told, edits with earlier texts, deletions, reactions, answers, read receipts, custom fields",
            ],
            lacks: &["what the collecting tool did not put in; avatars are kept and not shown"],
            verified: &[
                Verified {
                    by: Basis::Documentation,
                    what: "Relativity's specification of both versions, its schema of 2.0 and its samples, all read",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random files, read back equal; no large real file was at hand",
                },
            ],
            export: &[
                "Collection tools such as Cellebrite or RelativityOne Collect: choose RSMF as the output",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn keeps_order(&self) -> bool {
        false
    }

    fn home<'p>(&self, file: &'p FilePath) -> Option<&'p FilePath> {
        (file.file_name()? == MANIFEST)
            .then(|| file.parent())
            .flatten()
    }

    /// The files that the events of an unpacked manifest name stand beside it.
    fn names_files(&self, file: &Export) -> Vec<String> {
        let mut named = Named::default();
        for item in manifests(file).filter(|item| !file.is_packed(*item)) {
            // What cannot be read now is told when it is imported.
            if let Ok(input) = file.open(item) {
                let _ = walk(&mut Window::new(input, &file.item_name(item)), &mut named);
            }
        }
        named.files
    }

    fn detect(&self, export: &Export) -> Detection {
        if manifests(export).next().is_some() {
            return Detection::Yes("a manifest of RSMF".into());
        }
        let carrier = export.readable().any(|item| {
            let head = head(export, item).to_ascii_lowercase();
            head.starts_with(b"x-rsmf-version:")
                || memchr::memmem::find(&head, b"\nx-rsmf-version:").is_some()
        });
        Detection::No(if carrier {
            "an RSMF file, but no rsmf.zip with a manifest stands in it; if it is in a zip, unpack \
             it and give the folder"
                .into()
        } else {
            "no manifest of RSMF".into()
        })
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let items: Vec<u32> = manifests(export).collect();
        let mut summary = Summary::default();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let files = Files::of(export);
        let mut threads = Threads::default();
        let mut cut_short = Vec::new();
        let mut versions = BTreeSet::new();
        for item in items {
            let name = export.item_name(item);
            let mut manifest = Manifest {
                place: name.rsplit_once('/').map_or("", |(place, _)| place).into(),
                ..Manifest::default()
            };
            let mut window = Window::new(export.open(item)?, &name);
            walk(&mut window, &mut manifest)?;
            versions.insert(manifest.version.clone());
            // The mail that carries it holds no message of its own.
            if let Some(carrier) = export.carrier_of(item) {
                let mut left = export.item(carrier).map_or(0, |item| item.size);
                let mut tiles = Tiles::new(&mut *sink, carrier);
                while left > 0 {
                    let step = left.min(1 << 30);
                    tiles.structure(usize::try_from(step).unwrap_or(1 << 30))?;
                    left -= step;
                }
                tiles.finish()?;
            }
            let mut window = Window::new(export.open(item)?, &name);
            let mut events = Events {
                tiles: Tiles::new(&mut *sink, item),
                manifest: &manifest,
                threads: &mut threads,
                files: &files,
            };
            let walked = walk(&mut window, &mut events)?;
            events.tiles.finish()?;
            if walked.cut_short {
                cut_short.push(name);
            }
        }
        let versions: Vec<String> = versions
            .into_iter()
            .filter(|version| !version.is_empty())
            .collect();
        summary.shape = format!("RSMF {}", versions.join(", ")).trim_end().into();
        for platform in threads.platforms {
            summary
                .notes
                .push(format!("A conversation is from {platform}."));
        }
        for custodian in threads.custodians {
            summary
                .notes
                .push(format!("A conversation was collected from {custodian}."));
        }
        for name in cut_short {
            summary
                .notes
                .push(format!("{name} ends in the middle: it was cut short."));
        }
        Ok(summary)
    }
}

/// The items that are manifests.
fn manifests(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let name = export.item_name(*item).to_ascii_lowercase();
        if !name.ends_with(".json") && export.items.len() > 1 {
            return false;
        }
        let head = head(export, *item);
        let first = head
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&head)
            .iter()
            .find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            return false;
        }
        let keys = outline(&head);
        let has = |key: &str| keys.contains(key);
        // A list may be longer than what is looked at, and keys stand in any order.
        let people = has("participants.*.id") || has("participants.*.display");
        let conversations = has("conversations.*.id") && has("conversations.*.platform");
        let events = has("events.*.type");
        let known = [people, conversations, events]
            .into_iter()
            .filter(|known| *known);
        match known.count() {
            0 => false,
            1 => name.ends_with(MANIFEST),
            _ => true,
        }
    })
}

/// The threads announced so far.
#[derive(Default)]
struct Threads {
    known: HashMap<Vec<String>, u32>,
    announced: u32,
    platforms: BTreeSet<String>,
    custodians: BTreeSet<String>,
}

impl Threads {
    /// The thread of a conversation. Without a collection's id, two files tell of one
    /// conversation where its id, name and people are the same.
    fn of(
        &mut self,
        tiles: &mut Tiles<'_>,
        manifest: &Manifest,
        id: &str,
    ) -> Result<u32, ReadError> {
        let conversation = manifest.conversations.get(id).cloned().unwrap_or_default();
        let mut people: Vec<String> = conversation
            .people
            .iter()
            .map(|id| manifest.who(id))
            .collect();
        let mut key = vec![manifest.collection.clone(), id.to_owned()];
        if manifest.collection.is_empty() {
            let mut sorted = people.clone();
            sorted.sort();
            key.push(conversation.title.clone());
            key.push(conversation.platform.clone());
            key.extend(sorted);
        }
        if let Some(thread) = self.known.get(&key) {
            return Ok(*thread);
        }
        let own = conversation.own.as_ref();
        let channel = own.map_or_else(|| channel_of(&conversation.platform), |own| own.channel);
        if channel == "rsmf" && !conversation.platform.is_empty() {
            self.platforms.insert(conversation.platform.clone());
        }
        if !conversation.custodian.is_empty() {
            let who = manifest.who(&conversation.custodian);
            self.custodians.insert(who);
        }
        people.retain(|who| !who.is_empty());
        let title = [conversation.title, people.join(", "), id.to_owned()]
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or_else(|| "(no name)".into());
        tiles.thread(ThreadHead {
            title,
            channel: channel.into(),
            group: conversation.group,
            // docket names in a file only whom its messages name: that is no list of members.
            members: match own {
                Some(_) => Vec::new(),
                None => people,
            },
        })?;
        let thread = self.announced;
        self.announced = thread.saturating_add(1);
        self.known.insert(key, thread);
        Ok(thread)
    }
}

struct Events<'s, 'm> {
    tiles: Tiles<'s>,
    manifest: &'m Manifest,
    threads: &'m mut Threads,
    files: &'m Files<'m>,
}

impl Visitor for Events<'_, '_> {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        Ok(if path.is(&["events", "*"]) {
            Take::Whole
        } else if path.parts.is_empty() || path.is(&["events"]) {
            Take::Enter
        } else {
            Take::Pass
        })
    }

    fn piece(&mut self, _: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let (bytes, reason) = match piece {
            Piece::Between(length) => return self.tiles.structure(length),
            Piece::Broken(bytes, reason) => (bytes, reason),
            Piece::Value(bytes) => {
                self.tiles.about(bytes.len())?;
                match event(bytes, self.manifest, self.files) {
                    Ok((conversation, record)) => {
                        let thread =
                            self.threads
                                .of(&mut self.tiles, self.manifest, &conversation)?;
                        let record = Record { thread, ..record };
                        return self.tiles.record(bytes.len(), record);
                    }
                    Err(reason) => (bytes, reason),
                }
            }
        };
        // It stands with the conversation it names, if that can be read.
        let conversation = parse(bytes).map(|(value, _)| id_of(&value, "conversation"));
        let thread = self.threads.of(
            &mut self.tiles,
            self.manifest,
            &conversation.unwrap_or_default(),
        )?;
        self.tiles.unreadable(thread, bytes, reason)
    }
}

/// One event, and the id of its conversation; or why it is none.
fn event(
    bytes: &[u8],
    manifest: &Manifest,
    files: &Files<'_>,
) -> Result<(String, Record), &'static str> {
    let (value, damaged) = parse(bytes).ok_or("It is not JSON.")?;
    let mut record = blank(0);
    if damaged {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    text(&value, "body").clone_into(&mut record.text);
    let (kind, happened) = match text(&value, "type") {
        "message" | "unknown" => (Kind::Text, ""),
        "disclaimer" => (Kind::System, "disclaimer"),
        "join" => (Kind::System, "joined"),
        "leave" => (Kind::System, "left"),
        "history" => (Kind::System, "history"),
        _ => return Err("It is an event of no type that RSMF knows."),
    };
    record.kind = kind;
    record.extra.event = happened.into();
    let participant = id_of(&value, "participant");
    if !participant.is_empty() {
        record.sender = Some(manifest.who(&participant));
        if !manifest.people.contains_key(&participant) {
            let note = "The file does not say who this participant is.";
            record.extra.notes.push(note.into());
        }
    }
    set_time(&value, bytes, &mut record);
    record.extra.message_id = id_of(&value, "id");
    let parent = id_of(&value, "parent");
    if !parent.is_empty() && parent != record.extra.message_id {
        record.extra.reply_to.push(parent);
    }
    record.extra.direction = match text(&value, "direction") {
        "incoming" => Some(Direction::Received),
        "outgoing" => Some(Direction::Sent),
        // It is seen from whoever the conversation was collected from.
        _ if participant.is_empty() || record.kind == Kind::System => None,
        _ => manifest
            .custodian(&id_of(&value, "conversation"))
            .map(|custodian| match *custodian == participant {
                true => Direction::Sent,
                false => Direction::Received,
            }),
    };
    if record.kind == Kind::Text {
        let conversation = manifest.conversations.get(&id_of(&value, "conversation"));
        let people = conversation.map(|one| one.people.as_slice());
        let people = people.unwrap_or_default().iter().map(|id| manifest.who(id));
        let people: Vec<String> = people.collect();
        record.extra.recipients = other_of_two(&people, record.sender.as_deref());
    }
    set_attachments(&value, manifest, files, &mut record);
    set_reactions(&value, manifest, &mut record);
    set_edits(&value, manifest, &mut record);
    if text(&value, "importance") == "high" {
        record
            .extra
            .notes
            .push("It was marked as important.".into());
    }
    for receipt in list(&value, "read_receipts").iter().take(MOST_NOTES) {
        let action = match text(receipt, "action") {
            "delivered" => "Delivered to",
            _ => "Read by",
        };
        let who = manifest.who(&id_of(receipt, "participant"));
        let when = text(receipt, "timestamp");
        record
            .extra
            .notes
            .push(format!("{action} {who} {when}").trim_end().to_owned());
    }
    let fields = own::fields(&value);
    let own = own::kind(&record.extra.message_id, &fields);
    if let Some(kind) = own {
        let conversation = manifest.conversations.get(&id_of(&value, "conversation"));
        let whole = conversation.is_some_and(|one| one.own.is_some());
        if text(&value, "direction").is_empty() {
            record.extra.direction = None;
        }
        own::read(&fields, kind, whole, &mut record);
    } else {
        let notes = fields.iter().take(MOST_NOTES);
        let notes = notes.map(|(name, value)| format!("{name}: {value}"));
        record.extra.notes.extend(notes);
    }
    let deleted = value.get("deleted").and_then(Value::as_bool);
    if deleted == Some(true) {
        record.kind = Kind::Deleted;
    } else if record.kind == Kind::Text {
        if !record.extra.attachments.is_empty() {
            record.kind = Kind::Attachment;
        } else if record.text.trim().is_empty() {
            record.kind = Kind::NotExported;
        }
    }
    record.kind = own.unwrap_or(record.kind);
    Ok((id_of(&value, "conversation"), record))
}

/// ISO 8601, with an offset or without.
fn set_time(value: &Value, bytes: &[u8], record: &mut Record) {
    let written = text(value, "timestamp");
    if written.is_empty() {
        return;
    }
    match place_of(bytes, &["timestamp"]) {
        Some(place) if bytes.get(place.clone()) == Some(written.as_bytes()) => {
            set_written(record, place.start, written.as_bytes());
        }
        _ => record.extra.time_as_written = Some(written.to_owned()),
    }
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(written) {
        record.time = Time::Instant {
            seconds: time.timestamp(),
            offset_minutes: i16::try_from(time.offset().local_minus_utc() / 60).ok(),
        };
        return;
    }
    const FORMS: [&str; 4] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let clock = FORMS
        .iter()
        .find_map(|form| chrono::NaiveDateTime::parse_from_str(written, form).ok());
    match clock {
        Some(clock) => record.time = Time::Local(clock.and_utc().timestamp()),
        None => record
            .extra
            .notes
            .push("Its time is not written as RSMF writes times.".into()),
    }
}

fn set_attachments(value: &Value, manifest: &Manifest, files: &Files<'_>, record: &mut Record) {
    for one in list(value, "attachments") {
        let id = id_of(one, "id");
        let path = if manifest.place.is_empty() {
            id.clone()
        } else {
            format!("{}/{id}", manifest.place)
        };
        let shown = [text(one, "display"), &id]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default();
        let mut attachment = files.attachment(&path, media_of(shown));
        shown.clone_into(&mut attachment.name);
        let told = number(one, "size").and_then(|size| u64::try_from(size).ok());
        let here = attachment.item.and_then(|item| files.size(item));
        match (told, here) {
            (Some(told), Some(here)) if told != here => record.extra.notes.push(format!(
                "The manifest says that {shown} has {told} bytes; the file here has {here}."
            )),
            (Some(told), None) if told > 0 => record.extra.notes.push(format!(
                "The manifest says that {shown} has {told} bytes; the file is not here."
            )),
            _ => {}
        }
        record.extra.attachments.push(attachment);
    }
    if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
    }
}

/// What kind of file, by the ending of its name.
fn media_of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "webp" | "heic" | "bmp" | "tif" | "tiff" => "photo",
        "gif" => "gif",
        "mp4" | "mov" | "webm" | "3gp" | "mkv" => "video",
        "mp3" | "m4a" | "aac" | "wav" | "ogg" | "opus" | "amr" => "audio",
        "vcf" => "contact",
        "" => "",
        _ => "document",
    }
}

/// A sign of each participant who is named for it, and one without a name for each that is only
/// counted.
fn set_reactions(value: &Value, manifest: &Manifest, record: &mut Record) {
    for one in list(value, "reactions") {
        let sign = text(one, "value");
        let who = ids_of(one, "participants");
        let named = i64::try_from(who.len()).unwrap_or(i64::MAX);
        let least = i64::from(who.is_empty());
        let unnamed = number(one, "count").unwrap_or(0).saturating_sub(named);
        let names = who.iter().map(|id| manifest.who(id));
        for who in names.chain((0..unnamed.max(least)).map(|_| String::new())) {
            if record.extra.reactions.len() >= MOST_SIGNS {
                let note =
                    format!("It has more than {MOST_SIGNS} reactions; the first are listed.");
                record.extra.notes.push(note);
                return;
            }
            record.extra.reactions.push(Reaction {
                value: sign.to_owned(),
                who,
                written: String::new(),
            });
        }
    }
}

/// The texts before each edit, the oldest first: each was written when the one before was edited.
fn set_edits(value: &Value, manifest: &Manifest, record: &mut Record) {
    let edits = list(value, "edits");
    if edits.is_empty() {
        return;
    }
    record.marks = record.marks.with(Marks::EDITED);
    let mut written = text(value, "timestamp");
    let sender = id_of(value, "participant");
    for edit in edits {
        if edit.get("previous").is_some_and(Value::is_string) {
            record.extra.versions.push(Version {
                text: text(edit, "previous").to_owned(),
                written: written.to_owned(),
            });
        }
        written = text(edit, "timestamp");
        let editor = id_of(edit, "participant");
        if editor != sender && record.extra.notes.len() < MOST_NOTES {
            let who = manifest.who(&editor);
            record.extra.notes.push(format!("It was edited by {who}."));
        }
    }
    let last = edits
        .last()
        .map(|edit| text(edit, "new"))
        .unwrap_or_default();
    if !last.is_empty() && last != record.text {
        let note = "The text of its last edit is another than its own.";
        record.extra.notes.push(note.into());
        record.extra.versions.push(Version {
            text: last.to_owned(),
            written: written.to_owned(),
        });
    }
}
