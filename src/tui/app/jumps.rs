//! Where the reviewer has been, and what they marked: the jump list and the bookmarks. Both are of
//! the view, not of the case's truth.

use super::App;
use crate::model::{MessageNumber, ThreadId};
use crate::review::List;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::reading::Reading;
use roaring::RoaringBitmap;

/// So many places are remembered.
const MOST: usize = 100;

/// A message, and the list in which it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    view: View,
    thread: Option<ThreadId>,
    number: MessageNumber,
}

/// The places that were left by a jump, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    spots: Vec<Spot>,
    /// The place that back and forward have led to; the end where no jump was taken back.
    at: usize,
    /// Whether the key that is being pressed may be a jump within one list.
    far: bool,
    /// Whether it goes along the list of jumps itself.
    along: bool,
    /// Whether it goes on to the next line.
    on: bool,
}

impl Spot {
    /// Whether it is in this view.
    pub(super) fn is_in(&self, view: View) -> bool {
        self.view == view
    }

    /// The message.
    pub(super) fn number(&self) -> MessageNumber {
        self.number
    }
}

impl App {
    /// Where the reviewer is, if that is a message.
    pub(super) fn spot(&self) -> Option<Spot> {
        if !self.view.is_reading() {
            return None;
        }
        let reading = self.current_reading()?;
        Some(Spot {
            view: self.view,
            thread: reading.thread(),
            number: reading.current()?,
        })
    }

    /// Takes note of what an action is to the jump list.
    pub(super) fn note_act(&mut self, act: Act) {
        self.jumps.far = matches!(
            act,
            Act::First
                | Act::Last
                | Act::NextUndecided
                | Act::PreviousUndecided
                | Act::NextHit
                | Act::PreviousHit
                | Act::NextDay
                | Act::PreviousDay
                | Act::NextBookmark
                | Act::Follow
        );
        self.jumps.on = act == Act::Down;
        self.jumps.along = matches!(act, Act::JumpBack | Act::JumpOn);
    }

    /// Remembers the place that a key left, if it was a jump.
    pub(super) fn note_jump(&mut self, before: Option<Spot>) {
        let (far, along) = (self.jumps.far, self.jumps.along);
        let on = self.jumps.on;
        (self.jumps.far, self.jumps.along, self.jumps.on) = (false, false, false);
        self.note_look(before, on);
        let (Some(before), false) = (before, along) else {
            return;
        };
        let after = self.spot();
        let elsewhere = after.is_none_or(|after| {
            (after.view, after.thread) != (before.view, before.thread)
                || (far && after.number != before.number)
        });
        if elsewhere {
            self.jumps.spots.truncate(self.jumps.at);
            self.jumps.spots.retain(|spot| *spot != before);
            self.jumps.spots.push(before);
            let over = self.jumps.spots.len().saturating_sub(MOST);
            self.jumps.spots.drain(..over);
            self.jumps.at = self.jumps.spots.len();
        }
    }

    /// Back to where the last jump was made from, or forward again.
    pub(super) fn jump(&mut self, back: bool, count: Option<u32>) {
        let by = usize::try_from(count.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let at = self.jumps.at;
        let last = self.jumps.spots.len();
        let to = if back {
            at.checked_sub(by.min(at.max(1)))
        } else {
            Some(at.saturating_add(by).min(last.saturating_sub(1))).filter(|to| *to > at)
        };
        let Some((to, spot)) = to.and_then(|to| Some((to, *self.jumps.spots.get(to)?))) else {
            self.say(if back {
                "no jump before this one"
            } else {
                "no jump after this one"
            });
            return;
        };
        if at == last
            && let Some(here) = self.spot().filter(|here| *here != spot)
        {
            // The place that is left now is the one to come forward to again.
            self.jumps.spots.push(here);
        }
        self.jumps.at = to;
        self.return_to(spot);
    }

    fn return_to(&mut self, spot: Spot) {
        if spot.view.is_across() {
            let before = self.view;
            self.go(spot.view);
            if self
                .current_listed()
                .is_some_and(|reading| reading.go_to(spot.number))
            {
                return;
            }
            self.view = before;
        }
        let same =
            |reading: &Reading| reading.thread().is_some() && reading.thread() == spot.thread;
        if self.reading.as_ref().is_some_and(same)
            && let Some(reading) = &mut self.reading
            && reading.go_to(spot.number)
        {
            self.go(View::Messages);
            return;
        }
        if let Some(message) = self.store.message(spot.number) {
            self.open_thread(message.thread, Some(spot.number));
        }
    }

    /// To a message that the details name, by its mark there.
    pub(super) fn follow(&mut self, count: Option<u32>) {
        let current = self.current_message();
        let details = self.details.as_ref().and_then(|pane| pane.shown.as_ref());
        let details = details.filter(|details| Some(details.number) == current);
        let Some(details) = details else {
            let key = self.keymap.label(Act::Details);
            self.say(format!(
                "{key} shows the details first; they name the messages"
            ));
            return;
        };
        let mark = count.unwrap_or(1).max(1);
        let at = usize::try_from(mark - 1).unwrap_or(usize::MAX);
        let Some(number) = details.links.get(at).copied() else {
            self.say(format!("the details name no message [{mark}]"));
            return;
        };
        let view = self.view;
        let thread = self.store.position_of(number).map(|(thread, _)| thread);
        let here = self.reading.as_mut().filter(|reading| {
            view == View::Messages && reading.thread() == thread && thread.is_some()
        });
        if here.is_some_and(|reading| reading.go_to(number)) {
            return;
        }
        if let Some(thread) = thread {
            self.open_thread(thread, Some(number));
            if view != View::Messages {
                self.back.push(view);
            }
        }
    }

    /// Marks the current message, or takes its mark away.
    pub(super) fn bookmark(&mut self) -> Vec<Effect> {
        let Some(number) = self.current_message() else {
            return Vec::new();
        };
        if self.bookmarks.remove(number.0) {
            self.say("no bookmark here any more");
        } else {
            self.bookmarks.insert(number.0);
            self.say("bookmarked; ' goes to the next, gk lists them");
        }
        vec![Effect::Bookmark(self.place())]
    }

    /// To the next bookmark of this list; of the last, to the first.
    pub(super) fn next_bookmark(&mut self) {
        let bookmarks = self.bookmarks.clone();
        let Some(reading) = self.current_reading_mut() else {
            return;
        };
        let after = reading.window.cursor.saturating_add(1);
        let next = reading.list.next_in(after, &bookmarks);
        match next.or_else(|| reading.list.next_in(0, &bookmarks)) {
            Some(to) => reading.window.cursor = to,
            None => self.say("nothing here is bookmarked: b does, gk lists all"),
        }
    }

    /// Opens the list of all bookmarks.
    pub(super) fn go_bookmarks(&mut self) {
        let all: RoaringBitmap = self.bookmarks.range(0..self.store.len()).collect();
        if all.is_empty() {
            self.warn("nothing is bookmarked: b on a message does");
            return;
        }
        let mut reading = Reading::of(List::hits(self.store.clone(), all), None);
        if let Some(number) = self.current_message() {
            reading.go_to(number);
        }
        self.marked = Some(reading);
        self.go(View::Bookmarks);
    }
}
