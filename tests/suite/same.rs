//! A person's word that messages are the same, or that they are not: what is decided then, how it
//! is taken back, and what leaves.

use docket::bundle;
use docket::case::ledger::Known;
use docket::case::marks::{About, Said};
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::model::{Decision, Flag, MessageNumber, SourceId, ThreadId};
use docket::review::{Apart, Asking, How, Query, Session, Target};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Messages of the chat that two phones tell of, which the import makes one.
const CHAT: u32 = 24;
/// Messages of another chat.
const OTHER: u32 = 8;

fn line(minute: u32, sender: &str, text: &str) -> String {
    let (hour, minute) = (minute / 60, minute % 60);
    format!("13/03/2021, {hour:02}:{minute:02} - {sender}: {text}\n")
}

fn text(at: u32) -> String {
    format!("item {at} of the plan needs another look")
}

fn sender(at: u32) -> &'static str {
    if at % 5 < 2 { "Ann" } else { "Bo" }
}

/// The number in the other chat of what this message of the first says.
fn twin(of: u32) -> u32 {
    CHAT + OTHER - 2 - of
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |sub: &str, name: &str, text: String| -> PathBuf {
        let sub = folder.path().join(sub);
        std::fs::create_dir_all(&sub).unwrap();
        std::fs::write(sub.join(name), text).unwrap();
        sub.join(name)
    };
    let chat: String = (0..CHAT)
        .map(|at| line(at * 3, sender(at), &text(at)))
        .collect();
    // The other phone's clock is an hour ahead.
    let theirs: String = (0..CHAT)
        .map(|at| line(at * 3 + 60, sender(at), &text(at)))
        .collect();
    // The same people once more, late and out of order: the import keeps it apart, though some of
    // it is the same.
    let other: String = (0..OTHER)
        .map(|at| match at % 2 {
            0 => line(10 + at / 2, sender(OTHER - 2 - at), &text(OTHER - 2 - at)),
            _ => line(10 + at / 2, "Bo", &format!("something else, {at}")),
        })
        .collect();
    let paths = [
        put("a", "WhatsApp Chat with Bo.txt", chat),
        put("b", "WhatsApp Chat with Ann.txt", theirs),
        put("c", "WhatsApp Chat with Quay.txt", other),
    ];
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let reports = case.import(&paths, &ImportOptions::default(), &actor("Ann"), &mut ());
    let new: Vec<u32> = reports.unwrap().iter().map(|report| report.new).collect();
    assert_eq!(new, [CHAT, 0, OTHER], "what the tests rest on");
    folder
}

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        how: Known::Given,
    }
}

fn session(folder: &Path, name: &str) -> Session {
    Session::open(Case::open(&folder.join("case")).unwrap(), actor(name)).unwrap()
}

fn n(number: u32) -> MessageNumber {
    MessageNumber(number)
}

fn decide(session: &Session, number: u32, decision: Decision) -> u32 {
    let target = Target::Message(n(number));
    let done = session.decide(&target, decision, How::Key, None);
    done.unwrap().count
}

fn flag(session: &Session, number: u32, flag: Flag) {
    let asking = Asking {
        how: How::Key,
        note: None,
        reason: None,
        seen: None,
    };
    let (target, about) = (Target::Message(n(number)), About::Flag { flag });
    let said = Some(Said::default());
    session
        .put_mark(&target, &about, said.as_ref(), &asking, &mut ())
        .unwrap();
}

fn find(session: &Session, query: &str) -> Vec<u32> {
    let query = Query::parse(query).unwrap();
    let found = session.search(&query, &AtomicBool::new(false));
    found.unwrap().iter().collect()
}

fn same(session: &Session, one: u32, other: u32) -> docket::review::Same {
    session.say_same(&[(n(one), n(other))], None, None).unwrap()
}

fn assert_sound(session: &Session) {
    let check = session.check().unwrap();
    assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);
    let all = session.tally_all();
    let decided: u32 = Decision::ALL.iter().map(|one| all.of(*one)).sum();
    assert_eq!(
        decided + all.system + all.unreadable + all.copies,
        all.total
    );
}

#[test]
fn what_is_the_same_is_decided_once_and_found_once() {
    let folder = folder();
    let ann = session(folder.path(), "Ann");
    let (one, other) = (2, twin(2));
    assert_eq!(ann.store().text(n(one)), ann.store().text(n(other)));
    decide(&ann, other, Decision::Official);
    flag(&ann, other, Flag::Hold);
    let done = same(&ann, other, one);
    assert_eq!((done.joined, done.clashes.len()), (1, 0));
    // What was decided and said of the copy holds for the message that stands for both.
    for number in [one, other] {
        assert_eq!(ann.decision(n(number)), Decision::Official);
    }
    assert_eq!(ann.marks().flags(n(one)), [Flag::Hold]);
    assert_eq!(ann.tally_all().copies, 1);
    assert_eq!(find(&ann, r#""item 2 of""#), [one]);
    assert_eq!(find(&ann, "flag:hold"), [one]);
    assert_eq!(find(&ann, "in:1 is:official"), [one]);
    assert_eq!(
        find(&ann, "item -is:official").len() as u32,
        CHAT - 1 + OTHER / 2 - 1
    );
    // Deciding one decides both.
    assert_eq!(decide(&ann, other, Decision::Personal), 1);
    assert_eq!(ann.decision(n(one)), Decision::Personal);
    assert_eq!(find(&ann, "is:personal"), [one]);
    assert_sound(&ann);
    // A restart, without and with what was kept for it, and a rebuild.
    let kept = ann.case().layout().decisions();
    drop(ann);
    for checkpoint in [true, false] {
        if !checkpoint {
            std::fs::remove_file(&kept).unwrap();
        }
        let again = session(folder.path(), "Bo");
        assert_eq!(again.same().head(n(other)), n(one));
        assert_eq!(again.decision(n(other)), Decision::Personal);
        assert_eq!(again.tally_all().copies, 1);
    }
    let again = session(folder.path(), "Ann");
    again.case().rebuild(&mut ()).unwrap();
    again.refresh().unwrap();
    assert_sound(&again);
    // Taken back one by one.
    assert_eq!(again.undo().unwrap().unwrap().what, "personal on 1 message");
    let undone = again.undo().unwrap().unwrap();
    assert_eq!(
        undone.what,
        format!("messages {one} and {other} are the same")
    );
    assert_eq!(again.decision(n(one)), Decision::Undecided);
    assert_eq!(again.decision(n(other)), Decision::Official);
    assert_eq!(again.marks().flags(n(other)), [Flag::Hold]);
    assert!(again.marks().flags(n(one)).is_empty());
    assert_eq!(again.tally_all().copies, 0);
    again.redo().unwrap().unwrap();
    assert_eq!(again.decision(n(one)), Decision::Official);
    assert_sound(&again);
}

#[test]
fn different_decisions_are_shown_and_never_overwritten_unseen() {
    let folder = folder();
    let ann = session(folder.path(), "Ann");
    let bo = session(folder.path(), "Bo");
    let (one, other) = (2, twin(2));
    decide(&ann, one, Decision::Official);
    decide(&bo, other, Decision::Personal);
    let done = same(&ann, one, other);
    assert_eq!((done.joined, &done.recorded), (0, &None));
    assert_eq!(done.clashes[0].one, (n(one), Decision::Official));
    assert_eq!(done.clashes[0].other, (n(other), Decision::Personal));
    // Ann says which holds; but Bo has decided anew what she looked at.
    let seen = ann.head().seq;
    bo.refresh().unwrap();
    decide(&bo, other, Decision::Refer);
    let pair = [(n(one), n(other))];
    let done = ann
        .say_same(&pair, Some(Decision::Official), Some(seen))
        .unwrap();
    assert_eq!((done.joined, done.clashes.len()), (0, 1));
    let done = ann.say_same(&pair, Some(Decision::Mixed), None).unwrap();
    assert_eq!(done.joined, 1);
    bo.refresh().unwrap();
    assert_eq!(bo.decision(n(other)), Decision::Mixed);
    // Bo's own decision on the copy cannot be taken back while it has none.
    let undone = bo.undo().unwrap().unwrap();
    assert_eq!((undone.count, undone.skipped), (0, 1));
    assert_sound(&bo);
    // What is decided since stays when the word is taken back, and so does the word where that
    // would overwrite it.
    ann.refresh().unwrap();
    assert!(ann.undo().unwrap().is_some());
    assert_eq!(ann.decision(n(one)), Decision::Official);
    assert_eq!(ann.decision(n(other)), Decision::Refer);
    bo.refresh().unwrap();
    decide(&bo, other, Decision::Context);
    ann.refresh().unwrap();
    let again = ann.redo().unwrap().unwrap();
    assert!(again.skipped > 0);
    assert_eq!(ann.decision(n(other)), Decision::Context);
    assert_sound(&ann);
}

#[test]
fn what_an_import_merged_is_taken_apart_with_a_number_of_its_own() {
    let folder = folder();
    let ann = session(folder.path(), "Ann");
    let len = ann.store().len();
    decide(&ann, 5, Decision::Official);
    assert_eq!(ann.store().also_in(n(5)).len(), 1);
    ann.say_apart(Apart::Message(n(5))).unwrap().unwrap();
    let (store, own) = (ann.store(), len);
    assert_eq!(store.len(), len + 1);
    let (message, copy) = (store.message(n(5)).unwrap(), store.message(n(own)).unwrap());
    assert_eq!((copy.source, copy.thread), (SourceId(1), ThreadId(0)));
    assert_eq!(copy.text, message.text);
    assert_eq!(copy.time.unwrap() - message.time.unwrap(), 3600);
    assert!(store.also_in(n(5)).is_empty());
    // It stands behind the one that it was taken for, undecided: nobody judged it for itself.
    let (_, at) = store.position_of(n(5)).unwrap();
    assert_eq!(store.thread_message(ThreadId(0), at + 1), Some(n(own)));
    assert_eq!(ann.decision(n(5)), Decision::Official);
    assert_eq!(ann.decision(n(own)), Decision::Undecided);
    assert_eq!(find(&ann, r#""item 5 of" in:0"#), [5, own]);
    assert_eq!(find(&ann, "source:1"), [own]);
    assert_eq!(decide(&ann, own, Decision::Personal), 1);
    assert_sound(&ann);
    let raw = store.raw(n(own)).unwrap();
    assert_eq!(raw, line(75, sender(5), &text(5)).as_bytes());
    // A rebuild gives the same numbers.
    let before: Vec<_> = (0..store.len())
        .map(|at| store.position_of(n(at)))
        .collect();
    ann.case().rebuild(&mut ()).unwrap();
    ann.refresh().unwrap();
    let store = ann.store();
    let after: Vec<_> = (0..store.len())
        .map(|at| store.position_of(n(at)))
        .collect();
    assert_eq!(before, after);
    let checks = ann.case().check(true, None, &mut ());
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    assert_eq!(ann.decision(n(own)), Decision::Personal);
    // Taken back, it is a copy again and keeps its number; apart once more, no other is given.
    ann.undo().unwrap().unwrap();
    ann.undo().unwrap().unwrap();
    assert_eq!(ann.same().head(n(own)), n(5));
    assert_eq!(ann.decision(n(own)), Decision::Official);
    assert_eq!(find(&ann, r#""item 5 of" in:0"#), [5]);
    ann.say_apart(Apart::Message(n(5))).unwrap().unwrap();
    assert_eq!(ann.store().len(), len + 1);
    assert!(ann.say_apart(Apart::Message(n(5))).is_err());
    same(&ann, 5, own);
    assert_eq!(ann.tally_all().copies, 1);
    assert_sound(&ann);
    // A later import goes on behind it.
    let path = folder.path().join("WhatsApp Chat with Zoe.txt");
    std::fs::write(
        &path,
        line(1, "Zoe", "hello") + &line(2, "Ann", "hello back"),
    )
    .unwrap();
    let options = ImportOptions::default();
    ann.case()
        .import(&[path], &options, &actor("Ann"), &mut ())
        .unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.store().len(), len + 3);
    assert_eq!(ann.store().message(n(len + 1)).unwrap().source, SourceId(3));
    ann.case().rebuild(&mut ()).unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.same().head(n(own)), n(5));
    assert_sound(&ann);
}

#[test]
fn what_may_be_the_same_is_proposed_with_its_evidence_and_merged_by_nobody() {
    let folder = folder();
    let ann = session(folder.path(), "Ann");
    let likely = |session: &Session| {
        let found = session.likely_same(&AtomicBool::new(false)).unwrap();
        let pairs = found.iter().map(|one| (one.one.0, one.other.0));
        (pairs.collect::<Vec<_>>(), found)
    };
    let (pairs, found) = likely(&ann);
    let expected: Vec<_> = (0..OTHER).step_by(2).map(|at| (at, twin(at))).collect();
    assert_eq!(pairs, expected);
    assert_eq!(
        found[0].evidence,
        "threads 0 and 1 with the same people; the same words, the same sender, 13 min apart"
    );
    assert_eq!(ann.tally_all().copies, 0);
    // What is settled is not proposed again, either way.
    same(&ann, 0, twin(0));
    ann.say_apart(Apart::Two(n(2), n(twin(2))))
        .unwrap()
        .unwrap();
    assert_eq!(ann.say_apart(Apart::Two(n(2), n(twin(2)))).unwrap(), None);
    assert_eq!(likely(&ann).0, expected[2..]);
    ann.undo().unwrap().unwrap();
    assert_eq!(likely(&ann).0, expected[1..]);
    // Whole threads.
    let common = ann.common(ThreadId(0), ThreadId(1)).unwrap();
    assert_eq!(common.pairs.len() as u32, OTHER / 2);
    assert_eq!(
        (common.only_one, common.only_other),
        (CHAT - OTHER / 2, OTHER / 2)
    );
    assert_eq!(common.ahead, 360);
    let done = ann.say_same(&common.pairs, None, None).unwrap();
    assert_eq!((done.joined, done.already), (OTHER / 2 - 1, 1));
    assert_eq!(ann.tally(ThreadId(1)).copies, OTHER / 2);
    assert_sound(&ann);
}

#[test]
fn a_bundle_has_one_record_of_what_is_the_same_and_counts_the_copies() {
    let folder = folder();
    let ann = session(folder.path(), "Ann");
    same(&ann, 2, twin(2));
    same(&ann, 4, twin(4));
    ann.say_apart(Apart::Message(n(6))).unwrap();
    for number in 0..ann.store().len() {
        let decision = match number {
            2 => Decision::Official,
            _ if number == twin(2) => continue,
            _ => Decision::Personal,
        };
        decide(&ann, number, decision);
    }
    for key in ["reference", "department", "custodian"] {
        ann.set_fact(key, Some("Given"), None).unwrap();
    }
    let plan = bundle::plan(&ann, &bundle::Options::default()).unwrap();
    assert!(plan.blocks.is_empty(), "{:?}", plan.blocks);
    let bag = folder.path().join("bag");
    bundle::write(&ann, &plan, &bag, &mut ()).unwrap();
    let checks = bundle::verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    let decisions = std::fs::read_to_string(bag.join("decisions.csv")).unwrap();
    assert_eq!(decisions.lines().count(), 2, "{decisions}");
    let told = std::fs::read_to_string(bag.join("reconciliation.csv")).unwrap();
    let rows: Vec<&str> = told.lines().skip(1).collect();
    let known = r#""2","thread-0000","2021-03-13","source-0002","said-same","1""#;
    assert!(rows.contains(&known), "{told}");
    assert!(rows.contains(&r#""","","","","said-same","1""#), "{told}");
    // Who says the same is on hold, holds what stands for it.
    flag(&ann, twin(2), Flag::Hold);
    let plan = bundle::plan(&ann, &bundle::Options::default()).unwrap();
    assert_eq!(plan.held, 1);
}

/// An act of the property test.
#[derive(Clone, Debug)]
enum Act {
    Decide(u32, usize),
    Flag(u32, usize),
    Same(u32, u32, usize),
    Apart(u32),
    Two(u32, u32),
    Me(bool),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let all = CHAT + OTHER;
    // Few messages, so that acts meet.
    let some = move || prop_oneof![0..6u32, CHAT..CHAT + 4, 0..all + 2];
    prop_oneof![
        4 => (some(), 0usize..6).prop_map(|(at, to)| Act::Decide(at, to)),
        2 => (some(), 0usize..3).prop_map(|(at, flag)| Act::Flag(at, flag)),
        4 => (some(), some(), 0usize..6).prop_map(|(a, b, to)| Act::Same(a, b, to)),
        3 => some().prop_map(Act::Apart),
        1 => (some(), some()).prop_map(|(a, b)| Act::Two(a, b)),
        1 => any::<bool>().prop_map(Act::Me),
        1 => Just(Act::Reopen),
    ]
}

/// What stands. A copy that got its number on the way is a copy before, and has no decision or
/// mark of its own: it is left out.
type State = (Vec<(u32, u32, Decision, Vec<Flag>)>, Option<u32>, usize);

fn state(session: &Session) -> State {
    let (same, marks) = (session.same(), session.marks());
    let all = (0..session.store().len())
        .map(n)
        .filter(|number| number.0 < CHAT + OTHER || !same.is_copy(*number))
        .map(|number| {
            let decision = session.decisions().decision(number);
            (number.0, same.head(number).0, decision, marks.flags(number))
        });
    let me = session
        .facts()
        .me(&session.store(), SourceId(0))
        .map(|me| me.0);
    let apart = (0..CHAT + OTHER)
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .filter(|(a, b)| same.is_apart(n(*a), n(*b)))
        .count();
    (all.collect(), me, apart)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Undo goes back through every state to the start, redo forward again, whoever looks.
    #[test]
    fn undo_goes_back_to_the_start_and_redo_to_the_end(
        acts in proptest::collection::vec(act(), 1..24),
    ) {
        let folder = folder();
        let mut ann = session(folder.path(), "Ann");
        let mut states = vec![state(&ann)];
        for act in acts {
            let len = ann.store().len();
            let before = ann.head().seq;
            match act {
                Act::Decide(at, to) if at < len => {
                    decide(&ann, at, Decision::ALL[to]);
                    let head = ann.same().head(n(at));
                    prop_assert_eq!(ann.decision(n(at)), Decision::ALL[to]);
                    prop_assert_eq!(ann.decisions().decision(head), Decision::ALL[to]);
                }
                Act::Flag(at, which) if at < len => flag(&ann, at, Flag::ALL[which]),
                Act::Same(a, b, to) if a < len && b < len && a != b => {
                    let decision = Some(Decision::ALL[to]).filter(|to| *to != Decision::Undecided);
                    let done = ann.say_same(&[(n(a), n(b))], decision, None).unwrap();
                    prop_assert_eq!(
                        ann.same().head(n(a)) == ann.same().head(n(b)),
                        done.clashes.is_empty()
                    );
                    prop_assert_eq!(ann.decision(n(a)) == ann.decision(n(b)), done.clashes.is_empty());
                }
                Act::Apart(at) if at < len => {
                    let parted = ann.say_apart(Apart::Message(n(at))).is_ok();
                    prop_assert!(!parted || !ann.same().is_copy(n(at)));
                    prop_assert!(!parted || ann.store().also_in(n(at)).is_empty());
                }
                Act::Two(a, b) if a < len && b < len && a != b => {
                    ann.say_apart(Apart::Two(n(a), n(b))).unwrap();
                    prop_assert!(ann.same().head(n(a)) != ann.same().head(n(b)));
                }
                Act::Me(is_first) => {
                    let who = ann.store().participants()[usize::from(is_first)].id;
                    ann.set_me(SourceId(0), Some(who)).unwrap();
                }
                Act::Reopen => ann = session(folder.path(), "Ann"),
                _ => {}
            }
            // A number of its own is no act: the act that needed it is another entry.
            let entries = ann.case().ledger().entries(before + 1).unwrap();
            let acts = entries.iter().filter(|one| {
                !matches!(one.entry, docket::case::ledger::Entry::OwnNumbers { .. })
            });
            if acts.count() > 0 {
                states.push(state(&ann));
            }
        }
        assert_sound(&ann);
        for earlier in states.iter().rev().skip(1) {
            let undone = ann.undo().unwrap().unwrap();
            prop_assert_eq!(undone.skipped, 0, "{}", undone.what);
            prop_assert_eq!(&state(&ann), earlier);
        }
        prop_assert!(ann.undo().unwrap().is_none());
        for later in states.iter().skip(1) {
            ann.redo().unwrap().unwrap();
            prop_assert_eq!(&state(&ann), later);
        }
        prop_assert!(ann.redo().unwrap().is_none());
        ann.case().rebuild(&mut ()).unwrap();
        std::fs::remove_file(ann.case().layout().decisions()).ok();
        let fresh = session(folder.path(), "Fresh");
        prop_assert_eq!(&state(&fresh), states.last().unwrap());
        assert_sound(&fresh);
    }
}
