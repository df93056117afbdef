//! Owns the way back: a recipe and the plain form make the file, bit for bit, piece by piece.

use std::io::{self, Read, Write};

use crate::deflate::{Deflater, MAX_PIECE};
use crate::format::{CODEC, Cursor, HEADER_SIZE, Idat, NESTED, OP_COPY, OP_DEFLATE, OP_END, OP_IDAT, VERSION};
use crate::png::IdatWriter;
use crate::quiet::quietly;
use crate::{MAX_FILE, MAX_PLAIN, MAX_RECIPE};

/// Bytes that are copied at once.
const BLOCK: usize = 256 << 10;
/// How deep operations nest: a file, and a file in it.
pub const LEVELS: usize = 2;
/// Longest nested file: it is held while its stream is made.
pub const MAX_NESTED: usize = 32 << 20;

#[derive(Debug)]
pub enum Problem {
    /// The recipe names a version or codec that this program does not know.
    Unknown { version: u8, codec: u8 },
    /// The recipe is damaged, or not this plain form's.
    Damaged,
    /// Reading or writing failed.
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Problem::Damaged,
            _ => Problem::Io(error),
        }
    }
}

/// Writes the file that `recipe` makes of `plain`, which it reads to its end. Whether that is the right file is for the caller to check.
pub fn rebuild(recipe: &[u8], plain: &mut dyn Read, out: &mut dyn Write) -> Result<(), Problem> {
    quietly(|| try_rebuild(recipe, plain, out)).unwrap_or(Err(Problem::Damaged))
}

fn try_rebuild(recipe: &[u8], plain: &mut dyn Read, out: &mut dyn Write) -> Result<(), Problem> {
    let (&version, &codec) = (recipe.first().ok_or(Problem::Damaged)?, recipe.get(1).ok_or(Problem::Damaged)?);
    if (version, codec) != (VERSION, CODEC) {
        return Err(Problem::Unknown { version, codec });
    }
    let body = recipe.get(HEADER_SIZE..).filter(|_| recipe.len() <= MAX_RECIPE).ok_or(Problem::Damaged)?;
    if recipe[2..HEADER_SIZE] != crc32fast::hash(body).to_le_bytes() {
        return Err(Problem::Damaged);
    }
    let mut cursor = Cursor::new(body);
    let file_length = limited(cursor.length(), MAX_FILE)?;
    let plain_length = limited(cursor.length(), MAX_PLAIN)?;
    let mut out = Limited { out, room: file_length };
    let mut plain = plain.take(plain_length as u64);
    run(&mut cursor, &mut plain, &mut out, LEVELS)?;
    if out.room == 0 && plain.limit() == 0 && cursor.is_empty() { Ok(()) } else { Err(Problem::Damaged) }
}

fn limited(length: Option<usize>, most: usize) -> Result<usize, Problem> {
    length.filter(|&length| length <= most).ok_or(Problem::Damaged)
}

/// Carries out operations up to the end of their list. `levels` is how deep they may nest, themselves included.
fn run(recipe: &mut Cursor, plain: &mut dyn Read, out: &mut dyn Write, levels: usize) -> Result<(), Problem> {
    if levels == 0 {
        return Err(Problem::Damaged);
    }
    let mut buffer = Vec::new();
    loop {
        let op = recipe.byte().ok_or(Problem::Damaged)?;
        match op {
            OP_END => return Ok(()),
            OP_COPY => copy(limited(recipe.length(), MAX_PLAIN)?, plain, out, &mut buffer)?,
            _ => {
                let idat = match op & !NESTED {
                    OP_DEFLATE => None,
                    OP_IDAT => Some(recipe.idat().ok_or(Problem::Damaged)?),
                    _ => return Err(Problem::Damaged),
                };
                if op & NESTED == 0 {
                    framed(idat, recipe, plain, out, &mut buffer)?;
                    continue;
                }
                let mut file = Vec::new();
                run(recipe, plain, &mut Limited { out: &mut file, room: MAX_NESTED }, levels - 1)?;
                let mut rest = file.as_slice();
                framed(idat, recipe, &mut rest, out, &mut buffer)?;
                if !rest.is_empty() {
                    return Err(Problem::Damaged);
                }
            }
        }
    }
}

fn copy(length: usize, plain: &mut dyn Read, out: &mut dyn Write, buffer: &mut Vec<u8>) -> Result<(), Problem> {
    let mut missing = length;
    while missing > 0 {
        let now = missing.min(BLOCK);
        out.write_all(fill(buffer, now, plain)?)?;
        missing -= now;
    }
    Ok(())
}

/// A stream with what surrounds it.
fn framed(
    idat: Option<Idat>,
    recipe: &mut Cursor,
    plain: &mut dyn Read,
    out: &mut dyn Write,
    buffer: &mut Vec<u8>,
) -> Result<(), Problem> {
    let Some(idat) = idat else { return stream(recipe, plain, out, buffer) };
    let mut chunks = IdatWriter::new(out, &idat);
    chunks.write_all(&idat.head)?;
    stream(recipe, plain, &mut chunks, buffer)?;
    chunks.write_all(&idat.tail)?;
    if chunks.finish()? { Ok(()) } else { Err(Problem::Damaged) }
}

fn stream(recipe: &mut Cursor, plain: &mut dyn Read, out: &mut dyn Write, buffer: &mut Vec<u8>) -> Result<(), Problem> {
    let mut deflater = Deflater::new();
    for _ in 0..recipe.length().ok_or(Problem::Damaged)? {
        let length = limited(recipe.length(), MAX_PIECE)?;
        let crc = recipe.array().ok_or(Problem::Damaged)?;
        let size = recipe.length().ok_or(Problem::Damaged)?;
        let corrections = recipe.bytes(size).ok_or(Problem::Damaged)?;
        let bytes = fill(buffer, length, plain)?;
        // Corrections for other bytes could keep preflate busy for ever.
        if crc32fast::hash(bytes).to_le_bytes() != crc {
            return Err(Problem::Damaged);
        }
        out.write_all(&deflater.next(bytes, corrections).ok_or(Problem::Damaged)?)?;
    }
    Ok(())
}

fn fill<'b>(buffer: &'b mut Vec<u8>, length: usize, from: &mut dyn Read) -> io::Result<&'b [u8]> {
    if buffer.len() < length {
        buffer.resize(length, 0);
    }
    from.read_exact(&mut buffer[..length])?;
    Ok(&buffer[..length])
}

/// Fails instead of writing more than there is room for.
struct Limited<'a> {
    out: &'a mut dyn Write,
    room: usize,
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(io::ErrorKind::InvalidData)?;
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
