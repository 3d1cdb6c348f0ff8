//! Pictures: in the protocol of the terminal, where it tells of one, and else as rows of half blocks. Of
//! these each cell shows two pixels, one above the other, as the upper half of a block in the colour of
//! the one on the colour of the other; any terminal with 256 colours can show them, and what reaches it
//! are cells like all others. In no form does a byte of the file itself reach the terminal.
//!
//! Decoding is the one place where a picture's own bytes are unpacked. It runs on a worker, within limits
//! of bytes, pixels, memory and time, and whatever a hostile picture does ends in a sentence.

use super::terminal::input::Told;
use super::terminal::pictures::{Coded, MOST_PIXELS as MOST_CODED, Protocol};
use super::theme::{Surroundings, Theme};
use crate::import::content::Type;
use crate::settings::Pictures;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use ratatui::style::Color;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest file that is decoded, in bytes.
pub const MOST_BYTES: u64 = 32 << 20;
/// The most pixels of a picture that is decoded.
const MOST_PIXELS: u64 = 100_000_000;
/// The longest side.
const LONGEST_SIDE: u32 = 30_000;
/// The most memory that a decoder may ask for, in bytes.
const MOST_MEMORY: u64 = 512 << 20;
/// How long a decoder may go on reading.
const LONGEST: Duration = Duration::from_secs(5);
/// A picture that would take fewer columns or rows of half blocks than this is drawn larger than it is.
const SMALL: u32 = 16;
/// What a transparent picture is drawn on: black and white both stand out from it.
const GROUND: u8 = 128;
/// The pixels of a cell in a protocol that measures pictures in cells, where the terminal does not tell
/// them: twice as high as wide, which most fonts are near.
const CELL: (u16, u16) = (8, 16);

/// Whether pictures are drawn at all, in whatever form.
pub fn are_shown(set: Pictures, theme: Theme) -> bool {
    set != Pictures::None && !theme.is_linear() && theme.has_colour()
}

/// The protocol that pictures are drawn in: as a person set it, as the environment names the terminal, or
/// as the terminal told; `None` where it is half blocks. Within another program that draws the screen
/// (tmux, screen) only sixels are, and only where that program says that it takes them.
pub fn protocol(set: Pictures, around: &Surroundings, told: Option<&Told>) -> Option<Protocol> {
    let none = Told::default();
    let told = told.unwrap_or(&none);
    let within_another = around.is_within_another() || is_another(&told.name);
    let sixel = told.sixel.then_some(Protocol::Sixel);
    match set {
        Pictures::None | Pictures::HalfBlocks => None,
        _ if within_another => sixel.filter(|_| matches!(set, Pictures::Auto | Pictures::Sixel)),
        Pictures::Kitty => Some(Protocol::Kitty),
        Pictures::Iterm => Some(Protocol::Iterm),
        Pictures::Sixel => Some(Protocol::Sixel),
        Pictures::Auto if told.kitty || around.names_kitty() => Some(Protocol::Kitty),
        Pictures::Auto if takes_iterm(&told.name) || around.names_iterm() => Some(Protocol::Iterm),
        Pictures::Auto => sixel,
    }
}

/// Whether the terminal has to be asked: it may tell of more than its environment does.
pub fn is_asked(set: Pictures, around: &Surroundings) -> bool {
    match set {
        Pictures::Auto => !around.is_console() && protocol(set, around, None).is_none(),
        // How large a cell is.
        Pictures::Sixel => !around.is_console(),
        _ => false,
    }
}

/// Whether a terminal of this name draws for another one.
fn is_another(name: &str) -> bool {
    ["tmux", "screen", "zellij"]
        .iter()
        .any(|other| name.to_ascii_lowercase().starts_with(other))
}

/// Whether a terminal of this name documents that it shows iTerm's pictures.
fn takes_iterm(name: &str) -> bool {
    ["iTerm2", "WezTerm", "mintty"]
        .iter()
        .any(|known| name.starts_with(known))
}

/// How much room there is for a picture, and in which form it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// In which protocol; `None` as half blocks.
    pub protocol: Option<Protocol>,
    /// The pixels of a cell, as the terminal told them.
    pub cell: Option<(u16, u16)>,
}

/// A picture as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// As half blocks.
    Blocks(Raster),
    /// In the protocol of the terminal.
    Coded(Arc<Coded>),
}

impl Picture {
    /// Decodes a picture and makes it fit.
    ///
    /// # Errors
    /// Why it is not drawn, in a line for a person.
    pub fn decode(kind: Type, bytes: &[u8], room: Room) -> Result<Picture, String> {
        let (columns, rows) = (room.columns, room.rows);
        // Sixels are measured in pixels alone.
        let cell = match room.protocol {
            Some(Protocol::Sixel) => room.cell,
            _ => room.cell.or(Some(CELL)),
        };
        let Some((protocol, cell)) = room.protocol.zip(cell) else {
            return Raster::decode(kind, bytes, (columns, rows)).map(Picture::Blocks);
        };
        let cell_pixels = u32::from(cell.0) * u32::from(cell.1);
        let (mut columns, mut rows) = (u32::from(columns), u32::from(rows));
        let pixels = |columns: u32, rows: u32| columns * rows * cell_pixels;
        while pixels(columns, rows) > MOST_CODED && rows > 1 && columns > 1 {
            (columns, rows) = (columns - columns.div_ceil(16), rows - rows.div_ceil(16));
        }
        let room = (columns * u32::from(cell.0), rows * u32::from(cell.1));
        let pixels = decoded(kind, bytes, room, SMALL * u32::from(cell.0))?;
        Coded::of(protocol, pixels, cell).map(|coded| Picture::Coded(Arc::new(coded)))
    }
}

/// Which colours pixels can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pixels {
    /// Pictures are not drawn: too few colours for half blocks to show anything.
    #[default]
    None,
    /// The 240 of the 256 that no terminal's settings change.
    Many,
    /// All.
    Exact,
}

impl Pixels {
    /// As a person set it and the terminal's environment tells. In the screen for screen readers, and
    /// where there are no colours or only 16, pictures are told in words.
    pub fn chosen(set: Pictures, theme: Theme, around: &Surroundings) -> Pixels {
        if !are_shown(set, theme) {
            return Pixels::None;
        }
        if around.has_all_colours() {
            Pixels::Exact
        } else if around.has_many_colours() || set == Pictures::HalfBlocks {
            Pixels::Many
        } else {
            Pixels::None
        }
    }

    /// The colour that comes nearest.
    fn colour(self, [red, green, blue]: [u8; 3]) -> Color {
        if self == Pixels::Exact {
            return Color::Rgb(red, green, blue);
        }
        // xterm's cube of six steps a colour, and its 24 greys between.
        const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let step = |value: u8| {
            let far = |at: &usize| STEPS.get(*at).map(|step| step.abs_diff(value));
            let nearest = (0..STEPS.len()).min_by_key(far).unwrap_or(0);
            (
                u8::try_from(nearest).unwrap_or(0),
                STEPS.get(nearest).copied().unwrap_or(0),
            )
        };
        let ((r, red_step), (g, green_step), (b, blue_step)) = (step(red), step(green), step(blue));
        let mean = (u32::from(red) + u32::from(green) + u32::from(blue)) / 3;
        let grey = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
        let grey_value = 8 + 10 * grey;
        let distance = |other: [u8; 3]| {
            let parts = [red, green, blue].into_iter().zip(other);
            parts
                .map(|(own, other)| u32::from(own.abs_diff(other)).pow(2))
                .sum::<u32>()
        };
        if distance([grey_value; 3]) < distance([red_step, green_step, blue_step]) {
            Color::Indexed(232 + grey)
        } else {
            Color::Indexed(16 + 36 * r + 6 * g + b)
        }
    }
}

/// A picture as half blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    width: u16,
    pixels: Vec<[u8; 3]>,
}

impl Raster {
    /// Columns.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Rows of cells.
    pub fn rows(&self) -> u16 {
        let rows = self
            .pixels
            .len()
            .div_ceil(usize::from(self.width.max(1)) * 2);
        u16::try_from(rows).unwrap_or(u16::MAX)
    }

    /// The colours of the upper and the lower half of a cell; none below the picture.
    pub fn cell(&self, x: u16, y: u16, pixels: Pixels) -> (Color, Color) {
        let at = |row: usize| {
            let place = row * usize::from(self.width) + usize::from(x);
            let pixel = self.pixels.get(place).filter(|_| x < self.width);
            pixel.map_or(Color::Reset, |pixel| pixels.colour(*pixel))
        };
        let row = usize::from(y) * 2;
        (at(row), at(row + 1))
    }

    /// Decodes a picture and makes it fit so many columns and rows of cells.
    ///
    /// # Errors
    /// Why it is not drawn, in a line for a person.
    pub fn decode(kind: Type, bytes: &[u8], room: (u16, u16)) -> Result<Raster, String> {
        let room = (u32::from(room.0), u32::from(room.1) * 2);
        let small = decoded(kind, bytes, room, SMALL)?;
        Ok(Raster {
            width: u16::try_from(small.width()).unwrap_or(u16::MAX),
            pixels: small.pixels().map(|pixel| pixel.0).collect(),
        })
    }
}

/// A picture's pixels, made to fit so many; one whose sides are shorter than `least` is made larger.
fn decoded(kind: Type, bytes: &[u8], room: (u32, u32), least: u32) -> Result<RgbImage, String> {
    let format = match kind {
        Type::Jpeg => ImageFormat::Jpeg,
        Type::Png => ImageFormat::Png,
        Type::Gif => ImageFormat::Gif,
        Type::Webp => ImageFormat::WebP,
        _ => return Err("pictures of this type are not drawn here".into()),
    };
    if room.0 < 2 || room.1 < 4 {
        return Err("the window has no room for it".into());
    }
    let damaged = |error: image::ImageError| format!("it cannot be decoded: {error}");
    let mut reader = ImageReader::with_format(Timed::over(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!(
            "it has {width} × {height} pixels, too many to be decoded here"
        ));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    // Made small before it is turned: the large one is held once.
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let room = if turned { (room.1, room.0) } else { room };
    let most = |room: u32, own: u32| room.min(own.max(least));
    let mut small = picture.thumbnail(most(room.0, width), most(room.1, height));
    drop(picture);
    small.apply_orientation(orientation);
    let small = small.into_rgba8();
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        let mixed = (value * alpha + u32::from(GROUND) * (255 - alpha)) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    let mut out = RgbImage::new(small.width(), small.height());
    for (pixel, to) in small.pixels().zip(out.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0;
        to.0 = [red, green, blue].map(|value| blend(value, alpha));
    }
    Ok(out)
}

/// Bytes that cannot be read any more once the time is up.
struct Timed<'a> {
    bytes: Cursor<&'a [u8]>,
    until: Instant,
}

impl<'a> Timed<'a> {
    fn over(bytes: &'a [u8]) -> Timed<'a> {
        Timed {
            bytes: Cursor::new(bytes),
            until: Instant::now() + LONGEST,
        }
    }

    fn in_time(&self) -> io::Result<()> {
        if Instant::now() > self.until {
            return Err(io::Error::other("it takes too long"));
        }
        Ok(())
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.in_time()?;
        self.bytes.read(buffer)
    }
}

impl BufRead for Timed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.in_time()?;
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Seek for Timed<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.in_time()?;
        self.bytes.seek(to)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut picture = image::RgbImage::new(40, 20);
        for (x, _, pixel) in picture.enumerate_pixels_mut() {
            *pixel = image::Rgb(if x < 20 { [255, 0, 0] } else { [0, 0, 255] });
        }
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture)
            .write_to(&mut out, format)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn a_picture_keeps_its_shape_and_its_sides() {
        for (kind, format) in [
            (Type::Png, ImageFormat::Png),
            (Type::Jpeg, ImageFormat::Jpeg),
            (Type::Gif, ImageFormat::Gif),
            (Type::Webp, ImageFormat::WebP),
        ] {
            let raster = Raster::decode(kind, &encoded(format), (20, 20)).unwrap();
            assert_eq!((raster.width(), raster.rows()), (20, 5), "{kind:?}");
            let (left, _) = raster.cell(0, 0, Pixels::Exact);
            let (right, _) = raster.cell(19, 4, Pixels::Exact);
            let Color::Rgb(red, _, blue) = left else {
                panic!("{left:?}")
            };
            assert!(red > 200 && blue < 60, "{kind:?} {left:?}");
            let Color::Rgb(red, _, blue) = right else {
                panic!("{right:?}")
            };
            assert!(blue > 200 && red < 60, "{kind:?} {right:?}");
        }
    }

    #[test]
    fn colours_are_the_nearest_of_those_that_there_are() {
        assert_eq!(Pixels::Many.colour([255, 0, 0]), Color::Indexed(196));
        assert_eq!(Pixels::Many.colour([128, 128, 128]), Color::Indexed(244));
        assert_eq!(Pixels::Many.colour([0, 0, 0]), Color::Indexed(16));
        assert_eq!(Pixels::Exact.colour([1, 2, 3]), Color::Rgb(1, 2, 3));
    }

    #[test]
    fn a_picture_that_claims_too_much_is_refused_before_it_is_unpacked() {
        let mut bytes = encoded(ImageFormat::Png);
        bytes[16..24].copy_from_slice(&[0, 0, 0x70, 0, 0, 0, 0x70, 0]);
        let crc = {
            // The checksum over type and data of IHDR, as PNG's annex D has it.
            let mut crc = u32::MAX;
            for byte in &bytes[12..29] {
                crc ^= u32::from(*byte);
                for _ in 0..8 {
                    crc = if crc & 1 == 1 {
                        crc >> 1 ^ 0xEDB8_8320
                    } else {
                        crc >> 1
                    };
                }
            }
            !crc
        };
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = Raster::decode(Type::Png, &bytes, (80, 20)).unwrap_err();
        assert!(error.contains("too many"), "{error}");
    }

    #[test]
    fn pictures_need_colours_and_somebody_who_looks() {
        let around = |term: &str, colorterm: &str| Surroundings {
            term: Some(term.into()),
            colorterm: Some(colorterm.into()),
            ..Surroundings::default()
        };
        let own = Theme::new(true);
        let auto = |theme, around: &Surroundings| Pixels::chosen(Pictures::Auto, theme, around);
        assert_eq!(auto(own, &around("xterm", "")), Pixels::None);
        assert_eq!(auto(own, &around("xterm-256color", "")), Pixels::Many);
        assert_eq!(auto(own, &around("xterm", "truecolor")), Pixels::Exact);
        assert_eq!(
            auto(Theme::new(false), &around("xterm", "truecolor")),
            Pixels::None
        );
        assert_eq!(
            auto(own.linear(true), &around("xterm", "truecolor")),
            Pixels::None
        );
        let set = |set| Pixels::chosen(set, own, &around("xterm", ""));
        assert_eq!(
            (set(Pictures::HalfBlocks), set(Pictures::None)),
            (Pixels::Many, Pixels::None)
        );
    }

    #[test]
    fn a_protocol_is_used_where_the_terminal_tells_of_it() {
        let around = |term: &str, more: &[(&str, &str)]| {
            let read = |name: &str| {
                let given = more.iter().find(|(given, _)| *given == name);
                given.map(|(_, value)| (*value).to_owned())
            };
            Surroundings::read(|name| match name {
                "TERM" => Some(term.to_owned()),
                name => read(name),
            })
        };
        let told = |name: &str, kitty, sixel| Told {
            name: name.into(),
            kitty,
            sixel,
            cell: None,
        };
        let (kitty, iterm, sixel) = (Protocol::Kitty, Protocol::Iterm, Protocol::Sixel);
        let xterm = around("xterm-256color", &[]);
        let auto =
            |around: &Surroundings, told: Option<&Told>| protocol(Pictures::Auto, around, told);
        // Nothing told is nothing used, and worth a question.
        assert_eq!(auto(&xterm, None), None);
        assert!(is_asked(Pictures::Auto, &xterm));
        for (name, says_kitty, says_sixel, wanted) in [
            ("", true, false, Some(kitty)),
            ("kitty(0.35)", true, true, Some(kitty)),
            ("WezTerm 2025", false, true, Some(iterm)),
            ("XTerm(390)", false, true, Some(sixel)),
            ("XTerm(390)", false, false, None),
            ("tmux 3.5a", true, false, None),
            ("tmux 3.5a", false, true, Some(sixel)),
        ] {
            let told = told(name, says_kitty, says_sixel);
            assert_eq!(auto(&xterm, Some(&told)), wanted, "{name}");
        }
        // The environment names some; but not through tmux, which keeps what it was started in.
        let named = [("TERM_PROGRAM", "iTerm.app")];
        assert_eq!(auto(&around("xterm-256color", &named), None), Some(iterm));
        assert_eq!(auto(&around("xterm-kitty", &[]), None), Some(kitty));
        let tmux = around("tmux-256color", &[("LC_TERMINAL", "iTerm2")]);
        assert_eq!(auto(&tmux, None), None);
        assert!(is_asked(Pictures::Auto, &tmux));
        assert!(!is_asked(Pictures::Auto, &around("linux", &[])));
        // What a person set holds, but for what tmux would take for something else.
        for (set, wanted) in [
            (Pictures::Kitty, Some(kitty)),
            (Pictures::Iterm, Some(iterm)),
            (Pictures::Sixel, Some(sixel)),
            (Pictures::HalfBlocks, None),
            (Pictures::None, None),
        ] {
            assert_eq!(protocol(set, &xterm, None), wanted);
            assert_eq!(protocol(set, &tmux, Some(&told("", true, false))), None);
        }
    }

    #[test]
    fn a_coded_picture_fills_its_room_and_no_more() {
        let mut room = Room {
            columns: 20,
            rows: 20,
            protocol: Some(Protocol::Kitty),
            cell: Some((10, 20)),
        };
        let bytes = encoded(ImageFormat::Png);
        let Picture::Coded(coded) = Picture::decode(Type::Png, &bytes, room).unwrap() else {
            panic!("it is drawn as half blocks");
        };
        assert_eq!((coded.columns, coded.rows), (16, 4));
        // Sixels are measured in pixels: without them it is half blocks.
        room.protocol = Some(Protocol::Sixel);
        room.cell = None;
        let picture = Picture::decode(Type::Png, &bytes, room).unwrap();
        assert!(matches!(picture, Picture::Blocks(_)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damage_ends_in_a_picture_or_a_sentence(
            which in 0..4usize,
            cut in any::<prop::sample::Index>(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10),
        ) {
            let (kind, format) = [
                (Type::Png, ImageFormat::Png),
                (Type::Jpeg, ImageFormat::Jpeg),
                (Type::Gif, ImageFormat::Gif),
                (Type::Webp, ImageFormat::WebP),
            ][which];
            let mut bytes = encoded(format);
            bytes.truncate(cut.index(bytes.len()) + 1);
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            match Raster::decode(kind, &bytes, (30, 10)) {
                Ok(raster) => prop_assert!(raster.width() <= 30 && raster.rows() <= 10),
                Err(words) => prop_assert!(!words.is_empty()),
            }
        }
    }
}
