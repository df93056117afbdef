//! Owns the file operations that differ between systems: positional reads and writes, early write-back, safe opens and renames.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Of preadv2 and pwritev2, since Linux 6.14: what was not in the page cache does not stay there.
#[cfg(target_os = "linux")]
const RWF_DONTCACHE: libc::c_int = 0x80;

/// Opens a file to read it; fails on a symlink, and never blocks on a pipe.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
    }
    options.open(path)
}

/// Creates a file that must not exist yet, readable and writable by its owner alone.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
    }
    options.open(path)
}

/// Creates a file without a name, readable and writable by its owner alone, where files of `folder` would be. `None` where the system
/// or the file system cannot, or could not name it later.
#[cfg(target_os = "linux")]
pub fn create_unnamed(folder: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    use std::sync::LazyLock;
    static CAN_BE_NAMED: LazyLock<bool> = LazyLock::new(|| Path::new(DESCRIPTORS).is_dir());
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600).custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC);
    // Any failure shows again, with its reason, when a named file is tried instead.
    CAN_BE_NAMED.then(|| options.open(folder).ok()).flatten()
}

#[cfg(not(target_os = "linux"))]
pub fn create_unnamed(_folder: &Path) -> Option<File> {
    None
}

/// Through these names a process reaches the files it has open.
#[cfg(target_os = "linux")]
const DESCRIPTORS: &str = "/proc/self/fd";

/// Gives a file that `create_unnamed` made its name; fails with `AlreadyExists` when something is at `to`.
#[cfg(target_os = "linux")]
pub fn link_unnamed(file: &File, to: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    let source = CString::new(format!("{DESCRIPTORS}/{}", file.as_raw_fd()))?;
    let target = CString::new(to.as_os_str().as_bytes())?;
    // SAFETY: both strings are NUL-terminated and outlive the call.
    let result = unsafe {
        libc::linkat(libc::AT_FDCWD, source.as_ptr(), libc::AT_FDCWD, target.as_ptr(), libc::AT_SYMLINK_FOLLOW)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
pub fn link_unnamed(_file: &File, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Asks for the folders made in this one, and the files in them, to lie apart from what is around it on the disk. ext4 looks at every
/// inode deleted near a new one in the last five minutes: 5,000 files made right after as many were removed took 3.0 s of processor time
/// beside them and 0.4 s apart from them. Where a file system has no such wish, nothing is lost.
#[cfg(target_os = "linux")]
pub fn set_apart(folder: &Path) {
    use std::os::fd::AsRawFd;
    /// As `chattr +T` sets it, from linux/fs.h.
    const FS_TOPDIR_FL: libc::c_long = 0x0002_0000;
    let Ok(file) = File::open(folder) else { return };
    let mut flags: libc::c_long = 0;
    // SAFETY: both calls read or write one long of ours, which outlives them.
    unsafe {
        if libc::ioctl(file.as_raw_fd(), libc::FS_IOC_GETFLAGS, &mut flags) == 0 {
            flags |= FS_TOPDIR_FL;
            libc::ioctl(file.as_raw_fd(), libc::FS_IOC_SETFLAGS, &flags);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn set_apart(_folder: &Path) {}

/// Sets permission bits; the umask does not apply.
#[cfg(unix)]
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o7777))
}

#[cfg(not(unix))]
pub fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Reads into all of `into`, or as far as the file goes. Returns the bytes read.
pub fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match read_some(file, &mut into[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
fn read_some(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_some(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

#[cfg(unix)]
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        let count = std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], offset + done as u64)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        done += count;
    }
    Ok(())
}

/// Writes bytes that will not be needed again soon, and has the system start putting them on the disk, so that a sync later has little
/// left to do.
#[cfg(target_os = "linux")]
pub fn write_through(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let done = write_uncached(file, bytes, offset);
    if done == bytes.len() {
        return Ok(());
    }
    write_at(file, &bytes[done..], offset + done as u64)?;
    start_write_back(file, offset, bytes.len() as u64);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn write_through(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    write_at(file, bytes, offset)
}

/// Writes without leaving the bytes in the page cache, which fresh memory for it makes the larger part of the cost on virtual
/// machines. Returns how far it came: nowhere on kernels before 6.14 and on file systems that cannot.
#[cfg(target_os = "linux")]
fn write_uncached(file: &File, bytes: &[u8], offset: u64) -> usize {
    use std::os::fd::AsRawFd;
    /// Below this, what is written may well be read again soon.
    const WORTHWHILE: usize = 1 << 19;
    /// Written at once: 650 MB in pieces of 2 MiB take 0.4 s of processor time, in pieces of 1 MiB 0.2 s, then more again.
    const PIECE: usize = 1 << 20;
    let mut done = 0;
    while bytes.len() - done >= WORTHWHILE {
        let rest = &bytes[done..bytes.len().min(done + PIECE)];
        let part = libc::iovec { iov_base: rest.as_ptr().cast_mut().cast(), iov_len: rest.len() };
        // SAFETY: one buffer, only read from, which outlives the call.
        let count = unsafe { libc::pwritev2(file.as_raw_fd(), &part, 1, (offset + done as u64) as i64, RWF_DONTCACHE) };
        if count <= 0 {
            break;
        }
        done += count as usize;
    }
    done
}

#[cfg(target_os = "linux")]
fn start_write_back(file: &File, offset: u64, length: u64) {
    use std::os::fd::AsRawFd;
    // SAFETY: a system call on a descriptor that is open; it touches no memory of ours. A failure costs nothing but time.
    unsafe {
        libc::sync_file_range(file.as_raw_fd(), offset as i64, length as i64, libc::SYNC_FILE_RANGE_WRITE);
    }
}

/// As `read_at`, for long stretches that will hardly be read again: what was not in the page cache before does not stay there.
#[cfg(target_os = "linux")]
pub fn read_through(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::os::fd::AsRawFd;
    let mut done = 0;
    while done < into.len() {
        let rest = &mut into[done..];
        let part = libc::iovec { iov_base: rest.as_mut_ptr().cast(), iov_len: rest.len() };
        // SAFETY: one buffer, only written to, which outlives the call.
        let count = unsafe { libc::preadv2(file.as_raw_fd(), &part, 1, (offset + done as u64) as i64, RWF_DONTCACHE) };
        match count {
            0 => return Ok(done),
            1.. => done += count as usize,
            // Refused by this kernel or file system, or a real failure, which then shows again.
            _ => return Ok(done + read_at(file, &mut into[done..], offset + done as u64)?),
        }
    }
    Ok(done)
}

#[cfg(not(target_os = "linux"))]
pub fn read_through(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    read_at(file, into, offset)
}

/// Whether `read_through` leaves the page cache as it was when it reads from files like this one: since Linux 6.14, on file systems
/// that can.
pub fn reads_uncached(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        let Ok(file) = open_to_read(path) else { return false };
        let mut byte = 0u8;
        let part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        // SAFETY: one buffer, only written to, which outlives the call.
        unsafe { libc::preadv2(file.as_raw_fd(), &part, 1, 0, RWF_DONTCACHE) >= 0 }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

/// Tells the system that the file will be read from front to back.
#[cfg(target_os = "linux")]
pub fn expect_sequential_reads(file: &File) {
    use std::os::fd::AsRawFd;
    // SAFETY: as above.
    unsafe {
        libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_SEQUENTIAL);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn expect_sequential_reads(_file: &File) {}

/// Makes a rename or a new name in this folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Renames, but fails with `AlreadyExists` when something is at `to`.
#[cfg(target_os = "linux")]
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let source = CString::new(from.as_os_str().as_bytes())?;
    let target = CString::new(to.as_os_str().as_bytes())?;
    // SAFETY: both strings are NUL-terminated and outlive the call.
    let result = unsafe {
        libc::renameat2(libc::AT_FDCWD, source.as_ptr(), libc::AT_FDCWD, target.as_ptr(), libc::RENAME_NOREPLACE)
    };
    if result == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EINVAL | libc::ENOSYS) => link_new(from, to),
        _ => Err(error),
    }
}

#[cfg(not(target_os = "linux"))]
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    link_new(from, to)
}

/// The same for file systems that cannot rename without replacing; those without hard links leave a tiny gap between look and act.
fn link_new(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            if std::fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            std::fs::rename(from, to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rename_new_never_replaces() {
        let folder = std::env::temp_dir().join(format!("forge-disk-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (a, b) = (folder.join("a"), folder.join("b"));
        for rename in [rename_new, link_new] {
            std::fs::write(&a, "new").unwrap();
            std::fs::write(&b, "old").unwrap();
            assert_eq!(rename(&a, &b).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read_to_string(&b).unwrap(), "old");
            std::fs::remove_file(&b).unwrap();
            rename(&a, &b).unwrap();
            assert_eq!(std::fs::read_to_string(&b).unwrap(), "new");
            assert!(!a.exists());
            std::fs::remove_file(&b).unwrap();
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
