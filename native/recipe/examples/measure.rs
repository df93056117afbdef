//! Prints what becomes of files: `measure FILE…`; with `FORGE_KEEP=folder` plain forms and recipes are written there.
use std::time::Instant;
fn main() {
    let keep = std::env::var("FORGE_KEEP").ok();
    for path in std::env::args().skip(1) {
        let file = std::fs::read(&path).unwrap();
        let t = Instant::now();
        let form = forge_recipe::expand(&file);
        let ms = t.elapsed().as_secs_f64() * 1e3;
        match form {
            None => println!("{path}: {} bytes, left alone, {ms:.0} ms", file.len()),
            Some(form) => {
                let plain = form.bytes.len() - form.recipe;
                println!("{path}: {} -> {plain} + {} recipe, {ms:.0} ms", file.len(), form.recipe);
                if let Some(k) = &keep {
                    std::fs::write(format!("{k}/{}", path.rsplit('/').next().unwrap()), form.bytes).unwrap();
                }
            }
        }
    }
}
