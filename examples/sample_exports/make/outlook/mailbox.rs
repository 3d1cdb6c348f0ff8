//! Gethin Marlowe-Price's private Outlook, as its data file keeps March 2024.

use super::super::chat::{Fault, File};
use super::{Folder, Item, Mail, PLACE, Person, Property, Value, write};
use chrono::NaiveDateTime;
use std::collections::BTreeMap;

const SCRIPT: &str = include_str!("../talk/gethin.txt");

/// Where the data file is written.
pub const PATH: &str = "gethin.marlowe-price@example.org.pst";

/// What it holds.
pub const ABOUT: &str = "A commercial official's private mail, as an Outlook data file: offers \
    that should have gone elsewhere, a mail within a mail, a blind copy, a draft; and items that \
    are no mails";

/// How many files are attached to its mails: three files, three mails, and a file of one of those.
pub const FILES: usize = 7;

/// The data file and how many mails are in its folders.
///
/// # Errors
/// When the script does not read.
pub fn file() -> Result<(Vec<u8>, usize), Fault> {
    let mut folders = folders(SCRIPT)?;
    let mails = folders.iter().map(|folder| folder.items.len()).sum();
    folders.push(Folder {
        name: "Calendar".into(),
        items: vec![Item::Other("IPM.Appointment", appointment())],
    });
    folders.push(Folder {
        name: "Contacts".into(),
        items: vec![Item::Other("IPM.Contact", contact())],
    });
    Ok((write("Gethin", &folders)?, mails))
}

fn appointment() -> Vec<Property> {
    vec![
        (0x0037, Value::Text("Boys to the dentist".into())),
        (0x1000, Value::Text("Both. At once. Bring a book.".into())),
        (PLACE, Value::Text("Chapel Street, upstairs".into())),
        (
            0x0060,
            Value::Time(seconds("2024-03-20 15:30").unwrap_or(0)),
        ),
        (
            0x0061,
            Value::Time(seconds("2024-03-20 16:15").unwrap_or(0)),
        ),
        (
            0x3008,
            Value::Time(seconds("2024-03-02 08:00").unwrap_or(0)),
        ),
    ]
}

fn contact() -> Vec<Property> {
    vec![
        (0x0037, Value::Text("Nain".into())),
        (0x3001, Value::Text("Nain".into())),
        (0x3A09, Value::Text("+44 7700 900877".into())),
        (
            0x3008,
            Value::Time(seconds("2019-06-01 09:00").unwrap_or(0)),
        ),
    ]
}

/// Reads a script: `= folder`, `-- 2024-03-01 18:44` before each mail (`-- draft` for one never
/// sent), its head, an empty line, its words. Times are of London in winter.
fn folders(script: &str) -> Result<Vec<Folder>, Fault> {
    let mut folders: Vec<Folder> = Vec::new();
    let mut said: BTreeMap<String, Mail> = BTreeMap::new();
    let later = mails(script)?;
    for (_, mail, _) in &later {
        said.insert(mail.message_id.clone(), mail.clone());
    }
    for (folder, mut mail, forwards) in later {
        if let Some(id) = forwards {
            let nested = said.get(&id).ok_or(format!("no mail {id}"))?;
            mail.mails.push(nested.clone());
        }
        if folders.last().is_none_or(|last| last.name != folder) {
            folders.push(Folder {
                name: folder,
                items: Vec::new(),
            });
        }
        if let Some(last) = folders.last_mut() {
            last.items.push(Item::Mail(Box::new(mail)));
        }
    }
    Ok(folders)
}

/// Each mail with its folder and the id of the mail it forwards.
fn mails(script: &str) -> Result<Vec<(String, Mail, Option<String>)>, Fault> {
    let mut all = Vec::new();
    for folder in script.split("\n= ") {
        let (name, mails) = folder.split_once("\n-- ").ok_or("a folder without mails")?;
        for mail in mails.split("\n-- ") {
            let (mail, forwards) = read(mail)?;
            all.push((name.trim_start_matches("= ").to_owned(), mail, forwards));
        }
    }
    Ok(all)
}

fn read(text: &str) -> Result<(Mail, Option<String>), Fault> {
    let (head, body) = text.split_once("\n\n").ok_or("a mail without words")?;
    let mut lines = head.lines();
    let date = lines.next().unwrap_or_default();
    let mut mail = Mail {
        sent: if date == "draft" {
            None
        } else {
            Some(seconds(date)?)
        },
        body: format!("{}\r\n", body.trim_end().replace('\n', "\r\n")),
        ..Mail::default()
    };
    let mut forwards = None;
    for line in lines {
        let (key, value) = line.split_once(": ").ok_or(format!("no head: {line}"))?;
        match key {
            "From" => mail.from = person(value),
            "To" => mail.to = value.split(", ").map(person).collect(),
            "Cc" => mail.cc = value.split(", ").map(person).collect(),
            "Bcc" => mail.bcc = value.split(", ").map(person).collect(),
            "Subject" => mail.subject = value.to_owned(),
            "Id" => mail.message_id = format!("<{value}>"),
            "Answers" => mail.references = vec![format!("<{value}>")],
            "Forwards" => forwards = Some(format!("<{value}>")),
            "File" => mail.files.push(attached(value)?),
            "Html" => mail.html = Some(page(body)),
            _ => return Err(format!("no head: {line}")),
        }
    }
    Ok((mail, forwards))
}

fn seconds(text: &str) -> Result<i64, Fault> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M")
        .map(|time| time.and_utc().timestamp())
        .map_err(|e| format!("{text}: {e}"))
}

fn person(text: &str) -> Person {
    match text.split_once(" <") {
        Some((name, address)) => (name.to_owned(), address.trim_end_matches('>').to_owned()),
        None => (text.to_owned(), text.to_owned()),
    }
}

fn page(body: &str) -> String {
    let words = body.trim_end().replace('\n', "<br>\r\n");
    format!("<html><body><p>{words}</p></body></html>")
}

fn attached(name: &str) -> Result<File, Fault> {
    let words = match name {
        "Tarnside price list.csv" => {
            "item,unit price,minimum\r\nkit,11.20,15000\r\nswab,0.40,15000\r\n"
        }
        "Panel note v3.txt" => "1. Quillfeather 71\r\n2. Tarnside 68\r\n3. Odderby 40\r\n",
        "Delivery plan.csv" => "date,gate,units\r\n2024-03-12,2,12500\r\n2024-03-14,2,12500\r\n",
        _ => return Err(format!("no file {name}")),
    };
    Ok((name.to_owned(), words.as_bytes().to_vec()))
}
