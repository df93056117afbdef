//! Owns appending records to an open segment: buffered, written early to the disk, durable when finished.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::early_sync::EarlySync;
use crate::errors::{Failure, Outcome};
use crate::hash::to_hex;
use crate::recent::{self, Content};
use crate::record::Entry;
use crate::segment::{self, HEADER_SIZE, Header, Uuid};
use crate::stat::Stat;

const BUFFER_SIZE: usize = 1 << 20;
/// Writes end at multiples of this, so that no page is written twice.
const PAGE: u64 = 4096;

/// What `finish` made durable.
pub struct WrittenSegment {
    /// Created by this call, so that its name is not durable yet.
    pub is_new: bool,
    pub path: PathBuf,
    pub length: u64,
    /// The appended records, encoded one after another.
    pub entries: Vec<u8>,
}

pub struct SegmentWriter {
    is_new: bool,
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    /// Where the buffer's first byte belongs in the file.
    buffer_offset: u64,
    entries: Vec<u8>,
    early_sync: EarlySync,
    /// What was in the segment before, if all of it is known; then all that is written is added.
    content: Option<Content>,
}

impl SegmentWriter {
    /// Creates `open-<uuid>.seg` in `folder`. The name is durable only after the folder is synced.
    pub fn create(folder: &Path) -> Outcome<SegmentWriter> {
        SegmentWriter::create_flagged(folder, 0)
    }

    /// The same, with flags in its header.
    pub fn create_flagged(folder: &Path, flags: u8) -> Outcome<SegmentWriter> {
        let mut uuid = Uuid::default();
        getrandom::fill(&mut uuid)
            .map_err(|error| Failure::new("EIO", folder, format!("no random bytes from the system: {error}")))?;
        let path = folder.join(format!("open-{}.seg", to_hex(&uuid)));
        let file = disk::create_new(&path).map_err(|error| Failure::system(folder, &error))?;
        let mut buffer = Vec::with_capacity(BUFFER_SIZE);
        buffer.extend_from_slice(&segment::encode_header(&uuid, flags));
        let content = Content { length: 0, hasher: blake3::Hasher::new(), entries: Vec::new() };
        Ok(SegmentWriter {
            is_new: true,
            path,
            file,
            buffer,
            buffer_offset: 0,
            entries: Vec::new(),
            early_sync: EarlySync::default(),
            content: Some(content),
        })
    }

    /// Opens a segment of which the first `length` bytes are committed; what follows them is dropped.
    pub fn open(path: &Path, length: u64) -> Outcome<SegmentWriter> {
        let system = |error| Failure::system(path, &error);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(system)?;
        let stat = Stat::of_file(&file).map_err(system)?;
        if length < HEADER_SIZE as u64 || stat.size < length {
            let message = format!("the segment has {} bytes, {length} were committed", stat.size);
            return Err(Failure::corrupt(path, message));
        }
        check_header(&file, path)?;
        let content = recent::take(path, &stat).filter(|content| content.length == length);
        if stat.size > length {
            file.set_len(length).map_err(system)?;
        }
        Ok(SegmentWriter {
            is_new: false,
            path: path.to_path_buf(),
            file,
            buffer: Vec::with_capacity(BUFFER_SIZE),
            buffer_offset: length,
            entries: Vec::new(),
            early_sync: EarlySync::default(),
            content,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the segment so far.
    pub fn length(&self) -> u64 {
        self.buffer_offset + self.buffer.len() as u64
    }

    /// Appends a record, whose offset is set here. Returns the bytes it takes.
    pub fn append(&mut self, mut entry: Entry, payload: &[u8]) -> Outcome<u64> {
        entry.offset = self.length();
        let size = entry.header_length() + payload.len();
        if self.buffer.len() + size > BUFFER_SIZE {
            self.flush()?;
        }
        entry.encode_header(crc32fast::hash(payload), &mut self.buffer);
        entry.encode(&mut self.entries);
        let mut rest = payload;
        while self.buffer.len() + rest.len() > BUFFER_SIZE {
            let (now, later) = rest.split_at(BUFFER_SIZE - self.buffer.len());
            self.buffer.extend_from_slice(now);
            self.flush()?;
            rest = later;
        }
        self.buffer.extend_from_slice(rest);
        Ok(size as u64)
    }

    /// Writes the buffer up to the last whole page.
    fn flush(&mut self) -> Outcome<()> {
        let torn = (self.length() % PAGE) as usize;
        self.write(self.buffer.len().saturating_sub(torn))
    }

    /// Writes the first `count` bytes of the buffer.
    fn write(&mut self, count: usize) -> Outcome<()> {
        let bytes = &self.buffer[..count];
        disk::write_through(&self.file, bytes, self.buffer_offset)
            .and_then(|()| self.early_sync.wrote(&self.file, count as u64))
            .map_err(|error| Failure::system(&self.path, &error))?;
        if let Some(content) = &mut self.content {
            content.hasher.update(bytes);
        }
        self.buffer_offset += count as u64;
        self.buffer.drain(..count);
        Ok(())
    }

    /// Writes what is left and syncs the data: everything appended is on the disk.
    pub fn finish(mut self) -> Outcome<WrittenSegment> {
        self.write(self.buffer.len())?;
        let system = |error| Failure::system(&self.path, &error);
        let synced = self.file.sync_data();
        self.early_sync.join().and(synced).map_err(system)?;
        let length = self.length();
        if let Some(mut content) = self.content.take() {
            content.length = length;
            content.entries.extend_from_slice(&self.entries);
            recent::remember(&self.path, Stat::of_file(&self.file).map_err(system)?, content);
        }
        Ok(WrittenSegment { is_new: self.is_new, path: self.path, length, entries: self.entries })
    }
}

/// Reads and checks a segment's header. Returns its uuid.
pub fn check_header(file: &File, path: &Path) -> Outcome<Uuid> {
    let mut header = [0; HEADER_SIZE];
    let count = disk::read_at(file, &mut header, 0).map_err(|error| Failure::system(path, &error))?;
    match segment::decode_header(&header[..count]) {
        Header::Good(uuid) => Ok(uuid),
        Header::TooNew(version) => {
            let message = format!("the segment has format {version}, this program knows {}", segment::VERSION);
            Err(Failure::new("FORMAT_TOO_NEW", path, message))
        }
        Header::Bad => Err(Failure::corrupt(path, "the segment's header is damaged")),
    }
}
