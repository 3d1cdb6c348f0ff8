//! Viber: a table for each conversation, in one zip.

use super::super::chat::{Chat, Fault};
use super::super::dialect::What;
use super::super::{Made, archive};
use super::{lines, member, system, talk};

const PIOTREK: Chat = talk(
    "Messages - Piotrek",
    &[
        member("PIO", "Piotrek", "Piotrek"),
        member("OLD", "Me", "Owen"),
    ],
    include_str!("../talk/viber_piotrek.txt"),
    202,
);
const PARENTS: Chat = talk(
    "Messages - Ossley Parents Y1",
    &[
        member("BEA", "Bea (class rep)", "Bea"),
        member("DOR", "Dorota", "Dorota"),
        member("OLD", "Me", "Owen"),
    ],
    include_str!("../talk/viber_parents.txt"),
    203,
);

fn number(name: &str) -> &'static str {
    match name {
        "Me" => "+447700900871",
        "Piotrek" => "+447700900226",
        "Dorota" => "+447700900318",
        _ => "+447700900409",
    }
}

/// The export.
///
/// # Errors
/// When a script does not read.
pub fn export() -> Result<Made, Fault> {
    let mut files = Vec::new();
    let (mut messages, mut own) = (0, 0);
    for chat in [&PIOTREK, &PARENTS] {
        let (lines, _) = lines(chat)?;
        let mut table = String::new();
        for line in &lines {
            let What::Text(words) = &line.what else {
                return Err(format!("Viber does not write {:?}", line.what));
            };
            let (name, number) = (&line.sender, number(&line.sender));
            let time = line.at.format("%d/%m/%Y,%H:%M:%S");
            table.push_str(&format!("{time},{name},{number},{words}\r\n"));
        }
        messages += lines.len();
        own += system(&lines);
        files.push((format!("{}.csv", chat.title), table.into_bytes()));
    }
    let Some((name, first)) = files.pop() else {
        return Err("Viber has no chat".into());
    };
    Ok(Made {
        path: "Viber messages.zip".into(),
        bytes: archive::zip(&name, &first, &files)?,
        messages,
        system: own,
        files: 0,
        about: "Viber, the private secretary's new phone: a team mate who works on the pipes, and \
            the parents of a school class; where the office is asked for in the wrong place"
            .into(),
    })
}
