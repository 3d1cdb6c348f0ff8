//! What a reader tells, checked, with what it could not read put back in its place.

use super::super::export::{Export, Gap, filled, filled_around};
use super::super::{ReadError, Record, Sink, Summary, ThreadHead};
use super::Culprit;
use super::process::{Gone, malformed};
use super::wire::Event;
use crate::model::{Extra, Kind, Marks, Span, Time};
use std::collections::BTreeMap;
use std::io::Read;

/// Bytes of what could not be read that are shown.
const SHOWN: u64 = 1 << 12;
/// Most bytes in one exception.
const LONGEST: u64 = 1 << 30;

/// Takes the events of one pass.
pub(super) struct Patched<'a> {
    export: &'a Export,
    channel: &'a str,
    sink: &'a mut dyn Sink,
    gaps: Vec<Gap>,
    /// What is still to be put back, in order, and why.
    missing: Vec<(Gap, String)>,
    threads: u32,
    /// The thread of the last record.
    thread: u32,
    /// Of each item, one past the last byte told of, counted in the whole item.
    ends: BTreeMap<u32, u64>,
    /// The item at work.
    item: Option<u32>,
    /// The record that is about to be understood.
    about: Option<(u32, Span)>,
    read: u64,
}

impl<'a> Patched<'a> {
    pub(super) fn new(
        export: &'a Export,
        gaps: &[(Gap, String)],
        channel: &'a str,
        sink: &'a mut dyn Sink,
    ) -> Patched<'a> {
        Patched {
            export,
            channel,
            sink,
            gaps: gaps.iter().map(|(gap, _)| *gap).collect(),
            missing: gaps.to_vec(),
            threads: 0,
            thread: 0,
            ends: BTreeMap::new(),
            item: None,
            about: None,
            read: 0,
        }
    }

    /// Where a span stands in the whole item.
    fn place(&self, item: u32, span: Span) -> Result<Span, Gone> {
        if self.export.item(item).is_none() {
            return Err(malformed());
        }
        filled(&self.gaps, item, span).ok_or_else(malformed)
    }

    fn told(&mut self, item: u32, span: Span) -> Result<(), Gone> {
        self.put_back(&|gap| gap.item == item && gap.begin <= span.offset)?;
        let end = self.ends.entry(item).or_default();
        *end = (*end).max(span.end());
        self.item = Some(item);
        // What stands before a record is told late, as one run.
        let is_before = |(of, about): (u32, Span)| of == item && span.end() <= about.offset;
        self.about = self.about.filter(|about| is_before(*about));
        Ok(())
    }

    /// Where a run stands that records were left out of.
    fn places(&self, item: u32, span: Span) -> Result<Vec<Span>, Gone> {
        if self.export.item(item).is_none() {
            return Err(malformed());
        }
        filled_around(&self.gaps, item, span).ok_or_else(malformed)
    }

    pub(super) fn take(&mut self, event: Event<'_>) -> Result<(), Gone> {
        match event {
            Event::Record(record) => {
                if record.thread >= self.threads {
                    return Err(malformed());
                }
                record.span = self.place(record.item, record.span)?;
                for file in &mut record.extra.attachments {
                    if file
                        .item
                        .is_some_and(|item| self.export.item(item).is_none())
                    {
                        return Err(malformed());
                    }
                    if let Some(within) = &mut file.within {
                        within.span = self.place(within.item, within.span)?;
                    }
                }
                self.thread = record.thread;
                self.told(record.item, record.span)?;
                self.sink.record_of(record)?;
            }
            Event::Thread(head) => self.announce(head)?,
            Event::Structure(item, span) => {
                for span in self.places(item, span)? {
                    self.told(item, span)?;
                    self.sink.structure(item, span)?;
                }
            }
            Event::Progress(read) => {
                self.read = read;
                self.sink.progress(read)?;
            }
            Event::Opened(item) => {
                self.item = Some(item);
                self.about = None;
            }
            Event::About(item, span) => {
                let first = self.places(item, span)?.into_iter().next();
                self.item = Some(item);
                self.about = first.map(|span| (item, span));
            }
            Event::Answer(_) => return Err(malformed()),
        }
        Ok(())
    }

    fn announce(&mut self, head: ThreadHead) -> Result<(), Gone> {
        self.threads = self.threads.checked_add(1).ok_or_else(malformed)?;
        self.sink.thread(head)?;
        Ok(())
    }

    /// Asks whoever waits whether they still do.
    pub(super) fn wait(&mut self) -> Result<(), ReadError> {
        self.sink.progress(self.read)
    }

    /// What ended the reader, as far as it said.
    pub(super) fn culprit(&self) -> Option<Culprit> {
        let about = self.about.map(|(item, span)| Gap {
            item,
            begin: span.offset,
            end: span.end(),
            is_record: true,
        });
        let item = about.map_or(self.item, |gap| Some(gap.item));
        let rest = item.and_then(|item| {
            let begin = self.ends.get(&item).copied().unwrap_or(0);
            let end = self.export.item(item)?.size;
            Some(Gap {
                item,
                begin,
                end,
                is_record: false,
            })
        });
        Some(Culprit {
            record: about.filter(|gap| gap.begin < gap.end),
            rest: rest.filter(|gap| gap.begin < gap.end),
        })
    }

    /// Puts back as exceptions what could not be read.
    fn put_back(&mut self, wanted: &dyn Fn(&Gap) -> bool) -> Result<(), Gone> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.missing)
            .into_iter()
            .partition(|(gap, _)| wanted(gap));
        self.missing = later;
        for (gap, why) in now {
            if self.threads == 0 {
                self.announce(ThreadHead {
                    title: self.export.item_name(gap.item),
                    channel: self.channel.to_owned(),
                    group: None,
                    members: Vec::new(),
                })?;
            }
            let mut offset = gap.begin;
            while offset < gap.end {
                let length = (gap.end - offset).min(LONGEST);
                let span = Span {
                    offset,
                    length: u32::try_from(length).unwrap_or(u32::MAX),
                };
                let record = self.exception(gap.item, span, &why);
                self.sink.record(record)?;
                offset = span.end();
            }
            let end = self.ends.entry(gap.item).or_default();
            *end = (*end).max(gap.end);
        }
        Ok(())
    }

    fn exception(&self, item: u32, span: Span, why: &str) -> Record {
        let mut shown = Vec::new();
        let most = SHOWN.min(u64::from(span.length));
        if let Ok(stream) = self.export.open_from(item, span.offset) {
            // What cannot be shown is in the original.
            let _ = stream.take(most).read_to_end(&mut shown);
        }
        let mut notes = vec![format!("Was set aside: reading it {why}.")];
        if u64::from(span.length) > SHOWN {
            notes.push(format!(
                "The first {SHOWN} of {} bytes are shown; the original holds them all.",
                span.length
            ));
        }
        Record {
            thread: self.thread,
            item,
            span,
            written: None,
            time: Time::Unknown,
            sender: None,
            kind: Kind::Unreadable,
            marks: Marks::default(),
            text: String::from_utf8_lossy(&shown).into_owned(),
            extra: Extra {
                notes,
                ..Extra::default()
            },
        }
    }

    /// Puts back what is still missing, and gives the summary.
    pub(super) fn finish(mut self, mut summary: Summary) -> Result<Summary, ReadError> {
        if let [_, ..] = self.gaps.as_slice() {
            summary.notes.push(
                "Some of it ended the process that reads it; that is set aside, and each says why."
                    .into(),
            );
        }
        match self.put_back(&|_| true) {
            Ok(()) => Ok(summary),
            Err(Gone::Refused(error)) => Err(error),
            Err(Gone::Ended(why)) => Err(super::refused(&self.export.name, why)),
        }
    }
}
