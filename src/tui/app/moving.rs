//! Moving: within a list, between days and threads, from hit to hit.

use super::App;
use crate::model::{MessageNumber, ThreadId};
use crate::review::List;
use crate::text::grouped;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::keymap::Key;
use crate::tui::reading::Reading;
use crate::tui::view;
use crate::tui::window::{Rows, Spot, Window};

impl App {
    pub(super) fn travel(&mut self, act: Act, count: Option<u32>) {
        let main = view::areas(self).main;
        let height = u32::from(main.height);
        let theme = self.theme;
        let len = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match self.view {
            view if view.is_reading() => {
                let session = self.session.clone();
                let settings = self.settings.clone();
                let known = self.known_files.clone();
                let last = self.last_highlight().cloned();
                if let Some(reading) = self.current_reading_mut() {
                    let mut window = reading.window;
                    reading.laid_out(
                        &session,
                        &settings,
                        &known,
                        (main.width, main.height),
                        last.as_ref(),
                        |_, rows| {
                            step(&mut window, act, count, rows, height);
                        },
                    );
                    reading.window = window;
                }
            }
            View::Threads => {
                let rows = Rows {
                    len: len(self.order.len()),
                    of: &|_| 1,
                };
                let height = view::threads::rows_of(self, main.height);
                step(&mut self.threads, act, count, &rows, height);
            }
            View::Log => {
                let rows = Rows {
                    len: len(self.log.len()),
                    of: &|at| view::ledger::rows(theme, &self.store, &self.log, at, main.width),
                };
                step(&mut self.log_window, act, count, &rows, height);
            }
            View::Sources => {
                let mut window = self.sources;
                let rows = Rows {
                    len: len(self.store.sources().len()),
                    of: &|at| view::sources::rows(self, at, main.width),
                };
                step(&mut window, act, count, &rows, height);
                self.sources = window;
            }
            View::Differences => {
                self.travel_reconcile(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::People | View::Person | View::Suggestions => {
                self.travel_people(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::Waiting => {
                self.travel_second(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::Findings => {
                self.travel_findings(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::Report => {
                self.travel_report(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::Masks => self.travel_masks(act, count, height),
            View::Rules => {
                self.travel_rules(main.width, |window, rows| {
                    step(window, act, count, rows, height);
                });
            }
            View::Start => self.travel_start(main.width, |window, rows| {
                step(window, act, count, rows, height);
            }),
            View::Timeline => {
                let rows = Rows {
                    len: self.timeline.len(),
                    of: &|_| 1,
                };
                let mut window = self.timeline.window;
                step(&mut window, act, count, &rows, height);
                self.timeline.window = window;
            }
            _ => {
                let last = view::page_rows(self).saturating_sub(height);
                let n = count.unwrap_or(1).max(1);
                self.page_top = match act {
                    Act::Down => self.page_top.saturating_add(n),
                    Act::Up => self.page_top.saturating_sub(n),
                    Act::HalfDown => self.page_top.saturating_add(height / 2),
                    Act::HalfUp => self.page_top.saturating_sub(height / 2),
                    Act::PageDown => self.page_top.saturating_add(height.saturating_sub(1)),
                    Act::PageUp => self.page_top.saturating_sub(height.saturating_sub(1)),
                    Act::First => 0,
                    Act::Last => last,
                    _ => self.page_top,
                }
                .min(last);
            }
        }
    }

    /// The next or the former part of the details, as far as the pane is high.
    pub(super) fn scroll_details(&mut self, act: Act, count: Option<u32>) {
        let (all, room) = view::details_rows(self);
        let by = room
            .saturating_sub(1)
            .max(1)
            .saturating_mul(count.unwrap_or(1));
        match &mut self.details {
            None => self.say("i opens the details"),
            Some(_) if all <= room => self.say("all of the details is in view"),
            Some(pane) if act == Act::DetailsDown => pane.top = pane.top.saturating_add(by),
            Some(pane) => pane.top = pane.top.saturating_sub(by),
        }
    }

    pub(super) fn day(&mut self, forward: bool, count: Option<u32>) {
        if self.view == View::Day {
            self.other_day(forward, count);
            return;
        }
        let mut found = true;
        if let Some(reading) = self.current_reading_mut() {
            for _ in 0..count.unwrap_or(1).clamp(1, 10_000) {
                let to = if forward {
                    reading.list.next_day(reading.window.cursor)
                } else {
                    reading.list.previous_day(reading.window.cursor)
                };
                match to {
                    Some(to) => reading.window.cursor = to,
                    None => {
                        found = false;
                        break;
                    }
                }
            }
        }
        if !found {
            self.say(if forward {
                "this is the last day"
            } else {
                "this is the first day"
            });
        }
    }

    pub(super) fn other_thread(&mut self, forward: bool, count: Option<u32>) {
        let current = match self.view {
            view if view.is_across() => self
                .current_message()
                .and_then(|number| self.store.message(number))
                .map(|m| m.thread),
            _ => self.reading.as_ref().and_then(|reading| reading.thread()),
        };
        if let Some(current) = current {
            self.point_at_thread(current);
        }
        let by = count.unwrap_or(1).max(1);
        let last = u32::try_from(self.order.len())
            .unwrap_or(u32::MAX)
            .saturating_sub(1);
        let before = self.threads.cursor;
        self.threads.cursor = if forward {
            before.saturating_add(by).min(last)
        } else {
            before.saturating_sub(by)
        };
        match self.thread_under_cursor() {
            Some(id) if self.threads.cursor != before => {
                let from = self.view;
                self.open_thread(id, None);
                if from.is_across() {
                    self.back.push(from);
                }
            }
            _ => self.say(if forward {
                "this is the last thread"
            } else {
                "this is the first thread"
            }),
        }
    }

    pub(super) fn next_undecided(&mut self) {
        if self.view == View::Findings {
            return self.next_open_finding();
        }
        let session = self.session.clone();
        let saving = self.saving_numbers();
        if self.view != View::Threads
            && let Some(reading) = self.current_reading_mut()
        {
            let cursor = reading.window.cursor;
            if let Some(to) = reading.next_open(&session, cursor + 1, &saving) {
                reading.window.cursor = to;
                return;
            }
            if let Some(to) = reading
                .next_open(&session, 0, &saving)
                .filter(|to| *to < cursor)
            {
                reading.window.cursor = to;
                self.say("back at the first undecided here");
                return;
            }
            if self.view.is_across() || self.reading.as_ref().is_some_and(Reading::is_filtered) {
                self.say("nothing listed here is undecided");
                return;
            }
        }
        self.thread_with_open(true);
    }

    /// To the next thread that has undecided messages; opens it at the first of them.
    pub(super) fn thread_with_open(&mut self, forward: bool) {
        let count = self.order.len();
        let start = usize::try_from(self.threads.cursor).unwrap_or(0);
        let next = (1..=count)
            .map(|step| {
                (if forward {
                    start + step
                } else {
                    start + count - step
                }) % count.max(1)
            })
            .find(|at| {
                self.order
                    .get(*at)
                    .is_some_and(|id| self.session.tally(*id).undecided > 0)
            });
        let Some(at) = next else {
            let key = self.keymap.label(Act::GoBundle);
            self.say(format!(
                "nothing is undecided: {key} shows what the bundle would hold"
            ));
            return;
        };
        self.threads.cursor = u32::try_from(at).unwrap_or(0);
        if self.view != View::Threads
            && let Some(id) = self.thread_under_cursor()
        {
            self.open_thread(id, None);
        }
    }

    pub(super) fn previous_undecided(&mut self) {
        let session = self.session.clone();
        if self.current_reading().is_none() {
            self.thread_with_open(false);
            return;
        }
        let found = self.current_reading_mut().and_then(|reading| {
            let to = reading.previous_open(&session, reading.window.cursor)?;
            reading.window.cursor = to;
            Some(to)
        });
        if found.is_none() {
            self.say("nothing before this is undecided here");
        }
    }

    pub(super) fn saving_numbers(&self) -> Vec<u32> {
        self.saving
            .iter()
            .flat_map(|saving| saving.numbers.iter().copied())
            .collect()
    }

    pub(super) fn open(&mut self) {
        match self.view {
            View::Threads => {
                if let Some(id) = self.thread_under_cursor() {
                    self.open_thread(id, None);
                } else {
                    self.say("no messages yet: docket import PATH loads exports");
                }
            }
            View::People => self.open_person(),
            View::Differences => self.open_reconciled(),
            View::Timeline => self.open_bar(),
            View::Rules => self.open_rule(),
            View::Waiting => self.open_group(),
            View::Findings => self.open_finding(),
            view if view.is_across() => {
                if let Some(number) = self.current_message()
                    && let Some(message) = self.store.message(number)
                {
                    self.open_thread(message.thread, Some(number));
                    self.back.push(view);
                }
            }
            _ => {}
        }
    }

    /// Opens a thread at a message or, without one, at its first undecided message.
    pub(super) fn open_thread(&mut self, id: ThreadId, at: Option<MessageNumber>) {
        let mut reading = Reading::of(List::thread(self.store.clone(), id), None);
        match at {
            Some(number) => {
                reading.go_to(number);
            }
            None => {
                let open = reading.next_open(&self.session, 0, &[]);
                reading.window.cursor = open.unwrap_or(0);
            }
        }
        self.reading = Some(reading);
        self.point_at_thread(id);
        self.view = View::Messages;
        self.back = vec![View::Threads];
    }

    pub(super) fn go(&mut self, view: View) {
        if self.view == view {
            return;
        }
        // A view that was come from is gone back to: going to and fro leaves no trail.
        if view == View::Threads {
            self.back.clear();
        } else if let Some(at) = self.back.iter().position(|before| *before == view) {
            self.back.truncate(at);
        } else {
            self.back.push(self.view);
        }
        self.view = view;
    }

    /// The view that Esc goes back to.
    pub fn came_from(&self) -> View {
        self.back.last().copied().unwrap_or(View::Threads)
    }

    /// Says that these keys do nothing here and, where they do something elsewhere, what.
    pub(super) fn no_key(&mut self, keys: &str, typed: &[Key]) {
        let help = self.keymap.label(Act::Help);
        let elsewhere = self.keymap.elsewhere(typed);
        let elsewhere = elsewhere.map_or_else(String::new, |(view, action)| {
            format!(" (in {}: {})", view.name(), action.name)
        });
        self.warn(format!(
            "{keys} is no key here{elsewhere}; {help} shows the keys"
        ));
    }

    pub(super) fn go_back(&mut self) -> Vec<Effect> {
        if self.view == View::Start {
            return self.go_on();
        }
        if self.view == View::Masks {
            return self.leave_masks(false);
        }
        let store = self.store.clone();
        if let Some(reading) = self.current_reading_mut() {
            if reading.range.take().is_some() {
                return Vec::new();
            }
            if reading.is_filtered()
                && let Some(thread) = reading.thread()
            {
                let mut whole = Reading::of(List::thread(store, thread), None);
                if let Some(number) = reading.current() {
                    whole.go_to(number);
                }
                *reading = whole;
                return Vec::new();
            }
        }
        if self.view == View::Threads && !self.listing.only.is_empty() {
            self.list_only("");
            return Vec::new();
        }
        match self.back.pop() {
            Some(view) => {
                self.view = view;
                Vec::new()
            }
            None if self.view == View::Threads => {
                let key = self.keymap.label(Act::Quit);
                self.say(format!("{key} quits; everything shown as saved is saved"));
                Vec::new()
            }
            None => {
                self.view = View::Threads;
                Vec::new()
            }
        }
    }

    /// What hits are marked with in an open thread: the last search.
    pub fn last_highlight(&self) -> Option<&Highlight> {
        self.results
            .as_ref()?
            .asked
            .as_ref()
            .map(|asked| &asked.highlight)
    }

    /// Says that nothing was searched for yet, and the key that does.
    pub(super) fn no_search_yet(&mut self) {
        let key = self.keymap.label(Act::Search);
        self.warn(format!("no search yet; press {key} to search"));
    }

    pub(super) fn next_hit(&mut self, forward: bool, count: Option<u32>) {
        let Some(results) = &self.results else {
            self.no_search_yet();
            return;
        };
        let by = count.unwrap_or(1).max(1);
        let last = results.len().saturating_sub(1);
        // In a thread, on from the hit that was opened last or, where the cursor left it, from there.
        let here = self
            .current_message()
            .filter(|_| self.view == View::Messages);
        let at = match here.and_then(|number| results.list.position_of(number)) {
            Some(position) => position,
            None => results.window.cursor,
        };
        let to = if forward {
            at.saturating_add(by).min(last)
        } else {
            at.saturating_sub(by)
        };
        if to == at {
            self.say(if forward {
                "this is the last hit"
            } else {
                "this is the first hit"
            });
            return;
        }
        if let Some(results) = &mut self.results {
            results.window.cursor = to;
        }
        if self.view == View::Messages
            && let Some(number) = self.results.as_ref().and_then(|results| results.at(to))
            && let Some(message) = self.store.message(number)
        {
            let same = self.reading.as_ref().is_some_and(|reading| {
                reading.thread() == Some(message.thread) && !reading.is_filtered()
            });
            let position = self
                .reading
                .as_ref()
                .and_then(|reading| reading.list.position_of(number));
            match (same, position, &mut self.reading) {
                (true, Some(position), Some(reading)) => reading.window.cursor = position,
                _ => {
                    let back = self.back.clone();
                    self.open_thread(message.thread, Some(number));
                    self.back = back;
                }
            }
        }
        self.say(format!(
            "hit {} of {}",
            grouped(u64::from(to) + 1),
            grouped(u64::from(last) + 1)
        ));
    }

    pub(super) fn toggle_range(&mut self) {
        if let Some(reading) = self.current_reading_mut() {
            reading.range = match reading.range {
                Some(_) => None,
                None => Some(reading.window.cursor),
            };
        }
    }
}

/// One movement of a window.
fn step(window: &mut Window, act: Act, count: Option<u32>, rows: &Rows<'_>, height: u32) {
    let n = count.unwrap_or(1).max(1);
    let by = |rows: u32| i64::from(rows.max(1)).saturating_mul(i64::from(n));
    match act {
        Act::Down => window.down(n, rows, height),
        Act::Up => window.up(n, rows, height),
        Act::HalfDown => window.scroll(by(height / 2), true, rows, height),
        Act::HalfUp => window.scroll(-by(height / 2), true, rows, height),
        Act::PageDown => window.scroll(by(height.saturating_sub(2)), true, rows, height),
        Act::PageUp => window.scroll(-by(height.saturating_sub(2)), true, rows, height),
        Act::LineDown => window.scroll(by(1), false, rows, height),
        Act::LineUp => window.scroll(-by(1), false, rows, height),
        Act::First => {
            window.cursor = count
                .map_or(0, |n| n.saturating_sub(1))
                .min(rows.len.saturating_sub(1))
        }
        Act::Last => {
            window.cursor = count
                .map_or(u32::MAX, |n| n.saturating_sub(1))
                .min(rows.len.saturating_sub(1))
        }
        Act::Middle => window.put(Spot::Middle, rows, height),
        Act::ToTop => window.put(Spot::Top, rows, height),
        Act::ToBottom => window.put(Spot::Bottom, rows, height),
        _ => {}
    }
}
