//! The importer that `FUZZ_IMPORTER` names (`docket formats` lists them), else all of them.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use docket::import::{ALL, Importer, by_name};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
static CHOSEN: LazyLock<Vec<&'static dyn Importer>> =
    LazyLock::new(|| match std::env::var("FUZZ_IMPORTER") {
        Ok(name) => vec![by_name(&name).unwrap()],
        Err(_) => ALL.to_vec(),
    });

fuzz_target!(|bytes: &[u8]| {
    let name = match bytes.starts_with(b"PK") {
        true => "given.zip",
        false => "given.txt",
    };
    for importer in CHOSEN.iter() {
        targets::importer(*importer, FOLDER.path(), name, bytes).unwrap();
    }
});
