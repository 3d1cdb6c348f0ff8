//! Sessions, queries and lists on a real case: against a plain map, and by two reviewers at once.

use chrono::NaiveDate;
use docket::case::ledger::{Actor, How, Known};
use docket::case::{Case, ImportOptions, Message, Store};
use docket::model::{Decision, Direction, Kind, Marks, MessageNumber, ThreadId};
use docket::review::{Asking, List, Query, Session, Tally, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

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
    let suggested = docket::review::facts::suggest_me(&store, &ann.facts(), source);
    assert_eq!(suggested[0].0, me);
    assert_eq!(ann.facts().me(source), None);
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
    assert_eq!(bo.facts().me(source), Some(me));
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

/// What the property test below does, on one of three sessions: two of one reviewer, one of another.
#[derive(Clone, Debug)]
enum Act {
    Decide(usize, u32, u32, Decision),
    Undo(usize),
    Redo(usize),
    Refresh(usize),
    Reopen(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0usize..3;
    prop_oneof![
        5 => (who.clone(), 0u32..150, 1u32..30, 0usize..6)
            .prop_map(|(who, from, len, d)| Act::Decide(who, from, len, Decision::ALL[d])),
        3 => who.clone().prop_map(Act::Undo),
        2 => who.clone().prop_map(Act::Redo),
        1 => who.clone().prop_map(Act::Refresh),
        1 => who.prop_map(Act::Reopen),
    ]
}

const NAMES: [&str; 3] = ["Ann", "Bo", "Ann"];

/// A decision that stands on a message: the entry it was first made with.
type Standing = (usize, Decision);

/// The plain map: per message the decisions that stand on one another, and per reviewer the steps.
#[derive(Default)]
struct Plain {
    messages: BTreeMap<u32, Vec<Standing>>,
    /// Per entry: the session that made it (and how often that session was opened), and the
    /// messages it changed.
    log: Vec<((usize, u32), RoaringBitmap)>,
    /// With the entry that a step would take back: the decision, or the redo of it.
    done: BTreeMap<&'static str, Vec<(usize, Standing)>>,
    /// With the messages that the undo changed, and what stood on them after it.
    undone: BTreeMap<&'static str, Vec<(Standing, BTreeMap<u32, Vec<Standing>>)>>,
    seen: [usize; 3],
    opened: [u32; 3],
}

impl Plain {
    fn now(&self, number: u32) -> Decision {
        self.messages
            .get(&number)
            .and_then(|stack| stack.last())
            .map_or(Decision::Undecided, |(_, decision)| *decision)
    }

    fn record(&mut self, who: usize, changed: RoaringBitmap) {
        self.log.push(((who, self.opened[who]), changed));
    }

    /// The count and the conflicts of a decision.
    fn decide(&mut self, who: usize, wanted: &RoaringBitmap, to: Decision) -> (u32, RoaringBitmap) {
        let me = (who, self.opened[who]);
        let unseen = self.log[self.seen[who]..]
            .iter()
            .filter(|(by, _)| *by != me)
            .fold(RoaringBitmap::new(), |all, (_, set)| all | set);
        let changing: RoaringBitmap = wanted.iter().filter(|n| self.now(*n) != to).collect();
        let conflicts = &changing & &unseen;
        let changed = changing - unseen;
        if !changed.is_empty() {
            let id = self.log.len();
            for number in &changed {
                self.messages.entry(number).or_default().push((id, to));
            }
            self.done
                .entry(NAMES[who])
                .or_default()
                .push((id, (id, to)));
            self.undone.entry(NAMES[who]).or_default().clear();
            self.record(who, changed.clone());
        }
        self.seen[who] = self.log.len();
        (changed.len() as u32, conflicts)
    }

    /// The count and the skipped of an undo.
    fn undo(&mut self, who: usize) -> Option<(u32, u32)> {
        self.seen[who] = self.log.len();
        let (id, standing) = self.done.entry(NAMES[who]).or_default().pop()?;
        let mut left = BTreeMap::new();
        let mut skipped = 0;
        for number in self.log[id].1.clone() {
            let stack = self.messages.get_mut(&number).unwrap();
            if stack.last() == Some(&standing) {
                stack.pop();
                left.insert(number, stack.clone());
            } else {
                skipped += 1;
            }
        }
        let count = left.len() as u32;
        self.record(who, left.keys().copied().collect());
        self.undone
            .entry(NAMES[who])
            .or_default()
            .push((standing, left));
        self.seen[who] = self.log.len();
        Some((count, skipped))
    }

    /// The count and the skipped of a redo.
    fn redo(&mut self, who: usize) -> Option<(u32, u32)> {
        self.seen[who] = self.log.len();
        let (standing, left) = self.undone.entry(NAMES[who]).or_default().pop()?;
        let id = self.log.len();
        let mut changed = RoaringBitmap::new();
        let mut skipped = 0;
        for (number, stood) in left {
            let stack = self.messages.get_mut(&number).unwrap();
            if *stack == stood {
                stack.push(standing);
                changed.insert(number);
            } else {
                skipped += 1;
            }
        }
        let count = changed.len() as u32;
        self.record(who, changed);
        self.done
            .entry(NAMES[who])
            .or_default()
            .push((id, standing));
        self.seen[who] = self.log.len();
        Some((count, skipped))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn sessions_agree_with_a_plain_map(acts in proptest::collection::vec(act(), 1..40)) {
        let folder = case_folder();
        let mut sessions: Vec<Session> = NAMES.iter().map(|name| session(&folder, name)).collect();
        let store = sessions[0].store();
        let decidable = &find(&sessions[0], "") - &find(&sessions[0], "is:system OR is:unreadable");
        let mut plain = Plain::default();
        for act in acts {
            match act {
                Act::Decide(who, from, len, to) => {
                    let wanted = set(from..(from + len).min(150));
                    let expected = plain.decide(who, &(&wanted & &decidable), to);
                    let target = Target::Set(wanted, None);
                    let decided = sessions[who].decide(&target, to, How::Bulk, None).unwrap();
                    prop_assert_eq!((decided.count, decided.conflicts), expected);
                }
                Act::Undo(who) => {
                    let undone = sessions[who].undo().unwrap().map(|u| (u.count, u.skipped));
                    prop_assert_eq!(undone, plain.undo(who));
                }
                Act::Redo(who) => {
                    let redone = sessions[who].redo().unwrap().map(|u| (u.count, u.skipped));
                    prop_assert_eq!(redone, plain.redo(who));
                }
                Act::Refresh(who) => {
                    sessions[who].refresh().unwrap();
                    plain.seen[who] = plain.log.len();
                }
                Act::Reopen(who) => {
                    sessions[who] = session(&folder, NAMES[who]);
                    plain.seen[who] = plain.log.len();
                    plain.opened[who] += 1;
                }
            }
        }
        sessions.push(session(&folder, "Fresh"));
        std::fs::remove_file(folder.path().join("case/derived/decisions")).ok();
        sessions.push(session(&folder, "Replayed"));
        for session in &sessions {
            session.refresh().unwrap();
            let mut tally = Tally { total: store.len(), ..session.tally_all() };
            for number in 0..store.len() {
                prop_assert_eq!(session.decision(MessageNumber(number)), plain.now(number));
            }
            for decision in Decision::ALL {
                let count = decidable.iter().filter(|n| plain.now(*n) == decision).count();
                prop_assert_eq!(session.tally_all().of(decision), count as u32);
                tally.total -= session.tally_all().of(decision);
            }
            prop_assert_eq!(tally.total, tally.system + tally.unreadable);
        }
        for session in &sessions {
            let check = session.check().unwrap();
            prop_assert_eq!(check.verdict, docket::check::Verdict::Ok, "{}", check.detail);
        }
        let verdict = sessions[0].case().ledger().verify(None).unwrap();
        prop_assert!(verdict.holds(), "{:?}", verdict.faults);
    }
}

/// A term, and the slow way to say whether a message answers it.
type Term = (&'static str, fn(&Store, &Message<'_>) -> bool);

fn folded(message: &Message<'_>) -> Vec<String> {
    docket::text::words(message.text)
        .map(|word| word.folded)
        .collect()
}

fn has_row(message: &Message<'_>, row: &[&str]) -> bool {
    folded(message)
        .windows(row.len())
        .any(|window| window == row)
}

fn sender<'a>(store: &'a Store, message: &Message<'_>) -> &'a str {
    message
        .participant
        .map_or("", |id| store.participant(id).unwrap().name.as_str())
}

fn title<'a>(store: &'a Store, message: &Message<'_>) -> &'a str {
    store.thread(message.thread).unwrap().title.as_str()
}

fn day(message: &Message<'_>) -> NaiveDate {
    let clock = message.time.unwrap() + i64::from(message.offset_minutes) * 60;
    chrono::DateTime::from_timestamp(clock, 0)
        .unwrap()
        .date_naive()
}

fn date(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

const TERMS: &[Term] = &[
    ("budget", |_, m| has_row(m, &["budget"])),
    ("BUDG*", |_, m| {
        folded(m).iter().any(|w| w.starts_with("budg"))
    }),
    ("\"the budget\"", |_, m| has_row(m, &["the", "budget"])),
    ("\"meeting ab\"*", |_, m| {
        folded(m)
            .windows(2)
            .any(|w| w[0] == "meeting" && w[1].starts_with("ab"))
    }),
    ("cafe", |_, m| has_row(m, &["cafe"])),
    ("会議", |_, m| m.text.contains("会議")),
    ("議の*", |_, m| m.text.contains("議の")),
    ("10:30", |_, m| has_row(m, &["10", "30"])),
    ("👍", |_, m| m.text.contains('👍')),
    ("zoe", |_, m| has_row(m, &["zoe"])),
    ("nowhere", |_, _| false),
    ("o", |_, m| has_row(m, &["o"])),
    ("from:ann", |s, m| sender(s, m).contains("Ann")),
    ("from:07700900123", |s, m| sender(s, m).contains("7700")),
    ("with:7700", |s, m| title(s, m) == "Cabinet team"),
    ("in:cabinet", |s, m| title(s, m) == "Cabinet team"),
    ("in:cafe", |s, m| title(s, m) == "Café 12"),
    ("in:\"12\"", |s, m| title(s, m) == "Café 12"),
    ("in:0", |_, m| m.thread.0 == 0),
    ("source:1", |_, m| m.source.0 == 1),
    ("channel:whatsapp", |_, _| true),
    ("on:2021-03-14", |_, m| day(m) == date(2021, 3, 14)),
    ("on:2021-03", |_, m| {
        day(m) >= date(2021, 3, 1) && day(m) < date(2021, 4, 1)
    }),
    ("after:2021-03-15", |_, m| day(m) > date(2021, 3, 15)),
    ("before:2021-03-15", |_, m| day(m) < date(2021, 3, 15)),
    ("before:2021", |_, _| false),
    ("is:system", |_, m| m.kind == Kind::System),
    ("is:deleted", |_, m| m.kind == Kind::Deleted),
    ("is:edited", |_, m| m.marks.has(Marks::EDITED)),
    ("has:attachment", |_, m| {
        m.marks.has(Marks::ATTACHMENT) || m.kind == Kind::Omitted
    }),
    ("has:link", |_, m| m.text.contains("https://")),
    ("kind:text", |_, m| m.kind == Kind::Text),
    ("is:official", |_, m| {
        m.kind.is_decidable() && m.number.0 < 40
    }),
    ("is:undecided", |_, m| {
        m.kind.is_decidable() && m.number.0 >= 40
    }),
    ("is:decided", |_, m| {
        m.kind.is_decidable() && m.number.0 < 40
    }),
    ("/po-[0-9]{6}/", |_, m| m.text.contains("PO-123456")),
    ("/(?-i)Budget/", |_, m| m.text.contains("Budget")),
    ("/^lunch/", |_, m| {
        m.text.to_lowercase().starts_with("lunch")
    }),
    ("is:undated", |_, m| m.time.is_none()),
];

#[derive(Clone, Debug)]
enum Tree {
    Leaf(usize),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        let all = |parts: &[Tree], between: &str| {
            parts
                .iter()
                .map(|part| format!("({})", part.text()))
                .collect::<Vec<_>>()
                .join(between)
        };
        match self {
            Tree::Leaf(at) => TERMS[*at].0.to_owned(),
            Tree::And(parts) => all(parts, " "),
            Tree::Or(parts) => all(parts, " OR "),
            Tree::Not(inner) => format!("-({})", inner.text()),
        }
    }

    fn holds(&self, store: &Store, message: &Message<'_>) -> bool {
        match self {
            Tree::Leaf(at) => TERMS[*at].1(store, message),
            Tree::And(parts) => parts.iter().all(|part| part.holds(store, message)),
            Tree::Or(parts) => parts.iter().any(|part| part.holds(store, message)),
            Tree::Not(inner) => !inner.holds(store, message),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    (0..TERMS.len())
        .prop_map(Tree::Leaf)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Tree::And),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Tree::Or),
                inner.prop_map(|inner| Tree::Not(Box::new(inner))),
            ]
        })
}

/// One session that every query is asked of, with the first forty messages official.
fn asked() -> &'static (tempfile::TempDir, Session) {
    static ASKED: OnceLock<(tempfile::TempDir, Session)> = OnceLock::new();
    ASKED.get_or_init(|| {
        let folder = case_folder();
        let session = session(&folder, "Ann");
        session
            .decide(&bulk(0..40), Decision::Official, How::Bulk, None)
            .unwrap();
        (folder, session)
    })
}

fn answers(tree: &Tree) -> RoaringBitmap {
    let store = asked().1.store();
    (0..store.len())
        .filter(|n| tree.holds(&store, &store.message(MessageNumber(*n)).unwrap()))
        .collect()
}

#[test]
fn every_term_finds_what_it_says() {
    for at in 0..TERMS.len() {
        let tree = Tree::Leaf(at);
        assert_eq!(
            find(&asked().1, TERMS[at].0),
            answers(&tree),
            "{}",
            TERMS[at].0
        );
    }
}

#[test]
fn a_cancelled_search_is_no_answer() {
    let query = Query::parse("budget OR /a/").unwrap();
    assert!(asked().1.search(&query, &AtomicBool::new(true)).is_err());
}

proptest! {
    #[test]
    fn queries_find_what_they_say(tree in tree()) {
        prop_assert_eq!(find(&asked().1, &tree.text()), answers(&tree), "{}", tree.text());
    }

    #[test]
    fn lists_page_as_a_plain_list_does(
        wanted in proptest::collection::vec(0u32..150, 0..150),
        undecided in proptest::collection::vec(0u32..150, 0..20),
        shape in 0u32..5,
        at in 0u32..160,
    ) {
        let store = asked().1.store();
        let wanted = set(wanted);
        let (list, plain): (List, Vec<MessageNumber>) = match shape {
            0 => (
                List::hits(store.clone(), wanted.clone()),
                store.by_time().iter().filter(|n| wanted.contains(n.0)).collect(),
            ),
            1 | 2 => (
                List::thread(store.clone(), ThreadId(shape)),
                store.thread_messages(ThreadId(shape)).collect(),
            ),
            _ => (
                List::filtered(store.clone(), ThreadId(shape - 3), &wanted),
                store.thread_messages(ThreadId(shape - 3)).filter(|n| wanted.contains(n.0)).collect(),
            ),
        };
        check_list(&list, &plain, &set(undecided), at)?;
    }
}

fn check_list(
    list: &List,
    plain: &[MessageNumber],
    marked: &RoaringBitmap,
    at: u32,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(list.len() as usize, plain.len());
    prop_assert_eq!(list.window(0..list.len() + 5), plain);
    for (position, number) in plain.iter().enumerate() {
        prop_assert_eq!(list.position_of(*number), Some(position as u32));
    }
    for number in (0..160).map(MessageNumber).filter(|n| !plain.contains(n)) {
        prop_assert_eq!(list.position_of(number), None);
    }
    let is_marked = |position: &u32| marked.contains(plain[*position as usize].0);
    let len = plain.len() as u32;
    prop_assert_eq!(list.next_in(at, marked), (at..len).find(is_marked));
    prop_assert_eq!(
        list.previous_in(at, marked),
        (0..at.min(len)).rev().find(is_marked)
    );
    if at < len {
        let day = |position: u32| list.day(position);
        prop_assert_eq!(list.next_day(at), (at..len).find(|p| day(*p) != day(at)));
        let start = (0..at)
            .rev()
            .find(|p| day(*p) != day(at.saturating_sub(1)))
            .map_or(0, |p| p + 1);
        prop_assert_eq!(list.previous_day(at), (at > 0).then_some(start));
    }
    Ok(())
}

#[test]
fn many_hits_are_walked_to_only_as_far_as_asked() {
    let store = asked().1.store();
    let list = List::hits(Arc::clone(&store), set(0..store.len()));
    list.settle(&AtomicBool::new(false));
    assert_eq!(list.window(0..200).len(), 150);
}
