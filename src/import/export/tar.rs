//! Tars, listed strictly; what their entries hold is read in place.
//!
//! Read are the headers of POSIX (ustar and pax, IEEE Std 1003.1 `pax`), of GNU tar (long names,
//! sizes as binary numbers) and of V7, told by their checksum. Links and devices are listed and
//! never followed; entries with holes are told and not read. A damaged header costs what stands up
//! to the next sound one. A tar has no directory: what it declares past its end is told as cut.

use super::bytes::Bytes;
use super::{Item, ItemRole, role_of};
use crate::import::ReadError;

/// Headers and what follows them stand at multiples of it.
const BLOCK: u64 = 512;
/// Most entries one tar may have.
const MAX_ENTRIES: usize = 100_000;
/// Longest name, and longest list of pax records, that is read.
const LONGEST: u64 = 1 << 20;

/// Where an entry's bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) begin: u64,
    pub(super) length: u64,
}

/// What a tar lists.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) items: Vec<Item>,
    pub(super) places: Vec<Stored>,
    /// What is to be told of it as a whole, one sentence each.
    pub(super) notes: Vec<String>,
}

/// A header.
struct Header {
    name: Vec<u8>,
    size: Option<u64>,
    kind: u8,
}

/// What the entries before said of the next one.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// A field of text: up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number: octal digits, or GNU's binary form with the top bit set. `None` where it is neither.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => rest.iter().try_fold(0u64, |value, byte| {
            value.checked_mul(256)?.checked_add(u64::from(*byte))
        }),
        [0x81..=0xFF, ..] => None,
        _ => {
            let digits = field.trim_ascii_start();
            let digits = digits
                .split(|byte| matches!(byte, 0 | b' '))
                .next()
                .unwrap_or_default();
            digits.iter().try_fold(0u64, |value, digit| match digit {
                b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
                _ => None,
            })
        }
    }
}

/// Reads a header; `None` where its checksum does not say that it is one.
fn header(block: &[u8]) -> Option<Header> {
    let field = |from: usize, length: usize| block.get(from..from.saturating_add(length));
    let told = number(field(148, 8)?)?;
    let sum: u64 = (0usize..)
        .zip(block)
        .map(|(at, byte)| match at {
            148..=155 => u64::from(b' '),
            _ => u64::from(*byte),
        })
        .sum();
    let is_blank = block.iter().all(|byte| *byte == 0);
    if block.len() as u64 != BLOCK || told != sum || is_blank {
        return None;
    }
    let mut name = text(field(0, 100)?).to_vec();
    let prefix = text(field(345, 155)?);
    // Of the magic, GNU's own ends in blanks, and has other things where POSIX has the prefix.
    if field(257, 6)? == b"ustar\0" && !prefix.is_empty() {
        name = [prefix, b"/", &name].concat();
    }
    Some(Header {
        name,
        size: number(field(124, 12)?),
        kind: *block.get(156)?,
    })
}

/// Whether bytes begin as a tar does.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(..512)
        .and_then(header)
        .is_some_and(|header| !header.name.is_empty() && header.size.is_some())
}

/// The records of a pax header: `length key=value\n` (the length counts the whole record).
fn pax(mut records: &[u8], said: &mut Said) {
    while let Some(blank) = memchr::memchr(b' ', records) {
        let length = std::str::from_utf8(records.get(..blank).unwrap_or_default())
            .ok()
            .and_then(|digits| digits.parse::<usize>().ok())
            .filter(|length| *length > blank && *length <= records.len());
        let Some(length) = length else { return };
        let record = records.get(blank + 1..length).unwrap_or_default();
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(equals) = memchr::memchr(b'=', record) {
            let (key, value) = record.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            match key {
                b"path" => said.name = Some(value.to_vec()),
                b"size" => {
                    let digits = std::str::from_utf8(value).ok();
                    said.size = digits.and_then(|digits| digits.parse().ok());
                }
                _ if key.starts_with(b"GNU.sparse.") => {
                    said.sparse = true;
                    if key == b"GNU.sparse.name" {
                        said.name = Some(value.to_vec());
                    }
                }
                _ => {}
            }
        }
        records = records.get(length..).unwrap_or_default();
    }
}

/// What keeps an entry of a kind from being read.
fn problem_of(kind: u8, is_sparse: bool) -> Option<&'static str> {
    match kind {
        b'0' | 0 | b'7' if is_sparse => Some("is stored with holes, which no export is"),
        b'0' | 0 | b'7' => None,
        b'S' => Some("is stored with holes, which no export is"),
        b'1' => Some("is a link to another entry, which is not followed"),
        b'2' => Some("is a symbolic link, which is never followed"),
        b'3' | b'4' | b'6' => Some("is a device, which is never opened"),
        b'5' | b'D' => Some("is a folder"),
        _ => Some("is an entry of a kind that docket does not know"),
    }
}

/// Lists a tar's entries in their order.
///
/// # Errors
/// When it cannot be read from disk, or has more entries than any export.
pub(super) fn list(bytes: &Bytes, name: &str) -> Result<Listing, ReadError> {
    let io = |source| ReadError::Io {
        path: name.into(),
        source,
    };
    let length = bytes.length().map_err(io)?;
    let mut listing = Listing::default();
    let mut said = Said::default();
    let mut place = 0u64;
    let mut skipped = 0u64;
    let mut ended = false;
    while place < length {
        let block = bytes.piece(place, BLOCK as usize).map_err(io)?;
        let found = header(&block);
        let Some(header) = found else {
            if block.iter().all(|byte| *byte == 0) {
                ended = true;
                break;
            }
            skipped = skipped.saturating_add(block.len() as u64);
            place = place.saturating_add(BLOCK);
            continue;
        };
        let begin = place.saturating_add(BLOCK);
        let left = length.saturating_sub(begin);
        let is_about_next = matches!(header.kind, b'L' | b'K' | b'x' | b'g' | b'X');
        let declared = match said.size.filter(|_| !is_about_next) {
            Some(size) => Some(size),
            None => header.size,
        };
        let size = declared.unwrap_or(u64::MAX);
        let takes = match header.kind {
            // These have no bytes, whatever their size says.
            b'1'..=b'6' => 0,
            _ => size,
        };
        if is_about_next && takes <= LONGEST && takes <= left {
            let about = usize::try_from(takes).unwrap_or_default();
            let about = bytes.piece(begin, about).map_err(io)?;
            match header.kind {
                b'L' => said.name = Some(text(&about).to_vec()),
                b'x' | b'X' => pax(&about, &mut said),
                _ => {}
            }
        } else {
            if listing.items.len() >= MAX_ENTRIES {
                return Err(ReadError::Refused {
                    path: name.into(),
                    reason: format!("has more than {MAX_ENTRIES} entries, which no export has"),
                });
            }
            let raw = said.name.take().unwrap_or(header.name);
            let entry = String::from_utf8_lossy(&raw).into_owned();
            let folder = matches!(header.kind, b'5' | b'D') || entry.ends_with('/');
            let mut problem = problem_of(header.kind, said.sparse).map(str::to_owned);
            if folder {
                problem = Some("is a folder".into());
            } else if takes > left {
                problem =
                    Some("is cut short: the archive ends within it; copy the archive again".into());
            }
            listing.items.push(Item {
                role: match () {
                    () if folder => ItemRole::Folder,
                    () if problem.is_some() => ItemRole::Other,
                    () => role_of(&entry),
                },
                name: entry,
                size: takes.min(left),
                problem,
            });
            listing.places.push(Stored {
                begin,
                length: takes.min(left),
            });
            said = Said::default();
        }
        let blocks = takes.div_ceil(BLOCK).saturating_mul(BLOCK);
        place = begin.saturating_add(blocks);
    }
    if skipped > 0 {
        listing.notes.push(format!(
            "{skipped} bytes of the archive belong to no entry: it is damaged; copy it again."
        ));
    }
    let cut = listing.items.last().is_some_and(|item| {
        item.problem
            .as_ref()
            .is_some_and(|why| why.contains("cut short"))
    });
    if !ended && (cut || place > length || !length.is_multiple_of(BLOCK)) {
        listing.notes.push(
            "The archive ends early, as when a download was cut short: what is whole in it was \
             read; copy it again and load it, then what is missing is added."
                .into(),
        );
    }
    Ok(listing)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;
    use std::sync::Arc;

    /// A header as POSIX has it, with its checksum.
    pub(crate) fn header_of(name: &[u8], size: u64, kind: u8) -> Vec<u8> {
        let mut block = vec![0; 512];
        block[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[156] = kind;
        block[257..263].copy_from_slice(b"ustar\0");
        seal(&mut block);
        block
    }

    fn seal(block: &mut [u8]) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }

    fn entry(name: &[u8], content: &[u8], kind: u8) -> Vec<u8> {
        let mut out = header_of(name, content.len() as u64, kind);
        out.extend_from_slice(content);
        out.resize(out.len().div_ceil(512) * 512, 0);
        out
    }

    fn listed(tar: &[u8]) -> (Bytes, Listing) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(tar).unwrap();
        let bytes = Bytes::File(Arc::new(file));
        let listing = list(&bytes, "a.tar").unwrap();
        (bytes, listing)
    }

    #[test]
    fn long_names_and_sizes_of_every_kind_are_read() {
        let long = "folder/".repeat(40) + "a.txt";
        let mut tar = entry(b"././@LongLink", long.as_bytes(), b'L');
        tar.extend(entry(b"folder/cut", b"one", b'0'));
        let records = "32 path=Takeout/caf\u{e9}/mail.mbox\n";
        assert_eq!(records.len(), 32);
        tar.extend(entry(b"PaxHeaders/x", records.as_bytes(), b'x'));
        tar.extend(entry(b"short", b"two", b'0'));
        let mut split = header_of(b"b.txt", 5, b'0');
        split[345..349].copy_from_slice(b"deep");
        seal(&mut split);
        tar.extend(split);
        tar.extend(b"three");
        tar.resize(tar.len().div_ceil(512) * 512, 0);
        let mut binary = header_of(b"c.txt", 0, b'0');
        binary[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
        seal(&mut binary);
        tar.extend(binary);
        tar.extend(b"four");
        tar.resize(tar.len().div_ceil(512) * 512, 0);
        tar.extend([0; 1024]);
        assert!(is_tar(&tar));
        let (bytes, listing) = listed(&tar);
        assert!(listing.notes.is_empty(), "{:?}", listing.notes);
        let names: Vec<&str> = listing
            .items
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        assert_eq!(
            names,
            [&long, "Takeout/caf\u{e9}/mail.mbox", "deep/b.txt", "c.txt"]
        );
        let read: Vec<Vec<u8>> = listing
            .places
            .iter()
            .map(|place| bytes.piece(place.begin, place.length as usize).unwrap())
            .collect();
        assert_eq!(read, [&b"one"[..], b"two", b"three", b"four"]);
    }

    #[test]
    fn what_is_no_plain_file_is_told_and_never_followed() {
        let mut tar = Vec::new();
        for (kind, says) in [
            (b'1', "link to another"),
            (b'2', "symbolic"),
            (b'3', "device"),
            (b'4', "device"),
            (b'6', "device"),
            (b'S', "holes"),
            (b'Z', "kind"),
        ] {
            let (_, listing) = listed(&entry(b"../../etc/passwd", b"", kind));
            let problem = listing.items[0].problem.as_deref().unwrap();
            assert!(problem.contains(says), "{problem}");
            tar.extend(entry(b"x", b"", kind));
        }
        // What declares more than there is, and more than can be, is cut.
        for size in [513, u64::from(u32::MAX)] {
            let mut tar = entry(b"a.txt", b"one", b'0');
            tar.extend(header_of(b"b.txt", size, b'0'));
            tar.extend(b"tw");
            let (_, listing) = listed(&tar);
            assert_eq!(listing.items[0].problem, None);
            assert!(
                listing.items[1]
                    .problem
                    .as_ref()
                    .unwrap()
                    .contains("cut short")
            );
            assert!(
                listing.notes[0].contains("ends early"),
                "{:?}",
                listing.notes
            );
        }
        let mut absurd = header_of(b"b.txt", 0, b'0');
        absurd[124..136].fill(0xFF);
        seal(&mut absurd);
        assert_eq!(listed(&absurd).1.items[0].size, 0);
        // A damaged header costs its entry.
        let mut tar = entry(b"a.txt", b"one", b'0');
        tar.extend(entry(b"b.txt", b"two", b'0'));
        tar.extend(entry(b"c.txt", b"three", b'0'));
        tar.extend([0; 1024]);
        tar[1024] ^= 1;
        let (_, listing) = listed(&tar);
        let names: Vec<&str> = listing
            .items
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        assert_eq!(names, ["a.txt", "c.txt"]);
        assert!(
            listing.notes[0].contains("1024 bytes"),
            "{:?}",
            listing.notes
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_end_in_a_listing_within_them(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..4000),
            sizes in proptest::collection::vec(any::<u64>(), 0..6),
        ) {
            for size in sizes {
                bytes.resize(bytes.len().div_ceil(512) * 512, 0);
                bytes.extend(header_of(b"x", size & 0o77_777_777_777, b'0'));
            }
            let (_, listing) = listed(&bytes);
            for place in listing.places {
                prop_assert!(place.begin.saturating_add(place.length) <= bytes.len().next_multiple_of(512) as u64);
            }
        }
    }
}
