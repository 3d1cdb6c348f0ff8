//! The files that messages carry, read out of the sealed exports they stand in.

use super::opening::Wanted;
use super::{Case, CaseError, layout};
use crate::import::{Export, within};
use crate::model::{SourceId, Stands, Within};
use std::io::{Read, Write};
use std::path::Path;

/// Reads files one after another. The export that was opened last stays open: to open a zip takes as
/// long as its list of entries is, and the files on one screen are of one or two exports.
#[derive(Default)]
pub struct Carried {
    last: Option<(SourceId, Export)>,
}

impl Carried {
    /// The bytes of a file in a sealed source: of a zip, decompressed; of a mail or a backup,
    /// decoded.
    ///
    /// # Errors
    /// When there is no such file, or the sealed original cannot be read.
    pub fn open(
        &mut self,
        case: &Case,
        source: SourceId,
        stands: Stands,
    ) -> Result<Box<dyn Read + Send>, CaseError> {
        let (Stands::Item(item) | Stands::Within(Within { item, .. })) = stands;
        let missing =
            |why: String| CaseError::Missing(format!("source {source}, file {item}: {why}"));
        if let (Stands::Within(within), Some(path)) = (stands, case.unpacked(source, item)) {
            // To unpack a mailbox file up to there would take minutes.
            return Export::from_file(&path, "unpacked")
                .and_then(|export| within::open(&export, Within { item: 0, ..within }))
                .map_err(|error| missing(error.to_string()));
        }
        let export = match self.last.take() {
            Some((known, export)) if known == source => export,
            _ => {
                let wanted = Wanted::read(&case.ledger)?;
                let told = wanted
                    .imports
                    .iter()
                    .flat_map(|import| &import.sources)
                    .find(|told| told.source == source)
                    .ok_or_else(|| missing("there is no such source".into()))?;
                told.sealed()
                    .open(&case.layout)
                    .map_err(|error| missing(error.to_string()))?
            }
        };
        let (_, export) = self.last.insert((source, export));
        match stands {
            Stands::Item(item) => export.open(item),
            Stands::Within(within) => within::open(export, within),
        }
        .map_err(|error| missing(error.to_string()))
    }
}

impl Case {
    /// The bytes of a file, as [`Carried::open`] gives them.
    ///
    /// # Errors
    /// As there.
    pub fn attachment(
        &self,
        source: SourceId,
        stands: Stands,
    ) -> Result<Box<dyn Read + Send>, CaseError> {
        Carried::default().open(self, source, stands)
    }

    /// Writes a file's bytes as they are to a new file that only its owner may read; gives how many.
    /// What could not be written whole is removed.
    ///
    /// # Errors
    /// When there is something at that place already, or reading or writing fails.
    pub fn write_out(
        &self,
        source: SourceId,
        stands: Stands,
        path: &Path,
    ) -> Result<u64, CaseError> {
        let mut stream = self.attachment(source, stands)?;
        let mut file = layout::new_file(path)?;
        let written = std::io::copy(&mut stream, &mut file)
            .and_then(|bytes| file.flush().map(|()| bytes))
            .and_then(|bytes| file.sync_all().map(|()| bytes));
        written.map_err(|error| {
            // What is left of it would pass for the file.
            let _ = layout::remove(path);
            CaseError::io(path, error)
        })
    }
}
