//! Owns giving back the memory that a mapped file takes in this process. Its pages stay in the system's cache.

use std::path::Path;

/// Lets go of every page of the shared mappings of a file; whoever reads them next gets them from the system's cache again. Does
/// nothing where the system has no such call.
#[cfg(target_os = "linux")]
pub fn release_mapped(path: &Path) {
    let Ok(path) = path.canonicalize() else { return };
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    for line in maps.lines() {
        if let Some((start, length)) = path.to_str().and_then(|path| shared_mapping(line, path)) {
            // SAFETY: in a shared mapping of a file no page is lost: it is read again when it is needed. The mapping is still the one
            // that the list tells of, as only the calling thread maps and unmaps the database.
            unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn release_mapped(_path: &Path) {}

/// Start and length of the mapping that a line of /proc/self/maps tells of, when it is a shared one of the file.
#[cfg(target_os = "linux")]
fn shared_mapping(line: &str, path: &str) -> Option<(usize, usize)> {
    let head = line.strip_suffix(path)?;
    let mut words = head.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let rights = words.next()?;
    // Offset, device and inode follow, then nothing but the path.
    if rights.as_bytes().get(3) != Some(&b's') || words.count() != 3 {
        return None;
    }
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    Some((start, end.checked_sub(start)?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn knows_shared_mappings_of_the_file_alone() {
        let line = "7f00-8f00 r--s 00000000 fe:00 123                        /a/b c/data.mdb";
        assert_eq!(shared_mapping(line, "/a/b c/data.mdb"), Some((0x7f00, 0x1000)));
        assert_eq!(shared_mapping(line, "c/data.mdb"), None);
        assert_eq!(shared_mapping(line, "/a/other"), None);
        assert_eq!(shared_mapping(&line.replace("r--s", "r--p"), "/a/b c/data.mdb"), None);
    }

    #[test]
    fn a_released_mapping_reads_as_before() {
        let path = std::env::temp_dir().join(format!("forge-mapped-{}", std::process::id()));
        let content: Vec<u8> = (0..64 * 1024u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        // SAFETY: the file is open and as long as the mapping; it is unmapped below, after its last use.
        let mapped = unsafe {
            use std::os::fd::AsRawFd;
            libc::mmap(std::ptr::null_mut(), content.len(), libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        assert_ne!(mapped, libc::MAP_FAILED);
        let bytes = unsafe { std::slice::from_raw_parts(mapped.cast::<u8>(), content.len()) };
        let resident = || {
            let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let name = path.canonicalize().unwrap().display().to_string();
            let after = smaps.split(&name).nth(1).unwrap();
            after.split("Rss:").nth(1).unwrap().split_ascii_whitespace().next().unwrap().parse::<usize>().unwrap()
        };
        assert!(bytes == content && resident() >= 64);
        release_mapped(&path);
        assert_eq!(resident(), 0);
        assert!(bytes == content);
        unsafe { libc::munmap(mapped, content.len()) };
        std::fs::remove_file(&path).unwrap();
    }
}
