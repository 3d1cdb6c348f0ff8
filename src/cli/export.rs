//! `docket export OUT --form FORM`.

use super::bundle::{Sealing, blocks, print, tell, warn};
use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::bundle::forms::{self, Form};
use crate::bundle::{self as core, Destination, Options};
use crate::review::Edition;
use clap::ValueEnum;
use serde::Serialize;
use std::path::PathBuf;

/// Write what is official in another form, for those who ask for it
///
/// Makes a new folder OUT from the same decisions and masks as docket bundle, under
/// the same self-test: a BagIt bag with manifests, the balance and the custody chain.
/// It can be signed and verified as a bundle can. The bundle alone says who decided
/// what, when and why.
///
/// mbox, rsmf and concordance hold the open copy, in which what is exempt is masked,
/// unless --closed. sip holds the closed master and open copies, as the bundle does.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket export mails --form mbox
  docket export disclosure --form rsmf
  docket export for-inquiry --form concordance --closed
  docket export transfer --form sip
  docket export mails.tar.age --form mbox --to records.pub

Exit code 3: something stands in the way; nothing was written. A dry run that
finds something in the way ends with 1.")]
pub struct Export {
    /// The folder to write, or with --to the file; it must not exist yet
    out: PathBuf,
    /// The form
    #[arg(long, value_enum)]
    form: Name,
    #[command(flatten)]
    sealing: Sealing,
    /// Hold the closed master: what is exempt is not masked
    #[arg(long)]
    closed: bool,
    /// Leave undecided and referred messages, and those on hold, behind
    #[arg(long)]
    partial: bool,
    /// Only show what would go, what would stay, and what stands in the way
    #[arg(long)]
    dry_run: bool,
}

/// The forms by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Mailboxes: mails as they were, and everything else as mails
    Mbox,
    /// Relativity short message format 2.0, a file for each chat and day
    Rsmf,
    /// A load file (DAT, OPT) with texts and files
    Concordance,
    /// An E-ARK submission package (METS, PREMIS)
    Sip,
}

impl From<Name> for Form {
    fn from(name: Name) -> Form {
        match name {
            Name::Mbox => Form::Mbox,
            Name::Rsmf => Form::Rsmf,
            Name::Concordance => Form::Concordance,
            Name::Sip => Form::Sip,
        }
    }
}

/// The export, for programs.
#[derive(Serialize)]
struct Row {
    out: String,
    form: &'static str,
    edition: &'static str,
    written: bool,
    sha256: Option<String>,
    entry: Option<u64>,
    partial: bool,
    recipients: Vec<String>,
    messages: u64,
    handed_over: u64,
    files: Option<u64>,
    bytes: Option<u64>,
    blocks: Vec<String>,
}

impl Export {
    /// Plans, and writes unless it is a dry run.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let form = Form::from(self.form);
        if self.closed && form.holds_both() {
            return Err(Failure::Usage(
                "a submission package holds the closed master in any case; leave --closed out"
                    .to_owned(),
            ));
        }
        let edition = match self.closed {
            true => Edition::Closed,
            false => Edition::Open,
        };
        let recipients = self.sealing.recipients()?;
        let session = common.session()?;
        let options = Options {
            partial: self.partial,
            ..Options::default()
        };
        let plan = core::plan(&session, &options).map_err(Failure::refused)?;
        if !out.json {
            print(&plan, out)?;
        }
        let mut row = Row {
            out: self.out.display().to_string(),
            form: form.name(),
            edition: match (form.holds_both(), edition) {
                (true, _) => "both",
                (false, Edition::Open) => "open",
                (false, Edition::Closed) => "closed",
            },
            written: false,
            sha256: None,
            entry: None,
            partial: self.partial,
            recipients: Vec::new(),
            messages: plan.total.messages,
            handed_over: plan.total.handed_over,
            files: None,
            bytes: None,
            blocks: blocks(&plan),
        };
        if self.dry_run || !row.blocks.is_empty() {
            if out.json {
                out.object(&row)?;
            }
            if row.blocks.is_empty() {
                return Ok(End::Done);
            }
            if !self.dry_run {
                let why = row.blocks.join("; ");
                return Err(Failure::Refused(format!(
                    "{}: not written: {why}",
                    self.out.display()
                )));
            }
            if !out.json {
                for block in &row.blocks {
                    out.line(&format!("in the way: {block}"))?;
                }
            }
            return Ok(End::Exceptions);
        }
        out.flush()?;
        let mut progress = ProgressLine::new();
        let to = Destination {
            path: &self.out,
            recipients: recipients.as_ref(),
        };
        let written = forms::export(&session, &plan, form, edition, &to, &mut progress)
            .map_err(Failure::refused)?;
        drop(progress);
        if out.json {
            row.written = true;
            row.sha256 = Some(written.sha256.clone());
            row.entry = Some(written.entry);
            row.recipients.clone_from(&written.recipients);
            (row.files, row.bytes) = (Some(written.files), Some(written.bytes));
            out.object(&row)?;
        } else {
            tell(&written, recipients.as_ref(), out)?;
        }
        warn(&written, recipients.as_ref());
        Ok(End::Done)
    }
}
