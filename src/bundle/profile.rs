//! Profiles: what a department wants of its bundles, in a file that it can read and edit.
//!
//! A profile takes away and never adds: every switch of it leaves something behind that would leave
//! without it, or words what leaves otherwise. So no mistake in a profile, and no profile from
//! somebody else, can let out what the decisions and masks of the case keep back. What it says
//! itself (the rows for `bag-info.txt`) is searched by the self-test like everything else.
//!
//! The bag says which profile it was made by, in `bag-info.txt` and in `completeness.json`: name,
//! version, checksum of the file, and all that it chose. The file itself stays: its remarks are the
//! department's own.

mod read;
mod row;

pub use row::{ProfileRow, Sets};

use super::sign;
use crate::case::{Case, CaseError};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The profiles that docket brings: name and file.
const BUILT_IN: [(&str, &str); 4] = [
    ("uk-central", include_str!("profiles/uk-central.toml")),
    ("foi-response", include_str!("profiles/foi-response.toml")),
    ("inquiry", include_str!("profiles/inquiry.toml")),
    ("minimal", include_str!("profiles/minimal.toml")),
];

/// The word for no profile, where a case has one by default.
pub const NONE: &str = "none";

/// The largest file that is read.
const LARGEST: u64 = 1 << 16;

/// The tables that a profile may leave out, by the names of their files without `.csv`. Without
/// `redactions.csv`, the balance and the custody chain nobody could check a bundle.
pub const TABLES: [&str; 10] = [
    "decisions",
    "flags",
    "people",
    "membership",
    "sources",
    "reconciliation",
    "withheld",
    "file-metadata",
    "file-ffid",
    "properties",
];

/// What is proposed for closure, where the case was told nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClosureDefaults {
    /// For how many years: 1 to 150.
    pub years: Option<u32>,
    /// The date of the schedule that was approved.
    pub schedule: Option<NaiveDate>,
    /// The National Archives' codes of reasons that the department calls by names of its own.
    pub codes: BTreeMap<String, &'static str>,
}

/// A profile that was read and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Letters, digits and hyphens.
    pub name: String,
    /// Of the profile; the department counts it up.
    pub version: u32,
    /// What it is for, in one line.
    pub about: String,
    /// Which editions are handed over.
    pub sets: Sets,
    /// Whether official messages that are flagged transitory are.
    pub transitory: bool,
    /// Whether context is.
    pub context: bool,
    /// Whether reviewers' notes are, where they are asked for.
    pub notes: bool,
    /// The tables of [`TABLES`] that are handed over.
    pub tables: BTreeSet<&'static str>,
    /// What is proposed for closure.
    pub closure: ClosureDefaults,
    /// The template of the statement that is signed.
    pub statement: Option<String>,
    /// More labels and values for `bag-info.txt`.
    pub info: Vec<(String, String)>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The file.
    pub text: String,
}

impl Profile {
    /// Reads a profile's text.
    ///
    /// # Errors
    /// All that is wrong with it, by line.
    pub fn read(text: &str) -> Result<Profile, Vec<Fault>> {
        read::read(text)
    }

    /// Reads a profile's file.
    ///
    /// # Errors
    /// When it cannot be read, or is wrong.
    pub fn read_file(path: &Path) -> Result<Profile, ProfileError> {
        let unread = |reason: String| ProfileError::Unread {
            path: path.to_path_buf(),
            reason,
        };
        let bytes = Case::read_small(path, LARGEST)
            .map_err(|error| match error {
                CaseError::Io { source, .. } => unread(source.to_string()),
                other => unread(other.to_string()),
            })?
            .ok_or_else(|| unread("a profile has at most 64 kB".to_owned()))?;
        let text = String::from_utf8(bytes).map_err(|_| unread("this is not UTF-8".to_owned()))?;
        Profile::read(&text).map_err(|faults| ProfileError::Wrong {
            path: path.to_path_buf(),
            faults,
        })
    }

    /// The profile of docket's own with this name.
    pub fn built_in(name: &str) -> Option<Profile> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Profile::read(text).ok()
    }

    /// The profile that a person names: a file, where it is written as one (with a `/`, or ending in
    /// `.toml`); else one of the case's own folder `profiles`, else one of docket's. None where it
    /// is `none`.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be read, or is wrong.
    pub fn find(case: Option<&Case>, name: &str) -> Result<Option<Arc<Profile>>, ProfileError> {
        if name == NONE {
            return Ok(None);
        }
        if name.contains('/') || name.ends_with(".toml") {
            return Profile::read_file(Path::new(name)).map(|one| Some(Arc::new(one)));
        }
        if let Some(own) = case.map(|case| case.layout().profiles().join(format!("{name}.toml")))
            && own.exists()
        {
            return Profile::read_file(&own).map(|one| Some(Arc::new(one)));
        }
        match Profile::built_in(name) {
            Some(profile) => Ok(Some(Arc::new(profile))),
            None => Err(ProfileError::Unknown {
                name: name.to_owned(),
                known: Profile::names(case),
            }),
        }
    }

    /// The names of the profiles that are at hand: the case's own, then docket's that none of those
    /// takes the place of.
    pub fn names(case: Option<&Case>) -> Vec<String> {
        let mut names = Vec::new();
        let folder = case.map(|case| case.layout().profiles());
        let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
        for entry in entries.into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "toml")
                && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        for (name, _) in BUILT_IN {
            if !names.iter().any(|own| own == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// What it does, in a few words.
    pub fn in_words(&self) -> String {
        let mut words = vec![match self.sets {
            Sets::Both => "both sets",
            Sets::Closed => "the closed set alone",
            Sets::Open => "the open set alone",
        }];
        if !self.transitory {
            words.push("nothing transitory");
        }
        if !self.context {
            words.push("no context");
        }
        words.join(", ")
    }

    /// What a bag says of it.
    pub fn row(&self) -> ProfileRow {
        let left_out = TABLES.iter().filter(|table| !self.tables.contains(*table));
        ProfileRow {
            name: self.name.clone(),
            version: self.version,
            sha256: self.sha256.clone(),
            sets: self.sets,
            transitory: self.transitory,
            context: self.context,
            notes: self.notes,
            left_out: left_out.map(|table| (*table).to_owned()).collect(),
            statement: self.statement.is_some(),
        }
    }
}

/// One thing that is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong and what is allowed, in one line.
    pub words: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.words)
    }
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is none of that name.
    #[error("{name}: no profile of that name; there are {}, or give a file", .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that are at hand.
        known: Vec<String>,
    },
    /// The file cannot be read.
    #[error("{path}: {reason}; docket profile show minimal prints one to begin with")]
    Unread {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It does not hold.
    #[error("{}, line {}: {}{}", .path.display(), first(.faults).line, first(.faults).words, more(.faults, .path))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All that is wrong, by line.
        faults: Vec<Fault>,
    },
}

/// The fault that is told where only one line can be.
fn first(faults: &[Fault]) -> Fault {
    faults.first().cloned().unwrap_or(Fault {
        line: 1,
        words: "it is wrong".to_owned(),
    })
}

fn more(faults: &[Fault], path: &Path) -> String {
    match faults.len() {
        0 | 1 => String::new(),
        all => format!(
            " (and {} more: docket profile check {} lists them)",
            all - 1,
            path.display()
        ),
    }
}

/// Whether a template of a statement can be filled.
///
/// # Errors
/// The line in it, from 1, and what is wrong there.
fn check_statement(template: &str) -> Result<(), (u32, String)> {
    sign::check_template(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_of_our_own_holds_and_bears_its_name() {
        for (name, text) in BUILT_IN {
            let profile = Profile::read(text).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(profile.name, name);
            assert!(!profile.about.is_empty(), "{name}");
            assert_eq!(Profile::built_in(name), Some(profile), "{name}");
        }
        assert_eq!(Profile::built_in("none"), None);
    }

    #[test]
    fn what_a_bag_says_of_it_is_all_that_it_chose() {
        let minimal = Profile::built_in("minimal").unwrap().row();
        assert!(minimal.left_out.contains(&"people".to_owned()));
        let central = Profile::built_in("uk-central").unwrap().row();
        assert_eq!(central.left_out, [""; 0]);
        assert!(!central.transitory && central.context);
        let foi = Profile::built_in("foi-response").unwrap();
        assert_eq!((foi.sets, foi.notes), (Sets::Open, false));
        assert_eq!(Profile::built_in("inquiry").unwrap().sets, Sets::Closed);
    }
}
