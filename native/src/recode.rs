//! Owns recoding on the way in: a container's plain form and recipe take its place in the chunks.

use std::fs::File;
use std::io;

use crate::disk;
use crate::gate::Share;
use crate::hash::{Id, hash};

/// Above this length a plain form may be cut into larger chunks.
pub const LONG: u64 = 4 << 20;

/// What is cut instead of the file's own bytes, when that is not simply read.
pub struct Recoded {
    pub bytes: Vec<u8>,
    /// Of the file itself.
    pub id: Id,
    /// Length of the recipe at the end of `bytes`; without one they are the file.
    pub recipe: Option<u32>,
    _share: Share,
}

/// Whether a file of `size` bytes may be recoded.
pub fn fits(size: u64) -> bool {
    size <= forge_recipe::MAX_FILE as u64
}

/// Reads the whole file and looks for streams to inflate. A file that has become shorter is an error of kind `UnexpectedEof`.
pub fn recode(file: &File, size: u64) -> io::Result<Recoded> {
    let size = size as usize;
    let share = Share::take(size + forge_recipe::most_plain(size));
    let mut bytes = vec![0; size];
    if disk::read_at(file, &mut bytes, 0)? < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let id = hash(&bytes);
    let Some(form) = forge_recipe::expand(&bytes) else {
        return Ok(Recoded { bytes, id, recipe: None, _share: share });
    };
    Ok(Recoded { bytes: form.bytes, id, recipe: Some(form.recipe as u32), _share: share })
}
