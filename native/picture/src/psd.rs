//! Owns decoding the composite of Photoshop's files (PSD and PSB), the picture of all layers together.
//! Source: "Adobe Photoshop File Formats Specification": header, three sections that name their length, then the composite.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::psd_colours::{Colours, Mode};
use crate::reason::{CUT_OFF, Reason};
use crate::{MAX_ALLOCATED, Picture, Pixels, check};

const HEADER: usize = 26;
/// Image resources that matter here.
const VERSION_INFO: u16 = 1057;
const TRANSPARENT_INDEX: u16 = 1047;

/// Reads numbers, big-endian, within the bytes.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn bytes(&self, at: usize, length: usize) -> Result<&'a [u8], Reason> {
        let end = at.checked_add(length).ok_or(CUT_OFF)?;
        self.0.get(at..end).ok_or(CUT_OFF.into())
    }

    pub fn u16(&self, at: usize) -> Result<u16, Reason> {
        Ok(u16::from_be_bytes(self.bytes(at, 2)?.try_into().unwrap_or_default()))
    }

    pub fn u32(&self, at: usize) -> Result<u32, Reason> {
        Ok(u32::from_be_bytes(self.bytes(at, 4)?.try_into().unwrap_or_default()))
    }

    /// A length of 32 bits, in large documents of 64.
    fn length(&self, at: usize, is_large: bool) -> Result<usize, Reason> {
        if !is_large {
            return Ok(self.u32(at)? as usize);
        }
        let length = u64::from(self.u32(at)?) << 32 | u64::from(self.u32(at + 4)?);
        usize::try_from(length).map_err(|_| CUT_OFF.into())
    }
}

pub fn decode(file: &[u8]) -> Result<Picture, Reason> {
    let input = Input(file);
    let is_large = input.u16(4)? == 2;
    let channels = usize::from(input.u16(12)?);
    let (height, width) = (input.u32(14)?, input.u32(18)?);
    let (depth, mode) = (input.u16(22)?, input.u16(24)?);
    let mode = Mode::of(mode, depth)?;
    check(width, height, mode.bytes_a_pixel())?;
    let palette = input.bytes(HEADER + 4, input.u32(HEADER)? as usize)?;
    let resources_at = HEADER + 4 + palette.len();
    let resources = input.bytes(resources_at + 4, input.u32(resources_at)? as usize)?;
    if resource(resources, VERSION_INFO).is_some_and(|info| info.get(4) == Some(&0)) {
        return Err("it was saved without the picture of all layers together".into());
    }
    let layers_at = resources_at + 4 + resources.len();
    let size = if is_large { 8 } else { 4 };
    let layers = input.bytes(layers_at + size, input.length(layers_at, is_large)?)?;
    let composite = Composite::open(
        Input(&file[layers_at + size + layers.len()..]),
        Shape { width: width as usize, height: height as usize, channels, depth: usize::from(depth), is_large },
    )?;
    let transparent = resource(resources, TRANSPARENT_INDEX).and_then(|index| Input(index).u16(0).ok());
    let colours = Colours { mode, channels, palette, transparent, has_matte: is_transparent(layers, is_large) };
    let (pixels, notes) = pixels(&composite, &colours)?;
    Ok(Picture { width, height, pixels, notes })
}

/// The content of an image resource.
fn resource(resources: &[u8], id: u16) -> Option<&[u8]> {
    let input = Input(resources);
    let mut at = 0;
    while input.bytes(at, 4).ok()? == b"8BIM" {
        let found = input.u16(at + 4).ok()?;
        let name = usize::from(*resources.get(at + 6)?);
        // Names and contents end at even places.
        let size_at = at + 6 + (name + 2) / 2 * 2;
        let size = input.u32(size_at).ok()? as usize;
        let content = input.bytes(size_at + 4, size).ok()?;
        if found == id {
            return Some(content);
        }
        at = size_at + 4 + size.div_ceil(2) * 2;
    }
    None
}

/// Whether the first channel beyond the colours is the transparency of the picture: the count of layers is negative then.
fn is_transparent(layers: &[u8], is_large: bool) -> bool {
    let input = Input(layers);
    let size = if is_large { 8 } else { 4 };
    let is_negative = |at: usize| input.u16(at).is_ok_and(|count| count & 0x8000 != 0);
    let Ok(length) = input.length(0, is_large) else { return false };
    if length > 0 {
        return is_negative(size);
    }
    // Those of 16 and 32 bits are in a block behind the masks.
    let Ok(masks) = input.u32(size) else { return false };
    let mut at = size + 4 + masks as usize;
    while let Ok(head) = input.bytes(at, 12) {
        let key = &head[4..8];
        let is_long = is_large
            && [b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"].iter().any(|one| key == *one);
        let content = at + if is_long { 16 } else { 12 };
        let Ok(length) = input.length(at + 8, is_long) else { return false };
        if key == b"Lr16" || key == b"Lr32" {
            return is_negative(content);
        }
        at = content.saturating_add(length).saturating_add(3) / 4 * 4;
    }
    false
}

struct Shape {
    width: usize,
    height: usize,
    channels: usize,
    /// Bits a sample.
    depth: usize,
    is_large: bool,
}

impl Shape {
    /// Bytes of a row of one channel.
    fn row(&self) -> usize {
        (self.width * self.depth).div_ceil(8)
    }
}

enum Packing<'a> {
    Raw(&'a [u8]),
    /// Where each row begins, of all channels one after the other, and one more.
    RunLength(&'a [u8], Vec<usize>),
    Zip {
        data: Vec<u8>,
        is_predicted: bool,
    },
}

/// The samples of the composite, row by row of each channel.
pub struct Composite<'a> {
    shape: Shape,
    packing: Packing<'a>,
}

impl<'a> Composite<'a> {
    fn open(input: Input<'a>, shape: Shape) -> Result<Composite<'a>, Reason> {
        let rows = shape.height * shape.channels;
        let size = rows.checked_mul(shape.row()).ok_or(CUT_OFF)?;
        let packing = match input.u16(0)? {
            0 => Packing::Raw(input.bytes(2, size)?),
            1 => {
                let count = if shape.is_large { 4 } else { 2 };
                let table = input.bytes(2, rows.checked_mul(count).ok_or(CUT_OFF)?)?;
                let mut starts = vec![2 + table.len()];
                for length in table.chunks_exact(count) {
                    let length = length.iter().fold(0usize, |value, byte| value << 8 | usize::from(*byte));
                    starts.push(starts[starts.len() - 1].checked_add(length).ok_or(CUT_OFF)?);
                }
                input.bytes(0, starts[rows])?;
                Packing::RunLength(input.0, starts)
            }
            kind @ (2 | 3) => {
                if size as u64 > MAX_ALLOCATED {
                    return Err("it needs more memory than a picture may take".into());
                }
                let data = decompress_to_vec_zlib_with_limit(&input.0[2..], size).map_err(|_| CUT_OFF)?;
                if data.len() < size {
                    return Err(CUT_OFF.into());
                }
                Packing::Zip { data, is_predicted: kind == 3 }
            }
            kind => return Err(Reason::new("its pixels are packed in an unknown way ({0})", &[&kind])),
        };
        Ok(Composite { shape, packing })
    }

    pub fn size(&self) -> (usize, usize) {
        (self.shape.width, self.shape.height)
    }

    /// The samples of a row of a channel as they are in the file: big-endian.
    pub fn row(&self, channel: usize, y: usize, into: &mut Vec<u8>) -> Result<(), Reason> {
        let length = self.shape.row();
        let index = channel * self.shape.height + y;
        into.clear();
        match &self.packing {
            Packing::Raw(data) => into.extend_from_slice(&data[index * length..][..length]),
            Packing::RunLength(data, starts) => unpack(&data[starts[index]..starts[index + 1]], length, into)?,
            Packing::Zip { data, is_predicted } => {
                into.extend_from_slice(&data[index * length..][..length]);
                if *is_predicted {
                    sum(into, self.shape.depth, self.shape.width);
                }
            }
        }
        Ok(())
    }
}

/// PackBits (Apple Technical Note TN1023).
fn unpack(mut packed: &[u8], length: usize, into: &mut Vec<u8>) -> Result<(), Reason> {
    while into.len() < length {
        let (&head, rest) = packed.split_first().ok_or(CUT_OFF)?;
        packed = rest;
        if head < 128 {
            let count = usize::from(head) + 1;
            into.extend_from_slice(packed.get(..count).ok_or(CUT_OFF)?);
            packed = &packed[count..];
        } else if head > 128 {
            let (&value, rest) = packed.split_first().ok_or(CUT_OFF)?;
            into.resize(into.len() + 257 - usize::from(head), value);
            packed = rest;
        }
    }
    into.truncate(length);
    Ok(())
}

/// Takes back the prediction of a row: each value is stored as its distance from the one before, floats byte by byte in planes.
fn sum(row: &mut Vec<u8>, depth: usize, width: usize) {
    if depth == 16 {
        for at in (2..row.len()).step_by(2) {
            let before = u16::from_be_bytes([row[at - 2], row[at - 1]]);
            let value = u16::from_be_bytes([row[at], row[at + 1]]).wrapping_add(before);
            row[at..at + 2].copy_from_slice(&value.to_be_bytes());
        }
        return;
    }
    for at in 1..row.len() {
        row[at] = row[at].wrapping_add(row[at - 1]);
    }
    if depth == 32 {
        let planes = std::mem::take(row);
        row.extend((0..width * 4).map(|at| planes[at % 4 * width + at / 4]));
    }
}

fn pixels(composite: &Composite, colours: &Colours) -> Result<(Pixels, Vec<Reason>), Reason> {
    let notes = colours.notes();
    let pixels = match colours.mode.depth() {
        32 => Pixels::Rgba32F(colours.floats(composite)?),
        16 => Pixels::Rgba16(colours.words(composite)?),
        _ => Pixels::Rgba8(colours.bytes(composite)?),
    };
    Ok((pixels, notes))
}
