//! The exports of a case: their files and bytes, what each tells, and what it tells otherwise than
//! the exports before it.

use super::sealed::SealedFile;
use crate::import::{DateOrder, ItemRole, Portion};
use crate::model::{Attachment, MessageNumber, ParticipantId, SourceId, Span, ThreadId};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceItem {
    /// Its path inside the source, as the source writes it.
    pub name: String,
    /// Bytes, decompressed.
    pub size: u64,
    /// Of its bytes, in hexadecimal, where they were read.
    pub sha256: Option<String>,
    /// What part it plays, as far as its name tells.
    pub role: ItemRole,
    /// Whether messages were read from it.
    pub is_read: bool,
    /// Whether its bytes stand packed in a file of the source: in a zip that it carries, or in a
    /// file of Outlook's. (The entries of a source that is an archive itself all are; see
    /// [`Source::is_packed`].)
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_carried: bool,
    /// Why its bytes cannot be read, where they cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Bytes of it that are in messages, known or new.
    pub bytes_in_messages: u64,
}

impl SourceItem {
    /// What to tell of a file whose end no message could be made of, in a sentence.
    pub(super) fn ends_broken(&self) -> String {
        format!(
            "{} ends in bytes that are no whole message. If it was cut short, copy it again and \
             load it: what is missing is added.",
            self.name
        )
    }

    /// What to tell of a file that could not be read, in a sentence.
    pub fn left_out(&self) -> Option<String> {
        let problem = self.problem.as_ref()?;
        (self.role != ItemRole::Folder)
            .then(|| format!("{} was left out: it {problem}.", self.name))
    }
}

impl Source {
    /// Whether the bytes of one of its items stand packed in another file.
    pub fn is_packed(&self, item: &SourceItem) -> bool {
        self.form == Form::Archive || item.is_carried
    }
}

/// What became of the bytes that an importer read: `bytes` is the sum of the other three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Bytes of the items that hold messages.
    pub bytes: u64,
    /// Bytes in messages.
    pub in_messages: u64,
    /// Bytes of the format's own structure.
    pub in_structure: u64,
    /// Bytes in listed exceptions: messages of the kind `unreadable`.
    pub in_exceptions: u64,
}

impl Balance {
    /// Whether it adds up.
    pub fn holds(&self) -> bool {
        self.in_messages
            .checked_add(self.in_structure)
            .and_then(|sum| sum.checked_add(self.in_exceptions))
            == Some(self.bytes)
    }
}

/// How two exports differ on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Disagree {
    /// The case has its text; this source has the place of a deleted message.
    DeletedSince = 0,
    /// The case has the place of a deleted message; this source has its text, which was added as
    /// a message of its own.
    PresentHere = 1,
    /// The text differs, and one of the two says it was edited.
    Edited = 2,
    /// The sender of this and of all other messages by them has another name in this source.
    RenamedSender = 3,
    /// The same event, or the same message, is told in other words.
    ToldDifferently = 4,
    /// This source covers the time, and does not have it.
    Missing = 5,
    /// One of the two has a file that the other does not have.
    Attachment = 6,
    /// It is addressed to others here: a blind copy is seen by its sender only.
    Recipients = 7,
    /// This source has a mail of the same Message-ID with another content, which was added as a
    /// message of its own.
    OtherContent = 8,
    /// It is kept under other labels or folders here. That is no disagreement.
    Labels = 9,
}

impl Disagree {
    /// All of them, in the order of their codes.
    pub const ALL: [Disagree; 10] = [
        Disagree::DeletedSince,
        Disagree::PresentHere,
        Disagree::Edited,
        Disagree::RenamedSender,
        Disagree::ToldDifferently,
        Disagree::Missing,
        Disagree::Attachment,
        Disagree::Recipients,
        Disagree::OtherContent,
        Disagree::Labels,
    ];

    /// The word used on the command line and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Disagree::DeletedSince => "deleted-since",
            Disagree::PresentHere => "present-here",
            Disagree::Edited => "edited",
            Disagree::RenamedSender => "renamed-sender",
            Disagree::ToldDifferently => "told-differently",
            Disagree::Missing => "missing",
            Disagree::Attachment => "attachment",
            Disagree::Recipients => "recipients",
            Disagree::OtherContent => "other-content",
            Disagree::Labels => "labels",
        }
    }

    /// What a source does with a message, for a person.
    pub fn describe(self) -> &'static str {
        match self {
            Disagree::DeletedSince => "shows it as deleted",
            Disagree::PresentHere => "has the text of what is deleted here",
            Disagree::Edited => "has another wording: it was edited",
            Disagree::RenamedSender => "has another name for the sender",
            Disagree::ToldDifferently => "tells it in other words",
            Disagree::Missing => "covers the time and does not have it",
            Disagree::Attachment => "differs in the file it holds",
            Disagree::Recipients => "shows other recipients",
            Disagree::OtherContent => "has another mail under the same Message-ID",
            Disagree::Labels => "keeps it under other labels",
        }
    }

    /// Its place in [`Disagree::ALL`].
    pub(super) fn code(self) -> u8 {
        self as u8
    }

    /// Whether the two contradict each other.
    pub fn is_dispute(self) -> bool {
        self != Disagree::Labels
    }
}

/// What one export tells differently of a message that another gave its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The message of the case; for a renamed sender, the first one by them.
    pub number: MessageNumber,
    /// How they differ.
    pub what: Disagree,
    /// The source that tells it differently, or lacks it.
    pub source: SourceId,
    /// Which item of that source.
    pub item: u32,
    /// Where it stands there; empty where it does not.
    pub span: Span,
    /// What that source says: the other text, or the other name of the sender.
    pub text: String,
    /// The files that source names with it; their items are that source's.
    pub attachments: Vec<Attachment>,
    /// How many messages it concerns: 1, but for a renamed sender.
    pub messages: u32,
}

/// That an export has another name for the sender of messages of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// The thread.
    pub thread: ThreadId,
    /// The sender as the case has them.
    pub here: ParticipantId,
    /// The same sender in this export.
    pub there: ParticipantId,
    /// The first message by them that both have.
    pub first: MessageNumber,
    /// How many messages by them both have.
    pub messages: u32,
    /// Which item of this export has the first.
    pub item: u32,
    /// Where it stands there.
    pub span: Span,
}

/// By how much the clock of an export is ahead of that of the earlier exports of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockShift {
    /// The thread.
    pub thread: ThreadId,
    /// Seconds by which it is ahead for half of the messages at least, and for half at most;
    /// negative where it is behind.
    pub ahead: i64,
    /// The least for any message.
    pub least: i64,
    /// The most for any message.
    pub most: i64,
    /// How many messages both have.
    pub messages: u32,
}

impl ClockShift {
    /// In words: `3 min behind`.
    pub fn describe(&self) -> String {
        let minutes = (self.ahead.abs() + 30) / 60;
        let amount = match (minutes / 60, minutes % 60) {
            (0, minutes) => format!("{minutes} min"),
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        };
        let way = if self.ahead < 0 { "behind" } else { "ahead" };
        format!("{amount} {way}")
    }
}

/// What a person gave as one export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// One file.
    File,
    /// An archive: a zip or a tar.
    #[serde(rename = "zip")]
    Archive,
    /// A folder.
    Folder,
}

/// One export as it was given, and what was read from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its number in the case.
    pub id: SourceId,
    /// The path it was given under.
    pub path: String,
    /// The name of the file or folder.
    pub name: String,
    /// Whether it is a file, an archive or a folder.
    pub form: Form,
    /// The importer's name: `whatsapp`.
    pub format: String,
    /// The importer's version.
    pub importer_version: u32,
    /// Of a file: of its bytes. Of a folder: of the lines `sha256, two spaces, name` of its files,
    /// as `sha256sum` writes them. In hexadecimal.
    pub sha256: String,
    /// Bytes as given; of a folder, of all its files.
    pub size: u64,
    /// Of an archive that holds several exports, which of its items this one is: path, hash and
    /// size are those of the whole archive then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Portion>,
    /// Its files.
    pub items: Vec<SourceItem>,
    /// What became of its bytes.
    pub balance: Balance,
    /// Messages read from it, system lines and unreadable spans included.
    pub messages: u32,
    /// How many of them are system lines.
    pub system: u32,
    /// How many of them are spans that no message could be made of.
    pub exceptions: u32,
    /// Messages with bytes that are not text.
    pub undecodable: u32,
    /// Messages that the case did not have.
    pub new: u32,
    /// Messages that it had from an earlier export of the same chat.
    pub already_known: u32,
    /// The numbers of the new ones.
    pub numbers: Range<u32>,
    /// The threads it tells of.
    pub threads: Vec<ThreadId>,
    /// Senders with another name in it.
    #[serde(default)]
    pub renames: Vec<Rename>,
    /// Threads in which its clock differs from that of earlier exports.
    #[serde(default)]
    pub clocks: Vec<ClockShift>,
    /// Messages that have numbers and that this version of the importer does not read as messages:
    /// their bytes are kept as unreadable, and a decision on them counts no more.
    #[serde(default)]
    pub not_carried: Vec<MessageNumber>,
    /// The shape of the messages' first lines, digits written as 9.
    pub shape: String,
    /// The order of dates, where dates are three numbers.
    pub date_order: Option<DateOrder>,
    /// What that order rests on.
    pub date_order_basis: String,
    /// Whether it was taken without proof: a person should settle it.
    pub date_order_assumed: bool,
    /// The order of dates that a person gave, if one did.
    pub date_order_given: Option<DateOrder>,
    /// The lists of wording that it was read with besides docket's own, as they are sealed.
    #[serde(default)]
    pub words: Vec<SealedFile>,
    /// The earliest time in it, seconds UTC.
    pub first: Option<i64>,
    /// The latest time in it, seconds UTC.
    pub last: Option<i64>,
    /// What a reader of it should know, one sentence each.
    pub notes: Vec<String>,
    /// Whether an export of another format stands in it that was not read; the notes say which.
    #[serde(default)]
    pub holds_more: bool,
    /// When it was loaded: RFC 3339, UTC.
    pub imported_at: String,
    /// Who loaded it.
    pub imported_by: String,
}
