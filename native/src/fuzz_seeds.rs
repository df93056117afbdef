//! Owns what the fuzz targets start from: for each some inputs that decode, made when they are asked for.

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use sha1::{Digest, Sha1};
use zstd_safe::CCtx;

use crate::fuzz::rows_of;
use crate::hash::{Id, hash};
use crate::manifest;
use crate::record::{Codec, Entry, Kind};
use crate::segment;

/// In the input of `recipe`: the next byte is the recipe's as it is.
pub const ESCAPE: u8 = 0xff;

/// Inputs for the target of this name.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "record" => records(),
        "segment" => [true, false].map(|sealed| segment(sealed).0).to_vec(),
        "table" => {
            let (bytes, entries) = segment(false);
            vec![
                [&[entries.len() as u8][..], &rows_of(&entries), &bytes].concat(),
                words(&[2, 2, 0, 0, 16, 7, 8, 1, 1, 3, 16, 9, 0, 0]),
            ]
        }
        "manifest" => {
            let chunks = [([1; 32], 10), ([2; 32], 20)];
            // A list of parts, which is made in TypeScript: the same but for its form.
            let mut parts = manifest::encode(16, 30, None, &chunks);
            parts[5] = 2;
            vec![
                manifest::encode(16, 30, None, &chunks),
                manifest::encode(16, 9, Some(12), &chunks),
                manifest::encode(16, 0, None, &[]),
                parts,
            ]
        }
        "pointer" => {
            vec![
                format!("forge-pointer 1\nkind asset\nblake3 {}\nsize 1234567\n", "0123456789abcdef".repeat(4))
                    .into_bytes(),
            ]
        }
        "git_index" => [2, 3, 4].map(git_index).to_vec(),
        "recipe" => recipes(),
        "container" => containers(),
        _ => Vec::new(),
    }
}

/// zlib streams, and what they inflate to.
pub fn streams() -> Vec<(Vec<u8>, Vec<u8>)> {
    let plains = [text(4000), text(1500), [text(900), vec![0; 3000], text(1000)].concat()];
    let levels = [6, 9, 1];
    plains.into_iter().zip(levels).map(|(plain, level)| (compress_to_vec_zlib(&plain, level), plain)).collect()
}

/// As recipes write numbers: seven bits a byte, the lowest first.
pub fn number(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// The number at the start of `bytes`, and how many bytes it takes.
pub fn read_number(bytes: &[u8]) -> Option<(usize, usize)> {
    let length = 1 + bytes.iter().position(|byte| byte & 0x80 == 0)?;
    Some((bytes[..length].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f)), length))
}

/// Lines that repeat themselves in part.
pub fn text(length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut state = length as u32 | 1;
    while out.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.extend(format!("vertex {} normal {}\n", state >> 20, state >> 28).bytes());
    }
    out.truncate(length);
    out
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn records() -> Vec<Vec<u8>> {
    let (bytes, entries) = segment(true);
    let mut header = Vec::new();
    entries.last().unwrap().encode_header(7, &mut header);
    let mut run = Vec::new();
    entries.iter().for_each(|entry| entry.encode(&mut run));
    vec![header, run, bytes[..segment::HEADER_SIZE].to_vec(), bytes[bytes.len() - segment::TRAILER_SIZE..].to_vec()]
}

/// A segment of records of every kind and codec, deltas of deltas among them.
fn segment(sealed: bool) -> (Vec<u8>, Vec<Entry>) {
    let mut out = segment::encode_header(&[5; 16], 0).to_vec();
    let mut entries = Vec::new();
    let mut add = |kind, codec, depth, raw: &[u8], payload: Vec<u8>, bases: &[Id]| {
        let entry = Entry {
            id: hash(raw),
            kind,
            codec,
            depth,
            raw_length: raw.len() as u32,
            stored_length: payload.len() as u32,
            offset: out.len() as u64,
            bases: bases.to_vec(),
        };
        entry.encode_header(crc32fast::hash(&payload), &mut out);
        out.extend_from_slice(&payload);
        let id = entry.id;
        entries.push(entry);
        id
    };
    let plain = text(1000);
    add(Kind::Chunk, Codec::Raw, 0, b"raw", b"raw".to_vec(), &[]);
    let first = add(Kind::Chunk, Codec::Zstd, 0, &plain, packed(&plain, None, None), &[]);
    let other = [&plain[..500], b"an edit", &plain[500..]].concat();
    let delta = packed(&other, None, Some(&plain));
    let second = add(Kind::Chunk, Codec::Prefix, 1, &other, delta, &[first]);
    let third = [&other[..200], b"one more", &other[200..]].concat();
    let both = [&plain[..], &other].concat();
    add(Kind::Chunk, Codec::Prefix, 2, &third, packed(&third, None, Some(&both)), &[first, second]);
    let dictionary = text(700);
    let learned = add(Kind::Dictionary, Codec::Raw, 0, &dictionary, dictionary.clone(), &[]);
    let mesh = text(800);
    add(Kind::Chunk, Codec::Dictionary, 0, &mesh, packed(&mesh, Some(&dictionary), None), &[learned]);
    let list = manifest::encode(16, 2007, None, &[(first, 1000), (second, 1007)]);
    add(Kind::Manifest, Codec::Zstd, 0, &list, packed(&list, None, None), &[]);
    if sealed {
        let footer = segment::encode_footer(entries.clone(), out.len() as u64);
        out.extend_from_slice(&footer);
    }
    (out, entries)
}

fn packed(raw: &[u8], dictionary: Option<&[u8]>, prefix: Option<&[u8]>) -> Vec<u8> {
    let mut out = vec![0; zstd_safe::compress_bound(raw.len())];
    let mut context = CCtx::create();
    let length = match (dictionary, prefix) {
        (Some(dictionary), _) => context.compress_using_dict(&mut out[..], raw, dictionary, 3),
        (None, Some(prefix)) => {
            context.ref_prefix(prefix).unwrap();
            context.compress2(&mut out[..], raw)
        }
        (None, None) => context.compress2(&mut out[..], raw),
    };
    out.truncate(length.unwrap());
    out
}

/// Entries `a`, `folder/b`, `folder/c`, with a TREE extension.
fn git_index(version: u32) -> Vec<u8> {
    let mut out = [&b"DIRC"[..], &version.to_be_bytes(), &3u32.to_be_bytes()].concat();
    let mut last = "";
    for path in ["a", "folder/b", "folder/c"] {
        let start = out.len();
        out.extend_from_slice(&[3; 24]);
        out.extend_from_slice(&0o100644u32.to_be_bytes());
        out.extend_from_slice(&[0; 12]);
        out.extend_from_slice(&[9; 20]);
        let extended = if version == 3 { 1 << 14 } else { 0 };
        out.extend_from_slice(&(extended | path.len() as u16).to_be_bytes());
        if extended != 0 {
            out.extend_from_slice(&[0x20, 0]);
        }
        if version == 4 {
            let kept = path.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
            out.push((last.len() - kept) as u8);
            out.extend_from_slice(&path.as_bytes()[kept..]);
            out.push(0);
        } else {
            out.extend_from_slice(path.as_bytes());
            let length = out.len() - start;
            out.resize(start + (length + 8) / 8 * 8, 0);
        }
        last = path;
    }
    out.extend_from_slice(b"TREE\0\0\0\x19\x003 0\n");
    out.extend_from_slice(&[4; 20]);
    let sum = Sha1::digest(&out);
    out.extend_from_slice(&sum);
    out
}

/// For the target `recipe`, which puts genuine pieces where a byte above 127 is: a stream, and one between copied bytes.
fn recipes() -> Vec<Vec<u8>> {
    let mut made = Vec::new();
    for (i, (stream, plain)) in streams().into_iter().enumerate() {
        let raw = stream.len() - 6;
        for copied in [0, 5] {
            let lengths = [number(raw + 2 * copied), number(plain.len() + 2 * copied)].concat();
            let mut input: Vec<u8> = lengths.into_iter().flat_map(|byte| [ESCAPE, byte]).collect();
            let copy = [1, copied as u8];
            input.extend_from_slice(&[&copy[..], &[2, 0x80 + i as u8], &copy, &[0]].concat());
            made.push(input);
        }
    }
    made
}

fn containers() -> Vec<Vec<u8>> {
    let plain = text(3000);
    let raw = compress_to_vec(&plain, 6);
    let zlib = compress_to_vec_zlib(&plain, 6);
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [&kind[..], data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
    };
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(b"IHDR", &[0, 0, 0, 16, 0, 0, 0, 16, 8, 6, 0, 0, 0]));
    zlib.chunks(300).for_each(|data| png.extend(chunk(b"IDAT", data)));
    png.extend(chunk(b"IEND", b""));
    let zip = [&b"PK\x03\x04\x14\0\0\0\x08\0"[..], &[0; 16], &[1, 0, 0, 0], b"a", &raw, b"PK\x01\x02"].concat();
    let gzip = [&b"\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0"[..], &raw, &[0; 8]].concat();
    let nested = compress_to_vec(&png, 9);
    let archive = [&b"PK\x03\x04\x14\0\0\0\x08\0"[..], &[0; 16], &[1, 0, 0, 0], b"p", &nested].concat();
    vec![zlib, png, zip, gzip, archive]
}
