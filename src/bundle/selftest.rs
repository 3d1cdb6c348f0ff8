//! Searches a bag before it is finished for everything that must not be in it.
//!
//! Searched for are the texts of all messages that stay behind, of 20 characters or more, as they
//! are and as records would show them, with their earlier versions, and of mails the subject and
//! the words alone; and the names and titles of what stays behind, as far as they are long enough
//! to be no chance. What is also said in something that is handed over is left out. Searched is
//! every byte of every file; of mails, pages and lines of JSON also what their coding stands for.
//!
//! Mails as they were name people in headers that nobody chose: they are searched for texts alone.
//! Attachments are not searched for whom a withheld message was addressed to: an invitation lists
//! who was invited.

use super::BundleError;
use super::records::{person_id, source_id, thread_id};
use super::select::{Selection, names_beside};
use super::withheld::Withheld;
use super::write::MESSAGES;
use crate::case::Store;
use crate::import::email::{self, Contents};
use crate::model::MessageNumber;
use crate::text::Shown;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Texts shorter than this say nothing by themselves.
const FEWEST_CHARACTERS: usize = 20;

/// Names shorter than this stand in other words by chance.
const SHORTEST_NAME: usize = 16;

/// What is searched for.
#[derive(Clone, Copy)]
enum Needle {
    /// A message's text.
    Text(MessageNumber),
    /// A message's text as records show it.
    Shown(MessageNumber),
    /// A message's text without its subject.
    Body(MessageNumber),
    /// A message's subject.
    Subject(MessageNumber),
    /// An earlier text of a message, by its place.
    Version(MessageNumber, u16),
    /// Someone a message was addressed to, by their place.
    Recipient(MessageNumber, u16),
    /// A label of a message, by its place.
    Label(MessageNumber, u16),
    /// A participant's name.
    Person(u32),
    /// A thread's title.
    Title(u32),
    /// A source's name.
    Source(u32),
    /// A source's checksum.
    Checksum(u32),
}

impl Needle {
    fn text(self, store: &Store) -> Option<Cow<'_, str>> {
        let text = match self {
            Needle::Text(number) => store.text(number)?,
            Needle::Shown(number) => {
                return Some(Cow::from(
                    Shown::block(store.text(number)?).as_str().to_owned(),
                ));
            }
            Needle::Body(number) => {
                let subject = store.extra(number).subject;
                store.text(number)?.get(subject.len()..)?
            }
            Needle::Subject(number) => return Some(Cow::from(store.extra(number).subject)),
            Needle::Version(number, at) => {
                let versions = store.extra(number).versions;
                return Some(Cow::from(versions.into_iter().nth(at.into())?.text));
            }
            Needle::Recipient(number, at) => {
                let recipients = store.extra(number).recipients;
                return Some(Cow::from(recipients.into_iter().nth(at.into())?.who));
            }
            Needle::Label(number, at) => {
                let labels = store.extra(number).labels;
                return Some(Cow::from(labels.into_iter().nth(at.into())?));
            }
            Needle::Person(at) => &store.participants().get(at as usize)?.name,
            Needle::Title(at) => &store.threads().get(at as usize)?.title,
            Needle::Source(at) => &store.sources().get(at as usize)?.name,
            Needle::Checksum(at) => &store.sources().get(at as usize)?.sha256,
        };
        Some(Cow::from(text))
    }

    /// What it is, by number.
    fn name(self) -> String {
        match self {
            Needle::Text(number)
            | Needle::Shown(number)
            | Needle::Body(number)
            | Needle::Subject(number)
            | Needle::Version(number, _) => format!("message {number}"),
            Needle::Recipient(number, _) => {
                format!("someone whom message {number} was addressed to")
            }
            Needle::Label(number, _) => format!("a label of message {number}"),
            Needle::Person(at) => format!("the name of {}", person_id(at)),
            Needle::Title(at) => format!("the title of {}", thread_id(at)),
            Needle::Source(at) => format!("the name of {}", source_id(at)),
            Needle::Checksum(at) => {
                format!("the checksum of {}", source_id(at))
            }
        }
    }
}

/// What a file of the bag is, as far as searching needs it.
#[derive(Clone, Copy)]
enum Place {
    /// Made by docket.
    Own,
    /// A file that a message came with.
    Attachment,
    /// A mail as it was.
    Mail,
}

impl Place {
    fn of(name: &str) -> Place {
        if name.starts_with("data/mail/") {
            Place::Mail
        } else if name.starts_with("data/attachments/") {
            Place::Attachment
        } else {
            Place::Own
        }
    }

    /// Whether something must not be found here.
    fn minds(self, needle: Needle) -> bool {
        match self {
            Place::Own => true,
            Place::Attachment => !matches!(needle, Needle::Recipient(..) | Needle::Label(..)),
            Place::Mail => matches!(
                needle,
                Needle::Text(_)
                    | Needle::Shown(_)
                    | Needle::Body(_)
                    | Needle::Subject(_)
                    | Needle::Version(..)
            ),
        }
    }
}

/// What a search of a mail found.
pub(super) struct Searched {
    /// The mail taken apart.
    pub(super) contents: Contents,
    /// The first thing found that must not leave, by its place among what is searched for.
    pub(super) found: Option<u32>,
}

/// A search made ready.
pub(super) struct SelfTest<'a> {
    store: &'a Store,
    withheld: Withheld,
    needles: Vec<Needle>,
    /// Texts that stay behind and are too short to be searched for, each counted once.
    pub(super) too_short: u64,
    /// Texts that stay behind and are also said in something handed over, each counted once.
    pub(super) also_said: u64,
}

impl<'a> SelfTest<'a> {
    /// Gathers what to search for. `said` are the texts beside messages that are handed over:
    /// names, facts, and the words of docket's own templates.
    pub(super) fn new(selection: &'a Selection, said: &[&str]) -> SelfTest<'a> {
        let store: &Store = &selection.store;
        let mut test = SelfTest {
            store,
            withheld: Withheld::default(),
            needles: Vec::new(),
            too_short: 0,
            also_said: 0,
        };
        // The same few words are said a thousand times: one of them is enough to search for.
        let mut known: HashMap<u64, MessageNumber> = HashMap::new();
        for number in (0..store.len()).filter(|number| !selection.leaving.contains(*number)) {
            let number = MessageNumber(number);
            let text = store.text(number).unwrap_or_default();
            let mut hasher = DefaultHasher::new();
            hasher.write(text.as_bytes());
            let first = *known.entry(hasher.finish()).or_insert(number);
            if first != number && store.text(first) == Some(text) {
                continue;
            }
            if text.chars().take(FEWEST_CHARACTERS).count() < FEWEST_CHARACTERS
                || !test.add(Needle::Text(number), text)
            {
                test.too_short += 1;
                continue;
            }
            let shown = Shown::block(text);
            if shown.as_str() != text {
                test.add(Needle::Shown(number), shown.as_str());
            }
        }
        test.add_beside(selection);
        for (at, participant) in (0..).zip(store.participants()) {
            if !selection.named.contains(&participant.id) {
                test.add_name(Needle::Person(at), &participant.name);
            }
        }
        for (at, thread) in (0..).zip(store.threads()) {
            let goes = selection.threads.contains(&thread.id);
            if !goes || selection.title(thread) != thread.title {
                test.add_name(Needle::Title(at), &thread.title);
            }
        }
        for (at, source) in (0..).zip(store.sources()) {
            if !selection.sources.contains(&source.id) {
                test.add_name(Needle::Source(at), &source.name);
            }
            if !selection.tells_seal(source) {
                test.add_name(Needle::Checksum(at), &source.sha256);
            }
        }
        test.leave_out_what_is_said(selection, said);
        test
    }

    fn add(&mut self, needle: Needle, text: &str) -> bool {
        let Ok(number) = u32::try_from(self.needles.len()) else {
            return false;
        };
        let added = self.withheld.add(number, text.as_bytes());
        if added {
            self.needles.push(needle);
        }
        added
    }

    fn add_name(&mut self, needle: Needle, name: &str) {
        if name.len() >= SHORTEST_NAME {
            self.add(needle, name);
        }
    }

    /// Adds what messages that stay have beside their texts.
    fn add_beside(&mut self, selection: &Selection) {
        let mut known: HashSet<u64> = HashSet::new();
        let mut is_new = |what: u8, text: &str| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(what);
            hasher.write(text.as_bytes());
            known.insert(hasher.finish())
        };
        let is_long =
            |text: &str| text.chars().take(FEWEST_CHARACTERS).count() == FEWEST_CHARACTERS;
        for number in (0..self.store.len()).filter(|number| !selection.leaving.contains(*number)) {
            let number = MessageNumber(number);
            let extra = self.store.extra(number);
            let text = self.store.text(number).unwrap_or_default();
            let body = text
                .strip_prefix(extra.subject.as_str())
                .unwrap_or_default();
            if !extra.subject.is_empty() {
                if is_long(body) && is_new(0, body) {
                    self.add(Needle::Body(number), body);
                }
                if is_long(&extra.subject) && is_new(1, &extra.subject) {
                    self.add(Needle::Subject(number), &extra.subject);
                }
            }
            for (at, version) in (0_u16..).zip(&extra.versions) {
                if is_long(&version.text) && is_new(2, &version.text) {
                    self.add(Needle::Version(number, at), &version.text);
                }
            }
            for (at, recipient) in (0_u16..).zip(&extra.recipients) {
                if is_new(3, &recipient.who) {
                    self.add_name(Needle::Recipient(number, at), &recipient.who);
                }
            }
            for (at, label) in (0_u16..).zip(&extra.labels) {
                if is_new(4, label) {
                    self.add_name(Needle::Label(number, at), label);
                }
            }
        }
    }

    fn leave_out_what_is_said(&mut self, selection: &Selection, said: &[&str]) {
        let mut found: BTreeSet<u32> = BTreeSet::new();
        let text_of = texts(self.store, &self.needles);
        for text in said {
            let hit = &mut |number| {
                found.insert(number);
            };
            self.withheld.search(text.as_bytes(), &text_of, hit);
        }
        for number in &selection.leaving {
            let number = MessageNumber(number);
            let Some(message) = self.store.message(number) else {
                continue;
            };
            let hit = &mut |number| {
                found.insert(number);
            };
            let text = selection.text(&message);
            self.withheld.search(text.as_bytes(), &text_of, hit);
            let extra = self.store.extra(number);
            let files = self.store.attachments(number);
            let names = files.iter().map(|held| held.file.name.as_str());
            let beside = names_beside(&extra)
                .chain(extra.versions.iter().map(|version| version.text.as_str()))
                .chain(extra.labels.iter().map(String::as_str))
                .chain(extra.reactions.iter().map(|sign| sign.value.as_str()));
            for text in names.chain(beside) {
                self.withheld.search(text.as_bytes(), &text_of, hit);
            }
        }
        drop(text_of);
        // A text and its shown form are one thing: what is said of one is said of the other.
        let messages: BTreeSet<u32> = found
            .iter()
            .filter_map(|number| match self.needles.get(*number as usize)? {
                Needle::Text(message) | Needle::Shown(message) => Some(message.0),
                _ => None,
            })
            .collect();
        self.also_said = messages.len() as u64;
        let needles = &self.needles;
        self.withheld
            .forget(&|number| match needles.get(number as usize) {
                Some(Needle::Text(message) | Needle::Shown(message)) => {
                    messages.contains(&message.0)
                }
                _ => found.contains(&number),
            });
    }

    /// Searches a mail: its bytes, and all that they stand for.
    ///
    /// # Errors
    /// Why it cannot be taken apart.
    pub(super) fn mail(&mut self, bytes: &[u8]) -> Result<Searched, &'static str> {
        let mut found: Option<u32> = None;
        let needles = &self.needles;
        let text_of = texts(self.store, needles);
        let hit = &mut |number| {
            let needle = needles.get(number as usize);
            if needle.is_some_and(|needle| Place::Mail.minds(*needle)) {
                found.get_or_insert(number);
            }
        };
        self.withheld.search(bytes, &text_of, hit);
        let contents = email::contents(bytes, &mut |part| {
            self.withheld.search(part, &text_of, hit);
        })?;
        Ok(Searched { contents, found })
    }

    /// Searches one file of the bag.
    ///
    /// # Errors
    /// [`BundleError::Leak`] for the first thing found; [`BundleError::Io`] when the file cannot be
    /// read.
    pub(super) fn file(&mut self, root: &Path, name: &str) -> Result<(), BundleError> {
        let path = root.join(name);
        let place = Place::of(name);
        let open = || File::open(&path).map_err(BundleError::io(&path));
        let read = || {
            let mut bytes = Vec::new();
            let read = open()?.read_to_end(&mut bytes);
            read.map_err(BundleError::io(&path))?;
            Ok::<_, BundleError>(bytes)
        };
        if matches!(place, Place::Mail) {
            let searched = self.mail(&read()?).map_err(|reason| {
                BundleError::Form(format!("{name}: {reason} It cannot be searched"))
            })?;
            return self.verdict(searched.found, name);
        }
        let mut found: Option<u32> = None;
        let needles = &self.needles;
        let text_of = texts(self.store, needles);
        let hit = &mut |number| {
            let needle = needles.get(number as usize);
            if needle.is_some_and(|needle| place.minds(*needle)) {
                found.get_or_insert(number);
            }
        };
        self.withheld
            .search_stream(open()?, &text_of, hit)
            .map_err(BundleError::io(&path))?;
        // Attachments are searched as they are; what docket made is decoded as well.
        if name == MESSAGES {
            for line in BufReader::new(open()?).lines() {
                let line = line.map_err(BundleError::io(&path))?;
                let row: Value = serde_json::from_str(&line)
                    .map_err(|error| BundleError::Form(error.to_string()))?;
                each_text(&row, &mut |text| {
                    self.withheld.search(text.as_bytes(), &text_of, hit);
                });
            }
        } else if name.starts_with("data/records/") && !name.ends_with(".txt") {
            let coded = read()?;
            let plain = if name.ends_with(".eml") {
                from_quoted_printable(&coded)
            } else {
                from_html(&String::from_utf8_lossy(&coded)).into_bytes()
            };
            self.withheld.search(&plain, &text_of, hit);
        }
        self.verdict(found, name)
    }

    fn verdict(&self, found: Option<u32>, name: &str) -> Result<(), BundleError> {
        match found.and_then(|number| self.needles.get(number as usize)) {
            Some(needle) => Err(BundleError::Leak {
                what: needle.name(),
                file: name.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// Every text of a JSON value.
fn each_text(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, take)),
        Value::Object(fields) => fields.values().for_each(|value| each_text(value, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn texts<'a>(store: &'a Store, needles: &'a [Needle]) -> impl Fn(u32) -> Option<Cow<'a, str>> {
    move |number| needles.get(number as usize)?.text(store)
}

/// What quoted-printable stands for; what is none stays as it is.
fn from_quoted_printable(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = coded;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'=' {
            plain.push(*first);
        } else if let Some(next) = after.strip_prefix(b"\r\n") {
            rest = next;
        } else if let Some((code, next)) = after.split_first_chunk::<2>()
            && let Some(byte) = std::str::from_utf8(code)
                .ok()
                .and_then(|code| u8::from_str_radix(code, 16).ok())
        {
            plain.push(byte);
            rest = next;
        } else {
            plain.push(*first);
        }
    }
    plain
}

/// What the character references of docket's pages stand for.
fn from_html(coded: &str) -> String {
    coded
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_undone() {
        assert_eq!(
            from_quoted_printable(b"a=3Db =\r\nc=C3=A9=x"),
            "a=b cé=x".as_bytes()
        );
        assert_eq!(from_html("&lt;a&gt; &amp;lt;"), "<a> &lt;");
    }
}
