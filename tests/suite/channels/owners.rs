//! Whose an export is: what exports of every format tell themselves, what is proposed of the
//! others, and that a person can say it of each.

use docket::case::ledger::Known as Named;
use docket::case::{Actor, Case, ImportOptions};
use docket::model::{Direction, MessageNumber, SourceId};
use docket::review::Session;
use docket::review::query::Query;
use docket::review::whose::Known;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// A case with all sample exports.
fn samples() -> (TempDir, Session) {
    let folder = TempDir::new().unwrap();
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Named::Given,
    };
    let given = [Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports")];
    let options = ImportOptions::default();
    case.import(&given, &options, &actor, &mut ()).unwrap();
    let session = Session::open(case, actor).unwrap();
    (folder, session)
}

/// Of how many messages of each format the direction is known, and of how many there is one.
fn known(session: &Session) -> BTreeMap<String, (u32, u32)> {
    let store = session.store();
    let mut known: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for number in (0..store.len()).map(MessageNumber) {
        let source = store.message(number).unwrap().source;
        let format = store.source(source).unwrap().format.clone();
        let (yes, all) = known.entry(format).or_default();
        let direction = session.direction(number);
        *yes += u32::from(matches!(direction, Direction::Sent | Direction::Received));
        *all += u32::from(direction != Direction::None);
    }
    known
}

/// Whose the exports are that tell nothing of it, as `sample_exports/README.md` says.
const OWNERS: [(&str, &str); 19] = [
    ("ChatExport_2024-04-01.zip", "Katharina Vossberg"),
    (
        "Conversation - Owen Llewellyn-Das, Jonah Threlkeld.html",
        "",
    ),
    ("DCR Response Slack", ""),
    ("Discussion WhatsApp avec Sylvie", "Priya Venkatesan-Lowe"),
    ("Harrowmere Water Watch", "Rosalind Umarov-Pike"),
    (
        "Teams messages N Brathwaite-Osei.zip",
        "Nkechi Brathwaite-Osei",
    ),
    ("WhatsApp Chat - Clinical cell", ""),
    ("WhatsApp Chat - Easter Harts", "Tamsin Adeyemi-Hart"),
    ("WhatsApp Chat - Jonah Threlkeld.zip", "Tamsin Adeyemi-Hart"),
    ("WhatsApp Chat - Kantorei", "Katharina Vossberg"),
    (
        "WhatsApp Chat - Private Office TAH.zip",
        "Tamsin Adeyemi-Hart",
    ),
    ("WhatsApp Chat with Lines and Grid.txt", "Jonah Threlkeld"),
    ("WhatsApp Chat with Mam.zip", "Owen Llewellyn-Das"),
    (
        "WhatsApp Chat with Test Kits Cell.txt",
        "Owen Llewellyn-Das",
    ),
    ("WhatsApp Chat with Thursday Fives", "Owen Llewellyn-Das"),
    (
        "WhatsApp-Chat mit Laborvergleich UK.txt",
        "Katharina Vossberg",
    ),
    ("[LINE] Chat with", "Katharina Vossberg"),
    ("facebook-", "Tamsin Adeyemi-Hart"),
    ("instagram-", "Priya VL ✨"),
];

#[test]
fn what_exports_tell_and_what_is_proposed_of_the_others_is_right() {
    let (_folder, session) = samples();
    let store = session.store();
    let name = |source: SourceId| store.source(source).unwrap().name.clone();
    let owner = |source: SourceId| {
        let file = name(source);
        OWNERS
            .iter()
            .find(|(start, _)| file.starts_with(start))
            .map(|(_, owner)| *owner)
    };
    // What the exports themselves tell: all of these formats but what names no owner.
    let before = known(&session);
    for (format, (yes, all)) in &before {
        let told = match format.as_str() {
            "discord" | "meta" | "slack" | "teams" | "teams-pages" | "whatsapp" => 0,
            "telegram" => 93,
            "nus-sms-corpus" => 0,
            // One mail alone lies in nobody's mailbox.
            "email" => *all - 1,
            _ => *all,
        };
        assert_eq!(*yes, told, "{format}");
    }
    // Proposals are accepted until there are none.
    let mut answers = 0;
    loop {
        let whose = session.whose();
        for of in &whose.exports {
            // Whatever is known, everyone who may be the custodian can be chosen.
            assert!(!of.may_be.is_empty(), "{}", name(of.source));
        }
        let found = whose.exports.iter().find(|of| of.likely.is_some());
        let Some((of, (likely, why))) = found.and_then(|of| Some((of, of.likely.clone()?))) else {
            break;
        };
        let likely = store.participant(likely).unwrap();
        assert_eq!(
            Some(likely.name.as_str()),
            owner(of.source),
            "{}: {why}",
            name(of.source)
        );
        session.set_me(of.source, Some(likely.id)).unwrap();
        answers += 1;
    }
    assert_eq!(answers, 10);
    let after = known(&session);
    for (format, (yes, all)) in &after {
        let expected = match format.as_str() {
            "whatsapp" => 3_125,
            "discord" | "slack" | "teams" | "teams-pages" | "nus-sms-corpus" => 0,
            "email" => *all - 1,
            _ => *all,
        };
        assert_eq!(*yes, expected, "{format}");
    }
    // A person says the rest.
    for of in session.whose().exports {
        if matches!(of.known, Known::Open(_)) {
            let (one, _) = of.may_be[0];
            session.set_me(of.source, Some(one)).unwrap();
        }
    }
    assert!(session.whose().open().is_empty());
    for (format, (yes, all)) in known(&session) {
        assert_eq!(yes, all, "{format}");
    }
}

/// One answer about a person holds in every export in which one of their names appears.
#[test]
fn one_answer_holds_for_all_exports_of_a_joined_person() {
    let (_folder, session) = samples();
    let store = session.store();
    let of = |words: &str| -> Vec<_> {
        let all = store.participants().iter();
        all.filter(|one| one.name.starts_with(words))
            .map(|one| one.id)
            .collect()
    };
    let tamsin = of("Tamsin Adeyemi-Hart");
    assert!(tamsin.len() >= 2, "on WhatsApp and on Messenger");
    session.join(&tamsin).unwrap();
    let marking = docket::review::people::Marking {
        relation: Some(docket::model::Relation::Me),
        ..Default::default()
    };
    session.mark(&tamsin[..1], &marking).unwrap();
    let whose = session.whose();
    let said = &whose.said()["Tamsin Adeyemi-Hart"];
    let names: Vec<&str> = said
        .iter()
        .map(|source| store.source(*source).unwrap().format.as_str())
        .collect();
    assert!(
        names.contains(&"whatsapp") && names.contains(&"meta"),
        "{names:?}"
    );
}

/// Someone who was only written to is a person like others: listed, found, joined.
#[test]
fn people_who_were_only_written_to_are_people() {
    let (_folder, session) = samples();
    let store = session.store();
    let cast = session.cast();
    let sent = session.sent(&cast);
    let sources = cast.sources();
    let silent: Vec<_> = cast
        .roster
        .people()
        .iter()
        .zip(&sent)
        .filter(|(_, sent)| sent.total() == 0 && sent.addressed > 0)
        .map(|(person, _)| person)
        .collect();
    assert!(!silent.is_empty());
    for person in &silent {
        let at = usize::try_from(person.number.0).unwrap();
        assert!(!sources[at].is_empty(), "{}", person.name);
        let name = &store.participant(person.number).unwrap().name;
        for words in [format!("with:#{}", person.number), format!("to:\"{name}\"")] {
            let query = Query::parse(&words).unwrap();
            let found = session.search(&query, &AtomicBool::new(false)).unwrap();
            assert!(!found.is_empty(), "{words}");
        }
    }
    let before = cast.roster.people().len();
    let other = silent
        .iter()
        .find(|one| one.number != silent[0].number)
        .unwrap();
    session.join(&[silent[0].number, other.number]).unwrap();
    assert_eq!(session.roster().people().len(), before - 1);
    assert_eq!(
        session.store().participants().len(),
        store.participants().len()
    );
}
