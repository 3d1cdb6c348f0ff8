//! The real program in a terminal of 200 by 50: the bytes it sends for a key, and at rest.

use crate::measure::{Result, Row, middle, own_memory};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Silence after which an answer to a key is taken to be whole.
const QUIET: Duration = Duration::from_millis(250);

/// Sent at the end of every frame (synchronised output).
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

struct Screen {
    shown: vt100::Parser,
    said: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Everything that comes until nothing has come for a while, at most `longest`.
    fn until_quiet(&mut self, quiet: Duration, longest: Duration) -> Vec<u8> {
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
    fn bytes_for(&mut self, key: &[u8], times: usize) -> Result<f64> {
        let mut counts = Vec::new();
        for _ in 0..times {
            self.keys.write_all(key)?;
            self.keys.flush()?;
            counts.push(self.until_quiet(QUIET, Duration::from_secs(5)).len() as f64);
        }
        Ok(middle(counts))
    }

    /// Refuses figures of a screen that does not show what was meant.
    fn must_show(&self, words: &str) -> Result<()> {
        let contents = self.shown.screen().contents();
        if contents.contains(words) {
            Ok(())
        } else {
            Err(format!("the screen does not show {words:?}:\n{contents}").into())
        }
    }
}

/// Starts the program and waits for its first frame.
fn start(case: &Path) -> Result<(Screen, Box<dyn Child + Send + Sync>, Duration)> {
    let pair = native_pty_system().openpty(PtySize {
        rows: 50,
        cols: 200,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_docket"));
    command.args(["review", "--case"]);
    command.arg(case);
    command.env("TERM", "xterm-256color");
    command.env_remove("NO_COLOR");
    let start = Instant::now();
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
    let (Ok(rows), Ok(columns)) = (50_u16.try_into(), 200_u16.try_into()) else {
        return Err("the screen has no size".into());
    };
    let mut screen = Screen {
        shown: vt100::Parser::new(rows, columns, 0),
        said,
        keys: pair.master.take_writer()?,
        _terminal: pair.master,
    };
    let mut first = Vec::new();
    while start.elapsed() < Duration::from_secs(30) {
        if let Ok(bytes) = screen.said.recv_timeout(Duration::from_secs(1)) {
            screen.shown.process(&bytes);
            first.extend_from_slice(&bytes);
        }
        let mut parts = first.windows(END_OF_FRAME.len());
        if parts.any(|part| part == END_OF_FRAME) {
            return Ok((screen, child, start.elapsed()));
        }
    }
    Err("the screen did not come up".into())
}

/// Quits it.
fn quit(mut screen: Screen, mut child: Box<dyn Child + Send + Sync>) -> Result<()> {
    screen.keys.write_all(b"Q")?;
    screen.keys.flush()?;
    screen.until_quiet(Duration::from_secs(1), Duration::from_secs(5));
    child.kill().ok();
    child.wait()?;
    Ok(())
}

/// Opens the case on the screen, presses keys, and prints the rows of the table.
pub fn measure(case: &Path) -> Result<()> {
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
    screen.until_quiet(Duration::from_secs(1), Duration::from_secs(5));
    let rest = screen.until_quiet(Duration::from_secs(5), Duration::from_secs(6));
    row(
        "bytes at rest",
        rest.len() as f64,
        "bytes",
        Some(0.0),
        "five seconds",
    );
    let memory = child
        .process_id()
        .and_then(|id| own_memory(&id.to_string()))
        .ok_or("no /proc here")?;
    row(
        "own memory of the program on the screen",
        memory,
        "MB",
        Some(64.0),
        "",
    );
    quit(screen, child)
}
