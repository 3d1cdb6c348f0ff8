//! An archive, under the name of each kind of archive.
#![no_main]

#[path = "../hook.rs"]
mod hook;
#[path = "../mutator.rs"]
mod mutator;
#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(init: hook::leave_what_is_guarded(), |bytes: &[u8]| {
    for name in ["given.zip", "given.tar", "given.tgz"] {
        targets::archive(FOLDER.path(), name, bytes).unwrap();
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutator::mutate(data, size, most, seed)
});
