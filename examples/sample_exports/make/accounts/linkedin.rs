//! LinkedIn: the table of messages in a copy of one's data, newest first.

use super::super::chat::{Chat, Fault, Hand};
use super::super::desktop::{instant, talk};
use super::super::scene::{Scene, Words};
use super::super::{Made, archive};
use super::{member, pack, said};

const TALKS: [Chat; 2] = [
    talk(
        "Fenwick Odell",
        &[
            member("GMP", "Gethin Marlowe-Price", "Gethin", Hand::Plain),
            member("FO", "Fenwick Odell, MBA", "Fenwick", Hand::Plain),
        ],
        "@ 2024-03-01 17:20\n\
         FO: Gethin, we met at the resilience forum. Tarnside can have 15,000 kits with you on the 11th. May I use a faster address than the portal?\n\
         +55 GMP: The portal is the address. I note that you asked.\n\
         +2 FO: Understood. A mutual friend thought otherwise!\n\
         @ 2024-03-26 09:01\n\
         FO: Congratulations on two years in post! \u{1F389}\n",
        &[pack("kits", 6, &["FO", "GMP"])],
        561,
    ),
    talk(
        "Nerys Pugh",
        &[
            member("GMP", "Gethin Marlowe-Price", "Gethin", Hand::Plain),
            member("NP", "Nerys Pugh", "Nerys", Hand::Plain),
        ],
        "@ 2024-03-12 20:15\n\
         NP: We are looking for a head of purchasing and thought of you. Would you leave London for Bangor?\n\
         +130 GMP: For Bangor, always. For a job, not this year.\n",
        &[pack("life", 6, &["NP", "GMP"])],
        562,
    ),
];

const HEAD: &str = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT\n";

/// The export.
///
/// # Errors
/// When a script does not read.
pub fn export(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut rows: Vec<(i64, String)> = Vec::new();
    for chat in &TALKS {
        for (line, words) in said(chat, scenes, words)? {
            let at = instant(line.at, false);
            let other = chat
                .members
                .iter()
                .find(|member| member.shown != line.sender);
            let other = other.map_or("", |member| member.shown);
            rows.push((at, row(chat, at, &line.sender, other, "", &words, "No")));
        }
    }
    let own = "Gethin Marlowe-Price";
    let [fenwick, _] = &TALKS;
    for (at, text, draft) in [
        (1_710_320_460, "About the 11th: who told you that I", "Yes"),
        (
            1_709_467_200,
            "<p class=\"spinmail-quill-editor__spin-break\">Leaders like you deserve <b>Ledgerly</b>. <a href=\"https://ledgerly.example/demo\">Book a demo</a></p>",
            "No",
        ),
    ] {
        rows.push((
            at,
            if draft == "Yes" {
                row(fenwick, at, own, "Fenwick Odell, MBA", "", text, draft)
            } else {
                row(
                    &TALKS[1],
                    at,
                    "Ledgerly for Leaders",
                    own,
                    "Purchasing, reimagined",
                    text,
                    draft,
                )
            },
        ));
    }
    rows.sort_by(|a, b| b.cmp(a));
    let mut table = String::from(HEAD);
    for (_, row) in &rows {
        table.push_str(row);
    }
    let profile = b"First Name,Last Name,Headline\nGethin,Marlowe-Price,Commercial lead\n".to_vec();
    Ok(Made {
        path: "Basic_LinkedInDataExport_04-01-2024.zip".into(),
        bytes: archive::zip(
            "messages.csv",
            table.as_bytes(),
            &[("Profile.csv".into(), profile)],
        )?,
        messages: rows.len(),
        system: 0,
        files: 0,
        about:
            "The commercial official's LinkedIn: a seller looks for a side door, a headhunter, an \
            advertisement as a page, a draft; a name with a comma"
                .into(),
    })
}

fn row(
    chat: &Chat,
    at: i64,
    from: &str,
    to: &str,
    subject: &str,
    content: &str,
    draft: &str,
) -> String {
    let profile = |name: &str| {
        let plain: String = name
            .chars()
            .filter(|sign| sign.is_ascii_alphanumeric() || *sign == ' ')
            .collect();
        format!(
            "https://www.linkedin.com/in/{}",
            plain.to_lowercase().replace(' ', "-")
        )
    };
    let date = chrono::DateTime::from_timestamp(at, 0).unwrap_or_default();
    let cells = [
        format!("2-{:016x}==", chat.seed * 0x9E37_79B9),
        String::new(),
        from.into(),
        profile(from),
        to.into(),
        profile(to),
        date.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        subject.into(),
        content.into(),
        "INBOX".into(),
        String::new(),
        draft.into(),
        "No".into(),
    ];
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| {
            if cell.contains(['"', ',', '\n']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        })
        .collect();
    format!("{}\n", cells.join(","))
}
