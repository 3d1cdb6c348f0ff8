//! Damage at random, for the forms that the files of their formats do not hold: answers within
//! answers (Teams), mails as files of a folder, mailboxes, tables, and imessage-exporter's files.
//! [`take_with`] checks each time that what was read lies end to end over every item.

use super::{damage, faults, file, files, take, take_with};
use docket::import::by_name;
use docket::import::email::Email;
use docket::model::{Direction, Time};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A message and its answers, which may have answers.
#[derive(Clone, Debug)]
struct Answered {
    text: String,
    answers: Vec<Answered>,
}

fn answered() -> impl Strategy<Value = Answered> {
    let text = || "[a-z\u{e9}\u{4e2d}]{1,12}".prop_map(|text: String| text);
    let one = text().prop_map(|text| Answered {
        text,
        answers: Vec::new(),
    });
    one.prop_recursive(3, 20, 4, move |inner| {
        (text(), proptest::collection::vec(inner, 0..4))
            .prop_map(|(text, answers)| Answered { text, answers })
    })
}

/// The message as the Graph API gives it with its answers expanded; `texts` takes the texts.
fn graph(one: &Answered, number: &mut u32, to: Option<u32>, texts: &mut Vec<String>) -> Value {
    let own = *number;
    *number += 1;
    texts.push(one.text.clone());
    let answers: Vec<Value> = one
        .answers
        .iter()
        .map(|answer| graph(answer, number, Some(own), texts))
        .collect();
    json!({"id": own.to_string(), "replyToId": to.map(|to| to.to_string()), "messageType": "message",
        "createdDateTime": "2024-03-01T09:00:00Z",
        "channelIdentity": {"teamId": "t1", "channelId": "19:kits@thread.tacv2"},
        "from": {"user": {"id": "u1", "displayName": "Ben Okafor"}},
        "body": {"contentType": "text", "content": one.text}, "replies": answers})
}

fn channel(all: &[Answered]) -> (Vec<u8>, Vec<String>) {
    let (mut number, mut texts) = (1, Vec::new());
    let value: Vec<Value> = all
        .iter()
        .map(|one| graph(one, &mut number, None, &mut texts))
        .collect();
    (json!({ "value": value }).to_string().into_bytes(), texts)
}

/// Mails: sender, subject, body, seconds, and which earlier one each answers.
type Mails = Vec<(String, String, String, i64, Option<prop::sample::Index>)>;

fn mails() -> impl Strategy<Value = Mails> {
    let word = || "[a-z\u{e9}\u{4e2d}]{1,8}";
    let body = "[a-z\u{e9}]{1,9}( [a-z]{1,9}){0,3}(\n[a-z]{1,9}){0,3}";
    let one = (
        "[a-z]{1,6}",
        word(),
        body,
        0i64..2_000_000_000,
        any::<Option<prop::sample::Index>>(),
    );
    proptest::collection::vec(one, 2..8)
}

fn mail(mails: &Mails, number: usize) -> String {
    let (sender, subject, body, seconds, answers) = &mails[number];
    let date = chrono::DateTime::from_timestamp(*seconds, 0).unwrap();
    let mut mail = format!(
        "From: {sender} <{sender}@example.com>\nTo: q@example.com\nSubject: {subject}\nDate: {}\n\
         Message-ID: <{number}@example.com>\nContent-Type: text/plain; charset=utf-8\n",
        date.to_rfc2822()
    );
    if let Some(answers) = answers.filter(|_| number > 0) {
        let to = answers.index(number);
        writeln!(mail, "In-Reply-To: <{to}@example.com>").unwrap();
    }
    write!(mail, "\n{body}\n").unwrap();
    mail
}

fn folder(mails: &Mails) -> Vec<(String, Vec<u8>)> {
    (0..mails.len())
        .map(|number| {
            (
                format!("mails/{number:03}.eml"),
                mail(mails, number).into_bytes(),
            )
        })
        .collect()
}

fn open(entries: &[(String, Vec<u8>)]) -> (tempfile::TempDir, docket::import::Export) {
    let entries: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    files("mails", &entries)
}

/// Texts as imessage-exporter writes them.
fn imessage(said: &[(bool, String)]) -> (String, String) {
    let mut page = "<html>\n<meta charset=\"UTF-8\">\n<style>.message{} .received{} .sent.iMessage{}</style>\n<body>\n".to_owned();
    let mut text = String::new();
    for (mine, words) in said {
        let (class, who) = if *mine {
            ("sent iMessage", "Me")
        } else {
            ("received", "Ben")
        };
        write!(page, "<div class=\"message\">\n<div class=\"{class}\">\n<p><span class=\"timestamp\">Oct 17, 2021 10:31:49 PM</span>\n<span class=\"sender\">{who}</span></p>\n<hr><div class=\"message_part\"><span class=\"bubble\">{words}</span></div>\n</div>\n</div>\n").unwrap();
        write!(text, "Oct 17, 2021 10:31:49 PM\n{who}\n{words}\n\n").unwrap();
    }
    (page + "</body></html>\n", text)
}

fn said() -> impl Strategy<Value = Vec<(bool, String)>> {
    proptest::collection::vec((any::<bool>(), "[a-z]{1,9}( [a-z]{1,9}){0,4}"), 1..12)
}

proptest! {
    #[test]
    fn random_answers_within_answers_read_back(all in proptest::collection::vec(answered(), 1..6)) {
        let (bytes, mut texts) = channel(&all);
        let (_dir, export) = file("messages.json", &bytes);
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "teams");
        prop_assert_eq!(taken.counts(), (texts.len(), 0));
        let mut read: Vec<String> = taken.texts().into_iter().map(str::to_owned).collect();
        read.sort();
        texts.sort();
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn damage_in_answers_within_answers_never_loses_a_byte(
        all in proptest::collection::vec(answered(), 1..6),
        faults in faults(),
    ) {
        let (_dir, export) = file("x", &damage(&channel(&all).0, &faults));
        take_with(by_name("teams").unwrap(), &export).unwrap();
    }

    #[test]
    fn random_folders_of_mails_read_back(mails in mails()) {
        let (_dir, export) = open(&folder(&mails));
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "email");
        prop_assert_eq!(taken.counts(), (mails.len(), 0));
        for (number, record) in taken.records.iter().enumerate() {
            let (sender, subject, body, seconds, answers) = &mails[number];
            prop_assert_eq!(record.item, u32::try_from(number).unwrap());
            prop_assert_eq!(&record.text, &format!("{subject}\n\n{body}"));
            prop_assert_eq!(record.time, Time::Instant { seconds: *seconds, offset_minutes: Some(0) });
            let sender = format!("{sender} <{sender}@example.com>");
            prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
            prop_assert_eq!(&record.extra.recipients[0].who, "q@example.com");
            if let Some(answers) = answers.filter(|_| number > 0) {
                prop_assert_eq!(record.thread, taken.records[answers.index(number)].thread);
            }
        }
    }

    #[test]
    fn damage_in_mails_never_loses_a_byte(mails in mails(), faults in faults(), hit in any::<prop::sample::Index>()) {
        // In a folder it costs the mail it stands in.
        let mut entries = folder(&mails);
        let hit = hit.index(entries.len());
        entries[hit].1 = damage(&entries[hit].1, &faults);
        let is_left = !entries[hit].1.is_empty();
        let (_dir, export) = open(&entries);
        let taken = take_with(&Email, &export).unwrap();
        for number in (0..mails.len()).filter(|number| *number != hit) {
            let item = u32::try_from(number).unwrap();
            let of: Vec<_> = taken.records.iter().filter(|one| one.item == item).collect();
            prop_assert_eq!(of.len(), 1);
            prop_assert!(of[0].text.ends_with(mails[number].2.as_str()));
        }
        let item = u32::try_from(hit).unwrap();
        let bytes: u64 = taken.records.iter().filter(|one| one.item == item).map(|one| u64::from(one.span.length))
            .chain(taken.structure.iter().filter(|(of, _)| *of == item).map(|(_, span)| u64::from(span.length)))
            .sum();
        // A file that is no mail any more is not read by it; the walk tells of it.
        prop_assert!(bytes == 0 || bytes == export.item(item).unwrap().size);
        prop_assert!(is_left || bytes == 0);

        // In a mailbox it may join neighbours, and loses nothing.
        let mailbox: String = (0..mails.len())
            .map(|number| format!("From a@example.com Thu Apr 16 09:53:04 2015\n{}\n", mail(&mails, number)))
            .collect();
        let (_dir, export) = file("x.mbox", &damage(mailbox.as_bytes(), &faults));
        take_with(&Email, &export).unwrap();
    }

    #[test]
    fn damage_in_tables_never_loses_a_byte(said in said(), faults in faults()) {
        let mut table = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\n".to_owned();
        for (mine, words) in &said {
            let who = if *mine { "Amina" } else { "Ben" };
            writeln!(table, "c1,,{who},https://example.com/{who},Cara,2024-03-01 09:00:00 UTC,,\"{words}\",INBOX").unwrap();
        }
        let (_dir, export) = file("messages.csv", &damage(table.as_bytes(), &faults));
        take_with(by_name("linkedin").unwrap(), &export).unwrap();
    }

    #[test]
    fn damage_in_imessages_never_loses_a_byte(said in said(), faults in faults()) {
        let (page, text) = imessage(&said);
        let importer = by_name("imessage-exporter").unwrap();
        for (name, bytes) in [("x.html", &page), ("x.txt", &text)] {
            let (_dir, export) = file(name, bytes.as_bytes());
            let taken = take(&export).unwrap();
            prop_assert_eq!(taken.counts(), (said.len(), 0));
            let owner_speaks = name == "x.html" || said.iter().any(|(mine, _)| *mine);
            for (record, (mine, words)) in taken.records.iter().zip(&said) {
                prop_assert_eq!(&record.text, words);
                let way = if *mine { Direction::Sent } else { Direction::Received };
                prop_assert_eq!(record.extra.direction, owner_speaks.then_some(way));
            }
            let (_dir, export) = file(name, &damage(bytes.as_bytes(), &faults));
            take_with(importer, &export).unwrap();
        }
    }
}
