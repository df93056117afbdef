//! Owns the shapes of repack's arguments and results on the way between JavaScript and Rust.

use std::path::Path;

use napi::bindgen_prelude::{Buffer, Uint32Array};
use napi_derive::napi;

use crate::errors::{Failure, Outcome};
use crate::repack::{Group, RepackRequest, RepackResult, Version};
use crate::shapes::{NativeCheckProblem, NativeWrittenSegment};
use crate::table::RecordTable;

#[napi(object)]
pub struct NativeRepackRequest {
    pub segments: Vec<String>,
    pub rows: Buffer,
    pub owners: Uint32Array,
    pub copies: Uint32Array,
    pub singles: Uint32Array,
    /// The versions of each group, one after another: number of rows, number of references, averageLog2, isCold, fileShare, then
    /// the rows, then the references. A group starts with the number of its versions.
    pub groups: Uint32Array,
    pub folder: String,
    pub segment_target: f64,
    pub level: i32,
    pub workers: u32,
}

impl NativeRepackRequest {
    pub fn into_request(self) -> Outcome<RepackRequest> {
        let groups =
            groups_of(&self.groups).ok_or_else(|| Failure::new("INTERNAL", Path::new(""), "torn groups to repack"))?;
        Ok(RepackRequest {
            table: RecordTable::new(self.segments, self.rows.to_vec())?,
            owners: self.owners.to_vec(),
            copies: self.copies.to_vec(),
            singles: self.singles.to_vec(),
            groups,
            folder: self.folder.into(),
            segment_target: self.segment_target as u64,
            level: self.level,
            workers: self.workers as usize,
        })
    }
}

/// `None` when the numbers end early.
pub fn groups_of(mut numbers: &[u32]) -> Option<Vec<Group>> {
    let mut groups = Vec::new();
    while !numbers.is_empty() {
        let mut versions = Vec::new();
        for _ in 0..take(&mut numbers, 1)?[0] {
            let head = take(&mut numbers, 5)?;
            let average_log2 = u8::try_from(head[2]).ok().filter(|log2| (1..=30).contains(log2))?;
            versions.push(Version {
                average_log2,
                is_cold: head[3] != 0,
                file_share: head[4],
                rows: take(&mut numbers, head[0])?.to_vec(),
                references: take(&mut numbers, head[1])?.to_vec(),
            });
        }
        groups.push(Group { versions });
    }
    Some(groups)
}

fn take<'a>(numbers: &mut &'a [u32], count: u32) -> Option<&'a [u32]> {
    let (taken, rest) = numbers.split_at_checked(count as usize)?;
    *numbers = rest;
    Some(taken)
}

#[napi(object)]
pub struct NativeRepackResult {
    pub segments: Vec<NativeWrittenSegment>,
    pub problems: Vec<NativeCheckProblem>,
}

impl From<RepackResult> for NativeRepackResult {
    fn from(result: RepackResult) -> Self {
        let segments = result.segments.into_iter().map(|segment| NativeWrittenSegment {
            path: segment.path.to_string_lossy().into_owned(),
            length: segment.length as f64,
            entries: segment.entries.into(),
        });
        NativeRepackResult {
            segments: segments.collect(),
            problems: result.problems.into_iter().map(NativeCheckProblem::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_taken_apart() {
        let groups = groups_of(&[2, 2, 0, 16, 0, 5, 7, 8, 1, 1, 16, 1, 6, 9, 0, 0]).unwrap();
        assert_eq!(groups.len(), 2);
        let versions = &groups[0].versions;
        assert_eq!((&versions[0].rows[..], &versions[1].references[..]), (&[7, 8][..], &[0][..]));
        assert_eq!((versions[1].average_log2, versions[1].rows[0]), (16, 9));
        assert_eq!((versions[0].is_cold, versions[1].is_cold), (false, true));
        assert_eq!((versions[0].file_share, versions[1].file_share), (5, 6));
        assert!(groups_of(&[1, 5, 0, 16, 0, 1, 7]).is_none());
    }
}
