//! Telegram Desktop's exports: `result.json`, of one chat or of a whole account, and the pages
//! `messages.html`, `messages2.html` and so on, with photos and files in folders beside them.
//!
//! What is read here is what `export_output_json.cpp` and `export_output_html.cpp` in
//! telegramdesktop/tdesktop write. In JSON a message's `date` is the clock of the computer that
//! exported; `date_unixtime`, written since late 2021, is the instant. Control characters are
//! written `\x1F`, which is no JSON. A page names the sender of the first of several messages only
//! (`joined`), begins each day with a line of its own, and since 2022 tells the offset of its times.

mod html;
mod json;

use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, Verified,
    head,
};
use crate::model::{Attachment, AttachmentState};
use std::collections::HashMap;
use std::path::Path;

/// Reads what Telegram Desktop exports.
pub struct Telegram;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Html,
}

impl Importer for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Telegram Desktop's export",
            channels: &["telegram"],
            reads: &[
                "result.json of one chat and of a whole account, left groups included",
                "messages.html and the pages after it, of one chat and of a whole account",
            ],
            carries: &[
                "sender, time (JSON: in UTC since 2021; HTML: with its offset since 2022), photos and files, answers, forwards, reactions, polls, contacts, places, calls, joins and leaves, timers; direction in an export of a whole account; JSON: when a message was edited; HTML: when a forwarded message was first sent",
            ],
            lacks: &[
                "secret chats, deleted messages, earlier wordings of edited messages, who voted in a poll",
                "HTML: whether a message was edited, the time of lines of the app but the day",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "the program's own writer, and three exports in the tests of public programs with 2, 2 and 8 messages, all read",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random exports in both forms, read back equal",
                },
            ],
            export: &[
                "Telegram Desktop: in the chat, the three dots, Export chat history, format Machine-readable JSON; give docket the folder it writes",
                "For all chats: Settings, Advanced, Export Telegram data, and choose JSON",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    /// A chat's folder; of a whole account's pages, the folder above `chats/chat_1/`.
    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        let folder = file.parent()?;
        let above = folder.parent();
        match above {
            Some(above) if above.file_name().is_some_and(|name| name == "chats") => above.parent(),
            _ => Some(folder),
        }
    }

    fn brings(&self, inside: &str) -> bool {
        const OWN: [&str; 16] = [
            "chats",
            "contacts",
            "css",
            "files",
            "images",
            "js",
            "lists",
            "other",
            "photos",
            "profile_pictures",
            "round_video_messages",
            "stickers",
            "stories",
            "thumbnails",
            "video_files",
            "voice_messages",
        ];
        let first = inside.split_once('/').map(|(folder, _)| folder);
        match first {
            Some(folder) => OWN.contains(&folder),
            None => inside == "export_results.html" || inside == "result.json",
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        match files(export).next() {
            Some((_, Form::Json)) => {
                Detection::Yes("JSON of chats as Telegram Desktop writes it".into())
            }
            Some((_, Form::Html)) => {
                Detection::Yes("pages of messages as Telegram Desktop writes them".into())
            }
            None => Detection::No("no file of Telegram Desktop".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let found: Vec<(u32, Form)> = files(export).collect();
        let mut summary = Summary::default();
        if let [(only, _)] = found.as_slice() {
            summary.chat_item = Some(*only);
        }
        // Both forms may be written at once; then they tell the same, and JSON tells more.
        let json: Vec<u32> = found
            .iter()
            .filter(|(_, form)| *form == Form::Json)
            .map(|(item, _)| *item)
            .collect();
        let files = Files::of(export);
        if json.is_empty() {
            summary.shape = "Telegram Desktop HTML".into();
            let pages: Vec<u32> = found.iter().map(|(item, _)| *item).collect();
            html::read(export, &pages, &files, sink)?;
        } else {
            summary.shape = "Telegram Desktop JSON".into();
            if json.len() < found.len() {
                summary.notes.push(
                    "It holds the same chats as pages too; they were read from JSON, which tells more."
                        .into(),
                );
            }
            if json::read(export, &json, &files, sink)? {
                summary.notes.push(super::json::CUT_SHORT.into());
            }
        }
        Ok(summary)
    }
}

/// The files with messages, pages in the order of their numbers.
fn files(export: &Export) -> impl Iterator<Item = (u32, Form)> + use<> {
    let mut found: Vec<(u32, Form)> = export
        .readable()
        .filter_map(|item| {
            let head = head(export, item);
            if json::is_export(&head) {
                Some((item, Form::Json))
            } else if html::is_page(&head) {
                Some((item, Form::Html))
            } else {
                None
            }
        })
        .collect();
    found.sort_by_cached_key(|(item, _)| page_key(&export.item_name(*item)));
    found.into_iter()
}

/// A name in pieces, so that `messages10.html` comes after `messages2.html`.
fn page_key(name: &str) -> Vec<(u64, String)> {
    let mut key = Vec::new();
    let mut words = String::new();
    let mut digits = String::new();
    for sign in name.chars() {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        if !digits.is_empty() {
            key.push((digits.parse().unwrap_or(u64::MAX), String::new()));
            digits.clear();
        }
        words.push(sign);
        if matches!(sign, '/' | '.') {
            key.push((0, std::mem::take(&mut words)));
        } else if let Some((0, last)) = key.last_mut()
            && !last.ends_with(['/', '.'])
        {
            last.push_str(&std::mem::take(&mut words));
        } else {
            key.push((0, std::mem::take(&mut words)));
        }
    }
    if !digits.is_empty() {
        key.push((digits.parse().unwrap_or(u64::MAX), String::new()));
    }
    key
}

/// The files of the export by their paths.
struct Files<'a> {
    paths: HashMap<&'a str, u32>,
    export: &'a Export,
}

impl<'a> Files<'a> {
    fn of(export: &'a Export) -> Files<'a> {
        let paths = (0u32..)
            .zip(&export.items)
            .map(|(number, item)| (item.name.as_str(), number))
            .collect();
        Files { paths, export }
    }

    /// The file that a message in this item names, by its path from that item's folder.
    fn attachment(&self, from: u32, path: &str, media: &str, content_type: &str) -> Attachment {
        let content_type = content_type.trim().to_ascii_lowercase();
        // Where a file was left out, its place says so: `(File not included. Change ...)`.
        let left_out = path.starts_with('(') || path.ends_with(')') && path.contains("(File ");
        let item = self.find(from, path);
        let name = if left_out {
            ""
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        Attachment {
            name: name.to_owned(),
            state: match item {
                Some(_) => AttachmentState::Present,
                None if left_out => AttachmentState::Omitted,
                None => AttachmentState::Missing,
            },
            item,
            media: media.to_owned(),
            content_type,
            within: None,
        }
    }

    fn find(&self, from: u32, path: &str) -> Option<u32> {
        let own = self.export.item_name(from);
        let mut folder: Vec<&str> = own.split('/').collect();
        folder.pop();
        for step in path.split('/') {
            match step {
                "" | "." => {}
                ".." => drop(folder.pop()?),
                step => folder.push(step),
            }
        }
        self.paths.get(folder.join("/").as_str()).copied()
    }
}

/// The word for the event of a service message, by its action in JSON.
fn event_of(action: &str) -> &'static str {
    match action {
        "create_group" | "create_channel" | "topic_created" => "created",
        "invite_members" | "invite_to_group_call" => "added",
        "remove_members" => "removed",
        "join_group_by_link" | "join_group_by_request" | "joined_telegram" => "joined",
        "edit_group_title" | "topic_edit" => "subject",
        "edit_group_photo" | "delete_group_photo" => "icon",
        "pin_message" => "pinned",
        "set_messages_ttl" => "timer",
        "clear_history" => "cleared",
        "take_screenshot" => "screenshot",
        "migrate_to_supergroup" | "migrate_from_group" => "migrated",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::page_key;

    #[test]
    fn pages_are_ordered_by_their_numbers() {
        let mut names = [
            "chats/chat_10/messages.html",
            "chats/chat_2/messages10.html",
            "chats/chat_2/messages2.html",
            "chats/chat_2/messages.html",
        ];
        names.sort_by_cached_key(|name| page_key(name));
        assert_eq!(
            names,
            [
                "chats/chat_2/messages.html",
                "chats/chat_2/messages2.html",
                "chats/chat_2/messages10.html",
                "chats/chat_10/messages.html",
            ]
        );
    }
}
