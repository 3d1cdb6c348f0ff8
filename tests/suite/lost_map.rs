//! A file that docket has mapped is cut short while it reads on, and the system takes the rest from
//! it (SIGBUS): docket ends in order, says why, and is whole at the next start.

use super::keeping::Desk;
use super::pty::Pty;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

/// What docket says then.
const SAID: &str = "a file of the case was cut short, or the disk below it failed";

/// Cuts every file below a folder to nothing, those that docket has mapped among them.
fn cut_all(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => cut_all(&path),
            false => {
                let file = fs::OpenOptions::new().write(true).open(path);
                file.unwrap().set_len(0).unwrap();
            }
        }
    }
}

/// The one line that is said on standard error, without a word of a message.
#[track_caller]
fn says_one_sentence(told: &str) {
    let line = told.trim_start_matches('\r').trim_end();
    assert!(
        line.starts_with("docket: ") && line.contains(SAID),
        "{told}"
    );
    assert!(
        line.contains("`docket check`") && !line.contains('\n'),
        "{told}"
    );
    assert!(!told.contains("budget") && !told.contains("Quay"), "{told}");
}

#[test]
fn a_screen_over_a_map_that_was_cut_leaves_the_terminal_whole_and_says_why() {
    let desk = Desk::new();
    desk.ends(
        0,
        &["facts", "reference=F-1", "department=D", "custodian=Ann"],
    );
    let (before, _) = desk.ends(0, &["search", "is:official", "--json"]);
    let mut pty = Pty::start(&["review"], &desk.case(), &[], 80, 24);
    pty.wait_for("? help");
    cut_all(&desk.case().join("derived"));
    pty.press("\x1bgg\rGgg/lunch\r");
    assert_eq!(pty.ends_whole(), 3);
    pty.wait("the reason", |pty| pty.output().contains("derived again"));
    let output = pty.output();
    let (_, after) = output.rsplit_once("\x1b[?1049l").unwrap();
    says_one_sentence(after);

    // What is derived is made again from what is not.
    desk.ends(0, &["rebuild"]);
    let (now, _) = desk.ends(0, &["search", "is:official", "--json"]);
    assert_eq!(now, before);
    desk.ends(0, &["check"]);
    let mut pty = Pty::start(&["review"], &desk.case(), &[], 80, 24);
    pty.wait_for("? help");
    pty.press("Q");
    assert_eq!(pty.ends_whole(), 0);
}

#[test]
fn a_command_over_a_map_that_was_cut_says_why() {
    let desk = Desk::new();
    let long = super::tui::chat(&["Ann", "Bob"], &["The budget of the year, in words"], 4000);
    let export = desk.path("WhatsApp Chat with Bob.txt");
    fs::write(&export, long).unwrap();
    desk.ends(0, &["import", export.to_str().unwrap()]);

    let mut search = desk.command(&["search", "--json", "--", ""]);
    let mut search = search
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = search.stdout.take().unwrap();
    // It prints more than a pipe takes, so that it waits with most of the case before it.
    out.read_exact(&mut [0; 1024]).unwrap();
    cut_all(&desk.case().join("derived"));
    let reading = std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
    let mut told = String::new();
    search
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(search.wait().unwrap().code(), Some(3), "{told}");
    reading.join().unwrap().unwrap();
    says_one_sentence(&told);

    desk.ends(0, &["rebuild"]);
    desk.ends(0, &["check"]);
}
