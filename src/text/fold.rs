//! What searching compares: letters without case, accents and invisible characters.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest word, in characters; a longer run of letters is several words in a row.
///
/// The index refuses very long terms. Cutting here, where queries are cut in the same way, loses
/// no hit: such a run is found as a phrase of its pieces.
pub const MAX_WORD_CHARS: usize = 100;

/// The search folding: compatibility forms taken apart, accents and invisible characters removed,
/// lower case, and put together again (so that Korean and Japanese letters stay whole).
///
/// `Straße`, `STRASSE` and `ｓｔｒａｓｓｅ` become the same; so do `Łódź` and `lodz`, `أحمد` and
/// `احمد`. Vowel signs of Indic and South-East Asian scripts are letters and stay. Folding twice
/// gives the same as folding once.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// As [`fold`], after what `out` already holds.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    let letters = text.nfkd().filter(|c| !is_ignored(*c));
    let lower = letters.flat_map(char::to_lowercase).flat_map(base_letters);
    // Lower case may bring accents of its own (İ), and the letters above may, once apart.
    out.extend(lower.nfkd().filter(|c| !is_ignored(*c)).nfc());
}

/// Letters that Unicode does not take apart, though readers do.
fn base_letters(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ø' => ('o', None),
        'đ' | 'ð' => ('d', None),
        'ł' => ('l', None),
        'ħ' => ('h', None),
        'ı' => ('i', None),
        'ς' => ('σ', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// Accents and points, and characters that are invisible or only ask for a shape.
fn is_ignored(c: char) -> bool {
    match c {
        '\0'..='\u{AC}' => false,
        // Combining marks that are accents in every script they are used with.
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}' => true,
        '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}' => true,
        // Hebrew and Syriac points, Arabic vowel signs and the stretching line.
        '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' => true,
        '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' => true,
        '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' => true,
        '\u{6EA}'..='\u{6ED}' | '\u{711}' | '\u{730}'..='\u{74A}' => true,
        // Invisible.
        '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' => true,
        '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => true,
        '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => true,
        '\u{FFA0}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E0FFF}' => true,
        _ => false,
    }
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Its folding; never empty.
    pub folded: String,
}

/// The words of a text in order.
///
/// A word is a run of letters and digits with the accents and invisible characters in between;
/// where words are not set apart by spaces ([`is_unspaced`]) each character is one, and so is each
/// emoji, so that a phrase of them is found wherever it stands. Everything else parts words:
/// `don't` is two, and is found as a phrase of the two.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// See [`words`].
#[derive(Clone, Debug)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    /// The next word: its folding replaces what `folded` holds, its byte range is given. What an
    /// index calls, since it needs no new string for each word.
    pub fn advance(&mut self, folded: &mut String) -> Option<Range<usize>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let ascii = ascii_word(rest);
            let is_ascii = ascii.is_some();
            let word = ascii.or_else(|| any_word(rest))?;
            let range = self.at + word.start..self.at + word.end;
            self.at = range.end;
            folded.clear();
            if is_ascii {
                folded.push_str(rest.get(word)?);
                folded.make_ascii_lowercase();
                return Some(range);
            }
            fold_into(rest.get(word)?, folded);
            if !folded.is_empty() {
                return Some(range);
            }
        }
    }
}

/// What a byte of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Parts,
    Letter,
    NotAscii,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::NotAscii; 256];
    let mut byte = 0;
    while byte < 128 {
        #[allow(clippy::indexing_slicing)]
        {
            classes[byte as usize] = if (byte as u8).is_ascii_alphanumeric() {
                Class::Letter
            } else {
                Class::Parts
            };
        }
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES
        .get(usize::from(byte))
        .copied()
        .unwrap_or(Class::NotAscii)
}

/// The first word, where it is of ASCII alone: most are, and the index reads millions of them.
fn ascii_word(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = bytes.iter().position(|byte| class(*byte) != Class::Parts)?;
    let tail = bytes.get(start..)?;
    let mut letters = tail.iter().take(MAX_WORD_CHARS + 1);
    let length = letters
        .position(|byte| class(*byte) != Class::Letter)
        .unwrap_or(tail.len().min(MAX_WORD_CHARS + 1));
    let ends = tail.get(length).is_none_or(u8::is_ascii);
    (length > 0 && length <= MAX_WORD_CHARS && ends).then_some(start..start + length)
}

/// The first word.
fn any_word(text: &str) -> Option<Range<usize>> {
    let (start, first) = text.char_indices().find(|(_, c)| starts_word(*c))?;
    let after_first = start + first.len_utf8();
    let tail = text.get(after_first..).unwrap_or_default();
    let length = if is_unspaced(first) || is_emoji(first) {
        // Voiced marks of Japanese belong to their letter.
        tail.find(|c| !is_voicing(c))
    } else {
        let goes_on = |c| (starts_word(c) && !is_unspaced(c) && !is_emoji(c)) || joins_word(c);
        tail.char_indices()
            .enumerate()
            .find(|(count, (_, c))| *count + 1 >= MAX_WORD_CHARS || !goes_on(*c))
            .map(|(_, (at, _))| at)
    };
    Some(start..length.map_or(text.len(), |length| after_first + length))
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let mut folded = String::new();
        let range = self.advance(&mut folded)?;
        Some(Word { range, folded })
    }
}

fn starts_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || is_emoji(c) || (is_unspaced(c) && is_combining_mark(c))
}

fn joins_word(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || is_ignored(c))
}

fn is_voicing(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309A}' | '\u{FF9E}' | '\u{FF9F}')
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B50}' | '\u{2B55}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}')
}

/// Whether a character is of a script that is written without spaces between words: Han, kana,
/// Bopomofo, Thai, Lao, Myanmar, Khmer, the Tai scripts, Javanese.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E01}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{1950}'..='\u{19DF}' | '\u{1A20}'..='\u{1AAF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{312F}'
        | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A980}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{1B000}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<String> {
        words(text).map(|word| word.folded).collect()
    }

    #[test]
    fn what_readers_call_the_same_folds_alike() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("Łódź", "lodz"),
            ("Crème Brûlée", "creme brulee"),
            ("ｂｕｄｇｅｔ", "budget"),
            ("İstanbul", "istanbul"),
            ("ISPARTA", "ısparta"),
            ("أحمد", "احمد"),
            ("ΣΊΣΥΦΟΣ", "σισυφος"),
            ("of\u{200b}fic\u{ad}ial", "official"),
            ("ﬁle", "file"),
            ("ｶﾞ", "ガ"),
            ("Nguyễn", "nguyen"),
            ("מִשְׁפָּט", "משפט"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn letters_stay_letters() {
        assert_ne!(fold("が"), fold("か"));
        assert_eq!(fold("각"), "각");
        assert_ne!(fold("कि"), fold("क"));
    }

    #[test]
    fn every_character_folds_once() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn words_of_several_scripts() {
        assert_eq!(
            split("Don't be late: 10:30!"),
            ["don", "t", "be", "late", "10", "30"]
        );
        assert_eq!(split("Zoë's Café"), ["zoe", "s", "cafe"]);
        assert_eq!(split("会議 ok です"), ["会", "議", "ok", "で", "す"]);
        assert_eq!(split("ประชุม").len(), 6);
        assert_eq!(split("회의록 확인"), ["회의록", "확인"]);
        assert_eq!(split("yes👍🏽👍"), ["yes", "👍", "👍"]);
        assert_eq!(split("of\u{200b}ficial"), ["official"]);
        assert_eq!(split("ｶﾞﾗｽ"), split("ガラス"));
        assert_eq!(split(" \u{301} -- "), [""; 0]);
    }

    #[test]
    fn ranges_point_into_the_text() {
        let text = "«Ünited» 会x";
        let found: Vec<_> = words(text).filter_map(|w| text.get(w.range)).collect();
        assert_eq!(found, ["Ünited", "会", "x"]);
    }

    #[test]
    fn long_runs_are_cut_as_queries_are() {
        let text = "a".repeat(MAX_WORD_CHARS * 2 + 1);
        let lengths: Vec<_> = words(&text).map(|w| w.folded.len()).collect();
        assert_eq!(lengths, [MAX_WORD_CHARS, MAX_WORD_CHARS, 1]);
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn the_short_way_finds_the_same_words(text in "[ -~é会\u{301}]{0,40}|[a-z]{90,210}") {
            if let Some(word) = ascii_word(&text) {
                prop_assert_eq!(Some(word), any_word(&text));
            }
        }

        #[test]
        fn words_are_in_order_and_never_empty(text in any::<String>()) {
            let mut end = 0;
            for word in words(&text) {
                prop_assert!(word.range.start >= end && word.range.end > word.range.start);
                prop_assert!(text.get(word.range.clone()).is_some());
                prop_assert!(!word.folded.is_empty());
                end = word.range.end;
            }
        }
    }
}
