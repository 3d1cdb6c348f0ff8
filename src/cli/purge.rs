//! `docket purge NEW`.

use super::out::{self, Column, Out};
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::keeping::purge::{plan, purge};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Make a new case without what is personal
///
/// Writes the case NEW: what a bundle would hand over, with its decisions and the
/// facts of the case, and nothing of the rest. What is masked as personal is left
/// out for good; what is exempt goes over under its masks. The new ledger says
/// which head this was made from, and what was left out of each export, in numbers.
/// Reviewers' notes, queries, rules, flags, second looks, joined people and lists of
/// members do not go over, and messages get new numbers.
///
/// This case is not touched. Deleting it erases nothing for sure: disks, journals
/// and snapshots keep what was deleted. The only sure erase is to destroy the
/// medium, or the key of an encrypted one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket purge ~/cases/foi-2021-044-official
  docket purge --case OLD NEW --leave-undecided --yes

Exit code 3: something stands in the way, or nobody said yes; nothing was made.")]
pub struct Purge {
    /// The new case's folder; it must not exist yet
    new: PathBuf,
    /// Leave undecided and referred messages out too
    #[arg(long)]
    leave_undecided: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// What was done, for programs.
#[derive(Serialize)]
struct Row {
    case: String,
    messages: u64,
    from: String,
    head: String,
    mixed: u64,
    masked: u64,
    exempt: u64,
    personal: u64,
    undecided: u64,
    other: u64,
    sources: Vec<SourceRow>,
    searched: u64,
}

/// One export, for programs.
#[derive(Serialize)]
struct SourceRow {
    source: u32,
    kept: u64,
    purged: u64,
}

impl Purge {
    /// The case that it makes.
    pub fn out(&self) -> &Path {
        &self.new
    }

    /// Asks, makes the new case and says what it holds.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let purging = plan(&session, self.leave_undecided).map_err(Failure::refused)?;
        let question = format!(
            "{} go over ({} without what is masked as personal, {} under masks of what is exempt), {} personal, {} undecided and {} others are left out for good: make {}?",
            counted(purging.kept, "message", "messages"),
            grouped(purging.masked),
            grouped(purging.exempt),
            grouped(purging.personal),
            grouped(purging.undecided),
            grouped(purging.other),
            self.new.display()
        );
        if !self.yes {
            match out::ask(&question) {
                Some(true) => {}
                Some(false) => return Err(Failure::Refused("nothing was made".to_owned())),
                None => {
                    return Err(Failure::Refused(format!(
                        "{question} nobody is here to say; --yes says it"
                    )));
                }
            }
        }
        let mut progress = ProgressLine::new();
        let done = purge(&session, &purging, &self.new, &mut progress);
        drop(progress);
        let done = done.map_err(Failure::refused)?;
        let sources: Vec<SourceRow> = done
            .sources
            .iter()
            .map(|(source, kept, purged)| SourceRow {
                source: *source,
                kept: *kept,
                purged: *purged,
            })
            .collect();
        let path = done.path.display().to_string();
        if out.json {
            out.object(&Row {
                case: path,
                messages: purging.kept,
                from: done.from.to_string(),
                head: done.head.to_string(),
                mixed: purging.mixed,
                masked: purging.masked,
                exempt: purging.exempt,
                personal: purging.personal,
                undecided: purging.undecided,
                other: purging.other,
                sources,
                searched: done.searched,
            })?;
            return Ok(End::Done);
        }
        let rows: Vec<Vec<Shown>> = sources
            .iter()
            .map(|row| {
                let cell = |number: u64| Shown::line(&grouped(number));
                vec![cell(row.source.into()), cell(row.kept), cell(row.purged)]
            })
            .collect();
        out.table(
            &[
                Column::number("source"),
                Column::number("kept"),
                Column::number("purged"),
            ],
            &rows,
        )?;
        out.line(&format!(
            "made: {path}, {}; {} of it searched for what was left out: none found",
            counted(purging.kept, "message", "messages"),
            counted(done.searched, "file", "files"),
        ))?;
        out.line(&format!(
            "of them {} without what is masked as personal, {} under masks of what is exempt",
            grouped(purging.masked),
            grouped(purging.exempt)
        ))?;
        out.line(&format!(
            "left out: {} personal, {} undecided or referred, {} others",
            grouped(purging.personal),
            grouped(purging.undecided),
            grouped(purging.other)
        ))?;
        out.line(&format!("made from the ledger's head {}", done.from))?;
        out.line(&format!("the new ledger's head is {}", done.head))?;
        out.line(
            "This case is as it was. Deleting it erases nothing for sure: the only sure erase is to destroy the medium, or the key of an encrypted one.",
        )?;
        Ok(End::Done)
    }
}
