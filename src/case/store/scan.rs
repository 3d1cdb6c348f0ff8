//! Searching the texts themselves: what words cannot express, at the speed of memory.

use super::Store;
use crate::case::columns::{Columns, SEPARATOR};
use regex::bytes::{Regex, RegexBuilder};
use roaring::RoaringBitmap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most bytes that a person's regular expression may take once it is made ready, and how deep its
/// groups may nest: what needs more takes seconds to be refused.
pub const LARGEST_PATTERN: usize = 1 << 20;
/// See [`LARGEST_PATTERN`].
pub const DEEPEST_PATTERN: u32 = 64;

/// A pattern that texts are searched for.
///
/// The pattern speaks of one message: `^` and `$` are its beginning and end. Word boundaries
/// (`\b`) between letters of any script are right, and slow; `(?-u:\b)` is the fast kind.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Whether the blob of all texts may be searched at once. It may where a text's neighbours in
    /// the blob cannot change what matches in it: see [`looks_around`].
    whole: bool,
}

impl Pattern {
    /// A regular expression; letters match in either case if `ignore_case`.
    ///
    /// # Errors
    /// When it is not one, or would need too much memory.
    pub fn regex(pattern: &str, ignore_case: bool) -> Result<Pattern, regex::Error> {
        Ok(Pattern {
            regex: RegexBuilder::new(pattern)
                .case_insensitive(ignore_case)
                .size_limit(LARGEST_PATTERN)
                .nest_limit(DEEPEST_PATTERN)
                .build()?,
            whole: !looks_around(pattern),
        })
    }

    /// These very characters; letters match in either case if `ignore_case`.
    ///
    /// # Errors
    /// When the text is too long to search for.
    pub fn literal(text: &str, ignore_case: bool) -> Result<Pattern, regex::Error> {
        Ok(Pattern {
            regex: RegexBuilder::new(&regex::escape(text))
                .case_insensitive(ignore_case)
                .build()?,
            whole: true,
        })
    }

    /// Whether it matches somewhere in this text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }

    /// Where it matches in this text, one after another.
    pub fn find_iter<'t>(
        &self,
        text: &'t str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + use<'_, 't> {
        self.regex
            .find_iter(text.as_bytes())
            .map(|found| found.range())
    }
}

/// Whether a pattern can tell that a text ends where the blob goes on (`^`, `$`, `\A`, `\z`, `\B`,
/// half boundaries), or can step over the separator, which no pattern of Unicode characters can
/// (`(?-u...)`). Judged from the characters alone: too often yes costs time, never a hit.
fn looks_around(pattern: &str) -> bool {
    let mut before = ' ';
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('A' | 'z' | 'B' | '<' | '>') => return true,
                Some('b') if characters.peek() == Some(&'{') => return true,
                _ => {}
            },
            '^' if before != '[' => return true,
            '$' => return true,
            '-' if before == '?' => return true,
            'u' | '-' if pattern.contains("-u") || pattern.contains("u-") => return true,
            _ => {}
        }
        // Flags such as `(?i-u)` turn Unicode off wherever the sign stands among them.
        before = c;
    }
    pattern
        .split("(?")
        .skip(1)
        .filter_map(|group| group.split([')', ':']).next())
        .any(|flags| flags.contains('-') && flags.contains('u'))
}

/// After so many messages on the slow path the search looks whether it is still wanted.
const OFTEN: u32 = 4096;
/// Bytes searched between two looks on the fast path.
const STRETCH: usize = 4 << 20;

impl Store {
    /// The messages whose text the pattern matches; reads all texts. Stops early, with what it
    /// has, when `cancel` becomes true.
    pub fn scan(&self, pattern: &Pattern, cancel: &AtomicBool) -> RoaringBitmap {
        let mut hits = RoaringBitmap::new();
        for part in self.parts() {
            let first = part.added.first;
            let keep = |at: u32| {
                hits.insert(first.saturating_add(at));
            };
            if pattern.whole {
                scan_whole(&part.columns, pattern, cancel, keep);
            } else {
                scan_each(&part.columns, pattern, cancel, keep);
            }
        }
        for (number, wording) in self.wordings() {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            if pattern.is_match(&wording) {
                hits.insert(number.0);
            }
        }
        hits
    }
}

fn scan_each(columns: &Columns, pattern: &Pattern, cancel: &AtomicBool, mut keep: impl FnMut(u32)) {
    for at in 0..columns.len() {
        if at % OFTEN == 0 && cancel.load(Ordering::Relaxed) {
            return;
        }
        if pattern.is_match(columns.text(at)) {
            keep(at);
        }
    }
}

/// Searches stretches of the blob that begin and end between texts.
fn scan_whole(
    columns: &Columns,
    pattern: &Pattern,
    cancel: &AtomicBool,
    mut keep: impl FnMut(u32),
) {
    if pattern.regex.is_match(b"") {
        // It matches everywhere, even in an empty text.
        (0..columns.len()).for_each(keep);
        return;
    }
    let texts = columns.texts();
    let mut from = 0;
    while from < texts.len() && !cancel.load(Ordering::Relaxed) {
        let rest = texts.get(from..).unwrap_or_default();
        let stretch = match rest
            .get(STRETCH..)
            .and_then(|far| memchr::memchr(SEPARATOR, far))
        {
            Some(end) => rest.get(..STRETCH + end).unwrap_or_default(),
            None => rest,
        };
        let mut at = 0;
        while let Some(found) = pattern.regex.find_at(stretch, at) {
            let message = columns.message_at(from + found.start());
            if pattern.is_match(columns.text(message)) {
                keep(message);
            }
            // One hit is enough: on with the next text.
            at = columns
                .text_start(message.saturating_add(1))
                .saturating_sub(from);
            if at > stretch.len() {
                break;
            }
        }
        from += stretch.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would take long to make ready is refused at once.
    #[test]
    fn costly_patterns_are_refused() {
        for costly in [
            r"\w{1000}",
            "(((a{100}){100}){100}){100}",
            r"(\p{L}|\p{N}){500}",
            &format!("{}a{}", "(".repeat(65), ")".repeat(65)),
        ] {
            assert!(Pattern::regex(costly, true).is_err(), "{:.40}", costly);
        }
        for plain in [
            r"\b(\d{3}[ -]?){2}\d{4}\b",
            r"\p{Lu}\w+ (St|Rd)\.",
            r"(?-u:\b)\w{1,20}@",
        ] {
            assert!(Pattern::regex(plain, true).is_ok(), "{plain}");
        }
    }

    #[test]
    fn anchors_and_bytes_need_each_text_alone() {
        for pattern in [
            "^a",
            "a$",
            r"\Aa",
            r"a\z",
            r"\Ba",
            r"\b{start}a",
            r"\<a",
            "(?-u)a",
            "(?i-u:a)",
            "(?s-iu:.)",
            "(?m)^a",
            "(?u-i)a",
            "[^a]|^",
        ] {
            assert!(looks_around(pattern), "{pattern}");
        }
        for pattern in [
            "a",
            "[^a]b",
            r"\bword\b",
            r"\$\^5",
            "a-b",
            "(?i)abc",
            "(?x) a b",
            r"\d{4}-\d\d",
        ] {
            assert!(!looks_around(pattern), "{pattern}");
        }
    }
}
