//! `docket doctor`.

use super::out::Out;
use super::{Common, End, Failure};
use crate::keeping::doctor::{Finding, Verdict, examine};
use crate::sandbox::{self, Support};
use std::io::IsTerminal;

/// Say what protects the case here, and what does not
///
/// Looks at the disk's encryption as far as the system shows it, permissions, the
/// file system, free space, swap, core dumps, noted heads, locks, and the terminal.
/// What cannot be seen from here is said to be so, and nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket doctor
  docket doctor --json

Exit code 1: something does not protect the case.")]
pub struct Doctor {}

impl Doctor {
    /// Looks, and prints one thing after another.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let folder = common.named_folder()?;
        let mut found = examine(&folder);
        found.push(reader());
        found.push(writing());
        found.push(terminal());
        found.push(leaks());
        found.push(version());
        let mut end = End::Done;
        if !out.json {
            out.line(&format!("case        {}", folder.display()))?;
        }
        for one in &found {
            if one.verdict == Verdict::DoesNot {
                end = End::Exceptions;
            }
            if out.json {
                out.object(one)?;
                continue;
            }
            out.line(&format!("{:<11} {}", one.verdict.name(), one.name))?;
            out.block(12, &one.detail)?;
            if !one.todo.is_empty() {
                out.block(12, &format!("to do: {}", one.todo))?;
            }
        }
        Ok(end)
    }
}

/// What holds docket itself to its case.
fn writing() -> Finding {
    let state = sandbox::state();
    let (verdict, todo) = match state.writes {
        Support::Full | Support::Part => (Verdict::Protects, ""),
        Support::None => (Verdict::DoesNot, "work on Linux 5.19 or newer"),
    };
    Finding::new("writing", verdict, state.writing(), todo)
}

/// What holds the process that reads exports to reading them.
fn reader() -> Finding {
    let state = sandbox::state();
    let verdict = match (state.files, state.calls) {
        (Support::Full | Support::Part, Support::Full | Support::Part) => Verdict::Protects,
        _ => Verdict::DoesNot,
    };
    let todo = match verdict {
        Verdict::Protects => "",
        _ => "load exports from strangers on Linux 5.13 or newer",
    };
    Finding::new("reader", verdict, state.sentences().join(" "), todo)
}

/// Whether the terminal shows what docket shows.
fn terminal() -> Finding {
    const NAME: &str = "terminal";
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) else {
        return Finding::new(
            NAME,
            Verdict::CannotTell,
            "standard output is no terminal",
            "",
        );
    };
    // The first of them that is set decides (locale(7)).
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    let locale = locale.unwrap_or_default();
    let folded = locale.to_ascii_lowercase();
    let is_utf8 = folded.contains("utf-8") || folded.contains("utf8");
    let kind = variable("TERM").unwrap_or_else(|| "unknown".into());
    let colours = match variable("NO_COLOR") {
        Some(_) => "no colours, as NO_COLOR asks",
        None => "colours as the theme has them",
    };
    let detail = format!(
        "{} by {}, TERM {kind}, {colours}, {}",
        size.ws_col,
        size.ws_row,
        if is_utf8 {
            "UTF-8"
        } else {
            "not UTF-8, as far as the locale says"
        }
    );
    if size.ws_col < 80 || size.ws_row < 24 {
        return Finding::new(
            NAME,
            Verdict::DoesNot,
            detail,
            "make the window 80 by 24 at least",
        );
    }
    match is_utf8 {
        true => Finding::new(NAME, Verdict::Protects, detail, ""),
        false => Finding::new(
            NAME,
            Verdict::DoesNot,
            detail,
            "set LANG to a locale with UTF-8; names may be shown wrong otherwise",
        ),
    }
}

/// Where what is shown goes beside the screen.
fn leaks() -> Finding {
    const NAME: &str = "screen";
    let recorded = ["SCRIPT", "ASCIINEMA_REC"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some());
    if recorded {
        return Finding::new(
            NAME,
            Verdict::DoesNot,
            "this terminal session is being recorded by another program",
            "leave the recording before you review",
        );
    }
    let is_remote = std::env::var_os("SSH_CONNECTION").is_some();
    Finding::new(
        NAME,
        Verdict::Protects,
        format!(
            "the review screen leaves nothing behind it, sets no window title, and uses the clipboard \
             only when asked{}; what a command prints stays in the terminal's history",
            if is_remote {
                "; it is shown over SSH"
            } else {
                ""
            }
        ),
        match std::io::stdout().is_terminal() {
            true => {
                "clear the terminal's history after commands that print messages; blank-after in \
                     the settings blanks the review screen"
            }
            false => "",
        },
    )
}

/// Which docket this is.
fn version() -> Finding {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Finding::new(
        "versions",
        Verdict::Protects,
        format!(
            "docket {}, {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            release.trim()
        ),
        "",
    )
}
