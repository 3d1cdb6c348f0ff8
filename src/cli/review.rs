//! `docket review [PATH...]`.

use super::out::{Out, note};
use super::{Common, End, Failure, import};
use crate::case::Outcome;
use crate::tui::{self, Ended};
use std::path::PathBuf;
use std::sync::Arc;

/// Open the review screen, loading exports first
///
/// Loads what is new in the PATHs, then opens the screen where you left it.
/// Without a PATH it opens the case as it is. On the screen, ? lists the keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket review sample_exports
  docket review
  docket review --case ~/cases/foi-2021-044 new-exports/*.zip")]
pub struct Review {
    /// Exports to load first: files, zips or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    order: import::Order,
}

impl Review {
    /// Loads, says what a person should know, and opens the screen.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = if self.paths.is_empty() {
            common.session()?
        } else {
            common.session_or_new()?
        };
        note(&format!("The case is in {}", common.folder()?.display()));
        let mut end = End::Done;
        // The screen asks for the order of dates where an export leaves it open.
        let mut unsettled = Vec::new();
        if !self.paths.is_empty() {
            for report in import::load(&session, &self.paths, &self.order)? {
                if report.outcome != Outcome::AlreadyKnown && import::needs_a_look(&report) {
                    end = End::Exceptions;
                    import::print(&report, out)?;
                }
                if report.date_order_assumed {
                    unsettled.push(PathBuf::from(report.path));
                }
            }
            session.refresh().map_err(Failure::refused)?;
        }
        out.flush()?;
        match tui::run(Arc::new(session), unsettled).map_err(Failure::refused)? {
            Ended::Quit => Ok(end),
            Ended::Signal(_) => Err(Failure::Refused(
                "the review was ended from outside; every decision shown as saved is saved"
                    .to_owned(),
            )),
        }
    }
}
