//! Queries against a slow reading of every message, and lists against plain ones.

use super::{bulk, case_folder, find, session, set};
use chrono::NaiveDate;
use docket::case::ledger::How;
use docket::case::{Message, Store};
use docket::model::{Decision, Kind, Marks, MessageNumber, ThreadId};
use docket::review::{List, Query, Session};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

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
    for (at, (term, _)) in TERMS.iter().enumerate() {
        let tree = Tree::Leaf(at);
        assert_eq!(find(&asked().1, term), answers(&tree), "{}", term);
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
