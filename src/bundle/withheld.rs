//! The last look before a bundle is finished: searches what was written for what must not leave.
//!
//! Every text is reduced to its bytes without blanks, controls, quotation marks and the `>` of
//! quoted mail, so that indents, line ends, answers and the doubled quotes of tables hide nothing.
//! A withheld text is then known by one window of its bytes, chosen where the fewest others have the
//! same. Each window of what leaves, reduced as well, is looked up in a sieve of bits, which turns
//! nearly all away; what it lets through is looked up in the table, and a hit there is compared in
//! full. Most texts are known by a window of sixteen bytes, which few sentences share; short ones by
//! one of eight. The table takes some 50 bytes for each withheld text whatever its length, so a
//! million of them fit, and time goes with the bytes that leave.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};

/// Bytes of the windows. What is shorter than the second, reduced, is not searched for.
const LONG: usize = 16;
const SHORT: usize = 8;

/// Bytes of a file that are read at once.
const CHUNK: usize = 1 << 20;

/// How many places of a text are tried for its window.
const PLACES: usize = 8;

/// Whether each byte counts.
const COUNTS: [bool; 256] = {
    let mut counts = [true; 256];
    let mut byte = 0_u8;
    loop {
        let ignored = byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || matches!(byte, b'"' | b'\'' | b'>');
        // The index is a byte.
        #[allow(clippy::indexing_slicing)]
        {
            counts[byte as usize] = !ignored;
        }
        if byte == u8::MAX {
            break counts;
        }
        byte += 1;
    }
};

/// Whether a byte counts.
fn counts(byte: u8) -> bool {
    COUNTS.get(usize::from(byte)).copied().unwrap_or(true)
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

/// Puts a text without what does not count into `room`, which grows where it has to, and gives it.
fn reduced_into<'a>(text: &[u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    if room.len() < text.len() {
        room.resize(text.len(), 0);
    }
    // Written always and kept where it counts: a step that nothing has to be guessed for.
    let mut kept = 0;
    for byte in text {
        if let Some(place) = room.get_mut(kept) {
            *place = *byte;
        }
        kept += usize::from(counts(*byte));
    }
    room.get(..kept).unwrap_or_default()
}

/// Withheld texts. What each is is a number of the caller's.
#[derive(Default)]
pub(super) struct Withheld {
    /// Those known by a window of sixteen bytes.
    long: Windows<LONG>,
    /// Those known by one of eight.
    short: Windows<SHORT>,
    /// Bytes of the longest text, reduced.
    longest: usize,
    /// Room for what is searched, reduced.
    room: Vec<u8>,
}

impl Withheld {
    /// Adds a text; tells whether it is long enough to be searched for.
    pub(super) fn add(&mut self, number: u32, text: &[u8]) -> bool {
        let text = reduced(text);
        self.longest = self.longest.max(text.len());
        self.long.add(number, &text) || self.short.add(number, &text)
    }

    /// Bytes of the longest text, without what does not count.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Takes texts out again.
    pub(super) fn forget(&mut self, said: &dyn Fn(u32) -> bool) {
        self.long.forget(said);
        self.short.forget(said);
    }

    /// Looks for the texts in these bytes. Calls `found` with the number of each text that stands
    /// there whole; a text may be found several times. `text_of` gives a text again.
    pub(super) fn search(
        &mut self,
        bytes: &[u8],
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        let mut room = std::mem::take(&mut self.room);
        self.search_reduced(reduced_into(bytes, &mut room), text_of, found);
        self.room = room;
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
        self.long.search(haystack, text_of, found);
        self.short.search(haystack, text_of, found);
    }
}

/// Texts known by windows of one width.
struct Windows<const WIDTH: usize> {
    /// Which texts have a window, and where in the reduced text it begins.
    texts: HashMap<[u8; WIDTH], Vec<(u32, u32)>>,
    /// Bits for each window: most that are none are turned away here.
    sieve: Vec<u64>,
}

impl<const WIDTH: usize> Default for Windows<WIDTH> {
    fn default() -> Windows<WIDTH> {
        Windows {
            texts: HashMap::new(),
            sieve: Vec::new(),
        }
    }
}

impl<const WIDTH: usize> Windows<WIDTH> {
    /// Adds a reduced text; tells whether it is long enough for a window.
    fn add(&mut self, number: u32, text: &[u8]) -> bool {
        let Some(last) = text.len().checked_sub(WIDTH) else {
            return false;
        };
        let mut best: Option<(usize, usize, [u8; WIDTH])> = None;
        for place in 0..PLACES {
            let at = last * place / (PLACES - 1);
            let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>) else {
                continue;
            };
            let load = self.texts.get(window).map_or(0, Vec::len);
            if best.is_none_or(|(least, _, _)| load < least) {
                best = Some((load, at, *window));
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

    fn forget(&mut self, said: &dyn Fn(u32) -> bool) {
        for texts in self.texts.values_mut() {
            texts.retain(|(number, _)| !said(*number));
        }
        self.texts.retain(|_, texts| !texts.is_empty());
        self.sieve.clear();
    }

    fn search(&mut self, haystack: &[u8], text_of: TextOf<'_, '_>, found: &mut dyn FnMut(u32)) {
        if self.texts.is_empty() {
            return;
        }
        self.make_sieve();
        for (start, window) in haystack.windows(WIDTH).enumerate() {
            let Some(window) = window.first_chunk::<WIDTH>() else {
                continue;
            };
            let (word, bits) = self.place(window);
            if self.sieve.get(word).is_none_or(|word| word & bits != bits) {
                continue;
            }
            for (number, offset) in self.texts.get(window).into_iter().flatten() {
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
            let (word, bits) = self.place(window);
            if let Some(word) = self.sieve.get_mut(word) {
                *word |= bits;
            }
        }
    }

    /// The word of the sieve for a window, and its three bits there.
    fn place(&self, window: &[u8; WIDTH]) -> (usize, u64) {
        let (eights, _) = window.as_chunks::<8>();
        // Multiplication by an odd constant spreads the bits (Knuth, volume 3, section 6.4).
        let mixed = eights.iter().fold(0_u64, |mixed, eight| {
            (mixed.rotate_left(29) ^ u64::from_le_bytes(*eight)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let word = usize::try_from(mixed >> 20).unwrap_or(0) & self.sieve.len().wrapping_sub(1);
        let bit = |shift: u32| 1_u64 << (mixed >> shift & 63);
        (word, bit(58) | bit(52) | bit(46))
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
        fn what_is_found_is_what_a_plain_search_finds(
            texts in proptest::collection::vec("[ab\"'> \n\u{e9}]{4,40}", 1..30),
            noise in proptest::collection::vec((0_usize..30, "[ab\"'> \t\u{e9}]{0,9}"), 0..20),
        ) {
            let mut haystack = String::new();
            for (at, between) in &noise {
                haystack.push_str(between);
                haystack.push_str(texts.get(*at).map_or("", String::as_str));
            }
            let list: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut hits = found(&list, &haystack);
            hits.sort_unstable();
            hits.dedup();
            let plain = reduced(haystack.as_bytes());
            let stands = |text: &&str| {
                let text = reduced(text.as_bytes());
                text.len() >= SHORT && memchr::memmem::find(&plain, &text).is_some()
            };
            let wanted: Vec<u32> = (0..).zip(&list).filter(|(_, text)| stands(text)).map(|(n, _)| n).collect();
            prop_assert_eq!(hits, wanted);
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
                let long = reduced(text.as_bytes()).len() >= SHORT;
                prop_assert_eq!(hits.contains(&number), long);
            }
        }
    }
}
