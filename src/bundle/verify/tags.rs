//! Tag files as text: `bagit.txt`, the encoding it declares, and lists of labels and values.

/// The version and encoding that `bagit.txt` declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    /// Major and minor number.
    pub(super) version: (u32, u32),
    /// How all other tag files are encoded.
    pub(super) encoding: Encoding,
}

impl Declaration {
    /// Whether the bag is held to RFC 8493 rather than to its drafts.
    pub(super) fn is_final(&self) -> bool {
        self.version >= (1, 0)
    }

    /// The name of the file of labels and values: it was renamed with version 0.96.
    pub(super) fn info_name(&self) -> &'static str {
        if self.version < (0, 96) {
            "package-info.txt"
        } else {
            "bag-info.txt"
        }
    }
}

/// The versions that were ever published and are known here.
const VERSIONS: [(u32, u32); 6] = [(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)];

/// Character encodings of tag files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, which every bag should have; also plain ASCII.
    Utf8,
    /// UTF-16 in the order its byte order mark gives; without one, big-endian (RFC 2781).
    Utf16,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
    /// ISO-8859-1.
    Latin1,
}

impl Encoding {
    fn from_name(name: &str) -> Option<Encoding> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => Encoding::Utf8,
            "UTF-16" => Encoding::Utf16,
            "UTF-16BE" => Encoding::Utf16Be,
            "UTF-16LE" => Encoding::Utf16Le,
            "ISO-8859-1" | "LATIN1" => Encoding::Latin1,
            _ => return None,
        })
    }

    /// The text of a tag file.
    ///
    /// # Errors
    /// What is wrong, where the bytes are not in this encoding.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, &'static str> {
        let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            if !rest.is_empty() {
                return Err("it ends in half a character");
            }
            let units = pairs.iter().map(|pair| read(*pair));
            char::decode_utf16(units)
                .collect::<Result<String, _>>()
                .map_err(|_| "it is not valid UTF-16")
        };
        match self {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err("it is not valid UTF-8"),
            },
            Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Encoding::Utf16 => match bytes {
                [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
                [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
                rest => utf16(rest, u16::from_be_bytes),
            },
        }
    }
}

/// Reads `bagit.txt`.
///
/// Version 1.0 wants exactly two lines, without a blank before the colon or after the value; the
/// drafts were written more loosely, and bags made by them are accepted so.
///
/// # Errors
/// What is wrong with it, in a few words.
pub(super) fn declaration(bytes: &[u8]) -> Result<Declaration, String> {
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err("begins with a byte order mark".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let (label, value) = first.split_once(':').unwrap_or((first, ""));
    if label.trim_end() != "BagIt-Version" {
        return Err("does not begin with BagIt-Version".to_owned());
    }
    let version = version(value.trim()).ok_or("gives no version of the form 1.0")?;
    if !VERSIONS.contains(&version) {
        return Err(format!(
            "gives version {}.{}, which is not known",
            version.0, version.1
        ));
    }
    let (label, name) = second.split_once(':').unwrap_or((second, ""));
    if label.trim_end() != "Tag-File-Character-Encoding" {
        return Err("has no Tag-File-Character-Encoding in its second line".to_owned());
    }
    let encoding = Encoding::from_name(name.trim()).ok_or("gives an encoding that is not known")?;
    let declaration = Declaration { version, encoding };
    if declaration.is_final() {
        let exact = format!(
            "BagIt-Version: {}.{}\nTag-File-Character-Encoding: {}",
            version.0,
            version.1,
            name.trim()
        );
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        if normal.strip_suffix('\n').unwrap_or(&normal) != exact {
            return Err("holds more than its two lines, or blanks where none may be".to_owned());
        }
    }
    Ok(declaration)
}

/// `1.0` as numbers: digits, one dot, digits.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(major) || !digits(minor) {
        return None;
    }
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Labels and values in order, as `bag-info.txt` has them; continued lines are joined by a blank.
///
/// # Errors
/// The number of the first line, counted from 1, that is neither a label with a value nor a
/// continuation.
pub(super) fn labels(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut labels: Vec<(String, String)> = Vec::new();
    for (index, line) in lines(text).enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some((_, value)) = labels.last_mut() else {
                return Err(index + 1);
            };
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        match line.split_once(':') {
            Some((label, value)) if !label.trim().is_empty() => {
                labels.push((label.trim().to_owned(), value.trim().to_owned()));
            }
            _ => return Err(index + 1),
        }
    }
    Ok(labels)
}

/// The lines of a tag file, which may end in LF, CR or CR LF, without a byte order mark.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_strict_from_version_one_on() {
        let good = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
        assert_eq!(
            declaration(good),
            Ok(Declaration {
                version: (1, 0),
                encoding: Encoding::Utf8
            })
        );
        for bad in [
            "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: x\n",
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n",
            "BagIt-Version: 1.1\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 0.97\n",
            "\u{feff}BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 0.97\nTag-File-Character-Encoding: EBCDIC\n",
            "",
        ] {
            assert!(declaration(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(
            declaration(b"BagIt-Version: 0.97 \r\nTag-File-Character-Encoding : UTF-8").is_ok()
        );
    }

    #[test]
    fn labels_may_go_on_over_lines() {
        let text = "A: 1\r\nLong: one\r\n   two\nB : x:y\n\n";
        assert_eq!(
            labels(text).unwrap(),
            [
                ("A".to_owned(), "1".to_owned()),
                ("Long".to_owned(), "one two".to_owned()),
                ("B".to_owned(), "x:y".to_owned()),
            ]
        );
        assert_eq!(labels("A: 1\nno colon\n"), Err(2));
        assert_eq!(labels(" starts indented\n"), Err(1));
    }

    #[test]
    fn encodings_decode_or_say_why_not() {
        assert_eq!(Encoding::Latin1.decode(&[0xe9]).unwrap(), "é");
        assert_eq!(Encoding::Utf16.decode(&[0xff, 0xfe, 0x41, 0]).unwrap(), "A");
        assert!(Encoding::Utf16.decode(&[0xff, 0xfe, 0x41]).is_err());
        assert!(Encoding::Utf8.decode(&[0xff]).is_err());
    }
}
