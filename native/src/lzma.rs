//! Owns LZMA payloads (docs/formats/segment.md): slower to make and to read than zstd's, and a tenth smaller, for what lies cold.

use std::io::{Read, Write};

use lzma_rust2::{EncodeMode, LzmaOptions, LzmaReader, LzmaWriter, MfType};

/// Bits of the byte before that tell how a literal is coded.
const LITERAL_CONTEXT: u32 = 3;
/// Longest match that is looked for no further.
const NICE_LENGTH: u32 = 128;
/// The format's least.
const LEAST_DICTIONARY: usize = 4096;

/// One payload for `raw`, made against `prefix`; nothing when it would take more than `limit` bytes. `alignment`: logarithm of how
/// the bytes are aligned.
pub fn compress(raw: &[u8], prefix: &[u8], alignment: u32, limit: usize) -> Option<Vec<u8>> {
    let preset = (!prefix.is_empty()).then(|| prefix.to_vec());
    let options = LzmaOptions {
        dict_size: dictionary_size(raw.len(), prefix.len())?,
        lc: LITERAL_CONTEXT,
        lp: 0,
        pb: alignment,
        mode: EncodeMode::Normal,
        nice_len: NICE_LENGTH,
        mf: MfType::Bt4,
        depth_limit: 0,
        preset_dict: preset,
    };
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).ok()?;
    let props = writer.props();
    writer.write_all(raw).ok()?;
    let stream = writer.finish().ok()?;
    if stream.len() + 1 > limit {
        return None;
    }
    let mut payload = Vec::with_capacity(stream.len() + 1);
    payload.push(props);
    payload.extend_from_slice(&stream);
    Some(payload)
}

/// Fills `out` with what `payload` holds. False when it is not a payload of that length.
pub fn decompress(payload: &[u8], prefix: &[u8], out: &mut [u8]) -> bool {
    let (Some((&props, stream)), Some(size)) = (payload.split_first(), dictionary_size(out.len(), prefix.len())) else {
        return false;
    };
    let preset = (!prefix.is_empty()).then_some(prefix);
    let reader = LzmaReader::new_with_props(stream, out.len() as u64, props, size, preset);
    reader.is_ok_and(|mut reader| reader.read_exact(out).is_ok())
}

fn dictionary_size(raw: usize, prefix: usize) -> Option<u32> {
    u32::try_from((raw + prefix).max(LEAST_DICTIONARY)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
        bytes
    }

    #[test]
    fn comes_back_with_and_without_a_prefix() {
        for (length, before) in [(0, 0), (1, 0), (5000, 0), (5000, 1), (70_000, 200_000), (300_000, 300_000)] {
            let prefix = random(1, before);
            let mut raw: Vec<u8> = (0..length as u32).flat_map(|i| (i / 3).to_string().into_bytes()).collect();
            raw.truncate(length);
            raw.extend_from_slice(&prefix[before / 2..]);
            for alignment in [0, 2] {
                let payload = compress(&raw, &prefix, alignment, raw.len() + 1000).unwrap();
                assert!(payload.len() < 100 + length / 3, "{} of {length}", payload.len());
                let mut out = vec![0; raw.len()];
                assert!(decompress(&payload, &prefix, &mut out));
                assert!(out == raw);
            }
        }
    }

    #[test]
    fn damage_is_no_panic_and_seldom_goes_unnoticed() {
        let prefix = random(1, 10_000);
        let raw = [&random(2, 3000), &prefix[..9000], &[7; 3000][..]].concat();
        let payload = compress(&raw, &prefix, 2, 20_000).unwrap();
        assert_eq!(compress(&raw, &prefix, 2, payload.len() - 1), None);
        let mut out = vec![0; raw.len()];
        assert!(!decompress(&[], &prefix, &mut out));
        assert!(!decompress(&[255], &prefix, &mut out));
        assert!(!decompress(&payload[..payload.len() / 2], &prefix, &mut out));
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            changed[at] ^= 1 << (at % 8);
            if decompress(&changed, &prefix, &mut out) && at > 0 && at < payload.len() - 8 {
                assert!(out != raw);
            }
        }
    }
}
