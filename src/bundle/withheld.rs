//! The last look before a bundle is finished: searches what was written for what must not leave.
//!
//! Every text is reduced to its bytes without blanks, controls, quotation marks and the `>` of
//! quoted mail, so that indents, line ends, answers and the doubled quotes of tables hide nothing. A withheld text is then known
//! by one window of its bytes, chosen where the fewest others have the same; each byte that leaves
//! moves a window of the same length over a table of them, and a hit is compared in full. Most
//! texts are known by a window of sixteen bytes, which few sentences share; short ones by one of
//! eight. The table takes some 50 bytes for each withheld text whatever its length, so a million of
//! them fit, and time goes with the bytes that leave.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};

/// Bytes of the windows. What is shorter than the last, reduced, is not searched for.
const WIDTHS: [usize; 2] = [16, 8];

/// Bytes of a file that are read at once.
const CHUNK: usize = 1 << 20;

/// How many places of a text are tried for its window.
const PLACES: usize = 8;

/// Whether a byte counts.
fn counts(byte: u8) -> bool {
    !(byte.is_ascii_whitespace() || byte.is_ascii_control() || matches!(byte, b'"' | b'\'' | b'>'))
}

/// Whether the reduced bytes begin with this text, reduced.
fn starts_with_reduced(here: &[u8], text: &[u8]) -> bool {
    let mut here = here.iter();
    text.iter()
        .filter(|byte| counts(**byte))
        .all(|byte| here.next() == Some(byte))
}

/// A text without what does not count.
fn reduced(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| counts(*byte)).collect()
}

/// Gives a text again by its number.
pub(super) type TextOf<'f, 't> = &'f dyn Fn(u32) -> Option<Cow<'t, str>>;

/// Withheld texts. What each is is a number of the caller's.
pub(super) struct Withheld {
    /// Texts by the window they are known by, for each width.
    windows: [Windows; WIDTHS.len()],
    /// Bytes of the longest text, reduced.
    longest: usize,
}

impl Default for Withheld {
    fn default() -> Withheld {
        Withheld {
            windows: WIDTHS.map(Windows::new),
            longest: 0,
        }
    }
}

impl Withheld {
    /// Adds a text; tells whether it is long enough to be searched for.
    pub(super) fn add(&mut self, number: u32, text: &[u8]) -> bool {
        let text = reduced(text);
        self.longest = self.longest.max(text.len());
        self.windows
            .iter_mut()
            .any(|windows| windows.add(number, &text))
    }

    /// Bytes of the longest text, without what does not count.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Takes texts out again.
    pub(super) fn forget(&mut self, said: &dyn Fn(u32) -> bool) {
        for windows in &mut self.windows {
            for texts in windows.texts.values_mut() {
                texts.retain(|(number, _)| !said(*number));
            }
            windows.texts.retain(|_, texts| !texts.is_empty());
            windows.sieve.clear();
        }
    }

    /// Looks for the texts in these bytes. Calls `found` with the number of each text that stands
    /// there whole; a text may be found several times. `text_of` gives a text again.
    pub(super) fn search(
        &mut self,
        bytes: &[u8],
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        self.search_reduced(&reduced(bytes), text_of, found);
    }

    /// As [`Withheld::search`], over a file of any size in bounded memory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn search_stream(
        &mut self,
        mut file: impl Read,
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        let mut haystack: Vec<u8> = Vec::new();
        loop {
            let count = match file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            // A text that began before this chunk can be as long as the longest of all.
            let keep = haystack.len().saturating_sub(self.longest);
            haystack.drain(..keep);
            let bytes = buffer.get(..count).unwrap_or_default();
            haystack.extend(bytes.iter().copied().filter(|byte| counts(*byte)));
            self.search_reduced(&haystack, text_of, found);
        }
    }

    fn search_reduced(
        &mut self,
        haystack: &[u8],
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        for windows in &mut self.windows {
            windows.search(haystack, text_of, found);
        }
    }
}

/// Texts known by windows of one width.
struct Windows {
    width: usize,
    /// The bits of a window.
    mask: u128,
    /// Which texts have a window, and where in the reduced text it begins.
    texts: HashMap<u128, Vec<(u32, u32)>>,
    /// A bit for each value of a window's mixed bits: most windows are turned away here.
    sieve: Vec<u64>,
}

impl Windows {
    fn new(width: usize) -> Windows {
        Windows {
            width,
            mask: u128::MAX >> (128 - 8 * width),
            texts: HashMap::new(),
            sieve: Vec::new(),
        }
    }

    /// Adds a reduced text; tells whether it is long enough for a window.
    fn add(&mut self, number: u32, text: &[u8]) -> bool {
        let Some(last) = text.len().checked_sub(self.width) else {
            return false;
        };
        let mut best: Option<(usize, usize, u128)> = None;
        for place in 0..PLACES {
            let at = last * place / (PLACES - 1);
            let window = self.window(text.get(at..).unwrap_or_default());
            let load = self.texts.get(&window).map_or(0, Vec::len);
            if best.is_none_or(|(least, _, _)| load < least) {
                best = Some((load, at, window));
            }
            if load == 0 {
                break;
            }
        }
        let Some((_, at, window)) = best else {
            return false;
        };
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.texts.entry(window).or_default().push((number, at));
        self.sieve.clear();
        true
    }

    /// The window at the start of these bytes.
    fn window(&self, text: &[u8]) -> u128 {
        let join = |window, byte: &u8| window << 8 | u128::from(*byte);
        text.iter().take(self.width).fold(0, join)
    }

    fn search(&mut self, haystack: &[u8], text_of: TextOf<'_, '_>, found: &mut dyn FnMut(u32)) {
        if self.texts.is_empty() {
            return;
        }
        self.make_sieve();
        let mut window = 0_u128;
        for (at, byte) in haystack.iter().enumerate() {
            window = (window << 8 | u128::from(*byte)) & self.mask;
            let Some(start) = (at + 1).checked_sub(self.width) else {
                continue;
            };
            if !self.may_hold(window) {
                continue;
            }
            for (number, offset) in self.texts.get(&window).into_iter().flatten() {
                let from = start.checked_sub(usize::try_from(*offset).unwrap_or(usize::MAX));
                let here = from.and_then(|from| haystack.get(from..));
                if let (Some(here), Some(text)) = (here, text_of(*number))
                    && starts_with_reduced(here, text.as_bytes())
                {
                    found(*number);
                }
            }
        }
    }

    fn make_sieve(&mut self) {
        if !self.sieve.is_empty() {
            return;
        }
        // Sixteen bits for each window, a power of two in all.
        let bits = self.texts.len().saturating_mul(16).next_power_of_two();
        self.sieve = vec![0; bits.div_ceil(64).max(1)];
        for window in self.texts.keys() {
            let (word, bit) = self.place(*window);
            if let Some(word) = self.sieve.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn place(&self, window: u128) -> (usize, u64) {
        // Multiplication by an odd constant spreads the bits (Knuth, volume 3, section 6.4).
        let folded = (window as u64) ^ ((window >> 64) as u64).rotate_left(29);
        let mixed = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let word = usize::try_from(mixed >> 20).unwrap_or(0) & (self.sieve.len() - 1);
        (word, 1 << (mixed >> 58))
    }

    fn may_hold(&self, window: u128) -> bool {
        let (word, bit) = self.place(window);
        self.sieve.get(word).is_some_and(|word| word & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(texts: &[&str], haystack: &str) -> Vec<u32> {
        let mut withheld = Withheld::default();
        for (number, text) in (0..).zip(texts) {
            withheld.add(number, text.as_bytes());
        }
        let text_of = |n: u32| Some(Cow::from(texts.get(n as usize)?.to_string()));
        let mut hits = Vec::new();
        withheld.search(haystack.as_bytes(), &text_of, &mut |n| hits.push(n));
        hits
    }

    #[test]
    fn indents_line_ends_and_quotes_hide_nothing() {
        let text = "dinner at \"Luigi's\"\nat eight, bring Tom";
        assert_eq!(
            found(
                &[text],
                "x\n    dinner at \"\"Luigi's\"\"\r\n    at eight, bring Tom\n"
            ),
            [0]
        );
        assert!(found(&[text], "dinner at Luigi's at eight, bring Tim").is_empty());
    }

    #[test]
    fn short_texts_are_not_searched_for() {
        assert!(!Withheld::default().add(1, b"shorter"));
        assert!(!Withheld::default().add(1, b"a                              b"));
    }

    #[test]
    fn what_is_forgotten_is_not_found() {
        let mut withheld = Withheld::default();
        let texts = [
            "this one is said elsewhere too",
            "this one is said nowhere else",
        ];
        for (number, text) in (0..).zip(texts) {
            assert!(withheld.add(number, text.as_bytes()));
        }
        withheld.forget(&|number| number == 0);
        let text_of = |n: u32| Some(Cow::from(texts.get(n as usize)?.to_string()));
        let mut hits = Vec::new();
        withheld.search(texts.concat().as_bytes(), &text_of, &mut |n| hits.push(n));
        assert_eq!(hits, [1]);
    }

    proptest! {
        #[test]
        fn a_stream_in_pieces_holds_what_the_whole_holds(
            texts in proptest::collection::vec("[ab ]{20,60}", 1..10),
            cuts in proptest::collection::vec(1_usize..30, 1..20),
        ) {
            struct Pieces<'a>(&'a [u8], std::vec::IntoIter<usize>);
            impl Read for Pieces<'_> {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    let count = self.1.next().unwrap_or(7).min(self.0.len());
                    buffer[..count].copy_from_slice(&self.0[..count]);
                    self.0 = &self.0[count..];
                    Ok(count)
                }
            }
            let mut withheld = Withheld::default();
            for (number, text) in (0..).zip(&texts) {
                withheld.add(number, text.as_bytes());
            }
            let text_of = |n: u32| Some(Cow::from(texts.get(n as usize)?.to_string()));
            let haystack = texts.concat();
            let (mut whole, mut pieces) = (Vec::new(), Vec::new());
            withheld.search(haystack.as_bytes(), &text_of, &mut |n| whole.push(n));
            let stream = Pieces(haystack.as_bytes(), cuts.into_iter());
            withheld.search_stream(stream, &text_of, &mut |n| pieces.push(n)).unwrap();
            whole.sort_unstable();
            whole.dedup();
            pieces.sort_unstable();
            pieces.dedup();
            prop_assert_eq!(whole, pieces);
        }

        #[test]
        fn every_text_is_found_where_it_stands(
            texts in proptest::collection::vec("[ab ]{20,60}", 1..40),
            before in "[ab ]{0,40}",
            after in "[ab ]{0,40}",
        ) {
            let list: Vec<&str> = texts.iter().map(String::as_str).collect();
            for (number, text) in (0..).zip(&list) {
                let hits = found(&list, &format!("{before}{text}{after}"));
                let long = reduced(text.as_bytes()).len() >= WIDTHS[1];
                prop_assert_eq!(hits.contains(&number), long);
            }
        }
    }
}
