//! What docket writes into RSMF beside its fields, and reads back: so that what was handed over as
//! RSMF is the same where docket loads it again, as a purged case does.
//!
//! An event is taken as docket's where its id is made of the number that a custom field gives, and
//! another gives a kind of docket's. Of any other event custom fields are notes. What stands here
//! is believed as far as any field of an export is.

use super::super::Record;
use super::platform::CHANNELS;
use crate::import::json::text;
use crate::model::{Attachment, AttachmentState, Kind, Marks, Reaction, Recipient, Role};
use serde_json::Value;

/// Before a message's number in the id of its event.
pub const ID: &str = "message-";
/// What was decided.
pub const DECISION: &str = "Decision";
/// The message's number in the case that it was handed over from.
pub const NUMBER: &str = "Message number";
/// [`Kind::name`].
pub const KIND: &str = "Kind";
/// What a line of the app reports.
pub const EVENT: &str = "What the app reports";
/// The time as the first export writes it.
pub const WRITTEN: &str = "Time as the export writes it";
/// What its time rests on, where that is not its own date.
pub const BASIS: &str = "What its time rests on";
/// Its subject, with which its text begins.
pub const SUBJECT: &str = "Subject";
/// Whom it was forwarded from, or [`FROM_NOBODY`].
pub const FORWARDED: &str = "Forwarded";
/// It was forwarded, and nobody says from whom.
pub const FROM_NOBODY: &str = "yes";
/// The id of the event that it answers, where that stands in another file; or words.
pub const ANSWERS: &str = "Answers";
/// Why it was never sent.
pub const UNSENT: &str = "Never sent";
/// A folder or label that it was kept under; each has a field.
pub const LABEL: &str = "Label";
/// Its sender as the export writes them, where RSMF's name and address do not say it letter by
/// letter.
pub const SENDER: &str = "Sender as the export writes it";
/// Its own name in its format: a mail's Message-ID.
pub const NAME: &str = "Name in its own format";
/// The name of a message that it answers; each has a field, the nearest last.
pub const ANSWERED: &str = "Name of what it answers";
/// A mark of [`MARKS`].
pub const MARK: &str = "Mark";
/// A file that it names: [`HERE`], or the [`AttachmentState::name`]. Its name and kind follow, where
/// they are known.
pub const FILE: &str = "File";
/// The file is among those of the event.
pub const HERE: &str = "here";
/// The name of the file.
pub const FILE_NAME: &str = "Name of the file";
/// What kind of file, as the export says.
pub const FILE_KIND: &str = "Kind of file";
/// A file that is not here, for people; [`FILE`] has it for docket.
pub const FILE_GONE: &str = "File that is not here";
/// A sign that somebody put on it, where RSMF has less of it. Who and when follow.
pub const SIGN: &str = "Reaction";
/// Whose sign, as the export writes it.
pub const SIGN_BY: &str = "Reaction by";
/// When, as the export writes it.
pub const SIGN_AT: &str = "Reaction at";
/// The place of an earlier text, from 1, and when it was written, as the export writes it.
pub const VERSION_AT: &str = "Earlier text written";
/// Of a conversation: its channel.
pub const CHANNEL: &str = "Channel";
/// Of a conversation: whether more than two people can be in it, where that is known.
pub const GROUP: &str = "Group";

/// Before the number of a thread in the id of its conversation.
const THREAD: &str = "thread-";

/// The marks that an export gives a message, and that outlast it. That exports disagree is none:
/// where the others are not, nothing shows it.
pub const MARKS: [(Marks, &str); 5] = [
    (Marks::EDITED, "edited"),
    (Marks::DAMAGED, "damaged"),
    (Marks::AMBIGUOUS_TIME, "ambiguous-time"),
    (Marks::IMPOSSIBLE_TIME, "impossible-time"),
    (Marks::PASTED, "pasted"),
];

/// The custom fields of an event or a conversation.
pub(super) fn fields(value: &Value) -> Vec<(&str, &str)> {
    let fields = value.get("custom").and_then(Value::as_array);
    let fields = fields.into_iter().flatten();
    fields
        .map(|field| (text(field, "name"), text(field, "value")))
        .collect()
}

/// What docket says of a conversation that it wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conversation {
    /// The channel.
    pub(super) channel: &'static str,
    /// Whether more than two people can be in it.
    pub(super) group: Option<bool>,
}

/// What docket says of a conversation; `None` where it did not write it, or did so before it said
/// this.
pub(super) fn conversation(id: &str, value: &Value) -> Option<Conversation> {
    let fields = fields(value);
    let of = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted);
    let _: u32 = id.strip_prefix(THREAD)?.parse().ok()?;
    let (_, told) = of(CHANNEL)?;
    let mut known = CHANNELS.iter();
    Some(Conversation {
        channel: known.find(|known| *known == told)?,
        group: match of(GROUP) {
            Some((_, "yes")) => Some(true),
            Some((_, "no")) => Some(false),
            _ => None,
        },
    })
}

/// The number that a message had where docket wrote it, from the bytes of its event.
pub fn former(event: &[u8]) -> Option<u32> {
    let value: Value = serde_json::from_slice(event).ok()?;
    let id = text(&value, "id");
    kind(id, &fields(&value))?;
    id.strip_prefix(ID)?.parse().ok()
}

/// The fields of those whom a message was addressed to; each has one.
pub fn addressed(role: Role) -> &'static str {
    match role {
        Role::To => "To",
        Role::Cc => "Cc",
        Role::Bcc => "Bcc",
    }
}

/// The kind of an event that docket wrote; `None` for any other. What could not be read was bytes of
/// the first export; here it is a line.
pub(super) fn kind(id: &str, fields: &[(&str, &str)]) -> Option<Kind> {
    let of = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted);
    let number: u32 = id.strip_prefix(ID)?.parse().ok()?;
    let (_, told) = of(NUMBER)?;
    let (_, kind) = of(KIND)?;
    if *told != number.to_string() {
        return None;
    }
    match Kind::from_name(kind)? {
        Kind::Unreadable => Some(Kind::System),
        kind => Some(kind),
    }
}

/// Puts the custom fields of an event that docket wrote where they belong; what has no place is a
/// note. `whole`: its conversation is one that [`conversation`] knows. Then its own name and what it
/// answers stand in fields too, because the id of an event is a number of the case alone: a mail's
/// name holds in the whole world. A line of the app has no other.
pub(super) fn read(fields: &[(&str, &str)], kind: Kind, whole: bool, record: &mut Record) {
    let extra = &mut record.extra;
    // Whom it was addressed to is said, and need not follow from who is in the conversation.
    extra.recipients.clear();
    if whole {
        if kind.is_decidable() {
            extra.message_id.clear();
        }
        extra.reply_to.clear();
        for version in &mut extra.versions {
            version.written.clear();
        }
    }
    let mut files: Vec<Attachment> = Vec::new();
    let mut here = std::mem::take(&mut extra.attachments).into_iter();
    let mut signs: Vec<Reaction> = Vec::new();
    for (name, value) in fields {
        let value = (*value).to_owned();
        let roles = [Role::To, Role::Cc, Role::Bcc];
        if let Some(role) = roles.into_iter().find(|role| addressed(*role) == *name) {
            extra.recipients.push(Recipient { role, who: value });
            continue;
        }
        match *name {
            NUMBER | KIND => {}
            EVENT => extra.event = value,
            WRITTEN => {
                extra.time_as_written = Some(value);
                record.written = None;
            }
            BASIS => extra.time_basis = value,
            SUBJECT if record.text.starts_with(&value) => extra.subject = value,
            FORWARDED if value == FROM_NOBODY => extra.forwarded = Some(String::new()),
            FORWARDED => extra.forwarded = Some(value),
            ANSWERS if value.starts_with(ID) => {
                if !whole {
                    extra.reply_to.push(value);
                }
            }
            UNSENT => {
                extra.unsent = value;
                record.marks = record.marks.with(Marks::UNSENT);
            }
            LABEL => extra.labels.push(value),
            SENDER if record.sender.is_some() => record.sender = Some(value),
            NAME if whole => extra.message_id = value,
            ANSWERED if whole => extra.reply_to.push(value),
            MARK => {
                let known = MARKS.iter().find(|(_, known)| *known == value);
                let mark = known.map_or(Marks::default(), |(mark, _)| *mark);
                record.marks = record.marks.with(mark);
            }
            FILE => files.push(file(&value, &mut here)),
            FILE_NAME | FILE_KIND => {
                if let Some(file) = files.last_mut() {
                    match *name {
                        FILE_NAME => file.name = value,
                        _ => file.media = value,
                    }
                }
            }
            FILE_GONE if whole => {}
            SIGN => signs.push(Reaction {
                value,
                who: String::new(),
                written: String::new(),
            }),
            SIGN_BY | SIGN_AT => {
                if let Some(sign) = signs.last_mut() {
                    match *name {
                        SIGN_BY => sign.who = value,
                        _ => sign.written = value,
                    }
                }
            }
            VERSION_AT => {
                let told = value.split_once(": ");
                let told = told.and_then(|(at, when)| Some((at.parse::<usize>().ok()?, when)));
                if let Some((at, when)) = told
                    && let Some(at) = at.checked_sub(1)
                    && let Some(version) = extra.versions.get_mut(at)
                {
                    when.clone_into(&mut version.written);
                }
            }
            _ => extra.notes.push(format!("{name}: {value}")),
        }
    }
    files.extend(here);
    extra.attachments = files;
    if !signs.is_empty() {
        extra.reactions = signs;
    }
}

/// A file as docket tells of it: the next of those that are here, or one that is not.
fn file(state: &str, here: &mut std::vec::IntoIter<Attachment>) -> Attachment {
    let mut file = match state {
        HERE => here.next(),
        _ => None,
    }
    .unwrap_or_else(|| Attachment {
        name: String::new(),
        state: match state == AttachmentState::Omitted.name() {
            true => AttachmentState::Omitted,
            false => AttachmentState::Missing,
        },
        item: None,
        media: String::new(),
        content_type: String::new(),
        within: None,
    });
    // What is not said is not known; RSMF wants a name, and the reader guesses a kind.
    file.name.clear();
    file.media.clear();
    file
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::super::blank;
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_docket_wrote_is_taken_as_its_own() {
        let fields = [(NUMBER, "7"), (KIND, "deleted")];
        assert_eq!(kind("message-7", &fields), Some(Kind::Deleted));
        assert_eq!(kind("message-8", &fields), None);
        assert_eq!(kind("7", &fields), None);
        assert_eq!(kind("message-7", &[(NUMBER, "7"), (KIND, "x")]), None);
        assert_eq!(kind("message-7", &[(KIND, "text")]), None);
        let line = [(NUMBER, "7"), (KIND, "unreadable")];
        assert_eq!(kind("message-7", &line), Some(Kind::System));
    }

    fn event(number: u32) -> Value {
        let fields = [(NUMBER, number.to_string()), (KIND, "text".to_owned())];
        let fields = fields.map(|(name, value)| json!({ "name": name, "value": value }));
        json!({ "id": format!("{ID}{number}"), "type": "message", "custom": fields })
    }

    #[test]
    fn a_former_number_is_that_of_an_event_that_docket_wrote() {
        assert_eq!(former(event(12).to_string().as_bytes()), Some(12));
        let mut other = event(12);
        other["id"] = json!("message-13");
        assert_eq!(former(other.to_string().as_bytes()), None);
        other["id"] = json!("12");
        assert_eq!(former(other.to_string().as_bytes()), None);
        assert_eq!(former(b"{"), None);
    }

    #[test]
    fn a_channel_is_taken_of_a_conversation_that_docket_wrote_and_of_those_it_knows() {
        let of = |channel: &str, group: &str| json!({"custom": [{"name": CHANNEL, "value": channel}, {"name": GROUP, "value": group}]});
        let mail = Conversation {
            channel: "email",
            group: Some(false),
        };
        assert_eq!(conversation("thread-0001", &of("email", "no")), Some(mail));
        assert_eq!(conversation("thread-0001", &of("pigeon", "no")), None);
        assert_eq!(conversation("thread-x", &of("email", "no")), None);
        assert_eq!(conversation("7", &of("email", "no")), None);
        assert_eq!(conversation("thread-0001", &json!({})), None);
    }

    #[test]
    fn a_name_of_the_whole_world_is_taken_and_a_number_of_a_case_is_none() {
        let fields = [
            (NUMBER, "7"),
            (NAME, "a@example.org"),
            (ANSWERED, "b@example.org"),
        ];
        let taken = |whole: bool, fields: &[(&str, &str)]| {
            let mut record = blank(0);
            record.extra.message_id = "message-7".to_owned();
            record.extra.reply_to = vec!["message-6".to_owned()];
            read(fields, Kind::Text, whole, &mut record);
            (record.extra.message_id, record.extra.reply_to.join(" "))
        };
        let told = ("a@example.org".to_owned(), "b@example.org".to_owned());
        assert_eq!(taken(true, &fields), told);
        assert_eq!(taken(true, &[(NUMBER, "7")]), Default::default());
        let before = ("message-7".to_owned(), "message-6".to_owned());
        assert_eq!(taken(false, &[(NUMBER, "7")]), before);
    }

    #[test]
    fn files_and_signs_are_taken_as_they_are_told() {
        let fields = [
            (FILE, "omitted"),
            (FILE, HERE),
            (FILE_KIND, "sticker"),
            (FILE, HERE),
            (FILE_NAME, "not there"),
            (FILE_GONE, "words"),
            (SIGN, "+"),
            (SIGN_BY, "Ann"),
            (SIGN_AT, "10:00"),
        ];
        let mut record = blank(0);
        record.extra.attachments = vec![Attachment {
            name: "ab.webp".to_owned(),
            state: AttachmentState::Present,
            item: Some(4),
            media: "photo".to_owned(),
            content_type: String::new(),
            within: None,
        }];
        read(&fields, Kind::Text, true, &mut record);
        let told = record.extra.attachments.iter();
        let told: Vec<_> = told
            .map(|one| (one.name.as_str(), one.state, one.item, one.media.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("", AttachmentState::Omitted, None, ""),
                ("", AttachmentState::Present, Some(4), "sticker"),
                ("not there", AttachmentState::Missing, None, ""),
            ]
        );
        let sign = record.extra.reactions.first().unwrap();
        assert_eq!(
            (&*sign.value, &*sign.who, &*sign.written),
            ("+", "Ann", "10:00")
        );
        assert!(record.extra.notes.is_empty());
    }
}
