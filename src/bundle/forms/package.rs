//! What several forms are packed in: a zip without compression, and base64 in lines.

use crate::bundle::BundleError;
use crate::bundle::making::Bag;
use crate::text::base64;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// Bytes that stand in one line of base64: 76 signs (RFC 2045, section 6.8).
const LINE: usize = 57;

/// Makes a zip of files of the bag, each by the name it has in there, and gives the place it lies at;
/// whoever asked for it removes it. Nothing in it depends on the clock.
pub(super) fn zipped(bag: &mut Bag, files: &[(&str, &str)]) -> Result<PathBuf, BundleError> {
    let (path, file) = bag.aside("data/incoming.zip")?;
    let failed = |error: zip::result::ZipError| BundleError::io(&path)(error.into());
    let mut zip = zip::ZipWriter::new(Steady::new(file));
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
    let written = zip.finish().map_err(failed)?;
    match written.gave_up {
        false => Ok(path),
        true => Err(BundleError::io(&path)(io::ErrorKind::WriteZero.into())),
    }
}

/// What fails once, and is told so once: from then on all goes well and nowhere. A writer of zips
/// that is let go after an error tries to end its zip all the same, complains on standard error, and
/// does not bear that the file is shorter than what it wrote.
struct Steady<W> {
    to: W,
    gave_up: bool,
    /// Where it would be, and how long it would be.
    at: u64,
    end: u64,
}

impl<W> Steady<W> {
    fn new(to: W) -> Steady<W> {
        Steady {
            to,
            gave_up: false,
            at: 0,
            end: 0,
        }
    }

    /// Notes an error after which the file is not what it should be.
    fn fails(&mut self, error: &io::Error) {
        self.gave_up = error.kind() != io::ErrorKind::Interrupted;
    }

    fn went(&mut self, count: usize) -> usize {
        self.at = self.at.saturating_add(count as u64);
        self.end = self.end.max(self.at);
        count
    }
}

impl<W: Write> Write for Steady<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match self.gave_up {
            true => Ok(bytes.len()),
            false => self.to.write(bytes),
        };
        let count = count.inspect_err(|error| self.fails(error))?;
        Ok(self.went(count))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match self.gave_up {
            true => Ok(()),
            false => self.to.flush(),
        };
        flushed.inspect_err(|error| self.fails(error))
    }
}

impl<W: Seek> Seek for Steady<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let place = place.ok_or(io::ErrorKind::InvalidInput)?;
        if !self.gave_up {
            let found = self.to.seek(SeekFrom::Start(place));
            found.inspect_err(|error| self.fails(error))?;
        }
        self.at = place;
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
    use zip::ZipWriter;

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

    fn packed(room: usize) -> zip::result::ZipResult<bool> {
        let mut zip = ZipWriter::new(Steady::new(Small(io::Cursor::default(), room)));
        for name in ["one", "two"] {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(&[7; 100])?;
        }
        Ok(zip.finish()?.gave_up)
    }

    #[test]
    fn a_disk_that_fills_at_any_byte_is_an_error_and_no_fault() {
        let whole = (0..2000).find(|room| packed(*room).is_ok()).unwrap();
        assert!(whole > 200, "{whole}");
        assert!(!packed(whole).unwrap());
    }
}
