//! Every entry of a zip that is no export, such as an office document: for searching it.

use std::fs::File;
use std::io::Read;

/// Gives the name and the bytes of each entry, of the first `most` entries; those that cannot be
/// read, and files that are no zips, are passed over.
pub(crate) fn each_entry(file: &File, most: usize, take: &mut dyn FnMut(&[u8], &mut dyn Read)) {
    let Ok(mut zip) = zip::ZipArchive::new(file) else {
        return;
    };
    for at in 0..zip.len().min(most) {
        if let Ok(mut entry) = zip.by_index(at) {
            let name = entry.name_raw().to_vec();
            take(&name, &mut entry);
        }
    }
}
