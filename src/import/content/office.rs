//! What is in a zip that is sent as a file: the documents of Office and OpenDocument with their first
//! words, and how many files another has. Only the list at its end and two or three entries are
//! read, each no further than a bound (APPNOTE 4.3; ECMA-376; OpenDocument 1.3, part 2).

use super::feed::{Feed, little};
use super::{Content, Depth, MOST_TEXT, Type};
use crate::import::markup::{Token, tokens, unescape};
use flate2::read::DeflateDecoder;
use memchr::memmem;
use std::io::Read;

/// The longest zip that is looked into.
const MOST_ZIP: usize = 32 << 20;
/// How much of one entry is unpacked.
const MOST_ENTRY: u64 = 2 << 20;
/// Most entries that are listed.
const MOST_ENTRIES: usize = 20_000;
/// Most of the texts that the cells of a table share.
const MOST_SHARED: usize = 20_000;

/// An entry as the list at the end names it.
struct Entry<'a> {
    name: &'a [u8],
    packed: bool,
    length: usize,
    at: usize,
}

/// The entries of a zip; none where its list is not where it says.
fn entries(zip: &[u8]) -> Vec<Entry<'_>> {
    let tail = zip.len().saturating_sub(66_000);
    let end = zip
        .get(tail..)
        .and_then(|bytes| memmem::rfind(bytes, b"PK\x05\x06"));
    let number = |at, width| little(zip, at, width).and_then(|n| usize::try_from(n).ok());
    let mut found = Vec::new();
    let Some(mut at) = end.and_then(|end| number(tail + end + 16, 4)) else {
        return found;
    };
    while found.len() < MOST_ENTRIES
        && zip
            .get(at..)
            .is_some_and(|rest| rest.starts_with(b"PK\x01\x02"))
    {
        let read = || {
            let name = number(at + 28, 2)?;
            let more = number(at + 30, 2)? + number(at + 32, 2)?;
            let entry = Entry {
                name: zip.get(at + 46..at + 46 + name)?,
                packed: number(at + 10, 2)? == 8,
                length: number(at + 20, 4)?,
                at: number(at + 42, 4)?,
            };
            Some((entry, at + 46 + name + more))
        };
        let Some((entry, next)) = read() else { break };
        found.push(entry);
        at = next;
    }
    found
}

/// The bytes of an entry, as far as they may be unpacked; says whether that is all of it.
fn unpack(zip: &[u8], entry: &Entry<'_>) -> Option<(Vec<u8>, bool)> {
    let number = |at: usize| little(zip, at, 2).and_then(|n| usize::try_from(n).ok());
    if !zip.get(entry.at..)?.starts_with(b"PK\x03\x04") {
        return None;
    }
    let start = entry.at + 30 + number(entry.at + 26)? + number(entry.at + 28)?;
    let end = start.checked_add(entry.length)?.min(zip.len());
    let bytes = zip.get(start..end)?;
    let mut out = Vec::new();
    let mut stream: Box<dyn Read + '_> = if entry.packed {
        Box::new(DeflateDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    // What a damaged entry gives up to the damage is shown.
    let whole = stream
        .by_ref()
        .take(MOST_ENTRY)
        .read_to_end(&mut out)
        .is_ok();
    let all = whole && (out.len() as u64) < MOST_ENTRY;
    Some((out, all))
}

/// Looks into a zip: corrects the type, tells its pages and, where they are wanted, first words.
pub(super) fn read<R: Read>(content: &mut Content, feed: &mut Feed<R>, depth: Depth) {
    if content.size.is_some_and(|size| size > MOST_ZIP as u64) {
        return;
    }
    let (zip, all) = feed.rest(MOST_ZIP);
    if !all {
        // Its first entry may tell what it is.
        content.is = early(&zip).or(content.is);
        return;
    }
    let entries = entries(&zip);
    let entry = |name: &str| {
        let found = entries.iter().find(|entry| entry.name == name.as_bytes())?;
        unpack(&zip, found)
    };
    let has = |start: &str| {
        entries
            .iter()
            .any(|entry| entry.name.starts_with(start.as_bytes()))
    };
    let count = |start: &str| {
        let of = |entry: &&Entry<'_>| {
            entry.name.starts_with(start.as_bytes()) && entry.name.ends_with(b".xml")
        };
        u32::try_from(entries.iter().filter(of).count())
            .ok()
            .filter(|n| *n > 0)
    };
    let told = |name: &str| {
        let (app, _) = entry("docProps/app.xml")?;
        value(&app, name)?
            .parse::<u32>()
            .ok()
            .filter(|pages| *pages > 0)
    };
    let kind = if has("word/") {
        Type::Docx
    } else if has("xl/") {
        Type::Xlsx
    } else if has("ppt/") {
        Type::Pptx
    } else {
        let (kind, _) = entry("mimetype").unwrap_or_default();
        match kind.trim_ascii() {
            b"application/vnd.oasis.opendocument.text" => Type::Odt,
            b"application/vnd.oasis.opendocument.spreadsheet" => Type::Ods,
            b"application/vnd.oasis.opendocument.presentation" => Type::Odp,
            b"application/epub+zip" => Type::Epub,
            _ => Type::Zip,
        }
    };
    content.is = Some(kind);
    content.pages = match kind {
        Type::Docx => told("Pages"),
        Type::Pptx => count("ppt/slides/slide"),
        Type::Xlsx => count("xl/worksheets/sheet"),
        Type::Zip => {
            let files = entries.iter().filter(|entry| !entry.name.ends_with(b"/"));
            u32::try_from(files.count()).ok()
        }
        _ => None,
    };
    if depth == Depth::Line {
        return;
    }
    let body = |name: &str, paragraph: &[&str]| {
        entry(name).map(|(xml, all)| (words(&xml, paragraph), !all))
    };
    let text = match kind {
        Type::Docx => body("word/document.xml", &["w:p"]),
        Type::Pptx => body("ppt/slides/slide1.xml", &["a:p"])
            .map(|(text, cut)| (text, cut || content.pages.is_some_and(|pages| pages > 1))),
        Type::Xlsx => {
            let shared =
                entry("xl/sharedStrings.xml").map_or_else(Vec::new, |(xml, _)| shared(&xml));
            let sheet = entries.iter().find(|entry| {
                entry.name.starts_with(b"xl/worksheets/sheet") && entry.name.ends_with(b".xml")
            });
            sheet
                .and_then(|sheet| unpack(&zip, sheet))
                .map(|(xml, all)| (cells(&xml, &shared), !all))
        }
        Type::Odt | Type::Odp => body("content.xml", &["text:p", "text:h"]),
        Type::Ods => body("content.xml", &["table:table-row"]),
        Type::Zip => {
            let names = entries.iter().take(200);
            let names = names.map(|entry| String::from_utf8_lossy(entry.name));
            let names: Vec<_> = names.collect();
            Some((names.join("\n"), entries.len() > 200))
        }
        _ => None,
    };
    if let Some((text, goes_on)) = text {
        content.set_text(text.trim_start(), goes_on);
    }
}

/// What the first entry of a zip that is too long to be read tells.
fn early(zip: &[u8]) -> Option<Type> {
    let head = zip.get(30..30 + 4_000.min(zip.len().saturating_sub(30)))?;
    let says = |word: &[u8]| memmem::find(head, word).is_some();
    if says(b"word/") {
        Some(Type::Docx)
    } else if says(b"ppt/") {
        Some(Type::Pptx)
    } else if says(b"xl/") {
        Some(Type::Xlsx)
    } else {
        None
    }
}

/// The text of the first element of this name.
fn value(xml: &[u8], name: &str) -> Option<String> {
    let mut tokens = tokens(xml);
    while let Some(token) = tokens.next() {
        if matches!(token, Token::Open(tag) if tag.is(name)) {
            return match tokens.next()? {
                Token::Text(text) => Some(unescape(text).0),
                _ => None,
            };
        }
    }
    None
}

/// The words of a document, a line for each paragraph; no more than are shown.
fn words(xml: &[u8], paragraph: &[&str]) -> String {
    let mut text = String::new();
    let is_paragraph = |name: &[u8]| {
        paragraph
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own.as_bytes()))
    };
    for token in tokens(xml) {
        if text.len() > MOST_TEXT {
            break;
        }
        match token {
            Token::Text(words) => text += &unescape(words).0,
            Token::Open(tag) if tag.is("w:tab") || tag.is("text:tab") => text.push('\t'),
            Token::Open(tag) if tag.is("w:br") || tag.is("a:br") || tag.is("text:line-break") => {
                text.push('\n');
            }
            Token::Open(tag) if tag.is("text:s") => text.push(' '),
            Token::Open(tag) if tag.is("w:instrText") => text.push(' '),
            Token::Close(name) if is_paragraph(name) => text.push('\n'),
            Token::Close(name) if name == b"table:table-cell" => text.push('\t'),
            _ => {}
        }
    }
    text
}

/// The texts that the cells of a table share.
fn shared(xml: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut text = String::new();
    for token in tokens(xml) {
        match token {
            Token::Text(words) if text.len() < MOST_TEXT => text += &unescape(words).0,
            Token::Close(name) if name == b"si" => all.push(std::mem::take(&mut text)),
            Token::Open(tag) if tag.is("si") => text.clear(),
            _ => {}
        }
        if all.len() >= MOST_SHARED {
            break;
        }
    }
    all
}

/// The cells of a sheet, a line for each row.
fn cells(xml: &[u8], shared: &[String]) -> String {
    let mut text = String::new();
    let (mut is_shared, mut in_value) = (false, false);
    for token in tokens(xml) {
        if text.len() > MOST_TEXT {
            break;
        }
        match token {
            Token::Open(tag) if tag.is("c") => {
                is_shared = tag.value("t").as_deref() == Some("s");
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\t');
                }
            }
            Token::Open(tag) if tag.is("v") || tag.is("t") => in_value = !tag.empty,
            Token::Close(name) if name == b"v" || name == b"t" => in_value = false,
            Token::Close(name) if name == b"row" => text.push('\n'),
            Token::Text(words) if in_value => {
                let words = unescape(words).0;
                let of = || shared.get(words.trim().parse::<usize>().ok()?);
                match is_shared.then(of).flatten() {
                    Some(words) => text += words,
                    None => text += &words,
                }
            }
            _ => {}
        }
    }
    text
}
