//! Owns cut rule FC1 in two steps, for files that several workers cut: the least hash of each small cell of a file, found in any order,
//! and from them the cuts, one after another. The cuts are those of `cut.rs`.

pub use crate::gear::CONTEXT;
use crate::gear::{self, TABLE, step, warm};

/// A window for a cut is as long as an average chunk: so many cells.
const CELLS_LOG2: u32 = 6;

/// Bytes of a cell. The cell of the bytes [from, to) has the hashes of the lengths that end in (from, to].
pub fn cell_size(average_log2: u32) -> usize {
    1 << (average_log2 - CELLS_LOG2)
}

/// Appends the least hash of each cell of `bytes[CONTEXT..]`, which starts at a border of cells; the last cell may be short.
pub fn least_of_cells(bytes: &[u8], cell: usize, out: &mut Vec<u32>) {
    let first = out.len();
    out.resize(first + (bytes.len() - CONTEXT).div_ceil(cell), 0);
    gear::least_of_cells(bytes, cell, &mut out[first..]);
}

/// A stretch of a file, with the bytes before it and its cells.
pub struct Stretch<'a> {
    /// Offset in the file of the first byte behind the context. At a border of cells.
    pub start: u64,
    /// `CONTEXT` bytes, and those of the stretch.
    pub bytes: &'a [u8],
    pub cells: &'a [u32],
}

impl Stretch<'_> {
    fn end(&self) -> u64 {
        self.start + (self.bytes.len() - CONTEXT) as u64
    }
}

/// A hash and how many bytes of the file lie before the cut that it is for.
#[derive(Clone, Copy)]
struct Cut {
    hash: u32,
    end: u64,
}

/// Where the chunk at `start` of a file of `size` bytes ends. `stretches` follow one another; `start` is in the first, and they go
/// as far as the longest chunk or the end of the file.
pub fn next_end(stretches: &[Stretch], start: u64, size: u64, average_log2: u32) -> u64 {
    let average = 1u64 << average_log2;
    let rest = size - start;
    if rest <= average {
        return size;
    }
    let shortest = start + average / 2;
    let longest = start + (average + average / 2).min(rest - average / 4);
    let cell = cell_size(average_log2) as u64;
    // Cells that lie in the window whole; there are some, because no window is shorter than a quarter of an average chunk.
    let (first_byte, last_byte) = (shortest - 1, longest - 1);
    let whole = first_byte.div_ceil(cell)..longest / cell;
    let (mut least_whole, mut best) = (u32::MAX, whole.start);
    for number in whole.clone() {
        let hash = least(stretches, number, cell);
        // Of equal ones the last counts.
        if hash <= least_whole {
            (least_whole, best) = (hash, number);
        }
    }
    let mut cut = least_end(stretches, best * cell + 1..(best + 1) * cell + 1);
    // The cells at the edges count with the part of them that lies in the window, and hardly ever hold the least hash at all.
    let front = (first_byte / cell, shortest..whole.start * cell + 1);
    let back = (last_byte / cell, whole.end * cell + 1..longest + 1);
    for (number, ends) in [front, back] {
        if ends.is_empty() || least(stretches, number, cell) > cut.hash {
            continue;
        }
        let here = least_end(stretches, ends);
        if (here.hash, u64::MAX - here.end) < (cut.hash, u64::MAX - cut.end) {
            cut = here;
        }
    }
    cut.end
}

fn least(stretches: &[Stretch], number: u64, cell: u64) -> u32 {
    let stretch = holding(stretches, number * cell);
    stretch.cells[(number - stretch.start / cell) as usize]
}

fn holding<'s, 'b>(stretches: &'s [Stretch<'b>], byte: u64) -> &'s Stretch<'b> {
    stretches.iter().find(|stretch| byte < stretch.end()).expect("stretches reach as far as a chunk can")
}

/// The least hash of the cuts at `ends`, all with their last byte in one cell; of equal ones the last.
fn least_end(stretches: &[Stretch], ends: std::ops::Range<u64>) -> Cut {
    let table = &*TABLE;
    let stretch = holding(stretches, ends.start - 1);
    let at = (ends.start - 1 - stretch.start) as usize;
    let mut hash = warm(stretch.bytes, at, table);
    let mut best = Cut { hash: u32::MAX, end: ends.start };
    for (end, &byte) in ends.zip(&stretch.bytes[CONTEXT + at..]) {
        hash = step(hash, byte, table);
        if hash <= best.hash {
            best = Cut { hash, end };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts a file in stretches of `block` bytes, each scanned for itself.
    fn lengths(bytes: &[u8], average_log2: u32, block: usize) -> Vec<u32> {
        let cell = cell_size(average_log2);
        let padded = [&[0; CONTEXT][..], bytes].concat();
        let scanned: Vec<Vec<u32>> = (0..bytes.len().div_ceil(block))
            .map(|i| {
                let mut out = Vec::new();
                least_of_cells(&padded[i * block..CONTEXT + ((i + 1) * block).min(bytes.len())], cell, &mut out);
                out
            })
            .collect();
        let stretches: Vec<Stretch> = (0..scanned.len())
            .map(|i| {
                let bytes = &padded[i * block..CONTEXT + ((i + 1) * block).min(bytes.len())];
                Stretch { start: (i * block) as u64, bytes, cells: &scanned[i] }
            })
            .collect();
        let mut out = Vec::new();
        let mut start = 0;
        while start < bytes.len() as u64 {
            let first = start as usize / block;
            let end = next_end(&stretches[first..], start, bytes.len() as u64, average_log2);
            out.push((end - start) as u32);
            start = end;
        }
        out
    }

    fn random(length: usize, seed: u64) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }

    fn check(bytes: &[u8], average_log2: u32, block: usize, what: &str) {
        let expected = crate::cut::lengths(bytes, average_log2);
        assert!(lengths(bytes, average_log2, block) == expected, "{what}, {} bytes", bytes.len());
    }

    #[test]
    fn cuts_as_one_worker_does_at_all_sizes_around_borders() {
        let bytes = random(5 * 65536 + 40_000, 1);
        let sizes =
            (0..6).flat_map(|n| [-8193i64, -4097, -4096, -257, -1, 0, 1, 255, 4095, 4096, 8192].map(|d| n * 65536 + d));
        for size in sizes.filter(|size| (0..=bytes.len() as i64).contains(size)) {
            check(&bytes[..size as usize], 14, 65536, "random");
        }
        for size in (100_000..bytes.len()).step_by(7919) {
            check(&bytes[..size], 14, 65536, "random");
            check(&bytes[..size], 16, 1 << 18, "random");
        }
    }

    #[test]
    fn cuts_as_one_worker_does_where_hashes_are_equal() {
        check(&vec![0; 400_001], 14, 65536, "zeros");
        check(&vec![7; 400_001], 14, 65536, "sevens");
        for period in (1..=64).chain([255, 256, 257, 1000, 4096, 5000, 65536]) {
            let pattern = random(period, period as u64);
            let bytes: Vec<u8> = (0..300_000 + period).map(|i| pattern[i % period]).collect();
            check(&bytes, 14, 65536, "periodic");
        }
        let mut mixed = random(500_000, 3);
        mixed[90_000..240_000].fill(0);
        mixed[300_000..310_000].fill(255);
        check(&mixed, 14, 65536, "mixed");
        check(&mixed, 15, 1 << 18, "mixed");
    }
}
