//! The timeline and the day across threads: what their keys do.

use super::{App, Ask};
use crate::case::Store;
use crate::case::ledger::Head;
use crate::model::{MessageNumber, ThreadId};
use crate::review::timeline::{Chart, Days, Row, Step, day_of};
use crate::review::{List, Query};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::reading::{Asked, Reading};
use crate::tui::window::{Rows, Window};
use chrono::NaiveDate;
use std::sync::Arc;

/// The timeline.
#[derive(Default)]
pub struct Timeline {
    /// What it shows, once that is counted.
    pub chart: Option<Chart>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What one bar stands for.
    step: Step,
    /// Of which thread; `None` for all.
    thread: Option<ThreadId>,
    days: Option<Arc<Days>>,
    /// What the counts under way or in view are of, and the number of their request.
    asked: Option<(Counted, u64)>,
    /// The day that the cursor is to be put on once counted.
    at: Option<NaiveDate>,
    /// The day to open once its messages are known, and the message to put the cursor on.
    opening: Option<(NaiveDate, Option<MessageNumber>)>,
}

/// What counts depend on.
struct Counted {
    store: Arc<Store>,
    head: Head,
    thread: Option<ThreadId>,
    step: Step,
}

impl Counted {
    fn is(&self, other: &Counted) -> bool {
        Arc::ptr_eq(&self.store, &other.store)
            && self.head == other.head
            && (self.thread, self.step) == (other.thread, other.step)
    }
}

impl Timeline {
    /// How many lines it has.
    pub fn len(&self) -> u32 {
        let rows = self.chart.as_ref().map_or(0, |chart| chart.rows.len());
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    /// Whether it has none, or is not counted yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line under the cursor.
    pub fn current(&self) -> Option<Row> {
        let at = usize::try_from(self.window.cursor).ok()?;
        self.chart.as_ref()?.rows.get(at).copied()
    }
}

impl App {
    /// Opens the timeline: of the open thread, else of all; at the day of the current message.
    pub(super) fn go_timeline(&mut self) {
        if self.view.is_reading() {
            self.timeline.thread = match self.view {
                View::Messages => self.reading.as_ref().and_then(Reading::thread),
                _ => None,
            };
            let day = self
                .current_message()
                .and_then(|number| day_of(&self.store, number));
            self.timeline.at = day.or(self.timeline.at);
        } else if self.view == View::Threads {
            self.timeline.thread = None;
        }
        self.go(View::Timeline);
    }

    /// Days or months, all threads or the open one. The cursor stays on its day.
    pub(super) fn turn_timeline(&mut self, act: Act) {
        let timeline = &mut self.timeline;
        timeline.at = timeline.current().map(|row| row.first()).or(timeline.at);
        if act == Act::Zoom {
            timeline.step = match timeline.step {
                Step::Day => Step::Month,
                Step::Month => Step::Day,
            };
        } else if timeline.thread.take().is_none() {
            let thread = self.reading.as_ref().and_then(Reading::thread);
            match thread.or_else(|| self.thread_under_cursor()) {
                Some(thread) => self.timeline.thread = Some(thread),
                None => self.say("no thread is open"),
            }
        }
    }

    /// Asks for counts where what is shown is not, or no longer, of what there is.
    pub(super) fn renew_timeline(&mut self) -> Option<Effect> {
        if self.view != View::Timeline && self.timeline.opening.is_none() {
            return None;
        }
        let now = Counted {
            store: self.session.store(),
            head: self.session.head(),
            thread: self.timeline.thread,
            step: self.timeline.step,
        };
        if matches!(&self.timeline.asked, Some((asked, _)) if asked.is(&now)) {
            return None;
        }
        let ticket = self.ticket();
        let timeline = &mut self.timeline;
        let effect = Effect::Timeline(ticket, now.thread, now.step, timeline.days.clone());
        timeline.asked = Some((now, ticket));
        Some(effect)
    }

    pub(super) fn take_timeline(&mut self, ticket: u64, days: Arc<Days>, chart: Chart) {
        let timeline = &mut self.timeline;
        timeline.days = Some(days);
        if timeline
            .asked
            .as_ref()
            .is_some_and(|(_, asked)| *asked == ticket)
        {
            let first = timeline.chart.is_none();
            let at = timeline
                .at
                .take()
                .or_else(|| timeline.current().map(|row| row.first()));
            timeline.window.cursor = match at {
                Some(day) => chart.row_of(day),
                None if first => u32::MAX,
                None => timeline.window.cursor,
            };
            timeline.chart = Some(chart);
        }
        if let Some((day, number)) = self.timeline.opening.take() {
            self.notice = None;
            self.open_day(day, number);
        }
    }

    pub(super) fn settle_timeline(&mut self, rows: u32) {
        let of = Rows {
            len: self.timeline.len(),
            of: &|_| 1,
        };
        // Where the first counts are still to come there is no list to bring the cursor into.
        if self.timeline.chart.is_some() {
            let mut window = self.timeline.window;
            window.settle(&of, rows);
            self.timeline.window = window;
        }
    }

    /// A month's days; a day's messages.
    pub(super) fn open_bar(&mut self) {
        match (self.timeline.current(), self.timeline.step) {
            (None, _) => self.say("nothing to open"),
            (Some(Row::Gap(..)), _) => self.say("nothing was sent then"),
            (Some(Row::Bar(..)), Step::Month) => self.turn_timeline(Act::Zoom),
            (Some(Row::Bar(day, _)), Step::Day) => match self.timeline.thread {
                None => self.open_day(day, None),
                Some(thread) => {
                    let set = self.timeline.days.as_ref().and_then(|days| days.get(day));
                    let list = List::thread(self.store.clone(), thread);
                    let first = set.and_then(|set| list.next_in(0, set));
                    if let Some(number) = first.and_then(|first| list.get(first)) {
                        self.open_thread(thread, Some(number));
                        self.back.push(View::Timeline);
                    }
                }
            },
        }
    }

    /// Opens the day of the current message.
    pub(super) fn go_day(&mut self) {
        let Some(number) = self.current_message() else {
            return;
        };
        match day_of(&self.store, number) {
            Some(day) => self.open_day(day, Some(number)),
            None => self.warn("this message has no time"),
        }
    }

    /// Opens a day over all threads; once its messages are known, where they are not.
    pub(super) fn open_day(&mut self, day: NaiveDate, number: Option<MessageNumber>) {
        let known = self
            .timeline
            .days
            .clone()
            .filter(|days| Arc::ptr_eq(days.store(), &self.store));
        let Some(days) = known else {
            self.timeline.opening = Some((day, number));
            self.timeline.asked = None;
            self.say("looking up the days ...");
            return;
        };
        let set = days.get(day).cloned().unwrap_or_default();
        let text = Step::Day.query(day);
        let highlight = Query::parse(&text).map(|query| Highlight::of(&query));
        let mut reading = Reading::of(
            List::hits(self.store.clone(), set),
            highlight.ok().map(|highlight| Asked { text, highlight }),
        );
        if let Some(number) = number {
            reading.go_to(number);
        }
        self.timeline.at = Some(day);
        self.day = Some(reading);
        if !matches!(self.ask, Some(Ask::Line(_))) {
            self.go(View::Day);
        }
    }

    /// From a day to the next or the former that has messages.
    pub(super) fn other_day(&mut self, forward: bool, count: Option<u32>) {
        let here = self
            .current_message()
            .and_then(|number| day_of(&self.store, number));
        let Some((days, here)) = self.timeline.days.clone().zip(here) else {
            return;
        };
        let mut to = here;
        for _ in 0..count.unwrap_or(1).clamp(1, 10_000) {
            match days.beside(to, forward) {
                Some(day) => to = day,
                None => break,
            }
        }
        if to == here {
            self.say(if forward {
                "this is the last day"
            } else {
                "this is the first day"
            });
        } else {
            self.open_day(to, None);
        }
    }
}
