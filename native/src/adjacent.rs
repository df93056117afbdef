//! Owns dictionaries that what is compressed follows in memory: zstd then looks for matches in both as in one stretch of bytes. Where they lie
//! apart its search takes longer: a first commit 7 % more processor time.

use zstd_safe::{CCtx, CDict, ResetDirective};

use crate::dictionary::Dictionary;
use crate::hash::Id;

/// For shorter inputs zstd looks into a dictionary's own tables instead of copying them, and it does not matter where it lies
/// (`attachDictSizeCutoffs` in zstd_compress.c: from 16 KiB at the levels of large commits, from 32 KiB at those of small ones).
pub const LEAST: usize = 16 << 10;

/// One worker's copy of a dictionary, with room behind it. The order of the fields is that in which they may be dropped.
pub struct AdjacentDictionary {
    /// Refers to the dictionary.
    context: CCtx<'static>,
    /// Refers to the start of `bytes`.
    _prepared: CDict<'static>,
    bytes: Box<[u8]>,
    length: usize,
    id: Id,
}

impl AdjacentDictionary {
    /// `room`: bytes of the longest input. `None` when there is no memory for it.
    pub fn new(dictionary: &Dictionary, room: usize, level: i32) -> Option<AdjacentDictionary> {
        let length = dictionary.bytes.len();
        let mut bytes = vec![0; length + room].into_boxed_slice();
        bytes[..length].copy_from_slice(&dictionary.bytes);
        // SAFETY: the box does not move its bytes, the first `length` of which are never written again, and they outlive the reference.
        let kept: &'static [u8] = unsafe { std::slice::from_raw_parts(bytes.as_ptr(), length) };
        let prepared = CDict::create_by_reference(kept, level);
        let mut context = CCtx::try_create()?;
        // With it, and not with `compress_using_cdict`, the window reaches from the end of the input to the start of the dictionary.
        context.ref_cdict(&prepared).ok()?;
        Some(AdjacentDictionary { context, _prepared: prepared, bytes, length, id: dictionary.id })
    }

    pub fn is(&self, dictionary: &Dictionary) -> bool {
        self.id == dictionary.id
    }

    /// Length of a frame of `raw`, which fits into the room, at the start of `out`. `None` when it is longer than `out`.
    pub fn compress(&mut self, out: &mut [u8], raw: &[u8]) -> Option<usize> {
        let room = &mut self.bytes[self.length..][..raw.len()];
        room.copy_from_slice(raw);
        let done = self.context.compress2(out, room);
        if done.is_err() {
            self.context.reset(ResetDirective::SessionOnly).ok()?;
        }
        done.ok()
    }
}
