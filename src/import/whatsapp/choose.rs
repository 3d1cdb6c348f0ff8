//! Which item of an export is the chat, whether there is one, and what the chat is called.

use super::header::End;
use super::survey::Survey;
use super::words::Words;
use crate::import::{Detection, Export, Item, ReadError};
use std::io::Read;
use std::ops::ControlFlow;

/// Bytes of a text that are looked at to see whether it is a chat.
const SNIFF: u64 = 1 << 18;
/// Bytes of a file given alone that are looked at first: nearly always enough.
const GLANCE: u64 = 1 << 14;
/// Most texts of one export that are looked at.
const TEXTS: usize = 50;

/// A text that looks like a chat.
struct Candidate {
    item: u32,
    survey: Survey,
    rank: (u8, u64),
}

/// Whether an item can be the chat's text by its name.
fn can_be_chat(item: &Item, alone: bool) -> bool {
    let name = item.file_name();
    item.problem.is_none()
        && (alone
            || (name.to_ascii_lowercase().ends_with(".txt")
                && !name.starts_with("._")
                && !item.name.contains("__MACOSX")))
}

/// The name without a folder before it and an ending such as `.txt` or `.zip` after it.
pub(super) fn stem(name: &str) -> &str {
    let name = name.trim_end_matches('/');
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, ending))
            if ["txt", "zip"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known)) =>
        {
            stem
        }
        _ => name,
    }
}

/// A name for comparing: letters and digits only, since `/` is lost or `_` in one of the two.
fn skeleton(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Chooses the chat of an export: `_chat.txt`, else the text most like the export's name, else
/// the one in which most lines begin a message. A text in which none does is no chat. Looks at so
/// many bytes of each text.
fn choose(export: &Export, words: &Words, bytes: u64) -> Result<Option<Candidate>, ReadError> {
    let alone = is_alone(export);
    let wanted = skeleton(stem(&export.name));
    let mut best: Option<Candidate> = None;
    let mut failed = None;
    let texts = export
        .items
        .iter()
        .zip(0u32..)
        .filter(|(item, _)| can_be_chat(item, alone));
    for (item, number) in texts.take(TEXTS) {
        // A zip may hold a chat as it is; its own bytes are none.
        if crate::import::first_bytes(export, number, 4) == b"PK\x03\x04" {
            continue;
        }
        let survey = match export.open(number).and_then(|stream| {
            Survey::read(stream.take(bytes), words, |_| ControlFlow::Continue(()))
                .map_err(|source| super::read::failed(&item.name, source))
        }) {
            Ok(survey) => survey,
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        if survey.headers == 0 {
            continue;
        }
        let name = item.file_name();
        let own = skeleton(stem(name));
        let rank = match () {
            () if name.eq_ignore_ascii_case("_chat.txt") => 3,
            () if !wanted.is_empty() && own == wanted => 2,
            () if words.title(stem(name)).is_some() => 1,
            () => 0,
        };
        let rank = (rank, survey.headers);
        if best.as_ref().is_none_or(|best| rank > best.rank) {
            best = Some(Candidate {
                item: number,
                survey,
                rank,
            });
        }
    }
    match (best, failed) {
        (None, Some(error)) => Err(error),
        (best, _) => Ok(best),
    }
}

/// Whether an export is one file given alone.
fn is_alone(export: &Export) -> bool {
    export.items.len() == 1 && !export.is_archive()
}

/// The item that holds the chat. A file given alone is the chat, whatever it holds.
///
/// # Errors
/// When no item could be read.
pub(super) fn chat_item(export: &Export, words: &Words) -> Result<Option<u32>, ReadError> {
    if is_alone(export) {
        return Ok(Some(0));
    }
    Ok(choose(export, words, SNIFF)?.map(|found| found.item))
}

/// Whether an export is WhatsApp's.
pub(super) fn detect(export: &Export, words: &Words) -> Detection {
    if is_alone(export) {
        let glance = detect_in(export, words, GLANCE);
        if matches!(glance, Detection::Yes(_)) {
            return glance;
        }
    }
    detect_in(export, words, SNIFF)
}

fn detect_in(export: &Export, words: &Words, bytes: u64) -> Detection {
    let found = match choose(export, words, bytes) {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Detection::No("no line begins as WhatsApp's messages do".into());
        }
        Err(error) => return Detection::No(error.to_string()),
    };
    let Some(shape) = found.survey.shape else {
        return Detection::No("no line begins as WhatsApp's messages do".into());
    };
    let lines = format!(
        "{} lines begin with '{}'",
        found.survey.headers,
        shape.describe()
    );
    let known_name = title_from_name(export, found.item, words).is_some() || found.rank.0 == 3;
    let own_end = matches!(shape.end, End::Bracket | End::Dash);
    let own_words = found.survey.language.is_some() || found.survey.marks;
    if known_name || own_words || (own_end && found.survey.headers >= 2) {
        Detection::Yes(lines)
    } else {
        Detection::Maybe(lines)
    }
}

/// The chat's name in the name of the export or of its text.
pub(super) fn title_from_name(export: &Export, item: u32, words: &Words) -> Option<String> {
    let inner = export.item(item).map(|item| stem(item.file_name()));
    let folder = export
        .item(item)
        .and_then(|item| item.name.rsplit_once('/'))
        .map(|(folder, _)| stem(folder));
    [Some(stem(&export.name)), inner, folder]
        .into_iter()
        .flatten()
        .find_map(|name| title(name, words))
}

fn title(name: &str, words: &Words) -> Option<String> {
    let mut name = super::chars::plain(name).into_owned();
    if !name.contains(' ') && name.contains('_') {
        name = name.replace('_', " ");
    }
    // `… (1)`: the browser's mark of a second download.
    if let Some((before, number)) = name.rsplit_once(" (")
        && number
            .strip_suffix(')')
            .is_some_and(|n| n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()))
    {
        name = before.to_owned();
    }
    let (_, title) = words.title(&name)?;
    (!title.is_empty()).then(|| title.to_owned())
}
