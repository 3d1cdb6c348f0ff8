//! `docket rule ...` and `docket rules`.

use super::acting::agreed;
use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure, search};
use crate::case::ledger::Recorded;
use crate::model::Decision;
use crate::review::rules::{Matches, RuleNumber, RuleText};
use crate::review::{ReviewError, Session};
use crate::text::{counted, grouped};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// List the rules, and what each would decide now
///
/// A rule is a query with a decision and a reason. It decides nothing by
/// itself: after an import it proposes what it would decide of the new messages,
/// and docket rule run NAME does it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  docket rules
  docket rules --json")]
pub struct Rules {}

/// Decide by rule: a query that is kept with a decision and a reason
///
/// A rule decides what its query finds and nobody has decided, when it is run.
/// What was decided otherwise is an exception: listed, and kept. A run is one
/// decision that names the rule; docket undo takes it back, as it does a change
/// or the removal of a rule.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  docket rule add Family --decision personal --reason 'private life' in:family
  docket rule show family
  docket rule run family
  docket rule change family --decision refer
  docket rule move family 1
  docket rule run --all
  docket rule remove family

NAME is a rule's name or its number, as docket rules has it.")]
pub struct Rule {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Add(Add),
    Change(Change),
    Show(Show),
    Move(Move),
    Run(Run),
    Remove(Remove),
}

/// Add a rule, and show what it would decide
#[derive(Debug, Args)]
struct Add {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,
    /// What it decides
    #[arg(long, value_name = "DECISION", value_parser = decisions())]
    decision: Decision,
    /// Why, of each decision that is made by it: the code of a reason, as docket
    /// reasons lists them, or a note in your words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Which messages; docket search --help shows the language
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
}

/// Change what a rule says; what was decided by it stays
#[derive(Debug, Args)]
struct Change {
    /// The rule
    #[arg(value_name = "NAME")]
    rule: String,
    /// What to call it from now on
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What it decides from now on
    #[arg(long, value_name = "DECISION", value_parser = decisions())]
    decision: Option<Decision>,
    /// Why; empty takes it back
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Which messages from now on
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
}

/// Show what a rule would decide, and list its exceptions
#[derive(Debug, Args)]
struct Show {
    /// The rule
    #[arg(value_name = "NAME")]
    rule: String,
}

/// Move a rule to another place: rules are listed and run in their order
#[derive(Debug, Args)]
struct Move {
    /// The rule
    #[arg(value_name = "NAME")]
    rule: String,
    /// Its place: 1 is the first
    #[arg(value_name = "PLACE", value_parser = clap::value_parser!(u32).range(1..))]
    place: u32,
}

/// Decide what a rule would decide; asks first
#[derive(Debug, Args)]
struct Run {
    /// The rule
    #[arg(value_name = "NAME", required_unless_present = "all")]
    rule: Option<String>,
    /// All rules, one after the other in their order
    #[arg(long, conflicts_with = "rule")]
    all: bool,
    /// Decide its exceptions too, over what was decided otherwise
    #[arg(long)]
    exceptions: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// Remove a rule; what was decided by it stays
#[derive(Debug, Args)]
struct Remove {
    /// The rule
    #[arg(value_name = "NAME")]
    rule: String,
}

fn decisions() -> impl TypedValueParser<Value = Decision> {
    let all = Decision::ALL.into_iter();
    let names = all.filter(|decision| *decision != Decision::Undecided);
    PossibleValuesParser::new(names.map(Decision::name).collect::<Vec<_>>()).try_map(|name| {
        Decision::from_name(&name).ok_or("official, personal, mixed, context or refer")
    })
}

/// A rule and what it would do, for programs.
#[derive(Serialize)]
pub struct Row {
    rule: u32,
    name: String,
    decision: &'static str,
    query: String,
    reason: Option<String>,
    code: Option<String>,
    found: u64,
    would_decide: u32,
    new: u32,
    earlier: u32,
    threads: u32,
    exceptions: u64,
    standing: BTreeMap<&'static str, u32>,
}

impl Row {
    fn of(matches: &Matches) -> Row {
        let RuleText {
            name,
            query,
            decision,
            reason,
            code,
        } = matches.text.clone();
        Row {
            rule: matches.rule.0,
            name,
            decision: decision.name(),
            query,
            reason,
            code: code.map(|code| code.code),
            found: matches.found.len(),
            would_decide: matches.count(),
            new: matches.new,
            earlier: matches.earlier,
            threads: matches.threads,
            exceptions: matches.exceptions.len(),
            standing: matches
                .standing
                .iter()
                .map(|(decision, count)| (decision.name(), *count))
                .collect(),
        }
    }

    /// Whether it would decide messages that came since it was last given or run.
    pub fn is_new(&self) -> bool {
        self.new > 0
    }

    /// What it proposes, in one line: `rule 3 (Family) would decide 41 messages, 12 of them new`.
    pub fn proposal(&self) -> String {
        let messages = match self.new == self.would_decide && self.new > 0 {
            true => counted(self.new, "new message", "new messages"),
            false => counted(self.would_decide, "message", "messages"),
        };
        let new = match self.new {
            0 => String::new(),
            new if new == self.would_decide => String::new(),
            new => format!(", {} of them new", grouped(new)),
        };
        format!(
            "rule {} ({}) would decide {messages} {}{new}",
            self.rule, self.name, self.decision
        )
    }
}

/// What was saved, for programs.
#[derive(Serialize)]
struct Saved {
    #[serde(flatten)]
    rule: Option<Row>,
    what: Option<String>,
    count: u32,
    conflicts: u64,
    saved: bool,
    entry: Option<u64>,
    hash: Option<String>,
}

impl Saved {
    fn of(rule: Option<Row>, recorded: Option<&Recorded>) -> Saved {
        let change = recorded.and_then(|recorded| recorded.entry.rule());
        Saved {
            rule,
            what: change.map(crate::case::rules::RuleChange::in_words),
            count: 0,
            conflicts: 0,
            saved: recorded.is_some(),
            entry: recorded.map(|recorded| recorded.seq),
            hash: recorded.map(|recorded| recorded.hash.to_string()),
        }
    }
}

/// All rules, with what each would decide.
pub fn rows(session: &Session) -> Result<Vec<Row>, Failure> {
    let proposals = session.proposals(&AtomicBool::new(false)).map_err(failed)?;
    Ok(proposals.iter().map(Row::of).collect())
}

impl Rules {
    /// Prints the rules.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let rows = rows(&session)?;
        for row in &rows {
            if out.json {
                out.object(row)?;
            } else {
                say(row, out)?;
            }
        }
        if rows.is_empty() && !out.json {
            out.line("no rules yet; docket rule add NAME --decision D QUERY adds one")?;
        }
        Ok(End::Done)
    }
}

impl Rule {
    /// Does what is asked.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        match self.act {
            Act::Add(add) => {
                let text = RuleText {
                    name: add.name,
                    query: search::parse(&add.query)?.to_string(),
                    decision: add.decision,
                    reason: add.reason,
                    code: None,
                };
                let (recorded, rule) = session.give_rule(None, &text).map_err(failed)?;
                given(&session, rule, recorded.as_ref(), out)
            }
            Act::Change(change) => {
                let (rule, mut text) = find(&session, &change.rule)?;
                if !change.query.is_empty() {
                    text.query = search::parse(&change.query)?.to_string();
                }
                text.name = change.name.unwrap_or(text.name);
                text.decision = change.decision.unwrap_or(text.decision);
                if let Some(reason) = change.reason {
                    text.reason = Some(reason);
                    text.code = None;
                }
                let (recorded, rule) = session.give_rule(Some(rule), &text).map_err(failed)?;
                given(&session, rule, recorded.as_ref(), out)
            }
            Act::Show(Show { rule }) => {
                let matches = matches(&session, find(&session, &rule)?.0)?;
                let row = Row::of(&matches);
                if out.json {
                    out.object(&row)?;
                } else {
                    say(&row, out)?;
                }
                if !matches.exceptions.is_empty() {
                    if !out.json {
                        out.line("")?;
                        out.line("exceptions, which a run keeps:")?;
                    }
                    search::list(&session, &matches.exceptions, usize::MAX, out)?;
                }
                Ok(End::Done)
            }
            Act::Move(Move { rule, place }) => {
                let (rule, _) = find(&session, &rule)?;
                let to = place.saturating_sub(1);
                let recorded = session.move_rule(rule, to).map_err(failed)?;
                saved(Saved::of(None, recorded.as_ref()), out)
            }
            Act::Run(act) => act.run(&session, out),
            Act::Remove(Remove { rule }) => {
                let (rule, _) = find(&session, &rule)?;
                let recorded = session.remove_rule(rule).map_err(failed)?;
                saved(Saved::of(None, recorded.as_ref()), out)
            }
        }
    }
}

impl Run {
    fn run(self, session: &Session, out: &mut Out) -> Result<End, Failure> {
        let rules: Vec<RuleNumber> = match &self.rule {
            Some(rule) => vec![find(session, rule)?.0],
            None => session.rules().all().map(|(rule, _)| rule).collect(),
        };
        let mut end = End::Done;
        for rule in rules {
            if self.run_one(session, rule, out)? == End::Exceptions {
                end = End::Exceptions;
            }
        }
        Ok(end)
    }

    fn run_one(&self, session: &Session, rule: RuleNumber, out: &mut Out) -> Result<End, Failure> {
        let matches = matches(session, rule)?;
        let row = Row::of(&matches);
        let over = match self.exceptions {
            true => matches.exceptions.len(),
            false => 0,
        };
        let wanted = u64::from(row.would_decide) + over;
        if !out.json {
            say(&row, out)?;
        }
        if wanted == 0 {
            if out.json {
                out.object(&Saved::of(Some(row), None))?;
            } else {
                out.line("nothing to change")?;
            }
            return Ok(End::Done);
        }
        if !self.yes {
            let messages = counted(wanted, "message", "messages");
            let over = match over {
                0 => String::new(),
                over => format!(", {} of them decided otherwise before", grouped(over)),
            };
            let question = format!("Decide {messages} {}{over}?", row.decision);
            let unsaved = Saved::of(Some(Row::of(&matches)), None);
            agreed(wanted, &question, &unsaved, out)?;
        }
        let mut progress = ProgressLine::new();
        let decided = session
            .run_rule(&matches, self.exceptions, &mut progress)
            .map_err(failed)?;
        drop(progress);
        let conflicts = decided.conflicts.len();
        let told = Saved {
            count: decided.count,
            conflicts,
            what: decided
                .recorded
                .as_ref()
                .map(|_| format!("{} by rule {}", row.decision, row.rule)),
            ..Saved::of(out.json.then_some(row), decided.recorded.as_ref())
        };
        saved(told, out)?;
        Ok(match conflicts {
            0 => End::Done,
            _ => End::Exceptions,
        })
    }
}

/// The rule of this name or number.
fn find(session: &Session, name: &str) -> Result<(RuleNumber, RuleText), Failure> {
    match session.rules().find(name) {
        Some((rule, text)) => Ok((rule, text.clone())),
        None => Err(Failure::Usage(format!(
            "there is no rule {name}; docket rules lists them"
        ))),
    }
}

fn matches(session: &Session, rule: RuleNumber) -> Result<Matches, Failure> {
    session
        .matches(rule, &AtomicBool::new(false))
        .map_err(failed)
}

/// What cannot be a rule is a mistake of the command line.
fn failed(error: ReviewError) -> Failure {
    match error {
        ReviewError::Rule(_) | ReviewError::Note => Failure::Usage(error.to_string()),
        other => Failure::refused(other),
    }
}

/// Tells of a rule that was added or changed.
fn given(
    session: &Session,
    rule: RuleNumber,
    recorded: Option<&Recorded>,
    out: &mut Out,
) -> Result<End, Failure> {
    let row = Row::of(&matches(session, rule)?);
    if !out.json {
        say(&row, out)?;
    }
    saved(Saved::of(out.json.then_some(row), recorded), out)
}

fn saved(row: Saved, out: &mut Out) -> Result<End, Failure> {
    if out.json {
        out.object(&row)?;
        return Ok(End::Done);
    }
    match (&row.what, row.entry) {
        (Some(what), Some(entry)) if row.count > 0 => out.line(&format!(
            "saved: {} {what}, entry {entry} of the ledger",
            counted(row.count, "message", "messages")
        ))?,
        (Some(what), Some(entry)) => {
            out.line(&format!("saved: {what}, entry {entry} of the ledger"))?;
        }
        _ => out.line("nothing to change")?,
    }
    if row.conflicts > 0 {
        out.line(&format!(
            "not changed: {} that another reviewer decided meanwhile; run it again",
            counted(row.conflicts, "message", "messages")
        ))?;
    }
    Ok(End::Done)
}

/// Prints a rule, for a person.
fn say(row: &Row, out: &mut Out) -> Result<(), Failure> {
    out.line(&format!("rule {}  {}", row.rule, row.name))?;
    out.block(2, &format!("{} are {}", row.query, row.decision))?;
    for reason in row.code.iter().chain(&row.reason) {
        out.block(2, &format!("because: {reason}"))?;
    }
    let new = match row.new {
        0 => String::new(),
        new => format!(", {} of them new", grouped(new)),
    };
    out.line(&format!(
        "  finds {}; would decide {} in {}{new}",
        counted(row.found, "message", "messages"),
        grouped(row.would_decide),
        counted(row.threads, "thread", "threads"),
    ))?;
    if row.earlier > 0 {
        out.line(&format!(
            "  {} of them a rule before it would decide too",
            grouped(row.earlier)
        ))?;
    }
    for (decision, number) in &row.standing {
        let note = match *decision {
            "undecided" => "",
            decision if decision == row.decision => "",
            _ => ", an exception",
        };
        out.line(&format!("  {:>9}  now {decision}{note}", grouped(*number)))?;
    }
    Ok(())
}
