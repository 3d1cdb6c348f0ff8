//! The WhatsApp importer on real exports and on hostile files.

use docket::import::{
    self, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use docket::model::{Kind, Span};
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

#[test]
#[ignore]
fn show() {
    let Some(samples) = shared("samples") else {
        return;
    };
    for file in [
        "whatsapp-university-in/whatsapp.txt",
        "whatsapp-jobs-qatar-us12h/WhatsApp Chat.txt",
        "whatsapp-codesapiens-ios-in/_chat.txt",
        "whatsapp-class-ios-ptbr/_chat.txt",
        "whatsapp-plusword-ios-gb/_chat.txt",
        "whatsapp-dm-ios-de/chat_nico_lenny.txt",
        "whatsapp-family-ios-nl/_chat.txt",
        "whatsapp-dm-android12h-nnbsp-id/whatsapp_chat.txt",
    ] {
        let (kept, _) = read(&Export::from_file(&samples.join(file), "x").unwrap());
        println!("== {file}");
        for r in &kept.records {
            if (r.kind == Kind::System && r.extra.event.is_empty())
                || !r.extra.notes.is_empty()
                || (r.kind == Kind::Text && r.text.contains('\u{200e}'))
                || (r.kind == Kind::Text && r.text.starts_with('<'))
            {
                println!(
                    "{:?} {:?} {:?} {:?}",
                    r.kind,
                    r.sender,
                    r.text.chars().take(110).collect::<String>(),
                    r.extra.notes
                );
            }
        }
    }
}
