//! All messages of a case as one immutable snapshot: what every view and every query reads.
//!
//! A snapshot keeps what is small in memory (threads, participants, sources) and leaves messages
//! in the mapped files of its parts: a message is an address computed, a place in a thread a
//! binary search.

mod addressed;
mod differing;
pub(super) mod scan;
mod sorting;
mod with_files;

use super::CaseError;
use super::columns::{Columns, Row};
use super::files::Files;
use super::index::Index;
use super::instances::{Instance, Instances};
use super::map::Map;
use super::order::Order;
use super::reconcile::Reconciled;
use super::same::OwnNumber;
use super::source::{Disagree, Source};
use super::words::WordQuery;
use crate::model::{Extra, Kind, Marks, MessageNumber, ParticipantId, SourceId, Span, ThreadId};
use crate::text::Encoding;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// One message of a [`Store`].
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// Its number in the case.
    pub number: MessageNumber,
    /// The conversation it stands in.
    pub thread: ThreadId,
    /// The export it was read from.
    pub source: SourceId,
    /// Which item of that export.
    pub item: u32,
    /// Its bytes there.
    pub span: Span,
    /// When it was sent: seconds since 1970-01-01T00:00:00Z; `None` where the export gives none.
    pub time: Option<i64>,
    /// Minutes east of UTC that `time` was read with, so that `time` plus these is the clock time
    /// the export shows.
    pub offset_minutes: i16,
    /// Who sent it; `None` for lines of the app and unreadable bytes.
    pub participant: Option<ParticipantId>,
    /// What it is.
    pub kind: Kind,
    /// Marks beside its kind.
    pub marks: Marks,
    /// Its text, exact.
    pub text: &'a str,
}

impl fmt::Debug for Message<'_> {
    /// Shows the number only: what a message says does not go into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}", self.number)
    }
}

/// One conversation on one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its number in the case.
    pub id: ThreadId,
    /// Its name, as the first export of it shows it.
    pub title: String,
    /// The app: `whatsapp`.
    pub channel: String,
    /// Whether more than two people can be in it, where the export tells.
    pub group: Option<bool>,
    /// Who is in it as its exports list them, with those who never wrote; empty where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// The exports that tell of it, in the order they were loaded.
    pub sources: Vec<SourceId>,
    /// Its messages in the order they are shown, as runs of numbers.
    pub runs: Vec<Range<u32>>,
    /// Who sent something in it, in the order they first did.
    pub participants: Vec<ParticipantId>,
    /// The earliest time in it, seconds UTC.
    pub first: Option<i64>,
    /// The latest time in it, seconds UTC.
    pub last: Option<i64>,
}

impl Thread {
    /// How many messages it holds, system lines and unreadable bytes included.
    pub fn len(&self) -> u32 {
        self.runs
            .iter()
            .map(|run| run.end.saturating_sub(run.start))
            .sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One name, number or address as a channel shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Its number in the case.
    pub id: ParticipantId,
    /// The name as the exports write it, invisible marks removed.
    pub name: String,
    /// The app: `whatsapp`.
    pub channel: String,
    /// Whether the name is a telephone number.
    pub is_number: bool,
}

/// What one import added besides messages, as it stands in the part's manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Added {
    /// The number of the first message.
    pub first: u32,
    /// How many messages.
    pub count: u32,
    /// Participants that no earlier part has.
    pub participants: Vec<Participant>,
    /// Threads that are new or changed, whole.
    pub threads: Vec<Thread>,
    /// The exports loaded.
    pub sources: Vec<Source>,
    /// Where its messages stand, if they are copies that got numbers of their own; else nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<OwnNumber>,
}

/// The messages of one import, open, and what it added besides.
#[derive(Debug)]
pub(super) struct Part {
    /// Where its files lie.
    pub folder: PathBuf,
    pub added: Added,
    pub columns: Columns,
    /// Where messages of earlier parts, or of this one, stand in its exports too.
    pub instances: Instances,
}

/// A run of one thread, for the way from a number to its place.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    end: u32,
    thread: ThreadId,
    /// The position in the thread of the run's first message.
    position: u32,
}

/// All messages of a case at one moment. Never changes; an import makes a new one.
pub struct Store {
    parts: Vec<Arc<Part>>,
    len: u32,
    threads: Vec<Thread>,
    participants: Vec<Participant>,
    sources: Vec<Source>,
    /// All runs of all threads, by their first number.
    places: Vec<Place>,
    /// Per thread, the position of each of its runs.
    positions: Vec<Vec<u32>>,
    /// Messages that an export tells differently.
    disputed: RoaringBitmap,
    /// The copies that got numbers of their own, by those.
    numbered: BTreeMap<u32, OwnNumber>,
    /// The same, by where they stand.
    numbered_at: BTreeMap<(SourceId, u32, u64), u32>,
    /// What is worked out of all parts at its first use.
    pub(super) reconciled: OnceLock<Reconciled>,
    /// What kinds of files messages carry, looked up at its first use.
    pub(super) file_kinds: OnceLock<Files>,
    zone: chrono_tz::Tz,
    order: Order,
    index: Index,
    /// Where the bytes of an item lie, by source and item.
    files: BTreeMap<(SourceId, u32), PathBuf>,
    /// Those files, mapped at their first use.
    maps: BTreeMap<(SourceId, u32), OnceLock<Option<Map>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store of {} messages", self.len)
    }
}

impl Store {
    /// A store of these parts, without order and index.
    pub(super) fn of_parts(parts: Vec<Arc<Part>>, zone: chrono_tz::Tz) -> Result<Store, CaseError> {
        let mut store = Store {
            parts: Vec::with_capacity(parts.len()),
            len: 0,
            threads: Vec::new(),
            participants: Vec::new(),
            sources: Vec::new(),
            places: Vec::new(),
            positions: Vec::new(),
            disputed: RoaringBitmap::new(),
            numbered: BTreeMap::new(),
            numbered_at: BTreeMap::new(),
            reconciled: OnceLock::new(),
            file_kinds: OnceLock::new(),
            zone,
            order: Order::default(),
            index: Index::default(),
            files: BTreeMap::new(),
            maps: BTreeMap::new(),
        };
        for part in parts {
            store.take(part)?;
        }
        store.lay_out(0)?;
        Ok(store)
    }

    /// Adds a part that follows those it has: as a store of all of them, in the time that the new
    /// one takes where its threads are new.
    pub(super) fn push(&mut self, part: Arc<Part>) -> Result<(), CaseError> {
        let placed = self.threads.len();
        let known = |thread: &Thread| usize::try_from(thread.id.0).is_ok_and(|at| at < placed);
        let changes = part.added.threads.iter().any(known);
        self.take(part)?;
        if changes {
            self.places.clear();
            self.positions.clear();
            self.lay_out(0)
        } else {
            self.lay_out(placed)
        }
    }

    /// Takes the same messages from other parts: some of its last ones joined in one.
    pub(super) fn set_parts(&mut self, parts: Vec<Arc<Part>>) {
        self.parts = parts;
    }

    /// Adds all of a part but the places of its messages.
    fn take(&mut self, part: Arc<Part>) -> Result<(), CaseError> {
        let added = &part.added;
        if added.first != self.len || added.count != part.columns.len() {
            return Err(CaseError::inconsistent(
                "its parts do not follow one another",
            ));
        }
        self.len = self
            .len
            .checked_add(added.count)
            .ok_or_else(|| CaseError::inconsistent("it holds too many messages"))?;
        self.participants.extend(added.participants.iter().cloned());
        self.reconciled = OnceLock::new();
        self.file_kinds = OnceLock::new();
        let differing = |instance: &Instance| instance.differs.iter().any(Disagree::is_dispute);
        let differing = part.instances.differences().filter(differing);
        self.disputed
            .extend(differing.map(|instance| instance.number.0));
        self.sources.extend(added.sources.iter().cloned());
        for (number, copy) in (added.first..).zip(&added.copies) {
            self.numbered.insert(number, *copy);
            let at = (copy.source, copy.item, copy.span.offset);
            self.numbered_at.insert(at, number);
        }
        for thread in &added.threads {
            let at = usize::try_from(thread.id.0).unwrap_or(usize::MAX);
            if at == self.threads.len() {
                self.threads.push(thread.clone());
            } else if let Some(known) = self.threads.get_mut(at) {
                known.clone_from(thread);
            } else {
                return Err(CaseError::inconsistent("its threads are not in order"));
            }
        }
        self.parts.push(part);
        Ok(())
    }

    /// Finds the places of the threads from this one on, which hold all messages that the threads
    /// before them do not.
    fn lay_out(&mut self, first: usize) -> Result<(), CaseError> {
        let placed = self.places.len();
        let mut end = self.places.last().map_or(0, |place| place.end);
        for thread in self.threads.iter().skip(first) {
            let mut position = 0u32;
            let mut starts = Vec::with_capacity(thread.runs.len());
            for run in &thread.runs {
                starts.push(position);
                self.places.push(Place {
                    start: run.start,
                    end: run.end,
                    thread: thread.id,
                    position,
                });
                position = position.saturating_add(run.end.saturating_sub(run.start));
            }
            self.positions.push(starts);
        }
        let new = self.places.get_mut(placed..).unwrap_or_default();
        new.sort_unstable_by_key(|place| place.start);
        for place in new {
            if place.start != end || place.end <= place.start {
                return Err(CaseError::inconsistent(
                    "its threads do not hold each message once",
                ));
            }
            end = place.end;
        }
        if end != self.len {
            return Err(CaseError::inconsistent(
                "its threads do not hold each message once",
            ));
        }
        Ok(())
    }

    /// The same store with its order, its index, and where the bytes of its items lie.
    pub(super) fn with(
        self,
        order: Order,
        index: Index,
        files: BTreeMap<(SourceId, u32), PathBuf>,
    ) -> Store {
        Store {
            order,
            index,
            maps: files.keys().map(|key| (*key, OnceLock::new())).collect(),
            files,
            ..self
        }
    }

    /// How many messages there are, system lines and unreadable spans included. Their numbers are
    /// 0 to one less.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn part(&self, number: u32) -> Option<(&Part, u32)> {
        let at = self
            .parts
            .partition_point(|part| part.added.first <= number)
            .checked_sub(1)?;
        // Parts without messages begin where the next one does; the last of them holds the number.
        let part = self.parts.get(at)?;
        let within = number.checked_sub(part.added.first)?;
        (within < part.added.count).then_some((part, within))
    }

    fn place(&self, number: u32) -> Option<Place> {
        let at = self
            .places
            .partition_point(|place| place.start <= number)
            .checked_sub(1)?;
        self.places
            .get(at)
            .copied()
            .filter(|place| number < place.end)
    }

    fn source_of(&self, number: u32) -> Option<SourceId> {
        if let Some(copy) = self.numbered.get(&number) {
            return Some(copy.source);
        }
        let at = self
            .sources
            .partition_point(|source| source.numbers.start <= number)
            .checked_sub(1)?;
        self.sources
            .get(at)
            .filter(|source| source.numbers.contains(&number))
            .map(|source| source.id)
    }

    /// The numbers of an export's messages that no earlier export gave: a range, and what of it was
    /// taken for copies and got numbers later.
    pub fn numbers_of(&self, source: SourceId) -> RoaringBitmap {
        let mut numbers = RoaringBitmap::new();
        if let Some(source) = self.source(source) {
            numbers.insert_range(source.numbers.clone());
        }
        let own = self
            .numbered
            .iter()
            .filter(|(_, copy)| copy.source == source);
        numbers.extend(own.map(|(number, _)| *number));
        numbers
    }

    /// The copies that got numbers of their own, by those.
    pub fn numbered(&self) -> impl Iterator<Item = (MessageNumber, &OwnNumber)> {
        self.numbered
            .iter()
            .map(|(number, copy)| (MessageNumber(*number), copy))
    }

    /// The number of a copy, where it got one of its own.
    pub(super) fn own_number(&self, at: &Instance) -> Option<MessageNumber> {
        let at = (at.source, at.item, at.span.offset);
        self.numbered_at.get(&at).copied().map(MessageNumber)
    }

    /// The message with this number.
    pub fn message(&self, number: MessageNumber) -> Option<Message<'_>> {
        let (part, at) = self.part(number.0)?;
        let row = part.columns.row(at)?;
        Some(Message {
            number,
            thread: self.place(number.0)?.thread,
            source: self.source_of(number.0)?,
            item: row.item,
            span: row.span,
            time: row.time,
            offset_minutes: row.offset_minutes,
            participant: row.participant,
            kind: row.kind,
            marks: self.marks_with_dispute(number.0, row.marks),
            text: row.text,
        })
    }

    fn marks_with_dispute(&self, number: u32, marks: Marks) -> Marks {
        if self.disputed.contains(number) {
            marks.with(Marks::DISPUTED)
        } else {
            marks
        }
    }

    /// Messages that an export tells differently; what an export lacks is not among them.
    pub(super) fn told_differently(&self) -> &RoaringBitmap {
        &self.disputed
    }

    /// The columns that a message stands in, and where.
    pub(super) fn stands_at(&self, number: MessageNumber) -> Option<(&Columns, u32)> {
        let (part, at) = self.part(number.0)?;
        Some((&part.columns, at))
    }

    /// A message as its part keeps it, without looking for its thread and source.
    pub(super) fn row(&self, number: MessageNumber) -> Option<Row<'_>> {
        let (part, at) = self.part(number.0)?;
        part.columns.row(at)
    }

    /// What [`Store::extra`] reads, as JSON; empty where there is nothing.
    pub(super) fn extra_json(&self, number: MessageNumber) -> &[u8] {
        self.part(number.0)
            .map(|(part, at)| part.columns.extra_json(at))
            .unwrap_or_default()
    }

    /// What only some messages have; empty for the others and for a number that is none.
    pub fn extra(&self, number: MessageNumber) -> Extra {
        self.part(number.0)
            .map(|(part, at)| part.columns.extra(at))
            .unwrap_or_default()
    }

    /// The time as the export writes it; empty where it writes none.
    pub fn written(&self, number: MessageNumber) -> String {
        if let Some(written) = self.extra(number).time_as_written {
            return written;
        }
        self.written_bytes(number)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default()
    }

    fn written_bytes(&self, number: MessageNumber) -> Option<&[u8]> {
        let (part, at) = self.part(number.0)?;
        let (from, length) = part.columns.row(at)?.written?;
        let from = usize::from(from);
        self.raw(number)?.get(from..from + usize::from(length))
    }

    /// The message's own bytes as they were sealed: header, body and line end. `None` where the
    /// sealed file cannot be read.
    pub fn raw(&self, number: MessageNumber) -> Option<&[u8]> {
        let (part, at) = self.part(number.0)?;
        let row = part.columns.row(at)?;
        let from = usize::try_from(row.span.offset).ok()?;
        let to = usize::try_from(row.span.end()).ok()?;
        self.item_bytes(self.source_of(number.0)?, row.item)?
            .get(from..to)
    }

    /// The line of its item on which a message begins, counted from 1 by line feeds from the start
    /// of the sealed file, or of the chat as unpacked from a sealed zip. Reads all bytes before the
    /// message. `None` where they cannot be read.
    pub(super) fn line_of(&self, number: MessageNumber) -> Option<u64> {
        let (part, at) = self.part(number.0)?;
        let row = part.columns.row(at)?;
        let bytes = self.item_bytes(self.source_of(number.0)?, row.item)?;
        let before = bytes.get(..usize::try_from(row.span.offset).ok()?)?;
        let (encoding, _) = Encoding::of(bytes.get(..4).unwrap_or(bytes));
        Some(encoding.line_feeds(before) + 1)
    }

    fn item_bytes(&self, source: SourceId, item: u32) -> Option<&[u8]> {
        let key = (source, item);
        self.maps
            .get(&key)?
            .get_or_init(|| Map::open(self.files.get(&key)?).ok())
            .as_deref()
    }

    /// All threads, by number.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// The thread with this number.
    pub fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(usize::try_from(id.0).ok()?)
    }

    /// How many messages a thread holds; 0 where there is no such thread.
    pub fn thread_len(&self, id: ThreadId) -> u32 {
        let last = |id: ThreadId| {
            let at = usize::try_from(id.0).ok()?;
            let run = self.threads.get(at)?.runs.last()?;
            Some(self.positions.get(at)?.last()? + (run.end - run.start))
        };
        last(id).unwrap_or(0)
    }

    /// The message at a position of a thread, counted from 0 in the order it is shown.
    pub fn thread_message(&self, id: ThreadId, position: u32) -> Option<MessageNumber> {
        let at = usize::try_from(id.0).ok()?;
        let starts = self.positions.get(at)?;
        let run = starts
            .partition_point(|start| *start <= position)
            .checked_sub(1)?;
        let range = self.threads.get(at)?.runs.get(run)?;
        let number = range.start.checked_add(position - starts.get(run)?)?;
        (number < range.end).then_some(MessageNumber(number))
    }

    /// The thread of a message and its position there.
    pub fn position_of(&self, number: MessageNumber) -> Option<(ThreadId, u32)> {
        let place = self.place(number.0)?;
        Some((place.thread, place.position + (number.0 - place.start)))
    }

    /// The messages of a thread in the order it is shown.
    pub fn thread_messages(&self, id: ThreadId) -> impl Iterator<Item = MessageNumber> + '_ {
        self.thread(id)
            .into_iter()
            .flat_map(|thread| thread.runs.iter().cloned().flatten())
            .map(MessageNumber)
    }

    /// The messages of a thread as a set.
    pub fn thread_set(&self, id: ThreadId) -> RoaringBitmap {
        let mut set = RoaringBitmap::new();
        for run in self.thread(id).into_iter().flat_map(|thread| &thread.runs) {
            set.insert_range(run.clone());
        }
        set
    }

    /// Everyone who sent something or was sent something, by number.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    /// The participant with this number.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(usize::try_from(id.0).ok()?)
    }

    /// All sources, by number.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The source with this number.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::try_from(id.0).ok()?)
    }

    /// All message numbers by time, earliest first; messages without a time come before all
    /// others, and equal times stand in number order.
    pub fn by_time(&self) -> &Order {
        &self.order
    }

    /// The zone that clock times without one are read in.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.zone
    }

    /// What every message is, in number order.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        self.parts
            .iter()
            .flat_map(|part| part.columns.kinds())
            .map(|code| Kind::from_code(*code).unwrap_or(Kind::Unreadable))
    }

    /// When every message was sent, seconds UTC, in number order.
    pub fn times(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        self.parts.iter().flat_map(|part| part.columns.times())
    }

    /// Gives back the memory of the times read so far.
    pub(super) fn let_times_go(&self) {
        for part in &self.parts {
            part.columns.let_times_go();
        }
    }

    /// Who sent every message, in number order.
    pub fn senders(&self) -> impl Iterator<Item = Option<ParticipantId>> + '_ {
        self.parts
            .iter()
            .flat_map(|part| part.columns.participants())
    }

    /// The marks of every message, in number order.
    pub fn marks(&self) -> impl Iterator<Item = Marks> + '_ {
        self.parts
            .iter()
            .flat_map(|part| part.columns.all_marks())
            .zip(0u32..)
            .map(|(marks, number)| {
                if self.disputed.is_empty() {
                    marks
                } else {
                    self.marks_with_dispute(number, marks)
                }
            })
    }

    /// The kind of one message, without reading its other columns.
    pub fn kind(&self, number: MessageNumber) -> Option<Kind> {
        let (part, at) = self.part(number.0)?;
        part.columns.kind(at)
    }

    /// When one message was sent, seconds UTC, without reading its other columns.
    pub fn time(&self, number: MessageNumber) -> Option<i64> {
        let (part, at) = self.part(number.0)?;
        part.columns.time(at)
    }

    /// The text of one message.
    pub fn text(&self, number: MessageNumber) -> Option<&str> {
        let (part, at) = self.part(number.0)?;
        Some(part.columns.text(at))
    }

    /// The messages that hold these words in a row, as [`crate::text::words`] gives them, from the
    /// index. Stops early, with what it has, when `cancel` becomes true.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn matches(
        &self,
        query: &WordQuery,
        cancel: &AtomicBool,
    ) -> Result<RoaringBitmap, CaseError> {
        let mut hits = self.index.matches(query, cancel)?;
        hits |= self.matches_wordings(query, cancel);
        Ok(hits)
    }

    pub(super) fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// How many messages the index holds the words of, from the first on.
    pub fn indexed(&self) -> u32 {
        self.index.len()
    }
}
