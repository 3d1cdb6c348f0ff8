//! Documents: plain texts, and PDFs of which it can be shown that they carry nothing.

use super::{Clean, KIND, Refusal};
use crate::import::content;

/// Bytes of a text in which the signs of another format are looked for.
const MOST_BEFORE: usize = 1 << 10;

/// A text is what it shows, unless some program takes it for more: markup without the line that says
/// so (a page, a drawing, a document in one XML file), or a format that programs find also where
/// something stands before its mark.
pub(super) fn text(bytes: &[u8]) -> Result<Clean, Refusal> {
    if is_markup(bytes) {
        return Err(Refusal::Because(KIND));
    }
    let mut clean = Clean::default();
    clean.keep(0..bytes.len());
    Ok(clean)
}

/// Whether a text is one of markup: elements, comments or declarations stand at its start, or it has
/// an element that only heads of pages have.
fn is_markup(bytes: &[u8]) -> bool {
    let Some(text) = content::as_text(bytes) else {
        return true;
    };
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let is_element = start.strip_prefix('<').is_some_and(|rest| {
        let is_name = |c: char| c.is_alphanumeric() || "_:.-".contains(c);
        let after = rest.trim_start_matches(is_name);
        let name = rest.strip_suffix(after).unwrap_or_default();
        let is_over = after.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/');
        // An address in angle brackets is none.
        rest.starts_with(['?', '!', '/']) || (is_over && !name.is_empty() && !name.ends_with(':'))
    });
    let finds = |mark: &[u8], bytes: &[u8]| {
        bytes
            .windows(mark.len())
            .any(|part| part.eq_ignore_ascii_case(mark))
    };
    let text = text.as_bytes();
    let before = text.get(..MOST_BEFORE).unwrap_or(text);
    let marks: [&[u8]; 2] = [b"%PDF-", b"{\\rtf"];
    let tags: [&[u8]; 5] = [b"<html", b"<head", b"<meta", b"<!--", b"<!doctype"];
    is_element
        || marks.iter().any(|mark| finds(mark, before))
        || tags.iter().any(|tag| finds(tag, text))
}

/// A PDF (ISO 32000-1) carries nothing when none of the words stands in it by which one does, it has
/// one state alone, and no part is packed that could hold such words.
pub(super) fn pdf(bytes: &[u8]) -> Result<Clean, Refusal> {
    const WORDS: [&[u8]; 14] = [
        b"/Info",
        b"/Metadata",
        b"/PieceInfo",
        b"/ObjStm",
        b"/XRef",
        b"/EmbeddedFile",
        b"/Encrypt",
        b"/DCTDecode",
        b"/JPXDecode",
        b"/Annots",
        b"/LastModified",
        b"/Collection",
        b"/OpenAction",
        b"/AcroForm",
    ];
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    let ends = memchr::memmem::find_iter(bytes, b"%%EOF").count();
    // A name can be written with the codes of its letters; no maker of plain documents does so.
    let has_code = bytes
        .windows(3)
        .any(|part| matches!(part, [b'#', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()));
    let tail = memchr::memmem::rfind(bytes, b"%%EOF").and_then(|at| bytes.get(at + 5..));
    let is_whole = tail.is_some_and(|tail| tail.iter().all(u8::is_ascii_whitespace));
    if WORDS.iter().any(|word| has(word)) || has_code || ends != 1 || !is_whole {
        return Err(Refusal::Because(
            "docket cannot take the properties out of PDF documents",
        ));
    }
    let mut clean = Clean::default();
    clean.keep(0..bytes.len());
    Ok(clean)
}
