//! Where exports are looked for: the disk, or an archive, whose entries are files in folders too.

use super::super::export::{Export, Portion, parts};
use super::super::{ReadError, first_bytes};
use super::Given;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What stands at a path.
pub(super) enum What {
    Folder,
    File,
    /// Nothing that can be an export, and why.
    Nothing(String),
    /// Something that cannot be read, and why.
    Unreadable(String),
}

/// What holds files and folders.
pub(super) trait Shelf {
    /// What stands directly in a folder, sorted; or why that cannot be told.
    fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, String>;
    /// What stands at a path; links are not followed.
    fn what_itself(&self, path: &Path) -> What;
    /// Opens a file as an export of that name.
    fn open(&self, path: &Path, name: &str) -> Result<Export, ReadError>;
    /// The first bytes of a file, so many at most, as far as it can be read.
    fn head(&self, path: &Path, most: usize) -> Vec<u8>;
    /// Whether the files on it may be archives, to be looked through too.
    fn opens_archives(&self) -> bool {
        false
    }
    /// Whether a file stands there.
    fn is_plain_file(&self, path: &Path) -> bool {
        matches!(self.what_itself(path), What::File)
    }
}

/// The disk.
#[derive(Default)]
pub(super) struct Disk {
    /// Files that are not opened, and why.
    pub(super) skipped: BTreeMap<PathBuf, String>,
    /// Who is told of each file before it is opened.
    pub(super) watch: Option<Watch>,
}

/// Is told of each file before it is opened.
pub(in crate::import) type Watch = Box<dyn Fn(&Path)>;

/// The name of a path that does not end in one: of `.` and `..`.
pub(super) fn real_name(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    Some(real.file_name()?.to_string_lossy().into_owned())
}

fn unread(error: &std::io::Error) -> String {
    let check = super::super::check(error);
    format!("cannot be read: {error}; {check} and load it again")
}

impl Disk {
    /// What stands at a path that a person names: a link is what it leads to.
    pub(super) fn what(&self, path: &Path) -> What {
        match std::fs::metadata(path) {
            Err(error) => What::Unreadable(unread(&error)),
            Ok(found) if found.is_dir() => What::Folder,
            Ok(found) if found.is_file() => What::File,
            Ok(_) => What::Nothing(
                "neither a file nor a folder, but a pipe, a socket or a device; copy what it gives \
                 into a file"
                    .into(),
            ),
        }
    }
}

impl Shelf for Disk {
    fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, String> {
        let entries = std::fs::read_dir(folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unread(&error))?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    }

    fn what_itself(&self, path: &Path) -> What {
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => {
                What::Nothing("a symbolic link, which is not followed; give the file itself".into())
            }
            _ => self.what(path),
        }
    }

    fn open(&self, path: &Path, name: &str) -> Result<Export, ReadError> {
        if let Some(reason) = self.skipped.get(path) {
            return Err(ReadError::Refused {
                path: name.to_owned(),
                reason: reason.clone(),
            });
        }
        if let Some(watch) = &self.watch {
            watch(path);
        }
        Export::from_file(path, name)
    }

    fn opens_archives(&self) -> bool {
        true
    }

    fn head(&self, path: &Path, most: usize) -> Vec<u8> {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let mut head = Vec::new();
        if let Ok(file) = File::open(path) {
            let _ = file.take(most).read_to_end(&mut head);
        }
        head
    }
}

/// An archive whose items are files in folders. Their names are compared and never used as paths on
/// the disk.
pub(super) struct Packed<'a> {
    archive: &'a Export,
    /// Every file: the items it is.
    files: BTreeMap<PathBuf, Vec<u32>>,
    /// Every folder: what stands directly in it. A zip is one too, beside being a file.
    folders: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

/// The path of an item as a shelf has it: no step up, and none to a root.
fn path_of(name: &str) -> PathBuf {
    parts(name)
        .map(|part| match part {
            "." | ".." => "_",
            part => part,
        })
        .collect()
}

impl<'a> Packed<'a> {
    pub(super) fn of(archive: &'a Export) -> Packed<'a> {
        let mut shelf = Packed {
            archive,
            files: BTreeMap::new(),
            folders: BTreeMap::from([(PathBuf::new(), BTreeSet::new())]),
        };
        let files = archive.files();
        let zips: BTreeSet<PathBuf> = (0u32..)
            .zip(&archive.items)
            .filter(|(number, _)| archive.is_opened_zip(*number))
            .map(|(_, item)| path_of(&item.name))
            .collect();
        for (name, items) in files {
            let mut path = path_of(&name);
            // Two entries may have one name.
            let mut twin = 1u32;
            while shelf.files.contains_key(&path) {
                twin = twin.saturating_add(1);
                let mut named = path_of(&name).into_os_string();
                named.push(format!(" ({twin})"));
                path = named.into();
            }
            shelf.files.insert(path.clone(), items);
            let mut inside = path.as_path();
            while let Some(folder) = inside.parent() {
                let list = shelf.folders.entry(folder.into()).or_default();
                if !list.insert(inside.into()) || zips.contains(folder) {
                    break;
                }
                inside = folder;
            }
        }
        shelf
    }

    /// Whether a file is an archive whose entries stand on the shelf too.
    pub(super) fn is_archive(&self, path: &Path) -> bool {
        self.files.contains_key(path) && self.folders.contains_key(path)
    }

    /// Whether more files than these stand in an archive.
    pub(super) fn holds_more(&self, path: &Path, most: usize) -> bool {
        let from = self.files.range(path.to_path_buf()..);
        let inside = from.take_while(|(file, _)| file.starts_with(path));
        inside.filter(|(file, _)| *file != path).nth(most).is_some()
    }

    /// The items of something that was found.
    pub(super) fn portion(&self, given: &Given) -> Portion {
        let mut items: Vec<u32> = match given.files.is_empty() {
            true => self.files.get(&given.path).cloned().unwrap_or_default(),
            false => given
                .files
                .iter()
                .filter_map(|(_, path)| self.files.get(path))
                .flatten()
                .copied()
                .collect(),
        };
        items.sort_unstable();
        items.dedup();
        let place: Vec<_> = given
            .path
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        Portion::of(&place.join("/"), &items)
    }

    fn problem(&self, path: &Path) -> Option<String> {
        let first = self.files.get(path)?.first()?;
        self.archive.item(*first)?.problem.clone()
    }
}

impl Shelf for Packed<'_> {
    fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, String> {
        let list = self.folders.get(folder).into_iter().flatten();
        Ok(list.cloned().collect())
    }

    fn what_itself(&self, path: &Path) -> What {
        match (self.files.contains_key(path), self.problem(path)) {
            (_, Some(problem)) => What::Unreadable(problem),
            (true, None) => What::File,
            (false, None) => What::Folder,
        }
    }

    fn open(&self, path: &Path, _: &str) -> Result<Export, ReadError> {
        let place = path.to_string_lossy();
        let items = self.files.get(path).map_or(&[][..], Vec::as_slice);
        Ok(self.archive.pick(&place, items))
    }

    fn head(&self, path: &Path, most: usize) -> Vec<u8> {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        match self.files.get(path).and_then(|items| items.first()) {
            Some(first) => first_bytes(self.archive, *first, most),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_steps_out_of_the_archive() {
        for (name, path) in [
            ("../../etc/passwd", "_/_/etc/passwd"),
            ("/tmp/x", "tmp/x"),
            ("C:\\a\\b.txt", "C:/a/b.txt"),
            ("./a//b", "_/a/b"),
        ] {
            assert_eq!(path_of(name), Path::new(path));
        }
    }
}
