//! Bundles that follow earlier ones of the same case: what is new or changed since, and what that
//! supersedes.
//!
//! The rules, for whoever judges them:
//! - The unit is a conversation's day, because a record is. A day goes again whole when anything of
//!   it that leaves was not in the earlier bundles, or not so: a message is new, was decided, masked
//!   or shown otherwise, or is not to leave any more. All other days stay where they were sent.
//! - How a record looks, and where a file stands in a bag, is no change: a newer docket may lay
//!   pages out anew without sending everything again.
//! - `supersedes.csv` names each file of the earlier bundles that is not to be used any more, with
//!   its checksum, and the file that stands in its place; where there is none, it is withdrawn, and
//!   the receiver has to take it out of use.
//! - What was handed over earlier is known to the receiver: it is counted as `earlier`, and its words
//!   and names are nothing that this bundle must not say.

use super::attached::Copies;
use super::cleared::OpenFiles;
use super::context::Contexts;
use super::day::Told;
use super::day::heading;
use super::earlier::{Earlier, EarlierError, One, Shown, Slot, print};
use super::error::BundleError;
use super::layout::{OPEN_COPY, SUPERSEDES};
use super::options::Options;
use super::plan::{self, DayChange, Plan};
use super::profile::{Profile, Sets};
use super::records::{self, Day, Heading, Mails, date, day_name, jsonl, thread_id};
use super::select::Selection;
use super::table::Table;
use super::verify::followed::read;
use crate::case::Case;
use crate::case::ledger::Entry;
use crate::model::{MessageNumber, ThreadId};
use crate::review::{Edition, Session};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

impl Earlier {
    /// Reads earlier bundles, the first one first.
    ///
    /// # Errors
    /// [`EarlierError`] when one does not verify, or does not follow the one before it.
    pub fn read(paths: &[PathBuf]) -> Result<Earlier, EarlierError> {
        let mut earlier = Earlier::default();
        for path in paths {
            let one = read(path).map_err(|reason| EarlierError::Broken {
                path: path.clone(),
                reason,
            })?;
            let before = earlier.bundles.last();
            if one.follows != before.map_or("", |before| before.seal.as_str()) {
                return Err(EarlierError::Order { path: path.clone() });
            }
            if before.is_some_and(|before| before.case != one.case) {
                return Err(EarlierError::Foreign { path: path.clone() });
            }
            earlier.bundles.push(one);
        }
        Ok(earlier)
    }

    /// Refuses bundles that a case's ledger does not know.
    ///
    /// # Errors
    /// [`BundleError::Earlier`].
    pub(super) fn check(&self, selection: &Selection) -> Result<(), BundleError> {
        let known = selection.entries().filter_map(|one| match &one.entry {
            Entry::Bundle { sha256, .. } => Some(sha256.as_str()),
            _ => None,
        });
        let known: BTreeSet<&str> = known.collect();
        let foreign =
            |one: &&One| one.case != selection.case_id || !known.contains(one.seal.as_str());
        match self.bundles.iter().find(foreign) {
            Some(one) => Err(EarlierError::Foreign {
                path: PathBuf::from(&one.seal),
            }
            .into()),
            None => self.check_sets(selection.sets()),
        }
    }

    fn check_sets(&self, sets: Sets) -> Result<(), BundleError> {
        let words = |sets| match sets {
            Sets::Both => "both sets",
            Sets::Closed => "the closed set alone",
            Sets::Open => "the open set alone",
        };
        match self.bundles.iter().find(|one| one.sets != sets) {
            Some(one) => Err(EarlierError::OtherSets {
                path: PathBuf::from(&one.seal),
                there: words(one.sets),
                here: words(sets),
            }
            .into()),
            None => Ok(()),
        }
    }
}

impl DayChange {
    fn is_none(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.withdrawn.is_empty()
    }
}

/// What has changed since earlier bundles, day by day.
fn changes_of(selection: &Selection, heading: &Heading, earlier: &Earlier) -> Vec<DayChange> {
    let now = shown_now(selection, heading);
    let before = earlier.days();
    let slots: BTreeSet<&Slot> = now.keys().chain(before.keys().copied()).collect();
    let nothing = BTreeMap::new();
    let mut changes = Vec::new();
    for slot in slots {
        let here = now.get(slot).unwrap_or(&nothing);
        let there = before.get(slot).map_or(&nothing, |(_, messages)| *messages);
        let mut change = DayChange {
            thread: slot.0.clone(),
            day: slot.1.clone(),
            ..DayChange::default()
        };
        for (number, shown) in here {
            match there.get(number) {
                None => change.new.push(*number),
                Some(known) if known != shown => change.changed.push(*number),
                Some(_) => {}
            }
        }
        let gone = there.keys().filter(|number| !here.contains_key(number));
        change.withdrawn.extend(gone);
        if !change.is_none() {
            changes.push(change);
        }
    }
    changes
}

/// What leaves now of each day, in both editions.
fn shown_now(selection: &Selection, heading: &Heading) -> BTreeMap<Slot, BTreeMap<u32, Shown>> {
    let (copies, mails, open) = (Copies::new(), Mails::new(), OpenFiles::default());
    let contexts = Contexts::new();
    let told = |edition| Told {
        selection,
        copies: &copies,
        open: &open,
        mails: &mails,
        contexts: &contexts,
        edition,
    };
    let print_in = |edition: Edition, thread: &records::Thread, number: MessageNumber, day| {
        let day = Day {
            heading,
            thread,
            date: day,
            is_open_copy: false,
            lines: told(edition).lines(&[number]),
        };
        jsonl::rows(&day).next().map(print)
    };
    let mut now: BTreeMap<Slot, BTreeMap<u32, Shown>> = BTreeMap::new();
    for id in &selection.threads {
        let Some(thread) = selection.store.thread(*id) else {
            continue;
        };
        let called = |edition| records::Thread {
            number: id.0,
            title: selection.title_in(thread, edition).to_owned(),
            channel: thread.channel.clone(),
            group: thread.group,
        };
        let (closed, open) = (called(Edition::Closed), called(Edition::Open));
        for number in selection.store.thread_messages(*id) {
            let message = selection.store.message(number);
            let Some(message) = message.filter(|_| selection.leaving.contains(number.0)) else {
                continue;
            };
            let day = date(&message);
            let Some(in_closed) = print_in(Edition::Closed, &closed, number, day) else {
                continue;
            };
            let in_open = match selection.is_exempt(number) || closed.title != open.title {
                true => print_in(Edition::Open, &open, number, day).unwrap_or(in_closed),
                false => in_closed,
            };
            let slot = (thread_id(id.0), day_name(day));
            let messages = now.entry(slot).or_default();
            messages.insert(number.0, Shown::new(in_closed, in_open));
        }
    }
    now
}

impl Selection {
    /// Leaves to earlier bundles the days that have not changed since.
    pub(super) fn follow(&mut self, changes: &[DayChange]) {
        let changed: BTreeSet<(&str, &str)> = changes
            .iter()
            .map(|change| (change.thread.as_str(), change.day.as_str()))
            .collect();
        let store = std::sync::Arc::clone(&self.store);
        let stays: RoaringBitmap = self
            .leaving
            .iter()
            .filter(|number| {
                let message = store.message(MessageNumber(*number));
                message.is_some_and(|message| {
                    let (thread, day) = (thread_id(message.thread.0), day_name(date(&message)));
                    !changed.contains(&(thread.as_str(), day.as_str()))
                })
            })
            .collect();
        self.leave_to_earlier(stays);
    }
}

/// `supersedes.csv`: the files of earlier bundles that are not to be used any more.
pub(super) fn supersedes(
    selection: &Selection,
    earlier: &Earlier,
    changes: &[DayChange],
    is_here: impl Fn(&str) -> bool,
    out: impl Write,
) -> csv::Result<()> {
    let mut table = Table::new(out, SUPERSEDES)?;
    let changed: BTreeSet<Slot> = changes
        .iter()
        .map(|change| (change.thread.clone(), change.day.clone()))
        .collect();
    let latest = earlier.days();
    // What days that stay where they were sent still need.
    let needed: BTreeSet<&str> = latest
        .iter()
        .filter(|(slot, _)| !changed.contains(**slot))
        .filter_map(|(slot, (at, _))| earlier.bundles.get(*at)?.told.get(*slot))
        .flatten()
        .map(String::as_str)
        .collect();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (slot, (at, _)) in &latest {
        let Some(one) = earlier.bundles.get(*at).filter(|_| changed.contains(*slot)) else {
            continue;
        };
        let records = records_of(selection, one, slot);
        let others = one.told.get(*slot).into_iter().flatten();
        let others = others.filter(|path| !needed.contains(path.as_str()));
        for path in records.iter().chain(others) {
            let Some((path, sha256)) = one.files.get_key_value(path) else {
                continue;
            };
            if !seen.insert((&one.seal, path)) {
                continue;
            }
            let stays = is_here(path);
            // A file under its own checksum is the same wherever it stands.
            if stays && path.starts_with("data/attachments/") {
                continue;
            }
            let what = if stays { "replaced" } else { "withdrawn" };
            let by = if stays { path.as_str() } else { "" };
            table.row(&[one.seal.as_str(), path, sha256, what, by].map(str::to_owned))?;
        }
    }
    table.end()
}

/// The records of a day in a bundle.
fn records_of(selection: &Selection, one: &One, (thread, day): &Slot) -> Vec<String> {
    let number = thread
        .strip_prefix("thread-")
        .and_then(|number| number.parse().ok());
    let channel = number
        .and_then(|number| selection.store.thread(ThreadId(number)))
        .map(|thread| crate::text::file_name(&thread.channel));
    let Some(channel) = channel else {
        return Vec::new();
    };
    let forms = ["eml", "html", "txt"];
    ["", OPEN_COPY]
        .iter()
        .flat_map(|open| {
            forms.map(|form| format!("data/records/{channel}/{thread}/{day}{open}.{form}"))
        })
        .filter(|path| one.files.contains_key(path.as_str()))
        .collect()
}

/// As [`super::plan()`], of a bundle that holds what is new or changed since earlier ones.
///
/// # Errors
/// As [`super::plan()`], and [`BundleError::Earlier`] when a bundle is not of this case.
pub fn plan_after(
    session: &Session,
    options: &Options,
    earlier: &Earlier,
) -> Result<Plan, BundleError> {
    let (selection, changes) = selected(session.case(), earlier, options.profile.clone())?;
    Ok(plan::of(&selection, options.clone(), changes))
}

/// What a bundle that follows earlier ones would tell anew, day by day.
///
/// # Errors
/// As [`plan_after`].
pub fn changes(
    session: &Session,
    earlier: &Earlier,
    profile: Option<Arc<Profile>>,
) -> Result<Vec<DayChange>, BundleError> {
    let (_, changes) = selected(session.case(), earlier, profile)?;
    Ok(changes.unwrap_or_default())
}

/// What leaves, and what of it has changed since earlier bundles, where there are any.
pub(super) fn selected(
    case: &Case,
    earlier: &Earlier,
    profile: Option<Arc<Profile>>,
) -> Result<(Selection, Option<Vec<DayChange>>), BundleError> {
    let mut selection = Selection::of(case, profile)?;
    if earlier.is_empty() {
        return Ok((selection, None));
    }
    earlier.check(&selection)?;
    let changes = changes_of(&selection, &heading(&selection), earlier);
    selection.follow(&changes);
    Ok((selection, Some(changes)))
}
