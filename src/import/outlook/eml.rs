//! An item as a mail (RFC 5322, MIME), so that the importer of mails reads it like any other.
//!
//! Where the item keeps the headers that it came with over the internet, they are taken as they
//! are; the rest is made from its properties. What is no mail (an appointment, a contact, a task)
//! becomes one too, which says what it is. Headers that begin with `X-Docket-` tell the importer
//! what a mail cannot; none of them is taken from the item itself.

use super::properties::{Attachment, Content, Item, Names, Properties, id, named, utf16};
use super::rtf;

/// What stands before each mail of an unpacked folder. It tells no sender and no date.
pub(super) const SEPARATOR: &[u8] = b"From docket Thu Jan  1 00:00:00 1970\n";
/// What each mail begins with.
pub(super) const FIRST_HEADER: &[u8] = b"X-Docket-Outlook: ";
/// Begins every line between two parts; no text that holds it is written as it is.
const BOUNDARY: &str = "=_docket_";
/// Bytes of a text in one encoded word (RFC 2047: 75 characters in all).
const WORD: usize = 42;
/// Longest line that is written as it is (RFC 5322: 998).
const LONGEST_LINE: usize = 900;

/// What an item is, by its class (MS-OXCMSG 2.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Mail,
    Appointment,
    Contact,
    List,
    Task,
    Other,
}

impl Class {
    fn of(class: &str) -> Class {
        let class = class.to_ascii_uppercase();
        let is = |name: &str| {
            class
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if class.is_empty()
            || [
                "IPM.NOTE",
                "REPORT",
                "IPM.SCHEDULE",
                "IPM.POST",
                "IPM.RECALL",
                "IPM.OUTLOOK.RECALL",
            ]
            .into_iter()
            .any(is)
        {
            Class::Mail
        } else if is("IPM.APPOINTMENT") {
            Class::Appointment
        } else if is("IPM.CONTACT") {
            Class::Contact
        } else if is("IPM.DISTLIST") {
            Class::List
        } else if is("IPM.TASK") {
            Class::Task
        } else {
            Class::Other
        }
    }
}

/// The item as a mail. `place` says where in its container it stands; empty where it is all of it.
pub(super) fn mail(item: &Item, names: &Names, place: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write(item, names, place, 0, &mut out);
    out
}

fn write(item: &Item, names: &Names, place: &str, depth: usize, out: &mut Vec<u8>) {
    let properties = &item.properties;
    let name = properties.line(id::MESSAGE_CLASS).unwrap_or_default();
    let class = Class::of(&name);
    header("X-Docket-Outlook", &word_of_class(&name), out);
    if !place.is_empty() {
        header("X-Docket-Place", place, out);
    }
    for note in notes(item) {
        header("X-Docket-Note", &note, out);
    }
    let transport = transport(properties);
    let has = |name: &str| {
        transport.iter().any(|line| {
            line.split(':')
                .next()
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    };
    let (time, basis) = time(properties, names, class);
    if !has("Date") {
        if !basis.is_empty() {
            header("X-Docket-Time", basis, out);
        }
        if let Some(date) = time.and_then(|time| chrono::DateTime::from_timestamp(time, 0)) {
            header(
                "Date",
                &date.format("%a, %d %b %Y %H:%M:%S +0000").to_string(),
                out,
            );
        }
    }
    for line in &transport {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    if !has("From") {
        addresses("From", &sender(properties, class), out);
    }
    if !has("From") && !has("Sender") {
        addresses("Sender", &sent_by(properties, class), out);
    }
    if let (false, Some(names)) = (has("Reply-To"), properties.line(id::REPLY_NAMES)) {
        let people = names
            .split(';')
            .map(|name| (name.trim().to_owned(), String::new()));
        addresses("Reply-To", &people.collect::<Vec<_>>(), out);
    }
    for (name, id, words) in [
        ("Importance", id::IMPORTANCE, ["low", "", "high", ""]),
        (
            "Sensitivity",
            id::SENSITIVITY,
            ["", "Personal", "Private", "Company-Confidential"],
        ),
    ] {
        let value = properties
            .number(id)
            .and_then(|value| usize::try_from(value).ok());
        let word = value.and_then(|value| words.get(value)).copied();
        if let Some(word) = word.filter(|word| !word.is_empty() && !has(name)) {
            header(name, word, out);
        }
    }
    for (name, role) in [("To", 1), ("Cc", 2), ("Bcc", 3)] {
        let people: Vec<(String, String)> = item
            .recipients
            .iter()
            .filter(|one| one.number(id::RECIPIENT_TYPE).map_or(1, |role| role & 15) == role)
            .map(|one| {
                person(
                    one,
                    id::DISPLAY_NAME,
                    id::SMTP_ADDRESS,
                    id::ADDRESS_TYPE,
                    id::ADDRESS,
                )
            })
            .collect();
        if !has(name) {
            addresses(name, &people, out);
        }
    }
    if !has("Subject") {
        header("Subject", &subject(properties, class), out);
    }
    for (name, id) in [
        ("Message-ID", id::MESSAGE_ID),
        ("In-Reply-To", id::IN_REPLY_TO),
        ("References", id::REFERENCES),
    ] {
        if let (false, Some(value)) = (has(name), properties.line(id)) {
            header(name, &value, out);
        }
    }
    // Outlook marks contacts and the like so too, and they are no drafts.
    if class == Class::Mail
        && properties
            .number(id::FLAGS)
            .is_some_and(|flags| flags & 8 != 0)
    {
        header("X-Unsent", "1", out);
    }
    header("MIME-Version", "1.0", out);
    body(item, names, class, depth, out);
}

/// A class as one word of ASCII.
fn word_of_class(class: &str) -> String {
    let word: String = class
        .chars()
        .filter(char::is_ascii_graphic)
        .take(100)
        .collect();
    if word.is_empty() {
        "unknown".into()
    } else {
        word
    }
}

fn notes(item: &Item) -> Vec<String> {
    let left_out = item.attachments.iter().filter_map(|attachment| {
        let Content::Nothing(why) = attachment.content else {
            return None;
        };
        let name = file_name(&attachment.properties);
        Some(format!(
            "The attachment \"{name}\" is {why}: it is not unpacked."
        ))
    });
    // What the mailbox's owner did with it last (MS-OXOMSG 2.2.1.4).
    let done = match item.properties.number(id::LAST_VERB) {
        Some(102 | 103) => Some("The owner of the mailbox answered it.".to_owned()),
        Some(104) => Some("The owner of the mailbox forwarded it.".to_owned()),
        _ => None,
    };
    let notes = item.notes.iter().cloned();
    notes.chain(left_out).chain(done).collect()
}

/// The headers an item came with, one a piece with their further lines, without those that tell of
/// its former encoding and without what would pass for a word of docket's own.
fn transport(properties: &Properties) -> Vec<String> {
    let Some(text) = properties.text(id::TRANSPORT_HEADERS) else {
        return Vec::new();
    };
    let mut headers: Vec<String> = Vec::new();
    let mut keeps = false;
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        if line.starts_with([' ', '\t']) {
            if let (true, Some(last), false) = (keeps, headers.last_mut(), line.trim().is_empty()) {
                last.push('\n');
                last.push_str(line);
            }
            continue;
        }
        let name = line.split(':').next().unwrap_or_default();
        let own = name.to_ascii_lowercase();
        keeps = line.contains(':')
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_graphic())
            && !own.starts_with("content-")
            && !own.starts_with("x-docket-")
            && own != "mime-version";
        if keeps {
            headers.push(line.to_owned());
        }
    }
    headers
}

/// When it was, in seconds since 1970, and what that is where it is not when it was sent.
fn time(properties: &Properties, names: &Names, class: Class) -> (Option<i64>, &'static str) {
    let start = [names.id(named::MEETING_START), id::START];
    let sent = [id::SUBMITTED];
    let choices: [(&[u16], &'static str); 4] = [
        (
            if class == Class::Appointment {
                &start
            } else {
                &sent
            },
            "",
        ),
        (&[id::DELIVERED], "received"),
        (&[id::CREATED], "created"),
        (&[id::MODIFIED], "changed"),
    ];
    for (ids, basis) in choices {
        if let Some(time) = ids.iter().find_map(|id| properties.time(*id)) {
            let starts = class == Class::Appointment && basis.is_empty();
            return (Some(time), if starts { "start" } else { basis });
        }
    }
    (None, "")
}

/// Name and address of someone. Within an organisation an item has a directory's name instead of
/// an address: it is no address, and left out.
fn person(
    properties: &Properties,
    name: u16,
    smtp: u16,
    kind: u16,
    address: u16,
) -> (String, String) {
    let is_smtp = properties
        .line(kind)
        .is_none_or(|kind| kind.eq_ignore_ascii_case("SMTP"));
    let address = properties
        .line(smtp)
        .or_else(|| properties.line(address).filter(|_| is_smtp))
        .filter(|address| address.contains('@') && !address.contains(char::is_whitespace));
    (
        properties.line(name).unwrap_or_default(),
        address.unwrap_or_default(),
    )
}

fn sender(properties: &Properties, class: Class) -> Vec<(String, String)> {
    // Whoever keeps a contact did not say it.
    if matches!(class, Class::Contact | Class::List) {
        return Vec::new();
    }
    let first = person(
        properties,
        id::SENT_FOR_NAME,
        id::SENT_FOR_SMTP,
        id::SENT_FOR_TYPE,
        id::SENT_FOR_ADDRESS,
    );
    if !(first.0.is_empty() && first.1.is_empty()) {
        return vec![first];
    }
    vec![person(
        properties,
        id::SENDER_NAME,
        id::SENDER_SMTP,
        id::SENDER_TYPE,
        id::SENDER_ADDRESS,
    )]
}

/// Who sent an item in somebody else's name, where it says so.
fn sent_by(properties: &Properties, class: Class) -> Vec<(String, String)> {
    let by = person(
        properties,
        id::SENDER_NAME,
        id::SENDER_SMTP,
        id::SENDER_TYPE,
        id::SENDER_ADDRESS,
    );
    let authors = sender(properties, class);
    let is_other = |author: &(String, String)| match (by.1.as_str(), author.1.as_str()) {
        ("", _) | (_, "") => by.0 != author.0,
        (one, other) => !one.eq_ignore_ascii_case(other),
    };
    let known = !(by.0.is_empty() && by.1.is_empty());
    match known && !authors.is_empty() && authors.iter().all(is_other) {
        true => vec![by],
        false => Vec::new(),
    }
}

/// The subject. In a `.pst` it begins with a mark and the length of its `RE: ` (MS-PST 2.5.3.1.1.1).
fn subject(properties: &Properties, class: Class) -> String {
    let subject = properties.text(id::SUBJECT).unwrap_or_default();
    let subject = match subject.strip_prefix('\u{1}') {
        Some(rest) => rest.chars().skip(1).collect(),
        None => subject,
    };
    if subject.trim().is_empty() && class != Class::Mail {
        return properties.line(id::DISPLAY_NAME).unwrap_or_default();
    }
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an item that is no mail is about, a line each.
fn facts(item: &Item, names: &Names, class: Class) -> String {
    let properties = &item.properties;
    let mut lines = String::new();
    let mut line = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push_str(&format!("{what}: {value}\n"));
        }
    };
    let at = |ids: [u16; 2]| {
        let time = ids.into_iter().find_map(|id| properties.time(id))?;
        let time = chrono::DateTime::from_timestamp(time, 0)?;
        Some(time.format("%Y-%m-%d %H:%M UTC").to_string())
    };
    match class {
        Class::Appointment => {
            line("Begins", at([names.id(named::MEETING_START), id::START]));
            line("Ends", at([names.id(named::MEETING_END), id::END]));
            line("Place", properties.line(names.id(named::MEETING_PLACE)));
            line("With", properties.line(id::DISPLAY_TO));
        }
        Class::Contact => {
            line("Name", properties.line(id::DISPLAY_NAME));
            line("E-mail", properties.line(names.id(named::CONTACT_EMAIL)));
            line("Organisation", properties.line(id::COMPANY));
            line("Title", properties.line(id::TITLE));
            line("Mobile", properties.line(id::MOBILE));
            line("Work", properties.line(id::WORK_PHONE));
            line("Home", properties.line(id::HOME_PHONE));
        }
        Class::List => {
            for member in properties.list(names.id(named::LIST_MEMBERS)) {
                line("Member", one_off(member));
            }
        }
        Class::Task => line("Due", at([names.id(named::TASK_DUE), 0])),
        Class::Mail | Class::Other => {}
    }
    lines
}

/// Name and address of a member of a list (MS-OXCDATA 2.2.5.1): flags, a marker, then the name,
/// the kind of the address and the address, each with a zero behind it.
fn one_off(entry: &[u8]) -> Option<String> {
    let wide = *entry.get(23)? & 0x80 != 0;
    let rest = entry.get(24..)?;
    let words: Vec<String> = if wide {
        let text = utf16(rest);
        text.split('\0').map(str::to_owned).collect()
    } else {
        let text = super::properties::decode(rest, 1252);
        text.split('\0').map(str::to_owned).collect()
    };
    let (name, address) = (words.first()?, words.get(2)?);
    Some(format!("{name} <{address}>"))
}

/// The lines after the headers: the words, and the attachments.
fn body(item: &Item, names: &Names, class: Class, depth: usize, out: &mut Vec<u8>) {
    let properties = &item.properties;
    let mut plain = properties.text(id::BODY);
    let mut html = properties.html().filter(|html| !html.trim().is_empty());
    if html.is_none()
        && let Some(packed) = properties.binary(id::RTF)
    {
        match rtf::words(&rtf::unpack(packed)) {
            rtf::Words::Html(words) => html = Some(words),
            rtf::Words::Text(words) if plain.is_none() => plain = Some(words),
            rtf::Words::Text(_) => {}
        }
    }
    let facts = facts(item, names, class);
    if !facts.is_empty() {
        let words = plain.unwrap_or_default();
        plain = Some(format!("{facts}\n{words}").trim_end().to_owned());
    }
    if plain.is_none() && html.is_none() {
        plain = Some(String::new());
    }
    let files: Vec<&Attachment> = item
        .attachments
        .iter()
        .filter(|one| !matches!(one.content, Content::Nothing(_)))
        .collect();
    let outer = format!("{BOUNDARY}{depth}_files");
    if !files.is_empty() {
        begin_parts("mixed", &outer, out);
        open_part(&outer, out);
    }
    let inner = format!("{BOUNDARY}{depth}_words");
    match (plain, html) {
        (Some(plain), Some(html)) => {
            begin_parts("alternative", &inner, out);
            open_part(&inner, out);
            text("plain", &plain, out);
            open_part(&inner, out);
            text("html", &html, out);
            close_parts(&inner, out);
        }
        (Some(plain), None) => text("plain", &plain, out),
        (None, Some(html)) => text("html", &html, out),
        (None, None) => {}
    }
    if files.is_empty() {
        return;
    }
    for file in files {
        open_part(&outer, out);
        attached(file, names, depth, out);
    }
    close_parts(&outer, out);
}

fn begin_parts(kind: &str, boundary: &str, out: &mut Vec<u8>) {
    let value = format!("multipart/{kind}; boundary=\"{boundary}\"");
    header("Content-Type", &value, out);
    out.push(b'\n');
}

fn open_part(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\n--{boundary}\n").as_bytes());
}

fn close_parts(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\n--{boundary}--\n").as_bytes());
}

/// A text: as it is where that is safe in a mailbox, and otherwise in Base64.
fn text(subtype: &str, text: &str, out: &mut Vec<u8>) {
    header(
        "Content-Type",
        &format!("text/{subtype}; charset=utf-8"),
        out,
    );
    let text = text.replace("\r\n", "\n");
    let plain = text.is_ascii()
        && !text.contains(BOUNDARY)
        && text.lines().all(|line| {
            line.len() <= LONGEST_LINE
                && !line.starts_with("From ")
                && line.bytes().all(|byte| byte >= b' ' || byte == b'\t')
        });
    if plain {
        header("Content-Transfer-Encoding", "7bit", out);
        out.push(b'\n');
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    } else {
        header("Content-Transfer-Encoding", "base64", out);
        out.push(b'\n');
        base64(text.as_bytes(), out);
    }
}

fn attached(file: &Attachment, names: &Names, depth: usize, out: &mut Vec<u8>) {
    let properties = &file.properties;
    match &file.content {
        Content::Item(item) => {
            header("Content-Type", "message/rfc822", out);
            header("Content-Disposition", "attachment", out);
            out.push(b'\n');
            write(item, names, "", depth + 1, out);
        }
        Content::Bytes(bytes) => {
            let declared = properties.line(id::CONTENT_TYPE).unwrap_or_default();
            let token = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+')
                    })
            };
            let kind = match declared.split_once('/') {
                // Parts of a mail stay files: their words are not the mail's.
                Some((main @ ("multipart" | "message"), _)) => format!("application/x-{main}"),
                Some((main, sub)) if token(main) && token(sub) => declared,
                _ => "application/octet-stream".into(),
            };
            header("Content-Type", &kind, out);
            header("Content-Transfer-Encoding", "base64", out);
            let name = file_name(properties);
            let disposition = if name.is_empty() {
                "attachment".to_owned()
            } else {
                format!("attachment; filename*=utf-8''{}", percent(&name))
            };
            out.extend_from_slice(format!("Content-Disposition: {disposition}\n").as_bytes());
            if let Some(cid) = properties.line(id::CONTENT_ID) {
                header(
                    "Content-ID",
                    &format!("<{}>", cid.trim_matches(['<', '>'])),
                    out,
                );
            }
            out.push(b'\n');
            base64(bytes, out);
        }
        Content::Nothing(_) => {}
    }
}

fn file_name(properties: &Properties) -> String {
    let name = [id::LONG_FILE_NAME, id::FILE_NAME, id::DISPLAY_NAME]
        .into_iter()
        .find_map(|id| properties.text(id))
        .unwrap_or_default();
    name.replace(char::is_control, " ").trim().to_owned()
}

/// A header; what is not plain ASCII stands in encoded words (RFC 2047).
fn header(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{name}: {}\n", encoded(value)).as_bytes());
}

fn encoded(value: &str) -> String {
    let plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && value.len() <= LONGEST_LINE
        && !value.contains("=?");
    if plain {
        return value.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for sign in value.chars() {
        if word.len() + sign.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(sign);
    }
    words.push(word);
    words
        .iter()
        .map(|word| {
            let mut coded = Vec::new();
            encode(word.as_bytes(), &mut coded);
            format!("=?utf-8?B?{}?=", String::from_utf8_lossy(&coded))
        })
        .collect::<Vec<_>>()
        .join("\n ")
}

/// A header with people; nothing where there is nobody.
fn addresses(name: &str, people: &[(String, String)], out: &mut Vec<u8>) {
    let shown: Vec<String> = people
        .iter()
        .filter(|(name, address)| !(name.is_empty() && address.is_empty()))
        .map(|(name, address)| {
            let quoted =
                if name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !name.contains("=?") {
                    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
                } else {
                    encoded(name)
                };
            match (name.is_empty(), address.is_empty()) {
                (true, _) => address.clone(),
                (_, true) => format!("{quoted} <>"),
                _ => format!("{quoted} <{address}>"),
            }
        })
        .collect();
    if !shown.is_empty() {
        out.extend_from_slice(format!("{name}: {}\n", shown.join(",\n ")).as_bytes());
    }
}

/// A file's name for a header (RFC 2231).
fn percent(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Base64 in lines of 76 characters.
fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    for line in bytes.chunks(57) {
        encode(line, out);
        out.push(b'\n');
    }
}

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |bits: u32| SIGNS.get((bits & 63) as usize).copied().unwrap_or(b'=');
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.push(sign(bits >> 18));
        out.push(sign(bits >> 12));
        out.push(if three.len() > 1 {
            sign(bits >> 6)
        } else {
            b'='
        });
        out.push(if three.len() > 2 { sign(bits) } else { b'=' });
    }
}
