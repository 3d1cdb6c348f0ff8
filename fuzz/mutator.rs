//! How inputs with checksums are changed. Blind changes to a zip or a tar end at its checksums, and
//! what it holds is never read; so what a zip holds is changed and packed anew, and the headers of a
//! tar are sealed anew.

use libfuzzer_sys::fuzzer_mutate;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Changes `data[..size]` to at most `most` bytes, and gives how many they are. One time in eight,
/// as it is drawn from `seed`, the bytes are changed blindly all the same.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    if seed % 8 != 0
        && data[..size].starts_with(b"PK\x03\x04")
        && let Some(zip) = packed_anew(&data[..size], most, seed / 8)
        && zip.len() <= most
    {
        data[..zip.len()].copy_from_slice(&zip);
        return zip.len();
    }
    let size = fuzzer_mutate(data, size, most);
    seal(&mut data[..size]);
    size
}

/// The zip again, without compression, with one of its files or names changed; nothing where it is
/// no sound zip.
fn packed_anew(bytes: &[u8], most: usize, seed: u32) -> Option<Vec<u8>> {
    let mut from = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let which = seed as usize % from.len().max(1);
    let is_renamed = (seed / 64).is_multiple_of(16);
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for at in 0..from.len() {
        let entry = from.by_index(at).ok()?;
        let mut name = entry.name().ok()?.into_owned();
        let mut content = Vec::new();
        entry.take(most as u64).read_to_end(&mut content).ok()?;
        if at == which && is_renamed {
            name = String::from_utf8_lossy(&changed(name.into_bytes(), 200)).into_owned();
        } else if at == which {
            let room = most.saturating_sub(bytes.len());
            let longest = content.len() + room;
            content = changed(content, longest);
        }
        to.start_file(name, options).ok()?;
        to.write_all(&content).ok()?;
    }
    Some(to.finish().ok()?.into_inner())
}

/// These bytes, changed, at most so many.
fn changed(mut bytes: Vec<u8>, most: usize) -> Vec<u8> {
    let length = bytes.len();
    bytes.resize(most.max(length).max(1), 0);
    let length = fuzzer_mutate(&mut bytes, length, most.max(1));
    bytes.truncate(length);
    bytes
}

/// Writes the checksum into each header of a tar: the sum of its bytes, as if those of the checksum
/// were spaces (POSIX.1-1988, ustar).
fn seal(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}
