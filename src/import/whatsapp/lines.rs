//! Lines of a stream, with their places, in bounded memory.
//!
//! The buffer holds what its user still keeps and what is read ahead; a line or a message that
//! outgrows the limit is handed over in pieces. Text in UTF-16 is turned into UTF-8 as it is read;
//! [`Lines::raw_length`] tells how many bytes of the file a stretch of it stands for.

use crate::text::Encoding;
use std::io::{self, Read};

/// Bytes asked of the stream at a time.
const CHUNK: usize = 1 << 17;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A line feed alone.
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// The end of the file, or of a piece of a line that is too long.
    Cut,
}

/// One line, or one piece of a line that is too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Where it begins.
    pub start: u64,
    /// One past its last byte, line end included.
    pub end: u64,
    /// Whether it begins a line.
    pub first: bool,
    /// What ends it.
    pub ending: Ending,
}

/// The lines of a stream. Places count the bytes of the text as UTF-8 from the stream's start
/// (without a byte order mark).
pub(super) struct Lines<R> {
    reader: R,
    encoding: Encoding,
    /// Bytes of UTF-16 that do not make a whole unit, or half of a pair, yet.
    rest: Vec<u8>,
    buffer: Vec<u8>,
    /// The place of the buffer's first byte.
    base: u64,
    keep: usize,
    next: usize,
    searched: usize,
    limit: usize,
    ended: bool,
    first: bool,
    bom: u8,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    /// Begins to read; a byte order mark, if there is one, is taken off.
    ///
    /// `limit` is how many bytes may be kept and read ahead before a line is cut.
    ///
    /// # Errors
    /// When the stream fails.
    pub(super) fn new(mut reader: R, limit: usize) -> io::Result<Lines<R>> {
        let mut head = Vec::with_capacity(CHUNK);
        while head.len() < 4 {
            let count = io::copy(&mut (&mut reader).take(4 - head.len() as u64), &mut head)?;
            if count == 0 {
                break;
            }
        }
        let (encoding, bom) = Encoding::of(&head);
        let mut lines = Lines {
            reader,
            encoding,
            rest: Vec::new(),
            buffer: Vec::new(),
            base: 0,
            keep: 0,
            next: 0,
            searched: 0,
            limit,
            ended: false,
            first: true,
            bom,
            bytes_read: head.len() as u64,
        };
        lines.take_in(head.get(usize::from(bom)..).unwrap_or_default());
        Ok(lines)
    }

    /// Length in bytes of the byte order mark at the file's start; 0 where there is none.
    pub(super) fn bom(&self) -> u8 {
        self.bom
    }

    /// How the file's bytes are text.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Lets go of everything before this place.
    pub(super) fn keep_from(&mut self, place: u64) {
        let index = usize::try_from(place.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.keep = index.clamp(self.keep, self.next);
    }

    /// The bytes between two places that are still kept; empty where they are not.
    pub(super) fn slice(&self, start: u64, end: u64) -> &[u8] {
        let index = |place: u64| usize::try_from(place.checked_sub(self.base)?).ok();
        match (index(start), index(end)) {
            (Some(start), Some(end)) => self.buffer.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// How many bytes of the file a stretch of text stands for.
    pub(super) fn raw_length(&self, text: &[u8]) -> u64 {
        match self.encoding {
            Encoding::Utf8 => text.len() as u64,
            // Text made from UTF-16 is valid UTF-8: every character is one unit or a pair.
            _ => text
                .iter()
                .map(|byte| match byte {
                    0x80..=0xBF => 0,
                    0xF0.. => 4,
                    _ => 2,
                })
                .sum(),
        }
    }

    /// How many bytes of text are read ahead from a place on.
    pub(super) fn rest_from(&self, place: u64) -> u64 {
        (self.base + self.buffer.len() as u64).saturating_sub(place)
    }

    /// The next line, or a piece of it; `None` at the end.
    ///
    /// # Errors
    /// When the stream fails.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unsearched) {
                let end = self.searched + found + 1;
                return Ok(Some(self.give(end, true)));
            }
            self.searched = self.buffer.len();
            if self.ended {
                if self.next < self.buffer.len() {
                    return Ok(Some(self.give(self.buffer.len(), false)));
                }
                return Ok(None);
            }
            if self.buffer.len() - self.keep >= self.limit {
                let end = self.buffer.len() - incomplete(&self.buffer);
                if end > self.next {
                    return Ok(Some(self.give(end, false)));
                }
            }
            self.fill()?;
        }
    }

    fn give(&mut self, end: usize, whole: bool) -> Line {
        let before = end.checked_sub(2).and_then(|index| self.buffer.get(index));
        let line = Line {
            start: self.base + self.next as u64,
            end: self.base + end as u64,
            first: self.first,
            ending: match (whole, before) {
                (false, _) => Ending::Cut,
                (true, Some(b'\r')) => Ending::CrLf,
                (true, _) => Ending::Lf,
            },
        };
        self.next = end;
        self.searched = end;
        self.first = whole;
        line
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.keep > 0 {
            self.buffer.drain(..self.keep);
            self.base += self.keep as u64;
            self.next -= self.keep;
            self.searched -= self.keep;
            self.keep = 0;
        }
        let old = self.buffer.len();
        if self.encoding == Encoding::Utf8 {
            self.buffer.resize(old + CHUNK, 0);
            let count = loop {
                let room = self.buffer.get_mut(old..).unwrap_or_default();
                match self.reader.read(room) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer
                .truncate(old + count.as_ref().copied().unwrap_or(0));
            let count = count?;
            self.bytes_read += count as u64;
            self.ended = count == 0;
        } else {
            let mut chunk = Vec::with_capacity(CHUNK);
            (&mut self.reader)
                .take(CHUNK as u64)
                .read_to_end(&mut chunk)?;
            self.bytes_read += chunk.len() as u64;
            self.take_in(&chunk);
            if chunk.is_empty() {
                self.ended = true;
                self.finish_units();
            }
        }
        Ok(())
    }

    fn take_in(&mut self, bytes: &[u8]) {
        if self.encoding == Encoding::Utf8 {
            self.buffer.extend_from_slice(bytes);
            return;
        }
        self.rest.extend_from_slice(bytes);
        let mut units: Vec<u16> = self
            .rest
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
            .map(|pair| match self.encoding {
                Encoding::Utf16Be => u16::from_be_bytes(pair),
                _ => u16::from_le_bytes(pair),
            })
            .collect();
        // The first half of a pair waits for its second half.
        if units
            .last()
            .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
        {
            units.pop();
        }
        self.rest.drain(..units.len() * 2);
        self.push_units(&units);
    }

    fn push_units(&mut self, units: &[u16]) {
        let mut buffer = [0; 4];
        for decoded in char::decode_utf16(units.iter().copied()) {
            let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.buffer
                .extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
    }

    /// Half a pair or half a unit at the file's end: each shows as U+FFFD.
    fn finish_units(&mut self) {
        let left = self.rest.len().div_ceil(2);
        self.rest.clear();
        for _ in 0..left {
            self.buffer.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

/// How many bytes at the end begin a character that is not complete.
fn incomplete(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(3).position(|byte| *byte >= 0xC0);
    match tail {
        Some(back) => {
            let length = match bytes.get(bytes.len() - back - 1) {
                Some(0xF0..) => 4,
                Some(0xE0..) => 3,
                _ => 2,
            };
            if back + 1 < length { back + 1 } else { 0 }
        }
        None => 0,
    }
}
