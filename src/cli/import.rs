//! `docket import PATH...`.

use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure, rule, time};
use crate::case::{ImportOptions, Layout, Outcome, SourceReport};
use crate::import::{DateOrder, ReadOptions};
use crate::review::Session;
use crate::settings::Dates;
use crate::text::{counted, grouped};
use std::path::{Path, PathBuf};

/// Load chat exports into the case
///
/// A PATH is an export as the app made it: a .txt, a .zip, or a folder of
/// either. Each is copied into the case byte for byte and sealed by its
/// SHA-256; the given file is only read. Loading an export again adds nothing;
/// loading a later export of the same chat adds what is new and lists what the
/// two disagree on.
///
/// Every byte of an export is accounted for: in messages, in the format's own
/// structure, or in a listed exception.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket import 'WhatsApp Chat with Ministers.zip'
  docket import exports/ --reviewer 'A. Osei'
  docket import chat.txt --date-order dmy

Exit code 1: there were exceptions, an export or a file in it could not be
read, or the order of dates was assumed: then say which order is right and load
it again.")]
pub struct Import {
    /// The exports
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    order: Order,
}

/// What a person may settle where an export does not.
#[derive(Debug, clap::Args)]
pub struct Order {
    /// The order of dates, where an export leaves it open: day, month, year
    #[arg(long = "date-order", value_name = "ORDER", value_parser = orders())]
    order: Option<DateOrder>,
}

fn orders() -> impl clap::builder::TypedValueParser<Value = DateOrder> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    const ALL: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];
    PossibleValuesParser::new(ALL.map(DateOrder::name)).try_map(|name| {
        ALL.into_iter()
            .find(|order| order.name() == name)
            .ok_or("dmy, mdy or ymd")
    })
}

impl Order {
    /// As the case takes it.
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            read: ReadOptions {
                date_order: self.order,
            },
            words: Layout::own_words(),
            called: None,
        }
    }
}

impl Import {
    /// Whether a case that is not there is made for what it loads.
    pub fn makes_case(&self) -> bool {
        all_exist(&self.paths).is_ok()
    }

    /// Loads the exports and prints what each brought.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        all_exist(&self.paths)?;
        let session = common.session_or_new()?;
        let reports = load(&session, &self.paths, &self.order)?;
        let mut end = End::Done;
        for report in &reports {
            if needs_a_look(report) {
                end = End::Exceptions;
            }
            if out.json {
                out.object(report)?;
            } else {
                print(report, out)?;
            }
        }
        if !out.json {
            print_others(&reports, out)?;
        }
        let is_out = |report: &SourceReport| {
            matches!(
                report.outcome,
                Outcome::Refused(_) | Outcome::NotAnExport(_)
            )
        };
        if reports.iter().all(is_out) {
            let why = match reports.is_empty() {
                true => {
                    "no export found; give a .txt, a .zip or a folder as an app's export made it"
                }
                false => {
                    "no export that can be read; what was found, and what to do, is told above"
                }
            };
            return Err(Failure::Refused(format!("nothing was loaded: {why}")));
        }
        propose(&session, out)?;
        if !out.json {
            let folder = common.folder()?;
            out.line(&format!("The case is in {}", folder.display()))?;
        }
        Ok(end)
    }
}

/// Tells which rules would decide messages that are new to them; decides nothing.
fn propose(session: &Session, out: &mut Out) -> Result<(), Failure> {
    session.refresh().map_err(Failure::refused)?;
    if session.rules().is_empty() {
        return Ok(());
    }
    for row in rule::rows(session)?.iter().filter(|row| row.is_new()) {
        if out.json {
            out.object(row)?;
        } else {
            out.line(&row.proposal())?;
        }
    }
    Ok(())
}

/// Refuses paths at which there is nothing, or nothing that can be looked at.
pub fn all_exist(paths: &[PathBuf]) -> Result<(), Failure> {
    paths
        .iter()
        .try_for_each(|path| match std::fs::metadata(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::Usage(missing(
                path,
                &error,
                "no such file or folder",
            ))),
        })
}

/// Says why what stands at a path cannot be looked at; `nothing` where nothing does.
pub(super) fn missing(path: &Path, error: &std::io::Error, nothing: &str) -> String {
    let shown = path.display();
    let leads = std::fs::read_link(path).ok();
    match (error.kind() == std::io::ErrorKind::NotFound, leads) {
        (true, Some(to)) => format!(
            "{shown}: is a link to {}, where there is nothing; give the file itself",
            to.display()
        ),
        (true, None) => format!("{shown}: {nothing}; check the path"),
        (false, _) => format!("{shown}: cannot be looked at: {error}; check who may read it"),
    }
}

/// Loads exports with a progress line.
fn load(session: &Session, paths: &[PathBuf], order: &Order) -> Result<Vec<SourceReport>, Failure> {
    let mut progress = ProgressLine::new();
    session
        .case()
        .import(paths, &order.options(), session.actor(), &mut progress)
        .map_err(Failure::refused)
}

/// Whether a person should look at what an export brought.
fn needs_a_look(report: &SourceReport) -> bool {
    report.exceptions > 0
        || report.date_order_assumed
        || report.holds_more
        || report.items.iter().any(|item| item.left_out().is_some())
        || matches!(report.outcome, Outcome::Refused(_))
}

/// Prints what an export brought, for a person.
fn print(report: &SourceReport, out: &mut Out) -> Result<(), Failure> {
    if matches!(report.outcome, Outcome::NotAnExport(_)) {
        // Told at the end, alike ones together.
        return Ok(());
    }
    out.line(&report.path)?;
    match &report.outcome {
        Outcome::NotAnExport(reason) | Outcome::Refused(reason) => {
            return out.block(2, &format!("refused: {reason}"));
        }
        Outcome::AlreadyKnown => {
            out.line("  the case has this very export already; nothing was added")?;
        }
        Outcome::ReadAgain => out.line("  read again with the order of dates that was given")?,
        Outcome::Loaded => {}
    }
    let facts = [
        (
            "format",
            format!(
                "{}, importer version {}",
                report.format, report.importer_version
            ),
        ),
        ("messages", messages(report)),
        ("period", period(out.dates(), report)),
        ("dates", dates(report)),
        ("bytes", bytes(report)),
    ];
    for (name, fact) in facts {
        if !fact.is_empty() {
            out.named(name, &fact)?;
        }
    }
    for (what, count) in &report.disagreements {
        let number = counted(*count, "message", "messages");
        out.named("differs", &format!("{number} of the case: {what}"))?;
    }
    for clock in &report.clocks {
        let of = if clock.ahead > 0 { " of" } else { "" };
        let shift = clock.describe();
        let thread = clock.thread;
        out.named(
            "clock",
            &format!("{shift}{of} that of the earlier exports, in thread {thread}"),
        )?;
    }
    for note in &report.notes {
        out.named("note", note)?;
    }
    Ok(())
}

/// Prints what is no export in the folders that were given, for a person: those of which the same
/// is to be said in one line, however many they are. `--json` tells of each.
fn print_others(reports: &[SourceReport], out: &mut Out) -> Result<(), Failure> {
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for report in reports {
        let Outcome::NotAnExport(reason) = &report.outcome else {
            continue;
        };
        match kinds.iter_mut().find(|(known, _)| known == reason) {
            Some((_, paths)) => paths.push(&report.path),
            None => kinds.push((reason, vec![&report.path])),
        }
    }
    for (reason, paths) in kinds {
        match paths.as_slice() {
            [first, others @ ..] if !others.is_empty() => {
                let others = counted(others.len() as u64, "other file", "other files");
                out.line(&format!("{first} and {others}"))?;
            }
            paths => paths.iter().try_for_each(|path| out.line(path))?,
        }
        out.block(2, &format!("no export: {reason}"))?;
    }
    Ok(())
}

fn messages(report: &SourceReport) -> String {
    let mut parts = vec![format!(
        "{} in {}, {} of them system lines",
        grouped(report.messages),
        counted(report.threads, "thread", "threads"),
        grouped(report.system)
    )];
    parts.push(format!(
        "{} new, {} already known",
        grouped(report.new),
        grouped(report.already_known)
    ));
    if report.undecodable > 0 {
        parts.push(format!(
            "{} with bytes that are not text",
            grouped(report.undecodable)
        ));
    }
    parts.join("; ")
}

fn period(dates: Dates, report: &SourceReport) -> String {
    match (&report.first, &report.last) {
        (Some(first), Some(last)) => format!(
            "{} to {}",
            time::written(dates, first),
            time::written(dates, last)
        ),
        _ => String::new(),
    }
}

fn dates(report: &SourceReport) -> String {
    let Some(order) = report.date_order else {
        return String::new();
    };
    let words = match order {
        DateOrder::Dmy => "day, month, year",
        DateOrder::Mdy => "month, day, year",
        DateOrder::Ymd => "year, month, day",
    };
    if report.date_order_assumed {
        format!(
            "ASSUMED to be {words}: {}; load it again with --date-order dmy or mdy to settle it",
            report.date_order_basis
        )
    } else {
        format!("{words}: {}", report.date_order_basis)
    }
}

fn bytes(report: &SourceReport) -> String {
    format!(
        "{} = {} in messages + {} of structure + {} in {}",
        grouped(report.bytes),
        grouped(report.bytes_in_messages),
        grouped(report.bytes_in_structure),
        grouped(report.bytes_in_exceptions),
        counted(report.exceptions, "exception", "exceptions")
    )
}
