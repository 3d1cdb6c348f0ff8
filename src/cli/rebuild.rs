//! `docket rebuild`.

use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::case::Case;
use crate::text::counted;
use serde::Serialize;

/// Make the index and all else that is derived again
///
/// Everything but the sealed originals and the ledger is made again from these
/// two, to the same state: message numbers and decisions stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket rebuild && docket check")]
pub struct Rebuild {}

/// What there is after it, for programs.
#[derive(Serialize)]
struct Row {
    messages: u32,
    threads: usize,
    sources: usize,
}

impl Rebuild {
    /// Rebuilds and says what there is.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let case = Case::open(&common.folder()?).map_err(Failure::refused)?;
        let mut progress = ProgressLine::new();
        case.rebuild(&mut progress).map_err(Failure::refused)?;
        drop(progress);
        let store = case.store();
        let row = Row {
            messages: store.len(),
            threads: store.threads().len(),
            sources: store.sources().len(),
        };
        if out.json {
            out.object(&row)?;
        } else {
            out.line(&format!(
                "rebuilt: {} in {} from {}",
                counted(row.messages, "message", "messages"),
                counted(row.threads as u64, "thread", "threads"),
                counted(row.sources as u64, "source", "sources")
            ))?;
        }
        Ok(End::Done)
    }
}
