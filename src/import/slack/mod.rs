//! Slack's export of a workspace: a zip or folder with a list of people, lists of conversations,
//! and a folder for each conversation that holds one file a day.
//!
//! Sources: slack.com/help, "How to read Slack data exports"; docs.slack.dev, "message event" and
//! its subtypes; exports themselves. `users.json`, `channels.json` and the day files are in every
//! export; `groups.json`, `dms.json` and `mpims.json` only where a company may export private
//! conversations. A channel's folder has the channel's name, a direct conversation's its id. Days
//! are the workspace's; the time of a message (`ts`, seconds with a fraction) is UTC and its name.
//! Files are never in the export: their addresses there carry a key, and are not kept.

mod blocks;
mod emoji;
mod message;
mod mrkdwn;

use super::json::{outline, text};
use super::records::{Found, Threads, collect, each_record, lay_out_support, other_of_two};
use super::window::Tiles;
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, Verified,
    head,
};
use crate::model::{Address, Recipient};
use mrkdwn::Names;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Most files of an export that are looked into to tell whose it is.
const MOST_LOOKS: usize = 50;

/// Reads Slack's exports.
pub struct Slack;

impl Importer for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Slack, export of a workspace",
            channels: &["slack"],
            reads: &[
                "the zip, or the folder it was unpacked to, 2016 to today",
                "channels, private channels, direct and group conversations, as far as the export has them",
            ],
            carries: &[
                "sender, recipients in direct conversations, members of the others, time in UTC, threads, reactions, who joined and left, calls and huddles",
                "what bots and link previews show; shared messages; whether a message was edited or deleted",
                "earlier texts, where the workspace keeps a log of edits",
            ],
            lacks: &[
                "whose it is: it is the workspace's, so docket proposes who the custodian is, or asks",
                "files: they are named and marked missing",
                "earlier texts, unless the workspace keeps a log of edits",
                "private conversations, unless the company may export them",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "one with 158 messages in 2 channels, all read",
                },
                Verified {
                    by: Basis::Documentation,
                    what: "Slack's pages on exports, messages, mrkdwn and blocks",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random workspaces, read back equal",
                },
            ],
            export: &[
                "Slack, as an owner or administrator: Tools & settings, Workspace settings, Import/Export Data, Export; give docket the zip",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        let name = file.file_name()?.to_str()?;
        is_day(name).then(|| file.parent()?.parent()).flatten()
    }

    /// The lists of the workspace, the days of conversations on which nothing was said, and files
    /// where tools put them (see `Workspace`).
    fn brings(&self, inside: &str) -> bool {
        const LISTS: [&str; 10] = [
            "canvases.json",
            "channels.json",
            "dms.json",
            "file_conversations.json",
            "groups.json",
            "integration_logs.json",
            "lists.json",
            "mpims.json",
            "org_users.json",
            "users.json",
        ];
        match inside.split('/').collect::<Vec<_>>().as_slice() {
            [file] => LISTS.contains(file),
            [_, file] => is_day(file),
            ["__uploads", ..] | [_, "attachments", _] => true,
            _ => false,
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        let day = days(export).into_iter().take(MOST_LOOKS).any(|day| {
            let keys = outline(&head(export, day.item));
            keys.contains("*.ts")
                && keys.contains("*.type")
                && ["*.text", "*.user", "*.subtype"]
                    .iter()
                    .any(|key| keys.contains(*key))
        });
        if day {
            Detection::Yes("a day of a Slack conversation: messages with `ts` and `type`".into())
        } else {
            Detection::No("no day of a Slack conversation".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "Slack export, one file a day".into(),
            notes: vec![
                "Slack exports hold no files: those that messages name are missing.".into(),
            ],
            ..Summary::default()
        };
        let mut threads = Threads::new("slack");
        let (mut workspace, support) = Workspace::of(export)?;
        lay_out_support(export, &support, &mut threads, sink)?;
        let days = days(export);
        if let [only] = days.as_slice() {
            summary.chat_item = Some(only.item);
        }
        for day in days {
            let mut tiles = Tiles::new(sink, day.item);
            let thread = threads.of(&mut tiles, &day.folder, || workspace.head(&day.folder))?;
            each_record(export, day.item, &[&["*"]], &mut |_, found| match found {
                Found::Structure(length) => tiles.structure(length),
                Found::About(length) => tiles.about(length),
                Found::Broken(bytes, reason) => tiles.unreadable(thread, bytes, reason),
                Found::Record(bytes, value, damaged) => {
                    workspace.meet(&value);
                    match message::record(bytes, &value, damaged, thread, &workspace) {
                        Some(mut record) => {
                            if record.kind.is_decidable() {
                                let sender = record.sender.as_deref();
                                record.extra.recipients = workspace.recipients(&day.folder, sender);
                            }
                            tiles.record(bytes.len(), record)
                        }
                        None => tiles.unreadable(
                            thread,
                            bytes,
                            "It has no time (`ts`) as Slack's messages have.",
                        ),
                    }
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// A file of one day of a conversation.
struct Day {
    item: u32,
    /// The folder of the conversation, with what leads to it.
    folder: String,
}

/// Whether a file is named as those of days are: `2024-03-01.json`.
fn is_day(file: &str) -> bool {
    let day = file.get(..10).unwrap_or_default();
    file.ends_with(".json") && chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok()
}

/// The files of days, conversation by conversation and day by day. A file that is an export by
/// itself may have any name.
fn days(export: &Export) -> Vec<Day> {
    let alone = export.items.len() == 1;
    let mut found: Vec<(Day, &str)> = export
        .readable()
        .filter_map(|item| {
            let name = &export.item(item)?.name;
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            let stem = file.strip_suffix(".json").unwrap_or(file);
            (!folder.is_empty() && is_day(file) || alone).then(|| {
                let folder = if alone && folder.is_empty() {
                    stem
                } else {
                    folder
                };
                let folder = folder.to_owned();
                (Day { item, folder }, file)
            })
        })
        .collect();
    found.sort_by(|(a, day), (b, other)| a.folder.cmp(&b.folder).then(day.cmp(other)));
    found.into_iter().map(|(day, _)| day).collect()
}

/// A conversation as the export's lists tell it.
struct Conversation {
    /// `#kits`, or empty where it has no name of its own.
    name: String,
    /// The ids of its members.
    members: Vec<String>,
    group: bool,
}

/// Who and what the messages refer to.
#[derive(Default)]
struct Workspace {
    people: HashMap<String, Address>,
    /// By the name of its folder.
    conversations: HashMap<String, Conversation>,
    /// Channels' names by their ids.
    channels: HashMap<String, String>,
    /// Items that are files of messages, by the files' ids. Slack puts none there; tools that
    /// fetch them do: `__uploads/F1/plan.pdf` beside the lists, `attachments/F1-plan.pdf` beside
    /// the days.
    files: HashMap<String, u32>,
}

impl Workspace {
    /// Reads the lists of an export; gives the items that they are, too.
    fn of(export: &Export) -> Result<(Workspace, Vec<u32>), ReadError> {
        let mut workspace = Workspace::default();
        for (number, item) in (0u32..).zip(&export.items) {
            let mut parts = item.name.rsplit('/');
            let id = match (parts.next(), parts.next(), parts.next()) {
                (Some(file), Some("attachments"), _) => file.split_once('-').map(|(id, _)| id),
                (Some(_), Some(id), Some("__uploads")) => Some(id),
                _ => None,
            };
            if let Some(id) = id {
                workspace.files.insert(id.to_owned(), number);
            }
        }
        let mut support = Vec::new();
        for item in export.readable() {
            let file = export.item(item).map(|item| item.file_name().to_owned());
            let file = file.unwrap_or_default();
            let list = file.strip_suffix(".json").unwrap_or_default();
            let known =
                ["users", "org_users", "channels", "groups", "dms", "mpims"].contains(&list);
            if !known || export.items.len() == 1 {
                continue;
            }
            support.push(item);
            collect(export, item, &[&["*"]], &mut |_, value| match list {
                "users" | "org_users" => workspace.person_of(value),
                list => workspace.conversation_of(list, value),
            })?;
        }
        Ok((workspace, support))
    }

    fn person_of(&mut self, user: &Value) {
        let profile = user.get("profile").unwrap_or(&Value::Null);
        let person = person(
            &[
                text(profile, "real_name"),
                text(user, "real_name"),
                text(profile, "display_name"),
            ],
            text(user, "name"),
            text(profile, "email"),
        );
        if person.is_empty() {
            return;
        }
        for id in [text(user, "id"), text(profile, "bot_id")] {
            if !id.is_empty() {
                self.people.insert(id.to_owned(), person.clone());
            }
        }
    }

    fn conversation_of(&mut self, list: &str, value: &Value) {
        let (id, name) = (text(value, "id"), text(value, "name"));
        let members = value
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let named = matches!(list, "channels" | "groups") && !name.is_empty();
        if named {
            self.channels.insert(id.to_owned(), name.to_owned());
        }
        let conversation = Conversation {
            name: if named {
                format!("#{name}")
            } else {
                String::new()
            },
            members,
            group: list != "dms",
        };
        let folder = if name.is_empty() { id } else { name };
        if !folder.is_empty() {
            self.conversations.insert(folder.to_owned(), conversation);
        }
    }

    /// Learns the name of someone who is not in the list: a guest, someone of another workspace.
    fn meet(&mut self, message: &Value) {
        let id = text(message, "user");
        if id.is_empty() || self.people.contains_key(id) {
            return;
        }
        if let Some(profile) = message.get("user_profile") {
            let person = person(
                &[text(profile, "real_name"), text(profile, "display_name")],
                text(profile, "name"),
                "",
            );
            if !person.is_empty() {
                self.people.insert(id.to_owned(), person);
            }
        }
    }

    /// The title of a folder's conversation, whether it is a group, and its members.
    fn head(&self, folder: &str) -> (String, Option<bool>, Vec<String>) {
        let own = folder.rsplit('/').next().unwrap_or(folder);
        let Some(conversation) = self.conversations.get(own) else {
            return (own.to_owned(), None, Vec::new());
        };
        let title = if conversation.name.is_empty() {
            let names: Vec<String> = conversation
                .members
                .iter()
                .map(|id| self.person(id).unwrap_or_else(|| id.clone()))
                .collect();
            names.join(", ")
        } else {
            conversation.name.clone()
        };
        let members = conversation.members.iter().map(|id| self.shown(id));
        (title, Some(conversation.group), members.collect())
    }

    /// Whom a message in a folder went to, where it is a direct conversation.
    fn recipients(&self, folder: &str, sender: Option<&str>) -> Vec<Recipient> {
        let own = folder.rsplit('/').next().unwrap_or(folder);
        let direct = self.conversations.get(own).filter(|one| !one.group);
        let members = direct.into_iter().flat_map(|one| &one.members);
        let members: Vec<String> = members.map(|id| self.shown(id)).collect();
        other_of_two(&members, sender)
    }

    /// Someone by id, as senders are written; the id where nobody knows them.
    fn shown(&self, id: &str) -> String {
        self.people
            .get(id)
            .map_or_else(|| id.to_owned(), ToString::to_string)
    }
}

impl Names for Workspace {
    fn person(&self, id: &str) -> Option<String> {
        let person = self.people.get(id)?;
        Some(if person.name.is_empty() {
            person.address.clone()
        } else {
            person.name.clone()
        })
    }

    fn channel(&self, id: &str) -> Option<String> {
        self.channels.get(id).cloned()
    }
}

/// A person by the first name that is there; the mail address, else the short name, tells those of
/// one name apart.
fn person(names: &[&str], short: &str, mail: &str) -> Address {
    let name = names.iter().find(|name| !name.trim().is_empty());
    let address = match (mail, short) {
        ("", "") => String::new(),
        ("", short) => format!("@{short}"),
        (mail, _) => mail.to_owned(),
    };
    Address::new(name.copied().unwrap_or_default(), &address)
}
