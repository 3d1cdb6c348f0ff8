//! Sound: Opus and Vorbis in Ogg (RFC 3533, RFC 7845, Vorbis I), MPEG audio with ID3 and APE tags,
//! AAC in ADTS, AMR (RFC 4867), WAVE, FLAC (RFC 9639), Core Audio (CAF).

use super::{Clean, ODD, Reader, Refusal, SHORT};

const AFTER: &str = "bytes after its end";
const TAGS: &str = "tags";
const OTHER: &str = "parts of programs";
const NO_SOUND: &str = "it holds bytes that are no sound";

/// How the name of the program that made an Ogg begins, where it is that of a library or an app. Any
/// other is emptied.
const MAKERS: [&[u8]; 9] = [
    b"libopus",
    b"Lavf",
    b"Lavc",
    b"Xiph",
    b"WhatsApp",
    b"Recorder",
    b"opus",
    b"libvorbis",
    b"aoTuV",
];
const LONGEST_MAKER: usize = 64;

/// Ogg with one stream of Opus or Vorbis: the comments become blanks of the same length, so that all
/// other bytes, and the pages, stay where they are.
pub(super) fn ogg(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut reader = Reader::new(bytes);
    let mut pages: Vec<Page> = Vec::new();
    while !reader.is_at_end() {
        pages.push(Page::read(&mut reader)?);
    }
    let first = pages.first().ok_or(Refusal::Because(SHORT))?;
    if pages.iter().any(|page| page.stream != first.stream) || !first.is_first {
        return Err(Refusal::Because("it holds more than one stream"));
    }
    if pages.iter().skip(1).any(|page| page.is_first) {
        return Err(Refusal::Because("it holds more than one stream"));
    }
    // Where each byte of the second packet stands, and on which page.
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut packet = 0;
    'pages: for (index, page) in pages.iter().enumerate() {
        let mut at = page.body;
        for lace in &page.laces {
            let end = at + usize::from(*lace);
            if packet == 1 {
                places.extend((at..end).map(|place| (place, index)));
            }
            at = end;
            if *lace < 255 {
                packet += 1;
                if packet == 2 {
                    break 'pages;
                }
            }
        }
    }
    if packet < 2 {
        return Err(Refusal::Because(SHORT));
    }
    let comment: Vec<u8> = places
        .iter()
        .filter_map(|(place, _)| bytes.get(*place).copied())
        .collect();
    let kind = bytes.get(first.body..).unwrap_or_default();
    let mark: &[u8] = if kind.starts_with(b"OpusHead") {
        b"OpusTags"
    } else if kind.starts_with(b"\x01vorbis") {
        b"\x03vorbis"
    } else {
        return Err(Refusal::Because("it holds neither Opus nor Vorbis"));
    };
    let plain = without_comments(&comment, mark)?;
    let mut clean = Clean::default();
    if plain == comment {
        return Ok(clean);
    }
    clean.without(TAGS);
    let mut changed = bytes.to_vec();
    for ((place, _), byte) in places.iter().zip(&plain) {
        if let Some(here) = changed.get_mut(*place) {
            *here = *byte;
        }
    }
    let mut done = 0;
    let mut seals: Vec<usize> = places.iter().map(|(_, index)| *index).collect();
    seals.dedup();
    for page in seals.iter().filter_map(|index| pages.get(*index)) {
        let sum = page.sum(&changed).to_le_bytes();
        if let Some(here) = changed.get_mut(page.start + 22..page.start + 26) {
            here.copy_from_slice(&sum);
        }
        clean.keep(done..page.start);
        let new = changed.get(page.start..page.end).unwrap_or_default();
        clean.put(new.to_vec());
        done = page.end;
    }
    clean.keep(done..bytes.len());
    Ok(clean)
}

/// A packet of comments of the same length without any; zeros after them are padding (RFC 7845,
/// section 5.2), and readers of Vorbis stop at the bit that ends the comments.
fn without_comments(packet: &[u8], mark: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut reader = Reader::new(packet);
    if reader.take(mark.len())? != mark {
        return Err(Refusal::Because(ODD));
    }
    let length = reader.little()?;
    let maker = reader.take(length)?;
    let is_known = maker.len() <= LONGEST_MAKER
        && maker.iter().all(|byte| (b' '..=b'~').contains(byte))
        && MAKERS.iter().any(|known| maker.starts_with(known));
    let maker = if is_known { maker } else { &[] };
    let length = u32::try_from(maker.len()).unwrap_or_default();
    let mut plain = [mark, &length.to_le_bytes(), maker, &[0; 4]].concat();
    if mark.first() == Some(&3) {
        plain.push(1);
    }
    if plain.len() > packet.len() {
        return Err(Refusal::Because(SHORT));
    }
    plain.resize(packet.len(), 0);
    Ok(plain)
}

/// A page of an Ogg, by its places in the file.
struct Page {
    start: usize,
    body: usize,
    end: usize,
    is_first: bool,
    stream: u32,
    laces: Vec<u8>,
}

impl Page {
    fn read(reader: &mut Reader<'_>) -> Result<Page, Refusal> {
        let start = reader.at;
        let head: [u8; 6] = reader.chunk()?;
        let [b'O', b'g', b'g', b'S', 0, flags] = head else {
            return Err(Refusal::Because(ODD));
        };
        reader.take(8)?;
        let stream = u32::from_le_bytes(reader.chunk()?);
        reader.take(8)?;
        let count = reader.byte()?;
        let laces = reader.take(count.into())?.to_vec();
        let body = reader.at;
        reader.take(laces.iter().map(|lace| usize::from(*lace)).sum())?;
        Ok(Page {
            start,
            body,
            end: reader.at,
            is_first: flags & 2 != 0,
            stream,
            laces,
        })
    }

    /// Its checksum, the four bytes of which count as zeros (RFC 3533, section 6).
    fn sum(&self, bytes: &[u8]) -> u32 {
        let page = bytes.get(self.start..self.end).unwrap_or_default();
        page.iter().enumerate().fold(0, |sum, (at, byte)| {
            let byte = if (22..26).contains(&at) { 0 } else { *byte };
            let mut sum = sum ^ u32::from(byte) << 24;
            for _ in 0..8 {
                let over = sum >> 31;
                sum = (sum << 1) ^ (over * 0x04C1_1DB7);
            }
            sum
        })
    }
}

/// MPEG audio: the frames stay, tags before and after them go.
pub(super) fn mp3(bytes: &[u8]) -> Result<Clean, Refusal> {
    frames(bytes, |rest| {
        let [first, second, third, ..] = rest else {
            return None;
        };
        if *first != 0xFF || second & 0xE0 != 0xE0 {
            return None;
        }
        let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
        let (bits, rate, pad) = (third >> 4, third >> 2 & 3, usize::from(third >> 1 & 1));
        if version == 1 || layer == 0 || !(1..=14).contains(&bits) || rate == 3 {
            return None;
        }
        let is_first = version == 3;
        const BITS: [[usize; 14]; 5] = [
            [
                32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
            ],
            [
                32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
            ],
            [
                32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
            ],
            [
                32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
            ],
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        ];
        let table = match (is_first, layer) {
            (true, 3) => 0,
            (true, 2) => 1,
            (true, _) => 2,
            (false, 3) => 3,
            (false, _) => 4,
        };
        let bits = BITS.get(table)?.get(usize::from(bits) - 1)? * 1000;
        let rate = [44_100, 48_000, 32_000].get(usize::from(rate))?
            / match version {
                3 => 1,
                2 => 2,
                _ => 4,
            };
        Some(match layer {
            3 => (12 * bits / rate + pad) * 4,
            1 if !is_first => 72 * bits / rate + pad,
            _ => 144 * bits / rate + pad,
        })
    })
}

/// AAC in ADTS: as [`mp3`].
pub(super) fn aac(bytes: &[u8]) -> Result<Clean, Refusal> {
    frames(bytes, |rest| {
        let [0xFF, second, _, fourth, fifth, sixth, ..] = rest else {
            return None;
        };
        let length =
            usize::from(fourth & 3) << 11 | usize::from(*fifth) << 3 | usize::from(sixth >> 5);
        (second & 0xF6 == 0xF0 && length >= 7).then_some(length)
    })
}

/// Frames one after another, between tags; `size` tells the length of the one that begins here.
fn frames(bytes: &[u8], size: impl Fn(&[u8]) -> Option<usize>) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    while reader.rest().starts_with(b"ID3") {
        let head: [u8; 10] = reader.chunk()?;
        let [_, _, _, _, _, flags, length @ ..] = head;
        let join = |all: usize, byte: &u8| all << 7 | usize::from(byte & 0x7F);
        reader.take(length.iter().fold(0, join))?;
        if flags & 0x10 != 0 {
            reader.take(10)?;
        }
        clean.without(TAGS);
    }
    let zeros = reader.rest().iter().take_while(|byte| **byte == 0).count();
    reader.take(zeros)?;
    if zeros > 0 {
        clean.without(OTHER);
    }
    let start = reader.at;
    let mut count = 0_u32;
    while let Some(length) = size(reader.rest()) {
        if reader.take(length).is_err() {
            // The last one is cut short.
            reader.at = bytes.len();
        }
        count += 1;
    }
    if count < 2 {
        return Err(Refusal::Because(NO_SOUND));
    }
    clean.keep(start..reader.at);
    let rest = reader.rest();
    let marks: [&[u8]; 4] = [b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3"];
    if marks.iter().any(|mark| rest.starts_with(mark)) {
        clean.without(TAGS);
    } else if rest.iter().all(|byte| *byte == 0) {
        if !rest.is_empty() {
            clean.without(AFTER);
        }
    } else {
        return Err(Refusal::Because(NO_SOUND));
    }
    Ok(clean)
}

/// AMR: its frames and nothing else.
pub(super) fn amr(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut reader = Reader::new(bytes);
    let sizes: [usize; 16] = if bytes.starts_with(b"#!AMR-WB\n") {
        reader.take(9)?;
        [17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0]
    } else if bytes.starts_with(b"#!AMR\n") {
        reader.take(6)?;
        [12, 13, 15, 17, 19, 20, 26, 31, 5, 6, 5, 5, 0, 0, 0, 0]
    } else {
        return Err(Refusal::Because(ODD));
    };
    let mut clean = Clean::default();
    clean.keep(0..reader.at);
    while !reader.is_at_end() {
        let start = reader.at;
        let kind = reader.byte()?;
        if kind & 0x83 != 0 {
            return Err(Refusal::Because(NO_SOUND));
        }
        let size = sizes.get(usize::from(kind >> 3 & 15)).copied();
        if reader.take(size.unwrap_or_default()).is_err() {
            reader.at = bytes.len();
        }
        clean.keep(start..reader.at);
    }
    Ok(clean)
}

/// WAVE: how the sound is coded, and the sound.
pub(super) fn wav(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut reader = Reader::new(bytes);
    if reader.take(4)? != b"RIFF" {
        return Err(Refusal::Because("docket cannot read this kind of WAVE"));
    }
    let _size = reader.little()?;
    reader.take(4)?;
    let mut clean = Clean::default();
    let mut parts = Vec::new();
    while !reader.is_at_end() {
        let start = reader.at;
        let Ok(name) = reader.chunk::<4>() else {
            clean.without(AFTER);
            break;
        };
        let length = reader.little()?;
        if reader.take(length).is_err() {
            if &name != b"data" {
                return Err(Refusal::Because(SHORT));
            }
            // A recording that was broken off says a length that it does not have.
            reader.at = bytes.len();
        }
        if length % 2 == 1 && !reader.is_at_end() {
            reader.take(1)?;
        }
        match &name {
            b"fmt " if length <= 40 => parts.push(start..reader.at),
            b"fact" if length == 4 => parts.push(start..reader.at),
            b"data" => parts.push(start..reader.at),
            b"LIST" | b"id3 " | b"ID3 " | b"bext" | b"iXML" | b"_PMX" => clean.without(TAGS),
            b"fmt " | b"fact" => return Err(Refusal::Because(ODD)),
            _ => clean.without(OTHER),
        }
    }
    if clean.removed.is_empty() {
        return Ok(clean);
    }
    let size = 4 + parts.iter().map(ExactSizeIterator::len).sum::<usize>();
    let size = u32::try_from(size).map_err(|_| Refusal::Because(ODD))?;
    clean.keep(0..4);
    clean.put(size.to_le_bytes().to_vec());
    clean.keep(8..12);
    for part in parts {
        clean.keep(part);
    }
    Ok(clean)
}

/// FLAC: what the sound is, where its places are, and the sound.
pub(super) fn flac(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    reader.take(4)?;
    let mut kept: Vec<(usize, usize)> = Vec::new();
    loop {
        let start = reader.at;
        let kind = reader.byte()?;
        let [high, middle, low] = reader.chunk()?;
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let payload = reader.take(length)?;
        match kind & 0x7F {
            0 | 3 => kept.push((start, reader.at)),
            1 if payload.iter().all(|byte| *byte == 0) => kept.push((start, reader.at)),
            1 => clean.without(OTHER),
            4 => clean.without(TAGS),
            6 => clean.without("further pictures"),
            _ => clean.without(OTHER),
        }
        if kind & 0x80 != 0 {
            break;
        }
    }
    if reader.rest().first() != Some(&0xFF) || bytes.iter().rev().nth(127) == Some(&b'T') {
        let tail = bytes.len().checked_sub(128).and_then(|at| bytes.get(at..));
        if reader.rest().first() != Some(&0xFF) || tail.is_some_and(|tail| tail.starts_with(b"TAG"))
        {
            return Err(Refusal::Because(NO_SOUND));
        }
    }
    if clean.removed.is_empty() {
        return Ok(clean);
    }
    clean.keep(0..4);
    for (at, (start, end)) in kept.iter().enumerate() {
        let last = u8::from(at + 1 == kept.len()) << 7;
        let kind = bytes.get(*start).copied().unwrap_or_default();
        clean.put(vec![kind & 0x7F | last]);
        clean.keep(start + 1..*end);
    }
    clean.keep(reader.at..bytes.len());
    Ok(clean)
}

/// Core Audio: how the sound is coded, and the sound.
pub(super) fn caf(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    reader.take(8)?;
    clean.keep(0..8);
    while !reader.is_at_end() {
        let start = reader.at;
        let name: [u8; 4] = reader.chunk()?;
        let length = i64::from_be_bytes(reader.chunk()?);
        match usize::try_from(length) {
            Ok(length) => reader.take(length)?,
            // The sound may say that it goes on to the end.
            Err(_) if length == -1 && &name == b"data" => reader.take(reader.rest().len())?,
            Err(_) => return Err(Refusal::Because(ODD)),
        };
        match &name {
            b"desc" | b"data" | b"pakt" | b"kuki" | b"chan" => clean.keep(start..reader.at),
            b"info" | b"strg" => clean.without(TAGS),
            _ => clean.without(OTHER),
        }
    }
    Ok(clean)
}
