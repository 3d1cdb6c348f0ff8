//! `docket check`, and how checks are printed.

use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::case::Case;
use crate::case::anchors::Fingerprint;
use crate::check::{self as checks, Verdict};
use crate::text::counted;
use serde::Serialize;

/// Check that the case holds together
///
/// Looks at the ledger's chain of hashes and the heads of it that were noted,
/// the sealed originals, the balance of bytes and messages, and the search index.
///
/// What is derived and damaged is made again, from the originals and the ledger,
/// and that is told. Damage to those two is told and never mended: they are the
/// truth, and a copy is put back by a person (docket restore).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket check
  docket check --full
  docket check --head 42:3f9a-0b1c-77de-aa01-5c22

Exit code 1: something does not hold, or did not and was made again.")]
pub struct Check {
    /// Read every byte and compare its hash, and read all originals again
    #[arg(long)]
    full: bool,
    /// A head of the ledger that you kept, as docket status, a bundle or a receipt
    /// tells it: the ledger has to hold it
    #[arg(long, value_name = "FINGERPRINT", value_parser = Fingerprint::parse)]
    head: Option<Fingerprint>,
}

/// What is derived: the checks whose damage a rebuild mends.
const DERIVED: [&str; 5] = ["unpacked", "columns", "reading", "order", "index"];

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
        let mut found = case.check(self.full, self.head.as_ref(), &mut progress);
        if progress.stopped() {
            return Err(Failure::Refused("stopped; not all was checked".to_owned()));
        }
        if !is_mendable(&found) {
            drop(progress);
            return match case.was_mended() {
                false => print("the case", &found, out),
                true => {
                    one(&mended(), out)?;
                    print("the case", &found, out).map(|_| End::Exceptions)
                }
            };
        }
        let told = found.clone();
        let made_again = case.rebuild(&mut progress);
        found = case.check(self.full, self.head.as_ref(), &mut progress);
        drop(progress);
        for check in told.iter().filter(|check| check.verdict == Verdict::Failed) {
            one(check, out)?;
        }
        let made_again = match made_again {
            Ok(()) => mended(),
            Err(error) => checks::Check::failed("mended", error.to_string()),
        };
        one(&made_again, out)?;
        print("the case", &found, out).map(|_| End::Exceptions)
    }
}

/// Tells that something derived was damaged or missing, and is not any more.
fn mended() -> checks::Check {
    checks::Check::warn(
        "mended",
        "what was missing or damaged is derived, and was made again from the originals and the \
         ledger; no message and no decision was touched",
    )
}

/// Whether something derived is damaged, and what it is made from is not.
fn is_mendable(found: &[checks::Check]) -> bool {
    let mut failed = found
        .iter()
        .filter(|check| check.verdict == Verdict::Failed)
        .peekable();
    failed.peek().is_some() && failed.all(|check| DERIVED.contains(&check.name.as_str()))
}

/// Prints one check.
fn one(check: &checks::Check, out: &mut Out) -> Result<(), Failure> {
    if out.json {
        return out.object(check);
    }
    out.line(&format!("{:<7} {}", check.verdict.name(), check.name))?;
    if !check.detail.is_empty() {
        out.block(8, &check.detail)?;
    }
    Ok(())
}

/// Prints checks and the verdict on all of them.
pub fn print(what: &str, found: &[checks::Check], out: &mut Out) -> Result<End, Failure> {
    let verdict = checks::overall(found);
    let failed = found
        .iter()
        .filter(|check| check.verdict == Verdict::Failed);
    for check in found {
        one(check, out)?;
    }
    if out.json {
        out.object(&Overall { verdict })?;
    } else {
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
