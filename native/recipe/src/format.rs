//! Owns the bytes of a recipe: its header, its operations, and integers of variable length.

/// Version of the layout, and the codec that made the corrections: 1 is preflate-rs 0.7.6.
pub const VERSION: u8 = 1;
pub const CODEC: u8 = 1;
/// Version, codec, and a CRC-32 of all that follows.
pub const HEADER_SIZE: usize = 6;

pub const OP_END: u8 = 0;
pub const OP_COPY: u8 = 1;
/// A raw deflate stream.
pub const OP_DEFLATE: u8 = 2;
/// A zlib stream in the IDAT chunks of a PNG.
pub const OP_IDAT: u8 = 4;
/// Added to a stream's operation: what it inflates to follows from operations of its own.
pub const NESTED: u8 = 1;

/// A stretch of a deflate stream: so many inflated bytes, with what preflate needs to make them the stream's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub plain: usize,
    /// CRC-32 of the inflated bytes.
    pub crc: u32,
    pub corrections: Vec<u8>,
}

/// What surrounds a PNG's deflate stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idat {
    /// Length of each IDAT chunk's data, and how often in a row.
    pub runs: Vec<(u32, u32)>,
    pub head: [u8; 2],
    pub tail: [u8; 4],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Copy(usize),
    Stream { idat: Option<Idat>, nested: Option<Vec<Op>>, pieces: Vec<Piece> },
}

/// A whole recipe. `file` and `plain` are lengths in bytes.
pub fn encode(file: usize, plain: usize, ops: &[Op]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, file);
    put(&mut body, plain);
    put_ops(&mut body, ops);
    let mut out = vec![VERSION, CODEC];
    out.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    out.extend_from_slice(&body);
    out
}

fn put_ops(out: &mut Vec<u8>, ops: &[Op]) {
    for op in ops {
        match op {
            Op::Copy(length) => {
                out.push(OP_COPY);
                put(out, *length);
            }
            Op::Stream { idat, nested, pieces } => {
                let kind = if idat.is_some() { OP_IDAT } else { OP_DEFLATE };
                out.push(kind + if nested.is_some() { NESTED } else { 0 });
                if let Some(idat) = idat {
                    put_idat(out, idat);
                }
                if let Some(nested) = nested {
                    put_ops(out, nested);
                }
                put(out, pieces.len());
                for piece in pieces {
                    put(out, piece.plain);
                    out.extend_from_slice(&piece.crc.to_le_bytes());
                    put(out, piece.corrections.len());
                    out.extend_from_slice(&piece.corrections);
                }
            }
        }
    }
    out.push(OP_END);
}

fn put_idat(out: &mut Vec<u8>, idat: &Idat) {
    put(out, idat.runs.len());
    for &(length, times) in &idat.runs {
        put(out, length as usize);
        put(out, times as usize);
    }
    out.extend_from_slice(&idat.head);
    out.extend_from_slice(&idat.tail);
}

/// Seven bits a byte, the lowest first; all but the last byte have the top bit.
fn put(out: &mut Vec<u8>, value: usize) {
    let mut rest = value as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Reads what `put` and `encode` wrote. Everything is `None` past the end.
pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// At most 2^35 - 1, and in no more bytes than that needs.
    pub fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub fn idat(&mut self) -> Option<Idat> {
        let count = self.length()?;
        let mut runs = Vec::new();
        for _ in 0..count {
            runs.push((u32::try_from(self.number()?).ok()?, u32::try_from(self.number()?).ok()?));
        }
        Some(Idat { runs, head: self.array()?, tail: self.array()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        for value in [0, 1, 127, 128, 16383, 16384, 1 << 27, (1 << 32) - 1] {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!((cursor.length(), cursor.is_empty()), (Some(value), true));
            assert_eq!(Cursor::new(&bytes[..bytes.len() - 1]).number(), None);
        }
        assert_eq!(Cursor::new(&[0xff; 9]).number(), None);
    }
}
