//! Owns the side-by-side of what a chunk costs the processor: `chunks MIB RUNS` prints a line for each step, its name and the best GB/s
//! of processor time, of noise in memory on one thread. Bytes are taken file by file of 1 MiB, so that they are in the second cache.

#![allow(dead_code)]

#[path = "../src/cut.rs"]
mod cut;
#[path = "../src/gear.rs"]
mod gear;
#[cfg(target_arch = "x86_64")]
#[path = "../src/gear_avx512.rs"]
mod gear_avx512;

use std::hint::black_box;

const AVERAGE_LOG2: u32 = 16;
const FILE: usize = 1 << 20;
/// What the data plane reads at once.
const BLOCK: usize = 256 << 10;

/// Takes one file.
type Step = fn(&[u8]);

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let &[mib, runs] = &numbers[..] else { panic!("usage: chunks MIB RUNS") };
    let mut noise = vec![0; mib << 20];
    blake3::Hasher::new().update(b"chunks").finalize_xof().fill(&mut noise);
    let mut steps: Vec<(&str, Step)> = vec![
        ("cut, plain", |file| _ = black_box(cut::lengths_by(None, file, AVERAGE_LOG2))),
        ("name chunks", |file| file.chunks(1 << AVERAGE_LOG2).for_each(name)),
        ("cut and name chunks", cut_and_name),
        ("hash the whole", hash_whole),
    ];
    if gear::vector_way().is_some() {
        steps.push(("cut, AVX-512", |file| _ = black_box(cut::lengths(file, AVERAGE_LOG2))));
    }
    let mut best = vec![f64::INFINITY; steps.len()];
    for _ in 0..=runs {
        for ((_, step), best) in steps.iter().zip(&mut best) {
            let before = processor_seconds();
            noise.chunks(FILE).for_each(step);
            *best = best.min(processor_seconds() - before);
        }
    }
    for ((name, _), seconds) in steps.iter().zip(best) {
        println!("{name}\t{:.2}", noise.len() as f64 / 1e9 / seconds);
    }
}

fn name(chunk: &[u8]) {
    black_box(blake3::hash(chunk));
}

fn cut_and_name(file: &[u8]) {
    let mut rest = file;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(cut::next_length(rest, rest.len() as u64, AVERAGE_LOG2));
        name(chunk);
        rest = after;
    }
}

fn hash_whole(file: &[u8]) {
    let mut hasher = blake3::Hasher::new();
    for block in file.chunks(BLOCK) {
        hasher.update(block);
    }
    black_box(hasher.finalize());
}

fn processor_seconds() -> f64 {
    // SAFETY: the call writes one value of ours, which is plain numbers.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time);
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    }
}
