//! S1: hostile files through every importer, asked and forced, and through the real program. Each
//! ends as imported, noted, set aside or refused, in bounded time and memory, and every byte of what
//! is read is in a message, in structure or in an exception (S2).

use crate::desk::{Desk, files, peak, root, scratch};
use crate::dice::Dice;
use crate::mutate::mutate;
use crate::row::{Lack, Options, Row, Tally, Trials};
use crate::targets;
use docket::import::{ALL, Export};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub const S1: Row = Row {
    number: "S1",
    about: "hostile files and seeded mutants of every format, by every importer and by the program",
    goal: "14,000 tried; 0 panics, aborts, over 5 s or 256 MB, stray files",
    limit: (600, 7200),
    apart: true,
    ready: ready_files,
};

pub const S2: Row = Row {
    number: "S2",
    about: "bytes read = bytes in messages, structure and exceptions, of clean and mutated exports together",
    goal: "0 bytes unaccounted",
    limit: (600, 7200),
    apart: false,
    ready: ready_balances,
};

/// The most that one reading may take of a processor, in milliseconds.
pub const TIME: u64 = 5000;
/// The most memory, in KiB.
const MEMORY: u64 = 256 * 1024;

/// Clean exports of every format, by their names.
pub fn clean() -> Vec<(String, Vec<u8>)> {
    let read = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, fs::read(&path).ok()?))
    };
    let all = files(&root().join("sample_exports")).into_iter();
    all.filter_map(read).collect()
}

/// Files that broke docket once, and must not again.
fn regressions() -> Vec<PathBuf> {
    files(&root().join("fuzz/regressions"))
}

struct Files {
    given: Vec<PathBuf>,
    mutants: u64,
    clean: Vec<(String, Vec<u8>)>,
    /// One in so many goes through the program too.
    program: u64,
    folder: TempDir,
}

fn ready_files(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let mut given = files(&root().join("../shared/hostile"));
    let mut dice = Dice::of(options.seed, "S1 order", 0);
    for at in (1..given.len()).rev() {
        given.swap(at, dice.place(at + 1));
    }
    given.truncate(options.level.of(150, usize::MAX));
    let given = regressions().into_iter().chain(given).collect();
    Ok(Box::new(Files {
        given,
        mutants: options.level.of(250, 5000),
        clean: clean(),
        program: options.level.of(10, 4),
        folder: scratch(),
    }))
}

/// Time that this thread had of a processor so far, in milliseconds.
pub fn time() -> u64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told
        .split(' ')
        .next()
        .and_then(|first| first.parse::<u64>().ok());
    nanoseconds.unwrap_or_default() / 1_000_000
}

impl Trials for Files {
    fn count(&self) -> u64 {
        self.mutants.max(self.given.len() as u64) * 2
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        // One of each in turn, so that a share of the trials has both.
        let given = match trial % 2 {
            0 => self.given.get(trial as usize / 2),
            _ => None,
        };
        let (name, bytes) = match given {
            Some(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                tally.one("given files");
                (
                    name.into_owned(),
                    fs::read(path).map_err(|error| error.to_string())?,
                )
            }
            None => {
                let at = trial as usize % self.clean.len();
                let (name, bytes) = &self.clean[at];
                let (_, other) = dice.one(&self.clean);
                tally.one("mutants");
                (name.clone(), mutate(bytes, other, &mut dice))
            }
        };
        let path = self.folder.path().join("given");
        fs::write(&path, &bytes).map_err(|error| error.to_string())?;
        match Export::from_file(&path, &name) {
            Ok(export) => {
                for importer in ALL {
                    let begun = time();
                    let reading = targets::read(*importer, &export)?;
                    let spent = time() - begun;
                    tally.one("readings");
                    tally.most("most ms of one reading", spent);
                    if let Some(reading) = reading {
                        tally.add("records", reading.records);
                    }
                    if spent > TIME {
                        return Err(format!("{name}: {} takes {spent} ms", importer.name()));
                    }
                }
            }
            Err(_) => tally.one("refused at the door"),
        }
        let memory = peak("/proc/self/status");
        tally.most("most MiB of the importers", memory / 1024);
        if memory > MEMORY {
            return Err(format!("{name}: {memory} KiB"));
        }
        match trial / 2 % self.program {
            0 => through_the_program(&name, &bytes, tally),
            _ => Ok(()),
        }
    }
}

/// As a person would load it.
fn through_the_program(name: &str, bytes: &[u8], tally: &Tally) -> Result<(), String> {
    let desk = Desk::empty();
    fs::create_dir(desk.path("in")).map_err(|error| error.to_string())?;
    let path = desk.path("in").join(name);
    fs::write(&path, bytes).map_err(|error| error.to_string())?;
    let ran = desk.run(&["--json", "import", &path.to_string_lossy()]);
    ran.sound(name)?;
    tally.one("loaded by the program");
    tally.most("most MiB of the program", ran.memory / 1024);
    if ran.memory > MEMORY {
        return Err(format!("{name}: docket import has {} KiB", ran.memory));
    }
    if ran.code == Some(3) && ran.err.trim().is_empty() {
        return Err(format!("{name}: refused without a word"));
    }
    let stray: Vec<PathBuf> = files(&desk.path(""))
        .into_iter()
        .filter(|file| !file.starts_with(&desk.case) && *file != path)
        .collect();
    if !stray.is_empty() {
        return Err(format!("{name}: stray files {stray:?}"));
    }
    match desk.case.exists() {
        true => desk.is_whole(name),
        false => Ok(()),
    }
}

struct Balances {
    count: u64,
    clean: Vec<(String, Vec<u8>)>,
    shared: Option<PathBuf>,
}

fn ready_balances(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let shared = root().join("../shared/samples");
    Ok(Box::new(Balances {
        count: options.level.of(12, 200),
        clean: clean(),
        shared: shared.is_dir().then_some(shared),
    }))
}

impl Trials for Balances {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let desk = Desk::empty();
        let folder = match (trial, &self.shared) {
            (0, _) => root().join("sample_exports"),
            (1, Some(shared)) => shared.clone(),
            _ => {
                let folder = desk.path("in");
                fs::create_dir(&folder).map_err(|error| error.to_string())?;
                for (name, bytes) in &self.clean {
                    let (_, other) = dice.one(&self.clean);
                    let bytes = match dice.once_in(3) {
                        true => bytes.clone(),
                        false => mutate(bytes, other, &mut dice),
                    };
                    fs::write(folder.join(name), bytes).map_err(|error| error.to_string())?;
                }
                folder
            }
        };
        let ran = desk.run(&["--json", "import", &folder.to_string_lossy()]);
        ran.sound("import")?;
        let log = desk.entries()?;
        let mut sources = 0;
        for source in log
            .iter()
            .filter_map(|entry| entry["sources"].as_array())
            .flatten()
        {
            let balance = |part: &str| source["balance"][part].as_u64().unwrap_or_default();
            let parts = ["in_messages", "in_structure", "in_exceptions"].map(balance);
            let read = balance("bytes");
            sources += 1;
            tally.add("bytes read", read);
            for (what, part) in ["in messages", "in structure", "in exceptions"]
                .iter()
                .zip(parts)
            {
                tally.add(&format!("bytes {what}"), part);
            }
            if read != parts.iter().sum::<u64>() {
                return Err(format!(
                    "{}: {read} bytes are not {parts:?}",
                    source["name"]
                ));
            }
        }
        tally.add("exports", sources);
        if sources == 0 {
            return Err("nothing was loaded".into());
        }
        desk.is_whole("then")
    }
}
