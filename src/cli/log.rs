//! `docket log`.

use super::out::Out;
use super::{Common, End, Failure};
use crate::case::ledger::{Entry, Known, Recorded};
use crate::case::{Actor, Case};
use crate::review::entry_in_words;
use serde::Serialize;

/// Print the ledger: every load, decision and undo, oldest first
///
/// Each entry carries the hash of the one before it; docket check follows the
/// chain.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket log
  docket log --from 120 --json")]
pub struct Log {
    /// Begin with this entry
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    from: u64,
}

/// One entry, for programs.
#[derive(Serialize)]
struct Row<'a> {
    seq: u64,
    at: &'a str,
    reviewer: &'a str,
    known: Known,
    #[serde(flatten)]
    entry: &'a Entry,
    prev: String,
    hash: String,
}

impl Log {
    /// Prints the entries.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let case = Case::open(&common.folder()?).map_err(Failure::refused)?;
        let entries = case.ledger().entries(self.from).map_err(Failure::refused)?;
        for recorded in &entries {
            if out.json {
                out.object(&Row {
                    seq: recorded.seq,
                    at: &recorded.at,
                    reviewer: &recorded.actor.name,
                    known: recorded.actor.how,
                    entry: &recorded.entry,
                    prev: recorded.prev.to_string(),
                    hash: recorded.hash.to_string(),
                })?;
            } else {
                print(recorded, out)?;
            }
        }
        Ok(End::Done)
    }
}

fn print(recorded: &Recorded, out: &mut Out) -> Result<(), Failure> {
    let Actor { name, how } = &recorded.actor;
    let by = match how {
        Known::Given | Known::Account => name.as_str(),
        Known::Program => "docket",
    };
    // To the second; the milliseconds are in the JSON.
    let at = recorded
        .at
        .get(..19)
        .unwrap_or(&recorded.at)
        .replace('T', " ");
    let hash = recorded.hash.to_string();
    let short = hash.get(..8).unwrap_or(&hash);
    out.line(&format!("{:>6}  {at} UTC  {short}  {by}", recorded.seq))?;
    let export = |source| format!("export {source}");
    out.block(8, &entry_in_words(&recorded.entry, &export))
}
