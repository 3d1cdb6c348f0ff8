//! The case as evidence, and how it is kept: what was cut off or damaged is found, told and, where it
//! is derived, made again.

use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Two chats of one month.
fn chat(name: &str, messages: usize) -> String {
    (0..messages)
        .map(|at| {
            format!(
                "{:02}/03/2021, {:02}:{:02} - {}: {} number {at} of {name}\n",
                1 + at / 4 % 28,
                at % 24,
                at * 7 % 60,
                ["Ann", "Bo Ek", "Cleo"][at % 3],
                ["the budget paper", "lunch with Rafe", "a late train"][at / 2 % 3],
            )
        })
        .collect()
}

/// A case with two chats, one of them in a zip, and some decisions.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let first = desk.path("WhatsApp Chat with Quay works.txt");
        fs::write(&first, chat("quay", 90)).unwrap();
        let second = desk.path("WhatsApp Chat with North office.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&second).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("WhatsApp Chat with North office.txt", options)
            .unwrap();
        std::io::Write::write_all(&mut zip, chat("north", 60).as_bytes()).unwrap();
        zip.finish().unwrap();
        desk.ends(
            0,
            &["import", first.to_str().unwrap(), second.to_str().unwrap()],
        );
        desk.ends(0, &["tag", "official", "budget", "--yes"]);
        desk.ends(0, &["tag", "personal", "lunch", "--yes"]);
        desk.ends(0, &["tag", "context", "train", "--yes"]);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn case(&self) -> PathBuf {
        self.path("case")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("USER", "tester")
            .env("DOCKET_CASE", self.case())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that has to end with this exit code; gives what it said on both.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> (String, String) {
        ended(
            code,
            &format!("{arguments:?}"),
            self.command(arguments).output().unwrap(),
        )
    }

    /// The checks by name, of a check that has to end so.
    fn checks(&self, code: i32, arguments: &[&str]) -> BTreeMap<String, (String, String)> {
        let (out, _) = self.ends(code, &[&["--json", "check"], arguments].concat());
        let rows = out
            .lines()
            .map(|line| -> Value { serde_json::from_str(line).unwrap() });
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        rows.map(|row| {
            (
                text(&row, "name"),
                (text(&row, "verdict"), text(&row, "detail")),
            )
        })
        .collect()
    }

    /// The ledger's head, as status prints it for a person.
    pub fn head(&self) -> String {
        let (out, _) = self.ends(0, &["status"]);
        let line = out.lines().find_map(|line| line.strip_prefix("head "));
        line.unwrap().trim().to_owned()
    }

    /// The ledger, opened by somebody with an SQLite shell.
    fn shell(&self) -> Connection {
        Connection::open(self.case().join("ledger.sqlite")).unwrap()
    }

    /// Takes the last entry of the ledger away, guards and all put back.
    fn cut(&self) {
        let shell = self.shell();
        let guards: Vec<(String, String)> = shell
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (name, _) in &guards {
            shell
                .execute_batch(&format!("DROP TRIGGER {name}"))
                .unwrap();
        }
        shell
            .execute_batch("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
            .unwrap();
        for (_, sql) in &guards {
            shell.execute_batch(sql).unwrap();
        }
    }
}

pub fn ended(code: i32, what: &str, ran: Output) -> (String, String) {
    let out = String::from_utf8(ran.stdout).unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(code), "{what}: {told}{out}");
    (out, told)
}

#[test]
fn a_cut_ledger_is_found_by_the_heads_in_the_case_and_by_one_kept_elsewhere() {
    let desk = Desk::new();
    let head = desk.head();
    assert_eq!(desk.checks(0, &["--head", &head])["anchors"].0, "ok");
    desk.cut();
    let found = desk.checks(1, &[]);
    assert_eq!(found["ledger"].0, "ok", "the chain alone does not show it");
    assert_eq!(found["anchors"].0, "failed");
    assert!(found["anchors"].1.contains("cut off"), "{found:?}");
    // Every command warns, and nothing that vouches for the ledger is written.
    let (_, told) = desk.ends(0, &["status"]);
    assert!(told.contains("cut off"), "{told}");
    let out = desk.path("handover");
    let (_, told) = desk.ends(3, &["bundle", out.to_str().unwrap()]);
    assert!(told.contains("cut off") && !out.exists(), "{told}");
    // Work on a cut ledger hides nothing: it is another ledger from then on.
    desk.ends(0, &["tag", "refer", "number 3", "--yes"]);
    let found = desk.checks(1, &[]);
    assert!(found["anchors"].1.contains("rewritten"), "{found:?}");
    // Who takes the noted heads away too is found out by one kept elsewhere.
    fs::remove_file(desk.case().join("anchors")).unwrap();
    assert_eq!(desk.checks(0, &[])["anchors"].0, "ok");
    assert_eq!(desk.checks(1, &["--head", &head])["anchors"].0, "failed");
    desk.ends(2, &["check", "--head", "42"]);
}

#[test]
fn a_bundle_and_its_receipt_tell_the_head_and_it_is_found_again() {
    let desk = Desk::new();
    let out = desk.path("handover");
    let (told, _) = desk.ends(0, &["bundle", out.to_str().unwrap()]);
    let head = told
        .lines()
        .skip_while(|line| !line.contains("the ledger's head"))
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(desk.checks(0, &["--head", &head])["anchors"].0, "ok");
    let info = fs::read_to_string(out.join("bag-info.txt")).unwrap();
    let told = |label: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(label));
        line.unwrap().trim_start_matches(':').trim().to_owned()
    };
    // The whole hash of bag-info.txt, without its number, is taken as well.
    desk.checks(0, &["--head", &told("Docket-Ledger-Head")]);
    desk.cut();
    desk.checks(1, &["--head", &head]);
}

#[test]
fn damage_to_what_is_derived_is_made_again_and_told() {
    let desk = Desk::new();
    let searched = desk.ends(0, &["--json", "search", "number"]).0;
    let derived = desk.case().join("derived");
    let (mut mended, mut at) = (0, 0);
    loop {
        // What was made again may have other names.
        let mut files = Vec::new();
        walk(&derived, &mut files);
        let Some(file) = files.get(at) else { break };
        at += 1;
        let name = file.strip_prefix(&derived).unwrap().display().to_string();
        let was = fs::read(file).unwrap();
        // A lock, tantivy's list of what it may delete, and a checkpoint are trusted by nobody.
        let is_trusted = !name.ends_with(".lock") && !name.ends_with(".managed.json");
        if was.is_empty() || !is_trusted || name == "decisions" {
            continue;
        }
        let mut bytes = was.clone();
        let at = bytes.len() / 2;
        bytes[at] ^= 0x55;
        fs::remove_file(file).unwrap();
        fs::write(file, &bytes).unwrap();
        let (out, _) = desk.ends(1, &["check", "--full"]);
        assert!(
            out.contains("mended") && out.contains("ok: the case holds"),
            "{name}: {out}"
        );
        mended += 1;
        assert_eq!(
            desk.ends(0, &["--json", "search", "number"]).0,
            searched,
            "{name}"
        );
    }
    assert!(mended > 10, "{mended} mended");
    desk.ends(0, &["check", "--full"]);
    // What is missing altogether is made again by the next command, which says so.
    fs::remove_dir_all(derived.join("index")).unwrap();
    let (_, err) = desk.ends(0, &["status"]);
    assert!(err.contains("made again"), "{err}");
}

pub fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(|entry| entry.path());
    for entry in entries {
        match entry.file_type().unwrap().is_dir() {
            true => walk(&entry.path(), files),
            false => files.push(entry.path()),
        }
    }
}

#[test]
fn a_part_that_says_something_else_than_its_original_is_found() {
    let desk = Desk::new();
    // Somebody who knows the form changes a text and the sum of it that the manifest has.
    let part = desk.case().join("derived/parts/000000");
    let texts = part.join("texts");
    let mut bytes = fs::read(&texts).unwrap();
    let at = bytes.windows(6).position(|six| six == b"budget").unwrap();
    bytes[at..at + 6].copy_from_slice(b"picnic");
    fs::remove_file(&texts).unwrap();
    fs::write(&texts, &bytes).unwrap();
    let sum = |bytes: &[u8]| -> String {
        use sha2::Digest;
        sha2::Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let manifest = part.join("manifest.json");
    let sealed = fs::read_to_string(&manifest).unwrap();
    let mut told: Value = serde_json::from_str(sealed.lines().next().unwrap()).unwrap();
    told["files"]["texts"][1] = sum(&bytes).into();
    let told = told.to_string();
    fs::remove_file(&manifest).unwrap();
    fs::write(&manifest, format!("{told}\n{}", sum(told.as_bytes()))).unwrap();
    let (out, _) = desk.ends(1, &["check", "--full"]);
    assert!(out.contains("failed  reading"), "{out}");
    assert!(out.contains("ok: the case holds"), "{out}");
    assert!(!desk.ends(0, &["search", "picnic"]).0.contains("number"));
    desk.ends(0, &["check", "--full"]);
}

#[test]
fn damage_to_the_truth_is_told_and_never_mended() {
    let desk = Desk::new();
    let original = fs::read_dir(desk.case().join("originals"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| fs::read(path).unwrap().starts_with(b"01/03"))
        .unwrap();
    let was = fs::read(&original).unwrap();
    let mut bytes = was.clone();
    bytes[40] ^= 1;
    fs::remove_file(&original).unwrap();
    fs::write(&original, &bytes).unwrap();
    let found = desk.checks(1, &["--full"]);
    assert_eq!(found["originals"].0, "failed");
    assert!(
        found["originals"].1.contains("holds other bytes"),
        "{found:?}"
    );
    assert!(!found.contains_key("mended"));
    assert_eq!(fs::read(&original).unwrap(), bytes);
    // Nothing is made anew of it, and what was made of the right bytes stays.
    let (before, _) = desk.ends(0, &["search", "--json", "--", ""]);
    let entries = desk.ends(0, &["log", "--json"]).0;
    let export = desk.path("WhatsApp Chat with Quay works.txt");
    let export = export.to_str().unwrap().to_owned();
    for act in [
        &["rebuild"][..],
        &["facts", "time-zone=Asia/Tokyo"],
        &["import", &export, "--date-order", "mdy"],
    ] {
        let (_, told) = desk.ends(3, act);
        assert!(
            told.contains("damaged") && told.contains("put it back"),
            "{act:?}: {told}"
        );
        assert_eq!(desk.ends(0, &["search", "--json", "--", ""]).0, before);
        assert_eq!(desk.ends(0, &["log", "--json"]).0, entries);
    }
    let (derived, aside) = (desk.case().join("derived"), desk.path("aside"));
    fs::rename(&derived, &aside).unwrap();
    let (_, told) = desk.ends(3, &["status"]);
    assert!(
        told.contains("damaged") && told.contains("put it back"),
        "{told}"
    );
    fs::remove_dir_all(&derived).unwrap_or_default();
    fs::rename(&aside, &derived).unwrap();
    assert_eq!(desk.ends(0, &["search", "--json", "--", ""]).0, before);
    fs::remove_file(&original).unwrap();
    fs::write(&original, &was).unwrap();
    desk.checks(0, &["--full"]);
    let shell = desk.shell();
    shell
        .execute_batch("DROP TRIGGER entry_holds; UPDATE entry SET at = '2020' WHERE seq = 2")
        .unwrap();
    drop(shell);
    let found = desk.checks(1, &["--full"]);
    assert_eq!(found["ledger"].0, "failed");
    assert!(!found.contains_key("mended"));
}

/// What a case shows of itself: its state, its ledger, what a search finds.
pub fn shown(desk: &Desk, case: &Path) -> Vec<String> {
    let case = case.to_str().unwrap();
    [
        vec!["--json", "status", "--case", case],
        vec!["--json", "log", "--case", case],
        vec!["--json", "search", "number", "--case", case],
        vec!["--json", "threads", "--case", case],
        vec!["--json", "reasons", "--case", case],
    ]
    .iter()
    .map(|arguments| desk.ends(0, arguments).0.replace(case, "CASE"))
    .collect()
}

#[test]
fn a_backup_is_read_back_and_a_restore_is_the_same_case() {
    let desk = Desk::new();
    // A bundle gives the case its secret, and a list of reasons is a file of the case's own.
    let first = desk.path("first");
    desk.ends(0, &["bundle", first.to_str().unwrap()]);
    desk.ends(0, &["reasons", "--write"]);
    let tar = desk.path("copy.tar");
    let (out, err) = desk.ends(0, &["backup", tar.to_str().unwrap()]);
    assert!(out.contains("read back"), "{out}");
    assert!(err.contains("in clear"), "{err}");
    // The same state gives the same bytes.
    let again = desk.path("again.tar");
    desk.ends(0, &["backup", again.to_str().unwrap()]);
    assert!(fs::read(&tar).unwrap() == fs::read(&again).unwrap());
    // Any system unpacks it.
    let unpacked = desk.path("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let ran = Command::new("tar")
        .args([
            "-xf",
            tar.to_str().unwrap(),
            "-C",
            unpacked.to_str().unwrap(),
        ])
        .status();
    assert!(ran.unwrap().success());
    let manifest = fs::read(unpacked.join("docket-backup/backup.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["messages"], 150);
    assert_eq!(manifest["fingerprint"].as_str().unwrap(), desk.head());
    let target = desk.path("again");
    let case = target.to_str().unwrap();
    desk.ends(0, &["restore", tar.to_str().unwrap(), "--case", case]);
    assert_eq!(shown(&desk, &desk.case()), shown(&desk, &target));
    desk.ends(0, &["check", "--full", "--case", case]);
    // The next bundle of both is the same, byte for byte.
    for (name, of) in [("a", desk.case()), ("b", target.clone())] {
        fs::create_dir(desk.path(name)).unwrap();
        let out = desk.path(name).join("second");
        let of = of.to_str().unwrap();
        desk.ends(0, &["bundle", out.to_str().unwrap(), "--case", of]);
    }
    let bytes = |name: &str| {
        let root = desk.path(name).join("second");
        let mut files = Vec::new();
        walk(&root, &mut files);
        let named = |path: &PathBuf| {
            (
                path.strip_prefix(&root).unwrap().to_owned(),
                fs::read(path).unwrap(),
            )
        };
        files.iter().map(named).collect::<BTreeMap<_, _>>()
    };
    assert!(bytes("a") == bytes("b"));
    // What is there already is left alone.
    desk.ends(3, &["backup", tar.to_str().unwrap()]);
    desk.ends(3, &["restore", tar.to_str().unwrap(), "--case", case]);
    let inside = desk.case().join("copy.tar");
    desk.ends(3, &["backup", inside.to_str().unwrap()]);
}

#[test]
fn a_pipe_in_the_place_of_the_noted_heads_keeps_nobody_waiting() {
    let desk = Desk::new();
    let noted = desk.case().join("anchors");
    fs::remove_file(&noted).unwrap();
    let made = Command::new("mkfifo").arg(&noted).status().unwrap();
    assert!(made.success());
    // What would wait for a writer does so until this one comes; then it says something else.
    let pipe = noted.clone();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(20));
        let _ = fs::OpenOptions::new().write(true).open(pipe);
    });
    let (_, told) = desk.ends(3, &["status"]);
    assert!(told.contains("anchors: this is no file"), "{told}");
}

#[test]
fn nothing_is_put_into_a_case_that_is_no_part_of_it() {
    let desk = Desk::new();
    let tar = desk.path("backup.tar");
    desk.ends(0, &["backup", tar.to_str().unwrap()]);
    // What is derived is taken away when it is made again, and a backup has nothing of either.
    let linked = desk.path("linked");
    std::os::unix::fs::symlink(desk.case(), &linked).unwrap();
    fs::create_dir(desk.case().join("empty")).unwrap();
    let places = [
        "case/derived/inner",
        "case/deep/inner",
        "case/empty",
        "linked/inner",
    ];
    for place in places.map(|place| desk.path(place)) {
        let place = place.to_str().unwrap();
        let chat = desk.path("WhatsApp Chat with Quay works.txt");
        let acts: [&[&str]; 3] = [
            &["restore", tar.to_str().unwrap(), "--case", place],
            &["import", chat.to_str().unwrap(), "--case", place],
            &["facts", "reference=1", "--case", place],
        ];
        for act in acts {
            let (_, told) = desk.ends(3, act);
            assert!(told.contains("this is inside "), "{told}");
        }
    }
    assert!(!desk.case().join("derived/inner").exists() && !desk.case().join("deep").exists());
    // Nor is a copy of another case.
    let other = desk.path("other");
    desk.ends(
        0,
        &[
            "restore",
            tar.to_str().unwrap(),
            "--case",
            other.to_str().unwrap(),
        ],
    );
    for act in ["backup", "purge", "bundle"] {
        let place = desk.path(&format!("case/derived/{act}"));
        let mut arguments = vec![act, place.to_str().unwrap(), "--case"];
        arguments.push(other.to_str().unwrap());
        if act == "purge" {
            arguments.push("--yes");
        }
        let (_, told) = desk.ends(3, &arguments);
        assert!(told.contains("inside a case"), "{told}");
        assert!(!place.exists());
    }
    // A secret key that is given by mistake is repeated nowhere.
    let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let sealed = desk.path("sealed");
    let (_, told) = desk.ends(2, &["backup", sealed.to_str().unwrap(), "--to", secret]);
    assert!(
        told.contains("secret key") && !told.contains("GFPY"),
        "{told}"
    );
    // A backup is read back, so it is a file.
    let (_, told) = desk.ends(3, &["backup", "-"]);
    assert!(told.contains("name a file"), "{told}");
}

#[test]
fn what_a_killed_command_left_is_taken_away_by_the_next() {
    let desk = Desk::new();
    let said = |path: &Path| path.to_str().unwrap().to_owned();
    let (tar, back, new) = (desk.path("copy.tar"), desk.path("back"), desk.path("new"));
    let before = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let left = |name: &str, is_old: bool| {
        let path = desk.path(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("ledger.sqlite"), "what a case holds").unwrap();
        if is_old {
            fs::File::open(&path).unwrap().set_modified(before).unwrap();
        }
        path
    };
    let gone = [
        left(".copy.tar.docket-4194001", true),
        left(".back.docket-4194002", true),
        left(".new.docket-4194003", true),
    ];
    // Somebody may be at work in what is young; what has another name is another's.
    let kept = [
        left(".copy.tar.docket-4194004", false),
        left(".copy.tar.docket-mine", true),
        left(".other.docket-4194005", true),
    ];
    desk.ends(0, &["backup", &said(&tar)]);
    desk.ends(0, &["restore", &said(&tar), "--case", &said(&back)]);
    desk.ends(0, &["purge", &said(&new), "--leave-undecided", "--yes"]);
    assert!(gone.iter().all(|path| !path.exists()), "{gone:?}");
    assert!(kept.iter().all(|path| path.exists()), "{kept:?}");
}

#[test]
fn a_backup_is_of_one_moment_while_others_work() {
    let desk = Desk::new();
    std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            for at in 0..12 {
                desk.ends(0, &["note", &format!("number {at}"), "looked at", "--yes"]);
            }
        });
        let mut made = 0;
        while !working.is_finished() || made == 0 {
            let tar = desk.path(&format!("{made}.tar"));
            desk.ends(0, &["backup", tar.to_str().unwrap()]);
            let case = desk.path(&format!("case {made}"));
            let case = case.to_str().unwrap();
            desk.ends(0, &["restore", tar.to_str().unwrap(), "--case", case]);
            desk.ends(0, &["check", "--case", case]);
            made += 1;
        }
    });
}

#[test]
fn an_encrypted_backup_is_opened_by_age_and_put_back_from_standard_input() {
    let desk = Desk::new();
    let key = desk.path("key");
    let made = Command::new("age-keygen").arg("-o").arg(&key).output();
    let Ok(made) = made else {
        println!("skipped: age is not installed");
        return;
    };
    assert!(made.status.success());
    let text = fs::read_to_string(&key).unwrap();
    let public = text
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "));
    let sealed = desk.path("copy.tar.age");
    let arguments = ["backup", sealed.to_str().unwrap(), "--to", public.unwrap()];
    let (out, err) = desk.ends(0, &arguments);
    assert!(out.contains("age -d") && err.is_empty(), "{out}{err}");
    let case = desk.path("again");
    let case = case.to_str().unwrap();
    let (_, told) = desk.ends(3, &["restore", sealed.to_str().unwrap(), "--case", case]);
    assert!(told.contains("age -d -i KEY"), "{told}");
    let mut opened = Command::new("age")
        .args(["-d", "-i", key.to_str().unwrap(), sealed.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let restored = desk
        .command(&["restore", "-", "--case", case])
        .stdin(opened.stdout.take().unwrap())
        .output();
    ended(0, "restore -", restored.unwrap());
    assert!(opened.wait().unwrap().success());
    assert_eq!(shown(&desk, &desk.case()), shown(&desk, Path::new(case)));
}

#[test]
fn a_damaged_backup_puts_nothing_back_and_a_damaged_case_is_not_backed_up() {
    let desk = Desk::new();
    let tar = desk.path("copy.tar");
    desk.ends(0, &["backup", tar.to_str().unwrap()]);
    let whole = fs::read(&tar).unwrap();
    let target = desk.path("again");
    let arguments = [
        "restore",
        tar.to_str().unwrap(),
        "--case",
        target.to_str().unwrap(),
    ];
    let folder = fs::read_dir(desk.folder.path()).unwrap().count();
    let step = (whole.len() / 40).max(1);
    for at in (0..whole.len()).step_by(step).chain([100, 300, 600]) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        for bytes in [&flipped[..], &whole[..at]] {
            fs::write(&tar, bytes).unwrap();
            let (_, told) = desk.ends(3, &arguments);
            assert_eq!(told.lines().count(), 1, "{at}: {told}");
            assert!(told.contains("nothing was put back"), "{at}: {told}");
            assert!(!target.exists(), "{at}");
        }
    }
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), folder);
    let original = fs::read_dir(desk.case().join("originals")).unwrap().next();
    let original = original.unwrap().unwrap().path();
    let mut bytes = fs::read(&original).unwrap();
    bytes[20] ^= 1;
    fs::remove_file(&original).unwrap();
    fs::write(&original, bytes).unwrap();
    let other = desk.path("other.tar");
    let (_, told) = desk.ends(3, &["backup", other.to_str().unwrap()]);
    assert!(told.contains("no backup was written"), "{told}");
    assert!(!other.exists());
    desk.cut();
    let (_, told) = desk.ends(3, &["backup", other.to_str().unwrap()]);
    assert!(told.contains("cut off"), "{told}");
}

/// A mount that goes with it; `None` where this account may not mount.
struct Mount(PathBuf);

impl Mount {
    fn at(place: &Path, steps: &[&[&str]]) -> Option<Mount> {
        let place_text = place.to_str().unwrap();
        for step in steps {
            let ran = Command::new("mount").args(*step).arg(place_text).output();
            if !ran.is_ok_and(|ran| ran.status.success()) {
                println!("skipped: this account may not mount");
                return None;
            }
        }
        Some(Mount(place.to_path_buf()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_case_on_a_disk_that_cannot_be_written_can_be_looked_at_and_the_rest_is_told() {
    let desk = Desk::new();
    let disk = desk.path("disk");
    fs::create_dir(&disk).unwrap();
    fs::rename(desk.case(), disk.join("case")).unwrap();
    let case = disk.join("case");
    let place = disk.to_str().unwrap().to_owned();
    let read_only: &[&[&str]] = &[&["--bind", &place], &["-o", "remount,ro,bind"]];
    let on = |arguments: &[&str]| -> Vec<String> {
        let case = ["--case", case.to_str().unwrap()];
        let all = arguments.iter().chain(&case);
        all.map(|one| (*one).to_owned()).collect()
    };
    let run = |code: i32, arguments: &[&str]| {
        let arguments = on(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        desk.ends(code, &arguments)
    };
    let looks: &[&[&str]] = &[
        &["status"],
        &["threads"],
        &["search", "budget"],
        &["search", "is:undecided"],
        &["show", "1"],
        &["log"],
        &["check"],
        &["check", "--full"],
    ];
    let before: Vec<(String, String)> = looks.iter().map(|one| run(0, one)).collect();
    let Some(mounted) = Mount::at(&disk, read_only) else {
        return;
    };
    for (one, (before, notes)) in looks.iter().zip(&before) {
        let (said, told) = run(0, one);
        // A check says it among its findings, and the log is of the ledger alone.
        let lead = match one[0] {
            "check" | "log" => 0,
            _ => {
                assert!(told.contains("it can be looked at, and nothing is saved"));
                1
            }
        };
        assert!(told.lines().skip(lead).eq(notes.lines()), "{one:?}: {told}");
        // What is compared by making it again is not, and said so.
        if *one != ["check", "--full"] {
            assert_eq!(&said, before, "{one:?}");
        }
    }
    let out = desk.path("out");
    let out = out.to_str().unwrap();
    for arguments in [
        &["tag", "personal", "budget", "--yes"][..],
        &["undo"],
        &["rebuild"],
        &["bundle", out, "--partial"],
        &["backup", out],
    ] {
        let (_, told) = run(3, arguments);
        let told = told.lines().last().unwrap();
        assert!(told.contains("can be written"), "{arguments:?}: {told}");
        assert!(!Path::new(out).exists());
    }
    drop(mounted);
    run(0, &["check", "--full"]);
    // Entries that stand in the log alone would be passed over.
    fs::write(case.join("ledger.sqlite-wal"), "a log").unwrap();
    let mounted = Mount::at(&disk, read_only).unwrap();
    let (_, told) = run(3, &["status"]);
    assert!(told.contains("the ledger's log"), "{told}");
    drop(mounted);
}

#[test]
fn a_disk_without_room_is_refused_before_a_byte_is_written() {
    let desk = Desk::new();
    let disk = desk.path("disk");
    fs::create_dir(&disk).unwrap();
    let tar = desk.path("whole.tar");
    desk.ends(0, &["backup", tar.to_str().unwrap()]);
    let Some(_mounted) = Mount::at(&disk, &[&["-t", "tmpfs", "-o", "size=16k", "tmpfs"]]) else {
        return;
    };
    let at = |name: &str| disk.join(name).to_str().unwrap().to_owned();
    let chat = desk.path("WhatsApp Chat with Quay works.txt");
    for arguments in [
        vec!["backup".to_owned(), at("copy.tar")],
        vec!["purge".to_owned(), at("purged"), "--yes".to_owned()],
        vec!["bundle".to_owned(), at("bundle")],
        vec![
            "restore".to_owned(),
            tar.to_str().unwrap().to_owned(),
            "--case".to_owned(),
            at("again"),
        ],
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (_, told) = desk.ends(3, &arguments);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.contains("bytes are needed") && told.contains("was written"),
            "{told}"
        );
        assert_eq!(fs::read_dir(&disk).unwrap().count(), 0, "{arguments:?}");
    }
    let roomy = Mount::at(&disk, &[&["-t", "tmpfs", "-o", "size=512k", "tmpfs"]]);
    let arguments = ["import", chat.to_str().unwrap(), "--case", &at("case")];
    let (_, told) = desk.ends(3, &arguments);
    assert!(told.contains("nothing was loaded"), "{told}");
    drop(roomy);
    desk.ends(0, &["check", "--full"]);
}
