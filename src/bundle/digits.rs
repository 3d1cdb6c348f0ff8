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
        for byte in bytes {
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
                    if run.ends_with(digits) {
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
        assert_eq!(significant("1234567"), None);
        assert_eq!(significant("call 07700900461"), None);
    }
}
