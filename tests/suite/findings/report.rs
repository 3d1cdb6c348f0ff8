//! The report on a case: its numbers are those of the case, and its page shows them and nothing else.

use super::{load, session};
use docket::findings::completeness::Kinds;
use docket::model::Decision;
use docket::review::report::{Cell, Report, page};
use docket::review::{How, Query, Session, Target};
use std::path::Path;

/// Two chats of invented people: a ward's with a stranger in it, and a private one.
fn planted(folder: &Path) -> Session {
    let ann = session(folder, "Ann <b>Other</b>");
    let ward = [
        "01/03/2021, 08:00 - Messages and calls are end-to-end encrypted. No one outside of this \
         chat, not even WhatsApp, can read or listen to them. Tap to learn more.",
        "01/03/2021, 08:00 - Bo Ek created group \"Ward <5> & co\"",
        "01/03/2021, 08:01 - Bo Ek added Jo Day",
        "01/03/2021, 08:02 - Bo Ek added Kim Stray",
        "01/03/2021, 09:00 - Bo Ek: NHS no 999 012 3454, call 07700 900123",
        "02/03/2021, 09:00 - Jo Day: This message was deleted",
        "02/03/2021, 09:01 - Jo Day: DOB 03/02/1958",
        "05/04/2021, 09:00 - Kim Stray: wrong group I think?",
    ];
    let path = folder.join("WhatsApp Chat with Ward 5.txt");
    std::fs::write(&path, ward.join("\n") + "\n").unwrap();
    load(&ann, &path);
    let home = ["03/03/2021, 19:00 - Cy Home: milk?"];
    let path = folder.join("WhatsApp Chat with Cy Home.txt");
    std::fs::write(&path, home.join("\n") + "\n").unwrap();
    load(&ann, &path);
    ann
}

fn decide(session: &Session, query: &str, decision: Decision) {
    let query = Query::parse(query).unwrap();
    let hits = session.search(&query, &Default::default()).unwrap();
    let target = Target::Set(hits, None);
    session.decide(&target, decision, How::Bulk, None).unwrap();
}

#[test]
fn a_report_tells_the_numbers_of_the_case() {
    let folder = tempfile::tempdir().unwrap();
    let ann = planted(folder.path());
    decide(&ann, "nhs", Decision::Official);
    decide(&ann, "milk", Decision::Personal);
    let report = Report::of(&ann, None, &mut ()).unwrap();
    assert_eq!((report.tally.total, report.tally.undecided), (9, 3));
    assert_eq!(report.months.rows.len(), 2, "March and April");
    assert_eq!(report.exports.len(), 2);
    assert!(report.exports.iter().all(|one| one.adds_up));

    // A day for each, from the first to the last: of the ward's chat one lacks something.
    let span = report.span.unwrap();
    assert_eq!(
        (span.0.to_string(), span.1.to_string()),
        ("2021-03-01".into(), "2021-04-05".into())
    );
    let ward = &report.strips[0];
    let cells = ward.cells(span, 100);
    assert_eq!(cells.len(), 36);
    assert_eq!(
        (cells[0], cells[1], cells[35]),
        (Cell::Whole, Cell::Lacking, Cell::Whole)
    );
    assert!(cells[2..35].iter().all(|cell| *cell == Cell::Nothing));
    let home = report.strips[1].cells(span, 100);
    assert_eq!(
        (home[1], home[2], home[3]),
        (Cell::Outside, Cell::Whole, Cell::Outside)
    );

    // At least to the export's end, at most to now: only what was sent in March 2021 surely waited.
    let latency = &report.latency;
    assert_eq!((latency.at_least.messages, latency.at_least.over), (5, 3));
    assert_eq!(latency.at_least.longest, 35);
    assert_eq!(latency.at_most.over, 5);
    assert_eq!(
        (
            latency.records_at_least.messages,
            latency.records_at_least.over
        ),
        (1, 1)
    );

    let rows: Vec<_> = report
        .exposure
        .postings
        .iter()
        .map(|row| {
            let who = &report.exposure.posted[row.posted.unwrap()].name;
            let data: Vec<_> = row.data.iter().map(|(data, n)| (data.name(), *n)).collect();
            (
                row.day.unwrap().to_string(),
                who.as_str(),
                data,
                row.readers,
                row.strangers,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "2021-03-01".into(),
                "Bo Ek",
                vec![("health", 1), ("contact", 1)],
                2,
                2
            ),
            ("2021-03-02".into(), "Jo Day", vec![("birth", 1)], 2, 2),
        ]
    );

    assert_eq!(report.reviewers.len(), 1);
    assert_eq!(report.reviewers[0].standing, 2);
    let work: Vec<_> = report.reviewers[0].days.values().collect();
    assert_eq!((work[0].one_by_one, work[0].at_once), (0, 2));
    let open = |name: &str| report.open.iter().find(|one| one.name == name);
    assert_eq!(open("undecided").unwrap().count, 3);
    assert_eq!(open("finding").unwrap().count, 3, "and the wrong group");
    assert!(open("deleted").unwrap().advice.is_some());
    assert!(open("refer").is_none());
    assert!(
        report
            .points_of(ward.thread)
            .any(|point| point.kind == Kinds::Deleted)
    );

    // Of a period that somebody gives the strips show all of it.
    let day = |text: &str| text.parse().unwrap();
    let period = Some(day("2021-02-01")..=day("2021-05-31"));
    let longer = Report::of(&ann, period, &mut ()).unwrap();
    assert_eq!(longer.strips[0].cells(longer.span.unwrap(), 400).len(), 120);
    let kinds = longer
        .points
        .iter()
        .filter(|point| point.kind == Kinds::BeginsLate);
    assert_eq!(kinds.count(), 2);
}

#[test]
fn an_empty_case_has_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    let report = Report::of(&ann, None, &mut ()).unwrap();
    assert_eq!((report.span, report.tally.total), (None, 0));
    assert!(report.strips.is_empty() && report.open.is_empty());
}

#[test]
fn a_report_without_names_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let ann = planted(folder.path());
    decide(&ann, "nhs", Decision::Official);
    let whole = format!("{:?}", Report::of(&ann, None, &mut ()).unwrap());
    let nameless = Report::of(&ann, None, &mut ()).unwrap().without_names();
    let nameless = format!("{nameless:?}");
    for name in ["Bo Ek", "Jo Day", "Kim Stray", "Cy Home", "Ward", "Ann"] {
        assert!(whole.contains(name), "{name}");
        assert!(!nameless.contains(name), "{name}");
    }
}

#[test]
fn the_page_shows_text_from_outside_and_obeys_none_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let ann = planted(folder.path());
    decide(&ann, "nhs", Decision::Official);
    let report = Report::of(&ann, None, &mut ()).unwrap();
    let shown = page::render(&report);
    assert_eq!(
        page::render(&report),
        shown,
        "the same state, the same bytes"
    );
    assert!(
        shown.contains("Ann &lt;b&gt;Other&lt;/b&gt;"),
        "a reviewer's name"
    );
    for plain in [
        "<b>Other",
        "<script",
        "javascript:",
        " style=",
        "http:",
        "https:",
    ] {
        assert!(!shown.contains(plain), "{plain}");
    }
    assert!(shown.contains("default-src 'none'"));
    assert!(shown.contains("For those who work on this case"));
    // What people wrote is on no page: only what the app did, and names.
    for said in ["999 012 3454", "wrong group I think", "milk"] {
        assert!(!shown.contains(said), "{said}");
    }
    let nameless = page::render(&report.without_names());
    assert!(nameless.contains("Without names"));
    for name in ["Bo Ek", "Jo Day", "Kim Stray", "Cy Home", "Ward", "Ann"] {
        assert!(shown.contains(name) != nameless.contains(name), "{name}");
    }
}

#[test]
fn the_command_writes_a_page_for_its_owner_and_none_where_it_must_not_lie() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    drop(planted(folder.path()));
    let case = folder.path().join("case");
    let docket = |rest: &[&str]| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_docket"))
            .args([
                "--case",
                case.to_str().unwrap(),
                "--reviewer",
                "Ann",
                "report",
            ])
            .args(rest)
            .output()
            .unwrap();
        let code = program.status.code().unwrap();
        (code, String::from_utf8(program.stdout).unwrap())
    };
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let page = at("report.html");
    assert_eq!(docket(&[&page]).0, 0);
    let written = std::fs::read_to_string(&page).unwrap();
    assert!(written.starts_with("<!DOCTYPE html>") && written.contains("Kim Stray"));
    let mode = std::fs::metadata(&page).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(docket(&[&page]).0, 3, "nothing is overwritten");
    assert_eq!(docket(&[&at("case/report.html")]).0, 3);
    assert_eq!(docket(&[&at("nowhere/report.html")]).0, 3);
    std::fs::create_dir_all(folder.path().join("bag/data")).unwrap();
    std::fs::write(folder.path().join("bag/bagit.txt"), "").unwrap();
    assert_eq!(docket(&[&at("bag/data/report.html")]).0, 3);
    assert_eq!(docket(&[]).0, 2);
    assert_eq!(
        docket(&["--from", "2021-03-09", "--to", "2021-03-01", &at("x.html")]).0,
        2
    );

    let (code, rows) = docket(&["--json", "--anonymous"]);
    assert_eq!(code, 0);
    let rows: Vec<serde_json::Value> = rows
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let parts = |part: &str| rows.iter().filter(|row| row["part"] == part).count();
    assert_eq!(
        (
            parts("case"),
            parts("export"),
            parts("strip"),
            parts("waits")
        ),
        (1, 2, 2, 4)
    );
    assert_eq!(
        (parts("month"), parts("posted"), parts("exposed")),
        (2, 2, 3)
    );
    assert!(
        rows.iter()
            .all(|row| !row.to_string().contains("Kim Stray"))
    );
}
