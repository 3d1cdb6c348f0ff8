//! `docket prove`: opens the commitment to one withheld message.

use super::out::Out;
use super::profile::Chosen;
use super::{Common, End, Failure};
use crate::bundle::{Opened, check_proof, prove};
use crate::model::MessageNumber;
use crate::text::Shown;
use serde::Serialize;
use std::path::PathBuf;

/// Prove what one withheld message says, without the others
///
/// Each bundle holds a commitment to every message that stays behind. This
/// prints the message and its key, as JSON: with it a judge, or whoever else may
/// see that one message, can check that it is what was withheld then. It opens
/// no other message. Anybody can check it without docket, as the README.txt of
/// the bundle tells.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket prove 1204 > proof.json
  docket prove --check proof.json handover

Exit code 3: there is no proof, or it does not hold.")]
pub struct Prove {
    /// The message
    #[arg(required_unless_present = "check")]
    number: Option<u32>,
    /// Check the proof FILE against the bundle BAG; needs no case
    #[arg(long, num_args = 2, value_names = ["FILE", "BAG"], conflicts_with = "number")]
    check: Option<Vec<PathBuf>>,
    #[command(flatten)]
    profile: Chosen,
}

/// What was opened, for programs.
#[derive(Serialize)]
struct Row {
    holds: bool,
    row: u64,
    thread: String,
    day: String,
}

impl Prove {
    /// Prints the proof, or what it opens.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if let Some([file, bag]) = self.check.as_deref() {
            let Opened { row, thread, day } = check_proof(file, bag).map_err(Failure::refused)?;
            if out.json {
                let holds = true;
                let row = Row {
                    holds,
                    row,
                    thread,
                    day,
                };
                out.object(&row)?;
                return Ok(End::Done);
            }
            let line = format!(
                "it holds: row {row} of withheld.csv, a message of {thread} on {day}; \
                 docket verify tells whether the bundle is what was sealed"
            );
            out.shown(&Shown::line(&line))?;
            return Ok(End::Done);
        }
        let number = self.number.unwrap_or_default();
        let session = common.session()?;
        let profile = self.profile.read(&session)?;
        let proof = prove(session.case(), MessageNumber(number), profile);
        let proof = proof.map_err(Failure::refused)?;
        out.object(&proof)?;
        Ok(End::Done)
    }
}
