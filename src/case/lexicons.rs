//! The lists of words to point at that belong to a case: text files in its folder `lexicons`, which
//! a person edits. What they hold is read by the room of findings.

use super::{Case, CaseError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Most bytes of a list.
const LARGEST: u64 = 1 << 20;

impl Case {
    /// The case's own lists, by name: name without ending, path, and text. None where there is no
    /// folder.
    ///
    /// # Errors
    /// [`CaseError::Lexicon`] where a file is too large or no text; otherwise when it cannot be
    /// read.
    pub fn lexicons(&self) -> Result<Vec<(String, PathBuf, String)>, CaseError> {
        let folder = self.layout().lexicons();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(CaseError::io(&folder, error)),
        };
        let mut lists = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| CaseError::io(&folder, error))?.path();
            let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
            if ending.is_none_or(|ending| ending != "txt") || !path.is_file() {
                continue;
            }
            let refused = |reason: &str| CaseError::Lexicon {
                path: path.clone(),
                line: 1,
                reason: reason.into(),
            };
            let bytes = Case::read_small(&path, LARGEST)?
                .ok_or_else(|| refused("a list has at most 1 MB"))?;
            let text = String::from_utf8(bytes).map_err(|_| refused("this is not UTF-8"))?;
            let name = path.file_stem().unwrap_or_default();
            lists.push((name.to_string_lossy().into_owned(), path, text));
        }
        lists.sort();
        Ok(lists)
    }

    /// Writes a list into the case, to be edited; gives the path.
    ///
    /// # Errors
    /// [`CaseError::HasLexicon`] where there is one of its name; otherwise when it cannot be
    /// written.
    pub fn write_lexicon(&self, name: &str, text: &str) -> Result<PathBuf, CaseError> {
        let folder = self.layout().lexicons();
        super::layout::make_folder(&folder)?;
        let path = folder.join(format!("{name}.txt"));
        let mut file = std::fs::OpenOptions::new();
        let file = file.write(true).create_new(true).mode(0o600).open(&path);
        match file {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(CaseError::HasLexicon(path))
            }
            file => {
                let written = file.and_then(|mut file| {
                    file.write_all(text.as_bytes())?;
                    file.sync_all()
                });
                written.map_err(|error| CaseError::io(&path, error))?;
                Ok(path)
            }
        }
    }
}
