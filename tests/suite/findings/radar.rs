//! What the exports lack, and who could read personal data: on chats in which all of it is planted.

use super::{load, session};
use docket::findings::completeness::{Kinds, Point, points};
use docket::model::MessageNumber;
use docket::review::Session;
use docket::review::exposure::Exposure;
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(format!("WhatsApp Chat with {name}.txt"));
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    path
}

const NOTICE: &str = "Messages and calls are end-to-end encrypted. No one outside of this chat, not \
                      even WhatsApp, can read or listen to them. Tap to learn more.";

fn found(session: &Session, kind: Kinds) -> Vec<Point> {
    let all = points(&session.store(), None).into_iter();
    all.filter(|point| point.kind == kind).collect()
}

#[test]
fn what_an_export_lacks_is_pointed_at_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    let mut lines = vec![
        format!("01/03/2021, 09:00 - {NOTICE}"),
        "01/03/2021, 09:01 - Bo Ek turned on disappearing messages. New messages will disappear \
         from this chat 7 days after they're sent."
            .to_owned(),
        "01/03/2021, 09:02 - Bo Ek: This message was deleted".to_owned(),
        "01/03/2021, 09:03 - Bo Ek: <Media omitted>".to_owned(),
        "01/03/2021, 09:04 - Bo Ek: join us on https://chat.whatsapp.com/AbCdEf123".to_owned(),
    ];
    // A message each day, but for three weeks.
    for day in (2..32).chain(53..80) {
        let (month, day) = match day {
            day if day <= 31 => (3, day),
            day if day <= 61 => (4, day - 31),
            day => (5, day - 61),
        };
        lines.push(format!(
            "{day:02}/{month:02}/2021, 10:00 - Ann Other: day {day}"
        ));
    }
    load(&ann, &write(folder.path(), "Bo Ek", &lines));
    // Another begins in the middle, and ends early.
    let short = vec![
        "05/03/2021, 09:00 - Jo Day: as I said".to_owned(),
        "06/03/2021, 09:00 - Ann Other: ok".to_owned(),
    ];
    load(&ann, &write(folder.path(), "Jo Day", &short));

    let timer = found(&ann, Kinds::Timer);
    assert_eq!(timer.len(), 1);
    assert_eq!(timer[0].message, Some(MessageNumber(1)));
    assert!(
        timer[0].rests_on.starts_with("2021-03-01: Bo Ek turned on"),
        "{:?}",
        timer[0]
    );
    let deleted = found(&ann, Kinds::Deleted);
    assert_eq!(
        (deleted[0].message, deleted[0].count),
        (Some(MessageNumber(2)), 1)
    );
    assert_eq!(
        found(&ann, Kinds::MissingFiles)[0].message,
        Some(MessageNumber(3))
    );
    assert_eq!(found(&ann, Kinds::Named)[0].message, Some(MessageNumber(4)));
    let silence = found(&ann, Kinds::Silence);
    assert_eq!(silence.len(), 1);
    assert_eq!(silence[0].count, 21);
    assert!(
        silence[0].rests_on.contains("21 days after 2021-03-31"),
        "{:?}",
        silence[0]
    );
    let start = found(&ann, Kinds::Start);
    assert_eq!(
        start.len(),
        1,
        "only the second begins in the middle: {start:?}"
    );
    assert_eq!(start[0].thread.unwrap().0, 1);
    let early = found(&ann, Kinds::EndsEarly);
    assert_eq!(early.len(), 1);
    assert!(early[0].rests_on.contains("2021-03-06"), "{:?}", early[0]);
    assert!(found(&ann, Kinds::Cap).is_empty());

    // Of a period that somebody gives, every export is asked.
    let day = |text: &str| text.parse().unwrap();
    let all = points(&ann.store(), Some(day("2021-01-01")..=day("2021-12-31")));
    let of = |kind| all.iter().filter(|point| point.kind == kind).count();
    assert_eq!((of(Kinds::EndsEarly), of(Kinds::BeginsLate)), (2, 2));
    assert!(
        all.iter()
            .all(|point| !point.rests_on.is_empty() && !point.kind.advice().is_empty())
    );
}

#[test]
fn an_export_at_its_cap_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    let mut lines = vec![format!("01/03/2021, 09:00 - {NOTICE}")];
    for n in 0..9_995 {
        let (hour, minute) = (n / 60 % 24, n % 60);
        lines.push(format!(
            "{:02}/03/2021, {hour:02}:{minute:02} - Bo Ek: {n}",
            2 + n / 1440
        ));
    }
    load(&ann, &write(folder.path(), "Bo Ek", &lines));
    let cap = found(&ann, Kinds::Cap);
    assert_eq!(cap.len(), 1);
    assert_eq!(cap[0].count, 9_996);
}

fn exposure(session: &Session) -> Exposure {
    let looked = session.findings(&mut ()).unwrap();
    let all = looked.any();
    session.exposure(&looked, &all, &|finding| {
        finding.about().unwrap().data.is_personal()
    })
}

#[test]
fn who_could_read_personal_data_is_counted_by_who_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let ann = session(folder.path(), "Ann");
    let lines = [
        &format!("13/03/2021, 08:00 - {NOTICE}"),
        "13/03/2021, 08:00 - Bo Ek created group \"Ward 5\"",
        "13/03/2021, 08:01 - Bo Ek added Jo Day",
        "13/03/2021, 09:00 - Bo Ek: NHS no 999 012 3454, call 07700 900123",
        "13/03/2021, 09:05 - Jo Day: ok",
        "13/03/2021, 10:00 - Bo Ek added Kim Stray",
        "14/03/2021, 11:00 - Jo Day: DOB 03/02/1958",
        "14/03/2021, 11:05 - Kim Stray: wrong group I think?",
        "14/03/2021, 12:00 - Bo Ek removed Kim Stray",
        "15/03/2021, 13:00 - Bo Ek: Mrs Smith in bed 4 tested positive",
    ]
    .map(String::from);
    load(&ann, &write(folder.path(), "Ward 5", &lines));
    let all = exposure(&ann);
    assert_eq!((all.all.findings, all.all.messages), (4, 3));
    let days: Vec<_> = all
        .by_day
        .iter()
        .map(|(day, of)| (day.unwrap().to_string(), of.findings))
        .collect();
    assert_eq!(
        days,
        [
            ("2021-03-13".to_owned(), 2),
            ("2021-03-14".to_owned(), 1),
            ("2021-03-15".to_owned(), 1),
        ]
    );
    let types: Vec<_> = all
        .by_type
        .iter()
        .map(|(id, of)| (*id, of.findings))
        .collect();
    assert_eq!(types, [("dob", 1), ("nhs", 1), ("person", 1), ("phone", 1)]);
    let posted: Vec<_> = all
        .posted
        .iter()
        .map(|one| (one.name.as_str(), one.amount.messages))
        .collect();
    assert_eq!(posted, [("Bo Ek", 2), ("Jo Day", 1)]);
    // Whoever came later and was removed before the last read one of the three.
    let of = |name: &str| all.exposed.iter().find(|one| one.name == name).unwrap();
    assert_eq!(
        (
            of("Kim Stray").amount.messages,
            of("Kim Stray").perhaps.messages
        ),
        (1, 0)
    );
    assert_eq!(of("Jo Day").amount.messages, 2);
    assert_eq!(of("Bo Ek").amount.messages, 1);
    assert!(of("Kim Stray").is_stranger());
    assert_eq!(all.unknown, 0);
}
