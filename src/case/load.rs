//! Import: from exports as given to messages in the case.
//!
//! The entry in the ledger is the moment from which an import holds. All before it (sealed files,
//! the part, the index) lies aside or under names that nothing refers to, and is removed when the
//! import is stopped; all after it can be made again from what the ledger says.

mod packed;
mod report;
mod steps;
mod traces;

pub use report::{Outcome, SourceReport};

use super::batch::{Batch, waiting};
use super::failure::Failure;
use super::index::Built;
use super::ledger::{Actor, Entry, ImportedSource};
use super::opening::{self, Wanted};
use super::originals::{self, Sealed};
use super::same::OwnNumber;
use super::sealed::{How, SealedFile, SealedSource};
use super::source::Source;
use super::wording::Lists;
use super::{Case, CaseError, Progress};
use super::{layout, rebuild, room, spans};
use crate::import::{DateOrder, Given, Importer, ReadError, ReadOptions, Verdict, worker};
use crate::model::{MessageNumber, SourceId};
use crate::text;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use steps::Steps;
use traces::Traces;

/// What the person who loads exports may settle beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Handed to the importers.
    pub read: ReadOptions,
    /// A folder of lists of wording, asked after those of the case's own folder.
    pub words: Option<PathBuf>,
    /// What the case calls the one export that is given, instead of the path and the name it has:
    /// for what is made to be loaded and does not last.
    pub called: Option<String>,
}

impl Case {
    /// Loads exports: files, zips or folders, and folders of such. One that cannot be read is
    /// reported as refused and never stops the others.
    ///
    /// # Errors
    /// When the case itself cannot be written, another session is loading, or the person stopped
    /// it; then the case is as it was.
    pub fn import(
        &self,
        given: &[PathBuf],
        options: &ImportOptions,
        actor: &Actor,
        progress: &mut dyn Progress,
    ) -> Result<Vec<SourceReport>, CaseError> {
        let _lock = self.layout.lock()?;
        self.reload_locked()?;
        let mut traces = Traces::default();
        let folders: Vec<_> = std::iter::once(self.layout.words())
            .chain(options.words.clone())
            .collect();
        let done = Loading {
            case: self,
            options,
            lists: Lists::read(&folders)?,
            actor,
            reports: Vec::new(),
            again: Vec::new(),
        }
        .run(given, &mut traces, progress);
        done.map_err(|error| {
            let _ = layout::remove(&self.layout.parts().join(".new"));
            traces.failed(error)
        })
    }

    /// Settles which number of an export's dates is the day: reads it again, from its sealed
    /// original. Every message keeps its number, so decisions stay with their messages. Once begun
    /// it is not stopped.
    ///
    /// # Errors
    /// When there is no such source, another session is at work on the case, the original cannot be
    /// read as it was, or the disk refuses.
    pub fn read_again(
        &self,
        source: SourceId,
        order: DateOrder,
        actor: &Actor,
        progress: &mut dyn Progress,
    ) -> Result<SourceReport, CaseError> {
        let missing = || CaseError::Missing(format!("there is no export {source} in this case"));
        let _lock = self.layout.lock()?;
        self.reload_locked()?;
        let given = self
            .store()
            .source(source)
            .ok_or_else(missing)?
            .date_order_given;
        let outcome = if given == Some(order) {
            Outcome::AlreadyKnown
        } else {
            // Before the ledger says so: what cannot be read anew is not settled.
            self.originals_hold(progress)?;
            settle(self, &[Entry::DateOrder { source, order }], actor)?;
            read_as_settled(self, progress)?;
            Outcome::ReadAgain
        };
        let store = self.store();
        let source = store.source(source).ok_or_else(missing)?;
        Ok(SourceReport {
            new: 0,
            ..SourceReport::of(source, source.path.clone(), outcome, &store)
        })
    }

    /// Gives copies that imports found (see [`super::Store::also_in`]) numbers of their own, at the
    /// end: what stands in an export where another message was first. Those that have one keep it.
    ///
    /// # Errors
    /// When the case cannot be read or written, or another session is loading.
    pub fn give_own_numbers(&self, copies: &[OwnNumber], actor: &Actor) -> Result<(), CaseError> {
        let _lock = self.layout.lock()?;
        self.reload_locked()?;
        let store = self.store();
        let mut wanted: Vec<OwnNumber> = Vec::new();
        for copy in copies {
            let also = store.also_in(copy.copy_of);
            let stands = also.iter().any(|also| {
                (also.at.source, also.at.item, also.at.span) == (copy.source, copy.item, copy.span)
            });
            if stands {
                wanted.push(*copy);
            }
        }
        wanted.sort_unstable_by_key(|copy| (copy.source, copy.item, copy.span));
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        let entry = Entry::OwnNumbers {
            part: opening::next_part(&self.ledger)?,
            first: MessageNumber(store.len()),
            copies: wanted,
        };
        settle(self, &[entry], actor)?;
        read_as_settled(self, &mut ())
    }
}

/// Records how sources are read from now on. The caller holds the lock.
fn settle(case: &Case, entries: &[Entry], actor: &Actor) -> Result<(), CaseError> {
    case.ledger.write(|writing| {
        for entry in entries {
            writing.append(actor, entry, None)?;
        }
        Ok(())
    })
}

/// Whether a source of the case is what was sealed: the same bytes, and of an archive the same
/// items of it. A whole archive in which one export was read is that export.
fn is_of(source: &Source, sealed: &SealedSource) -> bool {
    if source.sha256 != sealed.sha256 {
        return false;
    }
    match (&source.within, &sealed.within) {
        (None, Some(portion)) => portion.numbers().any(|number| {
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            source.items.get(at).is_some_and(|item| item.is_read)
        }),
        (own, wanted) => own == wanted,
    }
}

/// Makes the messages of sources anew that are read otherwise than before. The caller holds the
/// lock.
fn read_as_settled(case: &Case, progress: &mut dyn Progress) -> Result<(), CaseError> {
    let wanted = Wanted::read(&case.ledger)?;
    rebuild::mend(&case.layout, &case.ledger, &wanted, &mut Told(progress))?;
    case.reload_locked()
}

/// Tells of a job that cannot be stopped: the ledger says already that it is done.
struct Told<'a>(&'a mut dyn Progress);

impl Progress for Told<'_> {
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        let _ = self.0.tick(stage, done, total);
        ControlFlow::Continue(())
    }
}

/// A report that waits for the source to be in the case.
enum Report {
    Done(Box<SourceReport>),
    /// Loaded as this source; `path` as given.
    Loaded(SourceId, String),
    /// To be read again; `path` as given.
    Again(SourceId, String),
}

/// Whether something that was found is to be loaded.
fn is_export(found: &Given) -> bool {
    matches!(
        found.verdict,
        Verdict::Export { .. } | Verdict::Archive { .. }
    )
}

/// Bytes of an export as it was given, as far as they can be told beforehand.
fn size_of(found: &Given) -> u64 {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |found| found.len());
    match found.files.as_slice() {
        [] => size(&found.path),
        files => files.iter().map(|(_, path)| size(path)).sum(),
    }
}

struct Loading<'a> {
    case: &'a Case,
    options: &'a ImportOptions,
    lists: Lists,
    actor: &'a Actor,
    reports: Vec<Report>,
    /// What is settled anew of sources that the case has: they are read again.
    again: Vec<Entry>,
}

impl Loading<'_> {
    fn run(
        mut self,
        given: &[PathBuf],
        traces: &mut Traces,
        progress: &mut dyn Progress,
    ) -> Result<Vec<SourceReport>, CaseError> {
        let store = self.case.store();
        let mut batch = Batch::new(&self.case.layout, store.parts().to_vec(), store.zone())?;
        let mut sealed_sources = Vec::new();
        let mut all = Vec::new();
        for path in given {
            let found = worker::discover(path, &mut || waiting(progress));
            all.extend(found.map_err(|error| match error {
                ReadError::Io { path, source } => CaseError::io(Path::new(&path), source),
                _ => CaseError::Stopped,
            })?);
            if progress.tick("looking", 0, 0).is_break() {
                return Err(CaseError::Stopped);
            }
        }
        let exports = all.iter().filter(|found| is_export(found));
        let sizes: Vec<u64> = exports.map(size_of).collect();
        room::check(&self.case.layout, &sizes)?;
        let mut steps = Steps::new(progress, sizes);
        let named: BTreeSet<&PathBuf> = given.iter().collect();
        for found in all {
            if is_export(&found) {
                steps.next();
            }
            if steps.tick("sealing", 0, 0).is_break() {
                return Err(CaseError::Stopped);
            }
            let is_named = named.contains(&found.path);
            let shown = found.path.display().to_string();
            let importer = match &found.verdict {
                Verdict::NotAnExport(why) if is_named => {
                    self.refuse(shown, format!("is not an export that docket knows: {why}"));
                    continue;
                }
                Verdict::NotAnExport(why) => {
                    let outcome = Outcome::NotAnExport(why.clone());
                    let report = SourceReport::nothing(shown, outcome);
                    self.reports.push(Report::Done(Box::new(report)));
                    continue;
                }
                Verdict::Unreadable(why) => {
                    self.refuse(shown, why.clone());
                    continue;
                }
                Verdict::Export { .. } | Verdict::Archive { .. } => found.importer(),
            };
            let before = traces.sealed.len();
            match self.one(&found, importer, &mut batch, traces, &mut steps) {
                Ok(sealed) => sealed_sources.extend(sealed),
                Err(Failure::Refused(why)) => {
                    traces.undo_from(before);
                    self.refuse(shown, why);
                }
                // What holds several is read one by one.
                Err(Failure::Several) => self.refuse(shown, "holds several exports".into()),
                Err(Failure::Case(error)) => return Err(error),
            }
        }
        steps.end();
        if !self.again.is_empty() {
            self.case.originals_hold(progress)?;
        }
        if batch.is_empty() {
            layout::remove(&self.case.layout.parts().join(".new"))?;
        } else {
            self.commit(batch, &sealed_sources, traces, progress)?;
        }
        if !self.again.is_empty() {
            settle(self.case, &self.again, self.actor)?;
            traces.tell();
            read_as_settled(self.case, progress)?;
        }
        Ok(self.finish())
    }

    fn refuse(&mut self, path: String, why: String) {
        let report = SourceReport::nothing(path, Outcome::Refused(why));
        self.reports.push(Report::Done(Box::new(report)));
    }

    /// Seals and reads what was given as one: one export, or of an archive all that it holds. Gives
    /// those that the case did not have.
    fn one(
        &mut self,
        found: &Given,
        importer: Option<&'static dyn Importer>,
        batch: &mut Batch<'_>,
        traces: &mut Traces,
        progress: &mut Steps<'_>,
    ) -> Result<Vec<SealedSource>, Failure> {
        let sealed = self.seal(found, traces, progress)?;
        let known = batch.store().sources().iter();
        let is_in_part = known
            .filter(|source| source.sha256 == sealed.sha256)
            .any(|source| source.within.is_some() || source.holds_more);
        let whole = match importer.filter(|_| !is_in_part) {
            Some(importer) => self.source(&sealed, importer, How::First, batch, traces, progress),
            None => Err(Failure::Several),
        };
        match whole {
            Err(Failure::Several) => self.all_in(&sealed, importer, batch, traces, progress),
            done => Ok(done?.into_iter().collect()),
        }
    }

    /// Reads one sealed export. `None` where the case has it already.
    fn source(
        &mut self,
        sealed: &SealedSource,
        importer: &dyn Importer,
        how: How<'_>,
        batch: &mut Batch<'_>,
        traces: &mut Traces,
        progress: &mut Steps<'_>,
    ) -> Result<Option<SealedSource>, Failure> {
        let mut sealed = sealed.clone();
        let worded = self.lists.importer(importer.name());
        if worded.is_some() {
            let (words, new) = self.lists.seal(&self.case.layout)?;
            sealed.words = words;
            traces.sealed.extend(new);
        }
        let known = batch.store().sources().iter();
        if let Some(source) = known.rev().find(|source| is_of(source, &sealed)) {
            let anew = self.anew(source, &sealed.words);
            if anew.is_empty() {
                let report = SourceReport::known(source, sealed.path, batch.store());
                self.reports.push(Report::Done(Box::new(report)));
            } else {
                self.reports.push(Report::Again(source.id, sealed.path));
                for entry in anew {
                    if !self.again.contains(&entry) {
                        self.again.push(entry);
                    }
                }
            }
            return Ok(None);
        }
        let source = batch.read(
            &sealed,
            worded.unwrap_or(importer),
            &self.options.read,
            how,
            progress,
        )?;
        let report = Report::Loaded(source.id, sealed.path.clone());
        self.reports.push(report);
        Ok(Some(sealed))
    }

    /// What a source that the case had before this import is now to be read with. A list that was
    /// taken away changes nothing: what is known by it stays known.
    fn anew(&self, source: &Source, words: &[SealedFile]) -> Vec<Entry> {
        if self.case.store().source(source.id).is_none() {
            return Vec::new();
        }
        let order = self.options.read.date_order;
        let order = order.filter(|_| source.date_order_given != order);
        let order = order.map(|order| Entry::DateOrder {
            source: source.id,
            order,
        });
        let has_new = !words.is_empty() && source.words != words;
        let words = has_new.then(|| Entry::Words {
            source: source.id,
            words: words.to_vec(),
        });
        order.into_iter().chain(words).collect()
    }

    fn seal(
        &self,
        found: &Given,
        traces: &mut Traces,
        progress: &mut dyn Progress,
    ) -> Result<SealedSource, Failure> {
        let layout = &self.case.layout;
        let mut seal = |path: &std::path::Path| -> Result<Sealed, Failure> {
            let sealed = originals::seal(layout, path, "sealing", progress)?;
            if sealed.is_new {
                traces.sealed.push(layout.original(&sealed.sha256));
            }
            Ok(sealed)
        };
        let mut files = Vec::new();
        let (sha256, size) = if found.files.is_empty() {
            let sealed = seal(&found.path)?;
            (sealed.sha256, sealed.size)
        } else {
            let mut listing = Sha256::new();
            let mut size = 0;
            for (name, path) in &found.files {
                let sealed = seal(path).map_err(|failure| match failure {
                    Failure::Refused(why) => Failure::Refused(format!("{name} {why}")),
                    other => other,
                })?;
                listing.update(format!("{}  {name}\n", sealed.sha256));
                size += sealed.size;
                files.push(SealedFile {
                    name: name.clone(),
                    sha256: sealed.sha256,
                    size: sealed.size,
                });
            }
            (text::hex(&listing.finalize()), size)
        };
        let called = self.options.called.as_ref();
        Ok(SealedSource {
            path: called.map_or_else(|| found.path.display().to_string(), String::clone),
            name: called.unwrap_or(&found.name).clone(),
            sha256,
            size,
            files,
            within: None,
            words: Vec::new(),
        })
    }

    /// Makes what was read part of the case.
    fn commit(
        &self,
        mut batch: Batch<'_>,
        sealed: &[SealedSource],
        traces: &mut Traces,
        progress: &mut dyn Progress,
    ) -> Result<(), CaseError> {
        let case = self.case;
        let number = opening::next_part(&case.ledger)?;
        let finished = batch.finish(number)?;
        let parts: Vec<_> = batch.known_parts().to_vec();
        // What was read is mapped no more: its pages need not stay while the index is made.
        drop(batch);
        let (opened, standings) = finished.publish(&case.layout)?;
        let added = opened.part.added.clone();
        let sources = added
            .sources
            .iter()
            .zip(sealed)
            .map(|(source, sealed)| ImportedSource {
                source: source.id,
                path: source.path.clone(),
                format: source.format.clone(),
                importer_version: source.importer_version,
                sha256: source.sha256.clone(),
                size: source.size,
                first: MessageNumber(source.numbers.start),
                new: source.new,
                already_known: source.already_known,
                name: source.name.clone(),
                files: sealed.files.clone(),
                within: sealed.within.clone(),
                date_order: source.date_order_given,
                balance: source.balance,
                words: sealed.words.clone(),
            })
            .collect();
        let entry = Entry::Import {
            part: number,
            first: MessageNumber(added.first),
            count: added.count,
            sources,
        };
        let place = case.layout.part(number);
        let mut all = parts;
        all.push(std::sync::Arc::new(opened.part));
        let built = Built::write(
            &case.layout.index(),
            &all,
            added.first,
            &mut |done, total| progress.tick("indexing", done, total),
        );
        let unfinished = case.layout.parts().join(".new");
        let committed = built.and_then(|built| {
            let written = spans::encode(&standings, &unfinished.join("standings"));
            let written = written.and_then(|data| {
                let written = case.ledger.append(self.actor, &entry, Some(&data));
                written.map_err(CaseError::from)
            });
            match written {
                Ok(_) => Ok(built),
                Err(error) => {
                    built.discard();
                    Err(error)
                }
            }
        });
        drop(standings);
        let built = match committed {
            Ok(built) => built,
            Err(error) => {
                drop(all);
                layout::remove(&place)?;
                return Err(error);
            }
        };
        traces.tell();
        layout::remove(&unfinished)?;
        built.publish()?;
        case.reload_locked()
    }

    fn finish(self) -> Vec<SourceReport> {
        let store = self.case.store();
        let of = |id: SourceId, path: String, outcome: Outcome| {
            store.source(id).map_or_else(
                || SourceReport::nothing(path.clone(), outcome.clone()),
                |source| SourceReport::of(source, path.clone(), outcome.clone(), &store),
            )
        };
        self.reports
            .into_iter()
            .map(|report| match report {
                Report::Done(report) => *report,
                Report::Loaded(id, path) => of(id, path, Outcome::Loaded),
                Report::Again(id, path) => SourceReport {
                    new: 0,
                    ..of(id, path, Outcome::ReadAgain)
                },
            })
            .collect()
    }
}
