//! Owns what JavaScript sees of the data plane: `index.d.ts` describes it, `core/dataplane/native.ts` wraps it.
//! Heavy work runs on threads of its own; a bug in it is caught and rejects the promise.

mod adjacent;
mod cells;
mod check;
mod check_forms;
mod compare;
mod compare_walk;
mod cut;
mod delta;
mod dictionary;
mod disk;
mod draft;
mod early_sync;
mod edit;
mod errors;
mod file_sketch;
mod folder;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
#[cfg(test)]
mod fuzz_drive;
#[cfg(any(test, fuzzing))]
pub mod fuzz_seeds;
mod gate;
mod gear;
#[cfg(target_arch = "x86_64")]
mod gear_avx512;
mod git_index;
mod hash;
mod hash_files;
mod ingest;
mod intake;
mod list;
mod lzma;
mod manifest;
mod mapped;
mod pack;
mod parcel;
mod part_shapes;
mod parts;
mod pointer;
mod press;
mod reader;
mod rebuild;
mod recent;
mod recode;
mod record;
mod repack;
mod repack_group;
mod repack_shapes;
mod restore;
mod restore_wide;
mod scan;
mod scan_shapes;
mod seal;
mod section_shapes;
mod segment;
mod segment_writer;
mod shapes;
mod shelf;
mod sketch;
mod stat;
mod table;
mod task;
mod text_shapes;
mod texts;
mod tree;
mod wide;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;

use napi::bindgen_prelude::{Buffer, Function, Object, ToNapiValue, Uint32Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;

use crate::errors::{Failure, Outcome};
use crate::ingest::IsKnown;
use crate::repack_shapes::{NativeRepackRequest, NativeRepackResult};
use crate::scan_shapes::{NativeScan, NativeSealed};
use crate::section_shapes::NativeHashed;
use crate::shapes::{
    NativeCheckProblem, NativeComparison, NativeIngestRequest, NativeIngestResult, NativeList, NativeRestoreRequest,
    NativeRestored, NativeTrained,
};
use crate::task::TaskState;
use crate::text_shapes::NativeTexts;

impl From<Failure> for napi::Error {
    fn from(failure: Failure) -> Self {
        napi::Error::from_reason(failure.to_string())
    }
}

/// Processors that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

/// A handle on a running call: how far it is, and how to stop it.
#[napi]
#[derive(Default)]
pub struct Task {
    state: Arc<TaskState>,
}

#[napi]
impl Task {
    #[napi(constructor)]
    pub fn new() -> Task {
        Task::default()
    }

    #[napi]
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Relaxed);
    }

    /// Files, bytes, new bytes and stored bytes so far.
    #[napi]
    pub fn progress(&self) -> Vec<f64> {
        let state = &self.state;
        [&state.files, &state.bytes, &state.new_bytes, &state.stored_bytes]
            .map(|counter| counter.load(Relaxed) as f64)
            .to_vec()
    }
}

/// Whether huge files on the file system of `path`, a readable file, are read past the page cache.
#[napi]
pub fn reads_uncached(path: String) -> bool {
    disk::reads_uncached(Path::new(&path))
}

#[napi]
pub fn cut(bytes: &[u8], average_log2: u32) -> napi::Result<Vec<u32>> {
    if !(cut::MIN_AVERAGE_LOG2..=cut::MAX_AVERAGE_LOG2).contains(&average_log2) {
        return Err(Failure::new("INTERNAL", Path::new(""), "averageLog2 is not 14 to 20").into());
    }
    Ok(cut::lengths(bytes, average_log2))
}

#[napi]
pub fn hash_of_sections(values: &[u8]) -> Option<String> {
    tree::root_of_bytes(values).map(|id| hash::to_hex(&id))
}

#[napi]
pub fn section_of(path: String, number: u32) -> Option<Buffer> {
    hash_files::section_of(Path::new(&path), u64::from(number)).map(|value| value.to_vec().into())
}

#[napi]
pub fn set_apart(folder: String) {
    disk::set_apart(Path::new(&folder));
}

#[napi]
pub fn release_mapped(path: String) {
    mapped::release_mapped(Path::new(&path));
}

#[napi(ts_return_type = "Promise<NativeIngestResult>")]
pub fn ingest<'env>(
    env: &'env Env,
    task: &Task,
    request: NativeIngestRequest,
    is_known: Option<Function<'_, Buffer, Buffer>>,
) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    let request = request.into_request()?;
    let is_known = is_known.map(|function| is_known_of(&function)).transpose()?;
    in_background(env, move || {
        let result = ingest::ingest(&request, is_known.as_ref(), &state)?;
        Ok(NativeIngestResult::from(result))
    })
}

/// The question goes to JavaScript's thread; the worker that asks waits for the answer.
fn is_known_of(function: &Function<'_, Buffer, Buffer>) -> napi::Result<IsKnown> {
    let question: ThreadsafeFunction<Buffer, Buffer, Buffer, Status, false> =
        function.build_threadsafe_function::<Buffer>().build()?;
    let gone = || Failure::new("CALLBACK", Path::new(""), "the store did not answer which chunks it knows");
    Ok(Box::new(move |ids: &[u8]| {
        let (sender, answer) = mpsc::sync_channel(1);
        let status = question.call_with_return_value(
            Buffer::from(ids.to_vec()),
            ThreadsafeFunctionCallMode::NonBlocking,
            move |result: napi::Result<Buffer>, _env| {
                // The worker may have gone meanwhile, when another one failed.
                let _ = sender.send(result.map(|known| known.to_vec()));
                Ok(())
            },
        );
        if status != Status::Ok {
            return Err(gone());
        }
        answer.recv().ok().and_then(Result::ok).ok_or_else(gone)
    }))
}

#[napi(ts_return_type = "Promise<NativeRestored[]>")]
pub fn restore<'env>(env: &'env Env, task: &Task, request: NativeRestoreRequest) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    let (table, files, workers) = request.into_parts()?;
    in_background(env, move || {
        let restored = restore::restore(&table, &files, workers, &state)?;
        Ok(restored.into_iter().map(NativeRestored::from).collect::<Vec<_>>())
    })
}

#[napi(ts_return_type = "Promise<NativeCheckProblem[]>")]
pub fn check<'env>(
    env: &'env Env,
    task: &Task,
    segments: Vec<String>,
    rows: Buffer,
    numbers: Uint32Array,
    workers: u32,
) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    let table = table::RecordTable::new(segments, rows.to_vec())?;
    let numbers = numbers.to_vec();
    in_background(env, move || {
        let problems = check::check(&table, &numbers, workers as usize, &state)?;
        Ok(problems.into_iter().map(NativeCheckProblem::from).collect::<Vec<_>>())
    })
}

#[napi(ts_return_type = "Promise<(string | null)[]>")]
pub fn check_forms<'env>(env: &'env Env, task: &Task, request: NativeRestoreRequest) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    let (table, files, workers) = request.into_parts()?;
    in_background(env, move || check_forms::check_forms(&table, &files, workers, &state))
}

#[napi(ts_return_type = "Promise<NativeTrained | null>")]
pub fn train_dictionary<'env>(
    env: &'env Env,
    paths: Vec<String>,
    sample_bytes: u32,
    dictionary_bytes: u32,
) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        Ok(dictionary::train(&paths, sample_bytes as usize, dictionary_bytes as usize).map(NativeTrained::from))
    })
}

/// `file_sketch::FEATURES` numbers for each file, all zero for one without a sketch.
#[napi(ts_return_type = "Promise<Uint32Array>")]
pub fn sketch_files<'env>(env: &'env Env, paths: Vec<String>, sizes: Vec<f64>) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let sizes = sizes.into_iter().map(|size| size as u64);
        let files: Vec<_> = paths.into_iter().map(PathBuf::from).zip(sizes).collect();
        let sketches = file_sketch::sketch_files(&files, cores(), &TaskState::default())?;
        let numbers: Vec<u32> = sketches.into_iter().flat_map(Option::unwrap_or_default).collect();
        Ok(Uint32Array::from(numbers))
    })
}

#[napi(ts_return_type = "Promise<NativeTexts>")]
pub fn pack_texts<'env>(
    env: &'env Env,
    paths: Vec<String>,
    is_checked: Vec<bool>,
    largest: f64,
) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let files = paths.into_iter().zip(is_checked);
        let files: Vec<_> = files.map(|(path, is_checked)| texts::TextFile { path: path.into(), is_checked }).collect();
        Ok(NativeTexts::from(texts::pack_texts(&files, largest as u64, cores(), &TaskState::default())?))
    })
}

#[napi(ts_return_type = "Promise<NativeRepackResult>")]
pub fn repack<'env>(env: &'env Env, task: &Task, request: NativeRepackRequest) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    let request = request.into_request()?;
    in_background(env, move || Ok(NativeRepackResult::from(repack::repack(&request, &state)?)))
}

#[napi(ts_return_type = "Promise<NativeHashed[]>")]
pub fn hash_files<'env>(env: &'env Env, task: &Task, paths: Vec<String>) -> napi::Result<Object<'env>> {
    let state = Arc::clone(&task.state);
    in_background(env, move || {
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let hashed = hash_files::hash_files(&paths, cores(), &state)?;
        Ok(hashed.into_iter().map(NativeHashed::from).collect::<Vec<_>>())
    })
}

#[napi(ts_return_type = "Promise<NativeComparison>")]
pub fn compare<'env>(
    env: &'env Env,
    root: String,
    index_path: String,
    skip: Vec<String>,
) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let skip = skip.into_iter().map(String::into_bytes).collect();
        let request = compare::CompareRequest { root: root.into(), index_path: index_path.into(), skip };
        Ok(NativeComparison::from(compare::compare(&request, &TaskState::default())?))
    })
}

#[napi(ts_return_type = "Promise<NativeList>")]
pub fn list<'env>(env: &'env Env, root: String, folders: Vec<String>, skip: Vec<String>) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let skip = skip.into_iter().map(String::into_bytes).collect();
        let found = list::list(Path::new(&root), &folders, &skip, &TaskState::default())?;
        Ok(NativeList::from(found))
    })
}

#[napi(ts_return_type = "Promise<NativeScan>")]
pub fn scan_segment<'env>(
    env: &'env Env,
    path: String,
    from: f64,
    footer: bool,
    payloads: bool,
) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let options = scan::ScanOptions { from: from as u64, footer, payloads };
        Ok(NativeScan::from(scan::scan(Path::new(&path), options)?))
    })
}

#[napi(ts_return_type = "Promise<NativeSealed>")]
pub fn seal_segment<'env>(env: &'env Env, path: String) -> napi::Result<Object<'env>> {
    in_background(env, move || {
        let (path, length) = seal::seal(Path::new(&path))?;
        Ok(NativeSealed { path: path.to_string_lossy().into_owned(), length: length as f64 })
    })
}

/// Runs `work` on a thread of its own and returns a promise of its result.
fn in_background<'env, T>(
    env: &'env Env,
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    let run = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Failure::internal(&*panic)));
        match outcome {
            Ok(value) => deferred.resolve(move |_env| Ok(value)),
            Err(failure) => deferred.reject(failure.into()),
        }
    };
    let started = std::thread::Builder::new().name("forge".into()).spawn(run);
    started.map_err(|error| napi::Error::from(Failure::system(Path::new(""), &error)))?;
    Ok(promise)
}
