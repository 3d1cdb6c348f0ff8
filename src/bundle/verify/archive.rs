//! What bundles promise of the tables for archives: a row for each file, of what The National
//! Archives take, and nothing called open whose exemption no row tells.

use super::bagit::Bag;
use super::tables::{ABSENT, cell, is_absent, table};
use super::told::{LARGEST_TABLE, Told, balance};
use crate::bundle::cleared::NOT_OPEN;
use crate::bundle::commitments::LENGTH;
use crate::bundle::completeness::Completeness;
use crate::bundle::files::{PROPOSED, fault};
use crate::bundle::layout::{FFID, MEMBERSHIP, METADATA, OPEN_COPY, WITHHELD};
use crate::bundle::limits;
use crate::bundle::membership::UNKNOWN;
use crate::bundle::package::describe;
use crate::findings::completeness::is_at_cap;
use crate::text::{counted, grouped};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Each file of the payload has its row, in the order of their paths, and each row its file.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn files(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "file-metadata.csv") {
        return Ok(ABSENT.to_owned());
    }
    let rows = table(bag, told, "file-metadata.csv", METADATA)?;
    let mut here = bag
        .tree
        .files
        .keys()
        .filter(|name| name.starts_with("data/"));
    let mut closed = 0u64;
    for (row, at) in rows.iter().zip(1..) {
        let of = |column: &str| cell(row, METADATA, column).to_owned();
        let wrong = |what: &str| Err(format!("file-metadata.csv, row {at}: {what}"));
        let path = of("filepath");
        if here.next() != Some(&path) {
            return wrong("not the next file of the payload");
        }
        if path.rsplit_once('/').map_or("", |(_, name)| name) != of("filename") {
            return wrong("its file has another name");
        }
        if let Some(what) = fault(of) {
            return wrong(&what);
        }
        let (stem, ending) = path.rsplit_once('.').unwrap_or((&path, ""));
        let open = format!("{stem}{OPEN_COPY}.{ending}");
        let is_closed = of("closure status") == "Closed"
            || [PROPOSED, NOT_OPEN]
                .iter()
                .any(|begin| of("note").starts_with(begin));
        let has_open = bag.tree.files.contains_key(&open);
        if has_open && !is_closed {
            return wrong("an open copy stands beside it, and it is called open itself");
        }
        if stem.ends_with(OPEN_COPY) && is_closed {
            return wrong("it is an open copy, and called closed");
        }
        closed += u64::from(is_closed);
    }
    if let Some(name) = here.next() {
        return Err(format!("file-metadata.csv has no row for {name}"));
    }
    let paths: BTreeSet<&str> = rows
        .iter()
        .map(|row| cell(row, METADATA, "filepath"))
        .collect();
    for row in table(bag, told, "file-ffid.csv", FFID)? {
        if !paths.contains(cell(&row, FFID, "Filepath")) {
            return Err("file-ffid.csv: tells of a file that is not here".to_owned());
        }
    }
    Ok(format!(
        "{}, {} not open",
        counted(rows.len() as u64, "file", "files"),
        grouped(closed)
    ))
}

/// What stays behind is counted as the balance counts it, and each message of it has its commitment.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn withheld(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "withheld.csv") {
        return Ok(ABSENT.to_owned());
    }
    type Slot = (String, String);
    let mut wanted: BTreeMap<(Slot, &str), u64> = BTreeMap::new();
    let balance = balance(bag)?;
    for row in &balance.days {
        let counts = &row.counts;
        // Of the lines of the app, those in threads of which nothing is handed over.
        let decided = counts.official + counts.mixed + counts.context;
        let system = (counts.system + decided).saturating_sub(counts.handed_over);
        for (decision, count) in [
            ("personal", counts.personal),
            ("refer", counts.refer),
            ("undecided", counts.undecided),
            ("unreadable", counts.unreadable),
            ("copies", counts.copies),
            ("earlier", counts.earlier),
            ("set_aside", counts.set_aside),
            ("system", system),
        ] {
            if count > 0 {
                let slot = (row.thread.clone(), row.day.clone());
                *wanted.entry((slot, decision)).or_default() += count;
            }
        }
    }
    let mut here: BTreeMap<(Slot, &str), u64> = BTreeMap::new();
    let mut committed: BTreeMap<Slot, u64> = BTreeMap::new();
    let mut commitments = BTreeSet::new();
    let rows = table(bag, told, "withheld.csv", WITHHELD)?;
    for (row, at) in rows.iter().zip(1..) {
        let of = |column: &str| cell(row, WITHHELD, column);
        let wrong = |what: &str| Err(format!("withheld.csv, row {at}: {what}"));
        let slot = (of("thread").to_owned(), of("day").to_owned());
        let Ok(messages) = of("messages").parse::<u64>() else {
            return wrong("its count is no number");
        };
        match (of("decision"), of("commitment")) {
            ("", commitment) => {
                let is_letter = |c: u8| c.is_ascii_uppercase() || (b'2'..=b'7').contains(&c);
                if commitment.len() != LENGTH || !commitment.bytes().all(is_letter) {
                    return wrong("this is no commitment");
                }
                if messages != 1 || !commitments.insert(commitment) {
                    return wrong("its commitment stands there twice, or for several messages");
                }
                *committed.entry(slot).or_default() += 1;
            }
            (decision, "") if here.insert((slot, decision), messages).is_none() => {}
            _ => return wrong("neither a count nor a commitment of its own"),
        }
    }
    if here != wanted {
        return Err("withheld.csv and completeness.json do not count the same".to_owned());
    }
    let mut stays: BTreeMap<Slot, u64> = BTreeMap::new();
    for ((slot, _), messages) in here {
        *stays.entry(slot).or_default() += messages;
    }
    if stays != committed {
        return Err("withheld.csv: not one commitment for each message that it counts".to_owned());
    }
    Ok(format!(
        "{}, a commitment to each",
        counted(commitments.len() as u64, "message", "messages")
    ))
}

/// Each stay is in a thread that is here, rests on lines that are here, and tells of no message of
/// somebody who sent none that is.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn membership(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "membership.csv") {
        return Ok(ABSENT.to_owned());
    }
    let rows = table(bag, told, "membership.csv", MEMBERSHIP)?;
    let mut wrote = BTreeSet::new();
    for (row, at) in rows.iter().zip(1..) {
        let of = |column: &str| cell(row, MEMBERSHIP, column);
        let wrong = |what: &str| Err(format!("membership.csv, row {at}: {what}"));
        if !told.threads.contains_key(of("thread")) {
            return wrong("of a thread that is not here");
        }
        for (by, line) in [("came_by", "came_message"), ("went_by", "went_message")] {
            if of(by) == UNKNOWN && of(line).is_empty() {
                continue;
            }
            // A line of the app is there without a decision.
            let number = of(line).parse().ok();
            let line = number.and_then(|number: u32| told.decisions.get(&number));
            if line != Some(&None) {
                return wrong("it rests on a line that is not here");
            }
        }
        if !of("first_wrote").is_empty() {
            wrote.insert(of("person"));
        }
    }
    match wrote
        .into_iter()
        .find(|person| !told.people.contains_key(*person))
    {
        Some(person) => Err(format!(
            "membership.csv: {person} sent nothing that is here"
        )),
        None => Ok(format!(
            "{} in {}",
            counted(rows.len() as u64, "stay", "stays"),
            counted(told.threads.len() as u64, "thread", "threads")
        )),
    }
}

/// The data package describes the tables that are here, as this docket describes them.
///
/// # Errors
/// What is wrong.
pub(super) fn package(bag: &Bag, told: &Told) -> Result<String, String> {
    const NAME: &str = "datapackage.json";
    if is_absent(bag, told, NAME) {
        return Ok(ABSENT.to_owned());
    }
    let bytes = bag.tree.read(NAME, LARGEST_TABLE);
    let bytes = bytes.map_err(|error| format!("{NAME}: {error}"))?;
    let package: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("{NAME}: {error}"))?;
    // What it says of them may be worded otherwise by another docket.
    let wanted = describe(|name| bag.tree.files.contains_key(name));
    match columns(&package) == columns(&wanted) {
        true => Ok("it describes every table".to_owned()),
        false => Err(format!(
            "{NAME} describes other tables than those that are here"
        )),
    }
}

/// The paths of the tables that a package describes, with the names of their columns.
fn columns(package: &Value) -> Vec<(&str, Vec<&str>)> {
    fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
        let found = value.pointer(pointer).and_then(Value::as_array);
        found.map_or(&[], Vec::as_slice)
    }
    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        let found = value.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    }
    list(package, "/resources")
        .iter()
        .map(|table| {
            let fields = list(table, "/schema/fields").iter();
            (
                text(table, "/path"),
                fields.map(|one| text(one, "/name")).collect(),
            )
        })
        .collect()
}

/// The gaps are those between the days of the balance, the caps are met where the figures say so,
/// and what the bundle was chosen by fits its set.
///
/// # Errors
/// What is wrong.
pub(super) fn limits(balance: &Completeness) -> Result<(), String> {
    if balance.docket_bundle < 3 {
        return Ok(());
    }
    let (Some(filters), Some(gaps), Some(caps)) = (&balance.filters, &balance.gaps, &balance.caps)
    else {
        return Err("it tells neither filters nor gaps and caps".to_owned());
    };
    if filters.partial != (balance.set == "partial") {
        return Err("what it was chosen by is not what it says it is".to_owned());
    }
    if *gaps != limits::gaps(&balance.days) {
        return Err("its gaps are not those between its days".to_owned());
    }
    for cap in caps {
        let reached = [cap.with_files, cap.without_files]
            .iter()
            .any(|most| is_at_cap(cap.messages, *most));
        let own = balance.sources.iter().find(|row| row.source == cap.source);
        let fits = own.is_some_and(|row| row.counts.messages <= cap.messages);
        if reached != cap.reached || !fits {
            return Err(format!("{}: its cap does not fit its messages", cap.source));
        }
    }
    Ok(())
}
