//! The importers of texts, mail and LinkedIn, held against exports of every kind.

mod broken;
mod case;
mod counts;
mod discord;
mod email;
mod fields;
mod folders;
mod google_chat;
mod handover;
mod hostile;
mod kept;
mod large;
mod line;
mod linkedin;
mod meta;
pub mod metadata;
mod outlook;
mod owners;
mod pages;
mod rsmf;
mod signal;
mod signal_desktop;
mod slack;
mod sms;
mod teams;
mod telegram;
mod viber;

use docket::import::{
    ALL, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary, ThreadHead,
};
use docket::model::{Kind, Span};
use std::path::{Path, PathBuf};

/// What an importer said of one export.
#[derive(Debug, Default)]
pub struct Taken {
    pub threads: Vec<ThreadHead>,
    pub records: Vec<Record>,
    pub structure: Vec<(u32, Span)>,
    pub summary: Summary,
    pub importer: &'static str,
}

impl Sink for Taken {
    fn thread(&mut self, head: ThreadHead) -> Result<(), ReadError> {
        self.threads.push(head);
        Ok(())
    }
    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        assert!(
            (record.thread as usize) < self.threads.len(),
            "a record of a thread that was not announced"
        );
        if let Some((offset, length)) = record.written {
            assert!(u32::from(offset) + u32::from(length) <= record.span.length);
        }
        self.records.push(record);
        Ok(())
    }
    fn structure(&mut self, item: u32, span: Span) -> Result<(), ReadError> {
        self.structure.push((item, span));
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

impl Taken {
    /// The texts, in source order.
    pub fn texts(&self) -> Vec<&str> {
        self.records
            .iter()
            .map(|record| record.text.as_str())
            .collect()
    }

    /// How many records are messages, and how many are not readable.
    pub fn counts(&self) -> (usize, usize) {
        let unreadable = self
            .records
            .iter()
            .filter(|record| record.kind == Kind::Unreadable)
            .count();
        (self.records.len() - unreadable, unreadable)
    }

    /// The title of a record's thread.
    pub fn title(&self, record: usize) -> &str {
        &self.threads[self.records[record].thread as usize].title
    }
}

/// The importer an export belongs to: a yes wins over a maybe.
pub fn detect(export: &Export) -> Option<&'static dyn Importer> {
    let mut maybe = None;
    for importer in ALL {
        match importer.detect(export) {
            Detection::Yes(_) => return Some(*importer),
            Detection::Maybe(_) => maybe = maybe.or(Some(*importer)),
            Detection::No(_) => {}
        }
    }
    maybe
}

/// Reads an export with the importer it belongs to, and checks that what came of it lies end to
/// end over every item that was read.
pub fn take(export: &Export) -> Result<Taken, ReadError> {
    let importer = detect(export).expect("an importer knows it");
    take_with(importer, export)
}

/// As [`take`], with this importer.
pub fn take_with(importer: &'static dyn Importer, export: &Export) -> Result<Taken, ReadError> {
    let mut taken = Taken {
        importer: importer.name(),
        ..Taken::default()
    };
    taken.summary = importer.read(export, &ReadOptions::default(), &mut taken)?;
    for thread in &taken.threads {
        let channels = importer.about().channels;
        assert!(channels.contains(&thread.channel.as_str()), "{thread:?}");
    }
    for (number, item) in (0u32..).zip(&export.items) {
        let mut spans: Vec<Span> = taken
            .records
            .iter()
            .filter(|record| record.item == number)
            .map(|record| record.span)
            .chain(
                taken
                    .structure
                    .iter()
                    .filter(|(of, _)| *of == number)
                    .map(|(_, span)| *span),
            )
            .collect();
        if spans.is_empty() {
            continue;
        }
        spans.sort();
        let mut place = 0;
        for span in spans {
            assert_eq!(span.offset, place, "a gap or an overlap in {}", item.name);
            assert!(span.length > 0);
            place = span.end();
        }
        // What is unpacked says how long it is when it is.
        let size = match export.is_packed(number) && !export.is_archive() {
            true => std::io::copy(&mut export.open(number)?, &mut std::io::sink()).unwrap(),
            false => item.size,
        };
        assert_eq!(place, size, "the end of {} is not accounted for", item.name);
    }
    Ok(taken)
}

/// An export of one file with this content.
pub fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Export) {
    files("", &[(name, bytes)])
}

/// An export of files that stand together; of one file alone where the folder has no name.
pub fn files(folder: &str, given: &[(&str, &[u8])]) -> (tempfile::TempDir, Export) {
    let dir = tempfile::tempdir().unwrap();
    let mut listed = Vec::new();
    for (number, (name, bytes)) in given.iter().enumerate() {
        let path = dir.path().join(number.to_string());
        std::fs::write(&path, bytes).unwrap();
        listed.push(((*name).to_owned(), path));
    }
    let export = if folder.is_empty() {
        Export::from_file(&listed[0].1, &listed[0].0).unwrap()
    } else {
        Export::from_files(folder, listed).unwrap()
    };
    (dir, export)
}

/// A folder of samples that is no part of the project; says so and gives nothing where it is
/// absent.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

/// Every file below a folder.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Opens a file of the samples.
pub fn open(path: &Path) -> Export {
    Export::from_file(path, path.file_name().unwrap().to_str().unwrap()).unwrap()
}

/// A copy of `bytes` with some of them gone, doubled or replaced: at each place (taken modulo the
/// length), so many bytes (up to 40) become `byte`, vanish or are said twice.
pub fn damage(bytes: &[u8], faults: &[(u32, u8, u8)]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (place, length, byte) in faults {
        if out.is_empty() {
            break;
        }
        let begin = *place as usize % out.len();
        let end = (begin + usize::from(*length % 40)).min(out.len());
        match byte % 3 {
            0 => out[begin..end].fill(*byte),
            1 => drop(out.drain(begin..end)),
            _ => {
                let again = out[begin..end].to_vec();
                out.splice(begin..begin, again);
            }
        }
    }
    out
}

/// Faults for [`damage`].
pub fn faults() -> impl proptest::strategy::Strategy<Value = Vec<(u32, u8, u8)>> {
    proptest::collection::vec(proptest::prelude::any::<(u32, u8, u8)>(), 1..6)
}

/// A zip with these entries, uncompressed.
pub fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        out.start_file(name.as_str(), options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}
