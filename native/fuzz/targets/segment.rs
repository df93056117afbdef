//! Owns the entry to `fuzz::segment` for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| forge_native::fuzz::segment(data));
