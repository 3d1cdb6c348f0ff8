//! One mail as a record.

use super::{guard, mbox, text, threads};
use crate::guard::guarded;
use crate::import::window::{blank, set_written};
use crate::import::{Record, media_of, with_subject};
use crate::model::{
    Address, Attachment, AttachmentState, Encoding, Extra, Kind, Marks, Recipient, Role, Span,
    Time, Within,
};
use mail_parser::{
    DateTime, HeaderForm, HeaderName, HeaderValue, Message, MessageParser, MessagePart,
    MimeHeaders, PartType,
};

/// Deepest mail within a mail whose words are shown.
const DEEPEST_SHOWN: usize = 16;
/// Most bytes of a mail's text that are shown where its structure is not read.
const RAW_SHOWN: usize = 1 << 20;

/// Where a mail's bytes stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The item of the export.
    pub(super) item: u32,
    /// Where the record begins there.
    pub(super) offset: u64,
    /// Where in the record the mail begins, after its separator line.
    pub(super) mail: usize,
    /// Whether it stands in a mailbox, where lines that begin with `From ` are quoted.
    pub(super) from_mailbox: bool,
    /// Whether docket unpacked it from a file of Outlook's: then its separator line tells nothing,
    /// and headers that begin with `X-Docket-` are docket's own.
    pub(super) unpacked: bool,
}

/// Reads a mail; `None` where there is nothing like headers. `bytes` is the record: the separator
/// line, if any, and the mail.
pub(super) fn read(bytes: &[u8], place: Place) -> Option<Record> {
    let mail = bytes.get(place.mail..)?;
    let separator = mbox::separator_date(bytes.get(..place.mail)?).filter(|_| !place.unpacked);
    let mut record = blank(0);
    let parser = MessageParser::default();
    let reason = match guard::too_much(mail) {
        Some(reason) => reason,
        // The library has assertions of its own; a mail that breaks one costs itself only.
        None => match guarded(|| parser.parse(mail)) {
            Some(message) => {
                let message = message.filter(has_headers)?;
                fill(&message, bytes, place, separator, &mut record);
                let body = text::body(&message, place.from_mailbox);
                let body = with_attached(&message, body, place, 0, &mut record);
                finish(&mut record, body);
                return Some(record);
            }
            None => "Its structure cannot be read: its text is shown as it was sent.",
        },
    };
    let headers = first_headers(threads::header_block(mail, mail.len()));
    let message = parser.parse_headers(headers).filter(has_headers)?;
    fill(&message, bytes, place, separator, &mut record);
    let body = mail.get(threads::header_block(mail, mail.len()).len()..)?;
    let shown = body.get(..body.len().min(RAW_SHOWN)).unwrap_or_default();
    record.extra.notes.push(reason.into());
    finish(
        &mut record,
        String::from_utf8_lossy(shown).replace("\r\n", "\n"),
    );
    Some(record)
}

/// Whether a mail has a header; of text without any the library makes one that is empty.
fn has_headers(message: &Message<'_>) -> bool {
    message
        .parts
        .first()
        .is_some_and(|part| !part.headers.is_empty())
}

/// As many headers as are read.
fn first_headers(block: &[u8]) -> &[u8] {
    let mut length = 0usize;
    for line in block
        .split_inclusive(|byte| *byte == b'\n')
        .take(guard::MOST_HEADERS)
    {
        length = length.saturating_add(line.len());
    }
    block.get(..length).unwrap_or_default()
}

fn finish(record: &mut Record, body: String) {
    record.text = with_subject(&record.extra.subject, body);
    if record.text.contains(char::REPLACEMENT_CHARACTER) {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    if !record.extra.attachments.is_empty() {
        record.marks = record.marks.with(Marks::ATTACHMENT);
    }
}

/// What the headers say.
fn fill(
    message: &Message<'_>,
    bytes: &[u8],
    place: Place,
    separator: Option<&str>,
    record: &mut Record,
) {
    record.sender = people(message, HeaderName::From)
        .into_iter()
        .chain(people(message, HeaderName::Sender))
        .chain(people(message, HeaderName::ReturnPath))
        .next();
    let extra = &mut record.extra;
    let authors = people(message, HeaderName::From);
    if authors.len() > 1 {
        extra.notes.push(format!(
            "It names {} authors: {}.",
            authors.len(),
            authors.join("; ")
        ));
    }
    // Somebody's office sends in their name.
    let address = |who: &String| Address::parse(who).address.to_lowercase();
    for by in people(message, HeaderName::Sender) {
        let is_author = authors.iter().any(|who| address(who) == address(&by));
        if !authors.is_empty() && !is_author {
            extra
                .notes
                .push(format!("It was sent for its author by {by}."));
        }
    }
    for (name, role) in [
        (HeaderName::To, Role::To),
        (HeaderName::Cc, Role::Cc),
        (HeaderName::Bcc, Role::Bcc),
    ] {
        extra.recipients.extend(
            people(message, name)
                .into_iter()
                .map(|who| Recipient { role, who }),
        );
    }
    note_around(message, extra);
    extra.subject = one_line(message.subject().unwrap_or_default());
    extra.message_id = message.message_id().unwrap_or_default().into();
    extra.reply_to = threads::ids(message)
        .into_iter()
        .map(str::to_owned)
        .collect();
    extra.forwarded = people(message, HeaderName::ResentFrom).into_iter().next();
    extra.labels = labels(message);
    if other(message, "X-Unsent").is_some_and(|unsent| unsent.trim() == "1") {
        extra.unsent = "draft".into();
    }
    set_time(message, bytes, place, separator, record);
    if place.unpacked {
        set_unpacked(message, record);
    }
}

/// What a mail says of where it went on to, where answers go, and how it wants to be treated.
fn note_around(message: &Message<'_>, extra: &mut Extra) {
    let address = |who: &str| {
        let who = Address::parse(who);
        let address = if who.address.is_empty() {
            who.name
        } else {
            who.address
        };
        address.to_lowercase()
    };
    // Whoever sent a mail on as it was (RFC 5322, 3.6.6).
    let on: Vec<String> = [HeaderName::ResentTo, HeaderName::ResentCc]
        .into_iter()
        .flat_map(|name| people(message, name))
        .collect();
    if !on.is_empty() {
        extra
            .notes
            .push(format!("It was sent on to {}.", on.join("; ")));
    }
    let mut known: Vec<String> = extra.recipients.iter().map(|to| address(&to.who)).collect();
    for who in on {
        if !known.contains(&address(&who)) {
            known.push(address(&who));
            extra.recipients.push(Recipient {
                role: Role::To,
                who,
            });
        }
    }
    // A list's own address stands among the recipients.
    let authors = people(message, HeaderName::From);
    known.extend(authors.iter().map(|who| address(who)));
    let elsewhere: Vec<String> = people(message, HeaderName::ReplyTo)
        .into_iter()
        .filter(|who| !known.contains(&address(who)) && !authors.contains(who))
        .collect();
    if !elsewhere.is_empty() {
        extra
            .notes
            .push(format!("Answers to it go to {}.", elsewhere.join("; ")));
    }
    for (name, what) in [
        (HeaderName::Sensitivity, "sensitivity"),
        (HeaderName::Importance, "importance"),
    ] {
        let value = as_text(message, name).unwrap_or_default();
        let value = value.trim().to_lowercase();
        if !value.is_empty() && value != "normal" {
            extra
                .notes
                .push(format!("Its sender marked it: {what} {value}."));
        }
    }
}

/// The labels that Gmail gave a mail.
pub(super) fn labels(message: &Message<'_>) -> Vec<String> {
    comma_list(&other(message, "X-Gmail-Labels").unwrap_or_default())
}

/// What docket found in a file of Outlook's and a mail has no place for (`outlook/eml.rs`).
fn set_unpacked(message: &Message<'_>, record: &mut Record) {
    let class = other(message, "X-Docket-Outlook").unwrap_or_default();
    let upper = class.to_ascii_uppercase();
    let what = match upper.split('.').nth(1).unwrap_or_default() {
        "APPOINTMENT" => "an appointment",
        "CONTACT" => "a contact",
        "DISTLIST" => "a list of addresses",
        "TASK" => "a task",
        "STICKYNOTE" => "a note",
        "ACTIVITY" => "a journal entry",
        "SKYPETEAMS" => "a message of Teams",
        "NOTE" | "SCHEDULE" | "POST" | "RECALL" | "OUTLOOK" => "",
        _ if upper.starts_with("REPORT") => "",
        _ => "an item that is no mail",
    };
    // What Outlook keeps for itself: nobody said it, and nobody decides on it.
    let own = ["IPM.MICROSOFT.", "IPM.CONFIGURATION."];
    if own.iter().any(|own| upper.starts_with(own)) {
        record.kind = Kind::System;
        record.extra.event = "settings".into();
    } else if what == "a contact" {
        record.kind = Kind::Contact;
    }
    if !what.is_empty() {
        let note = format!("Outlook keeps this as {what} ({class}).");
        record.extra.notes.push(note);
    }
    if let Some(basis) = other(message, "X-Docket-Time") {
        record.extra.time_basis = basis;
    }
    let notes = message.header_as(HeaderName::Other("X-Docket-Note".into()), HeaderForm::Text);
    record
        .extra
        .notes
        .extend(notes.iter().filter_map(|note| match note {
            HeaderValue::Text(note) => Some(note.clone().into_owned()),
            _ => None,
        }));
}

/// A header that the library has no name for.
fn other(message: &Message<'_>, name: &'static str) -> Option<String> {
    as_text(message, HeaderName::Other(name.into()))
}

/// A header as text, encoded words read.
fn as_text(message: &Message<'_>, name: HeaderName<'static>) -> Option<String> {
    match message.header_as(name, HeaderForm::Text).first()? {
        HeaderValue::Text(text) => Some(text.clone().into_owned()),
        _ => None,
    }
}

/// The addresses of all headers of this name.
fn people(message: &Message<'_>, name: HeaderName<'static>) -> Vec<String> {
    let mut found = Vec::new();
    for value in message.header_values(name) {
        match value {
            HeaderValue::Address(list) => found.extend(
                list.iter()
                    .map(|one| {
                        Address::new(
                            one.name().unwrap_or_default(),
                            one.address().unwrap_or_default(),
                        )
                    })
                    .filter(|one| !one.is_empty())
                    .map(|one| one.to_string()),
            ),
            HeaderValue::Text(text) if !text.trim().is_empty() => {
                found.push(Address::new("", text.trim_matches(['<', '>'])).to_string());
            }
            _ => {}
        }
    }
    found
}

fn one_line(text: &str) -> String {
    text.split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A list with commas, whose names may stand in quotes.
fn comma_list(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for sign in text.chars() {
        match sign {
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(String::new()),
            '\r' | '\n' => {}
            _ => {
                if let Some(name) = names.last_mut() {
                    name.push(sign);
                }
            }
        }
    }
    names
        .iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// A date that exists, as an instant.
fn instant(date: &DateTime) -> Option<Time> {
    let local =
        chrono::NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())?
            // A leap second is the second before it here.
            .and_hms_opt(
                date.hour.into(),
                date.minute.into(),
                date.second.min(59).into(),
            )?
            .and_utc()
            .timestamp();
    let minutes = i16::from(date.tz_hour).checked_mul(60)? + i16::from(date.tz_minute);
    let offset = if date.tz_before_gmt {
        -minutes
    } else {
        minutes
    };
    (date.tz_hour < 24 && (1970..=9999).contains(&date.year)).then_some(Time::Instant {
        seconds: local - i64::from(offset) * 60,
        offset_minutes: Some(offset),
    })
}

/// The mail's own date; else the stamp of the server that took it last, which stands first; else
/// the separator's.
fn set_time(
    message: &Message<'_>,
    bytes: &[u8],
    place: Place,
    separator: Option<&str>,
    record: &mut Record,
) {
    let written = |name: HeaderName<'static>| {
        let header = message
            .headers()
            .iter()
            .find(|header| header.name == name)?;
        let begin = place
            .mail
            .checked_add(usize::try_from(header.offset_start).ok()?)?;
        let end = place
            .mail
            .checked_add(usize::try_from(header.offset_end).ok()?)?;
        let value = bytes.get(begin..end)?;
        let lead = value.len().saturating_sub(value.trim_ascii_start().len());
        Some((begin.saturating_add(lead), value.trim_ascii()))
    };
    let own = message
        .header_values(HeaderName::Date)
        .find_map(|value| match value {
            HeaderValue::DateTime(date) => instant(date),
            _ => None,
        });
    if let Some((place, value)) = written(HeaderName::Date) {
        set_written(record, place, value);
    }
    if let Some(time) = own {
        record.time = time;
        return;
    }
    let stamped = message
        .received_all()
        .find_map(|received| instant(received.date.as_ref()?));
    if let Some(time) = stamped {
        record.time = time;
        record.extra.time_basis = "received".into();
    } else if let Some((seconds, offset_minutes)) = separator.and_then(mbox::separator_instant) {
        record.time = Time::Instant {
            seconds,
            offset_minutes,
        };
        record.extra.time_basis = "separator".into();
    } else {
        return;
    }
    record.extra.notes.push(
        if record.written.is_some() {
            "Its own date cannot be read; the time is another's."
        } else {
            "It has no date of its own; the time is another's."
        }
        .into(),
    );
}

/// The body with the words of the mails attached to it; its attachments go to the record.
fn with_attached(
    message: &Message<'_>,
    mut body: String,
    place: Place,
    depth: usize,
    record: &mut Record,
) -> String {
    let lone = text::lone(message).map(|(number, _)| number);
    for number in &message.attachments {
        if lone == Some(*number) {
            continue;
        }
        let Some(part) = usize::try_from(*number)
            .ok()
            .and_then(|number| message.parts.get(number))
        else {
            continue;
        };
        let inner = match &part.body {
            PartType::Message(inner) => Some(inner),
            _ => None,
        };
        record
            .extra
            .attachments
            .push(attachment(part, inner, place));
        let Some(inner) = inner else { continue };
        if depth >= DEEPEST_SHOWN {
            record
                .extra
                .notes
                .push("It holds mails within mails deeper than are shown.".into());
            continue;
        }
        let words = text::body(inner, false);
        // The parts of a mail that was itself encoded have no place in the item.
        let words = if part.encoding == mail_parser::Encoding::None {
            with_attached(inner, words, place, depth + 1, record)
        } else {
            let mut aside = blank(0);
            let words = with_attached(inner, words, place, depth + 1, &mut aside);
            record.extra.notes.append(&mut aside.extra.notes);
            words
        };
        if !body.is_empty() {
            body.push_str("\n\n");
        }
        body.push_str("[Attached mail]\n");
        body.push_str(&heading(inner));
        body.push('\n');
        body.push_str(&words);
    }
    body
}

/// The lines that name an attached mail.
fn heading(message: &Message<'_>) -> String {
    if message.parts.is_empty() {
        return String::new();
    }
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            lines.push_str(&format!("{name}: {value}\n"));
        }
    };
    line("From", &people(message, HeaderName::From).join(", "));
    line("To", &people(message, HeaderName::To).join(", "));
    line("Cc", &people(message, HeaderName::Cc).join(", "));
    if let Some(date) = message.date() {
        line("Date", &date.to_rfc822());
    }
    line("Subject", &one_line(message.subject().unwrap_or_default()));
    lines
}

fn attachment(part: &MessagePart<'_>, inner: Option<&Message<'_>>, place: Place) -> Attachment {
    let content_type = match part.content_type() {
        Some(kind) => match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        },
        None if inner.is_some() => "message/rfc822".into(),
        None => String::new(),
    }
    .to_ascii_lowercase();
    let named = part
        .attachment_name()
        .map(one_line)
        .filter(|name| !name.is_empty());
    let subject = inner
        .filter(|inner| !inner.parts.is_empty())
        .and_then(|inner| inner.subject())
        .map(|subject| format!("{}.eml", one_line(subject)));
    let within = span(part, place).map(|span| Within {
        item: place.item,
        span,
        encoding: match part.encoding {
            mail_parser::Encoding::None => Encoding::Plain,
            mail_parser::Encoding::QuotedPrintable => Encoding::QuotedPrintable,
            mail_parser::Encoding::Base64 => Encoding::Base64,
        },
    });
    Attachment {
        name: named.or(subject).unwrap_or_default(),
        state: AttachmentState::of(within.is_some()),
        item: None,
        media: media_of(&content_type).into(),
        content_type,
        within,
    }
}

/// Where a part's bytes stand in the item.
fn span(part: &MessagePart<'_>, place: Place) -> Option<Span> {
    let length = part.offset_end.checked_sub(part.offset_body)?;
    let offset = place
        .offset
        .checked_add(place.mail as u64)?
        .checked_add(u64::from(part.offset_body))?;
    Some(Span { offset, length })
}
