//! The real program in a real pseudo-terminal: how it starts, what it does with signals, and that
//! it leaves the terminal whole and the ledger safe on every way out.

use docket::case::ledger::How;
use docket::model::{Decision, MessageNumber};
use docket::review::Target;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// No wait here is a measurement: on a busy machine a program may start late.
const PATIENCE: Duration = Duration::from_secs(60);

/// docket in a pseudo-terminal, and what that shows.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    state: Arc<Mutex<(vt100::Parser, u64, Vec<u8>)>>,
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize {
        rows: height,
        cols: width,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Pty {
    pub fn start(
        arguments: &[&str],
        case: &Path,
        variables: &[(&str, &str)],
        width: u16,
        height: u16,
    ) -> Pty {
        let pair = native_pty_system().openpty(size(width, height)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_docket"));
        command.args(arguments);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("DOCKET_CASE", case);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command.env_remove("COLORFGBG");
        command.env("DOCKET_CONFIG", "");
        for of_this_terminal in [
            "COLORTERM",
            "TERM_PROGRAM",
            "LC_TERMINAL",
            "TMUX",
            "STY",
            "ZELLIJ",
        ] {
            command.env_remove(of_this_terminal);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let non_zero = |n: u16| NonZero::new(n).unwrap();
        let parser = vt100::Parser::new(non_zero(height), non_zero(width), 0);
        let state = Arc::new(Mutex::new((parser, 0, Vec::new())));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shared = state.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = output.read(&mut bytes) {
                if count == 0 {
                    return;
                }
                let mut state = shared.lock().unwrap();
                state.0.process(&bytes[..count]);
                state.1 += count as u64;
                state.2.extend_from_slice(&bytes[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Pty {
            master: pair.master,
            child,
            keys,
            state,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn screen(&self) -> String {
        self.state.lock().unwrap().0.screen().contents()
    }

    pub fn bytes(&self) -> u64 {
        self.state.lock().unwrap().1
    }

    /// Everything that was written so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.state.lock().unwrap().2).into_owned()
    }

    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn(&Pty) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not come:\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |pty| pty.screen().contains(text));
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the end, and that the terminal is as it was before; gives the exit code.
    #[track_caller]
    pub fn ends_whole(&mut self) -> u32 {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        self.wait("a whole terminal", Pty::is_whole);
        status.exit_code()
    }

    fn is_whole(&self) -> bool {
        let state = self.state.lock().unwrap();
        let screen = state.0.screen();
        let modes = self.master.get_termios().unwrap();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && format!("{:?}", modes.local_flags).contains("ICANON")
    }

    /// How often its threads gave up the processor to wait, all together: each time that one wakes
    /// at rest it waits again.
    fn waits(&self) -> u64 {
        let threads = format!("/proc/{}/task", self.pid().as_raw_nonzero());
        let of = |status: String| -> u64 {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse().unwrap()
        };
        let threads = std::fs::read_dir(threads).unwrap();
        let status = threads.map(|thread| thread.unwrap().path().join("status"));
        status
            .map(|at| of(std::fs::read_to_string(at).unwrap()))
            .sum()
    }

    fn is_stopped(&self) -> bool {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).unwrap();
        stat.rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('T')
    }
}

struct Setting {
    _folder: tempfile::TempDir,
    case: PathBuf,
    exports: PathBuf,
}

fn setting() -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let exports = folder.path().join("exports");
    std::fs::create_dir(&exports).unwrap();
    let chat = super::tui::chat(
        &["Ann", "Bob"],
        &["The contract is signed", "Lunch at one?"],
        40,
    );
    std::fs::write(exports.join("WhatsApp Chat with Bob.txt"), chat).unwrap();
    Setting {
        case: folder.path().join("case"),
        exports,
        _folder: folder,
    }
}

/// Starts a review, loads the exports, leaves the facts and opens the thread.
fn opened(setting: &Setting, variables: &[(&str, &str)], width: u16, height: u16) -> Pty {
    let mut pty = Pty::start(
        &["review", setting.exports.to_str().unwrap()],
        &setting.case,
        variables,
        width,
        height,
    );
    pty.wait_for("The facts of this case");
    pty.press("\x1b");
    pty.wait_for("nothing changed");
    pty.press("\r");
    pty.wait_for("1 of 40");
    pty
}

fn official(setting: &Setting) -> u64 {
    let session = super::tui::session(&setting.case, "Checker");
    session.decisions().set(Decision::Official).len()
}

#[test]
fn a_review_from_the_start_to_the_end_and_again() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    pty.press("oo");
    pty.wait_for("3 of 40");
    pty.wait_for("official: saved");
    pty.press("Q");
    pty.ends_whole();
    assert_eq!(official(&setting), 2);

    let mut pty = Pty::start(&["review"], &setting.case, &[], 80, 24);
    pty.wait_for("3 of 40, 38 undecided");
    pty.press("H");
    pty.wait_for("Go on: thread Bob, message 3 of 40");
    pty.press("Q");
    pty.ends_whole();
}

#[test]
fn resizing_at_any_moment() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    for step in 0..40_u16 {
        let (width, height) = (20 + step * 13 % 190, 5 + step * 7 % 60);
        pty.state
            .lock()
            .unwrap()
            .0
            .screen_mut()
            .set_size(NonZero::new(height).unwrap(), NonZero::new(width).unwrap());
        pty.master.resize(size(width, height)).unwrap();
        pty.press("j");
    }
    pty.state
        .lock()
        .unwrap()
        .0
        .screen_mut()
        .set_size(NonZero::new(30).unwrap(), NonZero::new(100).unwrap());
    pty.master.resize(size(100, 30)).unwrap();
    pty.wait_for("this message");
    pty.press("Q");
    pty.ends_whole();
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_sigcont_takes_it_again() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    pty.press("o");
    pty.wait_for("official: saved");
    pty.press("\x1a");
    pty.wait("stopped", Pty::is_stopped);
    pty.wait("a whole terminal", Pty::is_whole);
    pty.signal(Signal::CONT);
    pty.wait_for("2 of 40");
    assert!(!pty.is_whole());
    pty.press("o");
    pty.wait_for("3 of 40");
    pty.press("Q");
    pty.ends_whole();
    assert_eq!(official(&setting), 2);
}

#[test]
fn signals_end_it_with_the_terminal_whole_and_the_decisions_saved() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let setting = setting();
        let mut pty = opened(&setting, &[], 80, 24);
        pty.press("ooo");
        pty.wait_for("4 of 40");
        pty.wait_for("official: saved");
        pty.signal(signal);
        pty.ends_whole();
        assert_eq!(official(&setting), 3, "{signal:?}");
        let mut pty = Pty::start(&["review"], &setting.case, &[], 80, 24);
        pty.wait_for("4 of 40");
        pty.press("Q");
        pty.ends_whole();
    }
}

#[test]
fn kill_9_loses_nothing_that_was_shown_as_saved() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    pty.press("ooooo");
    // The cursor runs ahead of the disk; what is left is counted from what is on it.
    pty.wait_for("6 of 40, 35 undecided");
    pty.wait_for("official: saved");
    pty.signal(Signal::KILL);
    let _ = pty.child.wait();
    assert_eq!(official(&setting), 5);
}

#[test]
fn a_fault_in_any_thread_leaves_the_terminal_whole_and_prints_no_text() {
    for place in ["here", "beside"] {
        let setting = setting();
        let mut pty = Pty::start(
            &["review", setting.exports.to_str().unwrap()],
            &setting.case,
            &[("DOCKET_TEST_FAULT", place)],
            80,
            24,
        );
        assert_eq!(pty.ends_whole(), 101, "{place}");
        pty.wait_for("src/tui/mod.rs:");
        let screen = pty.screen();
        assert!(
            !screen.contains("a fault that a test asked for"),
            "{screen}"
        );
    }
}

#[test]
fn a_paste_runs_no_keys() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    pty.press("\x1b[200~oooOy\x1b[201~");
    pty.wait_for("pasted text is ignored");
    pty.press("Q");
    pty.ends_whole();
    assert_eq!(official(&setting), 0);
}

#[test]
fn no_color_writes_no_colour() {
    let setting = setting();
    let mut pty = opened(&setting, &[("NO_COLOR", "1")], 80, 24);
    pty.press("opmcr");
    pty.wait_for("6 of 40");
    pty.press("Q");
    pty.ends_whole();
    let output = pty.output();
    let colours = output
        .split("\x1b[")
        .filter_map(|part| part.split_once('m'))
        .filter(|(code, _)| {
            code.split(';').any(|number| {
                number.len() == 2 && (number.starts_with('3') || number.starts_with('9'))
            }) && code.chars().all(|c| c.is_ascii_digit() || c == ';')
        });
    assert_eq!(colours.count(), 0, "{output:?}");
    assert!(output.contains("\x1b[1m"), "bold stays");
}

#[test]
fn where_there_is_no_screen_it_says_what_does_the_same() {
    let setting = setting();
    let mut pty = Pty::start(
        &["review", setting.exports.to_str().unwrap()],
        &setting.case,
        &[("TERM", "dumb")],
        80,
        24,
    );
    pty.ends_whole();
    pty.wait("the reason", |pty| {
        let said = pty.output();
        said.contains("TERM=dumb") && said.contains("docket threads")
    });
    assert!(!pty.output().contains('\x1b'), "{:?}", pty.output());

    let mut pty = Pty::start(
        &["review", setting.exports.to_str().unwrap()],
        &setting.case,
        &[],
        19,
        4,
    );
    pty.ends_whole();
    pty.wait("the reason", |pty| {
        pty.output().contains("the window is 19 by 4")
    });
}

#[test]
fn at_rest_nothing_is_written() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 200, 50);
    pty.press("j");
    pty.wait_for("2 of 40");
    std::thread::sleep(Duration::from_millis(500));
    let before = pty.bytes();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(pty.bytes(), before);
    pty.press("Q");
    pty.ends_whole();
}

#[test]
fn details_come_when_the_keys_rest() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 80, 24);
    pty.press("o");
    pty.wait_for("2 of 40");
    pty.press("i");
    pty.wait_for("message          number 1, text");
    pty.wait_for("decided          not yet");
    pty.press("j");
    pty.wait_for("message          number 2, text");
    pty.press("Q");
    pty.ends_whole();
}

#[test]
fn a_key_of_the_settings_works() {
    let setting = setting();
    let file = setting.case.with_file_name("settings.toml");
    std::fs::write(&file, "[keys]\nofficial = '<F7>'\nquit = '<F4>'\n").unwrap();
    let chosen = [("DOCKET_CONFIG", file.to_str().unwrap())];
    let mut pty = opened(&setting, &chosen, 80, 24);
    pty.wait_for("F7 official");
    pty.press("\x1b[18~");
    pty.wait_for("2 of 40");
    pty.press("o");
    pty.wait_for("o is no key here");
    pty.press("\x1bOS");
    pty.ends_whole();
    assert_eq!(official(&setting), 1);
}

#[test]
fn broken_settings_keep_nobody_from_the_review() {
    let setting = setting();
    let file = setting.case.with_file_name("settings.toml");
    std::fs::write(&file, "theme = 'drak'\n").unwrap();
    let chosen = [("DOCKET_CONFIG", file.to_str().unwrap())];
    opened(&setting, &chosen, 80, 24).press("Q");
    // Without anything to load, it is the first that the screen tells.
    let mut pty = Pty::start(&["review"], &setting.case, &chosen, 80, 24);
    pty.wait_for("settings not taken: ");
    pty.press("jo");
    pty.wait_for("39 undecided");
    pty.press("Q");
    pty.ends_whole();
    assert!(pty.output().contains("did you mean dark?"));
}

#[test]
fn a_screen_for_screen_readers_can_be_asked_for() {
    let setting = setting();
    let mut pty = Pty::start(
        &["review", "--linear", setting.exports.to_str().unwrap()],
        &setting.case,
        &[],
        80,
        24,
    );
    pty.wait_for("The facts of this case");
    pty.press("\x1b");
    pty.wait_for("> Bob, 40 undecided");
    pty.press("\r");
    pty.wait_for("> · Thursday 25 March 2021 09:00 Ann: The contract is signed");
    pty.press("Q");
    pty.ends_whole();
}

/// Starts a review of a case that is there, as this reviewer, in its first thread.
fn joined(setting: &Setting, reviewer: &str) -> Pty {
    let mut pty = Pty::start(
        &["review", "--reviewer", reviewer],
        &setting.case,
        &[],
        120,
        40,
    );
    pty.wait_for("The facts of this case");
    pty.press("\x1b");
    pty.wait_for("nothing changed");
    pty.press("gt\r");
    pty.wait_for("1 of 40");
    pty
}

#[test]
fn two_sessions_see_each_other_and_lose_nothing() {
    let setting = setting();
    let mut first = opened(&setting, &[], 80, 24);
    first.press("Q");
    first.ends_whole();
    let (mut ann, mut bo) = (joined(&setting, "Ann Lee"), joined(&setting, "Bo Ek"));
    // A decision in one is told in the other, without a key.
    ann.press("o");
    ann.wait_for("official: saved");
    let start = Instant::now();
    bo.wait_for("Ann Lee decided a message");
    let seen = start.elapsed();
    println!("seen in the other session after {} ms", seen.as_millis());
    bo.wait("Ann's letter", |pty| pty.screen().contains("aO "));
    // Both decide the same message: Bo's screen may or may not know of Ann's yet.
    bo.press("jp");
    bo.wait_for("personal: saved");
    ann.wait_for("Bo Ek decided a message");
    // A word in one stands in the other; keys work in both.
    bo.press("ggs");
    bo.wait_for("countersigned: saved");
    ann.press("gg");
    ann.wait("Bo's sign", |pty| pty.screen().contains("O+"));
    ann.press("c");
    ann.wait_for("context: saved");
    bo.press("gg");
    bo.wait("the lapsed sign", |pty| pty.screen().contains("aC~"));
    for pty in [&mut ann, &mut bo] {
        pty.press("Q");
        pty.ends_whole();
    }
    let session = super::tui::session(&setting.case, "Checker");
    let told: Vec<String> = session
        .deciders()
        .all()
        .map(|(name, set)| format!("{name} {}", set.len()))
        .collect();
    assert_eq!(told, ["Ann Lee 1", "Bo Ek 1"]);
}

/// Nothing wakes it but a key, a signal or another session: no clock, no look at a file.
#[cfg(target_os = "linux")]
#[test]
fn at_rest_no_thread_wakes_and_what_others_write_is_heard() {
    let setting = setting();
    let mut pty = opened(&setting, &[], 120, 40);
    let case = docket::case::Case::open(&setting.case).unwrap();
    if !docket::case::watch::Watch::over(case.layout()).0.is_told() {
        println!("skipped: nobody tells of writes here");
        return;
    }
    drop(case);
    // What wakes now and then does so within three seconds, here or at any later time.
    pty.wait("a rest without a thread that wakes", |pty| {
        let (before, bytes) = (pty.waits(), pty.bytes());
        std::thread::sleep(Duration::from_secs(3));
        (pty.waits(), pty.bytes()) == (before, bytes)
    });
    let session = super::tui::session(&setting.case, "Bo Ek");
    let first = Target::Message(MessageNumber(0));
    let decided = session.decide(&first, Decision::Official, How::Key, None);
    assert_eq!(decided.unwrap().count, 1);
    pty.wait_for("Bo Ek decided a message");
    pty.press("Q");
    pty.ends_whole();
}
