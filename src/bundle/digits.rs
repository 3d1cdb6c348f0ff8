//! Finds telephone numbers by their digits, whatever stands between them.

use std::collections::HashMap;

/// Fewer digits are in other numbers by chance.
pub(super) const FEWEST: usize = 8;
/// More digits than these say the country, which one writes and another does not.
const WITHOUT_COUNTRY: usize = 10;
/// So many signs may stand between two digits.
const MOST_BETWEEN: usize = 3;
/// So many digits of a run are kept.
const LONGEST_RUN: usize = 64;

/// Numbers to be found. What each is is a number of the caller's.
#[derive(Default)]
pub(super) struct Numbers(HashMap<[u8; FEWEST], Vec<(Vec<u8>, u32)>>);

/// The digits that tell a number from others; `None` where a text is no number, or too short a one.
pub(super) fn significant(text: &str) -> Option<Vec<u8>> {
    let is_between = |c: char| c.is_whitespace() || "+-().,/\u{2011}".contains(c);
    if !text.chars().all(|c| c.is_ascii_digit() || is_between(c)) {
        return None;
    }
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let bare = digits.get(zeros..)?;
    let from = bare.len().saturating_sub(WITHOUT_COUNTRY);
    let significant = bare.get(from..)?;
    (significant.len() >= FEWEST).then(|| significant.to_vec())
}

impl Numbers {
    /// Adds a number, by what [`significant`] gives.
    pub(super) fn add(&mut self, digits: Vec<u8>, number: u32) {
        if let Some(tail) = digits.last_chunk::<FEWEST>() {
            self.0.entry(*tail).or_default().push((digits, number));
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes numbers out again.
    pub(super) fn forget(&mut self, said: &dyn Fn(u32) -> bool) {
        for numbers in self.0.values_mut() {
            numbers.retain(|(_, number)| !said(*number));
        }
        self.0.retain(|_, numbers| !numbers.is_empty());
    }

    /// Looks for them in these bytes. Calls `found` for each that stands there.
    pub(super) fn search(&self, bytes: &[u8], found: &mut dyn FnMut(u32)) {
        if self.0.is_empty() {
            return;
        }
        let (mut run, mut between): (Vec<u8>, usize) = (Vec::new(), 0);
        for (at, byte) in bytes.iter().enumerate() {
            // The last are bytes of the blanks and hyphens that do not break (in UTF-8).
            let is_between = matches!(
                byte,
                b' ' | b'-'
                    | b'('
                    | b')'
                    | b'.'
                    | b'/'
                    | b'+'
                    | 0xc2
                    | 0xa0
                    | 0xe2
                    | 0x80
                    | 0x91
                    | 0xaf
            );
            if byte.is_ascii_digit() {
                between = 0;
                if run.len() == LONGEST_RUN {
                    run.drain(..LONGEST_RUN / 2);
                }
                run.push(*byte);
                let known = run.last_chunk::<FEWEST>().and_then(|tail| self.0.get(tail));
                for (digits, number) in known.into_iter().flatten() {
                    if run.ends_with(digits) && !is_in_checksum(bytes, at, digits.len()) {
                        found(*number);
                    }
                }
            } else if is_between && between < MOST_BETWEEN {
                between += 1;
            } else {
                run.clear();
                between = 0;
            }
        }
    }
}

/// Whether the digits that end at `at` stand in a checksum or an identifier in hexadecimal, where
/// eight of them are met by chance. What is none of their lengths, or has no letter, is no checksum.
fn is_in_checksum(bytes: &[u8], at: usize, digits: usize) -> bool {
    const LENGTHS: [usize; 5] = [16, 32, 40, 64, 128];
    let is_hex = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let (before, after) = bytes.split_at_checked(at + 1).unwrap_or((bytes, &[]));
    let longest = LENGTHS.iter().max().copied().unwrap_or(0) + 1;
    let before = before.iter().rev().take(longest).take_while(is_hex).count();
    let after = after.iter().take(longest).take_while(is_hex).count();
    let token = bytes.get((at + 1).saturating_sub(before)..at + 1 + after);
    let token = token.unwrap_or_default();
    let own = bytes.get((at + 1).saturating_sub(digits)..=at);
    // Digits with signs between them are no part of a checksum.
    let is_whole = own.is_some_and(|own| own.iter().all(u8::is_ascii_digit));
    is_whole && LENGTHS.contains(&token.len()) && token.iter().any(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_every_spelling() {
        let mut numbers = Numbers::default();
        numbers.add(significant("+44 (0)7700 900461").unwrap(), 7);
        let found = |text: &str| {
            let mut hits = Vec::new();
            numbers.search(text.as_bytes(), &mut |number| hits.push(number));
            !hits.is_empty()
        };
        for text in [
            "07700900461",
            "+44 7700\u{a0}900 461.",
            "tel:00447700-900-461",
        ] {
            assert!(found(text), "{text}");
        }
        for text in ["7700 900 46", "7700 900 x461", "7700900462"] {
            assert!(!found(text), "{text}");
        }
        let sum = "c0ffee07700900461".to_owned();
        for (length, is_found) in [
            (16, false),
            (40, false),
            (64, false),
            (17, true),
            (63, true),
        ] {
            let sum: String = "abcdef"
                .chars()
                .cycle()
                .take(length - 11)
                .collect::<String>()
                + "07700900461";
            assert_eq!(found(&format!("\"{sum}\"")), is_found, "{sum}");
        }
        assert!(found(&sum));
        // Digits alone are no checksum, however many.
        assert!(found(&format!("{}07700900461", "1".repeat(53))));
        assert_eq!(significant("1234567"), None);
        assert_eq!(significant("call 07700900461"), None);
    }
}
