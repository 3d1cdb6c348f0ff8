//! A zip without its directory, which stands at the end: a copy or a download was cut short. Its
//! entries are found one after the other by their own headers (APPNOTE 4.3.7).
//!
//! Only a zip in which no end record of its own stands is read so. One with a damaged directory is refused,
//! since two readers could read it differently.

use super::bytes::Bytes;
use super::inflated::{Inflated, Wrapping};
use super::listing::{LOCAL_HEADER, Listing, MAX_ENTRIES, Packed};
use super::{Item, ItemRole, role_of};
use std::io;

/// Bytes of an end record, and of the longest remark behind it.
const END: u64 = 22 + 65_535;

/// Whether bytes begin as a zip does and have no end record.
pub(super) fn is_cut(bytes: &Bytes) -> io::Result<bool> {
    if bytes.piece(0, 4)? != b"PK\x03\x04" {
        return Ok(false);
    }
    let length = bytes.length()?;
    let begin = length.saturating_sub(END);
    let last = bytes.piece(begin, END as usize)?;
    Ok(!memchr::memmem::find_iter(&last, b"PK\x05\x06").any(|at| {
        is_end(
            last.get(at..).unwrap_or_default(),
            begin.saturating_add(at as u64),
        )
    }))
}

/// Whether an end record is that of the zip, and not that of a zip in it: with its remark it stands
/// at the end, or its directory stands right before it (APPNOTE 4.3.16).
fn is_end(record: &[u8], place: u64) -> bool {
    let number = |at: usize, length: usize| {
        let bytes = record
            .get(at..at.saturating_add(length))
            .unwrap_or_default();
        bytes
            .iter()
            .rev()
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let wide = u64::from(u32::MAX);
    let (size, offset) = (number(12, 4), number(16, 4));
    record.len() as u64 == number(20, 2).saturating_add(22)
        || offset.saturating_add(size) == place
        || size == wide
        || offset == wide
}

/// What a header in front of an entry says.
pub(super) struct Header {
    encrypted: bool,
    /// Sizes and checksum follow the entry instead.
    pub(super) follows: bool,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    name: Vec<u8>,
    /// One past its last byte.
    pub(super) end: u64,
}

/// The header at a place; `None` where there is none.
pub(super) fn header(bytes: &Bytes, place: u64) -> io::Result<Option<Header>> {
    let fixed = bytes.piece(place, LOCAL_HEADER as usize)?;
    let two = |at: usize| match fixed.get(at..at.saturating_add(2)) {
        Some([low, high]) => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    let four = |at: usize| u32::from(two(at)) | u32::from(two(at.saturating_add(2))) << 16;
    if fixed.len() as u64 != LOCAL_HEADER || !fixed.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let after = place.saturating_add(LOCAL_HEADER);
    let name = bytes.piece(after, usize::from(two(26)))?;
    let extra_at = after.saturating_add(u64::from(two(26)));
    let extra = bytes.piece(extra_at, usize::from(two(28)))?;
    if name.len() != usize::from(two(26)) || extra.len() != usize::from(two(28)) {
        return Ok(None);
    }
    let (mut compressed, mut size) = (u64::from(four(18)), u64::from(four(22)));
    if compressed == u64::from(u32::MAX) || size == u64::from(u32::MAX) {
        // Sizes past 4 GiB stand in an extra field: the size, then the compressed one (4.5.3).
        if let Some((wide_size, wide_compressed)) = wide(&extra) {
            size = wide_size;
            compressed = wide_compressed;
        }
    }
    Ok(Some(Header {
        encrypted: two(6) & 1 != 0,
        follows: two(6) & 8 != 0,
        method: two(8),
        crc: four(14),
        compressed,
        size,
        name,
        end: extra_at.saturating_add(extra.len() as u64),
    }))
}

fn wide(mut extra: &[u8]) -> Option<(u64, u64)> {
    loop {
        let [i0, i1, l0, l1] = extra.get(..4)? else {
            return None;
        };
        let length = usize::from(u16::from_le_bytes([*l0, *l1]));
        let field = extra.get(4..length.checked_add(4)?)?;
        if [*i0, *i1] == [1, 0] {
            let eight = |at: usize| -> Option<u64> {
                let eight = field.get(at..at.checked_add(8)?)?;
                Some(u64::from_le_bytes(eight.try_into().ok()?))
            };
            return Some((eight(0)?, eight(8)?));
        }
        extra = extra.get(length.checked_add(4)?..)?;
    }
}

/// Lists the entries that stand there; the last of them may be cut.
///
/// # Errors
/// When the bytes cannot be read from disk.
pub(super) fn list(bytes: &Bytes) -> io::Result<Listing> {
    let length = bytes.length()?;
    let mut listing = Listing::default();
    let mut place = 0u64;
    while listing.items.len() < MAX_ENTRIES {
        let Some(mut header) = header(bytes, place)? else {
            break;
        };
        let deflated = header.method == 8;
        let mut next = header.end.saturating_add(header.compressed);
        let mut problem = None;
        if header.encrypted {
            problem = Some("is encrypted and needs a password");
        } else if !deflated && header.method != 0 {
            problem = Some("is compressed in a way that is not supported");
        }
        if header.follows && problem.is_none() {
            if deflated {
                let rest = bytes.run(header.end, length.saturating_sub(header.end));
                let inflated = Inflated::open(rest, Wrapping::Bare)?;
                header.compressed = inflated.taken();
                header.size = inflated.length();
                header.crc = inflated.crc();
                next = header.end.saturating_add(inflated.taken());
                match inflated.fault() {
                    Some(_) => next = u64::MAX,
                    None => next = after_sizes(bytes, next)?,
                }
            } else {
                problem = Some("does not say how long it is");
                next = u64::MAX;
            }
        } else if header.follows {
            next = u64::MAX;
        }
        if next > length {
            problem = problem.or(Some("is cut short: the zip ends within it"));
        }
        let name = String::from_utf8_lossy(&header.name).into_owned();
        let folder = name.ends_with('/');
        let problem = match problem {
            _ if folder => Some("is a folder".to_owned()),
            Some(problem) => Some(format!("{problem}; copy the zip again")),
            None => None,
        };
        listing.items.push(Item {
            role: match () {
                () if folder => ItemRole::Folder,
                () if problem.is_some() => ItemRole::Other,
                () => role_of(&name),
            },
            name,
            size: header.size,
            problem,
        });
        listing.entries.push(Packed {
            header_start: place,
            name_raw: header.name,
            compressed: header.compressed,
            size: header.size,
            crc: header.crc,
            deflated,
        });
        place = next;
        if place > length {
            break;
        }
    }
    listing.notes.push(
        "The zip ends early: its directory is missing, as when a copy or a download was cut \
         short. What is whole in it was read; copy it again and load it, then what is missing is \
         added."
            .into(),
    );
    Ok(listing)
}

/// One past the sizes and the checksum that follow an entry (APPNOTE 4.3.9): with a mark before
/// them or without, wide or not.
fn after_sizes(bytes: &Bytes, place: u64) -> io::Result<u64> {
    let after = bytes.piece(place, 28)?;
    let is_next = |at: usize| match after.get(at..) {
        Some([]) => true,
        Some(rest) => rest.starts_with(b"PK\x03\x04") || rest.starts_with(b"PK\x01\x02"),
        None => false,
    };
    let marked = after.starts_with(b"PK\x07\x08");
    let length = match marked {
        true if is_next(16) => 16,
        true if is_next(24) => 24,
        true => 16,
        false if is_next(12) => 12,
        false if is_next(20) => 20,
        false => 12,
    };
    Ok(place.saturating_add(length))
}
