//! Pictures in the protocols of terminals: kitty's graphics, iTerm's inline pictures, sixels.
//!
//! What is sent is never the file that a message brought, but its pixels, decoded here and coded anew: no
//! byte that a stranger chose reaches the decoders of a terminal. What is coded is of a bounded length,
//! made smaller until it is.

use super::base64;
use color_quant::NeuQuant;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

/// The longest code of a picture, in bytes.
pub const LONGEST: usize = 512 << 10;
/// The most pixels that are coded.
pub const MOST_PIXELS: u32 = 640_000;
/// How often a picture is made half as wide and high before it is given up.
const HALVINGS: u32 = 4;
/// What of kitty's code may stand in one piece, in bytes.
const PIECE: usize = 4_096;
/// The number by which docket knows its picture in kitty's protocol; there is one at a time.
const NUMBER: u32 = 6_210;
/// The quality of JPEGs, of 100.
const QUALITY: u8 = 85;
/// Colours of sixels: VT340 and its followers have so many.
const COLOURS: usize = 255;

/// A protocol of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// kitty's graphics protocol: over the cells, gone when told so.
    Kitty,
    /// iTerm's inline pictures: in the cells.
    Iterm,
    /// Sixels (DEC's STD 070): in the cells.
    Sixel,
}

/// A picture as a terminal takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    protocol: Protocol,
    /// Columns that it covers.
    pub columns: u16,
    /// Rows that it covers.
    pub rows: u16,
    code: Vec<u8>,
}

/// A picture and where it stands: its first column and row.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its first column.
    pub x: u16,
    /// Its first row.
    pub y: u16,
    /// The picture.
    pub picture: Arc<Coded>,
}

impl PartialEq for Placed {
    fn eq(&self, other: &Placed) -> bool {
        (self.x, self.y) == (other.x, other.y) && Arc::ptr_eq(&self.picture, &other.picture)
    }
}

impl Coded {
    /// Codes pixels for a terminal whose cells have so many pixels. They are made fewer where their code
    /// would be too long; sixels then cover less, the others as much as before.
    ///
    /// # Errors
    /// Why not, in a line for a person.
    pub fn of(protocol: Protocol, pixels: RgbImage, cell: (u16, u16)) -> Result<Coded, String> {
        let covered = |pixels: &RgbImage| {
            let cells = |pixels: u32, cell: u16| {
                u16::try_from(pixels.div_ceil(u32::from(cell.max(1)))).unwrap_or(u16::MAX)
            };
            (
                cells(pixels.width(), cell.0),
                cells(pixels.height(), cell.1),
            )
        };
        let (mut columns, mut rows) = covered(&pixels);
        let covers = covers(&pixels, cell, columns, rows);
        let mut pixels = pixels;
        for _ in 0..=HALVINGS {
            if protocol == Protocol::Sixel {
                (columns, rows) = covered(&pixels);
            }
            let code = match protocol {
                Protocol::Kitty => kitty(&pixels, &covers),
                Protocol::Iterm => iterm(&pixels, columns, rows),
                Protocol::Sixel => sixel(&pixels),
            };
            let code = code.ok_or("it cannot be coded for this terminal")?;
            if code.len() <= LONGEST {
                return Ok(Coded {
                    protocol,
                    columns,
                    rows,
                    code,
                });
            }
            let half = |side: u32| (side / 2).max(1);
            pixels =
                image::imageops::thumbnail(&pixels, half(pixels.width()), half(pixels.height()));
        }
        Err("it is too large to be sent to this terminal".into())
    }

    /// The bytes that draw it where the cursor stands.
    pub(super) fn code(&self) -> &[u8] {
        &self.code
    }

    /// The bytes that take it away; none where that takes writing its cells anew.
    pub(super) fn removal(&self) -> Option<&'static [u8]> {
        (self.protocol == Protocol::Kitty).then_some(KITTY_AWAY)
    }
}

/// All pictures of kitty's protocol away, and their data with them.
pub(super) const KITTY_AWAY: &[u8] = b"\x1b_Ga=d,d=A,q=2\x1b\\";

/// Colours of 24 bits, packed by zlib, in pieces; no answer is wanted, and the cursor stays.
fn kitty(pixels: &RgbImage, covers: &str) -> Option<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(pixels.as_raw()).ok()?;
    let data = base64(&packed.finish().ok()?);
    let mut code = Vec::with_capacity(data.len() + data.len() / 64);
    let mut pieces = data.as_bytes().chunks(PIECE).peekable();
    let (width, height) = pixels.dimensions();
    let mut head = format!("a=T,f=24,o=z,i={NUMBER},s={width},v={height},{covers},C=1,q=2,");
    while let Some(piece) = pieces.next() {
        let more = u8::from(pieces.peek().is_some());
        code.extend_from_slice(format!("\x1b_G{head}m={more};").as_bytes());
        code.extend_from_slice(piece);
        code.extend_from_slice(b"\x1b\\");
        head.clear();
    }
    Some(code)
}

/// The columns or the rows that a picture covers: the one of them that fits it better, so that the
/// terminal keeps its shape and it stays within the other.
fn covers(pixels: &RgbImage, cell: (u16, u16), columns: u16, rows: u16) -> String {
    let spare = |cells: u16, cell: u16, pixels: u32| {
        let all = u64::from(cells) * u64::from(cell.max(1));
        all.saturating_sub(u64::from(pixels))
    };
    let wide = spare(columns, cell.0, pixels.width()) * u64::from(pixels.height());
    let high = spare(rows, cell.1, pixels.height()) * u64::from(pixels.width());
    if wide <= high {
        format!("c={columns}")
    } else {
        format!("r={rows}")
    }
}

/// A JPEG, shown inside of the text and not offered as a file to keep.
fn iterm(pixels: &RgbImage, columns: u16, rows: u16) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    let (width, height) = pixels.dimensions();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(pixels.as_raw(), width, height, ExtendedColorType::Rgb8)
        .ok()?;
    let size = jpeg.len();
    let data = base64(&jpeg);
    let code = format!(
        "\x1b]1337;File=inline=1;size={size};width={columns};height={rows};preserveAspectRatio=1:{data}\x07"
    );
    Some(code.into_bytes())
}

/// Bands of six rows; in each band a run for every colour in it, one over another.
fn sixel(pixels: &RgbImage) -> Option<Vec<u8>> {
    let (width, height) = pixels.dimensions();
    let wide = usize::try_from(width).ok()?;
    let (colours, indexed) = reduced(pixels);
    let mut code = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for (at, rgb) in colours.chunks(3).enumerate() {
        if let [red, green, blue] = rgb {
            let [red, green, blue] = [red, green, blue].map(|value| u32::from(*value) * 100 / 255);
            let _ = write!(code, "#{at};2;{red};{green};{blue}");
        }
    }
    for (band, rows) in indexed.chunks(wide * 6).enumerate() {
        if band > 0 {
            code.push('-');
        }
        // For each colour, the bits of each column; only of colours that the band has.
        let mut bits: Vec<Option<Vec<u8>>> = vec![None; COLOURS];
        for (y, row) in rows.chunks(wide).enumerate() {
            for (x, colour) in row.iter().enumerate() {
                let columns = bits.get_mut(usize::from(*colour))?;
                let columns = columns.get_or_insert_with(|| vec![0; wide]);
                *columns.get_mut(x)? |= 1 << y;
            }
        }
        let mut first = true;
        for (colour, columns) in bits.iter().enumerate() {
            let Some(columns) = columns else { continue };
            if !first {
                code.push('$');
            }
            first = false;
            let _ = write!(code, "#{colour}");
            runs(&mut code, columns);
        }
        if code.len() > LONGEST {
            break;
        }
    }
    code.push_str("\x1b\\");
    Some(code.into_bytes())
}

/// Columns as characters from `?` on, those that repeat with their number.
fn runs(code: &mut String, columns: &[u8]) {
    let end = columns
        .iter()
        .rposition(|bits| *bits != 0)
        .map_or(0, |at| at + 1);
    let columns = columns.get(..end).unwrap_or_default();
    for run in columns.chunk_by(|one, next| one == next) {
        let Some(bits) = run.first() else { continue };
        let character = char::from(b'?' + bits);
        if run.len() > 3 {
            let _ = write!(code, "!{}{character}", run.len());
        } else {
            code.extend(std::iter::repeat_n(character, run.len()));
        }
    }
}

/// The colours that stand for all of a picture's, as red, green and blue, and which of them each pixel
/// has.
fn reduced(pixels: &RgbImage) -> (Vec<u8>, Vec<u8>) {
    let rgba: Vec<u8> = pixels
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue] = pixel.0;
            [red, green, blue, u8::MAX]
        })
        .collect();
    // One pixel in ten is looked at, which its maker calls a good trade for pictures of this size.
    let sample = if rgba.len() < 40_000 { 1 } else { 10 };
    let reduced = NeuQuant::new(sample, COLOURS, &rgba);
    // A colour is looked up once for all that share its six upper bits.
    let mut known: Vec<Option<u8>> = vec![None; 1 << 18];
    let indexed = pixels.pixels().map(|pixel| {
        let [red, green, blue] = pixel.0;
        let place = [red, green, blue]
            .iter()
            .fold(0, |place, value| place << 6 | usize::from(value >> 2));
        let find = || u8::try_from(reduced.index_of(&[red, green, blue, u8::MAX])).unwrap_or(0);
        known
            .get_mut(place)
            .map_or(0, |known| *known.get_or_insert_with(find))
    });
    let indexed = indexed.collect();
    (reduced.color_map_rgb(), indexed)
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb(if x < width / 2 {
                [255, 0, 0]
            } else if y < height / 2 {
                [0, 255, 0]
            } else {
                [0, 0, 255]
            })
        })
    }

    /// What a terminal would show of sixels: its own small reader of them.
    fn shown(code: &[u8]) -> RgbImage {
        let text = std::str::from_utf8(code).unwrap();
        let body = text.strip_prefix("\x1bP0;1;0q\"1;1;").unwrap();
        let body = body.strip_suffix("\x1b\\").unwrap();
        let number = |text: &str| -> (u32, usize) {
            let length = text.bytes().take_while(u8::is_ascii_digit).count();
            (text[..length].parse().unwrap(), length)
        };
        let (width, length) = number(body);
        let rest = &body[length + 1..];
        let (height, length) = number(rest);
        let mut rest = &rest[length..];
        let mut colours = vec![[0; 3]; 256];
        let mut out = RgbImage::new(width, height);
        let (mut x, mut y, mut colour) = (0, 0, 0);
        while let Some(first) = rest.chars().next() {
            rest = &rest[1..];
            let mut times = 1;
            let mut put = first;
            match first {
                '#' => {
                    let (which, length) = number(rest);
                    rest = &rest[length..];
                    colour = which as usize;
                    if let Some(definition) = rest.strip_prefix(";2;") {
                        rest = definition;
                        for part in &mut colours[colour] {
                            let (value, length) = number(rest);
                            *part = (value * 255 / 100) as u8;
                            rest = &rest[length..];
                            rest = rest.strip_prefix(';').unwrap_or(rest);
                        }
                    }
                    continue;
                }
                '$' => {
                    x = 0;
                    continue;
                }
                '-' => {
                    x = 0;
                    y += 6;
                    continue;
                }
                '!' => {
                    let (count, length) = number(rest);
                    times = count;
                    put = rest[length..].chars().next().unwrap();
                    rest = &rest[length + 1..];
                }
                _ => {}
            }
            let bits = put as u8 - b'?';
            for _ in 0..times {
                for row in 0..6 {
                    if bits >> row & 1 == 1 {
                        out.put_pixel(x, y + row, image::Rgb(colours[colour]));
                    }
                }
                x += 1;
            }
        }
        out
    }

    fn is_near(one: &RgbImage, other: &RgbImage) -> bool {
        one.dimensions() == other.dimensions()
            && one
                .pixels()
                .zip(other.pixels())
                .all(|(one, other)| (0..3).all(|at| one[at].abs_diff(other[at]) < 24))
    }

    #[test]
    fn sixels_show_the_picture() {
        for (width, height) in [(40, 20), (1, 1), (7, 13), (300, 100)] {
            let pixels = picture(width, height);
            let coded = Coded::of(Protocol::Sixel, pixels.clone(), (8, 16)).unwrap();
            assert!(is_near(&shown(coded.code()), &pixels), "{width} x {height}");
            let cells = (width.div_ceil(8) as u16, height.div_ceil(16) as u16);
            assert_eq!((coded.columns, coded.rows), cells);
        }
    }

    #[test]
    fn kitty_is_sent_pieces_of_pixels_and_wants_no_answer() {
        let noise = RgbImage::from_fn(100, 60, |x, y| {
            let mixed = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
            image::Rgb([mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8])
        });
        let coded = Coded::of(Protocol::Kitty, noise, (10, 20)).unwrap();
        let text = String::from_utf8(coded.code().to_vec()).unwrap();
        assert!(
            text.starts_with("\x1b_Ga=T,f=24,o=z,i=6210,s=100,v=60,c=10,C=1,q=2,m=1;"),
            "{}",
            &text[..80]
        );
        let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
        assert!(pieces.len() > 2);
        for (at, piece) in pieces.iter().enumerate() {
            let (head, data) = piece.split_once(';').unwrap();
            assert!(data.len() <= PIECE);
            let more = u8::from(at + 1 < pieces.len());
            assert!(head.ends_with(&format!("m={more}")), "{head}");
        }
    }

    #[test]
    fn iterm_is_sent_a_picture_made_here() {
        let coded = Coded::of(Protocol::Iterm, picture(64, 32), (8, 16)).unwrap();
        let text = String::from_utf8(coded.code().to_vec()).unwrap();
        let data = text.strip_prefix("\x1b]1337;File=inline=1;size=").unwrap();
        let (head, data) = data.split_once(':').unwrap();
        assert!(
            head.ends_with("width=8;height=2;preserveAspectRatio=1"),
            "{head}"
        );
        // The base64 of what a JPEG begins with.
        assert!(data.starts_with("/9j/") && data.ends_with('\x07'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn no_code_is_longer_than_the_longest(seed in any::<u32>()) {
            // Nothing packs noise.
            let mut state = seed | 1;
            let noise = RgbImage::from_fn(800, 800, |_, _| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                image::Rgb([state as u8, (state >> 8) as u8, (state >> 16) as u8])
            });
            for protocol in [Protocol::Kitty, Protocol::Iterm, Protocol::Sixel] {
                let coded = Coded::of(protocol, noise.clone(), (8, 16)).unwrap();
                prop_assert!(coded.code().len() <= LONGEST);
                let controls = coded.code().iter().filter(|byte| byte.is_ascii_control());
                let known = controls.clone().all(|byte| matches!(byte, 0x1B | 0x07));
                prop_assert!(known && controls.count() < 600);
            }
        }
    }
}
