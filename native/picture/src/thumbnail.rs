//! Owns thumbnails: a picture made smaller, and encoded so that it fits into a number of bytes.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Filter};
use image::{ExtendedColorType, ImageEncoder, RgbaImage};

use crate::{Hint, Pixels, Reason, check, decode};

/// Below so many pixels a side nothing is made smaller to fit.
const SMALLEST: u32 = 16;
const QUALITIES: [u8; 3] = [85, 70, 50];

pub struct Thumbnail {
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
    /// JPEG for what is opaque, else PNG.
    pub is_png: bool,
}

/// A thumbnail of at most `side` pixels a side and `most` bytes. A smaller picture keeps its size.
pub fn thumbnail(file: &[u8], hint: Hint, side: u32, most: usize) -> Result<Thumbnail, Reason> {
    let picture = decode(file, hint)?;
    let pixels = match picture.pixels {
        Pixels::Rgba8(pixels) => pixels,
        Pixels::Rgba16(pixels) => pixels.iter().map(|value| (value >> 8) as u8).collect(),
        Pixels::Rgba32F(pixels) => displayed(&pixels),
    };
    thumbnail_of_pixels(pixels, picture.width, picture.height, side, most)
}

/// The same of RGBA pixels of 8 bits a channel, rows from the top.
pub fn thumbnail_of_pixels(
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    side: u32,
    most: usize,
) -> Result<Thumbnail, Reason> {
    check(width, height, 4)?;
    let mut image = RgbaImage::from_raw(width, height, pixels).ok_or("the pixels are cut off")?;
    let is_opaque = image.pixels().all(|pixel| pixel.0[3] == 255);
    let mut side = side.max(1);
    loop {
        image = smaller(image, side, is_opaque);
        if let Some(bytes) = encoded(&image, is_opaque, most)? {
            let (width, height) = image.dimensions();
            return Ok(Thumbnail { bytes, width, height, is_png: !is_opaque });
        }
        side = image.width().max(image.height()) * 3 / 4;
        if side < SMALLEST {
            return Err(Reason::new("no thumbnail fits into {0} bytes", &[&most]));
        }
    }
}

/// Steps of linear light: at the dark end, where sRGB is steepest, one is a twentieth of a byte.
const STEPS: f32 = 65_535.0;

/// Linear light as a screen shows it at exposure 0: sRGB, bright parts cut off. By a table: a power for each value took four times as
/// long as decoding.
fn displayed(pixels: &[f32]) -> Vec<u8> {
    let curve = |value: f32| {
        let shown = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (shown * 255.0 + 0.5) as u8
    };
    let table: Vec<u8> = (0..=STEPS as u32).map(|step| curve(step as f32 / STEPS)).collect();
    // What is no number is dark.
    let light = |value: f32| table[(value.clamp(0.0, 1.0) * STEPS + 0.5) as usize];
    let mut shown = Vec::with_capacity(pixels.len());
    for pixel in pixels.chunks_exact(4) {
        let alpha = (pixel[3].clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        shown.extend([light(pixel[0]), light(pixel[1]), light(pixel[2]), alpha]);
    }
    shown
}

/// Colours are weighed by their alpha: what is transparent must not bleed into what is not.
fn smaller(mut image: RgbaImage, side: u32, is_opaque: bool) -> RgbaImage {
    let (width, height) = image.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return image;
    }
    let scaled = |length: u32| {
        ((u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest)).max(1) as u32
    };
    let (wide, high) = (scaled(width), scaled(height));
    if !is_opaque {
        for pixel in image.pixels_mut() {
            let alpha = u32::from(pixel.0[3]);
            for channel in &mut pixel.0[..3] {
                *channel = ((u32::from(*channel) * alpha + 127) / 255) as u8;
            }
        }
    }
    // Averages first: a good filter over a large picture takes seconds.
    if longest > side * 4 {
        image = imageops::thumbnail(&image, (wide * 2).min(width), (high * 2).min(height));
    }
    image = imageops::resize(&image, wide, high, Filter::CatmullRom);
    if !is_opaque {
        for pixel in image.pixels_mut() {
            let alpha = u32::from(pixel.0[3]);
            for channel in &mut pixel.0[..3] {
                *channel = ((u32::from(*channel) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0)).min(255) as u8;
            }
        }
    }
    image
}

/// The picture's file, if one fits.
fn encoded(image: &RgbaImage, is_opaque: bool, most: usize) -> Result<Option<Vec<u8>>, Reason> {
    let (width, height) = image.dimensions();
    if !is_opaque {
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive).write_image(
            image,
            width,
            height,
            ExtendedColorType::Rgba8,
        )?;
        return Ok((bytes.len() <= most).then_some(bytes));
    }
    let rgb: Vec<u8> = image.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
    for quality in QUALITIES {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).write_image(&rgb, width, height, ExtendedColorType::Rgb8)?;
        if bytes.len() <= most {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}
