//! Owns how many pictures an animated file has, of which the first one is shown.

/// 1 for what is not animated, or is damaged.
pub fn count(file: &[u8]) -> usize {
    let found = if file.starts_with(b"GIF8") {
        gif(file)
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        webp(file)
    } else if file.starts_with(b"\x89PNG") {
        png(file)
    } else {
        None
    };
    found.unwrap_or(1).max(1)
}

/// GIF89a specification: the images among the blocks; of a file that is cut off those that are there.
fn gif(file: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*file.get(10)?);
    let mut frames = 0;
    while let Some(block) = file.get(at) {
        at += match block {
            0x2c => {
                let Some(flags) = file.get(at + 9) else { break };
                frames += 1;
                11 + table(*flags)
            }
            0x21 => 2,
            _ => break,
        };
        // The content: runs of bytes that name their length.
        while let Some(length) = file.get(at) {
            at += usize::from(*length) + 1;
            if *length == 0 {
                break;
            }
        }
    }
    Some(frames)
}

/// RFC 9649: the chunks of frames.
fn webp(file: &[u8]) -> Option<usize> {
    let mut at = 12usize;
    let mut frames = 0;
    while let Some(head) = file.get(at..at.checked_add(8)?) {
        frames += usize::from(&head[..4] == b"ANMF");
        let length = u32::from_le_bytes(head[4..].try_into().ok()?) as usize;
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
    }
    Some(frames)
}

/// PNG (third edition), 11.3.6.1: the chunk acTL names the count, before the pixels.
fn png(file: &[u8]) -> Option<usize> {
    let mut at = 8usize;
    while let Some(head) = file.get(at..at.checked_add(12)?) {
        let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap_or_default()) as usize;
        match &head[4..8] {
            b"acTL" => return Some(number(8)),
            b"IDAT" => return None,
            _ => at = at.checked_add(12)?.checked_add(number(0))?,
        }
    }
    None
}
