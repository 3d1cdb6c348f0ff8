//! `docket tag DECISION QUERY`.

use super::acting::{Ending, agreed};
use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure, search};
use crate::model::Decision;
use crate::review::{Asking, How, Target};
use crate::text::{counted, grouped};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use std::collections::BTreeMap;

/// Decide on every message that a query finds
///
/// Shows first how many messages and threads it concerns and what was decided
/// otherwise before, and asks. System lines and unreadable bytes are never
/// decided. The decision is saved when the command says so; docket undo takes
/// it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket tag official 'in:cabinet budget'
  docket tag personal 'from:mum OR from:dad' --yes --reason family
  docket tag undecided 'on:2021-03-05 is:refer'

Without a terminal to ask at, and without --yes, it prints what it would do and
refuses (exit code 3).")]
pub struct Tag {
    /// What holds for them
    #[arg(value_name = "DECISION", value_parser = decisions())]
    decision: Decision,
    /// Which messages; docket search --help shows the language
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    /// Why: the code of a reason; docket reasons lists them. Messages that stand
    /// so already get it too
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// A word on it, for the ledger
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

fn decisions() -> impl TypedValueParser<Value = Decision> {
    PossibleValuesParser::new(Decision::ALL.map(Decision::name)).try_map(|name| {
        Decision::from_name(&name).ok_or("official, personal, mixed, context, refer or undecided")
    })
}

/// What was done, or would be, for programs.
#[derive(Serialize)]
struct Row<'a> {
    decision: &'static str,
    query: &'a str,
    reason: Option<&'a str>,
    count: u32,
    threads: u32,
    already: u32,
    changes: BTreeMap<&'static str, u32>,
    not_decidable: u32,
    #[serde(flatten)]
    ending: Ending,
}

impl Tag {
    /// Previews, asks, decides.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = search::parse(&self.query)?;
        let session = common.session()?;
        let hits = search::find(&session, &query)?;
        let text = query.to_string();
        let target = Target::Set(hits, Some(text.clone()));
        let reason = self.reason.as_ref();
        let reason = reason.map(|code| session.reason(code)).transpose();
        let reason = reason.map_err(Failure::refused)?;
        let preview = session
            .plan_with(&target, self.decision, reason.as_ref())
            .map_err(Failure::refused)?;
        let mut row = Row {
            decision: self.decision.name(),
            query: &text,
            reason: self.reason.as_deref(),
            count: preview.count,
            threads: preview.threads,
            already: preview.already,
            changes: preview
                .changes
                .iter()
                .map(|(from, count)| (from.name(), *count))
                .collect(),
            not_decidable: preview.undecidable_skipped,
            ending: Ending::default(),
        };
        if !out.json {
            tell(&row, out)?;
        }
        if row.count == 0 {
            if out.json {
                out.object(&row)?;
            } else {
                out.line("nothing to change")?;
            }
            return Ok(End::Done);
        }
        if !self.yes {
            let messages = counted(row.count, "message", "messages");
            let question = format!("Decide {messages} {}?", row.decision);
            agreed(row.count, &question, &row, out)?;
        }
        let asking = Asking {
            how: How::Bulk,
            note: self.note,
            reason,
            // What others decide between the preview and the answer is theirs.
            seen: Some(preview.seen),
        };
        let mut progress = ProgressLine::new();
        let decided = session
            .decide_with(&target, self.decision, &asking, &mut progress)
            .map_err(Failure::refused)?;
        drop(progress);
        row.count = decided.count;
        row.ending = Ending::of(&decided);
        if out.json {
            out.object(&row)?;
        } else {
            done(&row, out)?;
        }
        Ok(row.ending.end())
    }
}

/// Says what was saved.
fn done(row: &Row<'_>, out: &mut Out) -> Result<(), Failure> {
    let messages = counted(row.count, "message", "messages");
    match row.ending.entry {
        Some(entry) => out.line(&format!(
            "saved: {messages} {}, entry {entry} of the ledger",
            row.decision
        ))?,
        None => out.line("nothing to change")?,
    }
    row.ending.tell_conflicts(
        "that another reviewer decided meanwhile; look at them and tag again",
        out,
    )
}

fn tell(row: &Row<'_>, out: &mut Out) -> Result<(), Failure> {
    out.line(&format!(
        "{} in {} would become {}",
        counted(row.count, "message", "messages"),
        counted(row.threads, "thread", "threads"),
        row.decision
    ))?;
    for (from, number) in &row.changes {
        out.line(&format!("  {:>9}  now {from}", grouped(*number)))?;
    }
    if row.already > 0 {
        out.line(&format!("  {:>9}  are so already", grouped(row.already)))?;
    }
    if row.not_decidable > 0 {
        out.line(&format!(
            "  {:>9}  are system lines or unreadable, and stay",
            grouped(row.not_decidable)
        ))?;
    }
    Ok(())
}
