//! A case as one file.

use super::KeepError;
use super::hidden::Hidden;
use super::manifest::{FOLDER, Manifest, NAME};
use super::restore::{Take, read_all};
use crate::bundle::seal::{Recipients, tar};
use crate::case::anchors::Fingerprint;
use crate::case::snapshot::{Kept, Snapshot};
use crate::case::{Case, Layout, Progress, folder_of, free_space};
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What is safe when a backup fails.
const SAFE: &str = "no backup was written, and the case is as it was";

/// What was written.
#[derive(Clone, Debug)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Files in it, without its manifest.
    pub files: usize,
    /// Sealed files among them.
    pub originals: u64,
    /// Messages of the case.
    pub messages: u32,
    /// Where the ledger in it ends.
    pub head: Fingerprint,
    /// Files among the case's originals that the ledger does not tell of: left out.
    pub strange: Vec<String>,
    /// Whether what was read back was looked into, file by file: not where it is encrypted.
    pub is_looked_into: bool,
}

/// Writes a backup of a case into a new file, for recipients alone where there are any; reads it
/// back and compares. Others may work on the case meanwhile: it is the case at one moment.
///
/// The file is written beside its place under a hidden name and renamed when it is whole and on the
/// disk.
///
/// # Errors
/// [`KeepError`]; nothing of that name is there then.
pub fn backup(
    case: &Case,
    to: &Path,
    recipients: Option<&Recipients>,
    progress: &mut dyn Progress,
) -> Result<Backup, KeepError> {
    let (folder, name) = place(to)?;
    let path = folder.join(&name);
    let messages = case.store().len();
    let snapshot = case.snapshot()?;
    let manifest = Manifest::of(&snapshot, messages);
    // Each file has a block before it and fills its last; the rest is for the manifest.
    let overhead = (manifest.files.len() as u64 + 4) * 2048;
    let needed = snapshot.bytes().saturating_add(overhead);
    let free = free_space(&folder)?;
    if free < needed {
        return Err(KeepError::NoSpace {
            path: folder,
            needed,
            free,
        });
    }
    let (hidden, file) = Hidden::file(&folder, &name).map_err(KeepError::io(&path, SAFE))?;
    let (bytes, sha256) = write(
        &snapshot,
        &manifest,
        (&hidden.path, file),
        recipients,
        progress,
    )?;
    read_back(&hidden.path, &path, &sha256, recipients.is_none(), progress)?;
    publish(&hidden.path, &path, &folder)?;
    Ok(Backup {
        path,
        bytes,
        sha256,
        files: manifest.files.len(),
        originals: manifest.originals,
        messages,
        head: Fingerprint::of(snapshot.head),
        strange: snapshot.strange.clone(),
        is_looked_into: recipients.is_none(),
    })
}

/// The folder and the name of the new file.
fn place(to: &Path) -> Result<(PathBuf, std::ffi::OsString), KeepError> {
    let no_name = || KeepError::NoName { path: to.into() };
    let name = to.file_name().ok_or_else(no_name)?.to_owned();
    if fs::symlink_metadata(to).is_ok() {
        return Err(KeepError::Exists { path: to.into() });
    }
    let folder = folder_of(to);
    let folder = folder.canonicalize().map_err(KeepError::io(folder, SAFE))?;
    if Layout::around(&folder).is_some() {
        return Err(KeepError::InsideCase { path: to.into() });
    }
    Ok((folder, name))
}

/// Counts and hashes what goes through.
struct Measured<W> {
    to: W,
    bytes: u64,
    sha256: Sha256,
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write_all(bytes)?;
        self.sha256.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes the file and makes it durable; gives its bytes and SHA-256.
fn write(
    snapshot: &Snapshot,
    manifest: &Manifest,
    (path, file): (&Path, File),
    recipients: Option<&Recipients>,
    progress: &mut dyn Progress,
) -> Result<(u64, String), KeepError> {
    let failed = KeepError::io(path, SAFE);
    let measured = Measured {
        to: BufWriter::with_capacity(1 << 18, file),
        bytes: 0,
        sha256: Sha256::new(),
    };
    let measured = match recipients {
        None => {
            let mut measured = measured;
            pack(snapshot, manifest, &mut measured, failed, progress)?;
            measured
        }
        Some(recipients) => {
            let mut sealed = recipients.seal(measured).map_err(failed)?;
            pack(snapshot, manifest, &mut sealed, failed, progress)?;
            sealed.finish().map_err(failed)?
        }
    };
    let sha256 = hex(&measured.sha256.finalize());
    let file = measured
        .to
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    // What is read back is to come from the disk, as far as the system lets go of it.
    let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    Ok((measured.bytes, sha256))
}

fn pack(
    snapshot: &Snapshot,
    manifest: &Manifest,
    to: &mut impl Write,
    failed: impl Fn(io::Error) -> KeepError,
    progress: &mut dyn Progress,
) -> Result<(), KeepError> {
    let told = serde_json::to_vec_pretty(manifest).map_err(|error| failed(error.into()))?;
    let name = format!("{FOLDER}/{NAME}");
    tar::file(to, &name, told.len() as u64, told.as_slice()).map_err(&failed)?;
    let total = snapshot.bytes();
    let mut done = 0;
    for file in &snapshot.files {
        let mut from = Hashed {
            from: BufReader::with_capacity(1 << 18, file.open()?),
            sha256: Sha256::new(),
            progress: &mut *progress,
            done: &mut done,
            total,
        };
        let name = format!("{FOLDER}/{}", file.name);
        let packed = tar::file(to, &name, file.bytes, &mut from);
        let stopped = packed
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionAborted);
        if stopped {
            return Err(KeepError::Stopped);
        }
        let sha256 = hex(&from.sha256.finalize());
        if sha256 != file.sha256 {
            return Err(changed(file));
        }
        packed.map_err(&failed)?;
    }
    tar::end(to).map_err(&failed)
}

fn changed(file: &Kept) -> KeepError {
    KeepError::Original {
        sha256: file.sha256.clone(),
    }
}

/// A file that is hashed while it is read, and that the person can stop.
struct Hashed<'a, R> {
    from: R,
    sha256: Sha256,
    progress: &'a mut dyn Progress,
    done: &'a mut u64,
    total: u64,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.sha256.update(buffer.get(..count).unwrap_or_default());
        *self.done += count as u64;
        match self.progress.tick("copying", *self.done, self.total) {
            std::ops::ControlFlow::Continue(()) => Ok(count),
            std::ops::ControlFlow::Break(()) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Reads what was written, and compares; where it is in clear, as a restore would.
fn read_back(
    written: &Path,
    path: &Path,
    sha256: &str,
    is_clear: bool,
    progress: &mut dyn Progress,
) -> Result<(), KeepError> {
    let failed = KeepError::io(written, SAFE);
    let wrong = || KeepError::NotAsWritten { path: path.into() };
    let mut hash = Measured {
        to: io::sink(),
        bytes: 0,
        sha256: Sha256::new(),
    };
    let mut file = File::open(written).map_err(failed)?;
    io::copy(&mut file, &mut hash).map_err(failed)?;
    if hex(&hash.sha256.finalize()) != sha256 {
        return Err(wrong());
    }
    if is_clear {
        let file = File::open(written).map_err(failed)?;
        match read_all(
            &mut BufReader::with_capacity(1 << 18, file),
            Take::Check,
            progress,
        ) {
            Err(KeepError::Stopped) => return Err(KeepError::Stopped),
            Err(_) => return Err(wrong()),
            Ok(_) => {}
        }
    }
    Ok(())
}

fn publish(hidden: &Path, path: &Path, folder: &Path) -> Result<(), KeepError> {
    let failed = KeepError::io(path, SAFE);
    // A link refuses what is there already, on every file system that knows links.
    match fs::hard_link(hidden, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeepError::Exists { path: path.into() });
        }
        Err(_) => fs::rename(hidden, path).map_err(failed)?,
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(KeepError::io(
            folder,
            "the backup is there, and whether its name outlasts a power cut is not sure: look, and \
             make another",
        ))
}
