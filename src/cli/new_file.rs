//! A new file that a command writes for a person, beside a case and beside bundles.

use super::Failure;
use crate::case::folder_of;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Refuses a place where a new file must not lie: on something, in a bundle, whose files are all
/// sealed, or in the case.
pub(super) fn may_stand_at(path: &Path, case: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| Err(Failure::Refused(format!("{}: {why}", path.display())));
    if fs::symlink_metadata(path).is_ok() {
        return refuse("there is something here already; name a new file");
    }
    let Ok(folder) = folder_of(path).canonicalize() else {
        return refuse("there is no such folder");
    };
    if folder.ancestors().any(|one| one.join("bagit.txt").exists()) {
        return refuse("this is within a bundle, which it is no part of; name another folder");
    }
    if case
        .canonicalize()
        .is_ok_and(|case| folder.starts_with(case))
    {
        return refuse("this is within the case's own folder; name another folder");
    }
    Ok(())
}

/// Writes a new file for its owner alone, and is back when it is on the disk. One that cannot be
/// written whole is taken away.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refused = |error: io::Error| Failure::Refused(format!("{}: {error}", path.display()));
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(refused)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        // Its name, too.
        .and_then(|()| File::open(folder_of(path))?.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        refused(error)
    })
}
