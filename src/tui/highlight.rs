//! Where a query's words stand in a text, so that they can be marked.

use crate::case::Pattern;
use crate::review::query::{Mark, Query, pattern};
use crate::text::words;
use std::ops::Range;

/// After this many hits in one text no more are marked.
const MOST: usize = 200;

/// What a query marks in the texts it finds.
#[derive(Clone, Debug, Default)]
pub struct Highlight {
    phrases: Vec<Phrase>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Phrase {
    words: Vec<String>,
    prefix: bool,
}

impl Highlight {
    /// What this query marks.
    pub fn of(query: &Query) -> Highlight {
        let mut highlight = Highlight::default();
        for mark in query.marks() {
            match mark {
                Mark::Words { text, prefix } => highlight.phrases.push(Phrase {
                    words: words(text).map(|word| word.folded).collect(),
                    prefix,
                }),
                Mark::Pattern(text) => highlight.patterns.extend(pattern(text)),
            }
        }
        highlight.phrases.retain(|phrase| !phrase.words.is_empty());
        highlight
    }

    /// The byte ranges of the hits in a text, in order and apart.
    pub fn hits(&self, text: &str) -> Vec<Range<usize>> {
        let mut hits: Vec<Range<usize>> = Vec::new();
        if !self.phrases.is_empty() {
            let found: Vec<_> = words(text).collect();
            for phrase in &self.phrases {
                let last = phrase.words.len() - 1;
                let matches = found.windows(phrase.words.len()).filter(|run| {
                    run.iter()
                        .zip(&phrase.words)
                        .enumerate()
                        .all(|(at, (word, wanted))| {
                            word.folded == *wanted
                                || (phrase.prefix
                                    && at == last
                                    && word.folded.starts_with(wanted.as_str()))
                        })
                });
                hits.extend(
                    matches
                        .take(MOST)
                        .filter_map(|run| Some(run.first()?.range.start..run.last()?.range.end)),
                );
            }
        }
        for pattern in &self.patterns {
            hits.extend(pattern.find_iter(text).take(MOST));
        }
        hits.retain(|hit| !hit.is_empty());
        hits.sort_by_key(|hit| hit.start);
        hits.truncate(MOST);
        let mut end = 0;
        hits.retain_mut(|hit| {
            hit.start = hit.start.max(end);
            let apart = hit.start < hit.end;
            if apart {
                end = hit.end;
            }
            apart
        });
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(query: &str, text: &str) -> Vec<String> {
        let highlight = Highlight::of(&Query::live(query).unwrap());
        highlight
            .hits(text)
            .into_iter()
            .filter_map(|hit| Some(text.get(hit)?.to_owned()))
            .collect()
    }

    #[test]
    fn words_phrases_beginnings_and_patterns() {
        assert_eq!(
            marked("budg", "The Budget is a budget."),
            ["Budget", "budget"]
        );
        assert_eq!(
            marked("\"order form\"", "order forms, an Order Form"),
            ["Order Form"]
        );
        assert_eq!(
            marked("/po-[0-9]+/", "see PO-12 and po-3"),
            ["PO-12", "po-3"]
        );
        assert_eq!(marked("-lunch cafe ", "lunch at the Café"), ["Café"]);
    }

    #[test]
    fn hits_that_overlap_are_one_after_another() {
        assert_eq!(marked("/a.c/ abc ", "xabcx abc"), ["abc", "abc"]);
    }
}
