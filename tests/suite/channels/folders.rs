//! The zips of services, unpacked: a folder is one export, alone or beside others.

use super::{discord, google_chat, slack, take};
use docket::import::{Verdict, discover};
use serde_json::json;
use std::path::Path;

fn unpack(into: &Path, entries: &[(String, Vec<u8>)]) {
    for (name, bytes) in entries {
        let path = into.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn an_unpacked_export_is_one_export() {
    let hello = json!([{"type": "message", "user": "U1", "text": "hi", "ts": "1709283600.000100"}]);
    let slack = slack::workspace(&[
        ("kits/2024-03-01.json", hello.clone()),
        ("kits/2024-03-02.json", hello),
    ]);
    let said = json!([{"creator": {"name": "Ben", "email": "ben@example.org", "user_type": "Human"}, "created_date": "Friday, March 1, 2024 at 9:00:00 AM UTC",
        "message_id": "a/t/t", "attached_files": [{"original_name": "a.png", "export_name": "File-a.png"}]}]);
    let chat = google_chat::takeout(&[
        ("Groups/DM a/messages.json", google_chat::messages(&said)),
        ("Groups/DM a/File-a.png", b"PNG".to_vec()),
    ]);
    let discord = discord::package(&[(false, 1_709_283_600, "hi".into(), false)], false);
    let dir = tempfile::tempdir().unwrap();
    let all = [
        ("slack", slack, 2),
        ("google-chat", chat, 1),
        ("discord-package", discord, 1),
    ];
    for (name, entries, _) in &all {
        unpack(&dir.path().join(name), entries);
    }
    // Each alone, and all of them in one folder.
    let mut given: Vec<_> = all
        .iter()
        .flat_map(|(name, ..)| discover(&dir.path().join(name)))
        .collect();
    given.extend(discover(dir.path()));
    for (name, _, count) in &all {
        let exports: Vec<_> = given
            .iter()
            .filter(
                |one| matches!(one.verdict, Verdict::Export { importer, .. } if importer == *name),
            )
            .collect();
        assert_eq!(exports.len(), 2, "{name}: {exports:#?}");
        for one in exports {
            let taken = take(&one.open().unwrap()).unwrap();
            assert_eq!((taken.importer, taken.counts()), (*name, (*count, 0)));
            let files = taken.records.iter().flat_map(|one| &one.extra.attachments);
            assert!(files.into_iter().all(|file| file.item.is_some()), "{name}");
            let named = match *name {
                "slack" => "Amina Yusuf <amina@example.org>",
                "google-chat" => "Ben Okafor <ben@example.org>",
                _ => "Amina <amina>",
            };
            assert_eq!(taken.records[0].sender.as_deref(), Some(named));
        }
    }
}

/// A download of one chat only: its pictures are found beside it, and the folder says which service
/// it is from.
#[test]
fn a_download_of_one_chat_is_one_export() {
    let said = json!({"participants": [{"name": "Ben"}], "messages": [
        {"sender_name": "Ben", "timestamp_ms": 1_709_283_600_000_i64,
         "photos": [{"uri": "your_instagram_activity/messages/inbox/ben_1/photos/1.jpg", "creation_timestamp": 1}]}],
        "title": "Ben", "thread_path": "inbox/ben_1"});
    let inbox = "your_instagram_activity/messages/inbox/ben_1";
    let dir = tempfile::tempdir().unwrap();
    unpack(
        &dir.path().join("download"),
        &[
            (format!("{inbox}/message_1.json"), said.to_string().into()),
            (format!("{inbox}/photos/1.jpg"), b"JPG".to_vec()),
        ],
    );
    let page = "<html><body><div class=\"_a706\" role=\"main\"><div class=\"pam _3-95 _2ph- _a6-g uiBoxWhite noborder\"><h2 class=\"_3-95 _2pim _a6-h _a6-i\">Ben</h2><div class=\"_3-95 _a6-p\"><div><div></div><div>Hi</div></div></div><div class=\"_3-94 _a6-o\">Oct 18, 2023 8:41 pm</div></div></div></body></html>";
    unpack(
        &dir.path().join("page"),
        &[(format!("{inbox}/message_1.html"), page.into())],
    );
    for (given, photos) in [
        (dir.path().join("download"), 1),
        (dir.path().join("download").join(inbox), 1),
        (dir.path().join("page"), 0),
    ] {
        let exports: Vec<_> = discover(&given)
            .into_iter()
            .filter(|one| matches!(one.verdict, Verdict::Export { .. }))
            .collect();
        assert_eq!(exports.len(), 1, "{exports:#?}");
        let taken = take(&exports[0].open().unwrap()).unwrap();
        assert_eq!((taken.importer, taken.counts()), ("meta", (1, 0)));
        let found = taken.records[0].extra.attachments.iter();
        assert_eq!(found.filter(|file| file.item.is_some()).count(), photos);
        if !given.ends_with("ben_1") {
            assert_eq!(taken.threads[0].channel, "instagram", "{}", given.display());
        }
    }
}

/// What stands beside the mails of a folder is not theirs: it is told of, file by file.
#[test]
fn what_stands_beside_mails_is_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let mail = b"From: a@example.org\nDate: Fri, 1 Mar 2024 09:00:00 +0000\n\nHi\n".to_vec();
    unpack(
        dir.path(),
        &[
            ("one.eml".into(), mail.clone()),
            ("two.eml".into(), mail),
            ("no headers.eml".into(), b"\nHi\n".to_vec()),
            ("private/holiday.jpg".into(), b"JPG".to_vec()),
        ],
    );
    let told: Vec<(String, bool, usize)> = discover(dir.path())
        .into_iter()
        .map(|one| {
            let is_export = matches!(one.verdict, Verdict::Export { .. });
            let path = one.path.strip_prefix(dir.path()).unwrap().to_owned();
            (
                path.to_string_lossy().into_owned(),
                is_export,
                one.files.len(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (String::new(), true, 2),
            ("no headers.eml".into(), false, 0),
            ("private/holiday.jpg".into(), false, 0),
        ]
    );
}

/// Files of every folder export, what a person keeps beside them, and which of them the export
/// brings.
#[test]
fn an_export_brings_its_own_files_and_not_what_a_person_keeps_beside_them() {
    let hello = json!([{"type": "message", "user": "U1", "text": "hi", "ts": "1709283600.000100"}]);
    let mut slack = slack::workspace(&[("kits/2024-03-01.json", hello)]);
    slack.push(("kits/2024-03-02.json".into(), b"[]".to_vec()));
    let said = json!([{"creator": {"name": "Ben", "email": "ben@example.org", "user_type": "Human"}, "created_date": "Friday, March 1, 2024 at 9:00:00 AM UTC",
        "message_id": "a/t/t", "attached_files": [{"original_name": "a.png", "export_name": "File-a.png"}]}]);
    let chat = google_chat::takeout(&[
        ("Groups/DM a/messages.json", google_chat::messages(&said)),
        ("Groups/DM a/File-a.png", b"PNG".to_vec()),
    ]);
    let package = discord::package(&[(false, 1_709_283_600, "hi".into(), false)], false);
    let graph = |id: &str| {
        json!({"value": [{"id": id, "messageType": "message", "createdDateTime": "2024-03-01T09:00:00Z",
            "chatId": "19:a@thread.v2", "from": {"user": {"id": "u1", "displayName": "Ben"}},
            "body": {"contentType": "text", "content": "hi"}}]})
        .to_string()
        .into_bytes()
    };
    let chats = json!({"value": [{"id": "19:a@thread.v2", "topic": "Kits", "chatType": "group", "createdDateTime": "2024-03-01T09:00:00Z"}]});
    let skype = json!({"userId": "8:ben", "exportDate": "2024-04-01T09:00:00Z", "conversations": [{"id": "8:amina", "displayName": "Amina",
        "MessageList": [{"id": "1", "displayName": "Amina", "originalarrivaltime": "2024-03-01T09:00:00Z",
            "messagetype": "Text", "content": "hi", "from": "8:amina", "conversationid": "8:amina"}]}]});
    let messenger = json!({"participants": [{"name": "Ben"}, {"name": "Amina"}], "messages": [
        {"sender_name": "Ben", "timestamp_ms": 1_709_283_600_000_i64, "content": "hi"}],
        "title": "Ben", "thread_path": "inbox/ben_1"});
    let account = json!({"profile_v2": {"name": {"full_name": "Amina"}}});
    let page = "Mar 01, 2024  9:00:00 AM\nMe\nhi\n\n";
    let day = |id: &str, file: &str| {
        json!({"version": "2.0.0", "participants": [{"id": "p1", "display": "Ben"}],
            "conversations": [{"id": "c1", "platform": "slack", "participants": ["p1"], "display": "Kits"}],
            "events": [{"type": "message", "id": id, "participant": "p1", "conversation": "c1", "body": "hi",
                "timestamp": "2024-03-01T09:00:00Z", "attachments": [{"id": file, "display": "plan.pdf"}]}]})
        .to_string()
        .into_bytes()
    };
    let own = |entries: Vec<(&str, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
        let entries = entries.into_iter();
        entries
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .collect()
    };
    let all = [
        ("slack", slack),
        ("google-chat", chat),
        ("discord-package", package),
        (
            "teams",
            own(vec![
                ("standup.json", graph("1")),
                ("kits.json", graph("2")),
                ("whatever it is called.json", chats.to_string().into()),
            ]),
        ),
        (
            "teams-personal",
            own(vec![
                ("messages.json", skype.to_string().into()),
                ("media/0-weu.1.jpg", b"JPG".to_vec()),
            ]),
        ),
        (
            "linkedin",
            own(vec![
                (
                    "messages.csv",
                    b"CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\n\
                      1,,Ben,https://example.com/in/ben,Amina,2024-03-01 09:00:00 UTC,,hi,INBOX\n"
                        .to_vec(),
                ),
                ("Profile.csv", b"First Name,Last Name\nBen,\n".to_vec()),
            ]),
        ),
        (
            "meta",
            own(vec![
                (
                    "facebook/your_facebook_activity/messages/inbox/ben_1/message_1.json",
                    messenger.to_string().into(),
                ),
                (
                    "facebook/your_facebook_activity/messages/inbox/ben_1/photos/1.jpg",
                    b"JPG".to_vec(),
                ),
                (
                    "facebook/personal_information/profile_information/profile_information.json",
                    account.to_string().into(),
                ),
            ]),
        ),
        (
            "imessage-exporter",
            own(vec![
                ("Ben.txt", page.into()),
                ("Amina.txt", page.into()),
                ("attachments/1/a.heic", b"JPG".to_vec()),
            ]),
        ),
        (
            "rsmf",
            own(vec![
                ("one/rsmf_manifest.json", day("1", "f1")),
                ("one/f1", b"PDF".to_vec()),
                ("two/rsmf_manifest.json", day("2", "plan.pdf")),
                ("two/plan.pdf", b"PDF".to_vec()),
            ]),
        ),
    ];
    let kept: [(String, Vec<u8>); 4] = [
        ("payslip.pdf".into(), b"mine".to_vec()),
        ("holiday/beach.jpg".into(), b"mine".to_vec()),
        ("holiday/photos/beach.jpg".into(), b"mine".to_vec()),
        ("letter.json".into(), b"{\"dear\": \"Ben\"}".to_vec()),
    ];
    for (name, entries) in all {
        let dir = tempfile::tempdir().unwrap();
        unpack(dir.path(), &entries);
        unpack(dir.path(), &kept);
        let given = discover(dir.path());
        let exports: Vec<_> = given
            .iter()
            .filter(|one| matches!(one.verdict, Verdict::Export { .. }))
            .collect();
        let mut brought: Vec<String> = exports
            .iter()
            .flat_map(|one| one.files.iter().map(|(_, path)| path))
            .map(|path| path.strip_prefix(dir.path()).unwrap())
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        brought.sort();
        let mut expected: Vec<String> = entries.into_iter().map(|(name, _)| name).collect();
        expected.sort();
        assert_eq!(brought, expected, "{name}");
        for one in exports {
            assert!(
                matches!(one.verdict, Verdict::Export { importer, .. } if importer == name),
                "{one:?}"
            );
        }
        // What is left is told, file by file.
        for (path, _) in &kept {
            let path = dir.path().join(path);
            assert!(
                given
                    .iter()
                    .any(|one| one.path == path && matches!(one.verdict, Verdict::NotAnExport(_))),
                "{name}: {}",
                path.display()
            );
        }
    }
}
