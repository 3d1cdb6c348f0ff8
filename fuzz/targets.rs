//! What is fuzzed: one function for each door through which bytes from outside come. A panic, an
//! abort or a hang is a fault, and so is a broken promise (a byte unaccounted for, a control
//! character on the screen). Driven by cargo-fuzz (`fuzz_targets/`) and by the rig (`cargo torture
//! --row S8`), which needs no cargo-fuzz.

use docket::bundle::properties::{Properties, examine};
use docket::bundle::records::{
    Addressed, Beside, Day, File, Heading, Line, Message, OpenFile, Sender, Thread,
};
use docket::bundle::records::{eml as mail, html as page, moment};
use docket::bundle::verify::verify;
use docket::case::ledger::{Actor, Entry, Known, Ledger};
use docket::case::{Case, changes};
use docket::check::Verdict;
use docket::import::contacts;
use docket::import::content::{Content, Depth, MOST_TEXT};
use docket::import::{
    Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, ThreadHead,
};
use docket::model::{AttachmentState, Decision, Direction, Kind, Marks, Role, Span};
use docket::review::{Session, query};
use docket::text::{Shown, csv_cell, file_name, html, json};
use std::io::Cursor;
use std::path::Path;

/// What one reading of an export gave, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    threads: u32,
    spans: Vec<(u32, Span)>,
    /// Records that are messages or listed exceptions.
    pub records: u64,
    /// Bytes in them, and in the format's own structure.
    pub accounted: u64,
    fault: Option<String>,
}

impl Sink for Reading {
    fn thread(&mut self, _: ThreadHead) -> Result<(), ReadError> {
        self.threads += 1;
        Ok(())
    }
    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        if record.thread >= self.threads {
            self.fault = Some("a record of a thread that was not announced".into());
        }
        self.records += 1;
        self.spans.push((record.item, record.span));
        Ok(())
    }
    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.spans.push((item, span));
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Reads an export with an importer, whether it is of its kind or not. `Ok(None)`: it is refused.
///
/// # Errors
/// The first byte that is in nothing, or in two things.
pub fn read(importer: &dyn Importer, export: &Export) -> Result<Option<Reading>, String> {
    let mut reading = Reading::default();
    let _ = importer.detect(export);
    if importer
        .read(export, &ReadOptions::default(), &mut reading)
        .is_err()
    {
        return Ok(None);
    }
    if let Some(fault) = reading.fault.take() {
        return Err(format!("{}: {fault}", importer.name()));
    }
    reading.spans.sort_unstable();
    for (number, item) in (0u32..).zip(&export.items) {
        let from = reading.spans.partition_point(|(of, _)| *of < number);
        let until = reading.spans.partition_point(|(of, _)| *of <= number);
        let mut place = 0;
        for (_, span) in &reading.spans[from..until] {
            if span.offset != place || span.length == 0 {
                return Err(format!(
                    "{}: a gap or an overlap at byte {place} of {:?}",
                    importer.name(),
                    item.name
                ));
            }
            place = span.end();
        }
        if from == until {
            continue;
        }
        // What is unpacked says how long it is when it is.
        let is_unpacked = export.is_packed(number) && !export.is_archive();
        let unpacked = || std::io::copy(&mut export.open(number).ok()?, &mut std::io::sink()).ok();
        let size = match is_unpacked {
            true => unpacked().unwrap_or(item.size),
            false => item.size,
        };
        if place != size {
            return Err(format!(
                "{}: {place} of {size} bytes of {:?} are accounted for",
                importer.name(),
                item.name
            ));
        }
        reading.accounted += place;
    }
    Ok(Some(reading))
}

/// One importer on these bytes, as a file of this name in a folder that may be written. Gives whether
/// they may be of its kind.
pub fn importer(
    importer: &dyn Importer,
    folder: &Path,
    name: &str,
    bytes: &[u8],
) -> Result<bool, String> {
    let path = folder.join("given");
    std::fs::write(&path, bytes).map_err(|error| error.to_string())?;
    match Export::from_file(&path, name) {
        Ok(export) => {
            let is_its_own = !matches!(importer.detect(&export), Detection::No(_));
            read(importer, &export).map(|_| is_its_own)
        }
        Err(_) => Ok(false),
    }
}

/// An archive of these bytes: every entry that is listed is read to its end, and gives what its row
/// says or an error; nothing is laid anywhere.
pub fn archive(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join("given");
    std::fs::write(&path, bytes).map_err(|error| error.to_string())?;
    let Ok(export) = Export::from_file(&path, name) else {
        return Ok(());
    };
    for (number, item) in (0u32..).zip(&export.items) {
        let Ok(mut entry) = export.open(number) else {
            continue;
        };
        let read = std::io::copy(&mut entry, &mut std::io::sink());
        // What is packed says how long it is only when it has been unpacked.
        let is_known = !export.is_packed(number) || export.is_archive();
        if is_known && read.as_ref().is_ok_and(|read| *read > item.size) {
            return Err(format!("{read:?} bytes of {}, by its row", item.size));
        }
        if item.file_name().contains('/') {
            return Err("a name that leads elsewhere".into());
        }
    }
    Ok(())
}

/// A file that a message brings: what is told of it, and its copy for the open set; and the same
/// bytes as a list of contacts.
pub fn files(bytes: &[u8]) -> Result<(), String> {
    for depth in [Depth::Line, Depth::Text] {
        let content = Content::read(bytes, Some(bytes.len() as u64), depth);
        let _ = (content.describe(), content.otherwise("a.pdf", "image/png"));
        if content.text.len() > MOST_TEXT {
            return Err("more text is kept than may be".into());
        }
    }
    let _ = contacts::read(bytes, &[]);
    let mut original = Cursor::new(bytes);
    let Ok(Properties::Removed(clean)) = examine(&mut original) else {
        return Ok(());
    };
    let mut copy = Vec::new();
    let written = clean.write(&mut original, &mut copy);
    written.map_err(|error| error.to_string())?;
    match examine(&mut Cursor::new(&copy)) {
        Ok(Properties::None) => Ok(()),
        other => Err(format!(
            "a copy is judged otherwise than as bare: {other:?}"
        )),
    }
}

/// The page and the mail of a record whose every field is of these bytes: their shape is that of one
/// whose text has none of the letters that markup is made of.
pub fn records(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let plain = text.replace(['<', '>', '&', '"', '\''], "x");
    let ([page, mail], [plain_page, plain_mail]) = (rendered(&text), rendered(&plain));
    let tags = |page: &str| -> Vec<String> {
        let parts = page.split('<').skip(1);
        parts
            .map(|rest| rest.split('>').next().unwrap_or_default().to_owned())
            .collect()
    };
    if tags(&page) != tags(&plain_page) {
        return Err("text changes the shape of a page".into());
    }
    let fields = |mail: &str| {
        let head = mail.split("\r\n\r\n").next().unwrap_or_default();
        head.split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .count()
    };
    if fields(&mail) != fields(&plain_mail) || !mail.is_ascii() {
        return Err("text changes the head of a mail".into());
    }
    Ok(())
}

/// A record in which all that others wrote is this text, as a page and as a mail.
fn rendered(text: &str) -> [String; 2] {
    let heading = Heading {
        reference: text.to_owned(),
        department: text.to_owned(),
        custodian: text.to_owned(),
        zone: "Europe/London".to_owned(),
        case_id: "0123456789abcdef".to_owned(),
    };
    let thread = Thread {
        number: 1,
        title: text.to_owned(),
        channel: "whatsapp".to_owned(),
        group: None,
    };
    let sender = Sender {
        number: 1,
        name: text.to_owned(),
    };
    let file = File {
        name: text.to_owned(),
        state: AttachmentState::Missing,
        media: String::new(),
        copy: None,
        withheld: None,
        open: OpenFile::Same,
    };
    let message = Message {
        number: 1,
        source: 1,
        time: moment(1_614_931_200, 0),
        written: text.to_owned(),
        sender: Some(sender),
        direction: Direction::Received,
        kind: Kind::Attachment,
        decision: Some(Decision::Official),
        marks: Marks::default(),
        text: text.to_owned(),
        event: String::new(),
        attachments: vec![file],
        masks: Vec::new(),
        beside: Beside {
            recipients: vec![Addressed::new(Role::To, text.to_owned(), None)],
            subject: text.to_owned(),
            forwarded: Some(text.to_owned()),
            labels: vec![text.to_owned()],
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
    [page::render(&day), mail::render(&day)]
}

/// The words of a search, and a pattern.
pub fn search(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let _ = query::Query::live(&text);
    let _ = query::pattern(&text);
    if let Ok(query) = query::Query::parse(&text) {
        let _ = query.marks();
    }
    Ok(())
}

/// The doors out for text: screen, page, table, JSON, file name.
pub fn escaping(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    for shown in [Shown::line(&text), Shown::block(&text)] {
        for line in shown
            .wrap(7)
            .into_iter()
            .chain([shown.cut(5), shown.pad(9), shown])
        {
            if let Some(bad) = line.as_str().chars().find(|c| acts(*c)) {
                return Err(format!("{bad:?} reaches the screen"));
            }
        }
    }
    let page = html(&text);
    if page.contains(['<', '>', '"', '\'']) {
        return Err("markup reaches a page".into());
    }
    let cell = csv_cell(&text);
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return Err("a cell begins a formula".into());
    }
    let name = file_name(&text);
    if name.contains(['/', '\0']) || name == ".." || name == "." {
        return Err("a file name leads elsewhere".into());
    }
    let written = json(text.as_ref()).map_err(|error| error.to_string())?;
    match serde_json::from_str::<String>(&written) {
        Ok(read) if read == text => Ok(()),
        _ => Err("JSON reads back as something else".into()),
    }
}

/// Whether a character acts on a terminal, or on the order of what stands beside it.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A ledger of these bytes.
pub fn ledger(folder: &Path, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join("ledger.sqlite");
    for beside in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(folder.join(beside));
    }
    std::fs::write(&path, bytes).map_err(|error| error.to_string())?;
    if let Ok(ledger) = Ledger::open(&path) {
        let _ = ledger.head();
        let _ = ledger.verify(None);
        for entry in ledger.entries(1).unwrap_or_default() {
            let _ = ledger.data(entry.seq);
        }
    }
    Ok(())
}

/// A case whose ledger goes on with these entries, rightly chained: each line is the JSON of an entry,
/// or `x` and the data of the entry before, in hexadecimal. `kept` is the ledger as it was.
pub fn entries(case: &Path, kept: &[u8], bytes: &[u8]) -> Result<(), String> {
    let path = case.join("ledger.sqlite");
    for beside in [
        "ledger.sqlite-wal",
        "ledger.sqlite-shm",
        "derived/decisions",
    ] {
        let _ = std::fs::remove_file(case.join(beside));
    }
    std::fs::write(&path, kept).map_err(|error| error.to_string())?;
    let actor = Actor {
        name: "A. Reviewer".into(),
        how: Known::Given,
    };
    let ledger = Ledger::open(&path).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().take(40).peekable();
    while let Some(line) = lines.next() {
        let Ok(entry) = serde_json::from_str::<Entry>(line) else {
            continue;
        };
        let data = lines.next_if(|next| next.starts_with('x'));
        let data: Option<Vec<u8>> = data.map(|line| {
            let digits = line.as_bytes()[1..].chunks(2);
            let pairs = digits.map(|pair| std::str::from_utf8(pair).unwrap_or_default());
            pairs
                .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
                .collect()
        });
        let _ = data.as_deref().map(changes::decode_with);
        let _ = ledger.append(&actor, &entry, data.as_deref());
    }
    drop(ledger);
    if let Ok(case) = Case::open(case)
        && let Ok(session) = Session::open(case, actor)
    {
        let _ = (session.tally_all(), session.masks(), session.marks());
    }
    Ok(())
}

/// A bag, one file of which holds these bytes: the first byte says which.
pub fn bag(bag: &Path, bytes: &[u8]) -> Result<(), String> {
    let Some((which, rest)) = bytes.split_first() else {
        return Ok(());
    };
    let mut names: Vec<_> = std::fs::read_dir(bag)
        .map_err(|error| error.to_string())?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .collect();
    names.sort();
    let Some(path) = names.get(usize::from(*which) % names.len().max(1)) else {
        return Err("a bag without files".into());
    };
    let kept = std::fs::read(path).map_err(|error| error.to_string())?;
    std::fs::write(path, rest).map_err(|error| error.to_string())?;
    let checks = verify(bag);
    std::fs::write(path, &kept).map_err(|error| error.to_string())?;
    let holds = checks.iter().all(|check| check.verdict != Verdict::Failed);
    // Nothing seals the outermost seals; they may be written in other ways that say the same.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match holds && kept != rest && !name.starts_with("tagmanifest") {
        true => Err(format!(
            "{} was changed, and the bag verifies",
            path.display()
        )),
        false => Ok(()),
    }
}
