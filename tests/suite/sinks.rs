//! Nothing that an export, a file's name or an argument says acts on a terminal: every form of
//! control sequence, each control character and what changes how text reads, through every field, to
//! every command and every screen. What comes out is taken apart as a terminal does it.

use super::pty::Pty;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vte::{Params, Parser, Perform};

/// The number that every sequence carries, and that docket's own never do.
const MARK: u16 = 4242;

/// Sequences of every form: ECMA-48's, and what terminals add.
fn sequences() -> Vec<String> {
    let mut all = Vec::new();
    for last in '@'..='~' {
        for private in ["", "?", ">", "=", "<"] {
            all.push(format!("\u{1b}[{private}{MARK}{last}"));
            all.push(format!("\u{9b}{private}{MARK}{last}"));
        }
        for between in [" ", "!", "\"", "#", "$", "'", "*", "+", ","] {
            all.push(format!("\u{1b}[{MARK}{between}{last}"));
        }
    }
    for last in '0'..='~' {
        all.push(format!("\u{1b}{last}{MARK}"));
        for between in [" ", "#", "%", "(", ")", "*", "+"] {
            all.push(format!("\u{1b}{between}{last}{MARK}"));
        }
    }
    for number in [
        0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 22, 50, 52, 104, 110, 112, 133, 555, 777, 1337,
    ] {
        for end in ["\u{7}", "\u{1b}\\", "\u{9c}", ""] {
            all.push(format!("\u{1b}]{number};{MARK};?{end}"));
            all.push(format!("\u{9d}{number};{MARK}{end}"));
        }
    }
    for begin in [
        "\u{1b}P", "\u{90}", "\u{1b}X", "\u{98}", "\u{1b}^", "\u{9e}", "\u{1b}_", "\u{9f}",
    ] {
        for inside in ["$q", "+q", "q", "G", "@kitty", ""] {
            all.push(format!("{begin}{MARK}{inside}x\u{1b}\\"));
        }
    }
    // Each control character, and each that changes how its neighbours read.
    let alone = (0..0x20)
        .chain(0x7F..0xA0)
        .chain(FOREIGN.iter().flat_map(|run| run.clone()));
    all.extend(
        alone
            .filter_map(char::from_u32)
            .filter(|c| !matches!(c, '\n' | '\r'))
            .map(|c| format!("x{c}y{MARK}")),
    );
    all
}

/// Characters that are never drawn as they are: they turn, hide or join their neighbours.
const FOREIGN: &[std::ops::RangeInclusive<u32>] = &[
    0x80..=0x9F,
    0x061C..=0x061C,
    0x200B..=0x200B,
    0x200E..=0x200F,
    0x2028..=0x202E,
    0x2060..=0x2064,
    0x2066..=0x206F,
    0xFEFF..=0xFEFF,
    0xFFF9..=0xFFFB,
    0xE0001..=0xE0001,
    0xE0020..=0xE007F,
];

/// What of an output acts on a terminal and is not docket's.
#[derive(Default)]
struct Foreign {
    found: BTreeSet<String>,
    /// Whether the output is of a screen, which has sequences of its own.
    screen: bool,
}

impl Foreign {
    fn note(&mut self, what: String) {
        if self.found.len() < 20 {
            self.found.insert(what);
        }
    }
}

impl Perform for Foreign {
    fn print(&mut self, c: char) {
        if FOREIGN.iter().any(|run| run.contains(&u32::from(c))) {
            self.note(format!("{c:?} is printed"));
        }
    }

    fn execute(&mut self, byte: u8) {
        // A screen goes to the start of a line and a line on; a command ends its lines.
        if !matches!(byte, b'\n' | b'\r') {
            self.note(format!("the control character {byte:#04x}"));
        }
    }

    fn hook(&mut self, params: &Params, between: &[u8], _: bool, last: char) {
        self.note(format!("DCS {params:?} {between:?} {last:?}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        let params: Vec<_> = params
            .iter()
            .map(|one| String::from_utf8_lossy(one))
            .collect();
        self.note(format!("OSC {params:?}"));
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _: bool, last: char) {
        let carries = params.iter().flatten().any(|number| *number == MARK);
        if carries || !self.screen {
            self.note(format!("CSI {params:?} {between:?} {last:?}"));
        }
    }

    fn esc_dispatch(&mut self, between: &[u8], _: bool, last: u8) {
        self.note(format!("ESC {between:?} {:?}", char::from(last)));
    }
}

#[track_caller]
fn inert(what: &str, output: &[u8], screen: bool) {
    let mut foreign = Foreign {
        screen,
        ..Foreign::default()
    };
    Parser::new().advance(&mut foreign, output);
    assert!(foreign.found.is_empty(), "{what}: {:#?}", foreign.found);
}

/// Exports whose every field holds the sequences, one after another.
fn exports(folder: &Path) -> Vec<PathBuf> {
    let sequences = sequences();
    fs::create_dir_all(folder).unwrap();
    let mut chat = String::new();
    for (at, sequence) in sequences.iter().enumerate() {
        let (hour, minute) = (at / 60 % 24, at % 60);
        let day = 13 + at / 1440;
        // As a sender, as a text, as the name of a file, as what a line of the app names.
        let said = match at % 4 {
            0 => format!("{sequence}: budget {at}"),
            1 => format!("Ama Osei: budget {sequence} {at}"),
            2 => format!("Ama Osei: {sequence}.jpg (file attached)"),
            _ => format!("Ama Osei changed the subject to “{sequence}”"),
        };
        chat.push_str(&format!(
            "{day:02}/03/2021, {hour:02}:{minute:02} - {said}\n"
        ));
        if at % 4 != 1 {
            chat.push_str(&format!(
                "{day:02}/03/2021, {hour:02}:{minute:02} - Ama Osei: {sequence}\n"
            ));
        }
    }
    let mut mails = String::new();
    for (at, sequence) in sequences.iter().enumerate().step_by(7) {
        mails.push_str(&format!(
            "From a@example.org Mon Mar  1 09:00:00 2021\nFrom: {sequence} <a{at}@example.org>\nTo: {sequence} <b@example.org>\nSubject: {sequence} budget\nDate: Mon, 1 Mar 2021 09:00:{:02} +0000\nMessage-ID: <{sequence}{at}@example.org>\nX-Gmail-Labels: {sequence}\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>{sequence}&#27;[{MARK}m&#x202e;</p>\n--b\nContent-Type: image/png; name=\"{sequence}.png\"\nContent-Disposition: attachment; filename=\"{sequence}.png\"\n\nx\n--b--\n\n",
            at % 60
        ));
    }
    let table = format!("a,b\n{}", sequences.join(",\n"));
    let named = format!("WhatsApp Chat with \u{1b}[{MARK}m\u{202e}\u{9b}{MARK}m\u{200b}.txt");
    let paths = [
        (named, chat),
        ("mails\u{1b}]0;4242\u{7}.mbox".to_owned(), mails),
        ("\u{1b}]52;c;4242\u{7}\u{e0041}.csv".to_owned(), table),
    ];
    paths
        .into_iter()
        .map(|(name, text)| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        })
        .collect()
}

#[test]
fn nothing_from_outside_acts_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("exports \u{1b}[4242m");
    exports(&given);
    assert!(sequences().len() > 1_500, "{}", sequences().len());
    let case = folder.path().join("case");
    let hostile = "\u{1b}[4242m\u{1b}]0;4242\u{7}\u{9b}4242m\u{202e}\u{e0041}";
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let given = given.to_str().unwrap().to_owned();
    let (bundle, forms) = (out("bundle"), out("forms"));
    let custodian = format!("custodian={hostile}");
    let commands: Vec<Vec<&str>> = vec![
        vec!["import", &given],
        vec!["status"],
        vec!["threads"],
        vec!["search", "budget"],
        vec!["search", "is:system"],
        vec!["search", hostile],
        vec!["search", "/[/", hostile],
        vec!["show", "1"],
        vec!["show", "3", hostile],
        vec!["reconcile"],
        vec!["timeline"],
        vec!["findings"],
        vec!["completeness"],
        vec!["exposure"],
        vec!["people"],
        vec!["people", "add", hostile],
        vec!["tag", "official", "budget", "--yes", "--note", hostile],
        vec!["flag", "hold", "1", "--text", hostile],
        vec!["note", "1", hostile],
        vec!["rule", hostile],
        vec!["rules"],
        vec!["context"],
        vec!["redactions"],
        vec!["redact", "1", "--text", hostile, "--reason", hostile],
        vec!["facts", &custodian],
        vec!["facts"],
        vec!["log"],
        vec!["waiting"],
        vec!["reasons"],
        vec!["certificate", hostile],
        vec!["check"],
        vec!["bundle", &bundle],
        vec!["bundle", &bundle, "--dry-run"],
        vec!["export", &forms, "--form", "mbox"],
        vec!["verify", hostile],
        vec!["diff", hostile, hostile],
        vec!["attachment", "1", "--out", hostile],
        vec!["undo"],
        vec!["redo"],
        vec!["rebuild"],
        vec![hostile],
        vec!["--case", hostile, "status"],
        vec!["--reviewer", hostile, "status"],
    ];
    println!(
        "counted {} control sequences and characters",
        sequences().len()
    );
    println!("counted {} outputs of commands", commands.len() * 2);
    for arguments in commands {
        for json in [false, true] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
            if json {
                command.arg("--json");
            }
            let ran = command
                .args(&arguments)
                .current_dir(folder.path())
                .env("DOCKET_CASE", &case)
                .env("DOCKET_CONFIG", "")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let what = format!("{arguments:?} json={json}");
            inert(&what, &ran.stdout, false);
            inert(&what, &ran.stderr, false);
            assert!(ran.status.code().is_some(), "{what} was ended by a signal");
        }
    }
}

#[test]
fn nothing_from_outside_acts_on_a_screen() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("exports");
    exports(&given);
    let case = folder.path().join("case");
    let mut pty = Pty::start(&["review", given.to_str().unwrap()], &case, &[], 180, 50);
    pty.wait_for("The facts of this case");
    pty.press("\u{1b}");
    pty.wait_for("nothing changed");
    let settle = |pty: &Pty| {
        let mut before = pty.bytes();
        loop {
            std::thread::sleep(std::time::Duration::from_millis(120));
            match pty.bytes() {
                now if now == before => break,
                now => before = now,
            }
        }
    };
    // The list of threads, then all of the longest one with its details, then the other screens.
    pty.press("\r");
    settle(&pty);
    pty.press("i");
    for _ in 0..40 {
        pty.press("\u{1b}[6~");
        settle(&pty);
    }
    for key in ('a'..='z').chain('A'..='Z') {
        pty.press(&format!("g{key}"));
        settle(&pty);
        for _ in 0..3 {
            pty.press("\u{1b}[6~");
            settle(&pty);
        }
        pty.press("\u{1b}");
        settle(&pty);
    }
    for typed in [
        "/budget\r",
        "?",
        "\u{1b}",
        ":",
        "\u{1b}",
        "e",
        "#",
        "\u{1b}",
        "w",
        "\u{1b}",
    ] {
        pty.press(typed);
        settle(&pty);
    }
    println!("counted 52 keys to screens pressed");
    let output = pty.output();
    assert!(
        output.contains("4242"),
        "the screens show what they are tested with"
    );
    // docket's own: it saves the cursor's style, asks nothing of the terminal that it was not told to.
    inert("the review", output.as_bytes(), true);
    pty.press("Q");
}
