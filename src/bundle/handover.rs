//! Adds to a finished bundle what is signed: the statement of those who hand it over, and the receipt
//! of those who took it.
//!
//! The bag is verified first. A text is prepared in it, to be read; its signature gets its place when
//! it lies on the disk whole, and none is ever replaced. How both look, [`super::sign`] says.

use super::sign::{Held, Kind, SignError, Signature, Statement};
use super::verify::signed;
use crate::check::{Check, Verdict};
use chrono::NaiveDate;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a bag tells for a statement, once it was verified.
///
/// # Errors
/// [`SignError::Broken`] when it does not hold.
pub fn held(bag: &Path) -> Result<Held, SignError> {
    signed::held(bag).map_err(|checks| broken(bag, &checks))
}

fn broken(bag: &Path, checks: &[Check]) -> SignError {
    let failed = checks.iter().find(|check| check.verdict == Verdict::Failed);
    let what = failed.map_or_else(
        || "it is no bundle of docket's".to_owned(),
        |check| format!("{}: {}", check.name, check.detail),
    );
    SignError::Broken {
        path: bag.to_path_buf(),
        what,
    }
}

/// The text of a kind for this bag: checked, with every placeholder filled.
///
/// # Errors
/// When the bag does not hold, is signed already, or the template is wrong.
pub fn compose(
    bag: &Path,
    kind: Kind,
    party: &str,
    date: NaiveDate,
    template: &str,
) -> Result<Statement, SignError> {
    unsigned(bag, kind)?;
    let held = held(bag)?;
    if kind == Kind::Receipt && !held.is_signed {
        return Err(SignError::Unsigned { path: bag.into() });
    }
    Statement::of(&held, kind, party, date, template)
}

fn unsigned(bag: &Path, kind: Kind) -> Result<(), SignError> {
    let path = bag.join(kind.signature());
    match fs::symlink_metadata(&path) {
        Ok(_) => Err(SignError::Signed { path }),
        Err(_) => Ok(()),
    }
}

/// Puts the text into the bag, to be read and signed; one that was prepared before gives way.
///
/// # Errors
/// When the disk refuses.
pub fn prepare(bag: &Path, statement: &Statement) -> Result<PathBuf, SignError> {
    let path = bag.join(statement.kind.file());
    let ready = write_beside(&path, statement.render().as_bytes())?;
    ready.publish(&path)?;
    Ok(path)
}

/// The text that was prepared in the bag, checked against it.
///
/// # Errors
/// When there is none, or the bag or it does not hold.
pub fn prepared(bag: &Path, kind: Kind) -> Result<Statement, SignError> {
    let path = bag.join(kind.file());
    if !path.is_file() {
        return Err(SignError::Unprepared { path });
    }
    signed::prepared(bag, kind).map_err(|checks| broken(bag, &checks))
}

/// The receipt that stands in the bag, with its signature and the bag's seal; all of it holds.
///
/// # Errors
/// When it does not, or there is none.
pub fn receipt(bag: &Path) -> Result<(Statement, Signature, String), SignError> {
    signed::receipt(bag).map_err(|checks| broken(bag, &checks))
}

/// Adds a signature on the bag's text. `note` is called when the signature lies on the disk beside
/// its place, and it gets its name when that went well.
///
/// # Errors
/// When the disk refuses, or what `note` says.
pub fn add<E: From<SignError>>(
    bag: &Path,
    kind: Kind,
    signature: &Signature,
    note: impl FnOnce() -> Result<(), E>,
) -> Result<PathBuf, E> {
    let path = bag.join(kind.signature());
    let ready = write_beside(&path, signature.pem().as_bytes())?;
    if let Err(error) = note() {
        ready.discard();
        return Err(error);
    }
    ready.publish(&path)?;
    Ok(path)
}

/// A file that lies on the disk and has no place yet.
struct Ready {
    file: File,
    /// Its hidden name, where the file system keeps no file without one.
    hidden: Option<PathBuf>,
}

/// Writes a file without a name, which a kill takes with it. Where the file system has none such,
/// the bag's own folder takes it under a hidden name for a moment: the folder beside it is not ours.
fn write_beside(path: &Path, bytes: &[u8]) -> Result<Ready, SignError> {
    use std::os::unix::fs::OpenOptionsExt;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = path.with_file_name(format!(".{name}.docket"));
    // One that was killed may have left it.
    match fs::remove_file(&hidden) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(SignError::io(&hidden)(error));
        }
        _ => {}
    }
    let mut ready = match nameless(path.parent().unwrap_or(Path::new("."))) {
        Some(file) => Ready { file, hidden: None },
        None => Ready {
            file: fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&hidden)
                .map_err(SignError::io(&hidden))?,
            hidden: Some(hidden),
        },
    };
    let written = ready.file.write_all(bytes);
    written
        .and_then(|()| ready.file.sync_all())
        .map_err(SignError::io(path))?;
    Ok(ready)
}

/// A file in this folder that has no name, where that can be had and be given a name later.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(open(folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
    place_of(&file).exists().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> Option<File> {
    None
}

/// Where the system shows an open file.
fn place_of(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

impl Ready {
    /// Gives it its name; what stood there gives way.
    fn publish(self, path: &Path) -> Result<(), SignError> {
        use rustix::fs::{AtFlags, CWD, linkat};
        let folder = path.parent().unwrap_or(Path::new("."));
        let named = match &self.hidden {
            Some(hidden) => fs::rename(hidden, path),
            None => {
                let gone = match fs::remove_file(path) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                    other => other,
                };
                let place = place_of(&self.file);
                let link = || linkat(CWD, &place, CWD, path, AtFlags::SYMLINK_FOLLOW);
                gone.and_then(|()| Ok(link()?))
            }
        };
        named
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(SignError::io(path))
    }

    /// Takes it away again.
    fn discard(self) {
        if let Some(hidden) = &self.hidden {
            // What stays has a hidden name and is swept by the next one.
            let _ = fs::remove_file(hidden);
        }
    }
}
