//! The tables of decisions and of whom and what they are about, held against the records.

use super::bagit::Bag;
use super::tables::{ABSENT, cell, is_absent, table};
use super::told::{MARK, Told, balance};
use crate::bundle::layout::{DECISIONS, FLAGS, NOTES, PEOPLE, RECONCILIATION, SOURCES};
use crate::bundle::tables::SAID_SAME;
use crate::bundle::{records, rules};
use crate::case::Disagree;
use crate::model::Flag;
use crate::text::{counted, grouped};
use std::collections::{BTreeMap, BTreeSet};

/// One row for each message that was decided, with the decision of its record.
pub(super) fn decisions(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "decisions.csv") {
        return Ok(ABSENT.to_owned());
    }
    let mut here: BTreeMap<u32, String> = BTreeMap::new();
    for row in table(bag, told, "decisions.csv", DECISIONS)? {
        let message = cell(&row, DECISIONS, "message");
        let number = message
            .parse()
            .map_err(|_| format!("decisions.csv: {message} is no message number"))?;
        let decision = cell(&row, DECISIONS, "decision").to_owned();
        let original = told.originals.get(&number);
        if cell(&row, DECISIONS, "original") != original.map_or("", |(path, _)| path) {
            return Err(format!(
                "decisions.csv: message {number} is not where it says as it was"
            ));
        }
        if here.insert(number, decision).is_some() {
            return Err(format!(
                "decisions.csv: message {number} stands there twice"
            ));
        }
    }
    let told: BTreeMap<u32, String> = told
        .decisions
        .iter()
        .filter_map(|(number, decision)| Some((*number, decision.clone()?)))
        .collect();
    if here != told {
        return Err("decisions.csv and the records do not tell of the same messages".to_owned());
    }
    Ok(counted(here.len() as u64, "decision", "decisions"))
}

/// The rules count what the table of decisions says was decided by them, rule by rule.
pub(super) fn rules(bag: &Bag, told: &Told) -> Result<String, String> {
    let balance = balance(bag)?;
    let Some(rows) = balance.rules else {
        return match told.form {
            1 => Ok("not told of in bundles of this form".to_owned()),
            _ => Err(format!("{MARK}: does not tell of rules")),
        };
    };
    let mut ruled: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut by_rule = 0u64;
    for row in table(bag, told, "decisions.csv", DECISIONS)? {
        let how = cell(&row, DECISIONS, "how");
        if how.starts_with("rule") {
            let decision = cell(&row, DECISIONS, "decision").to_owned();
            *ruled.entry((how.to_owned(), decision)).or_default() += 1;
            by_rule += 1;
        }
    }
    let mut told_of: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut kept = 0u64;
    for row in &rows {
        if row.messages == 0 {
            return Err(format!("rule {}: decided nothing that is here", row.rule));
        }
        kept += u64::from(row.text.is_none());
        let key = (rules::how(row.rule), row.decision.clone());
        *told_of.entry(key).or_default() += row.messages;
    }
    if told_of != ruled && !is_absent(bag, told, "decisions.csv") {
        return Err(format!(
            "{MARK} and decisions.csv do not tell the same of what rules decided"
        ));
    }
    if is_absent(bag, told, "decisions.csv") {
        return Ok(format!(
            "{}, {} kept in the case",
            counted(rows.len() as u64, "rule", "rules"),
            counted(kept, "text", "texts")
        ));
    }
    Ok(format!(
        "{} by rule, {} of {} kept in the case",
        counted(by_rule, "decision", "decisions"),
        grouped(kept),
        counted(rows.len() as u64, "text", "texts")
    ))
}

/// Each flag and each note is on a message that is here; nothing on hold is.
pub(super) fn flags(bag: &Bag, told: &Told) -> Result<String, String> {
    let on = |name: &str, columns: &[&str]| -> Result<Vec<Vec<String>>, String> {
        let rows = table(bag, told, name, columns)?;
        for (row, index) in rows.iter().zip(1..) {
            let number = cell(row, columns, "message").parse().ok();
            let is_here = number
                .is_some_and(|number| told.decisions.get(&number).is_some_and(Option::is_some));
            if !is_here {
                return Err(format!(
                    "{name}, row {index}: on a message that is not here"
                ));
            }
        }
        Ok(rows)
    };
    let flags = on("flags.csv", FLAGS)?;
    for (row, index) in flags.iter().zip(1..) {
        match Flag::from_name(cell(row, FLAGS, "flag")) {
            None => return Err(format!("flags.csv, row {index}: no flag that docket knows")),
            Some(Flag::Hold) => {
                return Err(format!(
                    "flags.csv, row {index}: what is on hold does not leave"
                ));
            }
            Some(_) => {}
        }
    }
    if bag.tree.files.contains_key("notes.csv") {
        let notes = on("notes.csv", NOTES)?.len();
        return Ok(format!(
            "{}, {}",
            counted(flags.len() as u64, "flag", "flags"),
            counted(notes as u64, "note", "notes")
        ));
    }
    Ok(counted(flags.len() as u64, "flag", "flags"))
}

/// One row for each person of whom a message is here, with their name and number of messages, and
/// for each whom a message names beside its sender.
pub(super) fn people(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "people.csv") {
        return Ok(ABSENT.to_owned());
    }
    let mut here: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut names = BTreeSet::new();
    let rows = table(bag, told, "people.csv", PEOPLE)?;
    for row in &rows {
        let row = row.as_slice();
        let messages = cell(row, PEOPLE, "messages");
        let count = messages
            .parse()
            .map_err(|_| format!("people.csv: {messages} is no number"))?;
        let name = cell(row, PEOPLE, "name").to_owned();
        if count > 0 {
            let person = cell(row, PEOPLE, "person").to_owned();
            here.insert(person, (name.clone(), count));
        } else if !told.named.contains(&name) {
            return Err("people.csv names someone whom no record names".to_owned());
        }
        names.insert(name);
    }
    if here != told.people || !told.named.is_subset(&names) {
        return Err("people.csv and the records do not tell of the same people".to_owned());
    }
    let people: BTreeSet<&str> = rows.iter().map(|row| cell(row, PEOPLE, "person")).collect();
    for row in &rows {
        let joined = cell(row, PEOPLE, "joined_as");
        // Bundles of the first form may tell nothing of joins.
        let older = told.form == 1 && joined.is_empty();
        if !older && !people.contains(joined) {
            return Err(format!("people.csv: {joined} is nobody who is here"));
        }
    }
    Ok(counted(names.len() as u64, "person", "people"))
}

/// One row for each source; what is not handed over has no name there.
pub(super) fn sources(bag: &Bag, told: &Told) -> Result<String, String> {
    if is_absent(bag, told, "sources.csv") {
        return Ok(ABSENT.to_owned());
    }
    let rows = table(bag, told, "sources.csv", SOURCES)?;
    let handed_over: BTreeSet<&str> = told.slots.keys().map(|slot| slot.0.as_str()).collect();
    for (row, index) in rows.iter().zip(0..) {
        let source = cell(row, SOURCES, "source");
        if source != records::source_id(index) {
            return Err(format!("sources.csv: {source} is not the next source"));
        }
        let none = cell(row, SOURCES, "handed_over") == "none";
        if none == handed_over.contains(source) {
            return Err(format!("{source}: the records do not hold what it says"));
        }
        let named = ["name", "format", "sha256", "bytes"]
            .iter()
            .any(|column| !cell(row, SOURCES, column).is_empty());
        if none && named {
            return Err(format!("{source}: named although nothing of it is here"));
        }
    }
    if rows.len() < handed_over.len() {
        return Err("sources.csv does not list every source".to_owned());
    }
    Ok(counted(rows.len() as u64, "source", "sources"))
}

/// Each row tells of a message that is here, or counts and names nothing.
pub(super) fn reconciliation(bag: &Bag, told: &Told) -> Result<String, String> {
    let rows = table(bag, told, "reconciliation.csv", RECONCILIATION)?;
    let mut differences = 0u64;
    for (row, index) in rows.iter().zip(1..) {
        let fault = |what: &str| Err(format!("reconciliation.csv, row {index}: {what}"));
        let of = |column| cell(row, RECONCILIATION, column);
        let known = Disagree::ALL
            .iter()
            .any(|what| what.is_dispute() && what.name() == of("difference"));
        if !known && of("difference") != SAID_SAME {
            return fault("no difference that docket knows");
        }
        let Ok(messages) = of("messages").parse::<u64>() else {
            return fault("its count is no number");
        };
        differences = differences.saturating_add(messages);
        match of("message") {
            "" => {
                let names = ["thread", "day", "source"];
                if names.iter().any(|column| !of(column).is_empty()) {
                    return fault("tells where a message stands that is not here");
                }
            }
            number => {
                let number = number.parse().ok();
                let is_here = number
                    .is_some_and(|number| told.decisions.get(&number).is_some_and(Option::is_some));
                if !is_here || !told.threads.contains_key(of("thread")) {
                    return fault("tells of a message that is not here");
                }
            }
        }
    }
    Ok(format!(
        "{} between exports",
        counted(differences, "difference", "differences")
    ))
}
