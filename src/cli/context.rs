//! `docket context`, `docket context accept`, `docket context around`.

use super::acting::{Ending, agreed};
use super::out::{Out, note};
use super::search::{self, list};
use super::{Common, End, Failure};
use crate::model::{Decision, MessageNumber};
use crate::review::proposed::{Around, MOST_AROUND, Proposal};
use crate::review::{Asking, Decided, How, Query, Session, Target};
use crate::text::counted;
use roaring::RoaringBitmap;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// What a record needs to be understood: list what is proposed as context, or add some
///
/// A message that official or mixed ones answer or quote, and that nobody has
/// decided, is proposed. Nothing becomes context by itself: accept the
/// proposals, all or those that a search finds, or add a few messages around
/// one. is:proposed finds them, here and in docket review, where gx lists them
/// and + adds what is around a message. Context is handed over, marked as no
/// record itself; docket undo takes it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket context
  docket context accept in:cabinet
  docket context around 4711 --before 3 --after 0")]
pub struct ContextCommand {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Make what is proposed context; with a QUERY, only what it finds
    #[command(after_help = "\
Examples:
  docket context accept
  docket context accept in:cabinet --yes")]
    Accept {
        /// Which of them; docket search --help shows the language
        #[arg(value_name = "QUERY")]
        query: Vec<String>,
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Make what an official message answers, and a few messages around it, context
    #[command(after_help = "\
Examples:
  docket context around 4711
  docket context around 4711 --before 3 --after 0 --yes

What somebody decided otherwise stays so.")]
    Around {
        /// The official or mixed message, as docket search prints it
        #[arg(value_name = "NUMBER")]
        number: u32,
        /// So many messages before it in its thread
        #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = sides())]
        before: u32,
        /// So many after it
        #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = sides())]
        after: u32,
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
    },
}

fn sides() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..=i64::from(MOST_AROUND))
}

/// A message that others lean on, for programs.
#[derive(Serialize)]
struct Row {
    message: u32,
    decision: &'static str,
    proposed: bool,
    by: Vec<ByRow>,
}

/// A message that leans on it.
#[derive(Serialize)]
struct ByRow {
    message: u32,
    link: &'static str,
}

/// What became context, or would, for programs.
#[derive(Serialize)]
struct Added {
    around: Option<u32>,
    messages: Vec<u32>,
    kept: Vec<Kept>,
    #[serde(flatten)]
    ending: Ending,
}

/// What somebody decided otherwise.
#[derive(Serialize)]
struct Kept {
    message: u32,
    decision: &'static str,
}

impl ContextCommand {
    /// Lists, or previews, asks and decides.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        match self.what {
            None => proposals(&session, out),
            Some(What::Accept { query, yes }) => accept(&session, &query, yes, out),
            Some(What::Around {
                number,
                before,
                after,
                yes,
            }) => {
                let around = session.around(MessageNumber(number), before, after);
                let around = around.map_err(Failure::refused)?;
                add_around(&session, &around, yes, out)
            }
        }
    }
}

fn proposals(session: &Session, out: &mut Out) -> Result<End, Failure> {
    let all = session.context_proposals(&AtomicBool::new(false));
    let all = all.map_err(Failure::refused)?;
    if out.json {
        for (one, proposed) in all
            .open
            .iter()
            .map(|one| (one, true))
            .chain(all.kept.iter().map(|one| (one, false)))
        {
            out.object(&Row {
                message: one.message.0,
                decision: one.decision.name(),
                proposed,
                by: one
                    .by
                    .iter()
                    .map(|(by, link)| ByRow {
                        message: by.0,
                        link: link.name(),
                    })
                    .collect(),
            })?;
        }
        return Ok(End::Done);
    }
    for one in &all.open {
        list(session, &RoaringBitmap::from([one.message.0]), 1, out)?;
        out.block(11, &format!("[{}]", by(one)))?;
    }
    out.flush()?;
    note(&match all.open.len() as u64 {
        0 => "nothing is proposed as context".to_owned(),
        open => format!(
            "{} proposed as context; docket context accept makes them so",
            counted(open, "message is", "messages are")
        ),
    });
    if !all.kept.is_empty() {
        let kept = all.kept.len() as u64;
        note(&format!(
            "{} by official ones too, decided otherwise, and stay: {}",
            counted(kept, "message is answered", "messages are answered"),
            numbers(all.kept.iter().map(|one| (one.message, one.decision)))
        ));
    }
    Ok(End::Done)
}

/// Why a message is proposed: `message 12 answers it`.
fn by(proposal: &Proposal) -> String {
    let by = proposal.by.iter();
    let words = by.map(|(by, link)| format!("message {by} {} it", link.name()));
    words.collect::<Vec<_>>().join("; ")
}

fn numbers(all: impl Iterator<Item = (MessageNumber, Decision)>) -> String {
    let words = all.map(|(number, decision)| format!("{number} {}", decision.name()));
    words.collect::<Vec<_>>().join(", ")
}

fn accept(session: &Session, words: &[String], yes: bool, out: &mut Out) -> Result<End, Failure> {
    let mut text = "is:proposed".to_owned();
    if !words.is_empty() {
        // Checked by itself, so that a mistake is told where it was typed.
        text += &format!(" ({})", search::parse(words)?);
    }
    let query = Query::parse(&text).map_err(|error| Failure::Usage(error.to_string()))?;
    let hits = search::find(session, &query)?;
    let mut row = Added {
        around: None,
        messages: hits.iter().collect(),
        kept: Vec::new(),
        ending: Ending::default(),
    };
    let target = Target::Set(hits, Some(query.to_string()));
    let seen = session.plan(&target, Decision::Context);
    let seen = seen.map_err(Failure::refused)?.seen;
    if !asked(session, &mut row, yes, out)? {
        return Ok(End::Done);
    }
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: Some(seen),
    };
    let decided = session.decide_with(&target, Decision::Context, &asking, &mut ());
    done(row, &decided.map_err(Failure::refused)?, out)
}

fn add_around(
    session: &Session,
    around: &Around,
    yes: bool,
    out: &mut Out,
) -> Result<End, Failure> {
    let mut row = Added {
        around: Some(around.of.0),
        messages: around.messages.iter().map(|number| number.0).collect(),
        kept: around
            .kept
            .iter()
            .map(|(number, decision)| Kept {
                message: number.0,
                decision: decision.name(),
            })
            .collect(),
        ending: Ending::default(),
    };
    let seen = session.plan(&Target::Message(around.of), Decision::Context);
    let seen = seen.map_err(Failure::refused)?.seen;
    if !asked(session, &mut row, yes, out)? {
        return Ok(End::Done);
    }
    let decided = session.add_context(around, Some(seen));
    done(row, &decided.map_err(Failure::refused)?, out)
}

/// Shows what would become context and asks; whether there is something to do.
fn asked(session: &Session, row: &mut Added, yes: bool, out: &mut Out) -> Result<bool, Failure> {
    if !out.json {
        let set: RoaringBitmap = row.messages.iter().copied().collect();
        list(session, &set, usize::MAX, out)?;
        for kept in &row.kept {
            out.line(&format!("kept: {} is {}", kept.message, kept.decision))?;
        }
    }
    if row.messages.is_empty() {
        match out.json {
            true => out.object(row)?,
            false => out.line("nothing to add")?,
        }
        return Ok(false);
    }
    if yes {
        return Ok(true);
    }
    let count = row.messages.len() as u64;
    let question = format!(
        "Hand over {} as context?",
        counted(count, "message", "messages")
    );
    agreed(count, &question, row, out)?;
    Ok(true)
}

fn done(mut row: Added, decided: &Decided, out: &mut Out) -> Result<End, Failure> {
    row.ending = Ending::of(decided);
    if out.json {
        out.object(&row)?;
    } else {
        let messages = counted(decided.count, "message", "messages");
        out.line(&match row.ending.entry {
            Some(entry) => format!("saved: {messages} context, entry {entry} of the ledger"),
            None => "nothing to change".to_owned(),
        })?;
        row.ending
            .tell_conflicts("that another reviewer decided meanwhile; look again", out)?;
    }
    Ok(row.ending.end())
}
