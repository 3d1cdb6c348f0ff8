//! The place to remember: what the reviewer finds again when they come back.

use super::App;
use crate::review::place::{MOST_STOPS, Place};
use crate::review::ways::Stop;
use crate::tui::action::View;
use crate::tui::reading::Reading;

impl App {
    /// The place to remember.
    pub fn place(&self) -> Place {
        let view = match self.view {
            View::Start => self.under_start(),
            view => view,
        };
        let reading = match view {
            view if view.is_across() => self.listed_in(view),
            _ => self.reading.as_ref(),
        };
        let in_thread = view != View::Threads && reading.is_some();
        let now = self.stop_in(view);
        let is_way = now.is_some() && view != View::Messages;
        let mut stops: Vec<Stop> = now.into_iter().collect();
        let others = self.stops.iter().filter(|stop| {
            let first = stops.first();
            first.is_none_or(|first| first.way != stop.way)
        });
        let others: Vec<Stop> = others.cloned().collect();
        stops.extend(others);
        stops.truncate(MOST_STOPS);
        if let Some(going_on) = &self.start.going_on {
            stops.retain(|stop| stop.way != going_on.way);
            stops.insert(0, going_on.clone());
        }
        let message = if in_thread {
            reading.and_then(|reading| reading.current())
        } else {
            self.thread_under_cursor()
                .and_then(|id| self.store.thread_message(id, 0))
        };
        Place {
            message: message.map(|number| number.0),
            reading: in_thread,
            details: self.details.is_some(),
            asked: self.asked,
            recent: self.recent.clone(),
            bookmarks: self.bookmarks.iter().collect(),
            known: self.bookmarks_known.clone(),
            sample: self.kept_sample(),
            stops,
            on_the_way: is_way || self.start.going_on.is_some(),
        }
    }

    /// The view that the start screen lies over.
    pub fn under_start(&self) -> View {
        let below = self.back.last().copied().unwrap_or(View::Threads);
        match self.view {
            View::Start => below,
            view => view,
        }
    }

    /// The list of messages of any threads that is open.
    pub(super) fn listed(&self) -> Option<&Reading> {
        self.listed_in(self.view)
    }

    pub(super) fn listed_in(&self, view: View) -> Option<&Reading> {
        match view {
            View::Results => self.results.as_ref(),
            View::Day => self.day.as_ref(),
            View::Bookmarks => self.marked.as_ref(),
            View::Sample => self.sampled.as_ref().map(|sampled| &sampled.reading),
            _ => None,
        }
    }
}
