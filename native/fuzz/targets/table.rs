//! Owns the entry to `fuzz::table` for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| forge_native::fuzz::table(data));
