//! A day as a mail file (RFC 5322): the same text as [`super::txt`], under headers that mail
//! programs and file identification (DROID: `fmt/950`) know it by.

use super::{Day, Mail, Message, person_id, txt};
use crate::model::{Address, Decision, Role};
use crate::text::base64;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The domain of every address made here: reserved, so that nobody can be written to by mistake
/// (RFC 2606).
pub(in crate::bundle) const DOMAIN: &str = "docket.invalid";

/// How many bytes an encoded word carries, so that it stays under 75 characters (RFC 2047).
const WORD_BYTES: usize = 42;

/// The record as a mail file in ASCII; lines end in CR LF.
///
/// The body is quoted-printable (RFC 2045). `Date` is the time of the last dated message; a record
/// without one has no `Date`. Senders are named as the export shows them, with a neutral address.
pub fn render(day: &Day<'_>) -> String {
    render_with(day, &txt::render(day))
}

/// The same of a day whose plain text is known.
pub(in crate::bundle) fn render_with(day: &Day<'_>, text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(text.len() / 8 + 1024));
    header(
        &mut out,
        "Message-ID",
        &format!(
            "<{}.{}.{}@{DOMAIN}>",
            day.thread.id(),
            day.file_name(),
            day.heading.case_id
        ),
    );
    if let Some(time) = day.messages().filter_map(|message| message.time).max() {
        header(&mut out, "Date", &time.to_rfc2822());
    }
    let docket = format!("docket <records@{DOMAIN}>");
    let senders: BTreeMap<u32, &str> = day
        .messages()
        .filter_map(|message| message.sender.as_ref())
        .map(|sender| (sender.number, sender.name.as_str()))
        .collect();
    if senders.is_empty() {
        header(&mut out, "From", &docket);
    } else {
        let mailboxes: Vec<String> = senders
            .iter()
            .map(|(number, name)| {
                let address = format!("<{}@{DOMAIN}>", person_id(*number));
                format!("{}\r\n {address}", words(name))
            })
            .collect();
        header(&mut out, "From", &mailboxes.join(",\r\n "));
        header(&mut out, "Sender", &docket);
    }
    // RFC 2047: white space stands behind an encoded word.
    header(&mut out, "To", &format!("{} :;", words(&day.thread.title)));
    header(
        &mut out,
        "Subject",
        &words(&format!("{}, {}", day.thread.title, day.file_name())),
    );
    header(&mut out, "MIME-Version", "1.0");
    header(&mut out, "Content-Type", "text/plain; charset=\"utf-8\"");
    header(&mut out, "Content-Transfer-Encoding", "quoted-printable");
    header(&mut out, "X-Docket-Thread", &day.thread.id());
    header(&mut out, "X-Docket-Day", &day.name());
    if day.date.is_none() {
        // No export tells when. Programs that identify mails look for a line that says "Date:".
        header(&mut out, "X-Docket-Date", "unknown");
    }
    header(&mut out, "X-Docket-Zone", &words(&day.heading.zone));
    let context = day.messages();
    let context = context.filter(|message| message.decision == Some(Decision::Context));
    match context.count() {
        0 => {}
        count => header(&mut out, "X-Docket-Context-Messages", &count.to_string()),
    }
    if !day.heading.reference.is_empty() {
        header(
            &mut out,
            "X-Docket-Reference",
            &words(&day.heading.reference),
        );
    }
    out.push_str("\r\n");
    quoted_printable(&mut out, text);
    out
}

/// A mail as its record has it, for one that is not here as it was: its own headers as far as they
/// are known and may leave, and its text under the masks.
///
/// A name whose address is none that mail programs take gets a neutral one.
pub(in crate::bundle) fn of_mail(day: &Day<'_>, message: &Message) -> String {
    let beside = &message.beside;
    let own = format!(
        "message-{}.{}@{DOMAIN}",
        message.number, day.heading.case_id
    );
    let mut out = String::new();
    let id = match is_plain_id(&beside.message_id) {
        true => &beside.message_id,
        false => &own,
    };
    header(&mut out, "Message-ID", &format!("<{id}>"));
    if let Some(time) = message.time {
        header(&mut out, "Date", &time.to_rfc2822());
    }
    let from = match &message.sender {
        Some(sender) => mailbox(&sender.name, &person_id(sender.number)),
        None => format!("docket <records@{DOMAIN}>"),
    };
    header(&mut out, "From", &from);
    for (name, role) in [("To", Role::To), ("Cc", Role::Cc), ("Bcc", Role::Bcc)] {
        let named = beside.recipients.iter().filter(|one| one.role == role);
        let all: Vec<String> = named
            .map(|one| mailbox(&one.who, one.person.as_deref().unwrap_or("nobody")))
            .collect();
        if !all.is_empty() {
            header(&mut out, name, &all.join(",\r\n "));
        }
    }
    header(&mut out, "Subject", &words(&beside.subject));
    let answers: Vec<String> = beside
        .reply_to
        .iter()
        .filter(|id| is_plain_id(id))
        .map(|id| format!("<{id}>"))
        .collect();
    if let Some(last) = answers.last() {
        header(&mut out, "In-Reply-To", last);
        header(&mut out, "References", &answers.join("\r\n "));
    }
    header(&mut out, "MIME-Version", "1.0");
    header(&mut out, "Content-Type", "text/plain; charset=\"utf-8\"");
    header(&mut out, "Content-Transfer-Encoding", "quoted-printable");
    header(&mut out, "X-Docket-Message", &message.number.to_string());
    if message.decision == Some(Decision::Context) {
        header(&mut out, "X-Docket-Context", "not itself a record");
    }
    if let Some(Mail::LeftOut(why)) = beside.original {
        header(
            &mut out,
            "X-Docket-Original",
            &format!("not here:\r\n {why}"),
        );
    }
    out.push_str("\r\n");
    let mut text = crate::text::Shown::block(beside.body(&message.text))
        .as_str()
        .to_owned();
    for file in &message.attachments {
        let _ = write!(
            text,
            "\n\n[File: {}]",
            crate::text::Shown::line(&file.caption()).as_str()
        );
        if let Some(copy) = &file.copy {
            let _ = write!(text, "\n{}", copy.path);
        }
    }
    quoted_printable(&mut out, &text);
    out
}

/// Whether a mail's own name can stand in a header as it is.
fn is_plain_id(id: &str) -> bool {
    (1..=200).contains(&id.len())
        && id.contains('@')
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>()".contains(&byte))
}

/// Somebody as mail headers name them.
fn mailbox(who: &str, person: &str) -> String {
    let known = Address::parse(who);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-@".contains(&byte);
    let given = [&known.address, &known.name]
        .into_iter()
        .find(|text| text.matches('@').count() == 1 && text.len() <= 60 && text.bytes().all(plain));
    match given {
        Some(address) if *address == known.name => address.clone(),
        Some(address) if known.name.is_empty() => address.clone(),
        Some(address) => format!("{}\r\n <{address}>", words(&known.name)),
        None => format!("{}\r\n <{person}@{DOMAIN}>", words(who)),
    }
}

pub(in crate::bundle) fn header(out: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{name}: {value}\r\n");
}

/// Text from outside for a header: as it is where it is short and plain, else as encoded words of
/// UTF-8 in base64, one a line. Never empty, and never more than the one value.
pub(in crate::bundle) fn words(text: &str) -> String {
    let shown = crate::text::Shown::line(text);
    let text = shown.as_str().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '/' | '_');
    // A blank run would be folded together by readers, so it is encoded.
    if !text.is_empty() && text.len() <= 60 && text.chars().all(plain) && !text.contains("  ") {
        return text.to_owned();
    }
    let mut encoded = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > WORD_BYTES {
            encoded.push(word(&piece));
            piece.clear();
        }
        piece.push(c);
    }
    if !piece.is_empty() || encoded.is_empty() {
        encoded.push(word(if piece.is_empty() { "?" } else { &piece }));
    }
    encoded.join("\r\n ")
}

fn word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", base64(text.as_bytes()))
}

/// Adds text as quoted-printable (RFC 2045 section 6.7): LF becomes CR LF, lines stay within 76
/// characters.
pub(in crate::bundle) fn quoted_printable(out: &mut String, text: &str) {
    for line in text.lines() {
        let mut width = 0;
        let bytes = line.as_bytes();
        for (place, byte) in bytes.iter().copied().enumerate() {
            let last = place + 1 == bytes.len();
            let literal =
                (33..=126).contains(&byte) && byte != b'=' || matches!(byte, b' ' | b'\t') && !last;
            let cost = if literal { 1 } else { 3 };
            // One place is left for the sign that a line goes on.
            if width + cost > 75 {
                out.push_str("=\r\n");
                width = 0;
            }
            if literal {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "={byte:02X}");
            }
            width += cost;
        }
        out.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{day, heading, message, thread};
    use super::*;
    use proptest::prelude::*;

    fn decode(coded: &str) -> Vec<u8> {
        let joined = coded.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            if *first == b'=' {
                let code = std::str::from_utf8(&after[..2]).unwrap();
                bytes.push(u8::from_str_radix(code, 16).unwrap());
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        bytes
    }

    #[test]
    fn headers_are_those_that_identify_a_mail() {
        let (heading, thread) = (heading(), thread("Harbour: \"Quay\" <7>\r\nBcc: x@y"));
        let said = vec![
            message(7, "Ann, the 1st", "hello"),
            message(8, "+44 7700", "x"),
        ];
        let mail = render(&day(&heading, &thread, said));
        let head = mail.split("\r\n\r\n").next().unwrap();
        for name in [
            "Message-ID",
            "Date",
            "From",
            "Sender",
            "To",
            "Subject",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ] {
            let count = head
                .split("\r\n")
                .filter(|line| line.starts_with(&format!("{name}: ")))
                .count();
            assert_eq!(count, 1, "{name} in {head}");
        }
        assert!(!head.contains("\r\nBcc"));
        assert!(head.contains("Date: Fri, 5 Mar 2021 08:00:08 +0000"));
        assert!(mail.is_ascii());
    }

    #[test]
    fn a_record_of_system_lines_alone_is_from_docket() {
        let (heading, thread) = (heading(), thread("Harbour"));
        let mut line = message(7, "", "You created this group");
        line.sender = None;
        line.decision = None;
        let mail = render(&day(&heading, &thread, vec![line]));
        assert!(mail.contains("\r\nFrom: docket <records@docket.invalid>\r\n"));
    }

    proptest! {
        #[test]
        fn quoted_printable_comes_back(text in "(\\PC|[\t =.\r\n]){0,200}") {
            let mut coded = String::new();
            quoted_printable(&mut coded, &text);
            prop_assert!(coded.lines().all(|line| line.len() <= 76));
            prop_assert!(!coded.lines().any(|line| line.ends_with([' ', '\t'])));
            let expected: String = text.lines().map(|line| format!("{line}\r\n")).collect();
            prop_assert_eq!(String::from_utf8(decode(&coded)).unwrap(), expected);
        }

        #[test]
        fn no_text_from_outside_adds_a_header(title in any::<String>(), name in any::<String>()) {
            let (heading, thread) = (heading(), thread(&title));
            let mail = render(&day(&heading, &thread, vec![message(7, &name, "x")]));
            let head = mail.split("\r\n\r\n").next().unwrap();
            let count = head.split("\r\n").filter(|line| !line.starts_with(' ')).count();
            prop_assert_eq!(count, 13);
            prop_assert!(head.split("\r\n").all(|line| line.len() <= 78));
        }
    }
}
