use super::{Taken, damage, faults, file, files, open, shared, take, take_with, zip};
use docket::import::by_name;
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn channel(kind: &str, name: &str, messages: &Value) -> Vec<u8> {
    let count = messages.as_array().unwrap().len();
    serde_json::to_vec_pretty(&json!({
        "guild": {"id": "1", "name": "Allotments", "iconUrl": ""},
        "channel": {"id": "2", "type": kind, "categoryId": "3", "category": "Chat", "name": name, "topic": null},
        "dateRange": {"after": null, "before": null},
        "exportedAt": "2024-04-01T09:00:00+01:00",
        "messages": messages,
        "messageCount": count,
    }))
    .unwrap()
}

fn author(name: &str) -> Value {
    json!({"id": "7", "name": name.to_lowercase(), "discriminator": "0000", "nickname": name, "isBot": false})
}

#[test]
fn a_channel_keeps_all_it_has() {
    let message = |id: u32, more: Value| {
        let mut message = json!({
            "id": id.to_string(), "type": "Default", "timestamp": format!("2024-03-01T09:00:{id:02}.5+01:00"), "timestampEdited": null,
            "callEndedTimestamp": null, "isPinned": false, "content": "", "author": author("Amina"),
            "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": [],
        });
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        message
    };
    let bytes = channel(
        "GuildTextChat",
        "plots",
        &json!([
            message(
                1,
                json!({"content": "hello", "timestampEdited": "2024-03-01T10:00:00+01:00"})
            ),
            message(
                2,
                json!({"type": "Reply", "content": "yes", "author": author("Ben"), "reference": {"messageId": "1", "channelId": "2", "guildId": "1"}})
            ),
            message(
                3,
                json!({"attachments": [{"id": "9", "url": "a_Files\\map-1.png", "fileName": "map.png", "fileSizeBytes": 3}, {"id": "10", "url": "https://cdn.discordapp.com/x.pdf", "fileName": "x.pdf"}],
                          "stickers": [{"id": "11", "name": "Laugh", "format": "Png", "sourceUrl": "https://discord.com/s.png"}]})
            ),
            message(
                4,
                json!({"type": "GuildMemberJoin", "content": "Joined the server."})
            ),
            message(
                5,
                json!({"type": "Call", "content": "Started a call that lasted 2 minutes.", "callEndedTimestamp": "2024-03-01T09:02:05+01:00"})
            ),
            message(
                6,
                json!({"content": "see", "embeds": [{"title": "Seeds", "url": "https://example.org/seeds", "description": "All of them", "fields": [{"name": "Price", "value": "2"}], "footer": {"text": "shop"}}]})
            ),
            message(
                7,
                json!({"reference": {"type": "Forward", "messageId": "1"}, "forwardedMessage": {"content": "hello", "attachments": [{"fileName": "f.txt", "url": "https://x/f.txt"}], "embeds": []}})
            ),
            message(
                8,
                json!({"content": "up", "reactions": [
            {"emoji": {"id": "", "name": "❤"}, "count": 2, "users": [author("Ben")]}, {"emoji": {"id": "5", "name": "paul"}, "count": 1}]})
            ),
            message(9, json!({"type": "99", "content": "a type of tomorrow"})),
            message(10, json!({})),
            json!({"content": "no id"}),
        ]),
    );
    let (_dir, export) = files(
        "export",
        &[
            ("plots.json", bytes.as_slice()),
            ("a_Files/map-1.png", b"PNG"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(
        (taken.importer, taken.title(0)),
        ("discord", "Allotments – #plots")
    );
    let told: Vec<_> = taken
        .records
        .iter()
        .take(10)
        .map(|one| (one.kind, one.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Kind::Text, "hello"),
            (Kind::Text, "yes"),
            (Kind::Attachment, ""),
            (Kind::System, "Joined the server."),
            (Kind::Call, "Started a call that lasted 2 minutes."),
            (
                Kind::Text,
                "see\n\n> Seeds <https://example.org/seeds>\n> All of them\n> Price: 2\n> shop"
            ),
            (Kind::Attachment, "> hello"),
            (Kind::Text, "up"),
            (Kind::Text, "a type of tomorrow"),
            (Kind::NotExported, ""),
        ]
    );
    assert_eq!(taken.counts(), (10, 1));
    let [hello, yes, files, ..] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(hello.sender.as_deref(), Some("Amina <amina>"));
    assert!(hello.marks.has(Marks::EDITED));
    assert_eq!(
        hello.time,
        Time::Instant {
            seconds: 1_709_280_001,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(yes.extra.reply_to, ["1"]);
    let found: Vec<_> = files
        .extra
        .attachments
        .iter()
        .map(|one| (one.name.as_str(), one.state, one.media.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("map.png", AttachmentState::Present, "photo"),
            ("x.pdf", AttachmentState::Missing, "document"),
            ("Laugh", AttachmentState::Missing, "sticker"),
        ]
    );
    assert_eq!(taken.records[6].extra.forwarded.as_deref(), Some(""));
    let reactions: Vec<_> = taken.records[7]
        .extra
        .reactions
        .iter()
        .map(|one| (one.value.as_str(), one.who.as_str()))
        .collect();
    assert_eq!(reactions, [("❤", "Ben <ben>"), ("❤", ""), (":paul:", "")]);
}

#[test]
fn the_order_of_keys_does_not_matter_and_titles_tell_what_it_is() {
    for (kind, title, group) in [
        ("DirectTextChat", "x", Some(false)),
        ("DirectGroupTextChat", "x", Some(true)),
        ("GuildTextChat", "Allotments – #x", Some(true)),
        ("GuildPublicThread", "Allotments – #Chat – x", Some(true)),
    ] {
        let mut value: Value = serde_json::from_slice(&channel(kind, "x", &json!([]))).unwrap();
        let (head, guild) = (value["channel"].take(), value["guild"].take());
        let text = format!(
            "{{\"messages\":[{{\"id\":\"1\",\"timestamp\":\"2024-03-01T09:00:00Z\",\"content\":\"x\"}}],\"channel\":{head},\"guild\":{guild}}}"
        );
        let (_dir, export) = file("x.json", text.as_bytes());
        let taken = take(&export).unwrap();
        let thread = &taken.threads[0];
        assert_eq!(
            (thread.title.as_str(), thread.group),
            (title, group),
            "{kind}"
        );
    }
}

#[test]
fn the_samples_give_their_independent_counts() {
    let Some(samples) = shared("samples/chat-analytics") else {
        return;
    };
    for (name, count, title, system) in [
        ("discord__DM_2A_2M.json", 3, None, 0),
        ("discord__GC_3A_5M.json", 6, Some("a group chat"), 2),
        (
            "discord__SV_5A_5M.json",
            5,
            Some("DefleMask – #general-chiptune"),
            0,
        ),
    ] {
        let taken = take(&open(&samples.join(name))).unwrap();
        assert_eq!(
            (taken.importer, taken.counts()),
            ("discord", (count, 0)),
            "{name}"
        );
        if let Some(title) = title {
            assert_eq!(taken.title(0), title);
        }
        let found = taken.records.iter().filter(|one| one.kind == Kind::System);
        assert_eq!(found.count(), system, "{name}");
        assert!(
            taken
                .records
                .iter()
                .all(|one| one.time != Time::Unknown && one.sender.is_some())
        );
    }
}

/// The id that Discord would give at this second.
fn id_at(seconds: i64, count: usize) -> u64 {
    let milliseconds = u64::try_from(seconds * 1000 - 1_420_070_400_000).unwrap();
    (milliseconds << 22) | count as u64
}

/// What the owner says: in which of two channels, the second, the words, a file.
pub(super) type Said = (bool, i64, String, bool);

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = (
        any::<bool>(),
        1_420_070_400i64..2_000_000_000,
        "\\PC{1,40}",
        any::<bool>(),
    );
    proptest::collection::vec(one, 1..25)
}

/// A package of the older generation (tables) or the newer.
pub(super) fn package(said: &[Said], tables: bool) -> Vec<(String, Vec<u8>)> {
    let mut entries = vec![
        (
            "account/user.json".to_owned(),
            br#"{"id": "7", "username": "amina", "global_name": "Amina", "discriminator": 0}"#.to_vec(),
        ),
        (
            "messages/index.json".into(),
            br#"{"10": "Direct Message with ben#0", "11": null}"#.to_vec(),
        ),
        (
            "messages/c10/channel.json".into(),
            br#"{"id": "10", "type": 1, "recipients": ["7", "8"]}"#.to_vec(),
        ),
        (
            "messages/c11/channel.json".into(),
            br#"{"id": "11", "type": "GUILD_TEXT", "name": "plots", "guild": {"id": "1", "name": "Allotments"}}"#.to_vec(),
        ),
    ];
    for second in [false, true] {
        let folder = if second {
            "messages/c11"
        } else {
            "messages/c10"
        };
        let mine = || {
            said.iter()
                .enumerate()
                .filter(move |(_, one)| one.0 == second)
        };
        let clock = |seconds: i64| {
            let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            time.format("%Y-%m-%d %H:%M:%S").to_string()
        };
        let url = |file: bool| {
            if file {
                "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1"
            } else {
                ""
            }
        };
        if tables {
            let mut table = "ID,Timestamp,Contents,Attachments\r\n".to_owned();
            for (at, (_, seconds, text, file)) in mine() {
                let (id, text) = (id_at(*seconds, at), text.replace('"', "\"\""));
                write!(
                    table,
                    "{id},{}.000000+00:00,\"{text}\",{}\r\n",
                    clock(*seconds),
                    url(*file)
                )
                .unwrap();
            }
            entries.push((format!("{folder}/messages.csv"), table.into_bytes()));
        } else {
            let all: Vec<Value> = mine()
                .map(|(at, (_, seconds, text, file))| json!({"ID": id_at(*seconds, at), "Timestamp": clock(*seconds), "Contents": text, "Attachments": url(*file)}))
                .collect();
            entries.push((
                format!("{folder}/messages.json"),
                serde_json::to_vec(&all).unwrap(),
            ));
        }
    }
    entries
}

fn read(entries: &[(String, Vec<u8>)]) -> Taken {
    let (_dir, export) = file("package.zip", &zip(entries));
    take(&export).unwrap()
}

#[test]
fn a_package_says_that_it_is_half_a_conversation() {
    for tables in [true, false] {
        let mut entries = package(&[(false, 1_709_283_600, "hi".into(), true)], tables);
        // What cannot be a message of a package costs itself.
        let (name, bytes) = entries.last_mut().unwrap();
        if name.ends_with("csv") {
            bytes.extend(b"x,2024-03-01 09:00:00,no id,\r\n1,2,3\r\n\"open,\r\n");
        } else {
            *bytes = br#"[{"ID": "x", "Timestamp": "2024-03-01 09:00:00", "Contents": "no id"}, {"ID": 1, "Contents": "no time"}, 3]"#.to_vec();
        }
        let taken = read(&entries);
        assert_eq!(
            (taken.importer, taken.counts()),
            ("discord-package", (1, 3))
        );
        let hi = &taken.records[0];
        assert_eq!(
            (hi.sender.as_deref(), hi.kind),
            (Some("Amina <amina>"), Kind::Attachment)
        );
        assert_eq!(hi.extra.attachments[0].name, "a.png");
        assert_eq!(taken.title(0), "Direct Message with ben#0");
        assert_eq!(taken.threads[1].title, "Allotments – #plots");
        assert!(taken.summary.notes[0].contains("own messages only"));
    }
}

proptest! {
    #[test]
    fn random_packages_read_back(said in said(), tables in any::<bool>()) {
        let taken = read(&package(&said, tables));
        prop_assert_eq!(taken.importer, "discord-package");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        let mut sorted: Vec<_> = said.iter().enumerate().collect();
        sorted.sort_by_key(|(_, (second, ..))| *second);
        for (record, (at, (_, seconds, text, file))) in taken.records.iter().zip(sorted) {
            prop_assert_eq!(&record.text, text);
            let time = Time::Instant { seconds: *seconds, offset_minutes: Some(0) };
            prop_assert_eq!(record.time, time);
            prop_assert_eq!(&record.extra.message_id, &id_at(*seconds, at).to_string());
            prop_assert_eq!(record.extra.direction, Some(Direction::Sent));
            prop_assert_eq!(record.marks.has(Marks::ATTACHMENT), *file);
        }
    }

    #[test]
    fn random_channels_read_back(said in said()) {
        let messages: Vec<Value> = said.iter().enumerate().map(|(at, (reply, seconds, text, edited))| {
            let time = chrono::DateTime::from_timestamp(*seconds, 0).unwrap().to_rfc3339();
            json!({"id": at.to_string(), "type": if *reply { "Reply" } else { "Default" }, "timestamp": time, "timestampEdited": edited.then_some(&time), "content": text, "author": author("Ben"),
                   "reference": reply.then(|| json!({"messageId": "0"}))})
        }).collect();
        let (_dir, export) = file("x.json", &channel("DirectTextChat", "Ben", &Value::Array(messages)));
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (reply, seconds, text, edited)) in taken.records.iter().zip(&said) {
            prop_assert_eq!(&record.text, text);
            let time = Time::Instant { seconds: *seconds, offset_minutes: Some(0) };
            prop_assert_eq!(record.time, time);
            prop_assert_eq!(record.marks.has(Marks::EDITED), *edited);
            prop_assert_eq!(record.extra.reply_to.len(), usize::from(*reply));
        }
    }

    #[test]
    fn damage_never_loses_a_byte(said in said(), tables in any::<bool>(), which in any::<usize>(), faults in faults()) {
        let mut entries = package(&said, tables);
        let which = which % entries.len();
        entries[which].1 = damage(&entries[which].1, &faults);
        let (_dir, export) = file("package.zip", &zip(&entries));
        take_with(by_name("discord-package").unwrap(), &export).unwrap();

        let messages: Vec<Value> = said.iter().map(|one| json!({"id": "1", "timestamp": "2024-03-01T09:00:00Z", "content": one.2})).collect();
        let whole = channel("DirectTextChat", "Ben", &Value::Array(messages));
        let (_dir, export) = file("x.json", &damage(&whole, &faults));
        take_with(by_name("discord").unwrap(), &export).unwrap();
    }
}
