//! Owns which chunks of a file's previous version a new chunk is packed against.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::hash::{BuildIdHasher, Id};
use crate::record::{Kind, MAX_BASES, MAX_DELTA_DEPTH};
use crate::table::{RecordTable, Row};

/// Raw bytes of all bases of one delta stay below this.
const MAX_PREFIX: u64 = 1 << 20;

/// Up to four rows, in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bases {
    rows: [u32; MAX_BASES],
    count: u8,
}

impl Bases {
    pub fn rows(&self) -> &[u32] {
        &self.rows[..usize::from(self.count)]
    }

    fn push(&mut self, row: u32) -> bool {
        if usize::from(self.count) == MAX_BASES {
            return false;
        }
        self.rows[usize::from(self.count)] = row;
        self.count += 1;
        true
    }
}

/// The previous version of one file, and where the new one currently is in it.
pub struct PreviousVersion {
    rows: Vec<u32>,
    /// Where each chunk starts; one more for the end.
    starts: Vec<u64>,
    by_id: HashMap<Id, usize, BuildIdHasher>,
    /// Added to a position of the new version, gives one of the previous version: as the last chunk found in both has it.
    drift: i64,
    margin: u64,
}

impl PreviousVersion {
    /// `None` when there is nothing to pack against.
    pub fn new(table: &RecordTable, rows: &[u32], average_log2: u32) -> Option<Self> {
        let mut previous = PreviousVersion {
            rows: rows.to_vec(),
            starts: vec![0],
            by_id: HashMap::default(),
            drift: 0,
            margin: 1 << (average_log2 - 1),
        };
        let mut end = 0;
        for (i, &number) in rows.iter().enumerate() {
            let row = table.row(number).filter(|row| row.kind == Kind::Chunk)?;
            end += u64::from(row.raw_length);
            previous.starts.push(end);
            previous.by_id.entry(row.id).or_insert(i);
        }
        (!rows.is_empty()).then_some(previous)
    }

    /// As `new`, of a version whose chunks are known by id and length; rows that are not in the table are no bases. `None` unless each
    /// chunk has a row.
    pub fn of_chunks(rows: &[u32], chunks: &[(Id, u32)], average_log2: u32) -> Option<Self> {
        let mut starts = vec![0];
        let mut by_id: HashMap<Id, usize, BuildIdHasher> = HashMap::default();
        let mut end = 0;
        for (i, &(id, length)) in chunks.iter().enumerate() {
            end += u64::from(length);
            starts.push(end);
            by_id.entry(id).or_insert(i);
        }
        let margin = 1 << (average_log2 - 1);
        let is_whole = !rows.is_empty() && rows.len() == chunks.len();
        is_whole.then(|| PreviousVersion { rows: rows.to_vec(), starts, by_id, drift: 0, margin })
    }

    /// Tells that the chunk before the next one is where it was in the previous version.
    pub fn realign(&mut self) {
        self.drift = 0;
    }

    /// Bases for the chunk `id` at `start`, in the table given to `new`; none when the previous version has the very chunk. Call for
    /// every chunk, in order.
    pub fn bases_for(&mut self, table: &RecordTable, id: &Id, start: u64, length: u64) -> Bases {
        match self.around(id, start, length, MAX_PREFIX) {
            Some(range) => choose(table, &self.rows[range]),
            None => Bases::default(),
        }
    }

    /// Rows of at most four chunks around the place of the chunk `id`, of less than `limit` raw bytes (or one); nothing when the
    /// previous version has the very chunk. Call for every chunk, in order.
    pub fn rows_around(&mut self, id: &Id, start: u64, length: u64, limit: u64) -> &[u32] {
        match self.around(id, start, length, limit) {
            Some(range) => &self.rows[range],
            None => &[],
        }
    }

    fn around(&mut self, id: &Id, start: u64, length: u64, limit: u64) -> Option<RangeInclusive<usize>> {
        if let Some(&found) = self.by_id.get(id) {
            self.drift = self.starts[found] as i64 - start as i64;
            return None;
        }
        let last = self.rows.len() - 1;
        let end_of_all = self.starts[last + 1];
        let mapped = |position: u64| (position as i64 + self.drift).clamp(0, end_of_all as i64) as u64;
        let from = mapped(start).saturating_sub(self.margin);
        let to = (mapped(start + length) + self.margin).min(end_of_all);
        let middle = mapped(start + length / 2);
        let mut low = self.chunk_at(from);
        let mut high = self.chunk_at(to.saturating_sub(1));
        // The chunks nearest to the middle are the likeliest to be alike.
        while high - low >= MAX_BASES || (high > low && self.starts[high + 1] - self.starts[low] >= limit) {
            if middle - self.starts[low].min(middle) > self.starts[high + 1].max(middle) - middle {
                low += 1;
            } else {
                high -= 1;
            }
        }
        Some(low..=high)
    }

    /// Index of the chunk that holds this byte (the last chunk for positions past the end).
    fn chunk_at(&self, position: u64) -> usize {
        self.starts.partition_point(|&start| start <= position).clamp(1, self.rows.len()) - 1
    }
}

/// A chunk at the greatest depth cannot be a base; what it was itself made against, an earlier version, is one instead.
fn choose(table: &RecordTable, rows: &[u32]) -> Bases {
    let mut bases = Bases::default();
    let mut size = 0;
    let mut add = |number: u32, row: &Row| {
        let fits = size + u64::from(row.raw_length) < MAX_PREFIX;
        if fits && row.raw_length > 0 && !bases.rows().contains(&number) && bases.push(number) {
            size += u64::from(row.raw_length);
        }
    };
    for &number in rows {
        let Some(row) = table.row(number) else { continue };
        if row.depth < MAX_DELTA_DEPTH {
            add(number, &row);
            continue;
        }
        for &below in row.bases() {
            if let Some(row) = table.row(below) {
                add(below, &row);
            }
        }
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ROW_SIZE;

    /// Rows of 1,000 raw bytes each, with ids, depths and bases as given.
    fn table(rows: &[(u8, u8, &[u32])]) -> RecordTable {
        let mut bytes = vec![0; rows.len() * ROW_SIZE];
        for (row, &(id, depth, bases)) in bytes.chunks_exact_mut(ROW_SIZE).zip(rows) {
            row[0] = id;
            row[40..44].copy_from_slice(&1000u32.to_le_bytes());
            row[52] = 1;
            row[54] = depth << 4 | bases.len() as u8;
            for (i, base) in bases.iter().enumerate() {
                row[56 + 4 * i..60 + 4 * i].copy_from_slice(&base.to_le_bytes());
            }
        }
        RecordTable::new(vec!["s".into()], bytes).unwrap()
    }

    fn id(first: u8) -> Id {
        let mut id = [0; 32];
        id[0] = first;
        id
    }

    #[test]
    fn bases_are_the_chunks_around_the_mapped_place() {
        let rows: Vec<(u8, u8, &[u32])> = (0..100).map(|i| (i, 0, &[][..])).collect();
        let table = table(&rows);
        let all: Vec<u32> = (0..100).collect();
        let mut previous = PreviousVersion::new(&table, &all, 14).unwrap();
        previous.margin = 500;
        assert_eq!(previous.bases_for(&table, &id(200), 10_000, 1000).rows(), [9, 10, 11]);
        assert_eq!(previous.bases_for(&table, &id(50), 20_000, 1000).rows(), [] as [u32; 0]);
        assert_eq!(previous.bases_for(&table, &id(201), 21_000, 1000).rows(), [50, 51, 52]);
        assert_eq!(previous.bases_for(&table, &id(202), 21_000, 9000).rows().len(), MAX_BASES);
        assert_eq!(previous.bases_for(&table, &id(203), 500_000, 1000).rows(), [99]);
        assert_eq!(previous.bases_for(&table, &id(204), 0, 10).rows().last(), Some(&30));
    }

    #[test]
    fn a_full_chain_is_replaced_by_what_it_stands_on() {
        let table = table(&[(0, 0, &[]), (1, 1, &[0]), (2, 2, &[1]), (3, 3, &[2])]);
        let mut previous = PreviousVersion::new(&table, &[3], 14).unwrap();
        assert_eq!(previous.bases_for(&table, &id(9), 0, 1000).rows(), [2]);
        assert!(PreviousVersion::new(&table, &[], 14).is_none());
    }
}
