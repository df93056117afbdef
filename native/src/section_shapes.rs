//! Owns the shapes of hashes, and of what is known of the sections of huge files, on the way between JavaScript and Rust.

use std::path::Path;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::edit::Edit;
use crate::errors::{Failure, Outcome};
use crate::hash::to_hex;
use crate::hash_files::Hashed;
use crate::manifest;
use crate::shapes::fields;
use crate::stat::{FIELDS, Stat};
use crate::tree;

#[napi(object)]
pub struct NativeEdit {
    pub stat: Vec<f64>,
    pub sections: Buffer,
    pub previous_sections: Buffer,
    pub previous_manifest: Buffer,
}

impl NativeEdit {
    /// `path` is of the file, for failures.
    pub fn into_edit(self, path: &str) -> Outcome<Edit> {
        let parts = (
            (self.stat.len() == FIELDS).then(|| Stat::from_fields(&self.stat)),
            tree::values(&self.sections),
            tree::values(&self.previous_sections),
            manifest::chunks_of_file(&self.previous_manifest),
        );
        let (Some(stat), Some(sections), Some(before), Some(chunks)) = parts else {
            return Err(Failure::new("INTERNAL", Path::new(path), "unusable knowledge of the previous version"));
        };
        Ok(Edit { stat, sections, before, chunks })
    }
}

#[napi(object)]
pub struct NativeHashed {
    pub blake3: Option<String>,
    /// 32 bytes for each section of a huge file.
    pub sections: Option<Buffer>,
    pub stat: Option<Vec<f64>>,
    pub code: Option<String>,
    pub message: Option<String>,
}

impl From<Hashed> for NativeHashed {
    fn from(hashed: Hashed) -> Self {
        let empty = NativeHashed { blake3: None, sections: None, stat: None, code: None, message: None };
        match hashed {
            Hashed::Done { id, stat, sections } => NativeHashed {
                blake3: Some(to_hex(&id)),
                sections: (!sections.is_empty()).then(|| sections.concat().into()),
                stat: Some(fields(&stat)),
                ..empty
            },
            Hashed::Failed { code, message } => NativeHashed { code: Some(code), message: Some(message), ..empty },
        }
    }
}
