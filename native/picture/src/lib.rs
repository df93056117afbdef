//! Owns decoding still pictures within bounds of size and memory, and making thumbnails of them.

mod dds;
mod exr;
mod frames;
mod ktx;
mod psd;
mod psd_colours;
mod reason;
mod texels;
mod thumbnail;
#[cfg(target_arch = "wasm32")]
mod wasm;

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

pub use reason::Reason;
pub use thumbnail::{Thumbnail, thumbnail, thumbnail_of_pixels};

/// No side is longer, in pixels.
pub const MAX_SIDE: u32 = 32_768;
/// A decoded picture takes at most so many bytes: 64 M pixels of 8 bits a channel, 32 M of 16 bits, 16 M of 32-bit floats.
pub const MAX_DECODED: u64 = 256 << 20;
/// A decoder may allocate so much at once, its result included.
const MAX_ALLOCATED: u64 = 512 << 20;

/// Which decoder to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// The one that the first bytes name.
    Signature,
    /// Truevision TGA, which has no signature.
    Tga,
}

/// What a picture decodes into: rows from the top, four channels a pixel, alpha not premultiplied.
pub enum Pixels {
    Rgba8(Vec<u8>),
    Rgba16(Vec<u16>),
    /// Linear light.
    Rgba32F(Vec<f32>),
}

pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub pixels: Pixels,
    /// What people have to know of it, e.g. that it is not all that is in the file.
    pub notes: Vec<Reason>,
}

/// Decodes a picture, of an animation its first frame, turned as its EXIF orientation says. Errors say why in words for people.
pub fn decode(file: &[u8], hint: Hint) -> Result<Picture, Reason> {
    if file.starts_with(b"DDS ") {
        return dds::decode(file);
    }
    if file.starts_with(b"8BPS") {
        return psd::decode(file);
    }
    if file.starts_with(&[0x76, 0x2f, 0x31, 0x01]) {
        return exr::decode(file);
    }
    if file.starts_with(ktx::SIGNATURE) {
        return ktx::decode(file);
    }
    let mut picture = picture(dynamic(file, hint)?);
    let frames = frames::count(file);
    if frames > 1 {
        picture.notes.push(Reason::new("It is animated: the first of {0} frames is shown", &[&frames]));
    }
    Ok(picture)
}

/// Refuses what is too large before anything is allocated for it.
fn check(width: u32, height: u32, bytes_a_pixel: u64) -> Result<(), Reason> {
    if width == 0 || height == 0 {
        return Err("the picture has no pixels".into());
    }
    let bytes = u64::from(width) * u64::from(height) * bytes_a_pixel;
    if width > MAX_SIDE || height > MAX_SIDE || bytes > MAX_DECODED {
        return Err(Reason::new("{0} × {1} pixels are too many to decode", &[&width, &height]));
    }
    Ok(())
}

fn dynamic(file: &[u8], hint: Hint) -> Result<DynamicImage, Reason> {
    let reader = match hint {
        Hint::Tga => ImageReader::with_format(Cursor::new(file), ImageFormat::Tga),
        Hint::Signature => ImageReader::new(Cursor::new(file)).with_guessed_format()?,
    };
    let mut reader = reader;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let is_float = matches!(decoder.color_type(), image::ColorType::Rgb32F | image::ColorType::Rgba32F);
    check(width, height, if is_float { 16 } else { 4 })?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn picture(image: DynamicImage) -> Picture {
    let (width, height) = (image.width(), image.height());
    let mut notes = Vec::new();
    let is_wide = image.color().bytes_per_pixel() / image.color().channel_count() == 2;
    let fits = u64::from(width) * u64::from(height) * 8 <= MAX_DECODED;
    if is_wide && !fits {
        notes.push("It has too many pixels to be shown and compared with all of its 16 bits: their upper 8 are".into());
    }
    let pixels = match image {
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
            Pixels::Rgba32F(image.into_rgba32f().into_raw())
        }
        _ if is_wide && fits => Pixels::Rgba16(image.into_rgba16().into_raw()),
        _ => Pixels::Rgba8(image.into_rgba8().into_raw()),
    };
    Picture { width, height, pixels, notes }
}
