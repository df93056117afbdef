//! Owns sketches: a few numbers of a chunk by which chunks that have bytes in common are found among many.

use std::collections::HashMap;

use crate::gear::{TABLE, WINDOW, step};

/// Numbers of one sketch: the smallest of those that its windows of 32 bytes hash to.
const LENGTH: usize = 64;
/// Only hashes below this are looked at, one in 64: the others are hardly ever among the smallest.
const SAMPLED: u32 = u32::MAX / 64;
/// Chunks that are remembered for one number: what many have in common tells nothing.
const MOST_SHARED: usize = 24;
/// Numbers that two chunks must have in common.
const LEAST_COMMON: u32 = 2;

/// The smallest distinct hashes of the windows of `bytes`, in order.
pub fn sketch(bytes: &[u8]) -> Vec<u32> {
    let mut hash = 0u32;
    let mut last = 0;
    let mut found: Vec<u32> = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        hash = step(hash, byte, &TABLE);
        // The gear hash's low bits know little of the window; the product spreads its high ones.
        let mixed = (hash ^ hash >> 15).wrapping_mul(0x9e37_79b1);
        if mixed < SAMPLED && mixed != last && at + 1 >= WINDOW {
            last = mixed;
            found.push(mixed);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(LENGTH);
    found
}

/// Finds, among the rows that were added, those with the most in common with a chunk.
#[derive(Default)]
pub struct Similar {
    rows: HashMap<u32, Vec<u32>>,
}

impl Similar {
    pub fn add(&mut self, row: u32, sketch: &[u32]) {
        for &number in sketch {
            let rows = self.rows.entry(number).or_default();
            if rows.len() < MOST_SHARED {
                rows.push(row);
            }
        }
    }

    /// At most `count` rows, the most alike first; of equal ones the latest.
    pub fn find(&self, sketch: &[u32], count: usize) -> Vec<u32> {
        let mut votes: HashMap<u32, u32> = HashMap::new();
        for row in sketch.iter().filter_map(|number| self.rows.get(number)).flatten() {
            *votes.entry(*row).or_default() += 1;
        }
        let mut found: Vec<(u32, u32)> = votes.into_iter().filter(|&(_, common)| common >= LEAST_COMMON).collect();
        found.sort_unstable_by_key(|&(row, common)| std::cmp::Reverse((common, row)));
        found.into_iter().take(count).map(|(row, _)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn what_has_the_most_in_common_comes_first_and_strangers_do_not_come() {
        let mut similar = Similar::default();
        let whole = random(1, 200_000);
        let half = [&random(2, 100_000), &whole[..100_000]].concat();
        let moved = [&random(3, 777), &whole[3_000..]].concat();
        for (row, bytes) in [(7, &half), (8, &moved), (9, &random(4, 200_000))] {
            similar.add(row, &sketch(bytes));
        }
        assert_eq!(similar.find(&sketch(&whole), 3), [8, 7]);
        assert_eq!(similar.find(&sketch(&whole), 1), [8]);
        assert_eq!(similar.find(&sketch(&random(5, 200_000)), 3), [] as [u32; 0]);
    }

    #[test]
    fn short_and_monotonous_bytes_have_short_sketches() {
        assert_eq!(sketch(&[]), [] as [u32; 0]);
        assert_eq!(sketch(&[1; 31]), [] as [u32; 0]);
        assert!(sketch(&[0; 100_000]).len() <= 1);
    }
}
