//! A chat's text and what was sent in it, unpacked in one folder.
//!
//! What was sent may be an export itself: a mail, a table, an older chat. It is of the chat where the
//! chat names it, and stands for itself where it does not. Where a folder holds several chats, as when
//! somebody copies all exports of a telephone into it, each has the files that it names.

use super::super::export::{ItemRole, role_of};
use super::shelf::Shelf;
use super::{Given, Verdict};
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a chat that are searched at a time.
const CHUNK: usize = 1 << 18;
/// Most chats in a folder that are searched for the names of what else stands there.
const MOST_TEXTS: usize = 200;
/// Longest ending of a name, in bytes with the dot, by which it is found; those with a longer one or
/// none are searched for one by one, so many at most.
const LONGEST_ENDING: usize = 16;
const MOST_BARE: usize = 200;

/// A chat that is given alone, by the name of its folder where its own says nothing.
pub(super) fn alone(mut given: Given) -> Given {
    let folder = given.path.canonicalize().ok();
    let folder = folder
        .as_deref()
        .and_then(Path::parent)
        .map(super::own_name);
    if let Some(folder) = folder.filter(|name| !name.is_empty())
        && is_text(&given)
        && is_nameless(&given)
    {
        given.files = vec![(given.name.clone(), given.path.clone())];
        given.name = folder;
    }
    given
}

/// Whether a chat's text is called as that of every chat is: the name of the chat is that of the zip,
/// and of the folder that it was unpacked into.
fn is_nameless(chat: &Given) -> bool {
    chat.name.eq_ignore_ascii_case("_chat.txt")
}

/// The exports directly in a folder, where one of them is a chat with media: it takes all that is no
/// export, and what it names. One that only the folder names is called by it. Of several chats of
/// which none holds the others, each takes what it names.
pub(super) fn joined(shelf: &dyn Shelf, folder: &Path, judged: Vec<Given>) -> Vec<Given> {
    let has_media = judged
        .iter()
        .any(|one| role_of(&one.name) == ItemRole::Media);
    let texts: BTreeMap<usize, &Given> = judged
        .iter()
        .enumerate()
        .filter(|(_, one)| is_text(one))
        .collect();
    let only = texts.values().next().filter(|_| texts.len() == 1);
    let is_called_by_folder = only.is_some_and(|chat| is_nameless(chat));
    let may_hold = has_media || is_called_by_folder;
    if !may_hold || texts.is_empty() || texts.len() > MOST_TEXTS {
        return judged;
    }
    let names = Names::of(judged.iter().enumerate().filter(|(_, one)| {
        // Of what stands with one chat alone, only exports have to be named.
        texts.len() > 1 || is_export(one)
    }));
    let named: BTreeMap<usize, BTreeSet<usize>> = texts
        .iter()
        .map(|(at, chat)| {
            let mut found = names.in_chat(shelf, chat);
            found.remove(at);
            (*at, found)
        })
        .collect();
    let holds_all = |at: &usize, found: &BTreeSet<usize>| {
        let holds = |text: &usize| text == at || found.contains(text);
        texts.keys().all(holds)
    };
    let mut mains = named.iter().filter(|(at, found)| holds_all(at, found));
    let own: BTreeMap<usize, BTreeSet<usize>> = match (mains.next(), mains.next()) {
        (Some((main, found)), None) => {
            let others = (0usize..)
                .zip(&judged)
                .filter(|(_, one)| has_media && !is_export(one));
            let files = others.map(|(at, _)| at).chain(found.iter().copied());
            BTreeMap::from([(*main, files.collect())])
        }
        _ => apart(&named),
    };
    let taken: BTreeSet<usize> = own.values().flatten().copied().collect();
    let whole = own.len() == 1
        && texts
            .keys()
            .all(|at| own.contains_key(at) || taken.contains(at));
    let mut given: Vec<Given> = own
        .iter()
        .filter_map(|(main, files)| {
            let chat = texts.get(main)?;
            let is_own = |at: &usize| at == main || files.contains(at);
            let files = (0usize..).zip(&judged).filter(|(at, _)| is_own(at));
            Some(Given {
                // A chat with others beside it is called as its text is.
                path: if whole {
                    folder.into()
                } else {
                    chat.path.clone()
                },
                name: if whole {
                    super::own_name(folder)
                } else {
                    chat.name.clone()
                },
                files: files
                    .map(|(_, one)| (one.name.clone(), one.path.clone()))
                    .collect(),
                verdict: chat.verdict.clone(),
            })
        })
        .collect();
    let is_left = |at: usize| !own.contains_key(&at) && !taken.contains(&at);
    let left = (0usize..).zip(&judged).filter(|(at, _)| is_left(*at));
    given.extend(left.map(|(_, one)| one.clone()));
    given
}

/// What each of several chats takes: what it names, but another chat only where that was sent in it
/// and stands in none itself. Those that name nothing are left as they are.
fn apart(named: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeMap<usize, BTreeSet<usize>> {
    let names =
        |chat: usize, other: usize| named.get(&chat).is_some_and(|own| own.contains(&other));
    let stands = |chat: usize| {
        let holds = |other: &usize| names(*other, chat) && !names(chat, *other);
        !named.keys().any(holds)
    };
    named
        .iter()
        .filter(|(chat, _)| stands(**chat))
        .map(|(chat, files)| {
            let is_its = |file: &usize| !named.contains_key(file) || !stands(*file);
            (*chat, files.iter().copied().filter(is_its).collect())
        })
        .filter(|(_, files): &(usize, BTreeSet<usize>)| !files.is_empty())
        .collect()
}

fn is_export(one: &Given) -> bool {
    !matches!(one.verdict, Verdict::NotAnExport(_))
}

/// Whether it is an export whose name says that it is text.
fn is_text(one: &Given) -> bool {
    let ending = one.path.extension();
    matches!(one.verdict, Verdict::Export { .. })
        && ending.is_some_and(|ending| ending.eq_ignore_ascii_case("txt"))
}

/// Names to be found in texts, composed or decomposed: by their endings, what stands before these by
/// its length. So a text is read once, however many they are.
#[derive(Default)]
struct Names {
    ended: HashMap<Vec<u8>, Ended>,
    /// How long the endings are.
    endings: BTreeSet<usize>,
    bare: Vec<(Finder<'static>, usize)>,
    longest: usize,
}

/// Names with one ending.
#[derive(Default)]
struct Ended {
    lengths: BTreeSet<usize>,
    names: HashMap<Vec<u8>, BTreeSet<usize>>,
}

impl Names {
    fn of<'g>(files: impl Iterator<Item = (usize, &'g Given)>) -> Names {
        let mut names = Names::default();
        for (number, file) in files {
            let forms = [
                file.name.clone(),
                file.name.nfc().collect(),
                file.name.nfd().collect(),
            ];
            for form in BTreeSet::from(forms) {
                names.add(&form, number);
            }
        }
        names
    }

    fn add(&mut self, name: &str, number: usize) {
        self.longest = self.longest.max(name.len().saturating_add(1));
        let at = name.rfind('.').unwrap_or(name.len());
        let (before, ending) = name.split_at(at);
        if (1..=LONGEST_ENDING).contains(&ending.len()) {
            self.endings.insert(ending.len());
            let ended = self.ended.entry(ending.into()).or_default();
            ended.lengths.insert(before.len());
            let named = ended.names.entry(before.into()).or_default();
            named.insert(number);
        } else if self.bare.len() < MOST_BARE {
            let finder = Finder::new(name.as_bytes()).into_owned();
            self.bare.push((finder, number));
        }
    }

    /// Which of them stand in a chat's text.
    fn in_chat(&self, shelf: &dyn Shelf, chat: &Given) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let input = shelf
            .open(&chat.path, &chat.name)
            .and_then(|export| export.open(0));
        let (Ok(mut input), 1..) = (input, self.longest) else {
            return found;
        };
        let mut held = Vec::new();
        loop {
            held.drain(..held.len().saturating_sub(self.longest));
            let before = held.len();
            let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut held);
            if read.is_err() || held.len() == before {
                break;
            }
            self.in_bytes(&held, &mut found);
        }
        found
    }

    fn in_bytes(&self, bytes: &[u8], found: &mut BTreeSet<usize>) {
        for (finder, number) in &self.bare {
            if !found.contains(number) && finder.find(bytes).is_some() {
                found.insert(*number);
            }
        }
        for dot in memchr::memchr_iter(b'.', bytes) {
            for length in &self.endings {
                let end = dot.saturating_add(*length);
                let ending = bytes.get(dot..end).unwrap_or_default();
                // A longer ending is another one.
                let goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
                let Some(ended) = self.ended.get(ending).filter(|_| !goes_on) else {
                    continue;
                };
                for length in &ended.lengths {
                    let begin = dot.checked_sub(*length);
                    let name = begin.and_then(|begin| bytes.get(begin..dot));
                    let numbers = name.and_then(|name| ended.names.get(name));
                    if numbers.is_some() && !begin.is_some_and(|begin| is_within(bytes, begin)) {
                        found.extend(numbers.into_iter().flatten());
                    }
                }
            }
        }
    }
}

/// Whether what begins at this place is the end of a longer name.
fn is_within(bytes: &[u8], begin: usize) -> bool {
    let before = begin.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
