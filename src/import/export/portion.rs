//! A part of an archive that is an export of its own: somebody packs a folder of exports in one
//! zip, or asks a service for all it has.

use super::bytes::Bytes;
use super::inflated::{self, Inflated, Wrapping};
use super::listing::{Listing, MAX_ENTRIES};
use super::{Export, Item, ItemRole, Place, archive, carried, tar};
use crate::import::{ReadError, first_bytes, outlook};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

/// Most bytes that what stands packed in packed items may have together: as many as the archive
/// has, so many times (text stays under 30), and in any case so many.
const MAX_RATIO: u64 = 50;
const FREE_OUTPUT: u64 = 1 << 30;
/// Most items of an archive, with what they hold themselves.
const MOST_ITEMS: u64 = 1 << 22;
/// How many levels of archives in an archive are opened.
const DEPTH: usize = 3;
/// Bytes of an item that are looked at to tell what it is.
const HEAD: u64 = 1 << 14;
/// Bytes of a tar's header.
const TAR_HEAD: usize = 512;
/// How what is compressed with gzip begins.
const GZIP: [u8; 3] = [0x1F, 0x8B, 8];
/// What is said of an item that gives more than that.
const TOO_MUCH: &str =
    "would unpack to far more than any export; unpack it yourself and load the folder";

/// Which items of an archive are one export, and where they stand in it. Items are counted as they
/// stand in the archive, with what its items hold themselves after all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    /// Their folder in the archive, or the file that they are or are packed in: `Takeout/Mail`.
    pub place: String,
    /// The items, as runs: first and last.
    pub items: Vec<(u32, u32)>,
}

impl Portion {
    /// These items, sorted.
    pub(in crate::import) fn of(place: &str, items: &[u32]) -> Portion {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for item in items {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*item) => *last = *item,
                _ => runs.push((*item, *item)),
            }
        }
        Portion {
            place: place.to_owned(),
            items: runs,
        }
    }

    /// Whether its runs are runs, in order, and no more than any archive has items.
    pub(in crate::import) fn is_sound(&self) -> bool {
        let mut next = 0u64;
        let mut count = 0u64;
        self.items.iter().all(|(first, last)| {
            let (first, last) = (u64::from(*first), u64::from(*last));
            let follows = first >= next && last >= first;
            next = last.saturating_add(1);
            count = count.saturating_add(next.saturating_sub(first));
            follows && count <= MOST_ITEMS
        })
    }

    /// Its items, in order.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.items.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// The name of what stands there: the last part of its place.
    pub fn name(&self) -> &str {
        self.place.rsplit('/').next().unwrap_or(&self.place)
    }
}

/// A packed item that holds items itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The item.
    pub(super) item: u32,
    /// The first of what it holds, and one past the last.
    pub(super) begin: u32,
    pub(super) end: u32,
    /// Whether it is an archive, which is nothing but its entries.
    pub(super) is_zip: bool,
}

impl Export {
    /// Opens a file as an archive that holds several exports.
    pub(in crate::import) fn archive_of(file: File, name: &str) -> Result<Export, ReadError> {
        // Its own name may be that of what stands in it: what it is, its bytes tell.
        let mut export = Export::of_file(file, "the archive")?;
        export.name = name.to_owned();
        Ok(export.with_what_is_within())
    }

    /// An archive with what its items hold themselves: the entries of zips, what RSMF files carry,
    /// what is unpacked from Outlook's files; after all of these the entries of tars, and what is
    /// compressed with gzip. They follow all other items; then what these hold follows, and so on,
    /// `DEPTH` levels in all. What is packed deeper is told and not read.
    ///
    /// The order is kept for good, because cases know the exports of an archive by the numbers of
    /// their items.
    #[must_use]
    pub fn with_what_is_within(mut self) -> Export {
        if !self.archive || !self.holders.is_empty() {
            return self;
        }
        let packed: u64 = self.places.iter().map(Place::packed).sum();
        let mut left = FREE_OUTPUT.max(packed.saturating_mul(MAX_RATIO));
        let mut begin = 0;
        for _ in 0..DEPTH {
            let end = self.count();
            self.hold_all(begin, &mut left);
            begin = end;
        }
        self
    }

    /// Adds what the items from this number on hold.
    fn hold_all(&mut self, from: u32, left: &mut u64) {
        let found = |number: u32| {
            let place = self.places.get(usize::try_from(number).ok()?)?;
            // What was unpacked from Outlook's files are mails.
            if matches!(place, Place::Inside(..)) {
                return None;
            }
            Some((number, Found::of(&first_bytes(self, number, HEAD))?))
        };
        let (later, first): (Vec<_>, Vec<_>) = self
            .readable()
            .filter(|number| *number >= from)
            .filter_map(found)
            .partition(|(_, found)| matches!(found, Found::Tar | Found::Gzip));
        for (number, found) in first.into_iter().chain(later) {
            let begin = self.count();
            match self.hold(number, found, left) {
                Ok(None) => {}
                Ok(Some(is_zip)) => self.holders.push(Holder {
                    item: number,
                    begin,
                    end: self.count(),
                    is_zip,
                }),
                Err(reason) => self.set_problem(number, reason),
            }
        }
    }

    /// Adds what an item holds; `None` where it holds nothing, and otherwise whether it is nothing
    /// but that, as a zip is.
    fn hold(&mut self, number: u32, found: Found, left: &mut u64) -> Result<Option<bool>, String> {
        let name = self.item_name(number);
        let size = self.item(number).map_or(0, |item| item.size);
        *left = left.checked_sub(size).ok_or(TOO_MUCH)?;
        let Some(bytes) = self.bytes(number)? else {
            return Ok(None);
        };
        match found {
            Found::Zip => {
                // Documents of Office and programs are zips too.
                let listing = archive::list(&bytes, &name).map_err(super::reason_of)?;
                self.add(&name, &bytes, listing)?;
                Ok(Some(true))
            }
            Found::Rsmf => {
                let carried = carried::Carried::of(&bytes).map_err(|error| error.to_string())?;
                let Some(carried) = carried else {
                    return Ok(None);
                };
                let bytes = Bytes::Carried(Arc::new(carried));
                let listing = archive::list(&bytes, &name).map_err(super::reason_of)?;
                self.add(&name, &bytes, listing)?;
                Ok(Some(false))
            }
            Found::Outlook => Ok(self.unpack(number, Arc::new(bytes))?.then_some(false)),
            Found::Tar => {
                self.add_tar(&name, &bytes)?;
                Ok(Some(true))
            }
            Found::Gzip => {
                let inflated = Inflated::open(bytes, Wrapping::Gzip);
                let inflated = Arc::new(inflated.map_err(|error| error.to_string())?);
                *left = left.checked_sub(inflated.length()).ok_or(TOO_MUCH)?;
                let fault = inflated
                    .fault()
                    .map(|fault| format!("{name}: {}", cut(fault)));
                self.notes.extend(fault);
                let bytes = Bytes::Inflated(inflated);
                let head = bytes
                    .piece(0, TAR_HEAD)
                    .map_err(|error| error.to_string())?;
                if tar::is_tar(&head) {
                    self.add_tar(&name, &bytes)?;
                } else {
                    let inside = format!("{name}/{}", without_ending(parts(&name).last()));
                    self.add_stored(&inside, bytes)
                        .map_err(|error| error.to_string())?;
                }
                Ok(Some(true))
            }
        }
    }

    /// Adds the entries of a tar that an item is.
    fn add_tar(&mut self, carrier: &str, bytes: &Bytes) -> Result<(), String> {
        let listing = tar::list(bytes, carrier).map_err(super::reason_of)?;
        if self.items.len().saturating_add(listing.items.len()) > 2 * MAX_ENTRIES {
            return Err("holds more entries than any export".into());
        }
        for (mut item, place) in listing.items.into_iter().zip(listing.places) {
            item.name = format!("{carrier}/{}", item.name);
            self.items.push(item);
            let run = bytes.run(place.begin, place.length);
            self.places.push(Place::Stored(run));
        }
        let notes = listing.notes.into_iter();
        self.notes
            .extend(notes.map(|note| format!("{carrier}: {note}")));
        Ok(())
    }

    /// Adds bytes as an item that holds messages.
    fn add_stored(&mut self, name: &str, bytes: Bytes) -> std::io::Result<()> {
        self.items.push(Item {
            name: name.into(),
            size: bytes.length()?,
            role: ItemRole::Chat,
            problem: None,
        });
        self.places.push(Place::Stored(bytes));
        Ok(())
    }

    /// Makes it an archive of the one file that is compressed with gzip.
    ///
    /// # Errors
    /// When it cannot be read from disk.
    pub(super) fn list_gzip(&mut self, bytes: &Bytes) -> std::io::Result<()> {
        let inflated = Arc::new(Inflated::open(bytes.clone(), Wrapping::Gzip)?);
        self.archive = true;
        self.notes.extend(inflated.fault().map(cut));
        let name = without_ending(Some(&self.name)).to_owned();
        self.add_stored(&name, Bytes::Inflated(inflated))
    }

    /// Adds the entries of a zip that an item is or carries.
    fn add(&mut self, carrier: &str, bytes: &Bytes, listing: Listing) -> Result<(), String> {
        if self.items.len().saturating_add(listing.items.len()) > 2 * MAX_ENTRIES {
            return Err("holds more entries than any export".into());
        }
        for (mut item, entry) in listing.items.into_iter().zip(listing.entries) {
            item.name = format!("{carrier}/{}", item.name);
            self.items.push(item);
            self.places.push(Place::Entry(bytes.clone(), entry));
        }
        let notes = listing.notes.into_iter();
        self.notes
            .extend(notes.map(|note| format!("{carrier}: {note}")));
        Ok(())
    }

    /// An item's bytes, to be read at any place.
    fn bytes(&self, number: u32) -> Result<Option<Bytes>, String> {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        match self.places.get(at) {
            Some(Place::Entry(bytes, entry)) => entry
                .bytes(bytes, &self.item_name(number))
                .map(Some)
                .map_err(super::reason_of),
            Some(Place::Stored(bytes)) => Ok(Some(bytes.clone())),
            _ => Ok(None),
        }
    }

    /// Some of its items as an export of their own. Their names begin below `place`.
    pub(in crate::import) fn pick(&self, place: &str, items: &[u32]) -> Export {
        let parts = |name: &str| parts(name).count();
        // Of a file that stands alone, the place is its own path.
        let is_own = |number: &u32| {
            self.item(*number)
                .is_some_and(|item| parts(&item.name) <= parts(place))
        };
        let alone = !place.is_empty() && items.iter().any(is_own);
        let skip = parts(place).saturating_sub(usize::from(alone));
        let below = |name: &str| {
            let below: Vec<&str> = self::parts(name).skip(skip).collect();
            let below = below.join("/");
            if name.ends_with('/') && !below.is_empty() {
                below + "/"
            } else {
                below
            }
        };
        let number_of: BTreeMap<u32, u32> = items.iter().copied().zip(0u32..).collect();
        let mut picked = Export::empty(place.rsplit('/').next().unwrap_or_default());
        if place.is_empty() {
            picked.name.clone_from(&self.name);
        }
        picked.archive = self.holders.iter().any(|holder| {
            holder.is_zip
                && items
                    .first()
                    .is_some_and(|first| (holder.begin..holder.end).contains(first))
                && parts(&self.item_name(holder.item)) == parts(place)
        });
        for number in items {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            let (Some(item), Some(place)) = (self.items.get(at), self.places.get(at)) else {
                continue;
            };
            picked.items.push(Item {
                name: below(&item.name),
                // The one file of an export is what it is, whatever its name.
                role: if items.len() == 1 && item.problem.is_none() && !picked.archive {
                    ItemRole::Chat
                } else {
                    item.role
                },
                ..item.clone()
            });
            picked.places.push(match place {
                Place::Inside(of, container, inside) => {
                    let of = number_of.get(of).copied().unwrap_or(u32::MAX);
                    Place::Inside(of, Arc::clone(container), inside.clone())
                }
                other => other.clone(),
            });
        }
        for holder in self.holders.iter().filter(|one| !one.is_zip) {
            if let (Some(item), Some(begin)) =
                (number_of.get(&holder.item), number_of.get(&holder.begin))
            {
                picked.holders.push(Holder {
                    item: *item,
                    begin: *begin,
                    end: begin.saturating_add(holder.end.saturating_sub(holder.begin)),
                    is_zip: false,
                });
            }
        }
        for (of, is_single) in &self.containers {
            if let Some(of) = number_of.get(of) {
                picked.containers.push((*of, *is_single));
            }
        }
        picked
    }

    /// The export that a portion of this archive is.
    pub fn portion(&self, portion: &Portion) -> Export {
        let items: Vec<u32> = portion.numbers().collect();
        let mut picked = self.pick(&portion.place, &items);
        picked.notes = self.notes.clone();
        picked
    }

    /// Of an archive, every file that may stand for itself: its path, and its items (of a zip, its
    /// entries; of another holder, itself and what it holds). Folders are left out.
    pub(in crate::import) fn files(&self) -> Vec<(String, Vec<u32>)> {
        let holders: BTreeMap<u32, &Holder> =
            self.holders.iter().map(|one| (one.item, one)).collect();
        let first = self.holders.first().map_or(u32::MAX, |one| one.begin);
        let zips: Vec<&Holder> = self.holders.iter().filter(|one| one.is_zip).collect();
        let mut files = Vec::new();
        for (number, item) in (0u32..).zip(&self.items) {
            let within = number >= first;
            let in_zip = || {
                zips.iter()
                    .any(|zip| (zip.begin..zip.end).contains(&number))
            };
            if item.role == ItemRole::Folder || (within && !in_zip()) {
                continue;
            }
            let items = match holders.get(&number) {
                Some(zip) if zip.is_zip => (zip.begin..zip.end).collect(),
                Some(holder) => std::iter::once(number)
                    .chain(holder.begin..holder.end)
                    .collect(),
                None => vec![number],
            };
            files.push((item.name.clone(), items));
        }
        files
    }

    /// Whether an item is a zip whose entries are items too.
    pub(in crate::import) fn is_opened_zip(&self, item: u32) -> bool {
        self.holders
            .iter()
            .any(|holder| holder.item == item && holder.is_zip)
    }
}

/// The parts of an item's path: folders, and its own name.
pub(in crate::import) fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['/', '\\']).filter(|part| !part.is_empty())
}

/// The name of a compressed file without its ending: `sms.xml` of `sms.xml.gz`.
fn without_ending(name: Option<&str>) -> &str {
    let name = name.unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.eq_ignore_ascii_case("gz") => stem,
        _ => name,
    }
}

/// What is told of an archive that ends early or is damaged.
pub(super) fn cut(fault: &str) -> String {
    format!(
        "The archive is damaged or cut short ({fault}): what is whole before that was read; copy \
         it again."
    )
}

/// Whether bytes are compressed with gzip (RFC 1952, 2.3.1).
///
/// # Errors
/// When they cannot be read from disk.
pub(super) fn is_gzip(bytes: &Bytes) -> std::io::Result<bool> {
    Ok(bytes.piece(0, GZIP.len())? == GZIP)
}

/// A compressed tar, unpacked; `None` where bytes are none.
///
/// # Errors
/// When they cannot be read from disk.
pub(super) fn compressed_tar(bytes: &Bytes) -> std::io::Result<Option<Arc<Inflated>>> {
    if !is_gzip(bytes)? || !tar::is_tar(&inflated::first(bytes, Wrapping::Gzip, TAR_HEAD)) {
        return Ok(None);
    }
    let inflated = Inflated::open(bytes.clone(), Wrapping::Gzip)?;
    Ok(Some(Arc::new(inflated)))
}

/// What an item may hold.
enum Found {
    Zip,
    Rsmf,
    Outlook,
    Tar,
    Gzip,
}

impl Found {
    /// By an item's first bytes.
    fn of(head: &[u8]) -> Option<Found> {
        match head {
            [b'P', b'K', 3, 4, ..] => Some(Found::Zip),
            _ if outlook::may_be_container(head) => Some(Found::Outlook),
            _ if carried::is_rsmf(head) => Some(Found::Rsmf),
            _ if head.starts_with(&GZIP) => Some(Found::Gzip),
            _ if tar::is_tar(head.get(..TAR_HEAD)?) => Some(Found::Tar),
            _ => None,
        }
    }
}
