//! What signal-export and sigtop write from Signal Desktop.

use super::{file, files, open, shared, take};
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn clock(time: i64, form: &str) -> String {
    chrono::DateTime::from_timestamp(time, 0)
        .unwrap()
        .format(form)
        .to_string()
}

#[test]
fn the_sample_gives_what_was_counted() {
    let Some(path) = shared("samples/chat-miner/signal__test_export.txt") else {
        return;
    };
    let taken = take(&open(&path)).unwrap();
    assert_eq!(taken.importer, "signal-export");
    assert_eq!(taken.counts(), (2, 0));
    let expected: Vec<Value> = serde_json::from_slice(
        &std::fs::read(shared("samples/chat-miner/signal__target.json").unwrap()).unwrap(),
    )
    .unwrap();
    for record in &taken.records {
        let Time::Local(time) = record.time else {
            panic!("no clock")
        };
        let found = json!({
            "timestamp": clock(time, "%Y-%m-%dT%H:%M:%S"),
            "author": record.sender,
            "message": record.text.replace('\n', " "),
        });
        assert!(expected.contains(&found), "{found}");
    }
}

const MARKDOWN: &str = "[2024-03-01 10:00:05] Me: Hello\nBen  \n\n[2024-03-01 10:01:05] Ben: \n\n> Hello\n> Ben\n\nsee this  \n(- Me: 👍, Cy: ❤️ -)![a b.jpg](./media/2024-03-01_a%20b.jpg)  [plan (1).pdf](./media/plan%20(1).pdf)  \n\n[2024-03-01 10:02:05] Ben: (This message was deleted)\n\n[2024-03-01 10:03:05] No-Sender:   \n\n";

#[test]
fn a_markdown_chat_is_taken_apart() {
    let (_dir, export) = files(
        "signal",
        &[
            ("Ben Okoro/chat.md", MARKDOWN.as_bytes()),
            ("Ben Okoro/media/2024-03-01_a b.jpg", b"abc"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (4, 0));
    assert_eq!(taken.threads[0].title, "Ben Okoro");
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "Hello\nBen");
    assert_eq!(of(0).extra.direction, Some(Direction::Sent));
    assert_eq!(of(1).text, "> Hello\n> Ben\n\nsee this");
    let files: Vec<(&str, AttachmentState)> = of(1)
        .extra
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.state))
        .collect();
    assert_eq!(
        files,
        [
            ("a b.jpg", AttachmentState::Present),
            ("plan (1).pdf", AttachmentState::Missing)
        ]
    );
    let signs: Vec<(&str, &str)> = of(1)
        .extra
        .reactions
        .iter()
        .map(|one| (one.who.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(signs, [("Me", "👍"), ("Cy", "❤️")]);
    assert_eq!(of(2).kind, Kind::Deleted);
    assert_eq!(
        (of(3).kind, of(3).sender.as_deref()),
        (Kind::NotExported, None)
    );
}

#[test]
fn of_three_forms_the_one_that_tells_most_is_read() {
    let line = json!({"date": "2024-03-01T10:00:05", "sender": "Ben", "body": "see this  ", "quote": "\n\n> Hello\n\n", "sticker": "", "reactions": [["Me", "👍"]], "attachments": [{"name": "a b.jpg", "path": "media/a%20b.jpg"}], "deleted": false, "call": false});
    let call = json!({"date": "2024-03-01T10:05:05.123000", "sender": "Ben", "body": "Missed voice call  ", "quote": "", "sticker": null, "reactions": [], "attachments": [], "deleted": false, "call": true, "missed": true});
    let data = format!("{line}\n{call}\n");
    let page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<link href=\"../style.css\" rel=\"stylesheet\"/></head><body>\n<div class=\"msg\">\n<span class=\"date\">\n2024-03-01\n</span>\n<span class=\"time\">\n10:00:05\n</span>\n<span class=\"sender\">\nBen\n</span>\n<p class=\"body\"><p>see <b>this</b></p></p>\n</div>\n</body></html>";
    let (_dir, export) = files(
        "signal",
        &[
            ("Ben/chat.md", MARKDOWN.as_bytes()),
            ("Ben/data.json", data.as_bytes()),
            ("Ben/index.html", page.as_bytes()),
            ("Ben/media/a b.jpg", b"abc"),
            ("Cy/index.html", page.as_bytes()),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (3, 0));
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "> Hello\n\nsee this");
    assert_eq!(of(0).time, Time::Local(1_709_287_205));
    assert_eq!(of(0).extra.reactions[0].who, "Me");
    assert_eq!(of(0).extra.attachments[0].item, Some(3));
    assert_eq!(of(1).kind, Kind::Call);
    assert_eq!((of(2).text.as_str(), taken.title(2)), ("see this", "Cy"));
    assert_eq!(of(2).time, Time::Local(1_709_287_205));
}

#[test]
fn rows_of_sigtop_are_read() {
    let rows = [
        json!({"id": "a", "conversationId": "c", "type": "incoming", "body": "new", "sent_at": 1_711_000_060_000i64, "source": "+447700900123",
            "attachments": [{"contentType": "image/jpeg", "fileName": "a.jpg", "size": 3, "path": "ab/cd"}],
            "reactions": [{"emoji": "👍", "fromId": "c", "timestamp": 1_711_000_070_000i64}],
            "quote": {"id": 1_711_000_000_000i64, "authorAci": "x", "text": "old"},
            "editHistory": [{"body": "new", "timestamp": 3}, {"body": "older", "timestamp": 2}, {"body": "oldest", "timestamp": 1}]}),
        json!({"id": "b", "conversationId": "c", "type": "outgoing", "body": "mine", "sent_at": 1_711_000_080_000i64}),
        json!({"id": "d", "conversationId": "c", "type": "keychange", "sent_at": 1_711_000_090_000i64}),
        json!({"id": "e", "conversationId": "c", "type": "outgoing", "sent_at": 1_711_000_100_000i64, "deletedForEveryone": true}),
        json!({"id": "f", "conversationId": "c", "type": "outgoing", "sent_at": 1_711_000_110_000i64}),
    ];
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    let text = format!("[\n{}\n]\n", rows.join(",\n"));
    let (_dir, export) = file("Ben Okoro (+447700900123).json", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "sigtop");
    assert_eq!(taken.counts(), (5, 0));
    assert_eq!(taken.threads[0].title, "Ben Okoro");
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).sender.as_deref(), Some("Ben Okoro <+447700900123>"));
    assert_eq!(of(0).extra.reply_to, ["1711000000000"]);
    let versions: Vec<&str> = of(0)
        .extra
        .versions
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(versions, ["oldest", "older"]);
    assert!(of(0).marks.has(Marks::EDITED));
    assert_eq!(of(1).extra.direction, Some(Direction::Sent));
    assert_eq!(
        (of(2).kind, of(2).extra.event.as_str()),
        (Kind::System, "security-code")
    );
    assert_eq!(of(3).kind, Kind::Deleted);
    assert_eq!(of(4).kind, Kind::NotExported);
    assert!(taken.summary.notes[0].starts_with("1 of its messages hold neither"));
}

const TEXT: &str = "Conversation: Ben Okoro (+447700900123)\n\nFrom: You\nType: outgoing\nSent: Fri, 1 Mar 2024 10:00:05 +0100\nAttachment: a (1).jpg (image/jpeg, 12 bytes)\nReaction: 👍 from Ben Okoro (+447700900123)\n\nHello\n\nBen\n\nFrom: Ben Okoro (+447700900123)\nType: incoming\nSent: Fri, 1 Mar 2024 10:01:05 +0100\nReceived: Fri, 1 Mar 2024 10:01:06 +0100\n\n> From: You\n> Sent: Fri, 1 Mar 2024 10:00:05 +0100\n>\n> Hello\n>\n> Ben\n\nFine\n\nFrom: Ben Okoro (+447700900123)\nType: incoming\nSent: Fri, 1 Mar 2024 10:02:05 +0100\nReceived: Fri, 1 Mar 2024 10:02:06 +0100\nEdited: 2 versions\n\n| Version: 2\n| Sent: Fri, 1 Mar 2024 10:03:05 +0100\n|\n| new\n|\n| Version: 1\n| Sent: Fri, 1 Mar 2024 10:02:05 +0100\n|\n| old\n| words\n\nType: keychange\nSent: Fri, 1 Mar 2024 10:04:05 +0100\nReceived: Fri, 1 Mar 2024 10:04:05 +0100\n\n";

#[test]
fn text_of_sigtop_is_taken_apart() {
    let (_dir, export) = file("Ben Okoro (+447700900123).txt", TEXT.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "sigtop");
    assert_eq!(taken.counts(), (4, 0));
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "Hello\n\nBen");
    assert_eq!(
        of(0).time,
        Time::Instant {
            seconds: 1_709_283_605,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(of(0).extra.attachments[0].name, "a (1).jpg");
    assert_eq!(of(0).extra.reactions[0].who, "Ben Okoro <+447700900123>");
    assert_eq!(of(1).text, "Fine");
    assert_eq!(of(1).extra.reply_to, [of(0).extra.message_id.clone()]);
    assert_eq!(of(2).text, "new");
    assert_eq!(of(2).extra.versions[0].text, "old\nwords");
    assert_eq!(
        (of(3).kind, of(3).text.as_str()),
        (Kind::System, "keychange")
    );
}

#[test]
fn short_text_of_sigtop_is_taken_apart() {
    let text = "2024-03-01 10:00 You: Hello\nBen\n2024-03-01 10:01 Ben Okoro: [reply to You on 2024-03-01 10:00, edited, 2 attachments] Fine\n2024-03-01 10:02 Ben Okoro: [sic] mine\n2024-03-01 10:03 Ben Okoro: [keychange message]\n2024-03-01 10:04 You:\n";
    let (_dir, export) = file("Ben Okoro (+447700900123).txt", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "sigtop");
    assert_eq!(
        taken.texts(),
        ["Hello\nBen", "Fine", "[sic] mine", "keychange", ""]
    );
    assert_eq!(taken.records[1].extra.attachments.len(), 2);
    assert!(taken.records[1].marks.has(Marks::EDITED));
    assert_eq!(taken.records[3].kind, Kind::System);
    assert_eq!(taken.records[4].kind, Kind::NotExported);
}

fn body() -> impl Strategy<Value = String> {
    // A line that looks like a message's first is taken for one; none of these does. Two spaces at
    // the end of a line are the program's own.
    "[a-z\u{e9}\u{1F600}]([a-z \n.,!?\u{e9}]{0,20}[a-z.!])?".prop_map(|text| {
        let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_exports_read_back_in_every_form(
        said in proptest::collection::vec((0usize..3, 946_684_800i64..4_000_000_000, body()), 1..16),
    ) {
        const NAMES: [&str; 3] = ["Me", "Ben Okoro", "Cy – 2"];
        let (mut markdown, mut lines, mut text, mut short) = (String::new(), String::new(), String::from("Conversation: Team (group)\n\n"), String::new());
        let mut rows = Vec::new();
        for (who, time, body) in &said {
            let name = NAMES[*who];
            let you = if *who == 0 { "You" } else { name };
            let kind = if *who == 0 { "outgoing" } else { "incoming" };
            write!(markdown, "[{}] {name}: {body}  \n\n", clock(*time, "%Y-%m-%d %H:%M:%S")).unwrap();
            writeln!(lines, "{}", json!({"date": clock(*time, "%Y-%m-%dT%H:%M:%S"), "sender": name, "body": format!("{body}  "), "quote": "", "sticker": "", "reactions": [], "attachments": []})).unwrap();
            rows.push(json!({"conversationId": "c", "type": kind, "sent_at": time * 1000 + 7, "body": body, "source": name}).to_string());
            write!(text, "From: {you}\nType: {kind}\nSent: {}\n\n{body}\n\n", clock(*time, "%a, %-d %b %Y %H:%M:%S +0000")).unwrap();
            writeln!(short, "{} {you}: {body}", clock(*time, "%Y-%m-%d %H:%M")).unwrap();
        }
        let rows = format!("[\n{}\n]\n", rows.join(",\n"));
        for (file_name, content) in [("chat.md", &markdown), ("data.json", &lines), ("Team (group).json", &rows), ("Team (group).txt", &text), ("Team (group).txt", &short)] {
            let (_dir, export) = file(file_name, content.as_bytes());
            let taken = take(&export).unwrap();
            prop_assert_eq!(taken.counts(), (said.len(), 0), "{}", content);
            for (record, (who, time, body)) in taken.records.iter().zip(&said) {
                prop_assert_eq!(&record.text, body);
                prop_assert_eq!(record.sender.as_deref(), Some(NAMES[*who]), "{}", content);
                let minute = time - time % 60;
                let found = match record.time {
                    Time::Local(found) | Time::Instant { seconds: found, .. } => found,
                    Time::Unknown => -1,
                };
                prop_assert!(found == *time || (content == &short && found == minute));
            }
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        which in 0usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..12),
    ) {
        let (name, text, importer) = [("chat.md", MARKDOWN, "signal-export"), ("a.txt", TEXT, "sigtop"), ("b.txt", "2024-03-01 10:00 You: Hello\nBen\n2024-03-01 10:00 Ben: Hello\n", "sigtop")][which];
        let mut bytes = text.as_bytes().to_vec();
        for (place, byte, change) in changes {
            let place = place.index(bytes.len());
            match change {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        let (_dir, export) = file(name, &bytes);
        super::take_with(docket::import::by_name(importer).unwrap(), &export).unwrap();
    }
}

/// WhatsApp in Swedish begins its lines as text-short does, but for a dash.
#[test]
fn a_dash_behind_the_time_is_whatsapps() {
    let chat = "2023-10-31 15:04 - Åsa: hej\n2023-10-31 15:05 - Örjan: hallå\n";
    let (_dir, export) = files("chats", &[("sv.txt", chat.as_bytes())]);
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "whatsapp");
    assert_eq!(taken.records[1].sender.as_deref(), Some("Örjan"));
}
