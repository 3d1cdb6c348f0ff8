//! A newer importer may cut an export into other messages than the one that gave them their
//! numbers. Here what it reads is fitted to the numbers given: what the ledger says of where each
//! message stands decides, so that every decision stays with the bytes it was made on.

use super::CaseError;
use super::columns::{Row, Writer};
use super::draft::{Draft, DraftThread};
use super::spans::{Encoder, Standing, Standings};
use crate::import::Export;
use crate::model::{Extra, Kind, Marks, Span};
use roaring::RoaringBitmap;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// What was read, fitted to the numbers given.
pub(super) struct Recast {
    /// All messages of the export: those with a number, and those known from elsewhere.
    pub draft: Draft,
    /// Which of them have a number.
    pub keep: RoaringBitmap,
    /// Where those with a number stand.
    pub spans: Standings,
    /// Which of those with a number, counted from 0, are no message to the newer importer.
    pub lost: Vec<u32>,
}

/// One message to be written.
enum Piece {
    /// As it was read.
    Known(u32),
    /// The standing that has a number; as it was read, if a message begins there.
    Given(Standing, Option<u32>),
}

impl Piece {
    fn start(&self, all: &Draft) -> (u32, u64) {
        match self {
            Piece::Known(at) => start(all, *at),
            Piece::Given((item, span), _) => (*item, span.offset),
        }
    }
}

fn start(all: &Draft, at: u32) -> (u32, u64) {
    all.columns
        .row(at)
        .map_or((0, 0), |row| (row.item, row.span.offset))
}

/// Fits what was read to the standings that have numbers. `new` are the messages that are not
/// known from elsewhere (`None`: all); `raw` gives bytes of an item.
///
/// A text that now belongs to no message of its own is added to the message that holds its bytes;
/// a standing at which no message begins any more is kept as unreadable bytes, as they are.
pub(super) fn recast(
    folder: &Path,
    all: &Draft,
    new: Option<&RoaringBitmap>,
    expected: &[Standing],
    raw: &dyn Fn(u32, Span) -> Option<Vec<u8>>,
) -> Result<Recast, CaseError> {
    let mut begins: HashMap<(u32, u64), u32> = HashMap::new();
    let mut pieces = Vec::new();
    for at in 0..all.columns.len() {
        begins.insert(start(all, at), at);
        if new.is_some_and(|new| !new.contains(at)) {
            pieces.push(Piece::Known(at));
        }
    }
    let given: HashMap<(u32, u64), ()> = expected
        .iter()
        .map(|(item, span)| ((*item, span.offset), ()))
        .collect();
    pieces.retain(|piece| !given.contains_key(&piece.start(all)));
    pieces.extend(expected.iter().map(|standing| {
        let begin = (standing.0, standing.1.offset);
        Piece::Given(*standing, begins.get(&begin).copied())
    }));
    // Stable: numbers were given in the order in which the export has the messages.
    pieces.sort_by_key(|piece| piece.start(all));

    let mut thread_of = HashMap::new();
    for (thread, read) in all.threads.iter().enumerate() {
        thread_of.extend(read.runs.iter().cloned().flatten().map(|at| (at, thread)));
    }
    let mut threads: Vec<DraftThread> = all
        .threads
        .iter()
        .map(|read| DraftThread::new(read.head.clone()))
        .collect();
    let mut writer = Writer::create(folder)?;
    let mut keep = RoaringBitmap::new();
    let mut spans = Encoder::new(&folder.with_extension("fitted-standings"));
    let mut lost = Vec::new();
    let mut thread = 0;
    for piece in &pieces {
        let at = writer.len();
        match piece {
            Piece::Known(read) => {
                thread = thread_of.get(read).copied().unwrap_or(thread);
                if let Some(row) = all.columns.row(*read) {
                    writer.push(&row, &all.columns.extra(*read))?;
                }
            }
            Piece::Given((item, span), read) => {
                let number = u32::try_from(keep.len()).unwrap_or(u32::MAX);
                keep.insert(at);
                spans.push(*item, *span)?;
                let row = read.and_then(|read| Some((read, all.columns.row(read)?)));
                if let Some((read, row)) = row {
                    thread = thread_of.get(&read).copied().unwrap_or(thread);
                    let mut text = row.text.to_owned();
                    for more in within(all, read, *item, *span, &given) {
                        text.push('\n');
                        text.push_str(more);
                    }
                    let row = Row {
                        span: *span,
                        text: &text,
                        ..row
                    };
                    writer.push(&row, &all.columns.extra(read))?;
                } else {
                    lost.push(number);
                    let bytes = raw(*item, *span).unwrap_or_default();
                    push_lost(&mut writer, *item, *span, &bytes)?;
                }
            }
        }
        if let Some(thread) = threads.get_mut(thread) {
            thread.push(at, None, None);
        }
    }
    Ok(Recast {
        draft: Draft {
            columns: writer.finish()?,
            threads,
            participants: all.participants.clone(),
        },
        keep,
        spans: spans.finish()?,
        lost,
    })
}

/// Keeps the bytes of a message that is none to the newer importer, as they are.
pub(super) fn push_lost(
    writer: &mut Writer,
    item: u32,
    span: Span,
    bytes: &[u8],
) -> Result<(), CaseError> {
    let row = Row {
        item,
        span,
        written: None,
        time: None,
        offset_minutes: 0,
        participant: None,
        kind: Kind::Unreadable,
        marks: Marks::default(),
        text: &String::from_utf8_lossy(bytes),
    };
    let note = "An earlier docket read a message here; this one does not.";
    let extra = Extra {
        notes: vec![note.into()],
        ..Extra::default()
    };
    writer.push(&row, &extra)
}

/// Bytes of an item; `None` where they cannot be read.
pub(super) fn raw_bytes(export: &Export, item: u32, span: Span) -> Option<Vec<u8>> {
    let mut stream = export.open(item).ok()?;
    std::io::copy(&mut stream.by_ref().take(span.offset), &mut std::io::sink()).ok()?;
    let mut bytes = Vec::new();
    stream
        .take(u64::from(span.length))
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// Texts of messages that begin inside a standing after its first one, and have no number.
fn within<'a>(
    all: &'a Draft,
    first: u32,
    item: u32,
    span: Span,
    given: &HashMap<(u32, u64), ()>,
) -> Vec<&'a str> {
    (first.saturating_add(1)..all.columns.len())
        .map_while(|at| {
            let row = all.columns.row(at)?;
            (row.item == item && row.span.offset < span.end()).then_some(row)
        })
        .filter(|row| !given.contains_key(&(item, row.span.offset)))
        .map(|row| row.text)
        .collect()
}
