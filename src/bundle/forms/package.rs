//! What several forms are packed in: a zip without compression, and base64 in lines.

use crate::bundle::BundleError;
use crate::bundle::making::Bag;
use crate::text::base64;
use std::fs::{self, File};
use std::io::{self, Read, Write};
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
    let mut zip = zip::ZipWriter::new(file);
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
    zip.finish().map_err(failed)?;
    Ok(path)
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
