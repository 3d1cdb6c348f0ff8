//! A case whose ledger goes on with other entries; `FUZZ_CASE` names one that may be written to.
#![no_main]

#[path = "../hook.rs"]
mod hook;
#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static CASE: LazyLock<(PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let case = PathBuf::from(std::env::var_os("FUZZ_CASE").unwrap());
    let kept = std::fs::read(case.join("ledger.sqlite")).unwrap();
    (case, kept)
});

fuzz_target!(init: hook::leave_what_is_guarded(), |bytes: &[u8]| {
    targets::entries(&CASE.0, &CASE.1, bytes).unwrap();
});
