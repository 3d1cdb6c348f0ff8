//! The first words of a text, a table, a contact card, a page or an RTF document.

use super::feed::Feed;
use super::{Content, MOST_TEXT, Type};
use crate::import::html;
use crate::import::outlook::rtf;
use crate::text::Encoding;
use std::borrow::Cow;
use std::io::Read;

/// How much of a marked-up document is read for its first words.
const MOST_MARKED: usize = 512 << 10;

/// Reads them.
pub(super) fn read<R: Read>(content: &mut Content, kind: Type, feed: &mut Feed<R>) {
    let most = match kind {
        Type::Html | Type::Rtf => MOST_MARKED,
        Type::Text | Type::Xml | Type::Vcard | Type::Calendar | Type::Mail => MOST_TEXT,
        _ => return,
    };
    let (mut bytes, all) = feed.rest(most);
    bytes.truncate(most);
    if kind == Type::Rtf {
        let text = match rtf::words(&bytes) {
            rtf::Words::Html(page) => html::to_text(&page),
            rtf::Words::Text(text) => text,
        };
        return content.set_text(&text, !all);
    }
    let Some(text) = decode(&bytes) else {
        return;
    };
    if kind == Type::Vcard {
        let cards = text
            .lines()
            .filter(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCARD"));
        content.pages = u32::try_from(cards.count())
            .ok()
            .filter(|cards| all && *cards > 1);
        return content.set_text(&card(&text), !all);
    }
    match kind {
        Type::Html => content.set_text(&html::to_text(&text), !all),
        _ => content.set_text(&text, !all),
    }
}

/// A contact card without the pictures and keys that stand in it as thousands of signs.
fn card(text: &str) -> String {
    let mut lines = Vec::new();
    let mut hidden = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) && hidden {
            continue;
        }
        let name = line.split([':', ';']).next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default();
        hidden = ["PHOTO", "LOGO", "SOUND", "KEY"]
            .iter()
            .any(|long| name.eq_ignore_ascii_case(long));
        lines.push(if hidden {
            name.to_owned() + ": ..."
        } else {
            line.to_owned()
        });
    }
    lines.join("\n")
}

/// Bytes as text: UTF-16 where they say so, else UTF-8, else Windows-1252. `None` where they are no
/// text: a zero byte, or more control characters than a text has.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (encoding, mark) = Encoding::of(bytes);
    let body = bytes.get(usize::from(mark)..)?;
    let text = match encoding {
        Encoding::Utf16Le => encoding_rs::UTF_16LE.decode_without_bom_handling(body).0,
        Encoding::Utf16Be => encoding_rs::UTF_16BE.decode_without_bom_handling(body).0,
        Encoding::Utf8 => match std::str::from_utf8(body) {
            Ok(text) => Cow::Borrowed(text),
            // Cut in the middle of a character, which only a long text is here.
            Err(error) if error.error_len().is_none() && bytes.len() >= super::HEAD => {
                let whole = body.get(..error.valid_up_to())?;
                Cow::Borrowed(std::str::from_utf8(whole).ok()?)
            }
            Err(_) => {
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(body)
                    .0
            }
        },
    };
    let acting = |c: &char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}')) || *c == '\u{FFFD}'
    };
    let odd = text.chars().filter(acting).count();
    (!text.contains('\0') && odd.saturating_mul(50) <= text.chars().count()).then_some(text)
}
