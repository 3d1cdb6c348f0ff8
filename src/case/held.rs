//! The bytes of one column: in memory while they are few, in a file when they are many.
//!
//! An import of hundreds of small exports would else make and remove thousands of files, which
//! takes as long as reading the exports.

use super::map::Map;
use super::{CaseError, layout};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Deref;
use std::path::Path;

/// Bytes kept back before each write to a file.
const BUFFER: usize = 1 << 15;

/// Takes bytes one after another.
pub(super) enum Out {
    /// In memory.
    Held(Vec<u8>),
    /// In a file.
    File(BufWriter<File>),
}

impl Out {
    /// Starts in memory.
    pub(super) fn held() -> Out {
        Out::Held(Vec::new())
    }

    /// Goes on in this file, which is new, with what was taken so far.
    pub(super) fn move_to_file(&mut self, path: &Path) -> Result<(), CaseError> {
        if let Out::Held(bytes) = self {
            let mut file = BufWriter::with_capacity(BUFFER, layout::new_file(path)?);
            file.write_all(bytes)
                .map_err(|error| CaseError::io(path, error))?;
            *self = Out::File(file);
        }
        Ok(())
    }

    /// Takes a number. As many bytes as the compiler knows of are stored where they belong, and no
    /// call copies them: a message is ten numbers.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, bytes: [u8; N]) -> io::Result<()> {
        match self {
            Out::Held(held) => {
                held.extend_from_slice(&bytes);
                Ok(())
            }
            Out::File(file) => file.write_all(&bytes),
        }
    }

    /// Writes out what is kept back and gives all bytes for reading. A file is not durable yet.
    pub(super) fn finish(self, path: &Path) -> Result<Bytes, CaseError> {
        match self {
            Out::Held(bytes) => Ok(Bytes::Held(bytes)),
            Out::File(file) => {
                file.into_inner()
                    .map_err(|error| CaseError::io(path, error.into_error()))?;
                Bytes::open(path)
            }
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Held(held) => held.write(bytes),
            Out::File(file) => file.write(bytes),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Out::Held(held) => {
                held.extend_from_slice(bytes);
                Ok(())
            }
            Out::File(file) => file.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Held(_) => Ok(()),
            Out::File(file) => file.flush(),
        }
    }
}

/// Bytes that do not change any more.
#[derive(Debug)]
pub(super) enum Bytes {
    /// In memory.
    Held(Vec<u8>),
    /// In a file of the case.
    Mapped(Map),
}

impl Bytes {
    /// Maps a file of the case.
    pub(super) fn open(path: &Path) -> Result<Bytes, CaseError> {
        Map::open(path)
            .map(Bytes::Mapped)
            .map_err(|error| CaseError::io(path, error))
    }

    /// Gives back the memory of what was read of a file so far.
    pub(super) fn let_go(&self) {
        if let Bytes::Mapped(map) = self {
            map.let_go();
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Held(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}
