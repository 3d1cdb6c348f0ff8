//! A list of messages that is being read: a thread, what a filter leaves of it, or the hits of a
//! search; with its cursor, range and window.

use super::block::{Blocks, clock};
use super::highlight::Highlight;
use super::window::{Rows, Window};
use crate::case::Store;
use crate::model::{Decision, Direction, MessageNumber, ThreadId};
use crate::review::Session;
use std::sync::Arc;

/// The messages of a reading, in the order they are shown.
#[derive(Clone, Debug)]
pub enum List {
    /// All of a thread.
    Thread(ThreadId),
    /// Some messages.
    Some(Arc<[u32]>),
}

/// A query as it was typed, and what it marks.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As typed.
    pub text: String,
    /// What it marks in texts.
    pub highlight: Highlight,
}

/// A list, and where the reviewer is in it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The messages.
    pub list: List,
    /// The thread, where all of them are of one.
    pub thread: Option<ThreadId>,
    /// The search or filter that they are the hits of.
    pub asked: Option<Asked>,
    /// The cursor and what is in view.
    pub window: Window,
    /// Where the range began, if there is one.
    pub range: Option<u32>,
}

impl Reading {
    /// A thread from its beginning.
    pub fn thread(id: ThreadId) -> Reading {
        Reading {
            list: List::Thread(id),
            thread: Some(id),
            asked: None,
            window: Window::default(),
            range: None,
        }
    }

    /// The hits of a search; of one thread where it is a filter.
    pub fn hits(hits: Arc<[u32]>, thread: Option<ThreadId>, asked: Asked) -> Reading {
        Reading {
            list: List::Some(hits),
            thread,
            asked: Some(asked),
            window: Window::default(),
            range: None,
        }
    }

    /// Whether a filter hides part of the thread.
    pub fn is_filtered(&self) -> bool {
        self.thread.is_some() && matches!(self.list, List::Some(_))
    }

    /// How many messages there are.
    pub fn len(&self, store: &Store) -> u32 {
        match &self.list {
            List::Thread(id) => store.thread_len(*id),
            List::Some(hits) => u32::try_from(hits.len()).unwrap_or(u32::MAX),
        }
    }

    /// The message at a position.
    pub fn at(&self, store: &Store, position: u32) -> Option<MessageNumber> {
        match &self.list {
            List::Thread(id) => store.thread_message(*id, position),
            List::Some(hits) => hits
                .get(usize::try_from(position).ok()?)
                .copied()
                .map(MessageNumber),
        }
    }

    /// The message under the cursor.
    pub fn current(&self, store: &Store) -> Option<MessageNumber> {
        self.at(store, self.window.cursor)
    }

    /// The position of a message, if it is in the list.
    pub fn position_of(&self, store: &Store, number: MessageNumber) -> Option<u32> {
        match &self.list {
            List::Thread(id) => store
                .position_of(number)
                .filter(|(thread, _)| thread == id)
                .map(|(_, position)| position),
            List::Some(hits) => hits
                .iter()
                .position(|hit| *hit == number.0)
                .and_then(|at| u32::try_from(at).ok()),
        }
    }

    /// The positions of the range or, without one, of the cursor and as many as `count` says.
    pub fn target(&self, store: &Store, count: Option<u32>) -> (u32, u32) {
        let cursor = self.window.cursor;
        let last = self.len(store).saturating_sub(1);
        match self.range {
            Some(start) => (start.min(cursor), start.max(cursor).min(last)),
            None => (
                cursor,
                cursor
                    .saturating_add(count.unwrap_or(1).max(1) - 1)
                    .min(last),
            ),
        }
    }

    /// The numbers at these positions.
    pub fn numbers(&self, store: &Store, from: u32, to: u32) -> Vec<u32> {
        (from..=to)
            .filter_map(|position| self.at(store, position))
            .map(|number| number.0)
            .collect()
    }

    /// The next undecided position from `from` on, those of `but_for` left out.
    pub fn next_open(
        &self,
        session: &Session,
        store: &Store,
        from: u32,
        but_for: &[u32],
    ) -> Option<u32> {
        let decisions = session.decisions();
        let open = decisions.set(Decision::Undecided);
        match &self.list {
            List::Thread(id) => {
                let start = store.thread_message(*id, from)?.0;
                let runs = store.thread(*id)?.runs.iter();
                let found = runs
                    .skip_while(|run| !run.contains(&start))
                    .enumerate()
                    .flat_map(|(at, run)| {
                        open.range(if at == 0 { start } else { run.start }..run.end)
                    })
                    .find(|number| !but_for.contains(number))?;
                Some(store.position_of(MessageNumber(found))?.1)
            }
            List::Some(hits) => {
                let from = usize::try_from(from).ok()?;
                let is_open = |number: &u32| open.contains(*number) && !but_for.contains(number);
                let found = hits.iter().skip(from).position(is_open)?;
                u32::try_from(from + found).ok()
            }
        }
    }

    /// The last undecided position before `before`.
    pub fn previous_open(&self, session: &Session, store: &Store, before: u32) -> Option<u32> {
        let decisions = session.decisions();
        let open = decisions.set(Decision::Undecided);
        match &self.list {
            List::Thread(id) => {
                let end = store.thread_message(*id, before)?.0;
                let mut runs = store.thread(*id)?.runs.iter().rev();
                let found = runs
                    .by_ref()
                    .skip_while(|run| !run.contains(&end))
                    .enumerate()
                    .find_map(|(at, run)| {
                        open.range(run.start..if at == 0 { end } else { run.end })
                            .next_back()
                    })?;
                Some(store.position_of(MessageNumber(found))?.1)
            }
            List::Some(hits) => {
                let before = usize::try_from(before).ok()?;
                let found = hits
                    .get(..before)?
                    .iter()
                    .rposition(|number| open.contains(*number))?;
                u32::try_from(found).ok()
            }
        }
    }

    /// The first position of the next day, or of the next thread.
    pub fn next_day(&self, store: &Store) -> Option<u32> {
        let today = self.day_at(store, self.window.cursor);
        (self.window.cursor..self.len(store))
            .find(|position| self.day_at(store, *position) != today)
    }

    /// The first position of this day or, from there, of the day before.
    pub fn previous_day(&self, store: &Store) -> Option<u32> {
        let last = self.window.cursor.checked_sub(1)?;
        let wanted = self.day_at(store, last);
        (0..last)
            .rev()
            .find(|position| self.day_at(store, *position) != wanted)
            .map_or(Some(0), |p| Some(p + 1))
    }

    fn day_at(
        &self,
        store: &Store,
        position: u32,
    ) -> Option<(ThreadId, Option<chrono::NaiveDate>)> {
        let message = store.message(self.at(store, position)?)?;
        Some((message.thread, clock(&message).map(|time| time.date())))
    }

    /// Calls `act` with the way messages of this reading are laid out, and the rows they take.
    pub fn laid_out<T>(
        &self,
        session: &Session,
        store: &Store,
        size: (u16, u16),
        highlight: Option<&Highlight>,
        act: impl FnOnce(&Blocks<'_>, &Rows<'_>) -> T,
    ) -> T {
        let highlight = self
            .asked
            .as_ref()
            .map(|asked| &asked.highlight)
            .or(highlight);
        let hits = |text: &str| highlight.map_or_else(Vec::new, |highlight| highlight.hits(text));
        let direction = |number: MessageNumber| -> Direction { session.direction(number) };
        let blocks = Blocks {
            store,
            width: size.0,
            hits: &hits,
            direction: &direction,
            across_threads: self.thread.is_none(),
            context: self.thread.is_none() && size.1 >= 12,
        };
        let of = |position: u32| {
            u32::try_from(self.rows_at(store, &blocks, position).len()).unwrap_or(u32::MAX)
        };
        act(
            &blocks,
            &Rows {
                len: self.len(store),
                of: &of,
            },
        )
    }

    /// The rows of the message at a position.
    pub fn rows_at(
        &self,
        store: &Store,
        blocks: &Blocks<'_>,
        position: u32,
    ) -> Vec<super::block::Row> {
        let before = position
            .checked_sub(1)
            .and_then(|before| self.at(store, before));
        let after = position
            .checked_add(1)
            .and_then(|after| self.at(store, after));
        self.at(store, position)
            .map_or_else(Vec::new, |number| blocks.rows(number, before, after))
    }
}
