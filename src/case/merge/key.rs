//! The key of a text: what two exports write alike has the same.

use super::differ;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

/// The key of a text that two exports write alike: invisible marks left out, white space as one
/// space.
pub(super) fn key(text: &str) -> u64 {
    if is_plain(text.as_bytes()) {
        return hashed(text.as_bytes());
    }
    let mut hasher = DefaultHasher::new();
    let mut some = [0; 256];
    let mut len = 0;
    differ::each_plain(text, |run| {
        for piece in run.as_bytes().chunks(some.len()) {
            if some.len() - len < piece.len() {
                hasher.write(some.get(..len).unwrap_or_default());
                len = 0;
            }
            if let Some(room) = some.get_mut(len..len + piece.len()) {
                room.copy_from_slice(piece);
                len += piece.len();
            }
        }
    });
    hasher.write(some.get(..len).unwrap_or_default());
    hasher.finish()
}

pub(super) fn hashed(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

/// Whether a text is of visible ASCII and single spaces between words: most are.
pub(super) fn is_plain(text: &[u8]) -> bool {
    // Each looks at all bytes, many at once; to stop at the first that differs takes longer.
    let visible = |all, byte: &u8| all & (b' '..=b'\x7F').contains(byte);
    let gap = |any, (one, next): (&u8, &u8)| any | ((*one == b' ') & (*next == b' '));
    let ends = (text.first(), text.last());
    !matches!(ends, (None | Some(b' '), _) | (_, Some(b' ')))
        && text.iter().fold(true, visible)
        && !text
            .iter()
            .zip(text.get(1..).unwrap_or_default())
            .fold(false, gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However a key is made, it is that of the text without what exports write otherwise.
        #[test]
        fn a_key_is_of_the_plain_text(text in "([a-c]{0,9}| |  |\t|\u{7F}|\u{200E}|é|😀){0,12}") {
            let plain = differ::plain(&text);
            prop_assert_eq!(key(&text), hashed(plain.as_bytes()));
            prop_assert!(!is_plain(text.as_bytes()) || plain == text);
        }
    }
}
