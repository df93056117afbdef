//! Owns rebuilding on the way out: a plain form and its recipe, read from chunks, make a container again.

use std::fs::File;
use std::io::{self, Read, Write};

use forge_recipe::{MAX_RECIPE, Problem};

use crate::disk;
use crate::gate::Share;
use crate::reader::RecordReader;
use crate::restore::{RestoreFile, Trouble, read_chunk};
use crate::task::{Crew, TaskState};

/// Written at once.
const WRITE_SIZE: usize = 1 << 20;
/// What a rebuild takes besides a plain form of this size, which it holds parts of several times.
const WORKING_SIZE: u64 = 96 << 20;

/// Writes the file that the chunks hold the plain form of, their last bytes being the recipe, or that consists of such parts and others;
/// verifies size and hash. Without a `file` it is only verified.
pub fn fill(reader: &mut RecordReader, crew: &Crew, file: Option<&File>, request: &RestoreFile) -> Result<(), Trouble> {
    let mut target =
        Target { crew, file, size: request.size, written: 0, buffer: Vec::new(), hasher: blake3::Hasher::new() };
    let mut end = 0;
    for part in &request.parts {
        match part.recipe {
            Some(recipe) => rebuild(reader, &part.chunks, recipe, &mut target)?,
            None => copy(reader, &part.chunks, &mut target)?,
        }
        target.drain()?;
        end += part.size;
        if target.written != end {
            return Err(Trouble::Content("a part does not have the size that it should".into()));
        }
    }
    if let Some(recipe) = request.recipe {
        rebuild(reader, &request.chunks, recipe, &mut target)?;
    }
    target.drain()?;
    if target.written != request.size || target.hasher.finalize().as_bytes() != &request.id {
        return Err(Trouble::Content("the recipe does not make the file it should".into()));
    }
    Ok(())
}

fn copy(reader: &mut RecordReader, rows: &[u32], target: &mut Target) -> Result<(), Trouble> {
    for &row in rows {
        target.crew.check().map_err(Trouble::Call)?;
        target.write_all(read_chunk(reader, row)?)?;
    }
    Ok(())
}

/// Writes what the plain form in these chunks is rebuilt to by the recipe, their last `recipe` bytes.
fn rebuild(reader: &mut RecordReader, rows: &[u32], recipe: u32, target: &mut Target) -> Result<(), Trouble> {
    let mut total = 0;
    for &row in rows {
        total += u64::from(reader.row(row)?.raw_length);
    }
    let recipe = recipe as usize;
    let Some(plain) = total.checked_sub(recipe as u64).filter(|_| recipe <= MAX_RECIPE) else {
        return Err(damaged());
    };
    let _share = Share::take((4 * total).min(WORKING_SIZE) as usize);
    let recipe = tail(reader, rows, recipe)?;
    let crew = target.crew;
    let mut source = Source { reader, crew, rows, current: Vec::new(), used: 0, rest: plain, trouble: None };
    let result = forge_recipe::rebuild(&recipe, &mut source, target);
    if let Some(trouble) = source.trouble {
        return Err(trouble);
    }
    match result {
        Ok(()) => Ok(()),
        Err(Problem::Io(error)) => Err(Trouble::File(error)),
        Err(Problem::Damaged) => Err(damaged()),
        Err(Problem::Unknown { version, codec }) => {
            let message = format!(
                "its recipe has version {version} and codec {codec}, which this program does not know: update Forge"
            );
            Err(Trouble::Content(message))
        }
    }
}

fn damaged() -> Trouble {
    Trouble::Content("the recipe and the plain form do not belong together".into())
}

/// The last `length` bytes of the chunks.
fn tail(reader: &mut RecordReader, rows: &[u32], length: usize) -> Result<Vec<u8>, Trouble> {
    let mut out = vec![0; length];
    let mut missing = length;
    for &row in rows.iter().rev() {
        if missing == 0 {
            break;
        }
        let bytes = read_chunk(reader, row)?;
        let now = bytes.len().min(missing);
        out[missing - now..missing].copy_from_slice(&bytes[bytes.len() - now..]);
        missing -= now;
    }
    Ok(out)
}

/// The plain form, chunk by chunk.
struct Source<'s, 't> {
    reader: &'s mut RecordReader<'t>,
    crew: &'s Crew<'s>,
    rows: &'s [u32],
    current: Vec<u8>,
    used: usize,
    /// Bytes of the plain form that were not given out.
    rest: u64,
    /// Why reading failed.
    trouble: Option<Trouble>,
}

impl Source<'_, '_> {
    fn next(&mut self) -> Result<(), Trouble> {
        self.crew.check().map_err(Trouble::Call)?;
        if let Some((&row, rows)) = self.rows.split_first() {
            let bytes = read_chunk(self.reader, row)?;
            self.current.clear();
            self.current.extend_from_slice(bytes);
            self.rows = rows;
        }
        self.used = 0;
        Ok(())
    }
}

impl Read for Source<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.used == self.current.len() && !self.rows.is_empty() && self.rest > 0 {
            if let Err(trouble) = self.next() {
                self.trouble = Some(trouble);
                return Err(io::ErrorKind::Other.into());
            }
        }
        let ready = &self.current[self.used..];
        let count = ready.len().min(into.len()).min(self.rest as usize);
        into[..count].copy_from_slice(&ready[..count]);
        self.used += count;
        self.rest -= count as u64;
        Ok(count)
    }
}

/// The file, hashed while it is written.
struct Target<'a> {
    crew: &'a Crew<'a>,
    file: Option<&'a File>,
    /// It gets no more bytes than this.
    size: u64,
    written: u64,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
}

impl Target<'_> {
    fn drain(&mut self) -> io::Result<()> {
        if self.written + self.buffer.len() as u64 > self.size {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if let Some(file) = self.file {
            disk::write_at(file, &self.buffer, self.written)?;
        }
        self.hasher.update(&self.buffer);
        self.written += self.buffer.len() as u64;
        TaskState::count(&self.crew.task.bytes, self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Target<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_SIZE {
            self.drain()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
