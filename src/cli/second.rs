//! `docket countersign`, `disagree` and `uphold`: a second reviewer's word on decisions; and
//! `docket waiting`, what waits for one.

use super::acting::{Ending, agreed};
use super::out::{Column, Out};
use super::progress::ProgressLine;
use super::{Common, End, Failure, search, time};
use crate::model::{Decision, MessageNumber};
use crate::review::second::{SecondAct, SecondPreview};
use crate::review::{Asking, How, Session, Target};
use crate::text::{Shown, counted, grouped};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use std::collections::BTreeMap;

/// Agree with the decisions on every message that a query finds, as a second reviewer
///
/// A countersign belongs to the decision that you saw: when that changes, it
/// lapses. Nobody countersigns their own decision: yours are left out, and all
/// that nobody has decided. docket undo takes the act back.
///
/// What is needed before a bundle is a fact of the case:
/// docket facts countersign=all (or none, mixed, sample).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket countersign 'by:ann is:personal'
  docket countersign --message 120
  docket countersign --withdraw 'in:cabinet'

Without a terminal to ask at, and without --yes, it prints what it would do and
refuses (exit code 3).")]
pub struct Countersign {
    #[command(flatten)]
    on: On,
    /// Take your words off instead, countersigns and disagreements
    #[arg(long)]
    withdraw: bool,
    #[command(flatten)]
    with: With,
}

/// Disagree with the decisions on every message that a query finds, as a second reviewer
///
/// Says what you would decide instead; the decision stays until somebody
/// changes it, or upholds it with docket uphold. A disagreement that nobody
/// has answered blocks a bundle, unless --partial leaves the message behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket disagree official 'by:ann is:personal budget' --note 'this is the contract'
  docket disagree personal --message 120 --reason family

Without a terminal to ask at, and without --yes, it prints what it would do and
refuses (exit code 3).")]
pub struct Disagree {
    /// What you would decide
    #[arg(value_name = "DECISION", value_parser = decisions())]
    decision: Decision,
    #[command(flatten)]
    on: On,
    /// Why: the code of a reason; docket reasons lists them
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    #[command(flatten)]
    with: With,
}

/// Answer the disagreements on every message that a query finds: the decision stands
///
/// For whoever decided, or a third reviewer; nobody answers their own
/// disagreement. To give way instead, decide anew with docket tag.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket uphold is:disagreed --note 'spoken about on Monday: it is the family account'
  docket uphold --message 120 --note 'the annex names the contract'

Without a terminal to ask at, and without --yes, it prints what it would do and
refuses (exit code 3).")]
pub struct Uphold {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    with: With,
}

/// List what waits for a second look: referred, disagreed with, to be countersigned
///
/// Whose decisions or words they are, how many, since when, and the search
/// that finds them. gq shows it in docket review, and opens each as a list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket waiting
  docket waiting --reviewer Bo --json")]
pub struct Waiting {}

/// On what.
#[derive(Debug, clap::Args)]
struct On {
    /// Which messages; docket search --help shows the language
    #[arg(value_name = "QUERY", required_unless_present = "message")]
    query: Vec<String>,
    /// One message, by its number; it counts for your sample
    #[arg(long, value_name = "NUMBER", conflicts_with = "query")]
    message: Option<u32>,
}

/// What every word can have.
#[derive(Debug, clap::Args)]
struct With {
    /// A comment, for the ledger; of uphold the answer
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

fn decisions() -> impl TypedValueParser<Value = Decision> {
    let names = Decision::ALL.into_iter().skip(1).map(Decision::name);
    PossibleValuesParser::new(names).try_map(|name| {
        Decision::from_name(&name).ok_or("official, personal, mixed, context or refer")
    })
}

/// What was said, or would be, for programs.
#[derive(Serialize)]
struct Row<'a> {
    act: SecondAct,
    query: Option<&'a str>,
    message: Option<u32>,
    reason: Option<&'a str>,
    note: Option<&'a str>,
    count: u32,
    threads: u32,
    whose: BTreeMap<String, u32>,
    decisions: BTreeMap<&'static str, u32>,
    already: u32,
    same: u32,
    own: u32,
    undecided: u32,
    #[serde(flatten)]
    ending: Ending,
}

/// One group of the queue, for programs.
#[derive(Serialize)]
struct GroupRow {
    waiting: &'static str,
    who: String,
    count: u32,
    since: Option<String>,
    query: String,
}

impl Countersign {
    /// Previews, asks, countersigns or takes off.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let act = match self.withdraw {
            true => SecondAct::Withdraw,
            false => SecondAct::Countersign,
        };
        say(act, &self.on, None, self.with, common, out)
    }
}

impl Disagree {
    /// Previews, asks, disagrees.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let act = SecondAct::Disagree(self.decision);
        say(act, &self.on, self.reason, self.with, common, out)
    }
}

impl Uphold {
    /// Previews, asks, answers.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        say(SecondAct::Uphold, &self.on, None, self.with, common, out)
    }
}

impl Waiting {
    /// Lists the groups.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let groups = common.session()?.waiting().map_err(Failure::refused)?;
        let rows: Vec<GroupRow> = groups
            .into_iter()
            .map(|group| GroupRow {
                waiting: group.waiting.title(),
                count: group.count(),
                query: group.query(),
                who: group.who,
                since: group.since,
            })
            .collect();
        if out.json {
            for row in &rows {
                out.object(row)?;
            }
            return Ok(End::Done);
        }
        if rows.is_empty() {
            out.line("nothing waits for a second look")?;
            return Ok(End::Done);
        }
        let table: Vec<Vec<Shown>> = rows
            .iter()
            .map(|row| {
                let since = row
                    .since
                    .as_deref()
                    .map(|at| time::written_day(out.dates(), at));
                vec![
                    Shown::line(row.waiting),
                    Shown::line(&row.who),
                    Shown::line(&grouped(row.count)),
                    Shown::line(since.as_deref().unwrap_or("-")),
                    Shown::line(&row.query),
                ]
            })
            .collect();
        let columns = [
            Column::text("waiting"),
            Column::text("who"),
            Column::number("messages"),
            Column::text("since"),
            Column::giving("found by"),
        ];
        out.table(&columns, &table)?;
        Ok(End::Done)
    }
}

fn say(
    act: SecondAct,
    on: &On,
    reason: Option<String>,
    with: With,
    common: &Common,
    out: &mut Out,
) -> Result<End, Failure> {
    let query = match on.message {
        Some(_) => None,
        None => Some(search::parse(&on.query)?),
    };
    let session = common.session()?;
    let text = query.as_ref().map(ToString::to_string);
    let (target, how) = match (&query, on.message) {
        (Some(query), _) => {
            let hits = search::find(&session, query)?;
            (Target::Set(hits, text.clone()), How::Bulk)
        }
        (None, number) => {
            let number = MessageNumber(number.unwrap_or_default());
            (Target::Message(number), How::Key)
        }
    };
    let code = reason.as_ref();
    let mut asking = Asking {
        how,
        note: with.note.clone(),
        reason: code
            .map(|code| session.reason(code))
            .transpose()
            .map_err(Failure::refused)?,
        seen: None,
    };
    let preview = session
        .plan_second(&target, act, &asking)
        .map_err(Failure::refused)?;
    // What others decide between the preview and the answer is not what was seen.
    asking.seen = Some(preview.seen);
    let mut row = Row {
        act,
        query: text.as_deref(),
        message: on.message,
        reason: reason.as_deref(),
        note: with.note.as_deref(),
        count: preview.count,
        threads: preview.threads,
        whose: preview.whose.iter().cloned().collect(),
        decisions: preview
            .decisions
            .iter()
            .map(|(decision, count)| (decision.name(), *count))
            .collect(),
        already: preview.already,
        same: preview.same,
        own: preview.own,
        undecided: preview.undecided,
        ending: Ending::default(),
    };
    if !out.json {
        tell(act, &preview, out)?;
    }
    if row.count == 0 {
        match out.json {
            true => out.object(&row)?,
            false => out.line("nothing to change")?,
        }
        return Ok(End::Done);
    }
    if !with.yes && on.message.is_none() {
        confirm(act, &row, out)?;
    }
    save(&session, &target, &asking, &mut row, out)
}

/// Asks whether to do it.
fn confirm(act: SecondAct, row: &Row<'_>, out: &mut Out) -> Result<(), Failure> {
    let messages = counted(row.count, "message", "messages");
    let question = match act {
        SecondAct::Countersign => format!("Countersign {messages}?"),
        SecondAct::Disagree(would) | SecondAct::Meanwhile(would) => {
            format!("Say that {messages} should be {}?", would.name())
        }
        SecondAct::Withdraw => format!("Take your word off {messages}?"),
        SecondAct::Uphold => format!("Uphold the decisions on {messages}?"),
    };
    agreed(row.count, &question, row, out)
}

fn save(
    session: &Session,
    target: &Target,
    asking: &Asking,
    row: &mut Row<'_>,
    out: &mut Out,
) -> Result<End, Failure> {
    let mut progress = ProgressLine::new();
    let done = session
        .say_second(target, row.act, asking, &mut progress)
        .map_err(Failure::refused)?;
    drop(progress);
    row.count = done.count;
    row.ending = Ending::of(&done);
    if out.json {
        out.object(row)?;
    } else {
        match row.ending.entry {
            Some(entry) => out.line(&format!(
                "saved: {} on {}, entry {entry} of the ledger",
                row.act.words(),
                counted(row.count, "message", "messages"),
            ))?,
            None => out.line("nothing to change")?,
        }
        row.ending
            .tell_conflicts("that changed meanwhile; look and do it again", out)?;
    }
    Ok(row.ending.end())
}

fn tell(act: SecondAct, preview: &SecondPreview, out: &mut Out) -> Result<(), Failure> {
    out.line(&format!(
        "{} in {} would be: {}",
        counted(preview.count, "message", "messages"),
        counted(preview.threads, "thread", "threads"),
        act.words(),
    ))?;
    let mut part = |number: u32, words: &str| match number {
        0 => Ok(()),
        number => out.line(&format!("  {:>9}  {words}", grouped(number))),
    };
    for (decision, number) in &preview.decisions {
        part(*number, &format!("now {}", decision.name()))?;
    }
    for (name, number) in &preview.whose {
        part(*number, &format!("decided by {name}"))?;
    }
    let already = match act {
        SecondAct::Withdraw => "have no word of yours",
        SecondAct::Uphold => "have no open disagreement",
        _ => "have this word of yours already",
    };
    part(preview.already, already)?;
    part(preview.same, "are decided so already")?;
    let own = match act {
        SecondAct::Uphold => "are your own disagreements, and stay",
        _ => "are your own decisions, and stay",
    };
    part(preview.own, own)?;
    part(
        preview.undecided,
        "are undecided, or nobody decides on them",
    )
}
