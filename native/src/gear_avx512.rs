//! Owns the AVX-512 way to find least gear hashes: sixteen stretches of the bytes are walked side by side, one in each lane of a vector.
//!
//! Three things make it fast. The table is looked up in registers: each of the four bytes of its entries is a table of 256 bytes, which
//! takes four registers and, with VBMI, two permutes and a blend for 64 bytes at once. Sixteen bytes of each stretch are turned so that
//! the lanes of a vector hold the same byte of each. And then a step of sixteen hashes is two additions and a minimum.

use std::arch::x86_64::*;
use std::sync::LazyLock;

use crate::gear::{CONTEXT, TABLE, WINDOW, Way, plain};

const LANES: usize = 16;
/// Bytes of each lane that are turned at once.
const STEP: usize = 16;
/// Longer cells are put together from such parts: more than one stretch fits in a cell then.
const LONGEST_PART: usize = 1024;
/// Lanes that lie a multiple of this apart use the same few places of the processor's first cache.
const CACHE_STRIDE: usize = 4096;

/// Byte `p` of each entry of the table, for each `p`.
static PLANES: LazyLock<[[u8; 256]; 4]> =
    LazyLock::new(|| std::array::from_fn(|p| std::array::from_fn(|i| TABLE[i].to_le_bytes()[p])));

/// This way, where the processor has it.
pub fn way() -> Option<Way> {
    let has_all = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi");
    has_all.then_some(least_of_cells as Way)
}

fn least_of_cells(bytes: &[u8], cell: usize, out: &mut [u32]) {
    let part = cell.min(LONGEST_PART);
    let mut done = 0;
    out.fill(u32::MAX);
    loop {
        let mut parts = (bytes.len() - CONTEXT - done) / part / LANES;
        if parts == 0 {
            break;
        }
        if parts > 1 && (parts * part).is_multiple_of(CACHE_STRIDE) {
            parts -= 1;
        }
        let stretches = &bytes[done..done + CONTEXT + LANES * parts * part];
        let keep = |number: usize, least: u32| {
            let place = &mut out[(done + number * part) / cell];
            *place = least.min(*place);
        };
        // SAFETY: this function is only handed out, by `way`, where the processor has what `walk` needs.
        unsafe { walk(stretches, parts, part, keep) };
        done += LANES * parts * part;
    }
    // What is left is less than sixteen parts.
    let rest = &bytes[done..];
    let mut least = [0; LANES];
    let least = &mut least[..(rest.len() - CONTEXT).div_ceil(part)];
    plain(rest, part, least);
    for (number, &least) in least.iter().enumerate() {
        let place = &mut out[(done + number * part) / cell];
        *place = least.min(*place);
    }
}

/// Tells `keep` number and least hash of each part of `bytes[CONTEXT..]`, which are `LANES` times `parts` of `part` bytes.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn walk(bytes: &[u8], parts: usize, part: usize, mut keep: impl FnMut(usize, u32)) {
    let stretch = parts * part;
    let planes = PLANES.each_ref().map(|plane| load_plane(plane));
    // The bytes before each stretch, behind one that is shifted out of the hash again.
    let mut before = [0; LANES * WINDOW];
    for (lane, place) in before.chunks_exact_mut(WINDOW).enumerate() {
        place[1..].copy_from_slice(&bytes[lane * stretch..lane * stretch + CONTEXT]);
    }
    let mut hash = _mm512_setzero_si512();
    for at in (0..WINDOW).step_by(STEP) {
        (hash, _) = walk_step(&before, at, WINDOW, &planes, hash, hash);
    }
    let bytes = &bytes[CONTEXT..];
    for number in 0..parts {
        let mut least = _mm512_set1_epi32(-1);
        for at in (number * part..(number + 1) * part).step_by(STEP) {
            (hash, least) = walk_step(bytes, at, stretch, &planes, hash, least);
        }
        let mut lanes = [0u32; LANES];
        // SAFETY: the array is as long as the vector.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), least) };
        for (lane, least) in lanes.into_iter().enumerate() {
            keep(lane * parts + number, least);
        }
    }
}

#[target_feature(enable = "avx512f")]
fn load_plane(plane: &[u8; 256]) -> [__m512i; 4] {
    // SAFETY: four vectors are as long as the plane.
    [0, 64, 128, 192].map(|at| unsafe { _mm512_loadu_si512(plane.as_ptr().add(at).cast()) })
}

/// Takes hashes and least hashes over the bytes `at..at + STEP` of each lane. Lanes start `stretch` bytes apart.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn walk_step(
    bytes: &[u8],
    at: usize,
    stretch: usize,
    planes: &[[__m512i; 4]; 4],
    mut hash: __m512i,
    mut least: __m512i,
) -> (__m512i, __m512i) {
    debug_assert!((LANES - 1) * stretch + at + STEP <= bytes.len());
    let load = |first: usize| {
        let part = |lane: usize| {
            // SAFETY: the bytes hold `LANES` stretches, and `at` is a whole step before the end of one.
            unsafe { _mm_loadu_si128(bytes.as_ptr().add(at + lane * stretch).cast()) }
        };
        // A quarter of the vector each.
        let quarters = _mm512_castsi128_si512(part(first));
        let quarters = _mm512_inserti32x4::<1>(quarters, part(first + 4));
        let quarters = _mm512_inserti32x4::<2>(quarters, part(first + 8));
        _mm512_inserti32x4::<3>(quarters, part(first + 12))
    };
    // Each quarter of a, b, c and d holds sixteen bytes of one lane. Turned, it holds four times the same byte of four lanes.
    let [a, b, c, d] = [load(0), load(1), load(2), load(3)];
    let (low_ac, high_ac) = (_mm512_unpacklo_epi8(a, c), _mm512_unpackhi_epi8(a, c));
    let (low_bd, high_bd) = (_mm512_unpacklo_epi8(b, d), _mm512_unpackhi_epi8(b, d));
    let turned = [
        _mm512_unpacklo_epi8(low_ac, low_bd),
        _mm512_unpackhi_epi8(low_ac, low_bd),
        _mm512_unpacklo_epi8(high_ac, high_bd),
        _mm512_unpackhi_epi8(high_ac, high_bd),
    ];
    for index in turned {
        for entries in look_up(index, planes) {
            hash = _mm512_add_epi32(_mm512_add_epi32(hash, hash), entries);
            least = _mm512_min_epu32(least, hash);
        }
    }
    (hash, least)
}

/// The entries of 64 bytes: of the first four bytes of each quarter, of the next four, and so on.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn look_up(index: __m512i, planes: &[[__m512i; 4]; 4]) -> [__m512i; 4] {
    let is_high = _mm512_movepi8_mask(index);
    let byte = |plane: &[__m512i; 4]| {
        let low = _mm512_permutex2var_epi8(plane[0], index, plane[1]);
        let high = _mm512_permutex2var_epi8(plane[2], index, plane[3]);
        _mm512_mask_mov_epi8(low, is_high, high)
    };
    let (p0, p1, p2, p3) = (byte(&planes[0]), byte(&planes[1]), byte(&planes[2]), byte(&planes[3]));
    let (low01, high01) = (_mm512_unpacklo_epi8(p0, p1), _mm512_unpackhi_epi8(p0, p1));
    let (low23, high23) = (_mm512_unpacklo_epi8(p2, p3), _mm512_unpackhi_epi8(p2, p3));
    [
        _mm512_unpacklo_epi16(low01, low23),
        _mm512_unpackhi_epi16(low01, low23),
        _mm512_unpacklo_epi16(high01, high23),
        _mm512_unpackhi_epi16(high01, high23),
    ]
}
