//! Owns the codec of record headers and of the entries that describe records (docs/formats/segment.md).

use crate::hash::{ID_SIZE, Id};

pub const HEADER_SIZE: usize = 56;
/// Bytes of an encoded entry before its base ids.
pub const ENTRY_SIZE: usize = 52;
pub const MAX_BASES: usize = 4;
pub const MAX_DELTA_DEPTH: u8 = 15;
/// Largest raw or stored length of a record.
pub const MAX_LENGTH: u32 = 256 << 20;
/// Largest offset of a record: what JavaScript counts exactly.
pub const MAX_OFFSET: u64 = 1 << 53;
pub const MAGIC: &[u8; 4] = b"FREC";
const VERSION: u8 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chunk = 1,
    Manifest = 2,
    Dictionary = 3,
}

impl Kind {
    pub fn from_byte(byte: u8) -> Option<Kind> {
        match byte {
            1 => Some(Kind::Chunk),
            2 => Some(Kind::Manifest),
            3 => Some(Kind::Dictionary),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Raw = 0,
    Zstd = 1,
    /// zstd with the dictionary that is the only base.
    Dictionary = 2,
    /// zstd with the bases' raw bytes as prefix.
    Prefix = 3,
    /// LZMA, with the bases' raw bytes as prefix if there are any.
    Lzma = 4,
}

impl Codec {
    pub fn from_byte(byte: u8) -> Option<Codec> {
        match byte {
            0 => Some(Codec::Raw),
            1 => Some(Codec::Zstd),
            2 => Some(Codec::Dictionary),
            3 => Some(Codec::Prefix),
            4 => Some(Codec::Lzma),
            _ => None,
        }
    }
}

/// One record without its bytes. Lengths in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub kind: Kind,
    pub codec: Codec,
    pub depth: u8,
    pub raw_length: u32,
    pub stored_length: u32,
    /// Where the header starts in its segment.
    pub offset: u64,
    pub bases: Vec<Id>,
}

impl Entry {
    pub fn header_length(&self) -> usize {
        header_length(self.bases.len())
    }

    /// Where the record after this one starts.
    pub fn end(&self) -> u64 {
        self.offset + self.header_length() as u64 + u64::from(self.stored_length)
    }

    fn depth_and_count(&self) -> u8 {
        self.depth << 4 | self.bases.len() as u8
    }

    /// Appends the header and base ids to `out`.
    pub fn encode_header(&self, payload_crc: u32, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&[VERSION, self.kind as u8, self.codec as u8, self.depth_and_count()]);
        out.extend_from_slice(&self.raw_length.to_le_bytes());
        out.extend_from_slice(&self.stored_length.to_le_bytes());
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&payload_crc.to_le_bytes());
        let mut crc = crc32fast::Hasher::new();
        crc.update(&out[at..at + 52]);
        self.bases.iter().for_each(|base| crc.update(base));
        out.extend_from_slice(&crc.finalize().to_le_bytes());
        self.bases.iter().for_each(|base| out.extend_from_slice(base));
    }

    /// Appends the entry to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.raw_length.to_le_bytes());
        out.extend_from_slice(&self.stored_length.to_le_bytes());
        out.extend_from_slice(&[self.kind as u8, self.codec as u8, self.depth_and_count(), 0]);
        self.bases.iter().for_each(|base| out.extend_from_slice(base));
    }
}

/// Bytes of a header and the ids of so many bases.
pub fn header_length(bases: usize) -> usize {
    HEADER_SIZE + ID_SIZE * bases
}

/// Decodes the header at the start of `bytes` into an entry at `offset` and its payload's CRC-32. `None` when no intact header of a
/// known kind is there, or `bytes` ends before it does.
pub fn decode_header(bytes: &[u8], offset: u64) -> Option<(Entry, u32)> {
    if bytes.len() < HEADER_SIZE || &bytes[..4] != MAGIC {
        return None;
    }
    let count = usize::from(bytes[7] & 15);
    let length = HEADER_SIZE + ID_SIZE * count;
    if count > MAX_BASES || bytes.len() < length {
        return None;
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[..52]);
    crc.update(&bytes[HEADER_SIZE..length]);
    if crc.finalize() != read_u32(bytes, 52) || bytes[4] != VERSION {
        return None;
    }
    let entry = Entry {
        id: read_id(bytes, 16),
        kind: Kind::from_byte(bytes[5])?,
        codec: Codec::from_byte(bytes[6])?,
        depth: bytes[7] >> 4,
        raw_length: read_u32(bytes, 8),
        stored_length: read_u32(bytes, 12),
        offset,
        bases: (0..count).map(|i| read_id(bytes, HEADER_SIZE + ID_SIZE * i)).collect(),
    };
    let possible = entry.raw_length <= MAX_LENGTH && entry.stored_length <= MAX_LENGTH;
    possible.then(|| (entry, read_u32(bytes, 48)))
}

/// Decodes a run of entries. `None` when it is torn, names an unknown kind or has an impossible length or offset.
pub fn decode_entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::with_capacity(bytes.len() / ENTRY_SIZE);
    let mut at = 0;
    while at < bytes.len() {
        let head = bytes.get(at..at + ENTRY_SIZE)?;
        let count = usize::from(head[50] & 15);
        let end = at + ENTRY_SIZE + ID_SIZE * count;
        if count > MAX_BASES || end > bytes.len() {
            return None;
        }
        let entry = Entry {
            id: read_id(head, 0),
            kind: Kind::from_byte(head[48])?,
            codec: Codec::from_byte(head[49])?,
            depth: head[50] >> 4,
            raw_length: read_u32(head, 40),
            stored_length: read_u32(head, 44),
            offset: read_u64(head, 32),
            bases: (0..count).map(|i| read_id(bytes, at + ENTRY_SIZE + ID_SIZE * i)).collect(),
        };
        if entry.raw_length > MAX_LENGTH || entry.stored_length > MAX_LENGTH || entry.offset > MAX_OFFSET {
            return None;
        }
        entries.push(entry);
        at = end;
    }
    Some(entries)
}

pub fn read_u16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

pub fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

pub fn read_id(bytes: &[u8], at: usize) -> Id {
    let mut id = [0; ID_SIZE];
    id.copy_from_slice(&bytes[at..at + ID_SIZE]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(bases: usize) -> Entry {
        Entry {
            id: [7; 32],
            kind: Kind::Chunk,
            codec: if bases > 0 { Codec::Prefix } else { Codec::Zstd },
            depth: u8::from(bases > 0),
            raw_length: 65_536,
            stored_length: 1234,
            offset: 1 << 33,
            bases: (0..bases).map(|i| [i as u8; 32]).collect(),
        }
    }

    #[test]
    fn headers_and_entries_go_both_ways() {
        let mut run = Vec::new();
        for bases in 0..=MAX_BASES {
            let entry = sample(bases);
            let mut header = Vec::new();
            entry.encode_header(42, &mut header);
            assert_eq!(header.len(), entry.header_length());
            assert_eq!(decode_header(&header, entry.offset), Some((entry.clone(), 42)));
            entry.encode(&mut run);
        }
        let all: Vec<Entry> = (0..=MAX_BASES).map(sample).collect();
        assert_eq!(decode_entries(&run), Some(all));
        assert_eq!(decode_entries(&run[..run.len() - 1]), None);
    }

    #[test]
    fn any_changed_bit_of_a_header_is_noticed() {
        let mut header = Vec::new();
        sample(2).encode_header(42, &mut header);
        for bit in 0..8 * header.len() {
            let mut changed = header.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_header(&changed, 0), None, "bit {bit}");
        }
        assert_eq!(decode_header(&header[..header.len() - 1], 0), None);
    }
}
