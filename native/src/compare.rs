//! Owns the comparison of a working tree with a Git index, by stat alone. Folders are walked by several threads.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::compare_walk::{Change, Findings, Walk};
use crate::errors::{Failure, Outcome};
use crate::folder::{Folder, Listing, Problem, Skip};
use crate::git_index::GitIndex;
use crate::stat::Stat;
use crate::task::{TaskState, run_crew};

/// Below so many entries another thread costs more than it saves.
const WORTH_A_THREAD: usize = 500;
const MOST_THREADS: usize = 16;

pub struct CompareRequest {
    pub root: PathBuf,
    pub index_path: PathBuf,
    pub skip: Skip,
}

pub struct Comparison {
    pub index: GitIndex,
    /// In the order of the index.
    pub changed: Vec<Change>,
    pub untracked: Listing,
    pub problems: Vec<Problem>,
}

pub fn compare(request: &CompareRequest, task: &TaskState) -> Outcome<Comparison> {
    let (index, written) = read_index(&request.index_path)?;
    let root = Folder::open(&request.root).map_err(|error| Failure::system(&request.root, &error))?;
    let walk = Walk::new(&index, &request.skip, written, root);
    let checksum_taken = AtomicBool::new(false);
    let workers = crate::cores().min(MOST_THREADS).min(1 + index.len() / WORTH_A_THREAD);
    let parts = run_crew(task, workers, |crew| {
        // One of the threads does this while the others walk already.
        if !checksum_taken.swap(true, Relaxed) && !index.verify_checksum() {
            return Err(Failure::corrupt(&request.index_path, "the Git index is damaged: its checksum is wrong"));
        }
        walk.work(crew)
    })?;
    let mut all = Findings::default();
    parts.into_iter().for_each(|part| all.append(part));
    all.changed.sort_unstable_by_key(|change| change.entry);
    Ok(Comparison { changed: all.changed, untracked: all.untracked, problems: all.problems, index })
}

/// The index and when it was written. A missing file is an empty index.
fn read_index(path: &Path) -> Outcome<(GitIndex, (i64, u32))> {
    let read = || -> io::Result<(Vec<u8>, Stat)> {
        let mut file = File::open(path)?;
        let stat = Stat::of_file(&file)?;
        let mut data = Vec::with_capacity(stat.size as usize + 1);
        file.read_to_end(&mut data)?;
        Ok((data, stat))
    };
    match read() {
        Ok((data, stat)) => Ok((GitIndex::decode(data, path)?, (stat.mtime, stat.mtime_nsec))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((GitIndex::default(), (0, 0))),
        Err(error) => Err(Failure::system(path, &error)),
    }
}
