//! Sealing: the bytes of an export, copied into the case while they are hashed, and never written
//! again.

use super::layout::{self, Layout};
use super::{CaseError, Progress};
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::fs::{self, File, Metadata};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const BUFFER: usize = 1 << 17;
/// A file that is being sealed or unpacked.
const INCOMING: &str = ".incoming";

/// One sealed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    /// In hexadecimal; also its name among the originals.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Whether the case did not have it before.
    pub is_new: bool,
}

/// Why a file was not sealed.
#[derive(Debug)]
pub(super) enum SealError {
    /// The file given cannot be read, or changed meanwhile: this source is refused.
    Refused(String),
    /// The case cannot be written, or the person stopped it.
    Case(CaseError),
}

impl From<CaseError> for SealError {
    fn from(error: CaseError) -> SealError {
        SealError::Case(error)
    }
}

/// SHA-256 of bytes, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file, in hexadecimal; `tick` is told the bytes of each step.
pub(super) fn hash_file(
    path: &Path,
    tick: &mut dyn FnMut(u64) -> Result<(), CaseError>,
) -> Result<String, CaseError> {
    let failed = |error| CaseError::io(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        tick(count as u64)?;
    }
}

/// What tells that a file was written to.
fn state(metadata: &Metadata) -> (u64, Option<std::time::SystemTime>, i64, i64) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (
            metadata.len(),
            metadata.modified().ok(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        )
    }
    #[cfg(not(unix))]
    (metadata.len(), metadata.modified().ok(), 0, 0)
}

/// Copies a stream to a new file beside its place while hashing it, and publishes it under its
/// hash in `folder`.
fn take_in(
    from: &mut dyn Read,
    folder: &Path,
    tick: &mut dyn FnMut(u64) -> Result<(), CaseError>,
    may_publish: impl FnOnce(u64) -> Result<(), SealError>,
) -> Result<Sealed, SealError> {
    let beside = folder.join(INCOMING);
    layout::remove(&beside)?;
    let outcome = copy_to(from, &beside, tick).and_then(|(sha256, size)| {
        may_publish(size)?;
        let place = folder.join(&sha256);
        let is_new = match fs::symlink_metadata(&place) {
            Ok(there) => there.len() != size,
            Err(_) => true,
        };
        if is_new {
            set_read_only(&beside)?;
            layout::publish(&beside, &place)?;
        }
        Ok(Sealed {
            sha256,
            size,
            is_new,
        })
    });
    layout::remove(&beside)?;
    outcome
}

fn copy_to(
    from: &mut dyn Read,
    beside: &Path,
    tick: &mut dyn FnMut(u64) -> Result<(), CaseError>,
) -> Result<(String, u64), SealError> {
    let mut to = layout::new_file(beside)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut size = 0u64;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SealError::Refused(format!("cannot be read: {error}"))),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes)
            .map_err(|error| CaseError::io(beside, error))?;
        size += count as u64;
        tick(count as u64)?;
    }
    to.sync_all()
        .map_err(|error| CaseError::io(beside, error))?;
    Ok((hex(&hash.finalize()), size))
}

pub(super) fn set_read_only(path: &Path) -> Result<(), CaseError> {
    let failed = |error| CaseError::io(path, error);
    let mut rights = fs::metadata(path).map_err(failed)?.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        rights.set_mode(0o400);
    }
    #[cfg(not(unix))]
    rights.set_readonly(true);
    fs::set_permissions(path, rights).map_err(failed)
}

/// Seals a file that a person gave.
///
/// # Errors
/// [`SealError::Refused`] when it cannot be read, or was written to while it was read.
pub(super) fn seal(
    layout: &Layout,
    given: &Path,
    stage: &str,
    progress: &mut dyn Progress,
) -> Result<Sealed, SealError> {
    let unreadable = |error: std::io::Error| SealError::Refused(format!("cannot be read: {error}"));
    let file = File::open(given).map_err(unreadable)?;
    let again = file.try_clone().map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    if !before.is_file() {
        return Err(SealError::Refused("is not a file".into()));
    }
    let total = before.len();
    let mut done = 0;
    // One byte more than there was shows that it grew; a file that grows for ever has no end.
    let mut file = file.take(total.saturating_add(1));
    let mut tick = |count: u64| {
        done += count;
        match progress.tick(stage, done, total) {
            std::ops::ControlFlow::Continue(()) => Ok(()),
            std::ops::ControlFlow::Break(()) => Err(CaseError::Stopped),
        }
    };
    take_in(&mut file, &layout.originals(), &mut tick, |size| {
        let after = again.metadata().map_err(unreadable)?;
        let there = fs::metadata(given).map_err(unreadable)?;
        if state(&before) != state(&after) || state(&after) != state(&there) || size != total {
            return Err(SealError::Refused(
                "changed while it was read; load it again when nothing writes to it".into(),
            ));
        }
        Ok(())
    })
}

/// Seals bytes that were read from a small file.
///
/// # Errors
/// When the case cannot be written.
pub(super) fn seal_bytes(layout: &Layout, mut bytes: &[u8]) -> Result<Sealed, CaseError> {
    let done = take_in(&mut bytes, &layout.originals(), &mut |_| Ok(()), |_| Ok(()));
    done.map_err(|error| match error {
        SealError::Case(error) => error,
        // Bytes in memory are always read.
        SealError::Refused(why) => CaseError::Missing(why),
    })
}

/// Keeps the decompressed bytes of one item of a sealed zip under their hash.
pub(super) fn unpack(
    layout: &Layout,
    from: &mut dyn Read,
    stopped: &mut dyn FnMut(u64) -> Result<(), CaseError>,
) -> Result<Sealed, SealError> {
    take_in(from, &layout.unpacked(), stopped, |_| Ok(()))
}

/// The files among the originals, by name.
pub(super) fn list(layout: &Layout) -> Result<Vec<(String, PathBuf)>, CaseError> {
    let folder = layout.originals();
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| CaseError::io(&folder, error))? {
        let entry = entry.map_err(|error| CaseError::io(&folder, error))?;
        found.push((
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        ));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    /// Writes to the file the moment the first bytes are read.
    struct Meddler(PathBuf);

    impl Progress for Meddler {
        fn tick(&mut self, _: &str, _: u64, _: u64) -> ControlFlow<()> {
            let mut file = fs::OpenOptions::new().append(true).open(&self.0).unwrap();
            file.write_all(b"more").unwrap();
            ControlFlow::Continue(())
        }
    }

    struct Stopper;

    impl Progress for Stopper {
        fn tick(&mut self, _: &str, _: u64, _: u64) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }

    #[test]
    fn a_sealed_file_is_the_same_bytes_under_their_hash() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        let given = folder.path().join("chat.txt");
        fs::write(&given, b"abc").unwrap();
        let sealed = seal(&layout, &given, "sealing", &mut ()).unwrap();
        assert_eq!(
            sealed.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(sealed.is_new);
        let place = layout.original(&sealed.sha256);
        assert_eq!(fs::read(&place).unwrap(), b"abc");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&place).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o400);
        }
        assert!(!seal(&layout, &given, "sealing", &mut ()).unwrap().is_new);
        assert_eq!(list(&layout).unwrap().len(), 1);
        assert_eq!(hash_file(&place, &mut |_| Ok(())).unwrap(), sealed.sha256);
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        let given = folder.path().join("chat.txt");
        fs::write(&given, b"abc").unwrap();
        let refused = seal(&layout, &given, "sealing", &mut Meddler(given.clone()));
        assert!(matches!(refused, Err(SealError::Refused(why)) if why.contains("changed")));
        assert!(list(&layout).unwrap().is_empty());
        let stopped = seal(&layout, &given, "sealing", &mut Stopper);
        assert!(matches!(stopped, Err(SealError::Case(CaseError::Stopped))));
        assert!(list(&layout).unwrap().is_empty());
    }
}
