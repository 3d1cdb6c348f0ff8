//! Messages for programs: one JSON object a line, every text exact.

use super::{
    Addressed, Answers, Copy, Day, File, Mail, MaskRow, Message, OpenFile, mark_names, person_id,
    source_id,
};
use crate::model::{Reaction, Version};
use serde::{Deserialize, Serialize};

/// One line. Fields are never renamed or taken away; new ones may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The message's number in the case.
    pub message: u32,
    /// `thread-0001`.
    pub thread: String,
    /// The thread's title as the export shows it.
    pub thread_title: String,
    /// The app.
    pub channel: String,
    /// `source-0001`.
    pub source: String,
    /// The local day in the case's zone: `2021-03-05`, or `undated`.
    pub day: String,
    /// RFC 3339 with the offset that held; `None` where the export gives no time.
    pub time: Option<String>,
    /// The time as the export writes it.
    pub time_as_written: String,
    /// `person-0001`; `None` for lines of the app.
    pub person: Option<String>,
    /// The sender's name as the export shows it.
    pub sender: Option<String>,
    /// `sent`, `received`, `none` or `unknown`.
    pub direction: String,
    /// `text`, `attachment`, `system` ...
    pub kind: String,
    /// What a system line reports, where it is known.
    pub event: String,
    /// `edited`, `ambiguous-time` ...
    pub marks: Vec<String>,
    /// `official`, `mixed` or `context`; `None` for lines of the app, which nobody decides on.
    pub decision: Option<String>,
    /// The text, exact.
    pub text: String,
    /// Whom it was addressed to, where the export says so message by message.
    #[serde(default)]
    pub recipients: Vec<Addressed>,
    /// Its subject, with which the text begins too; empty where it has none.
    #[serde(default)]
    pub subject: String,
    /// Its own name in its format: a mail's Message-ID without the angle brackets.
    #[serde(default)]
    pub message_id: String,
    /// The names of the messages it answers, the nearest last, but for those that stay behind.
    #[serde(default)]
    pub reply_to: Vec<String>,
    /// The number of the message it answers, where that is here.
    #[serde(default)]
    pub answers: Option<u32>,
    /// Of context: the numbers of the records here that answer or quote it.
    #[serde(default)]
    pub context_for: Vec<u32>,
    /// Whom it was forwarded from; empty where only that is known; `None` where it was not.
    #[serde(default)]
    pub forwarded: Option<String>,
    /// Signs that people put on it.
    #[serde(default)]
    pub reactions: Vec<Reaction>,
    /// Its earlier texts, the oldest first.
    #[serde(default)]
    pub versions: Vec<Version>,
    /// The folders or labels it was kept under.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Why it was never sent: `draft`, `failed` ...; empty where it was.
    #[serde(default)]
    pub unsent: String,
    /// What the time rests on, where that is not its own date: `received`, `separator` ...
    #[serde(default)]
    pub time_basis: String,
    /// Of a mail: the mail as it was, where it is here.
    #[serde(default)]
    pub original: Option<OriginalRow>,
    /// Of a mail that is not here as it was: why.
    #[serde(default)]
    pub original_left_out: Option<String>,
    /// Files it names.
    pub attachments: Vec<FileRow>,
    /// What of it is masked or withheld here, by part and reason.
    #[serde(default)]
    pub masks: Vec<MaskRow>,
}

/// A mail as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalRow {
    /// The file in the bag.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Lines from which the `>` was taken that the mailbox had put before `From `.
    pub unquoted: u32,
}

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The name as the message writes it.
    pub name: String,
    /// `present`, `missing`, `omitted` or `withheld`.
    pub state: String,
    /// `photo`, `video` ... or empty.
    pub media: String,
    /// The file in the bag, where it is present.
    pub path: Option<String>,
    /// SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Its copy without properties, where the open set has that in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_path: Option<String>,
    /// SHA-256 of that copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_sha256: Option<String>,
    /// Why the open set has nothing of it, where its properties cannot be taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_withheld: Option<String>,
}

/// The day's messages, one JSON object a line, each ended by LF.
///
/// # Errors
/// None in practice: every field has a JSON form.
pub fn render(day: &Day<'_>) -> serde_json::Result<String> {
    let mut out = String::new();
    for row in rows(day) {
        out.push_str(&crate::text::json(&row)?);
        out.push('\n');
    }
    Ok(out)
}

/// The day's messages as rows.
pub fn rows<'a>(day: &'a Day<'_>) -> impl Iterator<Item = Row> + 'a {
    day.messages().map(|message| row(day, message))
}

/// The copy that the open set has in the place of a file.
fn open_copy(file: &File) -> Option<&Copy> {
    match &file.open {
        OpenFile::Copy(copy) => Some(copy),
        OpenFile::Same | OpenFile::Withheld(_) => None,
    }
}

fn row(day: &Day<'_>, message: &Message) -> Row {
    let beside = &message.beside;
    Row {
        message: message.number,
        thread: day.thread.id(),
        thread_title: day.thread.title.clone(),
        channel: day.thread.channel.clone(),
        source: source_id(message.source),
        day: day.name(),
        time: message.time.map(|time| time.to_rfc3339()),
        time_as_written: message.written.clone(),
        person: message
            .sender
            .as_ref()
            .map(|sender| person_id(sender.number)),
        sender: message.sender.as_ref().map(|sender| sender.name.clone()),
        direction: message.direction.name().to_owned(),
        kind: message.kind.name().to_owned(),
        event: message.event.clone(),
        marks: mark_names(message.marks)
            .map(|(name, _)| name.to_owned())
            .collect(),
        decision: message.decision.map(|decision| decision.name().to_owned()),
        text: message.text.clone(),
        recipients: beside.recipients.clone(),
        subject: beside.subject.clone(),
        message_id: beside.message_id.clone(),
        reply_to: beside.reply_to.clone(),
        answers: match beside.answers {
            Some(Answers::Here(number)) => Some(number),
            Some(Answers::NotHere) | None => None,
        },
        context_for: beside.context_for.clone(),
        forwarded: beside.forwarded.clone(),
        reactions: beside.reactions.clone(),
        versions: beside.versions.clone(),
        labels: beside.labels.clone(),
        unsent: beside.unsent.clone(),
        time_basis: beside.time_basis.clone(),
        original: match &beside.original {
            Some(Mail::Here { copy, unquoted }) => Some(OriginalRow {
                path: copy.path.clone(),
                sha256: copy.sha256.clone(),
                bytes: copy.bytes,
                unquoted: *unquoted,
            }),
            Some(Mail::LeftOut(_)) | None => None,
        },
        original_left_out: match beside.original {
            Some(Mail::LeftOut(why)) => Some(why.to_owned()),
            Some(Mail::Here { .. }) | None => None,
        },
        attachments: message
            .attachments
            .iter()
            .map(|file| FileRow {
                name: file.name.clone(),
                state: match (&file.withheld, &file.open) {
                    (None, OpenFile::Same | OpenFile::Copy(_)) => file.state.name().to_owned(),
                    (None, OpenFile::Withheld(_)) if file.copy.is_some() => {
                        file.state.name().to_owned()
                    }
                    _ => "withheld".to_owned(),
                },
                media: file.media.clone(),
                path: file.copy.as_ref().map(|copy| copy.path.clone()),
                sha256: file.copy.as_ref().map(|copy| copy.sha256.clone()),
                bytes: file.copy.as_ref().map(|copy| copy.bytes),
                open_path: open_copy(file).map(|copy| copy.path.clone()),
                open_sha256: open_copy(file).map(|copy| copy.sha256.clone()),
                open_withheld: match &file.open {
                    OpenFile::Withheld(why) => Some(why.clone()),
                    OpenFile::Same | OpenFile::Copy(_) => None,
                },
            })
            .collect(),
        masks: message.masks.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{beside, day, heading, message, thread};
    use super::*;

    #[test]
    fn what_a_message_has_beside_its_text_is_there_exactly() {
        let text = "a\n\u{202e}b\"\u{2028}";
        let (heading, thread) = (heading(), thread("Harbour"));
        let mut said = message(7, "Ann", "x");
        said.beside = beside(text);
        let lines = render(&day(&heading, &thread, vec![said])).unwrap();
        assert_eq!(lines.lines().count(), 1);
        let row: Row = serde_json::from_str(lines.trim_end()).unwrap();
        assert_eq!(row.recipients.len(), 2);
        assert_eq!(row.recipients[0].person.as_deref(), Some("person-0003"));
        assert_eq!(
            (row.recipients[1].who.as_str(), &row.answers),
            (text, &None)
        );
        assert_eq!((row.subject.as_str(), row.labels[0].as_str()), (text, text));
        assert_eq!(row.forwarded.as_deref(), Some(text));
        assert_eq!(
            (&*row.reactions[0].who, &*row.versions[0].text),
            (text, text)
        );
        assert_eq!(row.original.unwrap().sha256, "cd".repeat(32));
    }

    #[test]
    fn texts_are_exact() {
        let text = "a\n\u{202e}b\"\\\u{0}é\u{2028}";
        let (heading, thread) = (heading(), thread("Harbour"));
        let lines = render(&day(&heading, &thread, vec![message(7, "Ann", text)])).unwrap();
        assert_eq!(lines.lines().count(), 1);
        let row: Row = serde_json::from_str(lines.trim_end()).unwrap();
        assert_eq!(row.text, text);
        assert_eq!(row.time.as_deref(), Some("2021-03-05T08:00:07+00:00"));
    }
}
