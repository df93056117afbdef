//! Owns the shapes of assets in parts on the way between JavaScript and Rust.

use napi::bindgen_prelude::Uint32Array;
use napi_derive::napi;

use crate::parts::{Content, Part};
use crate::restore::PartToRestore;

#[napi(object)]
pub struct NativeContent {
    pub rows: Uint32Array,
    pub size: f64,
    pub part: u32,
}

impl From<NativeContent> for Content {
    fn from(content: NativeContent) -> Self {
        Content { rows: content.rows.to_vec(), size: content.size as u64, part: content.part as usize }
    }
}

#[napi(object)]
pub struct NativePart {
    pub size: f64,
    pub chunks: Uint32Array,
    pub recipe: Option<u32>,
}

impl From<NativePart> for PartToRestore {
    fn from(part: NativePart) -> Self {
        PartToRestore { size: part.size as u64, chunks: part.chunks.to_vec(), recipe: part.recipe }
    }
}

pub fn packed_parts(parts: &[Part]) -> Vec<u8> {
    parts.iter().flat_map(|(id, length)| id.iter().copied().chain(length.to_le_bytes())).collect()
}
