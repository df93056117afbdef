//! Owns parcels: stretches of files, cut and hashed, on their way into a segment; and how workers hand them to each other.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::delta::Bases;
use crate::errors::Outcome;
use crate::hash::Id;
use crate::task::Crew;
use crate::wide::Wide;

/// Raw bytes of a parcel. At least as long as the longest chunk.
pub const PARCEL_SIZE: usize = 2 << 20;
/// So many chunks end a parcel even when they are tiny.
pub const PARCEL_CHUNKS: usize = 2048;
/// How long a worker that waits goes without looking whether the call was stopped.
const PATIENCE: Duration = Duration::from_millis(20);

pub struct ParcelChunk {
    /// Number of the file in the request.
    pub file: usize,
    pub start: usize,
    pub length: usize,
    pub id: Id,
    pub bases: Bases,
}

pub struct ParcelManifest {
    pub file: usize,
    /// Id of the whole file.
    pub id: Id,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub struct Parcel {
    buffer: Vec<u8>,
    /// Bytes of the buffer that hold file content.
    pub used: usize,
    pub chunks: Vec<ParcelChunk>,
    pub manifests: Vec<ParcelManifest>,
}

impl Parcel {
    /// For content that is put into the buffer by other means than `room`.
    pub fn with_room(length: usize) -> Parcel {
        Parcel { buffer: vec![0; length], ..Parcel::default() }
    }

    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    pub fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// The whole buffer, and the chunks in it.
    pub fn parts(&mut self) -> (&[u8], &mut [ParcelChunk]) {
        (&self.buffer, &mut self.chunks)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.used]
    }

    /// The part that nothing has been read into yet.
    pub fn room(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            // Zeroed by the system, page by page as they are touched: a small file does not pay for the whole parcel.
            self.buffer = vec![0; PARCEL_SIZE];
        }
        &mut self.buffer[self.used..]
    }

    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.manifests.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.chunks.len() >= PARCEL_CHUNKS
    }

    pub fn content(&self, chunk: &ParcelChunk) -> &[u8] {
        &self.buffer[chunk.start..chunk.start + chunk.length]
    }

    pub fn clear(&mut self) {
        self.used = 0;
        self.chunks.clear();
        self.manifests.clear();
    }
}

/// What a worker may get that has no files left.
pub enum Work {
    Parcel(Parcel),
    /// To be worked on until it is done.
    Wide(Arc<Wide>),
}

/// Where a worker that is ahead leaves parcels for workers that have nothing to do, so that one large file keeps all of them busy.
pub struct Exchange {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    offered: VecDeque<Parcel>,
    /// Huge files that all may work on.
    wide: Vec<Arc<Wide>>,
    /// Emptied parcels, kept for their memory.
    spare: Vec<Parcel>,
    waiting: usize,
    /// Workers that may still offer parcels.
    producers: usize,
}

impl Exchange {
    pub fn new(workers: usize) -> Exchange {
        let state =
            State { offered: VecDeque::new(), wide: Vec::new(), spare: Vec::new(), waiting: 0, producers: workers };
        Exchange { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub fn empty_parcel(&self) -> Parcel {
        self.state.lock().unwrap().spare.pop().unwrap_or_default()
    }

    pub fn give_back(&self, mut parcel: Parcel) {
        parcel.clear();
        self.state.lock().unwrap().spare.push(parcel);
    }

    /// Gives the parcel to a waiting worker, or back when there is none.
    pub fn offer(&self, parcel: Parcel) -> Option<Parcel> {
        let mut state = self.state.lock().unwrap();
        if state.offered.len() >= state.waiting {
            return Some(parcel);
        }
        state.offered.push_back(parcel);
        self.changed.notify_one();
        None
    }

    /// Lets workers that have nothing to do work on this file too.
    pub fn open(&self, wide: &Arc<Wide>) {
        self.state.lock().unwrap().wide.push(Arc::clone(wide));
        self.changed.notify_all();
    }

    pub fn close(&self, wide: &Arc<Wide>) {
        self.state.lock().unwrap().wide.retain(|other| !Arc::ptr_eq(other, wide));
    }

    /// To be called once by each worker when it has no more files.
    pub fn stop_producing(&self) {
        self.state.lock().unwrap().producers -= 1;
        self.changed.notify_all();
    }

    /// Waits for work. `None` when there will be no more.
    pub fn take(&self, crew: &Crew) -> Outcome<Option<Work>> {
        let mut state = self.state.lock().unwrap();
        state.waiting += 1;
        loop {
            crew.check()?;
            if let Some(parcel) = state.offered.pop_front() {
                state.waiting -= 1;
                return Ok(Some(Work::Parcel(parcel)));
            }
            if let Some(wide) = state.wide.iter().find(|wide| !wide.is_done()).map(Arc::clone) {
                state.waiting -= 1;
                return Ok(Some(Work::Wide(wide)));
            }
            if state.producers == 0 {
                return Ok(None);
            }
            state = self.changed.wait_timeout(state, PATIENCE).unwrap().0;
        }
    }
}
