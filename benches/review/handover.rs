//! What is done with a large case besides reviewing it: its state told by a command, and its bundle
//! written, each in a process of its own.

use crate::large::Watch;
use crate::measure::{Result, Row, own_memory, run, short};
use crate::{actor, data};
use docket::bundle;
use docket::case::{Case, ImportOptions};
use docket::model::Decision;
use docket::review::{How, Session, Target};
use sha2::{Digest, Sha256, Sha512};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names the case of a process that writes a bundle.
pub const JOB: &str = "DOCKET_BENCH_BUNDLE";

/// `docket status`, by the program.
pub fn status(case: &Path) -> Result<()> {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["status", "--case"])
        .arg(case)
        .env("DOCKET_CONFIG", "")
        .stdout(Stdio::null())
        .spawn()?;
    let mut most = 0.0_f64;
    let status = loop {
        most = most.max(own_memory(&child.id().to_string()).unwrap_or(0.0));
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    if !status.success() {
        return Err("docket status failed".into());
    }
    Row {
        what: "docket status: clock".into(),
        figure: start.elapsed().as_secs_f64(),
        unit: "s",
        target: None,
        reference: format!("the whole program; own memory {} MB at most", short(most)),
    }
    .print();
    Ok(())
}

/// Loads twice so many messages, decides every second one official and the others personal, and
/// writes the bundle; then the same bytes are hashed twice and written beside it.
pub fn bundle(folder: &Path, messages: usize) -> Result<()> {
    let exports = folder.join("to hand over");
    data::many(&exports, messages * 2, 20)?;
    let place = folder.join("case to hand over");
    let case = Case::open_or_create(&place)?;
    case.import(&[exports], &ImportOptions::default(), &actor(), &mut ())?;
    let session = Session::open(case, actor())?;
    let decide = |start: u32, decision| {
        let set = (start..session.store().len()).step_by(2).collect();
        session.decide(&Target::Set(set, None), decision, How::Bulk, None)
    };
    decide(0, Decision::Official)?;
    decide(1, Decision::Personal)?;
    drop(session);
    let told = Command::new(std::env::current_exe()?)
        .env(JOB, &place)
        .output()?;
    let told = String::from_utf8(told.stdout)?;
    let lines: Vec<&str> = told.lines().collect();
    let [clock, processor, memory] = lines.as_slice() else {
        return Err(format!("no figures: {told}").into());
    };
    for (what, target, line) in [
        ("bundle: clock against its bytes", None, clock),
        ("bundle: processor time against its bytes", None, processor),
        ("bundle: own memory, the most", Some(200.0), memory),
    ] {
        let (figure, reference) = line.split_once(' ').ok_or("no figure")?;
        Row {
            what: format!("{what}, {messages} messages"),
            figure: figure.parse().map_err(|_| format!("no figure: {line}"))?,
            unit: if target.is_some() { "MB" } else { "times" },
            target,
            reference: reference.to_owned(),
        }
        .print();
    }
    Ok(())
}

/// How often a bundle and the same bytes are written, in turn.
const TURNS: usize = 3;

/// Writes the bundle of a case, in turn with the same bytes, and tells three lines: clock, processor
/// time, memory.
pub fn job(case: &OsStr) -> Result<()> {
    let case = PathBuf::from(case);
    let watch = Watch::start();
    let session = Session::open(Case::open(&case)?, actor())?;
    let (mut clocks, mut processors, mut taken) = (vec![], vec![], Duration::ZERO);
    for turn in 0..TURNS {
        let out = case.with_file_name(format!("bag {turn}"));
        let (written, cpu, clock) = run(|| {
            let plan = bundle::plan(&session, &bundle::Options::default())?;
            Ok(bundle::write(&session, &plan, &out, &mut watch.clone())?)
        })?;
        taken += Duration::from_secs_f64(clock);
        let to = case.with_file_name("same bytes");
        let (bytes, same_cpu, same_clock) = run(|| {
            let bytes = copy(&out, &to)?;
            // The bundle's way: one flush of the file system makes those of the files cheap.
            rustix::fs::syncfs(File::open(&to)?)?;
            sync(&to)?;
            Ok(bytes)
        })?;
        std::fs::remove_dir_all(&out)?;
        std::fs::remove_dir_all(&to)?;
        clocks.push((
            clock / same_clock,
            format!(
                "{} s; {} MB in {} files, SHA-256, SHA-512 and writing them {} s",
                short(clock),
                bytes / 1_000_000,
                written.files,
                short(same_clock)
            ),
        ));
        processors.push((
            cpu / same_cpu,
            format!("{} s; beside it {} s", short(cpu), short(same_cpu)),
        ));
    }
    for mut turns in [clocks, processors] {
        turns.sort_by(|one, other| one.0.total_cmp(&other.0));
        let all: Vec<String> = turns
            .iter()
            .map(|(ratio, _)| format!("{ratio:.2}"))
            .collect();
        if let Some((ratio, words)) = turns.get(TURNS / 2) {
            println!("{ratio:.2} {words}; turns {}", all.join(", "));
        }
    }
    watch.tell(taken);
    Ok(())
}

/// Reads each file of a folder, hashes it twice and writes it into another folder. Gives the bytes.
fn copy(from: &Path, to: &Path) -> Result<u64> {
    std::fs::create_dir_all(to)?;
    let mut bytes = 0;
    let mut buffer = vec![0; 1 << 18];
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            bytes += copy(&from, &to)?;
            continue;
        }
        let (mut sha256, mut sha512) = (Sha256::new(), Sha512::new());
        let (mut read, mut written) = (File::open(&from)?, File::create(&to)?);
        while let count @ 1.. = read.read(&mut buffer)? {
            let part = buffer.get(..count).unwrap_or_default();
            sha256.update(part);
            sha512.update(part);
            written.write_all(part)?;
            bytes += count as u64;
        }
        std::hint::black_box((sha256.finalize(), sha512.finalize()));
    }
    Ok(bytes)
}

/// Flushes each file of a folder.
fn sync(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync(&path)?;
        }
        File::open(&path)?.sync_all()?;
    }
    Ok(())
}
