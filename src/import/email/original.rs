//! A mail as its sender wrote it, taken out of the mailbox that it was kept in, and all that it
//! holds, decoded, for whoever must search it before it is handed on.

use super::mail::{self, Place};
use super::{LONGEST, guard, mbox, text};
use crate::guard::guarded;
use crate::import::{Record, html, outlook};
use mail_parser::{HeaderValue, Message, MessageParser, PartType};
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// A mail without what its mailbox put around and into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Lines from which the `>` was taken that a mailbox puts before `From `. Which writers put it
    /// there is not written in a mailbox: a line that its sender began with `>From ` loses it too.
    pub unquoted: u32,
}

/// The mail of a record's bytes.
///
/// What a file of one mail holds is given as it is. Of a mailbox (RFC 4155) the separator line
/// before the mail and the empty line after it are no part of it, and lines that were quoted
/// because they begin with `From ` lose one `>` again (mboxrd), unless such a line stands in the
/// mail unquoted: then its writer quotes none (mboxcl2).
///
/// # Errors
/// Why there is none: the bytes hold only a part of a mail that was too long to be read whole, or
/// they are a mail that docket wrote of what Outlook keeps. In words for the mail's record.
pub fn original(record: &[u8]) -> Result<Original<'_>, &'static str> {
    const LONG: &str = "it was too long to be read whole";
    const MADE: &str = "Outlook does not keep a mail as it was sent";
    let begin = begin(record);
    let mail = record.get(begin.unwrap_or(0)..).ok_or(LONG)?;
    if mail.len() >= LONGEST {
        return Err(LONG);
    }
    if outlook::is_unpacked(record) {
        return Err(MADE);
    }
    if begin.is_none() {
        return Ok(Original {
            bytes: Cow::Borrowed(mail),
            unquoted: 0,
        });
    }
    let mail = [&b"\n\r\n"[..], b"\n\n"]
        .iter()
        .find(|end| mail.ends_with(end))
        .and_then(|end| mail.get(..mail.len().checked_sub(end.len())?.checked_add(1)?))
        .unwrap_or(mail);
    let is_line = |at: usize| at == 0 || mail.get(at.wrapping_sub(1)) == Some(&b'\n');
    if memmem::find_iter(mail, b"From ").any(is_line) {
        return Ok(Original {
            bytes: Cow::Borrowed(mail),
            unquoted: 0,
        });
    }
    let mut bytes = Vec::new();
    let (mut done, mut unquoted) = (0usize, 0u32);
    for at in memmem::find_iter(mail, b">From ") {
        let before = mail.get(done..at).unwrap_or_default();
        let signs = before
            .iter()
            .rev()
            .take_while(|sign| **sign == b'>')
            .count();
        if is_line(at.saturating_sub(signs)) {
            bytes.extend_from_slice(before);
            done = at.saturating_add(1);
            unquoted = unquoted.saturating_add(1);
        }
    }
    if unquoted == 0 {
        return Ok(Original {
            bytes: Cow::Borrowed(mail),
            unquoted,
        });
    }
    bytes.extend_from_slice(mail.get(done..).unwrap_or_default());
    Ok(Original {
        bytes: Cow::Owned(bytes),
        unquoted,
    })
}

/// Where the mail begins, if a separator line stands before it.
fn begin(record: &[u8]) -> Option<usize> {
    mbox::is_separator(record)
        .then(|| memchr(b'\n', record))
        .flatten()
        .map(|end| end.saturating_add(1))
}

/// Reads a record's bytes again, as they were when the export was loaded but for where they stand
/// in it.
pub fn read_again(record: &[u8]) -> Option<Record> {
    let begin = begin(record);
    let unpacked = outlook::is_unpacked(record);
    let place = Place {
        item: 0,
        offset: 0,
        mail: begin.unwrap_or(0),
        from_mailbox: begin.is_some() && !unpacked,
        unpacked,
    };
    mail::read(record, place)
}

/// What a mail holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The names of the mails within it, in the form of [`crate::model::Extra::message_id`].
    pub mails: Vec<String>,
}

/// Hands over all that a mail holds, decoded: the texts of its headers, every part and the mails
/// within it; pages both as they are and as the words that a reader sees. Gives what it found.
///
/// # Errors
/// Why it cannot be taken apart, one sentence.
pub fn contents(mail: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<Contents, &'static str> {
    const UNREAD: &str = "Its structure cannot be read.";
    if let Some(reason) = guard::too_much(mail) {
        return Err(reason);
    }
    let mut contents = Contents::default();
    // The library has assertions of its own; see `mail::read`.
    guarded(|| {
        // Encoded words are undone in every header, whatever its name.
        let parser = MessageParser::new()
            .with_mime_headers()
            .with_message_ids()
            .default_header_text();
        let message = parser.parse(mail)?;
        every_part(&message, 0, &mut contents, take).then_some(())
    })
    .flatten()
    .map(|()| contents)
    .ok_or(UNREAD)
}

/// Deepest mail within a mail that is taken apart.
const DEEPEST: usize = 64;

/// Whether all could be handed over.
fn every_part(
    message: &Message<'_>,
    depth: usize,
    contents: &mut Contents,
    take: &mut dyn FnMut(&[u8]),
) -> bool {
    if depth > DEEPEST {
        return false;
    }
    for part in &message.parts {
        for header in &part.headers {
            each_text(&header.value, take);
        }
        match &part.body {
            PartType::Text(text) => take(text.as_bytes()),
            PartType::Html(page) => {
                take(page.as_bytes());
                take(html::to_text(page).as_bytes());
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => take(bytes),
            PartType::Message(inner) => {
                if let Some(id) = inner.message_id() {
                    contents.mails.push(id.to_owned());
                }
                // As a reader sees it: its paragraphs run on where its parts do not.
                take(text::body(inner, false).as_bytes());
                if !every_part(inner, depth + 1, contents, take) {
                    return false;
                }
            }
            PartType::Multipart(_) => {}
        }
    }
    true
}

fn each_text(value: &HeaderValue<'_>, take: &mut dyn FnMut(&[u8])) {
    match value {
        HeaderValue::Text(text) => take(text.as_bytes()),
        HeaderValue::TextList(texts) => texts.iter().for_each(|text| take(text.as_bytes())),
        HeaderValue::Address(list) => {
            for one in list.iter() {
                take(one.name().unwrap_or_default().as_bytes());
                take(one.address().unwrap_or_default().as_bytes());
            }
        }
        HeaderValue::ContentType(kind) => {
            for attribute in kind.attributes().unwrap_or_default() {
                take(attribute.value.as_bytes());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEPARATOR: &[u8] = b"From ann@example.com Thu Apr 16 09:53:04 2015\n";

    fn boxed(mail: &[u8]) -> Vec<u8> {
        [SEPARATOR, mail].concat()
    }

    #[test]
    fn what_a_mailbox_adds_is_taken_away() {
        for (mail, original_bytes, lines) in [
            (
                &b"A: b\n\n>From here\n\n"[..],
                &b"A: b\n\nFrom here\n"[..],
                1,
            ),
            (b"A: b\n\nx\n>>From here\n\n", b"A: b\n\nx\n>From here\n", 1),
            (b"A: b\r\n\r\nx\r\n\r\n", b"A: b\r\n\r\nx\r\n", 0),
            (
                b"A: b\n\nx >From a\nb>From c",
                b"A: b\n\nx >From a\nb>From c",
                0,
            ),
            // A writer that leaves one as it is quotes none.
            (
                b"A: b\n\nx\nFrom me\n>From you\n",
                b"A: b\n\nx\nFrom me\n>From you\n",
                0,
            ),
        ] {
            let record = boxed(mail);
            let found = original(&record).unwrap();
            assert_eq!(found.bytes.as_ref(), original_bytes);
            assert_eq!(found.unquoted, lines);
        }
        let file = b"A: b\n\n>From here\n\n";
        assert_eq!(original(file).unwrap().bytes.as_ref(), file);
    }

    #[test]
    fn every_coding_is_undone() {
        let mail = b"Subject: =?utf-8?B?c2VjcmV0IG9uZQ==?=\nX-Note: =?utf-8?Q?secret_five?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\ncwBlAGMAcgBlAHQAIAB0AHcAbwA=\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>sec<b>ret</b> =\nthree</p>\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <in@x>\nFrom: a@x\nTo: b@x\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nc2VjcmV0IGZvdXI=\n--b--\n";
        let mut all = Vec::new();
        let found = contents(mail, &mut |bytes| all.push(bytes.to_vec())).unwrap();
        assert_eq!(found.mails, ["in@x"]);
        for secret in [
            "secret one",
            "secret two",
            "secret three",
            "secret four",
            "secret five",
        ] {
            let holds = |bytes: &Vec<u8>| memmem::find(bytes, secret.as_bytes()).is_some();
            assert!(all.iter().any(holds), "{secret}");
        }
    }

    proptest! {
        /// A mailbox written by the rules of mboxrd gives each mail back byte for byte.
        #[test]
        fn what_mboxrd_writes_comes_back(
            lines in proptest::collection::vec("(>{0,3}From )?[a-z >]{0,6}", 0..12),
        ) {
            let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let mail = format!("Subject: x\n\n{body}");
            let quoted: String = mail
                .split_inclusive('\n')
                .map(|line| match line.trim_start_matches('>').starts_with("From ") {
                    true => format!(">{line}"),
                    false => line.to_owned(),
                })
                .collect();
            let record = boxed(format!("{quoted}\n").as_bytes());
            let found = original(&record).unwrap();
            prop_assert_eq!(found.bytes.as_ref(), mail.as_bytes());
        }

        #[test]
        fn anything_at_all_ends(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = original(&bytes);
            let _ = contents(&bytes, &mut |_| {});
            let _ = read_again(&bytes);
        }
    }
}
