//! An Outlook data file (`.pst`), written from the published description of the format, [MS-PST].
//!
//! Folders with mails, what is attached to them, and items that are no mails.

pub mod mailbox;
mod nodes;
mod tables;

pub use tables::{Property, Value};

use super::chat::{Fault, File};
use nodes::{Below, DataFile, kind, node_number};
use tables::{Column, properties, table};

const TEXT: u16 = 0x001F;
const NUMBER: u16 = 0x0003;
const FLAG: u16 = 0x000B;
const TIME: u16 = 0x0040;
const BYTES: u16 = 0x0102;

/// The numbers of properties ([MS-OXPROPS]).
mod tag {
    pub const CLASS: u16 = 0x001A;
    pub const SUBJECT: u16 = 0x0037;
    pub const SUBMITTED: u16 = 0x0039;
    pub const SENT_BY: u16 = 0x0042;
    pub const SENT_BY_SORT: u16 = 0x0064;
    pub const SENT_BY_ADDRESS: u16 = 0x0065;
    pub const TOPIC: u16 = 0x0070;
    pub const HEADERS: u16 = 0x007D;
    pub const SENDER: u16 = 0x0C1A;
    pub const SENDER_SORT: u16 = 0x0C1E;
    pub const SENDER_ADDRESS: u16 = 0x0C1F;
    pub const RECIPIENT_SORT: u16 = 0x0C15;
    pub const SHOWN_BCC: u16 = 0x0E02;
    pub const SHOWN_CC: u16 = 0x0E03;
    pub const SHOWN_TO: u16 = 0x0E04;
    pub const DELIVERED: u16 = 0x0E06;
    pub const FLAGS: u16 = 0x0E07;
    pub const SIZE: u16 = 0x0E08;
    pub const STATUS: u16 = 0x0E17;
    pub const ATTACHED_SIZE: u16 = 0x0E20;
    pub const RECORD_KEY: u16 = 0x0FF9;
    pub const OBJECT_SORT: u16 = 0x0FFE;
    pub const BODY: u16 = 0x1000;
    pub const HTML: u16 = 0x1013;
    pub const MESSAGE_ID: u16 = 0x1035;
    pub const REFERENCES: u16 = 0x1039;
    pub const IN_REPLY_TO: u16 = 0x1042;
    pub const ROW: u16 = 0x67F2;
    pub const ROW_VERSION: u16 = 0x67F3;
    pub const NAME: u16 = 0x3001;
    pub const ADDRESS_SORT: u16 = 0x3002;
    pub const ADDRESS: u16 = 0x3003;
    pub const CREATED: u16 = 0x3007;
    pub const CHANGED: u16 = 0x3008;
    pub const VALID_FOLDERS: u16 = 0x35DF;
    pub const TOP_FOLDER: u16 = 0x35E0;
    pub const WASTE_FOLDER: u16 = 0x35E3;
    pub const SEARCH_FOLDER: u16 = 0x35E7;
    pub const COUNT: u16 = 0x3602;
    pub const UNREAD: u16 = 0x3603;
    pub const HAS_FOLDERS: u16 = 0x360A;
    pub const FOLDER_CLASS: u16 = 0x3613;
    pub const ATTACHED: u16 = 0x3701;
    pub const SHORT_NAME: u16 = 0x3704;
    pub const METHOD: u16 = 0x3705;
    pub const LONG_NAME: u16 = 0x3707;
    pub const POSITION: u16 = 0x370B;
    pub const CONTENT_TYPE: u16 = 0x370E;
    pub const CHARSET: u16 = 0x3FDE;
    pub const PASSWORD: u16 = 0x67FF;
}

/// Nodes whose numbers are fixed (2.4.1).
mod fixed {
    pub const STORE: u32 = 0x21;
    pub const NAMES: u32 = 0x61;
    pub const ROOT: u32 = 0x122;
    pub const HIERARCHY: u32 = 0x60D;
    pub const CONTENTS: u32 = 0x60E;
    pub const ASSOCIATED: u32 = 0x60F;
    pub const SEARCHED: u32 = 0x610;
    pub const ATTACHMENTS: u32 = 0x671;
    pub const RECIPIENTS: u32 = 0x692;
}

const HIERARCHY: &[Column] = &[
    (tag::NAME, TEXT),
    (tag::COUNT, NUMBER),
    (tag::UNREAD, NUMBER),
    (tag::HAS_FOLDERS, FLAG),
    (tag::FOLDER_CLASS, TEXT),
];

const CONTENTS: &[Column] = &[
    (tag::CLASS, TEXT),
    (tag::SUBJECT, TEXT),
    (tag::SUBMITTED, TIME),
    (tag::SENT_BY, TEXT),
    (tag::SHOWN_CC, TEXT),
    (tag::SHOWN_TO, TEXT),
    (tag::DELIVERED, TIME),
    (tag::FLAGS, NUMBER),
    (tag::SIZE, NUMBER),
    (tag::STATUS, NUMBER),
    (tag::CHANGED, TIME),
];

const RECIPIENTS: &[Column] = &[
    (tag::RECIPIENT_SORT, NUMBER),
    (tag::OBJECT_SORT, NUMBER),
    (tag::NAME, TEXT),
    (tag::ADDRESS_SORT, TEXT),
    (tag::ADDRESS, TEXT),
];

const ATTACHMENTS: &[Column] = &[
    (tag::ATTACHED_SIZE, NUMBER),
    (tag::SHORT_NAME, TEXT),
    (tag::METHOD, NUMBER),
    (tag::POSITION, NUMBER),
];

/// Someone's name and address.
pub type Person = (String, String);

/// A mail.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Its subject.
    pub subject: String,
    /// Who sent it.
    pub from: Person,
    /// Whom it is addressed to.
    pub to: Vec<Person>,
    /// Who has a copy.
    pub cc: Vec<Person>,
    /// Who has a copy that the others do not know of.
    pub bcc: Vec<Person>,
    /// When it was sent, in seconds since 1970 UTC; `None` for a draft.
    pub sent: Option<i64>,
    /// Its words.
    pub body: String,
    /// Its words as a page.
    pub html: Option<String>,
    /// Its name among mails, in angle brackets; may be empty.
    pub message_id: String,
    /// The mails it follows, the nearest last.
    pub references: Vec<String>,
    /// The head as it came over the network; may be empty.
    pub headers: String,
    /// The files with it.
    pub files: Vec<File>,
    /// The mails with it.
    pub mails: Vec<Mail>,
}

/// What a folder holds.
#[derive(Clone, Debug)]
pub enum Item {
    /// A mail.
    Mail(Box<Mail>),
    /// Something else, by its class (`IPM.Appointment`) and properties.
    Other(&'static str, Vec<Property>),
}

/// A folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub items: Vec<Item>,
}

/// Writes a data file with these folders under its top one.
///
/// # Errors
/// When it grows over what this writer lays out (about 240 kB).
pub fn write(name: &str, folders: &[Folder]) -> Result<Vec<u8>, Fault> {
    let mut file = DataFile::default();
    let mut count = Counter::default();
    let top = count.folder();
    let search = count.folder();
    let waste = count.folder();

    let key = [0x5D; 16];
    let entry = |node: u32| {
        let mut id = vec![0; 4];
        id.extend(key);
        id.extend(node.to_le_bytes());
        Value::Bytes(id)
    };
    let store = vec![
        (tag::RECORD_KEY, Value::Bytes(key.to_vec())),
        (tag::NAME, Value::Text(name.into())),
        (tag::VALID_FOLDERS, Value::Number(0x89)),
        (tag::TOP_FOLDER, entry(top)),
        (tag::WASTE_FOLDER, entry(waste)),
        (tag::SEARCH_FOLDER, entry(search)),
        (tag::PASSWORD, Value::Number(0)),
    ];
    keep(&mut file, fixed::STORE, 0, |file| properties(file, store));
    keep(&mut file, fixed::NAMES, 0, |file| properties(file, names()));
    for (node, columns) in [
        (fixed::HIERARCHY, HIERARCHY),
        (fixed::CONTENTS, CONTENTS),
        (fixed::ASSOCIATED, CONTENTS),
        (fixed::SEARCHED, CONTENTS),
        (fixed::ATTACHMENTS, ATTACHMENTS),
        (fixed::RECIPIENTS, RECIPIENTS),
    ] {
        keep(&mut file, node, 0, |file| table(file, columns, Vec::new()));
    }

    let mut below = vec![row(waste, "Deleted Items", 0, false)];
    folder(
        &mut file,
        waste,
        top,
        "Deleted Items",
        &[],
        Vec::new(),
        Vec::new(),
    );
    for Folder { name, items } in folders {
        let number = count.folder();
        let mut rows = Vec::new();
        for item in items {
            let message = count.message();
            let (about, (data, nodes)) = keep_item(&mut file, item);
            let nodes = file.below(nodes);
            file.node(message, data, nodes, number);
            rows.push((message, about));
        }
        below.push(row(number, name, items.len(), false));
        folder(&mut file, number, top, name, items, Vec::new(), rows);
    }
    folder(
        &mut file,
        top,
        fixed::ROOT,
        "Top of Outlook data file",
        &[],
        below,
        Vec::new(),
    );
    folder(
        &mut file,
        search,
        fixed::ROOT,
        "Search Root",
        &[],
        Vec::new(),
        Vec::new(),
    );
    let roots = vec![
        row(top, "Top of Outlook data file", 0, true),
        row(search, "Search Root", 0, false),
    ];
    folder(
        &mut file,
        fixed::ROOT,
        fixed::ROOT,
        "",
        &[],
        roots,
        Vec::new(),
    );
    file.write()
}

/// The property whose number is not the same in every file: where an appointment is.
pub const PLACE: u16 = 0x8000;

/// What says so (2.4.7): one name, `PidLidLocation` of the set of appointments.
fn names() -> Vec<Property> {
    const LOCATION: u32 = 0x8208;
    // The first set that this file lists itself; three are known without listing.
    const SET: u32 = 3 << 1;
    const BUCKETS: u32 = 251;
    let set = [
        0x02, 0x20, 0x06, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
    ];
    let mut name = LOCATION.to_le_bytes().to_vec();
    name.extend(SET.to_le_bytes());
    let bucket = 0x1000 + ((LOCATION ^ SET) % BUCKETS) as u16;
    vec![
        (0x0001, Value::Number(BUCKETS)),
        (0x0002, Value::Bytes(set.to_vec())),
        (0x0003, Value::Bytes(name.clone())),
        (0x0004, Value::Bytes(vec![0; 4])),
        (bucket, Value::Bytes(name)),
    ]
}

/// Gives out the numbers of folders and messages.
#[derive(Default)]
struct Counter {
    folders: u32,
    messages: u32,
}

impl Counter {
    fn folder(&mut self) -> u32 {
        self.folders += 1;
        node_number(kind::FOLDER, 0x400 + self.folders)
    }

    fn message(&mut self) -> u32 {
        self.messages += 1;
        node_number(kind::MESSAGE, 0x1_0000 + self.messages)
    }
}

/// What a context gives: the block of its data, and what must stand below its node.
type Context = (u64, Vec<Below>);

fn keep(file: &mut DataFile, node: u32, parent: u32, make: impl FnOnce(&mut DataFile) -> Context) {
    let (data, below) = make(file);
    let below = file.below(below);
    file.node(node, data, below, parent);
}

fn row(node: u32, name: &str, count: usize, has_folders: bool) -> (u32, Vec<Property>) {
    (node, folder_properties(name, count, has_folders))
}

fn folder_properties(name: &str, count: usize, has_folders: bool) -> Vec<Property> {
    vec![
        (tag::NAME, Value::Text(name.into())),
        (tag::COUNT, Value::Number(count as u32)),
        (tag::UNREAD, Value::Number(0)),
        (tag::HAS_FOLDERS, Value::Flag(has_folders)),
    ]
}

/// A folder is four nodes of one index (2.4.4.1).
fn folder(
    file: &mut DataFile,
    node: u32,
    parent: u32,
    name: &str,
    items: &[Item],
    folders: Vec<(u32, Vec<Property>)>,
    rows: Vec<(u32, Vec<Property>)>,
) {
    let index = node >> 5;
    let about = folder_properties(name, items.len(), !folders.is_empty());
    keep(file, node, parent, |file| properties(file, about));
    keep(file, node_number(kind::HIERARCHY, index), 0, |file| {
        table(file, HIERARCHY, folders)
    });
    keep(file, node_number(kind::CONTENTS, index), 0, |file| {
        table(file, CONTENTS, rows)
    });
    keep(file, node_number(kind::ASSOCIATED, index), 0, |file| {
        table(file, CONTENTS, Vec::new())
    });
}

/// Keeps an item; gives what its folder's table says of it, and its own context.
fn keep_item(file: &mut DataFile, item: &Item) -> (Vec<Property>, Context) {
    match item {
        Item::Mail(mail) => keep_mail(file, mail),
        Item::Other(class, more) => {
            let mut all = more.clone();
            all.push((tag::CLASS, Value::Text((*class).into())));
            (all.clone(), properties(file, all))
        }
    }
}

/// `MSGFLAG_READ`, `MSGFLAG_UNSENT`, `MSGFLAG_HASATTACH` ([MS-OXCMSG] 2.2.1.6).
const READ: u32 = 1;
const UNSENT: u32 = 8;
const HAS_FILES: u32 = 16;

fn keep_mail(file: &mut DataFile, mail: &Mail) -> (Vec<Property>, Context) {
    let text = |text: &str| Value::Text(text.to_owned());
    let names = |people: &[Person]| {
        let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).collect();
        Value::Text(names.join("; "))
    };
    let attached = mail.files.len() + mail.mails.len();
    let mut flags = READ;
    if mail.sent.is_none() {
        flags |= UNSENT;
    }
    if attached > 0 {
        flags |= HAS_FILES;
    }
    // The subject is written with the length of its `Re: ` before it (2.5.3.1.1.1).
    let prefix = mail
        .subject
        .find(": ")
        .filter(|at| *at <= 3)
        .map_or(0, |at| at + 2);
    let subject: String = ['\u{1}', char::from(prefix as u8 + 1)]
        .into_iter()
        .chain(mail.subject.chars())
        .collect();
    let size = mail.body.len()
        + mail
            .files
            .iter()
            .map(|(_, bytes)| bytes.len())
            .sum::<usize>();
    let mut about = vec![
        (tag::CLASS, text("IPM.Note")),
        (tag::SUBJECT, Value::Text(subject)),
        (tag::SENT_BY, text(&mail.from.0)),
        (tag::SHOWN_TO, names(&mail.to)),
        (tag::SHOWN_CC, names(&mail.cc)),
        (tag::FLAGS, Value::Number(flags)),
        (tag::SIZE, Value::Number(size as u32)),
        (tag::STATUS, Value::Number(0)),
    ];
    if let Some(sent) = mail.sent {
        about.extend([
            (tag::SUBMITTED, Value::Time(sent)),
            (tag::DELIVERED, Value::Time(sent + 4)),
            (tag::CHANGED, Value::Time(sent + 9)),
        ]);
    }
    let mut all = about.clone();
    all.extend([
        (
            tag::TOPIC,
            text(mail.subject.get(prefix..).unwrap_or_default()),
        ),
        (tag::SENT_BY_SORT, text("SMTP")),
        (tag::SENT_BY_ADDRESS, text(&mail.from.1)),
        (tag::SENDER, text(&mail.from.0)),
        (tag::SENDER_SORT, text("SMTP")),
        (tag::SENDER_ADDRESS, text(&mail.from.1)),
        (tag::SHOWN_BCC, names(&mail.bcc)),
        (tag::BODY, text(&mail.body)),
        (tag::CHARSET, Value::Number(65001)),
    ]);
    if let Some(sent) = mail.sent {
        all.push((tag::CREATED, Value::Time(sent)));
    }
    if let Some(html) = &mail.html {
        all.push((tag::HTML, Value::Bytes(html.clone().into_bytes())));
    }
    for (tag, words) in [
        (tag::MESSAGE_ID, mail.message_id.clone()),
        (
            tag::IN_REPLY_TO,
            mail.references.last().cloned().unwrap_or_default(),
        ),
        (tag::REFERENCES, mail.references.join(" ")),
        (tag::HEADERS, mail.headers.clone()),
    ] {
        if !words.is_empty() {
            all.push((tag, Value::Text(words)));
        }
    }
    let (data, mut below) = properties(file, all);
    let recipients = recipients(mail);
    below.push(lower(file, fixed::RECIPIENTS, |file| {
        table(file, RECIPIENTS, recipients)
    }));
    if attached > 0 {
        let attachments = keep_attachments(file, mail, &mut below);
        below.push(lower(file, fixed::ATTACHMENTS, |file| {
            table(file, ATTACHMENTS, attachments)
        }));
    }
    (about, (data, below))
}

fn lower(file: &mut DataFile, node: u32, make: impl FnOnce(&mut DataFile) -> Context) -> Below {
    let (data, below) = make(file);
    let below = file.below(below);
    (node, data, below)
}

fn recipients(mail: &Mail) -> Vec<(u32, Vec<Property>)> {
    let sorts = [(1, &mail.to), (2, &mail.cc), (3, &mail.bcc)];
    let people = sorts
        .iter()
        .flat_map(|(sort, people)| people.iter().map(move |person| (*sort, person)));
    let row = |(number, (sort, (name, address))): (usize, (u32, &Person))| {
        let row = vec![
            (tag::RECIPIENT_SORT, Value::Number(sort)),
            (tag::OBJECT_SORT, Value::Number(6)),
            (tag::NAME, Value::Text(name.clone())),
            (tag::ADDRESS_SORT, Value::Text("SMTP".into())),
            (tag::ADDRESS, Value::Text(address.clone())),
        ];
        (number as u32, row)
    };
    people.enumerate().map(row).collect()
}

fn keep_attachments(
    file: &mut DataFile,
    mail: &Mail,
    below: &mut Vec<Below>,
) -> Vec<(u32, Vec<Property>)> {
    let mut rows = Vec::new();
    let mut add =
        |file: &mut DataFile, about: Vec<Property>, more: Vec<Property>, nested: Option<Below>| {
            let node = node_number(kind::ATTACHMENT, 0x400 + rows.len() as u32);
            let all = about.iter().cloned().chain(more).collect();
            let (data, mut nodes) = properties(file, all);
            nodes.extend(nested);
            let nodes = file.below(nodes);
            below.push((node, data, nodes));
            rows.push((node, about));
        };
    let about = |size: usize, name: &str, method: u32| {
        vec![
            (tag::ATTACHED_SIZE, Value::Number(size as u32)),
            (tag::SHORT_NAME, Value::Text(name.to_owned())),
            (tag::METHOD, Value::Number(method)),
            (tag::POSITION, Value::Number(u32::MAX)),
        ]
    };
    for (name, bytes) in &mail.files {
        let more = vec![
            (tag::LONG_NAME, Value::Text(name.clone())),
            (tag::CONTENT_TYPE, Value::Text(content_type(name).into())),
            (tag::ATTACHED, Value::Bytes(bytes.clone())),
        ];
        add(file, about(bytes.len(), name, 1), more, None);
    }
    for nested in &mail.mails {
        // A message in an attachment is a node below the attachment's (2.4.6.2.3).
        let node = node_number(kind::MESSAGE, 0x400);
        let (_, (data, nodes)) = keep_mail(file, nested);
        let nodes = file.below(nodes);
        let more = vec![
            (tag::NAME, Value::Text(nested.subject.clone())),
            (tag::ATTACHED, Value::Object(node, 0)),
        ];
        add(
            file,
            about(nested.body.len(), &nested.subject, 5),
            more,
            Some((node, data, nodes)),
        );
    }
    rows
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "pdf" => "application/pdf",
        "csv" => "text/csv",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
