//! From what the ledger says was imported to an open store, and whether the derived data still
//! are what the ledger asks for.

use super::CaseError;
use super::index::Index;
use super::layout::Layout;
use super::ledger::{Entry, ImportedSource, Ledger};
use super::order::Order;
use super::part::Opened;
use super::same::OwnNumber;
use super::sealed::{SealedFile, SealedSource};
use super::source::Source;
use super::store::{Part, Store};
use super::zone::{DEFAULT_ZONE, TIME_ZONE};
use crate::import::DateOrder;
use crate::model::SourceId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// One import as the ledger tells it.
pub(super) struct Import {
    pub seq: u64,
    pub at: String,
    pub by: String,
    pub part: u32,
    pub first: u32,
    pub count: u32,
    pub sources: Vec<ImportedSource>,
    /// The copies that got numbers, where it is that and no import.
    pub copies: Vec<OwnNumber>,
}

/// What the derived data must be: what was imported, read in which zone and with which orders of
/// dates.
pub(super) struct Wanted {
    pub imports: Vec<Import>,
    pub zone: chrono_tz::Tz,
    /// Lists of contacts, sealed among the originals: SHA-256 and bytes.
    pub lists: Vec<(String, u64)>,
    /// Orders of dates that a person gave, at the import or later.
    pub orders: BTreeMap<SourceId, DateOrder>,
    /// The lists of wording that exports are read with besides docket's own, where there are any.
    pub words: BTreeMap<SourceId, Vec<SealedFile>>,
    /// The last entry that changed any of it: names the state of the case's messages.
    pub state: u64,
}

impl Wanted {
    /// Reads the ledger.
    pub(super) fn read(ledger: &Ledger) -> Result<Wanted, CaseError> {
        let mut wanted = Wanted {
            imports: Vec::new(),
            zone: DEFAULT_ZONE,
            lists: Vec::new(),
            orders: BTreeMap::new(),
            words: BTreeMap::new(),
            state: 0,
        };
        for recorded in ledger.entries_of_the_case()? {
            match recorded.entry {
                Entry::Import {
                    part,
                    first,
                    count,
                    sources,
                } => {
                    for source in &sources {
                        if let Some(order) = source.date_order {
                            wanted.orders.insert(source.source, order);
                        }
                        if !source.words.is_empty() {
                            wanted.words.insert(source.source, source.words.clone());
                        }
                    }
                    wanted.imports.push(Import {
                        seq: recorded.seq,
                        at: recorded.at,
                        by: recorded.actor.name,
                        part,
                        first: first.0,
                        count,
                        sources,
                        copies: Vec::new(),
                    });
                }
                Entry::OwnNumbers {
                    part,
                    first,
                    copies,
                } => wanted.imports.push(Import {
                    seq: recorded.seq,
                    at: recorded.at,
                    by: recorded.actor.name,
                    part,
                    first: first.0,
                    count: u32::try_from(copies.len()).unwrap_or(u32::MAX),
                    sources: Vec::new(),
                    copies,
                }),
                Entry::DateOrder { source, order } => {
                    wanted.orders.insert(source, order);
                }
                Entry::Words { source, words } => {
                    wanted.words.insert(source, words);
                }
                Entry::Fact { key, to, .. } if key == TIME_ZONE => {
                    // A name that this docket does not know leaves the zone that holds.
                    wanted.zone = match to {
                        None => DEFAULT_ZONE,
                        Some(name) => name.parse().unwrap_or(wanted.zone),
                    };
                }
                Entry::Contacts { list } => {
                    wanted.lists.push((list.sha256, list.size));
                    continue;
                }
                _ => continue,
            }
            wanted.state = recorded.seq;
        }
        Ok(wanted)
    }

    /// The lists of wording that an export is read with besides docket's own.
    pub(super) fn words_of(&self, source: SourceId) -> &[SealedFile] {
        self.words.get(&source).map_or(&[], Vec::as_slice)
    }

    /// Whether a part is what this import asks for.
    pub(super) fn fits(&self, import: &Import, opened: &Opened) -> bool {
        let added = &opened.part.added;
        opened.number == import.part
            && opened.zone == self.zone.name()
            && added.first == import.first
            && added.count == import.count
            && added.copies == import.copies
            && added.sources.len() == import.sources.len()
            && added
                .sources
                .iter()
                .zip(&import.sources)
                .all(|(made, told)| {
                    made.id == told.source
                        && made.sha256 == told.sha256
                        && made.new == told.new
                        && made.within == told.within
                        && made.date_order_given == self.orders.get(&made.id).copied()
                        && made.words.as_slice() == self.words_of(made.id)
                })
    }
}

impl ImportedSource {
    /// The sealed bytes of it.
    pub(super) fn sealed(&self) -> SealedSource {
        SealedSource {
            path: self.path.clone(),
            name: self.name.clone(),
            sha256: self.sha256.clone(),
            size: self.size,
            files: self.files.clone(),
            within: self.within.clone(),
            words: self.words.clone(),
        }
    }
}

/// The number of the next part.
pub(super) fn next_part(ledger: &Ledger) -> Result<u32, CaseError> {
    let wanted = Wanted::read(ledger)?;
    let last = wanted.imports.last().map(|import| import.part);
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// Parts that are what the ledger asks for, up to the first that is not.
pub(super) fn sound_parts(layout: &Layout, wanted: &Wanted) -> Vec<Opened> {
    let mut sound = Vec::new();
    for import in &wanted.imports {
        match Opened::open(&layout.part(import.part)) {
            Ok(opened) if wanted.fits(import, &opened) => sound.push(opened),
            _ => break,
        }
    }
    sound
}

/// Opens the store that the ledger asks for. `None` where derived data are missing, damaged or
/// made for something else: they must be made again first.
pub(super) fn open(layout: &Layout, wanted: &Wanted) -> Result<Option<Store>, CaseError> {
    let sound = sound_parts(layout, wanted);
    if sound.len() != wanted.imports.len() {
        return Ok(None);
    }
    let mut parts = Vec::with_capacity(sound.len());
    let mut files = BTreeMap::new();
    for (mut opened, import) in sound.into_iter().zip(&wanted.imports) {
        for source in &mut opened.part.added.sources {
            source.imported_at.clone_from(&import.at);
            source.imported_by.clone_from(&import.by);
            files.extend(files_of(layout, source));
        }
        parts.push(Arc::new(opened.part));
    }
    let Ok(store) = Store::of_parts(parts, wanted.zone) else {
        return Ok(None);
    };
    let Some(order) = Order::open(&layout.order(), wanted.state, store.len()) else {
        return Ok(None);
    };
    let index = Index::open(&layout.index(), store.len())?;
    if index.len() != store.len() {
        return Ok(None);
    }
    Ok(Some(store.with(order, index, files)))
}

/// Where the bytes of the items of a source lie, of those that were read.
fn files_of(layout: &Layout, source: &Source) -> Vec<((SourceId, u32), PathBuf)> {
    (0u32..)
        .zip(&source.items)
        .filter_map(|(at, item)| {
            let sha256 = item.sha256.as_ref()?;
            let path = if source.is_packed(item) {
                layout.unpacked().join(sha256)
            } else {
                layout.original(sha256)
            };
            Some(((source.id, at), path))
        })
        .collect()
}

/// The parts of an open store.
pub(super) fn parts(opened: Vec<Opened>) -> Vec<Arc<Part>> {
    opened
        .into_iter()
        .map(|opened| Arc::new(opened.part))
        .collect()
}
