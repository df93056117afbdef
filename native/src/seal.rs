//! Owns sealing: an open segment gets its footer and the name of its content.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::scan::{ScanOptions, has_record_between, scan};
use crate::segment::encode_footer;

const STEP: usize = 256 << 10;

/// Writes the footer, syncs, and renames to `<blake3>.seg` in the same folder. Sealing what already has its footer only renames.
/// A torn tail is dropped; records behind damaged bytes are not: then the segment is corrupt and left alone.
pub fn seal(path: &Path) -> Outcome<(PathBuf, u64)> {
    let system = |error| Failure::system(path, &error);
    let found = scan(path, ScanOptions { from: 0, footer: false, payloads: true })?;
    let whole = found.valid_length == found.file_length;
    if !whole && (found.sealed || has_record_between(path, found.valid_length, found.file_length)?) {
        return Err(Failure::corrupt(path, format!("the segment is damaged at byte {}", found.valid_length)));
    }
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(system)?;
    if !found.sealed {
        let footer = encode_footer(found.entries, found.valid_length);
        disk::write_at(&file, &footer, found.valid_length).map_err(system)?;
        file.set_len(found.valid_length + footer.len() as u64).map_err(system)?;
    }
    file.sync_all().map_err(system)?;
    let (name, length) = content_name(&file).map_err(system)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let target = folder.join(name);
    std::fs::rename(path, &target).map_err(system)?;
    disk::sync_folder(folder).map_err(system)?;
    Ok((target, length))
}

fn content_name(mut file: &File) -> io::Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; STEP];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => drop(hasher.update(&buffer[..count])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((format!("{}.seg", hasher.finalize().to_hex()), hasher.count()))
}
