//! Owns listing folders, each one level deep, with the stat of every entry.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::errors::{Failure, Outcome, system_code};
use crate::folder::{Folder, Listing, Problem, Skip, display, read_names};
use crate::task::{TaskState, run_crew};

/// Below so many folders another thread costs more than it saves.
const WORTH_A_THREAD: usize = 16;

/// Entries in the order of `folders`, and what could not be read.
pub fn list(root: &Path, folders: &[String], skip: &Skip, task: &TaskState) -> Outcome<(Listing, Vec<Problem>)> {
    let top = Folder::open(root).map_err(|error| Failure::system(root, &error))?;
    let next = AtomicUsize::new(0);
    let parts: Mutex<Vec<_>> = Mutex::new(folders.iter().map(|_| None).collect());
    let workers = crate::cores().min(1 + folders.len() / WORTH_A_THREAD);
    run_crew(task, workers, |crew| {
        loop {
            crew.check()?;
            let index = next.fetch_add(1, Relaxed);
            let Some(path) = folders.get(index) else { return Ok(()) };
            let part = list_folder(&top, path, skip);
            parts.lock().unwrap()[index] = Some(part);
        }
    })?;
    let mut all = (Listing::default(), Vec::new());
    for (listing, mut problems) in parts.into_inner().unwrap().into_iter().flatten() {
        all.0.append(listing);
        all.1.append(&mut problems);
    }
    Ok(all)
}

fn list_folder(top: &Folder, path: &str, skip: &Skip) -> (Listing, Vec<Problem>) {
    let mut listing = Listing::default();
    let mut problems = Vec::new();
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let prefix = prefix.as_bytes();
    // A link in a folder's place leads elsewhere, perhaps out of the root: that is refused as not being a folder.
    let opened = top.open_child(if path.is_empty() { b"." } else { path.as_bytes() });
    let read = opened.and_then(|folder| read_names(&folder, prefix, skip, &mut problems).map(|names| (folder, names)));
    match read {
        Err(error) => problems.push(Problem { path: path.to_string(), code: folder_code(&error) }),
        Ok((folder, mut names)) => {
            for place in names.sorted() {
                let name = names.get(place);
                match folder.stat(name) {
                    Ok(stat) => listing.push(prefix, name, &stat),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => problems.push(Problem { path: display(prefix, name), code: system_code(&error) }),
                }
            }
        }
    }
    (listing, problems)
}

/// Systems disagree on how they refuse to open a link as a folder.
pub fn folder_code(error: &std::io::Error) -> &'static str {
    match system_code(error) {
        "ELOOP" => "ENOTDIR",
        code => code,
    }
}
