//! The second reviewer: words on decisions, answers, samples for quality, and what leaves of them.

use super::bundle::outlook::planned;
use super::tui::{Desk, chat, desk, session};
use docket::bundle::{self, Block, Options};
use docket::case::Case;
use docket::case::marks::About;
use docket::case::masks::Part;
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber, ThreadId};
use docket::review::quality::QualityWanted;
use docket::review::sample::Wanted;
use docket::review::second::{SecondAct, Stand};
use docket::review::waiting::Waiting;
use docket::review::{Asking, Decided, How, Query, ReviewError, Session, Spot, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A case, and where it lies.
struct Quay {
    _desk: Desk,
    folder: PathBuf,
}

/// A chat of 60 messages by three people.
fn small() -> Quay {
    let text = chat(
        &["Priya Shah", "Tom Reed", "Carol Danvers"],
        &["the budget is late", "lunch on Sunday", "call the clinic"],
        60,
    );
    let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
    Quay {
        folder: desk.session.case().layout().root().to_owned(),
        _desk: desk,
    }
}

fn asking(note: &str) -> Asking {
    Asking {
        how: How::Bulk,
        note: (!note.is_empty()).then(|| note.into()),
        reason: None,
        seen: None,
    }
}

fn set(from: u32, to: u32) -> Target {
    let mut set = RoaringBitmap::new();
    set.insert_range(from..to);
    Target::Set(set, Some("a query".into()))
}

fn decide(session: &Session, target: &Target, decision: Decision) -> Decided {
    session.refresh().unwrap();
    session.decide(target, decision, How::Bulk, None).unwrap()
}

fn said(
    session: &Session,
    target: &Target,
    act: SecondAct,
    note: &str,
) -> Result<u32, ReviewError> {
    session.refresh().unwrap();
    let done = session.say_second(target, act, &asking(note), &mut ())?;
    assert!(done.conflicts.is_empty());
    Ok(done.count)
}

fn find(session: &Session, query: &str) -> Vec<u32> {
    session.refresh().unwrap();
    let query = Query::parse(query).unwrap();
    // The canonical text parses to the same.
    assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
    let found = session.search(&query, &AtomicBool::new(false)).unwrap();
    found.iter().collect()
}

fn one(number: u32) -> Target {
    Target::Message(MessageNumber(number))
}

const SIGN: SecondAct = SecondAct::Countersign;

#[test]
fn nobody_countersigns_their_own_decision() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 10), Decision::Official);
    decide(&bo, &set(10, 12), Decision::Personal);
    let refused = said(&ann, &set(0, 10), SIGN, "").unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("nobody countersigns their own decision")
    );
    // The same name, however it is written.
    let other = session(&desk.folder, " ANN");
    assert!(matches!(
        said(&other, &one(3), SIGN, ""),
        Err(ReviewError::Own)
    ));
    let undecided = said(&bo, &set(30, 32), SIGN, "").unwrap_err();
    assert!(
        undecided
            .to_string()
            .contains("nobody has decided this yet")
    );
    // Of many, one's own and what is undecided are left out.
    let preview = ann.plan_second(&set(0, 20), SIGN, &asking("")).unwrap();
    assert_eq!((preview.count, preview.own, preview.undecided), (2, 10, 8));
    assert_eq!(preview.whose, [("Bo".to_owned(), 2)]);
    assert_eq!(said(&ann, &set(0, 20), SIGN, "").unwrap(), 2);
    assert_eq!(said(&ann, &set(0, 20), SIGN, "").unwrap(), 0);
    assert_eq!(find(&ann, "is:countersigned"), [10, 11]);
    assert_eq!(find(&bo, "countersigned-by:ann by:bo"), [10, 11]);
    assert!(ann.check().unwrap().verdict == Verdict::Ok);
}

#[test]
fn a_countersign_lapses_with_the_decision_and_comes_back_with_it() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 10), Decision::Official);
    assert_eq!(said(&bo, &set(0, 10), SIGN, "seen").unwrap(), 10);
    decide(&ann, &set(4, 6), Decision::Personal);
    assert_eq!(find(&bo, "is:lapsed"), [4, 5]);
    assert_eq!(find(&bo, "is:countersigned").len(), 8);
    // Deciding as it was is a new decision, which nobody has seen.
    decide(&ann, &set(4, 5), Decision::Official);
    assert_eq!(find(&bo, "is:lapsed"), [4, 5]);
    ann.undo().unwrap().unwrap();
    ann.undo().unwrap().unwrap();
    assert_eq!(find(&bo, "is:countersigned").len(), 10);
    ann.redo().unwrap().unwrap();
    assert_eq!(find(&bo, "is:lapsed"), [4, 5]);
    // Another reason is another decision.
    let family = Asking {
        reason: Some(ann.reason("family").unwrap()),
        ..asking("")
    };
    ann.decide_with(&one(0), Decision::Official, &family, &mut ())
        .unwrap();
    assert_eq!(find(&bo, "is:lapsed"), [0, 4, 5]);
    // Countersigned anew; then the word on the new decision lapses with the undo of that decision.
    assert_eq!(said(&bo, &one(4), SIGN, "").unwrap(), 1);
    ann.refresh().unwrap();
    ann.undo().unwrap().unwrap();
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!(undone.count, 2);
    assert_eq!(find(&bo, "is:lapsed"), [4]);
    assert_eq!(ann.redo().unwrap().unwrap().count, 2);
    assert_eq!(find(&bo, "is:lapsed"), [5]);
    let told = bo.words_of(MessageNumber(4)).unwrap();
    assert!(told.len() >= 4, "{told:?}");
    assert!(told.iter().all(|(_, by, _)| by == "Bo"));
    drop((ann, bo));
    let again = session(&desk.folder, "Carol");
    assert_eq!(find(&again, "is:lapsed"), [5]);
    assert!(again.check().unwrap().verdict == Verdict::Ok);
}

#[test]
fn a_countersign_of_a_mixed_message_lapses_with_its_masks() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 4), Decision::Mixed);
    decide(&ann, &set(4, 6), Decision::Official);
    assert_eq!(said(&bo, &set(0, 3), SIGN, "seen").unwrap(), 3);
    assert_eq!(said(&bo, &set(4, 6), SIGN, "seen").unwrap(), 2);
    let would = SecondAct::Disagree(Decision::Personal);
    assert_eq!(said(&bo, &one(3), would, "all of it").unwrap(), 1);
    ann.refresh().unwrap();
    let personal = ann.mask_reason("personal").unwrap();
    let mask = |target: &Target| {
        let spot = Spot::Span(Part::Text, 0..3);
        ann.redact(target, &spot, Some(&personal), &asking(""), &mut ())
            .unwrap()
            .count
    };
    // Of what is official the decision is what was seen.
    assert_eq!(mask(&set(1, 6)), 5);
    bo.refresh().unwrap();
    assert_eq!(find(&bo, "is:lapsed"), [1, 2]);
    assert_eq!(find(&bo, "is:countersigned"), [0, 4, 5]);
    assert_eq!(find(&bo, "is:disagreed"), [3]);
    // Signed anew, with the masks; that word goes with them, and the former comes back.
    assert_eq!(said(&bo, &one(1), SIGN, "with the mask").unwrap(), 1);
    ann.refresh().unwrap();
    ann.undo().unwrap().unwrap();
    assert!(ann.masks().is_empty());
    assert_eq!(find(&ann, "is:lapsed"), [1]);
    assert_eq!(find(&ann, "is:countersigned"), [0, 2, 4, 5]);
    ann.redo().unwrap().unwrap();
    assert_eq!(find(&ann, "is:lapsed"), [2]);
    drop((ann, bo));
    let again = session(&desk.folder, "Carol");
    assert_eq!(find(&again, "is:lapsed"), [2]);
    assert!(again.check().unwrap().verdict == Verdict::Ok);
}

#[test]
fn a_disagreement_is_answered_or_given_way_to() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    let carol = session(&desk.folder, "Carol");
    decide(&ann, &set(0, 10), Decision::Personal);
    let would = SecondAct::Disagree(Decision::Official);
    assert_eq!(
        said(&bo, &set(2, 5), would, "this is the contract").unwrap(),
        3
    );
    let same = SecondAct::Disagree(Decision::Personal);
    assert!(said(&bo, &one(2), same, "").is_err());
    assert!(said(&bo, &one(2), SecondAct::Disagree(Decision::Undecided), "").is_err());
    assert_eq!(find(&ann, "is:disagreed disagreed-by:bo"), [2, 3, 4]);
    assert!(said(&bo, &one(2), SecondAct::Uphold, "no").is_err());
    assert!(said(&ann, &one(2), SecondAct::Uphold, "  ").is_err());
    assert!(said(&ann, &one(9), SecondAct::Uphold, "no").is_err());
    assert_eq!(
        said(&ann, &one(2), SecondAct::Uphold, "family account").unwrap(),
        1
    );
    assert_eq!(
        said(&carol, &one(3), SecondAct::Uphold, "so I read it").unwrap(),
        1
    );
    assert_eq!(find(&ann, "is:upheld"), [2, 3]);
    // Giving way: the word belongs to a decision that is no more.
    decide(&ann, &one(4), Decision::Official);
    assert!(find(&ann, "is:disagreed").is_empty());
    let marks = ann.marks();
    assert_eq!(marks.stand(MessageNumber(4)), Some(Stand::Settled));
    assert_eq!(
        marks.words_on(MessageNumber(4))[0].said.text,
        "this is the contract"
    );
    // An answer can be taken back by whoever gave it.
    carol.refresh().unwrap();
    carol.undo().unwrap().unwrap();
    assert_eq!(find(&ann, "is:disagreed"), [3]);
    assert_eq!(said(&bo, &set(0, 60), SecondAct::Withdraw, "").unwrap(), 3);
    assert!(find(&ann, "disagreed-by:bo").is_empty());
}

#[test]
fn both_decide_at_once_and_neither_is_lost() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    bo.decide(&set(0, 3), Decision::Personal, How::Bulk, None)
        .unwrap();
    let decided = ann
        .decide(&set(1, 6), Decision::Official, How::Bulk, None)
        .unwrap();
    assert_eq!(decided.conflicts.iter().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(find(&bo, "by:bo"), [0, 1, 2]);
    assert_eq!(find(&bo, "by:ann"), [3, 4, 5]);
    // Ann's is kept as her word on Bo's, in an entry that she is told of.
    let entry =
        |recorded: &Option<docket::case::ledger::Recorded>| recorded.as_ref().map(|it| it.seq);
    assert_eq!(
        entry(&decided.word),
        entry(&decided.recorded).map(|seq| seq + 1)
    );
    assert_eq!(find(&bo, "is:disagreed disagreed-by:ann"), [1, 2]);
    let marks = bo.marks();
    let words = marks.words_on(MessageNumber(1));
    assert_eq!(
        (words[0].by, words[0].word.would),
        ("Ann", Decision::Official)
    );
    // It is no step of hers: an undo takes back what she did decide.
    assert_eq!(ann.undo().unwrap().unwrap().count, 3);
    assert_eq!(ann.redo().unwrap().unwrap().count, 3);
    // She can take the word off, or decide now that she has seen it.
    assert_eq!(said(&ann, &one(2), SecondAct::Withdraw, "").unwrap(), 1);
    assert_eq!(find(&bo, "is:disagreed"), [1]);
    ann.undo().unwrap().unwrap();
    decide(&ann, &set(1, 3), Decision::Official);
    assert!(find(&bo, "is:disagreed").is_empty());
    assert_eq!(find(&bo, "by:ann"), [1, 2, 3, 4, 5]);
    // A word said of what changed meanwhile is said of nothing.
    decide(&ann, &one(5), Decision::Personal);
    let done = bo
        .say_second(
            &set(3, 6),
            SIGN,
            &Asking {
                seen: Some(bo.head().seq - 1),
                ..asking("")
            },
            &mut (),
        )
        .unwrap();
    assert_eq!(
        (done.count, done.conflicts.iter().collect::<Vec<_>>()),
        (2, vec![5])
    );
}

#[test]
fn everybodys_decisions_are_told_apart() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 20), Decision::Official);
    decide(&bo, &set(10, 30), Decision::Personal);
    assert_eq!(find(&ann, "by:ann").len(), 10);
    assert_eq!(find(&ann, "by:bo").len(), 20);
    bo.undo().unwrap().unwrap();
    assert_eq!(find(&ann, "by:ann").len(), 20);
    bo.redo().unwrap().unwrap();
    bo.undo().unwrap().unwrap();
    bo.redo().unwrap().unwrap();
    assert_eq!(find(&ann, "by:ann").len(), 10);
    decide(&ann, &set(25, 30), Decision::Undecided);
    assert_eq!(find(&ann, "by:bo").len(), 15);
    ann.undo().unwrap().unwrap();
    said(&bo, &set(0, 3), SIGN, "").unwrap();
    ann.refresh().unwrap();
    let reviewers = ann.reviewers();
    let told: Vec<_> = reviewers
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.decided(),
                one.words(Stand::Countersigned),
            )
        })
        .collect();
    assert_eq!(told, [("Ann", 10, 0), ("Bo", 20, 3)]);
    let before = (ann.deciders(), ann.marks());
    drop((ann, bo));
    // Also from the checkpoint, and by replay.
    let again = session(&desk.folder, "Ann");
    assert_eq!((again.deciders(), again.marks()), before);
    assert!(again.check().unwrap().verdict == Verdict::Ok);
}

#[test]
fn the_queue_says_what_waits_for_whom_and_since_when() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 10), Decision::Official);
    decide(&ann, &set(10, 13), Decision::Refer);
    said(&bo, &set(0, 4), SIGN, "").unwrap();
    said(&bo, &set(4, 6), SecondAct::Disagree(Decision::Personal), "").unwrap();
    decide(&ann, &one(0), Decision::Context);
    bo.refresh().unwrap();
    let queue = bo.waiting().unwrap();
    let told: Vec<_> = queue
        .iter()
        .map(|group| (group.waiting, group.who.as_str(), group.count()))
        .collect();
    assert_eq!(
        told,
        [
            (Waiting::Referred, "Ann", 3),
            (Waiting::Disagreed, "Bo", 2),
            (Waiting::Lapsed, "Ann", 1),
            (Waiting::Unsigned, "Ann", 4),
        ]
    );
    assert!(queue.iter().all(|group| group.since.is_some()));
    for group in &queue {
        let found = find(&bo, &group.query());
        let is_in = |number| found.contains(&number);
        assert!(group.messages.iter().all(is_in), "{}", group.query());
    }
    ann.refresh().unwrap();
    let waits: Vec<_> = ann
        .waiting()
        .unwrap()
        .iter()
        .map(|one| one.waiting)
        .collect();
    assert_eq!(waits, [Waiting::Referred, Waiting::Disagreed]);
}

fn wanted(text: &str, blind: bool) -> QualityWanted {
    QualityWanted {
        wanted: Wanted::parse(text).unwrap(),
        blind,
    }
}

#[test]
fn a_sample_for_quality_tells_the_agreed_rate_and_elusion() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &set(0, 30), Decision::Personal);
    decide(&ann, &set(30, 40), Decision::Official);
    decide(&bo, &set(40, 50), Decision::Official);
    let never = AtomicBool::new(false);
    assert!(
        ann.draw_quality(&wanted("5 by:ann", false), &never)
            .is_err()
    );
    bo.refresh().unwrap();
    let drawn = bo
        .draw_quality(&wanted("20 seed=7 is:decided", true), &never)
        .unwrap();
    assert_eq!((drawn.draw.population, drawn.draw.drawn.len()), (40, 20));
    // Drawn again with the same seed, the same.
    let again = bo
        .draw_quality(&wanted("20 seed=7 is:decided", true), &never)
        .unwrap();
    assert_eq!(again.draw.drawn, drawn.draw.drawn);
    assert_eq!((drawn.draw.sample, again.draw.sample), (1, 2));
    assert_eq!(bo.undo().unwrap().map(|undone| undone.count), Some(10));
    bo.redo().unwrap();
    let numbers: Vec<(u32, Decision)> = drawn.draw.drawn.clone();
    assert_eq!(bo.hidden().len(), 20);
    let personal: Vec<u32> = numbers
        .iter()
        .filter(|(_, then)| *then == Decision::Personal)
        .map(|(number, _)| *number)
        .collect();
    // Many at once are not looked at: they count in no sample.
    let all: RoaringBitmap = numbers.iter().map(|(number, _)| *number).collect();
    said(&bo, &Target::Set(all, None), SIGN, "").unwrap();
    assert_eq!(bo.quality(&drawn).given, 0);
    bo.undo().unwrap().unwrap();
    // One was decided anew before Bo came to it.
    let (changed, _) = *numbers.last().unwrap();
    decide(&ann, &one(changed), Decision::Context);
    let mut otherwise = 0;
    for (number, then) in &numbers {
        if *number == changed {
            continue;
        }
        let would = match personal.first() == Some(number) {
            true => Decision::Official,
            false => *then,
        };
        otherwise += u32::from(would != *then);
        said(&bo, &one(*number), SecondAct::of(*then, would), "").unwrap();
    }
    let quality = bo.quality(&drawn);
    assert_eq!((quality.given, quality.changed, otherwise), (19, 1, 1));
    assert!(quality.is_done());
    assert_eq!((quality.agreed.count, quality.agreed.of), (18, 19));
    assert!(
        quality.agreed.low < quality.agreed.share && quality.agreed.high > quality.agreed.share
    );
    let counted = personal.iter().filter(|number| **number != changed).count();
    assert_eq!(
        (quality.elusion.count, quality.elusion.of),
        (1, counted as u32)
    );
    // What follows changes nothing of what the sample found.
    decide(&ann, &set(0, 40), Decision::Official);
    assert_eq!(bo.quality(&drawn).agreed, quality.agreed);
    // An undone word is no look; redone, it is one again.
    bo.refresh().unwrap();
    bo.undo().unwrap().unwrap();
    let before = bo.quality(&drawn);
    bo.redo().unwrap().unwrap();
    assert!(before.given <= quality.given);
    assert_eq!(bo.quality(&drawn).given, 19);
    drop((ann, bo));
    let later = session(&desk.folder, "Bo");
    let samples = later.samples();
    assert_eq!(samples.all().len(), 2);
    assert_eq!(later.quality(samples.get(1).unwrap()).given, 19);
    assert!(later.check().unwrap().verdict == Verdict::Ok);
}

#[test]
fn words_outlast_a_rebuild() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &Target::Thread(ThreadId(0)), Decision::Official);
    said(&bo, &set(5, 9), SIGN, "read").unwrap();
    said(
        &bo,
        &set(9, 11),
        SecondAct::Disagree(Decision::Personal),
        "",
    )
    .unwrap();
    bo.draw_quality(&wanted("5 seed=1", false), &AtomicBool::new(false))
        .unwrap();
    let before = (bo.marks(), bo.deciders(), bo.samples());
    drop((ann, bo));
    let case = desk.folder.clone();
    std::fs::remove_dir_all(case.join("derived")).unwrap();
    let opened = Case::open(&case).unwrap();
    drop(opened);
    let again = session(&desk.folder, "Bo");
    assert_eq!((again.marks(), again.deciders(), again.samples()), before);
}

#[test]
fn a_million_are_signed_at_once() {
    // The sets are what an entry holds: a word on many is one change, however many there are.
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &Target::Thread(ThreadId(0)), Decision::Official);
    bo.refresh().unwrap();
    let done = bo
        .say_second(&Target::Thread(ThreadId(0)), SIGN, &asking(""), &mut ())
        .unwrap();
    assert_eq!(done.count, ann.tally_all().official);
    let recorded = done.recorded.unwrap();
    assert_eq!(recorded.entry.marks().len(), 1);
    assert!(matches!(
        recorded.entry.marks()[0].about,
        About::Second { .. }
    ));
}

fn plan(session: &Session, partial: bool) -> bundle::Plan {
    let options = Options {
        partial,
        ..Options::default()
    };
    planned(session, &options)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_bundle_waits_for_answers_and_countersigns_and_tells_of_them() {
    let desk = small();
    let (ann, bo) = (session(&desk.folder, "Ann"), session(&desk.folder, "Bo"));
    decide(&ann, &Target::Thread(ThreadId(0)), Decision::Official);
    decide(&ann, &set(20, 60), Decision::Personal);
    assert!(plan(&ann, false).is_ready());
    said(
        &bo,
        &set(2, 5),
        SecondAct::Disagree(Decision::Personal),
        "SECRETWORD",
    )
    .unwrap();
    assert_eq!(plan(&ann, false).blocks, [Block::Disagreed(3)]);
    let partial = plan(&ann, true);
    assert!(partial.is_ready());
    assert_eq!(partial.missing.kept, 3);
    assert_eq!(partial.total.refer, 3);
    assert!(
        Block::Disagreed(3)
            .to_string()
            .contains("disagreements open: 3")
    );
    ann.set_fact("countersign", Some("all"), None).unwrap();
    assert!(ann.set_fact("countersign", Some("some"), None).is_err());
    let blocks = plan(&ann, false).blocks;
    assert!(
        matches!(blocks[1], Block::Unsigned(n) if n == 60 - 3),
        "{blocks:?}"
    );
    ann.refresh().unwrap();
    said(&ann, &set(2, 4), SecondAct::Uphold, "as spoken about").unwrap();
    decide(&ann, &one(4), Decision::Personal);
    said(&bo, &set(0, 60), SIGN, "").unwrap();
    said(&bo, &one(2), SIGN, "").unwrap();
    assert!(plan(&ann, false).is_ready());
    // A sample is enough where the case says so.
    ann.refresh().unwrap();
    ann.set_fact("countersign", Some("sample"), None).unwrap();
    assert_eq!(plan(&ann, false).blocks, [Block::Sample]);
    bo.refresh().unwrap();
    let drawn = bo
        .draw_quality(
            &wanted("3 seed=2 is:personal", false),
            &AtomicBool::new(false),
        )
        .unwrap();
    said(&bo, &set(0, 60), SecondAct::Withdraw, "").unwrap();
    for (number, then) in &drawn.draw.drawn {
        said(&bo, &one(*number), SecondAct::of(*then, *then), "").unwrap();
    }
    said(&bo, &set(0, 2), SIGN, "").unwrap();
    let ready = plan(&ann, false);
    assert!(ready.is_ready(), "{:?}", ready.blocks);
    let out = desk.folder.with_file_name("handover");
    bundle::write(&ann, &ready, &out, &mut ()).unwrap();
    assert_eq!(overall(&bundle::verify(&out)), Verdict::Ok);
    let decisions = read(&out, "decisions.csv");
    let mut rows = decisions.lines();
    assert!(
        rows.next()
            .unwrap()
            .contains("\"countersigned_by\",\"countersigned_at\",\"access_status\"")
    );
    let signed = decisions
        .lines()
        .filter(|row| row.contains("\"Bo\",\"20"))
        .count();
    assert_eq!(signed, 2, "{decisions}");
    let balance: serde_json::Value =
        serde_json::from_str(&read(&out, "completeness.json")).unwrap();
    let look = &balance["second_look"];
    assert_eq!(look["needed"], "sample");
    assert_eq!(look["samples"][0]["agreed"], 3);
    assert_eq!(look["samples"][0]["rate"], 1.0);
    assert_eq!(look["samples"][0]["eluded"], 0);
    let told = serde_json::to_string(look).unwrap();
    assert!(
        !told.contains("Bo") && !told.contains("is:personal"),
        "{told}"
    );
}

#[test]
fn a_bundle_from_before_there_were_countersigns_is_accepted() {
    let desk = small();
    let ann = session(&desk.folder, "Ann");
    decide(&ann, &Target::Thread(ThreadId(0)), Decision::Official);
    let out = desk.folder.with_file_name("handover");
    bundle::write(&ann, &plan(&ann, false), &out, &mut ()).unwrap();
    let balance = read(&out, "completeness.json");
    assert!(
        !balance.contains("second_look"),
        "nobody looked a second time"
    );
    let table = read(&out, "decisions.csv");
    let before: String = table
        .lines()
        .map(|line| line.split(',').take(12).collect::<Vec<_>>().join(",") + "\r\n")
        .collect();
    assert_ne!(before, table);
    std::fs::write(out.join("decisions.csv"), before).unwrap();
    let older = balance.replace("\"docket_bundle\": 4", "\"docket_bundle\": 1");
    assert_ne!(older, balance);
    std::fs::write(out.join("completeness.json"), older).unwrap();
    let checks = bundle::verify(&out);
    // Its seal is broken, of course; its form is not.
    let decisions = checks.iter().find(|check| check.name == "decisions");
    assert_eq!(
        decisions.map(|check| check.verdict),
        Some(Verdict::Ok),
        "{checks:?}"
    );
}

/// One act of one of three reviewers.
#[derive(Clone, Debug)]
enum Step {
    Decide(u32, u32, Decision),
    Say(u32, u32, SecondAct),
    Undo,
    Redo,
    Reopen,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let decision = || prop::sample::select(Decision::ALL.to_vec());
    let act = prop_oneof![
        4 => Just(SecondAct::Countersign),
        3 => decision().prop_map(SecondAct::Disagree),
        1 => Just(SecondAct::Withdraw),
        2 => Just(SecondAct::Uphold),
    ];
    let step = prop_oneof![
        4 => (0u32..20, 1u32..8, decision()).prop_map(|(from, len, to)| Step::Decide(from, len, to)),
        5 => (0u32..20, 1u32..8, act).prop_map(|(from, len, act)| Step::Say(from, len, act)),
        2 => Just(Step::Undo),
        1 => Just(Step::Redo),
        1 => Just(Step::Reopen),
    ];
    (0usize..3, step)
}

/// What a plain map holds of a message: the decision, whose it is, and every reviewer's word: what
/// they saw, would, who answered, and whether it lapsed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plain {
    decision: Decision,
    by: Option<usize>,
    words: BTreeMap<usize, (Decision, Decision, Option<usize>, bool)>,
}

const NAMES: [&str; 3] = ["Ann", "Bo", "Carol"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    /// Sessions of three reviewers, one after the other, against a plain map: without undo what
    /// holds is what the map says; with it, the sessions agree with each other, with a replay and
    /// with a session opened anew.
    #[test]
    fn words_agree_with_a_plain_map(steps in proptest::collection::vec(step(), 1..25)) {
        let desk = small();
        let mut sessions: Vec<Arc<Session>> = NAMES.map(|name| session(&desk.folder, name)).into();
        let mut plain = vec![Plain::default(); 60];
        let mut is_plain = true;
        for (who, step) in steps {
            sessions[who].refresh().unwrap();
            let session_of = &sessions[who];
            match step {
                Step::Decide(from, len, to) => {
                    decide(session_of, &set(from, from + len), to);
                    for one in &mut plain[from as usize..(from + len) as usize] {
                        if one.decision != to {
                            one.decision = to;
                            one.by = (to != Decision::Undecided).then_some(who);
                            one.words.values_mut().for_each(|word| word.3 = true);
                        }
                    }
                }
                Step::Say(from, len, act) => {
                    let _ = said(session_of, &set(from, from + len), act, "so");
                    for one in &mut plain[from as usize..(from + len) as usize] {
                        let fits = one.by.is_some_and(|by| by != who);
                        match act {
                            SecondAct::Countersign if fits => {
                                one.words.insert(who, (one.decision, one.decision, None, false));
                            }
                            SecondAct::Disagree(would)
                                if fits && would != one.decision && would != Decision::Undecided =>
                            {
                                one.words.insert(who, (one.decision, would, None, false));
                            }
                            SecondAct::Withdraw => {
                                one.words.remove(&who);
                            }
                            SecondAct::Uphold => {
                                for (by, word) in &mut one.words {
                                    if *by != who && word.0 != word.1 && !word.3 && word.2.is_none() {
                                        word.2 = Some(who);
                                    }
                                }
                            }
                            _ => {}
                        }
                    }
                }
                Step::Undo => is_plain &= session_of.undo().unwrap().is_none(),
                Step::Redo => is_plain &= session_of.redo().unwrap().is_none(),
                Step::Reopen => {
                    sessions[who] = session(&desk.folder, NAMES[who]);
                }
            }
            if !is_plain {
                continue;
            }
            let session_of = &sessions[who];
            let (marks, deciders) = (session_of.marks(), session_of.deciders());
            for (number, one) in plain.iter().enumerate() {
                let number = MessageNumber(number as u32);
                prop_assert_eq!(session_of.decision(number), one.decision);
                prop_assert_eq!(deciders.of(number), one.by.map(|by| NAMES[by]));
                let words: BTreeMap<usize, _> = marks
                    .words_on(number)
                    .into_iter()
                    .map(|said| {
                        let place = |name: &str| NAMES.iter().position(|one| *one == name).unwrap();
                        let answer = said.word.answer.as_ref().map(|one| place(&one.by));
                        let word = said.word;
                        (place(said.by), (word.saw, word.would, answer, word.lapsed))
                    })
                    .collect();
                prop_assert_eq!(&words, &one.words);
            }
        }
        for one in &sessions {
            one.refresh().unwrap();
        }
        let fresh = session(&desk.folder, "Dora");
        for one in &sessions {
            prop_assert_eq!(one.marks(), fresh.marks());
            prop_assert_eq!(one.deciders(), fresh.deciders());
            prop_assert_eq!(one.decisions(), fresh.decisions());
        }
        // No word that holds is on a decision that it did not see, and none on one's own.
        let (marks, deciders) = (fresh.marks(), fresh.deciders());
        for number in (0..60).map(MessageNumber) {
            for said in marks.words_on(number).iter().filter(|said| !said.word.lapsed) {
                prop_assert_eq!(said.word.saw, fresh.decision(number));
                prop_assert_ne!(deciders.of(number), Some(said.by));
            }
        }
        prop_assert!(fresh.check().unwrap().verdict == Verdict::Ok);
        // Everybody can go back to their start, and nobody is left behind by it.
        for one in &sessions {
            one.refresh().unwrap();
            while one.undo().unwrap().is_some() {}
        }
        let last = session(&desk.folder, "Dora");
        prop_assert!(last.check().unwrap().verdict == Verdict::Ok);
    }
}
