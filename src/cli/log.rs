//! `docket log`.

use super::out::{Out, count, counted};
use super::{Common, End, Failure};
use crate::case::ledger::{Entry, How, Known, Recorded};
use crate::case::rules::RuleChange;
use crate::case::{Actor, Case};
use serde::Serialize;

/// How many exports of one load are named in words; with --json all are.
const NAMED: usize = 8;

/// Print the ledger: every load, decision and undo, oldest first
///
/// Each entry carries the hash of the one before it; docket check follows the
/// chain.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket log
  docket log --from 120 --json")]
pub struct Log {
    /// Begin with this entry
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    from: u64,
}

/// One entry, for programs.
#[derive(Serialize)]
struct Row<'a> {
    seq: u64,
    at: &'a str,
    reviewer: &'a str,
    known: Known,
    #[serde(flatten)]
    entry: &'a Entry,
    prev: String,
    hash: String,
}

impl Log {
    /// Prints the entries.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let case = Case::open(&common.folder()?).map_err(Failure::refused)?;
        let entries = case.ledger().entries(self.from).map_err(Failure::refused)?;
        for recorded in &entries {
            if out.json {
                out.object(&Row {
                    seq: recorded.seq,
                    at: &recorded.at,
                    reviewer: &recorded.actor.name,
                    known: recorded.actor.how,
                    entry: &recorded.entry,
                    prev: recorded.prev.to_string(),
                    hash: recorded.hash.to_string(),
                })?;
            } else {
                print(recorded, out)?;
            }
        }
        Ok(End::Done)
    }
}

fn print(recorded: &Recorded, out: &mut Out) -> Result<(), Failure> {
    let Actor { name, how } = &recorded.actor;
    let by = match how {
        Known::Given | Known::Account => name.as_str(),
        Known::Program => "docket",
    };
    // To the second; the milliseconds are in the JSON.
    let at = recorded
        .at
        .get(..19)
        .unwrap_or(&recorded.at)
        .replace('T', " ");
    let hash = recorded.hash.to_string();
    let short = hash.get(..8).unwrap_or(&hash);
    out.line(&format!("{:>6}  {at} UTC  {short}  {by}", recorded.seq))?;
    out.block(8, &what(&recorded.entry))
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// What was done, in words.
pub fn what(entry: &Entry) -> String {
    let messages = |number: &u32| counted(*number, "message", "messages");
    let step = |number: &u32, people: usize| match people {
        0 => messages(number),
        people => counted(people as u64, "change of people", "changes of people"),
    };
    let skipped = |number: &u32| match number {
        0 => String::new(),
        number => format!("; {} kept what was decided since", count(*number)),
    };
    match entry {
        Entry::Created { docket } => format!("case made by docket {docket}"),
        Entry::Fact { key, to, basis, .. } => {
            let basis = basis.as_ref().map(|basis| format!(" ({basis})"));
            let to = to.as_deref().unwrap_or("not known");
            format!("{key}: {to}{}", basis.unwrap_or_default())
        }
        Entry::Import {
            sources,
            count: new,
            ..
        } => {
            let names: Vec<&str> = sources.iter().map(|source| name(&source.path)).collect();
            let more = names.len().saturating_sub(NAMED);
            format!(
                "loaded {} from {}: {}{}",
                counted(*new, "new message", "new messages"),
                counted(sources.len() as u64, "export", "exports"),
                names.get(..NAMED).unwrap_or(&names).join("; "),
                match more {
                    0 => String::new(),
                    more => format!("; and {} more, see docket status", count(more as u64)),
                }
            )
        }
        Entry::DateOrder { source, order } => {
            format!("dates of source {source} are read as {}", order.name())
        }
        Entry::Words { source, words } => {
            let names: Vec<_> = words.iter().map(|list| list.name.as_str()).collect();
            format!("source {source} is read with {}", names.join(", "))
        }
        Entry::Decide {
            decision,
            count,
            how,
            query,
            note,
            reason,
            ..
        } => {
            let rule = match how {
                How::Rule(rule) => format!(" by rule {rule}"),
                _ => String::new(),
            };
            let query = query.as_ref().map(|query| format!(", query: {query}"));
            let reason = reason.as_ref();
            let reason = reason.map(|one| format!(", reason {}: {}", one.code, one.means));
            let note = note.as_ref().map(|note| format!("; {note}"));
            format!(
                "{} {}{rule}{}{}{}",
                messages(count),
                decision.name(),
                reason.unwrap_or_default(),
                query.unwrap_or_default(),
                note.unwrap_or_default()
            )
        }
        Entry::Mark {
            about,
            to,
            count,
            query,
            ..
        } => {
            let query = query.as_ref().map(|query| format!(", query: {query}"));
            let what = crate::review::marks::in_words(about, to.as_ref(), *count);
            format!("{what}{}", query.unwrap_or_default())
        }
        Entry::Redact { query, find, .. } => {
            let find = find.as_ref().map(|find| format!(", where it says {find}"));
            let query = query.as_ref().map(|query| format!(", query: {query}"));
            format!(
                "{}{}{}",
                crate::review::what_in_words(entry),
                find.unwrap_or_default(),
                query.unwrap_or_default()
            )
        }
        Entry::Second {
            act,
            count,
            query,
            note,
            reason,
            ..
        } => {
            let reason = reason.as_ref();
            let reason = reason.map(|one| format!(", reason {}: {}", one.code, one.means));
            let query = query.as_ref().map(|query| format!(", query: {query}"));
            let note = note.as_ref().map(|note| format!("; {note}"));
            format!(
                "{}: {}{}{}{}",
                act.words(),
                messages(count),
                reason.unwrap_or_default(),
                query.unwrap_or_default(),
                note.unwrap_or_default()
            )
        }
        Entry::Sample { draw } => format!("drew {}", draw.in_words()),
        Entry::Undo {
            of,
            rule: Some(change),
            ..
        } => format!("took back entry {of}: {}", change.in_words()),
        Entry::Redo {
            of,
            rule: Some(change),
            ..
        } => format!(
            "made again what entry {of} took back: {}",
            change.in_words()
        ),
        Entry::Rule { change } => rule(change),
        Entry::Undo {
            of,
            count,
            skipped: kept,
            people,
            ..
        } => format!(
            "took back entry {of}: {}{}",
            step(count, people.len()),
            skipped(kept)
        ),
        Entry::Redo {
            of,
            count,
            skipped: kept,
            people,
            ..
        } => {
            format!(
                "made again what entry {of} took back: {}{}",
                step(count, people.len()),
                skipped(kept)
            )
        }
        Entry::Me { source, name, .. } => match name {
            Some(name) => format!("in source {source} the custodian is {name}"),
            None => format!("in source {source} the custodian is not known"),
        },
        Entry::People { .. } | Entry::Contacts { .. } => crate::people::in_words(entry),
        Entry::Rebuild {
            messages: all,
            lost,
            ..
        } => {
            format!(
                "rebuilt: {}, {} decisions lost",
                messages(all),
                count(*lost)
            )
        }
        Entry::Bundle {
            name,
            messages: with,
            partial,
            ..
        } => {
            let partial = if *partial { ", partial" } else { "" };
            format!("bundle {name}: {}{partial}", messages(with))
        }
    }
}

/// A change of a rule, with its text.
fn rule(change: &RuleChange) -> String {
    let what = change.in_words();
    match &change.to {
        None => what,
        Some(text) => {
            let reason = text.why().map(|reason| format!("; {reason}"));
            let reason = reason.unwrap_or_default();
            format!(
                "{what}: {} are {}{reason}",
                text.query,
                text.decision.name()
            )
        }
    }
}
