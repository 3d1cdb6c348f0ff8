//! Writing the index: two threads, each a shard of its own, read the texts in order and write them
//! as segments.
//!
//! tantivy's own writer hands every document to another thread through a queue, which costs as much
//! as a third of the indexing when messages are short. A shard is written by one thread anyway, so
//! that thread fills the segments itself ([`SegmentWriter`]) and tantivy's writer only lists and
//! merges them.

use super::super::columns::SEPARATOR;
use super::super::originals::hash_file;
use super::super::store::Part;
use super::super::{CaseError, layout};
use super::{LIST, List, NUMBER, OFTEN, Shard, TEXT, first_of, folder_name, numbers_of, published};
use crate::text;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tantivy::indexer::{AddOperation, NoMergePolicy, SegmentWriter};
use tantivy::schema::document::{Document, ReferenceValue, ReferenceValueLeaf, Value};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{Index, IndexSettings, IndexWriter, SegmentReader};

/// What each of the two threads may hold before it writes a segment, of a shard with many messages
/// (whose import holds other things besides) and of one with fewer. More makes fewer segments.
const HEAPS: [usize; 2] = [24 << 20, 40 << 20];
/// A shard with more messages than this has many.
const MANY: usize = 2_000_000;
/// How much memory a segment is said to have at its start. Its table of words is made to fit, and
/// grows with them; one made for all of a heap has room for half a million words at once, of which
/// most stay empty, and every word of every text is looked for all over it: the smaller table
/// stays in the processor's cache.
const STARTS_WITH: usize = 1 << 20;
/// What tantivy's own writer may hold: the least that it takes.
const LEAST_HEAP: usize = 15 << 20;
/// From so many messages on, two threads take one half each.
const HALVES: u32 = 50_000;
/// A shard of at most so many messages is taken up into the next one that is as large, so that
/// many small imports do not leave many small shards.
const SMALL: u32 = 200_000;
/// A shard with more segments than this has its neighbours merged.
const SEGMENTS: usize = 6;
/// Segments are merged up to this many messages: one merge maps what it merges.
const MERGED: u32 = 1_000_000;

/// Bytes of texts that are read together.
const TOGETHER: usize = 1 << 18;

/// A thread looks this often whether its segment is full.
const FULL: u32 = 64;

const TOKENIZER: &str = "docket";
/// A shard being written.
const UNFINISHED: &str = ".new-";

fn failed(error: impl std::fmt::Display) -> CaseError {
    CaseError::IndexUnwritten(error.to_string())
}

/// The words of a text as tantivy takes them.
#[derive(Clone, Default)]
struct FoldedWords {
    token: Token,
}

struct FoldedStream<'a> {
    words: text::Words<'a>,
    token: &'a mut Token,
}

impl Tokenizer for FoldedWords {
    type TokenStream<'a> = FoldedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> FoldedStream<'a> {
        self.token.reset();
        FoldedStream {
            words: text::words(text),
            token: &mut self.token,
        }
    }
}

impl TokenStream for FoldedStream<'_> {
    fn advance(&mut self) -> bool {
        match self.words.advance(&mut self.token.text) {
            Some(range) => {
                self.token.offset_from = range.start;
                self.token.offset_to = range.end;
                self.token.position = self.token.position.wrapping_add(1);
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }

    fn process(&mut self, take: &mut dyn FnMut(&Token)) {
        while self.advance() {
            take(self.token);
        }
    }
}

/// One message as tantivy takes it: a stretch of texts that were read together.
struct Entry {
    texts: Arc<String>,
    at: Range<usize>,
    text: Field,
    /// The message's; kept of a segment's first.
    number: Option<(Field, u64)>,
}

/// What a field of an [`Entry`] holds.
#[derive(Clone, Copy, Debug)]
enum Held<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Value<'a> for Held<'a> {
    type ArrayIter = std::iter::Empty<Held<'a>>;
    type ObjectIter = std::iter::Empty<(&'a str, Held<'a>)>;

    fn as_value(&self) -> ReferenceValue<'a, Held<'a>> {
        ReferenceValue::Leaf(match self {
            Held::Text(text) => ReferenceValueLeaf::Str(text),
            Held::Number(number) => ReferenceValueLeaf::U64(*number),
        })
    }
}

impl Document for Entry {
    type Value<'a> = Held<'a>;
    type FieldsValuesIter<'a> = std::iter::Chain<
        std::iter::Once<(Field, Held<'a>)>,
        std::option::IntoIter<(Field, Held<'a>)>,
    >;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let words = self.texts.get(self.at.clone()).unwrap_or_default();
        let number = self
            .number
            .map(|(field, value)| (field, Held::Number(value)));
        std::iter::once((self.text, Held::Text(words))).chain(number)
    }
}

fn schema() -> (Schema, Field, Field) {
    let mut builder = Schema::builder();
    let text = builder.add_text_field(
        TEXT,
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(TOKENIZER)
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        ),
    );
    let number = builder.add_u64_field(NUMBER, NumericOptions::default().set_fast());
    (builder.build(), text, number)
}

fn with_tokenizer(index: Index) -> Index {
    index
        .tokenizers()
        .register(TOKENIZER, TextAnalyzer::from(FoldedWords::default()));
    index
}

/// Shards that are written and not yet published.
pub(in crate::case) struct Built {
    folder: PathBuf,
    ranges: Vec<Range<u32>>,
}

impl Built {
    /// Writes shards for the messages that the folder's published shards do not cover, small
    /// neighbours taken up. Nothing is published yet.
    ///
    /// # Errors
    /// [`CaseError::Stopped`] when `tick` says so; then nothing is left behind.
    pub(in crate::case) fn write(
        folder: &Path,
        parts: &[Arc<Part>],
        keep_below: u32,
        tick: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Built, CaseError> {
        let len = parts
            .last()
            .map_or(0, |part| part.added.first + part.added.count);
        let mut shards = published(folder)?;
        shards.retain(|shard| shard.end <= keep_below);
        let mut start = shards.last().map_or(0, |last| last.end);
        if start >= len {
            return Ok(Built {
                folder: folder.into(),
                ranges: Vec::new(),
            });
        }
        while let Some(last) = shards.pop() {
            let count = last.end - last.start;
            if count > SMALL || count > len - start {
                break;
            }
            start = last.start;
        }
        let mut ranges = Vec::new();
        if len - start >= HALVES {
            let middle = start + (len - start) / 2;
            ranges.push(start..middle);
            start = middle;
        }
        ranges.push(start..len);
        let built = Built {
            folder: folder.into(),
            ranges,
        };
        let done = built.write_all(parts, tick);
        if done.is_err() {
            built.discard();
        }
        done.map(|()| built)
    }

    fn unfinished(&self, numbers: &Range<u32>) -> PathBuf {
        self.folder
            .join(format!("{UNFINISHED}{}", folder_name(numbers)))
    }

    fn write_all(
        &self,
        parts: &[Arc<Part>],
        tick: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<(), CaseError> {
        let counts = self.ranges.iter().map(|numbers| numbers.len());
        let total = counts.sum::<usize>() as u64;
        let done = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let merging = Mutex::new(());
        std::thread::scope(|scope| {
            let workers: Vec<_> = self
                .ranges
                .iter()
                .map(|numbers| {
                    let folder = self.unfinished(numbers);
                    let (done, stop, merging) = (&done, &stop, &merging);
                    scope.spawn(move || {
                        write_shard(&folder, parts, numbers.clone(), done, stop, merging)
                    })
                })
                .collect();
            let mut stopped = false;
            while workers.iter().any(|worker| !worker.is_finished()) {
                if !stopped && tick(done.load(Ordering::Relaxed), total).is_break() {
                    stop.store(true, Ordering::Relaxed);
                    stopped = true;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let mut outcome = Ok(());
            for worker in workers {
                let ended = worker
                    .join()
                    .unwrap_or_else(|_| Err(failed("a writer gave up")));
                outcome = outcome.and(ended);
            }
            if stopped {
                return Err(CaseError::Stopped);
            }
            outcome
        })
    }

    /// Gives the shards their names and removes those they took up.
    pub(in crate::case) fn publish(self) -> Result<(), CaseError> {
        for numbers in &self.ranges {
            let place = self.folder.join(folder_name(numbers));
            layout::remove(&place)?;
            layout::publish(&self.unfinished(numbers), &place)?;
        }
        let kept = published(&self.folder)?;
        for entry in
            fs::read_dir(&self.folder).map_err(|error| CaseError::io(&self.folder, error))?
        {
            let entry = entry.map_err(|error| CaseError::io(&self.folder, error))?;
            let keep = entry
                .file_name()
                .to_str()
                .and_then(numbers_of)
                .is_some_and(|numbers| kept.contains(&numbers));
            if !keep {
                layout::remove(&entry.path())?;
            }
        }
        layout::sync_folder(&self.folder)
    }

    /// Removes the shards that hold messages from this number on.
    pub(in crate::case) fn forget(folder: &Path, from: u32) -> Result<(), CaseError> {
        for numbers in published(folder)? {
            if numbers.end > from {
                layout::remove(&folder.join(folder_name(&numbers)))?;
            }
        }
        Ok(())
    }

    /// Removes what was written; what cannot be removed is swept by the next import.
    pub(in crate::case) fn discard(&self) {
        for numbers in &self.ranges {
            let _ = layout::remove(&self.unfinished(numbers));
        }
    }
}

/// Each text of these numbers, read in order, many at a time: the texts read together, and where
/// in them it stands.
fn each_text(
    parts: &[Arc<Part>],
    numbers: Range<u32>,
    mut take: impl FnMut(u32, &Arc<String>, Range<usize>) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    for part in parts {
        let first = part.added.first;
        let start = numbers.start.max(first);
        let end = numbers.end.min(first + part.added.count);
        if start >= end {
            continue;
        }
        let path = part.folder.join("texts");
        let failed = |error| CaseError::io(&path, error);
        let mut file = File::open(&path).map_err(failed)?;
        let from = part.columns.text_start(start - first);
        file.seek(SeekFrom::Start(from as u64)).map_err(failed)?;
        let mut reader = BufReader::with_capacity(TOGETHER, file);
        let mut wanted = start..end;
        while !wanted.is_empty() {
            let (texts, places) = some_texts(&mut reader).map_err(failed)?;
            if places.is_empty() {
                return Err(failed(std::io::ErrorKind::UnexpectedEof.into()));
            }
            for (at, number) in places.into_iter().zip(&mut wanted) {
                take(number, &texts, at)?;
            }
        }
    }
    Ok(())
}

/// The texts that lie in the buffer whole, or the next one where it is longer, and the place of
/// each among them; none at the end.
fn some_texts(reader: &mut BufReader<File>) -> std::io::Result<(Arc<String>, Vec<Range<usize>>)> {
    let held = reader.fill_buf()?;
    let whole = memchr::memrchr(SEPARATOR, held).map_or(0, |last| last + 1);
    let mut bytes = held.get(..whole).unwrap_or_default().to_vec();
    reader.consume(whole);
    if whole == 0 {
        reader.read_until(SEPARATOR, &mut bytes)?;
    }
    let mut places = Vec::new();
    let mut begin = 0;
    for close in memchr::memchr_iter(SEPARATOR, &bytes) {
        places.push(begin..close);
        begin = close + 1;
    }
    // Then all of them are checked at once for being UTF-8.
    for place in &places {
        if let Some(separator) = bytes.get_mut(place.end) {
            *separator = b'\n';
        }
    }
    let texts = String::from_utf8(bytes).unwrap_or_else(|damaged| {
        let mut texts = String::new();
        for place in &mut places {
            let text = damaged.as_bytes().get(place.clone()).unwrap_or_default();
            let begin = texts.len();
            texts.push_str(std::str::from_utf8(text).unwrap_or("\u{FFFD}"));
            *place = begin..texts.len();
        }
        texts
    });
    Ok((Arc::new(texts), places))
}

/// Fills one segment after another.
struct Filler<'a> {
    writer: &'a IndexWriter<Entry>,
    heap: usize,
    segment: tantivy::index::Segment,
    filled: SegmentWriter,
}

impl<'a> Filler<'a> {
    fn new(writer: &'a IndexWriter<Entry>, heap: usize) -> Result<Filler<'a>, CaseError> {
        let segment = writer.new_segment();
        let filled = SegmentWriter::for_segment(STARTS_WITH, segment.clone()).map_err(failed)?;
        Ok(Filler {
            writer,
            heap,
            segment,
            filled,
        })
    }

    fn is_full(&mut self) -> bool {
        self.filled.mem_usage() >= self.heap
    }

    fn add(&mut self, mut document: Entry) -> Result<(), CaseError> {
        // A segment is a run: what the first one's number is says all.
        if self.filled.max_doc() > 0 {
            document.number = None;
        }
        // Stamps order deletions among additions; nothing is ever deleted here.
        let added = AddOperation {
            opstamp: 0,
            document,
        };
        self.filled.add_document(added).map_err(failed)
    }

    /// Writes the segment and has it listed at the next commit.
    fn finish(self) -> Result<(), CaseError> {
        let count = self.filled.max_doc();
        if count == 0 {
            return Ok(());
        }
        self.filled.finalize().map_err(failed)?;
        let segment = self.segment.with_max_doc(count);
        self.writer
            .add_segment(segment.meta().clone())
            .map_err(failed)
    }
}

fn write_shard(
    folder: &Path,
    parts: &[Arc<Part>],
    numbers: Range<u32>,
    done: &AtomicU64,
    stop: &AtomicBool,
    merging: &Mutex<()>,
) -> Result<(), CaseError> {
    layout::remove(folder)?;
    layout::make_folder(folder)?;
    let (schema, text_field, number_field) = schema();
    let settings = IndexSettings {
        docstore_compression: tantivy::store::Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let directory = tantivy::directory::MmapDirectory::open(folder).map_err(failed)?;
    let index = with_tokenizer(Index::create(directory, schema, settings).map_err(failed)?);
    let mut writer = index
        .writer_with_num_threads(1, LEAST_HEAP)
        .map_err(failed)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let [many, fewer] = HEAPS;
    let heap = if numbers.len() > MANY { many } else { fewer };
    let mut filler = None;
    each_text(parts, numbers.clone(), |number, texts, at| {
        if number % OFTEN == 0 {
            if stop.load(Ordering::Relaxed) {
                return Err(CaseError::Stopped);
            }
            done.fetch_add(u64::from(OFTEN), Ordering::Relaxed);
        }
        // A full segment is written before the next one begins: an empty one takes megabytes.
        if number % FULL == 0
            && let Some(full) = filler.take_if(Filler::is_full)
        {
            full.finish()?;
        }
        let filling = match &mut filler {
            Some(filling) => filling,
            none => none.insert(Filler::new(&writer, heap)?),
        };
        filling.add(Entry {
            texts: Arc::clone(texts),
            at,
            text: text_field,
            number: Some((number_field, u64::from(number))),
        })
    })?;
    if let Some(last) = filler {
        last.finish()?;
    }
    writer.commit().map_err(failed)?;
    {
        // A merge takes as much memory as a segment: one at a time.
        let _turn = merging.lock().unwrap_or_else(PoisonError::into_inner);
        merge(&index, &mut writer, stop)?;
    }
    writer.wait_merging_threads().map_err(failed)?;
    drop(index);
    let mut list = List::default();
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| CaseError::io(folder, error))? {
        let entry = entry.map_err(|error| CaseError::io(folder, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".lock") {
            continue;
        }
        let size = entry
            .metadata()
            .map_err(|error| CaseError::io(&entry.path(), error))?
            .len();
        let sha256 = hash_file(&entry.path(), &mut |_| Ok(()))?;
        paths.push(entry.path());
        list.0.insert(name, (size, sha256));
    }
    let list = serde_json::to_vec(&list).map_err(failed)?;
    layout::sync_files(&paths)?;
    // tantivy does not make the names of its files durable; writing the list does, in this folder.
    layout::write_whole(&folder.join(LIST), &list)?;
    Shard::open(folder, numbers).map(|_| ())
}

/// Merges neighbours where there are many segments, in the order of their numbers.
fn merge(
    index: &Index,
    writer: &mut IndexWriter<Entry>,
    stop: &AtomicBool,
) -> Result<(), CaseError> {
    let mut segments = Vec::new();
    for segment in index.searchable_segments().map_err(failed)? {
        let reader = SegmentReader::open(&segment).map_err(failed)?;
        segments.push((first_of(&reader)?, reader.num_docs(), segment.id()));
    }
    if segments.len() <= SEGMENTS {
        return Ok(());
    }
    segments.sort_unstable_by_key(|(first, _, _)| *first);
    let mut groups = vec![(0, Vec::new())];
    for (_, count, id) in segments {
        match groups.last_mut() {
            Some((sum, ids)) if *sum + count <= MERGED || ids.is_empty() => {
                *sum += count;
                ids.push(id);
            }
            _ => groups.push((count, vec![id])),
        }
    }
    for (_, ids) in groups {
        if stop.load(Ordering::Relaxed) {
            return Err(CaseError::Stopped);
        }
        if ids.len() > 1 {
            writer.merge(&ids).wait().map_err(failed)?;
        }
    }
    writer.garbage_collect_files().wait().map_err(failed)?;
    Ok(())
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;
    use tantivy::{DocSet, Term};

    /// The first number of each segment and how many messages it holds, in order; each message's place is where
    /// its number says.
    fn runs(index: &Index, field: Field) -> Vec<(u32, u32)> {
        let mut runs = Vec::new();
        for segment in index.searchable_segments().unwrap() {
            let reader = SegmentReader::open(&segment).unwrap();
            let (first, count) = (first_of(&reader).unwrap(), reader.num_docs());
            let words = reader.inverted_index(field).unwrap();
            for at in 0..count {
                let word = Term::from_field_text(field, &format!("w{}", first + at));
                let found = words.read_postings(&word, IndexRecordOption::Basic);
                assert_eq!(found.unwrap().unwrap().doc(), at);
            }
            runs.push((first, count));
        }
        runs.sort_unstable();
        runs
    }

    #[test]
    fn segments_and_what_they_are_merged_into_are_runs_of_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let (schema, text, number) = schema();
        let index = with_tokenizer(Index::create_in_dir(folder.path(), schema).unwrap());
        let mut writer = index.writer_with_num_threads(1, LEAST_HEAP).unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let mut next = 100;
        let mut written = Vec::new();
        for count in 1..=9 {
            written.push((next, count));
            let mut filler = Filler::new(&writer, STARTS_WITH).unwrap();
            for _ in 0..count {
                let texts = Arc::new(format!("w{next}"));
                let at = 0..texts.len();
                let number = Some((number, u64::from(next)));
                let entry = Entry {
                    texts,
                    at,
                    text,
                    number,
                };
                filler.add(entry).unwrap();
                next += 1;
            }
            filler.finish().unwrap();
        }
        writer.commit().unwrap();
        assert_eq!(runs(&index, text), written);
        merge(&index, &mut writer, &AtomicBool::new(false)).unwrap();
        assert_eq!(runs(&index, text), [(100, 45)]);
    }
}
