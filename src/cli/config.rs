//! `docket config`, `docket config check [FILE]`, `docket config path`; and how every command comes by
//! the settings.

use super::out::{Column, Out, note};
use super::{End, Failure};
use crate::settings::{Fault, Row, Settings};
use crate::text::Shown;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[cfg(feature = "tui")]
use crate::tui::keymap::Keymap;

/// Without a screen there are no keys.
#[cfg(not(feature = "tui"))]
type Keymap = ();

/// The variable that names the settings file.
const VARIABLE: &str = "DOCKET_CONFIG";
/// A file of more bytes is no settings file.
const LARGEST: u64 = 1 << 20;

/// Show your settings and where each comes from, or check the file
///
/// Settings are yours, not the case's: keys, theme, columns, date form, letters.
/// Each serves the review screen; those that serve both hold for the commands
/// too, some of them once the file sets them.
/// They stand in settings.toml in your settings folder, or in the file that
/// DOCKET_CONFIG names (empty: none). docs/settings.md explains each. A file
/// with a mistake is not taken at all: docket says so and goes on with the
/// defaults.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket config
  docket config check
  docket config check new-settings.toml
  docket config path")]
pub struct Config {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Check a settings file; without FILE, yours
    #[command(after_help = "\
Examples:
  docket config check
  docket config check new-settings.toml")]
    Check {
        /// The file
        file: Option<PathBuf>,
    },
    /// Print where your settings file is, or would be
    #[command(after_help = "\
Examples:
  docket config path
  ${EDITOR:-vi} \"$(docket config path)\"")]
    Path,
}

/// A setting, for programs.
#[derive(Serialize)]
struct Setting<'a> {
    setting: &'a str,
    value: serde_json::Value,
    file: Option<String>,
    line: Option<u32>,
    serves: &'static str,
}

/// What a check found, for programs.
#[derive(Serialize)]
struct Checked {
    file: String,
    line: Option<u32>,
    fault: Option<String>,
}

/// Where the file is, for programs.
#[derive(Serialize)]
struct Place {
    file: String,
    exists: bool,
}

impl Config {
    /// Shows, checks, or tells the place.
    pub fn run(self, out: &mut Out) -> Result<End, Failure> {
        match self.what {
            None => show(out),
            Some(What::Check { file }) => check(file, out),
            Some(What::Path) => path(out),
        }
    }
}

fn show(out: &mut Out) -> Result<End, Failure> {
    let taken = Taken::now();
    let file = taken.file.as_ref().map(|file| file.display().to_string());
    let rows = taken.rows();
    if out.json {
        for row in &rows {
            out.object(&Setting {
                setting: &row.name,
                value: serde_json::from_str(&row.value).map_err(Failure::refused)?,
                file: file.clone().filter(|_| row.line.is_some()),
                line: row.line,
                serves: row.serves.name(),
            })?;
        }
    } else {
        out.line(&match &file {
            None => "No settings file is used; these are the defaults.".to_owned(),
            Some(file) if !taken.faults.is_empty() => {
                format!("{file} has mistakes and is not taken; these are the defaults.")
            }
            Some(file) if !taken.exists => {
                format!("{file} is not there; these are the defaults.")
            }
            Some(file) => format!("Settings of {file}:"),
        })?;
        let rows: Vec<Vec<Shown>> = rows
            .iter()
            .map(|row| {
                let from = match row.line {
                    Some(line) => format!("line {line}"),
                    None => "default".to_owned(),
                };
                vec![
                    Shown::line(&row.name),
                    Shown::line(&from),
                    Shown::line(row.serves.name()),
                    Shown::line(&row.value),
                ]
            })
            .collect();
        let columns = [
            Column::text("setting"),
            Column::text("from"),
            Column::text("serves"),
            Column::text("value"),
        ];
        out.table(&columns, &rows)?;
    }
    Ok(taken.told())
}

fn check(file: Option<PathBuf>, out: &mut Out) -> Result<End, Failure> {
    let taken = match file {
        Some(file) => {
            if !file.exists() {
                return Err(Failure::Refused(format!(
                    "{}: no such file; docket config path names yours",
                    file.display()
                )));
            }
            Taken::of(file)
        }
        None => Taken::now(),
    };
    let Some(file) = &taken.file else {
        out.line("No settings file is used; the defaults hold.")?;
        return Ok(End::Done);
    };
    let file = file.display().to_string();
    if out.json {
        let checked = |fault: Option<&Fault>| Checked {
            file: file.clone(),
            line: fault.map(|fault| fault.line).filter(|line| *line > 0),
            fault: fault.map(|fault| fault.words.clone()),
        };
        for fault in &taken.faults {
            out.object(&checked(Some(fault)))?;
        }
        if taken.faults.is_empty() {
            out.object(&checked(None))?;
        }
    } else {
        for fault in &taken.faults {
            out.line(&at(&file, fault))?;
        }
        if taken.faults.is_empty() && taken.exists {
            let own = taken.rows().iter().filter(|row| row.line.is_some()).count();
            out.line(&format!("{file}: ok, {own} of your own"))?;
        } else if taken.faults.is_empty() {
            out.line(&format!("{file}: not there; the defaults hold"))?;
        }
    }
    Ok(if taken.faults.is_empty() {
        End::Done
    } else {
        End::Exceptions
    })
}

fn path(out: &mut Out) -> Result<End, Failure> {
    let file = named().ok_or_else(|| {
        Failure::Refused(format!(
            "no settings file is used; give {VARIABLE} the name of one"
        ))
    })?;
    if out.json {
        let place = Place {
            file: file.display().to_string(),
            exists: file.exists(),
        };
        out.object(&place)?;
    } else {
        out.shown(&Shown::path(&file))?;
    }
    Ok(End::Done)
}

/// `FILE:LINE: what is wrong`, as editors jump to it.
fn at(file: &str, fault: &Fault) -> String {
    match fault.line {
        0 => format!("{file}: {}", fault.words),
        line => format!("{file}:{line}: {}", fault.words),
    }
}

/// The settings file: what the variable names, or the one of this platform. `None` where there is no
/// home, or the variable is empty.
fn named() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(name) if name.is_empty() => None,
        Some(name) => Some(name.into()),
        None => Settings::own_file(),
    }
}

/// The settings that hold, and what is wrong with the file if they are the defaults for that.
pub struct Taken {
    file: Option<PathBuf>,
    exists: bool,
    /// What the person set, or the defaults.
    pub settings: Settings,
    /// The keys that they give.
    pub keymap: Keymap,
    faults: Vec<Fault>,
}

impl Taken {
    /// Those of this person, now.
    pub fn now() -> Taken {
        match named() {
            Some(file) => Taken::of(file),
            None => Taken::defaults(None),
        }
    }

    fn defaults(file: Option<PathBuf>) -> Taken {
        Taken {
            file,
            exists: false,
            settings: Settings::default(),
            keymap: Keymap::default(),
            faults: Vec::new(),
        }
    }

    fn of(file: PathBuf) -> Taken {
        let text = read(&file);
        let mut taken = Taken::defaults(Some(file));
        let text = match text {
            // The platform's file need not be there; one that was chosen should be.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if taken.file != Settings::own_file() {
                    taken.faults = whole("no such file".to_owned());
                }
                return taken;
            }
            Err(error) => Err(whole(format!("it cannot be read: {error}"))),
            Ok(text) => Ok(text),
        };
        taken.exists = true;
        #[cfg_attr(not(feature = "tui"), allow(unused_mut))]
        let mut keymap = Keymap::default();
        let read = text.and_then(|text| {
            Settings::read(&text, |keys| {
                #[cfg(feature = "tui")]
                match Keymap::of(keys) {
                    Ok(given) => keymap = given,
                    Err(faults) => return faults,
                }
                #[cfg(not(feature = "tui"))]
                let _ = keys;
                Vec::new()
            })
        });
        match read {
            Ok(settings) => {
                taken.settings = settings;
                taken.keymap = keymap;
            }
            Err(faults) => taken.faults = faults,
        }
        taken
    }

    fn rows(&self) -> Vec<Row> {
        #[cfg_attr(not(feature = "tui"), allow(unused_mut))]
        let mut rows = self.settings.rows();
        #[cfg(feature = "tui")]
        rows.extend(self.keymap.rows());
        rows
    }

    /// Why the file is not taken, in one line.
    pub fn fault(&self) -> Option<String> {
        let (file, first) = (self.file.as_ref()?, self.faults.first()?);
        let more = match self.faults.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        let file = file.display().to_string();
        Some(format!(
            "settings not taken: {}{more}; the defaults hold, docket config check tells all",
            at(&file, first)
        ))
    }

    /// Says on standard error why the file is not taken, if so.
    pub fn told(&self) -> End {
        match self.fault() {
            Some(fault) => {
                note(&fault);
                End::Exceptions
            }
            None => End::Done,
        }
    }
}

fn whole(words: String) -> Vec<Fault> {
    vec![Fault { line: 0, words }]
}

fn read(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    let wrong = |words: &str| io::Error::new(io::ErrorKind::InvalidData, words);
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("it is larger than a mebibyte"));
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))
}
