//! Owns sealing: an open segment gets its footer and the name of its content.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::errors::{Failure, Outcome};
use crate::recent::{self, Content};
use crate::record::decode_entries;
use crate::scan::{ScanOptions, has_record_between, scan};
use crate::segment::encode_footer;
use crate::stat::Stat;

const STEP: usize = 256 << 10;

/// Writes the footer, syncs, and renames to `<blake3>.seg` in the same folder. Sealing what already has its footer only renames.
/// A torn tail is dropped; records behind damaged bytes are not: then the segment is corrupt and left alone.
pub fn seal(path: &Path) -> Outcome<(PathBuf, u64)> {
    let system = |error| Failure::system(path, &error);
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(system)?;
    let stat = Stat::of_file(&file).map_err(system)?;
    let (name, length) = match recent::take(path, &stat) {
        Some(content) => complete_known(&file, content, path)?,
        None => complete_unknown(&file, path)?,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let target = folder.join(name);
    std::fs::rename(path, &target).map_err(system)?;
    disk::sync_folder(folder).map_err(system)?;
    Ok((target, length))
}

/// Writes the footer of a segment that this process has written. Returns the name and length that it gets.
fn complete_known(file: &File, mut content: Content, path: &Path) -> Outcome<(String, u64)> {
    let entries = decode_entries(&content.entries).ok_or_else(|| Failure::corrupt(path, "entries are torn"))?;
    let footer = encode_footer(entries, content.length);
    disk::write_at(file, &footer, content.length)
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::system(path, &error))?;
    content.hasher.update(&footer);
    Ok((name_of(&content.hasher), content.length + footer.len() as u64))
}

/// The same for any segment: its records are read and checked.
fn complete_unknown(file: &File, path: &Path) -> Outcome<(String, u64)> {
    let system = |error| Failure::system(path, &error);
    let found = scan(path, ScanOptions { from: 0, footer: false, payloads: true })?;
    let whole = found.valid_length == found.file_length;
    if !whole && (found.sealed || has_record_between(path, found.valid_length, found.file_length)?) {
        return Err(Failure::corrupt(path, format!("the segment is damaged at byte {}", found.valid_length)));
    }
    if !found.sealed {
        let footer = encode_footer(found.entries, found.valid_length);
        disk::write_at(file, &footer, found.valid_length).map_err(system)?;
        file.set_len(found.valid_length + footer.len() as u64).map_err(system)?;
    }
    file.sync_all().map_err(system)?;
    let hasher = hash_all(file).map_err(system)?;
    Ok((name_of(&hasher), hasher.count()))
}

fn name_of(hasher: &blake3::Hasher) -> String {
    format!("{}.seg", hasher.finalize().to_hex())
}

fn hash_all(mut file: &File) -> io::Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; STEP];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher),
            Ok(count) => {
                hasher.update(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
