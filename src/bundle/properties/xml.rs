//! The XML of a document's parts (XML 1.0, fifth edition; Namespaces in XML 1.0), read strictly: what
//! is not well-formed, names its own entities (a DOCTYPE), or says that it is in another coding than
//! UTF-8 or UTF-16 is not judged, because another program may read other things in it.
//!
//! An element is known by its name without the prefix, whichever that is. A copy keeps all bytes but
//! those of elements that go, of comments and of instructions to programs.

use super::{ODD, Refusal};
use crate::import::markup::{Token, tokens, unescape};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Most namespaces that are declared around one element.
const MOST_DECLARED: usize = 1_000;

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    /// It goes with all that is in it.
    Goes,
    /// So too, and is told in these words.
    GoesAs(&'static str),
}

/// An element, as far as its opening tag tells.
pub(super) struct Element<'a> {
    /// Its name without a prefix.
    pub(super) name: &'a str,
    /// In how many others it stands.
    pub(super) depth: usize,
    /// Its attributes as they stand.
    attributes: Vec<(&'a str, &'a str)>,
    prefix: &'a str,
    /// Namespaces that are declared around it and by it; the last of a prefix holds.
    declared: &'a [(&'a str, String, usize)],
}

impl<'a> Element<'a> {
    /// Its attributes: each name without its prefix, and the value with references resolved.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        let all = self.attributes.iter();
        all.map(|(name, value)| (halves(name).1, resolved(value)))
    }

    /// The value of the attribute with this name, whatever its prefix.
    pub(super) fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .find_map(|(own, value)| (own == name).then_some(value))
    }

    /// Its namespace; nothing where none is declared for its prefix.
    pub(super) fn space(&self) -> Option<&str> {
        let mut all = self.declared.iter().rev();
        all.find(|(prefix, ..)| *prefix == self.prefix)
            .map(|(_, space, _)| space.as_str())
    }
}

/// A part without what goes.
pub(super) struct Copy {
    pub(super) bytes: Vec<u8>,
    /// What went, in the words of [`Fate::GoesAs`].
    pub(super) gone: BTreeSet<&'static str>,
    /// Whether comments or instructions went.
    pub(super) had_asides: bool,
}

/// Looks at each element of a part, in order, and gives the part without those that go.
///
/// # Errors
/// [`ODD`] for what is not well-formed; otherwise what `look` says.
pub(super) fn copy(
    bytes: Vec<u8>,
    look: &mut dyn FnMut(&Element<'_>) -> Result<Fate, Refusal>,
) -> Result<Copy, Refusal> {
    let (coding, text) = Coding::read(&bytes).ok_or(Refusal::Because(ODD))?;
    let mut walk = Walk::new(&text);
    walk.all(coding, look)?;
    let Walk {
        cuts,
        gone,
        had_asides,
        ..
    } = walk;
    if cuts.is_empty() {
        return Ok(Copy {
            bytes,
            gone,
            had_asides,
        });
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to) in cuts {
        kept.push_str(text.get(at..from).unwrap_or_default());
        at = to;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    Ok(Copy {
        bytes: coding.written(&kept),
        gone,
        had_asides,
    })
}

/// How a part is coded, and whether it begins with a mark of that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Utf8 { marked: bool },
    Utf16 { little: bool, marked: bool },
}

impl Coding {
    /// How these bytes are coded, and their text (XML 1.0, appendix F).
    fn read(bytes: &[u8]) -> Option<(Coding, String)> {
        let wide = |little, marked, bytes: &[u8]| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units = pairs.iter().map(|pair| match little {
                true => u16::from_le_bytes(*pair),
                false => u16::from_be_bytes(*pair),
            });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            let text = text.ok().filter(|_| rest.is_empty())?;
            Some((Coding::Utf16 { little, marked }, text))
        };
        match bytes {
            [0xFF, 0xFE, rest @ ..] => wide(true, true, rest),
            [0xFE, 0xFF, rest @ ..] => wide(false, true, rest),
            [b'<', 0, ..] => wide(true, false, bytes),
            [0, b'<', ..] => wide(false, false, bytes),
            _ => {
                let rest = bytes.strip_prefix(b"\xEF\xBB\xBF");
                let marked = rest.is_some();
                let text = String::from_utf8(rest.unwrap_or(bytes).to_vec()).ok()?;
                Some((Coding::Utf8 { marked }, text))
            }
        }
    }

    /// Whether a declaration may call it so.
    fn is_called(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        match self {
            Coding::Utf8 { .. } => name == "utf-8" || name == "us-ascii",
            Coding::Utf16 { little: true, .. } => name == "utf-16" || name == "utf-16le",
            Coding::Utf16 { little: false, .. } => name == "utf-16" || name == "utf-16be",
        }
    }

    fn written(self, text: &str) -> Vec<u8> {
        let (Coding::Utf8 { marked } | Coding::Utf16 { marked, .. }) = self;
        let text = match marked {
            true => format!("\u{feff}{text}"),
            false => text.to_owned(),
        };
        let Coding::Utf16 { little, .. } = self else {
            return text.into_bytes();
        };
        let units = text.encode_utf16();
        units
            .flat_map(|unit| match little {
                true => unit.to_le_bytes(),
                false => unit.to_be_bytes(),
            })
            .collect()
    }
}

/// A walk through a part.
struct Walk<'a> {
    text: &'a str,
    /// The names of the elements that are open, as written.
    open: Vec<&'a str>,
    declared: Vec<(&'a str, String, usize)>,
    /// Where the element that goes begins, and how many were open then.
    going: Option<(usize, usize)>,
    /// From where to where the text goes, in order.
    cuts: Vec<(usize, usize)>,
    gone: BTreeSet<&'static str>,
    had_asides: bool,
    had_root: bool,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Walk<'a> {
        Walk {
            text,
            open: Vec::new(),
            declared: Vec::new(),
            going: None,
            cuts: Vec::new(),
            gone: BTreeSet::new(),
            had_asides: false,
            had_root: false,
        }
    }

    fn all(
        &mut self,
        coding: Coding,
        look: &mut dyn FnMut(&Element<'_>) -> Result<Fate, Refusal>,
    ) -> Result<(), Refusal> {
        let odd = || Refusal::Because(ODD);
        let is_char = |byte: u8| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
        if !self.text.bytes().all(is_char) {
            return Err(odd());
        }
        let mut tokens = tokens(self.text.as_bytes());
        let mut begin = 0;
        while let Some(token) = tokens.next() {
            let end = tokens.place();
            let written = self.text.get(begin..end).ok_or_else(odd)?;
            match token {
                Token::Open(tag) => {
                    let inside = written
                        .strip_prefix('<')
                        .and_then(|it| it.strip_suffix('>'));
                    let inside = inside.ok_or_else(odd)?;
                    let inside = match tag.empty {
                        true => inside.strip_suffix('/').ok_or_else(odd)?,
                        false => inside,
                    };
                    self.opens(inside, begin, look)?;
                    if tag.empty {
                        self.closes(end);
                    }
                }
                Token::Close(_) => {
                    let inside = written
                        .strip_prefix("</")
                        .and_then(|it| it.strip_suffix('>'));
                    let name = inside.ok_or_else(odd)?.trim_ascii_end();
                    if self.open.last() != Some(&name) {
                        return Err(odd());
                    }
                    self.closes(end);
                }
                Token::Text(_) => {
                    let blank = written.bytes().all(|byte| byte.is_ascii_whitespace());
                    if written.contains('<') || (self.open.is_empty() && !blank) {
                        return Err(odd());
                    }
                }
                Token::Literal(_) if self.open.is_empty() => return Err(odd()),
                Token::Literal(_) => {}
                Token::Aside => match declaration(written).filter(|_| begin == 0) {
                    Some(said) => self.declares(said, coding).ok_or_else(odd)?,
                    None if written.starts_with("<!--") || written.starts_with("<?") => {
                        self.had_asides = true;
                        if self.going.is_none() {
                            self.cuts.push((begin, end));
                        }
                    }
                    None => return Err(odd()),
                },
            }
            begin = end;
        }
        match self.open.is_empty() && self.had_root {
            true => Ok(()),
            false => Err(odd()),
        }
    }

    /// Holds a declaration to what this reads.
    fn declares(&self, said: &str, coding: Coding) -> Option<()> {
        let mut version = None;
        for (name, value) in attributes(said)? {
            match name {
                "version" => version = Some(value),
                "encoding" => coding.is_called(value).then_some(())?,
                "standalone" => {}
                _ => return None,
            }
        }
        (version == Some("1.0")).then_some(())
    }

    fn opens(
        &mut self,
        inside: &'a str,
        begin: usize,
        look: &mut dyn FnMut(&Element<'_>) -> Result<Fate, Refusal>,
    ) -> Result<(), Refusal> {
        let odd = || Refusal::Because(ODD);
        let end = inside
            .find(|sign: char| sign.is_ascii_whitespace())
            .unwrap_or(inside.len());
        let (written, rest) = inside.split_at_checked(end).ok_or_else(odd)?;
        let attributes = attributes(rest).ok_or_else(odd)?;
        if !is_name(written) || (self.open.is_empty() && self.had_root) {
            return Err(odd());
        }
        self.had_root = true;
        let depth = self.open.len();
        for (name, value) in &attributes {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) => match prefix.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            if self.declared.len() >= MOST_DECLARED {
                return Err(odd());
            }
            let space = resolved(value).into_owned();
            self.declared.push((prefix, space, depth));
        }
        let (prefix, name) = halves(written);
        self.open.push(written);
        // Of what goes nothing is judged.
        if self.going.is_some() {
            return Ok(());
        }
        let fate = look(&Element {
            name,
            depth,
            attributes,
            prefix,
            declared: &self.declared,
        })?;
        if fate != Fate::Stays {
            self.going = Some((begin, depth));
        }
        if let Fate::GoesAs(what) = fate {
            self.gone.insert(what);
        }
        Ok(())
    }

    /// The last element that is open ends here.
    fn closes(&mut self, end: usize) {
        self.open.pop();
        let depth = self.open.len();
        while self.declared.last().is_some_and(|(.., at)| *at >= depth) {
            self.declared.pop();
        }
        if let Some((begin, at)) = self.going
            && at == depth
        {
            self.cuts.push((begin, end));
            self.going = None;
        }
    }
}

/// What stands in `<?xml ...?>`.
fn declaration(written: &str) -> Option<&str> {
    let said = written.strip_prefix("<?xml")?.strip_suffix("?>")?;
    said.starts_with(|sign: char| sign.is_ascii_whitespace())
        .then_some(said)
}

/// The prefix of a name, and what follows it.
fn halves(name: &str) -> (&str, &str) {
    name.rsplit_once(':').unwrap_or(("", name))
}

fn is_name(name: &str) -> bool {
    let is_sign =
        |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ':' | '\u{b7}');
    !name.is_empty() && name.chars().all(is_sign)
}

/// The attributes that a tag has after its name; nothing where they are not written as XML has them:
/// each after a blank, with a value in quotes that holds no `<` and no entity but the five.
fn attributes(mut rest: &str) -> Option<Vec<(&str, &str)>> {
    let is_blank = |sign: char| sign.is_ascii_whitespace();
    let mut all = Vec::new();
    loop {
        let next = rest.trim_start_matches(is_blank);
        if next.is_empty() {
            return Some(all);
        }
        if next.len() == rest.len() {
            return None;
        }
        let (name, after) = next.split_once('=')?;
        let name = name.trim_end_matches(is_blank);
        let after = after.trim_start_matches(is_blank);
        let quote = after
            .chars()
            .next()
            .filter(|sign| matches!(sign, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        let references = value.split('&').skip(1);
        if !is_name(name) || value.contains('<') || !references.into_iter().all(is_reference) {
            return None;
        }
        all.push((name, value));
        rest = after;
    }
}

/// Whether this begins with what may follow `&` where no entities are declared.
fn is_reference(text: &str) -> bool {
    let Some((name, _)) = text.split_once(';') else {
        return false;
    };
    let number = |digits: &str, radix| {
        let code = u32::from_str_radix(digits, radix).ok();
        !digits.starts_with('+') && code.and_then(char::from_u32).is_some_and(|it| it != '\0')
    };
    match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix('x') {
            Some(digits) => number(digits, 16),
            None => number(digits, 10),
        },
        None => matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
    }
}

fn resolved(value: &str) -> Cow<'_, str> {
    match value.contains('&') {
        true => Cow::Owned(unescape(value.as_bytes()).0),
        false => Cow::Borrowed(value),
    }
}
