//! How the bytes of a file are text.

/// How the bytes of a file are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, and whatever is nearly UTF-8.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl Encoding {
    /// The encoding of a file that begins with these bytes (four are enough), and the length of its
    /// byte order mark, 0 where there is none.
    pub fn of(head: &[u8]) -> (Encoding, u8) {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
            [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Encoding::Utf16Le, 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Encoding::Utf16Be, 0),
            _ => (Encoding::Utf8, 0),
        }
    }

    /// How many line feeds stand in these bytes, which begin where a character begins.
    pub fn line_feeds(self, bytes: &[u8]) -> u64 {
        let units = |unit: [u8; 2]| {
            let units = bytes.as_chunks::<2>().0.iter();
            units.filter(|pair| **pair == unit).count()
        };
        let count = match self {
            Encoding::Utf8 => memchr::memchr_iter(b'\n', bytes).count(),
            Encoding::Utf16Le => units([b'\n', 0]),
            Encoding::Utf16Be => units([0, b'\n']),
        };
        count as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_feeds_are_those_of_the_text() {
        // U+0A0A and U+0A00 hold the byte of a line feed and are none.
        let text = "a\u{a0a}\n\u{a00}b\r\n\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::Utf8.line_feeds(text.as_bytes()), 3);
        assert_eq!(Encoding::Utf16Le.line_feeds(&le), 3);
        assert_eq!(Encoding::Utf16Be.line_feeds(&be), 3);
    }

    #[test]
    fn the_first_bytes_tell() {
        assert_eq!(Encoding::of(b"\xFF\xFEa\0"), (Encoding::Utf16Le, 2));
        assert_eq!(Encoding::of(b"\0[\x000\x001"), (Encoding::Utf16Be, 0));
        assert_eq!(Encoding::of(b"\xEF\xBB\xBFab"), (Encoding::Utf8, 3));
        assert_eq!(Encoding::of(b"01/02/2021"), (Encoding::Utf8, 0));
        assert_eq!(Encoding::of(b""), (Encoding::Utf8, 0));
    }
}
