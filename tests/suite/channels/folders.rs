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
