//! A workspace of Slack, exported by its owner: channels, a direct conversation, a bot, a guest.

use super::super::Made;
use super::super::chat::{Chat, Fault, File, Line};
use super::super::dialect::{Event, What};
use super::super::rng::Rng;
use super::{lines, member, pack, plain_name, pretty, seconds, sign, system, talk, zip};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NBO: super::Member = member("NBO", "U06NBO00001", "Nkechi");
const GMP: super::Member = member("GMP", "U06GMP00002", "Gethin");
const AK: super::Member = member("AK", "U06AK000003", "Ayesha");
const OLD: super::Member = member("OLD", "U06OLD00004", "Owen");
const RUP: super::Member = member("RUP", "U06RUP00005", "Rosalind");
const TES: super::Member = member("TES", "U06TES00006", "Tess");
const BOT: super::Member = member("BOT", "B06BOT00007", "Stock Bot");

const CHATS: [(&str, Chat); 3] = [
    (
        "kits-deliveries",
        talk(
            "kits-deliveries",
            &[NBO, GMP, AK, OLD, RUP, TES, BOT],
            include_str!("../talk/slack_kits.txt"),
            &[pack("kits", 8, &["NBO", "GMP", "AK"])],
            301,
        ),
    ),
    (
        "random",
        talk(
            "random",
            &[NBO, GMP, AK, OLD, RUP],
            include_str!("../talk/slack_random.txt"),
            &[pack("office", 5, &["NBO", "GMP", "AK", "OLD"])],
            302,
        ),
    ),
    (
        "D06DIRECT01",
        talk(
            "D06DIRECT01",
            &[GMP, AK],
            include_str!("../talk/slack_dm.txt"),
            &[],
            303,
        ),
    ),
];

/// The people in the workspace's list. Tess is a guest from another one, and not in it.
const PEOPLE: [(&str, &str, &str); 5] = [
    ("U06NBO00001", "nkechi", "Nkechi Brathwaite-Osei"),
    ("U06GMP00002", "gethin", "Gethin Marlowe-Price"),
    ("U06AK000003", "ayesha", "Ayesha Kirkbride"),
    ("U06OLD00004", "owen", "Owen Llewellyn-Das"),
    ("U06RUP00005", "rosalind", "Rosalind Umarov-Pike"),
];

/// The export.
///
/// # Errors
/// When a script does not read.
pub fn export() -> Result<Made, Fault> {
    let mut files: Vec<File> = Vec::new();
    let (mut messages, mut own) = (0, 0);
    for (folder, chat) in &CHATS {
        let (lines, _) = lines(chat)?;
        messages += lines.len();
        own += system(&lines);
        for (day, said) in days(&lines, chat.seed)? {
            files.push((format!("{folder}/{day}.json"), pretty(&Value::Array(said))?));
        }
    }
    files.push(("canvases.json".into(), b"[]\n".to_vec()));
    files.push(("channels.json".into(), pretty(&channels())?));
    files.push((
        "dms.json".into(),
        pretty(&json!([{"id": "D06DIRECT01", "created": 1_709_251_200, "members": ["U06AK000003", "U06GMP00002"]}]))?,
    ));
    files.push(("integration_logs.json".into(), b"[]\n".to_vec()));
    files.push(("users.json".into(), pretty(&users())?));
    Ok(Made {
        path: "DCR Response Slack export Mar 1 2024 - Mar 31 2024.zip".into(),
        bytes: zip(files)?,
        messages,
        system: own,
        files: 0,
        about: "Slack, exported by the workspace's owner: deliveries of the kits with a supplier's guest and a \
            bot, small talk, a direct conversation. Threads, reactions, an edit, a deletion, a huddle; files are named and not there"
            .into(),
    })
}

fn users() -> Value {
    PEOPLE
        .iter()
        .map(|(id, name, real)| {
            json!({
                "id": id, "team_id": "T06DCR00000", "name": name, "deleted": false, "real_name": real, "tz": "Europe/London", "is_bot": false,
                "profile": {"real_name": real, "display_name": name, "email": format!("{name}@dcr.gov.example")},
            })
        })
        .collect()
}

fn channels() -> Value {
    let channel = |id: &str, name: &str, members: &[&str]| {
        json!({"id": id, "name": name, "created": 1_709_251_200, "creator": "U06NBO00001", "is_archived": false, "is_general": false, "members": members,
               "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0}})
    };
    json!([
        channel(
            "C06KITS0001",
            "kits-deliveries",
            &[
                "U06NBO00001",
                "U06GMP00002",
                "U06AK000003",
                "U06OLD00004",
                "U06RUP00005",
                "U06TES00006"
            ]
        ),
        channel(
            "C06RANDOM02",
            "random",
            &[
                "U06NBO00001",
                "U06GMP00002",
                "U06AK000003",
                "U06OLD00004",
                "U06RUP00005"
            ]
        ),
    ])
}

/// A person's words as Slack writes them.
fn mrkdwn(text: &str) -> String {
    let mut out = String::new();
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let escaped = word
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        if word.starts_with("https://") {
            out.push_str(&format!("<{escaped}>"));
        } else if word == "@channel" {
            out.push_str("<!channel>");
        } else {
            out.push_str(&escaped);
        }
    }
    out
}

/// The messages of each day.
fn days(lines: &[Line], seed: u64) -> Result<BTreeMap<String, Vec<Value>>, Fault> {
    const SIGNS: [&str; 3] = ["+1", "eyes", "white_check_mark"];
    let mut rng = Rng::new(seed + 1000);
    let mut days: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    // A thread: its root, and when it was last added to.
    let mut root: Option<(String, i64)> = None;
    for (at, line) in lines.iter().enumerate() {
        let ts = format!("{}.{:06}", seconds(line), 100 + at * 7 % 899_999);
        let mut message = json!({"type": "message", "ts": ts, "user": line.sender});
        let mut set = |key: &str, value: Value| {
            if let Some(all) = message.as_object_mut() {
                all.insert(key.into(), value);
            }
        };
        match &line.what {
            What::Text(text) => {
                set("text", json!(mrkdwn(text)));
                let now = seconds(line);
                match &root {
                    Some((first, last)) if now - last < 900 && rng.chance(350) => {
                        set("thread_ts", json!(first));
                        root = Some((first.clone(), now));
                    }
                    _ => root = Some((ts.clone(), now)),
                }
            }
            What::Edited(text) => {
                set("text", json!(mrkdwn(text)));
                set(
                    "edited",
                    json!({"user": line.sender, "ts": format!("{}.000000", seconds(line) + 95)}),
                );
            }
            What::Deleted => {
                set("subtype", json!("tombstone"));
                set("user", json!("USLACKBOT"));
                set("text", json!("This message was deleted."));
            }
            What::Call(_, minutes) => {
                let start = seconds(line);
                let end = start + 60 * i64::from(minutes.unwrap_or(0));
                set("subtype", json!("huddle_thread"));
                set("user", json!("USLACKBOT"));
                set("text", json!(""));
                set(
                    "room",
                    json!({"created_by": line.sender, "date_start": start, "date_end": end, "participant_history": [line.sender, "U06NBO00001"]}),
                );
            }
            What::Media {
                kind,
                file,
                caption,
            } => {
                let name = plain_name(kind, file.as_deref().unwrap_or_default());
                let (mime, id) = match *kind {
                    "PHOTO" => ("image/jpeg", format!("F06IMG{at:05}")),
                    _ => ("application/pdf", format!("F06DOC{at:05}")),
                };
                set("text", json!(mrkdwn(caption)));
                set(
                    "files",
                    json!([{"id": id, "name": name, "title": name, "mimetype": mime, "mode": "hosted",
                    "url_private": format!("https://files.slack.example/files-pri/T06DCR00000-{id}/{name}?t=xoxe-not-a-real-key")}]),
                );
            }
            What::Poll(question, options) => {
                let mut text = format!("*{}*", mrkdwn(question));
                for (option, votes) in options {
                    text.push_str(&format!("\n• {} ({votes})", mrkdwn(option)));
                }
                set("text", json!(text));
            }
            What::System(event) => {
                let (subtype, text) = match event {
                    Event::Created(who, _) => {
                        ("channel_join", format!("<@{who}> has joined the channel"))
                    }
                    Event::Added(by, who) => {
                        set("user", json!(who));
                        set("inviter", json!(by));
                        ("channel_join", format!("<@{who}> has joined the channel"))
                    }
                    _ => ("channel_topic", "set the channel topic".to_owned()),
                };
                if let Event::Created(who, _) = event {
                    set("user", json!(who));
                }
                set("subtype", json!(subtype));
                set("text", json!(text));
            }
            other => return Err(format!("Slack does not write {other:?}")),
        }
        if line.sender == "B06BOT00007" {
            set("subtype", json!("bot_message"));
            set("user", Value::Null);
            set("bot_id", json!(line.sender));
            set("username", json!("Stock Bot"));
        }
        if line.sender == "U06TES00006" {
            set(
                "user_profile",
                json!({"real_name": "Tess Harcourt-Lim", "display_name": "tess", "name": "tess.harcourtlim", "team": "T06QUILLFTH"}),
            );
        }
        if let Some(which) = sign(&mut rng).filter(|_| matches!(line.what, What::Text(_))) {
            let (id, ..) = PEOPLE[which];
            set(
                "reactions",
                json!([{"name": SIGNS[which], "users": [id], "count": 1}]),
            );
        }
        let day = line.at.format("%Y-%m-%d").to_string();
        days.entry(day).or_default().push(message);
    }
    Ok(days)
}
