//! An archive, under the name of each kind of archive.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|bytes: &[u8]| {
    for name in ["given.zip", "given.tar", "given.tgz"] {
        targets::archive(FOLDER.path(), name, bytes).unwrap();
    }
});
