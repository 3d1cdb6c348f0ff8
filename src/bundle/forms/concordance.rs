//! A Concordance load file, which most programs for disclosure read.
//!
//! ```text
//! data/loadfile.dat    a row for each document: U+0014 between fields, þ around each, the first row
//!                      names them; UTF-8 with its mark at the start, rows end in CR LF
//! data/loadfile.opt    a row for each picture among the files: key,volume,path,Y,,,pages
//! data/records/        the text and a page of each document
//! data/mail/           mails as they were
//! data/attachments/    the files of messages
//! ```
//!
//! There is no standard; the signs are those of the vendors' manuals. A document is what an archive
//! would call one: the day of a chat, or a mail; the files of it follow it as members of its family.
//! A þ in a field is doubled. Fields have one line: a line's end in a name is shown as a mark, a `®`,
//! which stands for one in such files, as `(R)`. The texts beside have everything as it is.

use super::{HoldsRow, Making, Staged, alone};
use crate::bundle::error::BundleError;
use crate::bundle::making::Bag;
use crate::bundle::records::{Copy, Day, Mail, Message, html, txt};
use crate::import::email;
use crate::model::Role;
use crate::text::Shown;
use chrono::{DateTime, FixedOffset};
use std::collections::BTreeSet;

const TABLE: &str = "data/loadfile.dat";
const PICTURES: &str = "data/loadfile.opt";

/// The volume that the pictures are in.
const VOLUME: &str = "VOL001";

const FIELDS: [&str; 26] = [
    "BEGDOC",
    "ENDDOC",
    "BEGATTACH",
    "ENDATTACH",
    "PARENTID",
    "DOCTYPE",
    "CUSTODIAN",
    "CHANNEL",
    "THREADID",
    "THREAD",
    "DATE",
    "FIRSTTIME",
    "LASTTIME",
    "TIMEZONE",
    "FROM",
    "TO",
    "CC",
    "BCC",
    "SUBJECT",
    "MESSAGES",
    "REDACTIONS",
    "FILENAME",
    "FILESIZE",
    "SHA256",
    "NATIVELINK",
    "TEXTLINK",
];

/// Writes documents, and the rows that list them.
pub(super) fn stage(making: &mut Making<'_, '_>) -> Result<Staged<()>, BundleError> {
    let mut table = String::from('\u{feff}');
    row(&mut table, &FIELDS.map(str::to_owned));
    let mut pictures = String::new();
    let mut messages = 0;
    making.each_day(&mut |bag: &mut Bag, day| {
        messages += day.messages().count() as u64;
        if day.thread.channel != email::CHANNEL {
            let name = day.file_name();
            return document(bag, day, &name, "day", &mut table, &mut pictures);
        }
        for message in day.messages() {
            let name = format!("message-{}", message.number);
            let mail = alone(day, message);
            document(bag, &mail, &name, "mail", &mut table, &mut pictures)?;
        }
        Ok(())
    })?;
    let bag = &mut *making.maker.bag;
    bag.put(TABLE, table.as_bytes())?;
    bag.put(PICTURES, pictures.as_bytes())?;
    Ok(Staged {
        pieces: Vec::new(),
        holds: vec![HoldsRow {
            path: TABLE.to_owned(),
            messages,
        }],
    })
}

/// One document with its files.
fn document(
    bag: &mut Bag,
    day: &Day<'_>,
    name: &str,
    kind: &str,
    table: &mut String,
    pictures: &mut String,
) -> Result<(), BundleError> {
    let stem = format!("{}/{name}", day.thread.folder());
    let (page, text) = (format!("{stem}.html"), format!("{stem}.txt"));
    bag.put(&page, html::render(day).as_bytes())?;
    bag.put(&text, txt::render(day).as_bytes())?;
    let original = day.messages().find_map(|one| match &one.beside.original {
        Some(Mail::Here { copy, .. }) if kind == "mail" => Some(copy.clone()),
        _ => None,
    });
    let native = match original {
        Some(copy) => copy,
        None => Copy {
            sha256: bag
                .seal(&page)
                .map(|seal| seal.sha256.clone())
                .unwrap_or_default(),
            bytes: bag.seal(&page).map(|seal| seal.bytes).unwrap_or_default(),
            path: page,
        },
    };
    let key = format!("{}.{name}", day.thread.id());
    let mut files: Vec<(String, &Copy)> = Vec::new();
    let mut known = BTreeSet::new();
    for file in day.messages().flat_map(|message| &message.attachments) {
        if let Some(copy) = &file.copy
            && known.insert((&file.name, &copy.path))
        {
            files.push((file.name.clone(), copy));
        }
    }
    let member = |at: usize| format!("{key}.{:04}", at.saturating_add(1));
    let end = match files.len().checked_sub(1) {
        Some(last) => member(last),
        None => key.clone(),
    };
    let all = |of: &dyn Fn(&Message) -> Vec<String>| {
        let mut seen = BTreeSet::new();
        let mut said = Vec::new();
        for one in day.messages().flat_map(of) {
            if seen.insert(one.clone()) {
                said.push(one);
            }
        }
        said.join("; ")
    };
    let addressed = |role: Role| {
        all(&|message| {
            let named = message.beside.recipients.iter();
            named
                .filter(|one| one.role == role)
                .map(|one| one.who.clone())
                .collect()
        })
    };
    let times = || day.messages().filter_map(|message| message.time);
    let clock = |time: Option<DateTime<FixedOffset>>| {
        time.map(|time| time.format("%H:%M:%S%:z").to_string())
            .unwrap_or_default()
    };
    let common = |begin: &str, parent: &str, kind: &str| {
        [
            begin.to_owned(),
            begin.to_owned(),
            key.clone(),
            end.clone(),
            parent.to_owned(),
            kind.to_owned(),
            day.heading.custodian.clone(),
            day.thread.channel.clone(),
            day.thread.id(),
            day.thread.title.clone(),
            day.name(),
        ]
    };
    let mut fields = common(&key, "", kind).to_vec();
    fields.extend([
        clock(times().min()),
        clock(times().max()),
        day.heading.zone.clone(),
        all(&|message| message.sender.iter().map(|one| one.name.clone()).collect()),
        addressed(Role::To),
        addressed(Role::Cc),
        addressed(Role::Bcc),
        all(&|message| vec![message.beside.subject.clone()]),
        day.messages().count().to_string(),
        all(&|message| message.masks.iter().map(|one| one.reason.clone()).collect()),
        native
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        native.bytes.to_string(),
        native.sha256.clone(),
        link(&native.path),
        link(&text),
    ]);
    row(table, &fields);
    for (at, (name, copy)) in files.into_iter().enumerate() {
        let id = member(at);
        let mut fields = common(&id, &key, "file").to_vec();
        fields.resize(FIELDS.len() - 5, String::new());
        let plain = copy.path.rsplit('/').next().unwrap_or_default();
        fields.extend([
            if name.is_empty() { plain } else { &name }.to_owned(),
            copy.bytes.to_string(),
            copy.sha256.clone(),
            link(&copy.path),
            String::new(),
        ]);
        row(table, &fields);
        let is_picture = ["jpg", "jpeg", "png", "tif", "tiff", "gif"]
            .iter()
            .any(|ending| plain.ends_with(&format!(".{ending}")));
        if is_picture {
            pictures.push_str(&format!("{id},{VOLUME},{},Y,,,1\r\n", link(&copy.path)));
        }
    }
    Ok(())
}

/// A path as seen from the table, as programs for Windows write it.
fn link(path: &str) -> String {
    let path = path.strip_prefix("data/").unwrap_or(path);
    format!(".\\{}", path.replace('/', "\\"))
}

fn row(table: &mut String, fields: &[String]) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            table.push('\u{14}');
        }
        let field = Shown::line(field);
        let field = field.as_str().replace('þ', "þþ").replace('®', "(R)");
        table.push('þ');
        table.push_str(&field);
        table.push('þ');
    }
    table.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_ends_its_row_or_itself() {
        let mut table = String::new();
        row(
            &mut table,
            &["a\u{14}b\r\nc".to_owned(), "þór ®".to_owned()],
        );
        assert_eq!(table.matches('\u{14}').count(), 1);
        assert_eq!(table.matches('\n').count(), 1);
        assert!(table.ends_with("\u{14}þþþór (R)þ\r\n"));
    }
}
