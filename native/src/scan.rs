//! Owns reading a segment's records from front to back without any index.

use std::fs::File;
use std::path::Path;

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::record::{Entry, MAX_BASES, decode_header};
use crate::segment::{HEADER_SIZE, TRAILER_SIZE, Trailer, Uuid};
use crate::segment_writer::check_header;

/// Headers with all their base ids fit.
const LONGEST_HEADER: usize = crate::record::HEADER_SIZE + MAX_BASES * crate::hash::ID_SIZE;
/// Read at once when only headers matter, and when payloads are checked too.
const HEADER_STEP: usize = 16 << 10;
const PAYLOAD_STEP: usize = 1 << 20;

pub struct Scan {
    pub uuid: Uuid,
    pub sealed: bool,
    /// Where the first byte that is not an intact record or the footer starts.
    pub valid_length: u64,
    pub file_length: u64,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
pub struct ScanOptions {
    /// Offset of the first record to read; 0: the first there is.
    pub from: u64,
    /// Believe an intact footer instead of reading records.
    pub footer: bool,
    /// Check payloads against their CRC-32.
    pub payloads: bool,
}

pub fn scan(path: &Path, options: ScanOptions) -> Outcome<Scan> {
    let system = |error| Failure::system(path, &error);
    let file = disk::open_to_read(path).map_err(system)?;
    let file_length = file.metadata().map_err(system)?.len();
    let uuid = check_header(&file, path)?;
    let from = options.from.max(HEADER_SIZE as u64);
    let trailer = read_trailer(&file, file_length).map_err(system)?;
    let footer = match &trailer {
        Some(trailer) => read_footer(&file, trailer).map_err(system)?,
        None => None,
    };
    let sealed = trailer.is_some();
    if options.footer
        && let Some(mut entries) = footer
    {
        entries.retain(|entry| entry.offset >= from);
        return Ok(Scan { uuid, sealed, valid_length: file_length, file_length, entries });
    }
    let limit = trailer.map_or(file_length, |trailer| trailer.entries_offset);
    let mut window = Window::new(&file, if options.payloads { PAYLOAD_STEP } else { HEADER_STEP });
    let mut entries = Vec::new();
    let mut at = from;
    while let Some(entry) = window.record(at, limit, options.payloads).map_err(system)? {
        at = entry.end();
        entries.push(entry);
    }
    let valid_length = if at == limit && footer.is_some() { file_length } else { at.min(file_length) };
    Ok(Scan { uuid, sealed, valid_length, file_length, entries })
}

/// Whether an intact record starts anywhere in [from, to): then bytes before it are damage, not a torn tail.
pub fn has_record_between(path: &Path, from: u64, to: u64) -> Outcome<bool> {
    let system = |error| Failure::system(path, &error);
    let file = disk::open_to_read(path).map_err(system)?;
    let mut window = Window::new(&file, PAYLOAD_STEP);
    let mut check = Window::new(&file, PAYLOAD_STEP);
    let finder = memchr::memmem::Finder::new(crate::record::MAGIC);
    let mut at = from;
    while at < to {
        let bytes = window.bytes(at, PAYLOAD_STEP).map_err(system)?;
        let length = bytes.len() as u64;
        for found in finder.find_iter(bytes) {
            if check.record(at + found as u64, to, true).map_err(system)?.is_some() {
                return Ok(true);
            }
        }
        if length < 4 {
            break;
        }
        // A magic may straddle two steps.
        at += length - 3;
    }
    Ok(false)
}

fn read_trailer(file: &File, file_length: u64) -> std::io::Result<Option<Trailer>> {
    let Some(at) = file_length.checked_sub(TRAILER_SIZE as u64) else {
        return Ok(None);
    };
    let mut bytes = [0; TRAILER_SIZE];
    let count = disk::read_at(file, &mut bytes, at)?;
    Ok(Trailer::decode(&bytes[..count], file_length))
}

fn read_footer(file: &File, trailer: &Trailer) -> std::io::Result<Option<Vec<Entry>>> {
    let mut bytes = vec![0; trailer.entries_length as usize];
    let count = disk::read_at(file, &mut bytes, trailer.entries_offset)?;
    Ok(trailer.decode_entries(&bytes[..count]))
}

/// A stretch of the file kept in memory.
struct Window<'a> {
    file: &'a File,
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
}

impl<'a> Window<'a> {
    fn new(file: &'a File, step: usize) -> Self {
        Window { file, buffer: vec![0; step], start: 0, filled: 0 }
    }

    /// Up to `length` bytes at `at` (`length` is at most the step); fewer only where the file ends.
    fn bytes(&mut self, at: u64, length: usize) -> std::io::Result<&[u8]> {
        if at < self.start || at + length as u64 > self.start + self.filled as u64 {
            self.filled = disk::read_at(self.file, &mut self.buffer, at)?;
            self.start = at;
        }
        let from = (at - self.start) as usize;
        Ok(&self.buffer[from.min(self.filled)..self.filled.min(from + length)])
    }

    /// The record at `at`, if it is intact and ends by `limit`.
    fn record(&mut self, at: u64, limit: u64, payload: bool) -> std::io::Result<Option<Entry>> {
        if at >= limit {
            return Ok(None);
        }
        let Some((entry, crc)) = decode_header(self.bytes(at, LONGEST_HEADER)?, at) else {
            return Ok(None);
        };
        if entry.end() > limit {
            return Ok(None);
        }
        let intact = !payload || self.payload_crc(&entry)? == crc;
        Ok(intact.then_some(entry))
    }

    fn payload_crc(&mut self, entry: &Entry) -> std::io::Result<u32> {
        let mut crc = crc32fast::Hasher::new();
        let mut at = entry.offset + entry.header_length() as u64;
        while at < entry.end() {
            let wanted = (entry.end() - at).min(PAYLOAD_STEP as u64) as usize;
            let bytes = self.bytes(at, wanted)?;
            if bytes.is_empty() {
                break;
            }
            crc.update(bytes);
            at += bytes.len() as u64;
        }
        Ok(crc.finalize())
    }
}
