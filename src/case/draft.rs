//! What was read from an export, before it is known what of it the case has already.

use super::columns::Columns;
use super::store::Participant;
use crate::import::ThreadHead;
use crate::model::ParticipantId;
use std::ops::Range;

/// One thread of an export as it was read.
#[derive(Debug)]
pub(super) struct DraftThread {
    pub head: ThreadHead,
    /// Its messages, counted from 0 as they stand in the export.
    pub runs: Vec<Range<u32>>,
    /// Who sent something in it, in the order they first did.
    pub participants: Vec<ParticipantId>,
    /// The earliest time in it.
    pub first: Option<i64>,
    /// The latest time in it.
    pub last: Option<i64>,
}

impl DraftThread {
    /// A thread without messages.
    pub(super) fn new(head: ThreadHead) -> DraftThread {
        DraftThread {
            head,
            runs: Vec::new(),
            participants: Vec::new(),
            first: None,
            last: None,
        }
    }

    /// Adds the next message.
    pub(super) fn push(&mut self, at: u32, time: Option<i64>, sender: Option<ParticipantId>) {
        match self.runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => self.runs.push(at..at + 1),
        }
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        if let Some(sender) = sender
            && !self.participants.contains(&sender)
        {
            self.participants.push(sender);
        }
    }
}

/// What was read from one export, before it is known what of it is new.
#[derive(Debug)]
pub(super) struct Draft {
    pub columns: Columns,
    pub threads: Vec<DraftThread>,
    /// Participants that the case did not have.
    pub participants: Vec<Participant>,
}
