//! Records made of texts that others collected to break programs, where they are at hand.

use docket::bundle::records::{
    Addressed, Beside, Day, File, Heading, Line, Message, Sender, Thread,
};
use docket::bundle::records::{eml, html, jsonl, moment, txt};
use docket::model::{AttachmentState, Decision, Direction, Kind, Marks, Reaction, Role, Version};
use docket::text::csv_cell;
use std::fs;
use std::path::Path;

fn lines(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/hostile")
        .join(name);
    match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes)
            .lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        Err(_) => {
            println!("skipped: {name} is not at hand");
            Vec::new()
        }
    }
}

fn naughty() -> Vec<String> {
    let mut texts = lines("naughty-strings/blns.txt");
    texts.extend(lines("xss-h5sc/vectors.txt"));
    texts.extend(lines("csv-injection/Intruder/csv-payload.txt"));
    texts
}

fn heading() -> Heading {
    Heading {
        reference: "R".to_owned(),
        department: "D".to_owned(),
        custodian: "C".to_owned(),
        zone: "Europe/London".to_owned(),
        case_id: "0123456789abcdef".to_owned(),
    }
}

/// A thread, sender, message and file that all say the same.
fn rendered(text: &str) -> (String, String, String, String) {
    let heading = heading();
    let thread = Thread {
        number: 1,
        title: text.to_owned(),
        channel: "whatsapp".to_owned(),
        group: None,
    };
    let message = Message {
        number: 1,
        source: 1,
        time: moment(1_614_931_200, 0),
        written: text.to_owned(),
        sender: Some(Sender {
            number: 1,
            name: text.to_owned(),
        }),
        direction: Direction::Received,
        kind: Kind::Attachment,
        decision: Some(Decision::Official),
        marks: Marks::default(),
        text: text.to_owned(),
        event: String::new(),
        attachments: vec![File {
            name: text.to_owned(),
            state: AttachmentState::Missing,
            media: String::new(),
            copy: None,
            withheld: None,
            open: docket::bundle::records::OpenFile::Same,
        }],
        masks: Vec::new(),
        beside: Beside {
            recipients: vec![Addressed::new(Role::To, text.to_owned(), None)],
            subject: format!("{text}!"),
            forwarded: Some(text.to_owned()),
            reactions: vec![Reaction {
                value: text.to_owned(),
                who: text.to_owned(),
                written: text.to_owned(),
            }],
            versions: vec![Version {
                text: text.to_owned(),
                written: text.to_owned(),
            }],
            labels: vec![text.to_owned()],
            unsent: text.to_owned(),
            time_basis: text.to_owned(),
            ..Beside::default()
        },
    };
    let day = Day {
        heading: &heading,
        thread: &thread,
        date: None,
        is_open_copy: false,
        lines: vec![Line::Message(Box::new(message))],
    };
    (
        html::render(&day),
        eml::render(&day),
        txt::render(&day),
        jsonl::render(&day).unwrap(),
    )
}

fn tags(page: &str) -> Vec<&str> {
    page.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .collect()
}

#[test]
fn no_hostile_text_changes_the_shape_of_a_record() {
    let (plain_page, plain_mail, plain_text, _) = rendered("x");
    let count = |mail: &str| {
        let head = mail.split("\r\n\r\n").next().unwrap().to_owned();
        head.split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .count()
    };
    println!(
        "counted {} texts as every field of a record",
        naughty().len()
    );
    let at_margin = |text: &str| text.lines().filter(|l| !l.starts_with(' ')).count();
    for text in naughty() {
        let (page, mail, plain, row) = rendered(&text);
        assert_eq!(tags(&page), tags(&plain_page), "{text:?}");
        assert_eq!(count(&mail), count(&plain_mail), "{text:?}");
        assert!(
            mail.is_ascii() && mail.lines().all(|line| line.len() <= 78),
            "{text:?}"
        );
        assert_eq!(at_margin(&plain), at_margin(&plain_text), "{text:?}");
        let value: serde_json::Value = serde_json::from_str(&row).unwrap();
        for key in ["text", "sender", "thread_title", "time_as_written"] {
            assert_eq!(value[key], text.as_str());
        }
        assert_eq!(value["attachments"][0]["name"], text.as_str());
    }
}

#[test]
fn no_hostile_text_begins_a_formula() {
    for text in naughty() {
        let cell = csv_cell(&text);
        let start = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
        assert!(
            !start.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']),
            "{text:?}"
        );
    }
}
