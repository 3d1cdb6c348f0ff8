//! A file that a message brings, or a list of contacts.
#![no_main]

#[path = "../mutator.rs"]
mod mutator;
#[path = "../targets.rs"]
#[allow(dead_code)]
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| targets::files(bytes).unwrap());

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutator::mutate(data, size, most, seed)
});
