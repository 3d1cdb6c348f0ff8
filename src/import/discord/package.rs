//! The data package that Discord hands to an account's owner: `messages/c<channel>/` with
//! `channel.json` and `messages.csv`, since 2024 `messages.json`; `messages/index.json` with the
//! channels' names; `account/user.json`. It holds the owner's own messages and nobody else's.
//!
//! Discord's page on it (support.discord.com, 360004957991) names the folders and not the fields.
//! Sources: public programs that read it (seanbreckenridge/discord_data and others). Columns are
//! `ID, Timestamp, Contents, Attachments`. Times once carried `+00:00` and no longer carry a zone;
//! each id holds the moment it was given, and only where that agrees is a bare time taken as UTC.

use super::{account, scalar, time_of};
use crate::import::json::{outline, place_of, text};
use crate::import::records::{
    Found, Threads, attachment, collect, each_record, lay_out_support, others as others_of,
    set_marks, set_written_at,
};
use crate::import::table::{Cell, Row, Split, each_row, split, text_of};
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Address, Direction, Kind, Recipient};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Most files of an export that are looked into to tell whose it is.
const MOST_LOOKS: usize = 50;
/// The columns, in the order that a record is made of them.
const COLUMNS: [&str; 4] = ["ID", "Timestamp", "Contents", "Attachments"];

/// Reads Discord's data packages.
pub struct DiscordPackage;

impl Importer for DiscordPackage {
    fn name(&self) -> &'static str {
        "discord-package"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "Discord, data package",
            channels: &["discord"],
            reads: &[
                "the zip or its unpacked folder, with messages.csv (to 2024) or messages.json",
            ],
            carries: &[
                "the owner's own messages, time in UTC, whom they went to in direct conversations, names of attached files",
            ],
            lacks: &[
                "everything that others wrote",
                "attached files, replies, reactions, edits, deleted messages",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read it; no real package could be had",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random packages of both generations, read back equal",
                },
            ],
            export: &[
                "Discord: User Settings, Data & Privacy, Request all of my Data (Messages), and wait for the mail; give docket package.zip",
                "what others wrote is not in it: DiscordChatExporter writes whole conversations",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        let messages = file.parent()?.parent()?;
        let named = messages.file_name()?.eq_ignore_ascii_case("messages");
        named.then(|| messages.parent()).flatten()
    }

    /// The names of channels and of the account, which messages are read with.
    fn brings(&self, inside: &str) -> bool {
        let inside = inside.to_ascii_lowercase();
        let parts: Vec<&str> = inside.split('/').collect();
        match parts.as_slice() {
            [folder, file] => matches!(
                (*folder, *file),
                ("messages", "index.json") | ("account", "user.json")
            ),
            ["messages", _, file] => {
                matches!(*file, "channel.json" | "messages.csv" | "messages.json")
            }
            _ => false,
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        let known = conversations(export)
            .take(MOST_LOOKS)
            .any(|item| generation(&head(export, item)).is_some());
        if known {
            Detection::Yes("messages with ID, Timestamp, Contents and Attachments".into())
        } else {
            Detection::No("no messages of a Discord data package".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "Discord data package".into(),
            notes: vec![
                "It holds the owner's own messages only: what others wrote is not in it.".into(),
            ],
            ..Summary::default()
        };
        let mut threads = Threads::new("discord");
        let (package, support) = Package::of(export)?;
        lay_out_support(export, &support, &mut threads, sink)?;
        let items: Vec<(u32, Generation)> = conversations(export)
            .filter_map(|item| Some((item, generation(&head(export, item))?)))
            .collect();
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        for (item, generation) in items {
            let name = export.item_name(item);
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut tiles = Tiles::new(sink, item);
            let thread = threads.of(&mut tiles, folder, || package.head(folder, &name))?;
            let to = package.recipients(folder);
            let channel = Channel {
                thread,
                package: &package,
                to: &to,
            };
            match generation {
                Generation::Table => read_table(export, item, &mut tiles, &channel)?,
                Generation::Json => read_json(export, item, &mut tiles, &channel)?,
            }
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// How a channel's messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    Table,
    Json,
}

/// The files that may hold a channel's messages. A file that is an export by itself may have any
/// name.
fn conversations(export: &Export) -> impl Iterator<Item = u32> + '_ {
    let alone = export.items.len() == 1;
    (0u32..)
        .zip(&export.items)
        .filter(move |(_, item)| {
            let named = matches!(item.file_name(), "messages.csv" | "messages.json");
            item.size > 0 && item.problem.is_none() && (alone || named)
        })
        .map(|(number, _)| number)
}

fn generation(head: &[u8]) -> Option<Generation> {
    let bare = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if let Split::Row(length, cells) = split(bare, true) {
        let names = cells.iter().map(|cell| {
            let row = bare.get(..length).unwrap_or_default();
            text_of(row, cell).0
        });
        if names.eq(COLUMNS.iter().map(|name| (*name).to_owned())) {
            return Some(Generation::Table);
        }
    }
    let keys = outline(head);
    ["*.ID", "*.Timestamp", "*.Contents"]
        .iter()
        .all(|key| keys.contains(*key))
        .then_some(Generation::Json)
}

/// What stands beside the messages.
struct Package {
    /// The owner, as senders are written.
    owner: String,
    /// Channels' names by their ids.
    names: HashMap<String, String>,
    /// By folder: the channel's id, its own name, its server's name, and whether it is a group.
    channels: HashMap<String, (String, String, String, Option<bool>)>,
    /// The owner's id, as direct conversations list it.
    owner_id: String,
    /// By folder: the ids of those in a direct conversation.
    people: HashMap<String, Vec<String>>,
}

impl Package {
    /// Reads what stands beside the messages; gives the items that it read, too.
    fn of(export: &Export) -> Result<(Package, Vec<u32>), ReadError> {
        let mut package = Package {
            owner: ME.into(),
            names: HashMap::new(),
            channels: HashMap::new(),
            owner_id: String::new(),
            people: HashMap::new(),
        };
        let mut support = Vec::new();
        if export.items.len() == 1 {
            return Ok((package, support));
        }
        for item in export.readable() {
            let name = export.item_name(item);
            let mut parts = name.rsplit('/');
            let file = parts.next().unwrap_or_default();
            let within = parts.next().unwrap_or_default().to_lowercase();
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            match (file, within.as_str()) {
                ("index.json", "messages") => {
                    collect(export, item, &[&["*"]], &mut |path, value| {
                        if let (Some(id), Value::String(name)) = (path.key(), value) {
                            package.names.insert(id.to_owned(), name.clone());
                        }
                    })?;
                }
                ("user.json", "account") => {
                    collect(export, item, &[&[]], &mut |_, user| {
                        let id = scalar(user, "id");
                        let number = scalar(user, "discriminator");
                        let owner = account(
                            text(user, "global_name"),
                            text(user, "username"),
                            &number,
                            &id,
                        );
                        if !owner.is_empty() {
                            package.owner = owner.to_string();
                        }
                        package.owner_id = id;
                    })?;
                }
                ("channel.json", _) => {
                    collect(export, item, &[&[]], &mut |_, channel| {
                        let guild = channel.get("guild").unwrap_or(&Value::Null);
                        let kind = scalar(channel, "type");
                        let one = matches!(kind.as_str(), "1" | "DM");
                        let known = (
                            scalar(channel, "id"),
                            text(channel, "name").to_owned(),
                            text(guild, "name").to_owned(),
                            (!kind.is_empty()).then_some(!one),
                        );
                        package.channels.insert(folder.to_owned(), known);
                        let people = channel.get("recipients").and_then(Value::as_array);
                        let people = people.into_iter().flatten();
                        let ids = people.filter_map(|one| match one {
                            Value::String(id) => Some(id.clone()),
                            Value::Number(id) => Some(id.to_string()),
                            other => Some(scalar(other, "id")).filter(|id| !id.is_empty()),
                        });
                        package.people.insert(folder.to_owned(), ids.collect());
                    })?;
                }
                _ => continue,
            }
            support.push(item);
        }
        Ok((package, support))
    }

    /// The title of a folder's channel, and whether it is a group.
    fn head(&self, folder: &str, file: &str) -> (String, Option<bool>) {
        let own = folder.rsplit('/').next().unwrap_or(folder);
        let nobody = (String::new(), String::new(), String::new(), None);
        let (id, name, guild, group) = self.channels.get(folder).unwrap_or(&nobody);
        let id = match id.as_str() {
            "" => own.strip_prefix('c').unwrap_or(own),
            id => id,
        };
        let title = match (name.as_str(), guild.as_str(), self.names.get(id)) {
            ("", _, Some(listed)) => listed.clone(),
            ("", _, None) if own.is_empty() => file.to_owned(),
            ("", _, None) => own.to_owned(),
            (name, "", _) => name.to_owned(),
            (name, guild, _) => format!("{guild} – #{name}"),
        };
        (title, *group)
    }

    /// Whom the owner's messages in a folder's direct conversation went to: the list of channels
    /// calls one of two `Direct Message with` the other.
    fn recipients(&self, folder: &str) -> Vec<Recipient> {
        let ids = self
            .people
            .get(folder)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let others: Vec<&String> = ids.iter().filter(|id| **id != self.owner_id).collect();
        let channel = self.channels.get(folder).map(|(id, ..)| id.as_str());
        let listed = channel.and_then(|id| self.names.get(id));
        let name = listed.and_then(|name| name.strip_prefix("Direct Message with "));
        let name = name.filter(|_| others.len() == 1).unwrap_or_default();
        let all: Vec<String> = others
            .iter()
            .map(|id| Address::new(name.strip_suffix("#0").unwrap_or(name), id).to_string())
            .collect();
        match all.len() {
            1 => others_of(&all, None),
            _ => Vec::new(),
        }
    }

    /// A message of the owner's; `None` where it has no id or time.
    fn record(&self, thread: u32, [id, written, said, files]: [&str; 4]) -> Option<Record> {
        let id = id.trim();
        let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let time = time_of(written, id).filter(|_| digits)?;
        let mut record = blank(thread);
        record.time = time;
        record.sender = Some(self.owner.clone());
        record.extra.direction = Some(Direction::Sent);
        record.extra.message_id = id.to_owned();
        said.clone_into(&mut record.text);
        record.extra.attachments = files
            .split_whitespace()
            .map(|url| {
                let path = url.split(['?', '#']).next().unwrap_or(url);
                let name = path.rsplit('/').next().unwrap_or(path);
                attachment(name, "", None)
            })
            .collect();
        record.kind = match (record.extra.attachments.is_empty(), said.trim().is_empty()) {
            (false, _) => Kind::Attachment,
            (true, true) => Kind::NotExported,
            (true, false) => Kind::Text,
        };
        Some(record)
    }
}

/// What the messages of a channel are read with.
struct Channel<'p> {
    thread: u32,
    package: &'p Package,
    /// Whom they went to, where that is known.
    to: &'p [Recipient],
}

impl Channel<'_> {
    /// As [`Package::record`], with whom it went to.
    fn record(&self, cells: [&str; 4]) -> Option<Record> {
        let mut record = self.package.record(self.thread, cells)?;
        record.extra.recipients = self.to.to_vec();
        Some(record)
    }
}

const NO_MESSAGE: &str = "It has no id and time as the messages of a data package have.";

fn read_table(
    export: &Export,
    item: u32,
    tiles: &mut Tiles<'_>,
    channel: &Channel<'_>,
) -> Result<(), ReadError> {
    let thread = channel.thread;
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let mut begun = false;
    each_row(&mut window, &mut |row| {
        let (bytes, cells) = match row {
            Row::Nothing(length) => return tiles.structure(length),
            Row::Broken(bytes) => {
                return tiles.unreadable(thread, bytes, "Its quotes do not close.");
            }
            Row::Cells(bytes, cells) => (bytes, cells),
        };
        if !std::mem::replace(&mut begun, true) {
            return tiles.structure(bytes.len());
        }
        let [id, written, said, files] = cells.as_slice() else {
            let reason = format!(
                "It has {} cells where the table has 4 columns.",
                cells.len()
            );
            return tiles.unreadable(thread, bytes, &reason);
        };
        let read = |cell: &Cell| text_of(bytes, cell);
        let (text, damaged) = read(said);
        let parts = [read(id).0, read(written).0, text, read(files).0];
        let [id, time, text, files] = parts.each_ref().map(String::as_str);
        match channel.record([id, time, text, files]) {
            Some(mut record) => {
                let at = bytes.get(written.clone()).unwrap_or_default();
                let lead = usize::from(at.first() == Some(&b'"'));
                set_written(
                    &mut record,
                    written.start.saturating_add(lead),
                    time.as_bytes(),
                );
                set_marks(&mut record, damaged);
                tiles.record(bytes.len(), record)
            }
            None => tiles.unreadable(thread, bytes, NO_MESSAGE),
        }
    })
}

fn read_json(
    export: &Export,
    item: u32,
    tiles: &mut Tiles<'_>,
    channel: &Channel<'_>,
) -> Result<(), ReadError> {
    let thread = channel.thread;
    each_record(export, item, &[&["*"]], &mut |_, found| match found {
        Found::Structure(length) => tiles.structure(length),
        Found::About(length) => tiles.about(length),
        Found::Broken(bytes, reason) => tiles.unreadable(thread, bytes, reason),
        Found::Record(bytes, value, damaged) => {
            // An id is a number of 64 bits, written as it is.
            let id = place_of(bytes, &["ID"]).and_then(|place| bytes.get(place));
            let id = String::from_utf8_lossy(id.unwrap_or_default());
            let [_, time, said, files] = COLUMNS.map(|name| text(&value, name));
            match channel.record([&id, time, said, files]) {
                Some(mut record) => {
                    set_written_at(&mut record, bytes, &["Timestamp"]);
                    set_marks(&mut record, damaged);
                    tiles.record(bytes.len(), record)
                }
                None => tiles.unreadable(thread, bytes, NO_MESSAGE),
            }
        }
    })
}
