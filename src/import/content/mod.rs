//! What a file holds, told from its bytes: the type, and what of it a person wants to know before
//! opening it. Nothing is decoded, rendered or run, and what is read and kept is bounded.
//!
//! A file's name and the type that its export declares are claims; where the bytes say otherwise,
//! both are told. What bytes do not show stays open: no type is better than a wrong one.

mod feed;
mod kinds;
mod length;
mod office;
mod pdf;
mod picture;
mod words;

pub use kinds::{Class, Type};

use feed::Feed;
use std::borrow::Cow;
use std::io::Read;

/// How many bytes of a file are read at most, when all of it is asked for.
pub const MOST: u64 = 64 << 20;
/// How many bytes are read at most where only a line is told of the file.
pub const BRIEF: u64 = 4 << 20;
/// How many bytes of text are kept.
pub const MOST_TEXT: usize = 16 << 10;
/// How many bytes tell what a file is.
const HEAD: usize = 4 << 10;

/// All bytes of a file as text; `None` where they are none.
pub fn as_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    words::decode(bytes)
}

/// How much is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Type, length, size in pixels, pages.
    Line,
    /// Its first text too.
    Text,
}

/// How long sound or film lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Milliseconds.
    pub milliseconds: u64,
    /// Whether it is only estimated, from the size and the bit rate at the beginning.
    pub estimated: bool,
}

/// What is told of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// What it is, by its bytes; `None` where they do not tell.
    pub is: Option<Type>,
    /// Bytes; `None` where not all were read and nobody said.
    pub size: Option<u64>,
    /// Columns and rows of a picture or a film.
    pub pixels: Option<(u32, u32)>,
    /// How long it lasts.
    pub length: Option<Length>,
    /// Pages, slides or sheets, as the file itself says.
    pub pages: Option<u32>,
    /// Its first words; empty where it has none that can be read here.
    pub text: String,
    /// Whether its text goes on.
    pub goes_on: bool,
    /// Why less is told than there may be; empty where nothing stands in the way.
    pub trouble: String,
}

impl Content {
    /// Reads a file from its start. `size` is its length in bytes where that is known. Reads no more
    /// than [`MOST`] bytes, or [`BRIEF`] for a line; an error on the way ends the reading and is
    /// told in [`Content::trouble`].
    pub fn read(stream: impl Read, size: Option<u64>, depth: Depth) -> Content {
        let most = match depth {
            Depth::Line => BRIEF,
            Depth::Text => MOST,
        };
        let mut feed = Feed::new(stream, most, HEAD);
        let mut content = Content {
            is: Type::of(feed.head()),
            size,
            ..Content::default()
        };
        let Some(kind) = content.is else {
            content.finish(feed);
            return content;
        };
        content.pixels = picture::pixels(kind, feed.head());
        match kind.class() {
            Class::Picture if content.pixels.is_none() => {
                content.pixels = picture::further(kind, &mut feed);
            }
            Class::Sound | Class::Film => {
                let told = length::of(kind, &mut feed, size);
                content.length = told.length;
                content.pixels = told.pixels.or(content.pixels);
                if told.only_sound {
                    content.is = Some(kind.without_film());
                }
            }
            Class::Document | Class::Archive => match kind {
                Type::Pdf => content.pages = pdf::pages(&mut feed),
                Type::Zip => office::read(&mut content, &mut feed, depth),
                _ if depth == Depth::Text => words::read(&mut content, kind, &mut feed),
                _ => {}
            },
            Class::Picture => {}
        }
        content.finish(feed);
        content
    }

    fn finish<R: Read>(&mut self, feed: Feed<R>) {
        if self.size.is_none() {
            self.size = feed.size();
        }
        if let Some(trouble) = feed.trouble() {
            self.trouble = trouble;
        }
    }

    /// Keeps the beginning of a text.
    fn set_text(&mut self, text: &str, goes_on: bool) {
        let mut end = text.len().min(MOST_TEXT);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        self.text = text.get(..end).unwrap_or_default().trim_end().to_owned();
        self.goes_on = goes_on || end < text.len();
    }

    /// What it is and how much of it: `voice note 0:42`, `picture JPEG, 1600 × 1200`,
    /// `document PDF, 3 pages`. Empty where nothing is known.
    pub fn describe(&self) -> String {
        let Some(kind) = self.is else {
            return String::new();
        };
        let mut words = kind.name().to_owned();
        if let Some(length) = self.length {
            let about = if length.estimated { "about " } else { "" };
            words += &format!(" {about}{}", length.clock());
        }
        if let Some((width, height)) = self.pixels {
            words += &format!(", {width} × {height}");
        }
        if let Some(pages) = self.pages {
            let (one, many) = kind.leaves();
            words += &format!(", {pages} {}", if pages == 1 { one } else { many });
        }
        words
    }

    /// Where the name or the declared type (`image/jpeg`) of the file claims something other than
    /// its bytes show: what they claim, in a few words.
    pub fn otherwise(&self, name: &str, declared: &str) -> Option<String> {
        let kind = self.is?;
        let end = name
            .rsplit_once('.')
            .map(|(_, end)| end.to_ascii_lowercase());
        if let Some(end) = end.filter(|end| kinds::is_ending(end))
            && !kind.may_end(&end)
        {
            return Some(format!("its name says .{end}"));
        }
        let declares = declared.split([';', ' ']).next().unwrap_or_default();
        let (family, _) = declares.split_once('/')?;
        let claims = match family {
            "image" => Class::Picture,
            "audio" => Class::Sound,
            "video" => Class::Film,
            _ => return None,
        };
        (claims != kind.class() && !kind.may_be(claims))
            .then(|| format!("the export says {declares}"))
    }
}

impl Length {
    /// As people read it: `0:42`, `1:02:03`. A fraction of a second counts as a whole one, so that
    /// nothing that lasts is `0:00`.
    pub fn clock(self) -> String {
        let seconds = self.milliseconds.div_ceil(1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        match hours {
            0 => format!("{minutes}:{seconds:02}"),
            _ => format!("{hours}:{minutes:02}:{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests;
