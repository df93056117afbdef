//! Owns files that are written before they have their name: without any name where the system offers that, else under a temporary one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk;

/// A file in the making. Dropped before it has its name, it is gone.
pub struct Draft {
    pub file: File,
    /// Its temporary name; `None` while it has no name at all.
    name: Option<PathBuf>,
}

impl Draft {
    /// For a file that is to appear where there is none. Without a name it costs no rename from one folder to another (which a system
    /// does one at a time), and a crash leaves nothing behind.
    pub fn for_new(temporary: &Path) -> io::Result<Draft> {
        let unnamed = temporary.parent().and_then(disk::create_unnamed);
        unnamed.map_or_else(|| Draft::named(temporary), |file| Ok(Draft { file, name: None }))
    }

    /// For a file that may take the place of another.
    pub fn named(temporary: &Path) -> io::Result<Draft> {
        Ok(Draft { file: disk::create_new(temporary)?, name: Some(temporary.to_path_buf()) })
    }

    /// Gives the file its name; fails with `AlreadyExists` when something has it.
    pub fn appear_at(&mut self, path: &Path) -> io::Result<()> {
        match &self.name {
            Some(temporary) => disk::rename_new(temporary, path)?,
            None => disk::link_unnamed(&self.file, path)?,
        }
        self.name = None;
        Ok(())
    }

    /// Gives the file its name, in the place of whatever file has it. Only for a named draft.
    pub fn replace(&mut self, path: &Path) -> io::Result<()> {
        let temporary = self.name.as_ref().ok_or(io::ErrorKind::InvalidInput)?;
        std::fs::rename(temporary, path)?;
        self.name = None;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.name {
            // Nothing is lost if this fails: the name is the caller's, who cleans up its folder of temporaries.
            let _ = std::fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("forge-draft-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn appears_whole_and_never_in_the_place_of_another_file() {
        let folder = folder("appear");
        let (path, temporary) = (folder.join("file"), folder.join("temporary"));
        for make in [Draft::for_new, Draft::named] {
            let mut draft = make(&temporary).unwrap();
            disk::write_at(&draft.file, b"content", 0).unwrap();
            assert!(!path.exists());
            draft.appear_at(&path).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"content");

            let mut second = make(&temporary).unwrap();
            assert_eq!(second.appear_at(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            drop(second);
            assert_eq!(std::fs::read(&path).unwrap(), b"content");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_named_draft_replaces_and_a_dropped_one_is_gone() {
        let folder = folder("replace");
        let (path, temporary) = (folder.join("file"), folder.join("temporary"));
        std::fs::write(&path, "old").unwrap();
        drop(Draft::named(&temporary).unwrap());
        assert!(!temporary.exists());
        let mut draft = Draft::named(&temporary).unwrap();
        disk::write_at(&draft.file, b"new", 0).unwrap();
        draft.replace(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert!(!temporary.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
