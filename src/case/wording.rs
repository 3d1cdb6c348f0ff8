//! Lists of wording that a person adds to docket's own, so that the lines of an app in a language
//! that docket does not know are known for what they are.
//!
//! A list is a file `<language>.txt` in the folder `words` of the case or of the person's settings,
//! in the form that the importer's own lists have. It is read and checked before anything is loaded,
//! sealed among the originals, and named in the ledger beside the export that was read with it: a
//! rebuild reads that very list, whatever became of the file.

use super::layout::Layout;
use super::sealed::SealedFile;
use super::{CaseError, originals};
use crate::import::{self, Importer, Wording};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Most bytes of a list: the largest of docket's own is a fiftieth of it.
const MOST: u64 = 1 << 20;

/// The lists of an import, in the order they are asked in, and the importers that take them.
#[derive(Default)]
pub(super) struct Lists {
    lists: Vec<Wording>,
    importers: Vec<Box<dyn Importer>>,
}

impl Lists {
    /// Reads the lists that stand in these folders, those of the first folder first, by name.
    ///
    /// # Errors
    /// [`CaseError::Wording`] names the file, and the line that does not follow the form.
    pub(super) fn read(folders: &[PathBuf]) -> Result<Lists, CaseError> {
        let mut lists = Vec::new();
        for folder in folders {
            let mut paths = Vec::new();
            let Ok(entries) = fs::read_dir(folder) else {
                // Nobody has to have one.
                continue;
            };
            for entry in entries {
                let path = entry.map_err(|error| CaseError::io(folder, error))?.path();
                let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
                if ending.is_some_and(|ending| ending == "txt") && path.is_file() {
                    paths.push(path);
                }
            }
            paths.sort();
            for path in paths {
                lists.push(read(&path)?);
            }
        }
        Ok(Lists::of(lists))
    }

    fn of(lists: Vec<Wording>) -> Lists {
        let taking = |importer: &&dyn Importer| importer.with_wording(&lists);
        let importers = match lists.as_slice() {
            [] => Vec::new(),
            _ => import::ALL.iter().filter_map(taking).collect(),
        };
        Lists { lists, importers }
    }

    /// The lists themselves.
    pub(super) fn into_wording(self) -> Vec<Wording> {
        self.lists
    }

    /// The importer of this name with these lists, where there are any and it takes them.
    pub(super) fn importer(&self, name: &str) -> Option<&dyn Importer> {
        let mut importers = self.importers.iter();
        let found = importers.find(|importer| importer.name() == name)?;
        Some(found.as_ref())
    }

    /// Seals the lists among the originals; gives them as the ledger names them, and the files that
    /// are new there.
    pub(super) fn seal(
        &self,
        layout: &Layout,
    ) -> Result<(Vec<SealedFile>, Vec<PathBuf>), CaseError> {
        let (mut files, mut new) = (Vec::new(), Vec::new());
        for wording in &self.lists {
            let sealed = originals::seal_bytes(layout, wording.text.as_bytes())?;
            if sealed.is_new {
                new.push(layout.original(&sealed.sha256));
            }
            files.push(SealedFile {
                name: format!("{}.txt", wording.language),
                sha256: sealed.sha256,
                size: sealed.size,
            });
        }
        Ok((files, new))
    }

    /// The lists that an export was read with, from where they are sealed.
    ///
    /// # Errors
    /// When one is not there any more.
    pub(super) fn sealed(layout: &Layout, files: &[SealedFile]) -> Result<Lists, CaseError> {
        let mut lists = Vec::new();
        for file in files {
            let path = layout.original(&file.sha256);
            let text = fs::read_to_string(&path).map_err(|error| CaseError::io(&path, error))?;
            let language = file.name.strip_suffix(".txt").unwrap_or(&file.name);
            let language = language.to_owned();
            lists.push(Wording { language, text });
        }
        Ok(Lists::of(lists))
    }
}

/// Reads one list and checks it.
fn read(path: &Path) -> Result<Wording, CaseError> {
    let wrong = |reason: &str| CaseError::Wording {
        path: path.into(),
        reason: reason.into(),
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|error| CaseError::io(path, error))?;
    if bytes.len() as u64 > MOST {
        return Err(wrong("is over 1 MB, which no list of wording is"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not text in UTF-8"))?;
    let language = path.file_stem().unwrap_or_default();
    let wording = Wording {
        language: language.to_string_lossy().into_owned(),
        text,
    };
    match import::check_wording(&wording) {
        Ok(()) => Ok(wording),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

/// The sentence that a source's notes have of a list.
pub(super) fn note(list: &SealedFile) -> String {
    format!(
        "read with the word list {} besides docket's own (SHA-256 {})",
        list.name, list.sha256
    )
}
