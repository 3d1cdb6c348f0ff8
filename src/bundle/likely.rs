//! What withheld texts are made of: which bytes stand beside each other in them, and which units of
//! UTF-16. Bytes in which too few of these follow each other hold none of the texts, and a few looks
//! tell.

/// Bytes of the shorter of the two windows: what has fewer, reduced, is not searched for.
pub(super) const SHORT: usize = 8;

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

/// Whether a byte counts: neither a blank, a control, a quotation mark nor the `>` of quoted mail.
pub(super) fn counts(byte: u8) -> bool {
    COUNTS.get(usize::from(byte)).copied().unwrap_or(true)
}

/// A text that is searched for has so many bytes, reduced, and so many pairs of neighbours.
const PAIRS: usize = SHORT - 1;

/// A character takes up to three bytes for each unit of UTF-16 that it takes, so that a text has so
/// many units at least.
const UNITS: usize = SHORT.div_ceil(3);

/// What texts are made of.
pub(super) struct Likely {
    /// A bit for each pair of bytes that follow each other in a text, reduced, and for each pair of
    /// which one does not count.
    pairs: Bits,
    /// A bit for each unit of UTF-16 of a text, and for each that does not count.
    units: Bits,
}

/// A bit for each number of two bytes.
struct Bits(Vec<u64>);

impl Bits {
    fn none() -> Bits {
        Bits(vec![0; (1 << 16) / 64])
    }

    fn put(&mut self, number: u16) {
        if let Some(word) = self.0.get_mut(usize::from(number >> 6)) {
            *word |= 1 << (number & 63);
        }
    }

    fn has(&self, number: u16) -> bool {
        let word = self.0.get(usize::from(number >> 6));
        word.is_none_or(|word| word >> (number & 63) & 1 == 1)
    }
}

impl Default for Likely {
    fn default() -> Likely {
        let mut likely = Likely {
            pairs: Bits::none(),
            units: Bits::none(),
        };
        for byte in (0..=u8::MAX).filter(|byte| !counts(*byte)) {
            likely.units.put(u16::from(byte));
            for other in 0..=u8::MAX {
                likely.pairs.put(u16::from_be_bytes([byte, other]));
                likely.pairs.put(u16::from_be_bytes([other, byte]));
            }
        }
        likely
    }
}

impl Likely {
    /// Adds what a text is made of.
    pub(super) fn add(&mut self, text: &[u8]) {
        let mut before = None;
        for byte in text.iter().copied().filter(|byte| counts(*byte)) {
            if let Some(before) = before {
                self.pairs.put(u16::from_be_bytes([before, byte]));
            }
            before = Some(byte);
        }
        for c in String::from_utf8_lossy(text).chars() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                self.units.put(*unit);
            }
            // It stands for half a pair as well.
            if c == char::REPLACEMENT_CHARACTER {
                (0xd800..=0xdfff).for_each(|unit| self.units.put(unit));
            }
        }
    }

    /// Whether bytes could hold a text; `false` is certain.
    pub(super) fn may_be(&self, bytes: &[u8]) -> bool {
        has_run(bytes.len().saturating_sub(1), PAIRS, |at| {
            let pair = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
            pair.is_some_and(|pair| self.pairs.has(u16::from_be_bytes(*pair)))
        })
    }

    /// Whether bytes, read as UTF-16 with the lower byte first, could hold a text; `false` is certain.
    pub(super) fn may_be_utf16(&self, bytes: &[u8]) -> bool {
        let (pairs, _) = bytes.as_chunks::<2>();
        has_run(pairs.len(), UNITS, |at| {
            let unit = pairs.get(at).map(|pair| u16::from_le_bytes(*pair));
            unit.is_some_and(|unit| self.units.has(unit))
        })
    }
}

/// Whether there are `run` places beside each other, of so many, that are good.
fn has_run(places: usize, run: usize, is_good: impl Fn(usize) -> bool) -> bool {
    // One of any so many beside each other is looked at.
    let mut at = run - 1;
    while at < places {
        if !is_good(at) {
            at += run;
            continue;
        }
        let from = (at + 1 - run..at).rev().find(|place| !is_good(*place));
        let from = from.map_or(at + 1 - run, |bad| bad + 1);
        match (at..from + run).find(|place| *place >= places || !is_good(*place)) {
            None => return true,
            // The next that could be such a run begins behind what is not good.
            Some(bad) => at = bad + run,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_run_is_seen_wherever_it_is(places in prop::collection::vec(any::<bool>(), 0..60), run in 1_usize..9) {
            let seen = has_run(places.len(), run, |at| places[at]);
            prop_assert_eq!(seen, places.windows(run).any(|some| some.iter().all(|good| *good)));
        }

        #[test]
        fn what_holds_a_text_is_never_turned_away(
            text in "[a-z\u{e9}\u{20ac}\u{1f44d}\u{fffd}'\" ]{8,30}",
            before in prop::collection::vec(any::<u8>(), 0..40),
            after in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            prop_assume!(text.bytes().filter(|byte| counts(*byte)).count() >= SHORT);
            let mut likely = Likely::default();
            likely.add(text.as_bytes());
            prop_assert!(likely.may_be(&[before.as_slice(), text.as_bytes(), &after].concat()));
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let even = before.len() / 2 * 2;
            prop_assert!(likely.may_be_utf16(&[&before[..even], &units, &after].concat()));
        }
    }

    #[test]
    fn what_no_text_is_made_of_is_turned_away() {
        let mut likely = Likely::default();
        likely.add(b"dinner at eight, bring Tom");
        assert!(!likely.may_be(b"0123456789abcdefghijklmnopqrstuvwxyz"));
        assert!(!likely.may_be_utf16("0123456789".repeat(4).as_bytes()));
        assert!(likely.may_be(b"0123 dinner at e 456789"));
    }
}
