//! Owns reading one file for ingest: what kind it is, whether it stays as it is meanwhile, its chunks and its whole hash.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::cut;
use crate::delta::{Bases, PreviousVersion};
use crate::disk;
use crate::edit::{Edit, NewChunk, cut_edited};
use crate::errors::{Failure, Outcome, system_code};
use crate::hash::{Id, hash};
use crate::ingest::{IngestFile, IngestRequest, Ingested, Rule, Shared};
use crate::manifest;
use crate::parcel::{PARCEL_SIZE, Parcel, ParcelChunk, ParcelManifest};
use crate::pointer::is_pointer;
use crate::reader::ReadProblem;
use crate::recode::{self, Recoded};
use crate::shelf::Shelf;
use crate::stat::{FileType, Stat};
use crate::table::RecordTable;
use crate::task::{Crew, TaskState};
use crate::tree;
use crate::wide::{Whole, Wide};

/// A NUL among so many first bytes makes a file an asset.
const HEAD: usize = 8000;
/// Read at once: hashed and cut while it is in the processor's cache.
const BLOCK: usize = 256 << 10;
/// Files that change while they are read are read again, at most so many times in all.
const TRIES: usize = 3;
/// From this size on it pays to announce sequential reads.
const LARGE: u64 = 1 << 20;

/// Why one try at a file ended early.
pub enum Trouble {
    Changed,
    File(io::Error),
    Record(ReadProblem),
    Call(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Trouble::Changed;
        }
        Trouble::File(error)
    }
}

impl From<ReadProblem> for Trouble {
    fn from(problem: ReadProblem) -> Self {
        Trouble::Record(problem)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Call(failure)
    }
}

/// How far a parcel was filled before a file.
struct Mark {
    parcel: u64,
    used: usize,
    chunks: usize,
}

/// One worker's way from files to parcels.
pub struct Intake<'a> {
    pub shared: &'a Shared<'a>,
    pub crew: &'a Crew<'a>,
    shelf: Shelf<'a>,
    pub parcel: Parcel,
    /// How many parcels went out before this one.
    parcel_number: u64,
    /// Bytes of the current file that progress already tells of.
    counted: u64,
}

impl<'a> Intake<'a> {
    pub fn new(shared: &'a Shared<'a>, crew: &'a Crew<'a>, shelf: Shelf<'a>) -> Intake<'a> {
        Intake { shared, crew, shelf, parcel: shared.exchange.empty_parcel(), parcel_number: 0, counted: 0 }
    }

    /// Reads file `index` of the request and notes what became of it.
    pub fn take(&mut self, index: usize) -> Outcome<()> {
        let mut outcome = None;
        self.counted = 0;
        for attempt in 0..TRIES {
            match self.try_file(index, attempt == 0) {
                Ok(ingested) => outcome = Some(ingested),
                Err(Trouble::Changed) => continue,
                Err(Trouble::File(error)) => outcome = Some(failed(system_code(&error), error.to_string())),
                Err(Trouble::Record(problem)) => outcome = Some(failed(problem.code, problem.message)),
                Err(Trouble::Call(failure)) => return Err(failure),
            }
            break;
        }
        let changed = || failed("FILE_CHANGED", "the file changed while it was read".into());
        let outcome = outcome.unwrap_or_else(changed);
        if let Ingested::Text(stat) | Ingested::Asset { stat, .. } = &outcome {
            TaskState::count(&self.crew.task.bytes, stat.size.saturating_sub(self.counted));
        }
        let _ = self.shared.notes[index].outcome.set(outcome);
        TaskState::count(&self.crew.task.files, 1);
        Ok(())
    }

    /// Sends the last parcel on. Returns the shelf for parcels of others.
    pub fn finish(mut self) -> Outcome<Shelf<'a>> {
        self.send()?;
        Ok(self.shelf)
    }

    /// `is_first`: what was known of the file before may still hold.
    fn try_file(&mut self, index: usize, is_first: bool) -> Result<Ingested, Trouble> {
        let request = &self.shared.request.files[index];
        if let Some(content) = &request.content {
            return self.take_parts(index, request, content);
        }
        let file = disk::open_to_read(&request.path)?;
        let stat = Stat::of_file(&file)?;
        match stat.file_type() {
            FileType::File => {}
            FileType::Directory => return Ok(failed("EISDIR", "it is a folder".into())),
            _ => return Ok(failed("EINVAL", "it is not a regular file".into())),
        }
        if stat.size == 0 || request.rule == Rule::Text {
            return Ok(Ingested::Text(stat));
        }
        let edit = request.edit.as_ref().filter(|edit| is_first && edit.fits(&stat));
        if edit.is_none() && self.is_wide(request, &stat) {
            return self.take_wide(index, request, file, stat);
        }
        if self.parcel.is_full()
            || (self.parcel.used as u64 + stat.size > PARCEL_SIZE as u64 && !self.parcel.is_empty())
        {
            self.send()?;
        }
        let mark = Mark { parcel: self.parcel_number, used: self.parcel.used, chunks: self.parcel.chunks.len() };
        let result = match edit {
            Some(edit) => self.take_edited(index, request, edit, &file, stat),
            None => self.read_file(index, request, &file, stat),
        };
        let keep = matches!(result, Ok(Ingested::Asset { .. }));
        if !keep && self.parcel_number == mark.parcel {
            self.parcel.used = mark.used;
            self.parcel.chunks.truncate(mark.chunks);
        }
        result
    }

    /// Whether several workers are better at this file than one.
    fn is_wide(&self, request: &IngestFile, stat: &Stat) -> bool {
        let IngestRequest { wide, workers, asset_threshold, .. } = self.shared.request;
        let is_asset = request.rule == Rule::Asset || stat.size > *asset_threshold;
        let is_recoded = request.recode && recode::fits(stat.size);
        *workers > 1 && is_asset && !is_recoded && stat.size >= wide.from
    }

    fn take_wide(&mut self, index: usize, request: &IngestFile, file: File, stat: Stat) -> Result<Ingested, Trouble> {
        let IngestRequest { bases, wide: rule, workers, .. } = self.shared.request;
        disk::expect_sequential_reads(&file);
        let previous = previous_of(bases, request, request.average_log2);
        let wide = Arc::new(Wide::new(index, file, &stat, request.average_log2, *rule, *workers, previous));
        self.shared.exchange.open(&wide);
        let worked = wide.work(bases, &mut self.shelf, self.crew);
        self.shared.exchange.close(&wide);
        worked?;
        self.counted = stat.size;
        let Whole { id, sections, chunks } = wide.finish()?;
        if !stat.is_unchanged(&Stat::of_file(wide.file())?) {
            return Err(Trouble::Changed);
        }
        let bytes = manifest::encode(request.average_log2, stat.size, None, &chunks);
        self.parcel.manifests.push(ParcelManifest { file: index, id, bytes });
        if rule.block as u64 == tree::SECTION {
            let _ = self.shared.notes[index].sections.set(sections);
        }
        Ok(Ingested::Asset { stat, id, chunks: chunks.len() as u32 })
    }

    fn take_edited(
        &mut self,
        index: usize,
        request: &IngestFile,
        edit: &Edit,
        file: &File,
        stat: Stat,
    ) -> Result<Ingested, Trouble> {
        let (table, average_log2) = (&self.shared.request.bases, request.average_log2);
        let mut previous = previous_of(table, request, average_log2);
        let chunks = cut_edited(edit, file, stat.size, average_log2, |NewChunk { bytes, start, is_first }| {
            self.crew.check()?;
            let (id, length) = (hash(bytes), bytes.len());
            if self.parcel.used + length > PARCEL_SIZE || self.parcel.is_full() {
                self.send()?;
            }
            let bases = previous.as_mut().map_or(Bases::default(), |previous| {
                if is_first {
                    previous.realign();
                }
                previous.bases_for(table, &id, start, length as u64)
            });
            let used = self.parcel.used;
            self.parcel.room()[..length].copy_from_slice(bytes);
            self.parcel.used += length;
            self.parcel.chunks.push(ParcelChunk { file: index, start: used, length, id, bases });
            Ok(id)
        })?;
        if !stat.is_unchanged(&Stat::of_file(file)?) {
            return Err(Trouble::Changed);
        }
        let id = tree::root(&edit.sections);
        let bytes = manifest::encode(average_log2, stat.size, None, &chunks);
        self.parcel.manifests.push(ParcelManifest { file: index, id, bytes });
        let _ = self.shared.notes[index].sections.set(edit.sections.clone());
        Ok(Ingested::Asset { stat, id, chunks: chunks.len() as u32 })
    }

    fn read_file(&mut self, index: usize, request: &IngestFile, file: &File, stat: Stat) -> Result<Ingested, Trouble> {
        let mut stream = Stream {
            file,
            recoded: None,
            size: stat.size,
            read: 0,
            start: self.parcel.used,
            hasher: blake3::Hasher::new(),
        };
        let mut average_log2 = request.average_log2;
        let mut single = stat.size <= 1 << average_log2;
        if request.rule == Rule::Auto && stat.size <= self.shared.request.asset_threshold {
            let head = stream.fill(&mut self.parcel, HEAD, false)?;
            if memchr::memchr(0, head).is_none() && !(stat.size <= HEAD as u64 && is_pointer(head)) {
                return Ok(Ingested::Text(stat));
            }
            if !single {
                stream.hasher.update(head);
            }
        }
        if request.recode && recode::fits(stat.size) {
            // What was read to tell text from assets is read again, and hashed as a whole.
            self.parcel.used = stream.start;
            single = true;
            let recoded = recode::recode(file, stat.size)?;
            let is_form = recoded.recipe.is_some();
            stream.take(recoded);
            if is_form && stream.size > recode::LONG {
                average_log2 = request.long_form_log2.unwrap_or(average_log2);
            }
        } else if stat.size >= LARGE {
            disk::expect_sequential_reads(file);
        }
        let mut previous = previous_of(&self.shared.request.bases, request, average_log2);
        if let Some(previous) = &mut previous {
            previous.counts_as(&self.shared.request.bases, stat.size, stream.size, average_log2);
        }
        let mut chunks: Vec<(Id, u32)> = Vec::new();
        let mut position = 0;
        while position < stream.size {
            self.crew.check()?;
            let (id, length) = self.next_chunk(&mut stream, position, average_log2, single)?;
            let bases = previous.as_mut().map_or(Bases::default(), |previous| {
                previous.bases_for(&self.shared.request.bases, &id, position, length as u64)
            });
            self.parcel.chunks.push(ParcelChunk { file: index, start: stream.start, length, id, bases });
            chunks.push((id, length as u32));
            position += length as u64;
            stream.start += length;
        }
        if !stat.is_unchanged(&Stat::of_file(file)?) {
            return Err(Trouble::Changed);
        }
        let recipe = stream.recoded.as_ref().and_then(|recoded| recoded.recipe);
        if let (&[(id, _)], None) = (&chunks[..], recipe) {
            return Ok(Ingested::Asset { stat, id, chunks: 1 });
        }
        let id = stream.recoded.as_ref().map_or_else(|| *stream.hasher.finalize().as_bytes(), |recoded| recoded.id);
        let bytes = manifest::encode(average_log2, stat.size, recipe, &chunks);
        self.parcel.manifests.push(ParcelManifest { file: index, id, bytes });
        Ok(Ingested::Asset { stat, id, chunks: chunks.len() as u32 })
    }

    /// Id and length of the chunk at `position`, whose bytes lie at `stream.start` of the parcel afterwards.
    fn next_chunk(
        &mut self,
        stream: &mut Stream,
        position: u64,
        average_log2: u32,
        single: bool,
    ) -> Result<(Id, usize), Trouble> {
        let rest = stream.size - position;
        let needed = cut::needed(rest, average_log2);
        if stream.start + needed > PARCEL_SIZE || self.parcel.is_full() {
            self.carry_over(stream)?;
        }
        while self.parcel.used < stream.start + needed {
            let missing = stream.start + needed - self.parcel.used;
            stream.fill(&mut self.parcel, missing.max(BLOCK), !single)?;
        }
        let bytes = &self.parcel.bytes()[stream.start..];
        let length = cut::next_length(bytes, rest, average_log2);
        Ok((hash(&bytes[..length]), length))
    }

    /// Sends the parcel on, except for what it holds of the chunk that starts at `stream.start`.
    fn carry_over(&mut self, stream: &mut Stream) -> Outcome<()> {
        let mut next = self.shared.exchange.empty_parcel();
        let begun = &self.parcel.bytes()[stream.start..];
        next.room()[..begun.len()].copy_from_slice(begun);
        next.used = begun.len();
        self.parcel.used = stream.start;
        stream.start = 0;
        self.send_and_go_on_with(next)
    }

    pub fn send(&mut self) -> Outcome<()> {
        if self.parcel.is_empty() {
            self.parcel.clear();
            return Ok(());
        }
        let next = self.shared.exchange.empty_parcel();
        self.send_and_go_on_with(next)
    }

    fn send_and_go_on_with(&mut self, next: Parcel) -> Outcome<()> {
        let full = std::mem::replace(&mut self.parcel, next);
        self.parcel_number += 1;
        if let Some(own) = self.shared.exchange.offer(full) {
            self.shelf.store(&own)?;
            self.shared.exchange.give_back(own);
        }
        Ok(())
    }
}

/// A file on its way into parcels.
struct Stream<'f> {
    file: &'f File,
    /// Stands in for the file.
    recoded: Option<Recoded>,
    size: u64,
    /// Bytes read so far.
    read: u64,
    /// Where the current chunk starts in the parcel.
    start: usize,
    /// Of all bytes read so far, unless the file is one chunk.
    hasher: blake3::Hasher,
}

impl Stream<'_> {
    /// From here on the bytes come from memory.
    fn take(&mut self, recoded: Recoded) {
        (self.size, self.read) = (recoded.bytes.len() as u64, 0);
        self.recoded = Some(recoded);
    }

    /// Appends up to `wanted` bytes, as far as file and parcel go, and returns them.
    fn fill<'p>(&mut self, parcel: &'p mut Parcel, wanted: usize, hashed: bool) -> Result<&'p [u8], Trouble> {
        let from = parcel.used;
        let room = parcel.room();
        let length = (self.size - self.read).min(wanted as u64).min(room.len() as u64) as usize;
        if let Some(recoded) = &self.recoded {
            let from = self.read as usize;
            room[..length].copy_from_slice(&recoded.bytes[from..from + length]);
        } else if disk::read_at(self.file, &mut room[..length], self.read)? < length {
            return Err(Trouble::Changed);
        }
        parcel.used += length;
        self.read += length as u64;
        let bytes = &parcel.bytes()[from..];
        if hashed {
            self.hasher.update(bytes);
        }
        Ok(bytes)
    }
}

fn previous_of(table: &RecordTable, request: &IngestFile, average_log2: u32) -> Option<PreviousVersion> {
    match &request.edit {
        Some(edit) => edit.previous(&request.base, average_log2),
        None => PreviousVersion::new(table, &request.base, average_log2),
    }
}

fn failed(code: &str, message: String) -> Ingested {
    Ingested::Failed { code: code.into(), message }
}
