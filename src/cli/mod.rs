//! The command line: prints, and holds no rules.
//!
//! One file per command: its arguments, and a `run` that asks the core and prints the answer.
//! Everything goes through `out`, whose lines are escaped and whose JSON is inert, and every way to
//! end is an `End` or a `Failure`.

mod acting;
mod attachment;
mod backup;
mod bundle;
mod certificate;
mod check;
mod completeness;
mod completions;
mod config;
mod context;
mod diff;
mod doctor;
mod export;
mod exposure;
mod facts;
mod findings;
mod flag;
mod formats;
mod handing;
mod import;
mod keygen;
mod log;
mod lost_map;
mod man;
mod new_file;
mod out;
mod passphrase;
mod people;
mod place;
mod profile;
mod progress;
mod prove;
mod purge;
#[cfg(feature = "tui")]
mod quality;
mod queue;
mod reach;
mod reasons;
mod rebuild;
mod receipt;
mod reconcile;
mod redact;
mod report;
#[cfg(feature = "tui")]
mod review;
mod rule;
#[cfg(feature = "tui")]
mod same;
mod sample;
mod search;
mod second;
mod show;
mod sign;

mod status;
mod tag;
mod threads;
mod time;
mod timeline;
mod undo;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
use out::Out;
use std::ffi::OsString;
use std::process::ExitCode;

/// Review chat exports and hand the official records over.
///
/// docket opens a case: a folder that holds sealed copies of chat exports, an index to search
/// them, and a ledger of decisions. Load the exports, decide on each message whether it is
/// official, and write what is official as a records bundle that the receiver can check without
/// docket.
#[derive(Debug, Parser)]
#[command(
    name = "docket",
    version,
    max_term_width = 80,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_long_help = TOP
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const TOP: &str = "\
The whole job:
  docket review exports/*.zip        load exports and decide, on the screen
  docket status                      what is decided, what is left
  docket bundle handover --dry-run   what would go, what would stay
  docket bundle handover             write the records bundle
  docket sign handover --key KEY     sign it with your SSH key
  docket verify handover             check it, as the receiver can

The case lies where --case or DOCKET_CASE says, or else in your data folder;
docket status names the place. The network is never used.

Exit codes:
  0  done
  1  done, with exceptions, an assumed date order, or a check that failed
  2  the command line or the query cannot be understood; nothing was done
  3  refused or stopped; what was saved before is safe";

/// Over the options that every command has.
const EVERYWHERE: &str = "With every command";

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// The case's folder
    #[arg(
        long,
        value_name = "DIR",
        env = "DOCKET_CASE",
        hide_env_values = true,
        help_heading = EVERYWHERE,
        global = true
    )]
    case: Option<std::path::PathBuf>,
    /// Who decides, for the ledger; otherwise the name of your account
    #[arg(
        long,
        value_name = "NAME",
        env = "DOCKET_REVIEWER",
        hide_env_values = true,
        help_heading = EVERYWHERE,
        global = true
    )]
    reviewer: Option<String>,
    /// Open a case that others on this machine can get at
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    allow_shared: bool,
    /// Print JSON, one object a line, for scripts (docs/json.md has the fields)
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    #[cfg(feature = "tui")]
    Review(review::Review),
    Threads(threads::Threads),
    Search(search::Search),
    Show(show::Show),
    Attachment(attachment::Attachment),
    Reconcile(reconcile::Reconcile),
    Timeline(timeline::Timeline),
    #[cfg(feature = "tui")]
    Sample(sample::SampleCommand),
    Tag(tag::Tag),
    Context(context::ContextCommand),
    Flag(flag::Flag),
    Unflag(flag::Unflag),
    Note(flag::Note),
    Countersign(second::Countersign),
    Disagree(second::Disagree),
    Uphold(second::Uphold),
    Waiting(second::Waiting),
    Reasons(reasons::Reasons),
    Redact(redact::Redact),
    Unredact(redact::Unredact),
    Redactions(redact::Redactions),
    Findings(findings::Findings),
    Completeness(completeness::Completeness),
    Exposure(exposure::Exposed),
    Report(report::Report),
    Rule(rule::Rule),
    Rules(rule::Rules),
    People(people::People),
    Undo(undo::Undo),
    Redo(undo::Redo),
    Log(log::Log),
    Status(status::Status),
    Check(check::Check),
    Rebuild(rebuild::Rebuild),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Purge(purge::Purge),
    Doctor(doctor::Doctor),
    Bundle(bundle::Bundle),
    Export(export::Export),
    Profile(profile::ProfileCommand),
    Certificate(certificate::CertificateCommand),
    Diff(diff::Diff),
    Sign(sign::Sign),
    Receipt(receipt::Receipt),
    Verify(verify::Verify),
    Prove(prove::Prove),
    Facts(facts::Facts),
    Formats(formats::Formats),
    Config(config::Config),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// All of it, and nothing is wrong.
    Done,
    /// All of it, and a person should look: exceptions, or a check that failed.
    Exceptions,
}

/// Why a command did not do what it was asked, in one line: what, where, and what to do.
#[derive(Debug)]
enum Failure {
    /// The command line or the query cannot be understood.
    Usage(String),
    /// The case, the disk or the person refused.
    Refused(String),
    /// Nobody reads the output any more, which is no failure.
    ClosedPipe,
}

impl Failure {
    /// What the core said, which names the place and the remedy itself.
    fn refused(error: impl std::fmt::Display) -> Failure {
        Failure::Refused(error.to_string())
    }

    /// What it says, where somebody else is to tell it.
    fn words(self) -> String {
        match self {
            Failure::Usage(words) | Failure::Refused(words) => words,
            Failure::ClosedPipe => "nobody reads the output".to_owned(),
        }
    }
}

/// Runs docket with these arguments, the first of which is the program's own name; prints to
/// standard output and standard error and gives the exit code that `--help` documents.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    let mut out = Out::new(cli.common.json);
    let end = reach::lock(&cli.command, &cli.common).and_then(|()| {
        lost_map::watch();
        dispatch(cli.command, &cli.common, &mut out)
    });
    let end = end.and_then(|end| out.flush().map(|()| end));
    let (code, text) = match end {
        Ok(End::Done) | Err(Failure::ClosedPipe) => return ExitCode::SUCCESS,
        Ok(End::Exceptions) => return ExitCode::from(1),
        Err(Failure::Usage(text)) => (2, text),
        Err(Failure::Refused(text)) => (3, text),
    };
    // What was printed before the failure still belongs to the answer.
    let _ = out.flush();
    out::complain(&text);
    ExitCode::from(code)
}

fn dispatch(command: Command, common: &Common, out: &mut Out) -> Result<End, Failure> {
    // These tell of the settings themselves, or print what a program reads.
    let silent = matches!(
        command,
        Command::Config(_) | Command::Completions(_) | Command::Man(_)
    );
    #[cfg(feature = "tui")]
    let silent = silent || matches!(command, Command::Review(_));
    if !silent {
        let taken = config::Taken::now();
        taken.told();
        out.settings = taken.settings;
    }
    match command {
        Command::Import(command) => command.run(common, out),
        #[cfg(feature = "tui")]
        Command::Review(command) => command.run(common, out),
        Command::Threads(command) => command.run(common, out),
        Command::Search(command) => command.run(common, out),
        Command::Show(command) => command.run(common, out),
        Command::Attachment(command) => command.run(common, out),
        Command::Reconcile(command) => command.run(common, out),
        Command::Timeline(command) => command.run(common, out),
        #[cfg(feature = "tui")]
        Command::Sample(command) => command.run(common, out),
        Command::Tag(command) => command.run(common, out),
        Command::Context(command) => command.run(common, out),
        Command::Flag(command) => command.run(common, out),
        Command::Unflag(command) => command.run(common, out),
        Command::Note(command) => command.run(common, out),
        Command::Countersign(command) => command.run(common, out),
        Command::Disagree(command) => command.run(common, out),
        Command::Uphold(command) => command.run(common, out),
        Command::Waiting(command) => command.run(common, out),
        Command::Reasons(command) => command.run(common, out),
        Command::Redact(command) => command.run(common, out),
        Command::Unredact(command) => command.run(common, out),
        Command::Redactions(command) => command.run(common, out),
        Command::Findings(command) => command.run(common, out),
        Command::Completeness(command) => command.run(common, out),
        Command::Exposure(command) => command.run(common, out),
        Command::Report(command) => command.run(common, out),
        Command::Rule(command) => command.run(common, out),
        Command::Rules(command) => command.run(common, out),
        Command::People(command) => command.run(common, out),
        Command::Undo(command) => command.run(common, out),
        Command::Redo(command) => command.run(common, out),
        Command::Log(command) => command.run(common, out),
        Command::Status(command) => command.run(common, out),
        Command::Check(command) => command.run(common, out),
        Command::Rebuild(command) => command.run(common, out),
        Command::Backup(command) => command.run(common, out),
        Command::Restore(command) => command.run(common, out),
        Command::Purge(command) => command.run(common, out),
        Command::Doctor(command) => command.run(common, out),
        Command::Bundle(command) => command.run(common, out),
        Command::Export(command) => command.run(common, out),
        Command::Profile(command) => command.run(common, out),
        Command::Certificate(command) => command.run(common, out),
        Command::Diff(command) => command.run(common, out),
        Command::Sign(command) => command.run(common, out),
        Command::Receipt(command) => command.run(common, out),
        Command::Verify(command) => command.run(common, out),
        Command::Prove(command) => command.run(common, out),
        Command::Facts(command) => command.run(common, out),
        Command::Formats(command) => command.run(out),
        Command::Config(command) => command.run(out),
        Command::Completions(command) => command.run(&mut Cli::command(), out),
        Command::Man(command) => command.run(Cli::command(), out),
    }
}

/// Prints help where it was asked for, and otherwise why the arguments cannot be understood, in
/// one line.
fn told(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if !error.use_stderr() {
        let mut out = Out::new(false);
        let end = text.lines().try_for_each(|line| out.line(line));
        return match end.and_then(|()| out.flush()) {
            Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(3),
        };
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        text.lines().for_each(out::note);
        return ExitCode::from(2);
    }
    // What is wrong stands before the first empty line or the usage; a tip may follow it.
    let mut lines = text.lines();
    let what: Vec<&str> = lines
        .by_ref()
        .map_while(|line| (!line.is_empty()).then_some(line.trim()))
        .collect();
    let tip = lines.find_map(|line| line.trim().strip_prefix("tip: "));
    let what = what.join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what);
    let remedy = tip.unwrap_or("--help shows what it takes, with an example");
    out::complain(&format!("{what}; {remedy}"));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        let mut docket = Cli::command();
        docket.build();
        for command in docket.get_subcommands() {
            let help = command.clone().render_long_help().to_string();
            let name = command.get_name();
            assert!(help.contains("Example"), "{name}");
            assert!(help.contains(&format!("  docket {name}")), "{name}");
            assert!(
                help.lines().all(|line| line.chars().count() <= 80),
                "{name}"
            );
        }
    }
}
