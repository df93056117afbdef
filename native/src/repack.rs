//! Owns repack: records are written anew into segments of their own, as they are or packed as small as they get.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::hash::{Id, hash};
use crate::press::{Press, Pressed};
use crate::reader::{ReadProblem, RecordReader};
use crate::record::{Codec, Entry, Kind};
use crate::repack_group::GroupRun;
use crate::segment::FLAG_PACKED;
use crate::segment_writer::{SegmentWriter, WrittenSegment};
use crate::table::{RecordTable, Row};
use crate::task::{Crew, TaskState, run_crew};

/// Each takes some 110 MiB: the tables of the high levels and of LZMA, prefixes, and the reader's cache.
const MOST_WORKERS: usize = 3;
/// Records that a worker takes at once when they do not belong together.
const BATCH: usize = 64;

/// In `owners`: the record keeps its form, here or where it lies, so that any group may pack against it.
pub const FIXED: u32 = u32::MAX;

/// One version of a path.
pub struct Version {
    /// Its chunks, in order.
    pub rows: Vec<u32>,
    /// Earlier versions of the group, by their number, whose chunks it may be packed against.
    pub references: Vec<u32>,
    pub average_log2: u8,
    /// May be packed in a way that takes long to read.
    pub is_cold: bool,
    /// Of `delta::WHOLE`, what the file is of its chunks.
    pub file_share: u32,
}

pub struct Group {
    pub versions: Vec<Version>,
}

pub struct RepackRequest {
    pub table: RecordTable,
    /// For each row the number of the group that packs it, `FIXED`, or anything else: then nobody may pack against it.
    pub owners: Vec<u32>,
    /// Rows to write as they are.
    pub copies: Vec<u32>,
    /// Rows to pack on their own.
    pub singles: Vec<u32>,
    pub groups: Vec<Group>,
    /// Where segments are created.
    pub folder: PathBuf,
    pub segment_target: u64,
    pub level: i32,
    pub workers: usize,
}

pub struct RepackResult {
    pub segments: Vec<WrittenSegment>,
    /// Rows that could not be read, and so were not written; nor was what is packed against them.
    pub problems: Vec<ReadProblem>,
}

/// What a worker takes from the queue.
enum Item<'a> {
    Group(usize),
    Singles(&'a [u32]),
    Copies(&'a [u32]),
}

struct Shared<'a> {
    request: &'a RepackRequest,
    created: Mutex<Vec<PathBuf>>,
    problems: Mutex<Vec<ReadProblem>>,
}

pub fn repack(request: &RepackRequest, task: &TaskState) -> Outcome<RepackResult> {
    let mut copies = request.copies.clone();
    copies.sort_by_key(|&number| request.table.row(number).map(|row| (row.segment, row.offset)));
    // Groups first: the longest work must not come last.
    let items: Vec<Item> = (0..request.groups.len())
        .map(Item::Group)
        .chain(request.singles.chunks(BATCH).map(Item::Singles))
        .chain(copies.chunks(BATCH).map(Item::Copies))
        .collect();
    let next = AtomicUsize::new(0);
    let shared = Shared { request, created: Mutex::default(), problems: Mutex::default() };
    let workers = request.workers.clamp(1, MOST_WORKERS).min(items.len().max(1));
    let written = run_crew(task, workers, |crew| {
        let mut writer = Writer::new(&shared, crew);
        while let Some(item) = items.get(next.fetch_add(1, Relaxed)) {
            match item {
                Item::Group(number) => GroupRun::new(request, *number).run(&mut writer)?,
                Item::Singles(rows) => rows.iter().try_for_each(|&row| writer.single(row))?,
                Item::Copies(rows) => rows.iter().try_for_each(|&row| writer.copy(row))?,
            }
        }
        writer.finish()
    })
    .inspect_err(|_| discard(&shared))?;
    let segments: Vec<WrittenSegment> = written.into_iter().flatten().collect();
    if !segments.is_empty() {
        disk::sync_folder(&request.folder).map_err(|error| Failure::system(&request.folder, &error))?;
    }
    let mut problems = shared.problems.into_inner().unwrap();
    problems.sort_by_key(|problem| problem.row);
    Ok(RepackResult { segments, problems })
}

/// After a failure nobody knows the new segments.
fn discard(shared: &Shared) {
    for path in shared.created.lock().unwrap().iter() {
        // What cannot be removed now lies in the caller's folder of temporary files.
        let _ = std::fs::remove_file(path);
    }
}

/// One worker's way from old records to new segments.
pub struct Writer<'a> {
    shared: &'a Shared<'a>,
    pub crew: &'a Crew<'a>,
    pub reader: RecordReader<'a>,
    pub press: Press,
    segment: Option<SegmentWriter>,
    finished: Vec<WrittenSegment>,
}

impl<'a> Writer<'a> {
    fn new(shared: &'a Shared<'a>, crew: &'a Crew<'a>) -> Writer<'a> {
        Writer {
            shared,
            crew,
            reader: RecordReader::new(&shared.request.table),
            press: Press::new(shared.request.level),
            segment: None,
            finished: Vec::new(),
        }
    }

    /// Raw bytes of a row that are what its id says. Nothing when they cannot be had, which is then told in the result.
    pub fn raw(&mut self, number: u32) -> Option<Vec<u8>> {
        let raw = self.reader.read(number).map(<[u8]>::to_vec);
        let row = self.reader.row(number).ok();
        match (raw, row) {
            (Ok(raw), Some(row)) if row.kind == Kind::Manifest || hash(&raw) == row.id => Some(raw),
            (Err(problem), _) => self.report(ReadProblem { row: number, ..problem }),
            _ => self.report(ReadProblem {
                row: number,
                code: "CORRUPT",
                message: "the content is not what its id names".into(),
            }),
        }
    }

    fn report<T>(&mut self, problem: ReadProblem) -> Option<T> {
        self.shared.problems.lock().unwrap().push(problem);
        None
    }

    fn single(&mut self, number: u32) -> Outcome<()> {
        let (Some(raw), Some(row)) = (self.raw(number), self.shared.request.table.row(number)) else {
            return Ok(());
        };
        let pressed = self.press.press(&raw, row.codec == Codec::Raw && row.kind == Kind::Chunk, false, &[])?;
        if row.stands_alone() && row.alone_cost() <= pressed.payload.len() {
            return self.copy(number);
        }
        self.append(&row, 0, Vec::new(), pressed)
    }

    /// Writes the record's payload as it is, once it was decoded and found good.
    fn copy(&mut self, number: u32) -> Outcome<()> {
        let depth = self.shared.request.table.row(number).map_or(0, |row| row.depth);
        self.copy_at(number, depth)
    }

    /// The same, for a record that now has another depth, since a base of it has.
    pub fn copy_at(&mut self, number: u32, depth: u8) -> Outcome<()> {
        let (Some(_), Some(row)) = (self.raw(number), self.shared.request.table.row(number)) else {
            return Ok(());
        };
        let payload = match self.reader.payload(number) {
            Ok(payload) => payload.to_vec(),
            Err(problem) => {
                self.report::<()>(problem);
                return Ok(());
            }
        };
        let bases =
            row.bases().iter().filter_map(|&base| self.shared.request.table.row(base)).map(|base| base.id).collect();
        self.append(&row, depth, bases, Pressed { codec: row.codec, payload, candidate: None })
    }

    /// Appends a record of the row's content.
    pub fn append(&mut self, row: &Row, depth: u8, bases: Vec<Id>, pressed: Pressed) -> Outcome<()> {
        self.crew.check()?;
        let request = self.shared.request;
        let entry = Entry {
            id: row.id,
            kind: row.kind,
            codec: pressed.codec,
            depth,
            raw_length: row.raw_length,
            stored_length: pressed.payload.len() as u32,
            offset: 0,
            bases,
        };
        if let Some(full) = self.segment.take_if(|segment| segment.length() > request.segment_target) {
            self.finished.push(full.finish()?);
        }
        let segment = match &mut self.segment {
            Some(segment) => segment,
            None => {
                let created = SegmentWriter::create_flagged(&request.folder, FLAG_PACKED)?;
                self.shared.created.lock().unwrap().push(created.path().to_path_buf());
                self.segment.insert(created)
            }
        };
        let stored = segment.append(entry, &pressed.payload)?;
        let task = self.crew.task;
        TaskState::count(&task.files, 1);
        TaskState::count(&task.bytes, u64::from(row.raw_length));
        TaskState::count(&task.stored_bytes, stored);
        Ok(())
    }

    fn finish(mut self) -> Outcome<Vec<WrittenSegment>> {
        if let Some(segment) = self.segment.take() {
            self.finished.push(segment.finish()?);
        }
        Ok(self.finished)
    }
}
