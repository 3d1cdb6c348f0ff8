//! The custody chain of a bundle: what it tells, what it does not, and what breaks it.

use super::writing::{Fixture, read, reseal};
use docket::bundle::verify;
use docket::check::Verdict;
use docket::model::Decision;
use docket::text::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

const NAME: &str = "custody.jsonl";

fn lines(root: &Path) -> Vec<String> {
    read(root, NAME).lines().map(str::to_owned).collect()
}

fn values(root: &Path) -> Vec<Value> {
    let lines = lines(root);
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verdict(root: &Path) -> (Verdict, String) {
    let checks = verify(root);
    let check = checks.into_iter().find(|check| check.name == "custody");
    let check = check.unwrap();
    (check.verdict, check.detail)
}

#[test]
fn the_chain_tells_of_every_entry_and_of_nothing_that_stays() {
    let fixture = Fixture::usual();
    fixture.rule("Swimming pool", "swimming OR pool", Decision::Personal);
    let written = fixture.write_to("handover", false).unwrap();
    let root = &written.path;
    assert_eq!(verdict(root).0, Verdict::Ok, "{:?}", verdict(root));
    let lines = lines(root);
    let values = values(root);
    let mut prev = "0".repeat(64);
    let mut last = 0;
    for (seq, (line, value)) in (1_u64..).zip(lines.iter().zip(&values)) {
        assert_eq!(value["seq"], seq);
        assert_eq!(value["prev"], prev);
        prev = hex(&Sha256::digest(line));
        if let Some(to) = value["detail"]["last_entry"].as_u64() {
            last = to;
        }
    }
    let head = fixture.session.case().ledger().entries(last).unwrap();
    let end = values.last().unwrap();
    assert_eq!(end["event"], "ledger-head");
    assert_eq!(end["detail"]["entries"], last);
    assert_eq!(end["detail"]["hash"], head[0].hash.to_string());
    assert!(read(root, "bag-info.txt").contains(&format!("Docket-Custody-Head: {prev}\n")));
    let of = |event: &str| -> Vec<&Value> {
        values.iter().filter(|one| one["event"] == event).collect()
    };
    // Four kinds of decisions were made in one go by one person: one line, in numbers.
    let decisions = of("decision");
    assert_eq!(decisions[0]["detail"]["official"], 3);
    assert_eq!(decisions[0]["detail"]["personal"], 5);
    assert_eq!(decisions[0]["actor"], "Rita Reviewer");
    let exports = of("ingestion");
    assert_eq!(exports.len(), 2);
    assert_eq!(exports[1]["subject"], "source-0001");
    assert!(exports[1]["detail"].get("format").is_none());
    let told = read(root, NAME).to_lowercase();
    for kept in [
        "swimming",
        "grandma",
        "josephine",
        "carol",
        "a note on",
        "whatsapp chat",
    ] {
        assert!(!told.contains(kept), "{kept}");
    }
    let entries = fixture.session.case().ledger().entries(1).unwrap();
    for entry in &entries[..entries.len() - 2] {
        assert!(
            !told.contains(&entry.hash.to_string()),
            "entry {}",
            entry.seq
        );
    }
}

#[test]
fn who_decided_only_what_stays_is_a_number() {
    let fixture = Fixture::usual();
    let number = fixture.number("PERSONAL the cat");
    fixture.decide(number, Decision::Undecided);
    let fixture = fixture.acting_as("Somebody Else");
    fixture.decide(number, Decision::Personal);
    let written = fixture.write_to("handover", false).unwrap();
    let told = read(&written.path, NAME);
    assert!(!told.contains("Somebody"));
    let values = values(&written.path);
    assert!(values.iter().any(|one| one["actor"] == "reviewer-1"));
}

#[test]
fn a_chain_that_was_changed_is_found_under_new_seals() {
    type Change = fn(&mut Vec<String>);
    let changes: [Change; 9] = [
        |lines| lines[1] = lines[1].replacen("\"acts\":1", "\"acts\":2", 1),
        |lines| drop(lines.remove(2)),
        |lines| lines.swap(1, 2),
        |lines| drop(lines.pop()),
        |lines| lines.truncate(1),
        |lines| lines.push(lines[lines.len() - 1].clone()),
        |lines| lines[0] = lines[0].replacen("\":", "\": ", 1),
        |lines| lines[0] = lines[0].replacen("{", "{\"also\":1,", 1),
        |lines| {
            // A chain that is whole in itself, but tells less.
            lines.remove(2);
            let mut prev = "0".repeat(64);
            for (seq, line) in (1..).zip(lines.iter_mut()) {
                let mut value: Value = serde_json::from_str(line).unwrap();
                value["seq"] = seq.into();
                value["prev"] = prev.into();
                *line = value.to_string();
                prev = hex(&Sha256::digest(&line));
            }
        },
    ];
    let fixture = Fixture::usual();
    for (number, change) in changes.into_iter().enumerate() {
        let name = format!("handover-{number}");
        let written = fixture.write_to(&name, false).unwrap();
        let root = &written.path;
        reseal(root);
        assert_eq!(verdict(root).0, Verdict::Ok);
        let mut lines = lines(root);
        change(&mut lines);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(root.join(NAME), text).unwrap();
        reseal(root);
        let (verdict, why) = verdict(root);
        assert_eq!(verdict, Verdict::Failed, "change {number}: {why}");
    }
}
