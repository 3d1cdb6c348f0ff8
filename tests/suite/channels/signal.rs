//! Signal's own export.

use super::{file, files, open, shared, take, walk};
use docket::model::{AttachmentState, Direction, Kind, Marks, Role, Time};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HEAD: &str = r#"{"version":"1","backupTimeMs":"1711972800000","mediaRootBackupKey":"q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="}"#;

fn people() -> Vec<Value> {
    let contact = |id: u32, given: &str, family: &str, number: &str| {
        json!({"recipient": {"id": id.to_string(), "contact": {
            "aci": format!("AAoRzgAAQACAAAAAAAAA{id:02}=="), "e164": number,
            "profileKey": "1111111111111111111111111111111111111111110=",
            "profileGivenName": given, "profileFamilyName": family}}})
    };
    vec![
        json!({"account": {"profileKey": "YQKRq+3DQklInaOaMcmlzZnN0m/1hzLiaONX7gB12dg=", "givenName": "Ann", "familyName": "Ray"}}),
        json!({"recipient": {"id": "1", "self": {}}}),
        contact(2, "Ben", "Okoro", "447700900123"),
        contact(3, "Cy", "", "447700900124"),
        json!({"recipient": {"id": "4", "group": {"masterKey": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "snapshot": {"title": {"title": "Team"}, "members": [
            {"userId": "AAoRzgAAQACAAAAAAAAA02=="}, {"userId": "AAoRzgAAQACAAAAAAAAA03=="}, {"userId": "AAoRzgAAQACAAAAAAAAA99=="}]}}}}),
        json!({"chat": {"id": "10", "recipientId": "2", "expirationTimerMs": "86400000"}}),
        json!({"chat": {"id": "11", "recipientId": "4"}}),
    ]
}

fn export(items: &[Value]) -> String {
    let lines = people().into_iter().chain(items.iter().cloned());
    let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    format!("{HEAD}\n{}\n", lines.join("\n"))
}

fn item(chat: u32, author: u32, sent: i64, way: &str, content: Value) -> Value {
    let mut item = json!({"chatId": chat.to_string(), "authorId": author.to_string(), "dateSent": sent.to_string()});
    item[way] = if way == "outgoing" {
        json!({"sendStatus": [{"recipientId": "2", "delivered": {}}]})
    } else {
        json!({})
    };
    for (key, value) in content.as_object().unwrap() {
        item[key] = value.clone();
    }
    json!({ "chatItem": item })
}

fn said(text: &str) -> Value {
    json!({"standardMessage": {"text": {"body": text}}})
}

/// Runs of letters that are keys.
fn keys_of(value: &Value, found: &mut Vec<String>) {
    const KEYS: [&str; 9] = [
        "mediaRootBackupKey",
        "profileKey",
        "masterKey",
        "identityKey",
        "key",
        "packKey",
        "rootKey",
        "adminKey",
        "entropy",
    ];
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(key) if KEYS.contains(&name.as_str()) => found.push(key.clone()),
                    value => keys_of(value, found),
                }
            }
        }
        Value::Array(several) => several.iter().for_each(|value| keys_of(value, found)),
        _ => {}
    }
}

/// A kind of message that came after docket is shown as the export has it, but for keys.
#[test]
fn a_kind_that_is_not_known_is_shown_as_it_stands() {
    let new = json!({"newKindOfMessage": {"words": "the minutes", "dataKey": "c2VjcmV0"}});
    let text = export(&[item(10, 2, 1_711_000_000_000, "incoming", new)]);
    let (_folder, export) = file("main.jsonl", text.as_bytes());
    let taken = take(&export).unwrap();
    let record = taken.records.last().unwrap();
    assert_eq!(record.kind, Kind::Text);
    assert_eq!(record.text, "newKindOfMessage words: the minutes");
}

#[test]
fn every_chat_item_of_signals_own_tests_is_a_message() {
    let Some(folder) = shared("samples/signal-takeout/from-backup-tests") else {
        return;
    };
    let all = std::fs::read_to_string(folder.join("all-cases.jsonl")).unwrap();
    let mut cases: Vec<String> = Vec::new();
    for line in all.lines() {
        match line.starts_with("{\"case\"") {
            true => cases.push(String::new()),
            false => {
                let case = cases.last_mut().unwrap();
                case.push_str(line);
                case.push('\n');
            }
        }
    }
    assert_eq!(cases.len(), 604);
    let mut messages = 0;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let (_dir, export) = file("main.jsonl", case.as_bytes());
        let taken = take(&export).unwrap();
        assert_eq!(taken.importer, "signal");
        let expected = case
            .lines()
            .filter(|line| line.starts_with("{\"chatItem\"") || line.starts_with("{\"adHocCall\""))
            .count();
        assert_eq!(taken.counts(), (expected, 0));
        assert!(taken.summary.notes[0].contains("disappear"));
        messages += case
            .lines()
            .filter(|line| line.starts_with("{\"chatItem\""))
            .count();
        for record in &taken.records {
            *kinds.entry(record.kind.name()).or_default() += 1;
            assert!(!matches!(record.time, Time::Unknown) || record.kind == Kind::Call);
            let undescribed = record.text.is_empty()
                && record.extra.attachments.is_empty()
                && !matches!(record.kind, Kind::Deleted | Kind::ViewOnce);
            assert!(!undescribed, "{record:?}");
        }
        let mut keys = Vec::new();
        for line in case.lines() {
            keys_of(&serde_json::from_str(line).unwrap(), &mut keys);
        }
        let shown = format!(
            "{:?} {:?} {:?}",
            taken.records, taken.threads, taken.summary
        );
        for key in keys.iter().filter(|key| key.len() > 8) {
            assert!(!shown.contains(key), "a key is shown");
        }
    }
    assert_eq!(messages, 516);
    println!("{messages} chat items: {kinds:?}");
    for path in walk(&folder) {
        take(&open(&path)).unwrap();
    }
}

#[test]
fn what_a_message_carries_is_kept() {
    let mut edited = item(10, 2, 1_711_000_060_000, "incoming", said("new"));
    edited["chatItem"]["revisions"] = json!([
        item(10, 2, 1_711_000_000_000, "incoming", said("old"))["chatItem"],
        item(10, 2, 1_711_000_030_000, "incoming", said("older than new"))["chatItem"],
    ]);
    let text = export(&[
        edited,
        item(
            11,
            1,
            1_711_000_100_000,
            "outgoing",
            json!({"standardMessage": {
                "text": {"body": "\u{1F600} \u{FFFC} see", "bodyRanges": [{"start": 3, "length": 1, "mentionAci": "AAoRzgAAQACAAAAAAAAA03=="}]},
                "quote": {"targetSentTimestamp": "1711000060000", "authorId": "2", "text": {"body": "new"}},
                "reactions": [{"emoji": "👍", "authorId": "3", "sentTimestamp": "1711000101000"}],
                "attachments": [{"pointer": {"contentType": "image/jpeg", "fileName": "a.jpg", "caption": "the plan",
                    "locatorInfo": {"key": "4YnMh/D8v73o2l50e8335/Vr7lAaoGAN", "plaintextHash": "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="}}}]}}),
        ),
        item(
            11,
            2,
            1_711_000_200_000,
            "incoming",
            json!({"poll": {"question": "When?", "options": [{"option": "Now", "votes": [{"voterId": "1"}, {"voterId": "3"}]}, {"option": "Later"}], "hasEnded": true}}),
        ),
        item(
            11,
            1,
            1_711_000_300_000,
            "directionless",
            json!({"updateMessage": {"groupChange": {"updates": [{"groupMemberAddedUpdate": {"updaterAci": "AAoRzgAAQACAAAAAAAAA02==", "newMemberAci": "AAoRzgAAQACAAAAAAAAA03=="}}]}}}),
        ),
        item(
            10,
            1,
            1_711_000_400_000,
            "directionless",
            json!({"updateMessage": {"expirationTimerChange": {"expiresInMs": "604800000"}}}),
        ),
        item(
            10,
            1,
            1_711_000_500_000,
            "directionless",
            json!({"updateMessage": {"individualCall": {"type": "VIDEO_CALL", "direction": "INCOMING", "state": "MISSED"}}}),
        ),
        item(
            10,
            2,
            1_711_000_600_000,
            "incoming",
            json!({"remoteDeletedMessage": {}}),
        ),
        item(
            10,
            2,
            1_711_000_700_000,
            "incoming",
            json!({"viewOnceMessage": {}}),
        ),
        item(
            11,
            1,
            1_711_000_800_000,
            "directionless",
            json!({"updateMessage": {"groupChange": {"updates": [
                {"groupNameUpdate": {"updaterAci": "AAoRzgAAQACAAAAAAAAA99==", "newGroupName": "Team 2"}},
                {"groupMemberLeftUpdate": {"aci": "AAoRzgAAQACAAAAAAAAA03=="}},
            ]}}}),
        ),
    ]);
    let photo = (
        "files/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.jpg",
        b"abc".as_slice(),
    );
    let (_dir, export) = files(
        "Signal export",
        &[
            ("main.jsonl", text.as_bytes()),
            ("metadata.json", b"{\"version\":1}"),
            photo,
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (9, 0));
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "new");
    assert_eq!(of(0).sender.as_deref(), Some("Ben Okoro <+447700900123>"));
    let versions: Vec<&str> = of(0)
        .extra
        .versions
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(versions, ["old", "older than new"]);
    assert!(of(0).marks.has(Marks::EDITED));
    assert_eq!(of(0).extra.direction, Some(Direction::Received));
    assert_eq!(taken.title(0), "Ben Okoro");
    assert_eq!(
        of(0).time,
        Time::Instant {
            seconds: 1_711_000_060,
            offset_minutes: None
        }
    );

    assert_eq!(of(1).text, "\u{1F600} @Cy see\n\nthe plan");
    assert_eq!(of(1).sender.as_deref(), Some("Ann Ray"));
    assert_eq!(of(1).extra.reply_to, [of(0).extra.message_id.clone()]);
    assert_eq!(of(1).extra.reactions[0].who, "Cy <+447700900124>");
    assert_eq!(of(1).extra.attachments[0].state, AttachmentState::Present);
    assert_eq!(of(1).extra.attachments[0].item, Some(2));
    assert_eq!(of(1).extra.recipients[0].role, Role::To);
    assert_eq!(taken.title(1), "Team");
    assert_eq!(taken.threads[1].group, Some(true));

    assert_eq!(of(2).kind, Kind::Poll);
    assert_eq!(of(2).text, "When?\n• Now (2: Ann Ray, Cy)\n• Later");
    assert_eq!(
        (of(3).kind, of(3).extra.event.as_str()),
        (Kind::System, "added")
    );
    assert_eq!(of(3).text, "Ben Okoro added Cy");
    assert_eq!(of(8).text, "Ann Ray named the group “Team 2”\nCy left");
    assert_eq!(of(4).text, "Disappearing messages: after 7 days");
    assert_eq!(
        (of(5).kind, of(5).text.as_str()),
        (Kind::Call, "Video call, missed")
    );
    assert_eq!(of(5).sender.as_deref(), Some("Ben Okoro <+447700900123>"));
    assert_eq!(of(6).kind, Kind::Deleted);
    assert_eq!(of(7).kind, Kind::ViewOnce);
    assert!(
        taken
            .summary
            .notes
            .iter()
            .any(|note| note.starts_with("1 of its chats had a timer"))
    );
}

#[test]
fn a_broken_line_costs_itself_and_shows_no_key() {
    let good = item(10, 2, 1_711_000_000_000, "incoming", said("one"));
    let text = export(std::slice::from_ref(&good));
    let broken = text.replace("\"account\":", "\"account\"");
    let (_dir, export) = file("main.jsonl", broken.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (1, 1));
    assert_eq!(taken.records[1].text, "one");
    assert!(!format!("{:?}", taken.records).contains("YQKRq"));
    // A kind of frame that is not known is an exception, and so is a message without a time.
    let odd = json!({"chatItem": {"chatId": "10", "authorId": "2"}});
    let (_dir, export) = file(
        "main.jsonl",
        format!(
            "{HEAD}\n{}\n{}\n{}\n",
            json!({"newThing": {"key": "YQKRq+3DQklInaOaMcmlzZnN0m"}}),
            odd,
            good
        )
        .as_bytes(),
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (1, 2));
    assert!(!format!("{:?}", taken.records).contains("YQKRq"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_exports_read_back(
        said in proptest::collection::vec(
            (prop::bool::ANY, 1u32..4, 0i64..4_000_000_000_000, "\\PC{1,20}", proptest::option::of("[a-z]{1,5}")), 0..20),
    ) {
        let items: Vec<Value> = said
            .iter()
            .map(|(group, author, sent, text, earlier)| {
                let way = if *author == 1 { "outgoing" } else { "incoming" };
                let chat = if *group { 11 } else { 10 };
                let mut made = item(chat, *author, *sent, way, super::signal::said(text));
                if let Some(earlier) = earlier {
                    made["chatItem"]["revisions"] = json!([item(chat, *author, *sent, way, super::signal::said(earlier))["chatItem"]]);
                }
                made
            })
            .collect();
        let text = export(&items);
        let (_dir, export) = file("main.jsonl", text.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (group, author, sent, text, earlier)) in taken.records.iter().zip(&said) {
            prop_assert_eq!(&record.text, text);
            prop_assert_eq!(record.time, Time::Instant { seconds: sent / 1000, offset_minutes: None });
            prop_assert_eq!(record.extra.direction, Some(if *author == 1 { Direction::Sent } else { Direction::Received }));
            let name = ["Ann Ray", "Ben Okoro <+447700900123>", "Cy <+447700900124>"][*author as usize - 1];
            prop_assert_eq!(record.sender.as_deref(), Some(name));
            let title = &taken.threads[record.thread as usize].title;
            prop_assert_eq!(title.as_str(), if *group { "Team" } else { "Ben Okoro" });
            let versions: Vec<&str> = record.extra.versions.iter().map(|one| one.text.as_str()).collect();
            prop_assert_eq!(versions, earlier.iter().map(String::as_str).collect::<Vec<_>>());
            let (from, length) = record.written.unwrap();
            let at = record.span.offset as usize + usize::from(from);
            let bytes = std::fs::read(_dir.path().join("0")).unwrap();
            let written = sent.to_string();
            prop_assert_eq!(&bytes[at..at + usize::from(length)], written.as_bytes());
        }
    }

    #[test]
    fn damage_never_loses_a_byte_or_shows_a_key(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..12),
    ) {
        let mut bytes = export(&[
            item(10, 2, 1_711_000_000_000, "incoming", said("one")),
            item(11, 1, 1_711_000_001_000, "outgoing", said("two")),
        ]).into_bytes();
        let from = HEAD.len();
        for (place, byte, change) in changes {
            let place = from + place.index(bytes.len() - from);
            match change {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        let (_dir, export) = file("main.jsonl", &bytes);
        let taken = take(&export).unwrap();
        let shown = format!("{:?} {:?}", taken.records, taken.summary);
        prop_assert!(!shown.contains("q6urq6urq6urq6ur"));
        prop_assert!(!shown.contains("1111111111111111"));
    }
}
