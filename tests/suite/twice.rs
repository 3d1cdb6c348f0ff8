//! The same thing twice: one chat told by two phones, one mail in two mailboxes, media that a later
//! export brings; and chats that are only alike.

use docket::bundle;
use docket::case::ledger::Known;
use docket::case::{
    Actor, Case, Disagree, ImportOptions, Outcome, Pattern, SourceReport, WordQuery,
};
use docket::check::{Verdict, overall};
use docket::model::{AttachmentState, Decision, Kind, MessageNumber, SourceId, ThreadId};
use docket::review::{How, Session, Target};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Seconds from the start of Saturday 13 March 2021.
#[derive(Clone, Debug)]
struct Said {
    second: i64,
    sender: String,
    text: String,
}

fn said(second: i64, sender: &str, text: &str) -> Said {
    Said {
        second,
        sender: sender.into(),
        text: text.into(),
    }
}

fn clock(second: i64) -> chrono::NaiveDateTime {
    chrono::NaiveDate::from_ymd_opt(2021, 3, 13)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap()
        + chrono::Duration::seconds(second)
}

/// As Android exports it: minutes.
fn android(chat: &[Said]) -> String {
    chat.iter()
        .map(|said| {
            let clock = clock(said.second).format("%d/%m/%Y, %H:%M");
            format!("{clock} - {}: {}\n", said.sender, said.text)
        })
        .collect()
}

/// As iOS exports it: seconds.
fn ios(chat: &[Said]) -> String {
    chat.iter()
        .map(|said| {
            let clock = clock(said.second).format("%d/%m/%Y, %H:%M:%S");
            format!("[{clock}] {}: {}\r\n", said.sender, said.text)
        })
        .collect()
}

struct Desk {
    folder: tempfile::TempDir,
    case: Case,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        Desk { folder, case }
    }

    fn put(&self, folder: &str, name: &str, text: &[u8]) -> PathBuf {
        let folder = self.folder.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn zip(&self, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let path = self.folder.path().join(name);
        let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, bytes) in files {
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    fn import(&self, paths: &[PathBuf]) -> Vec<SourceReport> {
        let actor = Actor {
            name: "Ann".into(),
            how: Known::Given,
        };
        let reports = self
            .case
            .import(paths, &ImportOptions::default(), &actor, &mut ())
            .unwrap();
        for report in &reports {
            assert_eq!(report.outcome, Outcome::Loaded, "{report:#?}");
            assert_eq!(report.new + report.already_known, report.messages);
            assert_eq!(
                report.bytes,
                report.bytes_in_messages + report.bytes_in_structure + report.bytes_in_exceptions
            );
        }
        reports
    }

    /// Everything that is told of messages, to be the same after a rebuild.
    fn state(&self) -> Vec<String> {
        let store = self.case.store();
        let mut state: Vec<String> = (0..store.len())
            .map(MessageNumber)
            .map(|number| {
                format!(
                    "{:?} {:?} {:?} {:?}",
                    store.position_of(number),
                    store.text(number),
                    store.also_in(number),
                    store.disagreements(number),
                )
            })
            .collect();
        state.extend(store.sources().iter().map(|source| format!("{source:?}")));
        state
    }

    fn assert_sound(&self) {
        let before = self.state();
        self.case.rebuild(&mut ()).unwrap();
        assert_eq!(self.state(), before);
        let checks = self.case.check(true, None, &mut ());
        assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
        // Each source has all of its messages somewhere, each in a place of its own.
        let store = self.case.store();
        let mut held: BTreeMap<SourceId, Vec<(u32, u64)>> = BTreeMap::new();
        for number in (0..store.len()).map(MessageNumber) {
            let message = store.message(number).unwrap();
            let own = held.entry(message.source).or_default();
            own.push((message.item, message.span.offset));
            for also in store.also_in(number) {
                let own = held.entry(also.at.source).or_default();
                own.push((also.at.item, also.at.span.offset));
            }
        }
        for source in store.sources() {
            let mut places = held.remove(&source.id).unwrap_or_default();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), source.messages as usize, "{}", source.name);
        }
    }

    fn found(&self, word: &str) -> Vec<u32> {
        let never = AtomicBool::new(false);
        let query = WordQuery {
            words: vec![word.into()],
            prefix: false,
        };
        let words = self.case.store().matches(&query, &never).unwrap();
        let pattern = Pattern::literal(word, true).unwrap();
        assert_eq!(words, self.case.store().scan(&pattern, &never), "{word}");
        words.into_iter().collect()
    }
}

/// A direct chat between Ann and Bo, as it was.
fn chat(count: i64) -> Vec<Said> {
    (0..count)
        .map(|at| {
            let sender = if at * 7 % 5 < 2 { "Ann" } else { "Bo" };
            let text = match at % 6 {
                0 => "ok".to_owned(),
                _ => format!("item {at} of the plan needs another look"),
            };
            said(at * 217, sender, &text)
        })
        .collect()
}

fn told(chat: &[Said], shift: i64, names: &[(&str, &str)]) -> Vec<Said> {
    let name = |sender: &str| {
        let known = names.iter().find(|(from, _)| *from == sender);
        known.map_or(sender, |(_, to)| *to).to_owned()
    };
    chat.iter()
        .map(|told| said(told.second + shift, &name(&told.sender), &told.text))
        .collect()
}

#[test]
fn a_direct_chat_from_both_phones_is_one() {
    for (shift, described) in [
        (0, None),
        (3600, Some("1 h ahead")),
        (-180, Some("3 min behind")),
        (-5 * 3600 - 1800, Some("5 h 30 min behind")),
    ] {
        for seconds in [false, true] {
            let desk = Desk::new();
            let chat = chat(60);
            let hers = told(&chat, 0, &[("Ann", "Ann Example"), ("Bo", "Bo from work")]);
            let his = told(&chat, shift, &[("Ann", "Ann E."), ("Bo", "Robert Sample")]);
            let hers = desk.put(
                "a",
                "WhatsApp Chat with Bo from work.txt",
                android(&hers).as_bytes(),
            );
            let his = if seconds {
                desk.put("b", "_chat.txt", ios(&his).as_bytes())
            } else {
                let name = "WhatsApp Chat with Ann E..txt";
                desk.put("b", name, android(&his).as_bytes())
            };
            let reports = desk.import(&[hers, his]);
            assert_eq!(
                (reports[1].new, reports[1].already_known),
                (0, 60),
                "{shift}"
            );
            let clocks: Vec<_> = reports[1].clocks.iter().map(|one| one.describe()).collect();
            assert_eq!(clocks.first().map(String::as_str), described, "{seconds}");
            let store = desk.case.store();
            assert_eq!(store.threads().len(), 1);
            let also = store.also_in(MessageNumber(5));
            assert_eq!(also.len(), 1);
            assert_eq!(also[0].at.source, SourceId(1));
            let renamed: Vec<_> = store.sources()[1]
                .renames
                .iter()
                .map(|rename| {
                    let name = |id| store.participant(id).unwrap().name.clone();
                    (name(rename.here), name(rename.there))
                })
                .collect();
            assert_eq!(renamed.len(), 2, "{renamed:?}");
            assert!(renamed.contains(&("Bo from work".into(), "Robert Sample".into())));
            desk.assert_sound();
        }
    }
}

#[test]
fn each_phone_may_lack_delete_and_edit_something() {
    let desk = Desk::new();
    let chat = chat(80);
    let mut hers = told(&chat, 0, &[]);
    let mut his = told(&chat, 3600, &[("Ann", "Ann E.")]);
    hers[9].text = "This message was deleted".into();
    his[15].text = "This message was deleted".into();
    his[21].text = "item 21 is fine by me after all <This message was edited>".into();
    hers.remove(31);
    his.drain(40..44);
    let reports = desk.import(&[
        desk.put("a", "WhatsApp Chat with Bo.txt", android(&hers).as_bytes()),
        desk.put(
            "b",
            "WhatsApp Chat with Ann E..txt",
            android(&his).as_bytes(),
        ),
    ]);
    // New are what she deleted and what she lacks.
    assert_eq!(
        (reports[1].new, reports[1].already_known),
        (2, 74),
        "{reports:#?}"
    );
    let store = desk.case.store();
    let told: Vec<_> = store
        .differences()
        .into_iter()
        .filter(|differs| differs.what != Disagree::RenamedSender)
        .map(|differs| {
            (
                differs.source.0,
                differs.what,
                store.text(differs.number).unwrap(),
            )
        })
        .collect();
    let item = |at: i64| format!("item {at} of the plan needs another look");
    let told: Vec<_> = told
        .iter()
        .map(|(source, what, text)| (*source, *what, (*text).to_owned()))
        .collect();
    for wanted in [
        (
            1,
            Disagree::PresentHere,
            "This message was deleted".to_owned(),
        ),
        (1, Disagree::DeletedSince, item(15)),
        (1, Disagree::Edited, item(21)),
        (0, Disagree::Missing, item(31)),
        (1, Disagree::Missing, item(40)),
        (1, Disagree::Missing, item(41)),
        (1, Disagree::Missing, "ok".to_owned()),
        (1, Disagree::Missing, item(43)),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not in {told:#?}");
    }
    // What stands beside a deleted message is told once.
    assert_eq!(told.len(), 8, "{told:#?}");
    // The other wording is found.
    assert_eq!(desk.found("fine"), [21]);
    desk.assert_sound();
    assert_eq!(desk.found("fine"), [21]);
}

#[test]
fn media_that_a_later_export_brings_are_the_messages() {
    let desk = Desk::new();
    let chat = chat(30);
    let mut without = chat.clone();
    without[7].text = "<Media omitted>".into();
    without[8].text = "IMG-20210313-WA0002.jpg (file attached)".into();
    let mut with = chat.clone();
    with[7].text = "IMG-20210313-WA0001.jpg (file attached)".into();
    with[8].text = "IMG-20210313-WA0002.jpg (file attached)".into();
    let name = "WhatsApp Chat with Bo.txt";
    let first = desk.put("a", name, android(&without).as_bytes());
    desk.import(&[first]);
    let store = desk.case.store();
    assert_eq!(store.kind(MessageNumber(7)), Some(Kind::Omitted));
    assert_eq!(
        store.attachments(MessageNumber(8))[0].file.state,
        AttachmentState::Missing
    );
    let later = desk.zip(
        "WhatsApp Chat with Bo.zip",
        &[
            (name, android(&with).as_bytes()),
            ("IMG-20210313-WA0001.jpg", b"the first picture"),
            ("IMG-20210313-WA0002.jpg", b"the second picture"),
        ],
    );
    let reports = desk.import(&[later]);
    assert_eq!((reports[0].new, reports[0].already_known), (0, 30));
    assert_eq!(reports[0].disagreements.get("attachment"), Some(&2));
    let store = desk.case.store();
    for (number, bytes) in [(7, &b"the first picture"[..]), (8, b"the second picture")] {
        let held = store.attachments(MessageNumber(number));
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].source, SourceId(1));
        assert_eq!(held[0].file.state, AttachmentState::Present);
        let mut read = Vec::new();
        let stands = held[0].file.stands().unwrap();
        let mut file = desk.case.attachment(held[0].source, stands).unwrap();
        std::io::Read::read_to_end(&mut file, &mut read).unwrap();
        assert_eq!(read, bytes);
    }
    desk.assert_sound();
}

fn mail(id: &str, headers: &str, text: &str) -> String {
    format!(
        "Message-ID: <{id}>\r\nDate: Sat, 13 Mar 2021 09:00:00 +0000\r\n{headers}MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

fn mbox(mails: &[String]) -> Vec<u8> {
    mails
        .iter()
        .map(|mail| {
            let mail = mail.replace("\r\n", "\n");
            format!("From x@example.org Sat Mar 13 09:00:00 2021\n{mail}\n")
        })
        .collect::<String>()
        .into_bytes()
}

#[test]
fn a_mail_in_two_mailboxes_is_one() {
    let desk = Desk::new();
    let from_ann = "From: Ann Example <ann@example.org>\r\nTo: bo@example.org\r\n";
    let sent = mail(
        "one@example.org",
        &format!("{from_ann}Bcc: cy@example.org\r\nSubject: plan\r\nX-Gmail-Labels: Sent\r\n"),
        "please look at the plan",
    );
    let received = mail(
        "one@example.org",
        "From: \"Example, Ann\" <Ann@example.org>\r\nTo: Bo Sample <bo@example.org>\r\n\
         Subject: plan\r\nX-Gmail-Labels: Inbox,Work\r\n",
        "please look at\r\nthe plan",
    );
    let answer = mail(
        "two@example.org",
        "From: bo@example.org\r\nTo: ann@example.org\r\nSubject: Re: plan\r\n\
         In-Reply-To: <one@example.org>\r\nReferences: <one@example.org>\r\n",
        "I did, it is fine",
    );
    // One list's footer, another list's id: other mails.
    let listed = mail(
        "three@example.org",
        &format!("{from_ann}Subject: notice\r\n"),
        "the office is closed",
    );
    let listed_there = mail(
        "three@example.org",
        &format!("{from_ann}Subject: notice\r\n"),
        "the office is closed\r\n-- \r\nsent to the list of all staff",
    );
    let circular = |id: &str| {
        mail(
            id,
            &format!("{from_ann}Subject: circular\r\n"),
            "the same words to two lists",
        )
    };
    let hers = mbox(&[sent.clone(), listed, circular("four@example.org")]);
    let his = mbox(&[
        received,
        answer.clone(),
        listed_there,
        circular("five@example.org"),
    ]);
    let reports = desk.import(&[
        desk.put("a", "ann.mbox", &hers),
        desk.put("b", "bo.mbox", &his),
    ]);
    assert_eq!(
        (reports[1].new, reports[1].already_known),
        (3, 1),
        "{reports:#?}"
    );
    let store = desk.case.store();
    // The answer stands in the thread of the mail it answers.
    assert_eq!(store.thread_len(ThreadId(0)), 2);
    assert_eq!(store.threads()[0].sources, [SourceId(0), SourceId(1)]);
    let also = store.also_in(MessageNumber(0));
    assert_eq!(also.len(), 1);
    let labels = also[0].told.labels.clone().unwrap();
    assert_eq!(labels, ["Inbox", "Work"]);
    let told: Vec<_> = store
        .differences()
        .into_iter()
        .map(|differs| (differs.number.0, differs.what))
        .collect();
    assert_eq!(
        told,
        [(0, Disagree::Recipients), (1, Disagree::OtherContent)]
    );
    // A copy as a file of its own, and one twice in a folder.
    let folder = desk.put("c", "1.eml", sent.as_bytes());
    desk.put("c", "2.eml", sent.as_bytes());
    desk.put("c", "3.eml", answer.as_bytes());
    let reports = desk.import(&[folder.parent().unwrap().into()]);
    assert_eq!(
        (reports[0].new, reports[0].already_known),
        (0, 3),
        "{reports:#?}"
    );
    desk.assert_sound();

    let alone = Desk::new();
    let folder = alone.put("c", "1.eml", sent.as_bytes());
    alone.put("c", "2.eml", sent.as_bytes());
    alone.put("c", "3.eml", answer.as_bytes());
    let reports = alone.import(&[folder.parent().unwrap().into()]);
    assert_eq!(
        (reports[0].new, reports[0].already_known),
        (2, 1),
        "{reports:#?}"
    );
    assert_eq!(alone.case.store().also_in(MessageNumber(0)).len(), 1);
    alone.assert_sound();
}

#[test]
fn chats_that_are_only_alike_stay_apart() {
    // Ann tells Dee and Eve the same; both answer shortly. From the phones of Dee and Eve both
    // chats have her name as their title.
    let circular = |name: &str, answers: usize, answer: &str| -> Vec<Said> {
        (0..20)
            .flat_map(|at| {
                let notice = format!("notice {at}: the office closes early on day {at}");
                let mut both = vec![said(at * 600, "Ann", &notice)];
                if (at as usize) < answers {
                    // Each in her own time.
                    let later = if name == "Dee" { 70 } else { 140 + at % 3 * 60 };
                    both.push(said(at * 600 + later, name, answer));
                }
                both
            })
            .collect()
    };
    for (answers, answer) in [(20, "thanks"), (2, "ok"), (1, "thank you very much indeed")] {
        let desk = Desk::new();
        let dee = circular("Dee", answers, answer);
        let eve = circular("Eve", answers, answer);
        let reports = desk.import(&[
            desk.put("a", "WhatsApp Chat with Ann.txt", android(&dee).as_bytes()),
            desk.put("c", "WhatsApp Chat with Eve.txt", android(&eve).as_bytes()),
        ]);
        if answers > 2 {
            assert_eq!(
                desk.case.store().threads().len(),
                2,
                "{answers} {reports:#?}"
            );
        }
        let reports = desk.import(&[desk.put(
            "d",
            "WhatsApp Chat with Dee.txt",
            android(&circular("Dee", answers, "a word of her own")).as_bytes(),
        )]);
        let _ = reports;
        desk.assert_sound();
    }
    // Greetings from a template, in two chats of the same two people's namesakes.
    let desk = Desk::new();
    let greeting = |own: &str| -> Vec<Said> {
        let mut all = vec![
            said(0, "Mum", "Happy new year! Hope all is well"),
            said(60, "Me too", "Happy new year to you!"),
            said(120, "Mum", "ok"),
        ];
        all.extend((0..20).map(|at| {
            let sender = ["Mum", "Me too"][at % 2];
            said(
                1000 + at as i64 * 300,
                sender,
                &format!("{own} {at} and what else there is"),
            )
        }));
        all
    };
    desk.import(&[
        desk.put(
            "a",
            "WhatsApp Chat with Mum.txt",
            android(&greeting("shopping")).as_bytes(),
        ),
        desk.put(
            "b",
            "WhatsApp Chat with Mum.txt",
            android(&greeting("school")).as_bytes(),
        ),
    ]);
    assert_eq!(desk.case.store().threads().len(), 2);
    desk.assert_sound();
}

/// How one custodian's export of the chat differs from what was.
#[derive(Clone, Debug)]
struct Phone {
    shift: i64,
    /// Seconds by which its clock is further ahead at the end.
    drift: i64,
    seconds: bool,
    suffix: &'static str,
    lost: Vec<prop::sample::Index>,
    deleted: Vec<prop::sample::Index>,
    edited: Vec<prop::sample::Index>,
    gap: Option<(prop::sample::Index, usize)>,
}

fn phone() -> impl Strategy<Value = Phone> {
    let some = || proptest::collection::vec(any::<prop::sample::Index>(), 0..5);
    (
        prop_oneof![
            Just(0i64),
            Just(3600),
            Just(-3600),
            -400i64..400,
            Just(5 * 3600 + 1800)
        ],
        prop_oneof![2 => Just(0i64), 1 => -60i64..60],
        any::<bool>(),
        prop_oneof![Just(""), Just(" (work)"), Just(" \u{1F600}")],
        some(),
        some(),
        some(),
        proptest::option::of((any::<prop::sample::Index>(), 1usize..30)),
    )
        .prop_map(
            |(shift, drift, seconds, suffix, lost, deleted, edited, gap)| Phone {
                shift,
                drift,
                seconds,
                suffix,
                lost,
                deleted,
                edited,
                gap,
            },
        )
}

impl Phone {
    /// Which messages these are. Only what can be told from all else is touched: of two "ok" nobody can
    /// say which is gone.
    fn pick(chat: &[Said], indexes: &[prop::sample::Index]) -> Vec<usize> {
        let picked = indexes.iter().map(|index| index.index(chat.len()));
        picked
            .filter(|at| chat[*at].text.contains("item"))
            .collect()
    }

    /// The export, and which messages of the chat stand in it, and whether as deleted ones.
    fn export(&self, chat: &[Said]) -> (String, BTreeMap<usize, bool>) {
        let pick = |indexes: &[prop::sample::Index]| Phone::pick(chat, indexes);
        let (lost, deleted, edited) = (pick(&self.lost), pick(&self.deleted), pick(&self.edited));
        let gap = self.gap.as_ref().map_or(0..0, |(index, length)| {
            let from = index.index(chat.len());
            from..from + length
        });
        let mut told = Vec::new();
        let mut holds = BTreeMap::new();
        for (at, one) in chat.iter().enumerate() {
            if lost.contains(&at) || gap.contains(&at) {
                continue;
            }
            let drift = self.drift * at as i64 / chat.len() as i64;
            let mut one = said(
                one.second + self.shift + drift,
                &format!("{}{}", one.sender, self.suffix),
                &one.text,
            );
            if deleted.contains(&at) {
                one.text = "This message was deleted".into();
            } else if edited.contains(&at) {
                one.text = format!("{} indeed <This message was edited>", one.text);
            }
            holds.insert(at, deleted.contains(&at));
            told.push(one);
        }
        let text = if self.seconds {
            ios(&told)
        } else {
            android(&told)
        };
        (text, holds)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two custodians export one chat. Whatever their clocks, names, deletions, edits and gaps:
    /// the case holds each message once, and what stood in either export.
    #[test]
    fn two_phones_give_the_union(
        steps in proptest::collection::vec((20i64..2000, 0usize..3, 0usize..5), 60..120),
        one in phone(),
        other in phone(),
        together in any::<bool>(),
    ) {
        let mut second = 0;
        let chat: Vec<Said> = steps.iter().enumerate().map(|(at, (step, sender, word))| {
            second += step;
            let text = match word {
                0 if *step > 700 => "ok".to_owned(),
                _ => format!("item {at} is for {} to settle", ["me", "you", "them"][at % 3]),
            };
            said(second, ["Ann", "Bo", "Cy"][*sender], &text)
        }).collect();
        // Nobody says a thing twice within the time that clocks may waver.
        let (first, held_here) = one.export(&chat);
        let (later, held_there) = other.export(&chat);
        prop_assume!(!held_here.is_empty() && !held_there.is_empty());
        // Two chats are one where at least half of what anybody says in them is the same: what two
        // long gaps leave may be less.
        let edited: Vec<usize> = [&one, &other].iter().flat_map(|phone| Phone::pick(&chat, &phone.edited)).collect();
        for sender in [None, Some("Ann"), Some("Bo"), Some("Cy")] {
            let says = |held: &BTreeMap<usize, bool>, at: usize| {
                held.get(&at) == Some(&false) && sender.is_none_or(|sender| chat[at].sender == sender)
            };
            let count = |counts: &dyn Fn(usize) -> bool| (0..chat.len()).filter(|at| counts(*at)).count();
            let here = count(&|at| says(&held_here, at));
            let there = count(&|at| says(&held_there, at));
            let same = count(&|at| says(&held_here, at) && says(&held_there, at) && !edited.contains(&at));
            prop_assume!(same * 2 >= here.min(there));
        }
        let desk = Desk::new();
        let title = "WhatsApp Chat with Ministers.txt";
        let first = desk.put("a", title, first.as_bytes());
        let later = desk.put("b", title, later.as_bytes());
        let reports = if together {
            desk.import(&[first, later])
        } else {
            let mut reports = desk.import(&[first]);
            reports.extend(desk.import(&[later]));
            reports
        };
        let store = desk.case.store();
        prop_assert_eq!(store.threads().len(), 1);
        // Deleted in one and there in the other: two messages that belong together.
        let mut new = 0;
        for (at, deleted) in &held_there {
            new += u32::from(match held_here.get(at) {
                None => true,
                Some(here) => *here && !*deleted,
            });
        }
        prop_assert_eq!(reports[1].new, new, "{:#?}", store.differences().into_iter().map(|one| (one.what, one.source, store.text(one.number).unwrap().to_owned())).collect::<Vec<_>>());
        // The texts are those of the chat, each once.
        let mut texts: Vec<String> = (0..store.len())
            .map(|number| store.message(MessageNumber(number)).unwrap())
            .filter(|message| message.kind == Kind::Text)
            .map(|message| message.text.split(" indeed").next().unwrap().to_owned())
            .collect();
        let mut expected: Vec<String> = (0..chat.len())
            .filter(|at| held_here.get(at) == Some(&false) || held_there.get(at) == Some(&false))
            .map(|at| chat[at].text.clone())
            .collect();
        texts.sort();
        expected.sort();
        prop_assert_eq!(texts, expected);
        desk.assert_sound();
    }

    /// Two chats of the same people at the same times that share short words and a circular.
    #[test]
    fn alike_chats_stay_apart(
        steps in proptest::collection::vec((20i64..2000, 0usize..3, 0usize..6), 40..100),
        shift in prop_oneof![Just(0i64), Just(3600), Just(60)],
        same_title in any::<bool>(),
    ) {
        let mut second = 0;
        let talk = |own: &str, shift: i64| -> Vec<Said> {
            let mut second = 0;
            steps.iter().enumerate().map(|(at, (step, sender, word))| {
                second += step;
                let text = match word {
                    0 => "ok".to_owned(),
                    1 => "thanks, see you".to_owned(),
                    // Ann posts one notice in both.
                    2 if *sender == 0 => format!("notice {at}: read this with care please"),
                    _ => format!("{own} {at} is what we talk of here"),
                };
                said(second + shift, ["Ann", "Bo", "Cy"][*sender], &text)
            }).collect()
        };
        let _ = &mut second;
        let own = steps.iter().filter(|(_, sender, word)| *word > 1 && !(*word == 2 && *sender == 0)).count();
        prop_assume!(own * 2 > steps.len());
        let desk = Desk::new();
        let title = if same_title { "Team.txt" } else { "Other.txt" };
        let reports = desk.import(&[
            desk.put("a", "WhatsApp Chat with Team.txt", android(&talk("budget", 0)).as_bytes()),
            desk.put("b", &format!("WhatsApp Chat with {title}"), android(&talk("football", shift)).as_bytes()),
        ]);
        prop_assert_eq!(desk.case.store().threads().len(), 2, "{:#?}", reports);
        prop_assert_eq!(reports[1].already_known, 0);
    }
}

#[test]
fn the_bundle_tells_of_disagreements_and_names_nothing_withheld() {
    let desk = Desk::new();
    let chat = chat(30);
    let mut hers = chat.clone();
    hers[3].text = "the official plan as it stands".into();
    hers[4].text = "<Media omitted>".into();
    hers[7].text = "a private word about the weekend".into();
    hers[8].text = "another private word of hers".into();
    let mut his = told(&hers, 3600, &[("Ann", "Ann My Darling")]);
    his[3].text = "the official plan, and milk from the shop <This message was edited>".into();
    his[4].text = "IMG-20210313-WA0001.jpg (file attached)".into();
    his[7].text = "a private word about his weekend <This message was edited>".into();
    his.remove(8);
    let name = "WhatsApp Chat with Ann My Darling.txt";
    let later = desk.zip(
        "WhatsApp Chat with Ann My Darling.zip",
        &[
            (name, android(&his).as_bytes()),
            ("IMG-20210313-WA0001.jpg", b"the picture of the plan"),
            ("IMG-20210313-WA0009.jpg", b"a picture of the weekend"),
        ],
    );
    let first = desk.put("a", "WhatsApp Chat with Bo.txt", android(&hers).as_bytes());
    desk.import(&[first, later]);
    let actor = Actor {
        name: "Rita".into(),
        how: Known::Given,
    };
    let Desk { folder, case } = desk;
    let session = Session::open(case, actor).unwrap();
    for number in 0..30 {
        let decision = match number {
            3 | 4 => Decision::Official,
            _ => Decision::Personal,
        };
        let target = Target::Message(MessageNumber(number));
        session.decide(&target, decision, How::Key, None).unwrap();
    }
    for key in ["reference", "department", "custodian"] {
        session.set_fact(key, Some("Given"), None).unwrap();
    }
    let bag = folder.path().join("bag");
    let plan = bundle::plan(&session, &bundle::Options::default()).unwrap();
    assert!(plan.blocks.is_empty(), "{:?}", plan.blocks);
    bundle::write(&session, &plan, &bag, &mut ()).unwrap();
    assert_eq!(overall(&bundle::verify(&bag)), Verdict::Ok);
    let table = std::fs::read_to_string(bag.join("reconciliation.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            r#""3","thread-0000","2021-03-13","source-0001","edited","1""#,
            r#""4","thread-0000","2021-03-13","source-0001","attachment","1""#,
            r#""","","","","edited","1""#,
            r#""","","","","missing","1""#,
            r#""","","","","renamed-sender","1""#,
        ]
    );
    let store = session.store();
    let everything = walk(&bag);
    let is_there = |bytes: &[u8]| {
        let holds = |file: &&Vec<u8>| memchr::memmem::find(file, bytes).is_some();
        everything.iter().any(|file| holds(&file))
    };
    assert!(is_there(b"the picture of the plan"));
    assert!(is_there(b"the official plan as it stands"));
    for withheld in [
        "milk",
        "weekend",
        "private word",
        "Darling",
        &store.sources()[0].sha256,
        &store.sources()[1].sha256,
    ] {
        assert!(!is_there(withheld.as_bytes()), "{withheld}");
    }
    // A row about a message that is not here is found.
    let text = table.replace(r#""3","thread"#, r#""5","thread"#);
    std::fs::write(bag.join("reconciliation.csv"), text).unwrap();
    assert_eq!(overall(&bundle::verify(&bag)), Verdict::Failed);
}

fn walk(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
    found
}
