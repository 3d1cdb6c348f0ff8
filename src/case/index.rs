//! The search index over the words of all texts: a cache that may be deleted at any time. This room
//! alone names tantivy.
//!
//! The index is a row of shards, each a tantivy index of its own over a run of message numbers:
//! one field of folded words with positions, without norms, nothing stored, and of each segment's first
//! message the number as a fast field. A shard is written by one thread in number order, so that
//! within each of its segments a document's place is its number less the segment's first. tantivy's
//! list of segments is *not* in that order; it is sorted by the first number here, and every segment's
//! length is checked against the next one's first number.
//!
//! Words are those of [`crate::text::words`]: folded, and in scripts without spaces one per
//! character, so that any run of characters there is found as a phrase.

mod build;

pub(super) use build::Built;

use super::CaseError;
use super::originals::hash_file;
use super::words::WordQuery;
use crate::guard::guarded;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

/// A long job looks this often whether it is still wanted.
const OFTEN: u32 = 1024;

const TEXT: &str = "text";
const NUMBER: &str = "number";
/// Lists the files of a shard.
const LIST: &str = "files.json";

fn failed(error: impl std::fmt::Display) -> CaseError {
    CaseError::Index(error.to_string())
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

/// The first number of a segment. Its messages follow one another; the first has its number, and so has each that
/// was the first of a segment that was merged into this one. Older indexes have all numbers.
fn first_of(reader: &SegmentReader) -> Result<u32, CaseError> {
    let column = reader.fast_fields().u64(NUMBER).map_err(failed)?;
    let (first, last) = (column.min_value(), column.max_value());
    let is_run = last
        .checked_sub(first)
        .is_some_and(|more| more < u64::from(reader.num_docs()));
    match column.first(0) {
        Some(number) if number == first && is_run && !reader.has_deletes() => {
            u32::try_from(first).map_err(failed)
        }
        _ => Err(failed("a segment does not hold a run of messages")),
    }
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
            let first = first_of(&reader)?;
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
            let place = folder.join(folder_name(&numbers));
            match guarded(|| Shard::open(&place, numbers)) {
                Some(Ok(shard)) => shards.push(Arc::new(shard)),
                Some(Err(_)) | None => break,
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
    ///
    /// # Errors
    /// [`CaseError::Index`] when the index cannot be read.
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
                // tantivy takes its files as it wrote them: over damaged ones it may panic.
                let found = guarded(|| {
                    let mut found = Found::new(segment);
                    find(segment, shard.field, query, &mut found, cancel)?;
                    Ok::<_, CaseError>(found.into_set())
                });
                hits |= found.ok_or_else(|| failed("it is damaged"))??;
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
