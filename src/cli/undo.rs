//! `docket undo` and `docket redo`.

use super::out::Out;
use super::{Common, End, Failure};
use crate::case::ledger::Entry;
use crate::review::Undone;
use crate::text::{counted, grouped};
use serde::Serialize;

/// Take back your last decision, flag or note, or act on people or rules
///
/// Every message gets the decision back that it had before. What another
/// reviewer decided since is kept, and counted. Repeat it to go further back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket undo")]
pub struct Undo {}

/// Make the decision again that was taken back last
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket redo")]
pub struct Redo {}

/// What was taken back or made again, for programs.
#[derive(Serialize)]
struct Row {
    what: Option<String>,
    count: u32,
    skipped: u32,
    entry: Option<u64>,
}

impl Undo {
    /// Takes back and says what.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let undone = common.session()?.undo().map_err(Failure::refused)?;
        tell("taken back", "take back", undone, out)
    }
}

impl Redo {
    /// Makes again and says what.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let redone = common.session()?.redo().map_err(Failure::refused)?;
        tell("made again", "make again", redone, out)
    }
}

fn tell(done: &str, todo: &str, undone: Option<Undone>, out: &mut Out) -> Result<End, Failure> {
    let of_people = undone.as_ref().is_some_and(|undone| {
        !matches!(
            undone.decision.entry,
            Entry::Decide { .. } | Entry::Mark { .. } | Entry::Second { .. } | Entry::Redact { .. }
        )
    });
    let row = match undone {
        None => Row {
            what: None,
            count: 0,
            skipped: 0,
            entry: None,
        },
        Some(undone) => Row {
            what: Some(undone.what),
            count: undone.count,
            skipped: undone.skipped,
            entry: Some(undone.seq),
        },
    };
    if out.json {
        out.object(&row)?;
        return Ok(End::Done);
    }
    let (Some(what), Some(entry)) = (row.what, row.entry) else {
        out.line(&format!("nothing to {todo}"))?;
        return Ok(End::Done);
    };
    let changed = match of_people {
        true => String::new(),
        false => format!("{} changed, ", counted(row.count, "message", "messages")),
    };
    out.line(&format!(
        "{done}: {what}; {changed}entry {entry} of the ledger"
    ))?;
    if row.skipped > 0 {
        let what = if of_people { "said" } else { "decided" };
        out.line(&format!(
            "kept: {} that were {what} since",
            grouped(row.skipped)
        ))?;
    }
    Ok(End::Done)
}
