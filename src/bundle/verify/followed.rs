//! Reads a bundle that another is to follow.

use super::bagit::{self, Bag};
use super::contents;
use super::earlier::{NAME, slot_of};
use super::tables::{cell, table};
use super::told::{LARGEST_TABLE, MARK, Told, balance};
use crate::bundle::earlier::{One, Print, Shown, print};
use crate::bundle::layout::{FOLLOWS, MESSAGES, OPEN_MESSAGES, SUPERSEDES};
use crate::bundle::records::jsonl::Row;
use crate::check::Verdict;
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

const SEAL: &str = "tagmanifest-sha256.txt";

/// Reads a bundle that another is to follow.
///
/// # Errors
/// Why it does not hold.
pub(in crate::bundle) fn read(path: &Path) -> Result<One, String> {
    let (mut checks, bag) = bagit::verify(path);
    let docket = bag.filter(|bag| bag.tree.files.contains_key(MARK));
    if let Some(bag) = &docket {
        checks.extend(contents::verify(bag));
    }
    let failed = checks
        .into_iter()
        .find(|check| check.verdict == Verdict::Failed);
    if let Some(check) = failed {
        return Err(format!("{}: {}", check.name, check.detail));
    }
    let bag = docket.ok_or("it is no bundle of docket's")?;
    let seal = bag.tree.read(SEAL, LARGEST_TABLE);
    let seal = seal.map_err(|error| format!("{SEAL}: {error}"))?;
    let profile = balance(&bag)?.profile;
    let mut one = One {
        sets: profile.map(|profile| profile.sets).unwrap_or_default(),
        seal: hex(&Sha256::digest(seal)),
        case: bag.told("Docket-Case").unwrap_or_default().to_owned(),
        follows: bag.told(FOLLOWS).unwrap_or_default().to_owned(),
        days: BTreeMap::new(),
        told: BTreeMap::new(),
        withdrawn: BTreeSet::new(),
        files: bag.payload.clone(),
    };
    let mut open: BTreeMap<u32, Print> = BTreeMap::new();
    if bag.tree.files.contains_key(OPEN_MESSAGES) {
        each_row(&bag, OPEN_MESSAGES, &mut |row| {
            open.insert(row.message, print(row));
        })?;
    }
    each_row(&bag, MESSAGES, &mut |row| {
        let (number, slot) = (row.message, (row.thread.clone(), row.day.clone()));
        let told = one.told.entry(slot.clone()).or_default();
        for file in &row.attachments {
            told.extend(file.path.iter().chain(&file.open_path).cloned());
        }
        told.extend(row.original.iter().map(|mail| mail.path.clone()));
        let closed = print(row);
        let shown = Shown::new(closed, open.get(&number).copied().unwrap_or(closed));
        one.days.entry(slot).or_default().insert(number, shown);
    })?;
    if bag.tree.files.contains_key(NAME) {
        for row in table(&bag, &Told::default(), NAME, SUPERSEDES)? {
            if cell(&row, SUPERSEDES, "what") == "withdrawn" {
                one.withdrawn
                    .extend(slot_of(cell(&row, SUPERSEDES, "file")));
            }
        }
    }
    Ok(one)
}

fn each_row(bag: &Bag, name: &str, take: &mut dyn FnMut(Row)) -> Result<(), String> {
    let file = bag.tree.open(name);
    let file = file.map_err(|error| format!("{name}: {error}"))?;
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| format!("{name}: {error}"))?;
        take(serde_json::from_str(&line).map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(())
}
