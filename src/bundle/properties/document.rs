//! Documents: plain texts, and PDFs of which it can be shown that they carry nothing.

use super::{Clean, Refusal};

/// A text is what it shows.
pub(super) fn text(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut clean = Clean::default();
    clean.keep(0..bytes.len());
    Ok(clean)
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
