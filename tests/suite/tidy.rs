//! The walls of the house: which room may name what. `ARCHITECTURE.md` says why.

mod circles;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms, and which others each may name: imports go one way, downwards.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("check", &[]),
    ("guard", &[]),
    ("sandbox", &[]),
    ("unlocked", &[]),
    ("text", &["model"]),
    ("settings", &["model", "text"]),
    ("import", &["model", "guard", "text", "sandbox"]),
    ("case", &["model", "check", "guard", "text", "import"]),
    ("people", &["model", "text", "import", "case"]),
    (
        "findings",
        &["model", "check", "text", "import", "case", "people"],
    ),
    (
        "review",
        &[
            "model", "check", "text", "import", "case", "people", "findings",
        ],
    ),
    (
        "bundle",
        &[
            "model", "check", "text", "import", "case", "people", "findings", "review",
        ],
    ),
    (
        "keeping",
        &[
            "model", "check", "text", "import", "case", "people", "findings", "review", "bundle",
        ],
    ),
    (
        "tui",
        &[
            "unlocked", "model", "check", "guard", "text", "settings", "import", "case", "people",
            "findings", "review", "bundle", "sandbox",
        ],
    ),
    (
        "cli",
        &[
            "unlocked", "model", "check", "text", "settings", "import", "case", "people",
            "findings", "review", "bundle", "keeping", "sandbox", "tui",
        ],
    ),
];

/// Who may name what: the words, and the files or folders under `src` that may hold them.
const WALLS: &[(&[&str], &[&str])] = &[
    // The index is a cache behind one room.
    (&["tantivy"], &["case/index.rs", "case/index"]),
    // The ledger is the truth behind one room.
    (
        &["rusqlite", "SELECT ", "PRAGMA "],
        &["case/ledger.rs", "case/ledger"],
    ),
    // Nothing but the terminal's own file tells a terminal what to do.
    (
        &["\\x1b", "\\u{1b}", "\\u{1B}"],
        &["tui/terminal.rs", "tui/terminal"],
    ),
    (&["ratatui", "crossterm"], &["tui"]),
    (
        &["signal_hook"],
        &["tui", "cli/progress.rs", "cli/lost_map.rs"],
    ),
    (&["clap"], &["cli"]),
    // Keys are read, used and checked in one room; those that only encrypt, beside their format.
    (&["ssh_key"], &["bundle/sign", "bundle/seal/age.rs"]),
    // What encrypts is in one file.
    (
        &["chacha20poly1305", "curve25519_dalek", "hkdf::", "rsa::"],
        &["bundle/seal/age.rs"],
    ),
    (&["toml::"], &["settings", "bundle/profile"]),
    // What the screen tells of keys are those that work, not those of the table.
    (
        &["action.keys"],
        &["tui/keymap.rs", "tui/action.rs", "tui/action"],
    ),
    // What writes a bundle stands above all else in its room: what is written and how it is verified
    // knows nothing of it.
    (
        &[
            "super::maker::",
            "bundle::maker::",
            "super::write::",
            "bundle::write::",
        ],
        &[
            "bundle/maker.rs",
            "bundle/tag_files.rs",
            "bundle/last_look.rs",
            "bundle/write.rs",
            "bundle/forms",
        ],
    ),
    // Mapped files are the case's own and never change.
    (&["memmap2", "unsafe {", "unsafe fn"], &["case/map.rs"]),
    // Importers are given what they read; the zip is one way to give it. One form of export is packed,
    // and office documents leave as zips without their properties.
    (
        &["zip::"],
        &[
            "import/export.rs",
            "import/export",
            "bundle/forms/package.rs",
            "bundle/properties/office.rs",
        ],
    ),
    // docket opens no connection, ever.
    (
        &[
            "std::net",
            "os::unix::net",
            "TcpStream",
            "UdpSocket",
            "rustix::net",
        ],
        &[],
    ),
    // It starts no other program, but itself to read exports, and `ssh-keygen` where somebody signs
    // with a key that only that can use.
    (
        &["process::Command", "process::{Command"],
        &["cli/keygen.rs", "import/worker/process.rs"],
    ),
    // What forks has one thread.
    (&["fork::", "fork("], &["import/worker/starter.rs"]),
    // What the kernel is asked to forbid is asked in one place.
    (&["landlock", "seccompiler", "libc::"], &["sandbox"]),
];

/// Which files touch the disk. The screen, the words and the decisions' arithmetic do not.
const DISK: &[&str] = &[
    "bundle",
    "case",
    "cli",
    "import/discover/shelf.rs",
    "import/export",
    "import/export.rs",
    // Opens the one export before it locks itself; asks whether a path leads where it says.
    "import/worker/mod.rs",
    "import/worker/serve.rs",
    // Opens the place that takes everything.
    "import/worker/starter.rs",
    "keeping",
    "main.rs",
    // Where each reviewer stopped.
    "review/place.rs",
    "tui/terminal.rs",
];

/// How many lines of program (tests left out) a file may have.
const LONG: usize = 800;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `src`: its path there, and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, under: &str, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{under}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else if name.ends_with(".rs") {
                found.push((name, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), "", &mut found);
    found.sort();
    found
}

/// The lines of a file that are program: no comments, no tests. Tests stand last in a file, or in
/// a file of their own.
fn program(name: &str, text: &str) -> Vec<(usize, String)> {
    if name.ends_with("/tests.rs") || name.contains("/tests/") {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut all = text.lines().enumerate();
    while let Some((at, line)) = all.next() {
        let bare = line.trim_start();
        let mut next = all.clone().map(|(_, next)| next);
        if bare == "#[cfg(test)]"
            && next
                .find(|next| !next.starts_with("#["))
                .is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'))
        {
            break;
        }
        if !bare.is_empty() && !bare.starts_with("//") {
            lines.push((at + 1, line.to_owned()));
        }
    }
    lines
}

fn is_under(name: &str, place: &str) -> bool {
    name == place
        || name
            .strip_prefix(place)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn nothing(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_wall_stands() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        for (line, words) in program(&name, &text) {
            for (names, places) in WALLS {
                if places.iter().any(|place| is_under(&name, place)) {
                    continue;
                }
                for word in names.iter().filter(|word| words.contains(**word)) {
                    faults.push(format!(
                        "src/{name}:{line} names {word}; allowed in {places:?}"
                    ));
                }
            }
        }
    }
    nothing(&faults);
}

#[test]
fn only_these_rooms_touch_the_disk() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        if DISK.iter().any(|place| is_under(&name, place)) {
            continue;
        }
        for (line, words) in program(&name, &text) {
            if words.contains("std::fs") || words.contains("fs::") || words.contains("File::open") {
                faults.push(format!(
                    "src/{name}:{line} touches the disk; allowed in {DISK:?}"
                ));
            }
        }
    }
    nothing(&faults);
}

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        let room = name.split('/').next().unwrap().trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let Some((_, below)) = ROOMS.iter().find(|(known, _)| *known == room) else {
            faults.push(format!("src/{name}: a room that ROOMS does not know"));
            continue;
        };
        for (line, words) in program(&name, &text) {
            for (at, _) in words.match_indices("crate::") {
                let named: String = words[at + 7..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let is_room = ROOMS.iter().any(|(known, _)| *known == named);
                if is_room && named != room && !below.contains(&named.as_str()) {
                    faults.push(format!(
                        "src/{name}:{line} names {named}, which is not below {room}"
                    ));
                }
            }
        }
    }
    nothing(&faults);
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        let lines = program(&name, &text).len();
        if lines > LONG {
            faults.push(format!(
                "src/{name}: {lines} lines of program; at most {LONG}"
            ));
        }
    }
    nothing(&faults);
}

#[test]
fn nothing_is_left_for_later() {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut faults = Vec::new();
    for (name, text) in sources() {
        for (at, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                faults.push(format!("src/{name}:{}: {line}", at + 1));
            }
        }
    }
    nothing(&faults);
}

/// A file of tests that `tests/suite.rs` does not name is never run.
#[test]
fn no_test_file_is_forgotten() {
    let suite = std::fs::read_to_string(root().join("tests/suite.rs")).unwrap();
    let named: BTreeSet<&str> = suite
        .lines()
        .filter_map(|line| line.trim().strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/suite")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".rs")
            && !named.contains(module)
        {
            faults.push(format!("tests/suite/{name} is not named in tests/suite.rs"));
        }
    }
    nothing(&faults);
}

#[test]
fn the_tidy_reader_sees_program_and_not_tests() {
    let text = "//! doc\nuse a;\n\n// why\nfn f() {}\n\n#[cfg(test)]\n#[allow(a)]\nmod tests {\n    bad();\n}\n";
    let lines = program("case/x.rs", text);
    assert_eq!(lines, [(2, "use a;".to_owned()), (5, "fn f() {}".into())]);
    assert!(program("case/x/tests.rs", text).is_empty());
    assert!(is_under("case/map.rs", "case") && !is_under("casement.rs", "case"));
}
