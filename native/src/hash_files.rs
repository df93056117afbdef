//! Owns hashing whole files of the working tree; a huge one by all workers, in sections.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use blake3::hazmat::ChainingValue;

use crate::disk;
use crate::errors::{Failure, Outcome, system_code};
use crate::hash::Id;
use crate::stat::{FileType, Stat};
use crate::task::{Crew, TaskState, run_crew};
use crate::tree::{self, SECTION};

const BLOCK: usize = 256 << 10;
const TRIES: usize = 3;
/// From this size on, all workers hash a file together, in sections.
const FROM: u64 = 32 << 20;

pub enum Hashed {
    /// `sections`: the values of the sections of a huge file; none of others.
    Done {
        id: Id,
        stat: Stat,
        sections: Vec<ChainingValue>,
    },
    Failed {
        code: String,
        message: String,
    },
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
    let huge: Mutex<Vec<usize>> = Mutex::default();
    run_crew(task, workers.clamp(1, paths.len().max(1)), |crew| {
        let mut buffer = vec![0; BLOCK];
        loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(path) = paths.get(index) else { return Ok(()) };
            let Some(hashed) = hash_file(path, &mut buffer, FROM, crew)? else {
                huge.lock().unwrap().push(index);
                continue;
            };
            results.lock().unwrap()[index] = Some(hashed);
            TaskState::count(&task.files, 1);
        }
    })?;
    let mut results = results.into_inner().unwrap();
    for index in huge.into_inner().unwrap() {
        results[index] = Some(hash_wide(&paths[index], workers, task)?);
        TaskState::count(&task.files, 1);
    }
    Ok(results.into_iter().flatten().collect())
}

/// By all workers, in sections.
fn hash_wide(path: &Path, workers: usize, task: &TaskState) -> Outcome<Hashed> {
    outcome_of(|| {
        let file = disk::open_to_read(path)?;
        let stat = Stat::of_file(&file)?;
        let sections = stat.size.div_ceil(SECTION) as usize;
        if stat.file_type() != FileType::File || sections < 2 {
            return Err(Trouble::Changed);
        }
        let next = AtomicUsize::new(0);
        let values = Mutex::new(vec![ChainingValue::default(); sections]);
        let read: Vec<Result<(), Trouble>> = run_crew(task, workers, |crew| {
            let mut buffer = vec![0; BLOCK];
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= sections {
                    return Ok(Ok(()));
                }
                let from = SECTION * number as u64;
                let mut hasher = tree::section_at(from);
                match hash_bytes(&file, from..(from + SECTION).min(stat.size), &mut hasher, &mut buffer, crew) {
                    Ok(()) => values.lock().unwrap()[number] = tree::value(&hasher),
                    Err(trouble) => return Ok(Err(trouble)),
                }
            }
        })
        .map_err(Trouble::Call)?;
        read.into_iter().collect::<Result<(), Trouble>>()?;
        if !stat.is_unchanged(&Stat::of_file(&file)?) {
            return Err(Trouble::Changed);
        }
        let values = values.into_inner().unwrap();
        Ok((tree::root(&values), stat, values))
    })
}

/// The value of one section of a regular file. `None` when there is no such section or it cannot be read.
pub fn section_of(path: &Path, number: u64) -> Option<ChainingValue> {
    let file = disk::open_to_read(path).ok()?;
    let stat = Stat::of_file(&file).ok().filter(|stat| stat.file_type() == FileType::File)?;
    let from = number.checked_mul(SECTION).filter(|&from| from < stat.size)?;
    let mut bytes = vec![0; SECTION.min(stat.size - from) as usize];
    let count = disk::read_at(&file, &mut bytes, from).ok()?;
    (count == bytes.len()).then(|| tree::value(tree::section_at(from).update(&bytes)))
}

/// `None` for a file of at least `huge` bytes.
fn hash_file(path: &Path, buffer: &mut [u8], huge: u64, crew: &Crew) -> Outcome<Option<Hashed>> {
    let mut is_huge = false;
    let hashed = outcome_of(|| {
        let file = disk::open_to_read(path)?;
        let stat = Stat::of_file(&file)?;
        if stat.file_type() != FileType::File {
            return Err(Trouble::NotRegular(stat.file_type()));
        }
        is_huge = stat.size >= huge;
        let mut hasher = blake3::Hasher::new();
        if !is_huge {
            hash_bytes(&file, 0..stat.size, &mut hasher, buffer, crew)?;
        }
        if !stat.is_unchanged(&Stat::of_file(&file)?) {
            return Err(Trouble::Changed);
        }
        Ok((*hasher.finalize().as_bytes(), stat, Vec::new()))
    })?;
    Ok((!is_huge).then_some(hashed))
}

/// Tries again while the file changes.
fn outcome_of(mut attempt: impl FnMut() -> Result<(Id, Stat, Vec<ChainingValue>), Trouble>) -> Outcome<Hashed> {
    for _ in 0..TRIES {
        return Ok(match attempt() {
            Ok((id, stat, sections)) => Hashed::Done { id, stat, sections },
            Err(Trouble::Changed) => continue,
            Err(Trouble::NotRegular(FileType::Directory)) => failed("EISDIR", "it is a folder"),
            Err(Trouble::NotRegular(_)) => failed("EINVAL", "it is not a regular file"),
            Err(Trouble::File(error)) => failed(system_code(&error), &error.to_string()),
            Err(Trouble::Call(failure)) => return Err(failure),
        });
    }
    Ok(failed("FILE_CHANGED", "the file changed while it was read"))
}

fn hash_bytes(
    file: &File,
    range: Range<u64>,
    hasher: &mut blake3::Hasher,
    buffer: &mut [u8],
    crew: &Crew,
) -> Result<(), Trouble> {
    let mut position = range.start;
    while position < range.end {
        crew.check().map_err(Trouble::Call)?;
        let wanted = (range.end - position).min(buffer.len() as u64) as usize;
        if disk::read_at(file, &mut buffer[..wanted], position)? < wanted {
            return Err(Trouble::Changed);
        }
        hasher.update(&buffer[..wanted]);
        position += wanted as u64;
        TaskState::count(&crew.task.bytes, wanted as u64);
    }
    Ok(())
}

fn failed(code: &str, message: &str) -> Hashed {
    Hashed::Failed { code: code.into(), message: message.into() }
}
