//! Tags, attributes and references of XML and HTML, read without expanding or loading anything.
//!
//! Lenient, as exports are: what does not fit is text. Nothing is held but the slice it is given,
//! and each byte is looked at a bounded number of times.

use memchr::{memchr, memmem};

/// One piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name ...>` or `<name .../>`.
    Open(Tag<'a>),
    /// `</name>`; the name.
    Close(&'a [u8]),
    /// What stands between tags, with its references.
    Text(&'a [u8]),
    /// `<![CDATA[...]]>`; what is inside, in which `&` is only a character.
    Literal(&'a [u8]),
    /// A comment, a processing instruction or a declaration such as a DOCTYPE.
    Aside,
}

/// An opening tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Its name as written.
    pub(crate) name: &'a [u8],
    /// What follows the name, without `/` at its end.
    rest: &'a [u8],
    /// Where that stands in the slice that is read.
    rest_at: usize,
    /// Whether it closes itself.
    pub(crate) empty: bool,
}

/// One attribute of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// Its name as written.
    pub(crate) name: &'a [u8],
    /// Its value as written, without quotes.
    pub(crate) value: &'a [u8],
    /// Where the value stands in the slice that is read.
    pub(crate) at: usize,
}

impl<'a> Tag<'a> {
    /// Whether it has this name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Its attributes, in order.
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes {
            bytes: self.rest,
            place: 0,
            base: self.rest_at,
        }
    }

    /// The first attribute of this name, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of that attribute, references resolved.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        Some(unescape(self.attribute(name)?.value).0)
    }
}

/// The attributes of a tag.
pub(crate) struct Attributes<'a> {
    bytes: &'a [u8],
    place: usize,
    base: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let at = |place: usize| self.bytes.get(place).copied();
        let mut place = self.place;
        while at(place).is_some_and(|byte| byte.is_ascii_whitespace() || byte == b'/') {
            place += 1;
        }
        let begin = place;
        // An `=` in the first place belongs to the name, as in HTML: it must move on.
        while at(place)
            .is_some_and(|byte| !byte.is_ascii_whitespace() && (byte != b'=' || place == begin))
        {
            place += 1;
        }
        let name = self
            .bytes
            .get(begin..place)
            .filter(|name| !name.is_empty())?;
        let after_name = place;
        while at(place).is_some_and(|byte| byte.is_ascii_whitespace()) {
            place += 1;
        }
        let (value_at, value_end) = if at(place) == Some(b'=') {
            place += 1;
            while at(place).is_some_and(|byte| byte.is_ascii_whitespace()) {
                place += 1;
            }
            match at(place) {
                Some(quote @ (b'"' | b'\'')) => {
                    let begin = place + 1;
                    let rest = self.bytes.get(begin..).unwrap_or_default();
                    let end = begin + memchr(quote, rest).unwrap_or(rest.len());
                    place = end + 1;
                    (begin, end)
                }
                _ => {
                    let begin = place;
                    while at(place).is_some_and(|byte| !byte.is_ascii_whitespace()) {
                        place += 1;
                    }
                    (begin, place)
                }
            }
        } else {
            place = after_name;
            (after_name, after_name)
        };
        self.place = place;
        Some(Attribute {
            name,
            value: self.bytes.get(value_at..value_end).unwrap_or_default(),
            at: self.base + value_at,
        })
    }
}

/// The tokens of a slice, each with where it begins and ends; they lie end to end.
pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    place: usize,
    /// Set once no `-->`, `?>`, `]]>`, end of a declaration or closing quote can follow, so that a
    /// slice full of unclosed ones is not searched to its end again and again.
    no_comment_end: bool,
    no_instruction_end: bool,
    no_literal_end: bool,
    no_declaration_end: bool,
    no_quote: [bool; 2],
    /// Set once a tag did not end outside quotes: from there on quotes do not count.
    quotes_off: bool,
}

/// Reads a slice as markup.
pub(crate) fn tokens(bytes: &[u8]) -> Tokens<'_> {
    Tokens {
        bytes,
        place: 0,
        no_comment_end: false,
        no_instruction_end: false,
        no_literal_end: false,
        no_declaration_end: false,
        no_quote: [false; 2],
        quotes_off: false,
    }
}

impl<'a> Tokens<'a> {
    /// Where the next token begins.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    /// Passes over everything up to `</name`, in any case: the content of a script or a style.
    pub(crate) fn skip_to_close(&mut self, name: &str) {
        let mut place = self.place;
        while let Some(found) = memchr(b'<', self.bytes.get(place..).unwrap_or_default()) {
            place += found;
            let rest = self.bytes.get(place + 1..).unwrap_or_default();
            if rest.first() == Some(&b'/')
                && rest
                    .get(1..1 + name.len())
                    .is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
            {
                self.place = place;
                return;
            }
            place += 1;
        }
        self.place = self.bytes.len();
    }

    /// The end of a tag that begins at `begin`: one past its `>`, quotes heeded where they close.
    fn tag_end(&mut self, begin: usize) -> Option<usize> {
        if !self.quotes_off {
            if let Some(end) = self.quoted_tag_end(begin) {
                return Some(end);
            }
            self.quotes_off = true;
        }
        memchr(b'>', self.bytes.get(begin..)?).map(|found| begin + found + 1)
    }

    fn quoted_tag_end(&mut self, begin: usize) -> Option<usize> {
        let mut place = begin;
        loop {
            let rest = self.bytes.get(place..)?;
            let found = memchr::memchr3(b'>', b'"', b'\'', rest)?;
            place += found;
            let byte = *self.bytes.get(place)?;
            place += 1;
            if byte == b'>' {
                return Some(place);
            }
            let known = usize::from(byte == b'\'');
            // A quote opens a value only after `=`; elsewhere it is a stray sign.
            let before = self.bytes.get(begin..place - 1)?;
            let after_equals = before
                .iter()
                .rev()
                .find(|byte| !byte.is_ascii_whitespace())
                .is_some_and(|byte| *byte == b'=');
            if !after_equals || self.no_quote.get(known) == Some(&true) {
                continue;
            }
            match memchr(byte, self.bytes.get(place..)?) {
                Some(found) => place += found + 1,
                None => {
                    if let Some(known) = self.no_quote.get_mut(known) {
                        *known = true;
                    }
                }
            }
        }
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let begin = self.place;
        let rest = self.bytes.get(begin..)?;
        let until = |mark: &[u8], after: usize, known: &mut bool| {
            if *known {
                return None;
            }
            let found = memmem::find(rest.get(after..)?, mark);
            *known = found.is_none();
            Some((after + found?, after + found? + mark.len()))
        };
        if rest.starts_with(b"<!--") {
            let (_, end) = until(b"-->", 4, &mut self.no_comment_end)?;
            self.place = begin + end;
            return Some(Token::Aside);
        }
        if rest.starts_with(b"<![CDATA[") {
            let (inside, end) = until(b"]]>", 9, &mut self.no_literal_end)?;
            self.place = begin + end;
            return Some(Token::Literal(rest.get(9..inside)?));
        }
        if rest.starts_with(b"<?") {
            let (_, end) = until(b"?>", 2, &mut self.no_instruction_end)?;
            self.place = begin + end;
            return Some(Token::Aside);
        }
        let second = *rest.get(1)?;
        if second == b'!' {
            if self.no_declaration_end {
                return None;
            }
            let end = declaration_end(rest);
            self.no_declaration_end = end.is_none();
            self.place = begin + end?;
            return Some(Token::Aside);
        }
        let closing = second == b'/';
        let name_at = if closing { 2 } else { 1 };
        if !rest.get(name_at)?.is_ascii_alphabetic() {
            return None;
        }
        let name_length = rest
            .get(name_at..)?
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
        let name = rest.get(name_at..name_at + name_length)?;
        let rest_at = begin + name_at + name_length;
        let end = self.tag_end(rest_at)?;
        self.place = end;
        if closing {
            return Some(Token::Close(name));
        }
        let inside = self.bytes.get(rest_at..end - 1)?;
        let empty = inside.last() == Some(&b'/');
        Some(Token::Open(Tag {
            name,
            rest: inside.strip_suffix(b"/").unwrap_or(inside),
            rest_at,
            empty,
        }))
    }
}

/// The length of a declaration (`<!DOCTYPE ... [ ... ]>`), if it ends.
fn declaration_end(bytes: &[u8]) -> Option<usize> {
    let mut inside = false;
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' => inside = true,
            b']' => inside = false,
            b'>' if !inside => return Some(place + 1),
            _ => {}
        }
    }
    None
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let begin = self.place;
        let rest = self.bytes.get(begin..).filter(|rest| !rest.is_empty())?;
        if rest.first() == Some(&b'<') {
            if let Some(token) = self.markup() {
                return Some(token);
            }
            self.place = begin;
        }
        let length = memchr(b'<', rest.get(1..)?).map_or(rest.len(), |found| found + 1);
        self.place = begin + length;
        Some(Token::Text(rest.get(..length)?))
    }
}

/// Resolves character references, and says whether bytes or references were damaged.
///
/// `&#55357;&#56841;` (a pair of UTF-16 halves, as Android's serialiser writes an emoji) becomes
/// one character; a half alone, and a number that is no character, become U+FFFD. Names are those
/// of HTML, which include those of XML; an unknown name stands as written.
pub(crate) fn unescape(bytes: &[u8]) -> (String, bool) {
    let (text, mut damaged) = super::window::text_of(bytes);
    if !text.contains('&') {
        return (text, damaged);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // The first half of a pair that waits for its second.
    let mut half: Option<u32> = None;
    while let Some((before, from)) = rest.split_once('&') {
        if !before.is_empty() && half.take().is_some() {
            out.push(char::REPLACEMENT_CHARACTER);
            damaged = true;
        }
        out.push_str(before);
        let found = from
            .char_indices()
            .take(34)
            .find(|(_, sign)| !sign.is_ascii_alphanumeric() && *sign != '#')
            .filter(|(place, sign)| *sign == ';' && *place > 0)
            .and_then(|(place, _)| Some((from.get(..place)?, from.get(place + 1..)?)));
        let Some((name, after)) = found else {
            if half.take().is_some() {
                out.push(char::REPLACEMENT_CHARACTER);
                damaged = true;
            }
            out.push('&');
            rest = from;
            continue;
        };
        rest = after;
        let code = match name.strip_prefix('#') {
            Some(number) => {
                let hex = number.strip_prefix(['x', 'X']);
                let radix = if hex.is_some() { 16 } else { 10 };
                Some(u32::from_str_radix(hex.unwrap_or(number), radix).unwrap_or(u32::MAX))
            }
            None => None,
        };
        match (half.take(), code) {
            (Some(high), Some(low @ 0xDC00..=0xDFFF)) => {
                let joined = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                out.push(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            (Some(_), _) => {
                out.push(char::REPLACEMENT_CHARACTER);
                damaged = true;
            }
            (None, _) => {}
        }
        match code {
            Some(high @ 0xD800..=0xDBFF) => half = Some(high),
            Some(code) => match char::from_u32(code) {
                Some(sign) => out.push(sign),
                None => {
                    out.push(char::REPLACEMENT_CHARACTER);
                    damaged = true;
                }
            },
            // The library's table of HTML's names: it is given `&name;` in ASCII and nothing else.
            None => mail_parser::decoders::html::add_html_token(
                &mut out,
                format!("&{name};").as_bytes(),
                false,
            ),
        }
    }
    if half.is_some() {
        out.push(char::REPLACEMENT_CHARACTER);
        damaged = true;
    }
    out.push_str(rest);
    (out, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_attributes_and_their_places() {
        let text: &[u8] =
            b"<?xml version='1.0'?><a b=\"1 > 0\" c='x&amp;y' d e=f/>t<!-- <a> --></A >";
        let all: Vec<_> = tokens(text).collect();
        let Token::Open(tag) = all[1] else { panic!() };
        assert!(tag.is("A") && tag.empty);
        let found: Vec<_> = tag
            .attributes()
            .map(|a| {
                (
                    a.name,
                    a.value,
                    &text[a.at..a.at + a.value.len()] == a.value,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (&b"b"[..], &b"1 > 0"[..], true),
                (b"c", b"x&amp;y", true),
                (b"d", b"", true),
                (b"e", b"f", true)
            ]
        );
        assert_eq!(tag.value("c").as_deref(), Some("x&y"));
        assert_eq!(all[0], Token::Aside);
        assert_eq!(
            &all[2..],
            [Token::Text(b"t"), Token::Aside, Token::Close(b"A")]
        );
    }

    #[test]
    fn what_is_no_markup_is_text() {
        for text in [
            "a < b",
            "<",
            "<3",
            "</",
            "<!--",
            "<a b=\"",
            "<![CDATA[",
            "&",
        ] {
            let joined: Vec<u8> = tokens(text.as_bytes())
                .flat_map(|token| match token {
                    Token::Text(bytes) => bytes.to_vec(),
                    other => panic!("{text}: {other:?}"),
                })
                .collect();
            assert_eq!(joined, text.as_bytes());
        }
    }

    #[test]
    fn references() {
        for (written, read, damaged) in [
            ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'", false),
            ("&#55357;&#56841;", "\u{1F609}", false),
            ("&#xD83D;&#xDE09;", "\u{1F609}", false),
            ("&#128521;", "\u{1F609}", false),
            ("x&#55357;y", "x\u{FFFD}y", true),
            ("&#55357;", "\u{FFFD}", true),
            ("&#56841;", "\u{FFFD}", true),
            ("&#55357;&#55357;&#56841;", "\u{FFFD}\u{1F609}", true),
            ("&#55357;&nosuch;", "\u{FFFD}&nosuch;", true),
            ("&#10;", "\n", false),
            ("&#99999999999;", "\u{FFFD}", true),
            ("a & b; AT&T &", "a & b; AT&T &", false),
            ("&nbsp;&eacute;", "\u{a0}\u{e9}", false),
        ] {
            assert_eq!(
                unescape(written.as_bytes()),
                (read.to_owned(), damaged),
                "{written}"
            );
        }
        assert_eq!(unescape(b"\xff"), ("\u{FFFD}".to_owned(), true));
    }

    /// How long this thread has kept a processor, in nanoseconds, where the system tells: other
    /// work on the machine does not count.
    fn worked() -> Option<u64> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split_whitespace().next()?.parse().ok()
    }

    /// Read in the square of its length, each of these would keep a processor for an hour.
    #[test]
    fn unclosed_markup_is_read_in_a_moment() {
        for piece in [
            "<a ",
            "<a x=\"",
            "<a x=\">\"",
            "<!--",
            "<![",
            "<?",
            "<!a[",
            "<a x='y'",
            "&#5535",
        ] {
            let text = piece.repeat(200_000);
            let before = worked();
            for token in tokens(text.as_bytes()) {
                if let Token::Open(tag) = token {
                    tag.attributes().count();
                }
            }
            unescape(text.as_bytes());
            if let (Some(before), Some(after)) = (before, worked()) {
                assert!(after - before < 60_000_000_000, "{piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn tokens_lie_end_to_end(text in "[<>/!?a\\-\\[\\]=\"' &;#x0-9D]{0,60}") {
            let mut tokens = tokens(text.as_bytes());
            let mut place = 0;
            while tokens.next().is_some() {
                prop_assert!(tokens.place() > place);
                place = tokens.place();
            }
            prop_assert_eq!(place, text.len());
        }

        #[test]
        fn references_read_back(text in any::<String>()) {
            let escaped: String = text
                .encode_utf16()
                .map(|unit| format!("&#{unit};"))
                .collect();
            prop_assert_eq!(unescape(escaped.as_bytes()), (text, false));
        }
    }
}
