//! `docket export OUT --form FORM`.

use super::handing::{Handing, blocks, print, profile_of, tell, warn};
use super::out::Out;
use super::{Common, End, Failure};
use crate::bundle::forms::{self, Form};
use crate::bundle::profile::Sets;
use crate::bundle::{self as core};
use crate::review::Edition;
use clap::ValueEnum;
use serde::Serialize;
use std::path::Path;

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
    #[command(flatten)]
    handing: Handing,
    /// The form
    #[arg(long, value_enum)]
    form: Name,
    /// Hold the closed master: what is exempt is not masked
    #[arg(long)]
    closed: bool,
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
    profile: Option<String>,
    recipients: Vec<String>,
    messages: u64,
    handed_over: u64,
    files: Option<u64>,
    bytes: Option<u64>,
    blocks: Vec<String>,
}

impl Export {
    /// What it writes.
    pub fn out(&self) -> &Path {
        &self.handing.out
    }

    /// Whether it is signed.
    pub fn signs(&self) -> bool {
        self.handing.signs()
    }

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
        let recipients = self.handing.recipients()?;
        let session = common.session()?;
        let options = self.handing.options(&session, false)?;
        let plan = core::plan(&session, &options).map_err(Failure::refused)?;
        let sets = options.profile.as_ref().map_or(Sets::Both, |one| one.sets);
        match (sets, edition) {
            _ if form.holds_both() => {}
            (Sets::Open, Edition::Closed) => {
                let text = "--closed: the profile hands the open set over alone; leave it out";
                return Err(Failure::Usage(text.to_owned()));
            }
            (Sets::Closed, Edition::Open) => {
                let text = "the profile hands the closed set over alone; say so with --closed";
                return Err(Failure::Usage(text.to_owned()));
            }
            _ => {}
        }
        if !out.json {
            print(&plan, out)?;
        }
        let mut row = Row {
            out: self.handing.out.display().to_string(),
            form: form.name(),
            edition: match (form.holds_both(), edition) {
                (true, _) => sets.name(),
                (false, Edition::Open) => "open",
                (false, Edition::Closed) => "closed",
            },
            written: false,
            sha256: None,
            entry: None,
            partial: plan.options.partial,
            profile: profile_of(&plan),
            recipients: Vec::new(),
            messages: plan.total.messages,
            handed_over: plan.total.handed_over,
            files: None,
            bytes: None,
            blocks: blocks(&plan),
        };
        if self.handing.ends(&plan) {
            if out.json {
                out.object(&row)?;
            }
            return self.handing.end(&plan, out);
        }
        let written = self.handing.write(
            &session,
            &plan,
            recipients.as_ref(),
            |to, progress| forms::export(&session, &plan, form, edition, to, progress),
            out,
        )?;
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
