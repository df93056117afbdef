//! Owns the interface of the WebAssembly build: plain C functions, for core/dataplane/portable/recipeCodec.ts.

use std::alloc::Layout;
use std::io::{self, Read, Write};
use std::sync::Mutex;

use crate::{Form, Problem};

/// What `rebuild` returns.
const DONE: u32 = 0;
const DAMAGED: u32 = 1;
const UNKNOWN: u32 = 2;

#[link(wasm_import_module = "forge")]
unsafe extern "C" {
    /// Puts up to `length` bytes of the plain form at `into`. Returns how many; 0 at its end.
    safe fn read(into: *mut u8, length: usize) -> usize;
    /// Takes `length` bytes of the file.
    safe fn write(from: *const u8, length: usize);
}

/// The result of the last `expand`.
static FORM: Mutex<Form> = Mutex::new(Form { bytes: Vec::new(), recipe: 0 });

/// Memory for `length` bytes, to be given back by `expand` or `rebuild`. Null when there is none.
#[unsafe(no_mangle)]
extern "C" fn take(length: usize) -> *mut u8 {
    match Layout::array::<u8>(length.max(1)) {
        // SAFETY: the layout is not empty.
        Ok(layout) => unsafe { std::alloc::alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Expands the file in memory from `take`, all of whose `length` bytes were written. Returns 1 when there is a form, which
/// `form` and `form_length` then give.
#[unsafe(no_mangle)]
unsafe extern "C" fn expand(file: *mut u8, length: usize) -> u32 {
    // SAFETY: as the caller promises.
    let file = unsafe { owned(file, length) };
    let Some(form) = crate::expand(&file) else { return 0 };
    *FORM.lock().unwrap() = form;
    1
}

#[unsafe(no_mangle)]
extern "C" fn form() -> *const u8 {
    FORM.lock().unwrap().bytes.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn form_length() -> usize {
    FORM.lock().unwrap().bytes.len()
}

#[unsafe(no_mangle)]
extern "C" fn recipe_length() -> usize {
    FORM.lock().unwrap().recipe
}

/// Rebuilds a file by the recipe in memory from `take`, with what `read` gives, into `write`.
#[unsafe(no_mangle)]
unsafe extern "C" fn rebuild(recipe: *mut u8, length: usize) -> u32 {
    // SAFETY: as the caller promises.
    let recipe = unsafe { owned(recipe, length) };
    match crate::rebuild(&recipe, &mut Host, &mut Host) {
        Ok(()) => DONE,
        Err(Problem::Unknown { .. }) => UNKNOWN,
        Err(Problem::Damaged | Problem::Io(_)) => DAMAGED,
    }
}

/// # Safety
/// `bytes` comes from `take(length)`, is initialised, and is not used again.
unsafe fn owned(bytes: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: `take` allocated with this layout and the global allocator.
    unsafe { Vec::from_raw_parts(bytes, length, length.max(1)) }
}

/// Reads and writes where JavaScript says.
struct Host;

impl Read for Host {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(read(into.as_mut_ptr(), into.len()).min(into.len()))
    }
}

impl Write for Host {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(bytes.as_ptr(), bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
