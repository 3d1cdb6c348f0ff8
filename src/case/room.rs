//! Whether there is room for what is to be loaded, before the first byte of it is copied.

use super::layout::{Layout, free_space};
use super::{CaseError, originals};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What an import needs beside the copies, however little is loaded: the ledger's log, the columns
/// and the index of a few messages.
const LEAST: u64 = 1 << 20;

/// Folders that are nested deeper are measured no further.
const DEEPEST: u32 = 32;

/// Refuses where fewer bytes are free than the copies of these files and folders alone need. A file
/// as long as one that is sealed already is likely that one, and not counted. What texts and index
/// need is known only when they are made: a disk that fills then still leaves the case as it was.
pub(super) fn check(layout: &Layout, given: &[PathBuf]) -> Result<(), CaseError> {
    let mut known = BTreeSet::new();
    for (_, path) in originals::list(layout)? {
        known.extend(fs::metadata(path).map(|found| found.len()));
    }
    let new: u64 = given
        .iter()
        .map(|path| size(path, &known, 0))
        .fold(0, u64::saturating_add);
    if new == 0 {
        return Ok(());
    }
    let needed = new.saturating_add(LEAST);
    let free = free_space(layout.root())?;
    if free < needed {
        return Err(CaseError::NoSpace {
            path: layout.root().into(),
            needed,
            free,
        });
    }
    Ok(())
}

/// Bytes of files that are not known, as far as they can be seen: what cannot is told when it is read.
fn size(path: &Path, known: &BTreeSet<u64>, depth: u32) -> u64 {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() && depth < DEEPEST => {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            let sizes = entries.map(|entry| size(&entry.path(), known, depth + 1));
            sizes.fold(0, u64::saturating_add)
        }
        Ok(found) if found.is_file() && !known.contains(&found.len()) => found.len(),
        _ => 0,
    }
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_any_disk_has_is_refused_and_what_is_sealed_counts_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        let huge = folder.path().join("exports/huge.txt");
        fs::create_dir(huge.parent().unwrap()).unwrap();
        // Sparse: it takes no room itself.
        let file = fs::File::create(&huge).unwrap();
        let free = free_space(folder.path()).unwrap();
        if file.set_len(free + (1 << 30)).is_err() {
            println!("skipped: this file system takes no sparse file of that length");
            return;
        }
        for given in [huge.clone(), huge.parent().unwrap().to_path_buf()] {
            let refused = check(&layout, &[given]).unwrap_err();
            assert!(
                refused.to_string().contains("nothing was loaded"),
                "{refused}"
            );
        }
        file.set_len(10).unwrap();
        check(&layout, std::slice::from_ref(&huge)).unwrap();
        originals::seal_bytes(&layout, b"0123456789").unwrap();
        assert_eq!(size(&huge, &BTreeSet::from([10]), 0), 0);
        check(&layout, &[huge]).unwrap();
    }
}
