//! Owns the fuzz targets: each takes any bytes, hands them to a decoder, and panics when what comes out breaks a promise. `cargo test` runs
//! them on a bounded number of inputs (fuzz_drive.rs), `cargo fuzz` for as long as one likes (native/fuzz).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::git_index::GitIndex;
use crate::hash::{ID_SIZE, hash};
use crate::manifest;
use crate::pointer;
use crate::reader::RecordReader;
use crate::record::{self, Codec, Entry, HEADER_SIZE, Kind, decode_entries, decode_header, read_u32};
use crate::repack_shapes::groups_of;
use crate::scan::{ScanOptions, scan};
use crate::segment::{self, Header, Trailer};
use crate::table::{ROW_SIZE, RecordTable};

pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 8] = [
    ("record", record),
    ("segment", segment),
    ("table", table),
    ("manifest", manifest),
    ("pointer", pointer),
    ("git_index", git_index),
    ("recipe", recipe),
    ("container", container),
];

/// Headers, runs of entries, and the header and trailer of a segment: what is decoded, encoded again, is what was there.
pub fn record(data: &[u8]) {
    for bytes in [data.to_vec(), with_header_sums(data)] {
        if let Some((entry, crc)) = decode_header(&bytes, 0) {
            let mut again = Vec::new();
            entry.encode_header(crc, &mut again);
            assert_eq!(again, bytes[..entry.header_length()]);
            assert!(entry.end() >= entry.header_length() as u64);
        }
    }
    if let Some(entries) = decode_entries(data) {
        let mut again = Vec::new();
        for entry in &entries {
            // The one byte that says nothing.
            let pad = again.len() + record::ENTRY_SIZE - 1;
            entry.encode(&mut again);
            again[pad] = data[pad];
            assert!(entry.end() > entry.offset);
        }
        assert_eq!(again, data);
    }
    if let Header::Good(uuid) = segment::decode_header(data) {
        assert_eq!(uuid, data[16..32]);
    }
    let trailer = data.get(data.len().saturating_sub(segment::TRAILER_SIZE)..).unwrap_or_default();
    if let Some(trailer) = Trailer::decode(trailer, data.len() as u64) {
        assert!(trailer.entries_offset + trailer.entries_length <= data.len() as u64);
    }
}

/// A whole segment file, as it is and with its checksums put right: scanned, then every record read with what it says its bases are.
pub fn segment(data: &[u8]) {
    for bytes in [data.to_vec(), with_segment_sums(data)] {
        let file = TempFile::with(&bytes);
        for (footer, payloads) in [(true, false), (false, false), (false, true)] {
            let Ok(found) = scan(&file.path, ScanOptions { from: 0, footer, payloads }) else { continue };
            assert!(found.valid_length <= found.file_length && found.file_length == bytes.len() as u64);
            if !footer {
                assert_eq!(found.entries.first().map_or(segment::HEADER_SIZE as u64, |entry| entry.offset), 64);
                assert!(found.entries.windows(2).all(|pair| pair[0].end() == pair[1].offset));
                assert!(found.entries.last().is_none_or(|entry| entry.end() <= found.file_length));
            }
            read_all(&file.path, &rows_of(&found.entries));
        }
    }
}

/// Rows as JavaScript hands them over, for a segment that is the rest of the bytes; and the same numbers as groups to repack.
pub fn table(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else { return };
    let (rows, content) = rest.split_at(rest.len().min(usize::from(count % 16) * ROW_SIZE));
    let file = TempFile::with(&with_segment_sums(content));
    read_all(&file.path, &rows[..rows.len() - rows.len() % ROW_SIZE]);
    assert!(RecordTable::new(vec![], rows.to_vec()).is_ok() == rows.len().is_multiple_of(ROW_SIZE));
    let numbers: Vec<u32> = data.chunks_exact(4).map(|word| read_u32(word, 0)).collect();
    for group in groups_of(&numbers).unwrap_or_default() {
        let held: usize = group.versions.iter().map(|version| version.rows.len() + version.references.len()).sum();
        assert!(held <= numbers.len());
    }
}

pub fn manifest(data: &[u8]) {
    if !manifest::is_intact(data) {
        return;
    }
    let chunks: Vec<_> =
        data[24..].chunks_exact(36).map(|row| (record::read_id(row, 0), read_u32(row, ID_SIZE))).collect();
    let recipe = Some(read_u32(data, 12)).filter(|&length| length > 0);
    let mut again = manifest::encode(u32::from(data[4]), record::read_u64(data, 16), recipe, &chunks);
    again[6..8].copy_from_slice(&data[6..8]);
    // Lists of parts are made in TypeScript: they differ from those of chunks in the form alone.
    if data[5] == 2 {
        again[5] = 2;
    }
    assert_eq!(again, data);
}

pub fn pointer(data: &[u8]) {
    if pointer::is_pointer(data) {
        let text = std::str::from_utf8(data).unwrap();
        let (id, size) = (&text[34..98], text[104..].trim_end().parse::<u64>().unwrap());
        assert_eq!(text, format!("forge-pointer 1\nkind asset\nblake3 {id}\nsize {size}\n"));
    }
}

pub fn git_index(data: &[u8]) {
    let Ok(index) = GitIndex::decode(data.to_vec(), Path::new("index")) else { return };
    index.verify_checksum();
    for number in 0..index.len() {
        let entry = index.entry(number);
        assert!(!entry.path.is_empty() && entry.oid().len() == 20 && entry.stage() < 4);
        let _ = (entry.mode(), entry.is_exempt(), entry.is_intent_to_add());
        if number > 0 {
            let before = index.entry(number - 1);
            assert!((before.path, before.stage()) < (entry.path, entry.stage()));
        }
    }
}

/// A recipe of any operations, with pieces that a writer made: corrections that nobody made are not preflate's to bear
/// (docs/formats/recipe.md).
pub fn recipe(data: &[u8]) {
    let mut body = Vec::new();
    let mut plain = Vec::new();
    let mut rest = data;
    while let Some((&op, after)) = rest.split_first() {
        rest = after;
        if op == crate::fuzz_seeds::ESCAPE {
            body.extend(rest.first());
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        if op & 0x80 == 0 {
            body.push(op);
            continue;
        }
        let genuine = genuine_pieces();
        let piece = &genuine[usize::from(op & 0x3f) % genuine.len()];
        body.extend_from_slice(&piece.encoded);
        // Most often with the bytes that belong to it.
        if op & 0x40 == 0 {
            plain.extend_from_slice(&piece.plain);
        }
    }
    plain.extend_from_slice(data);
    let sealed = [&[1, 1][..], &crc32fast::hash(&body).to_le_bytes(), &body].concat();
    let mut out = Vec::new();
    let _ = forge_recipe::rebuild(&sealed, &mut plain.as_slice(), &mut out);
    assert!(out.len() <= forge_recipe::MAX_FILE);
    let _ = forge_recipe::rebuild(data, &mut plain.as_slice(), &mut out);
}

/// Any file: what is expanded comes back.
pub fn container(data: &[u8]) {
    let Some(form) = forge_recipe::expand(data) else { return };
    let (mut plain, recipe) = form.bytes.split_at(form.bytes.len() - form.recipe);
    assert!(recipe.len() <= forge_recipe::MAX_RECIPE && plain.len() <= forge_recipe::MAX_PLAIN);
    let mut out = Vec::new();
    assert!(forge_recipe::rebuild(recipe, &mut plain, &mut out).is_ok());
    assert!(out == data);
}

struct Piece {
    encoded: Vec<u8>,
    plain: Vec<u8>,
}

/// Recipes of a stream each: everything after the lengths and the first operation, which for one stream that fills the file is its piece.
fn genuine_pieces() -> &'static [Piece] {
    static PIECES: OnceLock<Vec<Piece>> = OnceLock::new();
    PIECES.get_or_init(|| {
        let made = crate::fuzz_seeds::streams().into_iter().filter_map(|(stream, plain)| {
            let form = forge_recipe::expand(&stream)?;
            let recipe = &form.bytes[form.bytes.len() - form.recipe..];
            // The piece's list: from its count, right before its inflated length, to the CRC's end and the corrections.
            let length = crate::fuzz_seeds::number(plain.len());
            let sum = crc32fast::hash(&plain).to_le_bytes();
            let needle = [&[1][..], &length, &sum].concat();
            let at = recipe.windows(needle.len()).position(|window| window == needle)?;
            let (corrections, size) = crate::fuzz_seeds::read_number(&recipe[at + needle.len()..])?;
            let end = at + needle.len() + size + corrections;
            Some(Piece { encoded: recipe[at..end].to_vec(), plain })
        });
        made.collect()
    })
}

/// Reads every row of a table over one segment.
fn read_all(segment: &Path, rows: &[u8]) {
    let table = RecordTable::new(vec![segment.to_string_lossy().into_owned()], rows.to_vec()).unwrap();
    let mut reader = RecordReader::new(&table);
    for number in 0..table.len() as u32 {
        let Ok(row) = reader.row(number) else { continue };
        let payload = reader.payload(number).map(<[u8]>::len);
        let Ok(raw) = reader.read(number) else { continue };
        assert_eq!(raw.len(), row.raw_length as usize);
        let (is_whole, is_right) = (manifest::is_intact(raw), hash(raw) == row.id);
        let _ = (is_whole, is_right);
        assert_eq!(payload.ok(), Some(row.stored_length as usize));
    }
}

/// A row for each entry; a base is the first entry with its id, if any.
pub fn rows_of(entries: &[Entry]) -> Vec<u8> {
    let mut rows = Vec::new();
    for entry in entries {
        let mut row = [0xff; ROW_SIZE];
        row[..32].copy_from_slice(&entry.id);
        row[32..40].copy_from_slice(&entry.offset.to_le_bytes());
        row[40..44].copy_from_slice(&entry.raw_length.to_le_bytes());
        row[44..48].copy_from_slice(&entry.stored_length.to_le_bytes());
        row[48..52].fill(0);
        row[52..56].copy_from_slice(&[
            entry.kind as u8,
            entry.codec as u8,
            entry.depth << 4 | entry.bases.len() as u8,
            0,
        ]);
        for (i, base) in entry.bases.iter().enumerate() {
            let kind = if entry.codec == Codec::Dictionary { Kind::Dictionary } else { entry.kind };
            let found = entries.iter().position(|other| &other.id == base && other.kind == kind);
            row[56 + 4 * i..60 + 4 * i].copy_from_slice(&(found.unwrap_or(usize::MAX) as u32).to_le_bytes());
        }
        rows.extend_from_slice(&row);
    }
    rows
}

/// The same header with a right magic, version and checksum: mutations get past them.
fn with_header_sums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    if bytes.len() >= HEADER_SIZE {
        seal_header(&mut bytes);
    }
    bytes
}

fn seal_header(bytes: &mut [u8]) {
    bytes[..5].copy_from_slice(b"FREC\x01");
    let end = (HEADER_SIZE + ID_SIZE * usize::from(bytes[7] & 15)).min(bytes.len());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[..52]);
    crc.update(&bytes[HEADER_SIZE..end]);
    bytes[52..56].copy_from_slice(&crc.finalize().to_le_bytes());
}

/// The same segment with right checksums, record after record for as long as their lengths lead on, and a right trailer.
fn with_segment_sums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    if bytes.len() < segment::HEADER_SIZE {
        return bytes;
    }
    bytes[..10].copy_from_slice(b"FORGESEG\x01\0");
    let sum = crc32fast::hash(&bytes[..60]).to_le_bytes();
    bytes[60..64].copy_from_slice(&sum);
    let mut at = segment::HEADER_SIZE;
    while at + HEADER_SIZE <= bytes.len() {
        let head = HEADER_SIZE + ID_SIZE * usize::from(bytes[at + 7] & 15);
        let end = at + head + read_u32(&bytes, at + 12) as usize;
        if &bytes[at..at + 3] != b"FRE" || end > bytes.len() {
            break;
        }
        let sum = crc32fast::hash(&bytes[at + head..end]).to_le_bytes();
        bytes[at + 48..at + 52].copy_from_slice(&sum);
        seal_header(&mut bytes[at..end]);
        at = end;
    }
    seal_trailer(&mut bytes, at);
    bytes
}

/// Where the last bytes look like a trailer, lets it describe what lies between the records and it.
fn seal_trailer(bytes: &mut [u8], records_end: usize) {
    let Some(at) = bytes.len().checked_sub(segment::TRAILER_SIZE).filter(|&at| at >= records_end) else { return };
    if &bytes[at..at + 4] != b"FORG" {
        return;
    }
    let sum = crc32fast::hash(&bytes[records_end..at]).to_le_bytes();
    let trailer = &mut bytes[at..];
    trailer[..10].copy_from_slice(b"FORGEEND\x01\0");
    trailer[12..16].copy_from_slice(&sum);
    trailer[24..32].copy_from_slice(&(records_end as u64).to_le_bytes());
    trailer[32..40].copy_from_slice(&((at - records_end) as u64).to_le_bytes());
    let sum = crc32fast::hash(&trailer[..44]).to_le_bytes();
    trailer[44..].copy_from_slice(&sum);
}

/// A file for as long as it lives.
struct TempFile {
    path: PathBuf,
}

impl TempFile {
    fn with(bytes: &[u8]) -> TempFile {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("forge-fuzz-{}-{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        TempFile { path }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
