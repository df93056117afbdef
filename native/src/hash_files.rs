//! Owns hashing whole files of the working tree.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::disk;
use crate::errors::{Failure, Outcome, system_code};
use crate::hash::Id;
use crate::stat::{FileType, Stat};
use crate::task::{Crew, TaskState, run_crew};

const BLOCK: usize = 256 << 10;
const TRIES: usize = 3;

pub enum Hashed {
    Done { id: Id, stat: Stat },
    Failed { code: String, message: String },
}

enum Trouble {
    Changed,
    NotRegular(FileType),
    File(io::Error),
    Call(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::File(error)
    }
}

/// BLAKE3 of each regular file, in the order of `paths`.
pub fn hash_files(paths: &[PathBuf], workers: usize, task: &TaskState) -> Outcome<Vec<Hashed>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Hashed>>> = Mutex::new(paths.iter().map(|_| None).collect());
    run_crew(task, workers.clamp(1, paths.len().max(1)), |crew| {
        let mut buffer = vec![0; BLOCK];
        loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(path) = paths.get(index) else { return Ok(()) };
            let hashed = hash_file(path, &mut buffer, crew)?;
            results.lock().unwrap()[index] = Some(hashed);
            TaskState::count(&task.files, 1);
        }
    })?;
    Ok(results.into_inner().unwrap().into_iter().flatten().collect())
}

fn hash_file(path: &Path, buffer: &mut [u8], crew: &Crew) -> Outcome<Hashed> {
    for _ in 0..TRIES {
        return Ok(match try_hash(path, buffer, crew) {
            Ok((id, stat)) => Hashed::Done { id, stat },
            Err(Trouble::Changed) => continue,
            Err(Trouble::NotRegular(FileType::Directory)) => failed("EISDIR", "it is a folder"),
            Err(Trouble::NotRegular(_)) => failed("EINVAL", "it is not a regular file"),
            Err(Trouble::File(error)) => failed(system_code(&error), &error.to_string()),
            Err(Trouble::Call(failure)) => return Err(failure),
        });
    }
    Ok(failed("FILE_CHANGED", "the file changed while it was read"))
}

fn try_hash(path: &Path, buffer: &mut [u8], crew: &Crew) -> Result<(Id, Stat), Trouble> {
    let file = disk::open_to_read(path)?;
    let stat = Stat::of_file(&file)?;
    if stat.file_type() != FileType::File {
        return Err(Trouble::NotRegular(stat.file_type()));
    }
    let mut hasher = blake3::Hasher::new();
    let mut position = 0;
    while position < stat.size {
        crew.check().map_err(Trouble::Call)?;
        let count = disk::read_at(&file, buffer, position)?;
        if count == 0 {
            return Err(Trouble::Changed);
        }
        hasher.update(&buffer[..count]);
        position += count as u64;
        TaskState::count(&crew.task.bytes, count as u64);
    }
    if position != stat.size || !stat.is_unchanged(&Stat::of_file(&file)?) {
        return Err(Trouble::Changed);
    }
    Ok((*hasher.finalize().as_bytes(), stat))
}

fn failed(code: &str, message: &str) -> Hashed {
    Hashed::Failed { code: code.into(), message: message.into() }
}
