//! Owns the gear hash of cut rule FC1 (docs/formats/cutPoints.md), and how the least hash of each of many cells of bytes is found.

use std::sync::LazyLock;

/// Bytes that decide a cut.
pub const WINDOW: usize = 32;
/// Bytes before a stretch that its hashes depend on.
pub const CONTEXT: usize = WINDOW - 1;

pub static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
    let mut bytes = [0; 1024];
    blake3::Hasher::new().update(b"forge fc1 gear table").finalize_xof().fill(&mut bytes);
    std::array::from_fn(|i| u32::from_le_bytes([bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3]]))
});

#[inline(always)]
pub fn step(hash: u32, byte: u8, table: &[u32; 256]) -> u32 {
    (hash << 1).wrapping_add(table[usize::from(byte)])
}

/// The hash from which one step leads to that of the byte at `at` behind the context.
pub fn warm(bytes: &[u8], at: usize, table: &[u32; 256]) -> u32 {
    bytes[at..at + CONTEXT].iter().fold(0, |hash, &byte| step(hash, byte, table))
}

/// A way to find the least hash of each cell of `cell` bytes of `bytes[CONTEXT..]`; the last cell may be short. `cell` is a power of two
/// of at least 32. There is one place in `out` for each cell. All ways give the same.
pub type Way = fn(bytes: &[u8], cell: usize, out: &mut [u32]);

/// The way that scans many bytes at once, where this processor has what it needs.
pub fn vector_way() -> Option<Way> {
    #[cfg(target_arch = "x86_64")]
    return crate::gear_avx512::way();
    #[cfg(not(target_arch = "x86_64"))]
    None
}

/// All ways that this processor has.
#[cfg(test)]
pub fn ways() -> Vec<Way> {
    [plain as Way].into_iter().chain(vector_way()).collect()
}

/// Finds the least hashes the fastest way.
pub fn least_of_cells(bytes: &[u8], cell: usize, out: &mut [u32]) {
    vector_way().unwrap_or(plain)(bytes, cell, out);
}

/// A gear hash is a chain of dependent steps, so four stretches are walked side by side to keep the processor busy.
pub fn plain(bytes: &[u8], cell: usize, out: &mut [u32]) {
    let table = &*TABLE;
    let cells = (bytes.len() - CONTEXT) / cell / 4;
    let stretch = cells * cell;
    let mut hashes = [0, 1, 2, 3].map(|lane| warm(bytes, lane * stretch, table));
    let lanes = [0, 1, 2, 3].map(|lane| &bytes[CONTEXT + lane * stretch..CONTEXT + (lane + 1) * stretch]);
    for number in 0..cells {
        let [w0, w1, w2, w3] = lanes.map(|lane| &lane[number * cell..(number + 1) * cell]);
        let [mut h0, mut h1, mut h2, mut h3] = hashes;
        let [mut m0, mut m1, mut m2, mut m3] = [u32::MAX; 4];
        for (((&b0, &b1), &b2), &b3) in w0.iter().zip(w1).zip(w2).zip(w3) {
            h0 = step(h0, b0, table);
            h1 = step(h1, b1, table);
            h2 = step(h2, b2, table);
            h3 = step(h3, b3, table);
            m0 = m0.min(h0);
            m1 = m1.min(h1);
            m2 = m2.min(h2);
            m3 = m3.min(h3);
        }
        hashes = [h0, h1, h2, h3];
        for (lane, value) in [m0, m1, m2, m3].into_iter().enumerate() {
            out[lane * cells + number] = value;
        }
    }
    let mut hash = warm(bytes, 4 * stretch, table);
    for (value, rest) in out[4 * cells..].iter_mut().zip(bytes[CONTEXT + 4 * stretch..].chunks(cell)) {
        *value = u32::MAX;
        for &byte in rest {
            hash = step(hash, byte, table);
            *value = (*value).min(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(b"gear").finalize_xof().fill(&mut bytes);
        bytes
    }

    fn by_definition(bytes: &[u8], cell: usize) -> Vec<u32> {
        let hash = |at: usize| (0..32).fold(0u32, |sum, k| sum.wrapping_add(TABLE[usize::from(bytes[at - k])] << k));
        let ends: Vec<usize> = (CONTEXT..bytes.len()).collect();
        ends.chunks(cell).map(|cell| cell.iter().map(|&at| hash(at)).min().unwrap()).collect()
    }

    fn check(bytes: &[u8], cell: usize, what: &str) {
        let expected = by_definition(bytes, cell);
        for (number, way) in ways().into_iter().enumerate() {
            let mut out = vec![0xdead; expected.len()];
            way(bytes, cell, &mut out);
            assert!(out == expected, "way {number}, cells of {cell}, {} bytes: {what}", bytes.len());
        }
    }

    #[test]
    fn every_way_follows_the_definition() {
        let bytes = random(CONTEXT + 150_000);
        for cell in [32, 64, 128, 256, 1024, 4096, 16384] {
            for cells in [0, 1, 3, 4, 15, 16, 17, 31, 33, 64, 129] {
                for extra in [0, 1, 15, 16, 31, cell / 2, cell - 1] {
                    let length = CONTEXT + cells * cell + extra;
                    if length <= bytes.len() {
                        check(&bytes[..length], cell, "random");
                    }
                }
            }
        }
    }

    #[test]
    fn every_way_takes_any_bytes() {
        for byte in 0..=255 {
            check(&[byte; 3000], 32, "constant");
        }
        for period in [1, 2, 3, 16, 17, 31, 32, 33, 64, 255, 1000] {
            let pattern = random(period);
            let bytes: Vec<u8> = (0..40_000).map(|i| pattern[i % period]).collect();
            check(&bytes, 128, "periodic");
            check(&bytes, 1024, "periodic");
        }
        let all: Vec<u8> = (0..20_000u32).map(|i| (i * i / 7) as u8).collect();
        (0..64).for_each(|from| check(&all[from..], 64, "from any address"));
    }
}
