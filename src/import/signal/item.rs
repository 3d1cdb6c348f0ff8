//! One chat item as a record.

use super::Files;
use super::people::{Book, Chat, id};
use super::update;
use crate::import::json::{number, text};
use crate::import::records::{UNKNOWN_KIND, as_it_stands, attachment, set_written_at};
use crate::import::window::{blank, text_of};
use crate::import::within::decode;
use crate::import::{Export, ReadError, Record};
use crate::model::{
    Attachment, Direction, Encoding, Kind, Marks, Reaction, Recipient, Role, Time, Version,
};
use crate::text::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::Read;

/// Longest text that is read from a file of its own.
const LONGEST_TEXT: u64 = 1 << 20;
/// What stands in a text for someone who is named there.
const MENTION: u16 = 0xFFFC;

/// What stands around what any chat item holds.
const AROUND: &[&str] = &[
    "chatId",
    "authorId",
    "dateSent",
    "incoming",
    "outgoing",
    "directionless",
    "expireStartDate",
    "expiresInMs",
    "sms",
    "revisions",
    "pinDetails",
];

/// The record of a `chatItem`, and its chat; `None` where it names no chat or time.
///
/// # Errors
/// When a file with a long text cannot be read.
pub(super) fn chat_item(
    bytes: &[u8],
    frame: &Value,
    book: &Book,
    files: &Files<'_>,
    export: &Export,
) -> Result<Option<(Chat, Record)>, ReadError> {
    let Some(item) = frame.get("chatItem") else {
        return Ok(None);
    };
    let chat_number = id(item.get("chatId"));
    let author = id(item.get("authorId"));
    let (false, Some(sent)) = (chat_number.is_empty(), number(item, "dateSent")) else {
        return Ok(None);
    };
    let chat = book.chat(&chat_number);
    let mut record = blank(0);
    record.time = instant(sent);
    set_written_at(&mut record, bytes, &["chatItem", "dateSent"]);
    record.sender = (!author.is_empty()).then(|| book.name(&author));
    record.extra.message_id = message_id(sent, &author);
    ways(&mut record, item, &chat, book);
    if item.get("sms") == Some(&Value::Bool(true)) {
        record.extra.labels.push("SMS".into());
    }
    if let Some(pin) = item.get("pinDetails") {
        let at = id(pin.get("pinnedAtTimestamp"));
        record.extra.notes.push(format!("It was pinned at {at}."));
    }
    let mut made = Made {
        record,
        book,
        files,
        export,
    };
    made.content(item, &chat)?;
    let mut record = made.record;
    for revision in item
        .get("revisions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let mut made = Made {
            record: blank(0),
            book,
            files,
            export,
        };
        made.content(revision, &chat)?;
        record.extra.versions.push(Version {
            text: made.record.text,
            written: id(revision.get("dateSent")),
        });
        record.marks = record.marks.with(Marks::EDITED);
    }
    Ok(Some((chat, record)))
}

/// The record of a call over a link.
pub(super) fn link_call(bytes: &[u8], frame: &Value, book: &Book) -> Option<(Chat, Record)> {
    let call = frame.get("adHocCall")?;
    let recipient = id(call.get("recipientId"));
    let chat = book.with(&recipient);
    let mut record = blank(0);
    record.kind = Kind::Call;
    record.text = update::with_state("Call over a link", call);
    if let Some(time) = number(call, "callTimestamp").filter(|time| *time > 0) {
        record.time = instant(time);
        set_written_at(&mut record, bytes, &["adHocCall", "callTimestamp"]);
    }
    Some((chat, record))
}

fn instant(milliseconds: i64) -> Time {
    Time::Instant {
        seconds: milliseconds.div_euclid(1000),
        offset_minutes: None,
    }
}

/// Signal names a message by its time and its author.
fn message_id(sent: i64, author: &str) -> String {
    format!("{sent}-{author}")
}

/// Which way it went, to whom, and whether it got there.
fn ways(record: &mut Record, item: &Value, chat: &Chat, book: &Book) {
    let to = |who: String| Recipient {
        role: Role::To,
        who,
    };
    if let Some(outgoing) = item.get("outgoing") {
        record.extra.direction = Some(Direction::Sent);
        let statuses: &[Value] = outgoing
            .get("sendStatus")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let all = |state: &str| {
            !statuses.is_empty() && statuses.iter().all(|status| status.get(state).is_some())
        };
        for (state, word) in [("failed", "failed"), ("pending", "queued")] {
            if all(state) {
                record.extra.unsent = word.into();
                record.marks = record.marks.with(Marks::UNSENT);
            }
        }
        record.extra.recipients = statuses
            .iter()
            .map(|status| to(book.name(&id(status.get("recipientId")))))
            .collect();
    } else if item.get("incoming").is_some() {
        record.extra.direction = Some(Direction::Received);
    } else if item.get("directionless").is_some() {
        record.extra.direction = Some(Direction::None);
    }
    if record.extra.recipients.is_empty()
        && item.get("outgoing").is_some()
        && let Some(other) = &chat.other
    {
        record.extra.recipients.push(to(book.name(other)));
    }
}

/// A record that is being made.
struct Made<'a> {
    record: Record,
    book: &'a Book,
    files: &'a Files<'a>,
    export: &'a Export,
}

impl Made<'_> {
    /// Takes what a chat item holds. What each kind carries is in libsignal's `backup.proto`.
    fn content(&mut self, item: &Value, chat: &Chat) -> Result<(), ReadError> {
        if let Some(message) = item.get("standardMessage") {
            self.standard(message)?;
        } else if let Some(message) = item.get("directStoryReplyMessage") {
            self.record
                .extra
                .notes
                .push("It answers a story, which is not in the export.".into());
            if let Some(reply) = message.get("textReply") {
                self.body(reply)?;
            } else {
                self.record.text = text(message, "emoji").to_owned();
            }
            self.reactions(message);
        } else if let Some(message) = item.get("stickerMessage") {
            let sticker = message.get("sticker").unwrap_or(&Value::Null);
            self.record.text = text(sticker, "emoji").to_owned();
            self.record.kind = Kind::Attachment;
            let mut file = self.file(sticker.get("data").unwrap_or(&Value::Null));
            file.media = "sticker".into();
            self.attach(file);
            self.reactions(message);
        } else if let Some(message) = item.get("contactMessage") {
            self.contact(message);
        } else if let Some(poll) = item.get("poll") {
            self.poll(poll);
        } else if let Some(message) = item.get("viewOnceMessage") {
            self.record.kind = Kind::ViewOnce;
            self.reactions(message);
        } else if item.get("remoteDeletedMessage").is_some() {
            self.record.kind = Kind::Deleted;
        } else if let Some(message) = item.get("adminDeletedMessage") {
            self.record.kind = Kind::Deleted;
            let admin = self.book.name(&id(message.get("adminId")));
            self.record
                .extra
                .notes
                .push(format!("It was deleted by {admin}."));
        } else if let Some(gift) = item.get("giftBadge") {
            let state = text(gift, "state").to_ascii_lowercase();
            self.record.text = if state.is_empty() {
                "Gift badge".into()
            } else {
                format!("Gift badge, {state}")
            };
            self.record.extra.event = "gift-badge".into();
        } else if let Some(payment) = item.get("paymentNotification") {
            self.payment(payment);
        } else if let Some(update) = item.get("updateMessage") {
            self.update(update, chat);
        } else {
            self.record.text = as_it_stands(item, AROUND);
            if self.record.text.is_empty() {
                self.record.kind = Kind::NotExported;
            }
            self.record.extra.notes.push(UNKNOWN_KIND.into());
        }
        Ok(())
    }

    fn standard(&mut self, message: &Value) -> Result<(), ReadError> {
        self.body(message)?;
        for given in message
            .get("attachments")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let pointer = given.get("pointer").unwrap_or(&Value::Null);
            let mut file = self.file(pointer);
            match text(given, "flag") {
                "VOICE_MESSAGE" => file.media = "audio".into(),
                "GIF" => file.media = "gif".into(),
                _ => {}
            }
            let caption = text(pointer, "caption");
            if !caption.is_empty() {
                self.paragraph(caption);
            }
            self.record.kind = Kind::Attachment;
            self.attach(file);
        }
        if let Some(quote) = message.get("quote") {
            match number(quote, "targetSentTimestamp") {
                Some(sent) => {
                    let id = message_id(sent, &id(quote.get("authorId")));
                    self.record.extra.reply_to.push(id);
                }
                None => self
                    .record
                    .extra
                    .notes
                    .push("It answers a message that is not in the export.".into()),
            }
        }
        for preview in message
            .get("linkPreview")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let parts = [
                text(preview, "url"),
                text(preview, "title"),
                text(preview, "description"),
            ];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            self.record
                .extra
                .notes
                .push(format!("Preview of a link: {}", parts.join(" – ")));
        }
        self.reactions(message);
        if self.record.text.is_empty() && self.record.extra.attachments.is_empty() {
            self.record.kind = Kind::NotExported;
        }
        Ok(())
    }

    /// The words of a message: its text, or the file that holds all of it where it is long.
    fn body(&mut self, message: &Value) -> Result<(), ReadError> {
        let words = message.get("text").unwrap_or(&Value::Null);
        self.record.text = self.named(words);
        let Some(pointer) = message.get("longText") else {
            return Ok(());
        };
        let file = self.file(pointer);
        if let Some(item) = file.item {
            let mut bytes = Vec::new();
            let opened = self.export.open(item)?.take(LONGEST_TEXT);
            { opened }
                .read_to_end(&mut bytes)
                .map_err(|source| ReadError::Io {
                    path: self.export.item_name(item),
                    source,
                })?;
            let (whole, damaged) = text_of(&bytes);
            let begins = whole.starts_with(text(words, "body"));
            if begins && whole.len() > self.record.text.len() {
                let mut words = words.clone();
                if let Some(words) = words.as_object_mut() {
                    words.insert("body".into(), Value::String(whole));
                }
                self.record.text = self.named(&words);
                if damaged {
                    self.record.marks = self.record.marks.with(Marks::DAMAGED);
                }
            }
        } else {
            self.record.extra.notes.push(
                "Its text goes on in a file that is not in the export; this is the beginning."
                    .into(),
            );
        }
        self.attach(file);
        Ok(())
    }

    /// A text, with the names of those that are mentioned in their places. Places count in units
    /// of UTF-16.
    fn named(&self, words: &Value) -> String {
        let body = text(words, "body");
        let mentions: Vec<(usize, &str)> = words
            .get("bodyRanges")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|range| {
                let who = range.get("mentionAci").and_then(Value::as_str)?;
                let start = usize::try_from(number(range, "start").unwrap_or(0)).ok()?;
                Some((start, who))
            })
            .collect();
        if mentions.is_empty() {
            return body.to_owned();
        }
        let mut out = Vec::new();
        for (place, unit) in body.encode_utf16().enumerate() {
            match mentions.iter().find(|(start, _)| *start == place) {
                Some((_, who)) if unit == MENTION => {
                    out.extend(format!("@{}", self.book.account(who)).encode_utf16());
                }
                _ => out.push(unit),
            }
        }
        String::from_utf16_lossy(&out)
    }

    fn contact(&mut self, message: &Value) {
        self.record.kind = Kind::Contact;
        // One contact; older exports wrote a list.
        let contacts = match message.get("contact") {
            Some(Value::Array(several)) => several.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let mut lines = Vec::new();
        for contact in contacts {
            let name = contact.get("name").unwrap_or(&Value::Null);
            let parts = ["prefix", "givenName", "middleName", "familyName", "suffix"];
            let full: Vec<&str> = parts
                .iter()
                .map(|part| text(name, part))
                .filter(|part| !part.is_empty())
                .collect();
            lines.push(full.join(" "));
            let nickname = text(name, "nickname");
            if !nickname.is_empty() {
                lines.push(format!("({nickname})"));
            }
            lines.push(text(contact, "organization").to_owned());
            for list in ["number", "email"] {
                for one in contact
                    .get(list)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    lines.push(text(one, "value").to_owned());
                }
            }
            for place in contact
                .get("address")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let parts = [
                    "pobox",
                    "street",
                    "neighborhood",
                    "city",
                    "region",
                    "postcode",
                    "country",
                ];
                let parts: Vec<&str> = parts
                    .iter()
                    .map(|part| text(place, part))
                    .filter(|part| !part.is_empty())
                    .collect();
                lines.push(parts.join(", "));
            }
            if let Some(avatar) = contact.get("avatar") {
                let file = self.file(avatar);
                self.attach(file);
            }
        }
        lines.retain(|line| !line.is_empty());
        self.record.text = lines.join("\n");
        self.reactions(message);
    }

    fn poll(&mut self, poll: &Value) {
        self.record.kind = Kind::Poll;
        let mut lines = vec![text(poll, "question").to_owned()];
        for option in poll
            .get("options")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let voters: Vec<String> = option
                .get("votes")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|vote| self.book.short_name(&id(vote.get("voterId"))))
                .collect();
            let mut line = format!("• {}", text(option, "option"));
            if !voters.is_empty() {
                line.push_str(&format!(" ({}: {})", voters.len(), voters.join(", ")));
            }
            lines.push(line);
        }
        if poll.get("hasEnded") == Some(&Value::Bool(true)) {
            self.record.extra.notes.push("The poll is closed.".into());
        }
        self.record.text = lines.join("\n");
        self.reactions(poll);
    }

    fn payment(&mut self, payment: &Value) {
        let mut words = "Payment".to_owned();
        let amount = text(payment, "amountMob");
        if !amount.is_empty() {
            words.push_str(&format!(" of {amount} MOB"));
        }
        if payment
            .pointer("/transactionDetails/failedTransaction")
            .is_some()
        {
            words.push_str(", failed");
        }
        self.record.text = words;
        self.paragraph(text(payment, "note"));
        self.record.extra.event = "payment".into();
    }

    fn update(&mut self, message: &Value, chat: &Chat) {
        if let Some((words, outgoing, by)) = update::call(message, self.book) {
            self.record.kind = Kind::Call;
            self.record.text = words;
            self.record.extra.direction = outgoing.map(|outgoing| {
                if outgoing {
                    Direction::Sent
                } else {
                    Direction::Received
                }
            });
            if !by.is_empty() {
                self.record.sender = Some(self.book.name(&by));
            } else if let (Some(false), Some(other)) = (outgoing, &chat.other) {
                self.record.sender = Some(self.book.name(other));
            }
            return;
        }
        self.record.kind = Kind::System;
        if let Some(told) = update::told(message, self.book) {
            self.record.text = told.words;
            self.record.extra.event = told.event.into();
        }
        if message.get("groupChange").is_some() {
            // Who did it stands in the words; the author is the owner for all of them.
            self.record.sender = None;
        }
    }

    fn reactions(&mut self, message: &Value) {
        for reaction in message
            .get("reactions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.record.extra.reactions.push(Reaction {
                value: text(reaction, "emoji").to_owned(),
                who: self.book.name(&id(reaction.get("authorId"))),
                written: id(reaction.get("sentTimestamp")),
            });
        }
    }

    fn paragraph(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        if !self.record.text.is_empty() {
            self.record.text.push_str("\n\n");
        }
        self.record.text.push_str(words);
    }

    /// A file of the export. Signal Desktop and Signal for Android name the files beside a backup
    /// after the SHA-256 of the content's hash and the file's own local key, in hexadecimal
    /// (`getLocalBackupFileName`, `MediaName.forLocalBackupFilename`); one named after the content's
    /// hash alone, or by its own name, is found too.
    fn file(&self, pointer: &Value) -> Attachment {
        let name = text(pointer, "fileName");
        let content_type = text(pointer, "contentType");
        let bytes_of = |field: &str| {
            let written = pointer.pointer(field).and_then(Value::as_str);
            decode(written.unwrap_or_default().as_bytes(), Encoding::Base64)
        };
        let hash = bytes_of("/locatorInfo/plaintextHash");
        let key = bytes_of("/locatorInfo/localKey");
        let named = Sha256::digest([hash.as_slice(), key.as_slice()].concat());
        let item = [hex(&named), hex(&hash), name.to_owned()]
            .iter()
            .filter(|name| !name.is_empty())
            .find_map(|name| self.files.find(name));
        attachment(name, content_type, item)
    }

    fn attach(&mut self, file: Attachment) {
        self.record.extra.attachments.push(file);
        self.record.marks = self.record.marks.with(Marks::ATTACHMENT);
    }
}
