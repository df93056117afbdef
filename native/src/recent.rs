//! Owns what is remembered of segments that this process has just written, so that sealing one need not read it again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use crate::stat::Stat;

/// More than this is not remembered: entries of one segment, and segments.
const MOST_ENTRY_BYTES: usize = 4 << 20;
const MOST_SEGMENTS: usize = 64;

static RECENT: LazyLock<Mutex<HashMap<PathBuf, (Stat, Content)>>> = LazyLock::new(Mutex::default);

/// A whole segment, from its first byte.
pub struct Content {
    pub length: u64,
    /// Of all its bytes.
    pub hasher: blake3::Hasher,
    /// All its records, encoded one after another.
    pub entries: Vec<u8>,
}

/// `stat` is that of the file with this content.
pub fn remember(path: &Path, stat: Stat, content: Content) {
    let mut recent = RECENT.lock().unwrap();
    if content.entries.len() <= MOST_ENTRY_BYTES && recent.len() < MOST_SEGMENTS {
        recent.insert(path.to_path_buf(), (stat, content));
    }
}

/// Takes out what is known of the file, unless somebody has written to it since.
pub fn take(path: &Path, stat: &Stat) -> Option<Content> {
    let (then, content) = RECENT.lock().unwrap().remove(path)?;
    (then.is_unchanged(stat) && content.length == stat.size).then_some(content)
}
