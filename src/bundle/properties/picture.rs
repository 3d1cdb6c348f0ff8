//! Pictures: JPEG (ITU-T T.81, JFIF 1.02), PNG (third edition), GIF89a, WebP (RFC 9649), BMP.
//!
//! A colour profile goes too: it can carry names and dates, and of a screen's own even whose screen
//! it was. The numbers of the pixels stay; without it they are read as sRGB.

use super::{Clean, ODD, Reader, Refusal, SHORT};

const AFTER: &str = "bytes after its end";
const COMMENT: &str = "comments";
const EXIF: &str = "Exif";
const IPTC: &str = "IPTC";
const OTHER: &str = "parts of programs";
const PICTURES: &str = "further pictures";
const POSITION: &str = "position";
const PROFILE: &str = "colour profile";
const TEXT: &str = "texts";
const TIME: &str = "time of change";
const XMP: &str = "XMP";

/// What comes before the Exif of a JPEG.
const EXIF_MARK: &[u8] = b"Exif\0\0";

/// JPEG: segments of tables, frames and scans stay, of the application's own those that colours are
/// read by.
pub(super) fn jpeg(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    if reader.chunk()? != [0xFF, 0xD8] {
        return Err(Refusal::Because(ODD));
    }
    clean.keep(0..2);
    let mut turned = false;
    loop {
        let start = reader.at;
        if reader.byte()? != 0xFF {
            return Err(Refusal::Because(ODD));
        }
        // A marker may have any number of these before it.
        let mut marker = reader.byte()?;
        while marker == 0xFF {
            marker = reader.byte()?;
        }
        if marker == 0xD9 {
            clean.keep(start..reader.at);
            if !reader.is_at_end() {
                clean.without(AFTER);
            }
            return Ok(clean);
        }
        if matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8) {
            return Err(Refusal::Because(ODD));
        }
        let length = usize::from(u16::from_be_bytes(reader.chunk()?));
        let payload = reader.take(length.checked_sub(2).ok_or(Refusal::Because(ODD))?)?;
        match marker {
            0xC0..=0xCF | 0xDA..=0xDF if marker != 0xC8 => {
                clean.keep(start..reader.at);
                if marker == 0xDA {
                    let scan = reader.at;
                    let end = scan + end_of_scan(reader.rest());
                    clean.keep(scan..end);
                    reader.at = end;
                    if reader.is_at_end() {
                        // Cut short; what is there is shown.
                        return Ok(clean);
                    }
                }
            }
            0xE0 => match (payload.strip_prefix(b"JFIF\0"), payload.get(12..14)) {
                (Some(_), Some([0, 0])) if payload.len() == 14 => clean.keep(start..reader.at),
                (Some(_), Some(_)) => {
                    let plain = payload.get(..12).unwrap_or_default();
                    clean.put([&[0xFF, 0xE0, 0, 16], plain, &[0, 0]].concat());
                    clean.without(PICTURES);
                }
                _ => clean.without(PICTURES),
            },
            0xE1 => match payload.strip_prefix(EXIF_MARK) {
                Some(tiff) => {
                    let (orientation, has_position) = of_exif(tiff);
                    let plain = orientation.map(only_orientation);
                    match plain {
                        Some(plain) if !turned => {
                            if plain.as_slice() == tiff {
                                clean.keep(start..reader.at);
                            } else {
                                let length = u16::try_from(plain.len() + EXIF_MARK.len() + 2);
                                let length = length.unwrap_or_default().to_be_bytes();
                                let head = [0xFF, 0xE1];
                                clean.put([&head, &length[..], EXIF_MARK, &plain].concat());
                                clean.without(EXIF);
                            }
                            turned = true;
                        }
                        _ => clean.without(EXIF),
                    }
                    if has_position {
                        clean.without(POSITION);
                    }
                }
                None if payload.starts_with(b"http://ns.adobe.com/x") => clean.without(XMP),
                None => clean.without(OTHER),
            },
            0xEE if payload.len() == 12 && payload.starts_with(b"Adobe") => {
                clean.keep(start..reader.at);
            }
            0xE2 if payload.starts_with(b"ICC_PROFILE\0") => clean.without(PROFILE),
            0xE2 if payload.starts_with(b"MPF\0") => clean.without(PICTURES),
            0xED => clean.without(IPTC),
            0xFE => clean.without(COMMENT),
            _ if (0xE0..=0xEF).contains(&marker) => clean.without(OTHER),
            _ => return Err(Refusal::Because(ODD)),
        }
    }
}

/// Where the coded picture ends: at the next marker that is none of its own.
fn end_of_scan(coded: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr(0xFF, coded.get(at..).unwrap_or_default()) {
        at += found;
        match coded.get(at + 1) {
            Some(0x00 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => return at,
            None => return coded.len(),
        }
    }
    coded.len()
}

/// How the picture is to be turned, where it is, and whether it says where it was taken (Exif 2.3,
/// section 4.6).
fn of_exif(tiff: &[u8]) -> (Option<u8>, bool) {
    let is_big = tiff.starts_with(b"MM\0*");
    if !is_big && !tiff.starts_with(b"II*\0") {
        return (None, false);
    }
    let number = |at: usize, size: usize| -> Option<usize> {
        let bytes = tiff.get(at..at.checked_add(size)?)?.iter();
        let join = |all: usize, byte: &u8| all << 8 | usize::from(*byte);
        Some(match is_big {
            true => bytes.fold(0, join),
            false => bytes.rev().fold(0, join),
        })
    };
    let (mut orientation, mut has_position) = (None, false);
    let first = number(4, 4).unwrap_or(usize::MAX);
    for entry in 0..number(first, 2).unwrap_or(0) {
        let Some(at) = first.checked_add(2 + 12 * entry) else {
            break;
        };
        match number(at, 2) {
            Some(0x0112) => {
                let value = at.checked_add(8).and_then(|at| number(at, 2));
                let value = value.and_then(|value| u8::try_from(value).ok());
                orientation = value.filter(|value| (2..=8).contains(value));
            }
            Some(0x8825) => has_position = true,
            Some(_) => {}
            None => break,
        }
    }
    (orientation, has_position)
}

/// An Exif that says how to turn the picture, and nothing else.
fn only_orientation(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

/// PNG: the chunks that pixels and their motion are made of stay.
pub(super) fn png(bytes: &[u8]) -> Result<Clean, Refusal> {
    const KEPT: [&[u8; 4]; 17] = [
        b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"hIST",
        b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
    ];
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    reader.take(8)?;
    clean.keep(0..8);
    let mut turned = false;
    loop {
        let start = reader.at;
        if reader.is_at_end() && start > 8 {
            // Cut short between chunks.
            return Ok(clean);
        }
        let length = reader.big()?;
        let name: [u8; 4] = reader.chunk()?;
        let payload = reader.take(length)?;
        reader.take(4)?;
        match &name {
            b"IEND" => {
                if length > 0 {
                    return Err(Refusal::Because(ODD));
                }
                clean.keep(start..reader.at);
                if !reader.is_at_end() {
                    clean.without(AFTER);
                }
                return Ok(clean);
            }
            kept if KEPT.contains(&kept) => clean.keep(start..reader.at),
            b"eXIf" => {
                let (orientation, has_position) = of_exif(payload);
                let plain = orientation.map(only_orientation).filter(|_| !turned);
                match plain {
                    Some(plain) if plain == payload => clean.keep(start..reader.at),
                    Some(plain) => {
                        clean.put(png_chunk(b"eXIf", &plain));
                        clean.without(EXIF);
                    }
                    None => clean.without(EXIF),
                }
                turned |= orientation.is_some();
                if has_position {
                    clean.without(POSITION);
                }
            }
            b"iTXt" if payload.starts_with(b"XML:com.adobe.xmp\0") => clean.without(XMP),
            b"tEXt" | b"zTXt" | b"iTXt" => clean.without(TEXT),
            b"tIME" => clean.without(TIME),
            b"iCCP" => clean.without(PROFILE),
            // Bit 5 of the first letter tells what a picture can be shown without.
            [first, ..] if first.is_ascii_lowercase() => clean.without(OTHER),
            _ => return Err(Refusal::Because(ODD)),
        }
    }
}

fn png_chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(payload);
    let length = u32::try_from(payload.len()).unwrap_or_default();
    let sum = sum.sum().to_be_bytes();
    [&length.to_be_bytes(), &name[..], payload, &sum].concat()
}

/// GIF: pictures, how long each stands, and how often they come round.
pub(super) fn gif(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    let mut reader = Reader::new(bytes);
    let head: [u8; 13] = reader.chunk()?;
    let [.., flags, _, _] = head;
    reader.take(colours(flags))?;
    clean.keep(0..reader.at);
    loop {
        let start = reader.at;
        if reader.is_at_end() {
            return Ok(clean);
        }
        match reader.byte()? {
            0x3B => {
                clean.keep(start..reader.at);
                if !reader.is_at_end() {
                    clean.without(AFTER);
                }
                return Ok(clean);
            }
            0x2C => {
                let place: [u8; 9] = reader.chunk()?;
                let [.., flags] = place;
                reader.take(colours(flags) + 1)?;
                blocks(&mut reader)?;
                clean.keep(start..reader.at);
            }
            0x21 => {
                let label = reader.byte()?;
                let first = reader.rest();
                blocks(&mut reader)?;
                let repeats = [&b"\x0bNETSCAPE2.0\x03\x01"[..], b"\x0bANIMEXTS1.0\x03\x01"];
                let length = reader.at.saturating_sub(start);
                let is_repeat = repeats.iter().any(|mark| first.starts_with(mark)) && length == 19;
                match label {
                    0xF9 if length == 8 => clean.keep(start..reader.at),
                    0xFF if is_repeat => clean.keep(start..reader.at),
                    0xFF if first.starts_with(b"\x0bXMP DataXMP") => clean.without(XMP),
                    0xFF if first.starts_with(b"\x0bICCRGBG1") => clean.without(PROFILE),
                    0xFE => clean.without(COMMENT),
                    0x01 => clean.without(TEXT),
                    _ => clean.without(OTHER),
                }
            }
            // Blanks that some programs leave between.
            0x00 => clean.without(OTHER),
            _ => return Err(Refusal::Because(ODD)),
        }
    }
}

/// Bytes of a table of colours.
fn colours(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

fn blocks(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    loop {
        match reader.byte()? {
            0 => return Ok(()),
            length => reader.take(length.into())?,
        };
    }
}

/// WebP: the chunks that pixels and their motion are made of stay.
pub(super) fn webp(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut reader = Reader::new(bytes);
    reader.take(4)?;
    let size = reader.little()?;
    reader.take(4)?;
    let end = size.checked_add(8).ok_or(Refusal::Because(ODD))?;
    let inside = bytes.get(..end).ok_or(Refusal::Because(SHORT))?;
    let mut clean = Clean::default();
    if end < bytes.len() {
        clean.without(AFTER);
    }
    // The parts, with what stands in the place of some.
    let mut parts: Vec<(usize, usize, Option<Vec<u8>>)> = Vec::new();
    let mut reader = Reader {
        all: inside,
        at: 12,
    };
    let mut extended = None;
    let mut turned = false;
    while !reader.is_at_end() {
        let start = reader.at;
        let name: [u8; 4] = reader.chunk()?;
        let length = reader.little()?;
        let payload = reader.take(length)?;
        if length % 2 == 1 && !reader.is_at_end() {
            reader.take(1)?;
        }
        match &name {
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" => parts.push((start, reader.at, None)),
            b"ANMF" => {
                frame(payload)?;
                parts.push((start, reader.at, None));
            }
            b"VP8X" if length == 10 => {
                extended = Some(parts.len());
                parts.push((start, reader.at, None));
            }
            b"EXIF" => {
                let tiff = payload.strip_prefix(EXIF_MARK).unwrap_or(payload);
                let (orientation, has_position) = of_exif(tiff);
                match orientation.map(only_orientation).filter(|_| !turned) {
                    Some(plain) if plain == payload => parts.push((start, reader.at, None)),
                    Some(plain) => {
                        let length = u32::try_from(plain.len()).unwrap_or_default();
                        let chunk = [b"EXIF", &length.to_le_bytes()[..], &plain].concat();
                        parts.push((start, reader.at, Some(chunk)));
                        clean.without(EXIF);
                    }
                    None => clean.without(EXIF),
                }
                turned |= orientation.is_some();
                if has_position {
                    clean.without(POSITION);
                }
            }
            b"XMP " => clean.without(XMP),
            b"ICCP" => clean.without(PROFILE),
            _ => clean.without(OTHER),
        }
    }
    if clean.removed.is_empty() {
        return Ok(clean);
    }
    if let Some((start, end, instead)) = extended.and_then(|at| parts.get_mut(at)) {
        let mut chunk = bytes.get(*start..*end).unwrap_or_default().to_vec();
        if let Some(flags) = chunk.get_mut(8) {
            // Bit 5 is the profile, 3 the Exif, 2 the XMP (RFC 9649, section 2.7.1).
            *flags &= !0b0010_1100;
            *flags |= u8::from(turned) << 3;
        }
        *instead = Some(chunk);
    }
    let length = |(start, end, instead): &(usize, usize, Option<Vec<u8>>)| {
        instead.as_ref().map_or(end - start, Vec::len)
    };
    let size = 4 + parts.iter().map(length).sum::<usize>();
    let size = u32::try_from(size).map_err(|_| Refusal::Because(ODD))?;
    clean.keep(0..4);
    clean.put(size.to_le_bytes().to_vec());
    clean.keep(8..12);
    for (start, end, instead) in parts {
        match instead {
            Some(bytes) => clean.put(bytes),
            None => clean.keep(start..end),
        }
    }
    Ok(clean)
}

/// A frame of a moving WebP has its pixels and nothing else.
fn frame(payload: &[u8]) -> Result<(), Refusal> {
    let mut reader = Reader::new(payload);
    reader.take(16)?;
    while !reader.is_at_end() {
        let name: [u8; 4] = reader.chunk()?;
        let length = reader.little()?;
        reader.take(length)?;
        if length % 2 == 1 && !reader.is_at_end() {
            reader.take(1)?;
        }
        if ![b"VP8 ", b"VP8L", b"ALPH"].contains(&&name) {
            return Err(Refusal::Because(
                "a frame of it has a part that docket does not know",
            ));
        }
    }
    Ok(())
}

/// BMP: one with the plain head and nothing behind its pixels carries nothing.
pub(super) fn bmp(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut reader = Reader::new(bytes);
    reader.take(2)?;
    let size = reader.little()?;
    let gap: [u8; 4] = reader.chunk()?;
    let pixels = reader.little()?;
    let head = reader.little()?;
    let width = reader.little()?;
    let height = u32::from_le_bytes(reader.chunk()?);
    let _planes: [u8; 2] = reader.chunk()?;
    let bits = usize::from(u16::from_le_bytes(reader.chunk()?));
    let packing = reader.little()?;
    let row = width.checked_mul(bits).map(|bits| bits.div_ceil(32) * 4);
    let height = usize::try_from((height as i32).unsigned_abs()).unwrap_or(usize::MAX);
    let end = row.and_then(|row| row.checked_mul(height)?.checked_add(pixels));
    let colours = match bits {
        1..=8 => 4 << bits,
        _ => 0,
    };
    let is_plain = head == 40
        && packing == 0
        && gap == [0; 4]
        && end == Some(bytes.len())
        && size == bytes.len()
        && pixels <= 54 + colours;
    match is_plain {
        true => Ok(Clean::default()),
        false => Err(Refusal::Because("docket cannot tell what this BMP carries")),
    }
}
