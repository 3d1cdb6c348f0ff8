//! The real program at work on a case of its own, each trial in a folder that goes with it.

use crate::cut::SAID;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A command that takes longer hangs. Few take a second here; but the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Where docket lies: beside this program's folder.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().expect("this program lies somewhere");
    let folder = here.ancestors().nth(2).expect("target/debug/examples");
    folder.join("docket")
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    signal: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
    /// The most memory it had, in KiB, as far as it was looked at.
    pub memory: u64,
    is_late: bool,
}

impl Ran {
    /// That it ended as docket's commands do: in time, by itself, with a code of its list, and
    /// without a fault in docket itself.
    pub fn sound(&self, when: &str) -> Result<(), String> {
        let told = self.err.trim();
        if self.is_late {
            return Err(format!("{when}: it hangs"));
        }
        if let Some(signal) = self.signal {
            return Err(format!("{when}: ended by signal {signal}: {told}"));
        }
        let faults = ["a fault in docket itself", "panicked at", SAID];
        if faults.iter().any(|fault| told.contains(fault)) {
            return Err(format!("{when}: {told}"));
        }
        match self.code {
            Some(0..=3) => Ok(()),
            code => Err(format!("{when}: exit code {code:?}: {told}")),
        }
    }

    /// That it was done.
    pub fn done(self, when: &str) -> Result<Ran, String> {
        self.sound(when)?;
        match self.code {
            Some(0) => Ok(self),
            code => Err(format!(
                "{when}: exit code {code:?}: {} {}",
                self.err.trim(),
                short(&self.out)
            )),
        }
    }

    /// The objects that it printed.
    pub fn rows(&self) -> Vec<Value> {
        self.out
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

/// The end of what was said, on one line.
fn short(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let text = lines[lines.len().saturating_sub(12)..].join(" / ");
    text.chars().take(600).collect()
}

/// Decisions by message: a message without one is not in it.
pub type Decided = BTreeMap<u64, String>;

/// How many messages nobody has decided on.
pub fn undecided(decided: &Decided) -> u64 {
    let open = decided.values().filter(|kept| *kept == "undecided");
    open.count() as u64
}

/// A folder that goes with what it is for. In memory where that can be: a kill takes nothing from
/// there that it would leave on a disk, and thousands of trials need not wait for one.
pub fn scratch() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("torture-");
    let made = builder
        .tempdir_in("/dev/shm")
        .or_else(|_| builder.tempdir());
    made.expect("a folder for temporary files")
}

/// A folder with a case and some exports.
pub struct Desk {
    folder: TempDir,
    /// The case's folder, which may be put elsewhere.
    pub case: PathBuf,
}

impl Desk {
    /// Without a case yet.
    pub fn empty() -> Desk {
        let folder = scratch();
        let case = folder.path().join("case");
        Desk { folder, case }
    }

    /// With two chats, one of them loaded, and two decisions made.
    pub fn usual() -> Result<Desk, String> {
        let desk = Desk::empty();
        for (name, messages) in [("Quay works", 300), ("North office", 400)] {
            fs::write(desk.chat(name), chat(name, messages)).map_err(|e| e.to_string())?;
        }
        desk.run(&["import", &desk.chat("Quay works")])
            .done("a first import")?;
        desk.run(&["tag", "official", "budget", "--yes"])
            .done("tag")?;
        desk.run(&["tag", "personal", "lunch", "--yes"])
            .done("tag")?;
        Ok(desk)
    }

    /// Another one that begins as this one stands.
    pub fn again(&self) -> Desk {
        let desk = Desk::empty();
        copy(self.folder.path(), desk.folder.path()).expect("a copy of a desk");
        desk
    }

    /// A place in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the chat of this name lies.
    pub fn chat(&self, name: &str) -> String {
        let path = self.path(&format!("WhatsApp Chat with {name}.txt"));
        path.to_string_lossy().into_owned()
    }

    /// A command, with nothing of this machine around it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("USER", "tester")
            .env("DOCKET_CASE", &self.case)
            .env("DOCKET_CONFIG", "")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(start(self.command(arguments)), None)
    }

    /// Runs a command and kills it after this long, unless it ended before.
    pub fn killed(&self, arguments: &[&str], after: Duration) -> Ran {
        finish(start(self.command(arguments)), Some(after))
    }

    /// What is decided of each message.
    pub fn decided(&self) -> Result<Decided, String> {
        self.decided_in(&self.case.to_string_lossy())
    }

    /// What is decided of each message of another case.
    pub fn decided_in(&self, case: &str) -> Result<Decided, String> {
        let search = ["--json", "--case", case, "search", "--", ""];
        let ran = self.run(&search).done("search")?;
        let decision = |row: &Value| {
            let decision = row["decision"].as_str().unwrap_or_default();
            Some((row["number"].as_u64()?, decision.to_owned()))
        };
        Ok(ran.rows().iter().filter_map(decision).collect())
    }

    /// The ledger's entries.
    pub fn entries(&self) -> Result<Vec<Value>, String> {
        Ok(self.run(&["--json", "log"]).done("log")?.rows())
    }

    /// The hashes of the ledger's entries.
    pub fn hashes(&self) -> Result<Vec<String>, String> {
        let entries = self.entries()?;
        Ok(entries
            .iter()
            .filter_map(|entry| Some(entry["hash"].as_str()?.to_owned()))
            .collect())
    }

    /// That every byte of the case holds.
    pub fn is_whole(&self, when: &str) -> Result<(), String> {
        self.run(&["check", "--full"])
            .done(&format!("{when}: check --full"))
            .map(|_| ())
    }

    /// Makes what a killed command left an hour old: what is younger may be somebody's at work. In
    /// that hour a reader that was being started when the command was killed would end, too: until it
    /// is the program that it becomes, it holds what the command held.
    pub fn age_leftovers(&self) {
        let then = std::time::SystemTime::now() - Duration::from_secs(3600);
        for name in self.leftovers() {
            let left = fs::File::open(self.path(&name)).expect("what is left can be opened");
            let begun = Instant::now();
            while left.try_lock().is_err() && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
            left.set_modified(then)
                .expect("the time of a folder can be set");
        }
    }

    /// What lies in the folder that should not: what docket writes beside a target and did not
    /// take away.
    pub fn leftovers(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).into_iter().flatten();
        names
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with('.'))
            .collect()
    }
}

/// A command under way: what it says goes to files, so that nobody waits for anybody.
pub struct Started {
    child: Child,
    said: TempDir,
    begun: Instant,
}

/// Starts a command.
pub fn start(mut command: Command) -> Started {
    let said = scratch();
    let file =
        |name: &str| fs::File::create(said.path().join(name)).expect("a file for what it says");
    let child = command
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .expect("docket can be started");
    Started {
        child,
        said,
        begun: Instant::now(),
    }
}

/// Waits for the end of a command, or ends it when its time is over.
pub fn finish(mut started: Started, kill: Option<Duration>) -> Ran {
    let status = format!("/proc/{}/status", started.child.id());
    let mut memory = 0;
    let mut is_late = false;
    let mut pause = Duration::from_micros(200);
    let ended = loop {
        if let Ok(Some(ended)) = started.child.try_wait() {
            break Some(ended);
        }
        let spent = started.begun.elapsed();
        if kill.is_some_and(|after| spent >= after) || spent > PATIENCE {
            is_late = spent > PATIENCE;
            let _ = started.child.kill();
            break started.child.wait().ok();
        }
        memory = memory.max(peak(&status));
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(2));
    };
    let read = |name: &str| {
        let bytes = fs::read(started.said.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ran {
        code: ended.and_then(|ended| ended.code()),
        signal: ended.and_then(|ended| ended.signal()),
        out: read("out"),
        err: read("err"),
        memory,
        is_late,
    }
}

/// The most memory that a process had so far, in KiB, by its file in `/proc`.
pub fn peak(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// A chat of so many messages in one month.
pub fn chat(name: &str, messages: usize) -> String {
    (0..messages)
        .map(|at| {
            format!(
                "{:02}/03/2021, {:02}:{:02} - {}: {} number {at} of {name}\n",
                1 + at / 24 % 28,
                at % 24,
                at * 7 % 60,
                ["Ann", "Bo Ek", "Cleo"][at % 3],
                ["the budget paper", "lunch with Rafe", "a late train"][at / 2 % 3],
            )
        })
        .collect()
}

/// Copies what a folder holds into another one, which is for its owner alone as a case is; sockets
/// and links there are none.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true).mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), &place)?;
        }
    }
    Ok(())
}

/// Every file below a folder, in the order of their names.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
