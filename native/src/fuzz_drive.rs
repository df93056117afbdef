//! Owns running the fuzz targets as tests: on seeds and on what a seeded generator makes of them, so that every run does the same. The number
//! of rounds is bounded; FORGE_FUZZ_ROUNDS multiplies it. Memory is counted, too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::fuzz::{TARGETS, Target};
use crate::fuzz_seeds::seeds;

/// What a target may hold at once, besides a multiple of its input: a segment's window and a record's payload, the plain form of a file.
const MEMORY: usize = 96 << 20;
const MEMORY_TIMES: usize = 512;
/// Longer inputs are cut.
const LONGEST: usize = 64 << 10;
/// No input may keep a target busy for so long, on however slow a machine.
const LONGEST_TIME: Duration = Duration::from_secs(20);

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// Counts what each thread has allocated and not freed.
struct Counting;

impl Counting {
    fn count(bytes: isize) {
        let _ = HELD.try_with(|held| {
            held.set(held.get() + bytes);
            MOST.with(|most| most.set(most.get().max(held.get())));
        });
    }
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Counting::count(layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Counting::count(-(layout.size() as isize));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Random numbers that are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Numbers at which something ends.
const BORDERS: [u64; 14] =
    [0, 1, 15, 16, 127, 128, 255, 256, 65_535, 256 << 20, (256 << 20) + 1, u32::MAX as u64, i64::MAX as u64, u64::MAX];

/// A few changes to one of `all`.
fn mutated(random: &mut Random, all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = all[random.below(all.len())].clone();
    for _ in 0..1 + random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.next() as u8,
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => bytes.truncate(at),
            5 => {
                let other = &all[random.below(all.len())];
                let from = random.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            6 => {
                let noise: Vec<u8> = (0..random.below(20)).map(|_| random.next() as u8).collect();
                bytes.splice(at..at, noise);
            }
            _ => {
                let width = [1, 2, 4, 8][random.below(4)];
                let number = BORDERS[random.below(BORDERS.len())].wrapping_sub(random.below(2) as u64).to_le_bytes();
                let end = (at + width).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn drive(name: &str, rounds: usize) {
    let target = TARGETS.iter().find(|(other, _)| *other == name).unwrap().1;
    let times = std::env::var("FORGE_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let seeds = seeds(name);
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| run(name, target, seed));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..rounds * times {
        run(name, target, &mutated(&mut random, &seeds));
    }
}

/// Runs the target, and says on which input it failed.
fn run(name: &str, target: Target, input: &[u8]) {
    let start = std::time::Instant::now();
    let before = HELD.get();
    MOST.set(before);
    let result = catch_unwind(AssertUnwindSafe(|| target(input)));
    let taken = (MOST.get() - before) as usize;
    let text = || input.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(result.is_ok(), "{name} fails on {}", text());
    let limit = MEMORY + MEMORY_TIMES * input.len();
    assert!(taken <= limit, "{name} takes {taken} bytes of {limit} for {}", text());
    assert!(start.elapsed() < LONGEST_TIME, "{name} takes {:?} for {}", start.elapsed(), text());
}

macro_rules! driven {
    ($($name:ident $rounds:literal)*) => {
        $(#[test]
        fn $name() {
            drive(stringify!($name), $rounds);
        })*
    };
}

driven! {
    record 300_000
    segment 8_000
    table 8_000
    manifest 300_000
    pointer 300_000
    git_index 300_000
    recipe 8_000
    container 3_000
}

/// `cargo fuzz` starts from these files: FORGE_FUZZ_CORPUS says where they go (`npm run soak -- fuzz` does).
#[test]
fn seeds_are_written_where_asked() {
    let Some(folder) = std::env::var_os("FORGE_FUZZ_CORPUS") else { return };
    for (name, _) in TARGETS {
        let folder = std::path::Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds(name).iter().enumerate() {
            std::fs::write(folder.join(format!("seed{number}")), seed).unwrap();
        }
    }
}
