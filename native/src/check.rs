//! Owns check: records are read and verified down to their content.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::errors::Outcome;
use crate::hash::hash;
use crate::manifest;
use crate::reader::{ReadProblem, RecordReader};
use crate::record::Kind;
use crate::table::RecordTable;
use crate::task::{TaskState, run_crew};

/// Records that a worker takes at once.
const BATCH: usize = 32;

/// Problems of these rows, sorted by row.
pub fn check(table: &RecordTable, rows: &[u32], workers: usize, task: &TaskState) -> Outcome<Vec<ReadProblem>> {
    let mut ordered = rows.to_vec();
    ordered.sort_by_key(|&number| table.row(number).map(|row| (row.segment, row.offset)));
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    let batches = ordered.len().div_ceil(BATCH);
    run_crew(task, workers.clamp(1, batches.max(1)), |crew| {
        let mut reader = RecordReader::new(table);
        while let Some(batch) = ordered.chunks(BATCH).nth(next.fetch_add(1, Relaxed)) {
            for &row in batch {
                crew.check()?;
                if let Err(problem) = check_row(&mut reader, row, task) {
                    problems.lock().unwrap().push(problem);
                }
                TaskState::count(&task.files, 1);
            }
        }
        Ok(())
    })?;
    let mut problems = problems.into_inner().unwrap();
    problems.sort_by_key(|problem| problem.row);
    Ok(problems)
}

fn check_row(reader: &mut RecordReader, number: u32, task: &TaskState) -> Result<(), ReadProblem> {
    let row = reader.row(number)?;
    // A base that fails is reported under the row that was asked for.
    let bytes = reader.read(number).map_err(|problem| ReadProblem { row: number, ..problem })?;
    TaskState::count(&task.bytes, bytes.len() as u64);
    let (good, message) = match row.kind {
        Kind::Manifest => (manifest::is_intact(bytes), "the manifest is damaged"),
        Kind::Chunk | Kind::Dictionary => (hash(bytes) == row.id, "the content is not what its id names"),
    };
    if good { Ok(()) } else { Err(ReadProblem { row: number, code: "CORRUPT", message: message.into() }) }
}
