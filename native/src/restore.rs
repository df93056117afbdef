//! Owns restore: files are rebuilt from records under a temporary name, verified whole, and only then given their own.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use blake3::hazmat::ChainingValue;

use crate::disk;
use crate::draft::Draft;
use crate::errors::{Failure, Outcome, system_code};
use crate::hash::{Id, hash};
use crate::reader::{ReadProblem, RecordReader};
use crate::rebuild;
use crate::record::Kind;
use crate::restore_wide::WideRestore;
use crate::stat::Stat;
use crate::table::RecordTable;
use crate::task::{Crew, TaskState, run_crew};

/// Chunks are joined up to this many bytes for one write.
pub const WRITE_SIZE: usize = 1 << 20;
/// What a worker takes at once, in bytes and in files.
const BATCH_SIZE: u64 = 8 << 20;
const BATCH_FILES: u64 = 64;

pub enum Expect {
    Absent,
    Any,
    /// Modification time, size and inode count.
    Stat(Stat),
}

pub struct RestoreFile {
    pub path: PathBuf,
    pub temporary: PathBuf,
    pub id: Id,
    pub size: u64,
    pub mode: u32,
    pub chunks: Vec<u32>,
    /// Length of the recipe at the end of the chunks, if they hold a plain form.
    pub recipe: Option<u32>,
    /// What the file consists of, one after another, instead of chunks and recipe.
    pub parts: Vec<PartToRestore>,
    pub expect: Expect,
}

/// A part of a file: an asset of its own, in chunks with or without a recipe.
pub struct PartToRestore {
    pub size: u64,
    pub chunks: Vec<u32>,
    pub recipe: Option<u32>,
}

impl RestoreFile {
    /// Rows of all chunks, in order.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().chain(self.parts.iter().flat_map(|part| &part.chunks)).copied()
    }
}

pub enum Restored {
    /// `sections`: the values of those of a huge file, where several workers have rebuilt it; none else.
    Done {
        stat: Stat,
        sections: Vec<ChainingValue>,
    },
    Conflict,
    Failed {
        code: String,
        message: String,
        record: Option<u32>,
    },
}

/// Why a file did not get its name.
pub enum Trouble {
    Conflict,
    File(io::Error),
    Record(ReadProblem),
    Content(String),
    Call(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::File(error)
    }
}

impl From<ReadProblem> for Trouble {
    fn from(problem: ReadProblem) -> Self {
        Trouble::Record(problem)
    }
}

/// Results in the order of `files`.
pub fn restore(table: &RecordTable, files: &[RestoreFile], workers: usize, task: &TaskState) -> Outcome<Vec<Restored>> {
    let wide: Vec<WideRestore> =
        files.iter().enumerate().filter_map(|(i, file)| WideRestore::new(table, i, file, workers)).collect();
    let batches = batches(table, files, |index| wide.iter().any(|file| file.index == index));
    let useful = if wide.is_empty() { batches.len() } else { workers };
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Restored>>> = Mutex::new(files.iter().map(|_| None).collect());
    run_crew(task, workers.clamp(1, useful.max(1)), |crew| {
        let mut worker = Worker { reader: RecordReader::new(table), crew, buffer: Vec::new() };
        while let Some(batch) = batches.get(next.fetch_add(1, Relaxed)) {
            for &index in batch {
                crew.check()?;
                let restored = worker.restore(&files[index])?;
                results.lock().unwrap()[index] = Some(restored);
                TaskState::count(&task.files, 1);
            }
        }
        for file in &wide {
            if file.work(&mut worker.reader, crew) {
                results.lock().unwrap()[file.index] = Some(worker.finish_wide(file)?);
                TaskState::count(&task.files, 1);
            }
        }
        Ok(())
    })?;
    Ok(results.into_inner().unwrap().into_iter().flatten().collect())
}

/// Files by number, those whose records lie together in one batch: so each worker reads stretches of segments, not snippets.
fn batches(table: &RecordTable, files: &[RestoreFile], is_left_out: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let place = |index: &usize| {
        let row = files[*index].rows().next().and_then(|row| table.row(row));
        row.map(|row| (row.segment, row.offset))
    };
    let mut order: Vec<usize> = (0..files.len()).filter(|&index| !is_left_out(index)).collect();
    order.sort_by_cached_key(place);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for index in order {
        if room == 0 {
            batches.push(Vec::new());
            room = BATCH_SIZE;
        }
        room = room.saturating_sub(files[index].size.max(BATCH_SIZE / BATCH_FILES));
        batches.last_mut().unwrap().push(index);
    }
    batches
}

struct Worker<'a> {
    reader: RecordReader<'a>,
    crew: &'a Crew<'a>,
    buffer: Vec<u8>,
}

impl Worker<'_> {
    fn restore(&mut self, request: &RestoreFile) -> Outcome<Restored> {
        let result = draft_for(request).map_err(Trouble::File).and_then(|draft| {
            self.fill(&draft.file, request)?;
            Ok((finish(draft, request)?, Vec::new()))
        });
        self.outcome(request, result)
    }

    /// After the last stretch of a file that several workers have rebuilt.
    fn finish_wide(&mut self, wide: &WideRestore) -> Outcome<Restored> {
        let result = wide.finish().and_then(|(draft, sections)| Ok((finish(draft, wide.request)?, sections)));
        self.outcome(wide.request, result)
    }

    fn outcome(
        &mut self,
        request: &RestoreFile,
        result: Result<(Stat, Vec<ChainingValue>), Trouble>,
    ) -> Outcome<Restored> {
        Ok(match result {
            Ok((stat, sections)) => Restored::Done { stat, sections },
            Err(Trouble::Conflict) => Restored::Conflict,
            Err(Trouble::File(error)) if is_full(&error) => return Err(Failure::system(&request.path, &error)),
            Err(Trouble::File(error)) => failed(system_code(&error), error.to_string(), None),
            Err(Trouble::Record(problem)) => failed(problem.code, problem.message, Some(problem.row)),
            Err(Trouble::Content(message)) => failed("CORRUPT", message, self.first_wrong(request)),
            Err(Trouble::Call(failure)) => return Err(failure),
        })
    }

    /// Writes all chunks, or what they are rebuilt to, and verifies size and hash of the whole.
    fn fill(&mut self, file: &File, request: &RestoreFile) -> Result<(), Trouble> {
        if request.recipe.is_some() || !request.parts.is_empty() {
            return rebuild::fill(&mut self.reader, self.crew, Some(file), request);
        }
        let mut hasher = blake3::Hasher::new();
        let mut written = 0;
        self.buffer.clear();
        for &row in &request.chunks {
            self.crew.check().map_err(Trouble::Call)?;
            let bytes = read_chunk(&mut self.reader, row)?;
            hasher.update(bytes);
            TaskState::count(&self.crew.task.bytes, bytes.len() as u64);
            if self.buffer.is_empty() && request.chunks.len() == 1 {
                disk::write_at(file, bytes, 0)?;
                written = bytes.len() as u64;
                break;
            }
            self.buffer.extend_from_slice(bytes);
            if self.buffer.len() >= WRITE_SIZE {
                written += self.flush(file, written)?;
            }
        }
        written += self.flush(file, written)?;
        if written != request.size {
            return Err(Trouble::Content(format!("the chunks make {written} bytes instead of {}", request.size)));
        }
        if hasher.finalize().as_bytes() != &request.id {
            return Err(Trouble::Content("the chunks do not make the file they should".into()));
        }
        Ok(())
    }

    fn flush(&mut self, file: &File, offset: u64) -> io::Result<u64> {
        let length = self.buffer.len() as u64;
        disk::write_at(file, &self.buffer, offset)?;
        self.buffer.clear();
        Ok(length)
    }

    /// The first row whose bytes are not those its id names.
    fn first_wrong(&mut self, request: &RestoreFile) -> Option<u32> {
        request.rows().find(|&row| {
            let id = self.reader.row(row).map(|row| row.id);
            let content = self.reader.read(row).map(hash);
            !matches!((id, content), (Ok(id), Ok(content)) if id == content)
        })
    }
}

/// An empty file for what is to be rebuilt.
pub fn draft_for(request: &RestoreFile) -> io::Result<Draft> {
    match request.expect {
        Expect::Absent => Draft::for_new(&request.temporary),
        _ => Draft::named(&request.temporary),
    }
}

/// The raw bytes of a record that is part of a file.
pub fn read_chunk<'r>(reader: &'r mut RecordReader, row: u32) -> Result<&'r [u8], ReadProblem> {
    if reader.row(row)?.kind != Kind::Chunk {
        let message = "a record that is not a chunk cannot be part of a file".into();
        return Err(ReadProblem { row, code: "CORRUPT", message });
    }
    reader.read(row)
}

/// Gives the verified file its mode and name.
fn finish(mut draft: Draft, request: &RestoreFile) -> Result<Stat, Trouble> {
    disk::set_mode(&draft.file, request.mode)?;
    match &request.expect {
        Expect::Any => draft.replace(&request.path)?,
        Expect::Absent => match draft.appear_at(&request.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(Trouble::Conflict),
            result => result?,
        },
        Expect::Stat(expected) => {
            if !is_there(&request.path, expected)? {
                return Err(Trouble::Conflict);
            }
            draft.replace(&request.path)?;
        }
    }
    Ok(Stat::of_file(&draft.file)?)
}

fn is_there(path: &Path, expected: &Stat) -> io::Result<bool> {
    let key = |stat: &Stat| (stat.mtime, stat.mtime_nsec, stat.size, stat.ino);
    match Stat::of_path(path) {
        Ok(found) => Ok(key(&found) == key(expected)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A full disk fails every file after this one too.
fn is_full(error: &io::Error) -> bool {
    matches!(system_code(error), "ENOSPC" | "EDQUOT")
}

fn failed(code: &str, message: String, record: Option<u32>) -> Restored {
    Restored::Failed { code: code.into(), message, record }
}
