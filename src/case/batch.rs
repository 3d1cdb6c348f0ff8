//! Reading sealed exports into a part: what import and rebuild share, so that both give the same.

mod copies;

pub(super) use copies::Reread;

use super::columns::{Columns, Row, Writer};
use super::layout::{self, Layout};
use super::merge::{self, Finder, Plan};
use super::originals::{self, SealError};
use super::part::{self, Opened};
use super::sealed::{How, OpenedArchive, SealedSource};
use super::spans::{Encoder, Known, Standing};
use super::store::{Added, Balance, Form, Part, Participant, Source, SourceItem, Store};
use super::zone::Zone;
use super::{CaseError, Progress, recast, sequence, wording};
use crate::import::{
    self, Export, Importer, Packet, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use crate::model::{Kind, Marks, MessageNumber, ParticipantId, SourceId, Span};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of exports held in memory before they are joined on the disk.
const HELD: u64 = 32 << 20;

/// Why a source was not read.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is an archive with several exports, to be read one by one: see
    /// [`Batch::packets`].
    Several,
    /// The source is at fault: it is refused, the others go on.
    Refused(String),
    /// The case is, or the person stopped it.
    Case(CaseError),
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Failure {
        Failure::Case(error)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Failure {
        match error {
            SealError::Refused(why) => Failure::Refused(why),
            SealError::Case(error) => Failure::Case(error),
        }
    }
}

/// One thread of an export as it was read.
#[derive(Debug)]
pub(super) struct DraftThread {
    pub head: ThreadHead,
    /// Its messages, counted from 0 as they stand in the export.
    pub runs: Vec<Range<u32>>,
    /// Who sent something in it, in the order they first did.
    pub participants: Vec<ParticipantId>,
    /// The earliest time in it.
    pub first: Option<i64>,
    /// The latest time in it.
    pub last: Option<i64>,
}

impl DraftThread {
    /// A thread without messages.
    pub(super) fn new(head: ThreadHead) -> DraftThread {
        DraftThread {
            head,
            runs: Vec::new(),
            participants: Vec::new(),
            first: None,
            last: None,
        }
    }

    /// Adds the next message.
    pub(super) fn push(&mut self, at: u32, time: Option<i64>, sender: Option<ParticipantId>) {
        match self.runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => self.runs.push(at..at + 1),
        }
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        if let Some(sender) = sender
            && !self.participants.contains(&sender)
        {
            self.participants.push(sender);
        }
    }
}

/// What was read from one export, before it is known what of it is new.
#[derive(Debug)]
pub(super) struct Draft {
    pub columns: Columns,
    pub threads: Vec<DraftThread>,
    /// Participants that the case did not have.
    pub participants: Vec<Participant>,
}

/// The names of everyone, by channel; gives each new one its number.
#[derive(Default)]
struct Names {
    channels: Vec<(String, HashMap<String, ParticipantId>)>,
    count: u32,
    new: Vec<Participant>,
}

impl Names {
    /// The place of a channel, of which there are a few.
    fn channel(&mut self, name: &str) -> usize {
        let known = self.channels.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.channels.push((name.to_owned(), HashMap::new()));
            self.channels.len() - 1
        })
    }

    fn learn(&mut self, channel: usize, name: &str, id: ParticipantId) {
        if let Some((_, names)) = self.channels.get_mut(channel) {
            names.insert(name.to_owned(), id);
        }
        self.count += 1;
    }

    fn number(&mut self, channel: usize, name: &str) -> ParticipantId {
        let names = self.channels.get(channel);
        if let Some(id) = names.and_then(|(_, names)| names.get(name)) {
            return *id;
        }
        let id = ParticipantId(self.count);
        self.learn(channel, name, id);
        let channel = self.channels.get(channel);
        self.new.push(Participant {
            id,
            name: name.to_owned(),
            channel: channel.map_or_else(String::new, |(channel, _)| channel.clone()),
            is_number: is_number(name),
        });
        id
    }

    /// Forgets the new names from this one on.
    fn forget(&mut self, from: usize) {
        for forgotten in self.new.drain(from.min(self.new.len())..) {
            let mut channels = self.channels.iter_mut();
            if let Some((_, names)) = channels.find(|(channel, _)| *channel == forgotten.channel) {
                names.remove(&forgotten.name);
            }
            self.count -= 1;
        }
    }
}

/// Whether a name is a telephone number: digits, and what people put between them.
fn is_number(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits >= 5
        && name.chars().all(|c| {
            c.is_ascii_digit() || c.is_whitespace() || "+-().~/\u{2011}\u{2010}\u{2013}".contains(c)
        })
}

/// What became of the bytes of one item.
#[derive(Clone, Copy, Default)]
struct Tally {
    in_messages: u64,
    in_structure: u64,
    in_exceptions: u64,
    /// One past the last byte told of.
    end: u64,
    /// Whether bytes were told of twice, or out of order.
    overlaps: bool,
    /// Whether no message could be made of the last bytes told of.
    ends_broken: bool,
}

/// Where an importer's records go.
struct Reading<'a> {
    writer: Writer,
    names: &'a mut Names,
    /// The thread of the last sender, and the place of its channel among the names.
    channel: Option<(u32, usize)>,
    zone: Zone,
    /// Which records to keep; `None` keeps all.
    keep: Option<&'a RoaringBitmap>,
    threads: Vec<DraftThread>,
    items: BTreeMap<u32, Tally>,
    /// The items that messages bring.
    brought: RoaringBitmap,
    spans: Encoder,
    read: u32,
    system: u32,
    exceptions: u32,
    undecodable: u32,
    first: Option<i64>,
    last: Option<i64>,
    total: u64,
    progress: &'a mut dyn Progress,
    /// Why the sink refused, where it did.
    failed: Option<CaseError>,
}

impl Reading<'_> {
    fn tell(&mut self, item: u32, span: Span, kind: Option<Kind>) {
        let tally = self.items.entry(item).or_default();
        tally.overlaps |= span.offset < tally.end;
        tally.end = tally.end.max(span.end());
        tally.ends_broken = kind == Some(Kind::Unreadable);
        let length = u64::from(span.length);
        match kind {
            None => tally.in_structure += length,
            Some(Kind::Unreadable) => tally.in_exceptions += length,
            Some(_) => tally.in_messages += length,
        }
    }

    fn person(&mut self, thread: u32, name: &str) -> ParticipantId {
        let channel = match self.channel {
            Some((known, channel)) if known == thread => channel,
            _ => {
                let index = usize::try_from(thread).unwrap_or(usize::MAX);
                let head = self.threads.get(index).map(|thread| &thread.head);
                let channel = self.names.channel(head.map_or("", |head| &head.channel));
                self.channel = Some((thread, channel));
                channel
            }
        };
        self.names.number(channel, name)
    }

    fn keep(&mut self, record: &Record) -> Result<(), CaseError> {
        let resolved = self.zone.resolve(record.time);
        if let Some(time) = resolved.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        let ordinal = self.read;
        self.read = ordinal
            .checked_add(1)
            .ok_or_else(|| CaseError::inconsistent("an export holds too many messages"))?;
        self.tell(record.item, record.span, Some(record.kind));
        let brought = record.extra.attachments.iter();
        self.brought.extend(brought.filter_map(|file| file.item));
        self.system += u32::from(record.kind == Kind::System);
        self.exceptions += u32::from(record.kind == Kind::Unreadable);
        self.undecodable += u32::from(record.marks.has(Marks::DAMAGED));
        if self.keep.is_some_and(|keep| !keep.contains(ordinal)) {
            return Ok(());
        }
        let sender = record.sender.as_deref();
        let participant = sender.map(|name| self.person(record.thread, name));
        // Whoever was only written to is somebody, too.
        let to = record.extra.recipients.iter().map(|to| to.who.as_str());
        for who in to.filter(|who| !who.is_empty()) {
            self.person(record.thread, who);
        }
        let at = self.writer.len();
        let row = Row {
            item: record.item,
            span: record.span,
            written: record.written,
            time: resolved.time,
            offset_minutes: resolved.offset_minutes,
            participant,
            kind: record.kind,
            marks: record.marks.with(resolved.marks),
            text: &record.text,
        };
        self.writer.push(&row, &record.extra)?;
        self.spans.push(record.item, record.span);
        let thread = usize::try_from(record.thread)
            .ok()
            .and_then(|thread| self.threads.get_mut(thread))
            .ok_or_else(|| CaseError::inconsistent("a message of no thread was read"))?;
        thread.push(at, resolved.time, participant);
        Ok(())
    }

    fn refuse(&mut self, error: CaseError) -> ReadError {
        let stopped = matches!(error, CaseError::Stopped);
        let what = error.to_string();
        self.failed.get_or_insert(error);
        if stopped {
            ReadError::Stopped
        } else {
            ReadError::Keep(what.into())
        }
    }
}

impl Sink for Reading<'_> {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.threads.push(DraftThread::new(head));
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.keep(&record).map_err(|error| self.refuse(error))
    }

    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.tell(item, span, None);
        Ok(())
    }

    fn progress(&mut self, bytes_read: u64) -> Result<(), ReadError> {
        let total = self.total.max(bytes_read);
        match self.progress.tick("reading", bytes_read, total) {
            std::ops::ControlFlow::Continue(()) => Ok(()),
            std::ops::ControlFlow::Break(()) => Err(self.refuse(CaseError::Stopped)),
        }
    }
}

/// What one pass over an export gave.
struct Pass {
    draft: Draft,
    summary: Summary,
    spans: Encoder,
    items: BTreeMap<u32, Tally>,
    brought: RoaringBitmap,
    /// A source with the counts filled in.
    counts: Counts,
}

impl Pass {
    /// Whether messages were looked for in this item.
    fn has_read(&self, item: u32) -> bool {
        self.summary.chat_item == Some(item) || self.items.contains_key(&item)
    }
}

#[derive(Clone, Copy)]
struct Counts {
    messages: u32,
    system: u32,
    exceptions: u32,
    undecodable: u32,
    first: Option<i64>,
    last: Option<i64>,
}

/// Reads exports one after another; each is a part of its own until some, and at the end all, are
/// joined in one.
pub(super) struct Batch<'a> {
    layout: &'a Layout,
    /// Where unfinished parts lie.
    folder: PathBuf,
    zone: chrono_tz::Tz,
    /// Parts of the case, then one for each export read.
    parts: Vec<Arc<Part>>,
    known: usize,
    store: Store,
    names: Names,
    finder: Finder,
    spans: Vec<(Encoder, Known)>,
    opened: OpenedArchive,
}

impl<'a> Batch<'a> {
    /// Starts on top of these parts.
    pub(super) fn new(
        layout: &'a Layout,
        parts: Vec<Arc<Part>>,
        zone: chrono_tz::Tz,
    ) -> Result<Batch<'a>, CaseError> {
        let folder = layout.parts().join(".new");
        layout::remove(&folder)?;
        layout::make_folder(&folder)?;
        let store = Store::of_parts(parts.clone(), zone)?;
        let mut names = Names::default();
        for known in store.participants() {
            let channel = names.channel(&known.channel);
            names.learn(channel, &known.name, known.id);
        }
        Ok(Batch {
            layout,
            folder,
            zone,
            known: parts.len(),
            parts,
            store,
            names,
            finder: Finder::default(),
            spans: Vec::new(),
            opened: OpenedArchive::default(),
        })
    }

    /// What stands in an archive, or in one folder of it.
    ///
    /// # Errors
    /// [`Failure::Refused`] when it cannot be opened.
    pub(super) fn packets(
        &mut self,
        sealed: &SealedSource,
        folder: &str,
    ) -> Result<Vec<Packet>, Failure> {
        let archive = self.opened.archive(self.layout, sealed);
        let archive = archive.map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(import::packets(archive, folder))
    }

    /// All messages, those read so far included; without order and index.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// How many exports were read.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether none was read.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn pass(
        &mut self,
        importer: &dyn Importer,
        export: &Export,
        options: &ReadOptions,
        keep: Option<&RoaringBitmap>,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Pass, Failure> {
        layout::remove(folder)?;
        let total = export
            .items
            .iter()
            .filter(|item| item.role == crate::import::ItemRole::Chat)
            .map(|item| item.size)
            .sum();
        let new_before = self.names.new.len();
        let mut reading = Reading {
            writer: Writer::hold(folder),
            names: &mut self.names,
            channel: None,
            zone: Zone::new(self.zone),
            keep,
            threads: Vec::new(),
            items: BTreeMap::new(),
            brought: RoaringBitmap::new(),
            spans: Encoder::default(),
            read: 0,
            system: 0,
            exceptions: 0,
            undecodable: 0,
            first: None,
            last: None,
            total,
            progress,
            failed: None,
        };
        let done = importer.read(export, options, &mut reading);
        if let Some(error) = reading.failed.take() {
            return Err(Failure::Case(error));
        }
        let summary = done.map_err(|error| match error {
            ReadError::Stopped => Failure::Case(CaseError::Stopped),
            other => Failure::Refused(other.to_string()),
        })?;
        let counts = Counts {
            messages: reading.read,
            system: reading.system,
            exceptions: reading.exceptions,
            undecodable: reading.undecodable,
            first: reading.first,
            last: reading.last,
        };
        let (mut threads, spans, items) = (reading.threads, reading.spans, reading.items);
        let brought = reading.brought;
        let columns = reading.writer.finish()?;
        for thread in &mut threads {
            sequence::arrange(thread, &columns, importer.keeps_order());
        }
        columns.let_times_go();
        Ok(Pass {
            draft: Draft {
                columns,
                threads,
                participants: self
                    .names
                    .new
                    .get(new_before..)
                    .unwrap_or_default()
                    .to_vec(),
            },
            summary,
            brought,
            spans,
            items,
            counts,
        })
    }

    /// One more pass over an export that has been read, with the same names.
    #[allow(clippy::too_many_arguments)]
    fn again(
        &mut self,
        before: Pass,
        importer: &dyn Importer,
        export: &Export,
        options: &ReadOptions,
        keep: Option<&RoaringBitmap>,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Pass, Failure> {
        let participants = before.draft.participants.clone();
        // Its files are removed: nothing may be mapped.
        drop(before);
        let mut pass = self.pass(importer, export, options, keep, folder, progress)?;
        pass.draft.participants = participants;
        Ok(pass)
    }

    /// Reads one sealed export, and keeps of it what the case does not have yet; at a rebuild,
    /// what has numbers already.
    ///
    /// # Errors
    /// [`Failure::Refused`] and [`Failure::Several`] leave the batch as it was.
    pub(super) fn read(
        &mut self,
        sealed: &SealedSource,
        importer: &dyn Importer,
        options: &ReadOptions,
        how: How<'_>,
        progress: &mut dyn Progress,
    ) -> Result<&Source, Failure> {
        let names_before = self.names.new.len();
        let folder = self.folder.join(self.len().to_string());
        let done = self.read_into(&folder, sealed, importer, options, how, progress);
        if done.is_err() {
            self.names.forget(names_before);
            layout::remove(&folder)?;
            layout::remove(&folder.with_extension(part::INSTANCES))?;
        }
        done?;
        self.store
            .sources()
            .last()
            .ok_or_else(|| CaseError::inconsistent("what was read is missing").into())
    }

    fn read_into(
        &mut self,
        folder: &Path,
        sealed: &SealedSource,
        importer: &dyn Importer,
        options: &ReadOptions,
        how: How<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        let export = self.opened.open(self.layout, sealed);
        let mut export = export.map_err(|error| Failure::Refused(error.to_string()))?;
        let expected = match how {
            How::Again(told) => Some(told),
            How::First | How::Whole => None,
        };
        let names_before = self.names.new.len();
        let mut pass = match self.pass(importer, &export, options, None, folder, progress) {
            Err(Failure::Refused(why)) => {
                let Some(damaged) = export.set_damaged_aside(&|_| true) else {
                    return Err(Failure::Refused(why));
                };
                // A damaged entry costs itself and no other; where it is all there is, the source.
                self.names.forget(names_before);
                let rest = self.pass(importer, &export, options, None, folder, progress)?;
                if rest.counts.messages == 0 {
                    return Err(Failure::Refused(damaged));
                }
                rest
            }
            done => done?,
        };
        let is_more = |pass: &Pass, export: Export| {
            import::beside(export, importer, &|item| {
                pass.has_read(item) || pass.brought.contains(item)
            })
        };
        if matches!(how, How::First) && is_more(&pass, export.clone()).is_some() {
            return Err(Failure::Several);
        }
        // What no importer read to its end was not checked yet.
        export.set_damaged_aside(&|item| !pass.has_read(item));
        let first = self.store.len();
        let id = SourceId(u32::try_from(self.store.sources().len()).unwrap_or(u32::MAX));
        let known = expected.and_then(|expected| expected.known.as_deref());
        let (mut plan, known_spans) = self.plan(&pass.draft, id, known, None, folder)?;
        if let Some(keep) = plan.keep.clone() {
            // What the case knows already is left out by reading once more: a chat is read in a
            // twentieth of the time that indexing it takes.
            pass = self.again(
                pass,
                importer,
                &export,
                options,
                Some(&keep),
                folder,
                progress,
            )?;
        }
        let mut not_carried = Vec::new();
        if let Some(expected) = expected.map(|expected| expected.new.as_slice())
            && pass.spans != Encoder::of(expected)
        {
            pass = self.again(pass, importer, &export, options, None, folder, progress)?;
            let fitted = folder.with_extension("fitted");
            layout::remove(&fitted)?;
            let raw = |item, span| recast::raw_bytes(&export, item, span);
            let mut recast =
                recast::recast(&fitted, &pass.draft, plan.keep.as_ref(), expected, &raw)?;
            for thread in &mut recast.draft.threads {
                sequence::arrange(thread, &recast.draft.columns, importer.keeps_order());
            }
            (plan, _) = self.plan(&recast.draft, id, known, Some(&recast.keep), folder)?;
            pass.counts.messages = recast.draft.columns.len();
            pass.spans = recast.spans;
            not_carried.extend(recast.lost.iter().map(|at| MessageNumber(first + at)));
            layout::remove(folder)?;
            let mut writer = Writer::create(folder)?;
            for at in recast.keep.iter() {
                writer.copy(&recast.draft.columns, at)?;
            }
            pass.draft.columns = writer.finish()?;
            drop(recast.draft);
            layout::remove(&fitted)?;
        }
        let (items, balance) = self.items(sealed, &export, &pass, progress)?;
        let is_archive = export.is_archive() || sealed.within.is_some();
        let form = match (sealed.files.is_empty(), is_archive) {
            (false, _) => Form::Folder,
            (true, true) => Form::Archive,
            (true, false) => Form::File,
        };
        let mut notes = std::mem::take(&mut pass.summary.notes);
        notes.append(&mut export.notes);
        let ends_broken = |at: &u32| pass.items.get(at).is_some_and(|tally| tally.ends_broken);
        let broken = items.iter().zip(0u32..).filter(|(_, at)| ends_broken(at));
        notes.extend(broken.map(|(item, _)| item.ends_broken()));
        notes.extend(items.iter().filter_map(SourceItem::left_out));
        notes.extend(sealed.words.iter().map(wording::note));
        let beside = is_more(&pass, export);
        let holds_more = beside.is_some();
        notes.extend(beside);
        let new = pass.draft.columns.len();
        let end = first
            .checked_add(new)
            .filter(|end| *end < u32::MAX)
            .ok_or_else(|| {
                Failure::Refused("a case holds at most 4,294,967,294 messages".into())
            })?;
        let (summary, counts) = (pass.summary, pass.counts);
        let source = Source {
            id,
            path: sealed.path.clone(),
            name: sealed.name.clone(),
            form,
            format: importer.name().to_owned(),
            importer_version: importer.version(),
            sha256: sealed.sha256.clone(),
            size: sealed.size,
            within: sealed.within.clone(),
            items,
            balance,
            messages: counts.messages,
            system: counts.system,
            exceptions: counts.exceptions,
            undecodable: counts.undecodable,
            new,
            already_known: counts.messages.saturating_sub(new),
            numbers: first..end,
            threads: plan.threads.iter().map(|thread| thread.id).collect(),
            renames: plan.renames,
            clocks: plan.clocks,
            not_carried,
            shape: summary.shape,
            date_order: summary.date_order,
            date_order_basis: summary.date_order_basis,
            date_order_assumed: summary.date_order_assumed,
            date_order_given: options.date_order,
            words: sealed.words.clone(),
            first: counts.first,
            last: counts.last,
            notes,
            holds_more,
            imported_at: String::new(),
            imported_by: String::new(),
        };
        let part = Part {
            folder: folder.into(),
            instances: plan.instances,
            added: Added {
                first,
                count: new,
                participants: self
                    .names
                    .new
                    .get(names_before..)
                    .unwrap_or_default()
                    .to_vec(),
                threads: plan.threads,
                sources: vec![source],
                copies: Vec::new(),
            },
            columns: pass.draft.columns,
        };
        let part = Arc::new(part);
        self.store.push(part.clone())?;
        self.parts.push(part);
        self.spans.push((pass.spans, known_spans));
        self.let_go()?;
        Ok(())
    }

    /// Joins the exports that are held in memory in one part on the disk, once they are many.
    fn let_go(&mut self) -> Result<(), CaseError> {
        let held = |part: &&Arc<Part>| part.columns.held() > 0 || part.columns.len() == 0;
        let read = self.parts.get(self.known..).unwrap_or_default();
        let count = read.iter().rev().take_while(held).count();
        let last = read.get(read.len() - count..).unwrap_or_default();
        if last.iter().map(|part| part.columns.held()).sum::<u64>() <= HELD {
            return Ok(());
        }
        let last = self.parts.split_off(self.parts.len() - count);
        let folder = self.folder.join(format!("to-{}", self.len()));
        layout::remove(&folder)?;
        let joined = part::join(&folder, &last)?;
        self.parts.push(Arc::new(joined));
        self.store.set_parts(self.parts.clone());
        Ok(())
    }

    /// Plans what a draft adds: from what the ledger says is known, or from what is found to be.
    /// Writes where known messages stand beside the folder of the draft.
    fn plan(
        &mut self,
        draft: &Draft,
        source: SourceId,
        known: Option<&[(Standing, u32, bool)]>,
        given: Option<&RoaringBitmap>,
        folder: &Path,
    ) -> Result<(Plan, Known), CaseError> {
        let first = self.store.len();
        let pairs = match known {
            Some(known) => merge::pairs_of(draft, known),
            None => self.finder.find(&self.store, draft, first),
        };
        let mut spans = Known::default();
        for pair in &pairs {
            if let Some(row) = draft.columns.row(pair.at) {
                spans.push((row.item, row.span), pair.number, pair.beside);
            }
        }
        let beside = folder.with_extension(part::INSTANCES);
        layout::remove(&beside)?;
        let export = merge::Export {
            store: &self.store,
            draft,
            source,
            first,
        };
        Ok((merge::plan(&export, &pairs, given, &beside)?, spans))
    }

    /// The items of a source with what became of their bytes; refuses a source whose bytes do not
    /// add up.
    fn items(
        &self,
        sealed: &SealedSource,
        export: &Export,
        pass: &Pass,
        progress: &mut dyn Progress,
    ) -> Result<(Vec<SourceItem>, Balance), Failure> {
        let mut items = Vec::with_capacity(export.items.len());
        let mut balance = Balance::default();
        for (at, item) in (0u32..).zip(&export.items) {
            let is_chat = pass.has_read(at);
            let tally = pass.items.get(&at).copied().unwrap_or_default();
            let mut size = item.size;
            let mut sha256 = match usize::try_from(at).ok().and_then(|at| sealed.files.get(at)) {
                Some(file) => Some(file.sha256.clone()),
                None if !export.is_packed(at) => Some(sealed.sha256.clone()),
                None => None,
            };
            if is_chat && export.is_packed(at) {
                let mut stream = export
                    .open(at)
                    .map_err(|error| Failure::Refused(error.to_string()))?;
                let mut done = 0;
                let unpacked = originals::unpack(self.layout, &mut stream, &mut |count| {
                    done += count;
                    match progress.tick("unpacking", done, item.size) {
                        std::ops::ControlFlow::Continue(()) => Ok(()),
                        std::ops::ControlFlow::Break(()) => Err(CaseError::Stopped),
                    }
                })?;
                size = unpacked.size;
                sha256 = Some(unpacked.sha256);
            }
            if is_chat {
                balance.bytes += size;
                balance.in_messages += tally.in_messages;
                balance.in_structure += tally.in_structure;
                balance.in_exceptions += tally.in_exceptions;
                if tally.overlaps || tally.end > size {
                    return Err(unbalanced(&item.name, &balance));
                }
            }
            items.push(SourceItem {
                name: item.name.clone(),
                size,
                sha256,
                role: item.role,
                is_read: is_chat,
                is_carried: export.is_packed(at) && !export.is_archive(),
                problem: item.problem.clone(),
                bytes_in_messages: tally.in_messages,
            });
        }
        if !balance.holds() {
            return Err(unbalanced(&sealed.name, &balance));
        }
        Ok((items, balance))
    }

    /// The parts that the batch stands on.
    pub(super) fn known_parts(&self) -> &[Arc<Part>] {
        self.parts.get(..self.known).unwrap_or_default()
    }

    /// Goes on, on top of a part that was made of what was read so far.
    pub(super) fn adopt(&mut self, part: Arc<Part>) -> Result<(), CaseError> {
        self.parts.truncate(self.known);
        self.parts.push(part);
        self.known += 1;
        self.names.new.clear();
        self.store = Store::of_parts(self.parts.clone(), self.zone)?;
        Ok(())
    }

    /// Joins what was read in one part, durable and ready to be published, and gives its folder
    /// and the standings of its messages, source by source.
    pub(super) fn finish(&mut self, number: u32) -> Result<Finished, CaseError> {
        let read = self.parts.split_off(self.known);
        let folder = self.folder.join("whole");
        layout::remove(&folder)?;
        let added = match read.as_slice() {
            // What stands in one folder is a part as it stands.
            [only] if only.columns.held() == 0 && only.columns.len() > 0 => {
                fs::rename(&only.folder, &folder).map_err(|error| CaseError::io(&folder, error))?;
                only.added.clone()
            }
            _ => {
                let known = self.parts.iter().map(|part| part.added.count).sum();
                let mut joined = part::join(&folder, &read)?;
                joined.added.first = known;
                joined.added
            }
        };
        part::join_instances(&folder, &read, true)?;
        Opened::seal(&folder, number, self.zone, added)?;
        let opened = Opened::open(&folder)?;
        Ok(Finished {
            opened,
            spans: std::mem::take(&mut self.spans),
        })
    }
}

/// A part that is written and not yet published.
pub(super) struct Finished {
    pub opened: Opened,
    pub spans: Vec<(Encoder, Known)>,
}

impl Finished {
    /// Gives the part its place.
    pub(super) fn publish(
        mut self,
        layout: &Layout,
    ) -> Result<(Opened, Vec<(Encoder, Known)>), CaseError> {
        let place = layout.part(self.opened.number);
        layout::remove(&place)?;
        layout::publish(&self.opened.part.folder, &place)?;
        self.opened.part.folder = place;
        Ok((self.opened, self.spans))
    }
}

fn unbalanced(name: &str, balance: &Balance) -> Failure {
    Failure::Refused(format!(
        "{name}: its bytes do not add up ({} read; {} in messages, {} in structure, {} in exceptions); \
         this is a fault of docket's importer, please report it",
        balance.bytes, balance.in_messages, balance.in_structure, balance.in_exceptions
    ))
}

#[cfg(test)]
mod tests {
    use super::super::spans::Told;
    use super::*;
    use crate::import::{Detection, ReadOptions};
    use crate::model::{Extra, ThreadId, Time};
    use proptest::prelude::*;
    use std::io::Read;

    #[test]
    fn numbers_and_names() {
        for number in [
            "+44 7700 900123",
            "07700 900 123",
            "(555) 0100-99",
            "+44\u{a0}7700\u{a0}900456",
        ] {
            assert!(is_number(number), "{number}");
        }
        for name in [
            "Ann",
            "Room 101",
            "112",
            "+44 7700 900123 Ann",
            "2021 Budget",
        ] {
            assert!(!is_number(name), "{name}");
        }
    }

    /// Reads a message from each line, or from as many lines as told for each in turn.
    struct Lines(Vec<usize>);

    impl Importer for Lines {
        fn name(&self) -> &'static str {
            "lines"
        }

        fn version(&self) -> u32 {
            1
        }

        fn about(&self) -> crate::import::About {
            crate::import::whatsapp::WhatsApp::STANDARD.about()
        }

        fn detect(&self, _: &Export) -> Detection {
            Detection::Yes(String::new())
        }

        fn read(
            &self,
            export: &Export,
            _: &ReadOptions,
            sink: &mut dyn Sink,
        ) -> Result<Summary, ReadError> {
            let mut text = String::new();
            export.open(0)?.read_to_string(&mut text).unwrap();
            sink.thread(ThreadHead {
                title: "t".into(),
                channel: "c".into(),
                group: None,
            })?;
            let mut lines = text.split_inclusive('\n').peekable();
            let mut counts = self.0.iter().cycle();
            let mut offset = 0;
            while lines.peek().is_some() {
                let count = counts.next().copied().unwrap_or(1);
                let text: String = lines.by_ref().take(count).collect();
                let span = Span {
                    offset,
                    length: u32::try_from(text.len()).unwrap(),
                };
                sink.record(Record {
                    thread: 0,
                    item: 0,
                    span,
                    written: None,
                    time: Time::Local(i64::try_from(offset).unwrap()),
                    sender: Some("Ann".into()),
                    kind: Kind::Text,
                    marks: Marks::default(),
                    text: text.trim_end().to_owned(),
                    extra: Extra::default(),
                })?;
                offset = span.end();
            }
            Ok(Summary {
                chat_item: Some(0),
                ..Summary::default()
            })
        }
    }

    fn read_as(
        folder: &Path,
        text: &str,
        importer: &Lines,
        expected: Option<&Told>,
    ) -> (Store, Told) {
        let layout = Layout::open_or_create(folder).unwrap();
        let given = folder.join("given.txt");
        fs::write(&given, text).unwrap();
        let sealed = originals::seal(&layout, &given, "", &mut ()).unwrap();
        let source = SealedSource {
            path: "given.txt".into(),
            name: "given.txt".into(),
            sha256: sealed.sha256,
            size: sealed.size,
            files: Vec::new(),
            within: None,
            words: Vec::new(),
        };
        let mut batch = Batch::new(&layout, Vec::new(), chrono_tz::UTC).unwrap();
        batch
            .read(
                &source,
                importer,
                &ReadOptions::default(),
                expected.map_or(How::First, How::Again),
                &mut (),
            )
            .unwrap();
        let finished = batch.finish(0).unwrap();
        let spans = super::super::spans::encode(finished.spans.clone());
        let standings = super::super::spans::decode(&spans).unwrap().remove(0);
        let (opened, _) = finished.publish(&layout).unwrap();
        let store = Store::of_parts(vec![Arc::new(opened.part)], chrono_tz::UTC).unwrap();
        (store, standings)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        /// However a newer importer cuts a file, every number stays with the bytes it was given
        /// to, and no line is in no message.
        #[test]
        fn a_newer_importer_keeps_numbers(
            lines in 1usize..12,
            older in proptest::collection::vec(1usize..4, 1..4),
            newer in proptest::collection::vec(1usize..4, 1..4),
        ) {
            let text: String = (0..lines).map(|at| format!("line {at} of many\n")).collect();
            let folder = tempfile::tempdir().unwrap();
            let (before, standings) =
                read_as(&folder.path().join("a"), &text, &Lines(older), None);
            let (after, kept) =
                read_as(&folder.path().join("b"), &text, &Lines(newer), Some(&standings));
            prop_assert_eq!(&kept, &standings);
            prop_assert_eq!(after.len(), before.len());
            prop_assert_eq!(after.thread_len(ThreadId(0)), before.len());
            let mut all = String::new();
            for number in (0..after.len()).map(MessageNumber) {
                let (old, new) = (before.message(number).unwrap(), after.message(number).unwrap());
                prop_assert_eq!((old.item, old.span), (new.item, new.span));
                prop_assert_eq!(after.position_of(number), before.position_of(number));
                let lost = after.sources()[0].not_carried.contains(&number);
                prop_assert_eq!(lost, new.kind == Kind::Unreadable);
                if !lost {
                    prop_assert_eq!(old.time, new.time);
                }
                all.push_str(new.text);
                all.push('\n');
            }
            for line in text.lines() {
                prop_assert!(all.contains(line), "{} is nowhere", line);
            }
        }
    }
}
