//! Redaction: masks in sessions of two reviewers, and what leaves under them.

pub(super) mod leaving;

use super::tui::{Desk, chat, desk, session};
use docket::case::masks::{MaskReason, Part, Reach, print_of};
use docket::case::{Case, ImportOptions};
use docket::check::Verdict;
use docket::model::MessageNumber;
use docket::review::masks::{read_under, whole_characters};
use docket::review::redacting::stale;
use docket::review::{Asking, Edition, Find, How, Session, Spot, Stale, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// A chat of 60 messages by three people.
fn small() -> Desk {
    let text = chat(
        &["Priya Shah", "Tom Reed", "Carol Danvers"],
        &[
            "the budget is late, ring Ann Lee on 07700 900123",
            "lunch on Sunday with ann lee and  ANN\u{a0}LEE, then the contract",
            "nothing of note \u{1f469}\u{200d}\u{1f4bb}",
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

pub(super) fn set(from: u32, to: u32) -> Target {
    let mut set = RoaringBitmap::new();
    set.insert_range(from..to);
    Target::Set(set, Some("a query".into()))
}

pub(crate) fn words(text: &str) -> Spot {
    Spot::Found(Find::words(text).unwrap())
}

/// Masks, or with no code shows again; gives how many messages changed.
pub(crate) fn redact(session: &Session, target: &Target, spot: &Spot, code: Option<&str>) -> u32 {
    let reason = code.map(|code| session.mask_reason(code).unwrap());
    let done = session.redact(target, spot, reason.as_ref(), &asking(None), &mut ());
    done.unwrap().count
}

/// A message's text as it reads in an edition.
fn shown(session: &Session, number: u32, edition: Edition) -> String {
    let number = MessageNumber(number);
    let (store, masks) = (session.store(), session.masks());
    let text = store.text(number).unwrap();
    let masked = masks
        .of(number)
        .and_then(|masks| masks.parts.iter().find(|one| one.part == Part::Text));
    masked.map_or(text.to_owned(), |one| {
        read_under(text, one, edition).0.into_owned()
    })
}

#[test]
fn a_name_is_masked_wherever_it_stands_and_shown_again() {
    let desk = small();
    let ann = &desk.session;
    let personal = ann.mask_reason("PERSONAL").unwrap();
    assert_eq!(ann.mask_reason("FOI s40(2)").unwrap().code, "foi-40-2");
    assert!(ann.mask_reason("nobody").is_err());
    let preview = ann
        .plan_redaction(&set(0, 60), &words("Ann Lee"), Some(&personal), &mut ())
        .unwrap();
    assert_eq!(
        (preview.count, preview.threads, preview.places),
        (40, 1, 60)
    );
    assert_eq!(
        redact(ann, &set(0, 60), &words("Ann Lee"), Some("personal")),
        40
    );
    assert_eq!(
        shown(ann, 1, Edition::Closed),
        "lunch on Sunday with [redacted: personal] and  [redacted: personal], then the contract"
    );
    assert_eq!(
        redact(ann, &set(0, 60), &words("Ann Lee"), Some("personal")),
        0
    );
    // An exemption on the number: the closed master keeps it.
    let number = words("+44 7700 900123");
    assert_eq!(redact(ann, &set(0, 60), &number, Some("foi-40-2")), 20);
    assert_eq!(
        shown(ann, 0, Edition::Closed),
        "the budget is late, ring [redacted: personal] on 07700 900123"
    );
    assert_eq!(
        shown(ann, 0, Edition::Open),
        "the budget is late, ring [redacted: personal] on [redacted: FOI s40(2)]"
    );
    assert_eq!(ann.mask_reasons().unwrap()[0].code, "foi-40-2");

    // Undo, redo, and a session that comes later.
    let folder = ann.case().layout().root().to_owned();
    assert_eq!(
        ann.undo().unwrap().unwrap().what,
        "masks (FOI s40(2)) on 20 messages"
    );
    assert_eq!(ann.undo().unwrap().unwrap().count, 40);
    assert!(ann.masks().is_empty());
    let again = session(&folder, "Ann Reviewer");
    assert_eq!(again.redo().unwrap().unwrap().count, 40);
    assert_eq!(again.redo().unwrap().unwrap().count, 20);
    ann.refresh().unwrap();
    assert_eq!(ann.masks().messages().len(), 40);

    // A rebuild keeps them, and so does a session without a checkpoint.
    let masks = ann.masks();
    ann.case().rebuild(&mut ()).unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.masks(), masks);
    drop(again);
    assert_eq!(session(&folder, "Ann Reviewer").masks(), masks);
    std::fs::remove_file(ann.case().layout().decisions()).ok();
    assert_eq!(session(&folder, "Ann Reviewer").masks(), masks);
    let check = ann.check().unwrap();
    assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);

    // Shown again: of one message all, of the rest one name.
    assert_eq!(
        redact(
            ann,
            &Target::Message(MessageNumber(0)),
            &Spot::Everything,
            None
        ),
        1
    );
    assert!(ann.masks().of(MessageNumber(0)).is_none());
    assert_eq!(redact(ann, &set(0, 60), &words("ann lee"), None), 39);
    assert_eq!(ann.masks().messages().len(), 19);
}

#[test]
fn what_another_masked_meanwhile_is_not_changed_unseen() {
    let desk = small();
    let ann = &desk.session;
    let bo = session(ann.case().layout().root(), "Bo");
    let personal = ann.mask_reason("personal").unwrap();
    let preview = ann
        .plan_redaction(&set(0, 9), &words("ann lee"), Some(&personal), &mut ())
        .unwrap();
    assert_eq!(
        redact(&bo, &set(0, 2), &words("ann lee"), Some("foi-38")),
        2
    );
    let done = ann
        .redact(
            &set(0, 9),
            &words("ann lee"),
            Some(&personal),
            &asking(Some(preview.seen)),
            &mut (),
        )
        .unwrap();
    assert_eq!((done.count, done.conflicts.len()), (4, 2));
    // Bo masks more in one of Ann's: her undo leaves that message as it is.
    bo.refresh().unwrap();
    assert_eq!(redact(&bo, &set(3, 4), &words("budget"), Some("foi-38")), 1);
    let undone = ann.undo().unwrap().unwrap();
    assert_eq!((undone.count, undone.skipped), (3, 1));
}

#[test]
fn a_message_that_a_later_export_tells_otherwise_is_looked_at_again() {
    // Long enough, and every message another, so that the later export is told to be the same chat.
    let frame = |edited: &str| -> String {
        let line = |n: usize| match n {
            7 => edited.to_owned(),
            n => format!("the quay, point {n} of {}", n * n),
        };
        let texts: Vec<String> = (0..40).map(line).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        chat(&["Priya Shah", "Tom Reed"], &texts, 40)
    };
    let desk = desk(&[("WhatsApp Chat with Quay.txt", frame("ring Ann Lee today"))]);
    let ann = &desk.session;
    assert_eq!(
        redact(ann, &set(0, 40), &words("ann lee"), Some("personal")),
        1
    );
    let looked = |session: &Session| {
        let (store, masks) = (session.store(), session.masks());
        let stale = masks
            .iter()
            .filter_map(|(number, of)| stale(&store, number, of));
        stale.collect::<Vec<_>>()
    };
    assert_eq!(looked(ann), []);
    let later = tempfile::tempdir().unwrap();
    let given = later.path().join("WhatsApp Chat with Quay.txt");
    let edited = frame("ring Ann Lee or Bo Lee today <This message was edited>");
    std::fs::write(&given, edited).unwrap();
    let case: &Case = ann.case();
    case.import(&[given], &ImportOptions::default(), ann.actor(), &mut ())
        .unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.store().len(), 40, "it is the same message");
    assert_eq!(looked(ann), [Stale::OtherWording]);
    // Masked anew, which says that a person has looked: the same masks do.
    assert_eq!(
        redact(ann, &set(0, 40), &words("ann lee"), Some("personal")),
        1
    );
    assert_eq!(looked(ann), []);
}

/// One act of the property test.
#[derive(Clone, Debug)]
enum Act {
    Span(u32, usize, usize, usize),
    Words(u32, u32, usize, usize),
    Whole(u32, usize),
    Everything(u32, u32),
    Undo,
    Redo,
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let (from, len, why) = (0u32..6, 1u32..6, 0usize..4);
    prop_oneof![
        4 => (from.clone(), 0usize..60, 0usize..20, why.clone())
            .prop_map(|(m, s, l, w)| Act::Span(m, s, l, w)),
        3 => (from.clone(), len.clone(), 0usize..3, why.clone())
            .prop_map(|(f, l, t, w)| Act::Words(f, l, t, w)),
        1 => (from.clone(), why).prop_map(|(m, w)| Act::Whole(m, w)),
        1 => (from, len).prop_map(|(f, l)| Act::Everything(f, l)),
        3 => Just(Act::Undo),
        2 => Just(Act::Redo),
        1 => Just(Act::Reopen),
    ]
}

const CODES: [Option<&str>; 4] = [Some("personal"), Some("foi-38"), Some("foi-40-2"), None];
const WORDS: [&str; 3] = ["ann lee", "the", "on"];

/// The plain model: for each byte of each message, the code of the mask on it.
type Model = BTreeMap<u32, Vec<Option<String>>>;

fn paint(
    text: &str,
    bytes: &mut [Option<String>],
    span: std::ops::Range<usize>,
    code: Option<&str>,
) {
    let Some(span) = whole_characters(text, span) else {
        return;
    };
    for byte in &mut bytes[span] {
        if code.is_none_or(|code| code == "personal") || byte.as_deref() != Some("personal") {
            *byte = code.map(str::to_owned);
        }
    }
}

fn join(text: &str, bytes: &mut [Option<String>]) {
    for start in 1..bytes.len() {
        let end = (start..bytes.len()).find(|at| bytes[*at].is_some());
        let Some(end) = end.filter(|end| *end > start && bytes[start - 1] == bytes[*end]) else {
            continue;
        };
        let between = text.get(start..end);
        if between.is_some_and(|between| between.chars().all(char::is_whitespace)) {
            let code = bytes[end].clone();
            bytes[start..end].fill(code);
        }
    }
}

/// What is masked, as the model says it.
fn drawn(session: &Session) -> Model {
    let (store, masks) = (session.store(), session.masks());
    (0..store.len())
        .map(|n| {
            let text = store.text(MessageNumber(n)).unwrap();
            let mut bytes = vec![None; text.len()];
            for (part, mask) in masks.of(MessageNumber(n)).iter().flat_map(|of| of.all()) {
                assert_eq!(part, Part::Text);
                bytes[mask.start as usize..mask.end as usize].fill(Some(mask.reason.code.clone()));
            }
            (n, bytes)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn sessions_agree_with_a_plain_model(acts in proptest::collection::vec(act(), 1..24)) {
        let text = chat(
            &["Priya Shah", "Tom Reed"],
            &["ring Ann Lee on the  pier", "e\u{301}t on \u{1f469}\u{200d}\u{1f4bb} the quay, Ann Lee"],
            6,
        );
        let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
        let folder = desk.session.case().layout().root().to_owned();
        let mut ann = session(&folder, "Ann");
        let store = ann.store();
        let texts: Vec<String> = (0..6)
            .map(|n| store.text(MessageNumber(n)).unwrap().to_owned())
            .collect();
        let mut model = drawn(&ann);
        let (mut past, mut future): (Vec<Model>, Vec<Model>) = (Vec::new(), Vec::new());
        for act in acts {
            let mut next = model.clone();
            let mut lay = |n: u32, spans: Vec<std::ops::Range<usize>>, code: Option<&str>| {
                let (text, bytes) = (&texts[n as usize], next.get_mut(&n).unwrap());
                for span in spans {
                    paint(text, bytes, span, code);
                }
                join(text, bytes);
            };
            let mut changed = None;
            match act {
                Act::Span(n, start, len, why) => {
                    lay(n, std::iter::once(start..start + len).collect(), CODES[why]);
                    let spot = Spot::Span(Part::Text, start..start + len);
                    let target = Target::Message(MessageNumber(n));
                    changed = Some(redact(&ann, &target, &spot, CODES[why]));
                }
                Act::Words(from, len, which, why) => {
                    let find = Find::words(WORDS[which]).unwrap();
                    for n in from..(from + len).min(6) {
                        lay(n, find.spans(&texts[n as usize]), CODES[why]);
                    }
                    let target = set(from, (from + len).min(6));
                    changed = Some(redact(&ann, &target, &Spot::Found(find), CODES[why]));
                }
                Act::Whole(n, why) => {
                    lay(n, std::iter::once(0..texts[n as usize].len()).collect(), CODES[why]);
                    let target = Target::Message(MessageNumber(n));
                    changed = Some(redact(&ann, &target, &Spot::Whole(Part::Text), CODES[why]));
                }
                Act::Everything(from, len) => {
                    for n in from..(from + len).min(6) {
                        lay(n, std::iter::once(0..texts[n as usize].len()).collect(), None);
                    }
                    let target = set(from, (from + len).min(6));
                    changed = Some(redact(&ann, &target, &Spot::Everything, None));
                }
                Act::Undo => {
                    let undone = ann.undo().unwrap();
                    prop_assert_eq!(undone.is_some(), !past.is_empty());
                    if let Some(earlier) = past.pop() {
                        future.push(std::mem::replace(&mut model, earlier));
                    }
                }
                Act::Redo => {
                    let redone = ann.redo().unwrap();
                    prop_assert_eq!(redone.is_some(), !future.is_empty());
                    if let Some(later) = future.pop() {
                        past.push(std::mem::replace(&mut model, later));
                    }
                }
                Act::Reopen => ann = session(&folder, "Ann"),
            }
            if let Some(changed) = changed {
                prop_assert_eq!(changed > 0, next != model);
                if changed > 0 {
                    past.push(std::mem::replace(&mut model, next));
                    future.clear();
                }
            }
            prop_assert_eq!(&drawn(&ann), &model);
        }
        std::fs::remove_file(ann.case().layout().decisions()).ok();
        let fresh = session(&folder, "Fresh");
        prop_assert_eq!(&drawn(&fresh), &model);
        let check = fresh.check().unwrap();
        prop_assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);
    }
}

#[test]
fn a_hundred_thousand_messages_are_one_entry() {
    let text = chat(
        &["Priya Shah", "Tom Reed"],
        &["ring Ann Lee about the quay"],
        100_000,
    );
    let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
    let ann = &desk.session;
    let before = ann.head().seq;
    let all = ann.store().len();
    assert_eq!(
        redact(ann, &set(0, all), &words("ann lee"), Some("personal")),
        all
    );
    assert_eq!(ann.head().seq, before + 1);
    assert_eq!(
        shown(ann, all - 1, Edition::Closed),
        "ring [redacted: personal] about the quay"
    );
    assert_eq!(ann.undo().unwrap().unwrap().count, all);
    assert!(ann.masks().is_empty());
}

#[test]
fn reasons_keep_what_they_said() {
    let desk = small();
    let ann = &desk.session;
    let path = ann.case().write_mask_reasons().unwrap();
    assert!(ann.case().write_mask_reasons().is_err());
    redact(ann, &set(0, 1), &words("ann lee"), Some("personal"));
    std::fs::write(&path, "personal  open  private: something else now\n").unwrap();
    let masks = ann.masks();
    let of = masks.of(MessageNumber(0)).unwrap();
    let reason: &MaskReason = &of.parts[0].masks[0].reason;
    assert_eq!(
        (reason.reach, reason.label.as_str()),
        (Reach::Always, "personal")
    );
    assert_eq!(
        of.parts[0].of,
        print_of(ann.store().text(MessageNumber(0)).unwrap())
    );
    std::fs::write(&path, "personal  never  private: x\n").unwrap();
    let error = ann.mask_reason("personal").unwrap_err().to_string();
    assert!(
        error.contains("redactions.txt:1: write always or open"),
        "{error}"
    );
}

#[test]
fn the_screen_marks_what_is_masked_and_shows_both_copies() {
    let desk = small();
    let ann = &desk.session;
    redact(ann, &set(0, 1), &words("ann lee"), Some("personal"));
    redact(ann, &set(0, 1), &words("07700 900123"), Some("foi-38"));
    let mut review = super::tui::Review::start(&desk, 120, 40);
    review.press("<Enter>gg");
    let rows = review.rows();
    let marked = rows.iter().filter(|row| row.contains("·#")).count();
    assert_eq!(marked, 1, "{}", review.screen());
    review.press("i)))");
    let screen = review.screen();
    for words in ["closed master", "open copy", "[redacted: FOI s38]"] {
        assert!(screen.contains(words), "{screen}");
    }
}
