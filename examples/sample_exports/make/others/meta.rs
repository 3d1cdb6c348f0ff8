//! Messenger as JSON and Instagram as pages, as Meta's "Download your information" gives them: the
//! newest message first, every text of the JSON encoded twice.

use super::super::chat::{Chat, Fault, File, Line};
use super::super::dialect::{Event, What};
use super::super::rng::Rng;
use super::super::{Made, archive};
use super::{json, lines, member, nested, pair, talk};

const MESSAGES: &str = "your_facebook_activity/messages";
const NOTICES: Chat = talk(
    "Harrowmere Noticeboard 📌",
    &[
        member("GP", "Glenys Pritchard", "Glenys"),
        member("TAH", "Tamsin Adeyemi-Hart", "Tamsin"),
        member("IO", "Iolo ap Siôn", "Iolo"),
        member("DK", "Denholm Kay", "Denholm"),
    ],
    include_str!("../talk/messenger_noticeboard.txt"),
    204,
);
const GLENYS: Chat = talk(
    "Glenys Pritchard",
    &[
        member("GP", "Glenys Pritchard", "Glenys"),
        member("TAH", "Tamsin Adeyemi-Hart", "Tamsin"),
    ],
    include_str!("../talk/messenger_glenys.txt"),
    205,
);
const MARGAUX: Chat = talk(
    "Margaux Désirée O’Brien",
    &[
        member("MAR", "Margaux Désirée O’Brien", "Margaux"),
        member("PV", "Priya VL ✨", "Priya"),
    ],
    include_str!("../talk/instagram.txt"),
    206,
);

/// Each byte of a text as a character, then as JSON.
fn twice(text: &str) -> String {
    json(&text.bytes().map(char::from).collect::<String>())
}

/// A name as Meta gives files.
fn file_name(rng: &mut Rng, old: &str) -> String {
    let ending = old.rsplit('.').next().unwrap_or_default();
    let mut number = || rng.between(100_000_000, 999_999_999);
    format!(
        "{}_{}{}_n_{}.{ending}",
        number(),
        number(),
        number(),
        number()
    )
}

/// The folder of a kind of file, and the key it stands under.
fn folder(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "PHOTO" => ("photos", "photos"),
        "VIDEO" => ("videos", "videos"),
        "AUDIO" => ("audio", "audio_files"),
        "STICKER" => ("stickers_used", "sticker"),
        _ => ("files", "files"),
    }
}

/// A conversation with its files under new names.
fn renamed(
    chat: &Chat,
    root: &str,
    place: &str,
    files: &mut Vec<File>,
) -> Result<Vec<Line>, Fault> {
    let (mut lines, own) = lines(chat)?;
    let mut rng = Rng::new(chat.seed);
    for line in &mut lines {
        if let What::Media {
            kind,
            file: Some(name),
            ..
        } = &mut line.what
        {
            let old = own.iter().find(|(old, _)| old == name);
            let inside = match *kind {
                "STICKER" => format!("{root}/stickers_used"),
                kind => format!("{place}/{}", folder(kind).0),
            };
            *name = format!("{inside}/{}", file_name(&mut rng, name));
            if let Some((_, bytes)) = old {
                files.push((name.clone(), bytes.clone()));
            }
        }
    }
    Ok(lines)
}

/// A message of Messenger's JSON.
fn message(line: &Line, rng: &mut Rng, people: &[&str], number: usize) -> Result<String, Fault> {
    let list = |parts: &[String]| nested('[', ']', parts, 3);
    let object = |parts: &[String], depth| nested('{', '}', parts, depth);
    let mut sender = line.sender.clone();
    let mut kind = "Generic";
    let mut parts = Vec::new();
    match &line.what {
        What::Text(words) => {
            if let Some(at) = words.find("https://") {
                kind = "Share";
                let link = words.get(at..).unwrap_or_default();
                let share = [pair("link", twice(link))];
                parts.push(pair("share", object(&share, 3)));
            }
            parts.insert(0, pair("content", twice(words)));
        }
        What::Media { kind, file, .. } => {
            let uri = pair("uri", twice(file.as_deref().unwrap_or_default()));
            let taken = pair(
                "creation_timestamp",
                line.at.and_utc().timestamp().to_string(),
            );
            let key = folder(kind).1;
            parts.push(match *kind {
                "STICKER" => pair(key, object(&[uri], 3)),
                _ => pair(key, list(&[object(&[uri, taken], 4)])),
            });
        }
        What::Call(_, minutes) => {
            kind = "Call";
            let seconds = minutes.unwrap_or(0) * 60;
            parts.push(pair("content", twice(&format!("{sender} called you."))));
            parts.push(pair("call_duration", seconds.to_string()));
        }
        What::Deleted => {}
        What::System(event) => {
            let (by, who, words) = match event {
                Event::Added(by, who) => (by, who, format!("{by} added {who} to the group.")),
                Event::Left(who) => (who, who, format!("{who} left the group.")),
                other => return Err(format!("Messenger does not write {other:?}")),
            };
            sender.clone_from(by);
            kind = if by == who {
                "Unsubscribe"
            } else {
                "Subscribe"
            };
            let user = object(&[pair("name", twice(who))], 4);
            parts.push(pair("content", twice(&words)));
            parts.push(pair("users", list(&[user])));
        }
        other => return Err(format!("Messenger does not write {other:?}")),
    }
    if kind == "Generic" && line.what != What::Deleted && rng.chance(180) {
        let others: Vec<&&str> = people.iter().filter(|name| **name != sender).collect();
        let sign = rng.pick(&["❤", "😆", "👍", "😮"]).unwrap_or(&"❤");
        let who = rng.pick(&others).map_or("", |who| **who);
        let one = [pair("reaction", twice(sign)), pair("actor", twice(who))];
        parts.push(pair("reactions", list(&[object(&one, 4)])));
    }
    let ms = line.at.and_utc().timestamp() * 1000 + (number as i64 * 137) % 1000;
    let mut all = vec![
        pair("sender_name", twice(&sender)),
        pair("timestamp_ms", ms.to_string()),
    ];
    all.append(&mut parts);
    all.push(pair("type", json(kind)));
    all.push(pair("is_unsent", (line.what == What::Deleted).to_string()));
    all.push(pair("is_taken_down", "false"));
    Ok(object(&all, 2))
}

/// The messages, the lines of the app, and the files that are there.
fn count(lines: &[Line], files: usize, made: &mut Made) {
    made.messages += lines.len();
    made.system += super::system(lines);
    made.files = files;
}

/// The minister's Messenger.
///
/// # Errors
/// When a script does not read.
pub fn messenger() -> Result<Made, Fault> {
    let mut made = Made {
        path: "facebook-tamsinadeyemihart-2024-04-01-Kx7TqLpA.zip".into(),
        bytes: Vec::new(),
        messages: 0,
        system: 0,
        files: 0,
        about:
            "Messenger, the minister's download as JSON, every text encoded twice as Meta does: \
            a valley's noticeboard, and a friend. Photos, a video that is not there, a call, \
            reactions, a shared link, an unsent message, someone leaves and comes back"
                .into(),
    };
    let mut files = Vec::new();
    for (chat, folder, group) in [
        (&NOTICES, "inbox/harrowmerenoticeboard_7214099355", true),
        (&GLENYS, "e2ee_cutover/glenyspritchard_7214100128", false),
    ] {
        let place = format!("{MESSAGES}/{folder}");
        let lines = renamed(chat, MESSAGES, &place, &mut files)?;
        count(&lines, files.len(), &mut made);
        let mut rng = Rng::new(chat.seed + 1000);
        let people: Vec<&str> = chat.members.iter().map(|member| member.shown).collect();
        let mut messages = Vec::new();
        for (number, line) in lines.iter().enumerate().rev() {
            messages.push(message(line, &mut rng, &people, number)?);
        }
        let names: Vec<String> = people
            .iter()
            .map(|name| nested('{', '}', &[pair("name", twice(name))], 2))
            .collect();
        let mut parts = vec![
            pair("participants", nested('[', ']', &names, 1)),
            pair("messages", nested('[', ']', &messages, 1)),
            pair("title", twice(chat.title)),
            pair("is_still_participant", "true"),
            pair("thread_path", json(folder)),
            pair("magic_words", "[]"),
        ];
        if group {
            let mode = [pair("mode", "1"), pair("link", "\"\"")];
            parts.push(pair("joinable_mode", nested('{', '}', &mode, 1)));
        }
        let text = nested('{', '}', &parts, 0);
        files.push((format!("{place}/message_1.json"), text.into_bytes()));
        made.files = files
            .iter()
            .filter(|(name, _)| !name.ends_with(".json"))
            .count();
    }
    let start = b"<html><body>Your information</body></html>".as_slice();
    made.bytes = archive::zip("start_here.html", start, &files)?;
    Ok(made)
}

/// The communications director's Instagram.
///
/// # Errors
/// When a script does not read.
pub fn instagram() -> Result<Made, Fault> {
    let mut made = Made {
        path: "instagram-priya.vl-2024-04-01-Qw3ZbNuD.zip".into(),
        bytes: Vec::new(),
        messages: 0,
        system: 0,
        files: 0,
        about:
            "Instagram, the communications director's download as pages: puddings, and a friend \
            at a newspaper who should not ask; photos, hearts, times on a clock without a zone"
                .into(),
    };
    let root = "your_instagram_activity/messages";
    let place = format!("{root}/inbox/margauxdesireeobrien_1784140");
    let mut files = Vec::new();
    let lines = renamed(&MARGAUX, root, &place, &mut files)?;
    count(&lines, files.len(), &mut made);
    let mut rng = Rng::new(MARGAUX.seed + 1000);
    let escape = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        text.replace('\'', "&#039;").replace('\n', "<br />")
    };
    let mut page = format!(
        "<html><head><meta charset=\"UTF-8\" /><title>{}</title><style type=\"text/css\">._3-95{{margin-bottom:12px;margin-top:12px}}</style></head><body class=\"_5vb_\"><div class=\"_a705\"><div class=\"_a706\" role=\"main\">",
        MARGAUX.title
    );
    for line in lines.iter().rev() {
        let content = match &line.what {
            What::Text(words) => match words.split_once("https://") {
                Some((before, link)) => format!(
                    "{}<a target=\"_blank\" href=\"https://{link}\">https://{link}</a>",
                    escape(before)
                ),
                None => escape(words),
            },
            What::Media { kind, file, .. } => {
                let file = file.as_deref().unwrap_or_default();
                match *kind {
                    "PHOTO" => format!(
                        "<a target=\"_blank\" href=\"{file}\"><img src=\"{file}\" class=\"_a6_o _3-96\" /></a>"
                    ),
                    _ => format!(
                        "<audio src=\"{file}\" controls=\"1\"><a target=\"_blank\" href=\"{file}\">Click for audio</a></audio>"
                    ),
                }
            }
            other => return Err(format!("Instagram does not write {other:?}")),
        };
        let hearts = if rng.chance(200) {
            let who = MARGAUX.members.iter().find(|one| one.shown != line.sender);
            let who = who.map_or("", |member| member.shown);
            format!("<ul class=\"_a6-q\"><li><span>❤{who}</span></li></ul>")
        } else {
            String::new()
        };
        page.push_str(&format!(
            "<div class=\"pam _3-95 _2ph- _a6-g uiBoxWhite noborder\"><h2 class=\"_3-95 _2pim _a6-h _a6-i\">{}</h2><div class=\"_3-95 _a6-p\"><div><div></div><div>{content}</div><div></div><div>{hearts}</div></div></div><div class=\"_3-94 _a6-o\">{}</div></div>",
            escape(&line.sender),
            line.at.format("%b %d, %Y %-I:%M %P"),
        ));
    }
    page.push_str("</div></div></body></html>\n");
    let name = format!("{place}/message_1.html");
    made.bytes = archive::zip(&name, page.as_bytes(), &files)?;
    Ok(made)
}
