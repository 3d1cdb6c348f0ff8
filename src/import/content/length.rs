//! How long sound and film last, from their containers; no sample is decoded.
//!
//! Sources: Ogg (RFC 3533) and Opus in it (RFC 7845: 48,000 samples a second, less the pre-skip);
//! `mvhd`, `tkhd` and `hdlr` of ISO/IEC 14496-12; frames of 20 ms of AMR (RFC 4867, section 5); MPEG audio
//! (ISO/IEC 11172-3) with the count that LAME and Xing write into the first frame; WAVE; FLAC's STREAMINFO
//! (RFC 9639).

use super::feed::{Feed, big, big32, little};
use super::{Length, Type};
use std::io::Read;

/// Most boxes of an MP4, pages of an Ogg and frames of an AMR that are looked at.
const MOST_PARTS: usize = 400_000;
/// The longest `moov` that is read.
const MOST_MOOV: u64 = 8 << 20;
/// Longer is nothing that was sent as a message; a header that says so is wrong.
const LONGEST: u64 = 1_000 * 60 * 60 * 24 * 30;

/// What a container tells.
#[derive(Default)]
pub(super) struct Told {
    pub(super) length: Option<Length>,
    /// Columns and rows of the film.
    pub(super) pixels: Option<(u32, u32)>,
    /// Whether it names its tracks and none of them is a film.
    pub(super) only_sound: bool,
}

/// Reads a container. `size` is that of the whole file in bytes, where it is known.
pub(super) fn of<R: Read>(kind: Type, feed: &mut Feed<R>, size: Option<u64>) -> Told {
    let exact = |milliseconds: Option<u64>| Told {
        length: milliseconds.and_then(|milliseconds| sound(milliseconds, false)),
        ..Told::default()
    };
    match kind {
        Type::Opus | Type::Ogg => exact(ogg(feed)),
        Type::Amr => exact(amr(feed)),
        Type::Wav => exact(wav(feed)),
        Type::Flac => exact(flac(feed.head())),
        Type::Mp3 => Told {
            length: mp3(feed, size),
            ..Told::default()
        },
        Type::Mp4 | Type::M4a | Type::Film3gp | Type::QuickTime => {
            moov(feed).map_or_else(Told::default, |moov| movie(&moov))
        }
        _ => Told::default(),
    }
}

fn sound(milliseconds: u64, estimated: bool) -> Option<Length> {
    (milliseconds > 0 && milliseconds <= LONGEST).then_some(Length {
        milliseconds,
        estimated,
    })
}

/// Milliseconds of so many units, of which so many make a second.
fn of_units(units: u64, a_second: u64) -> Option<u64> {
    u64::try_from(u128::from(units) * 1_000 / u128::from(Some(a_second).filter(|n| *n > 0)?)).ok()
}

/// The position that the last page of the first stream ends at.
fn ogg<R: Read>(feed: &mut Feed<R>) -> Option<u64> {
    let mut first: Option<(u32, u64, u64)> = None;
    let mut last = None;
    for _ in 0..MOST_PARTS {
        let Some(page) = feed.exactly::<27>() else {
            break;
        };
        if !page.starts_with(b"OggS") {
            return None;
        }
        let serial = u32::try_from(little(&page, 14, 4)?).ok()?;
        let position = little(&page, 6, 8)?;
        let segments = usize::from(*page.get(26)?);
        let table = feed.take(segments);
        let body = table.iter().map(|length| u64::from(*length)).sum();
        if first.is_none() {
            let packet = feed.take(usize::try_from(body).ok()?);
            first = Some(match packet.get(..8) {
                Some(b"OpusHead") => (serial, 48_000, little(&packet, 10, 2)?),
                _ if packet.get(..7) == Some(b"\x01vorbis") => (serial, little(&packet, 12, 4)?, 0),
                _ => return None,
            });
        } else if !feed.skip(body) {
            break;
        }
        // All ones: no packet ends on this page.
        if first.is_some_and(|(own, ..)| own == serial) && position != u64::MAX {
            last = Some(position);
        }
    }
    // Where the bound came first, the last page seen is not the last.
    let (_, rate, skip) = first.filter(|_| !feed.is_cut())?;
    of_units(last?.checked_sub(skip)?, rate)
}

fn amr<R: Read>(feed: &mut Feed<R>) -> Option<u64> {
    // Bytes of a frame of each mode, with its first byte (RFC 4867, tables 1a and 1b of TS 26.101 and
    // 26.201); modes without a size are not in use.
    const NARROW: [u8; 16] = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1];
    const WIDE: [u8; 16] = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];
    let wide = feed.head().starts_with(b"#!AMR-WB\n");
    if !wide && !feed.head().starts_with(b"#!AMR\n") {
        return None;
    }
    let sizes = if wide { WIDE } else { NARROW };
    feed.skip(if wide { 9 } else { 6 });
    let mut frames = 0u64;
    for _ in 0..MOST_PARTS {
        let Some([mode]) = feed.exactly::<1>() else {
            break;
        };
        let size = sizes.get(usize::from(mode >> 3 & 15)).copied();
        let size = size.filter(|size| *size > 0)?;
        if !feed.skip(u64::from(size) - 1) {
            break;
        }
        frames += 1;
    }
    (!feed.is_cut()).then(|| frames.saturating_mul(20))
}

fn wav<R: Read>(feed: &mut Feed<R>) -> Option<u64> {
    if !feed.skip(12) {
        return None;
    }
    let mut rate = None;
    for _ in 0..64 {
        let part = feed.exactly::<8>()?;
        let length = little(&part, 4, 4)?;
        match part.get(..4)? {
            b"fmt " => {
                let format = feed.take(usize::try_from(length.min(64)).ok()?);
                rate = little(&format, 8, 4);
                feed.skip((length + length % 2).saturating_sub(format.len() as u64));
            }
            b"data" => return of_units(length, rate?),
            _ => {
                if !feed.skip(length + length % 2) {
                    return None;
                }
            }
        }
    }
    None
}

fn flac(head: &[u8]) -> Option<u64> {
    // 20 bits of samples a second, 3 and 5 bits, 36 bits of samples.
    let bits = big(head, 18, 8)?;
    let (rate, samples) = (bits >> 44, bits & 0xF_FFFF_FFFF);
    of_units(samples, rate).filter(|_| samples > 0)
}

/// Kilobits a second of MPEG-1 layer III and of MPEG-2 layer III, by index.
const RATES_1: [u16; 16] = [
    0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
];
const RATES_2: [u16; 16] = [
    0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
];

/// What the first frame of layer III says.
struct Frame {
    /// Samples in each frame, samples a second, bits a second.
    samples: u64,
    rate: u64,
    bits: u64,
    /// Bytes before the count that an encoder may have left.
    side: usize,
}

impl Frame {
    fn of(bytes: &[u8]) -> Option<Frame> {
        let [0xFF, second, third, fourth, ..] = bytes else {
            return None;
        };
        // Layer III is 1; other layers are hardly sent.
        if second & 0xE0 != 0xE0 || second >> 1 & 3 != 1 {
            return None;
        }
        let one = match second >> 3 & 3 {
            3 => true,
            0 | 2 => false,
            _ => return None,
        };
        let old = second >> 3 & 3 == 0;
        let table = if one { RATES_1 } else { RATES_2 };
        let bits = u64::from(*table.get(usize::from(third >> 4))?) * 1_000;
        let rate = [44_100u64, 48_000, 32_000]
            .get(usize::from(third >> 2 & 3))
            .copied()?;
        let rate = match (one, old) {
            (true, _) => rate,
            (false, false) => rate / 2,
            (false, true) => rate / 4,
        };
        let mono = fourth >> 6 == 3;
        (bits > 0).then_some(Frame {
            samples: if one { 1_152 } else { 576 },
            rate,
            bits,
            side: match (one, mono) {
                (true, false) => 32,
                (true, true) | (false, false) => 17,
                (false, true) => 9,
            },
        })
    }

    /// Bytes of the frame.
    fn size(&self, bytes: &[u8]) -> Option<usize> {
        let padding = u64::from(bytes.get(2)? >> 1 & 1);
        usize::try_from(self.samples / 8 * self.bits / self.rate + padding).ok()
    }
}

/// Whether these bytes begin with a frame of MPEG audio that another follows, as far as they reach.
pub(super) fn is_mpeg_frame(head: &[u8]) -> bool {
    let next = Frame::of(head).and_then(|frame| frame.size(head));
    next.is_some_and(|next| {
        head.get(next..)
            .is_some_and(|rest| rest.len() < 4 || Frame::of(rest).is_some())
    })
}

fn mp3<R: Read>(feed: &mut Feed<R>, size: Option<u64>) -> Option<Length> {
    // An ID3 tag before the sound: four bytes of seven bits each (id3.org, 2.4.0).
    if feed.head().starts_with(b"ID3") {
        let tag = feed.exactly::<10>()?;
        let length = tag.get(6..)?;
        let length = length
            .iter()
            .fold(0, |all, byte| all << 7 | u64::from(byte & 0x7F));
        if !feed.skip(length) {
            return None;
        }
    }
    let begin = feed.place;
    let bytes = feed.take(2_048);
    // Blanks may stand between the tag and the sound.
    let at = (0..bytes.len()).find(|at| bytes.get(*at..).and_then(Frame::of).is_some())?;
    let bytes = bytes.get(at..)?;
    let frame = Frame::of(bytes)?;
    let info = bytes.get(frame.side + 4..).unwrap_or_default();
    if (info.starts_with(b"Xing") || info.starts_with(b"Info"))
        && big32(info, 4).is_some_and(|flags| flags & 1 == 1)
        && let Some(frames) = big(info, 8, 4)
    {
        return sound(of_units(frames * frame.samples, frame.rate)?, false);
    }
    let left = size?.checked_sub(begin)?.checked_sub(at as u64)?;
    sound(of_units(left.checked_mul(8)?, frame.bits)?, true)
}

/// The `moov` box of a film, which stands before or after the film itself.
fn moov<R: Read>(feed: &mut Feed<R>) -> Option<Vec<u8>> {
    for _ in 0..MOST_PARTS {
        let header = feed.exactly::<8>()?;
        let (mut length, mut taken) = (big(&header, 0, 4)?, 8);
        if length == 1 {
            length = big(&feed.exactly::<8>()?, 0, 8)?;
            taken = 16;
        }
        let is_moov = header.get(4..) == Some(b"moov");
        if length == 0 && !is_moov {
            return None;
        }
        let body = if length == 0 {
            MOST_MOOV
        } else {
            length.checked_sub(taken)?
        };
        if is_moov {
            return Some(feed.take(usize::try_from(body.min(MOST_MOOV)).ok()?));
        }
        if !feed.skip(body) {
            return None;
        }
    }
    None
}

/// The boxes in a box: the name and what each holds.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::try_from(big(bytes, 0, 4)?).ok()?;
        let length = if length == 0 { bytes.len() } else { length };
        let name = bytes.get(4..8)?;
        let body = bytes.get(8..length.min(bytes.len()))?;
        bytes = bytes.get(length..).unwrap_or_default();
        Some((name, body))
    })
    .take(4_096)
}

/// What follows the version and flags of a full box: eight bytes a time where the version is 1.
fn movie(moov: &[u8]) -> Told {
    let mut told = Told::default();
    let (mut tracks, mut films) = (0, 0);
    for (name, body) in boxes(moov) {
        match name {
            b"mvhd" => {
                let (scale, length) = match body.first() {
                    Some(1) => (big(body, 20, 4), big(body, 24, 8)),
                    _ => (big(body, 12, 4), big(body, 16, 4)),
                };
                let length = length.and_then(|length| of_units(length, scale?));
                told.length = length.and_then(|length| sound(length, false));
            }
            b"trak" => {
                let is_film = boxes(body)
                    .filter(|(name, _)| *name == b"mdia")
                    .flat_map(|(_, body)| boxes(body))
                    .any(|(name, body)| name == b"hdlr" && body.get(8..12) == Some(b"vide"));
                tracks += 1;
                if !is_film {
                    continue;
                }
                films += 1;
                let header = boxes(body).find(|(name, _)| *name == b"tkhd");
                let size = header.and_then(|(_, body)| {
                    let at = if body.first() == Some(&1) { 88 } else { 76 };
                    // Fixed point, 16 bits before it.
                    Some((big32(body, at)? >> 16, big32(body, at + 4)? >> 16))
                });
                told.pixels = size.filter(|(width, height)| *width > 0 && *height > 0);
            }
            _ => {}
        }
    }
    told.only_sound = tracks > 0 && films == 0;
    told
}
