//! `docket redact`, `docket unredact` and `docket redactions`: masks on parts of messages.

use super::acting::{Ending, agreed};
use super::out::{Column, Out};
use super::progress::ProgressLine;
use super::{Common, End, Failure, search};
use crate::case::masks::{MaskReason, Part};
use crate::model::MessageNumber;
use crate::review::masks::read_under;
use crate::review::redacting::{characters, stale, text_of};
use crate::review::{Asking, Edition, Find, How, MaskPreview, Session, Spot, Target};
use crate::text::{Shown, counted, grouped};
use roaring::RoaringBitmap;
use serde::Serialize;

/// So many messages of a preview are shown.
const SHOWN: usize = 5;

/// Mask a part of every message that a query finds
///
/// A mask stands in the place of what it hides, always as wide, with its reason:
/// [redacted: FOI s40(2)]. There are two kinds of reasons. What is personal is
/// no record: it stays behind in everything that leaves, and a mixed message
/// leaves once it has such a mask. What is exempt is masked in the open copy
/// alone, which stands beside the closed master with _R in its name.
///
/// Words are found whole, in any case; a telephone number in any spelling. The
/// earlier texts of an edited message are searched too; those that nobody masks
/// stay behind whole once the message has a mask. docket undo takes it back.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true),
    group = clap::ArgGroup::new("which").required(true),
    override_usage = "docket redact <QUERY|--message NUMBER> <WHAT> --reason CODE [--yes]",
    after_help = "\
Examples:
  docket redact 'in:cabinet' --text 'Ann Lee' --reason foi-40-2
  docket redact is:mixed --text '07700 900123' --reason personal --yes
  docket redact --message 412 --span 14-38 --reason personal
  docket redact --message 412 --part file-1 --reason foi-43-2

docket redactions --reasons lists the reasons. Without a terminal to ask at, and
without --yes, it prints what it would do and refuses (exit code 3)."
)]
pub struct Redact {
    /// Which messages; docket search --help shows the language
    #[arg(value_name = "QUERY", group = "which")]
    query: Vec<String>,
    /// The message of this number, instead of a query
    #[arg(long, value_name = "NUMBER", group = "which")]
    message: Option<u32>,
    /// Wherever these words or this number stand
    #[arg(long, value_name = "WORDS", group = "what")]
    text: Option<String>,
    /// Wherever this regular expression matches
    #[arg(long, value_name = "PATTERN", group = "what")]
    pattern: Option<String>,
    /// From one character of the text to another, counted from 1, both included
    #[arg(long, value_name = "FROM-TO", group = "what", requires = "message")]
    span: Option<String>,
    /// A whole part: text, version-1, file-1, recipients, reactions, forwarded
    /// or labels; with --span the text that is counted, text or version-1
    #[arg(long, value_name = "PART", value_parser = part)]
    part: Option<Part>,
    /// Why: the code of a reason, or what its mask shows
    #[arg(long, value_name = "CODE")]
    reason: String,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// Take masks off every message that a query finds
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true),
    after_help = "\
Examples:
  docket unredact --message 412
  docket unredact in:cabinet --text 'Ann Lee'"
)]
pub struct Unredact {
    /// Which messages; docket search --help shows the language
    #[arg(value_name = "QUERY", group = "which")]
    query: Vec<String>,
    /// The message of this number, instead of a query
    #[arg(long, value_name = "NUMBER", group = "which")]
    message: Option<u32>,
    /// Only where these words or this number stand; else all masks
    #[arg(long, value_name = "WORDS", conflicts_with = "pattern")]
    text: Option<String>,
    /// Only where this regular expression matches
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,
    /// Only a whole part
    #[arg(long, value_name = "PART", value_parser = part, conflicts_with_all = ["text", "pattern"])]
    part: Option<Part>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// List what is masked, as it reads in the closed master and in the open copy
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket redactions
  docket redactions is:mixed
  docket redactions --reasons")]
pub struct Redactions {
    /// Only of these messages; docket search --help shows the language
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// List the reasons that a mask may have
    #[arg(long)]
    reasons: bool,
    /// Write docket's own list of reasons into the case, to be edited
    #[arg(long, conflicts_with = "reasons")]
    write: bool,
}

fn part(name: &str) -> Result<Part, String> {
    Part::from_name(name).ok_or_else(|| {
        "not a part: text, version-1, file-1, recipients, reactions, forwarded or labels".into()
    })
}

/// What was done, or would be, for programs.
#[derive(Serialize)]
struct Row<'a> {
    reason: Option<&'a MaskReason>,
    query: Option<&'a str>,
    count: u32,
    threads: u32,
    places: u64,
    already: u32,
    #[serde(flatten)]
    ending: Ending,
}

/// A masked message, for programs.
#[derive(Serialize)]
struct Masked<'a> {
    message: u32,
    part: String,
    reason: &'a str,
    shown: &'a str,
    reach: &'static str,
    count: u64,
    look_again: Option<&'static str>,
}

/// A reason, for programs.
#[derive(Serialize)]
struct ReasonRow<'a> {
    #[serde(flatten)]
    reason: &'a MaskReason,
}

fn target(session: &Session, query: &[String], message: Option<u32>) -> Result<Target, Failure> {
    if let Some(number) = message {
        return Ok(Target::Message(MessageNumber(number)));
    }
    let query = search::parse(query)?;
    let hits = search::find(session, &query)?;
    Ok(Target::Set(hits, Some(query.to_string())))
}

fn found(text: Option<&str>, pattern: Option<&str>) -> Result<Option<Spot>, Failure> {
    let find = match (text, pattern) {
        (Some(words), _) => Find::words(words),
        (None, Some(pattern)) => Find::regex(pattern),
        (None, None) => return Ok(None),
    };
    Ok(Some(Spot::Found(find.map_err(Failure::refused)?)))
}

impl Redact {
    /// Previews, asks, masks.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let reason = session
            .mask_reason(&self.reason)
            .map_err(Failure::refused)?;
        let found = found(self.text.as_deref(), self.pattern.as_deref())?;
        let spot = match (found, &self.span, self.part) {
            (Some(found), None, None) => found,
            (None, Some(span), part) => self.span_of(&session, span, part.unwrap_or(Part::Text))?,
            (None, None, Some(part)) => Spot::Whole(part),
            (Some(_), _, _) => {
                return Err(Failure::Usage(
                    "words and patterns are masked in every text; leave --part out".into(),
                ));
            }
            (None, None, None) => {
                return Err(Failure::Usage(
                    "what is to be masked? --text, --pattern, --span or --part".into(),
                ));
            }
        };
        let target = target(&session, &self.query, self.message)?;
        act(&session, &target, &spot, Some(&reason), self.yes, out)
    }

    fn span_of(&self, session: &Session, span: &str, part: Part) -> Result<Spot, Failure> {
        let usage = || Failure::Usage("--span is FROM-TO, two numbers from 1 on: 14-38".into());
        let (from, to) = span.split_once('-').ok_or_else(usage)?;
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| usage());
        let (from, to) = (number(from)?, number(to)?);
        let message = MessageNumber(self.message.unwrap_or_default());
        let store = session.store();
        let text = text_of(&store, message, part);
        let text = text
            .ok_or_else(|| Failure::Refused(format!("message {message} has no {}", part.name())))?;
        match characters(&text, from, to) {
            Some(bytes) => Ok(Spot::Span(part, bytes)),
            None => Err(Failure::Refused(format!(
                "message {message} has no characters {from} to {to}"
            ))),
        }
    }
}

impl Unredact {
    /// Previews, asks, shows again.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let found = found(self.text.as_deref(), self.pattern.as_deref())?;
        let spot = match (found, self.part) {
            (Some(found), _) => found,
            (None, Some(part)) => Spot::Whole(part),
            (None, None) => Spot::Everything,
        };
        let target = target(&session, &self.query, self.message)?;
        act(&session, &target, &spot, None, self.yes, out)
    }
}

/// Some of the messages that would change, as they read now.
fn tell(
    session: &Session,
    preview: &MaskPreview,
    reason: Option<&MaskReason>,
    out: &mut Out,
) -> Result<(), Failure> {
    let messages = counted(preview.count, "message", "messages");
    let threads = counted(preview.threads, "thread", "threads");
    out.line(&match reason {
        Some(reason) => format!(
            "{} in {messages} of {threads} would be masked: {reason}, {}",
            counted(preview.places, "place", "places"),
            match reason.reach {
                crate::case::masks::Reach::Always => "in everything that leaves",
                crate::case::masks::Reach::Open => "in the open copy",
            }
        ),
        None => format!("masks on {messages} of {threads} would be taken off"),
    })?;
    let store = session.store();
    for number in preview.messages.iter().take(SHOWN) {
        let text = store.text(MessageNumber(number)).unwrap_or_default();
        out.line(&format!("  {number:>9}  {}", Shown::line(text)))?;
    }
    let more = preview.messages.len().saturating_sub(SHOWN as u64);
    if more > 0 {
        out.line(&format!("  {:>9}  and {} more", "", grouped(more)))?;
    }
    if preview.already > 0 {
        out.line(&format!(
            "  {:>9}  have it already",
            grouped(preview.already)
        ))?;
    }
    Ok(())
}

/// Previews, asks, masks or shows again.
pub(super) fn act(
    session: &Session,
    target: &Target,
    spot: &Spot,
    reason: Option<&MaskReason>,
    yes: bool,
    out: &mut Out,
) -> Result<End, Failure> {
    let mut progress = ProgressLine::new();
    let preview = session
        .plan_redaction(target, spot, reason, &mut progress)
        .map_err(Failure::refused)?;
    drop(progress);
    let mut row = Row {
        reason,
        query: target.query(),
        count: preview.count,
        threads: preview.threads,
        places: preview.places,
        already: preview.already,
        ending: Ending::default(),
    };
    if row.count == 0 {
        match out.json {
            true => out.object(&row)?,
            false if preview.already > 0 => out.line("nothing to change: it stands so already")?,
            false => out.line("nothing to change")?,
        }
        return Ok(End::Done);
    }
    if !out.json {
        tell(session, &preview, reason, out)?;
    }
    if !yes {
        let messages = counted(row.count, "message", "messages");
        let question = match reason {
            Some(_) => format!("Mask it in {messages}?"),
            None => format!("Take it off {messages}?"),
        };
        agreed(row.count, &question, &row, out)?;
    }
    let asking = Asking {
        how: match target {
            Target::Message(_) => How::Key,
            _ => How::Bulk,
        },
        note: None,
        reason: None,
        // What others do between the preview and the answer is theirs.
        seen: Some(preview.seen),
    };
    let mut progress = ProgressLine::new();
    let done = session
        .redact(target, spot, reason, &asking, &mut progress)
        .map_err(Failure::refused)?;
    drop(progress);
    row.count = done.count;
    row.ending = Ending::of(&done);
    if out.json {
        out.object(&row)?;
    } else {
        if let Some(recorded) = &done.recorded {
            out.line(&format!(
                "saved: {}, entry {} of the ledger",
                crate::review::act_in_words(&recorded.entry),
                recorded.seq
            ))?;
        }
        row.ending.tell_conflicts(
            "that another reviewer masked meanwhile; look and do it again",
            out,
        )?;
    }
    Ok(row.ending.end())
}

impl Redactions {
    /// Lists.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        if self.write {
            let path = session
                .case()
                .write_mask_reasons()
                .map_err(Failure::refused)?;
            out.line(&format!("written: {}; edit it", path.display()))?;
            return Ok(End::Done);
        }
        if self.reasons {
            return reasons(&session, out);
        }
        let query = search::parse(&self.query)?;
        let hits: RoaringBitmap = search::find(&session, &query)?;
        list(&session, &hits, out)
    }
}

fn reasons(session: &Session, out: &mut Out) -> Result<End, Failure> {
    let reasons = session.mask_reasons().map_err(Failure::refused)?;
    if out.json {
        for reason in &reasons {
            out.object(&ReasonRow { reason })?;
        }
        return Ok(End::Done);
    }
    let rows: Vec<Vec<Shown>> = reasons
        .iter()
        .map(|reason| {
            let cells = [
                &reason.code,
                reason.reach.name(),
                &reason.label,
                &reason.means,
            ];
            cells.map(Shown::line).to_vec()
        })
        .collect();
    let columns = [
        Column::text("code"),
        Column::text("from"),
        Column::text("shows"),
        Column::giving("means"),
    ];
    out.table(&columns, &rows)?;
    out.line("always: from everything that leaves; open: from the open copy alone")?;
    Ok(End::Done)
}

fn list(session: &Session, hits: &RoaringBitmap, out: &mut Out) -> Result<End, Failure> {
    let (store, masks) = (session.store(), session.masks());
    let mut shown = 0_u64;
    for (number, of) in masks.iter().filter(|(number, _)| hits.contains(number.0)) {
        shown += 1;
        let again = stale(&store, number, of).map(|why| why.describe());
        for masked in &of.parts {
            let mut reasons: Vec<&MaskReason> = Vec::new();
            for mask in &masked.masks {
                if !reasons.contains(&&*mask.reason) {
                    reasons.push(&mask.reason);
                }
            }
            if out.json {
                for reason in reasons {
                    let of_it = |mask: &&crate::case::masks::Mask| *mask.reason == *reason;
                    out.object(&Masked {
                        message: number.0,
                        part: masked.part.name(),
                        reason: &reason.code,
                        shown: &reason.label,
                        reach: reason.reach.name(),
                        count: masked.masks.iter().filter(of_it).count() as u64,
                        look_again: again,
                    })?;
                }
                continue;
            }
            let text = text_of(&store, number, masked.part);
            let Some(text) = text else {
                let why: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                out.line(&format!(
                    "{number}  {}: {}",
                    masked.part.name(),
                    why.join(" ")
                ))?;
                continue;
            };
            let (closed, _) = read_under(&text, masked, Edition::Closed);
            let (open, _) = read_under(&text, masked, Edition::Open);
            out.line(&format!("{number}  {}", masked.part.name()))?;
            out.line(&format!("  closed  {}", Shown::line(&closed)))?;
            if open != closed {
                out.line(&format!("  open    {}", Shown::line(&open)))?;
            }
        }
        if let Some(again) = again.filter(|_| !out.json) {
            out.line(&format!("  look again: {again}"))?;
        }
    }
    if !out.json {
        out.line(&counted(shown, "masked message", "masked messages"))?;
    }
    Ok(End::Done)
}
