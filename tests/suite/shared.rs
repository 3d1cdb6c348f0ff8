//! A case on a machine that others use too: who may read it, what protects it, what a screen shows
//! when nobody sits at it.

use super::keeping::Desk;
use super::pty::Pty;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn doctor(desk: &Desk, code: Option<i32>) -> Vec<Value> {
    let ran = desk.command(&["doctor", "--json"]).output().unwrap();
    if code.is_some() {
        assert_eq!(ran.status.code(), code);
    }
    let out = String::from_utf8(ran.stdout).unwrap();
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verdict<'a>(found: &'a [Value], name: &str) -> &'a str {
    let one = found.iter().find(|one| one["name"] == name);
    one.unwrap()["verdict"].as_str().unwrap()
}

#[test]
fn a_case_that_others_can_get_at_is_refused_unless_it_is_allowed() {
    let desk = Desk::new();
    for (path, mode) in [
        (desk.case(), 0o750),
        (desk.folder.path().to_path_buf(), 0o707),
    ] {
        allow(&path, mode);
        for arguments in [&["status"][..], &["check"], &["search", "budget"], &["log"]] {
            let (out, told) = desk.ends(3, arguments);
            assert!(out.is_empty() && told.lines().count() == 1, "{out}{told}");
            assert!(
                told.contains("chmod") && told.contains("--allow-shared"),
                "{told}"
            );
        }
        assert_eq!(verdict(&doctor(&desk, Some(1)), "permissions"), "does-not");
        desk.ends(0, &["status", "--allow-shared"]);
        let settings = desk.path("settings.toml");
        fs::write(&settings, "allow-shared = true\n").unwrap();
        let ran = desk
            .command(&["status"])
            .env("DOCKET_CONFIG", &settings)
            .output();
        assert!(ran.unwrap().status.success());
        allow(&path, 0o700);
        desk.ends(0, &["status"]);
        assert_eq!(verdict(&doctor(&desk, None), "permissions"), "protects");
    }
}

#[test]
fn the_doctor_says_of_each_thing_what_it_does_and_changes_nothing() {
    let desk = Desk::new();
    let found = doctor(&desk, None);
    let names: Vec<&str> = found
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    for name in [
        "permissions",
        "disk encryption",
        "file system",
        "free space",
        "swap",
        "core dumps",
        "ledger",
        "locks",
        "reader",
        "writing",
        "terminal",
        "screen",
        "versions",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(verdict(&found, "core dumps"), "protects");
    assert_eq!(verdict(&found, "locks"), "protects");
    let out = String::from_utf8(desk.command(&["doctor"]).output().unwrap().stdout).unwrap();
    assert!(out.contains(&desk.head()), "{out}");
    // Of a case that is not there it makes none.
    let none = desk.path("none");
    let ran = desk
        .command(&["doctor", "--case", none.to_str().unwrap()])
        .output();
    assert!(ran.unwrap().stderr.is_empty() && !none.exists());
}

#[test]
fn a_screen_that_nobody_sits_at_is_blank_and_a_key_brings_it_back_and_does_nothing_else() {
    let desk = Desk::new();
    let facts = ["facts", "reference=F-1", "department=D", "custodian=Ann"];
    desk.ends(0, &facts);
    let settings = desk.path("settings.toml");
    fs::write(&settings, "blank-after = 1\n").unwrap();
    let variables = [
        ("DOCKET_CONFIG", settings.to_str().unwrap()),
        ("DOCKET_TEST_MINUTE", "short"),
    ];
    let mut pty = Pty::start(&["review"], &desk.case(), &variables, 80, 24);
    pty.wait("the screen", |pty| pty.output().contains("undecided"));
    let is_blank = |pty: &Pty| pty.screen().trim().is_empty();
    let entries = || desk.ends(0, &["--json", "log"]).0.lines().count();
    let before = entries();
    for key in ["o", "\x1b[B", "Q"] {
        pty.wait("a blank screen", is_blank);
        let written = pty.bytes();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert_eq!(pty.bytes(), written, "a blank screen is at rest");
        pty.press(key);
        pty.wait("the screen again", |pty| !is_blank(pty));
    }
    assert_eq!(entries(), before);
    pty.wait("a blank screen", is_blank);
    // The first key is taken for nothing else, the second is a key again.
    pty.press("jQ");
    pty.ends_whole();
}
