//! Discord: a public server that the press office reads, and the special adviser's data package.

use super::super::Made;
use super::super::chat::{Chat, Fault, File, Line};
use super::super::dialect::{Event, What};
use super::super::rng::Rng;
use super::{lines, member, plain_name, pretty, seconds, sign, system, talk, zip};
use serde_json::{Value, json};

const BOIL: Chat = talk(
    "boil-notice",
    &[
        member("FEN", "fenwick_of_mill_lane", "Fenwick"),
        member("TAM", "tamburlaine", "Tam"),
        member("MOZ", "mozzer", "Moz"),
        member("PRI", "priya_dcr", "Priya"),
    ],
    include_str!("../talk/discord_boil.txt"),
    &[],
    351,
);

fn snowflake(seconds: i64, at: usize) -> u64 {
    let milliseconds = u64::try_from(seconds * 1000 - 1_420_070_400_000).unwrap_or(0);
    (milliseconds << 22) | at as u64
}

fn author(name: &str) -> Value {
    let shown = match name {
        "priya_dcr" => "Priya (DCR press office)",
        "fenwick_of_mill_lane" => "Fenwick",
        "tamburlaine" => "Tam",
        other => other,
    };
    let id: u64 = name.bytes().fold(200_000_000_000_000_000, |id, byte| {
        id + u64::from(byte) * 7_700_900
    });
    json!({"id": id.to_string(), "name": name, "discriminator": "0000", "nickname": shown, "color": null, "isBot": false, "roles": [], "avatarUrl": "https://cdn.discordapp.com/embed/avatars/0.png"})
}

/// The channel, as DiscordChatExporter writes it.
///
/// # Errors
/// When the script does not read.
pub fn channel() -> Result<Made, Fault> {
    const SIGNS: [&str; 3] = ["❤", "👍", "😂"];
    let (lines, _) = lines(&BOIL)?;
    let mut rng = Rng::new(1351);
    let mut said: Vec<Value> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let time = line.at.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string();
        let mut message = json!({
            "id": snowflake(seconds(line), at).to_string(), "type": "Default", "timestamp": time, "timestampEdited": null, "callEndedTimestamp": null, "isPinned": false,
            "content": "", "author": author(&line.sender), "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": [], "inlineEmojis": [],
        });
        match &line.what {
            What::Text(text) => {
                message["content"] = json!(text);
                let before = said
                    .last()
                    .filter(|before| before["type"] != "GuildMemberJoin" && rng.chance(250));
                if let Some(before) = before {
                    message["type"] = json!("Reply");
                    message["reference"] = json!({"messageId": before["id"], "channelId": "1214507700900123456", "guildId": "1214507700900000001"});
                }
                if let Some(which) = sign(&mut rng) {
                    let users = [author("fenwick_of_mill_lane"), author("tamburlaine")];
                    message["reactions"] = json!([{"emoji": {"id": "", "name": SIGNS[which], "isAnimated": false, "imageUrl": ""}, "count": 2, "users": users}]);
                }
            }
            What::Edited(text) => {
                message["content"] = json!(text);
                message["timestampEdited"] = json!(time);
            }
            What::Media { kind, file, .. } => {
                let name = plain_name(kind, file.as_deref().unwrap_or_default());
                message["attachments"] = json!([{"id": snowflake(seconds(line), 1).to_string(), "url": format!("https://cdn.discordapp.com/attachments/1/2/{name}"), "fileName": name, "fileSizeBytes": 1024}]);
            }
            What::System(event) => {
                let (kind, text, who) = match event {
                    Event::Joined(who) => ("GuildMemberJoin", "Joined the server.", who),
                    Event::Left(who) => ("RecipientRemove", "Left the group.", who),
                    Event::Pinned(who) => ("ChannelPinnedMessage", "Pinned a message.", who),
                    other => return Err(format!("Discord does not write {other:?}")),
                };
                message["type"] = json!(kind);
                message["content"] = json!(text);
                message["author"] = author(who);
            }
            other => return Err(format!("Discord does not write {other:?}")),
        }
        said.push(message);
    }
    let file = json!({
        "guild": {"id": "1214507700900000001", "name": "Harrowmere Water Watch", "iconUrl": ""},
        "channel": {"id": "1214507700900123456", "type": "GuildTextChat", "categoryId": "1214507700900000002", "category": "Text channels", "name": BOIL.title, "topic": "Is it safe yet"},
        "dateRange": {"after": "2024-03-01T00:00:00+00:00", "before": "2024-04-01T00:00:00+00:00"}, "exportedAt": "2024-04-01T08:40:00+00:00",
        "messages": said, "messageCount": lines.len(),
    });
    Ok(Made {
        path: "Harrowmere Water Watch - Text channels - boil-notice [1214507700900123456].json".into(),
        bytes: pretty(&file)?,
        messages: lines.len(),
        system: system(&lines),
        files: 0,
        about: "Discord, as DiscordChatExporter writes it: a public server where a press officer answers under her \
            own name. Replies, reactions, an edit, joins; a photo is named and not there"
            .into(),
    })
}

const JT: [super::Member; 1] = [member("JT", "Jonah", "Jonah")];
const GAME: Chat = talk(
    "1190077009000000010",
    &JT,
    include_str!("../talk/discord_jonah_mods.txt"),
    &[],
    352,
);
const SOL: Chat = talk(
    "1190077009000000011",
    &JT,
    include_str!("../talk/discord_jonah_dm.txt"),
    &[],
    353,
);

/// The data package.
///
/// # Errors
/// When a script does not read.
pub fn package() -> Result<Made, Fault> {
    let mut files: Vec<File> = vec![(
        "account/user.json".into(),
        pretty(
            &json!({"id": "190077009000000001", "username": "threlkeldian", "discriminator": 0, "global_name": "Jonah T", "email": "jonah.t@example.org"}),
        )?,
    )];
    let mut messages = 0;
    let channels = [
        (
            &GAME,
            json!({"id": GAME.title, "type": "GUILD_TEXT", "name": "session-notes", "guild": {"id": "1190077009000000000", "name": "Harbour of Nine Lamps"}}),
        ),
        (
            &SOL,
            json!({"id": SOL.title, "type": "DM", "recipients": ["190077009000000001", "190077009000000002"]}),
        ),
    ];
    for (chat, about) in channels {
        let (lines, _) = lines(chat)?;
        messages += lines.len();
        let folder = format!("messages/c{}", chat.title);
        files.push((format!("{folder}/channel.json"), pretty(&about)?));
        // The newest stands first.
        let said: Vec<Value> = lines
            .iter()
            .enumerate()
            .rev()
            .map(|(at, line)| own(line, at))
            .collect::<Result<_, _>>()?;
        files.push((
            format!("{folder}/messages.json"),
            pretty(&Value::Array(said))?,
        ));
    }
    files.push((
        "messages/index.json".into(),
        pretty(&json!({"1190077009000000010": "session-notes in Harbour of Nine Lamps", "1190077009000000011": "Direct Message with sol.fb#0"}))?,
    ));
    Ok(Made {
        path: "package.zip".into(),
        bytes: zip(files)?,
        messages,
        system: 0,
        files: 0,
        about: "Discord, the special adviser's data package: his own messages only, to a game and to Sol; what was \
            answered is not in it"
            .into(),
    })
}

fn own(line: &Line, at: usize) -> Result<Value, Fault> {
    let words = match &line.what {
        What::Text(text) => text.clone(),
        other => return Err(format!("Discord does not write {other:?}")),
    };
    Ok(
        json!({"ID": snowflake(seconds(line), at), "Timestamp": line.at.format("%Y-%m-%d %H:%M:%S").to_string(), "Contents": words, "Attachments": ""}),
    )
}
