//! Whether the balance that a bag tells adds up.

use crate::bundle::completeness::{Completeness, DayRow};
use crate::bundle::counts::Counts;
use crate::text::{counted, grouped};
use std::collections::{BTreeMap, BTreeSet};

/// Source, thread and day.
pub(super) type SlotName = (String, String, String);

pub(super) fn slot_of(row: &DayRow) -> SlotName {
    (row.source.clone(), row.thread.clone(), row.day.clone())
}

/// Adds up the days of a balance, each of which `holds` looks at, too.
///
/// # Errors
/// What does not add up.
pub(super) fn adds_up(
    balance: &Completeness,
    holds: &dyn Fn(&SlotName, &Counts) -> Result<(), &'static str>,
) -> Result<String, String> {
    let mut sources: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut threads: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut total = Counts::default();
    let mut rows = BTreeSet::new();
    for row in &balance.days {
        let place = format!("{}, {}, {}", row.source, row.thread, row.day);
        if !row.counts.balance() {
            return Err(format!("{place}: does not add up"));
        }
        let slot = slot_of(row);
        holds(&slot, &row.counts).map_err(|reason| format!("{place}: {reason}"))?;
        if !rows.insert(slot) {
            return Err(format!("{place}: has two rows"));
        }
        for (sums, key) in [(&mut sources, &row.source), (&mut threads, &row.thread)] {
            let sum = sums.entry(key.as_str()).or_default();
            *sum = sum.plus(&row.counts);
        }
        total = total.plus(&row.counts);
    }
    let sum = |sums: &BTreeMap<&str, Counts>, key: &str| sums.get(key).copied().unwrap_or_default();
    for row in &balance.sources {
        if sum(&sources, &row.source) != row.counts {
            return Err(format!("{}: its days do not add up to it", row.source));
        }
    }
    for row in &balance.threads {
        if sum(&threads, &row.thread) != row.counts {
            return Err(format!("{}: its days do not add up to it", row.thread));
        }
    }
    if balance.sources.len() < sources.len() || balance.threads.len() < threads.len() {
        return Err("a source or thread has days and no row".to_owned());
    }
    if total != balance.total || !total.balance() {
        return Err("the total is not the sum of the days".to_owned());
    }
    let waiting = total.undecided + total.refer;
    match balance.set.as_str() {
        "partial" => {}
        "whole" if waiting == 0 => {}
        _ => return Err(format!("a {} set leaves {waiting} undecided", balance.set)),
    }
    Ok(format!(
        "{} in, {} handed over, {} not",
        counted(total.messages, "message", "messages"),
        grouped(total.handed_over),
        grouped(total.messages.saturating_sub(total.handed_over))
    ))
}
