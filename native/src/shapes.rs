//! Owns the shapes of arguments and results on the way between JavaScript and Rust. Long lists travel packed in buffers.

use std::path::{Path, PathBuf};

use napi::bindgen_prelude::{Buffer, Float64Array, Uint32Array};
use napi_derive::napi;

use crate::compare::Comparison;
use crate::dictionary::Dictionary;
use crate::errors::{Failure, Outcome};
use crate::folder::{Listing, Problem};
use crate::hash::{from_hex, hash, to_hex};
use crate::ingest::{FileNotes, IngestFile, IngestRequest, IngestResult, Ingested, Rule};
use crate::part_shapes::{NativeContent, NativePart, packed_parts};
use crate::parts::Content;
use crate::reader::ReadProblem;
use crate::restore::{Expect, PartToRestore, RestoreFile, Restored};
use crate::section_shapes::NativeEdit;
use crate::stat::{FIELDS, Stat};
use crate::table::RecordTable;
use crate::wide::WideRule;

/// Numbers for `rule` of a file to ingest, and for `expect` of one to restore.
const RULES: [Rule; 3] = [Rule::Auto, Rule::Asset, Rule::Text];
const EXPECT_ABSENT: u32 = 0;
const EXPECT_ANY: u32 = 1;

#[napi(object)]
pub struct NativeSegment {
    pub path: String,
    pub length: f64,
}

#[napi(object)]
pub struct NativeIngestFile {
    pub path: String,
    /// 0 auto, 1 asset, 2 text.
    pub rule: u32,
    pub average_log2: u32,
    pub base: Option<Uint32Array>,
    pub base_manifest: Option<u32>,
    /// Number of a dictionary of the request.
    pub dictionary: Option<u32>,
    pub recode: bool,
    pub long_form_log2: Option<u32>,
    pub edit: Option<NativeEdit>,
    pub content: Option<NativeContent>,
}

#[napi(object)]
pub struct NativeTrained {
    pub id: Buffer,
    pub bytes: Buffer,
}

impl From<Vec<u8>> for NativeTrained {
    fn from(bytes: Vec<u8>) -> Self {
        NativeTrained { id: hash(&bytes).to_vec().into(), bytes: bytes.into() }
    }
}

#[napi(object)]
pub struct NativeDictionary {
    pub bytes: Buffer,
    pub is_stored: bool,
}

#[napi(object)]
pub struct NativeIngestRequest {
    pub files: Vec<NativeIngestFile>,
    pub base_segments: Vec<String>,
    pub base_rows: Buffer,
    pub store_folder: String,
    pub segments: Vec<NativeSegment>,
    pub dictionaries: Vec<NativeDictionary>,
    pub segment_target: f64,
    pub asset_threshold: f64,
    pub level: i32,
    pub pack_level: i32,
    pub workers: u32,
}

impl NativeIngestRequest {
    pub fn into_request(self) -> Outcome<IngestRequest> {
        let range = crate::cut::MIN_AVERAGE_LOG2..=crate::cut::MAX_AVERAGE_LOG2;
        let file = |file: NativeIngestFile| {
            let rule = RULES.get(file.rule as usize).copied();
            let averages = [file.average_log2, file.long_form_log2.unwrap_or(file.average_log2)];
            let (Some(rule), true) = (rule, averages.iter().all(|average| range.contains(average))) else {
                return Err(Failure::new("INTERNAL", Path::new(&file.path), "unknown rule or averageLog2"));
            };
            let base = file.base.map_or_else(Vec::new, |rows| rows.to_vec());
            let edit = file.edit.map(|edit| edit.into_edit(&file.path)).transpose()?;
            let content = file.content.map(Content::from);
            let NativeIngestFile { path, average_log2, dictionary, base_manifest, recode, long_form_log2, .. } = file;
            Ok(IngestFile {
                path: path.into(),
                rule,
                average_log2,
                base,
                dictionary: dictionary.map(|number| number as usize),
                base_manifest,
                recode,
                long_form_log2,
                edit,
                content,
            })
        };
        let level = self.pack_level;
        let prepare = |given: NativeDictionary| Dictionary::new(given.bytes.to_vec(), given.is_stored, level);
        Ok(IngestRequest {
            files: self.files.into_iter().map(file).collect::<Outcome<_>>()?,
            bases: RecordTable::new(self.base_segments, self.base_rows.to_vec())?,
            store_folder: self.store_folder.into(),
            segments: self.segments.into_iter().map(|segment| (segment.path.into(), segment.length as u64)).collect(),
            dictionaries: self.dictionaries.into_iter().map(prepare).collect(),
            segment_target: self.segment_target as u64,
            asset_threshold: self.asset_threshold as u64,
            level: self.level,
            pack_level: self.pack_level,
            workers: self.workers as usize,
            wide: WideRule::default(),
        })
    }
}

#[napi(object)]
pub struct NativeIngested {
    /// `text`, `asset` or `failed`.
    pub kind: String,
    pub stat: Option<Vec<f64>>,
    pub blake3: Option<String>,
    /// 32 bytes for each section of a huge asset.
    pub sections: Option<Buffer>,
    /// Of content, id and length (u32, little-endian) of each part that it was stored by.
    pub parts: Option<Buffer>,
    pub chunks: u32,
    pub new_bytes: f64,
    pub stored_bytes: f64,
    pub code: Option<String>,
    pub message: Option<String>,
}

impl From<FileNotes> for NativeIngested {
    fn from(notes: FileNotes) -> Self {
        let new_bytes = notes.new_bytes.into_inner() as f64;
        let stored_bytes = notes.stored_bytes.into_inner() as f64;
        let empty = NativeIngested {
            kind: "failed".into(),
            stat: None,
            blake3: None,
            sections: notes.sections.into_inner().map(|values| values.concat().into()),
            parts: notes.parts.into_inner().map(|parts| packed_parts(&parts).into()),
            chunks: 0,
            new_bytes,
            stored_bytes,
            code: None,
            message: None,
        };
        match notes.outcome.into_inner() {
            Some(Ingested::Text(stat)) => NativeIngested { kind: "text".into(), stat: Some(fields(&stat)), ..empty },
            Some(Ingested::Asset { stat, id, chunks }) => NativeIngested {
                kind: "asset".into(),
                stat: Some(fields(&stat)),
                blake3: Some(to_hex(&id)),
                chunks,
                ..empty
            },
            Some(Ingested::Failed { code, message }) => {
                NativeIngested { code: Some(code), message: Some(message), ..empty }
            }
            None => empty,
        }
    }
}

#[napi(object)]
pub struct NativeWrittenSegment {
    pub path: String,
    pub length: f64,
    pub entries: Buffer,
}

#[napi(object)]
pub struct NativeIngestResult {
    pub files: Vec<NativeIngested>,
    pub segments: Vec<NativeWrittenSegment>,
    pub dictionaries: Vec<u32>,
}

impl From<IngestResult> for NativeIngestResult {
    fn from(result: IngestResult) -> Self {
        let segments = result.segments.into_iter().map(|segment| NativeWrittenSegment {
            path: text(segment.path),
            length: segment.length as f64,
            entries: segment.entries.into(),
        });
        NativeIngestResult {
            files: result.files.into_iter().map(NativeIngested::from).collect(),
            segments: segments.collect(),
            dictionaries: result.dictionaries,
        }
    }
}

#[napi(object)]
pub struct NativeRestoreFile {
    pub path: String,
    pub temporary: String,
    pub blake3: String,
    pub size: f64,
    pub mode: u32,
    pub chunks: Uint32Array,
    pub recipe: Option<u32>,
    /// What the file consists of, instead of chunks and recipe.
    pub parts: Option<Vec<NativePart>>,
    /// 0 absent, 1 any, 2 what `expect_stat` says.
    pub expect: u32,
    pub expect_stat: Option<Vec<f64>>,
}

#[napi(object)]
pub struct NativeRestoreRequest {
    pub segments: Vec<String>,
    pub rows: Buffer,
    pub files: Vec<NativeRestoreFile>,
    pub workers: u32,
}

impl NativeRestoreRequest {
    pub fn into_parts(self) -> Outcome<(RecordTable, Vec<RestoreFile>, usize)> {
        let table = RecordTable::new(self.segments, self.rows.to_vec())?;
        let file = |file: NativeRestoreFile| {
            let unusable = || Failure::new("INTERNAL", Path::new(&file.path), "unusable restore request");
            let expect = match (file.expect, &file.expect_stat) {
                (EXPECT_ABSENT, _) => Expect::Absent,
                (EXPECT_ANY, _) => Expect::Any,
                (_, Some(fields)) if fields.len() == FIELDS => Expect::Stat(Stat::from_fields(fields)),
                _ => return Err(unusable()),
            };
            Ok(RestoreFile {
                id: from_hex(&file.blake3).ok_or_else(unusable)?,
                path: file.path.into(),
                temporary: file.temporary.into(),
                size: file.size as u64,
                mode: file.mode,
                chunks: file.chunks.to_vec(),
                recipe: file.recipe,
                parts: file.parts.unwrap_or_default().into_iter().map(PartToRestore::from).collect(),
                expect,
            })
        };
        let files = self.files.into_iter().map(file).collect::<Outcome<_>>()?;
        Ok((table, files, self.workers as usize))
    }
}

#[napi(object)]
pub struct NativeRestored {
    /// `done`, `conflict` or `failed`.
    pub state: String,
    pub stat: Option<Vec<f64>>,
    pub sections: Option<Buffer>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub record: Option<u32>,
}

impl From<Restored> for NativeRestored {
    fn from(restored: Restored) -> Self {
        let empty = NativeRestored {
            state: "conflict".into(),
            stat: None,
            sections: None,
            code: None,
            message: None,
            record: None,
        };
        match restored {
            Restored::Done { stat, sections } => NativeRestored {
                state: "done".into(),
                stat: Some(fields(&stat)),
                sections: (!sections.is_empty()).then(|| sections.concat().into()),
                ..empty
            },
            Restored::Conflict => empty,
            Restored::Failed { code, message, record } => {
                NativeRestored { state: "failed".into(), code: Some(code), message: Some(message), record, ..empty }
            }
        }
    }
}

#[napi(object)]
pub struct NativeCheckProblem {
    pub row: u32,
    pub message: String,
}

impl From<ReadProblem> for NativeCheckProblem {
    fn from(problem: ReadProblem) -> Self {
        NativeCheckProblem { row: problem.row, message: problem.message }
    }
}

#[napi(object)]
pub struct NativeProblem {
    pub path: String,
    pub code: String,
}

impl From<Problem> for NativeProblem {
    fn from(problem: Problem) -> Self {
        NativeProblem { path: problem.path, code: problem.code.into() }
    }
}

/// Paths are each ended by a NUL.
#[napi(object)]
pub struct NativeListing {
    pub paths: Buffer,
    pub types: Buffer,
    pub stats: Float64Array,
}

impl From<Listing> for NativeListing {
    fn from(listing: Listing) -> Self {
        NativeListing { paths: listing.paths.into(), types: listing.types.into(), stats: listing.stats.into() }
    }
}

#[napi(object)]
pub struct NativeList {
    pub listing: NativeListing,
    pub problems: Vec<NativeProblem>,
}

impl From<(Listing, Vec<Problem>)> for NativeList {
    fn from((listing, problems): (Listing, Vec<Problem>)) -> Self {
        NativeList { listing: listing.into(), problems: problems.into_iter().map(NativeProblem::from).collect() }
    }
}

#[napi(object)]
pub struct NativeComparison {
    pub entries: u32,
    pub root_tree: Option<String>,
    /// Paths of changed entries, each ended by a NUL; 20 bytes of id each; state, stage and whether there is a stat, 3 bytes each;
    /// mode and the fields of the stat, 11 numbers each.
    pub changed_paths: Buffer,
    pub changed_oids: Buffer,
    pub changed_flags: Buffer,
    pub changed_numbers: Float64Array,
    pub untracked: NativeListing,
    pub problems: Vec<NativeProblem>,
}

impl From<Comparison> for NativeComparison {
    fn from(comparison: Comparison) -> Self {
        let (mut paths, mut oids, mut flags, mut numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for change in &comparison.changed {
            let entry = comparison.index.entry(change.entry);
            paths.extend_from_slice(entry.path);
            paths.push(0);
            oids.extend_from_slice(entry.oid());
            flags.extend_from_slice(&[change.state as u8, entry.stage(), u8::from(change.stat.is_some())]);
            numbers.push(f64::from(entry.mode()));
            numbers.extend_from_slice(&change.stat.unwrap_or_default().to_fields());
        }
        NativeComparison {
            entries: comparison.index.len() as u32,
            root_tree: comparison.index.root_tree.map(|oid| to_hex(&oid)),
            changed_paths: paths.into(),
            changed_oids: oids.into(),
            changed_flags: flags.into(),
            changed_numbers: numbers.into(),
            untracked: comparison.untracked.into(),
            problems: comparison.problems.into_iter().map(NativeProblem::from).collect(),
        }
    }
}

pub fn fields(stat: &Stat) -> Vec<f64> {
    stat.to_fields().to_vec()
}

/// Paths came from JavaScript, so they are UTF-8.
fn text(path: PathBuf) -> String {
    path.to_string_lossy().into_owned()
}
