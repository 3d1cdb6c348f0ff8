//! Reading one export: where an importer's records go, and what is counted on the way.

use super::columns::{Row, Writer};
use super::draft::{Draft, DraftThread};
use super::failure::Failure;
use super::spans::{Encoder, Standings};
use super::store::Participant;
use super::zone::Zone;
use super::{CaseError, Progress, sequence};
use crate::import::lately::Lately;
use crate::import::{ReadError, Record, Sink, Summary, ThreadHead};
use crate::model::{Kind, Marks, ParticipantId, Span};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The names of everyone, by channel; gives each new one its number.
#[derive(Default)]
pub(super) struct Names {
    channels: Vec<(String, HashMap<String, ParticipantId>)>,
    /// Of names that came lately: the place of their channel, and their number.
    lately: Lately<(usize, ParticipantId)>,
    count: u32,
    /// Participants that the case did not have.
    pub new: Vec<Participant>,
}

impl Names {
    /// The place of a channel, of which there are a few.
    pub(super) fn channel(&mut self, name: &str) -> usize {
        let known = self.channels.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.channels.push((name.to_owned(), HashMap::new()));
            self.channels.len() - 1
        })
    }

    pub(super) fn learn(&mut self, channel: usize, name: &str, id: ParticipantId) {
        if let Some((_, names)) = self.channels.get_mut(channel) {
            names.insert(name.to_owned(), id);
        }
        self.count += 1;
    }

    fn number(&mut self, channel: usize, name: &str) -> ParticipantId {
        if let Some((known, id)) = self.lately.of(name.as_bytes())
            && *known == channel
        {
            return *id;
        }
        let id = self.look_up(channel, name);
        self.lately.say(name.as_bytes(), (channel, id));
        id
    }

    fn look_up(&mut self, channel: usize, name: &str) -> ParticipantId {
        let names = self.channels.get(channel);
        if let Some(id) = names.and_then(|(_, names)| names.get(name)) {
            return *id;
        }
        let id = ParticipantId(self.count);
        self.learn(channel, name, id);
        let channel = self.channels.get(channel);
        self.new.push(Participant {
            id,
            name: name.to_owned(),
            channel: channel.map_or_else(String::new, |(channel, _)| channel.clone()),
            is_number: is_number(name),
        });
        id
    }

    /// Forgets the new names from this one on.
    pub(super) fn forget(&mut self, from: usize) {
        self.lately = Lately::default();
        for forgotten in self.new.drain(from.min(self.new.len())..) {
            let mut channels = self.channels.iter_mut();
            if let Some((_, names)) = channels.find(|(channel, _)| *channel == forgotten.channel) {
                names.remove(&forgotten.name);
            }
            self.count -= 1;
        }
    }
}

/// Whether a name is a telephone number: digits, and what people put between them.
fn is_number(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits >= 5
        && name.chars().all(|c| {
            c.is_ascii_digit() || c.is_whitespace() || "+-().~/\u{2011}\u{2010}\u{2013}".contains(c)
        })
}

/// What became of the bytes of one item.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub in_messages: u64,
    pub in_structure: u64,
    pub in_exceptions: u64,
    /// One past the last byte told of.
    pub end: u64,
    /// Whether bytes were told of twice, or out of order.
    pub overlaps: bool,
    /// Whether no message could be made of the last bytes told of.
    pub ends_broken: bool,
}

/// Where an importer's records go.
pub(super) struct Reading<'a> {
    writer: Writer,
    names: &'a mut Names,
    /// How many names were new before.
    named: usize,
    /// The thread of the last sender, and the place of its channel among the names.
    channel: Option<(u32, usize)>,
    zone: &'a mut Zone,
    /// Which records to keep; `None` keeps all.
    keep: Option<&'a RoaringBitmap>,
    threads: Vec<DraftThread>,
    items: BTreeMap<u32, Tally>,
    /// The items that messages bring.
    brought: RoaringBitmap,
    spans: Encoder,
    read: u32,
    system: u32,
    exceptions: u32,
    undecodable: u32,
    first: Option<i64>,
    last: Option<i64>,
    total: u64,
    progress: &'a mut dyn Progress,
    /// Why the sink refused, where it did.
    failed: Option<CaseError>,
}

impl<'a> Reading<'a> {
    /// Starts to read into a folder, which is made once there is much; `keep` tells which records
    /// to keep, and `total` how many bytes there are to read.
    pub(super) fn new(
        folder: &Path,
        names: &'a mut Names,
        zone: &'a mut Zone,
        keep: Option<&'a RoaringBitmap>,
        total: u64,
        progress: &'a mut dyn Progress,
    ) -> Reading<'a> {
        Reading {
            writer: Writer::hold(folder),
            named: names.new.len(),
            names,
            channel: None,
            zone,
            keep,
            threads: Vec::new(),
            items: BTreeMap::new(),
            brought: RoaringBitmap::new(),
            spans: Encoder::new(&folder.with_extension("standings")),
            read: 0,
            system: 0,
            exceptions: 0,
            undecodable: 0,
            first: None,
            last: None,
            total,
            progress,
            failed: None,
        }
    }

    /// What was read, as the importer's end has it; `in_order` says whether its format has
    /// messages as they were said.
    pub(super) fn finish(
        self,
        done: Result<Summary, ReadError>,
        in_order: bool,
    ) -> Result<Pass, Failure> {
        if let Some(error) = self.failed {
            return Err(Failure::Case(error));
        }
        let summary = done.map_err(Failure::from)?;
        let columns = self.writer.finish()?;
        let mut threads = self.threads;
        for thread in &mut threads {
            sequence::arrange(thread, &columns, in_order);
        }
        columns.let_times_go();
        let participants = self.names.new.get(self.named..).unwrap_or_default();
        Ok(Pass {
            draft: Draft {
                columns,
                threads,
                participants: participants.to_vec(),
            },
            summary,
            spans: self.spans.finish()?,
            items: self.items,
            brought: self.brought,
            counts: Counts {
                messages: self.read,
                system: self.system,
                exceptions: self.exceptions,
                undecodable: self.undecodable,
                first: self.first,
                last: self.last,
            },
        })
    }

    fn tell(&mut self, item: u32, span: Span, kind: Option<Kind>) {
        let tally = self.items.entry(item).or_default();
        tally.overlaps |= span.offset < tally.end;
        tally.end = tally.end.max(span.end());
        tally.ends_broken = kind == Some(Kind::Unreadable);
        let length = u64::from(span.length);
        match kind {
            None => tally.in_structure += length,
            Some(Kind::Unreadable) => tally.in_exceptions += length,
            Some(_) => tally.in_messages += length,
        }
    }

    fn person(&mut self, thread: u32, name: &str) -> ParticipantId {
        let channel = match self.channel {
            Some((known, channel)) if known == thread => channel,
            _ => {
                let index = usize::try_from(thread).unwrap_or(usize::MAX);
                let head = self.threads.get(index).map(|thread| &thread.head);
                let channel = self.names.channel(head.map_or("", |head| &head.channel));
                self.channel = Some((thread, channel));
                channel
            }
        };
        self.names.number(channel, name)
    }

    fn keep(&mut self, record: &Record) -> Result<(), CaseError> {
        let resolved = self.zone.resolve(record.time);
        if let Some(time) = resolved.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        let ordinal = self.read;
        self.read = ordinal
            .checked_add(1)
            .ok_or_else(|| CaseError::inconsistent("an export holds too many messages"))?;
        self.tell(record.item, record.span, Some(record.kind));
        let brought = record.extra.attachments.iter();
        self.brought.extend(brought.filter_map(|file| file.item));
        self.system += u32::from(record.kind == Kind::System);
        self.exceptions += u32::from(record.kind == Kind::Unreadable);
        self.undecodable += u32::from(record.marks.has(Marks::DAMAGED));
        if self.keep.is_some_and(|keep| !keep.contains(ordinal)) {
            return Ok(());
        }
        let sender = record.sender.as_deref();
        let participant = sender.map(|name| self.person(record.thread, name));
        // Whoever was only written to is somebody, too.
        let to = record.extra.recipients.iter().map(|to| to.who.as_str());
        for who in to.filter(|who| !who.is_empty()) {
            self.person(record.thread, who);
        }
        let at = self.writer.len();
        let row = Row {
            item: record.item,
            span: record.span,
            written: record.written,
            time: resolved.time,
            offset_minutes: resolved.offset_minutes,
            participant,
            kind: record.kind,
            marks: record.marks.with(resolved.marks),
            text: &record.text,
        };
        self.writer.push(&row, &record.extra)?;
        self.spans.push(record.item, record.span)?;
        let thread = usize::try_from(record.thread)
            .ok()
            .and_then(|thread| self.threads.get_mut(thread))
            .ok_or_else(|| CaseError::inconsistent("a message of no thread was read"))?;
        thread.push(at, resolved.time, participant);
        Ok(())
    }

    fn refuse(&mut self, error: CaseError) -> ReadError {
        let stopped = matches!(error, CaseError::Stopped);
        let what = error.to_string();
        self.failed.get_or_insert(error);
        if stopped {
            ReadError::Stopped
        } else {
            ReadError::Keep(what.into())
        }
    }
}

impl Sink for Reading<'_> {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.threads.push(DraftThread::new(head));
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.record_of(&record)
    }

    fn record_of(&mut self, record: &Record) -> Result<(), ReadError> {
        self.keep(record).map_err(|error| self.refuse(error))
    }

    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.tell(item, span, None);
        Ok(())
    }

    fn progress(&mut self, bytes_read: u64) -> Result<(), ReadError> {
        let total = self.total.max(bytes_read);
        match self.progress.tick("reading", bytes_read, total) {
            std::ops::ControlFlow::Continue(()) => Ok(()),
            std::ops::ControlFlow::Break(()) => Err(self.refuse(CaseError::Stopped)),
        }
    }
}

/// What one pass over an export gave.
pub(super) struct Pass {
    pub draft: Draft,
    pub summary: Summary,
    pub spans: Standings,
    pub items: BTreeMap<u32, Tally>,
    pub brought: RoaringBitmap,
    /// A source with the counts filled in.
    pub counts: Counts,
}

impl Pass {
    /// Whether messages were looked for in this item.
    pub(super) fn has_read(&self, item: u32) -> bool {
        self.summary.chat_item == Some(item) || self.items.contains_key(&item)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub messages: u32,
    pub system: u32,
    pub exceptions: u32,
    pub undecodable: u32,
    pub first: Option<i64>,
    pub last: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        for number in [
            "+44 7700 900123",
            "07700 900 123",
            "(555) 0100-99",
            "+44\u{a0}7700\u{a0}900456",
        ] {
            assert!(is_number(number), "{number}");
        }
        for name in [
            "Ann",
            "Room 101",
            "112",
            "+44 7700 900123 Ann",
            "2021 Budget",
        ] {
            assert!(!is_number(name), "{name}");
        }
    }
}
