//! Owns sketches of files: a few numbers of a file that are likely to be those of another file, too, when the two are alike.
//! `sketchOf` in core/dataplane/sketch.ts defines them; this gives the same.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::disk;
use crate::errors::Outcome;
use crate::gear::{TABLE, WINDOW, step};
use crate::task::{TaskState, run_crew};

const PART: usize = 16 * 1024;
const START_FEATURES: usize = 2;
pub const FEATURES: usize = 6;
const SAMPLED: u32 = 0xf800_0000;
const FACTORS: [u32; FEATURES] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f373, 0xa54f_f53b, 0x510e_527f, 0x9b05_688d];

pub type Sketch = [u32; FEATURES];

/// The sketches of files of these sizes, in order, by several workers. `None` for one that cannot be read, or of which too little can be told.
pub fn sketch_files(files: &[(PathBuf, u64)], workers: usize, task: &TaskState) -> Outcome<Vec<Option<Sketch>>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![None; files.len()]);
    run_crew(task, workers.clamp(1, files.len().max(1)), |crew| {
        let mut parts = vec![0; 2 * PART];
        loop {
            crew.check()?;
            let number = next.fetch_add(1, Relaxed);
            let Some((path, size)) = files.get(number) else { return Ok(()) };
            let sketch = sketch_file(path, *size, &mut parts);
            results.lock().unwrap()[number] = sketch;
        }
    })?;
    Ok(results.into_inner().unwrap())
}

fn sketch_file(path: &Path, size: u64, parts: &mut [u8]) -> Option<Sketch> {
    let file = disk::open_to_read(path).ok()?;
    let (start, middle) = parts.split_at_mut(PART);
    let length = disk::read_at(&file, start, 0).ok()?;
    let middle_length = disk::read_at(&file, middle, size.saturating_sub(PART as u64) / 2).ok()?;
    sketch(&start[..length], &middle[..middle_length])
}

fn sketch(start: &[u8], middle: &[u8]) -> Option<Sketch> {
    let mut features = [0; FEATURES];
    let (of_start, of_middle) = features.split_at_mut(START_FEATURES);
    let samples = add_features(start, of_start, &FACTORS[..START_FEATURES])
        + add_features(middle, of_middle, &FACTORS[START_FEATURES..]);
    (samples >= 2 * FEATURES).then_some(features)
}

/// Returns how many different windows in a row were looked at.
fn add_features(bytes: &[u8], features: &mut [u32], factors: &[u32]) -> usize {
    let table = &*TABLE;
    let (mut hash, mut last, mut samples) = (0, 0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        hash = step(hash, byte, table);
        if hash & SAMPLED != 0 || at < WINDOW || hash == last {
            continue;
        }
        last = hash;
        samples += 1;
        for (feature, factor) in features.iter_mut().zip(factors) {
            *feature = (*feature).max(hash.wrapping_mul(*factor));
        }
    }
    samples
}
