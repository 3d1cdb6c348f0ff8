//! All detectors over one text.

use super::cues::{Cue, CueFinder, Cues, Word};
use super::lexicon::Lexicons;
use super::reading::{Code, Reading, Runs, codes_of};
use super::{DETECTORS, Detector, Found, Why};

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
    /// For each kind of run, the detectors that look at it, by their place.
    by_kind: [Vec<(u8, &'static dyn Detector)>; Runs::KINDS],
    /// The detectors that look around cues, and which.
    by_cue: Vec<(u8, &'static dyn Detector, Cues)>,
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
            by_kind: std::array::from_fn(|kind| {
                let all = (0_u8..).zip(DETECTORS.iter().copied());
                all.filter(|(_, one)| one.runs().has(kind)).collect()
            }),
            by_cue: (0_u8..)
                .zip(DETECTORS.iter().copied())
                .map(|(detector, one)| (detector, one, one.cues()))
                .filter(|(.., cues)| *cues != Cues::default())
                .collect(),
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
            told: self
                .cues
                .iter()
                .fold(Cues::default(), |all, cue| all.or(cue.kinds)),
        };
        let hits = &mut self.hits;
        for (at, code) in reading.codes.iter().enumerate() {
            for (detector, one) in self.by_kind.get(code.kind()).into_iter().flatten() {
                let detector = *detector;
                one.code(&reading, at, &mut Found { detector, hits });
            }
        }
        for at in memchr::memchr_iter(b'@', text.as_bytes()) {
            for (detector, one) in (0_u8..).zip(DETECTORS) {
                one.at_sign(&reading, at, &mut Found { detector, hits });
            }
        }
        for (at, cue) in reading.cues.iter().enumerate() {
            for (detector, one, cues) in &self.by_cue {
                if cues.has_any(cue.kinds) {
                    let detector = *detector;
                    one.cue(&reading, at, &mut Found { detector, hits });
                }
            }
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
