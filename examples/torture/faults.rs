//! S6: any one call to the disk fails, once or from then on, and nothing is lost, nothing hangs,
//! and nothing is called done that is not.
//!
//! `faults.c` is compiled when the row begins and loaded before the system's own library. What it
//! cannot see stays untried: mapped pages, and calls past the library.

use crate::desk::{Decided, Desk, Ran, finish, scratch, start};
use crate::dice::Dice;
use crate::made::Made;
use crate::row::{Lack, Options, Row, Tally, Trials};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub const ROW: Row = Row {
    number: "S6",
    about: "one call to the disk fails, in import, tag, undo, bundle, rebuild, status, backup, restore, purge",
    goal: "500 faults in CI, 5,000 at a release; 0 panics, hangs, bad stores, silent successes",
    limit: (600, 7200),
    apart: false,
    ready,
};

/// What the library is loaded from, and the case that a command begins and should end with.
struct Job {
    command: &'static [&'static str],
    /// What it makes beside the case.
    makes: Option<Made>,
    begin: Desk,
    before: Decided,
    after: Decided,
}

/// One call that fails.
#[derive(Clone, Copy, Debug)]
struct Fault {
    job: usize,
    call: &'static str,
    at: u64,
    stays: bool,
    error: (i32, &'static str),
}

struct Faults {
    library: PathBuf,
    _folder: TempDir,
    jobs: Vec<Job>,
    /// In the order in which they are tried: drawn once.
    faults: Vec<Fault>,
    count: u64,
}

/// What works on the case itself.
const COMMANDS: [&[&str]; 5] = [
    &["--json", "import", "WhatsApp Chat with North office.txt"],
    &["--json", "tag", "official", "train", "--yes"],
    &["--json", "undo"],
    &["rebuild"],
    &["--json", "status"],
];

/// By their numbers on Linux.
const ERRORS: [(i32, &str); 3] = [(28, "ENOSPC"), (5, "EIO"), (122, "EDQUOT")];

const CALLS: [&str; 9] = [
    "open", "read", "write", "short", "sync", "rename", "unlink", "mkdir", "truncate",
];

/// The library of `faults.c`.
fn library(folder: &Path) -> Result<PathBuf, Lack> {
    let library = folder.join("faults.so");
    let source = crate::desk::root().join("examples/torture/faults.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output();
    match compiled {
        Ok(ran) if ran.status.success() && cfg!(target_os = "linux") => Ok(library),
        _ => Err(Lack::Here(
            "no C compiler that makes a library to load first".into(),
        )),
    }
}

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let library = library(folder.path())?;
    let open = Desk::usual()?;
    Made::prepare(&open)?;
    let decided = open.again();
    decided
        .run(&["tag", "official", "", "--yes"])
        .done("tag all")?;
    let mut all = Faults {
        library,
        _folder: folder,
        jobs: Vec::new(),
        faults: Vec::new(),
        count: 0,
    };
    let alone = COMMANDS.into_iter().map(|command| (command, None));
    let making = Made::ALL.map(|made| (made.command(), Some(made)));
    for (job, (command, makes)) in alone.chain(making).enumerate() {
        let begin = match makes {
            Some(Made::Bag) => decided.again(),
            _ => open.again(),
        };
        let desk = begin.again();
        let count = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let mut counted = all.loaded(&desk, command);
        counted.env("FAULT_COUNT", count.path());
        finish(start(counted), None).done("a command that nothing disturbs")?;
        let counts = fs::read_to_string(count.path()).unwrap_or_default();
        let calls = |call: &str| -> u64 {
            let of = |line: &str| line.strip_prefix(call)?.trim().parse().ok();
            counts.lines().filter_map(of).max().unwrap_or_default()
        };
        if calls("read") == 0 {
            return Err(Lack::Here("the library is not loaded first here".into()));
        }
        all.jobs.push(Job {
            command,
            makes,
            before: begin.decided()?,
            begin,
            after: desk.decided()?,
        });
        for call in CALLS {
            // A write that finds half the room is counted where it would be tried.
            let times = calls(if call == "short" { "write" } else { call });
            for at in 0..times {
                for stays in [false, true] {
                    for error in ERRORS {
                        all.faults.push(Fault {
                            job,
                            call,
                            at,
                            stays,
                            error,
                        });
                    }
                }
            }
        }
    }
    all.faults = in_turn(all.faults, all.jobs.len(), options);
    let most = all.faults.len() as u64;
    all.count = options.level.of(500, 5000).min(most);
    Ok(Box::new(all))
}

/// The faults in an order that is drawn, one of each command in turn while it has any: the longest
/// command has most of them, and would have nearly all of the first.
fn in_turn(faults: Vec<Fault>, jobs: usize, options: &Options) -> Vec<Fault> {
    let mut dice = Dice::of(options.seed, "S6 order", 0);
    let mut of_job: Vec<Vec<Fault>> = vec![Vec::new(); jobs];
    for fault in faults {
        of_job[fault.job].push(fault);
    }
    for faults in &mut of_job {
        for at in (1..faults.len()).rev() {
            faults.swap(at, dice.place(at + 1));
        }
    }
    let most = of_job.iter().map(Vec::len).max().unwrap_or_default();
    (0..most)
        .flat_map(|at| {
            of_job
                .iter()
                .filter_map(move |faults| faults.get(at))
                .copied()
        })
        .collect()
}

impl Faults {
    /// A command with the library before the system's own.
    fn loaded(&self, desk: &Desk, command: &[&str]) -> Command {
        let mut loaded = desk.command(command);
        let under = fs::canonicalize(desk.path("")).expect("a folder that is there");
        loaded
            .env("LD_PRELOAD", &self.library)
            .env("FAULT_UNDER", under);
        loaded
    }
}

impl Trials for Faults {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, _: Dice, tally: &Tally) -> Result<(), String> {
        let Some(mut fault) = self.faults.get(trial as usize).copied() else {
            return Err("no such trial".into());
        };
        // No two runs make as many calls: one that this run did not make fails earlier in the next.
        while !self.once(fault, tally)? && fault.at > 0 {
            tally.one("calls not reached at first");
            fault.at /= 2;
        }
        Ok(())
    }
}

impl Faults {
    /// One command with one call that fails; tells whether it was made.
    fn once(&self, fault: Fault, tally: &Tally) -> Result<bool, String> {
        let job = &self.jobs[fault.job];
        let desk = job.begin.again();
        let told = scratch();
        let when = format!(
            "docket {}: {} {} fails {} with {}",
            job.command.join(" "),
            fault.call,
            fault.at,
            if fault.stays {
                "and all after it"
            } else {
                "once"
            },
            fault.error.1
        );
        let mut failing = self.loaded(&desk, job.command);
        failing
            .env("FAULT_CALL", fault.call)
            .env("FAULT_AT", fault.at.to_string())
            .env("FAULT_STAYS", u8::from(fault.stays).to_string())
            .env("FAULT_ERROR", fault.error.0.to_string())
            .env("FAULT_TOLD", told.path().join("told"));
        let ran = finish(start(failing), None);
        ran.sound(&when)?;
        let is_told = fs::metadata(told.path().join("told")).is_ok_and(|told| told.len() > 0);
        if is_told {
            tally.one("faults injected");
            tally.one(match ran.code {
                Some(0) => "outlived",
                _ => "told",
            });
        }
        self.holds(job, &desk, &ran, &when)?;
        Ok(is_told)
    }

    /// That what is there is what was told.
    fn holds(&self, job: &Job, desk: &Desk, ran: &Ran, when: &str) -> Result<(), String> {
        let now = desk
            .decided()
            .map_err(|fault| format!("{when}: then {fault}"))?;
        if now != job.before && now != job.after {
            return Err(format!(
                "{when}: decisions that nobody made, or half of them"
            ));
        }
        if matches!(ran.code, Some(0 | 1)) && now != job.after {
            return Err(format!("{when}: told as done, and it is not"));
        }
        desk.is_whole(when)?;
        if let Some(made) = job.makes {
            return made.comes_to_be(desk, ran.code == Some(0), when);
        }
        // On a sound disk it goes on as if nothing had been.
        if now == job.before && job.before != job.after {
            desk.run(job.command).done(when)?;
            if desk.decided()? != job.after {
                return Err(format!("{when}: done again, it does something else"));
            }
        }
        Ok(())
    }
}
