//! Microsoft Teams: what an administrator saved of the Graph API for an official, and the export of
//! a personal account.

use super::super::Made;
use super::super::chat::{Chat, Fault, File, Line};
use super::super::dialect::{Event, What};
use super::super::rng::Rng;
use super::{lines, member, pack, plain_name, pretty, seconds, sign, system, talk, zip};
use serde_json::{Value, json};

const PEOPLE: [(&str, &str); 7] = [
    ("Nkechi Brathwaite-Osei", "nkechi"),
    ("Gethin Marlowe-Price", "gethin"),
    ("Ayesha Kirkbride", "ayesha"),
    ("Rosalind Umarov-Pike", "rosalind"),
    ("Owen Llewellyn-Das", "owen"),
    ("Priya Venkatesan-Lowe", "priya"),
    ("Farida Nasseri-Moss", "farida"),
];

const NBO: super::Member = member("NBO", "Nkechi Brathwaite-Osei", "Nkechi");
const RUP: super::Member = member("RUP", "Rosalind Umarov-Pike", "Rosalind");

const STANDUP: Chat = talk(
    "19:meeting_standup@thread.v2",
    &[
        NBO,
        member("GMP", "Gethin Marlowe-Price", "Gethin"),
        member("AK", "Ayesha Kirkbride", "Ayesha"),
        RUP,
    ],
    include_str!("../talk/teams_standup.txt"),
    &[pack("office", 6, &["NBO", "GMP", "AK"])],
    321,
);
const CHANNEL: Chat = talk(
    "19:general@thread.tacv2",
    &[
        member("OLD", "Owen Llewellyn-Das", "Owen"),
        member("PV", "Priya Venkatesan-Lowe", "Priya"),
        member("FNM", "Farida Nasseri-Moss", "Farida"),
        member("JT", "Jonah Threlkeld", "Jonah"),
    ],
    include_str!("../talk/teams_channel.txt"),
    &[],
    322,
);
const DIRECT: Chat = talk(
    "19:nkechi_rosalind@unq.gbl.spaces",
    &[NBO, RUP],
    include_str!("../talk/teams_direct.txt"),
    &[],
    323,
);

fn id(name: &str) -> String {
    let place = PEOPLE.iter().position(|(known, _)| *known == name);
    format!(
        "00000000-0000-4000-8000-{:012}",
        place.map_or(99, |at| at + 1)
    )
}

fn identity(name: &str) -> Value {
    json!({"application": null, "device": null, "user": {"id": id(name), "displayName": name, "userIdentityType": "aadUser"}})
}

/// What the administrator saved.
///
/// # Errors
/// When a script does not read.
pub fn graph() -> Result<Made, Fault> {
    let (mut messages, mut own) = (0, 0);
    let mut files: Vec<File> = Vec::new();
    let members: Vec<Value> = PEOPLE
        .iter()
        .map(|(name, mail)| json!({"userId": id(name), "displayName": name, "email": format!("{mail}@dcr.gov.example")}))
        .collect();
    let chats = json!({"value": [
        {"id": STANDUP.title, "topic": "Kits: daily stand-up", "chatType": "meeting", "webUrl": "https://teams.example/x", "members": members},
        {"id": DIRECT.title, "topic": null, "chatType": "oneOnOne", "webUrl": "https://teams.example/y", "members": [members[0], members[3]]}]});
    let channels = json!({"value": [{"id": CHANNEL.title, "displayName": "General", "membershipType": "standard"}]});
    let teams = json!({"value": [{"id": "00000000-0000-4000-8000-0000000000aa", "displayName": "Water Response", "internalId": "19:x"}]});
    files.push(("channels.json".into(), pretty(&channels)?));
    files.push(("chats.json".into(), pretty(&chats)?));
    for (chat, name) in [
        (&STANDUP, "standup"),
        (&CHANNEL, "general"),
        (&DIRECT, "direct"),
    ] {
        let (lines, _) = lines(chat)?;
        messages += lines.len();
        own += system(&lines);
        let mut said = lines
            .iter()
            .enumerate()
            .map(|(at, line)| chat_message(line, at, chat))
            .collect::<Result<Vec<Value>, Fault>>()?;
        react(&mut said, chat.seed);
        if chat.title == CHANNEL.title {
            said = answered(said);
        }
        let page = json!({"@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{name}"), "@odata.count": said.len(), "value": said});
        files.push((format!("messages-{name}.json"), pretty(&page)?));
    }
    files.push(("teams.json".into(), pretty(&teams)?));
    Ok(Made {
        path: "Teams messages N Brathwaite-Osei.zip".into(),
        bytes: zip(files)?,
        messages,
        system: own,
        files: 0,
        about: "Microsoft Teams, saved from the Graph API for the head of procurement: a stand-up, a channel with \
            answers, the permanent secretary. Edits, a deletion, a call, reactions; files are named and not there"
            .into(),
    })
}

fn chat_message(line: &Line, at: usize, chat: &Chat) -> Result<Value, Fault> {
    let channel = chat.title == CHANNEL.title;
    let moment = line.at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let mut message = json!({
        "id": format!("{}{:03}", seconds(line), at % 1000), "replyToId": null, "messageType": "message", "createdDateTime": format!("{moment}.{:03}Z", at % 1000),
        "lastModifiedDateTime": format!("{moment}.{:03}Z", at % 1000), "lastEditedDateTime": null, "deletedDateTime": null, "subject": null, "importance": "normal", "locale": "en-gb",
        "chatId": if channel { Value::Null } else { json!(chat.title) },
        "channelIdentity": if channel { json!({"teamId": "00000000-0000-4000-8000-0000000000aa", "channelId": chat.title}) } else { Value::Null },
        "eventDetail": null, "from": identity(&line.sender), "body": {"contentType": "html", "content": ""}, "attachments": [], "mentions": [], "reactions": [],
    });
    let html = |text: &str| {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        json!(format!("<p>{}</p>", escaped.replace('\n', "<br>")))
    };
    match &line.what {
        What::Text(text) => message["body"]["content"] = html(text),
        What::Edited(text) => {
            message["body"]["content"] = html(text);
            message["lastEditedDateTime"] = json!(format!("{moment}.999Z"));
        }
        What::Deleted => message["deletedDateTime"] = json!(format!("{moment}.999Z")),
        What::Media {
            kind,
            file,
            caption,
        } => {
            let name = plain_name(kind, file.as_deref().unwrap_or_default());
            message["body"]["content"] = json!(format!(
                "<p>{caption}</p><attachment id=\"f{at}\"></attachment>"
            ));
            message["attachments"] = json!([{"id": format!("f{at}"), "contentType": "reference", "contentUrl": format!("https://dcr.sharepoint.example/{name}"), "name": name}]);
        }
        What::Call(_, minutes) => {
            message["messageType"] = json!("systemEventMessage");
            message["from"] = Value::Null;
            message["body"]["content"] = json!("<systemEventMessage/>");
            message["eventDetail"] = json!({"@odata.type": "#microsoft.graph.callEndedEventMessageDetail", "callEventType": "meeting",
                "callDuration": format!("PT{}M", minutes.unwrap_or(0)), "initiator": identity(&line.sender),
                "callParticipants": [{"participant": identity(&line.sender)}, {"participant": identity("Ayesha Kirkbride")}]});
        }
        other => return Err(format!("Teams does not write {other:?}")),
    }
    Ok(message)
}

fn react(said: &mut [Value], seed: u64) {
    const SIGNS: [&str; 3] = ["like", "heart", "laugh"];
    let mut rng = Rng::new(seed + 1000);
    for message in said {
        let words = message["deletedDateTime"].is_null() && message["eventDetail"].is_null();
        if let Some(which) = sign(&mut rng).filter(|_| words) {
            let (name, _) = PEOPLE[which];
            message["reactions"] = json!([{"reactionType": SIGNS[which], "createdDateTime": message["createdDateTime"], "user": identity(name)}]);
        }
    }
}

/// In a channel, what is said within three hours of a message answers it and stands in it.
fn answered(said: Vec<Value>) -> Vec<Value> {
    let mut roots: Vec<Value> = Vec::new();
    for mut message in said {
        let day = |of: &Value| {
            of["createdDateTime"]
                .as_str()
                .map(|time| time.get(..10).map(str::to_owned))
        };
        match roots.last_mut() {
            Some(root) if day(root) == day(&message) => {
                message["replyToId"] = root["id"].clone();
                if !root["replies"].is_array() {
                    root["replies"] = json!([]);
                }
                if let Some(replies) = root["replies"].as_array_mut() {
                    replies.push(message);
                }
            }
            _ => roots.push(message),
        }
    }
    roots
}

const JT: super::Member = member("JT", "8:live:jonah.threlkeld", "Jonah");
const WIL: super::Member = member("WIL", "8:live:will.harkness", "Will");
const HAN: super::Member = member("HAN", "8:live:hana.ota", "Hana");

const WILL: Chat = talk(
    "8:live:will.harkness",
    &[JT, WIL],
    include_str!("../talk/skype_will.txt"),
    &[],
    331,
);
const QUIZ: Chat = talk(
    "19:agatha@thread.skype",
    &[JT, WIL, HAN],
    include_str!("../talk/skype_quiz.txt"),
    &[],
    332,
);

/// The special adviser's own account.
///
/// # Errors
/// When a script does not read.
pub fn personal() -> Result<Made, Fault> {
    let (mut messages, mut own, mut attached) = (0, 0, 0);
    let mut files: Vec<File> = Vec::new();
    let mut conversations = Vec::new();
    for (chat, name, topic) in [
        (&WILL, json!("Will Harkness"), Value::Null),
        (&QUIZ, Value::Null, json!("Agatha Quiztie")),
    ] {
        let (lines, media) = lines(chat)?;
        messages += lines.len();
        own += system(&lines);
        // The newest message stands first.
        let list = lines
            .iter()
            .enumerate()
            .rev()
            .map(|(at, line)| skype(line, at, chat))
            .collect::<Result<Vec<Value>, Fault>>()?;
        for (at, (_, bytes)) in media.into_iter().enumerate() {
            attached += 1;
            files.push((format!("media/{}.1.jpg", object(chat, at)), bytes));
        }
        conversations.push(json!({"id": chat.title, "displayName": name, "version": 1, "properties": {"conversationblocked": false},
            "threadProperties": if topic.is_null() { Value::Null } else { json!({"membercount": 3, "topic": topic}) }, "MessageList": list}));
    }
    let all = json!({"userId": "8:live:jonah.threlkeld", "exportDate": "2024-04-01T08:20", "conversations": conversations});
    files.push(("messages.json".into(), pretty(&all)?));
    Ok(Made {
        path: "8_live_jonah.threlkeld_export.zip".into(),
        bytes: zip(files)?,
        messages,
        system: own,
        files: attached,
        about: "Teams (personal, once Skype), the special adviser's own account: a friend, a quiz team, and what \
            he says there about work. Calls, an edit, a deletion, a photo"
            .into(),
    })
}

fn object(chat: &Chat, at: usize) -> String {
    format!("0-weu-d1-{:x}{at}", chat.seed)
}

fn skype(line: &Line, at: usize, chat: &Chat) -> Result<Value, Fault> {
    let names = [
        ("8:live:will.harkness", "Will Harkness"),
        ("8:live:hana.ota", "Hana Ota"),
        ("8:live:jonah.threlkeld", "Jonah Threlkeld"),
    ];
    let shown = |id: &str| {
        names
            .iter()
            .find(|(known, _)| *known == id)
            .map_or("", |(_, name)| *name)
    };
    let (mut kind, mut properties) = ("RichText", Value::Null);
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut from = line.sender.clone();
    let content = match &line.what {
        What::Text(text) => escape(text),
        What::Edited(text) => {
            properties = json!({"edittime": format!("{}000", seconds(line) + 60)});
            escape(text)
        }
        What::Deleted => {
            properties = json!({"deletetime": format!("{}000", seconds(line) + 60)});
            String::new()
        }
        What::Call(_, minutes) => {
            kind = "Event/Call";
            let long = minutes.unwrap_or(0) * 60;
            format!(
                "<partlist type=\"ended\" alt=\"\"><part identity=\"will.harkness\"><name>Will Harkness</name><duration>{long}</duration></part><part identity=\"jonah.threlkeld\"><name>Jonah Threlkeld</name><duration>{long}</duration></part></partlist>"
            )
        }
        What::Media { file, .. } => {
            kind = "RichText/UriObject";
            let name = file.as_deref().unwrap_or_default();
            let id = object(chat, 0);
            format!(
                "<URIObject uri=\"https://api.asm.skype.example/v1/objects/{id}\" url_thumbnail=\"\" type=\"Picture.1\" doc_id=\"{id}\">To view this shared photo, go to: <a href=\"https://login.skype.example/\">https://login.skype.example/</a><OriginalName v=\"{name}\"/><FileSize v=\"1024\"/></URIObject>"
            )
        }
        What::System(Event::Added(by, who)) => {
            kind = "ThreadActivity/AddMember";
            from = chat.title.into();
            format!(
                "<addmember><eventtime>{}000</eventtime><initiator>{by}</initiator><target>{who}</target></addmember>",
                seconds(line)
            )
        }
        What::System(Event::Subject(by, topic)) => {
            kind = "ThreadActivity/TopicUpdate";
            from = chat.title.into();
            format!(
                "<topicupdate><eventtime>{}000</eventtime><initiator>{by}</initiator><value>{}</value></topicupdate>",
                seconds(line),
                escape(topic)
            )
        }
        other => return Err(format!("Skype does not write {other:?}")),
    };
    let name = shown(&from);
    Ok(json!({
        "id": format!("{}{:03}", seconds(line), at % 1000), "displayName": if name.is_empty() { Value::Null } else { json!(name) },
        "originalarrivaltime": line.at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(), "messagetype": kind, "version": 1, "content": content,
        "conversationid": chat.title, "from": from, "properties": properties, "amsreferences": null,
    }))
}
