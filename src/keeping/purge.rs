//! A new case of what is official in another, without the rest.
//!
//! Originals are whole exports, sealed whole: what is personal stands in them too, so none of them
//! goes over. What goes is what a bundle would hand over, the closed master, under the bundle's own
//! rules and its self-test, as RSMF; that is sealed in the new case as its originals, and read again
//! whenever derived data are made, so that check and rebuild hold there as in any case. Where it came
//! from is in the new ledger: the head of the old one, which vouches for the hashes of its exports,
//! and of each export its counts. The hashes themselves stay: they would confirm a guess of what was
//! left out, which is why a bundle does not tell them either.
//!
//! What is exempt is official: it goes over, and so do its masks (`keeping/over.rs`). What is masked as
//! personal is left out for good; its place shows why, and nobody can take that off again.
//!
//! The old case is not touched. Nothing on a disk can be relied on to be overwritten; the only sure
//! erase is to destroy the medium, or the key that it is encrypted with.

use super::KeepError;
use super::hidden::Hidden;
use super::over::{Over, carry_over};
use crate::bundle::forms::{search_folder, set_apart};
use crate::bundle::{self, Completeness, Options, Plan};
use crate::case::anchors::Fingerprint;
use crate::case::ledger::{Entry, How};
use crate::case::{Case, ImportOptions, Layout, Outcome, Progress, folder_of, free_space};
use crate::check::{Verdict, overall};
use crate::import::rsmf::own;
use crate::model::{Decision, MessageNumber};
use crate::review::facts::{KEYS, WAYS};
use crate::review::waiting::Needed;
use crate::review::{Session, Target};
use crate::text::counted;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What is safe when it fails.
const SAFE: &str = "no new case was made, and this one is as it was";

/// Before the number of a source in the key of the fact that tells where its messages came from.
const FROM: &str = "purged-source-";

/// Told in the new ledger with what was mixed.
const MIXED: &str =
    "mixed in the case that this one was made from: what was personal in it was left out";

/// What a purge would do.
#[derive(Clone, Debug)]
pub struct Purging {
    plan: Plan,
    /// Messages that go over, lines of the app in their conversations included.
    pub kept: u64,
    /// Of those, mixed: without what is masked as personal.
    pub mixed: u64,
    /// Of those, whatever they are: without something that is masked as personal.
    pub masked: u64,
    /// Of those: under masks of what is exempt, which go over with them.
    pub exempt: u64,
    /// Personal messages that are left out.
    pub personal: u64,
    /// Messages left out that nobody has decided, or that wait for a second look.
    pub undecided: u64,
    /// Whatever else is left out: lines of the app, copies, what could not be read.
    pub other: u64,
}

/// What was purged, and where from.
#[derive(Clone, Debug)]
pub struct Purged {
    /// The new case.
    pub path: PathBuf,
    /// Where the old ledger ended.
    pub from: Fingerprint,
    /// Where the new one ends.
    pub head: Fingerprint,
    /// Of each export of the old case: its number, messages that went over, and that did not.
    pub sources: Vec<(u32, u64, u64)>,
    /// Files of the new case that were searched for what was left out.
    pub searched: u64,
}

/// Looks what a purge would do. `leave_undecided`: what nobody has decided, or what waits for a
/// second look, is left out too.
///
/// # Errors
/// [`KeepError::InTheWay`] where something must not be lost, or cannot go over as it is.
pub fn plan(session: &Session, leave_undecided: bool) -> Result<Purging, KeepError> {
    let options = Options {
        partial: leave_undecided,
        ..Options::default()
    };
    let plan = bundle::plan(session, &options).map_err(apart)?;
    let in_the_way = |what: String| Err(KeepError::InTheWay(what));
    if plan.held > 0 {
        return in_the_way(format!(
            "{} on hold, which says that nothing of it may be lost; lift it with docket unflag hold",
            counted(plan.held, "message is", "messages are")
        ));
    }
    if !plan.blocks.is_empty() {
        let blocks: Vec<String> = plan.blocks.iter().map(ToString::to_string).collect();
        let said = blocks.join("; ");
        return in_the_way(said.replace("--partial", "--leave-undecided"));
    }
    let total = plan.total;
    let left_out = total.messages.saturating_sub(total.handed_over);
    let waiting = total.undecided + total.refer;
    Ok(Purging {
        kept: total.handed_over,
        mixed: total.mixed,
        masked: plan.masked,
        exempt: plan.exempt,
        personal: total.personal,
        undecided: waiting,
        other: left_out.saturating_sub(total.personal + waiting),
        plan,
    })
}

pub(super) fn apart(error: impl std::fmt::Display) -> KeepError {
    KeepError::Apart(error.to_string())
}

/// A folder in the making beside the new case, and the folder that both are in.
fn workshop(new: &Path) -> Result<(Hidden, PathBuf), KeepError> {
    let no_name = || KeepError::NoName { path: new.into() };
    let name = new.file_name().ok_or_else(no_name)?;
    if fs::symlink_metadata(new).is_ok() {
        return Err(KeepError::Exists { path: new.into() });
    }
    let folder = folder_of(new);
    let folder = folder.canonicalize().map_err(KeepError::io(folder, SAFE))?;
    if Layout::around(&folder).is_some() {
        return Err(KeepError::InsideCase { path: new.into() });
    }
    let hidden = Hidden::folder(&folder, name).map_err(KeepError::io(&folder, SAFE))?;
    Ok((hidden, folder))
}

/// Makes the new case.
///
/// # Errors
/// [`KeepError`]; there is no new case then, and the old one is as it was in any case.
pub fn purge(
    session: &Session,
    purging: &Purging,
    new: &Path,
    progress: &mut dyn Progress,
) -> Result<Purged, KeepError> {
    let from = purging.plan.head;
    let (workshop, folder) = workshop(new)?;
    // The bundle, the sealed copy of it, and what is derived from that.
    let needed = purging.plan.bytes.saturating_mul(3);
    let free = free_space(&folder)?;
    if free < needed {
        return Err(KeepError::NoSpace {
            path: folder,
            needed,
            free,
        });
    }
    let bag = workshop.path.join("records");
    set_apart(session, &purging.plan, &bag, progress).map_err(apart)?;
    let told: Completeness = fs::read(bag.join("completeness.json"))
        .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
        .map_err(KeepError::io(&bag, SAFE))?;
    let place = workshop.path.join("case");
    let (made, over) = fill(session, &place, &bag.join("data"), progress)?;
    if over.len() as u64 != purging.kept {
        return Err(apart(format!(
            "{} set apart, and {} read again",
            counted(purging.kept, "message was", "messages were"),
            counted(over.len() as u64, "was", "were")
        )));
    }
    let exempt = carry_over(session, &made, &over)?;
    if exempt.messages != purging.exempt {
        return Err(apart(format!(
            "with masks of what is exempt {} set apart, and {} read again",
            counted(purging.exempt, "message was", "messages were"),
            counted(exempt.messages, "was", "were")
        )));
    }
    settle_second_look(session, &made, &purging.plan)?;
    let mut sources = Vec::new();
    for (row, source) in told.sources.iter().zip(session.store().sources()) {
        let (kept, all) = (row.counts.handed_over, row.counts.messages);
        // What nothing went over of has no name here, as it has none in a bundle.
        let name = match kept {
            0 => "an export",
            _ => &source.name,
        };
        let told = format!(
            "{kept} of {all} messages of {name}, read as {}",
            source.format
        );
        note(&made, session, &format!("{FROM}{}", source.id), told)?;
        sources.push((source.id.0, kept, all.saturating_sub(kept)));
    }
    let told = format!(
        "entry {} of the former ledger, {}: {} messages went over, {} of them without what was \
         masked as personal, {} under {} masks of what is exempt; left out: {} personal, {} \
         undecided or referred, {} others",
        from.seq,
        from.hash,
        purging.kept,
        purging.masked,
        exempt.messages,
        exempt.masks,
        purging.personal,
        purging.undecided,
        purging.other
    );
    note(&made, session, "purged-from", told)?;
    let found = made.case().check(true, None, progress);
    if let (Verdict::Failed, Some(fault)) = (
        overall(&found),
        found.iter().find(|check| check.verdict == Verdict::Failed),
    ) {
        return Err(apart(format!(
            "the new case: {}: {}",
            fault.name, fault.detail
        )));
    }
    let head = made.case().ledger().head()?;
    // Its log is folded into the ledger, and its head noted, when it is let go.
    drop(made);
    let searched = search_folder(session, &purging.plan, &place, progress).map_err(apart)?;
    fs::rename(&place, new).map_err(KeepError::io(new, SAFE))?;
    File::open(&folder)
        .and_then(|folder| folder.sync_all())
        .map_err(KeepError::io(
            &folder,
            "the new case is there, and whether its name outlasts a power cut is not sure: look",
        ))?;
    Ok(Purged {
        path: new.to_path_buf(),
        from: Fingerprint::of(from),
        head: Fingerprint::of(head),
        sources,
        searched,
    })
}

/// Writes a fact of the purge into the new ledger.
fn note(made: &Session, old: &Session, key: &str, told: String) -> Result<(), KeepError> {
    let entry = Entry::Fact {
        key: key.to_owned(),
        from: None,
        to: Some(told),
        basis: Some("docket purge".to_owned()),
    };
    made.case().ledger().append(old.actor(), &entry, None)?;
    Ok(())
}

/// What went over had the second look that the old case asks for, or would not have gone; its words
/// stay there, so the new case does not ask anew. A sample that nobody has looked at is still asked
/// for.
fn settle_second_look(old: &Session, made: &Session, plan: &Plan) -> Result<(), KeepError> {
    let needed = old.facts().countersign();
    if needed == Needed::None {
        return Ok(());
    }
    if plan.missing.sample {
        return made
            .set_fact(Needed::KEY, Some(needed.name()), None)
            .map(|_| ())
            .map_err(apart);
    }
    let told = format!("countersign={}: all that went over had it", needed.name());
    note(made, old, "purged-second-look", told)
}

/// Makes the case at `place` of the records in a folder, with the facts and the decisions of the old
/// one; gives the messages that went over.
fn fill(
    old: &Session,
    place: &Path,
    records: &Path,
    progress: &mut dyn Progress,
) -> Result<(Session, Vec<Over>), KeepError> {
    let actor = old.actor().clone();
    let made = Session::open(Case::open_or_create(place)?, actor.clone()).map_err(apart)?;
    let facts = old.facts();
    let keys = KEYS.iter().chain(&WAYS).map(|(key, _)| *key);
    for key in keys.filter(|key| *key != Needed::KEY) {
        if let Some(fact) = facts.fact(key) {
            made.set_fact(key, Some(&fact.value), fact.basis.as_deref())
                .map_err(apart)?;
        }
    }
    let given = [records.to_path_buf()];
    let options = ImportOptions {
        called: Some(match facts.reference() {
            Some(reference) => format!("records of {reference}"),
            None => "records of the former case".to_owned(),
        }),
        ..ImportOptions::default()
    };
    let reports = made.case().import(&given, &options, &actor, progress)?;
    let refused = reports.iter().find_map(|report| match &report.outcome {
        Outcome::Loaded => None,
        other => Some(format!("{other:?}")),
    });
    if let Some(why) = refused {
        return Err(apart(format!(
            "what was set apart was not read again: {why}"
        )));
    }
    made.refresh().map_err(apart)?;
    let store = made.store();
    let mut over = Vec::new();
    let mut sets: BTreeMap<Decision, (RoaringBitmap, RoaringBitmap)> = BTreeMap::new();
    for number in (0..store.len()).map(MessageNumber) {
        let former = store.raw(number).and_then(own::former).map(MessageNumber);
        // What has none is a line that says how many are not there.
        let Some(former) = former else { continue };
        over.push((former, number));
        if !store
            .message(number)
            .is_some_and(|one| one.kind.is_decidable())
        {
            continue;
        }
        // What is personal in a mixed message is gone: what is left of it is official.
        match old.decision(former) {
            Decision::Mixed => sets
                .entry(Decision::Official)
                .or_default()
                .1
                .insert(number.0),
            decision => sets.entry(decision).or_default().0.insert(number.0),
        };
    }
    for decision in [Decision::Official, Decision::Context] {
        let Some((plain, mixed)) = sets.get(&decision) else {
            continue;
        };
        for (set, note) in [(plain, None), (mixed, Some(MIXED))] {
            if !set.is_empty() {
                let target = Target::Set(set.clone(), None);
                made.decide(&target, decision, How::Bulk, note)
                    .map_err(apart)?;
            }
        }
    }
    Ok((made, over))
}
