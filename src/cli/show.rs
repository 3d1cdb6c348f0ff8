//! `docket show`.

use super::out::Out;
use super::{Common, End, Failure, search};
use crate::model::MessageNumber;
use crate::people::membership::{Basis, Who};
use crate::review::context::Context;
use crate::review::{Session, act_in_words};
use roaring::RoaringBitmap;
use serde::Serialize;

/// Show a message with what it is judged beside
///
/// The messages before and after it in its own thread, what it answers and what
/// answers it, what the same person sent in other threads within an hour, who
/// was in the conversation then and how that is known, and how it was decided.
/// With --json: one object with the numbers of those messages, then each of
/// them as docket search prints it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket show 4711
  docket show 4711 --json")]
pub struct Show {
    /// The message's number, as docket search prints it
    #[arg(value_name = "NUMBER")]
    number: u32,
}

/// What a message is judged beside, for programs.
#[derive(Serialize)]
struct Row {
    message: u32,
    before: Vec<u32>,
    after: Vec<u32>,
    answers: Option<u32>,
    answered_by: Vec<u32>,
    elsewhere: Vec<u32>,
    elsewhere_is_cut: bool,
    present: Vec<PresentRow>,
    new: Vec<String>,
    left_out: Vec<String>,
    tells_of_members: bool,
    members_are_listed: bool,
    lines_on_unknown: usize,
    is_hidden: bool,
    history: Vec<EntryRow>,
}

/// Someone who was there, and the message that it rests on.
#[derive(Serialize)]
struct PresentRow {
    person: String,
    basis: String,
    message: Option<u32>,
    sure: bool,
}

/// An entry of the ledger that changed what holds for the message.
#[derive(Serialize)]
struct EntryRow {
    entry: u64,
    at: String,
    reviewer: String,
    what: String,
}

impl Show {
    /// Prints it.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let number = MessageNumber(self.number);
        let Some(context) = session.context(number) else {
            return Err(Failure::Usage(format!(
                "there is no message {number}; docket search prints the numbers"
            )));
        };
        let row = row(&session, number, &context)?;
        if out.json {
            out.object(&row)?;
            let near = [&row.before, &row.after, &row.answered_by, &row.elsewhere];
            let all = near.into_iter().flatten().chain(&row.answers);
            let all: RoaringBitmap = all.copied().chain([number.0]).collect();
            search::list(&session, &all, usize::MAX, out)?;
            return Ok(End::Done);
        }
        let mut part = |title: &str, numbers: &[u32]| -> Result<(), Failure> {
            if !numbers.is_empty() {
                out.line(title)?;
                let set = numbers.iter().copied().collect();
                search::list(&session, &set, usize::MAX, out)?;
                out.line("")?;
            }
            Ok(())
        };
        part("the message:", &[number.0])?;
        part("it answers:", &Vec::from_iter(row.answers))?;
        part("answered by:", &row.answered_by)?;
        part("before it:", &row.before)?;
        part("after it:", &row.after)?;
        part("the same person elsewhere within an hour:", &row.elsewhere)?;
        if row.elsewhere_is_cut {
            out.line("more of that hour is not shown")?;
        }
        out.line("there:")?;
        for one in &row.present {
            let open = if one.sure { "" } else { "perhaps not yet: " };
            out.block(2, &format!("{open}{}: {}", one.person, one.basis))?;
        }
        for (title, names) in [
            ("not on the one that it answers:", &row.new),
            ("left out since that one:", &row.left_out),
        ] {
            if !names.is_empty() {
                out.block(2, &format!("{title} {}", names.join(", ")))?;
            }
        }
        if !row.tells_of_members {
            out.line("  the export does not say who came or went")?;
        }
        if row.lines_on_unknown > 0 {
            let count = row.lines_on_unknown;
            out.line(&format!(
                "  lines on somebody who came or went and cannot be told apart: {count}"
            ))?;
        }
        if row.is_hidden {
            out.line("decided: hidden until your second decision is given")?;
        }
        for entry in &row.history {
            let words = format!(
                "{}; {} by {}, entry {}",
                entry.what, entry.at, entry.reviewer, entry.entry
            );
            out.block(0, &format!("decided: {words}"))?;
        }
        Ok(End::Done)
    }
}

fn row(session: &Session, number: MessageNumber, context: &Context) -> Result<Row, Failure> {
    let plain = |list: &[MessageNumber]| list.iter().map(|number| number.0).collect();
    let cast = session.cast();
    let person = |who: &Who| who.name(&cast.store, &cast.roster);
    let names = |all: &[Who]| all.iter().map(person).collect();
    let basis = |basis: Basis| match basis {
        Basis::Line(change, at) => format!("{}, message {at}", change.words()),
        Basis::Wrote(at) => format!("wrote by then, message {at}"),
        Basis::LineLater(change, at) => format!("{} later, message {at}", change.words()),
        Basis::Sent => "from".to_owned(),
        Basis::Addressed(role) => role.name().to_owned(),
        Basis::OfTwo => "a chat of two".to_owned(),
        Basis::Listed => "a member when the export was made".to_owned(),
        Basis::WroteLater(at) => format!("first wrote later, message {at}"),
    };
    let present = context.present.iter().map(|one| PresentRow {
        person: person(&one.who),
        basis: basis(one.basis),
        message: one.basis.message().map(|number| number.0),
        sure: !one.basis.is_open(),
    });
    let is_hidden = session.hidden().contains(number.0);
    let history = match is_hidden {
        true => Vec::new(),
        false => session.history(number).map_err(Failure::refused)?,
    };
    let history = history.into_iter().map(|recorded| EntryRow {
        entry: recorded.seq,
        what: act_in_words(&recorded.entry),
        at: recorded.at,
        reviewer: recorded.actor.name,
    });
    Ok(Row {
        message: number.0,
        before: plain(&context.before),
        after: plain(&context.after),
        answers: context.answers.map(|number| number.0),
        answered_by: plain(&context.answered_by),
        elsewhere: plain(&context.elsewhere),
        elsewhere_is_cut: context.is_cut,
        present: present.collect(),
        new: names(&context.is_new),
        left_out: names(&context.is_left_out),
        tells_of_members: context.tells_of_members,
        members_are_listed: context.has_list,
        lines_on_unknown: context.unknown.0,
        is_hidden,
        history: history.collect(),
    })
}
