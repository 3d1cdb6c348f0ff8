//! Where the next record begins after one that is broken.
//!
//! Three things tell it without guessing. In a document that is indented, a line with the very
//! indentation and first byte of a record's first line, or of the line that closes the records:
//! valid JSON has no line end inside a string. Of documents that stand one a line, the line. And
//! where all is on one line, the first key of the records behind `,{`: no string holds an unescaped
//! quote. Where objects inside the records begin with the same key, that tells nothing, and the
//! rest is broken up to where something else does.

use super::is_space;
use super::parse::{skip_space, skip_text};
use super::walk::{Expect, Frame, LONGEST_INDENT, LONGEST_KEY, Mode, TOO_DEEP, Token, Walker};
use crate::import::ReadError;

/// Where reading goes on.
enum Onward {
    /// At a child of the entered container of this number.
    Child(usize),
    /// At the bracket that closes the entered container of this number.
    Close(usize),
    /// At a new document.
    Document,
}

impl Walker<'_, '_> {
    /// The bytes from `place` on are no JSON, or no part of the record that is being gathered:
    /// hands over as broken what is gathered and all up to where reading can go on.
    pub(super) fn broken(&mut self, reason: &'static str) -> Result<(), ReadError> {
        match self.mode {
            Mode::Between | Mode::Pass => self.between()?,
            Mode::Whole | Mode::Over => {
                let bytes = self.window.bytes().get(..self.place).unwrap_or_default();
                if let Some(frame) = self.frames.last_mut()
                    && !frame.object
                    && frame.first_key.is_none()
                {
                    frame.first_key = first_key_of(bytes).map(<[u8]>::to_vec);
                }
            }
        }
        // A string that was not closed took the comma behind it with it.
        let before = self.window.bytes().get(..self.place).unwrap_or_default();
        let last = before.iter().rev().find(|byte| !is_space(**byte));
        self.comma = last.map_or(self.comma, |byte| *byte == b',');
        self.inner.clear();
        self.gathered.clear();
        self.token = Token::None;
        // Entering so deep again would lead here again.
        let mut pass = reason == TOO_DEEP;
        let onward = loop {
            let Some(&byte) = self.window.bytes().get(self.place) else {
                self.pieces(reason)?;
                if !self.window.more()? {
                    break None;
                }
                continue;
            };
            if byte == b'{' {
                let reach = self.place.saturating_add(LONGEST_KEY + LONGEST_INDENT);
                self.window.at_least(reach)?;
            }
            if is_space(byte) {
                self.space(byte);
                continue;
            }
            let onward = self.onward(byte).filter(|_| !pass);
            if onward.is_some() {
                break onward;
            }
            pass = false;
            self.step(byte);
        };
        self.hand_broken(self.place, reason)?;
        self.mode = Mode::Between;
        match onward {
            None => {}
            Some(Onward::Child(depth)) => {
                self.frames.truncate(depth.saturating_add(1));
                self.path.parts.truncate(depth);
                self.expect = match self.frames.last() {
                    Some(frame) if frame.object => Expect::Key,
                    _ => Expect::Value,
                };
            }
            Some(Onward::Close(depth)) => {
                self.frames.truncate(depth.saturating_add(1));
                self.path.parts.truncate(depth);
                self.expect = Expect::CommaOrEnd;
            }
            Some(Onward::Document) => {
                self.frames.clear();
                self.path.parts.clear();
                self.path.document = self.path.document.saturating_add(1);
                self.expect = Expect::Value;
            }
        }
        Ok(())
    }

    fn onward(&self, byte: u8) -> Option<Onward> {
        let rest = self.window.bytes().get(self.place..).unwrap_or_default();
        let line = self.lead.is_some();
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            if line && self.lead == frame.indent && byte == frame.opener {
                return Some(Onward::Child(depth));
            }
            let closes = byte == if frame.object { b'}' } else { b']' };
            if line && closes && self.lead == frame.own && frame.is_indented() {
                return Some(Onward::Close(depth));
            }
            let key = frame.first_key.as_deref().filter(|_| !frame.object);
            if let Some(key) = key
                && (self.comma && frame.indent.is_none() && !frame.ambiguous)
                && first_key_of(rest) == Some(key)
            {
                return Some(Onward::Child(depth));
            }
        }
        let first = self.lead.as_ref().is_some_and(Vec::is_empty);
        // In a document that is all on one line, a line that begins was said in a string: taken for a
        // document, a message that follows would pass as structure of an unknown one.
        let may_begin =
            self.frames.is_empty() || self.one_a_line || self.frames.iter().any(Frame::is_indented);
        (first && may_begin && matches!(byte, b'{' | b'[')).then_some(Onward::Document)
    }
}

impl Frame {
    /// Whether its children stand deeper than its own line.
    pub(super) fn is_indented(&self) -> bool {
        match (&self.own, &self.indent) {
            (Some(own), Some(indent)) => indent.len() > own.len(),
            _ => false,
        }
    }

    /// Looks at an element for what the elements begin with.
    pub(super) fn learn(&mut self, bytes: &[u8]) {
        if self.object || self.indent.is_some() || self.ambiguous {
            return;
        }
        let Some(first) = first_key_of(bytes) else {
            return;
        };
        let key = self.first_key.get_or_insert_with(|| first.to_vec());
        let inside = bytes.get(1..).unwrap_or_default();
        self.ambiguous = memchr::memmem::find_iter(inside, key.as_slice()).any(|found| {
            let before = inside.get(..found).unwrap_or_default();
            before.iter().rev().find(|byte| !is_space(**byte)) == Some(&b'{')
        });
    }
}

/// The first key of an object, in its quotes, where a colon follows it.
fn first_key_of(bytes: &[u8]) -> Option<&[u8]> {
    let begin = skip_space(bytes.get(..LONGEST_INDENT.min(bytes.len()))?, 1);
    if bytes.first() != Some(&b'{') || bytes.get(begin) != Some(&b'"') {
        return None;
    }
    let end = skip_text(bytes.get(..bytes.len().min(LONGEST_KEY))?, begin)?;
    let colon = skip_space(bytes, end);
    (bytes.get(colon) == Some(&b':')).then(|| bytes.get(begin..end))?
}
