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
