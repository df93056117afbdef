//! Owns decoding the largest picture of KTX2 files. Source: "KTX File Format Specification" 2.0, 3: header and level index.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::reason::{CUT_OFF, DAMAGED, Reason};
use crate::texels::{self, Layout, word};
use crate::{MAX_ALLOCATED, Picture, check};

pub const SIGNATURE: &[u8] = b"\xabKTX 20\xbb\r\n\x1a\n";
const HEADER: usize = 80;
const LEVEL: usize = 24;

pub fn decode(file: &[u8]) -> Result<Picture, Reason> {
    if file.len() < HEADER + LEVEL {
        return Err("the header is cut off".into());
    }
    let at = |place: usize| word(&file[place..]);
    let (format, width, height) = (at(12), at(20), at(24).max(1));
    let (depth, layers, faces, packing) = (at(28), at(32), at(36), at(44));
    match packing {
        0 | 3 => {}
        1 => return Err("its pixels are packed with Basis Universal, which is not decoded here".into()),
        2 => return Err("its pixels are packed with Zstandard, which is not decoded here".into()),
        _ => return Err(Reason::new("its pixels are packed in an unknown way ({0})", &[&packing])),
    }
    let layout = vulkan(format)?;
    check(width, height, layout.bytes_a_pixel())?;
    let place =
        |place: usize| usize::try_from(u64::from(at(place)) | u64::from(at(place + 4)) << 32).map_err(|_| CUT_OFF);
    let (start, length) = (place(HEADER)?, place(HEADER + 8)?);
    let level = file.get(start..).and_then(|data| data.get(..length)).ok_or(CUT_OFF)?;
    let (columns, rows) = (width as usize, height as usize);
    let pixels = if packing == 3 {
        let size = place(HEADER + 16)?;
        if size as u64 > MAX_ALLOCATED {
            return Err("it needs more memory than a picture may take".into());
        }
        let data = decompress_to_vec_zlib_with_limit(level, size).map_err(|_| DAMAGED)?;
        texels::decode(&data, columns, rows, layout)?
    } else {
        texels::decode(level, columns, rows, layout)?
    };
    let mut notes = Vec::new();
    if faces == 6 {
        notes.push("It is a cube map: its first face is shown".into());
    } else if depth.max(layers) > 1 {
        notes.push(Reason::new("It has {0} slices: the first one is shown", &[&depth.max(layers)]));
    }
    Ok(Picture { width, height, pixels, notes })
}

/// VkFormat of the Vulkan specification.
fn vulkan(format: u32) -> Result<Layout, Reason> {
    const RGBA: [Option<usize>; 4] = [Some(0), Some(1), Some(2), Some(3)];
    Ok(match format {
        0 => return Err("its pixels are packed with Basis Universal, which is not decoded here".into()),
        4 => Layout::Masks(2, [0xf800, 0x7e0, 0x1f, 0]),
        9 | 15 => Layout::Plain(1, [Some(0), Some(0), Some(0), None]),
        16 | 22 => Layout::Plain(2, [Some(0), Some(1), None, None]),
        23 | 29 => Layout::Plain(3, [Some(0), Some(1), Some(2), None]),
        30 | 36 => Layout::Plain(3, [Some(2), Some(1), Some(0), None]),
        37 | 43 => Layout::Plain(4, RGBA),
        44 | 50 => Layout::Plain(4, [Some(2), Some(1), Some(0), Some(3)]),
        64 => Layout::Masks(4, [0x3ff, 0xf_fc00, 0x3ff0_0000, 0xc000_0000]),
        70 => Layout::Words(1),
        76 => Layout::Halves(1),
        77 => Layout::Words(2),
        83 => Layout::Halves(2),
        84 => Layout::Words(3),
        90 => Layout::Halves(3),
        91 => Layout::Words(4),
        97 => Layout::Halves(4),
        100 => Layout::Floats(1),
        103 => Layout::Floats(2),
        106 => Layout::Floats(3),
        109 => Layout::Floats(4),
        122 => Layout::SmallFloats,
        123 => Layout::SharedExponent,
        131..=134 => Layout::Bc1,
        135 | 136 => Layout::Bc2,
        137 | 138 => Layout::Bc3,
        139 => Layout::Bc4 { signed: false },
        140 => Layout::Bc4 { signed: true },
        141 => Layout::Bc5 { signed: false },
        142 => Layout::Bc5 { signed: true },
        143 => Layout::Bc6 { signed: false },
        144 => Layout::Bc6 { signed: true },
        145 | 146 => Layout::Bc7,
        147..=156 => return Err("its pixels are of kind ETC2 or EAC, which is not decoded here".into()),
        157..=184 => return Err("its pixels are of kind ASTC, which is not decoded here".into()),
        _ => return Err(Reason::new("KTX2 pixels of Vulkan format {0} are not decoded", &[&format])),
    })
}
