//! Compound files (MS-CFB): storages and streams in one file, as `.msg` uses them. Read only, and
//! only as far as the file's own length bears: chains that run in circles end.

use super::{Bytes, exactly};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Marks in the chains of sectors (MS-CFB 2.1).
const LAST_SECTOR: u32 = 0xFFFF_FFFA;
/// No entry (MS-CFB 2.6.1).
const NOBODY: u32 = 0xFFFF_FFFF;
/// Bytes of a directory entry.
const ENTRY: usize = 128;
/// Most entries of a directory: a mail with thousands of recipients has fewer.
const MOST_ENTRIES: usize = 1 << 20;

/// One storage or stream.
#[derive(Clone, Debug, Default)]
struct Entry {
    name: String,
    is_stream: bool,
    left: u32,
    right: u32,
    child: u32,
    first: u32,
    size: u64,
}

/// A compound file, its tables in memory.
pub(super) struct Compound {
    bytes: Arc<dyn Bytes>,
    sector: usize,
    mini_sector: usize,
    cutoff: u64,
    next: Vec<u32>,
    mini_next: Vec<u32>,
    /// The stream that the small streams stand in.
    small: Vec<u8>,
    entries: Vec<Entry>,
    /// What stands directly in each storage, by name. Each entry stands in one storage only.
    inside: BTreeMap<u32, BTreeMap<String, u32>>,
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        bytes.get(place..place.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(place..place.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes
        .chunks_exact(4)
        .filter_map(|four| Some(u32::from_le_bytes(four.try_into().ok()?)))
}

impl Compound {
    /// Opens a compound file; `None` where it is none, or its tables cannot be read.
    pub(super) fn open(bytes: &Arc<dyn Bytes>) -> Option<Compound> {
        let head = exactly(bytes.as_ref(), 0, 512)?;
        let shift = u16_at(&head, 30)?;
        let mini_shift = u16_at(&head, 32)?;
        if !head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
            || !(7..=16).contains(&shift)
            || mini_shift >= shift
        {
            return None;
        }
        let sector = 1usize << shift;
        let most = usize::try_from(bytes.size().ok()?).ok()? / sector + 1;
        let mut file = Compound {
            bytes: Arc::clone(bytes),
            sector,
            mini_sector: 1 << mini_shift,
            cutoff: u64::from(u32_at(&head, 56)?),
            next: Vec::new(),
            mini_next: Vec::new(),
            small: Vec::new(),
            entries: Vec::new(),
            inside: BTreeMap::new(),
        };
        // Where the table of chains stands: 109 places in the head, the rest in a chain.
        let mut places: Vec<u32> = numbers(head.get(76..)?).collect();
        let mut more = u32_at(&head, 68)?;
        let mut turns = 0;
        while more < LAST_SECTOR && turns < most {
            let block = file.sector_at(more)?;
            let mut listed: Vec<u32> = numbers(&block).collect();
            more = listed.pop()?;
            places.append(&mut listed);
            turns += 1;
        }
        for place in places.into_iter().take(most) {
            if place < LAST_SECTOR {
                file.next.extend(numbers(&file.sector_at(place)?));
            }
        }
        let directory = file.chain(u32_at(&head, 48)?, MOST_ENTRIES.saturating_mul(ENTRY));
        let sizes_are_32_bit = u16_at(&head, 26)? < 4;
        file.entries = directory
            .chunks_exact(ENTRY)
            .map(|entry| read_entry(entry, sizes_are_32_bit).unwrap_or_default())
            .collect();
        let root = file.entries.first()?.clone();
        let mini = file.chain(u32_at(&head, 60)?, usize::MAX);
        file.mini_next = numbers(&mini).collect();
        file.small = file.chain(root.first, usize::try_from(root.size).unwrap_or(usize::MAX));
        file.place_entries();
        Some(file)
    }

    /// Finds the storage of each entry: from a storage to its child, from there to both sides.
    fn place_entries(&mut self) {
        let mut seen = BTreeSet::from([0]);
        let mut storages = vec![0];
        while let Some(storage) = storages.pop() {
            let mut found = BTreeMap::new();
            let mut open = vec![self.entry(storage).map_or(NOBODY, |entry| entry.child)];
            while let Some(number) = open.pop() {
                let Some(entry) = self.entry(number) else {
                    continue;
                };
                if !seen.insert(number) {
                    continue;
                }
                open.push(entry.left);
                open.push(entry.right);
                if !entry.is_stream {
                    storages.push(number);
                }
                found.entry(entry.name.clone()).or_insert(number);
            }
            self.inside.insert(storage, found);
        }
    }

    fn sector_at(&self, number: u32) -> Option<Vec<u8>> {
        let place = u64::from(number).checked_add(1)?;
        let place = place.checked_mul(self.sector as u64)?;
        // The last sector may be cut short.
        let mut buffer = vec![0; self.sector];
        match self.bytes.read_at(place, &mut buffer) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(buffer),
        }
    }

    /// The bytes of a chain of sectors, `most` at most.
    fn chain(&self, first: u32, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = first;
        // A chain has no more sectors than the table has places.
        for _ in 0..self.next.len() {
            if at >= LAST_SECTOR || out.len() >= most {
                break;
            }
            let Some(block) = self.sector_at(at) else {
                break;
            };
            out.extend_from_slice(&block);
            let next = usize::try_from(at).ok().and_then(|at| self.next.get(at));
            at = next.copied().unwrap_or(LAST_SECTOR);
        }
        out.truncate(most);
        out
    }

    /// The bytes of a chain of small sectors.
    fn small_chain(&self, first: u32, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = first;
        for _ in 0..self.mini_next.len() {
            let Ok(place) = usize::try_from(at) else {
                break;
            };
            if at >= LAST_SECTOR || out.len() >= most {
                break;
            }
            let begin = place.saturating_mul(self.mini_sector);
            let Some(rest) = self.small.get(begin..) else {
                break;
            };
            out.extend_from_slice(rest.get(..self.mini_sector).unwrap_or(rest));
            at = self.mini_next.get(place).copied().unwrap_or(LAST_SECTOR);
        }
        out.truncate(most);
        out
    }

    /// The number of the storage that holds all others.
    pub(super) fn root(&self) -> u32 {
        0
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(number).ok()?)
    }

    /// What stands directly in a storage: numbers by name, in the order of names.
    pub(super) fn list(&self, storage: u32) -> impl Iterator<Item = (&str, u32)> {
        let inside = self.inside.get(&storage).into_iter().flatten();
        inside.map(|(name, number)| (name.as_str(), *number))
    }

    /// The number of what has this name in a storage.
    pub(super) fn find(&self, storage: u32, name: &str) -> Option<u32> {
        self.inside.get(&storage)?.get(name).copied()
    }

    /// The bytes of a stream; `None` for a storage, or a stream that says it has more than `most`.
    pub(super) fn stream(&self, number: u32, most: usize) -> Option<Vec<u8>> {
        let entry = self.entry(number).filter(|entry| entry.is_stream)?;
        let size = usize::try_from(entry.size)
            .ok()
            .filter(|size| *size <= most)?;
        Some(if entry.size < self.cutoff {
            self.small_chain(entry.first, size)
        } else {
            self.chain(entry.first, size)
        })
    }
}

fn read_entry(bytes: &[u8], sizes_are_32_bit: bool) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).clamp(2, 64) - 2;
    let kind = *bytes.get(66)?;
    let size = u64::from(u32_at(bytes, 120)?);
    let high = u64::from(u32_at(bytes, 124)?);
    Some(Entry {
        name: super::properties::utf16(bytes.get(..length)?),
        is_stream: kind == 2,
        left: u32_at(bytes, 68)?,
        right: u32_at(bytes, 72)?,
        child: if kind == 2 {
            NOBODY
        } else {
            u32_at(bytes, 76)?
        },
        first: u32_at(bytes, 116)?,
        size: if sizes_are_32_bit {
            size
        } else {
            high << 32 | size
        },
    })
}
