//! Owns the way from a file to its plain form: streams are found, inflated where that pays, and the whole is proven by rebuilding.

use std::io::{self, Write};

use crate::deflate::{Inflated, PIECE, analyse, inflate};
use crate::detect::{self, Find};
use crate::format::{self, Idat, Op, Piece};
use crate::png;
use crate::quiet::quietly;
use crate::rebuild::{LEVELS, MAX_NESTED, rebuild};
use crate::{MAX_FILE, MAX_PLAIN, MAX_RECIPE};

/// Shorter streams are left as they are: what is to be said of them costs more than they can bring.
const LEAST_STREAM: usize = 200;
/// What is inflated, and analysed, in vain may be so much more than the multiples below.
const SMALL: usize = 32 << 20;
/// Corrections may take this share of a stream; more, and its compressor is not one that preflate knows.
const CORRECTIONS_SHARE: usize = 4;
/// A plain form pays only when so many bytes of the file, and this share of it, were streams.
const LEAST_FOUND: usize = 512;
const FOUND_SHARE: usize = 64;
/// What may be inflated, and analysed, in vain before the search is given up: multiples of the file's length.
const INFLATED_IN_VAIN: usize = 16;
const ANALYSED_IN_VAIN: usize = 4;
/// What an attempt costs at least.
const ATTEMPT: usize = 64;

/// A file's plain form and, behind it, the recipe that makes the file of it.
#[derive(Default)]
pub struct Form {
    pub bytes: Vec<u8>,
    /// Length of the recipe.
    pub recipe: usize,
}

/// `None` when the file holds no streams worth inflating, is too large, or cannot be rebuilt bit for bit.
pub fn expand(file: &[u8]) -> Option<Form> {
    // One panic decides about the whole file: WebAssembly cannot go on after it, and must come to the same result.
    quietly(|| try_expand(file)).flatten()
}

fn try_expand(file: &[u8]) -> Option<Form> {
    if file.len() > MAX_FILE || detect::next(file, 0).is_none() {
        return None;
    }
    let mut search = Search {
        plain: Vec::with_capacity(file.len()),
        inflated_in_vain: SMALL + INFLATED_IN_VAIN * file.len(),
        analysed_in_vain: SMALL + ANALYSED_IN_VAIN * file.len(),
        found: 0,
        is_cut_off: false,
    };
    let ops = search.ops(file, 1)?;
    proven(file, search, ops)
}

/// The form, if it pays and the file comes out of it.
fn proven(file: &[u8], search: Search, ops: Vec<Op>) -> Option<Form> {
    if search.found < LEAST_FOUND.max(file.len() / FOUND_SHARE) {
        return None;
    }
    let mut bytes = search.plain;
    let recipe = format::encode(file.len(), bytes.len(), &ops);
    drop(ops);
    let mut same = Same { rest: file };
    let verified = recipe.len() <= MAX_RECIPE && rebuild(&recipe, &mut bytes.as_slice(), &mut same).is_ok();
    bytes.extend_from_slice(&recipe);
    (verified && same.rest.is_empty()).then_some(Form { bytes, recipe: recipe.len() })
}

/// How the front of a longer file is taken.
#[derive(Debug, Clone, Copy)]
pub struct Front {
    /// It ends where something may start once so many bytes of the file are in it, or so many of its plain form.
    pub enough: usize,
    pub enough_plain: usize,
    /// Any stream that is to be replaced takes fewer bytes than this.
    pub longest: usize,
    /// Nothing follows the bytes at hand.
    pub is_last: bool,
}

/// What `expand_front` took, and what stands for it if that is not the bytes themselves.
pub struct Taken {
    pub length: usize,
    pub form: Option<Form>,
}

/// Bytes at the end of a window that are left for the next: a signature may begin in them.
const HELD_BACK: usize = 64;

/// As `expand`, for the first bytes of a longer file: how many are taken is up to what is in them. No stream is cut apart that would be
/// replaced if more of the file were at hand: it is left for the next front. Takes one byte at least.
pub fn expand_front(window: &[u8], front: &Front) -> Taken {
    quietly(|| try_expand_front(window, front)).flatten().unwrap_or_else(|| {
        let length = if front.is_last { window.len() } else { window.len().saturating_sub(HELD_BACK).max(1) };
        Taken { length, form: None }
    })
}

fn try_expand_front(window: &[u8], front: &Front) -> Option<Taken> {
    if window.len() > MAX_FILE {
        return None;
    }
    detect::next(window, 0)?;
    let mut search = Search {
        plain: Vec::with_capacity(window.len()),
        inflated_in_vain: SMALL + INFLATED_IN_VAIN * window.len(),
        analysed_in_vain: SMALL + ANALYSED_IN_VAIN * window.len(),
        found: 0,
        is_cut_off: false,
    };
    let (ops, length) = search.ops_until(window, 1, Some(front))?;
    Some(Taken { length, form: proven(&window[..length], search, ops) })
}

struct Search {
    plain: Vec<u8>,
    /// Bytes that may still be inflated, and analysed, in vain.
    inflated_in_vain: usize,
    analysed_in_vain: usize,
    /// Bytes of streams in the file itself that are inflated in its plain form.
    found: usize,
    /// The stream that was tried last goes on behind the bytes at hand.
    is_cut_off: bool,
}

/// Where a stream may be.
struct Place {
    /// First byte that it replaces, and first byte after it if that is known.
    start: usize,
    end: Option<usize>,
    idat: Option<(Idat, Vec<u8>)>,
}

/// A stream whose inflated bytes are the last of the plain form.
struct Stream {
    end: usize,
    idat: Option<Idat>,
    pieces: Vec<Piece>,
}

impl Search {
    /// Appends the plain form of `bytes`. `None` when it becomes too long.
    fn ops(&mut self, bytes: &[u8], level: usize) -> Option<Vec<Op>> {
        Some(self.ops_until(bytes, level, None)?.0)
    }

    /// As `ops`; with `front` of so many bytes as are returned, too.
    fn ops_until(&mut self, bytes: &[u8], level: usize, front: Option<&Front>) -> Option<(Vec<Op>, usize)> {
        let mut ops = Vec::new();
        let mut end = None;
        let first = self.plain.len();
        // Bytes [.., copied) are in the plain form, the last `pending` of them without an operation.
        let (mut copied, mut pending) = (0, 0);
        let mut at = 0;
        while let Some((found, find)) = detect::next(bytes, at) {
            at = found + 1;
            if self.inflated_in_vain == 0 {
                break;
            }
            let plain = self.plain.len() + found.saturating_sub(copied);
            if front.is_some_and(|front| found > 0 && (found >= front.enough || plain >= front.enough_plain)) {
                end = Some(found);
                break;
            }
            // Whether what fails here may be whole in the next window.
            let may_go_on =
                front.is_some_and(|front| !front.is_last && found > 0 && bytes.len() - found < front.longest);
            let Some(place) = place(bytes, found, find) else {
                if may_go_on && (find != Find::Png || png::is_cut_off(&bytes[found..])) {
                    end = Some(found);
                    break;
                }
                continue;
            };
            if place.start < copied {
                self.plain.truncate(self.plain.len() - (copied - place.start));
                pending -= copied - place.start;
            } else {
                self.append(&bytes[copied..place.start])?;
                pending += place.start - copied;
            }
            copied = place.start;
            let mark = self.plain.len();
            debug_assert!(mark >= first + pending);
            let Some(stream) = self.stream(bytes, &place, find) else {
                self.plain.truncate(mark);
                if may_go_on && (self.is_cut_off || find == Find::Png && png::is_cut_off(&bytes[found..])) {
                    end = Some(found);
                    break;
                }
                continue;
            };
            ops.push(Op::Copy(pending));
            let is_file = matches!(find, Find::File { .. }) && self.plain.len() - mark <= MAX_NESTED;
            let nested = if is_file && level < LEVELS { self.nested(mark, level)? } else { None };
            ops.push(Op::Stream { idat: stream.idat, nested, pieces: stream.pieces });
            if level == 1 {
                self.found += stream.end - place.start;
            }
            (copied, pending, at) = (stream.end, 0, stream.end);
        }
        let held_back = if front.is_some_and(|front| !front.is_last) { HELD_BACK } else { 0 };
        let end = end.unwrap_or_else(|| bytes.len().saturating_sub(held_back).max(copied).max(1).min(bytes.len()));
        if end < copied {
            self.plain.truncate(self.plain.len() - (copied - end));
            pending -= copied - end;
            copied = end;
        }
        self.append(&bytes[copied..end])?;
        ops.push(Op::Copy(pending + end - copied));
        Some((ops, end))
    }

    /// Replaces the inflated file from `mark` on by its plain form, if it has one of its own.
    fn nested(&mut self, mark: usize, level: usize) -> Option<Option<Vec<Op>>> {
        if detect::next(&self.plain[mark..], 0).is_none() {
            return Some(None);
        }
        let text = self.plain.split_off(mark);
        let ops = self.ops(&text, level + 1)?;
        if ops.len() > 1 {
            return Some(Some(ops));
        }
        // Without streams the plain form is the file.
        Some(None)
    }

    /// Inflates a stream to the end of the plain form. `None`, with anything there, when it is none or does not pay.
    fn stream(&mut self, bytes: &[u8], place: &Place, find: Find) -> Option<Stream> {
        let mark = self.plain.len();
        let data = match &place.idat {
            Some((_, data)) => data,
            None => &bytes[place.start..],
        };
        let limit = (MAX_PLAIN - mark).min(PIECE);
        let inflated = inflate(data, limit, &mut self.plain);
        self.is_cut_off = match inflated {
            Inflated::Whole(length) => find == Find::Zlib && data.len() < length + 4,
            Inflated::CutOff => true,
            Inflated::No => false,
        };
        let inflated = match inflated {
            Inflated::Whole(length) => Some(length),
            _ => None,
        };
        let inflated = inflated.filter(|&length| {
            let is_whole = match find {
                Find::Zlib => data.get(length..length + 4) == Some(&adler32(&self.plain[mark..]).to_be_bytes()),
                Find::Png => length == data.len(),
                Find::File { .. } => true,
            };
            is_whole && length >= LEAST_STREAM
        });
        let grown = self.plain.len() - mark;
        let Some(length) = inflated else {
            self.inflated_in_vain = self.inflated_in_vain.saturating_sub(grown + ATTEMPT);
            return None;
        };
        let analysed = if self.analysed_in_vain > 0 { analyse(&data[..length], &self.plain[mark..]) } else { None };
        let corrections = |pieces: &[Piece]| pieces.iter().map(|piece| piece.corrections.len()).sum::<usize>();
        let Some(pieces) = analysed.filter(|pieces| corrections(pieces) <= length / CORRECTIONS_SHARE) else {
            self.analysed_in_vain = self.analysed_in_vain.saturating_sub(grown);
            return None;
        };
        let end = place.end.unwrap_or(place.start + length);
        Some(Stream { end, idat: place.idat.as_ref().map(|(idat, _)| idat.clone()), pieces })
    }

    fn append(&mut self, bytes: &[u8]) -> Option<()> {
        if self.plain.len() + bytes.len() > MAX_PLAIN {
            return None;
        }
        self.plain.extend_from_slice(bytes);
        Some(())
    }
}

fn place(bytes: &[u8], found: usize, find: Find) -> Option<Place> {
    if find != Find::Png {
        let start = found + find.header();
        return (start < bytes.len()).then_some(Place { start, end: None, idat: None });
    }
    let chain = png::find_chain(&bytes[found..])?;
    let mut data = chain.data;
    let tail = data.split_off(data.len() - 4);
    let head = data.drain(..2).collect::<Vec<u8>>();
    let idat = Idat { runs: chain.runs, head: head.try_into().ok()?, tail: tail.try_into().ok()? };
    Some(Place { start: found + chain.start, end: Some(found + chain.end), idat: Some((idat, data)) })
}

/// Adler-32 (RFC 1950, 9).
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    /// So many bytes can be added before the sums overflow.
    const RUN: usize = 5552;
    let (mut a, mut b) = (1u32, 0u32);
    for run in bytes.chunks(RUN) {
        for &byte in run {
            a += u32::from(byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}

/// Takes what is written only while it is what is expected.
struct Same<'a> {
    rest: &'a [u8],
}

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
