//! Owns cut rule FC1: where an asset is cut into chunks (docs/formats/cutPoints.md). Part of the on-disk format.

use crate::gear::{self, CONTEXT, TABLE, WINDOW, Way, step, warm};

pub const MIN_AVERAGE_LOG2: u32 = 14;
pub const MAX_AVERAGE_LOG2: u32 = 20;
/// A window for a cut is as long as an average chunk, or shorter: so many cells, and one byte.
const CELLS_LOG2: u32 = 9;

/// How many bytes from the start of a chunk must be at hand to cut it, when `rest` bytes of the file follow that start.
pub fn needed(rest: u64, average_log2: u32) -> usize {
    let average = 1u64 << average_log2;
    let bytes = if rest <= average { rest } else { (average + average / 2).min(rest - average / 4) };
    bytes as usize
}

/// How the least hash of a window is found: by the cells of this way, or, without one, by walking along.
pub type Search = Option<Way>;

/// Cells pay where many are scanned at once. Walking, the least of a few bytes changes so often that the processor guesses wrong.
fn best_search() -> Search {
    gear::vector_way()
}

/// Length of the chunk at the start of `bytes`, which holds at least `needed(rest, average_log2)` bytes.
pub fn next_length(bytes: &[u8], rest: u64, average_log2: u32) -> usize {
    next_length_by(best_search(), bytes, rest, average_log2)
}

/// Lengths of all chunks of a whole file.
pub fn lengths(bytes: &[u8], average_log2: u32) -> Vec<u32> {
    lengths_by(best_search(), bytes, average_log2)
}

fn next_length_by(search: Search, bytes: &[u8], rest: u64, average_log2: u32) -> usize {
    let average = 1usize << average_log2;
    let longest = needed(rest, average_log2);
    if rest <= average as u64 {
        return longest;
    }
    match search {
        Some(way) => least_of_cells(way, &bytes[..longest], average),
        None => least_walking(&bytes[..longest], average / 2),
    }
}

/// As `lengths`, searched this way.
pub fn lengths_by(search: Search, bytes: &[u8], average_log2: u32) -> Vec<u32> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = next_length_by(search, rest, rest.len() as u64, average_log2);
        out.push(length as u32);
        rest = &rest[length..];
    }
    out
}

/// The length in [average / 2, bytes.len()] whose hash is least; of equal ones the largest.
///
/// The least hash of each cell is found first, which takes no branches; then the last cell that has the least of all is walked again.
fn least_of_cells(way: Way, bytes: &[u8], average: usize) -> usize {
    let shortest = average / 2;
    let cell = average >> CELLS_LOG2;
    let window = &bytes[shortest - 1 - CONTEXT..];
    let ends = window.len() - CONTEXT;
    let mut least = [0; (1 << CELLS_LOG2) + 1];
    let least = &mut least[..ends.div_ceil(cell)];
    way(window, cell, least);
    let least_of_all = least.iter().copied().fold(u32::MAX, u32::min);
    let number = least.iter().rposition(|&hash| hash == least_of_all).expect("the least is one of them");
    let first = number * cell;
    let mut hash = warm(window, first, &TABLE);
    let mut length = shortest + first;
    for (i, &byte) in window[CONTEXT + first..].iter().take(cell).enumerate() {
        hash = step(hash, byte, &TABLE);
        if hash == least_of_all {
            length = shortest + first + i;
        }
    }
    length
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
fn least_walking(bytes: &[u8], shortest: usize) -> usize {
    let table = &*TABLE;
    let stretch = (bytes.len() - shortest + 1) / 4;
    let starts = [shortest, shortest + stretch, shortest + 2 * stretch, shortest + 3 * stretch];
    let [mut h0, mut h1, mut h2, mut h3] = starts.map(|length| warm(bytes, length - WINDOW, table));
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

    /// All that there are here.
    fn searches() -> Vec<Search> {
        gear::ways().into_iter().map(Some).chain([None]).collect()
    }

    fn check(bytes: &[u8], average_log2: u32, what: &str) {
        let expected = by_definition(bytes, average_log2);
        for search in searches() {
            assert_eq!(lengths_by(search, bytes, average_log2), expected, "{what}, {} bytes", bytes.len());
        }
    }

    #[test]
    fn follows_the_definition_on_random_bytes() {
        for (seed, length) in [1, 16383, 16384, 16385, 20480, 24577, 60001, 200_000, 300_003].into_iter().enumerate() {
            check(&random(length, seed as u64), 14, "random");
        }
        for log2 in 14..=20 {
            check(&random(3 << log2, 99), log2, "random");
        }
        let bytes = random(120_000, 7);
        (0..120_000).step_by(997).for_each(|from| check(&bytes[from..], 14, "random"));
    }

    #[test]
    fn takes_the_longest_of_equal_hashes() {
        for byte in [0, 7, 128, 255] {
            check(&vec![byte; 100_000], 14, "constant");
        }
        for period in [1, 2, 3, 31, 32, 33, 48, 64, 255, 1000, 4096, 5000] {
            let pattern = random(period, period as u64);
            let bytes: Vec<u8> = (0..100_000 + period).map(|i| pattern[i % period]).collect();
            check(&bytes, 14, "periodic");
        }
        let mut mixed = random(150_000, 3);
        mixed[9_000..40_000].fill(0);
        mixed[60_000..64_000].fill(255);
        check(&mixed, 14, "mixed");
    }

    #[test]
    fn gives_the_golden_vectors() {
        let golden = include_str!("../../test/fixtures/golden/cutPoints.json");
        let field = |line: &str, name: &str| -> Option<String> {
            let (_, value) = line.split_once(&format!("\"{name}\":"))?;
            let value = value.trim_start_matches(['"', '[']);
            Some(value.split(['"', ']', '}']).next().unwrap().to_string())
        };
        let number = |line: &str, name: &str| -> Option<usize> { field(line, name)?.split(',').next()?.parse().ok() };
        let mut vectors = 0;
        for line in golden.lines().filter(|line| line.starts_with('{')) {
            let length = number(line, "length").unwrap();
            let bytes: Vec<u8> = match number(line, "seed") {
                Some(seed) => xorshift(seed as u32, length),
                None => {
                    let pattern = field(line, "pattern").unwrap();
                    let pattern: Vec<u8> = (0..pattern.len() / 2)
                        .map(|i| u8::from_str_radix(&pattern[2 * i..2 * i + 2], 16).unwrap())
                        .collect();
                    (0..length).map(|i| pattern[i % pattern.len()]).collect()
                }
            };
            let expected: Vec<u32> =
                field(line, "lengths").unwrap().split(',').filter_map(|length| length.parse().ok()).collect();
            for search in searches() {
                let average_log2 = number(line, "averageLog2").unwrap() as u32;
                assert_eq!(lengths_by(search, &bytes, average_log2), expected, "{line}");
            }
            vectors += 1;
        }
        assert!(vectors > 10, "only {vectors} vectors");
    }

    /// As test/support/naiveCut.ts makes them.
    fn xorshift(seed: u32, length: usize) -> Vec<u8> {
        let mut x = seed;
        let mut next = || {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            x.to_le_bytes()
        };
        (0..length.div_ceil(4)).flat_map(|_| next()).take(length).collect()
    }

    #[test]
    fn an_empty_file_has_no_chunks() {
        assert!(lengths(&[], 16).is_empty());
    }
}
