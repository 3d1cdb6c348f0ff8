//! Reading a record that stands in memory.

use super::{MARK, in_scalar, is_space};
use serde_json::Value;
use std::ops::Range;

/// A value that stands in memory; whether some of it could not be read stands beside it (then
/// U+FFFD stands for that). `None` where it is no JSON, however forgiving the reader.
///
/// Forgiven without loss: a byte order mark, control characters that are not escaped, and `\x1F`,
/// which Telegram Desktop writes for U+001F. Forgiven with a loss that is told: bytes that are not
/// UTF-8, halves of surrogate pairs, escapes that JSON does not know.
pub(in crate::import) fn parse(bytes: &[u8]) -> Option<(Value, bool)> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some((value, false));
    }
    let (mended, damaged) = mend(bytes);
    let value = serde_json::from_str(&mended).ok()?;
    Some((value, damaged))
}

/// Makes JSON of what is nearly that.
fn mend(bytes: &[u8]) -> (String, bool) {
    let (text, mut damaged) = crate::import::window::text_of(bytes);
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut rest = text.as_str();
    while let Some(sign) = rest.chars().next() {
        let mut taken = sign.len_utf8();
        match sign {
            '"' => {
                quoted = !quoted;
                out.push(sign);
            }
            '\\' if quoted => {
                let (length, loss) = escape(rest, &mut out);
                damaged |= loss;
                taken = length;
            }
            sign if quoted && sign < ' ' => push_unit(u32::from(sign), &mut out),
            sign => out.push(sign),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    (out, damaged)
}

fn push_unit(unit: u32, out: &mut String) {
    out.push_str(&format!("\\u{unit:04x}"));
}

/// Writes the escape at the start of `rest` as JSON; gives its length and whether it was lost.
fn escape(rest: &str, out: &mut String) -> (usize, bool) {
    let hex = |from: usize, count: usize| {
        let digits = rest.get(from..from.checked_add(count)?)?;
        let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| all)
    };
    let unit = |from: usize| match rest.get(from..from.checked_add(2)?)? {
        "\\u" => hex(from.checked_add(2)?, 4),
        _ => None,
    };
    match rest.as_bytes().get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            out.push_str(rest.get(..2).unwrap_or_default());
            (2, false)
        }
        Some(b'x') if hex(2, 2).is_some() => {
            push_unit(hex(2, 2).unwrap_or_default(), out);
            (4, false)
        }
        Some(b'u') => match (unit(0), unit(6)) {
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                push_unit(high, out);
                push_unit(low, out);
                (12, false)
            }
            (Some(0xD800..=0xDFFF), _) => {
                out.push('\u{FFFD}');
                (6, true)
            }
            (Some(unit), _) => {
                push_unit(unit, out);
                (6, false)
            }
            (None, _) => {
                out.push('\u{FFFD}');
                (1, true)
            }
        },
        // What it stood for is not known: the sign after it is kept as itself.
        _ => {
            out.push('\u{FFFD}');
            (1, true)
        }
    }
}

/// The string of this key in an object; empty where there is none.
pub(in crate::import) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number of this key in an object, whether it is written as a number or as a string of
/// digits.
pub(in crate::import) fn number(value: &Value, key: &str) -> Option<i64> {
    match value.get(key)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

/// Where the value at these keys stands in an object that [`walk`](super::walk) handed over: a string without
/// its quotes. `None` where there is none.
pub(in crate::import) fn place_of(bytes: &[u8], keys: &[&str]) -> Option<Range<usize>> {
    let mut from = skip_space(bytes, 0);
    for wanted in keys {
        if bytes.get(from) != Some(&b'{') {
            return None;
        }
        from = skip_space(bytes, from.checked_add(1)?);
        loop {
            if bytes.get(from) != Some(&b'"') {
                return None;
            }
            let end = skip_text(bytes, from)?;
            let key = bytes.get(from.checked_add(1)?..end.checked_sub(1)?)?;
            let colon = skip_space(bytes, end);
            if bytes.get(colon) != Some(&b':') {
                return None;
            }
            from = skip_space(bytes, colon.checked_add(1)?);
            if key == wanted.as_bytes() {
                break;
            }
            let comma = skip_space(bytes, skip_value(bytes, from)?);
            if bytes.get(comma) != Some(&b',') {
                return None;
            }
            from = skip_space(bytes, comma.checked_add(1)?);
        }
    }
    let end = skip_value(bytes, from)?;
    match bytes.get(from)? {
        b'"' => Some(from.checked_add(1)?..end.checked_sub(1)?),
        _ => Some(from..end),
    }
}

pub(super) fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| is_space(**byte)).count();
    from.saturating_add(count)
}

/// One past the string that begins here.
pub(super) fn skip_text(bytes: &[u8], from: usize) -> Option<usize> {
    let mut place = from.checked_add(1)?;
    loop {
        let found = memchr::memchr2(b'"', b'\\', bytes.get(place..)?)?;
        place = place.checked_add(found)?;
        match bytes.get(place)? {
            b'"' => return place.checked_add(1),
            _ => place = place.checked_add(2)?,
        }
    }
}

/// One past the value that begins here.
fn skip_value(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut place = from;
    loop {
        match bytes.get(place)? {
            b'"' => place = skip_text(bytes, place)?,
            b'{' | b'[' => {
                depth = depth.checked_add(1)?;
                place = place.checked_add(1)?;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                place = place.checked_add(1)?;
            }
            byte if in_scalar(*byte) => {
                let rest = bytes.get(place..)?;
                let count = rest.iter().take_while(|byte| in_scalar(**byte)).count();
                place = place.checked_add(count)?;
            }
            _ => {
                place = place.checked_add(1)?;
                continue;
            }
        }
        if depth == 0 {
            return Some(place);
        }
    }
}
