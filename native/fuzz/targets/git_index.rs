//! Owns the entry to `fuzz::git_index` for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| forge_native::fuzz::git_index(data));
