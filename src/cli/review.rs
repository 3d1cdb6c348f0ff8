//! `docket review [PATH...]`.

use super::config::Taken;
use super::out::{Out, note};
use super::{Common, End, Failure, import};
use crate::case::anchors::Fingerprint;
use crate::tui::Chosen;
use std::path::PathBuf;
use std::sync::Arc;

/// Open the review screen, loading exports
///
/// Opens the screen and loads what is new in the PATHs. A case that was worked
/// on opens where you stopped; H shows what is left, and the setting start
/// makes that the first.
/// Without a PATH it opens the case as it is. On the screen, ? lists the keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket review sample_exports
  docket review
  docket review --case ~/cases/foi-2021-044 new-exports/*.zip")]
pub struct Review {
    /// Exports to load: files, zips or folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Lay the screen out for a screen reader: one message a line
    #[arg(long)]
    linear: bool,
    #[command(flatten)]
    order: import::Order,
}

impl Review {
    /// Whether a case that is not there is made for what it loads.
    pub fn makes_case(&self) -> bool {
        !self.paths.is_empty() && import::all_exist(&self.paths).is_ok()
    }

    /// Opens the screen, which loads the exports.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        import::all_exist(&self.paths)?;
        let session = if self.paths.is_empty() {
            common.session()?
        } else {
            common.session_or_new()?
        };
        out.flush()?;
        note(&format!("The case is in {}", common.folder()?.display()));
        // The screen loads them, with progress, while what is there can be reviewed already.
        let mut taken = Taken::now();
        taken.told();
        taken.settings.linear |= self.linear;
        let chosen = Chosen {
            fault: taken.fault(),
            settings: taken.settings,
            keymap: taken.keymap,
        };
        let session = Arc::new(session);
        crate::tui::run(session.clone(), self.paths, self.order.options(), chosen)
            .map_err(Failure::refused)?;
        let head = session.case().ledger().head().map_err(Failure::refused)?;
        note(&format!("The ledger's head is {}", Fingerprint::of(head)));
        Ok(End::Done)
    }
}
