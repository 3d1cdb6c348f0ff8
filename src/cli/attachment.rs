//! `docket attachment NUMBER`.

use super::new_file::may_stand_at;
use super::out::{Out, note};
use super::{Common, End, Failure};
use crate::model::{AttachmentState, MessageNumber};
use crate::review::files::{File, Looker};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Show the files of a message: type by content, size, length, first text
///
/// The type is told from the bytes; where the file's name or the export claims
/// another, both are told. Of voice notes and video the length is told, of
/// pictures the size, of documents the first text. Nothing is opened or run.
/// With --out one file's bytes are written as they are to a new file that only
/// you may read; what is there already is never overwritten. Such a copy lies
/// outside the case: remove it once you have looked.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket attachment 120
  docket attachment 120 --json
  docket attachment 120 --file 2 --out picture.jpg")]
pub struct Attachment {
    /// The message's number
    #[arg(value_name = "NUMBER")]
    number: u32,
    /// Only this file of the message, from 1
    #[arg(long, value_name = "N")]
    file: Option<usize>,
    /// Write the file's bytes here
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A file, for programs.
#[derive(Serialize)]
struct Row<'a> {
    number: u32,
    file: usize,
    name: &'a str,
    state: &'static str,
    kind: String,
    claims_otherwise: Option<String>,
    declared: &'a str,
    media: &'a str,
    size: Option<u64>,
    width: Option<u32>,
    height: Option<u32>,
    milliseconds: Option<u64>,
    length_is_estimated: bool,
    pages: Option<u32>,
    text: &'a str,
    text_goes_on: bool,
    trouble: &'a str,
}

impl Attachment {
    /// What it writes, if anything.
    pub fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// Prints the files, or writes one out.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let number = MessageNumber(self.number);
        if session.store().message(number).is_none() {
            return Err(Failure::Refused(format!(
                "there is no message {number}; docket search --json tells numbers"
            )));
        }
        let mut looker = Looker::default();
        let held = session.store().attachments(number);
        let all = held.len();
        if all == 0 {
            return Err(Failure::Refused(format!(
                "message {number} names no file; docket search has:attachment finds those that do"
            )));
        }
        if self.file.is_some_and(|file| file == 0 || file > all) {
            return Err(Failure::Usage(format!(
                "message {number} has {}; --file takes a number from 1 to {all}",
                counted(all as u64, "file", "files")
            )));
        }
        if let Some(path) = &self.out {
            if all > 1 && self.file.is_none() {
                return Err(Failure::Usage(format!(
                    "message {number} has {all} files; say with --file which one to write"
                )));
            }
            let at = self.file.unwrap_or(1).saturating_sub(1);
            let held = held.get(at);
            let stands = held.and_then(|held| Some((held.source, held.file.stands()?)));
            let Some((source, stands)) = stands else {
                return Err(Failure::Refused(format!(
                    "no export of the case holds this file of message {number}: there is nothing to write"
                )));
            };
            may_stand_at(path, session.case().layout().root())?;
            let bytes = session
                .write_file_out(source, stands, path)
                .map_err(Failure::refused)?;
            note(&format!(
                "wrote {} to {}: a copy outside the case, to be removed once it was looked at",
                counted(bytes, "byte", "bytes"),
                Shown::path(path)
            ));
            return Ok(End::Done);
        }
        for (at, _) in held.iter().enumerate() {
            if self.file.is_some_and(|file| file != at + 1) {
                continue;
            }
            let files = looker.look(&session, number, Some(at));
            if let Some(file) = files.get(at) {
                print(out, number, at, all, file)?;
            }
        }
        Ok(End::Done)
    }
}

fn print(
    out: &mut Out,
    number: MessageNumber,
    at: usize,
    all: usize,
    file: &File,
) -> Result<(), Failure> {
    let named = &file.held.file;
    let content = file.content.clone().unwrap_or_default();
    if out.json {
        return out.object(&Row {
            number: number.0,
            file: at + 1,
            name: &named.name,
            state: named.state.name(),
            kind: file.kind(),
            claims_otherwise: file.otherwise(),
            declared: &named.content_type,
            media: &named.media,
            size: file.size(),
            width: content.pixels.map(|(width, _)| width),
            height: content.pixels.map(|(_, height)| height),
            milliseconds: content.length.map(|length| length.milliseconds),
            length_is_estimated: content.length.is_some_and(|length| length.estimated),
            pages: content.pages,
            text: &content.text,
            text_goes_on: content.goes_on,
            trouble: if file.trouble.is_empty() {
                &content.trouble
            } else {
                &file.trouble
            },
        });
    }
    let name = if named.name.is_empty() {
        "no name"
    } else {
        &named.name
    };
    out.line(&format!("file {} of {all}: {name}", at + 1))?;
    out.named("is", &file.kind())?;
    if let Some(claim) = file.otherwise() {
        out.named("but", &claim)?;
    }
    if let Some(size) = file.size() {
        let bytes = if size == 1 { "byte" } else { "bytes" };
        out.named("size", &format!("{} {bytes}", grouped(size)))?;
    }
    out.named("where", file.state())?;
    for trouble in [&file.trouble, &content.trouble] {
        if !trouble.is_empty() {
            out.named("trouble", trouble)?;
        }
    }
    if named.state == AttachmentState::Present && !content.text.is_empty() {
        out.line("")?;
        out.block(2, &content.text)?;
        if content.goes_on {
            out.line("  ... and more; --out FILE writes all of it")?;
        }
    }
    Ok(())
}
