//! `docket status`.

use super::out::{Column, Out};
use super::{Common, End, Failure, queue, rule};
use crate::case::anchors::Fingerprint;
use crate::case::{Source, TIME_ZONE};
use crate::model::Decision;
use crate::review::facts::KEYS;
use crate::review::second::{Reviewer, Stand};
use crate::review::{Tally, entry_in_words};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;
use std::collections::BTreeMap;

/// Show what the case is, what is decided, and what is left
///
/// What is left is told by custodian, channel, thread, person and month, each
/// with the search that finds it. The time left is an estimate from your own
/// decisions one by one: pauses over five minutes and decisions on many
/// messages at once do not count, and nothing is estimated before there are
/// 50 decisions in 20 minutes of work.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket status")]
pub struct Status {}

/// The case, for programs.
#[derive(Serialize)]
struct Row<'a> {
    case: String,
    facts: BTreeMap<&'a str, &'a str>,
    time_zone: &'a str,
    time_zone_basis: &'a str,
    messages: u32,
    threads: usize,
    #[serde(flatten)]
    decisions: BTreeMap<&'static str, u32>,
    system: u32,
    unreadable: u32,
    copies: u32,
    balances: bool,
    sources: Vec<SourceRow<'a>>,
    rules: Vec<rule::Row>,
    #[serde(flatten)]
    work: queue::Row,
    reviewers: Vec<ReviewerRow>,
    countersign: &'static str,
    last_saved: Option<Saved>,
}

/// What became of one source's bytes, for programs.
#[derive(Serialize)]
struct SourceRow<'a> {
    id: u32,
    path: &'a str,
    #[serde(skip)]
    name: &'a str,
    format: &'a str,
    sha256: &'a str,
    messages: u32,
    system: u32,
    exceptions: u32,
    new: u32,
    already_known: u32,
    bytes: u64,
    bytes_in_messages: u64,
    bytes_in_structure: u64,
    bytes_in_exceptions: u64,
    balances: bool,
    date_order_assumed: bool,
    me: Option<String>,
}

/// One reviewer's decisions and second words, for programs.
#[derive(Serialize)]
struct ReviewerRow {
    name: String,
    decided: u32,
    #[serde(flatten)]
    decisions: BTreeMap<&'static str, u32>,
    countersigned: u32,
    disagreed: u32,
    upheld: u32,
    lapsed: u32,
}

impl From<Reviewer> for ReviewerRow {
    fn from(one: Reviewer) -> ReviewerRow {
        let decisions = one.decisions.iter();
        ReviewerRow {
            decided: one.decided(),
            decisions: decisions.map(|(d, count)| (d.name(), *count)).collect(),
            countersigned: one.words(Stand::Countersigned),
            disagreed: one.words(Stand::Disagreed),
            upheld: one.words(Stand::Upheld),
            lapsed: one.words(Stand::Lapsed),
            name: one.name,
        }
    }
}

/// The last entry of the ledger, for programs.
#[derive(Serialize)]
struct Saved {
    seq: u64,
    at: String,
    reviewer: String,
    hash: String,
    /// The ledger's head in short.
    head: String,
}

impl Status {
    /// Prints the case's facts, counts, balances and last saved entry.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let store = session.store();
        let tally = session.tally_all();
        let ledger = session.case().ledger();
        let head = ledger.head().map_err(Failure::refused)?;
        let last = ledger.entries(head.seq).map_err(Failure::refused)?.pop();
        let facts = session.facts();
        let cast = session.cast();
        let sources: Vec<SourceRow<'_>> = store
            .sources()
            .iter()
            .map(|source| row(source, cast.me(source.id)))
            .collect();
        let (time_zone, time_zone_basis) = facts.time_zone();
        let work = queue::Work::of(&session)?;
        let row = Row {
            case: common.folder()?.display().to_string(),
            facts: facts.entries().collect(),
            time_zone,
            time_zone_basis,
            messages: tally.total,
            threads: store.threads().len(),
            decisions: Decision::ALL.map(|d| (d.name(), tally.of(d))).into(),
            system: tally.system,
            unreadable: tally.unreadable,
            copies: tally.copies,
            balances: balances(&tally) && sources.iter().all(|source| source.balances),
            sources,
            rules: rule::rows(&session)?,
            work: work.row(),
            reviewers: session.reviewers().into_iter().map(Into::into).collect(),
            countersign: facts.countersign().name(),
            last_saved: last.as_ref().map(|last| Saved {
                seq: last.seq,
                at: last.at.clone(),
                reviewer: last.actor.name.clone(),
                hash: last.hash.to_string(),
                head: Fingerprint::of(head).to_string(),
            }),
        };
        if out.json {
            out.object(&row)?;
            return Ok(End::Done);
        }
        print(&row, &tally, out)?;
        let open = session.whose().open().len();
        if open > 0 {
            out.line("")?;
            out.line(&format!(
                "What was sent and what received is not known in {open} of {}: docket facts",
                counted(row.sources.len() as u64, "export", "exports")
            ))?;
        }
        if !row.rules.is_empty() {
            out.line("")?;
            let lines = row.rules.iter().map(rule::Row::proposal);
            lines.into_iter().try_for_each(|line| out.line(&line))?;
        }
        if row.messages > 0 {
            work.print(out)?;
        }
        people(&row.reviewers, out)?;
        if let Some(last) = &last {
            let at = last.at.get(..19).unwrap_or(&last.at).replace('T', " ");
            out.line("")?;
            out.line(&format!(
                "last saved  entry {}, {at} UTC, by {}",
                last.seq, last.actor.name
            ))?;
            out.block(
                12,
                &entry_in_words(&last.entry, &|source| format!("export {source}")),
            )?;
            out.line(&format!("head        {}", Fingerprint::of(head)))?;
        }
        Ok(End::Done)
    }
}

/// Every reviewer's part, where there are several or somebody said a second word.
fn people(reviewers: &[ReviewerRow], out: &mut Out) -> Result<(), Failure> {
    let has_words = |one: &ReviewerRow| one.countersigned + one.disagreed + one.upheld > 0;
    if reviewers.len() < 2 && !reviewers.iter().any(has_words) {
        return Ok(());
    }
    out.line("")?;
    let of = |one: &ReviewerRow, name: &str| one.decisions.get(name).copied().unwrap_or_default();
    let table: Vec<Vec<Shown>> = reviewers
        .iter()
        .map(|one| {
            let decided = [Decision::Official, Decision::Personal, Decision::Refer];
            let decided = decided.map(|decision| of(one, decision.name()));
            let numbers = [one.decided].into_iter().chain(decided);
            let words = [one.countersigned, one.disagreed, one.lapsed];
            let numbers = numbers
                .chain(words)
                .map(|number| Shown::line(&grouped(number)));
            [Shown::line(&one.name)]
                .into_iter()
                .chain(numbers)
                .collect()
        })
        .collect();
    let columns = [
        Column::giving("reviewer"),
        Column::number("decided"),
        Column::number("official"),
        Column::number("personal"),
        Column::number("refer"),
        Column::number("signed"),
        Column::number("disagreed"),
        Column::number("lapsed"),
    ];
    out.table(&columns, &table)
}

fn balances(tally: &Tally) -> bool {
    let decided: u32 = Decision::ALL.iter().map(|d| tally.of(*d)).sum();
    decided + tally.system + tally.unreadable + tally.copies == tally.total
}

fn row(source: &Source, me: Option<String>) -> SourceRow<'_> {
    SourceRow {
        id: source.id.0,
        path: &source.path,
        name: &source.name,
        format: &source.format,
        sha256: &source.sha256,
        messages: source.messages,
        system: source.system,
        exceptions: source.exceptions,
        new: source.new,
        already_known: source.already_known,
        bytes: source.balance.bytes,
        bytes_in_messages: source.balance.in_messages,
        bytes_in_structure: source.balance.in_structure,
        bytes_in_exceptions: source.balance.in_exceptions,
        balances: source.balance.holds(),
        date_order_assumed: source.date_order_assumed,
        me,
    }
}

fn print(row: &Row<'_>, tally: &Tally, out: &mut Out) -> Result<(), Failure> {
    out.line(&format!("case        {}", row.case))?;
    for (key, _) in KEYS.iter().filter(|(key, _)| *key != TIME_ZONE) {
        let value = row.facts.get(key).unwrap_or(&"-");
        out.line(&format!("{key:<11} {value}"))?;
    }
    out.line(&format!(
        "{TIME_ZONE:<11} {} ({})",
        row.time_zone, row.time_zone_basis
    ))?;
    out.line("")?;
    out.line(&format!(
        "{} in {} from {}",
        counted(row.messages, "message", "messages"),
        counted(row.threads as u64, "thread", "threads"),
        counted(row.sources.len() as u64, "source", "sources")
    ))?;
    let decisions = Decision::ALL.map(|d| (d.name(), tally.of(d)));
    let others = [("system", tally.system), ("unreadable", tally.unreadable)];
    let copies = Some(("copies", tally.copies)).filter(|(_, copies)| *copies > 0);
    for (name, number) in decisions.into_iter().chain(others).chain(copies) {
        out.line(&format!("  {name:<10} {:>11}", grouped(number)))?;
    }
    if row.sources.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let table: Vec<Vec<Shown>> = row
        .sources
        .iter()
        .map(|source| {
            let balance = if source.balances {
                "adds up"
            } else {
                "DOES NOT ADD UP"
            };
            vec![
                Shown::line(&source.id.to_string()),
                Shown::line(source.name),
                Shown::line(&grouped(source.messages)),
                Shown::line(&grouped(source.exceptions)),
                Shown::line(&grouped(source.bytes)),
                Shown::line(balance),
            ]
        })
        .collect();
    let columns = [
        Column::number("id"),
        Column::giving("source"),
        Column::number("messages"),
        Column::number("exceptions"),
        Column::number("bytes"),
        Column::text("balance"),
    ];
    out.table(&columns, &table)
}
