//! Tries to break docket, and says how often it tried: `cargo torture --level ci|release --seed N`.
//!
//! One line for each row of the scorecard, and `N passed, N failed` last. A row is a number of
//! trials, each drawn from the seed, the row and its own number alone; so a fault is told with the
//! one command that repeats it. A row that takes longer than its limit has failed: a hang is a
//! fault. Where the machine lacks what a row needs, the row is skipped and says why.
//!
//! The real program is driven as it lies beside this one in `target/`; nothing is built twice.

// This is a test: what it cannot go on after ends it, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)]

mod columns;
mod cut;
mod damage;
mod desk;
mod dice;
mod faults;
mod fuzz;
mod hostile;
mod kill;
mod leaks;
mod made;
mod mount;
mod mutate;
mod power;
mod row;
mod screen;
mod sessions;
mod suite;
mod supply;
#[path = "../../fuzz/targets.rs"]
mod targets;
mod terminal;

use row::{Level, Options, Outcome};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The rows, in the order in which they are made: what is quick first, the suite's own tests last.
const ROWS: &[row::Row] = &[
    supply::ROW,
    leaks::ROW,
    hostile::S1,
    hostile::S2,
    fuzz::ROW,
    kill::ROW,
    power::ROW,
    faults::ROW,
    damage::ROW,
    sessions::ROW,
    terminal::ROW,
    suite::S3,
    suite::S10,
    suite::S13,
];

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(wrong) => {
            println!("torture: {wrong}");
            println!(
                "usage: cargo torture [--level ci|release] [--seed N] [--row S4 [--trial N]] [--share PERCENT] [--jobs N] [--table FILE]"
            );
            return ExitCode::from(2);
        }
    };
    if let Err(fault) = built() {
        println!("torture: {fault}");
        return ExitCode::FAILURE;
    }
    if let Some((from, until)) = options.apart {
        return match ROWS.iter().find(|row| options.is_wanted(row.number)) {
            Some(row) => row.be_apart(&options, from, until),
            None => ExitCode::from(2),
        };
    }
    let started = Instant::now();
    println!(
        "level {}, seed {}, {} at once, {}",
        options.level.name(),
        options.seed,
        options.jobs,
        row::kernel()
    );
    let mut done = Vec::new();
    for row in ROWS.iter().filter(|row| options.is_wanted(row.number)) {
        let told = row.run(&options);
        println!("{}", told.line());
        for fault in &told.faults {
            println!("    {fault}");
        }
        done.push(told);
    }
    if let Some(path) = &options.table {
        let table = row::table(&done, &options, started.elapsed());
        if let Err(error) = std::fs::write(path, table) {
            println!("torture: {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    let count = |outcome: Outcome| done.iter().filter(|told| told.outcome == outcome).count();
    if count(Outcome::Skipped) > 0 {
        println!("{} skipped", count(Outcome::Skipped));
    }
    println!(
        "{} passed, {} failed",
        count(Outcome::Passed),
        count(Outcome::Failed)
    );
    match count(Outcome::Failed) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::usual();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} needs a value"))?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{name} {value}: no number"))
        };
        match name.as_str() {
            "--level" => {
                options.level = Level::named(&value).ok_or(format!("no level {value}"))?;
            }
            "--seed" => options.seed = number()?,
            "--share" => options.share = number()?.clamp(1, 100),
            "--jobs" => options.jobs = number()?.max(1) as usize,
            "--trial" => options.trial = Some(number()?),
            "--table" => options.table = Some(value.into()),
            "--row" => options.row = Some(value.to_ascii_uppercase()),
            "--apart" => {
                let (from, until) = value.split_once("..").ok_or("from..until")?;
                let end = |text: &str| text.parse().map_err(|_| format!("{text}: no number"));
                options.apart = Some((end(from)?, end(until)?));
            }
            _ => return Err(format!("{name}: not known")),
        }
    }
    if options.trial.is_some() && options.row.is_none() {
        return Err("--trial needs --row".into());
    }
    if let Some(row) = &options.row
        && !ROWS.iter().any(|known| known.number == row)
    {
        return Err(format!("no row {row}"));
    }
    Ok(options)
}

/// Sees to it that the program beside this one is of the same source, where Cargo started this one.
fn built() -> Result<(), String> {
    if let Some(cargo) = std::env::var_os("CARGO")
        && std::env::var_os(row::CHILD).is_none()
    {
        let built = Command::new(cargo)
            .args(["build", "--locked", "--quiet", "--bin", "docket"])
            // With it the same features are built as by `cargo test`, and so nothing anew.
            .args(["--example", "torture"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        if !built.is_ok_and(|status| status.success()) {
            return Err("docket does not build".into());
        }
    }
    match desk::program().exists() {
        true => Ok(()),
        false => Err(format!(
            "{} is missing; cargo build",
            desk::program().display()
        )),
    }
}
