//! Owns making the containers of tests: deflate streams by zlib in every setting, PNGs, zips and gzip members around them.

use std::mem::MaybeUninit;

/// Random numbers that are the same in every run (xorshift64*).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn noise(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Words, runs and repeats: something to compress.
    pub fn text(&mut self, length: usize) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        while out.len() < length {
            match self.below(4) {
                0 => {
                    let run = 1 + self.below(600);
                    let byte = self.next() as u8;
                    out.resize(out.len() + run, byte);
                }
                1 if out.len() > 50 => {
                    let from = self.below(out.len() - 40);
                    out.extend_from_within(from..from + 3 + self.below(37));
                }
                2 => {
                    let count = self.below(20);
                    let noise = self.noise(count);
                    out.extend(noise);
                }
                _ => out.extend(format!("value {} = {}\n", self.below(100), self.below(1000)).bytes()),
            }
        }
        out.truncate(length);
        out
    }
}

/// How zlib is to deflate: level, window (negative: raw, positive: with zlib header), memory level, strategy.
pub type Setting = (i32, i32, i32, i32);
pub const RAW: Setting = (6, -15, 8, 0);
pub const ZLIB: Setting = (6, 15, 8, 0);

pub fn deflate(bytes: &[u8], (level, window, memory, strategy): Setting) -> Vec<u8> {
    let mut out = vec![0; bytes.len() + bytes.len() / 4 + 1024];
    // SAFETY: the stream is initialised by deflateInit2_ before use, and both buffers outlive it.
    unsafe {
        let mut stream = MaybeUninit::<libz_sys::z_stream>::zeroed();
        let pointer = stream.as_mut_ptr();
        let size = size_of::<libz_sys::z_stream>() as i32;
        let version = libz_sys::zlibVersion();
        assert_eq!(libz_sys::deflateInit2_(pointer, level, 8, window, memory, strategy, version, size), 0);
        (*pointer).next_in = bytes.as_ptr().cast_mut();
        (*pointer).avail_in = bytes.len() as u32;
        (*pointer).next_out = out.as_mut_ptr();
        (*pointer).avail_out = out.len() as u32;
        assert_eq!(libz_sys::deflate(pointer, libz_sys::Z_FINISH), libz_sys::Z_STREAM_END);
        out.truncate((*pointer).total_out as usize);
        libz_sys::deflateEnd(pointer);
    }
    out
}

pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut body = kind.to_vec();
    body.extend(data);
    let mut out = (data.len() as u32).to_be_bytes().to_vec();
    out.extend(&body);
    out.extend(crc32fast::hash(&body).to_be_bytes());
    out
}

/// A PNG whose IDAT chunks hold `length` bytes each.
pub fn png(pixels: &[u8], setting: Setting, length: usize) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(png_chunk(b"IHDR", &[0, 0, 0, 16, 0, 0, 0, 16, 8, 6, 0, 0, 0]));
    for data in deflate(pixels, setting).chunks(length) {
        out.extend(png_chunk(b"IDAT", data));
    }
    out.extend(png_chunk(b"IEND", b""));
    out
}

/// A local header and its deflated data; `streamed`: sizes follow in a data descriptor.
pub fn zip_entry(name: &str, bytes: &[u8], streamed: bool) -> Vec<u8> {
    let data = deflate(bytes, RAW);
    let sizes = [crc32fast::hash(bytes), data.len() as u32, bytes.len() as u32];
    let sizes: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend([if streamed { 8 } else { 0 }, 0, 8, 0, 0, 0, 0, 0]);
    out.extend(if streamed { &[0; 12][..] } else { &sizes });
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.bytes());
    out.extend(data);
    if streamed {
        out.extend(b"PK\x07\x08");
        out.extend(sizes);
    }
    out
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0".to_vec();
    out.extend(deflate(bytes, (9, -15, 9, 0)));
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}
