//! Owns where deflate streams may start: in PNGs, zip entries, gzip members, and zlib streams by their header.

use crate::png::SIGNATURE;

/// What may start at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find {
    /// The signature of a PNG.
    Png,
    /// A deflate stream after so many bytes of a zip's or gzip's header.
    File { header: usize },
    /// A deflate stream after the two bytes of a zlib header.
    Zlib,
}

const ZLIB_HEADER: usize = 2;
const ZIP_MAGIC: &[u8; 4] = b"PK\x03\x04";
const ZIP_HEADER: usize = 30;
const ZIP_ENCRYPTED: u16 = 1;
const GZIP_HEADER: usize = 10;
const DEFLATE: u16 = 8;

impl Find {
    /// Bytes before the deflate stream.
    pub fn header(self) -> usize {
        match self {
            Find::Png => SIGNATURE.len(),
            Find::File { header } => header,
            Find::Zlib => ZLIB_HEADER,
        }
    }
}

/// The first place at `from` or after it where a stream may start.
pub fn next(bytes: &[u8], from: usize) -> Option<(usize, Find)> {
    let mut at = from;
    while let Some(ahead) = bytes.get(at..)?.iter().position(|&byte| matches!(byte, 0x78 | b'P' | 0x1f | 0x89)) {
        at += ahead;
        if let Some(find) = look(&bytes[at..]) {
            return Some((at, find));
        }
        at += 1;
    }
    None
}

fn look(bytes: &[u8]) -> Option<Find> {
    match bytes[0] {
        0x78 => (matches!(bytes.get(1), Some(0x01 | 0x5e | 0x9c | 0xda)) && may_be_block(*bytes.get(2)?))
            .then_some(Find::Zlib),
        b'P' => zip_header(bytes).map(|header| Find::File { header }),
        0x1f => gzip_header(bytes).map(|header| Find::File { header }),
        _ => bytes.starts_with(SIGNATURE).then_some(Find::Png),
    }
}

/// Block type 3 does not exist.
fn may_be_block(byte: u8) -> bool {
    byte & 6 != 6
}

/// Length of the local header of a deflated entry (APPNOTE.TXT, 4.3.7).
fn zip_header(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..ZIP_HEADER).filter(|header| header.starts_with(ZIP_MAGIC))?;
    let field = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let plain = field(6) & ZIP_ENCRYPTED == 0 && field(8) == DEFLATE;
    plain.then(|| ZIP_HEADER + usize::from(field(26)) + usize::from(field(28)))
}

/// Length of a member's header (RFC 1952, 2.3).
fn gzip_header(bytes: &[u8]) -> Option<usize> {
    let header =
        bytes.get(..GZIP_HEADER).filter(|header| header[1] == 0x8b && header[2] == 8 && header[3] & 0xe0 == 0)?;
    let flags = header[3];
    let mut at = GZIP_HEADER;
    if flags & 4 != 0 {
        let length = bytes.get(at..at + 2)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    // Name and comment.
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += 1 + bytes.get(at..)?.iter().take(1 << 16).position(|&byte| byte == 0)?;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_measured() {
        let mut zip = b"..PK\x03\x04\x14\0\0\0\x08\0".to_vec();
        zip.resize(2 + ZIP_HEADER, 0);
        zip[2 + 26] = 5;
        zip[2 + 28] = 3;
        assert_eq!(next(&zip, 0), Some((2, Find::File { header: 38 })));
        zip[2 + 6] = 1;
        assert_eq!(next(&zip, 0), None);
        let gzip = b"\x1f\x8b\x08\x08\0\0\0\0\0\0name\0rest";
        assert_eq!(next(gzip, 0), Some((0, Find::File { header: 15 })));
        assert_eq!(next(b"\x1f\x8b\x08\x08\0\0\0\0\0\0name", 0), None);
        assert_eq!(next(b"xx\x78\x9c\xed\x9d", 0), Some((2, Find::Zlib)));
        assert_eq!(next(b"xx\x78\x9c\xff\x9d", 0), None);
        assert_eq!(next(b"a\x89PNG\r\n\x1a\n", 0), Some((1, Find::Png)));
        assert_eq!(next(b"\x78", 0), None);
        assert_eq!(next(b"", 0), None);
    }
}
