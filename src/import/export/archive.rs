//! Zips, read strictly and streaming.
//!
//! The listing comes from the `zip` crate, which keeps entries of the same name apart; the bytes
//! of an entry are read here, so that each stream owns what it needs. What no exporting app writes
//! and what two readers could read differently is refused: encryption, several disks, entries that
//! overlap, what [`strict`] finds. An entry whose own header disagrees with the zip's directory is damaged. A symbolic
//! link is listed and never followed. A damaged entry costs that entry.
//!
//! Limits, on what really comes out and not on what the zip declares: 100,000 entries; an entry
//! gives at most the bytes it declares; past 64 MiB it gives at most 200 times its compressed
//! bytes (text of a chat stays under 30).

use super::bytes::{Bytes, read_at};
use super::inflated::{FREE_OUTPUT, Inflated, MAX_RATIO, Wrapping};
use super::listing::{LOCAL_HEADER, Listing, MAX_ENTRIES, Packed};
use super::{Item, ItemRole, cut, role_of, strict};
use crate::import::ReadError;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

/// Whether a file is a zip: by its first bytes, or by its name.
pub(super) fn looks_like_zip(file: &File, name: &str) -> io::Result<bool> {
    let mut first = [0; 4];
    let mut filled = 0;
    while let Some(rest) = first.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_at(file, rest, filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    Ok(
        matches!(&first, b"PK\x03\x04" | b"PK\x05\x06" | b"PK\x07\x08")
            || ending.is_some_and(|ending| ending.eq_ignore_ascii_case("zip")),
    )
}

/// What is said of a part of a zip.
const SPLIT: &str = "is one part of a zip that was split into several; join them (zip -s 0 PART.zip \
                     --out WHOLE.zip, or a program that unpacks them) and load what comes of it";

/// Lists a zip's entries in the order of its directory.
///
/// # Errors
/// [`ReadError::Refused`] for a zip that cannot be trusted as a whole (see the head of this file).
pub(super) fn list(bytes: &Bytes, name: &str) -> Result<Listing, ReadError> {
    let refused = |reason: String| ReadError::Refused {
        path: name.into(),
        reason,
    };
    // The first part of a split one begins with a mark of its own (APPNOTE 8.5.3).
    let is_split = bytes.piece(0, 4).is_ok_and(|mark| mark == b"PK\x07\x08");
    let whole = |error: ZipError| match error {
        ZipError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => ReadError::Io {
            path: name.into(),
            source,
        },
        other if is_split || other.to_string().contains("Multi-disk") => refused(SPLIT.into()),
        other => refused(format!(
            "is not a whole zip ({other}); export or copy it again"
        )),
    };
    if cut::is_cut(bytes).map_err(|source| ReadError::Io {
        path: name.into(),
        source,
    })? {
        let listing = cut::list(bytes).map_err(|source| ReadError::Io {
            path: name.into(),
            source,
        })?;
        // Where not even one entry is whole, there is nothing to read.
        if listing.items.iter().any(|item| item.problem.is_none()) {
            return Ok(listing);
        }
    }
    let mut zip = ZipIterable::try_new(bytes.from(0), Config::default()).map_err(whole)?;
    if zip.len() > MAX_ENTRIES {
        return Err(refused(format!(
            "has {} entries; no export has more than {MAX_ENTRIES}",
            zip.len()
        )));
    }
    let mut items = Vec::new();
    let mut entries = Vec::new();
    for entry in zip.files().map_err(whole)? {
        let entry = entry.map_err(whole)?;
        if entry.encrypted() {
            return Err(refused(
                "is encrypted and needs a password; unpack it yourself and load the folder".into(),
            ));
        }
        let decoded = match entry.name() {
            Ok(decoded) => decoded.into_owned(),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
        };
        let deflated = entry.compression() == zip::CompressionMethod::Deflated;
        let stored = entry.compression() == zip::CompressionMethod::Stored;
        let folder = entry.is_dir();
        let problem = if entry.is_symlink() {
            Some("is a symbolic link, which is never followed".into())
        } else if folder {
            Some("is a folder".into())
        } else if !deflated && !stored {
            Some("is compressed in a way that is not supported; pack it again with Deflate".into())
        } else if stored && entry.size() != entry.compressed_size() {
            Some("declares two different sizes; it is damaged".into())
        } else {
            None
        };
        items.push(Item {
            role: if folder {
                ItemRole::Folder
            } else if problem.is_some() {
                ItemRole::Other
            } else {
                role_of(&decoded)
            },
            name: decoded,
            size: entry.size(),
            problem,
        });
        entries.push(Packed {
            header_start: entry.header_start(),
            name_raw: central_name(bytes, entry.central_header_start()).map_err(|source| {
                ReadError::Io {
                    path: name.into(),
                    source,
                }
            })?,
            compressed: entry.compressed_size(),
            size: entry.size(),
            crc: entry.crc32(),
            deflated,
        });
    }
    if overlapping(&entries) {
        return Err(refused(
            "has entries that share the same bytes, which no app writes; it may be a trap".into(),
        ));
    }
    let found = strict::look(bytes, &entries).map_err(|source| ReadError::Io {
        path: name.into(),
        source,
    })?;
    if let Some(why) = found.refused {
        return Err(refused(format!(
            "{why}; export or pack it again, or unpack it yourself and load the folder"
        )));
    }
    let mut notes = Vec::new();
    if found.between > 0 {
        notes.push(format!(
            "{} bytes of it belong to no entry and are not read.",
            found.between
        ));
    }
    Ok(Listing {
        items,
        entries,
        notes,
    })
}

/// The name in an entry of the directory, byte for byte (APPNOTE 4.3.12).
fn central_name(bytes: &Bytes, place: u64) -> io::Result<Vec<u8>> {
    let mut reader = bytes.from(place.saturating_add(28));
    let mut length = [0; 2];
    reader.read_exact(&mut length)?;
    reader.place = place.saturating_add(46);
    let mut name = vec![0; usize::from(u16::from_le_bytes(length))];
    reader.read_exact(&mut name)?;
    Ok(name)
}

/// Whether any byte belongs to two entries.
fn overlapping(entries: &[Packed]) -> bool {
    let mut spans: Vec<(u64, u64)> = entries
        .iter()
        .map(|entry| {
            let length = LOCAL_HEADER.saturating_add(entry.compressed);
            (
                entry.header_start,
                entry.header_start.saturating_add(length),
            )
        })
        .collect();
    spans.sort_unstable();
    spans
        .iter()
        .zip(spans.iter().skip(1))
        .any(|(this, next)| this.1 > next.0)
}

impl Packed {
    /// Where the entry's bytes begin.
    fn begin(&self, bytes: &Bytes, name: &str) -> Result<u64, ReadError> {
        let io = |source| ReadError::Io {
            path: name.into(),
            source,
        };
        let mut header = [0; LOCAL_HEADER as usize];
        let mut reader = bytes.from(self.header_start);
        reader
            .read_exact(&mut header)
            .map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => damaged(name, "the zip ends before it"),
                _ => io(source),
            })?;
        let (b"PK\x03\x04", [.., n0, n1, e0, e1]) = header.split_at(4) else {
            return Err(damaged(name, "its header is not one"));
        };
        let name_length = u16::from_le_bytes([*n0, *n1]);
        let extra_length = u16::from_le_bytes([*e0, *e1]);
        let mut own_name = vec![0; usize::from(name_length)];
        reader.read_exact(&mut own_name).map_err(io)?;
        if own_name != self.name_raw {
            return Err(damaged(name, "it has two different names"));
        }
        let own = cut::header(bytes, self.header_start).map_err(io)?;
        if !own.is_some_and(|own| self.agrees(&own)) {
            return Err(damaged(
                name,
                "what stands in front of it disagrees with the zip's directory",
            ));
        }
        Ok(reader.place.saturating_add(u64::from(extra_length)))
    }

    /// Whether the header in front of the entry tells the same of it as the directory. What follows the
    /// entry instead may be left open there.
    fn agrees(&self, own: &cut::Header) -> bool {
        let open = |told: u64, wanted: u64| told == wanted || (own.follows && told == 0);
        let deflated = own.method == 8;
        deflated == self.deflated
            && open(u64::from(own.crc), u64::from(self.crc))
            && open(own.compressed, self.compressed)
            && open(own.size, self.size)
    }

    /// A stream of the entry's bytes, decompressed and checked.
    pub(super) fn open(
        &self,
        bytes: &Bytes,
        name: &str,
    ) -> Result<Box<dyn Read + Send>, ReadError> {
        let reader = bytes.from(self.begin(bytes, name)?);
        let packed = BufReader::with_capacity(1 << 16, reader.take(self.compressed));
        let limit = FREE_OUTPUT.max(self.compressed.saturating_mul(MAX_RATIO));
        let unpacked: Box<dyn Read + Send> = if self.deflated {
            Box::new(flate2::bufread::DeflateDecoder::new(packed))
        } else {
            Box::new(packed)
        };
        Ok(Box::new(Checked {
            inner: unpacked,
            crc: flate2::Crc::new(),
            wanted_crc: self.crc,
            given: 0,
            size: self.size,
            limit,
        }))
    }

    /// The entry's bytes, decompressed and checked, to be read at any place.
    pub(super) fn bytes(&self, bytes: &Bytes, name: &str) -> Result<Bytes, ReadError> {
        let io = |source| ReadError::Io {
            path: name.into(),
            source,
        };
        let run = bytes.run(self.begin(bytes, name)?, self.compressed);
        if !self.deflated {
            return Ok(run);
        }
        let inflated = Inflated::open(run, Wrapping::Bare).map_err(io)?;
        match inflated.fault() {
            Some(fault) => Err(damaged(name, fault)),
            None if inflated.length() != self.size || inflated.crc() != self.crc => {
                Err(damaged(name, "its size or its checksum does not match"))
            }
            None => Ok(Bytes::Inflated(Arc::new(inflated))),
        }
    }
}

fn damaged(name: &str, what: &str) -> ReadError {
    ReadError::Refused {
        path: name.into(),
        reason: format!("is damaged: {what}; copy the zip again"),
    }
}

/// Counts and checks what comes out of an entry.
struct Checked {
    inner: Box<dyn Read + Send>,
    crc: flate2::Crc,
    wanted_crc: u32,
    given: u64,
    size: u64,
    limit: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let count = self.inner.read(buffer)?;
        if count == 0 {
            if self.given != self.size {
                return Err(bad("it is shorter than the zip says"));
            }
            if self.crc.sum() != self.wanted_crc {
                return Err(bad("its checksum does not match"));
            }
            return Ok(0);
        }
        self.crc.update(buffer.get(..count).unwrap_or_default());
        self.given = self.given.saturating_add(count as u64);
        if self.given > self.size {
            return Err(bad("it is longer than the zip says"));
        }
        if self.given > self.limit {
            return Err(bad(
                "it unpacks to far more than any chat; it may be a trap",
            ));
        }
        Ok(count)
    }
}
