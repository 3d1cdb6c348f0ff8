//! A zip that a file carries in itself as base64: the attachment `rsmf.zip` of an RSMF file, which
//! is a mail. It is read in place, at any point, as if it stood decoded on the disk.

use super::bytes::Bytes;
use crate::import::within::{Base64, Decode};
use std::io::{self, BufRead, BufReader};

/// Bytes of a file that are looked at for the header that says it is an RSMF file.
const HEAD: usize = 1 << 14;
/// Longest line, and longest headers of a part, that are looked at.
const LONGEST: usize = 1 << 16;
/// Decoded bytes between two places that are remembered; a multiple of three.
const STEP: u64 = 49_152;
/// Bytes read from disk at a time.
const CHUNK: usize = 1 << 13;

/// The decoded bytes of a run of base64 in others.
#[derive(Debug)]
pub(super) struct Carried {
    of: Bytes,
    /// Where every [`STEP`]th decoded byte begins in the file.
    places: Vec<u64>,
    /// One past the last byte of the run.
    end: u64,
    length: u64,
}

impl Carried {
    /// The zip in an RSMF file; `None` where these bytes are none, or no zip stands in it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn of(bytes: &Bytes) -> io::Result<Option<Carried>> {
        if !is_rsmf(&bytes.piece(0, HEAD)?) {
            return Ok(None);
        }
        let Some((begin, end)) = attachment(bytes)? else {
            return Ok(None);
        };
        let mut carried = Carried {
            of: bytes.clone(),
            places: Vec::new(),
            end,
            length: 0,
        };
        carried.survey(begin)?;
        Ok(Some(carried))
    }

    /// How many bytes it decodes to.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Reads decoded bytes from a place; fewer than asked for at the end alone.
    pub(super) fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        if place >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let step = usize::try_from(place / STEP).unwrap_or(usize::MAX);
        let Some(mut encoded) = self.places.get(step).copied() else {
            return Ok(0);
        };
        let mut skip = usize::try_from(place % STEP).unwrap_or(usize::MAX);
        let left = usize::try_from(self.length - place).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let mut given = 0usize;
        let mut decoder = Base64::default();
        let mut decoded = Vec::new();
        let mut piece = [0; CHUNK];
        while given < wanted && encoded < self.end {
            let room = usize::try_from(self.end - encoded)
                .unwrap_or(usize::MAX)
                .min(CHUNK);
            let part = piece.get_mut(..room).unwrap_or_default();
            let count = self.of.read_at(part, encoded)?;
            if count == 0 {
                break;
            }
            encoded = encoded.saturating_add(count as u64);
            decoded.clear();
            decoder.feed(piece.get(..count).unwrap_or_default(), &mut decoded);
            let from = skip.min(decoded.len());
            skip -= from;
            for (byte, place) in decoded
                .iter()
                .skip(from)
                .zip(buffer.iter_mut().take(wanted).skip(given))
            {
                *place = *byte;
                given += 1;
            }
        }
        Ok(given)
    }

    /// Notes where the steps begin, and how long it all is.
    fn survey(&mut self, begin: u64) -> io::Result<()> {
        const SIGNS: u64 = STEP / 3 * 4;
        let mut signs = 0u64;
        let mut place = begin;
        let mut piece = [0; CHUNK];
        'run: while place < self.end {
            let room = usize::try_from(self.end - place)
                .unwrap_or(usize::MAX)
                .min(CHUNK);
            let part = piece.get_mut(..room).unwrap_or_default();
            let count = self.of.read_at(part, place)?;
            if count == 0 {
                break;
            }
            for byte in piece.iter().take(count) {
                if matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/') {
                    if signs.is_multiple_of(SIGNS) {
                        self.places.push(place);
                    }
                    signs = signs.saturating_add(1);
                } else if *byte == b'=' {
                    // Padding ends it.
                    self.end = place;
                    break 'run;
                }
                place = place.saturating_add(1);
            }
        }
        self.length = (signs / 4)
            .saturating_mul(3)
            .saturating_add((signs % 4).saturating_sub(1));
        Ok(())
    }
}

/// Whether a mail's headers name a version of RSMF.
pub(in crate::import) fn is_rsmf(head: &[u8]) -> bool {
    const NAME: &[u8] = b"x-rsmf-version:";
    head.split(|byte| *byte == b'\n')
        .take_while(|line| !matches!(line, [] | [b'\r']))
        .any(|line| {
            line.get(..NAME.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        })
}

/// Where the encoded bytes of the attachment `rsmf.zip` stand: from the empty line after the
/// headers that name it to the next line that begins with `--`, which no base64 does.
fn attachment(bytes: &Bytes) -> io::Result<Option<(u64, u64)>> {
    let mut input = BufReader::with_capacity(1 << 16, bytes.from(0));
    let mut place = 0u64;
    let mut line = Vec::new();
    // The headers of the part that is being read; `None` within its content.
    let mut headers: Option<Vec<u8>> = None;
    let mut begin = None;
    loop {
        line.clear();
        let length = limited_line(&mut input, &mut line)?;
        if length == 0 {
            return Ok(begin.map(|begin| (begin, place)));
        }
        let boundary = line.starts_with(b"--");
        if let (true, Some(begin)) = (boundary, begin) {
            return Ok(Some((begin, place)));
        }
        place = place.saturating_add(length);
        if boundary {
            headers = Some(Vec::new());
        } else if let Some(known) = &mut headers {
            if matches!(line.as_slice(), b"\n" | b"\r\n") {
                let known = known.to_ascii_lowercase();
                let has = |word: &[u8]| memchr::memmem::find(&known, word).is_some();
                if begin.is_none() && has(b"rsmf.zip") && has(b"base64") {
                    begin = Some(place);
                }
                headers = None;
            } else if known.len() < LONGEST {
                known.extend_from_slice(&line);
            }
        }
    }
}

/// Reads a line; of a longer one than is looked at, the beginning is kept. Gives its length.
fn limited_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = 0u64;
    loop {
        let bytes = input.fill_buf()?;
        let end = memchr::memchr(b'\n', bytes).map(|end| end.saturating_add(1));
        let count = end.unwrap_or(bytes.len());
        let keep = count.min(LONGEST.saturating_sub(line.len()));
        line.extend_from_slice(bytes.get(..keep).unwrap_or_default());
        input.consume(count);
        length = length.saturating_add(count as u64);
        if end.is_some() || count == 0 {
            return Ok(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn carried(content: &str) -> Option<Carried> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rsmf");
        std::fs::write(&path, content).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        Carried::of(&Bytes::File(std::sync::Arc::new(file))).unwrap()
    }

    fn file(encoded: &str) -> String {
        format!(
            "X-RSMF-Version: 2.0.0\r\nMIME-Version: 1.0\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nrsmf.zip base64\r\n\r\n--b\r\nContent-Disposition: attachment;\r\n filename=\"rsmf.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
        )
    }

    #[test]
    fn only_rsmf_files_carry_a_zip() {
        assert_eq!(carried(&file("QUJDRA==")).unwrap().length(), 4);
        assert!(carried(&file("QUJDRA==").replace("RSMF-V", "V")).is_none());
        assert!(carried("X-RSMF-Version: 1\n\nno attachment").is_none());
        // Cut short before its end.
        let whole = file("QUJDQUJD");
        let cut = whole.split("\r\n--b--").next().unwrap();
        assert_eq!(carried(cut).unwrap().length(), 6);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_place_reads_as_decoded(
            bytes in proptest::collection::vec(any::<u8>(), 0..150_000),
            places in proptest::collection::vec((0usize..150_000, 0usize..70_000), 1..8),
            line in 1usize..100,
        ) {
            const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let mut encoded = String::new();
            for three in bytes.chunks(3) {
                let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
                for index in 0..4 {
                    encoded.push(if index <= three.len() { SIGNS[(bits >> (18 - 6 * index) & 63) as usize] as char } else { '=' });
                }
            }
            let lines: Vec<&str> = encoded.as_bytes().chunks(line).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let carried = carried(&file(&lines.join("\r\n"))).unwrap();
            prop_assert_eq!(carried.length(), bytes.len() as u64);
            for (place, count) in places {
                let mut buffer = vec![0; count];
                let given = carried.read_at(&mut buffer, place as u64).unwrap();
                let wanted = bytes.get(place..).unwrap_or_default();
                let wanted = &wanted[..wanted.len().min(count)];
                prop_assert_eq!(&buffer[..given], wanted);
            }
        }
    }
}
