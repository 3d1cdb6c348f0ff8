//! Searches a bag before it is finished for everything that must not be in it.
//!
//! Searched for are the texts of all messages that stay behind, of 20 characters or more, as they
//! are and as records would show them, with their earlier versions, and of mails the subject and
//! the words alone; and the names and titles of what stays behind, as far as they are long enough
//! to be no chance. What is also said in something that is handed over is left out. Searched is
//! every byte of every file, as it is and as what it can stand for ([`super::decode`]).
//!
//! What is masked is searched for too, in the edition that it is masked in: what is no record in
//! everything, what is exempt in the open copy, which is every record but those that have an open
//! copy beside them. Unlike the text of a message that stays, it stops the bundle where another
//! message says it: what is masked once is masked everywhere, or it is not masked. Only where it is a
//! name that is shown anyway, of a sender or a thread, it is counted and listed. So is what is too
//! short to be searched for. A number is found by its digits.
//!
//! Mails as they were name people in headers that nobody chose: they are searched for texts alone.
//! Attachments are not searched for whom a withheld message was addressed to: an invitation lists
//! who was invited.

use super::decode::{self, Take};
use super::digits::{Numbers, significant};
use super::error::BundleError;
use super::layout::{MESSAGES, OPEN_MESSAGES};
use super::records::html::STYLE;
use super::records::{person_id, source_id, thread_id};
use super::select::{Selection, names_beside};
use super::withheld::Withheld;
use crate::case::Store;
use crate::case::masks::Reach;
use crate::import::email::{self, Contents};
use crate::model::MessageNumber;
use crate::review::Edition;
use crate::review::redacting::text_of;
use crate::text::Shown;
use roaring::RoaringBitmap;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Texts shorter than this say nothing by themselves.
const FEWEST_CHARACTERS: usize = 20;

/// Pieces of a file that are decoded overlap by so many bytes at least, and at most.
const FEWEST_OVERLAP: usize = 1 << 12;
const MOST_OVERLAP: usize = 1 << 22;

/// A file of at most so many bytes is searched whole.
const SMALL: u64 = 1 << 20;

/// Of a mail among the attachments so many bytes are taken apart.
const LARGEST_MAIL: u64 = 1 << 28;

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
    /// What is masked, by its place among that.
    Mask(u32),
}

/// Something that is masked.
struct Hidden {
    /// The first message in which it is.
    number: MessageNumber,
    /// From where it stays behind.
    reach: Reach,
    text: String,
}

impl Needle {
    fn text<'a>(self, store: &'a Store, hidden: &'a [Hidden]) -> Option<Cow<'a, str>> {
        let text = match self {
            Needle::Mask(at) => return Some(Cow::from(&hidden.get(at as usize)?.text)),
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
    fn name(self, hidden: &[Hidden]) -> String {
        match self {
            Needle::Mask(at) => match hidden.get(at as usize) {
                Some(hidden) => format!("what is masked in message {}", hidden.number),
                None => "what is masked in a message".to_owned(),
            },
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
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

    /// Whether something must not be found here, in a file of the open copy or in another.
    fn minds(self, needle: Needle, hidden: &[Hidden], is_open: bool) -> bool {
        if let Needle::Mask(at) = needle {
            let reach = hidden.get(at as usize).map(|hidden| hidden.reach);
            return is_open || reach == Some(Reach::Always);
        }
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
    numbers: Numbers,
    hidden: Vec<Hidden>,
    /// Texts that stay behind and are too short to be searched for, each counted once.
    pub(super) too_short: u64,
    /// Texts that stay behind and are also said in something handed over, each counted once.
    pub(super) also_said: u64,
    /// What could not be searched for, by message.
    pub(super) unsearched: Unsearched,
}

/// Messages of which something could not be searched for, because it is too short, or is also said
/// in what is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsearched {
    /// Messages that stay behind, with a text too short.
    pub too_short: RoaringBitmap,
    /// Messages that stay behind, with a text that is also said; of equal texts the first.
    pub also_said: RoaringBitmap,
    /// Messages that leave, in which something too short is masked.
    pub masks_too_short: RoaringBitmap,
    /// Messages that leave, in which a name is masked that is shown elsewhere as a sender, a
    /// recipient or a title.
    pub masks_also_named: RoaringBitmap,
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
            numbers: Numbers::default(),
            hidden: Vec::new(),
            too_short: 0,
            also_said: 0,
            unsearched: Unsearched::default(),
        };
        // The same few words are said a thousand times: one of them is enough to search for.
        let mut known: HashMap<u64, MessageNumber> = HashMap::new();
        for number in (0..store.len()).filter(|number| !selection.is_told(*number)) {
            let number = MessageNumber(number);
            let text = store.text(number).unwrap_or_default();
            let mut hasher = DefaultHasher::new();
            hasher.write(text.as_bytes());
            let first = *known.entry(hasher.finish()).or_insert(number);
            if text.chars().take(FEWEST_CHARACTERS).count() < FEWEST_CHARACTERS {
                test.unsearched.too_short.insert(number.0);
            }
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
            let goes = selection.threads.contains(&thread.id)
                || selection.earlier_threads.contains(&thread.id);
            if !goes || selection.title(thread) != thread.title {
                test.add_name(Needle::Title(at), &thread.title);
            }
        }
        for (at, source) in (0..).zip(store.sources()) {
            if !selection.sources.contains(&source.id)
                && !selection.earlier_sources.contains(&source.id)
            {
                test.add_name(Needle::Source(at), &source.name);
            }
            if !selection.tells_seal(source) {
                test.add_name(Needle::Checksum(at), &source.sha256);
            }
        }
        test.add_masks(selection);
        test.leave_out_what_is_said(selection, said);
        test.withheld.passes_over(STYLE.as_bytes());
        test
    }

    /// Adds what is masked in messages that leave.
    fn add_masks(&mut self, selection: &Selection) {
        let mut known: HashMap<(String, Reach), u32> = HashMap::new();
        for (number, masks) in selection.masks.iter() {
            if !selection.is_told(number.0) {
                continue;
            }
            for masked in &masks.parts {
                let Some(text) = text_of(self.store, number, masked.part) else {
                    continue;
                };
                for mask in &masked.masks {
                    let (Ok(start), Ok(end)) =
                        (usize::try_from(mask.start), usize::try_from(mask.end))
                    else {
                        continue;
                    };
                    let hidden = text.get(start..end).unwrap_or_default().trim();
                    let key = (hidden.to_owned(), mask.reason.reach);
                    if known.contains_key(&key) {
                        // Too short in one, too short in all.
                        if known.get(&key) == Some(&u32::MAX) {
                            self.unsearched.masks_too_short.insert(number.0);
                        }
                        continue;
                    }
                    let at = u32::try_from(self.hidden.len()).unwrap_or(u32::MAX);
                    self.hidden.push(Hidden {
                        number,
                        reach: mask.reason.reach,
                        text: hidden.to_owned(),
                    });
                    let mut is_searched = self.add(Needle::Mask(at), hidden);
                    let shown = Shown::block(hidden);
                    if shown.as_str() != hidden {
                        let at = u32::try_from(self.hidden.len()).unwrap_or(u32::MAX);
                        self.hidden.push(Hidden {
                            number,
                            reach: mask.reason.reach,
                            text: shown.as_str().to_owned(),
                        });
                        self.add(Needle::Mask(at), shown.as_str());
                    }
                    if let Some(digits) = significant(hidden) {
                        self.numbers.add(digits, at);
                        is_searched = true;
                    }
                    if !is_searched {
                        self.unsearched.masks_too_short.insert(number.0);
                    }
                    known.insert(key, if is_searched { at } else { u32::MAX });
                }
            }
        }
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
        for number in (0..self.store.len()).filter(|number| !selection.is_told(*number)) {
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
        let mut numbers: BTreeSet<u32> = BTreeSet::new();
        let needles = &self.needles;
        let is_mask = |number: u32| matches!(needles.get(number as usize), Some(Needle::Mask(_)));
        let text_of = texts(self.store, needles, &self.hidden);
        let mut room = Vec::new();
        for text in said {
            let hit = &mut |number| {
                found.insert(number);
            };
            self.withheld
                .search(text.as_bytes(), &mut room, &text_of, hit);
            let hit = &mut |number| {
                numbers.insert(number);
            };
            self.numbers.search(text.as_bytes(), hit);
        }
        for number in &selection.leaving {
            let number = MessageNumber(number);
            let Some(message) = self.store.message(number) else {
                continue;
            };
            let leaving = selection.leaving_in(&message, Edition::Closed);
            for name in names_beside(&leaving.extra) {
                let hit = &mut |number| {
                    found.insert(number);
                };
                self.withheld
                    .search(name.as_bytes(), &mut room, &text_of, hit);
                let hit = &mut |number| {
                    numbers.insert(number);
                };
                self.numbers.search(name.as_bytes(), hit);
            }
            // What another message says is no reason to show what is masked.
            let hit = &mut |number| {
                if !is_mask(number) {
                    found.insert(number);
                }
            };
            self.withheld
                .search(leaving.text.as_bytes(), &mut room, &text_of, hit);
            let extra = &leaving.extra;
            let files = leaving.files.iter().filter(|(_, why)| why.is_none());
            let names = files.map(|(held, _)| held.file.name.as_str());
            let beside = extra
                .versions
                .iter()
                .map(|version| version.text.as_str())
                .chain(extra.labels.iter().map(String::as_str))
                .chain(extra.reactions.iter().map(|sign| sign.value.as_str()));
            for text in names.chain(beside) {
                self.withheld
                    .search(text.as_bytes(), &mut room, &text_of, hit);
            }
        }
        drop(text_of);
        for number in &found {
            match self.needles.get(*number as usize) {
                Some(Needle::Mask(at)) => {
                    numbers.insert(*at);
                }
                Some(Needle::Text(message) | Needle::Shown(message)) => {
                    self.unsearched.also_said.insert(message.0);
                }
                _ => {}
            }
        }
        let named = numbers.iter();
        let named = named.filter_map(|at| self.hidden.get(*at as usize));
        self.unsearched
            .masks_also_named
            .extend(named.map(|hidden| hidden.number.0));
        self.numbers.forget(&|at| numbers.contains(&at));
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

    /// Searches a mail: its bytes, and all that they stand for. `room` is room for it.
    ///
    /// # Errors
    /// Why it cannot be taken apart.
    pub(super) fn mail(&self, bytes: &[u8], room: &mut Room) -> Result<Searched, &'static str> {
        let mut search = self.searching(Place::Mail, true, room);
        search.look(bytes);
        let contents = email::contents(bytes, &mut |part| search.look(part))?;
        let found = search.found;
        Ok(Searched { contents, found })
    }

    /// Whether a file of docket's own is searched as it is written ([`SelfTest::written`]): it is in
    /// memory whole, and is read in every form at once.
    pub(super) fn takes_written(bytes: &[u8]) -> bool {
        bytes.len() as u64 <= SMALL
    }

    /// Searches a file of docket's own, of these very bytes, as [`SelfTest::file`] does.
    ///
    /// # Errors
    /// [`BundleError::Leak`] for the first thing found.
    pub(super) fn written(
        &self,
        name: &str,
        bytes: &[u8],
        is_open: bool,
        room: &mut Room,
    ) -> Result<(), BundleError> {
        let mut search = self.searching(Place::Own, is_open, room);
        decode::each_form(bytes, &mut search);
        let found = search.found;
        self.verdict(found, name)
    }

    /// Searches one file of the bag, which is of the open copy or only of the closed master.
    ///
    /// # Errors
    /// [`BundleError::Leak`] for the first thing found; [`BundleError::Io`] when the file cannot be
    /// read.
    pub(super) fn file(
        &self,
        root: &Path,
        name: &str,
        is_open: bool,
        room: &mut Room,
    ) -> Result<(), BundleError> {
        let path = root.join(name);
        let place = Place::of(name);
        let open = || File::open(&path).map_err(BundleError::io(&path));
        if place == Place::Mail {
            let mut bytes = Vec::new();
            let read = open()?.read_to_end(&mut bytes);
            read.map_err(BundleError::io(&path))?;
            let searched = self.mail(&bytes, room).map_err(|reason| {
                BundleError::Form(format!("{name}: {reason} It cannot be searched"))
            })?;
            return self.verdict(searched.found, name);
        }
        // What is longest may stand in a coding that takes several bytes for one.
        let overlap = self
            .withheld
            .longest()
            .saturating_mul(6)
            .clamp(FEWEST_OVERLAP, MOST_OVERLAP);
        let mut search = self.searching(place, is_open, room);
        let file = open()?;
        let size = file.metadata().map_err(BundleError::io(&path))?.len();
        if size <= SMALL {
            // Nearly all are: each is one piece, and is looked through once in each form.
            let mut bytes = Vec::new();
            let read = file.take(SMALL).read_to_end(&mut bytes);
            read.map_err(BundleError::io(&path))?;
            decode::each_form(&bytes, &mut search);
        } else {
            search.look_through(file).map_err(BundleError::io(&path))?;
            decode::each_coding_of(open()?, overlap, &mut search)
                .map_err(BundleError::io(&path))?;
        }
        if place == Place::Attachment {
            let mut file = open()?;
            decode::each_packed(&mut file, overlap, &mut search).map_err(BundleError::io(&path))?;
            if is_mail(name) {
                let mut bytes = Vec::new();
                let read = open()?.take(LARGEST_MAIL).read_to_end(&mut bytes);
                read.map_err(BundleError::io(&path))?;
                decode::each_part_of_mail(&bytes, &mut search);
            }
        }
        if [MESSAGES, OPEN_MESSAGES].contains(&name) {
            for line in BufReader::new(open()?).lines() {
                let line = line.map_err(BundleError::io(&path))?;
                // Where nothing is escaped, every text stands there as it is.
                if !line.contains('\\') {
                    continue;
                }
                let row: Value = serde_json::from_str(&line)
                    .map_err(|error| BundleError::Form(error.to_string()))?;
                each_text(&row, &mut |text| search.look(text.as_bytes()));
            }
        }
        let found = search.found;
        self.verdict(found, name)
    }

    fn searching<'s>(&'s self, place: Place, is_open: bool, room: &'s mut Room) -> Searching<'s> {
        Searching {
            test: self,
            room,
            place,
            is_open,
            found: None,
        }
    }

    fn verdict(&self, found: Option<u32>, name: &str) -> Result<(), BundleError> {
        match found.and_then(|number| self.needles.get(number as usize)) {
            Some(needle) => Err(BundleError::Leak {
                what: needle.name(&self.hidden),
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

/// Room for what is searched, reduced.
pub(super) type Room = Vec<u8>;

/// A search of one file.
struct Searching<'a> {
    test: &'a SelfTest<'a>,
    room: &'a mut Room,
    place: Place,
    is_open: bool,
    /// The first thing found, by its place among what is searched for.
    found: Option<u32>,
}

impl Take for Searching<'_> {
    fn take(&mut self, form: &[u8]) {
        self.look(form);
    }

    fn wants_utf16(&self, bytes: &[u8]) -> bool {
        self.test.withheld.may_hold_utf16(bytes) || !self.test.numbers.is_empty()
    }
}

impl Searching<'_> {
    /// Looks at bytes in one form.
    fn look(&mut self, bytes: &[u8]) {
        let SelfTest {
            store,
            withheld,
            needles,
            numbers,
            hidden,
            ..
        } = self.test;
        let text_of = texts(store, needles, hidden);
        let (place, is_open, found) = (self.place, self.is_open, &mut self.found);
        withheld.search(bytes, self.room, &text_of, &mut |number| {
            let needle = needles.get(number as usize);
            if needle.is_some_and(|needle| place.minds(*needle, hidden, is_open)) {
                found.get_or_insert(number);
            }
        });
        if found.is_none() {
            numbers.search(bytes, &mut |at| {
                let needle = Needle::Mask(at);
                if place.minds(needle, hidden, is_open) {
                    let same = |one: &Needle| matches!(one, Needle::Mask(this) if *this == at);
                    let number = needles.iter().position(same);
                    let number = number.and_then(|number| u32::try_from(number).ok());
                    *found = found.or(number);
                }
            });
        }
    }

    /// Looks at a file of any size as it is, in bounded memory: what is longer than the pieces
    /// that are decoded is seen here.
    fn look_through(&mut self, file: File) -> std::io::Result<()> {
        let test = self.test;
        let text_of = texts(test.store, &test.needles, &test.hidden);
        let (place, is_open, found) = (self.place, self.is_open, &mut self.found);
        test.withheld.search_stream(file, &text_of, &mut |number| {
            let needle = test.needles.get(number as usize);
            if needle.is_some_and(|needle| place.minds(*needle, &test.hidden, is_open)) {
                found.get_or_insert(number);
            }
        })
    }
}

fn texts<'a>(
    store: &'a Store,
    needles: &'a [Needle],
    hidden: &'a [Hidden],
) -> impl Fn(u32) -> Option<Cow<'a, str>> {
    move |number| needles.get(number as usize)?.text(store, hidden)
}

/// Whether a file that a message came with is named as a mail is.
fn is_mail(name: &str) -> bool {
    name.ends_with(".eml")
}
