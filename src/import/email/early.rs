//! Whether a mail ends before its end, as when a copy or a download of a mailbox was cut short.

use super::{mbox, threads};
use mail_parser::{MessageParser, MimeHeaders};
use memchr::{memchr_iter, memmem};

/// What shows that the last mail of a file ends early, if anything does. A mailbox ends with a
/// line end (RFC 4155, appendix A); a mail of parts with the line that closes them (RFC 2046, 5.1.1);
/// where a mail's length is given, counted with line ends of one byte or two, so far.
pub(super) fn sign(mail: &[u8], in_mailbox: bool) -> Option<&'static str> {
    let headers = threads::header_block(mail, mail.len());
    let body = mail.get(headers.len()..).unwrap_or_default();
    let boundary = MessageParser::new()
        .header_content_type(mail_parser::HeaderName::ContentType)
        .parse_headers(headers)
        .and_then(|message| {
            let kind = message.content_type()?;
            let is_multipart = kind.ctype().eq_ignore_ascii_case("multipart");
            kind.attribute("boundary")
                .filter(|boundary| is_multipart && !boundary.is_empty())
                .map(|boundary| format!("--{boundary}--"))
        });
    if boundary.is_some_and(|end| memmem::rfind(body, end.as_bytes()).is_none()) {
        return Some("the line that closes its parts is missing");
    }
    let longest = body.len().saturating_add(memchr_iter(b'\n', body).count());
    if in_mailbox && mbox::content_length(headers).is_some_and(|length| length > longest) {
        return Some("it is shorter than its headers say");
    }
    if in_mailbox && !mail.ends_with(b"\n") {
        return Some("it ends within a line");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_ends_early_shows_it() {
        let parts = "From: a\nContent-Type: multipart/mixed; boundary=\"x y\"\n\n--x y\n\nhello\n";
        let plain = "From: a\nTo: b\n\nhello\n";
        let long = "From: a\nContent-Length: 30\n\nhello\n";
        for (mail, in_mailbox, early) in [
            (parts.to_owned(), true, true),
            (parts.to_owned(), false, true),
            (format!("{parts}--x y--\n"), true, false),
            (plain.to_owned(), true, false),
            (plain.trim_end().to_owned(), true, true),
            (plain.trim_end().to_owned(), false, false),
            (long.to_owned(), true, true),
            // Counted with line ends of two bytes.
            (long.replace("30", "7"), true, false),
            ("From: a\n".to_owned(), true, false),
            (String::new(), false, false),
        ] {
            assert_eq!(sign(mail.as_bytes(), in_mailbox).is_some(), early, "{mail}");
        }
    }
}
