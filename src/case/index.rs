//! The search index over the words of all texts: a cache that may be deleted at any time. The only
//! file that names tantivy.
//!
//! The index is a row of shards, each a tantivy index of its own over a run of message numbers:
//! one field of folded words with positions, without norms, nothing stored, and the number as a
//! fast field. A shard is written by one thread in number order, so that within each of its
//! segments a document's place is its number less the segment's first. tantivy's list of segments
//! is *not* in that order; it is sorted by the first number here, and every segment's last number
//! is checked against its length.
//!
//! Words are those of [`crate::text::words`]: folded, and in scripts without spaces one per
//! character, so that any run of characters there is found as a phrase.

use super::CaseError;
use super::columns::SEPARATOR;
use super::layout;
use super::originals::hash_file;
use super::store::Part;
use super::words::WordQuery;
use crate::text;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tantivy::indexer::NoMergePolicy;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{
    DocId, DocSet, IndexSettings, IndexWriter, SegmentReader, TERMINATED, TantivyDocument, Term,
};

/// What each of the two writers may hold before it writes a segment; a writer that is writing one
/// fills the next meanwhile. Larger ones make fewer segments to merge.
const HEAP: usize = 32 << 20;
/// What a writer may hold that only merges: the least that tantivy takes.
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
/// A writer looks this often whether it is still wanted.
const OFTEN: u32 = 1024;

const TEXT: &str = "text";
const NUMBER: &str = "number";
const TOKENIZER: &str = "docket";
/// Lists the files of a shard.
const LIST: &str = "files.json";
/// A shard being written.
const UNFINISHED: &str = ".new-";

fn failed(error: impl std::fmt::Display) -> CaseError {
    CaseError::Index(error.to_string())
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

fn with_tokenizer(index: tantivy::Index) -> tantivy::Index {
    index
        .tokenizers()
        .register(TOKENIZER, TextAnalyzer::from(FoldedWords::default()));
    index
}

/// Size and SHA-256 of each file of a shard: what is damaged is found here, not by tantivy.
#[derive(Default, Serialize, Deserialize)]
struct List(BTreeMap<String, (u64, String)>);

/// One run of consecutive numbers in tantivy's own form.
struct Segment {
    first: u32,
    reader: SegmentReader,
}

/// A tantivy index over a run of message numbers.
struct Shard {
    numbers: Range<u32>,
    folder: PathBuf,
    field: Field,
    segments: Vec<Segment>,
}

/// The open index of a case.
#[derive(Default)]
pub(super) struct Index {
    shards: Vec<Arc<Shard>>,
}

fn folder_name(numbers: &Range<u32>) -> String {
    format!("{:010}-{:010}", numbers.start, numbers.end)
}

fn numbers_of(name: &str) -> Option<Range<u32>> {
    let (start, end) = name.split_once('-')?;
    let range = start.parse().ok()?..end.parse().ok()?;
    (range.start < range.end && folder_name(&range) == name).then_some(range)
}

/// The first and the last number of a segment.
fn bounds(reader: &SegmentReader) -> Result<(u32, u32), CaseError> {
    let column = reader.fast_fields().u64(NUMBER).map_err(failed)?;
    let number = |value: u64| u32::try_from(value).map_err(failed);
    Ok((number(column.min_value())?, number(column.max_value())?))
}

impl Shard {
    fn open(folder: &Path, numbers: Range<u32>) -> Result<Shard, CaseError> {
        for (name, (size, _)) in Shard::list(folder)?.0 {
            let path = folder.join(name);
            let found = fs::metadata(&path).map_err(|error| CaseError::io(&path, error))?;
            if found.len() != size {
                return Err(failed("a file of it is not as long as it was written"));
            }
        }
        let index = tantivy::Index::open_in_dir(folder).map_err(failed)?;
        let field = index.schema().get_field(TEXT).map_err(failed)?;
        let mut segments = Vec::new();
        for segment in index.searchable_segments().map_err(failed)? {
            let reader = SegmentReader::open(&segment).map_err(failed)?;
            let (first, last) = bounds(&reader)?;
            if last.checked_sub(first).and_then(|more| more.checked_add(1))
                != Some(reader.num_docs())
                || reader.has_deletes()
            {
                return Err(failed("a segment does not hold a run of messages"));
            }
            segments.push(Segment { first, reader });
        }
        segments.sort_unstable_by_key(|segment| segment.first);
        let mut next = numbers.start;
        for segment in &segments {
            if segment.first != next {
                return Err(failed("its segments do not follow one another"));
            }
            next = next.saturating_add(segment.reader.num_docs());
        }
        if next != numbers.end {
            return Err(failed("messages are missing in it"));
        }
        Ok(Shard {
            numbers,
            folder: folder.into(),
            field,
            segments,
        })
    }

    fn list(folder: &Path) -> Result<List, CaseError> {
        let path = folder.join(LIST);
        let bytes = fs::read(&path).map_err(|error| CaseError::io(&path, error))?;
        serde_json::from_slice(&bytes).map_err(failed)
    }
}

/// The published shards of the folder that cover the numbers from 0 on, in order. Shards that
/// others cover (a crash may leave them) are not among them.
fn published(folder: &Path) -> Result<Vec<Range<u32>>, CaseError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| CaseError::io(folder, error))? {
        let entry = entry.map_err(|error| CaseError::io(folder, error))?;
        found.extend(entry.file_name().to_str().and_then(numbers_of));
    }
    found.sort_unstable_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut shards: Vec<Range<u32>> = Vec::new();
    for range in found {
        let end = shards.last().map_or(0, |last| last.end);
        if range.start == end {
            shards.push(range);
        }
    }
    Ok(shards)
}

impl Index {
    /// Opens the shards of the folder, as far as they cover messages below `len`. A shard that
    /// cannot be opened, and all after it, are left out: [`Index::len`] tells.
    pub(super) fn open(folder: &Path, len: u32) -> Result<Index, CaseError> {
        let mut shards = Vec::new();
        for numbers in published(folder)? {
            if numbers.end > len {
                break;
            }
            match Shard::open(&folder.join(folder_name(&numbers)), numbers) {
                Ok(shard) => shards.push(Arc::new(shard)),
                Err(_) => break,
            }
        }
        Ok(Index { shards })
    }

    /// How many messages are in it: those with the numbers below.
    pub(super) fn len(&self) -> u32 {
        self.shards.last().map_or(0, |shard| shard.numbers.end)
    }

    /// How many segments there are, for a check's detail.
    pub(super) fn segments(&self) -> usize {
        self.shards.iter().map(|shard| shard.segments.len()).sum()
    }

    /// The messages that hold these words in a row; stops early when `cancel` becomes true.
    pub(super) fn matches(
        &self,
        query: &WordQuery,
        cancel: &AtomicBool,
    ) -> Result<RoaringBitmap, CaseError> {
        let mut hits = RoaringBitmap::new();
        for shard in &self.shards {
            for segment in &shard.segments {
                if cancel.load(Ordering::Relaxed) {
                    return Ok(hits);
                }
                let mut found = Found::new(segment);
                find(segment, shard.field, query, &mut found, cancel)?;
                hits |= found.into_set();
            }
        }
        Ok(hits)
    }

    /// Reads every byte of the index and compares it with what was written: the names of files
    /// that differ.
    pub(super) fn damaged(
        &self,
        mut tick: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<String>, CaseError> {
        let mut damaged = Vec::new();
        let mut done = 0;
        for shard in &self.shards {
            for (name, (size, sha256)) in Shard::list(&shard.folder)?.0 {
                let path = shard.folder.join(&name);
                if hash_file(&path, &mut |_| Ok(()))? != sha256 {
                    damaged.push(path.display().to_string());
                }
                done += size;
                if tick(done).is_break() {
                    return Err(CaseError::Stopped);
                }
            }
        }
        Ok(damaged)
    }
}

/// The messages of one segment that a query found, as bits.
struct Found {
    /// A multiple of 8 at or below the segment's first number.
    base: u32,
    shift: u32,
    bits: Vec<u8>,
}

impl Found {
    fn new(segment: &Segment) -> Found {
        let shift = segment.first % 8;
        let bits = u64::from(segment.reader.max_doc()) + u64::from(shift);
        Found {
            base: segment.first - shift,
            shift,
            bits: vec![0; usize::try_from(bits.div_ceil(8)).unwrap_or_default()],
        }
    }

    fn insert(&mut self, doc: DocId) {
        let bit = u64::from(doc) + u64::from(self.shift);
        if let Some(byte) = usize::try_from(bit / 8)
            .ok()
            .and_then(|at| self.bits.get_mut(at))
        {
            *byte |= 1 << (bit % 8);
        }
    }

    fn contains(&self, doc: DocId) -> bool {
        let bit = u64::from(doc) + u64::from(self.shift);
        usize::try_from(bit / 8)
            .ok()
            .and_then(|at| self.bits.get(at))
            .is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }

    fn into_set(self) -> RoaringBitmap {
        RoaringBitmap::from_lsb0_bytes(self.base, &self.bits)
    }
}

/// One past all keys that begin with `prefix`; `None` where there is no such key.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

fn find(
    segment: &Segment,
    field: Field,
    query: &WordQuery,
    found: &mut Found,
    cancel: &AtomicBool,
) -> Result<(), CaseError> {
    let words = segment.reader.inverted_index(field).map_err(failed)?;
    let positions = IndexRecordOption::WithFreqsAndPositions;
    let exact = |word: &String| {
        let option = match query.words.as_slice() {
            [_] => IndexRecordOption::Basic,
            _ => positions,
        };
        words
            .read_postings(&Term::from_field_text(field, word), option)
            .map_err(failed)
    };
    let beginning = |prefix: &str, option, take: &mut dyn FnMut(SegmentPostings)| {
        let mut range = words.terms().range().ge(prefix.as_bytes());
        if let Some(end) = after_prefix(prefix.as_bytes()) {
            range = range.lt(&end);
        }
        let mut stream = range.into_stream().map_err(failed)?;
        while stream.advance() && !cancel.load(Ordering::Relaxed) {
            let postings = words.read_postings_from_terminfo(stream.value(), option);
            take(postings.map_err(failed)?);
        }
        Ok(())
    };
    match query.words.as_slice() {
        [] => Ok(()),
        [word] if query.prefix => beginning(word, IndexRecordOption::Basic, &mut |postings| {
            each(postings, |doc| found.insert(doc));
        }),
        [word] => {
            if let Some(postings) = exact(word)? {
                each(postings, |doc| found.insert(doc));
            }
            Ok(())
        }
        [before @ .., last] => {
            let (in_a_row, last) = match query.prefix {
                true => (before, Some(last)),
                false => (query.words.as_slice(), None),
            };
            let mut all = Vec::with_capacity(in_a_row.len());
            for word in in_a_row {
                match exact(word)? {
                    Some(postings) => all.push(postings),
                    None => return Ok(()),
                }
            }
            let Some(last) = last else {
                let candidates = Candidates::of(all, None, cancel);
                candidates.docs.iter().for_each(|doc| found.insert(*doc));
                return Ok(());
            };
            // Where the last word stands at all is known without its positions, and leaves few
            // documents in which the others' positions must be read.
            let mut somewhere = Found::new(segment);
            beginning(last, IndexRecordOption::Basic, &mut |postings| {
                each(postings, |doc| somewhere.insert(doc));
            })?;
            let candidates = Candidates::of(all, Some(&somewhere), cancel);
            beginning(last, positions, &mut |mut postings| {
                candidates.followed_by(&mut postings, |doc| found.insert(doc));
            })
        }
    }
}

/// Tells every document of a word.
fn each(mut postings: SegmentPostings, mut tell: impl FnMut(DocId)) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        tell(doc);
        doc = postings.advance();
    }
}

/// Documents in which some words stand in a row, with the positions that follow them.
struct Candidates {
    docs: Vec<DocId>,
    /// Where each document's positions begin in `positions`.
    starts: Vec<usize>,
    positions: Vec<u32>,
}

impl Candidates {
    /// Documents that hold all these words in a row, and are in `within` where that is given.
    fn of(
        mut postings: Vec<SegmentPostings>,
        within: Option<&Found>,
        cancel: &AtomicBool,
    ) -> Candidates {
        let mut candidates = Candidates {
            docs: Vec::new(),
            starts: Vec::new(),
            positions: Vec::new(),
        };
        let (mut row, mut word) = (Vec::new(), Vec::new());
        // The rarest word leads.
        let mut leading: Vec<usize> = (0..postings.len()).collect();
        leading.sort_by_key(|at| postings.get(*at).map_or(0, DocSet::size_hint));
        let mut target = 0;
        let mut rounds = 0u32;
        'documents: loop {
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(OFTEN) && cancel.load(Ordering::Relaxed) {
                break;
            }
            for at in &leading {
                let Some(postings) = postings.get_mut(*at) else {
                    continue;
                };
                let doc = if postings.doc() < target {
                    postings.seek(target)
                } else {
                    postings.doc()
                };
                if doc == TERMINATED {
                    break 'documents;
                }
                if doc > target {
                    target = doc;
                    continue 'documents;
                }
            }
            if within.is_some_and(|within| !within.contains(target)) {
                target += 1;
                continue;
            }
            // Every word is in the document; keep the places where they stand in a row.
            row.clear();
            for (at, postings) in postings.iter_mut().enumerate() {
                postings.positions(&mut word);
                if at == 0 {
                    row.extend(word.iter().map(|position| position + 1));
                } else {
                    row.retain_mut(|next| {
                        let stands = word.binary_search(next).is_ok();
                        *next += 1;
                        stands
                    });
                }
            }
            if !row.is_empty() {
                candidates.docs.push(target);
                candidates.starts.push(candidates.positions.len());
                candidates.positions.extend_from_slice(&row);
            }
            target += 1;
        }
        candidates
    }

    fn positions(&self, at: usize) -> &[u32] {
        let end = self
            .starts
            .get(at + 1)
            .copied()
            .unwrap_or(self.positions.len());
        self.starts
            .get(at)
            .and_then(|start| self.positions.get(*start..end))
            .unwrap_or_default()
    }

    /// Tells the documents where the last word follows the others.
    fn followed_by(&self, postings: &mut SegmentPostings, mut tell: impl FnMut(DocId)) {
        let mut word = Vec::new();
        let mut at = 0;
        while let Some(&candidate) = self.docs.get(at) {
            let doc = if postings.doc() < candidate {
                postings.seek(candidate)
            } else {
                postings.doc()
            };
            if doc == TERMINATED {
                return;
            }
            if doc == candidate {
                postings.positions(&mut word);
                if self
                    .positions(at)
                    .iter()
                    .any(|position| word.binary_search(position).is_ok())
                {
                    tell(doc);
                }
                at += 1;
            } else {
                // On to the first candidate that is not before the word's document.
                let rest = self.docs.get(at..).unwrap_or_default();
                at += rest.partition_point(|candidate| *candidate < doc);
            }
        }
    }
}

/// Shards that are written and not yet published.
pub(super) struct Built {
    folder: PathBuf,
    ranges: Vec<Range<u32>>,
}

impl Built {
    /// Writes shards for the messages that the folder's published shards do not cover, small
    /// neighbours taken up. Nothing is published yet.
    ///
    /// # Errors
    /// [`CaseError::Stopped`] when `tick` says so; then nothing is left behind.
    pub(super) fn write(
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
        std::thread::scope(|scope| {
            let workers: Vec<_> = self
                .ranges
                .iter()
                .map(|numbers| {
                    let folder = self.unfinished(numbers);
                    let (done, stop) = (&done, &stop);
                    scope.spawn(move || write_shard(&folder, parts, numbers.clone(), done, stop))
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
    pub(super) fn publish(self) -> Result<(), CaseError> {
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
    pub(super) fn forget(folder: &Path, from: u32) -> Result<(), CaseError> {
        for numbers in published(folder)? {
            if numbers.end > from {
                layout::remove(&folder.join(folder_name(&numbers)))?;
            }
        }
        Ok(())
    }

    /// Removes what was written; what cannot be removed is swept by the next import.
    pub(super) fn discard(&self) {
        for numbers in &self.ranges {
            let _ = layout::remove(&self.unfinished(numbers));
        }
    }
}

/// Each text of these numbers, read in order through a small buffer.
fn each_text(
    parts: &[Arc<Part>],
    numbers: Range<u32>,
    mut take: impl FnMut(u32, &str) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let mut bytes = Vec::new();
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
        let mut reader = BufReader::with_capacity(1 << 18, file);
        for number in start..end {
            bytes.clear();
            reader.read_until(SEPARATOR, &mut bytes).map_err(failed)?;
            bytes.pop();
            take(number, std::str::from_utf8(&bytes).unwrap_or("\u{FFFD}"))?;
        }
    }
    Ok(())
}

fn write_shard(
    folder: &Path,
    parts: &[Arc<Part>],
    numbers: Range<u32>,
    done: &AtomicU64,
    stop: &AtomicBool,
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
    let index =
        with_tokenizer(tantivy::Index::create(directory, schema, settings).map_err(failed)?);
    let mut writer: IndexWriter<TantivyDocument> =
        index.writer_with_num_threads(1, HEAP).map_err(failed)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    each_text(parts, numbers.clone(), |number, text| {
        if number % OFTEN == 0 {
            if stop.load(Ordering::Relaxed) {
                return Err(CaseError::Stopped);
            }
            done.fetch_add(u64::from(OFTEN), Ordering::Relaxed);
        }
        let mut document = TantivyDocument::new();
        document.add_text(text_field, text);
        document.add_u64(number_field, u64::from(number));
        writer.add_document(document).map(|_| ()).map_err(failed)
    })?;
    writer.commit().map_err(failed)?;
    writer.wait_merging_threads().map_err(failed)?;
    merge(&index, stop)?;
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
fn merge(index: &tantivy::Index, stop: &AtomicBool) -> Result<(), CaseError> {
    let mut segments = Vec::new();
    for segment in index.searchable_segments().map_err(failed)? {
        let reader = SegmentReader::open(&segment).map_err(failed)?;
        segments.push((bounds(&reader)?.0, reader.num_docs(), segment.id()));
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
    // A new writer, since the one that indexed keeps what it held.
    let mut writer: IndexWriter<TantivyDocument> = index
        .writer_with_num_threads(1, LEAST_HEAP)
        .map_err(failed)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for (_, ids) in groups {
        if stop.load(Ordering::Relaxed) {
            return Err(CaseError::Stopped);
        }
        if ids.len() > 1 {
            writer.merge(&ids).wait().map_err(failed)?;
        }
    }
    writer.garbage_collect_files().wait().map_err(failed)?;
    writer.wait_merging_threads().map_err(failed)
}
