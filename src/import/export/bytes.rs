//! Bytes that can be read at any place, wherever they stand: a file, a run of one, what is
//! compressed or encoded in one.

use super::carried::Carried;
use super::inflated::Inflated;
use crate::import::outlook;
use crate::sandbox::patience;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Where bytes are.
#[derive(Clone, Debug)]
pub(super) enum Bytes {
    /// They are a file.
    File(Arc<File>),
    /// They stand encoded within others.
    Carried(Arc<Carried>),
    /// They stand compressed within others.
    Inflated(Arc<Inflated>),
    /// They stand as they are within others.
    Run(Arc<Run>),
}

/// A run of other bytes.
#[derive(Debug)]
pub(super) struct Run {
    of: Bytes,
    begin: u64,
    length: u64,
}

impl Bytes {
    /// A run of these.
    pub(super) fn run(&self, begin: u64, length: u64) -> Bytes {
        Bytes::Run(Arc::new(Run {
            of: self.clone(),
            begin,
            length,
        }))
    }

    /// Reads from a place; fewer than asked for may come, none at the end alone.
    pub(super) fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        match self {
            Bytes::File(file) => read_at(file, buffer, place),
            Bytes::Carried(carried) => carried.read_at(buffer, place),
            Bytes::Inflated(inflated) => inflated.read_at(buffer, place),
            Bytes::Run(run) => {
                let left = run.length.saturating_sub(place);
                let wanted = usize::try_from(left)
                    .unwrap_or(usize::MAX)
                    .min(buffer.len());
                let buffer = buffer.get_mut(..wanted).unwrap_or_default();
                run.of.read_at(buffer, run.begin.saturating_add(place))
            }
        }
    }

    /// Reads from a place until the buffer is full or the bytes end; gives how many there were.
    pub(super) fn fill_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, place.saturating_add(filled as u64))? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Exactly so many bytes from a place; fewer at the end alone.
    pub(super) fn piece(&self, place: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; length];
        let count = self.fill_at(&mut piece, place)?;
        piece.truncate(count);
        Ok(piece)
    }

    /// How many there are.
    pub(super) fn length(&self) -> io::Result<u64> {
        match self {
            Bytes::File(file) => Ok(file.metadata()?.len()),
            Bytes::Carried(carried) => Ok(carried.length()),
            Bytes::Inflated(inflated) => Ok(inflated.length()),
            Bytes::Run(run) => Ok(run.length),
        }
    }

    /// A stream of them from a place.
    pub(super) fn from(&self, place: u64) -> Shared {
        Shared {
            bytes: self.clone(),
            place,
        }
    }
}

impl outlook::Bytes for Bytes {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill_at(buffer, place)
    }

    fn size(&self) -> io::Result<u64> {
        self.length()
    }

    fn closed(&self) -> Arc<dyn outlook::Bytes> {
        if let Bytes::Inflated(inflated) = self {
            inflated.rest();
        }
        Arc::new(self.clone())
    }
}

/// One reader of bytes that others read too: it keeps its own place.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    bytes: Bytes,
    pub(super) place: u64,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(buffer, self.place)?;
        self.place = self.place.saturating_add(count as u64);
        Ok(count)
    }
}

/// A file that is read from its place on.
#[derive(Debug)]
pub(super) struct Streamed(pub(super) File);

impl Read for Streamed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        patience::reads();
        self.0.read(buffer)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.bytes.length()?.checked_add_signed(by),
        };
        self.place = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.place)
    }
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    patience::reads();
    std::os::unix::fs::FileExt::read_at(file, buffer, place)
}

#[cfg(windows)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    patience::reads();
    std::os::windows::fs::FileExt::seek_read(file, buffer, place)
}
