//! Who is who: joined, said, taken back, found across channels, handed over without what stays.

use docket::bundle::{Options, plan, verify, write};
use docket::case::ledger::{Actor, Entry, Known};
use docket::case::{Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::model::{Decision, Direction, MessageNumber, ParticipantId, Relation};
use docket::people::suggest::{Side, Strength, Suggestion};
use docket::review::people::Marking;
use docket::review::{How, Query, ReviewError, Session, Target};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// A group: the custodian by name, a colleague by number.
const GROUP: &str = "\
01/03/2021, 09:00 - Ama Osei: The tender for the northern quay goes out on Monday
01/03/2021, 09:01 - +44 7700 900123: Agreed, I will tell the harbour office
01/03/2021, 09:02 - Bo Ek: Lunch?
";
/// A private chat: the same colleague under a name that nobody else is to know.
const PRIVATE: &str = "\
02/03/2021, 20:00 - Kwamikins Sunshine: see you at the swimming pool on Sunday then
02/03/2021, 20:01 - Ama Osei: bring the yellow towels for the children please
";
/// Texts of the same two.
const TEXTS: &str = "<?xml version='1.0'?><smses count=\"2\"><sms address=\"07700 900123\" contact_name=\"Kwame Mensah\" date=\"1614700000000\" type=\"1\" body=\"Text from the quay office\"/>\n<sms address=\"07700 900123\" contact_name=\"Kwame Mensah\" date=\"1614700060000\" type=\"2\" body=\"Thank you for the text\"/></smses>";
/// Their mails.
const MAILS: &str = "From k@dcr.example Wed Mar 31 09:08:43 2021\nFrom: \"Mensah, Kwame\" <K.Mensah@dcr.example>\nTo: A. Osei <a.osei@dcr.example>\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nMessage-ID: <1@dcr.example>\nSubject: Quay\n\nThe minutes of the quay\n\nFrom a@dcr.example Wed Mar 31 09:09:43 2021\nFrom: A. Osei <A.Osei@dcr.example>\nTo: k.mensah@dcr.example, Zed <zed@elsewhere.example>\nDate: Wed, 31 Mar 2021 10:09:43 +0100\nMessage-ID: <2@dcr.example>\nIn-Reply-To: <1@dcr.example>\n\nThank you for the minutes\n";

/// A staff list: the colleague with number and address, and somebody whom nobody knows.
const STAFF: &str = "Name,Department,Job title,Email,Mobile\nKwame Mensah,DCR,Deputy Director,k.mensah@DCR.example,+44 (0)7700 900123\nNobody Known,DCR,Clerk,n@dcr.example,020 7946 0001\n,,,,\n";

fn actor(name: &str) -> Actor {
    Actor {
        name: name.into(),
        how: Known::Given,
    }
}

fn open(folder: &Path, name: &str) -> Session {
    Session::open(Case::open(&folder.join("case")).unwrap(), actor(name)).unwrap()
}

/// A case of all four exports.
fn case() -> (TempDir, Session) {
    let folder = TempDir::new().unwrap();
    let given = folder.path().join("given");
    fs::create_dir(&given).unwrap();
    for (name, text) in [
        ("WhatsApp Chat with Quay.txt", GROUP),
        ("WhatsApp Chat with Kwamikins Sunshine.txt", PRIVATE),
        ("sms-20210331.xml", TEXTS),
        ("mail.mbox", MAILS),
    ] {
        fs::write(given.join(name), text).unwrap();
    }
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let ann = actor("Ann");
    case.import(&[given], &ImportOptions::default(), &ann, &mut ())
        .unwrap();
    drop(case);
    let session = open(folder.path(), "Ann");
    assert_eq!(session.store().len(), 9);
    (folder, session)
}

/// The participant whose name this is, or begins with it.
fn id(session: &Session, name: &str) -> ParticipantId {
    let store = session.store();
    let found = store
        .participants()
        .iter()
        .find(|p| p.name.starts_with(name));
    found
        .unwrap_or_else(|| panic!("nobody is called {name}"))
        .id
}

fn found(session: &Session, query: &str) -> u64 {
    let query = Query::parse(query).unwrap();
    assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
    let never = AtomicBool::new(false);
    session.search(&query, &never).unwrap().len()
}

/// Kwame's four names, joined.
fn joined(session: &Session) -> Vec<ParticipantId> {
    let names = [
        "+44 7700 900123",
        "Kwamikins",
        "Kwame Mensah <",
        "Mensah, Kwame",
    ];
    let ids: Vec<_> = names.map(|name| id(session, name)).into();
    session.join(&ids).unwrap().unwrap();
    ids
}

fn suggestion(session: &Session, one: &str, other: &str) -> Option<Suggestion> {
    let (one, other) = (id(session, one), id(session, other));
    session.suggestions().unwrap().into_iter().find(|found| {
        (found.one == Side::Person(one) && found.other == other)
            || (found.one == Side::Person(other) && found.other == one)
    })
}

#[test]
fn a_joined_person_is_found_by_every_name_on_every_channel() {
    let (_folder, session) = case();
    assert_eq!(found(&session, "from:kwame"), 2);
    assert_eq!(found(&session, "from:\"07700 900123\""), 2);
    joined(&session);
    for query in [
        "from:kwame",
        "from:kwamikins",
        "from:900123",
        "from:k.mensah@dcr.example",
    ] {
        assert_eq!(found(&session, query), 4, "{query}");
    }
    // The group, the private chat, the texts, and both mails: to him, by an address he sent from.
    assert_eq!(found(&session, "with:kwamikins"), 9);
    assert_eq!(found(&session, "to:kwamikins"), 2);
    session
        .rename(id(&session, "Kwamikins"), "Mr Quay")
        .unwrap();
    assert_eq!(found(&session, "from:\"mr quay\""), 4);
    session.undo().unwrap();
    session.undo().unwrap();
    assert_eq!(found(&session, "from:kwame"), 2);
    assert_eq!(
        found(&session, "with:zed"),
        2,
        "someone who was only written to"
    );
}

#[test]
fn what_people_are_is_searched() {
    let (_folder, session) = case();
    joined(&session);
    let marking = Marking {
        relation: Some(Relation::Colleague),
        organisation: Some("Department for Quays".into()),
        position: Some("Deputy Director".into()),
        notes: None,
    };
    session.mark(&[id(&session, "+44")], &marking).unwrap();
    let outsider = Marking {
        relation: Some(Relation::Outsider),
        ..Marking::default()
    };
    session.mark(&[id(&session, "Bo Ek")], &outsider).unwrap();
    assert_eq!(found(&session, "from:colleague"), 4);
    assert_eq!(found(&session, "org:quays"), 4);
    assert_eq!(found(&session, "from:outsider"), 1);
    assert_eq!(found(&session, "with:outsider"), 3);
    assert_eq!(found(&session, "with:colleague"), 9);
    assert_eq!(
        found(&session, "from:\"colleague\""),
        0,
        "quotes make a name of it"
    );
    assert_eq!(
        found(&session, "from:me"),
        1,
        "the texts tell of their owner"
    );
}

#[test]
fn marking_me_makes_direction_known_in_every_export_where_they_appear() {
    let (_folder, session) = case();
    let store = session.store();
    let direction = |text: &str| {
        let number = (0..store.len())
            .map(MessageNumber)
            .find(|n| store.text(*n).unwrap().contains(text));
        session.direction(number.unwrap())
    };
    assert_eq!(direction("northern quay"), Direction::Unknown);
    let me = [id(&session, "Ama Osei"), id(&session, "A. Osei")];
    session.join(&me).unwrap();
    let marking = Marking {
        relation: Some(Relation::Me),
        ..Marking::default()
    };
    session.mark(&me[..1], &marking).unwrap();
    for (text, expected) in [
        ("northern quay", Direction::Sent),
        ("harbour office", Direction::Received),
        ("yellow towels", Direction::Sent),
        ("swimming", Direction::Received),
        ("The minutes", Direction::Received),
        ("for the minutes", Direction::Sent),
        ("from the quay office", Direction::Received),
    ] {
        assert_eq!(direction(text), expected, "{text}");
    }
    assert_eq!(found(&session, "is:sent"), 4);
    assert_eq!(found(&session, "is:received"), 5);
    assert_eq!(found(&session, "to:me"), 1);
    // What is said of one export goes before what is said of a person.
    let group = store
        .thread(store.position_of(MessageNumber(0)).unwrap().0)
        .unwrap()
        .sources[0];
    let bo = store
        .sources()
        .iter()
        .find(|s| s.name.contains("Quay"))
        .unwrap()
        .id;
    session.set_me(bo, Some(id(&session, "Bo Ek"))).unwrap();
    assert_eq!(direction("Lunch"), Direction::Sent, "{group}");
    assert_eq!(direction("northern quay"), Direction::Received);
}

#[test]
fn someone_who_only_received_in_an_export_is_known_there_too() {
    let folder = TempDir::new().unwrap();
    let inbox = "From k@dcr.example Wed Mar 31 09:08:43 2021\nFrom: Kwame <k@dcr.example>\nTo: Ama <a.osei@dcr.example>\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nMessage-ID: <1@dcr.example>\n\nHello\n";
    let sent = "From a@dcr.example Wed Mar 31 09:08:43 2021\nFrom: Ama Osei <A.Osei@dcr.example>\nTo: Zoe <z@dcr.example>\nDate: Wed, 31 Mar 2021 11:08:43 +0100\nMessage-ID: <2@dcr.example>\n\nHello Zoe\n";
    fs::write(folder.path().join("inbox.mbox"), inbox).unwrap();
    fs::write(folder.path().join("sent.mbox"), sent).unwrap();
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let given = ["inbox.mbox", "sent.mbox"].map(|name| folder.path().join(name));
    case.import(&given, &ImportOptions::default(), &actor("Ann"), &mut ())
        .unwrap();
    let session = Session::open(case, actor("Ann")).unwrap();
    let marking = Marking {
        relation: Some(Relation::Me),
        ..Marking::default()
    };
    session.mark(&[id(&session, "Ama Osei")], &marking).unwrap();
    assert_eq!(found(&session, "is:received"), 1);
    assert_eq!(found(&session, "is:sent"), 1);
}

#[test]
fn suggestions_say_why_and_nothing_is_joined_by_itself() {
    let (folder, session) = case();
    let number = suggestion(&session, "+44", "Kwame Mensah <").unwrap();
    assert_eq!(number.strength, Strength::Exact);
    assert!(
        number.reasons[0].contains("+44") && number.reasons[0].contains("Europe/London"),
        "{:?}",
        number.reasons
    );
    let name = suggestion(&session, "Mensah, Kwame", "Kwame Mensah <").unwrap();
    assert_eq!(
        (name.strength, name.reasons[0].as_str()),
        (Strength::Name, "the same words in the name")
    );
    let initials = suggestion(&session, "A. Osei", "Ama Osei").unwrap();
    assert_eq!(initials.strength, Strength::Weak);
    assert!(suggestion(&session, "Bo Ek", "Ama Osei").is_none());
    assert_eq!(
        session.roster().people().len(),
        session.store().participants().len()
    );

    session
        .dismiss(std::slice::from_ref(&name.id))
        .unwrap()
        .unwrap();
    session
        .accept(std::slice::from_ref(&number.id))
        .unwrap()
        .unwrap();
    assert!(
        session
            .roster()
            .is_one(id(&session, "+44"), id(&session, "Kwame Mensah <"))
    );
    let again = session.suggestions().unwrap();
    assert!(!again.iter().any(|s| s.id == number.id || s.id == name.id));
    assert!(
        suggestion(&session, "+44", "Mensah, Kwame").is_none(),
        "who was dismissed with one name of a person is dismissed with all"
    );
    assert!(matches!(
        session.accept(&[number.id]),
        Err(ReviewError::Missing(_))
    ));
    drop(session);

    let session = open(folder.path(), "Ann");
    assert!(
        suggestion(&session, "Mensah, Kwame", "Kwame Mensah <").is_none(),
        "dismissed for good"
    );
    session.undo().unwrap();
    session.undo().unwrap();
    assert!(
        suggestion(&session, "Mensah, Kwame", "Kwame Mensah <").is_some(),
        "until it is taken back"
    );
}

#[test]
fn a_staff_list_gives_suggestions_and_says_whom_it_does_not_match() {
    let (folder, session) = case();
    let file = folder.path().join("staff.csv");
    fs::write(&file, STAFF).unwrap();
    let report = session
        .load_contacts(&file, &[], Some(Relation::Colleague))
        .unwrap();
    assert_eq!(report.list.contacts, 2);
    assert_eq!(report.unreadable.len(), 1);
    assert_eq!(report.unmatched, 1);
    // The number in the group and in the texts, and the address, as it writes and as it is written
    // to.
    assert_eq!(report.suggestions, (4, 4));
    assert!(
        session
            .case()
            .layout()
            .original(&report.list.sha256)
            .exists()
    );
    let again = session
        .load_contacts(&file, &[], Some(Relation::Colleague))
        .unwrap();
    assert!(again.recorded.is_none() && again.list == report.list);
    assert!(
        session
            .case()
            .check(true, None, &mut ())
            .iter()
            .all(|check| check.verdict == Verdict::Ok)
    );

    let exact: Vec<String> = session
        .suggestions()
        .unwrap()
        .into_iter()
        .filter(|s| s.strength == Strength::Exact)
        .map(|s| s.id)
        .collect();
    let recorded = session.accept(&exact).unwrap().unwrap();
    assert!(matches!(recorded.entry, Entry::People { .. }));
    let roster = session.roster();
    let kwame = roster.person(id(&session, "+44")).unwrap();
    assert_eq!(kwame.name, "Kwame Mensah");
    assert_eq!(kwame.standing(), "colleague, Deputy Director, DCR");
    assert_eq!(kwame.participants.len(), 4);
    assert!(kwame.is_listed);
    // One act, one undo; another takes the list itself back.
    session.undo().unwrap().unwrap();
    assert_eq!(
        session
            .suggestions()
            .unwrap()
            .iter()
            .filter(|s| matches!(s.one, Side::Contact { .. }))
            .count(),
        4
    );
    session.undo().unwrap().unwrap();
    assert!(
        !session
            .suggestions()
            .unwrap()
            .iter()
            .any(|s| matches!(s.one, Side::Contact { .. }))
    );
    session.redo().unwrap().unwrap();
    session.redo().unwrap().unwrap();
    assert_eq!(
        session.roster().person(id(&session, "+44")).unwrap().name,
        "Kwame Mensah"
    );
    let check = session.check().unwrap();
    assert_eq!(check.verdict, Verdict::Ok, "{}", check.detail);
}

#[test]
fn a_file_that_is_no_list_is_refused_and_leaves_nothing() {
    let (folder, session) = case();
    let file = folder.path().join("letter.txt");
    fs::write(&file, "Dear Sir\nsome words\n").unwrap();
    let before = session.case().ledger().head().unwrap();
    let refused = session.load_contacts(&file, &[], None);
    assert!(matches!(refused, Err(ReviewError::Contacts { .. })));
    assert!(refused.unwrap_err().to_string().contains("letter.txt"));
    assert_eq!(session.case().ledger().head().unwrap(), before);
    assert!(
        session
            .case()
            .check(false, None, &mut ())
            .iter()
            .all(|check| check.verdict == Verdict::Ok)
    );
}

#[test]
fn people_outlast_a_restart_a_lost_checkpoint_and_a_rebuild() {
    let (folder, session) = case();
    joined(&session);
    session.rename(id(&session, "+44"), "Mr Quay").unwrap();
    let people = session.people();
    drop(session);
    let session = open(folder.path(), "Ann");
    assert_eq!(session.people(), people);
    drop(session);
    fs::remove_dir_all(folder.path().join("case/derived")).unwrap();
    let session = open(folder.path(), "Ann");
    assert_eq!(session.people(), people);
    session.case().rebuild(&mut ()).unwrap();
    session.refresh().unwrap();
    assert_eq!(
        session
            .roster()
            .person(id(&session, "Kwamikins"))
            .unwrap()
            .name,
        "Mr Quay"
    );
    assert_eq!(found(&session, "from:kwamikins"), 4);
    // Across the restart, the same undo.
    let undone = session.undo().unwrap().unwrap();
    assert!(undone.what.contains("Mr Quay"), "{}", undone.what);
}

#[test]
fn undo_and_redo_go_through_decisions_and_people_in_order() {
    let (_folder, session) = case();
    session
        .decide(
            &Target::Message(MessageNumber(0)),
            Decision::Official,
            How::Key,
            None,
        )
        .unwrap();
    joined(&session);
    session
        .decide(
            &Target::Message(MessageNumber(1)),
            Decision::Personal,
            How::Key,
            None,
        )
        .unwrap();
    session.undo().unwrap().unwrap();
    assert_eq!(session.decision(MessageNumber(1)), Decision::Undecided);
    assert!(session.undo().unwrap().unwrap().what.contains("4 names"));
    assert_eq!(
        session.roster().people().len(),
        session.store().participants().len()
    );
    session.undo().unwrap().unwrap();
    assert_eq!(session.decision(MessageNumber(0)), Decision::Undecided);
    assert!(session.undo().unwrap().is_none());
    for _ in 0..3 {
        session.redo().unwrap().unwrap();
    }
    assert_eq!(session.decision(MessageNumber(1)), Decision::Personal);
    assert!(
        session
            .roster()
            .is_one(id(&session, "+44"), id(&session, "Kwamikins"))
    );
}

#[test]
fn two_reviewers_never_overwrite_each_other_unseen() {
    let (folder, ann) = case();
    let bo = open(folder.path(), "Bo");
    let who = id(&ann, "+44");
    ann.rename(who, "Mr Quay").unwrap();
    let news = bo.rename(who, "Mr Pier");
    assert!(matches!(news, Err(ReviewError::Meanwhile)), "{news:?}");
    assert_eq!(
        bo.roster().person(who).unwrap().name,
        "Mr Quay",
        "it is seen now"
    );
    bo.rename(who, "Mr Pier").unwrap();
    ann.refresh().unwrap();
    let undone = ann.undo().unwrap().unwrap();
    assert!(undone.skipped > 0);
    assert_eq!(
        ann.roster().person(who).unwrap().name,
        "Mr Pier",
        "what Bo said since stays"
    );
    bo.undo().unwrap().unwrap();
    ann.refresh().unwrap();
    assert_eq!(ann.people(), bo.people());
    assert_eq!(ann.check().unwrap().verdict, Verdict::Ok);
}

#[test]
fn a_join_lets_no_name_out_that_stands_only_in_what_stays() {
    for (name, told) in [
        (None, "Kwame Mensah"),
        (Some("Kwame of the Quay"), "Kwame of the Quay"),
        // The private name, as such and inside another.
        (Some("Kwamikins Sunshine"), "Kwame Mensah"),
        (Some("Kwamikins  SUNSHINE (DCR)"), "Kwame Mensah"),
    ] {
        let (folder, session) = case();
        let ids = joined(&session);
        if let Some(name) = name {
            session.rename(ids[0], name).unwrap();
        }
        let marking = Marking {
            relation: Some(Relation::Colleague),
            organisation: Some("DCR".into()),
            position: Some("friend of Kwamikins Sunshine".into()),
            notes: Some("NOTES that stay in the case".into()),
        };
        session.mark(&ids[..1], &marking).unwrap();
        let me = [id(&session, "Ama Osei"), id(&session, "A. Osei")];
        session.join(&me).unwrap();
        let store = session.store();
        for number in (0..store.len()).map(MessageNumber) {
            let text = store.text(number).unwrap();
            let official = ["harbour", "tender", "Text from"]
                .iter()
                .any(|word| text.contains(word));
            let decision = if official {
                Decision::Official
            } else {
                Decision::Personal
            };
            session
                .decide(&Target::Message(number), decision, How::Key, None)
                .unwrap();
        }
        for (key, value) in [
            ("reference", "R"),
            ("department", "D"),
            ("custodian", "Somebody"),
        ] {
            session.set_fact(key, Some(value), None).unwrap();
        }
        let bag = folder.path().join("bag");
        let plan = plan(&session, &Options::default()).unwrap();
        assert!(plan.blocks.is_empty(), "{:?}", plan.blocks);
        write(&session, &plan, &bag, &mut ()).unwrap();
        let checks = verify(&bag);
        assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
        let table = fs::read_to_string(bag.join("people.csv")).unwrap();
        let rows: Vec<&str> = table.lines().skip(1).collect();
        // Two senders, the other name of one of them, and the owner of the phone that a text went to.
        assert_eq!(rows.len(), 4, "{table}");
        let kwame: Vec<&&str> = rows
            .iter()
            .filter(|row| row.contains(&format!("\"{told}\",\"")))
            .collect();
        assert_eq!(kwame.len(), 2, "{told}\n{table}");
        let joined_as = |row: &str| row.split("\",\"").nth(10).unwrap().to_owned();
        assert_eq!(joined_as(kwame[0]), joined_as(kwame[1]));
        assert!(
            kwame
                .iter()
                .all(|row| row.contains("\"colleague\",\"DCR\"")),
            "{table}"
        );
        let files: Vec<Vec<u8>> = walk(&bag)
            .iter()
            .map(|path| fs::read(path).unwrap())
            .collect();
        for withheld in [
            "Kwamikins",
            "Sunshine",
            "SUNSHINE",
            "mensah@",
            "Mensah, Kwame",
            "osei@",
            "A. Osei",
            "NOTES",
            "Zed",
        ] {
            let holds = |file: &&Vec<u8>| memchr::memmem::find(file, withheld.as_bytes()).is_some();
            assert_eq!(
                files.iter().filter(holds).count(),
                0,
                "{withheld}, named {name:?}"
            );
        }
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(walk(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_name_from_a_staff_list_is_told_even_where_a_withheld_chat_has_it_too() {
    let (folder, session) = case();
    let file = folder.path().join("staff.csv");
    fs::write(&file, STAFF.replace("Kwame Mensah", "Kwamikins Sunshine")).unwrap();
    session.load_contacts(&file, &[], None).unwrap();
    let ids: Vec<String> = session
        .suggestions()
        .unwrap()
        .into_iter()
        .filter(|s| matches!(s.one, Side::Contact { .. }))
        .map(|s| s.id)
        .collect();
    session.accept(&ids).unwrap();
    let store = session.store();
    for number in (0..store.len()).map(MessageNumber) {
        let official = store.text(number).unwrap().contains("harbour");
        let decision = if official {
            Decision::Official
        } else {
            Decision::Personal
        };
        session
            .decide(&Target::Message(number), decision, How::Key, None)
            .unwrap();
    }
    for (key, value) in [
        ("reference", "R"),
        ("department", "D"),
        ("custodian", "Somebody"),
    ] {
        session.set_fact(key, Some(value), None).unwrap();
    }
    let bag = folder.path().join("bag");
    let plan = plan(&session, &Options::default()).unwrap();
    write(&session, &plan, &bag, &mut ()).unwrap();
    let table = fs::read_to_string(bag.join("people.csv")).unwrap();
    assert!(
        table.contains("\"Kwamikins Sunshine\",\"contact list\""),
        "{table}"
    );
}

#[derive(Clone, Debug)]
enum Act {
    Join(usize, Vec<usize>),
    Split(usize, usize),
    Rename(usize, usize, String),
    Mark(usize, usize, Relation),
    Undo(usize),
    Redo(usize),
    Reopen(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let (who, one) = (0usize..3, 0usize..7);
    prop_oneof![
        3 => (who.clone(), proptest::collection::vec(one.clone(), 2..4)).prop_map(|(w, all)| Act::Join(w, all)),
        2 => (who.clone(), one.clone()).prop_map(|(w, p)| Act::Split(w, p)),
        2 => (who.clone(), one.clone(), "[ab]{0,2}").prop_map(|(w, p, n)| Act::Rename(w, p, n)),
        2 => (who.clone(), one, 0usize..4).prop_map(|(w, p, r)| Act::Mark(w, p, Relation::ALL[r])),
        3 => who.clone().prop_map(Act::Undo),
        2 => who.clone().prop_map(Act::Redo),
        1 => who.prop_map(Act::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Three sessions of two reviewers, in any order: they agree with each other and with the
    /// ledger replayed, and all undone by both is nothing said.
    #[test]
    fn sessions_agree_whatever_is_done(acts in proptest::collection::vec(act(), 1..30)) {
        let (folder, first) = case();
        drop(first);
        let names = ["Ann", "Bo", "Ann"];
        let mut sessions: Vec<Session> = names.iter().map(|name| open(folder.path(), name)).collect();
        let count = sessions[0].store().participants().len();
        let id = |at: usize| ParticipantId(u32::try_from(at % count).unwrap());
        for act in acts {
            let done = match act {
                Act::Join(who, all) => {
                    let ids: Vec<_> = all.into_iter().map(id).collect();
                    sessions[who].join(&ids).map(|_| ())
                }
                Act::Split(who, one) => sessions[who].split(&[id(one)]).map(|_| ()),
                Act::Rename(who, one, name) => sessions[who].rename(id(one), &name).map(|_| ()),
                Act::Mark(who, one, relation) => {
                    let marking = Marking { relation: Some(relation), ..Marking::default() };
                    sessions[who].mark(&[id(one)], &marking).map(|_| ())
                }
                Act::Undo(who) => sessions[who].undo().map(|_| ()),
                Act::Redo(who) => sessions[who].redo().map(|_| ()),
                Act::Reopen(who) => {
                    sessions[who] = open(folder.path(), names[who]);
                    Ok(())
                }
            };
            prop_assert!(matches!(done, Ok(()) | Err(ReviewError::Meanwhile)), "{done:?}");
        }
        for session in &sessions {
            session.refresh().unwrap();
        }
        for session in &sessions {
            prop_assert_eq!(session.people(), sessions[0].people());
            prop_assert_eq!(session.check().unwrap().verdict, Verdict::Ok);
        }
    }
}

#[test]
fn the_commands_do_it_all() {
    let (folder, session) = case();
    drop(session);
    let docket = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .arg("--case")
            .arg(folder.path().join("case"))
            .args(["--reviewer", "Ann"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text, error)
    };
    let json = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let mut all = arguments.to_vec();
        all.push("--json");
        let (_, text, _) = docket(&all);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let (code, text, _) = docket(&["people"]);
    assert_eq!(code, 0);
    assert!(
        text.contains("Kwamikins Sunshine") && text.contains("whatsapp 2"),
        "{text}"
    );

    fs::write(folder.path().join("staff.csv"), STAFF).unwrap();
    let link = folder.path().join("link.vcf");
    std::os::unix::fs::symlink("gone.vcf", link).unwrap();
    for (path, told) in [
        ("none.csv", "no such file"),
        (".", "is a folder"),
        ("/dev/null", "neither a file nor a folder"),
        ("link.vcf", "is a link to gone.vcf"),
    ] {
        let (code, _, error) = docket(&["people", "import", path]);
        assert!(code == 2 && error.contains(told), "{path}: {error}");
        if ["none.csv", "link.vcf"].contains(&path) {
            let (code, _, error) = docket(&["import", path]);
            assert!(code == 2 && error.contains(told), "{path}: {error}");
        }
    }
    let (code, text, _) = docket(&["people", "import", "staff.csv"]);
    assert_eq!(code, 1, "a row could not be read");
    assert!(text.contains("1 contact matches nobody"), "{text}");
    assert!(text.contains("4 suggestions, 4 of them"), "{text}");
    let (code, _, error) = docket(&["people", "accept", "--exact"]);
    assert_eq!(code, 3, "{error}");
    let (code, text, _) = docket(&["people", "accept", "--exact", "--yes"]);
    assert_eq!(code, 0);
    assert!(
        text.contains("saved: suggestions accepted: 2 people"),
        "{text}"
    );

    let (code, text, _) = docket(&["people", "join", "kwame mensah", "Kwamikins Sunshine"]);
    assert_eq!(code, 0, "{text}");
    let rows = json(&["people"]);
    let kwame = rows
        .iter()
        .find(|row| row["name"] == "Kwame Mensah")
        .unwrap();
    assert_eq!(kwame["relation"], "colleague");
    assert_eq!(kwame["organisation"], "DCR");
    assert_eq!(kwame["messages"], 4);
    assert_eq!(kwame["channels"]["whatsapp"], 2);
    // The address that was only written to is one of them.
    assert_eq!(kwame["names"].as_array().unwrap().len(), 5);
    assert_eq!(kwame["addressed"], 2);
    assert!(
        kwame["first"]
            .as_str()
            .unwrap()
            .starts_with("2021-03-01T09:01:00")
    );

    let number = kwame["names"][1]["participant"].to_string();
    assert_eq!(docket(&["people", "split", &number]).0, 0);
    assert_eq!(
        docket(&["people", "rename", "+44 7700 900123", "Kwame of the Quay"]).0,
        0
    );
    assert_eq!(
        docket(&[
            "people",
            "mark",
            "me",
            "Ama Osei",
            "--note",
            "the phone's owner"
        ])
        .0,
        0
    );
    let (_, text, _) = docket(&["people", "show", "ama osei"]);
    assert!(
        text.contains("me") && text.contains("the phone's owner") && text.contains("in source"),
        "{text}"
    );
    let (_, text, _) = docket(&["facts"]);
    assert!(
        text.contains("me          Ama Osei, in sources 0, 1"),
        "{text}"
    );

    let suggestions = json(&["people", "suggest"]);
    assert!(!suggestions.is_empty());
    let first = suggestions[0]["suggestion"].as_str().unwrap().to_owned();
    assert_eq!(docket(&["people", "dismiss", &first]).0, 0);
    assert!(
        json(&["people", "suggest"])
            .iter()
            .all(|row| row["suggestion"] != first.as_str())
    );

    let (code, _, error) = docket(&["people", "mark", "me", "osei"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("can be several people"), "{error}");
    let (code, _, error) = docket(&["people", "join", "nobody at all", "1"]);
    assert_eq!(code, 2);
    assert!(error.contains("nobody in this case"), "{error}");
    assert_eq!(docket(&["people", "accept", "99+98"]).0, 3);

    let (_, text, _) = docket(&["undo"]);
    assert!(
        text.contains("taken back: dismissed: 1 suggestion"),
        "{text}"
    );
    let (_, text, _) = docket(&["log"]);
    assert!(
        text.contains("2 contacts loaded from staff.csv")
            && text.contains("named a person Kwame of the Quay"),
        "{text}"
    );
    assert_eq!(docket(&["check", "--full"]).0, 0);
}

/// A list's address is used by many names: nobody takes them for one person at one stroke.
#[test]
fn an_address_that_many_names_use_is_no_exact_match() {
    for (names, expected) in [
        (3, Some(Strength::Exact)),
        (8, Some(Strength::Weak)),
        (30, None),
    ] {
        let folder = TempDir::new().unwrap();
        let mails: String = (0..names)
            .map(|n| {
                let letter = char::from(b'a' + u8::try_from(n % 26).unwrap());
                let name = format!("{letter}nn{} Fam{letter}", "x".repeat(n / 26 + 1));
                format!("From x@example.org Wed Mar 31 09:08:43 2021\nFrom: {name} <list@example.org>\nTo: Ann <ann@example.org>\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nMessage-ID: <{n}@x>\n\nhello {n}\n\n")
            })
            .collect();
        let file = folder.path().join("list.mbox");
        fs::write(&file, mails).unwrap();
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        case.import(&[file], &ImportOptions::default(), &actor("Ann"), &mut ())
            .unwrap();
        let session = Session::open(case, actor("Ann")).unwrap();
        let found = session.suggestions().unwrap();
        assert_eq!(found.first().map(|s| s.strength), expected, "{names}");
        assert_eq!(found.len(), expected.map_or(0, |_| names - 1));
    }
}
