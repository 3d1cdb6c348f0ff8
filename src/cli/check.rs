//! `docket check`, and how checks are printed.

use super::out::{Out, counted};
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::case::Case;
use crate::check::{self as checks, Verdict};
use serde::Serialize;

/// Check that the case holds together
///
/// Looks at the ledger's chain of hashes, the sealed originals, the balance of
/// bytes and messages, and the search index.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket check
  docket check --full

Exit code 1: something does not hold.")]
pub struct Check {
    /// Read every sealed byte and compare its hash
    #[arg(long)]
    full: bool,
}

/// The verdict on all checks together, for programs.
#[derive(Serialize)]
struct Overall {
    verdict: Verdict,
}

impl Check {
    /// Checks and prints one line for each thing looked at.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let case = Case::open(&common.folder()?).map_err(Failure::refused)?;
        let mut progress = ProgressLine::new();
        let found = case.check(self.full, &mut progress);
        if progress.stopped() {
            return Err(Failure::Refused("stopped; not all was checked".to_owned()));
        }
        drop(progress);
        print("the case", &found, out)
    }
}

/// Prints checks and the verdict on all of them.
pub fn print(what: &str, found: &[checks::Check], out: &mut Out) -> Result<End, Failure> {
    let verdict = checks::overall(found);
    let failed = found
        .iter()
        .filter(|check| check.verdict == Verdict::Failed);
    if out.json {
        for check in found {
            out.object(check)?;
        }
        out.object(&Overall { verdict })?;
    } else {
        for check in found {
            let head = format!("{:<7} {}", check.verdict.name(), check.name);
            out.line(&head)?;
            if !check.detail.is_empty() {
                out.block(8, &check.detail)?;
            }
        }
        out.line(&match verdict {
            Verdict::Failed => {
                let failed = counted(failed.count() as u64, "check", "checks");
                format!("FAILED: {failed} of {what} failed")
            }
            _ => format!("ok: {what} holds"),
        })?;
    }
    Ok(match verdict {
        Verdict::Failed => End::Exceptions,
        _ => End::Done,
    })
}
