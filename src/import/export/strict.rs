//! What of a zip two programs could read differently: one goes by its directory, another by the
//! headers in front of the entries, a third looks for the directory elsewhere. Who hands over records
//! must not be shown other messages than who receives them; so such a zip is refused.
//!
//! The rules are those that uv has for packages (astral-sh/uv, pull request 15136): nothing after
//! the end record, and one of them; the directory where that record says, also in the wide form of
//! it; an entry for every header and a header for every entry, with the same sizes and checksum.
//! Entries of one name are told apart here, and none hides another. An entry whose header
//! disagrees costs itself ([`archive`](super::archive)).

use super::bytes::Bytes;
use super::cut;
use super::listing::Packed;
use std::io;

/// Bytes of an end record without its remark, and of the longest remark (APPNOTE 4.3.16).
const END: usize = 22;
const REMARK: usize = 65_535;
/// Bytes of what stands before it in a zip of more than 4 GiB, and says where its wide form is
/// (4.3.15).
const LOCATOR: u64 = 20;
/// Most bytes between entries that are looked at.
const LOOK: usize = 1 << 20;

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at.saturating_add(length)).unwrap_or_default();
    let digits = bytes.iter().rev();
    digits.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What is found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Why it is refused, for a person.
    pub(super) refused: Option<&'static str>,
    /// How many bytes belong to no entry, and are not the zip's own.
    pub(super) between: u64,
}

impl Found {
    fn refuse(why: &'static str) -> Found {
        Found {
            refused: Some(why),
            between: 0,
        }
    }
}

/// Where the directory begins, and one past its last byte.
fn directory(bytes: &Bytes, length: u64) -> io::Result<Result<(u64, u64), &'static str>> {
    let begin = length.saturating_sub((END + REMARK) as u64);
    let last = bytes.piece(begin, END + REMARK)?;
    let mut ends = memchr::memmem::find_iter(&last, b"PK\x05\x06").filter(|at| {
        let record = last.get(*at..).unwrap_or_default();
        record.len() >= END
            && number(record, 20, 2).saturating_add(END as u64) <= record.len() as u64
    });
    let ends: Vec<usize> = ends.by_ref().collect();
    let whole = |at: &&usize| {
        let record = last.get(**at..).unwrap_or_default();
        number(record, 20, 2).saturating_add(END as u64) == record.len() as u64
    };
    let whole: Vec<usize> = ends.iter().filter(whole).copied().collect();
    let [only] = whole.as_slice() else {
        return Ok(Err(match whole.is_empty() {
            true => "has bytes after its end, in which another program may find other files",
            false => "ends twice, and two programs may find different files in it",
        }));
    };
    let record = last.get(*only..).unwrap_or_default();
    let place = begin.saturating_add(*only as u64);
    let (size, offset) = (number(record, 12, 4), number(record, 16, 4));
    let locator = bytes.piece(place.saturating_sub(LOCATOR), LOCATOR as usize)?;
    if place >= LOCATOR && locator.starts_with(b"PK\x06\x07") {
        let wide_at = number(&locator, 8, 8);
        let wide = bytes.piece(wide_at, 56)?;
        let ends = wide_at
            .saturating_add(number(&wide, 4, 8))
            .saturating_add(12);
        if !wide.starts_with(b"PK\x06\x06") || ends != place - LOCATOR {
            return Ok(Err(MOVED));
        }
        let (size, offset) = (number(&wide, 40, 8), number(&wide, 48, 8));
        return Ok(match offset.checked_add(size) {
            Some(end) if end == wide_at => Ok((offset, end)),
            _ => Err(MOVED),
        });
    }
    Ok(match offset.checked_add(size) {
        Some(end) if end == place => Ok((offset, end)),
        _ => Err(MOVED),
    })
}

const MOVED: &str = "has its directory elsewhere than its end says, and two programs may find different files in it";

/// Looks at a zip whose directory lists these entries.
///
/// # Errors
/// When it cannot be read from disk.
pub(super) fn look(bytes: &Bytes, entries: &[Packed]) -> io::Result<Found> {
    let length = bytes.length()?;
    let (begin, _) = match directory(bytes, length)? {
        Ok(directory) => directory,
        Err(why) => return Ok(Found::refuse(why)),
    };
    let mut ordered: Vec<&Packed> = entries.iter().collect();
    ordered.sort_by_key(|entry| entry.header_start);
    let mut found = Found::default();
    let mut place = 0;
    for entry in ordered {
        found = between(bytes, place, entry.header_start, found)?;
        if found.refused.is_some() {
            return Ok(found);
        }
        let Some(header) = cut::header(bytes, entry.header_start)? else {
            // It costs itself, and what follows is found by its own header.
            place = entry.header_start.saturating_add(entry.compressed);
            continue;
        };
        place = header.end.saturating_add(entry.compressed);
        if header.follows {
            place = place.saturating_add(descriptor(bytes, place, entry)?);
        }
    }
    between(bytes, place, begin, found)
}

/// What stands between two entries.
fn between(bytes: &Bytes, from: u64, to: u64, mut found: Found) -> io::Result<Found> {
    let Some(length) = to.checked_sub(from) else {
        return Ok(Found::refuse(
            "has entries that share the same bytes, which no app writes; it may be a trap",
        ));
    };
    if length > 0 {
        let look = usize::try_from(length).unwrap_or(LOOK).min(LOOK);
        let piece = bytes.piece(from, look)?;
        if memchr::memmem::find(&piece, b"PK\x03\x04").is_some() {
            return Ok(Found::refuse(
                "holds a file that its directory does not list, and that another program may find",
            ));
        }
        found.between = found.between.saturating_add(length);
    }
    Ok(found)
}

/// How long what follows an entry is, in which its sizes and checksum are told (4.3.9): with its
/// mark or without, with sizes of four bytes or eight.
fn descriptor(bytes: &Bytes, place: u64, entry: &Packed) -> io::Result<u64> {
    let piece = bytes.piece(place, 24)?;
    for (mark, wide) in [(true, false), (true, true), (false, false), (false, true)] {
        let (begin, each) = (if mark { 4 } else { 0 }, if wide { 8 } else { 4 });
        let is_marked = piece.starts_with(b"PK\x07\x08");
        let narrow = |size: u64| {
            if wide {
                size
            } else {
                size & u64::from(u32::MAX)
            }
        };
        let tells = number(&piece, begin, 4) == u64::from(entry.crc)
            && number(&piece, begin + 4, each) == narrow(entry.compressed)
            && number(&piece, begin + 4 + each, each) == narrow(entry.size);
        if mark == is_marked && tells {
            return Ok((begin + 4 + 2 * each) as u64);
        }
    }
    Ok(0)
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::super::Export;
    use std::io::Write;
    use std::path::Path;
    use zip::write::SimpleFileOptions;

    fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn opened(folder: &Path, bytes: &[u8]) -> Result<Export, String> {
        let path = folder.join("x.zip");
        std::fs::write(&path, bytes).unwrap();
        Export::from_file(&path, "x.zip").map_err(|error| error.to_string())
    }

    fn end_of(zip: &[u8]) -> usize {
        memchr::memmem::rfind(zip, b"PK\x05\x06").unwrap()
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = |bytes: &[u8]| opened(folder.path(), bytes);
        let plain = zip_of(&[("a.txt", "one"), ("b.txt", "two")]);
        let other = zip_of(&[("a.txt", "other")]);
        let whole = open(&plain).unwrap();
        assert_eq!(whole.items.len(), 2);
        assert!(whole.notes.is_empty(), "{:?}", whole.notes);
        // Another zip behind it, or bytes behind it.
        for behind in [other.clone(), b"junk".to_vec()] {
            let why = open(&[plain.clone(), behind].concat()).unwrap_err();
            assert!(
                why.contains("after its end") || why.contains("elsewhere"),
                "{why}"
            );
        }
        // Another zip before it.
        let why = open(&[other.clone(), plain.clone()].concat()).unwrap_err();
        assert!(why.contains("elsewhere"), "{why}");
        // Another zip in its remark.
        let mut remark = plain.clone();
        let at = end_of(&remark) + 20;
        let length = u16::try_from(other.len()).unwrap();
        remark[at..at + 2].copy_from_slice(&length.to_le_bytes());
        remark.extend_from_slice(&other);
        let why = open(&remark).unwrap_err();
        assert!(why.contains("ends twice"), "{why}");
        // An entry that the directory does not list: of two, it lists the second.
        let end = end_of(&plain);
        let begin = usize::try_from(super::number(&plain, end + 16, 4)).unwrap();
        let second = begin + memchr::memmem::rfind(&plain[begin..end], b"PK\x01\x02").unwrap();
        let mut hidden = plain[..begin].to_vec();
        hidden.extend_from_slice(&plain[second..end]);
        let mut record = plain[end..].to_vec();
        record[8..12].copy_from_slice(&[1, 0, 1, 0]);
        record[12..16].copy_from_slice(&u32::try_from(end - second).unwrap().to_le_bytes());
        hidden.extend_from_slice(&record);
        let why = open(&hidden).unwrap_err();
        assert!(why.contains("does not list"), "{why}");
    }

    #[test]
    fn an_entry_whose_header_disagrees_costs_itself() {
        let folder = tempfile::tempdir().unwrap();
        let plain = zip_of(&[("a.txt", "one"), ("b.txt", "two")]);
        // The checksum, the compressed size and the size in the first header.
        for at in [14, 18, 22] {
            let mut changed = plain.clone();
            changed[at] ^= 1;
            let export = opened(folder.path(), &changed).unwrap();
            let Err(why) = export.open(0) else {
                panic!("it is opened")
            };
            assert!(why.to_string().contains("disagrees"), "{why}");
            assert!(export.open(1).is_ok());
        }
    }
}
