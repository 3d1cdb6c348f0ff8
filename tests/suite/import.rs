//! The WhatsApp importer on real exports and on hostile files.

use super::patience::no_hang;
use docket::import::{
    self, Export, Importer, ItemRole, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use docket::model::{Kind, Marks, Span};
use std::path::{Path, PathBuf};

/// Everything that an importer gave.
#[derive(Default)]
pub struct Kept {
    pub threads: Vec<ThreadHead>,
    pub records: Vec<Record>,
    pub spans: Vec<(u32, Span)>,
}

impl Sink for Kept {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.threads.push(head);
        Ok(())
    }
    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.spans.push((record.item, record.span));
        self.records.push(record);
        Ok(())
    }
    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.spans.push((item, span));
        Ok(())
    }
    fn progress(&mut self, _bytes_read: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

impl Kept {
    /// Messages of all kinds, without the unreadable stretches.
    pub fn messages(&self) -> usize {
        self.records
            .iter()
            .filter(|record| record.kind != Kind::Unreadable)
            .count()
    }

    /// Panics unless the spans tile the item from 0 to its size.
    pub fn assert_tiles(&self, item: u32, size: u64, name: &str) {
        let mut next = 0;
        for (of, span) in &self.spans {
            assert_eq!(*of, item, "{name}: another item");
            assert_eq!(span.offset, next, "{name}: a gap or an overlap");
            next = span.end();
        }
        assert_eq!(next, size, "{name}: bytes are left over");
    }
}

/// Reads an export with the WhatsApp importer and checks that every byte is accounted for.
pub fn read(export: &Export) -> (Kept, Summary) {
    let mut kept = Kept::default();
    let summary = import::whatsapp::WhatsApp::STANDARD
        .read(export, &ReadOptions::default(), &mut kept)
        .unwrap_or_else(|error| panic!("{}: {error}", export.name));
    let item = summary.chat_item.unwrap();
    kept.assert_tiles(item, export.item(item).unwrap().size, &export.name);
    (kept, summary)
}

/// A folder beside the project, or `None` with a printed line.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: ../shared/{folder} is absent");
    None
}

#[test]
fn real_exports_have_the_counted_messages() {
    let Some(samples) = shared("samples") else {
        return;
    };
    let index = std::fs::read_to_string(samples.join("INDEX.md")).unwrap();
    let mut checked = 0;
    for row in index.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, file, _, count, ..] = cells.as_slice() else {
            continue;
        };
        let chat = file.starts_with("whatsapp-")
            || (file.starts_with("chat-miner/whatsapp__") && file.ends_with(".txt"));
        let digits: String = count
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == ',')
            .filter(char::is_ascii_digit)
            .collect();
        if !chat || digits.is_empty() {
            continue;
        }
        let path = samples.join(file);
        let name = path.file_name().unwrap().to_str().unwrap();
        let export = Export::from_file(&path, name).unwrap();
        let (kept, summary) = read(&export);
        println!(
            "{file}: {} of {digits}; {} {:?} ({}{}); title {:?} group {:?}; {:?}",
            kept.messages(),
            summary.shape,
            summary.date_order,
            summary.date_order_basis,
            if summary.date_order_assumed {
                ", assumed"
            } else {
                ""
            },
            kept.threads[0].title,
            kept.threads[0].group,
            summary.notes
        );
        let mut kinds = std::collections::BTreeMap::new();
        for record in &kept.records {
            *kinds
                .entry(format!("{:?} {}", record.kind, record.extra.event))
                .or_insert(0) += 1;
        }
        println!("    {kinds:?}");
        assert_eq!(kept.messages().to_string(), digits, "{file}");
        checked += 1;
    }
    assert!(checked >= 33, "only {checked} files of the index were read");
}

/// Every file below a folder, sorted.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// What comes of a file when everything is tried with it: opened, listed, each item read to its
/// end, read as a chat. `Err` holds what was said of it.
fn outcome(path: &Path) -> Result<usize, String> {
    let name = path.file_name().unwrap().to_string_lossy();
    let export = Export::from_file(path, &name).map_err(|error| error.to_string())?;
    let mut problems = Vec::new();
    for item in 0..u32::try_from(export.items.len()).unwrap() {
        if export.items[item as usize].role == ItemRole::Folder {
            continue;
        }
        let read = export.open(item).map_err(|error| error.to_string());
        let read = read.and_then(|mut stream| {
            std::io::copy(&mut stream, &mut std::io::sink()).map_err(|error| error.to_string())
        });
        if let Err(problem) = read {
            problems.push(problem);
        }
    }
    let mut kept = Kept::default();
    match import::whatsapp::WhatsApp::STANDARD.read(&export, &ReadOptions::default(), &mut kept) {
        Err(error) => problems.push(error.to_string()),
        Ok(summary) => {
            let item = summary.chat_item.unwrap();
            kept.assert_tiles(item, export.item(item).unwrap().size, &name);
        }
    }
    if problems.is_empty() {
        Ok(export.items.len())
    } else {
        Err(problems.join("; "))
    }
}

#[test]
fn hostile_zips_end_in_an_outcome() {
    let Some(hostile) = shared("hostile") else {
        return;
    };
    let mut tried = 0;
    for set in ["zip-go", "zip-libzip-regress", "zip-traversal", "zip-yauzl"] {
        let mut found = Vec::new();
        files(&hostile.join(set), &mut found);
        for path in found {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let begun = std::time::Instant::now();
            let outcome = outcome(&path);
            let shown: String = format!("{outcome:?}").chars().take(160).collect();
            println!("{set}/{name}: {shown}");
            no_hang(begun, &name);
            tried += 1;
            let zip = name.ends_with(".zip");
            if zip && name.starts_with("encrypt") && name != "encrypt-none.zip" {
                assert!(outcome.clone().unwrap_err().contains("password"), "{name}");
            }
        }
    }
    assert!(tried > 200);
}

#[test]
fn what_is_not_utf8_is_kept_and_marked() {
    let Some(hostile) = shared("hostile") else {
        return;
    };
    let lines = std::fs::read(hostile.join("utf8-tests/utf8tests.bin")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("_chat.txt");
    let mut chat = Vec::new();
    let mut whole = 0;
    for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        whole += usize::from(std::str::from_utf8(line).is_ok());
        chat.extend_from_slice(format!("31/12/2024, 10:{:02} - Ann: x", number % 60).as_bytes());
        chat.extend_from_slice(line);
        chat.push(b'\n');
    }
    std::fs::write(&path, &chat).unwrap();
    let (kept, _) = read(&Export::from_file(&path, "_chat.txt").unwrap());
    let count = lines.split(|byte| *byte == b'\n').count();
    assert_eq!(kept.messages(), count);
    let damaged = |record: &&Record| record.marks.has(Marks::DAMAGED);
    assert_eq!(kept.records.iter().filter(damaged).count(), count - whole);
    for record in kept.records.iter().filter(damaged) {
        assert!(record.text.contains('\u{FFFD}'));
    }
}

#[test]
fn folders_are_searched_for_exports() {
    let Some(samples) = shared("samples") else {
        return;
    };
    let given = import::discover(&samples);
    let exports: Vec<_> = given
        .iter()
        .filter(|one| matches!(one.verdict, import::Verdict::Export { .. }))
        .map(|one| {
            one.path
                .strip_prefix(&samples)
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    for one in &given {
        if matches!(one.verdict, import::Verdict::Export { .. }) {
            println!("{}", one.path.display());
        }
    }
    let expected = |name: &str| exports.iter().any(|found| found == name);
    assert!(expected("whatsapp-plusword-ios-gb"));
    assert!(expected("whatsapp-wa-reader/Chat_Sample.zip"));
    assert!(expected("whatsapp-dm-ios-de/_chat.txt"));
    assert!(expected("mbox/httpd-users-2020-07.mbox"));
    assert!(!expected("mbox/no_date.mbox"));
    assert!(expected("linkedin-9col/messages.csv"));
    assert!(expected("messenger-group/message_1.json"));
    assert!(!exports.iter().any(|found| found.contains("schema")));
    assert!(given.windows(2).all(|pair| pair[0].path < pair[1].path));
}
