//! The parts of BagIt (RFC 8493 and its drafts 0.93 to 0.97) that writing and verifying share:
//! checksum algorithms, manifest lines, and how names stand in them.

use crate::text::hex;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// A checksum algorithm of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5: seals nothing today; bags before 1.0 have it.
    Md5,
    /// SHA-1: as MD5.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The algorithm of a manifest's file name: `sha256` of `manifest-sha256.txt`. Letter case and
    /// hyphens do not count (RFC 8493 section 2.4 asks for lower case without hyphens).
    pub fn from_name(name: &str) -> Option<Algorithm> {
        let plain: String = name
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Some(match plain.as_str() {
            "md5" => Algorithm::Md5,
            "sha1" => Algorithm::Sha1,
            "sha224" => Algorithm::Sha224,
            "sha256" => Algorithm::Sha256,
            "sha384" => Algorithm::Sha384,
            "sha512" => Algorithm::Sha512,
            _ => return None,
        })
    }

    /// Whether a forger can make two files with one checksum.
    pub fn is_broken(self) -> bool {
        matches!(self, Algorithm::Md5 | Algorithm::Sha1)
    }

    /// Digits of the checksum in hexadecimal.
    pub fn hex_length(self) -> usize {
        match self {
            Algorithm::Md5 => 32,
            Algorithm::Sha1 => 40,
            Algorithm::Sha224 => 56,
            Algorithm::Sha256 => 64,
            Algorithm::Sha384 => 96,
            Algorithm::Sha512 => 128,
        }
    }
}

/// One running checksum.
pub enum Hasher {
    /// MD5.
    Md5(Md5),
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-224.
    Sha224(Sha224),
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-384.
    Sha384(Sha384),
    /// SHA-512.
    Sha512(Sha512),
}

impl Hasher {
    /// A checksum of nothing yet.
    pub fn new(algorithm: Algorithm) -> Hasher {
        match algorithm {
            Algorithm::Md5 => Hasher::Md5(Md5::new()),
            Algorithm::Sha1 => Hasher::Sha1(Sha1::new()),
            Algorithm::Sha224 => Hasher::Sha224(Sha224::new()),
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha384 => Hasher::Sha384(Sha384::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Md5(hasher) => hasher.update(bytes),
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha224(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha384(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The checksum in lower-case hexadecimal.
    pub fn hex(self) -> String {
        match self {
            Hasher::Md5(hasher) => hex(&hasher.finalize()),
            Hasher::Sha1(hasher) => hex(&hasher.finalize()),
            Hasher::Sha224(hasher) => hex(&hasher.finalize()),
            Hasher::Sha256(hasher) => hex(&hasher.finalize()),
            Hasher::Sha384(hasher) => hex(&hasher.finalize()),
            Hasher::Sha512(hasher) => hex(&hasher.finalize()),
        }
    }
}

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The checksum as written.
    pub checksum: &'a str,
    /// The name as written, before decoding, without the asterisk of the `md5sum` tools.
    pub name: &'a str,
    /// Whether that asterisk stood there.
    pub asterisk: bool,
}

/// Splits a manifest's line at its first run of blanks; `None` where it is not a checksum and a
/// name. The name keeps every other blank it holds.
pub fn manifest_line(line: &str) -> Option<Line<'_>> {
    let (checksum, rest) = line.split_once([' ', '\t'])?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (name, asterisk) = match rest.strip_prefix('*') {
        Some(name) => (name, true),
        None => (rest, false),
    };
    if checksum.is_empty() || name.is_empty() || !checksum.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(Line {
        checksum,
        name,
        asterisk,
    })
}

/// The name a manifest means: `%0A` and `%0D` are line feed and carriage return, and from version
/// 1.0 on `%25` is a percent sign (RFC 8493 section 2.1.3). Any other `%` stands for itself.
pub fn decode_name(name: &str, decode_percent: bool) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let code = after.get(..2).map(str::to_ascii_uppercase);
        let sign = match code.as_deref() {
            Some("0A") => Some('\n'),
            Some("0D") => Some('\r'),
            Some("25") if decode_percent => Some('%'),
            _ => None,
        };
        match sign {
            Some(sign) => {
                decoded.push(sign);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Why a name in a manifest or in `fetch.txt` may not be followed: it leads, or could lead on
/// some system, out of the bag. `None` where it is a plain relative name.
pub fn outside(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    let first = bytes.first().copied();
    if first.is_none() {
        Some("is empty")
    } else if matches!(first, Some(b'/' | b'\\')) {
        Some("is an absolute path")
    } else if first == Some(b'~') {
        Some("begins with a home folder's sign")
    } else if bytes.get(1) == Some(&b':') && first.is_some_and(|b| b.is_ascii_alphabetic()) {
        Some("names a drive")
    } else if name.split(['/', '\\']).any(|part| part == "..") {
        Some("climbs out of its folder")
    } else if name.contains('\0') {
        Some("holds a NUL byte")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_as_the_rfc_says() {
        assert_eq!(decode_name("data/a%0Ab%0dc", true), "data/a\nb\rc");
        assert_eq!(decode_name("data/100%25", true), "data/100%");
        assert_eq!(decode_name("data/100%25", false), "data/100%25");
        assert_eq!(decode_name("data/%7Edir/%", true), "data/%7Edir/%");
        assert_eq!(decode_name("data/%é", true), "data/%é");
        assert_eq!(decode_name("%250A", true), "%0A");
    }

    #[test]
    fn lines_keep_the_blanks_of_names() {
        let line = manifest_line("abc123  data/a  b.txt ").unwrap();
        assert_eq!(line.checksum, "abc123");
        assert_eq!(line.name, "data/a  b.txt ");
        assert!(manifest_line("abc *data/a").unwrap().asterisk);
        assert!(manifest_line("xyz data/a").is_none());
        assert!(manifest_line("abc").is_none());
        assert!(manifest_line("abc  ").is_none());
    }

    #[test]
    fn ways_out_of_the_bag_are_seen() {
        for name in [
            "",
            "/etc/passwd",
            "\\\\server\\x",
            "~/x",
            "~root/x",
            "C:\\x",
            "c:x",
            "../x",
            "data/../../x",
            "data\\..\\x",
            "data/a\0b",
        ] {
            assert!(outside(name).is_some(), "{name:?}");
        }
        for name in ["data/..a", "data/a~", "data/a..", "bagit.txt", "data/a:b"] {
            assert!(outside(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn checksums_of_nothing() {
        for (name, start) in [
            ("md5", "d41d8cd98f00"),
            ("sha1", "da39a3ee5e6b"),
            ("SHA-256", "e3b0c44298fc"),
            ("sha512", "cf83e1357eef"),
        ] {
            let algorithm = Algorithm::from_name(name).unwrap();
            let sum = Hasher::new(algorithm).hex();
            assert!(sum.starts_with(start));
            assert_eq!(sum.len(), algorithm.hex_length());
        }
        assert_eq!(Algorithm::from_name("blake3"), None);
    }
}
