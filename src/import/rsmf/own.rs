//! What docket writes into RSMF beside its fields, and reads back: so that what was handed over as
//! RSMF is the same where docket loads it again, as a purged case does.
//!
//! An event is taken as docket's where its id is made of the number that a custom field gives, and
//! another gives a kind of docket's. Of any other event custom fields are notes. What stands here
//! is believed as far as any field of an export is.

use super::super::Record;
use crate::model::{Kind, Marks, Recipient, Role};

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
/// note.
pub(super) fn read(fields: &[(&str, &str)], record: &mut Record) {
    let extra = &mut record.extra;
    // Whom it was addressed to is said, and need not follow from who is in the conversation.
    extra.recipients.clear();
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
            ANSWERS if value.starts_with(ID) => extra.reply_to.push(value),
            UNSENT => {
                extra.unsent = value;
                record.marks = record.marks.with(Marks::UNSENT);
            }
            LABEL => extra.labels.push(value),
            _ => extra.notes.push(format!("{name}: {value}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
