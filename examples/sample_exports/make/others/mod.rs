//! Exports of other apps, told by the same kind of scripts as the chats of WhatsApp.

mod line;
mod meta;
mod rsmf;
mod viber;

use super::chat::{Chat, Fault, File, Hand, Line, Member};
use super::dialect::{Dialect, What};
use super::{Made, chats, scene};

/// All of them.
///
/// # Errors
/// When a script does not read.
pub fn exports() -> Result<Vec<Made>, Fault> {
    Ok(vec![
        line::export()?,
        viber::export()?,
        meta::messenger()?,
        meta::instagram()?,
        rsmf::export()?,
    ])
}

/// A conversation that an app writes in its own way: what WhatsApp would do with it is not asked.
const fn talk(
    title: &'static str,
    members: &'static [Member],
    script: &'static str,
    seed: u64,
) -> Chat {
    Chat {
        path: title,
        inside: "",
        dialect: Dialect::AndroidEnGb,
        title,
        media: true,
        members,
        script,
        packs: &[],
        seed,
        about: "",
    }
}

const fn member(key: &'static str, shown: &'static str, nick: &'static str) -> Member {
    Member {
        key,
        shown,
        nick,
        hand: Hand::Plain,
    }
}

/// What a conversation says, and its files.
fn lines(chat: &Chat) -> Result<(Vec<Line>, Vec<File>), Fault> {
    let scenes: Vec<scene::Scene> = Vec::new();
    chat.lines(&scenes, &scene::Words::new(chats::WORDS))
}

/// How many of the lines an app wrote itself.
fn system(lines: &[Line]) -> usize {
    lines
        .iter()
        .filter(|line| matches!(line.what, What::System(_)))
        .count()
}

/// A text as JSON, everything past ASCII as an escape.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit).map(char::from) {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\n') => out.push_str("\\n"),
            Ok(sign) if sign.is_ascii() && !sign.is_ascii_control() => out.push(sign),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}

/// An object or array of these parts, indented as its place is deep.
fn nested(open: char, close: char, parts: &[String], depth: usize) -> String {
    if parts.is_empty() {
        return format!("{open}{close}");
    }
    let (own, inner) = ("  ".repeat(depth), "  ".repeat(depth + 1));
    let parts = parts.join(&format!(",\n{inner}"));
    format!("{open}\n{inner}{parts}\n{own}{close}")
}

/// A key with its value.
fn pair(key: &str, value: impl AsRef<str>) -> String {
    format!("{}: {}", json(key), value.as_ref())
}
