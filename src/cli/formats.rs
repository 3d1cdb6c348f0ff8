//! `docket formats [NAME]`.

use super::out::Out;
use super::{End, Failure};
use crate::import::{self, About, Importer};
use serde::Serialize;

/// Print the formats that docket reads
///
/// Of each: which versions, what it carries and what it lacks, how the reading
/// of it was verified, and how to make such an export in the app.
///
/// Each may stand in a zip, a tar or a gzip file, several in one; archives in
/// an archive are opened too, three deep. What is packed deeper is told and
/// not read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket formats
  docket formats whatsapp
  docket formats --json")]
pub struct Formats {
    /// Only this format, or those of this channel
    name: Option<String>,
}

/// One format, for programs.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    importer_version: u32,
    #[serde(flatten)]
    about: About,
}

impl Formats {
    /// Prints the formats, by name.
    pub fn run(self, out: &mut Out) -> Result<End, Failure> {
        let wanted = |importer: &&&dyn Importer| match &self.name {
            Some(name) => {
                importer.name() == name || importer.about().channels.contains(&name.as_str())
            }
            None => true,
        };
        let mut formats: Vec<&dyn Importer> = import::ALL.iter().filter(wanted).copied().collect();
        formats.sort_by_key(|importer| importer.name());
        if let (Some(name), true) = (&self.name, formats.is_empty()) {
            return Err(Failure::Usage(format!(
                "{name}: no format or channel of this name; docket formats prints them all"
            )));
        }
        for (number, importer) in formats.into_iter().enumerate() {
            let row = Row {
                name: importer.name(),
                importer_version: importer.version(),
                about: importer.about(),
            };
            if out.json {
                out.object(&row)?;
            } else {
                if number > 0 {
                    out.line("")?;
                }
                print(&row, out)?;
            }
        }
        Ok(End::Done)
    }
}

fn print(row: &Row, out: &mut Out) -> Result<(), Failure> {
    let About {
        title,
        channels,
        reads,
        carries,
        lacks,
        verified,
        export,
    } = row.about;
    out.line(&format!("{}: {title}", row.name))?;
    out.named("channel", &channels.join(", "))?;
    out.named("reads", &reads.join("; "))?;
    out.named("carries", &carries.join("; "))?;
    out.named("lacks", &lacks.join("; "))?;
    let mut name = "verified";
    for one in verified {
        let by = one.by.words();
        out.named(name, &format!("{by}: {}", one.what))?;
        name = "";
    }
    let mut name = "export";
    for step in export {
        out.named(name, step)?;
        name = "";
    }
    Ok(())
}
