//! The walk itself: the grammar of JSON, byte by byte, over a window.

use super::{LONGEST, MARK, Opens, PIECE, Part, Path, Piece, Take, Visitor, Walked};
use super::{in_scalar, is_space, parse};
use crate::import::ReadError;
use crate::import::window::Window;
use serde_json::Value;

/// Deepest nesting.
const DEEPEST: usize = 512;
/// Longest key.
pub(super) const LONGEST_KEY: usize = 1 << 12;
/// Longest number or word.
const LONGEST_SCALAR: usize = 1 << 10;
/// Deepest indentation that tells where a record begins.
pub(super) const LONGEST_INDENT: usize = 1 << 8;

/// What the grammar allows next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

/// What the next byte is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    None,
    Text { key: bool, escaped: bool },
    Scalar,
}

/// What becomes of the bytes from the window's start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Between,
    Pass,
    Whole,
    /// Whole, but it grew too long: broken from its start to its end.
    Over,
}

/// A container that was entered.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) object: bool,
    /// Elements begun so far.
    pub(super) index: u64,
    /// The white space before its own line, where it begins a line.
    pub(super) own: Option<Vec<u8>>,
    /// The white space before its children, where each begins a line.
    pub(super) indent: Option<Vec<u8>>,
    /// The first byte of its children.
    pub(super) opener: u8,
    /// Of an array of objects, the first key of one, in its quotes.
    pub(super) first_key: Option<Vec<u8>>,
    /// Whether objects deeper inside begin with that key too.
    pub(super) ambiguous: bool,
}

const TOO_LONG: &str = "This record is too long to be one.";
const CUT_SHORT: &str = "The file ends before this record does.";
const NOT_JSON: &str = "It is not JSON here.";
pub(super) const TOO_DEEP: &str = "It is nested too deeply.";
pub(super) const UNCLOSED: &str = "This record does not close before the next begins.";

pub(super) struct Walker<'w, 'i> {
    pub(super) window: &'w mut Window<'i>,
    pub(super) visitor: &'w mut dyn Visitor,
    /// The containers that were entered, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// The containers that are open inside a value that was not entered; `true` for objects.
    pub(super) inner: Vec<bool>,
    pub(super) path: Path,
    pub(super) expect: Expect,
    pub(super) token: Token,
    /// The key or scalar that is being read.
    pub(super) gathered: Vec<u8>,
    pub(super) mode: Mode,
    /// How many bytes of the window have been looked at.
    pub(super) place: usize,
    /// The white space since the line began, while nothing else stood on it.
    pub(super) lead: Option<Vec<u8>>,
    /// Whether the last byte of the grammar was a comma.
    pub(super) comma: bool,
    /// Line ends met since the document began.
    line: u64,
    /// Whether a document ended on the line it began on.
    pub(super) one_a_line: bool,
    documents: u64,
}

fn is_scalar(text: &[u8]) -> bool {
    matches!(text, b"true" | b"false" | b"null")
        || (text
            .first()
            .is_some_and(|byte| matches!(byte, b'-' | b'0'..=b'9'))
            && text
                .iter()
                .all(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')))
}

impl<'w, 'i> Walker<'w, 'i> {
    /// At the start of a stream, of which the window holds enough to show a byte order mark.
    pub(super) fn new(window: &'w mut Window<'i>, visitor: &'w mut dyn Visitor) -> Walker<'w, 'i> {
        Walker {
            place: if window.bytes().starts_with(MARK) {
                MARK.len()
            } else {
                0
            },
            window,
            visitor,
            frames: Vec::new(),
            inner: Vec::new(),
            path: Path::default(),
            expect: Expect::Value,
            token: Token::None,
            gathered: Vec::new(),
            mode: Mode::Between,
            lead: Some(Vec::new()),
            comma: false,
            line: 0,
            one_a_line: false,
            documents: 0,
        }
    }

    /// To the end of the stream.
    pub(super) fn run(&mut self) -> Result<Walked, ReadError> {
        loop {
            if self.mode == Mode::Whole && self.place > LONGEST {
                self.mode = Mode::Over;
            }
            let Some(&byte) = self.window.bytes().get(self.place) else {
                match self.mode {
                    Mode::Between | Mode::Pass => self.between()?,
                    Mode::Over => self.pieces(TOO_LONG)?,
                    Mode::Whole => {}
                }
                if !self.window.more()? {
                    break;
                }
                continue;
            };
            match self.token {
                Token::Text { key, escaped } => self.text(key, escaped)?,
                Token::Scalar if in_scalar(byte) => {
                    if self.gathered.len() >= LONGEST_SCALAR {
                        self.broken(NOT_JSON)?;
                    } else {
                        self.gathered.push(byte);
                        self.place = self.place.saturating_add(1);
                    }
                }
                Token::Scalar => self.scalar_ends()?,
                Token::None if is_space(byte) => self.space(byte),
                Token::None => self.sign(byte)?,
            }
        }
        self.end()
    }

    /// At the end of the stream.
    fn end(&mut self) -> Result<Walked, ReadError> {
        if self.token == Token::Scalar && is_scalar(&self.gathered) {
            self.scalar_ends()?;
        }
        let open = self.mode != Mode::Between || !self.frames.is_empty();
        let cut_short = open || self.token != Token::None;
        match self.mode {
            Mode::Between | Mode::Pass => self.between()?,
            Mode::Whole => self.hand_broken(self.place, CUT_SHORT)?,
            Mode::Over => self.hand_broken(self.place, TOO_LONG)?,
        }
        Ok(Walked {
            documents: self.documents,
            cut_short,
        })
    }

    /// The bytes up to here are structure.
    pub(super) fn between(&mut self) -> Result<(), ReadError> {
        if self.place > 0 {
            self.visitor.piece(&self.path, Piece::Between(self.place))?;
            self.window.take(self.place);
            self.place = 0;
        }
        Ok(())
    }

    /// Hands over the first `length` bytes of the window as broken.
    pub(super) fn hand_broken(
        &mut self,
        length: usize,
        reason: &'static str,
    ) -> Result<(), ReadError> {
        let mut left = length;
        while left > 0 {
            let count = left.min(PIECE);
            let bytes = self.window.bytes().get(..count).unwrap_or_default();
            self.visitor
                .piece(&self.path, Piece::Broken(bytes, reason))?;
            self.window.take(count);
            left = left.saturating_sub(count);
        }
        self.place = self.place.saturating_sub(length);
        Ok(())
    }

    /// Hands over whole pieces of what has been looked at, as broken.
    pub(super) fn pieces(&mut self, reason: &'static str) -> Result<(), ReadError> {
        let whole = self.place.checked_div(PIECE).unwrap_or(0);
        self.hand_broken(whole.saturating_mul(PIECE), reason)
    }

    /// Whether the innermost open container is an object; `None` outside of all.
    fn in_object(&self) -> Option<bool> {
        let entered = || self.frames.last().map(|frame| frame.object);
        match self.mode {
            Mode::Between => entered(),
            _ => self.inner.last().copied(),
        }
    }

    /// Goes on inside a string: to its end, an escape, or the end of what is in memory.
    fn text(&mut self, key: bool, escaped: bool) -> Result<(), ReadError> {
        let rest = self.window.bytes().get(self.place..).unwrap_or_default();
        let entered_key = key && (self.mode == Mode::Between);
        let (count, byte) = if escaped {
            (1, None)
        } else {
            match memchr::memchr3(b'"', b'\\', b'\n', rest) {
                Some(found) => (found.saturating_add(1), rest.get(found).copied()),
                None => (rest.len(), None),
            }
        };
        if entered_key {
            let kept = count.saturating_sub(usize::from(byte == Some(b'"')));
            self.gathered
                .extend_from_slice(rest.get(..kept).unwrap_or_default());
            if self.gathered.len() > LONGEST_KEY {
                return self.broken(NOT_JSON);
            }
        }
        if byte == Some(b'\n') || (escaped && rest.first() == Some(&b'\n')) {
            // No JSON writes a line end inside a string; a string that was not closed meets one.
            self.place = self.place.saturating_add(count.saturating_sub(1));
            return self.broken(NOT_JSON);
        }
        self.place = self.place.saturating_add(count);
        match byte {
            Some(b'"') if key => {
                self.token = Token::None;
                self.expect = Expect::Colon;
            }
            Some(b'"') => {
                self.token = Token::None;
                self.value_ends()?;
            }
            _ => {
                self.token = Token::Text {
                    key,
                    escaped: byte == Some(b'\\'),
                };
            }
        }
        Ok(())
    }

    fn scalar_ends(&mut self) -> Result<(), ReadError> {
        self.token = Token::None;
        if is_scalar(&self.gathered) {
            self.value_ends()
        } else {
            self.broken(NOT_JSON)
        }
    }

    /// A byte of white space between the signs of the grammar.
    pub(super) fn space(&mut self, byte: u8) {
        match (&mut self.lead, byte) {
            (_, b'\n') => {
                self.line = self.line.saturating_add(1);
                self.lead = Some(Vec::new());
            }
            (Some(lead), _) if lead.len() < LONGEST_INDENT => lead.push(byte),
            _ => self.lead = None,
        }
        self.place = self.place.saturating_add(1);
    }

    /// A byte of the grammar that is no white space.
    fn sign(&mut self, byte: u8) -> Result<(), ReadError> {
        let inside = self.mode != Mode::Between;
        if inside && byte == b'{' && self.begins_sibling() {
            return self.broken(UNCLOSED);
        }
        let opens = match byte {
            b'{' => Some(Opens::Object),
            b'[' => Some(Opens::Array),
            b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Some(Opens::Scalar),
            _ => None,
        };
        match (self.expect, byte, opens) {
            (Expect::Value | Expect::ValueOrEnd, _, Some(opens)) => {
                return self.value_begins(byte, opens, inside);
            }
            (Expect::Key | Expect::KeyOrEnd, b'"', _) => {
                if !inside {
                    self.child_begins(byte);
                }
                self.gathered.clear();
                self.token = Token::Text {
                    key: true,
                    escaped: false,
                };
            }
            (Expect::Colon, b':', _) => self.expect = Expect::Value,
            (Expect::CommaOrEnd, b',', _) => {
                self.expect = match self.in_object() {
                    Some(true) => Expect::Key,
                    _ => Expect::Value,
                };
            }
            (Expect::CommaOrEnd | Expect::KeyOrEnd, b'}', _) if self.in_object() == Some(true) => {
                self.step(byte);
                return self.closes();
            }
            (Expect::CommaOrEnd | Expect::ValueOrEnd, b']', _)
                if self.in_object() == Some(false) =>
            {
                self.step(byte);
                return self.closes();
            }
            _ => return self.broken(NOT_JSON),
        }
        self.step(byte);
        Ok(())
    }

    /// Goes over a byte of the grammar.
    pub(super) fn step(&mut self, byte: u8) {
        self.place = self.place.saturating_add(1);
        self.lead = None;
        self.comma = byte == b',';
    }

    /// Whether an object that begins here stands where the next record would begin, though the one
    /// being read has not closed.
    fn begins_sibling(&self) -> bool {
        let Some(frame) = self.frames.last() else {
            return self.one_a_line && self.lead.as_ref().is_some_and(Vec::is_empty);
        };
        !self.inner.is_empty()
            && !frame.object
            && frame.is_indented()
            && frame.opener == b'{'
            && self.lead == frame.indent
    }

    /// A key or an element begins in the innermost entered container.
    fn child_begins(&mut self, byte: u8) {
        let lead = self.lead.clone();
        if let Some(frame) = self.frames.last_mut() {
            if lead.is_some() {
                frame.indent = lead;
            }
            frame.opener = byte;
        }
    }

    fn value_begins(&mut self, byte: u8, opens: Opens, inside: bool) -> Result<(), ReadError> {
        let depth = self.frames.len().saturating_add(self.inner.len());
        if opens != Opens::Scalar && depth >= DEEPEST {
            return self.broken(TOO_DEEP);
        }
        if !inside {
            let own = self.lead.clone().or_else(|| {
                // The value of a key stands on the key's line.
                let frame = self.frames.last()?;
                frame.indent.clone().filter(|_| frame.object)
            });
            match self.frames.last().map(|frame| frame.object) {
                None => {
                    self.line = 0;
                    self.documents = self.documents.saturating_add(1);
                }
                Some(true) => {
                    let key = key_of(&self.gathered);
                    self.remember_first_key();
                    self.path.parts.push(Part::Key(key));
                }
                Some(false) => {
                    self.child_begins(byte);
                    if let Some(frame) = self.frames.last_mut() {
                        self.path.parts.push(Part::Index(frame.index));
                        frame.index = frame.index.saturating_add(1);
                    }
                }
            }
            match (self.visitor.choose(&self.path, opens)?, opens) {
                (Take::Enter, Opens::Object | Opens::Array) => {
                    self.frames.push(Frame {
                        object: opens == Opens::Object,
                        index: 0,
                        own,
                        indent: None,
                        opener: 0,
                        first_key: None,
                        ambiguous: false,
                    });
                    self.expect = match opens {
                        Opens::Object => Expect::KeyOrEnd,
                        _ => Expect::ValueOrEnd,
                    };
                    self.step(byte);
                    return Ok(());
                }
                (Take::Whole, _) => {
                    self.between()?;
                    self.mode = Mode::Whole;
                }
                _ => self.mode = Mode::Pass,
            }
        }
        match opens {
            Opens::Object => {
                self.inner.push(true);
                self.expect = Expect::KeyOrEnd;
            }
            Opens::Array => {
                self.inner.push(false);
                self.expect = Expect::ValueOrEnd;
            }
            Opens::Scalar if byte == b'"' => {
                self.token = Token::Text {
                    key: false,
                    escaped: false,
                };
            }
            Opens::Scalar => {
                self.gathered.clear();
                self.gathered.push(byte);
                self.token = Token::Scalar;
            }
        }
        self.step(byte);
        Ok(())
    }

    /// The first key of an entered object that is an element of an array.
    fn remember_first_key(&mut self) {
        if let [.., array, object] = self.frames.as_mut_slice()
            && !array.object
            && array.first_key.is_none()
            && object.first_key.is_none()
        {
            array.first_key = Some([b"\"", self.gathered.as_slice(), b"\""].concat());
            object.first_key = Some(Vec::new());
        }
    }

    /// A container closed.
    fn closes(&mut self) -> Result<(), ReadError> {
        if self.mode == Mode::Between {
            self.frames.pop();
        } else {
            self.inner.pop();
        }
        self.value_ends()
    }

    /// A value ended, and `place` is behind it.
    fn value_ends(&mut self) -> Result<(), ReadError> {
        if self.mode != Mode::Between && !self.inner.is_empty() {
            self.expect = Expect::CommaOrEnd;
            return Ok(());
        }
        match self.mode {
            Mode::Between => {}
            Mode::Pass => self.between()?,
            Mode::Whole if self.place <= LONGEST => {
                let bytes = self.window.bytes().get(..self.place).unwrap_or_default();
                if let Some(frame) = self.frames.last_mut() {
                    frame.learn(bytes);
                }
                self.visitor.piece(&self.path, Piece::Value(bytes))?;
                self.window.take(self.place);
                self.place = 0;
            }
            Mode::Whole | Mode::Over => self.hand_broken(self.place, TOO_LONG)?,
        }
        self.mode = Mode::Between;
        self.path.parts.pop();
        self.expect = if self.frames.is_empty() {
            self.one_a_line |= self.line == 0;
            self.path.document = self.path.document.saturating_add(1);
            Expect::Value
        } else {
            Expect::CommaOrEnd
        };
        Ok(())
    }
}

/// A key as text.
fn key_of(raw: &[u8]) -> String {
    if memchr::memchr(b'\\', raw).is_some() {
        let quoted = [b"\"".as_slice(), raw, b"\""].concat();
        if let Some((Value::String(key), _)) = parse(&quoted) {
            return key;
        }
    }
    String::from_utf8_lossy(raw).into_owned()
}
