//! The real program, driven from a command line through the whole job, on exports that the tests
//! write themselves.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with exports in it and a case beside them.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an export and gives its path.
    fn export(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("USER", "tester")
            .env("DOCKET_CASE", self.path("case"))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).output().unwrap())
    }

    /// Runs a command that has to end with this exit code, and gives its objects.
    fn json(&self, code: i32, arguments: &[&str]) -> Vec<Value> {
        let ran = self.run(&[&["--json"], arguments].concat());
        ran.ends(code);
        ran.out()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// A case with four exports in four shapes loaded.
    fn loaded() -> Desk {
        let desk = Desk::new();
        let paths = [
            desk.export("WhatsApp Chat with Cabinet Office.txt", ANDROID_GB),
            desk.export("_chat.txt", IOS_DE),
            desk.export("WhatsApp Chat with Rafe Lund.txt", ANDROID_US),
            desk.export("Conversa do WhatsApp com Ines.txt", ANDROID_PT),
        ];
        let mut arguments = vec!["import"];
        arguments.extend(paths.iter().map(String::as_str));
        desk.run(&arguments).ends(0);
        desk
    }
}

struct Ran(Output);

impl Ran {
    fn out(&self) -> &str {
        std::str::from_utf8(&self.0.stdout).unwrap()
    }

    fn err(&self) -> &str {
        std::str::from_utf8(&self.0.stderr).unwrap()
    }

    fn ends(&self, code: i32) -> &Ran {
        assert_eq!(
            self.0.status.code(),
            Some(code),
            "{}{}",
            self.out(),
            self.err()
        );
        self
    }

    /// One line on standard error that holds this.
    fn complains(&self, of: &str) {
        assert_eq!(self.err().lines().count(), 1, "{}", self.err());
        assert!(self.err().starts_with("docket: "), "{}", self.err());
        assert!(self.err().contains(of), "{}", self.err());
    }
}

const ANDROID_GB: &str = "\
05/03/2021, 14:02 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them. Tap to learn more.
05/03/2021, 14:02 - Ama Osei: The budget plan is agreed.
It goes to the board.
25/03/2021, 09:00 - Rafe Lund: Dinner on Friday?
25/03/2021, 09:01 - Ama Osei: Yes, after the budget meeting 👍🏽
26/03/2021, 18:30 - Ama Osei: IMG-20210326-WA0001.jpg (file attached)
";

const IOS_DE: &str = "\
[05.03.21, 14:02:11] Jörg Maß: Die Straße ist gesperrt.\r
[25.03.21, 14:03:00] Ama Osei: Danke, ich sage dem Büro Bescheid.\r
[25.03.21, 14:05:09] Jörg Maß: \u{200e}Bild weggelassen\r
";

const ANDROID_US: &str = "\
3/5/21, 2:02 PM - Rafe Lund: Can you call the office?
3/25/21, 11:15 AM - Ama Osei: Will do, budget first.
";

const ANDROID_PT: &str = "\
05/03/2021 14:02 - Inês Prado: A reunião é às três.
25/03/2021 14:07 - Ama Osei: Combinado, levo o orçamento.
";

/// How many messages the four exports hold, and how many are decided on.
const ALL: u64 = 12;
const DECIDABLE: u64 = 11;

fn number(object: &Value, field: &str) -> u64 {
    object[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {object}"))
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {object}"))
}

fn fields(object: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    fields
}

fn has_fields(object: &Value, expected: &str) {
    for field in expected.split_whitespace() {
        assert!(fields(object).contains(&field), "{field} of {object}");
    }
}

/// Whether text holds something that acts on a terminal.
fn acts(text: &str) -> bool {
    text.contains(|c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn import_accounts_for_every_byte_and_adds_nothing_twice() {
    let desk = Desk::new();
    let path = desk.export("WhatsApp Chat with Cabinet Office.txt", ANDROID_GB);
    let sources = desk.json(0, &["import", &path]);
    assert_eq!(sources.len(), 1);
    let source = &sources[0];
    has_fields(
        source,
        "path format importer_version sha256 messages system exceptions bytes bytes_in_messages \
         bytes_in_structure bytes_in_exceptions threads date_order date_order_basis new \
         already_known first last",
    );
    assert_eq!(text(source, "path"), path);
    assert_eq!(text(source, "format"), "whatsapp");
    assert_eq!(number(source, "messages"), 5);
    assert_eq!(number(source, "system"), 1);
    assert_eq!(number(source, "new"), 5);
    assert_eq!(number(source, "threads"), 1);
    assert_eq!(text(source, "date_order"), "dmy");
    assert_eq!(text(source, "first"), "2021-03-05T14:02:00+00:00");
    assert_eq!(text(source, "last"), "2021-03-26T18:30:00+00:00");
    assert_eq!(number(source, "bytes"), ANDROID_GB.len() as u64);
    let parts = [
        "bytes_in_messages",
        "bytes_in_structure",
        "bytes_in_exceptions",
    ];
    let sum: u64 = parts.iter().map(|part| number(source, part)).sum();
    assert_eq!(sum, ANDROID_GB.len() as u64);

    let again = &desk.json(0, &["import", &path])[0];
    assert_eq!(number(again, "new"), 0);
    assert_eq!(text(again, "outcome"), "already-known");
    assert_eq!(number(&desk.json(0, &["status"])[0], "messages"), 5);
}

#[test]
fn a_later_export_adds_what_is_new_and_keeps_decisions() {
    let desk = Desk::new();
    let path = desk.export("WhatsApp Chat with Cabinet Office.txt", ANDROID_GB);
    desk.run(&["import", &path]).ends(0);
    desk.run(&["tag", "official", "budget", "--yes"]).ends(0);
    let later = format!("{ANDROID_GB}27/03/2021, 08:00 - Rafe Lund: Good morning\n");
    let path = desk.export("WhatsApp Chat with Cabinet Office.txt", &later);
    let source = &desk.json(0, &["import", &path])[0];
    assert_eq!(number(source, "new"), 1);
    assert_eq!(number(source, "already_known"), 5);
    let status = &desk.json(0, &["status"])[0];
    assert_eq!(number(status, "messages"), 6);
    assert_eq!(number(status, "official"), 2);
    assert_eq!(desk.json(0, &["threads"]).len(), 1);
}

#[test]
fn what_is_no_export_is_told_with_advice_and_the_report_stays_short() {
    let desk = Desk::new();
    let folder = desk.path("given");
    fs::create_dir_all(folder.join("shots")).unwrap();
    fs::create_dir_all(folder.join("phone")).unwrap();
    for number in 0..300 {
        let picture = folder.join(format!("shots/{number}"));
        fs::write(picture, b"\x89PNG\r\n\x1a\n").unwrap();
    }
    for name in ["phone/Manifest.db", "phone/Info.plist", "phone/0a1b"] {
        fs::write(folder.join(name), "").unwrap();
    }
    let database = b"SQLite format 3\0 CREATE TABLE jid CREATE TABLE message_media";
    fs::write(folder.join("msgstore.db"), database).unwrap();
    fs::write(
        folder.join("WhatsApp Chat with More.txt"),
        "25/03/2021, 09:00 - Ama Osei: budget\n",
    )
    .unwrap();
    let given = folder.to_str().unwrap();
    let ran = desk.run(&["import", given]);
    let page = ran.ends(0).out();
    assert!(page.lines().count() < 30, "{page}");
    for words in [
        "299 other files",
        "msgstore.db",
        "an iPhone backup",
        "1 new",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // For programs, file by file.
    let objects = desk.json(0, &["import", given]);
    assert_eq!(objects.len(), 303);
    let whatsapp = objects
        .iter()
        .find(|one| text(one, "path").ends_with("msgstore.db"))
        .unwrap();
    assert_eq!(text(whatsapp, "outcome"), "not-an-export");
    assert!(text(whatsapp, "reason").contains("Export chat"));
    // Given by itself it is refused, with the same advice.
    let path = folder.join("msgstore.db");
    let ran = desk.run(&["import", path.to_str().unwrap()]);
    assert!(ran.ends(3).out().contains("Export chat"));
}

#[test]
fn a_folder_with_links_to_itself_and_more_than_the_disk_holds_is_loaded() {
    let desk = Desk::new();
    let folder = desk.path("given");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("WhatsApp Chat with More.txt"),
        "25/03/2021, 09:00 - Ama Osei: budget\n",
    )
    .unwrap();
    for name in ["again", "and again"] {
        std::os::unix::fs::symlink(".", folder.join(name)).unwrap();
    }
    // The image of a whole disk, of which nothing is copied, since it is no export. It takes no room.
    let image = fs::File::create(folder.join("laptop.img")).unwrap();
    if image.set_len(8 << 40).is_err() {
        println!("not as long as the disk: this file system takes no sparse file of that length");
    }
    let objects = desk.json(0, &["import", folder.to_str().unwrap()]);
    let outcome = |name: &str| {
        let one = objects.iter().find(|one| text(one, "path").ends_with(name));
        text(one.unwrap(), "outcome").to_owned()
    };
    assert_eq!(outcome("More.txt"), "loaded");
    assert_eq!(outcome("laptop.img"), "not-an-export");
    assert_eq!(outcome("/again"), "not-an-export");
    assert_eq!(objects.len(), 4);
}

#[test]
fn no_case_is_made_where_others_can_replace_it() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let open = desk.path("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let chat = desk.path("WhatsApp Chat with More.txt");
    fs::write(&chat, "25/03/2021, 09:00 - Ama Osei: budget\n").unwrap();
    let run = |more: &[&str]| {
        let mut command = desk.command(&["import", chat.to_str().unwrap()]);
        command.args(more).env("DOCKET_CASE", open.join("new/case"));
        Ran(command.output().unwrap())
    };
    let ran = run(&[]);
    let told = ran.ends(3).err();
    assert!(told.contains("can put another case in the place"), "{told}");
    assert!(told.contains("chmod go-w"), "{told}");
    assert_eq!(fs::read_dir(&open).unwrap().count(), 0);
    run(&["--allow-shared"]).ends(0);
}

#[test]
fn what_docket_made_of_exports_is_no_export_but_for_other_forms() {
    let desk = Desk::new();
    let given = desk.path("given");
    fs::create_dir(&given).unwrap();
    let at = |name: &str| given.join(name).to_str().unwrap().to_owned();
    fs::write(
        given.join("WhatsApp Chat with More.txt"),
        "25/03/2021, 09:00 - Ama Osei: budget\n",
    )
    .unwrap();
    // The case stands in the folder itself, as where somebody keeps all of a handover in one place.
    let docket = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        Ran(command.env("DOCKET_CASE", at("case")).output().unwrap())
    };
    docket(&["import", &at("")]).ends(0);
    docket(&["tag", "official", "budget", "--yes"]).ends(0);
    for facts in ["reference=A/1", "custodian=Ama Osei", "department=Quays"] {
        docket(&["facts", facts]).ends(0);
    }
    docket(&["bundle", &at("bundle")]).ends(0);
    docket(&["bundle", &at("least"), "--profile", "minimal"]).ends(0);
    docket(&["backup", &at("backup.tar")]).ends(0);
    let messages = || {
        let ran = docket(&["--json", "status"]);
        let first: Value = serde_json::from_str(ran.ends(0).out().lines().next().unwrap()).unwrap();
        first["messages"].clone()
    };
    assert_eq!(messages(), 1);
    let ran = docket(&["import", &at("")]);
    let page = ran.ends(0).out();
    for words in [
        "already; nothing was added",
        "a case of docket's",
        "a backup of a case",
        "a records bundle",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for name in ["case", "bundle", "least"] {
        let ran = docket(&["import", &at(name)]);
        assert!(ran.ends(3).out().contains("docket "), "{name}");
    }
    assert_eq!(messages(), 1);
    // What is made to be loaded elsewhere can be.
    docket(&["export", &at("rsmf"), "--form", "rsmf"]).ends(0);
    let objects = desk.json(0, &["import", &at("rsmf")]);
    let loaded = objects
        .iter()
        .filter(|one| text(one, "outcome") == "loaded");
    assert_eq!(loaded.count(), 1);
}

#[test]
fn an_assumed_date_order_is_said_and_can_be_settled() {
    let desk = Desk::new();
    let path = desk.export(
        "WhatsApp Chat with A.txt",
        "01/02/2021, 09:00 - Ama Osei: one\n01/02/2021, 09:30 - Rafe Lund: two\n",
    );
    let source = &desk.json(1, &["import", &path])[0];
    assert_eq!(source["date_order_assumed"], true);
    let ran = desk.run(&["import", &path, "--date-order", "mdy"]);
    ran.ends(0);
    let hits = desk.json(0, &["search", "on:2021-01-02"]);
    assert_eq!(hits.len(), 2);
    desk.run(&["import", &path, "--date-order", "dym"])
        .ends(2)
        .complains("--date-order");
}

#[test]
fn threads_add_up() {
    let desk = Desk::loaded();
    let threads = desk.json(0, &["threads"]);
    assert_eq!(threads.len(), 4);
    for thread in &threads {
        has_fields(
            thread,
            "id title channel source messages participants first last undecided official personal \
             mixed context refer",
        );
        let parts = "undecided official personal mixed context refer system unreadable";
        let sum: u64 = parts.split(' ').map(|part| number(thread, part)).sum();
        assert_eq!(sum, number(thread, "messages"));
    }
    let titles: Vec<_> = threads.iter().map(|thread| text(thread, "title")).collect();
    assert!(
        titles.contains(&"Cabinet Office") && titles.contains(&"Rafe Lund"),
        "{titles:?}"
    );
    let ran = desk.run(&["threads"]);
    ran.ends(0);
    assert!(
        ran.out().lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.out()
    );
}

#[test]
fn search_finds_across_locales_and_points_into_the_source() {
    let desk = Desk::loaded();
    let hits = desk.json(0, &["search", "strasse"]);
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    has_fields(
        hit,
        "number thread time time_as_written sender direction kind text attachments decision source \
         offset length",
    );
    assert_eq!(text(hit, "text"), "Die Straße ist gesperrt.");
    assert_eq!(text(hit, "sender"), "Jörg Maß");
    assert_eq!(text(hit, "time"), "2021-03-05T14:02:11+00:00");
    assert_eq!(text(hit, "time_as_written"), "05.03.21, 14:02:11");
    assert_eq!(text(hit, "decision"), "undecided");
    let bytes = fs::read(text(hit, "source")).unwrap();
    let from = number(hit, "offset") as usize;
    let message = &bytes[from..from + number(hit, "length") as usize];
    assert!(message.starts_with(b"[05.03.21") && message.ends_with("gesperrt.\r\n".as_bytes()));

    let count = |query: &[&str]| desk.json(0, &[&["search"], query].concat()).len();
    assert_eq!(count(&["budget"]), 3);
    assert_eq!(count(&["\"budget plan\""]), 1);
    assert_eq!(count(&["orcamento"]), 1);
    assert_eq!(count(&["budget", "from:ama", "after:2021-03-20"]), 2);
    assert_eq!(count(&["--", "-from:ama", "kind:text"]), 4);
    assert_eq!(count(&["has:attachment"]), 2);
    assert_eq!(count(&["/b[u]dget (plan|first)|first/"]), 2);
    assert_eq!(count(&["nothing", "at", "all"]), 0);
    let ran = desk.run(&["search", "budget", "--limit", "1"]);
    ran.ends(0);
    assert!(
        ran.out().contains("The budget plan is agreed."),
        "{}",
        ran.out()
    );
    assert_eq!(ran.err(), "3 messages\n");
}

#[test]
fn direction_is_known_once_the_custodian_is_named() {
    let desk = Desk::loaded();
    assert_eq!(
        text(&desk.json(0, &["search", "strasse"])[0], "direction"),
        "unknown"
    );
    desk.run(&["facts", "me=Ama Osei", "reference=FOI-2021-044"])
        .ends(0);
    assert_eq!(
        text(&desk.json(0, &["search", "strasse"])[0], "direction"),
        "received"
    );
    assert_eq!(
        text(&desk.json(0, &["search", "danke"])[0], "direction"),
        "sent"
    );
    let status = &desk.json(0, &["status"])[0];
    assert_eq!(text(&status["facts"], "reference"), "FOI-2021-044");
    desk.run(&["facts", "me=Nobody"])
        .ends(2)
        .complains("Nobody");
    desk.run(&["facts", "reference"])
        .ends(2)
        .complains("KEY=VALUE");
    desk.run(&["facts", "time-zone=Mars/Olympus"])
        .ends(3)
        .complains("time-zone");
}

#[test]
fn tags_preview_apply_and_are_taken_back() {
    let desk = Desk::loaded();
    let official = |desk: &Desk| number(&desk.json(0, &["status"])[0], "official");

    // Nobody to ask and no --yes: the preview, and a refusal.
    let ran = desk.run(&["tag", "official", "budget"]);
    ran.ends(3).complains("--yes");
    assert!(
        ran.out().contains("3 messages in 2 threads"),
        "{}",
        ran.out()
    );
    assert_eq!(official(&desk), 0);

    let done = &desk.json(
        0,
        &["tag", "official", "budget", "--yes", "--note", "spending"],
    )[0];
    assert_eq!(number(done, "count"), 3);
    assert_eq!(number(done, "threads"), 2);
    assert_eq!(done["saved"], true);
    assert_eq!(official(&desk), 3);

    let preview = &desk.json(3, &["tag", "personal", "from:ama"])[0];
    assert_eq!(preview["saved"], false);
    assert_eq!(number(&preview["changes"], "official"), 3);

    desk.run(&["tag", "personal", "from:ama", "--yes"]).ends(0);
    assert_eq!(official(&desk), 0);
    let undone = &desk.json(0, &["undo"])[0];
    assert!(number(undone, "count") >= 3);
    assert_eq!(official(&desk), 3);
    desk.run(&["undo"]).ends(0);
    assert_eq!(official(&desk), 0);
    assert_eq!(desk.json(0, &["undo"])[0]["what"], Value::Null);
    desk.run(&["redo"]).ends(0);
    assert_eq!(official(&desk), 3);

    let log = desk.json(0, &["log"]);
    for (place, entry) in log.iter().enumerate() {
        has_fields(entry, "seq at reviewer known kind prev hash");
        assert_eq!(number(entry, "seq"), place as u64 + 1);
        if place > 0 {
            assert_eq!(entry["prev"], log[place - 1]["hash"]);
        }
    }
    let decided: Vec<_> = log
        .iter()
        .filter(|entry| entry["kind"] == "decide")
        .collect();
    assert_eq!(decided.len(), 2);
    assert_eq!(text(decided[0], "query"), "budget");
    assert_eq!(text(decided[0], "note"), "spending");
    assert_eq!(text(decided[0], "reviewer"), "tester");
    assert_eq!(
        log.iter().filter(|entry| entry["kind"] == "undo").count(),
        2
    );
    assert!(
        desk.run(&["log"])
            .ends(0)
            .out()
            .contains("official on 3 messages at once, query: budget")
    );
}

#[test]
fn the_case_adds_up_and_survives_a_rebuild() {
    let desk = Desk::loaded();
    desk.run(&["tag", "official", "budget", "--yes"]).ends(0);
    let status = &desk.json(0, &["status"])[0];
    let parts = "undecided official personal mixed context refer system unreadable";
    let sum: u64 = parts.split(' ').map(|part| number(status, part)).sum();
    assert_eq!(sum, number(status, "messages"));
    assert_eq!(number(status, "messages"), ALL);
    assert_eq!(number(status, "undecided"), DECIDABLE - 3);
    assert_eq!(status["balances"], true);
    assert_eq!(status["sources"].as_array().unwrap().len(), 4);
    has_fields(&status["last_saved"], "seq at reviewer hash");

    let before = desk.json(0, &["search", ""]);
    assert_eq!(before.len() as u64, ALL);
    let checks = desk.json(0, &["check"]);
    let (verdict, checks) = checks.split_last().unwrap();
    assert_eq!(text(verdict, "verdict"), "ok");
    assert!(!checks.is_empty());
    for check in checks {
        has_fields(check, "name verdict detail");
    }
    desk.run(&["check", "--full"]).ends(0);

    fs::remove_dir_all(desk.path("case/derived")).unwrap();
    assert_eq!(number(&desk.json(0, &["rebuild"])[0], "messages"), ALL);
    assert_eq!(desk.json(0, &["search", ""]), before);
    desk.run(&["check", "--full"]).ends(0);
}

#[test]
fn a_changed_original_fails_the_check() {
    let desk = Desk::loaded();
    let original = fs::read_dir(desk.path("case/originals"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = fs::read(&original).unwrap();
    *bytes.last_mut().unwrap() = b'x';
    fs::remove_file(&original).unwrap();
    fs::write(&original, bytes).unwrap();
    let ran = desk.run(&["check", "--full"]);
    ran.ends(1);
    assert!(
        ran.out().contains("failed") && ran.out().contains("FAILED"),
        "{}",
        ran.out()
    );
}

#[test]
fn the_bundle_is_refused_until_all_is_decided_and_then_verifies() {
    let desk = Desk::loaded();
    let bag = desk.path("handover");
    let bag = bag.to_str().unwrap();
    desk.run(&["bundle", bag]).ends(3).complains("undecided");
    let ran = desk.run(&["bundle", bag, "--dry-run"]);
    assert!(ran.ends(1).out().contains("in the way: "), "{}", ran.out());
    assert!(!Path::new(bag).exists());
    desk.run(&["tag", "personal", "dinner OR morning", "--yes"])
        .ends(0);
    desk.run(&["tag", "official", "is:undecided", "--yes"])
        .ends(0);
    let ran = desk.run(&["bundle", bag, "--dry-run"]);
    ran.ends(0);
    assert!(!Path::new(bag).exists());
    let written = &desk.json(0, &["bundle", bag])[0];
    let seal = fs::read(Path::new(bag).join("tagmanifest-sha256.txt")).unwrap();
    let seal: String = Sha256::digest(seal)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(text(written, "sha256"), seal);
    let checks = desk.json(0, &["verify", bag]);
    assert_eq!(text(checks.last().unwrap(), "verdict"), "ok");
    fs::write(Path::new(bag).join("bag-info.txt"), "Bag-Size: 1 kB\n").unwrap();
    let checks = desk.json(1, &["verify", bag]);
    assert_eq!(text(checks.last().unwrap(), "verdict"), "failed");
}

#[test]
fn errors_are_one_line_and_codes_are_kept() {
    let desk = Desk::new();
    desk.run(&["threads"]).ends(3).complains("no case");
    desk.run(&["import", "nowhere.zip"])
        .ends(2)
        .complains("nowhere.zip");
    desk.run(&["frobnicate"]).ends(2).complains("frobnicate");
    desk.run(&["search"]).ends(2).complains("QUERY");
    desk.run(&["tag", "maybe", "x"]).ends(2).complains("maybe");
    desk.run(&["verify", "nowhere"])
        .ends(2)
        .complains("nowhere");
    desk.run(&["search", "(budget"]).ends(2).complains("query");
    desk.run(&["search", "\u{1b}[31m\u{202e}:("]).ends(2);
    desk.run(&["--version"]).ends(0);
    assert_eq!(desk.run(&[]).ends(2).out(), "");
}

#[test]
fn hostile_names_act_on_no_terminal() {
    let desk = Desk::new();
    let path = desk.export(
        "WhatsApp Chat with Ev\u{202e}il.txt",
        "25/03/2021, 09:00 - A\u{1b}]0;pwned\u{7}\u{202e}ma: text \u{1b}[2J\u{9b}31m \u{200b}\u{2066}end\n",
    );
    for arguments in [
        &["import", &path][..],
        &["threads"],
        &["search", "end"],
        &["search", "from:\u{202e}"],
        &["status"],
        &["tag", "official", "end", "--yes", "--note", "\u{1b}[31m"],
        &["log"],
        &["undo"],
        &["facts", "custodian=\u{1b}[31mX"],
        &["check"],
        &["import", "\u{1b}[31m.zip"],
        &["\u{1b}[31m"],
        &["--\u{1b}[31m"],
        &["search", "/\u{1b}[/"],
    ] {
        let ran = desk.run(arguments);
        assert!(!acts(ran.out()) && !acts(ran.err()), "{arguments:?}");
        let ran = desk.run(&[&["--json"], arguments].concat());
        assert!(!acts(ran.out()) && !acts(ran.err()), "{arguments:?}");
    }
    // Exact for programs all the same.
    let hit = &desk.json(0, &["search", "end"])[0];
    assert!(text(hit, "text").contains("\u{1b}[2J\u{9b}31m"));
}

#[test]
fn a_closed_pipe_is_success() {
    let desk = Desk::new();
    let talk: String = (0..20_000)
        .map(|n| format!("25/03/2021, 09:{:02} - Ama Osei: message {n}\n", n / 400))
        .collect();
    let path = desk.export("WhatsApp Chat with Talk.txt", &talk);
    desk.run(&["import", &path]).ends(0);
    let mut child = desk
        .command(&["search", "message"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran(child.wait_with_output().unwrap());
    ran.ends(0);
    assert_eq!(ran.err(), "");
}

#[test]
fn what_is_written_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::loaded();
    let mut folders = vec![desk.path("case")];
    while let Some(folder) = folders.pop() {
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o077,
            0,
            "{folder:?}"
        );
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(
                    entry.metadata().unwrap().permissions().mode() & 0o077,
                    0,
                    "{entry:?}"
                );
            }
        }
    }
}

#[test]
fn the_default_case_lies_in_the_data_folder() {
    let desk = Desk::new();
    let path = desk.export("WhatsApp Chat with A.txt", ANDROID_GB);
    let ran = Ran(desk
        .command(&["import", &path])
        .env_remove("DOCKET_CASE")
        .output()
        .unwrap());
    ran.ends(0);
    let case = desk.path(".local/share/docket/case");
    assert!(ran.out().contains(case.to_str().unwrap()), "{}", ran.out());
    assert!(case.join("originals").is_dir());
}

#[test]
fn completions_and_manual_pages_come_from_the_definitions() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = desk.run(&["completions", shell]);
        assert!(ran.ends(0).out().contains("rebuild"));
    }
    let ran = desk.run(&["man"]);
    assert!(ran.ends(0).out().contains(".TH docket 1"), "{}", ran.out());
    assert!(
        desk.run(&["man", "tag"])
            .ends(0)
            .out()
            .contains("docket\\-tag")
    );
    desk.run(&["man", "nonsense"]).ends(2).complains("nonsense");
}

#[test]
fn help_teaches() {
    let desk = Desk::new();
    let mut pages = desk.run(&["--help"]).ends(0).out().to_owned();
    let commands = [
        "import",
        "review",
        "threads",
        "search",
        "reconcile",
        "timeline",
        "sample",
        "tag",
        "undo",
        "redo",
        "log",
        "status",
        "check",
        "rebuild",
        "bundle",
        "export",
        "certificate",
        "sign",
        "receipt",
        "verify",
        "prove",
        "facts",
        "formats",
        "completions",
        "man",
    ];
    for command in commands {
        let ran = desk.run(&[command, "--help"]);
        let page = ran.ends(0).out();
        assert!(page.contains("Example"), "{command}");
        pages.push_str(&format!("\n=== docket {command} --help\n{page}"));
    }
    insta::assert_snapshot!("help", pages);
}

#[test]
fn every_field_is_documented() {
    let desk = Desk::loaded();
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).unwrap();
    let documented = |command: &str, object: &Value| {
        let section = page
            .split("\n## ")
            .find(|section| {
                section
                    .lines()
                    .next()
                    .unwrap()
                    .split(", ")
                    .any(|name| name == command)
            })
            .unwrap_or_else(|| panic!("no section for {command}"));
        for field in fields(object) {
            assert!(
                section.contains(&format!("`{field}`")),
                "{command}: {field}"
            );
        }
    };
    let path = desk.export(
        "WhatsApp Chat with More.txt",
        "25/03/2021, 09:00 - Ama Osei: budget\n",
    );
    let later = ANDROID_GB.replace("Dinner on Friday?", "This message was deleted");
    assert_ne!(later, ANDROID_GB);
    fs::create_dir(desk.path("later")).unwrap();
    let later = desk.export("later/WhatsApp Chat with Cabinet Office.txt", &later);
    let bag = desk.path("bag");
    let bag = bag.to_str().unwrap();
    for (code, arguments) in [
        (0, &["import", &path][..]),
        (0, &["threads"]),
        (0, &["import", &later]),
        (0, &["reconcile"]),
        (0, &["reconcile", "dinner"]),
        (0, &["search", "dinner"]),
        (0, &["timeline"]),
        (0, &["timeline", "--days", "dinner"]),
        (0, &["sample", "3", "--seed", "7"]),
        (0, &["sample"]),
        (0, &["search", "budget"]),
        (
            0,
            &["facts", "reference=R", "me=Ama Osei", "--basis", "a letter"],
        ),
        (0, &["tag", "official", "budget", "--yes"]),
        (0, &["tag", "personal", "is:undecided", "--yes"]),
        (0, &["undo"]),
        (0, &["redo"]),
        (0, &["bundle", bag, "--dry-run"]),
        (0, &["bundle", bag]),
        (0, &["verify", bag]),
        (0, &["rebuild"]),
        (0, &["check"]),
        (0, &["status"]),
        (0, &["log"]),
        (0, &["formats"]),
        (0, &["config"]),
        (0, &["config", "check"]),
        (0, &["config", "path"]),
    ] {
        let objects = desk.json(code, arguments);
        assert!(!objects.is_empty(), "{arguments:?}");
        for object in &objects {
            documented(arguments[0], object);
        }
        if arguments[0] == "status" {
            documented("status", &objects[0]["sources"][0]);
            documented("status", &objects[0]["last_saved"]);
        }
    }
}

#[test]
fn an_interrupted_import_leaves_the_case_as_it_was() {
    let desk = Desk::loaded();
    let before = desk.json(0, &["status"]);
    let line = "25/03/2021, 09:00 - Ama Osei: the budget plan and the call about it\n";
    let path = desk.export("WhatsApp Chat with Big.txt", &line.repeat(1_000_000));
    let child = desk
        .command(&["import", &path])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Once it copies the export, it listens.
    let size = || {
        let entries = fs::read_dir(desk.path("case/originals")).unwrap();
        entries
            .flatten()
            .filter_map(|entry| entry.metadata().ok())
            .map(|data| data.len())
            .sum::<u64>()
    };
    let small = size();
    while size() == small {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = Ran(child.wait_with_output().unwrap());
    ran.ends(3).complains("stopped");
    assert_eq!(desk.json(0, &["status"]), before);
    desk.run(&["check", "--full"]).ends(0);
}

/// Runs a command in a terminal, types an answer once it asks, and gives what the terminal showed
/// and the exit code.
fn in_a_terminal(desk: &Desk, arguments: &[&str], answer: &str) -> (String, u32) {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::{Read, Write};
    let size = PtySize {
        rows: 24,
        cols: 80,
        ..PtySize::default()
    };
    let pty = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_docket"));
    command.args(arguments);
    command.env("DOCKET_CASE", desk.path("case"));
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut shown = Vec::new();
    let mut answered = false;
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        shown.extend_from_slice(&bytes[..count]);
        if !answered && shown.ends_with(b"[y/N] ") {
            answered = true;
            pty.master
                .take_writer()
                .unwrap()
                .write_all(answer.as_bytes())
                .unwrap();
        }
    }
    let code = child.wait().unwrap().exit_code();
    (String::from_utf8(shown).unwrap(), code)
}

#[test]
fn a_person_at_a_terminal_is_asked() {
    let desk = Desk::loaded();
    let (shown, code) = in_a_terminal(&desk, &["tag", "official", "budget"], "n\n");
    assert!(
        shown.contains("Decide 3 messages official? [y/N]"),
        "{shown}"
    );
    assert_eq!(code, 3, "{shown}");
    let (shown, code) = in_a_terminal(&desk, &["tag", "official", "budget"], "\n");
    assert_eq!(code, 3, "{shown}");
    assert_eq!(number(&desk.json(0, &["status"])[0], "official"), 0);
    let (shown, code) = in_a_terminal(&desk, &["tag", "official", "budget"], "y\n");
    assert!(shown.contains("saved: 3 messages official"), "{shown}");
    assert_eq!(code, 0);
    assert_eq!(number(&desk.json(0, &["status"])[0], "official"), 3);
}

#[test]
fn a_timeline_adds_up_and_a_seed_draws_the_same_again() {
    let desk = Desk::new();
    let path = desk.export("WhatsApp Chat with Cabinet Office.txt", ANDROID_GB);
    desk.run(&["import", &path]);
    desk.run(&["tag", "personal", "dinner", "--yes"]).ends(0);
    let objects = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let ran = desk.run(arguments);
        let lines = ran.ends(0).out().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let sum = |bars: &[serde_json::Value], field: &str| -> u64 {
        bars.iter().map(|bar| bar[field].as_u64().unwrap()).sum()
    };
    let all = objects(&[
        "search",
        "is:undecided OR is:decided OR is:system",
        "--json",
    ])
    .len();
    for step in [
        &["timeline", "--json"][..],
        &["timeline", "--days", "--json"],
    ] {
        let bars = objects(step);
        assert_eq!(sum(&bars, "messages"), all as u64);
        assert_eq!(sum(&bars, "personal"), 1);
    }
    let first = objects(&["sample", "2", "--seed", "7", "--json"]);
    let again = objects(&["sample", "2", "--seed", "7", "--json"]);
    assert_eq!(first[0]["numbers"], again[0]["numbers"]);
    assert_eq!(first[0]["numbers"].as_array().unwrap().len(), 2);
    // All of it, then one decided otherwise.
    objects(&["sample", "100", "is:personal", "--json"]);
    desk.run(&["tag", "official", "dinner", "--yes"]).ends(0);
    let told = objects(&["sample", "--json"]);
    assert_eq!(told[0]["decided_otherwise"], 1);
    assert_eq!(
        (told[0]["low"].as_f64(), told[0]["high"].as_f64()),
        (Some(1.0), Some(1.0))
    );
    desk.run(&["sample", "5", "no such word"])
        .ends(3)
        .complains("nothing to draw from");
    desk.run(&["sample", "0"])
        .ends(2)
        .complains("first how many");
}

#[test]
fn status_tells_what_is_left_where_and_what_is_next() {
    let desk = Desk::loaded();
    let status = &desk.json(0, &["status"])[0];
    let left = &status["left"];
    for by in ["channel", "thread", "month"] {
        let parts = left[by].as_array().unwrap();
        let sum: u64 = parts.iter().map(|part| number(part, "undecided")).sum();
        assert_eq!(sum, number(status, "undecided"), "{by}");
    }
    let first = text(&left["thread"][0], "query").to_owned();
    let found = desk.json(0, &["search", &first]);
    assert_eq!(
        found.len() as u64,
        number(&left["thread"][0], "messages"),
        "{first}"
    );
    assert!(status["pace"]["minutes_left"].is_null());
    assert!(!status["bundle"]["blocks"].as_array().unwrap().is_empty());
    let printed = desk.run(&["status"]);
    let printed = printed.ends(0).out();
    assert!(
        printed.contains("No estimate of the time left"),
        "{printed}"
    );
    assert!(printed.contains("a bundle would hold 0 messages now"));
}
