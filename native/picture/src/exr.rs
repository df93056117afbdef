//! Owns decoding OpenEXR: the first part with pixels that can be shown, as its display window has it.

use std::io::Cursor;

use exr::block::reader::Reader;
use exr::error::Error;
use exr::math::Vec2;
use exr::meta::header::Header;
use exr::prelude::{ReadChannels, ReadLayers, ReadSpecificChannel, Text, read};

use crate::reason::{CUT_OFF, Reason};
use crate::{Picture, Pixels, check};

/// Names of the channels to show, as they are in the part.
enum Shown {
    Colour { names: [Text; 3], alpha: Text },
    Grey { name: Text, alpha: Text },
}

pub fn decode(file: &[u8]) -> Result<Picture, Reason> {
    let reader = Reader::read_from_buffered(Cursor::new(file), false).map_err(reason)?;
    let headers = reader.headers();
    let flat: Vec<_> = headers.iter().enumerate().filter(|(_, header)| !header.deep).collect();
    if flat.is_empty() {
        return Err("it holds deep data alone, several samples a pixel, which are not decoded".into());
    }
    let found = flat.iter().find_map(|(index, header)| colour(header).map(|shown| (*index, shown)));
    let (index, shown) = found
        .or_else(|| flat.iter().find_map(|(index, header)| grey(header).map(|shown| (*index, shown))))
        .ok_or("it has no channels that can be shown")?;
    let mut notes = Vec::new();
    if headers.len() > 1 {
        notes.push(Reason::new("Part {0} of {1} is shown", &[&(index + 1), &headers.len()]));
    }
    let channels = headers[index].channels.list.len();
    if let Some(names) = uncommon(&shown) {
        notes.push(Reason::new("Of {0} channels these are shown: {1}", &[&channels, &names]));
    }
    decode_part(file, &headers[index], shown, notes)
}

/// Red, green and blue of no layer, else of the first layer that has them.
fn colour(header: &Header) -> Option<Shown> {
    let has = |name: &str| header.channels.list.iter().any(|channel| channel.name == *name);
    let prefixes = header.channels.list.iter().filter_map(|channel| {
        let name = channel.name.to_string();
        name.strip_suffix('R').filter(|prefix| prefix.ends_with('.')).map(str::to_string)
    });
    let prefix = std::iter::once(String::new())
        .chain(prefixes)
        .find(|prefix| ["R", "G", "B"].iter().all(|one| has(&format!("{prefix}{one}"))))?;
    let name = |one: &str| Text::new_or_none(format!("{prefix}{one}"));
    Some(Shown::Colour { names: [name("R")?, name("G")?, name("B")?], alpha: name("A")? })
}

/// Luminance, else the first channel that has a value for every pixel.
fn grey(header: &Header) -> Option<Shown> {
    let whole = || header.channels.list.iter().filter(|channel| channel.sampling == Vec2(1, 1));
    let channel = whole().find(|channel| channel.name == *"Y").or_else(|| whole().next())?;
    Some(Shown::Grey { name: channel.name.clone(), alpha: Text::new_or_none("A")? })
}

/// The names, where they are not those that everyone expects.
fn uncommon(shown: &Shown) -> Option<String> {
    match shown {
        Shown::Colour { names, .. } if names[0] == *"R" => None,
        Shown::Colour { names, .. } => Some(names.each_ref().map(Text::to_string).join(", ")),
        Shown::Grey { name, .. } if *name == *"Y" => None,
        Shown::Grey { name, .. } => Some(name.to_string()),
    }
}

fn decode_part(file: &[u8], header: &Header, shown: Shown, notes: Vec<Reason>) -> Result<Picture, Reason> {
    let window = header.shared_attributes.display_window;
    let (width, height) = (window.size.width(), window.size.height());
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    check(side(width), side(height), 16)?;
    // What is stored may be larger than what is shown of it, and is held line by line.
    check(side(header.layer_size.width()), side(header.layer_size.height()), 16)?;
    let from = header.own_attributes.layer_position - window.position;
    let none = move || vec![0f32; width * height * 4];
    let put = move |pixels: &mut Vec<f32>, at: Vec2<usize>, value: [f32; 4]| {
        let (x, y) = (at.x() as i64 + i64::from(from.x()), at.y() as i64 + i64::from(from.y()));
        if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
            let at = (y as usize * width + x as usize) * 4;
            pixels[at..at + 4].copy_from_slice(&value);
        }
    };
    let data = match shown {
        Shown::Colour { names: [red, green, blue], alpha } => {
            let image = read()
                .no_deep_data()
                .largest_resolution_level()
                .specific_channels()
                .required(red)
                .required(green)
                .required(blue)
                .optional(alpha, 1f32)
                .collect_pixels(
                    move |_, _| none(),
                    move |pixels: &mut Vec<f32>, at, (r, g, b, a): (f32, f32, f32, f32)| put(pixels, at, [r, g, b, a]),
                )
                .first_valid_layer()
                .all_attributes()
                .from_buffered(Cursor::new(file))
                .map_err(reason)?;
            image.layer_data.channel_data.pixels
        }
        Shown::Grey { name, alpha } => {
            let image = read()
                .no_deep_data()
                .largest_resolution_level()
                .specific_channels()
                .required(name)
                .optional(alpha, 1f32)
                .collect_pixels(
                    move |_, _| none(),
                    move |pixels: &mut Vec<f32>, at, (y, a): (f32, f32)| put(pixels, at, [y, y, y, a]),
                )
                .first_valid_layer()
                .all_attributes()
                .from_buffered(Cursor::new(file))
                .map_err(reason)?;
            image.layer_data.channel_data.pixels
        }
    };
    let pixels = Pixels::Rgba32F(data);
    Ok(Picture { width: width as u32, height: height as u32, pixels, notes })
}

fn reason(error: Error) -> Reason {
    match error {
        Error::NotSupported(what) => Reason::new("it is of a kind that is not decoded ({0})", &[&what]),
        Error::Invalid(what) => Reason::new("the file is damaged ({0})", &[&what]),
        Error::Io(error) => error.into(),
        Error::Aborted => CUT_OFF.into(),
    }
}

#[cfg(test)]
mod tests {
    use exr::prelude::*;

    use crate::{Hint, Pixels, decode};

    const SIDE: usize = 70;

    fn value(at: Vec2<usize>) -> (f32, f32, f32, f32) {
        (at.x() as f32 / 64.0, at.y() as f32 / 64.0, 0.5, 1.0)
    }

    fn written(encoding: Encoding) -> Vec<u8> {
        let layer = Layer::new(
            (SIDE, SIDE),
            LayerAttributes::named("one"),
            encoding,
            SpecificChannels::rgba(value as fn(Vec2<usize>) -> (f32, f32, f32, f32)),
        );
        let mut file = Vec::new();
        Image::from_layer(layer).write().to_buffered(std::io::Cursor::new(&mut file)).expect("written");
        file
    }

    /// Each compression, in lines and in tiles; those that lose something are near.
    #[test]
    fn decodes_every_compression() {
        let kinds = [
            (Compression::Uncompressed, 0.0),
            (Compression::RLE, 0.0),
            (Compression::ZIP1, 0.0),
            (Compression::ZIP16, 0.0),
            (Compression::PIZ, 0.0),
            (Compression::PXR24, 1e-4),
            (Compression::B44, 0.02),
            (Compression::B44A, 0.02),
            (Compression::DWAA(None), 0.05),
            (Compression::DWAB(None), 0.05),
        ];
        for (compression, most) in kinds {
            for blocks in [Blocks::ScanLines, Blocks::Tiles(Vec2(32, 32))] {
                let file = written(Encoding { compression, blocks, line_order: LineOrder::Increasing });
                let picture = match decode(&file, Hint::Signature) {
                    Ok(picture) => picture,
                    Err(reason) => panic!("{compression}: {reason:?}"),
                };
                let Pixels::Rgba32F(pixels) = picture.pixels else { panic!("{compression}: no floats") };
                assert_eq!((picture.width, picture.height), (SIDE as u32, SIDE as u32));
                for (index, pixel) in pixels.chunks_exact(4).enumerate() {
                    let (r, g, b, a) = value(Vec2(index % SIDE, index / SIDE));
                    for (found, wanted) in pixel.iter().zip([r, g, b, a]) {
                        assert!((found - wanted).abs() <= most, "{compression}: {found} for {wanted}");
                    }
                }
            }
        }
    }
}
