//! `file-ffid.csv`: what each file of the payload is, by PRONOM's identifiers (PUID), as far as docket
//! knows it.
//!
//! Two ways are told apart in the table. Of a file that docket wrote it is known what it is, because
//! it was written so. Of a file that a message came with its first bytes tell, for a few formats whose
//! signatures in PRONOM are as plain as that: PDF by the version that it begins with, unless it says
//! that it is a PDF/A, /X or /E; PNG by the chunks before its pixels; JPEG by the version of JFIF; GIF
//! by its own. What is none of these has no row: nothing is guessed, and an archive's own program
//! (DROID, Siegfried) tells more. No program that identifies formats was run.
//!
//! The columns: nationalarchives/tdr-consignment-export.

use super::layout::FFID;
use super::table::Table;
use crate::case::Case;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// How a format is known.
const WRITTEN: &str = "docket, which wrote it so";
const READ: &str = "docket, by its first bytes";

/// What docket writes: ending, PUID and name.
const OWN: [(&str, &str, &str); 4] = [
    ("eml", "fmt/950", "MIME Email"),
    ("html", "fmt/471", "Hypertext Markup Language"),
    ("txt", "x-fmt/111", "Plain Text File"),
    ("jsonl", "fmt/2054", "JSON Lines"),
];

/// The largest PDF that is looked through for what else it says it is.
const LARGEST: u64 = 64 << 20;

/// The identifiers of the versions of PDF.
const PDF: [(&[u8], &str); 9] = [
    (b"1.0", "fmt/14"),
    (b"1.1", "fmt/15"),
    (b"1.2", "fmt/16"),
    (b"1.3", "fmt/17"),
    (b"1.4", "fmt/18"),
    (b"1.5", "fmt/19"),
    (b"1.6", "fmt/20"),
    (b"1.7", "fmt/276"),
    (b"2.0", "fmt/1129"),
];

/// A format: PUID, name, and the endings that it may have.
type Known = (&'static str, &'static str, &'static [&'static str]);

/// The table: a row for each file whose format is known, in the order of their paths.
pub(super) fn table<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a str>,
    out: impl Write,
) -> csv::Result<()> {
    let mut table = Table::new(out, FFID)?;
    for path in paths {
        let (_, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let own = OWN.iter().find(|(known, ..)| *known == ending);
        let (puid, name, mismatch, how) = if path.starts_with("data/attachments/") {
            let Some((puid, name, endings)) = of(&root.join(path))? else {
                continue;
            };
            (puid, name, !endings.contains(&ending), READ)
        } else if path.starts_with("data/mail/") {
            // It is as it came, with whatever headers it had.
            continue;
        } else {
            let Some((_, puid, name)) = own else {
                continue;
            };
            (*puid, *name, false, WRITTEN)
        };
        table.row(&[
            path.to_owned(),
            ending.to_owned(),
            puid.to_owned(),
            name.to_owned(),
            mismatch.to_string(),
            how.to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
            String::new(),
            String::new(),
        ])?;
    }
    table.end()
}

/// What a file is by its first bytes; `None` of what they do not tell.
fn of(path: &Path) -> io::Result<Option<Known>> {
    let mut head = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut head)?;
    if let Some(version) = head.strip_prefix(b"%PDF-") {
        let found = PDF.iter().find(|(known, _)| version.starts_with(known));
        let Some((_, puid)) = found else {
            return Ok(None);
        };
        // What else it is stands in its metadata, wherever those are.
        let all = Case::read_small(path, LARGEST).ok().flatten();
        let says = |all: &Vec<u8>| {
            [
                &b"pdfaid"[..],
                b"pdfxid",
                b"pdfeid",
                b"pdfuaid",
                b"PDF/X",
                b"GTS_PDF",
                b"ObjStm",
            ]
            .iter()
            .any(|word| memchr::memmem::find(all, word).is_some())
        };
        let is_plain = all.is_some_and(|all| {
            let end = all
                .get(all.len().saturating_sub(1024)..)
                .unwrap_or_default();
            !says(&all) && memchr::memmem::find(end, b"%%EOF").is_some()
        });
        return Ok(is_plain.then_some((*puid, "Acrobat PDF", &["pdf"])));
    }
    let jfif = head
        .strip_prefix(b"\xff\xd8\xff\xe0")
        .and_then(|rest| rest.get(2..)?.strip_prefix(b"JFIF\0\x01"));
    Ok(match head.as_slice() {
        [0x89, b'P', b'N', b'G', 13, 10, 26, 10, chunks @ ..] => png(chunks),
        [b'G', b'I', b'F', b'8', b'7', b'a', ..] => {
            Some(("fmt/3", "Graphics Interchange Format", &["gif"]))
        }
        [b'G', b'I', b'F', b'8', b'9', b'a', ..] => {
            Some(("fmt/4", "Graphics Interchange Format", &["gif"]))
        }
        _ => {
            let puid = match jfif.and_then(<[u8]>::first) {
                Some(0) => "fmt/42",
                Some(1) => "fmt/43",
                Some(2) => "fmt/44",
                _ => return Ok(None),
            };
            Some((puid, "JPEG File Interchange Format", &["jpg", "jpeg"]))
        }
    })
}

/// A PNG by the chunks before its pixels, which tell the edition that it needs.
fn png(mut chunks: &[u8]) -> Option<Known> {
    let mut puid = "fmt/11";
    loop {
        let (length, rest) = chunks.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        match kind {
            b"IDAT" => return Some((puid, "Portable Network Graphics", &["png"])),
            b"iTXt" => puid = "fmt/13",
            b"sRGB" | b"iCCP" | b"sPLT" if puid == "fmt/11" => puid = "fmt/12",
            _ => {}
        }
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        chunks = rest.get(length.checked_add(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What bytes are known as.
    fn known(bytes: &[u8]) -> Option<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        of(&path).unwrap().map(|(puid, ..)| puid)
    }

    fn png_with(kinds: &[&[u8; 4]]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for kind in [&[b"IHDR"][..], kinds, &[b"IDAT"]].concat() {
            bytes.extend([0, 0, 0, 2]);
            bytes.extend(kind);
            bytes.extend([0; 6]);
        }
        bytes
    }

    #[test]
    fn plain_signatures_are_known_and_nothing_is_guessed() {
        // As Siegfried (pygfried 2.2.0, PRONOM's signatures V125) knows them.
        assert_eq!(known(b"%PDF-1.4\nx\n%%EOF\n"), Some("fmt/18"));
        assert_eq!(known(b"%PDF-1.7\nx\n%%EOF\n"), Some("fmt/276"));
        assert_eq!(
            known(b"%PDF-1.4\n<pdfaid:part>1</pdfaid:part>\n%%EOF\n"),
            None
        );
        assert_eq!(known(b"%PDF-1.4\nx, and no end"), None);
        assert_eq!(known(b"%PDF-9.9\nx\n%%EOF\n"), None);
        assert_eq!(known(&png_with(&[])), Some("fmt/11"));
        assert_eq!(known(&png_with(&[b"gAMA", b"sRGB"])), Some("fmt/12"));
        assert_eq!(known(&png_with(&[b"iTXt", b"sRGB"])), Some("fmt/13"));
        assert_eq!(known(b"\x89PNG\r\n\x1a\n"), None);
        let jfif = |minor| [&b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"[..], &[minor]].concat();
        assert_eq!(known(&jfif(1)), Some("fmt/43"));
        assert_eq!(known(&jfif(2)), Some("fmt/44"));
        assert_eq!(known(&jfif(9)), None);
        assert_eq!(known(b"GIF89a"), Some("fmt/4"));
        assert_eq!(known(b""), None);
        assert_eq!(known(b"PK\x03\x04"), None);
    }
}
