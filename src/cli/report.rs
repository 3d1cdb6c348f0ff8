//! `docket report`: the case on one page.

use super::new_file::{may_stand_at, put};
use super::out::Out;
use super::progress::ProgressLine;
use super::{Common, End, Failure};
use crate::findings::completeness::Point;
use crate::model::Decision;
use crate::review::report::{Cell, Report as Told, STEPS, Strip, Waits, page};
use crate::review::timeline::{Counts, Row};
use crate::text::counted;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Write a report on the case: one HTML page with pictures, for a screen and for paper
///
/// It tells how the case stands, messages by month and decision, how complete each
/// conversation is day by day, how many days messages waited to be captured and how
/// many over 20, who could read personal data (by type, day, who posted it and who
/// was there), how the reviewers get on, and what is open. The page runs nothing and
/// loads nothing.
///
/// It names people and conversations, also such of which nothing leaves: it is for
/// those who work on the case, and never part of a bundle. With --anonymous people,
/// conversations and exports have numbers instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket report report.html
  docket report report.html --from 2020-03-01 --to 2021-12-31
  docket report --anonymous for-the-board.html
  docket report --json")]
pub struct Report {
    /// The page to write: a new file; with --json it may be left out
    #[arg(value_name = "OUT.html")]
    out: Option<PathBuf>,
    /// Numbers instead of the names of people, conversations and exports
    #[arg(long)]
    anonymous: bool,
    /// The first day that the case is about
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<NaiveDate>,
    /// The last day that the case is about
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<NaiveDate>,
}

impl Report {
    /// What it writes, if anything.
    pub fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// Writes the page; for a program prints what is on it, one object a line.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if self.out.is_none() && !out.json {
            return Err(Failure::Usage(
                "which file shall be written? docket report report.html".into(),
            ));
        }
        let session = common.session()?;
        if let Some(path) = &self.out {
            may_stand_at(path, session.case().layout().root())?;
        }
        let period = period(self.from, self.to)?;
        let mut progress = ProgressLine::new();
        let told = Told::of(&session, period, &mut progress).map_err(Failure::refused)?;
        drop(progress);
        let told = match self.anonymous {
            true => told.without_names(),
            false => told,
        };
        if let Some(path) = &self.out {
            put(path, page::render(&told).as_bytes())?;
        }
        if out.json {
            rows(&told).iter().try_for_each(|row| out.object(row))?;
            return Ok(End::Done);
        }
        if let Some(path) = &self.out {
            let open: u64 = told.open.iter().map(|one| one.count).sum();
            out.line(&format!(
                "written: {}; {}, {} open",
                path.display(),
                counted(told.tally.total, "message", "messages"),
                counted(open, "thing", "things")
            ))?;
            out.line(match self.anonymous {
                true => {
                    "It has no names; days and counts may tell who is who to those who were there."
                }
                false => {
                    "It names people and conversations, also such that stay: for those who work on \
                     the case."
                }
            })?;
        }
        Ok(End::Done)
    }
}

/// The days from one to the other, where both were given.
pub(super) fn period(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Option<RangeInclusive<NaiveDate>>, Failure> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            Err(Failure::Usage("--from is a day after --to".into()))
        }
        (Some(from), Some(to)) => Ok(Some(from..=to)),
        _ => Ok(None),
    }
}

/// An object of this part of the report.
fn row(part: &str, mut fields: Value) -> Value {
    let mut all = Map::new();
    all.insert("part".into(), part.into());
    if let Some(fields) = fields.as_object_mut() {
        all.append(fields);
    }
    Value::Object(all)
}

/// How messages stand, as fields.
fn counts(counts: &Counts, mut fields: Map<String, Value>) -> Value {
    fields.insert("messages".into(), counts.total.into());
    for decision in Decision::ALL {
        fields.insert(decision.name().into(), counts.of(decision).into());
    }
    fields.insert("never_decided".into(), counts.never.into());
    Value::Object(fields)
}

/// What is on the page, row by row.
fn rows(told: &Told) -> Vec<Value> {
    let mut rows = vec![row(
        "case",
        json!({
            "entry": told.head.seq,
            "reference": told.reference,
            "department": told.department,
            "custodian": told.custodian,
            "time_zone": told.zone,
            "messages": told.tally.total,
            "decidable": told.tally.decidable(),
            "decided": told.tally.decided(),
            "threads": told.titles.len(),
            "people": told.people,
            "anonymous": told.is_nameless,
        }),
    )];
    rows.extend(told.exports.iter().map(|export| {
        let fields = json!({
            "source": export.id.0,
            "name": export.name,
            "format": export.format,
            "messages": export.messages,
            "exceptions": export.exceptions,
            "balances": export.adds_up,
            "first": export.days.map(|(first, _)| first),
            "last": export.days.map(|(_, last)| last),
            "loaded": export.loaded,
        });
        row("export", fields)
    }));
    for bar in &told.months.rows {
        if let Row::Bar(first, of) = bar {
            let month = first.format("%Y-%m").to_string();
            let fields = [("month".to_owned(), month.into())].into_iter().collect();
            rows.push(row("month", counts(of, fields)));
        }
    }
    if told.months.undated.total > 0 {
        let fields = [("month".to_owned(), Value::Null)].into_iter().collect();
        rows.push(row("month", counts(&told.months.undated, fields)));
    }
    rows.extend(told.strips.iter().map(|one| row("strip", strip(told, one))));
    let latency = &told.latency;
    for (bound, of, waits) in [
        ("least", "all", &latency.at_least),
        ("most", "all", &latency.at_most),
        ("least", "records", &latency.records_at_least),
        ("most", "records", &latency.records_at_most),
    ] {
        rows.push(row("waits", self::waits(bound, of, waits)));
    }
    rows.extend(exposure(told));
    for reviewer in &told.reviewers {
        for (day, work) in &reviewer.days {
            let fields = json!({
                "reviewer": reviewer.name,
                "day": day,
                "one_by_one": work.one_by_one,
                "at_once": work.at_once,
            });
            rows.push(row("work", fields));
        }
        let fields = json!({
            "reviewer": reviewer.name,
            "standing": reviewer.standing,
            "per_minute": reviewer.per_minute,
            "minutes": reviewer.minutes,
        });
        rows.push(row("reviewer", fields));
    }
    rows.extend(told.open.iter().map(|one| {
        let fields = json!({
            "what": one.name,
            "count": one.count,
            "words": one.words,
            "query": one.query,
            "advice": one.advice,
        });
        row("open", fields)
    }));
    rows.extend(told.points.iter().map(|one| row("point", point(one))));
    rows
}

fn strip(told: &Told, strip: &Strip) -> Value {
    let days = |wanted: Cell| -> u64 {
        let cells = told.span.map(|span| strip.cells(span, usize::MAX));
        let of_kind = cells.into_iter().flatten().filter(|cell| *cell == wanted);
        of_kind.count() as u64
    };
    json!({
        "thread": strip.thread.0,
        "title": told.title(strip.thread),
        "channel": told.titles.get(&strip.thread).map(|title| &title.channel),
        "first": strip.first(),
        "last": strip.last(),
        "days_whole": days(Cell::Whole),
        "days_lacking": days(Cell::Lacking),
        "days_silent": days(Cell::Silence),
        "days_without": days(Cell::Nothing),
        "days_outside": days(Cell::Outside),
        "timers": strip.timers,
    })
}

fn waits(bound: &str, of: &str, waits: &Waits) -> Value {
    let steps: Map<String, Value> = STEPS
        .iter()
        .zip(waits.steps)
        .map(|((_, words), number)| ((*words).to_owned(), number.into()))
        .collect();
    json!({
        "bound": bound,
        "of": of,
        "messages": waits.messages,
        "over_20": waits.over,
        "longest": waits.longest,
        "steps": steps,
    })
}

fn exposure(told: &Told) -> Vec<Value> {
    let exposure = &told.exposure;
    let mut rows = vec![row(
        "exposure",
        json!({
            "findings": exposure.all.findings,
            "messages": exposure.all.messages,
            "people": exposure.exposed.len(),
            "no_staff": exposure.exposed.iter().filter(|one| one.is_stranger()).count(),
            "unknown": exposure.unknown,
        }),
    )];
    rows.extend(exposure.by_type.iter().map(|(id, amount)| {
        let fields = json!({
            "type": id,
            "findings": amount.findings,
            "messages": amount.messages,
        });
        row("exposed-type", fields)
    }));
    rows.extend(exposure.exposed.iter().map(|one| {
        let fields = json!({
            "who": one.name,
            "is_staff": !one.is_stranger(),
            "messages": one.amount.messages,
            "perhaps": one.perhaps.messages,
        });
        row("exposed", fields)
    }));
    rows.extend(exposure.postings.iter().map(|one| {
        let who = one.posted.and_then(|at| exposure.posted.get(at));
        let data: Map<String, Value> = one
            .data
            .iter()
            .map(|(data, number)| (data.name().to_owned(), (*number).into()))
            .collect();
        let fields = json!({
            "day": one.day,
            "thread": one.thread.0,
            "who": who.map(|who| &who.name),
            "data": data,
            "messages": one.messages,
            "first": one.first.0,
            "readers": one.readers,
            "perhaps": one.perhaps,
            "no_staff": one.strangers,
        });
        row("posted", fields)
    }));
    rows
}

fn point(point: &Point) -> Value {
    json!({
        "kind": point.kind.name(),
        "thread": point.thread.map(|id| id.0),
        "source": point.source.map(|id| id.0),
        "message": point.message.map(|number| number.0),
        "count": point.count,
        "rests_on": point.rests_on,
        "advice": point.kind.advice(),
    })
}
