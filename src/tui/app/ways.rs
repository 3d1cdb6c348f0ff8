//! Ways through a case: opening one where the reviewer left it, and remembering where that is.

use super::App;
use crate::case::FileKind;
use crate::model::{MessageNumber, ThreadId};
use crate::review::place::MOST_STOPS;
use crate::review::timeline::{Row, day_of};
use crate::review::ways::{Stop, Way, files};
use crate::review::{List, Query};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::reading::{Asked, Reading};

/// The way through what is proposed as context.
const PROPOSED: &str = "is:proposed";

/// A way that was asked for.
#[derive(Clone, Debug)]
pub struct WayAsked {
    /// Which.
    pub way: Way,
    /// Where on it; where the reviewer left it, if not given.
    pub at: Option<MessageNumber>,
}

impl App {
    /// What a key that opens a way does.
    pub(super) fn way_act(&mut self, act: Act) -> Vec<Effect> {
        let current = self.current_message();
        match act {
            Act::GoPerson => {
                let message = current.and_then(|number| self.store.message(number));
                let roster = self.session.roster();
                let sender = message.and_then(|message| message.participant);
                match sender.and_then(|sender| roster.person(sender)) {
                    Some(person) => return self.open_way(Way::Person(person.number), current),
                    None => self.warn("this message names no sender"),
                }
            }
            Act::GoMonth => {
                let day = match self.view {
                    View::Timeline => match self.timeline.current() {
                        Some(Row::Bar(day, _)) => Some(day),
                        _ => None,
                    },
                    _ => current.and_then(|number| day_of(&self.store, number)),
                };
                let first = day.and_then(|day| chrono::Datelike::with_day(&day, 1));
                match first {
                    Some(first) => return self.open_way(Way::Month(first), current),
                    None => self.warn("nothing here has a month"),
                }
            }
            Act::GoProposed => {
                return self.open_way(Way::Search(PROPOSED.to_owned()), None);
            }
            _ => {
                let kind = match (self.view, self.results_way()) {
                    (View::Results, Some(Way::Files(kind))) => next_kind(kind),
                    _ => None,
                };
                return self.open_way(Way::Files(kind), current);
            }
        }
        Vec::new()
    }

    /// The way that the hits are of, if they are of one.
    pub fn results_way(&self) -> Option<Way> {
        let asked = self.results.as_ref()?.asked.as_ref()?;
        Some(Way::of(&asked.text))
    }

    /// Opens a way at a message or, without one, where the reviewer left it; where they never were
    /// on it, at the first undecided.
    pub(super) fn open_way(&mut self, way: Way, at: Option<MessageNumber>) -> Vec<Effect> {
        match way {
            Way::Thread(thread) => {
                self.open_thread_again(thread, at);
                Vec::new()
            }
            Way::Day(day) => {
                let at = at.or_else(|| self.remembered(&way));
                self.open_day(day, at);
                Vec::new()
            }
            Way::Findings(listed) => self.open_findings(listed, at),
            way => {
                let ticket = self.ticket();
                self.asked_way = Some(ticket);
                vec![Effect::Way(ticket, Box::new(WayAsked { way, at }))]
            }
        }
    }

    fn open_thread_again(&mut self, thread: ThreadId, at: Option<MessageNumber>) {
        let from = self.view;
        let is_done = self.session.tally(thread).undecided == 0;
        let left = || self.remembered(&Way::Thread(thread)).filter(|_| is_done);
        let at = at.or_else(left);
        self.open_thread(thread, at);
        if from == View::Start {
            self.back.push(from);
        }
    }

    /// Takes a way that was asked for, unless another was since.
    pub(super) fn take_way(
        &mut self,
        ticket: u64,
        asked: WayAsked,
        found: Result<List, String>,
    ) -> Vec<Effect> {
        if self.asked_way.take_if(|asked| *asked == ticket).is_none() {
            return Vec::new();
        }
        let list = match found {
            Ok(list) => list,
            Err(error) => {
                self.warn(error);
                return Vec::new();
            }
        };
        let WayAsked { way, at } = asked;
        if list.is_empty() {
            return match way {
                // On to the next kind of which there are files.
                Way::Files(Some(kind)) => self.open_way(Way::Files(next_kind(Some(kind))), at),
                Way::Files(None) => {
                    self.say("no message here has a file");
                    Vec::new()
                }
                Way::Search(words) if words == PROPOSED => {
                    self.say("nothing that official messages answer or quote is undecided");
                    Vec::new()
                }
                _ => {
                    self.say("nothing found");
                    Vec::new()
                }
            };
        }
        // Keys that are meant for a question that is open stay with it.
        if self.ask.is_some() {
            return Vec::new();
        }
        let words = way.query();
        let query = Query::parse(&words).ok();
        let asked = query.map(|query| Asked {
            text: query.to_string(),
            highlight: Highlight::of(&query),
        });
        let mut reading = Reading::of(list, asked);
        let here = at.filter(|at| reading.go_to(*at)).is_some();
        let left = self.remembered(&way).filter(|_| !here);
        let again = left.is_some_and(|left| reading.go_to(left));
        if !here && !again {
            let open = reading.next_open(&self.session, 0, &[]);
            reading.window.cursor = open.unwrap_or(0);
        }
        self.results = Some(reading);
        // Back leads to where it was opened from, also where that came from other hits.
        self.back.retain(|before| *before != View::Results);
        if self.view != View::Results {
            self.back.push(self.view);
            self.view = View::Results;
        }
        self.notice = None;
        if again {
            self.say_again();
        }
        Vec::new()
    }

    /// Tells that a way was opened where it was left.
    pub(super) fn say_again(&mut self) {
        let first = self.keymap.label(Act::First);
        self.say(format!("where you left it; {first} goes to the first"));
    }

    /// Where the reviewer left a way, if they were on it.
    pub(super) fn remembered(&self, way: &Way) -> Option<MessageNumber> {
        let words = way.query();
        let stop = self.stops.iter().find(|stop| stop.way == words)?;
        Some(MessageNumber(stop.message))
    }

    /// The way that is walked in a view, and the message there.
    pub(super) fn stop_in(&self, view: View) -> Option<Stop> {
        let reading = match view {
            View::Findings => {
                return Some(Stop {
                    way: Way::Findings(self.findings.lists()?).query(),
                    message: self.findings.current()?.message.0,
                });
            }
            View::Messages => self.reading.as_ref()?,
            View::Results => self.results.as_ref()?,
            View::Day => self.day.as_ref()?,
            _ => return None,
        };
        let way = match reading.thread() {
            Some(thread) => Way::Thread(thread).query(),
            None => reading.asked.as_ref()?.text.clone(),
        };
        Some(Stop {
            way,
            message: reading.current()?.0,
        })
    }

    /// Remembers where a way was left; of the ways, the latest.
    pub(super) fn remember(&mut self, stop: Stop) {
        self.stops.retain(|other| other.way != stop.way);
        self.stops.insert(0, stop);
        self.stops.truncate(MOST_STOPS);
    }

    /// Remembers a way when it is left for another.
    pub(super) fn note_stop(&mut self, before: Option<Stop>) {
        if let Some(before) = before
            && self
                .stop_in(self.view)
                .is_none_or(|now| now.way != before.way)
        {
            self.remember(before);
        }
    }
}

/// The kind of file after this one: of all, pictures; after the last, all again.
fn next_kind(kind: Option<FileKind>) -> Option<FileKind> {
    let Some(kind) = kind else {
        return FileKind::ALL.first().copied();
    };
    let mut after = FileKind::ALL.into_iter().skip_while(|one| *one != kind);
    after.nth(1)
}

/// What the header says of a way, where a search's words would not be said as well.
pub fn heading(app: &App, words: &str) -> Option<(String, String)> {
    let way = Way::of(words);
    let rest = |words: &str| format!("  {words}");
    Some(match &way {
        Way::Person(_) => (
            format!("person: {}", way.name(&app.session)),
            rest("all that they sent"),
        ),
        Way::Search(words) if words == PROPOSED => (
            "proposed as context".to_owned(),
            rest("what official messages answer or quote"),
        ),
        Way::Month(_) => (
            format!("month: {}", way.name(&app.session)),
            rest("all threads, by time"),
        ),
        Way::Files(kind) => {
            let more = app.keymap.label(Act::GoFiles);
            let next = files(next_kind(*kind));
            (
                format!("files: {}", files(*kind)),
                format!("  {more}: {next}"),
            )
        }
        _ => return None,
    })
}
