//! A part on disk: the columns of one import, and the manifest that says what else it added.

use super::columns::{self, Columns, Writer};
use super::instances::{self, Instances};
use super::store::{Added, Part};
use super::{CaseError, layout, originals, values};
use crate::model::ThreadId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The form of a part's manifest: one line of JSON, and its SHA-256 in hexadecimal on the next. What
/// stands in it is shown as it stands there, so a changed bit must not pass for another answer.
const MANIFEST: u32 = 3;
const MANIFEST_FILE: &str = "manifest.json";

/// What a part's manifest holds.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    part: u32,
    /// The zone that clock times were read in.
    zone: String,
    added: Added,
    /// Size and SHA-256 of each file beside the manifest.
    files: BTreeMap<String, (u64, String)>,
}

/// A part with what its manifest says of how it was made.
pub(super) struct Opened {
    pub part: Part,
    pub number: u32,
    pub zone: String,
    /// SHA-256 of its texts: whether an index over them still holds.
    pub texts: String,
}

impl Opened {
    /// Writes the manifest of a part whose columns stand in this folder, and makes all of it
    /// durable.
    pub(super) fn seal(
        folder: &Path,
        number: u32,
        zone: chrono_tz::Tz,
        added: Added,
    ) -> Result<(), CaseError> {
        let mut files = BTreeMap::new();
        let names: Vec<&str> = columns::FILES
            .into_iter()
            .chain(instances::FILES)
            .chain(values::FILES)
            .filter(|name| !values::FILES.contains(name) || folder.join(name).exists())
            .collect();
        let paths: Vec<_> = names.iter().map(|name| folder.join(name)).collect();
        layout::sync_files(&paths)?;
        for (name, path) in names.iter().zip(&paths) {
            let size = fs::metadata(path)
                .map_err(|error| CaseError::io(path, error))?
                .len();
            let sha256 = originals::hash_file(path, &mut |_| Ok(()))?;
            files.insert((*name).to_owned(), (size, sha256));
        }
        let manifest = Manifest {
            format: MANIFEST,
            part: number,
            zone: zone.name().to_owned(),
            added,
            files,
        };
        let path = folder.join(MANIFEST_FILE);
        let mut bytes =
            serde_json::to_vec(&manifest).map_err(|error| CaseError::io(&path, error.into()))?;
        let seal = originals::hash(&bytes);
        bytes.push(b'\n');
        bytes.extend_from_slice(seal.as_bytes());
        layout::write_whole(&path, &bytes)
    }

    /// Opens a published part; looks at the sizes of its files, not at every byte.
    pub(super) fn open(folder: &Path) -> Result<Opened, CaseError> {
        let manifest = Opened::manifest(folder)?;
        let damaged = |reason: &str| CaseError::Damaged {
            path: folder.into(),
            reason: reason.into(),
        };
        for (name, (size, _)) in &manifest.files {
            let path = folder.join(name);
            let found = fs::metadata(&path).map_err(|_| damaged("a file of it is missing"))?;
            if found.len() != *size {
                return Err(damaged("a file of it is not as long as it was written"));
            }
        }
        let instances = Instances::open(folder)?;
        let columns = Columns::open(folder)?;
        if columns.len() != manifest.added.count {
            return Err(damaged("it does not hold as many messages as it says"));
        }
        let texts = manifest
            .files
            .get("texts")
            .map(|(_, sha256)| sha256.clone())
            .unwrap_or_default();
        Ok(Opened {
            number: manifest.part,
            zone: manifest.zone,
            texts,
            part: Part {
                folder: folder.into(),
                added: manifest.added,
                columns,
                instances,
            },
        })
    }

    /// SHA-256 of the texts of a published part, if its manifest can be read.
    pub(super) fn texts_of(folder: &Path) -> Option<String> {
        let (_, sha256) = Opened::manifest(folder).ok()?.files.remove("texts")?;
        Some(sha256)
    }

    fn manifest(folder: &Path) -> Result<Manifest, CaseError> {
        let path = folder.join(MANIFEST_FILE);
        let damaged = |reason: String| CaseError::Damaged {
            path: path.clone(),
            reason,
        };
        let bytes = fs::read(&path).map_err(|error| damaged(error.to_string()))?;
        let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
        let (body, seal) = (lines.next(), lines.next());
        let body = body.unwrap_or_default();
        if seal != Some(originals::hash(body).as_bytes()) {
            return Err(damaged("it is not as it was written".into()));
        }
        let manifest: Manifest =
            serde_json::from_slice(body).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != MANIFEST {
            return Err(damaged("it was written by another docket".into()));
        }
        Ok(manifest)
    }

    /// The first file in which two published parts differ, if they do.
    pub(super) fn difference(one: &Path, other: &Path) -> Result<Option<String>, CaseError> {
        let (one, other) = (Opened::manifest(one)?.files, Opened::manifest(other)?.files);
        let names = one.keys().chain(other.keys());
        let mut differ = names.filter(|name| one.get(*name) != other.get(*name));
        Ok(differ.next().cloned())
    }

    /// The files of a published part whose bytes are not what was written.
    pub(super) fn damaged_files(
        folder: &Path,
        tick: &mut dyn FnMut(u64) -> Result<(), CaseError>,
    ) -> Result<Vec<String>, CaseError> {
        let mut damaged = Vec::new();
        for (name, (_, sha256)) in Opened::manifest(folder)?.files {
            if originals::hash_file(&folder.join(&name), tick)? != sha256 {
                damaged.push(name);
            }
        }
        Ok(damaged)
    }
}

/// Ends the name of the folder with the list of known messages, until it is the part's.
pub(super) const INSTANCES: &str = "instances";

/// Writes parts that follow one another as one.
pub(super) fn join(folder: &Path, parts: &[Arc<Part>]) -> Result<Part, CaseError> {
    let mut added = Added {
        first: parts.first().map_or(0, |part| part.added.first),
        ..Added::default()
    };
    let mut threads: BTreeMap<ThreadId, _> = BTreeMap::new();
    let mut writer = Writer::create(folder)?;
    for part in parts {
        writer.append(&part.columns)?;
        added.count += part.added.count;
        let new = &part.added;
        added.participants.extend(new.participants.iter().cloned());
        added.sources.extend(new.sources.iter().cloned());
        for thread in &new.threads {
            threads.insert(thread.id, thread.clone());
        }
    }
    added.threads = threads.into_values().collect();
    Ok(Part {
        folder: folder.into(),
        added,
        columns: writer.finish()?,
        instances: join_instances(&folder.with_extension(INSTANCES), parts, false)?,
    })
}

/// Joins what parts tell of known messages; see [`instances::join`].
pub(super) fn join_instances(
    folder: &Path,
    parts: &[Arc<Part>],
    to_files: bool,
) -> Result<Instances, CaseError> {
    let parts: Vec<&Instances> = parts.iter().map(|part| &part.instances).collect();
    instances::join(folder, &parts, to_files)
}
