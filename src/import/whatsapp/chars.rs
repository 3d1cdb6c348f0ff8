//! The characters that WhatsApp's headers are made of: digits of any script, spaces, invisible
//! marks. All work on bytes, so that damaged text costs nothing but itself.

use std::borrow::Cow;

/// The zero of every run of ten decimal digits (Unicode general category Nd) outside ASCII.
const ZEROS: [u32; 70] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50,
    0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E5F1, 0x1E950, 0x1FBF0, 0x1CCF0,
];

/// The byte at a place, or 0 past the end (a byte that no header holds).
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The character at a place and its length in bytes; `None` past the end or where the bytes are
/// not UTF-8.
pub(super) fn character(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let first = *bytes.get(at)?;
    let length = match first {
        0..=0x7F => return Some((char::from(first), 1)),
        // Two bytes, and those three of the marks and spaces in nearly every header, by hand.
        0xC2..=0xDF => {
            let second = *bytes.get(at.checked_add(1)?)?;
            let code = u32::from(first & 0x1F) << 6 | u32::from(second & 0x3F);
            return (second & 0xC0 == 0x80).then_some((char::from_u32(code)?, 2));
        }
        0xE2 if byte(bytes, at.checked_add(1)?) == 0x80 => {
            let third = *bytes.get(at.checked_add(2)?)?;
            let code = 0x2000 | u32::from(third & 0x3F);
            return (third & 0xC0 == 0x80).then_some((char::from_u32(code)?, 3));
        }
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let text = std::str::from_utf8(bytes.get(at..at.checked_add(length)?)?).ok()?;
    Some((text.chars().next()?, length))
}

/// The ASCII digit of the same value as a decimal digit of any script.
pub(in crate::import) fn decimal(character: char) -> Option<char> {
    let code = u32::from(character);
    if character.is_ascii() {
        return Some(character).filter(char::is_ascii_digit);
    }
    let zero = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// The value of the decimal digit at a place, of any script, and its length in bytes.
pub(super) fn digit(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    match byte(bytes, at) {
        ascii @ b'0'..=b'9' => Some((u16::from(ascii - b'0'), 1)),
        0..=0xD8 => None,
        _ => {
            let (character, length) = character(bytes, at)?;
            let code = u32::from(character);
            let zero = ZEROS
                .iter()
                .find(|zero| (**zero..**zero + 10).contains(&code))?;
            Some((u16::try_from(code - zero).ok()?, length))
        }
    }
}

/// A number of one to `most` digits: its value, how many digits, and the place after it.
/// `None` where there is none or it is longer.
pub(super) fn number(bytes: &[u8], at: usize, most: u8) -> Option<(u16, u8, usize)> {
    let (mut value, mut width, mut place) = (0u16, 0u8, at);
    while let Some((digit, length)) = digit(bytes, place) {
        if width == most {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(digit)?;
        width += 1;
        place += length;
    }
    (width > 0).then_some((value, width, place))
}

/// Whether this character has no width and no meaning of its own in a header: direction marks,
/// embeddings, isolates, the byte order mark.
pub(super) fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}' | '\u{061C}'
    )
}

/// Whether this is one of the spaces that headers and names are written with.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\u{A0}' | '\u{202F}' | '\u{2009}')
}

/// The place after all marks that stand here.
pub(super) fn skip_marks(bytes: &[u8], mut at: usize) -> usize {
    while byte(bytes, at) >= 0xD8 {
        match character(bytes, at) {
            Some((character, length)) if is_mark(character) => at += length,
            _ => break,
        }
    }
    at
}

/// The place after all spaces and marks that stand here.
pub(super) fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match byte(bytes, at) {
            b' ' => at += 1,
            0xC2.. => match character(bytes, at) {
                Some((character, length)) if is_mark(character) || is_space(character) => {
                    at += length;
                }
                _ => return at,
            },
            _ => return at,
        }
    }
}

/// Whether a left-to-right or right-to-left mark stands here: WhatsApp for iOS begins its own
/// lines, and the text it puts in a message's place, with one.
pub(super) fn starts_with_mark(text: &[u8]) -> bool {
    text.starts_with(b"\xE2\x80\x8E") || text.starts_with(b"\xE2\x80\x8F")
}

/// A text without the white space and marks around it.
pub(super) fn trimmed(text: &str) -> &str {
    // Nearly every text begins and ends with a letter or a sign of ASCII.
    let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_bare(bytes.first()) && is_bare(bytes.last()) {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || is_mark(c))
}

/// A text without marks, with plain spaces and straight quotes, trimmed: the form that wording is
/// compared in. A full stop at the end does not count.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut trimmed = trimmed(text);
    while let Some(shorter) = trimmed.strip_suffix('.') {
        trimmed = shorter;
    }
    if trimmed.is_ascii() || is_plain(trimmed.as_bytes()) {
        return Cow::Borrowed(trimmed);
    }
    let mut plain = String::with_capacity(trimmed.len());
    for character in trimmed.chars() {
        match character {
            mark if is_mark(mark) => {}
            '\u{A0}' | '\u{202F}' | '\u{2009}' => plain.push(' '),
            '\u{2018}' | '\u{2019}' | '\u{201B}' => plain.push('\''),
            '\u{201C}'..='\u{201F}' | '\u{AB}' | '\u{BB}' => plain.push('"'),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Whether none of the bytes is there that all marks, spaces and quotes that [`plain`] changes begin
/// with, or, of U+061C, whose first byte is in all Arabic, end with.
fn is_plain(text: &[u8]) -> bool {
    memchr::memchr3(0xC2, 0xE2, 0xEF, text).is_none() && memchr::memchr(0x9C, text).is_none()
}

/// Whether a left-to-right or right-to-left mark stands anywhere in a text.
pub(super) fn has_mark(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(0xE2, bytes).any(|place| {
        matches!(
            bytes.get(place + 1..place + 3),
            Some([0x80, 0x8E] | [0x80, 0x8F])
        )
    })
}

/// A name as the export writes it, without marks and without spaces around it.
pub(super) fn clean_name(name: &str) -> String {
    if name.is_ascii() {
        return name.trim().to_owned();
    }
    let mut clean = String::with_capacity(name.len());
    clean.extend(name.chars().filter(|character| !is_mark(*character)));
    let trimmed = clean.trim();
    if trimmed.len() == clean.len() {
        clean
    } else {
        trimmed.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decimal_digit_of_unicode_is_known() {
        let nd = regex::Regex::new(r"^\p{Nd}$").unwrap();
        let mut buffer = [0; 4];
        for code in 0..=0x10FFFF {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            let text = character.encode_utf8(&mut buffer);
            let known = digit(text.as_bytes(), 0).is_some();
            // The mathematical digits are letters in disguise; no locale writes dates with them.
            let mathematical = (0x1D7CE..=0x1D7FF).contains(&code);
            assert_eq!(known, nd.is_match(text) && !mathematical, "U+{code:04X}");
        }
    }

    #[test]
    fn characters_are_those_of_utf8() {
        let mut buffer = [0; 4];
        for code in 0..=0x10FFFF {
            if let Some(c) = char::from_u32(code) {
                let bytes = c.encode_utf8(&mut buffer).as_bytes();
                assert_eq!(character(bytes, 0), Some((c, bytes.len())));
            }
        }
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let bytes = [first, second, b'a'];
                let found = character(&bytes, 0).map(|(c, _)| c);
                let whole = [&bytes[..1], &bytes[..2], &bytes[..3]];
                let expected = whole
                    .into_iter()
                    .find_map(|bytes| std::str::from_utf8(bytes).ok());
                assert_eq!(found, expected.and_then(|text| text.chars().next()));
            }
        }
    }

    #[test]
    fn numbers_of_other_scripts_have_the_same_value() {
        for text in ["2024", "٢٠٢٤", "۲۰۲۴", "२०२४", "๒๐๒๔"] {
            assert_eq!(number(text.as_bytes(), 0, 4), Some((2024, 4, text.len())));
        }
        assert_eq!(number(b"20245", 0, 4), None);
        assert_eq!(number(b"x", 0, 4), None);
    }

    /// Every character that is told to be plain by its bytes alone is one that stays.
    #[test]
    fn what_is_plain_stays() {
        let mut buffer = [0; 4];
        for character in (0..=0x10FFFF).filter_map(char::from_u32) {
            let text: &str = character.encode_utf8(&mut buffer);
            let stays = !is_mark(character) && (!is_space(character) || character == ' ');
            let is_quote = "\u{2018}\u{2019}\u{201B}\u{201C}\u{201D}\u{201E}\u{201F}\u{AB}\u{BB}";
            let stays = stays && !is_quote.contains(character);
            assert!(stays || !is_plain(text.as_bytes()), "{character:?}");
        }
    }

    #[test]
    fn plain_text_has_no_marks() {
        assert_eq!(plain("\u{200E}image omitted"), "image omitted");
        assert_eq!(
            plain("You\u{2019}re now\u{A0}an admin."),
            "You're now an admin"
        );
    }
}
