//! Mapped reads of the case's own write-once files: the one place with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// The bytes of one file of the case, mapped for reading. An empty file maps to no bytes.
#[derive(Debug, Default)]
pub struct Map(Option<memmap2::Mmap>);

impl Map {
    /// Maps a file that stands inside the case folder and is never written again.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Map> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Map(None));
        }
        // SAFETY: a map is sound while nobody shortens or rewrites the file below it. docket maps
        // only files of its own case folder (0700, files 0600 or 0400) that it writes once, beside
        // their place, and publishes by rename; it replaces such a file by another rename, which
        // leaves this map on the old bytes. A person's own export is never mapped, only the
        // sealed copy of it.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(Map(Some(map)))
    }

    /// Gives back the memory of what was read so far; what is read again comes from the file again.
    pub fn let_go(&self) {
        if let Some(map) = &self.0 {
            // SAFETY: the map is shared and read-only over a file that never changes (see above), so
            // that the system fills its pages from the file again with the same bytes.
            #[allow(unsafe_code)]
            let advised = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
            // Where the system takes no advice, the memory stays until it is wanted elsewhere.
            drop(advised);
        }
    }

    /// As [`Map::open`]; a file that is not there is empty.
    ///
    /// # Errors
    /// When it is there and cannot be opened or mapped.
    pub fn open_if_there(path: &Path) -> io::Result<Map> {
        match Map::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Map(None)),
            opened => opened,
        }
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
