//! `docket threads`.

use super::out::{Column, Out};
use super::{Common, End, Failure, time};
use crate::case::Thread;
use crate::model::Decision;
use crate::review::Tally;
use crate::settings::{Dates, ThreadColumn};
use crate::text::{Shown, grouped};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::BTreeMap;

/// List the threads and how far each is decided
///
/// A thread is one conversation on one channel. Its number can be used in a
/// query: in:3.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket threads")]
pub struct Threads {}

/// One thread, for programs.
#[derive(Serialize)]
struct Row<'a> {
    id: u32,
    title: &'a str,
    channel: &'a str,
    group: Option<bool>,
    source: &'a str,
    sources: Vec<&'a str>,
    messages: u32,
    participants: Vec<&'a str>,
    recipients: Vec<&'a str>,
    first: Option<String>,
    last: Option<String>,
    undecided: u32,
    official: u32,
    personal: u32,
    mixed: u32,
    context: u32,
    refer: u32,
    system: u32,
    unreadable: u32,
    copies: u32,
}

impl Threads {
    /// Prints every thread in the order of their numbers.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let store = session.store();
        let zone = store.zone();
        let mut table = Vec::new();
        let mut recipients = if out.json {
            store.recipients()
        } else {
            BTreeMap::new()
        };
        for thread in store.threads() {
            let tally = session.tally(thread.id);
            if out.json {
                let sources: Vec<&str> = thread
                    .sources
                    .iter()
                    .filter_map(|id| store.source(*id))
                    .map(|source| source.path.as_str())
                    .collect();
                out.object(&Row {
                    id: thread.id.0,
                    title: &thread.title,
                    channel: &thread.channel,
                    group: thread.group,
                    source: sources.first().copied().unwrap_or_default(),
                    sources,
                    messages: tally.total,
                    participants: thread
                        .participants
                        .iter()
                        .filter_map(|id| store.participant(*id))
                        .map(|participant| participant.name.as_str())
                        .collect(),
                    recipients: recipients
                        .remove(&thread.id)
                        .unwrap_or_default()
                        .into_iter()
                        .collect(),
                    first: time::rfc3339_in(thread.first, zone),
                    last: time::rfc3339_in(thread.last, zone),
                    undecided: tally.undecided,
                    official: tally.official,
                    personal: tally.personal,
                    mixed: tally.mixed,
                    context: tally.context,
                    refer: tally.refer,
                    system: tally.system,
                    unreadable: tally.unreadable,
                    copies: tally.copies,
                })?;
            } else {
                let mut row = vec![
                    Shown::line(&thread.id.to_string()),
                    Shown::line(&thread.title),
                ];
                if let Some(chosen) = out.settings.printed_threads() {
                    row.extend(chosen.iter().map(|column| {
                        Shown::line(&cell(*column, thread, &tally, out.dates(), zone))
                    }));
                    table.push(row);
                    continue;
                }
                row.extend([
                    Shown::line(&grouped(tally.total)),
                    Shown::line(&grouped(tally.undecided)),
                    Shown::line(&grouped(tally.official)),
                    Shown::line(&grouped(
                        tally.decided().saturating_sub(tally.of(Decision::Official)),
                    )),
                    Shown::line(&time::day_in(out.dates(), thread.first, zone)),
                    Shown::line(&time::day_in(out.dates(), thread.last, zone)),
                ]);
                table.push(row);
            }
        }
        if out.json {
            return Ok(End::Done);
        }
        if table.is_empty() {
            out.line("no threads; docket import PATH loads an export")?;
            return Ok(End::Done);
        }
        if let Some(chosen) = out.settings.printed_threads() {
            let mut columns = vec![Column::number("id"), Column::giving("thread")];
            columns.extend(chosen.iter().map(|column| match column {
                ThreadColumn::Undecided => Column::number("left"),
                ThreadColumn::Total => Column::number("messages"),
                ThreadColumn::Done => Column::number("done"),
                ThreadColumn::Last => Column::text("last"),
                ThreadColumn::Channel => Column::text("channel"),
            }));
            out.table(&columns, &table)?;
            return Ok(End::Done);
        }
        let columns = [
            Column::number("id"),
            Column::giving("thread"),
            Column::number("messages"),
            Column::number("left"),
            Column::number("official"),
            Column::number("other"),
            Column::text("first"),
            Column::text("last"),
        ];
        out.table(&columns, &table)?;
        Ok(End::Done)
    }
}

/// What a column that a person chose says of a thread.
fn cell(column: ThreadColumn, thread: &Thread, tally: &Tally, dates: Dates, zone: Tz) -> String {
    match column {
        ThreadColumn::Undecided => grouped(tally.undecided),
        ThreadColumn::Total => grouped(tally.total),
        ThreadColumn::Done => {
            let all = u64::from(tally.undecided) + u64::from(tally.decided());
            // Nothing to decide is all of it done; the last message is not rounded away.
            let share = u64::from(tally.decided())
                .saturating_mul(100)
                .checked_div(all);
            format!("{}%", share.unwrap_or(100))
        }
        ThreadColumn::Last => time::day_in(dates, thread.last, zone),
        ThreadColumn::Channel => thread.channel.clone(),
    }
}
