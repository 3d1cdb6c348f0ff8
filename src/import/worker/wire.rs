//! How reader and case talk: frames of events through pipes, each frame with its length before it.
//!
//! What is asked is JSON. What is read comes as events, many in a frame: a byte that says which, its
//! numbers seven bits at a time, its texts with their length before them. Who takes events trusts
//! nothing: a number that ends nowhere, a text that is none, a kind that does not exist end it all.

use super::super::{Record, ThreadHead};
use crate::model::{Extra, Kind, Marks, Span, Time};
use std::io::{self, IoSlice, Write};

/// Bytes of events that are gathered before they are handed over: with one more event and its
/// frame's length they fit into a pipe of Linux's usual size, so that nobody waits for half a frame.
pub(super) const GATHERED: usize = 15 << 12;
/// Most bytes of a frame. The longest mail that is read gives less.
pub(super) const LONGEST: usize = 1 << 28;
/// Bytes of a frame's length.
pub(super) const PREFIX: usize = 4;

/// What the reader tells.
// Nearly all of it are records: a box for each would cost more than the place that others waste.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    Thread(ThreadHead),
    Record(Record),
    Structure(u32, Span),
    Progress(u64),
    /// An item is opened.
    Opened(u32),
    /// A record is about to be understood.
    About(u32, Span),
    /// The answer to what was asked: JSON.
    Answer(Vec<u8>),
}

/// What does not follow this form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Writes a frame.
pub(super) fn send(to: &mut dyn Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len())
        .ok()
        .filter(|_| frame.len() <= LONGEST);
    let length = length.ok_or(io::ErrorKind::InvalidData)?;
    let prefix = length.to_le_bytes();
    // Both in one call: four bytes alone would wake the other side for nothing.
    let sent = match to.write_vectored(&[IoSlice::new(&prefix), IoSlice::new(frame)]) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
        sent => sent?,
    };
    to.write_all(prefix.get(sent..).unwrap_or_default())?;
    let sent = sent.saturating_sub(PREFIX);
    to.write_all(frame.get(sent..).unwrap_or_default())?;
    to.flush()
}

/// The length of the frame that begins so; `None` where more of it has to come.
pub(super) fn length_of(begin: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(prefix) = begin.first_chunk::<PREFIX>() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_le_bytes(*prefix)).map_err(|_| Malformed)?;
    if length > LONGEST {
        return Err(Malformed);
    }
    Ok(Some(length))
}

fn put(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    to.push(number.to_le_bytes()[0]);
}

fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    put(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn put_span(to: &mut Vec<u8>, item: u32, span: Span) {
    put(to, u64::from(item));
    put(to, span.offset);
    put(to, u64::from(span.length));
}

/// What is rare in a message goes as it is stored: as JSON.
fn put_json<T: serde::Serialize>(to: &mut Vec<u8>, value: &T) {
    put_bytes(to, &serde_json::to_vec(value).unwrap_or_default());
}

pub(super) fn put_record(to: &mut Vec<u8>, record: &Record) {
    to.push(1);
    put(to, u64::from(record.thread));
    put_span(to, record.item, record.span);
    match record.written {
        None => put(to, 0),
        Some((offset, length)) => {
            put(to, 1 + u64::from(offset));
            to.push(length);
        }
    }
    match record.time {
        Time::Unknown => to.push(0),
        Time::Local(seconds) => {
            to.push(1);
            put(to, zigzag(seconds));
        }
        Time::Instant {
            seconds,
            offset_minutes,
        } => {
            to.push(if offset_minutes.is_some() { 3 } else { 2 });
            put(to, zigzag(seconds));
            if let Some(minutes) = offset_minutes {
                put(to, zigzag(i64::from(minutes)));
            }
        }
    }
    match &record.sender {
        None => to.push(0),
        Some(sender) => {
            to.push(1);
            put_bytes(to, sender.as_bytes());
        }
    }
    to.push(record.kind.code());
    put(to, u64::from(record.marks.0));
    put_bytes(to, record.text.as_bytes());
    if record.extra.is_empty() {
        put(to, 0);
    } else {
        put_json(to, &record.extra);
    }
}

pub(super) fn put_event(to: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Record(record) => put_record(to, record),
        Event::Thread(head) => {
            to.push(2);
            put_json(to, head);
        }
        Event::Structure(item, span) => {
            to.push(3);
            put_span(to, *item, *span);
        }
        Event::Progress(read) => {
            to.push(4);
            put(to, *read);
        }
        Event::Opened(item) => {
            to.push(5);
            put(to, u64::from(*item));
        }
        Event::About(item, span) => {
            to.push(6);
            put_span(to, *item, *span);
        }
        Event::Answer(json) => {
            to.push(7);
            put_bytes(to, json);
        }
    }
}

fn zigzag(number: i64) -> u64 {
    let doubled = number.wrapping_shl(1) ^ (number >> 63);
    u64::from_le_bytes(doubled.to_le_bytes())
}

fn unzigzag(number: u64) -> i64 {
    let half = i64::from_le_bytes((number >> 1).to_le_bytes());
    match number & 1 {
        0 => half,
        _ => !half,
    }
}

/// The events of a frame, one after another.
pub(super) struct Events<'f>(pub(super) &'f [u8]);

impl Events<'_> {
    fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return Err(Malformed);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        T::try_from(self.number()?).map_err(|_| Malformed)
    }

    fn bytes(&mut self) -> Result<&[u8], Malformed> {
        let length: usize = self.small()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)?;
        Ok(text.to_owned())
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Malformed> {
        serde_json::from_slice(self.bytes()?).map_err(|_| Malformed)
    }

    fn span(&mut self) -> Result<(u32, Span), Malformed> {
        let item = self.small()?;
        let span = Span {
            offset: self.number()?,
            length: self.small()?,
        };
        span.offset
            .checked_add(u64::from(span.length))
            .ok_or(Malformed)?;
        Ok((item, span))
    }

    fn time(&mut self) -> Result<Time, Malformed> {
        Ok(match self.byte()? {
            0 => Time::Unknown,
            1 => Time::Local(unzigzag(self.number()?)),
            form @ (2 | 3) => Time::Instant {
                seconds: unzigzag(self.number()?),
                offset_minutes: match form {
                    2 => None,
                    _ => Some(i16::try_from(unzigzag(self.number()?)).map_err(|_| Malformed)?),
                },
            },
            _ => return Err(Malformed),
        })
    }

    fn record(&mut self) -> Result<Record, Malformed> {
        let thread = self.small()?;
        let (item, span) = self.span()?;
        let written = match self.number()? {
            0 => None,
            offset => {
                let offset = u16::try_from(offset - 1).map_err(|_| Malformed)?;
                Some((offset, self.byte()?))
            }
        };
        let time = self.time()?;
        let sender = match self.byte()? {
            0 => None,
            1 => Some(self.text()?),
            _ => return Err(Malformed),
        };
        let kind = Kind::from_code(self.byte()?).ok_or(Malformed)?;
        let marks = Marks(self.small()?);
        let text = self.text()?;
        let extra = match self.bytes()? {
            [] => Extra::default(),
            json => serde_json::from_slice(json).map_err(|_| Malformed)?,
        };
        Ok(Record {
            thread,
            item,
            span,
            written,
            time,
            sender,
            kind,
            marks,
            text,
            extra,
        })
    }

    /// The next event; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        Ok(Some(match self.byte()? {
            1 => Event::Record(self.record()?),
            2 => Event::Thread(self.json()?),
            3 => {
                let (item, span) = self.span()?;
                Event::Structure(item, span)
            }
            4 => Event::Progress(self.number()?),
            5 => Event::Opened(self.small()?),
            6 => {
                let (item, span) = self.span()?;
                Event::About(item, span)
            }
            7 => Event::Answer(self.bytes()?.to_vec()),
            _ => return Err(Malformed),
        }))
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attachment, AttachmentState};
    use proptest::prelude::*;

    fn times() -> impl Strategy<Value = Time> {
        prop_oneof![
            Just(Time::Unknown),
            any::<i64>().prop_map(Time::Local),
            (any::<i64>(), any::<Option<i16>>()).prop_map(|(seconds, offset_minutes)| {
                Time::Instant {
                    seconds,
                    offset_minutes,
                }
            }),
        ]
    }

    prop_compose! {
        fn records()(
            (thread, item, length, offset) in (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()),
            written in any::<Option<(u16, u8)>>(),
            time in times(),
            sender in any::<Option<String>>(),
            kind in 0..Kind::ALL.len(),
            marks in any::<u16>(),
            text in any::<String>(),
            files in proptest::collection::vec(any::<String>(), 0..3),
        ) -> Record {
            Record {
                thread,
                item,
                span: Span { offset: u64::from(offset) << 20, length },
                written,
                time,
                sender,
                kind: Kind::ALL[kind],
                marks: Marks(marks),
                text,
                extra: Extra {
                    attachments: files.into_iter().map(|name| Attachment {
                        name,
                        state: AttachmentState::Missing,
                        item: None,
                        media: String::new(),
                        content_type: String::new(),
                        within: None,
                    }).collect(),
                    ..Extra::default()
                },
            }
        }
    }

    /// A pipe that takes a few bytes at a time, and is interrupted now and then.
    struct Narrow(Vec<u8>, usize);

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let taken = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_goes_whole_through_a_narrow_pipe() {
        for turn in 0..3 {
            for length in [0, 1, 2, 3, 100] {
                let frame: Vec<u8> = (0..length).collect();
                let mut pipe = Narrow(Vec::new(), turn);
                send(&mut pipe, &frame).unwrap();
                assert_eq!(pipe.0[..PREFIX], u32::from(length).to_le_bytes());
                assert_eq!(pipe.0[PREFIX..], frame);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_put_is_taken(records in proptest::collection::vec(records(), 0..8), read in any::<u64>()) {
            let mut events: Vec<Event> = records.into_iter().map(Event::Record).collect();
            let span = Span { offset: read >> 1, length: 7 };
            events.push(Event::Progress(read));
            events.push(Event::Structure(3, span));
            events.push(Event::About(4, span));
            events.push(Event::Opened(u32::MAX));
            events.push(Event::Answer(b"{}".to_vec()));
            let mut frame = Vec::new();
            for event in &events {
                put_event(&mut frame, event);
            }
            let mut taken = Events(&frame);
            for event in events {
                prop_assert_eq!(taken.next().unwrap(), Some(event));
            }
            prop_assert_eq!(taken.next().unwrap(), None);
        }

        /// Whatever a reader that went wrong sends, it ends in events or in none.
        #[test]
        fn anything_at_all_ends(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut events = Events(&bytes);
            while let Ok(Some(_)) = events.next() {}
            let _ = length_of(&bytes);
        }
    }
}
