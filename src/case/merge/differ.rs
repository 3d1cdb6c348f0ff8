//! In what two exports differ on one message.

use super::align::Verdict;
use crate::case::columns::Row;
use crate::case::instances::{Details, Differs};
use crate::case::source::Disagree;
use crate::import::ME;
use crate::model::{Address, Attachment, AttachmentState, Extra, Kind, Marks, Recipient, Role};
use crate::text;
use std::collections::{BTreeMap, BTreeSet};

/// Words that two texts must have before they are told to be alike.
const WORDS: u32 = 4;

/// Whether this is a mark that one app writes and another does not.
fn is_unwritten(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Hands over a text without such marks, in pieces: white space as one space, and none at its
/// ends.
pub(super) fn each_plain(text: &str, mut take: impl FnMut(&str)) {
    let (mut gap, mut begun) = (false, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            gap = begun;
        } else if c.is_ascii() || !is_unwritten(c) {
            let run = match ascii_run(rest) {
                0 => c.len_utf8(),
                length => length,
            };
            if gap {
                take(" ");
            }
            (gap, begun) = (false, true);
            let (written, after) = rest.split_at_checked(run).unwrap_or((rest, ""));
            take(written);
            rest = after;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
}

/// How many bytes of ASCII a text begins with that are written as they stand: words, and single
/// spaces between two of them.
fn ascii_run(text: &str) -> usize {
    let is_written = |byte: &u8| byte.is_ascii() && !char::from(*byte).is_whitespace();
    let bytes = text.as_bytes();
    let mut end = 0;
    loop {
        let word = bytes.get(end..).unwrap_or_default();
        end += word
            .iter()
            .position(|byte| !is_written(byte))
            .unwrap_or(word.len());
        match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b' '), Some(next)) if end > 0 && is_written(next) => end += 1,
            _ => return end,
        }
    }
}

/// A text as [`each_plain`] gives it.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    each_plain(text, |run| plain.push_str(run));
    plain
}

fn is_file(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Attachment | Kind::Contact | Kind::Omitted | Kind::ViewOnce
    )
}

fn is_gone(kind: Kind) -> bool {
    matches!(kind, Kind::Deleted | Kind::NotExported)
}

fn is_edited(here: &Row<'_>, there: &Row<'_>) -> bool {
    here.marks.has(Marks::EDITED) || there.marks.has(Marks::EDITED)
}

/// Whether three quarters of the words of two texts of some length are the same.
fn is_alike(here: &str, there: &str) -> bool {
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for word in text::words(here) {
        counts.entry(word.folded).or_default().0 += 1;
    }
    for word in text::words(there) {
        counts.entry(word.folded).or_default().1 += 1;
    }
    let sum = |sum: (u32, u32, u32), (here, there): &(u32, u32)| {
        (sum.0 + here, sum.1 + there, sum.2 + here.min(there))
    };
    let (here, there, same) = counts.values().fold((0, 0, 0), sum);
    here.min(there) >= WORDS && same.saturating_mul(8) >= (here + there).saturating_mul(3)
}

/// What two messages of one sender and time, with different texts, are to each other; `None` where
/// nothing says that they have to do with each other.
pub(super) fn verdict(
    here: &Row<'_>,
    there: &Row<'_>,
    extras: &dyn Fn() -> (Extra, Extra),
) -> Option<Verdict> {
    if !here.kind.is_decidable() || !there.kind.is_decidable() {
        let (one, other) = extras();
        let is_event = here.kind == Kind::System && there.kind == Kind::System;
        return (is_event && !one.event.is_empty() && one.event == other.event)
            .then_some(Verdict::Same);
    }
    match (is_gone(here.kind), is_gone(there.kind)) {
        (_, true) => Some(Verdict::Same),
        (true, false) => Some(Verdict::Beside),
        (false, false) => {
            let is_same = match (is_file(here.kind), is_file(there.kind)) {
                (true, true) => {
                    here.kind != there.kind || is_edited(here, there) || is_medium(&extras())
                }
                (false, false) => is_edited(here, there) || is_alike(here.text, there.text),
                _ => false,
            };
            is_same.then_some(Verdict::Same)
        }
    }
}

/// Whether the files of two messages are of one kind: each phone gives them names of its own.
fn is_medium((here, there): &(Extra, Extra)) -> bool {
    let media = |extra: &Extra| -> Vec<String> {
        let media = extra.attachments.iter().map(|file| file.media.clone());
        media.collect()
    };
    !here.attachments.is_empty() && media(here) == media(there)
}

/// One message in one export, as comparing needs it: what the columns hold, and its extra as JSON.
pub(super) struct Telling<'a> {
    pub row: Row<'a>,
    pub json: &'a [u8],
    pub extra: &'a dyn Fn() -> Extra,
}

/// In what an export differs on a message that is the case's.
pub(super) fn differs(here: &Telling<'_>, there: &Telling<'_>) -> (Differs, Details) {
    let mut differs = Differs::default();
    let mut details = Details::default();
    let is_otherwise =
        here.row.text != there.row.text && plain(here.row.text) != plain(there.row.text);
    let told = |details: &mut Details| details.text = Some(there.row.text.to_owned());
    match (is_gone(here.row.kind), is_gone(there.row.kind)) {
        (false, true) => {
            let what = if there.row.kind == Kind::Deleted {
                Disagree::DeletedSince
            } else {
                Disagree::ToldDifferently
            };
            differs = differs.with(what);
            told(&mut details);
        }
        _ if here.row.kind != there.row.kind
            && is_file(here.row.kind)
            && is_file(there.row.kind) =>
        {
            differs = differs.with(Disagree::Attachment);
            if is_otherwise {
                told(&mut details);
            }
        }
        _ if is_otherwise || here.row.kind != there.row.kind => {
            let what = if is_edited(&here.row, &there.row) {
                Disagree::Edited
            } else {
                Disagree::ToldDifferently
            };
            differs = differs.with(what);
            told(&mut details);
        }
        _ => {}
    }
    if here.json == there.json {
        return (differs, details);
    }
    let (one, other) = ((here.extra)(), (there.extra)());
    if present(&one.attachments) != present(&other.attachments) || differs.has(Disagree::Attachment)
    {
        differs = differs.with(Disagree::Attachment);
        details.attachments.clone_from(&other.attachments);
    }
    let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<String>>();
    if set(&one.labels) != set(&other.labels) {
        differs = differs.with(Disagree::Labels);
        details.labels = Some(other.labels.clone());
    }
    if tells_otherwise(&one, &other) {
        differs = differs.with(Disagree::Recipients);
        details.recipients = Some(other.recipients.clone());
    }
    (differs, details)
}

/// How many files are there.
fn present(attachments: &[Attachment]) -> usize {
    let is_present = |file: &&Attachment| file.state == AttachmentState::Present;
    attachments.iter().filter(is_present).count()
}

/// Whether two exports name other recipients. Each phone calls its own owner `Me`; and of what is
/// no mail a form of export may name nobody, or an older docket have read nobody.
fn tells_otherwise(one: &Extra, other: &Extra) -> bool {
    let owner = |extra: &Extra| extra.recipients.iter().any(|to| to.who == ME);
    // A mail's name holds an @ (RFC 5322, 3.6.4).
    let is_mail = one.message_id.contains('@');
    let names_none = one.recipients.is_empty() || other.recipients.is_empty();
    !owner(one)
        && !owner(other)
        && (is_mail || !names_none)
        && addressed(&one.recipients) != addressed(&other.recipients)
}

/// Whom a message is addressed to, whatever names are given to the addresses.
fn addressed(recipients: &[Recipient]) -> BTreeSet<(&'static str, String)> {
    recipients
        .iter()
        .map(|recipient| (recipient.role, address(&recipient.who)))
        .map(|(role, who): (Role, String)| (role.name(), who))
        .collect()
}

/// The address of someone, or the name where there is none, as two programs write it alike.
pub(super) fn address(who: &str) -> String {
    let who = Address::parse(who);
    let address = if who.address.is_empty() {
        who.name
    } else {
        who.address
    };
    address.to_lowercase()
}
