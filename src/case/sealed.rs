//! Sources whose bytes are all sealed, opened again from them.

use super::layout::Layout;
use super::spans::Told;
use crate::import::worker::Original;
use crate::import::{Export, Portion, ReadError, Wording};
use serde::{Deserialize, Serialize};

/// One file of a folder that was given, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFile {
    /// Its path inside the folder.
    pub name: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// An export whose bytes are all sealed.
#[derive(Clone, Debug)]
pub(super) struct SealedSource {
    pub path: String,
    pub name: String,
    pub sha256: String,
    pub size: u64,
    /// The files of a folder; empty for a single file.
    pub files: Vec<SealedFile>,
    /// Which of its items are meant, of an archive that holds several exports.
    pub within: Option<Portion>,
    /// The lists of wording that it is read with besides docket's own.
    pub words: Vec<SealedFile>,
}

impl SealedSource {
    /// It as a reader in a process of its own is told of it; `wording` are its lists.
    pub(super) fn original<'s>(&'s self, layout: &Layout, wording: Vec<Wording>) -> Original<'s> {
        let files = match self.files.as_slice() {
            [] => vec![(self.name.clone(), layout.original(&self.sha256))],
            files => files
                .iter()
                .map(|file| (file.name.clone(), layout.original(&file.sha256)))
                .collect(),
        };
        Original {
            name: &self.name,
            files,
            is_folder: !self.files.is_empty(),
            size: self.size,
            sha256: &self.sha256,
            is_archive: self.within.is_some(),
            portion: self.within.as_ref(),
            wording,
        }
    }

    /// Opens the sealed bytes as the export they are.
    pub(super) fn open(&self, layout: &Layout) -> Result<Export, ReadError> {
        if let Some(portion) = &self.within {
            return Ok(self.archive(layout)?.portion(portion));
        }
        if self.files.is_empty() {
            Export::from_file(&layout.original(&self.sha256), &self.name)
        } else {
            let files = self.files.iter();
            Export::from_files(
                &self.name,
                files
                    .map(|file| (file.name.clone(), layout.original(&file.sha256)))
                    .collect(),
            )
        }
    }

    /// Opens the sealed bytes as an archive that holds several exports.
    pub(super) fn archive(&self, layout: &Layout) -> Result<Export, ReadError> {
        // Its own name may be that of what stands in it: what it is, its bytes tell.
        let mut export = Export::from_file(&layout.original(&self.sha256), "the archive")?;
        export.name.clone_from(&self.name);
        Ok(export.with_what_is_within())
    }
}

/// How a source is read.
#[derive(Clone, Copy)]
pub(super) enum How<'a> {
    /// For the first time: an archive with several exports is not read as one.
    First,
    /// For the first time, and as one export, whatever else stands in it.
    Whole,
    /// Again, after it was read so.
    Again(&'a Told<'a>),
}

/// The archive that was opened last: its exports are read one after another, and to open a
/// compressed one takes as long as to unpack it.
#[derive(Default)]
pub(super) struct OpenedArchive {
    /// The hash of its bytes, and what it is.
    last: Option<(String, Export)>,
}

impl OpenedArchive {
    /// A source that is an archive with several exports.
    pub(super) fn archive(
        &mut self,
        layout: &Layout,
        sealed: &SealedSource,
    ) -> Result<&Export, ReadError> {
        let archive = match self.last.take() {
            Some((sha256, archive)) if sha256 == sealed.sha256 => archive,
            _ => sealed.archive(layout)?,
        };
        let (_, archive) = self.last.insert((sealed.sha256.clone(), archive));
        Ok(archive)
    }

    /// Opens the sealed bytes as the export they are.
    pub(super) fn open(
        &mut self,
        layout: &Layout,
        sealed: &SealedSource,
    ) -> Result<Export, ReadError> {
        match &sealed.within {
            Some(portion) => Ok(self.archive(layout, sealed)?.portion(portion)),
            None => sealed.open(layout),
        }
    }
}
