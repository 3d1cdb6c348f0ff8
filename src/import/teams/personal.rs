//! The export of a personal Teams account, `messages.json`. It is that of Skype, which Teams took
//! over: Skype's own exports are read as well.
//!
//! Microsoft documents the download (go.skype.com/export) and none of its fields. Sources: public
//! programs that read it (suurjaak/Skyperious, siwen-r/skype-export-parser and others) and their
//! users' reports. A message's `messagetype` says how its `content` is written.

use super::content::{self, Rich};
use super::{each, reaction};
use crate::import::blocks::{Element, elements};
use crate::import::json::{Path as Place, outline, text};
use crate::import::records::{
    Found, Threads, attachment, collect, duration, each_record, instant, set_marks, set_written_at,
};
use crate::import::window::{Tiles, blank};
use crate::import::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Address, Direction, Kind, Marks, Reaction};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Where the messages stand.
const MESSAGES: &[&str] = &["conversations", "*", "MessageList", "*"];

/// Reads exports of personal Teams and Skype accounts.
pub struct TeamsPersonal;

impl Importer for TeamsPersonal {
    fn name(&self) -> &'static str {
        "teams-personal"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "Microsoft Teams (personal) and Skype, messages.json",
            channels: &["teams"],
            reads: &[
                "messages.json, alone, in its tar or in the folder that it was unpacked to, 2019 to today",
            ],
            carries: &[
                "sender, time in UTC, direction, calls, quoted messages, reactions, shared files, places, contacts, joins and leaves",
                "whether a message was edited or deleted",
            ],
            lacks: &[
                "earlier texts of edited messages, texts of deleted ones",
                "files, unless the media folder stands beside it",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read it; no real export could be had",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random exports, read back equal",
                },
            ],
            export: &[
                "in a browser: go.skype.com/export (or Teams: Settings, Privacy, Export chat history), choose Conversations and Files; give docket the tar",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        file.parent()
    }

    /// Shared files, and what describes each of them.
    fn brings(&self, inside: &str) -> bool {
        inside == "endpoints.json" || inside.starts_with("media/")
    }

    fn detect(&self, export: &Export) -> Detection {
        if accounts(export).next().is_some() {
            Detection::Yes("`conversations` with `MessageList`".into())
        } else {
            Detection::No("no conversations with a MessageList".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "messages.json of Teams or Skype".into(),
            ..Summary::default()
        };
        let items: Vec<u32> = accounts(export).collect();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let mut threads = Threads::new("teams");
        for item in items {
            let account = Account::of(export, item)?;
            let mut tiles = Tiles::new(sink, item);
            each_record(export, item, &[MESSAGES], &mut |path, found| {
                let (bytes, value, damaged) = match found {
                    Found::Structure(length) => return tiles.structure(length),
                    Found::About(length) => return tiles.about(length),
                    Found::Broken(bytes, reason) => {
                        let thread = account.thread(path, &mut threads, &mut tiles)?;
                        return tiles.unreadable(thread, bytes, reason);
                    }
                    Found::Record(bytes, value, damaged) => (bytes, value, damaged),
                };
                let thread = account.thread(path, &mut threads, &mut tiles)?;
                match account.record(bytes, &value, damaged, thread) {
                    Some(record) => tiles.record(bytes.len(), record),
                    None => tiles.unreadable(
                        thread,
                        bytes,
                        "It has no id and time of arrival as messages of Teams have.",
                    ),
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// The items that are exports of an account.
fn accounts(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let head = head(export, *item);
        let may_be = memchr::memmem::find(&head, b"\"conversations\"").is_some();
        may_be && outline(&head).contains("conversations.*.MessageList")
    })
}

/// One conversation as the export tells it.
#[derive(Clone, Debug, Default)]
struct Conversation {
    id: String,
    name: String,
}

/// Whose export it is, and what its messages refer to.
#[derive(Default)]
struct Account {
    owner: String,
    /// By their numbers in the export.
    conversations: HashMap<u64, Conversation>,
    /// Names by addresses, as far as messages tell them.
    names: HashMap<String, String>,
    /// Files beside the messages, by the ids that messages name them by.
    files: HashMap<String, u32>,
}

impl Account {
    fn of(export: &Export, item: u32) -> Result<Account, ReadError> {
        let mut account = Account::default();
        for (number, file) in (0u32..).zip(&export.items) {
            let name = file.file_name();
            if let Some((id, ending)) = name.split_once('.')
                && ending != "json"
            {
                account.files.insert(id.to_owned(), number);
            }
        }
        let conversation = |key: &'static str| ["conversations", "*", key];
        let (id, name) = (conversation("id"), conversation("displayName"));
        let properties = conversation("threadProperties");
        let places: &[&[&str]] = &[&["userId"], &id, &name, &properties, MESSAGES];
        collect(export, item, places, &mut |path, value| {
            account.meet(path, value);
        })?;
        for one in account.conversations.values() {
            if !one.name.is_empty() && !one.id.starts_with("19:") {
                let names = account.names.entry(one.id.clone());
                names.or_insert_with(|| one.name.clone());
            }
        }
        Ok(account)
    }

    fn meet(&mut self, path: &Place, value: &Value) {
        let words = value.as_str().unwrap_or_default();
        if path.is(&["userId"]) {
            words.clone_into(&mut self.owner);
            return;
        }
        if path.is(MESSAGES) {
            let (from, name) = (text(value, "from"), text(value, "displayName"));
            if !from.is_empty() && !name.is_empty() && !self.names.contains_key(from) {
                self.names.insert(from.to_owned(), name.to_owned());
            }
            return;
        }
        let Some(number) = path.index(1) else { return };
        let one = self.conversations.entry(number).or_default();
        match path.key() {
            Some("id") => words.clone_into(&mut one.id),
            Some("displayName") if one.name.is_empty() => words.clone_into(&mut one.name),
            Some("threadProperties") if !text(value, "topic").is_empty() => {
                text(value, "topic").clone_into(&mut one.name);
            }
            _ => {}
        }
    }

    /// The thread of a message at this place.
    fn thread(
        &self,
        path: &Place,
        threads: &mut Threads,
        tiles: &mut Tiles<'_>,
    ) -> Result<u32, ReadError> {
        let Some(number) = path.index(1) else {
            return threads.unreadable(tiles);
        };
        let nobody = Conversation::default();
        let one = self.conversations.get(&number).unwrap_or(&nobody);
        let key = if one.id.is_empty() {
            format!("conversation {number}")
        } else {
            one.id.clone()
        };
        threads.of(tiles, &key, || {
            let title = match one.name.as_str() {
                "" => bare(&key).to_owned(),
                name => name.to_owned(),
            };
            let group = match one.id.as_str() {
                "" => None,
                // `19:uni01_...@thread.v2` is a chat of two.
                id => Some(id.starts_with("19:") && !id.starts_with("19:uni01_")),
            };
            (title, group)
        })
    }

    /// Someone by their address, as senders are written.
    fn person(&self, address: &str) -> String {
        let name = self.names.get(address).map_or("", String::as_str);
        Address::new(name, bare(address)).to_string()
    }

    fn record(&self, bytes: &[u8], message: &Value, damaged: bool, thread: u32) -> Option<Record> {
        let id = text(message, "id");
        let mut record = blank(thread);
        record.time = instant(text(message, "originalarrivaltime"))?;
        (!id.is_empty()).then_some(())?;
        set_written_at(&mut record, bytes, &["originalarrivaltime"]);
        id.clone_into(&mut record.extra.message_id);
        let from = text(message, "from");
        if !from.is_empty() {
            record.sender = Some(self.person(from));
            if !self.owner.is_empty() {
                record.extra.direction = Some(if bare(from) == bare(&self.owner) {
                    Direction::Sent
                } else {
                    Direction::Received
                });
            }
        }
        self.set_content(&mut record, message);
        let properties = message.get("properties").unwrap_or(&Value::Null);
        let stamp = |key: &str| {
            let written = text(properties, key);
            let time = written.parse::<i64>().ok();
            let time = time.and_then(chrono::DateTime::from_timestamp_millis);
            time.map_or_else(
                || written.to_owned(),
                |time| format!("{} UTC", time.format("%Y-%m-%d %H:%M:%S")),
            )
        };
        if !text(properties, "edittime").is_empty() {
            record.marks = record.marks.with(Marks::EDITED);
            let note = format!("It was edited at {}.", stamp("edittime"));
            record.extra.notes.push(note);
        }
        if !text(properties, "deletetime").is_empty() {
            let note = format!("It was deleted at {}.", stamp("deletetime"));
            record.extra.notes.push(note);
            record.kind = Kind::Deleted;
        }
        if properties
            .get("forwardMetadata")
            .is_some_and(|one| !one.is_null())
        {
            record.extra.forwarded = Some(String::new());
        }
        self.set_reactions(&mut record, properties);
        set_marks(&mut record, damaged);
        Some(record)
    }

    /// What a message says, by how it is written. A type that is not known stays a message that
    /// is decided on.
    fn set_content(&self, record: &mut Record, message: &Value) {
        let content = text(message, "content");
        let kind = text(message, "messagetype");
        let inside = elements(content.as_bytes(), |_| false);
        let (family, _) = kind.split_once('/').unwrap_or((kind, ""));
        record.kind = Kind::Text;
        match (family, kind) {
            (_, "Text") => content.clone_into(&mut record.text),
            (_, "RichText/Html") => record.text = content::body("html", content),
            (_, "Event/Call") => set_call(record, &inside, content),
            ("ThreadActivity", _) => {
                self.set_activity(record, &inside, content, kind);
                return;
            }
            (_, "RichText/Location") => {
                record.kind = Kind::Location;
                record.text = content::rich(content).text;
            }
            (_, "RichText/Contacts") => {
                record.kind = Kind::Contact;
                let names = inside.iter().filter_map(|one| one.tag.value("f"));
                record.text = names.collect::<Vec<_>>().join(", ");
            }
            (_, "Poll") => {
                record.kind = Kind::Poll;
                record.text = content::rich(content).text;
            }
            ("EndToEndEncryption", _) => record.kind = Kind::NotExported,
            ("Notice" | "PopCard" | "TranslationSettings" | "InviteFreeRelationshipChanged", _) => {
                record.kind = Kind::System;
                record.extra.event = "note".into();
                record.text = content::rich(content).text;
                return;
            }
            _ => self.set_rich(record, &inside, content),
        }
        if record.kind == Kind::Text && record.text.trim().is_empty() {
            record.kind = Kind::NotExported;
        }
    }

    /// Rich text; a shared file is an element of it, with words of the app in the place of others.
    fn set_rich(&self, record: &mut Record, inside: &[Element<'_>], content: &str) {
        let mut shared = false;
        for object in inside.iter().filter(|one| one.tag.is("URIObject")) {
            shared = true;
            let value = |name: &str| {
                let mut within = inside.iter().filter(|one| {
                    object.inside.start <= one.inside.start && one.inside.end <= object.inside.end
                });
                within
                    .find(|one| one.tag.is(name))
                    .and_then(|one| one.tag.value("v"))
                    .filter(|value| !value.is_empty())
            };
            let uri = object.tag.value("uri").unwrap_or_default();
            let id = uri
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let item = self.files.get(id).copied();
            let name = value("OriginalName").or_else(|| value("meta"));
            let mut one = attachment(&name.unwrap_or_default(), "", item);
            let kind = object.tag.value("type").unwrap_or_default();
            let media = match kind.split(['.', '/']).next().unwrap_or_default() {
                "Picture" => "photo",
                "Video" => "video",
                "Audio" => "audio",
                "File" => "document",
                _ => "",
            };
            if !media.is_empty() && (one.media.is_empty() || one.media == "document") {
                one.media = media.into();
            }
            record.extra.attachments.push(one);
        }
        if shared {
            record.kind = Kind::Attachment;
            return;
        }
        let Rich { text, quotes } = content::rich(content);
        record.text = text;
        record.extra.reply_to = quotes;
    }

    /// `<addmember><initiator>8:a</initiator><target>8:b</target></addmember>`.
    fn set_activity(&self, record: &mut Record, inside: &[Element<'_>], content: &str, kind: &str) {
        let all = |name: &str| -> Vec<String> {
            inside
                .iter()
                .filter(|one| one.tag.is(name))
                .map(|one| one.words(content.as_bytes()))
                .filter(|words| !words.is_empty())
                .collect()
        };
        let shown = |address: &String| {
            let name = self.names.get(address);
            name.map_or_else(|| bare(address).to_owned(), Clone::clone)
        };
        let by = all("initiator");
        let mut about: Vec<String> = all("target").iter().map(&shown).collect();
        about.extend(all("value"));
        let (event, words) = match kind.rsplit('/').next().unwrap_or_default() {
            "AddMember" | "AddParticipant" => ("added", "added"),
            "DeleteMember" | "RemoveParticipant" => ("removed", "removed"),
            "MemberJoined" => ("joined", "joined"),
            "MemberLeft" => ("left", "left"),
            "TopicUpdate" => ("subject", "topic"),
            "PictureUpdate" => ("icon", "picture"),
            "RoleUpdate" => ("admin", "role"),
            other => ("settings", other),
        };
        record.kind = Kind::System;
        record.extra.event = event.into();
        record.extra.direction = None;
        record.text = match about.is_empty() {
            true => words.to_owned(),
            false => format!("{words}: {}", about.join(", ")),
        };
        if let Some(by) = by.first() {
            record.sender = Some(self.person(by));
        }
    }

    fn set_reactions(&self, record: &mut Record, properties: &Value) {
        // The list is an array, or an array written as a string.
        let written: Value = serde_json::from_str(text(properties, "emotions")).unwrap_or_default();
        let listed = properties.get("emotions").and_then(Value::as_array);
        let all = listed.or(written.as_array());
        for emotion in all.into_iter().flatten() {
            let users = each(emotion, "users").map(|user| Reaction {
                value: reaction(text(emotion, "key")).to_owned(),
                who: self.person(text(user, "mri")),
                written: match user.get("time") {
                    Some(Value::Number(time)) => time.to_string(),
                    _ => text(user, "time").to_owned(),
                },
            });
            record.extra.reactions.extend(users);
        }
    }
}

/// An address without the number of its network: `8:live:ben` is `live:ben`.
fn bare(address: &str) -> &str {
    address.strip_prefix("8:").unwrap_or(address)
}

/// `<partlist type="ended"><part identity="x"><name>Ben</name><duration>25</duration></part></partlist>`.
fn set_call(record: &mut Record, inside: &[Element<'_>], content: &str) {
    let words = |name: &'static str| {
        let named = inside.iter().filter(move |one| one.tag.is(name));
        named.map(|one| one.words(content.as_bytes()))
    };
    let marks = ["missed", "started", "ended"];
    let kind = inside
        .iter()
        .find(|one| one.tag.is("partlist"))
        .and_then(|one| one.tag.value("type"))
        .filter(|kind| !kind.is_empty())
        .or_else(|| {
            let mark = marks
                .iter()
                .find(|mark| inside.iter().any(|one| one.tag.is(mark)));
            mark.map(|mark| (*mark).to_owned())
        })
        .unwrap_or_default();
    record.kind = Kind::Call;
    record.extra.event = match kind.as_str() {
        "missed" | "noAnswer" => "missed-voice".into(),
        _ => "voice".into(),
    };
    let seconds = words("duration").filter_map(|words| words.parse::<f64>().ok());
    let longest = seconds.fold(0f64, f64::max);
    let mut said = format!("Call {kind}").trim().to_owned();
    if longest >= 1.0 {
        said.push_str(", ");
        said.push_str(&duration(longest as i64));
    }
    let names: Vec<String> = words("name").filter(|name| !name.is_empty()).collect();
    if !names.is_empty() {
        said.push_str(": ");
        said.push_str(&names.join(", "));
    }
    record.text = said;
}
