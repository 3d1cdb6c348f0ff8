//! The importer that `FUZZ_IMPORTER` names (`docket formats` lists them), else all of them.
#![no_main]

#[path = "../hook.rs"]
mod hook;
#[path = "../mutator.rs"]
mod mutator;
#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use docket::import::{ALL, Importer, by_name};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use std::sync::LazyLock;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
static CHOSEN: LazyLock<Vec<&'static dyn Importer>> =
    LazyLock::new(|| match std::env::var("FUZZ_IMPORTER") {
        Ok(name) => vec![by_name(&name).unwrap()],
        Err(_) => ALL.to_vec(),
    });

fuzz_target!(init: hook::leave_what_is_guarded(), |bytes: &[u8]| -> Corpus {
    // A few importers ask a lone file for its ending.
    let name = match bytes.first() {
        Some(b'P') if bytes.starts_with(b"PK") => "given.zip",
        Some(b'<') => "given.html",
        Some(b'{' | b'[') => "given.json",
        _ => "given.txt",
    };
    let mut kept = Corpus::Reject;
    for importer in CHOSEN.iter() {
        // What is of no importer's kind is read, and nothing is bred from it.
        if targets::importer(*importer, FOLDER.path(), name, bytes).unwrap() {
            kept = Corpus::Keep;
        }
    }
    kept
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutator::mutate(data, size, most, seed)
});
