//! iMessage and texts of a Mac or an iPhone backup, as the open-source `imessage-exporter` writes
//! them: one `.html` or `.txt` file for each conversation, attachments beside them.
//!
//! Its two formats were read from that program's own tests and example page. Times are the clock
//! of the computer that exported. The program writes a reply twice: under the message that it
//! answers, and as a message of its own; here it is read where it is one of its own. In `.txt` a
//! message begins where a line is exactly a time, after an empty line: a body may hold such lines
//! only by accident.

mod message;
mod pages;
mod text;

use super::window::{Tiles, Window};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, ThreadHead,
    Verified, head,
};
use memchr::memmem;
use message::{Chat, Files, people_of};
use pages::read_html;
use text::{names_owner, read_txt, starts_message};

/// Reads what imessage-exporter writes.
pub struct IMessage;

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Html,
    Txt,
}

impl Importer for IMessage {
    fn name(&self) -> &'static str {
        "imessage-exporter"
    }

    fn version(&self) -> u32 {
        4
    }

    fn about(&self) -> About {
        About {
            title: "iMessage, by imessage-exporter",
            channels: &["imessage"],
            reads: &[
                "the .html and the .txt files that imessage-exporter writes, one for each conversation",
            ],
            carries: &[
                "sender, recipients in conversations of two, direction, local time, read receipts, attachments, reactions, answers, edits with earlier wordings, unsent messages, announcements",
            ],
            lacks: &["the time zone, the members of a group who said nothing"],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "that program's own tests and example page; no real export was at hand",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random pages, read back equal",
                },
            ],
            export: &[
                "Mac: imessage-exporter --format html --copy-method full; for an iPhone, make an unencrypted backup in Finder first and add --db-path and the backup's folder",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    /// The files that messages name are copied into a folder `attachments`.
    fn brings(&self, inside: &str) -> bool {
        inside
            .split('/')
            .rev()
            .skip(1)
            .any(|folder| folder == "attachments")
    }

    fn detect(&self, export: &Export) -> Detection {
        match pages(export).next() {
            Some((_, Form::Html)) => {
                Detection::Yes("a page of messages as imessage-exporter writes it".into())
            }
            Some((_, Form::Txt)) => Detection::Yes(
                "it begins with a time such as `May 17, 2022  5:29:42 PM` on a line of its own"
                    .into(),
            ),
            None => Detection::No("no file of imessage-exporter".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let items: Vec<(u32, Form)> = pages(export).collect();
        let mut summary = Summary {
            shape: match items.first() {
                Some((_, Form::Txt)) => "imessage-exporter txt",
                _ => "imessage-exporter html",
            }
            .into(),
            ..Summary::default()
        };
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let files = Files::of(export);
        let texts = items.iter().filter(|(_, form)| *form == Form::Txt);
        let names_owner = names_owner(export, texts.map(|(item, _)| *item))?;
        for (thread, (item, form)) in (0u32..).zip(items) {
            let name = export.item_name(item);
            let file = name.rsplit('/').next().unwrap_or(&name);
            let title = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            tiles.thread(ThreadHead {
                title: title.to_owned(),
                channel: "imessage".into(),
                group: title.contains(", ").then_some(true),
                members: Vec::new(),
            })?;
            let people = people_of(title);
            let chat = Chat {
                thread,
                people: &people,
                files: &files,
            };
            match form {
                Form::Html => read_html(&mut window, &mut tiles, &chat)?,
                Form::Txt => read_txt(&mut window, &mut tiles, &chat, names_owner)?,
            }
            tiles.finish()?;
        }
        Ok(summary)
    }
}

fn pages(export: &Export) -> impl Iterator<Item = (u32, Form)> + '_ {
    export.readable().filter_map(|item| {
        let bytes = head(export, item);
        let has = |mark: &[u8]| memmem::find(&bytes, mark).is_some();
        if starts_message(&bytes).is_some() {
            return Some((item, Form::Txt));
        }
        // The style sheet comes first and may be longer than the head: it names these classes.
        let styled = has(b".message") && has(b".received") && has(b".iMessage");
        let written = has(b"class=\"timestamp\"") && has(b"class=\"sender\"");
        (has(b"<html>") && (styled || written)).then_some((item, Form::Html))
    })
}
