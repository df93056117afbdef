//! Owns checking that plain forms and their recipes make the files that they should; nothing is written.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::errors::Outcome;
use crate::reader::RecordReader;
use crate::rebuild;
use crate::restore::{RestoreFile, Trouble};
use crate::table::RecordTable;
use crate::task::{TaskState, run_crew};

/// For each file what is wrong with it, if anything. Those without a recipe are not looked at.
pub fn check_forms(
    table: &RecordTable,
    files: &[RestoreFile],
    workers: usize,
    task: &TaskState,
) -> Outcome<Vec<Option<String>>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<String>>> = Mutex::new(vec![None; files.len()]);
    run_crew(task, workers.clamp(1, files.len().max(1)), |crew| {
        let mut reader = RecordReader::new(table);
        loop {
            crew.check()?;
            let index = next.fetch_add(1, Relaxed);
            let Some(file) = files.get(index) else { return Ok(()) };
            if file.recipe.is_none() && file.parts.is_empty() {
                continue;
            }
            let message = match rebuild::fill(&mut reader, crew, None, file) {
                Ok(()) => None,
                Err(Trouble::Call(failure)) => return Err(failure),
                Err(Trouble::Content(message)) => Some(message),
                Err(Trouble::Record(problem)) => Some(problem.message),
                Err(Trouble::File(error)) => Some(error.to_string()),
                Err(Trouble::Conflict) => Some("something is in its way".into()),
            };
            results.lock().unwrap()[index] = message;
            TaskState::count(&task.files, 1);
        }
    })?;
    Ok(results.into_inner().unwrap())
}
