//! Reasons, flags and notes: sessions of two reviewers, commands, and what leaves of them.

use super::bundle::outlook::planned;
use super::tui::{Desk, chat, desk, session};
use docket::bundle::{self, Block, Options};
use docket::case::marks::{About, Reason, Said};
use docket::case::{Case, reasons};
use docket::check::{Verdict, overall};
use docket::model::{Decision, Flag, MessageNumber};
use docket::review::{Asking, How, Markings, Query, Session, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// A chat of 60 messages by three people.
fn small() -> Desk {
    let text = chat(
        &["Priya Shah", "Tom Reed", "Carol Danvers"],
        &[
            "the budget is late",
            "lunch on Sunday",
            "please call the clinic",
        ],
        60,
    );
    desk(&[("WhatsApp Chat with Quay.txt", text)])
}

fn asking(seen: Option<u64>) -> Asking {
    Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen,
    }
}

fn set(from: u32, to: u32) -> Target {
    let mut set = RoaringBitmap::new();
    set.insert_range(from..to);
    Target::Set(set, Some("a query".into()))
}

fn flag(flag: Flag) -> About {
    About::Flag { flag }
}

fn words(text: &str) -> Said {
    Said {
        reason: None,
        text: text.into(),
        word: None,
    }
}

fn put(session: &Session, target: &Target, about: &About, to: Option<&Said>) -> u32 {
    let done = session.put_mark(target, about, to, &asking(None), &mut ());
    done.unwrap().count
}

fn find(session: &Session, query: &str) -> Vec<u32> {
    let query = Query::parse(query).unwrap();
    // The canonical text parses to the same.
    assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
    let found = session.search(&query, &AtomicBool::new(false)).unwrap();
    found.iter().collect()
}

fn decide(session: &Session, target: &Target, decision: Decision, code: Option<&str>) -> u32 {
    let reason = code.map(|code| session.reason(code).unwrap());
    let asking = Asking {
        reason,
        ..asking(None)
    };
    let done = session.decide_with(target, decision, &asking, &mut ());
    done.unwrap().count
}

#[test]
fn flags_reasons_and_notes_are_found_undone_and_kept() {
    let desk = small();
    let ann = &desk.session;
    assert_eq!(put(ann, &set(3, 6), &flag(Flag::Hold), Some(&words(""))), 3);
    assert_eq!(
        put(ann, &set(5, 7), &flag(Flag::Privileged), Some(&words(""))),
        2
    );
    let note = ann.own_note();
    assert_eq!(
        put(ann, &set(8, 9), &note, Some(&words("ask Áma which quay"))),
        1
    );
    assert_eq!(
        decide(ann, &set(20, 23), Decision::Personal, Some("family")),
        3
    );
    let (about, target) = ann.thread_note(docket::model::ThreadId(0)).unwrap();
    assert_eq!(put(ann, &target, &about, Some(&words("all business"))), 1);
    assert_eq!(find(ann, "flag:hold"), [3, 4, 5]);
    assert_eq!(find(ann, "flag:hold flag:privileged"), [5]);
    assert_eq!(find(ann, "has:flag -flag:hold"), [6]);
    assert_eq!(find(ann, "note:\"ama WHICH\""), [8]);
    assert_eq!(find(ann, "has:note"), [0, 8]);
    assert_eq!(find(ann, "reason:FAMILY"), [20, 21, 22]);
    assert_eq!(find(ann, "has:reason is:personal"), [20, 21, 22]);

    // Another reason for what stands so already; then another decision without one.
    assert_eq!(
        decide(ann, &set(21, 24), Decision::Personal, Some("social")),
        3
    );
    assert_eq!(find(ann, "reason:social"), [21, 22, 23]);
    assert_eq!(decide(ann, &set(22, 23), Decision::Official, None), 1);
    assert_eq!(find(ann, "has:reason"), [20, 21, 23]);
    assert_eq!(ann.undo().unwrap().unwrap().count, 1);
    assert_eq!(find(ann, "reason:social"), [21, 22, 23]);
    assert_eq!(ann.undo().unwrap().unwrap().count, 3);
    assert_eq!(find(ann, "reason:family"), [20, 21, 22]);
    assert_eq!(find(ann, "is:personal"), [20, 21, 22]);
    assert_eq!(ann.redo().unwrap().unwrap().count, 3);
    assert_eq!(
        ann.redo().unwrap().unwrap().what,
        "official on 1 message at once"
    );
    assert_eq!(find(ann, "reason:social"), [21, 23]);

    // Who and when.
    let standing = ann.standing(MessageNumber(5)).unwrap();
    assert_eq!(standing.len(), 2);
    for one in &standing {
        assert_eq!(one.entry.as_ref().unwrap().actor.name, "Ann Reviewer");
    }
    // Marks are no decisions.
    assert!(ann.history(MessageNumber(5)).unwrap().is_empty());
    assert_eq!(ann.history(MessageNumber(22)).unwrap().len(), 7);

    // A rebuild and a session without its checkpoint say the same.
    let marks = ann.marks();
    let folder = ann.case().layout().root().to_owned();
    ann.case().rebuild(&mut ()).unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.marks(), marks);
    std::fs::remove_file(ann.case().layout().decisions()).ok();
    assert_eq!(session(&folder, "Fresh").marks(), marks);
    let check = ann.check().unwrap();
    assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);
}

#[test]
fn what_another_said_meanwhile_is_not_overwritten_unseen() {
    let desk = small();
    let ann = &desk.session;
    let bo = session(ann.case().layout().root(), "Bo");
    let hold = flag(Flag::Hold);
    let preview = ann.plan_mark(&set(0, 10), &hold, Some(&words(""))).unwrap();
    assert_eq!(
        (preview.count, preview.threads, preview.already),
        (10, 1, 0)
    );
    put(&bo, &set(4, 6), &hold, Some(&words("for the inquiry")));
    // A decision of another's is no conflict of a flag.
    decide(&bo, &set(0, 3), Decision::Official, None);
    let done = ann
        .put_mark(
            &set(0, 10),
            &hold,
            Some(&words("")),
            &asking(Some(preview.seen)),
            &mut (),
        )
        .unwrap();
    assert_eq!((done.count, done.conflicts.len()), (8, 2));
    let now = ann.plan_mark(&set(0, 10), &hold, Some(&words(""))).unwrap();
    assert_eq!((now.count, now.already, now.replaced), (2, 8, 2));
    // Bo takes one of Ann's off; her undo leaves it as he left it, and his words too.
    bo.refresh().unwrap();
    assert_eq!(put(&bo, &set(9, 10), &hold, None), 1);
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!((undone.count, undone.skipped), (7, 1));
    assert_eq!(find(ann, "flag:hold"), [4, 5]);
    // Each has a note of their own.
    put(ann, &set(4, 5), &ann.own_note(), Some(&words("mine")));
    put(&bo, &set(4, 5), &bo.own_note(), Some(&words("his")));
    ann.refresh().unwrap();
    assert_eq!(find(ann, "note:mine note:his"), [4]);
    assert_eq!(ann.undo().unwrap().unwrap().count, 1);
    assert_eq!(find(ann, "has:note"), [4]);
    assert!(matches!(
        ann.put_mark(
            &set(0, 1),
            &ann.own_note(),
            Some(&words(" ")),
            &asking(None),
            &mut ()
        ),
        Err(docket::review::ReviewError::NoWords)
    ));
}

#[test]
fn a_reason_keeps_the_meaning_it_had_when_the_list_changes() {
    let desk = small();
    let ann = &desk.session;
    let error = ann.reason("famly").unwrap_err().to_string();
    assert!(error.contains("did you mean family?"), "{error}");
    let path = ann.case().write_reasons().unwrap();
    assert!(ann.case().write_reasons().is_err());
    assert_eq!(
        ann.case().reasons().unwrap(),
        reasons::parse(reasons::DEFAULTS).unwrap()
    );
    decide(ann, &set(0, 2), Decision::Personal, Some("family"));
    std::fs::write(&path, "family  kin only\nquay  about the quay\n").unwrap();
    decide(ann, &set(2, 3), Decision::Personal, Some("family"));
    decide(ann, &set(3, 4), Decision::Official, Some("quay"));
    let means = |number| {
        ann.marks()
            .reason(MessageNumber(number))
            .unwrap()
            .means
            .clone()
    };
    assert_eq!(means(0), "family and home");
    assert_eq!(means(2), "kin only");
    assert_eq!(find(ann, "reason:family"), [0, 1, 2]);
    // The last used is offered first.
    assert_eq!(ann.reasons().unwrap()[0].code, "quay");
    std::fs::write(&path, "# mine\nquay\n").unwrap();
    let error = ann.reason("quay").unwrap_err().to_string();
    assert!(
        error.contains("reasons.txt:2: write what `quay` means"),
        "{error}"
    );
}

/// One act of the property test.
#[derive(Clone, Debug)]
enum Act {
    Flag(u32, u32, usize, u8),
    Note(u32, u32, u8),
    Decide(u32, u32, usize, u8),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let (from, len) = (0u32..60, 1u32..20);
    prop_oneof![
        3 => (from.clone(), len.clone(), 0usize..3, 0u8..4).prop_map(|(f, l, w, t)| Act::Flag(f, l, w, t)),
        2 => (from.clone(), len.clone(), 0u8..4).prop_map(|(f, l, t)| Act::Note(f, l, t)),
        3 => (from, len, 0usize..6, 0u8..3).prop_map(|(f, l, d, r)| Act::Decide(f, l, d, r)),
        1 => Just(Act::Reopen),
    ]
}

/// What stands, for comparing: marks without what was used last, and decisions.
fn state(session: &Session) -> (Vec<(u32, About, Said)>, Vec<Decision>) {
    let marks: std::sync::Arc<Markings> = session.marks();
    let numbers = 0..session.store().len();
    let said = numbers.clone().flat_map(|n| {
        let said = marks.of(MessageNumber(n)).into_iter();
        let said = said.map(|(about, said)| (n, about.clone(), said.clone()));
        said.collect::<Vec<_>>()
    });
    let decisions = numbers.map(|n| session.decision(MessageNumber(n)));
    (said.collect(), decisions.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// Undo goes back through every state to the start, redo forward again, whoever looks.
    #[test]
    fn undo_goes_back_to_the_start_and_redo_to_the_end(acts in proptest::collection::vec(act(), 1..20)) {
        let desk = small();
        let folder = desk.session.case().layout().root().to_owned();
        let mut ann = session(&folder, "Ann");
        let mut states = vec![state(&ann)];
        for act in acts {
            let said = |n: u8| (n > 0).then(|| words(&n.to_string()));
            let changed = match act {
                Act::Flag(from, len, which, text) => {
                    let about = flag(Flag::ALL[which]);
                    put(&ann, &set(from, (from + len).min(60)), &about, said(text).as_ref())
                }
                Act::Note(from, len, text) => {
                    let about = ann.own_note();
                    put(&ann, &set(from, (from + len).min(60)), &about, said(text).as_ref())
                }
                Act::Decide(from, len, decision, reason) => {
                    let decision = Decision::ALL[decision];
                    let code = [None, Some("family"), Some("legal")][usize::from(reason)];
                    let code = code.filter(|_| decision != Decision::Undecided);
                    decide(&ann, &set(from, (from + len).min(60)), decision, code)
                }
                Act::Reopen => {
                    ann = session(&folder, "Ann");
                    0
                }
            };
            let before = states.last().unwrap();
            prop_assert_eq!(changed > 0, state(&ann) != *before);
            if changed > 0 {
                states.push(state(&ann));
            }
        }
        for earlier in states.iter().rev().skip(1) {
            prop_assert_eq!(ann.undo().unwrap().unwrap().skipped, 0);
            prop_assert_eq!(&state(&ann), earlier);
        }
        prop_assert!(ann.undo().unwrap().is_none());
        for later in states.iter().skip(1) {
            ann.redo().unwrap().unwrap();
            prop_assert_eq!(&state(&ann), later);
        }
        prop_assert!(ann.redo().unwrap().is_none());
        std::fs::remove_file(ann.case().layout().decisions()).ok();
        let fresh = session(&folder, "Fresh");
        prop_assert_eq!(&state(&fresh), states.last().unwrap());
        let check = fresh.check().unwrap();
        prop_assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);
    }
}

/// Every byte of a bundle's files, and the names of the files that hold some words.
fn places(folder: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(places(&path, words));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if memchr::memmem::find(&bytes, words.as_bytes()).is_some() {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn plan(session: &Session, partial: bool, notes: bool) -> bundle::Plan {
    let options = Options {
        partial,
        notes,
        ..Options::default()
    };
    planned(session, &options)
}

#[test]
fn flags_and_reasons_of_what_leaves_leave_and_nothing_of_the_rest() {
    let desk = small();
    let ann = &desk.session;
    // Carol says only private things: every third message.
    let numbers =
        |own: &dyn Fn(u32) -> bool| Target::Set((0..60).filter(|n| own(*n)).collect(), None);
    decide(
        ann,
        &numbers(&|n| n % 3 == 0),
        Decision::Official,
        Some("commitment"),
    );
    decide(
        ann,
        &numbers(&|n| n % 3 != 0),
        Decision::Personal,
        Some("health"),
    );
    let held = words("EDRM 2021/443, filed by Carol Danvers");
    put(ann, &set(0, 2), &flag(Flag::AlreadyHeld), Some(&held));
    put(
        ann,
        &set(2, 3),
        &flag(Flag::Incident),
        Some(&words("only on what stays")),
    );
    let legal = Said {
        reason: Some(ann.reason("legal").unwrap()),
        text: String::new(),
        word: None,
    };
    put(ann, &set(3, 4), &flag(Flag::Privileged), Some(&legal));
    put(
        ann,
        &set(3, 4),
        &ann.own_note(),
        Some(&words("a note on Carol Danvers")),
    );
    put(
        ann,
        &set(4, 5),
        &ann.own_note(),
        Some(&words("a word on what stays")),
    );
    let out = ann.case().layout().root().with_file_name("out");
    std::fs::create_dir(&out).unwrap();

    let bag = out.join("whole");
    bundle::write(ann, &plan(ann, false, false), &bag, &mut ()).unwrap();
    let checks = bundle::verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
    let flags = std::fs::read_to_string(bag.join("flags.csv")).unwrap();
    let rows: Vec<_> = flags.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{flags}");
    assert!(rows[0].contains(r#""0","thread-0000","2021-03-25","already-held","","","EDRM 2021/443, filed by [person-"#), "{flags}");
    assert!(
        rows[1].contains(r#""3","thread-0000","2021-03-25","privileged","legal","legal advice"#),
        "{flags}"
    );
    assert!(rows[1].contains(r#""Ann Reviewer""#), "{flags}");
    assert_eq!(places(&bag, "\",\"commitment\",\""), ["decisions.csv"]);
    for words in [
        "Carol",
        "health",
        "own health",
        "only on what stays",
        "incident",
        "a note on",
        "a word on",
    ] {
        assert_eq!(places(&bag, words), [""; 0], "{words}");
    }

    // Notes only where they are asked for, and then only those on what leaves.
    let bag = out.join("notes");
    bundle::write(ann, &plan(ann, false, true), &bag, &mut ()).unwrap();
    assert_eq!(overall(&bundle::verify(&bag)), Verdict::Ok);
    assert_eq!(places(&bag, "a note on [person-"), ["notes.csv"]);
    assert_eq!(places(&bag, "a word on"), [""; 0]);
    assert_eq!(places(&bag, "Carol"), [""; 0]);
}

#[test]
fn a_hold_stands_in_the_way_and_stays_behind() {
    let desk = small();
    let ann = &desk.session;
    decide(ann, &set(0, 30), Decision::Official, None);
    decide(ann, &set(30, 60), Decision::Personal, None);
    // One on hold that would stay anyway, and two that would go.
    put(ann, &set(28, 31), &flag(Flag::Hold), Some(&words("")));
    assert_eq!(plan(ann, false, false).blocks, [Block::Hold(2)]);
    let partial = plan(ann, true, false);
    assert!(partial.is_ready());
    assert_eq!((partial.total.handed_over, partial.held), (28, 2));
    let out = ann.case().layout().root().with_file_name("out");
    std::fs::create_dir(&out).unwrap();
    bundle::write(ann, &partial, &out.join("part"), &mut ()).unwrap();
    let checks = bundle::verify(&out.join("part"));
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
    put(ann, &set(0, 60), &flag(Flag::Hold), None);
    assert!(plan(ann, false, false).is_ready());
    // A reason is not taken for what it is not.
    let reason = Some(Reason {
        code: "legal".into(),
        means: "x".into(),
    });
    let asking = Asking {
        reason,
        ..asking(None)
    };
    assert!(
        ann.decide_with(&set(0, 1), Decision::Undecided, &asking, &mut ())
            .is_err()
    );
    assert!(Case::open(ann.case().layout().root()).is_ok());
}
