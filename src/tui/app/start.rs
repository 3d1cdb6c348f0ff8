//! The start screen: the case, what is left, what needs a second look, where the reviewer was.
//!
//! A case that somebody comes back to opens at the place where they stopped, since they go in and
//! out of it many times a day and know what is left; a line says which key shows this screen. Who
//! rather begins with it sets `start = "overview"`: then Enter, Esc, q or Tab go on at once where
//! they stopped. A case in which nothing was done yet opens with its threads.

use super::App;
use crate::bundle::Outlook;
use crate::case::Store;
use crate::case::ledger::Head;
use crate::model::{MessageNumber, ThreadId};
use crate::review::Queue;
use crate::review::queue::{By, Known, Reason};
use crate::review::ways::{Stop, Stopped, Way};
use crate::settings::Start;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::view;
use crate::tui::window::{Rows, Window};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows of each table, in a small and in a high window.
const FEW: usize = 6;
const MANY: usize = 12;
/// From this height on, a window is high.
const HIGH: u16 = 40;

/// What the start screen tells, looked up.
pub struct Work {
    /// The queue.
    pub queue: Queue,
    /// Where the reviewer was, the latest of each way, as the case is now.
    pub stops: Vec<Stopped>,
    /// The searches that find what needs a second look, in the queue's order.
    pub looks: Vec<Option<String>>,
}

/// One line of the start screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// On where the reviewer stopped.
    GoOn,
    /// How the case stands.
    Left,
    /// The pace, and what it means.
    Pace,
    /// Something that needs a second look; `None`: nothing does.
    Look(Option<usize>),
    /// What a bundle would hold.
    Bundle,
    /// Where the reviewer was on a way.
    Stop(usize),
    /// The random sample.
    Sample,
    /// One custodian, channel, thread, person or month.
    Part(By, usize),
    /// There are more.
    More(By),
}

/// The headings that lines stand under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Going on.
    Head,
    /// How the case stands.
    Left,
    /// What needs a second look.
    Looks,
    /// The bundle.
    Bundle,
    /// Where the reviewer was.
    Stops,
    /// What is left, by something.
    By(By),
}

impl Item {
    /// The heading that it stands under.
    pub fn section(self) -> Section {
        match self {
            Item::GoOn => Section::Head,
            Item::Left | Item::Pace => Section::Left,
            Item::Look(_) => Section::Looks,
            Item::Bundle => Section::Bundle,
            Item::Stop(_) | Item::Sample => Section::Stops,
            Item::Part(by, _) | Item::More(by) => Section::By(by),
        }
    }
}

/// What the start screen depends on.
struct Looked {
    store: Arc<Store>,
    head: Head,
    stops: Vec<Stop>,
    /// The number of the request for the queue.
    queue: u64,
    /// The number of the request for what a bundle would hold.
    outlook: u64,
}

impl Looked {
    fn is_of(&self, store: &Arc<Store>, head: Head) -> bool {
        Arc::ptr_eq(&self.store, store) && self.head == head
    }
}

/// The start screen.
#[derive(Default)]
pub struct StartScreen {
    /// What it tells, once that is looked up.
    pub work: Option<Box<Work>>,
    /// What a bundle would hold, once that is known.
    pub outlook: Option<Outlook>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What is kept for the next look.
    known: Known,
    /// What is shown, or on its way, is of this.
    asked: Option<Looked>,
    /// The tables that are listed whole.
    whole: BTreeSet<By>,
    /// Where going on leads, if not to the view below.
    pub going_on: Option<Stop>,
}

impl App {
    /// Whether there is something to come back to, and nothing that is asked first.
    fn is_come_back_to(&self) -> bool {
        let is_begun = !self.stops.is_empty() || self.session.tally_all().decided() > 0;
        is_begun && !self.store.is_empty() && self.ask.is_none()
    }

    /// Shows the start screen if a case is to open with it that somebody comes back to.
    pub(super) fn show_start(&mut self) {
        if self.settings.start == Start::Overview && self.is_come_back_to() {
            self.go(View::Start);
        }
    }

    /// What is to be looked up before the first key.
    pub fn begin(&mut self) -> Vec<Effect> {
        let mut effects = self.renew_start();
        if self.view != View::Start && self.is_come_back_to() {
            let key = self.keymap.label(Act::GoStart);
            self.say(format!("where you stopped; {key}: what is left"));
            if let Some(stop) = self.start.going_on.take() {
                let at = Some(MessageNumber(stop.message));
                effects.extend(self.open_way(Way::of(&stop.way), at));
            }
        }
        effects.extend(self.renew_rules());
        effects.extend(self.renew_findings());
        effects
    }

    /// Asks for the queue where what is shown is not, or no longer, of what there is.
    pub(super) fn renew_start(&mut self) -> Vec<Effect> {
        if self.view != View::Start {
            return Vec::new();
        }
        let (store, head) = (self.session.store(), self.session.head());
        let stops = self.latest_of_each();
        let before = self.start.asked.as_ref();
        let before = before.filter(|before| before.is_of(&store, head));
        if before.is_some_and(|before| before.stops == stops) {
            return Vec::new();
        }
        // Where only the places changed, the bundle would be the same.
        let told = before.map(|before| before.outlook);
        let (queue, outlook) = (self.ticket(), self.ticket());
        let mut effects = vec![Effect::Queue(
            queue,
            self.start.known.clone(),
            stops.clone(),
        )];
        if told.is_none() {
            effects.push(Effect::Outlook(outlook));
        }
        self.start.asked = Some(Looked {
            store,
            head,
            stops,
            queue,
            outlook: told.unwrap_or(outlook),
        });
        effects
    }

    /// What it tells rests on something that the ledger does not tell of: it is looked up again.
    pub(super) fn start_again(&mut self) {
        self.start.asked = None;
    }

    /// The latest stop on each kind of way.
    fn latest_of_each(&self) -> Vec<Stop> {
        let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
        let mut stops = self.stops.clone();
        stops.retain(|stop| kinds.insert(Way::of(&stop.way).by()));
        stops
    }

    pub(super) fn take_queue(&mut self, ticket: u64, known: Known, work: Result<Work, String>) {
        self.start.known = known;
        let asked = self.start.asked.as_ref();
        if asked.is_none_or(|asked| asked.queue != ticket) {
            return;
        }
        match work {
            Ok(work) => self.start.work = Some(Box::new(work)),
            Err(error) => self.warn(error),
        }
    }

    pub(super) fn take_outlook(&mut self, ticket: u64, outlook: Outlook) {
        let asked = self.start.asked.as_ref();
        if asked.is_some_and(|asked| asked.outlook == ticket) {
            self.start.outlook = Some(outlook);
        }
    }

    /// Its lines.
    pub fn start_items(&self) -> Vec<Item> {
        let mut items = vec![Item::GoOn, Item::Left];
        let Some(work) = &self.start.work else {
            return items;
        };
        items.push(Item::Pace);
        match work.looks.len() {
            0 => items.push(Item::Look(None)),
            looks => items.extend((0..looks).map(|at| Item::Look(Some(at)))),
        }
        items.push(Item::Bundle);
        // Where Enter goes on is told above.
        let above = match &self.start.going_on {
            Some(stop) => Some(stop.way.clone()),
            None => self.stop_in(self.under_start()).map(|stop| stop.way),
        };
        let stops = work.stops.iter().enumerate();
        let others = stops.filter(|(_, stop)| above.as_ref() != Some(&stop.way.query()));
        items.extend(others.map(|(at, _)| Item::Stop(at)));
        if self.sampled.is_some() {
            items.push(Item::Sample);
        }
        let most = if self.size.1 >= HIGH { MANY } else { FEW };
        for by in By::ALL {
            let all = work.queue.parts(by).len();
            let shown = match self.start.whole.contains(&by) {
                true => all,
                false => all.min(most),
            };
            items.extend((0..shown).map(|at| Item::Part(by, at)));
            if shown < all {
                items.push(Item::More(by));
            }
        }
        items
    }

    /// How many lines it has.
    pub fn start_len(&self) -> u32 {
        u32::try_from(self.start_items().len()).unwrap_or(u32::MAX)
    }

    /// The line under the cursor.
    pub fn start_item(&self) -> Option<Item> {
        let at = usize::try_from(self.start.window.cursor).ok()?;
        self.start_items().get(at).copied()
    }

    /// Moves in it.
    pub(super) fn travel_start(&mut self, width: u16, step: impl FnOnce(&mut Window, &Rows<'_>)) {
        let mut window = self.start.window;
        let items = self.start_items();
        let rows = Rows {
            len: self.start_len(),
            of: &|at| view::start::rows(self, &items, at, width),
        };
        step(&mut window, &rows);
        self.start.window = window;
    }

    pub(super) fn settle_start(&mut self, width: u16, height: u32) {
        if self.view == View::Start {
            self.travel_start(width, |window, rows| window.settle(rows, height));
        }
    }

    /// To the first line of another section.
    pub(super) fn other_section(&mut self, forward: bool) {
        let items = self.start_items();
        let at = usize::try_from(self.start.window.cursor).unwrap_or(0);
        let firsts = items.iter().enumerate().filter(|(at, item)| {
            let before = at.checked_sub(1).and_then(|before| items.get(before));
            before.is_none_or(|before| before.section() != item.section())
        });
        let mut firsts = firsts.map(|(at, _)| at);
        let to = match forward {
            true => firsts.find(|first| *first > at),
            false => firsts.rfind(|first| *first < at),
        };
        if let Some(to) = to {
            self.start.window.cursor = u32::try_from(to).unwrap_or(u32::MAX);
        }
    }

    /// On where the reviewer stopped.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        self.view = self.back.pop().unwrap_or(View::Threads);
        match self.start.going_on.take() {
            Some(stop) => self.open_way(Way::of(&stop.way), Some(MessageNumber(stop.message))),
            None => Vec::new(),
        }
    }

    /// On to the next undecided, from where the reviewer stopped.
    pub(super) fn go_on_undecided(&mut self) -> Vec<Effect> {
        let on_the_way = self.start.going_on.is_some();
        let effects = self.go_on();
        if on_the_way {
            return effects;
        }
        match self.view {
            View::Threads => {
                let here = self.thread_under_cursor();
                let open = |id: &ThreadId| self.session.tally(*id).undecided > 0;
                if here.as_ref().is_none_or(|id| !open(id)) {
                    self.thread_with_open(true);
                }
                let found = self.thread_under_cursor();
                if let Some(id) = found.filter(|id| self.session.tally(*id).undecided > 0) {
                    self.open_thread(id, None);
                }
            }
            _ => {
                let current = self.current_message();
                let is_open = current.is_some_and(|number| {
                    let decisions = self.session.decisions();
                    decisions
                        .set(crate::model::Decision::Undecided)
                        .contains(number.0)
                });
                if !is_open {
                    self.next_undecided();
                }
            }
        }
        effects
    }

    /// Enters the line under the cursor.
    pub(super) fn enter_start(&mut self) -> Vec<Effect> {
        let Some(item) = self.start_item() else {
            return Vec::new();
        };
        if item == Item::GoOn {
            return self.go_on();
        }
        let Some(work) = &self.start.work else {
            return Vec::new();
        };
        match item {
            Item::GoOn | Item::Look(None) => Vec::new(),
            Item::Left | Item::Pace => self.go_on_undecided(),
            Item::Look(Some(at)) => match work.looks.get(at).cloned().flatten() {
                Some(words) => self.open_way(Way::of(&words), None),
                None => {
                    match work.queue.looks.get(at).map(|look| &look.reason) {
                        Some(Reason::Whose) => return self.ask_facts(),
                        Some(Reason::Unlooked) => return self.act(Act::GoFindings, None),
                        _ => {}
                    }
                    self.go(View::Sources);
                    vec![Effect::Whose]
                }
            },
            Item::Bundle => self.act(Act::GoBundle, None),
            Item::Stop(at) => match work.stops.get(at) {
                Some(stop) => {
                    let (way, at) = (stop.way.clone(), stop.message);
                    self.open_way(way, Some(at))
                }
                None => Vec::new(),
            },
            Item::Sample => {
                self.go_sample();
                Vec::new()
            }
            Item::Part(by, at) => match work.queue.parts(by).get(at) {
                // A thread is read as a thread, at its first undecided.
                Some(part) if by != By::Thread && part.left() > 0 => {
                    let words = part.way.query_left();
                    self.open_way(Way::Search(words), None)
                }
                Some(part) => {
                    let way = part.way.clone();
                    self.open_way(way, None)
                }
                None => Vec::new(),
            },
            Item::More(By::Thread) => {
                self.sort_by_undecided();
                self.go(View::Threads);
                Vec::new()
            }
            Item::More(By::Person) => self.act(Act::GoPeople, None),
            Item::More(By::Month) => self.act(Act::GoTimeline, None),
            Item::More(by) => {
                self.start.whole.insert(by);
                Vec::new()
            }
        }
    }
}
