//! A bag in the making: under a hidden name, flushed whole, then renamed, or packed into a file for
//! its recipients.

use super::error::BundleError;
use super::seal::{Recipients, tar};
use super::sign::Kind;
use crate::case::ledger::Entry;
use crate::case::{Case, Layout, Progress, folder_of};
use crate::text::hex;
use sha2::{Digest, Sha256, Sha512};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that makes a folder a bag; written last.
const DECLARATION_NAME: &str = "bagit.txt";

/// What stands in it: RFC 8493 section 2.1.1.
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// A hidden folder that nothing was written to for so long was left by a docket that was killed,
/// unless somebody holds its lock.
const ABANDONED: Duration = Duration::from_secs(60);

/// Where a bundle or an export is to be.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// The new folder; with recipients the new file.
    pub path: &'a Path,
    /// Who alone can open it. Without them it is a folder as it is.
    pub recipients: Option<&'a Recipients>,
    /// Signs it when it is finished, before it is packed.
    pub sign: Option<&'a Signing<'a>>,
}

/// Signs the finished bag in a folder, by its seal (SHA-256 of `tagmanifest-sha256.txt`): puts the
/// statement and its signature there, and gives the ledger's entry of that, or says why not.
pub type Signing<'a> = dyn Fn(&Path, &str) -> Result<Entry, String> + 'a;

impl<'a> Destination<'a> {
    /// A folder that is not encrypted.
    pub fn plain(path: &'a Path) -> Destination<'a> {
        Destination {
            path,
            recipients: None,
            sign: None,
        }
    }
}

/// Where the bundle is to be.
pub(super) struct Target<'a> {
    path: PathBuf,
    folder: PathBuf,
    name: OsString,
    recipients: Option<&'a Recipients>,
    sign: Option<&'a Signing<'a>>,
    /// Where it is made: beside the target; what is to be encrypted in the case, where all that is
    /// in it lies in clear anyway, so that nothing in clear is ever on the target's disk.
    workshop: PathBuf,
}

impl<'a> Target<'a> {
    /// A new folder or file in a folder that exists, outside of every case.
    ///
    /// # Errors
    /// When it has no name, is there already, stands in a case, or is nowhere.
    pub(super) fn of(case: &Case, to: &Destination<'a>) -> Result<Target<'a>, BundleError> {
        let out = to.path;
        let named = |path: &Path| BundleError::NoName {
            path: path.to_path_buf(),
        };
        let name = out.file_name().ok_or_else(|| named(out))?.to_owned();
        if fs::symlink_metadata(out).is_ok() {
            return Err(BundleError::Exists { path: out.into() });
        }
        let folder = folder_of(out);
        let folder = folder.canonicalize().map_err(BundleError::io(folder))?;
        if Layout::around(&folder).is_some() {
            return Err(BundleError::InsideCase { path: out.into() });
        }
        let workshop = match to.recipients {
            Some(_) => case.layout().derived(),
            None => folder.clone(),
        };
        Ok(Target {
            path: folder.join(&name),
            folder,
            name,
            recipients: to.recipients,
            sign: to.sign,
            workshop,
        })
    }

    /// Who alone can open it, as the ledger keeps them.
    pub(super) fn recipients(&self) -> Vec<String> {
        self.recipients.map(Recipients::names).unwrap_or_default()
    }

    /// The last part of its path.
    pub(super) fn name(&self) -> Cow<'_, str> {
        self.name.to_string_lossy()
    }

    /// Refuses when fewer bytes are free there than needed.
    ///
    /// # Errors
    /// [`BundleError::NoSpace`], or when the file system cannot be asked.
    pub(super) fn check_space(&self, needed: u64) -> Result<(), BundleError> {
        for place in [&self.workshop, &self.folder] {
            let found =
                rustix::fs::statvfs(place).map_err(|error| BundleError::io(place)(error.into()))?;
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            if free < needed {
                return Err(BundleError::NoSpace {
                    path: place.clone(),
                    needed,
                    free,
                });
            }
        }
        Ok(())
    }

    /// What the hidden folders of its bags in the making begin with.
    fn hidden(&self) -> String {
        format!(".{}.docket-", self.name())
    }
}

/// Removes what a docket that was killed left in these folders: files and folders whose names begin
/// so and end with the number of its process. What cannot be removed stays: it is nothing whole,
/// and nobody waits for it.
pub(crate) fn sweep(folders: &[&Path], hidden: &str) {
    for entry in folders.iter().flat_map(fs::read_dir).flatten().flatten() {
        let path = entry.path();
        let ours = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(hidden))
            .is_some_and(|id| id.parse::<u32>().is_ok());
        if ours && is_abandoned(&path).unwrap_or(false) {
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}

fn is_abandoned(folder: &Path) -> io::Result<bool> {
    let about = fs::symlink_metadata(folder)?;
    let rests = about.modified()?.elapsed().unwrap_or_default();
    Ok(!about.is_symlink() && rests > ABANDONED && File::open(folder)?.try_lock().is_ok())
}

/// What the manifests say of one file.
pub(super) struct Seal {
    /// Its length.
    pub(super) bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub(super) sha256: String,
    sha512: String,
    /// Whether its bytes were searched as they were written.
    is_searched: bool,
}

impl Seal {
    /// Of these bytes.
    fn of(bytes: &[u8]) -> Seal {
        Seal {
            bytes: bytes.len() as u64,
            sha256: hex(&Sha256::digest(bytes)),
            sha512: hex(&Sha512::digest(bytes)),
            is_searched: false,
        }
    }
}

/// Writes a file of these bytes below the folder of a bag in the making, where its own folder is there
/// already ([`Bag::make_folder`]); [`Bag::enter`] makes it a part of the bag. Its seal says whether the
/// bytes were searched.
///
/// # Errors
/// When the disk refuses.
pub(super) fn put_apart(
    root: &Path,
    name: &str,
    bytes: &[u8],
    is_searched: bool,
) -> Result<Seal, BundleError> {
    let path = root.join(name);
    new_file(&path)?
        .write_all(bytes)
        .map_err(BundleError::io(&path))?;
    Ok(Seal {
        is_searched,
        ..Seal::of(bytes)
    })
}

/// A bag in the making, in a hidden folder that goes when it is dropped unfinished.
pub(super) struct Bag {
    root: PathBuf,
    /// Held as long as somebody is at work in the folder.
    _lock: File,
    seals: BTreeMap<String, Seal>,
    folders: BTreeSet<PathBuf>,
    /// The same as one encrypted file, under a hidden name beside the target.
    packed: Option<PathBuf>,
    published: bool,
}

/// A file of the bag, open for writing.
pub(super) struct BagFile {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
    sha256: Sha256,
    sha512: Sha512,
}

impl BagFile {
    /// Where it is being written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for BagFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.sha512.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Bag {
    fn drop(&mut self) {
        // There is nobody left to tell of a failure here; what stays has a hidden name and, its
        // declaration being written last, is no bag.
        if !self.published || self.packed.is_some() {
            let _ = fs::remove_dir_all(&self.root);
        }
        if let Some(packed) = self.packed.take().filter(|_| !self.published) {
            let _ = fs::remove_file(packed);
        }
    }
}

impl Bag {
    /// Begins a bag beside its target; removes what earlier ones, killed, left there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn create(target: &Target<'_>) -> Result<Bag, BundleError> {
        sweep(&[&target.workshop, &target.folder], &target.hidden());
        let hidden = format!("{}{}", target.hidden(), std::process::id());
        let root = target.workshop.join(hidden);
        DirBuilder::new()
            .mode(0o700)
            .create(&root)
            .map_err(BundleError::io(&root))?;
        let lock = File::open(&root).map_err(BundleError::io(&root))?;
        // A file system without locks has none to take; what rests there for long is swept all
        // the same.
        let _ = lock.try_lock();
        Ok(Bag {
            folders: BTreeSet::from([root.clone()]),
            root,
            _lock: lock,
            seals: BTreeMap::new(),
            packed: None,
            published: false,
        })
    }

    /// The folder in which it is made.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What the manifests will say of a file, once it has ended.
    pub(super) fn seal(&self, name: &str) -> Option<&Seal> {
        self.seals.get(name)
    }

    /// The files that have ended, with their lengths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        let written = self
            .seals
            .iter()
            .filter(|(name, _)| *name != DECLARATION_NAME);
        written.map(|(name, seal)| (name.as_str(), seal.bytes))
    }

    /// Whether a file was searched as it was written.
    pub(super) fn is_searched(&self, name: &str) -> bool {
        self.seals.get(name).is_some_and(|seal| seal.is_searched)
    }

    /// Makes a folder for files that are put there by [`put_apart`].
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn make_folder(&mut self, name: &str) -> Result<(), BundleError> {
        self.place(&format!("{name}/file")).map(|_| ())
    }

    /// Makes a file that was put there by [`put_apart`] a part of the bag.
    pub(super) fn enter(&mut self, name: String, seal: Seal) {
        self.seals.insert(name, seal);
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), BundleError> {
        let path = self.place(to)?;
        fs::rename(self.root.join(from), &path).map_err(BundleError::io(&path))?;
        if let Some(seal) = self.seals.remove(from) {
            self.seals.insert(to.to_owned(), seal);
        }
        Ok(())
    }

    /// Takes a file out again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn discard(&mut self, name: &str) -> Result<(), BundleError> {
        let path = self.root.join(name);
        self.seals.remove(name);
        fs::remove_file(&path).map_err(BundleError::io(&path))
    }

    /// A new file that is no part of the bag, and its place; whoever asks for it removes it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn aside(&mut self, name: &str) -> Result<(PathBuf, File), BundleError> {
        let path = self.place(name)?;
        let file = new_file(&path)?;
        Ok((path, file))
    }

    /// Removes the folders in which nothing is left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn prune(&mut self) -> Result<(), BundleError> {
        let mut empty = Vec::new();
        // Deepest first.
        for folder in self.folders.iter().rev() {
            match fs::remove_dir(folder) {
                Ok(()) => empty.push(folder.clone()),
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => return Err(BundleError::io(folder)(error)),
            }
        }
        for folder in empty {
            self.folders.remove(&folder);
        }
        Ok(())
    }

    /// The path of a file in the bag, its folder made.
    fn place(&mut self, name: &str) -> Result<PathBuf, BundleError> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent()
            && !self.folders.contains(folder)
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(BundleError::io(folder))?;
            let within = |above: &&Path| above.starts_with(&self.root);
            let new: Vec<PathBuf> = folder
                .ancestors()
                .take_while(within)
                .map(Path::to_path_buf)
                .collect();
            self.folders.extend(new);
        }
        Ok(path)
    }

    /// Opens a new file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn start(&mut self, name: &str) -> Result<BagFile, BundleError> {
        let path = self.place(name)?;
        Ok(BagFile {
            name: name.to_owned(),
            file: BufWriter::new(new_file(&path)?),
            path,
            bytes: 0,
            sha256: Sha256::new(),
            sha512: Sha512::new(),
        })
    }

    /// Ends a file: from now on the manifests tell of it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn end(&mut self, mut file: BagFile) -> Result<(), BundleError> {
        file.file.flush().map_err(BundleError::io(&file.path))?;
        self.seals.insert(
            file.name,
            Seal {
                bytes: file.bytes,
                sha256: hex(&file.sha256.finalize()),
                sha512: hex(&file.sha512.finalize()),
                is_searched: false,
            },
        );
        Ok(())
    }

    /// A file of these bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.put_with(name, |file| file.write_all(bytes))
    }

    /// A file that `write` fills.
    pub(super) fn put_with(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut BagFile) -> io::Result<()>,
    ) -> Result<(), BundleError> {
        let mut file = self.start(name)?;
        write(&mut file).map_err(BundleError::io(&file.path))?;
        self.end(file)
    }

    /// Files and bytes of the payload.
    pub(super) fn payload(&self) -> (u64, u64) {
        let payload = self
            .seals
            .iter()
            .filter(|(name, _)| name.starts_with("data/"));
        payload.fold((0, 0), |(files, bytes), (_, seal)| {
            (files + 1, bytes + seal.bytes)
        })
    }

    /// Writes the manifests of all that has ended, and of the declaration to come.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put_manifests(&mut self) -> Result<(), BundleError> {
        let declaration = Seal::of(DECLARATION.as_bytes());
        self.seals.insert(DECLARATION_NAME.to_owned(), declaration);
        let payload = |name: &str| name.starts_with("data/");
        let tags = |name: &str| !payload(name) && !name.starts_with("tagmanifest-");
        self.put_manifest("manifest", payload)?;
        self.put_manifest("tagmanifest", tags)
    }

    fn put_manifest(
        &mut self,
        prefix: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), BundleError> {
        let listed = |sum: fn(&Seal) -> &str| -> String {
            let wanted = self.seals.iter().filter(|(name, _)| wanted(name));
            wanted
                .map(|(name, seal)| format!("{}  {name}\n", sum(seal)))
                .collect()
        };
        let (sha256, sha512) = (listed(|seal| &seal.sha256), listed(|seal| &seal.sha512));
        self.put(&format!("{prefix}-sha256.txt"), sha256.as_bytes())?;
        self.put(&format!("{prefix}-sha512.txt"), sha512.as_bytes())
    }

    /// Flushes every file and folder, then writes the declaration that makes a bag of them. Gives
    /// the SHA-256 of `tagmanifest-sha256.txt`.
    pub(super) fn finish(&mut self, progress: &mut dyn Progress) -> Result<String, BundleError> {
        // One flush of the file system first makes the many that follow cheap.
        if let Ok(root) = File::open(&self.root) {
            let _ = rustix::fs::syncfs(&root);
        }
        let total = self.seals.len() as u64;
        for (done, name) in (0_u64..).zip(self.seals.keys()) {
            tick(progress, "flushing", done, total)?;
            if name != DECLARATION_NAME {
                sync(&self.root.join(name))?;
            }
        }
        // Deepest folders first, so that no name is durable before what it names.
        for folder in self.folders.iter().rev() {
            sync(folder)?;
        }
        let path = self.root.join(DECLARATION_NAME);
        new_file(&path)?
            .write_all(DECLARATION.as_bytes())
            .map_err(BundleError::io(&path))?;
        sync(&path)?;
        sync(&self.root)?;
        let seal = self.seals.get("tagmanifest-sha256.txt");
        Ok(seal.map(|seal| seal.sha256.clone()).unwrap_or_default())
    }

    /// Signs the finished bag, where it is to be; gives the ledger's entry of that.
    ///
    /// # Errors
    /// [`BundleError::Unsigned`], or when the disk refuses.
    pub(super) fn sign(
        &mut self,
        target: &Target<'_>,
        seal: &str,
    ) -> Result<Option<Entry>, BundleError> {
        let Some(sign) = target.sign else {
            return Ok(None);
        };
        let entry = sign(&self.root, seal).map_err(BundleError::Unsigned)?;
        for name in [Kind::Handover.file(), Kind::Handover.signature()] {
            let path = self.root.join(name);
            let bytes = fs::read(&path).map_err(BundleError::io(&path))?;
            self.seals.insert(name.to_owned(), Seal::of(&bytes));
        }
        Ok(Some(entry))
    }

    /// Packs the finished bag into one file that its recipients alone can open, where it has any,
    /// and flushes that.
    ///
    /// # Errors
    /// When the disk refuses, or the person stops it.
    pub(super) fn pack(
        &mut self,
        target: &Target<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), BundleError> {
        let Some(recipients) = target.recipients else {
            return Ok(());
        };
        let hidden = format!("{}{}", target.hidden(), std::process::id());
        let path = target.folder.join(hidden);
        let file = new_file(&path)?;
        self.packed = Some(path.clone());
        let failed = || BundleError::io(&path);
        let mut sealed = recipients.seal(BufWriter::new(file)).map_err(failed())?;
        let total = self.seals.len() as u64;
        let folder = tar::folder(&target.name());
        for (done, (name, seal)) in (0_u64..).zip(&self.seals) {
            tick(progress, "encrypting", done, total)?;
            let from = File::open(self.root.join(name)).map_err(BundleError::io(&path))?;
            tar::file(&mut sealed, &format!("{folder}/{name}"), seal.bytes, from)
                .map_err(failed())?;
        }
        tar::end(&mut sealed).map_err(failed())?;
        let file = sealed.finish().map_err(failed())?.into_inner();
        let file = file.map_err(|error| failed()(error.into_error()))?;
        file.sync_all().map_err(failed())
    }

    /// Gives the folder or the file its name, and gives the path.
    ///
    /// # Errors
    /// [`BundleError::Exists`] when the name is taken by now, or when the disk refuses.
    pub(super) fn publish(mut self, target: Target<'_>) -> Result<PathBuf, BundleError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let exists = || BundleError::Exists {
            path: target.path.clone(),
        };
        let made = self.packed.as_ref().unwrap_or(&self.root);
        match renameat_with(CWD, made, CWD, &target.path, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(exists()),
            // Some file systems cannot refuse by themselves.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                if fs::symlink_metadata(&target.path).is_ok() {
                    return Err(exists());
                }
                fs::rename(made, &target.path).map_err(BundleError::io(&target.path))?;
            }
            Err(error) => return Err(BundleError::io(&target.path)(error.into())),
        }
        self.published = true;
        sync(&target.folder)?;
        Ok(target.path)
    }
}

fn new_file(path: &Path) -> Result<File, BundleError> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(BundleError::io(path))
}

fn sync(path: &Path) -> Result<(), BundleError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(BundleError::io(path))
}

pub(super) fn tick(
    progress: &mut dyn Progress,
    stage: &str,
    done: u64,
    total: u64,
) -> Result<(), BundleError> {
    if progress.tick(stage, done, total).is_break() {
        return Err(BundleError::Stopped);
    }
    Ok(())
}
