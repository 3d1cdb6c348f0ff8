//! What `docket bundle` and `docket export` have in common: where it goes, to whom, by which profile,
//! and what is said before and after.

use super::out::{self, Column, Out};
use super::profile::Chosen;
use super::progress::ProgressLine;
use super::sign::{self, Pen};
use super::{End, Failure};
use crate::bundle::handover::{add, compose, prepare};
use crate::bundle::seal::Recipients;
use crate::bundle::sign::{Kind, SignError, TEMPLATE};
use crate::bundle::{self as core, Counts, Destination, Options, Plan, Written};
use crate::case::ledger::Entry;
use crate::review::Session;
use crate::text::{Shown, counted, grouped};
use std::path::{Path, PathBuf};

/// Where it goes, to whom, and how much of it.
#[derive(Debug, clap::Args)]
pub struct Handing {
    /// The folder to write, or with --to the file; it must not exist yet
    pub out: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
    #[command(flatten)]
    profile: Chosen,
    /// Leave undecided and referred messages, and those on hold, behind, and say
    /// so in the bag
    #[arg(long)]
    pub partial: bool,
    /// Sign it with the key in this file before it is written, and before it is
    /// encrypted (see docket sign --key)
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Only show what would go, what would stay, and what stands in the way
    #[arg(long)]
    pub dry_run: bool,
}

impl Handing {
    /// Whether it is signed, with a key that docket may not read itself.
    pub fn signs(&self) -> bool {
        self.sign.is_some()
    }

    /// Reads the recipients, if any were given.
    pub fn recipients(&self) -> Result<Option<Recipients>, Failure> {
        self.sealing.recipients()
    }

    /// What was chosen, with the profile read; `notes` where they were asked for.
    pub fn options(&self, session: &Session, notes: bool) -> Result<Options, Failure> {
        let profile = self.profile.read(session)?;
        if let Some(profile) = profile.as_ref().filter(|one| notes && !one.notes) {
            return Err(Failure::Usage(format!(
                "--with-notes: the profile {} takes no notes; leave it out, or choose another profile",
                profile.name
            )));
        }
        Ok(Options {
            partial: self.partial,
            notes,
            profile,
            ..Options::default()
        })
    }

    /// Whether nothing is to be written: because of a dry run, or of what stands in the way.
    pub fn ends(&self, plan: &Plan) -> bool {
        self.dry_run || !plan.is_ready()
    }

    /// Says what stands in the way, if anything does, and how that ends.
    ///
    /// # Errors
    /// The refusal, where it was no dry run.
    pub fn end(&self, plan: &Plan, out: &mut Out) -> Result<End, Failure> {
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

    /// Writes it with `write`, under a line of progress.
    pub fn write(
        &self,
        session: &Session,
        plan: &Plan,
        recipients: Option<&Recipients>,
        write: impl FnOnce(&Destination<'_>, &mut ProgressLine) -> Result<Written, core::BundleError>,
        out: &mut Out,
    ) -> Result<Written, Failure> {
        out.flush()?;
        // A passphrase is asked for now, and not when all is written.
        let pen = self.sign.as_deref().map(Pen::of).transpose()?;
        let profile = plan.options.profile.as_ref();
        let words = sign::own_words(session)?
            .or(profile.and_then(|one| one.statement.clone()))
            .unwrap_or_else(|| TEMPLATE.to_owned());
        let signing = |root: &Path, seal: &str| -> Result<Entry, String> {
            let Some(pen) = &pen else {
                return Err("no key was given".to_owned());
            };
            let (kind, signer) = (Kind::Handover, &session.actor().name);
            let today = chrono::Local::now().date_naive();
            let told = |error: SignError| error.to_string();
            let statement = compose(root, kind, signer, today, &words).map_err(told)?;
            let signature = pen.sign(kind, statement.render().as_bytes());
            let signature = signature.map_err(Failure::words)?;
            prepare(root, &statement).map_err(told)?;
            add(root, kind, &signature, || Ok(())).map_err(told)?;
            Ok(sign::entry(seal, &statement, &signature))
        };
        let mut progress = ProgressLine::new();
        let to = Destination {
            path: &self.out,
            recipients,
            sign: pen.as_ref().map(|_| &signing as &core::Signing<'_>),
        };
        write(&to, &mut progress).map_err(Failure::refused)
    }
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
            grouped(written.mails.originals),
            grouped(written.mails.mails)
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

/// The profile of a plan with its version, for programs.
pub fn profile_of(plan: &Plan) -> Option<String> {
    let profile = plan.options.profile.as_ref()?;
    Some(format!("{} {}", profile.name, profile.version))
}

/// What stands in the way, in lines.
pub fn blocks(plan: &Plan) -> Vec<String> {
    plan.blocks.iter().map(ToString::to_string).collect()
}

/// What would go and what would stay, thread by thread.
pub fn print(plan: &Plan, out: &mut Out) -> Result<(), Failure> {
    let stays = |counts: &Counts| counts.messages.saturating_sub(counts.handed_over);
    let rows: Vec<Vec<Shown>> = plan
        .threads
        .iter()
        .map(|thread| {
            vec![
                Shown::line(&thread.id.to_string()),
                Shown::line(&thread.title),
                Shown::line(&grouped(thread.counts.handed_over)),
                Shown::line(&grouped(stays(&thread.counts))),
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
        grouped(plan.bytes),
        counted(stays(&plan.total), "message", "messages"),
    ))?;
    if let Some(profile) = &plan.options.profile {
        let aside = match plan.total.set_aside {
            0 => String::new(),
            some => format!(
                "; by it {} more",
                counted(some, "message stays", "messages stay")
            ),
        };
        out.line(&format!(
            "profile {} {}: {}{aside}",
            profile.name,
            profile.version,
            profile.in_words()
        ))?;
    }
    if plan.masked + plan.exempt > 0 {
        out.line(&format!(
            "masked: {} as no record, {} as exempt",
            counted(plan.masked, "message", "messages"),
            counted(plan.exempt, "message", "messages")
        ))?;
    }
    if plan.mails > 0 {
        out.line(&format!(
            "{} with the records, and as sent where all of it may leave",
            counted(plan.mails, "mail goes", "mails go")
        ))?;
    }
    Ok(())
}
