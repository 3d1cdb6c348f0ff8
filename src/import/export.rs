//! An export as it was given: one file, a zip, or a folder, opened for reading only.

use super::ReadError;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What part an item plays in its export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemRole {
    /// It holds messages.
    Chat,
    /// A file that a message names or may name.
    Media,
    /// A folder's own entry in a zip.
    Folder,
    /// Neither: kept with the original, and listed.
    Other,
}

/// One file in an export: the file itself, or an entry of its zip or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its path inside the export, `/` between the parts, as the export writes it.
    pub name: String,
    /// Its size in bytes, decompressed, as the export declares it.
    pub size: u64,
    /// What it is.
    pub role: ItemRole,
}

/// An export, open for reading.
#[derive(Debug)]
pub struct Export {
    /// The name it was given under: `WhatsApp Chat with Ministers.zip`.
    pub name: String,
    /// Its items, in the order they stand there.
    pub items: Vec<Item>,
    paths: Vec<PathBuf>,
    zip: bool,
}

impl Export {
    /// Opens a file (a zip is recognised by its content) that was given under `name`.
    ///
    /// # Errors
    /// When it cannot be read, or is a zip that is damaged as a whole or encrypted.
    pub fn from_file(path: &Path, name: &str) -> Result<Export, ReadError> {
        let size = std::fs::metadata(path)
            .map_err(|source| ReadError::Io {
                path: name.into(),
                source,
            })?
            .len();
        Ok(Export {
            name: name.into(),
            items: vec![Item {
                name: name.into(),
                size,
                role: ItemRole::Chat,
            }],
            paths: vec![path.into()],
            zip: false,
        })
    }

    /// Opens files that stand together in a folder given under `name`: each with its path inside
    /// the folder and the path it is read from.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn from_files(name: &str, files: Vec<(String, PathBuf)>) -> Result<Export, ReadError> {
        let mut items = Vec::new();
        let mut paths = Vec::new();
        for (inside, path) in files {
            let size = std::fs::metadata(&path)
                .map_err(|source| ReadError::Io {
                    path: inside.clone(),
                    source,
                })?
                .len();
            items.push(Item {
                name: inside,
                size,
                role: ItemRole::Other,
            });
            paths.push(path);
        }
        Ok(Export {
            name: name.into(),
            items,
            paths,
            zip: false,
        })
    }

    /// The items that may hold messages: files with something in them, media left out.
    pub(super) fn readable(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.items).filter_map(|(number, item)| {
            let wanted = matches!(item.role, ItemRole::Chat | ItemRole::Other);
            (wanted && item.size > 0).then_some(number)
        })
    }

    /// The name of an item, for a person; the export's own where there is no such item.
    pub(super) fn item_name(&self, item: u32) -> String {
        usize::try_from(item)
            .ok()
            .and_then(|item| self.items.get(item))
            .map_or_else(|| self.name.clone(), |item| item.name.clone())
    }

    /// Whether it is a zip.
    pub fn is_zip(&self) -> bool {
        self.zip
    }

    /// Opens one item from its start; each call gives a stream of its own.
    ///
    /// # Errors
    /// When there is no such item, or it cannot be read.
    pub fn open(&self, item: u32) -> Result<Box<dyn Read + '_>, ReadError> {
        let missing = || ReadError::Refused {
            path: self.name.clone(),
            reason: format!("has no item {item}"),
        };
        let index = usize::try_from(item).map_err(|_| missing())?;
        let path = self.paths.get(index).ok_or_else(missing)?;
        let file = std::fs::File::open(path).map_err(|source| ReadError::Io {
            path: self.name.clone(),
            source,
        })?;
        Ok(Box::new(std::io::BufReader::with_capacity(1 << 16, file)))
    }
}
