//! Owns the cutting of a huge file that differs from its previous version in few places: what lies far enough from all of them is cut as
//! before. The result is that of cutting the whole file.

use std::fs::File;

use blake3::hazmat::ChainingValue;

use crate::cut;
use crate::delta::PreviousVersion;
use crate::disk;
use crate::errors::Outcome;
use crate::hash::Id;
use crate::intake::Trouble;
use crate::stat::Stat;
use crate::tree::{self, SECTION};

/// Bytes that are cut again in vain before all workers are called, beside twice what changed.
const PATIENCE: u64 = 64 << 20;

/// What is known of a file that was hashed, and of its previous version.
pub struct Edit {
    /// What the file had when it was hashed.
    pub stat: Stat,
    /// The values of its sections then; those that are equal before and now at the same place are of equal bytes.
    pub sections: Vec<ChainingValue>,
    pub before: Vec<ChainingValue>,
    /// Chunks of the previous version.
    pub chunks: Vec<(Id, u32)>,
}

impl Edit {
    /// The previous version, for chunks that are packed against it. `rows` has one for each of its chunks.
    pub fn previous(&self, rows: &[u32], average_log2: u32) -> Option<PreviousVersion> {
        PreviousVersion::of_chunks(rows, &self.chunks, average_log2)
    }

    /// Whether it is about a file that has this stat now.
    pub fn fits(&self, stat: &Stat) -> bool {
        let size: u64 = self.chunks.iter().map(|&(_, length)| u64::from(length)).sum();
        let is_of = |sections: &[ChainingValue], size: u64| {
            sections.len() > 1 && sections.len() as u64 == size.div_ceil(SECTION)
        };
        self.stat.is_unchanged(stat) && is_of(&self.sections, stat.size) && is_of(&self.before, size)
    }
}

/// A chunk that the previous version does not have at the same place.
pub struct NewChunk<'a> {
    pub bytes: &'a [u8],
    /// Where it starts in the file.
    pub start: u64,
    /// Whether the one before it is as it was.
    pub is_first: bool,
}

/// Id and length of each chunk of the file, which has `size` bytes. `take` gets the new ones and returns their ids. Fails with
/// `Changed` when what is read is not what was hashed, and when so much has to be read that all workers are better at it than one: where
/// all bytes are equal, new cuts never meet the old ones.
pub fn cut_edited(
    edit: &Edit,
    file: &File,
    size: u64,
    average_log2: u32,
    mut take: impl FnMut(NewChunk) -> Outcome<Id>,
) -> Result<Vec<(Id, u32)>, Trouble> {
    let mut kept = Kept::new(edit, size, average_log2);
    let mut window = Window { file, size, sections: &edit.sections, start: 0, bytes: Vec::new() };
    let mut chunks = Vec::with_capacity(edit.chunks.len() + 16);
    let mut budget = PATIENCE + 2 * SECTION * kept.changed;
    let mut position = 0;
    let mut is_first = true;
    while position < size {
        let found = kept.at(position);
        let chunk = match found {
            Some(chunk) => chunk,
            None => {
                let rest = size - position;
                let bytes = window.read(position, cut::needed(rest, average_log2))?;
                let length = cut::next_length(bytes, rest, average_log2);
                budget = budget.checked_sub(length as u64).ok_or(Trouble::Changed)?;
                (take(NewChunk { bytes: &bytes[..length], start: position, is_first })?, length as u32)
            }
        };
        is_first = found.is_some();
        position += u64::from(chunk.1);
        chunks.push(chunk);
    }
    Ok(chunks)
}

/// The chunks that an edit leaves as they were.
struct Kept<'a> {
    chunks: &'a [(Id, u32)],
    starts: Vec<u64>,
    size_before: u64,
    size: u64,
    average_log2: u32,
    /// For each section, where the next changed one starts, which may be itself.
    changed_from: Vec<u64>,
    /// How many sections changed.
    changed: u64,
    /// Chunks before this one start before what was last asked for.
    next: usize,
}

impl Kept<'_> {
    fn new(edit: &Edit, size: u64, average_log2: u32) -> Kept<'_> {
        let starts = starts_of(&edit.chunks);
        let mut changed_from = vec![u64::MAX; edit.sections.len()];
        let (mut next, mut changed) = (u64::MAX, 0);
        for (number, value) in edit.sections.iter().enumerate().rev() {
            if edit.before.get(number) != Some(value) {
                next = number as u64 * SECTION;
                changed += 1;
            }
            changed_from[number] = next;
        }
        let size_before = starts[edit.chunks.len()];
        Kept { chunks: &edit.chunks, starts, size_before, size, average_log2, changed_from, changed, next: 0 }
    }

    /// The chunk at a cut of the new version, when rule FC1 must come to the same as before: it looks at the same bytes, and at the
    /// same length of what follows as far as that counts. Positions only rise.
    fn at(&mut self, position: u64) -> Option<(Id, u32)> {
        while self.starts[self.next] < position && self.next < self.chunks.len() {
            self.next += 1;
        }
        let chunk = *self.chunks.get(self.next)?;
        if self.starts[self.next] != position {
            return None;
        }
        let looked_at = |size: u64| {
            let rest = size - position;
            (cut::needed(rest, self.average_log2), rest <= 1 << self.average_log2)
        };
        let (needed, is_last) = looked_at(self.size);
        let is_equal = (needed, is_last) == looked_at(self.size_before)
            && self.changed_from[(position / SECTION) as usize] >= position + needed as u64;
        is_equal.then_some(chunk)
    }
}

/// A stretch of the file, of whole sections that were found to be as they were hashed.
struct Window<'a> {
    file: &'a File,
    size: u64,
    sections: &'a [ChainingValue],
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// `length` bytes of the file from `from` on, which only rises.
    fn read(&mut self, from: u64, length: usize) -> Result<&[u8], Trouble> {
        let first = from / SECTION * SECTION;
        if first >= self.end() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..(first - self.start) as usize);
        }
        self.start = first;
        while self.end() < from + length as u64 {
            self.read_section()?;
        }
        let at = (from - self.start) as usize;
        Ok(&self.bytes[at..at + length])
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn read_section(&mut self) -> Result<(), Trouble> {
        let (from, at) = (self.end(), self.bytes.len());
        let length = SECTION.min(self.size - from) as usize;
        self.bytes.resize(at + length, 0);
        if disk::read_through(self.file, &mut self.bytes[at..], from)? < length {
            return Err(Trouble::Changed);
        }
        let value = tree::value(tree::section_at(from).update(&self.bytes[at..]));
        if value == self.sections[(from / SECTION) as usize] { Ok(()) } else { Err(Trouble::Changed) }
    }
}

/// Where each chunk starts; one more for the end.
fn starts_of(chunks: &[(Id, u32)]) -> Vec<u64> {
    let mut end = 0;
    let ends = chunks.iter().map(|&(_, length)| {
        end += u64::from(length);
        end
    });
    std::iter::once(0).chain(ends).collect()
}

#[cfg(test)]
mod tests;
