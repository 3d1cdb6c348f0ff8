//! A list of messages that is being read: a thread, what a filter leaves of it, or the hits of a
//! search; with its cursor, range and window.

use super::block::{Blocks, Row};
use super::files::Known;
use super::highlight::Highlight;
use super::window::{Rows, Window};
use crate::case::Store;
use crate::model::{Direction, MessageNumber, ThreadId};
use crate::review::{List, Session};
use crate::settings::Settings;
use std::sync::Arc;

/// A query as it was typed, and what it marks.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As typed.
    pub text: String,
    /// What it marks in texts.
    pub highlight: Highlight,
}

/// A list, and where the reviewer is in it.
#[derive(Clone)]
pub struct Reading {
    /// The messages.
    pub list: List,
    /// The search or filter that they are the hits of.
    pub asked: Option<Asked>,
    /// The cursor and what is in view.
    pub window: Window,
    /// Where the range began, if there is one.
    pub range: Option<u32>,
    /// Whether the tails of mails are shown that repeat what they answer.
    pub quotes: bool,
}

impl Reading {
    /// A list from its beginning; `asked` where it holds the hits of a query.
    pub fn of(list: List, asked: Option<Asked>) -> Reading {
        Reading {
            list,
            asked,
            window: Window::default(),
            range: None,
            quotes: false,
        }
    }

    /// The thread, where all messages are of one.
    pub fn thread(&self) -> Option<ThreadId> {
        self.list.thread_id()
    }

    /// Whether a filter hides part of the thread.
    pub fn is_filtered(&self) -> bool {
        self.thread().is_some() && self.list.set().is_some()
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The message at a position.
    pub fn at(&self, position: u32) -> Option<MessageNumber> {
        self.list.get(position)
    }

    /// The message under the cursor.
    pub fn current(&self) -> Option<MessageNumber> {
        self.at(self.window.cursor)
    }

    /// Puts the cursor on a message; says whether it is in the list.
    pub fn go_to(&mut self, number: MessageNumber) -> bool {
        let position = self.list.position_of(number);
        if let Some(position) = position {
            self.window.cursor = position;
        }
        position.is_some()
    }

    /// The positions of the range or, without one, of the cursor and as many as `count` says.
    pub fn target(&self, count: Option<u32>) -> (u32, u32) {
        let cursor = self.window.cursor;
        let last = self.len().saturating_sub(1);
        match self.range {
            Some(start) => (start.min(cursor), start.max(cursor).min(last)),
            None => {
                let more = count.unwrap_or(1).max(1) - 1;
                (cursor, cursor.saturating_add(more).min(last))
            }
        }
    }

    /// The numbers at these positions.
    pub fn numbers(&self, from: u32, to: u32) -> Vec<u32> {
        let numbers = (from..=to).filter_map(|position| self.at(position));
        numbers.map(|number| number.0).collect()
    }

    /// The next undecided position from `from` on, those of `but_for` left out.
    pub fn next_open(&self, session: &Session, from: u32, but_for: &[u32]) -> Option<u32> {
        let decisions = session.decisions();
        let mut from = from;
        loop {
            let found = self.list.next_undecided(from, &decisions)?;
            let number = self.at(found)?;
            if !but_for.contains(&number.0) {
                return Some(found);
            }
            from = found.checked_add(1)?;
        }
    }

    /// The last undecided position before `before`.
    pub fn previous_open(&self, session: &Session, before: u32) -> Option<u32> {
        self.list.previous_undecided(before, &session.decisions())
    }

    /// The same list of a newer store; the cursor and the range stay on their messages.
    pub fn renew(&mut self, store: &Arc<Store>) {
        let current = self.current();
        let start = self.range.and_then(|start| self.at(start));
        self.list = match (self.list.thread_id(), self.list.set()) {
            (Some(thread), None) => List::thread(store.clone(), thread),
            (Some(thread), Some(set)) => List::filtered(store.clone(), thread, set),
            (None, set) => List::hits(store.clone(), set.cloned().unwrap_or_default()),
        };
        if let Some(number) = current {
            self.go_to(number);
        }
        self.range = start.and_then(|number| self.list.position_of(number));
    }

    /// Calls `act` with the way messages of this reading are laid out, and the rows they take.
    pub fn laid_out<T>(
        &self,
        session: &Session,
        settings: &Settings,
        files: &Known,
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
        let same = session.same();
        let stands = |number: MessageNumber| same.is_copy(number).then(|| same.head(number));
        let blocks = Blocks {
            store: self.list.store(),
            width: size.0,
            settings,
            files,
            hits: &hits,
            direction: &direction,
            stands: &stands,
            quotes: self.quotes,
            across_threads: self.thread().is_none(),
            context: self.thread().is_none() && size.1 >= 12,
        };
        let of = |position: u32| {
            u32::try_from(self.rows_at(&blocks, position).len()).unwrap_or(u32::MAX)
        };
        act(
            &blocks,
            &Rows {
                len: self.len(),
                of: &of,
            },
        )
    }

    /// The rows of the message at a position.
    pub fn rows_at(&self, blocks: &Blocks<'_>, position: u32) -> Vec<Row> {
        let before = position.checked_sub(1).and_then(|before| self.at(before));
        let after = position.checked_add(1).and_then(|after| self.at(after));
        self.at(position)
            .map_or_else(Vec::new, |number| blocks.rows(number, before, after))
    }
}
