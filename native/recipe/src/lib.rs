//! Owns the plain form of assets that compress inside, and the recipe that leads back bit for bit (docs/formats/recipe.md).

mod deflate;
mod detect;
mod expand;
mod format;
mod png;
mod quiet;
mod rebuild;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use deflate::PIECE as MAX_STREAM;
pub use expand::{Form, Front, Taken, expand, expand_front};
pub use rebuild::{Problem, rebuild};

/// Longer files are left as they are.
pub const MAX_FILE: usize = 64 << 20;
/// The plain form of a file is at most so long.
pub const MAX_PLAIN: usize = 128 << 20;
/// A longer recipe is refused.
pub const MAX_RECIPE: usize = 16 << 20;

/// Bytes that `expand` takes at most for the plain form of a file of `size` bytes.
pub fn most_plain(size: usize) -> usize {
    if size == 0 { 0 } else { size.saturating_mul(1032).min(MAX_PLAIN) }
}
