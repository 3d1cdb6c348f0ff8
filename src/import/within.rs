//! Attachments that stand inside another item, read again from it.

use super::{Export, ReadError};
use crate::model::{Encoding, Within};
use std::io::{self, Read};

/// The bytes of an attachment, decoded as they are read, from the export it stands in.
///
/// # Errors
/// As [`Export::open_from`].
pub fn open(export: &Export, within: Within) -> Result<Box<dyn Read + Send>, ReadError> {
    let item = export.open_from(within.item, within.span.offset)?;
    let encoded = item.take(u64::from(within.span.length));
    Ok(match within.encoding {
        Encoding::Plain => Box::new(encoded),
        Encoding::Base64 => Box::new(Decoded::new(encoded, Base64::default())),
        Encoding::QuotedPrintable => Box::new(Decoded::new(encoded, QuotedPrintable::default())),
        Encoding::Escaped => Box::new(Decoded::new(encoded, Escaped::default())),
    })
}

/// Bytes that are in memory, decoded.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    let mut run = |decoder: &mut dyn Decode| {
        decoder.feed(bytes, &mut out);
        decoder.end(&mut out);
    };
    match encoding {
        Encoding::Plain => return bytes.to_vec(),
        Encoding::Base64 => run(&mut Base64::default()),
        Encoding::QuotedPrintable => run(&mut QuotedPrintable::default()),
        Encoding::Escaped => run(&mut Escaped::default()),
    }
    out
}

/// A decoder that is fed piece by piece.
pub(super) trait Decode {
    /// Takes the next bytes and appends what they give.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>);
    /// Appends what the end of the input gives.
    fn end(&mut self, out: &mut Vec<u8>);
}

struct Decoded<R, D> {
    input: R,
    decoder: D,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R, D> Decoded<R, D> {
    fn new(input: R, decoder: D) -> Decoded<R, D> {
        Decoded {
            input,
            decoder,
            ready: Vec::new(),
            given: 0,
            ended: false,
        }
    }
}

impl<R: Read, D: Decode> Read for Decoded<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.ready.clear();
            self.given = 0;
            let mut piece = [0; 1 << 13];
            let count = self.input.read(&mut piece)?;
            match piece.get(..count) {
                Some([]) | None => {
                    self.decoder.end(&mut self.ready);
                    self.ended = true;
                }
                Some(bytes) => self.decoder.feed(bytes, &mut self.ready),
            }
        }
        let mut rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

/// Base64 as mail and backups write it: line ends and other foreign bytes are passed over, and
/// so are XML references, whose digits would else read as data.
#[derive(Default)]
pub(super) struct Base64 {
    bits: u32,
    held: u8,
    reference: bool,
}

impl Decode for Base64 {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if self.reference {
                self.reference = byte != b';';
                continue;
            }
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => {
                    // Padding ends a unit: mail that was joined from pieces goes on after it.
                    self.bits = 0;
                    self.held = 0;
                    continue;
                }
                b'&' => {
                    self.reference = true;
                    continue;
                }
                _ => continue,
            };
            self.bits = (self.bits << 6) | u32::from(value);
            self.held += 6;
            if self.held >= 8 {
                self.held -= 8;
                out.push((self.bits >> self.held) as u8);
                self.bits &= (1 << self.held) - 1;
            }
        }
    }

    fn end(&mut self, _: &mut Vec<u8>) {}
}

/// Quoted-printable: `=XX` is a byte, `=` at the end of a line joins it to the next. What is
/// neither stands as written.
#[derive(Default)]
struct QuotedPrintable {
    held: Vec<u8>,
}

impl Decode for QuotedPrintable {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if self.held.is_empty() {
                match byte {
                    b'=' => self.held.push(byte),
                    _ => out.push(byte),
                }
                continue;
            }
            self.held.push(byte);
            match self.held.as_slice() {
                [_, b'\n'] | [_, b'\r', b'\n'] => self.held.clear(),
                [_, b'\r'] => {}
                [_, high] if high.is_ascii_hexdigit() => {}
                [_, high, low] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        self.held.clear();
                    }
                    _ => self.give_up(out),
                },
                _ => self.give_up(out),
            }
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }
}

impl QuotedPrintable {
    /// What was held is no code: it stands as written, except that a new `=` may begin one.
    fn give_up(&mut self, out: &mut Vec<u8>) {
        let last = self.held.pop();
        out.append(&mut self.held);
        match last {
            Some(b'=') => self.held.push(b'='),
            Some(byte) => out.push(byte),
            None => {}
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Text with XML references. It is decoded as a whole at the end: such attachments are contact
/// cards and the like, and a pair of references may make one character.
#[derive(Default)]
struct Escaped {
    held: Vec<u8>,
}

impl Decode for Escaped {
    fn feed(&mut self, bytes: &[u8], _: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(super::markup::unescape(&self.held).0.as_bytes());
        self.held = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use proptest::prelude::*;

    fn read(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("item");
        let mut item = b"before".to_vec();
        item.extend_from_slice(bytes);
        item.extend_from_slice(b"QUJD after");
        std::fs::write(&path, &item).unwrap();
        let export = Export::from_file(&path, "item").unwrap();
        let within = Within {
            item: 0,
            span: Span {
                offset: 6,
                length: bytes.len() as u32,
            },
            encoding,
        };
        let mut out = Vec::new();
        open(&export, within)
            .unwrap()
            .read_to_end(&mut out)
            .unwrap();
        out
    }

    #[test]
    fn known_encodings() {
        assert_eq!(read(b"as it is", Encoding::Plain), b"as it is");
        assert_eq!(read(b"TWFu\r\nTWE=\r\n", Encoding::Base64), b"ManMa");
        assert_eq!(read(b"TW&#10;Fu", Encoding::Base64), b"Man");
        assert_eq!(read(b"TQ==TQ==", Encoding::Base64), b"MM");
        assert_eq!(
            read(
                b"caf=C3=A9 =\r\n1=3d1 =zz ==41 =",
                Encoding::QuotedPrintable
            ),
            "caf\u{e9} 1=1 =zz =A =".as_bytes()
        );
        assert_eq!(
            read(b"a&#10;b &#55357;&#56841;", Encoding::Escaped),
            "a\nb \u{1F609}".as_bytes()
        );
    }

    /// Written by hand so that the decoder is held against another hand's work.
    pub(crate) fn encode(bytes: &[u8]) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in bytes.chunks(3) {
            let mut bits = 0u32;
            for index in 0..3 {
                bits = bits << 8 | u32::from(three.get(index).copied().unwrap_or(0));
            }
            for index in 0..4 {
                if index <= three.len() {
                    out.push(SIGNS[(bits >> (18 - 6 * index) & 63) as usize] as char);
                } else {
                    out.push('=');
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn base64_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..20_000)) {
            prop_assert_eq!(read(encode(&bytes).as_bytes(), Encoding::Base64), bytes);
        }

        #[test]
        fn quoted_printable_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..9_000)) {
            let coded: String = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
            prop_assert_eq!(read(coded.as_bytes(), Encoding::QuotedPrintable), bytes);
        }
    }
}
