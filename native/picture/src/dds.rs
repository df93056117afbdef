//! Owns decoding the first surface of DDS files: BC1 to BC7 and plain 8-bit pixels.
//! Source: "Programming Guide for DDS" and DDS_HEADER, DDS_HEADER_DXT10 of the DirectX documentation.

use crate::{Picture, Pixels, check};

const HEADER: usize = 128;
const DX10_HEADER: usize = 20;
const FOURCC: u32 = 0x4;

#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Bc1,
    Bc2,
    Bc3,
    Bc4,
    Bc5,
    Bc6 {
        signed: bool,
    },
    Bc7,
    /// Bytes a pixel, and for each channel of RGBA its byte in a pixel.
    Plain(usize, [Option<usize>; 4]),
}

impl Layout {
    fn block(self) -> usize {
        if matches!(self, Layout::Bc1 | Layout::Bc4) { 8 } else { 16 }
    }
}

pub fn decode(file: &[u8]) -> Result<Picture, String> {
    if file.len() < HEADER {
        return Err("the DDS header is cut off".into());
    }
    let (height, width) = (word(file, 12), word(file, 16));
    let (layout, start) = layout(file)?;
    let is_float = matches!(layout, Layout::Bc6 { .. });
    check(width, height, if is_float { 16 } else { 4 })?;
    let data = file.get(start..).unwrap_or_default();
    let (columns, rows) = (width as usize, height as usize);
    let pixels = match layout {
        Layout::Plain(size, channels) => Pixels::Rgba8(plain(data, columns, rows, size, channels)?),
        Layout::Bc6 { signed } => Pixels::Rgba32F(floats(data, columns, rows, signed)?),
        _ => Pixels::Rgba8(blocks(data, columns, rows, layout)?),
    };
    Ok(Picture { width, height, pixels })
}

fn word(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}

fn layout(file: &[u8]) -> Result<(Layout, usize), String> {
    if word(file, 80) & FOURCC == 0 {
        return Ok((masks(file)?, HEADER));
    }
    let layout = match &file[84..88] {
        b"DXT1" => Layout::Bc1,
        b"DXT2" | b"DXT3" => Layout::Bc2,
        b"DXT4" | b"DXT5" => Layout::Bc3,
        b"ATI1" | b"BC4U" => Layout::Bc4,
        b"ATI2" | b"BC5U" => Layout::Bc5,
        b"DX10" if file.len() >= HEADER + DX10_HEADER => {
            return Ok((dxgi(word(file, HEADER))?, HEADER + DX10_HEADER));
        }
        other => return Err(format!("DDS pixels of kind {} are not supported", String::from_utf8_lossy(other))),
    };
    Ok((layout, HEADER))
}

fn dxgi(format: u32) -> Result<Layout, String> {
    const RGBA: [Option<usize>; 4] = [Some(0), Some(1), Some(2), Some(3)];
    const BGRA: [Option<usize>; 4] = [Some(2), Some(1), Some(0), Some(3)];
    Ok(match format {
        27..=29 => Layout::Plain(4, RGBA),
        87 | 90 | 91 => Layout::Plain(4, BGRA),
        88 | 92 | 93 => Layout::Plain(4, [Some(2), Some(1), Some(0), None]),
        60 | 61 => Layout::Plain(1, [Some(0), Some(0), Some(0), None]),
        70..=72 => Layout::Bc1,
        73..=75 => Layout::Bc2,
        76..=78 => Layout::Bc3,
        79 | 80 => Layout::Bc4,
        82 | 83 => Layout::Bc5,
        94 | 95 => Layout::Bc6 { signed: false },
        96 => Layout::Bc6 { signed: true },
        97..=99 => Layout::Bc7,
        _ => return Err(format!("DDS pixels of DXGI format {format} are not supported")),
    })
}

/// The layout of plain pixels, whose channels lie under masks of whole bytes.
fn masks(file: &[u8]) -> Result<Layout, String> {
    let bits = word(file, 88);
    if !matches!(bits, 8 | 24 | 32) {
        return Err(format!("DDS pixels of {bits} bits are not supported"));
    }
    let mut channels = [None; 4];
    for (index, channel) in channels.iter_mut().enumerate() {
        let mask = word(file, 92 + 4 * index);
        *channel = (0..bits as usize / 8).find(|byte| mask == 0xff << (8 * byte));
    }
    if channels[0].is_none() {
        return Err("DDS pixels with channels of other than 8 bits are not supported".into());
    }
    if bits == 8 {
        channels = [channels[0], channels[0], channels[0], None];
    }
    Ok(Layout::Plain(bits as usize / 8, channels))
}

fn plain(
    data: &[u8],
    width: usize,
    height: usize,
    size: usize,
    channels: [Option<usize>; 4],
) -> Result<Vec<u8>, String> {
    let data = data.get(..width * height * size).ok_or("the DDS file is cut off")?;
    let mut pixels = Vec::with_capacity(width * height * 4);
    for pixel in data.chunks_exact(size) {
        for (index, channel) in channels.iter().enumerate() {
            pixels.push(channel.map_or(if index == 3 { 255 } else { 0 }, |at| pixel[at]));
        }
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
) -> Result<(), String> {
    let (columns, rows) = (width.div_ceil(4), height.div_ceil(4));
    let data = data.get(..columns * rows * size).ok_or("the DDS file is cut off")?;
    for (index, block) in data.chunks_exact(size).enumerate() {
        each(block, index % columns * 4, index / columns * 4);
    }
    Ok(())
}

fn blocks(data: &[u8], width: usize, height: usize, layout: Layout) -> Result<Vec<u8>, String> {
    let mut pixels = vec![0; width * height * 4];
    each_block(data, width, height, layout.block(), |block, left, top| {
        let mut decoded = [0u8; 64];
        match layout {
            Layout::Bc1 => bcdec_rs::bc1(block, &mut decoded, 16),
            Layout::Bc2 => bcdec_rs::bc2(block, &mut decoded, 16),
            Layout::Bc3 => bcdec_rs::bc3(block, &mut decoded, 16),
            Layout::Bc7 => bcdec_rs::bc7(block, &mut decoded, 16),
            Layout::Bc4 => {
                let mut grey = [0u8; 16];
                bcdec_rs::bc4(block, &mut grey, 4, false);
                for (pixel, value) in decoded.chunks_exact_mut(4).zip(grey) {
                    pixel.copy_from_slice(&[value, value, value, 255]);
                }
            }
            _ => {
                let mut pairs = [0u8; 32];
                bcdec_rs::bc5(block, &mut pairs, 8, false);
                for (pixel, pair) in decoded.chunks_exact_mut(4).zip(pairs.chunks_exact(2)) {
                    pixel.copy_from_slice(&[pair[0], pair[1], normal_z(pair[0], pair[1]), 255]);
                }
            }
        }
        copy(&decoded, 4, &mut pixels, width, height, left, top);
    })?;
    Ok(pixels)
}

/// Two channels are normal maps: the third follows from the length of one.
fn normal_z(x: u8, y: u8) -> u8 {
    let (x, y) = (f32::from(x) / 127.5 - 1.0, f32::from(y) / 127.5 - 1.0);
    ((1.0 - x * x - y * y).max(0.0).sqrt() * 127.5 + 127.5) as u8
}

fn floats(data: &[u8], width: usize, height: usize, signed: bool) -> Result<Vec<f32>, String> {
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
