//! Owns the tests that all workers make of a huge file what one makes of it.

use super::*;
use crate::ingest::{IngestFile, IngestRequest, Ingested, Rule, ingest};
use crate::record::decode_entries;
use std::path::{Path, PathBuf};

const BLOCK: usize = 64 << 10;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("forge-wide-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn request(folder: &Path, paths: &[PathBuf], workers: usize) -> IngestRequest {
    let file = |path: &PathBuf| IngestFile {
        path: path.clone(),
        rule: Rule::Asset,
        average_log2: 14,
        base: Vec::new(),
        base_manifest: None,
        dictionary: None,
        recode: false,
        long_form_log2: None,
        edit: None,
        content: None,
    };
    IngestRequest {
        files: paths.iter().map(file).collect(),
        bases: RecordTable::new(Vec::new(), Vec::new()).unwrap(),
        store_folder: folder.to_path_buf(),
        dictionaries: Vec::new(),
        segments: Vec::new(),
        segment_target: 1 << 20,
        asset_threshold: 1 << 20,
        level: 1,
        pack_level: 3,
        workers,
        wide: WideRule { from: 2 * BLOCK as u64, block: BLOCK },
    }
}

/// What became of the files, and every record that was made: id, kind, codec and lengths.
fn results(folder: &Path, paths: &[PathBuf], workers: usize) -> Vec<String> {
    let result = ingest(&request(folder, paths, workers), None, &TaskState::default()).unwrap();
    let mut records: Vec<String> = result
        .segments
        .iter()
        .flat_map(|segment| decode_entries(&segment.entries).unwrap())
        .map(|entry| {
            let id = crate::hash::to_hex(&entry.id);
            format!("{id} {:?} {:?} {} {}", entry.kind, entry.codec, entry.raw_length, entry.stored_length)
        })
        .collect();
    records.sort_unstable();
    for notes in result.files {
        let Some(Ingested::Asset { id, chunks, .. }) = notes.outcome.into_inner() else { panic!("not an asset") };
        records.push(format!("{} of {chunks} chunks", crate::hash::to_hex(&id)));
    }
    records
}

fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn many_workers_do_what_one_does() {
    let folder = Folder::new("same");
    let mut contents: Vec<Vec<u8>> = Vec::new();
    for around in [2 * BLOCK, 3 * BLOCK, 7 * BLOCK, 20 * BLOCK] {
        for length in [around - 1, around, around + 1, around + 8192, around + 20_480] {
            contents.push(content(length as u64, length));
        }
    }
    contents.push(vec![0; 9 * BLOCK + 5]);
    contents.push((0..6 * BLOCK + 77).map(|i| (i % 48) as u8).collect());
    let mut mixed = content(5, 12 * BLOCK);
    mixed[2 * BLOCK + 100..6 * BLOCK].fill(0);
    contents.push(mixed);
    let path = folder.0.join("file");
    for bytes in contents {
        std::fs::write(&path, &bytes).unwrap();
        let paths = [path.clone()];
        let one = results(&folder.0, &paths, 1);
        for workers in [2, 5] {
            assert!(results(&folder.0, &paths, workers) == one, "{} bytes, {workers} workers", bytes.len());
        }
        assert!(one.last().unwrap().starts_with(&crate::hash::to_hex(&hash(&bytes))));
    }
}

#[test]
fn several_huge_files_and_small_ones_go_together() {
    let folder = Folder::new("several");
    let write = |i: usize| {
        let path = folder.0.join(format!("file {i}"));
        let length = if i.is_multiple_of(3) { 30 * BLOCK + i } else { 3000 + 17 * i };
        std::fs::write(&path, content(i as u64 % 7, length)).unwrap();
        path
    };
    let paths: Vec<PathBuf> = (0..20).map(write).collect();
    assert!(results(&folder.0, &paths, 1) == results(&folder.0, &paths, 4));
}

#[test]
fn stopping_ends_all_workers() {
    let folder = Folder::new("stop");
    let path = folder.0.join("file");
    std::fs::write(&path, content(1, 40 * BLOCK)).unwrap();
    let task = TaskState::default();
    task.cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = ingest(&request(&folder.0, &[path], 3), None, &task);
    assert_eq!(stopped.err().map(|failure| failure.code).as_deref(), Some("ABORTED"));
}
