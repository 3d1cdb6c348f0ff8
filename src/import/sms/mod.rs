//! Texts and calls as the Android app "SMS Backup & Restore" (SyncTech) writes them in XML.
//!
//! `<smses>` holds `<sms .../>` and `<mms ...><parts/><addrs/></mms>` in any order, `<calls>` holds
//! `<call .../>`. Fields and codes: the app's own description (synctech.com.au, "Fields in XML
//! backup files") and its schema. The same XML was written by the first Signal and TextSecure.
//!
//! The file is not always XML: Android's serialiser writes an emoji as two references to halves of
//! a UTF-16 pair. Records are found by their tags, so that one that is broken costs itself only.
//! A DOCTYPE is refused: no backup has one.

mod search;

use super::markup::{Tag, Token, tokens, unescape};
use super::window::{Tiles, Window, blank, set_written};
use super::{
    About, Basis, Detection, Export, Importer, ME, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head, phone,
};
use crate::model::{
    Address, Attachment, AttachmentState, Direction, Encoding, Kind, Marks, Recipient, Role, Span,
    Time, Within,
};
use memchr::{memchr, memmem};
use search::{Begin, Found, LOOK, Search, begin_of, is_mark};
use std::collections::HashMap;

/// Longest record that is read; the network's own limit for one message is far below it.
const LONGEST: usize = 100 << 20;
/// Longest comment or instruction between records.
const LONGEST_ASIDE: usize = 1 << 16;
/// Most bytes that are set aside as one run.
const LONGEST_JUNK: usize = 1 << 20;
/// Reads the backups of SMS Backup & Restore.
pub struct Sms;

impl Importer for Sms {
    fn name(&self) -> &'static str {
        "sms-backup-restore"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "SMS Backup & Restore (Android)",
            channels: &["sms", "calls"],
            reads: &[
                "its XML of texts and of calls, any size",
                "the same XML as early Signal and TextSecure wrote it",
            ],
            carries: &[
                "number and contact name, recipients (the phone's owner as Me), group members, time, when the network says that it was sent where that is over a day apart, direction, failed delivery",
                "pictures and other parts of an MMS, drafts and failed texts, calls with their length",
            ],
            lacks: &[
                "what was deleted on the phone, RCS chats of Google Messages (where the app does not hand them over)",
                "the time zone of the phone",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "8 backups of 4 origins, among them malformed ones",
                },
                Verified {
                    by: Basis::Documentation,
                    what: "the maker's description of the fields and its schema",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random backups, read back equal",
                },
            ],
            export: &[
                "Android: install SMS Backup & Restore, Back up now, choose messages and calls, include attachments; copy the .xml files",
            ],
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        for item in export.readable() {
            if let Some(root) = root_of(&head(export, item)) {
                return Detection::Yes(format!(
                    "XML with <{root}>, as SMS Backup & Restore writes"
                ));
            }
        }
        Detection::No("no XML of texts or calls".into())
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "SMS Backup & Restore XML".into(),
            ..Summary::default()
        };
        let mut book = Book::default();
        for item in export.readable() {
            if root_of(&head(export, item)).is_some() {
                summary.chat_item = summary.chat_item.or(Some(item));
                read_item(export, item, sink, &mut book, &mut summary)?;
            }
        }
        Ok(summary)
    }
}

/// The root element, if it is one of the app's.
fn root_of(head: &[u8]) -> Option<&'static str> {
    tokens(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)).find_map(|token| match token {
        Token::Open(tag) if tag.name == b"smses" => Some(Some("smses")),
        Token::Open(tag) if tag.name == b"calls" => Some(Some("calls")),
        Token::Open(_) | Token::Close(_) => Some(None),
        _ => None,
    })?
}

fn read_item(
    export: &Export,
    item: u32,
    sink: &mut dyn Sink,
    book: &mut Book,
    summary: &mut Summary,
) -> Result<(), ReadError> {
    let path = export.item_name(item);
    let mut window = Window::new(export.open(item)?, &path);
    let mut tiles = Tiles::new(sink, item);
    let mut declared = None;
    let mut rooted = false;
    let mut found: u64 = 0;
    // Up to where the ends of tags, comments and instructions are known not to stand.
    let (mut no_tag, mut no_comment, mut no_instruction) = (0, 0, 0);
    window.at_least(LOOK)?;
    if window.bytes().starts_with(b"\xEF\xBB\xBF") {
        tiles.structure(3)?;
        window.take(3);
    }
    loop {
        window.at_least(LOOK)?;
        let bytes = window.bytes();
        if bytes.is_empty() {
            break;
        }
        let blank = bytes
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(bytes.len());
        if blank > 0 {
            tiles.structure(blank)?;
            window.take(blank);
            continue;
        }
        match begin_of(bytes) {
            Begin::Sms => one_record(&mut window, &mut tiles, book, b"</sms")?,
            Begin::Mms => one_record(&mut window, &mut tiles, book, b"</mms")?,
            Begin::Call => one_record(&mut window, &mut tiles, book, b"</call")?,
            Begin::Root => {
                rooted = true;
                if let Some(end) = end_of(&mut window, b">", tiles.place(), &mut no_tag)? {
                    let root = window.bytes().get(..end).unwrap_or_default();
                    if let Some(Token::Open(tag)) = tokens(root).next() {
                        declared = tag.value("count").and_then(|count| count.parse().ok());
                    }
                    tiles.structure(end)?;
                    window.take(end);
                } else {
                    junk(&mut window, &mut tiles, book)?;
                }
                continue;
            }
            begin @ (Begin::Comment | Begin::Instruction) => {
                let found = if begin == Begin::Comment {
                    end_of(&mut window, b"-->", tiles.place(), &mut no_comment)?
                } else {
                    end_of(&mut window, b"?>", tiles.place(), &mut no_instruction)?
                };
                match found {
                    Some(end) => {
                        tiles.structure(end)?;
                        window.take(end);
                    }
                    None => junk(&mut window, &mut tiles, book)?,
                }
                continue;
            }
            Begin::Declaration if !rooted => {
                return Err(ReadError::Refused {
                    path,
                    reason: "has a DOCTYPE, which no backup of texts has: it is not read; make \
                             the backup again with the app"
                        .into(),
                });
            }
            Begin::Declaration | Begin::Other => {
                junk(&mut window, &mut tiles, book)?;
                continue;
            }
        }
        found = found.saturating_add(1);
    }
    if let Some(declared) = declared.filter(|declared: &u64| *declared != found) {
        summary.notes.push(format!(
            "The file says that it holds {declared} messages; it holds {found}."
        ));
    }
    tiles.finish()
}

/// One past the end of `mark`, if it stands within a reasonable distance. `place` is where the
/// window begins; `absent` is kept between calls, so that no byte is searched twice in vain.
fn end_of(
    window: &mut Window<'_>,
    mark: &[u8],
    place: u64,
    absent: &mut u64,
) -> Result<Option<usize>, ReadError> {
    loop {
        let bytes = window.bytes();
        let known = absent.saturating_sub(place.saturating_add(mark.len() as u64));
        let from = usize::try_from(known)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let rest = bytes.get(from..).unwrap_or_default();
        if let Some(found) = memmem::find(rest, mark) {
            return Ok(Some(from.saturating_add(found).saturating_add(mark.len())));
        }
        *absent = place.saturating_add(bytes.len() as u64).max(*absent);
        if bytes.len() > LONGEST_ASIDE || !window.more()? {
            return Ok(None);
        }
    }
}

/// Sets aside what is no record and no structure, up to where the next begins.
fn junk(window: &mut Window<'_>, tiles: &mut Tiles<'_>, book: &mut Book) -> Result<(), ReadError> {
    loop {
        let bytes = window.bytes();
        let mut place = 1;
        let next = loop {
            let rest = bytes.get(place..).unwrap_or_default();
            match memchr(b'<', rest) {
                Some(step) if is_mark(rest.get(step..).unwrap_or_default()) => {
                    break Some(place.saturating_add(step));
                }
                Some(step) => place = place.saturating_add(step).saturating_add(1),
                None => break None,
            }
        };
        let cut = match next {
            Some(next) => next,
            None if bytes.len() < LONGEST_JUNK && window.more()? => continue,
            None if window.ended() => window.bytes().len(),
            None => window.bytes().len().saturating_sub(LOOK).max(1),
        };
        let thread = book.unreadable_thread(tiles)?;
        let bytes = window.bytes().get(..cut).unwrap_or_default();
        tiles.unreadable(thread, bytes, "This is neither a text nor a call.")?;
        window.take(cut);
        return Ok(());
    }
}

fn one_record(
    window: &mut Window<'_>,
    tiles: &mut Tiles<'_>,
    book: &mut Book,
    closing: &'static [u8],
) -> Result<(), ReadError> {
    let mut search = Search::new(closing);
    let (length, reason) = loop {
        match search.look(window.bytes(), window.ended()) {
            Found::End(length) => break (length, None),
            Found::Broken(length) => {
                break (
                    length,
                    Some("This record is broken: its tags do not close."),
                );
            }
            Found::More if window.bytes().len() > LONGEST => {
                break (
                    window.bytes().len(),
                    Some("This record is longer than any text message; it is not read."),
                );
            }
            Found::More => {
                window.more()?;
            }
        }
    };
    let bytes = window.bytes().get(..length).unwrap_or_default();
    match reason {
        Some(reason) => {
            let thread = book.unreadable_thread(tiles)?;
            tiles.unreadable(thread, bytes, reason)?;
        }
        None => {
            let base = tiles.place();
            let item = tiles.item();
            tiles.about(length)?;
            let record = read_record(bytes, base, item, book, tiles)?;
            tiles.record(length, record)?;
        }
    }
    window.take(length);
    Ok(())
}

/// The numbers and threads met so far.
#[derive(Default)]
struct Book {
    /// Numbers by [`phone::key`]: each with its place in `names`.
    numbers: HashMap<String, Vec<(String, u32)>>,
    /// The name last given for each number.
    names: Vec<String>,
    /// Threads by the numbers in them and by whether they hold calls.
    threads: HashMap<(bool, Vec<u32>), u32>,
    announced: u32,
    unreadable: Option<u32>,
}

impl Book {
    fn number(&mut self, number: &str) -> u32 {
        let same_key = self.numbers.entry(phone::key(number)).or_default();
        if let Some((_, known)) = same_key
            .iter()
            .find(|(known, _)| phone::same(known, number))
        {
            return *known;
        }
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        same_key.push((number.to_owned(), next));
        self.names.push(String::new());
        next
    }

    fn name(&mut self, number: &str) -> String {
        let known = self.number(number);
        usize::try_from(known)
            .ok()
            .and_then(|known| self.names.get(known).cloned())
            .unwrap_or_default()
    }

    fn set_name(&mut self, number: &str, name: &str) {
        let known = self.number(number);
        if let Some(slot) = usize::try_from(known)
            .ok()
            .and_then(|known| self.names.get_mut(known))
        {
            *slot = name.to_owned();
        }
    }

    /// A number with the name last given for it.
    fn who(&mut self, number: &str) -> String {
        let name = self.name(number);
        Address::new(&name, number).to_string()
    }

    fn thread(
        &mut self,
        tiles: &mut Tiles<'_>,
        calls: bool,
        numbers: &[String],
    ) -> Result<u32, ReadError> {
        let mut key: Vec<u32> = numbers.iter().map(|number| self.number(number)).collect();
        key.sort_unstable();
        key.dedup();
        let people = key.len();
        if let Some(thread) = self.threads.get(&(calls, key.clone())) {
            return Ok(*thread);
        }
        let title = numbers
            .iter()
            .map(|number| {
                let name = self.name(number);
                if name.is_empty() {
                    number.clone()
                } else {
                    name
                }
            })
            .collect::<Vec<_>>()
            .join(", ");
        let thread = self.announce(
            tiles,
            ThreadHead {
                title: if title.is_empty() {
                    "(no number)".into()
                } else {
                    title
                },
                channel: if calls { "calls" } else { "sms" }.into(),
                group: Some(people > 1),
                members: Vec::new(),
            },
        )?;
        self.threads.insert((calls, key), thread);
        Ok(thread)
    }

    fn unreadable_thread(&mut self, tiles: &mut Tiles<'_>) -> Result<u32, ReadError> {
        if let Some(thread) = self.unreadable {
            return Ok(thread);
        }
        let thread = self.announce(
            tiles,
            ThreadHead {
                title: "(unreadable)".into(),
                channel: "sms".into(),
                group: None,
                members: Vec::new(),
            },
        )?;
        self.unreadable = Some(thread);
        Ok(thread)
    }

    fn announce(&mut self, tiles: &mut Tiles<'_>, head: ThreadHead) -> Result<u32, ReadError> {
        let thread = self.announced;
        tiles.thread(head)?;
        self.announced = self.announced.saturating_add(1);
        Ok(thread)
    }
}

/// The value of an attribute; the app writes an absent one as `null`.
fn value(tag: Tag<'_>, name: &str) -> Option<String> {
    tag.value(name).filter(|value| value != "null")
}

/// A time in milliseconds since 1970, or in seconds as some apps wrote it.
fn instant(written: &str) -> Option<i64> {
    let number: i64 = written.trim().parse().ok()?;
    // 100,000,000,000 is 1973 in milliseconds and the year 5138 in seconds.
    let seconds = if number.unsigned_abs() >= 100_000_000_000 {
        number.div_euclid(1000)
    } else {
        number
    };
    (seconds > 0 && seconds < 253_402_300_800).then_some(seconds)
}

/// What Android writes in the place of the phone's own number (`PduPersister`).
const OWN_NUMBER: &str = "insert-address-token";

/// The addresses of a field: a group's are joined by `~`.
fn numbers_of(address: Option<&str>) -> Vec<String> {
    address
        .unwrap_or_default()
        .split('~')
        .map(str::trim)
        .filter(|number| !number.is_empty() && *number != OWN_NUMBER)
        .map(str::to_owned)
        .collect()
}

fn read_record(
    bytes: &[u8],
    base: u64,
    item: u32,
    book: &mut Book,
    tiles: &mut Tiles<'_>,
) -> Result<Record, ReadError> {
    let mut record = blank(0);
    let Some(Token::Open(tag)) = tokens(bytes).next() else {
        record.kind = Kind::Unreadable;
        return Ok(record);
    };
    if let Some(date) = tag.attribute("date") {
        set_written(&mut record, date.at, date.value);
        match instant(&unescape(date.value).0) {
            Some(seconds) => {
                record.time = Time::Instant {
                    seconds,
                    offset_minutes: None,
                };
            }
            None => record
                .extra
                .notes
                .push("Its date is not a number of milliseconds or seconds.".into()),
        }
    }
    let calls = tag.name == b"call";
    let numbers = numbers_of(value(tag, if calls { "number" } else { "address" }).as_deref());
    let contact = value(tag, "contact_name")
        .filter(|name| !matches!(name.as_str(), "" | "(Unknown)"))
        .unwrap_or_default();
    if let [number] = numbers.as_slice()
        && !contact.is_empty()
    {
        book.set_name(number, &contact);
    }
    match tag.name {
        b"mms" => mms(bytes, tag, base, item, &numbers, &mut record, book),
        b"call" => call(tag, &numbers, &mut record, book),
        _ => sms(tag, &numbers, &mut record, book),
    }
    record.thread = book.thread(tiles, calls, &numbers)?;
    Ok(record)
}

/// Boxes of Android's store of texts (`Telephony.TextBasedSmsColumns`).
fn set_direction(record: &mut Record, kind: Option<&str>) {
    let (direction, unsent) = match kind.map(str::trim) {
        Some("1") => (Direction::Received, ""),
        Some("2") => (Direction::Sent, ""),
        Some("3") => (Direction::Sent, "draft"),
        Some("4") => (Direction::Sent, "outbox"),
        Some("5") => (Direction::Sent, "failed"),
        Some("6") => (Direction::Sent, "queued"),
        _ => return,
    };
    record.extra.direction = Some(direction);
    if !unsent.is_empty() {
        record.extra.unsent = unsent.into();
        record.marks = record.marks.with(Marks::UNSENT);
    }
}

fn sms(tag: Tag<'_>, numbers: &[String], record: &mut Record, book: &mut Book) {
    set_direction(record, tag.value("type").as_deref());
    people(numbers, record, book);
    let body = tag.attribute("body").map(|body| unescape(body.value));
    let (body, damaged) = body.unwrap_or_default();
    if damaged {
        record.marks = record.marks.with(Marks::DAMAGED);
    }
    if matches!(body.as_str(), "" | "null") {
        record.kind = Kind::NotExported;
    }
    set_text(record, value(tag, "subject"), body);
    // Codes of delivery reports (3GPP TS 23.040, 9.2.3.15), as Android keeps them: 64 is a failure.
    if value(tag, "status").is_some_and(|status| status.trim() == "64") {
        let note = "The network reported that it was not delivered.";
        record.extra.notes.push(note.into());
    }
    note_sent(tag, record);
}

/// `date` is when the phone stored a message; what the network says may differ by days.
fn note_sent(tag: Tag<'_>, record: &mut Record) {
    if let (Time::Instant { seconds, .. }, Some(sent)) = (
        record.time,
        value(tag, "date_sent").as_deref().and_then(instant),
    ) && record.extra.direction == Some(Direction::Received)
        && seconds.abs_diff(sent) > 24 * 3600
        && let Some(sent) = chrono::DateTime::from_timestamp(sent, 0)
    {
        record.extra.notes.push(format!(
            "The network says that it was sent on {} UTC, more than a day apart.",
            sent.format("%Y-%m-%d %H:%M:%S")
        ));
    }
}

/// The sender and the recipients of a message between this phone and `numbers`.
fn people(numbers: &[String], record: &mut Record, book: &mut Book) {
    match (record.extra.direction, numbers) {
        (Some(Direction::Sent), _) => {
            record.sender = Some(ME.into());
            record.extra.recipients = numbers
                .iter()
                .map(|number| Recipient {
                    role: Role::To,
                    who: book.who(number),
                })
                .collect();
        }
        (direction, numbers) => {
            if let [number] = numbers {
                record.sender = Some(book.who(number));
            }
            if direction == Some(Direction::Received) {
                record.extra.recipients.push(to_owner());
            }
        }
    }
}

/// The owner of the phone, whose number no backup tells.
fn to_owner() -> Recipient {
    Recipient {
        role: Role::To,
        who: ME.into(),
    }
}

/// A text begins with its subject, where it has one.
fn set_text(record: &mut Record, subject: Option<String>, body: String) {
    let subject = subject.unwrap_or_default();
    record.text = super::with_subject(&subject, body);
    record.extra.subject = subject;
}

/// A multimedia message. Codes of `addr`: 137 from, 151 to, 130 cc, 129 bcc (MMS headers of the
/// Open Mobile Alliance, as Android's `PduHeaders` numbers them).
fn mms(
    bytes: &[u8],
    tag: Tag<'_>,
    base: u64,
    item: u32,
    numbers: &[String],
    record: &mut Record,
    book: &mut Book,
) {
    set_direction(record, tag.value("msg_box").as_deref());
    if record.extra.direction.is_none() {
        record.extra.direction = match value(tag, "m_type").as_deref() {
            Some("128") => Some(Direction::Sent),
            Some("130" | "132") => Some(Direction::Received),
            _ => None,
        };
    }
    people(numbers, record, book);
    record.extra.message_id = value(tag, "m_id").unwrap_or_default();
    let mut texts = Vec::new();
    let mut from = None;
    let mut recipients = Vec::new();
    // The phone's own number may stand as a token of Android's.
    let mut names_owner = false;
    for token in tokens(bytes) {
        let Token::Open(inner) = token else { continue };
        if inner.is("part") {
            part(inner, base, item, &mut texts, record);
        } else if inner.is("addr") {
            let address = value(inner, "address");
            names_owner |= address.as_deref().map(str::trim) == Some(OWN_NUMBER)
                && inner.value("type").as_deref() != Some("137");
            let Some(number) = numbers_of(address.as_deref()).pop() else {
                continue;
            };
            let role = match inner.value("type").as_deref() {
                Some("137") => {
                    from = Some(number);
                    continue;
                }
                Some("130") => Role::Cc,
                Some("129") => Role::Bcc,
                _ => Role::To,
            };
            recipients.push(Recipient {
                role,
                who: book.who(&number),
            });
        }
    }
    if names_owner && record.extra.direction == Some(Direction::Received) {
        recipients.push(to_owner());
    }
    if !recipients.is_empty() {
        record.extra.recipients = recipients;
    }
    if record.extra.direction != Some(Direction::Sent)
        && let Some(number) = from
    {
        record.sender = Some(book.who(&number));
    }
    let body = texts.join("\n");
    if !record.extra.attachments.is_empty() {
        record.kind = Kind::Attachment;
        record.marks = record.marks.with(Marks::ATTACHMENT);
    } else if body.is_empty() {
        record.kind = Kind::NotExported;
    }
    set_text(record, value(tag, "sub"), body);
    note_sent(tag, record);
}

fn part(tag: Tag<'_>, base: u64, item: u32, texts: &mut Vec<String>, record: &mut Record) {
    let content_type = value(tag, "ct").unwrap_or_default().to_ascii_lowercase();
    // The layout of the slides: it holds no words of anyone.
    if content_type == "application/smil" {
        return;
    }
    let filled = |name: &str| {
        tag.attribute(name)
            .filter(|found| !matches!(found.value, b"" | b"null"))
    };
    let text = filled("text");
    let data = filled("data");
    if let Some(text) = text.filter(|_| matches!(content_type.as_str(), "text/plain" | "")) {
        let (text, damaged) = unescape(text.value);
        if damaged {
            record.marks = record.marks.with(Marks::DAMAGED);
        }
        texts.push(text);
        return;
    }
    if content_type == "text/plain" && data.is_none() {
        return;
    }
    let within = data
        .map(|data| (data, Encoding::Base64))
        .or(text.map(|text| (text, Encoding::Escaped)))
        .and_then(|(found, encoding)| {
            Some(Within {
                item,
                span: Span {
                    offset: base.saturating_add(found.at as u64),
                    length: u32::try_from(found.value.len()).ok()?,
                },
                encoding,
            })
        });
    let name = ["name", "cl", "fn"]
        .iter()
        .find_map(|name| value(tag, name).filter(|name| !name.trim().is_empty()))
        .unwrap_or_default();
    record.extra.attachments.push(Attachment {
        name,
        state: AttachmentState::of(within.is_some()),
        item: None,
        media: super::media_of(&content_type).into(),
        content_type,
        within,
    });
}

/// A call. Types are Android's (`CallLog.Calls`).
fn call(tag: Tag<'_>, numbers: &[String], record: &mut Record, book: &mut Book) {
    let (what, event, direction) = match tag.value("type").as_deref() {
        Some("1") => ("Incoming call", "incoming", Some(Direction::Received)),
        Some("2") => ("Outgoing call", "outgoing", Some(Direction::Sent)),
        Some("3") => ("Missed call", "missed", Some(Direction::Received)),
        Some("4") => ("Voicemail", "voicemail", Some(Direction::Received)),
        Some("5") => ("Rejected call", "rejected", Some(Direction::Received)),
        Some("6") => ("Blocked call", "blocked", Some(Direction::Received)),
        Some("7") => (
            "Call answered on another device",
            "answered-elsewhere",
            Some(Direction::Received),
        ),
        _ => ("Call", "", None),
    };
    record.kind = Kind::Call;
    record.extra.event = event.into();
    record.extra.direction = direction;
    people(numbers, record, book);
    record.text = match tag.value("duration").and_then(|it| it.parse::<u64>().ok()) {
        None | Some(0) => what.into(),
        Some(seconds) if seconds < 60 => format!("{what}, {seconds} s"),
        Some(seconds) => format!("{what}, {} min {} s", seconds / 60, seconds % 60),
    };
}
