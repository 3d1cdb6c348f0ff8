//! All detectors over one text.

use super::cues::{Cue, CueFinder, Word};
use super::lexicon::Lexicons;
use super::reading::{Code, Reading, codes_of};
use super::{DETECTORS, Found, Why};

/// What a detector points at in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// The first byte in the text.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The detector, by its place.
    pub detector: u8,
    /// What it rests on.
    pub why: Why,
    /// Of a list of words the term, by its place in the list; else 0.
    pub term: u16,
}

/// Runs all detectors; keeps its memory from text to text.
pub struct Scanner {
    finder: CueFinder,
    codes: Vec<Code>,
    cues: Vec<Cue>,
    words: Vec<Word>,
    hits: Vec<Hit>,
}

impl Scanner {
    /// Makes the tables that all texts share, with these lists of words.
    pub fn new(lexicons: &Lexicons) -> Scanner {
        Scanner {
            finder: CueFinder::new(lexicons),
            codes: Vec::new(),
            cues: Vec::new(),
            words: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// What the detectors point at in a text, by its place. The same text gives the same.
    pub fn scan(&mut self, text: &str) -> &[Hit] {
        self.hits.clear();
        codes_of(text, &mut self.codes);
        self.finder.find(text, &mut self.cues, &mut self.words);
        let reading = Reading {
            text,
            codes: &self.codes,
            cues: &self.cues,
        };
        let hits = &mut self.hits;
        let mut each = |look: &mut dyn FnMut(&dyn super::Detector, &mut Found<'_>)| {
            for (detector, one) in (0_u8..).zip(DETECTORS) {
                look(*one, &mut Found { detector, hits });
            }
        };
        for at in 0..reading.codes.len() {
            each(&mut |one, found| one.code(&reading, at, found));
        }
        for at in memchr::memchr_iter(b'@', text.as_bytes()) {
            each(&mut |one, found| one.at_sign(&reading, at, found));
        }
        for at in 0..reading.cues.len() {
            each(&mut |one, found| one.cue(&reading, at, found));
        }
        for word in &self.words {
            let mut found = Found {
                detector: word.detector,
                hits,
            };
            found.term(word.start, word.end, word.term);
        }
        settle(hits);
        hits
    }
}

fn may_hold(hit: &Hit) -> bool {
    // Lists of words stand beside whatever else is pointed at.
    DETECTORS
        .get(usize::from(hit.detector))
        .is_none_or(|one| one.may_hold_others())
}

/// How many hits back one of the same detector is looked for that holds another.
const NEIGHBOURS: usize = 4;

/// Leaves one of what several detectors point at: the longer; of two as long the one beside whose
/// place a word tells, and of two such both.
fn settle(hits: &mut Vec<Hit>) {
    hits.sort_unstable_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end), hit.detector, hit.why));
    hits.dedup();
    let all = std::mem::take(hits);
    // Whatever may hold others holds nobody back.
    let mut last: Option<Hit> = None;
    for hit in all {
        let inside = |one: &&Hit| {
            one.detector == hit.detector && one.start <= hit.start && hit.end <= one.end
        };
        if hits.iter().rev().take(NEIGHBOURS).any(|one| inside(&one)) {
            continue;
        }
        let Some(holder) = last.filter(|_| !may_hold(&hit)) else {
            if !may_hold(&hit) {
                last = Some(hit);
            }
            hits.push(hit);
            continue;
        };
        if hit.start == holder.start && hit.end == holder.end {
            let (told, held) = (hit.why.has(Why::CUE), holder.why.has(Why::CUE));
            if hit.detector == holder.detector || !told {
                continue;
            }
            if told && !held {
                hits.retain(|one| *one != holder);
                last = Some(hit);
            }
            hits.push(hit);
        } else if hit.end > holder.end {
            last = Some(hit);
            hits.push(hit);
        }
    }
}
