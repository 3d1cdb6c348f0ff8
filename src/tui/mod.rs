//! The review screen: draws, and holds no rules.
//!
//! [`app`] is the state and how events change it, without I/O; [`view`] draws it; [`jobs`] does what
//! takes time; [`terminal`] is the only file that writes escape codes. This file ties them together:
//! it waits for an event, lets all that have come change the state, and draws once. At rest it
//! waits, and nothing is written.

pub mod action;
pub mod app;
pub mod beside;
pub mod block;
pub mod context;
pub mod details;
pub mod event;
pub mod files;
pub mod findings;
pub mod form;
pub mod highlight;
pub mod jobs;
pub mod keymap;
mod linear;
pub mod masking;
mod moved;
pub mod palette;
pub mod people;
pub mod picture;
pub mod prompt;
pub mod reading;
pub mod reconcile;
pub mod report;
pub mod rules;
pub mod second;
pub mod terminal;
pub mod theme;
pub mod view;
pub mod window;

pub use crate::review::place;

use crate::case::ImportOptions;
use crate::review::{Asking, Session};
use crate::settings::Settings;
use app::App;
use event::{Effect, Event, Signal};
use jobs::Jobs;
use keymap::Keymap;
use ratatui::buffer::Buffer;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use terminal::input::{Ear, Heard};
use terminal::{Cursor, NoScreen, Terminal, Tty};
use theme::{Surroundings, Theme};

/// After a key, so long without another is a rest: details and the choices after a prefix follow.
const REST: Duration = Duration::from_millis(200);
/// So long a frame waits for a decision's way to the disk or a search's answer, so that one frame
/// shows both.
const ANSWER: Duration = Duration::from_millis(30);

/// So long without another byte from the terminal is a rest to what takes its bytes apart.
const BYTES_REST: Duration = Duration::from_millis(50);

/// How a review ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The reviewer quit.
    Quit,
    /// This signal came, or the terminal went away (SIGHUP).
    Signal(i32),
}

/// What the reviewer set, or the defaults and why.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The settings.
    pub settings: Settings,
    /// The keys that they give.
    pub keymap: Keymap,
    /// Why the settings could not be taken, to be told at the start.
    pub fault: Option<String>,
}

/// Opens the review screen, loads `imports` in the background, and returns when the reviewer quits.
/// The terminal is then as it was before.
///
/// A signal that ends programs ends this one, once the terminal is restored, what was asked to be
/// written is written, and the place is remembered.
///
/// # Errors
/// [`NoScreen`] where there is no terminal that can show it; it names the commands that do the same.
pub fn run(
    session: Arc<Session>,
    imports: Vec<PathBuf>,
    options: ImportOptions,
    chosen: Chosen,
) -> Result<(), NoScreen> {
    let around = Surroundings::of_this_program();
    let theme = Theme::chosen(chosen.settings.theme, &around);
    terminal::install_panic_hook();
    let terminal = Terminal::enter(theme.has_colour())?;
    let (events, queue) = channel();
    hear_signals(events.clone())?;
    hear_keys(events.clone());
    let place = jobs::load_place(&session);
    let noted = session.clone();
    let blank_after = match chosen.settings.blank_after {
        0 => None,
        minutes => Some(minute() * minutes),
    };
    let mut screen = Screen {
        app: App::new(session.clone(), theme, terminal::size(), &place)
            .with_settings(chosen.settings, chosen.keymap)
            .in_surroundings(&around),
        jobs: Jobs::start(session, events),
        frames: Frames::on(terminal),
        last_key: Instant::now(),
        blank_after,
        is_blank: false,
        ended: None,
    };
    if !imports.is_empty() {
        let effects = screen.app.import(imports, options);
        screen.carry_out(effects);
    }
    let effects = screen.app.begin();
    screen.carry_out(effects);
    if let Some(words) = chosen.fault {
        screen.app.notice = Some((words, app::Tone::Bad));
    }
    screen.draw();
    fail_if_asked();
    let ended = screen.run(&queue);
    screen.frames.terminal().leave();
    screen.jobs.finish();
    // What was decided is saved without it; `docket check` tells up to where the ledger is noted.
    let _ = noted.case().note_head();
    if let Ended::Signal(signal) = ended {
        // A signal whose own effect is not to end would be one that is not heard here.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    Ok(())
}

struct Screen {
    app: App,
    jobs: Jobs,
    frames: Frames<Tty>,
    /// When the last key came: rests are counted from it.
    last_key: Instant,
    /// After so long without a key nothing is shown.
    blank_after: Option<Duration>,
    /// Whether nothing is shown until the next key.
    is_blank: bool,
    ended: Option<Ended>,
}

/// Frames on a terminal, one after another.
pub struct Frames<W: Write> {
    terminal: Terminal<W>,
    drawn: Option<view::Drawn>,
}

impl<W: Write> Frames<W> {
    /// The next frame is the first on this terminal.
    pub fn on(terminal: Terminal<W>) -> Frames<W> {
        Frames {
            terminal,
            drawn: None,
        }
    }

    /// Draws the state.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        let mut buffer = Buffer::empty(terminal::area(app.size));
        let (cursor, drawn) = view::draw(app, &mut buffer);
        let scroll = view::Drawn::scroll(self.drawn.as_ref(), drawn.as_ref(), app);
        self.drawn = drawn;
        self.terminal.place(view::files::placed(app));
        self.terminal.draw(&buffer, cursor, scroll)
    }

    /// Shows nothing, as if there were nothing to show.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn blank(&mut self, size: (u16, u16)) -> io::Result<()> {
        self.drawn = None;
        self.terminal.place(None);
        let nothing = Buffer::empty(terminal::area(size));
        self.terminal.draw(&nothing, Cursor::default(), None)
    }

    /// The terminal.
    pub fn terminal(&mut self) -> &mut Terminal<W> {
        &mut self.terminal
    }
}

impl Screen {
    fn run(&mut self, queue: &Receiver<Event>) -> Ended {
        loop {
            let rest = self.app.wants_rest().then_some(self.last_key);
            match self.next(queue, rest) {
                None => return Ended::Signal(SIGHUP),
                Some(None) => self.is_blank = true,
                Some(Some(event)) => self.happen(event),
            }
            self.happen_all(queue);
            if let Some(ended) = self.ended {
                return ended;
            }
            self.draw();
        }
    }

    /// The next event; `Some(None)` when it is time to show nothing. Where that is not set, or nothing
    /// is shown, there is no time to wait for.
    fn next(&self, queue: &Receiver<Event>, rest: Option<Instant>) -> Option<Option<Event>> {
        let (Some(after), false, None) = (self.blank_after, self.is_blank, rest) else {
            return next(queue, rest).map(Some);
        };
        match queue.recv_timeout(after.saturating_sub(self.last_key.elapsed())) {
            Ok(event) => Some(Some(event)),
            Err(RecvTimeoutError::Timeout) => Some(None),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Takes all events that have come, and waits a moment for an answer that is on its way.
    fn happen_all(&mut self, queue: &Receiver<Event>) {
        let deadline = Instant::now() + ANSWER;
        while self.ended.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = if self.app.is_waiting() && !left.is_zero() {
                queue.recv_timeout(left).ok()
            } else {
                queue.try_recv().ok()
            };
            match event {
                Some(event) => self.happen(event),
                None => return,
            }
        }
    }

    fn happen(&mut self, event: Event) {
        if matches!(event, Event::Key(_) | Event::Paste(_)) {
            self.last_key = Instant::now();
            // The key that brings the screen back was struck blindly.
            if std::mem::take(&mut self.is_blank) {
                return;
            }
        }
        let effects = self.app.update(event);
        self.carry_out(effects);
    }

    fn draw(&mut self) {
        let drawn = match self.is_blank {
            true => self.frames.blank(self.app.size),
            false => self.frames.draw(&self.app),
        };
        if drawn.is_err() {
            self.ended = Some(Ended::Signal(SIGHUP));
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let jobs = &mut self.jobs;
        for effect in effects {
            match effect {
                Effect::Search(ticket, request) => jobs.search(ticket, *request),
                Effect::Plan(ticket, target, decision, reason) => {
                    jobs.plan(ticket, target, decision, reason);
                }
                Effect::PlanMark(ticket, mark) => jobs.plan_mark(ticket, *mark),
                Effect::Mark(mark, seen) => jobs.mark(*mark, seen),
                Effect::Reasons => jobs.reasons(),
                Effect::Decide(target, decision, how, seen, reason) => {
                    jobs.decide(
                        target,
                        decision,
                        Asking {
                            how,
                            note: None,
                            reason,
                            seen,
                        },
                    );
                }
                Effect::AddContext(around, seen) => jobs.add_context(*around, seen),
                Effect::Undo => jobs.undo(false),
                Effect::Redo => jobs.undo(true),
                Effect::Details(ticket, number) => jobs.details(ticket, number),
                Effect::Look(at) => jobs.look(at),
                Effect::Log => jobs.log(),
                Effect::Same(said) => jobs.same(said),
                Effect::Timeline(ticket, thread, step, days) => {
                    jobs.timeline(ticket, thread, step, days);
                }
                Effect::Sample(wanted) => jobs.sample(*wanted),
                Effect::Queue(ticket, known, stops) => jobs.queue(ticket, known, stops),
                Effect::Outlook(ticket) => jobs.outlook(ticket),
                Effect::Way(ticket, asked) => jobs.way(ticket, *asked),
                Effect::People => jobs.people(),
                Effect::Suggestions => jobs.suggestions(),
                Effect::Rules => jobs.rules(),
                Effect::Second(said) => jobs.second(said),
                Effect::Masking(said) => jobs.masking(said),
                Effect::Findings(said) => jobs.findings(said),
                Effect::SayOfRules(said) => jobs.say_of_rules(said),
                Effect::SayOfPeople(said) => jobs.say_of_people(said),
                Effect::Facts(answers) => jobs.facts(answers),
                Effect::Whose => jobs.whose(),
                Effect::Report => jobs.report(),
                Effect::Import(paths, options) => jobs.import(paths, options),
                Effect::ReadAgain(source, order) => jobs.read_again(source, order),
                Effect::PlanBundle(ticket, partial, profile) => {
                    jobs.plan_bundle(ticket, partial, profile);
                }
                Effect::WriteBundle(out, plan) => jobs.write_bundle(out, *plan),
                Effect::StopJob => jobs.stop(),
                Effect::SavePlace(place) => jobs.save_place(place),
                Effect::Bookmark(place) => jobs.bookmark(place),
                Effect::Suspend => self.frames.terminal().suspend(),
                Effect::Copy(text) => {
                    if self.frames.terminal().copy(&text).is_err() {
                        self.ended = Some(Ended::Signal(SIGHUP));
                    }
                }
                Effect::Mouse(on) => {
                    if self.frames.terminal().mouse(on).is_err() {
                        self.ended = Some(Ended::Signal(SIGHUP));
                    }
                }
                Effect::AskTerminal(within_another) => {
                    if self.frames.terminal().ask(within_another).is_err() {
                        self.ended = Some(Ended::Signal(SIGHUP));
                    }
                }
                Effect::Redraw => self.frames.terminal().forget(),
                Effect::Resume => {
                    if self.frames.terminal().resume().is_err() {
                        self.ended = Some(Ended::Signal(SIGHUP));
                    }
                    // The window may have changed while we were away.
                    self.app.size = terminal::size();
                    self.app.settle();
                }
                Effect::Quit(signal) => {
                    self.ended = Some(signal.map_or(Ended::Quit, Ended::Signal))
                }
            }
        }
    }
}

/// Waits for the next event; where a rest after the last key is wanted, no longer than for that.
/// Other events do not put a rest off: a job may tell of itself all the time. `None` when nobody
/// can send events any more.
fn next(queue: &Receiver<Event>, rest_after: Option<Instant>) -> Option<Event> {
    let Some(last_key) = rest_after else {
        return queue.recv().ok();
    };
    match queue.recv_timeout(REST.saturating_sub(last_key.elapsed())) {
        Err(RecvTimeoutError::Timeout) => Some(Event::Rest),
        other => other.ok(),
    }
}

fn hear_signals(events: Sender<Event>) -> io::Result<()> {
    let signals = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGWINCH => {
                    let (width, height) = terminal::size();
                    Event::Resize(width, height)
                }
                SIGTSTP => Event::Signal(Signal::Stop),
                SIGCONT => Event::Signal(Signal::Continue),
                end => Event::Signal(Signal::End(end)),
            };
            if events.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Reads what comes from the terminal, and tells what it is.
fn hear_keys(events: Sender<Event>) {
    let (bytes, read) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut buffer = [0; 4096];
        loop {
            let got = match input.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) | Ok(0) => return,
                Ok(count) => buffer.get(..count).unwrap_or_default().to_vec(),
            };
            if bytes.send(got).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        let mut ear = Ear::default();
        loop {
            let got = if ear.is_waiting() {
                read.recv_timeout(BYTES_REST)
            } else {
                read.recv().map_err(RecvTimeoutError::from)
            };
            let heard = match got {
                Ok(bytes) => ear.take(&bytes),
                Err(RecvTimeoutError::Timeout) => ear.rest(),
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = events.send(Event::Signal(Signal::End(SIGHUP)));
                    return;
                }
            };
            for heard in heard {
                let event = match heard {
                    Heard::Key(key) => Event::Key(key),
                    Heard::Paste(text) => Event::Paste(text),
                    Heard::Wheel(down) => Event::Wheel(down),
                    Heard::Told(told) => Event::Told(told),
                };
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    });
}

/// A minute, or what a test takes for one; not in a release.
fn minute() -> Duration {
    let short = std::env::var_os("DOCKET_TEST_MINUTE").filter(|_| cfg!(debug_assertions));
    match short {
        Some(_) => Duration::from_secs(1),
        None => Duration::from_secs(60),
    }
}

/// Lets a test see what a fault leaves behind, in this thread or in another; not in a release.
#[allow(clippy::panic)]
fn fail_if_asked() {
    let asked = std::env::var_os("DOCKET_TEST_FAULT").filter(|_| cfg!(debug_assertions));
    let fail = || panic!("a fault that a test asked for");
    match asked {
        Some(place) if place == "beside" => drop(std::thread::spawn(fail)),
        Some(_) => fail(),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_tells_of_itself_puts_no_rest_off() {
        let (events, queue) = channel();
        std::thread::spawn(move || {
            while events.send(Event::Resize(80, 24)).is_ok() {
                std::thread::sleep(REST / 4);
            }
        });
        let last_key = Instant::now();
        let came = (0..40).map_while(|_| next(&queue, Some(last_key)));
        assert!(came.into_iter().any(|event| matches!(event, Event::Rest)));
        assert!(last_key.elapsed() >= REST);
    }
}
