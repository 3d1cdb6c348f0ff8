//! What is in the making: under a hidden name beside its place, and gone unless it gets there.
//!
//! A docket that is killed leaves it behind, and it holds what the case holds; so whoever makes the
//! same thing again takes it away, as bundles do.

use crate::bundle::sweep;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file or folder in the making, for its owner alone.
pub(super) struct Hidden {
    /// Where it is until it gets its name.
    pub(super) path: PathBuf,
    /// Held as long as somebody is at work in it.
    _lock: File,
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // There is nobody left to tell; what stays has a hidden name.
        let _ = fs::remove_dir_all(&self.path).or_else(|_| fs::remove_file(&self.path));
    }
}

/// Takes away what was left of earlier ones, and gives the name of the next.
fn next(folder: &Path, name: &OsStr) -> PathBuf {
    let prefix = format!(".{}.docket-", name.to_string_lossy());
    sweep(&[folder], &prefix);
    folder.join(format!("{prefix}{}", std::process::id()))
}

impl Hidden {
    /// A folder beside the place `name` of `folder`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn folder(folder: &Path, name: &OsStr) -> io::Result<Hidden> {
        let path = next(folder, name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Hidden::held(path)
    }

    /// A file beside the place `name` of `folder`, and it open for writing and reading.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn file(folder: &Path, name: &OsStr) -> io::Result<(Hidden, File)> {
        let path = next(folder, name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok((Hidden::held(path)?, file))
    }

    fn held(path: PathBuf) -> io::Result<Hidden> {
        let lock = File::open(&path).inspect_err(|_| {
            let _ = fs::remove_dir(&path).or_else(|_| fs::remove_file(&path));
        })?;
        // A file system without locks has none to take; what rests there for long is swept all
        // the same.
        let _ = lock.try_lock();
        Ok(Hidden { path, _lock: lock })
    }
}
