//! Owns the form in which JavaScript gives texts and gets their blobs.

use napi::bindgen_prelude::{Buffer, Float64Array, Uint32Array};
use napi_derive::napi;

use crate::stat::FIELDS;
use crate::texts::{Oid, PackedText};

/// Columns with a place for each file; the streams follow one another without gaps.
#[napi(object)]
pub struct NativeTexts {
    pub oids: Buffer,
    pub stats: Float64Array,
    /// 0 for a file that was left to the caller: no stream is empty.
    pub lengths: Uint32Array,
    pub streams: Buffer,
}

impl From<Vec<Option<PackedText>>> for NativeTexts {
    fn from(packed: Vec<Option<PackedText>>) -> Self {
        let mut oids = Vec::with_capacity(size_of::<Oid>() * packed.len());
        let mut stats = Vec::with_capacity(FIELDS * packed.len());
        let mut lengths = Vec::with_capacity(packed.len());
        let mut streams = Vec::with_capacity(packed.iter().flatten().map(|text| text.stream.len()).sum());
        for text in packed {
            let Some(text) = text else {
                oids.extend_from_slice(&Oid::default());
                stats.extend_from_slice(&[0.0; FIELDS]);
                lengths.push(0);
                continue;
            };
            oids.extend_from_slice(&text.oid);
            stats.extend_from_slice(&text.stat.to_fields());
            lengths.push(text.stream.len() as u32);
            streams.extend_from_slice(&text.stream);
        }
        NativeTexts { oids: oids.into(), stats: stats.into(), lengths: lengths.into(), streams: streams.into() }
    }
}
