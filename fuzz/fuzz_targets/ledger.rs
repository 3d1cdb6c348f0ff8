//! A ledger of these bytes. Seeds: the `ledger.sqlite` of any case.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|bytes: &[u8]| targets::ledger(FOLDER.path(), bytes).unwrap());
