//! The report on the screen: asking for it, moving in it, and following a line to what it tells of.

use super::App;
use crate::review::timeline::Row;
use crate::review::ways::Way;
use crate::tui::action::View;
use crate::tui::event::Effect;
use crate::tui::report::{Board, Item};
use crate::tui::view;
use crate::tui::window::{Rows, Window};
use std::sync::Arc;

impl App {
    /// Asks for the report where what is shown is not, or no longer, of what there is.
    pub(super) fn renew_report(&mut self) -> Option<Effect> {
        if self.view != View::Report || self.report.looking {
            return None;
        }
        let (store, head) = (self.session.store(), self.session.head());
        let known = self.report.of.as_ref();
        if known.is_some_and(|(of, at)| Arc::ptr_eq(of, &store) && *at == head) {
            return None;
        }
        self.report.of = Some((store, head));
        self.report.looking = true;
        Some(Effect::Report)
    }

    /// It is put together, or is not.
    pub(super) fn take_report(&mut self, board: Result<Arc<Board>, String>) {
        self.report.looking = false;
        match board {
            Ok(board) => {
                self.report.board = Some(board);
                // It looked for findings, which others tell of too.
                self.findings.forget_open();
                self.start_again();
            }
            Err(error) => self.warn(error),
        }
    }

    pub(super) fn travel_report(&mut self, width: u16, step: impl FnOnce(&mut Window, &Rows<'_>)) {
        let mut window = self.report.window;
        let rows = Rows {
            len: self.report.len(),
            of: &|at| view::report::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.report.window = window;
    }

    /// To the first line of another part of it.
    pub(super) fn other_part(&mut self, forward: bool) {
        let Some(board) = &self.report.board else {
            return;
        };
        let at = self.report.window.cursor;
        let to = match forward {
            true => (at.saturating_add(1)..self.report.len()).find(|at| board.is_first(*at)),
            false => (0..at).rev().find(|at| board.is_first(*at)),
        };
        self.report.window.cursor = to.unwrap_or(at);
    }

    /// Follows the line under the cursor to what it tells of.
    pub(super) fn open_report(&mut self) -> Vec<Effect> {
        let (Some(board), Some(item)) = (self.report.board.clone(), self.report.current()) else {
            return Vec::new();
        };
        let report = &board.report;
        let message = match item {
            Item::Month(at) => match report.months.rows.get(at) {
                Some(Row::Bar(day, _)) => return self.open_way(Way::Month(*day), None),
                _ => None,
            },
            Item::Strip(at) => {
                if let Some(strip) = report.strips.get(at) {
                    self.open_thread(strip.thread, None);
                    self.back.push(View::Report);
                    return Vec::new();
                }
                None
            }
            Item::Data(data) => {
                let words = format!("finding:{}", data.name());
                return self.open_way(Way::of(&words), None);
            }
            Item::Posting(at) => report.exposure.postings.get(at).map(|one| one.first),
            Item::Reader(at) => report.exposure.exposed.get(at).map(|one| one.first),
            Item::Open(at) => {
                let query = report.open.get(at).and_then(|open| open.query.clone());
                match query {
                    Some(words) => return self.open_way(Way::of(&words), None),
                    None => {
                        self.other_part(true);
                        return Vec::new();
                    }
                }
            }
            Item::Lack(at) => {
                let point = report.points.get(at);
                match point.map(|point| (point.message, point.thread)) {
                    Some((Some(message), _)) => Some(message),
                    Some((None, Some(thread))) => {
                        self.open_thread(thread, None);
                        self.back.push(View::Report);
                        return Vec::new();
                    }
                    Some((None, None)) => {
                        self.go(View::Sources);
                        return vec![Effect::Whose];
                    }
                    None => None,
                }
            }
            Item::Numbers
            | Item::Stands
            | Item::Signs
            | Item::Wait(_)
            | Item::Over
            | Item::Reviewer(_)
            | Item::Left
            | Item::Nothing(_) => None,
        };
        match message.and_then(|number| self.store.message(number)) {
            Some(message) => {
                let (thread, number) = (message.thread, message.number);
                self.open_thread(thread, Some(number));
                self.back.push(View::Report);
            }
            None => self.say("this line leads nowhere"),
        }
        Vec::new()
    }
}
