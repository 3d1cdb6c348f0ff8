//! The tables for archives, and what stays behind: counted, committed to, and opened one by one.

use crate::suite::redaction::leaving::{files, mixed, places, write};
use crate::suite::redaction::{redact, set, words};
use crate::suite::tui::Desk;
use docket::bundle::{self, Proof, ProofError, check_proof, prove};
use docket::check::{Verdict, overall};
use docket::model::MessageNumber;
use docket::review::{Find, Spot};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Row = BTreeMap<String, String>;

/// The rows of a table by their columns, and the columns.
fn table(bag: &Path, name: &str) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_path(bag.join(name)).unwrap();
    let head: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader.records().map(|row| {
        let cells = row.unwrap();
        let cells = cells.iter().map(str::to_owned);
        head.iter().cloned().zip(cells).collect()
    });
    let rows = rows.collect();
    (head, rows)
}

/// One message is mixed and masked, one has an exempt name, one stays.
fn masked() -> Desk {
    let desk = mixed();
    let session = &desk.session;
    let all = Spot::Found(Find::regex("and Nadia.*$").unwrap());
    redact(session, &set(0, 6), &all, Some("personal"));
    let name = words("Leopold Grant");
    redact(session, &set(0, 6), &name, Some("foi-40-2"));
    desk
}

fn bag(desk: &Desk, folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    write(&desk.session, &path).unwrap();
    let checks = bundle::verify(&path);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    path
}

#[test]
fn each_file_has_its_row_and_what_is_exempt_is_proposed_until_it_is_approved() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    let first = bag(&desk, out.path(), "first");
    let (head, rows) = table(&first, "file-metadata.csv");
    assert_eq!(
        head.join(", "),
        "filepath, filename, date last modified, date of the record, description, former \
         reference, closure status, closure start date, closure period, foi exemption code, foi \
         schedule date, is filename closed, alternate filename, is description closed, alternate \
         description, language, translated filename, copyright, copyright details, related \
         material, restrictions on use, evidence provided by, note"
    );
    let told: Vec<&str> = rows.iter().map(|row| row["filepath"].as_str()).collect();
    let here: Vec<String> = files(&first.join("data"))
        .iter()
        .map(|path| path.strip_prefix(&first).unwrap().display().to_string())
        .collect();
    assert_eq!(told.len(), 13);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len());
    assert!(here.iter().all(|path| told.contains(&path.as_str())));
    let of = |rows: &[Row], name: &str| {
        let row = rows.iter().find(|row| row["filepath"].ends_with(name));
        row.unwrap().clone()
    };
    let closed = of(&rows, "/2021-03-25.eml");
    assert_eq!(closed["closure status"], "Open");
    assert!(closed["note"].starts_with("Proposed for closure: 40(2). Not approved yet"));
    assert!(
        closed["note"].ends_with("/2021-03-25_R."),
        "{}",
        closed["note"]
    );
    let open = of(&rows, "/2021-03-25_R.eml");
    assert!(
        open["note"].starts_with("Open copy of data/records/"),
        "{}",
        open["note"]
    );
    assert_eq!(of(&rows, "/2021-03-26.eml")["note"], "");
    assert_eq!(
        of(&rows, "/2021-03-26.eml")["date of the record"],
        "2021-03-26"
    );
    assert_eq!(
        of(&rows, "messages.jsonl")["date of the record"],
        "2021-03-26"
    );

    // Approved: what has an open copy is closed, for as many periods as codes; nothing else.
    let session = &desk.session;
    for (key, value, fits) in [
        ("foi-schedule-date", "31/03/2024", false),
        ("foi-schedule-date", "2024-03-31", true),
        ("closure-period", "151", false),
        ("closure-period", "20", true),
        ("language", "English; Welsh", false),
        ("language", "English;Klingon", false),
        ("language", "English;Welsh", true),
    ] {
        assert_eq!(
            session.set_fact(key, Some(value), None).is_ok(),
            fits,
            "{key}={value}"
        );
    }
    redact(session, &set(2, 3), &words("Harbour Row"), Some("foi-36"));
    let second = bag(&desk, out.path(), "second");
    let (_, rows) = table(&second, "file-metadata.csv");
    let closed = of(&rows, "/2021-03-25.eml");
    for (column, cell) in [
        ("closure status", "Closed"),
        ("closure start date", "2021-03-25"),
        ("closure period", "20;20"),
        ("foi exemption code", "36;40(2)"),
        ("foi schedule date", "2024-03-31"),
        ("is filename closed", "No"),
        ("language", "English;Welsh"),
    ] {
        assert_eq!(closed[column], cell, "{column}");
    }
    let closed = rows.iter().filter(|row| row["closure status"] == "Closed");
    assert_eq!(closed.count(), 5);
    // What docket wrote is known, and only that.
    let (_, known) = table(&second, "file-ffid.csv");
    assert!(
        known.len() > 3
            && known
                .iter()
                .all(|row| row["FFID-Software"] == "docket, which wrote it so")
    );
    let mail = known.iter().find(|row| row["Extension"] == "eml").unwrap();
    assert_eq!(
        (mail["PUID"].as_str(), mail["ExtensionMismatch"].as_str()),
        ("fmt/950", "false")
    );
}

#[test]
fn decisions_have_the_review_fields() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    let path = bag(&desk, out.path(), "bag");
    let (_, rows) = table(&path, "decisions.csv");
    let of = |message: &str| rows.iter().find(|row| row["message"] == message).unwrap();
    let cells = |row: &Row| {
        let columns = [
            "access_status",
            "foi_exemption",
            "public_interest_test",
            "next_action",
            "year_for_next_action",
        ];
        columns.map(|column| row[column].clone())
    };
    assert_eq!(cells(of("0")), ["Open", "", "", "", ""]);
    // What is personal is no record: masked, and nothing to be closed.
    assert_eq!(cells(of("1")), ["Open", "", "", "", ""]);
    let exempt = ["Closed in part", "40(2)", "not required", "Review in", ""];
    assert_eq!(cells(of("2")), exempt);
    assert_eq!(of("2")["reviewer_name"], of("2")["decided_by"]);
    assert_eq!(of("2")["date_of_recommendation"].len(), 10);
    desk.session
        .set_fact("closure-period", Some("20"), None)
        .unwrap();
    redact(
        &desk.session,
        &set(2, 3),
        &words("Harbour Row"),
        Some("foi-36"),
    );
    let path = bag(&desk, out.path(), "again");
    let (_, rows) = table(&path, "decisions.csv");
    let exempt = ["Closed in part", "36;40(2)", "required", "Open in", "2041"];
    assert_eq!(
        cells(rows.iter().find(|row| row["message"] == "2").unwrap()),
        exempt
    );
}

#[test]
fn one_withheld_message_is_proved_and_no_other() {
    let desk = masked();
    let case = desk.session.case();
    let stays = MessageNumber(5);
    assert!(matches!(
        prove(case, stays, None),
        Err(ProofError::NoBundle)
    ));
    let out = tempfile::tempdir().unwrap();
    let path = bag(&desk, out.path(), "bag");
    let (_, rows) = table(&path, "withheld.csv");
    assert_eq!(rows.len(), 2);
    let cells: Vec<&str> = rows[0].values().map(String::as_str).collect();
    assert_eq!(cells, ["", "2021-03-26", "personal", "1", "thread-0000"]);
    let cells: Vec<&str> = rows[1].values().map(String::as_str).collect();
    assert_eq!(cells[1..], ["2021-03-26", "", "1", "thread-0000"]);

    let proof = prove(case, stays, None).unwrap();
    assert_eq!(proof.commitment, rows[1]["commitment"]);
    assert!(proof.message.contains("mother in law"));
    let file = out.path().join("proof.json");
    let give = |proof: &Proof| fs::write(&file, serde_json::to_string(proof).unwrap()).unwrap();
    give(&proof);
    let opened = check_proof(&file, &path).unwrap();
    assert_eq!((opened.row, opened.day.as_str()), (2, "2021-03-26"));

    // Nothing else fits: another text, another key, another case's bundle.
    let mut other = proof.clone();
    other.message = other.message.replace("mother", "father");
    give(&other);
    assert!(matches!(
        check_proof(&file, &path),
        Err(ProofError::Contradicts)
    ));
    let mut other = proof.clone();
    other.key = other.key.chars().rev().collect();
    give(&other);
    assert!(matches!(
        check_proof(&file, &path),
        Err(ProofError::Contradicts)
    ));
    let another = masked();
    let foreign = bag(&another, out.path(), "foreign");
    give(&proof);
    assert!(matches!(
        check_proof(&file, &foreign),
        Err(ProofError::NoRow)
    ));
    let handed_over = prove(case, MessageNumber(0), None);
    assert!(matches!(handed_over, Err(ProofError::HandedOver(0))));
    assert!(matches!(
        prove(case, MessageNumber(99), None),
        Err(ProofError::NoMessage(99))
    ));

    // The keys are in no bundle, and the secret that they come from is in no bundle either.
    assert_eq!(places(&path, &proof.key), [""; 0]);
    let entries = case.ledger().entries(0).unwrap();
    let secrets: Vec<Vec<u8>> = entries
        .iter()
        .filter(|one| matches!(one.entry, docket::case::ledger::Entry::Bundle { .. }))
        .filter_map(|one| case.ledger().data(one.seq).unwrap())
        .collect();
    assert_eq!(secrets.len(), 1);
    let hex = docket::text::hex(&secrets[0]);
    assert_eq!(places(&path, &hex), [""; 0]);
    for file in files(&path) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(32).any(|window| window == secrets[0]));
    }
    // A second bundle has the same commitments, and no secret of its own.
    let again = bag(&desk, out.path(), "again");
    assert_eq!(
        fs::read(path.join("withheld.csv")).unwrap(),
        fs::read(again.join("withheld.csv")).unwrap()
    );
    give(&proof);
    assert!(check_proof(&file, &again).is_ok());
}
