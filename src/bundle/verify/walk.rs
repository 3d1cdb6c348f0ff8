//! What really lies in a folder, found without following anything out of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The files of a folder, such as a bag, as the disk shows them.
pub(in crate::bundle) struct Tree {
    /// Where the bag is.
    pub(super) root: PathBuf,
    /// Regular files: the name relative to the bag with `/` between its parts, and the size.
    pub(in crate::bundle) files: BTreeMap<String, u64>,
    /// Folders with nothing in them.
    pub(super) empty_folders: Vec<String>,
    /// What has no place in a bag, each with the reason: links, devices, names that are not text.
    pub(in crate::bundle) strange: Vec<(String, &'static str)>,
}

impl Tree {
    /// Walks the folder.
    ///
    /// # Errors
    /// When the folder, or one inside it, cannot be listed.
    pub(in crate::bundle) fn walk(root: &Path) -> io::Result<Tree> {
        let mut tree = Tree {
            root: root.to_path_buf(),
            files: BTreeMap::new(),
            empty_folders: Vec::new(),
            strange: Vec::new(),
        };
        let mut folders = vec![(root.to_path_buf(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let mut empty = true;
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                empty = false;
                let Ok(name) = entry.file_name().into_string() else {
                    let shown = format!("{prefix}{}", entry.file_name().to_string_lossy());
                    tree.strange.push((shown, "its name is not UTF-8"));
                    continue;
                };
                let name = format!("{prefix}{name}");
                let metadata = fs::symlink_metadata(entry.path())?;
                if metadata.is_symlink() {
                    tree.strange.push((name, "it is a symbolic link"));
                } else if metadata.is_dir() {
                    folders.push((entry.path(), format!("{name}/")));
                } else if metadata.is_file() {
                    tree.files.insert(name, metadata.len());
                } else {
                    tree.strange.push((name, "it is not a regular file"));
                }
            }
            if empty && !prefix.is_empty() {
                tree.empty_folders
                    .push(prefix.trim_end_matches('/').to_owned());
            }
        }
        tree.strange.sort();
        tree.empty_folders.sort();
        Ok(tree)
    }

    /// Opens a file of the walk.
    ///
    /// # Errors
    /// When the walk did not see a regular file of this name, or it cannot be opened now, or a
    /// link has taken its place since.
    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, open};
        if !self.files.contains_key(name) {
            let reason = "there is no such file in it";
            return Err(io::Error::new(io::ErrorKind::NotFound, reason));
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(open(self.root.join(name), flags, Mode::empty())?.into())
    }

    /// Reads a whole file of the walk, if it is not larger than `most` bytes.
    ///
    /// # Errors
    /// As [`Tree::open`], and when it is larger.
    pub(super) fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name)?
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::Error::other(format!("larger than {most} bytes")));
        }
        Ok(bytes)
    }
}
