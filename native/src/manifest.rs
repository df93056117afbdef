//! Owns the manifest codec: the chunk list that rebuilds an asset of more than one chunk (docs/formats/manifest.md).

use crate::hash::{ID_SIZE, Id};
use crate::record::{read_u32, read_u64};

const MAGIC: &[u8; 4] = b"FMN1";
const HEADER_SIZE: usize = 24;
const ROW_SIZE: usize = ID_SIZE + 4;

pub fn encode(average_log2: u32, size: u64, chunks: &[(Id, u32)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_SIZE + ROW_SIZE * chunks.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[average_log2 as u8, 0, 0, 0]);
    out.extend_from_slice(&(chunks.len() as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&size.to_le_bytes());
    for (id, length) in chunks {
        out.extend_from_slice(id);
        out.extend_from_slice(&length.to_le_bytes());
    }
    out
}

/// Whether the bytes are a whole manifest whose chunk lengths add up to its size.
pub fn is_intact(bytes: &[u8]) -> bool {
    if bytes.len() < HEADER_SIZE || &bytes[..4] != MAGIC {
        return false;
    }
    let rows = &bytes[HEADER_SIZE..];
    if rows.len() as u64 != ROW_SIZE as u64 * u64::from(read_u32(bytes, 8)) {
        return false;
    }
    let sum: u64 = rows.chunks_exact(ROW_SIZE).map(|row| u64::from(read_u32(row, ID_SIZE))).sum();
    sum == read_u64(bytes, 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_noticed() {
        let bytes = encode(16, 30, &[([1; 32], 10), ([2; 32], 20)]);
        assert!(is_intact(&bytes));
        assert!(is_intact(&encode(16, 0, &[])));
        assert!(!is_intact(&encode(16, 31, &[([1; 32], 10), ([2; 32], 20)])));
        assert!(!is_intact(&bytes[..bytes.len() - 1]));
        assert!(!is_intact(&bytes[..20]));
        assert!(!is_intact(b"FMN2"));
    }
}
