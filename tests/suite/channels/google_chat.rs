use super::{Taken, damage, faults, file, take, zip};
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

const AMINA: &str = "Amina Yusuf <amina@example.org>";
const BEN: &str = "Ben Okafor <ben@example.org>";

fn who(name: &str, mail: &str) -> Value {
    json!({"name": name, "email": mail, "user_type": "Human"})
}

fn amina() -> Value {
    who("Amina Yusuf", "amina@example.org")
}

fn ben() -> Value {
    who("Ben Okafor", "Ben@example.org")
}

/// Amina's Takeout with these files beside the lists.
pub(super) fn takeout(files: &[(&str, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    let root = "Takeout/Google Chat";
    let lists = [
        (
            "Users/User 1/user_info.json",
            json!({"user": amina(), "membership_info": [{"group_id": "DM a"}]}),
        ),
        (
            "Groups/DM a/group_info.json",
            json!({"members": [amina(), who("Ben Okafor", "ben@example.org")]}),
        ),
        (
            "Groups/Space b/group_info.json",
            json!({"members": [amina(), ben()], "name": "Kits, \"urgent\""}),
        ),
    ];
    let lists = lists
        .iter()
        .map(|(name, value)| (format!("{root}/{name}"), serde_json::to_vec(value).unwrap()));
    let files = files
        .iter()
        .map(|(name, bytes)| (format!("{root}/{name}"), bytes.clone()));
    lists.chain(files).collect()
}

pub(super) fn messages(all: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(&json!({ "messages": all })).unwrap()
}

fn read(entries: &[(String, Vec<u8>)]) -> Taken {
    let (_dir, export) = file("takeout-20240401T090000Z-001.zip", &zip(entries));
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "google-chat");
    taken
}

#[test]
fn a_takeout_is_read_whole() {
    let taken = read(&takeout(&[
        (
            "Groups/DM a/messages.json",
            messages(&json!([
                {"creator": amina(), "created_date": "Friday, March 1, 2024 at 9:00:00\u{202f}AM UTC", "text": "hi", "topic_id": "t", "message_id": "a/t/t"},
                {"creator": ben(), "created_date": "Friday, March 1, 2024 at 9:01:00\u{202f}AM UTC", "updated_date": "Friday, March 1, 2024 at 9:02:00\u{202f}AM UTC",
                 "text": "see the plan", "topic_id": "u", "message_id": "a/u/v",
                 "annotations": [{"start_index": 8, "length": 4, "url_metadata": {"title": "", "url": {"private_do_not_access_or_else_safe_url_wrapped_value": "https://example.org/plan"}}},
                                 {"start_index": 0, "length": 3, "format_metadata": {"format_type": "BOLD"}}],
                 "quoted_message_metadata": {"creator": amina(), "text": "hi", "message_id": "a/t/t"},
                 "reactions": [{"emoji": {"unicode": "👍"}, "reactor_emails": ["amina@example.org", "x@example.org"]}, {"emoji": {"custom_emoji": {"short_code": ":parrot:"}}}]},
                {"message_state": "DELETED", "deleted_date": "Friday, March 1, 2024 at 9:03:00\u{202f}AM UTC", "deletion_metadata": {"deletion_type": "CREATOR"}, "topic_id": "w", "message_id": "a/w/w"},
            ])),
        ),
        (
            "Groups/Space b/messages.json",
            messages(&json!([
                {"creator": amina(), "created_date": "2024年3月1日星期五 UTC 09:04:00", "topic_id": "t", "message_id": "b/t/t",
                 "attached_files": [{"original_name": "plan.pdf", "export_name": "File-plan.pdf"}, {"original_name": "a?b=1.png", "export_name": "File-a?b=1.png"}, {"original_name": "gone.jpg", "export_name": "File-gone.jpg"}]},
                {"creator": ben(), "created_date": "the day after", "text": "when?", "message_id": "b/t/x"},
                {"creator": ben(), "created_date": "Friday, March 1, 2024 at 9:06:00\u{202f}AM UTC", "message_id": "b/y/y",
                 "annotations": [{"gsuite_integration_metadata": {"call_data": {"call_status": "CALL_MISSED"}}}]},
                {"text": "nothing else"},
            ])),
        ),
        ("Groups/Space b/File-plan.pdf", b"%PDF".to_vec()),
        ("Groups/Space b/File-a_b=1.png", b"PNG".to_vec()),
    ]));
    let threads: Vec<_> = taken
        .threads
        .iter()
        .map(|head| (head.title.as_str(), head.group))
        .collect();
    assert_eq!(
        threads,
        [
            ("Ben Okafor", Some(false)),
            ("Kits, \"urgent\"", Some(true))
        ]
    );
    let [hi, plan, deleted, files, when, call, nothing] = taken.records.as_slice() else {
        panic!("{:#?}", taken.records)
    };
    let at = |minute: i64| Time::Instant {
        seconds: 1_709_283_600 + minute * 60,
        offset_minutes: Some(0),
    };
    assert_eq!(
        (
            hi.sender.as_deref(),
            hi.time,
            hi.text.as_str(),
            hi.extra.direction
        ),
        (Some(AMINA), at(0), "hi", Some(Direction::Sent))
    );
    assert_eq!(
        plan.text,
        "> Amina Yusuf: hi\n\nsee the plan\n\n<https://example.org/plan>"
    );
    assert!(plan.marks.has(Marks::EDITED));
    assert_eq!(plan.extra.direction, Some(Direction::Received));
    assert_eq!(plan.extra.reply_to, ["a/u/u", "a/t/t"]);
    let reactions: Vec<_> = plan
        .extra
        .reactions
        .iter()
        .map(|one| (one.value.as_str(), one.who.as_str()))
        .collect();
    assert_eq!(
        reactions,
        [("👍", AMINA), ("👍", "x@example.org"), (":parrot:", "")]
    );
    assert_eq!((deleted.kind, deleted.time), (Kind::Deleted, at(3)));
    assert_eq!(deleted.extra.time_basis, "deletion");
    let found: Vec<_> = files
        .extra
        .attachments
        .iter()
        .map(|one| (one.name.as_str(), one.state, one.item))
        .collect();
    assert_eq!(
        found,
        [
            ("plan.pdf", AttachmentState::Present, Some(5)),
            ("a?b=1.png", AttachmentState::Present, Some(6)),
            ("gone.jpg", AttachmentState::Missing, None),
        ]
    );
    assert_eq!((files.kind, files.time), (Kind::Attachment, at(4)));
    assert_eq!((when.time, when.extra.notes.len()), (Time::Unknown, 1));
    assert_eq!(when.sender.as_deref(), Some(BEN));
    assert_eq!((call.kind, call.text.as_str()), (Kind::Call, "Call missed"));
    assert_eq!(nothing.kind, Kind::Unreadable);
}

#[test]
fn one_conversation_alone_is_read() {
    let bytes = messages(&json!([
        {"creator": ben(), "created_date": "Friday, March 1, 2024 at 9:00:00 AM UTC", "text": "x", "message_id": "a/t/t"},
    ]));
    let (_dir, export) = file("messages.json", &bytes);
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.counts()), ("google-chat", (1, 0)));
    assert_eq!(taken.records[0].extra.direction, None);
    assert_eq!(taken.summary.notes.len(), 1);
}

/// What a writer of random Takeouts says of one message.
type Said = (bool, bool, String, i64, usize, bool, Vec<bool>);

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = (
        any::<bool>(),
        any::<bool>(),
        "\\PC{1,40}",
        946_684_800i64..2_000_000_000,
        0usize..4,
        any::<bool>(),
        proptest::collection::vec(any::<bool>(), 0..3),
    );
    proptest::collection::vec(one, 1..25)
}

/// A moment in one of four languages.
fn in_words(seconds: i64, language: usize) -> String {
    const SPANISH: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    match language {
        0 => time
            .format("%A, %B %-d, %Y at %-I:%M:%S\u{202f}%p UTC")
            .to_string(),
        1 => {
            let month: usize = time.format("%-m").to_string().parse().unwrap();
            let (day, rest) = (time.format("%-d"), time.format("%Y, %H:%M:%S UTC"));
            format!("lunes, {day} de {} de {rest}", SPANISH[month - 1])
        }
        2 => time.format("%Y年%-m月%-d日星期一 UTC %H:%M:%S").to_string(),
        _ => time
            .format("%Y년 %-m월 %-d일 월요일 %p %-I시 %-M분 %-S초 UTC")
            .to_string()
            .replace("AM", "오전")
            .replace("PM", "오후"),
    }
}

fn write(said: &[Said]) -> Vec<(String, Vec<u8>)> {
    let mut groups = [Vec::new(), Vec::new()];
    for (at, (space, mine, text, seconds, language, edited, reactions)) in said.iter().enumerate() {
        let date = in_words(*seconds, *language);
        let mut message = json!({
            "creator": if *mine { amina() } else { who("Ben Okafor", "ben@example.org") },
            "created_date": date, "text": text, "topic_id": format!("t{at}"), "message_id": format!("g/t{at}/m{at}"),
            "reactions": reactions.iter().map(|mine| json!({"emoji": {"unicode": "❤"}, "reactor_emails": [if *mine { "amina@example.org" } else { "ben@example.org" }]})).collect::<Vec<_>>(),
        });
        if *edited {
            message["updated_date"] = json!(in_words(seconds + 60, *language));
        }
        groups[usize::from(*space)].push(message);
    }
    let [dm, space] = groups.map(|group| messages(&Value::Array(group)));
    takeout(&[
        ("Groups/DM a/messages.json", dm),
        ("Groups/Space b/messages.json", space),
    ])
}

proptest! {
    #[test]
    fn random_takeouts_read_back(said in said()) {
        let taken = read(&write(&said));
        let mut sorted: Vec<_> = said.iter().enumerate().collect();
        sorted.sort_by_key(|(_, (space, ..))| *space);
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (at, (space, mine, text, seconds, _, edited, reactions))) in taken.records.iter().zip(sorted) {
            let title = if *space { "Kits, \"urgent\"" } else { "Ben Okafor" };
            prop_assert_eq!(&taken.threads[record.thread as usize].title, title);
            prop_assert_eq!(record.sender.as_deref(), Some(if *mine { AMINA } else { BEN }));
            let direction = if *mine { Direction::Sent } else { Direction::Received };
            prop_assert_eq!(record.extra.direction, Some(direction));
            if !text.trim().is_empty() {
                prop_assert_eq!(&record.text, text);
            }
            let time = Time::Instant { seconds: *seconds, offset_minutes: Some(0) };
            prop_assert_eq!(record.time, time);
            prop_assert_eq!(&record.extra.message_id, &format!("g/t{at}/m{at}"));
            prop_assert_eq!(&record.extra.reply_to, &vec![format!("g/t{at}/t{at}")]);
            prop_assert_eq!(record.marks.has(Marks::EDITED), *edited);
            let signs: Vec<_> = record.extra.reactions.iter().map(|one| one.who.as_str()).collect();
            let expected: Vec<_> = reactions.iter().map(|mine| if *mine { AMINA } else { BEN }).collect();
            prop_assert_eq!(signs, expected);
        }
    }

    #[test]
    fn damage_never_loses_a_byte(said in said(), which in any::<usize>(), faults in faults()) {
        let mut entries = write(&said);
        let which = which % entries.len();
        entries[which].1 = damage(&entries[which].1, &faults);
        let (_dir, export) = file("takeout.zip", &zip(&entries));
        super::take_with(docket::import::by_name("google-chat").unwrap(), &export).unwrap();
    }
}
