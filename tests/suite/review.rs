//! Sessions, queries and lists on a real case: against a plain map, and by two reviewers at once.

mod finding;
mod plain;

use chrono::NaiveDate;
use docket::case::ledger::{Actor, Entry, How, Known};
use docket::case::{Case, ImportOptions};
use docket::model::{Decision, Direction, Kind, MessageNumber, ThreadId};
use docket::review::{Asking, List, Query, Session, Target};
use roaring::RoaringBitmap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        how: Known::Given,
    }
}

/// Three chats of invented people: 150 messages, some of them lines of the app, deleted, edited,
/// with files, with links, in other scripts, around the change of the clocks.
fn exports(folder: &Path) -> Vec<PathBuf> {
    let words = [
        "budget meeting at ten",
        "lunch?",
        "The Budget is late",
        "see https://example.org/x",
        "café résumé",
        "会議の記録",
        "PO-123456 signed",
        "ok",
        "Lunch with Zoë, not the budget",
        "IMG-20210305-WA0001.jpg (file attached)",
        "<Media omitted>",
        "This message was deleted",
        "late again <This message was edited>",
        "10:30 works",
        "👍",
        "the meeting about the budget",
    ];
    let people = ["Ann Other", "Bo Ek", "+44 7700 900123"];
    let mut files = Vec::new();
    for (chat, title) in ["Bo Ek", "Cabinet team", "Café 12"].iter().enumerate() {
        let mut text = String::new();
        for n in 0..50usize {
            let at = NaiveDate::from_ymd_opt(2021, 3, 13)
                .unwrap()
                .and_hms_opt(9, 0, 0)
                .unwrap()
                + chrono::Duration::minutes((n * 373 + chat * 97) as i64);
            let at = at.format("%d/%m/%Y, %H:%M");
            if n == 0 {
                text += &format!("{at} - Messages and calls are end-to-end encrypted.\n");
            } else if n % 17 == 5 && chat == 1 {
                text += &format!("{at} - Bo Ek added +44 7700 900123\n");
            } else {
                let who = people[(n + n / 7 + chat) % if chat == 1 { 3 } else { 2 }];
                text += &format!(
                    "{at} - {who}: {}\n",
                    words[(n * 7 + chat * 3 + n / 5) % words.len()]
                );
            }
        }
        let path = folder.join(format!("WhatsApp Chat with {title}.txt"));
        std::fs::write(&path, text).unwrap();
        files.push(path);
    }
    files
}

/// A case with [`exports`], made once; each call gives a copy of its own.
fn case_folder() -> tempfile::TempDir {
    static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let given = tempfile::tempdir().unwrap();
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        let reports = case
            .import(
                &exports(given.path()),
                &ImportOptions::default(),
                &actor("Ann"),
                &mut (),
            )
            .unwrap();
        assert_eq!(reports.iter().map(|report| report.new).sum::<u32>(), 150);
        folder
    });
    let copy = tempfile::tempdir().unwrap();
    copy_folder(template.path(), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            // docket refuses a case that others can read.
            let rights = entry.metadata().unwrap().permissions();
            std::fs::set_permissions(&target, rights).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

fn session(folder: &tempfile::TempDir, name: &str) -> Session {
    Session::open(
        Case::open(&folder.path().join("case")).unwrap(),
        actor(name),
    )
    .unwrap()
}

fn set(numbers: impl IntoIterator<Item = u32>) -> RoaringBitmap {
    numbers.into_iter().collect()
}

fn bulk(numbers: impl IntoIterator<Item = u32>) -> Target {
    Target::Set(set(numbers), Some("a query".into()))
}

/// A decidable message.
fn some_message(session: &Session) -> MessageNumber {
    let store = session.store();
    (0..store.len())
        .map(MessageNumber)
        .find(|n| store.kind(*n).unwrap().is_decidable())
        .unwrap()
}

fn find(session: &Session, query: &str) -> RoaringBitmap {
    let query = Query::parse(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    session.search(&query, &AtomicBool::new(false)).unwrap()
}

#[test]
fn sessions_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Session>();
    crosses::<List>();
}

#[test]
fn decide_undo_and_redo_hold_across_restarts() {
    let folder = case_folder();
    let ann = session(&folder, "Ann");
    let one = some_message(&ann);
    let (thread, _) = ann.store().position_of(one).unwrap();
    assert_eq!(ann.undo().unwrap(), None);
    let preview = ann
        .plan(&Target::Thread(thread), Decision::Official)
        .unwrap();
    assert_eq!(
        (preview.count, preview.threads),
        (ann.tally(thread).decidable(), 1)
    );
    assert_eq!(preview.undecidable_skipped, ann.tally(thread).system);
    let decided = ann
        .decide(
            &Target::Message(one),
            Decision::Personal,
            How::Key,
            Some("home"),
        )
        .unwrap();
    assert_eq!(decided.count, 1);
    let decided = ann
        .decide(
            &Target::Thread(thread),
            Decision::Official,
            How::Thread,
            None,
        )
        .unwrap();
    assert_eq!(decided.count, preview.count);
    assert_eq!(ann.tally(thread).official, preview.count);
    drop(ann);

    let ann = session(&folder, "Ann");
    assert_eq!(ann.decision(one), Decision::Official);
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!((undone.count, undone.skipped), (preview.count, 0));
    assert_eq!(
        undone.what,
        format!("official on {} messages of a thread", preview.count)
    );
    assert_eq!(ann.decision(one), Decision::Personal);
    drop(ann);

    let ann = session(&folder, "Ann");
    assert_eq!(ann.undo().unwrap().unwrap().count, 1);
    assert_eq!(ann.undo().unwrap(), None);
    assert_eq!(ann.tally_all().decided(), 0);
    assert_eq!(ann.redo().unwrap().unwrap().count, 1);
    drop(ann);

    let ann = session(&folder, "Ann");
    assert_eq!(ann.redo().unwrap().unwrap().count, preview.count);
    assert_eq!(ann.redo().unwrap(), None);
    assert_eq!(ann.tally(thread).official, preview.count);
    assert_eq!(ann.history(one).unwrap().len(), 6);
    // A new decision ends what could be made again.
    ann.undo().unwrap().unwrap();
    ann.decide(&Target::Message(one), Decision::Refer, How::Key, None)
        .unwrap();
    assert_eq!(ann.redo().unwrap(), None);
    assert!(ann.case().ledger().verify(None).unwrap().holds());
}

#[test]
fn what_changes_nothing_is_not_recorded() {
    let folder = case_folder();
    let ann = session(&folder, "Ann");
    let before = ann.head();
    let system = find(&ann, "is:system");
    assert!(!system.is_empty());
    let decided = ann
        .decide(
            &Target::Set(system, None),
            Decision::Official,
            How::Bulk,
            None,
        )
        .unwrap();
    assert_eq!((decided.count, decided.recorded), (0, None));
    let one = some_message(&ann);
    ann.decide(&Target::Message(one), Decision::Undecided, How::Key, None)
        .unwrap();
    assert_eq!(ann.head(), before);
    assert!(
        ann.decide(
            &Target::Message(MessageNumber(9999)),
            Decision::Mixed,
            How::Key,
            None
        )
        .is_err()
    );
    assert!(
        ann.decide(
            &Target::Thread(ThreadId(99)),
            Decision::Mixed,
            How::Thread,
            None
        )
        .is_err()
    );
    assert!(
        ann.decide(&bulk([1, 9999]), Decision::Mixed, How::Bulk, None)
            .is_err()
    );
    assert_eq!(ann.head(), before);
}

#[test]
fn another_reviewers_decision_is_never_overwritten_unseen() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    let one = some_message(&ann);
    bo.decide(&Target::Message(one), Decision::Personal, How::Key, None)
        .unwrap();
    // Ann's screen still shows it undecided.
    assert_eq!(ann.decision(one), Decision::Undecided);
    let decided = ann
        .decide(
            &bulk([one.0, one.0 + 1]),
            Decision::Official,
            How::Bulk,
            None,
        )
        .unwrap();
    assert_eq!(decided.conflicts, set([one.0]));
    assert_eq!(decided.count, 1);
    assert_eq!(ann.decision(one), Decision::Personal);
    // Asked again, now that it is seen.
    let decided = ann
        .decide(&Target::Message(one), Decision::Official, How::Key, None)
        .unwrap();
    assert_eq!((decided.count, decided.conflicts.len()), (1, 0));
    // The same decision is no conflict.
    bo.refresh().unwrap();
    let other = one.0 + 1;
    bo.decide(
        &Target::Message(MessageNumber(other)),
        Decision::Mixed,
        How::Key,
        None,
    )
    .unwrap();
    let decided = ann
        .decide(&bulk([other]), Decision::Mixed, How::Bulk, None)
        .unwrap();
    assert_eq!((decided.count, decided.conflicts.len()), (0, 0));
}

#[test]
fn what_was_seen_is_what_the_preview_knew() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    let one = some_message(&ann);
    let preview = ann.plan(&bulk([one.0]), Decision::Official).unwrap();
    bo.decide(&Target::Message(one), Decision::Personal, How::Key, None)
        .unwrap();
    // The screen takes it up while the question stands there unanswered.
    let refreshed = ann.refresh().unwrap();
    assert_eq!(refreshed.changed, set([one.0]));
    assert_eq!(refreshed.entries.len(), 1);
    assert!(ann.refresh().unwrap().is_empty());
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: Some(preview.seen),
    };
    let decided = ann
        .decide_with(&bulk([one.0]), Decision::Official, &asking, &mut ())
        .unwrap();
    assert_eq!(decided.conflicts, set([one.0]));
    assert_eq!(ann.decision(one), Decision::Personal);
}

#[test]
fn undo_leaves_what_another_decided_since() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    let all = find(&ann, "-is:system");
    let count = all.len() as u32;
    let one = all.min().unwrap();
    ann.decide(&Target::Set(all, None), Decision::Official, How::Bulk, None)
        .unwrap();
    bo.refresh().unwrap();
    bo.decide(&bulk([one]), Decision::Personal, How::Bulk, None)
        .unwrap();
    bo.decide(&bulk([one]), Decision::Official, How::Bulk, None)
        .unwrap();
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!((undone.count, undone.skipped), (count - 1, 1));
    // The same word, and yet it is Bo's.
    assert_eq!(ann.decision(MessageNumber(one)), Decision::Official);
    let refreshed = bo.refresh().unwrap();
    assert_eq!(refreshed.conflicts.len(), 0);
    // Bo takes both back: the message is as Ann left it, and her redo skips nothing it should not.
    bo.undo().unwrap().unwrap();
    bo.undo().unwrap().unwrap();
    assert_eq!(bo.decision(MessageNumber(one)), Decision::Official);
    let redone = ann.redo().unwrap().unwrap();
    assert_eq!((redone.count, redone.skipped), (count - 1, 0));
}

#[test]
fn a_stopped_decision_leaves_nothing() {
    struct Stop(u64);
    impl docket::case::Progress for Stop {
        fn tick(&mut self, _stage: &str, done: u64, total: u64) -> ControlFlow<()> {
            assert!(done <= total);
            if self.0 == 0 {
                return ControlFlow::Break(());
            }
            self.0 -= 1;
            ControlFlow::Continue(())
        }
    }
    let folder = case_folder();
    let ann = session(&folder, "Ann");
    let before = ann.head();
    for ticks in [0, 1] {
        let asking = Asking {
            how: How::Bulk,
            note: None,
            reason: None,
            seen: None,
        };
        let all = Target::Set(find(&ann, ""), None);
        let stopped = ann.decide_with(&all, Decision::Official, &asking, &mut Stop(ticks));
        assert!(matches!(stopped, Err(docket::review::ReviewError::Stopped)));
        assert_eq!(ann.tally_all().decided(), 0);
        assert_eq!(ann.case().ledger().head().unwrap(), before);
    }
    assert!(ann.refresh().unwrap().is_empty());
}

#[test]
fn an_import_by_another_session_is_taken_up() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    let one = some_message(&ann);
    ann.decide(&Target::Message(one), Decision::Context, How::Key, None)
        .unwrap();
    let given = tempfile::tempdir().unwrap();
    let path = given.path().join("WhatsApp Chat with Dee.txt");
    std::fs::write(
        &path,
        "14/03/2021, 09:00 - Dee: new here\n14/03/2021, 09:01 - Bo Ek: hello\n",
    )
    .unwrap();
    bo.case()
        .import(&[path], &ImportOptions::default(), &actor("Bo"), &mut ())
        .unwrap();
    assert!(bo.refresh().unwrap().imported);
    assert_eq!(bo.store().len(), 152);
    // Ann meets the import while she decides.
    let (before, len) = (ann.tally_all(), ann.store().len());
    assert_eq!(len, 150);
    ann.decide(&Target::Message(one), Decision::Refer, How::Key, None)
        .unwrap();
    assert_eq!(ann.store().len(), 152);
    assert_eq!(ann.tally_all().undecided, before.undecided + 2);
    assert!(ann.refresh().unwrap().imported);
    assert_eq!(find(&ann, "in:dee").len(), 2);
    let again = session(&folder, "Ann");
    assert_eq!(again.decision(one), Decision::Refer);
    assert_eq!(again.tally_all(), ann.tally_all());
}

/// Each run is killed a moment later than the last, so that some die before, some in and some
/// after the commit.
#[test]
fn a_killed_session_loses_nothing_that_it_showed_as_saved() {
    let folder = case_folder();
    let case = folder.path().join("case");
    let mut shown = 0;
    for run in 0..40u32 {
        // What a killed one decided and did not say, the last must not find done.
        let decision = match run {
            39 => "context",
            run => ["official", "personal"][run as usize % 2],
        };
        let mut docket = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(["tag", decision, "budget", "--yes", "--json", "--case"])
            .arg(&case)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The last lives as long as it needs, however slow the machine.
        if run < 39 {
            std::thread::sleep(Duration::from_millis(u64::from(run) * 3));
            docket.kill().ok();
        }
        let said = docket.wait_with_output().unwrap().stdout;
        // A killed program may leave half a line; only a whole one was shown.
        let saved = serde_json::from_slice::<serde_json::Value>(&said)
            .ok()
            .and_then(|row| row["entry"].as_u64());
        let ann = session(&folder, "Ann");
        assert!(ann.head().seq >= shown.max(saved.unwrap_or(0)));
        if let Some(seq) = saved {
            shown = seq;
            let last = ann.case().ledger().entries(seq).unwrap();
            assert!(
                matches!(&last[0].entry, Entry::Decide { decision: d, .. } if d.name() == decision)
            );
            assert_eq!(
                find(&ann, &format!("budget is:{decision}")).len(),
                find(&ann, "budget -is:system").len()
            );
        }
        assert_eq!(ann.check().unwrap().verdict, docket::check::Verdict::Ok);
    }
    assert!(shown > 0);
    let ledger = Case::open(&case).unwrap();
    assert!(ledger.ledger().verify(None).unwrap().holds());
}

#[test]
fn another_zone_reads_the_same_clocks_anew() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    let one = some_message(&ann);
    ann.decide(&Target::Message(one), Decision::Context, How::Key, None)
        .unwrap();
    let time = |session: &Session| session.store().time(one).unwrap();
    let (before, day) = (time(&ann), find(&ann, "on:2021-03-14"));
    assert!(!day.is_empty());
    ann.set_fact("time-zone", Some("Asia/Tokyo"), Some("posted there"))
        .unwrap();
    assert!(bo.refresh().unwrap().imported);
    for session in [&ann, &bo] {
        assert_eq!(time(session), before - 9 * 3600);
        assert_eq!(find(session, "on:2021-03-14"), day);
        assert_eq!(session.decision(one), Decision::Context);
    }
    assert_eq!(
        session(&folder, "Bo").facts().time_zone(),
        ("Asia/Tokyo", "posted there")
    );
}

#[test]
fn a_rebuild_keeps_every_decision() {
    let folder = case_folder();
    let (ann, bo) = (session(&folder, "Ann"), session(&folder, "Bo"));
    ann.decide(&bulk(20..90), Decision::Mixed, How::Bulk, None)
        .unwrap();
    let mixed = find(&ann, "is:mixed budget");
    assert!(!mixed.is_empty());
    ann.case().rebuild(&mut ()).unwrap();
    ann.refresh().unwrap();
    bo.refresh().unwrap();
    for session in [&ann, &bo, &session(&folder, "Cy")] {
        assert_eq!(find(session, "is:mixed budget"), mixed);
        assert_eq!(session.tally_all(), ann.tally_all());
    }
}

#[test]
fn facts_are_kept_and_checked() {
    let folder = case_folder();
    let ann = session(&folder, "Ann");
    assert!(
        ann.set_fact("reference", Some("FOI-2021-044"), None)
            .unwrap()
            .is_some()
    );
    assert!(
        ann.set_fact("reference", Some("FOI-2021-044"), None)
            .unwrap()
            .is_none()
    );
    assert!(ann.set_fact("refrence", Some("x"), None).is_err());
    assert!(ann.set_fact("time-zone", Some("Mars/Base"), None).is_err());
    assert!(ann.set_fact("custodian", Some(" "), None).is_err());
    ann.set_fact("custodian", Some("Ann Other"), Some("a letter"))
        .unwrap();
    let store = ann.store();
    let me = store
        .participants()
        .iter()
        .find(|p| p.name == "Ann Other")
        .unwrap()
        .id;
    let source = store.sources()[0].id;
    assert!(find(&ann, "from:me").is_empty());
    let whose = ann.whose();
    let of = whose.of(source).unwrap();
    assert_eq!(of.may_be[0].0, me);
    assert_eq!(of.likely.as_ref().unwrap().0, me);
    assert_eq!(ann.facts().me(&store, source), None);
    ann.set_me(source, Some(me)).unwrap();
    let sent = find(&ann, "from:me");
    assert!(!sent.is_empty());
    assert_eq!(
        sent,
        find(&ann, &format!("from:\"Ann Other\" source:{source}"))
    );
    for number in 0..store.len() {
        let message = store.message(MessageNumber(number)).unwrap();
        let direction = ann.direction(message.number);
        assert_eq!(direction == Direction::Sent, sent.contains(number));
        assert_eq!(direction == Direction::None, message.kind == Kind::System);
        assert_eq!(
            direction == Direction::Unknown,
            message.source != source && message.participant.is_some()
        );
    }
    drop(ann);
    let bo = session(&folder, "Bo");
    assert_eq!(bo.facts().reference(), Some("FOI-2021-044"));
    assert_eq!(
        bo.facts().fact("custodian").unwrap().basis.as_deref(),
        Some("a letter")
    );
    assert_eq!(bo.facts().me(&bo.store(), source), Some(me));
    bo.set_me(source, None).unwrap();
    assert!(find(&bo, "is:sent").is_empty());
}

#[test]
fn a_checkpoint_that_lies_is_found_out() {
    let folder = case_folder();
    let ann = session(&folder, "Ann");
    ann.decide(&bulk(0..100), Decision::Official, How::Bulk, None)
        .unwrap();
    let tally = ann.tally_all();
    drop(ann);
    let path = folder.path().join("case/derived/decisions");
    assert!(path.exists());
    let good = std::fs::read(&path).unwrap();
    for bytes in [
        Vec::new(),
        b"docket decisions 1".to_vec(),
        good[..good.len() - 1].to_vec(),
    ] {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(session(&folder, "Ann").tally_all(), tally);
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(session(&folder, "Ann").tally_all(), tally);
}
