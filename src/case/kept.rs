//! What another room derives from the messages, kept under `derived/` and read by a map: findings.
//!
//! The case neither reads nor trusts it. It says which messages there are, run by run, and each run
//! by a print of what it was read from, so that whoever keeps something can tell what still holds.

use super::map::Map;
use super::{Case, CaseError, Store, layout};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Write};

/// A run of messages that came to the case together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The first message's number.
    pub first: u32,
    /// How many there are.
    pub count: u32,
    /// A print of the sealed bytes that they were read from and of how they were read, in
    /// hexadecimal: the same print, the same texts.
    pub of: String,
}

impl Store {
    /// All messages, as the runs that came to the case together, in number order.
    pub fn loaded(&self) -> Vec<Loaded> {
        let parts = self.parts().iter();
        parts
            .map(|part| {
                let added = &part.added;
                let mut print = Sha256::new();
                let mut put = |text: &str| {
                    print.update((text.len() as u64).to_le_bytes());
                    print.update(text);
                };
                for source in &added.sources {
                    put(&source.sha256);
                    put(&format!("{} {:?}", source.importer_version, source.within));
                    for list in &source.words {
                        put(&list.sha256);
                    }
                }
                for copy in &added.copies {
                    put(&format!("{copy:?}"));
                }
                let of = print
                    .finalize()
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect();
                Loaded {
                    first: added.first,
                    count: added.count,
                    of,
                }
            })
            .collect()
    }
}

/// The bytes of a kept list.
#[derive(Debug, Default)]
pub struct Kept(Map);

impl std::ops::Deref for Kept {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Case {
    /// The findings that were kept last; no bytes where none were, or they cannot be read.
    pub fn kept_findings(&self) -> Kept {
        Kept(Map::open_if_there(&self.layout().findings()).unwrap_or_default())
    }

    /// Keeps findings in place of the last, as `write` gives them; who reads the last goes on
    /// reading those.
    ///
    /// # Errors
    /// When the disk refuses; then the last ones stay. What `write` gives as its error is given on.
    pub fn keep_findings(
        &self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), CaseError>,
    ) -> Result<(), CaseError> {
        let path = self.layout().findings();
        // Each session its own, should two look at once.
        let beside = path.with_extension(format!("new-{}", std::process::id()));
        layout::remove(&beside)?;
        let failed = |error: io::Error| CaseError::io(&beside, error);
        let mut file = BufWriter::with_capacity(1 << 16, layout::new_file(&beside)?);
        let written = write(&mut file).and_then(|()| {
            let file = file
                .into_inner()
                .map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)
        });
        if written.is_err() {
            // What is left of it would be nobody's.
            let _ = layout::remove(&beside);
        }
        written?;
        layout::publish(&beside, &path)
    }
}
