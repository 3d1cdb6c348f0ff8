//! Context: messages that are no records, but without which a record is not understood.
//!
//! What a message that is handed over answers or quotes is proposed, and a few messages around one
//! can be added. Nothing is context by itself: a proposal is a set of messages that a person looks
//! at, and decides on as on any other. It is minimal: the message that is answered and not what that
//! one answered, neighbours in a small number, and of both only what nobody has decided. What
//! somebody decided otherwise is named, and stays.

use super::act::{Asking, Decided, Target};
use super::decisions::Decisions;
use super::error::ReviewError;
use super::same::Sameness;
use super::session::Session;
use crate::case::ledger::How;
use crate::case::{CaseError, Store};
use crate::model::{Decision, Marks, MessageNumber};
use crate::text::fold;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Messages around one: so many on either side at most.
pub const MOST_AROUND: u32 = 10;
/// How far back in a thread a message that is quoted is looked for.
const QUOTED_WITHIN: u32 = 200;
/// Fewer characters of a quoted line tell nobody's words from another's.
const WORTH_MATCHING: usize = 20;
/// So many messages on either side are passed over to find some that can be decided.
const LOOKED_AT: u32 = 100;

/// How a message leans on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The export says that it answers it.
    Answers,
    /// It repeats words of it behind `>`.
    Quotes,
}

impl Link {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Link::Answers => "answers",
            Link::Quotes => "quotes",
        }
    }
}

/// Which message each message leans on, where it leans on one of the case.
#[derive(Clone, Debug, Default)]
pub struct Parents(Vec<(MessageNumber, MessageNumber, Link)>);

/// The parents that were asked for last, and the messages that they are of.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Arc<Store>, Arc<Parents>)>>);

impl Parents {
    /// Reads all messages that answer or quote one. For a worker thread.
    ///
    /// # Errors
    /// [`CaseError::Stopped`] when cancelled.
    fn read(store: &Store, cancel: &AtomicBool) -> Result<Parents, CaseError> {
        let mut all = Vec::new();
        for (number, marks) in (0..store.len()).map(MessageNumber).zip(store.marks()) {
            if number.0.is_multiple_of(1_024) && cancel.load(Ordering::Relaxed) {
                return Err(CaseError::Stopped);
            }
            if let Some((parent, link)) = parent(store, number, marks) {
                all.push((number, parent, link));
            }
        }
        Ok(Parents(all))
    }

    /// What a message leans on.
    pub fn of(&self, number: MessageNumber) -> Option<(MessageNumber, Link)> {
        let at = self.0.binary_search_by_key(&number, |(child, ..)| *child);
        let (_, parent, link) = self.0.get(at.ok()?)?;
        Some((*parent, *link))
    }
}

/// What a message with these marks leans on: what the export says that it answers, else what it
/// quotes. Reads a window.
pub fn parent(store: &Store, number: MessageNumber, marks: Marks) -> Option<(MessageNumber, Link)> {
    if marks.has(Marks::REPLY)
        && let Some(name) = store.extra(number).reply_to.last()
        && let Some((thread, _)) = store.position_of(number)
        && let Some(parent) = store.named(name, thread)
    {
        return (parent != number).then_some((parent, Link::Answers));
    }
    let quoted = quoted(store.text(number)?)?;
    let (thread, position) = store.position_of(number)?;
    let before = (position.saturating_sub(QUOTED_WITHIN)..position).rev();
    before
        .filter_map(|position| store.thread_message(thread, position))
        .find(|other| {
            store
                .text(*other)
                .is_some_and(|text| own(text).contains(&quoted))
        })
        .map(|parent| (parent, Link::Quotes))
}

/// The longest line that a text quotes at first hand, as it is compared; `None` where it quotes
/// nothing that can be told apart.
fn quoted(text: &str) -> Option<String> {
    if !text.contains('>') {
        return None;
    }
    let lines = text.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix('>')?.trim_start();
        (!line.starts_with('>')).then(|| plain(line))
    });
    let longest = lines.max_by_key(String::len)?;
    (longest.chars().count() >= WORTH_MATCHING).then_some(longest)
}

/// A text without what it quotes itself, as it is compared.
fn own(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    plain(&lines.collect::<Vec<_>>().join(" "))
}

/// Letters without case and accents, words with one space between: mail programs break lines anew.
fn plain(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A message that messages which are handed over lean on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The message.
    pub message: MessageNumber,
    /// How it stands now.
    pub decision: Decision,
    /// Those that lean on it, in rising order.
    pub by: Vec<(MessageNumber, Link)>,
}

/// All such messages that are not handed over themselves, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    /// Those that nobody has decided: proposed.
    pub open: Vec<Proposal>,
    /// Those that somebody decided otherwise: they stay so.
    pub kept: Vec<Proposal>,
}

/// The messages that leave and lean on others that do not, by what they lean on.
fn leaning(
    parents: &Parents,
    decisions: &Decisions,
    same: &Sameness,
) -> BTreeMap<MessageNumber, Vec<(MessageNumber, Link)>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let is_record = |number: MessageNumber| {
        let records = [Decision::Official, Decision::Mixed];
        records
            .iter()
            .any(|record| decisions.set(*record).contains(number.0))
    };
    let leaves = |number: MessageNumber| {
        is_record(number) || decisions.set(Decision::Context).contains(number.0)
    };
    for (child, parent, link) in &parents.0 {
        let (child, parent) = (same.head(*child), same.head(*parent));
        let decidable = !decisions.undecidable().contains(parent.0);
        if child != parent && decidable && is_record(child) && !leaves(parent) {
            let by = all.entry(parent).or_default();
            if !by.contains(&(child, *link)) {
                by.push((child, *link));
            }
        }
    }
    all
}

/// The messages that are proposed.
pub(super) fn proposed(parents: &Parents, decisions: &Decisions, same: &Sameness) -> RoaringBitmap {
    let all: RoaringBitmap = leaning(parents, decisions, same)
        .keys()
        .map(|one| one.0)
        .collect();
    all & decisions.set(Decision::Undecided)
}

/// A few messages around one that is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The one.
    pub of: MessageNumber,
    /// How many were asked for before it.
    pub before: u32,
    /// How many after it.
    pub after: u32,
    /// What would become context: of what it answers or quotes and of its neighbours what nobody has
    /// decided, in rising order.
    pub messages: Vec<MessageNumber>,
    /// What somebody decided otherwise, and stays so.
    pub kept: Vec<(MessageNumber, Decision)>,
}

impl Session {
    /// What messages lean on; read once, and kept as long as the messages are the same. For a worker
    /// thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`] when cancelled.
    pub fn parents(&self, cancel: &AtomicBool) -> Result<Arc<Parents>, CaseError> {
        let store = self.store();
        let known = || {
            self.known_parents
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some((of, parents)) = &*known()
            && Arc::ptr_eq(of, &store)
        {
            return Ok(parents.clone());
        }
        let parents = Arc::new(Parents::read(&store, cancel)?);
        *known() = Some((store, parents.clone()));
        Ok(parents)
    }

    /// What is proposed as context, and what would be had nobody decided it otherwise. For a worker
    /// thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`] when cancelled.
    pub fn context_proposals(&self, cancel: &AtomicBool) -> Result<Proposals, ReviewError> {
        let parents = self.parents(cancel).map_err(|error| match error {
            CaseError::Stopped => ReviewError::Stopped,
            other => other.into(),
        })?;
        let decisions = self.decisions();
        let mut all = Proposals::default();
        for (message, mut by) in leaning(&parents, &decisions, &self.same()) {
            by.sort_unstable();
            let decision = self.decision(message);
            let proposal = Proposal {
                message,
                decision,
                by,
            };
            match decision {
                Decision::Undecided => all.open.push(proposal),
                _ => all.kept.push(proposal),
            }
        }
        Ok(all)
    }

    /// A few messages around one that is handed over: what it answers or quotes, and so many before
    /// and after it in its thread, [`MOST_AROUND`] at most. Reads a window.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] where there is no such message, [`ReviewError::NoRecord`] where it is
    /// not handed over itself.
    pub fn around(
        &self,
        of: MessageNumber,
        before: u32,
        after: u32,
    ) -> Result<Around, ReviewError> {
        let (store, same) = (self.store(), self.same());
        let of = same.head(of);
        let (thread, position) = store
            .position_of(of)
            .ok_or_else(|| ReviewError::Missing(format!("message {of}")))?;
        let is_decidable = |number: MessageNumber| {
            store.kind(number).is_some_and(|kind| kind.is_decidable()) && !same.is_copy(number)
        };
        let is_record = [Decision::Official, Decision::Mixed].contains(&self.decision(of));
        if !is_record || !is_decidable(of) {
            return Err(ReviewError::NoRecord(of));
        }
        let (before, after) = (before.min(MOST_AROUND), after.min(MOST_AROUND));
        let wanted = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let at = |position: u32| store.thread_message(thread, position);
        let earlier = (position.saturating_sub(LOOKED_AT)..position).rev();
        let earlier = earlier
            .filter_map(at)
            .filter(|number| is_decidable(*number));
        let later = position.saturating_add(1)..=position.saturating_add(LOOKED_AT);
        let later = later.map_while(at).filter(|number| is_decidable(*number));
        let marks = store
            .message(of)
            .map(|message| message.marks)
            .unwrap_or_default();
        let parent = parent(&store, of, marks).map(|(parent, _)| same.head(parent));
        let parent = parent.filter(|parent| is_decidable(*parent) && *parent != of);
        let mut found: Vec<MessageNumber> = earlier
            .take(wanted(before))
            .chain(later.take(wanted(after)))
            .chain(parent)
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut around = Around {
            of,
            before,
            after,
            messages: Vec::new(),
            kept: Vec::new(),
        };
        for number in found {
            match self.decision(number) {
                Decision::Undecided => around.messages.push(number),
                decision @ (Decision::Personal | Decision::Refer) => {
                    around.kept.push((number, decision));
                }
                Decision::Official | Decision::Mixed | Decision::Context => {}
            }
        }
        Ok(around)
    }

    /// Decides that these messages are context. `seen` as in [`Asking::seen`]. Saved when this
    /// returns.
    ///
    /// # Errors
    /// As [`Session::decide_with`].
    pub fn add_context(&self, around: &Around, seen: Option<u64>) -> Result<Decided, ReviewError> {
        let messages = around.messages.iter().map(|number| number.0).collect();
        let asking = Asking {
            how: How::Range,
            note: Some(format!("around message {}", around.of)),
            reason: None,
            seen,
        };
        let target = Target::Set(messages, None);
        self.decide_with(&target, Decision::Context, &asking, &mut ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_a_text_quotes_are_found_in_the_text_that_said_them() {
        let said = "Please confirm the order of\n1,000 test kits by Noon.\n> earlier words of all";
        for (answer, quotes) in [
            (
                "> Please confirm the order of 1,000\n> test kits by noon.\n\nDone.",
                true,
            ),
            ("  > please   CONFIRM the order of 1,000", true),
            // Too short to tell, of another, at second hand, and what that one quoted itself.
            ("> Please confirm", false),
            ("> Please confirm the other of 1,000", false),
            ("> > Please confirm the order of 1,000", false),
            ("> earlier words of all", false),
            ("Please confirm the order of 1,000 test kits", false),
        ] {
            let found = quoted(answer).is_some_and(|line| own(said).contains(&line));
            assert_eq!(found, quotes, "{answer}");
        }
    }
}
