//! Owns zstd dictionaries: trained from files of one kind, prepared once for all workers of a call.

use std::path::PathBuf;

use zstd_safe::{CDict, zstd_sys};

use crate::disk;
use crate::hash::{Id, hash};

/// Fewer samples teach nothing that would be true of the next file.
const LEAST_SAMPLES: usize = 16;
/// Without a NUL among so many first bytes a file may well be a text, which is not stored here.
const HEAD: usize = 8000;

/// Small records of one kind have most of their patterns in common, which each of them alone is too short to show.
pub struct Dictionary {
    pub id: Id,
    pub bytes: Vec<u8>,
    /// Whether the store has it already.
    pub is_stored: bool,
    pub prepared: CDict<'static>,
}

impl Dictionary {
    pub fn new(bytes: Vec<u8>, is_stored: bool, level: i32) -> Dictionary {
        Dictionary { id: hash(&bytes), prepared: CDict::create(&bytes, level), bytes, is_stored }
    }
}

/// A dictionary of at most `capacity` bytes, trained from up to `sample` bytes at the start of each file. `None` when the files are too
/// few, cannot be read, or have nothing in common.
pub fn train(paths: &[PathBuf], sample: usize, capacity: usize) -> Option<Vec<u8>> {
    let mut samples = Vec::new();
    let mut sizes = Vec::new();
    for path in paths {
        let start = samples.len();
        samples.resize(start + sample, 0);
        let count =
            disk::open_to_read(path).and_then(|file| disk::read_at(&file, &mut samples[start..], 0)).unwrap_or(0);
        let is_binary = memchr::memchr(0, &samples[start..start + count.min(HEAD)]).is_some();
        samples.truncate(start + if is_binary { count } else { 0 });
        if is_binary {
            sizes.push(count);
        }
    }
    if sizes.len() < LEAST_SAMPLES { None } else { cover(&samples, &sizes, capacity) }
}

/// One pass of the fastCover algorithm (zdict.h). Trying several parameters, as `ZDICT_trainFromBuffer` does, takes five times as long for
/// a dictionary that is hardly better.
fn cover(samples: &[u8], sizes: &[usize], capacity: usize) -> Option<Vec<u8>> {
    let parameters = zstd_sys::ZDICT_fastCover_params_t {
        k: 2048,
        d: 8,
        f: 19,
        steps: 0,
        nbThreads: 0,
        splitPoint: 1.0,
        accel: 4,
        shrinkDict: 0,
        shrinkDictMaxRegression: 0,
        zParams: zstd_sys::ZDICT_params_t { compressionLevel: 0, notificationLevel: 0, dictID: 0 },
    };
    let mut dictionary = vec![0u8; capacity];
    // SAFETY: each pointer comes with the length of what it points to, and `sizes` add up to the length of `samples`.
    let length = unsafe {
        zstd_sys::ZDICT_trainFromBuffer_fastCover(
            dictionary.as_mut_ptr().cast(),
            capacity,
            samples.as_ptr().cast(),
            sizes.as_ptr(),
            u32::try_from(sizes.len()).ok()?,
            parameters,
        )
    };
    // SAFETY: a plain function of a number.
    let failed = unsafe { zstd_sys::ZDICT_isError(length) } != 0;
    dictionary.truncate(if failed { 0 } else { length });
    (!dictionary.is_empty()).then_some(dictionary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_binary_files_have_in_common_and_nothing_from_texts() {
        let folder = std::env::temp_dir().join(format!("forge-dictionary-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: String, head: &str| {
            let body: Vec<String> = (0..200).map(|i| format!("vertex {} normal;", i * name.len())).collect();
            let path = folder.join(name);
            std::fs::write(&path, format!("{head}{}", body.concat())).unwrap();
            path
        };
        let binary: Vec<PathBuf> = (0..40).map(|i| write(format!("{i:0>w$}.bin", w = i + 1), "mesh\0")).collect();
        let texts: Vec<PathBuf> = (0..40).map(|i| write(format!("{i}.txt"), "mesh ")).collect();
        let dictionary = train(&binary, 4096, 8192).unwrap();
        assert!(dictionary.len() <= 8192 && dictionary.starts_with(&[0x37, 0xa4, 0x30, 0xec]));
        assert_eq!(train(&texts, 4096, 8192), None);
        assert_eq!(train(&binary[..4], 4096, 8192), None);
        assert_eq!(train(&[folder.join("missing")], 4096, 8192), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
