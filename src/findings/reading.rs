//! One text as detectors see it: runs of letters with a digit, and words that are cues.

use super::Cues;
use super::cues::Cue;

/// A run of ASCII letters and digits in which there is a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last.
    pub(super) end: usize,
    /// Whether it is digits alone.
    pub(super) digits: bool,
    /// What stands between it and the next run.
    pub(super) after: Gap,
}

impl Code {
    /// Its bytes.
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }

    /// Which kind of run it is; all that are longer than any number are of one.
    pub(super) fn kind(self) -> usize {
        match self.digits {
            true => self.len().min(Runs::KINDS - 1),
            false => 0,
        }
    }
}

/// Kinds of runs, as a set: such of digits alone by how many, and such with letters in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Runs(u32);

impl Runs {
    /// No run.
    pub(super) const NONE: Runs = Runs(0);
    /// Runs with a letter.
    pub(super) const MIXED: Runs = Runs(1);
    /// How many kinds there are.
    pub(super) const KINDS: usize = 32;

    /// Runs of so many digits.
    pub(super) const fn of(lengths: &[u32]) -> Runs {
        let (mut set, mut at) = (0, 0);
        while let Some((length, _)) = lengths.split_at(at).1.split_first() {
            set |= 1 << *length;
            at += 1;
        }
        Runs(set)
    }

    /// Runs of at least `first` and at most `last` digits.
    pub(super) const fn between(first: u32, last: u32) -> Runs {
        Runs((1 << (last + 1)) - (1 << first))
    }

    /// These and those.
    pub(super) const fn with(self, other: Runs) -> Runs {
        Runs(self.0 | other.0)
    }

    /// Whether this kind is among them.
    pub(super) fn has(self, kind: usize) -> bool {
        self.0 >> kind & 1 == 1
    }
}

/// What stands between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// One blank.
    Space,
    /// One hyphen or dash.
    Dash,
    /// A full stop.
    Dot,
    /// A slash.
    Slash,
    /// Anything else.
    Other,
}

/// Digits of one number, at most so many.
pub(super) const MOST_DIGITS: usize = 32;

/// The digits of a number that is written in groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    digits: [u8; MOST_DIGITS],
    /// How many.
    count: usize,
    /// The first byte in the text.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
    /// How many groups.
    pub(super) groups: usize,
}

impl Number {
    /// Its digits, each from 0 to 9.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }
}

/// A text, with what stands out in it.
pub(super) struct Reading<'t> {
    pub(super) text: &'t str,
    pub(super) codes: &'t [Code],
    pub(super) cues: &'t [Cue],
    /// What all of them tell together.
    pub(super) told: Cues,
}

impl<'t> Reading<'t> {
    /// The byte at this place; 0 outside of the text.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    /// The byte before this place; 0 at the beginning.
    pub(super) fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    /// The text of a run.
    pub(super) fn of(&self, code: Code) -> &'t str {
        self.text.get(code.start..code.end).unwrap_or_default()
    }

    /// The run at this place.
    pub(super) fn code(&self, at: usize) -> Option<Code> {
        self.codes.get(at).copied()
    }

    /// What stands between the run at this place and the next.
    pub(super) fn gap(&self, at: usize) -> Gap {
        self.code(at).map_or(Gap::Other, |code| code.after)
    }

    /// What stands between two places.
    pub(super) fn between(&self, from: usize, to: usize) -> Gap {
        gap(self.text, from, to)
    }

    /// Whether more digits join on before the run at this place.
    pub(super) fn joined_before(&self, at: usize, joins: &[Gap]) -> bool {
        at.checked_sub(1).is_some_and(|before| {
            self.code(before).is_some_and(|code| code.digits) && joins.contains(&self.gap(before))
        })
    }

    /// Whether more digits join on after the run at this place.
    pub(super) fn joined_after(&self, at: usize, joins: &[Gap]) -> bool {
        self.code(at + 1).is_some_and(|code| code.digits) && joins.contains(&self.gap(at))
    }

    /// The number whose groups have these lengths, from the run at this place on, all joined by the
    /// same gap, which is one of `joins`.
    pub(super) fn grouped(&self, at: usize, lengths: &[usize], joins: &[Gap]) -> Option<Number> {
        let first = self.code(at)?;
        let mut number = Number {
            digits: [0; MOST_DIGITS],
            count: 0,
            start: first.start,
            end: first.end,
            groups: lengths.len(),
        };
        let mut joined = None;
        for (place, length) in lengths.iter().enumerate() {
            let code = self.code(at + place)?;
            if !code.digits || code.len() != *length {
                return None;
            }
            if place > 0 {
                let gap = self.gap(at + place - 1);
                if !joins.contains(&gap) || joined.is_some_and(|joined| joined != gap) {
                    return None;
                }
                joined = Some(gap);
            }
            number.take(self.of(code))?;
            number.end = code.end;
        }
        Some(number)
    }

    /// Whether a cue of these stands within so many bytes before `start` or after `end`.
    pub(super) fn near(
        &self,
        cues: Cues,
        start: usize,
        end: usize,
        before: usize,
        after: usize,
    ) -> bool {
        // Most texts hold no such word anywhere.
        if !self.told.has_any(cues) {
            return false;
        }
        let from = start.saturating_sub(before);
        let until = end.saturating_add(after);
        let first = self.cues.partition_point(|cue| cue.start < from);
        let around = self.cues.get(first..).unwrap_or_default();
        around
            .iter()
            .take_while(|cue| cue.end <= until)
            // A cue inside of what is looked at says nothing of it.
            .any(|cue| cue.kinds.has_any(cues) && (cue.end <= start || cue.start >= end))
    }

    /// Whether this place stands in a web address.
    pub(super) fn in_link(&self, at: usize) -> bool {
        const FAR: usize = 200;
        let before = self.text.as_bytes().get(at.saturating_sub(FAR)..at);
        let before = before.unwrap_or_default();
        let run = before
            .iter()
            .rposition(u8::is_ascii_whitespace)
            .and_then(|blank| before.get(blank + 1..))
            .unwrap_or(before);
        memchr::memmem::find(run, b"://").is_some()
    }
}

impl Number {
    fn take(&mut self, group: &str) -> Option<()> {
        for byte in group.bytes() {
            *self.digits.get_mut(self.count)? = byte.checked_sub(b'0')?;
            self.count += 1;
        }
        Some(())
    }
}

/// What stands between two places of a text.
fn gap(text: &str, from: usize, to: usize) -> Gap {
    if to.saturating_sub(from) > 3 {
        return Gap::Other;
    }
    match text.get(from..to) {
        Some(" " | "\u{a0}" | "\u{2009}" | "\u{202f}") => Gap::Space,
        Some("-" | "\u{2010}" | "\u{2011}" | "\u{2013}") => Gap::Dash,
        Some(".") => Gap::Dot,
        Some("/") => Gap::Slash,
        _ => Gap::Other,
    }
}

/// Finds the runs of a text.
pub(super) fn codes_of(text: &str, codes: &mut Vec<Code>) {
    codes.clear();
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(rest) = bytes.get(from..) {
        let Some(digit) = rest.iter().position(u8::is_ascii_digit) else {
            return;
        };
        let digit = from + digit;
        let before = bytes.get(from..digit).unwrap_or_default();
        let letters = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric());
        let start = digit - letters.count();
        let after = bytes.get(digit..).unwrap_or_default();
        let end = digit
            + after
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric())
                .count();
        let run = bytes.get(start..end).unwrap_or_default();
        if let Some(last) = codes.last_mut() {
            last.after = gap(text, last.end, start);
        }
        codes.push(Code {
            start,
            end,
            digits: run.iter().all(u8::is_ascii_digit),
            after: Gap::Other,
        });
        from = end;
    }
}

/// A cursor that reads fixed forms letter by letter.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'r, 't> {
    reading: &'r Reading<'t>,
    /// The next byte.
    pub(super) at: usize,
}

impl<'r, 't> Cursor<'r, 't> {
    /// At this place.
    pub(super) fn new(reading: &'r Reading<'t>, at: usize) -> Cursor<'r, 't> {
        Cursor { reading, at }
    }

    /// The next byte, if it is one of those meant.
    pub(super) fn one(&mut self, is_meant: impl Fn(u8) -> bool) -> Option<u8> {
        let byte = self.reading.byte(self.at);
        is_meant(byte).then(|| {
            self.at += 1;
            byte
        })
    }

    /// The next digit, from 0 to 9.
    pub(super) fn digit(&mut self) -> Option<u8> {
        Some(self.one(|byte| byte.is_ascii_digit())? - b'0')
    }

    /// Steps over one blank or dash, if there is one.
    pub(super) fn gap(&mut self) {
        if matches!(self.reading.byte(self.at), b' ' | b'-') {
            self.at += 1;
        }
    }

    /// Whether no letter or digit follows.
    pub(super) fn ends(&self) -> bool {
        !self.reading.byte(self.at).is_ascii_alphanumeric()
    }
}

/// The check of ten digits that NHS and CHI numbers have: weights 10 to 2, modulo 11 (NHS Data
/// Dictionary, "NHS NUMBER").
pub(super) fn modulus_11(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else {
        return false;
    };
    if body.len() != 9 {
        return false;
    }
    let sum: u32 = (2..=10)
        .rev()
        .zip(body)
        .map(|(weight, digit)| weight * u32::from(*digit))
        .sum();
    match 11 - sum % 11 {
        11 => *check == 0,
        10 => false,
        right => u32::from(*check) == right,
    }
}

/// Whether there is such a date.
pub(super) fn is_date(year: u32, month: u32, day: u32) -> bool {
    i32::try_from(year)
        .ok()
        .and_then(|year| chrono::NaiveDate::from_ymd_opt(year, month, day))
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_with_a_digit_are_found() {
        let text = "call AB12 now, 020 7946";
        let mut codes = Vec::new();
        codes_of(text, &mut codes);
        let found: Vec<_> = codes
            .iter()
            .map(|code| (text.get(code.start..code.end).unwrap(), code.digits))
            .collect();
        assert_eq!(found, [("AB12", false), ("020", true), ("7946", true)]);
    }

    #[test]
    fn check_digits_of_patients_numbers() {
        let digits = |text: &str| -> Vec<u8> { text.bytes().map(|b| b - b'0').collect() };
        assert!(modulus_11(&digits("9434765919")));
        assert!(!modulus_11(&digits("9434765918")));
        // A remainder that would need the check digit 10 is never given out.
        assert!(!(0..10).any(|last| modulus_11(&digits(&format!("999123456{last}")))));
    }

    proptest! {
        #[test]
        fn runs_are_whole_and_in_order(text in "[a-c0-2 .é-]{0,60}") {
            let mut codes = Vec::new();
            codes_of(&text, &mut codes);
            let mut last = 0;
            for code in &codes {
                prop_assert!(code.start >= last && code.end > code.start);
                let run = text.get(code.start..code.end).unwrap();
                prop_assert!(run.bytes().all(|b| b.is_ascii_alphanumeric()));
                prop_assert!(run.bytes().any(|b| b.is_ascii_digit()));
                last = code.end;
            }
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let held: usize = codes
                .iter()
                .map(|code| text.as_bytes()[code.start..code.end].iter().filter(|b| b.is_ascii_digit()).count())
                .sum();
            prop_assert_eq!(digits, held);
        }
    }
}
