//! Owns the shapes of what is found in a segment, and of a sealed one, on the way to JavaScript.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::scan::Scan;

#[napi(object)]
pub struct NativeScan {
    pub uuid: Buffer,
    pub sealed: bool,
    pub valid_length: f64,
    pub file_length: f64,
    pub entries: Buffer,
}

impl From<Scan> for NativeScan {
    fn from(scan: Scan) -> Self {
        let mut entries = Vec::new();
        scan.entries.iter().for_each(|entry| entry.encode(&mut entries));
        NativeScan {
            uuid: scan.uuid.to_vec().into(),
            sealed: scan.sealed,
            valid_length: scan.valid_length as f64,
            file_length: scan.file_length as f64,
            entries: entries.into(),
        }
    }
}

#[napi(object)]
pub struct NativeSealed {
    pub path: String,
    pub length: f64,
}
