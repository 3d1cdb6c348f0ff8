//! A chat's text and what was sent in it, unpacked in one folder.
//!
//! What was sent may be an export itself: a mail, a table, an older chat. It is of the chat where the
//! chat names it, and stands for itself where it does not.

use super::super::export::{ItemRole, role_of};
use super::shelf::Shelf;
use super::{Given, Verdict};
use memchr::memmem::Finder;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a chat that are searched at a time.
const CHUNK: usize = 1 << 18;
/// Most other exports beside a chat that are looked for in it, and most chats in a folder of which
/// one may hold the others.
const MOST: usize = 200;
const MOST_TEXTS: usize = 8;

/// The exports directly in a folder, where one of them is a chat with media: it takes all that is no
/// export, and what it names.
pub(super) fn joined(shelf: &dyn Shelf, folder: &Path, judged: Vec<Given>) -> Vec<Given> {
    let has_media = judged
        .iter()
        .any(|one| role_of(&one.name) == ItemRole::Media);
    let is_export = |one: &Given| !matches!(one.verdict, Verdict::NotAnExport(_));
    let exports: Vec<&Given> = judged.iter().filter(|one| is_export(one)).collect();
    let texts: Vec<&Given> = exports.iter().copied().filter(|one| is_text(one)).collect();
    if !has_media || texts.is_empty() || texts.len() > MOST_TEXTS || exports.len() > MOST {
        return judged;
    }
    let mut mains = texts.iter().filter_map(|chat| {
        let others: Vec<&str> = exports
            .iter()
            .filter(|other| other.path != chat.path)
            .map(|other| other.name.as_str())
            .collect();
        let named = named_in(shelf, chat, &others);
        // Two chats stand together where neither was sent in the other.
        let holds = |text: &&&Given| text.path == chat.path || named.contains(text.name.as_str());
        (texts.iter().filter(holds).count() == texts.len()).then(|| {
            let named: BTreeSet<String> = named.into_iter().map(str::to_owned).collect();
            (chat.path.clone(), chat.verdict.clone(), named)
        })
    });
    let (Some((chat, verdict, named)), None) = (mains.next(), mains.next()) else {
        return judged;
    };
    let (own, mut given): (Vec<Given>, Vec<Given>) = judged
        .into_iter()
        .partition(|one| one.path == chat || !is_export(one) || named.contains(&one.name));
    given.push(Given {
        path: folder.into(),
        name: super::own_name(folder),
        files: own.into_iter().map(|one| (one.name, one.path)).collect(),
        verdict,
    });
    given
}

/// Whether it is an export whose name says that it is text.
fn is_text(one: &Given) -> bool {
    let ending = one.path.extension();
    matches!(one.verdict, Verdict::Export { .. })
        && ending.is_some_and(|ending| ending.eq_ignore_ascii_case("txt"))
}

/// Which of the names stand in a chat's text, composed or decomposed.
fn named_in<'n>(shelf: &dyn Shelf, chat: &Given, names: &[&'n str]) -> BTreeSet<&'n str> {
    let mut found = BTreeSet::new();
    let mut wanted: Vec<(&str, Finder<'_>)> = names
        .iter()
        .flat_map(|name| {
            let forms: BTreeSet<String> = BTreeSet::from([
                (*name).to_owned(),
                name.nfc().collect(),
                name.nfd().collect(),
            ]);
            forms
                .into_iter()
                .map(|form| (*name, Finder::new(form.as_bytes()).into_owned()))
        })
        .collect();
    let longest = wanted.iter().map(|(_, finder)| finder.needle().len()).max();
    let input = shelf
        .open(&chat.path, &chat.name)
        .and_then(|export| export.open(0));
    let (Some(longest), Ok(mut input)) = (longest, input) else {
        return found;
    };
    let mut held = Vec::new();
    while !wanted.is_empty() {
        held.drain(..held.len().saturating_sub(longest));
        let before = held.len();
        let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut held);
        if read.is_err() || held.len() == before {
            break;
        }
        wanted.retain(|(name, finder)| {
            let is_there = finder.find(&held).is_some();
            if is_there {
                found.insert(*name);
            }
            !is_there
        });
    }
    found
}
