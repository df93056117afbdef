//! Owns the BLAKE3 of a file that several workers hash in sections: each section is a subtree of the hash's tree, and they are merged.

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

use crate::hash::{ID_SIZE, Id};

/// Bytes of the sections whose values are kept of huge files, to tell later which of them changed.
pub const SECTION: u64 = 2 << 20;

/// A hasher for the section that starts at this byte, a multiple of the length of all sections but the last, which is a power of
/// two of at least 1,024.
pub fn section_at(offset: u64) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.set_input_offset(offset);
    hasher
}

/// What `root` needs of a section whose bytes have all been hashed.
pub fn value(section: &Hasher) -> ChainingValue {
    section.finalize_non_root()
}

/// The values of sections of `SECTION` bytes, whose bytes come one after another.
pub struct Sections {
    hasher: Hasher,
    position: u64,
    values: Vec<ChainingValue>,
}

impl Sections {
    /// `offset`: where the first section starts.
    pub fn from(offset: u64) -> Sections {
        Sections { hasher: section_at(offset), position: offset, values: Vec::new() }
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let missing = SECTION - self.position % SECTION;
            let (part, rest) = bytes.split_at(bytes.len().min(missing as usize));
            self.hasher.update(part);
            self.position += part.len() as u64;
            if self.position.is_multiple_of(SECTION) {
                self.values.push(value(&self.hasher));
                self.hasher = section_at(self.position);
            }
            bytes = rest;
        }
    }

    pub fn values(mut self) -> Vec<ChainingValue> {
        if !self.position.is_multiple_of(SECTION) {
            self.values.push(value(&self.hasher));
        }
        self.values
    }
}

/// The BLAKE3 of the whole: of at least two sections, in order.
pub fn root(sections: &[ChainingValue]) -> Id {
    let (left, right) = sections.split_at(left_of(sections.len()));
    *merge_subtrees_root(&merge(left), &merge(right), Mode::Hash).as_bytes()
}

/// The BLAKE3 of the whole from values one after another. `None` for fewer than two, or a torn one.
pub fn root_of_bytes(bytes: &[u8]) -> Option<Id> {
    values(bytes).filter(|sections| sections.len() > 1).map(|sections| root(&sections))
}

/// Values one after another. `None` when the last is torn.
pub fn values(bytes: &[u8]) -> Option<Vec<ChainingValue>> {
    let (values, []) = bytes.as_chunks::<ID_SIZE>() else { return None };
    Some(values.to_vec())
}

fn merge(sections: &[ChainingValue]) -> ChainingValue {
    if let [one] = sections {
        return *one;
    }
    let (left, right) = sections.split_at(left_of(sections.len()));
    merge_subtrees_non_root(&merge(left), &merge(right), Mode::Hash)
}

/// The left subtree is the largest whole one that leaves something for the right one.
fn left_of(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_in_pieces_are_those_in_one_go() {
        let mut bytes = vec![0; 3 * SECTION as usize + 5];
        blake3::Hasher::new().update(b"pieces").finalize_xof().fill(&mut bytes);
        for end in [1, SECTION as usize, SECTION as usize + 1, 2 * SECTION as usize, bytes.len()] {
            let hash = |(i, part): (usize, &[u8])| value(section_at(SECTION * i as u64).update(part));
            let expected: Vec<ChainingValue> = bytes[..end].chunks(SECTION as usize).enumerate().map(hash).collect();
            let mut sections = Sections::from(0);
            bytes[..end].chunks(700_001).for_each(|piece| sections.update(piece));
            assert_eq!(sections.values(), expected, "{end} bytes");
        }
    }

    #[test]
    fn sections_give_the_hash_of_the_whole() {
        let mut bytes = vec![0; 41 * 2048 + 1];
        blake3::Hasher::new().update(b"tree").finalize_xof().fill(&mut bytes);
        for length in (2049..bytes.len()).step_by(997).chain((1..41).flat_map(|n| [n * 2048 + 1, n * 2048 + 2048])) {
            let whole = &bytes[..length];
            let hash = |(i, part): (usize, &[u8])| value(section_at(2048 * i as u64).update(part));
            let sections: Vec<ChainingValue> = whole.chunks(2048).enumerate().map(hash).collect();
            assert_eq!(root(&sections), crate::hash::hash(whole), "{length} bytes");
        }
    }
}
