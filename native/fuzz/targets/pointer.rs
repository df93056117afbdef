//! Owns the entry to `fuzz::pointer` for cargo-fuzz.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| forge_native::fuzz::pointer(data));
