//! A stream read in pieces, and the laying of records over it end to end.

use super::{ReadError, Record, Sink, ThreadHead};
use crate::model::{Extra, Kind, Marks, Span, Time};
use std::io::{ErrorKind, Read};

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;
/// Most bytes of an unreadable run that are shown as its text.
pub(super) const SHOWN: usize = 1 << 14;
/// Bytes between two words of progress.
const TICK: u64 = 1 << 20;

/// The unread part of a stream that is in memory, and how to get more of it.
pub(super) struct Window<'a> {
    input: Box<dyn Read + 'a>,
    path: String,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<'a> Window<'a> {
    /// Over a stream; `path` names it in errors.
    pub(super) fn new(input: Box<dyn Read + 'a>, path: &str) -> Window<'a> {
        Window {
            input,
            path: path.into(),
            buffer: Vec::new(),
            start: 0,
            ended: false,
        }
    }

    /// What is in memory and not yet taken.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Whether the stream holds nothing beyond [`Window::bytes`].
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Reads on; `false` at the end of the stream.
    ///
    /// # Errors
    /// [`ReadError::Io`] where the stream cannot be read.
    pub(super) fn more(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        if self.start > CHUNK && self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let held = self.buffer.len();
        self.buffer.resize(held.saturating_add(CHUNK), 0);
        loop {
            let free = self.buffer.get_mut(held..).unwrap_or_default();
            match self.input.read(free) {
                Ok(count) => {
                    self.buffer.truncate(held.saturating_add(count));
                    self.ended = count == 0;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    self.buffer.truncate(held);
                    return Err(ReadError::Io {
                        path: self.path.clone(),
                        source,
                    });
                }
            }
        }
    }

    /// Reads on until `count` bytes are in memory or the stream ends.
    pub(super) fn at_least(&mut self, count: usize) -> Result<(), ReadError> {
        while self.bytes().len() < count && self.more()? {}
        Ok(())
    }

    /// Takes the first `count` bytes away.
    pub(super) fn take(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }
}

/// Lays what an importer reads over one item, end to end: whatever it is given has a length, and
/// the next begins where the last ended, so that every byte is accounted for.
pub(super) struct Tiles<'s> {
    sink: &'s mut dyn Sink,
    item: u32,
    place: u64,
    structure: u64,
    told: u64,
}

impl<'s> Tiles<'s> {
    /// From the start of this item.
    pub(super) fn new(sink: &'s mut dyn Sink, item: u32) -> Tiles<'s> {
        Tiles {
            sink,
            item,
            place: 0,
            structure: 0,
            told: 0,
        }
    }

    /// The place in the item up to which it is laid out.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// The item that is laid out.
    pub(super) fn item(&self) -> u32 {
        self.item
    }

    /// Announces a thread.
    pub(super) fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.sink.thread(head)
    }

    /// The next `length` bytes belong to the format; runs of them are joined.
    pub(super) fn structure(&mut self, length: usize) -> Result<(), ReadError> {
        let length = length as u64;
        self.structure = self.structure.saturating_add(length);
        self.place = self.place.saturating_add(length);
        self.tell()
    }

    /// The next `length` bytes are about to be understood as a record: see [`Sink::about`].
    pub(super) fn about(&mut self, length: usize) -> Result<(), ReadError> {
        let span = Span {
            offset: self.place,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        self.sink.about(self.item, span)
    }

    /// The next `length` bytes are this record; its item and span are set here.
    pub(super) fn record(&mut self, length: usize, mut record: Record) -> Result<(), ReadError> {
        self.flush()?;
        record.item = self.item;
        record.span = Span {
            offset: self.place,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        };
        self.place = self.place.saturating_add(length as u64);
        self.sink.record(record)?;
        self.tell()
    }

    /// The next bytes are no message: kept as they are, in this thread, with the reason.
    pub(super) fn unreadable(
        &mut self,
        thread: u32,
        bytes: &[u8],
        reason: &str,
    ) -> Result<(), ReadError> {
        let shown = bytes.get(..SHOWN.min(bytes.len())).unwrap_or_default();
        let mut notes = vec![reason.to_owned()];
        if shown.len() < bytes.len() {
            notes.push(format!(
                "The first {SHOWN} of {} bytes are shown; the original holds them all.",
                bytes.len()
            ));
        }
        let record = Record {
            kind: Kind::Unreadable,
            text: String::from_utf8_lossy(shown).into_owned(),
            extra: Extra {
                notes,
                ..Extra::default()
            },
            ..blank(thread)
        };
        self.record(bytes.len(), record)
    }

    /// Hands over what is still held back; called once, at the end of the item.
    pub(super) fn finish(mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.sink.progress(self.place)
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        let mut offset = self.place.saturating_sub(self.structure);
        while offset < self.place {
            let length = u32::try_from(self.place - offset).unwrap_or(u32::MAX);
            self.sink.structure(self.item, Span { offset, length })?;
            offset = offset.saturating_add(u64::from(length));
        }
        self.structure = 0;
        Ok(())
    }

    fn tell(&mut self) -> Result<(), ReadError> {
        if self.place.saturating_sub(self.told) >= TICK {
            self.told = self.place;
            self.sink.progress(self.place)?;
        }
        Ok(())
    }
}

/// A record with nothing in it yet, in this thread.
pub(super) fn blank(thread: u32) -> Record {
    Record {
        thread,
        item: 0,
        span: Span::default(),
        written: None,
        time: Time::Unknown,
        sender: None,
        kind: Kind::Text,
        marks: Marks::default(),
        text: String::new(),
        extra: Extra::default(),
    }
}

/// Says where in a record its time stands as written. What the record's two small numbers cannot
/// hold is written out beside it.
pub(super) fn set_written(record: &mut Record, offset: usize, text: &[u8]) {
    match (u16::try_from(offset), u8::try_from(text.len())) {
        (Ok(offset), Ok(length)) => record.written = Some((offset, length)),
        _ => {
            record.extra.time_as_written = Some(String::from_utf8_lossy(text).into_owned());
        }
    }
}

/// Bytes as text, and whether any of them were not UTF-8 (each such run stands as U+FFFD).
pub(super) fn text_of(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), true),
    }
}

/// One past the first empty line: where headers end and a body begins. Looks no further than that.
pub(super) fn after_empty_line(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).find_map(|end| {
        let next = end.checked_add(1)?;
        match bytes.get(next..)? {
            [b'\n', ..] => next.checked_add(1),
            [b'\r', b'\n', ..] => next.checked_add(2),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Taken {
        structure: Vec<Span>,
        records: Vec<Record>,
    }

    impl Sink for Taken {
        fn thread(&mut self, _: ThreadHead) -> Result<(), ReadError> {
            Ok(())
        }
        fn record(&mut self, record: Record) -> Result<(), ReadError> {
            self.records.push(record);
            Ok(())
        }
        fn structure(&mut self, _: u32, span: Span) -> Result<(), ReadError> {
            self.structure.push(span);
            Ok(())
        }
        fn progress(&mut self, _: u64) -> Result<(), ReadError> {
            Ok(())
        }
    }

    #[test]
    fn tiles_lie_end_to_end_and_structure_is_joined() {
        let mut taken = Taken::default();
        let mut tiles = Tiles::new(&mut taken, 3);
        tiles.structure(2).unwrap();
        tiles.structure(3).unwrap();
        tiles.unreadable(0, b"abcd", "Why.").unwrap();
        tiles.structure(1).unwrap();
        tiles.finish().unwrap();
        let span = |offset, length| Span { offset, length };
        assert_eq!(taken.structure, [span(0, 5), span(9, 1)]);
        assert_eq!(taken.records[0].span, span(5, 4));
        assert_eq!(taken.records[0].item, 3);
    }

    #[test]
    fn a_window_gives_every_byte_once() {
        let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
        let mut window = Window::new(Box::new(bytes.as_slice()), "x");
        let mut seen = Vec::new();
        loop {
            window.at_least(70_001).unwrap();
            let count = window.bytes().len().min(69_999);
            if count == 0 {
                break;
            }
            seen.extend_from_slice(&window.bytes()[..count]);
            window.take(count);
        }
        assert!(window.ended());
        assert_eq!(seen, bytes);
    }
}
