//! `docket completeness`: what is missing from the exports, or may be, and what can be done.

use super::out::Out;
use super::{Common, End, Failure, report};
use crate::findings::completeness::{Kinds, Point, points};
use crate::model::SourceId;
use crate::review::Session;
use crate::text::{counted, grouped};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// Tell what the exports lack, or may lack, and what can be done about it
///
/// It looks at every conversation and every export: whether it begins at its
/// beginning, reaches the app's limit, ends before the period does; messages that
/// were deleted, set to disappear, or could be viewed once; files that no export
/// holds; silences out of pattern; answers to what is not there; what another
/// export of the same conversation has; invitations to other conversations, and
/// groups and chats on an app that a text names ("the Signal group"), where the
/// case holds none such. Each point says what it rests on. None is a proof.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket completeness
  docket completeness --from 2020-03-01 --to 2021-12-31
  docket completeness --thread 3 --json")]
pub struct Completeness {
    /// Only of the conversation of this number
    #[arg(long, value_name = "NUMBER")]
    thread: Option<u32>,
    /// The first day that the case is about
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<NaiveDate>,
    /// The last day that the case is about
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<NaiveDate>,
}

/// A point, for programs.
#[derive(Serialize)]
struct Row<'a> {
    kind: &'a str,
    thread: Option<u32>,
    source: Option<u32>,
    message: Option<u32>,
    count: u64,
    rests_on: &'a str,
    advice: &'a str,
}

impl Completeness {
    /// Prints the points, conversation by conversation, then export by export.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let period = report::period(self.from, self.to)?;
        let session = common.session()?;
        let store = session.store();
        let mut found = points(&store, period);
        if let Some(thread) = self.thread {
            if !store.threads().iter().any(|one| one.id.0 == thread) {
                return Err(Failure::Refused(format!(
                    "there is no thread {thread} in this case"
                )));
            }
            found.retain(|point| point.thread.is_some_and(|id| id.0 == thread));
        }
        if out.json {
            for point in &found {
                out.object(&Row {
                    kind: point.kind.name(),
                    thread: point.thread.map(|id| id.0),
                    source: point.source.map(|id| id.0),
                    message: point.message.map(|number| number.0),
                    count: point.count,
                    rests_on: &point.rests_on,
                    advice: point.kind.advice(),
                })?;
            }
            return Ok(End::Done);
        }
        self::tell(&session, &found, out)?;
        Ok(End::Done)
    }
}

/// The heading that a point stands under.
fn heading(session: &Session, point: &Point) -> String {
    let store = session.store();
    let source = |id: SourceId| {
        store
            .source(id)
            .map_or("", |source| source.name.as_str())
            .to_owned()
    };
    match (point.thread, point.source) {
        (Some(id), _) => {
            let title = store
                .thread(id)
                .map_or_else(String::new, |one| one.title.clone());
            format!("thread {id}: {title}")
        }
        (None, Some(id)) => format!("export {id}: {}", source(id)),
        (None, None) => String::new(),
    }
}

fn tell(session: &Session, found: &[Point], out: &mut Out) -> Result<(), Failure> {
    let mut last = String::new();
    let mut counts: BTreeMap<Kinds, u64> = BTreeMap::new();
    for point in found {
        *counts.entry(point.kind).or_default() += 1;
        let heading = heading(session, point);
        if heading != last {
            out.line(&heading)?;
            last = heading;
        }
        let at = point
            .message
            .map_or_else(String::new, |number| format!("  message {number}"));
        out.line(&format!("  {}{at}", point.kind.name()))?;
        out.block(4, &point.rests_on)?;
    }
    if counts.is_empty() {
        return out.line("nothing to point at");
    }
    out.line("")?;
    for (kind, points) in counts {
        out.line(&format!("{} {}", grouped(points), kind.name()))?;
        out.block(4, kind.advice())?;
    }
    out.line(&counted(found.len() as u64, "point", "points"))
}
