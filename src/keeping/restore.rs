//! A case put back from a backup.

use super::KeepError;
use super::hidden::Hidden;
use super::manifest::{FOLDER, LARGEST, Manifest, NAME};
use crate::bundle::seal::tar;
use crate::case::anchors::Fingerprint;
use crate::case::snapshot;
use crate::case::{Case, Layout, Progress, folder_of, free_space};
use crate::text::{counted, grouped, hex};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What is safe when it fails.
const SAFE: &str = "nothing was put back";

/// The first bytes of a file in the age format.
const SEALED: &[u8] = b"age-encryption.org/v1";

/// What was put back.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Files of the case's truth.
    pub files: usize,
    /// Sealed files among them.
    pub originals: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// Messages of the case, as its ledger and its originals give them.
    pub messages: u32,
    /// Where the ledger ends.
    pub head: Fingerprint,
}

/// Puts a case back into a folder that is new or empty, from a backup that is read once, from its
/// beginning to its end: a file, or what `age -d` gives.
///
/// Every file is compared with the manifest, the ledger with its chain and its head; then all of it
/// gets its place at once, and what is derived is made again.
///
/// # Errors
/// [`KeepError`]; the folder is as it was then. [`KeepError::Case`] may also come after the truth
/// has its place, when what is derived cannot be made: the next opening goes on with it.
pub fn restore(
    from: &mut dyn Read,
    target: &Path,
    progress: &mut dyn Progress,
) -> Result<Restored, KeepError> {
    let workshop = Workshop::beside(target)?;
    let manifest = read_all(from, Take::Into(&workshop.hidden.path), progress)?;
    let head = manifest.head()?;
    snapshot::settle(&workshop.hidden.path, head)?;
    workshop.publish(target)?;
    let case = Case::open(target)?;
    let messages = case.store().len();
    if messages != manifest.messages {
        return Err(KeepError::NoBackup {
            what: format!(
                "{} was put back, and shows {} where the backup was of {}: docket check --full",
                target.display(),
                counted(messages, "message", "messages"),
                grouped(manifest.messages)
            ),
        });
    }
    Ok(Restored {
        files: manifest.files.len(),
        originals: manifest.originals,
        bytes: manifest.bytes(),
        messages,
        head: Fingerprint::of(head),
    })
}

/// A folder in the making beside the target.
struct Workshop {
    hidden: Hidden,
    folder: PathBuf,
}

impl Workshop {
    fn beside(target: &Path) -> Result<Workshop, KeepError> {
        let no_name = || KeepError::NoName {
            path: target.into(),
        };
        let name = target.file_name().ok_or_else(no_name)?;
        match fs::read_dir(target).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => {
                return Err(KeepError::Exists {
                    path: target.into(),
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(KeepError::io(target, SAFE)(error)),
        }
        if Layout::around(target).is_some() {
            return Err(KeepError::InsideCase {
                path: target.into(),
            });
        }
        let folder = folder_of(target);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(KeepError::io(folder, SAFE))?;
        let folder = folder.canonicalize().map_err(KeepError::io(folder, SAFE))?;
        let hidden = Hidden::folder(&folder, name).map_err(KeepError::io(&folder, SAFE))?;
        Ok(Workshop { hidden, folder })
    }

    /// Gives the folder its name; a folder of that name that is empty makes way.
    fn publish(self, target: &Path) -> Result<(), KeepError> {
        match fs::rename(&self.hidden.path, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                return Err(KeepError::Exists {
                    path: target.into(),
                });
            }
            Err(error) => return Err(KeepError::io(target, SAFE)(error)),
        }
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(KeepError::io(
                &self.folder,
                "the case is there, and whether its name outlasts a power cut is not sure: look, \
                 and put it back again",
            ))
    }
}

/// What is done with what is read.
#[derive(Clone, Copy)]
pub(super) enum Take<'a> {
    /// It is compared with the manifest.
    Check,
    /// And written below this folder.
    Into(&'a Path),
}

/// Reads a backup to its end and compares every file with the manifest.
pub(super) fn read_all(
    from: &mut dyn Read,
    take: Take<'_>,
    progress: &mut dyn Progress,
) -> Result<Manifest, KeepError> {
    let mut from = Guarded { from };
    let mut head = [0; SEALED.len()];
    from.read_exact(&mut head).map_err(cut)?;
    if head == SEALED {
        return Err(KeepError::Encrypted);
    }
    let mut from = head.as_slice().chain(from);
    let manifest = read_manifest(&mut from)?;
    if let Take::Into(root) = take {
        let needed = manifest.room();
        let free = free_space(root)?;
        if free < needed {
            return Err(KeepError::NoSpace {
                path: root.into(),
                needed,
                free,
            });
        }
    }
    let (mut done, total) = (0, manifest.bytes());
    for row in &manifest.files {
        let (name, size) = next(&mut from)?;
        if name != format!("{FOLDER}/{}", row.name) || size != row.bytes {
            return Err(wrong("its files are not those of its manifest"));
        }
        let mut to = match take {
            Take::Check => None,
            Take::Into(root) => Some((snapshot::new_file(root, &row.name)?, root.join(&row.name))),
        };
        let mut hash = Sha256::new();
        let mut left = size;
        let mut buffer = vec![0; 1 << 17];
        while left > 0 {
            let most = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let room = buffer.get_mut(..most).unwrap_or_default();
            from.read_exact(room).map_err(cut)?;
            hash.update(&*room);
            if let Some((file, path)) = &mut to {
                file.write_all(room).map_err(KeepError::io(path, SAFE))?;
            }
            left -= most as u64;
            done += most as u64;
            if progress.tick("reading", done, total).is_break() {
                return Err(KeepError::Stopped);
            }
        }
        tar::fill(&mut from, size).map_err(cut)?;
        if hex(&hash.finalize()) != row.sha256 {
            return Err(wrong(&format!(
                "{} in it is not what was backed up",
                row.name
            )));
        }
    }
    match tar::next(&mut from).map_err(cut)? {
        None => Ok(manifest),
        Some(_) => Err(wrong("its files are not those of its manifest")),
    }
}

fn read_manifest(from: &mut impl Read) -> Result<Manifest, KeepError> {
    let (name, size) = next(from)?;
    if name != format!("{FOLDER}/{NAME}") || size > LARGEST {
        return Err(wrong("this is no backup of docket's"));
    }
    let mut bytes = Vec::new();
    from.take(size).read_to_end(&mut bytes).map_err(cut)?;
    tar::fill(from, size).map_err(cut)?;
    Manifest::read(&bytes)
}

fn next(from: &mut impl Read) -> Result<(String, u64), KeepError> {
    let found = tar::next(from).map_err(cut)?;
    found.ok_or_else(|| wrong("it ends before all of it is there"))
}

fn wrong(what: &str) -> KeepError {
    KeepError::NoBackup {
        what: what.to_owned(),
    }
}

/// Why it could not be read on.
fn cut(error: io::Error) -> KeepError {
    wrong(&match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends before all of it is there".to_owned(),
        io::ErrorKind::InvalidData => format!("this is no backup of docket's: {error}"),
        _ => format!("it cannot be read: {error}"),
    })
}

/// A reader that is not known, as one that is.
struct Guarded<'a> {
    from: &'a mut dyn Read,
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.from.read(buffer)
    }
}
