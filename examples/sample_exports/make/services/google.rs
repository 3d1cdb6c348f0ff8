//! The scientist's Google Takeout: a room with the other laboratory, and her sister. Her account
//! is in German, and so are its dates.

use super::super::Made;
use super::super::chat::{Chat, Fault, File, Line};
use super::super::dialect::What;
use super::super::rng::Rng;
use super::{lines, member, pack, plain_name, pretty, sign, talk, zip};
use chrono::{Datelike, Duration, NaiveDateTime};
use serde_json::{Value, json};

const CHATS: [(&str, Chat); 2] = [
    (
        "Space AAAAkx7LTgQ",
        talk(
            "Ringversuch Tarn Lane",
            &[
                member("KV", "Katharina Vossberg", "Katharina"),
                member("BL", "Björn Lütjens", "Björn"),
                member("FNM", "Farida Nasseri-Moss", "Farida"),
                member("JUD", "Jens-Uwe Dornbach", "Jens-Uwe"),
            ],
            include_str!("../talk/chat_labor.txt"),
            &[pack("labor", 7, &["KV", "BL", "JUD"])],
            311,
        ),
    ),
    (
        "DM 8sVq1kAAAAE",
        talk(
            "Jette",
            &[
                member("JET", "Jette Vossberg", "Jette"),
                member("KV", "Katharina Vossberg", "Katharina"),
            ],
            include_str!("../talk/chat_schwester.txt"),
            &[],
            312,
        ),
    ),
];

fn person(name: &str) -> Value {
    let mail = match name {
        "Farida Nasseri-Moss" => "f.nasserimoss@dcr.gov.example".to_owned(),
        name => format!(
            "{}@example.org",
            name.to_lowercase()
                .replace(' ', ".")
                .replace('ü', "ue")
                .replace('ö', "oe")
        ),
    };
    json!({"name": name, "email": mail, "user_type": "Human"})
}

/// The export.
///
/// # Errors
/// When a script does not read.
pub fn export() -> Result<Made, Fault> {
    let root = "Takeout/Google Chat";
    let mut files: Vec<File> = Vec::new();
    let (mut messages, mut attached) = (0, 0);
    for (folder, chat) in &CHATS {
        let folder = format!("{root}/Groups/{folder}");
        let (lines, media) = lines(chat)?;
        messages += lines.len();
        attached += media.len();
        let mut info = json!({"members": chat.members.iter().map(|one| person(one.shown)).collect::<Vec<_>>()});
        if folder.contains("Space") {
            info["name"] = json!(chat.title);
        }
        files.push((format!("{folder}/group_info.json"), pretty(&info)?));
        for (name, bytes) in media {
            let kind = if name.starts_with("IMG") {
                "PHOTO"
            } else {
                "DOC"
            };
            files.push((format!("{folder}/File-{}", plain_name(kind, &name)), bytes));
        }
        files.push((
            format!("{folder}/messages.json"),
            pretty(&json!({"messages": said(&lines, &folder, chat.seed)?}))?,
        ));
    }
    let owner = json!({"user": person("Katharina Vossberg"), "membership_info": [
        {"group_id": "DM 8sVq1kAAAAE", "membership_state": "MEMBER_JOINED"},
        {"group_id": "Space AAAAkx7LTgQ", "group_name": "Ringversuch Tarn Lane", "membership_state": "MEMBER_JOINED"}]});
    files.push((
        format!("{root}/Users/User 104417700900417/user_info.json"),
        pretty(&owner)?,
    ));
    Ok(Made {
        path: "takeout-20240401T081500Z-001.zip".into(),
        bytes: zip(files)?,
        messages,
        system: 0,
        files: attached,
        about: "Google Chat, the seconded scientist's Takeout, dates in German: laboratories compare results, \
            and her sister. Topics, reactions, edits, a deletion, a message in the wrong room; attached files"
            .into(),
    })
}

/// `Montag, 4. März 2024 um 09:12:05 UTC`, from her clock.
fn german(at: NaiveDateTime) -> String {
    const DAYS: [&str; 7] = [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ];
    let at = at - Duration::hours(1);
    let day = DAYS[at.weekday().num_days_from_monday() as usize];
    format!(
        "{day}, {}. März 2024 um {} UTC",
        at.day(),
        at.format("%H:%M:%S")
    )
}

fn said(lines: &[Line], folder: &str, seed: u64) -> Result<Vec<Value>, Fault> {
    const SIGNS: [&str; 3] = ["👍", "🎉", "😅"];
    let mut rng = Rng::new(seed + 1000);
    let space = folder.rsplit(' ').next().unwrap_or_default();
    let mut topic = String::new();
    let mut all = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let own = format!("{:011x}", rng.next() & 0xFFF_FFFF_FFFF);
        if topic.is_empty() || !folder.contains("Space") || rng.chance(600) {
            topic.clone_from(&own);
        }
        let mut message = json!({
            "creator": person(&line.sender), "created_date": german(line.at), "topic_id": topic, "message_id": format!("{space}/{topic}/{own}"),
        });
        match &line.what {
            What::Deleted => {
                message = json!({
                    "message_state": "DELETED", "deleted_date": german(line.at), "deletion_metadata": {"deletion_type": "CREATOR"},
                    "topic_id": topic, "message_id": format!("{space}/{topic}/{own}"),
                });
            }
            What::Edited(text) => {
                message["text"] = json!(text);
                message["updated_date"] = json!(german(line.at + Duration::minutes(3)));
            }
            What::Media {
                kind,
                file,
                caption,
            } => {
                let name = plain_name(kind, file.as_deref().unwrap_or_default());
                message["attached_files"] =
                    json!([{"original_name": name, "export_name": format!("File-{name}")}]);
                if !caption.is_empty() {
                    message["text"] = json!(caption);
                }
            }
            What::Text(text) => message["text"] = json!(text),
            other => return Err(format!("Google Chat does not write {other:?}")),
        }
        if at > 0
            && matches!(line.what, What::Text(_))
            && let Some(which) = sign(&mut rng)
        {
            message["reactions"] = json!([{"emoji": {"unicode": SIGNS[which]}, "reactor_emails": ["katharina.vossberg@example.org"]}]);
        }
        all.push(message);
    }
    Ok(all)
}
