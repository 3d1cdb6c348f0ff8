//! Making derived data again, from the originals and the ledger, to the same state.

use super::batch::{Batch, Finished, Reread};
use super::failure::Failure;
use super::index::{Built, Index};
use super::layout::Layout;
use super::ledger::{ImportedSource, Ledger};
use super::opening::{self, Import, Wanted};
use super::order::Order;
use super::part::Opened;
use super::progress::ticker;
use super::sealed::{How, SealedSource};
use super::store::{Part, Store};
use super::wording::Lists;
use super::{CaseError, Progress};
use super::{layout, originals, spans};
use crate::import::{self, Importer, ReadOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Makes again what is missing, damaged or made for another zone or order of dates, and leaves
/// the rest. The caller holds the lock.
///
/// # Errors
/// When an original cannot be read as it was, the disk refuses, or the person stopped it: then
/// the next opening goes on with it.
pub(super) fn mend(
    layout: &Layout,
    ledger: &Ledger,
    wanted: &Wanted,
    progress: &mut dyn Progress,
) -> Result<(), CaseError> {
    let sound = opening::sound_parts(layout, wanted);
    let is_whole = sound.len() == wanted.imports.len();
    let parts = if is_whole {
        opening::parts(sound)
    } else {
        as_sealed(layout, wanted, sound.len(), progress)?;
        remake_parts(layout, ledger, wanted, sound, progress)?
    };
    sweep_parts(layout, wanted)?;
    let store = Store::of_parts(parts, wanted.zone)?;
    let index = Index::open(&layout.index(), store.len())?;
    if index.len() != store.len() {
        let indexed = index.len();
        drop(index);
        Built::write(
            &layout.index(),
            store.parts(),
            indexed,
            &mut |done, total| progress.tick("indexing", done, total),
        )?
        .publish()?;
    }
    if Order::open(&layout.order(), wanted.state, store.len()).is_none() {
        if progress
            .tick("sorting", 0, u64::from(store.len()))
            .is_break()
        {
            return Err(CaseError::Stopped);
        }
        Order::write(&layout.order(), wanted.state, &store)?;
    }
    Ok(())
}

/// Sees that the originals of all imports after the first `done` have the bytes that were sealed. What
/// is made of others would pass for the record, and take the place of what was made of the right ones.
///
/// # Errors
/// When one is missing or has other bytes, or the person stopped it.
pub(super) fn as_sealed(
    layout: &Layout,
    wanted: &Wanted,
    done: usize,
    progress: &mut dyn Progress,
) -> Result<(), CaseError> {
    let mut sealed = BTreeSet::new();
    for import in wanted.imports.iter().skip(done) {
        let of_copies = |told: &&ImportedSource| {
            let mut copies = import.copies.iter();
            copies.any(|copy| copy.source == told.source)
        };
        let all = wanted.imports.iter().flat_map(|import| &import.sources);
        for told in all.filter(of_copies).chain(&import.sources) {
            match told.files.as_slice() {
                [] => drop(sealed.insert(&told.sha256)),
                files => sealed.extend(files.iter().map(|file| &file.sha256)),
            }
            let words = wanted.words_of(told.source).iter();
            sealed.extend(words.map(|list| &list.sha256));
        }
    }
    let mut tick = ticker("checking originals", progress);
    for sha256 in sealed {
        let path = layout.original(sha256);
        if originals::hash_file(&path, &mut tick)? != *sha256 {
            return Err(CaseError::Altered { path });
        }
    }
    Ok(())
}

/// Removes parts that no entry of the ledger tells of.
fn sweep_parts(layout: &Layout, wanted: &Wanted) -> Result<(), CaseError> {
    let folder = layout.parts();
    for entry in fs::read_dir(&folder).map_err(|error| CaseError::io(&folder, error))? {
        let path = entry.map_err(|error| CaseError::io(&folder, error))?.path();
        let is_told = wanted
            .imports
            .iter()
            .any(|import| layout.part(import.part) == path);
        if !is_told {
            layout::remove(&path)?;
        }
    }
    Ok(())
}

/// Reads the originals of all imports after the sound ones again.
pub(super) fn remake_parts(
    layout: &Layout,
    ledger: &Ledger,
    wanted: &Wanted,
    sound: Vec<Opened>,
    progress: &mut dyn Progress,
) -> Result<Vec<Arc<Part>>, CaseError> {
    let done = sound.len();
    let mut batch = Batch::new(layout, opening::parts(sound), wanted.zone)?;
    for import in wanted.imports.iter().skip(done) {
        let place = layout.part(import.part);
        // An index over other texts than these must go before these have their place.
        let texts_before = Opened::texts_of(&place);
        let finished = match import.copies.is_empty() {
            true => remake_import(layout, ledger, wanted, import, &mut batch, progress)?,
            false => remake_copies(layout, wanted, import, &mut batch, progress)?,
        };
        let added = &finished.opened.part.added;
        if added.first != import.first || added.count != import.count {
            return Err(damaged(
                &place,
                "its messages cannot be numbered as they were".into(),
            ));
        }
        if texts_before.as_deref() != Some(finished.opened.texts.as_str()) {
            Built::forget(&layout.index(), import.first)?;
        }
        let (opened, _) = finished.publish(layout)?;
        batch.adopt(Arc::new(opened.part))?;
    }
    let parts = batch.known_parts().to_vec();
    drop(batch);
    layout::remove(&layout.parts().join(".new"))?;
    Ok(parts)
}

/// Reads the originals of one import again.
fn remake_import(
    layout: &Layout,
    ledger: &Ledger,
    wanted: &Wanted,
    import: &Import,
    batch: &mut Batch<'_>,
    progress: &mut dyn Progress,
) -> Result<Finished, CaseError> {
    let data = ledger.data(import.seq)?;
    let standings = data
        .as_deref()
        .and_then(spans::decode)
        .filter(|standings| standings.len() == import.sources.len())
        .ok_or_else(|| {
            damaged(
                &layout.part(import.part),
                "its entry in the ledger is not whole".into(),
            )
        })?;
    for (told, standings) in import.sources.iter().zip(&standings) {
        let (sealed, lists, options) = as_read(layout, wanted, told)?;
        batch
            .read(
                &sealed,
                importer(layout, &lists, told)?,
                &options,
                How::Again(standings),
                progress,
            )
            .map_err(|failure| failed(layout, told, failure))?;
    }
    batch.finish(import.part)
}

/// Reads the copies that got numbers again.
fn remake_copies(
    layout: &Layout,
    wanted: &Wanted,
    import: &Import,
    batch: &mut Batch<'_>,
    progress: &mut dyn Progress,
) -> Result<Finished, CaseError> {
    let all = wanted.imports.iter().flat_map(|import| &import.sources);
    let concerned: Vec<&ImportedSource> = all
        .filter(|told| import.copies.iter().any(|copy| copy.source == told.source))
        .collect();
    let read = concerned.iter().map(|told| as_read(layout, wanted, told));
    let read: Vec<_> = read.collect::<Result<_, _>>()?;
    let mut exports = BTreeMap::new();
    for (told, (sealed, lists, options)) in concerned.iter().zip(&read) {
        let reread = Reread {
            sealed: sealed.clone(),
            importer: importer(layout, lists, told)?,
            options: *options,
        };
        exports.insert(told.source, reread);
    }
    batch
        .number_copies(import.part, &import.copies, &exports, progress)
        .map_err(|failure| match failure {
            Failure::Case(error) => error,
            Failure::Refused(why) => damaged(&layout.part(import.part), why),
            Failure::Several => damaged(
                &layout.part(import.part),
                "a copy stands in an archive of several exports".into(),
            ),
        })
}

/// The sealed bytes of an export, the lists of wording that it is read with, and what a person
/// settled of it.
fn as_read(
    layout: &Layout,
    wanted: &Wanted,
    told: &ImportedSource,
) -> Result<(SealedSource, Lists, ReadOptions), CaseError> {
    let mut sealed = told.sealed();
    sealed.words = wanted.words_of(told.source).to_vec();
    let lists = Lists::sealed(layout, &sealed.words)?;
    let options = ReadOptions {
        date_order: wanted.orders.get(&told.source).copied(),
    };
    Ok((sealed, lists, options))
}

fn importer<'a>(
    layout: &Layout,
    lists: &'a Lists,
    told: &ImportedSource,
) -> Result<&'a dyn Importer, CaseError> {
    let own = lists.importer(&told.format);
    own.or_else(|| import::by_name(&told.format))
        .ok_or_else(|| {
            damaged(
                &layout.original(&told.sha256),
                format!("no importer of this docket reads `{}`", told.format),
            )
        })
}

fn failed(layout: &Layout, told: &ImportedSource, failure: Failure) -> CaseError {
    match failure {
        Failure::Case(error) => error,
        Failure::Refused(why) => damaged(&layout.original(&told.sha256), why),
        Failure::Several => damaged(
            &layout.original(&told.sha256),
            "it holds several exports".into(),
        ),
    }
}

fn damaged(path: &Path, reason: String) -> CaseError {
    CaseError::Unrepeatable {
        path: path.into(),
        reason,
    }
}

/// Deletes everything derived and makes it again. The caller holds the lock.
///
/// # Errors
/// As [`mend`]; the former derived data are put back.
pub(super) fn rebuild(
    layout: &Layout,
    ledger: &Ledger,
    wanted: &Wanted,
    progress: &mut dyn Progress,
) -> Result<(), CaseError> {
    let aside = layout.root().join("derived.old");
    layout::remove(&aside)?;
    let derived = layout.derived();
    if derived.exists() {
        layout::publish(&derived, &aside)?;
    }
    let done = layout
        .make_folders()
        .and_then(|()| mend(layout, ledger, wanted, progress));
    if done.is_err() && aside.exists() {
        layout::remove(&derived)?;
        layout::publish(&aside, &derived)?;
    }
    done?;
    layout::remove(&aside)
}
