//! What bundles promise of those they follow: `supersedes.csv` tells of each file that is not to be
//! used any more, and what stands in its place is here.

use super::bagit::{self, Bag};
use super::contents::{self, LARGEST_TABLE, MARK, cell, table};
use super::told::Told;
use crate::bundle::later::{Earlier, FOLLOWS, One, Print, SUPERSEDES, Shown, Slot, group, print};
use crate::bundle::records::OPEN_COPY;
use crate::bundle::records::jsonl::Row;
use crate::bundle::write::{MESSAGES, OPEN_MESSAGES};
use crate::check::{Check, Verdict};
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

const NAME: &str = "supersedes.csv";
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
    let profile = contents::balance(&bag)?.profile;
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

/// The day that a closed master is of; `None` of other files.
fn slot_of(path: &str) -> Option<Slot> {
    let path = path.strip_prefix("data/records/")?.strip_suffix(".eml")?;
    let (folder, day) = path.rsplit_once('/')?;
    let (_, thread) = folder.rsplit_once('/')?;
    (!day.ends_with(OPEN_COPY)).then(|| (thread.to_owned(), day.to_owned()))
}

/// A bundle that follows another says so, and what it supersedes stands here or nowhere.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn supersedes(bag: &Bag, told: &Told) -> Result<String, String> {
    let follows = bag.told(FOLLOWS);
    if follows.is_some() != bag.tree.files.contains_key(NAME) {
        return Err(format!("{NAME} and {FOLLOWS} do not stand together"));
    }
    let case = bag.told("Docket-Case").unwrap_or_default();
    let is_of_group = bag.told("Bag-Group-Identifier") == Some(group(case).as_str());
    if told.form > 3 && !is_of_group {
        return Err("Bag-Group-Identifier is not that of its case".to_owned());
    }
    let Some(follows) = follows else {
        return Ok("follows no other bundle".to_owned());
    };
    let is_sum = |text: &str| text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_sum(follows) {
        return Err(format!("{FOLLOWS} is no checksum"));
    }
    let rows = table(bag, told, NAME, SUPERSEDES)?;
    let mut withdrawn = 0_u64;
    for (row, at) in rows.iter().zip(1..) {
        let of = |column: &str| cell(row, SUPERSEDES, column);
        let wrong = |what: &str| Err(format!("{NAME}, row {at}: {what}"));
        if !is_sum(of("bundle")) || !is_sum(of("sha256")) || !of("file").starts_with("data/") {
            return wrong("it names no file of a bundle");
        }
        let is_here = bag.payload.contains_key(of("file"));
        match (of("what"), of("by"), is_here) {
            ("replaced", by, true) if by == of("file") => {}
            ("withdrawn", "", false) => withdrawn += 1,
            _ => return wrong("what it says does not fit what is here"),
        }
    }
    Ok(format!(
        "{} files of earlier bundles, {withdrawn} of them withdrawn",
        rows.len()
    ))
}

/// Whether a bundle follows the last of these, and supersedes every record of theirs that it tells
/// anew.
pub(super) fn follows(bag: &Bag, earlier: &Earlier) -> Check {
    match holds_after(bag, earlier) {
        Ok(detail) => Check::ok("earlier bundles", detail),
        Err(detail) => Check::failed("earlier bundles", detail),
    }
}

fn holds_after(bag: &Bag, earlier: &Earlier) -> Result<String, String> {
    if bag.told(FOLLOWS) != Some(earlier.last_seal()) {
        return Err("it follows another bundle than the last one given".to_owned());
    }
    let mut superseded: BTreeSet<(String, String)> = BTreeSet::new();
    for (row, at) in table(bag, &Told::default(), NAME, SUPERSEDES)?
        .iter()
        .zip(1..)
    {
        let of = |column: &str| cell(row, SUPERSEDES, column).to_owned();
        let file = of("file");
        let of_bundle = earlier.files_of(&of("bundle"));
        if of_bundle.and_then(|files| files.get(&file)) != Some(&of("sha256")) {
            return Err(format!("{NAME}, row {at}: no earlier bundle has this file"));
        }
        superseded.insert((of("bundle"), file));
    }
    for name in bag.payload.keys() {
        let Some(slot) = slot_of(name) else {
            continue;
        };
        if let Some((seal, files)) = earlier.latest(&slot)
            && files.contains_key(name)
            && !superseded.contains(&(seal.to_owned(), name.clone()))
        {
            return Err(format!(
                "{name}: it is told anew, and the earlier one is not superseded"
            ));
        }
    }
    Ok(format!(
        "{} before it, and {} of their files superseded",
        earlier.len(),
        superseded.len()
    ))
}
