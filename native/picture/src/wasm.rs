//! Owns the interface of the WebAssembly build: plain C functions, for core/formats/pictureCodec.ts.

use std::alloc::Layout;
use std::sync::Mutex;

use crate::{Hint, Pixels, Reason, Thumbnail};

/// What `decode`, `thumbnail` and `thumbnail_of_pixels` return.
const REFUSED: u32 = 0;
/// RGBA, 8 bits a channel.
const RGBA8: u32 = 1;
/// RGBA, 32-bit floats.
const RGBA32F: u32 = 2;
const JPEG: u32 = 3;
const PNG: u32 = 4;
/// RGBA, 16 bits a channel.
const RGBA16: u32 = 5;

enum Content {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

struct Outcome {
    content: Content,
    width: u32,
    height: u32,
    /// What people have to know of it: texts and their values as `Reason::packed` has them, in lines of UTF-8.
    notes: String,
}

/// What the last call gave; when it refused, why, as `Reason::packed` has it in UTF-8.
static RESULT: Mutex<Outcome> =
    Mutex::new(Outcome { content: Content::Bytes(Vec::new()), width: 0, height: 0, notes: String::new() });

/// Memory for `length` bytes, to be given back by one of the calls. Null when there is none.
#[unsafe(no_mangle)]
extern "C" fn take(length: usize) -> *mut u8 {
    match Layout::array::<u8>(length.max(1)) {
        // SAFETY: the layout is not empty.
        Ok(layout) => unsafe { std::alloc::alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Decodes the file in memory from `take`, all of whose `length` bytes were written.
#[unsafe(no_mangle)]
unsafe extern "C" fn decode(file: *mut u8, length: usize, is_tga: u32) -> u32 {
    // SAFETY: as the caller promises.
    let file = unsafe { owned(file, length) };
    match crate::decode(&file, hint(is_tga)) {
        Ok(picture) => {
            let (kind, content) = match picture.pixels {
                Pixels::Rgba8(bytes) => (RGBA8, Content::Bytes(bytes)),
                Pixels::Rgba16(words) => (RGBA16, Content::Words(words)),
                Pixels::Rgba32F(floats) => (RGBA32F, Content::Floats(floats)),
            };
            keep(kind, content, picture.width, picture.height);
            let notes: Vec<_> = picture.notes.iter().map(Reason::packed).collect();
            RESULT.lock().unwrap().notes = notes.join("\n");
            kind
        }
        Err(reason) => refuse(reason),
    }
}

/// Makes a thumbnail of the file in memory from `take`.
#[unsafe(no_mangle)]
unsafe extern "C" fn thumbnail(file: *mut u8, length: usize, is_tga: u32, side: u32, most: usize) -> u32 {
    // SAFETY: as the caller promises.
    let file = unsafe { owned(file, length) };
    finish(crate::thumbnail(&file, hint(is_tga), side, most))
}

/// Makes a thumbnail of RGBA pixels in memory from `take`.
#[unsafe(no_mangle)]
unsafe extern "C" fn thumbnail_of_pixels(
    pixels: *mut u8,
    length: usize,
    width: u32,
    height: u32,
    side: u32,
    most: usize,
) -> u32 {
    // SAFETY: as the caller promises.
    let pixels = unsafe { owned(pixels, length) };
    finish(crate::thumbnail_of_pixels(pixels, width, height, side, most))
}

#[unsafe(no_mangle)]
extern "C" fn result() -> *const u8 {
    match &RESULT.lock().unwrap().content {
        Content::Bytes(bytes) => bytes.as_ptr(),
        Content::Words(words) => words.as_ptr().cast(),
        Content::Floats(floats) => floats.as_ptr().cast(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn result_length() -> usize {
    match &RESULT.lock().unwrap().content {
        Content::Bytes(bytes) => bytes.len(),
        Content::Words(words) => size_of_val(words.as_slice()),
        Content::Floats(floats) => size_of_val(floats.as_slice()),
    }
}

#[unsafe(no_mangle)]
extern "C" fn notes() -> *const u8 {
    RESULT.lock().unwrap().notes.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn notes_length() -> usize {
    RESULT.lock().unwrap().notes.len()
}

#[unsafe(no_mangle)]
extern "C" fn width() -> u32 {
    RESULT.lock().unwrap().width
}

#[unsafe(no_mangle)]
extern "C" fn height() -> u32 {
    RESULT.lock().unwrap().height
}

fn hint(is_tga: u32) -> Hint {
    if is_tga == 1 { Hint::Tga } else { Hint::Signature }
}

fn finish(made: Result<Thumbnail, Reason>) -> u32 {
    match made {
        Ok(made) => {
            let kind = if made.is_png { PNG } else { JPEG };
            keep(kind, Content::Bytes(made.bytes), made.width, made.height)
        }
        Err(reason) => refuse(reason),
    }
}

fn refuse(reason: Reason) -> u32 {
    keep(REFUSED, Content::Bytes(reason.packed().into_bytes()), 0, 0)
}

fn keep(kind: u32, content: Content, width: u32, height: u32) -> u32 {
    *RESULT.lock().unwrap() = Outcome { content, width, height, notes: String::new() };
    kind
}

/// # Safety
/// `bytes` comes from `take(length)`, is initialised, and is not used again.
unsafe fn owned(bytes: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: `take` allocated with this layout and the global allocator.
    unsafe { Vec::from_raw_parts(bytes, length, length.max(1)) }
}
