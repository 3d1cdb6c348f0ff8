//! The real program in a pseudo-terminal, and what that shows.

use crate::desk::{Desk, PATIENCE, program};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What gives the terminal the screen back that was there before.
const LEFT: &[u8] = b"\x1b[?1049l";

/// docket on a screen.
pub struct Screen {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    shown: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize {
        rows: height,
        cols: width,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Screen {
    /// Starts docket on a desk's case, in a terminal of this size.
    pub fn start(
        desk: &Desk,
        arguments: &[&str],
        width: u16,
        height: u16,
        variables: &[(&str, &str)],
    ) -> Screen {
        let pair = native_pty_system()
            .openpty(size(width, height))
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        command.env_clear();
        command.cwd(desk.path(""));
        command.env("HOME", desk.path(""));
        command.env("USER", "tester");
        command.env("DOCKET_CASE", &desk.case);
        command.env("DOCKET_CONFIG", "");
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("docket starts");
        drop(pair.slave);
        let rows = NonZero::new(height.max(1)).expect("not 0");
        let columns = NonZero::new(width.max(1)).expect("not 0");
        let shown = Arc::new(Mutex::new((
            vt100::Parser::new(rows, columns, 0),
            Vec::new(),
        )));
        let mut output = pair.master.try_clone_reader().expect("its output");
        let shared = shown.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let mut shown = shared.lock().unwrap();
                shown.0.process(&bytes[..count]);
                shown.1.extend_from_slice(&bytes[..count]);
            }
        });
        Screen {
            keys: pair.master.take_writer().ok(),
            master: pair.master,
            child,
            shown,
        }
    }

    /// Types these keys, as far as anybody listens.
    pub fn press(&mut self, keys: &str) {
        if let Some(to) = &mut self.keys {
            let _ = to.write_all(keys.as_bytes());
            let _ = to.flush();
        }
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.shown.lock().unwrap().0.screen().contents()
    }

    /// Everything that was written.
    pub fn output(&self) -> Vec<u8> {
        self.shown.lock().unwrap().1.clone()
    }

    /// Waits until something holds; says what stands on the screen where it never does.
    pub fn wait(&mut self, what: &str, holds: impl Fn(&Screen) -> bool) -> Result<(), String> {
        let begun = Instant::now();
        while !holds(self) {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{what:?} did not come: {}", self.line()));
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        Ok(())
    }

    /// Waits for words on the screen.
    pub fn wait_for(&mut self, words: &str) -> Result<(), String> {
        self.wait(words, |screen| screen.text().contains(words))
    }

    /// The last lines of the screen on one line.
    pub fn line(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        lines[lines.len().saturating_sub(6)..].join(" / ")
    }

    /// The number that stands before this word, last on the screen.
    pub fn number_before(&self, word: &str) -> Option<u64> {
        number_before(&self.text(), word)
    }

    /// The number that stood before this word when the screen was left last, or stands there now where
    /// it was not.
    pub fn last_number_before(&self, word: &str) -> Option<u64> {
        let shown = self.shown.lock().unwrap();
        let left = shown.1.windows(LEFT.len()).rposition(|bytes| bytes == LEFT);
        let (rows, columns) = shown.0.screen().size();
        let mut before = vt100::Parser::new(rows, columns, 0);
        before.process(&shown.1[..left.unwrap_or(shown.1.len())]);
        number_before(&before.screen().contents(), word)
    }

    /// Waits until these words have been written, wherever they stand.
    pub fn wait_for_output(&mut self, words: &str) -> Result<(), String> {
        self.wait(words, |screen| {
            String::from_utf8_lossy(&screen.output()).contains(words)
        })
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.child.process_id()? as i32)
    }

    /// The process, for `/proc`.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Whether it has ended, and with which code.
    pub fn ended(&mut self) -> Option<u32> {
        let status = self.child.try_wait().ok()??;
        Some(status.exit_code())
    }

    /// Waits for the end, and that the terminal is as it was.
    pub fn ends_whole(&mut self) -> Result<u32, String> {
        let begun = Instant::now();
        let code = loop {
            if let Some(code) = self.ended() {
                break code;
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("it does not end: {}", self.line()));
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        self.wait("a terminal as it was", Screen::is_as_it_was)?;
        Ok(code)
    }

    /// Whether the terminal is in no mode of the screen's.
    pub fn is_as_it_was(&self) -> bool {
        let shown = self.shown.lock().unwrap();
        let screen = shown.0.screen();
        let modes = self.master.get_termios();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && modes.is_some_and(|modes| format!("{:?}", modes.local_flags).contains("ICANON"))
    }

    /// Whether it has been stopped.
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        let state = stat.rsplit(')').next().unwrap_or_default();
        state.trim_start().starts_with('T')
    }

    /// Gives the terminal another size.
    pub fn resize(&self, width: u16, height: u16) {
        let (rows, columns) = (NonZero::new(height.max(1)), NonZero::new(width.max(1)));
        if let (Some(rows), Some(columns)) = (rows, columns) {
            let mut shown = self.shown.lock().unwrap();
            shown.0.screen_mut().set_size(rows, columns);
        }
        let _ = self.master.resize(size(width, height));
    }
}

/// The number that stands before this word, last in the text.
fn number_before(text: &str, word: &str) -> Option<u64> {
    let before = text[..text.rfind(word)?].trim_end();
    let digits: String = before
        .chars()
        .rev()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.chars().rev().collect::<String>().parse().ok()
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.kill();
    }
}
