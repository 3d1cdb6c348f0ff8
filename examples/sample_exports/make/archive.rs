//! A zip whose bytes are the same on every machine.

use super::chat::{Fault, File};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Packs a chat and its files. Nothing is compressed: what a compressor gives may differ from one
/// version and processor to the next, and these files are compared byte for byte.
///
/// # Errors
/// When the zip cannot be made.
pub fn zip(name: &str, chat: &[u8], files: &[File]) -> Result<Vec<u8>, Fault> {
    let date = DateTime::from_date_and_time(2024, 4, 1, 9, 0, 0).map_err(|e| e.to_string())?;
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(date)
        .unix_permissions(0o644);
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let chat = (name, chat);
    let files = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in files.chain([chat]) {
        out.start_file(name, options).map_err(|e| e.to_string())?;
        out.write_all(bytes).map_err(|e| e.to_string())?;
    }
    Ok(out.finish().map_err(|e| e.to_string())?.into_inner())
}
