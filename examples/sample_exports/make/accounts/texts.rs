//! Texts: an Android phone's backup, a Mac's Messages, Google Voice.

use super::super::chat::{Chat, Fault, Hand, Line};
use super::super::desktop::{instant, offset, talk};
use super::super::rng::Rng;
use super::super::scene::{Scene, Words};
use super::super::{Made, archive, media};
use super::{base64, escaped, member, pack, said};
use chrono::Duration;
use std::fmt::Write as _;

const AYESHA: Chat = talk(
    "+447700900321",
    &[
        member("NBO", "Me", "Nkechi", Hand::Plain),
        member("AK", "Ayesha Kirkbride", "Ayesha", Hand::Plain),
    ],
    "@ 2024-03-05 07:52\n\
     AK: Morning, lorry with the kits is at the depot gate and the gate is locked\n\
     +2 NBO: Ring Gethin. If he does not answer ring the depot manager, number is on the order\n\
     +9 AK: In. 6,400 counted, not 6,500\n\
     +1 NBO: Write the 100 on the delivery note before anybody signs\n\
     @ 2024-03-21 18:40\n\
     NBO: Home late again. Is there anything left of the curry\n\
     +3 AK: Wrong person but yes we have curry too :)\n\
     +1 NBO: Sorry! That was for Emeka\n",
    &[pack("kits", 8, &["NBO", "AK"])],
    501,
);

const EMEKA: Chat = talk(
    "+447700900322",
    &[
        member("NBO", "Me", "Nkechi", Hand::Plain),
        member("EM", "Emeka \u{2764}", "Emeka", Hand::Lower),
    ],
    "@ 2024-03-08 12:31\n\
     EM: boiler man between 1 and 5, which means 6\n\
     +4 NBO: I am in the gallery until the vote. Can your mum let him in\n\
     +2 EM: done \u{1F44D}\n",
    &[pack("life", 8, &["NBO", "EM"])],
    502,
);

/// A private secretary's Android phone, as SMS Backup & Restore writes it.
///
/// # Errors
/// When a script does not read.
pub fn android(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut records: Vec<(i64, String)> = Vec::new();
    for chat in [&AYESHA, &EMEKA] {
        for (line, text) in said(chat, scenes, words)? {
            let at = instant(line.at, false) * 1000 + 417;
            let sent = line.sender == "Me";
            let name = chat.members.get(1).map_or("", |member| member.shown);
            records.push((at, sms(at, sent, chat.title, name, &text)));
        }
    }
    // What only texts have: a sender that is a word, a draft, a failed one, pictures to a group.
    for (at, sent, number, name, text) in [
        (
            1_709_715_600_000,
            1,
            "DCR-PASS",
            "(Unknown)",
            "Your one-time code is 204 816. Never share it.",
        ),
        (
            1_710_147_000_000,
            1,
            "EDDLE GP",
            "(Unknown)",
            "Reminder: Ms Brathwaite-Osei, 12 Mar 08:50, Eddlethwaite surgery. Reply CANCEL to cancel.",
        ),
        (
            1_710_950_400_000,
            3,
            "+447700900321",
            "Ayesha Kirkbride",
            "About the second order, I would rather you heard it from me",
        ),
        (
            1_711_000_000_000,
            5,
            "+447700900322",
            "Emeka \u{2764}",
            "In the tunnel",
        ),
    ] {
        records.push((at, sms_of(at, sent, number, name, text)));
    }
    let mut rng = Rng::new(503);
    let picture = media::file("seal.jpg", "", &mut rng);
    let mms = 1_710_240_123_000;
    records.push((mms, format!(
        "  <mms date=\"{mms}\" ct_t=\"application/vnd.wap.multipart.related\" msg_box=\"1\" address=\"+447700900321~+447700900324\" m_type=\"132\" m_id=\"4f1c@mms\" sub=\"null\" text_only=\"0\" date_sent=\"1710240120\" contact_name=\"Ayesha Kirkbride, Gethin Marlowe-Price\" readable_date=\"12 Mar 2024 10:42:03\">\n    <parts>\n      <part seq=\"-1\" ct=\"application/smil\" name=\"smil.xml\" text=\"&lt;smil&gt;&lt;/smil&gt;\" />\n      <part seq=\"0\" ct=\"image/jpeg\" name=\"seal.jpg\" cl=\"seal.jpg\" data=\"{}\" />\n      <part seq=\"0\" ct=\"text/plain\" chset=\"106\" text=\"Broken seals, row 4. Eleven boxes.\" />\n    </parts>\n    <addrs>\n      <addr address=\"+447700900321\" type=\"137\" charset=\"106\" />\n      <addr address=\"+447700900324\" type=\"151\" charset=\"106\" />\n      <addr address=\"insert-address-token\" type=\"151\" charset=\"106\" />\n    </addrs>\n  </mms>\n",
        base64(&picture, 0)
    )));
    records.sort();
    let mut out = format!(
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup & Restore v10.20.002 on 01/04/2024 09:00:00-->\n<smses count=\"{}\" backup_set=\"5d0c9b1e\" backup_date=\"1711958400000\" type=\"full\">\n",
        records.len()
    );
    for (_, record) in &records {
        out.push_str(record);
    }
    out.push_str("</smses>\n");
    Ok(Made {
        path: "sms-20240401090000.xml".into(),
        bytes: out.into_bytes(),
        messages: records.len(),
        system: 0,
        files: 1,
        about:
            "The crisis director's Android phone, SMS Backup & Restore: texts with her deputy and \
            with her husband, one sent to the wrong of the two; a picture to a group, a draft, one \
            that failed, a code, emoji as the app breaks them"
                .into(),
    })
}

fn sms(at: i64, sent: bool, number: &str, name: &str, text: &str) -> String {
    sms_of(at, if sent { 2 } else { 1 }, number, name, text)
}

fn sms_of(at: i64, kind: u8, number: &str, name: &str, text: &str) -> String {
    format!(
        "  <sms protocol=\"0\" address=\"{number}\" date=\"{at}\" type=\"{kind}\" subject=\"null\" body=\"{}\" toa=\"null\" sc_toa=\"null\" service_center=\"null\" read=\"1\" status=\"-1\" locked=\"0\" date_sent=\"0\" sub_id=\"1\" contact_name=\"{}\" />\n",
        halves(text),
        halves(name)
    )
}

/// Text as Android's serialiser writes it: what is past the first plane in two halves, each a
/// reference that no XML allows.
fn halves(text: &str) -> String {
    let mut out = String::new();
    for sign in text.chars() {
        match sign {
            '\n' => out.push_str("&#10;"),
            sign if sign as u32 > 0xFFFF => {
                let mut units = [0; 2];
                for unit in sign.encode_utf16(&mut units) {
                    let _ = write!(out, "&#{unit};");
                }
            }
            sign => out.push_str(&escaped(&sign.to_string())),
        }
    }
    out
}

const IFE: Chat = talk(
    "Ife",
    &[
        member("TAH", "Me", "Tamsin", Hand::Plain),
        member("IFE", "Ife", "Ife", Hand::Lower),
    ],
    "@ 2024-03-03 16:05\n\
     IFE: mum is the water thing you\n\
     +6 TAH: Partly me. Do not say so at school please\n\
     +1 IFE: everyone at school already says so\n\
     @ 2024-03-15 17:20\n\
     IFE: grade 5!!! with merit!!!\n\
     +1 TAH: I am in the lobby and I have just shouted\n",
    &[pack("home", 12, &["TAH", "IFE"])],
    511,
);

const ROSALIND: Chat = talk(
    "Rosalind Umarov-Pike",
    &[
        member("TAH", "Me", "Tamsin", Hand::Plain),
        member("RUP", "Rosalind Umarov-Pike", "Rosalind", Hand::Plain),
    ],
    "@ 2024-03-06 21:14\n\
     RUP: The statement goes at seven. Clause 4 stays in, Owen has the words\n\
     +3 TAH: Then I say it standing up. Thank you\n\
     @ 2024-03-19 06:50\n\
     RUP: They have the briefing. Page 3 word for word\n\
     +2 TAH: Who had page 3\n\
     +1 RUP: Nine people, and the printer\n",
    &[
        pack("direct", 8, &["RUP", "TAH"]),
        pack("office", 4, &["RUP", "TAH"]),
    ],
    512,
);

/// A minister's Messages, as imessage-exporter writes them from a Mac.
///
/// # Errors
/// When a script does not read.
pub fn imessage(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let clock = |line: &Line| line.at.format("%b %e, %Y %l:%M:%S %p").to_string();
    let (ife, rosalind) = (said(&IFE, scenes, words)?, said(&ROSALIND, scenes, words)?);
    let mut text = String::new();
    for (number, (line, words)) in ife.iter().enumerate() {
        let _ = write!(text, "{}\n{}\n{words}\n", clock(line), line.sender);
        if number == 4 {
            text.push_str("Tapbacks:\nLoved by Ife\n");
        }
        text.push('\n');
    }
    let last = ife.last().map(|(line, _)| line.at).unwrap_or_default() + Duration::minutes(3);
    let stamp = last.format("%b %e, %Y %l:%M:%S %p");
    let _ = write!(
        text,
        "{stamp}\nMe\nYou unsent this message part 4 seconds after sending!\n\n"
    );
    let mut page = String::from(
        "<html>\n<meta charset=\"UTF-8\">\n<style>.message{} .received{} .sent.iMessage{}</style>\n<body>\n",
    );
    for (number, (line, words)) in rosalind.iter().enumerate() {
        let class = if line.sender == "Me" {
            "sent iMessage"
        } else {
            "received"
        };
        let _ = write!(
            page,
            "<div class=\"message\">\n<div class=\"{class}\">\n<p><span class=\"timestamp\"><a title=\"Reveal\" href=\"sms://open?message-guid={number:08X}\">{}</a> </span>\n<span class=\"sender\">{}</span></p>\n<hr><div class=\"message_part\"><span class=\"bubble\">{}</span></div>\n</div>\n</div>\n",
            clock(line),
            line.sender,
            escaped(words)
        );
    }
    page.push_str("</body></html>\n");
    let bytes = archive::zip(
        "imessage_export/Ife.txt",
        text.as_bytes(),
        &[(
            "imessage_export/Rosalind Umarov-Pike.html".into(),
            page.into_bytes(),
        )],
    )?;
    Ok(Made {
        path: "imessage_export.zip".into(),
        bytes,
        messages: ife.len() + rosalind.len() + 1,
        system: 0,
        files: 0,
        about: "The minister's Mac, by imessage-exporter: her daughter as text, her permanent \
            secretary as a page; a tapback, a message unsent"
            .into(),
    })
}

const LEAK: Chat = talk(
    "Perpetua Lindqvist-Shaw",
    &[
        member("JT", "Me", "Jonah", Hand::Emoji),
        member("PLS", "Perpetua Lindqvist-Shaw", "Perpetua", Hand::Plain),
    ],
    "@ 2024-03-11 10:02\n\
     PLS: Perpetua from the Courant. Is the valley figure 41 or 410\n\
     +5 JT: Neither is a figure I can give you\n\
     +1 PLS: So there is a figure\n\
     @ 2024-03-19 06:31\n\
     PLS: We have the briefing. Last chance to say something\n\
     +40 JT: The department does not comment on leaked documents\n",
    &[pack("lines", 8, &["PLS", "JT"])],
    521,
);

/// A special adviser's Google Voice, as Takeout packs it: a page for each day of a conversation.
///
/// # Errors
/// When a script does not read.
pub fn google_voice(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    const NUMBER: &str = "+447700900388";
    let talk = said(&LEAK, scenes, words)?;
    let mut pages: Vec<(String, String)> = Vec::new();
    let stamp = |line: &Line| {
        let hours = offset(line.at, false) / 60;
        format!(
            "{}.{:03}+{hours:02}:00",
            line.at.format("%Y-%m-%dT%H:%M:%S"),
            line.at.and_utc().timestamp() % 1000
        )
    };
    let mut day = None;
    for (line, words) in &talk {
        if day != Some(line.at.date()) {
            day = Some(line.at.date());
            let name = format!(
                "{} - Text - {}Z.html",
                LEAK.title,
                line.at.format("%Y-%m-%dT%H_%M_%S")
            );
            pages.push((name, String::new()));
        }
        let who = if line.sender == "Me" {
            "<a class=\"tel\" href=\"tel:+447700900389\"><abbr class=\"fn\" title=\"\">Me</abbr></a>".to_owned()
        } else {
            format!(
                "<a class=\"tel\" href=\"tel:{NUMBER}\"><span class=\"fn\">{}</span></a>",
                line.sender
            )
        };
        if let Some((_, page)) = pages.last_mut() {
            let _ = write!(
                page,
                "<div class=\"message\"><abbr class=\"dt\" title=\"{}\">{}</abbr>:\n<cite class=\"sender vcard\">{who}</cite>:\n<q>{}</q>\n</div> ",
                stamp(line),
                line.at.format("%b %-d, %Y, %-I:%M:%S\u{202F}%p"),
                escaped(words).replace('\n', "<br>")
            );
        }
    }
    let head = "<?xml version=\"1.0\" ?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">";
    let mut files: Vec<(String, Vec<u8>)> = pages
        .into_iter()
        .map(|(name, body)| {
            let page = format!("{head}<html><head><title>{0}</title></head><body><div class=\"hChatLog hfeed\">{body}</div><div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"http://www.google.com/voice#sms\">Text</a></div></body></html>\n", LEAK.title);
            (format!("Takeout/Voice/Calls/{name}"), page.into_bytes())
        })
        .collect();
    let missed = format!(
        "{head}<html><head><title>Missed call from\n{0}</title></head><body><div class=\"haudio\"><span class=\"fn\">Missed call from {0}</span><div class=\"contributor vcard\">Missed call from\n<a class=\"tel\" href=\"tel:{NUMBER}\"><span class=\"fn\">{0}</span></a></div><abbr class=\"published\" title=\"2024-03-19T06:29:11.000+00:00\">Mar 19, 2024, 6:29:11 AM</abbr></div><div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"http://www.google.com/voice#missed\">Missed</a></div></body></html>\n",
        LEAK.title
    );
    let last = (
        "Takeout/Voice/Calls/Perpetua Lindqvist-Shaw - Missed - 2024-03-19T06_29_11Z.html",
        missed,
    );
    files.sort();
    Ok(Made {
        path: "takeout-20240401T080000Z-001.zip".into(),
        bytes: archive::zip(last.0, last.1.as_bytes(), &files)?,
        messages: talk.len() + 1,
        system: 0,
        files: 0,
        about:
            "The special adviser's Google Voice, by Takeout: a journalist asks, and asks again; a \
            missed call"
                .into(),
    })
}
