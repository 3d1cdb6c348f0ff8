//! The last look before a bundle is finished: searches what was written for what must not leave.
//!
//! Every text is reduced to its bytes without blanks, controls, quotation marks and the `>` of
//! quoted mail, so that indents, line ends, answers and the doubled quotes of tables hide nothing.
//! A withheld text is then known by one window of its bytes, chosen where the fewest others have the
//! same. Each window of what leaves, reduced as well, is looked up in a sieve of bits, which turns
//! nearly all away; what it lets through is looked up in the table, and a hit there is compared in
//! full. Most texts are known by a window of fourteen bytes, which few sentences share; short ones by
//! one of eight. The table takes some 50 bytes for each withheld text whatever its length, so a
//! million of them fit, and time goes with the bytes that leave.
//!
//! Two things save looking without leaving anything out. What holds no run of bytes that could be a
//! window, because no text has these bytes beside each other, is turned away by a few of its bytes
//! ([`super::likely`]): checksums read as base64 are. And a stretch that stands in every page is
//! looked at once: whether a window stands in it depends on its bytes alone.

use super::likely::{Likely, SHORT, counts};
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::OnceLock;

/// Bytes of the longer of the two windows.
const LONG: usize = 14;

/// Bytes of a file that are read at once.
const CHUNK: usize = 1 << 20;

/// How many places of a text are tried for its window.
const PLACES: usize = 8;

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

/// Adds a text without what does not count to `room`.
fn reduce_into(text: &[u8], room: &mut Vec<u8>) {
    let mut kept = room.len();
    room.resize(kept.saturating_add(text.len()), 0);
    // Eight at a time, written always and kept where it counts: a step that nothing has to be
    // guessed for.
    let (eights, rest) = text.as_chunks::<8>();
    for eight in eights {
        let Some(place) = room.get_mut(kept..).and_then(<[u8]>::first_chunk_mut::<8>) else {
            break;
        };
        let mut count = 0;
        for byte in eight {
            // Fewer than eight were kept of those before it.
            if let Some(place) = place.get_mut(count & 7) {
                *place = *byte;
            }
            count += usize::from(counts(*byte));
        }
        kept += count;
    }
    for byte in rest {
        if let Some(place) = room.get_mut(kept) {
            *place = *byte;
        }
        kept += usize::from(counts(*byte));
    }
    room.truncate(kept);
}

/// Withheld texts. What each is is a number of the caller's.
#[derive(Default)]
pub(super) struct Withheld {
    /// Those known by a window of fourteen bytes.
    long: Windows<LONG>,
    /// Those known by one of eight.
    short: Windows<SHORT>,
    /// Bytes of the longest text, reduced.
    longest: usize,
    /// What could be a part of one.
    likely: Likely,
    /// What stands in many files and has no window of any text in it.
    common: Option<Common>,
}

/// A stretch of bytes in which no window stands.
struct Common {
    /// Finds its beginning: what is short is found at the speed of memory.
    finder: Finder<'static>,
    stretch: Vec<u8>,
    reduced: Vec<u8>,
}

/// So much of such a stretch is looked for.
const BEGINNING: usize = 24;

impl Common {
    /// Parts bytes at the stretch, where it stands in them.
    fn part<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let (before, from) = bytes.split_at_checked(self.finder.find(bytes)?)?;
        Some((before, from.strip_prefix(self.stretch.as_slice())?))
    }
}

impl Withheld {
    /// Adds a text; tells whether it is long enough to be searched for.
    pub(super) fn add(&mut self, number: u32, text: &[u8]) -> bool {
        self.common = None;
        self.likely.add(text);
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

    /// Looks at a stretch that stands in many files once for all of them, if no window of any text
    /// stands in it; what begins or ends in it, and stands beyond, is seen all the same.
    pub(super) fn passes_over(&mut self, stretch: &[u8]) {
        let reduced = reduced(stretch);
        let is_clean = !self.long.meets(&reduced) && !self.short.meets(&reduced);
        let beginning = stretch.get(..BEGINNING).unwrap_or(stretch);
        self.common = is_clean.then(|| Common {
            finder: Finder::new(beginning).into_owned(),
            stretch: stretch.to_vec(),
            reduced,
        });
    }

    /// Whether bytes, read as UTF-16, could hold any of the texts; `false` is certain.
    pub(super) fn may_hold_utf16(&self, bytes: &[u8]) -> bool {
        self.likely.may_be_utf16(bytes)
    }

    /// Looks for the texts in these bytes. Calls `found` with the number of each text that stands
    /// there whole; a text may be found several times. `text_of` gives a text again; `room` is room
    /// for the bytes, reduced.
    pub(super) fn search(
        &self,
        bytes: &[u8],
        room: &mut Vec<u8>,
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        if !self.likely.may_be(bytes) {
            return;
        }
        room.clear();
        let common = self.common.as_ref();
        let parts = common.and_then(|common| Some((common, common.part(bytes)?)));
        let known = match parts {
            None => {
                reduce_into(bytes, room);
                0..0
            }
            Some((common, (before, after))) => {
                reduce_into(before, room);
                let start = room.len();
                room.extend_from_slice(&common.reduced);
                let end = room.len();
                reduce_into(after, room);
                start..end
            }
        };
        self.long.search(room, &known, text_of, found);
        self.short.search(room, &known, text_of, found);
    }

    /// As [`Withheld::search`], over a file of any size in bounded memory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn search_stream(
        &self,
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
            reduce_into(buffer.get(..count).unwrap_or_default(), &mut haystack);
            self.long.search(&haystack, &(0..0), text_of, found);
            self.short.search(&haystack, &(0..0), text_of, found);
        }
    }
}

/// Texts known by windows of one width.
struct Windows<const WIDTH: usize> {
    /// Which texts have a window, and where in the reduced text it begins.
    texts: HashMap<[u8; WIDTH], Vec<(u32, u32)>>,
    /// Bits for each window: most that are none are turned away here.
    sieve: OnceLock<Sieve>,
}

/// Bits for windows: one that has not its two bits is none of them.
struct Sieve {
    first: Vec<u64>,
    second: Vec<u64>,
    /// How far a mixed window is shifted to give the place of its bit.
    shift: u32,
}

/// Multiplication by odd constants spreads the bits (Knuth, volume 3, section 6.4).
const SPREAD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

/// A window's bytes in one number.
fn mixed<const WIDTH: usize>(window: &[u8; WIDTH]) -> u64 {
    // No window has fewer than eight bytes; one of up to sixteen is seen whole.
    let first = window.first_chunk::<8>().copied().unwrap_or_default();
    let last = window.last_chunk::<8>().copied().unwrap_or_default();
    let (first, last) = (u64::from_le_bytes(first), u64::from_le_bytes(last));
    (first ^ last.rotate_left(29)).wrapping_mul(SPREAD[0])
}

impl Sieve {
    /// Of these windows.
    fn of<'a, const WIDTH: usize>(
        windows: impl ExactSizeIterator<Item = &'a [u8; WIDTH]>,
    ) -> Sieve {
        // Thirty-two bits for each window, a power of two in all.
        let bits = windows.len().saturating_mul(32).next_power_of_two().max(64);
        let words = bits / 64;
        let mut sieve = Sieve {
            first: vec![0; words],
            second: vec![0; words],
            shift: 64 - bits.trailing_zeros(),
        };
        for window in windows {
            let mixed = mixed(window);
            let (word, bit) = place(mixed, sieve.shift);
            if let Some(word) = sieve.first.get_mut(word) {
                *word |= bit;
            }
            let (word, bit) = place(again(mixed), sieve.shift);
            if let Some(word) = sieve.second.get_mut(word) {
                *word |= bit;
            }
        }
        sieve
    }

    /// Whether a mixed window can be one of them.
    fn lets_through(&self, mixed: u64) -> bool {
        let (word, bit) = place(mixed, self.shift);
        if self.first.get(word).is_some_and(|word| word & bit == 0) {
            return false;
        }
        let (word, bit) = place(again(mixed), self.shift);
        self.second.get(word).is_none_or(|word| word & bit != 0)
    }
}

/// The word and the bit in it of a mixed window.
fn place(mixed: u64, shift: u32) -> (usize, u64) {
    let bit = mixed >> shift;
    (usize::try_from(bit >> 6).unwrap_or(0), 1 << (bit & 63))
}

/// A mixed window, mixed otherwise.
fn again(mixed: u64) -> u64 {
    (mixed ^ mixed >> 31).wrapping_mul(SPREAD[1])
}

impl<const WIDTH: usize> Default for Windows<WIDTH> {
    fn default() -> Windows<WIDTH> {
        Windows {
            texts: HashMap::new(),
            sieve: OnceLock::new(),
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
        self.sieve = OnceLock::new();
        true
    }

    fn forget(&mut self, said: &dyn Fn(u32) -> bool) {
        for texts in self.texts.values_mut() {
            texts.retain(|(number, _)| !said(*number));
        }
        self.texts.retain(|_, texts| !texts.is_empty());
        self.sieve = OnceLock::new();
    }

    fn sieve(&self) -> &Sieve {
        self.sieve.get_or_init(|| Sieve::of(self.texts.keys()))
    }

    /// Whether any window stands in reduced bytes.
    fn meets(&self, reduced: &[u8]) -> bool {
        let mut windows = reduced.windows(WIDTH);
        windows.any(|window| {
            let window = window.first_chunk::<WIDTH>();
            window.is_some_and(|window| self.texts.contains_key(window))
        })
    }

    /// Searches reduced bytes, of which no window stands whole in the stretch that is known.
    fn search(
        &self,
        haystack: &[u8],
        known: &Range<usize>,
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        if self.texts.is_empty() {
            return;
        }
        if known.len() < WIDTH {
            return self.search_from(0..haystack.len(), haystack, text_of, found);
        }
        // What only begins or only ends in the stretch is looked up.
        self.search_from(0..known.start, haystack, text_of, found);
        let again = known.end.saturating_sub(WIDTH - 1);
        self.search_from(again..haystack.len(), haystack, text_of, found);
    }

    /// Looks up the windows that begin in a range.
    fn search_from(
        &self,
        starts: Range<usize>,
        haystack: &[u8],
        text_of: TextOf<'_, '_>,
        found: &mut dyn FnMut(u32),
    ) {
        let sieve = self.sieve();
        let end = starts.end.saturating_add(WIDTH - 1).min(haystack.len());
        let within = haystack.get(starts.start..end).unwrap_or_default();
        for (at, window) in within.windows(WIDTH).enumerate() {
            let Some(window) = window.first_chunk::<WIDTH>() else {
                continue;
            };
            if !sieve.lets_through(mixed(window)) {
                continue;
            }
            let start = starts.start + at;
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
        withheld.search(haystack.as_bytes(), &mut Vec::new(), &text_of, &mut |n| {
            hits.push(n)
        });
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
        withheld.search(
            texts.concat().as_bytes(),
            &mut Vec::new(),
            &text_of,
            &mut |n| hits.push(n),
        );
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
            withheld.search(haystack.as_bytes(), &mut Vec::new(), &text_of, &mut |n| whole.push(n));
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
        fn a_stretch_that_is_passed_over_hides_nothing(
            texts in proptest::collection::vec("[ab\u{e9}]{8,40}", 1..20),
            stretch in "[ab> \u{e9}]{20,80}",
            around in proptest::collection::vec("[ab \u{e9}]{0,40}", 2),
            cut in 0_usize..80,
        ) {
            // Texts that begin in the stretch, or end in it, as well as any.
            let mut texts = texts;
            let chars: Vec<char> = stretch.chars().collect();
            let cut = cut.min(chars.len());
            let tail: String = chars[cut..].iter().collect();
            texts.push(format!("{tail}{}", around[1]));
            let start: String = chars[..cut].iter().collect();
            texts.push(format!("{}{start}", around[0]));
            texts.push(format!("{}{stretch}{}", around[0], around[1]));
            let mut withheld = Withheld::default();
            for (number, text) in (0..).zip(&texts) {
                withheld.add(number, text.as_bytes());
            }
            let text_of = |n: u32| Some(Cow::from(texts.get(n as usize)?.to_string()));
            let haystack = format!("{}{stretch}{}", around[0], around[1]);
            let hits = |withheld: &Withheld| {
                let mut hits = Vec::new();
                withheld.search(haystack.as_bytes(), &mut Vec::new(), &text_of, &mut |n| hits.push(n));
                hits.sort_unstable();
                hits.dedup();
                hits
            };
            let wanted = hits(&withheld);
            withheld.passes_over(stretch.as_bytes());
            prop_assert_eq!(hits(&withheld), wanted);
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
