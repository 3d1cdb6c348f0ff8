//! Hostile versions of clean exports: bytes changed, cut, doubled and moved, and put in what has
//! broken readers elsewhere. A zip is changed as a file, or in one of the files that it holds.

use crate::dice::Dice;
use std::io::{Cursor, Read, Write};

/// What is put in: controls, marks that turn the order of reading, broken encodings, numbers at
/// the edge, openings without an end, and the separators of each format in the wrong place.
const TOKENS: &[&[u8]] = &[
    b"\0",
    b"\x1b]0;title\x07",
    b"\x1b[2J\x1b]52;c;aGVsbG8=\x07",
    b"\xc2\x9b31m",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u{202e}gpj.exe".as_bytes(),
    "\u{2066}\u{200b}\u{e0041}".as_bytes(),
    b"99999999999999999999",
    b"-9223372036854775808",
    b"1e999",
    b"0000-00-00T99:99:99Z",
    b"31/02/2021, 25:61 - ",
    b"29/02/1900, 12:00 am - x: ",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":{\"a\":",
    b"\\ud83d",
    b"\\u0000",
    b"}{",
    b"]]>",
    b"<!DOCTYPE x [<!ENTITY a \"&a;&a;\">]>&a;",
    b"&#x110000;&#0;",
    b"<div><div><div><p><table><tr>",
    b"</div></div></html>",
    b"\r",
    b"\r\n\r\n",
    b"\nFrom x@example.org Thu Jan  1 00:00:00 1970\n",
    b"\nContent-Type: multipart/mixed; boundary=\"\"\n\n",
    b"\nContent-Type: message/rfc822\n\n",
    b"\nContent-Transfer-Encoding: base64\n\n====",
    b"=?utf-7?B?//8=?= =?x?Q?=",
    b"\"\"\"\",\"",
    b",,,,,,,,\n",
    b"../../../../etc/passwd",
    b"PK\x03\x04",
    b"PK\x05\x06\0\0\0\0",
];

/// A hostile version of these bytes; `other` is a second clean export to take pieces from.
pub fn mutate(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    if bytes.starts_with(b"PK\x03\x04")
        && !dice.once_in(3)
        && let Some(changed) = entry_changed(bytes, other, dice)
    {
        return changed;
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        step(&mut bytes, other, dice);
    }
    bytes
}

/// The start of a stretch, and its end; lengths are short more often than long.
fn stretch(length: usize, dice: &mut Dice) -> (usize, usize) {
    let from = dice.place(length + 1);
    let long = 1 << dice.below(16);
    let until = from + dice.place(long.min(length - from) + 1);
    (from, until)
}

fn step(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let (from, until) = stretch(bytes.len(), dice);
    match dice.below(11) {
        0 | 1 if !bytes.is_empty() => {
            let at = dice.place(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        2 if !bytes.is_empty() => {
            let at = dice.place(bytes.len());
            bytes[at] = dice.next() as u8;
        }
        3 => drop(bytes.drain(from..until)),
        4 => {
            let piece = bytes[from..until].to_vec();
            let at = dice.place(bytes.len() + 1);
            bytes.splice(at..at, piece);
        }
        5 => bytes.truncate(from),
        6 => {
            let (from, until) = stretch(other.len(), dice);
            let at = dice.place(bytes.len() + 1);
            bytes.splice(at..at, other[from..until].iter().copied());
        }
        7 => {
            // A number becomes another one.
            let digit = |at: &usize| bytes[*at].is_ascii_digit();
            if let Some(at) = (from..bytes.len()).find(digit) {
                let end = (at..bytes.len())
                    .find(|at| !digit(at))
                    .unwrap_or(bytes.len());
                let number: &[u8] = dice.one::<&[u8]>(&[
                    b"0",
                    b"-1",
                    b"4294967296",
                    b"99999999999999999999",
                    b"1e400",
                ]);
                bytes.splice(at..end, number.iter().copied());
            }
        }
        8 => {
            // A short piece, very often.
            let piece = bytes[from..until.min(from + 40)].to_vec();
            let times = 1 << dice.below(12);
            bytes.splice(from..from, piece.repeat(times));
        }
        _ => {
            let token = *dice.one::<&[u8]>(TOKENS);
            let times = if dice.once_in(8) { 2000 } else { 1 };
            bytes.splice(from..from, token.repeat(times));
        }
    }
}

/// The zip again, with one of its files changed; nothing where it is no sound zip.
fn entry_changed(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let which = dice.place(from.len());
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        if at != which {
            to.raw_copy_file(from.by_index_raw(at).ok()?).ok()?;
            continue;
        }
        let mut content = Vec::new();
        let mut entry = from.by_index(at).ok()?;
        let name = entry.name().ok()?.into_owned();
        entry.read_to_end(&mut content).ok()?;
        for _ in 0..=dice.below(4) {
            step(&mut content, other, dice);
        }
        let options = zip::write::SimpleFileOptions::default();
        to.start_file(name, options).ok()?;
        to.write_all(&content).ok()?;
    }
    Some(to.finish().ok()?.into_inner())
}
