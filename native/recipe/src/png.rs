//! Owns the IDAT chunks of a PNG: one zlib stream in pieces, each with its length and CRC (PNG specification, 5.3 and 11.2.3).

use std::io::{self, Write};

use crate::format::Idat;

pub const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Length, type and CRC of a chunk.
pub const FRAME: usize = 12;
/// Of a zlib stream: header and Adler-32.
pub const ZLIB_FRAME: usize = 6;
/// More changes of the chunk length than any writer makes.
const MOST_RUNS: usize = 4096;

pub struct Chain {
    /// Where the first IDAT chunk starts, after the signature, and where the last ends.
    pub start: usize,
    pub end: usize,
    pub runs: Vec<(u32, u32)>,
    /// The zlib stream.
    pub data: Vec<u8>,
}

/// The IDAT chunks of the PNG whose signature `bytes` starts with. `None` when they are not as they should be.
pub fn find_chain(bytes: &[u8]) -> Option<Chain> {
    let mut at = SIGNATURE.len();
    let mut chain: Option<Chain> = None;
    while let Some((kind, data)) = chunk_at(bytes, at) {
        let is_idat = kind == b"IDAT";
        if is_idat && crc_at(bytes, at + 8 + data.len()) != Some(chunk_crc(data)) {
            return None;
        }
        match &mut chain {
            None if !is_idat => {}
            None => {
                let runs = vec![(data.len() as u32, 1)];
                chain = Some(Chain { start: at, end: at, runs, data: data.to_vec() });
            }
            Some(_) if !is_idat => break,
            Some(chain) => {
                match chain.runs.last_mut() {
                    Some((length, times)) if *length as usize == data.len() => *times += 1,
                    _ => chain.runs.push((data.len() as u32, 1)),
                }
                chain.data.extend_from_slice(data);
            }
        }
        at += FRAME + data.len();
        if let Some(chain) = &mut chain {
            chain.end = at;
        }
        if kind == b"IEND" {
            break;
        }
    }
    chain.filter(|chain| chain.data.len() > ZLIB_FRAME && chain.runs.len() <= MOST_RUNS)
}

/// Whether the PNG whose signature `bytes` starts with goes on behind them.
pub fn is_cut_off(bytes: &[u8]) -> bool {
    let mut at = SIGNATURE.len();
    while let Some((kind, data)) = chunk_at(bytes, at) {
        if kind == b"IEND" {
            return false;
        }
        at += FRAME + data.len();
    }
    let Some(head) = bytes.get(at..at + 8) else { return true };
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    head[4..].iter().all(u8::is_ascii_alphabetic) && at.saturating_add(FRAME + length) > bytes.len()
}

/// Type and data of the chunk at `at`, which lies within `bytes` to its end.
fn chunk_at(bytes: &[u8], at: usize) -> Option<(&[u8; 4], &[u8])> {
    let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
    let kind: &[u8; 4] = bytes.get(at + 4..at + 8)?.try_into().ok()?;
    let data = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
    bytes.get(at + 8 + length..at + FRAME + length)?;
    kind.iter().all(u8::is_ascii_alphabetic).then_some((kind, data))
}

fn crc_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn chunk_crc(data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"IDAT");
    hasher.update(data);
    hasher.finalize()
}

/// Writes a zlib stream as IDAT chunks of the lengths that `idat` says.
pub struct IdatWriter<'a> {
    out: &'a mut dyn Write,
    runs: std::vec::IntoIter<(u32, u32)>,
    /// Of the current run, chunks that were not begun.
    length: usize,
    times: u32,
    /// Bytes missing in the current chunk, and its CRC so far.
    missing: usize,
    hasher: Option<crc32fast::Hasher>,
}

impl<'a> IdatWriter<'a> {
    pub fn new(out: &'a mut dyn Write, idat: &Idat) -> IdatWriter<'a> {
        IdatWriter { out, runs: idat.runs.clone().into_iter(), length: 0, times: 0, missing: 0, hasher: None }
    }

    /// Ends the last chunk. False when the stream was shorter than the chunks.
    pub fn finish(mut self) -> io::Result<bool> {
        while self.missing == 0 && self.begin()? {}
        Ok(self.hasher.is_none())
    }

    /// Ends the current chunk and begins the next. False when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        if let Some(hasher) = self.hasher.take() {
            self.out.write_all(&hasher.finalize().to_be_bytes())?;
        }
        while self.times == 0 {
            let Some((length, times)) = self.runs.next() else { return Ok(false) };
            (self.length, self.times) = (length as usize, times);
        }
        self.times -= 1;
        self.missing = self.length;
        self.out.write_all(&(self.length as u32).to_be_bytes())?;
        self.out.write_all(b"IDAT")?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(b"IDAT");
        self.hasher = Some(hasher);
        Ok(true)
    }
}

impl Write for IdatWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while self.missing == 0 && !bytes.is_empty() {
            if !self.begin()? {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        let now = &bytes[..bytes.len().min(self.missing)];
        self.out.write_all(now)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(now);
        }
        self.missing -= now.len();
        Ok(now.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
