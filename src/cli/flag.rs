//! `docket flag`, `docket unflag` and `docket note`: what is said of messages beside decisions.

use super::acting::{Ending, agreed};
use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure, search};
use crate::case::marks::{About, Said};
use crate::model::{Flag as Mark, ThreadId};
use crate::review::{Asking, How, MarkPreview, Session, Target};
use crate::text::{counted, grouped};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

/// Put a flag on every message that a query finds
///
/// A flag stands beside the decision; a message may have several:
///
///   hold              an inquiry, a request or a court waits: it does not
///                     leave, and docket bundle refuses without --partial
///   privileged        legal professional privilege
///   classified        classified above what the channel is fit for
///   incident          a security incident
///   special-category  special category data: health, belief, union ...
///   third-party       other people's personal data
///   significant       significant government business
///   transitory        official, but of passing use only
///   already-held      a copy is on a government system; --where says where
///
/// Flags of what is handed over leave with it, in flags.csv. docket search
/// flag:hold finds them, docket undo takes the act back.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  docket flag privileged 'from:counsel'
  docket flag hold 'in:cabinet on:2021-03' --reason inquiry --yes
  docket flag already-held 'subject:minutes' --where 'EDRM 2021/443'

Without a terminal to ask at, and without --yes, it prints what it would do and
refuses (exit code 3)."
)]
pub struct Flag {
    /// Which flag
    #[arg(value_name = "FLAG", value_parser = flags())]
    flag: Mark,
    /// Which messages; docket search --help shows the language
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// Why: the code of a reason; docket reasons lists them
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Where the copy is held, of already-held; else a few words on the flag,
    /// which leave with it
    #[arg(long = "where", value_name = "TEXT")]
    place: Option<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// Take a flag off every message that a query finds
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket unflag hold 'in:cabinet on:2021-03'")]
pub struct Unflag {
    /// Which flag
    #[arg(value_name = "FLAG", value_parser = flags())]
    flag: Mark,
    /// Which messages; docket search --help shows the language
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// Write a note on every message that a query finds, or on a thread
///
/// A note is yours: another reviewer's stays beside it, and a second one of
/// yours takes the place of the first. Notes stay in the case, unless docket
/// bundle --with-notes takes those along that stand on what is handed over.
/// docket search note:words finds them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket note 'ask Ama which contract' budget on:2021-03-05
  docket note --thread 3 'the works group: all of it is business'
  docket note --clear has:note")]
pub struct Note {
    /// What to note, then which messages; docket search --help shows the language
    #[arg(required = true, value_name = "TEXT QUERY")]
    words: Vec<String>,
    /// On the whole thread of this number, instead of messages
    #[arg(long, value_name = "NUMBER")]
    thread: Option<u32>,
    /// Take your notes off instead; only a query is given then
    #[arg(long)]
    clear: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

fn flags() -> impl TypedValueParser<Value = Mark> {
    PossibleValuesParser::new(Mark::ALL.map(Mark::name))
        .try_map(|name| Mark::from_name(&name).ok_or("no flag"))
}

/// What was done, or would be, for programs.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    about: &'a About,
    said: Option<&'a Said>,
    query: Option<&'a str>,
    count: u32,
    threads: u32,
    already: u32,
    replaced: u32,
    #[serde(flatten)]
    ending: Ending,
}

impl Flag {
    /// Previews, asks, flags.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = search::parse(&self.query)?;
        let session = common.session()?;
        let reason = self.reason.as_ref();
        let reason = reason.map(|code| session.reason(code)).transpose();
        let said = Said {
            reason: reason.map_err(Failure::refused)?,
            text: self.place.unwrap_or_default(),
            word: None,
        };
        let (flag, hits) = (self.flag, search::find(&session, &query)?);
        let target = Target::Set(hits, Some(query.to_string()));
        act(
            &session,
            &target,
            &About::Flag { flag },
            Some(&said),
            self.yes,
            out,
        )
    }
}

impl Unflag {
    /// Previews, asks, takes off.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = search::parse(&self.query)?;
        let session = common.session()?;
        let (flag, hits) = (self.flag, search::find(&session, &query)?);
        let target = Target::Set(hits, Some(query.to_string()));
        act(
            &session,
            &target,
            &About::Flag { flag },
            None,
            self.yes,
            out,
        )
    }
}

impl Note {
    /// Previews, asks, notes.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let (text, query) = match (self.clear, self.thread) {
            (true, _) => (None, self.words.as_slice()),
            (false, Some(_)) => (Some(self.words.join(" ")), &[][..]),
            (false, None) => match self.words.split_first() {
                Some((text, query)) if !query.is_empty() => (Some(text.clone()), query),
                _ => {
                    return Err(Failure::Usage(
                        "which messages? put a query after the note, or --thread NUMBER".into(),
                    ));
                }
            },
        };
        let query = search::parse(query)?;
        let session = common.session()?;
        let (about, target) = match self.thread {
            Some(thread) => session
                .thread_note(ThreadId(thread))
                .map_err(Failure::refused)?,
            None => {
                let hits = search::find(&session, &query)?;
                (
                    session.own_note(),
                    Target::Set(hits, Some(query.to_string())),
                )
            }
        };
        let said = text.map(|text| Said {
            reason: None,
            text,
            word: None,
        });
        // One note on one thread is what was asked for, and nothing is lost by it.
        let yes = self.yes || self.thread.is_some();
        act(&session, &target, &about, said.as_ref(), yes, out)
    }
}

/// What it is called in a sentence.
fn name(about: &About) -> &'static str {
    match about {
        About::Reason => "reason",
        About::Flag { flag } => flag.name(),
        About::Note { .. } => "note",
        About::ThreadNote { .. } => "thread's note",
        About::Second { .. } | About::Sampled { .. } => "second word",
    }
}

fn act(
    session: &Session,
    target: &Target,
    about: &About,
    to: Option<&Said>,
    yes: bool,
    out: &mut Out,
) -> Result<End, Failure> {
    let preview = session
        .plan_mark(target, about, to)
        .map_err(Failure::refused)?;
    let mut row = Row {
        about,
        said: to,
        query: target.query(),
        count: preview.count,
        threads: preview.threads,
        already: preview.already,
        replaced: preview.replaced,
        ending: Ending::default(),
    };
    if !out.json {
        tell(name(about), to.is_some(), &preview, out)?;
    }
    if row.count == 0 {
        match out.json {
            true => out.object(&row)?,
            false => out.line("nothing to change")?,
        }
        return Ok(End::Done);
    }
    if !yes {
        let messages = counted(row.count, "message", "messages");
        let question = match to {
            Some(_) => format!("Put {} on {messages}?", name(about)),
            None => format!("Take {} off {messages}?", name(about)),
        };
        agreed(row.count, &question, &row, out)?;
    }
    let asking = Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        // What others do between the preview and the answer is theirs.
        seen: Some(preview.seen),
    };
    let mut progress = ProgressLine::new();
    let done = session
        .put_mark(target, about, to, &asking, &mut progress)
        .map_err(Failure::refused)?;
    drop(progress);
    row.count = done.count;
    row.ending = Ending::of(&done);
    if out.json {
        out.object(&row)?;
    } else {
        match row.ending.entry {
            Some(entry) => out.line(&format!(
                "saved: {} {}, entry {entry} of the ledger",
                match to {
                    Some(_) => format!("{} on", name(about)),
                    None => format!("{} taken off", name(about)),
                },
                counted(row.count, "message", "messages"),
            ))?,
            None => out.line("nothing to change")?,
        }
        row.ending.tell_conflicts(
            "of which another reviewer said it meanwhile; look and do it again",
            out,
        )?;
    }
    Ok(row.ending.end())
}

fn tell(name: &str, on: bool, preview: &MarkPreview, out: &mut Out) -> Result<(), Failure> {
    let verb = if on { "would get" } else { "would lose" };
    out.line(&format!(
        "{} in {} {verb}: {name}",
        counted(preview.count, "message", "messages"),
        counted(preview.threads, "thread", "threads"),
    ))?;
    let (replaced, already) = match on {
        true => (
            "have it with other words or another reason",
            "have it already",
        ),
        false => ("", "do not have it"),
    };
    if on && preview.replaced > 0 {
        out.line(&format!("  {:>9}  {replaced}", grouped(preview.replaced)))?;
    }
    if preview.already > 0 {
        out.line(&format!("  {:>9}  {already}", grouped(preview.already)))?;
    }
    Ok(())
}
