//! Owns decoding the pixels of textures, as DDS and KTX2 hold them: BC1 to BC7, and plain integers and floats.

use half::f16;

use crate::Pixels;
use crate::reason::{CUT_OFF, Reason};

/// How a pixel, or a block of 4 x 4, is stored. Little-endian.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Layout {
    Bc1,
    Bc2,
    Bc3,
    Bc4 {
        signed: bool,
    },
    Bc5 {
        signed: bool,
    },
    Bc6 {
        signed: bool,
    },
    Bc7,
    /// Bytes a pixel, and for each channel of RGBA its byte in a pixel.
    Plain(usize, [Option<usize>; 4]),
    /// So many channels of one signed byte: -1 is dark, 1 bright.
    SignedBytes(usize),
    /// Bytes a pixel, and the bits of each channel of RGBA.
    Masks(usize, [u32; 4]),
    /// So many channels of 16 bits, of half floats, of floats.
    Words(usize),
    Halves(usize),
    Floats(usize),
    /// Red and green of 11 bits, blue of 10, all floats without a sign.
    SmallFloats,
    /// Three times 9 bits with one exponent.
    SharedExponent,
}

impl Layout {
    /// Of the decoded picture.
    pub fn bytes_a_pixel(self) -> u64 {
        match self {
            Layout::Bc6 { .. } | Layout::Halves(_) | Layout::Floats(_) => 16,
            Layout::SmallFloats | Layout::SharedExponent => 16,
            Layout::Words(_) => 8,
            Layout::Masks(_, masks) if is_wide(masks) => 8,
            _ => 4,
        }
    }

    /// Bytes of a block, or of a pixel.
    fn size(self) -> usize {
        match self {
            Layout::Bc1 | Layout::Bc4 { .. } => 8,
            Layout::Bc2 | Layout::Bc3 | Layout::Bc5 { .. } | Layout::Bc6 { .. } | Layout::Bc7 => 16,
            Layout::Plain(size, _) | Layout::Masks(size, _) | Layout::SignedBytes(size) => size,
            Layout::Words(count) | Layout::Halves(count) => count * 2,
            Layout::Floats(count) => count * 4,
            Layout::SmallFloats | Layout::SharedExponent => 4,
        }
    }
}

/// The largest surface: rows from the top, without gaps. The size has been checked.
pub fn decode(data: &[u8], width: usize, height: usize, layout: Layout) -> Result<Pixels, Reason> {
    Ok(match layout {
        Layout::Bc6 { signed } => Pixels::Rgba32F(light_blocks(data, width, height, signed)?),
        Layout::Bc1 | Layout::Bc2 | Layout::Bc3 | Layout::Bc4 { .. } | Layout::Bc5 { .. } | Layout::Bc7 => {
            Pixels::Rgba8(blocks(data, width, height, layout)?)
        }
        Layout::Plain(size, channels) => {
            let pixel =
                |pixel: &[u8]| [0, 1, 2, 3].map(|i| channels[i].map_or(if i == 3 { 255 } else { 0 }, |at| pixel[at]));
            Pixels::Rgba8(each(data, width, height, size, pixel)?)
        }
        Layout::SignedBytes(count) => {
            let value = |byte: u8| ((f32::from(byte as i8) / 127.0).max(-1.0) * 127.5 + 128.0) as u8;
            Pixels::Rgba8(each(data, width, height, count, |pixel| {
                // What is not there of a direction is 0, and of a cover 1.
                [0, 1, 2, 3].map(|i| pixel.get(i).map_or(if i == 3 { 255 } else { 128 }, |byte| value(*byte)))
            })?)
        }
        Layout::Masks(size, masks) if is_wide(masks) => Pixels::Rgba16(each(data, width, height, size, |pixel| {
            masked(pixel, masks).map(|value| (value * 65535.0 + 0.5) as u16)
        })?),
        Layout::Masks(size, masks) => Pixels::Rgba8(each(data, width, height, size, |pixel| {
            masked(pixel, masks).map(|value| (value * 255.0 + 0.5) as u8)
        })?),
        Layout::Words(count) => Pixels::Rgba16(each(data, width, height, count * 2, |pixel| {
            spread(count, u16::MAX, |at| u16::from_le_bytes([pixel[at * 2], pixel[at * 2 + 1]]))
        })?),
        Layout::Halves(count) => Pixels::Rgba32F(each(data, width, height, count * 2, |pixel| {
            spread(count, 1.0, |at| f16::from_le_bytes([pixel[at * 2], pixel[at * 2 + 1]]).to_f32())
        })?),
        Layout::Floats(count) => Pixels::Rgba32F(each(data, width, height, count * 4, |pixel| {
            spread(count, 1.0, |at| f32::from_bits(word(&pixel[at * 4..])))
        })?),
        Layout::SmallFloats => Pixels::Rgba32F(each(data, width, height, 4, |pixel| {
            let bits = word(pixel);
            [small_float(bits & 0x7ff, 6), small_float(bits >> 11 & 0x7ff, 6), small_float(bits >> 22, 5), 1.0]
        })?),
        Layout::SharedExponent => Pixels::Rgba32F(each(data, width, height, 4, |pixel| {
            let bits = word(pixel);
            let factor = 2f32.powi((bits >> 27) as i32 - 24);
            [0, 9, 18]
                .map(|at| (bits >> at & 0x1ff) as f32 * factor)
                .into_iter()
                .chain([1.0])
                .collect::<Vec<_>>()
                .try_into()
                .unwrap_or([0.0; 4])
        })?),
    })
}

pub fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// One channel is grey, of two the third is nothing, and what covers is full where there is none.
fn spread<T: Copy + Default>(count: usize, full: T, channel: impl Fn(usize) -> T) -> [T; 4] {
    match count {
        1 => [channel(0), channel(0), channel(0), full],
        2 => [channel(0), channel(1), T::default(), full],
        3 => [channel(0), channel(1), channel(2), full],
        _ => [channel(0), channel(1), channel(2), channel(3)],
    }
}

fn is_wide(masks: [u32; 4]) -> bool {
    masks.iter().any(|mask| mask.count_ones() > 8)
}

/// Channels of 0 to 1; one that has no bits is dark, and covers fully.
fn masked(pixel: &[u8], masks: [u32; 4]) -> [f32; 4] {
    let bits = pixel.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    [0, 1, 2, 3].map(|i| match masks[i] {
        0 if i == 3 => 1.0,
        0 => 0.0,
        mask => {
            let shift = mask.trailing_zeros();
            (f64::from((bits & mask) >> shift) / f64::from(mask >> shift)) as f32
        }
    })
}

/// A float of 5 bits of exponent and no sign, `mantissa` bits behind them.
fn small_float(bits: u32, mantissa: u32) -> f32 {
    // The half float that it is the upper part of.
    f16::from_bits((bits << (10 - mantissa)) as u16).to_f32()
}

fn each<T>(
    data: &[u8],
    width: usize,
    height: usize,
    size: usize,
    pixel: impl Fn(&[u8]) -> [T; 4],
) -> Result<Vec<T>, Reason> {
    let data = data.get(..width * height * size).ok_or(CUT_OFF)?;
    let mut pixels = Vec::with_capacity(width * height * 4);
    for one in data.chunks_exact(size) {
        pixels.extend(pixel(one));
    }
    Ok(pixels)
}

/// Calls `each` with every block and where its top left pixel lies.
fn each_block(
    data: &[u8],
    width: usize,
    height: usize,
    size: usize,
    mut each: impl FnMut(&[u8], usize, usize),
) -> Result<(), Reason> {
    let (columns, rows) = (width.div_ceil(4), height.div_ceil(4));
    let data = data.get(..columns * rows * size).ok_or(CUT_OFF)?;
    for (index, block) in data.chunks_exact(size).enumerate() {
        each(block, index % columns * 4, index / columns * 4);
    }
    Ok(())
}

fn blocks(data: &[u8], width: usize, height: usize, layout: Layout) -> Result<Vec<u8>, Reason> {
    let mut pixels = vec![0; width * height * 4];
    each_block(data, width, height, layout.size(), |block, left, top| {
        let mut decoded = [0u8; 64];
        match layout {
            Layout::Bc1 => bcdec_rs::bc1(block, &mut decoded, 16),
            Layout::Bc2 => bcdec_rs::bc2(block, &mut decoded, 16),
            Layout::Bc3 => bcdec_rs::bc3(block, &mut decoded, 16),
            Layout::Bc7 => bcdec_rs::bc7(block, &mut decoded, 16),
            Layout::Bc4 { signed } => {
                let mut grey = [0u8; 16];
                bcdec_rs::bc4(block, &mut grey, 4, signed);
                for (pixel, value) in decoded.chunks_exact_mut(4).zip(grey) {
                    let value = unsigned(value, signed);
                    pixel.copy_from_slice(&[value, value, value, 255]);
                }
            }
            Layout::Bc5 { signed } => {
                let mut pairs = [0u8; 32];
                bcdec_rs::bc5(block, &mut pairs, 8, signed);
                for (pixel, pair) in decoded.chunks_exact_mut(4).zip(pairs.chunks_exact(2)) {
                    let (x, y) = (unsigned(pair[0], signed), unsigned(pair[1], signed));
                    pixel.copy_from_slice(&[x, y, normal_z(x, y), 255]);
                }
            }
            _ => {}
        }
        copy(&decoded, 4, &mut pixels, width, height, left, top);
    })?;
    Ok(pixels)
}

/// A signed byte as a byte whose middle is 128.
fn unsigned(value: u8, signed: bool) -> u8 {
    if signed { value.wrapping_add(128) } else { value }
}

/// Two channels are normal maps: the third follows from the length of one.
fn normal_z(x: u8, y: u8) -> u8 {
    let (x, y) = (f32::from(x) / 127.5 - 1.0, f32::from(y) / 127.5 - 1.0);
    ((1.0 - x * x - y * y).max(0.0).sqrt() * 127.5 + 127.5) as u8
}

fn light_blocks(data: &[u8], width: usize, height: usize, signed: bool) -> Result<Vec<f32>, Reason> {
    let mut pixels = vec![0.0; width * height * 4];
    each_block(data, width, height, 16, |block, left, top| {
        let mut rgb = [0f32; 48];
        bcdec_rs::bc6h_float(block, &mut rgb, 12, signed);
        let mut decoded = [1f32; 64];
        for (pixel, value) in decoded.chunks_exact_mut(4).zip(rgb.chunks_exact(3)) {
            pixel[..3].copy_from_slice(value);
        }
        copy(&decoded, 4, &mut pixels, width, height, left, top);
    })?;
    Ok(pixels)
}

/// Copies what of a block of `side` x `side` pixels lies within the picture.
fn copy<T: Copy>(block: &[T], side: usize, into: &mut [T], width: usize, height: usize, left: usize, top: usize) {
    let length = (width - left).min(side) * 4;
    for row in 0..(height - top).min(side) {
        let at = ((top + row) * width + left) * 4;
        into[at..at + length].copy_from_slice(&block[row * side * 4..][..length]);
    }
}
