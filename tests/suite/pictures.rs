//! Pictures in the protocols of terminals: the real program before a terminal that tells what it can show,
//! and before one that tells nothing.

use super::pty::Pty;
use std::path::PathBuf;

struct Setting {
    _folder: tempfile::TempDir,
    case: PathBuf,
    export: PathBuf,
}

fn setting() -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("WhatsApp Chat - Kits.zip");
    super::files::export(&export);
    Setting {
        case: folder.path().join("case"),
        export,
        _folder: folder,
    }
}

/// Loads the export and opens the file of its first message, a picture.
fn opened(setting: &Setting, variables: &[(&str, &str)]) -> Pty {
    let mut pty = Pty::start(
        &["review", setting.export.to_str().unwrap()],
        &setting.case,
        variables,
        80,
        24,
    );
    pty.wait_for("The facts of this case");
    pty.press("\x1b");
    pty.wait_for("nothing changed");
    pty.press("\r");
    pty.wait_for("1 of ");
    pty.press("ggF");
    pty.wait_for("picture PNG, 4 × 2");
    pty
}

/// The last question, which every terminal answers.
const ASKED: &str = "\x1b[c";
/// The 24 rows as they were before an answer came have to be so after it, but for the picture.
const CELL: &str = "\x1b[6;20;10t";

fn said(pty: &Pty, text: &str) -> bool {
    pty.output().contains(text)
}

/// Leaves the files and the program, and gives all that was written.
fn left(mut pty: Pty) -> String {
    pty.press("q");
    pty.wait("the list", |pty| !pty.screen().contains("file 1 of 1"));
    pty.press("Q");
    pty.ends_whole();
    pty.output()
}

#[test]
fn a_terminal_that_answers_is_sent_pictures_and_no_answer_is_a_key() {
    for (answer, begins, ends) in [
        (
            "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35)\x1b\\",
            "\x1b_Ga=T,",
            "\x1b_Ga=d,",
        ),
        (
            "\x1bP>|iTerm2 3.5.0\x1b\\",
            "\x1b]1337;File=inline=1;",
            "\x1b[2J",
        ),
        ("\x1bP>|XTerm(390)\x1b\\", "\x1bP0;1;0q", "\x1b[2J"),
    ] {
        let setting = setting();
        let mut pty = opened(&setting, &[]);
        pty.wait("a question", |pty| said(pty, ASKED));
        assert!(
            !said(&pty, begins),
            "nothing is sent before the terminal told"
        );
        // In pieces, as a slow line brings them.
        let answers = format!("{answer}{CELL}\x1b[?62;4;22c");
        for piece in answers.as_bytes().chunks(7) {
            pty.press(std::str::from_utf8(piece).unwrap());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        pty.wait("a picture", |pty| said(pty, begins));
        let before = pty.bytes();
        // An answer's letters would have said something, decided something or left the page.
        pty.press("j");
        pty.wait_for("picture PNG, 4 × 2");
        assert!(!pty.screen().contains("is no key"), "{}", pty.screen());
        assert!(
            pty.bytes() - before < 200,
            "a picture that stays is not sent again"
        );
        let written = left(pty);
        let after = written.rsplit_once(begins).unwrap().1;
        assert!(after.contains(ends), "{answer:?} stays behind");
        let asked = written.matches(ASKED).count();
        assert_eq!(asked, 1, "it is asked once");
        let log = std::process::Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(["log"])
            .env("DOCKET_CASE", &setting.case)
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&log.stdout).into_owned();
        assert!(
            !log.contains("official") && !log.contains("personal"),
            "{log}"
        );
    }
}

#[test]
fn a_terminal_that_says_nothing_costs_a_question() {
    let setting = setting();
    let pty = opened(&setting, &[]);
    pty.wait("a question", |pty| said(pty, ASKED));
    pty.wait("half blocks", |pty| pty.screen().contains('▀'));
    let written = left(pty);
    for code in ["\x1b_Ga=T", "1337;File", "\x1bP0;1"] {
        assert!(!written.contains(code), "{code:?}");
    }
}

#[test]
fn nothing_is_asked_of_whom_the_answer_is_known() {
    for (variables, drawn) in [
        (vec![("TERM", "xterm-kitty")], Some("\x1b_Ga=T,")),
        (vec![("LC_TERMINAL", "iTerm2")], Some("\x1b]1337;File")),
        (vec![("NO_COLOR", "1")], None),
        (vec![("TERM", "linux")], None),
    ] {
        let setting = setting();
        let pty = opened(&setting, &variables);
        if let Some(drawn) = drawn {
            pty.wait("a picture", |pty| said(pty, drawn));
        }
        let written = left(pty);
        assert!(!written.contains(ASKED), "{variables:?}");
    }
}

#[test]
fn within_tmux_only_sixels_are_asked_for() {
    let setting = setting();
    let variables = [("TMUX", "/tmp/tmux,1,0"), ("TERM", "tmux-256color")];
    let mut pty = opened(&setting, &variables);
    pty.wait("a question", |pty| said(pty, ASKED));
    pty.press(&format!("{CELL}\x1b[?1;2;4c"));
    pty.wait("sixels", |pty| said(pty, "\x1bP0;1;0q"));
    let written = left(pty);
    // tmux takes an APC for a title.
    assert!(!written.contains("\x1b_") && !written.contains("\x1b[>q"));
}
