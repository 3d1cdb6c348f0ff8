//! The state of the review screen and how events change it. No I/O: what has to be done outside is
//! given back as [`Effect`]s, and what came of it returns as events.

mod around;
mod asking;
mod beyond;
mod bundle;
mod deciding;
mod files;
mod findings;
mod jumps;
mod listing;
mod loading;
mod looking;
mod marking;
mod masking;
mod moving;
mod page;
mod palette;
mod people;
mod place;
mod reconcile;
mod report;
mod rules;
mod sample;
mod second;
mod start;
mod timeline;
mod ways;

pub use around::AroundAsk;
pub use asking::{Ask, Confirm, Found, LineAsk, Purpose, Request};
pub use files::FilesScreen;
pub use listing::{Listing, Sort};
pub use marking::{Aim, ConfirmMark, FlagAsk, Mark, Marking, ReasonAsk};
pub use masking::question_words as mask_question;
pub use sample::Sampled;
pub use start::{Item, Section, StartScreen, Work};
pub use timeline::Timeline;
pub use ways::{WayAsked, heading as way_heading};

use super::action::{Act, Reach, View};
use super::event::{Done, Effect, Event, Signal};
use super::files::Known;
use super::findings::FindingsScreen;
use super::highlight::Highlight;
use super::keymap::{Key, KeyCode, Keymap, Pending, Step};
use super::masking::MaskScreen;
use super::people::PeopleScreen;
use super::picture::Pixels;
use super::place::Place;
use super::reading::Reading;
use super::reconcile::ReconcileScreen;
use super::report::ReportScreen;
use super::rules::RulesScreen;
use super::second::SecondScreen;
use super::theme::Theme;
use super::view;
use super::window::{Rows, Window};
use crate::bundle::Plan;
use crate::case::Store;
use crate::case::ledger::{Head, Recorded};
use crate::model::{Decision, MessageNumber, ThreadId};
use crate::review::Session;
use crate::review::ways::Stop;
use crate::review::whose::Whose;
use crate::settings::Settings;
use roaring::RoaringBitmap;
use std::sync::Arc;

use deciding::{Planning, Saving};

/// Notices about what went well, and what did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is so.
    Plain,
    /// It was saved.
    Good,
    /// It was not done.
    Bad,
}

/// What the details pane tells of a message, line by line: a label and what it says.
#[derive(Clone, Debug)]
pub struct Details {
    /// The message.
    pub number: MessageNumber,
    /// The lines.
    pub lines: Vec<(String, String)>,
    /// The messages that they name, in the order of their marks.
    pub links: Vec<MessageNumber>,
}

/// The details pane.
#[derive(Clone, Debug, Default)]
pub struct DetailsPane {
    /// What it says, of the current message or, until the keys rest, of one before.
    pub shown: Option<Details>,
    /// The first row of it in view.
    pub top: u32,
    /// Whether what it says may have changed.
    stale: bool,
    /// What is being looked up: the message, and the number of the request.
    asked: Option<(MessageNumber, u64)>,
}

impl DetailsPane {
    /// Whether it has to be looked up what it should say of this message.
    fn lacks(&self, current: Option<MessageNumber>) -> bool {
        let shown = self.shown.as_ref().map(|details| details.number);
        let asked = self.asked.map(|(number, _)| number);
        current.is_some() && (self.stale || shown != current) && asked != current
    }
}

/// How far the long job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is being done.
    pub stage: String,
    /// How much of it.
    pub done: u64,
    /// Of how much; 0 where that is not known.
    pub total: u64,
}

/// The bundle's page.
#[derive(Clone, Debug, Default)]
pub struct BundlePage {
    /// Whether undecided and referred messages may be left behind.
    pub partial: bool,
    /// What it would hold, once that is known.
    pub plan: Option<Result<Plan, String>>,
    /// The profile that was chosen here; else it is the case's own choice.
    pub profile: Option<String>,
    /// The profiles at hand, as they were looked up last.
    pub profiles: Vec<String>,
    /// Messages that are proposed as context, and that nobody has decided on.
    pub proposed: u64,
    ticket: u64,
    /// The last entry of the ledger when it was asked for.
    head: Option<Head>,
}

/// The state.
pub struct App {
    /// The review.
    pub session: Arc<Session>,
    /// The messages.
    pub store: Arc<Store>,
    /// The looks.
    pub theme: Theme,
    /// What the reviewer set.
    pub settings: Arc<Settings>,
    /// Which keys do what.
    pub keymap: Keymap,
    /// The window's columns and rows.
    pub size: (u16, u16),
    /// What has the keys, but for a question.
    pub view: View,
    /// Where [`Act::Back`] leads.
    back: Vec<View>,
    /// The threads in the order they are shown: the latest first.
    pub order: Vec<ThreadId>,
    /// The table of threads.
    pub threads: Window,
    /// The open thread.
    pub reading: Option<Reading>,
    /// The hits of the last search.
    pub results: Option<Reading>,
    /// The question that has the keys.
    pub ask: Option<Ask>,
    /// The details, if they are open.
    pub details: Option<DetailsPane>,
    /// The ledger, the latest entry first.
    pub log: Vec<Recorded>,
    /// The ledger's window.
    pub log_window: Window,
    /// The window of the exports.
    pub sources: Window,
    /// What there is to reconcile.
    pub reconcile: ReconcileScreen,
    /// The timeline.
    pub timeline: Timeline,
    /// The messages of one day.
    pub day: Option<Reading>,
    /// Which threads the table lists, and in what order.
    pub listing: Listing,
    /// Whose the exports are, once it is looked up.
    pub whose: Option<Box<Whose>>,
    /// The start screen.
    pub start: StartScreen,
    /// Where the reviewer was on each way, the latest first.
    stops: Vec<Stop>,
    /// The way that is being looked up.
    asked_way: Option<u64>,
    /// The bookmarks' list.
    pub marked: Option<Reading>,
    /// The messages that the reviewer marked.
    pub bookmarks: RoaringBitmap,
    /// Those that were known at the start.
    bookmarks_known: Vec<u32>,
    /// The random sample.
    pub sampled: Option<Sampled>,
    /// The people screen.
    pub people: PeopleScreen,
    /// The rules.
    pub rules: RulesScreen,
    /// What waits for a second look.
    pub second: SecondScreen,
    /// What is masked, and what is under way.
    pub masking: MaskScreen,
    /// The files of a message.
    pub files: FilesScreen,
    /// What detectors point at.
    pub findings: FindingsScreen,
    /// The report.
    pub report: ReportScreen,
    /// What lists say of files.
    known_files: Known,
    /// Which colours pictures can have.
    pub pixels: Pixels,
    /// The first line of help or of the bundle's page.
    pub page_top: u32,
    /// The page of help, or of the bundle, laid out.
    pub page: page::Page,
    /// The bundle's page.
    pub bundle: BundlePage,
    /// Keys typed so far.
    pub pending: Pending,
    /// Whether the choices after a prefix are shown.
    pub hint: bool,
    /// The last thing to tell.
    pub notice: Option<(String, Tone)>,
    /// Whether the case lies on storage that is read-only.
    pub is_read_only: bool,
    /// The long job.
    pub job: Option<Job>,
    /// Reasons, flags and notes that are under way.
    pub marks: Marking,
    saving: Vec<Saving>,
    planning: Option<Planning>,
    repeat: Option<Decision>,
    jumps: jumps::Jumps,
    /// Whether messages may be copied, and whether the wheel scrolls.
    allowed: beyond::Allowed,
    /// The actions that the palette did last.
    recent: Vec<String>,
    tickets: u64,
    /// Whether the facts were asked for.
    asked: bool,
}

impl App {
    /// The state at the start, at the place where the reviewer stopped.
    pub fn new(session: Arc<Session>, theme: Theme, size: (u16, u16), place: &Place) -> App {
        let store = session.store();
        let known = session.facts().reference().is_some();
        let is_read_only = session.case().layout().is_read_only();
        let mut app = App {
            session,
            store,
            theme,
            settings: Arc::default(),
            keymap: Keymap::default(),
            size,
            view: View::Threads,
            back: Vec::new(),
            order: Vec::new(),
            threads: Window::default(),
            reading: None,
            results: None,
            ask: None,
            details: place.details.then(DetailsPane::default),
            log: Vec::new(),
            log_window: Window::default(),
            sources: Window::default(),
            reconcile: ReconcileScreen::default(),
            timeline: Timeline::default(),
            day: None,
            whose: None,
            listing: Listing::default(),
            start: StartScreen::default(),
            stops: place.stops.clone(),
            asked_way: None,
            marked: None,
            sampled: None,
            bookmarks: place.bookmarks.iter().copied().collect(),
            bookmarks_known: place.known.clone(),
            people: PeopleScreen::default(),
            rules: RulesScreen::default(),
            second: SecondScreen::default(),
            masking: MaskScreen::default(),
            files: FilesScreen::default(),
            findings: FindingsScreen::default(),
            report: ReportScreen::default(),
            known_files: Known::default(),
            pixels: Pixels::default(),
            page_top: 0,
            page: page::Page::default(),
            bundle: BundlePage::default(),
            pending: Pending::default(),
            hint: false,
            notice: None,
            is_read_only,
            job: None,
            marks: Marking::default(),
            saving: Vec::new(),
            planning: None,
            repeat: None,
            jumps: jumps::Jumps::default(),
            allowed: beyond::Allowed::default(),
            recent: place.recent.clone(),
            tickets: 0,
            asked: place.asked || known || is_read_only,
        };
        app.sort_threads();
        app.tell_rules();
        app.take_kept(&place.sample);
        if let Some(number) = place.message.map(MessageNumber)
            && let Some((thread, _)) = app.store.position_of(number)
        {
            app.point_at_thread(thread);
            if place.reading {
                app.open_thread(thread, Some(number));
            }
        }
        if !app.asked && !app.store.is_empty() {
            app.ask_facts();
        }
        app.start.going_on = place.stops.first().filter(|_| place.on_the_way).cloned();
        app.settle();
        app
    }

    /// The same state with what the reviewer set. The colours are chosen already.
    pub fn with_settings(mut self, settings: Settings, keymap: Keymap) -> App {
        self.theme = self.theme.linear(settings.linear);
        self.settings = Arc::new(settings);
        self.keymap = keymap;
        self.show_start();
        self.settle();
        self
    }

    /// Whether a decision is being written.
    pub fn is_saving(&self) -> bool {
        !self.saving.is_empty()
            || self.planning.is_some()
            || self.marks.is_busy()
            || self.second.is_busy()
            || self.reconcile.saving > 0
            || self.masking.is_busy()
            || self.findings.is_busy()
    }

    /// Whether an answer is on its way that is better drawn with what asked for it.
    pub fn is_waiting(&self) -> bool {
        let searching = matches!(&self.ask, Some(Ask::Line(ask)) if ask.waiting);
        self.is_saving() || searching
    }

    /// Whether a message's decision is being written.
    pub fn is_saving_message(&self, number: MessageNumber) -> bool {
        self.saving
            .iter()
            .any(|saving| saving.numbers.contains(&number.0))
    }

    /// Whether something waits for a moment without keys.
    pub fn wants_rest(&self) -> bool {
        let current = self.current_message();
        let lacks = self
            .details
            .as_ref()
            .is_some_and(|pane| pane.lacks(current));
        (lacks && self.shows_messages())
            || self.lacks_files()
            || (!self.pending.choices(self.view, &self.keymap).is_empty() && !self.hint)
    }

    fn shows_messages(&self) -> bool {
        self.view.is_reading()
    }

    /// The message under the cursor of the view.
    pub fn current_message(&self) -> Option<MessageNumber> {
        self.current_reading()?.current()
    }

    /// The list that is on the screen.
    pub fn current_reading(&self) -> Option<&Reading> {
        if let Some(Ask::Line(ask)) = &self.ask
            && ask.preview.is_some()
        {
            return ask.preview.as_ref();
        }
        match self.view {
            View::Messages => self.reading.as_ref(),
            _ => self.listed(),
        }
    }

    fn current_listed(&mut self) -> Option<&mut Reading> {
        match self.view {
            View::Messages => None,
            _ => self.current_reading_mut(),
        }
    }

    fn current_reading_mut(&mut self) -> Option<&mut Reading> {
        match self.view {
            View::Messages => self.reading.as_mut(),
            View::Results => self.results.as_mut(),
            View::Day => self.day.as_mut(),
            View::Bookmarks => self.marked.as_mut(),
            View::Sample => self.sampled.as_mut().map(|sampled| &mut sampled.reading),
            _ => None,
        }
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    fn say(&mut self, words: impl Into<String>) {
        self.notice = Some((words.into(), Tone::Plain));
    }

    fn warn(&mut self, words: impl Into<String>) {
        self.notice = Some((words.into(), Tone::Bad));
    }

    /// Lets one event change the state. Draw after a batch of events, not after each.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let stop = self.stop_in(self.view);
        let mut effects = match event {
            Event::Key(key) => {
                let before = self.spot();
                let effects = self.key(key);
                self.note_jump(before);
                effects
            }
            Event::Wheel(down) => {
                self.wheel(down);
                Vec::new()
            }
            Event::Paste(text) => self.paste(&text),
            Event::Resize(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Event::Signal(Signal::End(signal)) => {
                vec![Effect::SavePlace(self.place()), Effect::Quit(Some(signal))]
            }
            Event::Signal(Signal::Stop) => vec![Effect::Suspend],
            Event::Signal(Signal::Continue) => vec![Effect::Resume],
            Event::Rest => self.rest(),
            Event::Told(told) => self.take_told(told),
            Event::Done(done) => self.done(*done),
        };
        self.note_stop(stop);
        effects.extend(self.renew_timeline());
        effects.extend(self.renew_start());
        effects.extend(self.renew_rules());
        effects.extend(self.renew_second());
        effects.extend(self.renew_reconcile());
        effects.extend(self.renew_findings());
        effects.extend(self.renew_report());
        effects.extend(self.renew_bundle());
        self.settle();
        effects.extend(self.renew_files());
        effects
    }

    /// Brings every cursor into its list and into view.
    pub fn settle(&mut self) {
        let areas = view::areas(self);
        let main = (areas.main.width, areas.main.height);
        let session = self.session.clone();
        let settings = self.settings.clone();
        let known = self.known_files.clone();
        let rows = u32::from(main.1);
        let last = self.last_highlight().cloned();
        let settle = |reading: &mut Reading, last: Option<&Highlight>| {
            let mut window = reading.window;
            reading.laid_out(&session, &settings, &known, main, last, |_, lines| {
                window.settle(lines, rows)
            });
            reading.window = window;
        };
        if let Some(Ask::Line(ask)) = &mut self.ask
            && let Some(preview) = &mut ask.preview
        {
            settle(preview, None);
        }
        match self.view {
            View::Messages => {
                if let Some(reading) = &mut self.reading {
                    settle(reading, last.as_ref());
                }
            }
            _ => {
                if let Some(listed) = self.current_listed() {
                    settle(listed, None);
                }
            }
        }
        let len = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let theme = self.theme;
        let table = view::threads::rows_of(self, main.1);
        self.threads.settle(
            &Rows {
                len: len(self.order.len()),
                of: &|_| 1,
            },
            table,
        );
        // What is not on the screen is settled when it comes there.
        match self.view {
            View::Log => self.log_window.settle(
                &Rows {
                    len: len(self.log.len()),
                    of: &|at| view::ledger::rows(theme, &self.store, &self.log, at, main.0),
                },
                rows,
            ),
            View::Sources => {
                let mut window = self.sources;
                let of = Rows {
                    len: len(self.store.sources().len()),
                    of: &|at| view::sources::rows(self, at, main.0),
                };
                window.settle(&of, rows);
                self.sources = window;
            }
            View::Differences => {
                self.travel_reconcile(main.0, |window, lines| window.settle(lines, rows));
            }
            View::Rules => self.settle_rules(main.0, rows),
            View::Findings => self.travel_findings(main.0, |to, lines| to.settle(lines, rows)),
            View::Report => self.travel_report(main.0, |to, lines| to.settle(lines, rows)),
            View::Waiting => self.travel_second(main.0, |window, lines| window.settle(lines, rows)),
            _ => {}
        }
        self.settle_people(main.0, rows);
        self.settle_timeline(rows);
        self.settle_start(main.0, rows);
        self.settle_masks();
        self.settle_palette();
        self.settle_page(rows);
        let (all, room) = view::details_rows(self);
        if let Some(pane) = &mut self.details {
            pane.top = pane.top.min(all.saturating_sub(room));
        }
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        match &mut self.ask {
            Some(Ask::Line(ask)) => {
                ask.line.insert(text);
                self.line_changed()
            }
            Some(Ask::Why(ask)) => {
                ask.line.insert(text);
                ask.at = 0;
                Vec::new()
            }
            Some(Ask::Palette(palette)) => {
                palette.line.insert(text);
                palette.changed();
                Vec::new()
            }
            Some(Ask::Form(form)) => {
                form.paste(text);
                Vec::new()
            }
            _ => {
                let key = self.keymap.label(Act::Search);
                self.say(format!(
                    "pasted text is ignored here; press {key} first to search for it"
                ));
                Vec::new()
            }
        }
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        if key.ctrl && key.code == KeyCode::Char('z') {
            return vec![Effect::Suspend];
        }
        if self.ask.is_some() {
            return self.answer(key);
        }
        self.notice = None;
        self.hint = false;
        let typed = self.pending.followed_by(key);
        match self.pending.press(key, self.view, &self.keymap) {
            Step::Wait => Vec::new(),
            Step::Do(act, count) => self.act(act, count),
            Step::Unknown(keys) => {
                self.no_key(&keys, &typed);
                Vec::new()
            }
        }
    }

    fn act(&mut self, act: Act, count: Option<u32>) -> Vec<Effect> {
        self.note_act(act);
        if self.cannot_save(act) || self.other_file(act, count) {
            return Vec::new();
        }
        match act {
            Act::Down
            | Act::Up
            | Act::HalfDown
            | Act::HalfUp
            | Act::PageDown
            | Act::PageUp
            | Act::LineDown
            | Act::LineUp
            | Act::First
            | Act::Last
            | Act::Middle
            | Act::ToTop
            | Act::ToBottom => self.travel(act, count),
            Act::NextDay | Act::PreviousDay => self.day(act == Act::NextDay, count),
            Act::NextThread | Act::PreviousThread => {
                self.other_thread(act == Act::NextThread, count)
            }
            Act::NextUndecided if self.view == View::Start => return self.go_on_undecided(),
            Act::NextUndecided if self.view == View::Masks => return self.leave_masks(true),
            Act::NextUndecided => self.next_undecided(),
            Act::PreviousUndecided => self.previous_undecided(),
            Act::Open if self.view == View::Start => return self.enter_start(),
            Act::Open if self.view == View::Report => return self.open_report(),
            Act::Open => self.open(),
            Act::Back if self.marks.reason.take().is_some() => self.say("the reason is dropped"),
            Act::Back => return self.go_back(),
            Act::Why | Act::Flags(_) | Act::Annotate(_) => return self.mark_act(act, count),
            Act::Decide(decision, reach) => return self.decide(decision, reach, count),
            Act::Repeat => match self.repeat {
                Some(decision) => {
                    self.reason_again();
                    return self.decide(decision, Reach::Target, count);
                }
                None => self.warn("nothing to repeat yet"),
            },
            Act::Undo => return vec![Effect::Undo],
            Act::Redo => return vec![Effect::Redo],
            Act::Range => self.toggle_range(),
            Act::Search if self.view == View::Masks => self.ask_line(Purpose::Inside, ""),
            Act::Search => self.ask_line(Purpose::Search, ""),
            Act::Filter => self.ask_filter(),
            Act::NextHit | Act::PreviousHit if self.view == View::Masks => {
                self.next_match(act == Act::NextHit, count);
            }
            Act::NextHit | Act::PreviousHit => self.next_hit(act == Act::NextHit, count),
            Act::Quotes => {
                if let Some(reading) = self.current_reading_mut() {
                    reading.quotes = !reading.quotes;
                }
            }
            Act::Details => {
                self.details = match self.details {
                    Some(_) => None,
                    None => Some(DetailsPane::default()),
                };
                return self.rest();
            }
            Act::DetailsDown | Act::DetailsUp => self.scroll_details(act, count),
            Act::Follow => self.follow(count),
            Act::GoThreads => self.go(View::Threads),
            Act::GoResults => {
                if self.results.is_some() {
                    self.go(View::Results);
                } else {
                    self.no_search_yet();
                }
            }
            Act::Files => self.go_files(),
            Act::GoLog => {
                self.go(View::Log);
                return vec![Effect::Log];
            }
            Act::JumpBack | Act::JumpOn => self.jump(act == Act::JumpBack, count),
            Act::Bookmark => return self.bookmark(),
            Act::NextBookmark => self.next_bookmark(),
            Act::GoBookmarks => self.go_bookmarks(),
            Act::Clipboard | Act::Copy | Act::Mouse => return self.beyond(act),
            Act::GoSample => self.go_sample(),
            Act::GoStart => self.go(View::Start),
            Act::GoReport => self.go(View::Report),
            Act::NextSection | Act::PreviousSection if self.view == View::Report => {
                self.other_part(act == Act::NextSection);
            }
            Act::NextSection | Act::PreviousSection => {
                self.other_section(act == Act::NextSection);
            }
            Act::GoPerson | Act::GoMonth | Act::GoFiles | Act::GoProposed => {
                return self.way_act(act);
            }
            Act::AddContext => return self.ask_context(count),
            Act::GoTimeline => self.go_timeline(),
            Act::Zoom | Act::Scope => self.turn_timeline(act),
            Act::GoDay => self.go_day(),
            Act::Countersign(_) | Act::Disagree | Act::Uphold | Act::GoWaiting => {
                return self.second_act(act, count);
            }
            Act::GoMasks
            | Act::Along(_)
            | Act::Span
            | Act::SpanOther
            | Act::MaskFor
            | Act::MaskAgain
            | Act::Unmask
            | Act::MaskAll => return self.masking_act(act, count),
            Act::GoRules
            | Act::RunRule
            | Act::KeepRule
            | Act::ChangeRule
            | Act::RemoveRule
            | Act::RuleUp
            | Act::RuleDown
            | Act::Exceptions => return self.rules_act(act),
            Act::GoFindings | Act::OfFinding(_) => return self.findings_act(act),
            Act::GoDifferences | Act::TheSame | Act::NotTheSame => return self.reconcile_act(act),
            Act::GoPeople
            | Act::GoSuggestions
            | Act::Pick
            | Act::Join
            | Act::Split
            | Act::Rename
            | Act::Say(_)
            | Act::Notes
            | Act::MessagesOf
            | Act::Accept
            | Act::AcceptExact
            | Act::Dismiss => return self.people_act(act),
            Act::GoFacts => return self.ask_facts(),
            Act::Whose => return self.ask_whose(),
            Act::Sort => self.sort_otherwise(),
            Act::GoSources => {
                self.go(View::Sources);
                return vec![Effect::Whose];
            }
            Act::GoBundle => return self.go_bundle(),
            Act::WriteBundle => self.ask_bundle_path(),
            Act::Partial => return self.part_of_bundle(),
            Act::NextProfile => return self.next_profile(),
            Act::DateOrder => {
                let at = usize::try_from(self.sources.cursor).unwrap_or(usize::MAX);
                if let Some(source) = self.store.sources().get(at) {
                    self.ask = Some(Ask::DateOrder(source.id));
                }
            }
            Act::Palette => self.open_palette(),
            Act::Help => {
                self.go(View::Help);
                self.page_top = 0;
            }
            Act::Stop => {
                if self.job.is_some() || self.is_saving() {
                    self.say("stopping ...");
                    return vec![Effect::StopJob];
                }
                let key = self.keymap.label(Act::Quit);
                self.say(format!("nothing runs; {key} quits"));
            }
            Act::Suspend => return vec![Effect::Suspend],
            Act::Redraw => return vec![Effect::Redraw],
            Act::Quit => return vec![Effect::SavePlace(self.place()), Effect::Quit(None)],
        }
        Vec::new()
    }

    fn done(&mut self, done: Done) -> Vec<Effect> {
        match done {
            Done::Found(ticket, result) => return self.found(ticket, result),
            Done::Planned(ticket, result) => return self.planned(ticket, result),
            Done::Decided(result) => return self.decided(result),
            Done::MarkPlanned(ticket, result) => self.mark_planned(ticket, result),
            Done::Marked(result) => self.marked(result),
            Done::Reasons(result) => self.take_reasons(result),
            Done::Undone(result) => {
                self.undone(result, false);
                return self.renew_people();
            }
            Done::Redone(result) => {
                self.undone(result, true);
                return self.renew_people();
            }
            Done::People(board) => self.take_people(board),
            Done::Second(result) => return self.second_done(result),
            Done::Findings(result) => self.findings_done(result),
            Done::Report(board) => self.take_report(board),
            Done::Masking(result) => return self.masking_done(result),
            Done::Rules(Ok(all)) => self.take_rules(all),
            Done::Rules(Err(error)) => self.warn(error),
            Done::RulesSaved(result) => self.rules_saved(result),
            Done::Suggestions(Ok(found)) => self.people.suggestions = Some(found),
            Done::Suggestions(Err(error)) => self.warn(error),
            Done::PeopleSaved(result) => return self.people_saved(result),
            Done::Details(ticket, details) => {
                if let Some(pane) = &mut self.details
                    && pane.asked.is_some_and(|(_, asked)| asked == ticket)
                {
                    let before = pane.shown.as_ref().map(|shown| shown.number);
                    let same = before == Some(details.number);
                    *pane = DetailsPane {
                        top: if same { pane.top } else { 0 },
                        shown: Some(*details),
                        ..DetailsPane::default()
                    };
                }
            }
            Done::Seen(seen) => self.take_seen(seen),
            Done::Log(Ok(mut entries)) => {
                entries.reverse();
                self.log = entries;
            }
            Done::Log(Err(error)) => self.warn(error),
            Done::Same(result) => self.same_done(result),
            Done::Timeline(ticket, days, chart) => self.take_timeline(ticket, days, *chart),
            Done::Whose(whose) => self.take_whose(whose),
            Done::Queue(ticket, known, work) => self.take_queue(ticket, known, *work),
            Done::Outlook(ticket, outlook) => self.take_outlook(ticket, outlook),
            Done::Way(ticket, asked, found) => return self.take_way(ticket, *asked, found),
            Done::Sample(drawn) => return self.take_sample(drawn),
            Done::Facts(Ok(())) => {
                self.reload();
                self.notice = Some(("facts: saved".into(), Tone::Good));
                let mut effects = self.renew_people();
                effects.push(Effect::Whose);
                return effects;
            }
            Done::Facts(Err(error)) | Done::Bookmarked(Err(error)) => {
                self.warn(format!("NOT saved: {error}"));
            }
            Done::Bookmarked(Ok(())) => {}
            Done::Progress(job) => {
                if self.job.is_some() {
                    self.job = Some(job);
                }
            }
            Done::Imported(result) => return self.imported(result),
            Done::BundlePlanned(ticket, result) => {
                self.bundle_planned(ticket, result);
            }
            Done::BundleWritten(result) => {
                self.job = None;
                match result {
                    Ok(words) => self.notice = Some((words, Tone::Good)),
                    Err(error) => self.warn(error),
                }
            }
            Done::Others(news) => {
                self.reload();
                self.refresh_details();
                if let Some(news) = news {
                    let log = self.keymap.label(Act::GoLog);
                    self.say(format!("{news}; {log} shows how"));
                }
                return self.renew_people();
            }
        }
        Vec::new()
    }
}
