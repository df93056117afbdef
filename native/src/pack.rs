//! Owns how raw bytes become a payload: stored as they are, as a zstd frame, or as a zstd frame against a prefix (delta).

use zstd_safe::zstd_sys::{ZSTD_getCParams, ZSTD_strategy};
use zstd_safe::{CCtx, CParameter, ResetDirective};

use crate::adjacent::{self, AdjacentDictionary};
use crate::dictionary::Dictionary;
use crate::errors::{Failure, Outcome};
use crate::record::Codec;

/// Level of delta frames: lower ones have tables too small for long prefixes, or miss a tenth of what this one finds.
const DELTA_LEVEL: i32 = 9;
/// A delta must be this much smaller than the plain payload to be worth a chain.
const DELTA_WORTH: f64 = 0.9;
/// Below this share of the raw bytes, packing once more pays.
const PACK_AGAIN: f64 = 0.9;
/// Raw bytes decode for free, so zstd has to save at least a fiftieth.
const LEAST_SAVING: usize = 50;
/// From this size on, a few samples decide whether a chunk is worth an attempt. They take a tenth of its time.
const PROBED: usize = 128 << 10;
const PROBE: usize = 4 << 10;
/// From this size on, one sample decides whether the first try is left out. It takes a tenth of its time.
const SAMPLED: usize = 16 << 10;
/// Up to this size, tables of so many entries (logarithm) at levels with two tables: those that zstd would choose are more than a
/// processor's own cache, and take a third more time for frames that are smaller by a 3000th.
const SHORT: usize = 128 << 10;
const SHORT_TABLES_LOG2: u32 = 16;
/// Larger chunks show their own patterns.
const DICTIONARY_LIMIT: usize = 128 << 10;
/// Below this share of the raw bytes a dictionary has paid, and nothing is tried without it: a try without took a fifteenth of the processor
/// time of a first commit, and saved a 25,000th of its bytes.
const DICTIONARY_WORTH: f64 = 0.97;
/// Long matches are looked for at one in so many bytes (logarithm).
const LONG_RATE_LOG2: u32 = 4;
/// Bytes for the ids of a delta's bases count against it.
const BASE_COST: usize = crate::hash::ID_SIZE;

pub struct Packed<'a> {
    pub codec: Codec,
    pub payload: &'a [u8],
}

/// Contexts and buffers of one worker, reused for every record.
pub struct Packer {
    first: CCtx<'static>,
    second: Option<CCtx<'static>>,
    delta: CCtx<'static>,
    dictionary: CCtx<'static>,
    pack_level: i32,
    /// Whether that is a level with two tables (`ZSTD_dfast`).
    has_two_tables: bool,
    /// Those that were needed.
    adjacent: Vec<AdjacentDictionary>,
    first_buffer: Vec<u8>,
    second_buffer: Vec<u8>,
    delta_buffer: Vec<u8>,
}

impl Packer {
    pub fn new(level: i32, pack_level: i32) -> Outcome<Packer> {
        Ok(Packer {
            first: context(level)?,
            second: if pack_level == level { None } else { Some(context(pack_level)?) },
            delta: context(DELTA_LEVEL)?,
            dictionary: context(pack_level)?,
            pack_level,
            // SAFETY: a plain function of numbers.
            has_two_tables: unsafe { ZSTD_getCParams(pack_level, 0, 0) }.strategy == ZSTD_strategy::ZSTD_dfast,
            adjacent: Vec::new(),
            first_buffer: Vec::new(),
            second_buffer: Vec::new(),
            delta_buffer: Vec::new(),
        })
    }

    /// The smallest payload for `raw` without bases.
    pub fn pack<'a>(&'a mut self, raw: &'a [u8]) -> Packed<'a> {
        if self.looks_loose(raw) {
            let second = self.compress_second(raw, least_saving(raw));
            return self.plain(raw, None, second);
        }
        let first = self.try_first(raw);
        let second = self.try_second(raw, first);
        self.plain(raw, first, second)
    }

    /// As `pack`, but with the dictionary where that pays.
    pub fn pack_with<'a>(&'a mut self, raw: &'a [u8], dictionary: &Dictionary) -> Packed<'a> {
        if raw.len() <= DICTIONARY_LIMIT {
            let limit = (raw.len() as f64 * DICTIONARY_WORTH) as usize;
            if let Some(length) = self.try_dictionary(raw, dictionary, limit.saturating_sub(BASE_COST)) {
                return Packed { codec: Codec::Dictionary, payload: &self.second_buffer[..length] };
            }
        }
        let first = self.try_first(raw);
        self.plain(raw, first, None)
    }

    /// As `pack`, but as a delta against `prefix` (the raw bytes of `bases` chunks) where that pays.
    pub fn pack_delta<'a>(&'a mut self, raw: &'a [u8], prefix: &[u8], bases: usize) -> Packed<'a> {
        let first = self.try_first(raw);
        let delta = self.try_delta(raw, prefix, false);
        let cost = |plain: Option<usize>| (plain.unwrap_or(raw.len()) as f64 * DELTA_WORTH) as usize;
        let total = delta.map(|length| length + BASE_COST * bases);
        // Far below the quick try, the thorough one cannot win.
        let clear = total.is_some_and(|total| total < cost(first) / 2);
        let second = if clear { None } else { self.try_second(raw, first) };
        match (delta, total) {
            (Some(length), Some(total)) if total < cost(second.or(first)) => {
                Packed { codec: Codec::Prefix, payload: &self.delta_buffer[..length] }
            }
            _ => self.plain(raw, first, second),
        }
    }

    /// As `pack_delta`, for a manifest against another: long, of ids that shrink alone in no way. The tables of the delta level would
    /// forget where the prefix starts. Long matches are all there is to find, which takes a fraction of the time and memory of larger tables.
    pub fn pack_manifest_delta<'a>(&'a mut self, raw: &'a [u8], prefix: &[u8]) -> Packed<'a> {
        match self.try_delta(raw, prefix, true) {
            Some(length) if length + BASE_COST < (raw.len() as f64 * DELTA_WORTH) as usize => {
                Packed { codec: Codec::Prefix, payload: &self.delta_buffer[..length] }
            }
            _ => self.pack(raw),
        }
    }

    /// Lengths are those of frames in the buffers.
    fn plain<'a>(&'a self, raw: &'a [u8], first: Option<usize>, second: Option<usize>) -> Packed<'a> {
        match (first, second) {
            (_, Some(length)) => Packed { codec: Codec::Zstd, payload: &self.second_buffer[..length] },
            (Some(length), None) => Packed { codec: Codec::Zstd, payload: &self.first_buffer[..length] },
            (None, None) => Packed { codec: Codec::Raw, payload: raw },
        }
    }

    /// Length of a frame that saves enough.
    fn try_first(&mut self, raw: &[u8]) -> Option<usize> {
        if raw.len() >= PROBED && self.looks_packed(raw) {
            return None;
        }
        compress(&mut self.first, &mut self.first_buffer, least_saving(raw), raw)
    }

    /// Whether a sample shrinks so well that the second level will be worth it: then the first is spared.
    fn looks_loose(&mut self, raw: &[u8]) -> bool {
        self.second.is_some() && raw.len() >= SAMPLED && {
            let sample = &raw[raw.len() / 2..][..PROBE];
            compress(&mut self.first, &mut self.first_buffer, PROBE / 4 * 3, sample).is_some()
        }
    }

    /// Whether samples from within give zstd nothing to save: then neither will the whole, which is spared the attempt.
    fn looks_packed(&mut self, raw: &[u8]) -> bool {
        (1..4).all(|quarter| {
            let sample = &raw[raw.len() / 4 * quarter..][..PROBE];
            let limit = PROBE - PROBE / LEAST_SAVING;
            compress(&mut self.first, &mut self.first_buffer, limit, sample).is_none()
        })
    }

    /// Length of a frame at the second level that is smaller than the first.
    fn try_second(&mut self, raw: &[u8], first: Option<usize>) -> Option<usize> {
        let length = first.filter(|&length| (length as f64) < PACK_AGAIN * raw.len() as f64)?;
        self.compress_second(raw, length - 1)
    }

    fn compress_second(&mut self, raw: &[u8], limit: usize) -> Option<usize> {
        let second = self.second.as_mut()?;
        // 0: as many as the level has.
        let tables = if self.has_two_tables && raw.len() <= SHORT { SHORT_TABLES_LOG2 } else { 0 };
        second.set_parameter(CParameter::HashLog(tables)).ok()?;
        second.set_parameter(CParameter::ChainLog(tables)).ok()?;
        compress(second, &mut self.second_buffer, limit, raw)
    }

    /// Length of a frame of at most `limit` bytes, which is in the second buffer.
    fn try_dictionary(&mut self, raw: &[u8], dictionary: &Dictionary, limit: usize) -> Option<usize> {
        if self.second_buffer.len() < limit {
            self.second_buffer.resize(limit, 0);
        }
        let out = &mut self.second_buffer[..limit];
        if raw.len() <= adjacent::LEAST {
            return self.dictionary.compress_using_cdict(out, raw, &dictionary.prepared).ok();
        }
        if !self.adjacent.iter().any(|adjacent| adjacent.is(dictionary)) {
            self.adjacent.push(AdjacentDictionary::new(dictionary, DICTIONARY_LIMIT, self.pack_level)?);
        }
        let adjacent = self.adjacent.iter_mut().find(|adjacent| adjacent.is(dictionary))?;
        adjacent.compress(out, raw)
    }

    fn try_delta(&mut self, raw: &[u8], prefix: &[u8], is_long: bool) -> Option<usize> {
        let window = usize::BITS - (prefix.len() + raw.len()).leading_zeros();
        self.delta.set_parameter(CParameter::WindowLog(window.clamp(10, 27))).ok()?;
        self.delta.set_parameter(CParameter::EnableLongDistanceMatching(is_long)).ok()?;
        self.delta.set_parameter(CParameter::LdmHashRateLog(if is_long { LONG_RATE_LOG2 } else { 0 })).ok()?;
        // SAFETY: only the lifetime changes. The context uses the prefix for the one frame made in the next line and keeps no
        // reference past it: zstd drops a prefix at the end of a frame, and the reset does so when compression failed.
        let prefix: &'static [u8] = unsafe { std::mem::transmute::<&[u8], &'static [u8]>(prefix) };
        let referenced = self.delta.ref_prefix(prefix).is_ok();
        let length = compress(&mut self.delta, &mut self.delta_buffer, raw.len(), raw);
        self.delta.reset(ResetDirective::SessionOnly).ok()?;
        length.filter(|_| referenced)
    }
}

/// Bytes of the longest frame that is worth it.
fn least_saving(raw: &[u8]) -> usize {
    (raw.len() - raw.len() / LEAST_SAVING).saturating_sub(1)
}

fn context(level: i32) -> Outcome<CCtx<'static>> {
    let broken = || Failure::new("ENOMEM", std::path::Path::new(""), "no memory for a zstd context");
    let mut context = CCtx::try_create().ok_or_else(broken)?;
    context.set_parameter(CParameter::CompressionLevel(level)).map_err(|_| broken())?;
    Ok(context)
}

/// One frame of at most `limit` bytes at the start of `buffer`, or nothing when it does not fit.
fn compress(context: &mut CCtx<'static>, buffer: &mut Vec<u8>, limit: usize, raw: &[u8]) -> Option<usize> {
    if buffer.len() < limit {
        buffer.resize(limit, 0);
    }
    let result = context.compress2(&mut buffer[..limit], raw);
    if result.is_err() {
        context.reset(ResetDirective::SessionOnly).ok()?;
    }
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(b"pack").finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn random_bytes_stay_raw_and_text_does_not() {
        let mut packer = Packer::new(1, 9).unwrap();
        let noise = random(70_000);
        assert_eq!(packer.pack(&noise).codec, Codec::Raw);
        let text: Vec<u8> = (0..9000).flat_map(|i: u32| i.to_string().into_bytes()).collect();
        let packed = packer.pack(&text);
        assert_eq!(packed.codec, Codec::Zstd);
        let mut out = Vec::with_capacity(text.len());
        zstd_safe::decompress(&mut out, packed.payload).unwrap();
        assert_eq!(out, text);
        assert_eq!(packer.pack(b"x").codec, Codec::Raw);
    }

    #[test]
    fn a_large_chunk_is_tried_unless_all_samples_are_noise() {
        let mut packer = Packer::new(1, 3).unwrap();
        let mut bytes = random(300_000);
        assert_eq!(packer.pack(&bytes).codec, Codec::Raw);
        // The sample alone shrinks, and the whole by less than a fiftieth.
        bytes[150_000..150_000 + PROBE].fill(0);
        assert!(packer.looks_loose(&bytes));
        assert_eq!(packer.pack(&bytes).codec, Codec::Raw);
        bytes[140_000..170_000].fill(0);
        assert_eq!(packer.pack(&bytes).codec, Codec::Zstd);
    }

    #[test]
    fn frames_with_a_dictionary_come_back_whatever_was_packed_before() {
        let content = random(40_000);
        let dictionary = Dictionary::new(content.clone(), false, 4);
        let other = Dictionary::new(random(50_000)[45_000..].to_vec(), false, 4);
        let mut packer = Packer::new(1, 4).unwrap();
        let mut out = vec![0; DICTIONARY_LIMIT + 1];
        for length in [100, 4000, 16_384, 16_385, 60_000, 20_000, 39_999, 80_000, DICTIONARY_LIMIT, 33_000] {
            // Ends with what the dictionary ends with, and repeats itself.
            let start = content.len() - (length / 2).min(content.len());
            let raw = [&content[start..], &content[..content.len().min(length / 2)], &vec![7; length]].concat();
            let raw = &raw[..length];
            packer.pack_with(&raw[..length / 3], &other);
            let packed = packer.pack_with(raw, &dictionary);
            assert_eq!(packed.codec, Codec::Dictionary, "{length} bytes");
            assert!(packed.payload.len() < 100, "{} of {length} bytes", packed.payload.len());
            let mut decoder = zstd_safe::DCtx::create();
            let count = decoder.decompress_using_dict(&mut out[..], packed.payload, &content).unwrap();
            assert!(out[..count] == *raw);
        }
    }

    #[test]
    fn an_edited_copy_becomes_a_delta() {
        let mut packer = Packer::new(1, 3).unwrap();
        let base = random(200_000);
        let mut raw = base[50_000..120_000].to_vec();
        raw[300] ^= 1;
        let packed = packer.pack_delta(&raw, &base, 1);
        assert_eq!(packed.codec, Codec::Prefix);
        assert!(packed.payload.len() < 200);
        let mut out = vec![0; raw.len()];
        let mut context = zstd_safe::DCtx::create();
        context.ref_prefix(&base).unwrap();
        assert_eq!(context.decompress(&mut out[..], packed.payload), Ok(raw.len()));
        assert_eq!(out, raw);
        assert_eq!(packer.pack(&raw).codec, Codec::Raw);
        let long = random(3_000_000);
        let mut edited = long.clone();
        edited[1_000_000..1_000_040].fill(1);
        let length = packer.pack_manifest_delta(&edited, &long).payload.len();
        assert!(length < 6000, "{length} bytes");
        assert_eq!(packer.pack_delta(&random(1000), &vec![0; 5000], 1).codec, Codec::Raw);
    }
}
