//! Owns ids: BLAKE3 hashes, how they are kept in sets, and how they print.

use std::hash::{BuildHasherDefault, Hasher};

pub const ID_SIZE: usize = 32;
pub type Id = [u8; ID_SIZE];

pub fn hash(bytes: &[u8]) -> Id {
    *blake3::hash(bytes).as_bytes()
}

pub fn to_hex(id: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * id.len());
    for byte in id {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
    out
}

/// The inverse of `to_hex` for ids. `None` for anything but 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Id> {
    let text = text.as_bytes();
    if text.len() != 2 * ID_SIZE {
        return None;
    }
    let mut id = [0; ID_SIZE];
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        let high = (pair[0] as char).to_digit(16)?;
        let low = (pair[1] as char).to_digit(16)?;
        *byte = (high << 4 | low) as u8;
    }
    Some(id)
}

/// Ids are random already: their first bytes are as good as any hash of them.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

pub type BuildIdHasher = BuildHasherDefault<IdHasher>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_both_ways() {
        let id = hash(b"abc");
        assert_eq!(from_hex(&to_hex(&id)), Some(id));
        assert_eq!(from_hex("zz"), None);
        assert_eq!(from_hex(&"g".repeat(64)), None);
    }
}
