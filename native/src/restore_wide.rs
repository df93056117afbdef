//! Owns the rebuilding of one huge file by all workers: each writes and hashes stretches of it, and the hash of the whole follows from
//! theirs. Chunks that lie across a border of stretches are decoded for both.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use blake3::hazmat::ChainingValue;

use crate::disk;
use crate::draft::Draft;
use crate::reader::RecordReader;
use crate::record::Kind;
use crate::restore::{RestoreFile, Trouble, WRITE_SIZE, draft_for};
use crate::table::RecordTable;
use crate::task::{Crew, TaskState};
use crate::tree;

/// From this size on it pays.
const FROM: u64 = 64 << 20;
/// Bytes that a worker takes at once, a multiple of those of a section: many chunks, so that few are decoded twice.
const STRETCH: u64 = 16 << 20;

pub struct WideRestore<'a> {
    /// Number of the file in the request.
    pub index: usize,
    pub request: &'a RestoreFile,
    /// Where each chunk starts; one more for the end.
    starts: Vec<u64>,
    draft: Mutex<Option<Draft>>,
    /// That of the draft, for all workers.
    file: OnceLock<io::Result<File>>,
    next: AtomicUsize,
    left: AtomicUsize,
    /// Of all sections.
    values: Mutex<Vec<ChainingValue>>,
    failed: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
}

impl<'a> WideRestore<'a> {
    /// `None` for files that one worker is to rebuild, or to find what is wrong with them.
    pub fn new(table: &RecordTable, index: usize, request: &'a RestoreFile, workers: usize) -> Option<WideRestore<'a>> {
        (workers > 1 && request.size >= FROM && request.recipe.is_none() && request.parts.is_empty())
            .then(|| WideRestore::in_stretches(table, index, request))?
    }

    fn in_stretches(table: &RecordTable, index: usize, request: &'a RestoreFile) -> Option<WideRestore<'a>> {
        let mut starts = Vec::with_capacity(request.chunks.len() + 1);
        let mut end = 0;
        starts.push(end);
        for &row in &request.chunks {
            let row = table.row(row).filter(|row| row.kind == Kind::Chunk)?;
            end += u64::from(row.raw_length);
            starts.push(end);
        }
        if end != request.size || end <= STRETCH {
            return None;
        }
        Some(WideRestore {
            index,
            request,
            starts,
            draft: Mutex::new(None),
            file: OnceLock::new(),
            next: AtomicUsize::new(0),
            left: AtomicUsize::new(end.div_ceil(STRETCH) as usize),
            values: Mutex::new(vec![ChainingValue::default(); end.div_ceil(tree::SECTION) as usize]),
            failed: AtomicBool::new(false),
            trouble: Mutex::new(None),
        })
    }

    /// Does stretches while there are some. True for the one worker that did the last of all: it has to `finish`.
    pub fn work(&self, reader: &mut RecordReader, crew: &Crew) -> bool {
        let stretches = self.request.size.div_ceil(STRETCH) as usize;
        let mut is_last = false;
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= stretches {
                return is_last;
            }
            if !self.failed.load(Ordering::Relaxed) {
                match self.fill(number as u64, reader, crew) {
                    Ok(values) => {
                        let first = number * (STRETCH / tree::SECTION) as usize;
                        self.values.lock().unwrap()[first..first + values.len()].copy_from_slice(&values);
                    }
                    Err(trouble) => {
                        self.trouble.lock().unwrap().get_or_insert(trouble);
                        self.failed.store(true, Ordering::Relaxed);
                    }
                }
            }
            is_last |= self.left.fetch_sub(1, Ordering::AcqRel) == 1;
        }
    }

    /// The whole file, verified, and the values of its sections. After a failure nothing is left of it.
    pub fn finish(&self) -> Result<(Draft, Vec<ChainingValue>), Trouble> {
        let draft = self.draft.lock().unwrap().take();
        if let Some(trouble) = self.trouble.lock().unwrap().take() {
            return Err(trouble);
        }
        let values = std::mem::take(&mut *self.values.lock().unwrap());
        if tree::root(&values) != self.request.id {
            return Err(Trouble::Content("the chunks do not make the file they should".into()));
        }
        Ok((draft.ok_or_else(|| Trouble::File(io::ErrorKind::NotFound.into()))?, values))
    }

    fn file(&self) -> Result<&File, Trouble> {
        let create = || {
            let draft = draft_for(self.request)?;
            let file = draft.file.try_clone()?;
            *self.draft.lock().unwrap() = Some(draft);
            Ok(file)
        };
        self.file.get_or_init(create).as_ref().map_err(|error| {
            let again = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            Trouble::File(again)
        })
    }

    /// Writes one stretch and returns the values of its sections.
    fn fill(&self, number: u64, reader: &mut RecordReader, crew: &Crew) -> Result<Vec<ChainingValue>, Trouble> {
        crew.check().map_err(Trouble::Call)?;
        let file = self.file()?;
        let from = number * STRETCH;
        let to = (from + STRETCH).min(self.request.size);
        let mut sections = tree::Sections::from(from);
        let mut buffer = Vec::with_capacity(WRITE_SIZE);
        let mut written = from;
        let first = self.starts.partition_point(|&start| start <= from) - 1;
        for (i, &row) in self.request.chunks.iter().enumerate().skip(first) {
            let start = self.starts[i];
            if start >= to {
                break;
            }
            crew.check().map_err(Trouble::Call)?;
            let bytes = reader.read(row)?;
            let part = &bytes[from.saturating_sub(start) as usize..(to.min(self.starts[i + 1]) - start) as usize];
            sections.update(part);
            TaskState::count(&crew.task.bytes, part.len() as u64);
            buffer.extend_from_slice(part);
            if buffer.len() >= WRITE_SIZE {
                disk::write_at(file, &buffer, written)?;
                written += buffer.len() as u64;
                buffer.clear();
            }
        }
        disk::write_at(file, &buffer, written)?;
        Ok(sections.values())
    }
}
