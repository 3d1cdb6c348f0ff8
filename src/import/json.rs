//! JSON documents of any size, read in pieces: one document, one a line, or one after another.
//!
//! [`walk`] goes through a stream and asks a [`Visitor`] what to do with each value it comes to.
//! What is taken whole is a record; everything else is structure. Only as much is in memory as the
//! value that is being gathered. Nothing is believed that is not JSON: where the grammar breaks,
//! the bytes from the broken record on are handed over as broken, up to a place where the next
//! record certainly begins (see `json/resync.rs`).
//!
//! [`parse`] reads a record that stands in memory, and forgives what programs are known to write.

mod parse;
mod resync;
mod walk;

pub(super) use parse::{number, parse, place_of, text};

use super::ReadError;
use super::window::Window;
use std::collections::BTreeSet;

/// Longest value that is handed over whole; a longer one is broken. What a value becomes in memory
/// is many times its length.
pub(super) const LONGEST: usize = 4 << 20;
/// Broken bytes are handed over in pieces of this size, so that none is held in memory for long.
const PIECE: usize = 1 << 20;
/// What a reader should know of a source that [`Walked::cut_short`] tells of.
pub(super) const CUT_SHORT: &str =
    "A file of it ends before its end: it was cut short, and messages may be missing.";
/// The byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The value of this key in an object.
    Key(String),
    /// The element of this number in an array, counted from 0.
    Index(u64),
}

/// Where a value stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// Which document of the stream, counted from 0.
    pub(super) document: u64,
    /// The steps from the document to the value.
    pub(super) parts: Vec<Part>,
}

impl Path {
    /// Whether it is this path; `*` stands for any element of an array, or any key.
    pub(super) fn is(&self, pattern: &[&str]) -> bool {
        self.parts.len() == pattern.len() && self.begins(pattern)
    }

    /// Whether it is this path or leads on from it.
    pub(super) fn begins(&self, pattern: &[&str]) -> bool {
        self.parts.len() >= pattern.len()
            && self
                .parts
                .iter()
                .zip(pattern)
                .all(|(part, wanted)| match part {
                    _ if *wanted == "*" => true,
                    Part::Key(key) => key == wanted,
                    Part::Index(_) => false,
                })
    }

    /// Whether a path like this is on the way to it, or is it.
    pub(super) fn begins_to(&self, pattern: &[&str]) -> bool {
        pattern
            .get(..self.parts.len())
            .is_some_and(|beginning| self.is(beginning))
    }

    /// The number of the element at this step, if the step goes into an array.
    pub(super) fn index(&self, step: usize) -> Option<u64> {
        match self.parts.get(step)? {
            Part::Index(index) => Some(*index),
            Part::Key(_) => None,
        }
    }

    /// The last step, if it is a key.
    pub(super) fn key(&self) -> Option<&str> {
        match self.parts.last()? {
            Part::Key(key) => Some(key),
            Part::Index(_) => None,
        }
    }
}

/// What a value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// `{`.
    Object,
    /// `[`.
    Array,
    /// A string, a number, `true`, `false` or `null`.
    Scalar,
}

/// What to do with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    /// Look at what is in it, one by one. A scalar is passed.
    Enter,
    /// Hand it over.
    Whole,
    /// It is structure.
    Pass,
}

/// Bytes of the stream, in order and end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// So many bytes of structure.
    Between(usize),
    /// A value that was asked for whole. Its brackets and strings close; it may still hold what
    /// [`parse`] does not read.
    Value(&'a [u8]),
    /// Bytes that are no JSON or too long, and why, in one sentence.
    Broken(&'a [u8], &'static str),
}

/// Says what to do with the values of a stream, and takes them.
pub(super) trait Visitor {
    /// Asked at each value that is not inside one that is taken whole or passed.
    ///
    /// # Errors
    /// What it cannot go on from; the walk ends with it.
    fn choose(&mut self, path: &Path, opens: Opens) -> Result<Take, ReadError>;

    /// Takes the next bytes. `path` is that of the value; of broken bytes, that of the value that
    /// would stand there.
    ///
    /// # Errors
    /// What it cannot go on from; the walk ends with it.
    fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError>;
}

/// What a walk came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// Documents that were begun.
    pub(super) documents: u64,
    /// Whether the stream ended inside a document: it was cut short.
    pub(super) cut_short: bool,
}

/// Goes through a stream of JSON documents. The visitor is given every byte of it.
///
/// # Errors
/// [`ReadError`] when the stream cannot be read or the visitor refuses; never because of what the
/// stream holds.
pub(super) fn walk(
    window: &mut Window<'_>,
    visitor: &mut dyn Visitor,
) -> Result<Walked, ReadError> {
    window.at_least(MARK.len())?;
    walk::Walker::new(window, visitor).run()
}

/// The keys that stand in the beginning of a document, as paths: `chats.list.*.messages.*.from`
/// (`*` is an element of an array). For telling whose format it is.
pub(super) fn outline(head: &[u8]) -> BTreeSet<String> {
    struct Outline(BTreeSet<String>);
    impl Visitor for Outline {
        fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
            let parts: Vec<&str> = path
                .parts
                .iter()
                .map(|part| match part {
                    Part::Key(key) => key.as_str(),
                    Part::Index(_) => "*",
                })
                .collect();
            self.0.insert(parts.join("."));
            Ok(if path.parts.len() < 8 {
                Take::Enter
            } else {
                Take::Pass
            })
        }
        fn piece(&mut self, _: &Path, _: Piece<'_>) -> Result<(), ReadError> {
            Ok(())
        }
    }
    let mut outline = Outline(BTreeSet::new());
    // What is in memory can be read, and the outline refuses nothing.
    let _ = walk(&mut Window::new(Box::new(head), ""), &mut outline);
    outline.0
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// A byte of a number or a word.
fn in_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

#[cfg(test)]
mod tests;
