//! Files and texts that were made to break readers, through every importer of these channels.

use super::{file, shared, take, take_with, walk};
use crate::suite::patience::no_hang;
use docket::import::{ALL, Export};
use serde_json::json;
use std::fmt::Write as _;

#[test]
fn every_hostile_file_ends_in_a_stated_outcome_with_every_importer() {
    let Some(hostile) = shared("hostile") else {
        return;
    };
    let (mut tried, mut read, mut slowest) = (0u32, 0u32, std::time::Duration::ZERO);
    for path in walk(&hostile) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(export) = Export::from_file(&path, &name) else {
            continue;
        };
        for importer in ALL.iter().filter(|one| one.name() != "whatsapp") {
            let begun = std::time::Instant::now();
            importer.detect(&export);
            // Of a damaged zip an entry cannot be read: that is stated too.
            read += u32::from(take_with(*importer, &export).is_ok());
            let spent = begun.elapsed();
            slowest = slowest.max(spent);
            tried += 1;
            no_hang(begun, &format!("{} {}", importer.name(), path.display()));
        }
    }
    println!("{tried} readings tried, {read} ended well, the slowest in {slowest:?}");
}

#[test]
fn naughty_strings_read_back_as_they_are() {
    let Some(path) = shared("hostile/naughty-strings/blns.json") else {
        return;
    };
    let strings: Vec<String> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let kept: Vec<&String> = strings
        .iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    assert!(kept.len() > 400);

    let mut backup = "<smses count=\"1\">\n".to_owned();
    let mut table =
        "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\n".to_owned();
    let mut mailbox = String::new();
    for text in &kept {
        let escaped: String = text
            .encode_utf16()
            .map(|unit| format!("&#{unit};"))
            .collect();
        writeln!(
            backup,
            "<sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"{escaped}\"/>"
        )
        .unwrap();
        let quoted = text.replace('"', "\"\"");
        writeln!(
            table,
            "a,Ben,u,Me,2021-03-31 09:08:43 UTC,,\"{quoted}\",INBOX"
        )
        .unwrap();
        let coded: String = text.bytes().map(|byte| format!("={byte:02X}=\n")).collect();
        write!(mailbox, "From a@example.com Wed Mar 31 09:08:43 2021\nFrom: a@example.com\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{coded}\n\n").unwrap();
    }
    backup.push_str("</smses>");
    let read = |name: &str, text: &str| {
        let (_dir, export) = file(name, text.as_bytes());
        let taken = take(&export).unwrap();
        assert_eq!(taken.records.len(), kept.len(), "{name}");
        taken
    };
    let twice = |text: &str| text.bytes().map(char::from).collect::<String>();
    let said: Vec<_> = kept
        .iter()
        .map(|text| json!({"sender_name": "Ben", "timestamp_ms": 1_617_181_723_004i64, "content": twice(text)}))
        .collect();
    let events: Vec<_> = kept
        .iter()
        .map(|text| json!({"type": "message", "participant": "1", "conversation": "1", "body": text}))
        .collect();
    let messenger = read("message_1.json", &json!({"messages": said}).to_string());
    let manifest = json!({
        "version": "2.0.0",
        "participants": [{"id": "1", "display": "Ben"}],
        "conversations": [{"id": "1", "platform": "slack", "participants": ["1"]}],
        "events": events
    });
    let rsmf = read("rsmf_manifest.json", &manifest.to_string());
    let mut history =
        "[LINE] Chat history with Ben\nSaved on: 2021/03/31 10:00\n\n2021/03/31(Wed)\n".to_owned();
    let mut rows = "31/03/2021,09:08:43,Ben,,so, as they are\n".to_owned();
    for text in &kept {
        writeln!(history, "09:08\tBen\t{text}").unwrap();
        writeln!(rows, "31/03/2021,09:08:43,Ben,,{text}").unwrap();
    }
    let lines = read("[LINE] Ben.txt", &history);
    let (_dir, export) = file("Ben.csv", rows.as_bytes());
    let viber = take(&export).unwrap();
    assert_eq!(viber.records.len(), kept.len() + 1);
    let texts = read("sms.xml", &backup);
    let rows = read("messages.csv", &table);
    let mails = read("x.mbox", &mailbox);
    for (number, text) in kept.iter().enumerate() {
        assert_eq!(&texts.records[number].text, *text);
        assert_eq!(&messenger.records[number].text, *text);
        assert_eq!(&rsmf.records[number].text, *text);
        assert_eq!(&lines.records[number].text, *text);
        assert_eq!(&viber.records[number + 1].text, *text);
        // HTML among LinkedIn's contents is read as HTML.
        if !text.contains('<') {
            assert_eq!(&rows.records[number].text, *text);
        }
        assert_eq!(mails.records[number].text, text.trim_end());
    }
}

/// What would take minutes if each part were held against each other one.
#[test]
fn crafted_files_are_read_in_a_moment() {
    let card = "<div class=\"pam _2ph- _a6-g uiBoxWhite noborder\">";
    let time = "<div class=\"_a6-o\">Jan 13, 2024 10:30 pm</div>";
    let mut page = format!(
        "<html><body><div role=\"main\">{card}{time}</div>{card}<h2 class=\"_a6-h\">Ben</h2><div class=\"_a6-p\">"
    );
    for number in 0..30_000 {
        write!(
            page,
            "{card}<ul class=\"_a6-q\"><li>x</li></ul><a href=\"photos/{number}.jpg\">y</a></div>"
        )
        .unwrap();
    }
    page.push_str(
        "</div><div class=\"_a6-o\">Jan 13, 2024 10:30 pm</div></div></div></body></html>",
    );
    let mut history = "[LINE] Chat history with Ben\n\n2021/03/31(Wed)\n".to_owned();
    for number in 0..30_000 {
        write!(
            history,
            "09:08\tName {number}\t\"\"\"x\n09:08\tName {number} unsent a message.\n"
        )
        .unwrap();
    }
    let mut spaced = "2021.03.31 Wednesday\n".to_owned();
    for number in 0..30_000 {
        writeln!(spaced, "23:{:02} a{number} b{number}\n01:00 c", number % 60).unwrap();
    }
    let signs: Vec<_> = (0..10_000)
        .map(|_| json!({"value": "x", "count": 1_000_000_000_000i64}))
        .collect();
    let event = json!({"type": "message", "body": "x", "reactions": signs});
    let manifest = json!({"version": "2.0.0", "participants": [{"id": "1"}], "conversations": [{"id": "1", "platform": "x"}], "events": [event]});
    for (name, text, importer) in [
        ("message_1.html", page, "meta"),
        ("[LINE] Ben.txt", history, "line"),
        ("[LINE]Ben.txt", spaced, "line"),
        ("rsmf_manifest.json", manifest.to_string(), "rsmf"),
    ] {
        let begun = std::time::Instant::now();
        let (_dir, export) = file(name, text.as_bytes());
        let taken = take_with(docket::import::by_name(importer).unwrap(), &export).unwrap();
        assert!(!taken.records.is_empty(), "{name}");
        no_hang(begun, name);
        println!("{name}: {:?}", begun.elapsed());
    }
}
