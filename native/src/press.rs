//! Owns packing as small as it gets: a high level, and of several possible prefixes the best one.

use zstd_safe::{CCtx, CParameter, ResetDirective};

use crate::errors::{Failure, Outcome};
use crate::hash::ID_SIZE;
use crate::lzma;
use crate::record::Codec;

/// Levels of the quick tries that tell which prefix is best, and whether the thorough one is worth its time.
const QUICK_LEVEL: i32 = 1;
const QUICK_DELTA_LEVEL: i32 = 3;
/// Raw bytes decode for free, so zstd has to save at least a fiftieth.
const LEAST_SAVING: usize = 50;
/// Shorter payloads are not worth a try as LZMA, nor those whose bytes and prefix would take it too much memory.
const LEAST_LZMA: usize = 2 << 10;
const MOST_LZMA: usize = 3 << 20;
/// LZMA has to save at least a twentieth.
const LZMA_SAVING: usize = 20;
/// Most media hold numbers of four bytes.
const ALIGNMENT: u32 = 2;

/// Bytes that a record may be packed against.
pub struct Candidate {
    pub prefix: Vec<u8>,
    /// How many records they come from.
    pub bases: usize,
    /// What a byte of the payload counts against one of a payload without bases: deep records serve fewer others.
    pub weight: f64,
}

impl Candidate {
    fn cost(&self, payload: usize) -> f64 {
        self.weight * (payload + ID_SIZE * self.bases) as f64
    }
}

pub struct Pressed {
    pub codec: Codec,
    pub payload: Vec<u8>,
    /// Which candidate it is made against, if any.
    pub candidate: Option<usize>,
}

/// Contexts of one worker, made when first used.
pub struct Press {
    level: i32,
    quick: Option<CCtx<'static>>,
    quick_delta: Option<CCtx<'static>>,
    high: Option<CCtx<'static>>,
}

impl Press {
    pub fn new(level: i32) -> Press {
        Press { level, quick: None, quick_delta: None, high: None }
    }

    /// The smallest payload found. `incompressible`: on its own it was stored raw before, which need not be tried again. `is_cold`: it may be
    /// one that takes long to read.
    pub fn press(
        &mut self,
        raw: &[u8],
        incompressible: bool,
        is_cold: bool,
        candidates: &[Candidate],
    ) -> Outcome<Pressed> {
        let limit = (raw.len() - raw.len() / LEAST_SAVING).saturating_sub(1);
        let quick_plain = if incompressible || candidates.is_empty() {
            None
        } else {
            compress(context(&mut self.quick, QUICK_LEVEL)?, raw, None, limit).map(|payload| payload.len())
        };
        let quick_plain = quick_plain.unwrap_or(raw.len());
        let delta = self.delta(raw, candidates, quick_plain)?;
        let cost = delta.as_ref().map(|(payload, at)| candidates[*at].cost(payload.len()));
        // Far below the quick try, the thorough one cannot win.
        let clear = cost.is_some_and(|cost| cost < quick_plain as f64 / 2.0);
        let plain = if incompressible || clear {
            None
        } else {
            compress(context(&mut self.high, self.level)?, raw, None, limit)
        };
        let plain_length = plain.as_ref().map_or(raw.len(), Vec::len);
        match (delta, cost) {
            (Some((payload, candidate)), Some(cost)) if cost < plain_length as f64 => {
                let prefix = &candidates[candidate].prefix;
                let zstd = Pressed { codec: Codec::Prefix, payload, candidate: Some(candidate) };
                Ok(if is_cold { colder(raw, prefix, zstd) } else { zstd })
            }
            _ => Ok(match plain {
                Some(payload) => {
                    let zstd = Pressed { codec: Codec::Zstd, payload, candidate: None };
                    if is_cold { colder(raw, &[], zstd) } else { zstd }
                }
                None => Pressed { codec: Codec::Raw, payload: raw.to_vec(), candidate: None },
            }),
        }
    }

    /// The best delta and the candidate it is made against; nothing when the quick tries do not promise any.
    fn delta(&mut self, raw: &[u8], candidates: &[Candidate], plain: usize) -> Outcome<Option<(Vec<u8>, usize)>> {
        let mut best: Option<(f64, usize)> = None;
        for (at, candidate) in candidates.iter().enumerate() {
            let quick = context(&mut self.quick_delta, QUICK_DELTA_LEVEL)?;
            let Some(payload) = compress(quick, raw, Some(&candidate.prefix), raw.len()) else { continue };
            let cost = candidate.cost(payload.len());
            if cost < plain as f64 && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, at));
            }
        }
        let Some((_, at)) = best else { return Ok(None) };
        let high = context(&mut self.high, self.level)?;
        Ok(compress(high, raw, Some(&candidates[at].prefix), raw.len()).map(|payload| (payload, at)))
    }
}

/// The same as LZMA, where that is worth its time: it is read at some ten million bytes of payload a second.
fn colder(raw: &[u8], prefix: &[u8], zstd: Pressed) -> Pressed {
    let length = zstd.payload.len();
    if length < LEAST_LZMA || raw.len() + prefix.len() > MOST_LZMA {
        return zstd;
    }
    let limit = length - length / LZMA_SAVING;
    match lzma::compress(raw, prefix, ALIGNMENT, limit) {
        Some(payload) => Pressed { codec: Codec::Lzma, payload, candidate: zstd.candidate },
        None => zstd,
    }
}

fn context<'a>(slot: &'a mut Option<CCtx<'static>>, level: i32) -> Outcome<&'a mut CCtx<'static>> {
    let broken = || Failure::new("ENOMEM", std::path::Path::new(""), "no memory for a zstd context");
    if slot.is_none() {
        let mut made = CCtx::try_create().ok_or_else(broken)?;
        made.set_parameter(CParameter::CompressionLevel(level)).map_err(|_| broken())?;
        *slot = Some(made);
    }
    slot.as_mut().ok_or_else(broken)
}

/// One frame of at most `limit` bytes, or nothing when it does not fit.
fn compress(context: &mut CCtx<'static>, raw: &[u8], prefix: Option<&[u8]>, limit: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; limit];
    let reach = raw.len() + prefix.map_or(0, <[u8]>::len);
    let window = usize::BITS - reach.leading_zeros();
    context.set_parameter(CParameter::WindowLog(window.clamp(10, 27))).ok()?;
    let referenced = prefix.is_none_or(|prefix| {
        // SAFETY: only the lifetime changes. The context uses the prefix for the one frame made below and keeps no reference past
        // it: zstd drops a prefix at the end of a frame, and the reset does so when compression failed.
        let prefix: &'static [u8] = unsafe { std::mem::transmute::<&[u8], &'static [u8]>(prefix) };
        context.ref_prefix(prefix).is_ok()
    });
    let result = context.compress2(&mut out[..], raw);
    context.reset(ResetDirective::SessionOnly).ok()?;
    let length = result.ok().filter(|_| referenced)?;
    out.truncate(length);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: &[u8], length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(seed).finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn only_what_is_cold_becomes_lzma() {
        let mut press = Press::new(19);
        let raw: Vec<u8> = (0..40_000u32).flat_map(|i| (i * 7 + i % 3).to_le_bytes()).collect();
        let prefix = Candidate { prefix: raw[1000..9000].to_vec(), bases: 1, weight: 1.0 };
        for candidates in [&[][..], &[prefix]] {
            let zstd = press.press(&raw, false, false, candidates).unwrap();
            let lzma = press.press(&raw, false, true, candidates).unwrap();
            assert!(matches!(zstd.codec, Codec::Zstd | Codec::Prefix));
            assert_eq!(lzma.codec, Codec::Lzma);
            assert!(lzma.payload.len() < zstd.payload.len());
        }
    }

    #[test]
    fn the_best_prefix_is_taken_and_useless_ones_are_not() {
        let mut press = Press::new(19);
        let base = random(b"base", 200_000);
        let mut raw = base[50_000..120_000].to_vec();
        raw[300] ^= 1;
        let far = Candidate { prefix: random(b"other", 100_000), bases: 1, weight: 1.0 };
        let half = Candidate { prefix: base[..80_000].to_vec(), bases: 1, weight: 1.0 };
        let near = Candidate { prefix: base, bases: 2, weight: 1.0 };
        let pressed = press.press(&raw, true, false, &[far, half, near]).unwrap();
        assert_eq!((pressed.codec, pressed.candidate), (Codec::Prefix, Some(2)));
        assert!(pressed.payload.len() < 200);
        let far = Candidate { prefix: random(b"other", 100_000), bases: 1, weight: 1.0 };
        assert_eq!(press.press(&raw, false, false, &[far]).unwrap().codec, Codec::Raw);
        assert_eq!(press.press(&[7; 5000], false, false, &[]).unwrap().codec, Codec::Zstd);
        assert_eq!(press.press(b"", false, false, &[]).unwrap().codec, Codec::Raw);
    }
}
