//! The samples that are no part of the project, file by file: what another program counted in each,
//! and what docket finds. The tables are printed, so that one command makes them:
//! `cargo test --test suite -- --nocapture channels::counts`.

use super::{detect, files, shared, take, walk};
use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions, Outcome, SourceReport};
use docket::check::{Verdict, overall};
use docket::import::Export;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A row of the index of samples: a file, and how many messages it has by the independent count;
/// `None` where it counts none.
fn rows(index: &str) -> Vec<(String, Option<usize>)> {
    let mut rows = Vec::new();
    for row in index.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, named, _, count, ..] = cells.as_slice() else {
            continue;
        };
        let digits: String = count
            .chars()
            .take_while(|sign| sign.is_ascii_digit() || *sign == ',')
            .filter(char::is_ascii_digit)
            .collect();
        for name in named.split(", ").filter(|name| name.contains('/')) {
            rows.push((name.to_owned(), digits.parse().ok()));
        }
    }
    rows
}

/// What is found in a file: the format, the messages and the exceptions; or why nothing is.
fn found_in(path: &Path) -> (String, usize, usize) {
    let name = path.file_name().unwrap().to_string_lossy();
    let export = match Export::from_file(path, &name) {
        Ok(export) => export,
        Err(error) => return (format!("refused: {error}"), 0, 0),
    };
    if detect(&export).is_none() {
        return ("no export, told so".to_owned(), 0, 0);
    }
    let taken = take(&export).unwrap();
    let (messages, exceptions) = taken.counts();
    (taken.importer.to_owned(), messages, exceptions)
}

/// How many calls a backup of texts holds: the index counts texts alone.
fn calls_in(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.matches("<call ").count()
}

/// Signal's own tests: many small exports in one file, each after a line with its name.
fn found_in_cases(path: &Path) -> (String, usize, usize) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases: Vec<String> = Vec::new();
    for line in text.lines() {
        match cases.last_mut() {
            _ if line.starts_with("{\"case\"") => cases.push(String::new()),
            Some(case) => {
                case.push_str(line);
                case.push('\n');
            }
            None => {}
        }
    }
    let (mut items, mut exceptions) = (0, 0);
    for case in &cases {
        let (_dir, export) = super::file("main.jsonl", case.as_bytes());
        let taken = take(&export).unwrap();
        assert_eq!(taken.importer, "signal");
        // Calls over a link are messages and no chat items.
        let calls = case
            .lines()
            .filter(|line| line.starts_with("{\"adHocCall\""));
        items += taken.counts().0 - calls.count();
        exceptions += taken.counts().1;
    }
    ("signal".to_owned(), items, exceptions)
}

/// Every row of the index: the count found equals the count expected, and what has no count ends in
/// a stated outcome.
#[test]
fn every_file_of_the_index_has_its_counted_messages() {
    let Some(samples) = shared("samples") else {
        return;
    };
    let index = std::fs::read_to_string(samples.join("INDEX.md")).unwrap();
    println!("| file | format | expected | found | exceptions |");
    println!("|---|---|---|---|---|");
    let mut by_format: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut named: BTreeSet<PathBuf> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, expected) in rows(&index) {
        let (shown, (format, found, exceptions)) = if name.ends_with("*.jsonl") {
            let folder = samples.join(name.trim_end_matches("*.jsonl"));
            named.extend(walk(&folder));
            (name, found_in_cases(&folder.join("all-cases.jsonl")))
        } else if name.ends_with('/') {
            // Schemas, which are no exports: each ends so.
            let folder = samples.join(&name);
            let mut outcomes = BTreeSet::new();
            let mut all = 0;
            for path in walk(&folder) {
                let (outcome, found, _) = found_in(&path);
                outcomes.insert(outcome);
                all += found;
                named.insert(path);
            }
            let outcomes: Vec<String> = outcomes.into_iter().collect();
            (name, (outcomes.join("; "), all, 0))
        } else {
            let path = samples.join(&name);
            let found = found_in(&path);
            named.insert(path);
            (name, found)
        };
        let told = expected.map_or("-".to_owned(), |count| count.to_string());
        println!("| {shown} | {format} | {told} | {found} | {exceptions} |");
        let calls = match format.as_str() {
            "sms-backup-restore" => calls_in(&samples.join(&shown)),
            _ => 0,
        };
        // What is broken is counted too, and is a listed exception.
        if expected.is_some_and(|expected| expected + calls != found + exceptions) {
            wrong.push(format!("{shown}: {found} instead of {told}"));
        }
        if let Some(expected) = expected {
            let sum = by_format.entry(format).or_default();
            *sum = (sum.0 + 1, sum.1 + expected, sum.2 + found);
        }
    }
    println!("\n| format | files | expected | found |");
    println!("|---|---|---|---|");
    for (format, (files, expected, found)) in &by_format {
        println!("| {format} | {files} | {expected} | {found} |");
    }
    // What the index does not name ends in an outcome too.
    let unnamed: Vec<PathBuf> = walk(&samples)
        .into_iter()
        .filter(|path| !named.contains(path) && !path.ends_with("INDEX.md"))
        .collect();
    for path in &unnamed {
        let (format, found, exceptions) = found_in(path);
        let path = path.strip_prefix(&samples).unwrap().display();
        println!("\nnot in the index: {path}: {format}, {found} messages, {exceptions} exceptions");
    }
    assert!(by_format.len() >= 11, "{by_format:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All samples of the project and all that are none, in one import: every file ends in an outcome,
/// no byte is unaccounted for, and the case holds and is made again to the same state.
#[test]
fn everything_imports_in_one_command_and_adds_up() {
    let Some(others) = shared("samples") else {
        return;
    };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports");
    let dir = TempDir::new().unwrap();
    let case = Case::open_or_create(&dir.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let options = ImportOptions::default();
    let reports = case
        .import(&[own, others], &options, &actor, &mut ())
        .unwrap();
    println!(
        "| format | exports | messages | exceptions | bytes | in messages | in structure | in exceptions | unaccounted |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_format: BTreeMap<&str, [u64; 7]> = BTreeMap::new();
    for report in &reports {
        let outcome = match &report.outcome {
            Outcome::Loaded => "loaded",
            Outcome::AlreadyKnown => "known already",
            Outcome::NotAnExport(why) => {
                assert!(!why.is_empty());
                "no export, told so"
            }
            Outcome::Refused(why) => {
                assert!(!why.is_empty());
                "refused, told why"
            }
            _ => "otherwise",
        };
        *outcomes.entry(outcome).or_default() += 1;
        if report.outcome == Outcome::Loaded {
            let sum = by_format.entry(&report.format).or_default();
            let row = figures(report);
            for (sum, more) in sum.iter_mut().zip(row) {
                *sum += more;
            }
        }
    }
    let mut all = [0u64; 7];
    for (format, row) in &by_format {
        print_row(format, row);
        for (sum, more) in all.iter_mut().zip(row) {
            *sum += more;
        }
    }
    print_row("all", &all);
    println!("{outcomes:?}");
    for report in &reports {
        let [.., bytes, messages, structure, exceptions] = figures(report);
        assert_eq!(bytes, messages + structure + exceptions, "{}", report.path);
    }
    assert!(!outcomes.contains_key("otherwise"), "{outcomes:?}");
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    let count = case.store().len();
    case.rebuild(&mut ()).unwrap();
    assert_eq!(case.store().len(), count);
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
}

/// Exports, messages, exceptions, and the bytes of what was read, by where they are.
fn figures(report: &SourceReport) -> [u64; 7] {
    [
        1,
        u64::from(report.messages - report.exceptions),
        u64::from(report.exceptions),
        report.bytes,
        report.bytes_in_messages,
        report.bytes_in_structure,
        report.bytes_in_exceptions,
    ]
}

fn print_row(format: &str, row: &[u64; 7]) {
    let [
        exports,
        messages,
        exceptions,
        bytes,
        in_messages,
        in_structure,
        in_exceptions,
    ] = row;
    let unaccounted = bytes.abs_diff(in_messages + in_structure + in_exceptions);
    println!(
        "| {format} | {exports} | {messages} | {exceptions} | {bytes} | {in_messages} | {in_structure} | {in_exceptions} | {unaccounted} |"
    );
}

/// The hostile sets of mail, JSON, XML and zips, as a person would load them: every file of every
/// set ends in a stated outcome of one import, and what was read of them adds up.
#[test]
fn every_hostile_file_ends_in_a_stated_outcome_of_an_import() {
    let Some(hostile) = shared("hostile") else {
        return;
    };
    let dir = TempDir::new().unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    println!(
        "| set | files | exports loaded | messages | exceptions | no export | refused | unaccounted bytes |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for set in [
        "mail-mailparser",
        "mail-mime4j",
        "mail-python-email",
        "json-testsuite",
        "xml-defused",
        "zip-go",
        "zip-libzip-regress",
        "zip-traversal",
        "zip-yauzl",
        "csv-injection",
        "naughty-strings",
        "utf8-tests",
        "xss-h5sc",
    ] {
        let folder = hostile.join(set);
        let given = walk(&folder);
        let case = Case::open_or_create(&dir.path().join(set)).unwrap();
        let options = ImportOptions::default();
        // Each for itself: a folder of mails would be one export.
        let reports = case.import(&given, &options, &actor, &mut ()).unwrap();
        let (mut loaded, mut none, mut refused) = (0, 0, 0);
        let mut sums = [0u64; 7];
        for report in &reports {
            match &report.outcome {
                Outcome::Loaded | Outcome::AlreadyKnown => loaded += 1,
                Outcome::NotAnExport(why) => {
                    none += 1;
                    assert!(!why.is_empty(), "{}", report.path);
                }
                Outcome::Refused(why) => {
                    refused += 1;
                    assert!(!why.is_empty(), "{}", report.path);
                }
                other => panic!("{}: {other:?}", report.path),
            }
            for (sum, more) in sums.iter_mut().zip(figures(report)) {
                *sum += more;
            }
        }
        let told: BTreeSet<&str> = reports.iter().map(|report| report.path.as_str()).collect();
        for path in &given {
            let shown = path.display().to_string();
            let is_told = told
                .iter()
                .any(|one| *one == shown || one.starts_with(&format!("{shown}/")));
            assert!(is_told, "{shown} ends in nothing");
        }
        let [
            _,
            messages,
            exceptions,
            bytes,
            in_messages,
            in_structure,
            in_exceptions,
        ] = sums;
        let unaccounted = bytes.abs_diff(in_messages + in_structure + in_exceptions);
        println!(
            "| {set} | {} | {loaded} | {messages} | {exceptions} | {none} | {refused} | {unaccounted} |",
            given.len()
        );
        assert_eq!(unaccounted, 0, "{set}");
        assert_eq!(
            overall(&case.check(true, None, &mut ())),
            Verdict::Ok,
            "{set}"
        );
    }
}

/// The rows of an index are read as they are written.
#[test]
fn rows_of_the_index_are_read() {
    let index = "| file | bytes | messages |\n|---|---|---|\n| a/b.txt | 1 | 34,935 (lenient 34,936) |\n\
                 | a/c.msg, a/d.msg | 1 / 2 | 1 each |\n| a/e.json | 2 | - |\n| a/*.jsonl | - | 5 items |\n";
    let expected = [
        ("a/b.txt", Some(34_935)),
        ("a/c.msg", Some(1)),
        ("a/d.msg", Some(1)),
        ("a/e.json", None),
        ("a/*.jsonl", Some(5)),
    ];
    let expected: Vec<(String, Option<usize>)> = expected
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    assert_eq!(rows(index), expected);
    let (_dir, export) = files("folder", &[("a.txt", b"x")]);
    assert!(detect(&export).is_none());
}
