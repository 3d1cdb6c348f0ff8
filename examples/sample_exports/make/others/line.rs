//! LINE: a text for a conversation, as a phone in English writes it.

use super::super::Made;
use super::super::chat::{Chat, Fault};
use super::super::dialect::What;
use super::{lines, member, system, talk};

const CHAT: Chat = talk(
    "二宮 遥 (Haruka)",
    &[
        member("HN", "二宮 遥 (Haruka)", "Haruka"),
        member("KV", "Katharina Vossberg", "Katharina"),
    ],
    include_str!("../talk/line.txt"),
    201,
);

/// The export.
///
/// # Errors
/// When its script does not read.
pub fn export() -> Result<Made, Fault> {
    let (lines, _) = lines(&CHAT)?;
    let mut text = format!(
        "[LINE] Chat history with {}\nSaved on: 2024/04/01 09:12\n",
        CHAT.title
    );
    let mut day = None;
    for line in &lines {
        if day != Some(line.at.date()) {
            day = Some(line.at.date());
            text.push_str(&line.at.format("\n%a, %m/%d/%Y\n").to_string());
        }
        let time = line.at.format("%H:%M");
        let body = match &line.what {
            What::Text(words) | What::Edited(words) if words.contains('\n') => {
                format!("\"{}\"", words.replace('"', "\"\""))
            }
            What::Text(words) | What::Edited(words) => words.clone(),
            What::Media { kind, file, .. } => match (*kind, file) {
                ("PHOTO", _) => "[Photo]".into(),
                ("VIDEO", _) => "[Video]".into(),
                ("AUDIO", _) => "[Voice message]".into(),
                ("STICKER", _) => "[Sticker]".into(),
                (_, Some(name)) => format!("[File] {name}"),
                (_, None) => "[File]".into(),
            },
            What::Location(place) => {
                format!("[Location] https://maps.google.com/maps?q={place}")
            }
            What::Call(_, Some(minutes)) => format!("☎ Call time {minutes}:00"),
            What::Call(_, None) => "☎ Missed call".into(),
            What::Deleted => {
                text.push_str(&format!("{time}\t{} unsent a message.\n", line.sender));
                continue;
            }
            other => return Err(format!("LINE does not write {other:?}")),
        };
        text.push_str(&format!("{time}\t{}\t{body}\n", line.sender));
    }
    Ok(Made {
        path: "[LINE] Chat with 二宮 遥 (Haruka).txt".into(),
        bytes: text.into_bytes(),
        messages: lines.len(),
        system: system(&lines),
        files: 0,
        about: "LINE, the scientist's phone in English: a colleague in Osaka. A decision by call, \
            results before they were public, noodles; an unsent message, stickers, a name in Kanji"
            .into(),
    })
}
