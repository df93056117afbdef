//! Owns the bound on memory for work on containers: who needs much of it waits for those before to be done.

use std::sync::{Condvar, Mutex};

/// Bytes that all of the process's work on containers may take together.
const CAPACITY: usize = 192 << 20;

/// After work with so many bytes, what is free goes back to the system.
const LARGE: usize = 64 << 20;

static GATE: Gate = Gate { taken: Mutex::new(0), changed: Condvar::new() };

struct Gate {
    taken: Mutex<usize>,
    changed: Condvar,
}

/// A share of the memory, given back when dropped.
pub struct Share(usize);

impl Share {
    /// Waits until there are `bytes`; of more than there can ever be, for all.
    pub fn take(bytes: usize) -> Share {
        let bytes = bytes.min(CAPACITY);
        let mut taken = GATE.taken.lock().unwrap();
        while *taken + bytes > CAPACITY {
            taken = GATE.changed.wait(taken).unwrap();
        }
        *taken += bytes;
        Share(bytes)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.0 >= LARGE {
            give_back();
        }
        *GATE.taken.lock().unwrap() -= self.0;
        GATE.changed.notify_all();
    }
}

/// Gives what is free back to the system: glibc keeps freed blocks of up to 32 MiB, for each thread some.
pub fn give_back() {
    // SAFETY: it may be called at any time.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn no_more_is_taken_than_there_is() {
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _share = Share::take(CAPACITY / 2);
                        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, SeqCst);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
        drop(Share::take(usize::MAX));
    }
}
