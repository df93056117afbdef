//! Owns dictionaries that what is compressed follows in memory: zstd then looks for matches in both as in one stretch of bytes. Where they lie
//! apart its search takes longer: a first commit 7 % more processor time.

use std::ptr::NonNull;

use zstd_safe::zstd_sys::{
    ZSTD_CCtx, ZSTD_CCtx_refCDict, ZSTD_CCtx_reset, ZSTD_CDict, ZSTD_ResetDirective, ZSTD_compress2, ZSTD_createCCtx,
    ZSTD_createCDict_advanced, ZSTD_customMem, ZSTD_dictContentType_e, ZSTD_dictLoadMethod_e, ZSTD_freeCCtx,
    ZSTD_freeCDict, ZSTD_getCParams, ZSTD_isError, ZSTD_strategy,
};

use crate::dictionary::Dictionary;
use crate::hash::Id;

/// For shorter inputs zstd looks into a dictionary's own tables instead of copying them, and it does not matter where it lies
/// (`attachDictSizeCutoffs` in zstd_compress.c: from 16 KiB at the levels of large commits, from 32 KiB at those of small ones).
pub const LEAST: usize = 16 << 10;
/// Entries (logarithm) of the two tables at the levels of large commits. Both are copied for each input: the 1 MiB that zstd would choose
/// is more than a processor's own cache, and takes a quarter of the time for frames that are smaller by a hundredth.
const CHAIN_LOG2: u32 = 14;
const HASH_LOG2: u32 = 15;

/// One worker's copy of a dictionary, with room behind it.
pub struct AdjacentDictionary {
    /// Refers to the dictionary.
    context: NonNull<ZSTD_CCtx>,
    /// Refers to the start of `bytes`.
    prepared: NonNull<ZSTD_CDict>,
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
        // SAFETY: a plain function of numbers.
        let mut parameters = unsafe { ZSTD_getCParams(level, 0, length) };
        if parameters.strategy == ZSTD_strategy::ZSTD_dfast {
            parameters.chainLog = parameters.chainLog.min(CHAIN_LOG2);
            parameters.hashLog = parameters.hashLog.min(HASH_LOG2);
        }
        // SAFETY: the box does not move its bytes, the first `length` of which are never written again, and they outlive what is prepared
        // of them, as that outlives the context: see `drop`.
        unsafe {
            let prepared = NonNull::new(ZSTD_createCDict_advanced(
                bytes.as_ptr().cast(),
                length,
                ZSTD_dictLoadMethod_e::ZSTD_dlm_byRef,
                ZSTD_dictContentType_e::ZSTD_dct_auto,
                parameters,
                ZSTD_customMem { customAlloc: None, customFree: None, opaque: std::ptr::null_mut() },
            ))?;
            let Some(context) = NonNull::new(ZSTD_createCCtx()) else {
                ZSTD_freeCDict(prepared.as_ptr());
                return None;
            };
            let made = AdjacentDictionary { context, prepared, bytes, length, id: dictionary.id };
            // With it, and not with `ZSTD_compress_usingCDict`, the window reaches from the end of the input to the start of the dictionary.
            let referred = ZSTD_CCtx_refCDict(context.as_ptr(), prepared.as_ptr());
            (ZSTD_isError(referred) == 0).then_some(made)
        }
    }

    pub fn is(&self, dictionary: &Dictionary) -> bool {
        self.id == dictionary.id
    }

    /// Length of a frame of `raw`, which fits into the room, at the start of `out`. `None` when it is longer than `out`.
    pub fn compress(&mut self, out: &mut [u8], raw: &[u8]) -> Option<usize> {
        let room = &mut self.bytes[self.length..][..raw.len()];
        room.copy_from_slice(raw);
        let context = self.context.as_ptr();
        // SAFETY: each pointer comes with the length of what it points to, and the context lives as long as this.
        unsafe {
            let length = ZSTD_compress2(context, out.as_mut_ptr().cast(), out.len(), room.as_ptr().cast(), room.len());
            if ZSTD_isError(length) == 0 {
                return Some(length);
            }
            ZSTD_CCtx_reset(context, ZSTD_ResetDirective::ZSTD_reset_session_only);
        }
        None
    }
}

impl Drop for AdjacentDictionary {
    fn drop(&mut self) {
        // SAFETY: nobody else has these, and the context goes before what it refers to.
        unsafe {
            ZSTD_freeCCtx(self.context.as_ptr());
            ZSTD_freeCDict(self.prepared.as_ptr());
        }
    }
}
