//! Reading sealed exports into a part: what import and rebuild share, so that both give the same.

mod copies;
mod items;

pub(super) use copies::Reread;

use super::columns::Writer;
use super::draft::Draft;
use super::failure::Failure;
use super::layout::{self, Layout};
use super::merge::{self, Finder, Plan};
use super::part::{self, Opened};
use super::reading::{Names, Pass, Reading};
use super::sealed::{How, OpenedArchive, SealedSource};
use super::source::{Form, Source, SourceItem};
use super::spans::{Known, Standing, Standings};
use super::store::{Added, Part, Store};
use super::wording::Lists;
use super::zone::Zone;
use super::{CaseError, Progress, recast, sequence, wording};
use crate::import::worker::{Original, Passed, Reader};
use crate::import::{self, Export, Importer, Packet, ReadError, ReadOptions};
use crate::model::{MessageNumber, SourceId};
use roaring::RoaringBitmap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of exports held in memory before they are joined on the disk.
const HELD: u64 = 32 << 20;

/// Reads exports one after another; each is a part of its own until some, and at the end all, are
/// joined in one.
pub(super) struct Batch<'a> {
    layout: &'a Layout,
    /// Where unfinished parts lie.
    folder: PathBuf,
    zone: chrono_tz::Tz,
    /// What is known of that zone's days.
    clocks: Zone,
    /// Parts of the case, then one for each export read.
    parts: Vec<Arc<Part>>,
    known: usize,
    store: Store,
    names: Names,
    finder: Finder,
    spans: Vec<(Standings, Standings)>,
    opened: OpenedArchive,
    reader: Reader,
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
            clocks: Zone::new(zone),
            known: parts.len(),
            parts,
            store,
            names,
            finder: Finder::default(),
            spans: Vec::new(),
            opened: OpenedArchive::default(),
            reader: Reader::default(),
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
        progress: &mut dyn Progress,
    ) -> Result<Vec<Packet>, Failure> {
        let original = Original {
            is_archive: true,
            ..sealed.original(self.layout, Vec::new())
        };
        let told = self
            .reader
            .packets(&original, folder, &mut || waiting(progress));
        if let Some(packets) = told {
            return packets.map_err(Failure::from);
        }
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

    #[allow(clippy::too_many_arguments)]
    fn pass(
        &mut self,
        sealed: &SealedSource,
        importer: &dyn Importer,
        export: &Export,
        options: &ReadOptions,
        keep: Option<&RoaringBitmap>,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Pass, Failure> {
        let wording = Lists::sealed(self.layout, &sealed.words)?.into_wording();
        let original = sealed.original(self.layout, wording);
        let total = export
            .items
            .iter()
            .filter(|item| item.role == crate::import::ItemRole::Chat)
            .map(|item| item.size)
            .sum();
        let named = self.names.new.len();
        loop {
            layout::remove(folder)?;
            let mut reading = Reading::new(
                folder,
                &mut self.names,
                &mut self.clocks,
                keep,
                total,
                progress,
            );
            let given = (export, options);
            let done = match self.reader.read(&original, importer, given, &mut reading) {
                Some(Passed::Done(done)) => done,
                Some(Passed::Again) => {
                    drop(reading);
                    self.names.forget(named);
                    continue;
                }
                None => importer.read(export, options, &mut reading),
            };
            return reading.finish(done, importer.keeps_order());
        }
    }

    /// One more pass over an export that has been read, with the same names.
    #[allow(clippy::too_many_arguments)]
    fn again(
        &mut self,
        before: Pass,
        sealed: &SealedSource,
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
        let mut pass = self.pass(sealed, importer, export, options, keep, folder, progress)?;
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
        // What ends a reader ends no more than that: nothing is opened here that was not there.
        let original = sealed.original(self.layout, Vec::new());
        self.reader
            .open(&original, &mut || waiting(progress))
            .map_err(Failure::from)?;
        let export = self.opened.open(self.layout, sealed);
        let mut export = export.map_err(|error| Failure::Refused(error.to_string()))?;
        let expected = match how {
            How::Again(told) => Some(told),
            How::First | How::Whole => None,
        };
        let names_before = self.names.new.len();
        let mut pass = match self.pass(sealed, importer, &export, options, None, folder, progress) {
            Err(Failure::Refused(why)) => {
                let Some(damaged) = export.set_damaged_aside(&|_| true) else {
                    return Err(Failure::Refused(why));
                };
                // A damaged entry costs itself and no other; where it is all there is, the source.
                self.names.forget(names_before);
                let rest = self.pass(sealed, importer, &export, options, None, folder, progress)?;
                if rest.counts.messages == 0 {
                    return Err(Failure::Refused(damaged));
                }
                rest
            }
            done => done?,
        };
        if matches!(how, How::First)
            && self
                .beside(&original, importer, &export, &pass, progress)?
                .is_some()
        {
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
                sealed,
                importer,
                &export,
                options,
                Some(&keep),
                folder,
                progress,
            )?;
        }
        let mut not_carried = Vec::new();
        if let Some(expected) = expected.map(|expected| &expected.new)
            && !pass.spans.are(expected)
        {
            pass = self.again(
                pass, sealed, importer, &export, options, None, folder, progress,
            )?;
            let fitted = folder.with_extension("fitted");
            layout::remove(&fitted)?;
            let raw = |item, span| recast::raw_bytes(&export, item, span);
            let mut recast = recast::recast(
                &fitted,
                &pass.draft,
                plan.keep.as_ref(),
                &expected.read(),
                &raw,
            )?;
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
        let (items, balance) = items::items(self.layout, sealed, &export, &pass, progress)?;
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
        let beside = self.beside(&original, importer, &export, &pass, progress)?;
        let taken = |item| pass.has_read(item) || pass.brought.contains(item);
        let left = import::left_over(&export, importer, &taken).filter(|_| beside.is_none());
        let holds_more = beside.is_some() || left.as_ref().is_some_and(|(_, archives)| *archives);
        notes.extend(beside.into_iter().chain(left.map(|(told, _)| told)));
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

    /// What else stands in an archive of which this was read.
    fn beside(
        &mut self,
        original: &Original<'_>,
        importer: &dyn Importer,
        export: &Export,
        pass: &Pass,
        progress: &mut dyn Progress,
    ) -> Result<Option<String>, Failure> {
        let taken = |item| pass.has_read(item) || pass.brought.contains(item);
        let of = (export, importer.name());
        let told = self
            .reader
            .beside(original, of, &taken, &mut || waiting(progress));
        match told {
            Some(beside) => beside.map_err(Failure::from),
            None => Ok(import::beside(export.clone(), importer, &taken)),
        }
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
    ) -> Result<(Plan, Standings), CaseError> {
        let first = self.store.len();
        let pairs = match known {
            Some(known) => merge::pairs_of(draft, known),
            None => self.finder.find(&self.store, draft, first),
        };
        let mut spans = Known::new(&folder.with_extension("known"));
        for pair in &pairs {
            if let Some(row) = draft.columns.row(pair.at) {
                spans.push((row.item, row.span), pair.number, pair.beside)?;
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
        Ok((
            merge::plan(&export, &pairs, given, &beside)?,
            spans.finish()?,
        ))
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
    pub spans: Vec<(Standings, Standings)>,
}

impl Finished {
    /// Gives the part its place.
    pub(super) fn publish(
        mut self,
        layout: &Layout,
    ) -> Result<(Opened, Vec<(Standings, Standings)>), CaseError> {
        let place = layout.part(self.opened.number);
        layout::remove(&place)?;
        layout::publish(&self.opened.part.folder, &place)?;
        self.opened.part.folder = place;
        Ok((self.opened, self.spans))
    }
}

/// Asks whether whoever waits for a reader still does.
pub(super) fn waiting(progress: &mut dyn Progress) -> Result<(), ReadError> {
    match progress.tick("looking", 0, 0) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReadError::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{originals, spans};
    use super::*;
    use crate::import::{Detection, Record, Sink, Summary, ThreadHead};
    use crate::model::{Extra, Kind, Marks, Span, ThreadId, Time};
    use proptest::prelude::*;
    use std::io::Read;

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
                members: Vec::new(),
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
        expected: Option<&[u8]>,
    ) -> (Store, Vec<u8>) {
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
        let told = expected.map(|bytes| spans::decode(bytes).unwrap().remove(0));
        batch
            .read(
                &source,
                importer,
                &ReadOptions::default(),
                told.as_ref().map_or(How::First, How::Again),
                &mut (),
            )
            .unwrap();
        let finished = batch.finish(0).unwrap();
        let (opened, standings) = finished.publish(&layout).unwrap();
        let standings = spans::encode(&standings, &folder.join("standings")).unwrap();
        let store = Store::of_parts(vec![Arc::new(opened.part)], chrono_tz::UTC).unwrap();
        (store, standings.to_vec())
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
