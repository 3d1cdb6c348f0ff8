use super::{Taken, damage, faults, file, open, shared, take, zip};
use docket::import::Record;
use docket::model::{AttachmentState, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A workspace with these day files, zipped.
pub(super) fn workspace(days: &[(&str, Value)]) -> Vec<(String, Vec<u8>)> {
    let users = json!([
        {"id": "U1", "name": "amina", "real_name": "Amina Yusuf", "profile": {"real_name": "Amina Yusuf", "display_name": "amina", "email": "amina@example.org"}},
        {"id": "U2", "name": "ben", "profile": {"real_name": "Ben Okafor"}},
        {"id": "U3", "name": "hook", "is_bot": true, "profile": {"real_name": "Build Bot", "bot_id": "B1"}},
    ]);
    let lists = [
        ("users.json", users),
        (
            "channels.json",
            json!([{"id": "C1", "name": "kits", "members": ["U1", "U2"]}]),
        ),
        (
            "groups.json",
            json!([{"id": "G1", "name": "private", "members": ["U1"]}]),
        ),
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U2"]}])),
        (
            "mpims.json",
            json!([{"id": "G2", "name": "mpdm-amina--ben--cara-1", "members": ["U1", "U2", "U9"]}]),
        ),
        ("integration_logs.json", json!([])),
    ];
    lists
        .iter()
        .chain(days)
        .map(|(name, value)| {
            (
                (*name).to_owned(),
                serde_json::to_vec_pretty(value).unwrap(),
            )
        })
        .collect()
}

fn read(entries: &[(String, Vec<u8>)]) -> Taken {
    let (_dir, export) = file("Slack export.zip", &zip(entries));
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "slack");
    taken
}

fn day(messages: &Value) -> Taken {
    read(&workspace(&[("kits/2024-03-01.json", messages.clone())]))
}

fn only(message: Value) -> Record {
    let mut taken = day(&json!([message]));
    assert_eq!(taken.records.len(), 1);
    taken.records.remove(0)
}

#[test]
fn conversations_and_people_have_their_names() {
    let hello = json!([{"type": "message", "user": "U1", "text": "hi <@U2>, see <#C1>", "ts": "1709283600.000100"}]);
    let taken = read(&workspace(&[
        ("kits/2024-03-02.json", hello.clone()),
        (
            "kits/2024-03-01.json",
            json!([{"type": "message", "user": "U2", "text": "first", "ts": "1709197200.000100"}]),
        ),
        ("private/2024-03-01.json", hello.clone()),
        ("D1/2024-03-01.json", hello.clone()),
        ("mpdm-amina--ben--cara-1/2024-03-01.json", hello.clone()),
        ("gone/2024-03-01.json", hello),
    ]));
    let threads: Vec<_> = taken
        .threads
        .iter()
        .map(|head| (head.title.as_str(), head.group))
        .collect();
    assert_eq!(
        threads,
        [
            ("Amina Yusuf, Ben Okafor", Some(false)),
            ("gone", None),
            ("#kits", Some(true)),
            ("Amina Yusuf, Ben Okafor, U9", Some(true)),
            ("#private", Some(true)),
        ]
    );
    assert!(taken.threads.iter().all(|head| head.channel == "slack"));
    let kits: Vec<_> = taken
        .records
        .iter()
        .filter(|record| record.thread == 2)
        .map(|record| (record.sender.as_deref().unwrap(), record.text.as_str()))
        .collect();
    assert_eq!(
        kits,
        [
            ("Ben Okafor <@ben>", "first"),
            (
                "Amina Yusuf <amina@example.org>",
                "hi @Ben Okafor, see #kits"
            ),
        ]
    );
}

#[test]
fn a_message_keeps_all_it_has() {
    let record = only(json!({
        "client_msg_id": "x", "type": "message", "user": "U1", "team": "T1",
        "text": "5 &lt; 6 :wave::skin-tone-3: <https://example.org|plan>",
        "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "text", "text": "5 < 6 "}, {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3}]}]}],
        "ts": "1709283601.000200", "thread_ts": "1709283600.000100", "parent_user_id": "U2",
        "edited": {"user": "U1", "ts": "1709283700.000000"},
        "reactions": [{"name": "+1", "users": ["U2", "U9"], "count": 3}, {"name": "party_parrot", "users": ["U1"], "count": 1}],
        "files": [
            {"id": "F1", "name": "plan.pdf", "mimetype": "application/pdf", "url_private": "https://files.slack.com/x?t=xoxe-secret"},
            {"id": "F2", "mode": "tombstone"}],
    }));
    assert_eq!(record.text, "5 < 6 👋🏼 plan <https://example.org>");
    assert_eq!(
        record.sender.as_deref(),
        Some("Amina Yusuf <amina@example.org>")
    );
    assert_eq!(
        record.time,
        Time::Instant {
            seconds: 1_709_283_601,
            offset_minutes: None
        }
    );
    assert_eq!(record.extra.message_id, "1709283601.000200");
    assert_eq!(record.extra.reply_to, ["1709283600.000100"]);
    assert!(record.marks.has(Marks::EDITED) && record.marks.has(Marks::ATTACHMENT));
    let reactions: Vec<_> = record
        .extra
        .reactions
        .iter()
        .map(|one| (one.value.as_str(), one.who.as_str()))
        .collect();
    assert_eq!(
        reactions,
        [
            ("👍", "Ben Okafor <@ben>"),
            ("👍", "U9"),
            ("👍", ""),
            (":party_parrot:", "Amina Yusuf <amina@example.org>"),
        ]
    );
    let files: Vec<_> = record
        .extra
        .attachments
        .iter()
        .map(|one| (one.name.as_str(), one.state, one.media.as_str()))
        .collect();
    assert_eq!(
        files,
        [
            ("plan.pdf", AttachmentState::Missing, "document"),
            ("", AttachmentState::Missing, ""),
        ]
    );
    assert_eq!(record.kind, Kind::Attachment);
    assert!(
        !format!("{record:?}").contains("secret"),
        "a key of the workspace was kept"
    );
}

#[test]
fn each_subtype_is_what_it_is() {
    let at = |ts: u32, more: Value| {
        let mut message =
            json!({"type": "message", "ts": format!("{}.000000", 1_709_283_600 + ts)});
        let own = message.as_object_mut().unwrap();
        own.extend(more.as_object().unwrap().clone());
        message
    };
    let taken = day(&json!([
        at(
            1,
            json!({"subtype": "channel_join", "user": "U1", "text": "<@U1> has joined the channel"})
        ),
        at(
            2,
            json!({"subtype": "channel_topic", "user": "U1", "text": "<@U1> set the channel topic: kits", "topic": "kits"})
        ),
        at(
            3,
            json!({"subtype": "bot_message", "bot_id": "B1", "text": "", "attachments": [{"fallback": "build passed"}]})
        ),
        at(
            4,
            json!({"subtype": "bot_message", "bot_id": "B2", "username": "rss", "text": "news"})
        ),
        at(
            5,
            json!({"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "hidden": true})
        ),
        at(
            6,
            json!({"subtype": "huddle_thread", "user": "USLACKBOT", "text": "", "room": {"created_by": "U2", "date_start": 1_709_283_606, "date_end": 1_709_284_446, "participant_history": ["U2", "U1"]}})
        ),
        at(
            7,
            json!({"subtype": "me_message", "user": "U2", "text": "waves"})
        ),
        at(
            8,
            json!({"subtype": "thread_broadcast", "user": "U2", "text": "for all", "thread_ts": "1709283601.000000"})
        ),
        at(
            9,
            json!({"subtype": "something_new", "user": "U2", "text": "words of a person"})
        ),
        at(
            10,
            json!({"subtype": "file_comment", "text": "said", "comment": {"user": "U1", "comment": "said"}})
        ),
        at(
            11,
            json!({"subtype": "message_changed", "hidden": true, "message": {"user": "U1", "text": "new"}, "previous_message": {"user": "U1", "text": "old", "ts": "1709283600.000000"}})
        ),
        at(
            12,
            json!({"subtype": "message_deleted", "hidden": true, "deleted_ts": "1709283600.000000", "previous_message": {"user": "U1", "text": "taken back"}})
        ),
        at(
            13,
            json!({"user": "U7", "text": "guest", "user_profile": {"real_name": "Guest One", "name": "guest"}})
        ),
        at(14, json!({"user": "U7", "text": ""})),
        at(
            15,
            json!({"user": "U1", "text": "look", "attachments": [{"is_share": true, "author_name": "Ben Okafor", "text": "shared"}]})
        ),
    ]));
    let told: Vec<_> = taken
        .records
        .iter()
        .map(|one| {
            (
                one.kind,
                one.sender.as_deref().unwrap_or(""),
                one.text.as_str(),
            )
        })
        .collect();
    let amina = "Amina Yusuf <amina@example.org>";
    let ben = "Ben Okafor <@ben>";
    assert_eq!(
        told,
        [
            (Kind::System, amina, "@Amina Yusuf has joined the channel"),
            (
                Kind::System,
                amina,
                "@Amina Yusuf set the channel topic: kits"
            ),
            (Kind::Text, "Build Bot <@hook>", "build passed"),
            (Kind::Text, "rss <B2>", "news"),
            (Kind::Deleted, "USLACKBOT", "This message was deleted."),
            (Kind::Call, ben, "Huddle, 14 min: Ben Okafor, Amina Yusuf"),
            (Kind::Text, ben, "waves"),
            (Kind::Text, ben, "for all"),
            (Kind::Text, ben, "words of a person"),
            (Kind::Text, amina, "said"),
            (Kind::Text, amina, "new"),
            (Kind::Deleted, amina, "taken back"),
            (Kind::Text, "Guest One <@guest>", "guest"),
            (Kind::NotExported, "Guest One <@guest>", ""),
            (Kind::Text, amina, "look\n\n> Ben Okafor\n> shared"),
        ]
    );
    let events: Vec<_> = taken
        .records
        .iter()
        .map(|one| one.extra.event.as_str())
        .collect();
    assert_eq!(&events[..2], ["joined", "description"]);
    assert_eq!(taken.records[10].extra.versions[0].text, "old");
    assert_eq!(
        taken.records[14].extra.forwarded.as_deref(),
        Some("Ben Okafor")
    );
}

#[test]
fn files_that_a_tool_fetched_are_linked() {
    let mut entries = workspace(&[(
        "kits/2024-03-01.json",
        json!([
            {"type": "message", "user": "U1", "text": "", "ts": "1709283600.000100", "files": [{"id": "F1", "name": "plan.pdf"}]},
            {"type": "message", "user": "U1", "text": "", "ts": "1709283600.000200", "files": [{"id": "F2", "name": "a.png"}]},
        ]),
    )]);
    entries.push(("__uploads/F1/plan.pdf".into(), b"%PDF".to_vec()));
    entries.push(("kits/attachments/F2-a.png".into(), b"PNG".to_vec()));
    let taken = read(&entries);
    let items: Vec<_> = taken
        .records
        .iter()
        .map(|one| one.extra.attachments[0].item)
        .collect();
    assert_eq!(items, [Some(7), Some(8)]);
}

#[test]
fn a_broken_message_costs_itself() {
    let text = "[\n    {\n        \"type\": \"message\",\n        \"user\": \"U1\",\n        \"text\": \"one\",\n        \"ts\": \"1709283600.000100\"\n    },\n    {\n        \"type\": \"message\",\n        \"text\": \"two, not closed,\n        \"ts\": \"1709283600.000200\"\n    },\n    {\n        \"type\": \"message\",\n        \"text\": \"no time\"\n    },\n    7,\n    {\n        \"type\": \"message\",\n        \"user\": \"U1\",\n        \"text\": \"three\",\n        \"ts\": \"1709283600.000300\"\n    }\n]\n";
    let mut entries = workspace(&[]);
    entries.push(("kits/2024-03-01.json".into(), text.into()));
    let taken = read(&entries);
    let read: Vec<_> = taken
        .records
        .iter()
        .filter(|one| one.kind == Kind::Text)
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(read, ["one", "three"]);
    assert_eq!(taken.counts(), (2, 3));
}

#[test]
fn a_day_alone_is_read_whatever_its_name() {
    let (_dir, export) = file(
        "renamed.txt",
        br#"[{"type":"message","user":"U1","text":"x","ts":"1709283600.000100"}]"#,
    );
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.title(0)), ("slack", "renamed.txt"));
    assert_eq!(taken.records[0].sender.as_deref(), Some("U1"));
}

#[test]
fn the_sample_gives_its_independent_count() {
    let Some(samples) = shared("samples/slack-export-viewer") else {
        return;
    };
    let taken = take(&open(&samples.join("testarchive.zip"))).unwrap();
    assert_eq!(taken.importer, "slack");
    assert_eq!(taken.counts(), (158, 0));
    let titles: Vec<_> = taken
        .threads
        .iter()
        .map(|head| head.title.as_str())
        .collect();
    assert_eq!(titles, ["#enrique", "#traveling-sailor"]);
    assert!(
        taken
            .records
            .iter()
            .all(|one| one.time != Time::Unknown && one.sender.is_some())
    );
    let joins = taken
        .records
        .iter()
        .filter(|one| one.extra.event == "joined");
    assert_eq!(joins.count(), 8);
    let files = taken.records.iter().flat_map(|one| &one.extra.attachments);
    assert!(files.clone().count() > 0);
    assert!(
        files
            .clone()
            .all(|one| !one.name.is_empty() && one.state == AttachmentState::Missing)
    );
    assert!(
        taken
            .records
            .iter()
            .all(|one| !one.text.contains("<@") && !one.text.contains("xoxe"))
    );
}

/// What a writer of random workspaces says of one message.
type Said = (
    bool,
    usize,
    String,
    u32,
    Option<u8>,
    bool,
    Vec<(usize, usize)>,
);

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = (
        any::<bool>(),
        0usize..2,
        "\\PC{1,40}",
        0u32..2_000_000_000,
        proptest::option::of(any::<u8>()),
        any::<bool>(),
        proptest::collection::vec((0usize..2, 0usize..2), 0..3),
    );
    proptest::collection::vec(one, 0..25)
}

const PEOPLE: [(&str, &str); 2] = [
    ("U1", "Amina Yusuf <amina@example.org>"),
    ("U2", "Ben Okafor <@ben>"),
];
const SIGNS: [(&str, &str); 2] = [("tada", "🎉"), ("eyes", "👀")];

/// The days of a random workspace: two folders, the messages in turn.
fn write(said: &[Said]) -> Vec<(String, Vec<u8>)> {
    let mut days = [Vec::new(), Vec::new()];
    for (at, (folder, who, text, seconds, root, edited, reactions)) in said.iter().enumerate() {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let mut message = json!({
            "type": "message", "user": PEOPLE[*who].0, "text": escaped, "ts": format!("{seconds}.{at:06}"),
            "reactions": reactions.iter().map(|(sign, who)| json!({"name": SIGNS[*sign].0, "users": [PEOPLE[*who].0], "count": 1})).collect::<Vec<_>>(),
        });
        if let Some(root) = root {
            message["thread_ts"] = json!(format!("{root}.000000"));
        }
        if *edited {
            message["edited"] = json!({"user": "U1", "ts": "1.0"});
        }
        days[usize::from(*folder)].push(message);
    }
    let [a, b] = days.map(Value::Array);
    workspace(&[("D1/2024-03-01.json", a), ("kits/2024-03-01.json", b)])
}

proptest! {
    #[test]
    fn random_workspaces_read_back(said in said()) {
        prop_assume!(!said.is_empty());
        let taken = read(&write(&said));
        let mut sorted: Vec<_> = said.iter().enumerate().collect();
        sorted.sort_by_key(|(_, (folder, ..))| *folder);
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (at, (folder, who, text, seconds, root, edited, reactions))) in taken.records.iter().zip(sorted) {
            let title = if *folder { "#kits" } else { "Amina Yusuf, Ben Okafor" };
            prop_assert_eq!(&taken.threads[record.thread as usize].title, title);
            prop_assert_eq!(record.sender.as_deref(), Some(PEOPLE[*who].1));
            prop_assert_eq!(&record.text, text);
            let time = Time::Instant { seconds: i64::from(*seconds), offset_minutes: None };
            prop_assert_eq!(record.time, time);
            prop_assert_eq!(&record.extra.message_id, &format!("{seconds}.{at:06}"));
            let roots: Vec<String> = root.iter().map(|root| format!("{root}.000000")).collect();
            prop_assert_eq!(&record.extra.reply_to, &roots);
            prop_assert_eq!(record.marks.has(Marks::EDITED), *edited);
            let signs: Vec<_> = record.extra.reactions.iter().map(|one| (one.value.as_str(), one.who.as_str())).collect();
            let expected: Vec<_> = reactions.iter().map(|(sign, who)| (SIGNS[*sign].1, PEOPLE[*who].1)).collect();
            prop_assert_eq!(signs, expected);
        }
    }

    #[test]
    fn damage_never_loses_a_byte(said in said(), which in any::<usize>(), faults in faults()) {
        let mut entries = write(&said);
        let which = which % entries.len();
        entries[which].1 = damage(&entries[which].1, &faults);
        let (_dir, export) = file("Slack export.zip", &zip(&entries));
        // The zip's own layout is whole; `take_with` checks that every byte is told of once.
        super::take_with(docket::import::by_name("slack").unwrap(), &export).unwrap();
    }
}
