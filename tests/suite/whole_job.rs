//! The README's whole job on the sample exports, by keys alone, with the real program in a real
//! pseudo-terminal of 80 by 24: load, facts, find, decide, take back, look again, hand over, come back.

use super::pty::Pty;
use docket::model::Decision;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Job {
    _folder: tempfile::TempDir,
    case: PathBuf,
    bag: PathBuf,
}

fn job() -> Job {
    let folder = tempfile::tempdir().unwrap();
    Job {
        case: folder.path().join("case"),
        bag: folder.path().join("bag"),
        _folder: folder,
    }
}

fn start(case: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Pty {
    Pty::start(arguments, case, variables, 80, 24)
}

fn docket(case: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(arguments)
        .env("DOCKET_CASE", case)
        .env("DOCKET_CONFIG", "")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        output.status.success(),
        said + &String::from_utf8_lossy(&output.stderr),
    )
}

/// Presses, and waits until the screen shows these words.
#[track_caller]
fn then(pty: &mut Pty, keys: &str, words: &str) {
    pty.press(keys);
    pty.wait_for(words);
}

const ENTER: &str = "\r";
const ESC: &str = "\x1b";

#[test]
fn the_whole_job_by_keys_alone() {
    let job = job();
    let mut pty = start(
        &job.case,
        &["review", "--reviewer", "Ann Lee", "sample_exports"],
        &[],
    );
    // The facts, once loaded, with who I am.
    pty.wait_for("The facts of this case");
    then(&mut pty, "FOI-2024-031\x1b[B", "FOI-2024-031");
    then(&mut pty, "Civic Resilience\x1b[B", "Civic Resilience");
    then(&mut pty, "Private office\x1b[B", "Private office");
    then(&mut pty, "\x1b[BTamsin", "Tamsin");
    then(&mut pty, ENTER, "facts: saved");
    pty.wait_for("docket  FOI-2024-031");

    // Find, scroll, decide one, several, a range, take back and make again.
    then(&mut pty, "/in:\"test kits\"", "591 messages in 1 thread");
    then(&mut pty, ENTER, "search: in:\"test kits\"");
    then(&mut pty, ENTER, "Test Kits Cell");
    pty.press("gg\x04\x15\t");
    then(&mut pty, "o", "official: saved");
    then(&mut pty, "3p", "personal: 3 messages saved");
    then(&mut pty, "vjjm", "mixed: 3 messages saved");
    then(&mut pty, "u", "took back and saved");
    then(&mut pty, "\x12", "put back and saved");
    // A whole thread, and everything that a search finds; both ask first.
    then(&mut pty, "O", "y does it");
    then(&mut pty, "y", "messages saved");
    then(&mut pty, "/in:harts\r", "search: in:harts");
    then(&mut pty, "*p", "y does it");
    then(&mut pty, "y", "messages saved");

    // A flag, a note, a rule, and what it decides.
    then(&mut pty, "tt", "transitory on 1 message: saved");
    then(&mut pty, "aask Priya\r", "saved");
    then(&mut pty, "/minister\r", "search: minister");
    then(&mut pty, "Ko Minister; business\r", "rule 1 added");
    then(&mut pty, "gR", "would decide");
    then(&mut pty, "a", "y does it");
    then(&mut pty, "y", "saved");

    // What is private in a mixed message is masked.
    then(
        &mut pty,
        "/\"regulation 32\"\r",
        "search: \"regulation 32\"",
    );
    then(&mut pty, "ggm", "mixed: saved");
    then(&mut pty, "gg#", "waits for its mask");
    then(&mut pty, "v$\r", "personal");
    then(&mut pty, "pers\r", "saved");

    // The ways: start, timeline, people, exports, ledger, help, palette.
    then(&mut pty, "gh", "What is left");
    then(&mut pty, "gc", "all threads");
    then(&mut pty, "gp", "which names are one person");
    then(&mut pty, "gs", "the exports of this case");
    then(&mut pty, "gl", "the ledger");
    then(&mut pty, "?", "keys");
    pty.press("q");
    then(&mut pty, ":undeci", "Enter does it");
    pty.press(ESC);
    pty.wait("the palette closed", |pty| {
        !pty.screen().contains("Enter does it")
    });

    // The bundle: looked at, in the way, then in part, written.
    then(&mut pty, "gb", "In the way:");
    then(&mut pty, "p", "Nothing is in the way");
    then(&mut pty, "w", "write to: ");
    pty.press("\x15");
    pty.press(job.bag.to_str().unwrap());
    pty.press(ENTER);
    pty.wait("the bundle", |_| job.bag.join("bagit.txt").exists());
    pty.wait_for("written");

    // Away from a place in a thread, and back to it.
    then(&mut pty, "/in:harts\r\r", "Easter Harts");
    pty.press("gg12j");
    pty.wait_for(" 13 of ");
    pty.press("Q");
    pty.ends_whole();
    let (holds, said) = docket(&job.case, &["verify", job.bag.to_str().unwrap()]);
    assert!(holds, "{said}");

    // A second reviewer signs, disagrees, and what waits is listed.
    let mut bo = start(&job.case, &["review", "--reviewer", "Bo Ek"], &[]);
    bo.wait_for("docket  FOI-2024-031");
    then(&mut bo, "/is:official\r", "search: is:official");
    then(&mut bo, "s", "countersigned: saved");
    then(&mut bo, "dpnot ours\r", "disagreed (personal): saved");
    then(&mut bo, "gq", "disagreement");
    bo.press("Q");
    bo.ends_whole();

    let mut again = start(&job.case, &["review", "--reviewer", "Ann Lee"], &[]);
    again.wait_for("docket  FOI-2024-031");
    then(&mut again, ENTER, " 13 of ");
    again.press("Q");
    again.ends_whole();
    let session = super::tui::session(&job.case, "Checker");
    let decisions = session.decisions();
    assert!(decisions.set(Decision::Official).len() > 100);
    assert!(decisions.set(Decision::Personal).len() > 100);
    assert_eq!(session.rules().len(), 1);
}

/// A shorter way through the same, as `NO_COLOR` and as a screen reader want it.
#[test]
fn the_job_without_colour_and_in_linear_mode() {
    for (arguments, variables) in [
        (
            &["review", "--reviewer", "Ann Lee"][..],
            &[("NO_COLOR", "1")][..],
        ),
        (&["review", "--linear", "--reviewer", "Ann Lee"], &[]),
    ] {
        let job = job();
        let export = "sample_exports/WhatsApp Chat with Test Kits Cell.txt";
        let arguments: Vec<&str> = arguments.iter().copied().chain([export]).collect();
        let mut pty = start(&job.case, &arguments, variables);
        pty.wait_for("The facts of this case");
        then(&mut pty, ESC, "nothing changed");
        then(&mut pty, ENTER, "of 591");
        then(&mut pty, "o", "official: saved");
        then(&mut pty, "u", "took back and saved");
        then(&mut pty, "O", "y does it");
        then(&mut pty, "y", "messages saved");
        then(&mut pty, "gb", "w writes the bundle");
        then(&mut pty, "w", "write to: ");
        pty.press("\x15");
        pty.press(job.bag.to_str().unwrap());
        pty.press(ENTER);
        pty.wait_for("written");
        pty.press("Q");
        pty.ends_whole();
        let (holds, said) = docket(&job.case, &["verify", job.bag.to_str().unwrap()]);
        assert!(holds, "{said}");
    }
}

/// At rest no screen writes anything, whatever the theme: keys lead there, a moment passes.
#[test]
fn every_screen_is_silent_at_rest() {
    let job = job();
    let export = "sample_exports/WhatsApp Chat with Test Kits Cell.txt";
    let mut pty = start(&job.case, &["review", export], &[]);
    pty.wait_for("The facts of this case");
    then(&mut pty, ESC, "nothing changed");
    let screens = [
        "gt",
        "\r",
        "i",
        "/minister\r",
        "ga",
        "gn\r",
        "gm",
        "gw",
        "gc",
        "gp",
        "gj",
        "gR",
        "gF",
        "gv",
        "gq",
        "gh",
        "gk",
        "gl",
        "gs",
        "gd",
        "gb",
        "?",
        ":",
        "\x1b",
        "q",
        "gf",
    ];
    for keys in screens {
        pty.press(keys);
        let quiet = |pty: &Pty| {
            let before = pty.bytes();
            std::thread::sleep(std::time::Duration::from_millis(700));
            pty.bytes() == before
        };
        pty.wait(&format!("rest after {keys:?}"), quiet);
        let before = pty.bytes();
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(pty.bytes(), before, "{keys:?}:\n{}", pty.screen());
    }
    pty.press("\x1b");
    pty.wait_for("nothing changed");
    pty.press("Q");
    pty.ends_whole();
}
