//! S11: windows of every size, terminals and languages of many kinds, signals at any moment: docket
//! leaves the terminal as it was, and what it showed as saved is saved.

use crate::desk::{Desk, PATIENCE, undecided};
use crate::dice::Dice;
use crate::row::{Lack, Options, Row, Tally, Trials};
use crate::screen::Screen;
use rustix::process::Signal;
use std::process::Stdio;
use std::time::Instant;

pub const ROW: Row = Row {
    number: "S11",
    about: "sizes from 1 by 1, 7 terminals, 4 languages, resizing, signals, no input",
    goal: "300 combinations; 0 panics, terminals left changed, decisions lost",
    limit: (400, 3600),
    apart: false,
    ready,
};

const TERMS: [&str; 7] = [
    "xterm-256color",
    "xterm",
    "vt100",
    "linux",
    "screen-256color",
    "tmux-256color",
    "dumb",
];
const LOCALES: [&str; 4] = ["C", "C.UTF-8", "en_GB.UTF-8", "de_DE.ISO-8859-1"];
const SIZES: [(u16, u16); 16] = [
    (1, 1),
    (2, 1),
    (1, 60),
    (500, 1),
    (19, 4),
    (20, 5),
    (21, 5),
    (20, 60),
    (40, 10),
    (79, 23),
    (80, 24),
    (81, 25),
    (120, 40),
    (200, 50),
    (300, 100),
    (500, 200),
];

/// How a session ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Key,
    Hup,
    Term,
    Int,
    StopAndGo,
    Resizing,
    AnyKeys,
    NoInput,
}

const ENDS: [End; 8] = [
    End::Key,
    End::Hup,
    End::Term,
    End::Int,
    End::StopAndGo,
    End::Resizing,
    End::AnyKeys,
    End::NoInput,
];

struct Terminals {
    count: u64,
    begin: Desk,
    undecided: u64,
}

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let begin = Desk::usual()?;
    crate::kill::reviewed(&begin, 300)?;
    let decided = begin.decided()?;
    Ok(Box::new(Terminals {
        count: options.level.of(300, 2000),
        undecided: undecided(&decided),
        begin,
    }))
}

impl Trials for Terminals {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let (width, height) = match SIZES.get(trial as usize % 60) {
            Some(size) => *size,
            None => (1 + dice.below(250) as u16, 1 + dice.below(80) as u16),
        };
        let term = TERMS[trial as usize % TERMS.len()];
        let locale = LOCALES[trial as usize / 7 % LOCALES.len()];
        let end = ENDS[trial as usize / 5 % ENDS.len()];
        let when = format!("{width} by {height}, {term}, {locale}, {end:?}");
        tally.one("combinations");
        let desk = self.begin.again();
        if matches!(end, End::NoInput) {
            return self.without_input(&desk, &when);
        }
        let variables = [("TERM", term), ("LC_ALL", locale)];
        let mut screen = Screen::start(&desk, &["review"], width, height, &variables);
        let ends = self
            .session(&mut screen, &mut dice, end, tally)
            .map_err(|fault| format!("{when}: {fault}"));
        let output = String::from_utf8_lossy(&screen.output()).into_owned();
        ends?;
        if output.contains("a fault in docket itself") || output.contains("panicked at") {
            return Err(format!("{when}: a fault in docket itself"));
        }
        desk.run(&["check"]).done(&when)?;
        let decided = desk.decided()?;
        let left = undecided(&decided);
        // What was on the screen as saved is on the disk, unless a key took it back.
        let is_kept = left < self.undecided || matches!(end, End::AnyKeys);
        if output.contains("official: saved") && !is_kept {
            return Err(format!("{when}: shown as saved, and lost"));
        }
        Ok(())
    }
}

impl Terminals {
    fn session(
        &self,
        screen: &mut Screen,
        dice: &mut Dice,
        end: End,
        tally: &Tally,
    ) -> Result<(), String> {
        // Either the screen is there, or docket has said why it is not and ended.
        let begun = Instant::now();
        while screen.is_as_it_was() || !screen.text().contains("of 300") {
            if screen.ended().is_some() {
                tally.one("refused in words");
                screen.ends_whole()?;
                return screen.wait("a word why", |screen| !screen.output().is_empty());
            }
            // A window too narrow for these words shows others.
            if begun.elapsed().as_millis() > 1500 && !screen.is_as_it_was() {
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("it does not start: {}", screen.line()));
            }
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        tally.one("on the screen");
        screen.press("o");
        let is_told =
            |screen: &Screen| String::from_utf8_lossy(&screen.output()).contains("official: saved");
        let begun = Instant::now();
        while !is_told(screen) && begun.elapsed().as_millis() < 1500 {
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        tally.add("decisions shown as saved", is_told(screen).into());
        match end {
            End::Key | End::NoInput => screen.press("Q"),
            End::Hup => screen.signal(Signal::HUP),
            End::Term => screen.signal(Signal::TERM),
            End::Int => screen.signal(Signal::INT),
            End::StopAndGo => {
                screen.press("\u{1a}");
                screen.wait("a stop", Screen::is_stopped)?;
                screen.wait("a terminal as it was", Screen::is_as_it_was)?;
                screen.signal(Signal::CONT);
                screen.wait("the screen again", |screen| !screen.is_as_it_was())?;
                screen.signal(Signal::TERM);
            }
            End::Resizing => {
                for _ in 0..40 {
                    let width = 1 + dice.below(300) as u16;
                    screen.resize(width, 1 + dice.below(100) as u16);
                    screen.press(dice.one::<&str>(&["j", "k", " ", "?"]));
                }
                screen.signal(Signal::TERM);
            }
            End::AnyKeys => {
                for _ in 0..60 {
                    let key = char::from(32 + dice.below(95) as u8);
                    screen.press(&key.to_string());
                }
                screen.signal(Signal::TERM);
            }
        }
        screen.ends_whole().map(|_| ())
    }

    fn without_input(&self, desk: &Desk, when: &str) -> Result<(), String> {
        let mut review = desk.command(&["review"]);
        review.stdin(Stdio::null());
        let ran = crate::desk::finish(crate::desk::start(review), None);
        ran.sound(when)?;
        match ran.code {
            Some(0) => Err(format!(
                "{when}: a review without a terminal is told as done"
            )),
            _ => Ok(()),
        }
    }
}
