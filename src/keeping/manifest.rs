//! What stands first in a backup: what it holds.

use super::KeepError;
use crate::case::anchors::Fingerprint;
use crate::case::ledger::{Hash, Head};
use crate::case::snapshot::{Snapshot, is_kept};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The folder in the tar.
pub(super) const FOLDER: &str = "docket-backup";

/// The name of the manifest there.
pub(super) const NAME: &str = "backup.json";

/// The form of a backup.
const FORM: u32 = 1;

/// More bytes are no manifest: a million files need fewer.
pub(super) const LARGEST: u64 = 1 << 28;

/// The manifest of a backup. It tells no time, so that the same state gives the same bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    docket_backup: u32,
    /// The docket that wrote it.
    docket: String,
    /// Entries of the ledger.
    pub(super) entries: u64,
    /// The hash of the last.
    head: String,
    /// The two in short, for people.
    fingerprint: String,
    /// Messages of the case.
    pub(super) messages: u32,
    /// Sealed files.
    pub(super) originals: u64,
    /// All files, in the order in which they follow.
    pub(super) files: Vec<Row>,
}

/// One file of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn of(snapshot: &Snapshot, messages: u32) -> Manifest {
        let files: Vec<Row> = snapshot
            .files
            .iter()
            .map(|file| Row {
                name: file.name.clone(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            })
            .collect();
        let is_original = |row: &&Row| row.name.starts_with("originals/");
        Manifest {
            docket_backup: FORM,
            docket: env!("CARGO_PKG_VERSION").to_owned(),
            entries: snapshot.head.seq,
            head: snapshot.head.hash.to_string(),
            fingerprint: Fingerprint::of(snapshot.head).to_string(),
            messages,
            originals: files.iter().filter(is_original).count() as u64,
            files,
        }
    }

    /// Reads a manifest, and whether each of its files may be put back.
    pub(super) fn read(bytes: &[u8]) -> Result<Manifest, KeepError> {
        let wrong = |what: &str| KeepError::NoBackup {
            what: what.to_owned(),
        };
        let manifest: Manifest = serde_json::from_slice(bytes)
            .map_err(|_| wrong("its manifest is not in the form that this docket writes"))?;
        if manifest.docket_backup != FORM {
            return Err(wrong("this backup is from another docket"));
        }
        let mut names = BTreeSet::new();
        for row in &manifest.files {
            if !is_kept(&row.name) || !names.insert(row.name.as_str()) {
                return Err(wrong("it holds a file that no backup has"));
            }
            let original = row.name.strip_prefix("originals/");
            if original.is_some_and(|hash| hash != row.sha256) {
                return Err(wrong("an original in it is not named by its hash"));
            }
        }
        Ok(manifest)
    }

    /// Where the ledger in it ends.
    pub(super) fn head(&self) -> Result<Head, KeepError> {
        let hash = Hash::from_hex(&self.head).ok_or_else(|| KeepError::NoBackup {
            what: "its manifest tells no head of the ledger".to_owned(),
        })?;
        Ok(Head {
            seq: self.entries,
            hash,
        })
    }

    /// Bytes that it takes on a disk, about: files fill whole blocks, and what is derived from a small
    /// case needs some room too.
    pub(super) fn room(&self) -> u64 {
        const BLOCK: u64 = 4096;
        const DERIVED: u64 = 1 << 20;
        let blocks = self.files.iter().map(|row| row.bytes.div_ceil(BLOCK));
        let blocks = blocks.fold(0, u64::saturating_add);
        blocks.saturating_mul(BLOCK).saturating_add(DERIVED)
    }

    pub(super) fn bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|row| row.bytes);
        sizes.fold(0, u64::saturating_add)
    }
}
