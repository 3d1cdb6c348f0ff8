//! Where things lie in a case folder, and how they are written there so that they last.

use super::error::{CaseError, FORMAT};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

const MARK: &str = "docket.json";

/// How long a lock is asked for, and how often: the end of a process frees its lock a moment after
/// the person who started it was told.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(10);

/// The file that tells a case folder from any other.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    docket_case: u32,
}

/// The paths of one case folder.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
    derived: PathBuf,
}

impl Layout {
    /// The folder where a case lies when nobody names one: `case` in the platform's data folder
    /// for docket. `None` where the platform tells of no home.
    pub fn default_folder() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "docket").map(|dirs| dirs.data_dir().join("case"))
    }

    /// The folder of a person's own lists of wording: `words` in the platform's settings folder for
    /// docket. `None` where the platform tells of no home.
    pub fn own_words() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "docket").map(|dirs| dirs.config_dir().join("words"))
    }

    /// Makes the folder where a case is to lie, if there is none.
    ///
    /// # Errors
    /// When it cannot be made, or would lie in a case.
    pub fn make_place(root: &Path) -> Result<(), CaseError> {
        if root.exists() {
            return Ok(());
        }
        keep_apart(root)?;
        make_folder(root)
    }

    /// The case that a folder is of or lies in. What others put there is in no backup of it, and
    /// goes with what is derived.
    pub fn around(folder: &Path) -> Option<PathBuf> {
        // What is not there yet lies where the nearest folder above it does.
        let there = nearest(folder)?;
        let is_case = |folder: &&Path| {
            let mark = fs::read(folder.join(MARK)).ok();
            mark.is_some_and(|mark| serde_json::from_slice::<Mark>(&mark).is_ok())
        };
        there.ancestors().find(is_case).map(Path::to_path_buf)
    }

    fn at(root: PathBuf) -> Layout {
        Layout {
            derived: root.join("derived"),
            root,
        }
    }

    /// The same case, with its derived data in another folder of it, which is made: what is made
    /// there again can be held against what there is.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn aside(&self, name: &str) -> Result<Layout, CaseError> {
        let aside = Layout {
            root: self.root.clone(),
            derived: self.root.join(name),
        };
        aside.make_folders()?;
        Ok(aside)
    }

    /// Opens a case folder, or makes one of a folder that is new or empty.
    ///
    /// # Errors
    /// When the folder holds something else, has a newer format, or cannot be written; when one would
    /// be made inside of another case.
    pub fn open_or_create(root: &Path) -> Result<Layout, CaseError> {
        let is_new = match fs::read_dir(root) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            // A file is in the place, which is told where a case is opened.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => false,
            Err(error) => return Err(CaseError::io(root, error)),
        };
        if !is_new {
            return Layout::open(root);
        }
        keep_apart(root)?;
        make_folder(root)?;
        let layout = Layout::at(absolute(root)?);
        layout.make_folders()?;
        let mark = serde_json::to_vec(&Mark {
            docket_case: FORMAT,
        })
        .map_err(|error| CaseError::io(root, error.into()))?;
        // The mark comes last: a folder is a case once it has one.
        write_whole(&layout.root.join(MARK), &mark)?;
        Ok(layout)
    }

    /// Opens a case folder that exists.
    ///
    /// # Errors
    /// When it is not a case, has a newer format, or cannot be read.
    pub fn open(root: &Path) -> Result<Layout, CaseError> {
        let bytes = match fs::read(root.join(MARK)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(if root.exists() {
                    CaseError::NotACase { path: root.into() }
                } else {
                    CaseError::NoCase { path: root.into() }
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(CaseError::NotACase { path: root.into() });
            }
            Err(error) => return Err(CaseError::io(&root.join(MARK), error)),
        };
        let mark: Mark = serde_json::from_slice(&bytes)
            .map_err(|_| CaseError::NotACase { path: root.into() })?;
        if mark.docket_case != FORMAT {
            return Err(CaseError::Format {
                path: root.into(),
                found: mark.docket_case,
            });
        }
        let layout = Layout::at(absolute(root)?);
        layout.make_folders()?;
        Ok(layout)
    }

    /// Makes the folders of a case that are not there.
    pub(super) fn make_folders(&self) -> Result<(), CaseError> {
        for folder in [
            self.originals(),
            self.derived(),
            self.parts(),
            self.unpacked(),
            self.index(),
        ] {
            make_folder(&folder)?;
        }
        Ok(())
    }

    /// Whether the case lies on storage that is read-only: it can be looked at, and nothing is saved.
    pub fn is_read_only(&self) -> bool {
        is_on_read_only(&self.root)
    }

    /// The case folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The decision ledger.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.sqlite")
    }

    /// The heads of the ledger that were noted.
    pub fn anchors(&self) -> PathBuf {
        self.root.join("anchors")
    }

    /// Whether something was loaded into this case, and the ledger that would tell of it is missing or
    /// empty. A ledger is made with its case, before anything is loaded.
    pub(super) fn has_lost_its_ledger(&self) -> bool {
        let is_empty = fs::metadata(self.ledger()).map_or(true, |known| known.len() == 0);
        is_empty
            && fs::read_dir(self.originals()).is_ok_and(|mut originals| originals.next().is_some())
    }

    /// How long the ledger's log is and when it was written last, as far as the file system tells:
    /// another pair means that somebody wrote. Two writes within one tick of its clock may look like
    /// one, so an equal pair is no proof that nobody did. `None` where there is no log.
    pub fn ledger_stamp(&self) -> Option<(u64, SystemTime)> {
        let log = fs::metadata(self.root.join("ledger.sqlite-wal")).ok()?;
        Some((log.len(), log.modified().ok()?))
    }

    /// The folder of sealed files.
    pub fn originals(&self) -> PathBuf {
        self.root.join("originals")
    }

    /// The sealed file with this SHA-256.
    pub fn original(&self, sha256: &str) -> PathBuf {
        self.originals().join(sha256)
    }

    /// The folder of everything that is remade by a rebuild.
    pub fn derived(&self) -> PathBuf {
        self.derived.clone()
    }

    /// The folder of parts.
    pub fn parts(&self) -> PathBuf {
        self.derived().join("parts")
    }

    /// The part of one import.
    pub fn part(&self, number: u32) -> PathBuf {
        self.parts().join(format!("{number:06}"))
    }

    /// The folder of decompressed chat texts.
    pub fn unpacked(&self) -> PathBuf {
        self.derived().join("unpacked")
    }

    /// The folder of the search index.
    pub fn index(&self) -> PathBuf {
        self.derived().join("index")
    }

    /// All message numbers by time.
    pub fn order(&self) -> PathBuf {
        self.derived().join("order")
    }

    /// The checkpoint of the current decisions.
    pub fn decisions(&self) -> PathBuf {
        self.derived().join("decisions")
    }

    /// What detectors found in the messages.
    pub fn findings(&self) -> PathBuf {
        self.derived().join("findings")
    }

    /// The folder of lists of wording that belong to this case; a person makes it.
    pub fn words(&self) -> PathBuf {
        self.root.join("words")
    }

    /// The words that are signed with a bundle; a person makes it, or docket when asked.
    pub fn statement(&self) -> PathBuf {
        self.root.join("statement.txt")
    }

    /// The list of reasons of this case; a person makes it, or docket when asked.
    pub fn reasons(&self) -> PathBuf {
        self.root.join("reasons.txt")
    }

    /// The list of reasons for masks of this case; a person makes it, or docket when asked.
    pub fn mask_reasons(&self) -> PathBuf {
        self.root.join("redactions.txt")
    }

    /// The folder of lists of words to point at; a person makes it, or docket when asked.
    pub fn lexicons(&self) -> PathBuf {
        self.root.join("lexicons")
    }

    /// The folder of profiles of bundles that belong to this case; a person makes it.
    pub fn profiles(&self) -> PathBuf {
        self.root.join("profiles")
    }

    /// Where each reviewer stopped; not part of the truth.
    pub fn place(&self) -> PathBuf {
        self.root.join("place.json")
    }

    /// Takes the lock under which originals and derived data are written; waits half a second for
    /// a session that is just done with it.
    ///
    /// # Errors
    /// [`CaseError::Busy`] when another session still holds it then.
    pub fn lock(&self) -> Result<Lock, CaseError> {
        let path = self.root.join("import.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| CaseError::io(&path, error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(CaseError::Busy {
                        path: self.root.clone(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(CaseError::io(&path, error)),
            }
        }
    }
}

/// Held while originals and derived data are written; the system frees it when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The folder in which a path stands, as it is written: `.` where it names none.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// As much of a path as is there already, in full and without links.
pub(super) fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find_map(|one| match one.as_os_str().is_empty() {
            true => fs::canonicalize(".").ok(),
            false => fs::canonicalize(one).ok(),
        })
}

/// Refuses a case in a case.
fn keep_apart(root: &Path) -> Result<(), CaseError> {
    match Layout::around(root) {
        Some(case) => Err(CaseError::InsideCase {
            path: root.into(),
            case,
        }),
        None => Ok(()),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, CaseError> {
    fs::canonicalize(path).map_err(|error| CaseError::io(path, error))
}

/// Makes a folder, with its parents, that only its owner can enter; one that exists is left as it
/// is but for its rights.
pub(super) fn make_folder(path: &Path) -> Result<(), CaseError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .map_err(|error| CaseError::io(path, error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = fs::metadata(path)
            .map_err(|error| CaseError::io(path, error))?
            .permissions();
        if rights.mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))
                .map_err(|error| CaseError::io(path, error))?;
        }
    }
    Ok(())
}

/// Makes a new file that only its owner can read; refuses one that exists.
pub(super) fn new_file(path: &Path) -> Result<File, CaseError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .map_err(|error| CaseError::io(path, error))
}

/// Makes files durable, several at a time, so that the disk can take them together.
pub(super) fn sync_files(paths: &[PathBuf]) -> Result<(), CaseError> {
    const AT_ONCE: usize = 8;
    let sync = |path: &PathBuf| {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|error| CaseError::io(path, error))
    };
    std::thread::scope(|scope| {
        let share = paths.len().div_ceil(AT_ONCE).max(1);
        let workers: Vec<_> = paths
            .chunks(share)
            .map(|paths| scope.spawn(move || paths.iter().try_for_each(sync)))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(CaseError::inconsistent("a file was not made durable")))
        })
    })
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), CaseError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| CaseError::io(path, error))
}

/// Renames a file or folder and makes the new name durable.
pub(super) fn publish(from: &Path, to: &Path) -> Result<(), CaseError> {
    fs::rename(from, to).map_err(|error| CaseError::io(to, error))?;
    match to.parent() {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Writes a list that a person may then edit; one that is there is left as it is.
///
/// # Errors
/// [`CaseError::HasReasons`] where there is one; otherwise when it cannot be written.
pub(super) fn write_list(path: &Path, list: &str) -> Result<(), CaseError> {
    let mut file = match new_file(path) {
        Err(CaseError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CaseError::HasReasons(path.to_owned()));
        }
        other => other?,
    };
    let written = file.write_all(list.as_bytes());
    written
        .and_then(|()| file.sync_all())
        .map_err(|error| CaseError::io(path, error))
}

/// Writes a small file beside its place and publishes it whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CaseError> {
    let beside = path.with_extension("new");
    remove(&beside)?;
    let mut file = new_file(&beside)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| CaseError::io(&beside, error))?;
    publish(&beside, path)
}

/// Removes a file or a folder with all it holds; what is not there is removed already.
pub(super) fn remove(path: &Path) -> Result<(), CaseError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CaseError::io(path, error)),
        _ => Ok(()),
    }
}

/// Bytes of all files below a folder, as far as they can be seen; 0 where it is not there.
pub(super) fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Whether nobody can write on the file system of a folder, from here at least; `false` where it
/// cannot be asked.
pub(super) fn is_on_read_only(folder: &Path) -> bool {
    rustix::fs::statvfs(folder)
        .is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Bytes that are free for this user on the file system of a folder.
///
/// # Errors
/// When the file system cannot be asked.
pub(crate) fn free_space(folder: &Path) -> Result<u64, CaseError> {
    let found = rustix::fs::statvfs(folder).map_err(|error| CaseError::io(folder, error.into()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
