//! Messages for programs: one JSON object a line, every text exact.

use super::{Day, Message, mark_names, person_id, source_id};
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
    /// `official` or `context`; `None` for lines of the app, which nobody decides on.
    pub decision: Option<String>,
    /// The text, exact.
    pub text: String,
    /// Files it names.
    pub attachments: Vec<FileRow>,
}

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The name as the message writes it.
    pub name: String,
    /// `present`, `missing` or `omitted`.
    pub state: String,
    /// `photo`, `video` ... or empty.
    pub media: String,
    /// The file in the bag, where it is present.
    pub path: Option<String>,
    /// SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
}

/// The day's messages, one JSON object a line, each ended by LF.
///
/// # Errors
/// None in practice: every field has a JSON form.
pub fn render(day: &Day<'_>) -> serde_json::Result<String> {
    let mut out = String::new();
    for message in day.messages() {
        out.push_str(&crate::text::json(&row(day, message))?);
        out.push('\n');
    }
    Ok(out)
}

fn row(day: &Day<'_>, message: &Message) -> Row {
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
        attachments: message
            .attachments
            .iter()
            .map(|file| FileRow {
                name: file.name.clone(),
                state: file.state.name().to_owned(),
                media: file.media.clone(),
                path: file.copy.as_ref().map(|copy| copy.path.clone()),
                sha256: file.copy.as_ref().map(|copy| copy.sha256.clone()),
                bytes: file.copy.as_ref().map(|copy| copy.bytes),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{day, heading, message, thread};
    use super::*;

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
