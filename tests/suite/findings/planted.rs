//! The sample case: everything that is planted in it is found, and whatever else is pointed at is
//! known by name, as what is meant or as a false alarm.

use super::session;
use crate::suite::samples::make::planted;
use docket::case::ImportOptions;
use docket::findings::completeness::points;
use docket::findings::kept::Texts;
use docket::model::Relation;
use docket::people::suggest::{Side, Suggestion};
use docket::review::Session;
use docket::review::exposure::is_personal;
use std::collections::BTreeMap;
use std::path::Path;

/// Of the ward's group what is pointed at beside what is planted: the meant, and the false.
const BESIDE: &[(&str, &str, Alarm)] = &[
    // The file's name stands in the message too, and once more in the other phone's export.
    ("nhs", "999 300 4111", Meant),
    ("nhs", "999 300 4111", Meant),
    // A book about it.
    ("special-category", "rehab", False),
];

/// What is pointed at in all other samples, how often, and whether it is meant. False: `delete that`
/// and `screenshot` are said of pictures and of an attachment; a shared inbox, a firm's and a meeting's
/// number are nobody's own; `diagnostic` stands in `in vitro diagnostic` on a box of test kits.
const ELSEWHERE: &[(&str, &str, usize, Alarm)] = &[
    ("deletion", "delete that", 4, False),
    ("deletion", "off the record", 2, Meant),
    ("deletion", "screenshot", 1, False),
    ("email", "f.nasseri-moss@dcr.gov.example", 1, Meant),
    ("email", "gethin.marlowe-price@example.org", 3, Meant),
    ("email", "gethin.mp@old-provider.example", 1, Meant),
    ("email", "katharina.vossberg@botschaft.example", 1, Meant),
    ("email", "kits.offers@dcr.gov.example", 3, False),
    ("email", "n.brathwaite-osei@dcr.gov.example", 1, Meant),
    ("email", "sales@tarnside-assay.example", 1, False),
    ("email", "sol@ferreira-blunt.example", 1, Meant),
    ("incident", "one-time code", 1, Meant),
    ("incident", "wrong chat", 1, Meant),
    ("incident", "wrong group", 8, Meant),
    ("incident", "wrong person", 1, Meant),
    ("marking", "embargoed", 10, Meant),
    ("not-for-foi", "foi", 6, Meant),
    ("phone", "+44 7700 900871", 2, Meant),
    ("phone", "+44 7700 900872", 1, Meant),
    ("phone", "+44 7700 900877", 1, Meant),
    ("phone", "+447700900871", 1, Meant),
    ("phone", "020 7946 0143", 1, False),
    ("phone", "07700 900113", 1, Meant),
    ("phone", "07700 900127", 1, Meant),
    ("phone", "07700 900139", 1, Meant),
    ("phone", "07700 900156", 1, Meant),
    ("phone", "07700 900204", 1, Meant),
    ("phone", "07700 900233", 1, Meant),
    ("phone", "07700 900318", 2, Meant),
    ("phone", "07700 900326", 1, Meant),
    ("phone", "07700 900341", 1, Meant),
    ("phone", "07700 900388", 1, Meant),
    ("privilege", "counsel", 1, Meant),
    ("privilege", "legal view", 1, Meant),
    ("special-category", "diagnostic", 5, False),
];

/// Whether what is pointed at is what its detector says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// It is.
    Meant,
    /// It is not.
    False,
}

use Alarm::{False, Meant};

fn sample(folder: &Path) -> Session {
    let ann = session(folder, "Ann");
    let lists = folder.join("case/lexicons");
    std::fs::create_dir_all(&lists).unwrap();
    std::fs::write(lists.join("own.txt"), planted::OWN).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports");
    let options = ImportOptions::default();
    let case = ann.case();
    case.import(&[samples], &options, ann.actor(), &mut ())
        .unwrap();
    ann.refresh().unwrap();
    ann
}

/// Conversation, detector and what stands there.
fn found(session: &Session) -> Vec<(String, &'static str, String)> {
    let (store, mut texts) = (session.store(), Texts::default());
    let looked = session.findings(&mut ()).unwrap();
    let all = looked.findings().iter();
    all.map(|finding| {
        let (thread, _) = store.position_of(finding.message).unwrap();
        let title = store.thread(thread).unwrap().title.clone();
        let text = texts.around(session.case(), &store, &finding).unwrap();
        let text = text.get(finding.span()).unwrap().to_owned();
        (title, finding.about().unwrap().id, text)
    })
    .collect()
}

fn ward(title: &str) -> bool {
    title == planted::WARD.title
}

#[test]
fn everything_planted_is_found_and_every_false_alarm_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let ann = sample(folder.path());
    let mut found = found(&ann);
    for (thread, id, text) in planted::FOUND {
        let at = found
            .iter()
            .position(|(title, by, there)| title == thread && by == id && there == text);
        let at = at.unwrap_or_else(|| panic!("{id} {text} in {thread} is not found: {found:#?}"));
        found.remove(at);
    }
    // Each detector, and each list, has something planted.
    let planted: Vec<&str> = planted::FOUND.iter().map(|(_, id, _)| *id).collect();
    for about in docket::findings::all() {
        assert!(
            planted.contains(&about.id),
            "nothing is planted for {}",
            about.id
        );
    }

    let beside: Vec<(&str, &str)> = found
        .iter()
        .filter(|(title, ..)| ward(title))
        .map(|(_, id, text)| (*id, text.as_str()))
        .collect();
    let known: Vec<(&str, &str)> = BESIDE.iter().map(|(id, text, _)| (*id, *text)).collect();
    assert_eq!(beside, known, "in the ward's group");
    let mut elsewhere: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (_, id, text) in found.iter().filter(|(title, ..)| !ward(title)) {
        *elsewhere.entry((id, text.to_lowercase())).or_default() += 1;
    }
    let known: BTreeMap<(&str, String), usize> = ELSEWHERE
        .iter()
        .map(|(id, text, count, _)| ((*id, (*text).to_owned()), *count))
        .collect();
    let wrong: Vec<_> = elsewhere
        .iter()
        .filter(|(key, n)| known.get(key) != Some(n))
        .collect();
    assert!(wrong.is_empty(), "not as known: {wrong:#?}");
    assert_eq!(elsewhere.len(), known.len(), "what is known is there");
    let false_ones = ELSEWHERE.iter().filter(|(.., alarm)| *alarm == False);
    let false_ones: usize = false_ones.map(|(_, _, count, _)| count).sum();
    let beside = BESIDE.iter().filter(|(.., alarm)| *alarm == False).count();
    println!(
        "{} planted, all found; {} others meant, {} false alarms",
        planted.len(),
        found.len() - false_ones - beside,
        false_ones + beside
    );
}

#[test]
fn every_kind_of_gap_that_is_planted_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let ann = sample(folder.path());
    let store = ann.store();
    let day = |text: &str| text.parse().unwrap();
    let all: Vec<(&str, String)> = points(&store, None)
        .into_iter()
        .map(|point| {
            let thread = point.thread.and_then(|id| store.thread(id));
            let source = point.source.and_then(|id| store.source(id));
            let place = thread.map(|one| one.title.clone());
            (
                point.kind.name(),
                place.or(source.map(|one| one.name.clone())).unwrap(),
            )
        })
        .collect();
    for (kind, place) in planted::LACKS {
        let is_there = all.iter().any(|(by, at)| by == kind && at.contains(place));
        assert!(is_there, "{kind} of {place}: {all:#?}");
    }
    let period = points(&store, Some(day("2024-03-01")..=day("2024-03-31")));
    assert!(
        period
            .iter()
            .any(|point| point.kind.name() == "begins-late")
    );
    // The other phone lacks two messages, and each is named.
    let lacks = store
        .sources()
        .iter()
        .find(|one| one.name == planted::OTHER.path)
        .unwrap();
    assert_eq!(store.missing(lacks.id).len(), 2);
    let whole = store
        .sources()
        .iter()
        .find(|one| one.name == planted::WARD.path)
        .unwrap();
    assert_eq!(store.missing(whole.id).len(), 0);
    assert_eq!(lacks.new, 0, "it brings nothing of its own");
}

#[test]
fn the_stranger_of_the_sample_is_exposed_once_the_staff_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let ann = sample(folder.path());
    let store = ann.store();
    let thread = store
        .threads()
        .iter()
        .find(|one| ward(&one.title))
        .unwrap()
        .id;
    let of = |session: &Session| {
        let looked = session.findings(&mut ()).unwrap();
        let messages = store.thread_set(thread) & looked.any();
        session.exposure(&looked, &messages, &is_personal)
    };
    let before = of(&ann);
    assert!(
        before.exposed.iter().all(|one| one.is_stranger()),
        "nobody is known yet"
    );
    // The rest of the ward is on the staff list.
    let list = folder.path().join("staff.csv");
    let staff = planted::WARD
        .members
        .iter()
        .filter(|one| one.shown != planted::STRANGER);
    let rows: String = staff.map(|one| format!("{},Ward 7\n", one.shown)).collect();
    std::fs::write(&list, format!("Name,Department\n{rows}")).unwrap();
    ann.load_contacts(&list, &[], Some(Relation::Colleague))
        .unwrap();
    let of_list = |one: &Suggestion| matches!(one.one, Side::Contact { .. });
    let offered = ann.suggestions().unwrap().into_iter().filter(of_list);
    let ids: Vec<String> = offered.map(|one| one.id).collect();
    ann.accept(&ids).unwrap();
    let after = of(&ann);
    let strangers: Vec<_> = after
        .exposed
        .iter()
        .filter(|one| one.is_stranger())
        .collect();
    let names: Vec<&str> = strangers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, [planted::STRANGER]);
    // What was posted between the line that added them and the one that removed them.
    assert_eq!(strangers[0].amount.messages, planted::EXPOSED);
    let rows = after.postings.iter().filter(|row| row.strangers > 0);
    let days: Vec<String> = rows.map(|row| row.day.unwrap().to_string()).collect();
    assert!(
        days.iter()
            .all(|day| ("2024-03-05".."2024-03-08").contains(&day.as_str())),
        "{days:?}"
    );
}
