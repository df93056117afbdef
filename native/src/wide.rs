//! Owns the ingest of one huge file by all workers that have nothing else to do. Blocks are read, hashed and scanned in any order; cuts
//! follow from the scans one after another; chunks are then named and stored in any order again. The result is that of one worker.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use blake3::hazmat::ChainingValue;

use crate::cells::{self, CONTEXT, Stretch};
use crate::delta::{Bases, PreviousVersion};
use crate::disk;
use crate::errors::Outcome;
use crate::hash::{Id, hash};
use crate::intake::Trouble;
use crate::parcel::{Parcel, ParcelChunk};
use crate::shelf::Shelf;
use crate::stat::Stat;
use crate::table::RecordTable;
use crate::task::{Crew, TaskState};
use crate::tree;

/// Which files are worth it, and in what blocks they are taken: a power of two, no shorter than the longest chunk.
#[derive(Debug, Clone, Copy)]
pub struct WideRule {
    pub from: u64,
    pub block: usize,
}

impl Default for WideRule {
    fn default() -> Self {
        WideRule { from: 32 << 20, block: tree::SECTION as usize }
    }
}

/// Hashed and scanned while it is in the processor's cache.
const PIECE: usize = 256 << 10;
/// Blocks start at this alignment in memory, behind as many bytes that precede them in the file.
const PAGE: usize = 4096;
/// Blocks in memory, more than one for each worker, so that the slowest does not stop the others.
const SPARE_BLOCKS: usize = 6;
/// How long a worker that waits goes without looking whether the call was stopped.
const PATIENCE: Duration = Duration::from_millis(20);

/// One file on its way through all workers.
pub struct Wide {
    /// Number of the file in the request.
    index: usize,
    file: File,
    size: u64,
    average_log2: u32,
    block: usize,
    most_blocks: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// What became of the whole file.
pub struct Whole {
    pub id: Id,
    /// The values of its blocks.
    pub sections: Vec<ChainingValue>,
    pub chunks: Vec<(Id, u32)>,
}

#[derive(Default)]
struct State {
    /// Blocks handed out to be read.
    read: u64,
    /// Blocks in memory.
    made: usize,
    spare: Vec<Block>,
    scanned: InOrder,
    sections: Vec<ChainingValue>,
    /// Where the next chunk starts.
    start: u64,
    to_name: VecDeque<Block>,
    named: InOrder,
    previous: Option<PreviousVersion>,
    chunks: Vec<(Id, u32)>,
    to_store: VecDeque<Block>,
    stored: u64,
    trouble: Option<Trouble>,
}

/// A block of the file and the chunks that start in it.
struct Block {
    number: u64,
    /// The block's bytes lie at `at` of its buffer, those of the file around them as far as they are needed.
    parcel: Parcel,
    at: usize,
    length: usize,
    cells: Vec<u32>,
    section: Option<ChainingValue>,
}

/// Blocks that arrive in any order and leave in that of the file.
#[derive(Default)]
struct InOrder {
    first: u64,
    waiting: VecDeque<Option<Block>>,
}

impl InOrder {
    fn insert(&mut self, block: Block) {
        let at = (block.number - self.first) as usize;
        if at >= self.waiting.len() {
            self.waiting.resize_with(at + 1, || None);
        }
        self.waiting[at] = Some(block);
    }

    fn get(&self, number: u64) -> Option<&Block> {
        self.waiting.get((number - self.first) as usize)?.as_ref()
    }

    fn pop(&mut self) -> Option<Block> {
        let block = self.waiting.front_mut()?.take()?;
        self.waiting.pop_front();
        self.first += 1;
        Some(block)
    }
}

enum Step {
    Read(Block),
    Name(Block),
    Store(Block),
    Done,
}

impl Wide {
    /// `file` has this stat, of at least two blocks. `workers` may come to help.
    pub fn new(
        index: usize,
        file: File,
        stat: &Stat,
        average_log2: u32,
        rule: WideRule,
        workers: usize,
        previous: Option<PreviousVersion>,
    ) -> Wide {
        let state = State { previous, ..State::default() };
        Wide {
            index,
            file,
            size: stat.size,
            average_log2,
            block: rule.block,
            most_blocks: workers + SPARE_BLOCKS.max(workers / 2),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Works on the file until all of it is stored or it cannot be.
    pub fn work(&self, bases: &RecordTable, shelf: &mut Shelf, crew: &Crew) -> Outcome<()> {
        loop {
            match self.next_step(crew)? {
                Step::Read(mut block) => match self.read(&mut block) {
                    Ok(()) => self.take_scanned(block),
                    Err(trouble) => self.stop(trouble),
                },
                Step::Name(mut block) => {
                    let (buffer, chunks) = block.parcel.parts();
                    for chunk in chunks {
                        chunk.id = hash(&buffer[chunk.start..chunk.start + chunk.length]);
                    }
                    self.take_named(block, bases);
                }
                Step::Store(block) => {
                    shelf.store(&block.parcel)?;
                    TaskState::count(&crew.task.bytes, block.length as u64);
                    self.take_stored(block);
                }
                Step::Done => return Ok(()),
            }
        }
    }

    pub fn is_done(&self) -> bool {
        self.is_over(&self.state.lock().unwrap())
    }

    /// After `work` has returned.
    pub fn finish(&self) -> Result<Whole, Trouble> {
        let mut state = self.state.lock().unwrap();
        if let Some(trouble) = state.trouble.take() {
            return Err(trouble);
        }
        let sections = std::mem::take(&mut state.sections);
        Ok(Whole { id: tree::root(&sections), sections, chunks: std::mem::take(&mut state.chunks) })
    }

    fn blocks(&self) -> u64 {
        self.size.div_ceil(self.block as u64)
    }

    fn is_over(&self, state: &State) -> bool {
        state.trouble.is_some() || state.stored == self.blocks()
    }

    fn stop(&self, trouble: Trouble) {
        self.state.lock().unwrap().trouble.get_or_insert(trouble);
        self.changed.notify_all();
    }

    /// What is nearest to the end goes first, so that blocks come free.
    fn next_step(&self, crew: &Crew) -> Outcome<Step> {
        let mut state = self.state.lock().unwrap();
        loop {
            crew.check()?;
            if self.is_over(&state) {
                return Ok(Step::Done);
            }
            if let Some(block) = state.to_store.pop_front() {
                return Ok(Step::Store(block));
            }
            if let Some(block) = state.to_name.pop_front() {
                return Ok(Step::Name(block));
            }
            if state.read < self.blocks()
                && let Some(mut block) = self.free_block(&mut state)
            {
                block.number = state.read;
                state.read += 1;
                return Ok(Step::Read(block));
            }
            state = self.changed.wait_timeout(state, PATIENCE).unwrap().0;
        }
    }

    fn free_block(&self, state: &mut State) -> Option<Block> {
        if let Some(block) = state.spare.pop() {
            return Some(block);
        }
        if state.made == self.most_blocks {
            return None;
        }
        state.made += 1;
        let longest_chunk = 3usize << (self.average_log2 - 1);
        let parcel = Parcel::with_room(2 * PAGE + self.block + longest_chunk);
        let at = 2 * PAGE - parcel.buffer().as_ptr() as usize % PAGE;
        Some(Block { number: 0, parcel, at, length: 0, cells: Vec::new(), section: None })
    }

    /// Reads, hashes and scans one block.
    fn read(&self, block: &mut Block) -> Result<(), Trouble> {
        let start = block.number * self.block as u64;
        block.length = (self.size - start).min(self.block as u64) as usize;
        block.cells.clear();
        let Block { at, length, .. } = *block;
        let buffer = block.parcel.buffer_mut();
        if start > 0 {
            self.read_bytes(&mut buffer[at - CONTEXT..at], start - CONTEXT as u64)?;
        }
        let mut section = tree::section_at(start);
        let cell = cells::cell_size(self.average_log2);
        self.read_bytes(&mut buffer[at..at + length], start)?;
        for from in (0..length).step_by(PIECE) {
            let to = (from + PIECE).min(length);
            section.update(&buffer[at + from..at + to]);
            cells::least_of_cells(&buffer[at + from - CONTEXT..at + to], cell, &mut block.cells);
        }
        block.section = Some(tree::value(&section));
        Ok(())
    }

    fn read_bytes(&self, into: &mut [u8], offset: u64) -> Result<(), Trouble> {
        let count = disk::read_through(&self.file, into, offset)?;
        if count == into.len() { Ok(()) } else { Err(Trouble::Changed) }
    }

    /// Cuts as far as blocks have been scanned.
    fn take_scanned(&self, block: Block) {
        let mut guard = self.state.lock().unwrap();
        let state = &mut *guard;
        state.scanned.insert(block);
        while let Some(first) = state.scanned.get(state.scanned.first) {
            let number = first.number;
            let is_last = number + 1 == self.blocks();
            let second = state.scanned.get(number + 1);
            if !is_last && second.is_none() {
                break;
            }
            let (chunks, end) = self.cut(first, second, state.start);
            state.start = end;
            let mut block = state.scanned.pop().expect("the block that was just cut");
            let over = (end - number * self.block as u64).saturating_sub(block.length as u64) as usize;
            if let Some(next) = state.scanned.get(number + 1).filter(|_| over > 0) {
                let tail = block.at + block.length;
                let bytes = &next.parcel.buffer()[next.at..next.at + over];
                block.parcel.buffer_mut()[tail..tail + over].copy_from_slice(bytes);
            }
            block.parcel.chunks = chunks;
            state.sections.extend(block.section.take());
            state.to_name.push_back(block);
        }
        self.tell(guard);
    }

    /// The chunks that start in the first block, from `start` on, and where the last of them ends.
    fn cut(&self, first: &Block, second: Option<&Block>, mut start: u64) -> (Vec<ParcelChunk>, u64) {
        let stretch = |block: &Block| block.number * self.block as u64;
        let stretches: Vec<Stretch> = [Some(first), second]
            .iter()
            .flatten()
            .map(|block| Stretch {
                start: stretch(block),
                bytes: &block.parcel.buffer()[block.at - CONTEXT..block.at + block.length],
                cells: &block.cells,
            })
            .collect();
        let begin = stretch(first);
        let mut chunks = Vec::new();
        while start < begin + first.length as u64 {
            let end = cells::next_end(&stretches, start, self.size, self.average_log2);
            let at = first.at + (start - begin) as usize;
            let length = (end - start) as usize;
            chunks.push(ParcelChunk {
                file: self.index,
                start: at,
                length,
                id: Id::default(),
                bases: Bases::default(),
            });
            start = end;
        }
        (chunks, start)
    }

    /// Notes the names in order, and what to pack each chunk against.
    fn take_named(&self, block: Block, bases: &RecordTable) {
        let mut guard = self.state.lock().unwrap();
        let state = &mut *guard;
        state.named.insert(block);
        while let Some(mut block) = state.named.pop() {
            let begin = block.number * self.block as u64;
            for chunk in &mut block.parcel.chunks {
                if let Some(previous) = &mut state.previous {
                    let start = begin + (chunk.start - block.at) as u64;
                    chunk.bases = previous.bases_for(bases, &chunk.id, start, chunk.length as u64);
                }
                state.chunks.push((chunk.id, chunk.length as u32));
            }
            state.to_store.push_back(block);
        }
        self.tell(guard);
    }

    fn take_stored(&self, mut block: Block) {
        let mut state = self.state.lock().unwrap();
        block.parcel.clear();
        state.spare.push(block);
        state.stored += 1;
        self.tell(state);
    }

    fn tell(&self, state: MutexGuard<State>) {
        drop(state);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
