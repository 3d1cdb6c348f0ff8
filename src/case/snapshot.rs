//! The truth of a case at one moment: what a copy of it has to hold, and what may be put back.
//!
//! That is the sealed originals, the ledger, the heads that were noted of it, the case's own lists
//! and where each reviewer stopped. What is derived is made again from these.
//!
//! The ledger is copied as it stands at one moment, whoever else is at work, and all small files
//! with it. Originals are only ever added, and before the entry that tells of them: those that the
//! copied ledger tells of are there.

use super::anchors::{self, Anchors};
use super::layout::{self, Layout};
use super::ledger::{Head, Ledger};
use super::opening::Wanted;
use super::originals;
use super::{Case, CaseError, check};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file of the ledger.
const LEDGER: &str = "ledger.sqlite";

/// Small files of a case, beside the ledger.
const SMALL: [&str; 6] = [
    "docket.json",
    "anchors",
    "place.json",
    "reasons.txt",
    "redactions.txt",
    "statement.txt",
];

/// Folders of lists that people write.
const LISTS: [&str; 2] = ["lexicons", "words"];

/// A longer name of a list is none that docket reads.
const LONGEST_NAME: usize = 200;

/// A copy that nobody has touched for so long was left by a docket that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// One file of the truth.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its path in the case, with slashes.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    path: PathBuf,
}

impl Kept {
    /// Opens it for reading.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<File, CaseError> {
        File::open(&self.path).map_err(|error| CaseError::io(&self.path, error))
    }
}

/// The truth of a case at one moment. Copies of what may change lie in the case's derived folder
/// until it is dropped.
#[derive(Debug)]
pub struct Snapshot {
    /// All files, by name.
    pub files: Vec<Kept>,
    /// Where the ledger ends in it.
    pub head: Head,
    /// Files among the originals that the ledger does not tell of, which are not in it.
    pub strange: Vec<String>,
    folder: PathBuf,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // What stays is derived, and swept by a later snapshot.
        let _ = layout::remove(&self.folder);
    }
}

impl Case {
    /// Takes a snapshot of the case's truth. The ledger in it is checked by its chain and against
    /// the heads that were noted; originals are not read here.
    ///
    /// # Errors
    /// When the case cannot be read, or its ledger does not hold: a copy of a broken truth would
    /// look like a good one.
    pub fn snapshot(&self) -> Result<Snapshot, CaseError> {
        let derived = self.layout.derived();
        sweep(&derived);
        let folder = derived.join(format!(".snapshot-{}", std::process::id()));
        layout::remove(&folder)?;
        layout::make_folder(&folder)?;
        let mut snapshot = Snapshot {
            files: Vec::new(),
            head: Head::START,
            strange: Vec::new(),
            folder,
        };
        // Noted heads first: each of them is in a ledger that is copied later.
        for name in SMALL {
            snapshot.copy(&self.layout, name)?;
        }
        for list in LISTS {
            let Ok(entries) = fs::read_dir(self.layout.root().join(list)) else {
                continue;
            };
            layout::make_folder(&snapshot.folder.join(list))?;
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if is_list(&name) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    snapshot.copy(&self.layout, &format!("{list}/{name}"))?;
                }
            }
        }
        let path = snapshot.folder.join(LEDGER);
        self.ledger.copy_to(&path)?;
        let wanted = {
            let ledger = Ledger::open(&path)?;
            snapshot.head = ledger.head()?;
            holds(
                &ledger,
                &Anchors::read(&snapshot.folder.join("anchors"))?,
                &path,
            )?;
            Wanted::read(&ledger)?
        };
        snapshot.add(LEDGER, path)?;
        let sealed = check::sealed(&wanted);
        for (sha256, bytes) in &sealed {
            snapshot.files.push(Kept {
                name: format!("originals/{sha256}"),
                bytes: *bytes,
                sha256: (*sha256).to_owned(),
                path: self.layout.original(sha256),
            });
        }
        let there = originals::list(&self.layout)?.into_iter();
        snapshot.strange = there
            .map(|(name, _)| name)
            .filter(|name| !sealed.contains_key(name.as_str()))
            .collect();
        snapshot
            .files
            .sort_by(|one, other| one.name.cmp(&other.name));
        Ok(snapshot)
    }
}

impl Snapshot {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Copies a small file of the case; one that is not there is left out.
    fn copy(&mut self, layout: &Layout, name: &str) -> Result<(), CaseError> {
        let from = layout.root().join(name);
        let bytes = match fs::read(&from) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(CaseError::io(&from, error)),
        };
        let path = self.folder.join(name);
        layout::new_file(&path)?
            .write_all(&bytes)
            .map_err(|error| CaseError::io(&path, error))?;
        self.add(name, path)
    }

    fn add(&mut self, name: &str, path: PathBuf) -> Result<(), CaseError> {
        let sha256 = originals::hash_file(&path, &mut |_| Ok(()))?;
        let found = fs::metadata(&path).map_err(|error| CaseError::io(&path, error))?;
        self.files.push(Kept {
            name: name.to_owned(),
            bytes: found.len(),
            sha256,
            path,
        });
        Ok(())
    }
}

/// Removes the copies of a docket that was killed long ago.
fn sweep(derived: &Path) {
    for entry in fs::read_dir(derived).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_old = || -> Option<bool> {
            let rests = entry.metadata().ok()?.modified().ok()?.elapsed().ok()?;
            Some(rests > ABANDONED)
        };
        if name.to_string_lossy().starts_with(".snapshot-") && is_old() == Some(true) {
            // What cannot be removed is derived, and in nobody's way.
            let _ = layout::remove(&entry.path());
        }
    }
}

/// Whether a file of this name is a list that a person wrote.
fn is_list(name: &str) -> bool {
    !name.starts_with('.')
        && !name.is_empty()
        && name.len() <= LONGEST_NAME
        && !name
            .chars()
            .any(|c| c.is_control() || c == '/' || c == '\\')
}

/// Whether this is the name of a file of a case's truth: nothing else is ever put back.
pub fn is_kept(name: &str) -> bool {
    if name == LEDGER || SMALL.contains(&name) {
        return true;
    }
    match name.split_once('/') {
        Some(("originals", hash)) => {
            let is_hex = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            hash.len() == 64 && hash.bytes().all(is_hex)
        }
        Some((folder, list)) => LISTS.contains(&folder) && is_list(list),
        None => false,
    }
}

fn holds(ledger: &Ledger, anchors: &Anchors, path: &Path) -> Result<(), CaseError> {
    let broken = |reason: String| CaseError::Broken {
        path: path.file_name().map(PathBuf::from).unwrap_or_default(),
        reason,
    };
    let verdict = ledger.verify(None)?;
    if let Some(fault) = verdict.faults.first() {
        return Err(broken(fault.to_string()));
    }
    match anchors.against(ledger)?.first() {
        Some(gone) => Err(broken(gone.to_string())),
        None => Ok(()),
    }
}

/// Puts a truth that was written into a folder file by file in order there: its originals are made
/// read-only, its ledger has to hold and to end at this head, every original that it tells of has
/// to be there, and all of it is on the disk.
///
/// # Errors
/// What is missing or broken, or when the disk refuses.
pub fn settle(root: &Path, head: Head) -> Result<(), CaseError> {
    let layout = Layout::open(root)?;
    let broken = |reason: String| CaseError::Broken {
        path: root.into(),
        reason,
    };
    let path = layout.ledger();
    if !path.is_file() {
        return Err(broken("it has no ledger".into()));
    }
    let ledger = Ledger::open(&path)?;
    if ledger.head()? != head {
        return Err(broken("its ledger ends elsewhere than it says".into()));
    }
    holds(&ledger, &anchors::read(&layout)?, &path)?;
    let wanted = Wanted::read(&ledger)?;
    drop(ledger);
    let mut paths = vec![path];
    for (sha256, bytes) in check::sealed(&wanted) {
        let place = layout.original(sha256);
        let found = fs::symlink_metadata(&place).map(|found| found.len());
        if found.ok() != Some(bytes) {
            return Err(broken(format!("the original {sha256} is not in it")));
        }
        originals::set_read_only(&place)?;
        paths.push(place);
    }
    for folder in LISTS.map(|list| root.join(list)) {
        paths.extend(files_in(&folder));
    }
    paths.extend(
        SMALL
            .map(|name| root.join(name))
            .into_iter()
            .filter(|p| p.is_file()),
    );
    layout::sync_files(&paths)?;
    for folder in LISTS
        .into_iter()
        .chain(["originals"])
        .map(|name| root.join(name))
    {
        if folder.is_dir() {
            layout::sync_folder(&folder)?;
        }
    }
    layout::sync_folder(root)
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Makes a new file of a truth below a folder, for its owner alone; its folder is made.
///
/// # Errors
/// When it is there already, or the disk refuses.
pub fn new_file(root: &Path, name: &str) -> Result<File, CaseError> {
    let path = root.join(name);
    if let Some(folder) = path.parent() {
        layout::make_folder(folder)?;
    }
    layout::new_file(&path)
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_files_of_a_truth_is_put_back() {
        let hash = "a".repeat(64);
        for name in [
            "ledger.sqlite",
            "anchors",
            "docket.json",
            "lexicons/own.txt",
            "words/Gälisch.txt",
            &format!("originals/{hash}"),
        ] {
            assert!(is_kept(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../anchors",
            "lexicons/../anchors",
            "lexicons/.x",
            "lexicons/a/b",
            "lexicons/",
            "derived/order",
            "originals/x",
            "ledger.sqlite-wal",
            "import.lock",
            &format!("originals/{}", hash.to_uppercase()),
            &format!("lexicons/{}", "x".repeat(300)),
        ] {
            assert!(!is_kept(name), "{name}");
        }
    }
}
