//! Lists of words that are pointed at: markings and risks. A person edits them.
//!
//! ```text
//! # a remark
//! OFFICIAL-SENSITIVE: marked OFFICIAL-SENSITIVE: only on channels that the department approved
//! please delete: asks to delete
//! litigat*: litigation
//! ```
//!
//! A line has a term, a colon, and why it is pointed at. A term in small letters is found in any
//! case; one with a capital only as it is written, so that `SECRET` is no secret. Between words a
//! hyphen is as good as a blank. A term is found where it stands as a whole word; one that ends with
//! `*` finds words that begin so. Which lists there are is fixed; a case's own list takes the place of
//! docket's list of its name, and the list `own` is there for the names of a case.

use super::{About, Data};
use crate::case::{Case, CaseError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The longest term, and the longest reason, in bytes.
const LONGEST: usize = 200;
/// Most terms of a list.
const MOST: usize = 4096;

macro_rules! lists {
    ($(($id:literal, $title:literal, $data:ident)),* $(,)?) => {
        /// What each list is, in their order; their places follow those of the detectors.
        pub(super) static LISTS: &[About] = &[$(About {
            id: $id,
            version: 1,
            title: $title,
            data: Data::$data,
            source: concat!("the list lexicons/", $id, ".txt of the case, or docket's own"),
            cue: "nothing",
        }),*];

        /// What docket's own lists hold, in the same order.
        static TEXTS: &[&str] = &[$(include_str!(concat!("lexicons/", $id, ".txt"))),*];
    };
}

lists![
    ("marking", "security marking", Security),
    ("incident", "password, code or security incident", Security),
    ("privilege", "legal privilege", Legal),
    ("special-category", "special category data", Sensitive),
    ("deletion", "deletion, or another channel", Conduct),
    ("not-for-foi", "not for others to see", Conduct),
    ("own", "a word of this case's own list", Own),
];

/// A line that does not follow the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// One term of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it is written, without `*`.
    pub text: String,
    /// Why it is pointed at.
    pub reason: String,
    /// Whether it is found only as it is written.
    pub exact: bool,
    /// Whether it finds words that begin so.
    pub prefix: bool,
}

/// One list.
#[derive(Clone, Debug)]
pub struct Lexicon {
    /// What it is.
    pub about: &'static About,
    /// The case's own file, if it has one.
    pub path: Option<PathBuf>,
    /// SHA-256 of its text, in hexadecimal.
    pub sha256: String,
    /// Its terms, in their order.
    pub terms: Vec<Term>,
}

/// All lists.
#[derive(Clone, Debug, Default)]
pub struct Lexicons {
    lists: Vec<Lexicon>,
}

/// Reads a list.
///
/// # Errors
/// The first line that does not follow the form.
pub fn parse(text: &str) -> Result<Vec<Term>, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut terms = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (line, words) in (1..).zip(text.lines()) {
        let words = words.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let fault = |reason: String| Fault { line, reason };
        let (term, reason) = words
            .split_once(':')
            .ok_or_else(|| fault("write why it is pointed at after a colon".into()))?;
        let (term, reason) = (term.trim(), reason.trim());
        let (bare, prefix) = match term.strip_suffix('*') {
            Some(bare) => (bare, true),
            None => (term, false),
        };
        let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        if !is_end(bare.bytes().next()) || !is_end(bare.bytes().next_back()) || bare.len() < 2 {
            return Err(fault(format!(
                "`{term}` is no term: begin and end it with a letter from a to z or a digit"
            )));
        }
        if bare.len() > LONGEST || reason.len() > LONGEST || reason.is_empty() {
            return Err(fault(format!(
                "a term has 2 to {LONGEST} bytes, and why it is pointed at 1 to {LONGEST}"
            )));
        }
        let exact = bare.bytes().any(|byte| byte.is_ascii_uppercase());
        if let Some(first) = seen.insert(format!("{bare}{prefix}"), line) {
            return Err(fault(format!("`{term}` stands in line {first} already")));
        }
        terms.push(Term {
            text: bare,
            reason: reason.to_owned(),
            exact,
            prefix,
        });
        if terms.len() > MOST {
            return Err(fault(format!("a list has at most {MOST} terms")));
        }
    }
    Ok(terms)
}

impl Lexicons {
    /// Docket's own lists.
    pub fn docket() -> Lexicons {
        let lists = LISTS.iter().zip(TEXTS).filter_map(|(about, text)| {
            // That each of them can be read, a test holds.
            Some(lexicon(about, None, text, parse(text).ok()?))
        });
        Lexicons {
            lists: lists.collect(),
        }
    }

    /// The lists of a case: its own, and docket's where it has none.
    ///
    /// # Errors
    /// [`CaseError::Lexicon`] names the file and the line that does not follow the form, or the file
    /// whose name is no list's.
    pub fn of(case: &Case) -> Result<Lexicons, CaseError> {
        let mut lexicons = Lexicons::docket();
        for (name, path, text) in case.lexicons()? {
            let refused = |line: usize, reason: String| CaseError::Lexicon {
                path: path.clone(),
                line,
                reason,
            };
            let mut lists = lexicons.lists.iter_mut();
            let Some(list) = lists.find(|list| list.about.id == name) else {
                let names: Vec<&str> = LISTS.iter().map(|about| about.id).collect();
                let names = names.join(", ");
                return Err(refused(
                    1,
                    format!("there is no list of this name, but: {names}; own takes any words"),
                ));
            };
            let terms = parse(&text).map_err(|fault| refused(fault.line, fault.reason))?;
            *list = lexicon(list.about, Some(path.clone()), &text, terms);
        }
        Ok(lexicons)
    }

    /// All of them, in their order.
    pub fn all(&self) -> &[Lexicon] {
        &self.lists
    }

    /// The list whose place this is among detectors.
    pub fn at_place(&self, place: u8) -> Option<&Lexicon> {
        let first = super::DETECTORS.len();
        self.lists.get(usize::from(place).checked_sub(first)?)
    }

    /// The name of each list with the checksum of its text.
    pub(super) fn prints(&self) -> Vec<(String, String)> {
        let lists = self.lists.iter();
        lists
            .map(|list| (list.about.id.to_owned(), list.sha256.clone()))
            .collect()
    }
}

/// What docket's own lists hold: name and text.
pub fn defaults() -> impl Iterator<Item = (&'static str, &'static str)> {
    LISTS
        .iter()
        .map(|about| about.id)
        .zip(TEXTS.iter().copied())
}

fn lexicon(about: &'static About, path: Option<PathBuf>, text: &str, terms: Vec<Term>) -> Lexicon {
    let sha256 = Sha256::digest(text);
    Lexicon {
        about,
        path,
        sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        terms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_that_docket_ships_hold() {
        for (name, text) in defaults() {
            parse(text).unwrap_or_else(|fault| panic!("{name}:{}: {}", fault.line, fault.reason));
        }
        assert_eq!(Lexicons::docket().all().len(), LISTS.len());
    }

    #[test]
    fn every_line_that_is_wrong_is_named() {
        let terms = parse("# a list\r\nSECRET: marked\n litigat* : court\n").unwrap();
        assert_eq!((terms[0].exact, terms[0].prefix), (true, false));
        assert_eq!((terms[1].exact, terms[1].prefix), (false, true));
        assert_eq!(terms[1].text, "litigat");
        for (text, line) in [
            ("ok: fine\nno reason\n", 2),
            ("\n\n?: x\n", 3),
            ("a b: x\na  b: y\n", 2),
            ("ab:\n", 1),
            ("*: x\n", 1),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
    }
}
