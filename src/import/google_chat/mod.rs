//! Google Chat as Google Takeout exports it: `Groups/<DM or Space id>/messages.json` with
//! `group_info.json` and the attached files beside it, and `Users/User <id>/user_info.json` for
//! whose account it is.
//!
//! Google documents none of it. Sources: three public programs that read it, the reports of their
//! users, and messages that stand in those reports. Dates are words in the account's language (see
//! `dates`). A message's id is `space/topic/message`; a topic's first message is `space/t/t`.

mod dates;
mod message;

use super::json::{outline, text};
use super::records::{Found, Threads, collect, each_record, lay_out_support, other_of_two};
use super::window::Tiles;
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, Verified,
    head,
};
use crate::model::{Address, Recipient};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Most files of an export that are looked into to tell whose it is.
const MOST_LOOKS: usize = 50;

/// Reads Google Chat's part of a Takeout.
pub struct GoogleChat;

impl Importer for GoogleChat {
    fn name(&self) -> &'static str {
        "google-chat"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Google Chat, from Google Takeout",
            channels: &["google-chat"],
            reads: &[
                "the zip, its unpacked folder, or one messages.json, 2021 to today",
                "dates in some 60 languages",
            ],
            carries: &[
                "sender with address, members, in conversations of two the recipient, time in UTC, direction, attached files, links, topics, quoted messages, reactions",
                "whether a message was edited or deleted",
            ],
            lacks: &[
                "earlier texts of edited messages, texts of deleted ones and who sent them",
                "files kept in Google Drive: their links are there",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read it, and messages in their users' reports; no real export could be had",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random Takeouts, read back equal",
                },
            ],
            export: &[
                "takeout.google.com: Deselect all, Google Chat, Next step, Create export; give docket the zip",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        let groups = file.parent()?.parent()?;
        match groups.file_name()?.to_str()? {
            "Groups" => groups.parent(),
            _ => None,
        }
    }

    /// What stands in the folder of a conversation or of a user, each in one of its own:
    /// `Groups/DM a/File-b.png`, `Users/User 1/user_info.json`.
    fn brings(&self, inside: &str) -> bool {
        let mut parts = inside.rsplit('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(_), Some("Groups" | "Users")) => true,
            (Some(_), Some(folder), _) => ["DM ", "Space ", "User "]
                .iter()
                .any(|kind| folder.starts_with(kind)),
            (Some(file), ..) => file == "group_info.json" || file.starts_with("File-"),
            _ => false,
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        let known = conversations(export)
            .take(MOST_LOOKS)
            .any(|item| is_chat(&head(export, item)));
        if known {
            Detection::Yes("messages with `creator`, `topic_id` and a date in words".into())
        } else {
            Detection::No("no messages.json of Google Chat".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "Google Chat Takeout, messages.json".into(),
            ..Summary::default()
        };
        let mut threads = Threads::new("google-chat");
        let (account, support) = Account::of(export)?;
        lay_out_support(export, &support, &mut threads, sink)?;
        let items: Vec<u32> = conversations(export)
            .filter(|item| is_chat(&head(export, *item)))
            .collect();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        if account.owner.is_none() {
            summary.notes.push(
                "Whose account it is stands in user_info.json, which is not there: who sent and who received is not known.".into(),
            );
        }
        for item in items {
            let name = export.item_name(item);
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut tiles = Tiles::new(sink, item);
            let thread = threads.of(&mut tiles, folder, || account.head(folder))?;
            let place: &[&str] = &["messages", "*"];
            each_record(export, item, &[place], &mut |_, found| match found {
                Found::Structure(length) => tiles.structure(length),
                Found::About(length) => tiles.about(length),
                Found::Broken(bytes, reason) => tiles.unreadable(thread, bytes, reason),
                Found::Record(bytes, value, damaged) => {
                    match message::record(bytes, &value, damaged, thread, folder, &account) {
                        Some(mut record) => {
                            if record.kind.is_decidable() {
                                let sender = record.sender.as_deref();
                                record.extra.recipients = account.recipients(folder, sender);
                            }
                            tiles.record(bytes.len(), record)
                        }
                        None => tiles.unreadable(
                            thread,
                            bytes,
                            "It has neither a date nor a sender as Google Chat's messages have.",
                        ),
                    }
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// The files that may hold a conversation. A file that is an export by itself may have any name.
fn conversations(export: &Export) -> impl Iterator<Item = u32> + '_ {
    let alone = export.items.len() == 1;
    export.readable().filter(move |item| {
        let name = export.item(*item).map_or("", |item| item.file_name());
        alone || name.starts_with("messages") && name.ends_with(".json")
    })
}

fn is_chat(head: &[u8]) -> bool {
    let keys = outline(head);
    let has = |key: &str| keys.contains(&format!("messages.*.{key}"));
    has("creator.user_type") || has("created_date") && has("creator") || has("message_state")
}

/// What the messages refer to.
#[derive(Default)]
struct Account {
    /// Whose account it is, if one is named.
    owner: Option<Address>,
    /// Everyone by their mail address in lower case.
    people: HashMap<String, Address>,
    /// By folder: the name of the group, and its members.
    groups: HashMap<String, (String, Vec<Address>)>,
    /// Files beside the messages, by their paths.
    files: HashMap<String, u32>,
}

impl Account {
    /// Reads what stands beside the messages; gives the items that it read, too.
    fn of(export: &Export) -> Result<(Account, Vec<u32>), ReadError> {
        let mut account = Account::default();
        let mut support = Vec::new();
        let mut owners: BTreeMap<String, Address> = BTreeMap::new();
        for (number, item) in (0u32..).zip(&export.items) {
            account.files.insert(item.name.clone(), number);
        }
        if export.items.len() == 1 {
            return Ok((account, support));
        }
        for item in export.readable() {
            let name = export.item_name(item);
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            match export.item(item).map(|item| item.file_name()) {
                Some("user_info.json") => {
                    collect(export, item, &[&["user"]], &mut |_, user| {
                        let owner = person(user);
                        if !owner.is_empty() {
                            owners.insert(owner.address.to_lowercase(), owner);
                        }
                    })?;
                }
                Some("group_info.json") => {
                    let (mut title, mut members) = (String::new(), Vec::new());
                    let places: &[&[&str]] = &[&["name"], &["members", "*"]];
                    collect(export, item, places, &mut |_, value| match value {
                        Value::String(name) => title.clone_from(name),
                        member => members.push(person(member)),
                    })?;
                    for member in &members {
                        account.meet(member);
                    }
                    account.groups.insert(folder.to_owned(), (title, members));
                }
                _ => continue,
            }
            support.push(item);
        }
        // Of two accounts that were put together nobody can say which one is asked about.
        if owners.len() == 1 {
            account.owner = owners.into_values().next();
        }
        Ok((account, support))
    }

    fn meet(&mut self, person: &Address) {
        if !person.address.is_empty() {
            self.people
                .entry(person.address.to_lowercase())
                .or_insert_with(|| person.clone());
        }
    }

    fn is_owner(&self, person: &Address) -> Option<bool> {
        let owner = self.owner.as_ref()?;
        let known = !owner.address.is_empty() && !person.address.is_empty();
        known.then(|| owner.address.eq_ignore_ascii_case(&person.address))
    }

    /// A sender, written the same wherever their address is written in other letters.
    fn known(&self, person: &Address) -> String {
        let known = self.people.get(&person.address.to_lowercase());
        known.unwrap_or(person).to_string()
    }

    /// Someone by mail address, as senders are written.
    fn shown(&self, mail: &str) -> String {
        self.people
            .get(&mail.to_lowercase())
            .map_or_else(|| mail.to_owned(), ToString::to_string)
    }

    /// What a folder's conversation is called, whether it is a group, and its members.
    fn head(&self, folder: &str) -> (String, Option<bool>, Vec<String>) {
        let (title, group) = self.title(folder);
        let members = self.groups.get(folder).into_iter();
        let members = members.flat_map(|(_, members)| members.iter().map(ToString::to_string));
        (title, group, members.collect())
    }

    /// Whom a message in a folder went to, where it has two members.
    fn recipients(&self, folder: &str, sender: Option<&str>) -> Vec<Recipient> {
        let members = self.groups.get(folder).into_iter();
        let members = members.flat_map(|(_, members)| members);
        let members: Vec<String> = members.map(|member| self.known(member)).collect();
        other_of_two(&members, sender)
    }

    /// The title of a folder's conversation, and whether it is a group.
    fn title(&self, folder: &str) -> (String, Option<bool>) {
        let own = folder.rsplit('/').next().unwrap_or(folder);
        let group = match own.split_once(' ') {
            Some(("DM", _)) => Some(false),
            Some(("Space", _)) => Some(true),
            _ => None,
        };
        let Some((title, members)) = self.groups.get(folder) else {
            return (own.to_owned(), group);
        };
        if !title.is_empty() {
            return (title.clone(), group);
        }
        let names: Vec<&str> = members
            .iter()
            .filter(|member| self.is_owner(member) != Some(true))
            .map(|member| match member.name.as_str() {
                "" => member.address.as_str(),
                name => name,
            })
            .collect();
        let group = if names.len() > 1 { Some(true) } else { group };
        match names.as_slice() {
            [] => (own.to_owned(), group),
            names => (names.join(", "), group),
        }
    }
}

/// A person as Google Chat writes one.
fn person(value: &Value) -> Address {
    Address::new(text(value, "name"), text(value, "email"))
}
