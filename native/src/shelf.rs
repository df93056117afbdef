//! Owns putting parcels into segments: what is new is claimed, asked for, packed and appended.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use crate::delta::Bases;
use crate::dictionary::Dictionary;
use crate::errors::{Failure, Outcome};
use crate::hash::{BuildIdHasher, ID_SIZE, Id, hash};
use crate::ingest::Shared;
use crate::manifest;
use crate::pack::{Packed, Packer};
use crate::parcel::{Parcel, ParcelChunk, ParcelManifest};
use crate::reader::RecordReader;
use crate::record::{Codec, Entry, Kind};
use crate::segment_writer::{SegmentWriter, WrittenSegment};
use crate::table::Row;
use crate::task::{Crew, TaskState};

/// What `isKnown` says of an id: see `Known` in core/dataplane/dataPlane.ts.
const KNOWN_NOTHING: u8 = 0;
const KNOWN_CHUNK: u8 = 1;

const SHARDS: usize = 64;
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];
/// After so many useless deltas in a row, only one chunk in `RETRY` is tried.
const MISSES: u32 = 8;
const RETRY: u32 = 16;
/// Manifests from this many bytes on are packed against that of the previous version.
const LEAST_MANIFEST: usize = 256;
/// Manifests of huge files are long, and all below one are read for it.
const MANIFEST_DEPTH: u8 = 3;

/// Records that some worker of this call has seen: the first to claim one stores it.
pub struct Claims {
    shards: Vec<Mutex<HashSet<(Id, u8), BuildIdHasher>>>,
}

impl Default for Claims {
    fn default() -> Self {
        Claims { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Claims {
    /// Whether the caller is the first to ask for this record.
    fn claim(&self, id: &Id, kind: Kind) -> bool {
        self.shard(id).lock().unwrap().insert((*id, kind as u8))
    }

    /// Whether somebody has asked for this record.
    pub fn has(&self, id: &Id, kind: Kind) -> bool {
        self.shard(id).lock().unwrap().contains(&(*id, kind as u8))
    }

    fn shard(&self, id: &Id) -> &Mutex<HashSet<(Id, u8), BuildIdHasher>> {
        &self.shards[usize::from(id[ID_SIZE - 1]) % SHARDS]
    }
}

/// One worker's way into segments.
pub struct Shelf<'a> {
    shared: &'a Shared<'a>,
    crew: &'a Crew<'a>,
    packer: Option<Packer>,
    reader: RecordReader<'a>,
    prefix: Vec<u8>,
    writer: Option<SegmentWriter>,
    finished: Vec<WrittenSegment>,
}

/// A record that may be new.
enum Item<'a> {
    Chunk(&'a ParcelChunk),
    Manifest(&'a ParcelManifest),
}

impl Item<'_> {
    fn id(&self) -> &Id {
        match self {
            Item::Chunk(chunk) => &chunk.id,
            Item::Manifest(manifest) => &manifest.id,
        }
    }
}

impl<'a> Shelf<'a> {
    pub fn new(shared: &'a Shared<'a>, crew: &'a Crew<'a>) -> Shelf<'a> {
        Shelf {
            shared,
            crew,
            packer: None,
            reader: RecordReader::new(&shared.request.bases),
            prefix: Vec::new(),
            writer: None,
            finished: Vec::new(),
        }
    }

    /// Stores what no worker of this call has claimed and the store does not know.
    pub fn store(&mut self, parcel: &Parcel) -> Outcome<()> {
        let claims = &self.shared.claims;
        let chunks = parcel.chunks.iter().filter(|chunk| claims.claim(&chunk.id, Kind::Chunk)).map(Item::Chunk);
        let manifests = parcel.manifests.iter().filter(|manifest| claims.claim(&manifest.id, Kind::Manifest));
        let items: Vec<Item> = chunks.chain(manifests.map(Item::Manifest)).collect();
        let known = self.known(&items)?;
        for (item, known) in items.iter().zip(known) {
            if known {
                continue;
            }
            self.crew.check()?;
            match item {
                Item::Chunk(chunk) => self.store_chunk(chunk, parcel.content(chunk))?,
                Item::Manifest(manifest) => self.store_manifest(manifest)?,
            }
        }
        Ok(())
    }

    fn known(&self, items: &[Item]) -> Outcome<Vec<bool>> {
        let Some(is_known) = self.shared.is_known.filter(|_| !items.is_empty()) else {
            return Ok(vec![false; items.len()]);
        };
        let mut ids = Vec::with_capacity(ID_SIZE * items.len());
        items.iter().for_each(|item| ids.extend_from_slice(item.id()));
        let answer = is_known(&ids)?;
        if answer.len() != items.len() {
            let message = format!("isKnown answered {} of {} ids", answer.len(), items.len());
            return Err(Failure::new("CALLBACK", &self.shared.request.store_folder, message));
        }
        let is_stored = |(item, known): (&Item, u8)| match item {
            Item::Chunk(_) => known == KNOWN_CHUNK,
            Item::Manifest(_) => known != KNOWN_NOTHING,
        };
        Ok(items.iter().zip(answer).map(is_stored).collect())
    }

    fn store_chunk(&mut self, chunk: &ParcelChunk, raw: &[u8]) -> Outcome<()> {
        let notes = &self.shared.notes[chunk.file];
        let depth = self.load_prefix(chunk);
        let dictionary = self.dictionary_of(chunk)?;
        let packer = packer(&mut self.packer, self.shared)?;
        let mut entry = entry_of(chunk.id, Kind::Chunk, raw.len());
        let packed = match depth {
            Some(depth) => {
                let packed = packer.pack_delta(raw, &self.prefix, chunk.bases.rows().len());
                if packed.codec == Codec::Prefix {
                    entry.depth = depth;
                    entry.bases = base_ids(&self.reader, &chunk.bases);
                    notes.delta_misses.store(0, Relaxed);
                } else {
                    notes.delta_misses.fetch_add(1, Relaxed);
                }
                packed
            }
            None => match dictionary {
                Some(dictionary) => packer.pack_with(raw, dictionary),
                None => packer.pack(raw),
            },
        };
        if let Some(dictionary) = dictionary.filter(|_| packed.codec == Codec::Dictionary) {
            entry.bases = vec![dictionary.id];
        }
        let stored = append(&mut self.writer, &mut self.finished, self.shared, entry, packed)?;
        notes.new_bytes.fetch_add(raw.len() as u64, Relaxed);
        notes.stored_bytes.fetch_add(stored, Relaxed);
        TaskState::count(&self.crew.task.new_bytes, raw.len() as u64);
        TaskState::count(&self.crew.task.stored_bytes, stored);
        Ok(())
    }

    /// The dictionary for a chunk, which then is in the store or on its way there: the first worker to need a new one stores it.
    fn dictionary_of(&mut self, chunk: &ParcelChunk) -> Outcome<Option<&'a Dictionary>> {
        let request = self.shared.request;
        let number = request.files[chunk.file].dictionary.filter(|_| chunk.bases.rows().is_empty());
        let Some(dictionary) = number.and_then(|number| request.dictionaries.get(number)) else { return Ok(None) };
        if !dictionary.is_stored && self.shared.claims.claim(&dictionary.id, Kind::Dictionary) {
            let packed = packer(&mut self.packer, self.shared)?.pack(&dictionary.bytes);
            let entry = entry_of(dictionary.id, Kind::Dictionary, dictionary.bytes.len());
            let stored = append(&mut self.writer, &mut self.finished, self.shared, entry, packed)?;
            self.shared.notes[chunk.file].stored_bytes.fetch_add(stored, Relaxed);
            TaskState::count(&self.crew.task.stored_bytes, stored);
        }
        Ok(Some(dictionary))
    }

    fn store_manifest(&mut self, manifest: &ParcelManifest) -> Outcome<()> {
        let mut entry = entry_of(manifest.id, Kind::Manifest, manifest.bytes.len());
        let base = self.load_manifest_base(manifest);
        let packer = packer(&mut self.packer, self.shared)?;
        let packed = match base {
            Some(base) => {
                let packed = packer.pack_manifest_delta(&manifest.bytes, &self.prefix);
                if packed.codec == Codec::Prefix {
                    entry.depth = base.depth + 1;
                    entry.bases = vec![base.id];
                }
                packed
            }
            None => packer.pack(&manifest.bytes),
        };
        let stored = append(&mut self.writer, &mut self.finished, self.shared, entry, packed)?;
        self.shared.notes[manifest.file].stored_bytes.fetch_add(stored, Relaxed);
        TaskState::count(&self.crew.task.stored_bytes, stored);
        Ok(())
    }

    /// Joins the raw bytes of the chunk's bases in `prefix`. Returns the depth of a delta against them, or nothing when there is
    /// no base, a base is damaged (then nothing new may depend on it), or deltas have not paid for this file.
    fn load_prefix(&mut self, chunk: &ParcelChunk) -> Option<u8> {
        let rows = chunk.bases.rows();
        if rows.is_empty() {
            return None;
        }
        let misses = &self.shared.notes[chunk.file].delta_misses;
        let count = misses.load(Relaxed);
        if count >= MISSES && !count.is_multiple_of(RETRY) {
            misses.fetch_add(1, Relaxed);
            return None;
        }
        self.prefix.clear();
        let mut depth = 0;
        for &number in rows {
            let row = self.reader.row(number).ok()?;
            let bytes = self.reader.read_base(number).ok()?;
            if hash(&bytes) != row.id {
                return None;
            }
            depth = depth.max(row.depth);
            self.prefix.extend_from_slice(&bytes);
        }
        (!self.prefix.starts_with(&DICTIONARY_MAGIC)).then_some(depth + 1)
    }

    /// Puts the manifest of the previous version into `prefix`, or that which it was made against itself where its chain is full.
    /// Nothing when there is none, it is damaged, or the new one is so short that a chain is not worth it.
    fn load_manifest_base(&mut self, manifest: &ParcelManifest) -> Option<Row> {
        if manifest.bytes.len() < LEAST_MANIFEST {
            return None;
        }
        let mut number = self.shared.request.files[manifest.file].base_manifest?;
        let mut row = self.reader.row(number).ok()?;
        if row.depth >= MANIFEST_DEPTH {
            number = *row.bases().first()?;
            row = self.reader.row(number).ok()?;
        }
        let bytes = self.reader.read(number).ok()?;
        if row.kind != Kind::Manifest || row.id == manifest.id || !manifest::is_intact(bytes) {
            return None;
        }
        self.prefix.clear();
        self.prefix.extend_from_slice(bytes);
        Some(row)
    }

    /// Makes everything durable. Returns the segments that were appended to.
    pub fn finish(mut self) -> Outcome<Vec<WrittenSegment>> {
        if let Some(writer) = self.writer {
            self.finished.push(writer.finish()?);
        }
        Ok(self.finished)
    }
}

/// The contexts are only made when there is something to pack.
fn packer<'p>(packer: &'p mut Option<Packer>, shared: &Shared) -> Outcome<&'p mut Packer> {
    match packer {
        Some(packer) => Ok(packer),
        None => Ok(packer.insert(Packer::new(shared.request.level, shared.request.pack_level)?)),
    }
}

fn entry_of(id: Id, kind: Kind, raw_length: usize) -> Entry {
    let raw_length = raw_length as u32;
    Entry { id, kind, codec: Codec::Raw, depth: 0, raw_length, stored_length: 0, offset: 0, bases: Vec::new() }
}

fn base_ids(reader: &RecordReader, bases: &Bases) -> Vec<Id> {
    bases.rows().iter().filter_map(|&number| reader.row(number).ok()).map(|row| row.id).collect()
}

fn append(
    writer: &mut Option<SegmentWriter>,
    finished: &mut Vec<WrittenSegment>,
    shared: &Shared,
    mut entry: Entry,
    packed: Packed,
) -> Outcome<u64> {
    entry.codec = packed.codec;
    entry.stored_length = packed.payload.len() as u32;
    if let Some(full) = writer.take_if(|writer| writer.length() > shared.request.segment_target) {
        finished.push(full.finish()?);
    }
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(next_segment(shared)?),
    };
    writer.append(entry, packed.payload)
}

fn next_segment(shared: &Shared) -> Outcome<SegmentWriter> {
    let mut open = shared.open_segments.lock().unwrap();
    while let Some((path, length)) = open.pop() {
        if length <= shared.request.segment_target {
            return SegmentWriter::open(&path, length);
        }
    }
    let writer = SegmentWriter::create(&shared.request.store_folder)?;
    shared.created.lock().unwrap().push(writer.path().to_path_buf());
    Ok(writer)
}
