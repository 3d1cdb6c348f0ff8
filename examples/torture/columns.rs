//! S3's rows of emoji: docket in a real tmux, whose widths of emoji are not those of docket's tables.
//! Whatever either holds for the width of one, what stands after it on its row, and the pane beside
//! it, stand where docket put them.
//!
//! What docket wrote goes to a second terminal too, which has docket's widths. The columns right of
//! the emoji are read out of both, and have to be the same.

use crate::desk::{Desk, PATIENCE, program};
use crate::kill::reviewed;
use crate::row::{Level, Tally};
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const WIDTH: u16 = 200;
const HEIGHT: u16 = 50;
/// What stands behind each emoji: moved by one column, it reads differently in every column.
const TAIL: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// Emoji and sequences of them, made from the code points: alone and with each selector, hands and
/// people in all skin tones, every pair of letters that may be a flag, keycaps, families, couples and
/// professions, and the flags that are made of tags.
pub fn emoji() -> Vec<String> {
    let of = |class: &str| -> Vec<char> {
        let class = Regex::new(&format!("^{class}$")).expect("a class of characters");
        (0x80..=0x1_FAFF)
            .filter_map(char::from_u32)
            .filter(|c| class.is_match(c.encode_utf8(&mut [0; 4])))
            .collect()
    };
    let tones: Vec<char> = ('\u{1F3FB}'..='\u{1F3FF}').collect();
    let mut all = Vec::new();
    for c in of(r"\p{Emoji}") {
        all.extend([
            format!("{c}"),
            format!("{c}\u{FE0F}"),
            format!("{c}\u{FE0E}"),
        ]);
    }
    for c in of(r"\p{Emoji_Modifier_Base}") {
        all.extend(tones.iter().map(|tone| format!("{c}{tone}")));
    }
    let letters = || '\u{1F1E6}'..='\u{1F1FF}';
    all.extend(letters().flat_map(|a| letters().map(move |b| format!("{a}{b}"))));
    all.extend(
        "0123456789#*"
            .chars()
            .map(|c| format!("{c}\u{FE0F}\u{20E3}")),
    );
    let mut people = Vec::new();
    for person in ['\u{1F468}', '\u{1F469}', '\u{1F9D1}'] {
        people.push(person.to_string());
        people.extend(tones.iter().map(|tone| format!("{person}{tone}")));
    }
    let work = "\u{2695}\u{2696}\u{2708}\u{1F33E}\u{1F373}\u{1F37C}\u{1F393}\u{1F3A4}\u{1F3A8}\u{1F3EB}\u{1F3ED}\u{1F4BB}\u{1F4BC}\u{1F527}\u{1F52C}\u{1F680}\u{1F692}\u{1F9AF}\u{1F9BC}\u{1F9BD}\u{1F9B0}\u{1F9B1}\u{1F9B2}\u{1F9B3}";
    for person in &people {
        for one in work.chars() {
            // Signs that are text by themselves are made emoji by a selector.
            let selector = if one < '\u{1F000}' { "\u{FE0F}" } else { "" };
            all.push(format!("{person}\u{200D}{one}{selector}"));
        }
        for other in &people {
            all.push(format!("{person}\u{200D}\u{2764}\u{FE0F}\u{200D}{other}"));
        }
    }
    let (grown, young) = (['\u{1F468}', '\u{1F469}'], ['\u{1F466}', '\u{1F467}']);
    for a in grown {
        for b in grown {
            for c in young {
                all.push(format!("{a}\u{200D}{b}\u{200D}{c}"));
                all.extend(young.map(|d| format!("{a}\u{200D}{b}\u{200D}{c}\u{200D}{d}")));
            }
        }
    }
    for place in ["gbeng", "gbsct", "gbwls"] {
        let tags = place
            .chars()
            .filter_map(|c| char::from_u32(u32::from(c) + 0xE0000));
        all.push(format!("\u{1F3F4}{}\u{E007F}", tags.collect::<String>()));
    }
    all.push("\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}".into());
    all.push("\u{1F3F4}\u{200D}\u{2620}\u{FE0F}".into());
    all
}

/// A tmux of its own, which ends with this.
struct Tmux {
    name: String,
    desk: Desk,
    said: PathBuf,
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.tell(&["kill-server"]);
    }
}

impl Tmux {
    /// With a program in it, once what it writes is kept.
    fn start(desk: Desk, run: &str) -> Result<Tmux, String> {
        let said = desk.path("said");
        fs::write(&said, "").map_err(|error| error.to_string())?;
        fs::write(
            desk.path("tmux.conf"),
            "set -g status off\nset -sg escape-time 0\n",
        )
        .map_err(|error| error.to_string())?;
        let tmux = Tmux {
            name: format!("torture-{}-{}", std::process::id(), run.len()),
            desk,
            said,
        };
        let run = format!("tmux -L {} wait-for go; exec {run}", tmux.name);
        let (width, height) = (WIDTH.to_string(), HEIGHT.to_string());
        tmux.tell(&["new-session", "-d", "-x", &width, "-y", &height, &run])?;
        // What docket writes is kept from its first byte.
        tmux.tell(&["pipe-pane", &format!("cat >> '{}'", tmux.said.display())])?;
        tmux.tell(&["wait-for", "-S", "go"])?;
        Ok(tmux)
    }

    fn tell(&self, words: &[&str]) -> Result<String, String> {
        let ran = Command::new("tmux")
            .args(["-u", "-L", &self.name, "-f"])
            .arg(self.desk.path("tmux.conf"))
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.desk.path(""))
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .env("USER", "tester")
            .env("TMUX_TMPDIR", self.desk.path(""))
            .env("DOCKET_CASE", &self.desk.case)
            .env("DOCKET_CONFIG", "")
            .current_dir(self.desk.path(""))
            .output();
        match ran {
            Ok(Output { status, stdout, .. }) if status.success() => {
                Ok(String::from_utf8_lossy(&stdout).into_owned())
            }
            Ok(ran) => Err(format!(
                "tmux {words:?}: {}",
                String::from_utf8_lossy(&ran.stderr).trim()
            )),
            Err(error) => Err(format!("tmux: {error}")),
        }
    }

    /// What the pane shows once nothing moves any more, and what docket wrote for it.
    fn settled(&self) -> Result<(String, Vec<u8>), String> {
        let begun = Instant::now();
        let mut before = (String::new(), Vec::new());
        loop {
            std::thread::sleep(Duration::from_millis(30));
            let said = fs::read(&self.said).map_err(|error| error.to_string())?;
            let now = (self.tell(&["capture-pane", "-p"])?, said);
            if now == before && !now.1.is_empty() {
                return Ok(now);
            }
            if begun.elapsed() > PATIENCE {
                return Err("the screen does not come to rest".into());
            }
            before = now;
        }
    }

    /// The columns from one on, of every row, as tmux has them in its cells.
    fn columns(&self, from: u16) -> Result<Vec<String>, String> {
        let from = from.to_string();
        let width = WIDTH.to_string();
        self.tell(&["copy-mode"])?;
        for step in [
            &["rectangle-on"][..],
            &["top-line"],
            &["start-of-line"],
            &["-N", &from, "cursor-right"],
            &["begin-selection"],
            &["bottom-line"],
            &["-N", &width, "cursor-right"],
            &["copy-selection-and-cancel"],
        ] {
            let (count, name) = step.split_at(step.len() - 1);
            let words = [&["send-keys"], count, &["-X"], name].concat();
            self.tell(&words)?;
        }
        let rows = self.tell(&["show-buffer"])?;
        let rows = rows.split('\n').map(|row| row.trim_end().to_owned());
        Ok(rows.collect())
    }
}

/// The same of a terminal that has docket's widths.
fn expected(said: &[u8], from: u16) -> Vec<String> {
    let side = |length: u16| NonZero::new(length).expect("not 0");
    let mut parser = vt100::Parser::new(side(HEIGHT), side(WIDTH), 0);
    parser.process(said);
    let rows = parser.screen().rows(from, WIDTH - from);
    rows.map(|row| row.trim_end().to_owned()).collect()
}

/// A chat with one sequence in each message.
fn chat(sequences: &[String]) -> String {
    let mut text = String::new();
    for (at, sequence) in sequences.iter().enumerate() {
        let (day, hour, minute) = (13 + at / 1440, at / 60 % 24, at % 60);
        let _ = writeln!(
            text,
            "{day:02}/03/2021, {hour:02}:{minute:02} - Ann: {sequence} {TAIL} row{at:05}"
        );
    }
    text
}

/// How many rows stand elsewhere in tmux where nobody sees to it, of as many as a screen has: what
/// the rows of docket's would show if it did not.
fn moved(sequences: &[String], tally: &Tally) -> Result<(), String> {
    let desk = Desk::empty();
    let step = sequences.len() / usize::from(HEIGHT - 1);
    let some = sequences.iter().step_by(step.max(1));
    let some = some.take(usize::from(HEIGHT - 1));
    let text: String = some.map(|one| format!("{one} {TAIL}\n")).collect();
    fs::write(desk.path("rows"), text).map_err(|error| error.to_string())?;
    let tmux = Tmux::start(desk, "sh -c 'cat rows; sleep 60'")?;
    let (_, said) = tmux.settled()?;
    let (of_tmux, wanted) = (tmux.columns(12)?, expected(&said, 12));
    let is_moved = |(found, wanted): &(&String, &String)| found != wanted;
    let moved = of_tmux.iter().zip(&wanted).filter(is_moved).count();
    tally.add("of 49 rows of cat's stand elsewhere in tmux", moved as u64);
    Ok(())
}

/// Goes through all rows.
///
/// # Errors
/// The first row that stands elsewhere, or what kept the rows from being seen.
pub fn rows(level: Level, tally: &Tally) -> Result<(), String> {
    if Command::new("tmux").arg("-V").output().is_err() {
        tally.one("not tried: rows of emoji, there is no tmux here");
        return Ok(());
    }
    let mut sequences = emoji();
    // A part of all kinds where there is little time.
    let step = level.of(sequences.len().div_ceil(400), 1);
    sequences = sequences.into_iter().step_by(step).collect();
    let desk = Desk::empty();
    let path = desk.chat("Quay works");
    fs::write(&path, chat(&sequences)).map_err(|error| error.to_string())?;
    desk.run(&["import", &path]).done("import")?;
    reviewed(&desk, sequences.len() as u64)?;
    moved(&sequences, tally)?;
    let tmux = Tmux::start(desk, &format!("{} review", program().display()))?;
    let begun = Instant::now();
    while !tmux.tell(&["capture-pane", "-p"])?.contains("row0") {
        if begun.elapsed() > PATIENCE {
            return Err("the review does not come".into());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    tmux.tell(&["send-keys", "g", "g"])?;
    let mut seen = BTreeSet::new();
    let (mut last, mut rests) = (String::new(), 0);
    // At the end a page down changes nothing; on a busy machine it may take a while to come.
    while seen.len() < sequences.len() && rests < 50 {
        let (shown, said) = tmux.settled()?;
        // Behind the widest emoji, before the end of what stands behind it.
        let edge = shown
            .lines()
            .find_map(|row| row.find("abcdef").map(|_| row))
            .and_then(|row| row.split(TAIL).next())
            .map_or(40, |before| before.chars().count() as u16 + 12);
        let (of_tmux, wanted) = (tmux.columns(edge)?, expected(&said, edge));
        for (at, wanted) in wanted.iter().enumerate() {
            let found = of_tmux.get(at).map_or("", String::as_str);
            if found != wanted {
                return Err(format!(
                    "row {at} of the screen, from column {edge}: tmux has {found:?}, docket put {wanted:?} ({:?})",
                    shown.lines().nth(at).unwrap_or_default()
                ));
            }
            let number = wanted.split("row").nth(1).and_then(|rest| rest.get(..5));
            seen.extend(number.and_then(|number| number.parse::<usize>().ok()));
        }
        tmux.tell(&["send-keys", "NPage"])?;
        rests = if shown == last { rests + 1 } else { 0 };
        last = shown;
    }
    tally.add("sequences of emoji", sequences.len() as u64);
    tally.add("rows held against tmux's cells", seen.len() as u64);
    match (0..sequences.len()).find(|at| !seen.contains(at)) {
        None => Ok(()),
        Some(at) => Err(format!(
            "{} of {} rows were seen; not {at}, {:?}",
            seen.len(),
            sequences.len(),
            sequences[at]
        )),
    }
}
