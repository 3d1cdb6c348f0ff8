//! Rules on a real case: what they propose, what they keep, and that all of it can be taken back.

use docket::case::ledger::{Actor, Entry, How, Known};
use docket::case::{Case, ImportOptions};
use docket::model::{Decision, MessageNumber};
use docket::review::rules::{RuleNumber, RuleText};
use docket::review::{ReviewError, Session, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        how: Known::Given,
    }
}

/// A chat of invented people in which every third message is about the budget and every fourth
/// about lunch.
fn chat(folder: &Path, messages: u32) -> std::path::PathBuf {
    let mut text = String::new();
    for n in 0..messages {
        let who = ["Ann Other", "Bo Ek"][(n % 2) as usize];
        let about = match n {
            n if n % 3 == 0 && n % 4 == 0 => "budget over lunch",
            n if n % 3 == 0 => "the budget",
            n if n % 4 == 0 => "lunch",
            _ => "ok",
        };
        let (hour, minute) = (n / 60, n % 60);
        text += &format!("13/03/2021, {hour:02}:{minute:02} - {who}: {about} {n}\n");
    }
    let path = folder.join("WhatsApp Chat with Bo Ek.txt");
    std::fs::write(&path, text).unwrap();
    path
}

fn load(session: &Session, path: &Path) {
    let done = session.case().import(
        &[path.to_owned()],
        &ImportOptions::default(),
        session.actor(),
        &mut (),
    );
    done.unwrap();
    session.refresh().unwrap();
}

fn session(folder: &Path, name: &str) -> Session {
    Session::open(
        Case::open_or_create(&folder.join("case")).unwrap(),
        actor(name),
    )
    .unwrap()
}

fn rule(name: &str, query: &str, decision: Decision) -> RuleText {
    RuleText {
        name: name.into(),
        query: query.into(),
        decision,
        reason: Some(format!("because of {name}")),
        code: None,
    }
}

fn matches(session: &Session, rule: RuleNumber) -> docket::review::rules::Matches {
    session.matches(rule, &AtomicBool::new(false)).unwrap()
}

fn set(numbers: impl IntoIterator<Item = u32>) -> RoaringBitmap {
    numbers.into_iter().collect()
}

#[test]
fn a_rule_decides_what_nobody_has_and_keeps_what_somebody_decided() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 24));
    let one = Target::Message(MessageNumber(3));
    ann.decide(&one, Decision::Personal, How::Key, None)
        .unwrap();
    ann.decide(
        &Target::Message(MessageNumber(6)),
        Decision::Official,
        How::Key,
        None,
    )
    .unwrap();
    let (recorded, number) = ann
        .give_rule(None, &rule("Money ", "BUDGET", Decision::Official))
        .unwrap();
    assert!(recorded.is_some());
    assert_eq!(number, RuleNumber(1));
    let found = matches(&ann, number);
    assert_eq!(found.text.name, "Money");
    assert_eq!(found.found, set((0..24).step_by(3)));
    assert_eq!(found.exceptions, set([3]));
    assert_eq!(found.open, set([0, 9, 12, 15, 18, 21]));
    assert_eq!(
        found.standing,
        [
            (Decision::Undecided, 6),
            (Decision::Official, 1),
            (Decision::Personal, 1)
        ]
    );
    // To look is not to decide.
    assert_eq!(ann.tally_all().decided(), 2);
    let done = ann.run_rule(&found, false, &mut ()).unwrap();
    let entry = done.recorded.unwrap().entry;
    assert_eq!(
        entry,
        Entry::Decide {
            decision: Decision::Official,
            count: 6,
            how: How::Rule(number),
            query: Some(found.text.query.clone()),
            note: Some("because of Money".into()),
            reason: None,
            marks: Vec::new(),
        }
    );
    assert_eq!(ann.decision(MessageNumber(3)), Decision::Personal);
    // Asked for, the exception is decided too; and an undo gives it back.
    let again = matches(&ann, number);
    assert!(again.open.is_empty());
    assert_eq!(ann.run_rule(&again, true, &mut ()).unwrap().count, 1);
    assert_eq!(ann.decision(MessageNumber(3)), Decision::Official);
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!(undone.what, "official on 1 message by rule 1");
    assert_eq!(ann.decision(MessageNumber(3)), Decision::Personal);
}

#[test]
fn new_messages_are_proposed_and_never_decided_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 24));
    let text = rule("Money", "budget", Decision::Official);
    let (_, number) = ann.give_rule(None, &text).unwrap();
    let found = matches(&ann, number);
    // What the case had when the rule was given is not new.
    assert_eq!((found.count(), found.new), (8, 0));
    ann.run_rule(&found, false, &mut ()).unwrap();
    load(&ann, &chat(folder.path(), 48));
    let found = matches(&ann, number);
    assert_eq!((found.count(), found.new), (8, 8));
    assert_eq!(found.open, set((24..48).step_by(3)));
    assert_eq!(ann.tally_all().decided(), 8);
    let all = ann.proposals(&AtomicBool::new(false)).unwrap();
    assert_eq!(all, [found]);
    drop(ann);
    // The same after a restart, from the checkpoint and from the ledger.
    assert_eq!(matches(&session(folder.path(), "Ann"), number).new, 8);
    std::fs::remove_file(folder.path().join("case/derived/decisions")).unwrap();
    let ann = session(folder.path(), "Ann");
    assert_eq!(matches(&ann, number).new, 8);
    assert_eq!(ann.check().unwrap().verdict, docket::check::Verdict::Ok);
}

#[test]
fn rules_have_an_order_that_can_be_changed_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 24));
    for (name, query) in [("Money", "budget"), ("Food", "lunch"), ("All", "ok")] {
        let text = rule(name, query, Decision::Official);
        ann.give_rule(None, &text).unwrap();
    }
    let order = |session: &Session| -> Vec<u32> {
        session.rules().all().map(|(number, _)| number.0).collect()
    };
    // What two rules find, the first of them decides: two messages are about the budget over lunch.
    let earlier = |session: &Session| -> Vec<u32> {
        let all = session.proposals(&AtomicBool::new(false)).unwrap();
        all.iter().map(|one| one.earlier).collect()
    };
    assert_eq!(earlier(&ann), [0, 2, 0]);
    assert!(ann.move_rule(RuleNumber(1), 0).unwrap().is_none());
    let moved = ann.move_rule(RuleNumber(1), 9).unwrap().unwrap();
    let words = docket::review::act_in_words(&moved.entry);
    assert_eq!(words, "rule 1 moved to place 3: Money");
    assert_eq!(order(&ann), [2, 3, 1]);
    assert_eq!(earlier(&ann), [0, 0, 2]);
    // One that is removed comes back to its place.
    ann.remove_rule(RuleNumber(3)).unwrap();
    assert_eq!(order(&ann), [2, 1]);
    ann.undo().unwrap().unwrap();
    assert_eq!(order(&ann), [2, 3, 1]);
    ann.undo().unwrap().unwrap();
    assert_eq!(order(&ann), [1, 2, 3]);
    ann.redo().unwrap().unwrap();
    assert_eq!(order(&ann), [2, 3, 1]);
    // The same after a restart and from the first entry of the ledger.
    drop(ann);
    let ann = session(folder.path(), "Ann");
    assert_eq!(order(&ann), [2, 3, 1]);
    assert_eq!(ann.check().unwrap().verdict, docket::check::Verdict::Ok);
}

#[test]
fn a_rule_gives_its_reason_to_what_it_decides() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 24));
    let text = RuleText {
        reason: Some("advice".into()),
        ..rule("Money", "budget", Decision::Official)
    };
    let (_, number) = ann.give_rule(None, &text).unwrap();
    let given = ann.rules().get(number).unwrap().clone();
    assert_eq!(given.reason, None);
    assert_eq!(given.code.as_ref().unwrap().code, "advice");
    let done = ann.run_rule(&matches(&ann, number), false, &mut ());
    let Entry::Decide { reason, note, .. } = done.unwrap().recorded.unwrap().entry else {
        panic!("it decides");
    };
    assert_eq!((reason, note), (given.code, None));
    let query = docket::review::Query::parse("reason:advice").unwrap();
    let found = ann.search(&query, &AtomicBool::new(false)).unwrap();
    assert_eq!(found, set((0..24).step_by(3)));
}

#[test]
fn what_another_decided_meanwhile_is_kept_and_a_rule_that_changed_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 24));
    let text = rule("Money", "budget", Decision::Official);
    let (_, number) = ann.give_rule(None, &text).unwrap();
    let bo = session(folder.path(), "Bo");
    let found = matches(&ann, number);
    bo.decide(
        &Target::Message(MessageNumber(9)),
        Decision::Refer,
        How::Key,
        None,
    )
    .unwrap();
    let done = ann.run_rule(&found, false, &mut ()).unwrap();
    assert_eq!((done.count, done.conflicts), (7, set([9])));
    assert_eq!(ann.decision(MessageNumber(9)), Decision::Refer);

    let found = matches(&ann, number);
    let other = RuleText {
        decision: Decision::Personal,
        ..text.clone()
    };
    bo.give_rule(Some(number), &other).unwrap();
    let refused = ann.run_rule(&found, true, &mut ());
    assert!(matches!(refused, Err(ReviewError::RuleMeanwhile)));
    assert_eq!(ann.decision(MessageNumber(9)), Decision::Refer);
    // Ann's undo goes back over her run, and leaves Bo's text of her rule as it is.
    assert_eq!(ann.undo().unwrap().unwrap().count, 7);
    let kept = ann.undo().unwrap().unwrap();
    assert_eq!((kept.count, kept.skipped), (0, 1));
    assert_eq!(ann.rules().get(number), Some(&other));
}

#[test]
fn what_cannot_be_a_rule_is_refused_and_nothing_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    load(&ann, &chat(folder.path(), 4));
    let head = ann.head();
    for (name, query, decision) in [
        ("", "budget", Decision::Official),
        ("7", "budget", Decision::Official),
        ("x", "", Decision::Official),
        ("x", "from:", Decision::Official),
        ("x", "budget", Decision::Undecided),
    ] {
        let refused = ann.give_rule(None, &rule(name, query, decision));
        assert!(
            matches!(refused, Err(ReviewError::Rule(_))),
            "{name} {query}"
        );
    }
    assert!(
        ann.give_rule(Some(RuleNumber(1)), &rule("x", "ok", Decision::Mixed))
            .is_err()
    );
    assert!(ann.remove_rule(RuleNumber(1)).is_err());
    assert_eq!(ann.head(), head);
    ann.give_rule(None, &rule("Café", "ok", Decision::Mixed))
        .unwrap();
    let same = ann.give_rule(None, &rule("CAFE", "lunch", Decision::Mixed));
    assert!(matches!(same, Err(ReviewError::Rule(_))));
    // A removed rule's name is free, its number is not.
    ann.remove_rule(RuleNumber(1)).unwrap();
    let (_, second) = ann
        .give_rule(None, &rule("cafe", "lunch", Decision::Mixed))
        .unwrap();
    assert_eq!(second, RuleNumber(2));
    // The name is taken now: the removal stands, and says so.
    assert_eq!(ann.undo().unwrap().unwrap().what, "rule 2 added: cafe");
    assert_eq!(ann.undo().unwrap().unwrap().what, "rule 1 removed: Café");
    assert!(ann.rules().get(RuleNumber(1)).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// Whatever is given, changed, removed and run, in whatever order: undo gives back the start,
    /// redo the end, and the ledger says the same from its first entry.
    #[test]
    fn rules_in_any_order_can_be_taken_back(
        acts in proptest::collection::vec((0u8..8, 0u32..4, 0u8..5, any::<bool>()), 1..14),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let ann = session(folder.path(), "Ann");
        load(&ann, &chat(folder.path(), 24));
        ann.decide(&Target::Message(MessageNumber(3)), Decision::Refer, How::Key, None).unwrap();
        let queries = ["budget", "lunch", "from:ann", "budget OR ok"];
        let start = (*ann.decisions()).clone();
        let mut steps = 0;
        for (act, which, decision, over) in acts {
            let decision = Decision::from_code(decision + 1).unwrap();
            let number = RuleNumber(which + 1);
            let text = rule(&format!("rule {act} {which}"), queries[which as usize], decision);
            let recorded = match act {
                0 | 1 => ann.give_rule(None, &text).ok().and_then(|(recorded, _)| recorded),
                2 => ann.give_rule(Some(number), &text).ok().and_then(|(recorded, _)| recorded),
                3 => ann.remove_rule(number).ok().flatten(),
                6 | 7 => ann.move_rule(number, u32::from(decision.code())).ok().flatten(),
                _ => match ann.matches(number, &AtomicBool::new(false)) {
                    Err(_) => None,
                    Ok(found) => {
                        let done = ann.run_rule(&found, over, &mut ()).unwrap();
                        let kept = if over { RoaringBitmap::new() } else { found.exceptions.clone() };
                        for number in kept {
                            prop_assert_ne!(ann.decision(MessageNumber(number)), found.text.decision);
                        }
                        done.recorded
                    }
                },
            };
            steps += usize::from(recorded.is_some());
        }
        let all = |session: &Session| -> Vec<(RuleNumber, RuleText)> {
            session.rules().all().map(|(number, text)| (number, text.clone())).collect()
        };
        let (end, rules) = ((*ann.decisions()).clone(), all(&ann));
        for _ in 0..steps {
            prop_assert_eq!(ann.undo().unwrap().unwrap().skipped, 0);
        }
        prop_assert_eq!(&*ann.decisions(), &start);
        prop_assert!(ann.rules().is_empty());
        for _ in 0..steps {
            prop_assert_eq!(ann.redo().unwrap().unwrap().skipped, 0);
        }
        prop_assert_eq!(&*ann.decisions(), &end);
        prop_assert_eq!(all(&ann), rules);
        prop_assert_eq!(ann.check().unwrap().verdict, docket::check::Verdict::Ok);
    }
}

#[test]
fn the_commands_do_what_the_help_says() {
    let folder = tempfile::tempdir().unwrap();
    let first = chat(folder.path(), 24).to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .env_clear()
            .env("HOME", folder.path())
            .env("DOCKET_CASE", folder.path().join("case"))
            .env("DOCKET_REVIEWER", "Ann")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        (
            done.status.code().unwrap(),
            text + &String::from_utf8(done.stderr).unwrap(),
        )
    };
    assert_eq!(run(&["import", &first]).0, 0);
    assert_eq!(run(&["tag", "refer", "lunch", "budget", "--yes"]).0, 0);
    let (code, text) = run(&[
        "rule",
        "add",
        "Money",
        "--decision",
        "official",
        "--reason",
        "the budget",
        "budget",
    ]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("finds 8 messages; would decide 6 in 1 thread"),
        "{text}"
    );
    assert!(text.contains("2  now refer, an exception"), "{text}");
    assert!(text.contains("saved: rule 1 added: Money, entry"), "{text}");
    let (code, text) = run(&["rule", "show", "money"]);
    assert_eq!(code, 0);
    assert!(text.contains("budget over lunch 12"), "{text}");
    // No terminal to ask at: it shows what it would do, and does not.
    let (code, text) = run(&["rule", "run", "1"]);
    assert_eq!(code, 3);
    assert!(text.contains("--yes does it"), "{text}");
    let (code, text) = run(&["rule", "run", "1", "--yes"]);
    assert_eq!(code, 0);
    assert!(
        text.contains("saved: 6 messages official by rule 1, entry"),
        "{text}"
    );
    assert!(
        run(&["log"])
            .1
            .contains("official on 6 messages by rule 1, query: budget; the budget")
    );
    let second = chat(folder.path(), 48).to_str().unwrap().to_owned();
    let (_, text) = run(&["import", &second]);
    assert!(
        text.contains("rule 1 (Money) would decide 8 new messages official"),
        "{text}"
    );
    let (_, text) = run(&["status"]);
    assert!(
        text.contains("rule 1 (Money) would decide 8 new messages official"),
        "{text}"
    );
    let (_, text) = run(&["rules", "--json"]);
    let row: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(
        (&row["rule"], &row["new"], &row["exceptions"]),
        (&1.into(), &8.into(), &2.into())
    );
    assert_eq!(run(&["rule", "change", "money", "--name", "Funds"]).0, 0);
    assert_eq!(run(&["rule", "run", "Money", "--yes"]).0, 2);
    assert_eq!(run(&["rule", "remove", "funds"]).0, 0);
    assert!(run(&["rules"]).1.contains("no rules yet"));
    let (code, text) = run(&["undo"]);
    assert_eq!(code, 0);
    assert!(text.contains("taken back: rule 1 removed: Funds"), "{text}");
    assert!(run(&["rules"]).1.contains("rule 1  Funds"));
    let (code, text) = run(&["rule", "add", "x", "--decision", "undecided", "budget"]);
    assert_eq!(code, 2, "{text}");
}
