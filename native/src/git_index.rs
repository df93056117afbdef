//! Owns reading a Git index, versions 2 to 4, as far as a comparison with the working tree needs it.

use std::path::Path;

use sha1::{Digest, Sha1};

use crate::errors::{Failure, Outcome};
use crate::stat::Stat;

pub const SYMLINK: u32 = 0o120000;
pub const GITLINK: u32 = 0o160000;
const OID_SIZE: usize = 20;
const HEADER_SIZE: usize = 12;
/// Bytes of an entry up to and with its flags.
const FIXED_SIZE: usize = 62;
/// A small file of version 4 can describe endless paths: all of them together may take so many times its size.
const MOST_EXPANDED: usize = 64;
const OWNER_EXECUTES: u32 = 0o100;
const ASSUME_VALID: u16 = 1 << 15;
const EXTENDED: u16 = 1 << 14;
const NAME_MASK: u16 = 0xfff;
const SKIP_WORKTREE: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;

/// Where an entry's parts lie.
struct Place {
    stat_at: usize,
    path_at: usize,
    path_length: usize,
    extended: u16,
}

/// Entries sorted by path and stage. Their paths have no leading, trailing or doubled slashes.
#[derive(Default)]
pub struct GitIndex {
    data: Vec<u8>,
    /// Of version 4, which keeps only the ends of paths.
    paths: Vec<u8>,
    places: Vec<Place>,
    /// Root of a valid TREE extension.
    pub root_tree: Option<[u8; OID_SIZE]>,
}

/// One entry of an index.
#[derive(Clone, Copy)]
pub struct IndexEntry<'a> {
    pub path: &'a [u8],
    fixed: &'a [u8],
    extended: u16,
}

impl GitIndex {
    /// `path` names the index in failures. The checksum is not verified here, see `verify_checksum`.
    pub fn decode(data: Vec<u8>, path: &Path) -> Outcome<GitIndex> {
        if data.len() < HEADER_SIZE + OID_SIZE || &data[..4] != b"DIRC" {
            return Err(Failure::corrupt(path, "this is no Git index"));
        }
        let version = be32(&data, 4);
        if !(2..=4).contains(&version) {
            return Err(Failure::new("UNSUPPORTED", path, format!("Git index version {version}")));
        }
        let mut index = GitIndex { data, ..GitIndex::default() };
        let torn = || Failure::corrupt(path, "the Git index is damaged");
        let end = index.read_entries(version).ok_or_else(torn)?;
        index.read_extensions(end, path)?;
        if !index.is_sorted() {
            return Err(torn());
        }
        Ok(index)
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn entry(&self, number: usize) -> IndexEntry<'_> {
        let place = &self.places[number];
        let paths = if self.paths.is_empty() { &self.data } else { &self.paths };
        IndexEntry {
            path: &paths[place.path_at..place.path_at + place.path_length],
            fixed: &self.data[place.stat_at..place.stat_at + FIXED_SIZE],
            extended: place.extended,
        }
    }

    /// Whether the file is as its writer left it. Writers told to hash nothing (`index.skipHash`) leave zeros.
    pub fn verify_checksum(&self) -> bool {
        let Some(at) = self.data.len().checked_sub(OID_SIZE) else { return true };
        let (content, sum) = self.data.split_at(at);
        sum == [0; OID_SIZE] || Sha1::digest(content).as_slice() == sum
    }

    /// Returns where the extensions start. `None` when the entries are torn.
    fn read_entries(&mut self, version: u32) -> Option<usize> {
        let count = be32(&self.data, 8) as usize;
        let limit = self.data.len() - OID_SIZE;
        self.places.reserve(count.min(limit / FIXED_SIZE));
        let mut at = HEADER_SIZE;
        for _ in 0..count {
            let fixed = self.data.get(at..at + FIXED_SIZE)?;
            let flags = be16(fixed, 60);
            let mut path_at = at + FIXED_SIZE;
            let mut extended = 0;
            if flags & EXTENDED != 0 {
                extended = be16(self.data.get(path_at..path_at + 2)?, 0);
                path_at += 2;
            }
            let rest = self.data.get(path_at..limit)?;
            let (path_at, path_length, next) = if version == 4 {
                let (stripped, suffix_at) = read_varint(rest)?;
                let suffix = &rest[suffix_at..];
                let suffix = &suffix[..memchr::memchr(0, suffix)?];
                let kept = match self.places.last() {
                    Some(last) => last.path_at..last.path_at + last.path_length.checked_sub(stripped)?,
                    None => 0..0,
                };
                let start = self.paths.len();
                if start + kept.len() + suffix.len() > MOST_EXPANDED * self.data.len() {
                    return None;
                }
                self.paths.extend_from_within(kept);
                self.paths.extend_from_slice(suffix);
                (start, self.paths.len() - start, path_at + suffix_at + suffix.len() + 1)
            } else {
                let known = usize::from(flags & NAME_MASK);
                let length = if known < usize::from(NAME_MASK) { known } else { memchr::memchr(0, rest)? };
                if rest.get(length) != Some(&0) {
                    return None;
                }
                // One to eight NULs, so that entries start at multiples of eight.
                (path_at, length, at + (path_at - at + length + 8) / 8 * 8)
            };
            self.places.push(Place { stat_at: at, path_at, path_length, extended });
            at = next;
        }
        (at <= limit).then_some(at)
    }

    fn read_extensions(&mut self, mut at: usize, path: &Path) -> Outcome<()> {
        let limit = self.data.len() - OID_SIZE;
        while at + 8 <= limit {
            let name = [self.data[at], self.data[at + 1], self.data[at + 2], self.data[at + 3]];
            let length = be32(&self.data, at + 4) as usize;
            let Some(content) = self.data.get(at + 8..at + 8 + length).filter(|_| at + 8 + length <= limit) else {
                return Err(Failure::corrupt(path, "the Git index is damaged"));
            };
            if &name == b"TREE" {
                self.root_tree = read_root_tree(content);
            } else if !name[0].is_ascii_uppercase() {
                // A lower-case letter says that the index means something else without it: split and sparse indexes.
                let name = String::from_utf8_lossy(&name).into_owned();
                return Err(Failure::new("UNSUPPORTED", path, format!("Git index with extension {name}")));
            }
            at += 8 + length;
        }
        Ok(())
    }

    fn is_sorted(&self) -> bool {
        let proper = |path: &[u8]| !path.is_empty() && path[0] != b'/' && path[path.len() - 1] != b'/';
        let key = |number: usize| {
            let entry = self.entry(number);
            (entry.path, entry.stage())
        };
        (1..self.len()).all(|i| key(i - 1) < key(i)) && (0..self.len()).all(|i| proper(self.entry(i).path))
    }
}

impl IndexEntry<'_> {
    pub fn oid(&self) -> &[u8] {
        &self.fixed[40..60]
    }

    pub fn mode(&self) -> u32 {
        be32(self.fixed, 24)
    }

    pub fn stage(&self) -> u8 {
        (self.flags() >> 12 & 3) as u8
    }

    /// Git takes either flag as a promise not to look.
    pub fn is_exempt(&self) -> bool {
        self.flags() & ASSUME_VALID != 0 || self.extended & SKIP_WORKTREE != 0
    }

    pub fn is_intent_to_add(&self) -> bool {
        self.extended & INTENT_TO_ADD != 0
    }

    /// Whether all fields that Git compares are equal. Not the device, whose number may change with every mount.
    pub fn has_stat(&self, stat: &Stat) -> bool {
        let same = |at: usize, value: u32| be32(self.fixed, at) == value;
        let executable = (self.mode() ^ stat.mode) & OWNER_EXECUTES == 0 || self.mode() == SYMLINK;
        same(0, stat.ctime as u32)
            && same(4, stat.ctime_nsec)
            && same(8, stat.mtime as u32)
            && same(12, stat.mtime_nsec)
            && same(20, stat.ino)
            && same(28, stat.uid)
            && same(32, stat.gid)
            && same(36, stat.size as u32)
            && executable
    }

    fn flags(&self) -> u16 {
        be16(self.fixed, 60)
    }
}

/// A TREE extension starts with the root: an empty name, its number of entries (-1: invalid), of subtrees, and its id.
fn read_root_tree(content: &[u8]) -> Option<[u8; OID_SIZE]> {
    let rest = content.strip_prefix(&[0])?;
    let line_end = memchr::memchr(b'\n', rest)?;
    if rest[0] == b'-' {
        return None;
    }
    rest.get(line_end + 1..line_end + 1 + OID_SIZE)?.try_into().ok()
}

/// Git's variable-length number. Returns it and the bytes it takes.
fn read_varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.first()? & 127);
    let mut used = 1;
    while bytes[used - 1] & 128 != 0 {
        value = (value.checked_add(1)? << 7) + usize::from(bytes.get(used)? & 127);
        used += 1;
        if used > 8 {
            return None;
        }
    }
    Some((value, used))
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(version: u32, entries: &[(&str, u16, u16)], extensions: &[u8]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend_from_slice(&version.to_be_bytes());
        out.extend_from_slice(&(entries.len() as u32).to_be_bytes());
        let mut last = "";
        for &(path, flags, extended) in entries {
            let start = out.len();
            out.extend_from_slice(&[0; 24]);
            out.extend_from_slice(&0o100644u32.to_be_bytes());
            out.extend_from_slice(&[0; 12]);
            out.extend_from_slice(&[path.len() as u8; 20]);
            out.extend_from_slice(&(flags | path.len().min(0xfff) as u16).to_be_bytes());
            if flags & EXTENDED != 0 {
                out.extend_from_slice(&extended.to_be_bytes());
            }
            if version == 4 {
                let kept = path.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
                out.push((last.len() - kept) as u8);
                out.extend_from_slice(&path.as_bytes()[kept..]);
                out.push(0);
                last = path;
            } else {
                out.extend_from_slice(path.as_bytes());
                let length = out.len() - start;
                out.resize(start + (length + 8) / 8 * 8, 0);
            }
        }
        out.extend_from_slice(extensions);
        let sum = Sha1::digest(&out);
        out.extend_from_slice(&sum);
        out
    }

    fn decode(data: Vec<u8>) -> Outcome<GitIndex> {
        GitIndex::decode(data, Path::new("index"))
    }

    #[test]
    fn reads_all_versions() {
        let tree = [b"TREE\0\0\0\x19\0".as_slice(), b"3 0\n", &[9; 20]].concat();
        let long = "x".repeat(5000);
        for version in 2..=4 {
            let entries =
                [("a", 0, 0), ("b/c", ASSUME_VALID, 0), ("b/d", 1 << 12, 0), ("b/d", 2 << 12, 0), (&long, 0, 0)];
            let index =
                decode(build(version, &entries, &tree)).unwrap_or_else(|failure| panic!("{version}: {failure}"));
            assert!(index.verify_checksum());
            assert_eq!(index.root_tree, Some([9; 20]));
            let read: Vec<_> = (0..index.len()).map(|i| (index.entry(i).path, index.entry(i).stage())).collect();
            let expected = [("a", 0), ("b/c", 0), ("b/d", 1), ("b/d", 2), (&long, 0)];
            assert_eq!(read, expected.map(|(path, stage)| (path.as_bytes(), stage)));
            assert!(index.entry(1).is_exempt() && !index.entry(0).is_exempt());
        }
        let index = decode(build(3, &[("a", EXTENDED, SKIP_WORKTREE), ("b", EXTENDED, INTENT_TO_ADD)], &[])).unwrap();
        assert!(index.entry(0).is_exempt() && index.entry(1).is_intent_to_add());
        assert_eq!(index.root_tree, None);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        let code = |data| decode(data).err().map(|failure| failure.code);
        assert_eq!(code(build(5, &[], &[])).as_deref(), Some("UNSUPPORTED"));
        assert_eq!(code(build(2, &[], b"link\0\0\0\0")).as_deref(), Some("UNSUPPORTED"));
        assert_eq!(code(build(2, &[("b", 0, 0), ("a", 0, 0)], &[])).as_deref(), Some("CORRUPT"));
        let whole = build(2, &[("a", 0, 0), ("b/c", 0, 0)], &[]);
        for length in 0..whole.len() - 1 {
            let torn = decode(whole[..length].to_vec());
            assert!(torn.is_err() || torn.is_ok_and(|index| !index.verify_checksum()), "{length}");
        }
    }

    #[test]
    fn paths_that_would_take_all_memory_are_refused() {
        let long = |count: usize| "x".repeat(30_000 + count);
        let paths: Vec<String> = (0..200).map(long).collect();
        let entries: Vec<(&str, u16, u16)> = paths.iter().map(|path| (path.as_str(), 0, 0)).collect();
        assert!(decode(build(4, &entries[..20], &[])).is_ok());
        assert_eq!(decode(build(4, &entries, &[])).err().map(|failure| failure.code).as_deref(), Some("CORRUPT"));
    }

    #[test]
    fn an_invalid_tree_has_no_root() {
        let tree = b"TREE\0\0\0\x06\0-1 0\n";
        assert_eq!(decode(build(2, &[], tree)).unwrap().root_tree, None);
    }
}
