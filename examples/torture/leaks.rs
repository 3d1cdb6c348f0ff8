//! S12: a case of messages that each hold a word of their own, through every command and many
//! forced errors. The words stand in what was asked for and in the case, and nowhere else; nothing
//! is for others to read; no call to a network is made.

use crate::desk::{Desk, Ran, files, finish, start};
use crate::dice::Dice;
use crate::row::{Lack, Options, Row, Tally, Trials};
use crate::screen::Screen;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

pub const ROW: Row = Row {
    number: "S12",
    about: "1,000 canaries through every command, forced errors and the screen; what a reader of exports, and docket itself, may not do",
    goal: "0 canaries outside, 0 bits for others, 0 calls to a network, 0 of 12 forbidden acts allowed",
    limit: (300, 900),
    apart: false,
    ready,
};

/// What every canary begins with.
const CANARY: &str = "zqxkanari";

/// What is asked for, for each command that needs more than its name.
const COMMANDS: &[&[&str]] = &[
    &["threads"],
    &["search", "zqxkanari"],
    &["search", "from:zqxkanarisender"],
    &["show", "7"],
    &["attachment", "7"],
    &["reconcile"],
    &["timeline"],
    &["sample", "5"],
    &["tag", "official", "zqxkanari", "--yes"],
    &["undo"],
    &["redo"],
    &["flag", "sensitive", "zqxkanari0007", "--yes"],
    &["note", "zqxkanari0007", "--text", "look again", "--yes"],
    &["waiting"],
    &["reasons"],
    &[
        "redact",
        "zqxkanari0007",
        "--text",
        "zqxkanari0007",
        "--reason",
        "personal",
        "--yes",
    ],
    &["redactions"],
    &["findings"],
    &["completeness"],
    &["exposure"],
    &[
        "rule",
        "add",
        "Kanari",
        "--decision",
        "official",
        "zqxkanari",
    ],
    &["rule", "run", "--yes", "Kanari"],
    &["rules"],
    &["people"],
    &["log"],
    &["status"],
    &["check", "--full"],
    &["rebuild"],
    &["facts", "reference=FOI-1"],
    &["bundle", "bag", "--dry-run"],
    &["bundle", "bag"],
    &["verify", "bag"],
    &["certificate", "zqxkanari", "--out", "certificate.txt"],
    &["export", "mbox", "--form", "mbox"],
    &["formats"],
    &["config"],
    &["completions", "bash"],
    &["man"],
];

/// What ends in an error: the words of the case are near, and must not be in what is said of it.
const ERRORS: &[&[&str]] = &[
    &["search", "(((zqx"],
    &["search", "from:"],
    &["search", "on:2021-99-99"],
    &["search", "/(((/"],
    &["show", "999999"],
    &["show", "x"],
    &["attachment", "7", "--out", "/nonexistent/file"],
    &["tag", "nonsense", "lunch", "--yes"],
    &["tag", "official", "lunch"],
    &["flag", "nonsense", "lunch", "--yes"],
    &[
        "redact",
        "",
        "--pattern",
        "(((",
        "--reason",
        "personal",
        "--yes",
    ],
    &[
        "redact", "", "--text", "lunch", "--reason", "nonsense", "--yes",
    ],
    &["rule", "add", "x", "--decision", "official", "((("],
    &["rule", "run", "nobody"],
    &["import", "/nonexistent"],
    &["import", "case"],
    &["import", "broken.zip"],
    &["import", "binary.dat"],
    &["bundle", "bag"],
    &["bundle", "/nonexistent/bag"],
    &["bundle", "case/bag"],
    &["export", "bag", "--form", "nonsense"],
    &["verify", "/nonexistent"],
    &["verify", "case"],
    &["prove", "999999"],
    &["certificate", "(((", "--out", "c.txt"],
    &["sign", "bag"],
    &["sign", "bag", "--key", "/nonexistent"],
    &["receipt", "bag"],
    &["people", "import", "/nonexistent"],
    &["countersign", "budget", "--yes"],
    &["disagree", "budget", "--yes"],
    &["uphold", "budget", "--yes"],
    &["sample", "x"],
    &["timeline", "--by", "nonsense"],
    &["facts", "nonsense=1"],
    &["config", "check", "/nonexistent"],
    &["review", "/nonexistent"],
    &["review"],
    &["nonsense"],
    &["--case", "/nonexistent/x", "status"],
    &["--case", "/proc/self", "status"],
    &["--case", "/dev/null", "status"],
];

struct Leaks {
    begin: Desk,
    strace: bool,
}

fn canaries() -> String {
    (0..1000).fold(String::new(), |mut text, at| {
        let _ = writeln!(
            text,
            "{:02}/03/2021, {:02}:{:02} - Zqxkanarisender {}: {CANARY}{at:04} the budget, NHS 943 476 5919",
            1 + at / 36,
            at / 3 % 24,
            at % 60,
            ["Ann", "Bo", "Cleo"][at % 3],
        );
        text
    })
}

fn ready(_: &Options) -> Result<Box<dyn Trials>, Lack> {
    let begin = Desk::empty();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(begin.path(name), bytes).map_err(|error| error.to_string())
    };
    fs::create_dir(begin.path("tmp")).map_err(|error| error.to_string())?;
    write("WhatsApp Chat with Quay works.txt", canaries().as_bytes())?;
    write("broken.zip", b"PK\x03\x04zqxkanari and nothing more")?;
    write("binary.dat", b"\0\x01\x02zqxkanari\xff\xfe")?;
    begin
        .run(&["import", &begin.chat("Quay works")])
        .done("import")?;
    let strace = Command::new("strace")
        .args(["-f", "-e", "trace=%network", "true"])
        .output();
    Ok(Box::new(Leaks {
        begin,
        strace: strace.is_ok_and(|ran| ran.status.success()),
    }))
}

/// Whether a line of strace's tells of a call that reaches a socket.
fn is_call(line: &str) -> bool {
    // What a handler of signals writes to is asked whether it is a socket; it is a pipe. A thread that
    // the end of its process takes on the way into a call leaves one that strace cannot name, whichever
    // it was: most often that with which it waits.
    line.contains('(') && !line.contains(" = -1 ENOTSOCK ") && !line.contains("???(")
}

fn holds(text: &[u8]) -> bool {
    let folded = text.to_ascii_lowercase();
    folded
        .windows(CANARY.len())
        .any(|part| part == CANARY.as_bytes())
}

impl Trials for Leaks {
    fn count(&self) -> u64 {
        5
    }

    fn run(&self, trial: u64, _: Dice, tally: &Tally) -> Result<(), String> {
        let desk = self.begin.again();
        match trial {
            0 => self.commands(&desk, tally),
            1 => self.errors(&desk, tally),
            2 => self.damaged(&desk, tally),
            3 => screen(&desk, tally),
            _ => forbidden(tally),
        }
    }
}

impl Leaks {
    /// Runs a command under a watch of its calls to a network.
    fn watched(&self, desk: &Desk, arguments: &[&str], tally: &Tally) -> Result<Ran, String> {
        let mut command = desk.command(arguments);
        command.env("TMPDIR", desk.path("tmp"));
        let when = format!("docket {}", arguments.join(" "));
        let calls = desk.path("tmp/calls");
        if self.strace {
            let mut watched = Command::new("strace");
            watched
                .args([
                    "-f",
                    "-qq",
                    "-e",
                    "trace=%network",
                    "-e",
                    "signal=none",
                    "-o",
                ])
                .arg(&calls)
                .arg(command.get_program())
                .args(command.get_args())
                .env_clear()
                .envs(
                    command
                        .get_envs()
                        .filter_map(|(name, value)| Some((name, value?))),
                )
                .current_dir(desk.path(""))
                .stdin(std::process::Stdio::null());
            command = watched;
        }
        let ran = finish(start(command), None);
        ran.sound(&when)?;
        if self.strace {
            tally.one("commands watched for calls to a network");
            let made = fs::read_to_string(&calls).unwrap_or_default();
            let _ = fs::remove_file(&calls);
            if let Some(call) = made.lines().find(|line| is_call(line)) {
                return Err(format!("{when}: a call to a network: {call}"));
            }
        }
        if holds(ran.err.as_bytes()) {
            return Err(format!("{when}: a message's words on standard error"));
        }
        Ok(ran)
    }

    fn commands(&self, desk: &Desk, tally: &Tally) -> Result<(), String> {
        let help = desk.run(&["--help"]).done("help")?.out;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names: Vec<&str> = listed
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .filter(|name| !name.is_empty() && *name != "review")
            .collect();
        let plain: Vec<[&str; 1]> = names
            .iter()
            .filter(|name| !COMMANDS.iter().any(|known| known[0] == **name))
            .map(|name| [*name])
            .collect();
        let all = COMMANDS.iter().copied();
        for arguments in all.chain(plain.iter().map(|one| &one[..])) {
            self.watched(desk, arguments, tally)?;
            tally.one("commands");
        }
        outside(desk, tally)
    }

    fn errors(&self, desk: &Desk, tally: &Tally) -> Result<(), String> {
        desk.run(&["tag", "official", "", "--yes"]).done("tag")?;
        desk.run(&["bundle", "bag"]).done("bundle")?;
        for arguments in ERRORS {
            let ran = self.watched(desk, arguments, tally)?;
            tally.add("forced errors", (ran.code != Some(0)).into());
        }
        outside(desk, tally)
    }

    /// A case with one file cut in half, and what all the commands say of it.
    fn damaged(&self, desk: &Desk, tally: &Tally) -> Result<(), String> {
        for path in files(&self.begin.case) {
            let desk = self.begin.again();
            let Ok(place) = path.strip_prefix(&self.begin.case) else {
                continue;
            };
            let place = desk.case.join(place);
            let bytes = fs::read(&path).map_err(|error| error.to_string())?;
            let _ = fs::remove_file(&place);
            fs::write(&place, &bytes[..bytes.len() / 2]).map_err(|error| error.to_string())?;
            for arguments in [
                &["search", "budget"][..],
                &["check", "--full"],
                &["rebuild"],
            ] {
                let ran = desk.run(arguments);
                ran.sound(&format!("{} cut in half", place.display()))?;
                tally.add("forced errors", (ran.code != Some(0)).into());
                if holds(ran.err.as_bytes()) {
                    return Err(format!(
                        "{arguments:?}: a message's words on standard error"
                    ));
                }
            }
        }
        outside(desk, tally)
    }
}

/// That no file outside the case and what was asked for holds a canary, and no file that docket
/// wrote is for others.
fn outside(desk: &Desk, tally: &Tally) -> Result<(), String> {
    let given = [
        "WhatsApp Chat with Quay works.txt",
        "broken.zip",
        "binary.dat",
    ];
    let asked = ["bag", "mbox", "certificate.txt"];
    for path in files(&desk.path("")) {
        let inside = path.strip_prefix(desk.path("")).unwrap_or(&path);
        let first = inside.iter().next().unwrap_or_default().to_string_lossy();
        if given.contains(&&*first) {
            continue;
        }
        tally.one("files looked at");
        let mode = fs::metadata(&path)
            .map_err(|e| e.to_string())?
            .permissions()
            .mode();
        if mode & 0o077 != 0 && !is_copied(inside) {
            return Err(format!("{} has mode {:o}", inside.display(), mode & 0o777));
        }
        let is_held = holds(&fs::read(&path).unwrap_or_default());
        if is_held && first != "case" && !asked.contains(&&*first) {
            return Err(format!("{} holds a message's words", inside.display()));
        }
        if first.starts_with("core") || first == "tmp" {
            return Err(format!("{} was left behind", inside.display()));
        }
    }
    Ok(())
}

/// Files that this program itself copied, and so perhaps with other modes.
fn is_copied(inside: &Path) -> bool {
    inside.starts_with(".cargo")
}

/// A review with canaries on the screen: nothing of them is in the title, the clipboard, the
/// process's words, or on the screen once it has been left.
fn screen(desk: &Desk, tally: &Tally) -> Result<(), String> {
    let mut screen = Screen::start(desk, &["review"], 100, 30, &[]);
    screen.wait_for("The facts of this case")?;
    screen.press("\u{1b}");
    screen.wait_for("nothing changed")?;
    screen.press("\r");
    screen.wait_for(CANARY)?;
    for name in ["cmdline", "environ"] {
        let told = fs::read(format!("/proc/{}/{name}", screen.id())).unwrap_or_default();
        if holds(&told) {
            return Err(format!("/proc/PID/{name} holds a message's words"));
        }
    }
    screen.press("ojjk");
    screen.wait_for("saved")?;
    screen.press("Q");
    screen.ends_whole()?;
    let output = String::from_utf8_lossy(&screen.output()).into_owned();
    for (code, what) in [
        ("\u{1b}]0;", "title"),
        ("\u{1b}]2;", "title"),
        ("\u{1b}]52;", "clipboard"),
    ] {
        if output.contains(code) {
            return Err(format!("the {what} was written"));
        }
    }
    if holds(screen.text().as_bytes()) {
        return Err("a message's words stay on the screen once it was left".into());
    }
    tally.one("screens");
    outside(desk, tally)
}

/// What a process tries once it is locked, as the suite has it: each act is denied, but those that it
/// is there for.
fn forbidden(tally: &Tally) -> Result<(), String> {
    let Some(suite) = crate::suite::newest("suite") else {
        tally.one("not tried: forbidden acts, the suite is not built");
        return Ok(());
    };
    for test in [
        "suite::apart::a_reader_can_do_nothing_but_read_its_export",
        "suite::apart::the_program_writes_in_its_case_and_where_it_was_told_and_nowhere_else",
    ] {
        crate::suite::run(Command::new(&suite).arg("--exact"), test, tally)?;
    }
    Ok(())
}
