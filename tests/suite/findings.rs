//! Findings in a real case: found again after restarts, looked for in what is new alone, said of,
//! taken back, searched for and masked.

mod planted;
mod radar;
mod report;

use docket::case::ledger::{Actor, Entry, How, Known};
use docket::case::{Case, ImportOptions};
use docket::findings::kept::Texts;
use docket::findings::{Finding, Place, by_id};
use docket::model::{Decision, MessageNumber};
use docket::review::findings::{Verdict, Which};
use docket::review::{Asking, Query, Session, Target};
use proptest::prelude::*;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn session(folder: &Path, name: &str) -> Session {
    let actor = Actor {
        name: name.into(),
        how: Known::Given,
    };
    Session::open(Case::open_or_create(&folder.join("case")).unwrap(), actor).unwrap()
}

/// A chat of invented people on an invented ward.
fn chat(folder: &Path, name: &str, lines: &[&str]) -> std::path::PathBuf {
    let mut text = String::new();
    for (n, line) in (0..).zip(lines) {
        let who = ["Ann Other", "Bo Ek"][n % 2];
        text += &format!("13/03/2021, {:02}:{:02} - {who}: {line}\n", n / 60, n % 60);
    }
    let path = folder.join(format!("WhatsApp Chat with {name}.txt"));
    std::fs::write(&path, text).unwrap();
    path
}

const WARD: &[&str] = &[
    "NHS no 999 012 3454 for bed 4",
    "call me on 07700 900123",
    "on my way",
    "it was +44 7700 900123, not 07700 900456",
    "her DOB is 03/02/1958",
];

fn load(session: &Session, path: &Path) {
    let options = ImportOptions::default();
    let done = session
        .case()
        .import(&[path.to_owned()], &options, session.actor(), &mut ());
    done.unwrap();
    session.refresh().unwrap();
}

fn all(session: &Session) -> Vec<Finding> {
    session
        .findings(&mut ())
        .unwrap()
        .findings()
        .iter()
        .collect()
}

fn hits(session: &Session, query: &str) -> Vec<u32> {
    let query = Query::parse(query).unwrap();
    session
        .search(&query, &AtomicBool::new(false))
        .unwrap()
        .iter()
        .collect()
}

fn found(session: &Session) -> Vec<(u32, &'static str, String)> {
    let (store, mut texts) = (session.store(), Texts::default());
    all(session)
        .iter()
        .map(|finding| {
            let text = texts.around(session.case(), &store, finding).unwrap();
            let found = text.get(finding.span()).unwrap().to_owned();
            (finding.message.0, finding.about().unwrap().id, found)
        })
        .collect()
}

#[test]
fn findings_are_found_again_and_only_what_is_new_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("case/derived/findings");
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), "Bo Ek", WARD));
    let first = found(&ann);
    assert_eq!(
        first,
        [
            (0, "nhs", "999 012 3454".to_owned()),
            (1, "phone", "07700 900123".to_owned()),
            (3, "phone", "+44 7700 900123".to_owned()),
            (3, "phone", "07700 900456".to_owned()),
            (4, "dob", "03/02/1958".to_owned()),
        ]
    );
    let bytes = std::fs::read(&kept).unwrap();
    drop(ann);
    let ann = session(folder.path(), "Ann");
    assert_eq!(found(&ann), first);
    assert_eq!(
        std::fs::read(&kept).unwrap(),
        bytes,
        "nothing was made anew"
    );

    // What was found of the first export stays as it was kept, whatever the second brings.
    load(
        &ann,
        &chat(
            folder.path(),
            "Ward",
            &["sort code 20-00-00 account 55779911"],
        ),
    );
    let both = found(&ann);
    assert_eq!(both[..5], first[..]);
    assert_eq!(both.len(), 7);

    // Derived data that are damaged or gone are made again to the same.
    let whole = std::fs::read(&kept).unwrap();
    for damage in [
        Vec::new(),
        whole[..whole.len() - 7].to_vec(),
        b"no findings\n".to_vec(),
    ] {
        drop(std::fs::remove_file(&kept));
        std::fs::write(&kept, damage).unwrap();
        let again = session(folder.path(), "Ann");
        assert_eq!(found(&again), both);
        assert_eq!(std::fs::read(&kept).unwrap(), whole);
    }
    ann.case().rebuild(&mut ()).unwrap();
    drop(ann);
    assert_eq!(found(&session(folder.path(), "Ann")), both);
}

#[test]
fn what_is_said_of_findings_is_searched_for_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), "Bo Ek", WARD));
    assert_eq!(hits(&ann, "has:finding"), [0, 1, 3, 4]);
    assert_eq!(hits(&ann, "finding:phone"), [1, 3]);
    assert_eq!(hits(&ann, "finding:health OR finding:birth"), [0, 4]);
    assert_eq!(hits(&ann, "-has:finding"), [2]);
    assert_eq!(hits(&ann, "finding:open"), [0, 1, 3, 4]);
    let phones: Vec<Finding> = all(&ann)
        .into_iter()
        .filter(|one| one.about().unwrap().id == "phone")
        .collect();

    // One by itself; then a value, in both of its spellings.
    let judge = |which: &Which, to| ann.judge(which, to, How::Key, None).unwrap();
    let said = judge(&Which::These(vec![phones[2]]), Some(Verdict::Dismissed));
    assert_eq!(said.count, 1);
    let Entry::Findings { changes, .. } = said.recorded.unwrap().entry else {
        panic!()
    };
    assert_eq!(
        (changes[0].detector.as_str(), changes[0].version),
        ("phone", by_id("phone").unwrap().1.version)
    );
    assert_eq!(hits(&ann, "finding:phone"), [1, 3]);
    let phone = by_id("phone").unwrap().0;
    judge(
        &Which::Value(phone, "07700900123".into()),
        Some(Verdict::Dismissed),
    );
    assert_eq!(hits(&ann, "finding:phone"), Vec::<u32>::new());
    assert_eq!(hits(&ann, "finding:dismissed"), [1, 3]);
    assert_eq!(hits(&ann, "has:finding"), [0, 4]);
    // Of one alone something else holds.
    judge(&Which::These(vec![phones[0]]), Some(Verdict::Confirmed));
    assert_eq!(
        (hits(&ann, "finding:confirmed"), hits(&ann, "finding:phone")),
        (vec![1], vec![1])
    );
    // It was said already.
    assert!(
        judge(&Which::These(vec![phones[0]]), Some(Verdict::Confirmed))
            .recorded
            .is_none()
    );
    assert!(ann.check().unwrap().verdict == docket::check::Verdict::Ok);

    // After a restart it holds, and is taken back step by step, and made again.
    drop(ann);
    let ann = session(folder.path(), "Ann");
    assert_eq!(hits(&ann, "finding:dismissed"), [3]);
    ann.undo().unwrap().unwrap();
    assert_eq!(hits(&ann, "finding:dismissed"), [1, 3]);
    ann.undo().unwrap().unwrap();
    assert_eq!(hits(&ann, "finding:dismissed"), [3]);
    ann.undo().unwrap().unwrap();
    assert_eq!(hits(&ann, "finding:dismissed"), Vec::<u32>::new());
    ann.redo().unwrap().unwrap();
    assert_eq!(hits(&ann, "finding:dismissed"), [3]);

    // What comes later has the value too; and no decision was made by any of it.
    judge_value(&ann, "07700900123");
    load(&ann, &chat(folder.path(), "Ward", &["07700 900123 again"]));
    assert_eq!(hits(&ann, "finding:phone"), Vec::<u32>::new());
    assert_eq!(ann.tally_all().decided(), 0);
}

fn judge_value(session: &Session, value: &str) {
    let which = Which::Value(by_id("phone").unwrap().0, value.into());
    session
        .judge(&which, Some(Verdict::Dismissed), How::Key, None)
        .unwrap();
}

#[test]
fn what_another_said_since_is_kept_by_an_undo() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), "Bo Ek", WARD));
    let bo = session(folder.path(), "Bo");
    let findings = all(&ann);
    let both = Which::These(findings[..2].to_vec());
    ann.judge(
        &both,
        Some(Verdict::Dismissed),
        How::Bulk,
        Some("has:finding"),
    )
    .unwrap();
    bo.refresh().unwrap();
    let one = Which::These(findings[..1].to_vec());
    bo.judge(&one, Some(Verdict::Confirmed), How::Key, None)
        .unwrap();
    ann.refresh().unwrap();
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!(undone.skipped, 1);
    assert_eq!(undone.what, "dismissed 2 findings (nhs, phone)");
    assert_eq!(
        (
            hits(&ann, "finding:confirmed"),
            hits(&ann, "finding:dismissed")
        ),
        (vec![0], vec![])
    );
}

#[test]
fn what_findings_point_at_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), "Bo Ek", WARD));
    let phones: Vec<Finding> = all(&ann)
        .into_iter()
        .filter(|one| one.about().unwrap().id == "phone")
        .collect();
    let spot = ann.as_masks(&phones);
    let target = Target::Set([1, 3].into_iter().collect(), Some("finding:phone".into()));
    let reason = ann.mask_reason("personal").unwrap();
    let preview = ann
        .plan_redaction(&target, &spot, Some(&reason), &mut ())
        .unwrap();
    assert_eq!((preview.count, preview.places), (2, 3));
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: Some(preview.seen),
    };
    ann.redact(&target, &spot, Some(&reason), &asking, &mut ())
        .unwrap();
    let masks = ann.masks();
    let of = |n: u32| {
        let parts = &masks.of(MessageNumber(n)).unwrap().parts;
        parts[0]
            .masks
            .iter()
            .map(|mask| mask.start..mask.end)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(1), vec![11..23; 1]);
    assert_eq!(of(3), [7..22, 28..40]);
    ann.undo().unwrap().unwrap();
    assert!(ann.masks().of(MessageNumber(1)).is_none());
    // A finding is no decision.
    assert_eq!(ann.decision(MessageNumber(1)), Decision::Undecided);
}

#[test]
fn files_are_looked_into_by_their_names_and_texts() {
    let folder = tempfile::tempdir().unwrap();
    let chat = folder.path().join("WhatsApp Chat - Ward");
    std::fs::create_dir(&chat).unwrap();
    std::fs::write(
        chat.join("_chat.txt"),
        "[13/03/2021, 10:00:00] Ann Other: \u{200e}<attached: Jo Day.vcf>\n\
         [13/03/2021, 10:01:00] Bo Ek: \u{200e}<attached: NHS no 999 012 3454.txt>\n",
    )
    .unwrap();
    std::fs::write(
        chat.join("Jo Day.vcf"),
        "BEGIN:VCARD\nFN:Jo Day\nTEL:+44 7700 900123\nBDAY:1958-02-03\nEND:VCARD\n",
    )
    .unwrap();
    std::fs::write(
        chat.join("NHS no 999 012 3454.txt"),
        "write to jo@example.org",
    )
    .unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat);
    let found: Vec<_> = all(&ann)
        .iter()
        .filter(|one| one.place != Place::Text)
        .map(|one| (one.message.0, one.place, one.about().unwrap().id))
        .collect();
    assert_eq!(
        found,
        [
            (0, Place::FileText(0), "phone"),
            (0, Place::FileText(0), "dob"),
            (1, Place::FileName(0), "nhs"),
            (1, Place::FileText(0), "email"),
        ]
    );
}

#[derive(Clone, Debug)]
enum Act {
    These(Vec<usize>, Option<Verdict>),
    Value(usize, Option<Verdict>),
    Undo,
    Redo,
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let verdict = || {
        proptest::option::of(prop_oneof![
            Just(Verdict::Confirmed),
            Just(Verdict::Dismissed)
        ])
    };
    let act = prop_oneof![
        (proptest::collection::vec(0usize..5, 1..4), verdict())
            .prop_map(|(these, to)| Act::These(these, to)),
        (0usize..5, verdict()).prop_map(|(at, to)| Act::Value(at, to)),
        Just(Act::Undo),
        Just(Act::Redo),
        Just(Act::Restart),
    ];
    proptest::collection::vec(act, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is said, taken back and made again: undo leads to the start, redo to the end, and
    /// the ledger replays to what is shown.
    #[test]
    fn undo_goes_back_to_the_start_and_redo_to_the_end(acts in acts()) {
        let folder = tempfile::tempdir().unwrap();
        let mut ann = session(folder.path(), "Ann");
        load(&ann, &chat(folder.path(), "Bo Ek", WARD));
        let findings = all(&ann);
        for act in acts {
            match act {
                Act::These(these, to) => {
                    let these = these.iter().map(|at| findings[*at]).collect();
                    ann.judge(&Which::These(these), to, How::Key, None).unwrap();
                }
                Act::Value(at, to) => {
                    let value = ann.value_of(&findings[at], &mut Texts::default()).unwrap();
                    let which = Which::Value(findings[at].detector, value);
                    ann.judge(&which, to, How::Key, None).unwrap();
                }
                Act::Undo => drop(ann.undo().unwrap()),
                Act::Redo => drop(ann.redo().unwrap()),
                Act::Restart => {
                    drop(ann);
                    ann = session(folder.path(), "Ann");
                }
            }
        }
        let end = ann.judged();
        let mut steps = 0;
        while ann.undo().unwrap().is_some() {
            steps += 1;
        }
        prop_assert_eq!(&*ann.judged(), &Default::default());
        for _ in 0..steps {
            prop_assert!(ann.redo().unwrap().is_some());
        }
        prop_assert_eq!(ann.judged(), end);
        prop_assert!(ann.check().unwrap().verdict == docket::check::Verdict::Ok);
    }
}

#[path = "../../examples/detectors/make.rs"]
mod labelled;

/// The floors below what `cargo run --example detectors` measures: precision and recall of each
/// detector on labelled messages made for it, in thousandths.
const FLOORS: &[(&str, u32, u32)] = &[
    ("nhs", 980, 930),
    ("chi", 980, 980),
    ("nino", 980, 980),
    ("dob", 980, 970),
    ("person", 980, 850),
    ("phone", 980, 980),
    ("email", 990, 990),
    ("postcode", 980, 830),
    ("address", 980, 970),
    ("card", 980, 980),
    ("iban", 990, 990),
    ("bank", 980, 970),
    ("passport", 980, 970),
    ("licence", 980, 980),
    ("utr", 980, 970),
    ("vehicle", 980, 860),
];

#[test]
fn each_detector_finds_what_it_is_for_and_little_else() {
    use docket::findings::{Lexicons, Scanner, at_place};
    use std::collections::BTreeMap;
    let mut scanner = Scanner::new(&Lexicons::default());
    let mut scores: BTreeMap<&str, labelled::Score> = BTreeMap::new();
    for message in labelled::make(7, 150) {
        let hits: Vec<_> = scanner
            .scan(&message.text)
            .iter()
            .map(|hit| {
                let span = hit.start as usize..hit.end as usize;
                (span, at_place(hit.detector).unwrap().id)
            })
            .collect();
        labelled::score(&message, &hits, &mut scores);
    }
    assert_eq!(scores.len(), FLOORS.len());
    for (id, precision, recall) in FLOORS {
        let one = scores[id];
        assert!(one.labels >= 150, "{id}");
        assert!(
            one.precision() * 1000.0 >= f64::from(*precision),
            "{id}: {one:?}"
        );
        assert!(one.recall() * 1000.0 >= f64::from(*recall), "{id}: {one:?}");
    }
}

#[test]
fn a_case_has_lists_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    let lines = [
        "Project Larch is SECRET",
        "pls delete this chat",
        "larch again",
    ];
    load(&ann, &chat(folder.path(), "Bo Ek", &lines));
    assert_eq!(
        (
            hits(&ann, "finding:marking"),
            hits(&ann, "finding:deletion")
        ),
        (vec![0], vec![1])
    );
    assert_eq!(hits(&ann, "finding:own"), Vec::<u32>::new());
    let findings = ann.findings(&mut ()).unwrap();
    let marking = findings.findings().iter().next().unwrap();
    assert_eq!(
        findings.findings().because(&marking),
        "marked SECRET: never on a private channel"
    );
    // A word on it says which list it was.
    let said = ann.judge(
        &Which::These(vec![marking]),
        Some(Verdict::Confirmed),
        How::Key,
        None,
    );
    let Entry::Findings { changes, .. } = said.unwrap().recorded.unwrap().entry else {
        panic!()
    };
    assert_eq!(changes[0].list.as_ref().map(String::len), Some(64));

    let lists = folder.path().join("case/lexicons");
    std::fs::create_dir(&lists).unwrap();
    std::fs::write(lists.join("own.txt"), "larch: a project\n").unwrap();
    assert_eq!(hits(&ann, "finding:own"), [0, 2]);
    std::fs::write(lists.join("marking.txt"), "# none\n").unwrap();
    assert_eq!(hits(&ann, "finding:marking"), Vec::<u32>::new());

    // A list that cannot be read is named with its line, and says what to do.
    std::fs::write(lists.join("own.txt"), "ok: fine\nlarch\n").unwrap();
    let query = Query::parse("has:finding").unwrap();
    let error = ann
        .search(&query, &AtomicBool::new(false))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("own.txt:2: write why it is pointed at after a colon"),
        "{error}"
    );
    std::fs::rename(lists.join("own.txt"), lists.join("names.txt")).unwrap();
    let error = ann
        .search(&query, &AtomicBool::new(false))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("names.txt:1: there is no list of this name"),
        "{error}"
    );
}
