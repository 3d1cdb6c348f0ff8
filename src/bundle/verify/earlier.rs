//! What bundles promise of those they follow: `supersedes.csv` tells of each file that is not to be
//! used any more, and what stands in its place is here.

use super::bagit::Bag;
use super::tables::{cell, table};
use super::told::Told;
use crate::bundle::earlier::{Earlier, Slot, group};
use crate::bundle::layout::{FOLLOWS, OPEN_COPY, SUPERSEDES};
use crate::check::Check;
use crate::text::{counted, grouped};
use std::collections::BTreeSet;

pub(super) const NAME: &str = "supersedes.csv";

/// The day that a closed master is of; `None` of other files.
pub(super) fn slot_of(path: &str) -> Option<Slot> {
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
        "{} of earlier bundles, {} withdrawn",
        counted(rows.len() as u64, "file", "files"),
        grouped(withdrawn)
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
