//! Measures what a reviewer waits for, beside references in the same run.
//!
//! `cargo bench --bench review -- --messages 1000000` makes its own data (the same every time),
//! loads it into cases in a temporary folder, and prints a table: what is measured, the figure,
//! the target at one million messages and whether it is met, and what the reference took.
//! `--memory` measures how much memory one chat of that many messages takes instead: with
//! `--messages 20000000` it has about 2 GB.
//! `--bundle` measures the bundle of so many messages alone; where it is written, `TMPDIR` says.
//! `--quick` runs everything once; `--no-screen` leaves the program in its terminal out.

mod data;
mod findings;
mod handover;
// The benchmark needs the texts alone, not what is labelled in them.
#[allow(dead_code)]
#[path = "../../examples/detectors/make.rs"]
mod labelled;
mod large;
#[path = "../../examples/sample_exports/make/mod.rs"]
mod make;
mod measure;
mod reference;
mod screen;

use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::model::{Decision, MessageNumber, ThreadId};
use docket::review::{How, Query, Session, Target};
use measure::{Result, Row, middle, own_memory, repeat, run, run_program, short};
use reference::Texts;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Rows on a screen of 200 by 50.
const SCREEN: usize = 50;

/// More messages than this are in no bundle that is measured.
const MOST_HANDED_OVER: usize = 100_000;

struct Plan {
    messages: usize,
    quick: bool,
    screen: bool,
    memory: bool,
    bundle: bool,
}

fn main() -> ExitCode {
    match measure_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("review: {error}");
            ExitCode::FAILURE
        }
    }
}

fn plan() -> Result<Plan> {
    let mut plan = Plan {
        messages: 1_000_000,
        quick: false,
        screen: true,
        memory: false,
        bundle: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--messages" => {
                let count = arguments.next().unwrap_or_default().replace('_', "");
                plan.messages = count.parse().map_err(|_| "--messages takes a number")?;
            }
            "--memory" => plan.memory = true,
            "--bundle" => plan.bundle = true,
            "--quick" => plan.quick = true,
            "--no-screen" => plan.screen = false,
            // Cargo itself gives this one.
            "--bench" => {}
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok(plan)
}

fn measure_all() -> Result<()> {
    // A process of its own reviews, so that its memory is not this one's.
    if let Some(case) = std::env::var_os("DOCKET_BENCH_REVIEW") {
        return review_and_tell(Path::new(&case));
    }
    if let Some(job) = std::env::var_os(large::JOB) {
        return large::job(&job);
    }
    if let Some(case) = std::env::var_os(handover::JOB) {
        return handover::job(&case);
    }
    let plan = plan()?;
    if cfg!(debug_assertions) {
        println!("Without optimisation: the figures say nothing. Use cargo bench.");
    }
    let folder = tempfile::tempdir()?;
    if plan.memory {
        return large::measure(folder.path(), plan.messages);
    }
    if plan.bundle {
        return handover::bundle(folder.path(), plan.messages);
    }
    let threads = (plan.messages / 5000).max(4);
    let exports = folder.path().join("exports");
    let bytes = data::many(&exports, plan.messages, threads)?;
    println!(
        "{} messages in {threads} threads, {} MB of exports\n",
        plan.messages,
        bytes / 1_000_000
    );
    println!(
        "{:<46} {:>10} {:<6} {:>9} {:<5} beside it in this run",
        "what", "figure", "", "target", ""
    );
    let case = folder.path().join("case");
    import(&plan, &exports, &case, folder.path())?;
    let session = open(&plan, &case)?;
    search(&plan, &session)?;
    tag(&plan, &session, folder.path())?;
    jump(&plan, folder.path())?;
    findings::speed(&Texts::of(&session.store()))?;
    drop(session);
    findings::whole(&case)?;
    memory(&case)?;
    handover::status(&case)?;
    handover::bundle(folder.path(), plan.messages.min(MOST_HANDED_OVER))?;
    if plan.screen {
        screen::measure(&case, plan.quick)?;
        // Half as many once more, in another chat.
        let (export, _) = data::one(&folder.path().join("more"), plan.messages / 2)?;
        screen::during_import(&case, &export)?;
    }
    Ok(())
}

fn actor() -> Actor {
    Actor {
        name: "benchmark".into(),
        how: Known::Given,
    }
}

/// Loads the exports by the program, which reads each in a locked process of its own, and indexes the
/// same texts with tantivy alone, in turn.
fn import(plan: &Plan, exports: &Path, kept: &Path, folder: &Path) -> Result<()> {
    // The clock for processor time ticks a hundred times a second: small loads are repeated.
    let times = if plan.quick || plan.messages > 1_000_000 {
        1
    } else {
        (300_000 / plan.messages.max(1)).clamp(3, 30)
    };
    let (mut ours, mut bare, mut ours_clock, mut bare_clock) = (vec![], vec![], vec![], vec![]);
    for time in 0..times {
        let place = if time == 0 {
            kept.to_path_buf()
        } else {
            folder.join("again")
        };
        let arguments = ["import".as_ref(), "--case".as_ref(), place.as_os_str()];
        let arguments = arguments.into_iter().chain([exports.as_os_str()]);
        let (cpu, clock) = run_program(&arguments.collect::<Vec<_>>())?;
        let case = Case::open(&place)?;
        ours.push(cpu);
        ours_clock.push(clock);
        if case.store().len() as usize != plan.messages {
            return Err(format!("{} messages were loaded", case.store().len()).into());
        }
        let texts = Texts::of(&case.store());
        let index = folder.join("bare");
        let ((), cpu, clock) = run(|| reference::bare_index(&texts, &index))?;
        bare.push(cpu);
        bare_clock.push(clock);
        std::fs::remove_dir_all(&index)?;
        if time > 0 {
            remove(&place)?;
        }
    }
    let (ours, bare) = (ours.iter().sum::<f64>(), bare.iter().sum::<f64>());
    Row {
        what: "import: processor time against bare tantivy".into(),
        figure: ours / bare,
        unit: "times",
        target: Some(1.5),
        reference: format!(
            "the whole program {} s, bare tantivy {} s, in {times} turns",
            short(ours),
            short(bare)
        ),
    }
    .print();
    Row {
        what: "import: clock".into(),
        figure: middle(ours_clock),
        unit: "s",
        target: None,
        reference: format!("bare tantivy {} s", short(middle(bare_clock))),
    }
    .print();
    Ok(())
}

/// Originals are read-only; a folder of them is removed all the same.
fn remove(case: &Path) -> Result<()> {
    Ok(std::fs::remove_dir_all(case)?)
}

fn screenful(session: &Session, from: u32) -> usize {
    let store = session.store();
    let mut letters = 0;
    for number in (from..store.len()).take(SCREEN) {
        let number = MessageNumber(number);
        if let Some(message) = store.message(number) {
            letters += message.text.len() + usize::from(session.decision(number).code());
        }
    }
    letters
}

fn open(plan: &Plan, case: &Path) -> Result<Session> {
    let times = if plan.quick { 3 } else { 20 };
    let (half, worst) = repeat(times, |_| {
        let session = Session::open(Case::open(case)?, actor())?;
        std::hint::black_box(screenful(&session, 0));
        Ok(())
    })?;
    Row {
        what: "case opened, 50 rows read".into(),
        figure: half,
        unit: "ms",
        target: Some(60.0),
        reference: format!("99 of 100: {} ms", short(worst)),
    }
    .print();
    Ok(Session::open(Case::open(case)?, actor())?)
}

/// Letter by letter, as the answer to a search is asked for while it is typed.
fn search(plan: &Plan, session: &Session) -> Result<()> {
    let times = if plan.quick { 5 } else { 100 };
    let never = AtomicBool::new(false);
    let words = [
        ("common word", data::COMMON.to_owned(), Some(16.0)),
        ("its first two letters", "th*".into(), None),
        ("rare word", data::RARE.into(), None),
        ("phrase", "\"to the\"".into(), None),
        (
            "common word, undecided",
            format!("{} is:undecided", data::COMMON),
            None,
        ),
        ("pattern", "/quor[a-z]+te/".into(), None),
    ];
    for (name, text, target) in words {
        let asked = Query::live(&text).map_err(|error| format!("{text}: {error}"))?;
        let mut hits = 0;
        let (half, worst) = repeat(times.min(if name == "pattern" { 5 } else { times }), |_| {
            let found = session.search(&asked, &never)?;
            hits = found.len();
            let store = session.store();
            // The first screen is the first fifty hits in the order of time.
            let first = store
                .by_time()
                .iter()
                .filter(|number| found.contains(number.0));
            let letters: usize = first
                .take(SCREEN)
                .filter_map(|number| store.message(number))
                .map(|message| message.text.len())
                .sum();
            std::hint::black_box(letters);
            Ok(())
        })?;
        if hits == 0 && plan.messages > 10_000 {
            return Err(format!("{text}: nothing was found").into());
        }
        Row {
            what: format!("search and first screen: {name}"),
            figure: half,
            unit: "ms",
            target,
            reference: format!("{hits} hits; 99 of 100: {} ms", short(worst)),
        }
        .print();
    }
    Ok(())
}

/// Tags every message, and takes it back, each durable on return; SQLite updates as many rows.
fn tag(plan: &Plan, session: &Session, folder: &Path) -> Result<()> {
    let times = if plan.quick { 1 } else { 5 };
    let all: roaring::RoaringBitmap = (0..session.store().len()).collect();
    let mut taken = Vec::new();
    let mut count = 0;
    for _ in 0..times {
        let target = Target::Set(all.clone(), Some("everything".into()));
        let start = Instant::now();
        count = session
            .decide(&target, Decision::Official, How::Bulk, None)?
            .count;
        taken.push(start.elapsed().as_secs_f64());
        if session.undo()?.is_none() {
            return Err("the decision was not taken back".into());
        }
    }
    let mut reference = format!("{count} messages");
    if plan.messages <= 1_000_000 {
        let texts = Texts::of(&session.store());
        let base = reference::sqlite(&texts, &folder.join("reference.sqlite"))?;
        let start = Instant::now();
        base.execute("UPDATE message SET decision = 1", [])?;
        let update = start.elapsed().as_secs_f64();
        let (fts, _) = repeat(5, |_| {
            let sql = "SELECT count(*) FROM words WHERE words MATCH ?1";
            base.query_row(sql, [data::COMMON], |row| row.get::<_, i64>(0))?;
            Ok(())
        })?;
        reference.push_str(&format!(
            "; SQLite UPDATE {} s (and FTS5 {} ms for the common word)",
            short(update),
            short(fts)
        ));
    }
    Row {
        what: "all messages tagged, durable".into(),
        figure: middle(taken),
        unit: "s",
        target: Some(0.1),
        reference,
    }
    .print();
    let times = if plan.quick { 3 } else { 50 };
    let (half, worst) = repeat(times, |number| {
        let target = Target::Message(MessageNumber(number as u32 + 1));
        session.decide(&target, Decision::Personal, How::Key, None)?;
        Ok(())
    })?;
    Row {
        what: "one message tagged, durable".into(),
        figure: half,
        unit: "ms",
        target: None,
        reference: format!("99 of 100: {} ms", short(worst)),
    }
    .print();
    Ok(())
}

/// Jumps about in one thread that holds all messages.
fn jump(plan: &Plan, folder: &Path) -> Result<()> {
    let (export, _) = data::one(&folder.join("one"), plan.messages)?;
    let place: PathBuf = folder.join("case of one thread");
    let case = Case::open_or_create(&place)?;
    case.import(&[export], &ImportOptions::default(), &actor(), &mut ())?;
    let store = case.store();
    let thread = store
        .threads()
        .first()
        .map_or(ThreadId(0), |thread| thread.id);
    let length = store.thread_len(thread) as usize;
    let mut rng = make::rng::Rng::new(5);
    let (half, worst) = repeat(2000, |_| {
        let from = rng.below(length.saturating_sub(SCREEN)) as u32;
        let letters: usize = (from..from + SCREEN as u32)
            .filter_map(|position| store.thread_message(thread, position))
            .filter_map(|number| store.message(number))
            .map(|message| message.text.len())
            .sum();
        std::hint::black_box(letters);
        Ok(())
    })?;
    Row {
        what: format!("jump anywhere in a thread of {length}"),
        figure: worst,
        unit: "ms",
        target: Some(5.0),
        reference: format!("99 of 100; the middle one {} ms", short(half)),
    }
    .print();
    remove(&place)
}

/// Reviews in a process of its own: opens, searches, reads a thousand screens, decides.
fn memory(case: &Path) -> Result<()> {
    let mine = std::env::current_exe()?;
    let told = std::process::Command::new(mine)
        .env("DOCKET_BENCH_REVIEW", case)
        .output()?;
    let told = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    Row {
        what: "own memory while reviewing".into(),
        figure: told.parse().map_err(|_| format!("no figure: {told}"))?,
        unit: "MB",
        target: Some(64.0),
        reference: "opened, searched, 1,000 screens, 1 decision on all".into(),
    }
    .print();
    Ok(())
}

fn review_and_tell(case: &Path) -> Result<()> {
    let session = Session::open(Case::open(case)?, actor())?;
    for text in [data::COMMON, "to*", data::RARE] {
        let asked = Query::live(text).map_err(|error| error.to_string())?;
        std::hint::black_box(session.search(&asked, &AtomicBool::new(false))?.len());
    }
    let mut rng = make::rng::Rng::new(6);
    for _ in 0..1000 {
        let from = rng.below(session.store().len() as usize) as u32;
        std::hint::black_box(screenful(&session, from));
    }
    let all: roaring::RoaringBitmap = (0..session.store().len()).collect();
    session.decide(&Target::Set(all, None), Decision::Context, How::Bulk, None)?;
    session.undo()?;
    println!("{:.1}", own_memory("self").ok_or("no /proc here")?);
    Ok(())
}
