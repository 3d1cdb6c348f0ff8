//! E-mail addresses.

use super::reading::Reading;
use super::{About, Data, Detector, Found, Why};

/// A name, an `@` and a domain with a dot.
pub(super) struct Email;

static ABOUT: About = About {
    id: "email",
    version: 1,
    title: "e-mail address",
    data: Data::Contact,
    source: "RFC 5321, section 4.1.2, dot-strings alone; domains with a dot",
    cue: "nothing",
};

/// The longest name and the longest domain (RFC 5321, section 4.5.3.1).
const LONGEST_NAME: usize = 64;
const LONGEST_DOMAIN: usize = 255;
/// What ends names of files and no domain: `photo_1@2024-03-09.jpg` is how Telegram names one.
const FILES: [&[u8]; 14] = [
    b"gif", b"htm", b"html", b"jpeg", b"jpg", b"mp3", b"ogg", b"opus", b"pdf", b"png", b"tgs",
    b"webm", b"webp", b"wav",
];

impl Detector for Email {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn at_sign(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let bytes = reading.text.as_bytes();
        let in_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-.".contains(byte);
        let before = bytes
            .get(at.saturating_sub(LONGEST_NAME)..at)
            .unwrap_or_default();
        let name = before.iter().rev().take_while(|byte| in_name(byte)).count();
        let mut start = at - name;
        // Quotes, brackets and what stands before `mailto:` are no part of it.
        while matches!(
            reading.byte(start),
            b'.' | b'\'' | b'/' | b'*' | b'_' | b'=' | b'?'
        ) && start < at
        {
            start += 1;
        }
        let after = bytes.get(at + 1..).unwrap_or_default();
        let in_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let run = after
            .iter()
            .take(LONGEST_DOMAIN)
            .take_while(in_domain)
            .count();
        let domain = after.get(..run).unwrap_or_default();
        // A full stop or a dash at the end belongs to the sentence.
        let trailing = domain
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'.' | b'-'))
            .count();
        let domain = domain.get(..run - trailing).unwrap_or_default();
        let mut labels = domain.split(|byte| *byte == b'.');
        let top = domain
            .rsplit(|byte| *byte == b'.')
            .next()
            .unwrap_or_default();
        let is_domain = labels.clone().count() >= 2
            && labels.all(|label| (1..=63).contains(&label.len()) && label.first() != Some(&b'-'))
            && top.len() >= 2
            && top.iter().all(u8::is_ascii_alphabetic)
            && !FILES.iter().any(|file| top.eq_ignore_ascii_case(file));
        if start < at && is_domain {
            found.at(start, at + 1 + domain.len(), Why::FORM);
        }
    }
}
