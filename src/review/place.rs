//! Where each reviewer stopped: a small file in the case, not part of its truth. A file that cannot
//! be read is a review that starts at the beginning.

use super::sample::Sample;
use super::ways::Stop;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where a reviewer stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The message the cursor was on.
    pub message: Option<u32>,
    /// Whether a thread was open, rather than the table of threads.
    pub reading: bool,
    /// Whether the details were open.
    pub details: bool,
    /// Whether the facts of the case were asked for.
    pub asked: bool,
    /// The names of the actions that the palette did last, the latest first.
    pub recent: Vec<String>,
    /// The messages that the reviewer marked, in rising order.
    pub bookmarks: Vec<u32>,
    /// The random sample that is being looked at.
    pub sample: Kept,
    /// Where the reviewer was on each way they went, the latest first; [`MOST_STOPS`] at most.
    pub stops: Vec<Stop>,
    /// Whether they stopped on the first of them.
    pub on_the_way: bool,
}

/// So many ways are remembered, the latest.
pub const MOST_STOPS: usize = 40;

/// A sample, and what of it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// What was drawn; empty where nothing was.
    pub sample: Sample,
    /// The messages that the reviewer's cursor has been on, in rising order.
    pub looked: Vec<u32>,
}

type Places = BTreeMap<String, Place>;

fn read(path: &Path) -> Places {
    std::fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// The place of this reviewer; a new one where none is known.
pub fn load(path: &Path, reviewer: &str) -> Place {
    read(path).remove(reviewer).unwrap_or_default()
}

/// Remembers the place of this reviewer, beside those of others.
///
/// # Errors
/// When the file cannot be written; nothing is lost by that but the place.
pub fn save(path: &Path, reviewer: &str, place: &Place) -> io::Result<()> {
    let mut places = read(path);
    places.insert(reviewer.to_owned(), place.clone());
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(&serde_json::to_vec(&places)?)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reviewer_has_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("place.json");
        assert_eq!(load(&path, "Ann"), Place::default());
        let place = Place {
            message: Some(7),
            reading: true,
            ..Place::default()
        };
        save(&path, "Ann", &place).unwrap();
        save(&path, "Bob", &Place::default()).unwrap();
        assert_eq!(load(&path, "Ann"), place);
        std::fs::write(&path, b"{ broken").unwrap();
        assert_eq!(load(&path, "Ann"), Place::default());
    }
}
