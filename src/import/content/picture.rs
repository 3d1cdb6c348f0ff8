//! How large a picture is, from its header; the picture itself is not decoded.

use super::Type;
use super::feed::{Feed, big, big32, little};
use std::io::Read;

/// Most markers of a JPEG that are passed on the way to its size.
const MOST_MARKERS: usize = 512;

/// Columns and rows, where the first bytes tell; `None` where they do not, or name none.
pub(super) fn pixels(kind: Type, head: &[u8]) -> Option<(u32, u32)> {
    let small = |at, width| little(head, at, width).and_then(|n| u32::try_from(n).ok());
    let (width, height) = match kind {
        Type::Png if head.get(12..16) == Some(b"IHDR") => (big32(head, 16)?, big32(head, 20)?),
        Type::Gif => (small(6, 2)?, small(8, 2)?),
        Type::Bmp => {
            // The height of a picture that is stored from its top is negative.
            let height = small(22, 4)?.cast_signed().unsigned_abs();
            (small(18, 4)?, height)
        }
        Type::Webp => match head.get(12..16)? {
            // The three forms of RFC 9649: lossy, lossless, extended.
            b"VP8 " if head.get(23..26) == Some(b"\x9D\x01\x2A") => {
                (small(26, 2)? & 0x3FFF, small(28, 2)? & 0x3FFF)
            }
            b"VP8L" if head.get(20) == Some(&0x2F) => {
                let bits = small(21, 4)?;
                ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
            }
            b"VP8X" => (small(24, 3)? + 1, small(27, 3)? + 1),
            _ => return None,
        },
        Type::Heif => heif(head)?,
        _ => return None,
    };
    (width > 0 && height > 0).then_some((width, height))
}

/// The largest of the sizes that the items of a HEIF picture have (`ispe`, ISO/IEC 23008-12): that of
/// the picture, not of its thumbnail or tiles.
fn heif(head: &[u8]) -> Option<(u32, u32)> {
    memchr::memmem::find_iter(head, b"ispe")
        .take(64)
        .filter_map(|at| Some((big32(head, at + 8)?, big32(head, at + 12)?)))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

/// The same of a JPEG, whose size stands behind thumbnails and colour profiles of any length.
pub(super) fn further<R: Read>(kind: Type, feed: &mut Feed<R>) -> Option<(u32, u32)> {
    if kind != Type::Jpeg || !feed.skip(2) {
        return None;
    }
    for _ in 0..MOST_MARKERS {
        let [mut mark] = feed.exactly::<1>()?;
        if mark != 0xFF {
            return None;
        }
        let mut fill = 0;
        while mark == 0xFF && fill < MOST_MARKERS {
            [mark] = feed.exactly::<1>()?;
            fill += 1;
        }
        match mark {
            0x01 | 0xD0..=0xD7 => continue,
            0xD9 | 0xDA => return None,
            _ => {}
        }
        let length = big(&feed.exactly::<2>()?, 0, 2)?.checked_sub(2)?;
        // Start of frame, of whichever process; not the tables that have numbers among them.
        if matches!(mark, 0xC0..=0xCF) && !matches!(mark, 0xC4 | 0xC8 | 0xCC) {
            let frame = feed.exactly::<5>()?;
            let number = |at| big(&frame, at, 2).and_then(|n| u32::try_from(n).ok());
            let (width, height) = (number(3)?, number(1)?);
            return (width > 0 && height > 0).then_some((width, height));
        }
        if !feed.skip(length) {
            return None;
        }
    }
    None
}
