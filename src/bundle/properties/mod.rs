//! What a file carries beside what it shows (where a photo was taken, by whom a document was
//! written), and a copy of it without that, for the open set.
//!
//! The rules, for whoever judges them:
//! - A copy is made of runs of the original's bytes, and of the few bytes that its container needs
//!   in the place of what is gone. Nothing is decoded and coded again: picture and sound stay byte
//!   for byte.
//! - What is kept is listed, part by part, for each format; what is not listed goes. Where a part
//!   can be neither understood nor left out, there is no copy, and the file is withheld with a reason.
//! - How a photo is to be turned stays: without it, it would be shown lying on its side.
//! - What somebody coded into picture or sound themselves (a watermark, a name said aloud) is content.
//! - A copy looked at again has nothing to remove: so [`mod@super::verify`] holds copies to this.
//!
//! The crates that edit such parts (img-parts, little_exif) remove what they know and keep the rest;
//! here it is the other way round.

mod document;
mod film;
mod office;
mod picture;
mod sound;
mod xml;

#[cfg(test)]
mod tests;

use crate::import::content::Type;
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// The largest file that is looked into, films aside: its bytes are held in memory.
const LARGEST: u64 = 64 << 20;

/// How many bytes tell what a file is.
const HEAD: usize = 4 << 10;

/// Bytes that are copied at once.
const CHUNK: usize = 1 << 16;

/// What the open set takes of a file.
#[derive(Debug)]
pub enum Properties {
    /// The file as it is: it carries nothing beside what it shows.
    None,
    /// A copy without what is named.
    Removed(Clean),
    /// Nothing, for this reason.
    Withheld(&'static str),
}

/// Why there is no copy.
#[derive(Debug)]
enum Refusal {
    Io(io::Error),
    Because(&'static str),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Refusal::Because(SHORT),
            _ => Refusal::Io(error),
        }
    }
}

const SHORT: &str = "it ends in the middle of a part";
const ODD: &str = "it is not laid out as files of its kind are";
const LARGE: &str = "it is too large to be looked into";
const KIND: &str = "docket cannot take the properties out of files of its kind";

/// Looks at a file for what it carries beside what it shows.
///
/// # Errors
/// When it cannot be read.
pub fn examine(file: &mut (impl Read + Seek)) -> io::Result<Properties> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let kind = Type::of(&head);
    let found = match kind {
        Some(Type::Mp4 | Type::M4a | Type::Film3gp | Type::Sound3gp | Type::QuickTime) => {
            film::examine(file, length)
        }
        _ if length > LARGEST => Err(Refusal::Because(LARGE)),
        _ => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            of_bytes(kind, &bytes)
        }
    };
    match found {
        Ok(clean) if clean.removed.is_empty() => Ok(Properties::None),
        Ok(clean) => Ok(Properties::Removed(clean)),
        Err(Refusal::Because(why)) => Ok(Properties::Withheld(why)),
        Err(Refusal::Io(error)) => Err(error),
    }
}

fn of_bytes(kind: Option<Type>, bytes: &[u8]) -> Result<Clean, Refusal> {
    let Some(kind) = kind else {
        return Err(Refusal::Because(
            "docket cannot tell what kind of file it is",
        ));
    };
    match kind {
        Type::Jpeg => picture::jpeg(bytes),
        Type::Png => picture::png(bytes),
        Type::Gif => picture::gif(bytes),
        Type::Webp => picture::webp(bytes),
        Type::Bmp => picture::bmp(bytes),
        Type::Opus | Type::Ogg => sound::ogg(bytes),
        Type::Mp3 => sound::mp3(bytes),
        Type::Aac => sound::aac(bytes),
        Type::Amr => sound::amr(bytes),
        Type::Wav => sound::wav(bytes),
        Type::Flac => sound::flac(bytes),
        Type::Caf => sound::caf(bytes),
        Type::Pdf => document::pdf(bytes),
        Type::Text | Type::Vcard | Type::Calendar => document::text(bytes),
        Type::Zip => office::examine(bytes),
        Type::Heif => Err(Refusal::Because(
            "docket cannot take the properties out of HEIF pictures",
        )),
        Type::Compound => Err(Refusal::Because(
            "docket cannot take the properties out of documents of old Office or Outlook",
        )),
        _ => Err(Refusal::Because(KIND)),
    }
}

/// A piece of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// These bytes of the original.
    Keep(Range<u64>),
    /// These bytes.
    Put(Vec<u8>),
    /// So many zeros.
    Zeros(u64),
}

/// A copy in the making: its pieces, and what was left out.
#[derive(Debug, Default)]
pub struct Clean {
    pieces: Vec<Piece>,
    /// What is gone, in words.
    pub removed: BTreeSet<&'static str>,
}

impl Clean {
    /// Keeps these bytes of the original.
    fn keep(&mut self, range: Range<usize>) {
        let (from, to) = (range.start as u64, range.end as u64);
        match self.pieces.last_mut() {
            Some(Piece::Keep(last)) if last.end == from => last.end = to,
            _ if from < to => self.pieces.push(Piece::Keep(from..to)),
            _ => {}
        }
    }

    /// Puts bytes that are not the original's.
    fn put(&mut self, bytes: Vec<u8>) {
        self.pieces.push(Piece::Put(bytes));
    }

    /// Says that something is left out.
    fn without(&mut self, what: &'static str) {
        self.removed.insert(what);
    }

    /// Writes the copy.
    ///
    /// # Errors
    /// When the original cannot be read or the copy not be written.
    pub fn write(&self, original: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        for piece in &self.pieces {
            match piece {
                Piece::Put(bytes) => out.write_all(bytes)?,
                Piece::Zeros(count) => {
                    io::copy(&mut io::repeat(0).take(*count), out)?;
                }
                Piece::Keep(range) => {
                    original.seek(SeekFrom::Start(range.start))?;
                    let mut left = range.end.saturating_sub(range.start);
                    while left > 0 {
                        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
                        let part = buffer.get_mut(..most).unwrap_or_default();
                        original.read_exact(part)?;
                        out.write_all(part)?;
                        left = left.saturating_sub(most as u64);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Bytes that are read from their start on.
struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(all: &'a [u8]) -> Reader<'a> {
        Reader { all, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.all.len()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.all.get(self.at..end));
        let taken = taken.ok_or(Refusal::Because(SHORT))?;
        self.at += count;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| Refusal::Because(SHORT))
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        let [byte] = self.chunk::<1>()?;
        Ok(byte)
    }

    /// A size of 32 bits, the low byte first.
    fn little(&mut self) -> Result<usize, Refusal> {
        usize::try_from(u32::from_le_bytes(self.chunk()?)).map_err(|_| Refusal::Because(LARGE))
    }

    /// A size of 32 bits, the high byte first.
    fn big(&mut self) -> Result<usize, Refusal> {
        usize::try_from(u32::from_be_bytes(self.chunk()?)).map_err(|_| Refusal::Because(LARGE))
    }
}
