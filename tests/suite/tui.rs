//! The review screen: a state, keys, and what then stands on the screen, in the ledger and on the
//! wire. No terminal: the bytes go to a counter, and a terminal emulator reads them.

mod bytes;
mod custodian;
mod differences;
mod every;
mod files;
mod findings;
mod hostile;
mod looking;
mod marks;
mod masking;
mod people;
mod random;
mod report;
mod review;
mod rules;
mod same;
mod screens;
mod second;
mod settings;
mod start;
mod ways;

use docket::bundle;
use docket::case::ledger::{Actor, Known};
use docket::case::{Case, ImportOptions};
use docket::model::Decision;
use docket::review::files::Looker;
use docket::review::{Asking, Session};
use docket::settings::{Settings, Start};
use docket::tui::app::App;
use docket::tui::event::{Done, Effect, Event};
use docket::tui::keymap::{self, Keymap};
use docket::tui::people::Board;
use docket::tui::place::Place;
use docket::tui::terminal::Terminal;
use docket::tui::theme::{Surroundings, Theme};
use docket::tui::{Frames, details, jobs};
use std::ffi::OsStr;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// A case in a folder of its own.
pub struct Desk {
    _folder: tempfile::TempDir,
    pub session: Arc<Session>,
}

/// Opens the case in a folder as this reviewer.
pub fn session(folder: &Path, reviewer: &str) -> Arc<Session> {
    let case = Case::open_or_create(folder).unwrap();
    let actor = Actor {
        name: reviewer.into(),
        how: Known::Given,
    };
    Arc::new(Session::open(case, actor).unwrap())
}

/// The screen of a case after these keys, at rest.
fn at(desk: &Desk, size: (u16, u16), settings: &str, keys: &str) -> Review {
    let mut review = Review::start(desk, size.0, size.1);
    review.set(settings);
    review.begin();
    review.press(keys);
    review.happen(Event::Rest);
    review
}

/// A case with these exports: file names and texts.
pub fn desk(exports: &[(&str, String)]) -> Desk {
    desk_in(tempfile::tempdir().unwrap(), exports)
}

/// The same in this folder.
pub fn desk_in(folder: tempfile::TempDir, exports: &[(&str, String)]) -> Desk {
    let given = folder.path().join("given");
    std::fs::create_dir(&given).unwrap();
    for (name, text) in exports {
        std::fs::write(given.join(name), text).unwrap();
    }
    let session = session(&folder.path().join("case"), "Ann Reviewer");
    session
        .case()
        .import(
            &[given],
            &ImportOptions::default(),
            session.actor(),
            &mut (),
        )
        .unwrap();
    session.refresh().unwrap();
    Desk {
        _folder: folder,
        session,
    }
}

/// A chat of so many messages, one every ten minutes from 25 March 2021 on.
pub fn chat(people: &[&str], texts: &[&str], count: usize) -> String {
    let start = chrono::NaiveDate::from_ymd_opt(2021, 3, 25)
        .unwrap()
        .and_hms_opt(9, 0, 0)
        .unwrap();
    (0..count)
        .map(|n| {
            let time = start + chrono::Duration::minutes(10 * n as i64);
            let time = time.format("%d/%m/%Y, %H:%M");
            format!(
                "{time} - {}: {}\n",
                people[n % people.len()],
                texts[n % texts.len()]
            )
        })
        .collect()
}

/// Two chats: 400 messages of business, 60 of family with emoji and right-to-left names.
pub fn two_chats() -> Desk {
    let business = chat(
        &["Priya Shah", "Tom Reed", "Ann Reviewer"],
        &[
            "Please confirm the order of test kits by noon, finance are asking for the number again and I would rather answer them once",
            "Confirmed. PO-4471 to follow",
            "Thanks. Lunch?",
            "The minister wants a line on the contract before questions",
        ],
        400,
    );
    let family = chat(
        &["Dayo ❤️", "دانا", "Mum 👩‍👩‍👧"],
        &[
            "Has the cat come in 🐣",
            "שלום, הכל בסדר?",
            "first line\nsecond line\nthird line",
            "e\u{301}te\u{301} 会議は明日です",
        ],
        60,
    );
    desk(&[
        ("WhatsApp Chat with Test Kits.txt", business),
        ("WhatsApp Chat with Family.txt", family),
    ])
}

/// Bytes that went to a terminal.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A review that is going on.
pub struct Review {
    pub app: App,
    pub session: Arc<Session>,
    pub frames: Frames<Wire>,
    wire: Wire,
    emulator: vt100::Parser,
    pub quit: bool,
    pub place: Place,
}

impl Review {
    /// Starts at a place, in a window of this size. The facts count as asked for.
    pub fn start(desk: &Desk, width: u16, height: u16) -> Review {
        Review::with(
            &desk.session,
            (width, height),
            true,
            &Place {
                asked: true,
                ..Place::default()
            },
        )
    }

    pub fn with(session: &Arc<Session>, size: (u16, u16), colour: bool, place: &Place) -> Review {
        let wire = Wire::default();
        let non_zero = |n: u16| NonZero::new(n).unwrap();
        let mut review = Review {
            app: App::new(session.clone(), Theme::new(colour), size, place),
            session: session.clone(),
            frames: Frames::on(Terminal::over(wire.clone(), colour)),
            wire,
            emulator: vt100::Parser::new(non_zero(size.1), non_zero(size.0), 0),
            quit: false,
            place: place.clone(),
        };
        review.begin();
        review
    }

    /// The same with the start screen first, as somebody may set it.
    pub fn with_overview(session: &Arc<Session>, size: (u16, u16), place: &Place) -> Review {
        let mut review = Review::with(session, size, true, place);
        let mut settings = Settings::default();
        settings.start = Start::Overview;
        review.app = App::new(session.clone(), Theme::new(true), size, place)
            .with_settings(settings, Keymap::default());
        review.frames = Frames::on(Terminal::over(review.wire.clone(), true));
        review.begin();
        review
    }

    /// Does what is done before the first key, and draws.
    pub fn begin(&mut self) {
        let effects = self.app.begin();
        self.follow(effects);
        self.draw();
    }

    /// Draws; gives the bytes written.
    pub fn draw(&mut self) -> Vec<u8> {
        self.frames.draw(&self.app).unwrap();
        let bytes = std::mem::take(&mut *self.wire.0.lock().unwrap());
        self.emulator.process(&bytes);
        bytes
    }

    /// Presses keys, one frame after each; gives the bytes of each frame.
    pub fn press(&mut self, keys: &str) -> Vec<Vec<u8>> {
        keymap::parse(keys)
            .into_iter()
            .map(|key| self.happen(Event::Key(key)))
            .collect()
    }

    /// Presses one key; gives how many bytes its frame took.
    pub fn cost(&mut self, key: &str) -> usize {
        let frames = self.press(key);
        assert_eq!(frames.len(), 1, "{key} is one key");
        frames[0].len()
    }

    /// An event, what it asks for, and a frame.
    pub fn happen(&mut self, event: Event) -> Vec<u8> {
        let effects = self.app.update(event);
        self.follow(effects);
        self.draw()
    }

    /// Carries out what is asked for, and what that asks for.
    pub fn follow(&mut self, mut effects: Vec<Effect>) {
        while !effects.is_empty() {
            let mut more = Vec::new();
            for effect in effects {
                if let Some(done) = self.carry_out(effect) {
                    more.extend(self.app.update(Event::Done(Box::new(done))));
                }
            }
            effects = more;
        }
    }

    pub fn carry_out(&mut self, effect: Effect) -> Option<Done> {
        let session = &self.session;
        let never = AtomicBool::new(false);
        Some(match effect {
            Effect::Search(ticket, request) => {
                Done::Found(ticket, jobs::find(session, &request, &never))
            }
            Effect::Plan(ticket, target, decision, reason) => {
                let planned = session.plan_with(&target, decision, reason.as_ref());
                Done::Planned(ticket, planned.map_err(|e| e.to_string()))
            }
            Effect::PlanMark(ticket, mark) => {
                let planned = session.plan_mark(&mark.target, &mark.about, mark.to.as_ref());
                Done::MarkPlanned(ticket, planned.map_err(|e| e.to_string()))
            }
            Effect::Mark(mark, seen) => {
                let asking = Asking {
                    how: mark.how,
                    note: None,
                    reason: None,
                    seen,
                };
                let to = mark.to.as_ref();
                let done = session.put_mark(&mark.target, &mark.about, to, &asking, &mut ());
                Done::Marked(done.map_err(|e| e.to_string()))
            }
            Effect::Reasons => Done::Reasons(session.reasons().map_err(|e| e.to_string())),
            Effect::Decide(target, decision, how, seen, reason) => {
                let asking = Asking {
                    how,
                    note: None,
                    reason,
                    seen,
                };
                let decided = session.decide_with(&target, decision, &asking, &mut ());
                Done::Decided(decided.map_err(|e| e.to_string()))
            }
            Effect::AddContext(around, seen) => {
                let added = session.add_context(&around, Some(seen));
                Done::Decided(added.map_err(|e| e.to_string()))
            }
            Effect::Queue(ticket, known, stops) => jobs::queue(session, ticket, known, &stops),
            Effect::Outlook(ticket) => jobs::outlook(session, ticket),
            Effect::Way(ticket, asked) => jobs::way(session, ticket, *asked),
            Effect::Undo => Done::Undone(session.undo().map_err(|e| e.to_string())),
            Effect::Redo => Done::Redone(session.redo().map_err(|e| e.to_string())),
            Effect::Details(ticket, number) => {
                Done::Details(ticket, Box::new(details::of(session, number)))
            }
            Effect::Look(at) => {
                let mut told = Vec::new();
                at.carry_out(session, &mut Looker::default(), &mut |seen| told.push(seen));
                let last = told.pop();
                for seen in told {
                    self.app.update(Event::Done(Box::new(Done::Seen(seen))));
                }
                return last.map(Done::Seen);
            }
            Effect::Log => Done::Log(
                session
                    .case()
                    .ledger()
                    .entries(1)
                    .map_err(|e| e.to_string()),
            ),
            Effect::Same(said) => {
                let done = said.carry_out(session);
                Done::Same(done.map_err(|e| e.to_string()))
            }
            Effect::Timeline(ticket, thread, step, days) => {
                jobs::timeline(session, ticket, thread, step, days)
            }
            Effect::Sample(wanted) => jobs::sample(session, &wanted),
            Effect::People => Done::People(Box::new(Board::of(session))),
            Effect::Suggestions => {
                Done::Suggestions(session.suggestions().map_err(|e| e.to_string()))
            }
            Effect::Second(said) => {
                let done = said.carry_out(session, &mut ());
                Done::Second(done.map_err(|e| e.to_string()))
            }
            Effect::Findings(said) => {
                let done = said.carry_out(session, &mut ());
                Done::Findings(done.map_err(|e| e.to_string()))
            }
            Effect::Masking(said) => {
                let done = said.carry_out(session, &mut ());
                Done::Masking(done.map_err(|e| e.to_string()))
            }
            Effect::Report => Done::Report(jobs::report(session)),
            Effect::Rules => Done::Rules(jobs::rules(session)),
            Effect::SayOfRules(said) => {
                Done::RulesSaved(said.carry_out(session).map_err(|e| e.to_string()))
            }
            Effect::SayOfPeople(said) => {
                Done::PeopleSaved(said.carry_out(session).map_err(|e| e.to_string()))
            }
            Effect::Whose => Done::Whose(Box::new(session.whose())),
            Effect::Facts(answers) => {
                Done::Facts(answers.carry_out(session).map_err(|e| e.to_string()))
            }
            Effect::Import(paths, options) => {
                let reports = session
                    .case()
                    .import(&paths, &options, session.actor(), &mut ());
                session.refresh().unwrap();
                Done::Imported(reports.map_err(|e| e.to_string()))
            }
            Effect::ReadAgain(source, order) => {
                let case = session.case();
                let report = case.read_again(source, order, session.actor(), &mut ());
                session.refresh().unwrap();
                Done::Imported(report.map(|report| vec![report]).map_err(|e| e.to_string()))
            }
            Effect::PlanBundle(ticket, partial, profile) => {
                let ahead = bundle::ahead(session, partial, profile.as_deref());
                Done::BundlePlanned(ticket, ahead.map(Box::new))
            }
            Effect::WriteBundle(out, plan) => {
                // Whatever random keys type, nothing is written outside of temporary folders.
                let name = out.file_name().unwrap_or(OsStr::new("bag"));
                let beside = session.case().layout().root().with_file_name(name);
                let is_temporary = out.starts_with(std::env::temp_dir());
                let out = if is_temporary { out } else { beside };
                let written = bundle::write(session, &plan, &out, &mut ());
                Done::BundleWritten(written.map(|_| "written".into()).map_err(|e| e.to_string()))
            }
            Effect::SavePlace(place) | Effect::Bookmark(place) => {
                self.place = place;
                return None;
            }
            Effect::Quit(_) => {
                self.quit = true;
                return None;
            }
            Effect::AskTerminal(within_another) => {
                self.frames.terminal().ask(within_another).unwrap();
                return None;
            }
            Effect::Redraw => {
                self.frames.terminal().forget();
                return None;
            }
            Effect::Copy(text) => {
                self.frames.terminal().copy(&text).unwrap();
                return None;
            }
            Effect::Mouse(on) => {
                self.frames.terminal().mouse(on).unwrap();
                return None;
            }
            Effect::StopJob | Effect::Suspend | Effect::Resume => return None,
        })
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.emulator
            .screen_mut()
            .set_size(NonZero::new(height).unwrap(), NonZero::new(width).unwrap());
        self.happen(Event::Resize(width, height));
    }

    /// What the terminal shows, row by row, without the blanks at the ends.
    pub fn rows(&self) -> Vec<String> {
        let width = self.app.size.0;
        self.emulator
            .screen()
            .rows(0, width)
            .map(|row| row.trim_end().to_owned())
            .collect()
    }

    pub fn screen(&self) -> String {
        self.rows().join("\n")
    }

    /// What the terminal shows at a place.
    pub fn cell(&self, x: u16, y: u16) -> &vt100::Cell {
        self.emulator.screen().cell(y, x).unwrap()
    }

    /// Column and row of the cursor, if it is shown.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let screen = self.emulator.screen();
        let (y, x) = screen.cursor_position();
        (!screen.hide_cursor()).then_some((x, y))
    }

    /// Starts anew with settings, as the screen takes them.
    pub fn set(&mut self, toml: &str) {
        let mut keymap = Keymap::default();
        let settings = Settings::read(toml, |keys| {
            keymap = Keymap::of(keys).unwrap();
            Vec::new()
        })
        .unwrap();
        let around = Surroundings {
            term: Some("xterm-256color".into()),
            ..Surroundings::default()
        };
        let theme = Theme::chosen(settings.theme, &around);
        self.app = App::new(self.session.clone(), theme, self.app.size, &self.place)
            .with_settings(settings, keymap)
            .in_surroundings(&around);
        self.frames = Frames::on(Terminal::over(self.wire.clone(), theme.has_colour()));
        self.draw();
    }

    /// The stretches that are bold and underlined.
    pub fn marked(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let (width, height) = self.app.size;
        let mut before = false;
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let cell = self.emulator.screen().cell(y, x).unwrap();
            let marked = cell.bold() && cell.underline();
            if marked && !before {
                found.push(String::new());
            }
            if marked {
                found.last_mut().unwrap().push_str(cell.contents());
            }
            before = marked;
        }
        found
    }

    /// The row with the cursor's mark.
    pub fn current_row(&self) -> String {
        self.rows()
            .into_iter()
            .find(|row| row.starts_with('>'))
            .unwrap_or_default()
    }

    /// The line above the last.
    pub fn status(&self) -> String {
        let rows = self.rows();
        rows[rows.len() - 2].clone()
    }

    /// All that the screen says, in one line.
    pub fn said(&self) -> String {
        let rows = self.rows();
        rows.iter()
            .map(|row| row.trim())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub fn decisions(&self, decision: Decision) -> u64 {
        self.session.decisions().set(decision).len()
    }
}
