//! How reader and case talk: frames of events through pipes, each frame with its length before it.
//!
//! What is asked is JSON. What is read comes as events, many in a frame: a byte that says which, and its
//! numbers seven bits at a time. Of a text the events have the length; the texts of a frame stand
//! behind all of its events, one after another, so that it is looked at once whether they are text: a
//! look at each of a million short ones takes longer. Before them stands how many
//! bytes the events are, as long as a frame's length. Who takes events trusts nothing: a number that
//! ends nowhere, texts that are none or more than the events tell of, a kind that does not exist end
//! it all.

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
#[derive(Debug, PartialEq)]
pub(super) enum Event<'r> {
    Thread(ThreadHead),
    /// Whoever takes events keeps the record, to fill it again.
    Record(&'r mut Record),
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

/// Writes a frame of bytes.
pub(super) fn send(to: &mut dyn Write, frame: &[u8]) -> io::Result<()> {
    send_all(to, &prefix(frame.len())?, [frame, &[]])
}

/// The prefix of a frame of so many bytes.
fn prefix(length: usize) -> io::Result<[u8; PREFIX]> {
    let short = u32::try_from(length).ok().filter(|_| length <= LONGEST);
    let short = short.ok_or(io::ErrorKind::InvalidData)?;
    Ok(short.to_le_bytes())
}

/// Writes what begins a frame, and the rest of it.
fn send_all(to: &mut dyn Write, begin: &[u8], rest: [&[u8]; 2]) -> io::Result<()> {
    let [first, last] = rest;
    // All in one call: a few bytes alone would wake the other side for nothing.
    let together = [begin, first, last].map(IoSlice::new);
    let mut sent = match to.write_vectored(&together) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
        sent => sent?,
    };
    for piece in [begin, first, last] {
        to.write_all(piece.get(sent..).unwrap_or_default())?;
        sent = sent.saturating_sub(piece.len());
    }
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

/// Events that are gathered for a frame.
#[derive(Default)]
pub(super) struct Gathered {
    events: Vec<u8>,
    texts: String,
}

impl Gathered {
    /// With room for what is usually gathered.
    pub(super) fn new() -> Gathered {
        let mut gathered = Gathered::default();
        gathered.make_usual();
        gathered
    }

    /// Bytes of them.
    pub(super) fn len(&self) -> usize {
        self.events.len().saturating_add(self.texts.len())
    }

    /// Writes them as a frame, and begins anew.
    pub(super) fn send(&mut self, to: &mut dyn Write) -> io::Result<()> {
        let events = prefix(self.events.len())?;
        let [a, b, c, d] = prefix(PREFIX.saturating_add(self.len()))?;
        let [e, f, g, h] = events;
        let begin = [a, b, c, d, e, f, g, h];
        send_all(to, &begin, [&self.events, self.texts.as_bytes()])?;
        self.events.clear();
        self.texts.clear();
        self.make_usual();
        Ok(())
    }

    /// What one long text took is not kept for all that follow.
    fn make_usual(&mut self) {
        const ROOM: usize = GATHERED + 1024;
        self.events.shrink_to(ROOM);
        self.texts.shrink_to(ROOM);
        self.events.reserve(ROOM / 2);
        self.texts.reserve(ROOM);
    }

    fn byte(&mut self, byte: u8) {
        self.events.push(byte);
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.byte(number.to_le_bytes()[0]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.events.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.texts.push_str(text);
    }

    fn span(&mut self, item: u32, span: Span) {
        self.number(u64::from(item));
        self.number(span.offset);
        self.number(u64::from(span.length));
    }

    /// What is rare in a message goes as it is stored: as JSON.
    fn json<T: serde::Serialize>(&mut self, value: &T) {
        self.bytes(&serde_json::to_vec(value).unwrap_or_default());
    }

    pub(super) fn record(&mut self, record: &Record) {
        self.byte(1);
        self.number(u64::from(record.thread));
        self.span(record.item, record.span);
        match record.written {
            None => self.number(0),
            Some((offset, length)) => {
                self.number(1 + u64::from(offset));
                self.byte(length);
            }
        }
        match record.time {
            Time::Unknown => self.byte(0),
            Time::Local(seconds) => {
                self.byte(1);
                self.number(zigzag(seconds));
            }
            Time::Instant {
                seconds,
                offset_minutes,
            } => {
                self.byte(if offset_minutes.is_some() { 3 } else { 2 });
                self.number(zigzag(seconds));
                if let Some(minutes) = offset_minutes {
                    self.number(zigzag(i64::from(minutes)));
                }
            }
        }
        match &record.sender {
            None => self.byte(0),
            Some(sender) => {
                self.byte(1);
                self.text(sender);
            }
        }
        self.byte(record.kind.code());
        self.number(u64::from(record.marks.0));
        self.text(&record.text);
        if record.extra.is_empty() {
            self.number(0);
        } else {
            self.json(&record.extra);
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Record(record) => self.record(record),
            Event::Thread(head) => {
                self.byte(2);
                self.json(head);
            }
            Event::Structure(item, span) => {
                self.byte(3);
                self.span(*item, *span);
            }
            Event::Progress(read) => {
                self.byte(4);
                self.number(*read);
            }
            Event::Opened(item) => {
                self.byte(5);
                self.number(u64::from(*item));
            }
            Event::About(item, span) => {
                self.byte(6);
                self.span(*item, *span);
            }
            Event::Answer(json) => {
                self.byte(7);
                self.bytes(json);
            }
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
pub(super) struct Events<'f> {
    events: &'f [u8],
    texts: &'f str,
}

impl<'f> Events<'f> {
    /// Of a frame.
    pub(super) fn of(frame: &'f [u8]) -> Result<Events<'f>, Malformed> {
        let (prefix, rest) = frame.split_first_chunk::<PREFIX>().ok_or(Malformed)?;
        let length = usize::try_from(u32::from_le_bytes(*prefix)).map_err(|_| Malformed)?;
        let (events, texts) = rest.split_at_checked(length).ok_or(Malformed)?;
        let texts = std::str::from_utf8(texts).map_err(|_| Malformed)?;
        Ok(Events { events, texts })
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.events.split_first().ok_or(Malformed)?;
        self.events = rest;
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

    fn bytes(&mut self) -> Result<&'f [u8], Malformed> {
        let length: usize = self.small()?;
        let (bytes, rest) = self.events.split_at_checked(length).ok_or(Malformed)?;
        self.events = rest;
        Ok(bytes)
    }

    /// The next of the texts.
    fn text(&mut self) -> Result<&'f str, Malformed> {
        let length: usize = self.small()?;
        let (text, rest) = self.texts.split_at_checked(length).ok_or(Malformed)?;
        self.texts = rest;
        Ok(text)
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

    /// Fills a record, all of it, in the room that it has.
    fn fill(&mut self, record: &mut Record) -> Result<(), Malformed> {
        record.thread = self.small()?;
        (record.item, record.span) = self.span()?;
        record.written = match self.number()? {
            0 => None,
            offset => {
                let offset = u16::try_from(offset - 1).map_err(|_| Malformed)?;
                Some((offset, self.byte()?))
            }
        };
        record.time = self.time()?;
        match (self.byte()?, &mut record.sender) {
            (0, sender) => *sender = None,
            (1, Some(sender)) => self.text()?.clone_into(sender),
            (1, sender) => *sender = Some(self.text()?.to_owned()),
            _ => return Err(Malformed),
        }
        record.kind = Kind::from_code(self.byte()?).ok_or(Malformed)?;
        record.marks = Marks(self.small()?);
        // What one long text took is not kept for all that follow.
        record.text.clear();
        record.text.shrink_to(GATHERED);
        record.text.push_str(self.text()?);
        match self.bytes()? {
            [] if record.extra.is_empty() => {}
            [] => record.extra = Extra::default(),
            json => record.extra = serde_json::from_slice(json).map_err(|_| Malformed)?,
        }
        Ok(())
    }

    /// The next event, a record in the place of `record`; `None` at the end.
    pub(super) fn next<'r>(
        &mut self,
        record: &'r mut Record,
    ) -> Result<Option<Event<'r>>, Malformed> {
        if self.events.is_empty() {
            return if self.texts.is_empty() {
                Ok(None)
            } else {
                Err(Malformed)
            };
        }
        Ok(Some(match self.byte()? {
            1 => {
                self.fill(record)?;
                Event::Record(record)
            }
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
    use crate::import::window::blank;
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
            let mut records = records;
            let mut events: Vec<Event<'_>> = records.iter_mut().map(Event::Record).collect();
            let span = Span { offset: read >> 1, length: 7 };
            events.push(Event::Progress(read));
            events.push(Event::Structure(3, span));
            events.push(Event::About(4, span));
            events.push(Event::Opened(u32::MAX));
            events.push(Event::Answer(b"{}".to_vec()));
            let mut gathered = Gathered::new();
            for event in &events {
                gathered.event(event);
            }
            let mut frame = Vec::new();
            gathered.send(&mut frame).unwrap();
            prop_assert_eq!(length_of(&frame).unwrap(), Some(frame.len() - PREFIX));
            let mut taken = Events::of(&frame[PREFIX..]).unwrap();
            let mut record = blank(0);
            for event in events {
                prop_assert_eq!(taken.next(&mut record).unwrap(), Some(event));
            }
            prop_assert_eq!(taken.next(&mut record).unwrap(), None);
        }

        /// Texts that no event tells of, or of which one tells too many, are refused.
        #[test]
        fn texts_are_as_many_as_the_events_tell(record in records(), more in ".{1,9}", cut in 1usize..9) {
            let mut record = record;
            let mut gathered = Gathered::new();
            gathered.record(&record);
            let ends = |gathered: &Gathered, record: &mut Record| {
                let texts = gathered.texts.as_str();
                let mut events = Events { events: &gathered.events, texts };
                while events.next(record)?.is_some() {}
                Ok::<(), Malformed>(())
            };
            prop_assert_eq!(ends(&gathered, &mut record), Ok(()));
            let texts = gathered.texts.clone();
            gathered.texts.push_str(&more);
            prop_assert_eq!(ends(&gathered, &mut record), Err(Malformed));
            let fewer = texts.char_indices().rev().nth(cut).map_or(0, |(at, _)| at);
            if fewer < texts.len() {
                gathered.texts = texts.get(..fewer).unwrap().to_owned();
                prop_assert_eq!(ends(&gathered, &mut record), Err(Malformed));
            }
        }

        /// Whatever a reader that went wrong sends, it ends in events or in none.
        #[test]
        fn anything_at_all_ends(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut record = blank(0);
            let mut events = Events { events: &bytes, texts: "a text" };
            while let Ok(Some(_)) = events.next(&mut record) {}
            if let Ok(mut events) = Events::of(&bytes) {
                while let Ok(Some(_)) = events.next(&mut record) {}
            }
            let _ = length_of(&bytes);
        }
    }
}
