//! Owns appending records to an open segment: buffered, written early to the disk, durable when finished.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::hash::to_hex;
use crate::record::Entry;
use crate::segment::{self, HEADER_SIZE, Header, Uuid};

const BUFFER_SIZE: usize = 4 << 20;

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
}

impl SegmentWriter {
    /// Creates `open-<uuid>.seg` in `folder`. The name is durable only after the folder is synced.
    pub fn create(folder: &Path) -> Outcome<SegmentWriter> {
        let mut uuid = Uuid::default();
        getrandom::fill(&mut uuid)
            .map_err(|error| Failure::new("EIO", folder, format!("no random bytes from the system: {error}")))?;
        let path = folder.join(format!("open-{}.seg", to_hex(&uuid)));
        let file = disk::create_new(&path).map_err(|error| Failure::system(folder, &error))?;
        let mut buffer = Vec::with_capacity(BUFFER_SIZE);
        buffer.extend_from_slice(&segment::encode_header(&uuid));
        Ok(SegmentWriter { is_new: true, path, file, buffer, buffer_offset: 0, entries: Vec::new() })
    }

    /// Opens a segment of which the first `length` bytes are committed; what follows them is dropped.
    pub fn open(path: &Path, length: u64) -> Outcome<SegmentWriter> {
        let system = |error| Failure::system(path, &error);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(system)?;
        let file_length = file.metadata().map_err(system)?.len();
        if length < HEADER_SIZE as u64 || file_length < length {
            let message = format!("the segment has {file_length} bytes, {length} were committed");
            return Err(Failure::corrupt(path, message));
        }
        check_header(&file, path)?;
        if file_length > length {
            file.set_len(length).map_err(system)?;
        }
        Ok(SegmentWriter {
            is_new: false,
            path: path.to_path_buf(),
            file,
            buffer: Vec::with_capacity(BUFFER_SIZE),
            buffer_offset: length,
            entries: Vec::new(),
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
        if size > BUFFER_SIZE {
            self.flush()?;
            self.write(payload)?;
        } else {
            self.buffer.extend_from_slice(payload);
        }
        Ok(size as u64)
    }

    fn flush(&mut self) -> Outcome<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.write(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        disk::write_at(&self.file, bytes, self.buffer_offset).map_err(|error| Failure::system(&self.path, &error))?;
        disk::start_write_back(&self.file, self.buffer_offset, bytes.len() as u64);
        self.buffer_offset += bytes.len() as u64;
        Ok(())
    }

    /// Writes what is left and syncs the data: everything appended is on the disk.
    pub fn finish(mut self) -> Outcome<WrittenSegment> {
        self.flush()?;
        self.file.sync_data().map_err(|error| Failure::system(&self.path, &error))?;
        let length = self.length();
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
