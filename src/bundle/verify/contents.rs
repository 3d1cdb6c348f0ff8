//! What docket's own bundles promise beyond BagIt: the tables parse and agree with the records, and
//! nothing is there that no table or record tells of.

use super::archive;
use super::bagit::Bag;
use super::chosen;
use super::custody;
use super::earlier;
use super::exported;
use super::properties;
use super::redactions;
use super::rows;
use super::sums::{adds_up, slot_of};
use super::tables::{ABSENT, is_absent};
use super::told::{MARK, Told, balance};
use crate::bundle::completeness::FORM;
use crate::bundle::layout::{INDEX, MANIFESTS, MESSAGES, OPEN_COPY, OPEN_INDEX, OPEN_MESSAGES};
use crate::bundle::sign::ADDED;
use crate::check::Check;
use crate::text::{counted, grouped};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Every tag file that a bundle has besides those of BagIt.
const TAGS: [&str; 16] = [
    "README.txt",
    "bagit-profile.json",
    "completeness.json",
    "custody.jsonl",
    "datapackage.json",
    "decisions.csv",
    "file-ffid.csv",
    "file-metadata.csv",
    "flags.csv",
    "membership.csv",
    "people.csv",
    "properties.csv",
    "reconciliation.csv",
    "redactions.csv",
    "sources.csv",
    "withheld.csv",
];

/// Checks the tables against each other and against the records.
pub(super) fn verify(bag: &Bag) -> Vec<Check> {
    if let Some((balance, export)) = exported::is_one(bag) {
        return exported::verify(bag, &balance, &export);
    }
    let told = match Told::read(bag) {
        Ok(told) => told,
        Err(reason) => return vec![Check::failed("records", reason)],
    };
    vec![
        Check::of("file names", names(bag)),
        Check::of("sealed", sealed(bag, &told)),
        Check::of("records", files(bag, &told)),
        Check::of("attachments", attachments(bag, &told)),
        Check::of("properties", properties::check(bag, &told)),
        Check::of("mails", mails(bag, &told)),
        Check::of("file metadata", archive::files(bag, &told)),
        Check::of("data package", archive::package(bag, &told)),
        Check::of("completeness", completeness(bag, &told)),
        Check::of("withheld", archive::withheld(bag, &told)),
        Check::of("decisions", rows::decisions(bag, &told)),
        Check::of("rules", rows::rules(bag, &told)),
        Check::of("redactions", redactions::check(bag, &told)),
        Check::of("flags", rows::flags(bag, &told)),
        Check::of("people", rows::people(bag, &told)),
        Check::of("membership", archive::membership(bag, &told)),
        Check::of("sources", rows::sources(bag, &told)),
        Check::of("reconciliation", rows::reconciliation(bag, &told)),
        Check::of("supersedes", earlier::supersedes(bag, &told)),
        Check::of("custody", chain(bag, &told)),
        Check::of("profile", chosen::check(bag, &told)),
    ]
}

/// Only `[a-z0-9._-]`, but for the tag files whose names BagIt or custom give.
fn names(bag: &Bag) -> Result<String, String> {
    let plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
    let mut odd = bag
        .tree
        .files
        .keys()
        .filter(|name| *name != "README.txt" && !closed_name(name).bytes().all(plain));
    match odd.next() {
        Some(name) => Err(format!("{name}: docket gives no file such a name")),
        None => Ok("all plain".to_owned()),
    }
}

/// The name of what an open copy stands beside, with the same ending.
fn closed_name(name: &str) -> Cow<'_, str> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match stem.strip_suffix(OPEN_COPY) {
        Some(stem)
            if name.starts_with("data/records/") || name.starts_with("data/attachments/") =>
        {
            format!("{stem}.{ending}").into()
        }
        _ => name.into(),
    }
}

/// Every tag file is sealed by the tag manifests, and there is no other.
fn sealed(bag: &Bag, told: &Told) -> Result<String, String> {
    let is_here = |name: &&&str| bag.tree.files.contains_key(**name);
    if let Some(name) = MANIFESTS.iter().find(|name| !is_here(name)) {
        return Err(format!("{name}: it is not here"));
    }
    for name in TAGS {
        if is_absent(bag, told, name) {
            continue;
        }
        if !bag.sealed_tags.contains(name) {
            return Err(format!("{name}: no tag manifest lists it"));
        }
    }
    for name in bag.tree.files.keys() {
        let own = name.starts_with("data/")
            || name.starts_with("tagmanifest-")
            || ADDED.contains(&name.as_str())
            || bag.sealed_tags.contains(name);
        if !own {
            return Err(format!("{name}: no manifest lists it"));
        }
    }
    let agent = bag
        .info
        .iter()
        .find(|(label, _)| label == "Bag-Software-Agent");
    match agent {
        Some((_, agent)) => Ok(format!("made by {agent}")),
        None => Err("bag-info.txt does not say what made the bag".to_owned()),
    }
}

/// Whether a file of the payload is none of a message's own.
fn in_records(name: &str) -> bool {
    name.starts_with("data/")
        && !name.starts_with("data/attachments/")
        && !name.starts_with("data/mail/")
}

/// Each thread and day has its record in three forms, and there is no other.
fn files(bag: &Bag, told: &Told) -> Result<String, String> {
    let mut wanted = BTreeSet::from([MESSAGES.to_owned()]);
    for (_, thread, day) in told.slots.keys() {
        let channel = told.threads.get(thread).map_or("", String::as_str);
        let channel = crate::text::file_name(channel);
        let slot = (thread.clone(), day.clone());
        for form in ["eml", "html", "txt"] {
            wanted.insert(format!("data/records/{channel}/{thread}/{day}.{form}"));
            if told.redacted.has_open_copy(&slot) {
                let name = format!("data/records/{channel}/{thread}/{day}{OPEN_COPY}.{form}");
                wanted.insert(name);
            }
        }
    }
    // Bundles of earlier forms have no page of contents.
    if told.form > 3 || bag.tree.files.contains_key(INDEX) {
        wanted.insert(INDEX.to_owned());
    }
    if told.redacted.is_open() {
        wanted.insert(OPEN_MESSAGES.to_owned());
        if wanted.contains(INDEX) {
            wanted.insert(OPEN_INDEX.to_owned());
        }
    }
    let here: BTreeSet<String> = bag
        .tree
        .files
        .keys()
        .filter(|name| in_records(name))
        .cloned()
        .collect();
    if let Some(name) = wanted.difference(&here).next() {
        return Err(format!(
            "{name}: messages of it are told, and it is not there"
        ));
    }
    if let Some(name) = here.difference(&wanted).next() {
        return Err(format!("{name}: no message of it is told"));
    }
    let is_record = |name: &&String| !name.ends_with(".jsonl") && !name.contains("/index");
    let records = wanted.iter().filter(is_record).count();
    Ok(format!(
        "{} in {}",
        counted(told.decisions.len() as u64, "message", "messages"),
        counted(records as u64, "record", "records")
    ))
}

/// Each file that a message names is there with the checksum in its name, and there is no other.
fn attachments(bag: &Bag, told: &Told) -> Result<String, String> {
    for (path, sha256) in &told.files {
        if bag.payload.get(path) != Some(sha256) || !path.contains(sha256.as_str()) {
            return Err(format!("{path}: not the file that a message tells of"));
        }
    }
    let open: BTreeSet<&str> = told
        .open_files
        .values()
        .filter_map(|open| Some(open.as_ref().ok()?.0.as_str()))
        .collect();
    let mut here = bag
        .tree
        .files
        .keys()
        .filter(|name| name.starts_with("data/attachments/"));
    match here.find(|name| !told.files.contains_key(*name) && !open.contains(name.as_str())) {
        Some(name) => Err(format!("{name}: no message tells of it")),
        None => Ok(counted(told.files.len() as u64, "file", "files")),
    }
}

/// Each mail that a message tells of is there as it was, and there is no other.
fn mails(bag: &Bag, told: &Told) -> Result<String, String> {
    for (path, sha256) in told.originals.values() {
        if bag.payload.get(path) != Some(sha256) {
            return Err(format!("{path}: not the mail that its message tells of"));
        }
    }
    let known: BTreeSet<&str> = told
        .originals
        .values()
        .map(|(path, _)| path.as_str())
        .collect();
    let mut here = bag
        .tree
        .files
        .keys()
        .filter(|name| name.starts_with("data/mail/"));
    match here.find(|name| !known.contains(name.as_str())) {
        Some(name) => Err(format!("{name}: no message tells of it")),
        None => Ok(format!(
            "{} of {} there as they were",
            grouped(told.mail.originals),
            counted(told.mail.mails, "mail", "mails")
        )),
    }
}

/// The balance holds in every row and sum, and says the same as the messages.
fn completeness(bag: &Bag, told: &Told) -> Result<String, String> {
    let balance = balance(bag)?;
    if !(1..=FORM).contains(&balance.docket_bundle) {
        return Err(format!(
            "{MARK}: made by a newer docket; check with that one"
        ));
    }
    let sums = adds_up(&balance, &|slot, counts| {
        let here = told.slots.get(slot).copied().unwrap_or_default();
        let same = here.handed_over == counts.handed_over
            && here.official == counts.official
            && here.context == counts.context
            && here.mixed == counts.mixed
            && (here.system == counts.system || here.system == 0);
        match same {
            true => Ok(()),
            false => Err("the records do not hold what it says"),
        }
    })?;
    let rows: BTreeSet<_> = balance.days.iter().map(slot_of).collect();
    if let Some(slot) = told.slots.keys().find(|slot| !rows.contains(slot)) {
        return Err(format!("{}, {}, {}: has no row", slot.0, slot.1, slot.2));
    }
    if balance.mail != told.mail {
        return Err("it does not count the mails that the records hold".to_owned());
    }
    archive::limits(&balance)?;
    Ok(sums)
}

/// The custody chain, where the bundle's form has one.
fn chain(bag: &Bag, told: &Told) -> Result<String, String> {
    match is_absent(bag, told, custody::NAME) {
        true => Ok(ABSENT.to_owned()),
        false => custody::check(bag),
    }
}
