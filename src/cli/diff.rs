//! `docket diff BUNDLE...`.

use super::out::{Column, Out};
use super::profile::Chosen;
use super::{Common, End, Failure};
use crate::bundle::{DayChange, Earlier, changes};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;
use std::path::PathBuf;

/// Tell what has changed in the case since a bundle was handed over
///
/// Lists, by conversation and day, the messages that are new, that leave otherwise
/// now (decided, masked or shown so), and that are not to leave any more. A
/// bundle with --after holds the days listed here, and says what it supersedes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket diff handover-2024-04
  docket diff handover-2024-04 handover-2024-07
  docket bundle handover-2024-10 --after handover-2024-04 --after handover-2024-07

Exit code 1: something has changed.")]
pub struct Diff {
    /// The bundles handed over so far, the first one first
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    profile: Chosen,
}

/// A day, for programs.
#[derive(Serialize)]
struct Row<'a> {
    thread: &'a str,
    day: &'a str,
    new: &'a [u32],
    changed: &'a [u32],
    withdrawn: &'a [u32],
}

impl Diff {
    /// Compares, and lists what differs.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let earlier = Earlier::read(&self.bundles).map_err(Failure::refused)?;
        let days =
            changes(&session, &earlier, self.profile.read(&session)?).map_err(Failure::refused)?;
        if out.json {
            for day in &days {
                out.object(&Row {
                    thread: &day.thread,
                    day: &day.day,
                    new: &day.new,
                    changed: &day.changed,
                    withdrawn: &day.withdrawn,
                })?;
            }
        } else {
            print(&days, out)?;
        }
        Ok(match days.is_empty() {
            true => End::Done,
            false => End::Exceptions,
        })
    }
}

/// The days that have changed, and the sum.
pub(super) fn print(days: &[DayChange], out: &mut Out) -> Result<(), Failure> {
    if days.is_empty() {
        return out.line("nothing is new or changed since");
    }
    let cell = |numbers: &[u32]| Shown::line(&grouped(numbers.len() as u64));
    let rows: Vec<Vec<Shown>> = days
        .iter()
        .map(|day| {
            vec![
                Shown::line(&day.thread),
                Shown::line(&day.day),
                cell(&day.new),
                cell(&day.changed),
                cell(&day.withdrawn),
            ]
        })
        .collect();
    let columns = [
        Column::giving("thread"),
        Column::giving("day"),
        Column::number("new"),
        Column::number("changed"),
        Column::number("withdrawn"),
    ];
    out.table(&columns, &rows)?;
    let sum = |numbers: fn(&DayChange) -> &Vec<u32>| -> u64 {
        days.iter().map(|day| numbers(day).len() as u64).sum()
    };
    out.line(&format!(
        "since then on {}: {} new, {} changed, {} withdrawn",
        counted(days.len() as u64, "day", "days"),
        grouped(sum(|day| &day.new)),
        grouped(sum(|day| &day.changed)),
        grouped(sum(|day| &day.withdrawn)),
    ))
}
