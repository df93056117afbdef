//! Owns dictionaries that what is compressed follows in memory: zstd then looks for matches in both as in one stretch of bytes. Where they lie
//! apart its search takes longer: a first commit 7 % more processor time.

use zstd_safe::{CCtx, CDict};

use crate::dictionary::Dictionary;
use crate::hash::Id;

/// For shorter inputs zstd looks into a dictionary's own tables instead of copying them, and it does not matter where it lies
/// (`attachDictSizeCutoffs` in zstd_compress.c: from 16 KiB at the levels of large commits, from 32 KiB at those of small ones).
pub const LEAST: usize = 16 << 10;

/// One worker's copy of a dictionary, with room behind it.
pub struct AdjacentDictionary {
    id: Id,
    /// Refers to the start of `bytes`; dropped first.
    prepared: CDict<'static>,
    bytes: Box<[u8]>,
    length: usize,
}

impl AdjacentDictionary {
    /// `room`: bytes of the longest input.
    pub fn new(dictionary: &Dictionary, room: usize, level: i32) -> AdjacentDictionary {
        let length = dictionary.bytes.len();
        let mut bytes = vec![0; length + room].into_boxed_slice();
        bytes[..length].copy_from_slice(&dictionary.bytes);
        // SAFETY: the box does not move its bytes, these are never written again, and `prepared` goes before them.
        let kept: &'static [u8] = unsafe { std::slice::from_raw_parts(bytes.as_ptr(), length) };
        AdjacentDictionary { id: dictionary.id, prepared: CDict::create_by_reference(kept, level), bytes, length }
    }

    pub fn is(&self, dictionary: &Dictionary) -> bool {
        self.id == dictionary.id
    }

    /// Length of a frame of `raw`, which fits into the room, at the start of `out`. `None` when it is longer than `out`.
    pub fn compress(&mut self, context: &mut CCtx<'static>, out: &mut [u8], raw: &[u8]) -> Option<usize> {
        let room = &mut self.bytes[self.length..][..raw.len()];
        room.copy_from_slice(raw);
        context.compress_using_cdict(out, room, &self.prepared).ok()
    }
}
