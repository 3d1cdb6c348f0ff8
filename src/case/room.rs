//! Whether there is room for what is to be loaded, before the first byte of it is copied.

use super::layout::{Layout, free_space};
use super::{CaseError, originals};
use std::collections::BTreeSet;
use std::fs;

/// What an import needs beside the copies, however little is loaded: the ledger's log, the columns
/// and the index of a few messages.
const LEAST: u64 = 1 << 20;

/// Refuses where fewer bytes are free than the copies of exports of these sizes, in bytes, alone
/// need. One as long as a copy that is sealed already is likely that one, and not counted. What texts
/// and index need is known only when they are made: a disk that fills then still leaves the case as it
/// was.
pub(super) fn check(layout: &Layout, exports: &[u64]) -> Result<(), CaseError> {
    let mut known = BTreeSet::new();
    for (_, path) in originals::list(layout)? {
        known.extend(fs::metadata(path).map(|found| found.len()));
    }
    let new = exports
        .iter()
        .filter(|size| !known.contains(size))
        .fold(0, |sum: u64, size| sum.saturating_add(*size));
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

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_any_disk_has_is_refused_and_what_is_sealed_counts_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        let free = free_space(folder.path()).unwrap();
        let refused = check(&layout, &[10, free]).unwrap_err();
        assert!(
            refused.to_string().contains("nothing was loaded"),
            "{refused}"
        );
        check(&layout, &[u64::MAX, u64::MAX]).unwrap_err();
        check(&layout, &[10]).unwrap();
        // As long as one that is sealed. Sparse: it takes no room itself.
        let sealed = fs::File::create(layout.originals().join("sealed")).unwrap();
        if sealed.set_len(free + LEAST).is_err() {
            println!("skipped: this file system takes no sparse file of that length");
            return;
        }
        check(&layout, &[10, free + LEAST]).unwrap();
    }
}
