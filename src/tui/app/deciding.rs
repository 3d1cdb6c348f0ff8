//! Deciding: what a key acts on, what asks first, what is on its way to the disk.

use super::{App, Ask, Confirm, Tone};
use crate::case::ledger::How;
use crate::case::marks::Reason;
use crate::model::{Decision, MessageNumber, ThreadId};
use crate::review::{Decided, Preview, Target, Undone};
use crate::text::{counted, grouped};
use crate::tui::action::{Reach, View};
use crate::tui::event::Effect;

/// A decision that is being written.
#[derive(Clone, Debug)]
pub(super) struct Saving {
    /// Its messages where they are few.
    pub(super) numbers: Vec<u32>,
    /// Where the cursor was.
    pub(super) from: Option<MessageNumber>,
    pub(super) decision: Decision,
    pub(super) single: bool,
}

/// An act whose size is being asked for.
#[derive(Clone, Debug)]
pub(super) struct Planning {
    pub(super) ticket: u64,
    words: String,
    target: Target,
    decision: Decision,
    how: How,
    listed: bool,
    reason: Option<Reason>,
}

impl App {
    pub(super) fn decide(
        &mut self,
        decision: Decision,
        reach: Reach,
        count: Option<u32>,
    ) -> Vec<Effect> {
        if let Some(effects) = self.decide_again(decision, reach) {
            return effects;
        }
        let store = self.store.clone();
        self.repeat = Some(decision);
        if reach == Reach::Thread {
            let id = match self.view {
                View::Threads => self.thread_under_cursor(),
                _ => self
                    .current_message()
                    .and_then(|number| store.message(number))
                    .map(|m| m.thread),
            };
            return match id {
                Some(id) => self.decide_thread(decision, id, false),
                None => Vec::new(),
            };
        }
        let Some(reading) = self.current_reading() else {
            return Vec::new();
        };
        if reach == Reach::Listed {
            return match (reading.thread(), reading.list.set()) {
                (Some(id), None) => self.decide_thread(decision, id, true),
                (_, set) => {
                    let set = set.cloned().unwrap_or_default();
                    let query = reading.asked.as_ref().map(|asked| match reading.thread() {
                        Some(id) => format!("in:{id} ({})", asked.text),
                        None => asked.text.clone(),
                    });
                    let words = query.as_ref().map_or_else(
                        || "everything listed".to_owned(),
                        |query| format!("everything listed for {query}"),
                    );
                    self.plan(Target::Set(set, query), decision, How::Bulk, words, true)
                }
            };
        }
        let (from, to) = reading.target(count);
        let ranged = reading.range.is_some() || to > from;
        let Some(current) = reading.current() else {
            return Vec::new();
        };
        if !ranged {
            return self.decide_one(decision, current);
        }
        let size = to - from + 1;
        let target = match (reading.thread(), reading.list.set()) {
            (Some(id), None) => Target::Range(id, from, to),
            _ => Target::Set(reading.numbers(from, to).into_iter().collect(), None),
        };
        let numbers = if size <= self.settings.confirm_over {
            reading.numbers(from, to)
        } else {
            Vec::new()
        };
        if size > self.settings.confirm_over {
            let words = format!(
                "{} in a row",
                counted(u64::from(size), "message", "messages")
            );
            return self.plan(target, decision, How::Range, words, false);
        }
        self.saving.push(Saving {
            numbers,
            from: Some(current),
            decision,
            single: false,
        });
        if let Some(reading) = self.current_reading_mut() {
            reading.range = None;
            reading.window.cursor = to;
        }
        self.advance();
        let reason = self.take_reason(decision);
        vec![Effect::Decide(target, decision, How::Range, None, reason)]
    }

    pub(super) fn decide_one(&mut self, decision: Decision, number: MessageNumber) -> Vec<Effect> {
        if !self
            .store
            .kind(number)
            .is_some_and(|kind| kind.is_decidable())
        {
            self.say("counted, never decided: not a person's words");
            return Vec::new();
        }
        self.saving.push(Saving {
            numbers: vec![number.0],
            from: Some(number),
            decision,
            single: true,
        });
        if decision != Decision::Undecided {
            self.advance();
        }
        let reason = self.take_reason(decision);
        vec![Effect::Decide(
            Target::Message(number),
            decision,
            How::Key,
            None,
            reason,
        )]
    }

    pub(super) fn decide_thread(
        &mut self,
        decision: Decision,
        id: ThreadId,
        listed: bool,
    ) -> Vec<Effect> {
        let size = self.store.thread_len(id);
        let title = self
            .store
            .thread(id)
            .map_or_else(String::new, |thread| thread.title.clone());
        if size > self.settings.confirm_over || listed {
            return self.plan(
                Target::Thread(id),
                decision,
                How::Thread,
                format!("the whole thread {title}"),
                true,
            );
        }
        self.saving.push(Saving {
            numbers: Vec::new(),
            from: None,
            decision,
            single: false,
        });
        let reason = self.take_reason(decision);
        vec![Effect::Decide(
            Target::Thread(id),
            decision,
            How::Thread,
            None,
            reason,
        )]
    }

    pub(super) fn plan(
        &mut self,
        target: Target,
        decision: Decision,
        how: How,
        words: String,
        listed: bool,
    ) -> Vec<Effect> {
        let reason = self.take_reason(decision);
        self.plan_for(reason, target, decision, how, words, listed)
    }

    /// As [`App::plan`], for this reason.
    pub(super) fn plan_for(
        &mut self,
        reason: Option<Reason>,
        target: Target,
        decision: Decision,
        how: How,
        words: String,
        listed: bool,
    ) -> Vec<Effect> {
        let ticket = self.ticket();
        self.planning = Some(Planning {
            ticket,
            words,
            target: target.clone(),
            decision,
            how,
            listed,
            reason: reason.clone(),
        });
        vec![Effect::Plan(ticket, target, decision, reason)]
    }

    pub(super) fn planned(&mut self, ticket: u64, result: Result<Preview, String>) -> Vec<Effect> {
        let Some(planning) = self.planning.take_if(|planning| planning.ticket == ticket) else {
            return Vec::new();
        };
        match result {
            Err(error) => {
                self.warn(error);
                Vec::new()
            }
            Ok(preview) if preview.count == 0 => {
                self.say(format!("all of it is {} already", planning.decision.name()));
                Vec::new()
            }
            Ok(_) if self.ask.is_some() => {
                self.say("nothing changed: something else was begun meanwhile");
                Vec::new()
            }
            Ok(preview) if planning.listed || preview.count > self.settings.confirm_over => {
                self.ask = Some(Ask::Confirm(Box::new(Confirm {
                    words: planning.words,
                    preview,
                    target: planning.target,
                    decision: planning.decision,
                    how: planning.how,
                    reason: planning.reason,
                })));
                Vec::new()
            }
            Ok(preview) => {
                self.saving.push(Saving {
                    numbers: Vec::new(),
                    from: None,
                    decision: planning.decision,
                    single: false,
                });
                vec![Effect::Decide(
                    planning.target,
                    planning.decision,
                    planning.how,
                    Some(preview.seen),
                    planning.reason,
                )]
            }
        }
    }

    /// On to the next undecided message after the cursor; stays where there is none.
    pub(super) fn advance(&mut self) {
        if self.advance_in_sample() {
            return;
        }
        let session = self.session.clone();
        let saving = self.saving_numbers();
        if let Some(reading) = self.current_reading_mut() {
            let cursor = reading.window.cursor;
            if let Some(to) = reading.next_open(&session, cursor.saturating_add(1), &saving) {
                reading.window.cursor = to;
            }
        }
    }

    pub(super) fn decided(&mut self, result: Result<Decided, String>) -> Vec<Effect> {
        let saving = if self.saving.is_empty() {
            None
        } else {
            Some(self.saving.remove(0))
        };
        self.refresh_details();
        match result {
            Ok(decided) => {
                if !decided.conflicts.is_empty() {
                    let own = saving.as_ref().map(|saving| saving.decision);
                    let words = self.conflict_words(&decided, own.unwrap_or_default());
                    self.go_back_to(saving.and_then(|saving| saving.from));
                    self.warn(words);
                    return Vec::new();
                }
                let name = saving.as_ref().map_or("", |saving| saving.decision.name());
                let single = saving.as_ref().is_some_and(|saving| saving.single);
                let words = match (single, decided.count) {
                    (true, 0) => format!("was {name} already"),
                    (true, _) => format!("{name}: saved"),
                    (false, count) => {
                        format!(
                            "{name}: {} saved",
                            counted(u64::from(count), "message", "messages")
                        )
                    }
                };
                self.notice = Some((words, Tone::Good));
                vec![Effect::SavePlace(self.place())]
            }
            Err(error) => {
                self.go_back_to(saving.and_then(|saving| saving.from));
                self.warn(format!("NOT saved: {error}"));
                Vec::new()
            }
        }
    }

    /// Puts the cursor back on a message that was not decided, or not any more.
    fn go_back_to(&mut self, number: Option<MessageNumber>) {
        if let (Some(number), Some(reading)) = (number, self.current_reading_mut()) {
            reading.go_to(number);
        }
    }

    pub(super) fn undone(&mut self, result: Result<Option<Undone>, String>, redo: bool) {
        self.refresh_details();
        let verb = if redo { "put back" } else { "took back" };
        match result {
            Ok(None) if redo => self.say("nothing to put back"),
            Ok(None) => self.say("nothing of yours to take back"),
            Ok(Some(undone)) => {
                if undone.count == 1 {
                    self.go_back_to(undone.changed.min().map(MessageNumber));
                }
                let mut words = format!("{verb} and saved: {}", undone.what);
                if undone.skipped > 0 {
                    words += &format!(
                        ", {} kept what another reviewer decided since",
                        grouped(u64::from(undone.skipped))
                    );
                }
                self.notice = Some((words, Tone::Good));
            }
            Err(error) => self.warn(format!("NOT saved: {error}")),
        }
    }
}
