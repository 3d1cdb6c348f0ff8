//! `docket bundle OUT`.

use super::handing::{Handing, blocks, print, profile_of, tell, warn};
use super::out::Out;
use super::{Common, End, Failure};
use crate::bundle::{self as core, Counts, Earlier, Plan, Unsearched, Written};
use crate::review::Session;
use crate::text::counted;
use roaring::RoaringBitmap;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Write the records bundle: what is official leaves, the rest is counted
///
/// Writes a new folder OUT, a BagIt bag that the receiver can check without
/// docket. Undecided messages, and messages waiting for a second look, block
/// it unless --partial, which the bag states. Mixed messages block it until what
/// is personal in them is masked (docket redact). Where something is exempt, an
/// open copy that masks it stands beside the closed master, with _R in its name.
///
/// Of what stays behind the bag holds counts and nothing else.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket bundle handover --dry-run
  docket bundle handover
  docket bundle handover-part --partial
  docket bundle answer --profile foi-response
  docket bundle handover.tar.age --to records.pub --to age1...
  docket bundle handover.tar.age --sign ~/.ssh/id_ed25519 --to records.pub
  age -d -i KEY handover.tar.age | tar x     opens that one, without docket

Exit code 3: something stands in the way; nothing was written. A dry run that
finds something in the way ends with 1.")]
pub struct Bundle {
    #[command(flatten)]
    handing: Handing,
    /// Take the reviewers' notes on what is handed over along; they stay otherwise
    #[arg(long)]
    with_notes: bool,
    /// An earlier bundle of the case, the first one first; may be given several
    /// times. Only the days on which something is new or changed since go, and
    /// supersedes.csv says which of their files are not to be used any more
    #[arg(long, value_name = "BUNDLE")]
    after: Vec<PathBuf>,
}

/// One thread's part, for programs.
#[derive(Serialize)]
struct ThreadRow<'a> {
    thread: u32,
    title: &'a str,
    handed_over: bool,
    counts: CountsRow,
}

/// The whole bundle, for programs.
#[derive(Serialize)]
struct Row {
    out: String,
    written: bool,
    sha256: Option<String>,
    entry: Option<u64>,
    ledger: Option<String>,
    partial: bool,
    profile: Option<String>,
    recipients: Vec<String>,
    counts: CountsRow,
    attachments: u64,
    mails: u64,
    originals: Option<u64>,
    bytes: u64,
    held: u64,
    disagreed: u64,
    unsigned: u64,
    unsearched: Option<UnsearchedRow>,
    blocks: Vec<String>,
}

/// Messages of which something could not be searched for in what was written, for programs: their
/// numbers.
#[derive(Serialize)]
struct UnsearchedRow {
    masks_too_short: Vec<u32>,
    masks_also_named: Vec<u32>,
    too_short: Vec<u32>,
    also_said: Vec<u32>,
}

impl From<&Unsearched> for UnsearchedRow {
    fn from(unsearched: &Unsearched) -> UnsearchedRow {
        let numbers = |messages: &RoaringBitmap| messages.iter().collect();
        UnsearchedRow {
            masks_too_short: numbers(&unsearched.masks_too_short),
            masks_also_named: numbers(&unsearched.masks_also_named),
            too_short: numbers(&unsearched.too_short),
            also_said: numbers(&unsearched.also_said),
        }
    }
}

/// Messages by decision, for programs.
#[derive(Serialize)]
struct CountsRow {
    messages: u64,
    handed_over: u64,
    official: u64,
    context: u64,
    mixed: u64,
    personal: u64,
    refer: u64,
    undecided: u64,
    system: u64,
    unreadable: u64,
    copies: u64,
    earlier: u64,
    set_aside: u64,
}

impl From<Counts> for CountsRow {
    fn from(counts: Counts) -> CountsRow {
        CountsRow {
            messages: counts.messages,
            handed_over: counts.handed_over,
            official: counts.official,
            context: counts.context,
            mixed: counts.mixed,
            personal: counts.personal,
            refer: counts.refer,
            undecided: counts.undecided,
            system: counts.system,
            unreadable: counts.unreadable,
            copies: counts.copies,
            earlier: counts.earlier,
            set_aside: counts.set_aside,
        }
    }
}

impl Bundle {
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
        let recipients = self.handing.recipients()?;
        let session = common.session()?;
        let options = self.handing.options(&session, self.with_notes)?;
        let earlier = Earlier::read(&self.after).map_err(Failure::refused)?;
        let plan = core::plan_after(&session, &options, &earlier).map_err(Failure::refused)?;
        let dry_run = self.handing.dry_run;
        if !out.json {
            print(&plan, out)?;
            if dry_run {
                proposed(&session, out)?;
            }
        } else if dry_run {
            for thread in &plan.threads {
                out.object(&ThreadRow {
                    thread: thread.id.0,
                    title: &thread.title,
                    handed_over: thread.handed_over,
                    counts: thread.counts.into(),
                })?;
            }
        }
        if self.handing.ends(&plan) {
            if out.json {
                out.object(&self.row(&plan, None))?;
            }
            return self.handing.end(&plan, out);
        }
        let written = self.handing.write(
            &session,
            &plan,
            recipients.as_ref(),
            |to, progress| core::write_after(&session, &plan, to, &earlier, progress),
            out,
        )?;
        if out.json {
            out.object(&self.row(&plan, Some(&written)))?;
        } else {
            tell(&written, recipients.as_ref(), out)?;
        }
        warn(&written, recipients.as_ref());
        Ok(End::Done)
    }

    fn row(&self, plan: &Plan, written: Option<&Written>) -> Row {
        Row {
            out: self.handing.out.display().to_string(),
            written: written.is_some(),
            sha256: written.map(|written| written.sha256.clone()),
            entry: written.map(|written| written.entry),
            ledger: written.map(|written| written.ledger.to_string()),
            partial: plan.options.partial,
            profile: profile_of(plan),
            recipients: written
                .map(|one| one.recipients.clone())
                .unwrap_or_default(),
            counts: plan.total.into(),
            attachments: plan.attachments,
            mails: plan.mails,
            originals: written.map(|written| written.mails.originals),
            bytes: plan.bytes,
            held: plan.held,
            disagreed: plan.missing.disagreed,
            unsigned: plan.missing.unsigned,
            unsearched: written.map(|written| (&written.unsearched).into()),
            blocks: blocks(plan),
        }
    }
}

/// Says how much context is proposed, which nobody has decided on.
fn proposed(session: &Session, out: &mut Out) -> Result<(), Failure> {
    let all = session.context_proposals(&AtomicBool::new(false));
    match all.map_err(Failure::refused)?.open.len() as u64 {
        0 => Ok(()),
        open => out.line(&format!(
            "note: {} that what goes answers or quotes; docket context lists them",
            counted(
                open,
                "undecided message is one",
                "undecided messages are ones"
            )
        )),
    }
}
