//! `docket timeline`.

use super::out::{Out, note};
use super::search::{find, parse};
use super::{Common, End, Failure};
use crate::model::Decision;
use crate::review::timeline::{Chart, Counts, Days, Row, Step};
use crate::text::{counted, grouped};
use chrono::NaiveDate;
use serde::Serialize;

/// Show how many messages each month or day has, and how they are decided
///
/// A bar's letters say how its messages stand, each letter for a share of
/// them: O official, P personal, M mixed, C context, R refer, a dot undecided,
/// a hyphen what is never decided (lines of the app, unreadable bytes). Months
/// and days are those of the case's time zone. Stretches without any message
/// are shown as such.
///
/// A query, as of docket search, leaves only what it finds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket timeline
  docket timeline --days in:3
  docket timeline --json is:official")]
pub struct Timeline {
    /// Of which messages; without it, of all
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Days instead of months
    #[arg(long)]
    days: bool,
}

/// One month or day with messages, for programs; without a date, those that have no time.
#[derive(Serialize)]
struct Line {
    first: Option<String>,
    step: &'static str,
    messages: u32,
    undecided: u32,
    official: u32,
    personal: u32,
    mixed: u32,
    context: u32,
    refer: u32,
    never_decided: u32,
}

impl Timeline {
    /// Prints the bars, the earliest first; says on standard error how many messages they are.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = (!self.query.is_empty())
            .then(|| parse(&self.query))
            .transpose()?;
        let session = common.session()?;
        let hits = query.map(|query| find(&session, &query)).transpose()?;
        let step = if self.days { Step::Day } else { Step::Month };
        let days = Days::of(session.store());
        let chart = Chart::within(&days, &session.decisions(), hits.as_ref(), step);
        for row in &chart.rows {
            match (row, out.json) {
                (Row::Bar(first, counts), true) => out.object(&line(Some(*first), step, counts))?,
                (Row::Bar(first, counts), false) => bar(&chart, *first, counts, out)?,
                (Row::Gap(..), true) => {}
                (Row::Gap(first, _, empty), false) => {
                    let empty = match step {
                        Step::Day => counted(*empty, "day", "days"),
                        Step::Month => counted(*empty, "month", "months"),
                    };
                    out.line(&format!(
                        "{}  ~ nothing for {empty}",
                        shown_date(out, step, *first)
                    ))?;
                }
            }
        }
        if out.json {
            if chart.undated.total > 0 {
                out.object(&line(None, step, &chart.undated))?;
            }
            return Ok(End::Done);
        }
        out.flush()?;
        let undated = match chart.undated.total {
            0 => String::new(),
            undated => format!(", {} without a date", grouped(undated)),
        };
        note(&(counted(chart.all.total, "message", "messages") + &undated));
        Ok(End::Done)
    }
}

fn date(step: Step, first: NaiveDate) -> String {
    match step {
        Step::Day => first.format("%Y-%m-%d").to_string(),
        Step::Month => first.format("%Y-%m").to_string(),
    }
}

/// The same for a person; months stay as they sort.
fn shown_date(out: &Out, step: Step, first: NaiveDate) -> String {
    match step {
        Step::Day => out.dates().short(first.into()),
        Step::Month => date(step, first),
    }
}

fn line(first: Option<NaiveDate>, step: Step, counts: &Counts) -> Line {
    Line {
        first: first.map(|first| date(Step::Day, first)),
        step: match step {
            Step::Day => "day",
            Step::Month => "month",
        },
        messages: counts.total,
        undecided: counts.of(Decision::Undecided),
        official: counts.of(Decision::Official),
        personal: counts.of(Decision::Personal),
        mixed: counts.of(Decision::Mixed),
        context: counts.of(Decision::Context),
        refer: counts.of(Decision::Refer),
        never_decided: counts.never,
    }
}

fn bar(chart: &Chart, first: NaiveDate, counts: &Counts, out: &mut Out) -> Result<(), Failure> {
    let room = grouped(chart.most).len();
    let left = match counts.of(Decision::Undecided) {
        0 => "done".to_owned(),
        left => format!("{} left", grouped(left)),
    };
    let head = format!(
        "{}  {:>room$}  {left:>left_room$}  ",
        shown_date(out, chart.step, first),
        grouped(counts.total),
        left_room = room + 5
    );
    let width = out.width().saturating_sub(head.len()).clamp(8, 120);
    let letters = out.settings.letters;
    let bar: String = counts
        .bar(chart.most, u16::try_from(width).unwrap_or(u16::MAX))
        .into_iter()
        .flat_map(|(what, cells)| {
            let letter = what.map_or('-', |decision| letters.of(decision));
            std::iter::repeat_n(letter, usize::from(cells))
        })
        .collect();
    out.line(&(head + &bar))
}
