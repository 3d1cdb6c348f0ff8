//! `docket bundle OUT`.

use super::out::{self, Column, Out, count, counted};
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::bundle::seal::Recipients;
use crate::bundle::{
    self as core, Counts, Destination, Earlier, Options, Plan, Unsearched, Written,
};
use crate::review::Session;
use crate::text::Shown;
use roaring::RoaringBitmap;
use serde::Serialize;
use std::path::PathBuf;
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
  docket bundle handover.tar.age --to records.pub --to age1...
  age -d -i KEY handover.tar.age | tar x     opens that one, without docket

Exit code 3: something stands in the way; nothing was written. A dry run that
finds something in the way ends with 1.")]
pub struct Bundle {
    /// The folder to write, or with --to the file; it must not exist yet
    out: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
    /// Leave undecided and referred messages, and those on hold, behind, and say
    /// so in the bag
    #[arg(long)]
    partial: bool,
    /// Take the reviewers' notes on what is handed over along; they stay otherwise
    #[arg(long)]
    with_notes: bool,
    /// An earlier bundle of the case, the first one first; may be given several
    /// times. Only the days on which something is new or changed since go, and
    /// supersedes.csv says which of their files are not to be used any more
    #[arg(long, value_name = "BUNDLE")]
    after: Vec<PathBuf>,
    /// Only show what would go, what would stay, and what stands in the way
    #[arg(long)]
    dry_run: bool,
}

/// Who alone can open what is written.
#[derive(Debug, clap::Args)]
pub struct Sealing {
    /// Encrypt it to this public key (age1..., ssh-ed25519, ssh-rsa), or to those in this
    /// file, one a line: OUT is one file then, which they alone can open with age.
    /// May be given several times
    #[arg(long = "to", value_name = "RECIPIENT")]
    to: Vec<String>,
}

impl Sealing {
    /// Reads the recipients, if any were given.
    pub fn recipients(&self) -> Result<Option<Recipients>, Failure> {
        if self.to.is_empty() {
            return Ok(None);
        }
        let read = Recipients::read(self.to.iter().map(String::as_str));
        read.map(Some)
            .map_err(|error| Failure::Usage(error.to_string()))
    }
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
        }
    }
}

impl Bundle {
    /// Plans, and writes unless it is a dry run.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let recipients = self.sealing.recipients()?;
        let session = common.session()?;
        let options = Options {
            partial: self.partial,
            notes: self.with_notes,
            ..Options::default()
        };
        let earlier = Earlier::read(&self.after).map_err(Failure::refused)?;
        let plan = core::plan_after(&session, &options, &earlier).map_err(Failure::refused)?;
        if !out.json {
            print(&plan, out)?;
            if self.dry_run {
                proposed(&session, out)?;
            }
        } else if self.dry_run {
            for thread in &plan.threads {
                out.object(&ThreadRow {
                    thread: thread.id.0,
                    title: &thread.title,
                    handed_over: thread.handed_over,
                    counts: thread.counts.into(),
                })?;
            }
        }
        if !plan.is_ready() || self.dry_run {
            return self.without_writing(&plan, out);
        }
        out.flush()?;
        let mut progress = ProgressLine::new();
        let to = Destination {
            path: &self.out,
            recipients: recipients.as_ref(),
        };
        let written = core::write_after(&session, &plan, &to, &earlier, &mut progress)
            .map_err(Failure::refused)?;
        drop(progress);
        if out.json {
            out.object(&self.row(&plan, Some(&written)))?;
        } else {
            tell(&written, recipients.as_ref(), out)?;
        }
        warn(&written, recipients.as_ref());
        Ok(End::Done)
    }

    /// Says what stands in the way, if anything does.
    fn without_writing(&self, plan: &Plan, out: &mut Out) -> Result<End, Failure> {
        if out.json {
            out.object(&self.row(plan, None))?;
        }
        let blocks = blocks(plan);
        if blocks.is_empty() {
            return Ok(End::Done);
        }
        if !self.dry_run {
            return Err(Failure::Refused(format!(
                "{}: not written: {}",
                self.out.display(),
                blocks.join("; ")
            )));
        }
        if !out.json {
            for block in &blocks {
                out.line(&format!("in the way: {block}"))?;
            }
        }
        Ok(End::Exceptions)
    }

    fn row(&self, plan: &Plan, written: Option<&Written>) -> Row {
        Row {
            out: self.out.display().to_string(),
            written: written.is_some(),
            sha256: written.map(|written| written.sha256.clone()),
            entry: written.map(|written| written.entry),
            ledger: written.map(|written| written.ledger.to_string()),
            partial: plan.options.partial,
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

/// Warns of a bundle in clear where others may get at it.
pub fn warn(written: &Written, recipients: Option<&Recipients>) {
    if recipients.is_none() {
        for one in core::exposures(&written.path) {
            out::note(&format!(
                "warning: {one}; --to RECIPIENT writes it for its recipients alone"
            ));
        }
    }
}

/// Says where the bundle is and how the receiver can know it again.
pub fn tell(
    written: &Written,
    recipients: Option<&Recipients>,
    out: &mut Out,
) -> Result<(), Failure> {
    let path = written.path.display();
    out.line(&format!(
        "written: {path}, {} in {}, entry {} of the ledger",
        counted(written.messages, "message", "messages"),
        counted(written.files, "file", "files"),
        written.entry
    ))?;
    if written.mails.mails > 0 {
        out.line(&format!(
            "mails: {} of {} are there as they were; their headers name people, blind copies too",
            count(written.mails.originals),
            count(written.mails.mails)
        ))?;
    }
    for (messages, what) in [
        (
            &written.unsearched.masks_too_short,
            "masked, and what is masked is too short to be searched for",
        ),
        (
            &written.unsearched.masks_also_named,
            "masked, and what is masked is a name that is shown elsewhere",
        ),
        (
            &written.unsearched.too_short,
            "left behind, with a text too short to be searched for",
        ),
        (
            &written.unsearched.also_said,
            "left behind, with a text that is also said in what is handed over",
        ),
    ] {
        if !messages.is_empty() {
            let first: Vec<String> = messages.iter().take(10).map(|n| n.to_string()).collect();
            let more = match messages.len() {
                0..=10 => "",
                _ => " ...; --json lists all",
            };
            out.line(&format!(
                "note: {} {what}: {}{more}",
                counted(messages.len(), "message is", "messages are"),
                first.join(", ")
            ))?;
        }
    }
    out.line(
        "seal, to be told to the receiver by another way (SHA-256 of tagmanifest-sha256.txt):",
    )?;
    out.line(&format!("  {}", written.sha256))?;
    out.line(
        "the ledger's head, to be kept elsewhere (docket check --head finds what is cut off):",
    )?;
    out.line(&format!("  {}", written.ledger))?;
    let Some(recipients) = recipients else {
        return out.line(&format!("check it: docket verify {path}"));
    };
    out.line("encrypted, to be opened by these alone:")?;
    for name in recipients.names() {
        out.line(&format!("  {name}"))?;
    }
    out.line("they open and check it, in a folder of their own, with")?;
    out.line(&format!("  age -d -i KEY {path} | tar x"))?;
    let folder = written.folder.as_deref().unwrap_or_default();
    out.line(&format!("  docket verify {folder}"))
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

pub fn blocks(plan: &Plan) -> Vec<String> {
    plan.blocks.iter().map(ToString::to_string).collect()
}

pub fn print(plan: &Plan, out: &mut Out) -> Result<(), Failure> {
    let stays = |counts: &Counts| counts.messages.saturating_sub(counts.handed_over);
    let rows: Vec<Vec<Shown>> = plan
        .threads
        .iter()
        .map(|thread| {
            vec![
                Shown::line(&thread.id.to_string()),
                Shown::line(&thread.title),
                Shown::line(&count(thread.counts.handed_over)),
                Shown::line(&count(stays(&thread.counts))),
            ]
        })
        .collect();
    let columns = [
        Column::number("id"),
        Column::giving("thread"),
        Column::number("goes"),
        Column::number("stays"),
    ];
    out.table(&columns, &rows)?;
    if let Some(changes) = &plan.changes {
        super::diff::print(changes, out)?;
        let earlier = counted(plan.total.earlier, "message", "messages");
        out.line(&format!("handed over earlier, and unchanged: {earlier}"))?;
    }
    out.line(&format!(
        "goes: {} and {}, about {} bytes; stays: {}",
        counted(plan.total.handed_over, "message", "messages"),
        counted(plan.attachments, "attachment", "attachments"),
        count(plan.bytes),
        counted(stays(&plan.total), "message", "messages"),
    ))?;
    if plan.mails > 0 {
        out.line(&format!(
            "{} with the records, and as sent where all of it may leave",
            counted(plan.mails, "mail goes", "mails go")
        ))?;
    }
    Ok(())
}
