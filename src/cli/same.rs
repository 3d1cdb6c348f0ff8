//! `docket reconcile likely`, `same` and `apart`.

use super::out::{Out, note};
use super::search::sender;
use super::{Common, End, Failure, time};
use crate::case::Store;
use crate::model::{Decision, MessageNumber, SourceId, ThreadId};
use crate::review::{self, Clash, Session};
use crate::text::{Shown, counted};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// List messages that may be the same although docket did not merge them
///
/// The same words by the same sender, within minutes: in one thread that two
/// exports tell of, whose clocks drifted; or in two threads with the same
/// people. Nothing is merged by this: docket reconcile same, or apart, says
/// what holds.
#[derive(Debug, clap::Args)]
pub(super) struct Likely {}

/// Say that messages, or whole threads, are the same
///
/// From then on they are shown as one message with several sources and decided
/// once; the lowest number stands for all. What was decided or said of one
/// holds for all. Where they were decided differently nothing is done until
/// --decide says what holds. Of two threads the messages with the same words at
/// the same time, but for the usual shift of the clocks, become one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket reconcile same 12 57
  docket reconcile same 12 57 --decide official
  docket reconcile same in:3 in:7 --dry-run")]
pub(super) struct Same {
    /// Numbers of messages, or threads as in:3
    #[arg(value_name = "MESSAGE", required = true, num_args = 2..)]
    these: Vec<String>,
    /// What holds for those that were decided differently
    #[arg(long, value_name = "DECISION", value_parser = decisions())]
    decide: Option<Decision>,
    /// Show which pairs would become one, and change nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// Say that messages are not the same
///
/// Of one number: all that is merged with it stands alone again. What an import
/// had merged gets a number of its own, at the end. What was a copy is
/// undecided then: it was never judged for itself. Of two numbers: these two
/// are not the same, and are not proposed again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket reconcile apart 12
  docket reconcile apart 12 --source 2
  docket reconcile apart 12 57")]
pub(super) struct Apart {
    /// The message
    #[arg(value_name = "MESSAGE")]
    one: u32,
    /// Another, which it is not
    #[arg(value_name = "OTHER", conflicts_with = "source")]
    other: Option<u32>,
    /// Only the copies in this export, by its number
    #[arg(long, value_name = "NUMBER")]
    source: Option<u32>,
}

/// A proposal, for programs.
#[derive(Serialize)]
struct Proposal<'a> {
    one: u32,
    other: u32,
    evidence: &'a str,
}

/// What became one, for programs.
#[derive(Serialize)]
struct Told {
    joined: u32,
    already: u32,
    clashes: Vec<ClashRow>,
    /// Of two threads: messages that stand in one of them only.
    #[serde(skip_serializing_if = "Option::is_none")]
    alone: Option<u32>,
    entry: Option<u64>,
}

/// Two that were decided differently, for programs.
#[derive(Serialize)]
struct ClashRow {
    one: u32,
    one_is: &'static str,
    other: u32,
    other_is: &'static str,
}

fn decisions() -> impl TypedValueParser<Value = Decision> {
    let all = Decision::ALL.into_iter();
    let names = all.filter(|decision| *decision != Decision::Undecided);
    PossibleValuesParser::new(names.map(Decision::name).collect::<Vec<_>>()).try_map(|name| {
        Decision::from_name(&name).ok_or("official, personal, mixed, context or refer")
    })
}

impl Likely {
    /// Prints the proposals, with what speaks for each.
    pub(super) fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let likely = session
            .likely_same(&AtomicBool::new(false))
            .map_err(Failure::refused)?;
        let store = session.store();
        for likely in &likely {
            if out.json {
                out.object(&Proposal {
                    one: likely.one.0,
                    other: likely.other.0,
                    evidence: &likely.evidence,
                })?;
                continue;
            }
            let (one, other) = (likely.one, likely.other);
            out.line(&format!("{one} and {other}: {}", likely.evidence))?;
            line(&store, one, out)?;
            line(&store, other, out)?;
        }
        if !out.json {
            out.flush()?;
            note(&match likely.len() {
                0 => "nothing that docket did not merge looks the same".to_owned(),
                count => format!(
                    "{} may be the same: docket reconcile same A B, or apart A B",
                    counted(count as u64, "pair", "pairs")
                ),
            });
        }
        Ok(End::Done)
    }
}

fn line(store: &Store, number: MessageNumber, out: &mut Out) -> Result<(), Failure> {
    let Some(message) = store.message(number) else {
        return Ok(());
    };
    let head = Shown::line(&format!(
        "  {:>7}  {}  {}  in:{}  {}",
        number.0,
        time::minute(out.dates(), message.time, message.offset_minutes),
        sender(store, &message).unwrap_or("-"),
        message.thread,
        message.text,
    ));
    out.shown(&head.cut(out.width()))
}

/// What the words name: messages, or threads.
enum These {
    Messages(Vec<MessageNumber>),
    Threads(Vec<ThreadId>),
}

fn these(words: &[String]) -> Result<These, Failure> {
    let threads: Option<Vec<ThreadId>> = words
        .iter()
        .map(|word| word.strip_prefix("in:")?.parse().ok().map(ThreadId))
        .collect();
    if let Some(threads) = threads {
        return Ok(These::Threads(threads));
    }
    let numbers = words.iter().map(|word| word.parse().map(MessageNumber));
    let numbers: Result<Vec<_>, _> = numbers.collect();
    numbers.map(These::Messages).map_err(|_| {
        Failure::Usage("give numbers of messages, as 12 57, or of threads, as in:3 in:7".into())
    })
}

impl Same {
    /// Says it and tells what became one.
    pub(super) fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let mut alone = None;
        let pairs: Vec<(MessageNumber, MessageNumber)> = match these(&self.these)? {
            These::Messages(numbers) => {
                let first = numbers.first().copied().unwrap_or_default();
                numbers
                    .iter()
                    .skip(1)
                    .map(|other| (first, *other))
                    .collect()
            }
            These::Threads(threads) => {
                let first = threads.first().copied().unwrap_or_default();
                let mut pairs = Vec::new();
                let mut left = 0;
                for other in threads.iter().skip(1) {
                    let common = session.common(first, *other).map_err(Failure::refused)?;
                    left += common.only_one + common.only_other;
                    pairs.extend(common.pairs);
                }
                alone = Some(left);
                pairs
            }
        };
        if self.dry_run {
            return show(&session, &pairs, out);
        }
        let done = session
            .say_same(&pairs, self.decide, None)
            .map_err(Failure::refused)?;
        let told = Told {
            joined: done.joined,
            already: done.already,
            clashes: done.clashes.iter().map(clash).collect(),
            alone,
            entry: done.recorded.as_ref().map(|recorded| recorded.seq),
        };
        tell(&told, out)
    }
}

/// The pairs, and what would stand in the way.
fn show(
    session: &Session,
    pairs: &[(MessageNumber, MessageNumber)],
    out: &mut Out,
) -> Result<End, Failure> {
    let store = session.store();
    for (one, other) in pairs {
        let (here, there) = (session.decision(*one), session.decision(*other));
        if out.json {
            out.object(&ClashRow {
                one: one.0,
                one_is: here.name(),
                other: other.0,
                other_is: there.name(),
            })?;
            continue;
        }
        out.line(&format!(
            "{one} ({}) and {other} ({})",
            here.name(),
            there.name()
        ))?;
        line(&store, *one, out)?;
        line(&store, *other, out)?;
    }
    if !out.json {
        out.flush()?;
        note(&format!(
            "{} would become one; nothing was changed",
            counted(pairs.len() as u64, "pair", "pairs")
        ));
    }
    Ok(End::Done)
}

fn clash(clash: &Clash) -> ClashRow {
    ClashRow {
        one: clash.one.0.0,
        one_is: clash.one.1.name(),
        other: clash.other.0.0,
        other_is: clash.other.1.name(),
    }
}

fn tell(told: &Told, out: &mut Out) -> Result<End, Failure> {
    let end = match told.clashes.is_empty() {
        true => End::Done,
        false => End::Exceptions,
    };
    if out.json {
        out.object(told)?;
        return Ok(end);
    }
    let entry = told
        .entry
        .map(|entry| format!("; entry {entry} of the ledger"));
    out.line(&format!(
        "{} made one{}",
        counted(told.joined, "pair", "pairs"),
        entry.unwrap_or_default()
    ))?;
    if told.already > 0 {
        out.line(&format!(
            "one already: {}",
            counted(told.already, "pair", "pairs")
        ))?;
    }
    if let Some(alone) = told.alone.filter(|alone| *alone > 0) {
        out.line(&format!(
            "in one of the threads only, and left: {}",
            counted(alone, "message", "messages")
        ))?;
    }
    for clash in &told.clashes {
        out.line(&format!(
            "left: {} is {} and {} is {}; say which holds with --decide",
            clash.one, clash.one_is, clash.other, clash.other_is
        ))?;
    }
    Ok(end)
}

/// What was taken apart, for programs.
#[derive(Serialize)]
struct Parted {
    /// The numbers that stand alone from now on, or are kept apart.
    apart: Vec<u32>,
    entry: Option<u64>,
}

impl Apart {
    /// Says it and tells which numbers stand alone.
    pub(super) fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let one = MessageNumber(self.one);
        let what = match (self.other, self.source) {
            (Some(other), _) => review::Apart::Two(one, MessageNumber(other)),
            (None, Some(source)) => review::Apart::In(one, SourceId(source)),
            (None, None) => review::Apart::Message(one),
        };
        let recorded = session.say_apart(what).map_err(Failure::refused)?;
        let changes = recorded.iter().flat_map(|recorded| recorded.entry.same());
        let mut apart: Vec<u32> = changes
            .flat_map(|change| change.messages())
            .map(|number| number.0)
            .collect();
        apart.sort_unstable();
        apart.dedup();
        let told = Parted {
            apart,
            entry: recorded.as_ref().map(|recorded| recorded.seq),
        };
        if out.json {
            out.object(&told)?;
            return Ok(End::Done);
        }
        match told.entry {
            None => out.line("that was said already")?,
            Some(entry) => {
                let numbers: Vec<_> = told.apart.iter().map(u32::to_string).collect();
                out.line(&format!(
                    "not the same: {}; entry {entry} of the ledger",
                    numbers.join(", ")
                ))?;
            }
        }
        Ok(End::Done)
    }
}
