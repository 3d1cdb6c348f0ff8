//! `docket backup FILE` and `docket restore FILE`.

use super::handing::Sealing;
use super::out::{Out, note};
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::case::Case;
use crate::keeping::{backup, restore};
use crate::text::{counted, grouped};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Copy the case into one file, which is read back and compared
///
/// The file is a tar that any system unpacks: the sealed originals, the ledger
/// with the heads noted of it, and the case's own lists, with a manifest of sizes
/// and hashes. What is derived is left out; a restore makes it again. The case may
/// be open meanwhile: the copy is of one moment. The same state gives the same
/// bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket backup /media/stick/foi-2021-044.tar
  docket backup /media/stick/foi-2021-044.tar.age --to records.pub

Exit code 3: no backup was written.")]
pub struct Backup {
    /// The file to write; it must not exist yet
    file: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
}

/// A backup, for programs.
#[derive(Serialize)]
struct Row {
    file: String,
    bytes: u64,
    sha256: String,
    files: usize,
    originals: u64,
    messages: u32,
    head: String,
    recipients: Vec<String>,
    left_out: Vec<String>,
}

impl Backup {
    /// What it writes.
    pub fn out(&self) -> &Path {
        &self.file
    }

    /// Writes it and says how it is known again.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if self.file.as_os_str() == "-" {
            return Err(Failure::Refused(
                "a backup is read back once it is written, so it goes to no standard output: name a \
                 file; nothing was written"
                    .to_owned(),
            ));
        }
        let recipients = self.sealing.recipients()?;
        let case = Case::open(&common.folder()?).map_err(Failure::refused)?;
        let mut progress = ProgressLine::new();
        let done = backup(&case, &self.file, recipients.as_ref(), &mut progress);
        drop(progress);
        let done = done.map_err(Failure::refused)?;
        let names = recipients.map(|all| all.names()).unwrap_or_default();
        if out.json {
            out.object(&Row {
                file: done.path.display().to_string(),
                bytes: done.bytes,
                sha256: done.sha256,
                files: done.files,
                originals: done.originals,
                messages: done.messages,
                head: done.head.to_string(),
                recipients: names,
                left_out: done.strange,
            })?;
            return Ok(End::Done);
        }
        let path = done.path.display();
        out.line(&format!(
            "written: {path}, {} bytes: {} and the ledger of {}",
            grouped(done.bytes),
            counted(done.originals, "original", "originals"),
            counted(done.messages, "message", "messages"),
        ))?;
        out.line(match done.is_looked_into {
            true => "read back: every file in it is as the case has it",
            false => "read back: it is as it was written; only its recipients can look into it",
        })?;
        out.line(&format!("SHA-256: {}", done.sha256))?;
        out.line(&format!("the ledger's head: {}", done.head))?;
        if !done.strange.is_empty() {
            note(&format!(
                "note: {} among the originals that no import tells of: left out",
                counted(done.strange.len() as u64, "file", "files")
            ));
        }
        if names.is_empty() {
            note(
                "note: everything is in it in clear, what is personal too; --to RECIPIENT writes it for them alone",
            );
            return out
                .line(&format!("put it back: docket restore {path} --case DIR"))
                .map(|()| End::Done);
        }
        out.line("encrypted, to be opened by these alone:")?;
        for name in names {
            out.line(&format!("  {name}"))?;
        }
        out.line(&format!(
            "put it back: age -d -i KEY {path} | docket restore - --case DIR"
        ))?;
        Ok(End::Done)
    }
}

/// Put a case back from a backup, into a new or empty folder
///
/// Checks every file against the manifest, the ledger against its chain and its
/// noted heads, and makes what is derived again. Nothing is put in its place
/// before all of it is there and holds. docket holds no keys: an encrypted backup
/// is opened by age and read from standard input.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket restore foi-2021-044.tar --case ~/cases/foi-2021-044
  age -d -i KEY foi-2021-044.tar.age | docket restore - --case ~/cases/again

Exit code 3: nothing was put back.")]
pub struct Restore {
    /// The backup; - reads it from standard input
    file: PathBuf,
}

/// What was put back, for programs.
#[derive(Serialize)]
struct RestoredRow {
    case: String,
    files: usize,
    originals: u64,
    bytes: u64,
    messages: u32,
    head: String,
}

impl Restore {
    /// Puts it back and says what there is.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let target = common.named_folder()?;
        let mut from: Box<dyn Read> = match self.file.as_os_str() == "-" {
            true => Box::new(io::stdin().lock()),
            false => Box::new(File::open(&self.file).map_err(|error| {
                Failure::Refused(format!(
                    "{}: {error}; nothing was put back",
                    self.file.display()
                ))
            })?),
        };
        let mut progress = ProgressLine::new();
        let mut from = BufReader::with_capacity(1 << 18, &mut from);
        let done = restore(&mut from, &target, &mut progress);
        drop(progress);
        let done = done.map_err(Failure::refused)?;
        let case = target.display();
        if out.json {
            out.object(&RestoredRow {
                case: case.to_string(),
                files: done.files,
                originals: done.originals,
                bytes: done.bytes,
                messages: done.messages,
                head: done.head.to_string(),
            })?;
            return Ok(End::Done);
        }
        out.line(&format!(
            "put back: {case}, {} and the ledger of {}",
            counted(done.originals, "original", "originals"),
            counted(done.messages, "message", "messages"),
        ))?;
        out.line(&format!("the ledger's head: {}", done.head))?;
        out.line("check it: docket check --full")?;
        Ok(End::Done)
    }
}
