//! Owns which chunks of a file's previous version a new chunk is packed against.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::hash::{BuildIdHasher, Id};
use crate::record::{Kind, MAX_BASES, MAX_DELTA_DEPTH, header_length};
use crate::table::{RecordTable, Row};

/// Raw bytes of all bases of one delta stay below this.
const MAX_PREFIX: u64 = 4 << 20;
/// Raw bytes of all that a record is decoded from: what every reader keeps at once (16 MiB and more).
pub const MOST_KEPT: u64 = 12 << 20;
/// Stored bytes of all that a record is decoded from, headers and its own header too, in multiples of its raw bytes. With its payload
/// that makes at most four.
pub const MOST_READ: u64 = 3;

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
    /// Of the new version: bytes of the file for so many of what is cut.
    file_share: u64,
    /// Whether each chunk has to keep to its own length's share.
    is_tight: bool,
}

/// What the file's bytes are a share of.
pub const WHOLE: u64 = 1 << 16;

/// What a file of `size` bytes is of the `length` bytes that are cut for it: less than a whole for a plain form, never more.
/// Of more than one chunk it is a whole: each has its own share, which lengths do not tell, and too small a one costs much.
pub fn file_share(size: u64, length: u64, average_log2: u32) -> u64 {
    if size >= length || length > 1 << average_log2 { WHOLE } else { share_of(size, length) }
}

fn share_of(size: u64, length: u64) -> u64 {
    (size * WHOLE).div_ceil(length).max(1)
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
            file_share: WHOLE,
            is_tight: false,
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
        let rows = rows.to_vec();
        is_whole.then(|| PreviousVersion { rows, starts, by_id, drift: 0, margin, file_share: WHOLE, is_tight: false })
    }

    /// Tells that for the new version, a file of `size` bytes, `length` bytes are cut. Where those are more, a plain form, and where reading the
    /// previous version takes more already than what reading a file of this size may, chunks have no more than their lengths' shares of the file.
    pub fn counts_as(&mut self, table: &RecordTable, size: u64, length: u64, average_log2: u32) {
        self.is_tight = size < length && read_for(table, &self.rows) > MOST_READ * size;
        self.file_share = if self.is_tight { share_of(size, length) } else { file_share(size, length, average_log2) };
    }

    /// Tells that the chunk before the next one is where it was in the previous version.
    pub fn realign(&mut self) {
        self.drift = 0;
    }

    /// Bases for the chunk `id` at `start`, in the table given to `new`; none when the previous version has the very chunk. Call for
    /// every chunk, in order.
    pub fn bases_for(&mut self, table: &RecordTable, id: &Id, start: u64, length: u64) -> Bases {
        match self.around(id, start, length, MAX_PREFIX) {
            Some(range) => {
                // What one chunk reads more than its share, its neighbours, which are decoded from the same, read less.
                let share = if start == 0 || self.is_tight { length } else { length.max(2 * self.margin) };
                choose(table, &self.rows[range], share * self.file_share / WHOLE)
            }
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

/// The bases for a chunk that counts as `length` bytes, of the chunks `rows` of the previous version. Where the chains over these are full, what
/// they start from is taken instead: an earlier version, against which new chains have all their length. (Were it the version just
/// below, every further one would be as far from it again.) Rather fewer bases than too much to read.
fn choose(table: &RecordTable, rows: &[u32], length: u64) -> Bases {
    let mut direct: Vec<(u32, Row)> = Vec::new();
    let mut roots: Vec<(u32, Row)> = Vec::new();
    for &number in rows {
        let Some(row) = table.row(number) else { continue };
        add_roots(table, &mut roots, &mut HashSet::new(), number, &row);
        if row.depth < MAX_DELTA_DEPTH {
            add(&mut direct, number, row);
        } else {
            add_roots(table, &mut direct, &mut HashSet::new(), number, &row);
        }
    }
    let mut choices = (1..=MAX_BASES).rev().flat_map(|count| [middle(&direct, count), middle(&roots, count)]);
    choices.find(|bases| is_bounded(table, bases, length)).unwrap_or_default()
}

/// At most `count`, of those in the middle: they are the likeliest to be alike.
fn middle(chosen: &[(u32, Row)], count: usize) -> Bases {
    let surplus = chosen.len().saturating_sub(count);
    let mut bases = Bases::default();
    let mut size = 0;
    for (number, row) in chosen.iter().skip(surplus / 2).take(count) {
        if (size == 0 || size + u64::from(row.raw_length) < MAX_PREFIX) && bases.push(*number) {
            size += u64::from(row.raw_length);
        }
    }
    bases
}

/// Whether all that a chunk of `length` bytes is decoded from, when it has these bases, may be read and kept.
fn is_bounded(table: &RecordTable, bases: &Bases, length: u64) -> bool {
    let mut seen: Vec<u32> = Vec::new();
    let mut waiting: Vec<u32> = bases.rows().to_vec();
    let (mut raw, mut stored) = (0, header_length(waiting.len()) as u64);
    while let Some(number) = waiting.pop() {
        if seen.contains(&number) {
            continue;
        }
        let Some(row) = table.row(number) else { return false };
        seen.push(number);
        raw += u64::from(row.raw_length);
        stored += row.header_length() as u64 + u64::from(row.stored_length);
        if raw > MOST_KEPT || stored > MOST_READ * length {
            return false;
        }
        waiting.extend_from_slice(row.bases());
    }
    true
}

/// Stored bytes of the chunks in these rows and of all that they are decoded from, each once.
fn read_for(table: &RecordTable, rows: &[u32]) -> u64 {
    let mut seen: HashSet<u32> = HashSet::new();
    let mut waiting = rows.to_vec();
    let mut stored = 0;
    while let Some(number) = waiting.pop() {
        let Some(row) = table.row(number).filter(|_| seen.insert(number)) else { continue };
        stored += row.header_length() as u64 + u64::from(row.stored_length);
        waiting.extend_from_slice(row.bases());
    }
    stored
}

/// Adds what a record's chain starts from. Ways through it meet again and again, so each record is looked at once.
fn add_roots(table: &RecordTable, chosen: &mut Vec<(u32, Row)>, seen: &mut HashSet<u32>, number: u32, row: &Row) {
    if !seen.insert(number) {
        return;
    }
    if row.depth == 0 {
        add(chosen, number, *row);
        return;
    }
    for &number in row.bases() {
        if let Some(below) = table.row(number).filter(|below| below.depth < row.depth) {
            add_roots(table, chosen, seen, number, &below);
        }
    }
}

fn add(chosen: &mut Vec<(u32, Row)>, number: u32, row: Row) {
    if row.raw_length > 0 && chosen.iter().all(|&(other, _)| other != number) {
        chosen.push((number, row));
    }
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
        assert_eq!(previous.bases_for(&table, &id(204), 0, 100).rows().last(), Some(&30));
    }

    /// A chain of versions of one chunk each.
    fn chain(length: u8) -> Vec<(u8, u8, Vec<u32>)> {
        (0..=length).map(|i| (i, i, if i == 0 { Vec::new() } else { vec![u32::from(i) - 1] })).collect()
    }

    #[test]
    fn a_full_chain_is_replaced_by_what_it_starts_from() {
        let chain = chain(MAX_DELTA_DEPTH);
        let rows: Vec<(u8, u8, &[u32])> = chain.iter().map(|(id, depth, bases)| (*id, *depth, &bases[..])).collect();
        let table = table(&rows);
        let last = u32::from(MAX_DELTA_DEPTH);
        let mut previous = PreviousVersion::new(&table, &[last], 14).unwrap();
        assert_eq!(previous.bases_for(&table, &id(99), 0, 1000).rows(), [0]);
        let mut before = PreviousVersion::new(&table, &[last - 1], 14).unwrap();
        assert_eq!(before.bases_for(&table, &id(99), 0, 1000).rows(), [last - 1]);
        assert!(PreviousVersion::new(&table, &[], 14).is_none());
    }

    #[test]
    fn many_ways_through_a_chain_are_not_all_walked() {
        let bases: Vec<[u32; 4]> =
            (0..u32::from(MAX_DELTA_DEPTH)).map(|depth| [0, 1, 2, 3].map(|i| 4 * depth + i)).collect();
        let rows: Vec<(u8, u8, &[u32])> = (0..4 * (MAX_DELTA_DEPTH + 1))
            .map(|i| (i, i / 4, if i < 4 { &[][..] } else { &bases[usize::from(i / 4) - 1][..] }))
            .collect();
        let table = table(&rows);
        let last = 4 * u32::from(MAX_DELTA_DEPTH);
        assert_eq!(choose(&table, &[last], 1_000_000).rows(), [0, 1, 2, 3]);
    }

    #[test]
    fn no_more_is_read_for_a_chunk_than_its_bytes_are_worth() {
        let mut rows = vec![0; 3 * ROW_SIZE];
        for (i, (row, stored)) in rows.chunks_exact_mut(ROW_SIZE).zip([900u32, 900, 400]).enumerate() {
            row[0] = i as u8;
            row[40..44].copy_from_slice(&1000u32.to_le_bytes());
            row[44..48].copy_from_slice(&stored.to_le_bytes());
            row[52] = 1;
        }
        let table = RecordTable::new(vec!["s".into()], rows).unwrap();
        let bases = |length| choose(&table, &[0, 1, 2], length).rows().to_vec();
        assert_eq!(bases(1000), [0, 1, 2]);
        assert_eq!(bases(700), [0, 1]);
        assert_eq!(bases(400), [1]);
        assert_eq!(bases(300), [] as [u32; 0]);
    }

    #[test]
    fn chunks_of_a_long_form_keep_to_the_file_once_reading_it_costs_too_much() {
        // Two chunks, each with a delta against it.
        let mut rows = vec![0; 4 * ROW_SIZE];
        for (i, row) in rows.chunks_exact_mut(ROW_SIZE).enumerate() {
            row[0] = i as u8;
            row[40..44].copy_from_slice(&1000u32.to_le_bytes());
            row[44..48].copy_from_slice(&100u32.to_le_bytes());
            row[52] = 1;
            if i > 1 {
                row[54] = 1 << 4 | 1;
                row[56..60].copy_from_slice(&(i as u32 - 2).to_le_bytes());
            }
        }
        let table = RecordTable::new(vec!["s".into()], rows).unwrap();
        let read = 4 * 100 + 2 * header_length(0) as u64 + 2 * header_length(1) as u64;
        assert_eq!(read_for(&table, &[2, 3, 2]), read);
        let bases = |size| {
            let mut previous = PreviousVersion::new(&table, &[2, 3], 9).unwrap();
            previous.counts_as(&table, size, 2000, 9);
            (previous.is_tight, previous.bases_for(&table, &id(9), 0, 1000).rows().to_vec())
        };
        assert_eq!(bases(read.div_ceil(3)), (false, vec![2, 3]));
        assert_eq!(bases(read.div_ceil(3) - 1), (true, vec![0]));
        assert_eq!(bases(100), (true, vec![]));
        assert_eq!(bases(2000), (false, vec![2, 3]));
    }
}
