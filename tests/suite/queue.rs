//! The queue of work: what is left, and where; what needs a second look; pace; ways and their places.

use crate::suite::tui::{chat, desk, session, two_chats};
use docket::case::FileKind;
use docket::case::marks::{About, Said};
use docket::case::rules::RuleText;
use docket::model::{Decision, Flag, MessageNumber, Relation, ThreadId};
use docket::review::people::Marking;
use docket::review::queue::{By, Known, Part, Queue, Reason};
use docket::review::ways::{Stop, Way};
use docket::review::{Asking, How, Session, Target};
use std::sync::atomic::AtomicBool;

fn queue(session: &Session) -> Queue {
    Queue::of(session, &mut Known::default(), &AtomicBool::new(false)).unwrap()
}

fn decide(session: &Session, target: Target, decision: Decision) {
    session.decide(&target, decision, How::Bulk, None).unwrap();
}

fn counts(parts: &[Part]) -> Vec<(&str, u32, u32)> {
    let one = |part: &Part| (part.left(), part.counts.total);
    let all = parts.iter().map(|part| (part.name.as_str(), one(part)));
    all.map(|(name, (left, total))| (name, left, total))
        .collect()
}

#[test]
fn what_is_left_is_told_by_thread_person_month_channel_and_custodian() {
    let desk = two_chats();
    let session = &desk.session;
    let first = Target::Range(ThreadId(0), 0, 29);
    decide(session, first, Decision::Personal);
    let queue = queue(session);
    let all = session.tally_all();
    assert_eq!((queue.all.undecided, queue.all.total), (430, 460));
    let threads = counts(queue.parts(By::Thread));
    assert_eq!(threads.len(), 2);
    // What has most left stands first, and the parts add up.
    assert!(threads[0].1 >= threads[1].1, "{threads:?}");
    for by in [By::Thread, By::Channel, By::Person, By::Month] {
        let parts = queue.parts(by);
        let left: u32 = parts.iter().map(Part::left).sum();
        let total: u32 = parts.iter().map(|part| part.counts.total).sum();
        assert_eq!((left, total), (all.undecided, all.total), "{by:?}");
        for part in parts {
            let found = part.way.list(session, &AtomicBool::new(false)).unwrap();
            assert_eq!(found.len(), part.counts.total, "{by:?} {}", part.name);
            let left = Way::of(&part.way.query_left());
            let found = left.list(session, &AtomicBool::new(false)).unwrap();
            assert_eq!(found.len(), part.left(), "{by:?} {}", part.name);
        }
    }
    // Nobody is the custodian of anything yet.
    assert!(queue.parts(By::Custodian).is_empty());
    let roster = session.roster();
    let people = roster.people().iter();
    let ann = people
        .clone()
        .find(|one| one.name == "Ann Reviewer")
        .unwrap();
    let me = Marking {
        relation: Some(Relation::Me),
        ..Marking::default()
    };
    session.mark(&[ann.number], &me).unwrap();
    let queue = self::queue(session);
    let custodians = counts(queue.parts(By::Custodian));
    assert_eq!(custodians.len(), 2);
    assert!(
        custodians.iter().any(|(name, ..)| *name == "Ann Reviewer"),
        "{custodians:?}"
    );
}

#[test]
fn a_joined_person_is_one_part_and_one_way() {
    let desk = two_chats();
    let session = &desk.session;
    let number = |name: &str| {
        let store = session.store();
        let mut all = store.participants().iter();
        let at = all.position(|one| one.name == name).unwrap();
        docket::model::ParticipantId(u32::try_from(at).unwrap())
    };
    let (tom, dana) = (number("Tom Reed"), number("دانا"));
    let known = &mut Known::default();
    let never = AtomicBool::new(false);
    let before = Queue::of(session, known, &never).unwrap();
    session.join(&[tom, dana]).unwrap();
    // What was known of the messages is used again, and who is who is not.
    let after = Queue::of(session, known, &never).unwrap();
    assert_eq!(
        after.parts(By::Person).len() + 1,
        before.parts(By::Person).len()
    );
    let list = Way::Person(dana).list(session, &never).unwrap();
    let theirs = after.parts(By::Person).iter();
    let part = theirs.max_by_key(|part| part.counts.total).unwrap();
    assert_eq!(list.len(), part.counts.total);
    assert_eq!(list.thread_id(), None);
}

#[test]
fn what_needs_a_second_look_is_counted_and_found() {
    let desk = two_chats();
    let session = &desk.session;
    assert!(queue(session).looks.iter().all(|look| matches!(
        look.reason,
        Reason::Whose | Reason::Ambiguous | Reason::Unlooked
    )));
    let at = |range: std::ops::Range<u32>| Target::Set(range.collect(), None);
    decide(session, at(0..3), Decision::Refer);
    decide(session, at(3..5), Decision::Mixed);
    let flag = About::Flag { flag: Flag::Hold };
    let said = Said {
        reason: None,
        text: String::new(),
        word: None,
    };
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: None,
    };
    session
        .put_mark(&at(10..14), &flag, Some(&said), &asking, &mut ())
        .unwrap();
    let rule = RuleText {
        name: "Lunch".into(),
        query: "lunch OR cat".into(),
        decision: Decision::Personal,
        reason: None,
        code: None,
    };
    session.give_rule(None, &rule).unwrap();
    let queue = queue(session);
    let mut told = Vec::new();
    for look in &queue.looks {
        let Some(words) = look.query(session) else {
            assert!(matches!(look.reason, Reason::Whose | Reason::Unlooked));
            continue;
        };
        let list = Way::of(&words).list(session, &AtomicBool::new(false));
        assert_eq!(u64::from(list.unwrap().len()), look.count, "{words}");
        told.push(look.name());
    }
    assert_eq!(told, ["refer", "mixed", "flag", "rule", "ambiguous"]);
}

#[test]
fn without_decisions_one_by_one_no_time_is_estimated() {
    let desk = two_chats();
    let session = &desk.session;
    decide(
        session,
        Target::Set((0..200).collect(), None),
        Decision::Personal,
    );
    let queue = queue(session);
    assert_eq!(queue.estimate, None);
    assert_eq!(queue.pace.decisions, 0);
    assert_eq!((queue.pace.bulk_acts, queue.pace.bulk_messages), (1, 200));
    assert!(queue.pace_words().starts_with("no estimate"));
    // Another's work is not one's own.
    let folder = session.case().layout().root().to_path_buf();
    let other = self::session(&folder, "Ben Second");
    assert_eq!(self::queue(&other).pace.bulk_acts, 0);
}

#[test]
fn a_stop_is_looked_up_as_the_case_is_now() {
    let desk = two_chats();
    let session = &desk.session;
    let never = AtomicBool::new(false);
    let stop = |way: &str, message: u32| {
        let stop = Stop {
            way: way.into(),
            message,
        };
        stop.look_up(session, &never).unwrap()
    };
    let message = session.store().thread_message(ThreadId(0), 4).unwrap();
    let there = stop("in:0", message.0).unwrap();
    assert_eq!((there.position, there.way.by()), (5, "thread"));
    decide(session, Target::Message(message), Decision::Official);
    let after = stop("in:0", message.0).unwrap();
    assert_eq!(after.left + 1, there.left);
    assert_eq!(stop("is:undecided", message.0).unwrap().position, 0);
    assert_eq!(stop("in:99", 0), None);
    assert_eq!(stop("no such thing anywhere", 0), None);
    assert_eq!(stop("(", 0), None);
    assert_eq!(stop("from:#9999", u32::MAX), None);
}

#[test]
fn files_are_found_by_kind() {
    let lines = chat(&["Ann", "Ben"], &["one", "two"], 4)
        + "25/03/2021, 12:00 - Ann: IMG-20210325-WA0001.jpg (file attached)\n\
           25/03/2021, 12:01 - Ben: PTT-20210325-WA0002.opus (file attached)\n\
           25/03/2021, 12:02 - Ben: minutes.docx (file attached)\n\
           25/03/2021, 12:03 - Ann: VID-20210325-WA0003.mp4 (file attached)\n\
           25/03/2021, 12:04 - Ann: <Media omitted>\n";
    let desk = desk(&[("WhatsApp Chat with Ben.txt", lines)]);
    let never = AtomicBool::new(false);
    let found = |kind: Option<FileKind>| {
        let list = Way::Files(kind).list(&desk.session, &never).unwrap();
        list.len()
    };
    assert_eq!(found(None), 5);
    for kind in FileKind::ALL {
        let expected = if kind == FileKind::Missing { 5 } else { 1 };
        assert_eq!(found(Some(kind)), expected, "{kind:?}");
    }
    let first = Way::Files(Some(FileKind::Voice)).list(&desk.session, &never);
    assert_eq!(first.unwrap().get(0), Some(MessageNumber(5)));
}
