//! What is too large or too deep to be read as a mail.
//!
//! The mail library keeps a mail in a mail as a value in a value and ends the whole program when
//! there are some ten thousand of them; so they are counted before it is asked. What it would
//! decode before it looks inside is decoded here too.

use crate::import::window::after_empty_line;
use crate::import::within::decode;
use crate::model::Encoding;
use memchr::{memchr_iter, memmem};

/// Most mails within a mail, however deep: a sixth of what the library bears on a small stack.
const MOST_MAILS: usize = 5_000;
/// Most parts.
const MOST_PARTS: usize = 10_000;
/// Most headers.
pub(super) const MOST_HEADERS: usize = 2_000;
/// How often the library decodes a mail within a mail within a mail.
const DEEPEST_DECODED: u32 = 3;

/// Why a mail is not read by its structure, if it is not: one sentence.
pub(super) fn too_much(mail: &[u8]) -> Option<&'static str> {
    let headers = super::threads::header_block(mail, mail.len());
    let count = headers
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.first().is_none_or(|byte| matches!(byte, b' ' | b'\t')))
        .count();
    if count > MOST_HEADERS {
        return Some("It has more than 2,000 headers: only the first are read.");
    }
    if memmem::find(mail, b"oundary").is_some()
        && memmem::find_iter(mail, b"\n--").nth(MOST_PARTS).is_some()
    {
        return Some("It has more than 10,000 parts: its text is shown as it was sent.");
    }
    let mut budget = mail.len().saturating_mul(4);
    mails_within(mail, 0, &mut budget)
        .is_none_or(|mails| mails > MOST_MAILS)
        .then_some("It has more than 5,000 mails within it: its text is shown as it was sent.")
}

/// How many mails are in a mail at most; `None` where finding out costs more than the budget.
fn mails_within(bytes: &[u8], level: u32, budget: &mut usize) -> Option<usize> {
    let named = |place: usize| {
        let after = place
            .checked_add(1)
            .and_then(|begin| bytes.get(begin..begin.checked_add(6)?))
            .unwrap_or_default();
        [b"rfc822", b"global", b"digest"]
            .iter()
            .any(|name| after.eq_ignore_ascii_case(*name))
    };
    let mut count = memchr_iter(b'/', bytes)
        .filter(|place| named(*place))
        .count();
    if count == 0 || level >= DEEPEST_DECODED || count > MOST_MAILS {
        return Some(count);
    }
    const NAME: &[u8] = b"content-transfer-encoding";
    let mut place = 0usize;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let begin = place;
        place = place.saturating_add(line.len());
        let is_header = line
            .get(..NAME.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME));
        if !is_header {
            continue;
        }
        let rest = bytes.get(begin..).unwrap_or_default();
        let value = rest.get(..rest.len().min(200)).unwrap_or_default();
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        let encoding = if value.contains("base64") {
            Encoding::Base64
        } else if value.contains("quoted-printable") {
            Encoding::QuotedPrintable
        } else {
            continue;
        };
        let body = after_empty_line(rest)
            // Its last line end may begin a boundary.
            .map(|at| at.saturating_sub(1))
            .and_then(|at| rest.get(at..))
            .unwrap_or_default();
        let end = memmem::find(body, b"\n--").unwrap_or(body.len());
        let body = body.get(..end).unwrap_or_default();
        *budget = budget.checked_sub(body.len())?;
        count = count.saturating_add(mails_within(&decode(body, encoding), level + 1, budget)?);
    }
    Some(count)
}
