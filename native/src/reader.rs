//! Owns reading records: checked against their row and checksums, decoded with their bases.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::rc::Rc;

use zstd_safe::{DCtx, ResetDirective};

use crate::disk;
use crate::errors::system_code;
use crate::lzma;
use crate::record::{Codec, Entry, Kind, MAX_LENGTH, decode_header};
use crate::table::{RecordTable, Row};

/// Decoded bases that one worker keeps.
const CACHE_LIMIT: usize = 32 << 20;
/// Raw bytes of bases that are decoded for one record at most. Writers keep far below; where the bases of bases do not fit into the cache,
/// work could else grow fourfold with each round.
const MOST_DECODED: u64 = 1 << 30;
/// Read at once where one record follows another.
const WINDOW: usize = 1 << 20;
/// Records this close behind the last one count as following it.
const NEAR: u64 = 128 << 10;

/// Why a record could not be read.
#[derive(Debug, Clone)]
pub struct ReadProblem {
    pub row: u32,
    /// `CORRUPT` or the system's code.
    pub code: &'static str,
    pub message: String,
}

type ReadResult<T> = Result<T, ReadProblem>;

/// One worker's way to records.
pub struct RecordReader<'a> {
    table: &'a RecordTable,
    context: DCtx<'static>,
    stored: Stretch,
    /// Raw bytes of the last record, when they are not a part of `stored`.
    raw: Vec<u8>,
    cache: BaseCache,
    /// Raw bytes of bases that were decoded for the record that is being read.
    decoded: u64,
}

impl<'a> RecordReader<'a> {
    pub fn new(table: &'a RecordTable) -> Self {
        RecordReader {
            table,
            context: DCtx::create(),
            stored: Stretch::default(),
            raw: Vec::new(),
            cache: BaseCache::default(),
            decoded: 0,
        }
    }

    pub fn row(&self, number: u32) -> ReadResult<Row> {
        self.table.row(number).ok_or_else(|| corrupt(number, "the row does not describe a record".into()))
    }

    /// The raw bytes of a record. Header and payload are verified, the id is not.
    pub fn read(&mut self, number: u32) -> ReadResult<&[u8]> {
        self.decoded = 0;
        self.read_with_bases(number)
    }

    fn read_with_bases(&mut self, number: u32) -> ReadResult<&[u8]> {
        let row = self.row(number)?;
        let prefix = self.bases_of(number, &row)?;
        let payload = self.load(number, &row)?;
        if row.codec == Codec::Raw {
            return if row.stored_length == row.raw_length {
                Ok(&self.stored.bytes[payload])
            } else {
                Err(corrupt(number, "a raw record with two lengths".into()))
            };
        }
        self.decode(number, &row, payload, &prefix)?;
        Ok(&self.raw[..row.raw_length as usize])
    }

    /// The payload of a record as it is stored. Header and payload are verified.
    pub fn payload(&mut self, number: u32) -> ReadResult<&[u8]> {
        let row = self.row(number)?;
        let payload = self.load(number, &row)?;
        Ok(&self.stored.bytes[payload])
    }

    /// The raw bytes of a record that others may be decoded against, kept for the next time.
    pub fn read_base(&mut self, number: u32) -> ReadResult<Rc<Vec<u8>>> {
        self.decoded = 0;
        self.kept_base(number)
    }

    fn kept_base(&mut self, number: u32) -> ReadResult<Rc<Vec<u8>>> {
        if let Some(bytes) = self.cache.get(number) {
            return Ok(bytes);
        }
        self.decoded += u64::from(self.row(number)?.raw_length);
        if self.decoded > MOST_DECODED {
            return Err(corrupt(number, "more is needed to decode this record than any writer makes it need".into()));
        }
        let bytes = Rc::new(self.read_with_bases(number)?.to_vec());
        self.cache.insert(number, Rc::clone(&bytes));
        Ok(bytes)
    }

    /// Raw bytes of the row's bases, one after another.
    fn bases_of(&mut self, number: u32, row: &Row) -> ReadResult<Rc<Vec<u8>>> {
        let bases = row.bases();
        for &base in bases {
            let below = self.row(base)?;
            // Depths that fall strictly keep the recursion short whatever a damaged table says.
            let follows = match row.codec {
                Codec::Dictionary => below.kind == Kind::Dictionary && below.bases().is_empty(),
                _ => below.kind == row.kind && below.depth < row.depth,
            };
            if !follows {
                return Err(corrupt(number, format!("row {base} cannot be a base of this record")));
            }
        }
        match bases {
            [] => Ok(Rc::default()),
            [base] => self.kept_base(*base),
            _ => {
                let mut joined = Vec::new();
                for &base in bases {
                    joined.extend_from_slice(&self.kept_base(base)?);
                }
                Ok(Rc::new(joined))
            }
        }
    }

    /// Reads the record into `stored` and verifies it. Returns where its payload lies.
    fn load(&mut self, number: u32, row: &Row) -> ReadResult<Range<usize>> {
        let head = row.header_length();
        let length = head + row.stored_length as usize;
        if row.stored_length > MAX_LENGTH || row.raw_length > MAX_LENGTH {
            return Err(corrupt(number, "impossible length".into()));
        }
        let path = self.table.segment_path(row.segment).display();
        let file = self.table.segment(row.segment);
        let at = file.and_then(|file| self.stored.load(file, row, length)).map_err(|error| ReadProblem {
            row: number,
            code: system_code(&error),
            message: format!("{path}: {error}"),
        })?;
        let record = self.stored.bytes.get(at..at + length);
        let place = || format!("{path} at byte {}", row.offset);
        let Some(record) = record.filter(|_| at + length <= self.stored.filled) else {
            return Err(corrupt(number, format!("the segment ends before the record does: {}", place())));
        };
        let Some((entry, crc)) = decode_header(record, row.offset) else {
            return Err(corrupt(number, format!("damaged record header: {}", place())));
        };
        if !self.matches(&entry, row) {
            return Err(corrupt(number, format!("another record than expected: {}", place())));
        }
        if crc32fast::hash(&record[head..]) != crc {
            return Err(corrupt(number, format!("damaged record: {}", place())));
        }
        Ok(at + head..at + length)
    }

    fn matches(&self, entry: &Entry, row: &Row) -> bool {
        let same_bases = entry.bases.len() == row.bases().len()
            && entry
                .bases
                .iter()
                .zip(row.bases())
                .all(|(id, &base)| self.table.row(base).is_some_and(|row| &row.id == id));
        entry.id == row.id
            && entry.kind == row.kind
            && entry.codec == row.codec
            && entry.depth == row.depth
            && entry.raw_length == row.raw_length
            && entry.stored_length == row.stored_length
            && same_bases
    }

    /// Decodes the payload that starts at `payload` of `stored` into `raw`.
    fn decode(&mut self, number: u32, row: &Row, payload: Range<usize>, prefix: &Rc<Vec<u8>>) -> ReadResult<()> {
        let length = row.raw_length as usize;
        if !may_decode_to(row.codec, &self.stored.bytes[payload.clone()], length) {
            return Err(corrupt(number, format!("the record does not decode to {length} bytes")));
        }
        if self.raw.len() < length {
            self.raw.resize(length, 0);
        }
        let stored = &self.stored.bytes[payload];
        let raw = &mut self.raw[..length];
        let result = match row.codec {
            Codec::Lzma => {
                let is_whole = lzma::decompress(stored, prefix, raw);
                return is_whole
                    .then_some(())
                    .ok_or_else(|| corrupt(number, "the record does not decode: LZMA".into()));
            }
            Codec::Dictionary => self.context.decompress_using_dict(raw, stored, prefix),
            Codec::Prefix => {
                // SAFETY: only the lifetime changes. zstd uses a prefix for the next frame alone, which is decoded in the next
                // line while `prefix` is borrowed, and the reset below drops it if that failed early.
                let bytes: &'static [u8] = unsafe { std::mem::transmute::<&[u8], &'static [u8]>(prefix.as_slice()) };
                let referenced = self.context.ref_prefix(bytes);
                let result = referenced.and_then(|_| self.context.decompress(raw, stored));
                let cleared = self.context.reset(ResetDirective::SessionAndParameters);
                cleared.and(result)
            }
            _ => self.context.decompress(raw, stored),
        };
        match result {
            Ok(count) if count == length => Ok(()),
            Ok(count) => Err(corrupt(number, format!("the record decodes to {count} bytes instead of {length}"))),
            Err(code) => {
                Err(corrupt(number, format!("the record does not decode: {}", zstd_safe::get_error_name(code))))
            }
        }
    }
}

/// Whether a payload can have so many bytes as content, by what a zstd frame says itself, or else by how far the codec can go.
fn may_decode_to(codec: Codec, payload: &[u8], length: usize) -> bool {
    if codec == Codec::Lzma {
        return length >> LZMA_REACH <= payload.len();
    }
    match zstd_safe::get_frame_content_size(payload) {
        Ok(Some(size)) => size == length as u64,
        // A block takes four bytes at least, and has 128 KiB at most.
        Ok(None) => length <= (payload.len() / 4 + 1) << 17,
        Err(_) => false,
    }
}

/// Logarithm of the most bytes for one of an LZMA payload, rounded up: a match has at most 273, and takes no fewer than some fifteen
/// decisions of at least 0.02 bits each (a probability is at most 2017/2048).
const LZMA_REACH: u32 = 13;

fn corrupt(row: u32, message: String) -> ReadProblem {
    ReadProblem { row, code: "CORRUPT", message }
}

/// A stretch of one segment in memory.
#[derive(Default)]
struct Stretch {
    bytes: Vec<u8>,
    segment: u32,
    start: u64,
    filled: usize,
    /// Where the last record ended.
    next: u64,
}

impl Stretch {
    /// Reads `length` bytes of the row's record, as far as the segment goes, and what may be asked for next. Returns where they
    /// start in `bytes`.
    fn load(&mut self, file: &File, row: &Row, length: usize) -> io::Result<usize> {
        let end = row.offset + length as u64;
        let same = self.filled > 0 && self.segment == row.segment;
        if !(same && row.offset >= self.start && end <= self.start + self.filled as u64) {
            let follows = same && (self.next..=self.next + NEAR).contains(&row.offset);
            let wanted = if follows { length.max(WINDOW) } else { length };
            // A length that is not true is no reason to take so much memory.
            if length > WINDOW && end > file.metadata()?.len() {
                self.filled = 0;
                return Ok(0);
            }
            if self.bytes.len() < wanted {
                self.bytes.resize(wanted, 0);
            }
            self.filled = 0;
            let into = &mut self.bytes[..wanted];
            self.filled = if follows {
                disk::read_through(file, into, row.offset)
            } else {
                disk::read_at(file, into, row.offset)
            }?;
            self.segment = row.segment;
            self.start = row.offset;
        }
        self.next = end;
        Ok((row.offset - self.start) as usize)
    }
}

/// Decoded bases, the least recently used dropped first.
#[derive(Default)]
struct BaseCache {
    bytes: HashMap<u32, (Rc<Vec<u8>>, u64)>,
    /// Uses in order; only a row's latest counts.
    uses: VecDeque<(u32, u64)>,
    clock: u64,
    size: usize,
}

impl BaseCache {
    fn get(&mut self, row: u32) -> Option<Rc<Vec<u8>>> {
        let (bytes, used) = self.bytes.get_mut(&row)?;
        self.clock += 1;
        *used = self.clock;
        self.uses.push_back((row, self.clock));
        let bytes = Rc::clone(bytes);
        self.forget_old_uses();
        Some(bytes)
    }

    fn insert(&mut self, row: u32, bytes: Rc<Vec<u8>>) {
        self.clock += 1;
        self.size += bytes.len();
        self.uses.push_back((row, self.clock));
        if let Some((old, _)) = self.bytes.insert(row, (bytes, self.clock)) {
            self.size -= old.len();
        }
        while self.size > CACHE_LIMIT {
            let Some((row, used)) = self.uses.pop_front() else { break };
            if self.bytes.get(&row).is_some_and(|(_, latest)| *latest == used)
                && let Some((old, _)) = self.bytes.remove(&row)
            {
                self.size -= old.len();
            }
        }
    }

    /// Keeps the queue no longer than a few times the number of rows.
    fn forget_old_uses(&mut self) {
        if self.uses.len() > 64 + 4 * self.bytes.len() {
            let bytes = &self.bytes;
            self.uses.retain(|(row, used)| bytes.get(row).is_some_and(|(_, latest)| latest == used));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_drops_what_was_used_least_recently() {
        let mut cache = BaseCache::default();
        let megabytes = |count: usize| Rc::new(vec![0; count << 20]);
        cache.insert(1, megabytes(12));
        cache.insert(2, megabytes(12));
        assert!(cache.get(1).is_some());
        cache.insert(3, megabytes(12));
        assert!(cache.get(2).is_none());
        assert!(cache.get(1).is_some() && cache.get(3).is_some());
        assert_eq!(cache.size, 24 << 20);
        for _ in 0..10_000 {
            cache.get(1);
        }
        assert!(cache.uses.len() < 100);
    }
}
