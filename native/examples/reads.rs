//! Owns the side-by-side of ways to read one huge file: `reads FILE WAY THREADS BLOCK_KIB [hash]` prints seconds, user and system time.
//! Every way reads the whole file in blocks that threads take in turn, and hashes each block with BLAKE3 when asked to.

use std::alloc::{Layout, alloc_zeroed};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use io_uring::{IoUring, opcode, types};

const PAGE: usize = 4096;
/// Reads that one ring has under way.
const DEPTH: usize = 4;
const RWF_DONTCACHE: libc::c_int = 0x80;
const RWF_NOWAIT: libc::c_int = 0x8;

struct Run<'a> {
    path: &'a Path,
    size: u64,
    block: usize,
    next: AtomicU64,
    is_hashing: bool,
    /// A sum of the first bytes of all hashes, so that no way can leave blocks out.
    sum: AtomicU64,
}

impl Run<'_> {
    /// Offset and length of the next block.
    fn take(&self) -> Option<(u64, usize)> {
        let offset = self.next.fetch_add(self.block as u64, Relaxed);
        (offset < self.size).then(|| (offset, (self.size - offset).min(self.block as u64) as usize))
    }

    fn digest(&self, offset: u64, bytes: &[u8]) {
        let value = if self.is_hashing {
            u64::from_le_bytes(blake3::hash(bytes).as_bytes()[..8].try_into().unwrap())
        } else {
            offset.wrapping_add(u64::from(bytes[0])).wrapping_add(u64::from(bytes[bytes.len() - 1]))
        };
        self.sum.fetch_add(value, Relaxed);
    }
}

fn aligned(length: usize) -> &'static mut [u8] {
    let layout = Layout::from_size_align(length, PAGE).unwrap();
    // SAFETY: zeroed, aligned, never freed: the process ends with the run.
    unsafe { std::slice::from_raw_parts_mut(alloc_zeroed(layout), length) }
}

fn direct(path: &Path) -> File {
    OpenOptions::new().read(true).custom_flags(libc::O_DIRECT).open(path).unwrap()
}

fn pread(file: &File, into: &mut [u8], offset: u64, flags: libc::c_int) -> isize {
    let part = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    // SAFETY: one buffer, only written to, which outlives the call.
    unsafe { libc::preadv2(file.as_raw_fd(), &part, 1, offset as i64, flags) }
}

/// Fills `into[..length]`; reads of O_DIRECT ask for whole pages.
fn fill(file: &File, into: &mut [u8], length: usize, offset: u64, flags: libc::c_int) {
    let mut done = 0;
    while done < length {
        let count = pread(file, &mut into[done..length.next_multiple_of(PAGE)], offset + done as u64, flags);
        assert!(count > 0, "{}", std::io::Error::last_os_error());
        done += count as usize;
    }
}

fn by_calls(run: &Run, file: &File, flags: libc::c_int) {
    let buffer = aligned(run.block);
    while let Some((offset, length)) = run.take() {
        fill(file, buffer, length, offset, flags);
        run.digest(offset, &buffer[..length]);
    }
}

/// What is in the page cache from there, the rest directly.
fn by_rule(run: &Run) {
    let (plain, past_cache) = (File::open(run.path).unwrap(), direct(run.path));
    let buffer = aligned(run.block);
    while let Some((offset, length)) = run.take() {
        if pread(&plain, &mut buffer[..length], offset, RWF_NOWAIT) != length as isize {
            fill(&past_cache, buffer, length, offset, 0);
        }
        run.digest(offset, &buffer[..length]);
    }
}

fn by_ring(run: &Run, file: &File) {
    let mut ring = IoUring::new(DEPTH as u32).unwrap();
    let mut buffers: Vec<&mut [u8]> = (0..DEPTH).map(|_| aligned(run.block)).collect();
    let parts: Vec<libc::iovec> =
        buffers.iter_mut().map(|b| libc::iovec { iov_base: b.as_mut_ptr().cast(), iov_len: b.len() }).collect();
    // SAFETY: the buffers are never freed.
    unsafe { ring.submitter().register_buffers(&parts).unwrap() };
    ring.submitter().register_files(&[file.as_raw_fd()]).unwrap();
    let mut pending = [(0u64, 0usize); DEPTH];
    let mut under_way = 0;
    let start = |ring: &mut IoUring, pending: &mut [(u64, usize); DEPTH], slot: usize| {
        let Some((offset, length)) = run.take() else { return 0 };
        pending[slot] = (offset, length);
        let rounded = length.next_multiple_of(PAGE) as u32;
        let address = parts[slot].iov_base.cast();
        let read = opcode::ReadFixed::new(types::Fixed(0), address, rounded, slot as u16).offset(offset).build();
        // SAFETY: the buffer is not touched until the read has completed.
        unsafe { ring.submission().push(&read.user_data(slot as u64)).unwrap() };
        ring.submit().unwrap();
        1
    };
    for slot in 0..DEPTH {
        under_way += start(&mut ring, &mut pending, slot);
    }
    while under_way > 0 {
        ring.submit_and_wait(1).unwrap();
        let done: Vec<_> = ring.completion().collect();
        for entry in done {
            let slot = entry.user_data() as usize;
            let (offset, length) = pending[slot];
            assert!(entry.result() >= length as i32, "short read: {}", entry.result());
            run.digest(offset, &buffers[slot][..length]);
            under_way -= 1;
            under_way += start(&mut ring, &mut pending, slot);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path, way, threads, block, rest @ ..] = &arguments[..] else {
        eprintln!("usage: reads FILE (buffered|dontcache|direct|rule|ring|ring-buffered) THREADS BLOCK_KIB [hash]");
        std::process::exit(2);
    };
    let path = Path::new(path);
    let run = Run {
        path,
        size: std::fs::metadata(path).unwrap().len(),
        block: block.parse::<usize>().unwrap() << 10,
        next: AtomicU64::new(0),
        is_hashing: rest.first().is_some_and(|word| word == "hash"),
        sum: AtomicU64::new(0),
    };
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads.parse().unwrap() {
            scope.spawn(|| match way.as_str() {
                "buffered" => by_calls(&run, &File::open(path).unwrap(), 0),
                "dontcache" => by_calls(&run, &File::open(path).unwrap(), RWF_DONTCACHE),
                "direct" => by_calls(&run, &direct(path), 0),
                "rule" => by_rule(&run),
                "ring" => by_ring(&run, &direct(path)),
                "ring-buffered" => by_ring(&run, &File::open(path).unwrap()),
                _ => panic!("no such way of reading: {way}"),
            });
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    // SAFETY: plain data, filled in by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let time = |value: libc::timeval| value.tv_sec as f64 + value.tv_usec as f64 / 1e6;
    let sum = run.sum.load(Relaxed);
    println!("{seconds:.3} {:.3} {:.3} {sum:016x}", time(usage.ru_utime), time(usage.ru_stime));
}
