//! Owns the tests that a file of which most is known is cut as if nothing were.

use std::io::{Seek, Write};

use super::*;
use crate::delta::Bases;
use crate::hash::hash;
use crate::table::ROW_SIZE;
use crate::table::RecordTable;

/// Counts up from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 += 1;
        let bytes = hash(&self.0.to_le_bytes());
        u64::from_le_bytes(std::array::from_fn(|i| bytes[i])) % limit
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0 += 1;
        blake3::Hasher::new().update(&self.0.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }
}

fn chunks_of(bytes: &[u8], average_log2: u32) -> Vec<(Id, u32)> {
    let mut at = 0;
    let chunk = |length: u32| {
        at += length as usize;
        (hash(&bytes[at - length as usize..at]), length)
    };
    cut::lengths(bytes, average_log2).into_iter().map(chunk).collect()
}

fn sections_of(bytes: &[u8]) -> Vec<ChainingValue> {
    let value = |(i, part): (usize, &[u8])| tree::value(tree::section_at(i as u64 * SECTION).update(part));
    bytes.chunks(SECTION as usize).enumerate().map(value).collect()
}

/// One file that is written over and over.
struct Scratch(std::path::PathBuf, File);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("forge-edit-{name}-{}", std::process::id()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        Scratch(path, file)
    }

    fn set(&mut self, bytes: &[u8]) {
        self.1.rewind().unwrap();
        self.1.set_len(0).unwrap();
        self.1.write_all(bytes).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

fn edit(before: &[u8], after: &[u8], average_log2: u32) -> Edit {
    Edit {
        stat: Stat::default(),
        sections: sections_of(after),
        before: sections_of(before),
        chunks: chunks_of(before, average_log2),
    }
}

/// Cuts `after`, checks that it comes out as if it were new, and returns the bytes that were cut again.
fn check(scratch: &mut Scratch, before: &[u8], after: &[u8], average_log2: u32, what: &str) -> usize {
    scratch.set(after);
    let mut again = 0;
    let edit = edit(before, after, average_log2);
    let cut = cut_edited(&edit, &scratch.1, after.len() as u64, average_log2, |NewChunk { bytes, start, .. }| {
        assert!(after[start as usize..].starts_with(bytes), "{what}");
        again += bytes.len();
        Ok(hash(bytes))
    });
    let Ok(chunks) = cut else { panic!("{what}: not cut") };
    assert!(chunks == chunks_of(after, average_log2), "{what}");
    again
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    let end = (at + with.len()).min(bytes.len());
    bytes[at..end].copy_from_slice(&with[..end - at]);
}

#[test]
fn edits_anywhere_are_cut_as_if_all_were_new() {
    let mut random = Random(1);
    let mut scratch = Scratch::new("anywhere");
    let before = random.bytes(5 * SECTION as usize + 123_456);
    let cuts: Vec<usize> = starts_of(&chunks_of(&before, 16)).into_iter().map(|start| start as usize).collect();
    for round in 0..60 {
        let mut after = before.clone();
        let mut what = format!("round {round}:");
        for _ in 0..=random.below(3) {
            let at = match random.below(4) {
                0 => random.below(after.len() as u64) as usize,
                // Around a cut, around the border of sections, and near the end.
                1 => cuts[random.below(cuts.len() as u64) as usize].saturating_sub(random.below(40) as usize),
                2 => ((1 + random.below(4)) * SECTION - random.below(3)) as usize,
                _ => after.len() - 1 - random.below(300_000) as usize,
            };
            let length = [1, 32, 4096, 100_000][random.below(4) as usize];
            let at = at.min(after.len());
            let fresh = random.bytes(length);
            what += &format!(" {length} bytes at {at}");
            match random.below(8) {
                0 => drop(after.splice(at..at, fresh)),
                1 => drop(after.drain(at..(at + length).min(after.len()))),
                2 => after.extend(fresh),
                3 => after.truncate(at.max(2 * SECTION as usize)),
                _ => overwrite(&mut after, at, &fresh),
            }
        }
        check(&mut scratch, &before, &after, 16, &what);
    }
}

#[test]
fn all_ends_near_the_old_one_are_cut_as_if_all_were_new() {
    let mut random = Random(2);
    let mut scratch = Scratch::new("ends");
    let long = random.bytes(3 * SECTION as usize);
    let average = 1 << 16;
    let size = 2 * SECTION as usize + 300_000;
    let ends: Vec<usize> = starts_of(&chunks_of(&long[..size], 16)).into_iter().map(|start| start as usize).collect();
    let last = ends[ends.len() - 2];
    let near =
        [size, last, ends[ends.len() - 3], last + average, size + average / 4, size + average, size + 2 * average];
    for end in near.into_iter().flat_map(|end| [end - 1, end, end + 1]) {
        let what = format!("{size} to {end} bytes");
        check(&mut scratch, &long[..size], &long[..end], 16, &what);
        check(&mut scratch, &long[..end], &long[..size], 16, &what);
    }
}

/// Then whole sections are equal, and only the length of what follows tells that a cut is another.
#[test]
fn ends_near_a_border_of_sections_are_cut_as_if_all_were_new() {
    let mut random = Random(7);
    let mut scratch = Scratch::new("borders");
    let average = 1 << 14;
    for _ in 0..10 {
        let long = random.bytes(2 * SECTION as usize + 3 * average);
        let short = 2 * SECTION as usize;
        for more in [1, average / 4, average / 2, average, 3 * average / 2, 3 * average] {
            let what = format!("{more} bytes at a border");
            check(&mut scratch, &long[..short], &long[..short + more], 14, &what);
            check(&mut scratch, &long[..short + more], &long[..short], 14, &what);
        }
    }
}

/// There the chunk before the border stays, but the rule had looked beyond it.
#[test]
fn edits_from_a_border_of_sections_on_are_cut_as_if_all_were_new() {
    let mut random = Random(8);
    let mut scratch = Scratch::new("from");
    for round in 0..10 {
        let before = random.bytes(6 * SECTION as usize);
        let mut after = before.clone();
        for number in [1, 3, 5] {
            overwrite(&mut after, number * SECTION as usize, &random.bytes(60_000));
        }
        check(&mut scratch, &before, &after, 16, &format!("round {round}"));
    }
}

#[test]
fn equal_hashes_are_no_trap() {
    let mut scratch = Scratch::new("equal");
    let mut random = Random(3);
    for before in [vec![0; 4 * SECTION as usize + 1], (0..4 * SECTION as usize).map(|i| (i % 48) as u8).collect()] {
        for at in [0, 1 << 16, 3 << 20, before.len() - 1] {
            let mut after: Vec<u8> = before.clone();
            overwrite(&mut after, at, &random.bytes(50));
            check(&mut scratch, &before, &after, 16, &format!("at {at}"));
            check(&mut scratch, &after, &before, 16, &format!("back at {at}"));
        }
    }
}

#[test]
fn little_is_cut_again() {
    let mut random = Random(4);
    let mut scratch = Scratch::new("little");
    let before = random.bytes(8 * SECTION as usize);
    assert_eq!(check(&mut scratch, &before, &before, 14, "nothing"), 0);
    let mut after = before.clone();
    overwrite(&mut after, 9_000_000, &random.bytes(4096));
    let again = check(&mut scratch, &before, &after, 14, "4096 bytes");
    assert!((4096..2 * SECTION as usize).contains(&again), "{again} bytes");
}

#[test]
fn bytes_that_are_not_what_was_hashed_are_noticed() {
    let mut random = Random(5);
    let mut scratch = Scratch::new("changed");
    let before = random.bytes(4 * SECTION as usize);
    let mut after = before.clone();
    overwrite(&mut after, 5_000_000, &random.bytes(4096));
    let edit = edit(&before, &after, 16);
    let size = after.len() as u64;
    let mut try_with = |bytes: &[u8]| {
        scratch.set(bytes);
        cut_edited(&edit, &scratch.1, size, 16, |chunk| Ok(hash(chunk.bytes)))
    };
    assert!(try_with(&after).is_ok());
    after[4_200_000] ^= 1;
    assert!(matches!(try_with(&after), Err(Trouble::Changed)));
    after[4_200_000] ^= 1;
    assert!(matches!(try_with(&after[..5_500_000]), Err(Trouble::Changed)));
}

#[test]
fn one_worker_does_not_cut_on_and_on() {
    let mut scratch = Scratch::new("on");
    let before = vec![0; 90 << 20];
    let mut after = before.clone();
    overwrite(&mut after, 1 << 20, &Random(9).bytes(50_000));
    let edit = edit(&before, &after, 16);
    scratch.set(&after);
    let mut again = 0;
    let cut = cut_edited(&edit, &scratch.1, after.len() as u64, 16, |NewChunk { bytes, .. }| {
        again += bytes.len() as u64;
        Ok(hash(bytes))
    });
    assert!(matches!(cut, Err(Trouble::Changed)));
    assert!(again <= PATIENCE + 2 * SECTION, "{again} bytes");
}

#[test]
fn what_does_not_fit_is_not_used() {
    let bytes = Random(6).bytes(3 * SECTION as usize);
    let stat = Stat { size: bytes.len() as u64, mtime: 5, ..Stat::default() };
    let known = || Edit { stat, ..edit(&bytes, &bytes, 16) };
    assert!(known().fits(&stat));
    assert!(!known().fits(&Stat { mtime: 6, ..stat }));
    assert!(!Edit { sections: known().sections[1..].to_vec(), ..known() }.fits(&stat));
    assert!(!Edit { before: known().before[1..].to_vec(), ..known() }.fits(&stat));
    assert!(!Edit { chunks: known().chunks[60..].to_vec(), ..known() }.fits(&stat));
}

#[test]
fn bases_are_those_of_the_whole_previous_version() {
    let chunks: Vec<(Id, u32)> = (0..100).map(|i| ([i; 32], 40_000)).collect();
    let mut rows = vec![0; 100 * ROW_SIZE];
    for (i, row) in rows.chunks_exact_mut(ROW_SIZE).enumerate() {
        row[..32].fill(i as u8);
        row[40..44].copy_from_slice(&40_000u32.to_le_bytes());
        row[52] = 1;
    }
    let table = RecordTable::new(vec!["s".into()], rows).unwrap();
    let all: Vec<u32> = (0..100).collect();
    let known = |i: u32| if (20..40).contains(&i) || (60..80).contains(&i) { i } else { u32::MAX };
    let some: Vec<u32> = (0..100).map(known).collect();
    let mut whole = PreviousVersion::new(&table, &all, 16).unwrap();
    let mut part = PreviousVersion::of_chunks(&some, &chunks, 16).unwrap();
    let new = [200; 32];
    for i in [25, 30, 31, 70, 65] {
        let bases = part.bases_for(&table, &new, i * 40_000 + 100, 40_000);
        assert_eq!(bases, whole.bases_for(&table, &new, i * 40_000 + 100, 40_000), "chunk {i}");
        assert!(!bases.rows().is_empty());
    }
    assert_eq!(part.bases_for(&table, &new, 50 * 40_000, 40_000), Bases::default());
    // The version goes on ten chunks later than before, until something is where it was.
    assert_eq!(part.bases_for(&table, &[35; 32], 45 * 40_000, 40_000), Bases::default());
    assert!(part.bases_for(&table, &new, 46 * 40_000, 40_000).rows().contains(&36));
    part.realign();
    assert!(part.bases_for(&table, &new, 66 * 40_000, 40_000).rows().contains(&66));
    assert!(PreviousVersion::of_chunks(&some[1..], &chunks, 16).is_none());
}
