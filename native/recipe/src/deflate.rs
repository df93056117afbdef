//! Owns deflate streams: inflating them, what preflate needs to make the very stream again, and making it again.

use std::io::Cursor;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use preflate_rs::{PreflateConfig, PreflateStreamProcessor, RecreateStreamProcessor};

use crate::format::Piece;

/// Inflated bytes that preflate works on at once; bounds its memory for tokens, four bytes each. Longer streams are left alone: what
/// preflate finds out about the first piece need not hold for the next, and then it fails, and prints to standard output.
pub const PIECE: usize = 32 << 20;
/// The longest piece: preflate looks at the limit after each token.
pub const MAX_PIECE: usize = PIECE + 512;
/// Steps along one hash chain: as many as zlib's level 9 takes.
const MAX_CHAIN: u32 = 4096;
/// What `out` grows by at first.
const FIRST_ROOM: usize = 16 << 10;
/// What it grows by at most: all of it is written to, and stays in memory when the stream turns out to end before.
const MOST_ROOM: usize = 4 << 20;

/// What became of inflating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inflated {
    /// The stream's length.
    Whole(usize),
    /// What is there is right, but it ends before the stream does.
    CutOff,
    /// Not a stream, or too long.
    No,
}

/// Appends what the raw deflate stream at the start of `bytes` inflates to, at most `limit` bytes. Where that is not the whole of it, some
/// of it is appended.
pub fn inflate(bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Inflated {
    let start = out.len();
    let mut state = DecompressorOxide::new();
    let mut read = 0;
    let mut written = 0;
    let mut room = FIRST_ROOM.min(limit);
    loop {
        out.resize(start + room, 0);
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, consumed, produced) = decompress(&mut state, &bytes[read..], &mut out[start..], written, flags);
        read += consumed;
        written += produced;
        if status != TINFLStatus::HasMoreOutput || room == limit {
            out.truncate(start + written);
            return match status {
                TINFLStatus::Done => Inflated::Whole(read),
                TINFLStatus::FailedCannotMakeProgress if read == bytes.len() => Inflated::CutOff,
                _ => Inflated::No,
            };
        }
        room = room.saturating_add(room.min(MOST_ROOM)).min(limit);
    }
}

/// What preflate needs to make `stream`, a raw deflate stream, of `plain`, which it inflates to. `None` when it gives up; it may
/// also panic.
pub fn analyse(stream: &[u8], plain: &[u8]) -> Option<Vec<Piece>> {
    let config = PreflateConfig { max_chain_length: MAX_CHAIN, plain_text_limit: PIECE, verify_compression: false };
    let mut processor = PreflateStreamProcessor::new(&config);
    let result = processor.decompress(stream).ok()?;
    let is_whole =
        processor.is_done() && result.compressed_size == stream.len() && processor.plain_text().text() == plain;
    let piece = Piece { plain: plain.len(), crc: crc32fast::hash(plain), corrections: result.corrections };
    is_whole.then(|| vec![piece])
}

/// Makes one stream again, piece by piece.
pub struct Deflater {
    processor: RecreateStreamProcessor,
}

impl Deflater {
    pub fn new() -> Deflater {
        Deflater { processor: RecreateStreamProcessor::new() }
    }

    /// The stream's next bytes. `None`, or a panic, when these corrections do not belong to these bytes.
    pub fn next(&mut self, plain: &[u8], corrections: &[u8]) -> Option<Vec<u8>> {
        Some(self.processor.recompress(&mut Cursor::new(plain), corrections).ok()?.0)
    }
}
