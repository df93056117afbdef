//! Owns cut rule FC1: where an asset is cut into chunks (docs/formats/cutPoints.md). Part of the on-disk format.

use std::sync::LazyLock;

/// Bytes that decide a cut.
pub const WINDOW: usize = 32;
pub const MIN_AVERAGE_LOG2: u32 = 14;
pub const MAX_AVERAGE_LOG2: u32 = 20;

pub static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
    let mut bytes = [0; 1024];
    blake3::Hasher::new().update(b"forge fc1 gear table").finalize_xof().fill(&mut bytes);
    std::array::from_fn(|i| u32::from_le_bytes([bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3]]))
});

/// How many bytes from the start of a chunk must be at hand to cut it, when `rest` bytes of the file follow that start.
pub fn needed(rest: u64, average_log2: u32) -> usize {
    let average = 1u64 << average_log2;
    let bytes = if rest <= average { rest } else { (average + average / 2).min(rest - average / 4) };
    bytes as usize
}

/// Length of the chunk at the start of `bytes`, which holds at least `needed(rest, average_log2)` bytes.
pub fn next_length(bytes: &[u8], rest: u64, average_log2: u32) -> usize {
    let average = 1usize << average_log2;
    let longest = needed(rest, average_log2);
    if rest <= average as u64 {
        return longest;
    }
    least_hash(&bytes[..longest], average / 2)
}

/// Lengths of all chunks of a whole file.
pub fn lengths(bytes: &[u8], average_log2: u32) -> Vec<u32> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = next_length(rest, rest.len() as u64, average_log2);
        out.push(length as u32);
        rest = &rest[length..];
    }
    out
}

/// A candidate for a cut.
#[derive(Clone, Copy)]
struct Cut {
    hash: u32,
    length: usize,
}

/// The length in [shortest, bytes.len()] whose hash is least; of equal ones the largest.
///
/// A gear hash is a chain of dependent steps, so four stretches are walked side by side to keep the processor busy. Few hashes are
/// less than all before them: what happens then is kept out of the loop.
fn least_hash(bytes: &[u8], shortest: usize) -> usize {
    let table = &*TABLE;
    let stretch = (bytes.len() - shortest + 1) / 4;
    let starts = [shortest, shortest + stretch, shortest + 2 * stretch, shortest + 3 * stretch];
    let [mut h0, mut h1, mut h2, mut h3] = starts.map(|length| hash_before(bytes, length, table));
    let [w0, w1, w2, w3] = starts.map(|length| &bytes[length - 1..length - 1 + stretch]);
    let mut best = Cut { hash: u32::MAX, length: 0 };
    for (i, (((&b0, &b1), &b2), &b3)) in w0.iter().zip(w1).zip(w2).zip(w3).enumerate() {
        h0 = step(h0, b0, table);
        h1 = step(h1, b1, table);
        h2 = step(h2, b2, table);
        h3 = step(h3, b3, table);
        if h0 <= best.hash {
            best = better(best, Cut { hash: h0, length: starts[0] + i });
        }
        if h1 <= best.hash {
            best = better(best, Cut { hash: h1, length: starts[1] + i });
        }
        if h2 <= best.hash {
            best = better(best, Cut { hash: h2, length: starts[2] + i });
        }
        if h3 <= best.hash {
            best = better(best, Cut { hash: h3, length: starts[3] + i });
        }
    }
    for length in shortest + 4 * stretch..=bytes.len() {
        h3 = step(h3, bytes[length - 1], table);
        best = better(best, Cut { hash: h3, length });
    }
    best.length
}

/// The hash from which one step leads to that of `length`.
fn hash_before(bytes: &[u8], length: usize, table: &[u32; 256]) -> u32 {
    bytes[length - WINDOW..length - 1].iter().fold(0, |hash, &byte| step(hash, byte, table))
}

#[inline(always)]
pub fn step(hash: u32, byte: u8, table: &[u32; 256]) -> u32 {
    (hash << 1).wrapping_add(table[usize::from(byte)])
}

#[cold]
#[inline(never)]
fn better(a: Cut, b: Cut) -> Cut {
    if (b.hash, usize::MAX - b.length) < (a.hash, usize::MAX - a.length) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule as docs/formats/cutPoints.md states it, without any shortcut.
    fn by_definition(bytes: &[u8], average_log2: u32) -> Vec<u32> {
        let average = 1usize << average_log2;
        let mut out = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let rest = bytes.len() - start;
            let mut length = rest;
            if rest > average {
                let mut best = u32::MAX;
                for candidate in average / 2..=(3 * average / 2).min(rest - average / 4) {
                    let hash = (0..32).fold(0u32, |sum, k| {
                        let byte = bytes[start + candidate - 1 - k];
                        sum.wrapping_add(TABLE[usize::from(byte)] << k)
                    });
                    if hash <= best {
                        best = hash;
                        length = candidate;
                    }
                }
            }
            out.push(length as u32);
            start += length;
        }
        out
    }

    fn random(length: usize, seed: u64) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn follows_the_definition_on_random_bytes() {
        for (seed, length) in [1, 16383, 16384, 16385, 20480, 24577, 60001, 200_000, 300_003].into_iter().enumerate() {
            let bytes = random(length, seed as u64);
            assert_eq!(lengths(&bytes, 14), by_definition(&bytes, 14), "length {length}");
        }
        let bytes = random(500_000, 99);
        assert_eq!(lengths(&bytes, 16), by_definition(&bytes, 16));
    }

    #[test]
    fn takes_the_longest_of_equal_hashes() {
        let zeros = vec![0; 100_000];
        assert_eq!(lengths(&zeros, 14), by_definition(&zeros, 14));
        let periodic: Vec<u8> = (0..100_000).map(|i| (i % 48) as u8).collect();
        assert_eq!(lengths(&periodic, 14), by_definition(&periodic, 14));
    }

    #[test]
    fn an_empty_file_has_no_chunks() {
        assert!(lengths(&[], 16).is_empty());
    }
}
