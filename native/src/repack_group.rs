//! Owns packing the versions of one path: which chunks of which versions each chunk is packed against.

use std::collections::HashMap;

use crate::delta::PreviousVersion;
use crate::errors::Outcome;
use crate::hash::{ID_SIZE, Id};
use crate::press::Candidate;
use crate::record::{Codec, MAX_BASES, MAX_DELTA_DEPTH};
use crate::repack::{FIXED, RepackRequest, Version, Writer};
use crate::table::Row;

/// Raw bytes of all bases of one record stay below this.
const MAX_PREFIX: u64 = 2 << 20;
/// What bytes that start a trained dictionary start with: a prefix must not.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// How many chunks back in the same version a chunk is looked for to be packed against.
const REACH: usize = 16;
/// Of so many chunks of a version the first is not packed against others of it, the second at depth 1 and so on.
const PERIOD: usize = 8;
/// What a stored byte counts, by the depth of its record. Nothing can be packed against a record at the greatest depth, so that
/// new content in one has to be stored again in the next version: measured, these weights keep most of it shallow (decision 0006).
const WEIGHTS: [f64; MAX_DELTA_DEPTH as usize + 1] = [1.0, 1.03, 1.1, 1.25];

/// Rows that a record may be packed against, in several choices.
type Sets = Vec<Vec<u32>>;

/// How a chunk of the group was packed.
struct Packed {
    depth: u8,
    bases: Vec<u32>,
}

pub struct GroupRun<'a> {
    request: &'a RepackRequest,
    number: usize,
    packed: HashMap<u32, Packed>,
}

impl<'a> GroupRun<'a> {
    pub fn new(request: &'a RepackRequest, number: usize) -> GroupRun<'a> {
        GroupRun { request, number, packed: HashMap::new() }
    }

    /// Writes every chunk that the group owns, version after version.
    pub fn run(mut self, writer: &mut Writer) -> Outcome<()> {
        let versions = &self.request.groups[self.number].versions;
        for (number, version) in versions.iter().enumerate() {
            let mut references = self.references(versions, number);
            let within = version.references.contains(&(number as u32));
            let mut start = 0;
            for (at, &number) in version.rows.iter().enumerate() {
                writer.crew.check()?;
                let Some(row) = self.request.table.row(number) else { continue };
                let length = u64::from(row.raw_length);
                // Every reference follows every chunk: that keeps it aligned.
                let around: Vec<Vec<u32>> = references
                    .iter_mut()
                    .map(|reference| reference.rows_around(&row.id, start, length, MAX_PREFIX).to_vec())
                    .collect();
                start += length;
                if !self.is_own(number) || self.packed.contains_key(&number) {
                    continue;
                }
                let mut sets = Sets::new();
                for rows in &around {
                    self.add_sets(&mut sets, number, rows, version.max_depth);
                }
                if within {
                    let before: Vec<u32> = version.rows[at.saturating_sub(REACH)..at].iter().rev().copied().collect();
                    self.add_sets(&mut sets, number, &before, version.max_depth.min((at % PERIOD) as u8));
                }
                self.pack(writer, number, &row, sets)?;
            }
        }
        Ok(())
    }

    /// Adds what a record of at most `max_depth` may be packed against, of these rows. The same place at every depth: shallower
    /// records serve more of those to come.
    fn add_sets(&self, sets: &mut Sets, own: u32, rows: &[u32], max_depth: u8) {
        for limit in 1..=max_depth {
            let bases = self.bases(own, rows, limit);
            if !bases.is_empty() && !sets.contains(&bases) {
                sets.push(bases);
            }
        }
    }

    fn references(&self, versions: &[Version], number: usize) -> Vec<PreviousVersion> {
        let version = &versions[number];
        let earlier = version.references.iter().filter(|&&reference| (reference as usize) < number);
        earlier
            .filter_map(|&reference| {
                let rows = &versions[reference as usize].rows;
                PreviousVersion::new(&self.request.table, rows, u32::from(version.average_log2))
            })
            .collect()
    }

    fn is_own(&self, row: u32) -> bool {
        self.request.owners.get(row as usize).is_some_and(|&owner| owner as usize == self.number && owner != FIXED)
    }

    fn pack(&mut self, writer: &mut Writer, number: u32, row: &Row, possible: Sets) -> Outcome<()> {
        let Some(raw) = writer.raw(number) else { return Ok(()) };
        let mut sets = Sets::new();
        let mut candidates = Vec::new();
        for bases in possible {
            if let Some(prefix) = prefix(writer, &bases) {
                let weight = WEIGHTS[usize::from(self.depth_over(&bases).min(MAX_DELTA_DEPTH))];
                candidates.push(Candidate { prefix, bases: bases.len(), weight });
                sets.push(bases);
            }
        }
        let pressed = writer.press.press(&raw, row.codec == Codec::Raw, &candidates)?;
        let cost = pressed.payload.len() + ID_SIZE * usize::from(pressed.codec == Codec::Prefix);
        if row.stands_alone() && row.alone_cost() <= cost {
            // What a dictionary did for it on commit, say, is not reached without.
            self.packed.insert(number, Packed { depth: 0, bases: Vec::new() });
            return writer.copy(number);
        }
        let bases = if pressed.codec == Codec::Prefix { sets.swap_remove(pressed.candidate) } else { Vec::new() };
        let depth = self.depth_over(&bases);
        let ids: Vec<Id> = bases.iter().filter_map(|&base| self.request.table.row(base)).map(|base| base.id).collect();
        self.packed.insert(number, Packed { depth, bases });
        writer.append(row, depth, ids, pressed)
    }

    /// Those of `rows` that a record of at most `max_depth` may be packed against; what is too deep is replaced by what it stands on.
    fn bases(&self, own: u32, rows: &[u32], max_depth: u8) -> Vec<u32> {
        let mut bases = Vec::new();
        let mut size = 0;
        for &row in rows {
            self.add_base(own, row, max_depth, &mut bases, &mut size);
        }
        bases
    }

    fn add_base(&self, own: u32, number: u32, max_depth: u8, bases: &mut Vec<u32>, size: &mut u64) {
        let (Some(row), Some(depth)) = (self.request.table.row(number), self.depth(number)) else { return };
        if number == own {
            return;
        }
        if depth >= max_depth {
            let below = self.packed.get(&number).map_or(row.bases(), |packed| &packed.bases);
            below.iter().for_each(|&base| self.add_base(own, base, max_depth, bases, size));
            return;
        }
        let length = u64::from(row.raw_length);
        if length == 0 || bases.len() == MAX_BASES || bases.contains(&number) {
            return;
        }
        if bases.is_empty() || *size + length < MAX_PREFIX {
            bases.push(number);
            *size += length;
        }
    }

    /// Depth of a record with these bases.
    fn depth_over(&self, bases: &[u32]) -> u8 {
        bases.iter().filter_map(|&base| self.depth(base)).max().map_or(0, |deepest| deepest + 1)
    }

    /// Depth of the record that this row will have; nothing when nobody may rely on it.
    fn depth(&self, number: u32) -> Option<u8> {
        if let Some(packed) = self.packed.get(&number) {
            return Some(packed.depth);
        }
        let fixed = self.request.owners.get(number as usize) == Some(&FIXED);
        if fixed { self.request.table.row(number).map(|row| row.depth) } else { None }
    }
}

/// Raw bytes of the bases; nothing when one cannot be read (then nothing new may depend on it).
fn prefix(writer: &mut Writer, bases: &[u32]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    for &base in bases {
        let row = writer.reader.row(base).ok()?;
        let bytes = writer.reader.read_base(base).ok()?;
        if crate::hash::hash(&bytes) != row.id {
            return None;
        }
        joined.extend_from_slice(&bytes);
    }
    (!joined.starts_with(&DICTIONARY_MAGIC)).then_some(joined)
}
