//! Owns the stat of a file in the ten fields that a Git index keeps.

use std::fs::File;
use std::io;
use std::path::Path;

pub const FIELDS: usize = 10;

const TYPE_MASK: u32 = 0o170000;
const REGULAR: u32 = 0o100000;
const DIRECTORY: u32 = 0o040000;
const SYMLINK: u32 = 0o120000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    File = 1,
    Directory = 2,
    Symlink = 3,
    Other = 4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stat {
    pub ctime: i64,
    pub ctime_nsec: u32,
    pub mtime: i64,
    pub mtime_nsec: u32,
    /// Truncated, like ino, to what an index holds.
    pub dev: u32,
    pub ino: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// In bytes, not truncated.
    pub size: u64,
}

impl Stat {
    pub fn of_file(file: &File) -> io::Result<Stat> {
        Ok(Stat::from_metadata(&file.metadata()?))
    }

    /// Of what is at the path itself: links are not followed.
    pub fn of_path(path: &Path) -> io::Result<Stat> {
        Ok(Stat::from_metadata(&std::fs::symlink_metadata(path)?))
    }

    #[cfg(unix)]
    fn from_metadata(data: &std::fs::Metadata) -> Stat {
        use std::os::unix::fs::MetadataExt;
        Stat {
            ctime: data.ctime(),
            ctime_nsec: data.ctime_nsec() as u32,
            mtime: data.mtime(),
            mtime_nsec: data.mtime_nsec() as u32,
            dev: data.dev() as u32,
            ino: data.ino() as u32,
            mode: data.mode(),
            uid: data.uid(),
            gid: data.gid(),
            size: data.size(),
        }
    }

    /// Windows knows no owner, inode or change time here: those fields are 0, as Git for Windows leaves them.
    #[cfg(not(unix))]
    pub fn from_metadata(data: &std::fs::Metadata) -> Stat {
        let kind = data.file_type();
        let mode = if kind.is_symlink() {
            SYMLINK
        } else if kind.is_dir() {
            DIRECTORY
        } else {
            REGULAR | 0o644
        };
        let since = |time: io::Result<std::time::SystemTime>| {
            time.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default()
        };
        let (created, modified) = (since(data.created()), since(data.modified()));
        Stat {
            ctime: created.as_secs() as i64,
            ctime_nsec: created.subsec_nanos(),
            mtime: modified.as_secs() as i64,
            mtime_nsec: modified.subsec_nanos(),
            mode,
            size: data.len(),
            ..Stat::default()
        }
    }

    pub fn file_type(&self) -> FileType {
        match self.mode & TYPE_MASK {
            REGULAR => FileType::File,
            DIRECTORY => FileType::Directory,
            SYMLINK => FileType::Symlink,
            _ => FileType::Other,
        }
    }

    /// Whether a file that had this stat before an operation and `after` after it was left alone meanwhile.
    pub fn is_unchanged(&self, after: &Stat) -> bool {
        let key = |stat: &Stat| (stat.size, stat.mtime, stat.mtime_nsec, stat.ctime, stat.ctime_nsec, stat.ino);
        key(self) == key(after)
    }

    /// The order of `StatTuple` in core/dataplane/dataPlane.ts.
    pub fn to_fields(self) -> [f64; FIELDS] {
        [
            self.ctime as f64,
            f64::from(self.ctime_nsec),
            self.mtime as f64,
            f64::from(self.mtime_nsec),
            f64::from(self.dev),
            f64::from(self.ino),
            f64::from(self.mode),
            f64::from(self.uid),
            f64::from(self.gid),
            self.size as f64,
        ]
    }

    pub fn from_fields(fields: &[f64]) -> Stat {
        Stat {
            ctime: fields[0] as i64,
            ctime_nsec: fields[1] as u32,
            mtime: fields[2] as i64,
            mtime_nsec: fields[3] as u32,
            dev: fields[4] as u32,
            ino: fields[5] as u32,
            mode: fields[6] as u32,
            uid: fields[7] as u32,
            gid: fields[8] as u32,
            size: fields[9] as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_both_ways() {
        let stat = Stat::of_path(Path::new("Cargo.toml")).unwrap();
        assert_eq!(stat.file_type(), FileType::File);
        assert_eq!(Stat::from_fields(&stat.to_fields()), stat);
        assert_eq!(Stat::of_path(Path::new("src")).unwrap().file_type(), FileType::Directory);
    }
}
