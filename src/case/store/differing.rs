//! What exports disagree on, and lack: what the parts tell of each message, read together
//! (`case/reconcile.rs` says how).

use super::{Store, Thread};
use crate::case::instances::{Details, Instance};
use crate::case::reconcile::{Also, Difference, Held, Reconciled};
use crate::case::source::{Disagree, Disagreement};
use crate::case::words::WordQuery;
use crate::model::{Attachment, AttachmentState, Kind, MessageNumber, SourceId, Span};
use crate::text;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// The first and the last place of a thread that an export has something at.
type Covered = Option<(u32, u32)>;

impl Reconciled {
    fn of(store: &Store) -> Reconciled {
        let mut this = Reconciled::default();
        for source in store.sources() {
            for rename in &source.renames {
                let renames = this.renames.entry(rename.first).or_default();
                renames.push((source.id, *rename));
            }
        }
        let mut also: BTreeMap<SourceId, RoaringBitmap> = BTreeMap::new();
        for instance in store.instances() {
            let also = also.entry(instance.source).or_default();
            also.insert(instance.number.0);
        }
        for (number, copy) in store.numbered() {
            also.entry(copy.source).or_default().insert(number.0);
            also.entry(copy.source).or_default().insert(copy.copy_of.0);
        }
        // Who has the place of a deleted message does not lack its text besides.
        for part in store.parts() {
            for (at, told) in part.instances.differing() {
                if let Some(own) = told.own
                    && let Some(source) = store.message(at.number).map(|one| one.source)
                {
                    also.entry(source).or_default().insert(own.0);
                }
            }
        }
        for thread in store.threads() {
            if thread.sources.len() > 1 && thread.channel != "email" {
                this.look(store, thread, &also);
            }
        }
        this
    }

    fn look(&mut self, store: &Store, thread: &Thread, also: &BTreeMap<SourceId, RoaringBitmap>) {
        let sources: Vec<(SourceId, std::ops::Range<u32>, Option<&RoaringBitmap>)> = thread
            .sources
            .iter()
            .filter_map(|id| Some((*id, store.source(*id)?.numbers.clone(), also.get(id))))
            .collect();
        let has = |at: usize, number: u32| {
            sources.get(at).is_some_and(|(_, own, also)| {
                own.contains(&number) || also.is_some_and(|also| also.contains(number))
            })
        };
        let messages = || (0u32..).zip(thread.runs.iter().cloned().flatten());
        let mut covered: Vec<Covered> = vec![None; sources.len()];
        for (position, number) in messages() {
            for (at, covered) in covered.iter_mut().enumerate() {
                if has(at, number) {
                    let first = covered.map_or(position, |(first, _)| first);
                    *covered = Some((first, position));
                }
            }
        }
        for (position, number) in messages() {
            for (at, covered) in covered.iter().enumerate() {
                let is_covered = covered.is_some_and(|(from, to)| (from..=to).contains(&position));
                if is_covered
                    && !has(at, number)
                    && store
                        .kind(MessageNumber(number))
                        .is_some_and(Kind::is_decidable)
                    && let Some((id, ..)) = sources.get(at)
                {
                    self.missing.entry(*id).or_default().insert(number);
                }
            }
        }
    }
}

impl Store {
    /// Every place where a message stands besides the export that gave it its number, import by
    /// import, by number, but for copies that got numbers of their own; and what stands beside a message, see [`Differs::is_beside`].
    ///
    /// [`Differs::is_beside`]: crate::case::Differs::is_beside
    pub fn instances(&self) -> impl Iterator<Item = Instance> + '_ {
        let all = self.parts().iter().flat_map(|part| part.instances.iter());
        all.filter(|at| self.is_copy_still(at))
    }

    fn is_copy_still(&self, at: &Instance) -> bool {
        at.differs.is_beside() || self.own_number(at).is_none()
    }

    fn told_of(&self, number: MessageNumber) -> impl Iterator<Item = (Instance, Details)> + '_ {
        let parts = self.parts().iter();
        let told = parts.flat_map(move |part| part.instances.of(number.0));
        told.filter(|(at, _)| self.is_copy_still(at))
    }

    /// As [`Store::also_in`], with what stands beside it, and without the words.
    pub fn also_told(&self, number: MessageNumber) -> impl Iterator<Item = Instance> + '_ {
        self.told_of(number).map(|(at, _)| at)
    }

    fn reconciled(&self) -> &Reconciled {
        self.reconciled.get_or_init(|| Reconciled::of(self))
    }

    /// Where a message stands besides the export that gave it its number, in the order the exports
    /// were loaded.
    pub fn also_in(&self, number: MessageNumber) -> Vec<Also> {
        self.told_of(number)
            .filter(|(at, _)| !at.differs.is_beside())
            .map(|(at, told)| Also { at, told })
            .collect()
    }

    /// The messages that stand in more than one export, or more than once in one.
    pub fn in_several(&self) -> RoaringBitmap {
        self.instances()
            .filter(|at| !at.differs.is_beside())
            .map(|at| at.number.0)
            .collect()
    }

    /// The messages that some export tells differently, or covers and does not have.
    pub fn disputed(&self) -> RoaringBitmap {
        let mut disputed = self.told_differently().clone();
        for missing in self.reconciled().missing.values() {
            disputed |= missing;
        }
        disputed
    }

    /// What an export covers and does not have.
    pub fn missing(&self, source: SourceId) -> RoaringBitmap {
        let missing = self.reconciled().missing.get(&source);
        missing.cloned().unwrap_or_default()
    }

    /// What other exports tell differently of a message than the one that gave it its number, and
    /// which of them lack it. Takes time with the size of the threads that several exports tell of,
    /// once.
    pub fn disagreements(&self, number: MessageNumber) -> Vec<Disagreement> {
        let mut found = Vec::new();
        for (at, told) in self.told_of(number) {
            for what in at.differs.iter().filter(|what| what.is_dispute()) {
                found.push(Disagreement {
                    number,
                    what,
                    source: at.source,
                    item: at.item,
                    span: at.span,
                    text: told.text.clone().unwrap_or_default(),
                    attachments: told.attachments.clone(),
                    messages: 1,
                });
            }
        }
        let reconciled = self.reconciled();
        for (source, rename) in reconciled.renames.get(&number).into_iter().flatten() {
            let name = self.participant(rename.there);
            found.push(Disagreement {
                number,
                what: Disagree::RenamedSender,
                source: *source,
                item: rename.item,
                span: rename.span,
                text: name.map(|name| name.name.clone()).unwrap_or_default(),
                attachments: Vec::new(),
                messages: rename.messages,
            });
        }
        for (source, missing) in &reconciled.missing {
            if missing.contains(number.0) {
                found.push(Disagreement {
                    number,
                    what: Disagree::Missing,
                    source: *source,
                    item: 0,
                    span: Span::default(),
                    text: String::new(),
                    attachments: Vec::new(),
                    messages: 1,
                });
            }
        }
        found
    }

    /// One of [`Store::differences`], whole. Takes no time to speak of.
    pub fn disagreement(&self, differs: &Difference) -> Option<Disagreement> {
        let mut told = Disagreement {
            number: differs.number,
            what: differs.what,
            source: differs.source,
            item: 0,
            span: Span::default(),
            text: String::new(),
            attachments: Vec::new(),
            messages: 1,
        };
        match differs.what {
            Disagree::Missing => {}
            Disagree::RenamedSender => {
                let source = self.source(differs.source)?;
                let mut renames = source.renames.iter();
                let rename = renames.find(|rename| rename.first == differs.number)?;
                let name = self.participant(rename.there)?;
                told.text.clone_from(&name.name);
                (told.item, told.span) = (rename.item, rename.span);
                told.messages = rename.messages;
            }
            what => {
                let (at, details) = self
                    .told_of(differs.number)
                    .find(|(at, _)| at.source == differs.source && at.differs.has(what))?;
                (told.item, told.span) = (at.item, at.span);
                told.text = details.text.unwrap_or_default();
                told.attachments = details.attachments;
            }
        }
        Some(told)
    }

    /// All that exports disagree on, by thread and place. Takes time with the size of the threads
    /// that several exports tell of.
    pub fn differences(&self) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut add = |number: MessageNumber, source: SourceId, what: Disagree| {
            if let Some((thread, position)) = self.position_of(number) {
                found.push(Difference {
                    thread,
                    position,
                    number,
                    source,
                    what,
                });
            }
        };
        for at in self.instances() {
            for what in at.differs.iter().filter(|what| what.is_dispute()) {
                add(at.number, at.source, what);
            }
        }
        let reconciled = self.reconciled();
        for (number, renames) in &reconciled.renames {
            for (source, _) in renames {
                add(*number, *source, Disagree::RenamedSender);
            }
        }
        for (source, missing) in &reconciled.missing {
            for number in missing {
                add(MessageNumber(number), *source, Disagree::Missing);
            }
        }
        found.sort_unstable();
        found
    }

    /// How much an export tells differently or lacks, in messages, by how; the labels of mails,
    /// which contradict nothing, among it.
    pub fn differing(&self, source: SourceId) -> BTreeMap<Disagree, u32> {
        let mut counts: BTreeMap<Disagree, u32> = BTreeMap::new();
        for at in self.instances().filter(|at| at.source == source) {
            for what in at.differs.iter() {
                *counts.entry(what).or_default() += 1;
            }
        }
        let renames = self.source(source).map(|source| source.renames.as_slice());
        for rename in renames.unwrap_or_default() {
            *counts.entry(Disagree::RenamedSender).or_default() += rename.messages;
        }
        let missing = u32::try_from(self.missing(source).len()).unwrap_or(u32::MAX);
        if missing > 0 {
            counts.insert(Disagree::Missing, missing);
        }
        counts
    }

    /// The files that a message names, each with the export that holds it: where the message's own
    /// export left a file out or lacks it, another's takes its place.
    pub fn attachments(&self, number: MessageNumber) -> Vec<Held> {
        let Some(source) = self.message(number).map(|message| message.source) else {
            return Vec::new();
        };
        let is_here = |file: &Attachment| file.state == AttachmentState::Present;
        let hold = |source: SourceId, files: Vec<Attachment>| -> Vec<Held> {
            let held = files.into_iter().map(|file| Held { source, file });
            held.collect()
        };
        let mut held = hold(source, self.extra(number).attachments);
        if !held.is_empty() && held.iter().all(|held| is_here(&held.file)) {
            return held;
        }
        let differing = self
            .told_of(number)
            .filter(|(at, _)| at.differs.has(Disagree::Attachment));
        for (at, told) in differing {
            if held.len() == told.attachments.len() {
                for (held, file) in held.iter_mut().zip(told.attachments) {
                    if !is_here(&held.file) && is_here(&file) {
                        *held = Held {
                            source: at.source,
                            file,
                        };
                    }
                }
            } else if !held.iter().any(|held| is_here(&held.file))
                && told.attachments.iter().any(is_here)
            {
                held = hold(at.source, told.attachments);
            }
        }
        held
    }

    /// Every other wording of a message, as some export has it: an edited one, or one before it
    /// was edited.
    pub(in crate::case) fn wordings(&self) -> impl Iterator<Item = (MessageNumber, String)> + '_ {
        self.parts()
            .iter()
            .flat_map(|part| part.instances.differing())
            .filter(|(at, _)| !at.differs.is_beside() && !at.differs.has(Disagree::DeletedSince))
            .filter(|(at, _)| self.is_copy_still(at))
            .filter_map(|(at, told)| Some((at.number, told.text?)))
    }

    /// The messages that hold these words in another wording; stops early when `cancel` becomes
    /// true.
    pub(in crate::case) fn matches_wordings(
        &self,
        query: &WordQuery,
        cancel: &AtomicBool,
    ) -> RoaringBitmap {
        self.wordings()
            .take_while(|_| !cancel.load(Ordering::Relaxed))
            .filter(|(_, wording)| holds(wording, query))
            .map(|(number, _)| number.0)
            .collect()
    }

    /// The exports that tell of a message: the one that gave it its number first.
    pub fn sources_of(&self, number: MessageNumber) -> BTreeSet<SourceId> {
        let own = self.message(number).map(|message| message.source);
        let also = self.also_in(number).into_iter().map(|also| also.at.source);
        own.into_iter().chain(also).collect()
    }
}

/// Whether a text holds these words in a row.
fn holds(wording: &str, query: &WordQuery) -> bool {
    let words: Vec<String> = text::words(wording).map(|word| word.folded).collect();
    words.windows(query.words.len().max(1)).any(|window| {
        window
            .iter()
            .zip(&query.words)
            .enumerate()
            .all(|(at, (word, wanted))| {
                if query.prefix && at + 1 == query.words.len() {
                    word.starts_with(wanted.as_str())
                } else {
                    word == wanted
                }
            })
    })
}
