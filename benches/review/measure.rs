//! Clocks, middle values, and the table that is printed.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a measurement comes to.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Seconds of processor time that this process has used, all threads; Linux only.
pub fn cpu_seconds() -> Option<f64> {
    cpu_seconds_of("self")
}

/// The same of any process.
pub fn cpu_seconds_of(process: &str) -> Option<f64> {
    seconds_at(process, 11)
}

/// The same of all programs that this process has started and waited for, and of those that they
/// waited for; Linux only.
pub fn cpu_seconds_of_started() -> Option<f64> {
    seconds_at("self", 13)
}

/// Two fields that stand side by side, in user space and in the kernel's; the first is how many after
/// the program's name.
fn seconds_at(process: &str, field: usize) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program stands in brackets and may hold blanks.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(field);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    // Linux counts these in hundredths of a second on every platform it runs on.
    Some((user + system) / 100.0)
}

/// How often the threads of a process gave up the processor to wait for something, which is once
/// for each time that one of them woke; Linux only.
pub fn waits_of(process: &str) -> Option<u64> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut all = 0;
    for thread in threads {
        let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        all += line.trim().parse::<u64>().ok()?;
    }
    Some(all)
}

/// Megabytes that a process keeps of its own, not backed by a file; Linux only.
pub fn own_memory(process: &str) -> Option<f64> {
    memory_of(process).map(|(own, _)| own)
}

/// Megabytes that a process keeps of its own, and of files that it has mapped; Linux only.
pub fn memory_of(process: &str) -> Option<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    };
    Some((of("RssAnon:")?, of("RssFile:")?))
}

/// Processor and clock seconds of one run.
pub fn run<T>(job: impl FnOnce() -> Result<T>) -> Result<(T, f64, f64)> {
    let (cpu, clock) = (cpu_seconds(), Instant::now());
    let value = job()?;
    let clock = clock.elapsed().as_secs_f64();
    let cpu = cpu_seconds()
        .zip(cpu)
        .map_or(clock, |(after, before)| after - before);
    Ok((value, cpu, clock))
}

/// Runs docket's own program to its end, as a person does; its processor seconds with those of the
/// processes that read the exports for it, and clock seconds.
pub fn run_program(arguments: &[&OsStr]) -> Result<(f64, f64)> {
    let (cpu, clock) = (cpu_seconds_of_started(), Instant::now());
    let status = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(arguments)
        .env("DOCKET_CONFIG", "")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let clock = clock.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("docket {arguments:?} failed: {status}").into());
    }
    let cpu = cpu_seconds_of_started()
        .zip(cpu)
        .map_or(clock, |(after, before)| after - before);
    Ok((cpu, clock))
}

/// The middle and the second worst of a hundred of several runs, in milliseconds.
pub fn repeat(times: usize, mut job: impl FnMut(usize) -> Result<()>) -> Result<(f64, f64)> {
    let mut taken = Vec::with_capacity(times);
    for number in 0..times {
        let start = Instant::now();
        job(number)?;
        taken.push(start.elapsed());
    }
    taken.sort();
    Ok((part(&taken, 50), part(&taken, 99)))
}

/// The one of sorted times that so many of a hundred do not exceed, in milliseconds.
pub fn part(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len().saturating_sub(1)) * percent / 100;
    sorted
        .get(at)
        .map_or(0.0, |taken| taken.as_secs_f64() * 1000.0)
}

/// The middle one of some figures.
pub fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// One line of the table.
pub struct Row {
    /// What the person sees.
    pub what: String,
    /// What was measured.
    pub figure: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The most it may be, where there is a target.
    pub target: Option<f64>,
    /// What it is compared with, and the figure that took in this run.
    pub reference: String,
}

impl Row {
    /// Prints it.
    pub fn print(&self) {
        let verdict = match self.target {
            Some(target) if self.figure <= target => "pass",
            Some(_) => "FAIL",
            None => "",
        };
        let target = self.target.map_or(String::new(), |t| format!("<= {t}"));
        println!(
            "{:<46} {:>10} {:<6} {:>9} {:<5} {}",
            self.what,
            short(self.figure),
            self.unit,
            target,
            verdict,
            self.reference
        );
    }
}

/// A figure with three places that count.
pub fn short(figure: f64) -> String {
    if figure >= 100.0 {
        format!("{figure:.0}")
    } else if figure >= 10.0 {
        format!("{figure:.1}")
    } else if figure >= 0.1 || figure == 0.0 {
        format!("{figure:.2}")
    } else {
        format!("{figure:.4}")
    }
}
