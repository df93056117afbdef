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
