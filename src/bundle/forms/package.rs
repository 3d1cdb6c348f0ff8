//! What several forms are packed in: a zip without compression, and base64 in lines.

use crate::bundle::error::BundleError;
use crate::bundle::making::Bag;
use crate::text::base64;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Bytes that stand in one line of base64: 76 signs (RFC 2045, section 6.8).
const LINE: usize = 57;

/// Makes a zip of files of the bag, each by the name it has in there, and gives the place it lies at;
/// whoever asked for it removes it. Nothing in it depends on the clock.
pub(super) fn zipped(bag: &mut Bag, files: &[(&str, &str)]) -> Result<PathBuf, BundleError> {
    let (path, file) = bag.aside("data/incoming.zip")?;
    let failed = |error: ZipError| BundleError::io(&path)(error.into());
    let mut zip = ZipWriter::new(Steady::new(file));
    for (name, from) in files {
        let place = bag.root().join(from);
        let mut from = File::open(&place).map_err(BundleError::io(&place))?;
        let size = from.metadata().map_err(BundleError::io(&place))?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .large_file(size >= u64::from(u32::MAX));
        zip.start_file(*name, options).map_err(failed)?;
        io::copy(&mut from, &mut zip).map_err(BundleError::io(&place))?;
    }
    match zip.finish().map_err(failed)?.failed {
        None => Ok(path),
        Some(error) => Err(BundleError::io(&path)(error)),
    }
}

/// Takes all that is written, and keeps the first error for whoever looks at the end: from then on
/// all goes nowhere. A writer of zips does not bear to be told: it tries to end its zip all the same
/// when it is let go, faults where the file is shorter than what it wrote, and complains on standard
/// error.
struct Steady<W> {
    to: W,
    failed: Option<io::Error>,
    /// Where it would be, and how long it would be.
    at: u64,
    end: u64,
}

impl<W> Steady<W> {
    fn new(to: W) -> Steady<W> {
        Steady {
            to,
            failed: None,
            at: 0,
            end: 0,
        }
    }

    /// Does something, if all went well so far.
    fn keep(&mut self, act: impl FnOnce(&mut W) -> io::Result<()>) {
        if self.failed.is_none() {
            self.failed = act(&mut self.to).err();
        }
    }
}

impl<W: Write> Write for Steady<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.keep(|to| to.write_all(bytes));
        self.at = self.at.saturating_add(bytes.len() as u64);
        self.end = self.end.max(self.at);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.keep(W::flush);
        Ok(())
    }
}

impl<W: Seek> Seek for Steady<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        let place = self.at;
        self.keep(|to| to.seek(SeekFrom::Start(place)).map(drop));
        Ok(place)
    }
}

/// Writes a file in base64, and removes it.
pub(super) fn put_coded(to: &mut impl Write, path: &PathBuf) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; LINE * 1024];
    loop {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match file.read(room)? {
                0 => break,
                count => filled += count,
            }
        }
        for line in buffer.get(..filled).unwrap_or_default().chunks(LINE) {
            write!(to, "{}\r\n", base64(line))?;
        }
        if filled < buffer.len() {
            return fs::remove_file(path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Small(io::Cursor<Vec<u8>>, usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.1.checked_sub(bytes.len()) {
                Some(left) => {
                    self.1 = left;
                    self.0.write(bytes)
                }
                None => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Small {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn packed(room: usize) -> Steady<Small> {
        let mut zip = ZipWriter::new(Steady::new(Small(io::Cursor::default(), room)));
        for name in ["one", "two"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&[7; 100]).unwrap();
        }
        zip.finish().unwrap()
    }

    #[test]
    fn a_disk_that_fills_at_any_byte_is_an_error_at_the_end_and_no_fault() {
        let whole = (0..2000).find(|room| packed(*room).failed.is_none());
        let whole = whole.unwrap();
        assert!(whole > 200, "{whole}");
        let full = packed(whole - 1).failed.unwrap();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        let mut read = zip::ZipArchive::new(packed(whole).to.0).unwrap();
        let mut text = Vec::new();
        read.by_name("two").unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, [7; 100]);
    }
}
