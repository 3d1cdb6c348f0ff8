//! Bundles that follow earlier ones: what is new or changed since, and what that supersedes.

use super::writing::{Fixture, files, reseal};
use crate::suite::redaction::{redact, set, words};
use docket::bundle::{
    Against, Block, BundleError, DayChange, Destination, Earlier, EarlierError, Options, Written,
    changes, plan_after, verify, verify_against, write_after,
};
use docket::check::{Verdict, overall};
use docket::model::Decision;
use std::fs;
use std::path::{Path, PathBuf};

fn earlier(bundles: &[&Written]) -> Earlier {
    let paths: Vec<PathBuf> = bundles.iter().map(|one| one.path.clone()).collect();
    Earlier::read(&paths).unwrap()
}

fn write(fixture: &Fixture, name: &str, before: &Earlier) -> Result<Written, BundleError> {
    let options = Options {
        bagging_date: chrono::NaiveDate::from_ymd_opt(2026, 1, 2),
        ..Options::default()
    };
    let plan = plan_after(&fixture.session, &options, before)?;
    let out = fixture.out(name);
    write_after(
        &fixture.session,
        &plan,
        &Destination::plain(&out),
        before,
        &mut (),
    )
}

/// What verifying says of a bundle after those it follows.
fn after(written: &Written, earlier: &Earlier) -> Vec<docket::check::Check> {
    let against = Against {
        earlier: Some(earlier),
        ..Against::default()
    };
    verify_against(&written.path, &against)
}

/// A bundle that verifies by itself and after those it follows.
fn follow(fixture: &Fixture, name: &str, bundles: &[&Written]) -> Written {
    let before = earlier(bundles);
    let written = write(fixture, name, &before).unwrap();
    let checks = after(&written, &before);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    written
}

/// Each day that has changed, with the numbers of what is new, changed and withdrawn.
fn told(changes: &[DayChange]) -> Vec<(&str, [usize; 3])> {
    let numbers = |day: &DayChange| [day.new.len(), day.changed.len(), day.withdrawn.len()];
    changes
        .iter()
        .map(|day| (day.day.as_str(), numbers(day)))
        .collect()
}

fn supersedes(root: &Path) -> Vec<(String, String, String)> {
    let mut reader = csv::Reader::from_path(root.join("supersedes.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    let cells = rows.map(|row| (row[0].to_owned(), row[1].to_owned(), row[3].to_owned()));
    cells.collect()
}

/// Two talk on three days; nothing names anybody else.
const CHAT: &str = "\
27/03/2021, 23:30 - Ann Lee: OFFICIAL The quay contract goes to tender on Monday
27/03/2021, 23:32 - Ada Example: OFFICIAL Agreed, please send the papers
28/03/2021, 10:30 - Ann Lee: CONTEXT Which quay is that about, the northern one?
28/03/2021, 13:30 - Ada Example: OFFICIAL The northern one, as minuted
29/03/2021, 09:00 - Ann Lee: PERSONAL the dentist has moved my appointment again
";

#[test]
fn a_later_bundle_holds_what_is_new_or_changed_and_says_what_it_supersedes() {
    let fixture = Fixture::of(&[("WhatsApp Chat with Quay works.txt", CHAT)]);
    fixture.decide_all();
    let first = fixture.write_to("first", false).unwrap();
    let after_first = earlier(&[&first]);
    assert_eq!(changes(&fixture.session, &after_first, None).unwrap(), []);
    match write(&fixture, "same", &after_first) {
        Err(BundleError::Blocked(blocks)) => assert_eq!(blocks, [Block::Unchanged]),
        other => panic!("{other:?}"),
    }

    // One is withdrawn, one is new; the first day stays where it was sent.
    let northern = fixture.number("OFFICIAL The northern one");
    let dentist = fixture.number("PERSONAL the dentist");
    fixture.decide(northern, Decision::Personal);
    fixture.decide(dentist, Decision::Official);
    let days = changes(&fixture.session, &after_first, None).unwrap();
    let wanted = [("2021-03-28", [0, 0, 1]), ("2021-03-29", [1, 0, 0])];
    assert_eq!(told(&days), wanted);
    let second = follow(&fixture, "second", &[&first]);
    assert_eq!(second.messages, 2);
    let record = |day: &str, form: &str| {
        (
            first.sha256.clone(),
            format!("data/records/whatsapp/thread-0000/{day}.{form}"),
            "replaced".to_owned(),
        )
    };
    let replaced = ["eml", "html", "txt"].map(|form| record("2021-03-28", form));
    assert_eq!(supersedes(&second.path), replaced);
    let all = files(&second.path);
    let says = |text: &str| {
        let mut here = all.values();
        here.any(|bytes| memchr::memmem::find(bytes, text.as_bytes()).is_some())
    };
    assert!(says("the dentist has moved") && !says("The quay contract"));
    assert!(!says("The northern one, as minuted"));
    let balance = fs::read_to_string(second.path.join("completeness.json")).unwrap();
    let balance: serde_json::Value = serde_json::from_str(&balance).unwrap();
    assert_eq!(balance["total"]["earlier"], 2);
    let info = fs::read_to_string(second.path.join("bag-info.txt")).unwrap();
    assert!(info.contains(&format!("Docket-Follows: {}\n", first.sha256)));
    assert!(info.contains("Bag-Count: 2 of ?\n"), "{info}");

    // A mask since, and a day that is taken back whole.
    assert_eq!(
        redact(
            &fixture.session,
            &set(0, 5),
            &words("tender"),
            Some("foi-36")
        ),
        1
    );
    fixture.decide(dentist, Decision::Personal);
    let days = changes(&fixture.session, &earlier(&[&first, &second]), None).unwrap();
    let wanted = [("2021-03-27", [0, 1, 0]), ("2021-03-29", [0, 0, 1])];
    assert_eq!(told(&days), wanted);
    let third = follow(&fixture, "third", &[&first, &second]);
    let rows = supersedes(&third.path);
    let withdrawn = rows.iter().filter(|row| row.2 == "withdrawn");
    assert!(
        withdrawn
            .clone()
            .all(|row| row.0 == second.sha256 && row.1.contains("2021-03-29"))
    );
    assert_eq!((withdrawn.count(), rows.len()), (3, 6));
    let after_third = earlier(&[&first, &second, &third]);
    assert_eq!(changes(&fixture.session, &after_third, None).unwrap(), []);

    // Taken back alone: nothing is in it but what it takes back.
    fixture.decide(fixture.number("CONTEXT Which quay"), Decision::Personal);
    let fourth = follow(&fixture, "fourth", &[&first, &second, &third]);
    assert_eq!(fourth.messages, 0);
    assert_eq!(supersedes(&fourth.path).len(), 3);
}

#[test]
fn what_does_not_follow_is_refused() {
    let fixture = Fixture::usual();
    let first = fixture.write_to("first", false).unwrap();
    fixture.decide(fixture.number("PERSONAL the dentist"), Decision::Official);
    let second = follow(&fixture, "second", &[&first]);
    let read = |bundles: &[&Written]| {
        let paths: Vec<PathBuf> = bundles.iter().map(|one| one.path.clone()).collect();
        Earlier::read(&paths).err()
    };
    assert!(matches!(read(&[&second]), Some(EarlierError::Order { .. })));
    assert!(matches!(
        read(&[&first, &first]),
        Some(EarlierError::Order { .. })
    ));
    // One of another case.
    let other = Fixture::usual();
    let foreign = other.write_to("first", false).unwrap();
    match changes(&fixture.session, &earlier(&[&foreign]), None) {
        Err(BundleError::Earlier(EarlierError::Foreign { .. })) => {}
        other => panic!("{other:?}"),
    }
    // Under new seals: what it supersedes is left out, or is no file of the first.
    let path = second.path.join("supersedes.csv");
    let whole = fs::read_to_string(&path).unwrap();
    let before = earlier(&[&first]);
    fixture.decide(fixture.number("OFFICIAL The northern"), Decision::Personal);
    let third = follow(&fixture, "third", &[&first, &second]);
    let after_both = earlier(&[&first, &second]);
    let path_of_third = third.path.join("supersedes.csv");
    let rows = fs::read_to_string(&path_of_third).unwrap();
    let less: String = rows
        .split_inclusive("\r\n")
        .filter(|row| !row.contains(".eml"))
        .collect();
    fs::write(&path_of_third, less).unwrap();
    reseal(&third.path);
    assert_eq!(overall(&verify(&third.path)), Verdict::Ok);
    let checks = after(&third, &after_both);
    assert_eq!(overall(&checks), Verdict::Failed);
    fs::remove_file(&path).unwrap();
    reseal(&second.path);
    assert_eq!(overall(&verify(&second.path)), Verdict::Failed);
    fs::write(&path, whole).unwrap();
    reseal(&second.path);
    let checks = after(&second, &before);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    // A first bundle that was damaged is followed by none.
    fs::write(first.path.join("README.txt"), "x").unwrap();
    assert!(matches!(read(&[&first]), Some(EarlierError::Broken { .. })));
}
