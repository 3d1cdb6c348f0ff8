//! `docket profile`.

use super::out::{Column, Out};
use super::{Common, End, Failure};
use crate::bundle::profile::{NONE, Profile, ProfileError};
use crate::review::Session;
use crate::review::facts::PROFILE;
use crate::text::Shown;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// What a department wants of its bundles: list, show, check or choose a profile
///
/// A profile is a file (TOML) that says which sets and tables a bundle has,
/// whether transitory messages and context go, what is proposed for closure, and
/// the words that are signed. It only takes away: nothing leaves by it that would
/// stay without it. docket brings uk-central, foi-response, inquiry and minimal;
/// files NAME.toml in the case's folder "profiles" come before those.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket profile list
  docket profile show minimal > ours.toml
  docket profile check ours.toml
  docket profile use uk-central
  docket bundle answer --profile foi-response

Exit code 1: check found faults; each is told with its line.")]
pub struct ProfileCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the profiles at hand
    List,
    /// Print a profile's file
    Show {
        /// Its name, or a file
        name: String,
    },
    /// Check a profile's file; every fault is told with its line
    Check {
        /// The file
        file: PathBuf,
    },
    /// Make the bundles of this case by a profile, where no other is named
    Use {
        /// Its name, or a file; "none" for none again
        name: String,
    },
}

/// A profile, for programs.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    version: u32,
    about: &'a str,
    sets: &'static str,
    transitory: bool,
    context: bool,
    notes: bool,
    tables: Vec<&'static str>,
    sha256: &'a str,
    default: bool,
}

/// A fault, for programs.
#[derive(Serialize)]
struct FaultRow<'a> {
    line: u32,
    fault: &'a str,
}

impl ProfileCommand {
    /// Whether a case that is not there is made.
    pub fn makes_case(&self) -> bool {
        matches!(self.what, What::Use { .. })
    }

    /// Lists, shows, checks or chooses.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        match self.what {
            What::List => list(common, out),
            What::Show { name } => show(common, &name, out),
            What::Check { file } => check(&file, out),
            What::Use { name } => choose(common, &name, out),
        }
    }
}

/// The profile that is chosen for a bundle.
#[derive(Debug, clap::Args)]
pub struct Chosen {
    /// Make it by this profile: a name that docket profile list tells, a file, or "none".
    /// Without it, by the one that docket profile use chose
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
}

impl Chosen {
    /// Reads the profile: the one that is named, else the case's own choice, else none.
    pub fn read(&self, session: &Session) -> Result<Option<Arc<Profile>>, Failure> {
        let facts = session.facts();
        let Some(name) = self.profile.as_deref().or(facts.get(PROFILE)) else {
            return Ok(None);
        };
        Profile::find(Some(session.case()), name).map_err(Failure::from)
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

/// The case, where there is one: profiles are listed without, too.
fn session(common: &Common) -> Option<Session> {
    common.session().ok()
}

fn list(common: &Common, out: &mut Out) -> Result<End, Failure> {
    let session = session(common);
    let case = session.as_ref().map(Session::case);
    let facts = session.as_ref().map(|session| session.facts());
    let default = facts.as_ref().and_then(|facts| facts.get(PROFILE));
    let mut rows = Vec::new();
    let mut end = End::Done;
    for name in Profile::names(case) {
        let profile = match Profile::find(case, &name) {
            Ok(Some(profile)) => profile,
            Ok(None) => continue,
            Err(error) => {
                super::out::complain(&error.to_string());
                end = End::Exceptions;
                continue;
            }
        };
        let is_default = default == Some(name.as_str());
        if out.json {
            out.object(&Row {
                name: &name,
                version: profile.version,
                about: &profile.about,
                sets: profile.sets.name(),
                transitory: profile.transitory,
                context: profile.context,
                notes: profile.notes,
                tables: profile.tables.iter().copied().collect(),
                sha256: &profile.sha256,
                default: is_default,
            })?;
        }
        rows.push(vec![
            Shown::line(if is_default { "*" } else { "" }),
            Shown::line(&name),
            Shown::line(&profile.version.to_string()),
            Shown::line(&profile.about),
        ]);
    }
    if !out.json {
        let columns = [
            Column::text(""),
            Column::text("profile"),
            Column::number("version"),
            Column::giving("for"),
        ];
        out.table(&columns, &rows)?;
        match default {
            Some(name) => out.line(&format!("* this case: {name}"))?,
            None => out.line("none is chosen for a case until docket profile use NAME")?,
        }
    }
    Ok(end)
}

fn show(common: &Common, name: &str, out: &mut Out) -> Result<End, Failure> {
    let session = session(common);
    let found = Profile::find(session.as_ref().map(Session::case), name)?;
    let profile = found.ok_or_else(|| {
        Failure::Usage("none: without a profile, all that was decided to go goes".to_owned())
    })?;
    if out.json {
        #[derive(Serialize)]
        struct Text<'a> {
            name: &'a str,
            text: &'a str,
        }
        out.object(&Text {
            name: &profile.name,
            text: &profile.text,
        })?;
        return Ok(End::Done);
    }
    for line in profile.text.lines() {
        out.line(line)?;
    }
    Ok(End::Done)
}

fn check(file: &std::path::Path, out: &mut Out) -> Result<End, Failure> {
    match Profile::read_file(file) {
        Ok(profile) => {
            if !out.json {
                out.line(&format!(
                    "{}: holds; {} {}, {}",
                    file.display(),
                    profile.name,
                    profile.version,
                    profile.in_words()
                ))?;
            }
            Ok(End::Done)
        }
        Err(ProfileError::Wrong { faults, .. }) => {
            for fault in &faults {
                match out.json {
                    true => out.object(&FaultRow {
                        line: fault.line,
                        fault: &fault.words,
                    })?,
                    false => out.line(&format!(
                        "{}:{}: {}",
                        file.display(),
                        fault.line,
                        fault.words
                    ))?,
                }
            }
            Ok(End::Exceptions)
        }
        Err(other) => Err(other.into()),
    }
}

fn choose(common: &Common, name: &str, out: &mut Out) -> Result<End, Failure> {
    let session = common.session_or_new()?;
    let profile = Profile::find(Some(session.case()), name)?;
    // A file is found again from any folder.
    let file = (name.contains('/') || name.ends_with(".toml"))
        .then(|| std::fs::canonicalize(name).ok())
        .flatten();
    let file = file.as_ref().and_then(|path| path.to_str());
    let value = Some(file.unwrap_or(name)).filter(|name| *name != NONE);
    session
        .set_fact(PROFILE, value, None)
        .map_err(Failure::refused)?;
    match profile {
        Some(profile) => out.line(&format!(
            "bundles of this case are made by {} {}: {}",
            profile.name,
            profile.version,
            profile.in_words()
        ))?,
        None => out.line("bundles of this case are made by no profile")?,
    }
    Ok(End::Done)
}
