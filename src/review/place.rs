//! Where each reviewer stopped: a small file in the case, not part of its truth. A file that cannot
//! be read is a review that starts at the beginning.

use super::sample::Sample;
use super::ways::Stop;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Those of them that were known when the place was loaded: what differs was marked, or taken
    /// away, since, and another session of the same reviewer's may have done as much.
    #[serde(skip)]
    pub known: Vec<u32>,
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
    let mut place = read(path).remove(reviewer).unwrap_or_default();
    place.known.clone_from(&place.bookmarks);
    place
}

/// Remembers the place of this reviewer, beside those of others. Bookmarks of another session of
/// theirs stay.
///
/// # Errors
/// When the file cannot be written; nothing is lost by that but the place and what was bookmarked
/// since it was loaded.
pub fn save(path: &Path, reviewer: &str, place: &Place) -> io::Result<()> {
    let mut places = read(path);
    let mut place = place.clone();
    let [own, known]: [BTreeSet<u32>; 2] =
        [&place.bookmarks, &place.known].map(|marks| marks.iter().copied().collect());
    let kept = places
        .get(reviewer)
        .map_or(&[][..], |kept| kept.bookmarks.as_slice());
    let others = kept.iter().filter(|mark| !known.contains(mark));
    let all: BTreeSet<u32> = own
        .iter()
        .filter(|mark| !known.contains(mark) || kept.contains(mark))
        .chain(others)
        .copied()
        .collect();
    place.bookmarks = all.into_iter().collect();
    places.insert(reviewer.to_owned(), place);
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    let written = write(&beside, &places).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // On a full disk a file without anything in it would stay behind.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn write(beside: &Path, places: &Places) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(beside)?;
    file.write_all(&serde_json::to_vec(places)?)?;
    // Else a power cut may leave the name and nothing under it.
    file.sync_all()
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

    #[test]
    fn two_sessions_of_one_reviewer_keep_each_others_bookmarks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("place.json");
        let marked = |bookmarks: &[u32]| Place {
            bookmarks: bookmarks.to_vec(),
            ..Place::default()
        };
        save(&path, "Ann", &marked(&[3, 5])).unwrap();
        let (mut one, mut other) = (load(&path, "Ann"), load(&path, "Ann"));
        one.bookmarks = vec![3, 5, 8];
        other.bookmarks = vec![2, 5];
        save(&path, "Ann", &one).unwrap();
        save(&path, "Ann", &other).unwrap();
        assert_eq!(load(&path, "Ann").bookmarks, [2, 5, 8]);
        // The first knows nothing of what the other took away, and does not bring it back.
        save(&path, "Ann", &one).unwrap();
        assert_eq!(load(&path, "Ann").bookmarks, [2, 5, 8]);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("place.json");
        // A folder in its place cannot be written over.
        std::fs::create_dir_all(path.join("in the way")).unwrap();
        assert!(save(&path, "Ann", &Place::default()).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
