//! Lists of wording that a person adds: what they change, what the ledger says of them, and what a
//! list that does not follow the form brings.

use docket::case::ledger::{Actor, Entry, Known};
use docket::case::{Case, CaseError, ImportOptions, Outcome, SourceReport};
use docket::check::Verdict;
use docket::model::{Decision, Kind, MessageNumber};
use docket::review::{How, Session, Target};
use std::path::{Path, PathBuf};

const CHAT: &str = "\
13/05/2021, 10:15 - Ann: Shall we move the board?
13/05/2021, 10:16 - Bo: <Chteeomvzda>
13/05/2021, 10:17 - Ann: Yes please.
";

fn actor() -> Actor {
    Actor {
        name: "Ann".into(),
        how: Known::Given,
    }
}

struct Place {
    folder: tempfile::TempDir,
    chat: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let chat = folder.path().join("WhatsApp Chat with Bo.txt");
        std::fs::write(&chat, CHAT).unwrap();
        Place { folder, chat }
    }

    fn case(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    fn open(&self) -> Case {
        Case::open_or_create(&self.case()).unwrap()
    }

    fn import(&self, case: &Case) -> Result<SourceReport, CaseError> {
        self.import_with(case, None)
    }

    fn import_with(&self, case: &Case, words: Option<&Path>) -> Result<SourceReport, CaseError> {
        let options = ImportOptions {
            words: words.map(Path::to_owned),
            ..ImportOptions::default()
        };
        let given = [self.chat.clone()];
        let mut reports = case.import(&given, &options, &actor(), &mut ())?;
        Ok(reports.remove(0))
    }
}

fn list(folder: &Path, name: &str, text: &str) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn kind(case: &Case) -> Kind {
    case.store().message(MessageNumber(1)).unwrap().kind
}

fn holds(case: &Case) {
    for check in case.check(true, None, &mut ()) {
        assert_eq!(
            check.verdict,
            Verdict::Ok,
            "{}: {}",
            check.name,
            check.detail
        );
    }
}

#[test]
fn a_list_of_ones_own_is_used_named_and_kept() {
    let place = Place::new();
    let case = place.open();
    let words = place.folder.path().join("settings/words");
    list(
        &words,
        "xx.txt",
        "# made up\nomitted photo = <Chteeomvzda>\n",
    );
    list(&words, "README.md", "not a list");
    let report = place.import_with(&case, Some(&words)).unwrap();
    assert_eq!(report.outcome, Outcome::Loaded);
    assert_eq!(kind(&case), Kind::Omitted);
    let noted = report.notes.iter().filter(|note| note.contains("xx.txt"));
    assert_eq!(noted.count(), 1, "{:?}", report.notes);
    let entries = case.ledger().entries(1).unwrap();
    let told = entries.iter().find_map(|entry| match &entry.entry {
        Entry::Import { sources, .. } => sources[0].words.first().cloned(),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!(told.name, "xx.txt");
    assert!(report.notes.iter().any(|note| note.contains(&told.sha256)));
    holds(&case);
    // A rebuild reads the sealed list, whatever became of the file.
    std::fs::remove_dir_all(&words).unwrap();
    case.rebuild(&mut ()).unwrap();
    assert_eq!(kind(&case), Kind::Omitted);
    assert_eq!(place.import(&case).unwrap().outcome, Outcome::AlreadyKnown);
    assert_eq!(kind(&case), Kind::Omitted);
    holds(&case);
}

#[test]
fn a_list_that_comes_later_is_used_when_the_export_is_given_again() {
    let place = Place::new();
    let session = Session::open(place.open(), actor()).unwrap();
    let case = session.case();
    assert_eq!(place.import(case).unwrap().outcome, Outcome::Loaded);
    assert_eq!(kind(case), Kind::Text);
    session.refresh().unwrap();
    let all = Target::Set((0..3).collect(), None);
    session
        .decide(&all, Decision::Official, How::Bulk, None)
        .unwrap();
    list(
        &case.layout().words(),
        "xx.txt",
        "omitted = <Chteeomvzda>\n",
    );
    let report = place.import(case).unwrap();
    assert_eq!(report.outcome, Outcome::ReadAgain);
    assert_eq!((report.new, report.messages), (0, 3));
    assert_eq!(kind(case), Kind::Omitted);
    session.refresh().unwrap();
    for number in 0..3 {
        let decision = session.decision(MessageNumber(number));
        assert_eq!(decision, Decision::Official, "message {number}");
    }
    holds(case);
    assert_eq!(place.import(case).unwrap().outcome, Outcome::AlreadyKnown);
    // Another session, and a rebuild, read it so too.
    drop(session);
    let case = place.open();
    case.rebuild(&mut ()).unwrap();
    assert_eq!(kind(&case), Kind::Omitted);
}

#[test]
fn the_cases_own_list_goes_before_the_persons_and_both_before_dockets() {
    let place = Place::new();
    let case = place.open();
    let words = place.folder.path().join("words");
    list(&words, "a.txt", "deleted = <Chteeomvzda>\n");
    list(&case.layout().words(), "z.txt", "omitted = <Chteeomvzda>\n");
    place.import_with(&case, Some(&words)).unwrap();
    assert_eq!(kind(&case), Kind::Omitted);
}

#[test]
fn a_list_that_does_not_follow_the_form_is_named_with_its_line() {
    for (text, line) in [
        ("system left = * went\nomited = x\n", Some("line 2")),
        ("system lefft = * went\n", Some("line 1")),
        ("\n\nno sign\n", Some("line 3")),
        ("call = x\n", Some("line 1")),
        ("\u{0}", Some("line 1")),
    ] {
        let place = Place::new();
        let case = place.open();
        let path = list(&case.layout().words(), "xx.txt", text);
        let error = place.import(&case).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(line.is_none_or(|line| error.contains(line)), "{error}");
        assert!(!error.contains('\n'), "{error}");
        assert!(case.store().is_empty());
        let originals = case.layout().originals();
        assert_eq!(std::fs::read_dir(originals).unwrap().count(), 0);
    }
    let place = Place::new();
    let case = place.open();
    let path = list(&case.layout().words(), "xx.txt", "");
    std::fs::write(&path, [0xFF, 0xFE]).unwrap();
    let error = place.import(&case).unwrap_err().to_string();
    assert!(error.contains("UTF-8"), "{error}");
}
