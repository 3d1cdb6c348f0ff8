//! DiscordChatExporter's JSON: one file a channel.
//!
//! Source: github.com/Tyrrrz/DiscordChatExporter, `JsonMessageWriter.cs`: `guild`, `channel`,
//! `dateRange`, `exportedAt`, `messages`, `messageCount`. Times carry an offset. A message of the
//! app's own has a type between 1 and 18 (`MessageKind.cs`), named, or as a number where the
//! program knows no name. With "Download assets" files stand beside the page and `url` is a path.

use super::{account, scalar, time_of};
use crate::import::ItemRole;
use crate::import::export::role_of;
use crate::import::json::{outline, text};
use crate::import::records::{
    Found, Threads, attachment, collect, each_record, instant, paragraphs, quoted, set_marks,
    set_written_at,
};
use crate::import::window::{Tiles, blank};
use crate::import::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    Verified, head,
};
use crate::model::{Direction, Kind, Marks, Reaction, Time};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Most files of an export that are looked into.
const MOST_ITEMS: usize = 100_000;
/// Most reactions without a name that are listed one by one.
const MOST_NAMELESS: u64 = 1000;

/// Reads what DiscordChatExporter writes.
pub struct DiscordExporter;

impl Importer for DiscordExporter {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Discord, as DiscordChatExporter writes it (JSON)",
            channels: &["discord"],
            reads: &["JSON of a channel, thread, direct or group conversation, 2020 to today"],
            carries: &[
                "sender, direction in a conversation of two, time with its offset, replies, forwarded messages, reactions, stickers, calls, joins and other lines of the app",
                "whether a message was edited or pinned; attached files where they were downloaded with it",
            ],
            lacks: &[
                "whose export it is, but in a conversation of two; deleted messages, earlier texts of edited ones",
                "attached files, unless they were downloaded with it",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "three with 14 messages, all read",
                },
                Verified {
                    by: Basis::Source,
                    what: "the program that writes it",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random channels, read back equal",
                },
            ],
            export: &[
                "DiscordChatExporter: choose the channel, Format JSON, Download assets on; give docket the folder",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        file.parent()
    }

    /// The media that the exporter saves beside a channel: in `NAME.json_Files`, or in a folder
    /// that it was told.
    fn brings(&self, inside: &str) -> bool {
        let Some((folders, _)) = inside.rsplit_once('/') else {
            return false;
        };
        role_of(inside) == ItemRole::Media || folders.split('/').any(|one| one.ends_with("_Files"))
    }

    fn detect(&self, export: &Export) -> Detection {
        if channels(export).next().is_some() {
            Detection::Yes("JSON with `guild`, `channel` and `messages`".into())
        } else {
            Detection::No("no JSON of DiscordChatExporter".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "DiscordChatExporter JSON".into(),
            ..Summary::default()
        };
        let files: HashMap<&str, u32> = export
            .items
            .iter()
            .map(|item| item.name.as_str())
            .zip(0u32..)
            .collect();
        let mut threads = Threads::new("discord");
        let items: Vec<u32> = channels(export).collect();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        for item in items {
            let channel = Channel::of(export, item)?;
            let name = export.item_name(item);
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let file_at = |path: &str| {
                let path = path.replace('\\', "/");
                let place = match folder {
                    "" => path,
                    folder => format!("{folder}/{path}"),
                };
                files.get(place.as_str()).copied()
            };
            let mut tiles = Tiles::new(sink, item);
            // The parts of a long channel are one thread.
            let key = match channel.id.as_str() {
                "" => &name,
                id => id,
            };
            let thread = threads.of(&mut tiles, key, || channel.head(&name))?;
            let place: &[&str] = &["messages", "*"];
            each_record(export, item, &[place], &mut |_, found| match found {
                Found::Structure(length) => tiles.structure(length),
                Found::About(length) => tiles.about(length),
                Found::Broken(bytes, reason) => tiles.unreadable(thread, bytes, reason),
                Found::Record(bytes, value, damaged) => {
                    match record(bytes, &value, damaged, thread, &file_at) {
                        Some(mut record) => {
                            channel.tell(&value, &mut record);
                            tiles.record(bytes.len(), record)
                        }
                        None => tiles.unreadable(
                            thread,
                            bytes,
                            "It has no id and time as Discord's messages have.",
                        ),
                    }
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// The items that are channels.
fn channels(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().take(MOST_ITEMS).filter(|item| {
        let head = head(export, *item);
        // Cheap, before the whole of the head is read as JSON.
        let may_be = memchr::memmem::find(&head, b"\"guild\"").is_some();
        may_be && {
            let keys = outline(&head);
            ["guild.id", "channel.id", "channel.type"]
                .iter()
                .all(|key| keys.contains(*key))
        }
    })
}

/// A channel as its file tells it.
#[derive(Default)]
struct Channel {
    id: String,
    kind: String,
    name: String,
    parent: String,
    guild: String,
}

impl Channel {
    fn of(export: &Export, item: u32) -> Result<Channel, ReadError> {
        let mut channel = Channel::default();
        collect(
            export,
            item,
            &[&["guild"], &["channel"]],
            &mut |path, value| {
                if path.key() == Some("guild") {
                    channel.guild = text(value, "name").to_owned();
                } else {
                    channel.id = scalar(value, "id");
                    channel.kind = scalar(value, "type");
                    channel.name = text(value, "name").to_owned();
                    channel.parent = text(value, "category").to_owned();
                }
            },
        )?;
        Ok(channel)
    }

    /// Says which way a message of a direct conversation went: such a channel is called after the
    /// other one, whose account the exporter's token is not.
    fn tell(&self, message: &Value, record: &mut Record) {
        let author = message.get("author").unwrap_or(&Value::Null);
        let names = ["nickname", "name"].map(|key| text(author, key));
        let is_direct = matches!(self.kind.as_str(), "DirectTextChat" | "1");
        if !is_direct || self.name.is_empty() || names == ["", ""] || !record.kind.is_decidable() {
            return;
        }
        let is_other = names.contains(&self.name.as_str());
        record.extra.direction = Some(match is_other {
            true => Direction::Received,
            false => Direction::Sent,
        });
    }

    /// The title, and whether it is a group. In a server: `Server – #channel`, and of a thread the
    /// channel it hangs on.
    fn head(&self, file: &str) -> (String, Option<bool>) {
        let direct = self.kind.starts_with("Direct") || self.kind == "1" || self.kind == "3";
        let one = matches!(self.kind.as_str(), "DirectTextChat" | "1");
        let title = match (direct, self.name.as_str()) {
            (_, "") => file.to_owned(),
            (true, name) => name.to_owned(),
            (false, name) if self.kind.contains("Thread") => {
                format!("{} – #{} – {name}", self.guild, self.parent)
            }
            (false, name) => format!("{} – #{name}", self.guild),
        };
        (title, Some(!one))
    }
}

/// The elements of an array; none where it is not one.
fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn person(value: &Value) -> String {
    let shown = match text(value, "nickname") {
        "" => text(value, "name"),
        nickname => nickname,
    };
    let id = scalar(value, "id");
    account(
        shown,
        text(value, "name"),
        &scalar(value, "discriminator"),
        &id,
    )
    .to_string()
}

fn record(
    bytes: &[u8],
    message: &Value,
    damaged: bool,
    thread: u32,
    file_at: &dyn Fn(&str) -> Option<u32>,
) -> Option<Record> {
    let id = scalar(message, "id");
    let written = text(message, "timestamp");
    if id.is_empty() || written.is_empty() {
        return None;
    }
    let mut record = blank(thread);
    set_written_at(&mut record, bytes, &["timestamp"]);
    match instant(written).or_else(|| time_of(written, &id)) {
        Some(time) => record.time = time,
        None => record
            .extra
            .notes
            .push("Its time is not written as Discord writes times.".into()),
    }
    record.sender = message
        .get("author")
        .map(person)
        .filter(|name| !name.is_empty());
    let edited = text(message, "timestampEdited");
    if !edited.is_empty() {
        record.marks = record.marks.with(Marks::EDITED);
        record
            .extra
            .notes
            .push(format!("It was edited at {edited}."));
    }
    if message.get("isPinned").and_then(Value::as_bool) == Some(true) {
        record.extra.notes.push("It is pinned.".into());
    }
    let forwarded = message
        .get("forwardedMessage")
        .filter(|one| one.is_object());
    if forwarded.is_some() {
        record.extra.forwarded = Some(String::new());
    } else if let Some(reference) = message.get("reference") {
        let to = scalar(reference, "messageId");
        record.extra.reply_to.extend((!to.is_empty()).then_some(to));
    }
    for of in std::iter::once(message).chain(forwarded) {
        for file in each(of, "attachments") {
            let url = text(file, "url");
            let local = Some(url).filter(|url| !url.contains("://"));
            let item = local.and_then(file_at);
            let one = attachment(text(file, "fileName"), "", item);
            record.extra.attachments.push(one);
        }
        for sticker in each(of, "stickers") {
            let url = text(sticker, "sourceUrl");
            let local = Some(url).filter(|url| !url.contains("://"));
            let mut one = attachment(text(sticker, "name"), "", local.and_then(file_at));
            one.media = "sticker".into();
            record.extra.attachments.push(one);
        }
    }
    record.text = body(message, forwarded);
    for reaction in each(message, "reactions") {
        set_reactions(&mut record, reaction);
    }
    set_kind(&mut record, message);
    record.extra.message_id = id;
    set_marks(&mut record, damaged);
    Some(record)
}

/// What a message says, what it forwards, and what it shows of links and files of bots.
fn body(message: &Value, forwarded: Option<&Value>) -> String {
    let said = text(message, "content");
    let shown = |of: &Value| {
        let all: Vec<String> = each(of, "embeds").map(embed).collect();
        paragraphs(all.iter().map(String::as_str))
    };
    let embeds = shown(message);
    let embeds = if said.trim().is_empty() {
        embeds
    } else {
        quoted(&embeds)
    };
    let forwarded = forwarded
        .map(|one| quoted(&paragraphs([text(one, "content"), shown(one).as_str()])))
        .unwrap_or_default();
    paragraphs([said, embeds.as_str(), forwarded.as_str()])
}

fn embed(embed: &Value) -> String {
    let author = embed
        .get("author")
        .map_or("", |author| text(author, "name"));
    let footer = embed
        .get("footer")
        .map_or("", |footer| text(footer, "text"));
    let title = match (text(embed, "title"), text(embed, "url")) {
        ("", url) => url.to_owned(),
        (title, "") => title.to_owned(),
        (title, url) => format!("{title} <{url}>"),
    };
    let mut lines = vec![
        author.to_owned(),
        title,
        text(embed, "description").to_owned(),
    ];
    lines.extend(each(embed, "fields").map(|field| {
        let (name, value) = (text(field, "name"), text(field, "value"));
        format!("{name}: {value}")
    }));
    lines.push(footer.to_owned());
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn set_reactions(record: &mut Record, reaction: &Value) {
    let emoji = reaction.get("emoji").unwrap_or(&Value::Null);
    let own = !scalar(emoji, "id").is_empty();
    let name = text(emoji, "name");
    let value = if own {
        format!(":{name}:")
    } else {
        name.to_owned()
    };
    let users: Vec<String> = each(reaction, "users").map(person).collect();
    let count = reaction.get("count").and_then(Value::as_u64).unwrap_or(0);
    let nameless = count.saturating_sub(users.len() as u64).min(MOST_NAMELESS);
    let all = users
        .into_iter()
        .chain((0..nameless).map(|_| String::new()));
    record.extra.reactions.extend(all.map(|who| Reaction {
        value: value.clone(),
        who,
        written: String::new(),
    }));
}

/// What a message is, by its type. One that is not known stays a message that is decided on.
fn set_kind(record: &mut Record, message: &Value) {
    let kind = scalar(message, "type");
    let event = match kind.as_str() {
        "RecipientAdd" | "1" => "added",
        "RecipientRemove" | "2" => "removed",
        "ChannelNameChange" | "4" => "subject",
        "ChannelIconChange" | "5" => "icon",
        "ChannelPinnedMessage" | "6" => "pinned",
        "GuildMemberJoin" | "7" => "joined",
        "ThreadCreated" | "18" => "created",
        "8" | "9" | "10" | "11" => "boost",
        "12" | "14" | "15" | "16" | "17" | "22" => "settings",
        _ => "",
    };
    record.kind = match kind.as_str() {
        _ if !event.is_empty() => Kind::System,
        "Call" | "3" => {
            let ended = instant(text(message, "callEndedTimestamp"));
            record.extra.event = match (ended, record.time) {
                (Some(Time::Instant { seconds: end, .. }), Time::Instant { seconds, .. })
                    if end > seconds =>
                {
                    "voice".into()
                }
                _ => String::new(),
            };
            Kind::Call
        }
        _ if !record.extra.attachments.is_empty() => Kind::Attachment,
        _ if record.text.trim().is_empty() => Kind::NotExported,
        _ => Kind::Text,
    };
    if !event.is_empty() {
        event.clone_into(&mut record.extra.event);
    }
}
