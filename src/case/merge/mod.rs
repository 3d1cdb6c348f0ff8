//! What an export has in common with the case: which of its messages are new, where they go, where
//! the others stand in it, and what the two disagree on.
//!
//! First it is found which messages are the same ([`Finder`]): those of one chat told by two
//! phones or exported twice ([`align`]), and copies of one mail ([`mail`]). That is an act of the
//! import and is kept with its entry in the ledger, so that a later docket never tears apart what
//! was decided as one. Everything else follows from those pairs, here.
//!
//! A message that the case knows is never changed. A new one is placed after the message that it
//! follows in its own export.

mod align;
mod clocks;
mod differ;
mod find;
mod key;
mod leads;
mod mail;
mod pair;

pub(super) use find::Finder;
pub(super) use pair::{Pair, pairs_of};

use super::CaseError;
use super::columns::Row;
use super::draft::Draft;
use super::instances::{Details, Differs, Instance, Instances, Writer};
use super::source::{ClockShift, Disagree, Rename};
use super::store::{Store, Thread};
use crate::model::{Address, Extra, Kind, MessageNumber, ParticipantId, SourceId, ThreadId};
use differ::Telling;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// What an export adds to the case.
pub(super) struct Plan {
    /// Which of its messages are new, counted from 0 as they were read; `None` where all are.
    pub keep: Option<RoaringBitmap>,
    /// Threads that are new or changed, whole.
    pub threads: Vec<Thread>,
    /// Senders with another name in it.
    pub renames: Vec<Rename>,
    /// Threads in which its clock differs.
    pub clocks: Vec<ClockShift>,
    /// Where the messages that the case knows stand in it.
    pub instances: Instances,
}

/// Stands for a message that is new.
const NEW: u32 = u32::MAX;

/// An export that is put beside the case.
pub(super) struct Export<'a> {
    pub store: &'a Store,
    pub draft: &'a Draft,
    pub source: SourceId,
    /// The number that its first new message gets.
    pub first: u32,
}

/// Plans what an export adds, from what of it the case has. `given` tells which of its messages
/// have numbers, where that has been settled before. `folder` takes what is too much to be held; it
/// is not there yet.
pub(super) fn plan(
    export: &Export<'_>,
    pairs: &[Pair],
    given: Option<&RoaringBitmap>,
    folder: &Path,
) -> Result<Plan, CaseError> {
    let Export {
        store,
        draft,
        first,
        ..
    } = *export;
    let len = draft.columns.len();
    let mut target = vec![NEW; usize::try_from(len).unwrap_or_default()];
    let mut known = RoaringBitmap::new();
    for pair in pairs.iter().filter(|pair| !pair.beside) {
        let is_given = given.is_some_and(|given| given.contains(pair.at));
        if let Some(target) = target.get_mut(usize::try_from(pair.at).unwrap_or(usize::MAX))
            && !is_given
        {
            *target = pair.number;
            known.insert(pair.at);
        }
    }
    let keep = match given {
        Some(given) => Some(given.clone()),
        None if known.is_empty() => None,
        None => {
            let mut all = RoaringBitmap::new();
            all.insert_range(0..len);
            Some(all - &known)
        }
    };
    let number = |read: u32| match &keep {
        Some(keep) => {
            first
                + u32::try_from(keep.rank(read))
                    .unwrap_or(u32::MAX)
                    .saturating_sub(1)
        }
        None => first + read,
    };
    let is_new = |read: u32| keep.as_ref().is_none_or(|keep| keep.contains(read));
    let pairs: Vec<Pair> = pairs
        .iter()
        .filter(|pair| pair.beside || known.contains(pair.at))
        .copied()
        .collect();
    let mut matched = RoaringBitmap::new();
    matched.extend(pairs.iter().map(|pair| pair.number));

    let mut inserts: BTreeMap<ThreadId, Vec<(u32, u32)>> = BTreeMap::new();
    let mut new_threads = Vec::new();
    let target_of = |read: u32| {
        let at = usize::try_from(read).unwrap_or(usize::MAX);
        target.get(at).copied().filter(|number| *number < first)
    };
    for (at, thread) in draft.threads.iter().enumerate() {
        let has_known = !known.is_empty()
            && thread
                .runs
                .iter()
                .cloned()
                .flatten()
                .any(|read| target_of(read).is_some());
        if has_known {
            let place = Placing {
                export,
                matched: &matched,
                target_of: &target_of,
                is_new: &is_new,
            };
            place.thread(&thread.runs, &mut inserts);
        } else {
            new_threads.push(at);
        }
    }
    let mut threads = Vec::new();
    for (id, mut inserts) in inserts {
        inserts.sort_by_key(|(before, _)| *before);
        if let Some(thread) = store.thread(id) {
            threads.push(with_inserts(export, thread, &inserts, &number));
        }
    }
    let mut id = u32::try_from(store.threads().len()).unwrap_or(u32::MAX);
    for at in new_threads {
        if let Some(thread) = new_thread(export, at, ThreadId(id), keep.as_ref(), &number) {
            threads.push(thread);
            id = id.saturating_add(1);
        }
    }
    threads.sort_by_key(|thread| thread.id);
    let telling = Comparing {
        export,
        keep: keep.as_ref(),
    };
    let instances = telling.instances(&pairs, folder)?;
    let (renames, clocks) = telling.of_threads(&pairs);
    Ok(Plan {
        keep,
        threads,
        renames,
        clocks,
        instances,
    })
}

/// A thread that the case does not have. `None` where all of its messages are copies of others in
/// the same export.
fn new_thread(
    export: &Export<'_>,
    at: usize,
    id: ThreadId,
    keep: Option<&RoaringBitmap>,
    number: &dyn Fn(u32) -> u32,
) -> Option<Thread> {
    let draft = export.draft;
    let read = draft.threads.get(at)?;
    let mut thread = Thread {
        id,
        title: read.head.title.clone(),
        channel: read.head.channel.clone(),
        group: read.head.group,
        members: read.head.members.clone(),
        sources: vec![export.source],
        runs: Vec::new(),
        participants: Vec::new(),
        first: None,
        last: None,
    };
    let whole = |keep: &RoaringBitmap| read.runs.iter().all(|run| keep.contains_range(run.clone()));
    if keep.is_none_or(whole) && read.first.is_some() {
        // What reading took notice of need not be read again.
        for run in &read.runs {
            let start = number(run.start);
            push_run(&mut thread.runs, start..start + (run.end - run.start));
        }
        thread.participants.clone_from(&read.participants);
        (thread.first, thread.last) = (read.first, read.last);
        return Some(thread);
    }
    let is_kept = |read: &u32| keep.is_none_or(|keep| keep.contains(*read));
    for read in read.runs.iter().cloned().flatten().filter(is_kept) {
        let new = number(read);
        push_run(&mut thread.runs, new..new + 1);
        take_notice(&mut thread, draft, read);
    }
    (!thread.runs.is_empty() || read.runs.is_empty()).then_some(thread)
}

fn push_run(runs: &mut Vec<Range<u32>>, run: Range<u32>) {
    match runs.last_mut() {
        Some(last) if last.end == run.start => last.end = run.end,
        _ if run.start < run.end => runs.push(run),
        _ => {}
    }
}

/// Counts a new message's time and sender in its thread.
fn take_notice(thread: &mut Thread, draft: &Draft, read: u32) {
    if let Some(time) = draft.columns.time(read) {
        thread.first = Some(thread.first.map_or(time, |first| first.min(time)));
        thread.last = Some(thread.last.map_or(time, |last| last.max(time)));
    }
    if let Some(sender) = draft.columns.participant(read)
        && thread.participants.last() != Some(&sender)
        && !thread.participants.contains(&sender)
    {
        thread.participants.push(sender);
    }
}

/// A thread of the case with new messages: the position that each stands before, ascending, and
/// which it is as read.
fn with_inserts(
    export: &Export<'_>,
    known: &Thread,
    inserts: &[(u32, u32)],
    number: &dyn Fn(u32) -> u32,
) -> Thread {
    let mut thread = known.clone();
    if !thread.sources.contains(&export.source) {
        thread.sources.push(export.source);
    }
    if inserts.is_empty() {
        return thread;
    }
    let mut runs = Vec::new();
    let mut inserts = inserts.iter().peekable();
    let mut position = 0u32;
    for run in &known.runs {
        let mut from = run.start;
        let end = position.saturating_add(run.end - run.start);
        while let Some((before, read)) = inserts.next_if(|(before, _)| *before < end) {
            let to = run.start + before.saturating_sub(position);
            push_run(&mut runs, from..to.max(from));
            from = to.max(from);
            let new = number(*read);
            push_run(&mut runs, new..new + 1);
            take_notice(&mut thread, export.draft, *read);
        }
        push_run(&mut runs, from..run.end);
        position = end;
    }
    for (_, read) in inserts {
        let new = number(*read);
        push_run(&mut runs, new..new + 1);
        take_notice(&mut thread, export.draft, *read);
    }
    thread.runs = runs;
    thread
}

/// Finds the places of new messages among those of the case.
struct Placing<'a> {
    export: &'a Export<'a>,
    /// The messages of the case that the export has too.
    matched: &'a RoaringBitmap,
    /// Which of them a message as read is.
    target_of: &'a dyn Fn(u32) -> Option<u32>,
    /// Whether a message as read gets a number.
    is_new: &'a dyn Fn(u32) -> bool,
}

impl Placing<'_> {
    /// Places the new messages of one thread of the export.
    fn thread(&self, runs: &[Range<u32>], inserts: &mut BTreeMap<ThreadId, Vec<(u32, u32)>>) {
        let Export { store, draft, .. } = *self.export;
        let mut cursor: Option<(ThreadId, u32)> = None;
        let mut leading: Vec<u32> = Vec::new();
        let mut ahead = 0;
        for read in runs.iter().cloned().flatten() {
            let place = (self.target_of)(read)
                .and_then(|number| Some((number, store.position_of(MessageNumber(number))?)));
            if let Some((number, (thread, position))) = place {
                let here = inserts.entry(thread).or_default();
                here.extend(leading.drain(..).map(|read| (position, read)));
                cursor = Some((thread, position.saturating_add(1)));
                let clock = store.row(MessageNumber(number)).and_then(|row| clock(&row));
                if let (Some(there), Some(here)) = (draft.columns.clock(read), clock) {
                    ahead = there - here;
                }
            } else if (self.is_new)(read) {
                match &mut cursor {
                    None => leading.push(read),
                    Some((thread, position)) => {
                        let time = draft.columns.clock(read).map(|clock| clock - ahead);
                        *position = self.after_earlier(*thread, *position, time);
                        inserts.entry(*thread).or_default().push((*position, read));
                    }
                }
            }
        }
    }

    /// Past the messages that only the case has and that are not later than `time`.
    fn after_earlier(&self, thread: ThreadId, mut position: u32, time: Option<i64>) -> u32 {
        let store = self.export.store;
        while let Some(number) = store.thread_message(thread, position) {
            let here = store.row(number).and_then(|row| clock(&row));
            let is_earlier = here.zip(time).is_some_and(|(here, time)| here <= time);
            if self.matched.contains(number.0) || !is_earlier {
                break;
            }
            position = position.saturating_add(1);
        }
        position
    }
}

/// The clock time that a message's export shows.
fn clock(row: &Row<'_>) -> Option<i64> {
    row.time
        .map(|time| time + i64::from(row.offset_minutes) * 60)
}

/// Seconds that two clocks may differ by before that is told of.
const TOLD_SHIFT: i64 = 60;

/// Compares what the export tells of the messages that have numbers.
struct Comparing<'a> {
    export: &'a Export<'a>,
    keep: Option<&'a RoaringBitmap>,
}

impl<'a> Comparing<'a> {
    /// A message that has a number, with its extra as JSON: of the case, or of the export itself.
    fn here(&self, number: u32) -> Option<(Row<'a>, &'a [u8])> {
        let Export {
            store,
            draft,
            first,
            ..
        } = *self.export;
        if number < first {
            let number = MessageNumber(number);
            return Some((store.row(number)?, store.extra_json(number)));
        }
        let at = number.checked_sub(first)?;
        let at = match self.keep {
            Some(keep) => keep.select(at)?,
            None => at,
        };
        Some((draft.columns.row(at)?, draft.columns.extra_json(at)))
    }

    /// The number that a message as read gets, if it gets one.
    fn own(&self, at: u32) -> Option<MessageNumber> {
        let above = match self.keep {
            Some(keep) if !keep.contains(at) => return None,
            Some(keep) => u32::try_from(keep.rank(at)).ok()?.checked_sub(1)?,
            None => at,
        };
        Some(MessageNumber(self.export.first.checked_add(above)?))
    }

    /// Where each message stands in the export, and how it differs there.
    fn instances(&self, pairs: &[Pair], folder: &Path) -> Result<Instances, CaseError> {
        let mut writer = Writer::hold(folder);
        let mut sorted: Vec<&Pair> = pairs.iter().collect();
        sorted.sort_by_key(|pair| pair.number);
        let columns = &self.export.draft.columns;
        for pair in sorted {
            let (Some((here, here_json)), Some(there)) =
                (self.here(pair.number), columns.row(pair.at))
            else {
                continue;
            };
            let there_json = columns.extra_json(pair.at);
            let extra = |json: &[u8]| -> Extra { serde_json::from_slice(json).unwrap_or_default() };
            let (mut differs, mut details) = differ::differs(
                &Telling {
                    row: here,
                    json: here_json,
                    extra: &|| extra(here_json),
                },
                &Telling {
                    row: there,
                    json: there_json,
                    extra: &|| extra(there_json),
                },
            );
            if pair.beside {
                let what = if matches!(here.kind, Kind::Deleted | Kind::NotExported) {
                    Disagree::PresentHere
                } else {
                    Disagree::OtherContent
                };
                differs = Differs::only(what);
                details = Details {
                    text: Some(there.text.to_owned()),
                    own: self.own(pair.at),
                    ..Details::default()
                };
            }
            let instance = Instance {
                number: MessageNumber(pair.number),
                source: self.export.source,
                item: there.item,
                span: there.span,
                differs,
            };
            writer.push(&instance, &details)?;
        }
        writer.finish()
    }

    /// What the export tells differently of whole threads: names of senders, and the clock.
    fn of_threads(&self, pairs: &[Pair]) -> (Vec<Rename>, Vec<ClockShift>) {
        let Export { store, draft, .. } = *self.export;
        let mut names: BTreeMap<(ThreadId, ParticipantId, ParticipantId), Rename> = BTreeMap::new();
        let mut shifts: BTreeMap<ThreadId, Shifts> = BTreeMap::new();
        for pair in pairs.iter().filter(|pair| !pair.beside) {
            let number = MessageNumber(pair.number);
            let (Some(here), Some(there)) = (store.row(number), draft.columns.row(pair.at)) else {
                continue;
            };
            let Some((thread, _)) = store.position_of(number) else {
                continue;
            };
            if !here.kind.is_decidable() {
                continue;
            }
            if let (Some(one), Some(other)) = (here.participant, there.participant)
                && one != other
            {
                let rename = names.entry((thread, one, other)).or_insert(Rename {
                    thread,
                    here: one,
                    there: other,
                    first: number,
                    messages: 0,
                    item: there.item,
                    span: there.span,
                });
                if number < rename.first {
                    (rename.first, rename.item, rename.span) = (number, there.item, there.span);
                }
                rename.messages = rename.messages.saturating_add(1);
            }
            if let (Some(here), Some(there)) = (clock(&here), clock(&there)) {
                let shift = shifts.entry(thread).or_default();
                shift.seconds.push(there - here);
                shift.here |= here.rem_euclid(60) != 0;
                shift.there |= there.rem_euclid(60) != 0;
            }
        }
        let is_mail = |thread: ThreadId| {
            let thread = store.thread(thread);
            thread.is_some_and(|thread| thread.channel == mail::CHANNEL)
        };
        let renames = names
            .into_values()
            .filter(|rename| !self.is_one_address(rename))
            .collect();
        let clocks = shifts
            .into_iter()
            .filter(|(thread, _)| !is_mail(*thread))
            .filter_map(|(thread, shift)| shift.told(thread))
            .collect();
        (renames, clocks)
    }

    /// Whether two names are of one address: a mail program shows what its address book says.
    fn is_one_address(&self, rename: &Rename) -> bool {
        let name = |id: ParticipantId| {
            let Export { store, draft, .. } = *self.export;
            let known = store.participant(id);
            known
                .or_else(|| draft.participants.iter().find(|known| known.id == id))
                .map(|known| Address::parse(&known.name))
        };
        match (name(rename.here), name(rename.there)) {
            (Some(here), Some(there)) => {
                let (here, there) = (here.to_string(), there.to_string());
                here.contains('@') && differ::address(&here) == differ::address(&there)
            }
            _ => false,
        }
    }
}

/// By how much the clock of an export is ahead in one thread, message by message.
#[derive(Default)]
struct Shifts {
    seconds: Vec<i64>,
    /// Whether clock times here have seconds.
    here: bool,
    there: bool,
}

impl Shifts {
    /// Half of the messages show at least this shift, half at most; `None` where it is too small
    /// to tell.
    fn told(mut self, thread: ThreadId) -> Option<ClockShift> {
        self.seconds.sort_unstable();
        let usual = *self.seconds.get(self.seconds.len() / 2)?;
        // A clock without seconds shows up to a minute less.
        let usual = match (self.here, self.there) {
            (true, true) | (false, false) => usual,
            (true, false) => usual + 30,
            (false, true) => usual - 30,
        };
        let least = self.seconds.first().copied().unwrap_or(usual);
        let most = self.seconds.last().copied().unwrap_or(usual);
        (usual.abs() >= TOLD_SHIFT).then_some(ClockShift {
            thread,
            ahead: usual,
            least,
            most,
            messages: u32::try_from(self.seconds.len()).unwrap_or(u32::MAX),
        })
    }
}
