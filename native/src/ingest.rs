//! Owns ingest: files become chunk and manifest records in segments. Workers share a queue of files; each writes its own segment. Who has
//! no file left helps with those of others: packs their parcels, or works on blocks of a huge file.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

use blake3::hazmat::ChainingValue;

use crate::dictionary::Dictionary;
use crate::edit::Edit;
use crate::errors::{Failure, Outcome};
use crate::hash::Id;
use crate::intake::Intake;
use crate::parcel::{Exchange, Work};
use crate::parts::{Content, Part};
use crate::record::Kind;
use crate::segment_writer::WrittenSegment;
use crate::shelf::{Claims, Shelf};
use crate::stat::Stat;
use crate::table::RecordTable;
use crate::task::{Crew, TaskState, run_crew};
use crate::wide::WideRule;

/// Each takes some 8 MiB of memory; the disk is the limit before there are so many.
const MOST_WORKERS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Auto,
    Asset,
    Text,
}

pub struct IngestFile {
    pub path: PathBuf,
    pub rule: Rule,
    pub average_log2: u32,
    /// Rows of the previous version's chunks.
    pub base: Vec<u32>,
    /// Number of the dictionary for chunks without bases.
    pub dictionary: Option<usize>,
    /// Row of the previous version's manifest.
    pub base_manifest: Option<u32>,
    /// Look for streams to inflate.
    pub recode: bool,
    /// Instead of `average_log2`, for a plain form that is long.
    pub long_form_log2: Option<u32>,
    /// What is known of a huge file that was hashed before.
    pub edit: Option<Edit>,
    /// Instead of the file's: what is stored already, to be recoded in parts.
    pub content: Option<Content>,
}

pub struct IngestRequest {
    pub files: Vec<IngestFile>,
    pub bases: RecordTable,
    pub store_folder: PathBuf,
    /// Segments to append to, and how much of them is committed.
    pub segments: Vec<(PathBuf, u64)>,
    pub dictionaries: Vec<Dictionary>,
    pub segment_target: u64,
    pub asset_threshold: u64,
    pub level: i32,
    pub pack_level: i32,
    pub workers: usize,
    pub wide: WideRule,
}

/// Asks which of the ids, 32 bytes each, the store has: one byte per id.
pub type IsKnown = Box<dyn Fn(&[u8]) -> Outcome<Vec<u8>> + Send + Sync>;

pub enum Ingested {
    Text(Stat),
    Asset { stat: Stat, id: Id, chunks: u32 },
    Failed { code: String, message: String },
}

/// What workers note about one file.
#[derive(Default)]
pub struct FileNotes {
    pub outcome: OnceLock<Ingested>,
    pub new_bytes: AtomicU64,
    pub stored_bytes: AtomicU64,
    /// Deltas in a row that were not worth it.
    pub delta_misses: AtomicU32,
    /// Of a huge file: the values of its sections of `tree::SECTION` bytes.
    pub sections: OnceLock<Vec<ChainingValue>>,
    /// Of content: what it was stored by, if it holds streams that pay.
    pub parts: OnceLock<Vec<Part>>,
}

pub struct IngestResult {
    pub files: Vec<FileNotes>,
    pub segments: Vec<WrittenSegment>,
    /// Numbers of the request's that were stored.
    pub dictionaries: Vec<u32>,
}

/// What the workers of one call share.
pub struct Shared<'a> {
    pub request: &'a IngestRequest,
    pub is_known: Option<&'a IsKnown>,
    pub notes: &'a [FileNotes],
    pub next_file: AtomicUsize,
    pub exchange: Exchange,
    pub claims: Claims,
    /// Segments that no worker appends to yet.
    pub open_segments: Mutex<Vec<(PathBuf, u64)>>,
    /// Segments that this call made.
    pub created: Mutex<Vec<PathBuf>>,
}

pub fn ingest(request: &IngestRequest, is_known: Option<&IsKnown>, task: &TaskState) -> Outcome<IngestResult> {
    let workers = request.workers.clamp(1, MOST_WORKERS);
    let notes: Vec<FileNotes> = request.files.iter().map(|_| FileNotes::default()).collect();
    let shared = Shared {
        request,
        is_known,
        notes: &notes,
        next_file: AtomicUsize::new(0),
        exchange: Exchange::new(workers),
        claims: Claims::default(),
        open_segments: Mutex::new(request.segments.clone()),
        created: Mutex::default(),
    };
    let written = run_crew(task, workers, |crew| work(&shared, crew)).inspect_err(|_| discard(&shared))?;
    let segments: Vec<WrittenSegment> = written.into_iter().flatten().collect();
    if segments.iter().any(|segment| segment.is_new) {
        let folder = &request.store_folder;
        crate::disk::sync_folder(folder).map_err(|error| Failure::system(folder, &error))?;
    }
    let dictionaries = stored_dictionaries(&shared);
    Ok(IngestResult { files: notes, segments, dictionaries })
}

fn stored_dictionaries(shared: &Shared) -> Vec<u32> {
    let given = shared.request.dictionaries.iter().zip(0..);
    let stored = given.filter(|(given, _)| !given.is_stored && shared.claims.has(&given.id, Kind::Dictionary));
    stored.map(|(_, number)| number).collect()
}

/// One worker: takes files while there are some, then parcels that others offer.
fn work(shared: &Shared, crew: &Crew) -> Outcome<Vec<WrittenSegment>> {
    let mut intake = Intake::new(shared, crew, Shelf::new(shared, crew));
    loop {
        crew.check()?;
        let index = shared.next_file.fetch_add(1, Relaxed);
        if index >= shared.request.files.len() {
            break;
        }
        intake.take(index)?;
    }
    let mut shelf = intake.finish()?;
    shared.exchange.stop_producing();
    while let Some(work) = shared.exchange.take(crew)? {
        match work {
            Work::Parcel(parcel) => {
                shelf.store(&parcel)?;
                shared.exchange.give_back(parcel);
            }
            Work::Wide(wide) => wide.work(&shared.request.bases, &mut shelf, crew)?,
        }
    }
    shelf.finish()
}

/// After a failure: nobody knows the new segments nor what was appended to others, so neither keeps its space.
fn discard(shared: &Shared) {
    // What cannot be removed now stays as a tail that the next ingest overwrites, or as a segment that a rebuild finds.
    for path in shared.created.lock().unwrap().iter() {
        let _ = std::fs::remove_file(path);
    }
    for (path, length) in &shared.request.segments {
        let Ok(file) = OpenOptions::new().write(true).open(path) else { continue };
        if file.metadata().is_ok_and(|data| data.len() > *length) {
            let _ = file.set_len(*length);
        }
    }
}
