//! How much memory the import of one large export takes, and making it again, and opening it: each
//! in a process of its own, looked at fifty times a second.

use crate::measure::{Result, Row, memory_of, short};
use crate::{actor, data};
use docket::case::{Case, ImportOptions, Progress};
use docket::review::Session;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Names the job of a process that was started by [`measure`].
pub const JOB: &str = "DOCKET_BENCH_LARGE";
const IMPORT: &str = "import";
const REBUILD: &str = "rebuild";
const OPEN: &str = "open";

/// Makes one chat of so many messages and prints a line for each job.
pub fn measure(folder: &Path, messages: usize) -> Result<()> {
    let (export, bytes) = data::one(&folder.join("large"), messages)?;
    println!("one chat of {messages} messages, {bytes} bytes\n");
    let case = folder.join("large case");
    for (job, what, target) in [
        (IMPORT, "own memory of its import, the most", Some(200.0)),
        (REBUILD, "own memory of a rebuild, the most", None),
        (OPEN, "own memory once it is opened, the most", None),
    ] {
        let told = Command::new(std::env::current_exe()?)
            .env(JOB, job)
            .args([case.as_os_str(), export.as_os_str()])
            .output()?;
        let told = String::from_utf8(told.stdout)?;
        let (figure, reference) = told.trim().split_once(' ').ok_or("no figure")?;
        Row {
            what: what.into(),
            figure: figure.parse().map_err(|_| format!("no figure: {told}"))?,
            unit: "MB",
            target,
            reference: reference.to_owned(),
        }
        .print();
        if job == IMPORT {
            // The case has its own copy, and a rebuild needs room for the former derived data.
            std::fs::remove_file(&export)?;
        }
    }
    Ok(())
}

/// Does one job, and tells the most megabytes of its own, then those of each stage.
pub fn job(job: &OsStr) -> Result<()> {
    let mut places = std::env::args_os().skip(1);
    let (Some(case), Some(export)) = (places.next(), places.next()) else {
        return Err("a job has two places".into());
    };
    let watch = Watch::start();
    let start = Instant::now();
    let mut stage = watch.clone();
    if job == IMPORT {
        let case = Case::open_or_create(Path::new(&case))?;
        let given = [export.into()];
        case.import(&given, &ImportOptions::default(), &actor(), &mut stage)?;
    } else if job == REBUILD {
        Case::open(Path::new(&case))?.rebuild(&mut stage)?;
    } else {
        let session = Session::open(Case::open(Path::new(&case))?, actor())?;
        std::hint::black_box(session.store().len());
        std::thread::sleep(Duration::from_millis(100));
    }
    watch.tell(start.elapsed());
    Ok(())
}

/// The most of one stage: its name, megabytes of its own, and with the pages of mapped files.
type Most = (String, f64, f64);

/// Looks at the memory of this process until it ends.
#[derive(Clone)]
pub struct Watch {
    stages: Arc<Mutex<Vec<Most>>>,
    is_over: Arc<AtomicBool>,
}

impl Watch {
    /// Starts to look.
    pub fn start() -> Watch {
        let watch = Watch {
            stages: Arc::new(Mutex::new(vec![("opening".into(), 0.0, 0.0)])),
            is_over: Arc::default(),
        };
        let mine = watch.clone();
        std::thread::spawn(move || {
            while !mine.is_over.load(Ordering::Relaxed) {
                mine.look();
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        watch
    }

    fn look(&self) {
        let (own, files) = memory_of("self").unwrap_or_default();
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, most_own, most_all)) = stages.last_mut() {
            *most_own = most_own.max(own);
            *most_all = most_all.max(own + files);
        }
    }

    /// Ends, and prints the most and what stands beside it.
    pub fn tell(&self, taken: Duration) {
        self.look();
        self.is_over.store(true, Ordering::Relaxed);
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        let own = stages.iter().map(|stage| stage.1).fold(0.0, f64::max);
        let all = stages.iter().map(|stage| stage.2).fold(0.0, f64::max);
        let each = stages
            .iter()
            .map(|stage| format!("{} {}", stage.0, short(stage.1)));
        println!(
            "{own:.1} by stage: {} MB; with mapped pages {} MB; {} s",
            each.collect::<Vec<_>>().join(", "),
            short(all),
            short(taken.as_secs_f64())
        );
    }
}

impl Progress for Watch {
    fn tick(&mut self, stage: &str, _: u64, _: u64) -> ControlFlow<()> {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if stages.last().is_none_or(|last| last.0 != stage) {
            stages.push((stage.to_owned(), 0.0, 0.0));
        }
        ControlFlow::Continue(())
    }
}
