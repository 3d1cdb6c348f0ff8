//! Bundles of small cases, from exports to the bag.

use docket::bundle::{Block, BundleError, Options, Plan, Written, plan, verify, write};
use docket::case::ledger::{Entry, Known};
use docket::case::{Actor, Case, ImportOptions, Progress};
use docket::check::{Verdict, overall};
use docket::model::{Decision, Kind, MessageNumber};
use docket::review::rules::RuleText;
use docket::review::{How, Session, Target};
use docket::text::hex;
use sha2::{Digest, Sha256, Sha512};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// A group in which business and private life mix. Carol Danvers says only private things.
const GROUP: &str = "\
27/03/2021, 08:00 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.
27/03/2021, 08:00 - Ada Example created group \"Quay works\"
27/03/2021, 08:01 - Ada Example added Carol Danvers
27/03/2021, 23:30 - Ann Lee: OFFICIAL The quay contract goes to tender on Monday
27/03/2021, 23:31 - Carol Danvers: PERSONAL see you at the swimming pool on Sunday then
27/03/2021, 23:32 - Ada Example: OFFICIAL Agreed, please send
the papers to =legal@example.org
27/03/2021, 23:33 - Ann Lee: PERSONAL Happy birthday to your <b>daughter</b> & \"all\" the best
28/03/2021, 00:30 - Ann Lee: CONTEXT Which quay is that about, the northern one?
28/03/2021, 03:30 - Ada Example: OFFICIAL The northern one, as minuted
29/03/2021, 09:00 - Carol Danvers: PERSONAL the dentist has moved my appointment again
";

/// A chat of which nothing is official.
const FAMILY: &str = "\
27/03/2021, 08:00 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.
27/03/2021, 10:00 - Grandma Josephine: PERSONAL the cat has caught a mouse in the kitchen
27/03/2021, 10:01 - Ada Example: PERSONAL poor mouse, I hope the cat is proud
";

pub(super) struct Fixture {
    folder: TempDir,
    pub(super) session: Session,
}

impl Fixture {
    /// A case of these exports, each a file name and its text.
    pub(super) fn of(exports: &[(&str, &str)]) -> Fixture {
        let folder = TempDir::new().unwrap();
        let given: Vec<PathBuf> = exports
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(name);
                fs::write(&path, text).unwrap();
                path
            })
            .collect();
        Fixture::load(folder, &given)
    }

    fn load(folder: TempDir, given: &[PathBuf]) -> Fixture {
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        let actor = Actor {
            name: "Rita Reviewer".to_owned(),
            how: Known::Given,
        };
        let reports = case
            .import(given, &ImportOptions::default(), &actor, &mut ())
            .unwrap();
        assert_eq!(reports.len(), given.len());
        let session = Session::open(case, actor).unwrap();
        Fixture { folder, session }
    }

    /// The usual case, decided by the word that each message begins with.
    pub(super) fn usual() -> Fixture {
        let fixture = Fixture::of(&[
            ("WhatsApp Chat with Quay works.txt", GROUP),
            ("WhatsApp Chat with Grandma Josephine.txt", FAMILY),
        ]);
        fixture.decide_all();
        fixture.fact("reference", "HRB/2021/7");
        fixture.fact("department", "Department for Harbours");
        fixture.fact("custodian", "Ada Example");
        fixture
    }

    /// The same case with somebody else at work.
    pub(super) fn acting_as(self, name: &str) -> Fixture {
        let actor = Actor {
            name: name.to_owned(),
            how: Known::Given,
        };
        let Fixture { folder, session } = self;
        let session = session.acting_as(actor);
        Fixture { folder, session }
    }

    pub(super) fn fact(&self, key: &str, value: &str) {
        self.session.set_fact(key, Some(value), None).unwrap();
    }

    pub(super) fn decide_all(&self) {
        let store = self.session.store();
        for number in (0..store.len()).map(MessageNumber) {
            let word = store.text(number).unwrap().split(' ').next().unwrap();
            if let Some(decision) = Decision::from_name(&word.to_lowercase()) {
                self.decide(number, decision);
            }
        }
    }

    pub(super) fn decide(&self, number: MessageNumber, decision: Decision) {
        self.session
            .decide(
                &Target::Message(number),
                decision,
                How::Key,
                Some("a note on Carol Danvers"),
            )
            .unwrap();
    }

    /// Gives a rule and runs it.
    pub(super) fn rule(&self, name: &str, query: &str, decision: Decision) {
        let text = RuleText {
            name: name.to_owned(),
            query: query.to_owned(),
            decision,
            reason: Some("a note on Carol Danvers".to_owned()),
            code: None,
        };
        let (_, rule) = self.session.give_rule(None, &text).unwrap();
        let found = self.session.matches(rule, &AtomicBool::new(false)).unwrap();
        self.session.run_rule(&found, false, &mut ()).unwrap();
    }

    pub(super) fn number(&self, start: &str) -> MessageNumber {
        let store = self.session.store();
        (0..store.len())
            .map(MessageNumber)
            .find(|number| store.text(*number).unwrap().starts_with(start))
            .unwrap()
    }

    fn plan(&self, partial: bool) -> Plan {
        let options = Options {
            partial,
            bagging_date: chrono::NaiveDate::from_ymd_opt(2026, 1, 2),
            ..Options::default()
        };
        plan(&self.session, &options).unwrap()
    }

    pub(super) fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    pub(super) fn write_to(&self, name: &str, partial: bool) -> Result<Written, BundleError> {
        fs::create_dir_all(self.folder.path().join("out")).unwrap();
        write(&self.session, &self.plan(partial), &self.out(name), &mut ())
    }

    /// Names in the folder that bundles are written to.
    fn left(&self) -> Vec<String> {
        fs::read_dir(self.folder.path().join("out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn bundles_noted(&self) -> usize {
        let entries = self.session.case().ledger().entries(1).unwrap();
        let is_bundle = |entry: &&_| matches!(entry, Entry::Bundle { .. });
        entries
            .iter()
            .map(|recorded| &recorded.entry)
            .filter(is_bundle)
            .count()
    }
}

/// Every file of a folder by its name.
pub(super) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Where a text stands in a bag, in its bytes or in what mails and lines of JSON stand for; blanks
/// do not count.
fn places(root: &Path, text: &str) -> Vec<String> {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let wanted = bare(text);
    files(root)
        .into_iter()
        .filter(|(name, bytes)| {
            let coded = String::from_utf8_lossy(bytes).into_owned();
            let plain = coded
                .replace("=\r\n", "")
                .replace("=3D", "=")
                .replace("\\\"", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            name.contains(&wanted)
                || [coded, plain]
                    .iter()
                    .any(|form| bare(form).contains(&wanted))
        })
        .map(|(name, _)| name)
        .collect()
}

pub(super) fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap()
}

#[test]
fn a_bundle_holds_what_was_decided_and_verifies() {
    let fixture = Fixture::usual();
    let written = fixture.write_to("handover", false).unwrap();
    assert_eq!(
        written.path,
        fixture.out("handover").canonicalize().unwrap()
    );
    let checks = verify(&written.path);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    assert_eq!(checks.len(), 31, "{checks:#?}");

    // Three official, one context, three lines of the app.
    assert_eq!(written.messages, 7);
    let folder = "data/records/whatsapp/thread-0000";
    let names: Vec<String> = files(&written.path).into_keys().collect();
    let records: Vec<&String> = names
        .iter()
        .filter(|name| name.starts_with(folder))
        .collect();
    // The clocks went forward on the 28th: local days, not days of UTC.
    assert_eq!(records.len(), 6, "{records:?}");
    let text = read(&written.path, &format!("{folder}/2021-03-28.txt"));
    assert!(
        text.contains("00:30:00 +00:00  Ann Lee  [context"),
        "{text}"
    );
    assert!(
        text.contains("03:30:00 +01:00  Ada Example  [official"),
        "{text}"
    );
    let first = read(&written.path, &format!("{folder}/2021-03-27.txt"));
    assert!(
        first.contains("    the papers to =legal@example.org\n"),
        "{first}"
    );
    assert_eq!(
        first.matches("-- 1 message is not handed over --").count(),
        2
    );

    let info = read(&written.path, "bag-info.txt");
    for line in [
        "Source-Organization: Department for Harbours\n",
        "Contact-Name: Ada Example\n",
        "External-Identifier: HRB/2021/7\n",
        "Bagging-Date: 2026-01-02\n",
        "Docket-Set: whole\n",
    ] {
        assert!(info.contains(line), "{info}");
    }
    let noted = fixture
        .session
        .case()
        .ledger()
        .entries(written.entry)
        .unwrap();
    let Some(Entry::Bundle {
        name,
        sha256,
        messages,
        partial,
        form: None,
        recipients: _,
        profile: None,
    }) = noted.first().map(|recorded| recorded.entry.clone())
    else {
        panic!("no entry");
    };
    assert_eq!((name.as_str(), messages, partial), ("handover", 7, false));
    let seal = fs::read(written.path.join("tagmanifest-sha256.txt")).unwrap();
    assert_eq!(sha256, hex(&Sha256::digest(seal)));
}

#[test]
fn what_is_withheld_leaves_no_trace_but_counts() {
    // What rules decided is told; what they look for only where it names nothing that stays.
    let fixture = Fixture::of(&[
        ("WhatsApp Chat with Quay works.txt", GROUP),
        ("WhatsApp Chat with Grandma Josephine.txt", FAMILY),
    ]);
    fixture.rule("Tenders", "tender", Decision::Official);
    fixture.rule("Papers", "papers -\"swimming pool\"", Decision::Official);
    fixture.rule("North", "minuted -from:josephine", Decision::Official);
    fixture.rule("Carol Danvers", "from:carol", Decision::Personal);
    fixture.decide_all();
    let written = fixture.write_to("handover", false).unwrap();
    let store = fixture.session.store();
    let mut searched = 0;
    for number in (0..store.len()).map(MessageNumber) {
        let text = store.text(number).unwrap();
        if text.starts_with("PERSONAL") {
            searched += 1;
            assert_eq!(places(&written.path, text), [""; 0], "message {number}");
        }
    }
    assert_eq!(searched, 5);
    for name in [
        "PERSONAL",
        "Carol",
        "Danvers",
        "Grandma",
        "Josephine",
        "WhatsApp Chat with Grandma",
        "a note on",
    ] {
        assert_eq!(places(&written.path, name), [""; 0], "{name}");
    }
    for source in store.sources() {
        // Something of each stays behind, so neither checksum nor size may be told.
        assert_eq!(places(&written.path, &source.sha256), [""; 0]);
        let sources = read(&written.path, "sources.csv");
        assert!(!sources.contains(&format!("\"{}\"", source.size)));
    }
    // Who was added is evidence; by a number, as nothing of hers is handed over.
    let first = read(
        &written.path,
        "data/records/whatsapp/thread-0000/2021-03-27.txt",
    );
    assert!(first.contains("Ada Example added [person-"), "{first}");
    // Names where they belong.
    assert!(!places(&written.path, "Ann Lee").is_empty());
    assert!(!places(&written.path, "Quay works").is_empty());
    for word in ["swimming", "josephine", "from:carol", "Tenders", "North\""] {
        assert_eq!(places(&written.path, word), [""; 0], "{word}");
    }
    // Of what stays there are numbers by thread and day, and codes that tell nothing.
    let withheld = read(&written.path, "withheld.csv");
    let rows: Vec<Vec<&str>> = withheld
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.trim_matches('"')).collect())
        .collect();
    let counts: Vec<String> = rows
        .iter()
        .filter(|row| row[4].is_empty())
        .map(|row| row[..4].join(" "))
        .collect();
    assert_eq!(
        counts,
        [
            "thread-0000 2021-03-27 personal 2",
            "thread-0000 2021-03-29 personal 1",
            "thread-0001 2021-03-27 personal 2",
            "thread-0001 2021-03-27 system 1",
        ]
    );
    let codes = rows.iter().filter(|row| !row[4].is_empty());
    assert!(codes.clone().all(|row| row[2].is_empty() && row[3] == "1"));
    assert!(codes.clone().all(|row| row[4].len() == 52));
    assert_eq!(codes.count(), 6);
    // She was added, by a number; that she wrote is told nowhere, nor of the other chat.
    let members = read(&written.path, "membership.csv");
    let hers: Vec<&str> = members
        .lines()
        .filter(|line| line.contains("\"added\""))
        .collect();
    assert_eq!(hers.len(), 1, "{members}");
    assert!(hers[0].ends_with("\"unknown\",\"\",\"\",\"\""), "{members}");
    assert_eq!(
        places(&written.path, "thread-0001"),
        ["completeness.json", "withheld.csv"]
    );
    let rules = rules(&written.path);
    assert_eq!(rules[0], (1, 1, Some("tender".to_owned())));
    assert_eq!(rules[1..], [(2, 1, None), (3, 1, None)]);
    let decisions = read(&written.path, "decisions.csv");
    assert_eq!(decisions.matches("\"rule ").count(), 3, "{decisions}");
    assert_eq!(decisions.matches("\"key\"").count(), 1, "{decisions}");
}

/// Number, messages and text of the rules that a bundle tells of.
fn rules(root: &Path) -> Vec<(u32, u64, Option<String>)> {
    let told: docket::bundle::Completeness =
        serde_json::from_str(&read(root, "completeness.json")).unwrap();
    let rules = told.rules.unwrap().into_iter();
    rules
        .map(|row| (row.rule, row.messages, row.text))
        .collect()
}

/// Each text is looked at strictly: all of it must be readable in what is handed over.
#[test]
fn the_text_of_a_rule_leaves_only_where_it_names_nothing_that_stays() {
    for (query, leaves) in [
        ("tender", true),
        ("TENDER goes", true),
        ("\"goes to tender\"", true),
        ("tend*", true),
        (
            "tender from:ann is:undecided on:2021-03 has:link OR tender",
            true,
        ),
        ("tender in:quay", true),
        // Said, but not in a row; said only in what stays, or nowhere.
        ("tender \"monday tender\" OR tender", false),
        ("tender OR dentist", false),
        ("tender OR falcon", false),
        ("tender -daughter", false),
        // Names, of people and chats, whole and in parts; what could hold one.
        ("tender OR from:carol", false),
        ("tender OR danvers", false),
        ("tender OR from:dan", false),
        ("tender -in:grandma", false),
        ("tender -in:1", false),
        ("tender with:ann", false),
        ("tender -/Ca.ol/", false),
        ("tender -note:carol", false),
        ("tender -source:987654", false),
        ("tender -to:carol", false),
    ] {
        let fixture = Fixture::of(&[
            ("WhatsApp Chat with Quay works.txt", GROUP),
            ("WhatsApp Chat with Grandma Josephine.txt", FAMILY),
        ]);
        fixture.rule("Tenders", query, Decision::Official);
        fixture.decide_all();
        let written = fixture.write_to("handover", false).unwrap();
        let rules = rules(&written.path);
        assert_eq!(rules.len(), 1, "{query}: {rules:?}");
        assert_eq!(rules[0].2.is_some(), leaves, "{query}: {rules:?}");
        assert_eq!(overall(&verify(&written.path)), Verdict::Ok, "{query}");
    }
}

/// What a rule looks for is not told where masks lie on all that says it.
#[test]
fn the_text_of_a_rule_stays_where_masks_lie_on_what_it_found() {
    for (code, masked) in [("personal", true), ("foi-38", true), ("foi-38", false)] {
        let fixture = Fixture::of(&[("WhatsApp Chat with Quay works.txt", GROUP)]);
        fixture.rule("Tenders", "tender", Decision::Official);
        fixture.decide_all();
        if masked {
            let session = &fixture.session;
            let all = (0..session.store().len()).collect();
            let reason = session.mask_reason(code).unwrap();
            let asking = docket::review::Asking {
                how: How::Bulk,
                note: None,
                reason: None,
                seen: None,
            };
            let spot = docket::review::Spot::Found(docket::review::Find::words("tender").unwrap());
            let target = Target::Set(all, None);
            let done = session.redact(&target, &spot, Some(&reason), &asking, &mut ());
            assert!(done.unwrap().count > 0);
        }
        let written = fixture.write_to("handover", false).unwrap();
        let rules = rules(&written.path);
        assert_eq!(rules.len(), 1, "{code}: {rules:?}");
        assert_eq!(rules[0].2.is_some(), !masked, "{code}: {rules:?}");
        assert_eq!(overall(&verify(&written.path)), Verdict::Ok, "{code}");
    }
}

/// Bundles of the first form may lack tables and columns that came later; those of this one not.
#[test]
fn bundles_of_the_first_form_verify_without_what_came_later() {
    let fixture = Fixture::usual();
    let written = fixture.write_to("handover", false).unwrap();
    let root = &written.path;
    let later = THIRD.iter().chain(&FOURTH);
    for name in ["flags.csv", "reconciliation.csv"].iter().chain(later) {
        fs::remove_file(root.join(name)).unwrap();
    }
    for (name, columns) in [("decisions.csv", 9), ("people.csv", 8)] {
        let less: String = read(root, name)
            .lines()
            .map(|line| line.split(',').take(columns).collect::<Vec<_>>().join(",") + "\r\n")
            .collect();
        fs::write(root.join(name), less).unwrap();
    }
    let told = read(root, "completeness.json");
    let mut told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let put = |told: &serde_json::Value| {
        fs::write(root.join("completeness.json"), told.to_string()).unwrap();
        reseal(root);
    };
    put(&told);
    assert_eq!(overall(&verify(root)), Verdict::Failed);
    told["docket_bundle"] = 1.into();
    told.as_object_mut().unwrap().remove("rules");
    put(&told);
    assert_eq!(overall(&verify(root)), Verdict::Ok, "{:#?}", verify(root));
    // A table of the first form is told when it says something else.
    let decisions = read(root, "decisions.csv");
    fs::write(
        root.join("decisions.csv"),
        decisions.replacen("official", "context", 1),
    )
    .unwrap();
    reseal(root);
    assert_eq!(overall(&verify(root)), Verdict::Failed);
    told["docket_bundle"] = 5.into();
    put(&told);
    assert_eq!(overall(&verify(root)), Verdict::Failed);
}

/// What came with the third form.
const THIRD: [&str; 6] = [
    "custody.jsonl",
    "datapackage.json",
    "file-ffid.csv",
    "file-metadata.csv",
    "membership.csv",
    "withheld.csv",
];

/// What came with the fourth form.
const FOURTH: [&str; 3] = [
    "properties.csv",
    "bagit-profile.json",
    "data/records/index.html",
];

/// Removes what came with the fourth form, and what tells of it.
fn without_fourth(root: &Path) {
    for name in FOURTH {
        fs::remove_file(root.join(name)).unwrap();
    }
    for table in ["file-metadata.csv", "file-ffid.csv"] {
        let rows = read(root, table);
        let less: String = rows
            .split_inclusive("\r\n")
            .filter(|row| !row.contains("index.html"))
            .collect();
        fs::write(root.join(table), less).unwrap();
    }
    let path = root.join("datapackage.json");
    let package = read(root, "datapackage.json");
    let mut package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let tables = package["resources"].as_array_mut().unwrap();
    tables.retain(|table| table["name"] != "properties");
    fs::write(path, package.to_string()).unwrap();
}

#[test]
fn bundles_of_the_third_form_verify_without_what_came_later() {
    let fixture = Fixture::usual();
    let written = fixture.write_to("handover", false).unwrap();
    let root = &written.path;
    without_fourth(root);
    let told = read(root, "completeness.json");
    let mut told: serde_json::Value = serde_json::from_str(&told).unwrap();
    for (form, verdict) in [(4, Verdict::Failed), (3, Verdict::Ok)] {
        told["docket_bundle"] = form.into();
        fs::write(root.join("completeness.json"), told.to_string()).unwrap();
        reseal(root);
        let checks = verify(root);
        assert_eq!(overall(&checks), verdict, "{form}: {checks:#?}");
    }
}

#[test]
fn bundles_of_the_second_form_verify_without_what_came_later() {
    let fixture = Fixture::usual();
    let written = fixture.write_to("handover", false).unwrap();
    let root = &written.path;
    for name in THIRD.iter().chain(&FOURTH) {
        fs::remove_file(root.join(name)).unwrap();
    }
    let cut: String = read(root, "decisions.csv")
        .lines()
        .map(|line| line.split(',').take(14).collect::<Vec<_>>().join(",") + "\r\n")
        .collect();
    fs::write(root.join("decisions.csv"), cut).unwrap();
    let told = read(root, "completeness.json");
    let mut told: serde_json::Value = serde_json::from_str(&told).unwrap();
    for name in ["filters", "gaps", "caps"] {
        told.as_object_mut().unwrap().remove(name);
    }
    for (form, verdict) in [(3, Verdict::Failed), (2, Verdict::Ok)] {
        told["docket_bundle"] = form.into();
        fs::write(root.join("completeness.json"), told.to_string()).unwrap();
        reseal(root);
        let checks = verify(root);
        assert_eq!(overall(&checks), verdict, "{form}: {checks:#?}");
    }
}

#[test]
fn a_source_of_which_nothing_stays_is_sealed_in_the_bag() {
    let fixture = Fixture::of(&[(
        "WhatsApp Chat with Ann Lee.txt",
        "27/03/2021, 08:00 - Ann Lee: OFFICIAL one\n27/03/2021, 08:01 - Ada: OFFICIAL two\n",
    )]);
    fixture.decide_all();
    let written = fixture.write_to("handover", false).unwrap();
    let store = fixture.session.store();
    assert_eq!(
        places(&written.path, &store.sources()[0].sha256),
        ["custody.jsonl", "sources.csv"]
    );
    assert_eq!(overall(&verify(&written.path)), Verdict::Ok);
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    let fixture = Fixture::usual();
    let first = fixture.write_to("first", false).unwrap();
    let second = fixture.write_to("second", false).unwrap();
    assert_eq!(files(&first.path), files(&second.path));
    let options = Options {
        bagging_date: chrono::NaiveDate::from_ymd_opt(2026, 1, 3),
        ..Options::default()
    };
    let plan = plan(&fixture.session, &options).unwrap();
    let third = write(&fixture.session, &plan, &fixture.out("third"), &mut ()).unwrap();
    let (first, third) = (files(&first.path), files(&third.path));
    let differ: Vec<&String> = first
        .keys()
        .filter(|name| first.get(*name) != third.get(*name))
        .collect();
    assert_eq!(
        differ,
        [
            "bag-info.txt",
            "tagmanifest-sha256.txt",
            "tagmanifest-sha512.txt"
        ]
    );
    assert_eq!(first.len(), third.len());
}

#[test]
fn what_is_not_settled_blocks() {
    let fixture = Fixture::usual();
    let dentist = fixture.number("PERSONAL the dentist");
    let tender = fixture.number("OFFICIAL The quay");
    for (number, decision, block) in [
        (dentist, Decision::Undecided, Block::Undecided(1)),
        (dentist, Decision::Refer, Block::Refer(1)),
        (
            tender,
            Decision::Mixed,
            Block::Mixed {
                count: 1,
                first: tender,
            },
        ),
    ] {
        let before = fixture.session.decision(number);
        fixture.decide(number, decision);
        assert_eq!(fixture.plan(false).blocks, [block]);
        let refused = fixture.write_to("handover", false);
        assert!(matches!(refused, Err(BundleError::Blocked(blocks)) if blocks == [block]));
        assert!(fixture.left().is_empty());
        let partial = fixture.write_to("partial", true);
        match block {
            Block::Mixed { .. } => assert!(matches!(partial, Err(BundleError::Blocked(_)))),
            _ => {
                let written = partial.unwrap();
                assert_eq!(overall(&verify(&written.path)), Verdict::Ok);
                for name in ["bag-info.txt", "README.txt", "completeness.json"] {
                    let text = read(&written.path, name).to_lowercase();
                    assert!(text.contains("partial"), "{name}: {text}");
                }
                let undecided = fixture.session.store().text(dentist).unwrap().to_owned();
                assert_eq!(places(&written.path, &undecided), [""; 0]);
                fs::remove_dir_all(written.path).unwrap();
            }
        }
        fixture.decide(number, before);
    }
    let nothing = Fixture::of(&[("WhatsApp Chat with Grandma Josephine.txt", FAMILY)]);
    nothing.decide_all();
    assert_eq!(nothing.plan(false).blocks, [Block::Nothing]);
}

#[test]
fn a_target_that_is_there_or_in_the_case_is_refused() {
    let fixture = Fixture::usual();
    fs::create_dir_all(fixture.out("empty")).unwrap();
    std::os::unix::fs::symlink("nowhere", fixture.out("link")).unwrap();
    for name in ["empty", "link"] {
        let refused = fixture.write_to(name, false);
        assert!(
            matches!(refused, Err(BundleError::Exists { .. })),
            "{refused:?}"
        );
    }
    let plan = fixture.plan(false);
    let inside = fixture.folder.path().join("case/derived/handover");
    let refused = write(&fixture.session, &plan, &inside, &mut ());
    assert!(
        matches!(refused, Err(BundleError::InsideCase { .. })),
        "{refused:?}"
    );
    let nowhere = fixture.folder.path().join("no/such/folder");
    let refused = write(&fixture.session, &plan, &nowhere, &mut ());
    assert!(
        matches!(refused, Err(BundleError::Io { .. })),
        "{refused:?}"
    );
    let refused = write(&fixture.session, &plan, Path::new(".."), &mut ());
    assert!(
        matches!(refused, Err(BundleError::NoName { .. })),
        "{refused:?}"
    );
    assert_eq!(fixture.bundles_noted(), 0);
}

#[test]
fn a_plan_of_another_state_is_refused() {
    let fixture = Fixture::usual();
    let plan = fixture.plan(false);
    fixture.decide(fixture.number("OFFICIAL The quay"), Decision::Personal);
    fs::create_dir_all(fixture.folder.path().join("out")).unwrap();
    let refused = write(&fixture.session, &plan, &fixture.out("handover"), &mut ());
    assert!(matches!(refused, Err(BundleError::Moved)), "{refused:?}");
    assert!(fixture.left().is_empty());
}

/// Stops a job at its n-th sign of progress.
struct StopAt(usize);

impl Progress for StopAt {
    fn tick(&mut self, _: &str, _: u64, _: u64) -> ControlFlow<()> {
        match self.0.checked_sub(1) {
            Some(rest) => {
                self.0 = rest;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
}

#[test]
fn stopping_at_any_moment_leaves_nothing() {
    let fixture = Fixture::usual();
    let plan = fixture.plan(false);
    fs::create_dir_all(fixture.folder.path().join("out")).unwrap();
    for step in 0..1000 {
        match write(
            &fixture.session,
            &plan,
            &fixture.out("handover"),
            &mut StopAt(step),
        ) {
            Err(BundleError::Stopped) => {
                assert!(fixture.left().is_empty(), "step {step}");
                assert_eq!(fixture.bundles_noted(), 0);
            }
            Ok(_) => {
                assert!(step > 30, "only {step} steps");
                assert_eq!(fixture.left(), ["handover"]);
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it never ends");
}

#[test]
fn what_a_killed_bundle_left_goes_with_the_next() {
    let fixture = Fixture::usual();
    let out = fixture.folder.path().join("out");
    let lay = |name: &str, age: u64| {
        let folder = out.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("manifest-sha256.txt"), "half").unwrap();
        let then = SystemTime::now() - Duration::from_secs(age);
        let held = fs::File::open(&folder).unwrap();
        held.set_modified(then).unwrap();
        held
    };
    lay(".handover.docket-4194304", 3600);
    lay(".handover.docket-4194305", 1);
    lay(".handover.docket-notes", 3600);
    lay(".another.docket-4194304", 3600);
    let at_work = lay(".handover.docket-4194306", 3600);
    at_work.lock().unwrap();
    fixture.write_to("handover", false).unwrap();
    let mut left = fixture.left();
    left.sort();
    assert_eq!(
        left,
        [
            ".another.docket-4194304",
            ".handover.docket-4194305",
            ".handover.docket-4194306",
            ".handover.docket-notes",
            "handover",
        ]
    );
}

/// Looks at what lies on the disk at every sign of progress: what a kill or a power cut would leave.
struct Watch<'a>(&'a Path);

impl Progress for Watch<'_> {
    fn tick(&mut self, _: &str, _: u64, _: u64) -> ControlFlow<()> {
        for entry in fs::read_dir(self.0).unwrap() {
            let entry = entry.unwrap();
            assert!(entry.file_name().to_str().unwrap().starts_with('.'));
            assert_eq!(overall(&verify(&entry.path())), Verdict::Failed);
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn what_a_kill_would_leave_is_hidden_and_no_bag() {
    let fixture = Fixture::usual();
    let plan = fixture.plan(false);
    let folder = fixture.folder.path().join("out");
    fs::create_dir_all(&folder).unwrap();
    write(
        &fixture.session,
        &plan,
        &fixture.out("handover"),
        &mut Watch(&folder),
    )
    .unwrap();
}

/// A disk of this size, where this machine lets the test make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(path: PathBuf, size: &str) -> Option<SmallDisk> {
        fs::create_dir_all(&path).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "docket-test"])
            .arg(&path)
            .stderr(std::process::Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(path));
        }
        println!("skipped: no small disk can be made here");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_nothing() {
    let fixture = Fixture::usual();
    let plan = fixture.plan(false);
    let Some(disk) = SmallDisk::new(fixture.folder.path().join("small"), "size=64k") else {
        return;
    };
    let refused = write(&fixture.session, &plan, &disk.0.join("handover"), &mut ());
    assert!(
        matches!(refused, Err(BundleError::NoSpace { .. })),
        "{refused:?}"
    );
    drop(disk);
    // Room enough for the bytes, and none for so many files.
    let Some(disk) = SmallDisk::new(fixture.folder.path().join("few"), "size=64m,nr_inodes=12")
    else {
        return;
    };
    let refused = write(&fixture.session, &plan, &disk.0.join("handover"), &mut ());
    assert!(
        matches!(refused, Err(BundleError::Io { .. })),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(&disk.0).unwrap().count(), 0);
    assert_eq!(fixture.bundles_noted(), 0);
}

/// An export with these files beside the chat.
fn zip(path: &Path, chat: &str, media: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("WhatsApp Chat with Quay works.txt", options)
        .unwrap();
    zip.write_all(chat.as_bytes()).unwrap();
    for (name, bytes) in media {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

pub(super) fn zip_case(chat: &str, media: &[(&str, &[u8])]) -> Fixture {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("WhatsApp Chat with Quay works.zip");
    zip(&path, chat, media);
    let fixture = Fixture::load(folder, &[path]);
    let store = fixture.session.store();
    for number in (0..store.len()).map(MessageNumber) {
        let message = store.message(number).unwrap();
        if message.kind != Kind::System {
            let name = message
                .participant
                .and_then(|id| store.participant(id))
                .unwrap();
            let personal = name.name == "Carol Danvers";
            let decision = if personal {
                Decision::Personal
            } else {
                Decision::Official
            };
            fixture.decide(number, decision);
        }
    }
    fixture
}

#[test]
fn files_go_by_their_hash_with_the_messages_that_name_them_and_no_others() {
    let chat = "\
27/03/2021, 08:00 - Ann Lee: IMG-20210327-WA0001.jpg (file attached)
27/03/2021, 08:01 - Ann Lee: IMG-20210327-WA0002.jpg (file attached)
27/03/2021, 08:02 - Carol Danvers: IMG-20210327-WA0003.jpg (file attached)
27/03/2021, 08:03 - Ann Lee: IMG-20210327-WA0004.jpg (file attached)
";
    let fixture = zip_case(
        chat,
        &[
            ("IMG-20210327-WA0001.jpg", b"\xff\xd8 the plan"),
            ("IMG-20210327-WA0002.jpg", b"\xff\xd8 the plan"),
            ("IMG-20210327-WA0003.jpg", b"\xff\xd8 the pool"),
        ],
    );
    let written = fixture.write_to("handover", false).unwrap();
    let checks = verify(&written.path);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    let sum = hex(&Sha256::digest(b"\xff\xd8 the plan"));
    let names: Vec<String> = files(&written.path)
        .into_keys()
        .filter(|name| name.starts_with("data/attachments/"))
        .collect();
    assert_eq!(names, [format!("data/attachments/{}/{sum}.jpg", &sum[..2])]);
    assert_eq!(places(&written.path, "the pool"), [""; 0]);
    assert_eq!(places(&written.path, "WA0003"), [""; 0]);
    let text = read(
        &written.path,
        "data/records/whatsapp/thread-0000/2021-03-27.txt",
    );
    assert!(text.contains("WA0004.jpg"), "{text}");
    assert!(text.contains("not in the export"), "{text}");
}

#[test]
fn a_withheld_text_in_a_file_that_goes_stops_the_bundle() {
    let secret = "the swimming pool is closed, so come to ours instead";
    let chat = format!(
        "27/03/2021, 08:00 - Ann Lee: notes.txt (file attached)\n\
         27/03/2021, 08:02 - Carol Danvers: {secret}\n"
    );
    let fixture = zip_case(
        &chat,
        &[("notes.txt", format!("Minutes\n{secret}\n").as_bytes())],
    );
    let number = fixture.number(secret);
    let refused = fixture.write_to("handover", false).unwrap_err();
    let BundleError::Leak { what, .. } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(*what, format!("message {number}"));
    assert!(!refused.to_string().contains("swimming"));
    assert!(fixture.left().is_empty());
    assert_eq!(fixture.bundles_noted(), 0);
    // Said in something handed over, it is no secret.
    fixture.decide(number, Decision::Context);
    fixture.write_to("handover", false).unwrap();
}

#[test]
fn what_is_also_said_in_something_handed_over_does_not_stop_it() {
    let chat = "\
27/03/2021, 08:00 - Ann Lee: as the minister says: the ferry leaves at nine tomorrow morning
27/03/2021, 08:02 - Carol Danvers: the ferry leaves at nine tomorrow morning
";
    let fixture = zip_case(chat, &[]);
    let written = fixture.write_to("handover", false).unwrap();
    assert_eq!(written.also_said, 1);
}

/// Makes a bag's manifests again, as somebody would who changed a file.
pub(super) fn reseal(root: &Path) {
    let sums = |names: &[String], sum: fn(&[u8]) -> String| -> String {
        names
            .iter()
            .map(|name| format!("{}  {name}\n", sum(&fs::read(root.join(name)).unwrap())))
            .collect()
    };
    let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let sha512 = |bytes: &[u8]| hex(&Sha512::digest(bytes));
    let payload: Vec<String> = files(root)
        .into_keys()
        .filter(|name| name.starts_with("data/"))
        .collect();
    let bytes: u64 = payload
        .iter()
        .map(|name| fs::metadata(root.join(name)).unwrap().len())
        .sum();
    let info: String = read(root, "bag-info.txt")
        .lines()
        .filter(|line| !line.starts_with("Payload-Oxum"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(
        root.join("bag-info.txt"),
        format!("{info}Payload-Oxum: {bytes}.{}\n", payload.len()),
    )
    .unwrap();
    fs::write(root.join("manifest-sha256.txt"), sums(&payload, sha256)).unwrap();
    fs::write(root.join("manifest-sha512.txt"), sums(&payload, sha512)).unwrap();
    let tags: Vec<String> = files(root)
        .into_keys()
        .filter(|name| !name.starts_with("data/") && !name.starts_with("tagmanifest"))
        .collect();
    fs::write(root.join("tagmanifest-sha256.txt"), sums(&tags, sha256)).unwrap();
    fs::write(root.join("tagmanifest-sha512.txt"), sums(&tags, sha512)).unwrap();
}

#[test]
fn a_change_under_new_seals_is_found_where_the_tables_contradict_it() {
    type Change = fn(&Path);
    fn edit(root: &Path, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(root.join(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        fs::write(root.join(name), text.replacen(from, to, 1)).unwrap();
    }
    let changes: [(&str, Change); 13] = [
        ("rules", |root| {
            edit(root, "decisions.csv", "\"key\"", "\"rule 4\"")
        }),
        ("rules", |root| {
            edit(root, "completeness.json", "\"rules\"", "\"no_rules\"")
        }),
        ("decisions", |root| {
            edit(root, "decisions.csv", "\"official\"", "\"context\"")
        }),
        ("decisions", |root| {
            let text = fs::read_to_string(root.join("decisions.csv")).unwrap();
            let less: Vec<&str> = text.lines().take(2).collect();
            fs::write(root.join("decisions.csv"), less.join("\r\n")).unwrap();
        }),
        ("people", |root| {
            edit(root, "people.csv", "Ann Lee", "Ann Lea")
        }),
        ("people", |root| {
            edit(root, "people.csv", "\"Ann Lee\"", "\"=1+1\"")
        }),
        ("sources", |root| {
            edit(root, "sources.csv", "\"none\"", "\"part\"")
        }),
        ("completeness", |root| {
            edit(
                root,
                "completeness.json",
                "\"personal\": 3",
                "\"personal\": 2",
            )
        }),
        ("completeness", |root| {
            edit(
                root,
                "completeness.json",
                "\"undecided\": 0",
                "\"undecided\": 1",
            )
        }),
        ("completeness", |root| {
            let path = root.join("data/records/messages.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            let less: String = text
                .lines()
                .skip(1)
                .map(|line| format!("{line}\n"))
                .collect();
            fs::write(path, less).unwrap();
        }),
        ("records", |root| {
            fs::remove_file(root.join("data/records/whatsapp/thread-0000/2021-03-28.eml")).unwrap();
        }),
        ("records", |root| {
            fs::write(
                root.join("data/records/whatsapp/thread-0000/2021-03-30.txt"),
                "x",
            )
            .unwrap();
        }),
        ("sealed", |root| {
            fs::remove_file(root.join("README.txt")).unwrap()
        }),
    ];
    let fixture = Fixture::usual();
    for (number, (name, change)) in changes.into_iter().enumerate() {
        let written = fixture
            .write_to(&format!("handover-{number}"), false)
            .unwrap();
        reseal(&written.path);
        assert_eq!(overall(&verify(&written.path)), Verdict::Ok);
        change(&written.path);
        reseal(&written.path);
        let checks = verify(&written.path);
        let failed: Vec<&str> = checks
            .iter()
            .filter(|check| check.verdict == Verdict::Failed)
            .map(|check| check.name.as_str())
            .collect();
        assert!(failed.contains(&name), "{name}: {checks:#?}");
    }
}

/// BagIt asks for one manifest; docket writes two of each, and says so in its profile.
#[test]
fn a_bundle_without_one_of_its_manifests_does_not_hold() {
    let fixture = Fixture::usual();
    for sum in ["sha256", "sha512"] {
        let written = fixture.write_to(sum, false).unwrap();
        assert_eq!(overall(&verify(&written.path)), Verdict::Ok);
        fs::remove_file(written.path.join(format!("tagmanifest-{sum}.txt"))).unwrap();
        let checks = verify(&written.path);
        let sealed = checks.iter().find(|check| check.name == "sealed").unwrap();
        assert_eq!(sealed.verdict, Verdict::Failed, "{sum}: {checks:#?}");
        assert!(sealed.detail.contains(sum), "{}", sealed.detail);
    }
}

#[test]
fn hostile_names_titles_and_texts_stay_text() {
    const HOSTILE: [&str; 7] = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd",
        "javascript:alert(1)//",
        "]]><!--</bdi></div><a href=x>",
        "From nobody\u{202e}\u{1b}[31m",
    ];
    let chat: String = HOSTILE
        .iter()
        .enumerate()
        .map(|(minute, text)| {
            let name = text.replace([':', '\u{1b}'], "");
            format!("27/03/2021, 08:{minute:02} - {name}: OFFICIAL {text}\n")
        })
        .collect();
    let fixture = Fixture::of(&[(
        "WhatsApp Chat with <svg onload=alert(1)> =1+1.txt",
        chat.as_str(),
    )]);
    fixture.decide_all();
    fixture.fact("reference", "</title><script>x</script>\u{202e}");
    fixture.fact("department", "=1+1");
    let written = fixture.write_to("handover", false).unwrap();
    let checks = verify(&written.path);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    assert_eq!(written.messages, 7);
    for (name, bytes) in files(&written.path) {
        assert!(name == "README.txt" || name.bytes().all(|b| !b.is_ascii_uppercase() && b != b'='));
        let text = String::from_utf8(bytes).unwrap();
        if name.ends_with(".html") {
            // The links of its own lead to messages of the page, and to pages.
            let text = ["#m", "whatsapp/thread-"]
                .iter()
                .fold(text.clone(), |text, own| {
                    text.replace(&format!("<a href=\"{own}"), "")
                });
            let tags: std::collections::BTreeSet<&str> = text
                .split('<')
                .skip(1)
                .map(|rest| rest.split([' ', '>']).next().unwrap())
                .collect();
            for tag in ["script", "img", "svg", "a", "!--"] {
                assert!(!tags.contains(tag), "{name}: <{tag}>");
            }
        }
        if name.ends_with(".csv") {
            for cell in text.split("\",\"").flat_map(|cell| cell.split("\r\n\"")) {
                let cell = cell.trim_matches('"');
                assert!(!cell.starts_with(['=', '+', '-', '@']), "{name}: {cell}");
            }
        }
        if !name.ends_with(".jsonl") {
            assert!(!text.contains(['\u{202e}', '\u{1b}']), "{name}");
        }
    }
}
