//! What bytes can stand for: the codings under which a text may hide in a file that leaves.
//!
//! Each piece of a file is given as it is and as what it would stand for in quoted-printable,
//! base64, references of HTML, escapes of JSON and of addresses, UTF-16 in both orders, and without
//! tags. What is packed is unpacked as far as it can be read: zips (with them office documents) and
//! the streams of PDFs, and the texts of PNG pictures. A coding that a piece is not in gives nonsense,
//! in which nothing is found; one that says the same as the piece itself is not given again.

use crate::import::{each_entry, email};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that are taken up at once.
const CHUNK: usize = 1 << 20;
/// Most bytes that are unpacked of one packed part.
const MOST_UNPACKED: u64 = 1 << 28;
/// Most parts of one file that are unpacked.
const MOST_PARTS: usize = 10_000;
/// Fewer signs of base64 in a row say nothing.
const SHORTEST_BASE64: usize = 12;
/// Largest PDF that is looked into.
const LARGEST_PDF: u64 = 1 << 28;

/// Takes what bytes can stand for.
pub(super) trait Take {
    /// Takes one form.
    fn take(&mut self, form: &[u8]);

    /// Whether bytes are worth reading as UTF-16.
    fn wants_utf16(&self, _bytes: &[u8]) -> bool {
        true
    }
}

impl<F: FnMut(&[u8])> Take for F {
    fn take(&mut self, form: &[u8]) {
        self(form);
    }
}

/// Gives a stream piece by piece, each in every form; pieces overlap by `overlap` bytes, so that
/// what is no longer is whole in one of them.
///
/// # Errors
/// When it cannot be read.
fn each_form_of(stream: impl Read, overlap: usize, take: &mut dyn Take) -> io::Result<()> {
    each_piece_of(stream, overlap, &mut |piece: &[u8]| each_form(piece, take))
}

/// The same, but for the stream as it is.
///
/// # Errors
/// When it cannot be read.
pub(super) fn each_coding_of(
    stream: impl Read,
    overlap: usize,
    take: &mut dyn Take,
) -> io::Result<()> {
    each_piece_of(stream, overlap, &mut |piece: &[u8]| {
        each_coding(piece, take)
    })
}

fn each_piece_of(
    mut stream: impl Read,
    overlap: usize,
    take: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let mut piece: Vec<u8> = Vec::new();
    // Never much less than what is kept, so that no byte is looked at many times.
    let mut buffer = vec![0; CHUNK.max(overlap)];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let keep = piece.len().saturating_sub(overlap);
        piece.drain(..keep);
        piece.extend_from_slice(buffer.get(..count).unwrap_or_default());
        take(&piece);
    }
}

/// Gives what a file has packed in it, in every form.
///
/// # Errors
/// When it cannot be read. What cannot be unpacked is left: it is searched as it is.
pub(super) fn each_packed(file: &mut File, overlap: usize, take: &mut dyn Take) -> io::Result<()> {
    let mut head = [0; 4];
    file.seek(SeekFrom::Start(0))?;
    let size = file.metadata()?.len();
    if size < head.len() as u64 {
        return Ok(());
    }
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match &head {
        b"PK\x03\x04" => each_entry(file, MOST_PARTS, &mut |name, entry| {
            take.take(name);
            // A part that is damaged is searched as far as it goes.
            let _ = each_form_of(entry.take(MOST_UNPACKED), overlap, take);
        }),
        b"\x89PNG" => png(file, overlap, take)?,
        b"%PDF" if size <= LARGEST_PDF => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            pdf(&bytes, overlap, take);
        }
        _ => {}
    }
    Ok(())
}

/// A piece in every form that it can be in, itself first.
pub(super) fn each_form(piece: &[u8], take: &mut dyn Take) {
    take.take(piece);
    each_coding(piece, take);
}

/// A piece in every form that it can be in, but for itself.
fn each_coding(piece: &[u8], take: &mut dyn Take) {
    let has = |byte: u8| memchr::memchr(byte, piece).is_some();
    // What a coding leaves as it is was given before.
    let mut differs = |plain: Vec<u8>, from: &[u8]| {
        let is_new = plain != from;
        if is_new {
            take.take(&plain);
        }
        is_new.then_some(plain)
    };
    if has(b'=')
        && let Some(plain) = differs(quoted_printable(piece), piece)
    {
        // Encoded words write a blank so (RFC 2047, section 4.2), and packed mails refer like pages.
        if memchr::memchr(b'&', &plain).is_some() {
            differs(references(&plain), &plain);
        }
    }
    if has(b'&') {
        differs(references(piece), piece);
    }
    if has(b'<') {
        differs(references(&without_tags(piece)), piece);
    }
    if has(b'\\') {
        differs(escapes(piece), piece);
    }
    if has(b'%') {
        differs(percent(piece), piece);
    }
    base64_runs(piece, take);
    if has(0) {
        for start in [0, 1] {
            let rest = piece.get(start..).unwrap_or_default();
            for order in [u16::from_le_bytes, u16::from_be_bytes] {
                take.take(utf16(rest, order).as_bytes());
            }
        }
    }
}

/// Adds what stands before the next of a sign, and gives what begins with it; nothing where there is
/// none.
fn up_to<'a>(sign: u8, bytes: &'a [u8], plain: &mut Vec<u8>) -> &'a [u8] {
    let at = memchr::memchr(sign, bytes).unwrap_or(bytes.len());
    let (before, from) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    plain.extend_from_slice(before);
    from
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn utf16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> String {
    let pairs = bytes.chunks_exact(2);
    let units = pairs.filter_map(|pair| Some(order(*pair.first_chunk::<2>()?)));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// What quoted-printable stands for; what is none stays as it is.
pub(super) fn quoted_printable(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = up_to(b'=', coded, &mut plain);
    while let Some((first, after)) = rest.split_first() {
        let next = if let Some(next) = after
            .strip_prefix(b"\r\n")
            .or_else(|| after.strip_prefix(b"\n"))
        {
            next
        } else if let Some((byte, next)) = hex_byte(after) {
            plain.push(byte);
            next
        } else {
            plain.push(*first);
            after
        };
        rest = up_to(b'=', next, &mut plain);
    }
    plain
}

fn hex_byte(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (code, rest) = bytes.split_first_chunk::<2>()?;
    let [high, low] = code.map(|digit| char::from(digit).to_digit(16));
    Some((u8::try_from(high? * 16 + low?).ok()?, rest))
}

/// What `%41` stands for in addresses.
fn percent(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = up_to(b'%', coded, &mut plain);
    while let Some((first, after)) = rest.split_first() {
        let next = match hex_byte(after) {
            Some((byte, next)) => {
                plain.push(byte);
                next
            }
            None => {
                plain.push(*first);
                after
            }
        };
        rest = up_to(b'%', next, &mut plain);
    }
    plain
}

/// What references of HTML stand for, by number and by the few names that texts need.
pub(super) fn references(coded: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 10;
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = up_to(b'&', coded, &mut plain);
    while let Some((first, after)) = rest.split_first() {
        let end = after.iter().take(LONGEST).position(|byte| *byte == b';');
        let sign = end.and_then(|end| Some((reference(after.get(..end)?)?, after.get(end + 1..)?)));
        let next = match sign {
            Some((sign, next)) => {
                plain.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
                next
            }
            None => {
                plain.push(*first);
                after
            }
        };
        rest = up_to(b'&', next, &mut plain);
    }
    plain
}

fn reference(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => return None,
    })
}

/// The text between tags.
fn without_tags(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut rest = coded;
    while let Some(start) = memchr::memchr(b'<', rest) {
        let (before, tag) = rest.split_at(start);
        plain.extend_from_slice(before);
        rest = match memchr::memchr(b'>', tag) {
            Some(end) => tag.get(end + 1..).unwrap_or_default(),
            None => &[],
        };
    }
    plain.extend_from_slice(rest);
    plain
}

/// What the escapes of JSON, of programs and of RTF stand for.
fn escapes(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = coded;
    let put = |units: &mut Vec<u16>, plain: &mut Vec<u8>| {
        for sign in char::decode_utf16(units.drain(..)) {
            let sign = sign.unwrap_or(char::REPLACEMENT_CHARACTER);
            plain.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
        }
    };
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'\\' {
            if let Some((unit, next)) = after.strip_prefix(b"u").and_then(four_digits) {
                units.push(unit);
                rest = next;
                continue;
            }
            put(&mut units, &mut plain);
            // `\'e9` is Latin-1 in RTF, `\xe9` a byte in programs.
            if let Some((byte, next)) = after.strip_prefix(b"'").and_then(hex_byte) {
                plain.extend_from_slice(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
                rest = next;
            } else if let Some((byte, next)) = after.strip_prefix(b"x").and_then(hex_byte) {
                plain.push(byte);
                rest = next;
            } else if let Some((sign, next)) = after.split_first() {
                match sign {
                    b'n' | b't' | b'r' => plain.push(b' '),
                    sign => plain.push(*sign),
                }
                rest = next;
            }
            continue;
        }
        put(&mut units, &mut plain);
        plain.push(*first);
        rest = up_to(b'\\', rest, &mut plain);
    }
    put(&mut units, &mut plain);
    plain
}

fn four_digits(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (high, rest) = hex_byte(bytes)?;
    let (low, rest) = hex_byte(rest)?;
    Some((u16::from_be_bytes([high, low]), rest))
}

/// The value of each byte in base64, of both alphabets; a line end, or no sign of it.
const SIX: [u8; 256] = {
    let mut six = [NO_SIGN; 256];
    let mut byte = 0_u8;
    loop {
        // The index is a byte.
        #[allow(clippy::indexing_slicing)]
        {
            six[byte as usize] = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'\r' | b'\n' => LINE_END,
                _ => NO_SIGN,
            };
        }
        if byte == u8::MAX {
            break six;
        }
        byte += 1;
    }
};
const LINE_END: u8 = 64;
const NO_SIGN: u8 = 65;

/// What every run of base64 stands for, line ends passed over, from each of the four places at
/// which it could begin.
fn base64_runs(piece: &[u8], take: &mut dyn Take) {
    let is_none = |byte: &u8| {
        SIX.get(usize::from(*byte))
            .is_none_or(|six| *six == NO_SIGN)
    };
    let mut room = Room::default();
    let mut start = 0;
    // Where a run that begins here would have to go on, something else mostly stands: what is before
    // that is never looked at.
    while let Some(on) = piece.get(start + SHORTEST_BASE64 - 1) {
        let at = start + SHORTEST_BASE64 - 1;
        if is_none(on) {
            start = at + 1;
            continue;
        }
        let before = piece.get(start..at).unwrap_or_default();
        if let Some(none) = before.iter().rposition(is_none) {
            start += none + 1;
            continue;
        }
        let from = piece.get(start..).unwrap_or_default();
        let length = from.iter().position(is_none).unwrap_or(from.len());
        base64_run(from.get(..length).unwrap_or_default(), &mut room, take);
        start += length + 1;
    }
}

/// Room for what a run of base64 stands for.
#[derive(Default)]
struct Room {
    signs: Vec<u8>,
    plain: Vec<u8>,
}

/// What one run stands for, if it has signs enough.
fn base64_run(run: &[u8], room: &mut Room, take: &mut dyn Take) {
    let Room { signs, plain } = room;
    let six = |byte: &u8| SIX.get(usize::from(*byte)).copied().unwrap_or(NO_SIGN);
    signs.clear();
    for six in run.iter().map(six) {
        if six < LINE_END {
            signs.push(six);
        }
    }
    if signs.len() < SHORTEST_BASE64 {
        return;
    }
    for skip in 0..4 {
        plain.clear();
        let (fours, rest) = signs.get(skip..).unwrap_or_default().as_chunks::<4>();
        for [a, b, c, d] in fours {
            plain.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        match rest {
            [a, b] => plain.push(a << 2 | b >> 4),
            [a, b, c] => plain.extend([a << 2 | b >> 4, b << 4 | c >> 2]),
            _ => {}
        }
        take.take(plain);
        if take.wants_utf16(plain) {
            take.take(utf16(plain, u16::from_le_bytes).as_bytes());
        }
    }
}

/// What a picture says in texts that are packed: the chunks `zTXt` and `iTXt` of a PNG, and the name
/// and bytes of its colour profile (PNG, third edition, sections 11.3.3.2 to 11.3.3.4, 11.3.2.3).
fn png(file: &mut File, overlap: usize, take: &mut dyn Take) -> io::Result<()> {
    const SIGNATURE: u64 = 8;
    let size = file.metadata()?.len();
    let mut at = SIGNATURE;
    for _ in 0..MOST_PARTS {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        if at.saturating_add(head.len() as u64) > size {
            return Ok(());
        }
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        if [b"tEXt", b"zTXt", b"iTXt", b"iCCP"].contains(&&kind) {
            let mut body = Vec::new();
            (&mut *file)
                .take(length.min(MOST_UNPACKED))
                .read_to_end(&mut body)?;
            // Texts are in Latin-1, but for those of `iTXt`.
            take.take(latin1(&body).as_bytes());
            // Where the packed bytes begin depends on the kind: they are tried after each of the
            // zeros that end a keyword, a language and a keyword in that, with the bytes of method.
            for zero in memchr::memchr_iter(0, &body).take(4) {
                for after in 1..=2 {
                    let packed = body.get(zero + after..).unwrap_or_default();
                    let mut unpacked = Vec::new();
                    // What is no packed stream gives what it gives up to there.
                    let _ = flate2::read::ZlibDecoder::new(packed)
                        .take(MOST_UNPACKED)
                        .read_to_end(&mut unpacked);
                    take.take(latin1(&unpacked).as_bytes());
                    let _ = each_form_of(unpacked.as_slice(), overlap, take);
                }
            }
        }
        // Its length, kind and checksum stand around it.
        at = at.saturating_add(length).saturating_add(12);
    }
    Ok(())
}

/// The streams of a PDF, unpacked, and the words that they draw.
fn pdf(bytes: &[u8], overlap: usize, take: &mut dyn Take) {
    take.take(&drawn(bytes));
    let mut rest = bytes;
    for _ in 0..MOST_PARTS {
        let Some(start) = memchr::memmem::find(rest, b"stream") else {
            return;
        };
        let body = rest.get(start + b"stream".len()..).unwrap_or_default();
        let body = body.strip_prefix(b"\r").unwrap_or(body);
        let body = body.strip_prefix(b"\n").unwrap_or(body);
        let mut unpacked = Vec::new();
        // What is no packed stream, or damaged, gives what it gives up to there.
        let _ = flate2::read::ZlibDecoder::new(body)
            .take(MOST_UNPACKED)
            .read_to_end(&mut unpacked);
        let _ = each_form_of(unpacked.as_slice(), overlap, take);
        take.take(&drawn(&unpacked));
        let end = memchr::memmem::find(body, b"endstream");
        rest = end
            .and_then(|end| body.get(end + b"endstream".len()..))
            .unwrap_or_default();
    }
}

/// The strings of a PDF's drawing, joined: `[(Ann) -20 ( Lee)] TJ`, or in hexadecimal.
fn drawn(bytes: &[u8]) -> Vec<u8> {
    let mut words = Vec::new();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| matches!(byte, b'(' | b'<')) {
        let (opening, body) = match rest.get(start..).and_then(<[u8]>::split_first) {
            Some(parts) => parts,
            None => return words,
        };
        let closing = if *opening == b'(' { b')' } else { b'>' };
        let mut escaped = false;
        let end = body.iter().position(|byte| {
            let ends = *byte == closing && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            return words;
        };
        let inside = body.get(..end).unwrap_or_default();
        if *opening == b'(' {
            words.extend(escapes(inside));
        } else {
            let mut digits = inside;
            while let Some((byte, after)) = hex_byte(digits) {
                words.push(byte);
                digits = after;
            }
        }
        rest = body.get(end + 1..).unwrap_or_default();
    }
    words
}

/// Gives what a mail file stands for, part by part, where it can be taken apart.
pub(super) fn each_part_of_mail(bytes: &[u8], take: &mut dyn Take) {
    // What cannot be taken apart has been searched in every other form.
    let _ = email::contents(bytes, &mut |part: &[u8]| take.take(part));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether some form of these bytes holds a text.
    fn holds(bytes: &[u8], text: &str) -> bool {
        let mut found = false;
        each_form(bytes, &mut |form: &[u8]| {
            found |= memchr::memmem::find(form, text.as_bytes()).is_some();
        });
        found
    }

    fn base64(bytes: &[u8]) -> Vec<u8> {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let groups = bytes.chunks(3).flat_map(|group| {
            let joined = [0, 1, 2].iter().fold(0_u32, |all, at| {
                all << 8 | u32::from(group.get(*at).copied().unwrap_or(0))
            });
            (0..=group.len()).map(move |at| DIGITS[(joined >> (18 - 6 * at) & 63) as usize])
        });
        groups.collect()
    }

    proptest! {
        #[test]
        fn a_text_is_seen_in_every_coding(text in "[a-zA-Zé€&<\" \u{1f44d}]{9,30}", before in 0_usize..5) {
            let text = format!("Zoë {text}");
            let lead = "x".repeat(before);
            let around = |coded: &[u8]| [lead.as_bytes(), b"(", coded, b") tail"].concat();
            let qp: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
            let numbers: String = text.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect();
            let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let address: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for coded in [text.clone(), qp, numbers, units, address] {
                prop_assert!(holds(&around(coded.as_bytes()), &text), "{}", coded);
            }
            prop_assert!(holds(&around(&base64(text.as_bytes())), &text));
            let joined = [lead.as_bytes(), &base64(text.as_bytes())].concat();
            prop_assert!(holds(&joined, &text));
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let coded: Vec<u8> = text.encode_utf16().flat_map(order).collect();
                prop_assert!(holds(&around(&coded), &text));
            }
        }

        #[test]
        fn every_run_of_base64_is_seen(bytes in "[A-Za-z0-9+/_.\r\n -]{0,200}") {
            // Each stretch of signs and line ends, one sign after the other.
            let mut wanted: Vec<Vec<u8>> = Vec::new();
            for run in bytes.split(['.', ' ']) {
                let signs: Vec<u8> = run.bytes().filter(|byte| !b"\r\n".contains(byte)).collect();
                if signs.len() < SHORTEST_BASE64 {
                    continue;
                }
                for skip in 0..4 {
                    let (mut joined, mut bits, mut plain) = (0_u32, 0_u32, Vec::new());
                    for sign in &signs[skip..] {
                        joined = joined << 6 | u32::from(SIX[usize::from(*sign)]);
                        bits += 6;
                        if bits >= 8 {
                            bits -= 8;
                            plain.push((joined >> bits & 0xff) as u8);
                        }
                    }
                    wanted.push(plain);
                }
            }
            struct Plain(Vec<Vec<u8>>);
            impl Take for Plain {
                fn take(&mut self, form: &[u8]) {
                    self.0.push(form.to_vec());
                }
                fn wants_utf16(&self, _: &[u8]) -> bool {
                    false
                }
            }
            let mut found = Plain(Vec::new());
            base64_runs(bytes.as_bytes(), &mut found);
            prop_assert_eq!(found.0, wanted);
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            each_form(&bytes, &mut |_: &[u8]| {});
            pdf(&bytes, 16, &mut |_: &[u8]| {});
        }
    }

    #[test]
    fn words_between_tags_and_in_drawings_are_joined() {
        assert!(holds(b"<w:t>Ann</w:t><w:r><w:t> L&#101;e</w:t>", "Ann Lee"));
        let drawing = b"BT [(Ann) -20 ( L\\(e\\))] TJ <4c6565> Tj";
        assert_eq!(drawn(drawing), b"Ann L(e)Lee");
    }
}
