//! One importer; `FUZZ_IMPORTER` names it (`docket formats` lists them), else the first byte does.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use docket::import::{ALL, by_name};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
static NAMED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FUZZ_IMPORTER").ok());

fuzz_target!(|bytes: &[u8]| {
    let (importer, bytes) = match (NAMED.as_deref().and_then(by_name), bytes.split_first()) {
        (Some(importer), _) => (importer, bytes),
        (None, Some((first, rest))) => (ALL[usize::from(*first) % ALL.len()], rest),
        (None, None) => return,
    };
    for name in ["given.txt", "given.zip"] {
        targets::importer(importer, FOLDER.path(), name, bytes).unwrap();
    }
});
