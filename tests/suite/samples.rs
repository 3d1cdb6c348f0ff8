//! The sample exports in the repository are what their generator makes.

#[path = "../../examples/sample_exports/make/mod.rs"]
pub mod make;

use docket::import::{ReadError, ReadOptions, Record, Sink, ThreadHead};
use docket::import::{Verdict, discover};
use docket::model::{Attachment, AttachmentState, Kind, Marks, Span};
use make::dialect::What;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports")
}

fn files(folder: &Path, under: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

#[test]
fn the_folder_is_what_the_generator_makes() {
    let made = make::exports().unwrap();
    let lists = make::contacts::lists();
    let again = "; run: cargo run --example sample_exports -- sample_exports";
    for export in made.iter().chain(&lists) {
        let kept = std::fs::read(folder().join(&export.path)).unwrap_or_default();
        assert!(kept == export.bytes, "{} differs{again}", export.path);
    }
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    assert_eq!(
        readme,
        make::readme::write(&made),
        "README.md differs{again}"
    );
    let mut kept = Vec::new();
    files(&folder(), "", &mut kept);
    files(
        &folder().join("../sample_exports_later"),
        "../sample_exports_later/",
        &mut kept,
    );
    kept.sort();
    let all = made.into_iter().chain(lists);
    let mut expected: Vec<String> = all.map(|export| export.path).collect();
    expected.push("README.md".into());
    expected.sort();
    assert_eq!(kept, expected, "files that nobody makes");
}

/// Counts what an importer gives, and the bytes it accounts for.
#[derive(Default)]
struct Count {
    kinds: Vec<Kind>,
    edited: usize,
    messages: usize,
    system: usize,
    unreadable: usize,
    attached: usize,
    /// By item.
    bytes: BTreeMap<u32, u64>,
}

impl Sink for Count {
    fn thread(&mut self, _head: ThreadHead) -> Result<(), ReadError> {
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.kinds.push(record.kind);
        self.edited += usize::from(record.marks.has(Marks::EDITED));
        self.messages += 1;
        self.system += usize::from(record.kind == Kind::System);
        self.unreadable += usize::from(record.kind == Kind::Unreadable);
        let present = |file: &&Attachment| file.state == AttachmentState::Present;
        self.attached += record.extra.attachments.iter().filter(present).count();
        *self.bytes.entry(record.item).or_default() += u64::from(record.span.length);
        Ok(())
    }

    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        *self.bytes.entry(item).or_default() += u64::from(span.length);
        Ok(())
    }

    fn progress(&mut self, _bytes_read: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

#[test]
fn every_message_of_the_samples_is_read_and_nothing_else() {
    for made in make::exports().unwrap() {
        let path = folder().join(&made.path);
        let given = discover(&path);
        assert_eq!(given.len(), 1, "{}", made.path);
        let importer = given[0].importer().unwrap();
        let export = given[0].open().unwrap();
        let mut count = Count::default();
        let summary = importer
            .read(&export, &ReadOptions::default(), &mut count)
            .unwrap();
        assert_eq!(
            (count.messages, count.system, count.unreadable),
            (made.messages, made.system, 0),
            "messages, system lines and unreadable spans of {}",
            made.path
        );
        assert_eq!(count.attached, made.files, "files of {}", made.path);
        assert!(!summary.date_order_assumed, "{}", made.path);
        for (number, bytes) in count.bytes {
            let item = export.item(number).unwrap();
            // What is unpacked from a mailbox file says how long it is when it is.
            let size = match made.path.ends_with(".pst") && export.is_packed(number) {
                true => {
                    std::io::copy(&mut export.open(number).unwrap(), &mut std::io::sink()).unwrap()
                }
                false => item.size,
            };
            assert_eq!(bytes, size, "bytes of {} in {}", item.name, made.path);
        }
    }
}

fn read(path: &str) -> Count {
    let given = discover(&folder().join(path));
    let mut count = Count::default();
    given[0]
        .importer()
        .unwrap()
        .read(
            &given[0].open().unwrap(),
            &ReadOptions::default(),
            &mut count,
        )
        .unwrap();
    count
}

/// What the importer must make of a line, on a phone of this platform.
fn kind(what: &What, ios: bool) -> Kind {
    match what {
        What::Text(_) | What::Edited(_) => Kind::Text,
        What::Deleted | What::DeletedByAdmin(_) => Kind::Deleted,
        What::Media { file: Some(_), .. } => Kind::Attachment,
        What::Media { file: None, .. } => Kind::Omitted,
        What::Poll(..) => Kind::Poll,
        What::Location(_) => Kind::Location,
        What::Contact(..) => Kind::Contact,
        What::Call(..) if ios => Kind::Call,
        What::Once(_) if ios => Kind::ViewOnce,
        What::Call(..) | What::Once(_) | What::Null | What::Empty => Kind::NotExported,
        What::System(_) => Kind::System,
    }
}

#[test]
fn every_message_of_the_samples_is_known_for_what_it_is() {
    for make::Said { chat, lines, .. } in make::chats().unwrap() {
        if chat.path == make::chats::TWICE {
            continue;
        }
        let count = read(chat.path);
        let ios = chat.dialect.is_ios();
        let kinds: Vec<Kind> = lines.iter().map(|line| kind(&line.what, ios)).collect();
        assert!(count.kinds == kinds, "{}", chat.path);
        let edited = lines
            .iter()
            .filter(|line| matches!(line.what, What::Edited(_)))
            .count();
        assert_eq!(count.edited, edited, "edited messages of {}", chat.path);
    }
}

#[test]
fn the_list_of_the_samples_is_no_export_and_said_so_kindly() {
    let given = discover(&folder().join("README.md"));
    assert!(
        matches!(&given[..], [one] if matches!(&one.verdict, Verdict::NotAnExport(why) if !why.is_empty())),
        "{given:?}"
    );
}

#[test]
fn the_lists_of_contacts_are_no_exports_and_hold_the_people_they_say() {
    for list in make::contacts::lists() {
        let given = discover(&folder().join(&list.path));
        assert!(
            matches!(&given[..], [one] if matches!(&one.verdict, Verdict::NotAnExport(why) if why.contains("docket people import"))),
            "{given:?}"
        );
        let read = docket::import::contacts::read(&list.bytes, &[]).unwrap();
        assert_eq!(read.contacts.len(), list.messages, "{}", list.path);
        // A vacancy; a card without a name, and one that is broken off.
        let unreadable = if list.path.ends_with(".csv") { 1 } else { 2 };
        assert_eq!(read.unreadable.len(), unreadable, "{}", list.path);
    }
}

/// Telephone numbers of the ranges kept for fiction: Ofcom's for mobiles and for London, the
/// Bundesnetzagentur's for Berlin; and NHS numbers from the synthetic range.
#[test]
fn every_number_is_from_a_range_kept_for_fiction() {
    let number = regex::Regex::new(r"\+?[0-9][0-9 ]{8,15}[0-9]").unwrap();
    let fiction = r"^(\+44 ?7700 ?900|447700900|07700 ?900|020 7946 0|\+49 30 23125|999 )";
    let fiction = regex::Regex::new(fiction).unwrap();
    // Specimens and examples, a CHI number with a serial that is not given out, and what is no
    // number of anybody's: an order, a meeting, a book, what a ward measures.
    let specimens = [
        "4111 1111 1111 11",
        "1234 5698 7654 32",
        "0101010001",
        "1955839661",
        "4471120098",
        "918 2204 1187",
        "978 0 306 40615 7",
        "1200 1450 1610",
    ];
    let mut seen = 0;
    let chats = make::chats().unwrap().into_iter();
    for make::Said { chat, lines, .. } in chats.chain([make::planted::ward().unwrap()]) {
        for line in lines {
            let head = chat.dialect.header(line.at);
            let body = chat
                .dialect
                .line(line.at, chat.title, &line.sender, &line.what)
                .replace(&head, "")
                .replace('\u{A0}', " ");
            for found in number.find_iter(&body) {
                seen += 1;
                let found = found.as_str();
                let is_fiction = fiction.is_match(found) || specimens.contains(&found);
                assert!(is_fiction, "{found}");
            }
        }
    }
    assert!(seen > 20, "the numbers were not found");
}
