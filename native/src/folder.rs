//! Owns reading folders: names, and the stat of what they name, never following links.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::stat::{FileType, Stat};

#[cfg(unix)]
pub use unix::Folder;
#[cfg(not(unix))]
pub use windows::Folder;

/// Names of one folder in one piece of memory.
#[derive(Default)]
pub struct Names {
    bytes: Vec<u8>,
    places: Vec<NamePlace>,
}

#[derive(Clone, Copy)]
pub struct NamePlace {
    at: u32,
    length: u32,
    /// Unknown on file systems that do not say.
    pub file_type: Option<FileType>,
}

impl Names {
    fn push(&mut self, name: &[u8], file_type: Option<FileType>) {
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name);
        self.places.push(NamePlace { at, length: name.len() as u32, file_type });
    }

    pub fn get(&self, place: NamePlace) -> &[u8] {
        &self.bytes[place.at as usize..(place.at + place.length) as usize]
    }

    /// Takes the places out, sorted by the bytes of the names.
    pub fn sorted(&mut self) -> Vec<NamePlace> {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|&a, &b| self.get(a).cmp(self.get(b)));
        places
    }
}

/// Names that are never looked at.
pub type Skip = HashSet<Vec<u8>>;

/// A path that could not be used, and why.
pub struct Problem {
    pub path: String,
    pub code: &'static str,
}

/// Entries in parallel lists, as core wants them: paths each ended by a NUL.
#[derive(Default)]
pub struct Listing {
    pub paths: Vec<u8>,
    pub types: Vec<u8>,
    pub stats: Vec<f64>,
}

impl Listing {
    pub fn push(&mut self, prefix: &[u8], name: &[u8], stat: &Stat) {
        self.paths.extend_from_slice(prefix);
        self.paths.extend_from_slice(name);
        self.paths.push(0);
        self.types.push(stat.file_type() as u8);
        self.stats.extend_from_slice(&stat.to_fields());
    }

    pub fn append(&mut self, mut other: Listing) {
        self.paths.append(&mut other.paths);
        self.types.append(&mut other.types);
        self.stats.append(&mut other.stats);
    }
}

/// A name as a path relative to the root; what is not UTF-8 is replaced, for messages only.
pub fn display(prefix: &[u8], name: &[u8]) -> String {
    String::from_utf8_lossy(&[prefix, name].concat()).into_owned()
}

/// Reads the names in `folder` that can be used; `prefix` is its path with a slash, or nothing for the root.
pub fn read_names(folder: &Folder, prefix: &[u8], skip: &Skip, problems: &mut Vec<Problem>) -> io::Result<Names> {
    let mut names = Names::default();
    folder.for_each(|name, file_type| {
        if skip.contains(name) {
            return;
        }
        if std::str::from_utf8(name).is_err() {
            problems.push(Problem { path: display(prefix, name), code: "INVALID_NAME" });
            return;
        }
        names.push(name, file_type);
    })?;
    Ok(names)
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::{CStr, CString};
    use std::os::unix::ffi::OsStrExt;

    /// An open folder. Only whoever opened it reads its names, once; any thread may ask for stats.
    pub struct Folder {
        stream: *mut libc::DIR,
    }

    // SAFETY: `for_each`, the only user of the stream's state, is called once, by the thread that opened the folder and before it
    // is shared; the others only use its descriptor, which the system guards itself.
    unsafe impl Send for Folder {}
    unsafe impl Sync for Folder {}

    impl Folder {
        pub fn open(path: &Path) -> io::Result<Folder> {
            Folder::open_at(libc::AT_FDCWD, path.as_os_str().as_bytes(), 0)
        }

        /// A path relative to this folder. What its last name stands for must be a folder, not a link to one.
        pub fn open_child(&self, path: &[u8]) -> io::Result<Folder> {
            Folder::open_at(self.descriptor(), path, libc::O_NOFOLLOW)
        }

        fn open_at(at: libc::c_int, path: &[u8], flags: libc::c_int) -> io::Result<Folder> {
            let path = CString::new(path)?;
            let flags = flags | libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
            // SAFETY: the path is NUL-terminated and outlives the call.
            let descriptor = unsafe { libc::openat(at, path.as_ptr(), flags) };
            if descriptor < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is open and nobody else's; the stream takes it over, or it is closed here.
            let stream = unsafe { libc::fdopendir(descriptor) };
            if stream.is_null() {
                let error = io::Error::last_os_error();
                unsafe { libc::close(descriptor) };
                return Err(error);
            }
            Ok(Folder { stream })
        }

        fn descriptor(&self) -> libc::c_int {
            // SAFETY: the stream is open as long as `self` lives.
            unsafe { libc::dirfd(self.stream) }
        }

        pub fn for_each(&self, mut use_name: impl FnMut(&[u8], Option<FileType>)) -> io::Result<()> {
            loop {
                set_errno(0);
                // SAFETY: see above; the entry is valid until the next call.
                let entry = unsafe { libc::readdir(self.stream) };
                if entry.is_null() {
                    let error = io::Error::last_os_error();
                    return if error.raw_os_error() == Some(0) { Ok(()) } else { Err(error) };
                }
                // SAFETY: the system ends names with a NUL within the entry.
                let (name, kind) = unsafe { (CStr::from_ptr((*entry).d_name.as_ptr()).to_bytes(), (*entry).d_type) };
                if name != b"." && name != b".." {
                    use_name(name, file_type(kind));
                }
            }
        }

        pub fn stat(&self, name: &[u8]) -> io::Result<Stat> {
            // Names are short: no need for the heap.
            let mut buffer = [0u8; 256];
            let mut data = std::mem::MaybeUninit::<libc::stat>::uninit();
            let result = if name.len() < buffer.len() {
                buffer[..name.len()].copy_from_slice(name);
                // SAFETY: `buffer` ends in a NUL, `data` has room for the answer.
                unsafe {
                    libc::fstatat(
                        self.descriptor(),
                        buffer.as_ptr().cast(),
                        data.as_mut_ptr(),
                        libc::AT_SYMLINK_NOFOLLOW,
                    )
                }
            } else {
                let name = CString::new(name)?;
                // SAFETY: as above.
                unsafe { libc::fstatat(self.descriptor(), name.as_ptr(), data.as_mut_ptr(), libc::AT_SYMLINK_NOFOLLOW) }
            };
            if result != 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the call succeeded, so it filled the structure.
            Ok(from_libc(unsafe { data.assume_init_ref() }))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // SAFETY: opened by `open_at`, closed once.
            unsafe { libc::closedir(self.stream) };
        }
    }

    #[allow(clippy::unnecessary_cast)] // The fields' types differ between systems.
    fn from_libc(data: &libc::stat) -> Stat {
        Stat {
            ctime: data.st_ctime as i64,
            ctime_nsec: data.st_ctime_nsec as u32,
            mtime: data.st_mtime as i64,
            mtime_nsec: data.st_mtime_nsec as u32,
            dev: data.st_dev as u32,
            ino: data.st_ino as u32,
            mode: data.st_mode as u32,
            uid: data.st_uid,
            gid: data.st_gid,
            size: data.st_size as u64,
        }
    }

    fn file_type(kind: u8) -> Option<FileType> {
        match kind {
            libc::DT_REG => Some(FileType::File),
            libc::DT_DIR => Some(FileType::Directory),
            libc::DT_LNK => Some(FileType::Symlink),
            libc::DT_UNKNOWN => None,
            _ => Some(FileType::Other),
        }
    }

    fn set_errno(value: libc::c_int) {
        // SAFETY: the address is that of this thread's own variable.
        #[cfg(any(target_os = "linux", target_os = "emscripten"))]
        unsafe {
            *libc::__errno_location() = value;
        }
        #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
        unsafe {
            *libc::__error() = value;
        }
        #[cfg(target_os = "android")]
        unsafe {
            *libc::__errno() = value;
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use super::*;
    use std::path::PathBuf;

    /// A folder by its path.
    pub struct Folder {
        path: PathBuf,
    }

    impl Folder {
        pub fn open(path: &Path) -> io::Result<Folder> {
            if !std::fs::metadata(path)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Ok(Folder { path: path.to_path_buf() })
        }

        pub fn open_child(&self, path: &[u8]) -> io::Result<Folder> {
            let path = self.path.join(&*String::from_utf8_lossy(path));
            if !std::fs::symlink_metadata(&path)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Ok(Folder { path })
        }

        pub fn for_each(&self, mut use_name: impl FnMut(&[u8], Option<FileType>)) -> io::Result<()> {
            for entry in std::fs::read_dir(&self.path)? {
                let name = entry?.file_name();
                match name.to_str() {
                    Some(name) => use_name(name.as_bytes(), None),
                    None => use_name(name.as_encoded_bytes(), None),
                }
            }
            Ok(())
        }

        pub fn stat(&self, name: &[u8]) -> io::Result<Stat> {
            Stat::of_path(&self.path.join(&*String::from_utf8_lossy(name)))
        }
    }
}
