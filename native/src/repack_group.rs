//! Owns packing the versions of one path: which chunks of which versions each chunk is packed against.

use std::collections::HashMap;

use crate::delta::{MOST_KEPT, MOST_READ, PreviousVersion, WHOLE};
use crate::errors::Outcome;
use crate::hash::{ID_SIZE, Id};
use crate::press::Candidate;
use crate::record::{Codec, MAX_BASES, MAX_DELTA_DEPTH, header_length};
use crate::repack::{FIXED, RepackRequest, Version, Writer};
use crate::sketch::{Similar, sketch};
use crate::table::Row;

/// Raw bytes of all bases of one record stay below this.
const MAX_PREFIX: u64 = 4 << 20;
/// What bytes that start a trained dictionary start with: a prefix must not.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];
/// Chunks of the group that are tried because they have much in common, wherever they are.
const SIMILAR: usize = 2;
/// What a stored byte counts more for each record that it is decoded after.
const DEPTH_WEIGHT: f64 = 0.004;

/// Rows that a record may be packed against, in several choices.
type Sets = Vec<Vec<u32>>;

/// What a chunk may be packed like.
struct Terms {
    /// Bytes that it counts as, of which what is read for it is a multiple.
    share: u64,
    is_cold: bool,
}

/// How a chunk of the group was packed.
struct Packed {
    depth: u8,
    stored: u64,
    bases: Vec<u32>,
}

pub struct GroupRun<'a> {
    request: &'a RepackRequest,
    number: usize,
    packed: HashMap<u32, Packed>,
    similar: Similar,
}

impl<'a> GroupRun<'a> {
    pub fn new(request: &'a RepackRequest, number: usize) -> GroupRun<'a> {
        GroupRun { request, number, packed: HashMap::new(), similar: Similar::default() }
    }

    /// Writes every chunk that the group owns, version after version.
    pub fn run(mut self, writer: &mut Writer) -> Outcome<()> {
        let versions = &self.request.groups[self.number].versions;
        for (number, version) in versions.iter().enumerate() {
            let mut references = self.references(versions, number);
            let mut start = 0;
            for &number in &version.rows {
                writer.crew.check()?;
                let Some(row) = self.request.table.row(number) else { continue };
                let length = u64::from(row.raw_length);
                // Every reference follows every chunk: that keeps it aligned.
                let around: Sets = references
                    .iter_mut()
                    .map(|reference| reference.rows_around(&row.id, start, length, MAX_PREFIX).to_vec())
                    .collect();
                // What one chunk reads more than its share, its neighbours, which are decoded from the same, read less.
                let share = if start == 0 { length } else { length.max(1 << version.average_log2) };
                let share = share * u64::from(version.file_share) / WHOLE;
                start += length;
                if self.is_own(number) && !self.packed.contains_key(&number) {
                    self.pack(writer, number, &row, around, &Terms { share, is_cold: version.is_cold })?;
                }
            }
        }
        Ok(())
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

    fn pack(&mut self, writer: &mut Writer, number: u32, row: &Row, around: Sets, terms: &Terms) -> Outcome<()> {
        let &Terms { share, is_cold } = terms;
        let Some(raw) = writer.raw(number) else { return Ok(()) };
        let features = sketch(&raw);
        let mut sets = Sets::new();
        let mut candidates = Vec::new();
        for bases in self.sets(number, around, &self.similar.find(&features, SIMILAR), share) {
            if let Some(prefix) = prefix(writer, &bases) {
                candidates.push(Candidate { prefix, bases: bases.len(), weight: weight(self.depth_over(&bases)) });
                sets.push(bases);
            }
        }
        self.similar.add(number, &features);
        let pressed = writer.press.press(&raw, row.codec == Codec::Raw, is_cold, &candidates)?;
        let bases = pressed.candidate.map_or(Vec::new(), |candidate| sets.swap_remove(candidate));
        let cost = weight(self.depth_over(&bases)) * (pressed.payload.len() + ID_SIZE * bases.len()) as f64;
        if let Some(old) = self.old_cost(row, share).filter(|&old| old <= cost) {
            // What a dictionary or a lucky choice did for it on commit, say, is not reached.
            debug_assert!(old > 0.0);
            let bases = if row.stands_alone() { Vec::new() } else { row.bases().to_vec() };
            let depth = self.depth_over(&bases);
            self.packed.insert(number, Packed { depth, stored: u64::from(row.stored_length), bases });
            return writer.copy_at(number, depth);
        }
        let depth = self.depth_over(&bases);
        let ids: Vec<Id> = bases.iter().filter_map(|&base| self.request.table.row(base)).map(|base| base.id).collect();
        self.packed.insert(number, Packed { depth, stored: pressed.payload.len() as u64, bases });
        writer.append(row, depth, ids, pressed)
    }

    /// What the record costs as it is; nothing when it cannot stay so.
    fn old_cost(&self, row: &Row, share: u64) -> Option<f64> {
        if row.stands_alone() {
            return Some(row.alone_cost() as f64);
        }
        let bases = row.bases();
        let stays = bases.iter().all(|&base| self.depth(base).is_some_and(|depth| depth < MAX_DELTA_DEPTH));
        let cost = (row.stored_length as usize + ID_SIZE * bases.len()) as f64;
        (stays && self.is_bounded(bases, share)).then(|| weight(self.depth_over(bases)) * cost)
    }

    /// What a record may be packed against: the places around its own in other versions, and what is like it.
    fn sets(&self, own: u32, around: Sets, similar: &[u32], share: u64) -> Sets {
        let mut sets = Sets::new();
        let mut add = |rows: Vec<u32>| {
            if !rows.is_empty() && !sets.contains(&rows) {
                sets.push(rows);
            }
        };
        for rows in &around {
            add(self.bounded(own, rows, share));
        }
        for &row in similar {
            add(self.bounded(own, &[row], share));
        }
        if let (Some(rows), Some(&first)) = (around.iter().find(|rows| !rows.is_empty()), similar.first()) {
            let mut both = rows.clone();
            both.retain(|&row| row != first);
            both.truncate(MAX_BASES - 1);
            both.insert(0, first);
            add(self.bounded(own, &both, share));
        }
        if let &[first, second] = similar {
            add(self.bounded(own, &[second, first], share));
        }
        sets
    }

    /// Those of `rows` that a record may be packed against; where their chains are full, what these start from.
    fn bounded(&self, own: u32, rows: &[u32], share: u64) -> Vec<u32> {
        let mut direct = Vec::new();
        let mut roots = Vec::new();
        for &row in rows {
            let Some(depth) = self.depth(row) else { continue };
            self.add_roots(own, row, &mut roots);
            if depth < MAX_DELTA_DEPTH {
                self.add(own, row, &mut direct);
            } else {
                self.add_roots(own, row, &mut direct);
            }
        }
        for count in (1..=MAX_BASES).rev() {
            for chosen in [&direct, &roots] {
                let middle = &chosen[chosen.len().saturating_sub(count) / 2..];
                let middle = &middle[..middle.len().min(count)];
                if self.is_bounded(middle, share) {
                    return middle.to_vec();
                }
            }
        }
        Vec::new()
    }

    fn add(&self, own: u32, number: u32, chosen: &mut Vec<u32>) {
        let is_usable = self.request.table.row(number).is_some_and(|row| row.raw_length > 0);
        if is_usable && number != own && !chosen.contains(&number) {
            chosen.push(number);
        }
    }

    /// Depth falls with every base, so this ends.
    fn add_roots(&self, own: u32, number: u32, chosen: &mut Vec<u32>) {
        match self.depth(number) {
            Some(0) => self.add(own, number, chosen),
            Some(depth) => {
                for base in self.bases_of(number) {
                    if self.depth(base).is_some_and(|below| below < depth) {
                        self.add_roots(own, base, chosen);
                    }
                }
            }
            None => {}
        }
    }

    /// Whether all that a record that counts as `share` bytes is decoded from may be read and kept (delta.rs).
    fn is_bounded(&self, bases: &[u32], share: u64) -> bool {
        let mut seen: Vec<u32> = Vec::new();
        let mut waiting = bases.to_vec();
        let (mut raw, mut stored, mut prefix) = (0, header_length(bases.len()) as u64, 0);
        while let Some(number) = waiting.pop() {
            if seen.contains(&number) {
                continue;
            }
            let Some(row) = self.request.table.row(number) else { return false };
            seen.push(number);
            raw += u64::from(row.raw_length);
            let below = self.bases_of(number);
            stored += header_length(below.len()) as u64;
            stored += self.packed.get(&number).map_or(u64::from(row.stored_length), |packed| packed.stored);
            prefix += if bases.contains(&number) { u64::from(row.raw_length) } else { 0 };
            let is_long = prefix >= MAX_PREFIX && bases.len() > 1;
            if raw > MOST_KEPT || stored > MOST_READ * share || is_long {
                return false;
            }
            waiting.extend(below);
        }
        true
    }

    fn bases_of(&self, number: u32) -> Vec<u32> {
        match self.packed.get(&number) {
            Some(packed) => packed.bases.clone(),
            None => self.request.table.row(number).map_or(Vec::new(), |row| row.bases().to_vec()),
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

fn weight(depth: u8) -> f64 {
    1.0 + DEPTH_WEIGHT * f64::from(depth)
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
