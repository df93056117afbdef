//! Owns the walk of a comparison: each folder's names are merged with the stretch of the index that lies below it.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::errors::{Failure, Outcome, system_code};
use crate::folder::{Folder, Listing, NamePlace, Names, Problem, Skip, display, read_names};
use crate::git_index::{GITLINK, GitIndex, IndexEntry, SYMLINK};
use crate::list::folder_code;
use crate::stat::{FileType, Stat};
use crate::task::Crew;

/// Entries of one folder that a thread looks at before it takes other work.
const SHARE: usize = 512;
const PATIENCE: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Stat = 0,
    Racy = 1,
    Type = 2,
    Missing = 3,
    IntentToAdd = 4,
    Conflict = 5,
}

pub struct Change {
    /// Number of the entry in the index.
    pub entry: usize,
    pub state: State,
    /// Absent when nothing is there.
    pub stat: Option<Stat>,
}

#[derive(Default)]
pub struct Findings {
    pub changed: Vec<Change>,
    pub untracked: Listing,
    pub problems: Vec<Problem>,
}

impl Findings {
    pub fn append(&mut self, mut other: Findings) {
        self.changed.append(&mut other.changed);
        self.untracked.append(other.untracked);
        self.problems.append(&mut other.problems);
    }
}

enum Job {
    /// A folder whose tracked entries are those of the range.
    Enter { parent: Arc<Folder>, prefix: Vec<u8>, entries: Range<usize> },
    /// A share of the names of a folder.
    Look { view: Arc<View>, share: Range<usize> },
}

/// An open folder, and everything that is there or should be.
struct View {
    folder: Arc<Folder>,
    /// Path with a slash at the end; empty for the root.
    prefix: Vec<u8>,
    names: Names,
    items: Vec<Item>,
}

/// A name in a folder or in the index.
struct Item {
    /// Absent when only the index has it.
    place: Option<NamePlace>,
    /// Entries with this very path; several for the sides of a conflict.
    files: Range<usize>,
    /// Entries below a folder of this name.
    below: Range<usize>,
}

struct Queue {
    jobs: Vec<Job>,
    /// Jobs that wait or are being done.
    unfinished: usize,
}

pub struct Walk<'a> {
    index: &'a GitIndex,
    skip: &'a Skip,
    /// When the index was written, in seconds and nanoseconds.
    written: (i64, u32),
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl<'a> Walk<'a> {
    pub fn new(index: &'a GitIndex, skip: &'a Skip, written: (i64, u32), root: Folder) -> Walk<'a> {
        let first = Job::Enter { parent: Arc::new(root), prefix: Vec::new(), entries: 0..index.len() };
        let queue = Mutex::new(Queue { jobs: vec![first], unfinished: 1 });
        Walk { index, skip, written, queue, changed: Condvar::new() }
    }

    /// Takes part in the walk until all of it is done.
    pub fn work(&self, crew: &Crew) -> Outcome<Findings> {
        let mut findings = Findings::default();
        while let Some(job) = self.next_job(crew)? {
            match job {
                Job::Enter { parent, prefix, entries } => self.enter(&parent, prefix, entries, &mut findings)?,
                Job::Look { view, share } => self.look(&view, share, &mut findings),
            }
            let mut queue = self.queue.lock().unwrap();
            queue.unfinished -= 1;
            if queue.unfinished == 0 {
                self.changed.notify_all();
            }
        }
        Ok(findings)
    }

    fn next_job(&self, crew: &Crew) -> Outcome<Option<Job>> {
        let mut queue = self.queue.lock().unwrap();
        loop {
            crew.check()?;
            if let Some(job) = queue.jobs.pop() {
                return Ok(Some(job));
            }
            if queue.unfinished == 0 {
                return Ok(None);
            }
            queue = self.changed.wait_timeout(queue, PATIENCE).unwrap().0;
        }
    }

    fn add_job(&self, job: Job) {
        let mut queue = self.queue.lock().unwrap();
        queue.jobs.push(job);
        queue.unfinished += 1;
        self.changed.notify_one();
    }

    fn enter(&self, parent: &Folder, prefix: Vec<u8>, entries: Range<usize>, findings: &mut Findings) -> Outcome<()> {
        let is_root = prefix.is_empty();
        let opened = parent.open_child(last_name(&prefix));
        let read = opened.and_then(|folder| {
            read_names(&folder, &prefix, self.skip, &mut findings.problems).map(|names| (folder, names))
        });
        match read {
            Ok((folder, names)) => {
                let view = self.view(Arc::new(folder), prefix, names, entries);
                let count = view.items.len();
                if count <= 2 * SHARE {
                    self.look(&view, 0..count, findings);
                } else {
                    let view = Arc::new(view);
                    for start in (0..count).step_by(SHARE) {
                        self.add_job(Job::Look { view: Arc::clone(&view), share: start..count.min(start + SHARE) });
                    }
                }
            }
            Err(error) if is_root => return Err(Failure::system(Path::new("."), &error)),
            Err(error) => match folder_code(&error) {
                "ENOENT" | "ENOTDIR" => self.missing(entries, findings),
                code => findings.problems.push(Problem { path: display(&prefix[..prefix.len() - 1], b""), code }),
            },
        }
        Ok(())
    }

    /// Merges what is in the folder with what the index says.
    fn view(&self, folder: Arc<Folder>, prefix: Vec<u8>, mut names: Names, entries: Range<usize>) -> View {
        let tracked = self.children(prefix.len(), entries);
        let mut items = Vec::with_capacity(tracked.len());
        let mut tracked = tracked.into_iter().peekable();
        for place in names.sorted() {
            let name = names.get(place);
            while let Some(child) = tracked.next_if(|child| child.name < name) {
                items.push(Item { place: None, files: child.files, below: child.below });
            }
            let (files, below) =
                tracked.next_if(|child| child.name == name).map_or((0..0, 0..0), |child| (child.files, child.below));
            items.push(Item { place: Some(place), files, below });
        }
        items.extend(tracked.map(|child| Item { place: None, files: child.files, below: child.below }));
        View { folder, prefix, names, items }
    }

    /// The names right below a folder that the index knows, sorted by their bytes.
    fn children(&self, prefix_length: usize, entries: Range<usize>) -> Vec<Child<'a>> {
        let mut children: Vec<Child> = Vec::new();
        let mut at = entries.start;
        while at < entries.end {
            let name = &self.index.entry(at).path[prefix_length..];
            let (name, child) = match memchr::memchr(b'/', name) {
                None => (name, Child { name, files: at..at + 1, below: 0..0 }),
                Some(slash) => {
                    let below = at..self.end_of_folder(at, entries.end, prefix_length + slash + 1);
                    (&name[..slash], Child { name: &name[..slash], files: 0..0, below })
                }
            };
            at = child.files.end.max(child.below.end);
            match children.last_mut().filter(|last| last.name == name && !child.files.is_empty()) {
                Some(last) => last.files.end = child.files.end,
                None => children.push(child),
            }
        }
        // The index sorts a folder as if its name ended in a slash.
        children.sort_by(|a, b| a.name.cmp(b.name));
        children.dedup_by(|next, kept| {
            let same = next.name == kept.name;
            if same {
                // A file and a folder of one name: sides of a conflict.
                let (files, below) = (next.files.clone(), next.below.clone());
                kept.files = if kept.files.is_empty() { files } else { kept.files.clone() };
                kept.below = if kept.below.is_empty() { below } else { kept.below.clone() };
            }
            same
        });
        children
    }

    /// The first entry after `start` that does not share its first `length` bytes: found in steps that double.
    fn end_of_folder(&self, start: usize, limit: usize, length: usize) -> usize {
        let prefix = &self.index.entry(start).path[..length];
        let is_below = |number: usize| self.index.entry(number).path.starts_with(prefix);
        let mut step = 1;
        let mut low = start;
        while low + step < limit && is_below(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = limit.min(low + step);
        while low + 1 < high {
            let middle = low.midpoint(high);
            if is_below(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    fn look(&self, view: &View, share: Range<usize>, findings: &mut Findings) {
        for item in &view.items[share] {
            match item.place {
                Some(place) => self.look_at(view, item, place, findings),
                None => self.missing_item(item, findings),
            }
        }
    }

    fn look_at(&self, view: &View, item: &Item, place: NamePlace, findings: &mut Findings) {
        let name = view.names.get(place);
        let tracked_below = !item.below.is_empty();
        let is_plain_folder = tracked_below && item.files.is_empty() && place.file_type == Some(FileType::Directory);
        if is_plain_folder {
            self.add_folder(view, name, item.below.clone());
            return;
        }
        let stat = match view.folder.stat(name) {
            Ok(stat) => stat,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.missing_item(item, findings),
            Err(error) => {
                findings.problems.push(Problem { path: display(&view.prefix, name), code: system_code(&error) });
                return;
            }
        };
        let file_type = stat.file_type();
        let is_folder = file_type == FileType::Directory;
        let is_entered = tracked_below && is_folder;
        if is_entered {
            self.add_folder(view, name, item.below.clone());
        } else {
            self.missing(item.below.clone(), findings);
        }
        let mut is_known = is_entered;
        for number in item.files.clone() {
            let entry = self.index.entry(number);
            is_known |= !is_folder || entry.mode() == GITLINK;
            if let Some(state) = self.state(&entry, &stat) {
                findings.changed.push(Change { entry: number, state, stat: Some(stat) });
            }
        }
        if !is_known && file_type != FileType::Other {
            findings.untracked.push(&view.prefix, name, &stat);
        }
    }

    fn add_folder(&self, view: &View, name: &[u8], entries: Range<usize>) {
        let prefix = [&view.prefix, name, b"/"].concat();
        self.add_job(Job::Enter { parent: Arc::clone(&view.folder), prefix, entries });
    }

    fn missing_item(&self, item: &Item, findings: &mut Findings) {
        self.missing(item.files.clone(), findings);
        self.missing(item.below.clone(), findings);
    }

    fn missing(&self, entries: Range<usize>, findings: &mut Findings) {
        for number in entries {
            let entry = self.index.entry(number);
            if !entry.is_exempt() {
                let state = flagged(&entry).unwrap_or(State::Missing);
                findings.changed.push(Change { entry: number, state, stat: None });
            }
        }
    }

    fn state(&self, entry: &IndexEntry, stat: &Stat) -> Option<State> {
        if entry.is_exempt() {
            return None;
        }
        let wanted = match entry.mode() {
            GITLINK => FileType::Directory,
            SYMLINK => FileType::Symlink,
            _ => FileType::File,
        };
        if let Some(state) = flagged(entry) {
            Some(state)
        } else if stat.file_type() != wanted {
            Some(State::Type)
        } else if entry.mode() == GITLINK {
            None
        } else if !entry.has_stat(stat) {
            Some(State::Stat)
        } else {
            // It may have been modified after its stat was taken, within one tick of the clock.
            ((stat.mtime, stat.mtime_nsec) >= self.written).then_some(State::Racy)
        }
    }
}

/// A name right below a folder, in the index.
struct Child<'a> {
    name: &'a [u8],
    files: Range<usize>,
    below: Range<usize>,
}

fn flagged(entry: &IndexEntry) -> Option<State> {
    if entry.stage() > 0 {
        return Some(State::Conflict);
    }
    entry.is_intent_to_add().then_some(State::IntentToAdd)
}

/// The name of the folder with this prefix, in the folder that holds it.
fn last_name(prefix: &[u8]) -> &[u8] {
    let Some(path) = prefix.strip_suffix(b"/") else { return b"." };
    &path[memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)..]
}
