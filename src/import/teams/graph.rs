//! Messages as Microsoft's Graph API gives them, saved by an administrator's script or tool.
//!
//! Source: learn.microsoft.com, "chatMessage resource type" and the export APIs. Pages of an
//! answer (`{"value": [...]}`), lists, single messages, and any of them line after line; in a
//! channel the answers to a message may stand in it (`replies`). A message names its chat by an
//! id only: names come from lists of chats, channels, teams and members where they stand beside
//! it, else from those who write.

use super::each;
use super::message;
use crate::import::json::{
    Opens, Path as Place, Piece, Take, Visitor, outline, parse, place_of, text, walk,
};
use crate::import::records::{Found, Threads, collect, each_record, lay_out_support, other_of_two};
use crate::import::window::{Tiles, Window};
use crate::import::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Address, Direction};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;

/// Most people that a title names.
const MOST_NAMES: usize = 4;
/// Where messages stand: the steps to them, and the same as an outline writes them.
const PLACES: [(&[&str], &str); 4] = [
    (&["value", "*"], "value.*."),
    (&["messages", "*"], "messages.*."),
    (&["*"], "*."),
    (&[], ""),
];

/// Reads messages of the Graph API.
pub struct TeamsGraph;

impl Importer for TeamsGraph {
    fn name(&self) -> &'static str {
        "teams"
    }

    fn version(&self) -> u32 {
        4
    }

    fn about(&self) -> About {
        About {
            title: "Microsoft Teams, messages of the Graph API (JSON)",
            channels: &["teams"],
            reads: &[
                "pages, lists or lines of chatMessage, of chats and channels, as scripts and the export API save them",
            ],
            carries: &[
                "sender, members and in chats of two the recipient where lists of chats stand beside it, direction where all answers are to one user's question, time in UTC, subject, answers, quoted and forwarded messages, reactions, cards, calls, joins and other events",
                "whether a message was edited or deleted, and when",
            ],
            lacks: &[
                "attached files: they are named and marked missing",
                "earlier texts, texts of deleted messages (but for 21 days in the export API)",
            ],
            verified: &[
                Verified {
                    by: Basis::Documentation,
                    what: "Microsoft's pages on chatMessage and its parts; no real export could be had",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random pages, read back equal",
                },
            ],
            export: &[
                "an administrator saves the answers of /chats/{id}/messages or of the Teams export API, best with those of /chats?$expand=members beside them; give docket the folder",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        file.parent()
    }

    /// Chats, channels, teams and members, as whoever saved them called the file.
    fn is_read_with(&self, file: &Export) -> bool {
        file.readable().any(|item| is_list(&head(file, item)))
    }

    fn detect(&self, export: &Export) -> Detection {
        let known = export
            .readable()
            .any(|item| place(&head(export, item)).is_some());
        if known {
            Detection::Yes("messages with `messageType`, `createdDateTime` and `body`".into())
        } else {
            Detection::No("no messages of the Graph API".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "Graph API chatMessage".into(),
            ..Summary::default()
        };
        let (mut items, mut support) = (Vec::new(), Vec::new());
        for item in export.readable() {
            let head = head(export, item);
            match place(&head) {
                Some(place) => items.push((item, place)),
                None if is_list(&head) => support.push(item),
                None => {}
            }
        }
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let directory = Directory::of(export, &items, &support)?;
        let mut threads = Threads::new("teams");
        lay_out_support(export, &support, &mut threads, sink)?;
        for (item, place) in items {
            let name = export.item_name(item);
            let mut tiles = Tiles::new(sink, item);
            let mut last = name.clone();
            each_record(export, item, &[place], &mut |_, found| match found {
                Found::Structure(length) => tiles.structure(length),
                Found::About(length) => tiles.about(length),
                Found::Broken(bytes, reason) => {
                    let thread = threads.of(&mut tiles, &last, || directory.head(&last))?;
                    tiles.unreadable(thread, bytes, reason)
                }
                Found::Record(bytes, value, damaged) => {
                    if let Some(key) = key(&value) {
                        last = key;
                    }
                    let thread = threads.of(&mut tiles, &last, || directory.head(&last))?;
                    let reader = Reader {
                        directory: &directory,
                        thread,
                        key: &last,
                    };
                    reader.message(bytes, &value, damaged, "", &mut tiles)
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// Where the messages of an item stand, by its beginning.
fn place(head: &[u8]) -> Option<&'static [&'static str]> {
    // Cheap, before the whole of the head is read as JSON.
    memchr::memmem::find(head, b"\"createdDateTime\"")?;
    let keys = outline(head);
    PLACES
        .iter()
        .find(|(_, lead)| {
            let has = |key: &str| keys.contains(&format!("{lead}{key}"));
            has("createdDateTime") && has("messageType") && has("id")
        })
        .map(|(place, _)| *place)
}

/// Whether an item is a list of chats, channels, teams or members.
fn is_list(head: &[u8]) -> bool {
    let keys = outline(head);
    PLACES.iter().any(|(_, lead)| {
        let has = |key: &str| keys.contains(&format!("{lead}{key}"));
        has("id")
            && [
                "chatType",
                "membershipType",
                "userId",
                "webUrl",
                "internalId",
            ]
            .iter()
            .any(|key| has(key))
    })
}

/// The id of a message's chat or channel.
fn key(message: &Value) -> Option<String> {
    let channel = message.get("channelIdentity").unwrap_or(&Value::Null);
    let id = match text(message, "chatId") {
        "" => text(channel, "channelId"),
        chat => chat,
    };
    (!id.is_empty()).then(|| id.to_owned())
}

/// What messages refer to.
#[derive(Default)]
pub(super) struct Directory {
    /// Names of chats, channels and teams, by their ids.
    names: HashMap<String, String>,
    /// Whether more than two can be in a chat, by its id.
    groups: HashMap<String, bool>,
    /// Members and those who write, by the id of their chat or channel.
    people: HashMap<String, BTreeSet<String>>,
    /// The team of a channel.
    teams: HashMap<String, String>,
    /// Mail addresses, by the ids of people.
    mails: HashMap<String, String>,
    /// The ids of people, by their names.
    ids: HashMap<String, BTreeSet<String>>,
    /// Members of chats by the chat's id: their own ids, and their names.
    members: HashMap<String, Vec<(String, String)>>,
    /// Whose messages were asked for, by id, where the answers say so.
    owners: BTreeSet<String>,
}

impl Directory {
    fn of(
        export: &Export,
        items: &[(u32, &'static [&'static str])],
        support: &[u32],
    ) -> Result<Directory, ReadError> {
        let mut directory = Directory::default();
        for item in support {
            let places: Vec<&[&str]> = PLACES.iter().map(|(place, _)| *place).collect();
            // The document itself is asked for last, so only one that is no list is taken whole.
            let list = place_of_list(&head(export, *item), &places);
            collect(export, *item, &[list], &mut |_, value| {
                directory.list(value)
            })?;
        }
        for (item, place) in items {
            collect(export, *item, &[place], &mut |_, value| {
                directory.meet(value, key(value));
            })?;
        }
        for (item, _) in items {
            let places: &[&[&str]] = &[&["@odata.context"], &["@odata.nextLink"]];
            collect(export, *item, places, &mut |_, value| {
                let address = value.as_str().unwrap_or_default();
                directory.owners.extend(user_of(address).map(str::to_owned));
            })?;
        }
        Ok(directory)
    }

    /// A chat, a channel, a team or a member.
    fn list(&mut self, value: &Value) {
        let id = text(value, "id");
        let name = match text(value, "topic") {
            "" => text(value, "displayName"),
            topic => topic,
        };
        if !id.is_empty() && !name.is_empty() {
            self.names.insert(id.to_owned(), name.to_owned());
        }
        match text(value, "chatType") {
            "" => {}
            kind => {
                self.groups.insert(id.to_owned(), kind != "oneOnOne");
            }
        }
        for member in each(value, "members") {
            self.member(member);
            self.writes(id, text(member, "displayName"));
            let of_chat = self.members.entry(id.to_owned()).or_default();
            let name = text(member, "displayName").to_owned();
            of_chat.push((text(member, "userId").to_owned(), name));
        }
        self.member(value);
    }

    fn member(&mut self, member: &Value) {
        let (id, mail) = (text(member, "userId"), text(member, "email"));
        if !id.is_empty() && !mail.is_empty() {
            self.mails.insert(id.to_owned(), mail.to_owned());
        }
    }

    fn meet(&mut self, message: &Value, key: Option<String>) {
        let user = message.get("from").and_then(|from| from.get("user"));
        if let Some(user) = user.filter(|user| user.is_object()) {
            let (id, name) = (text(user, "id"), text(user, "displayName"));
            if !id.is_empty() && !name.is_empty() {
                let ids = self.ids.entry(name.to_owned()).or_default();
                ids.insert(id.to_owned());
            }
            if let Some(key) = &key {
                self.writes(key, name);
            }
        }
        let channel = message.get("channelIdentity").unwrap_or(&Value::Null);
        let team = text(channel, "teamId");
        if let Some(key) = &key
            && !team.is_empty()
        {
            self.teams.insert(key.clone(), team.to_owned());
        }
        for reply in each(message, "replies") {
            self.meet(reply, key.clone());
        }
    }

    fn writes(&mut self, key: &str, name: &str) {
        if !key.is_empty() && !name.is_empty() {
            let people = self.people.entry(key.to_owned()).or_default();
            people.insert(name.to_owned());
        }
    }

    /// The mail address of someone; their id where others bear the same name.
    fn address(&self, id: &str, name: &str) -> String {
        let alike = self.ids.get(name).is_some_and(|ids| ids.len() > 1);
        match self.mails.get(id) {
            Some(mail) => mail.clone(),
            None if alike => id.to_owned(),
            None => String::new(),
        }
    }

    /// What a chat or channel is called, whether it is a group, and its members.
    fn head(&self, key: &str) -> (String, Option<bool>, Vec<String>) {
        let (title, group) = self.title(key);
        (title, group, self.members_of(key))
    }

    /// The members of a chat, as senders are written.
    fn members_of(&self, key: &str) -> Vec<String> {
        let members = self.members.get(key).into_iter().flatten();
        members
            .map(|(id, name)| self.shown(id, name))
            .filter(|who| !who.is_empty())
            .collect()
    }

    /// Someone as senders are written.
    pub(super) fn shown(&self, id: &str, name: &str) -> String {
        let address = match (name, self.address(id, name)) {
            ("", address) if address.is_empty() => id.to_owned(),
            (_, address) => address,
        };
        Address::new(name, &address).to_string()
    }

    /// Says of a message whom it went to, where the members of its chat are listed, and which way
    /// it went, where all answers are to one person's question.
    fn tell(&self, message: &Value, key: &str, record: &mut Record) {
        if !record.kind.is_decidable() {
            return;
        }
        let members = self.members_of(key);
        record.extra.recipients = other_of_two(&members, record.sender.as_deref());
        let user = message.get("from").and_then(|from| from.get("user"));
        let id = user.map_or("", |user| text(user, "id"));
        if let (Some(owner), 1, false) = (self.owners.first(), self.owners.len(), id.is_empty()) {
            record.extra.direction = Some(match owner == id {
                true => Direction::Sent,
                false => Direction::Received,
            });
        }
    }

    /// The title of a chat or channel, and whether it is a group.
    fn title(&self, key: &str) -> (String, Option<bool>) {
        let group = match self.groups.get(key) {
            Some(group) => Some(*group),
            None if self.teams.contains_key(key) || key.contains("@thread.") => Some(true),
            None if key.ends_with("@unq.gbl.spaces") => Some(false),
            None => None,
        };
        let team = self.teams.get(key).and_then(|team| self.names.get(team));
        let title = match (self.names.get(key), team) {
            (Some(name), Some(team)) => format!("{team} – {name}"),
            (Some(name), None) => name.clone(),
            (None, _) => self.people_of(key),
        };
        (title, group)
    }

    fn people_of(&self, key: &str) -> String {
        let Some(people) = self.people.get(key) else {
            return key.to_owned();
        };
        let names: Vec<&str> = people.iter().map(String::as_str).collect();
        match names.get(..MOST_NAMES) {
            Some(first) if names.len() > MOST_NAMES => {
                let more = names.len().saturating_sub(MOST_NAMES);
                format!("{} and {more} more", first.join(", "))
            }
            _ => names.join(", "),
        }
    }
}

/// The id of the user that an address of the API asks about: `.../$metadata#users('id')/chats...`,
/// `https://graph.microsoft.com/v1.0/users/id/chats/getAllMessages?...`.
fn user_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("users")?;
    let id = match rest.strip_prefix("('") {
        Some(rest) => rest.split_once("')")?.0,
        None => rest.strip_prefix('/')?.split_once('/')?.0,
    };
    let is_id = !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_id.then_some(id)
}

fn place_of_list<'p>(head: &[u8], places: &[&'p [&'p str]]) -> &'p [&'p str] {
    let keys = outline(head);
    let lead = |place: &[&str]| {
        let steps: String = place.iter().map(|step| format!("{step}.")).collect();
        keys.contains(&format!("{steps}id"))
    };
    places
        .iter()
        .copied()
        .find(|place| lead(place))
        .unwrap_or_default()
}

/// Reads the messages of one thread.
struct Reader<'d> {
    directory: &'d Directory,
    thread: u32,
    /// The id of its chat or channel.
    key: &'d str,
}

impl Reader<'_> {
    /// A message, and the answers that stand in it, and in those: each is a record of its own. `to`
    /// is the id of the message that it stands in; empty for one that stands in none.
    fn message(
        &self,
        bytes: &[u8],
        value: &Value,
        damaged: bool,
        to: &str,
        tiles: &mut Tiles<'_>,
    ) -> Result<(), ReadError> {
        let replies = Some(each(value, "replies").count())
            .filter(|count| *count > 0)
            .and_then(|_| place_of(bytes, &["replies"]));
        let own = replies.clone().map_or(bytes.len(), |place| place.start);
        match message::record(bytes, value, damaged, self.thread, self.directory) {
            Some(mut record) => {
                self.directory.tell(value, self.key, &mut record);
                if record.extra.reply_to.is_empty() && !to.is_empty() {
                    record.extra.reply_to.push(to.to_owned());
                }
                tiles.record(own, within(record, own))?;
            }
            None => {
                let shown = bytes.get(..own).unwrap_or_default();
                tiles.unreadable(
                    self.thread,
                    shown,
                    "It has no id and time as messages of the Graph API have.",
                )?;
            }
        }
        match replies {
            Some(place) => self.replies(bytes, place, text(value, "id"), tiles),
            None => Ok(()),
        }
    }

    fn replies(
        &self,
        bytes: &[u8],
        place: Range<usize>,
        root: &str,
        tiles: &mut Tiles<'_>,
    ) -> Result<(), ReadError> {
        struct Replies<'r, 't, 's> {
            reader: &'r Reader<'r>,
            root: &'r str,
            tiles: &'t mut Tiles<'s>,
        }
        impl Visitor for Replies<'_, '_, '_> {
            fn choose(&mut self, path: &Place, _: Opens) -> Result<Take, ReadError> {
                Ok(match path.parts.len() {
                    0 => Take::Enter,
                    _ => Take::Whole,
                })
            }
            fn piece(&mut self, _: &Place, piece: Piece<'_>) -> Result<(), ReadError> {
                let thread = self.reader.thread;
                match piece {
                    Piece::Between(length) => self.tiles.structure(length),
                    Piece::Broken(bytes, reason) => self.tiles.unreadable(thread, bytes, reason),
                    Piece::Value(bytes) => match parse(bytes) {
                        Some((value, damaged)) => {
                            let to = self.root;
                            self.reader.message(bytes, &value, damaged, to, self.tiles)
                        }
                        None => self.tiles.unreadable(
                            thread,
                            bytes,
                            "It has no id and time as messages of the Graph API have.",
                        ),
                    },
                }
            }
        }
        let inside = bytes.get(place.clone()).unwrap_or_default();
        let mut window = Window::new(Box::new(inside), "");
        let reader = self;
        walk(
            &mut window,
            &mut Replies {
                reader,
                root,
                tiles,
            },
        )?;
        tiles.structure(bytes.len().saturating_sub(place.end))
    }
}

/// Keeps the place of the time only where it is in the first `length` bytes.
fn within(mut record: Record, length: usize) -> Record {
    let end = record.written.map_or(0, |(offset, count)| {
        usize::from(offset) + usize::from(count)
    });
    if end > length {
        record.written = None;
    }
    record
}
