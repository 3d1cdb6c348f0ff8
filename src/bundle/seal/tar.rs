//! A tar of plain files (POSIX.1-1988, `ustar`), which every system unpacks; and what is written
//! here, read again as it comes.

use std::io::{self, Read, Write};

/// A tar is made of blocks of so many bytes.
const BLOCK: u64 = 512;

/// The largest size that is written in octal; from there on in base 256, as GNU and BSD do.
const LARGEST_OCTAL: u64 = 0o777_7777_7777;

/// What the folder in the tar is called: the target's name without the endings of such files, of
/// plain signs alone.
pub(crate) fn folder(target: &str) -> String {
    let name = target.strip_suffix(".age").unwrap_or(target);
    let name = name.strip_suffix(".tar").unwrap_or(name);
    if name.trim_matches('.').is_empty() {
        return "bundle".to_owned();
    }
    crate::text::file_name(name).chars().take(60).collect()
}

/// Adds a file of exactly `size` bytes.
///
/// # Errors
/// When the name is too long, the file is not as long as it was, or either side refuses.
pub(crate) fn file(to: &mut impl Write, name: &str, size: u64, from: impl Read) -> io::Result<()> {
    to.write_all(&header(name, size)?)?;
    let copied = io::copy(&mut from.take(size), to)?;
    if copied != size {
        return Err(io::Error::other(
            "a file became shorter while it was packed",
        ));
    }
    let filling = size.next_multiple_of(BLOCK).saturating_sub(size);
    io::copy(&mut io::repeat(0).take(filling), to).map(|_| ())
}

/// Ends the tar: two empty blocks.
///
/// # Errors
/// When `to` refuses.
pub(crate) fn end(to: &mut impl Write) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(BLOCK * 2), to).map(|_| ())
}

/// The block before a file: for its owner alone, of no moment.
fn header(name: &str, size: u64) -> io::Result<Vec<u8>> {
    let (prefix, name) =
        split(name).ok_or_else(|| io::Error::other("the name of a file is too long for a tar"))?;
    let mut fields: Vec<(usize, Vec<u8>)> = vec![
        (100, name.as_bytes().to_vec()),
        (8, b"0000600\0".to_vec()),
        (8, b"0000000\0".to_vec()),
        (8, b"0000000\0".to_vec()),
    ];
    let length = match size {
        0..=LARGEST_OCTAL => format!("{size:011o}\0").into_bytes(),
        large => {
            let mut bytes = vec![0x80, 0, 0, 0];
            bytes.extend(large.to_be_bytes());
            bytes
        }
    };
    fields.push((12, length));
    fields.push((12, b"00000000000\0".to_vec()));
    // The sum is taken with blanks in its own place.
    fields.push((8, b"        ".to_vec()));
    fields.push((1, b"0".to_vec()));
    fields.push((100, Vec::new()));
    fields.push((8, b"ustar\x0000".to_vec()));
    fields.extend([(32, Vec::new()), (32, Vec::new())]);
    fields.push((8, b"0000000\0".to_vec()));
    fields.push((8, b"0000000\0".to_vec()));
    fields.push((155, prefix.as_bytes().to_vec()));
    fields.push((12, Vec::new()));
    let mut block = Vec::with_capacity(512);
    for (width, mut field) in fields {
        field.resize(width, 0);
        block.extend(field);
    }
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    if let Some(place) = block.get_mut(148..156) {
        place.copy_from_slice(sum.as_bytes());
    }
    Ok(block)
}

/// The next file of a tar as [`file`] writes it: its name and its size; `None` at the end, after
/// which nothing may follow. The caller reads exactly `size` bytes, then calls [`fill`].
///
/// # Errors
/// When it is no such tar: strict, because what docket did not write is not put back by it.
pub(crate) fn next(from: &mut impl Read) -> io::Result<Option<(String, u64)>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut block = [0_u8; 512];
    from.read_exact(&mut block)?;
    if block == [0; 512] {
        from.read_exact(&mut block)?;
        let rest = io::copy(&mut from.take(1), &mut io::sink())?;
        return match (block == [0; 512], rest) {
            (true, 0) => Ok(None),
            _ => Err(wrong("something follows its end")),
        };
    }
    let text = |from: usize, to: usize| -> io::Result<&str> {
        let bytes = block.get(from..to).unwrap_or_default();
        let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| wrong("a name in it is no text"))
    };
    let (name, prefix) = (text(0, 100)?, text(345, 500)?);
    let name = match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}/{name}"),
    };
    let size = match block.get(124..136) {
        Some([0x80, 0, 0, 0, large @ ..]) => {
            large.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b))
        }
        _ => u64::from_str_radix(text(124, 135)?, 8).map_err(|_| wrong("a size in it is none"))?,
    };
    // One form alone is written, so one form alone is read.
    match header(&name, size) {
        Ok(written) if written == block => Ok(Some((name, size))),
        _ => Err(wrong("a block of it is not as docket writes it")),
    }
}

/// Reads what fills the last block of a file of this size.
///
/// # Errors
/// When it is cut off, or holds something.
pub(crate) fn fill(from: &mut impl Read, size: u64) -> io::Result<()> {
    let mut filling = Vec::new();
    let length = size.next_multiple_of(BLOCK).saturating_sub(size);
    from.take(length).read_to_end(&mut filling)?;
    if filling.len() as u64 != length || filling.iter().any(|byte| *byte != 0) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// A name in two parts where it is longer than the place for it.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= 100 {
        return Some(("", name));
    }
    name.match_indices('/')
        .filter_map(|(at, _)| Some((name.get(..at)?, name.get(at + 1..)?)))
        .find(|(prefix, rest)| prefix.len() <= 155 && rest.len() <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_called_after_the_target() {
        assert_eq!(folder("handover.tar.age"), "handover");
        assert_eq!(folder("Übergabe 7.age"), folder("Übergabe 7"));
        assert_eq!(folder(".tar.age"), "bundle");
        assert!(!folder("../x").contains('/'));
    }

    #[test]
    fn long_names_are_split_at_a_slash() {
        let long = format!("{}/{}", "a".repeat(120), "b".repeat(90));
        assert_eq!(split(&long).unwrap().1, "b".repeat(90));
        assert!(split(&"a".repeat(101)).is_none());
    }

    #[test]
    fn a_file_is_a_header_and_whole_blocks() {
        let mut out = Vec::new();
        file(&mut out, "x/y", 3, &b"abc"[..]).unwrap();
        end(&mut out).unwrap();
        assert_eq!(out.len(), 512 * 4);
        assert!(file(&mut out, "x/y", 4, &b"abc"[..]).is_err());
        assert_eq!(header("x", 1 << 40).unwrap()[124], 0x80);
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let long = format!("{}/{}", "a".repeat(120), "b".repeat(90));
        let mut out = Vec::new();
        file(&mut out, "x/y", 3, &b"abc"[..]).unwrap();
        file(&mut out, &long, 512, &[7; 512][..]).unwrap();
        end(&mut out).unwrap();
        let read = |bytes: &[u8]| -> io::Result<Vec<String>> {
            let mut from = bytes;
            let mut names = Vec::new();
            while let Some((name, size)) = next(&mut from)? {
                io::copy(&mut (&mut from).take(size), &mut io::sink())?;
                fill(&mut from, size)?;
                names.push(name);
            }
            Ok(names)
        };
        assert_eq!(read(&out).unwrap(), ["x/y".to_owned(), long]);
        for cut in 0..out.len() {
            assert!(read(&out[..cut]).is_err(), "{cut}");
        }
        assert!(read(&[&out[..], b"x"].concat()).is_err());
        for at in (0..512).chain(515..1536).chain(2048..out.len()) {
            let mut other = out.clone();
            other[at] ^= 1;
            assert!(read(&other).is_err(), "{at}");
        }
        for size in [LARGEST_OCTAL, LARGEST_OCTAL + 1, 1 << 40] {
            let block = header("x", size).unwrap();
            assert_eq!(next(&mut &block[..]).unwrap(), Some(("x".into(), size)));
        }
    }
}
