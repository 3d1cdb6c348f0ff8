//! RSMF: a channel of Slack as a collection tool hands it over.

use super::super::chat::{Chat, Fault};
use super::super::dialect::{Event, What};
use super::super::rng::Rng;
use super::super::{Made, archive};
use super::{json, lines, member, nested, pair, system, talk};

const CHAT: Chat = talk(
    "ext-kits-deliveries",
    &[
        member("NBO", "Nkechi Brathwaite-Osei", "Nkechi"),
        member("GMP", "Gethin Marlowe-Price", "Gethin"),
        member("LQ", "Linnet Quarshie", "Linnet"),
        member("DM", "Dougal Mbeki", "Dougal"),
    ],
    include_str!("../talk/rsmf.txt"),
    207,
);

/// Someone's id and address.
fn known(name: &str) -> (&'static str, &'static str) {
    match name {
        "Nkechi Brathwaite-Osei" => ("U01", "nkechi.brathwaite-osei@resilience.gov.example"),
        "Gethin Marlowe-Price" => ("U02", "gethin.marlowe-price@resilience.gov.example"),
        "Linnet Quarshie" => ("U03", "linnet@quillfeather.example.org"),
        _ => ("U04", "dougal@quillfeather.example.org"),
    }
}

/// The export.
///
/// # Errors
/// When its script does not read.
pub fn export() -> Result<Made, Fault> {
    let (lines, files) = lines(&CHAT)?;
    let mut rng = Rng::new(CHAT.seed);
    let mut events = Vec::new();
    let mut before: Option<String> = None;
    for (number, line) in lines.iter().enumerate() {
        let time = line.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let id = format!("{}.{number:06}", line.at.and_utc().timestamp());
        let mut kind = "message";
        let mut who = known(&line.sender).0;
        let mut parts = Vec::new();
        match &line.what {
            What::Text(words) => parts.push(pair("body", json(words))),
            What::Edited(words) => {
                parts.push(pair("body", json(words)));
                let edit = [
                    pair("participant", json(who)),
                    pair("timestamp", json(&time)),
                    pair("previous", json(&words.replace("29th", "28th"))),
                    pair("new", json(words)),
                ];
                let edit = nested('{', '}', &edit, 4);
                parts.push(pair("edits", nested('[', ']', &[edit], 3)));
            }
            What::Deleted => {
                let words = "Commission on the second batch is 6% to S., same as before";
                parts.push(pair("body", json(words)));
                parts.push(pair("deleted", "true"));
            }
            What::Media { file, .. } => {
                let name = file.as_deref().unwrap_or_default();
                let size = files.iter().find(|(own, _)| own == name);
                let size = size.map_or(0, |(_, bytes)| bytes.len());
                let one = [
                    pair("id", json(name)),
                    pair("display", json(name)),
                    pair("size", size.to_string()),
                ];
                let one = nested('{', '}', &one, 4);
                parts.push(pair("attachments", nested('[', ']', &[one], 3)));
            }
            What::System(Event::Joined(name)) => {
                kind = "join";
                who = known(name).0;
            }
            What::System(Event::Left(name)) => {
                kind = "leave";
                who = known(name).0;
            }
            other => return Err(format!("RSMF is not made of {other:?} here")),
        }
        if let (Some(parent), true) = (&before, rng.chance(150)) {
            parts.push(pair("parent", json(parent)));
        }
        if rng.chance(150) {
            let one = [
                pair("value", json("👍")),
                pair("count", "1"),
                pair("participants", "[\"U02\"]"),
            ];
            let one = nested('{', '}', &one, 4);
            parts.push(pair("reactions", nested('[', ']', &[one], 3)));
        }
        let mut all = vec![
            pair("type", json(kind)),
            pair("id", json(&id)),
            pair("conversation", json("C07")),
            pair("participant", json(who)),
            pair("timestamp", json(&time)),
        ];
        all.append(&mut parts);
        events.push(nested('{', '}', &all, 2));
        before = Some(id);
    }
    let people: Vec<String> = CHAT
        .members
        .iter()
        .map(|member| {
            let (id, address) = known(member.shown);
            let parts = [
                pair("id", json(id)),
                pair("display", json(member.shown)),
                pair("email", json(address)),
            ];
            nested('{', '}', &parts, 2)
        })
        .collect();
    let conversation = [
        pair("id", json("C07")),
        pair("display", json(CHAT.title)),
        pair("platform", json("slack")),
        pair("type", json("channel")),
        pair("participants", "[\"U01\", \"U02\", \"U03\", \"U04\"]"),
        pair("custodian", json("U03")),
    ];
    let manifest = nested(
        '{',
        '}',
        &[
            pair("version", json("2.0.0")),
            pair("eventcollectionid", json("quillfeather-2024-03-28")),
            pair("participants", nested('[', ']', &people, 1)),
            pair(
                "conversations",
                nested('[', ']', &[nested('{', '}', &conversation, 2)], 1),
            ),
            pair("events", nested('[', ']', &events, 1)),
        ],
        0,
    );
    let zip = archive::zip("rsmf_manifest.json", manifest.as_bytes(), &files)?;
    let transcript = "The messages of this conversation are in the attachment.\r\n";
    let mail = format!(
        "From: Linnet Quarshie <linnet@quillfeather.example.org>\r\nTo: Nkechi Brathwaite-Osei <nkechi.brathwaite-osei@resilience.gov.example>\r\nSubject: {}\r\nX-RSMF-Generator: Quillfeather collection\r\nX-RSMF-Version: 2.0.0\r\nX-RSMF-EventCount: {}\r\nX-RSMF-Application: Slack\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"RSMFEML\"\r\n\r\n--RSMFEML\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{transcript}\r\n--RSMFEML\r\nContent-Type: application/octet-stream; name=\"rsmf.zip\"\r\nContent-Disposition: attachment; filename=\"rsmf.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--RSMFEML--\r\n",
        CHAT.title,
        lines.len(),
        base64(&zip),
    );
    Ok(Made {
        path: "Quillfeather ext-kits-deliveries 2024-03.rsmf".into(),
        bytes: mail.into_bytes(),
        messages: lines.len(),
        system: system(&lines),
        files: files.len(),
        about:
            "RSMF 2.0, a channel of Slack that a supplier collected: kits, vans and a commission. \
            An edit with its earlier text, a deleted message that the tool kept, delivery notes, \
            answers, someone joins and leaves"
                .into(),
    })
}

/// RFC 4648, in lines of 76 signs.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (number, three) in bytes.chunks(3).enumerate() {
        if number > 0 && number.is_multiple_of(19) {
            out.push_str("\r\n");
        }
        let mut bits = 0u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(three.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let sign = SIGNS.get((bits >> (18 - 6 * at) & 63) as usize);
            out.push(if at <= three.len() {
                sign.copied().map_or('=', char::from)
            } else {
                '='
            });
        }
    }
    out.push_str("\r\n");
    out
}
