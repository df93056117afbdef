//! Owns decoding the first surface of DDS files: which layout their header names.
//! Source: "Programming Guide for DDS" and DDS_HEADER, DDS_HEADER_DXT10 of the DirectX documentation.

use crate::reason::Reason;
use crate::texels::{self, Layout, word};
use crate::{Picture, check};

const HEADER: usize = 128;
const DX10_HEADER: usize = 20;
/// Flags of the pixel format.
const ALPHA_ALONE: u32 = 0x2;
const FOURCC: u32 = 0x4;
const LUMINANCE: u32 = 0x2_0000;
/// Of the capabilities.
const CUBE: u32 = 0x200;
const VOLUME: u32 = 0x20_0000;

pub fn decode(file: &[u8]) -> Result<Picture, Reason> {
    if file.len() < HEADER {
        return Err("the header is cut off".into());
    }
    let (height, width) = (word(&file[12..]), word(&file[16..]));
    let (layout, start) = layout(file)?;
    check(width, height, layout.bytes_a_pixel())?;
    let data = file.get(start..).unwrap_or_default();
    let pixels = texels::decode(data, width as usize, height as usize, layout)?;
    let mut notes = Vec::new();
    let capabilities = word(&file[112..]);
    if capabilities & CUBE != 0 {
        notes.push("It is a cube map: its first face is shown".into());
    } else if capabilities & VOLUME != 0 {
        notes.push(Reason::new("It has {0} slices: the first one is shown", &[&word(&file[24..])]));
    } else if start > HEADER && word(&file[HEADER + 12..]) > 1 {
        notes.push(Reason::new("It has {0} slices: the first one is shown", &[&word(&file[HEADER + 12..])]));
    }
    Ok(Picture { width, height, pixels, notes })
}

fn layout(file: &[u8]) -> Result<(Layout, usize), Reason> {
    if word(&file[80..]) & FOURCC == 0 {
        return Ok((masks(file)?, HEADER));
    }
    let layout = match &file[84..88] {
        b"DXT1" => Layout::Bc1,
        b"DXT2" | b"DXT3" => Layout::Bc2,
        b"DXT4" | b"DXT5" => Layout::Bc3,
        b"ATI1" | b"BC4U" => Layout::Bc4 { signed: false },
        b"BC4S" => Layout::Bc4 { signed: true },
        b"ATI2" | b"BC5U" => Layout::Bc5 { signed: false },
        b"BC5S" => Layout::Bc5 { signed: true },
        b"DX10" if file.len() >= HEADER + DX10_HEADER => {
            return Ok((dxgi(word(&file[HEADER..]))?, HEADER + DX10_HEADER));
        }
        _ => match word(&file[84..]) {
            // D3DFORMAT, which stands in place of the four letters.
            36 => Layout::Words(4),
            111 => Layout::Halves(1),
            112 => Layout::Halves(2),
            113 => Layout::Halves(4),
            114 => Layout::Floats(1),
            115 => Layout::Floats(2),
            116 => Layout::Floats(4),
            _ => {
                let letters = String::from_utf8_lossy(&file[84..88]);
                return Err(Reason::new("DDS pixels of kind {0} are not decoded", &[&letters]));
            }
        },
    };
    Ok((layout, HEADER))
}

fn dxgi(format: u32) -> Result<Layout, Reason> {
    const RGBA: [Option<usize>; 4] = [Some(0), Some(1), Some(2), Some(3)];
    const BGRA: [Option<usize>; 4] = [Some(2), Some(1), Some(0), Some(3)];
    Ok(match format {
        1 | 2 => Layout::Floats(4),
        5 | 6 => Layout::Floats(3),
        9 | 10 => Layout::Halves(4),
        11 => Layout::Words(4),
        15 | 16 => Layout::Floats(2),
        23 | 24 => Layout::Masks(4, [0x3ff, 0xf_fc00, 0x3ff0_0000, 0xc000_0000]),
        26 => Layout::SmallFloats,
        27..=29 => Layout::Plain(4, RGBA),
        31 => Layout::SignedBytes(4),
        33 | 34 => Layout::Halves(2),
        35 => Layout::Words(2),
        39 | 41 => Layout::Floats(1),
        48 | 49 => Layout::Plain(2, [Some(0), Some(1), None, None]),
        51 => Layout::SignedBytes(2),
        53 | 54 => Layout::Halves(1),
        56 => Layout::Words(1),
        60 | 61 => Layout::Plain(1, [Some(0), Some(0), Some(0), None]),
        65 => Layout::Plain(1, [None, None, None, Some(0)]),
        67 => Layout::SharedExponent,
        70..=72 => Layout::Bc1,
        73..=75 => Layout::Bc2,
        76..=78 => Layout::Bc3,
        79 | 80 => Layout::Bc4 { signed: false },
        81 => Layout::Bc4 { signed: true },
        82 | 83 => Layout::Bc5 { signed: false },
        84 => Layout::Bc5 { signed: true },
        85 => Layout::Masks(2, [0xf800, 0x7e0, 0x1f, 0]),
        86 => Layout::Masks(2, [0x7c00, 0x3e0, 0x1f, 0x8000]),
        87 | 90 | 91 => Layout::Plain(4, BGRA),
        88 | 92 | 93 => Layout::Plain(4, [Some(2), Some(1), Some(0), None]),
        94 | 95 => Layout::Bc6 { signed: false },
        96 => Layout::Bc6 { signed: true },
        97..=99 => Layout::Bc7,
        115 => Layout::Masks(2, [0xf00, 0xf0, 0xf, 0xf000]),
        _ => return Err(Reason::new("DDS pixels of DXGI format {0} are not decoded", &[&format])),
    })
}

/// The layout of plain pixels, whose channels lie under masks.
fn masks(file: &[u8]) -> Result<Layout, Reason> {
    let (flags, bits) = (word(&file[80..]), word(&file[88..]));
    if !matches!(bits, 8 | 16 | 24 | 32) {
        return Err(Reason::new("DDS pixels of {0} bits are not decoded", &[&bits]));
    }
    let size = bits as usize / 8;
    let mut masks = [92, 96, 100, 104].map(|at| word(&file[at..]));
    if flags & ALPHA_ALONE != 0 && flags & LUMINANCE == 0 && masks[..3] == [0; 3] {
        masks[3] = if masks[3] == 0 { u32::MAX >> (32 - bits) } else { masks[3] };
    } else if flags & LUMINANCE != 0 || masks[1..3] == [0; 2] {
        masks = [masks[0], masks[0], masks[0], masks[3]];
    }
    let is_run = |mask: u32| mask == 0 || (mask >> mask.trailing_zeros()).leading_zeros() + mask.count_ones() == 32;
    if masks == [0; 4] || !masks.iter().all(|mask| is_run(*mask)) {
        return Err("DDS pixels with such masks are not decoded".into());
    }
    // Whole bytes are read much faster.
    let bytes = masks.map(|mask| (0..size).find(|byte| mask == 0xff << (8 * byte)));
    let is_bytes = masks.iter().zip(bytes).all(|(mask, byte)| *mask == 0 || byte.is_some());
    Ok(if is_bytes { Layout::Plain(size, bytes) } else { Layout::Masks(size, masks) })
}
