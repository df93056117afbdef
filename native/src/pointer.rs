//! Owns recognising bytes that have the form of a pointer (docs/formats/pointer.md).

const HEAD: &[u8] = b"forge-pointer 1\nkind asset\nblake3 ";
const LARGEST_SIZE: u64 = (1 << 53) - 1;
const MAX_LENGTH: usize = HEAD.len() + 64 + 6 + 16 + 1;

/// Whether a file of exactly these bytes is a pointer.
pub fn is_pointer(bytes: &[u8]) -> bool {
    if bytes.len() > MAX_LENGTH {
        return false;
    }
    let Some(rest) = bytes.strip_prefix(HEAD) else { return false };
    let Some((id, rest)) = rest.split_at_checked(64) else { return false };
    let Some(size) = rest.strip_prefix(b"\nsize ").and_then(|rest| rest.strip_suffix(b"\n")) else { return false };
    let hexadecimal = id.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let decimal = !size.is_empty() && size.iter().all(u8::is_ascii_digit) && (size == b"0" || size[0] != b'0');
    let number = std::str::from_utf8(size).ok().and_then(|text| text.parse::<u64>().ok());
    hexadecimal && decimal && number.is_some_and(|number| number <= LARGEST_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_pointers_count() {
        let id = "0123456789abcdef".repeat(4);
        let text = |id: &str, size: &str| format!("forge-pointer 1\nkind asset\nblake3 {id}\nsize {size}\n");
        for size in ["0", "1", "9007199254740991"] {
            assert!(is_pointer(text(&id, size).as_bytes()), "{size}");
        }
        for size in ["", "01", "-1", "+1", "9007199254740992", "1 ", "99999999999999999999"] {
            assert!(!is_pointer(text(&id, size).as_bytes()), "{size}");
        }
        assert!(!is_pointer(text(&id.to_uppercase(), "1").as_bytes()));
        assert!(!is_pointer(text(&id[1..], "1").as_bytes()));
        assert!(!is_pointer(format!("{}\n", text(&id, "1")).as_bytes()));
        assert!(!is_pointer(text(&id, "1").trim_end().as_bytes()));
    }
}
