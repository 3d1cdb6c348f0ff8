//! Messages of copies that got numbers of their own: read again from the exports that they stand
//! in, and placed in their threads after the messages that they were taken for.

use super::{Batch, Finished};
use crate::case::columns::{Row, Writer};
use crate::case::failure::Failure;
use crate::case::part::{self, Opened};
use crate::case::recast::{push_lost, raw_bytes};
use crate::case::same::OwnNumber;
use crate::case::sealed::SealedSource;
use crate::case::store::{Added, Store, Thread};
use crate::case::{CaseError, Progress, layout};
use crate::import::{Importer, ReadOptions};
use crate::model::{SourceId, ThreadId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An export that copies stand in, as it was read.
pub(in crate::case) struct Reread<'a> {
    /// Its bytes.
    pub sealed: SealedSource,
    /// Who reads it.
    pub importer: &'a dyn Importer,
    /// What a person settled of it.
    pub options: ReadOptions,
}

impl Batch<'_> {
    /// Makes a part of the copies, in the order given, on top of the parts of the case. The caller
    /// has read nothing else in this batch.
    ///
    /// # Errors
    /// [`Failure::Refused`] where an export cannot be read as it was; otherwise when the disk
    /// refuses or the person stopped it.
    pub(in crate::case) fn number_copies(
        &mut self,
        number: u32,
        copies: &[OwnNumber],
        exports: &BTreeMap<SourceId, Reread<'_>>,
        progress: &mut dyn Progress,
    ) -> Result<Finished, Failure> {
        let first = self.store.len();
        let folder = self.folder.join("whole");
        layout::remove(&folder)?;
        let mut writer = Writer::create(&folder)?;
        let sources: BTreeSet<SourceId> = copies.iter().map(|copy| copy.source).collect();
        // Numbers follow the order given, which is by export.
        for source in sources {
            let reread = exports
                .get(&source)
                .ok_or_else(|| CaseError::inconsistent("an export of a copy is not known"))?;
            let here = copies.iter().filter(|copy| copy.source == source);
            self.copies_of(reread, here, &mut writer, progress)?;
        }
        let columns = writer.finish()?;
        let added = Added {
            first,
            count: columns.len(),
            participants: self.names.new.clone(),
            threads: placed(&self.store, copies, |at| columns.row(at), first),
            sources: Vec::new(),
            copies: copies.to_vec(),
        };
        drop(columns);
        part::join_instances(&folder, &[], true)?;
        Opened::seal(&folder, number, self.zone, added)?;
        Ok(Finished {
            opened: Opened::open(&folder)?,
            spans: Vec::new(),
        })
    }

    /// Reads one export again and keeps the copies that stand in it.
    fn copies_of<'c>(
        &mut self,
        reread: &Reread<'_>,
        copies: impl Iterator<Item = &'c OwnNumber>,
        writer: &mut Writer,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        let refused = |error: crate::import::ReadError| Failure::Refused(error.to_string());
        let sealed = &reread.sealed;
        let mut export = sealed.open(self.layout).map_err(refused)?;
        let folder = self.folder.join("copies");
        let (importer, options) = (reread.importer, &reread.options);
        let pass = match self.pass(sealed, importer, &export, options, None, &folder, progress) {
            Err(Failure::Refused(why)) => {
                if export.set_damaged_aside(&|_| true).is_none() {
                    return Err(Failure::Refused(why));
                }
                self.pass(sealed, importer, &export, options, None, &folder, progress)?
            }
            done => done?,
        };
        let columns = &pass.draft.columns;
        let begins: HashMap<(u32, u64), u32> = (0..columns.len())
            .filter_map(|at| {
                let row = columns.row(at)?;
                Some(((row.item, row.span.offset), at))
            })
            .collect();
        for copy in copies {
            match begins.get(&(copy.item, copy.span.offset)) {
                Some(at) => writer.copy(columns, *at)?,
                None => {
                    // A newer importer reads no message there: its bytes are kept as they are.
                    let bytes = raw_bytes(&export, copy.item, copy.span).unwrap_or_default();
                    push_lost(writer, copy.item, copy.span, &bytes)?;
                }
            }
        }
        drop(pass);
        layout::remove(&folder)?;
        Ok(())
    }
}

/// The threads of the copies, with each placed after the message that it was taken for.
fn placed<'a>(
    store: &Store,
    copies: &[OwnNumber],
    row: impl Fn(u32) -> Option<Row<'a>>,
    first: u32,
) -> Vec<Thread> {
    let mut inserts: BTreeMap<ThreadId, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
    for (number, copy) in (first..).zip(copies) {
        if let Some((thread, _)) = store.position_of(copy.copy_of) {
            let after = inserts.entry(thread).or_default();
            after.entry(copy.copy_of.0).or_default().push(number);
        }
    }
    let mut threads = Vec::new();
    for (id, inserts) in inserts {
        let Some(mut thread) = store.thread(id).cloned() else {
            continue;
        };
        let mut runs = Vec::new();
        for run in &thread.runs {
            let mut from = run.start;
            for (after, numbers) in inserts.range(run.clone()) {
                runs.push(from..after.saturating_add(1));
                runs.extend(
                    numbers
                        .iter()
                        .map(|number| *number..number.saturating_add(1)),
                );
                from = after.saturating_add(1);
            }
            if from < run.end {
                runs.push(from..run.end);
            }
        }
        thread.runs = runs;
        for number in inserts.into_values().flatten() {
            let Some(row) = number.checked_sub(first).and_then(&row) else {
                continue;
            };
            if let Some(time) = row.time {
                thread.first = Some(thread.first.map_or(time, |first| first.min(time)));
                thread.last = Some(thread.last.map_or(time, |last| last.max(time)));
            }
            if let Some(sender) = row.participant
                && !thread.participants.contains(&sender)
            {
                thread.participants.push(sender);
            }
        }
        threads.push(thread);
    }
    threads
}
