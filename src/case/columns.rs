//! The messages of one import on disk: fixed-width columns, one blob of texts, and what only some
//! messages have. Written once, in number order, and then only read.
//!
//! A folder holds one file per column, little endian, one value per message; `texts`, where every
//! text is followed by the byte 0xFF, which no UTF-8 text holds; and `extras`, JSON for the
//! messages that have an [`Extra`], found through `extras.index` (message within the folder as
//! u32, length as u32, place as u64; ascending). What of the extras is searched stands in files of
//! its own too: see [`super::values`].

use super::CaseError;
use super::held::{Bytes, Out};
use super::layout;
use super::values::{self, Values};
use crate::model::{Extra, Kind, Marks, ParticipantId, Span};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Follows every text in the blob.
pub(super) const SEPARATOR: u8 = 0xFF;

/// Stands for no time; no clock of an export reaches it.
const NO_TIME: i64 = i64::MIN;
/// Stands for no participant, and for no place of the written time.
const NONE: u32 = u32::MAX;
/// Bytes of one entry of `extras.index`.
const EXTRA_ENTRY: usize = 16;
/// Bytes of a message in the columns.
const ROW: u64 = 45;
/// A writer that may hold its messages in memory does so up to so many bytes.
const HELD: u64 = 8 << 20;

/// How many columns there are.
const COLUMNS: usize = 10;
/// The place of the column `text` among them.
const TEXT: usize = 4;

/// Every file of such a folder, but for those of [`super::values`]: the columns first.
pub(super) const FILES: [&str; 13] = [
    "offset",
    "length",
    "item",
    "written",
    "text",
    "time",
    "shift",
    "participant",
    "kind",
    "marks",
    "texts",
    "extras",
    "extras.index",
];

/// One message as the columns keep it.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub item: u32,
    pub span: Span,
    pub written: Option<(u16, u8)>,
    pub time: Option<i64>,
    pub offset_minutes: i16,
    pub participant: Option<ParticipantId>,
    pub kind: Kind,
    pub marks: Marks,
    pub text: &'a str,
}

fn too_many() -> std::io::Error {
    std::io::Error::other("a case holds at most 4,294,967,294 messages")
}

/// Writes messages one after another; holds a few hundred kilobytes whatever their number, or a
/// few megabytes where it may hold them.
pub(super) struct Writer {
    folder: PathBuf,
    /// In the order of [`FILES`].
    columns: [Out; COLUMNS],
    texts: Out,
    extras: Out,
    extras_index: Out,
    is_held: bool,
    values: values::Writer,
    len: u32,
    texts_len: u64,
    extras_len: u64,
}

impl Writer {
    /// Starts a new folder.
    pub(super) fn create(folder: &Path) -> Result<Writer, CaseError> {
        let mut writer = Writer::hold(folder);
        writer.move_to_files()?;
        Ok(writer)
    }

    /// Starts in memory; the folder is made once there are many messages.
    pub(super) fn hold(folder: &Path) -> Writer {
        Writer {
            folder: folder.into(),
            columns: std::array::from_fn(|_| Out::held()),
            texts: Out::held(),
            extras: Out::held(),
            extras_index: Out::held(),
            is_held: true,
            values: values::Writer::new(folder),
            len: 0,
            texts_len: 0,
            extras_len: 0,
        }
    }

    /// All columns with the names of their files.
    fn files(&mut self) -> impl Iterator<Item = (&mut Out, &'static str)> {
        self.columns
            .iter_mut()
            .chain([&mut self.texts, &mut self.extras, &mut self.extras_index])
            .zip(FILES)
    }

    fn move_to_files(&mut self) -> Result<(), CaseError> {
        layout::make_folder(&self.folder)?;
        let folder = self.folder.clone();
        for (out, name) in self.files() {
            out.move_to_file(&folder.join(name))?;
        }
        self.is_held = false;
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.texts_len + self.extras_len + u64::from(self.len) * ROW
    }

    /// Messages written so far.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Writes the next message.
    pub(super) fn push(&mut self, row: &Row<'_>, extra: &Extra) -> Result<(), CaseError> {
        if extra.is_empty() {
            return self.push_raw(row, &[]);
        }
        let json =
            serde_json::to_vec(extra).map_err(|error| CaseError::io(&self.folder, error.into()))?;
        self.values.push(self.len, extra)?;
        let marks = row.marks.with(Marks::of(extra));
        self.push_raw(&Row { marks, ..*row }, &json)
    }

    fn push_raw(&mut self, row: &Row<'_>, extra: &[u8]) -> Result<(), CaseError> {
        self.write(row, extra)
            .map_err(|error| CaseError::io(&self.folder, error))?;
        if self.is_held && self.bytes() > HELD {
            self.move_to_files()?;
        }
        Ok(())
    }

    fn write(&mut self, row: &Row<'_>, extra: &[u8]) -> std::io::Result<()> {
        let written = row
            .written
            .map_or(NONE, |(at, length)| u32::from(at) << 8 | u32::from(length));
        let [
            offset,
            length,
            item,
            place,
            text,
            time,
            shift,
            participant,
            kind,
            marks,
        ] = &mut self.columns;
        offset.put(row.span.offset.to_le_bytes())?;
        length.put(row.span.length.to_le_bytes())?;
        item.put(row.item.to_le_bytes())?;
        place.put(written.to_le_bytes())?;
        text.put(self.texts_len.to_le_bytes())?;
        time.put(row.time.unwrap_or(NO_TIME).to_le_bytes())?;
        shift.put(row.offset_minutes.to_le_bytes())?;
        participant.put(row.participant.map_or(NONE, |id| id.0).to_le_bytes())?;
        kind.put([row.kind.code()])?;
        marks.put(row.marks.0.to_le_bytes())?;
        self.texts.write_all(row.text.as_bytes())?;
        self.texts.put([SEPARATOR])?;
        self.texts_len += row.text.len() as u64 + 1;
        if !extra.is_empty() {
            let length = u32::try_from(extra.len())
                .map_err(|_| std::io::Error::other("what a message has beside is over 4 GB"))?;
            self.extras.write_all(extra)?;
            self.extras_index.put(self.len.to_le_bytes())?;
            self.extras_index.put(length.to_le_bytes())?;
            self.extras_index.put(self.extras_len.to_le_bytes())?;
            self.extras_len += u64::from(length);
        }
        self.len = self.len.checked_add(1).ok_or_else(too_many)?;
        Ok(())
    }

    /// Adds all messages of another folder after those written so far.
    pub(super) fn append(&mut self, from: &Columns) -> Result<(), CaseError> {
        self.values.append(&from.values, self.len)?;
        self.append_whole(from)
            .map_err(|error| CaseError::io(&self.folder, error))
    }

    fn append_whole(&mut self, from: &Columns) -> std::io::Result<()> {
        for (at, (column, bytes)) in self.columns.iter_mut().zip(from.columns()).enumerate() {
            if at != TEXT {
                column.write_all(bytes)?;
                continue;
            }
            // Its places are counted from another beginning.
            for start in bytes.chunks_exact(8) {
                let start = start.try_into().map_or(0, u64::from_le_bytes);
                column.put(start.saturating_add(self.texts_len).to_le_bytes())?;
            }
        }
        self.texts.write_all(&from.texts)?;
        self.extras.write_all(&from.extras)?;
        for entry in 0..from.extras_index.len() / EXTRA_ENTRY {
            if let Some((message, length, start)) = from.extra_entry(entry) {
                let message = message.saturating_add(self.len);
                let start = start.saturating_add(self.extras_len);
                self.extras_index.put(message.to_le_bytes())?;
                self.extras_index.put(length.to_le_bytes())?;
                self.extras_index.put(start.to_le_bytes())?;
            }
        }
        self.texts_len += from.texts.len() as u64;
        self.extras_len += from.extras.len() as u64;
        self.len = self.len.checked_add(from.len).ok_or_else(too_many)?;
        Ok(())
    }

    /// Adds one message of another folder.
    pub(super) fn copy(&mut self, from: &Columns, at: u32) -> Result<(), CaseError> {
        match from.row(at) {
            Some(row) => self.push(&row, &from.extra(at)),
            None => Err(CaseError::inconsistent("a message cannot be read")),
        }
    }

    /// Writes out what is kept back, and opens it for reading. It is not durable yet.
    pub(super) fn finish(self) -> Result<Columns, CaseError> {
        let folder = self.folder;
        self.values.finish()?;
        let outs = self
            .columns
            .into_iter()
            .chain([self.texts, self.extras, self.extras_index]);
        let mut files = FILES.iter().zip(outs);
        Columns::of(&folder, &mut |name| match files.next() {
            Some((next, out)) if *next == name => out.finish(&folder.join(name)),
            _ => Err(CaseError::inconsistent("a column is missing")),
        })
    }
}

/// The messages of one folder, mapped or held. Every read is an address computed, or one binary search.
#[derive(Debug)]
pub(super) struct Columns {
    len: u32,
    offset: Bytes,
    length: Bytes,
    item: Bytes,
    written: Bytes,
    text: Bytes,
    time: Bytes,
    shift: Bytes,
    participant: Bytes,
    kind: Bytes,
    marks: Bytes,
    texts: Bytes,
    extras: Bytes,
    extras_index: Bytes,
    values: Values,
}

/// Value `at` of a column of values `N` bytes wide.
fn value<const N: usize>(column: &[u8], at: u32) -> Option<[u8; N]> {
    let from = usize::try_from(at).ok()?.checked_mul(N)?;
    column.get(from..from.checked_add(N)?)?.try_into().ok()
}

impl Columns {
    /// Opens a folder, and checks that its files agree in length.
    pub(super) fn open(folder: &Path) -> Result<Columns, CaseError> {
        Columns::of(folder, &mut |name| Bytes::open(&folder.join(name)))
    }

    /// The columns of these bytes, asked for in the order of [`FILES`].
    fn of(
        folder: &Path,
        open: &mut dyn FnMut(&str) -> Result<Bytes, CaseError>,
    ) -> Result<Columns, CaseError> {
        let columns = Columns {
            len: 0,
            offset: open("offset")?,
            length: open("length")?,
            item: open("item")?,
            written: open("written")?,
            text: open("text")?,
            time: open("time")?,
            shift: open("shift")?,
            participant: open("participant")?,
            kind: open("kind")?,
            marks: open("marks")?,
            texts: open("texts")?,
            extras: open("extras")?,
            extras_index: open("extras.index")?,
            values: Values::open(folder)?,
        };
        let len = columns.kind.len();
        let agree = [
            (&columns.offset, 8),
            (&columns.length, 4),
            (&columns.item, 4),
            (&columns.written, 4),
            (&columns.text, 8),
            (&columns.time, 8),
            (&columns.shift, 2),
            (&columns.participant, 4),
            (&columns.marks, 2),
        ]
        .into_iter()
        .all(|(column, width)| len.checked_mul(width) == Some(column.len()))
            && columns.extras_index.len().is_multiple_of(EXTRA_ENTRY);
        match u32::try_from(len) {
            Ok(len) if agree => Ok(Columns { len, ..columns }),
            _ => Err(CaseError::Damaged {
                path: folder.into(),
                reason: "its columns differ in length".into(),
            }),
        }
    }

    /// In the order of [`FILES`].
    fn columns(&self) -> [&Bytes; COLUMNS] {
        [
            &self.offset,
            &self.length,
            &self.item,
            &self.written,
            &self.text,
            &self.time,
            &self.shift,
            &self.participant,
            &self.kind,
            &self.marks,
        ]
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Gives back the memory of the times read so far, where they stand in a file.
    pub(super) fn let_times_go(&self) {
        self.time.let_go();
    }

    /// Bytes that it holds in memory; 0 where it stands in files.
    pub(super) fn held(&self) -> u64 {
        match self.texts {
            Bytes::Held(_) => {
                u64::from(self.len) * ROW + (self.texts.len() + self.extras.len()) as u64
            }
            Bytes::Mapped(_) => 0,
        }
    }

    fn text_range(&self, at: u32) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(u64::from_le_bytes(value(&self.text, at)?)).ok()?;
        let next = match at.checked_add(1).filter(|next| *next < self.len) {
            Some(next) => usize::try_from(u64::from_le_bytes(value(&self.text, next)?)).ok()?,
            None => self.texts.len(),
        };
        Some(start..next.checked_sub(1)?)
    }

    /// The text; a damaged one reads as U+FFFD, which `docket check` explains.
    pub(super) fn text(&self, at: u32) -> &str {
        std::str::from_utf8(self.text_bytes(at)).unwrap_or("\u{FFFD}")
    }

    /// The bytes of a text, be it damaged.
    pub(super) fn text_bytes(&self, at: u32) -> &[u8] {
        let range = self.text_range(at);
        // What no text holds stands for none.
        range
            .and_then(|range| self.texts.get(range))
            .unwrap_or(&[SEPARATOR])
    }

    pub(super) fn row(&self, at: u32) -> Option<Row<'_>> {
        let written = u32::from_le_bytes(value(&self.written, at)?);
        Some(Row {
            item: u32::from_le_bytes(value(&self.item, at)?),
            span: self.span(at)?,
            written: (written != NONE).then_some(((written >> 8) as u16, written as u8)),
            time: self.time(at),
            offset_minutes: i16::from_le_bytes(value(&self.shift, at)?),
            participant: self.participant(at),
            kind: self.kind(at)?,
            marks: self.marks(at),
            text: self.text(at),
        })
    }

    pub(super) fn span(&self, at: u32) -> Option<Span> {
        Some(Span {
            offset: u64::from_le_bytes(value(&self.offset, at)?),
            length: u32::from_le_bytes(value(&self.length, at)?),
        })
    }

    pub(super) fn time(&self, at: u32) -> Option<i64> {
        value(&self.time, at)
            .map(i64::from_le_bytes)
            .filter(|time| *time != NO_TIME)
    }

    /// The clock time that the export shows, in seconds since 1970-01-01T00:00:00 on that clock.
    pub(super) fn clock(&self, at: u32) -> Option<i64> {
        let shift = value(&self.shift, at).map_or(0, i16::from_le_bytes);
        self.time(at).map(|time| time + i64::from(shift) * 60)
    }

    pub(super) fn participant(&self, at: u32) -> Option<ParticipantId> {
        value(&self.participant, at)
            .map(u32::from_le_bytes)
            .filter(|id| *id != NONE)
            .map(ParticipantId)
    }

    pub(super) fn kind(&self, at: u32) -> Option<Kind> {
        value::<1>(&self.kind, at).and_then(|[code]| Kind::from_code(code))
    }

    pub(super) fn marks(&self, at: u32) -> Marks {
        Marks(value(&self.marks, at).map_or(0, u16::from_le_bytes))
    }

    /// Codes of [`Kind`], one byte per message.
    pub(super) fn kinds(&self) -> &[u8] {
        &self.kind
    }

    pub(super) fn times(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        self.time.chunks_exact(8).map(|bytes| {
            bytes
                .try_into()
                .ok()
                .map(i64::from_le_bytes)
                .filter(|time| *time != NO_TIME)
        })
    }

    pub(super) fn participants(&self) -> impl Iterator<Item = Option<ParticipantId>> + '_ {
        self.participant.chunks_exact(4).map(|bytes| {
            bytes
                .try_into()
                .ok()
                .map(u32::from_le_bytes)
                .filter(|id| *id != NONE)
                .map(ParticipantId)
        })
    }

    pub(super) fn all_marks(&self) -> impl Iterator<Item = Marks> + '_ {
        self.marks
            .chunks_exact(2)
            .map(|bytes| Marks(bytes.try_into().map_or(0, u16::from_le_bytes)))
    }

    /// All texts, each followed by [`SEPARATOR`].
    pub(super) fn texts(&self) -> &[u8] {
        &self.texts
    }

    /// Where in the blob a text starts; the blob's length for one past the last.
    pub(super) fn text_start(&self, at: u32) -> usize {
        value(&self.text, at)
            .map(u64::from_le_bytes)
            .and_then(|start| usize::try_from(start).ok())
            .unwrap_or(self.texts.len())
    }

    /// The message whose text holds this byte of the blob.
    pub(super) fn message_at(&self, byte: usize) -> u32 {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.text_start(middle) <= byte {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.saturating_sub(1)
    }

    fn extra_entry(&self, entry: usize) -> Option<(u32, u32, u64)> {
        let from = entry.checked_mul(EXTRA_ENTRY)?;
        let bytes = self
            .extras_index
            .get(from..from.checked_add(EXTRA_ENTRY)?)?;
        Some((
            u32::from_le_bytes(bytes.get(0..4)?.try_into().ok()?),
            u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?),
            u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?),
        ))
    }

    /// What [`Columns::extra`] reads, as JSON; empty where there is nothing.
    pub(super) fn extra_json(&self, at: u32) -> &[u8] {
        let (mut low, mut high) = (0, self.extras_index.len() / EXTRA_ENTRY);
        while low < high {
            let middle = low + (high - low) / 2;
            let Some((message, length, start)) = self.extra_entry(middle) else {
                return &[];
            };
            match message.cmp(&at) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let length = usize::try_from(length).unwrap_or_default();
                    return usize::try_from(start)
                        .ok()
                        .and_then(|start| self.extras.get(start..start.checked_add(length)?))
                        .unwrap_or_default();
                }
            }
        }
        &[]
    }

    /// What of the extras is searched.
    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    /// What only some messages have; empty for the others.
    pub(super) fn extra(&self, at: u32) -> Extra {
        match self.extra_json(at) {
            [] => Extra::default(),
            json => serde_json::from_slice(json).unwrap_or_else(|_| Extra {
                notes: vec![
                    "what the case kept beside this message is damaged: run `docket rebuild`"
                        .into(),
                ],
                ..Extra::default()
            }),
        }
    }
}
