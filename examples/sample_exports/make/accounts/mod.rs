//! Private accounts that are no chat apps: texts, mail, LinkedIn; and texts that a researcher collected.

mod linkedin;
mod mails;
mod research;
mod texts;

use super::Made;
use super::chat::{Chat, Fault, Hand, Line, Member, Pack};
use super::dialect::What;
use super::outlook::mailbox;
use super::scene::{Scene, Words};

/// All of them.
///
/// # Errors
/// When a script does not read, or a zip cannot be made.
pub fn exports(scenes: &[Scene], words: &Words) -> Result<Vec<Made>, Fault> {
    let (bytes, mails) = mailbox::file()?;
    Ok(vec![
        texts::android(scenes, words)?,
        texts::imessage(scenes, words)?,
        texts::google_voice(scenes, words)?,
        mails::takeout(scenes, words)?,
        mails::folder(scenes, words)?,
        mails::maildir(scenes, words)?,
        linkedin::export(scenes, words)?,
        research::corpus(),
        Made {
            path: mailbox::PATH.into(),
            bytes,
            // An appointment and a contact are told as what they are.
            messages: mails + 2,
            system: 0,
            files: mailbox::FILES,
            about: mailbox::ABOUT.into(),
        },
    ])
}

const fn member(key: &'static str, shown: &'static str, nick: &'static str, hand: Hand) -> Member {
    Member {
        key,
        shown,
        nick,
        hand,
    }
}

const fn pack(name: &'static str, count: usize, cast: &'static [&'static str]) -> Pack {
    Pack { name, count, cast }
}

/// The lines of a talk that are words; what only chat apps have is left out.
fn said(chat: &Chat, scenes: &[Scene], words: &Words) -> Result<Vec<(Line, String)>, Fault> {
    let lines = super::desktop::lines(chat, scenes, words)?;
    Ok(lines
        .into_iter()
        .filter_map(|line| match &line.what {
            What::Text(words) | What::Edited(words) => {
                let words = words.clone();
                Some((line, words))
            }
            _ => None,
        })
        .collect())
}

/// Text for XML and pages.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Base64 in lines of this many characters; 0 for one line.
fn base64(bytes: &[u8], width: usize) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (number, three) in bytes.chunks(3).enumerate() {
        if width > 0 && number > 0 && (number * 4).is_multiple_of(width) {
            out.push('\n');
        }
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let sign = SIGNS.get((bits >> (18 - 6 * at) & 63) as usize).copied();
            out.push(if at <= three.len() {
                char::from(sign.unwrap_or(b'='))
            } else {
                '='
            });
        }
    }
    out
}
