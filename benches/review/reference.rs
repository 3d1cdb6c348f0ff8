//! What docket is measured against, in the same run and on the same texts.

use crate::measure::Result;
use docket::case::Store;
use docket::model::MessageNumber;
use std::path::Path;
use tantivy::schema::{FAST, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexWriter, TantivyDocument};

/// The texts of a case, in one run of memory, so that reading them costs the reference nothing.
pub struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Copies them.
    pub fn of(store: &Store) -> Texts {
        let mut texts = Texts {
            all: String::new(),
            ends: Vec::new(),
        };
        for number in 0..store.len() {
            if let Some(message) = store.message(MessageNumber(number)) {
                texts.all.push_str(message.text);
            }
            texts.ends.push(texts.all.len());
        }
        texts
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The first of them, at most so many.
    pub fn first(&self, most: usize) -> Vec<String> {
        let most = most.min(self.len());
        (0..most).map(|at| self.get(at).to_owned()).collect()
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.all
            .get(start.copied().unwrap_or(0)..end)
            .unwrap_or_default()
    }
}

/// Indexes the texts with tantivy alone: words with positions, no norms, a number beside each,
/// two threads with half of them each, as the case's own index is made.
pub fn bare_index(texts: &Texts, folder: &Path) -> Result<()> {
    let half = texts.len() / 2;
    let first = folder.join("first");
    let second = folder.join("second");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            index_part(texts, half..texts.len(), &second).map_err(|error| error.to_string())
        });
        index_part(texts, 0..half, &first)?;
        match other.join() {
            Ok(told) => Ok(told?),
            Err(_) => Err("the second half was not indexed".into()),
        }
    })
}

fn index_part(texts: &Texts, part: std::ops::Range<usize>, folder: &Path) -> Result<()> {
    let expected = part.len() as u64;
    std::fs::create_dir_all(folder)?;
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer("default")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(words));
    let number = schema.add_u64_field("number", FAST);
    let index = Index::create_in_dir(folder, schema.build())?;
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 256 << 20)?;
    for at in part {
        let mut document = TantivyDocument::default();
        document.add_text(text, texts.get(at));
        document.add_u64(number, at as u64);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let held = index.reader()?.searcher().num_docs();
    if held == expected {
        Ok(())
    } else {
        Err(format!("{held} of {expected} texts were indexed").into())
    }
}

/// A table of the texts with a full-text index, and a column for the decision.
pub fn sqlite(texts: &Texts, path: &Path) -> Result<rusqlite::Connection> {
    let mut base = rusqlite::Connection::open(path)?;
    base.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE message (number INTEGER PRIMARY KEY, decision INTEGER NOT NULL);
         CREATE VIRTUAL TABLE words USING fts5(text, content='');",
    )?;
    let work = base.transaction()?;
    {
        let mut row = work.prepare("INSERT INTO message VALUES (?1, 0)")?;
        let mut words = work.prepare("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
        for at in 0..texts.len() {
            row.execute([at as i64])?;
            words.execute(rusqlite::params![at as i64, texts.get(at)])?;
        }
    }
    work.commit()?;
    Ok(base)
}
