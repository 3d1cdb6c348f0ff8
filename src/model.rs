//! The nouns of the field as plain data: message, thread, participant, source, decision.
//!
//! Nothing here reads or writes; every other room speaks in these words.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A message's number in its case: given once at import, never changed, never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MessageNumber(pub u32);

/// A thread's number in its case.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ThreadId(pub u32);

/// A participant's number in its case: one name, number or address as a source shows it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ParticipantId(pub u32);

/// A source's number in its case: one export as it was given.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SourceId(pub u32);

/// A person's number in the ledger: given once, at the first thing said of the person.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PersonId(pub u32);

macro_rules! display_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}
display_number!(MessageNumber, ThreadId, ParticipantId, SourceId, PersonId);

/// What kind of thing a message is, as far as the export shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Kind {
    /// Words from a person.
    Text = 0,
    /// A line the app wrote: someone joined, the subject changed, a timer was set.
    System = 1,
    /// The place of a message that its sender or an admin deleted.
    Deleted = 2,
    /// A message with a file that the export names; see [`Attachment::state`].
    Attachment = 3,
    /// The place of a file that the export left out without naming it.
    Omitted = 4,
    /// A poll with its options and votes.
    Poll = 5,
    /// A place, or a live location.
    Location = 6,
    /// A contact card.
    Contact = 7,
    /// A voice or video call, taken or missed.
    Call = 8,
    /// The place of something that could be viewed once only.
    ViewOnce = 9,
    /// A message whose content the app did not export (an empty body, `null`).
    NotExported = 10,
    /// Bytes of the export that no message could be made of; kept as they are.
    Unreadable = 11,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Kind; 12] = [
        Kind::Text,
        Kind::System,
        Kind::Deleted,
        Kind::Attachment,
        Kind::Omitted,
        Kind::Poll,
        Kind::Location,
        Kind::Contact,
        Kind::Call,
        Kind::ViewOnce,
        Kind::NotExported,
        Kind::Unreadable,
    ];

    /// The kind with this code, as stored in the message columns.
    pub fn from_code(code: u8) -> Option<Kind> {
        Kind::ALL.get(usize::from(code)).copied()
    }

    /// The code stored in the message columns.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The name used on the command line, in queries and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::System => "system",
            Kind::Deleted => "deleted",
            Kind::Attachment => "attachment",
            Kind::Omitted => "omitted",
            Kind::Poll => "poll",
            Kind::Location => "location",
            Kind::Contact => "contact",
            Kind::Call => "call",
            Kind::ViewOnce => "view-once",
            Kind::NotExported => "not-exported",
            Kind::Unreadable => "unreadable",
        }
    }

    /// The kind of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a reviewer decides on it: everything but system lines and unreadable bytes.
    pub fn is_decidable(self) -> bool {
        !matches!(self, Kind::System | Kind::Unreadable)
    }
}

/// What a reviewer decided about one message. Exactly one holds at any time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Decision {
    /// No one has decided yet. Blocks a whole bundle.
    #[default]
    Undecided = 0,
    /// Government business: is handed over.
    Official = 1,
    /// Not government business: never leaves, always counted.
    Personal = 2,
    /// Both in one message: handed over once its personal span is masked.
    Mixed = 3,
    /// Not itself a record, but needed to understand one: handed over, marked.
    Context = 4,
    /// Needs a second look. Blocks a whole bundle.
    Refer = 5,
}

impl Decision {
    /// All decisions, in the order of their codes.
    pub const ALL: [Decision; 6] = [
        Decision::Undecided,
        Decision::Official,
        Decision::Personal,
        Decision::Mixed,
        Decision::Context,
        Decision::Refer,
    ];

    /// The decision with this code, as stored in the ledger.
    pub fn from_code(code: u8) -> Option<Decision> {
        Decision::ALL.get(usize::from(code)).copied()
    }

    /// The code stored in the ledger.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The word used on the command line, in queries and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Undecided => "undecided",
            Decision::Official => "official",
            Decision::Personal => "personal",
            Decision::Mixed => "mixed",
            Decision::Context => "context",
            Decision::Refer => "refer",
        }
    }

    /// The decision of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Decision> {
        Decision::ALL
            .into_iter()
            .find(|decision| decision.name() == name)
    }

    /// The letter in the gutter: it can be read without colour.
    pub fn letter(self) -> char {
        match self {
            Decision::Undecided => '·',
            Decision::Official => 'O',
            Decision::Personal => 'P',
            Decision::Mixed => 'M',
            Decision::Context => 'C',
            Decision::Refer => 'R',
        }
    }
}

/// A mark that a reviewer puts on a message beside its decision; a message may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Stop: an inquiry, a request or a court waits for it. Does not leave while it is set.
    Hold,
    /// Legal professional privilege.
    Privileged,
    /// Classified above what the channel was fit for.
    Classified,
    /// Something that the security team has to hear of.
    Incident,
    /// Special category data: health, belief, union, origin, sex life ...
    SpecialCategory,
    /// Personal data of a third party.
    ThirdParty,
    /// Significant government business.
    Significant,
    /// Official, but of passing use only.
    Transitory,
    /// A copy is held on a government system; where, its text says.
    AlreadyHeld,
}

impl Flag {
    /// All flags, the gravest first.
    pub const ALL: [Flag; 9] = [
        Flag::Hold,
        Flag::Privileged,
        Flag::Classified,
        Flag::Incident,
        Flag::SpecialCategory,
        Flag::ThirdParty,
        Flag::Significant,
        Flag::Transitory,
        Flag::AlreadyHeld,
    ];

    /// The word used on the command line, in queries, in the ledger and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Flag::Hold => "hold",
            Flag::Privileged => "privileged",
            Flag::Classified => "classified",
            Flag::Incident => "incident",
            Flag::SpecialCategory => "special-category",
            Flag::ThirdParty => "third-party",
            Flag::Significant => "significant",
            Flag::Transitory => "transitory",
            Flag::AlreadyHeld => "already-held",
        }
    }

    /// The flag of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Flag> {
        Flag::ALL.into_iter().find(|flag| flag.name() == name)
    }

    /// The letter in the gutter, and the key that sets it where flags are listed.
    pub fn letter(self) -> char {
        match self {
            Flag::Hold => 'h',
            Flag::Privileged => 'p',
            Flag::Classified => 'c',
            Flag::Incident => 'i',
            Flag::SpecialCategory => 'e',
            Flag::ThirdParty => 'o',
            Flag::Significant => 's',
            Flag::Transitory => 't',
            Flag::AlreadyHeld => 'a',
        }
    }

    /// What it says, in a few words.
    pub fn means(self) -> &'static str {
        match self {
            Flag::Hold => "an inquiry, request or court waits: does not leave",
            Flag::Privileged => "legal professional privilege",
            Flag::Classified => "classified above what the channel is fit for",
            Flag::Incident => "a security incident",
            Flag::SpecialCategory => "special category data: health, belief, union ...",
            Flag::ThirdParty => "other people's personal data",
            Flag::Significant => "significant government business",
            Flag::Transitory => "official, but of passing use only",
            Flag::AlreadyHeld => "a copy is on a government system (where)",
        }
    }
}

/// Which way a message went, seen from the custodian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The custodian sent it.
    Sent,
    /// Another participant sent it.
    Received,
    /// The app wrote it.
    None,
    /// Nobody has said yet who the custodian is in this export.
    Unknown,
}

impl Direction {
    /// The word used in the bundle and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::None => "none",
            Direction::Unknown => "unknown",
        }
    }
}

/// A run of bytes in one item of a source, as it was sealed (of a zip: in the entry, decompressed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte, counted from 0.
    pub offset: u64,
    /// Number of bytes.
    pub length: u32,
}

impl Span {
    /// One past the last byte; saturates at `u64::MAX`.
    pub fn end(self) -> u64 {
        self.offset.saturating_add(u64::from(self.length))
    }
}

/// When a message was sent, as the export tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Time {
    /// A date and clock time without a zone: seconds since 1970-01-01T00:00:00 on that clock.
    /// The case's zone turns it into an instant.
    Local(i64),
    /// An instant: seconds since 1970-01-01T00:00:00Z, with the offset the export gives, if any.
    Instant {
        /// Seconds since the epoch, UTC.
        seconds: i64,
        /// Minutes east of UTC, where the export writes an offset.
        offset_minutes: Option<i16>,
    },
    /// The export gives none.
    Unknown,
}

/// What happened to a file that a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentState {
    /// It is in the export.
    Present,
    /// The message names it, and the export does not hold it.
    Missing,
    /// The app left it out when it exported the chat.
    Omitted,
}

impl AttachmentState {
    /// Present where the file was found in the export, else missing.
    pub fn of(found: bool) -> AttachmentState {
        if found {
            AttachmentState::Present
        } else {
            AttachmentState::Missing
        }
    }

    /// The word used in the bundle and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            AttachmentState::Present => "present",
            AttachmentState::Missing => "missing",
            AttachmentState::Omitted => "omitted",
        }
    }
}

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The name as the message writes it; may be empty where the export gives none.
    pub name: String,
    /// Whether the export holds it.
    pub state: AttachmentState,
    /// Which item of the source it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// What kind of file, as far as the export says: `photo`, `video`, `audio`, `sticker`,
    /// `gif`, `document`, `contact` or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub media: String,
    /// The type the export declares (`image/jpeg`), in lower case; empty where it declares none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content_type: String,
    /// Where its bytes stand inside an item that holds more than them; then [`Attachment::item`]
    /// is `None`, so that nobody takes the mailbox for the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Within>,
}

impl Attachment {
    /// Where its bytes are in its source, if the source holds them.
    pub fn stands(&self) -> Option<Stands> {
        match (self.within, self.item) {
            (Some(within), _) => Some(Stands::Within(within)),
            (None, Some(item)) => Some(Stands::Item(item)),
            (None, None) => None,
        }
    }
}

/// Where the bytes of an attachment are in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// They are the whole item of this number.
    Item(u32),
    /// They are a part of an item.
    Within(Within),
}

/// Where an attachment's bytes stand inside an item that holds more than them: a picture in a
/// backup's record, a file in a mail. `import::within::open` reads them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Within {
    /// The item.
    pub item: u32,
    /// The encoded bytes, counted in the item as [`Span`] says.
    pub span: Span,
    /// How they are encoded there.
    pub encoding: Encoding,
}

/// How bytes are written inside a text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As they are.
    Plain,
    /// Base64 (RFC 4648, section 4); bytes outside its alphabet are passed over.
    Base64,
    /// Quoted-printable (RFC 2045, section 6.7).
    QuotedPrintable,
    /// Text in which characters may stand as XML references (`&#10;`); read as UTF-8.
    Escaped,
}

/// Someone as a source names them: a name, the number or address behind it, or both. It is
/// written `Name <address>`, as in a mail; with one of the two alone, as that one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// The name; may be empty.
    pub name: String,
    /// The number, e-mail address or profile; may be empty.
    pub address: String,
}

impl Address {
    /// A name with the address behind it; white space in a row becomes one space.
    pub fn new(name: &str, address: &str) -> Address {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Address {
            name: tidy(name),
            address: tidy(address),
        }
    }

    /// Reads what [`Address`] displays as. A text without `<...>` at its end is a name.
    pub fn parse(shown: &str) -> Address {
        let both = shown
            .strip_suffix('>')
            .and_then(|rest| rest.rsplit_once(" <"));
        match both {
            Some((name, address)) => Address::new(name, address),
            None => Address::new(shown, ""),
        }
    }

    /// Whether neither is known.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.address.is_empty()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.address.as_str()) {
            (name, "") => f.write_str(name),
            ("", address) => f.write_str(address),
            (name, address) if name == address => f.write_str(name),
            (name, address) => write!(f, "{name} <{address}>"),
        }
    }
}

/// A participant by what outlasts every number: the channel, and the name, number or address as
/// the channel shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Handle {
    /// The app: `whatsapp`.
    pub channel: String,
    /// As the exports write it.
    pub name: String,
}

/// What a person is to the custodian.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Nobody has said.
    #[default]
    Unknown,
    /// The custodian.
    Me,
    /// Someone the custodian works with; see the organisation and the position.
    Colleague,
    /// Anyone else.
    Outsider,
}

impl Relation {
    /// All of them.
    pub const ALL: [Relation; 4] = [
        Relation::Me,
        Relation::Colleague,
        Relation::Outsider,
        Relation::Unknown,
    ];

    /// The word used on the command line, in queries and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Unknown => "unknown",
            Relation::Me => "me",
            Relation::Colleague => "colleague",
            Relation::Outsider => "outsider",
        }
    }

    /// The relation of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Relation> {
        Relation::ALL
            .into_iter()
            .find(|relation| relation.name() == name)
    }
}

/// How a message was addressed to someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// To them.
    To,
    /// A copy, seen by all.
    Cc,
    /// A copy that the others do not see.
    Bcc,
}

impl Role {
    /// The word used in the bundle and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::To => "to",
            Role::Cc => "cc",
            Role::Bcc => "bcc",
        }
    }
}

/// Someone a message was addressed to, where the export says so message by message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// How.
    pub role: Role,
    /// Who, written as [`Address`] writes it.
    pub who: String,
}

/// A sign that someone put on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The sign: an emoji, or the app's word for it.
    pub value: String,
    /// Who put it there, as the export shows them; empty where it only counts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// When, as the export writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
}

/// An earlier text of a message that was edited later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The text as it was.
    pub text: String,
    /// When it was written, as the export writes it; empty where it does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub written: String,
}

/// What only some messages have. Empty for most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// Files the message names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What a system line reports (`added`, `left`, `subject`, `timer` ...), where it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// What a careful reader should know of this message (a possible pasted line, bytes that are
    /// not text ...), one short sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The time as the export writes it, where it does not stand inside the message's own span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_as_written: Option<String>,
    /// What the time rests on, where it is not the message's own date (`received`: the stamp
    /// of the mail server that took it last; `separator`: the line between two mails of a mailbox; `file name`;
    /// of an item of Outlook's `created`, `changed`, or the `start` of an appointment).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time_basis: String,
    /// Which way it went, where the export itself says so; such an export needs no one to be
    /// named as the custodian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Why it was never sent (`draft`, `outbox`, `failed`, `queued`); see [`Marks::UNSENT`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unsent: String,
    /// Who it was addressed to, where the export says so message by message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// Its subject. The message's text begins with it too, as a paragraph of its own, so that it
    /// is found, read and masked like the rest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The message's own name in its format: a mail's Message-ID without the angle brackets.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// The [`Extra::message_id`] of the messages it answers, the nearest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<String>,
    /// Whom it was forwarded from, as the export shows them; `Some("")` where it only says that
    /// it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<String>,
    /// Signs that people put on it, in the export's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Its earlier texts, the oldest first; the message's text is the last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// The folders or labels it was kept under.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

impl Extra {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        // Field by field: comparing with an empty one costs more than all else that is done to
        // most messages.
        let Extra {
            attachments,
            event,
            notes,
            time_as_written,
            time_basis,
            direction,
            unsent,
            recipients,
            subject,
            message_id,
            reply_to,
            forwarded,
            reactions,
            versions,
            labels,
        } = self;
        attachments.is_empty()
            && event.is_empty()
            && notes.is_empty()
            && time_as_written.is_none()
            && time_basis.is_empty()
            && direction.is_none()
            && unsent.is_empty()
            && recipients.is_empty()
            && subject.is_empty()
            && message_id.is_empty()
            && reply_to.is_empty()
            && forwarded.is_none()
            && reactions.is_empty()
            && versions.is_empty()
            && labels.is_empty()
    }
}

/// Marks on a message that are not its kind, as a bit set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(pub u16);

impl Marks {
    /// The export says that the text was edited; only the last version is there.
    pub const EDITED: Marks = Marks(1);
    /// The message names at least one file.
    pub const ATTACHMENT: Marks = Marks(1 << 1);
    /// Bytes that are not UTF-8 stand as U+FFFD in the text; the original keeps them.
    pub const DAMAGED: Marks = Marks(1 << 2);
    /// The clock time happened twice that night (the end of daylight saving); the first is taken.
    pub const AMBIGUOUS_TIME: Marks = Marks(1 << 3);
    /// The clock time did not happen that night (the start of daylight saving).
    pub const IMPOSSIBLE_TIME: Marks = Marks(1 << 4);
    /// A line inside looks like a message's first line: possibly a pasted chat.
    pub const PASTED: Marks = Marks(1 << 5);
    /// Another export tells this message differently.
    pub const DISPUTED: Marks = Marks(1 << 6);
    /// The export says that it was never sent: a draft, or one that failed or still waits.
    pub const UNSENT: Marks = Marks(1 << 7);
    /// It was forwarded from somewhere else; see [`Extra::forwarded`].
    pub const FORWARDED: Marks = Marks(1 << 8);
    /// It answers another message; see [`Extra::reply_to`].
    pub const REPLY: Marks = Marks(1 << 9);
    /// Somebody put a sign on it; see [`Extra::reactions`].
    pub const REACTED: Marks = Marks(1 << 10);
    /// A careful reader should know something of it; see [`Extra::notes`].
    pub const NOTED: Marks = Marks(1 << 11);
    /// The export says that its owner sent it; see [`Extra::direction`].
    pub const TOLD_SENT: Marks = Marks(1 << 12);
    /// The export says that its owner received it; see [`Extra::direction`].
    pub const TOLD_RECEIVED: Marks = Marks(1 << 13);

    /// The marks that what a message has beside its text stands for. They are set when it is
    /// stored, so that a million messages are searched by a column and not by their extras.
    pub fn of(extra: &Extra) -> Marks {
        [
            (!extra.versions.is_empty(), Marks::EDITED),
            (!extra.attachments.is_empty(), Marks::ATTACHMENT),
            (!extra.unsent.is_empty(), Marks::UNSENT),
            (extra.forwarded.is_some(), Marks::FORWARDED),
            (!extra.reply_to.is_empty(), Marks::REPLY),
            (!extra.reactions.is_empty(), Marks::REACTED),
            (!extra.notes.is_empty(), Marks::NOTED),
            (extra.direction == Some(Direction::Sent), Marks::TOLD_SENT),
            (
                extra.direction == Some(Direction::Received),
                Marks::TOLD_RECEIVED,
            ),
        ]
        .into_iter()
        .filter(|(holds, _)| *holds)
        .fold(Marks::default(), |marks, (_, mark)| marks.with(mark))
    }

    /// Which way the message went, where the export itself says so.
    pub fn told_direction(self) -> Option<Direction> {
        if self.has(Marks::TOLD_SENT) {
            Some(Direction::Sent)
        } else if self.has(Marks::TOLD_RECEIVED) {
            Some(Direction::Received)
        } else {
            None
        }
    }

    /// Whether all marks of `other` are set.
    pub fn has(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// These marks and those of `other`.
    #[must_use]
    pub fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back_as_they_are_written() {
        for (name, address, shown) in [
            (
                "Amina Yusuf",
                "+44 7700 900123",
                "Amina Yusuf <+44 7700 900123>",
            ),
            ("Amina Yusuf", "", "Amina Yusuf"),
            (
                "Femi O, CPHR",
                "https://example.com/in/femi",
                "Femi O, CPHR <https://example.com/in/femi>",
            ),
        ] {
            let address = Address::new(name, address);
            assert_eq!(address.to_string(), shown);
            assert_eq!(Address::parse(shown), address);
        }
        assert_eq!(
            Address::new("", "a@example.com").to_string(),
            "a@example.com"
        );
        assert_eq!(
            Address::new("a@example.com", "a@example.com").to_string(),
            "a@example.com"
        );
        assert_eq!(Address::new(" a \n b ", "").name, "a b");
    }

    #[test]
    fn codes_and_names_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        for decision in Decision::ALL {
            assert_eq!(Decision::from_code(decision.code()), Some(decision));
            assert_eq!(Decision::from_name(decision.name()), Some(decision));
        }
        assert_eq!(Kind::from_code(200), None);
        assert_eq!(Decision::from_code(6), None);
    }
}
