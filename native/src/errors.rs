//! Owns the failures that end a whole call, and the names of the operating system's error codes.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a call cannot go on. Failures of single files are results, not failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `ABORTED`, `CORRUPT`, `FORMAT_TOO_NEW`, `UNSUPPORTED`, `CALLBACK`, `INTERNAL`, or the system's code (`ENOSPC`, …).
    pub code: String,
    pub message: String,
    /// What the failure is about; may be empty.
    pub path: String,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn new(code: &str, path: &Path, message: impl Into<String>) -> Self {
        Failure { code: code.to_string(), message: message.into(), path: path.to_string_lossy().into_owned() }
    }

    pub fn aborted() -> Self {
        Failure::new("ABORTED", Path::new(""), "the caller asked to stop")
    }

    pub fn corrupt(path: &Path, message: impl Into<String>) -> Self {
        Failure::new("CORRUPT", path, message)
    }

    pub fn system(path: &Path, error: &io::Error) -> Self {
        Failure::new(system_code(error), path, error.to_string())
    }

    /// A panic that was caught: a bug, which must not take the editor down with it.
    pub fn internal(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| text.to_string())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown panic".to_string());
        Failure::new("INTERNAL", Path::new(""), text)
    }
}

impl fmt::Display for Failure {
    /// Three fields, the path last because it may contain line feeds: what `core/dataplane/native.ts` takes apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}", self.code, self.message.replace('\n', " "), self.path)
    }
}

/// The name Node gives to an error of the operating system; `EIO` for what has no name here.
#[cfg(unix)]
pub fn system_code(error: &io::Error) -> &'static str {
    let Some(number) = error.raw_os_error() else {
        return kind_code(error.kind());
    };
    match number {
        libc::ENOENT => "ENOENT",
        libc::EACCES => "EACCES",
        libc::EPERM => "EPERM",
        libc::ENOSPC => "ENOSPC",
        libc::EDQUOT => "EDQUOT",
        libc::EROFS => "EROFS",
        libc::EEXIST => "EEXIST",
        libc::ENOTDIR => "ENOTDIR",
        libc::EISDIR => "EISDIR",
        libc::ELOOP => "ELOOP",
        libc::ENAMETOOLONG => "ENAMETOOLONG",
        libc::EMFILE => "EMFILE",
        libc::ENFILE => "ENFILE",
        libc::EXDEV => "EXDEV",
        libc::EFBIG => "EFBIG",
        libc::EBUSY => "EBUSY",
        libc::ETXTBSY => "ETXTBSY",
        libc::ENOTEMPTY => "ENOTEMPTY",
        libc::EINVAL => "EINVAL",
        libc::ENXIO => "ENXIO",
        libc::ESTALE => "ESTALE",
        libc::ENOMEM => "ENOMEM",
        libc::ENOTSUP => "ENOTSUP",
        libc::ENOSYS => "ENOSYS",
        _ => "EIO",
    }
}

#[cfg(not(unix))]
pub fn system_code(error: &io::Error) -> &'static str {
    kind_code(error.kind())
}

fn kind_code(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::AlreadyExists => "EEXIST",
        io::ErrorKind::StorageFull => "ENOSPC",
        io::ErrorKind::QuotaExceeded => "EDQUOT",
        io::ErrorKind::ReadOnlyFilesystem => "EROFS",
        io::ErrorKind::NotADirectory => "ENOTDIR",
        io::ErrorKind::IsADirectory => "EISDIR",
        io::ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        io::ErrorKind::ResourceBusy => "EBUSY",
        io::ErrorKind::CrossesDevices => "EXDEV",
        io::ErrorKind::InvalidInput => "EINVAL",
        _ => "EIO",
    }
}
