//! Owns recoding an asset that is too long to be held: it is taken part by part, each an asset of its own with a plain form where that pays.

use forge_recipe::{Front, MAX_PLAIN, MAX_STREAM, Taken, expand_front};

use crate::cut;
use crate::delta::Bases;
use crate::gate::{Share, give_back};
use crate::hash::{Id, hash};
use crate::ingest::{IngestFile, Ingested};
use crate::intake::{Intake, Trouble};
use crate::manifest;
use crate::parcel::{PARCEL_SIZE, ParcelChunk, ParcelManifest};
use crate::reader::RecordReader;
use crate::restore::read_chunk;
use crate::stat::Stat;
use crate::table::RecordTable;

/// A stream that is replaced takes less than this in the file, IDAT frames and headers included.
const LONGEST_STREAM: usize = MAX_STREAM + MAX_STREAM / 16;
/// A part ends once its plain form has so many bytes: one more stream comes to them, and preflate's tables for that, of four bytes a byte.
const ENOUGH_PLAIN: usize = 16 << 20;
/// What is held of a file, its plain form included: of that, beyond what is enough, one more stream and what follows it.
const HELD: usize = LONGEST_STREAM + MAX_PLAIN;

/// What an asset's chunks hold, to be taken part by part.
pub struct Content {
    /// Rows of the chunks, in order.
    pub rows: Vec<u32>,
    /// Bytes of all of them.
    pub size: u64,
    /// A part ends where something may start, after this many bytes.
    pub part: usize,
}

/// A part of a file: id and length of what it is.
pub type Part = (Id, u32);

impl Intake<'_> {
    /// Stores the content by its parts, all of which but nothing that names them. Where no part holds streams that pay, nothing is stored and
    /// there are no parts.
    pub fn take_parts(&mut self, index: usize, request: &IngestFile, content: &Content) -> Result<Ingested, Trouble> {
        let _share = Share::take(content.part + HELD);
        let mut source = Source::new(&self.shared.request.bases, content);
        let mut parts: Vec<Part> = Vec::new();
        let mut found = false;
        while source.fill(self)? {
            let window = source.window();
            let front = Front {
                enough: content.part,
                enough_plain: ENOUGH_PLAIN,
                longest: LONGEST_STREAM,
                is_last: source.is_last(),
            };
            let Taken { length, form } = expand_front(window, &front);
            // What preflate held of the streams is of no use to the next part, which would hold as much beside it.
            give_back();
            let id = hash(&window[..length]);
            if form.is_some() && !found {
                // Those before were left until it was known that there is a reason to store them.
                found = true;
                self.store_again(index, request, content, &parts)?;
            }
            match form {
                Some(form) => {
                    let average_log2 = request.long_form_log2.unwrap_or(request.average_log2);
                    self.store_part(index, id, length, &form.bytes, average_log2, Some(form.recipe as u32))?;
                }
                None if found => {
                    self.store_part(index, id, length, &window[..length], request.average_log2, None)?;
                }
                None => {}
            }
            parts.push((id, length as u32));
            source.advance(length);
        }
        let id = source.finish();
        let stat = Stat { size: content.size, ..Stat::default() };
        let count = parts.len() as u32;
        if found {
            let _ = self.shared.notes[index].parts.set(parts);
        }
        Ok(Ingested::Asset { stat, id, chunks: count })
    }

    /// Stores parts at the front of the content as the bytes that they are.
    fn store_again(
        &mut self,
        index: usize,
        request: &IngestFile,
        content: &Content,
        parts: &[Part],
    ) -> Result<(), Trouble> {
        let mut source = Source::new(&self.shared.request.bases, content);
        for &(id, length) in parts {
            let length = length as usize;
            source.fill(self)?;
            self.store_part(index, id, length, &source.window()[..length], request.average_log2, None)?;
            source.advance(length);
        }
        Ok(())
    }

    /// `bytes` stand for the part, which has `length`; the last of them are its recipe, if there is one.
    fn store_part(
        &mut self,
        index: usize,
        id: Id,
        length: usize,
        bytes: &[u8],
        average_log2: u32,
        recipe: Option<u32>,
    ) -> Result<(), Trouble> {
        let mut chunks: Vec<Part> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            self.crew.check()?;
            let size = cut::next_length(rest, rest.len() as u64, average_log2);
            if self.parcel.used + size > PARCEL_SIZE || self.parcel.is_full() {
                self.send()?;
            }
            let start = self.parcel.used;
            self.parcel.room()[..size].copy_from_slice(&rest[..size]);
            self.parcel.used += size;
            let id = hash(&rest[..size]);
            self.parcel.chunks.push(ParcelChunk { file: index, start, length: size, id, bases: Bases::default() });
            chunks.push((id, size as u32));
            rest = &rest[size..];
        }
        if recipe.is_some() || chunks.len() > 1 {
            let bytes = manifest::encode(average_log2, length as u64, recipe, &chunks);
            self.parcel.manifests.push(ParcelManifest { file: index, id, bytes });
        }
        Ok(())
    }
}

/// The content, through a window that is moved over it.
struct Source<'a> {
    reader: RecordReader<'a>,
    /// Chunks that were not read yet.
    rows: std::slice::Iter<'a, u32>,
    /// Bytes that the window holds when there are so many.
    room: usize,
    /// From `start` on, the window.
    buffer: Vec<u8>,
    start: usize,
    /// Bytes of the content that were not read yet.
    missing: u64,
    hasher: blake3::Hasher,
}

impl<'a> Source<'a> {
    fn new(table: &'a RecordTable, content: &'a Content) -> Source<'a> {
        Source {
            reader: RecordReader::new(table),
            rows: content.rows.iter(),
            room: content.part + LONGEST_STREAM,
            // One chunk more than the window.
            buffer: Vec::with_capacity((content.part + LONGEST_STREAM).min(content.size as usize) + (2 << 20)),
            start: 0,
            missing: content.size,
            hasher: blake3::Hasher::new(),
        }
    }

    fn window(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn is_last(&self) -> bool {
        self.missing == 0
    }

    /// Fills the window as far as there is content. False when the window stays empty.
    fn fill(&mut self, intake: &Intake) -> Result<bool, Trouble> {
        if self.window().len() < self.room && self.missing > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        while self.window().len() < self.room {
            let Some(&row) = self.rows.next() else { break };
            intake.crew.check()?;
            let bytes = read_chunk(&mut self.reader, row)?;
            self.missing = self.missing.checked_sub(bytes.len() as u64).ok_or(Trouble::Changed)?;
            self.hasher.update(bytes);
            self.buffer.extend_from_slice(bytes);
        }
        Ok(!self.window().is_empty())
    }

    fn advance(&mut self, length: usize) {
        self.start += length;
    }

    /// Of all that was read.
    fn finish(self) -> Id {
        *self.hasher.finalize().as_bytes()
    }
}
