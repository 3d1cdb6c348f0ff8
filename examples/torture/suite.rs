//! S3, S10, S13: rows whose work is mostly the tests'. At `ci` the suite is run whole beside this, so
//! only that its tests are there is looked at; at `release` they are run, the properties with more
//! cases and other seeds in each round. What a test says that it `counted` is in the row's numbers.

use crate::columns;
use crate::desk::{Desk, program, root};
use crate::dice::Dice;
use crate::row::{Lack, Level, Options, Row, Tally, Trials};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const S3: Row = Row {
    number: "S3",
    about: "terminal: hostile text on every screen, in commands, errors and after the end; emoji beside columns under tmux",
    goal: "0 foreign control bytes, 0 misaligned rows",
    limit: (120, 3600),
    apart: false,
    ready: |options| {
        let tests = [
            "sinks::",
            "cli::hostile_names_act_on_no_terminal",
            "channels::hostile::naughty_strings_read_back_as_they_are",
            "every_screen_has_a_picture",
            "random_keys_lose_nothing",
            "pictures::",
            "suite::pty::",
        ];
        ready(options, 1, &tests, &[], Some(columns::rows))
    },
};

pub const S10: Row = Row {
    number: "S10",
    about: "properties: formats written and read back, replay, dates, limits, by their cases",
    goal: "20,000 cases; 0 failures",
    limit: (60, 3600),
    apart: false,
    ready: |options| {
        let tests = [
            "import_dialects::",
            "channels::fields::every_format_is_written_and_read_back",
            "damage_never_loses",
            "review::plain::sessions_agree_with_a_plain_map",
            "people::sessions_agree_whatever_is_done",
            "redaction::sessions_agree_with_a_plain_model",
            "second::words_agree_with_a_plain_map",
            "bundle::outlook::",
        ];
        ready(options, options.level.of(1, 2), &tests, &UNITS, None)
    },
};

pub const S13: Row = Row {
    number: "S13",
    about: "bundle: hostile texts and names as every field, formulas, conformance bags, 2,000 tamperings; pages in a browser",
    goal: "0 injected elements, formulas, unsafe names, wrong verdicts, tamperings missed",
    limit: (60, 3600),
    apart: false,
    ready: |options| {
        let tests = [
            "bundle::hostile::",
            "bundle::conformance::",
            "bundle::bags::",
            "bundle::signed::two_thousand_tamperings",
            "bundle::custody::",
        ];
        ready(options, 1, &tests, &[], Some(pages))
    },
};

/// The rooms whose unit tests hold properties.
const UNITS: [&str; 7] = [
    "text::",
    "import::",
    "case::",
    "review::",
    "bundle::",
    "findings::",
    "tui::",
];

/// Cases of each property whose test does not say how many.
const CASES: &str = "400";

/// Work of a row beside its tests.
type More = fn(Level, &Tally) -> Result<(), String>;

struct Suite {
    /// A program of tests, and which of them.
    parts: Vec<(PathBuf, &'static str)>,
    rounds: u64,
    more: Option<More>,
    level: Level,
}

fn ready(
    options: &Options,
    rounds: u64,
    tests: &[&'static str],
    units: &[&'static str],
    more: Option<More>,
) -> Result<Box<dyn Trials>, Lack> {
    let mut parts = Vec::new();
    for (name, filters) in [("suite", tests), ("docket", units)] {
        let Some(program) = newest(name) else {
            return Err(Lack::Here(
                "the suite is not built: cargo test --no-run".into(),
            ));
        };
        parts.extend(filters.iter().map(|filter| (program.clone(), *filter)));
    }
    Ok(Box::new(Suite {
        parts,
        rounds,
        more,
        level: options.level,
    }))
}

/// The program of tests of this name that was built last. Programs without a test lie beside it
/// under the same name.
pub fn newest(name: &str) -> Option<PathBuf> {
    let listed = fs::read_dir(program().with_file_name("deps")).ok()?;
    let is_one = |path: &Path| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let id = file
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'));
        id.is_some_and(|id| id.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let has_tests = |path: &PathBuf| {
        let listed = Command::new(path).arg("--list").output();
        listed.is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).contains(": test\n"))
    };
    let built = listed.flatten().map(|entry| entry.path());
    let mut built: Vec<PathBuf> = built.filter(|path| is_one(path)).collect();
    built.sort_by_key(|path| path.metadata().and_then(|about| about.modified()).ok());
    built.into_iter().rev().find(has_tests)
}

impl Trials for Suite {
    fn count(&self) -> u64 {
        self.parts.len() as u64 * self.rounds + u64::from(self.more.is_some())
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let at = trial as usize % self.parts.len();
        let Some((program, filter)) = self
            .parts
            .get(at)
            .filter(|_| trial < self.parts.len() as u64 * self.rounds)
        else {
            return self.more.map_or(Ok(()), |more| more(self.level, tally));
        };
        let mut suite = Command::new(program);
        if self.level == Level::Ci {
            let listed = suite
                .args([filter, "--list"])
                .current_dir(root())
                .output()
                .map_err(|error| error.to_string())?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let is_test = |line: &&str| line.ends_with(": test");
            let tests = listed.lines().filter(is_test).count() as u64;
            tally.add("tests that the suite runs", tests);
            return match tests {
                0 => Err(format!("{filter}: no such test")),
                _ => Ok(()),
            };
        }
        suite
            .env("PROPTEST_CASES", CASES)
            .env("PROPTEST_RNG_SEED", dice.below(1 << 32).to_string());
        run(&mut suite, filter, tally)
    }
}

/// Runs tests, and counts what they say that they counted, and the cases of their properties.
///
/// # Errors
/// When one fails, or there is none of this name.
pub fn run(suite: &mut Command, filter: &str, tally: &Tally) -> Result<(), String> {
    suite
        .args([filter, "--test-threads=1", "--nocapture"])
        .current_dir(root())
        .env_remove("DOCKET_CASE")
        // Each case is told, and counted by that.
        .env("PROPTEST_VERBOSE", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut ran = suite.spawn().map_err(|error| error.to_string())?;
    let told = ran.stderr.take().map(BufReader::new);
    let cases = std::thread::spawn(move || {
        // What a case was made of stands in these lines too, and is in no character set.
        let lines = told.into_iter().flat_map(|told| told.split(b'\n'));
        let is_case = |line: &Vec<u8>| line.ends_with(b"Test case passed");
        lines.map_while(Result::ok).filter(is_case).count() as u64
    });
    let said = ran.wait_with_output().map_err(|error| error.to_string())?;
    let cases = cases.join().map_err(|_| "nobody counted the cases")?;
    if cases > 0 {
        tally.add("cases", cases);
    }
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    for line in text.lines() {
        // The name of the test may stand before what it says.
        let counted = line.split_once("counted ").map(|(_, counted)| counted);
        if let Some((number, what)) = counted.and_then(|rest| rest.split_once(' '))
            && let Ok(number) = number.parse()
        {
            tally.add(what, number);
        }
        if let Some((_, why)) = line.split_once("skipped: ") {
            tally.one(&format!("not tried: {why}"));
        }
    }
    let mut lines = text.lines().rev();
    let result = lines.find(|line| line.starts_with("test result:"));
    let passed = result
        .and_then(|line| line.split(' ').nth(3)?.parse::<u64>().ok())
        .unwrap_or_default();
    tally.add("tests passed", passed);
    match said.status.success() && passed > 0 {
        true => Ok(()),
        false => Err(format!("{filter}: {}", result.unwrap_or("no test ran"))),
    }
}

/// A bundle and a report of a chat that would run something if it could, opened in a browser.
fn pages(level: Level, tally: &Tally) -> Result<(), String> {
    let python = root().join(".ci/venv/bin/python");
    let has = |program: &Path, argument: &str| {
        let ran = Command::new(program).arg(argument).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if level == Level::Ci {
        return Ok(());
    }
    if !has(Path::new("chromium"), "--version") || !has(&python, "-cimport PIL") {
        tally.one("not tried: pages, there is no Chromium or no Pillow here");
        return Ok(());
    }
    let mut chat = crate::desk::chat("Quay works", 60);
    for (at, hostile) in HOSTILE.iter().enumerate() {
        let minute = at % 60;
        chat.push_str(&format!(
            "28/03/2021, 23:{minute:02} - {hostile}: {hostile}\n"
        ));
    }
    let desk = Desk::empty();
    let path = desk.chat("<script>alert(1)</script>");
    let path = path.replace("</", "<");
    fs::write(&path, chat).map_err(|error| error.to_string())?;
    desk.run(&["import", &path]).done("import")?;
    desk.run(&["tag", "official", "", "--yes"]).done("tag")?;
    desk.run(&["bundle", "bag"]).done("bundle")?;
    desk.run(&["report", "report.html"]).done("report")?;
    let ran = Command::new(&python)
        .arg(root().join(".ci/check_pages.py"))
        .args([desk.path("bag"), desk.path("report.html")])
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let pages = said.split(' ').next().unwrap_or_default();
    tally.add("pages in a browser", pages.parse().unwrap_or_default());
    match ran.status.success() {
        true => Ok(()),
        false => Err(said.trim().replace('\n', " / ")),
    }
}

/// What would run, if a page let it.
const HOSTILE: [&str; 14] = [
    "<script>document.title='ran'</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><script src=//example.invalid/x.js></script>",
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript&colon;alert(1)>here</a>",
    "<link rel=stylesheet href=https://example.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid'>",
    "<math><mtext><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;\u{2028}{{7*7}}${7*7}",
];
