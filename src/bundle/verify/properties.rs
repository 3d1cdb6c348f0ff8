//! What bundles promise of the files that messages came with: `properties.csv` tells of each what the
//! open set has of it, the records tell the same, and what the open set has carries no properties.

use super::bagit::Bag;
use super::tables::{ABSENT, cell, is_absent, table};
use super::told::Told;
use crate::bundle::layout::{OPEN_COPY, PROPERTIES};
use crate::bundle::profile::Sets;
use crate::bundle::properties::{Properties, examine};
use crate::text::{counted, grouped};

/// Each file has its row, and what the open set has of it is looked at again.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn check(bag: &Bag, told: &Told) -> Result<String, String> {
    if told.sets() == Sets::Open {
        for path in told.files.keys() {
            carries_none(bag, path)?;
        }
        return Ok(format!(
            "{} none",
            counted(
                told.files.len() as u64,
                "file, which carries",
                "files, which carry"
            )
        ));
    }
    if is_absent(bag, told, "properties.csv") {
        return Ok(ABSENT.to_owned());
    }
    let rows = table(bag, told, "properties.csv", PROPERTIES)?;
    let mut files = told.files.keys();
    let (mut copies, mut none) = (0_u64, 0_u64);
    for (row, at) in rows.iter().zip(1..) {
        let of = |column: &str| cell(row, PROPERTIES, column);
        let wrong = |what: &str| Err(format!("properties.csv, row {at}: {what}"));
        let path = of("file");
        if files.next().map(String::as_str) != Some(path) {
            return wrong("not the next file that a message tells of");
        }
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let copy = format!("{stem}{OPEN_COPY}.{ending}");
        let seal = bag.payload.get(&copy).cloned();
        let words = (of("open_copy"), of("removed"), of("reason"));
        let in_open_set = match (of("open_set"), told.open_files.get(path), words) {
            ("same", None, ("", "", "")) if seal.is_none() => path,
            ("copy", Some(Ok((open, sha256))), (here, removed, ""))
                if seal.as_ref() == Some(sha256)
                    && *open == copy
                    && here == copy
                    && !removed.is_empty() =>
            {
                copies += 1;
                copy.as_str()
            }
            ("none", Some(Err(why)), ("", "", reason)) if why == reason && seal.is_none() => {
                none += 1;
                continue;
            }
            _ => return wrong("the records and the files that are here do not fit it"),
        };
        carries_none(bag, in_open_set)?;
    }
    if let Some(path) = files.next() {
        return Err(format!("properties.csv has no row for {path}"));
    }
    Ok(format!(
        "{}: {} without properties, {} not in the open set",
        counted(rows.len() as u64, "file", "files"),
        counted(copies, "copy", "copies"),
        grouped(none)
    ))
}

/// Looks at a file of the open set.
fn carries_none(bag: &Bag, path: &str) -> Result<(), String> {
    let file = bag.tree.open(path);
    let mut file = file.map_err(|error| format!("{path}: {error}"))?;
    match examine(&mut file).map_err(|error| format!("{path}: {error}"))? {
        Properties::None => Ok(()),
        Properties::Removed(clean) => {
            let what: Vec<&str> = clean.removed.into_iter().collect();
            Err(format!(
                "{path}: it is of the open set, and carries {}",
                what.join(", ")
            ))
        }
        Properties::Withheld(why) => Err(format!("{path}: it is of the open set, and {why}")),
    }
}
