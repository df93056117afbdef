//! Owns the manifest codec: the chunk list that rebuilds an asset (docs/formats/manifest.md).

use crate::hash::{ID_SIZE, Id};
use crate::record::{read_id, read_u32, read_u64};

const MAGIC: &[u8; 4] = b"FMN1";
const HEADER_SIZE: usize = 24;
const ROW_SIZE: usize = ID_SIZE + 4;
/// What the chunks hold: the file itself, or its plain form and then a recipe; or they are parts, assets of their own, that make the file.
const FORM_FILE: u8 = 0;
const FORM_RECIPE: u8 = 1;
const FORM_PARTS: u8 = 2;

/// `recipe` is the length of the recipe at the end of the chunks, if they hold a plain form.
pub fn encode(average_log2: u32, size: u64, recipe: Option<u32>, chunks: &[(Id, u32)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_SIZE + ROW_SIZE * chunks.len());
    out.extend_from_slice(MAGIC);
    let form = if recipe.is_some() { FORM_RECIPE } else { FORM_FILE };
    out.extend_from_slice(&[average_log2 as u8, form, 0, 0]);
    out.extend_from_slice(&(chunks.len() as u32).to_le_bytes());
    out.extend_from_slice(&recipe.unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&size.to_le_bytes());
    for (id, length) in chunks {
        out.extend_from_slice(id);
        out.extend_from_slice(&length.to_le_bytes());
    }
    out
}

/// Id and length of each chunk. `None` for what is not intact, or holds a plain form.
pub fn chunks_of_file(bytes: &[u8]) -> Option<Vec<(Id, u32)>> {
    let rows = bytes.get(HEADER_SIZE..).filter(|_| is_intact(bytes) && bytes[5] == FORM_FILE)?;
    Some(rows.chunks_exact(ROW_SIZE).map(|row| (read_id(row, 0), read_u32(row, ID_SIZE))).collect())
}

/// Whether the bytes are a whole manifest whose chunk lengths add up to its size, or leave room for its recipe.
pub fn is_intact(bytes: &[u8]) -> bool {
    if bytes.len() < HEADER_SIZE || &bytes[..4] != MAGIC {
        return false;
    }
    let rows = &bytes[HEADER_SIZE..];
    if rows.len() as u64 != ROW_SIZE as u64 * u64::from(read_u32(bytes, 8)) {
        return false;
    }
    let sum: u64 = rows.chunks_exact(ROW_SIZE).map(|row| u64::from(read_u32(row, ID_SIZE))).sum();
    match (bytes[5], read_u32(bytes, 12)) {
        (FORM_FILE | FORM_PARTS, 0) => sum == read_u64(bytes, 16),
        (FORM_RECIPE, recipe) => recipe > 0 && u64::from(recipe) <= sum,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_noticed() {
        let bytes = encode(16, 30, None, &[([1; 32], 10), ([2; 32], 20)]);
        assert!(is_intact(&bytes));
        assert!(is_intact(&encode(16, 0, None, &[])));
        assert!(!is_intact(&encode(16, 31, None, &[([1; 32], 10), ([2; 32], 20)])));
        assert!(!is_intact(&bytes[..bytes.len() - 1]));
        assert!(!is_intact(&bytes[..20]));
        assert!(!is_intact(b"FMN2"));
        let with_recipe = |recipe| encode(16, 7, Some(recipe), &[([1; 32], 10), ([2; 32], 20)]);
        assert!(is_intact(&with_recipe(30)));
        assert!(!is_intact(&with_recipe(31)));
        assert!(!is_intact(&with_recipe(0)));
        let mut parts = bytes;
        parts[5] = FORM_PARTS;
        assert!(is_intact(&parts));
        assert_eq!(chunks_of_file(&parts), None);
        parts[12] = 1;
        assert!(!is_intact(&parts));
        parts[12] = 0;
        parts[5] = 3;
        assert!(!is_intact(&parts));
    }
}
