//! Signal's own export: a folder with `main.jsonl`, `metadata.json` and `files/`.
//!
//! `main.jsonl` holds one frame of a Signal backup a line, written as protobuf's JSON: numbers of
//! 64 bits are strings, bytes are base64, what is unset is absent. The frames are those of
//! `rust/message-backup` in signalapp/libsignal (`backup.proto`), and its `json/exporter.rs` says
//! what is left out: every message with a timer, and what could be viewed once. The lines of the
//! account, of recipients and of attachments hold keys. No key goes anywhere from here: those
//! lines are structure, and of a line that cannot be read no run of letters that may be a key is
//! shown.

mod item;
mod people;
mod update;

use super::records::Threads;
use super::window::{SHOWN, Tiles, Window, blank};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, Verified,
    head, json,
};
use crate::model::Kind;
use json::{Opens, Path, Piece, Take, Visitor};
use people::Book;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path as FilePath;

const BROKEN: &str = "This line is no JSON. What may be a key in it is not shown.";
const STRANGE: &str = "It is no frame that docket knows. What may be a key in it is not shown.";
const INCOMPLETE: &str =
    "It does not say which chat and time it belongs to. What may be a key in it is not shown.";
/// Frames that hold no message.
const SETTINGS: [&str; 7] = [
    "account",
    "recipient",
    "chat",
    "stickerPack",
    "notificationProfile",
    "chatFolder",
    "distributionList",
];

/// Reads Signal's own export.
pub struct Signal;

impl Importer for Signal {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "Signal's own export (JSON lines)",
            channels: &["signal"],
            reads: &["the folder with main.jsonl and files/ that Signal writes since 2026"],
            carries: &[
                "sender, recipients, direction, time in UTC, attachments, answers, reactions, edits with every earlier wording, deletions, polls with who voted, calls, changes of groups and of timers",
            ],
            lacks: &[
                "every message that was set to disappear, what could be viewed once, and messages deleted on the phone",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "Signal's own test export: 516 chat items of every kind in 604 files, all read",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random exports, read back equal",
                },
            ],
            export: &[
                "Signal on the phone: Settings, Chats, Export chat history; give docket the folder it writes",
                "The folder holds keys to the account: keep it as safe as the phone, and delete it once it is loaded",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p FilePath) -> Option<&'p FilePath> {
        file.parent()
    }

    fn brings(&self, inside: &str) -> bool {
        inside == "metadata.json" || inside.starts_with("files/")
    }

    fn detect(&self, export: &Export) -> Detection {
        if frames(export).next().is_some() {
            Detection::Yes("lines that are frames of a Signal backup".into())
        } else {
            Detection::No("no lines of a Signal backup".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let items: Vec<u32> = frames(export).collect();
        let mut summary = Summary {
            shape: "Signal backup, a frame a line".into(),
            chat_item: items.first().copied().filter(|_| items.len() == 1),
            notes: vec![
                "Signal leaves out of this export every message that was set to disappear, and the content of what could be viewed once.".into(),
            ],
            ..Summary::default()
        };
        let files = Files::of(export);
        let mut threads = Threads::new("signal");
        let mut timers = 0u64;
        for item in items {
            let books = meet(export, item)?;
            timers = books
                .iter()
                .fold(timers, |sum, book| sum.saturating_add(book.timers));
            let mut window = Window::new(export.open(item)?, &export.item_name(item));
            let mut lines = Lines {
                tiles: Tiles::new(sink, item),
                threads: &mut threads,
                export,
                files: &files,
                books: &books,
                book: 0,
            };
            let walked = json::walk(&mut window, &mut lines)?;
            lines.tiles.finish()?;
            if walked.cut_short {
                summary.notes.push(json::CUT_SHORT.into());
            }
        }
        if timers > 0 {
            summary.notes.push(format!(
                "{timers} of its chats had a timer set for disappearing messages when it was exported."
            ));
        }
        Ok(summary)
    }
}

/// The items that are frames of a backup.
fn frames(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let keys = json::outline(&head(export, *item));
        let has = |key: &str| keys.contains(key);
        (has("backupTimeMs") && has("version"))
            || (has("recipient.id") && !has("messages"))
            || (has("chatItem.chatId") && has("chatItem.dateSent"))
    })
}

/// Whether a line is the head of a backup: the numbers of chats and people count from it.
fn is_head(value: &Value) -> bool {
    value.get("backupTimeMs").is_some() && value.get("version").is_some()
}

/// The people and chats of each backup in an item; usually it is one.
fn meet(export: &Export, item: u32) -> Result<Vec<Book>, ReadError> {
    struct Meet(Vec<Book>);
    impl Visitor for Meet {
        fn choose(&mut self, path: &Path, opens: Opens) -> Result<Take, ReadError> {
            Ok(match path.key() {
                None if opens == Opens::Object => Take::Enter,
                Some("account" | "recipient" | "chat" | "backupTimeMs") => Take::Whole,
                _ => Take::Pass,
            })
        }
        fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
            let Piece::Value(bytes) = piece else {
                return Ok(());
            };
            let Some((value, _)) = json::parse(bytes) else {
                return Ok(());
            };
            if path.key() == Some("backupTimeMs") || self.0.is_empty() {
                self.0.push(Book::default());
            }
            if let (Some(key), Some(book)) = (path.key(), self.0.last_mut()) {
                book.meet(key, &value);
            }
            Ok(())
        }
    }
    let mut meet = Meet(Vec::new());
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    json::walk(&mut window, &mut meet)?;
    Ok(meet.0)
}

/// The files of the export, to find attachments: by their names, and by their names without the
/// ending.
pub(super) struct Files<'a> {
    names: HashMap<&'a str, u32>,
}

impl<'a> Files<'a> {
    fn of(export: &'a Export) -> Files<'a> {
        let mut names = HashMap::new();
        for (number, item) in (0u32..).zip(&export.items) {
            let inside = |part: &str| part == "files" || part == "attachments";
            if !item.name.split(['/', '\\']).rev().skip(1).any(inside) {
                continue;
            }
            let name = item.file_name();
            names.insert(name, number);
            if let Some((stem, _)) = name.rsplit_once('.') {
                names.entry(stem).or_insert(number);
            }
        }
        Files { names }
    }

    fn find(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }
}

/// The second reading: lays out the lines of one item.
struct Lines<'r, 's> {
    tiles: Tiles<'s>,
    threads: &'r mut Threads,
    export: &'r Export,
    files: &'r Files<'r>,
    books: &'r [Book],
    /// How many heads were met.
    book: usize,
}

impl Visitor for Lines<'_, '_> {
    fn choose(&mut self, _: &Path, _: Opens) -> Result<Take, ReadError> {
        Ok(Take::Whole)
    }

    fn piece(&mut self, _: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let bytes = match piece {
            Piece::Between(length) => return self.tiles.structure(length),
            Piece::Broken(bytes, _) => return self.unreadable(bytes, BROKEN),
            Piece::Value(bytes) => bytes,
        };
        self.tiles.about(bytes.len())?;
        match json::parse(bytes) {
            Some((Value::Object(frame), damaged)) => {
                self.frame(bytes, &Value::Object(frame), damaged)
            }
            _ => self.unreadable(bytes, BROKEN),
        }
    }
}

impl Lines<'_, '_> {
    fn frame(&mut self, bytes: &[u8], frame: &Value, damaged: bool) -> Result<(), ReadError> {
        if is_head(frame) {
            self.book = self.book.saturating_add(1);
            return self.tiles.structure(bytes.len());
        }
        // Lines before the first head are of the first backup too.
        let none = Book::default();
        let book = self.books.get(self.book.saturating_sub(1)).unwrap_or(&none);
        let mut keys = frame.as_object().into_iter().flat_map(|frame| frame.keys());
        let made = match keys.next().map(String::as_str) {
            None => return self.tiles.structure(bytes.len()),
            Some("chatItem") => item::chat_item(bytes, frame, book, self.files, self.export)?,
            Some("adHocCall") => item::link_call(bytes, frame, book),
            Some(key) if SETTINGS.contains(&key) => return self.tiles.structure(bytes.len()),
            Some(_) => return self.unreadable(bytes, STRANGE),
        };
        let Some((chat, mut record)) = made else {
            return self.unreadable(bytes, INCOMPLETE);
        };
        let key = format!("{} {}", self.book, chat.key);
        record.thread = self.threads.of(&mut self.tiles, &key, || {
            (chat.title, chat.group, chat.members)
        })?;
        super::records::set_marks(&mut record, damaged);
        self.tiles.record(bytes.len(), record)
    }

    fn unreadable(&mut self, bytes: &[u8], reason: &str) -> Result<(), ReadError> {
        let thread = self.threads.unreadable(&mut self.tiles)?;
        let mut record = blank(thread);
        record.kind = Kind::Unreadable;
        record.text = without_keys(bytes.get(..SHOWN.min(bytes.len())).unwrap_or_default());
        record.extra.notes.push(reason.to_owned());
        self.tiles.record(bytes.len(), record)
    }
}

/// Text in which `…` stands for each run of sixteen and more signs of base64 or of hexadecimal
/// digits with dashes: a key is such a run.
fn without_keys(bytes: &[u8]) -> String {
    const SHORTEST: usize = 16;
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for sign in text.chars().chain(['\0']) {
        if sign.is_ascii_alphanumeric() || matches!(sign, '+' | '/' | '=' | '-' | '_') {
            run.push(sign);
            continue;
        }
        // A run that the end of what is shown cuts short may be the start of a key.
        if run.len() >= SHORTEST || (sign == '\0' && !run.is_empty()) {
            out.push('…');
        } else {
            out.push_str(&run);
        }
        run.clear();
        if sign != '\0' {
            out.push(sign);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_keys;

    #[test]
    fn keys_are_not_shown() {
        let line =
            r#"{"mediaRootBackupKey":"q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=","a":"short"#;
        assert_eq!(without_keys(line.as_bytes()), "{\"…\":\"…\",\"a\":\"…");
        assert_eq!(
            without_keys(b"{\"body\":\"Hello, Ben\"}"),
            "{\"body\":\"Hello, Ben\"}"
        );
    }
}
