//! A row of the scorecard: its trials, two at a time on two cores, what they counted, and the line
//! that is printed of it.

use crate::dice::Dice;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Set in the environment of this program's own children.
pub const CHILD: &str = "TORTURE_CHILD";

/// Faults of a row that are printed; the others are counted.
const SHOWN: usize = 8;

/// Trials that one child of a row apart does, one after the other.
const BATCH: u64 = 250;

/// A row of fewer trials than this is always made whole.
const FEW: u64 = 10;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every change is held against.
    Ci,
    /// What a release is held against.
    Release,
}

impl Level {
    /// The level of this name.
    pub fn named(name: &str) -> Option<Level> {
        [Level::Ci, Level::Release]
            .into_iter()
            .find(|level| level.name() == name)
    }

    /// As it is given on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Level::Ci => "ci",
            Level::Release => "release",
        }
    }

    /// The first at `ci`, the second at `release`.
    pub fn of<T>(self, ci: T, release: T) -> T {
        match self {
            Level::Ci => ci,
            Level::Release => release,
        }
    }
}

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much is tried.
    pub level: Level,
    /// What all trials are drawn from.
    pub seed: u64,
    /// How many trials at once.
    pub jobs: usize,
    /// The first so many in a hundred of each row's trials.
    pub share: u64,
    /// One row alone.
    pub row: Option<String>,
    /// One trial of it alone.
    pub trial: Option<u64>,
    /// Where the table goes.
    pub table: Option<PathBuf>,
    /// These trials, in this process, as its parent asked for.
    pub apart: Option<(u64, u64)>,
}

impl Options {
    /// Without any.
    pub fn usual() -> Options {
        Options {
            level: Level::Ci,
            seed: 1,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            share: 100,
            row: None,
            trial: None,
            table: None,
            apart: None,
        }
    }

    /// Whether a row is to be run.
    pub fn is_wanted(&self, row: &str) -> bool {
        self.row.as_deref().is_none_or(|wanted| wanted == row)
    }
}

/// What the trials of a row counted, by what it is a number of.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    /// Adds to a number.
    pub fn add(&self, what: &str, count: u64) {
        *self.0.lock().unwrap().entry(what.to_owned()).or_default() += count;
    }

    /// Raises a number to at least this. Its name begins with `most`.
    pub fn most(&self, what: &str, value: u64) {
        let mut all = self.0.lock().unwrap();
        let kept = all.entry(what.to_owned()).or_default();
        *kept = value.max(*kept);
    }

    /// One more.
    pub fn one(&self, what: &str) {
        self.add(what, 1);
    }

    fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The trials of a row, ready to be made.
pub trait Trials: Send + Sync {
    /// How many there are.
    fn count(&self) -> u64;
    /// Makes one. What it says is what is wrong.
    fn run(&self, trial: u64, dice: Dice, tally: &Tally) -> Result<(), String>;
}

/// Why trials could not be made ready.
#[derive(Debug)]
pub enum Lack {
    /// This machine lacks what they need; that is no fault.
    Here(String),
    /// Something is wrong already.
    Fault(String),
}

impl From<String> for Lack {
    fn from(fault: String) -> Lack {
        Lack::Fault(fault)
    }
}

/// A row of the scorecard.
pub struct Row {
    /// Its number there: `S4`.
    pub number: &'static str,
    /// What is tried, in a few words.
    pub about: &'static str,
    /// The scorecard's figure for a first public release.
    pub goal: &'static str,
    /// Longer than this is a hang: at `ci`, at `release`, in seconds.
    pub limit: (u64, u64),
    /// Whether the trials run in processes of their own, because they may end theirs.
    pub apart: bool,
    /// Makes the trials ready; says what is lacking where they cannot be made here.
    pub ready: fn(&Options) -> Result<Box<dyn Trials>, Lack>,
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was wrong.
    Passed,
    /// Something was.
    Failed,
    /// It cannot be tried here.
    Skipped,
}

/// What came of a row.
#[derive(Debug)]
pub struct Told {
    number: &'static str,
    about: &'static str,
    goal: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    said: String,
    bad: u64,
    spent: Duration,
    /// What was wrong, with the command that repeats it.
    pub faults: Vec<String>,
}

impl Told {
    /// The row's line.
    pub fn line(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "skipped",
        };
        let bad = match self.outcome {
            Outcome::Skipped => String::new(),
            _ => format!("; {} faults", self.bad),
        };
        format!(
            "{:<4} {outcome:<7} {}: {}{bad} ({} s)",
            self.number,
            self.about,
            self.said,
            self.spent.as_secs()
        )
    }
}

impl Row {
    /// Makes all trials, or the one that is asked for.
    pub fn run(&self, options: &Options) -> Told {
        let started = Instant::now();
        let mut told = Told {
            number: self.number,
            about: self.about,
            goal: self.goal,
            outcome: Outcome::Passed,
            said: String::new(),
            bad: 0,
            spent: Duration::ZERO,
            faults: Vec::new(),
        };
        let trials = match (self.ready)(options) {
            Ok(trials) => trials,
            Err(lack) => {
                (told.outcome, told.said) = match lack {
                    Lack::Here(lacking) => (Outcome::Skipped, lacking),
                    Lack::Fault(fault) => (Outcome::Failed, fault),
                };
                told.bad = u64::from(told.outcome == Outcome::Failed);
                told.spent = started.elapsed();
                return told;
            }
        };
        let limit = Duration::from_secs(options.level.of(self.limit.0, self.limit.1));
        let run = Arc::new(Run::new(self, options, trials));
        let (ended, end) = channel();
        for _ in 0..options.jobs {
            let (run, ended) = (run.clone(), ended.clone());
            std::thread::spawn(move || {
                run.work();
                let _ = ended.send(());
            });
        }
        let mut is_late = false;
        for _ in 0..options.jobs {
            let left = limit.saturating_sub(started.elapsed());
            if let Err(RecvTimeoutError::Timeout) = end.recv_timeout(left) {
                is_late = true;
            }
        }
        run.stop();
        let faults = run.faults.lock().unwrap().clone();
        let mut wrong: Vec<(u64, String)> = faults.into_iter().collect();
        told.bad = wrong.len() as u64 + u64::from(is_late);
        if is_late {
            let at = run.under_way.lock().unwrap().clone();
            told.faults.push(format!(
                "not done after {} s, at trials {at:?}; again: {}",
                limit.as_secs(),
                self.again(options, at.first().copied())
            ));
        }
        let more = wrong.split_off(wrong.len().min(SHOWN));
        for (trial, fault) in wrong {
            told.faults.push(format!(
                "{fault}\n        again: {}",
                self.again(options, Some(trial))
            ));
        }
        if !more.is_empty() {
            let trials: Vec<u64> = more.iter().map(|(trial, _)| *trial).take(20).collect();
            told.faults
                .push(format!("and {} more, at trials {trials:?} ...", more.len()));
        }
        if told.bad > 0 {
            told.outcome = Outcome::Failed;
        }
        let counted: Vec<String> = run
            .tally
            .take()
            .into_iter()
            .map(|(what, count)| format!("{} {what}", grouped(count)))
            .collect();
        told.said = counted.join(", ");
        told.spent = started.elapsed();
        told
    }

    fn again(&self, options: &Options, trial: Option<u64>) -> String {
        let trial = trial.map_or(String::new(), |trial| format!(" --trial {trial}"));
        format!(
            "cargo torture --level {} --seed {} --row {}{trial}",
            options.level.name(),
            options.seed,
            self.number
        )
    }

    /// Makes these trials in this process and tells its parent of each, line by line.
    pub fn be_apart(&self, options: &Options, from: u64, until: u64) -> ExitCode {
        let Ok(trials) = (self.ready)(options) else {
            return ExitCode::FAILURE;
        };
        let mut out = std::io::stdout();
        let mut tell = |line: String| {
            let _ = writeln!(out, "{line}");
            let _ = out.flush();
        };
        let tally = Tally::default();
        for trial in from..until {
            tell(format!("begin {trial}"));
            let fault = one(self, options, trials.as_ref(), trial, &tally);
            if let Err(fault) = fault {
                tell(format!("fault {trial} {}", fault.replace('\n', " / ")));
            }
            for (what, count) in tally.take() {
                tell(format!("count {count} {what}"));
            }
        }
        ExitCode::SUCCESS
    }
}

/// One trial; a panic is a fault like others.
fn one(
    row: &Row,
    options: &Options,
    trials: &dyn Trials,
    trial: u64,
    tally: &Tally,
) -> Result<(), String> {
    let dice = Dice::of(options.seed, row.number, trial);
    catch_unwind(AssertUnwindSafe(|| trials.run(trial, dice, tally))).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", said.unwrap_or_default()))
    })
}

/// A row under way.
struct Run {
    number: &'static str,
    is_apart: bool,
    row: &'static Row,
    options: Options,
    trials: Box<dyn Trials>,
    until: u64,
    next: AtomicU64,
    tally: Tally,
    faults: Mutex<BTreeMap<u64, String>>,
    under_way: Mutex<Vec<u64>>,
    children: Mutex<Vec<u32>>,
}

impl Run {
    fn new(row: &Row, options: &Options, trials: Box<dyn Trials>) -> Run {
        let row = crate::ROWS
            .iter()
            .find(|known| known.number == row.number)
            .expect("a row of the list");
        let (from, until) = match options.trial {
            Some(trial) => (trial, trial + 1),
            None if trials.count() < FEW => (0, trials.count()),
            None => (0, (trials.count() * options.share).div_ceil(100)),
        };
        Run {
            number: row.number,
            is_apart: row.apart,
            row,
            options: options.clone(),
            trials,
            until,
            next: AtomicU64::new(from),
            tally: Tally::default(),
            faults: Mutex::default(),
            under_way: Mutex::default(),
            children: Mutex::default(),
        }
    }

    fn fault(&self, trial: u64, fault: String) {
        self.faults.lock().unwrap().insert(trial, fault);
    }

    fn work(&self) {
        let step = if self.is_apart { BATCH } else { 1 };
        loop {
            let trial = self.next.fetch_add(step, Ordering::SeqCst);
            if trial >= self.until {
                return;
            }
            if self.is_apart {
                self.apart(trial, (trial + step).min(self.until));
                continue;
            }
            self.under_way.lock().unwrap().push(trial);
            let made = one(
                self.row,
                &self.options,
                self.trials.as_ref(),
                trial,
                &self.tally,
            );
            if let Err(fault) = made {
                self.fault(trial, fault);
            }
            self.under_way
                .lock()
                .unwrap()
                .retain(|other| *other != trial);
        }
    }

    /// These trials in a child; where it ends before the last, the one under way is a fault, and
    /// another child goes on behind it.
    fn apart(&self, mut from: u64, until: u64) {
        while from < until {
            let Ok((mut child, lines)) = self.child(from, until) else {
                return self.fault(from, "no child can be started".into());
            };
            self.children.lock().unwrap().push(child.id());
            let mut at = from;
            for line in lines.map_while(Result::ok) {
                let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
                let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let number: u64 = number.parse().unwrap_or_default();
                match word {
                    "begin" => {
                        let mut under_way = self.under_way.lock().unwrap();
                        under_way.retain(|other| *other != at);
                        at = number;
                        under_way.push(at);
                    }
                    "fault" => self.fault(number, rest.to_owned()),
                    "count" if rest.starts_with("most") => self.tally.most(rest, number),
                    "count" => self.tally.add(rest, number),
                    _ => {}
                }
            }
            self.under_way.lock().unwrap().retain(|other| *other != at);
            let ended = child.wait();
            self.children.lock().unwrap().retain(|id| *id != child.id());
            if ended.as_ref().is_ok_and(std::process::ExitStatus::success) {
                return;
            }
            let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            self.fault(at, format!("{}: the process ended: {how}", self.number));
            from = at + 1;
        }
    }

    fn child(
        &self,
        from: u64,
        until: u64,
    ) -> std::io::Result<(Child, std::io::Lines<impl BufRead + use<>>)> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--level", self.options.level.name(), "--row", self.number])
            .args(["--seed", &self.options.seed.to_string()])
            .args(["--apart", &format!("{from}..{until}")])
            .env(CHILD, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Ok((child, lines))
    }

    /// Begins no more trials, and ends the children.
    fn stop(&self) {
        self.next.store(u64::MAX / 2, Ordering::SeqCst);
        for id in self.children.lock().unwrap().iter() {
            if let Some(id) = rustix::process::Pid::from_raw(*id as i32) {
                let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            }
        }
    }
}

/// A number as people read it.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The kernel that runs here, and its machine.
pub fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{system} {} {machine}", release.trim())
}

/// All rows as a table, for `docs/torture.md`.
pub fn table(rows: &[Told], options: &Options, spent: Duration) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "Level `{}`, {} % of its trials, seed {}, {}, {} at once, {} s.\n\n| row | tried | counted | faults | scorecard | s |\n|---|---|---|---|---|---|",
        options.level.name(),
        options.share,
        options.seed,
        kernel(),
        options.jobs,
        spent.as_secs()
    );
    let mut rows: Vec<&Told> = rows.iter().collect();
    rows.sort_by_key(|told| told.number[1..].parse::<u32>().unwrap_or_default());
    for told in rows {
        let bad = match told.outcome {
            Outcome::Skipped => "skipped".to_owned(),
            _ => grouped(told.bad),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {bad} | {} | {} |",
            told.number,
            told.about,
            told.said,
            told.goal,
            told.spent.as_secs()
        );
    }
    text
}
