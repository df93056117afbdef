//! Owns the codec of a segment's header and of the footer that seals it (docs/formats/segment.md).

use crate::record::{Entry, decode_entries, read_u16, read_u32, read_u64};

const HEADER_MAGIC: &[u8; 8] = b"FORGESEG";
const FOOTER_MAGIC: &[u8; 8] = b"FORGEEND";
pub const VERSION: u16 = 1;
pub const HEADER_SIZE: usize = 64;
pub const TRAILER_SIZE: usize = 48;
pub type Uuid = [u8; 16];
/// Of the header: its records were packed as small as they get, so that packing them again would gain nothing.
pub const FLAG_PACKED: u8 = 1;

pub fn encode_header(uuid: &Uuid, flags: u8) -> [u8; HEADER_SIZE] {
    let mut out = [0; HEADER_SIZE];
    out[..8].copy_from_slice(HEADER_MAGIC);
    out[8..10].copy_from_slice(&VERSION.to_le_bytes());
    out[10] = flags;
    out[16..32].copy_from_slice(uuid);
    let crc = crc32fast::hash(&out[..60]);
    out[60..].copy_from_slice(&crc.to_le_bytes());
    out
}

#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    Good(Uuid),
    TooNew(u16),
    Bad,
}

pub fn decode_header(bytes: &[u8]) -> Header {
    if bytes.len() < HEADER_SIZE || &bytes[..8] != HEADER_MAGIC {
        return Header::Bad;
    }
    let version = read_u16(bytes, 8);
    if version > VERSION {
        return Header::TooNew(version);
    }
    if read_u32(bytes, 60) != crc32fast::hash(&bytes[..60]) {
        return Header::Bad;
    }
    let mut uuid = Uuid::default();
    uuid.copy_from_slice(&bytes[16..32]);
    Header::Good(uuid)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    pub count: u64,
    pub entries_offset: u64,
    pub entries_length: u64,
    pub entries_crc: u32,
}

impl Trailer {
    fn encode(&self, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(FOOTER_MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&self.entries_crc.to_le_bytes());
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.entries_offset.to_le_bytes());
        out.extend_from_slice(&self.entries_length.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        let crc = crc32fast::hash(&out[at..]);
        out.extend_from_slice(&crc.to_le_bytes());
    }

    /// `bytes` are the last of a file of `file_length` bytes. `None` when it is not sealed.
    pub fn decode(bytes: &[u8], file_length: u64) -> Option<Trailer> {
        if bytes.len() != TRAILER_SIZE || &bytes[..8] != FOOTER_MAGIC || read_u16(bytes, 8) != VERSION {
            return None;
        }
        if read_u32(bytes, 44) != crc32fast::hash(&bytes[..44]) {
            return None;
        }
        let trailer = Trailer {
            entries_crc: read_u32(bytes, 12),
            count: read_u64(bytes, 16),
            entries_offset: read_u64(bytes, 24),
            entries_length: read_u64(bytes, 32),
        };
        let end = trailer.entries_offset.checked_add(trailer.entries_length)?.checked_add(TRAILER_SIZE as u64)?;
        (end == file_length && trailer.entries_offset >= HEADER_SIZE as u64).then_some(trailer)
    }

    /// The entries that the trailer describes, unless they are damaged.
    pub fn decode_entries(&self, bytes: &[u8]) -> Option<Vec<Entry>> {
        if crc32fast::hash(bytes) != self.entries_crc {
            return None;
        }
        decode_entries(bytes).filter(|entries| entries.len() as u64 == self.count)
    }
}

/// Footer and trailer for a segment whose records end at `entries_offset`.
pub fn encode_footer(mut entries: Vec<Entry>, entries_offset: u64) -> Vec<u8> {
    entries.sort_unstable_by(|a, b| a.id.cmp(&b.id).then(a.offset.cmp(&b.offset)));
    let mut out = Vec::new();
    entries.iter().for_each(|entry| entry.encode(&mut out));
    let trailer = Trailer {
        count: entries.len() as u64,
        entries_offset,
        entries_length: out.len() as u64,
        entries_crc: crc32fast::hash(&out),
    };
    trailer.encode(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Codec, Kind};

    fn entry(first: u8, offset: u64) -> Entry {
        Entry {
            id: [first; 32],
            kind: Kind::Chunk,
            codec: Codec::Raw,
            depth: 0,
            raw_length: 1,
            stored_length: 1,
            offset,
            bases: Vec::new(),
        }
    }

    #[test]
    fn header_goes_both_ways() {
        let header = encode_header(&[9; 16], 0);
        assert_eq!(decode_header(&header), Header::Good([9; 16]));
        assert_eq!(decode_header(&encode_header(&[9; 16], FLAG_PACKED)), Header::Good([9; 16]));
        let mut newer = header;
        newer[8] = 2;
        assert_eq!(decode_header(&newer), Header::TooNew(2));
        let mut torn = header;
        torn[20] ^= 1;
        assert_eq!(decode_header(&torn), Header::Bad);
        assert_eq!(decode_header(&header[..63]), Header::Bad);
    }

    #[test]
    fn footer_is_sorted_and_checked() {
        let footer = encode_footer(vec![entry(2, 64), entry(1, 300), entry(1, 200)], 500);
        let length = 500 + footer.len() as u64;
        let (entries, trailer) = footer.split_at(footer.len() - TRAILER_SIZE);
        let decoded = Trailer::decode(trailer, length).unwrap();
        let sorted = decoded.decode_entries(entries).unwrap();
        assert_eq!(sorted, vec![entry(1, 200), entry(1, 300), entry(2, 64)]);
        assert_eq!(Trailer::decode(trailer, length + 1), None);
        let mut damaged = entries.to_vec();
        damaged[3] ^= 1;
        assert_eq!(decoded.decode_entries(&damaged), None);
    }
}
