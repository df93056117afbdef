//! Owns how a call is watched and stopped from JavaScript while workers run it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::errors::{Failure, Outcome};

/// Counters that workers add to, and the wish to stop that they heed between blocks.
#[derive(Default)]
pub struct TaskState {
    pub cancelled: AtomicBool,
    pub files: AtomicU64,
    pub bytes: AtomicU64,
    pub new_bytes: AtomicU64,
    pub stored_bytes: AtomicU64,
}

impl TaskState {
    pub fn count(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Relaxed);
    }
}

/// What the workers of one call share to stop together.
pub struct Crew<'a> {
    pub task: &'a TaskState,
    failure: Mutex<Option<Failure>>,
    failed: AtomicBool,
}

impl Crew<'_> {
    /// Fails when the caller asked to stop or another worker has failed.
    pub fn check(&self) -> Outcome<()> {
        if self.failed.load(Relaxed) || self.task.cancelled.load(Relaxed) {
            return Err(Failure::aborted());
        }
        Ok(())
    }

    /// Keeps the first failure, which is the cause of those that follow.
    fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap().get_or_insert(failure);
        self.failed.store(true, Relaxed);
    }
}

/// Runs `work` on `workers` threads and collects what they return; the first failure, or a panic, fails the call.
pub fn run_crew<T: Send>(
    task: &TaskState,
    workers: usize,
    work: impl Fn(&Crew) -> Outcome<T> + Sync,
) -> Outcome<Vec<T>> {
    let crew = Crew { task, failure: Mutex::new(None), failed: AtomicBool::new(false) };
    let guarded = || match catch_unwind(AssertUnwindSafe(|| work(&crew))) {
        Ok(Ok(value)) => Some(value),
        Ok(Err(failure)) => {
            crew.fail(failure);
            None
        }
        Err(panic) => {
            crew.fail(Failure::internal(&*panic));
            None
        }
    };
    let results: Vec<Option<T>> = std::thread::scope(|scope| {
        // A thread that cannot be started leaves its work to the others; the calling thread is always one of them.
        let start = || std::thread::Builder::new().name("forge worker".into()).spawn_scoped(scope, guarded).ok();
        let helpers: Vec<_> = (1..workers).filter_map(|_| start()).collect();
        let own = guarded();
        let others = helpers.into_iter().map(|helper| helper.join().unwrap_or(None));
        std::iter::once(own).chain(others).collect()
    });
    if let Some(failure) = crew.failure.into_inner().unwrap() {
        return Err(failure);
    }
    results.into_iter().collect::<Option<Vec<T>>>().ok_or_else(Failure::aborted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_workers_return_or_the_first_failure_does() {
        let task = TaskState::default();
        assert_eq!(run_crew(&task, 3, |_| Ok(7)), Ok(vec![7; 3]));
        let failure = run_crew::<()>(&task, 2, |_| panic!("broken")).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("INTERNAL", "broken"));
        task.cancelled.store(true, Relaxed);
        assert_eq!(run_crew(&task, 1, |crew| crew.check()).unwrap_err().code, "ABORTED");
    }
}
