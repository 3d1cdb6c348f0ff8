//! The one door in: importers turn the bytes of an export into messages and exceptions.
//!
//! An importer never fails as a whole because of what an export holds: every byte ends in a
//! message, in the format's own structure, or in a listed exception. What an importer is given is
//! an [`Export`] (open, read-only) and what it yields goes to a [`Sink`] as plain data in source
//! order, so that it can run in a locked-down process without knowing it.
//!
//! Adding an app is one new file or folder here and one line in [`ALL`].

mod about;
mod advice;
mod blocks;
pub mod contacts;
pub mod content;
pub mod discord;
mod discover;
pub mod email;
pub mod export;
mod files;
pub mod google_chat;
mod html;
pub mod imessage;
mod json;
pub(crate) mod lately;
pub mod line;
mod lines;
pub mod linkedin;
pub(crate) mod markup;
pub mod meta;
pub mod nus;
mod outlook;
pub(crate) mod phone;
mod records;
pub mod rsmf;
pub mod signal;
pub mod signal_export;
pub mod sigtop;
pub mod slack;
pub mod sms;
mod table;
pub mod teams;
pub mod telegram;
pub mod viber;
pub mod voice;
pub mod whatsapp;
mod window;
pub mod within;
pub mod worker;

pub use about::{About, Basis, Verified};
use discover::discover_watched;
pub use discover::{
    Given, Packet, Refusal, Verdict, beside, detect, discover, left_over, within as packets,
};
pub(crate) use export::each_entry;
pub use export::{Export, Item, ItemRole, Portion};

use crate::model::{Extra, Kind, Marks, Span, Time};
use serde::{Deserialize, Serialize};
use std::io::Read;

/// Every importer, asked in this order which of them an export belongs to.
pub const ALL: &[&dyn Importer] = &[
    // Their lines are nearly WhatsApp's, which takes every order of dates and all its marks.
    &signal_export::SignalExport,
    &sigtop::Sigtop,
    &whatsapp::WhatsApp::STANDARD,
    // Their messages may have mails and tables attached, which are no exports.
    &rsmf::Rsmf,
    &meta::Meta,
    &sms::Sms,
    &voice::Voice,
    &imessage::IMessage,
    &email::Email,
    &linkedin::LinkedIn,
    &slack::Slack,
    &google_chat::GoogleChat,
    &discord::DiscordExporter,
    &discord::DiscordPackage,
    &teams::TeamsGraph,
    &teams::TeamsPersonal,
    &teams::TeamsPages,
    &nus::Nus,
    &line::Line,
    &viber::Viber,
    &signal::Signal,
    &telegram::Telegram,
];

/// A list of an app's wording, as `whatsapp/words/README.md` describes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The code of its language: the name of its file without `.txt`.
    pub language: String,
    /// What the file holds.
    pub text: String,
}

/// Says whether a list of wording follows the form.
///
/// # Errors
/// Names the first line that does not.
pub fn check_wording(wording: &Wording) -> Result<(), whatsapp::words::WordsError> {
    whatsapp::words::Words::default().add(&wording.language, &wording.text)
}

/// The wording that stands right before and right after names in the lines of apps on an event
/// (`added`, `left` ...), in all languages that docket knows.
pub fn beside_names(event: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let (before, mut after) = whatsapp::words::Words::standard().beside_names(event);
    after.extend(line::words::after_names(event));
    (before, after)
}

/// Makes ready what importers would make at their first need, for processes that are forked later.
pub(crate) fn make_ready() {
    whatsapp::words::Words::standard();
}

/// The importer of this name, as [`Importer::name`] gives it.
pub fn by_name(name: &str) -> Option<&'static dyn Importer> {
    ALL.iter().copied().find(|importer| importer.name() == name)
}

/// The sender of what the export marks as sent by its owner without naming them.
pub const ME: &str = "Me";

/// Bytes of an item that are looked at to tell what it is.
const HEAD: u64 = 1 << 14;

/// The first bytes of an item, as far as it can be read: reading it will say why no further. Of a
/// zip in an export there are none: what it stores uncompressed could pass for the item's own.
fn head(export: &Export, item: u32) -> Vec<u8> {
    let mut bytes = first_bytes(export, item, HEAD);
    if bytes.starts_with(b"PK\x03\x04") {
        bytes.clear();
    }
    bytes
}

/// The first bytes of an item, so many at most, as far as it can be read.
fn first_bytes(export: &Export, item: u32, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(input) = export.open(item) {
        let _ = input.take(most).read_to_end(&mut bytes);
    }
    bytes
}

/// The text of a message with a subject: the subject, an empty line, the body.
fn with_subject(subject: &str, body: String) -> String {
    match (subject.is_empty(), body.is_empty()) {
        (true, _) => body,
        (false, true) => subject.to_owned(),
        (false, false) => format!("{subject}\n\n{body}"),
    }
}

/// The word for a kind of file ([`Attachment::media`](crate::model::Attachment::media)) by its
/// content type.
fn media_of(content_type: &str) -> &'static str {
    match content_type.split(['/', ';']).next().unwrap_or_default() {
        _ if content_type.starts_with("image/gif") => "gif",
        "image" => "photo",
        "video" => "video",
        "audio" => "audio",
        _ if content_type.contains("vcard") => "contact",
        "" => "",
        _ => "document",
    }
}

/// How sure an importer is that an export is its own, with the evidence in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detection {
    /// It is.
    Yes(String),
    /// It may be; a yes from another importer wins.
    Maybe(String),
    /// It is not, and why.
    No(String),
}

/// The order of day, month and year in a date of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl DateOrder {
    /// `dmy`, `mdy` or `ymd`.
    pub fn name(self) -> &'static str {
        match self {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
            DateOrder::Ymd => "ymd",
        }
    }
}

/// What the person who loads an export may settle beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The order of dates, where the export itself does not decide it.
    pub date_order: Option<DateOrder>,
}

/// One thread as an importer announces it, before its first record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadHead {
    /// The name of the group or of the other person, as the export shows it.
    pub title: String,
    /// The app: `whatsapp`.
    pub channel: String,
    /// Whether more than two people can be in it, where the export tells.
    pub group: Option<bool>,
    /// Who is in it as the export lists them, written as senders are: who was when it was made,
    /// whoever wrote or not. Empty where it has no such list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

/// One message, or one run of bytes that no message could be made of
/// ([`Kind::Unreadable`], whose `text` is what can be shown of it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which of the threads announced so far, counted from 0 within this source.
    pub thread: u32,
    /// Which item of the export.
    pub item: u32,
    /// Its bytes there: header, body and line end.
    pub span: Span,
    /// Where in the span the time stands as written: offset and length in bytes. `None` where it
    /// is not inside the span or too far from its start.
    pub written: Option<(u16, u8)>,
    /// When it was sent.
    pub time: Time,
    /// The sender as the export writes it, invisible marks removed; `None` for lines of the app
    /// that name no actor as sender.
    pub sender: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Marks beside its kind.
    pub marks: Marks,
    /// The body as text, exact; U+FFFD stands for bytes that are not UTF-8.
    pub text: String,
    /// What only some messages have.
    pub extra: Extra,
}

/// What to check where something cannot be read from the disk.
pub(crate) fn check(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "check who may read it",
        _ => "check the disk",
    }
}

/// Why reading stopped before the end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The person stopped it.
    #[error("stopped")]
    Stopped,
    /// The export could not be read from disk.
    #[error("cannot read {path}: {source}; {} and load it again", check(source))]
    Io {
        /// The item or file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The export is not what it seemed, or is damaged as a whole.
    #[error("{path}: {reason}")]
    Refused {
        /// The item or file.
        path: String,
        /// What is wrong and what to do, in one line.
        reason: String,
    },
    /// What was read could not be kept.
    #[error("cannot keep what was read: {0}")]
    Keep(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where an importer puts what it reads, in source order.
pub trait Sink {
    /// Announces a thread; its number within the source is the count of earlier calls.
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError>;
    /// Takes one record.
    fn record(&mut self, record: Record) -> Result<(), ReadError>;
    /// The same of a record whose place is wanted back, to be filled again: who only looks at it
    /// spares its copy.
    fn record_of(&mut self, record: &Record) -> Result<(), ReadError> {
        self.record(record.clone())
    }
    /// Takes bytes that belong to the format and to no message, such as a byte order mark.
    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError>;
    /// Is told which bytes are about to be understood as a record, where that is known before; so
    /// that it is known which record it was if nothing more comes.
    fn about(&mut self, _item: u32, _span: Span) -> Result<(), ReadError> {
        Ok(())
    }
    /// Is told now and then how many bytes have been read; refuses when the person stops the job.
    fn progress(&mut self, bytes_read: u64) -> Result<(), ReadError>;
}

/// What an importer says of a source as a whole, once read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// The shape of the messages' first lines, digits written as 9.
    pub shape: String,
    /// The order of dates, where dates are written as three numbers.
    pub date_order: Option<DateOrder>,
    /// What that order rests on.
    pub date_order_basis: String,
    /// Whether the order was taken without proof: a person should settle it.
    pub date_order_assumed: bool,
    /// The item that holds the messages, where there is one.
    pub chat_item: Option<u32>,
    /// What a reader of the source should know, one sentence each.
    pub notes: Vec<String>,
}

/// Reads the exports of one app.
pub trait Importer: Sync {
    /// The name of the format: `whatsapp`.
    fn name(&self) -> &'static str;
    /// Grows by one when the same bytes would give other messages than before.
    fn version(&self) -> u32;
    /// What the format is, what is read of it, and how that was made sure of.
    fn about(&self) -> About;
    /// Whether an export of one file is but a part of what it belongs to: the files of its kind
    /// that stand together in a folder are one export then, as the mails of an account are.
    fn gathers(&self, _export: &Export) -> bool {
        false
    }
    /// Whether an export has the messages of a thread in the order in which they were said, be it
    /// the newest first. Mails stand in a mailbox in any order: their threads are shown by time.
    fn keeps_order(&self) -> bool {
        true
    }
    /// The folder of an export, where a file of this kind stands in one of its own: what
    /// [`Importer::brings`] names there is of it too, even where the file is the only one of its
    /// kind.
    fn home<'p>(&self, _file: &'p std::path::Path) -> Option<&'p std::path::Path> {
        None
    }
    /// Whether the folder that a file of this kind stands in, in `folder`, is all of one export even
    /// where the file is the only one of its kind.
    fn fills(&self, file: &std::path::Path, _folder: &std::path::Path) -> bool {
        self.home(file).is_some()
    }
    /// Whether a file that is no export itself belongs to an export whose folder it stands in, by
    /// its path there (`photos/a.jpg`): the pictures that messages name, and not whatever a person
    /// keeps beside them.
    fn brings(&self, _inside: &str) -> bool {
        false
    }
    /// The files that a file of an export names, by their paths from its own folder, where no path
    /// tells which files are of the export.
    fn names_files(&self, _file: &Export) -> Vec<String> {
        Vec::new()
    }
    /// Whether messages name every file that an export of theirs brings: what none names is told then,
    /// and not archives alone.
    fn names_all_files(&self) -> bool {
        false
    }
    /// Whether a `.json` file that is no export is a list that exports in its folder are read with,
    /// where no name tells it.
    fn is_read_with(&self, _file: &Export) -> bool {
        false
    }
    /// The same importer with these lists of wording before its own; `None` where it knows records
    /// by their form alone. What does not follow the form is left out: see [`check_wording`].
    fn with_wording(&self, _lists: &[Wording]) -> Option<Box<dyn Importer>> {
        None
    }
    /// Says whether the export is this app's, by its content.
    fn detect(&self, export: &Export) -> Detection;
    /// Reads it all into the sink.
    ///
    /// # Errors
    /// [`ReadError`] when the disk fails, the sink refuses, or the export is damaged as a whole
    /// (an encrypted zip); never because of what single records hold.
    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError>;
}
