//! Whatever is decided and masked: nothing that is personal is in the new case, in any file of it,
//! and a bundle of it says what a bundle of the old one says.

use super::walk;
use docket::bundle::records::jsonl::Row;
use docket::bundle::{self, Destination, Options};
use docket::case::ledger::Known;
use docket::case::masks::Part;
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::import::rsmf::own;
use docket::keeping::purge;
use docket::model::{Decision, MessageNumber};
use docket::review::{Asking, Find, How, Session, Spot, Target};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// Events of the chat, one of them a line of the app, and mails.
const EVENTS: u32 = 12;
const MAILS: u32 = 6;

/// What is done to a message.
#[derive(Clone, Copy, Debug)]
struct Done {
    decision: Decision,
    /// Whether what is private in its text is masked as personal, and what is reserved as exempt.
    personal: bool,
    exempt: bool,
    /// Which part of it is masked whole, if it has it, and whether as personal.
    part: Option<Part>,
    as_personal: bool,
}

/// A word that stands in one place of one message: `what` says which.
fn canary(what: char, at: u32) -> String {
    format!("z{what}{at:03}qv")
}

fn private(at: u32) -> String {
    format!("quietly {} \u{1f3e0} of the family", canary('p', at))
}

fn reserved(at: u32) -> String {
    format!("a price of {} pounds", canary('x', at))
}

fn said(at: u32) -> String {
    // What is reserved stands before what is private in some, and both beside each other.
    match at % 3 {
        0 => format!("Item {at}: {}{}, noted", reserved(at), private(at)),
        1 => format!("Item {at}: {}; then \"{}\"", private(at), reserved(at)),
        _ => format!("{}\nItem {at} \u{e9}\u{301}; {}", private(at), reserved(at)),
    }
}

fn is_line(at: u32) -> bool {
    at == 5
}

/// The exports: a collected chat with its files, and a mailbox.
fn exports(folder: &Path) {
    let chat = folder.join("Collected chat");
    fs::create_dir(&chat).unwrap();
    let mut events = Vec::new();
    for at in 0..EVENTS {
        if is_line(at) {
            events.push(
                json!({"id": format!("e{at}"), "type": "join", "conversation": "q",
                "participant": "c", "timestamp": "2024-03-02T10:00:00Z", "body": "Cara joined"}),
            );
            continue;
        }
        let who = ["a", "b"][at as usize % 2];
        let mut event = json!({
            "id": format!("e{at}"),
            "type": "message",
            "conversation": "q",
            "participant": who,
            "timestamp": format!("2024-03-{:02}T{:02}:00:00+00:00", 1 + at / 4, 8 + at),
            "body": said(at),
            "edits": [{"participant": who,
                "previous": format!("before it was {}", canary('v', at)), "new": said(at)}],
            "reactions": [{"value": canary('r', at), "count": 1, "participants": ["a"]}],
        });
        if at > 0 {
            event["parent"] = json!(format!("e{}", at - 1));
        }
        if at % 2 == 0 {
            let name = format!("{}.txt", canary('n', at));
            fs::write(chat.join(&name), format!("a page of {}", canary('f', at))).unwrap();
            event["attachments"] = json!([{"id": name, "display": name}]);
        }
        events.push(event);
    }
    let manifest = json!({
        "version": "2.0.0",
        "eventcollectionid": "one",
        "participants": [{"id": "a", "display": "Amina Yusuf"}, {"id": "b", "display": "Ben Okafor"},
            {"id": "c", "display": "Cara"}],
        "conversations": [{"id": "q", "display": "Quay", "platform": "slack", "type": "channel",
            "participants": ["a", "b", "c"]}],
        "events": events,
    });
    fs::write(chat.join("rsmf_manifest.json"), manifest.to_string()).unwrap();
    let mut mails = String::new();
    for at in EVENTS..EVENTS + MAILS {
        let (subject, to, label) = (canary('s', at), canary('t', at), canary('l', at));
        mails.push_str(&format!(
            "From ann@example.org Mon Mar  4 09:00:00 2024\nFrom: Ann Lee <ann@example.org>\n\
             To: {to}@example.org\nSubject: Plan {subject}\nX-Gmail-Labels: {label}\n\
             Message-ID: <{at}@example.org>\nDate: Mon, 4 Mar 2024 09:{at:02}:00 +0000\n\
             Content-Type: text/plain; charset=utf-8\n\n{}\n\n",
            said(at)
        ));
    }
    fs::write(folder.join("Archive.mbox"), mails).unwrap();
}

/// The case of these exports, with what is done to each message by its canary.
fn worked_on(folder: &Path, done: &[Done]) -> Session {
    exports(folder);
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    let case = Case::open_or_create(&folder.join("case")).unwrap();
    let given = [folder.join("Collected chat"), folder.join("Archive.mbox")];
    case.import(&given, &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    let session = Session::open(case, actor).unwrap();
    assert_eq!(session.store().len(), EVENTS + MAILS);
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: None,
    };
    let personal = session.mask_reason("personal").unwrap();
    let exempt = session.mask_reason("foi-40-2").unwrap();
    for (number, at, done) in numbered(&session, done) {
        if is_line(at) {
            continue;
        }
        let target = Target::Message(number);
        session
            .decide(&target, done.decision, How::Key, None)
            .unwrap();
        let mask = |spot: &Spot, reason| {
            session
                .redact(&target, spot, Some(reason), &asking, &mut ())
                .unwrap();
        };
        if done.exempt {
            mask(&found(&reserved(at)), &exempt);
        }
        if done.personal {
            mask(&found(&private(at)), &personal);
        }
        if let Some(part) = done.part {
            let reason = if done.as_personal { &personal } else { &exempt };
            mask(&Spot::Whole(part), reason);
        }
    }
    session
}

fn found(words: &str) -> Spot {
    Spot::Found(Find::anywhere(words).unwrap())
}

/// Each message with its place among those of the exports, which its words tell.
fn numbered(session: &Session, done: &[Done]) -> Vec<(MessageNumber, u32, Done)> {
    let store = session.store();
    let place = |text: &str| {
        let all = 0..EVENTS + MAILS;
        let found = all.into_iter().find(|at| text.contains(&canary('p', *at)));
        found.unwrap_or(5)
    };
    (0..store.len())
        .map(MessageNumber)
        .map(|number| (number, place(store.text(number).unwrap())))
        .map(|(number, at)| (number, at, done[at as usize]))
        .collect()
}

/// What of a message must be gone, and what must be there.
fn canaries(at: u32, done: &Done) -> (Vec<String>, Vec<String>) {
    if is_line(at) {
        return (Vec::new(), Vec::new());
    }
    let is_mail = at >= EVENTS;
    let has = |what: char| match what {
        'v' | 'r' => !is_mail,
        'n' | 'f' => !is_mail && at.is_multiple_of(2),
        's' | 't' | 'l' => is_mail,
        _ => true,
    };
    let leaves = matches!(
        done.decision,
        Decision::Official | Decision::Mixed | Decision::Context
    );
    let personal = |part: Part| done.part == Some(part) && done.as_personal;
    let is_gone = |what: char| {
        !leaves
            || match what {
                'p' => done.personal,
                // Nobody looked at an earlier text of what is masked.
                'v' => match done.part {
                    Some(Part::Version(0)) => done.as_personal,
                    _ => done.personal,
                },
                'n' | 'f' => personal(Part::File(0)),
                'r' => personal(Part::Reactions),
                't' => personal(Part::Recipients),
                'l' => personal(Part::Labels),
                _ => false,
            }
    };
    let all = ['p', 'x', 'v', 'n', 'f', 'r', 's', 't', 'l'];
    let all = all.into_iter().filter(|what| has(*what));
    let (gone, here): (Vec<char>, Vec<char>) = all.partition(|what| is_gone(*what));
    let named = |all: Vec<char>| all.into_iter().map(|what| canary(what, at)).collect();
    (named(gone), named(here))
}

/// Every byte of every file below a folder, small letters, and what is packed in its mails.
fn every_byte(folder: &Path) -> Vec<u8> {
    let mut files = Vec::new();
    walk(folder, &mut files);
    let mut all = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        all.extend_from_slice(file.to_string_lossy().as_bytes());
        all.extend(bytes.to_ascii_lowercase());
        if let Some(packed) = unpacked(&bytes) {
            all.extend(packed.to_ascii_lowercase());
        }
    }
    all
}

/// What stands in the zip of an RSMF file.
fn unpacked(mail: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(mail).ok()?;
    let (_, zip) = text.split_once("filename=\"rsmf.zip\"")?;
    let (_, coded) = zip.split_once("\r\n\r\n")?;
    let (coded, _) = coded.split_once("\r\n--")?;
    let mut bits = 0_u32;
    let mut bytes = Vec::new();
    let signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let coded = coded.chars().filter_map(|sign| signs.find(sign));
    for (at, sign) in coded.enumerate() {
        bits = bits << 6 | u32::try_from(sign).unwrap();
        if at % 4 == 3 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
        }
    }
    // Of the last group the zip's end needs no more than what is whole.
    bytes.extend_from_slice(&[0; 3]);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        all.extend_from_slice(entry.name().unwrap().as_bytes());
        entry.read_to_end(&mut all).unwrap();
    }
    Some(all)
}

/// The rows of a bundle by the number of their message in the old case; the lines that tell what is
/// not there have none. `made`: the case that the bundle is of, where it is the new one.
pub(super) fn rows(bag: &Path, name: &str, made: Option<&Session>) -> BTreeMap<u32, Row> {
    let text = fs::read_to_string(bag.join(name)).unwrap_or_default();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let rows: Vec<Row> = rows.collect();
    let former = |row: &Row| match made {
        Some(made) => own::former(made.store().raw(MessageNumber(row.message)).unwrap()),
        None => Some(row.message),
    };
    let mut all: BTreeMap<u32, Row> = BTreeMap::new();
    let numbers: BTreeMap<u32, u32> = rows
        .iter()
        .filter_map(|row| Some((row.message, former(row)?)))
        .collect();
    for mut row in rows.clone() {
        let Some(former) = former(&row) else { continue };
        row.answers = row.answers.and_then(|number| numbers.get(&number).copied());
        all.insert(former, row);
    }
    all
}

/// What a row says to whoever gets it: not where it stood, nor what was taken out of it for good.
pub(super) fn says(row: Row) -> serde_json::Value {
    let masks: BTreeSet<(String, String, u64)> = row
        .masks
        .iter()
        .filter(|mask| mask.reach == "open" && !mask.part.starts_with("version"))
        .map(|mask| {
            let part = mask.part.trim_end_matches(|c: char| c.is_ascii_digit());
            (part.to_owned(), mask.reason.clone(), mask.count)
        })
        .collect();
    let files: Vec<_> = row
        .attachments
        .iter()
        .filter(|file| file.state != "withheld")
        .map(|file| (&file.name, &file.state, &file.media, &file.sha256))
        .collect();
    let who: Vec<_> = row.recipients.iter().map(|one| &one.who).collect();
    // That other exports disagree is not seen where there are no others.
    let marks: Vec<_> = row
        .marks
        .iter()
        .filter(|mark| **mark != "disputed")
        .collect();
    json!({
        "thread": row.thread_title, "channel": row.channel, "marks": marks, "day": row.day, "time": row.time,
        "written": row.time_as_written, "basis": row.time_basis, "sender": row.sender,
        "direction": row.direction, "kind": row.kind, "event": row.event,
        "text": row.text.replace(" of the former case", ""),
        "subject": row.subject, "to": who, "labels": row.labels, "forwarded": row.forwarded,
        "unsent": row.unsent, "answers": row.answers, "masks": masks, "files": files,
        "reactions": row.reactions, "versions": row.versions, "name": row.message_id,
    })
}

pub(super) fn handed_over(session: &Session, bag: &Path) {
    let options = Options {
        partial: true,
        ..Options::default()
    };
    let plan = bundle::plan(session, &options).unwrap();
    bundle::write_to(session, &plan, &Destination::plain(bag), &mut ()).unwrap();
}

fn any_done() -> impl Strategy<Value = Done> {
    let decision = prop_oneof![
        3 => Just(Decision::Official),
        3 => Just(Decision::Mixed),
        1 => Just(Decision::Context),
        2 => Just(Decision::Personal),
        1 => Just(Decision::Refer),
        1 => Just(Decision::Undecided),
    ];
    let part = prop_oneof![
        Just(None),
        Just(Some(Part::Version(0))),
        Just(Some(Part::File(0))),
        Just(Some(Part::Reactions)),
        Just(Some(Part::Recipients)),
        Just(Some(Part::Labels)),
    ];
    (decision, any::<bool>(), any::<bool>(), part, any::<bool>()).prop_map(
        |(decision, personal, exempt, part, as_personal)| Done {
            // A mixed message leaves only once what is personal in it is masked.
            personal: personal || decision == Decision::Mixed,
            decision,
            exempt,
            part,
            as_personal,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_decided_and_masked_nothing_personal_goes_over(
        done in prop::collection::vec(any_done(), (EVENTS + MAILS) as usize),
    ) {
        // Something has to leave.
        let mut done = done;
        done[0].decision = Decision::Official;
        let folder = tempfile::tempdir().unwrap();
        let old = worked_on(folder.path(), &done);
        let purging = purge::plan(&old, true).unwrap();
        let new = folder.path().join("new");
        let purged = purge::purge(&old, &purging, &new, &mut ()).unwrap();
        prop_assert_eq!(purged.path, new.clone());
        let bytes = every_byte(&new);
        let finds = |word: &str| memchr::memmem::find(&bytes, word.as_bytes()).is_some();
        for (at, done) in (0..).zip(&done) {
            let (gone, here) = canaries(at, done);
            for word in gone {
                prop_assert!(!finds(&word), "{word} is still there: {at} {done:?}");
            }
            for word in here {
                prop_assert!(finds(&word), "{word} is gone: {at} {done:?}");
            }
        }
        let case = Case::open(&new).unwrap();
        prop_assert!(overall(&case.check(false, None, &mut ())) != Verdict::Failed);
        let made = Session::open(case, old.actor().clone()).unwrap();
        let leaves: Vec<Done> = numbered(&old, &done)
            .into_iter()
            .filter(|(_, at, done)| !is_line(*at) && matches!(
                done.decision,
                Decision::Official | Decision::Mixed | Decision::Context
            ))
            .map(|(_, _, done)| done)
            .collect();
        let count = |wanted: fn(&Done) -> bool| leaves.iter().filter(|done| wanted(done)).count() as u64;
        prop_assert_eq!(purging.mixed, count(|done| done.decision == Decision::Mixed));
        prop_assert_eq!(made.masks().messages().len(), purging.exempt);
        let bags = ["old-bag", "new-bag"].map(|name| folder.path().join(name));
        handed_over(&old, &bags[0]);
        handed_over(&made, &bags[1]);
        for name in ["data/records/messages.jsonl", "data/records/messages_R.jsonl"] {
            let before = rows(&bags[0], name, None);
            let after = rows(&bags[1], name, Some(&made));
            prop_assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{}", name);
            for ((number, before), after) in before.into_iter().zip(after.into_values()) {
                prop_assert_eq!(says(before), says(after), "{}: message {}", name, number);
            }
        }
    }
}
