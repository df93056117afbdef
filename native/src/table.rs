//! Owns the packed rows in which core names records (core/dataplane/recordTable.ts), and the segments they lie in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::hash::{ID_SIZE, Id};
use crate::record::{Codec, Kind, MAX_BASES, MAX_OFFSET, read_id, read_u32, read_u64};

pub const ROW_SIZE: usize = 72;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub id: Id,
    pub kind: Kind,
    pub codec: Codec,
    pub depth: u8,
    pub raw_length: u32,
    pub stored_length: u32,
    pub segment: u32,
    pub offset: u64,
    base_rows: [u32; MAX_BASES],
    base_count: u8,
}

impl Row {
    pub fn bases(&self) -> &[u32] {
        &self.base_rows[..usize::from(self.base_count)]
    }

    /// Whether decoding needs no other chunk.
    pub fn stands_alone(&self) -> bool {
        self.codec == Codec::Dictionary || self.base_count == 0
    }

    /// Bytes that the payload and the id of a dictionary take.
    pub fn alone_cost(&self) -> usize {
        self.stored_length as usize + ID_SIZE * usize::from(self.codec == Codec::Dictionary)
    }

    pub fn header_length(&self) -> usize {
        crate::record::HEADER_SIZE + ID_SIZE * usize::from(self.base_count)
    }
}

/// Records by row number. Shared by workers; segments are opened when first read.
pub struct RecordTable {
    segments: Vec<(PathBuf, OnceLock<File>)>,
    rows: Vec<u8>,
}

impl RecordTable {
    pub fn new(segments: Vec<String>, rows: Vec<u8>) -> Outcome<RecordTable> {
        if !rows.len().is_multiple_of(ROW_SIZE) {
            return Err(Failure::corrupt(Path::new(""), "the record table is torn"));
        }
        let segments = segments.into_iter().map(|path| (PathBuf::from(path), OnceLock::new())).collect();
        Ok(RecordTable { segments, rows })
    }

    pub fn len(&self) -> usize {
        self.rows.len() / ROW_SIZE
    }

    /// `None` when there is no such row, or it names unknown kinds, an impossible offset, a missing segment or missing bases.
    pub fn row(&self, number: u32) -> Option<Row> {
        let at = number as usize * ROW_SIZE;
        let bytes = self.rows.get(at..at + ROW_SIZE)?;
        let row = Row {
            id: read_id(bytes, 0),
            kind: Kind::from_byte(bytes[52])?,
            codec: Codec::from_byte(bytes[53])?,
            depth: bytes[54] >> 4,
            raw_length: read_u32(bytes, 40),
            stored_length: read_u32(bytes, 44),
            segment: read_u32(bytes, 48),
            offset: read_u64(bytes, 32),
            base_rows: std::array::from_fn(|i| read_u32(bytes, 56 + 4 * i)),
            base_count: bytes[54] & 15,
        };
        let known = usize::from(row.base_count) <= MAX_BASES
            && row.offset <= MAX_OFFSET
            && (row.segment as usize) < self.segments.len()
            && row.bases().iter().all(|&base| (base as usize) < self.len());
        known.then_some(row)
    }

    pub fn segment_path(&self, segment: u32) -> &Path {
        &self.segments[segment as usize].0
    }

    pub fn segment(&self, segment: u32) -> std::io::Result<&File> {
        let (path, file) = &self.segments[segment as usize];
        if let Some(open) = file.get() {
            return Ok(open);
        }
        let opened = disk::open_to_read(path)?;
        Ok(file.get_or_init(|| opened))
    }
}
