//! What is handed over of one thread on one local day, in forms that a person and a program can
//! read: a mail file, a page, plain text, and lines of JSON.
//!
//! Everything here is made from plain data and gives the same bytes for the same data. Plain text,
//! mail and page show what acts or hides as visible marks ([`crate::text`]); the lines of JSON
//! hold every text exactly.

mod beside;
pub mod eml;
pub mod html;
pub mod index;
pub mod jsonl;
pub mod txt;

pub use beside::{Addressed, Answers, Beside, Mail};

use crate::bundle::layout::OPEN_COPY;
use crate::case;
use crate::model::{AttachmentState, Decision, Direction, Kind, Marks};
use crate::review::beside::{file_name, file_state, odd};
use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands at the head of every record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The case's reference; may be empty.
    pub reference: String,
    /// The department; may be empty.
    pub department: String,
    /// Whose account was exported; may be empty.
    pub custodian: String,
    /// The zone that days and times are in: `Europe/London`.
    pub zone: String,
    /// Sixteen hexadecimal digits that tell this case's records from any other's.
    pub case_id: String,
}

/// A thread as its records name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its neutral number.
    pub number: u32,
    /// Its title as the export shows it.
    pub title: String,
    /// The app: `whatsapp`.
    pub channel: String,
    /// Whether more than two people can be in it, where the export tells.
    pub group: Option<bool>,
}

/// One thread on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day<'a> {
    /// The case.
    pub heading: &'a Heading,
    /// The thread.
    pub thread: &'a Thread,
    /// The local day in the case's zone; `None` for messages whose time the export does not give.
    pub date: Option<NaiveDate>,
    /// Whether this is the open copy of a record whose closed master is beside it.
    pub is_open_copy: bool,
    /// What is handed over, in the order of the thread, and where something is not.
    pub lines: Vec<Line>,
}

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A message that is handed over.
    Message(Box<Message>),
    /// So many messages in a row stay behind here.
    Withheld(u32),
}

/// A message that is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number in the case.
    pub number: u32,
    /// The neutral number of its source.
    pub source: u32,
    /// When it was sent, with the offset that held then.
    pub time: Option<DateTime<FixedOffset>>,
    /// The time as the export writes it.
    pub written: String,
    /// Who sent it; `None` for lines of the app.
    pub sender: Option<Sender>,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub kind: Kind,
    /// Why it is here: official or context; `None` for lines of the app.
    pub decision: Option<Decision>,
    /// Marks beside its kind.
    pub marks: Marks,
    /// The text, exact.
    pub text: String,
    /// What a system line reports, where it is known.
    pub event: String,
    /// Files it names.
    pub attachments: Vec<File>,
    /// What else it has beside its text.
    pub beside: Beside,
    /// What of it is masked or withheld here.
    pub masks: Vec<MaskRow>,
}

/// That parts of a message are masked or withheld for one reason. Neither what they say nor how
/// long they are is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MaskRow {
    /// `text`, `version-1`, `file-1`, `recipients`, `reactions`, `forwarded` or `labels`.
    pub part: String,
    /// The code of the reason.
    pub reason: String,
    /// What the mask shows.
    pub shown: String,
    /// `always`, from the closed master too, or `open`, from the open copy alone.
    pub reach: String,
    /// What the reason means.
    pub means: String,
    /// How many masks; 1 of a part that is withheld whole.
    pub count: u64,
}

/// Who sent a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The neutral number of the participant.
    pub number: u32,
    /// The name as the export shows it.
    pub name: String,
}

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name as the message writes it; may be empty.
    pub name: String,
    /// Whether the export holds it.
    pub state: AttachmentState,
    /// What kind of file, as far as the export says.
    pub media: String,
    /// The file in the bag, where the export holds it.
    pub copy: Option<Copy>,
    /// What stands in its place, where it is withheld.
    pub withheld: Option<String>,
    /// What the open set has of it.
    pub open: OpenFile,
}

/// What the open set has of a file that is not masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenFile {
    /// The file itself.
    #[default]
    Same,
    /// A copy without the properties of the file.
    Copy(Copy),
    /// Nothing, for this reason.
    Withheld(String),
}

/// A file in the bag's payload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copy {
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its path in the bag: `data/attachments/ab/ab….jpg`.
    pub path: String,
}

impl Thread {
    /// The folder of its records in the bag, without a slash at the end.
    pub fn folder(&self) -> String {
        let channel = crate::text::file_name(&self.channel);
        format!("data/records/{channel}/{}", self.id())
    }

    /// Its name in the bundle: `thread-0001`.
    pub fn id(&self) -> String {
        thread_id(self.number)
    }
}

/// The name of a thread in the bundle, by its number in the case.
pub fn thread_id(number: u32) -> String {
    format!("thread-{number:04}")
}

/// The name of a person in the bundle, by their number in the case.
pub fn person_id(number: u32) -> String {
    format!("person-{number:04}")
}

/// The name of a source in the bundle, by its number in the case.
pub fn source_id(number: u32) -> String {
    format!("source-{number:04}")
}

/// What a record calls the open copy of a file.
const ONLY_SHOWN: &str = "the same without its properties, for the open set";

/// A day as file names and tables write it: `2021-03-05`, or `undated`.
pub fn day_name(date: Option<NaiveDate>) -> String {
    date.map_or_else(|| "undated".to_owned(), |date| date.to_string())
}

/// A moment with its offset; `None` where the seconds are out of the calendar's range.
pub fn moment(seconds: i64, offset_minutes: i16) -> Option<DateTime<FixedOffset>> {
    let offset = FixedOffset::east_opt(i32::from(offset_minutes).checked_mul(60)?)
        .unwrap_or_else(|| Utc.fix());
    let utc = Utc.timestamp_opt(seconds, 0).single()?;
    // Near the ends of the calendar the local time may have no date.
    utc.naive_utc().checked_add_offset(offset)?;
    Some(utc.with_timezone(&offset))
}

impl Day<'_> {
    /// The day's name: `2021-03-05`, or `undated`.
    pub fn name(&self) -> String {
        day_name(self.date)
    }

    /// The name of its files without their ending: the day's; of an open copy with the `_R` that
    /// The National Archives ask for.
    pub fn file_name(&self) -> String {
        let open = if self.is_open_copy { OPEN_COPY } else { "" };
        format!("{}{open}", self.name())
    }

    /// The messages, without the marks for what stays behind.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.lines.iter().filter_map(|line| match line {
            Line::Message(message) => Some(message.as_ref()),
            Line::Withheld(_) => None,
        })
    }

    /// Rows of the head of a record: what and its value, empty facts left out.
    fn head(&self) -> Vec<(&'static str, String)> {
        let (mut handed_over, mut withheld, mut context) = (0_u64, 0_u64, 0_u64);
        for line in &self.lines {
            match line {
                Line::Message(message) => {
                    handed_over += 1;
                    context += u64::from(message.decision == Some(Decision::Context));
                }
                Line::Withheld(count) => withheld += u64::from(*count),
            }
        }
        let mut rows = vec![
            ("Thread", self.thread.title.clone()),
            (
                "Channel",
                format!("{}, {}", self.thread.channel, self.thread.id()),
            ),
            ("Day", format!("{} ({})", self.name(), self.heading.zone)),
            (
                "Messages",
                match context {
                    0 => format!("{handed_over} handed over, {withheld} not handed over"),
                    context => format!(
                        "{handed_over} handed over, {context} of them as context and not itself a \
                         record; {withheld} not handed over"
                    ),
                },
            ),
        ];
        if self.is_open_copy {
            let copy = "open copy: what is exempt is masked; the closed master is beside it";
            rows.push(("Copy", copy.to_owned()));
        }
        for (label, value) in [
            ("Reference", &self.heading.reference),
            ("Department", &self.heading.department),
            ("Custodian", &self.heading.custodian),
        ] {
            if !value.is_empty() {
                rows.push((label, value.clone()));
            }
        }
        rows
    }
}

impl Message {
    /// The clock time and offset as records show them; empty where no time is known.
    fn clock(&self) -> String {
        self.time
            .map(|time| time.format("%H:%M:%S %:z").to_string())
            .unwrap_or_default()
    }

    /// What is to be said of it beside sender and time, in the order it is said.
    fn labels(&self) -> Vec<String> {
        let mut labels = vec![match self.decision {
            Some(Decision::Context) => "context, not itself a record".to_owned(),
            Some(decision) => decision.name().to_owned(),
            None => self.kind.name().to_owned(),
        }];
        if self.decision.is_some() && self.kind != Kind::Text {
            labels.push(self.kind.name().to_owned());
        }
        match self.direction {
            Direction::Sent => labels.push("sent by the custodian".to_owned()),
            Direction::Received => labels.push("received".to_owned()),
            Direction::None | Direction::Unknown => {}
        }
        labels.extend(mark_names(self.marks).map(|(_, words)| words.to_owned()));
        let withheld = self.masks.iter().filter(|mask| {
            let whole = ["recipients", "reactions", "forwarded", "labels"];
            whole.contains(&mask.part.as_str())
        });
        labels.extend(withheld.map(|mask| match mask.part.as_str() {
            "forwarded" => format!("withheld, whom it was forwarded from: {}", mask.shown),
            part => format!("withheld, {part}: {}", mask.shown),
        }));
        labels.push(format!("message {}", self.number));
        labels
    }
}

/// The marks that a reader of the record must know: the word for programs and words for people.
fn mark_names(marks: Marks) -> impl Iterator<Item = (&'static str, &'static str)> {
    let known = [
        (Marks::EDITED, "edited", "edited"),
        (Marks::UNSENT, "unsent", "never sent"),
    ];
    let known = known
        .into_iter()
        .filter(move |(mark, _, _)| marks.has(*mark));
    known
        .chain(odd(marks))
        .map(|(_, name, words)| (name, words))
}

impl File {
    /// The lines of a record that tell of it, each with the file that it leads to.
    fn lines(&self) -> Vec<(String, Option<&Copy>)> {
        let mut lines = vec![(self.caption(), self.copy.as_ref())];
        if let OpenFile::Copy(copy) = &self.open {
            lines.push((ONLY_SHOWN.to_owned(), Some(copy)));
        }
        lines
    }

    /// What a record says of it: its name or kind, and where it is or why not.
    pub(super) fn caption(&self) -> String {
        if let Some(mask) = &self.withheld {
            return format!("{mask}: this file is withheld");
        }
        let what = file_name(&self.name, &self.media);
        match self.state {
            AttachmentState::Present => match &self.open {
                OpenFile::Withheld(why) if self.copy.is_none() => {
                    format!("{what}: withheld from the open copy, because {why}")
                }
                OpenFile::Withheld(why) => format!("{what}; the open set is without it: {why}"),
                OpenFile::Same | OpenFile::Copy(_) => what,
            },
            state => format!("{what}: {}", file_state(state, false)),
        }
    }
}

/// How many there are, in words: `1 message`, `3 messages`.
fn withheld_words(count: u32) -> String {
    match count {
        1 => "1 message is not handed over".to_owned(),
        count => format!("{count} messages are not handed over"),
    }
}

/// The local day of a message, with the offset that held.
pub(in crate::bundle) fn date(message: &case::Message<'_>) -> Option<NaiveDate> {
    Some(moment(message.time?, message.offset_minutes)?.date_naive())
}

/// Of each mail that leaves, by its number: where it is as it was, or why not.
pub(super) type Mails = BTreeMap<u32, Mail>;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// All that a message can have beside its text; `text` stands in every field of it.
    pub(crate) fn beside(text: &str) -> Beside {
        use crate::model::{Reaction, Role, Version};
        let text = || text.to_owned();
        Beside {
            recipients: vec![
                Addressed::new(Role::To, text(), Some(3)),
                Addressed::new(Role::Bcc, text(), None),
            ],
            subject: text(),
            message_id: text(),
            reply_to: vec![text()],
            answers: Some(Answers::NotHere),
            context_for: Vec::new(),
            forwarded: Some(text()),
            reactions: vec![Reaction {
                value: text(),
                who: text(),
                written: text(),
            }],
            versions: vec![Version {
                text: text(),
                written: text(),
            }],
            labels: vec![text()],
            unsent: text(),
            time_basis: text(),
            original: Some(Mail::Here {
                copy: Copy {
                    sha256: "cd".repeat(32),
                    bytes: 3,
                    path: "data/mail/thread-0001/message-7.eml".to_owned(),
                },
                unquoted: 0,
            }),
        }
    }

    /// A heading for tests.
    pub(crate) fn heading() -> Heading {
        Heading {
            reference: "HRB/2021/7".to_owned(),
            department: "Department for Harbours".to_owned(),
            custodian: "Ada Example".to_owned(),
            zone: "Europe/London".to_owned(),
            case_id: "0123456789abcdef".to_owned(),
        }
    }

    /// A thread for tests.
    pub(crate) fn thread(title: &str) -> Thread {
        Thread {
            number: 1,
            title: title.to_owned(),
            channel: "whatsapp".to_owned(),
            group: Some(true),
        }
    }

    /// An official text from one sender.
    pub(crate) fn message(number: u32, name: &str, text: &str) -> Message {
        Message {
            number,
            source: 1,
            time: moment(1_614_931_200 + i64::from(number), 0),
            written: "05/03/2021, 08:00".to_owned(),
            sender: Some(Sender {
                number: 2,
                name: name.to_owned(),
            }),
            direction: Direction::Received,
            kind: Kind::Text,
            decision: Some(Decision::Official),
            marks: Marks::default(),
            text: text.to_owned(),
            event: String::new(),
            attachments: Vec::new(),
            beside: Beside::default(),
            masks: Vec::new(),
        }
    }

    /// A day of these messages.
    pub(crate) fn day<'a>(
        heading: &'a Heading,
        thread: &'a Thread,
        messages: Vec<Message>,
    ) -> Day<'a> {
        Day {
            heading,
            thread,
            date: NaiveDate::from_ymd_opt(2021, 3, 5),
            is_open_copy: false,
            lines: messages
                .into_iter()
                .map(|message| Line::Message(Box::new(message)))
                .collect(),
        }
    }

    #[test]
    fn moments_out_of_the_calendar_are_none() {
        assert!(moment(i64::MAX, 0).is_none());
        assert!(moment(0, 60).is_some());
        assert!(moment(0, i16::MAX).is_some());
    }
}
