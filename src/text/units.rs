//! A text beside its shown form, unit by unit: which bytes of the one are which of the other. What
//! a cursor moves over, and what is chosen with it, stays exact whatever the text holds.
//!
//! A unit is the least that can be chosen: a character as people see it, with its combining marks;
//! or what one mark stands for, however many characters that are. The units lie end to end over the
//! text, and over its shown form; each begins at a character boundary as people see them in the
//! text, and takes at least one column, but for line ends.

use super::shown::{Shown, width};
use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// A text's units.
#[derive(Clone, Debug, Default)]
pub struct Units {
    shown: Shown,
    units: Vec<Unit>,
    len: usize,
}

/// What a unit is for motions by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A blank or a line end.
    Blank,
    /// A letter, a digit, or what belongs to one.
    Word,
    /// Anything else: punctuation, emoji, marks.
    Sign,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    source: usize,
    shown: usize,
    columns: usize,
    class: Class,
    ends_line: bool,
}

impl Units {
    /// The units of a text, shown as a block.
    pub fn of(text: &str) -> Units {
        let (shown, map) = Shown::block_mapped(text);
        let whole = shown.as_str();
        let is_boundary = |at: usize| {
            let mut cursor = GraphemeCursor::new(at, text.len(), true);
            // The whole text is at hand, so that it never asks for more.
            cursor.is_boundary(text, 0).unwrap_or(true)
        };
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (source, at) in map {
            let stands = match starts.last() {
                None => true,
                Some((_, last)) => {
                    let before = whole.get(*last..at).unwrap_or_default();
                    (width(before) > 0 || before.ends_with('\n')) && is_boundary(source)
                }
            };
            if stands {
                starts.push((source, at));
            }
        }
        let ends = starts.iter().skip(1).copied();
        let ends = ends.chain([(text.len(), whole.len())]);
        let units = starts.iter().zip(ends).map(|(start, end)| {
            let words = whole.get(start.1..end.1).unwrap_or_default();
            let first = text.get(start.0..).and_then(|rest| rest.chars().next());
            Unit {
                source: start.0,
                shown: start.1,
                columns: width(words.trim_end_matches('\n')).max(1),
                class: match first {
                    _ if words.chars().all(char::is_whitespace) => Class::Blank,
                    Some(c) if c.is_alphanumeric() || c == '_' => Class::Word,
                    _ => Class::Sign,
                },
                ends_line: words.ends_with('\n'),
            }
        });
        Units {
            units: units.collect(),
            len: text.len(),
            shown,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The bytes of the text that these units are; what lies beyond the last is left out.
    pub fn source(&self, units: Range<usize>) -> Range<usize> {
        let at = |unit: usize| self.units.get(unit).map_or(self.len, |unit| unit.source);
        at(units.start)..at(units.end).max(at(units.start))
    }

    /// The unit that a byte of the text belongs to; the last for what lies beyond.
    pub fn unit_at(&self, byte: usize) -> usize {
        let after = self.units.partition_point(|unit| unit.source <= byte);
        after.saturating_sub(1)
    }

    /// These units as they are shown; line ends are left out.
    pub fn shown(&self, units: Range<usize>) -> Shown {
        let whole = self.shown.as_str().len();
        let at = |unit: usize| self.units.get(unit).map_or(whole, |unit| unit.shown);
        let mut end = at(units.end);
        let last = units.end.checked_sub(1).and_then(|at| self.units.get(at));
        if last.is_some_and(|unit| unit.ends_line) {
            end = end.saturating_sub(1);
        }
        self.shown.part(at(units.start)..end.max(at(units.start)))
    }

    /// Columns of a unit; of a line end one, for the cursor.
    pub fn columns(&self, unit: usize) -> usize {
        self.units.get(unit).map_or(1, |unit| unit.columns)
    }

    /// What a unit is.
    pub fn class(&self, unit: usize) -> Class {
        self.units.get(unit).map_or(Class::Blank, |unit| unit.class)
    }

    /// The units in rows of at most `width` columns, after spaces where that can be; a space or a
    /// line end may stand one column beyond. At least one row.
    pub fn rows(&self, width: usize) -> Vec<Range<usize>> {
        let width = width.max(1);
        let mut rows = Vec::new();
        let (mut start, mut used) = (0, 0);
        // Where the row may end, and the columns up to there.
        let mut last_break: Option<(usize, usize)> = None;
        for (at, unit) in self.units.iter().enumerate() {
            let hangs = unit.class == Class::Blank;
            // What goes on after a break may itself be too long.
            while !hangs && at > start && used + unit.columns > width {
                let (end, before) = last_break.unwrap_or((at, used));
                rows.push(start..end);
                (start, used, last_break) = (end, used.saturating_sub(before), None);
            }
            used += unit.columns;
            if unit.ends_line || (hangs && used > width) {
                rows.push(start..at + 1);
                (start, used, last_break) = (at + 1, 0, None);
            } else if hangs {
                last_break = Some((at + 1, used));
            }
        }
        if start < self.units.len() || rows.is_empty() {
            rows.push(start..self.units.len());
        }
        rows
    }
}

#[allow(clippy::string_slice, clippy::single_range_in_vec_init)]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn pieces(text: &str) -> Vec<(String, String)> {
        let units = Units::of(text);
        (0..units.len())
            .map(|at| {
                let source = units.source(at..at + 1);
                let shown = units.shown(at..at + 1);
                (text[source].to_owned(), shown.as_str().to_owned())
            })
            .collect()
    }

    #[test]
    fn what_is_shown_as_one_is_one() {
        let text = "e\u{301}\u{202e}ש\u{200b}\u{200b}\u{200b}\t会👩\u{200d}💻\r\nx";
        let told = pieces(text);
        let shown: Vec<&str> = told.iter().map(|(_, shown)| shown.as_str()).collect();
        assert_eq!(
            shown,
            [
                "e\u{301}",
                "⟪U+202E⟫",
                "ש",
                "⟪U+200B ×3⟫",
                "    ",
                "会",
                "👩\u{200d}💻",
                "",
                "x"
            ]
        );
        let source: Vec<&str> = told.iter().map(|(source, _)| source.as_str()).collect();
        assert_eq!(source[3], "\u{200b}\u{200b}\u{200b}");
        assert_eq!(source[7], "\r\n");
        assert!(Units::of("").is_empty());
        assert_eq!(Units::of("").rows(10), [0..0]);
    }

    #[test]
    fn rows_break_after_spaces_and_at_line_ends() {
        let units = Units::of("one two three\n\nfour会会");
        let rows: Vec<String> = units
            .rows(8)
            .into_iter()
            .map(|row| units.shown(row).as_str().to_owned())
            .collect();
        assert_eq!(rows, ["one two ", "three", "", "four会会"]);
        let rows = Units::of("aaaa").rows(2);
        assert_eq!(rows, [0..2, 2..4]);
    }

    proptest! {
        /// Whatever a text holds: units lie end to end over the text and over what is shown of it,
        /// part no character, and every byte leads back to its unit.
        #[test]
        fn units_tile_the_text_and_what_is_shown(
            text in prop_oneof![
                "\\PC{0,24}",
                "[a \n\r\t\u{301}\u{202e}\u{200b}\u{200d}\u{fe0f}👩💻🏴ש会\u{0}\u{1b}\u{102b}\u{1100}\u{1161}\u{600}🇬🇧]{0,40}",
                "a\u{301}{0,20}\u{102b}{0,3}b?",
            ],
            width in 1_usize..30,
        ) {
            let units = Units::of(&text);
            let boundaries: Vec<usize> = text
                .grapheme_indices(true)
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect();
            let (mut source, mut shown) = (0, String::new());
            for at in 0..units.len() {
                let range = units.source(at..at + 1);
                prop_assert_eq!(range.start, source);
                prop_assert!(!range.is_empty());
                prop_assert!(boundaries.contains(&range.start) && boundaries.contains(&range.end));
                for byte in range.clone() {
                    prop_assert_eq!(units.unit_at(byte), at);
                }
                source = range.end;
                shown.push_str(units.shown(at..at + 1).as_str());
                if units.units[at].ends_line {
                    shown.push('\n');
                }
            }
            prop_assert_eq!(source, text.len());
            let whole = Shown::block(&text);
            prop_assert_eq!(shown.as_str(), whole.as_str());
            let rows = units.rows(width);
            let mut next = 0;
            for row in &rows {
                prop_assert_eq!(row.start, next);
                next = row.end;
                let columns: usize = row.clone().map(|at| units.columns(at)).sum();
                let last = row.end.checked_sub(1).filter(|_| !row.is_empty());
                let hangs = last.map_or(0, |at| match units.class(at) {
                    Class::Blank => units.columns(at),
                    _ => 0,
                });
                let single = row.len() - usize::from(hangs > 0) <= 1;
                prop_assert!(columns - hangs <= width || single);
            }
            prop_assert_eq!(next, units.len());
        }
    }
}
