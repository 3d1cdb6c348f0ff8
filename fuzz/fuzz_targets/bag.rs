//! A bag with one file changed; `FUZZ_BAG` names a bundle that may be written to.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static BAG: LazyLock<PathBuf> = LazyLock::new(|| std::env::var_os("FUZZ_BAG").unwrap().into());

fuzz_target!(|bytes: &[u8]| targets::bag(&BAG, bytes).unwrap());
