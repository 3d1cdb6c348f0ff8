//! The real program in a terminal of 200 by 50: the bytes it sends for a key and at rest, and the
//! time from a key to its frame.

use crate::measure::{Result, Row, cpu_seconds_of, middle, own_memory, part, short, waits_of};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Silence after which an answer to a key is taken to be whole.
const QUIET: Duration = Duration::from_millis(250);

/// After so long, an answer is taken not to come.
const LONGEST: Duration = Duration::from_secs(30);

const ROWS: u16 = 50;
const COLUMNS: u16 = 200;

/// Sent at the end of every frame (synchronised output).
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

/// A program in a terminal.
pub struct Screen {
    shown: vt100::Parser,
    said: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// What the terminal shows, row by row, without the blanks at their ends.
    pub fn rows(&self) -> Vec<String> {
        let rows = self.shown.screen().rows(0, COLUMNS);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// Types keys.
    pub fn press(&mut self, keys: &[u8]) -> Result<()> {
        self.keys.write_all(keys)?;
        Ok(self.keys.flush()?)
    }

    /// How long a key takes to its frame, which may be the first of several.
    pub fn time_for(&mut self, key: &[u8]) -> Result<Duration> {
        // What was on its way before the key is not its answer.
        while let Ok(bytes) = self.said.try_recv() {
            self.shown.process(&bytes);
        }
        let start = Instant::now();
        self.press(key)?;
        self.frame(start)
    }

    /// Waits for the end of a frame.
    fn frame(&mut self, start: Instant) -> Result<Duration> {
        let mut all = Vec::new();
        while start.elapsed() < LONGEST {
            if let Ok(bytes) = self.said.recv_timeout(Duration::from_secs(1)) {
                self.shown.process(&bytes);
                all.extend_from_slice(&bytes);
            }
            let mut parts = all.windows(END_OF_FRAME.len());
            if parts.any(|part| part == END_OF_FRAME) {
                return Ok(start.elapsed());
            }
        }
        Err("no frame came".into())
    }

    /// How long a key takes until the screen shows these words.
    pub fn time_until(&mut self, key: &[u8], words: &str) -> Result<Duration> {
        let start = Instant::now();
        self.press(key)?;
        while !self.shown.screen().contents().contains(words) {
            if start.elapsed() > LONGEST {
                self.must_show(words)?;
            }
            if let Ok(bytes) = self.said.recv_timeout(Duration::from_secs(1)) {
                self.shown.process(&bytes);
            }
        }
        Ok(start.elapsed())
    }

    /// Everything that comes until nothing has come for a while, at most `longest`.
    pub fn until_quiet(&mut self, quiet: Duration, longest: Duration) -> Vec<u8> {
        let start = Instant::now();
        let mut all = Vec::new();
        while start.elapsed() < longest {
            match self.said.recv_timeout(quiet) {
                Ok(bytes) => {
                    self.shown.process(&bytes);
                    all.extend_from_slice(&bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        all
    }

    /// The bytes that a key brings, the middle of several.
    pub fn bytes_for(&mut self, key: &[u8], times: usize) -> Result<f64> {
        let mut counts = Vec::new();
        for _ in 0..times {
            self.press(key)?;
            counts.push(self.until_quiet(QUIET, Duration::from_secs(5)).len() as f64);
        }
        Ok(middle(counts))
    }

    /// Refuses figures of a screen that does not show what was meant.
    pub fn must_show(&self, words: &str) -> Result<()> {
        let contents = self.shown.screen().contents();
        if contents.contains(words) {
            Ok(())
        } else {
            Err(format!("the screen does not show {words:?}:\n{contents}").into())
        }
    }
}

/// Starts a program in a terminal.
pub fn open(mut command: CommandBuilder) -> Result<(Screen, Box<dyn Child + Send + Sync>)> {
    let pair = native_pty_system().openpty(PtySize {
        rows: ROWS,
        cols: COLUMNS,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    let child = pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let mut out = pair.master.try_clone_reader()?;
    let (tell, said) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = out.read(&mut bytes) {
            let bytes = bytes.get(..count).unwrap_or_default().to_vec();
            if tell.send(bytes).is_err() {
                break;
            }
        }
    });
    let (Ok(rows), Ok(columns)) = (ROWS.try_into(), COLUMNS.try_into()) else {
        return Err("the screen has no size".into());
    };
    let screen = Screen {
        shown: vt100::Parser::new(rows, columns, 0),
        said,
        keys: pair.master.take_writer()?,
        _terminal: pair.master,
    };
    Ok((screen, child))
}

/// Starts docket and waits for its first frame.
pub fn start(case: &Path) -> Result<(Screen, Box<dyn Child + Send + Sync>, Duration)> {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_docket"));
    command.args(["review", "--case"]);
    command.arg(case);
    // Whoever measures may have settings of their own.
    command.env("DOCKET_CONFIG", "");
    let start = Instant::now();
    let (mut screen, child) = open(command)?;
    let shown = screen.frame(start)?;
    Ok((screen, child, shown))
}

/// Quits it.
pub fn quit(mut screen: Screen, mut child: Box<dyn Child + Send + Sync>) -> Result<()> {
    screen.press(b"Q")?;
    screen.until_quiet(Duration::from_secs(1), Duration::from_secs(5));
    child.kill().ok();
    child.wait()?;
    Ok(())
}

/// Opens the case on the screen, presses keys, and prints the rows of the table.
pub fn measure(case: &Path, quick: bool) -> Result<()> {
    let mut starts = Vec::new();
    for _ in 0..2 {
        let (mut screen, child, shown) = start(case)?;
        starts.push(shown.as_secs_f64() * 1000.0);
        // The facts can wait.
        screen.bytes_for(b"\x1b", 1)?;
        quit(screen, child)?;
    }
    let (mut screen, child, shown) = start(case)?;
    starts.push(shown.as_secs_f64() * 1000.0);
    let row = |what: &str, figure, unit, target, reference: &str| {
        Row {
            what: what.into(),
            figure,
            unit,
            target,
            reference: reference.into(),
        }
        .print();
    };
    row(
        "program started to first frame",
        middle(starts),
        "ms",
        Some(60.0),
        "the whole program, in a terminal of 200 by 50; the middle of three",
    );
    screen.until_quiet(Duration::from_secs(1), Duration::from_secs(10));
    // The facts can wait; into the first thread, to its middle, where a window's worth stands above
    // and below.
    for key in [b"\x1b".as_slice(), b"\r", b"300G", b"zz"] {
        screen.bytes_for(key, 1)?;
    }
    screen.must_show("300 of ")?;
    let figure = screen.bytes_for(b"j", 9)?;
    screen.must_show("309 of ")?;
    row("bytes for a cursor key", figure, "bytes", Some(80.0), "j");
    // Back to the middle: a key at the window's edge scrolls as well.
    screen.bytes_for(b"zz", 1)?;
    let figure = screen.bytes_for(b"o", 9)?;
    row(
        "bytes for a decision",
        figure,
        "bytes",
        Some(150.0),
        "o, and on to the next undecided",
    );
    screen.must_show("official: saved")?;
    screen.bytes_for(b"zz", 1)?;
    let before = screen.shown.screen().contents();
    let figure = screen.bytes_for(b"\x05", 9)?;
    if screen.shown.screen().contents() == before {
        return Err("the window did not move".into());
    }
    row(
        "bytes to scroll by a line",
        figure,
        "bytes",
        Some(400.0),
        "Ctrl-E",
    );
    overview(&mut screen, &row)?;
    page(&mut screen, case, &row)?;
    rest(&mut screen, &*child, quick, &row)?;
    let memory = child
        .process_id()
        .and_then(|id| own_memory(&id.to_string()))
        .ok_or("no /proc here")?;
    row(
        "own memory of the program on the screen",
        memory,
        "MB",
        Some(64.0),
        "after all of this, the start screen and the timeline among it",
    );
    quit(screen, child)
}

/// Prints a row: what, the figure, its unit, the target and what stands beside it.
type Tell<'a> = &'a dyn Fn(&str, f64, &'static str, Option<f64>, &str);

/// The start screen and the timeline: from the key to the first frame, and to the last count.
fn overview(screen: &mut Screen, row: Tell<'_>) -> Result<()> {
    for (name, key, words) in [
        ("start screen", b"H".as_slice(), "would stay"),
        ("timeline", b"gc", "by month, "),
    ] {
        // Once for what is counted only once.
        let first = screen.time_until(key, words)?.as_secs_f64() * 1000.0;
        screen.until_quiet(QUIET, Duration::from_secs(5));
        let mut shown = Vec::new();
        let mut bytes = Vec::new();
        for _ in 0..9 {
            screen.bytes_for(b"q", 1)?;
            let start = Instant::now();
            screen.press(key)?;
            shown.push(screen.frame(start)?.as_secs_f64() * 1000.0);
            screen.until_quiet(QUIET, Duration::from_secs(5));
            screen.bytes_for(b"q", 1)?;
            bytes.push(screen.bytes_for(key, 1)?);
        }
        screen.must_show(words)?;
        row(
            &format!("{name}: key to frame"),
            middle(shown),
            "ms",
            Some(16.0),
            &format!("the first time, until all is counted: {first:.0} ms"),
        );
        row(
            &format!("{name}: bytes to open it"),
            middle(bytes),
            "bytes",
            None,
            "",
        );
        let figure = screen.bytes_for(b"j", 9)?;
        row(
            &format!("{name}: bytes for a cursor key"),
            figure,
            "bytes",
            Some(80.0),
            "j",
        );
        screen.bytes_for(b"q", 1)?;
    }
    Ok(())
}

/// Pages of a thread, and what `less` writes for the same rows.
fn page(screen: &mut Screen, case: &Path, row: Tell<'_>) -> Result<()> {
    screen.must_show(" of ")?;
    let mut counts = Vec::new();
    let mut text = screen.rows();
    text.pop();
    for _ in 0..9 {
        counts.push(screen.bytes_for(b"\x1b[6~", 1)?);
        let mut rows = screen.rows();
        // The last row of a terminal is the prompt of `less`.
        rows.pop();
        text.extend(rows);
    }
    let file = case.with_file_name("pages.txt");
    std::fs::write(&file, text.join("\n") + "\n")?;
    let mut command = CommandBuilder::new("less");
    command.arg(&file);
    let Ok((mut less, mut child)) = open(command) else {
        row(
            "page: bytes",
            middle(counts),
            "bytes",
            None,
            "there is no less here",
        );
        return Ok(());
    };
    less.until_quiet(QUIET, Duration::from_secs(5));
    let mut beside = Vec::new();
    for _ in 0..9 {
        beside.push(less.bytes_for(b" ", 1)?);
    }
    child.kill().ok();
    child.wait()?;
    let (ours, theirs) = (middle(counts), middle(beside));
    row(
        "page: bytes against less for the same rows",
        ours / theirs,
        "times",
        Some(1.3),
        &format!("PgDn {ours:.0} bytes, less {theirs:.0}"),
    );
    Ok(())
}

/// A program that nobody touches.
fn rest(
    screen: &mut Screen,
    child: &(dyn Child + Send + Sync),
    quick: bool,
    row: Tell<'_>,
) -> Result<()> {
    // Rest begins once the ledger was looked at for the last time after the last write.
    screen.until_quiet(Duration::from_secs(12), Duration::from_secs(20));
    let seconds = if quick { 10 } else { 60 };
    let long = Duration::from_secs(seconds);
    let id = child.process_id().ok_or("the program has no number")?;
    let id = id.to_string();
    let now = || {
        cpu_seconds_of(&id)
            .zip(waits_of(&id))
            .ok_or("no /proc here")
    };
    let (before, waits) = now()?;
    let rest = screen.until_quiet(long, long + Duration::from_secs(1));
    let (after, waits_after) = now()?;
    let told = format!("{seconds} seconds without a key");
    row(
        "bytes at rest",
        rest.len() as f64,
        "bytes",
        Some(0.0),
        &told,
    );
    row(
        "processor time at rest",
        after - before,
        "s",
        Some(0.0),
        &told,
    );
    row(
        "times that a thread woke at rest",
        waits_after.saturating_sub(waits) as f64,
        "times",
        Some(0.0),
        &told,
    );
    Ok(())
}

/// From keys to their frames, while another process loads an export into the case.
pub fn during_import(case: &Path, export: &Path) -> Result<()> {
    let (mut screen, child, _) = start(case)?;
    screen.until_quiet(Duration::from_secs(1), Duration::from_secs(10));
    for key in [b"\x1b".as_slice(), b"gt", b"\r", b"300G", b"zz"] {
        screen.bytes_for(key, 1)?;
    }
    screen.must_show("300 of ")?;
    const KEYS: [&[u8]; 8] = [
        b"j", b"j", b"\x05", b"\x1b[6~", b"k", b"p", b"j", b"\x1b[5~",
    ];
    let press = |screen: &mut Screen, at: usize| -> Result<Duration> {
        let taken = screen.time_for(KEYS.get(at % KEYS.len()).unwrap_or(&KEYS[0]))?;
        // As fast as a person holds a key down.
        std::thread::sleep(Duration::from_millis(15));
        Ok(taken)
    };
    let mut alone = Vec::new();
    for at in 0..400 {
        alone.push(press(&mut screen, at)?);
    }
    let mut import = std::process::Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["import", "--case"])
        .args([case, export])
        .env("DOCKET_CONFIG", "")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut during = Vec::new();
    let mut ended = None;
    // And on, until this session has taken up what was loaded.
    while ended.is_none_or(|at: Instant| at.elapsed() < Duration::from_secs(2)) {
        during.push(press(&mut screen, during.len())?);
        if ended.is_none()
            && let Some(status) = import.try_wait()?
        {
            if !status.success() {
                return Err("the other process could not load its export".into());
            }
            ended = Some(Instant::now());
        }
    }
    alone.sort();
    during.sort();
    Row {
        what: "key to frame while another process imports".into(),
        figure: part(&during, 99),
        unit: "ms",
        target: Some(16.0),
        reference: format!(
            "99 of 100 of {} keys; the middle one {} ms; without the import {} and {} ms",
            during.len(),
            short(part(&during, 50)),
            short(part(&alone, 99)),
            short(part(&alone, 50)),
        ),
    }
    .print();
    quit(screen, child)
}
